"""A plan is refused whole, at the door, with the place and the remedy of everything that is wrong."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import PlanWrong
from bot.plan.check import check
from bot.plan.finding import Finding
from bot.plan.loader import load
from bot.plan.shelf import Shelf

SMALL = """\
id: nho
name: Kế hoạch nhỏ
document: {kind: Kế hoạch, title: Thực hiện phong trào, issuer: UBND xã}
valid_from: 2024
subjects:
  - {id: tap_the, name: Tập thể}
fields:
  - id: kinh_te
    name: kinh tế
    topics:
      - {id: du_lich, name: du lịch}
  - {id: van_hoa, name: văn hóa}
  - {id: quoc_phong, name: quốc phòng}
  - {id: he_thong, name: hệ thống chính trị}
forms:
  - id: dang_ky
    title: Bản đăng ký
    questions:
      - {id: field, kind: choice, ask: Lĩnh vực nào?, options: fields}
      - {id: topic, kind: choice, ask: Nội dung nào?, options: topics, required: false}
      - id: benefit
        kind: money
        ask: Làm lợi bao nhiêu?
        required: false
        required_by: nop
        when: {question: field, values: [kinh_te]}
milestones:
  - id: nop
    name: Nộp
    date: {kind: annual, before: 02-15}
    owed_by: every_unit
    settled_by: [submission]
    form: dang_ky
criteria:
  - subject: tap_the
    title: Bảng chấm
    step: 0.5
    total: 15
    rows:
      - {code: 01, text: Khéo, max: 15, evidence: {hint: Số liệu}}
levels:
  - id: xa
    name: cấp xã
    passes:
      - {kind: each_row, percent: 90}
    quotas: [{subjects: [tap_the], number: 1}]
units:
  - {code: x, name: xã X, kind: xa}
