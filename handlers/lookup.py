"""Looking up: a unit's exemplars, their state, and – for those who may – their points."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat import Choice, Reply
from bot.errors import NotAllowed
from bot.forms import tokens
from bot.lookup.units import Found
from bot.plan.model import Plan
from bot.rules.access import Action
from bot.rules.scoring import most
from bot.store import exemplars
from bot.store.exemplars import Exemplar
from bot.store.seasons import Season
from bot.store.units import Unit
from bot.texts import mark
from bot.turn import NO_RIGHT, Asked, Turn
from handlers import units_over_time
from handlers.models import status_label, target_lines
from handlers.self_score import NO_TABLE, stored_verdict, table_of
from handlers.words import (
    called,
    clipped,
    concerning,
    meant_plans,
    named_plans,
    of_plan,
    several_plans,
    state,
    unit_in,
    units_besides_plans,
    with_plan,
)

WHICH_UNIT = mark("Which unit is meant?")
NAME_A_UNIT = mark("Please name the unit, e.g. “điểm {unit}”.")
NOT_FOUND = mark("No unit of that name was found. Please type its full name, e.g. “điểm {unit}”.")
NOTHING = mark("{unit} has no registered exemplar yet.")
LINE = mark("{year} · {kind} · “{name}”: {state}")
LINE_OF = mark("{unit} · {year} · {kind} · “{name}”: {state}")
BY_PLAN = mark("By the plan “{plan}”:")
COPIED_FROM = mark("copied from “{source}”")
CARRIED_FROM = mark("carried over from {year}")
POINTS = mark("   {total}/{most} points by its own scoring")
POINTS_ALONE = mark("   {total} points by its own scoring")
PRIVATE_POINTS = mark("Points are shown to the unit itself and to the standing office only, in a private chat.")
STATE_ONLY = mark(
    "Before publication the points are shown to the unit itself and to the standing office; for others only the state."
)
DOUBT = mark("“{typed}” may mean several things. Is this the unit that is meant?")
CONDITIONS = mark("Conditions for being proposed, {level}:")
LONGEST_SOURCE = 80  # characters of the model that was copied, in a list
SHOWN_AT_MOST = 10  # exemplars in one answer; more would not be read on a phone


def show(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/diem: the exemplars of a unit with year and state, and the points to those who may see them."""
    unit, ask_back = unit_meant(turn, asked, "diem")
    if unit is None:
        return ask_back
    turn.need(Action.SEE_STATE, unit.id)
    choices = (*_may_have_stopped(turn, unit), *units_over_time.related(turn, unit))
    return [Reply(*_answer(turn, unit, asked), choices=choices)]


def _may_have_stopped(turn: Turn, unit: Unit) -> tuple[tuple[Choice, ...], ...]:
    """The way to say that a model goes on no longer, for who speaks for the unit itself."""
    own = turn.private and turn.person is not None and unit.id in turn.person.units
    if not own or not turn.can(Action.STOP, unit.id) or not exemplars.of_units(turn.tx, [unit.id]):
        return ()
    return ((Choice(turn.say.say("A model has stopped"), tokens.command("dung", f"u{unit.id}")),),)


def unit_meant(turn: Turn, asked: Asked, command: str) -> tuple[Unit | None, Sequence[Reply]]:
    """The unit that is asked about, or the replies that ask back."""
    named = unit_in(turn, asked.words)
    if named is not None:
        return named, []
    found = asked.understood.unit if asked.understood else None
    if found is None and asked.text and not (asked.understood and asked.understood.intent):
        found = turn.office.finder.find(asked.text)
        if found.one is None and not found.several:
            return None, [Reply(not_found(turn))]
    if found is None and turn.office.finder.unknown(asked.text):
        return None, [Reply(not_found(turn))]
    if found is not None:
        found = units_besides_plans(turn, asked.text, found) or found
    if found is not None and found.one is not None:
        return turn.office.units[found.one.id], []
    if found is not None and found.several:
        return None, [_which(turn, found, command)]
    if not turn.private and turn.contact.unit_id is not None:
        own = [turn.office.units[turn.contact.unit_id]]
    else:
        own = [turn.office.units[id] for id in (turn.person.units if turn.person else ()) if id in turn.office.units]
    if len(own) == 1 and own[0].parent_id is not None:
        return own[0], []
    return None, [Reply(turn.say.say(NAME_A_UNIT, unit=_some_unit(turn)))]


def not_found(turn: Turn) -> str:
    """That no unit is called so, and how to say it."""
    return turn.say.say(NOT_FOUND, unit=_some_unit(turn))


def _some_unit(turn: Turn) -> str:
    """A unit to show how one is named: the speaker's own, else any that is not the top of its tree."""
    units = turn.office.units
    own = [units[id] for id in (turn.person.units if turn.person else ()) if id in units]
    return next((u.name for u in [*own, *units.values()] if u.parent_id is not None), "…")


def _which(turn: Turn, found: Found, command: str) -> Reply:
    units = [turn.office.units[u.id] for u in found.several]
    labels = zip(called(turn, units), units, strict=True)
    choices = tuple((Choice(label, tokens.command(command, f"u{u.id}")),) for label, u in labels)
    doubt = found.doubt
    text = turn.say.say(DOUBT, typed=doubt) if doubt else turn.say.say(WHICH_UNIT)
    return Reply(text, choices=choices)


