"""The public holidays of each year, as the files in plans/calendars have them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, Literal

from bot.errors import PlanWrong
from bot.plan import source
from bot.plan.finding import Finding, Lines, refused
from bot.plan.loader import parse
from bot.plan.part import Part

Status = Literal["official", "predicted", "pending"]
"""Announced for this year · computed by us before the announcement · decided upon, but the law is not yet found."""

SATURDAY = 5


class DaysOff(Part):
    """Days on which offices are closed, from `first` to `last`, both included; weekends need not be named."""

    first: date
    last: date
    name: str
    status: Status
    source: str


class DayWorked(Part):
    """A Saturday or Sunday on which offices work, `instead_of` a day that was swapped off."""

    day: date
    instead_of: date
    name: str
    status: Status
    source: str


class CalendarYear(Part):
    """One year. `status` and `source` say how far the year as a whole is known."""

    year: int
    status: Literal["official", "predicted"]
    source: str
    off: tuple[DaysOff, ...]
    worked: tuple[DayWorked, ...] = ()


def load_years(folder: Path) -> tuple[CalendarYear, ...]:
    """The years of all *.yaml files in the folder, in order. PlanWrong with every finding when one cannot be used."""
    years: dict[int, CalendarYear] = {}
    findings: list[Finding] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            year, lines = _read(path)
        except PlanWrong as wrong:
            findings += wrong.findings
            continue
        findings += _problems(year, lines)
        if year.year in years:
            findings.append(lines.finding(("year",), f"Another file has {year.year} too.", "Keep one file a year."))
        years[year.year] = year
    if not years and not findings:
        findings.append(
            Finding(str(folder), 1, "error", "", "There are no calendars here.", "Check where the calendars are kept.")
        )
    if findings:
        raise refused(findings)
    return tuple(years[number] for number in sorted(years))


def _read(path: Path) -> tuple[CalendarYear, Lines]:
    lines, _ = source.read(path)
    if not isinstance(lines.tree, dict):
        raise refused([lines.finding((), "The file is no mapping of keys to values.", "Begin it with “year: …”.")])
    tree: dict[str, Any] = lines.tree
    return parse(CalendarYear, lines, tree), lines


def _problems(year: CalendarYear, lines: Lines) -> list[Finding]:
    findings = []
    for index, off in enumerate(year.off):
        if off.last < off.first:
            findings.append(
                lines.finding(("off", index, "last"), "The days end before they begin.", "Correct one day.")
            )
        if {off.first.year, off.last.year} != {year.year}:
            findings.append(
                lines.finding(("off", index), f"These days are not in {year.year}.", "Put them into their own year.")
            )
    for index, worked in enumerate(year.worked):
        if worked.day.year != year.year or worked.day.weekday() < SATURDAY:
            findings.append(
                lines.finding(
                    ("worked", index, "day"),
                    f"{worked.day} is no Saturday or Sunday of {year.year}.",
                    "Only weekends are named here.",
                )
            )
        if not any(off.first <= worked.instead_of <= off.last for off in year.off):
            findings.append(
                lines.finding(
                    ("worked", index, "instead_of"),
                    f"{worked.instead_of} is not among the days off.",
                    "Name the day that was swapped off under “off” as well.",
                )
            )
    return findings
