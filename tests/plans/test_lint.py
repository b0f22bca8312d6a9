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


ROWS = """      - {code: 01, text: Nắm vững, max: 60, evidence: {hint: Số liệu}}
      - {code: 02, text: Vận động, max: 40, evidence: {hint: Số liệu}}
"""
PASSES = "{id: xa, name: cấp xã, passes: [{kind: each_row, percent: 90}, {kind: total, points: 90}]}"


def rows(*written: str) -> str:
    return "".join(f"      - {row}\n" for row in written)


def grades(*written: str, of: str = "points") -> str:
    listed = "".join(f"      - {{id: g{n}, name: G{n}, range: {{{span}}}}}\n" for n, span in enumerate(written))
    return f"grades:\n  - id: hang\n    name: Hạng\n    of: {of}\n    grades:\n{listed}levels:"


def group(cap: str, *points: int, aggregate: str = "sum") -> str:
    inner = ", ".join(f"{{code: 1.{n}, text: Việc {n}, max: {most}}}" for n, most in enumerate(points, 1))
    return rows(
        f"{{code: 1, text: Nhóm một, max: {cap}, aggregate: {aggregate}, rows: [{inner}]}}",
        "{code: 2, text: Hai, max: 40}",
    )


def choice(*points: int) -> str:
    return "options: [" + ", ".join(f"{{key: k{n}, label: L, points: {p}}}" for n, p in enumerate(points)) + "]"


def one_row(scoring: str, more: str = "") -> str:
    return rows(f"{{code: 1, text: Một, max: 100, {more}scoring: {{{scoring}}}}}")


