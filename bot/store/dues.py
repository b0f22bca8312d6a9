"""The due table: for each season, milestone, date, step and unit one row, made once; and what became of each step."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    String,
    and_,
    case,
    delete,
    func,
    literal,
    or_,
    select,
    update,
)

from bot.store import audit
from bot.store.engine import Tx
from bot.store.once import ids_of, insert_new, inserting
from bot.store.owing import Owing
from bot.store.tables import Moment as _Moment
from bot.store.tables import due, outbox, response, step

WAITING, HELD, OVERTAKEN, RELEASED = "waiting", "held", "overtaken", "released"
MADE, SKIPPED = "made", "skipped"
URGED = 1000
"""From this number on a step is one of the office's own urgings (bot/rules/ladder.py: URGE)."""
UNKNOWN = date(1970, 1, 1)
"""The deadline of rows that an earlier version made, until the start has filled it in."""
_COLUMNS = ["season_id", "milestone", "deadline", "step", "due_on", "made_at", "unit_id", "state"]


@dataclass(frozen=True, slots=True)
class StepState:
    """waiting: for the office's word · held: the office keeps it back · overtaken: a later step of the same date came in
    its place · released: its rows were made, and whoever was to be told is told."""

    milestone: str
    deadline: date
    step: int
    state: str
    person_id: int | None
    at: datetime


def subject(season_id: int, milestone: str, deadline: date) -> str:
    """By which the messages about that date are found again."""
    return f"due:{season_id}:{milestone}:{deadline.isoformat()}"


def made(
    tx: Tx,
    *,
    season_id: int,
    milestone: str,
    deadline: date,
    number: int,
    due_on: date,
    unit_ids: Iterable[int],
    skipped: Collection[int] = (),
    owing: Owing | None = None,
    now: datetime,
) -> list[int]:
    """Rows for those of the units that have none yet and fit `owing` (bot/store/owing.py: `unanswered`), in one statement;
    returns the units whose rows are new and not skipped.

    Those `skipped` get a row that says so: they are not reminded at this step.
    """
    rows = _rows(tx, season_id, milestone, deadline, number, due_on, unit_ids, skipped, now, owing)
    statement = inserting(tx, due, _COLUMNS, rows).returning(due.c.unit_id)
    left = set(skipped)
    return [unit for unit in tx.execute(statement).scalars().all() if unit not in left]


def _rows(
    tx: Tx,
    season_id: int,
    milestone: str,
    deadline: date,
    number: int,
    due_on: date,
    unit_ids: Iterable[int],
    skipped: Collection[int],
    now: datetime,
    owing: Owing | None,
) -> Select[Any]:
    ids = ids_of(tx, unit_ids).subquery("units")
    state: ColumnElement[str] = literal(MADE, String)
    if skipped:
        state = case((ids.c.id.in_(ids_of(tx, skipped)), literal(SKIPPED, String)), else_=literal(MADE, String))
    there = select(due.c.id).where(
        due.c.season_id == season_id,
        due.c.milestone == milestone,
        due.c.deadline == deadline,
        due.c.step == number,
        due.c.unit_id == ids.c.id,
    )
    return select(
        literal(season_id, Integer),
        literal(milestone, String),
        literal(deadline, Date),
        literal(number, Integer),
        literal(due_on, Date),
        literal(now, _Moment),
        ids.c.id,
        state,
    ).where(~there.exists(), *(owing(ids.c.id) if owing is not None else ()))


def wake(tx: Tx, season_id: int, milestone: str, deadline: date, number: int, unit_ids: Collection[int]) -> int:
    """The units that wanted to be left until today are reminded at this step after all; returns how many were skipped."""
    woken = tx.execute(
        update(due)
        .where(*_of(due, season_id, milestone, deadline, number), due.c.state == SKIPPED)
        .where(due.c.unit_id.in_(ids_of(tx, unit_ids)))
        .values(state=MADE)
    )
    return woken.rowcount


def skipped(tx: Tx, season_id: int, milestone: str, deadline: date, number: int, unit_ids: Iterable[int]) -> set[int]:
    """Those of the units that are not reminded at this step."""
    rows = select(due.c.unit_id).where(
        *_of(due, season_id, milestone, deadline, number),
        due.c.state == SKIPPED,
        due.c.unit_id.in_(ids_of(tx, unit_ids)),
    )
    return set(tx.execute(rows).scalars())


def steps(tx: Tx, season_id: int, milestone: str) -> dict[tuple[date, int], StepState]:
    """What is known of the steps of all dates of the milestone, by date and step."""
    rows = tx.execute(
        select(step).where(step.c.season_id == season_id, step.c.milestone == milestone).order_by(step.c.id)
    ).all()
    return {(r.deadline, r.step): StepState(r.milestone, r.deadline, r.step, r.state, r.person_id, r.at) for r in rows}


def of_season(tx: Tx, season_id: int) -> dict[str, dict[tuple[date, int], StepState]]:
    """The same for every milestone of the season, in one statement."""
    rows = tx.execute(select(step).where(step.c.season_id == season_id).order_by(step.c.id)).all()
    found: dict[str, dict[tuple[date, int], StepState]] = {}
    for r in rows:
        state = StepState(r.milestone, r.deadline, r.step, r.state, r.person_id, r.at)
        found.setdefault(r.milestone, {})[r.deadline, r.step] = state
    return found


