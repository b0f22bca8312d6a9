"""Deadlines and working days: the table that was computed by hand, row by row, and the files it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import PlanWrong
from bot.plan.calendars import load_years
from bot.plan.dates import (
    Annual,
    AtAnyTime,
    ByReference,
    DateRule,
    Every,
    Exception_,
    Fixed,
    InMonth,
    InQuarter,
    Milestone,
    Notice,
    Occurrence,
    Relative,
    Unspecified,
    Window,
    in_period,
)
from bot.plan.model import Document, FieldOfWork, Plan, SubjectKind
from bot.rules.calendar import Calendar, Deadline, MissingCalendar, Undated, due, lateness

FOLDER = Path("plans/calendars")
CALENDAR = Calendar(load_years(FOLDER))


def plan(*milestones: Milestone, occurrences: Sequence[Occurrence] = (), notices: Sequence[Notice] = ()) -> Plan:
    return Plan(
        id="nho",
        name="Kế hoạch nhỏ",
        document=Document(kind="Kế hoạch", title="Kế hoạch nhỏ", issuer="UBND xã"),
        valid_from="2023",
        subjects=(SubjectKind(id="tap_the", name="Tập thể"),),
        fields=(FieldOfWork(id="kinh_te", name="kinh tế"),),
        milestones=milestones,
        occurrences=tuple(occurrences),
        notices=tuple(notices),
    )


def milestone(date: DateRule, id: str = "nop", exceptions: Sequence[Exception_] = (), form: str = "") -> Milestone:
    return Milestone(id=id, name=id, date=date, exceptions=tuple(exceptions), form=form)


def fall(rule: DateRule, year: int) -> Deadline | Undated | None:
    """What the rule means for a plan's only milestone."""
    one = milestone(rule)
    return due(plan(one), one, year, CALENDAR)


def last(found: Deadline | Undated | None) -> str:
    """The last calendar day, and the last working day where that is another."""
    assert isinstance(found, Deadline)
    if found.last_day == found.last_working_day:
        return str(found.last_day)
    return f"{found.last_day} → {found.last_working_day}"


def each(of: Milestone, year: int) -> dict[str, str]:
    """The last days of a periodic duty, by period."""
    whole = plan(of)
    return {one.period: last(due(whole, one, year, CALENDAR)) for one in whole.occasions}


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


@pytest.mark.parametrize(("rule", "year", "day", "worked"), TABLE)
def test_the_table_of_deadlines(rule: str, year: int, day: str, worked: str) -> None:
    assert fall(Annual(before=rule), year) == Deadline(
        before=date.fromisoformat(f"{year}-{rule}"),
        first_day=None,
        last_day=date.fromisoformat(f"{year}-{day}"),
        last_working_day=date.fromisoformat(f"{year}-{worked}"),
        # From 2027 nothing is announced, and 24 November still waits for its law.
        predicted=year >= 2027 or (year, rule) == (2026, "11-25"),
    )


def test_a_day_itself_counts_where_the_document_says_by_and_not_where_it_says_before() -> None:
    assert fall(Annual(by="02-15"), 2026) == Deadline(None, None, date(2026, 2, 15), date(2026, 2, 13), False)
    assert fall(Annual(before="02-15"), 2026) == Deadline(
        date(2026, 2, 15), None, date(2026, 2, 14), date(2026, 2, 13), False
    )
    assert last(fall(Annual(before="03-01"), 2024)) == "2024-02-29"
    assert last(fall(Annual(before="03-01"), 2025)) == "2025-02-28"
    assert last(fall(Annual(before="01-01"), 2025)) == "2024-12-31"


def test_the_29th_of_february_is_the_months_last_day_in_other_years() -> None:
    assert [last(fall(Annual(by="02-29"), year)) for year in (2024, 2025)] == ["2024-02-29", "2025-02-28"]
    assert [last(fall(Annual(before="02-29"), year)) for year in (2024, 2025)] == ["2024-02-28", "2025-02-28"]
    assert last(fall(Window(first="02-10", last="02-29"), 2025)) == "2025-02-28"


def test_a_day_of_the_next_year_belongs_to_the_season_before_it() -> None:
    # 10/01/2026 is a Saturday.
    assert last(fall(Annual(before="01-10", next_year=True), 2024)) == "2025-01-09"
    assert last(fall(Annual(by="01-10", next_year=True), 2025)) == "2026-01-10 → 2026-01-09"
    assert last(fall(InQuarter(quarter=1, next_year=True), 2024)) == "2025-03-31"
    report = Fixed(before=date(2024, 1, 10), next_year=True)
    assert last(fall(report, 2023)) == "2024-01-09"
    assert fall(report, 2024) is None


