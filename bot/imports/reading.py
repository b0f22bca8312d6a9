"""A workbook or a CSV file as rows of plain values; what cannot be read, or is no list, is refused with a sentence."""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from itertools import islice
from typing import Any

from bot.errors import Misunderstood
from bot.texts import mark

Value = str | int | Decimal | date | None

MEGABYTE = 1024 * 1024
LARGEST = 5 * MEGABYTE
"""Of the file: a list of all communes of the country has 200 KB."""
UNPACKED = 48 * MEGABYTE
"""Of what a workbook holds when it is unpacked; more than that is no list."""
PARTS = 1_000
MOST = 5_000
"""Rows with something in them: the country has 3,321 communes."""
FARTHEST = 20_000
"""Rows that are looked at, empty ones among them."""
WIDEST = 60
LONGEST = 1_000
"""Characters of one cell."""
UNCALCULATED = "=?"
"""What stands for a formula whose value was never worked out."""

TOO_LARGE = mark(
    "The file has {size} MB; a list has at most {limit} MB. Please keep only the sheet with the list, without pictures, "
    "and save it anew."
)
BOMB = mark(
    "The file unpacks to far more than a list can have; nothing of it was read. Please copy the list into a new workbook."
)
EMPTY = mark("The file is empty.")
OLD_EXCEL = mark(
    "This is a workbook of the old kind (.xls), or one that is locked with a password. Please open it, save it as “Excel "
    "Workbook (.xlsx)” without a password, and send that."
)
OPEN_DOCUMENT = mark("This is an OpenDocument file (.ods). Please save it as “Excel Workbook (.xlsx)” and send that.")
WITH_MACROS = mark("This workbook holds macros (.xlsm). Please save it as “Excel Workbook (.xlsx)” and send that.")
NO_LIST = mark(
    "This file is no list that can be read. Please send an Excel workbook (.xlsx) or a CSV file in UTF-8; the template "
    "shows how it is made."
)
DAMAGED = mark("The workbook is damaged and cannot be read. Please open it in Excel, save it anew, and send that.")
NOT_UTF8 = mark(
    "The letters of this CSV file are not in UTF-8, so its Vietnamese would come out wrong. Please save it as “CSV UTF-8” "
    "or as “Excel Workbook (.xlsx)”."
)
TOO_MANY = mark("The list has more than {limit} rows. Please divide it and enter it in parts.")
TOO_FAR = mark(
    "The sheet goes on below row {limit}, though a list has at most {most} rows. Please delete the empty rows below the "
    "list, or copy it into a new workbook."
)

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_SEPARATORS = ";\t,"
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_GAPS = re.compile(r"\s+")
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\ufeff\u2060"))
_MERGE = re.compile(rb'<(?:\w+:)?mergeCell [^>]*?ref="([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})"')
_FORMULA = re.compile(rb"<(?:\w+:)?f[ />]")


