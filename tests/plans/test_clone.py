"""A plan made into the plan of another year: days and names move, quotations stay, and no successor is invented."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.errors import PlanWrong
from bot.plan.check import check
from bot.plan.clone import Clone, Wanted, clone
from bot.plan.dates import Annual, Fixed, InMonth
from bot.plan.loader import load
from bot.plan.model import Plan

YEARLY = """\
# Một kế hoạch chỉ cho năm 2023
id: tinh-2023
name: Dân vận chính quyền tỉnh X năm 2023
document:
  kind: Kế hoạch
  title: Thực hiện công tác dân vận chính quyền năm 2023
  issuer: UBND tỉnh X
  number: 12/KH-UBND
  dated: ngày 01 tháng 3 năm 2023
  signer: Nguyễn Văn A
valid_from: "2023"
valid_to: "2023-12"
recurrence: none
years: [2023]
subjects:
  - {id: tap_the, name: Tập thể}
fields:
  - {id: kinh_te, name: Kinh tế}
roles:
  - {id: thuong_truc, name: Thường trực, office: Sở Nội vụ}
  - {id: tham_dinh, name: Thẩm định, office: Ban Dân vận Tỉnh ủy, valid_to: 2025-02-02}
forms:
  - id: bao_cao
    title: Báo cáo kết quả năm 2023
    questions:
      - {id: ket_qua, kind: long_text, ask: Kết quả năm 2023 thế nào?}
milestones:
  - id: quy_1  # trong câu in ba ngày một chỗ
    name: Báo cáo quý I năm 2023
    date: {kind: fixed, before: 2023-03-20}
    owed_by: every_unit
    settled_by: [submission]
    form: bao_cao
    quote: {text: trước ngày 20/3/2023, at: mục III.2}
  - {id: tong_ket, name: Tổng kết, date: {kind: month, month: 2023-12}}
  - {id: hang_nam, name: Hằng năm, date: {kind: annual, before: 11-25}}
occurrences:
  - {id: huong_dan, name: Hướng dẫn của tỉnh, on: {2023: 2023-02-10}}
errata:
  - {path: document.number, old: 12/KH-UBND, new: 13/KH-UBND, why: in nhầm, who: VP, when: 2023-04-01}
"""


def cloned(folder: Path, wanted: Wanted) -> tuple[Clone, Plan]:
    source = folder / "tinh-2023.yaml"
    source.write_text(YEARLY, encoding="utf-8")
    made = clone(load(source), YEARLY, wanted)
    target = folder / "clone.yaml"
    target.write_text(made.text, encoding="utf-8")
    return made, load(target)


def test_days_and_names_move_to_the_new_year(tmp_path: Path) -> None:
    made, plan = cloned(tmp_path, Wanted("tinh-2027", 2027))
    assert plan.id == "tinh-2027"
    assert plan.name == "Dân vận chính quyền tỉnh X năm 2027"
    assert plan.years == (2027,)
    assert plan.milestone("quy_1").date == Fixed(before=date(2027, 3, 20))
    assert plan.milestone("quy_1").name == "Báo cáo quý I năm 2027"
    assert plan.milestone("tong_ket").date == InMonth(month="2027-12")
    assert plan.milestone("hang_nam").date == Annual(before="11-25")
    assert plan.form("bao_cao").title == "Báo cáo kết quả năm 2027"
    assert plan.form("bao_cao").question("ket_qua").ask == "Kết quả năm 2027 thế nào?"
    assert made.moved == ("quy_1", "tong_ket")
    assert plan.recurrence == "none"


def test_quotations_stay_as_printed_and_what_the_new_paper_lacks_is_blank(tmp_path: Path) -> None:
    made, plan = cloned(tmp_path, Wanted("tinh-2027", 2027))
    quote = plan.milestone("quy_1").quote
    assert quote is not None
    assert quote.text == "trước ngày 20/3/2023"
    document = plan.document
    assert (document.number, document.dated, document.signer) == ("", "", "")
    assert document.title == "Thực hiện công tác dân vận chính quyền năm 2027"
    assert plan.errata == ()
    assert "# trong câu in ba ngày một chỗ" in made.text


def test_what_happened_in_the_old_year_has_not_happened_in_the_new_one(tmp_path: Path) -> None:
    _, plan = cloned(tmp_path, Wanted(id="tinh-2024", year=2024))
    assert [(one.id, one.on) for one in plan.occurrences] == [("huong_dan", {})]


def test_functions_are_given_to_whom_the_operator_names_and_the_rest_is_told_as_vacant(tmp_path: Path) -> None:
    made, plan = cloned(tmp_path, Wanted("tinh-2027", 2027))
    assert made.vacant == ("tham_dinh",)
    assert plan.holder("tham_dinh", date(2027, 6, 1)) == ""
    made, plan = cloned(
        tmp_path,
        Wanted(
            "gia-lai-2027", 2027, "Dân vận Gia Lai", "UBND tỉnh Gia Lai", {"tham_dinh": "Ban Tuyên giáo và Dân vận"}
        ),
    )
    assert made.vacant == ()
    assert plan.holder("tham_dinh", date(2027, 6, 1)) == "Ban Tuyên giáo và Dân vận"
    assert (plan.name, plan.document.issuer) == ("Dân vận Gia Lai", "UBND tỉnh Gia Lai")


def test_a_role_that_the_plan_does_not_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PlanWrong, match=r"no role thu_ky.*thuong_truc"):
        cloned(tmp_path, Wanted("x", 2027, offices={"thu_ky": "Văn phòng"}))


def test_dates_of_other_documents_and_spans_of_years_are_not_moved(tmp_path: Path) -> None:
    source = Path("plans/xuan-truong.yaml")
    made = clone(load(source), source.read_text(encoding="utf-8"), Wanted("xuan-truong-2027", 2027))
    target = tmp_path / "clone.yaml"
    target.write_text(made.text, encoding="utf-8")
    assert "08/8/2022" in load(target).document.title
    source = Path("plans/van-ninh.yaml")
    made = clone(load(source), source.read_text(encoding="utf-8"), Wanted("van-ninh-2027", 2027))
    target.write_text(made.text, encoding="utf-8")
    plan = load(target)
    assert made.moved == ()
    assert made.once == ("bao_cao_giai_doan",)
    assert plan.milestone("bao_cao_giai_doan").date == InMonth(month="2026-09")
    assert "2023 - 2026" in plan.milestone("bao_cao_giai_doan").name


@pytest.mark.parametrize("id", ["binh-dinh", "so-tttt-dak-nong"])
def test_the_plans_of_one_year_can_be_cloned_and_have_no_error(id: str, tmp_path: Path) -> None:
    source = Path(f"plans/{id}.yaml")
    made = clone(load(source), source.read_text(encoding="utf-8"), Wanted(f"{id}-27", 2027))
    target = tmp_path / "clone.yaml"
    target.write_text(made.text, encoding="utf-8")
    assert load(target).years == (2027,)
    assert [str(f) for f in check([target]) if f.level == "error"] == []
    assert made.vacant
