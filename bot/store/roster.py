"""Who holds what where, and one handing it over to another: the old one's functions end where the new one's begin."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, update

from bot.errors import Misunderstood
from bot.rules.access import ADMINISTRATOR
from bot.store import audit, people
from bot.store.engine import Tx
from bot.store.tables import address, cluster_unit, person, role
from bot.texts import mark

MEANWHILE = mark("Somebody else ended or handed over the same functions a moment ago; nothing was changed by you.")


@dataclass(frozen=True, slots=True)
class Held:
    """One function that a person holds, held, or will hold, at a unit or for a cluster."""

    role_id: int
    person_id: int
    name: str
    function: str
    unit_id: int | None
    cluster_id: int | None
    valid_from: date | None
    valid_to: date | None


_HELD = select(
    role.c.id,
    role.c.person_id,
    person.c.name,
    role.c.function,
    role.c.unit_id,
    role.c.cluster_id,
    role.c.valid_from,
    role.c.valid_to,
).join_from(role, person, person.c.id == role.c.person_id)


def _read(tx: Tx, *where: ColumnElement[bool]) -> list[Held]:
    rows: Sequence[Any] = tx.execute(_HELD.where(*where).order_by(role.c.id)).all()
    return [Held(*row) for row in rows]


def at_units(tx: Tx, unit_ids: Iterable[int], now: datetime) -> list[Held]:
    """Every function that is held at these units today."""
    return _read(tx, role.c.unit_id.in_(list(unit_ids)), people.held_on(now.date()))


def over_clusters(tx: Tx, unit_ids: Iterable[int], now: datetime) -> list[Held]:
    """Every function that is held today for a cluster with one of these units in it."""
    those = select(cluster_unit.c.cluster_id).where(cluster_unit.c.unit_id.in_(list(unit_ids)))
    return _read(tx, role.c.cluster_id.in_(those), people.held_on(now.date()))


def holding(tx: Tx, function: str, now: datetime) -> list[Held]:
    """Everybody who holds that function today, wherever."""
    return _read(tx, role.c.function == function, people.held_on(now.date()))


def of_person(tx: Tx, person_id: int, now: datetime) -> list[Held]:
    """Every function that the person holds today."""
    return _read(tx, role.c.person_id == person_id, people.held_on(now.date()))


def everybody(tx: Tx, now: datetime) -> list[Held]:
    """Every function that anybody holds today."""
    return _read(tx, people.held_on(now.date()))


def ever_held(tx: Tx) -> list[Held]:
    """All functions of all people, over or not; of who had their data erased none."""
    return _read(tx, person.c.erased_at.is_(None))


def end(tx: Tx, held: Iterable[Held], now: datetime) -> None:
    """These functions end now: from this moment on they give no right. What was open at their addresses is let go of;
    drafts are the unit's and stay. Misunderstood, if somebody was faster.
    """
    yesterday = now.date() - timedelta(days=1)
    ended = list({one.role_id: one for one in held}.values())
    still = or_(role.c.valid_to.is_(None), role.c.valid_to > yesterday)
    those = role.c.id.in_([one.role_id for one in ended])
    if tx.execute(update(role).where(those, still).values(valid_to=yesterday)).rowcount != len(ended):
        raise Misunderstood(MEANWHILE)
    for id in sorted({one.person_id for one in ended}):
        tx.execute(update(address).where(address.c.person_id == id).values(focus={}))
        before = [[one.function, one.unit_id, one.cluster_id] for one in ended if one.person_id == id]
        about = next((one.unit_id for one in ended if one.person_id == id), None)
        audit.note(tx, "role.ended", f"person:{id}", at=now, about=about, before={"functions": before})


def hand_over(tx: Tx, held: Sequence[Held], to: int | None, now: datetime) -> None:
    """End these functions and give the same to the other person (None: to nobody yet), in one act: until the same
    day, where there is one.
    """
    end(tx, held, now)
    for one in held if to is not None else ():
        assert to is not None
        people.grant(tx, to, one.function, now, unit_id=one.unit_id, cluster_id=one.cluster_id, until=one.valid_to)


def unseated(tx: Tx) -> list[int]:
    """Who was made an administrator before there was any unit: the ids of these functions."""
    nowhere = and_(role.c.function == ADMINISTRATOR, role.c.unit_id.is_(None), role.c.cluster_id.is_(None))
    return list(tx.execute(select(role.c.id).where(nowhere)).scalars())


def seat_administrators(tx: Tx, top_ids: Sequence[int], now: datetime) -> int:
    """Bind administrators who were invited before there was any unit to the top units; returns how many there were.

    Until then their function is bound to nothing and gives no right.
    """
    waiting = unseated(tx)
    if not top_ids or not waiting:
        return 0
    holders = tx.execute(select(role.c.id, role.c.person_id).where(role.c.id.in_(waiting))).all()
    for row in holders:
        tx.execute(update(role).where(role.c.id == row.id).values(unit_id=top_ids[0], valid_from=None))
        audit.note(tx, "role.seated", f"person:{row.person_id}", at=now, about=top_ids[0])
        for id in top_ids[1:]:
            people.grant(tx, row.person_id, ADMINISTRATOR, now, unit_id=id)
    return len(holders)