@dataclass(frozen=True, slots=True)
class Row:
    """One row with something in it, `number` as the program shows it in which the file is looked at."""

    number: int
    cells: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet, or the CSV file (without a name)."""

    name: str
    rows: tuple[Row, ...]


def sheets(data: bytes) -> tuple[Sheet, ...]:
    """The visible sheets of the file; Misunderstood with the remedy when it is not one that can be read."""
    if not data:
        raise Misunderstood(EMPTY)
    if len(data) > LARGEST:
        raise Misunderstood(TOO_LARGE, size=megabytes(len(data)), limit=megabytes(LARGEST))
    if data.startswith(_OLE):
        raise Misunderstood(OLD_EXCEL)
    if data.startswith(_ZIP):
        return _workbook(data)
    return (Sheet("", _rows(enumerate(_records(_text(data)), start=1))),)


def words(value: Value) -> str:
    """The cell as a person sees it."""
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return "" if value is None else f"{value:f}" if isinstance(value, Decimal) else str(value)


def megabytes(size: int) -> Decimal:
    return Decimal(-(-size * 10 // MEGABYTE)) / 10


# -- workbooks -------------------------------------------------------------------------------------------------------


def _workbook(data: bytes) -> tuple[Sheet, ...]:
    formulas = _look_inside(data)
    try:
        found = _sheets(data)
        return _with_uncalculated(data, found) if formulas else found
    except Misunderstood:
        raise
    except Exception as broken:  # openpyxl has no error of its own for what is wrong inside
        raise Misunderstood(DAMAGED) from broken


def _look_inside(data: bytes) -> bool:
    """Refuse what is no workbook, or is one too big, before anything is unpacked; whether it holds formulas."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if len(parts) > PARTS or sum(part.file_size for part in parts) > UNPACKED:
                raise Misunderstood(BOMB)
            names = {part.filename for part in parts}
            if "mimetype" in names and archive.read("mimetype").startswith(b"application/vnd.oasis.opendocument"):
                raise Misunderstood(OPEN_DOCUMENT)
            if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
                raise Misunderstood(NO_LIST)
            if "xl/vbaProject.bin" in names:
                raise Misunderstood(WITH_MACROS)
            formulas = False
            for name in names:
                if name.startswith("xl/") and name.endswith(".xml"):
                    content = archive.read(name)
                    if b"<!ENTITY" in content:  # no program that makes workbooks writes any
                        raise Misunderstood(DAMAGED)
                    formulas |= name.startswith("xl/worksheets/") and bool(_FORMULA.search(content))
            return formulas
    except Misunderstood:
        raise
    except Exception as broken:
        raise Misunderstood(DAMAGED) from broken


def _sheets(data: bytes, *, values: bool = True) -> tuple[Sheet, ...]:
    from openpyxl import load_workbook  # half a second that no first answer has

    book: Any = load_workbook(io.BytesIO(data), read_only=True, data_only=values)
    try:
        found = []
        for sheet in book.worksheets:
            if sheet.sheet_state != "visible":
                continue
            sheet.reset_dimensions()  # what the file says of its own size may be wrong
            numbered = _numbered(sheet.iter_rows(max_col=WIDEST))
            found.append(Sheet(sheet.title, _rows(_filled(numbered, _merged(data, sheet._worksheet_path)))))
        return tuple(found)
    finally:
        book.close()


def _numbered(rows: Iterable[Sequence[Any]]) -> Iterator[tuple[int, list[Value]]]:
    for number, row in enumerate(rows, start=1):
        yield number, [_value(cell.value) for cell in row]


@dataclass(frozen=True, slots=True)
class _Merged:
    """Cells of one column that were made one, from row to row."""

    column: int
    first: int
    last: int


def _merged(data: bytes, part: str) -> list[_Merged]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        table = archive.read(part.lstrip("/"))
    found = []
    for left, first, right, last in _MERGE.findall(table):
        if left == right and len(left) <= 2:
            column = sum((letter - ord("A") + 1) * 26**place for place, letter in enumerate(reversed(left)))
            found.append(_Merged(column - 1, int(first), int(last)))
    return found


def _filled(
    numbered: Iterable[tuple[int, list[Value]]], merged: Sequence[_Merged]
) -> Iterator[tuple[int, list[Value]]]:
    """The rows with the value of cells that were made one in each of them, as people read it; empty rows stay empty."""
    beginning: dict[int, list[_Merged]] = defaultdict(list)
    for one in merged:
        beginning[one.first].append(one)
    reaching: dict[_Merged, Value] = {}
    for number, cells in numbered:
        empty = all(cell is None for cell in cells)
        for one, value in list(reaching.items()):
            if number > one.last:
                del reaching[one]
            elif not empty and one.column < len(cells) and cells[one.column] is None:
                cells[one.column] = value
        for one in beginning.get(number, ()):
            if one.column < len(cells):
                reaching[one] = cells[one.column]
        yield number, cells


