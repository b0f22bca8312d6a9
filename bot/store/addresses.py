"""The addresses of people and groups: a person's own, the one that they prefer, and where nothing arrives any more."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, select, update

from bot.store import audit
from bot.store.engine import Tx
from bot.store.tables import address


@dataclass(frozen=True, slots=True)
class Reach:
    """One way to reach a person or a group; never the chat's number."""

    id: int
    channel: str
    state: str
    state_at: datetime | None
    preferred: bool
    person_id: int | None
    unit_id: int | None
    private: bool
    name: str
    since: datetime


_SHOWN = (
    address.c.id,
    address.c.channel,
    address.c.state,
    address.c.state_at,
    address.c.preferred,
    address.c.person_id,
    address.c.unit_id,
    address.c.private,
    address.c.name,
    address.c.created_at,
)


def of_people(tx: Tx, person_ids: Iterable[int]) -> dict[int, list[Reach]]:
    """Their private addresses, the preferred one first."""
    rows: Sequence[Any] = tx.execute(
        select(*_SHOWN)
        .where(address.c.person_id.in_(list(person_ids)), address.c.private.is_(True))
        .order_by(address.c.preferred.desc(), address.c.id)
    ).all()
    found: dict[int, list[Reach]] = {}
    for row in rows:
        found.setdefault(row.person_id, []).append(Reach(*row))
    return found


def of_person(tx: Tx, person_id: int) -> list[Reach]:
    return of_people(tx, [person_id]).get(person_id, [])


def groups_of_units(tx: Tx, unit_ids: Iterable[int]) -> list[Reach]:
    """The groups that are linked to these units, each once, however many threads it has; those out of reach too."""
    rows: Sequence[Any] = tx.execute(
        select(address.c.chat, *_SHOWN)
        .where(address.c.unit_id.in_(list(unit_ids)), address.c.private.is_(False))
        .order_by(address.c.id)
    ).all()
    seen: dict[tuple[str, str], Reach] = {}
    for row in rows:
        seen.setdefault((row.channel, row.chat), Reach(*row[1:]))
    return list(seen.values())


def lost_since(tx: Tx, since: datetime) -> list[Reach]:
    """Where nothing arrives any more, and has not since some moment after that; of known people and linked groups."""
    rows: Sequence[Any] = tx.execute(
        select(*_SHOWN)
        .where(
            address.c.state != "ok",
            address.c.state_at > since,
            (and_(address.c.private.is_(True), address.c.person_id.is_not(None)))
            | (and_(address.c.private.is_(False), address.c.unit_id.is_not(None))),
        )
        .order_by(address.c.id)
    ).all()
    return [Reach(*row) for row in rows]


def other_way(tx: Tx, address_id: int, *, by: Collection[str] | None = None) -> int | None:
    """Another address at which the same person can be reached, by one of these channels; None if there is none."""
    person_id = tx.execute(
        select(address.c.person_id).where(address.c.id == address_id, address.c.private.is_(True))
    ).scalar()
    if person_id is None:
        return None
    ways = of_person(tx, person_id)
    fit = (way.id for way in ways if way.state == "ok" and way.id != address_id and (by is None or way.channel in by))
    return next(fit, None)


def prefer(tx: Tx, person_id: int, address_id: int, now: datetime) -> bool:
    """From now on the person is written to there; False if the address is not theirs."""
    theirs = (address.c.person_id == person_id) & address.c.private.is_(True)
    if tx.execute(select(address.c.id).where(address.c.id == address_id, theirs)).first() is None:
        return False
    tx.execute(update(address).where(theirs).values(preferred=False))
    tx.execute(update(address).where(address.c.id == address_id).values(preferred=True))
    audit.note(tx, "address.preferred", f"address:{address_id}", at=now, after={"person": person_id})
    return True


def remove(tx: Tx, person_id: int, address_id: int, now: datetime) -> bool:
    """The person is not known there any more; False if the address is not theirs."""
    gone = tx.execute(
        update(address)
        .where(address.c.id == address_id, address.c.person_id == person_id, address.c.private.is_(True))
        .values(person_id=None, preferred=False, focus={})
    )
    if gone.rowcount != 1:
        return False
    audit.note(tx, "address.removed", f"address:{address_id}", at=now, before={"person": person_id})
    return True
