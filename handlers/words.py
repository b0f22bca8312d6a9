"""How handlers speak of units, dates and states: the same words everywhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from bot.chat import Choice, Reply
from bot.errors import Misunderstood, NotAllowed
from bot.forms import tokens
from bot.lookup.units import Found
from bot.plan.dates import Milestone
from bot.plan.model import STANDING_ROLE, Plan
from bot.rules.access import STANDING_OFFICE, Action
from bot.rules.calendar import Deadline, lateness
from bot.store.exemplars import Exemplar
from bot.store.seasons import Season
from bot.store.units import Unit
from bot.texts import mark
from bot.turn import NO_RIGHT, Asked, Turn
from bot.vietnamese import fold

NO_SEASON = mark("No season of a plan is open at present. The standing office opens one.")
WHICH_PLAN = mark("Several plans concern you. Which one is meant?")
OTHER_SEASON = mark("That button belongs to a season that does not run at present; nothing was changed.")
NO_PART = mark("{unit} does not take part in {plan}; nothing was changed.")
IN_NO_PLAN = mark("{unit} takes part in no plan whose season is open.")
TYPED = mark("Options are chosen by typing the number or the letter before them, or their words.")
LONGEST_PLAN_NAME = 30  # characters in a button, beside what it does
LONGEST_WORD = 19  # a letter and the digits of an id; a longer number is in no database
STATES = {
    "registered": mark("registered"),
    "self_scored": mark("self-scored, handed in"),
    "stopped": mark("stopped"),
}


def when(turn: Turn, due: Deadline) -> str:
    """The date as the plan words it, with the last working day where that is another, and whose date it is."""
    if due.before is not None:
        sentence = turn.say.say("before {before}, i.e. by {last} at the latest", before=due.before, last=due.last_day)
    elif due.first_day is None:
        sentence = turn.say.say("by {last} at the latest", last=due.last_day)
    else:
        sentence = turn.say.say("from {first} to {last}", first=due.first_day, last=due.last_day)
    if due.last_working_day != due.last_day:
        sentence += turn.say.say(" (the last working day is {day})", day=due.last_working_day)
    if due.predicted:
        sentence += turn.say.say(" – by the predicted calendar")
    if due.notice:
        sentence += turn.say.say(" – as set by {document}", document=due.notice)
    elif due.own:
        sentence += turn.say.say(" – set by the standing office itself; the document names no day")
    elif due.extended:
        sentence += turn.say.say(" – extended for this unit")
    elif due.planned:
        sentence += turn.say.say(" – provisional, as the plan itself says")
    return sentence


DOUBTFUL = mark(
    "But nobody worked on {day}, the last day, and today is the first working day after it at the latest: whether this is "
    "still in time a person decides."
)


def is_late(due: Deadline | None, today: date) -> bool:
    """After the last calendar day; whether that matters is not for the bot to say."""
    return due is not None and today > due.last_day


def late_words(turn: Turn, plan: Plan, milestone: Milestone, due: Deadline | None = None) -> str:
    """What the document says of lateness, or that it says nothing; and where it is not certain that `due` was missed."""
    said = milestone.late or _no_consequence(turn, plan)
    if due is not None and lateness(due, turn.today, turn.office.calendar) == "doubtful":
        return f"{said} {turn.say.say(DOUBTFUL, day=due.last_day)}"
    return said


def _no_consequence(turn: Turn, plan: Plan) -> str:
    office = standing(plan, turn.today)
    if not office:
        return turn.say.say(
            "The plan states no consequence; which office decides now that {office} is no more is not laid down.",
            office=standing(plan),
        )
    return turn.say.say("The plan states no consequence; the standing office ({office}) decides.", office=office)


def standing(plan: Plan, on: date | None = None) -> str:
    """The office that holds the function “thường trực” – on that day, where one is given: then perhaps none does."""
    named = [role.office for role in plan.roles if role.id == STANDING_ROLE]
    if not named:
        return plan.document.issuer
    return named[-1] if on is None else plan.standing_office(on)


def state(turn: Turn, e: Exemplar) -> str:
    words = turn.say.say(STATES[e.state])
    return turn.say.say("{state} (late)", state=words) if e.late and e.state == "registered" else words


def concerning(turn: Turn, unit: Unit | None = None) -> list[tuple[Season, Plan]]:
    """The running seasons that concern the unit; without one, the speaker (or the group); for whom none does, all."""
    if unit is not None:
        return turn.office.concerning(turn.now, [unit.id])
    if not turn.private:
        of = [turn.contact.unit_id] if turn.contact.unit_id is not None else []
        below = [u.id for id in of for u in turn.office.units.below(id)]
        return turn.office.concerning(turn.now, [*of, *below])
    mine = turn.person.concerned if turn.person else ()
    return turn.office.concerning(turn.now, mine) or turn.office.running(turn.now)


def meant_plans(turn: Turn, asked: Asked, unit: Unit | None = None) -> list[tuple[Season, Plan]]:
    """Those of the seasons `concerning` that a button (“s7”) or the sentence names; all of them if it names none.

    Misunderstood if the button's season does not run (any more).
    """
    if _names_a_season(asked):
        id = number_in(asked.words, "s")
        found = [pair for pair in turn.office.running(turn.now) if pair[0].id == id]
        if not found:
            raise Misunderstood(OTHER_SEASON)
        return found
    return named_plans(turn, asked.text, concerning(turn, unit)) or concerning(turn, unit)


def _names_a_season(asked: Asked) -> bool:
    return any(word[:1] == "s" and word[1:].isdigit() for word in asked.words)


def named_plans(turn: Turn, text: str, among: Sequence[tuple[Season, Plan]]) -> list[tuple[Season, Plan]]:
    """Those of the seasons whose plan the text calls by one of its names."""
    said = f" {fold(text)} "
    return [pair for pair in among if any(f" {fold(name)} " in said for name in plan_names(pair[1]))]


def units_besides_plans(turn: Turn, text: str, found: Found) -> Found:
    """The units that were found, less those by which the text only names a plan (“theo kế hoạch huyện Vạn Ninh”)."""
    named = named_plans(turn, text, turn.office.running(turn.now))
    tops = {top.id for _, plan in named if (top := turn.office.root(plan)) is not None}
    units = (found.one,) if found.one else found.several
    left = tuple(unit for unit in units if unit.id not in tops)
    if len(left) == len(units):
        return found
    return Found(one=left[0]) if len(left) == 1 else Found(several=left, doubt=found.doubt, more=found.more)


def plans_of_office(turn: Turn, action: Action) -> list[tuple[Season, Plan]]:
    """The running plans at whose top the speaker may do that: those in whose standing office they act."""
    return [(season, plan) for season, plan in turn.office.running(turn.now) if stands_over(turn, plan, action)]


def as_office(turn: Turn, action: Action) -> list[tuple[Season, Plan]]:
    """The same where there must be one: Misunderstood if no season runs, NotAllowed if the speaker is in no such office."""
    if not turn.office.running(turn.now):
        raise Misunderstood(NO_SEASON)
    found = plans_of_office(turn, action)
    if not found:
        raise NotAllowed(NO_RIGHT)
    return found


def stands_over(turn: Turn, plan: Plan, action: Action) -> bool:
    """Whether the speaker may do that at the plan's top."""
    root = turn.office.root(plan)
    return turn.can(action, root.id if root else None)


