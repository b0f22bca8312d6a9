"""Working days, and what a date rule means in a year."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from bot.errors import PlanWrong
from bot.plan.calendars import SATURDAY, CalendarYear, DaysOff, DayWorked, Status
from bot.plan.dates import (
    Annual,
    AtAnyTime,
    ByReference,
    DateRule,
    Every,
    Fixed,
    InMonth,
    InQuarter,
    Milestone,
    Notice,
    Relative,
    Unspecified,
    Window,
    in_period,
)
from bot.plan.model import Plan

ONE_DAY = timedelta(days=1)
MONTH_DAY = "MM-DD"


class MissingCalendar(PlanWrong):
    """There is no calendar of public holidays for the year; the text says how to add one."""

    def __init__(self, year: int) -> None:
        super().__init__(
            f"There is no calendar for {year}. Copy plans/calendars/{year - 1}.yaml to plans/calendars/{year}.yaml and "
            "enter the announced days off and swapped days with their source (status: predicted until they are "
            "announced)."
        )
        self.year = year


class Calendar:
    """The working days of the years that are known. Every question about another year raises MissingCalendar."""

    def __init__(self, years: Iterable[CalendarYear]) -> None:
        self._years = {year.year: year for year in years}
        self._off: dict[date, DaysOff] = {}
        self._worked: dict[date, DayWorked] = {}
        for year in self._years.values():
            self._worked |= {worked.day: worked for worked in year.worked}
            for off in year.off:
                for number in range((off.last - off.first).days + 1):
                    self._off[off.first + number * ONE_DAY] = off

    def is_working(self, day: date) -> bool:
        """Whether offices work on that day: Monday to Friday without the days off, and the weekends swapped in."""
        self._year(day)
        return day in self._worked or (day.weekday() < SATURDAY and day not in self._off)

    def name(self, day: date) -> str:
        """What the day is called if it is a holiday or a swapped day, e.g. “Tết Nguyên đán”; else empty."""
        self._year(day)
        named = self._worked.get(day) or self._off.get(day)
        return named.name if named else ""

    def status(self, day: date) -> Literal["official", "predicted"]:
        """How sure it is whether the day is worked: "predicted" too where the law is still pending."""
        year = self._year(day)
        named = self._worked.get(day) or self._off.get(day)
        status: Status = named.status if named else year.status
        return "official" if status == "official" else "predicted"

    def last_working_day(self, on_or_before: date) -> date:
        """The day itself if it is worked, else the nearest worked day before it."""
        return self._nearest(on_or_before, -ONE_DAY)

    def working_days_before(self, day: date, n: int) -> date:
        """The n-th working day before `day`; n = 0 gives the last working day on or before it."""
        return self._count(day, n, -ONE_DAY)

    def working_days_after(self, day: date, n: int) -> date:
        """The n-th working day after `day`; n = 0 gives the first working day on or after it."""
        return self._count(day, n, ONE_DAY)

    def _count(self, day: date, n: int, direction: timedelta) -> date:
        if n < 0:
            raise ValueError("count forwards or backwards with a number of 0 or more")
        if n == 0:
            return self._nearest(day, direction)
        for _ in range(n):
            day = self._nearest(day + direction, direction)
        return day

    def _nearest(self, day: date, direction: timedelta) -> date:
        while not self.is_working(day):
            day += direction
        return day

    def _year(self, day: date) -> CalendarYear:
        try:
            return self._years[day.year]
        except KeyError:
            raise MissingCalendar(day.year) from None


@dataclass(frozen=True, slots=True)
class Deadline:
    """What a date rule means in one year.

    `before` is the strict date of “trước ngày …” (None for other rules): on that day it is too late. `first_day` is
    the first day of a quarter, month or window (None where the document names none). `last_day` is the last calendar
    day, `last_working_day` the last day on or before it on which offices work. `predicted`: a day that decides about
    them is not officially announced. `notice`: the later paper that set this date, or the one from which it is counted.
    `planned`: the document itself calls the one or the other provisional, and no later paper has set it. `own`: the
    document names no day, and the office has set this one itself. `extended`: one unit was given this day.
    """

    before: date | None
    first_day: date | None
    last_day: date
    last_working_day: date
    predicted: bool
    notice: str = ""
    planned: bool = False
    own: bool = False
    extended: bool = False


@dataclass(frozen=True, slots=True)
class Undated:
    """Why there is no day: the document names none, it may be done at any time, another document (`on`) names it, or
    something (`on`) must have happened first and is not known to have happened in that year. `notice`: the later paper
    that says so.
    """

    reason: Literal["unspecified", "any_time", "reference", "waiting"]
    on: str = ""
    notice: str = ""


def due(
    plan: Plan, milestone: Milestone, year: int, calendar: Calendar, unit_kind: str = ""
) -> Deadline | Undated | None:
    """When the milestone falls due in the season of that year, for a unit of that kind; None: not in this year.

    A notice for that year overrides the rule and its exceptions. MissingCalendar if a year has no calendar. ValueError
    for a periodic duty as it is written: it falls due once per period, and `plan.occasions` has each.
    """
    return _Asking(plan, year, calendar, unit_kind).about(milestone, ())


def extended(until: date, calendar: Calendar) -> Deadline:
    """The deadline of a unit that was given time until that day, which is the last."""
    return replace(_deadline(None, None, until, calendar), extended=True)


def lateness(deadline: Deadline, arrived: date, calendar: Calendar) -> Literal["in_time", "doubtful", "late"]:
    """Whether what came on that day came in time.

    "doubtful" up to the first working day after a last day on which nobody works: whether the period then ran on is
    not settled by the documents, and a person decides.
    """
    if arrived <= deadline.last_day:
        return "in_time"
    closed = deadline.last_working_day != deadline.last_day
    return "doubtful" if closed and arrived <= calendar.working_days_after(deadline.last_day, 1) else "late"


class _Asking:
    """One question for a day; `asked` are the milestones and notices on the way to it, so that a circle ends."""

    def __init__(self, plan: Plan, year: int, calendar: Calendar, unit_kind: str) -> None:
        self.plan = plan
        self.year = year
        self.calendar = calendar
        self.unit_kind = unit_kind

    def about(self, milestone: Milestone, asked: tuple[str, ...]) -> Deadline | Undated | None:
        notice = self._notice(milestone)
        # A notice may count from the very date that it moves (“lùi 10 ngày”): then the rule itself is meant.
        this = f"notice of {milestone.id}"
        if notice and this not in asked:
            found = self._due(in_period(notice.date, milestone.period), (*asked, this))
            if isinstance(found, Deadline):
                return replace(found, notice=notice.document, planned=False)
            return found and replace(found, notice=notice.document)
        kinds = (e.date for e in milestone.exceptions if self.unit_kind and self.unit_kind in e.unit_kinds)
        rule = in_period(next(kinds, milestone.date), milestone.period)
        if isinstance(rule, Every) and (rule.before_day or rule.by_day):
            raise ValueError(f"{milestone.id} falls due once per period: ask for its occasions")
        found = self._due(rule, (*asked, milestone.id))
        if isinstance(found, Deadline) and milestone.planned:
            return replace(found, planned=True)
        return found

    def _notice(self, milestone: Milestone) -> Notice | None:
        """The last one that is written for that year; one about this period stands above one about all of them."""
        for id in filter(None, (milestone.id, milestone.series)):
            for notice in reversed(self.plan.notices):
                if notice.milestone == id and notice.year == self.year:
                    return notice
        return None

    def _due(self, rule: DateRule, asked: tuple[str, ...]) -> Deadline | Undated | None:
        if isinstance(rule, Unspecified | Every):
            return Undated("unspecified")
        if isinstance(rule, AtAnyTime):
            return Undated("any_time")
        if isinstance(rule, ByReference):
            return Undated("reference", rule.reference)
        if isinstance(rule, Relative):
            return self._relative(rule, asked)
        span = _span(rule, self.year)
        return None if span is None else _deadline(*span, self.calendar)

    def _relative(self, rule: Relative, asked: tuple[str, ...]) -> Deadline | Undated | None:
        start = next((o.on.get(self.year) for o in self.plan.occurrences if o.id == rule.to), None)
        notice, predicted, planned = "", False, False
        if start is None:
            other = next((m for m in self.plan.occasions if m.id == rule.to), None)
            if other is None or rule.to in asked:  # nothing to count from, or a circle
                return Undated("waiting", rule.to)
            found = self.about(other, asked)
            if found is None:
                return None
            if isinstance(found, Undated):
                return Undated("waiting", rule.to)
            # Before something that takes several days is before it begins; after it, after it has ended.
            start = (found.first_day or found.last_day) if rule.side == "before" else found.last_day
            notice, planned = found.notice, found.planned
            predicted = found.predicted and isinstance(other.date, Relative)
        counted = _counted(start, rule, self.calendar)
        if rule.unit == "working_days":
            predicted |= _is_predicted(min(start, counted), max(start, counted), self.calendar)
        made = _deadline(None, start if rule.side == "for" else None, counted, self.calendar)
        return replace(made, predicted=made.predicted or predicted, notice=notice, planned=planned)


def _span(
    rule: Annual | Fixed | Window | InQuarter | InMonth, year: int
) -> tuple[date | None, date | None, date] | None:
    """(strict date, first day, last day) of the rule in the season of that year; None if it is of another year."""
    if isinstance(rule, Annual):
        there = year + rule.next_year
        if rule.before is not None:
            before = _beginning(rule.before, there)
            return before, None, before - ONE_DAY
        assert rule.by is not None
        return None, None, _end(rule.by, there)
    if isinstance(rule, Fixed):
        day = rule.before or rule.by
        if day is None or day.year != year + rule.next_year:
            return None
        return (day, None, day - ONE_DAY) if rule.before else (None, None, day)
    if isinstance(rule, Window):
        return _window(rule, year)
    if isinstance(rule, InMonth):
        named, _, month = rule.month.rpartition("-")
        if named and int(named) != year:
            return None
        return None, *_months(year, int(month), 1)
    return None, *_months(year + rule.next_year, 3 * rule.quarter - 2, 3)


def _window(rule: Window, year: int) -> tuple[None, date, date] | None:
    once = len(rule.first) > len(MONTH_DAY)
    if once and date.fromisoformat(rule.first).year != year:
        return None
    there = year if once else year + rule.next_year
    first = _beginning(rule.first[-len(MONTH_DAY) :], there)
    if len(rule.last) > len(MONTH_DAY):
        return None, first, date.fromisoformat(rule.last)
    last = _end(rule.last, there)
    return None, first, last if last >= first else _end(rule.last, there + 1)  # from December into January


def _beginning(month_day: str, year: int) -> date:
    """That day of the year; the first of the next month where the month is too short for it (29 February)."""
    month, day = map(int, month_day.split("-"))
    longest = monthrange(year, month)[1]
    return date(year, month, day) if day <= longest else date(year, month, longest) + ONE_DAY


def _end(month_day: str, year: int) -> date:
    """That day of the year; the month's last where the month is too short for it (29 February, 31 June)."""
    month, day = map(int, month_day.split("-"))
    return date(year, month, min(day, monthrange(year, month)[1]))


def _counted(start: date, rule: Relative, calendar: Calendar) -> date:
    """The last day that is counted. The day from which one counts is itself not counted: day 1 is the next one, as
    the civil code has it for periods of days and months (Điều 147.2); a month ends on the day of the same number, or
    on its last.
    """
    forward = rule.side != "before"
    if rule.unit == "working_days":
        count = calendar.working_days_after if forward else calendar.working_days_before
        return count(start, rule.number)
    if rule.unit == "days":
        return start + rule.number * (ONE_DAY if forward else -ONE_DAY)
    months = start.year * 12 + start.month - 1 + (rule.number if forward else -rule.number)
    year, month = divmod(months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def _deadline(before: date | None, first: date | None, last: date, calendar: Calendar) -> Deadline:
    worked = calendar.last_working_day(last)
    return Deadline(before, first, last, worked, _is_predicted(worked, last, calendar))


def _is_predicted(first: date, last: date, calendar: Calendar) -> bool:
    days = (first + number * ONE_DAY for number in range((last - first).days + 1))
    return any(calendar.status(day) == "predicted" for day in days)


def _months(year: int, month: int, count: int) -> tuple[date, date]:
    end = month + count - 1
    return date(year, month, 1), date(year, end, monthrange(year, end)[1])
