"""Working days, and what a date rule means in a year."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from bot.errors import PlanWrong
from bot.plan.calendars import SATURDAY, CalendarYear, DaysOff, DayWorked, Status
from bot.plan.model import AnnualBefore, DateRule, InMonth

ONE_DAY = timedelta(days=1)


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
    the first day of a quarter or month (None where the document names none). `last_day` is the last calendar day,
    `last_working_day` the last day on or before it on which offices work. `predicted`: some day from
    `last_working_day` to `last_day` is not officially announced.
    """

    before: date | None
    first_day: date | None
    last_day: date
    last_working_day: date
    predicted: bool


def deadline(rule: DateRule, year: int, calendar: Calendar) -> Deadline | None:
    """The rule in that year; None when the rule is of another year. MissingCalendar if the year has no calendar."""
    before: date | None = None
    first: date | None = None
    if isinstance(rule, AnnualBefore):
        before = date.fromisoformat(f"{year}-{rule.before}")
        last = before - ONE_DAY
    elif isinstance(rule, InMonth):
        if int(rule.month[:4]) != year:
            return None
        first, last = _months(year, int(rule.month[5:]), 1)
    else:
        first, last = _months(year, 3 * rule.quarter - 2, 3)
    worked = calendar.last_working_day(last)
    days = [worked + number * ONE_DAY for number in range((last - worked).days + 1)]
    predicted = any(calendar.status(day) == "predicted" for day in days)
    return Deadline(before, first, last, worked, predicted)


def _months(year: int, month: int, count: int) -> tuple[date, date]:
    end = month + count - 1
    return date(year, month, 1), date(year, end, monthrange(year, end)[1])
