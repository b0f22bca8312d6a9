"""Who still owes what: derived from what was handed in, from closed lists and from letters received on paper."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, or_, select

from bot.plan.model import Milestone
from bot.store.engine import Tx
from bot.store.once import insert_new
from bot.store.tables import closing, exemplar, submission


@dataclass(frozen=True, slots=True)
class Closing:
    """A unit's word (or a letter) that ends an owing: complete | none | paper."""

    unit_id: int
    milestone: str
    kind: str
    note: str
    person_id: int
    at: datetime


def close(
    tx: Tx,
    *,
    season_id: int,
    unit_id: int,
    milestone: str,
    kind: str,
    person_id: int,
    now: datetime,
    note: str = "",
) -> bool:
    """Note it; False if it was noted before."""
    made = insert_new(
        tx,
        closing,
        season_id=season_id,
        unit_id=unit_id,
        milestone=milestone,
        kind=kind,
        note=note,
        person_id=person_id,
        at=now,
    )
    return made is not None


def reopen(tx: Tx, *, season_id: int, unit_id: int, milestone: str, kind: str) -> bool:
    """Take a closing back; False if there was none."""
    gone = tx.execute(
        delete(closing).where(
            closing.c.season_id == season_id,
            closing.c.unit_id == unit_id,
            closing.c.milestone == milestone,
            closing.c.kind == kind,
        )
    )
    return gone.rowcount == 1


def closings(tx: Tx, season_id: int, milestone: str) -> list[Closing]:
    rows = tx.execute(
        select(closing).where(closing.c.season_id == season_id, closing.c.milestone == milestone).order_by(closing.c.id)
    ).all()
    return [Closing(r.unit_id, r.milestone, r.kind, r.note, r.person_id, r.at) for r in rows]


def still_owing(
    tx: Tx, season_id: int, milestone: Milestone, bound: Iterable[int], lacking: Collection[int] = ()
) -> list[int]:
    """Those of the units `bound` by the milestone that have not answered it, in the given order.

    "invited_units" owe until they hand in, close their list, or are heard from on paper; "live_exemplars" bind only
    units with an exemplar for which an award is asked, and each such exemplar must have its form handed in and must
    not be among those `lacking` an answer that is due by then; "standing_office" owes until the letter is noted.
    """
    if milestone.owed_by == "nobody":
        return []
    settled: set[int] = set()
    kinds = {"closing": ("complete", "none"), "paper": ("paper",)}
    wanted = [kind for by in milestone.settled_by for kind in kinds.get(by, ())]
    if wanted:
        settled |= set(
            tx.execute(
                select(closing.c.unit_id).where(
                    closing.c.season_id == season_id,
                    closing.c.milestone == milestone.id,
                    closing.c.kind.in_(wanted),
                )
            ).scalars()
        )
    if milestone.owed_by == "live_exemplars":
        handed_in = select(submission.c.exemplar_id).where(
            submission.c.season_id == season_id, submission.c.form == milestone.form
        )
        owing = set(
            tx.execute(
                select(exemplar.c.unit_id).where(
                    exemplar.c.season_id == season_id,
                    exemplar.c.award.is_(True),
                    or_(exemplar.c.id.not_in(handed_in), exemplar.c.id.in_(list(lacking))),
                )
            ).scalars()
        )
        return [unit for unit in bound if unit in owing and unit not in settled]
    if "submission" in milestone.settled_by:
        settled |= set(
            tx.execute(
                select(submission.c.unit_id).where(
                    submission.c.season_id == season_id, submission.c.form == milestone.form
                )
            ).scalars()
        )
    return [unit for unit in bound if unit not in settled]
