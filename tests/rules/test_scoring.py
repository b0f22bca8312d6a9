"""Totals and verdicts on the tables of Vạn Ninh, to the half point."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.plan.criteria import CriteriaTable, EvidenceHint, Rounding
from bot.plan.levels import Level, TotalAtLeast
from bot.plan.loader import load
from bot.rules.conditions import OF_POINTS, Shortfall, verdict
from bot.rules.rows import NOT_APPLICABLE, rounded
from bot.rules.scoring import Scorecard, combined, threshold
from bot.rules.undetermined import Undetermined

PLAN = load(Path("plans/van-ninh.yaml"))
LEVELS = [
    level.model_copy(update={"passes": tuple(rule for rule in level.passes if isinstance(rule, OF_POINTS))})
    for level in PLAN.levels
]
"""What they ask of the scorecard, whatever else they ask."""
HUYEN = next(level for level in LEVELS if level.id == "huyen")
TAP_THE = PLAN.table("tap_the")
CODES = [row.code for row in TAP_THE.rows]
ALL_EVIDENCE = dict.fromkeys(CODES, 1)
TABLES = pytest.mark.parametrize("table", PLAN.criteria, ids=lambda table: table.subject)


def card(points: str, evidence: dict[str, int] = ALL_EVIDENCE, table: CriteriaTable = TAP_THE) -> Scorecard:
    given = zip(table.rows, points.split(), strict=False)
    return Scorecard(table, {row.code: Decimal(p) for row, p in given}, evidence)


@TABLES
def test_90_percent_everywhere_is_exactly_90_and_passes(table: CriteriaTable) -> None:
    points = {row.code: threshold(row, Decimal(90)) for row in table.rows}
    scorecard = Scorecard(table, points, ALL_EVIDENCE)
    assert scorecard.total == Decimal("90.0")
    assert {level.id for level in LEVELS if level.passes} == {"huyen", "tinh"}
    for level in LEVELS:
        assert verdict(level, scorecard).fulfilled


@TABLES
def test_all_maxima_are_100(table: CriteriaTable) -> None:
    scorecard = Scorecard(table, {row.code: row.max for row in table.rows}, ALL_EVIDENCE)
    assert scorecard.total == 100
    assert verdict(HUYEN, scorecard).fulfilled


def test_98_points_with_8_on_row_07_fall_short_and_name_the_row() -> None:
    scorecard = card("15 15 15 15 15 15 8")
    assert scorecard.total == 98
    found = verdict(HUYEN, scorecard)
    assert not found.fulfilled
    assert found.shortfalls == (Shortfall("row", "07", Decimal(8), Decimal(9)),)


@pytest.mark.parametrize(("points", "passes"), [("13.4", False), ("13.5", True), ("13.50", True), ("13", False)])
def test_the_threshold_of_15_lies_at_13_and_a_half(points: str, passes: bool) -> None:
    found = verdict(HUYEN, card(f"{points} 15 15 15 15 15 10"))
    assert found.fulfilled is passes
    assert [(s.code, s.needed) for s in found.shortfalls] == ([] if passes else [("01", Decimal("13.5"))])


@TABLES
def test_with_whole_points_the_smallest_total_that_passes_is_93_or_92(table: CriteriaTable) -> None:
    needed = [threshold(row, Decimal(90)).to_integral_value("ROUND_CEILING") for row in table.rows]
    assert sum(needed) == {"tap_the": 93, "ca_nhan": 92}[table.subject]


def test_evidence_is_a_condition_of_its_own() -> None:
    scorecard = card("15 15 15 15 15 15 10", {"01": 3, "07": 1, "02": 0})
    assert [row.code for row in scorecard.without_evidence] == ["02", "03", "04", "05", "06"]
    found = verdict(HUYEN, scorecard)
    assert not found.fulfilled
    assert {(s.kind, s.points, s.needed) for s in found.shortfalls} == {("evidence", Decimal(0), Decimal(1))}
    assert [s.code for s in found.shortfalls] == ["02", "03", "04", "05", "06"]


def test_a_row_without_points_is_not_a_row_with_0() -> None:
    scorecard = card("15 15 15 15 15 0")
    assert list(scorecard.points) == ["01", "02", "03", "04", "05", "06"]
    assert [row.code for row in scorecard.missing_rows] == ["07"]
    assert verdict(HUYEN, scorecard).shortfalls == (
        Shortfall("row", "06", Decimal(0), Decimal("13.5")),
        Shortfall("unscored", "07", None, Decimal(9)),
        Shortfall("total", "", Decimal(75), Decimal(90)),
    )


def test_the_total_can_be_the_only_condition() -> None:
    level = Level(id="xa", name="cấp xã", passes=(TotalAtLeast(points=Decimal(98)),))
    assert verdict(level, card("15 15 15 15 15 15 8", {})).fulfilled
    assert verdict(level, card("15 15 15 15 15 15 7.5", {})).shortfalls == (
        Shortfall("total", "", Decimal("97.5"), Decimal(98)),
    )


def test_what_the_table_cannot_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="no row 08"):
        Scorecard(TAP_THE, {"08": Decimal(1)})
    with pytest.raises(ValueError, match="no row 99"):
        Scorecard(TAP_THE, {}, {"99": 1})
    for points in ("16", "-0.5"):
        with pytest.raises(ValueError, match="0 to 15"):
            Scorecard(TAP_THE, {"01": Decimal(points)})
    for wrong in (13.5, True, "13.5", (Decimal(13), Decimal(15))):
        with pytest.raises(TypeError, match="Decimal"):
            Scorecard(TAP_THE, {"01": wrong})  # type: ignore[dict-item]
    with pytest.raises(ValueError, match="always applies"):
        Scorecard(TAP_THE, {"01": NOT_APPLICABLE})


def test_a_scorecard_does_not_change_with_what_it_was_made_of() -> None:
    points = {"01": Decimal(15)}
    scorecard = Scorecard(TAP_THE, points)
    points["01"] = Decimal(0)
    assert scorecard.total == 15
    with pytest.raises(TypeError):
        scorecard.points["01"] = Decimal(0)  # type: ignore[index]


half_points = st.fixed_dictionaries(
    {}, optional={row.code: st.integers(0, int(row.max * 2)).map(lambda n: Decimal(n) / 2) for row in TAP_THE.rows}
)


@given(half_points, st.dictionaries(st.sampled_from(CODES), st.integers(0, 3)), st.randoms())
def test_a_total_is_the_sum_in_any_order_and_the_verdict_follows_the_rows(points, evidence, random) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(points.items())
    random.shuffle(shuffled)
    scorecard = Scorecard(TAP_THE, dict(shuffled), evidence)
    assert scorecard.total == Decimal(sum(int(p * 2) for p in points.values())) / 2
    assert {*scorecard.points, *(row.code for row in scorecard.missing_rows)} == set(CODES)
    found = verdict(HUYEN, scorecard)
    assert found == verdict(HUYEN, Scorecard(TAP_THE, points, evidence))
    enough = all(points.get(row.code, Decimal(-1)) * 10 >= row.max * 9 for row in TAP_THE.rows)
    proven = all(evidence.get(code, 0) >= 1 for code in CODES)
    assert found.fulfilled is (enough and proven)
    assert (not any(s.kind in ("row", "unscored") for s in found.shortfalls)) is enough
    # 90 % of each row adds up to the 90 points that are asked for, so the total never falls short alone.
    assert not (enough and any(s.kind == "total" for s in found.shortfalls))


SMALL = Path("tests/plans/small")
KINDS = load(SMALL / "scoring_kinds.yaml").table("tap_the")
PERSONS = load(SMALL / "scoring_kinds.yaml").table("ca_nhan")
BONUS = {table.key: table for table in load(SMALL / "scoring_bonus.yaml").criteria}


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        *(("1.2", wrong) for wrong in (Decimal(1), "yes", 1)),
        *(("1.4", wrong) for wrong in (Decimal(6), True)),
        *(("2.2", wrong) for wrong in (Decimal(6), (Decimal(1),), (1, 2), (0.5, 1.0))),
        *(("2.1", wrong) for wrong in (85.0, 85, "85", True)),
        *(("2.6", wrong) for wrong in ("no", Decimal(0))),
    ],
)
def test_a_row_takes_its_own_kind_of_value_and_no_other(code: str, wrong: object) -> None:
    with pytest.raises(TypeError, match=code):
        Scorecard(KINDS, {code: wrong})  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("1.4", "rat_tot"),
        ("2.2", (Decimal(-1), Decimal(2))),
        ("2.3", Decimal(-1)),
        ("2.5", Decimal(6)),
        ("1.1", Decimal("10.5")),
    ],
)
def test_a_row_takes_nothing_beyond_its_bounds(code: str, wrong: Decimal) -> None:
    with pytest.raises(ValueError, match=code):
        Scorecard(KINDS, {code: wrong})


def test_what_one_row_leaves_open_is_open_in_its_group_and_in_the_total_but_not_elsewhere() -> None:
    scorecard = Scorecard(KINDS, {"1.1": Decimal(9), "2.1": Decimal(30), "2.3": Decimal(1)})
    reason = Undetermined("band_gap", "2.1")
    assert scorecard.total == scorecard.marked["II"].points == scorecard.marked["2.1"].points == reason
    assert scorecard.marked["I"].points == 9
    assert scorecard.points == {"1.1": Decimal(9), "2.3": Decimal(2)}


def test_a_closed_gate_makes_its_rows_0_even_before_they_are_answered() -> None:
    scorecard = Scorecard(KINDS, {"1.3": False})
    assert scorecard.points["1.4"] == 0
    assert "1.4" not in [row.code for row in scorecard.missing_rows]
    assert "1.5" in [row.code for row in scorecard.missing_rows]


def test_a_row_that_another_authority_scores_is_not_missing_but_not_known() -> None:
    scorecard = Scorecard(PERSONS, {"3.1": Decimal(4)}, best={"3.1": Decimal(8)})
    assert (scorecard.points, scorecard.missing_rows) == ({"3.1": Decimal(5)}, ())
    assert scorecard.total == Undetermined("delegated", "3.2")


def test_false_evidence_takes_the_points_of_its_row_where_the_plan_says_so() -> None:
    honest = {"1": Decimal(50), "2": Decimal(40)}
    false = frozenset(("1", "2"))
    assert Scorecard(BONUS["vuot"], honest).total == 90
    assert Scorecard(BONUS["vuot"], honest, dishonest=false).total == 40, "of row 2 the plan says nothing"


def test_a_bonus_that_is_not_claimed_needs_no_evidence_and_neither_does_what_does_not_apply() -> None:
    table = BONUS["vuot"].model_copy(
        update={"rows": tuple(row.model_copy(update={"not_applicable": "exempt"}) for row in BONUS["vuot"].rows)}
    )
    assert [row.code for row in Scorecard(table, {"1": Decimal(9)}).without_evidence] == ["1"]
    assert Scorecard(table, {"1": NOT_APPLICABLE}).without_evidence == ()


def test_a_bonus_row_that_does_not_apply_scales_and_rounds_nothing() -> None:
    chan = BONUS["chan"]
    bonus = (chan.bonus[0].model_copy(update={"not_applicable": "rescale"}),)
    table = chan.model_copy(update={"bonus": bonus})
    assert Scorecard(table, {"1": Decimal("80.25"), "B": NOT_APPLICABLE}).total == Decimal("80.25")


def test_a_share_of_nothing_that_does_not_apply_needs_no_evidence() -> None:
    tables = {table.key: table for table in load(SMALL / "scoring_not_applicable.yaml").criteria}
    *rows, last = tables["exempt"].rows
    proved = last.model_copy(update={"evidence": EvidenceHint(min_items=1)})
    table = tables["exempt"].model_copy(update={"rows": (*rows, proved)})
    assert Scorecard(table, {"3": (Decimal(0), Decimal(0))}).without_evidence == ()
    assert Scorecard(table, {"3": (Decimal(0), Decimal(9))}).without_evidence == (proved,)


def test_a_year_is_made_of_its_quarters_as_the_table_says() -> None:
    quarters = {"q1": Decimal(90), "q2": Decimal(80), "q3": Decimal(85), "q4": Decimal("95.5")}
    assert combined(BONUS["chan"], quarters) == Decimal("87.6"), "350,5 / 4 = 87,625"
    assert combined(BONUS["muoi_lam"], quarters) == Decimal("350.5")
    assert combined(BONUS["chan"], {**quarters, "q3": None}) == Undetermined("period_missing", "q3")
    assert combined(BONUS["chan"], {**quarters, "q3": Undetermined("band_gap", "x")}) == Undetermined("band_gap", "x")
    assert combined(BONUS["chan"], {}) == Undetermined("period_missing")
    assert combined(BONUS["vuot"], quarters) == Undetermined("no_combination")
    with pytest.raises(TypeError):
        combined(BONUS["chan"], {"q1": 1.5})  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("number", "half_up", "half_even", "down", "up"),
    [
        ("9/4", "2.3", "2.2", "2.2", "2.3"),
        ("47/20", "2.4", "2.4", "2.3", "2.4"),
        ("7/3", "2.3", "2.3", "2.3", "2.4"),
        ("2", "2", "2", "2", "2"),
        ("-9/4", "-2.3", "-2.2", "-2.2", "-2.3"),
    ],
)
def test_a_number_is_rounded_by_the_named_rule(number: str, half_up: str, half_even: str, down: str, up: str) -> None:
    modes = {"half_up": half_up, "half_even": half_even, "down": down, "up": up}
    for mode, expected in modes.items():
        rule = Rounding(places=1, mode=mode)  # type: ignore[arg-type]
        assert rounded(Fraction(number), rule, "") == Decimal(expected), mode


@given(st.fractions(min_value=0, max_value=1000), st.integers(0, 4))
@example(Fraction(3, 2**40), 0)  # more digits than a Decimal keeps when it divides
def test_no_rounding_goes_further_than_one_step(number: Fraction, places: int) -> None:
    for mode in ("half_up", "half_even", "down", "up"):
        value = rounded(number, Rounding(places=places, mode=mode), "")
        assert isinstance(value, Decimal)
        assert abs(Fraction(value) - number) < Fraction(1, 10**places)
        assert -int(value.as_tuple().exponent) <= places
    exact = rounded(number, None, "x")
    assert exact == Undetermined("no_rounding", "x") or Fraction(exact) == number  # type: ignore[arg-type]
