"""Duties whose document names no day: the office sets itself one, or says that there is to be none, and is not asked again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from bot.chat import Choice, Reply
from bot.errors import Misunderstood, NotAllowed
from bot.forms import tokens
from bot.plan.dates import Every, Milestone
from bot.plan.model import Plan
from bot.rules.access import Action
from bot.rules.calendar import MissingCalendar
from bot.rules.undated import is_periodic, without_day
from bot.store import own_days
from bot.store.own_days import OwnDay
from bot.store.seasons import Season
from bot.texts import mark
from bot.turn import NO_RIGHT, Asked, Turn
from bot.vietnamese import fold, read_date
from handlers.inviting import STOP_WORDS
from handlers.reaching import milestone_in
from handlers.registration import unit_answered
from handlers.words import NO_SEASON, OTHER_SEASON, clipped, number_in, plans_of_office

COMMAND = "datngay"
NONE, ALL_NONE, FORGET = "khong", "khonghet", "bo"  # words in the buttons
LABEL = 44  # characters of a duty's name on a button
LAST_DAY = 31  # of a month; in a shorter one the day is its last

TITLE = mark("Duties without a day of their own")
OF_PLAN = mark("{plan}, {year}:")
NOTHING = mark("In the plan “{plan}” every duty has a day.")
OPEN = mark("• {duty}: no day yet")
ON = mark("• {duty}: by {day} (set by the office)")
MONTHLY = mark("• {duty}: by day {day} of each month (set by the office)")
QUARTERLY = mark("• {duty}: by day {day} of the last month of each quarter (set by the office)")
HALF_YEARLY = mark("• {duty}: by day {day} of the last month of each half-year (set by the office)")
NO_DAY = mark("• {duty}: without a day, as the office decided")
WHY = mark(
    "Khéo reminds of a duty only where there is a day. The day that is set here is the office's own; the plan stays as it is."
)
SET_IT = mark("Set a day: {duty}")
CHANGE_IT = mark("Change: {duty}")
NONE_FOR_ALL = mark("No day for the others")
NONE_FOR_THIS = mark("No day for this")
TAKE_BACK = mark("Take the day back")
ASK_DATE = mark("By which day (that day included) is “{duty}” to be done? E.g. 15/06/2024. “thôi” leaves it as it is.")
ASK_DAY = mark(
    "By which day of {period} is “{duty}” to be done? A number from 1 to 31, e.g. 25. “thôi” leaves it as it is."
)
MONTH, QUARTER, HALF_YEAR = mark("each month"), mark("each quarter's last month"), mark("each half-year's last month")
NOT_A_DAY = mark("“{text}” is no day of a month. Please type a number from 1 to 31, e.g. 25.")
NOT_A_DATE = mark("“{text}” is no date that can be read. Please type it like 15/06/2024.")
PAST = mark("{day} is over already. Please give a day from today on.")
TOO_FAR = mark(
    "{day} is not in the season {year}, or the days off of its year are not known yet. Please give another day."
)
SET_ON = mark("Noted: “{duty}” is to be done by {day}. Khéo reminds of it from now on.")
SET_EACH = mark("Noted: “{duty}” is to be done by day {day} of {period}. Khéo reminds of it from now on.")
NOT_WORKED = mark("{day} is a day off; the last working day before it is {last}.")
SET_NONE = mark(
    "Noted: no day for {duties}. Khéo does not remind of it and does not ask again; /datngay changes that at any time."
)
TAKEN_BACK = mark("Taken back: “{duty}” has no day any more.")
STANDS = mark("That was noted before; nothing was changed.")
LEFT = mark("Nothing was changed.")
UNKNOWN = mark("There is no such duty without a day (any more). /datngay shows them all.")
WHO_IS_REMINDED = mark("Reminded of it: {office}, which sees to it that {who} does it.")


def begin(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/datngay: the duties without a day and what was decided of them; a button sets a day, or says that there is none."""
    mine = _mine(turn)
    if not asked.words and not asked.text:
        return _list(turn, mine)
    id = number_in(asked.words, "n")
    if id is None:
        return _list(turn, mine)
    season, plan = next((pair for pair in mine if pair[0].id == id), (None, None))
    if season is None or plan is None:
        raise Misunderstood(OTHER_SEASON)
    if ALL_NONE in asked.words:
        return _no_day(turn, season, open_ones(turn, season, plan))
    duty = milestone_in(plan.milestones, asked.words)
    if duty is None or (
        duty not in without_day(plan, season.year, turn.office.calendar) and duty.id not in _decided(turn, season)
    ):
        raise Misunderstood(UNKNOWN)
    if FORGET in asked.words:
        return _take_back(turn, season, duty)
    if NONE in asked.words:
        return _no_day(turn, season, [duty])
    if not asked.text:
        return _ask(turn, season, duty)
    return _typed(turn, season, duty, asked.text)