def test_one_string_with_three_dates_is_three_milestones_of_their_year_alone() -> None:
    # “trước ngày 20/(3/6/9)/2023”, and the report of the year before 25/11/2023.
    days = {"quy_1": (3, 20), "sau_thang": (6, 20), "chin_thang": (9, 20), "nam": (11, 25)}
    whole = plan(*(milestone(Fixed(before=date(2023, *day)), id) for id, day in days.items()))
    assert {one.id: last(due(whole, one, 2023, CALENDAR)) for one in whole.occasions} == {
        "quy_1": "2023-03-19 → 2023-03-17",
        "sau_thang": "2023-06-19",
        "chin_thang": "2023-09-19",
        "nam": "2023-11-24",
    }
    assert [due(whole, one, year, CALENDAR) for one in whole.occasions for year in (2022, 2024)] == [None] * 8
    assert last(fall(Fixed(by=date(2023, 3, 20)), 2023)) == "2023-03-20"


def test_a_window_has_a_first_and_a_last_day_both_included() -> None:
    assert fall(Window(first="08-15", last="09-01"), 2026) == Deadline(
        None, date(2026, 8, 15), date(2026, 9, 1), date(2026, 8, 28), False
    )
    once = Window(first="2024-10-01", last="2024-10-15")
    assert fall(once, 2024) == Deadline(None, date(2024, 10, 1), date(2024, 10, 15), date(2024, 10, 15), False)
    assert fall(once, 2025) is None
    assert fall(Window(first="01-05", last="01-10", next_year=True), 2024) == Deadline(
        None, date(2025, 1, 5), date(2025, 1, 10), date(2025, 1, 10), False
    )


def test_a_window_may_go_over_the_new_year() -> None:
    # 10/01/2026 is a Saturday.
    assert fall(Window(first="12-15", last="01-10"), 2025) == Deadline(
        None, date(2025, 12, 15), date(2026, 1, 10), date(2026, 1, 9), False
    )
    once = Window(first="2025-12-15", last="2026-01-10")
    assert fall(once, 2025) == fall(Window(first="12-15", last="01-10"), 2025)
    assert fall(once, 2026) is None


def test_a_quarter_and_a_month() -> None:
    assert fall(InQuarter(quarter=3), 2024) == Deadline(
        None, date(2024, 7, 1), date(2024, 9, 30), date(2024, 9, 30), False
    )
    assert fall(InQuarter(quarter=4), 2028) == Deadline(
        None, date(2028, 10, 1), date(2028, 12, 31), date(2028, 12, 29), True
    )
    month = InMonth(month="2026-09")
    assert fall(month, 2026) == Deadline(None, date(2026, 9, 1), date(2026, 9, 30), date(2026, 9, 30), False)
    assert fall(month, 2025) is None
    assert fall(InMonth(month="2024-02"), 2024) == Deadline(
        None, date(2024, 2, 1), date(2024, 2, 29), date(2024, 2, 29), False
    )
    assert last(fall(InMonth(month="02"), 2025)) == "2025-02-28"


def test_a_periodic_duty_with_a_day_falls_due_in_the_last_month_of_each_period() -> None:
    assert each(milestone(Every(every="quarter", before_day=20)), 2023) == {
        "q1": "2023-03-19 → 2023-03-17",
        "q2": "2023-06-19",
        "q3": "2023-09-19",
        "q4": "2023-12-19",
    }
    assert each(milestone(Every(every="half_year", by_day=15)), 2024) == {
        "h1": "2024-06-15 → 2024-06-14",
        "h2": "2024-12-15 → 2024-12-13",
    }
    months = each(milestone(Every(every="month", by_day=25)), 2025)
    assert list(months) == [f"m{number:02}" for number in range(1, 13)]
    assert months["m01"] == "2025-01-25 → 2025-01-24"
    yearly = milestone(Every(every="year", before_day=10))
    assert plan(yearly).occasions == (yearly,)
    assert last(due(plan(yearly), yearly, 2025, CALENDAR)) == "2025-12-09"


