"""The JSON Schema for editors says what our own reader says, of the same files."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from ruamel.yaml import YAML

from bot.cli import main
from bot.plan import schema
from bot.plan.loader import load

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "plans" / "plan.schema.json"
PLANS = sorted([*(ROOT / "plans").glob("*.yaml"), *(Path(__file__).parent / "small").glob("*.yaml")])
VALIDATOR = Draft7Validator(schema.schema())


def as_an_editor_reads(text: str) -> Any:
    """Numbers as numbers, true as true, keys as words; a day stays as it is written."""
    return _in_json(YAML(typ="safe", pure=True).load(text))


def _in_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _in_json(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_in_json(inner) for inner in value]
    return value.isoformat() if isinstance(value, datetime.date) else value


def complaints(text: str) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(as_an_editor_reads(text))]


def test_the_shipped_schema_is_the_one_that_the_format_makes() -> None:
    assert SHIPPED.read_text(encoding="utf-8") == schema.text(), "kheo plan schema > plans/plan.schema.json"


def test_it_is_a_schema_of_a_draft_that_editors_know() -> None:
    Draft7Validator.check_schema(schema.schema())


def test_the_command_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["plan", "schema"])
    assert ended.value.code == 0
    assert json.loads(capsys.readouterr().out) == schema.schema()


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_every_plan_that_loads_is_valid(path: Path) -> None:
    load(path)
    assert complaints(path.read_text(encoding="utf-8")) == []


BARE = (Path(__file__).parent / "small" / "documents_bare.yaml").read_text(encoding="utf-8")
DUTY = """\
milestones:
  - id: nop
    name: Nộp
    date: {kind: annual, before: 01-30}
"""
TABLE = """\
criteria:
  - subject: tap_the
    title: Bảng
    total: 15
    rows: [{code: 01, text: Một, max: 15}]
"""


@pytest.mark.parametrize(
    "more",
    [
        DUTY,
        DUTY.replace("01-30", '"01-30"'),
        DUTY.replace("{kind: annual, before: 01-30}", "{kind: month, month: 09}"),
        DUTY.replace("{kind: annual, before: 01-30}", "{kind: fixed, by: 2025-06-30}"),
        DUTY.replace("{kind: annual, before: 01-30}", '{kind: fixed, by: "2025-06-30"}'),
        DUTY + "    to: Sở Nội vụ\n",
        DUTY + "    to: [Sở Nội vụ, UBND tỉnh]\n",
        DUTY + "    planned: true\n",
        DUTY + "    planned: yes\n",
        TABLE.replace("total: 15", "total: 15\n    step: 0.5"),
        TABLE.replace("total: 15", 'total: "15"\n    step: "0.5"'),
        "years: [2026, 2027]\nvalid_to: 2027-06\n",
        "occurrences: [{id: hd, name: Hướng dẫn, on: {2024: 2024-01-05}}]\n",
    ],
)
def test_what_our_reader_takes_the_schema_takes(tmp_path: Path, more: str) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text(BARE + more, encoding="utf-8")
    load(file)
    assert complaints(BARE + more) == []


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (DUTY.replace("name:", "nmae:"), "nmae"),
        (DUTY.replace("kind: annual, ", ""), "not valid under any"),
        (DUTY.replace("annual", "anual"), "not valid under any"),
        (DUTY + "    series: x\n", "series"),
        (DUTY + "    owed_by: everybody\n", "everybody"),
        (DUTY.replace("id: nop", "id: nộp"), "does not match"),
        (TABLE.replace("total: 15", "total: mười lăm"), "does not match"),
        (TABLE.replace("    total: 15\n", ""), "'total' is a required"),
        ("version: abc\n", "version"),
        ("milestone: []\n", "milestone"),
        ("forms: [{id: a, title: A, questions: [{id: q, kind: choice, ask: '?', options: field}]}]\n", "'field'"),
    ],
)
def test_what_our_reader_refuses_the_schema_marks(more: str, said: str) -> None:
    assert any(said in complaint for complaint in complaints(BARE + more)), complaints(BARE + more)


def test_editors_are_told_what_a_key_means() -> None:
    made = schema.schema()
    parts = made["definitions"]
    assert "Reminders, in working days" in parts["Milestone"]["properties"]["steps"]["description"]
    assert parts["Erratum"]["description"].startswith("A correction laid over the printed text")
    assert "season can be opened" in made["properties"]["years"]["description"]
    assert [name for name, part in parts.items() if not part.get("description")] == []
