"""The ladder of reminders: on which working days a milestone is brought to mind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time

from bot.plan.model import Milestone
from bot.rules.calendar import Calendar, Deadline

SEND_FROM, SEND_AT, SEND_UNTIL = time(7, 30), time(8, 0), time(17, 0)
"""Offices are written to between the first and the last, by default at the middle one; never on a day off."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One reminder: `step` working days before the last working day (negative: after it), sent on `day`."""

    step: int
    day: date


def rungs(milestone: Milestone, due: Deadline, calendar: Calendar) -> tuple[Rung, ...]:
    """All reminders of a milestone, in the order of their days."""
    last = due.last_working_day
    made = {step: Rung(step, calendar.working_days_before(last, step) if step else last) for step in milestone.steps}
    # Overdue notices count from the first day on which it is truly late, never inside the days off before it.
    made |= {-n: Rung(-n, calendar.working_days_after(due.last_day, n)) for n in milestone.overdue_steps}
    return tuple(sorted(made.values(), key=lambda rung: (rung.day, -rung.step)))