@pytest.mark.parametrize(
    ("rule", "february", "june", "december"),
    [
        # Of “chậm nhất ngày 31” a shorter month has its last day; “trước ngày 31” still ends before the month does.
        (Every(every="month", by_day=31), "28 29", "30", "31"),
        (Every(every="month", by_day=30), "28 29", "30", "30"),
        (Every(every="month", before_day=31), "28 29", "30", "30"),
        (Every(every="month", before_day=30), "28 29", "29", "29"),
        (Every(every="month", before_day=29), "28 28", "28", "28"),
    ],
)
def test_a_day_that_short_months_do_not_have(rule: Every, february: str, june: str, december: str) -> None:
    common, leap = (
        {month: found.split(" ")[0][-2:] for month, found in each(milestone(rule), year).items()}
        for year in (2025, 2024)
    )
    assert f"{common['m02']} {leap['m02']}" == february
    assert (common["m06"], common["m12"]) == (june, december)


@pytest.mark.parametrize("of", ["month", "quarter", "half_year", "year"])
@pytest.mark.parametrize("day", range(1, 32))
def test_every_occasion_is_given_a_day_that_exists(
    of: Literal["month", "quarter", "half_year", "year"], day: int
) -> None:
    for rule in (Every(every=of, before_day=day), Every(every=of, by_day=day)):
        for one in plan(milestone(rule)).occasions:
            annual = in_period(one.date, one.period)
            assert isinstance(annual, Annual)
            assert date.fromisoformat(f"2024-{annual.before or annual.by}")


def test_a_periodic_duty_without_a_day_has_none_in_any_period() -> None:
    quarterly = milestone(Every(every="quarter"), form="bao_cao")
    whole = plan(quarterly)
    assert [one.id for one in whole.occasions] == ["nop_q1", "nop_q2", "nop_q3", "nop_q4"]
    assert {due(whole, one, 2024, CALENDAR) for one in whole.occasions} == {Undated("unspecified")}
    assert fall(Every(every="month"), 2024) == Undated("unspecified")


def test_a_periodic_duty_as_written_has_no_one_day() -> None:
    with pytest.raises(ValueError, match="once per period"):
        fall(Every(every="quarter", before_day=20), 2024)


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        (Unspecified(), Undated("unspecified")),
        (AtAnyTime(), Undated("any_time")),
        (ByReference(reference="kh_44"), Undated("reference", "kh_44")),
        (Relative(number=3, to="nowhere"), Undated("waiting", "nowhere")),
    ],
)
def test_what_has_no_day_says_why(rule: DateRule, why: Undated) -> None:
    assert fall(rule, 2024) == why


def counted(rule: Relative, on: dict[int, date], year: int = 2024) -> Deadline | Undated | None:
    """The rule counted from an occurrence with these days."""
    one = milestone(rule)
    whole = plan(one, occurrences=[Occurrence(id="su_kien", name="Hội nghị", on=on)])
    return due(whole, one, year, CALENDAR)


def test_days_are_counted_from_the_next_day_on() -> None:
    friday = {2024: date(2024, 3, 15)}
    # “03 ngày làm việc kể từ ngày nhận”, received on a Friday: Monday is the first of them.
    within = Relative(number=3, unit="working_days", side="after", to="su_kien")
    assert last(counted(within, friday)) == "2024-03-20"
    assert last(counted(within, {2024: date(2024, 3, 16)})) == "2024-03-20"  # received on the Saturday
    assert last(counted(Relative(number=3, side="after", to="su_kien"), friday)) == "2024-03-18"
    assert last(counted(Relative(number=10, to="su_kien"), friday)) == "2024-03-05"
    assert last(counted(Relative(number=10, unit="working_days", to="su_kien"), friday)) == "2024-03-01"
    nought = Relative(number=0, unit="working_days", to="su_kien")
    assert last(counted(nought, {2024: date(2024, 3, 16)})) == "2024-03-15"


def test_what_is_posted_for_so_many_days_has_a_first_and_a_last_one() -> None:
    posted = counted(Relative(number=5, side="for", to="su_kien"), {2024: date(2024, 3, 15)})
    assert posted == Deadline(None, date(2024, 3, 15), date(2024, 3, 20), date(2024, 3, 20), False)


@pytest.mark.parametrize(
    ("number", "side", "start", "end"),
    [
        (6, "after", date(2024, 8, 31), "2025-02-28"),
        (6, "before", date(2024, 8, 31), "2024-02-29"),
        (1, "after", date(2024, 12, 16), "2025-01-16"),
        (1, "before", date(2024, 1, 31), "2023-12-31 → 2023-12-29"),
    ],
)
def test_months_end_on_the_same_number_or_on_the_months_last_day(
    number: int, side: Literal["before", "after"], start: date, end: str
) -> None:
    assert last(counted(Relative(number=number, unit="months", side=side, to="su_kien"), {2024: start})) == end


