"""What a person should look at again in a plan: printed slips, rules that cannot work as they stand, names that are past."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from bot.plan import lint_dates, lint_points
from bot.plan.errata import corrected
from bot.plan.finding import BY_ERRATUM, Finding, Lines, Place
from bot.plan.levels import PassRule
from bot.plan.model import FieldOfWork, Plan, StandardField
from bot.plan.registry import Registry, beside
from bot.vietnamese import fold

USUAL: dict[StandardField, tuple[str, ...]] = {
    "economy": ("kinh te",),
    "culture_society": ("van hoa", "xa hoi"),
    "defence_security": ("quoc phong", "an ninh"),
    "political_system": ("he thong chinh tri",),
}
"""The usual four fields, and the words by which one is known that does not say which it is."""


def lint(plan: Plan, lines: Lines, today: date | None = None, registry: Registry | None = None) -> list[Finding]:
    """The findings in the order of the file. What an erratum has settled is not said again.

    One of level "error" refuses the plan: it could not be used as it stands. Dates that lie in the past and do not come
    again are only looked for when `today` is given.
    """
    plan = corrected(plan)
    registry = registry or beside(lines.file)
    findings = [
        *lint_points.findings(plan, lines),
        *_fields(plan, lines),
        *_standards(plan, lines),
        *_open_conditions(plan, lines),
        *lint_dates.findings(plan, lines, registry, today),
    ]
    return sorted(findings, key=lambda finding: finding.line)


def _fields(plan: Plan, lines: Lines) -> Iterator[Finding]:
    if not plan.fields:
        return
    standing = [_standard(field) for field in plan.fields]
    if sorted(map(str, standing)) == sorted(USUAL):
        return
    missing = [name for name in USUAL if name not in standing]
    besides = [
        field.name for at, field in enumerate(plan.fields) if standing[at] not in USUAL or standing[at] in standing[:at]
    ]
    said = "; ".join(
        part
        for part in (
            f"missing: {', '.join(missing)}" if missing else "",
            f"besides: {', '.join(besides)}" if besides else "",
        )
        if part
    )
    yield lines.finding(
        ("fields",),
        f"These are not the usual four fields ({said}).",
        "Compare with the document; if it is printed so, keep it, and say in “standard” which of the four each one is.",
        "warning",
    )


def _standard(field: FieldOfWork) -> StandardField | None:
    if field.standard is not None:
        return field.standard
    name = fold(field.name)
    return next((usual for usual, words in USUAL.items() if any(word in name for word in words)), None)


def _standards(plan: Plan, lines: Lines) -> Iterator[Finding]:
    """Only where the rows say what they measure can one see what is not measured."""
    for at, standard in enumerate(plan.standards):
        named = {row.standard for table in plan.criteria if table.subject == standard.subject for row in table.leaves()}
        if named - {""} and standard.id not in named:
            yield lines.finding(
                ("standards", at),
                "No row of the table measures this paragraph.",
                f"Compare with the table; {BY_ERRATUM}.",
                "warning",
            )


def _open_conditions(plan: Plan, lines: Lines) -> Iterator[Finding]:
    """Conditions that are named without saying how much is enough, or of which nothing can be counted."""
    lists: list[tuple[Place, tuple[PassRule, ...]]] = [
        (("levels", at, "passes"), level.passes) for at, level in enumerate(plan.levels)
    ]
    lists += [
        (("grades", at, "grades", number, "conditions"), grade.conditions)
        for at, scale in enumerate(plan.grades)
        for number, grade in enumerate(scale.grades)
    ]
    for place, rules in lists:
        for at, rule in enumerate(rules):
            if rule.kind == "vote" and rule.percent is None:
                yield lines.finding(
                    (*place, at),
                    "A vote is named, but not which share is enough.",
                    "Compare with the document; if it names none, keep it: a person decides.",
                    "warning",
                )
    for at, level in enumerate(plan.levels):
        for table in plan.criteria:
            columns = [column.id for column in table.columns]
            if table.level in ("", level.id) and level.decided_on not in columns:
                yield lines.finding(
                    ("levels", at, "decided_on"),
                    f"“{table.title}” has no column “{level.decided_on}”, so nothing of it counts.",
                    "Add the column to the table, or say in “level” for which level the table is.",
                    "warning",
                )
        meeting = level.meeting
        if meeting is not None and meeting.quorum is None and meeting.approve_percent is None:
            yield lines.finding(
                ("levels", at, "meeting"),
                "A meeting is named, but neither who must be there nor how many must agree.",
                "Compare with the document; if it names none, keep it: a person decides.",
                "warning",
            )
