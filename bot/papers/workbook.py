"""A season as a workbook for the standing office: registrations, points, who is missing what, reports."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from math import ceil
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

from bot.papers.sheet import LONG_AGO, TYPEFACE, timeless
from bot.papers.wording import clean

Cell = str | Decimal | int | date | datetime | bool | None

REGISTERED, POINTS, MISSING, TARGETS, REPORTS = "Đăng ký", "Điểm", "Chưa nộp", "Chỉ tiêu", "Báo cáo"
LONGEST_CELL = 32_767
"""Characters; Excel repairs (that is: spoils) a file with a longer text."""
LONGEST_SHEET = 31
THOUSANDS = 1000
"""From here on digits are grouped; the program that opens the file knows how its readers group them."""
NARROW, HEADING, WIDE = 6, 18, 60
"""Characters: no column is narrower or wider, and none is wider for its heading alone; what is longer is wrapped."""
LINE_POINTS, TALLEST = 16.5, 400.0
"""The height of a line, and of the highest row: Excel takes 409 points."""
_NO_SHEET = re.compile(r"[\[\]:*?/\\]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class Rows:
    """One sheet: its name, the headings, the rows below them."""

    name: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Cell]] = field(default_factory=tuple)


def workbook(title: str, sheets: Sequence[Rows]) -> bytes:
    """The workbook; each sheet has its headings frozen and filtered, and every text is a text, never a formula."""
    book = Workbook()
    book.remove(book.worksheets[0])
    used: set[str] = set()
    for rows in sheets:
        _write(book.create_sheet(_sheet_name(rows.name, used)), rows)
    book.properties.title, book.properties.creator = clean(title), "Khéo"
    book.properties.created = book.properties.modified = LONG_AGO
    written = io.BytesIO()
    book.save(written)
    return timeless(_without_moment(written.getvalue()))


def sheet_of_points(
    name: str,
    rows: Sequence[tuple[str, str, Mapping[str, Decimal], Decimal | None]],
    criteria: Sequence[tuple[str, Decimal]],
) -> Rows:
    """Rows × criteria: unit, exemplar, the points of each row of the table, the total."""
    headings = ["STT", "Đơn vị", "Điển hình", *(f"{code} ({_plain(most)})" for code, most in criteria), "Tổng điểm"]
    made = [
        [place, unit, exemplar, *(points.get(code) for code, _ in criteria), total]
        for place, (unit, exemplar, points, total) in enumerate(rows, start=1)
    ]
    return Rows(name, headings, made)


def _write(sheet: Any, rows: Rows) -> None:
    edge = Side(style="thin", color="BFBFBF")
    border = Border(edge, edge, edge, edge)
    table: list[list[Cell]] = [list(rows.headings), *([*row] for row in rows.rows)]
    for down, row in enumerate(table, start=1):
        for across, value in enumerate(row, start=1):
            cell = sheet.cell(down, across)
            _put(cell, value)
            cell.font = Font(name=TYPEFACE, size=12, bold=down == 1)
            cell.border = border
            wordy = isinstance(value, str) and down > 1
            cell.alignment = Alignment(
                horizontal="left" if wordy else "center", vertical="center" if down == 1 else "top", wrap_text=True
            )
            if down == 1:
                cell.fill = PatternFill("solid", fgColor="E7EEF7")
    widths = [_width([row[across] for row in table]) for across in range(len(rows.headings))]
    for across, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(across)].width = width
    for down, row in enumerate(table, start=1):
        lines = max(_lines(value, width) for value, width in zip(row, widths, strict=True))
        sheet.row_dimensions[down].height = min(lines * LINE_POINTS, TALLEST)
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(rows.headings))}{len(table)}"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


def _put(cell: Any, value: Cell) -> None:
    """The value as what it is; whatever somebody typed is stored, and stays when it is edited, as text."""
    if isinstance(value, bool):
        value = "Có" if value else "Không"
    if isinstance(value, str):
        text = clean(value)
        cell.value = text[: LONGEST_CELL - 1] + "…" if len(text) > LONGEST_CELL else text
        cell.data_type = "s"
        if text.startswith(_FORMULA):
            cell.quotePrefix = True
        return
    if isinstance(value, datetime):
        cell.value, cell.number_format = value.replace(tzinfo=None), "dd/mm/yyyy hh:mm"
        return
    cell.value = value
    if isinstance(value, date):
        cell.number_format = "dd/mm/yyyy"
    elif isinstance(value, Decimal) and abs(value) >= THOUSANDS:
        cell.number_format = "#,##0.##" if value % 1 else "#,##0"


def _width(column: Sequence[Cell]) -> int:
    """Wide enough for what stands in it; a long heading is wrapped rather than widening a column of numbers."""
    heading, *values = column
    longest = max((_length(value) for value in values), default=0)
    words = max((len(word) for word in str(heading).split()), default=0)
    return min(max(longest + 2, words + 3, min(_length(heading) + 2, HEADING), NARROW), WIDE)


def _lines(value: Cell, width: int) -> int:
    """How many lines the cell needs; not every program works that out when it opens the file."""
    if not isinstance(value, str):
        return 1
    return sum(max(1, ceil(len(line) / (width - 2))) for line in value.split("\n"))


def _length(value: Cell) -> int:
    if isinstance(value, datetime):
        return 16
    if isinstance(value, date):
        return 10
    return max((len(line) for line in str("" if value is None else value).split("\n")), default=0)


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}".replace(".", ",")


def _sheet_name(name: str, used: set[str]) -> str:
    """A name that Excel takes: short, without its own signs, no two alike."""
    bare = _NO_SHEET.sub(" ", clean(name)).strip("' ") or "Bảng"
    made, number = bare[:LONGEST_SHEET].strip(), 1
    while made.lower() in used:
        number += 1
        made = f"{bare[: LONGEST_SHEET - 4].strip()} ({number})"
    used.add(made.lower())
    return made


def _without_moment(archive: bytes) -> bytes:
    """openpyxl writes the moment of saving over the one that was set."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*(<)", rb"\g<1>1980-01-01T00:00:00Z\2", content)
            new.writestr(name, content)
    return made.getvalue()
