"""A model that goes on no longer is marked as stopped, and taken up again if that was wrong."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat import Choice, Reply
from bot.errors import NotAllowed
from bot.forms import tokens
from bot.rules.access import Action
from bot.store import exemplars, owing, people
from bot.store.exemplars import Exemplar
from bot.texts import mark
from bot.turn import NO_RIGHT, Asked, Turn
from handlers.registration import answered, chosen_unit, milestone_of, which_unit
from handlers.words import clipped, number_in, with_plan

COMMAND = "dung"
MEANT = "chac"  # in a button: it has been asked whether this is meant
AGAIN = "lai"  # in a button: it goes on after all
KIND = "stopped"  # of a closing: who said that a model has stopped, and when
OFFERED = 20  # models of one unit that still go on; a longer list of buttons nobody reads

NOTHING = mark("{unit} has no model that could be marked as stopped or taken up again.")
WHICH = mark("Which model of {unit} has stopped?")
SURE = mark(
    "Mark “{name}” – {unit}, {year} as stopped? It stays on file, owes nothing more and is not offered for the next "
    "year. It can be taken up again at any time."
)
STOPPED = mark("Noted: “{name}” – {unit} has stopped.")
BEFORE = mark("“{name}” – {unit} was marked as stopped before; nothing was changed.")
NOTED_BY = mark("Noted on {day} by {who}.")
NOTED_ON = mark("Noted on {day}.")
TAKEN_UP = mark("Noted: “{name}” – {unit} goes on.")
NOT_STOPPED = mark("“{name}” – {unit} was not marked as stopped; nothing was changed.")


def begin(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/dung: say that a model has stopped, or goes on after all."""
    exemplar_id = number_in(asked.words, "e")
    if exemplar_id is not None:
        return _about(turn, exemplar_id, asked)
    unit = chosen_unit(turn, asked, Action.STOP)
    if unit is None:
        return which_unit(turn, Action.STOP, COMMAND)
    theirs = exemplars.of_units(turn.tx, [unit.id])
    found = _latest_years([e for e in theirs if turn.can(Action.STOP, unit.id, exemplar=e)])
    if not found:
        return [Reply(turn.say.say(NOTHING, unit=unit.name))]
    turn.asking = True
    rows = []
    for e in found[:OFFERED]:
        name = clipped(e.name, 50)
        if e.stopped:
            label = turn.say.say("Take up again: {name}, {year}", name=name, year=e.year)
            rows.append((Choice(label, tokens.command(COMMAND, f"e{e.id}", AGAIN)),))
        else:
            label = turn.say.say("Stopped: {name}, {year}", name=name, year=e.year)
            rows.append((Choice(label, tokens.command(COMMAND, f"e{e.id}")),))
    return [Reply(turn.say.say(WHICH, unit=unit.name), choices=tuple(rows))]


def _latest_years(found: Sequence[Exemplar]) -> list[Exemplar]:
    """Of a model that was carried over only the latest year."""
    carried = {e.carried_from for e in found}
    return [e for e in found if e.id not in carried]


def _about(turn: Turn, exemplar_id: int, asked: Asked) -> Sequence[Reply]:
    try:
        e = exemplars.by_id(turn.tx, exemplar_id)
    except LookupError:
        raise NotAllowed(NO_RIGHT) from None
    turn.need(Action.STOP, e.unit_id, exemplar=e)
    if AGAIN in asked.words:
        return _take_up(turn, e)
    if e.stopped:
        told = [_told(turn, e, BEFORE), _noted_by(turn, e)]
        return [Reply("\n".join(line for line in told if line), choices=_take_up_button(turn, e))]
    if MEANT not in asked.words:
        turn.asking = True
        yes = Choice(turn.say.say("Yes, it has stopped"), tokens.command(COMMAND, f"e{e.id}", MEANT))
        return [Reply(_told(turn, e, SURE), choices=((yes,),))]
    exemplars.stop(turn.tx, e.id)
    assert turn.person is not None
    owing.close(
        turn.tx,
        season_id=e.season_id,
        unit_id=e.unit_id,
        milestone=noted_as(e),
        kind=KIND,
        person_id=turn.person.id,
        now=turn.now,
    )
    _tell_the_lists(turn, e)
    return [Reply(_told(turn, e, STOPPED), choices=_take_up_button(turn, e))]


def noted_as(e: Exemplar) -> str:
    """Under what a closing speaks of one exemplar; no milestone's id begins with a colon."""
    return f":e{e.id}"


def _noted_by(turn: Turn, e: Exemplar) -> str:
    """Who marked it as stopped, and when; empty where that is not known."""
    found = [c for c in owing.closings(turn.tx, e.season_id, noted_as(e)) if c.kind == KIND]
    if not found:
        return ""
    person = people.known(turn.tx, found[0].person_id, turn.now)
    at = found[0].at.astimezone(turn.now.tzinfo)
    if person is None:
        return turn.say.say(NOTED_ON, day=at.date())
    return turn.say.say(NOTED_BY, day=at.date(), who=person.name)


def _take_up(turn: Turn, e: Exemplar) -> Sequence[Reply]:
    if not exemplars.take_up(turn.tx, e.id):
        return [Reply(_told(turn, e, NOT_STOPPED))]
    owing.reopen(turn.tx, season_id=e.season_id, unit_id=e.unit_id, milestone=noted_as(e), kind=KIND)
    _tell_the_lists(turn, e)
    return [Reply(_told(turn, e, TAKEN_UP))]


def _take_up_button(turn: Turn, e: Exemplar) -> tuple[tuple[Choice, ...], ...]:
    return ((Choice(turn.say.say("It goes on after all"), tokens.command(COMMAND, f"e{e.id}", AGAIN)),),)


def _told(turn: Turn, e: Exemplar, sentence: str) -> str:
    unit = turn.office.units[e.unit_id]
    text = turn.say.say(sentence, name=e.name, unit=unit.name, year=e.year)
    return with_plan(turn, turn.office.plan_of(e.season_id), text, unit)


def _tell_the_lists(turn: Turn, e: Exemplar) -> None:
    """What has stopped owes no dossier; in a closed season nobody owes anything."""
    season = next((s for s in turn.office.seasons if s.id == e.season_id), None)
    if season is not None:
        plan = turn.office.plan(season)
        answered(turn, season, plan, milestone_of(plan, plan.registration.id) if plan.registration else None)
