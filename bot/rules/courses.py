"""The dates of one milestone, where kinds of unit have dates of their own, or single units more time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from bot.plan.dates import Milestone
from bot.plan.model import Plan
from bot.rules.calendar import Calendar, Deadline, due, extended

Extended = Mapping[int, tuple[date, datetime]]
"""By unit: the last day that it was given, and when it was given."""


@dataclass(frozen=True, slots=True)
class Course:
    """A date and who has it: the units of `kinds` – where that is empty, of all kinds but those `without` – except the
    units in `but`, which were given another day, and besides them the `units` that were given this one.

    A date that has nothing but `units` is theirs alone. `since`: when it was given to the last of those.
    """

    due: Deadline
    kinds: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    units: frozenset[int] = frozenset()
    but: frozenset[int] = frozenset()
    since: datetime | None = None

    @property
    def key(self) -> date:
        """By which its steps are noted: the last day to which it counts."""
        return self.due.last_day

    @property
    def is_given(self) -> bool:
        """Whether only single units have it, which were given more time."""
        return bool(self.units) and not self.kinds and not self.without

    def concerns(self, unit_id: int, unit_kind: str) -> bool:
        """Whether that unit has this date."""
        if unit_id in self.units:
            return True
        if unit_id in self.but or self.is_given:
            return False
        return unit_kind in self.kinds if self.kinds else unit_kind not in self.without


def courses(
    plan: Plan, milestone: Milestone, year: int, calendar: Calendar, given: Extended | None = None
) -> tuple[Course, ...]:
    """Every date of the milestone in the season of that year, the usual one first, and each last day once; exceptions
    that have no day, or the usual one after all, make none of their own. MissingCalendar if a year has no calendar."""
    usual = due(plan, milestone, year, calendar)
    first = usual.last_day if isinstance(usual, Deadline) else None
    own: dict[date, tuple[Deadline, tuple[str, ...]]] = {}
    apart: tuple[str, ...] = ()
    for exception in milestone.exceptions:
        found = due(plan, milestone, year, calendar, exception.unit_kinds[0]) if exception.unit_kinds else usual
        if found == usual or (isinstance(found, Deadline) and found.last_day == first):
            continue
        apart += exception.unit_kinds
        if isinstance(found, Deadline):
            at, kinds = own.get(found.last_day, (found, ()))
            own[found.last_day] = (at, (*kinds, *exception.unit_kinds))
    made = [Course(usual, (), apart)] if isinstance(usual, Deadline) else []
    made += [Course(at, kinds) for at, kinds in own.values()]
    return tuple(_with_given(made, given, calendar)) if given else tuple(made)


def _with_given(made: list[Course], given: Extended, calendar: Calendar) -> list[Course]:
    """The same with what single units were given: they leave their date and have another."""
    by_day: dict[date, dict[int, datetime]] = {}
    for unit, (until, at) in given.items():
        by_day.setdefault(until, {})[unit] = at
    laid: list[Course] = []
    for course in made:
        here = by_day.pop(course.key, {})
        units = frozenset(here) if course.kinds or course.without else frozenset()
        laid.append(replace(course, units=units, but=frozenset(given) - frozenset(here)))
    laid += [
        Course(extended(day, calendar), units=frozenset(units), since=max(units.values()))
        for day, units in sorted(by_day.items())
    ]
    return laid
