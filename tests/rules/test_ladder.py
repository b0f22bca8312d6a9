"""The ladder: on which working days a milestone of Vạn Ninh is brought to mind."""

from __future__ import annotations

from datetime import date

import pytest

from bot.plan.calendars import load_years
from bot.rules.calendar import Calendar, deadline
from bot.rules.ladder import SEND_AT, SEND_FROM, SEND_UNTIL, rungs
from tests.world import ROOT, plans

PLAN = plans()["van-ninh"]
CALENDAR = Calendar(load_years(ROOT / "plans" / "calendars"))


def days(milestone: str, year: int) -> dict[int, str]:
    of = PLAN.milestone(milestone)
    due = deadline(of.date, year, CALENDAR)
    assert due is not None
    return {rung.step: f"{rung.day:%d/%m}" for rung in rungs(of, due, CALENDAR)}


def test_before_tet_the_steps_count_back_from_the_last_working_day() -> None:
    # “trước ngày 15 tháng 02”: 14/02/2024 is the last day, but from 8 to 14 February offices are closed for Tết.
    assert days("dang_ky", 2024) == {
        20: "10/01",
        10: "24/01",
        5: "31/01",
        2: "05/02",
        1: "06/02",
        0: "07/02",
        -1: "15/02",
        -5: "21/02",
    }


def test_the_dossier_steps_over_weekends_and_the_national_day() -> None:
    # “trước ngày 01 tháng 9”: 31/08/2024 is a Saturday; after it come the days off of 2 September.
    assert days("ho_so", 2024) == {
        20: "02/08",
        10: "16/08",
        5: "23/08",
        2: "28/08",
        1: "29/08",
        0: "30/08",
        -1: "04/09",
        -5: "10/09",
    }


@pytest.mark.parametrize("year", [2024, 2025, 2026, 2027, 2028])
@pytest.mark.parametrize("milestone", [m.id for m in PLAN.milestones])
def test_never_a_day_off_never_two_on_one_day_always_forwards(milestone: str, year: int) -> None:
    of = PLAN.milestone(milestone)
    due = deadline(of.date, year, CALENDAR)
    if due is None:
        return
    ladder = rungs(of, due, CALENDAR)
    assert all(CALENDAR.is_working(rung.day) for rung in ladder)
    assert [rung.day for rung in ladder] == sorted({rung.day for rung in ladder})
    assert [rung.step for rung in ladder] == sorted([*of.steps, *(-n for n in of.overdue_steps)], reverse=True)
    assert all((rung.day > due.last_day) == (rung.step < 0) for rung in ladder)


def test_a_plan_may_have_no_steps_at_all() -> None:
    of = PLAN.milestone("dang_ky").model_copy(update={"steps": (), "overdue_steps": ()})
    due = deadline(of.date, 2024, CALENDAR)
    assert due is not None
    assert rungs(of, due, CALENDAR) == ()


def test_a_last_working_day_that_is_the_last_day_is_step_nought() -> None:
    of = PLAN.milestone("bao_cao_nam")
    due = deadline(of.date, 2024, CALENDAR)
    assert due is not None
    assert due.last_day == due.last_working_day == date(2024, 9, 30)
    assert rungs(of, due, CALENDAR)[5].day == date(2024, 9, 30)


def test_the_hours() -> None:
    assert (SEND_FROM.isoformat(), SEND_AT.isoformat(), SEND_UNTIL.isoformat()) == ("07:30:00", "08:00:00", "17:00:00")
