"""How duties are spoken of: what there is to hand in, when it falls due, and to whom it goes."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from bot.plan.dates import PERIODS, Milestone
from bot.plan.model import Plan
from bot.plan.questions import Form
from bot.rules.calendar import Undated
from bot.store.seasons import Season
from bot.store.units import Unit
from bot.texts import mark
from bot.turn import Turn
from handlers.words import when

NO_DAY = mark("the plan names no day")
ELSEWHERE = mark("by {document}; the plan itself names no day")
COUNTED_FROM = mark("counted from “{event}”, of which no day is known yet")
ANY_TIME = mark("at any time")
ONLY_AFTER = mark("{due}; only after “{event}”, of which no day is known yet")
THROUGH = mark("{to} (through {via})")
LAST_MONTHS = {key: last for periods in PERIODS.values() for key, _, last in periods}
MONTHS = {"m": 1, "q": 3, "h": 6}  # in a period whose key begins with that letter


def form_of(plan: Plan, milestone: Milestone, *purposes: str) -> Form | None:
    """The plan's form that the milestone names, if it is for one of these purposes."""
    return next((f for f in plan.forms if f.id == milestone.form and f.purpose in purposes), None)


def reports(plan: Plan) -> list[Milestone]:
    """The occasions for which a report or a document is handed in."""
    return [m for m in plan.occasions if form_of(plan, m, "report", "document")]


def by_day(turn: Turn, season: Season, plan: Plan, unit_kind: str = "") -> list[Milestone]:
    """The occasions in the order of their days; what has none comes last, as the plan has it."""
    dated = [(turn.office.deadline(season, milestone, unit_kind), milestone) for milestone in plan.occasions]
    return [milestone for _, milestone in sorted(dated, key=lambda e: e[0].last_day if e[0] else date.max)]


def due_words(turn: Turn, season: Season, milestone: Milestone, unit: Unit | None = None) -> str:
    """The date in words, for units of that kind, or why there is none; empty when it does not fall in that season."""
    due = turn.office.deadline(season, milestone, unit.kind if unit else "", unit.id if unit else None)
    if due is not None:
        words = when(turn, due)
    elif (undated := turn.office.undated(season, milestone)) is not None:
        words = undated_words(turn, season, undated)
    else:
        return ""
    event = turn.office.waits_for(turn.tx, season, milestone, turn.today)
    return turn.say.say(ONLY_AFTER, due=words, event=event) if event else words


def extended(turn: Turn, season: Season, milestone: Milestone, among: Collection[int]) -> list[str]:
    """A line for each of these units that was given another day than the others."""
    given = turn.office.given(season.id, milestone.id)
    units = [turn.office.units[id] for id in among if id in given and id in turn.office.units]
    return [f"  {unit.name}: {due_words(turn, season, milestone, unit)}." for unit in units]


def undated_words(turn: Turn, season: Season, undated: Undated) -> str:
    """Why there is no day."""
    plan = turn.office.plan(season)
    if undated.reason == "any_time":
        return turn.say.say(ANY_TIME)
    if undated.reason == "reference":
        document = next((r.document for r in plan.references if r.id == undated.on), "")
        return turn.say.say(ELSEWHERE, document=document) if document else turn.say.say(NO_DAY)
    if undated.reason == "waiting":
        named = [o.name for o in plan.occurrences if o.id == undated.on]
        named += [m.name for m in plan.occasions if m.id == undated.on]
        return turn.say.say(COUNTED_FROM, event=named[0]) if named else turn.say.say(NO_DAY)
    return turn.say.say(NO_DAY)


def is_owed_now(turn: Turn, season: Season, milestone: Milestone) -> bool:
    """Whether it stands among the tasks: what has a day always does, and what has none once its period has begun."""
    if turn.office.deadline(season, milestone) is not None:
        return True
    undated = turn.office.undated(season, milestone)
    if undated is None or undated.reason == "any_time":
        return False
    return turn.today >= _first_day(milestone, season.year)


def _first_day(milestone: Milestone, year: int) -> date:
    """When the period of the occasion begins; of one without a period, the season's year."""
    last = LAST_MONTHS.get(milestone.period, 1)
    return date(year, last - MONTHS.get(milestone.period[:1], 1) + 1, 1)


def receiver(turn: Turn, milestone: Milestone) -> str:
    """Who receives it and through whom; empty where the plan does not say."""
    to = ", ".join(milestone.to)
    return turn.say.say(THROUGH, to=to, via=milestone.via) if to and milestone.via else to or milestone.via
