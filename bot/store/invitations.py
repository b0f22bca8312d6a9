"""Codes that have been made and not been used yet: who made them, for whom, until when; and taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, select, update

from bot.store import audit
from bot.store.engine import Tx
from bot.store.tables import join_code, person, role


@dataclass(frozen=True, slots=True)
class Invitation:
    """A code that still serves. `units` are those for which it lets somebody in, or whose group it links."""

    id: int
    kind: str
    person_id: int | None
    name: str
    """Of the person whom it lets in; empty where whoever comes is let in."""
    function: str
    units: tuple[int, ...]
    cluster_id: int | None
    made_by: int | None
    made_at: datetime
    expires_at: datetime


def _serving(now: datetime) -> ColumnElement[bool]:
    return and_(
        join_code.c.used_at.is_(None),
        join_code.c.revoked_at.is_(None),
        join_code.c.expires_at > now,
        join_code.c.kind != "address",
    )


def outstanding(tx: Tx, now: datetime) -> list[Invitation]:
    """Every code that still serves, the oldest first; the codes by which people join their own addresses are theirs."""
    rows = tx.execute(
        select(join_code, person.c.name)
        .select_from(join_code.outerjoin(person, person.c.id == join_code.c.person_id))
        .where(_serving(now))
        .order_by(join_code.c.id)
    ).all()
    held = _held(tx, [row.person_id for row in rows if row.person_id is not None], now)
    return [_invitation(row, held) for row in rows]


def _held(tx: Tx, people: list[int], now: datetime) -> dict[int, list[tuple[str, int | None, int | None]]]:
    found: dict[int, list[tuple[str, int | None, int | None]]] = {}
    rows = tx.execute(select(role).where(role.c.person_id.in_(people)).order_by(role.c.id)).all() if people else []
    for row in rows:
        if row.valid_to is None or row.valid_to >= now.date():
            found.setdefault(row.person_id, []).append((row.function, row.unit_id, row.cluster_id))
    return found


def _invitation(row: Any, held: dict[int, list[tuple[str, int | None, int | None]]]) -> Invitation:
    own = held.get(row.person_id, []) if row.person_id is not None else []
    units = (row.unit_id,) if row.unit_id is not None else tuple(dict.fromkeys(u for _, u, _ in own if u is not None))
    clusters = [c for _, _, c in own if c is not None]
    return Invitation(
        id=row.id,
        kind=row.kind,
        person_id=row.person_id,
        name=row.name or "",
        function=row.function or (own[0][0] if own else ""),
        units=units,
        cluster_id=row.cluster_id if row.cluster_id is not None else (clusters[0] if clusters else None),
        made_by=row.made_by,
        made_at=row.made_at,
        expires_at=row.expires_at,
    )


def by_id(tx: Tx, id: int, now: datetime) -> Invitation | None:
    """That code, if it still serves."""
    return next((one for one in outstanding(tx, now) if one.id == id), None)


def revoke(tx: Tx, id: int, now: datetime) -> bool:
    """Take the code back; False if it was used, taken back, or over before."""
    taken = tx.execute(update(join_code).where(join_code.c.id == id, _serving(now)).values(revoked_at=now))
    if taken.rowcount != 1:
        return False
    audit.note(tx, "code.revoked", f"code:{id}", at=now)
    return True


def revoke_all_of(tx: Tx, person_id: int, now: datetime) -> int:
    """Take back every code that would let that person in, or join one more address to them; returns how many."""
    taken = tx.execute(
        update(join_code)
        .where(join_code.c.person_id == person_id, join_code.c.used_at.is_(None), join_code.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    if taken.rowcount:
        audit.note(tx, "code.revoked", f"person:{person_id}", at=now, after={"codes": taken.rowcount})
    return taken.rowcount
