"""Lists as people make them: workbooks and CSV files, good and bad."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from openpyxl import Workbook

UNIT_HEADINGS = ("Mã đơn vị", "Tên đơn vị", "Loại", "Trực thuộc", "Hiệu lực từ", "Hiệu lực đến", "Tên gọi khác")
PEOPLE_HEADINGS = ("Họ và tên", "Đơn vị", "Đơn vị cấp trên", "Chức năng", "Cụm", "Từ ngày", "Đến ngày")

Line = Sequence[Any]


def book(*lines: Line, merge: str = "", more: Sequence[tuple[str, Sequence[Line]]] = ()) -> bytes:
    """A workbook with these rows in its first sheet, and more sheets behind it."""
    made = Workbook()
    sheet = made.worksheets[0]
    sheet.title = "Sheet1"
    for line in lines:
        sheet.append(list(line))
    if merge:
        sheet.merge_cells(merge)
    for name, rows in more:
        other = made.create_sheet(name)
        for row in rows:
            other.append(list(row))
    return saved(made)


def saved(made: Workbook) -> bytes:
    written = io.BytesIO()
    made.save(written)
    return written.getvalue()


def unit_book(*lines: Line) -> bytes:
    return book(UNIT_HEADINGS, *lines)


def people_book(*lines: Line) -> bytes:
    return book(PEOPLE_HEADINGS, *lines)


def csv(*lines: Line, sign: str = ";", encoding: str = "utf-8") -> bytes:
    """A CSV file; a cell with the sign in it stands in quotes."""
    rows = [sign.join(f'"{cell}"' if sign in str(cell) else str(cell) for cell in line) for line in lines]
    return "\r\n".join(rows).encode(encoding)
