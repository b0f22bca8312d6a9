"""The workbooks that are made: the templates, the list with its findings beside it, the one-time codes to hand out."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from bot.imports.columns import COLUMNS, Kind, Listed
from bot.imports.finding import Finding
from bot.imports.lists import Issued
from bot.imports.people import FUNCTIONS
from bot.texts import Language

LIST, EXPLAINED, FINDINGS, CODES = "Danh sách", "Hướng dẫn", "Nhận xét", "Mã dùng một lần"
TITLES: Mapping[Kind, str] = {"units": "Danh sách đơn vị", "people": "Danh sách cán bộ"}
FILES: Mapping[Kind, str] = {"units": "mau-danh-sach-don-vi.xlsx", "people": "mau-danh-sach-can-bo.xlsx"}
FINDINGS_FILE, CODES_FILE = "nhan-xet-danh-sach.xlsx", "ma-dung-mot-lan.xlsx"
REMARKS = "Nhận xét"
RULES = (
    ("Dòng ví dụ", "Dòng bắt đầu bằng “Ví dụ:” được bỏ qua; có thể để nguyên hoặc xóa."),
    ("Thứ tự cột", "Các cột đứng theo thứ tự nào cũng được; phía trên tiêu đề có thể có dòng tên danh sách."),
    (
        "Cột khác",
        "Cột không có trong bảng này không được đọc. Không ghi số điện thoại, ngày sinh, số căn cước, chức vụ.",
    ),
    ("Xem trước", "Danh sách được kiểm tra toàn bộ trước khi ghi; còn một dòng sai thì không dòng nào được ghi."),
    ("Gửi lại", "Gửi lại cùng danh sách không làm thay đổi gì."),
)
UNIT_RULES = (
    (
        "Đơn vị đã có",
        "Nhận ra theo mã. Danh sách chỉ bổ sung; đổi tên, chuyển, sáp nhập, kết thúc phải theo quyết định.",
    ),
)
FORMULA = tuple("=+-@＝＋－＠")
WIDTH, WIDE = 18, 80
"""Characters of a column, and of the one with the findings."""


def template(kind: Kind) -> bytes:
    """The workbook to be filled in: headings, an example that is passed over, a sheet that explains."""
    from openpyxl import load_workbook
    from openpyxl.utils import get_column_letter

    from bot.papers.workbook import Rows, workbook

    columns = COLUMNS[kind]
    sheets = (
        Rows(LIST, [column.heading for column in columns], [[column.example for column in columns]]),
        Rows(EXPLAINED, ["Cột", "Bắt buộc", "Cách ghi"], _explained(kind)),
    )
    book = load_workbook(io.BytesIO(workbook(TITLES[kind], sheets)))
    for place in range(1, len(columns) + 1):  # text keeps the zeros of a code, and a day as it was typed
        book[LIST].column_dimensions[get_column_letter(place)].number_format = "@"
    book[LIST].auto_filter.ref = None
    return _saved(book)


def _explained(kind: Kind) -> list[list[Any]]:
    rows: list[list[Any]] = [[c.heading, "có" if c.needed else "", c.explained] for c in COLUMNS[kind]]
    rows += [[name, "", text] for name, text in (*RULES, *(UNIT_RULES if kind == "units" else ()))]
    if kind == "people":
        rows += [["Chức năng", "", label] for label, _ in FUNCTIONS.values()]
    return rows


def with_findings(listed: Listed, findings: Sequence[Finding], say: Language) -> bytes:
    """The list as it came, with what is wrong beside each row; corrected, it can be sent back as it is."""
    from openpyxl import Workbook
    from openpyxl.utils import get_column_letter

    beside: dict[int, list[str]] = defaultdict(list)
    for finding in findings:
        where = f"{finding.column}: " if finding.column else ""
        beside[finding.row].append(where + finding.what(say))
    wide = max([len(listed.headings), *(len(row.cells) for row in listed.lines)])
    book = Workbook(write_only=True)  # thousands of rows, in a second
    made = book.create_sheet(LIST)
    for column in range(1, wide + 1):
        made.column_dimensions[get_column_letter(column)].width = WIDTH
    made.column_dimensions[get_column_letter(wide + 1)].width = WIDE
    _append(made, [*listed.headings, *[""] * (wide - len(listed.headings)), REMARKS])
    for row in listed.lines:
        _append(made, [*row.cells, *[None] * (wide - len(row.cells)), "\n".join(beside.get(row.number, ()))])
    told = book.create_sheet(FINDINGS)
    told.column_dimensions["C"].width = WIDE
    _append(told, ["Dòng", "Cột", REMARKS])
    for finding in findings:
        _append(told, [finding.row or None, finding.column, finding.what(say)])
    return _saved(book)


def _append(sheet: Any, values: Sequence[Any]) -> None:
    """A row as it was; what begins like a formula is, and stays, a text."""
    from openpyxl.cell import WriteOnlyCell

    cells = []
    for value in values:
        cell = value
        if isinstance(value, str) and value.startswith(FORMULA):
            cell = WriteOnlyCell(sheet, value)
            cell.data_type, cell.quotePrefix = "s", True
        elif isinstance(value, date):
            cell = WriteOnlyCell(sheet)
            cell.value = value
            cell.number_format = "dd/mm/yyyy"
        cells.append(cell)
    sheet.append(cells)


def _saved(book: Any) -> bytes:
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def with_codes(issued: Sequence[Issued], until: date, link: str = "", typed_at: Sequence[str] = ()) -> bytes:
    """Who gets which code, a row for each; with the link that carries it, where `link` is its beginning, and with the
    bot in whose chat it may be typed instead, one for each row.
    """
    from bot.papers.workbook import Rows, workbook

    headings = ["STT", "Họ và tên", "Đơn vị", "Chức năng", "Mã", "Dùng đến ngày"]
    rows: list[list[Any]] = [
        [n, one.name, one.place, one.functions, one.code, until] for n, one in enumerate(issued, start=1)
    ]
    if link:
        headings.append("Đường dẫn")
        rows = [[*row, f"{link}{one.code}"] for row, one in zip(rows, issued, strict=True)]
    if any(typed_at):
        headings.append("Hoặc gõ mã tại")
        rows = [[*row, where] for row, where in zip(rows, typed_at, strict=True)]
    return workbook(CODES, (Rows(CODES, headings, rows),))