@pytest.mark.parametrize(
    ("old", "new", "at", "level", "path", "said"),
    [
        # sum(max) ≠ stated total
        ("total: 100", "total: 90", "total: 90", "error", "criteria.tap_the.total", "add up to 100"),
        # duplicate row text (C, rows 01 and 02)
        ("text: Vận động", "text: 'Nắm  vững'", "text: 'Nắm  vững'", "warning", "criteria.tap_the.rows.02.text",
         "same text as row 01"),
        # unreachable maximum
        (ROWS, one_row(f"kind: choice, {choice(80, 90)}"), "{code: 1", "warning", "criteria.tap_the.rows.1.max",
         "at most 90"),
        (ROWS, one_row("kind: band, measure: số hộ, bands: [{at_least: 10, points: 95}, {below: 10, points: 0}]"),
         "{code: 1", "warning", "criteria.tap_the.rows.1.max", "at most 95"),
        (ROWS, one_row("kind: sample, measure: hồ sơ, size: 9, each: 10"), "{code: 1", "warning",
         "criteria.tap_the.rows.1.max", "at most 90"),
        (ROWS, one_row(f"kind: imported, source: xếp loại chi bộ, {choice(50, 20)}"), "{code: 1", "warning",
         "criteria.tap_the.rows.1.max", "at most 50"),
        (ROWS, group("60", 30, 20), "{code: 1,", "warning", "criteria.tap_the.rows.1.max", "at most 50"),
        (ROWS, group("60", 30, 20, aggregate="highest"), "{code: 1,", "warning", "criteria.tap_the.rows.1.max",
         "at most 30"),
        # sub-maxima > parent
        (ROWS, group("60", 40, 30), "{code: 1,", "warning", "criteria.tap_the.rows.1.max", "give up to 70"),
        # cap text ≠ cap column
        ("max: 40,", "max: 40, printed_max: tối đa 30 điểm,", "max: 40", "warning",
         "criteria.tap_the.rows.02.printed_max", "say 30 points"),
        ("text: Vận động", "text: 'Mỗi sáng kiến 5 điểm, tối đa 12,5 điểm'", "12,5", "warning",
         "criteria.tap_the.rows.02.text", "say 12,5 points"),
        # grade gap and overlap, at the table's step
        ("levels:", grades("at_least: 90", "at_least: 50, at_most: 89", "below: 50"), "name: G0", "warning",
         "grades.hang.grades.g0", "89.5 lies in none"),
        ("levels:", grades("at_least: 90", "at_least: 50, at_most: 90", "below: 50"), "name: G1", "warning",
         "grades.hang.grades.g1", "90 lies in “G0” and in “G1”"),
        ("levels:", grades("at_least: 90", "at_least: 50, below: 90"), "name: G1", "warning",
         "grades.hang.grades.g1", "0 lies in none"),
        ("levels:", grades("at_least: 90, below: 100", "below: 90"), "grades:\n      -", "warning",
         "grades.hang.grades", "100 lies in none"),
        ("levels:", grades("at_least: 90", "at_most: 89.9", of="percent"), "name: G0", "warning",
         "grades.hang.grades.g0", "89.95 lies in none"),
        (ROWS, one_row("kind: band, measure: tỷ lệ hộ, bands: [{at_least: 90, points: 100}, {at_most: 89, points: 0}]"),
         "{code: 1", "warning", "criteria.tap_the.rows.1.scoring.bands.0", "89.5 lies in none"),
        # a condition named without a threshold
        (PASSES, "{id: xa, name: cấp xã, passes: [{kind: vote}]}", "kind: vote", "warning", "levels.xa.passes.0",
         "which share"),
        (PASSES, "{id: xa, name: cấp xã, meeting: {written_opinions: true}}", "meeting", "warning", "levels.xa.meeting",
         "neither who"),
        # nothing of a table counts, because nobody fills the column that decides
        ("    step: 0.5", "    columns: [{id: council, name: Hội đồng}]\n    level: tinh\n    step: 0.5",
         "{id: tinh", "error", "levels.tinh", ""),
        # numbering jumps, also of letters and Roman numbers
        ("code: 02", "code: 03", "code: 03", "warning", "criteria.tap_the.rows.03.code", "03 stands where 02"),
        (ROWS, ROWS.replace("code: 01", "code: 02").replace("02, text: Vận", "03, text: Vận"), "code: 02", "warning",
         "criteria.tap_the.rows.02.code", "02 stands where 01"),
        (ROWS, ROWS.replace("01", "I").replace("02", "III"), "code: III", "warning", "criteria.tap_the.rows.III.code",
         "III stands where II"),
        (ROWS, ROWS.replace("01", "a").replace("02", "c"), "code: c", "warning", "criteria.tap_the.rows.c.code",
         "c stands where b"),
        (ROWS, group("60", 30, 30).replace("1.2", "1.3"), "code: 1.3", "warning",
         "criteria.tap_the.rows.1.rows.1.3.code", "1.3 stands where 1.2"),
        # field list differs from the usual four
        ("  - {id: van_hoa, name: văn hóa}\n", "", "fields:\n", "warning", "fields", "missing: culture_society"),
        ("name: văn hóa", "name: Môi trường", "fields:\n", "warning", "fields", "besides: Môi trường"),
        ("name: quốc phòng", "name: xã hội", "fields:\n", "warning", "fields", "besides: xã hội"),
        # threshold that the step does not give
        ("step: 0.5", "step: 5", "step: 5", "error", "criteria.tap_the.step", "90 % of 60 is 54"),
        (PASSES, "{id: xa, name: cấp xã, passes: [{kind: group, code: 01, percent: 33}]}", "step: 0.5", "error",
         "criteria.tap_the.step", "33 % of 60 is 19.8"),
        # unreachable total
        (PASSES, "{id: xa, name: cấp xã, passes: [{kind: total, points: 101}]}", "points: 101", "error",
         "levels.xa.passes.0.points", "has only 100"),
        ("kind: annual, before: 02-15", "kind: month, month: 2027-09", "month: 2027-09", "warning",
         "milestones.nop.date", "2027 is no year"),
        # printed overall maximum
        ("total: 100", "total: 100\n    most: 110", "most: 110", "warning", "criteria.tap_the.most", "make 100"),
    ],
)  # fmt: skip
def test_a_slip_is_found_once_at_its_line(
    tmp_path: Path, old: str, new: str, at: str, level: str, path: str, said: str
) -> None:
    sound = PLAN.replace("subjects:\n", "years: [2024]\nsubjects:\n", 1)
    assert told(tmp_path, sound) == []
    assert sound.count(old) == 1
    text = sound.replace(old, new)
    assert told(tmp_path, text) == [(line(text, at), level, path)]
    assert said in check([write(tmp_path, text)])[0].text