def plan_names(plan: Plan) -> tuple[str, ...]:
    """What people call the plan: its name, its issuer, its aliases, “kế hoạch” with its top unit."""
    tops = [seed.name for seed in plan.units if not seed.parent]
    return (plan.name, plan.document.issuer, *plan.aliases, *(f"kế hoạch {top}" for top in tops))


def which_plan(turn: Turn, among: Sequence[tuple[Season, Plan]], command: str, *rest: str) -> Sequence[Reply]:
    """Ask for which plan; each button calls the command again with the season."""
    turn.asking = True
    rows = tuple((Choice(plan.name, tokens.command(command, *rest, f"s{season.id}")),) for season, plan in among)
    return [Reply(turn.say.say(WHICH_PLAN), choices=rows)]


def season_meant(
    turn: Turn, asked: Asked, unit: Unit, fits: Callable[[Plan], bool] = lambda _: True, lacking: str = IN_NO_PLAN
) -> list[tuple[Season, Plan]]:
    """The running seasons in which something is to be done for the unit: one, or several among which to ask back.

    Misunderstood, in words, when a button or the sentence names one that does not run or does not concern the unit, or
    when no plan `fits` (then `lacking` is told, with unit and plan).
    """
    everywhere = turn.office.running(turn.now)
    if not everywhere:
        raise Misunderstood(NO_SEASON)
    mine = concerning(turn, unit)
    meant = named_plans(turn, asked.text, everywhere)
    if _names_a_season(asked):
        id = number_in(asked.words, "s")
        meant = [pair for pair in everywhere if pair[0].id == id]
        if not meant:
            raise Misunderstood(OTHER_SEASON)
    if meant and not any(pair in mine for pair in meant):
        raise Misunderstood(NO_PART, unit=unit.name, plan=meant[0][1].name)
    if not mine:
        raise Misunderstood(IN_NO_PLAN, unit=unit.name)
    found = [pair for pair in mine if not meant or pair in meant]
    fitting = [pair for pair in found if fits(pair[1])]
    if not fitting:
        raise Misunderstood(lacking, unit=unit.name, plan=", ".join(plan.name for _, plan in found))
    return fitting


