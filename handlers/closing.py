"""Closing a unit's list: it has registered all that it will, or registers nothing this year."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat import Choice, Reply
from bot.errors import Misunderstood
from bot.forms import tokens
from bot.plan.model import Plan
from bot.rules.access import Action
from bot.store import drafts, exemplars, owing
from bot.store.seasons import Season
from bot.store.units import Unit
from bot.texts import mark
from bot.turn import Asked, Turn
from handlers.registration import (
    NO_REGISTRATION,
    chosen_unit,
    go_on,
    milestone_of,
    season_named,
    unfinished_of,
    unit_answered,
    which_unit,
)
from handlers.words import NO_SEASON, open_to, season_meant, which_plan, with_plan

SURE = "hoi"  # in a button: ask once more before it is done

CLOSED = mark("Noted: {unit} has registered all it will register in {year} ({count}). No more reminders about it.")
NONE = mark("Noted: {unit} registers nothing in {year}. No more reminders about it.")
NONE_YET = mark("{unit} has registered nothing yet in {year}. If there will be none this year, please say so:")
NOT_NONE = mark("{unit} has {count} registered in {year}, so “none this year” does not fit. If the list is complete:")
COMPLETE_SURE = mark("{unit} has registered {count} in {year}. Is that all?")
NONE_SURE = mark("{unit} registers nothing in {year}. Is that right?")
REGISTERED_FIRST = mark("By the plan only what was registered in the year can be proposed: “{quote}” – {place}")
NONE_STANDS = mark("{unit} has said that it registers nothing in {year}; that still stands.")
NOT_HANDED_IN = mark("A registration of the unit is not handed in yet; it does not count and stays as it is.")
NOT_CLOSED = mark("Nothing was noted.")
NO_CLOSING = mark(
    "By {plan} only a registration answers here; “none this year” or a closed list would not. Nothing was noted."
)
ALREADY = mark("That was noted before for {unit}; nothing was changed.")


def complete(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """“Đã đăng ký đủ”: the unit's list is complete."""
    return _close(turn, asked, "complete")


def none_this_year(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """“Năm nay không đăng ký”."""
    return _close(turn, asked, "none")


def _close(turn: Turn, asked: Asked, kind: str) -> Sequence[Reply]:
    if not turn.office.running(turn.now):
        raise Misunderstood(NO_SEASON)
    command = "dudangky" if kind == "complete" else "khongdangky"
    unit = chosen_unit(turn, asked, Action.CLOSE_LIST)
    typed = asked.understood is not None
    if unit is None:
        return which_unit(turn, Action.CLOSE_LIST, command, *season_named(turn, asked))
    if "khong" in asked.words and not typed:
        return [Reply(turn.say.say(NOT_CLOSED))]
    meant = season_meant(turn, asked, unit, lambda plan: plan.registration is not None, NO_REGISTRATION)
    found = open_to(turn, Action.CLOSE_LIST, unit, meant)
    if len(found) > 1:
        return which_plan(turn, found, command, f"u{unit.id}", *((SURE,) if typed else ()))
    season, plan = found[0]
    sure = not typed and SURE not in asked.words
    return _close_in(turn, season, plan, unit, command, sure=sure)


def _close_in(turn: Turn, season: Season, plan: Plan, unit: Unit, command: str, *, sure: bool) -> Sequence[Reply]:
    kind = "complete" if command == "dudangky" else "none"
    form = plan.registration
    assert form is not None and turn.person is not None
    milestone = milestone_of(plan, form.id)
    if milestone is None or "closing" not in milestone.settled_by:
        raise Misunderstood(NO_CLOSING, plan=plan.name)
    found = exemplars.of_units(turn.tx, [unit.id], season.id)
    count = len(found)
    counted = turn.say.say_n("{n} exemplar", "{n} exemplars", count)
    said = {c.kind for c in owing.closings(turn.tx, season.id, milestone.id) if c.unit_id == unit.id}

    def told(sentence: str) -> str:
        text = turn.say.say(sentence, unit=unit.name, year=season.year, count=counted)
        return with_plan(turn, plan, text, unit)

    if kind in said:
        return [Reply(told(ALREADY))]
    here = (f"u{unit.id}", f"s{season.id}")
    if kind == "complete" and not count:
        if "none" in said:
            return [Reply(told(NONE_STANDS))]
        return _ask_back(turn, told(NONE_YET), turn.say.say("None this year"), "khongdangky", here)
    if kind == "none" and count:
        return _ask_back(turn, told(NOT_NONE), turn.say.say("That is all we register"), "dudangky", here)
    unfinished = drafts.begun(turn.tx, unfinished_of(turn, season, unit, form, found))
    warning, more = ([turn.say.say(NOT_HANDED_IN)] if unfinished else []), go_on(turn, unfinished)
    if not sure:
        question = told(COMPLETE_SURE) if kind == "complete" else _with_consequence(turn, plan, told(NONE_SURE))
        label = turn.say.say("That is right")
        more.append((Choice(turn.say.say("No"), tokens.command(command, *here, "khong")),))
        return _ask_back(turn, "\n".join([*warning, question]), label, command, here, *more)
    owing.close(
        turn.tx,
        season_id=season.id,
        unit_id=unit.id,
        milestone=milestone.id,
        kind=kind,
        person_id=turn.person.id,
        now=turn.now,
    )
    unit_answered(turn, season, milestone)
    noted = told(CLOSED) if kind == "complete" else _with_consequence(turn, plan, told(NONE))
    return [Reply("\n".join([noted, *warning]), choices=tuple(more))]


def _with_consequence(turn: Turn, plan: Plan, text: str) -> str:
    """What follows from registering nothing, in the plan's words; said now, not when the dossiers are due."""
    rule = plan.registered_first
    if rule is None or rule.quote is None:
        return text
    return f"{text}\n{turn.say.say(REGISTERED_FIRST, quote=rule.quote.text, place=rule.quote.at)}"


def _ask_back(
    turn: Turn, sentence: str, label: str, command: str, here: tuple[str, ...], *more: tuple[Choice, ...]
) -> Sequence[Reply]:
    """What the speaker said, put to them once more; an open question of a form waits until they have answered this."""
    turn.asking = True
    return [Reply(sentence, choices=((Choice(label, tokens.command(command, *here)),), *more))]
