"""What a file may be: every workbook and CSV that an office makes is read, everything else is refused with a remedy."""

from __future__ import annotations

import io
import time
import zipfile
from datetime import date, datetime
from decimal import Decimal

import pytest
from openpyxl import Workbook

from bot.errors import Misunderstood
from bot.imports import reading
from bot.imports.columns import listed
from bot.imports.reading import UNCALCULATED, sheets
from tests.imports.books import UNIT_HEADINGS, book, csv, saved

UNIT = ("22525", "xã Vạn Hưng", "xã", "56", "01/07/2025")


def entries(data: bytes) -> list[dict[str, object]]:
    return [dict(entry.cells) for entry in listed(sheets(data)).entries]


def refusal(data: bytes) -> str:
    with pytest.raises(Misunderstood) as said:
        listed(sheets(data))
    return said.value.source


def rezipped(data: bytes, **parts: bytes) -> bytes:
    """The workbook with other contents in some of its parts (named with “_” for “/” and “.”)."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        known = {name.replace("/", "_").replace(".", "_"): name for name in old.namelist()}
        changed = {known.get(key, key): content for key, content in parts.items()}
        for name in old.namelist():
            new.writestr(name, changed.pop(name, None) or old.read(name))
        for name, content in changed.items():
            new.writestr(name, content)
    return made.getvalue()


# -- what is read ------------------------------------------------------------------------------------------------------


def test_numbers_dates_and_blanks_come_as_what_they_are() -> None:
    data = book(
        UNIT_HEADINGS,
        (22489, "  xã  Vạn Ninh ", None, 56.0, datetime(2025, 7, 1), "", None),
        (None, None, None, None),
        ("22504", "xã Đại Lãnh", "xã", "56", date(2025, 7, 1)),
    )
    assert entries(data) == [
        {"code": 22489, "name": "xã Vạn Ninh", "parent": 56, "valid_from": date(2025, 7, 1)},
        {"code": "22504", "name": "xã Đại Lãnh", "kind": "xã", "parent": "56", "valid_from": date(2025, 7, 1)},
    ]
    rows = listed(sheets(data)).entries
    assert [entry.row for entry in rows] == [2, 4], "rows are numbered as the program shows them"


def test_titles_stand_above_the_headings_and_the_headings_in_any_order_and_spelling() -> None:
    data = book(
        ("ỦY BAN NHÂN DÂN TỈNH KHÁNH HÒA",),
        ("DANH SÁCH ĐƠN VỊ (kèm theo Công văn số 12)",),
        (),
        ("TT", "TÊN ĐƠN VỊ (*)", "ma don vi:", "HIỆU LỰC TỪ", "Cấp trên", "Ghi chú"),
        (1, "xã Vạn Hưng", 22525, "01/07/2025", 56, "mới"),
        merge="A1:F1",
    )
    assert entries(data) == [{"name": "xã Vạn Hưng", "code": 22525, "valid_from": "01/07/2025", "parent": 56}]


def test_cells_that_were_made_one_over_several_rows_hold_for_each_of_them() -> None:
    made = Workbook()
    sheet = made.worksheets[0]
    for line in (
        ("DANH SÁCH ĐƠN VỊ", None, None, None, None),
        ("Mã", "Tên đơn vị", "Trực thuộc", "Hiệu lực", None),
        (None, None, None, "từ ngày", "đến ngày"),
        (22525, "xã Vạn Hưng", 56, "01/07/2025", None),
        (22516, "xã Vạn Thắng", None, "01/07/2025", None),
        (None, None, None, None, None),
        (22498, "xã Tu Bông", None, "01/07/2025", None),
    ):
        sheet.append(line)
    for cells in ("A1:E1", "A2:A3", "B2:B3", "C2:C3", "D2:E2", "C4:C6"):
        sheet.merge_cells(cells)
    assert [(one.get("code"), one.get("parent"), one.get("valid_from")) for one in entries(saved(made))] == [
        (22525, 56, "01/07/2025"),
        (22516, 56, "01/07/2025"),
        (22498, None, "01/07/2025"),
    ]


def test_the_values_of_formulas_are_read_and_one_without_a_value_is_seen() -> None:
    data = book(UNIT_HEADINGS, ("=1+22524", "xã Vạn Hưng"))
    assert entries(data) == [{"code": UNCALCULATED, "name": "xã Vạn Hưng"}]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        table = archive.read("xl/worksheets/sheet1.xml")
    assert b"<v></v>" in table or b"<v />" in table or b"<v/>" in table
    for hollow in (b"<v></v>", b"<v />", b"<v/>"):
        table = table.replace(hollow, b"<v>22525</v>", 1)
    calculated = rezipped(data, xl_worksheets_sheet1_xml=table)
    assert entries(calculated) == [{"code": 22525, "name": "xã Vạn Hưng"}]


@pytest.mark.parametrize("sign", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_csv_with_every_separator_with_and_without_a_mark(sign: str, encoding: str) -> None:
    data = csv(UNIT_HEADINGS, (*UNIT, "", "VH, Vạn Hưng; mới"), sign=sign, encoding=encoding)
    (only,) = entries(data)
    assert only["name"] == "xã Vạn Hưng"
    assert only["code"] == "22525"
    assert only["aliases"] == "VH, Vạn Hưng; mới"


def test_a_csv_may_say_its_separator_and_hold_decomposed_letters() -> None:
    import unicodedata

    data = b"sep=,\r\n" + csv(UNIT_HEADINGS, UNIT, sign=",", encoding="utf-8")
    assert [entry.row for entry in listed(sheets(data)).entries] == [3]
    assert entries(unicodedata.normalize("NFD", data.decode()).encode())[0]["name"] == "xã Vạn Hưng"


def test_the_first_sheet_with_headings_is_read_and_another_is_named() -> None:
    data = book(
        ("Trang bìa",),
        more=[("Danh sách", [UNIT_HEADINGS, UNIT]), ("Bản cũ", [UNIT_HEADINGS, UNIT]), ("Khác", [("một", "hai")])],
    )
    found = listed(sheets(data))
    assert len(found.entries) == 1
    (remark,) = found.findings
    assert (remark.values["sheet"], remark.values["other"], remark.blocks) == ("Danh sách", "Bản cũ", False)


def test_hidden_sheets_are_left_out() -> None:
    made = Workbook()
    made.worksheets[0].append(["trang bìa"])
    hidden = made.create_sheet("ẩn")
    hidden.append(list(UNIT_HEADINGS))
    hidden.append(list(UNIT))
    hidden.sheet_state = "hidden"
    assert refusal(saved(made)).startswith("No row of headings")


# -- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "source"),
    [
        (b"", reading.EMPTY),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), reading.OLD_EXCEL),
        (b"%PDF-1.7 danh sach", reading.NO_LIST),
        (b"{\\rtf1 danh sach}", reading.NO_LIST),
        (b"<html><table><tr><td>1</td></tr></table>", reading.NO_LIST),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", reading.NO_LIST),
        (b"PK\x03\x04 kein Archiv", reading.DAMAGED),
        (bytes(range(256)) * 4, reading.NO_LIST),
    ],
)
def test_other_files_are_refused_with_a_sentence(data: bytes, source: str) -> None:
    assert refusal(data) == source


def test_a_word_file_an_open_document_and_a_workbook_with_macros_are_refused() -> None:
    def archive(**parts: bytes) -> bytes:
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as zipped:
            for name, content in parts.items():
                zipped.writestr(name.replace("__", "/").replace("_dot_", "."), content)
        return made.getvalue()

    types = "[Content_Types].xml"
    assert refusal(archive(**{types: b"<Types/>", "word__document_dot_xml": b"<w/>"})) == reading.NO_LIST
    assert refusal(archive(mimetype=b"application/vnd.oasis.opendocument.spreadsheet")) == reading.OPEN_DOCUMENT
    data = book(UNIT_HEADINGS, UNIT)
    assert refusal(rezipped(data, **{"xl/vbaProject.bin": b"macro"})) == reading.WITH_MACROS


def test_a_damaged_workbook_is_refused() -> None:
    data = book(UNIT_HEADINGS, UNIT)
    assert refusal(rezipped(data, xl_worksheets_sheet1_xml=b"<worksheet><sheetData><row>")) == reading.DAMAGED
    assert refusal(data[: len(data) // 2]) == reading.DAMAGED


def test_entities_that_multiply_are_refused_quickly() -> None:
    data = book(UNIT_HEADINGS, UNIT)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        table = archive.read("xl/worksheets/sheet1.xml")
    lol = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
    bomb = b'<!DOCTYPE worksheet [<!ENTITY l0 "lol">' + lol + b"]>" + table.replace("xã Vạn Hưng".encode(), b"&l9;")
    began = time.monotonic()
    assert refusal(rezipped(data, xl_worksheets_sheet1_xml=bomb)) == reading.DAMAGED
    assert time.monotonic() - began < 5


def test_a_file_of_50_mb_a_zip_bomb_and_too_many_parts_are_refused_before_they_are_unpacked() -> None:
    began = time.monotonic()
    assert refusal(bytes(50 * 1024 * 1024)) == reading.TOO_LARGE
    bomb = rezipped(book(UNIT_HEADINGS, UNIT), **{"xl/media/a.bin": bytes(reading.UNPACKED + 1)})
    assert len(bomb) < reading.LARGEST
    assert refusal(bomb) == reading.BOMB
    many = rezipped(book(UNIT_HEADINGS, UNIT), **{f"xl/media/{n}": b"x" for n in range(reading.PARTS)})
    assert refusal(many) == reading.BOMB
    assert time.monotonic() - began < 10


def test_windows_1258_is_refused_rather_than_read_wrong() -> None:
    assert refusal("Mã;Tên\r\n22504;xã Đại".encode("cp1258", "ignore")) == reading.NOT_UTF8


def test_too_many_rows_and_rows_too_far_down_are_refused() -> None:
    rows = [(str(n), f"xã Số {n}") for n in range(100_000)]
    assert refusal(csv(UNIT_HEADINGS, *rows)) == reading.TOO_MANY
    far = csv(UNIT_HEADINGS, UNIT) + b"\r\n" * 21_000 + csv(UNIT)
    assert refusal(far) == reading.TOO_FAR


def test_a_row_at_the_end_of_the_sheet_costs_no_time() -> None:
    made = Workbook()
    sheet = made.worksheets[0]
    sheet.append(list(UNIT_HEADINGS))
    sheet.append(list(UNIT))
    sheet.cell(1_048_576, 1, "xem")
    began = time.monotonic()
    assert refusal(saved(made)) == reading.TOO_FAR
    assert time.monotonic() - began < 5


def test_a_list_without_headings_or_rows_is_told_so() -> None:
    assert refusal(book(("một", "hai"), ("ba", "bốn"))).startswith("No row of headings")
    assert refusal(book(UNIT_HEADINGS)).startswith("Below the headings")


def test_fractions_stay_exact() -> None:
    (only,) = entries(book(UNIT_HEADINGS, (1.1, "xã Vạn Hưng")))
    assert only["code"] == Decimal("1.1")
