"""Dates of the plan, each answered with its quotation and place; and what the plan says of being late."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from itertools import zip_longest

from bot.chat import Choice, Reply
from bot.forms import tokens
from bot.lookup.intents import period_in
from bot.plan.dates import Every, Milestone
from bot.plan.model import Plan
from bot.rules.calendar import Deadline, Undated
from bot.store.seasons import Season
from bot.texts import mark
from bot.turn import Asked, Turn
from bot.vietnamese import fold
from handlers.duties import by_day, due_words, extended, receiver, undated_words
from handlers.quoting import TOPICS, end_of, from_plans, plans_meant, source, topic_of, what_asked
from handlers.words import late_words, of_plan

TITLE = mark("Dates of {plan}, {year}")
LINE = mark("• {milestone}: {due}.")
TO = mark("  To: {to}")
PLACE = mark("  By: {place}")
STRICT = mark("“Before {before}” means that {last} is the last day; on {before} itself it is late.")
INCLUSIVE = mark("{last} itself is the last day.")
HOLIDAY = mark(
    "{last} is a day off: the last working day is {day}. Whether the date moves to after the holidays the plan does not say; the standing office decides."
)
WORKDAY = mark("{last} is a working day, so nothing moves.")
LATE_THEN = mark("{day} would be late.")
IN_TIME_THEN = mark("{day} is in time.")
NO_DUTY = mark("The plan lays down no date for this: {what}.")
NO_PERIOD = mark("The plan names no report for {period}. What it names:")
NOT_THIS_YEAR = mark("That does not fall due in {year}.")
NO_EXTENSION = mark("Khéo cannot extend a date and cannot allow anything to be late.")
UNDATED_TITLE = mark("Without a day – {plan}, {year}")
UNDATED_LINE = mark("• {milestone} ({place})")
UNDATED_BARE = mark("• {milestone}")
FULL = "du"
"""In a button: every task, with the plan's words."""
WITHOUT = "khongngay"
"""In a button: only what has no day, a line each."""
IN_FULL = frozenset({"day du", "du", "tat ca", "nguyen van"})
"""Typed after the command, folded: the same as that button."""
NOTHING_STRICT = mark("the day by which something must be there")
PERIODS = {
    "q1": mark("the first quarter"),
    "q2": mark("the second quarter"),
    "q3": mark("the third quarter"),
    "q4": mark("the fourth quarter"),
    "h1": mark("the first six months"),
    "h2": mark("the last six months"),
    "nine_months": mark("nine months"),
    "year": mark("the year"),
    **{f"m{n:02}": mark("one month") for n in range(1, 13)},
}
RHYTHMS = {"month": "m", "quarter": "q", "half_year": "h", "year": "y"}
"""With what the periods of a rhythm begin."""
SOON = 20
"""Days. With a day named, a plan whose own day lies so much farther off than another plan's is not meant."""
_DAY = re.compile(r"\b(\d{1,2})\s*(?:[/.-]|tháng|thang)\s*(\d{1,2})\b", re.IGNORECASE)


