"""Each condition of a level: what holds, what is missing and by how much, and what nobody can tell yet."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from bot.plan.criteria import CriteriaTable, Criterion, EvidenceHint
from bot.plan.levels import (
    AwardAt,
    EachGroup,
    EachRow,
    EvidenceEachRow,
    FactIs,
    GradeAtLeast,
    NoZero,
    OneGroup,
    PassRule,
    Recognised,
    Registered,
    TotalAtLeast,
    Vote,
)
from bot.plan.loader import load
from bot.plan.part import Range
from bot.rules.conditions import Shortfall, Standing, Stated, conditions, verdict
from bot.rules.rows import NOT_APPLICABLE, Input
from bot.rules.scoring import Scorecard
from bot.rules.undetermined import Undetermined

SMALL = Path("tests/plans/small")
KINDS = load(SMALL / "scoring_kinds.yaml").table("tap_the")
ABSENT = {table.key: table for table in load(SMALL / "scoring_not_applicable.yaml").criteria}
BONUS = load(SMALL / "scoring_bonus.yaml")
VUOT = BONUS.criteria[0]
TICKS = load(SMALL / "scoring_checklist.yaml")
LEVELS = {level.id: level for level in BONUS.levels}
YES: dict[str, Input] = {"1": Decimal(55), "2": Decimal(38)}


def found(rule: PassRule, card: Scorecard | None = None, standing: Standing | None = None) -> list[object]:
    """What the rule comes to: nothing, shortfalls as (kind, code, points, needed), or what is undetermined."""
    one = conditions([rule], card or Scorecard(VUOT, YES), standing)
    assert all(s.rule == rule for s in one.shortfalls)
    assert one.fulfilled is not bool(one.shortfalls or one.undetermined)
    return [(s.kind, s.code, s.points, s.needed) for s in one.shortfalls] + list(one.undetermined)


# -- on the scorecard ------------------------------------------------------------------------------------------------


def test_each_group_needs_its_share() -> None:
    card = Scorecard(KINDS, {"1.1": Decimal(10), "1.2": True, "1.5": "xuat_sac", "2.1": Decimal(90)})
    # I: 10 + 5 + 5 = 20 of 30; II: 10 of 50.
    assert found(EachGroup(percent=Decimal(60)), card) == [("group", "II", Decimal(10), Decimal(30))]
    assert found(EachGroup(percent=Decimal(20)), card) == []
    assert found(OneGroup(code="I", percent=Decimal(70)), card) == [("group", "I", Decimal(20), Decimal(21))]
    assert found(OneGroup(code="I", percent=Decimal("66.6")), card) == []
    assert found(OneGroup(code="2.1", percent=Decimal(100)), card) == []
    assert found(OneGroup(code="2.3", percent=Decimal(50)), card) == [("unscored", "2.3", None, Decimal(5))]
    half = Scorecard(KINDS, {"1.1": Decimal(10)})
    assert found(EachGroup(percent=Decimal(10)), half) == [("unscored", "II", None, Decimal(5))]
    assert found(OneGroup(code="IX", percent=Decimal(1)), card) == [Undetermined("no_such_row", "IX")]


def test_a_row_that_does_not_apply_is_left_out_of_every_condition() -> None:
    exempt = Scorecard(ABSENT["exempt"], {"1": Decimal(54), "2": NOT_APPLICABLE, "3": NOT_APPLICABLE})
    assert found(EachRow(percent=Decimal(90)), exempt) == []
    assert found(NoZero(), exempt) == []
    inside = Scorecard(ABSENT["rescale_group"], {"A.1": Decimal(27), "A.2": NOT_APPLICABLE, "B": Decimal(45)})
    assert found(EachGroup(percent=Decimal(90)), inside) == [], "27 of the 30 that are left in A"
    assert found(EachGroup(percent=Decimal(91)), inside)[0] == ("group", "A", Decimal(27), Decimal("27.3"))


def test_no_row_may_have_0_points() -> None:
    assert found(NoZero(), Scorecard(VUOT, {"1": Decimal(0), "2": Decimal(1)})) == [("zero", "1", Decimal(0), None)]
    assert found(NoZero(), Scorecard(VUOT, {"1": Decimal(1)})) == [("unscored", "2", None, None)]
    card = Scorecard(KINDS, {"2.1": Decimal(10)})
    assert Undetermined("band_gap", "2.1") in found(NoZero(), card)


def test_a_total_in_points_or_in_percent_of_the_printed_one() -> None:
    card = Scorecard(KINDS, dict.fromkeys(("1.1",), Decimal("8")) | {"1.3": True, "2.6": False})
    assert found(TotalAtLeast(points=Decimal("8.5")), card) == [("total", "", Decimal(8), Decimal("8.5"))]
    assert found(TotalAtLeast(percent=Decimal(10)), card) == [], "10 % of 80"
    assert found(TotalAtLeast(percent=Decimal("10.01")), card) == [("total", "", Decimal(8), Decimal("8.008"))]


def test_a_total_that_can_still_fall_is_not_enough_yet() -> None:
    card = Scorecard(KINDS, {"1.1": Decimal(8)})
    assert found(TotalAtLeast(points=Decimal(8)), card) == [
        ("unscored", "1.3", None, None),
        ("unscored", "2.6", None, None),
    ]
    assert found(TotalAtLeast(points=Decimal(93))) == [("unscored", "P.1", None, None)]
    assert found(TotalAtLeast(points=Decimal(93)), Scorecard(VUOT, {**YES, "P.1": Decimal(0)})) == []


def test_figures_where_the_plan_asks_for_them() -> None:
    hint = EvidenceHint(min_items=1, number_required=True)
    rows = tuple(Criterion(code=code, text=code, max=Decimal(5), evidence=hint) for code in "abcd")
    table = CriteriaTable(subject="x", title="x", total=Decimal(20), rows=rows)
    pieces = {"a": 2, "b": 1, "c": 1}
    card = Scorecard(
        table, dict.fromkeys("abcd", Decimal(5)), pieces, figures=frozenset("a"), unread=frozenset(("a", "b"))
    )
    assert found(EvidenceEachRow(), card) == [
        ("figure", "c", None, None),
        ("evidence", "d", Decimal(0), Decimal(1)),
        Undetermined("figure_unread", "b"),
    ]


def test_an_undetermined_total_is_undetermined_for_the_same_reason() -> None:
    card = Scorecard(KINDS, {"2.1": Decimal(10)})
    assert found(TotalAtLeast(points=Decimal(1)), card) == [Undetermined("band_gap", "2.1")]


def test_every_tick_must_be_given() -> None:
    table = TICKS.criteria[0]
    rule = TICKS.levels[0].passes[0]
    assert found(rule, Scorecard(table, {"1": True, "2": True, "3": True})) == []
    assert found(rule, Scorecard(table, {"1": True, "2": False})) == [
        ("unchecked", "2", None, None),
        ("unscored", "3", None, None),
    ]


# -- beside the points -----------------------------------------------------------------------------------------------


def test_what_is_not_known_is_no_failure() -> None:
    for rule, reason in (
        (Registered(), Undetermined("registration_unknown")),
        (AwardAt(level="co_so"), Undetermined("award_unknown", "co_so")),
        (Recognised(level="huyen", years=2), Undetermined("history_unknown", "huyen")),
        (Vote(percent=Decimal(80)), Undetermined("vote_unknown")),
        (FactIs(fact="cu_tri", range=Range(at_least=Decimal(98))), Undetermined("fact_unknown", "cu_tri")),
        (GradeAtLeast(scale="xep_loai", grade="tot"), Undetermined("grade_unknown", "xep_loai")),
    ):
        assert found(rule) == [reason]
        assert found(rule, standing=Standing(year=2024)) == [reason]


def test_registration_and_the_lower_award() -> None:
    assert found(Registered(), standing=Standing(registered=True)) == []
    assert found(Registered(), standing=Standing(registered=False)) == [("registration", "", None, None)]
    assert found(AwardAt(level="co_so"), standing=Standing(awards={"co_so": True})) == []
    assert found(AwardAt(level="co_so"), standing=Standing(awards={"co_so": False})) == [("award", "co_so", None, None)]


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({2023: True, 2024: True}, []),
        ({2022: True, 2023: True}, []),
        ({2022: True, 2023: True, 2024: False}, []),
        ({2022: True, 2023: False, 2024: True}, [("recognition", "huyen", Decimal(1), Decimal(2))]),
        ({2021: True, 2022: True, 2023: False, 2024: False}, [("recognition", "huyen", Decimal(0), Decimal(2))]),
        ({2023: True}, [Undetermined("history_unknown", "huyen")]),
        ({2024: True}, [Undetermined("history_unknown", "huyen")]),
        ({2023: False}, [("recognition", "huyen", Decimal(0), Decimal(2))]),
    ],
)
def test_two_years_in_a_row(known: dict[int, bool], expected: list[object]) -> None:
    standing = Standing(year=2024, recognitions={"huyen": known})
    assert found(Recognised(level="huyen", years=2), standing=standing) == expected


def test_years_that_need_not_follow_each_other() -> None:
    rule = Recognised(level="huyen", years=2, consecutive=False)
    apart = Standing(year=2024, recognitions={"huyen": {2021: True, 2022: False, 2024: True}})
    assert found(rule, standing=apart) == []
    once = Standing(year=2024, recognitions={"huyen": {2021: True, 2022: False, 2025: True}})
    assert found(rule, standing=once) == [("recognition", "huyen", Decimal(1), Decimal(2))]


def test_a_chain_across_the_reorganisation_is_for_a_person() -> None:
    rule = Recognised(level="huyen", years=2)
    both = {2024: True, 2025: True}
    across = Standing(year=2025, recognitions={"huyen": {**both, 2023: False}}, reorganised=2025)
    assert found(rule, standing=across) == [Undetermined("reorganised", "huyen")]
    before = Standing(year=2024, recognitions={"huyen": {2023: True, 2024: True}}, reorganised=2025)
    assert found(rule, standing=before) == []
    after = Standing(year=2026, recognitions={"huyen": {2025: True, 2026: True}}, reorganised=2025)
    assert found(rule, standing=after) == []


@pytest.mark.parametrize(
    ("percent", "inclusive", "votes", "expected"),
    [
        ("80", True, (8, 10), []),
        ("80", False, (8, 10), [("vote", "", Decimal(80), Decimal(80))]),
        ("66.6", True, (2, 3), []),
        ("66.7", True, (2, 3), None),
        (None, True, (10, 10), []),
        (None, True, (9, 10), [Undetermined("vote_share_unsaid")]),
        (None, True, (0, 10), [("vote", "", Decimal(0), None)]),
        ("50", True, (0, 0), [Undetermined("vote_unclear")]),
        ("50", True, (3, 2), [Undetermined("vote_unclear")]),
    ],
)
def test_a_vote(percent: str | None, inclusive: bool, votes: tuple[int, int], expected: list[object] | None) -> None:
    rule = Vote(percent=None if percent is None else Decimal(percent), inclusive=inclusive)
    given = found(rule, standing=Standing(vote=votes))
    if expected is None:
        assert conditions([rule], Scorecard(VUOT, YES), Standing(vote=votes)).shortfalls
    else:
        assert given == expected


@pytest.mark.parametrize(
    ("stated", "range", "expected"),
    [
        (True, None, []),
        (False, None, [("fact", "f", None, None)]),
        (Decimal(98), Range(at_least=Decimal(98)), []),
        (Decimal("97.9"), Range(at_least=Decimal(98)), [("fact", "f", Decimal("97.9"), Decimal(98))]),
        (Decimal(98), Range(above=Decimal(98)), [("fact", "f", Decimal(98), Decimal(98))]),
        (Decimal(3), Range(at_most=Decimal(2)), [("fact", "f", Decimal(3), Decimal(2))]),
        (Decimal(1), None, [Undetermined("fact_of_another_kind", "f")]),
        (True, Range(at_least=Decimal(1)), [Undetermined("fact_of_another_kind", "f")]),
    ],
)
def test_a_stated_fact(stated: Stated, range: Range | None, expected: list[object]) -> None:
    assert found(FactIs(fact="f", range=range), standing=Standing(facts={"f": stated})) == expected


def test_a_fact_is_never_a_float() -> None:
    with pytest.raises(TypeError, match="cu_tri"):
        Standing(facts={"cu_tri": 98.0})  # type: ignore[dict-item]


def test_a_grade_or_better() -> None:
    rule = GradeAtLeast(scale="xep_loai", grade="tot")
    assert found(rule, standing=Standing(grades={"xep_loai": ("xuat_sac", "tot", "kha")})) == []
    assert found(rule, standing=Standing(grades={"xep_loai": ("kha", "trung_binh")})) == [
        ("grade", "xep_loai", None, None)
    ]
    open_one = Undetermined("grade_gap", "xep_loai")
    assert found(rule, standing=Standing(grades={"xep_loai": open_one})) == [open_one]


# -- a level ---------------------------------------------------------------------------------------------------------


def test_the_named_column_decides() -> None:
    own = Scorecard(VUOT, {"1": Decimal(60), "2": Decimal(40), "P.1": Decimal(0)})
    council = Scorecard(VUOT, {"1": Decimal(50), "2": Decimal(36), "P.1": Decimal(0)}, column="council")
    known = Standing(awards={"co_so": True}, facts={"cu_tri": Decimal(99)})
    alone = verdict(LEVELS["huyen"], own, known)
    assert (alone.shortfalls, alone.undetermined) == ((), (Undetermined("column_missing", "council"),))
    both = verdict(LEVELS["huyen"], [own, council], known)
    assert both.shortfalls == (Shortfall("total", "", Decimal(86), Decimal(90)),)
    better = Scorecard(VUOT, {**council.inputs, "1": Decimal(54)}, column="council")
    assert verdict(LEVELS["huyen"], [own, better], known).fulfilled


def test_a_level_says_everything_that_is_missing_and_everything_that_is_unknown() -> None:
    one = verdict(LEVELS["co_so"], Scorecard(VUOT, {"1": Decimal(0)}), Standing(registered=False))
    assert [(s.kind, s.code) for s in one.shortfalls] == [("registration", ""), ("zero", "1"), ("unscored", "2")]
    assert one.undetermined == (Undetermined("vote_unknown"),)
    assert not one.fulfilled


def test_the_higher_need_of_two_rules_about_the_same_row_is_told_once() -> None:
    rules = [EachRow(percent=Decimal(50)), EachRow(percent=Decimal(90)), EachRow(percent=Decimal(60))]
    one = conditions(rules, Scorecard(VUOT, {"1": Decimal(60), "2": Decimal(10)}))
    assert one.shortfalls == (Shortfall("row", "2", Decimal(10), Decimal(36)),)