def test_working_days_step_over_tet() -> None:
    # Offices are closed from 8 to 14 February 2024.
    before_tet = {2024: date(2024, 2, 6)}
    assert (
        last(counted(Relative(number=3, unit="working_days", side="after", to="su_kien"), before_tet)) == "2024-02-16"
    )
    after_tet = {2024: date(2024, 2, 16)}
    assert last(counted(Relative(number=3, unit="working_days", to="su_kien"), after_tet)) == "2024-02-06"


def test_an_occurrence_that_is_not_known_in_that_year_is_waited_for() -> None:
    rule = Relative(number=10, to="su_kien")
    assert counted(rule, {2024: date(2024, 6, 20)}, 2025) == Undated("waiting", "su_kien")
    assert counted(rule, {}, 2024) == Undated("waiting", "su_kien")


def test_working_days_counted_over_predicted_days_are_predicted() -> None:
    # 24/11/2026 waits for its law; from 20/11 the third working day is 25 or 26 November, according to it.
    start = {2026: date(2026, 11, 20)}
    third = counted(Relative(number=3, unit="working_days", side="after", to="su_kien"), start, 2026)
    assert isinstance(third, Deadline)
    assert (third.last_day, third.predicted) == (date(2026, 11, 26), True)
    sixth = counted(Relative(number=6, unit="days", side="after", to="su_kien"), start, 2026)
    assert isinstance(sixth, Deadline)
    assert (sixth.last_day, sixth.predicted) == (date(2026, 11, 26), False)


def test_phases_in_working_days_follow_one_another() -> None:
    # Decision on Friday 26/01/2024; 05 working days to collect, 10 to appraise (across Tết), 03 to post.
    def phase(number: int, to: str) -> Relative:
        return Relative(number=number, unit="working_days", side="for", to=to)

    whole = plan(
        milestone(phase(5, "quyet_dinh"), "thu"),
        milestone(phase(10, "thu"), "tham_dinh"),
        milestone(phase(3, "tham_dinh"), "niem_yet"),
        occurrences=[Occurrence(id="quyet_dinh", name="Quyết định", on={2024: date(2024, 1, 26)})],
    )
    phases = [due(whole, one, 2024, CALENDAR) for one in whole.occasions]
    assert phases == [
        Deadline(None, date(2024, 1, 26), date(2024, 2, 2), date(2024, 2, 2), False),
        # 5, 6, 7 February, then from the 15th: 15, 16, 19, 20, 21, 22, 23.
        Deadline(None, date(2024, 2, 2), date(2024, 2, 23), date(2024, 2, 23), False),
        Deadline(None, date(2024, 2, 23), date(2024, 2, 28), date(2024, 2, 28), False),
    ]
    # Nobody knows a later phase while the first is waited for.
    assert due(whole, whole.occasion("niem_yet"), 2025, CALENDAR) == Undated("waiting", "tham_dinh")


def test_a_phase_after_a_predicted_one_is_predicted() -> None:
    whole = plan(
        milestone(Relative(number=3, unit="working_days", side="after", to="su_kien"), "a"),
        milestone(Relative(number=7, side="after", to="a"), "b"),
        occurrences=[Occurrence(id="su_kien", name="Hội nghị", on={2026: date(2026, 11, 20)})],
    )
    found = due(whole, whole.occasion("b"), 2026, CALENDAR)
    assert found == Deadline(None, None, date(2026, 12, 3), date(2026, 12, 3), True)


def test_before_another_milestone_is_before_it_begins_and_after_it_when_it_has_ended() -> None:
    conference = milestone(Window(first="12-16", last="12-18"), "hoi_nghi")
    papers = milestone(Relative(number=10, to="hoi_nghi"), "tai_lieu")
    minutes = milestone(Relative(number=5, side="after", to="hoi_nghi"), "bien_ban")
    whole = plan(conference, papers, minutes)
    assert last(due(whole, papers, 2024, CALENDAR)) == "2024-12-06"
    assert last(due(whole, minutes, 2024, CALENDAR)) == "2024-12-23"


