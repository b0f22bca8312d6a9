"""Escalations: units that stayed silent, each told once for one date to whoever looks after them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Date, Integer, String, literal, select, update

from bot.store import audit
from bot.store.engine import Tx
from bot.store.once import ids_of, insert_new_from
from bot.store.tables import Moment, escalation, unit

WAITING, TOLD, DROPPED = "waiting", "told", "dropped"
"""It waits for the office's word; those who look after the unit are told; the office let it be."""


@dataclass(frozen=True, slots=True)
class Escalation:
    """One unit that stayed silent before (or after) one date; `person_id` is who decided, where somebody did."""

    id: int
    season_id: int
    unit_id: int
    milestone: str
    deadline: date
    state: str
    person_id: int | None
    at: datetime


def begin(
    tx: Tx,
    *,
    season_id: int,
    milestone: str,
    deadline: date,
    unit_ids: Iterable[int],
    state: str,
    now: datetime,
) -> int:
    """Rows for those of the units that have none for that date, in one statement; returns how many were new."""
    rows = select(
        literal(season_id, Integer),
        unit.c.id,
        literal(milestone, String),
        literal(deadline, Date),
        literal(state, String),
        literal(now, Moment),
    ).where(unit.c.id.in_(ids_of(tx, unit_ids)))
    made = insert_new_from(tx, escalation, ["season_id", "unit_id", "milestone", "deadline", "state", "at"], rows)
    if made:
        after = {"milestone": milestone, "deadline": deadline, "state": state, "units": made}
        audit.note(tx, "escalation.begun", f"season:{season_id}", at=now, after=after)
    return made


def of_date(tx: Tx, season_id: int, milestone: str, deadline: date) -> list[Escalation]:
    """All for that date, in the order in which they came."""
    there = (
        escalation.c.season_id == season_id,
        escalation.c.milestone == milestone,
        escalation.c.deadline == deadline,
    )
    return _read(tx, *there)


def waiting(tx: Tx, season_id: int) -> list[Escalation]:
    """Those of the season on which the office has yet to say its word."""
    return _read(tx, escalation.c.season_id == season_id, escalation.c.state == WAITING)


def told_at(tx: Tx, season_id: int, at: datetime) -> list[Escalation]:
    """Those of the season that became "told" at that very moment."""
    return _read(tx, escalation.c.season_id == season_id, escalation.c.state == TOLD, escalation.c.at == at)


def _read(tx: Tx, *where: ColumnElement[bool]) -> list[Escalation]:
    rows = tx.execute(select(escalation).where(*where).order_by(escalation.c.id)).all()
    return [Escalation(r.id, r.season_id, r.unit_id, r.milestone, r.deadline, r.state, r.person_id, r.at) for r in rows]


def decide(tx: Tx, season_id: int, up_to: int, state: str, person_id: int, now: datetime) -> int:
    """The office's word on those that wait, up to the one with that id; returns how many it was about."""
    those = (escalation.c.season_id == season_id, escalation.c.state == WAITING, escalation.c.id <= up_to)
    made = tx.execute(update(escalation).where(*those).values(state=state, person_id=person_id, at=now)).rowcount
    if made:
        after = {"state": state, "units": made}
        audit.note(tx, "escalation.decided", f"season:{season_id}", at=now, before={"state": WAITING}, after=after)
    return made
