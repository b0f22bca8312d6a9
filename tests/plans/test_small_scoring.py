"""Every way of scoring, in small plans: what was computed by hand beside each table is what comes out."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from bot.plan.criteria import CriteriaTable, Criterion
from bot.plan.loader import load
from bot.plan.model import Plan
from bot.rules.rows import NOT_APPLICABLE, Input
from bot.rules.scoring import Scorecard, most
from bot.rules.undetermined import Undetermined

SMALL = Path(__file__).parent / "small"
FILES = sorted(SMALL.glob("scoring*.yaml"))
LINE = re.compile(r"\s*# → (?P<table>\w+): (?P<given>.+?)(?: max (?P<best>\S+))? ⇒ (?P<result>.+)")


def computed_by_hand() -> list[tuple[str, str, str, str, str]]:
    """(file, table, what is entered, the group's best, the result) of every such line."""
    found = []
    for path in FILES:
        for line in path.read_text(encoding="utf-8").splitlines():
            read = LINE.fullmatch(line)
            assert read is not None or not line.lstrip().startswith("# →"), line
            if read:
                found.append((path.name, read["table"], read["given"], read["best"] or "", read["result"].strip()))
    return found


def plan(name: str) -> Plan:
    return load(SMALL / name)


def table(plan: Plan, key: str) -> CriteriaTable:
    return next(table for table in plan.criteria if table.key == key)


def entered(row: Criterion, written: str) -> Input:
    if written == "na":
        return NOT_APPLICABLE
    if "/" in written:
        share, whole = written.split("/")
        return Decimal(share), Decimal(whole)
    if written in ("yes", "no"):
        return written == "yes"
    return written if row.scoring.kind in ("choice", "imported") else Decimal(written)


def card(table: CriteriaTable, given: str, best: str = "", **more: object) -> Scorecard:
    rows = {row.code: row for row in table.leaves()}
    pairs = dict(pair.split("=") for pair in given.split())
    numbers = {code: Decimal(number) for code, number in (pair.split("=") for pair in best.split())}
    return Scorecard(
        table,
        {code: entered(rows[code], written) for code, written in pairs.items()},
        best=numbers,
        **more,  # type: ignore[arg-type]
    )


def test_the_small_plans_hold_every_kind_of_row_and_every_way_of_not_applying() -> None:
    rows = [row for path in FILES for table in plan(path.name).criteria for row in table.leaves()]
    assert {row.scoring.kind for row in rows} == {
        *("points", "check", "choice", "band", "ratio", "count", "minus", "sample"),
        *("gate", "zero_item", "imported", "leader", "delegated"),
    }
    assert {row.not_applicable for row in rows} == {"", "full", "rescale", "redistribute", "exempt", "as_100"}
    assert len(computed_by_hand()) > 40


@pytest.mark.parametrize(("file", "key", "given", "best", "result"), computed_by_hand())
def test_what_was_computed_by_hand_comes_out(file: str, key: str, given: str, best: str, result: str) -> None:
    total = card(table(plan(file), key), given, best).total
    if result.startswith("?"):
        _, reason, about = f"{result} ".split(" ", 2)
        assert total == Undetermined(reason, about.strip())
    else:
        assert total == Decimal(result)


def test_groups_say_what_they_come_to() -> None:
    groups = card(
        table(plan("scoring_groups.yaml"), "long"),
        "A.1.a=12 A.1.b=15 A.2.a=15 A.2.b=10 B.1=20 B.2=25 B.3=25 C.1=18 C.2=10",
    ).marked
    assert {code: str(groups[code].points) for code in ("A", "A.1", "A.2", "B", "C", "C.2")} == {
        "A": "35",
        "A.1": "15",
        "A.2": "20",
        "B": "23.3",
        "C": "18",
        "C.2": "0",
    }


def test_a_group_of_which_something_is_left_out_has_less_to_reach() -> None:
    small = plan("scoring_not_applicable.yaml")
    left_out = card(table(small, "rescale_group"), "A.1=24 A.2=na B=50").marked["A"]
    shared = card(table(small, "redistribute_group"), "A.1=24 A.2=na B=50").marked["A"]
    assert (left_out.points, left_out.most) == (Decimal(24), Decimal(30))
    assert (shared.points, shared.most) == (Decimal(40), Decimal(50))


def test_a_table_may_be_for_some_kinds_of_unit_only() -> None:
    small = plan("scoring_kinds.yaml")
    first, other = small.criteria
    tables = (
        first.model_copy(update={"id": "xa", "for_kinds": ("xa",)}),
        other,
        first.model_copy(update={"id": "khac"}),
    )
    two = small.model_copy(update={"criteria": tables})
    assert [two.table("tap_the", kind).key for kind in ("xa", "huyen", "")] == ["xa", "khac", "xa"]
    only = small.model_copy(update={"criteria": tables[:2]})
    with pytest.raises(KeyError):
        only.table("tap_the", "huyen")
    by_level = first.model_copy(update={"id": "tinh", "level": "huyen"}), first
    assert small.model_copy(update={"criteria": by_level}).table("tap_the").level == ""


def test_the_most_that_a_table_gives() -> None:
    small = plan("scoring_bonus.yaml")
    assert {key: most(table(small, key)) for key in ("vuot", "chan", "muoi_lam")} == {
        "vuot": 103,
        "chan": 100,
        "muoi_lam": 115,
    }
