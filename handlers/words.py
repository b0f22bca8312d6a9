"""How handlers speak of units, dates and states: the same words everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.chat import Choice
from bot.forms import tokens
from bot.plan.model import Milestone, Plan
from bot.rules.access import STANDING_OFFICE
from bot.rules.calendar import Deadline
from bot.store.exemplars import Exemplar
from bot.store.seasons import Season
from bot.store.units import Unit
from bot.texts import mark
from bot.turn import Turn

NO_SEASON = mark("No season of a plan is open at present. The standing office opens one.")
LONGEST_WORD = 19  # a letter and the digits of an id; a longer number is in no database
STATES = {
    "registered": mark("registered"),
    "self_scored": mark("self-scored, handed in"),
}


def when(turn: Turn, due: Deadline) -> str:
    """The date as the plan words it, with the last working day where that is another."""
    if due.before is not None:
        sentence = turn.say.say("before {before}, i.e. by {last} at the latest", before=due.before, last=due.last_day)
    else:
        sentence = turn.say.say("from {first} to {last}", first=due.first_day, last=due.last_day)
    if due.last_working_day != due.last_day:
        sentence += turn.say.say(" (the last working day is {day})", day=due.last_working_day)
    if due.predicted:
        sentence += turn.say.say(" – by the predicted calendar")
    return sentence


def is_late(due: Deadline | None, today: date) -> bool:
    """After the last calendar day; whether that matters is not for the bot to say."""
    return due is not None and today > due.last_day


def late_words(turn: Turn, plan: Plan, milestone: Milestone) -> str:
    """What the document says of lateness, or that it says nothing."""
    if milestone.late:
        return milestone.late
    return turn.say.say(
        "The plan states no consequence; the standing office ({office}) decides.", office=standing(plan)
    )


def standing(plan: Plan) -> str:
    """The office that holds the function “thường trực”."""
    return next((role.office for role in plan.roles if role.id == "thuong_truc"), plan.document.issuer)


def state(turn: Turn, e: Exemplar) -> str:
    words = turn.say.say(STATES[e.state])
    return turn.say.say("{state} (late)", state=words) if e.late and e.state == "registered" else words


def running(turn: Turn) -> tuple[Season, Plan] | None:
    """The season of today and its plan."""
    season = turn.office.season(turn.now)
    return (season, turn.office.plan(season)) if season else None


def unit_choices(units: Sequence[Unit], command: str, *rest: str) -> tuple[tuple[Choice, ...], ...]:
    """One button per unit, two in a row, each calling the command for that unit."""
    made = [Choice(unit.name, tokens.command(command, f"u{unit.id}", *rest)) for unit in units]
    return tuple(tuple(made[i : i + 2]) for i in range(0, len(made), 2))


def unit_in(turn: Turn, words: Sequence[str]) -> Unit | None:
    """The unit that a button names as “u12”; None if it names none (or one that does not exist)."""
    id = number_in(words, "u")
    return None if id is None else turn.office.units.get(id)


def clipped(text: str, most: int) -> str:
    """The text for a button or a list: at most that many characters, cut between words."""
    return text if len(text) <= most else text[: most - 1].rsplit(" ", 1)[0].rstrip(" ,;:–-") + "…"


def number_in(words: Sequence[str], letter: str) -> int | None:
    """The number in a button's word with that first letter: “e7” → 7."""
    for word in words:
        if word[:1] == letter and word[1:].isascii() and word[1:].isdigit() and len(word) <= LONGEST_WORD:
            return int(word[1:])
    return None


def is_standing(turn: Turn) -> bool:
    return turn.person is not None and any(grant.function == STANDING_OFFICE for grant in turn.person.grants)
