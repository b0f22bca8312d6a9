"""Deadlines and working days: the table that was computed by hand, row by row, and the files it rests on."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import PlanWrong
from bot.plan.calendars import load_years
from bot.plan.model import AnnualBefore, InMonth, InQuarter
from bot.rules.calendar import Calendar, Deadline, MissingCalendar, deadline

FOLDER = Path("plans/calendars")
CALENDAR = Calendar(load_years(FOLDER))

# (rule, year, last calendar day, last working day); the two differ where the table has a star.
TABLE = [
    ("01-30", 2023, "01-29", "01-27"),
    ("01-30", 2024, "01-29", "01-29"),
    ("01-30", 2025, "01-29", "01-24"),
    ("01-30", 2026, "01-29", "01-29"),
    ("01-30", 2027, "01-29", "01-29"),
    ("01-30", 2028, "01-29", "01-21"),
    ("02-15", 2024, "02-14", "02-07"),
    ("02-15", 2025, "02-14", "02-14"),
    ("02-15", 2026, "02-14", "02-13"),
    ("02-15", 2027, "02-14", "02-12"),
    ("02-15", 2028, "02-14", "02-14"),
    ("09-01", 2024, "08-31", "08-30"),
    ("09-01", 2025, "08-31", "08-29"),
    ("09-01", 2026, "08-31", "08-28"),
    ("09-01", 2027, "08-31", "08-31"),
    ("09-01", 2028, "08-31", "08-31"),
    ("10-01", 2024, "09-30", "09-30"),
    ("10-01", 2025, "09-30", "09-30"),
    ("10-01", 2026, "09-30", "09-30"),
    ("10-01", 2027, "09-30", "09-30"),
    ("10-01", 2028, "09-30", "09-29"),
    ("03-20", 2023, "03-19", "03-17"),
    ("03-20", 2024, "03-19", "03-19"),
    ("03-20", 2025, "03-19", "03-19"),
    ("03-20", 2026, "03-19", "03-19"),
    ("03-20", 2027, "03-19", "03-19"),
    ("03-20", 2028, "03-19", "03-17"),
    ("06-20", 2023, "06-19", "06-19"),
    ("06-20", 2024, "06-19", "06-19"),
    ("06-20", 2025, "06-19", "06-19"),
    ("06-20", 2026, "06-19", "06-19"),
    ("06-20", 2027, "06-19", "06-18"),
    ("06-20", 2028, "06-19", "06-19"),
    ("09-20", 2023, "09-19", "09-19"),
    ("09-20", 2024, "09-19", "09-19"),
    ("09-20", 2025, "09-19", "09-19"),
    ("09-20", 2026, "09-19", "09-18"),
    ("09-20", 2027, "09-19", "09-17"),
    ("09-20", 2028, "09-19", "09-19"),
    ("11-25", 2023, "11-24", "11-24"),
    ("11-25", 2024, "11-24", "11-22"),
    ("11-25", 2025, "11-24", "11-24"),
    ("11-25", 2026, "11-24", "11-23"),
    ("11-25", 2027, "11-24", "11-23"),
    ("11-25", 2028, "11-24", "11-23"),
]


@pytest.mark.parametrize(("rule", "year", "last", "worked"), TABLE)
def test_the_table_of_deadlines(rule: str, year: int, last: str, worked: str) -> None:
    found = deadline(AnnualBefore(before=rule), year, CALENDAR)
    assert found == Deadline(
        before=date.fromisoformat(f"{year}-{rule}"),
        first_day=None,
        last_day=date.fromisoformat(f"{year}-{last}"),
        last_working_day=date.fromisoformat(f"{year}-{worked}"),
        # From 2027 nothing is announced, and 24 November still waits for its law.
        predicted=year >= 2027 or (year, rule) == (2026, "11-25"),
    )


def test_a_quarter_and_a_month() -> None:
    third = deadline(InQuarter(quarter=3), 2024, CALENDAR)
    assert third == Deadline(None, date(2024, 7, 1), date(2024, 9, 30), date(2024, 9, 30), False)
    fourth = deadline(InQuarter(quarter=4), 2028, CALENDAR)
    assert fourth == Deadline(None, date(2028, 10, 1), date(2028, 12, 31), date(2028, 12, 29), True)
    month = InMonth(month="2026-09")
    assert deadline(month, 2026, CALENDAR) == Deadline(
        None, date(2026, 9, 1), date(2026, 9, 30), date(2026, 9, 30), False
    )
    assert deadline(month, 2025, CALENDAR) is None
    assert deadline(InMonth(month="2024-02"), 2024, CALENDAR) == Deadline(
        None, date(2024, 2, 1), date(2024, 2, 29), date(2024, 2, 29), False
    )


@pytest.mark.parametrize(
    ("first", "last"),
    [("2023-01-20", "2023-01-26"), ("2024-02-08", "2024-02-14"), ("2025-01-25", "2025-02-02"),
     ("2026-02-14", "2026-02-22"), ("2027-02-04", "2027-02-10"), ("2028-01-22", "2028-01-30")],
)  # fmt: skip
def test_nobody_works_at_tet(first: str, last: str) -> None:
    day = date.fromisoformat(first)
    while day <= date.fromisoformat(last):
        assert not CALENDAR.is_working(day)
        assert CALENDAR.status(day) == ("official" if day.year < 2027 else "predicted")
        assert "Tết" in CALENDAR.name(day)
        day += timedelta(days=1)


@pytest.mark.parametrize(
    ("off", "worked"), [("2024-04-29", "2024-05-04"), ("2025-05-02", "2025-04-26"), ("2026-08-31", "2026-08-22")]
)
def test_a_swapped_day_is_off_and_its_saturday_is_worked(off: str, worked: str) -> None:
    assert not CALENDAR.is_working(date.fromisoformat(off))
    assert CALENDAR.is_working(date.fromisoformat(worked))
    assert date.fromisoformat(worked).weekday() == 5


@pytest.mark.parametrize(
    "off",
    ["2024-04-18", "2025-04-07", "2026-04-27", "2027-04-16", "2028-04-04", "2024-09-03", "2025-09-01", "2026-09-01",
     "2024-04-30", "2025-05-01", "2026-01-01", "2026-11-24"],
)  # fmt: skip
def test_the_other_holidays(off: str) -> None:
    assert not CALENDAR.is_working(date.fromisoformat(off))


def test_24_november_is_a_day_off_only_since_2026_and_pending() -> None:
    assert [CALENDAR.is_working(date(year, 11, 24)) for year in (2023, 2025, 2026, 2027)] == [True, True, False, False]
    assert CALENDAR.status(date(2026, 11, 24)) == "predicted"
    assert CALENDAR.status(date(2026, 11, 23)) == "official"


def test_the_ladder_before_and_after_tet_2024_counts_working_days() -> None:
    last = date(2024, 2, 7)
    assert [CALENDAR.working_days_before(last, n) for n in (20, 10, 5, 2, 1, 0)] == [
        date(2024, 1, 10),
        date(2024, 1, 24),
        date(2024, 1, 31),
        date(2024, 2, 5),
        date(2024, 2, 6),
        date(2024, 2, 7),
    ]
    assert [CALENDAR.working_days_after(last, n) for n in (0, 1, 5)] == [last, date(2024, 2, 15), date(2024, 2, 21)]
    mung_mot = date(2024, 2, 10)
    assert CALENDAR.working_days_before(mung_mot, 0) == CALENDAR.working_days_before(mung_mot, 1) == last
    assert CALENDAR.working_days_after(mung_mot, 0) == CALENDAR.working_days_after(mung_mot, 1) == date(2024, 2, 15)
    with pytest.raises(ValueError, match="0 or more"):
        CALENDAR.working_days_before(last, -1)


@given(st.dates(date(2024, 1, 1), date(2027, 12, 31)), st.integers(1, 60))
def test_counting_forth_and_back_returns(day: date, n: int) -> None:
    start = CALENDAR.last_working_day(day)
    assert start <= day
    assert CALENDAR.is_working(start)
    there = CALENDAR.working_days_after(start, n)
    assert CALENDAR.working_days_before(there, n) == start
    between = [start + timedelta(days=i) for i in range(1, (there - start).days + 1)]
    assert sum(CALENDAR.is_working(d) for d in between) == n


def test_a_year_without_calendar_says_how_to_add_it() -> None:
    with pytest.raises(MissingCalendar, match=r"plans/calendars/2029\.yaml") as caught:
        deadline(AnnualBefore(before="02-15"), 2029, CALENDAR)
    assert isinstance(caught.value, PlanWrong)
    assert caught.value.year == 2029
    with pytest.raises(MissingCalendar, match="2022"):
        CALENDAR.working_days_before(date(2023, 1, 5), 10)


def test_every_holiday_names_its_source() -> None:
    years = load_years(FOLDER)
    assert [(year.year, year.status) for year in years] == [
        *((year, "official") for year in (2023, 2024, 2025, 2026)),
        (2027, "predicted"),
        (2028, "predicted"),
    ]
    assert all(day.source and day.name for year in years for day in (*year.off, *year.worked))


SOUND = """\
year: 2030
status: predicted
source: dự kiến
off:
  - {first: 2030-09-02, last: 2030-09-03, name: Quốc khánh, status: predicted, source: dự kiến}