@pytest.mark.parametrize(
    "table",
    [
        rows(*(f"{{code: 1{letter}, text: Việc {letter}, max: 20}}" for letter in ("a", "b", "c", "d", "dd"))),
        rows(*(f"{{code: {letter}, text: Việc {letter}, max: 20}}" for letter in ("c1", "c2", "c3", "c4", "c5"))),
        rows(*(f"{{code: {letter}, text: Việc {letter}, max: 25}}" for letter in ("a", "b", "c", "d"))),
        group("60", 30, 30).replace("code: 1.2", "code: 1.2").replace("{code: 2, text: Hai, max: 40}",
            "{code: 2, text: Hai, max: 40, rows: [{code: 1.3, text: Ba, max: 20}, {code: 1.4, text: Bốn, max: 20}]}"),
        rows(*(f"{{code: {letter}, text: Việc {letter}, max: 20}}" for letter in ("I", "II", "III", "IV", "V"))),
        rows("{code: x, text: Tự do, max: 60}", "{code: abc, text: Tự do hơn, max: 40}"),
        rows(*(f"{{code: e{n}, text: Việc {n}, max: 10}}" for n in range(1, 11))),
        rows("{code: 1, text: Nhóm, rows: [{code: d, text: Một, max: 60}, {code: e, text: Hai, max: 40}]}")
            .replace("code: d", "code: a").replace("code: e", "code: b"),
    ],
)  # fmt: skip
def test_numberings_of_every_fashion_pass(tmp_path: Path, table: str) -> None:
    assert told(tmp_path, PLAN.replace(ROWS, table)) == []


def test_letters_may_leave_out_what_some_documents_do_not_count(tmp_path: Path) -> None:
    named = ("a", "b", "c", "d", "e", "g", "h", "i", "k", "l")
    table = rows(*(f"{{code: {letter}, text: Việc {letter}, max: 10}}" for letter in named))
    assert told(tmp_path, PLAN.replace(ROWS, table)) == []


def test_bands_of_whole_numbers_have_no_gap_between_neighbours(tmp_path: Path) -> None:
    bands = "kind: band, measure: số buổi, bands: [{at_least: 3, points: 100}, {at_least: 1, at_most: 2, points: 50}]"
    assert told(tmp_path, PLAN.replace(ROWS, one_row(bands))) == []


def test_grades_that_meet_have_neither_gap_nor_overlap(tmp_path: Path) -> None:
    sound = grades("at_least: 90", "at_least: 70, below: 90", "at_least: 50, at_most: 69.5", "below: 50")
    assert told(tmp_path, PLAN.replace("levels:", sound)) == []


def test_a_wrong_sum_is_accepted_once_somebody_has_said_how_it_is_read(tmp_path: Path) -> None:
    wrong = PLAN.replace("total: 100", "total: 90")
    with pytest.raises(PlanWrong, match="add up to 100"):
        load(write(tmp_path, wrong))
    reading = "    interpretation: {reading: Tổng là 100, why: Cộng các dòng, by: Phòng Nội vụ}\n    step:"
    assert [level for _, level, _ in told(tmp_path, wrong.replace("    step:", reading))] == ["warning"]
    load(write(tmp_path, wrong.replace("    step:", reading)))


def test_a_step_is_accepted_once_somebody_has_said_that_more_is_needed(tmp_path: Path) -> None:
    coarse = PLAN.replace("step: 0.5", "step: 5")
    with pytest.raises(PlanWrong, match="steps of 5 do not give"):
        load(write(tmp_path, coarse))
    said = "step_interpretation: {reading: Cần 55 điểm, why: Điểm chẵn, by: Phòng Nội vụ}"
    assert told(tmp_path, PLAN.replace("step: 0.5", f"step: 5\n    {said}")) == []


