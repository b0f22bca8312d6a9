"""The workbook of a season: frozen headings, numbers that are numbers, and texts that never become formulas."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from typing import Any
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook

from bot.papers.workbook import Rows, sheet_of_points, workbook


def opened(content: bytes) -> Any:
    return load_workbook(io.BytesIO(content))


def one(*rows: list[Any]) -> Any:
    return opened(workbook("Tổng hợp", [Rows("Đăng ký", ["A", "B"], rows)]))["Đăng ký"]


@pytest.mark.parametrize(
    "typed",
    ['=HYPERLINK("http://x";"y")', "=1+1", "+84 905 000 000", "-1", "@SUM(A1)", "\t=1+1", "\r=1", "  =1+1", "＝1+1"],
)
def test_what_somebody_typed_is_never_a_formula(typed: str) -> None:
    content = workbook("Tổng hợp", [Rows("Đăng ký", ["A"], [[typed]])])
    cell = opened(content)["Đăng ký"]["A2"]
    assert cell.data_type == "s"
    assert cell.value == typed.strip()
    assert cell.quotePrefix, "it stays a text when somebody edits the cell"
    with ZipFile(io.BytesIO(content)) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


def test_an_ordinary_text_is_written_as_it_is() -> None:
    cell = one(["Camera an ninh", "a-b=c"])["A2"]
    assert (cell.value, cell.quotePrefix) == ("Camera an ninh", None) or not cell.quotePrefix


def test_numbers_and_days_are_numbers_and_days() -> None:
    sheet = one([Decimal("13.50"), date(2024, 2, 5)], [3, True], [None, ""])
    assert (sheet["A2"].value, sheet["A2"].data_type) == (13.5, "n")
    assert sheet["B2"].is_date
    assert sheet["B2"].number_format == "dd/mm/yyyy"
    assert (sheet["A3"].value, sheet["B3"].value) == (3, "Có")
    assert (sheet["A4"].value, sheet["B4"].value) == (None, None)


def test_headings_are_frozen_filtered_and_repeated_in_print() -> None:
    sheet = one(["x", "y"])
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:B2"
    assert sheet.print_title_rows == "$1:$1"
    assert sheet["A1"].font.bold


def test_no_column_is_too_narrow_or_too_wide() -> None:
    sheet = one(["x", "dài " * 2000])
    assert 6 <= sheet.column_dimensions["A"].width < 10
    assert sheet.column_dimensions["B"].width == 60
    assert sheet["B2"].alignment.wrap_text
    assert sheet.row_dimensions[2].height == 400


def test_a_row_is_as_high_as_its_longest_text_and_a_long_heading_is_wrapped() -> None:
    heading = "Đề nghị Chủ tịch UBND huyện khen thưởng"
    sheet = opened(workbook("t", [Rows("x", [heading, "Tên"], [["Có", "ạ" * 130], ["Có", "ngắn"]])]))["x"]
    assert sheet.column_dimensions["A"].width == 18
    assert sheet.row_dimensions[1].height == 3 * 16.5
    assert sheet.row_dimensions[2].height == 3 * 16.5
    assert sheet.row_dimensions[3].height == 16.5


def test_sums_of_money_are_grouped_and_points_are_not() -> None:
    sheet = one([Decimal("1250000000"), Decimal("13.5")], [Decimal("1250.5"), 3])
    assert [cell.number_format for row in sheet["A2:B3"] for cell in row] == ["#,##0", "General", "#,##0.##", "General"]


def test_what_no_cell_can_hold_is_cut_and_cleaned() -> None:
    sheet = one(["a\x00b\x0bc", "ạ" * 40_000])
    assert sheet["A2"].value == "abc"
    assert len(sheet["B2"].value) == 32_767
    assert sheet["B2"].value.endswith("…")


def test_names_of_sheets_are_such_as_excel_takes() -> None:
    names = ["Điểm: tập thể / cá nhân?", "Điểm: tập thể / cá nhân?", "x" * 50, "x" * 50, "[]", "'"]
    made = opened(workbook("t", [Rows(name, ["A"]) for name in names])).sheetnames
    assert len({name.lower() for name in made}) == len(names)
    assert all(0 < len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in made)


def test_points_are_rows_by_criteria() -> None:
    rows = [
        ("xã Vạn Hưng", "Camera", {"01": Decimal("13.5"), "02": Decimal(0)}, Decimal("13.5")),
        ("xã Vạn Bình", "Nước sạch", {}, None),
    ]
    sheet = opened(workbook("t", [sheet_of_points("Điểm", rows, [("01", Decimal(15)), ("02", Decimal("2.50"))])]))[
        "Điểm"
    ]
    assert [cell.value for cell in sheet[1]] == ["STT", "Đơn vị", "Điển hình", "01 (15)", "02 (2,5)", "Tổng điểm"]
    assert [cell.value for cell in sheet[2]] == [1, "xã Vạn Hưng", "Camera", 13.5, 0, 13.5]
    assert [cell.value for cell in sheet[3]] == [2, "xã Vạn Bình", "Nước sạch", None, None, None]


def test_the_same_workbook_is_the_same_bytes() -> None:
    sheets = [Rows("Đăng ký", ["A", "B"], [["x", Decimal("1.5")]])]
    assert workbook("t", sheets) == workbook("t", sheets)
