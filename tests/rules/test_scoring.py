"""Totals and verdicts on the tables of Vạn Ninh, to the half point."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.plan.loader import load
from bot.plan.model import CriteriaTable, Level, TotalAtLeast
from bot.rules.scoring import Scorecard, Shortfall, threshold, verdict

PLAN = load(Path("plans/van-ninh.yaml"))
HUYEN = PLAN.levels[0]
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
    for level in PLAN.levels:
        found = verdict(level, scorecard)
        assert (found.level_id, found.fulfilled, found.shortfalls, found.missing) == (level.id, True, (), {})


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
    assert found.missing == {"07": Decimal("9")}


@pytest.mark.parametrize(("points", "passes"), [("13.4", False), ("13.5", True), ("13.50", True), ("13", False)])
def test_the_threshold_of_15_lies_at_13_and_a_half(points: str, passes: bool) -> None:
    found = verdict(HUYEN, card(f"{points} 15 15 15 15 15 10"))
    assert found.fulfilled is passes
    assert found.missing == ({} if passes else {"01": Decimal("13.5")})


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
    assert found.missing == {}


def test_a_row_without_points_is_not_a_row_with_0() -> None:
    scorecard = card("15 15 15 15 15 0")
    assert [row.code for row in scorecard.given] == ["01", "02", "03", "04", "05", "06"]
    assert [row.code for row in scorecard.missing_rows] == ["07"]
    assert verdict(HUYEN, scorecard).shortfalls == (
        Shortfall("row", "06", Decimal(0), Decimal("13.5")),
        Shortfall("unscored", "07", None, Decimal(9)),
        Shortfall("total", "", Decimal(75), Decimal(90)),
    )
    assert verdict(HUYEN, scorecard).missing == {"06": Decimal("13.5"), "07": Decimal(9)}


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
    with pytest.raises(TypeError, match="Decimal"):
        Scorecard(TAP_THE, {"01": 13.5})  # type: ignore[dict-item]


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
    assert {row.code for row in (*scorecard.given, *scorecard.missing_rows)} == set(CODES)
    found = verdict(HUYEN, scorecard)
    assert found == verdict(HUYEN, Scorecard(TAP_THE, points, evidence))
    enough = all(points.get(row.code, Decimal(-1)) * 10 >= row.max * 9 for row in TAP_THE.rows)
    proven = all(evidence.get(code, 0) >= 1 for code in CODES)
    assert found.fulfilled is (enough and proven)
    assert (not found.missing) is enough
    # 90 % of each row adds up to the 90 points that are asked for, so the total never falls short alone.
    assert not (enough and any(s.kind == "total" for s in found.shortfalls))
