"""Reports, documents and feedback that were handed in: every version stays, and the newest is what counts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from bot.store import handed_in
from bot.store.engine import Tx
from bot.store.handed_in import HandedIn
from bot.store.tables import submission

_OF_NO_EXEMPLAR = select(submission).where(submission.c.exemplar_id.is_(None))


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
) -> HandedIn:
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
    return handed_in.write(
        tx,
        season_id=season_id,
        unit_id=unit_id,
        exemplar_id=None,
        draft_id=draft_id,
        form=form,
        milestone=milestone,
        version=(last or 0) + 1,
        answers=dict(answers),
        late=late,
        person_id=person_id,
        at=now,
    )


def newest(tx: Tx, season_id: int, unit_ids: Collection[int]) -> dict[tuple[int, str, str], HandedIn]:
    """The newest version of everything that these units handed in, by (unit, form, milestone)."""
    rows = tx.execute(
        _OF_NO_EXEMPLAR.where(submission.c.season_id == season_id, submission.c.unit_id.in_(unit_ids)).order_by(
            submission.c.version
        )
    ).all()
    return {(r.unit_id, r.form, r.milestone): handed_in.of_row(r) for r in rows}


def versions(tx: Tx, season_id: int, unit_id: int, form: str, milestone: str) -> list[HandedIn]:
    """Every version of one report, the first one first."""
    rows = tx.execute(
        _OF_NO_EXEMPLAR.where(
            submission.c.season_id == season_id,
            submission.c.unit_id == unit_id,
            submission.c.form == form,
            submission.c.milestone == milestone,
        ).order_by(submission.c.version)
    ).all()
    return [handed_in.of_row(r) for r in rows]


def of_form(tx: Tx, season_id: int, form: str) -> list[HandedIn]:
    """Everything of that form that any unit handed in during the season, the oldest first."""
    rows = tx.execute(
        _OF_NO_EXEMPLAR.where(submission.c.season_id == season_id, submission.c.form == form).order_by(submission.c.id)
    ).all()
    return [handed_in.of_row(r) for r in rows]


def by_id(tx: Tx, id: int) -> HandedIn:
    """The report; LookupError if there is none."""
    r = tx.execute(_OF_NO_EXEMPLAR.where(submission.c.id == id)).first()
    if r is None:
        raise LookupError(f"no report {id}")
    return handed_in.of_row(r)
