"""Every way of fixing a date, read from a file and computed: what the comments of the file say by hand comes out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.plan.calendars import load_years
from bot.plan.dates import Unspecified
from bot.plan.loader import load
from bot.plan.model import Plan
from bot.rules.calendar import Calendar, Deadline, MissingCalendar, Undated, due

SMALL = Path("tests/plans/small")
CALENDAR = Calendar(load_years(Path("plans/calendars")))

MILESTONE = re.compile(r"  - id: (\w+)")
EXPECTED = re.compile(r"    # → (\d{4})(?: (\w+))?: (.+)")
PERIOD = re.compile(r"[mqh]\d+")


def expectations(name: str) -> list[tuple[str, str, int, str, str]]:
    """(file, milestone, year, period or kind of unit, expectation) of every comment that says what should come out."""
    found, milestone = [], ""
    for line in (SMALL / name).read_text(encoding="utf-8").splitlines():
        if begun := MILESTONE.fullmatch(line):
            milestone = begun[1]
        elif said := EXPECTED.fullmatch(line):
            found.append((name, milestone, int(said[1]), said[2] or "", said[3]))
    return found


CASES = expectations("dates.yaml") + expectations("dates_once.yaml")


def words(found: Deadline | Undated | None) -> str:
    """The answer as the comments write it."""
    if found is None:
        return "không có"
    if isinstance(found, Undated):
        return {
            "unspecified": "không quy định ngày",
            "any_time": "bất cứ lúc nào",
            "reference": f"theo văn bản {found.on}",
            "waiting": f"chờ {found.on}",
        }[found.reason]
    said = f"{found.first_day:%d/%m/%Y} - " if found.first_day else ""
    said += f"{found.last_day:%d/%m/%Y}"
    if found.last_working_day != found.last_day:
        said += f" ({found.last_working_day:%d/%m/%Y})"
    said += ", theo lịch dự kiến" if found.predicted else ""
    said += ", dự kiến" if found.planned else ""
    return said + (f", theo {found.notice}" if found.notice else "")


def plan(name: str) -> Plan:
    return load(SMALL / name)


@pytest.mark.parametrize(("name", "milestone", "year", "of", "expected"), CASES, ids=lambda case: str(case))
def test_what_was_computed_by_hand_comes_out(name: str, milestone: str, year: int, of: str, expected: str) -> None:
    whole = plan(name)
    period = of if PERIOD.fullmatch(of) else ""
    occasion = whole.occasion(f"{milestone}_{period}" if period else milestone)
    assert words(due(whole, occasion, year, CALENDAR, "" if period else of)) == expected


@pytest.mark.parametrize("name", ["dates.yaml", "dates_once.yaml"])
def test_every_milestone_of_the_file_says_what_should_come_out(name: str) -> None:
    told = {milestone for _, milestone, *_ in expectations(name)}
    assert told == {milestone.id for milestone in plan(name).milestones}


def test_together_they_show_every_kind_of_date() -> None:
    shown = {m.date.kind for name in ("dates.yaml", "dates_once.yaml") for m in plan(name).milestones}
    assert shown == {
        "annual", "fixed", "window", "quarter", "month", "every", "unspecified", "any_time", "reference", "relative"
    }  # fmt: skip


def test_a_year_without_calendar_is_refused_for_each_date_that_needs_it() -> None:
    whole = plan("dates.yaml")
    with pytest.raises(MissingCalendar, match=r"plans/calendars/2029\.yaml"):
        due(whole, whole.occasion("dang_ky"), 2029, CALENDAR)
    with pytest.raises(MissingCalendar, match="2029"):
        due(whole, whole.occasion("nam_lien_ke"), 2028, CALENDAR)
    # What has no day needs no calendar.
    assert due(whole, whole.occasion("ke_hoach"), 2029, CALENDAR) == Undated("unspecified")


def test_of_two_hops_only_the_last_has_a_day() -> None:
    first, last = plan("dates.yaml").milestone("bao_cao_nam").hops
    assert first.date == Unspecified()
    assert last.date == plan("dates.yaml").milestone("bao_cao_nam").date
