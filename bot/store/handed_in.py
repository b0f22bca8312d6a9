"""Whatever was handed in, as it was handed in: registrations, scorecards, reports, documents and feedback alike."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from bot.store import audit
from bot.store.engine import Tx
from bot.store.once import insert_row
from bot.store.tables import submission


@dataclass(frozen=True, slots=True)
class HandedIn:
    """One version of one form, with its answers as JSON; its number is its id, and no later version replaces it.

    `exemplar_id` is None for what is about no exemplar; `milestone` is the occasion that a report answers.
    """

    id: int
    season_id: int
    unit_id: int
    exemplar_id: int | None
    draft_id: int
    form: str
    milestone: str
    version: int
    answers: dict[str, Any]
    late: bool
    person_id: int
    at: datetime


def of_row(r: Any) -> HandedIn:
    """One row of the table."""
    return HandedIn(
        r.id,
        r.season_id,
        r.unit_id,
        r.exemplar_id,
        r.draft_id,
        r.form,
        r.milestone,
        r.version,
        dict(r.answers),
        r.late,
        r.person_id,
        r.at,
    )


def write(tx: Tx, **said: Any) -> HandedIn:
    """Enter one version: everything that a HandedIn has but its id."""
    made = HandedIn(insert_row(tx, submission, **said), **said)
    audit.note(
        tx,
        "submission.handed_in",
        f"submission:{made.id}",
        at=made.at,
        about=made.unit_id,
        after={
            "season": made.season_id,
            "form": made.form,
            "milestone": made.milestone,
            "version": made.version,
            "late": made.late,
            "exemplar": made.exemplar_id,
            "draft": made.draft_id,
            "answers": audit.digested_json(tx, made.answers),
        },
    )
    return made


def by_id(tx: Tx, id: int) -> HandedIn:
    """What was handed in under that number; LookupError if nothing was."""
    row = tx.execute(select(submission).where(submission.c.id == id)).first()
    if row is None:
        raise LookupError(f"nothing was handed in under {id}")
    return of_row(row)


def newest(tx: Tx, season_ids: Collection[int], unit_ids: Collection[int] | None = None) -> list[HandedIn]:
    """The newest version of everything in these seasons, of these units only (None: of all); the oldest first."""
    statement = select(submission).where(submission.c.season_id.in_(season_ids))
    if unit_ids is not None:
        statement = statement.where(submission.c.unit_id.in_(unit_ids))
    found: dict[tuple[Any, ...], HandedIn] = {}
    for row in tx.execute(statement.order_by(submission.c.version, submission.c.id)).all():
        found[(row.season_id, row.unit_id, row.exemplar_id, row.form, row.milestone)] = of_row(row)
    return sorted(found.values(), key=lambda one: one.id)