def _answer(turn: Turn, unit: Unit, asked: Asked) -> tuple[str, str]:
    named = {plan.id for _, plan in named_plans(turn, asked.text, turn.office.running(turn.now))}
    found = exemplars.of_units(turn.tx, [unit.id, *(below.id for below in turn.office.units.below(unit.id))])
    found = [e for e in found if not named or e.plan in named]
    lines = _listed(turn, unit, found) if found else [turn.say.say(NOTHING, unit=unit.name)]
    for season, plan in concerning(turn, unit) if unit.parent_id is not None else ():
        stands = target_lines(turn, season, plan, unit) if not named or plan.id in named else []
        lines += [with_plan(turn, plan, "\n".join(stands), unit)] if stands else []
    lines += units_over_time.told(turn, unit)
    return "\n".join(lines), unit.name if found or len(lines) > 1 else ""


def _listed(turn: Turn, unit: Unit, found: Sequence[Exemplar]) -> list[str]:
    """The newest exemplars; under the name of its plan each, where there are several."""
    lines: list[str] = []
    withheld = False
    shown = found[:SHOWN_AT_MOST]
    plans = list(dict.fromkeys(e.plan for e in shown))
    for id in plans:
        of_it = [e for e in shown if e.plan == id]
        if len(plans) > 1 or several_plans(turn, unit):
            lines.append(turn.say.say(BY_PLAN, plan=turn.office.plan_of(of_it[0].season_id).name))
        for e in of_it:
            may_see = turn.can(Action.SEE_POINTS, e.unit_id, exemplar=e)
            lines += _lines(turn, e, unit, may_see=may_see)
            withheld = withheld or (e.total is not None and not may_see)
    if len(found) > SHOWN_AT_MOST:
        rest = len(found) - SHOWN_AT_MOST
        lines.append(turn.say.say_n("… and {n} more", "… and {n} more", rest))
    if withheld:
        lines.append(turn.say.say(STATE_ONLY if turn.private else PRIVATE_POINTS))
    return lines


def _lines(turn: Turn, e: Exemplar, asked: Unit, *, may_see: bool) -> list[str]:
    plan = turn.office.plan_of(e.season_id)
    said = {"year": e.year, "kind": plan.called(e.subject), "name": e.name, "state": state(turn, e)}
    of = turn.office.units[e.unit_id].name
    lines = [turn.say.say(LINE, **said) if e.unit_id == asked.id else turn.say.say(LINE_OF, unit=of, **said)]
    lines += _over_the_years(turn, plan, e)
    if may_see and e.total is not None:
        try:
            points = turn.say.say(POINTS, total=e.total, most=most(table_of(turn.office, plan, e.subject, e.unit_id)))
        except KeyError:  # the table it was scored by is gone from the plan
            points = turn.say.say(POINTS_ALONE, total=e.total)
        lines.append(points)
    return lines


def _over_the_years(turn: Turn, plan: Plan, e: Exemplar) -> list[str]:
    """Whether the model is new, copied from another or carried over, where the plan asks for that."""
    carried = e.carried_from is not None and plan.registration and e.status == plan.registration.exemplar.continuing
    words = [label] if not carried and (label := status_label(plan, e.status)) else []
    if e.source:
        words.append(turn.say.say(COPIED_FROM, source=clipped(e.source, LONGEST_SOURCE)))
    if e.carried_from is not None:
        words.append(turn.say.say(CARRIED_FROM, year=exemplars.by_id(turn.tx, e.carried_from).year))
    return [f"   {'; '.join(words)}"] if words else []


def explain(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """“Tại sao 98 điểm mà không đạt”, “còn thiếu tiêu chí nào”: the verdict on each scored exemplar of the unit."""
    unit, ask_back = unit_meant(turn, asked, "vidau")
    if unit is None:
        return ask_back
    if not turn.may(Action.SEE_POINTS, unit.id):
        raise NotAllowed(NO_RIGHT)
    meant = meant_plans(turn, asked, unit) or units_over_time.last_seasons(turn, unit)
    replies = [_explained(turn, *pair, unit) for pair in meant if turn.can(Action.SEE_POINTS, unit.id, pair[0].id)]
    return replies or [Reply(turn.say.say(NOTHING, unit=unit.name))]


def _explained(turn: Turn, season: Season, plan: Plan, unit: Unit) -> Reply:
    lines = []
    for e in exemplars.of_units(turn.tx, [unit.id], season.id):
        none_yet = turn.say.say("No scorecard has been handed in yet.")
        if not plan.criteria:
            none_yet = turn.say.say(NO_TABLE, plan=plan.name)
        words = stored_verdict(turn, e) or none_yet
        lines.append(f"“{e.name}”\n{words}")
    title = of_plan(turn, plan, unit.name, unit) if lines else ""
    if not lines:
        lines.append(with_plan(turn, plan, turn.say.say(NOTHING, unit=unit.name), unit))
    return Reply("\n\n".join([*lines, *_conditions(turn, plan)]), title=title)


def _conditions(turn: Turn, plan: Plan) -> list[str]:
    """What the plan asks for at each level, in the document's own words."""
    said = []
    for level in plan.levels:
        quotes = [rule.quote for rule in level.passes if rule.quote is not None]
        if quotes:
            words = [turn.say.say("  “{quote}” – {place}", quote=quote.text, place=quote.at) for quote in quotes]
            said.append("\n".join([turn.say.say(CONDITIONS, level=level.name), *words]))
    return said
