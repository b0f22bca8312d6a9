"""Clusters (cụm, khối thi đua): units that are compared with one another, or that somebody looks after."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, select, update

from bot.chat import readable
from bot.errors import Misunderstood
from bot.plan.model import Plan
from bot.rules.access import OVERSEER
from bot.store import audit
from bot.store.engine import Tx
from bot.store.once import insert_once, insert_row
from bot.store.people import held_on
from bot.store.tables import cluster, cluster_unit, person, role
from bot.store.units import Units, load
from bot.texts import mark

LONGEST_CODE = 64
LONGEST_NAME = 200

NO_NAME = mark("The name of the cluster is empty, or longer than {most} characters.")
NO_CODE = mark("A cluster needs a code of at most {most} characters.")
CODE_TAKEN = mark("There is a cluster with the code “{code}” already: {name}.")
NO_CLUSTER = mark("There is no such cluster.")
NO_UNIT = mark("There is no such unit.")
NOT_PLANTED = mark("“{name}”: the plan names “{code}”, which is no unit here yet. Open the plan's season first.")


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster with the ids of its units, as they were entered; units that have ended stay until somebody takes them out."""

    id: int
    code: str
    name: str
    units: tuple[int, ...]


def every(tx: Tx) -> list[Cluster]:
    """All clusters, by code."""
    members: dict[int, list[int]] = {}
    for row in tx.execute(select(cluster_unit).order_by(cluster_unit.c.unit_id)).all():
        members.setdefault(row.cluster_id, []).append(row.unit_id)
    rows = tx.execute(select(cluster).order_by(cluster.c.code)).all()
    return [Cluster(r.id, r.code, r.name, tuple(members.get(r.id, ()))) for r in rows]


def by_id(tx: Tx) -> dict[int, Cluster]:
    return {one.id: one for one in every(tx)}


def coded(tx: Tx, code: str) -> Cluster | None:
    """The cluster with that code."""
    return next((one for one in every(tx) if one.code == code.strip()), None)


def of_unit(tx: Tx, unit_id: int) -> list[Cluster]:
    """The clusters to which the unit belongs."""
    return [one for one in every(tx) if unit_id in one.units]


def make(tx: Tx, code: str, name: str, units: Collection[int], now: datetime) -> int:
    """A new cluster; the same once more changes nothing. Misunderstood, in words, when it cannot be."""
    code, name = code.strip(), _name(name)
    if not code or len(code) > LONGEST_CODE:
        raise Misunderstood(NO_CODE, most=LONGEST_CODE)
    there = coded(tx, code)
    if there is not None:
        if (there.name, set(there.units)) == (name, set(units)):
            return there.id
        raise Misunderstood(CODE_TAKEN, code=code, name=there.name)
    _known(tx, units)
    id = insert_row(tx, cluster, code=code, name=name)
    for unit_id in sorted(units):
        insert_once(tx, cluster_unit, cluster_id=id, unit_id=unit_id)
    audit.note(tx, "cluster.made", f"cluster:{id}", at=now, after={"code": code, "units": sorted(units)})
    return id


def change(
    tx: Tx, id: int, now: datetime, *, add: Collection[int] = (), remove: Collection[int] = (), name: str = ""
) -> bool:
    """Put units in, take units out, give another name; False if all that was so before."""
    there = by_id(tx).get(id)
    if there is None:
        raise Misunderstood(NO_CLUSTER)
    _known(tx, add)
    called = _name(name) if name else there.name
    new, gone = set(add) - set(there.units), (set(remove) - set(add)) & set(there.units)
    if not new and not gone and called == there.name:
        return False
    for unit_id in sorted(new):
        insert_once(tx, cluster_unit, cluster_id=id, unit_id=unit_id)
    if gone:
        tx.execute(delete(cluster_unit).where(cluster_unit.c.cluster_id == id, cluster_unit.c.unit_id.in_(gone)))
    if called != there.name:
        tx.execute(update(cluster).where(cluster.c.id == id).values(name=called))
    after = sorted((set(there.units) | new) - gone)
    audit.note(
        tx,
        "cluster.changed",
        f"cluster:{id}",
        at=now,
        before={"units": sorted(there.units), "name": audit.digested(tx, there.name)},
        after={"units": after, "name": audit.digested(tx, called)},
    )
    return True


def plant(tx: Tx, plan: Plan, known: Units, now: datetime) -> int:
    """Make those clusters of a plan that are not there yet; how many were new. What was changed since stays as it is."""
    new = 0
    for wanted in plan.clusters:
        code = f"{plan.id}.{wanted.id}"
        if coded(tx, code) is not None:
            continue
        seeds = {seed.code: seed for seed in plan.units}
        found = {m: known.planted(seeds[m]) if m in seeds else known.coded(m) for m in wanted.members}
        for member, unit in found.items():
            if unit is None:
                raise Misunderstood(NOT_PLANTED, name=wanted.name, code=member)
        make(tx, code, wanted.name, [unit.id for unit in found.values() if unit], now)
        new += 1
    return new


def overseers(tx: Tx, id: int, on: date) -> list[tuple[int, str]]:
    """(person id, name) of those who look after the cluster on that day, the longest first."""
    rows = tx.execute(
        select(person.c.id, person.c.name)
        .join(role, role.c.person_id == person.c.id)
        .where(
            role.c.cluster_id == id,
            role.c.function == OVERSEER,
            held_on(on),
        )
        .order_by(role.c.id)
    ).all()
    return list(dict.fromkeys((row.id, row.name) for row in rows))


def _name(text: str) -> str:
    name = " ".join(unicodedata.normalize("NFC", str(readable(text))).split())
    if not name or len(name) > LONGEST_NAME:
        raise Misunderstood(NO_NAME, most=LONGEST_NAME)
    return name


def _known(tx: Tx, unit_ids: Collection[int]) -> None:
    if set(unit_ids) - set(load(tx)):
        raise Misunderstood(NO_UNIT)