def _mine(turn: Turn) -> list[tuple[Season, Plan]]:
    """The plans whose days the speaker may set: in the standing office, or as the administrator of the plan's top."""
    if not turn.office.running(turn.now):
        raise Misunderstood(NO_SEASON)
    found = plans_of_office(turn, Action.SET_DAY)
    if not found or turn.person is None:
        raise NotAllowed(NO_RIGHT)
    return found


def _decided(turn: Turn, season: Season) -> dict[str, OwnDay]:
    return own_days.decided(turn.tx, season.id)


def open_ones(turn: Turn, season: Season, plan: Plan) -> list[Milestone]:
    """The duties without a day of which nothing was decided yet."""
    decided = _decided(turn, season)
    return [m for m in without_day(plan, season.year, turn.office.calendar) if m.id not in decided]


def _list(turn: Turn, mine: Sequence[tuple[Season, Plan]]) -> Sequence[Reply]:
    lines: list[str] = []
    rows: list[tuple[Choice, ...]] = []
    for season, plan in mine:
        decided, missing = _decided(turn, season), open_ones(turn, season, plan)
        known = [m for m in plan.milestones if m.id in decided]
        if not missing and not known:
            lines.append(turn.say.say(NOTHING, plan=plan.name))
            continue
        lines.append(turn.say.say(OF_PLAN, plan=plan.name, year=season.year))
        for duty in missing:
            lines.append(turn.say.say(OPEN, duty=duty.name))
            rows.append((Choice(turn.say.say(SET_IT, duty=clipped(duty.name, LABEL)), _token(season, duty)),))
        for duty in known:
            lines.append(_told(turn, duty, decided[duty.id]))
            rows.append((Choice(turn.say.say(CHANGE_IT, duty=clipped(duty.name, LABEL)), _token(season, duty)),))
        if missing:
            rows.append((Choice(turn.say.say(NONE_FOR_ALL), tokens.command(COMMAND, ALL_NONE, f"n{season.id}")),))
    lines.append(turn.say.say(WHY))
    return [Reply("\n".join(lines), title=turn.say.say(TITLE), choices=tuple(rows))]


def _told(turn: Turn, duty: Milestone, own: OwnDay) -> str:
    if own.on is not None:
        return turn.say.say(ON, duty=duty.name, day=own.on)
    if own.day is None:
        return turn.say.say(NO_DAY, duty=duty.name)
    every = duty.date.every if isinstance(duty.date, Every) else "month"
    sentence = {"quarter": QUARTERLY, "half_year": HALF_YEARLY}.get(every, MONTHLY)
    return turn.say.say(sentence, duty=duty.name, day=own.day)


def _token(season: Season, duty: Milestone, *words: str) -> str:
    return tokens.command(COMMAND, *words, duty.word, f"n{season.id}")


def _ask(turn: Turn, season: Season, duty: Milestone) -> Sequence[Reply]:
    turn.asking = True
    turn.focus.awaits = _token(season, duty)
    buttons = [Choice(turn.say.say(NONE_FOR_THIS), _token(season, duty, NONE))]
    if duty.id in _decided(turn, season):
        buttons.append(Choice(turn.say.say(TAKE_BACK), _token(season, duty, FORGET)))
    sentence = turn.say.say(ASK_DATE, duty=duty.name)
    if is_periodic(duty):
        sentence = turn.say.say(ASK_DAY, duty=duty.name, period=_period(turn, duty))
    return [Reply(sentence, choices=(tuple(buttons),), lettered=True)]