worked:
  - {day: 2030-09-07, instead_of: 2030-09-03, name: làm bù, status: predicted, source: dự kiến}
"""


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("last: 2030-09-03", "last: 2030-09-01", 5),
        ("first: 2030-09-02", "first: 2029-09-02", 5),
        ("first: 2030-09-02", "first: 2030-02-30", 5),
        ("day: 2030-09-07", "day: 2030-09-06", 7),
        ("instead_of: 2030-09-03", "instead_of: 2030-09-05", 7),
        ("status: predicted\nsource", "status: sure\nsource", 2),
        ("source: dự kiến\noff", "off", 1),
        (SOUND, "- x", 1),
    ],
)
def test_a_wrong_calendar_is_refused_with_its_line(tmp_path: Path, old: str, new: str, line: int) -> None:
    path = tmp_path / "2030.yaml"
    path.write_text(SOUND, encoding="utf-8")
    assert Calendar(load_years(tmp_path)).is_working(date(2030, 9, 7))
    path.write_text(SOUND.replace(old, new), encoding="utf-8")
    with pytest.raises(PlanWrong) as caught:
        load_years(tmp_path)
    assert caught.value.findings[0].line == line


def test_a_folder_without_calendars_and_a_year_twice_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PlanWrong, match="no calendars"):
        load_years(tmp_path)
    for name in ("2030.yaml", "2031.yaml"):
        (tmp_path / name).write_text(SOUND, encoding="utf-8")
    with pytest.raises(PlanWrong, match="2030 too"):
        load_years(tmp_path)
