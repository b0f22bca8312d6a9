"""Whom a reminder reaches, in words; and which reminder a button means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from bot.plan.dates import Milestone
from bot.rules.courses import Course
from bot.rules.ladder import URGE
from bot.store.seasons import Season
from bot.texts import mark
from bot.turn import Sent, Turn
from handlers.words import number_in

NAMED_AT_MOST = 30  # units in one list; more nobody reads, and the workbook has them all

GOES_TO = mark("It goes to {officers} and {groups}.")
UNREACHED = mark("Nobody of these units can be reached yet: {units}.")
SENT_NOW = mark("Sent to {officers} and {groups}, about {units}.")
SENT_LATER = mark(
    "It leaves at {at}, to {officers} and {groups}, about {units}; offices are not written to before that."
)
BY_OTHER_MEANS = mark("Please tell these units otherwise: {units}.")


def would_reach(turn: Turn, season: Season, milestone: Milestone, owed: Sequence[int], step: int = URGE) -> list[str]:
    """To whom that step's reminder (an urging) about these units would go, and of which nobody can be reached."""
    to = turn.script.reminders.reach(turn.tx, season, milestone, owed, turn.now, step)
    lines = [turn.say.say(GOES_TO, officers=_officers(turn, to.people), groups=_groups(turn, to.groups))]
    if to.unreached:
        lines.append(turn.say.say(UNREACHED, units=listed(turn, to.unreached)))
    return lines


def was_sent(turn: Turn, sent: Sent) -> list[str]:
    """How many it went to and when it leaves, and whom it cannot reach."""
    units = turn.say.say_n("{n} unit", "{n} units", sent.units)
    told = {"officers": _officers(turn, sent.people), "groups": _groups(turn, sent.groups), "units": units}
    lines = [turn.say.say(SENT_LATER, at=sent.at, **told) if sent.at > turn.now else turn.say.say(SENT_NOW, **told)]
    if sent.unreached:
        lines.append(turn.say.say(BY_OTHER_MEANS, units=listed(turn, sent.unreached)))
    return lines


def _officers(turn: Turn, count: int) -> str:
    return turn.say.say_n("{n} official", "{n} officials", count)


def _groups(turn: Turn, count: int) -> str:
    return turn.say.say_n("{n} group", "{n} groups", count)


def listed(turn: Turn, ids: Sequence[int]) -> str:
    """The units by name; of very many the first ones, and how many more."""
    shown = ", ".join(turn.office.units[id].name for id in ids[:NAMED_AT_MOST])
    rest = len(ids) - NAMED_AT_MOST
    return shown if rest <= 0 else turn.say.say_n("{shown} and {n} more", "{shown} and {n} more", rest, shown=shown)


# -- which reminder is meant -----------------------------------------------------------------------------------------


def day_word(day: date) -> str:
    """A last day as buttons carry it: “k240214”."""
    return f"k{day:%y%m%d}"


def day_in(words: Sequence[str]) -> date | None:
    """The last day that a button names."""
    number = number_in(words, "k")
    if number is None:
        return None
    try:
        return date(2000 + number // 10000, number // 100 % 100, number % 100)
    except ValueError:
        return None


def milestone_in(among: Iterable[Milestone], words: Sequence[str]) -> Milestone | None:
    """The one of these milestones that a button names."""
    return next((one for one in among if one.word in words), None)


def year_end(season: Season) -> date:
    """The day under which reminders of a duty without a day are noted."""
    return date(season.year, 12, 31)


def of_course(turn: Turn, season: Season, milestone: Milestone, course: Course | None) -> list[int]:
    """The units that the milestone binds and that have this date; without a course all that it binds."""
    bound = turn.office.bound(season, milestone)
    if course is None:
        return bound
    return [id for id in bound if course.concerns(id, turn.office.units[id].kind)]