def _period(turn: Turn, duty: Milestone) -> str:
    every = duty.date.every if isinstance(duty.date, Every) else "month"
    return turn.say.say({"quarter": QUARTER, "half_year": HALF_YEAR}.get(every, MONTH))


def _typed(turn: Turn, season: Season, duty: Milestone, text: str) -> Sequence[Reply]:
    if fold(text) in STOP_WORDS:
        return [Reply(turn.say.say(LEFT))]
    if is_periodic(duty):
        number = re.fullmatch(r"(?:ngay |mung |hang thang |day )*0*([1-9][0-9]?)(?: hang thang)?", fold(text))
        if number is None or int(number[1]) > LAST_DAY:
            raise Misunderstood(NOT_A_DAY, text=clipped(text, 60))
        fresh = _note(turn, season, duty, day=int(number[1]))
        lines = [turn.say.say(SET_EACH, duty=duty.name, day=int(number[1]), period=_period(turn, duty))]
    else:
        day = read_date(text, turn.today)
        if day is None:
            raise Misunderstood(NOT_A_DATE, text=clipped(text, 60))
        last = _last_working(turn, season, day)
        fresh = _note(turn, season, duty, on=day)
        lines = [turn.say.say(SET_ON, duty=duty.name, day=day)]
        if last != day:
            lines.append(turn.say.say(NOT_WORKED, day=day, last=last))
    if not fresh:
        return [Reply(turn.say.say(STANDS))]
    _changed(turn, season, duty)
    plan = turn.office.plan(season)
    if duty.owed_by == "role":
        who = plan.holder(duty.role, turn.today) or duty.role
        lines.append(turn.say.say(WHO_IS_REMINDED, office=plan.standing_office(turn.today), who=who))
    return [Reply("\n".join(lines))]


def _note(turn: Turn, season: Season, duty: Milestone, *, on: date | None = None, day: int | None = None) -> bool:
    assert turn.person is not None
    return own_days.decide(
        turn.tx, season_id=season.id, milestone=duty.id, on=on, day=day, person_id=turn.person.id, now=turn.now
    )


def _last_working(turn: Turn, season: Season, day: date) -> date:
    if day < turn.today:
        raise Misunderstood(PAST, day=day)
    if day.year not in (season.year, season.year + 1):
        raise Misunderstood(TOO_FAR, day=day, year=season.year)
    try:
        return turn.office.calendar.last_working_day(day)
    except MissingCalendar:
        raise Misunderstood(TOO_FAR, day=day, year=season.year) from None


def _no_day(turn: Turn, season: Season, wanted: Sequence[Milestone]) -> Sequence[Reply]:
    said = [duty for duty in wanted if _note(turn, season, duty)]
    if not said:
        return [Reply(turn.say.say(STANDS))]
    for duty in said:
        _changed(turn, season, duty)
    named = "; ".join(turn.say.say("“{name}”", name=duty.name) for duty in said)
    return [Reply(turn.say.say(SET_NONE, duties=named))]


def _take_back(turn: Turn, season: Season, duty: Milestone) -> Sequence[Reply]:
    if not own_days.forget(turn.tx, season_id=season.id, milestone=duty.id, now=turn.now):
        return [Reply(turn.say.say(STANDS))]
    _changed(turn, season, duty)
    return [Reply(turn.say.say(TAKEN_BACK, duty=duty.name))]


def _changed(turn: Turn, season: Season, duty: Milestone) -> None:
    """What hangs on the day is read anew: tasks, dates, the lists in the groups."""
    turn.office.refresh(turn.tx)
    for occasion in turn.office.plan(season).occasions:
        if duty.id in (occasion.id, occasion.series):
            unit_answered(turn, season, occasion)
