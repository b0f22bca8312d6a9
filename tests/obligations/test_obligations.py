"""docs/obligations.csv is honest: all rows are there, what is done is shown by a check, and the check can fail."""

from __future__ import annotations

import csv
import importlib
import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.obligations.trial import Trial, changed, piece
from tests.world import plan

ROOT = Path(__file__).resolve().parents[2]
PLANS = {
    "A": "ninh-thuan",
    "B": "binh-dinh",
    "C": "van-ninh",
    "D": "xuan-truong",
    "E": "so-tttt-dak-nong",
}
COUNTS = {"A": 21, "B": 14, "C": 47, "D": 14, "E": 14}
STATUSES = ("done", "partly", "text only", "out of scope")
COLUMNS = ["row", "plan", "what", "status", "in_plan", "in_code", "check", "changes", "note"]
SEPARATOR = " | "
"""Between several paths, files or changes in one cell."""

with (ROOT / "docs" / "obligations.csv").open(encoding="utf-8", newline="") as file:
    ROWS = list(csv.DictReader(file))
SHOWN = [row for row in ROWS if row["status"] in ("done", "partly")]


def cells(row: dict[str, str], column: str) -> list[str]:
    return [cell.strip() for cell in row[column].split(SEPARATOR.strip()) if cell.strip()]


def check_of(row: dict[str, str]) -> Callable[[Trial], Any]:
    """The function named as “checks_a.r_a01”."""
    module, _, name = row["check"].partition(".")
    found = getattr(importlib.import_module(f"tests.obligations.{module}"), name)
    assert inspect.isfunction(found)
    return found


async def run(row: dict[str, str], trial: Trial) -> None:
    result = check_of(row)(trial)
    if inspect.isawaitable(result):
        await result


def test_all_110_rows_are_there_once_and_in_order() -> None:
    assert list(ROWS[0]) == COLUMNS
    expected = [f"R-{plan}{n:02}" for plan, count in COUNTS.items() for n in range(1, count + 1)]
    assert [row["row"] for row in ROWS] == expected
    assert len(expected) == 110
    assert [row["row"] for row in ROWS if row["plan"] != PLANS[row["row"][2]]] == []


@pytest.mark.parametrize("row", ROWS, ids=[row["row"] for row in ROWS])
def test_a_row_says_what_where_and_how(row: dict[str, str]) -> None:
    assert row["status"] in STATUSES
    assert row["what"]
    whole = plan(row["plan"])
    for path in cells(row, "in_plan"):
        assert piece(whole, path), path
    for place in cells(row, "in_code"):
        assert (ROOT / place).exists(), place
    if row["status"] in ("done", "partly"):
        assert row["in_plan"]
        assert row["in_code"]
        assert re.fullmatch(r"checks_[a-e]\.r_[a-e]\d\d", row["check"])
        assert row["check"].endswith(row["row"][2:].lower())
        assert row["changes"], "a check that has never failed shows nothing"
    else:
        assert row["check"] == ""
    if row["status"] == "text only":
        assert row["in_plan"], "the text must at least stand in the plan"
    if row["status"] in ("partly", "out of scope"):
        assert row["note"], "what is missing, or why it is not for a bot"


@pytest.mark.parametrize("row", SHOWN, ids=[row["row"] for row in SHOWN])
async def test_what_is_done_is_shown(row: dict[str, str], ready_sqlite: Path) -> None:
    await run(row, Trial(plan(row["plan"]), ready_sqlite))


CHANGES = [(row, change, number) for row in SHOWN for number, change in enumerate(cells(row, "changes"))]


@pytest.mark.parametrize(
    ("row", "change"),
    [
        # One change of each row with every run, all of them with `make thorough`.
        pytest.param(row, change, id=f"{row['row']}: {change}", marks=[pytest.mark.thorough] if number else [])
        for row, change, number in CHANGES
    ],
)
async def test_the_check_fails_when_the_plan_says_otherwise(
    row: dict[str, str],
    change: str,
    ready_sqlite: Path,
) -> None:
    other = changed(plan(row["plan"]), change)
    with pytest.raises((AssertionError, LookupError)) as failed:
        await run(row, Trial(other, ready_sqlite))
    silent = ("world.py", "talk.py")
    assert Path(failed.traceback[-1].path).name not in silent, "the check must say so, not a world that is not made"
