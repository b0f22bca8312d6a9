"""A list of units: what is new is entered, what is there is left or completed, and nothing while a row is wrong."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from bot.imports import lists
from bot.imports.template import template, with_findings
from bot.store import units
from bot.store.engine import Store, Tx
from bot.store.tables import audit, unit
from tests.imports.books import UNIT_HEADINGS, Line, book, csv, unit_book
from tests.imports.entering import NOW, PLAN, VIETNAMESE, entered, looked, office, told, undone

PROVINCE = (56, "tỉnh Khánh Hòa")
COMMUNES: tuple[Line, ...] = (
    (22489, "xã Vạn Ninh", "xã", 56, date(2025, 7, 1)),
    ("22504", "xã Đại Lãnh", None, "tỉnh Khánh Hoà", "01/07/2025"),
    (22498, "xã Tu Bông", "xa", "56", "1/7/2025"),
    (22516, "xã Vạn Thắng", "Xã", 56, "2025-07-01"),
    (22525.0, "xã  Vạn Hưng ", "xã", "Khánh Hòa", "ngày 01 tháng 7 năm 2025", None, "VH; Vạn Hưng mới"),
)


def rows(tx: Tx) -> dict[str, tuple[object, ...]]:
    known = units.load(tx)
    return {
        u.code: (u.name, u.kind, known[u.parent_id].code if u.parent_id else "", u.valid_from, u.valid_to, u.aliases)
        for u in known.values()
    }


def findings(store: Store, *lines: Line, before: tuple[Line, ...] = (PROVINCE, *COMMUNES)) -> list[str]:
    """What is said of a list with these rows, after another was entered."""

    def work(tx: Tx) -> list[str]:
        units.plant(tx, PLAN.units)
        if before:
            entered(tx, unit_book(*before))
        return told(looked(tx, unit_book(*lines)))

    return undone(store, work)


def test_the_five_communes_are_entered_under_their_province(store: Store) -> None:
    def work(tx: Tx) -> dict[str, tuple[object, ...]]:
        assert entered(tx, unit_book(*COMMUNES, PROVINCE)) == [], "units get no codes"
        return rows(tx)

    stored = undone(store, work)
    since = date(2025, 7, 1)
    assert stored == {
        "56": ("tỉnh Khánh Hòa", "tinh", "", None, None, ()),
        "22489": ("xã Vạn Ninh", "xa", "56", since, None, ()),
        "22504": ("xã Đại Lãnh", "xa", "56", since, None, ()),
        "22498": ("xã Tu Bông", "xa", "56", since, None, ()),
        "22516": ("xã Vạn Thắng", "xa", "56", since, None, ()),
        "22525": ("xã Vạn Hưng", "xa", "56", since, None, ("VH", "Vạn Hưng mới")),
    }


def test_twice_the_same_list_changes_nothing_and_leaves_no_trace(store: Store) -> None:
    def work(tx: Tx) -> tuple[int, int]:
        data = unit_book(PROVINCE, *COMMUNES)
        entered(tx, data)
        traced = len(tx.execute(select(audit.c.id)).all())
        again = looked(tx, data)
        assert again.empty
        assert again.counts() == {"new": 0, "completed": 0, "same": 6}
        entered(tx, data)
        return traced, len(tx.execute(select(audit.c.id)).all())

    before, after = undone(store, work)
    assert before == after == 7, "one row for each unit, one for the list"


def test_the_trace_has_the_list_with_the_digest_of_the_file_and_no_names(store: Store) -> None:
    def work(tx: Tx) -> list[tuple[str, object]]:
        entered(tx, unit_book(PROVINCE))
        return [(row.action, row.after) for row in tx.execute(select(audit).order_by(audit.c.id)).all()]

    (one, made), (two, whole) = undone(store, work)
    assert (one, two) == ("unit.entered", "units.imported")
    assert isinstance(made, dict) and made["code"] == "56" and "Khánh" not in str(made)
    assert isinstance(whole, dict) and whole["new"] == 1 and len(whole["file"]) == 64


def test_a_list_completes_what_is_there(store: Store) -> None:
    def work(tx: Tx) -> tuple[object, list[str]]:
        tx.execute(
            unit.insert().values(
                code="22489", name="Xã  Vạn Ninh", kind="xa", parent_id=None, aliases=[], valid_from=None
            )
        )
        data = unit_book((22489, "xã Vạn Ninh", None, None, "01/07/2025", None, "VN"))
        checked = looked(tx, data)
        summary = lists.told(VIETNAMESE, checked, lists.standing(office(tx), tx, NOW.date()))
        entered(tx, data)
        return rows(tx)["22489"], summary

    stored, summary = undone(store, work)
    assert stored == ("xã Vạn Ninh", "xa", "", date(2025, 7, 1), None, ("VN",))
    assert "Bổ sung: 1" in summary[0]
    assert "Hiệu lực từ của Xã  Vạn Ninh: … → 01/07/2025" in summary[0]


def test_an_empty_cell_changes_nothing(store: Store) -> None:
    assert findings(store, (22525, "xã Vạn Hưng")) == []

    def work(tx: Tx) -> bool:
        entered(tx, unit_book(PROVINCE, *COMMUNES))
        return looked(tx, unit_book((22525, "xã Vạn Hưng"))).empty

    assert undone(store, work)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ((22489, "xã Vạn Bình"), "dòng 2: Tên đơn vị: đơn vị mã 22489 trong Khéo tên là “xã Vạn Ninh” (đổi tên phải"),
        ((22489, "xã Vạn Ninh", None, "van-ninh"), "trực thuộc “tỉnh Khánh Hòa” (chuyển đơn vị phải"),
        ((22489, "xã Vạn Ninh", None, 22504), "dòng 2: Trực thuộc: đơn vị mã 22489 trong Khéo trực thuộc “tỉnh Khánh"),
        ((22489, "xã Vạn Ninh", "phường"), "dòng 2: Loại: đơn vị mã 22489 trong Khéo thuộc loại “xã”"),
        ((22489, "xã Vạn Ninh", None, None, "01/08/2025"), "trong Khéo có hiệu lực từ 01/07/2025"),
        (
            (22489, "xã Vạn Ninh", None, None, None, "31/12/2026"),
            "dòng 2: Hiệu lực đến: đơn vị mã 22489 trong Khéo chưa",
        ),
        ((None, "xã Vạn Mới", None, 56), "dòng 2: Mã đơn vị: để trống (cần ghi vào)"),
        (("mã mới", "xã Vạn Mới", None, 56), "dòng 2: Mã đơn vị: “mã mới” không phải là mã"),
        ((99, "x", None, 56), "dòng 2: Tên đơn vị: “x” không phải là tên"),
        ((99, None, None, 56), "dòng 2: Tên đơn vị: để trống (cần ghi vào)"),
        ((99, "x" * 201, "xã", 56), "dòng 2: Tên đơn vị: dài quá 200 ký tự"),
        ((99, "Hội Phụ nữ", None, 56), "dòng 2: Loại: để trống mà tên không cho biết loại"),
        ((99, "xã Mới", "làng", 56), "dòng 2: Loại: “làng” không phải là loại đơn vị (một trong: tỉnh;"),
        ((99, "xã Mới", None, 57), "dòng 2: Trực thuộc: không có đơn vị “57”"),
        ((99, "xã Mới", None, "tỉnh Khánh Hoaf"), "(có phải là “tỉnh Khánh Hòa” không?)"),
        ((99, "xã Mới", None, "xã Vạn Hưng"), ""),
        ((99, "xã Mới", None, 99), "dòng 2: Trực thuộc: đơn vị trực thuộc chính nó"),
        ((99, "xã Mới", None, 56, "31/02/2025"), "dòng 2: Hiệu lực từ: lịch không có ngày “31/02/2025”"),
        ((99, "xã Mới", None, 56, "1/7/25"), "dòng 2: Hiệu lực từ: “1/7/25”: năm chỉ có hai chữ số"),
        ((99, "xã Mới", None, 56, 45839), "dòng 2: Hiệu lực từ: 45839 là số, không phải ngày"),
        ((99, "xã Mới", None, 56, "mùng 1"), "dòng 2: Hiệu lực từ: “mùng 1” không phải là ngày"),
        ((99, "xã Mới", None, 56, "01/07/0205"), "dòng 2: Hiệu lực từ: năm của “01/07/0205” không thể đúng"),
        ((99, "xã Mới", None, 56, "01/07/2025", "30/06/2025"), "ngày 30/06/2025 trước ngày 01/07/2025"),
        ((99, "xã Mới", None, "van-ninh", "01/07/2025"), "“huyện Vạn Ninh” không tồn tại vào thời gian của đơn vị này"),
        ((99, "xã Vạn Hưng", None, 56), "dòng 2: Tên đơn vị: “xã Vạn Hưng” đã có ở cùng nơi với mã 22525"),
        (("022525", "xã Vạn Hưng Đông", None, 56), "mã “022525” chỉ khác “22525” (xã Vạn Hưng) ở chữ số 0"),
        ((99, "#N/A", None, 56), "dòng 2: Tên đơn vị: ô báo lỗi “#N/A”"),
        ((99, "=CONCATENATE(A1,B1)", "xã", 56), "dòng 2: Tên đơn vị: ô có công thức chưa tính ra giá trị"),
    ],
)
def test_every_fault_is_told_with_its_row_its_column_and_a_remedy(store: Store, line: Line, said: str) -> None:
    told = findings(store, line)
    assert (said in "\n".join(told)) if said else told == [], told
    assert not said or len(told) == 1, told


def test_two_rows_for_one_unit_are_told_and_two_for_two_times_are_not(store: Store) -> None:
    twice = findings(store, (99, "xã Mới", None, 56), (99, "xã Mới", None, 56))
    assert "dòng 3: Mã đơn vị: mã “99” đã có ở dòng 2 cho cùng thời gian (mỗi đơn vị một dòng)" in twice
    after_another = findings(
        store,
        (99, "xã Mới", None, 56, "01/01/2020", "30/06/2025"),
        (99, "xã Mới", None, 56, "01/07/2025"),
    )
    assert after_another == []


def test_units_that_stand_under_one_another_in_a_circle_are_told(store: Store) -> None:
    told = findings(
        store, (91, "xã Một", None, 92), (92, "xã Hai", None, 93), (93, "xã Ba", None, 91), (94, "xã Tư", None, 91)
    )
    assert told == [f"dòng {row}: Trực thuộc: đơn vị trực thuộc chính nó (sửa đơn vị cấp trên)" for row in (2, 3, 4)]


def test_the_same_name_in_another_place_is_asked_back_with_the_places(store: Store) -> None:
    before = (PROVINCE, *COMMUNES, (37, "tỉnh Ninh Bình"), (13864, "xã Vạn Thắng", None, 37))
    (said,) = findings(store, (99, "Trường Vạn Thắng", "cơ quan", "xã Vạn Thắng"), before=before)
    assert said == (
        "dòng 2: Trực thuộc: có nhiều đơn vị tên “xã Vạn Thắng”: xã Vạn Thắng (22516, tỉnh Khánh Hòa); "
        "xã Vạn Thắng (13864, tỉnh Ninh Bình) (ghi mã)"
    )
    assert findings(store, (99, "Trường Vạn Thắng", "cơ quan", 13864), before=before) == []


def test_the_district_of_before_and_the_communes_of_today_stand_side_by_side(store: Store) -> None:
    def work(tx: Tx) -> list[tuple[str, date | None]]:
        units.plant(tx, PLAN.units)
        entered(tx, unit_book(PROVINCE, *COMMUNES))
        named = tx.execute(select(unit).where(unit.c.name == "xã Vạn Hưng").order_by(unit.c.id)).all()
        return [(row.code, row.valid_to) for row in named]

    assert undone(store, work) == [("van-ninh.van-hung", date(2025, 6, 30)), ("22525", None)]


def test_a_former_name_finds_the_unit_and_a_former_code_makes_no_second_one(store: Store) -> None:
    def work(tx: Tx) -> list[str]:
        entered(tx, unit_book(PROVINCE, *COMMUNES))
        commune = units.load(tx).coded("22489")
        assert commune is not None
        on = date(2026, 1, 1)
        units.rename(tx, commune.id, "phường Vạn Giã", on=on, decision="Nghị quyết số 1", now=NOW, code="22490")
        under_it = (99, "Trường Vạn Giã", "cơ quan", "xã Vạn Ninh")
        return told(looked(tx, unit_book(under_it, (22489, "xã Vạn Ninh Mới", None, 56))))

    assert undone(store, work) == [
        "dòng 3: Mã đơn vị: mã “22489” là mã trước đây của phường Vạn Giã, nay mang mã 22490 (ghi mã đó)"
    ]


def test_one_wrong_row_keeps_all_others_out(store: Store) -> None:
    def work(tx: Tx) -> int:
        checked = looked(tx, unit_book(PROVINCE, *COMMUNES, (99, None)))
        assert checked.refused
        with pytest.raises(AssertionError):
            lists.enter(tx, checked, lists.standing(office(tx), tx, NOW.date()), NOW)
        return len(rows(tx))

    assert undone(store, work) == 0


def test_headings_are_told_when_they_lack_repeat_or_look_like_another(store: Store) -> None:
    def said(*lines: Line) -> list[str]:
        return undone(store, lambda tx: told(looked(tx, book(*lines))))

    assert said(("Mã", "Loại"), (1, "xã")) == [
        "dòng 1: thiếu cột “Tên đơn vị” (thêm cột này; tệp mẫu có sẵn)",
        "dòng 2: Tên đơn vị: để trống (cần ghi vào)",
    ]
    assert "dòng 1: cột “Mã đơn vị” có hai lần (chỉ giữ một cột)" in said(("Mã", "Tên", "Mã đơn vị"), (1, "xã Một", 1))
    assert said(("Mã", "Tên", "Trực thuôk"), (1, "xã Một")) == [
        "dòng 1: tiêu đề “Trực thuôk”: có phải là “Trực thuộc” không? (ghi đúng như vậy, hoặc bỏ cột)"
    ]
    remark = said(("Mã", "Tên", "Diện tích", "SĐT"), (1, "xã Một", 12, "0912345678"), (2, "xã Hai", None, None, "lạc"))
    assert remark == [
        "dòng 1: cột “Diện tích” không có trong mẫu nên không được đọc – chỉ là lưu ý, vẫn ghi được",
        "dòng 1: cột “SĐT” không được đọc: Khéo không lưu loại thông tin cá nhân này – chỉ là lưu ý, vẫn ghi được",
        "dòng 3: “lạc” nằm ở cột không có tiêu đề nên không được đọc – chỉ là lưu ý, vẫn ghi được",
    ]


def test_the_template_is_a_list_whose_example_is_passed_over(store: Store) -> None:
    import io

    from openpyxl import load_workbook

    made = load_workbook(io.BytesIO(template("units")))
    assert made.sheetnames == ["Danh sách", "Hướng dẫn"]
    sheet = made["Danh sách"]
    assert tuple(cell.value for cell in sheet[1]) == UNIT_HEADINGS
    for place, value in enumerate(("01339", "xã Xuân Trường"), start=1):
        sheet.cell(3, place, value)
    written = io.BytesIO()
    made.save(written)

    def work(tx: Tx) -> list[str]:
        entered(tx, written.getvalue())
        return list(rows(tx))

    assert undone(store, work) == ["01339"], "the example is not entered, the zero stays"


def test_the_list_comes_back_with_its_findings_beside_the_rows_and_corrected_it_is_entered(store: Store) -> None:
    import io

    from openpyxl import load_workbook

    data = book(("DANH SÁCH",), UNIT_HEADINGS, PROVINCE, (22489, "xã Vạn Ninh", None, 57), merge="A1:C1")
    checked = undone(store, lambda tx: looked(tx, data))
    returned = load_workbook(io.BytesIO(with_findings(checked.listed, checked.findings, VIETNAMESE)))
    sheet = returned["Danh sách"]
    assert sheet.cell(1, len(UNIT_HEADINGS) + 1).value == "Nhận xét"
    assert "không có đơn vị “57”" in sheet.cell(3, len(UNIT_HEADINGS) + 1).value
    assert returned["Nhận xét"]["A2"].value == 4, "the row as it is in the file that was sent"
    sheet.cell(3, 4, 56)
    corrected = io.BytesIO()
    returned.save(corrected)

    def work(tx: Tx) -> list[str]:
        entered(tx, corrected.getvalue())
        return list(rows(tx))

    assert undone(store, work) == ["56", "22489"]


def test_five_thousand_rows_are_looked_at_in_seconds(store: Store) -> None:
    import time

    data = csv(UNIT_HEADINGS, PROVINCE, *((n, f"xã Số {n}", "", "tỉnh Khánh Hoà") for n in range(100, 5_000)))
    began = time.monotonic()
    checked = undone(store, lambda tx: looked(tx, data))
    assert not checked.refused
    assert checked.counts()["new"] == 4_901
    assert time.monotonic() - began < 15
