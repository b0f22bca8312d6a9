"""Dates and rules of the plan, each answered with its quotation and place."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date

from bot.chat import Reply
from bot.errors import Misunderstood
from bot.plan.model import Milestone, Plan, Quote
from bot.store.seasons import Season
from bot.texts import mark
from bot.turn import Asked, Turn
from handlers.words import NO_SEASON, clipped, late_words, running, standing, when

TITLE = mark("Dates of {plan}, {year}")
LINE = mark("• {milestone}: {due}.")
TO = mark("  To: {to}")
TO_VIA = mark("  To: {to} (through {via})")
SOURCE = mark("  “{quote}” – {place}")
STRICT = mark("“Before {before}” means that {last} is the last day; on {before} itself it is late.")
HOLIDAY = mark(
    "{last} is a day off: the last working day is {day}. Whether the date moves to after the holidays the plan does not say; the standing office decides."
)
WORKDAY = mark("{last} is a working day, so nothing moves.")
LATE_THEN = mark("{day} would be late.")
IN_TIME_THEN = mark("{day} is in time.")
_DAY = re.compile(r"\b(\d{1,2})\s*[/.-]\s*(\d{1,2})\b")
KINDS: dict[str, Callable[[Milestone], bool]] = {
    "registration": lambda milestone: milestone.form == "registration",
    "dossier": lambda milestone: milestone.owed_by == "live_exemplars",
    "report": lambda milestone: milestone.owed_by == "standing_office",
    "review": lambda milestone: milestone.owed_by == "nobody",
}


def show(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/han: the dates of the running season, or the one that is asked for."""
    season, plan = _running(turn)
    lines: list[str] = []
    for milestone in _meant(plan, asked):
        lines += _lines(turn, season, milestone)
    return [Reply("\n".join(lines), title=turn.say.say(TITLE, plan=plan.name, year=season.year))]


def _running(turn: Turn) -> tuple[Season, Plan]:
    now = running(turn)
    if now is None:
        raise Misunderstood(NO_SEASON)
    return now


def _meant(plan: Plan, asked: Asked) -> list[Milestone]:
    wanted = KINDS.get((asked.understood.what if asked.understood else None) or "")
    return [m for m in plan.milestones if wanted and wanted(m)] or list(plan.milestones)


def _lines(turn: Turn, season: Season, milestone: Milestone) -> list[str]:
    due = turn.office.deadline(season, milestone)
    if due is None:
        return []
    lines = [turn.say.say(LINE, milestone=milestone.name, due=when(turn, due))]
    if milestone.to:
        sentence = TO_VIA if milestone.via else TO
        lines.append(turn.say.say(sentence, to=milestone.to, via=milestone.via))
    if milestone.quote:
        lines.append(_source(turn, milestone.quote))
    return lines


def _source(turn: Turn, quote: Quote) -> str:
    return turn.say.say(SOURCE, quote=quote.text, place=quote.at)


def explain(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """“Nộp ngày 15/2 có được không”, “rơi vào Tết thì sao”: the strict reading, and the last working day."""
    season, plan = _running(turn)
    day = _day_in(asked.text, season.year)
    lines: list[str] = []
    for milestone in _strict(turn, season, plan, asked, day):
        due = turn.office.deadline(season, milestone)
        assert due is not None and due.before is not None
        lines += _lines(turn, season, milestone)
        lines.append(turn.say.say(STRICT, before=due.before, last=due.last_day))
        if day is not None and day != due.before:
            lines.append(turn.say.say(LATE_THEN if day > due.last_day else IN_TIME_THEN, day=day))
        off = due.last_day != due.last_working_day
        lines.append(turn.say.say(HOLIDAY if off else WORKDAY, last=due.last_day, day=due.last_working_day))
        lines.append(late_words(turn, plan, milestone))
    return [Reply("\n".join(lines))] if lines else show(turn, asked)


def _strict(turn: Turn, season: Season, plan: Plan, asked: Asked, day: date | None) -> list[Milestone]:
    """The “trước ngày …” that is meant: of the kind asked for, else nearest to the day named, else the first."""
    strict = [(m, d) for m in _meant(plan, asked) if (d := turn.office.deadline(season, m)) and d.before is not None]
    if asked.understood and asked.understood.what in KINDS:
        return [milestone for milestone, _ in strict]
    if day is not None:
        strict.sort(key=lambda entry: abs(entry[1].last_day - day))
    return [milestone for milestone, _ in strict[:1]]


def _day_in(text: str, year: int) -> date | None:
    """The “15/2” in a sentence, in that year."""
    for found in _DAY.finditer(text):
        try:
            return date(year, int(found[2]), int(found[1]))
        except ValueError:
            continue
    return None


def criteria(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """“Tiêu chí 3 là gì”: the row (of both tables), its highest points and what it asks to be shown."""
    _, plan = _running(turn)
    code = asked.understood.criterion if asked.understood else None
    lines: list[str] = []
    for table in plan.criteria:
        subject = plan.subject(table.subject).name
        if code is None:
            lines.append(
                turn.say.say(
                    "{subject}: {rows} criteria, {total} points in all",
                    subject=subject,
                    rows=len(table.rows),
                    total=table.total,
                )
            )
            lines += [f"  {row.code}. {clipped(row.text, 90)} ({turn.say.number(row.max)})" for row in table.rows]
        elif any(row.code == code for row in table.rows):
            row = table.row(code)
            lines.append(
                turn.say.say(
                    "{subject} – criterion {code} (at most {max} points):", subject=subject, code=code, max=row.max
                )
            )
            lines.append(f"“{row.text}”")
            lines.append(turn.say.say("Evidence: {hint}", hint=row.evidence.hint))
        lines.append("")
    return [Reply("\n".join(lines).strip(), title=plan.name)]


def erratum(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """“Tiêu chí 2 giống tiêu chí 1 à”: which rows are printed alike, and what has been corrected officially."""
    _, plan = _running(turn)
    lines: list[str] = []
    for table in plan.criteria:
        seen: dict[str, str] = {}
        for row in table.rows:
            if row.text in seen:
                lines.append(
                    turn.say.say(
                        "{subject}: row {code} is printed word for word like row {twin}. It stays as printed; nobody may replace it silently. Whoever knows the right text tells the standing office ({office}).",
                        subject=plan.subject(table.subject).name,
                        code=row.code,
                        twin=seen[row.text],
                        office=standing(plan),
                    )
                )
            seen.setdefault(row.text, row.code)
    for e in plan.errata:
        lines.append(
            turn.say.say(
                "Corrected on {when} by {who}: “{new}” instead of “{old}” ({why}).",
                when=e.when,
                who=e.who,
                new=e.new,
                old=e.old,
                why=e.why,
            )
        )
    return [Reply("\n".join(lines) or turn.say.say("No rows are printed alike in this plan."))]


def quota(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """“Được khen mấy tập thể mấy cá nhân”: the numbers that the document names, with its words."""
    _, plan = _running(turn)
    lines: list[str] = []
    for level in plan.levels:
        if not level.quota:
            continue
        counts = ", ".join(f"{n:02d} {plan.subject(kind).name.lower()}" for kind, n in level.quota.items())
        lines.append(f"• {level.name}: {counts}")
        if level.quota_quote:
            lines.append(_source(turn, level.quota_quote))
    return [Reply("\n".join(lines) or turn.say.say("The plan names no numbers."), title=plan.name)]