def test_standards_that_no_row_measures_are_found_where_rows_name_theirs(tmp_path: Path) -> None:
    standards = "standards:\n  - {id: s1, subject: tap_the, text: Một}\n  - {id: s2, subject: tap_the, text: Hai}\n"
    text = PLAN.replace("forms:\n", f"{standards}forms:\n")
    assert told(tmp_path, text) == []
    named = text.replace("text: Nắm vững,", "text: Nắm vững, standard: s1,")
    assert told(tmp_path, named) == [(line(named, "{id: s2"), "warning", "standards.s2")]


ROLES = """\
roles:
  - {{id: thuong_truc, name: Thường trực, office: {office}{more}}}
forms:
"""


@pytest.mark.parametrize(
    ("office", "head", "more", "found"),
    [
        ("Ban Dân vận Huyện ủy", "valid_from: 2024", "", True),
        ("Ban Dân vận Huyện ủy", "valid_from: 2024", ", valid_to: 2025-06-30", False),
        ("Ban Dân vận Huyện ủy", "valid_from: 2024\nvalid_to: 2025-06", "", False),
        ("Ban Dân vận Huyện ủy", "valid_from: 2023\nyears: [2023]\nrecurrence: none", "", False),
        ("Ban Dân vận Tỉnh ủy", "valid_from: 2024", "", True),
        ("BAN DÂN VẬN TỈNH ỦY", "valid_from: 2024", ", valid_to: 2025-02-03", True),
        ("Ban Tuyên giáo và Dân vận Tỉnh ủy", "valid_from: 2024", "", False),
        ("Khối Dân vận xã", "valid_from: 2024", "", False),
        ("Sở Nội vụ tỉnh Đắk Nông", "valid_from: 2024", "", True),
        ("Phòng Nội vụ", "valid_from: 2024", "", False),
    ],
)
def test_a_function_of_a_body_that_has_ended_is_found(
    tmp_path: Path, office: str, head: str, more: str, found: bool
) -> None:
    text = PLAN.replace("valid_from: 2024", head).replace("forms:\n", ROLES.format(office=office, more=more), 1)
    expected = [(line(text, "- {id: thuong_truc"), "warning", "roles.thuong_truc.office")]
    assert told(tmp_path, text) == (expected if found else [])


def test_the_issuer_too_and_a_department_of_a_district(tmp_path: Path) -> None:
    district = PLAN.replace("issuer: UBND xã", "issuer: UBND huyện X, level: huyen")
    department = ROLES.format(office="Phòng Nội vụ", more="")
    paths = [path for _, _, path in told(tmp_path, district.replace("forms:\n", department, 1))]
    assert paths == ["document.issuer", "roles.thuong_truc.office"]


@pytest.mark.parametrize(
    ("name", "head", "found"),
    [
        ("Báo cáo theo Mẫu số 07 Nghị định 91/2017/NĐ-CP", "valid_from: 2023-12", True),
        ("Báo cáo theo Mẫu báo cáo số 07", "valid_from: 2024", True),
        ("Báo cáo theo Mẫu số 07 Nghị định 91/2017/NĐ-CP", "valid_from: 2023\nyears: [2023]\nrecurrence: none", False),
        ("Báo cáo theo Nghị định 98/2023/NĐ-CP", "valid_from: 2024\nvalid_to: 2025-06-30", False),
        ("Báo cáo theo Nghị định 98/2023/NĐ-CP", "valid_from: 2024", True),
        ("Báo cáo theo Nghị định 152/2025/NĐ-CP", "valid_from: 2024", False),
        ("Báo cáo thành tích", "valid_from: 2024", False),
    ],
)
def test_a_form_that_is_no_longer_in_force_is_found(tmp_path: Path, name: str, head: str, found: bool) -> None:
    dossier = f"dossier: {{parts: [{{id: bc, name: {name}, form: bao_cao_chuyen_de}}]}}"
    text = PLAN.replace("valid_from: 2024", head).replace(PASSES, f"{{id: xa, name: cấp xã, {dossier}}}")
    expected = [(line(text, "dossier:"), "warning", "levels.xa.dossier.parts.bc.form")]
    assert told(tmp_path, text) == (expected if found else [])


def test_a_yearly_date_of_a_plan_that_names_no_year_is_found(tmp_path: Path) -> None:
    text = PLAN.replace("subjects:\n", "recurrence: none\nsubjects:\n", 1)
    assert told(tmp_path, text) == [(line(text, "date: {kind: annual"), "warning", "milestones.nop.date")]


