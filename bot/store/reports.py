"""Reports, documents and feedback that were handed in: every version stays, and the newest is what counts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from bot.store.engine import Tx
from bot.store.once import insert_row
from bot.store.tables import submission


@dataclass(frozen=True, slots=True)
class Report:
    """One version, as it was handed in; `answers` as JSON: {"value": …, "items": [a file's item as JSON, …]} by question.

    `milestone` is the occasion that it answers; feedback answers none.
    """

    id: int
    season_id: int
    unit_id: int
    draft_id: int
    form: str
    milestone: str
    version: int
    answers: dict[str, Any]
    late: bool
    person_id: int
    at: datetime


_OF_NO_EXEMPLAR = select(submission).where(submission.c.exemplar_id.is_(None))


def _report(r: Any) -> Report:
    return Report(
        r.id,
        r.season_id,
        r.unit_id,
        r.draft_id,
        r.form,
        r.milestone,
        r.version,
        r.answers,
        r.late,
        r.person_id,
        r.at,
    )


def hand_in(
    tx: Tx,
    *,
    season_id: int,
    unit_id: int,
    draft_id: int,
    form: str,
    answers: Mapping[str, Any],
    person_id: int,
    now: datetime,
    milestone: str = "",
    late: bool = False,
) -> Report:
    """The next version of that form of the unit for that occasion."""
    last = tx.execute(
        select(func.max(submission.c.version)).where(
            submission.c.exemplar_id.is_(None),
            submission.c.season_id == season_id,
            submission.c.unit_id == unit_id,
            submission.c.form == form,
            submission.c.milestone == milestone,
        )
    ).scalar()
    said: dict[str, Any] = {
        "season_id": season_id,
        "unit_id": unit_id,
        "draft_id": draft_id,
        "form": form,
        "milestone": milestone,
        "version": (last or 0) + 1,
        "answers": dict(answers),
        "late": late,
        "person_id": person_id,
        "at": now,
    }
    return Report(insert_row(tx, submission, exemplar_id=None, **said), **said)


def newest(tx: Tx, season_id: int, unit_ids: Collection[int]) -> dict[tuple[int, str, str], Report]:
    """The newest version of everything that these units handed in, by (unit, form, milestone)."""
    rows = tx.execute(
        _OF_NO_EXEMPLAR.where(submission.c.season_id == season_id, submission.c.unit_id.in_(unit_ids)).order_by(
            submission.c.version
        )
    ).all()
    return {(r.unit_id, r.form, r.milestone): _report(r) for r in rows}


def versions(tx: Tx, season_id: int, unit_id: int, form: str, milestone: str) -> list[Report]:
    """Every version of one report, the first one first."""
    rows = tx.execute(
        _OF_NO_EXEMPLAR.where(
            submission.c.season_id == season_id,
            submission.c.unit_id == unit_id,
            submission.c.form == form,
            submission.c.milestone == milestone,
        ).order_by(submission.c.version)
    ).all()
    return [_report(r) for r in rows]


def of_form(tx: Tx, season_id: int, form: str) -> list[Report]:
    """Everything of that form that any unit handed in during the season, the oldest first."""
    rows = tx.execute(
        _OF_NO_EXEMPLAR.where(submission.c.season_id == season_id, submission.c.form == form).order_by(submission.c.id)
    ).all()
    return [_report(r) for r in rows]


def by_id(tx: Tx, id: int) -> Report:
    """The report; LookupError if there is none."""
    r = tx.execute(_OF_NO_EXEMPLAR.where(submission.c.id == id)).first()
    if r is None:
        raise LookupError(f"no report {id}")
    return _report(r)
