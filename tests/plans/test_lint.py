"""Lint sees what a real document has had in it, and errata are laid over the print without touching it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.errors import PlanWrong
from bot.plan.check import check
from bot.plan.errata import corrected
from bot.plan.loader import load
from tests.plans.test_loader import SMALL, write

TABLE = """\
criteria:
  - subject: tap_the
    title: Bảng chấm
    step: 0.5
    total: 100
    rows:
      - {code: 01, text: Nắm vững, max: 60, evidence: {hint: Số liệu}}
      - {code: 02, text: Vận động, max: 40, evidence: {hint: Số liệu}}
levels:
  - {id: xa, name: cấp xã, passes: [{kind: each_row, percent: 90}, {kind: total, points: 90}]}
  - {id: tinh, name: cấp tỉnh, passes: [{kind: each_row, percent: 90}, {kind: total, points: 90}]}
"""
PLAN = SMALL[: SMALL.index("criteria:")] + TABLE

ERRATUM = """\
errata:
  - path: {path}
    old: {old}
    new: {new}
    why: Công văn đính chính
    who: Phòng Nội vụ
    when: 2024-03-01
"""


def told(folder: Path, text: str, today: date | None = None) -> list[tuple[int, str, str]]:
    return [(f.line, f.level, f.path) for f in check([write(folder, text)], today)]


def line(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


@pytest.mark.parametrize(
    ("old", "new", "at", "level", "path"),
    [
        ("total: 100", "total: 90", "total: 90", "error", "criteria.tap_the.total"),
        ("text: Vận động", "text: 'Nắm  vững'", "text: 'Nắm  vững'", "warning", "criteria.tap_the.rows.02.text"),
        ("code: 02", "code: 03", "code: 03", "warning", "criteria.tap_the.rows.03.code"),
        ("step: 0.5", "step: 5", "step: 5", "warning", "criteria.tap_the.step"),
        ("xã, passes: [{kind: each_row, percent: 90}, {kind: total, points: 90}]",
         "xã, passes: [{kind: total, points: 101}]", "points: 101", "error", "levels.xa.passes.0.points"),
        ("kind: annual, before: 02-15", "kind: month, month: 2027-09", "month: 2027-09", "warning",
         "milestones.nop.date.month"),
    ],
)  # fmt: skip
def test_a_slip_is_found_once_at_its_line(tmp_path: Path, old: str, new: str, at: str, level: str, path: str) -> None:
    sound = PLAN.replace("subjects:", "years: [2024]\nsubjects:")
    assert told(tmp_path, sound) == []
    text = sound.replace(old, new)
    assert told(tmp_path, text) == [(line(text, at), level, path)]


def test_a_date_that_is_past_and_does_not_come_again_is_warned_of_when_today_is_told(tmp_path: Path) -> None:
    yearbound = PLAN.replace("subjects:", "recurrence: none\nyears: [2023]\nsubjects:")
    assert told(tmp_path, yearbound) == []
    assert told(tmp_path, yearbound, date(2023, 2, 14)) == []
    assert [path for _, _, path in told(tmp_path, yearbound, date(2024, 1, 1))] == ["milestones.nop.date"]
    assert told(tmp_path, PLAN, date(2044, 1, 1)) == []


def test_an_erratum_settles_the_warning_and_leaves_the_print_alone(tmp_path: Path) -> None:
    doubled = PLAN.replace("text: Vận động", "text: Nắm vững")
    erratum = ERRATUM.format(path="criteria.tap_the.02.text", old="Nắm vững", new="Vận động được đông đảo Nhân dân")
    assert told(tmp_path, doubled + erratum) == []
    plan = load(write(tmp_path, doubled + erratum))
    assert plan.table("tap_the").row("02").text == "Nắm vững"
    assert corrected(plan).table("tap_the").row("02").text == "Vận động được đông đảo Nhân dân"
    assert corrected(plan).version == plan.version


def test_numbers_and_names_with_dots_can_be_corrected(tmp_path: Path) -> None:
    text = PLAN.replace("total: 100", "total: 99") + "units:\n  - {code: a.b, name: xã A, kind: xa}\n"
    errata = ERRATUM.format(path="criteria.tap_the.total", old="99.0", new="100")
    errata += ERRATUM.format(path="units.a.b.name", old="xã A", new="xã B").removeprefix("errata:\n")
    plan = corrected(load(write(tmp_path, text + errata)))
    assert (plan.table("tap_the").total, plan.units[0].name) == (100, "xã B")
    assert check([write(tmp_path, text + errata)]) == []


@pytest.mark.parametrize(
    ("path", "old", "new", "key"),
    [
        ("criteria.tap_the.03.text", "Nắm vững", "x", "path"),
        ("criteria.tap_the.rows", "x", "x", "path"),
        ("criteria.tap_the.rows.01.code", "01", "02", "path"),
        ("version", "x", "x", "path"),
        ("criteria.tap_the.01.text", "Nam vung", "x", "old"),
        ("criteria.tap_the.01.max", "mười", "x", "old"),
        ("criteria.tap_the.01.max", "60", "sáu mươi", "new"),
        ("milestones.nop.date.before", "02-15", "15/02", "new"),
    ],
)
def test_an_erratum_that_does_not_fit_is_refused_at_its_line(
    tmp_path: Path, path: str, old: str, new: str, key: str
) -> None:
    text = PLAN + ERRATUM.format(path=path, old=old, new=new)
    with pytest.raises(PlanWrong) as caught:
        load(write(tmp_path, text))
    (finding,) = caught.value.findings
    mark = "- path: " if key == "path" else f"    {key}: "
    assert (finding.path, finding.line) == (f"errata.{path}.{key}", line(text, mark))


@pytest.mark.parametrize(("path", "old", "new"), [
    ("milestones.nop.date.before", "02-15", "02-30"),
    ("milestones.nop.form", "dang_ky", "khong_co"),
])  # fmt: skip
def test_an_erratum_must_leave_a_plan_that_fits_together(tmp_path: Path, path: str, old: str, new: str) -> None:
    with pytest.raises(PlanWrong, match="With the errata applied"):
        load(write(tmp_path, PLAN + ERRATUM.format(path=path, old=old, new=new)))


def test_a_value_is_corrected_once(tmp_path: Path) -> None:
    erratum = ERRATUM.format(path="criteria.tap_the.01.text", old="Nắm vững", new="x")
    with pytest.raises(PlanWrong, match="corrected twice"):
        load(write(tmp_path, PLAN + erratum + erratum.removeprefix("errata:\n")))
