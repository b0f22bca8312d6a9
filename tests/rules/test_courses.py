"""Which unit has which date: kinds with dates of their own, and single units that were given more time."""

from __future__ import annotations

from datetime import UTC, date, datetime

from bot.plan.calendars import load_years
from bot.plan.dates import Annual, Exception_
from bot.rules.calendar import Calendar
from bot.rules.courses import courses
from tests.world import ROOT, plan

CALENDAR = Calendar(load_years(ROOT / "plans" / "calendars"))
PLAN = plan("van-ninh")
USUAL, SCHOOLS, LATER = date(2024, 2, 14), date(2024, 3, 14), date(2024, 4, 1)
AT = datetime(2024, 1, 5, tzinfo=UTC)
SCHOOL, COMMUNE = "truong", "xa"

WITH_SCHOOLS = PLAN.milestone("dang_ky").model_copy(
    update={"exceptions": (Exception_(unit_kinds=(SCHOOL,), date=Annual(before="03-15")),)}
)


def whose(given: dict[int, date]) -> dict[date, set[tuple[int, str]]]:
    """By date, which of the communes 1 to 3 and the schools 7 and 8 have it."""
    laid = {unit: (until, AT) for unit, until in given.items()}
    of = {1: COMMUNE, 2: COMMUNE, 3: COMMUNE, 7: SCHOOL, 8: SCHOOL}
    found = courses(PLAN, WITH_SCHOOLS, 2024, CALENDAR, laid)
    assert len({c.key for c in found}) == len(found), "a date is one course: its steps are noted by it"
    had = {c.key: {(id, kind) for id, kind in of.items() if c.concerns(id, kind)} for c in found}
    assert sum(map(len, had.values())) == len(of), "every unit has one date"
    return had


def numbers(given: dict[int, date]) -> dict[date, set[int]]:
    return {day: {id for id, _ in units} for day, units in whose(given).items()}


def test_without_extensions_the_kinds_decide() -> None:
    assert numbers({}) == {USUAL: {1, 2, 3}, SCHOOLS: {7, 8}}


def test_a_unit_that_is_given_time_leaves_the_others() -> None:
    assert numbers({1: LATER}) == {USUAL: {2, 3}, SCHOOLS: {7, 8}, LATER: {1}}
    assert numbers({1: LATER, 7: LATER}) == {USUAL: {2, 3}, SCHOOLS: {8}, LATER: {1, 7}}


def test_a_day_that_others_have_already_is_one_date_with_theirs() -> None:
    assert numbers({1: SCHOOLS}) == {USUAL: {2, 3}, SCHOOLS: {1, 7, 8}}
    assert numbers({7: USUAL}) == {USUAL: {1, 2, 3, 7}, SCHOOLS: {8}}
    assert numbers({1: USUAL}) == {USUAL: {1, 2, 3}, SCHOOLS: {7, 8}}
    assert numbers({1: SCHOOLS, 7: USUAL, 2: LATER}) == {USUAL: {3, 7}, SCHOOLS: {1, 8}, LATER: {2}}


def test_an_extension_knows_since_when_and_that_it_is_one() -> None:
    (given,) = [c for c in courses(PLAN, WITH_SCHOOLS, 2024, CALENDAR, {1: (LATER, AT)}) if c.is_given]
    assert (given.since, given.due.extended, given.due.last_day) == (AT, True, LATER)
    assert not any(c.is_given for c in courses(PLAN, WITH_SCHOOLS, 2024, CALENDAR))


def test_a_unit_may_be_given_a_day_for_what_has_none() -> None:
    undated = next(m for m in plan("ninh-thuan").occasions if m.owed_by == "every_unit" and m.date.kind == "every")
    (only,) = courses(plan("ninh-thuan"), undated, 2024, CALENDAR, {1: (LATER, AT)})
    assert (only.key, only.concerns(1, "so"), only.concerns(2, "so")) == (LATER, True, False)