def test_what_hangs_on_a_milestone_of_another_year_is_not_of_this_one() -> None:
    once = milestone(Fixed(before=date(2023, 11, 25)), "mot_lan")
    after = milestone(Relative(number=5, side="after", to="mot_lan"), "sau")
    whole = plan(once, after)
    assert last(due(whole, after, 2023, CALENDAR)) == "2023-11-29"
    assert due(whole, after, 2024, CALENDAR) is None


def test_a_circle_of_dates_ends_in_waiting() -> None:
    whole = plan(
        milestone(Relative(number=1, to="b"), "a"),
        milestone(Relative(number=1, to="a"), "b"),
        milestone(Relative(number=1, to="c"), "c"),
    )
    assert all(isinstance(due(whole, one, year, CALENDAR), Undated) for one in whole.occasions for year in (2024, 2025))


MONTH_DAYS = st.dates(date(2024, 1, 1), date(2024, 12, 31)).map(lambda day: f"{day:%m-%d}")
RULES: st.SearchStrategy[DateRule] = st.one_of(
    st.builds(Annual, before=MONTH_DAYS, next_year=st.booleans()),
    st.builds(Annual, by=MONTH_DAYS, next_year=st.booleans()),
    st.builds(Window, first=MONTH_DAYS, last=MONTH_DAYS, next_year=st.booleans()),
    st.builds(InQuarter, quarter=st.integers(1, 4), next_year=st.booleans()),
    st.builds(InMonth, month=st.integers(1, 12).map("{:02}".format)),
    st.builds(
        Relative,
        number=st.integers(0, 100),
        unit=st.sampled_from(["days", "working_days"]),
        side=st.sampled_from(["before", "after", "for"]),
        to=st.sampled_from(["su_kien", "khac"]),
    ),
)


@given(RULES, RULES, st.integers(2024, 2025))
def test_whatever_the_rule_its_days_fit_together(rule: DateRule, other: DateRule, year: int) -> None:
    one, another = milestone(rule), milestone(other, "khac")
    whole = plan(one, another, occurrences=[Occurrence(id="su_kien", name="Hội nghị", on={2025: date(2025, 6, 20)})])
    found = due(whole, one, year, CALENDAR)
    if not isinstance(found, Deadline):
        assert found == Undated("waiting", found.on if found else "")
        return
    assert CALENDAR.is_working(found.last_working_day)
    assert found.last_working_day == CALENDAR.last_working_day(found.last_day)
    assert found.before in (None, found.last_day + timedelta(days=1))
    assert found.first_day is None or found.first_day <= found.last_day


def notice(rule: DateRule, of: str = "nop", year: int = 2025, document: str = "Công văn 12/UBND-NV") -> Notice:
    return Notice(milestone=of, year=year, date=rule, document=document)


def test_a_notice_sets_one_year_and_is_named() -> None:
    one = milestone(Annual(before="02-15"))
    whole = plan(one, notices=[notice(Annual(before="02-20"))])
    assert due(whole, one, 2025, CALENDAR) == Deadline(
        date(2025, 2, 20), None, date(2025, 2, 19), date(2025, 2, 19), False, "Công văn 12/UBND-NV"
    )
    assert due(whole, one, 2024, CALENDAR) == fall(Annual(before="02-15"), 2024)
    later = plan(one, notices=[notice(Annual(before="02-20")), notice(Annual(by="02-28"), document="Công văn 15")])
    assert last(due(later, one, 2025, CALENDAR)) == "2025-02-28"
    put_off = plan(one, notices=[notice(Unspecified())])
    assert due(put_off, one, 2025, CALENDAR) == Undated("unspecified", notice="Công văn 12/UBND-NV")
    elsewhere = plan(one, notices=[notice(Fixed(by=date(2025, 3, 3)))])
    assert last(due(elsewhere, one, 2025, CALENDAR)) == "2025-03-03"


def test_a_notice_may_count_from_the_date_that_it_moves() -> None:
    one = milestone(Annual(before="02-15"))
    whole = plan(one, notices=[notice(Relative(number=10, side="after", to="nop"))])
    found = due(whole, one, 2025, CALENDAR)
    assert last(found) == "2025-02-24"
    assert isinstance(found, Deadline)
    assert found.notice == "Công văn 12/UBND-NV"


