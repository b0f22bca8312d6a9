"""The due table: for each season, milestone, step and unit one row, made once; and what the office said of a step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Date, Integer, String, delete, literal, select

from bot.store import audit
from bot.store.engine import Tx
from bot.store.once import insert_new, insert_new_from
from bot.store.tables import Moment as _Moment
from bot.store.tables import due, step, unit


@dataclass(frozen=True, slots=True)
class StepState:
    """held: the office keeps it back · overtaken: a later step of the same milestone was due already."""

    milestone: str
    step: int
    state: str
    person_id: int | None


def make(
    tx: Tx, *, season_id: int, milestone: str, number: int, due_on: date, unit_ids: Iterable[int], now: datetime
) -> int:
    """Rows for those of the units that have none yet, in one statement; returns how many were new."""
    rows = select(
        literal(season_id, Integer),
        unit.c.id,
        literal(milestone, String),
        literal(number, Integer),
        literal(due_on, Date),
        literal(now, _Moment),
    ).where(unit.c.id.in_(list(unit_ids)))
    return insert_new_from(tx, due, ["season_id", "unit_id", "milestone", "step", "due_on", "made_at"], rows)


def step_states(tx: Tx, season_id: int, milestone: str) -> dict[int, StepState]:
    rows = tx.execute(select(step).where(step.c.season_id == season_id, step.c.milestone == milestone)).all()
    return {r.step: StepState(r.milestone, r.step, r.state, r.person_id) for r in rows}


def mark_step(
    tx: Tx, season_id: int, milestone: str, number: int, state: str, now: datetime, person_id: int | None = None
) -> bool:
    """Note the state of a step; False if a state was noted before."""
    made = insert_new(
        tx,
        step,
        season_id=season_id,
        milestone=milestone,
        step=number,
        state=state,
        person_id=person_id,
        at=now,
    )
    if made is None:
        return False
    at_step = {"milestone": milestone, "step": number}
    audit.note(tx, "step.marked", f"season:{season_id}", at=now, after={**at_step, "state": state})
    return True


def unmark_step(tx: Tx, season_id: int, milestone: str, number: int, state: str) -> bool:
    gone = tx.execute(
        delete(step).where(
            step.c.season_id == season_id,
            step.c.milestone == milestone,
            step.c.step == number,
            step.c.state == state,
        )
    )
    if gone.rowcount != 1:
        return False
    at_step = {"milestone": milestone, "step": number}
    audit.note(tx, "step.unmarked", f"season:{season_id}", before={**at_step, "state": state})
    return True
