"""Who still owes what: derived from what was handed in, from closed lists and from letters received on paper."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, or_, select

from bot.plan.dates import Milestone
from bot.store import audit
from bot.store.engine import Tx
from bot.store.once import ids_of, insert_new
from bot.store.tables import closing, exemplar, submission

Owing = Callable[[ColumnElement[int]], Sequence[ColumnElement[bool]]]
"""What must be true of a unit, by its number, so that it owes."""


@dataclass(frozen=True, slots=True)
class Closing:
    """A unit's word (or a letter) that ends an owing: complete | none | paper; or that an exemplar has stopped."""

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
    if made is None:
        return False
    audit.note(
        tx,
        "closing.noted",
        f"season:{season_id}",
        at=now,
        about=unit_id,
        after={"milestone": milestone, "kind": kind, "note": audit.digested(tx, note) if note else ""},
    )
    return True


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
    if gone.rowcount != 1:
        return False
    audit.note(
        tx, "closing.taken_back", f"season:{season_id}", about=unit_id, before={"milestone": milestone, "kind": kind}
    )
    return True


def closings(tx: Tx, season_id: int, milestone: str) -> list[Closing]:
    rows = tx.execute(
        select(closing).where(closing.c.season_id == season_id, closing.c.milestone == milestone).order_by(closing.c.id)
    ).all()
    return [Closing(r.unit_id, r.milestone, r.kind, r.note, r.person_id, r.at) for r in rows]


@dataclass(frozen=True, slots=True)
class Answered:
    """What was answered in a season: (unit, milestone, kind) of closings, (unit, form, milestone) of submissions."""

    closings: frozenset[tuple[int, str, str]]
    submissions: frozenset[tuple[int, str, str]]

    def closed(self, milestone: Milestone) -> set[int]:
        """The units whose word, or whose letter, ends the owing."""
        wanted = {kind for by in milestone.settled_by for kind in _KINDS.get(by, ())}
        return {unit for unit, of, kind in self.closings if of == milestone.id and kind in wanted}

    def handed_in(self, milestone: Milestone) -> set[int]:
        """The units that handed it in on Khéo.

        What was handed in counts for its own occasion; a registration, which names none, for that of its form.
        """
        return {unit for unit, form, of in self.submissions if form == milestone.form and of in ("", milestone.id)}

    def on_paper(self, unit_id: int, milestone: Milestone) -> bool:
        """Whether a letter of the unit was noted."""
        return (unit_id, milestone.id, "paper") in self.closings


_KINDS = {"closing": ("complete", "none"), "paper": ("paper",)}


def answered(
    tx: Tx, season_id: int, *, unit_ids: Collection[int] | None = None, milestone: Milestone | None = None
) -> Answered:
    """All that was answered in the season, in two statements; of these units only, or of that milestone only."""
    closed = select(closing.c.unit_id, closing.c.milestone, closing.c.kind).where(closing.c.season_id == season_id)
    sent = select(submission.c.unit_id, submission.c.form, submission.c.milestone).where(
        submission.c.season_id == season_id
    )
    if milestone is not None:
        closed = closed.where(closing.c.milestone == milestone.id)
        sent = sent.where(submission.c.form == milestone.form, submission.c.milestone.in_(("", milestone.id)))
    if unit_ids is not None:
        closed = closed.where(closing.c.unit_id.in_(unit_ids))
        sent = sent.where(submission.c.unit_id.in_(unit_ids))
    return Answered(
        frozenset((r.unit_id, r.milestone, r.kind) for r in tx.execute(closed)),
        frozenset((r.unit_id, r.form, r.milestone) for r in tx.execute(sent.distinct())),
    )


def unanswered(season_id: int, milestone: Milestone) -> Owing | None:
    """The same as `still_owing`, for a statement over all units of a province; None where it takes more than that."""
    if milestone.owed_by in ("nobody", "role", "live_exemplars"):
        return None
    kinds = [kind for by in milestone.settled_by for kind in _KINDS.get(by, ())]

    def conditions(unit: ColumnElement[int]) -> Sequence[ColumnElement[bool]]:
        closed = select(closing.c.id).where(
            closing.c.season_id == season_id,
            closing.c.unit_id == unit,
            closing.c.milestone == milestone.id,
            closing.c.kind.in_(kinds),
        )
        sent = select(submission.c.id).where(
            submission.c.season_id == season_id,
            submission.c.unit_id == unit,
            submission.c.form == milestone.form,
            submission.c.milestone.in_(("", milestone.id)),
        )
        settled = ([closed] if kinds else []) + ([sent] if "submission" in milestone.settled_by else [])
        return [~one.exists() for one in settled]

    return conditions


def changes(tx: Tx, season_id: int, milestone: Milestone) -> tuple[int, ...]:
    """Numbers that change, or fall, when somebody owes again who did not: (closings, exemplars by what they are)."""
    if milestone.owed_by != "live_exemplars" and not set(_KINDS) & set(milestone.settled_by):
        return (0,)  # what was handed in stays handed in
    closed = select(func.count()).where(closing.c.season_id == season_id, closing.c.milestone == milestone.id)
    if milestone.owed_by != "live_exemplars":
        return (int(tx.execute(closed).scalar_one()),)
    of = exemplar.c.season_id == season_id
    wanted = select(func.count(), func.coalesce(func.max(exemplar.c.id), 0)).where(
        of, exemplar.c.award.is_(True), exemplar.c.state != "stopped"
    )
    return (int(tx.execute(closed).scalar_one()), *map(int, tx.execute(wanted).one()))


def still_owing(
    tx: Tx,
    season_id: int,
    milestone: Milestone,
    bound: Iterable[int],
    lacking: Collection[int] = (),
    known: Answered | None = None,
) -> list[int]:
    """Those of the units `bound` by the milestone that have not answered it, in the given order.

    "every_unit" owes its own report or document of that occasion; "invited_units" owe until they hand in, close their
    list, or are heard from on paper; "live_exemplars" bind only units with an exemplar for which an award is asked, and
    each such exemplar must have its form handed in and must not be among those `lacking` an answer that is due by then;
    "standing_office" owes its report. `known` spares asking the database once more for each milestone.
    """
    if milestone.owed_by in ("nobody", "role"):
        return []
    known = known or answered(tx, season_id, milestone=milestone)
    settled = known.closed(milestone)
    bound = list(bound)
    if milestone.owed_by == "live_exemplars":
        of = exemplar.c.unit_id.in_(ids_of(tx, bound))
        handed_in = select(submission.c.exemplar_id).where(
            submission.c.season_id == season_id,
            submission.c.form == milestone.form,
            submission.c.exemplar_id.is_not(None),
        )
        owing = set(
            tx.execute(
                select(exemplar.c.unit_id).where(
                    exemplar.c.season_id == season_id,
                    of,
                    exemplar.c.award.is_(True),
                    exemplar.c.state != "stopped",
                    or_(exemplar.c.id.not_in(handed_in), exemplar.c.id.in_(list(lacking))),
                )
            ).scalars()
        )
        return [unit for unit in bound if unit in owing and unit not in settled]
    if "submission" in milestone.settled_by:
        settled |= known.handed_in(milestone)
    return [unit for unit in bound if unit not in settled]
