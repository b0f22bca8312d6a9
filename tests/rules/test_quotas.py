"""Quotas: how many places each wording gives, and what more than that means."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bot.plan.levels import Exemption, Quota
from bot.rules.quotas import Excess, Places, excess, limits, places
from bot.rules.undetermined import Undetermined

TWENTY = Quota(subjects=("tap_the",), percent=Decimal(20))


def test_a_number_is_for_its_own_kind_alone() -> None:
    both = Quota(subjects=("tap_the", "ca_nhan"), number=3)
    assert places(both, subject="tap_the") == Places(3)
    assert places(both, subject="ca_nhan") == Places(3)
    assert places(both, subject="ho_gia_dinh") == Undetermined("no_quota", "ho_gia_dinh")


def test_kinds_that_share_have_their_places_together() -> None:
    # “01 tập thể hoặc cá nhân”
    shared = Quota(subjects=("tap_the", "ca_nhan"), shared=True, number=1, per="unit")
    assert places(shared, subject="ca_nhan") == Places(1, together=("tap_the", "ca_nhan"))


def test_a_range_has_a_least_and_a_most() -> None:
    between = places(Quota(subjects=("tap_the",), at_least=1, at_most=3), subject="tap_the")
    assert between == Places(3, 1)
    assert isinstance(between, Places)
    assert [between.missing(chosen) for chosen in (0, 1, 4)] == [1, 0, 0]
    assert places(Quota(subjects=("tap_the",), at_most=2, per="body"), subject="tap_the") == Places(2)
    assert places(Quota(subjects=("tap_the",), at_least=2), subject="tap_the") == Places(None, 2)


@pytest.mark.parametrize(("candidates", "given"), [(0, 0), (4, 0), (5, 1), (9, 1), (10, 2), (14, 2), (100, 20)])
def test_a_share_is_rounded_down(candidates: int, given: int) -> None:
    counted = {"tap_the": candidates, "ca_nhan": 1000}
    assert places(TWENTY, subject="tap_the", candidates=counted) == Places(given)


def test_a_share_is_of_candidates_units_the_cluster_or_a_grade() -> None:
    of_units = Quota(subjects=("tap_the",), percent=Decimal("12.5"), of="units")
    assert places(of_units, subject="tap_the", units=17) == Places(2)
    of_cluster = of_units.model_copy(update={"per": "cluster"})
    assert places(of_cluster, subject="tap_the", units=17, cluster_size=8) == Places(1)
    assert places(of_cluster, subject="tap_the", units=17) == Undetermined("not_counted", "units")
    of_grade = TWENTY.model_copy(update={"of": "grade:xuat_sac"})
    assert places(of_grade, subject="tap_the", graded={"xuat_sac": 11, "tot": 40}) == Places(2)
    assert places(of_grade, subject="tap_the", graded={"xuat_sac": 0}) == Places(0)
    assert places(of_grade, subject="tap_the", graded={"tot": 40}) == Undetermined("not_counted", "xuat_sac")


def test_a_shared_share_is_of_all_who_share_it() -> None:
    shared = Quota(subjects=("tap_the", "ca_nhan"), shared=True, percent=Decimal(20))
    counted = {"tap_the": 4, "ca_nhan": 6, "ho_gia_dinh": 90}
    assert places(shared, subject="tap_the", candidates=counted) == Places(2, together=("tap_the", "ca_nhan"))


@pytest.mark.parametrize(("candidates", "given"), [(0, 0), (1, 1), (4, 1), (5, 1), (10, 2)])
def test_fewer_than_five_are_guaranteed_one(candidates: int, given: int) -> None:
    # “20 %; nơi có dưới 05 thì được chọn 01”
    small = TWENTY.model_copy(update={"small_below": 5, "small_number": 1})
    assert places(small, subject="tap_the", candidates={"tap_the": candidates}) == Places(given)


def test_what_is_guaranteed_takes_nothing_from_a_larger_share() -> None:
    half = Quota(subjects=("tap_the",), percent=Decimal(50), small_below=5, small_number=1)
    assert [places(half, subject="tap_the", candidates={"tap_the": n}) for n in (1, 4)] == [Places(1), Places(2)]


def test_a_share_may_have_bounds() -> None:
    bounded = TWENTY.model_copy(update={"at_least": 1, "at_most": 5})
    found = [places(bounded, subject="tap_the", candidates={"tap_the": n}) for n in (3, 20, 60)]
    assert found == [Places(1, 1), Places(4, 1), Places(5, 1)]


def test_units_that_are_named_have_their_own_number_and_the_others_the_usual_one() -> None:
    named = Quota(
        subjects=("tap_the",),
        per="unit",
        at_most=2,
        exceptions=(Exemption(units=("van-gia", "dai-lanh"), number=4), Exemption(units=("van-tho",), number=0)),
    )
    found = {unit: places(named, subject="tap_the", unit=unit) for unit in ("van-gia", "van-tho", "van-long")}
    assert found == {"van-gia": Places(4), "van-tho": Places(0), "van-long": Places(2)}
    assert places(named, subject="tap_the") == Undetermined("unit_unnamed", "tap_the")
    twice = named.model_copy(update={"exceptions": (*named.exceptions, Exemption(units=("van-gia",), number=3))})
    assert places(twice, subject="tap_the", unit="van-gia") == Undetermined("two_numbers", "van-gia")


def test_in_exceptional_cases_there_may_be_more_and_a_person_says_so() -> None:
    # “không quá 20 %, trường hợp đặc biệt không quá 25 %” of 40: 8, exceptionally 10.
    quota = TWENTY.model_copy(update={"ceiling_percent": Decimal(25), "beyond": "refuse"})
    given = places(quota, subject="tap_the", candidates={"tap_the": 40})
    assert given == Places(8, exceptional=10)
    assert isinstance(given, Places)
    assert [excess(quota, given, chosen) for chosen in (8, 9, 10, 11)] == [
        None,
        Excess(1, "person", exceptional=True),
        Excess(2, "person", exceptional=True),
        Excess(3, "refuse"),
    ]


def test_the_exceptional_most_is_never_less_than_what_is_guaranteed() -> None:
    quota = TWENTY.model_copy(update={"ceiling_percent": Decimal(25), "small_below": 5, "small_number": 1})
    assert places(quota, subject="tap_the", candidates={"tap_the": 3}) == Places(1, exceptional=1)


@pytest.mark.parametrize("beyond", ["warn", "refuse", "person"])
def test_more_than_places_means_what_the_plan_says(beyond: str) -> None:
    quota = Quota.model_validate({"subjects": ["tap_the"], "number": 3, "beyond": beyond})
    assert excess(quota, Places(3), 3) is None
    assert excess(quota, Places(3), 5) == Excess(2, beyond)  # type: ignore[arg-type]
    assert excess(quota, Places(None, 2), 99) is None


@pytest.mark.parametrize(
    ("numbers", "reason"),
    [
        ({}, "no_number"),
        ({"number": 3, "percent": 20}, "two_numbers"),
        ({"number": 3, "at_most": 5}, "two_numbers"),
        ({"at_least": 3, "at_most": 1}, "two_numbers"),
        ({"percent": 25, "ceiling_percent": 20}, "two_numbers"),
    ],
)
def test_a_quota_that_names_no_number_or_two_is_open(numbers: dict[str, int], reason: str) -> None:
    quota = Quota.model_validate({"subjects": ["tap_the"], **numbers})
    assert places(quota, subject="tap_the", candidates={"tap_the": 10}) == Undetermined(reason, "tap_the")


def test_all_limits_of_a_level_hold_beside_one_another() -> None:
    own = Quota(subjects=("ca_nhan",), number=2)
    shared = Quota(subjects=("tap_the", "ca_nhan"), shared=True, number=5)
    of_a_unit = Quota(subjects=("ca_nhan",), number=1, per="unit")
    together = Places(5, together=("tap_the", "ca_nhan"))
    level = (own, shared, of_a_unit)
    assert limits(level, subject="ca_nhan") == (Places(2), together)
    assert limits(level, subject="tap_the") == (together,)
    assert limits(level, subject="ca_nhan", per="unit") == (Places(1),)
    assert limits(level, subject="tap_the", per="unit") == Undetermined("no_quota", "tap_the")
    assert limits((), subject="tap_the") == Undetermined("no_quota", "tap_the")


def test_two_quotas_for_the_same_places_must_agree() -> None:
    three, five = (Quota(subjects=("tap_the",), number=number) for number in (3, 5))
    assert limits((three, five), subject="tap_the") == Undetermined("two_numbers", "tap_the")
    assert limits((three, three), subject="tap_the") == (Places(3),)
    silent = Quota(subjects=("tap_the",))
    assert limits((three, silent), subject="tap_the") == Undetermined("no_number", "tap_the")
