"""Several plans beside one another: which stands under which, and whether it asks for less than the one above."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from bot.plan.dates import Annual, Milestone
from bot.plan.errata import corrected
from bot.plan.finding import Finding, Lines, Place
from bot.plan.levels import EachRow, Level, Target, TotalAtLeast
from bot.plan.model import Plan

WEAKER = "A plan may add to the one above and may not ask for less; if it is printed so, ask who decides."


def circles(plans: Mapping[str, tuple[Plan, Lines]]) -> list[Finding]:
    """Plans that in the end stand above themselves."""
    found = []
    for id, (plan, lines) in plans.items():
        seen, above = {id}, plan.parent
        while above in plans and above not in seen:
            seen.add(above)
            above = plans[above][0].parent
        if above == id:
            text = "In the end the plan stands above itself."
            found.append(lines.finding(("parent",), text, "Correct “parent” in one of the files."))
    return found


def lint(plans: Mapping[str, tuple[Plan, Lines]]) -> list[Finding]:
    """What a plan says otherwise than the plan above it, and names that lead to no plan or unit of the others.

    Only plans that lie before us are looked at; a parent that is missing is nothing wrong.
    """
    found: list[Finding] = []
    described = {unit.code for plan, _ in plans.values() for unit in plan.units}
    for plan, lines in plans.values():
        for at, code in enumerate(plan.participants if len(plans) > 1 else ()):
            if code not in described:
                remedy = "Correct the code; or enter the unit when the season is opened."
                found.append(lines.finding(("participants", at), f"No plan describes “{code}”.", remedy, "warning"))
        if plan.parent in plans:
            found += _weaker(corrected(plan), corrected(plans[plan.parent][0]), lines)
        for at, milestone in enumerate(plan.milestones):
            other, _, id = milestone.after.partition("/")
            if id and other in plans and id not in {one.id for one in plans[other][0].milestones}:
                text = f"The plan “{other}” has no milestone “{id}”."
                found.append(lines.finding(("milestones", at, "after"), text, "Correct one of the two.", "warning"))
    return found


def _weaker(plan: Plan, above: Plan, lines: Lines) -> Iterator[Finding]:
    def less(place: Place, text: str) -> Finding:
        return lines.finding(place, f"{text} in “{above.name}”.", WEAKER, "warning")

    for at, target in enumerate(plan.targets):
        for asked in above.targets:
            if _same_target(target, asked) and target.at_least < asked.at_least:
                yield less(("targets", at, "at_least"), f"At least {target.at_least} here, {asked.at_least}")
    levels = {level.id: level for level in above.levels}
    for at, level in enumerate(plan.levels):
        if level.id in levels:
            for what, here, there in _lower(level, levels[level.id]):
                said = "nothing" if here is None else f"{here}"
                yield less(("levels", at, "passes"), f"{what}: {said} here, {there}")
    duties = {milestone.id: milestone for milestone in above.milestones}
    for at, milestone in enumerate(plan.milestones):
        if milestone.id in duties:
            here_day, there_day = _day(milestone), _day(duties[milestone.id])
            if here_day and there_day and here_day > there_day:
                yield less(("milestones", at, "date"), f"Due later here than {there_day[-5:]}")


def _same_target(one: Target, other: Target) -> bool:
    return one.per == other.per and (not one.unit_kinds or not other.unit_kinds or one.unit_kinds == other.unit_kinds)


def _lower(level: Level, above: Level) -> Iterator[tuple[str, Decimal | None, Decimal]]:
    """Thresholds of the level above that are higher, or that this one has not at all."""
    for what, kind, key in (
        ("percent of each row", EachRow, "percent"),
        ("points in all", TotalAtLeast, "points"),
        ("percent in all", TotalAtLeast, "percent"),
    ):
        there = _highest(above, kind, key)
        here = _highest(level, kind, key)
        if there is not None and (here is None or here < there):
            yield what, here, there


def _highest(level: Level, kind: type[EachRow] | type[TotalAtLeast], key: str) -> Decimal | None:
    asked = [getattr(rule, key) for rule in level.passes if isinstance(rule, kind)]
    return max((number for number in asked if number is not None), default=None)


def _day(milestone: Milestone) -> str:
    """Comparable: the last day of an annual date, a strict one counted as the day before it."""
    rule = milestone.date
    if not isinstance(rule, Annual):
        return ""
    return f"{int(rule.next_year)}-{rule.by}" if rule.by else f"{int(rule.next_year)}-{rule.before}"
