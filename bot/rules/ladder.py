"""The ladder of reminders: on which working days a milestone is brought to mind."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, time

from bot.plan.dates import Milestone
from bot.rules.calendar import Calendar, Deadline, MissingCalendar

SEND_FROM, SEND_AT, SEND_UNTIL = time(7, 30), time(8, 0), time(17, 0)
"""Offices are written to between the first and the last, by default at the middle one; never on a day off."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One reminder: `step` working days before the last working day (negative: after it), sent on `day`."""

    step: int
    day: date


def rungs(milestone: Milestone, due: Deadline, calendar: Calendar) -> tuple[Rung, ...]:
    """All reminders of a milestone, in the order of their days; of a window or a quarter they count to its last day.

    A step in a year without calendar is left out: its day cannot be told, and the other steps need not wait for it.
    """
    made = []
    for step in dict.fromkeys(milestone.steps):
        with suppress(MissingCalendar):
            made.append(Rung(step, calendar.working_days_before(due.last_working_day, step)))
    for number in sorted({n for n in milestone.overdue_steps if n > 0}):
        # Overdue notices count from the first day on which it is truly late, never inside the days off before it.
        with suppress(MissingCalendar):
            made.append(Rung(-number, calendar.working_days_after(due.last_day, number)))
    return tuple(sorted(made, key=lambda rung: (rung.day, -rung.step)))
