"""Small plans that say what the five real ones do not, each with what `kheo plan check` has to say of it."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from bot.plan.check import check
from bot.plan.loader import load

SMALL = Path(__file__).parent / "small"
OURS = sorted(path for name in ("people", "levels", "documents") for path in SMALL.glob(f"{name}*.yaml"))
_SAID = re.compile(r"  # (warning|error): (.+)$")


def announced(path: Path) -> list[tuple[int, str, str]]:
    """(line, level, part of the text) of what the comments at the ends of lines announce."""
    lines = enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
    return [(number, said[1], said[2]) for number, line in lines if (said := _SAID.search(line))]


def test_there_are_small_plans() -> None:
    assert {path.stem for path in OURS} >= {"people", "levels", "documents", "documents_bare"}


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_a_small_plan_is_found_to_be_as_its_comments_say(path: Path) -> None:
    found = check([path])
    said = announced(path)
    assert [(finding.line, finding.level) for finding in found] == [(line, level) for line, level, _ in said]
    for finding, (_, _, text) in zip(found, said, strict=True):
        assert text in finding.text


def test_a_function_passes_from_office_to_office_and_may_stand_empty() -> None:
    plan = load(SMALL / "people.yaml")
    assert plan.standing_office(date(2024, 5, 1)) == "Ban Dân vận Tỉnh ủy"
    assert plan.standing_office(date(2025, 2, 3)) == "Ban Tuyên giáo và Dân vận Tỉnh ủy"
    assert plan.standing_office(date(2026, 1, 15)) == ""
    assert plan.standing_office(date(2026, 2, 1)) == "Ban Thường trực Ủy ban MTTQ Việt Nam tỉnh"


def test_a_plan_without_a_single_date_or_criterion_is_whole() -> None:
    plan = load(SMALL / "documents_bare.yaml")
    assert (plan.criteria, plan.forms, plan.milestones, plan.fields) == ((), (), (), ())


def test_a_quarterly_report_without_a_day_comes_four_times() -> None:
    plan = load(SMALL / "documents.yaml")
    assert [one.id for one in plan.occasions if one.series == "bao_cao"] == [f"bao_cao_q{n}" for n in range(1, 5)]


def test_a_table_without_the_column_that_decides_is_warned_of_at_each_level(tmp_path: Path) -> None:
    text = (SMALL / "levels.yaml").read_text(encoding="utf-8")
    alone = "    columns:\n      - {id: council, name: Hội đồng cho điểm, role: hoi_dong}\n    rows:"
    assert text.count(alone) == 1
    file = tmp_path / "levels.yaml"
    file.write_text(text.replace(alone, "    rows:"), encoding="utf-8")
    found = [finding.path for finding in check([file]) if "no column “council”" in finding.text]
    assert found == [f"levels.{level}.decided_on" for level in ("cong_nhan", "tieu_bieu", "khen")]
