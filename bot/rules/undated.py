"""The duties for which the document names no day: an office may set itself one."""

from __future__ import annotations

from bot.plan.dates import Every, Milestone, occasions
from bot.plan.model import Plan
from bot.rules.calendar import Calendar, Undated, due

ASKED_FOR = ("unspecified", "reference")
"""Why there is no day: none is named, or another document names it. What may come at any time needs none, and what
waits for something has its day as soon as that has happened."""


def without_day(plan: Plan, year: int, calendar: Calendar) -> tuple[Milestone, ...]:
    """The duties of the plan that have no day in the season of that year, a periodic one once; what nobody owes apart."""
    found = []
    for milestone in plan.milestones:
        if milestone.owed_by == "nobody":
            continue
        at = due(plan, occasions(milestone)[0], year, calendar)
        if isinstance(at, Undated) and at.reason in ASKED_FOR:
            found.append(milestone)
    return tuple(found)


def is_periodic(milestone: Milestone) -> bool:
    """Whether a day that is set for it is one in each month, quarter or half-year."""
    return isinstance(milestone.date, Every) and milestone.date.every != "year"
