"""Seasons: one plan in one year, pinned to the version of the plan with which it was opened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy import Select, exists, select, update

from bot.errors import KheoError
from bot.plan.model import Plan
from bot.store import audit
from bot.store.engine import Tx
from bot.store.once import insert_new, insert_once
from bot.store.tables import closing, draft, draft_event, plan_text, season, step, submission

AUTO, ASK = "auto", "ask"
"""Something goes by itself, or waits for one tap of the office."""


@dataclass(frozen=True, slots=True)
class Season:
    id: int
    plan: str
    year: int
    plan_version: str
    opened_at: datetime
    closed_at: datetime | None = None
    reminders: str = AUTO
    """Whether the first reminder of each milestone goes by itself, or waits for the office's word."""
    digests: str = AUTO
    """The same of what is told to those who look after silent units."""


def begin(tx: Tx, plan: Plan, year: int, now: datetime) -> bool:
    """Open the season with the plan as it is now; False if it was opened before."""
    keep(tx, plan, now)
    made = insert_new(tx, season, plan=plan.id, year=year, plan_version=plan.version, opened_at=now)
    if made is None:
        return False
    said = {"plan": plan.id, "year": year, "version": plan.version}
    audit.note(tx, "season.opened", f"season:{made}", at=now, after=said)
    return True


def every(tx: Tx) -> list[Season]:
    """All seasons, closed ones too, by plan and year."""
    rows = tx.execute(select(season).order_by(season.c.plan, season.c.year)).all()
    return [
        Season(r.id, r.plan, r.year, r.plan_version, r.opened_at, r.closed_at, r.reminders, r.digests) for r in rows
    ]


def release(tx: Tx, season_id: int, now: datetime, *, reminders: str = "", digests: str = "") -> bool:
    """Say what goes by itself from now on and what waits for a tap: "auto" or "ask", empty for what stays as it is.

    False if that is how it was.
    """
    row = tx.execute(
        select(season.c.reminders, season.c.digests).where(season.c.id == season_id).with_for_update()
    ).one()
    before = {"reminders": row.reminders, "digests": row.digests}
    after = {"reminders": reminders or row.reminders, "digests": digests or row.digests}
    if before == after:
        return False
    tx.execute(update(season).where(season.c.id == season_id).values(**after))
    audit.note(tx, "season.set", f"season:{season_id}", at=now, before=before, after=after)
    return True


def keep(tx: Tx, plan: Plan, now: datetime) -> None:
    """Keep this version of the plan, so that a changed file does not change what runs by it."""
    insert_once(
        tx,
        plan_text,
        plan=plan.id,
        version=plan.version,
        text=plan.model_dump_json(),
        kept_at=now,
    )


def pin(tx: Tx, plans: Mapping[str, Plan], now: datetime) -> None:
    """Pin the running seasons whose version was never kept (an earlier Khéo opened them) to the plans as they are now."""
    missing = select(season.c.id, season.c.plan).where(
        season.c.closed_at.is_(None),
        ~exists().where(plan_text.c.plan == season.c.plan, plan_text.c.version == season.c.plan_version),
    )
    for row in tx.execute(missing).all():
        if row.plan in plans:
            move(tx, row.id, plans[row.plan], now)


def kept(tx: Tx, plan: str, version: str) -> Plan | None:
    """The plan in that version; None if it was never kept. KheoError if this program no longer reads what was kept."""
    text = tx.execute(select(plan_text.c.text).where(plan_text.c.plan == plan, plan_text.c.version == version)).scalar()
    if text is None:
        return None
    try:
        return Plan.model_validate_json(text)
    except ValidationError as wrong:
        raise KheoError(
            f"A season of “{plan}” goes by version {version}, which this Khéo no longer reads "
            f"({wrong.error_count()} findings). Start the Khéo that opened it, look at “kheo season diff”, and let the "
            "season go on by a version of the present format (kheo season apply) before upgrading."
        ) from wrong


@dataclass(frozen=True, slots=True)
class Touched:
    """How much of people's work stands in a season, by what a change of the plan could touch."""

    open_drafts: Mapping[str, int]
    """Drafts in which something was answered, by form."""
    handed_in: Mapping[str, int]
    """By form."""
    steps: Mapping[str, int]
    """Reminder steps that were sent, by milestone."""
    closings: Mapping[str, int]
    """Answers and letters noted, by milestone."""


def touched(tx: Tx, season_id: int) -> Touched:
    """What was begun, handed in, sent and noted in the season."""
    begun = exists().where(draft_event.c.draft_id == draft.c.id)
    return Touched(
        _counted(tx, select(draft.c.form).where(draft.c.season_id == season_id, draft.c.state == "open", begun)),
        _counted(tx, select(submission.c.form).where(submission.c.season_id == season_id)),
        _counted(tx, select(step.c.milestone).where(step.c.season_id == season_id, step.c.state == "released")),
        _counted(tx, select(closing.c.milestone).where(closing.c.season_id == season_id)),
    )


def _counted(tx: Tx, names: Select[str]) -> dict[str, int]:
    return dict(Counter(tx.execute(names).scalars()))


def move(tx: Tx, season_id: int, plan: Plan, now: datetime) -> None:
    """Let the season go on by this version of its plan."""
    keep(tx, plan, now)
    was = tx.execute(select(season.c.plan_version).where(season.c.id == season_id)).scalar()
    tx.execute(update(season).where(season.c.id == season_id).values(plan_version=plan.version))
    audit.note(
        tx,
        "season.moved",
        f"season:{season_id}",
        at=now,
        before={"version": was},
        after={"plan": plan.id, "version": plan.version},
    )


def close(tx: Tx, season_id: int, now: datetime) -> None:
    """End the season: nothing is owed in it and nothing handed in any more."""
    open_yet = (season.c.id == season_id, season.c.closed_at.is_(None))
    if tx.execute(update(season).where(*open_yet).values(closed_at=now)).rowcount == 1:
        audit.note(tx, "season.closed", f"season:{season_id}", at=now)
