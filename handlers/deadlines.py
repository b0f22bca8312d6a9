"""Dates of the plan, each answered with its quotation and place; and what the plan says of being late."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from bot.chat import Reply
from bot.lookup.intents import period_in
from bot.plan.dates import Every, Milestone
from bot.plan.model import Plan
from bot.rules.calendar import Deadline
from bot.store.seasons import Season
from bot.texts import mark
from bot.turn import Asked, Turn
from handlers.duties import due_words, receiver
from handlers.quoting import TOPICS, end_of, from_plans, plans_meant, source, topic_of, what_asked
from handlers.words import late_words

TITLE = mark("Dates of {plan}, {year}")
LINE = mark("• {milestone}: {due}.")
TO = mark("  To: {to}")
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
    """/han: the dates of the running seasons, or the one that is asked for."""
    found = [(season, plan, _told(turn, season, plan, asked)) for season, plan in plans_meant(turn, asked)]
    if len(found) == 1:
        season, plan, lines = found[0]
        return [Reply("\n".join(lines), title=turn.say.say(TITLE, plan=plan.name, year=season.year))]
    parts = [
        "\n".join([turn.say.say(TITLE, plan=plan.name, year=season.year), *lines]) for season, plan, lines in found
    ]
    return [Reply("\n\n".join(parts))]


def _told(turn: Turn, season: Season, plan: Plan, asked: Asked) -> list[str]:
    what = what_asked(asked)
    period = (asked.understood.period if asked.understood else None) or ""
    meant = [m for m in plan.occasions if not what or topic_of(plan, m) == what]
    if not meant:
        return [turn.say.say(NO_DUTY, what=turn.say.say(TOPICS[what]))]
    lines: list[str] = []
    if period and what in ("", "report"):
        fitting = [m for m in meant if _covers(m, period)]
        if not fitting:
            lines.append(turn.say.say(NO_PERIOD, period=turn.say.say(PERIODS[period])))
        meant = fitting or meant
    for milestone in meant:
        lines += _lines(turn, season, plan, milestone)
    return lines or [turn.say.say(NOT_THIS_YEAR, year=str(season.year))]


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
    due = due_words(turn, season, milestone)
    if not due:
        return []
    lines = [turn.say.say(LINE, milestone=milestone.name, due=due)]
    if to := receiver(turn, milestone):
        lines.append(turn.say.say(TO, to=to))
    for office in milestone.to:
        lines += end_of(turn, plan, office)
    return lines + source(turn, milestone)


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
