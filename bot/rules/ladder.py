"""The ladder of reminders: on which working days a milestone is brought to mind, and at which hours."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot.plan.dates import Milestone
from bot.rules.calendar import Calendar, Deadline, MissingCalendar

SEND_FROM, SEND_AT, SEND_UNTIL = time(7, 30), time(8, 0), time(17, 0)
"""Offices are written to between the first and the last, by default at the middle one; never on a day off."""
URGE = 1000
"""From this number on a step is one of the office's own urgings, 1000 + n; no ladder is that long."""
TOLD_STEPS = (5, 1, 0)
"""What only has to be remembered, because nobody answers it on Khéo, is brought to mind less often, and not afterwards."""
MONTHLY_STEPS = (5, 2, 1, 0)
"""A month has some twenty working days: what comes every month would else be reminded of all the year round."""
_USUAL = {name: Milestone.model_fields[name].default for name in ("steps", "overdue_steps")}
"""What a plan need not say; a version that was kept says it nevertheless, so it cannot be told by being written."""


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
    before, overdue = ladder(milestone)
    for step in before:
        with suppress(MissingCalendar):
            made.append(Rung(step, calendar.working_days_before(due.last_working_day, step)))
    for number in overdue:
        # Overdue notices count from the first day on which it is truly late, never inside the days off before it.
        with suppress(MissingCalendar):
            made.append(Rung(-number, calendar.working_days_after(due.last_day, number)))
    return tuple(sorted(made, key=lambda rung: (rung.day, -rung.step)))


def ladder(milestone: Milestone) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The milestone's steps before its last working day, and the working days after its last day on which a notice goes:
    as the plan says, else what suits that kind of duty."""
    before, after = milestone.steps, milestone.overdue_steps
    if milestone.owed_by == "role":
        before = TOLD_STEPS if before == _USUAL["steps"] else before
        after = () if after == _USUAL["overdue_steps"] else after
    elif milestone.period.startswith("m") and before == _USUAL["steps"]:
        before = MONTHLY_STEPS
    return tuple(dict.fromkeys(before)), tuple(sorted({n for n in after if n > 0}))


def following(ladder: Sequence[Rung], sent: datetime) -> list[Rung]:
    """The reminders whose morning comes after that moment (in the office's zone), whether or not they really go."""
    return [rung for rung in ladder if datetime.combine(rung.day, SEND_AT, sent.tzinfo) > sent]


def left_out(ladder: Sequence[Rung], sent: datetime) -> Rung | None:
    """What the receipt of a reminder sent at that moment leaves out: the very next one, even where an outage swallows
    it or the office holds it back, so that the one after it comes as was said; never that of the last working day."""
    ahead = following(ladder, sent)
    return ahead[0] if ahead and ahead[0].step != 0 else None


def may_send(calendar: Calendar, now: datetime) -> bool:
    """Whether offices may be written to at that moment: a working day, in sending hours."""
    return calendar.is_working(now.date()) and SEND_FROM <= now.time() < SEND_UNTIL


def leaves_at(calendar: Calendar, now: datetime) -> datetime:
    """When what is written at that moment may leave: then, or at the beginning of the next sending hours."""
    if may_send(calendar, now):
        return now
    day = now.date() if now.time() < SEND_FROM else now.date() + timedelta(days=1)
    return datetime.combine(calendar.working_days_after(day, 0), SEND_FROM, now.tzinfo)


def carried(step: int) -> int:
    """The step as a button carries it, where no number may be negative: what is overdue from 1000 on, an urging from
    2000 on."""
    return step + URGE if step >= URGE else step if step >= 0 else URGE - step


def step_carried(number: int) -> int:
    """The step that a button carries."""
    return number - URGE if number >= 2 * URGE else number if number < URGE else URGE - number
