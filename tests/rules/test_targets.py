"""Targets: “ít nhất từ 01 đến 02 mô hình/năm, không tính cộng dồn, đến năm 2025”."""

from __future__ import annotations

import pytest

from bot.plan.levels import Target
from bot.rules.targets import TargetProgress, concerns, progress

NEW_ONES = Target(id="mo_hinh", at_least=1, ambition=2, counts=("new",), last_year=2025)


@pytest.mark.parametrize(
    ("statuses", "counted", "missing", "ambition_met"),
    [
        ({}, 0, 1, False),
        ({"continuing": 5}, 0, 1, False),
        ({"new": 1, "continuing": 5}, 1, 0, False),
        ({"new": 2}, 2, 0, True),
        ({"new": 7}, 7, 0, True),  # 02 is hoped for, it is no bound
    ],
)
def test_only_new_models_count_and_two_is_an_ambition(
    statuses: dict[str, int], counted: int, missing: int, ambition_met: bool
) -> None:
    found = progress(NEW_ONES, 2025, statuses)
    assert found == TargetProgress(counted, needed=1, missing=missing, over=0, ambition=2, valid=True)
    assert found.ambition_met is ambition_met


def test_after_its_last_year_a_target_has_no_stated_validity_and_nothing_is_missing() -> None:
    found = progress(NEW_ONES, 2026, {"continuing": 3})
    assert (found.valid, found.counted, found.missing) == (False, 0, 0)
    begins = NEW_ONES.model_copy(update={"first_year": 2022})
    assert [progress(begins, year, {}).valid for year in (2021, 2022, 2025, 2026)] == [False, True, True, False]
    assert progress(begins, 2021, {}).missing == 0


def test_a_range_has_a_most_within_its_years() -> None:
    between = Target(id="mo_hinh", at_least=1, at_most=3, last_year=2025)
    assert [progress(between, 2025, {"new": n}).over for n in (0, 3, 5)] == [0, 0, 2]
    assert progress(between, 2026, {"new": 5}).over == 0


def test_a_target_that_names_no_status_counts_every_model() -> None:
    found = progress(Target(id="mo_hinh", at_least=4), 2024, {"new": 1, "continuing": 2})
    assert (found.counted, found.missing, found.valid, found.ambition) == (3, 1, True, None)
    several = Target(id="mo_hinh", at_least=4, counts=("new", "replicated"))
    assert progress(several, 2024, {"new": 1, "replicated": 2, "stopped": 9}).counted == 3


def test_a_target_is_for_its_kinds_of_unit() -> None:
    assert concerns(NEW_ONES, "xa")
    communes = NEW_ONES.model_copy(update={"unit_kinds": ("xa",)})
    assert [concerns(communes, kind) for kind in ("xa", "so")] == [True, False]