def mark_step(
    tx: Tx,
    season_id: int,
    milestone: str,
    deadline: date,
    number: int,
    state: str,
    now: datetime,
    person_id: int | None = None,
) -> bool:
    """Note the state of a step; one that is waiting or held may become another. False if it stands otherwise already."""
    of = {"milestone": milestone, "deadline": f"{deadline}", "step": number}
    values = {"season_id": season_id, "milestone": milestone, "deadline": deadline, "step": number}
    if insert_new(tx, step, **values, state=state, person_id=person_id, at=now) is not None:
        audit.note(tx, "step.marked", f"season:{season_id}", at=now, after={**of, "state": state})
        return True
    open_ = (WAITING, HELD) if state in (RELEASED, OVERTAKEN) else (WAITING,)
    there = (*_of(step, season_id, milestone, deadline, number), step.c.state.in_(open_), step.c.state != state)
    was = tx.execute(select(step.c.state).where(*there).with_for_update()).scalar()
    if was is None:
        return False
    changed = tx.execute(update(step).where(*there).values(state=state, person_id=person_id, at=now))
    if changed.rowcount != 1:
        return False
    audit.note(
        tx, "step.marked", f"season:{season_id}", at=now, before={**of, "state": was}, after={**of, "state": state}
    )
    return True


def unmark_step(tx: Tx, season_id: int, milestone: str, deadline: date, number: int, state: str) -> bool:
    """It goes its way again as if nothing had been said of it; False if it is not in that state."""
    gone = tx.execute(delete(step).where(*_of(step, season_id, milestone, deadline, number), step.c.state == state))
    if gone.rowcount != 1:
        return False
    of = {"milestone": milestone, "deadline": f"{deadline}", "step": number}
    audit.note(tx, "step.unmarked", f"season:{season_id}", before={**of, "state": state})
    return True


def silent(tx: Tx, season_id: int, milestone: str, deadline: date, at_least: int) -> dict[int, int]:
    """The units that were reminded of that date on at least so many days since they answered last, whatever it was, and
    on how many; urgings are not counted, and whether they still owe is for the caller to ask."""
    answered = (
        select(response.c.unit_id, func.max(response.c.at).label("at"))
        .where(response.c.season_id == season_id, response.c.milestone == milestone, response.c.deadline == deadline)
        .where(response.c.kind != "refused")  # the office's word, not the unit's
        .group_by(response.c.unit_id)
        .subquery("answered")
    )
    released = and_(
        step.c.season_id == due.c.season_id,
        step.c.milestone == due.c.milestone,
        step.c.deadline == due.c.deadline,
        step.c.step == due.c.step,
        step.c.state == RELEASED,
    )
    times = func.count(due.c.due_on.distinct()).label("times")
    rows = tx.execute(
        select(due.c.unit_id, times)
        .select_from(due)
        .join(step, released)
        .outerjoin(answered, answered.c.unit_id == due.c.unit_id)
        .where(
            due.c.season_id == season_id,
            due.c.milestone == milestone,
            due.c.deadline == deadline,
            due.c.step < URGED,
            due.c.state == MADE,
            or_(answered.c.at.is_(None), due.c.made_at > answered.c.at),
        )
        .group_by(due.c.unit_id)
        .having(times >= at_least)
    ).all()
    return {r.unit_id: r.times for r in rows}


def with_rows(tx: Tx, season_id: int, milestone: str, deadline: date, number: int, unit_ids: Iterable[int]) -> set[int]:
    """Those of the units that are reminded at this step."""
    rows = select(due.c.unit_id).where(
        *_of(due, season_id, milestone, deadline, number), due.c.state == MADE, due.c.unit_id.in_(ids_of(tx, unit_ids))
    )
    return set(tx.execute(rows).scalars())


def reminded(tx: Tx, season_id: int, milestone: str, deadline: date, unit_ids: Iterable[int]) -> dict[int, list[date]]:
    """The days on which each of these units was reminded of that date, urgings too, the first one first."""
    rows = tx.execute(
        select(due.c.unit_id, due.c.due_on)
        .distinct()
        .where(
            due.c.season_id == season_id,
            due.c.milestone == milestone,
            due.c.deadline == deadline,
            due.c.state == MADE,
            due.c.unit_id.in_(ids_of(tx, unit_ids)),
        )
        .order_by(due.c.due_on)
    ).all()
    found: dict[int, list[date]] = {}
    for row in rows:
        found.setdefault(row.unit_id, []).append(row.due_on)
    return found


def earlier(tx: Tx) -> list[tuple[int, str, int]]:
    """(season, milestone, number) of the steps that an earlier version noted, without the date to which they count."""
    found: set[tuple[int, str, int]] = set()
    for table in (step, due):
        rows = select(table.c.season_id, table.c.milestone, table.c.step).where(table.c.deadline == UNKNOWN)
        found |= {(r.season_id, r.milestone, r.step) for r in tx.execute(rows.distinct())}
    return sorted(found)


def settle_earlier(tx: Tx, season_id: int, milestone: str, noted: int, deadline: date, number: int) -> None:
    """Give the date and the step to what an earlier version noted under that number, and to its messages."""
    for table in (step, due):
        tx.execute(
            update(table)
            .where(*_of(table, season_id, milestone, UNKNOWN, noted))
            .values(deadline=deadline, step=number)
        )
    old = tx.execute(
        select(outbox.c.id, outbox.c.payload).where(outbox.c.subject == f"due:{season_id}:{milestone}")
    ).all()
    for row in old:
        if row.payload.get("step") == noted:
            items = [[season_id, milestone, deadline.isoformat(), number]]
            tx.execute(
                update(outbox)
                .where(outbox.c.id == row.id)
                .values(
                    subject=subject(season_id, milestone, deadline),
                    payload={"items": items, "day": row.payload.get("day", "")},
                )
            )


def _of(table: Any, season_id: int, milestone: str, deadline: date, number: int) -> tuple[ColumnElement[bool], ...]:
    return (
        table.c.season_id == season_id,
        table.c.milestone == milestone,
        table.c.deadline == deadline,
        table.c.step == number,
    )