def test_what_is_counted_from_a_milestone_follows_its_notice() -> None:
    one = milestone(Annual(before="02-15"))
    after = milestone(Relative(number=5, side="after", to="nop"), "tong_hop")
    whole = plan(one, after, notices=[notice(Annual(before="02-20"))])
    found = due(whole, after, 2025, CALENDAR)
    assert last(found) == "2025-02-24"
    assert isinstance(found, Deadline)
    assert found.notice == "Công văn 12/UBND-NV"
    assert last(due(whole, after, 2024, CALENDAR)) == "2024-02-19"


def test_a_notice_for_one_period_stands_above_one_for_all_of_them() -> None:
    quarterly = milestone(Every(every="quarter", before_day=20))
    whole = plan(
        quarterly,
        notices=[
            notice(Annual(before="03-25"), "nop_q1", document="về quý I"),
            notice(Every(every="quarter", before_day=15), document="về cả năm"),
        ],
    )
    found = [due(whole, one, 2025, CALENDAR) for one in whole.occasions]
    assert [last(one) for one in found] == [
        "2025-03-24",
        "2025-06-14 → 2025-06-13",
        "2025-09-14 → 2025-09-12",
        "2025-12-14 → 2025-12-12",
    ]
    assert [one.notice for one in found if isinstance(one, Deadline)] == ["về quý I", *["về cả năm"] * 3]


def test_an_exception_is_for_its_kinds_of_unit_alone() -> None:
    schools = Exception_(unit_kinds=("truong_hoc", "phong_gd"), date=Annual(before="07-10"))
    one = milestone(Annual(before="02-15"), exceptions=[schools])
    whole = plan(one)
    days = {kind: last(due(whole, one, 2025, CALENDAR, kind)) for kind in ("", "xa", "truong_hoc", "phong_gd")}
    assert days == {"": "2025-02-14", "xa": "2025-02-14", "truong_hoc": "2025-07-09", "phong_gd": "2025-07-09"}


def test_an_exception_to_a_periodic_duty_is_periodic_too() -> None:
    schools = Exception_(unit_kinds=("truong_hoc",), date=Every(every="quarter", by_day=31))
    whole = plan(milestone(Every(every="quarter", before_day=20), exceptions=[schools]))
    assert [last(due(whole, one, 2025, CALENDAR, "truong_hoc"))[:10] for one in whole.occasions] == [
        "2025-03-31",
        "2025-06-30",
        "2025-09-30",
        "2025-12-31",
    ]
    assert last(due(whole, whole.occasions[0], 2025, CALENDAR, "xa")) == "2025-03-19"


def test_a_date_that_the_document_calls_provisional_stays_so_until_a_notice_sets_it() -> None:
    one = milestone(Annual(before="06-20")).model_copy(update={"planned": True})
    whole = plan(one, notices=[notice(Annual(before="06-25"))])
    found = [due(whole, one, year, CALENDAR) for year in (2024, 2025)]
    assert [one.planned for one in found if isinstance(one, Deadline)] == [True, False]


def test_what_is_counted_from_a_provisional_date_is_provisional_too() -> None:
    one = milestone(Annual(before="06-20")).model_copy(update={"planned": True})
    after = milestone(Relative(number=5, side="after", to="nop"), "sau")
    put_off = notice(Relative(number=3, side="after", to="nop"))
    whole = plan(one, after, notices=[put_off])
    found = [due(whole, of, year, CALENDAR) for year in (2024, 2025) for of in (one, after)]
    assert [(str(at.last_day), at.planned) for at in found if isinstance(at, Deadline)] == [
        ("2024-06-19", True),
        ("2024-06-24", True),
        ("2025-06-22", False),
        ("2025-06-27", False),
    ]


def test_what_comes_right_after_a_last_day_off_is_left_to_a_person() -> None:
    # “trước ngày 01/9” 2026: 31/8 was swapped off, 1 and 2 September are off; offices open on Thursday the 3rd.
    found = fall(Annual(before="09-01"), 2026)
    assert isinstance(found, Deadline)
    came = {day: lateness(found, date(2026, 9, day), CALENDAR) for day in (1, 3, 4)}
    assert came == {1: "doubtful", 3: "doubtful", 4: "late"}
    assert lateness(found, date(2026, 8, 31), CALENDAR) == "in_time"
    worked = fall(Annual(before="10-01"), 2026)
    assert isinstance(worked, Deadline)
    assert lateness(worked, date(2026, 10, 1), CALENDAR) == "late"


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
        fall(Annual(before="02-15"), 2029)
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
    assert all(off.source and off.name for year in years for off in year.off)
    assert all(worked.source and worked.name for year in years for worked in year.worked)


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