def show(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/han: the days of the running seasons – what has none behind a button –, or the one that is asked for."""
    plans = plans_meant(turn, asked)
    if WITHOUT in asked.words:
        return [_undated(turn, season, plan) for season, plan in plans]
    found: list[tuple[Season, Plan, list[str]]] = []
    rows: list[tuple[Choice, ...]] = []
    for season, plan in plans:
        if not _is_of_all(asked) or FULL in asked.words or fold(asked.text) in IN_FULL:
            found.append((season, plan, _told(turn, season, plan, asked)))
        else:
            found.append((season, plan, _days(turn, season, plan, rows)))
    choices = tuple(rows) if turn.private else ()
    if len(found) == 1:
        season, plan, lines = found[0]
        title = turn.say.say(TITLE, plan=plan.name, year=season.year)
        return [Reply("\n".join(lines), title=title, choices=choices)]
    parts = [
        "\n".join([turn.say.say(TITLE, plan=plan.name, year=season.year), *lines]) for season, plan, lines in found
    ]
    return [Reply("\n\n".join(parts), choices=choices)]


def _is_of_all(asked: Asked) -> bool:
    """Whether no kind of duty and no part of the year is asked for."""
    return not what_asked(asked) and not (asked.understood and asked.understood.period)


def _days(turn: Turn, season: Season, plan: Plan, rows: list[tuple[Choice, ...]]) -> list[str]:
    """What has a day, in the order of the days; what has none behind a button, or a line each if nothing else is."""
    dated = [m for m in by_day(turn, season, plan) if turn.office.deadline(season, m) is not None]
    lines = [line for milestone in dated for line in _in_short(turn, season, plan, milestone)]
    rest = len(_without_a_day(turn, season, plan))
    if not lines:
        rows += [(_in_full(turn, season, plan),)] if rest else []
        return _undated_lines(turn, season, plan) or [turn.say.say(NOT_THIS_YEAR, year=str(season.year))]
    if rest:
        lines += ["", turn.say.say_n("{n} more task has no fixed day.", "{n} more tasks have no fixed day.", rest)]
        label = turn.say.say_n("Without a day: {n} task", "Without a day: {n} tasks", rest)
        rows.append((Choice(of_plan(turn, plan, label), tokens.command("han", WITHOUT, f"s{season.id}")),))
    rows.append((_in_full(turn, season, plan),))
    return lines


def _without_a_day(turn: Turn, season: Season, plan: Plan) -> list[tuple[Milestone, Undated]]:
    return [(m, undated) for m in plan.occasions if (undated := turn.office.undated(season, m)) is not None]


def _undated(turn: Turn, season: Season, plan: Plan) -> Reply:
    title = turn.say.say(UNDATED_TITLE, plan=plan.name, year=season.year)
    choices = ((_in_full(turn, season, plan),),) if turn.private else ()
    return Reply("\n".join(_undated_lines(turn, season, plan)), title=title, choices=choices)


def _in_full(turn: Turn, season: Season, plan: Plan) -> Choice:
    label = of_plan(turn, plan, turn.say.say("With the plan's words"))
    return Choice(label, tokens.command("han", FULL, f"s{season.id}"))


def _undated_lines(turn: Turn, season: Season, plan: Plan) -> list[str]:
    """What has no day, by the reason why; a line each, with its place in the plan."""
    by_reason: dict[str, list[str]] = {}
    for milestone, undated in _without_a_day(turn, season, plan):
        place = milestone.quote.at if milestone.quote else ""
        sentence = UNDATED_LINE if place else UNDATED_BARE
        line = turn.say.say(sentence, milestone=milestone.name, place=place)
        by_reason.setdefault(undated_words(turn, season, undated), []).append(line)
    return [line for reason, of in by_reason.items() for line in (f"{reason[:1].upper()}{reason[1:]}:", *of)]


def _told(turn: Turn, season: Season, plan: Plan, asked: Asked) -> list[str]:
    what = what_asked(asked)
    period = (asked.understood.period if asked.understood else None) or ""
    meant = [m for m in plan.occasions if not what or topic_of(plan, m) == what]
    if what and not meant:
        return [turn.say.say(NO_DUTY, what=turn.say.say(TOPICS[what]))]
    lines: list[str] = []
    if period and what in ("", "report"):
        fitting = [m for m in meant if _covers(m, period)]
        if not fitting:
            lines.append(turn.say.say(NO_PERIOD, period=turn.say.say(PERIODS[period])))
        meant = fitting or meant
    lines += _all_lines(turn, season, plan, meant)
    return lines or [turn.say.say(NOT_THIS_YEAR, year=str(season.year))]


def _all_lines(turn: Turn, season: Season, plan: Plan, milestones: Sequence[Milestone]) -> list[str]:
    """Each with its day, receiver and words; what the periods of one duty share stands below the last of them."""
    told = [(m, lines) for m in milestones if (lines := _lines(turn, season, plan, m))]
    kept: list[str] = []
    for (milestone, lines), following in zip_longest(told, told[1:]):
        shared = following is not None and following[1][1:] == lines[1:]
        shared = shared and bool(period_of(milestone) and period_of(following[0]))
        kept += lines[:1] if shared else lines
    return kept


def period_of(milestone: Milestone) -> str:
    """The part of the year of which it speaks: its own, or the one in its name."""
    return milestone.period or period_in(milestone.name) or ""


def _covers(milestone: Milestone, period: str) -> bool:
    """Whether it falls due for that part of the year: by its own, by its rhythm, or – for the year – by having none."""
    rule = milestone.date
    if isinstance(rule, Every) and not milestone.period:
        return RHYTHMS[rule.every] == period[:1]
    return period_of(milestone) == period or (period == "year" and not period_of(milestone))


def _lines(turn: Turn, season: Season, plan: Plan, milestone: Milestone) -> list[str]:
    lines = _day_and_receiver(turn, season, plan, milestone)
    return lines and lines + source(turn, milestone)


def _in_short(turn: Turn, season: Season, plan: Plan, milestone: Milestone) -> list[str]:
    """The same with the place of the plan's words instead of the words."""
    lines = _day_and_receiver(turn, season, plan, milestone)
    placed = [turn.say.say(PLACE, place=milestone.quote.at)] if milestone.quote else []
    return lines and lines + placed


def _day_and_receiver(turn: Turn, season: Season, plan: Plan, milestone: Milestone) -> list[str]:
    due = due_words(turn, season, milestone)
    if not due:
        return []
    lines = [turn.say.say(LINE, milestone=milestone.name, due=due)]
    if turn.private and turn.person is not None:
        lines += extended(turn, season, milestone, turn.person.units)
    if to := receiver(turn, milestone):
        lines.append(turn.say.say(TO, to=to))
    for office in milestone.to:
        lines += end_of(turn, plan, office)
    return lines


def explain(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """“Nộp ngày 15/2 có được không”, “rơi vào Tết thì sao”: the strict reading, and the last working day."""
    plans = plans_meant(turn, asked)
    found = [(season, plan, *one) for season, plan in plans for one in _dated(turn, season, plan, asked)]
    if not found:
        return show(turn, asked)
    nearest = min(_away(asked, season, due) for season, _, _, due in found)
    parts: list[str] = []
    for season, plan, milestone, due in found:
        if _away(asked, season, due) > nearest + SOON:
            continue
        lines = [plan.name] if len(plans) > 1 else []
        lines += _lines(turn, season, plan, milestone)
        lines += _reading(turn, due, _day_in(asked.text, season.year))
        lines.append(late_words(turn, plan, milestone))
        parts.append("\n".join(lines))
    return [Reply("\n\n".join(parts), title=plans[0][1].name if len(plans) == 1 else "")]


def _reading(turn: Turn, due: Deadline, day: date | None) -> list[str]:
    """How the date is read, whether the day named is in time, and what a day off means."""
    lines = [
        turn.say.say(STRICT, before=due.before, last=due.last_day)
        if due.before is not None
        else turn.say.say(INCLUSIVE, last=due.last_day)
    ]
    if day is not None and day != due.before:
        lines.append(turn.say.say(LATE_THEN if day > due.last_day else IN_TIME_THEN, day=day))
    off = due.last_day != due.last_working_day
    lines.append(turn.say.say(HOLIDAY if off else WORKDAY, last=due.last_day, day=due.last_working_day))
    return lines


def _dated(turn: Turn, season: Season, plan: Plan, asked: Asked) -> list[tuple[Milestone, Deadline]]:
    """The day that is meant: of the kind asked for, else nearest to the day named, else the next, else the last."""
    what = what_asked(asked)
    dated = [
        (m, due)
        for m in plan.occasions
        if (due := turn.office.deadline(season, m)) is not None and due.first_day is None
    ]
    of_kind = [(m, due) for m, due in dated if what and topic_of(plan, m) == what]
    day = _day_in(asked.text, season.year)
    if of_kind and day is None and what != "report":
        return of_kind
    among = of_kind or dated
    if day is not None:
        return sorted(among, key=lambda entry: abs((entry[1].last_day - day).days))[:1]
    coming = sorted((e for e in among if e[1].last_day >= turn.today), key=lambda entry: entry[1].last_day)
    return (coming or sorted(among, key=lambda entry: entry[1].last_day)[-1:])[:1]


def _away(asked: Asked, season: Season, due: Deadline) -> int:
    day = _day_in(asked.text, season.year)
    return abs((due.last_day - day).days) if day else 0


def _day_in(text: str, year: int) -> date | None:
    """The “15/2” in a sentence, in that year."""
    for found in _DAY.finditer(text):
        try:
            return date(year, int(found[2]), int(found[1]))
        except ValueError:
            continue
    return None


def late(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """“Nộp muộn có sao không”, “cho tôi nộp muộn 2 hôm”: nobody but people can allow that; what the plan says of it."""

    def told(season: Season, plan: Plan) -> list[str]:
        lines: list[str] = []
        for milestone, _ in _dated(turn, season, plan, asked):
            lines += [*_lines(turn, season, plan, milestone), late_words(turn, plan, milestone)]
        return lines

    replies = from_plans(turn, asked, told, NOTHING_STRICT)
    first = replies[0]
    return [Reply(f"{turn.say.say(NO_EXTENSION)}\n{first.text}", title=first.title)]