def _with_uncalculated(data: bytes, found: tuple[Sheet, ...]) -> tuple[Sheet, ...]:
    """The sheets with a sign in every cell whose formula has no value: a program wrote it that works nothing out."""
    pairs = zip(found, _sheets(data, values=False), strict=True)
    return tuple(Sheet(sheet.name, tuple(_signed(sheet, written))) for sheet, written in pairs)


def _signed(sheet: Sheet, written: Sheet) -> Iterator[Row]:
    known = {row.number: row.cells for row in sheet.rows}
    for row in written.rows:
        here = known.get(row.number, ())
        cells = []
        for place, formula in enumerate(row.cells):
            value = here[place] if place < len(here) else None
            hollow = value is None and isinstance(formula, str) and formula.startswith("=")
            cells.append(UNCALCULATED if hollow else value)
        yield Row(row.number, tuple(cells))


def _value(raw: Any) -> Value:
    match raw:
        case None:
            return None
        case bool():
            return "TRUE" if raw else "FALSE"
        case int():
            return raw
        case float():
            return int(raw) if raw.is_integer() else Decimal(repr(raw))
        case datetime():
            return raw.date() if raw.time() == time() else f"{raw:%d/%m/%Y %H:%M}"
        case date():
            return raw
    return _plain(str(raw)) or None


def _plain(text: str) -> str:
    """The text in one line, its letters composed, without what cannot be seen."""
    composed = unicodedata.normalize("NFC", text.translate(_INVISIBLE))
    return _GAPS.sub(" ", _CONTROLS.sub(" ", composed)).strip()[:LONGEST]


def _rows(numbered: Iterable[tuple[int, list[Value]]]) -> tuple[Row, ...]:
    kept: list[Row] = []
    for number, cells in numbered:
        while cells and cells[-1] is None:
            cells.pop()
        if cells:
            if len(kept) >= MOST + 50:  # titles and headings are rows too
                raise Misunderstood(TOO_MANY, limit=Decimal(MOST))
            kept.append(Row(number, tuple(cells)))
        if number > FARTHEST:
            raise Misunderstood(TOO_FAR, limit=Decimal(FARTHEST), most=Decimal(MOST))
    return tuple(kept)


# -- CSV -------------------------------------------------------------------------------------------------------------


def _text(data: bytes) -> str:
    """The file as text, by its mark or in UTF-8; nothing else is guessed."""
    try:
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            text = data.decode("utf-16")  # what Excel calls Unicode text
        else:
            text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Misunderstood(NO_LIST if b"\0" in data[:4096] else NOT_UTF8) from None
    start = text[:4096].lstrip().lower()
    if "\0" in text or start.startswith(("%pdf-", "{\\rtf", "<!doctype", "<html", "<?xml", "#!")):
        raise Misunderstood(NO_LIST)
    return text


def _records(text: str) -> Iterator[list[Value]]:
    first, _, rest = text.partition("\n")
    said = re.fullmatch(r'"?sep=(.)"?', first.strip())
    if said:  # by this line programs tell each other what separates the cells
        yield []
        yield from _split(rest, said[1])
        return
    yield from _split(text, _separator(text))


def _separator(text: str) -> str:
    """What separates the cells: the sign that gives the first rows the most cells alike."""

    def cells(sign: str) -> tuple[int, int]:
        try:
            records = csv.reader(io.StringIO(text, newline=""), delimiter=sign)
            counts = [len(record) for record in islice(records, 20)]
        except csv.Error:
            return 0, 0
        wide = [count for count in counts if count > 1]
        return len(wide), max(wide, default=0)

    return max(_SEPARATORS, key=cells)


def _split(text: str, sign: str) -> Iterator[list[Value]]:
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=sign):
            yield [_plain(cell) or None for cell in record[:WIDEST]]
    except csv.Error as broken:
        raise Misunderstood(NO_LIST) from broken
