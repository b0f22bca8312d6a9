"""Grades: bounds that belong or do not, conditions, what facts do to a grade, and where only a person can tell."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from bot.plan.levels import Grade, GradeEffect
from bot.plan.loader import load
from bot.rules.conditions import Standing, Stated
from bot.rules.grades import Graded, by_points, grade, reached, scales_of
from bot.rules.scoring import Scorecard
from bot.rules.undetermined import Undetermined

SMALL = Path("tests/plans/small")
PLAN = load(SMALL / "scoring_bonus.yaml")
VUOT = PLAN.criteria[0]
SCALE = PLAN.grades[0]
PERCENT = load(SMALL / "scoring_kinds.yaml")
CALM: dict[str, Stated] = {
    "don_thu": False,
    "ky_luat": False,
    "mat_doan_ket": False,
    "dang_xet": False,
    "loai_don_vi": "xuat_sac",
}
"""Nothing stands against the best grade."""


def card(total: str) -> Scorecard:
    """60 points of row 1 (as far as they go), the rest of row 2."""
    points = Decimal(total)
    return Scorecard(VUOT, {"1": min(points, Decimal(60)), "2": max(points - 60, Decimal(0))})


def graded(total: str, **facts: Stated) -> Graded:
    one = card(total)
    return grade(SCALE, one.total, one, Standing(facts={**CALM, **facts}))


def name(found: Grade | Undetermined) -> str:
    return found.id if isinstance(found, Grade) else f"? {found.reason}"


@pytest.mark.parametrize(
    ("total", "expected"),
    [
        ("100", "xuat_sac"),
        ("90", "xuat_sac"),
        ("89.99", "tot"),
        ("80.01", "tot"),
        ("80", "? grade_overlap"),
        ("79.5", "kha"),
        ("70.51", "kha"),
        ("70.5", "? grade_gap"),
        ("70.01", "? grade_gap"),
        ("70", "trung_binh"),
        ("0", "trung_binh"),
    ],
)
def test_a_bound_belongs_to_the_grade_that_says_so(total: str, expected: str) -> None:
    assert name(by_points(SCALE, Decimal(total), VUOT)) == expected


@pytest.mark.parametrize(
    ("total", "expected"),
    [("64", "tot"), ("63.99", "kha"), ("48", "kha"), ("47.99", "? grade_gap")],
)
def test_a_percentage_is_of_the_printed_total(total: str, expected: str) -> None:
    table = PERCENT.table("tap_the")
    assert name(by_points(PERCENT.grades[0], Decimal(total), table)) == expected


def test_an_undetermined_total_has_no_grade_for_the_same_reason() -> None:
    reason = Undetermined("band_gap", "2.1")
    found = grade(SCALE, reason, card("0"))
    assert (found.grade, found.by_points) == (reason, reason)


def test_the_points_of_a_grade_without_its_conditions_give_the_next_one() -> None:
    # 60 + 34 = 94: row 2 has its 85 % of 40; 60 + 33 = 93 does not.
    assert name(graded("94").grade) == "xuat_sac"
    found = graded("93")
    assert (name(found.grade), name(found.by_points)) == ("tot", "xuat_sac")
    ((missed, why),) = found.unmet
    assert (missed.id, [(s.code, s.needed) for s in why.shortfalls]) == ("xuat_sac", [("2", Decimal(34))])


@pytest.mark.parametrize(
    ("total", "facts", "expected"),
    [
        ("95", {}, "xuat_sac"),
        ("95", {"don_thu": True}, "kha"),
        ("85", {"don_thu": True}, "kha"),
        ("60", {"don_thu": True}, "trung_binh"),
        ("95", {"ky_luat": True}, "tot"),
        ("75", {"ky_luat": True}, "trung_binh"),
        ("60", {"ky_luat": True}, "trung_binh"),
        ("95", {"don_thu": True, "ky_luat": True}, "trung_binh"),
        ("95", {"mat_doan_ket": True}, "trung_binh"),
        ("95", {"mat_doan_ket": True, "ky_luat": True}, "trung_binh"),
        ("95", {"loai_don_vi": "tot"}, "tot"),
        ("75", {"loai_don_vi": "tot"}, "kha"),
        ("95", {"dang_xet": True}, "? person_decides"),
        ("60", {"dang_xet": True}, "? person_decides"),
        ("95", {"loai_don_vi": "rat_tot"}, "? no_such_grade"),
    ],
)
def test_what_facts_do_to_a_grade(total: str, facts: dict[str, Stated], expected: str) -> None:
    assert name(graded(total, **facts).grade) == expected


def test_each_effect_that_counted_is_told() -> None:
    found = graded("95", don_thu=True, ky_luat=True)
    assert [(effect.effect, effect.fact) for effect in found.effects] == [("cap", "don_thu"), ("downgrade", "ky_luat")]
    assert graded("95").effects == ()


@pytest.mark.parametrize("fact", sorted(CALM))
def test_a_fact_that_nobody_has_stated_leaves_the_grade_open(fact: str) -> None:
    one = card("95")
    known = {id: stated for id, stated in CALM.items() if id != fact}
    found = grade(SCALE, one.total, one, Standing(facts=known))
    assert (found.grade, name(found.by_points)) == (Undetermined("fact_unknown", fact), "xuat_sac")


def test_a_fact_that_could_change_nothing_need_not_be_known() -> None:
    one = card("60")
    found = grade(SCALE, one.total, one, Standing(facts={"dang_xet": False}))
    assert name(found.grade) == "trung_binh"


def test_several_cases_lower_it_by_so_many_grades_but_never_below_the_lowest() -> None:
    by_two = SCALE.model_copy(update={"effects": (GradeEffect(effect="downgrade", fact="so_vu", by=2),)})
    for cases, expected in ((0, "xuat_sac"), (1, "xuat_sac"), (2, "tot"), (5, "kha"), (40, "trung_binh")):
        one = card("95")
        assert name(grade(by_two, one.total, one, Standing(facts={"so_vu": Decimal(cases)})).grade) == expected


def test_the_effect_may_come_when_the_fact_is_not_so() -> None:
    unless = SCALE.model_copy(update={"effects": (GradeEffect(effect="cap", fact="dat", when=False, grade="tot"),)})
    one = card("95")
    assert name(grade(unless, one.total, one, Standing(facts={"dat": False})).grade) == "tot"
    assert name(grade(unless, one.total, one, Standing(facts={"dat": True})).grade) == "xuat_sac"


def test_false_evidence_lowers_the_grade_where_the_plan_says_so() -> None:
    false = Scorecard(VUOT, {"1": Decimal(60), "2": Decimal(40)}, dishonest=frozenset(("2",)))
    assert not grade(SCALE, false.total, false, Standing(facts=CALM)).lowered
    false = Scorecard(VUOT, {"1": Decimal(60), "2": Decimal(40)}, dishonest=frozenset(("1",)))
    found = grade(SCALE, Decimal(85), false, Standing(facts=CALM))
    assert (found.lowered, name(found.grade)) == (True, "kha")


def test_the_grade_and_every_lower_one_are_reached() -> None:
    found = graded("85").grade
    assert reached(SCALE, found) == ("tot", "kha", "trung_binh")
    assert reached(SCALE, Undetermined("grade_gap")) == Undetermined("grade_gap")


def test_a_scale_is_for_its_tables() -> None:
    assert [scale.id for scale in scales_of(PLAN.grades, VUOT)] == ["xep_loai"]
    assert scales_of(PLAN.grades, PLAN.criteria[1]) == ()