def open_to(turn: Turn, action: Action, unit: Unit, among: Sequence[tuple[Season, Plan]]) -> list[tuple[Season, Plan]]:
    """Those of the seasons in which the speaker may do that for the unit; NotAllowed if it is none."""
    found = [pair for pair in among if turn.can(action, unit.id, pair[0].id)]
    if not found:
        raise NotAllowed(NO_RIGHT)
    return found


def several_plans(turn: Turn, unit: Unit | None = None) -> bool:
    """Whether more than one plan concerns the speaker or the unit, so that an answer must name its plan."""
    return len(concerning(turn)) > 1 or (unit is not None and len(concerning(turn, unit)) > 1)


def with_plan(turn: Turn, plan: Plan, text: str, unit: Unit | None = None) -> str:
    """The text under the plan's name, where there are several."""
    return f"{plan.name}\n{text}" if several_plans(turn, unit) else text


def of_plan(turn: Turn, plan: Plan, label: str, unit: Unit | None = None) -> str:
    """The same in one line, for a title or a button; there the plan is called by its top unit, which is shorter."""
    if not several_plans(turn, unit):
        return label
    tops = [seed.name for seed in plan.units if not seed.parent]
    return turn.say.say("{what} ({plan})", what=label, plan=clipped(tops[0] if tops else plan.name, LONGEST_PLAN_NAME))


def called(turn: Turn, units: Sequence[Unit]) -> list[str]:
    """How each of the units is called beside the others: namesakes with the unit above them and their time."""
    namesakes: dict[str, list[Unit]] = {}
    for unit in units:
        namesakes.setdefault(fold(unit.name), []).append(unit)
    return [_told_apart(turn, unit, namesakes[fold(unit.name)]) for unit in units]


def _told_apart(turn: Turn, unit: Unit, namesakes: Sequence[Unit]) -> str:
    others = [other for other in namesakes if other.id != unit.id]
    if not others:
        return unit.name
    above = turn.office.units.parent_name(unit)
    words = [above] if above and any(other.parent_id != unit.parent_id for other in others) else []
    if unit.valid_to is not None and any(other.valid_from and other.valid_from > unit.valid_to for other in others):
        words.append(turn.say.say("before {day}", day=unit.valid_to + timedelta(days=1)))
    if unit.valid_from is not None and any(other.valid_to and other.valid_to < unit.valid_from for other in others):
        words.append(turn.say.say("since {day}", day=unit.valid_from))
    return f"{unit.name} ({', '.join(words) or unit.code})"


def unit_choices(turn: Turn, units: Sequence[Unit], command: str, *rest: str) -> tuple[tuple[Choice, ...], ...]:
    """One button per unit, two in a row, each calling the command for that unit."""
    labels = zip(called(turn, units), units, strict=True)
    made = [Choice(label, tokens.command(command, f"u{unit.id}", *rest)) for label, unit in labels]
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
