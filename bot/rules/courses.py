"""The dates of one milestone, where kinds of unit have dates of their own."""

from __future__ import annotations

from dataclasses import dataclass

from bot.plan.dates import Milestone
from bot.plan.model import Plan
from bot.rules.calendar import Calendar, Deadline, due

APART = 10_000
"""Steps of a second date are noted beside those of the first, this far away; no ladder is that long."""


@dataclass(frozen=True, slots=True)
class Course:
    """A date and the kinds of unit that have it: `kinds`, or where that is empty all but `without`."""

    number: int
    due: Deadline
    kinds: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    def concerns(self, unit_kind: str) -> bool:
        """Whether units of that kind have this date."""
        return unit_kind in self.kinds if self.kinds else unit_kind not in self.without

    def noted(self, step: int) -> int:
        """The number under which a step of this date is noted."""
        return self.number * APART + step


def course_of(noted: int) -> tuple[int, int]:
    """(number of the course, step) of what is noted under that number."""
    number = (noted + APART // 2) // APART
    return number, noted - number * APART


def courses(plan: Plan, milestone: Milestone, year: int, calendar: Calendar) -> tuple[Course, ...]:
    """Every date of the milestone in the season of that year, the usual one first; exceptions that have no day, or the
    usual one after all, make none of their own. MissingCalendar if a year has no calendar."""
    usual = due(plan, milestone, year, calendar)
    own: dict[Deadline, tuple[str, ...]] = {}
    apart: tuple[str, ...] = ()
    for exception in milestone.exceptions:
        found = due(plan, milestone, year, calendar, exception.unit_kinds[0]) if exception.unit_kinds else usual
        if found == usual:
            continue
        apart += exception.unit_kinds
        if isinstance(found, Deadline):
            own[found] = (*own.get(found, ()), *exception.unit_kinds)
    made = [Course(0, usual, (), apart)] if isinstance(usual, Deadline) else []
    return (*made, *(Course(n, at, kinds) for n, (at, kinds) in enumerate(own.items(), start=1)))