@pytest.mark.parametrize(
    ("rule", "last"),
    [
        ("{kind: fixed, before: 2024-03-01}", "2024-02"),
        ("{kind: fixed, by: 2024-03-01}", "2024-03"),
        ("{kind: window, first: 2024-03-01, last: 2024-05-05}", "2024-05"),
        ("{kind: month, month: 2024-09}", "2024-09"),
    ],
)
def test_a_date_with_its_own_year_is_past_even_in_a_plan_that_comes_again(tmp_path: Path, rule: str, last: str) -> None:
    text = PLAN.replace("{kind: annual, before: 02-15}", rule)
    year, month = map(int, last.split("-"))
    assert told(tmp_path, text, date(year, month, 1)) == []
    (finding,) = check([write(tmp_path, text)], date(year, month + 1, 1))
    assert (finding.path, finding.line) == ("milestones.nop.date", line(text, rule))
    assert last in finding.text


ABOVE = (
    PLAN.replace("id: nho\n", "id: tinh\n").replace("name: Kế hoạch nhỏ", "name: Kế hoạch tỉnh")
    + """\
targets:
  - {id: moi, at_least: 2}
"""
)
BELOW = ABOVE.replace("id: tinh\n", "id: xa\nparent: tinh\n")


@pytest.mark.parametrize(
    ("old", "new", "said", "path"),
    [
        ("at_least: 2", "at_least: 1", "At least 1 here, 2", "targets.moi.at_least"),
        ("xã, passes: [{kind: each_row, percent: 90}", "xã, passes: [{kind: each_row, percent: 80}",
         "percent of each row: 80 here, 90", "levels.xa.passes"),
        ("{kind: total, points: 90}]}\n  - {id: tinh", "{kind: evidence}]}\n  - {id: tinh",
         "points in all: nothing here, 90", "levels.xa.passes"),
        ("before: 02-15", "before: 03-01", "Due later here", "milestones.nop.date"),
    ],
)  # fmt: skip
def test_a_plan_that_asks_less_than_the_one_above_is_found_when_both_are_read(
    tmp_path: Path, old: str, new: str, said: str, path: str
) -> None:
    above, below = write(tmp_path, ABOVE, "tinh.yaml"), write(tmp_path, BELOW, "xa.yaml")
    assert check([above, below]) == []
    weaker = write(tmp_path, BELOW.replace(old, new), "xa.yaml")
    assert check([weaker]) == []
    (finding,) = check([above, weaker])
    assert (finding.level, finding.path, finding.file) == ("warning", path, str(weaker))
    assert said in finding.text
    stricter = BELOW.replace("at_least: 2", "at_least: 3").replace("before: 02-15", "before: 02-01")
    assert check([above, write(tmp_path, stricter, "xa.yaml")]) == []


def test_a_milestone_of_another_plan_must_be_there_when_that_plan_is(tmp_path: Path) -> None:
    above = write(tmp_path, ABOVE, "tinh.yaml")
    below = BELOW.replace("form: dang_ky", "form: dang_ky\n    after: tinh/nop")
    assert check([above, write(tmp_path, below, "xa.yaml")]) == []
    (finding,) = check([above, write(tmp_path, below.replace("tinh/nop", "tinh/khong_co"), "xa.yaml")])
    assert finding.path == "milestones.nop.after"


def test_a_unit_that_no_plan_describes_is_found_among_several(tmp_path: Path) -> None:
    above = write(tmp_path, ABOVE + "units: [{code: x, name: xã X, kind: xa}]\n", "tinh.yaml")
    for code, paths in (("x", []), ("xa_la", ["participants.0"])):
        below = write(tmp_path, BELOW + f"participants: [{code}]\n", "xa.yaml")
        assert [finding.path for finding in check([above, below])] == paths
        assert check([below]) == []


def test_a_date_that_is_past_and_does_not_come_again_is_warned_of_when_today_is_told(tmp_path: Path) -> None:
    yearbound = PLAN.replace("subjects:\n", "recurrence: none\nyears: [2023]\nsubjects:\n", 1)
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
