"""The ladder: on which working days a milestone of Vạn Ninh is brought to mind."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from bot.plan.calendars import load_years
from bot.plan.dates import Annual, DateRule, InQuarter, Milestone, Relative, Window
from bot.plan.loader import load
from bot.rules.calendar import Calendar, Deadline, due, extended
from bot.rules.ladder import SEND_AT, SEND_FROM, SEND_UNTIL, URGE, carried, leaves_at, left_out, rungs, step_carried
from bot.rules.ladder import ladder as ladder_of

PLAN = load(Path("plans/van-ninh.yaml"))
CALENDAR = Calendar(load_years(Path("plans/calendars")))


def deadline(of: Milestone, year: int) -> Deadline:
    found = due(PLAN, of, year, CALENDAR)
    assert isinstance(found, Deadline)
    return found


def days(milestone: str, year: int) -> dict[int, str]:
    of = PLAN.milestone(milestone)
    return {rung.step: f"{rung.day:%d/%m}" for rung in rungs(of, deadline(of, year), CALENDAR)}


def ladder(rule: DateRule, year: int, **more: tuple[int, ...]) -> dict[int, str]:
    """The days of a milestone with that rule, by step."""
    of = PLAN.milestone("dang_ky").model_copy(update={"date": rule, **more})
    return {rung.step: f"{rung.day:%d/%m}" for rung in rungs(of, deadline(of, year), CALENDAR)}


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
@pytest.mark.parametrize("milestone", [m.id for m in PLAN.occasions])
def test_never_a_day_off_never_two_on_one_day_always_forwards(milestone: str, year: int) -> None:
    of = PLAN.occasion(milestone)
    found = due(PLAN, of, year, CALENDAR)
    if not isinstance(found, Deadline):
        return
    made = rungs(of, found, CALENDAR)
    assert all(CALENDAR.is_working(rung.day) for rung in made)
    assert [rung.day for rung in made] == sorted({rung.day for rung in made})
    assert [rung.step for rung in made] == sorted([*of.steps, *(-n for n in of.overdue_steps)], reverse=True)
    assert all((rung.day > found.last_day) == (rung.step < 0) for rung in made)


@pytest.mark.parametrize(
    ("year", "before", "last_before_tet", "first_after"),
    [(2024, "02-15", "07/02", "15/02"), (2025, "01-30", "24/01", "03/02"), (2026, "02-15", "13/02", "23/02"),
     (2028, "01-30", "21/01", "31/01")],
)  # fmt: skip
def test_of_a_deadline_inside_tet_every_reminder_leaves_before_the_break(
    year: int, before: str, last_before_tet: str, first_after: str
) -> None:
    days = ladder(Annual(before=before), year, steps=(5, 2, 0), overdue_steps=(1,))
    assert days[0] == last_before_tet
    assert all(days[step][3:] + days[step] <= days[0][3:] + days[0] for step in (5, 2))
    # What is overdue is said when offices have opened again, not on the day after the date.
    assert days[-1] == first_after


@pytest.mark.parametrize(
    ("year", "break_begins", "break_ends"),
    [(2024, date(2024, 2, 8), date(2024, 2, 14)), (2025, date(2025, 1, 25), date(2025, 2, 2)),
     (2026, date(2026, 2, 14), date(2026, 2, 22)), (2027, date(2027, 2, 5), date(2027, 2, 10))],
)  # fmt: skip
@pytest.mark.parametrize("steps", [(20, 10, 5, 2, 1, 0), (1,), (0,)])
def test_of_every_day_inside_tet_the_first_reminder_leaves_before_the_break(
    year: int, break_begins: date, break_ends: date, steps: tuple[int, ...]
) -> None:
    of = PLAN.milestone("dang_ky").model_copy(update={"steps": steps, "overdue_steps": (1,)})
    day = break_begins
    while day <= break_ends:
        assert not CALENDAR.is_working(day), f"{day} is no day off: the calendar has changed"
        usual = deadline(of.model_copy(update={"date": Annual(by=f"{day:%m-%d}")}), year)
        for found in (usual, extended(day, CALENDAR)):  # the plan's own day, and one that a unit was given
            made = rungs(of, found, CALENDAR)
            before = [rung.day for rung in made if rung.step >= 0]
            assert len(before) == len(steps) and max(before) < break_begins
            assert [rung.day > break_ends for rung in made if rung.step < 0] == [True]
        day += timedelta(days=1)


def test_a_ladder_goes_back_over_new_year() -> None:
    days = [rung.day for rung in rungs(PLAN.milestone("dang_ky"), extended(date(2026, 1, 9), CALENDAR), CALENDAR)]
    assert days[0].year == 2025 and days[-1].year == 2026
    assert all(CALENDAR.is_working(day) for day in days)


def test_what_comes_every_month_or_is_only_told_is_brought_to_mind_less_often() -> None:
    of = PLAN.milestone("dang_ky")
    monthly, role = of.model_copy(update={"period": "m02"}), of.model_copy(update={"owed_by": "role"})
    assert ladder_of(of) == ((20, 10, 5, 2, 1, 0), (1, 5))
    assert ladder_of(monthly) == ((5, 2, 1, 0), (1, 5))
    assert ladder_of(role) == ((5, 1, 0), ())
    written = role.model_copy(update={"steps": (3,), "overdue_steps": (2,)})
    assert ladder_of(written) == ((3,), (2,))


@pytest.mark.parametrize("step", [20, 0, -1, -5, URGE, URGE + 1, URGE + 7])
def test_a_button_carries_every_step_and_none_as_another(step: int) -> None:
    assert step_carried(carried(step)) == step
    assert carried(step) >= 0


@pytest.mark.parametrize(
    ("now", "leaves"),
    [
        (datetime(2024, 2, 5, 9), datetime(2024, 2, 5, 9)),
        (datetime(2024, 2, 5, 6), datetime(2024, 2, 5, 7, 30)),
        (datetime(2024, 2, 5, 17), datetime(2024, 2, 6, 7, 30)),
        (datetime(2024, 2, 7, 20), datetime(2024, 2, 15, 7, 30)),  # the evening before Tết
        (datetime(2024, 2, 10, 9), datetime(2024, 2, 15, 7, 30)),
    ],
)
def test_what_is_let_go_leaves_at_the_next_hour_at_which_offices_are_written_to(
    now: datetime, leaves: datetime
) -> None:
    assert leaves_at(CALENDAR, now) == leaves


def test_of_a_window_and_a_quarter_the_steps_count_to_the_last_day() -> None:
    assert ladder(Window(first="08-15", last="09-01"), 2026, steps=(10, 0), overdue_steps=(1,)) == {
        # Saturday 22/8 is worked for Monday 31/8: 27, 26, 25, 24, 22, 21, 20, 19, 18, 17 August.
        10: "17/08",
        0: "28/08",
        -1: "03/09",
    }
    assert ladder(InQuarter(quarter=3), 2025, steps=(5, 0), overdue_steps=(1,)) == {5: "23/09", 0: "30/09", -1: "01/10"}


def test_a_step_in_a_year_without_calendar_does_not_keep_the_others_back() -> None:
    # “trước ngày 30/01” 2023: twenty working days before 27/01 lie in 2022, which has no calendar.
    days = ladder(Annual(before="01-30"), 2023)
    assert days == {10: "06/01", 5: "13/01", 2: "18/01", 1: "19/01", 0: "27/01", -1: "30/01", -5: "03/02"}
    assert list(ladder(Annual(by="12-29"), 2028, steps=(1, 0), overdue_steps=(1, 5))) == [1, 0]


def test_a_step_written_twice_is_one_and_no_notice_is_overdue_on_the_day_itself() -> None:
    of = PLAN.milestone("bao_cao_nam").model_copy(update={"steps": (1, 1, 0), "overdue_steps": (0, 1, 1)})
    made = rungs(of, deadline(of, 2024), CALENDAR)
    assert [(rung.step, f"{rung.day:%d/%m}") for rung in made] == [(1, "27/09"), (0, "30/09"), (-1, "01/10")]


def test_a_date_counted_from_another_milestone_has_its_ladder_too() -> None:
    # Ten days after 14/02/2025 is Monday 24/02.
    rule = Relative(number=10, side="after", to="dang_ky")
    of = PLAN.milestone("ho_so").model_copy(update={"date": rule, "steps": (5, 0), "overdue_steps": ()})
    assert [f"{rung.day:%d/%m}" for rung in rungs(of, deadline(of, 2025), CALENDAR)] == ["17/02", "24/02"]


def test_a_plan_may_have_no_steps_at_all() -> None:
    of = PLAN.milestone("dang_ky").model_copy(update={"steps": (), "overdue_steps": ()})
    assert rungs(of, deadline(of, 2024), CALENDAR) == ()


def test_a_last_working_day_that_is_the_last_day_is_step_nought() -> None:
    of = PLAN.milestone("bao_cao_nam")
    found = deadline(of, 2024)
    assert found.last_day == found.last_working_day == date(2024, 9, 30)
    assert rungs(of, found, CALENDAR)[5].day == date(2024, 9, 30)


def test_the_hours() -> None:
    assert (SEND_FROM.isoformat(), SEND_AT.isoformat(), SEND_UNTIL.isoformat()) == ("07:30:00", "08:00:00", "17:00:00")


@pytest.mark.parametrize(
    ("sent", "step"),
    [
        (datetime(2024, 1, 24, 8), 5),
        (datetime(2024, 2, 5, 7, 40), 2),  # something else, this very morning
        (datetime(2024, 2, 5, 8), 1),
        (datetime(2024, 2, 6, 8), None),  # next is the last working day, which is left out for nobody
        (datetime(2024, 2, 7, 8), -1),
        (datetime(2024, 6, 1, 8), None),
    ],
)
def test_a_receipt_leaves_the_next_reminder_out_but_never_that_of_the_last_working_day(
    sent: datetime, step: int | None
) -> None:
    of = PLAN.milestone("dang_ky")
    found = left_out(rungs(of, deadline(of, 2024), CALENDAR), sent)
    assert (found.step if found is not None else None) == step