"""


def write(folder: Path, text: str | bytes, name: str = "plan.yaml") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refusal(path: Path) -> tuple[Finding, ...]:
    with pytest.raises(PlanWrong) as caught:
        load(path)
    findings = caught.value.findings
    assert findings
    assert str(caught.value) == "\n".join(map(str, findings))
    assert all(finding.remedy and finding.file == str(path) and finding.line >= 1 for finding in findings)
    return findings


def test_a_sound_plan_loads_with_codes_and_years_as_written(tmp_path: Path) -> None:
    path = write(tmp_path, SMALL)
    plan = load(path)
    assert plan.version == hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    assert plan.criteria[0].rows[0].code == "01"
    assert plan.valid_from == "2024"
    assert plan.form("dang_ky").question("field").options[0].label == "Kinh tế"
    assert check([path]) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "path", "said"),
    [
        ("name: Kế hoạch nhỏ\n", "", 1, "name", "missing"),
        ("ask: Làm lợi bao nhiêu?", "aks: Làm lợi?", 23, "forms.dang_ky.questions.benefit.aks", "no word of the plan"),
        ("kind: money", "kind: monney", 22, "forms.dang_ky.questions.benefit.kind", "monney"),
        ("before: 02-15", "before: 02-30", 30, "milestones.nop.date.before", "02-30"),
        ("before: 02-15", "before: 02-29", 30, "milestones.nop.date.before", "every year"),
        ("before: 02-15", "before: 15/02", 30, "milestones.nop.date.before", "15/02"),
        ("kind: annual, before: 02-15", "kind: month, month: 2026-13", 30, "milestones.nop.date.month", "2026-13"),
        ("kind: annual", "kind: anual", 30, "milestones.nop.date.kind", "anual"),
        ("kind: annual, ", "", 30, "milestones.nop.date.kind", "missing"),
        ("form: dang_ky", "form: dang_ki", 33, "milestones.nop.form", "dang_ki"),
        ("    form: dang_ky\n", "", 32, "milestones.nop.settled_by", "submitted"),
        ("question: field,", "question: linh_vuc,", 26, "forms.dang_ky.questions.benefit.when.question", "linh_vuc"),
        ("values: [kinh_te]", "values: [kinhte]", 26, "forms.dang_ky.questions.benefit.when.values", "kinhte"),
        ("options: fields", "options: field", 19, "forms.dang_ky.questions.field.options", "no list of options"),
        ("options: fields", "options: subjects", 20, "forms.dang_ky.questions.topic.options", "depend on the field"),
        ("options: fields", "options: []", 20, "forms.dang_ky.questions.topic.options", "depend on the field"),
        ("kind: choice, ask: Lĩnh", "kind: text, ask: Lĩnh", 19, "forms.dang_ky.questions.field.options", "no options"),
        ("required_by: nop", "required_by: nộp", 25, "forms.dang_ky.questions.benefit.required_by", "nộp"),
        ("- subject: tap_the", "- subject: ho_gia_dinh", 35, "criteria.ho_gia_dinh.subject", "ho_gia_dinh"),
        ("subjects: [tap_the]", "subjects: [ca_nhan]", 46, "levels.xa.quotas.0.subjects", "ca_nhan"),
        ("percent: 90", "percent: 900", 45, "levels.xa.passes.0.percent", "900"),
        ("percent: 90", "percent: 90%", 45, "levels.xa.passes.0.percent", "decimal"),
        ("step: 0.5", "step: 0", 37, "criteria.tap_the.step", "above 0"),
        ("step: 0.5", "step: 0,5", 37, "criteria.tap_the.step", "decimal"),
        ("max: 15, ev", "max: 15.2, ev", 40, "criteria.tap_the.rows.01.max", "15.2"),
        ("name: xã X,", "name: xã X, parent: y,", 48, "units.x.parent", "y"),
        ("name: xã X,", "name: xã X, parent: x,", 48, "units.x.parent", "above itself"),
        ("name: xã X,", "name: xã X, valid_to: 2025-02-30,", 48, "units.x.valid_to", "date"),
        ("valid_from: 2024", "valid_from: 2024-13", 4, "valid_from", "2024-13"),
        ("valid_from: 2024", "version: abc\nvalid_from: 2024", 4, "version", "filled in"),
        ("  - id: kinh_te", "  - id: kinh_te\n    id: khac", 9, "fields.0", "twice"),
        ("      - {id: du_lich, name: du lịch}", "      - &a {id: du_lich, name: x}\n      - *a", 12, "", "Aliases"),
        ("name: Kế hoạch nhỏ", "name: !!python/object x", 2, "name", "Tags"),
        ("subjects:\n", "subjects: {}\nmore:\n", 5, "subjects", "tuple"),
        ("name: Kế hoạch nhỏ", "name: [Kế hoạch", 1, "", "no YAML"),
        ("name: Kế hoạch nhỏ", "name: Kế\x00hoạch", 1, "", "no YAML"),
        ("units:", "---\nunits:", 47, "", "second document"),
    ],
)
def test_each_error_names_line_path_and_remedy(
    tmp_path: Path, old: str, new: str, line: int, path: str, said: str
) -> None:
    assert SMALL.count(old) == 1
    findings = refusal(write(tmp_path, SMALL.replace(old, new)))
    matching = [f for f in findings if said in f.text]
    assert matching, [str(f) for f in findings]
    if "no YAML" not in said:
        assert matching[0].line == line, [str(f) for f in findings]
    if path and "twice" not in said:
        assert matching[0].path == path, [str(f) for f in findings]


@pytest.mark.parametrize(
    ("addition", "line"),
    [
        ("  - {id: tap_the, name: Lại tập thể}\n", 7),
        ("  - {id: '', name: Không tên}\n", 7),
    ],
)
def test_an_id_that_is_doubled_or_empty_is_refused(tmp_path: Path, addition: str, line: int) -> None:
    findings = refusal(write(tmp_path, SMALL.replace("fields:\n", addition + "fields:\n", 1)))
    assert [f.line for f in findings] == [line]


def test_a_misspelt_key_is_told_its_right_name(tmp_path: Path) -> None:
    (finding, *_) = refusal(write(tmp_path, SMALL.replace("milestones:", "milestone:")))
    assert "Did you mean “milestones”?" in finding.remedy


def test_all_errors_are_told_at_once(tmp_path: Path) -> None:
    findings = refusal(write(tmp_path, SMALL.replace("percent: 90", "percent: x").replace("kind: money", "kind: x")))
    assert [f.line for f in findings] == [22, 45]


def test_self_score_is_a_form_only_where_there_are_criteria(tmp_path: Path) -> None:
    scored = SMALL.replace("form: dang_ky", "form: self_score")
    assert load(write(tmp_path, scored)).milestone("nop").form == "self_score"
    without = scored[: scored.index("criteria:")]
    assert "self_score" in refusal(write(tmp_path, without))[0].text


def test_a_plan_without_criteria_or_dates_is_complete(tmp_path: Path) -> None:
    text = SMALL[: SMALL.index("forms:")]
    assert load(write(tmp_path, text)).milestones == ()


@pytest.mark.parametrize("text", ["", "# nothing\n", "một câu", "- a\n- b\n", "42", "[" * 5000, "{a: " * 5000])
def test_what_is_no_mapping_is_refused(tmp_path: Path, text: str) -> None:
    refusal(write(tmp_path, text))


def test_missing_files_and_foreign_bytes_are_refused(tmp_path: Path) -> None:
    refusal(tmp_path / "khong-co.yaml")
    refusal(tmp_path)
    (finding,) = refusal(write(tmp_path, b"id: a\nname: \xff\xfe\n"))
    assert finding.line == 2


def test_a_file_that_is_too_large_is_not_even_read(tmp_path: Path) -> None:
    path = tmp_path / "to.yaml"
    with path.open("wb") as file:
        os.truncate(file.fileno(), 40_000_000_000)
    assert "40000000000 bytes" in refusal(path)[0].text


def test_an_alias_bomb_does_not_go_off(tmp_path: Path) -> None:
    rows = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    rows += [f"{b}: &{b} [" + ", ".join([f"*{a}"] * 9) + "]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)]
    findings = refusal(write(tmp_path, "\n".join(rows)))
    assert len(findings) == 72
    assert {"Aliases" in finding.text for finding in findings} == {True}


def test_a_finding_is_one_line_of_file_line_level_text_and_remedy() -> None:
    finding = Finding("plans/a.yaml", 3, "warning", "criteria.x", "It is odd.", "Look again.")
    assert str(finding) == "plans/a.yaml:3: warning: criteria.x: It is odd. (Look again.)"


def test_a_folder_is_read_by_the_plans_ids_and_only_its_own_yaml_files(tmp_path: Path) -> None:
    write(tmp_path, SMALL, "a.yaml")
    write(tmp_path, "id: [", "ghi-chu.txt")
    (tmp_path / "calendars").mkdir()
    write(tmp_path / "calendars", "year: 2024", "2024.yaml")
    assert list(Shelf(tmp_path).look().fresh) == ["nho"]
    write(tmp_path, SMALL, "b.yaml")
    write(tmp_path, SMALL.replace("percent: 90", "percent: x"), "c.yaml")
    look = Shelf(tmp_path).look()
    assert [Path(finding.file).name for finding in look.findings] == ["b.yaml", "c.yaml"]


pieces = st.one_of(
    st.sampled_from([line + "\n" for line in SMALL.splitlines()]),
    st.text(max_size=20),
    st.sampled_from(
        ["- ", "  ", ": ", "[", "}", "&a ", "*a", "!x ", "|\n", "? ", '"\\ud800"', '"\\UFFFFFFFF"', "\t", "%"]
    ),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(pieces, max_size=30), at=st.integers(0, len(SMALL)))
def test_no_text_brings_anything_but_a_plan_or_a_refusal(tmp_path: Path, parts: list[str], at: int) -> None:
    text = SMALL[:at] + "".join(parts) + SMALL[at:]
    path = write(tmp_path, text.encode("utf-8", "replace"))
    findings = check([path])
    "\n".join(map(str, findings)).encode()
    if any(finding.level == "error" for finding in findings):
        refusal(path)
    else:
        load(path)
