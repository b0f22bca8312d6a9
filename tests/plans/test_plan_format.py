"""docs/plan-format.md teaches by one plan built step by step: each step is a plan that loads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.plan.check import check
from bot.plan.dates import DateRule
from bot.plan.loader import load

PAGE = Path("docs/plan-format.md").read_text(encoding="utf-8")
STEPS = re.findall(r"^```yaml plan\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
NEEDS_LATER = {2, 3}
"""Steps whose rules name something that a later step brings (a milestone, the criteria)."""


@pytest.mark.parametrize("count", range(1, len(STEPS) + 1))
def test_the_plan_loads_after_each_step(count: int, tmp_path: Path) -> None:
    file = tmp_path / "an-binh.yaml"
    file.write_text("\n".join(STEPS[:count]), encoding="utf-8")
    if count - 1 in NEEDS_LATER:
        assert [str(finding) for finding in check([file]) if "There is no" not in finding.text] == []
        return
    assert load(file).id == "an-binh"
    assert [str(finding) for finding in check([file]) if finding.level == "error"] == []


def test_the_finished_plan_has_no_findings(tmp_path: Path) -> None:
    assert len(STEPS) == 7
    file = tmp_path / "an-binh.yaml"
    file.write_text("\n".join(STEPS), encoding="utf-8")
    assert [str(finding) for finding in check([file])] == []


def test_every_command_and_date_rule_of_the_page_exists() -> None:
    known = {part.model_fields["kind"].default for part in DateRule.__origin__.__args__}  # type: ignore[attr-defined]
    named = set(re.findall(r"^\|.*\{kind: (\w+)", PAGE, re.MULTILINE))
    assert named <= known
    assert len(named) >= 7
