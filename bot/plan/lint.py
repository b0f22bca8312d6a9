"""What a person should look at again in a plan that loads: printed slips, and rules that cannot work as they stand."""

from __future__ import annotations

from datetime import date
from itertools import combinations

from bot.plan.errata import corrected
from bot.plan.finding import Finding, Lines, Place
from bot.plan.model import AnnualBefore, CriteriaTable, EachRow, InMonth, Milestone, Plan, TotalAtLeast

BY_ERRATUM = "if it is printed so, keep it; an erratum can be laid over it"


def lint(plan: Plan, lines: Lines, today: date | None = None) -> list[Finding]:
    """The findings in the order of the file. What an erratum has settled is not said again.

    Dates that lie in the past and do not come again are only looked for when `today` is given.
    """
    plan = corrected(plan)
    findings: list[Finding] = []
    for index, table in enumerate(plan.criteria):
        findings += _table(table, ("criteria", index), lines)
        findings += _thresholds(plan, table, ("criteria", index), lines)
    for index, milestone in enumerate(plan.milestones):
        findings += _milestone(plan, milestone, ("milestones", index), lines, today)
    return sorted(findings, key=lambda finding: finding.line)


def _table(table: CriteriaTable, here: Place, lines: Lines) -> list[Finding]:
    findings = []
    reachable = sum(row.max for row in table.rows)
    if reachable != table.total:
        findings.append(
            lines.finding(
                (*here, "total"),
                f"The rows add up to {reachable}, the printed total is {table.total}.",
                f"Compare with the document; {BY_ERRATUM}.",
            )
        )
    for (_, first), (number, second) in combinations(enumerate(table.rows), 2):
        if " ".join(first.text.split()) == " ".join(second.text.split()):
            findings.append(
                lines.finding(
                    (*here, "rows", number, "text"),
                    f"Row {second.code} has the same text as row {first.code}.",
                    f"Compare with the document; {BY_ERRATUM}.",
                    "warning",
                )
            )
    codes = [row.code for row in table.rows]
    if all(code.isascii() and code.isdigit() for code in codes):
        for number, code in enumerate(codes):
            expected = int(codes[number - 1]) + 1 if number else 1
            if int(code) != expected:
                findings.append(
                    lines.finding(
                        (*here, "rows", number, "code"),
                        f"The numbering jumps: {code} stands where {expected:0{len(code)}} was to come.",
                        f"See whether a row was left out; {BY_ERRATUM}.",
                        "warning",
                    )
                )
    return findings


def _thresholds(plan: Plan, table: CriteriaTable, here: Place, lines: Lines) -> list[Finding]:
    """Levels often share a rule; a table is spoken of once for each share, a total once for each number of points."""
    findings = []
    reachable = sum(row.max for row in table.rows)
    shares = {rule.percent: None for level in plan.levels for rule in level.passes if isinstance(rule, EachRow)}
    for share in shares:
        short = [row for row in table.rows if row.max * share / 100 % table.step]
        if short:
            needed = short[0].max * share / 100
            findings.append(
                lines.finding(
                    (*here, "step"),
                    f"{share} % of {short[0].max} is {needed}, which steps of {table.step} do not give "
                    f"(rows {', '.join(row.code for row in short)}).",
                    "Choose a smaller step, or say in step_interpretation that more is needed.",
                    "warning",
                )
            )
    seen = set()
    for index, level in enumerate(plan.levels):
        for number, rule in enumerate(level.passes):
            if isinstance(rule, TotalAtLeast) and rule.points > reachable and rule.points not in seen:
                seen.add(rule.points)
                findings.append(
                    lines.finding(
                        ("levels", index, "passes", number, "points"),
                        f"{rule.points} points are needed, and “{table.title}” has only {reachable}.",
                        f"Compare both with the document; {BY_ERRATUM}.",
                    )
                )
    return findings


def _milestone(plan: Plan, milestone: Milestone, here: Place, lines: Lines, today: date | None) -> list[Finding]:
    rule = milestone.date
    findings = []
    if isinstance(rule, InMonth) and plan.years and int(rule.month[:4]) not in plan.years:
        findings.append(
            lines.finding(
                (*here, "date", "month"),
                f"{rule.month} lies in no year for which a season can be opened.",
                "Add the year to “years”, or correct the month.",
                "warning",
            )
        )
    last = _last_month(plan, milestone)
    if today is not None and last is not None and last < f"{today:%Y-%m}":
        findings.append(
            lines.finding(
                (*here, "date"),
                f"The date lies in the past ({last}) and does not come again.",
                "Make a new plan file for the new year if the duty goes on.",
                "warning",
            )
        )
    return findings


def _last_month(plan: Plan, milestone: Milestone) -> str | None:
    """The last month ("YYYY-MM") in which it falls due; None if it comes again each year, or in years not named."""
    rule = milestone.date
    if isinstance(rule, InMonth):
        return rule.month
    if plan.recurrence == "annual" or not plan.years:
        return None
    month = int(rule.before[:2]) if isinstance(rule, AnnualBefore) else 3 * rule.quarter
    return f"{max(plan.years)}-{month:02}"
