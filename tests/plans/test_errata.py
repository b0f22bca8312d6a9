"""Corrections find their value in nested tables too, and what they leave must still fit together."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.errors import PlanWrong
from bot.plan.check import check
from bot.plan.errata import corrected, locate
from bot.plan.loader import load

LEVELS = (Path(__file__).parent / "small" / "levels.yaml").read_text(encoding="utf-8")

TREE = {
    "criteria": [
        {
            "id": "",
            "subject": "tap_the",
            "rows": [
                {"code": "1", "text": "nhóm", "rows": [{"code": "1.1", "text": "a", "rows": []}]},
                {"code": "2", "text": "b", "rows": []},
            ],
            "bonus": [{"code": "T1", "text": "c", "rows": []}],
        }
    ],
    "levels": [{"id": "xa", "passes": [{"kind": "total", "points": 90}]}],
}


def erratum(path: str, old: str, new: str) -> str:
    return f"errata:\n  - {{path: {path}, old: '{old}', new: '{new}', why: In nhầm, who: Phòng Nội vụ, when: 2024-03-01}}\n"


def plan_with(folder: Path, path: str, old: str, new: str) -> Path:
    file = folder / "plan.yaml"
    file.write_text(LEVELS + erratum(path, old, new), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("criteria.tap_the.rows.1.rows.1.1.text", "a"),
        ("criteria.tap_the.1.1.1.text", "a"),
        ("criteria.tap_the.1.1.text", "a"),
        ("criteria.tap_the.1.text", "nhóm"),
        ("criteria.tap_the.2.text", "b"),
        ("criteria.tap_the.bonus.T1.text", "c"),
        ("criteria.tap_the.T1.text", "c"),
        ("levels.xa.passes.0.points", 90),
    ],
)
def test_a_path_leads_through_groups_named_or_not(path: str, value: object) -> None:
    holder, key = locate(TREE, path)
    assert holder[key] == value


@pytest.mark.parametrize(
    "path",
    [
        "criteria.tap_the.3.text",
        "criteria.tap_the.1.1.txt",
        "criteria.ca_nhan.1.text",
        "levels.xa.passes.1.points",
        "x",
    ],
)
def test_a_path_that_leads_nowhere_says_what_is_missing(path: str) -> None:
    with pytest.raises(KeyError) as caught:
        locate(TREE, path)
    assert path.endswith(caught.value.args[0])


def test_a_nested_row_is_corrected_and_its_print_kept(tmp_path: Path) -> None:
    plan = load(plan_with(tmp_path, "criteria.bang_xa.II.a.text", "Chấp hành quy chế", "Chấp hành kỷ luật"))
    assert plan.criteria[0].row("II.a").text == "Chấp hành quy chế"
    assert corrected(plan).criteria[0].row("II.a").text == "Chấp hành kỷ luật"
    assert corrected(plan).errata[0].when == date(2024, 3, 1)


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("grades.hang_xa.grades.kha.range.above", "65", "64"),
        ("grades.hang_xa.trung_binh.range.at_most", "64", "65"),
    ],
)
def test_an_erratum_that_closes_a_gap_takes_the_warning_away(tmp_path: Path, path: str, old: str, new: str) -> None:
    named = path if "grades.kha" in path else path.replace("hang_xa.", "hang_xa.grades.")
    file = plan_with(tmp_path, named, old, new)
    assert not [finding for finding in check([file]) if "64.25" in finding.text]


def test_an_erratum_that_breaks_the_sum_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PlanWrong, match="add up to 90"):
        load(plan_with(tmp_path, "criteria.bang_xa.I.max", "60", "50"))


def test_an_erratum_that_breaks_a_reference_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PlanWrong, match="With the errata applied"):
        load(plan_with(tmp_path, "criteria.bang_xa.II.a.owner", "", "khong_co"))
