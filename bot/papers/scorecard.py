"""A scorecard on paper: the table with the columns that the annex prints, the points, and what proves them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from docx.shared import Cm

from bot.papers.sheet import Sheet, Table, system_of
from bot.papers.wording import UNKNOWN, Handed, Issuer, clean, listed, number
from bot.plan.criteria import SELF_COLUMN, CriteriaTable, Criterion, PrintedColumn
from bot.plan.model import Plan
from bot.rules.scoring import only_ticks
from bot.vietnamese import fold

Side = Literal["left", "centre"]

WIDTHS = {"number": 1.2, "code": 1.4, "max": 1.7, "empty": 2.0}
"""Centimetres; every column of points has 1.9, and text and evidence share what is left."""
POINTS = 1.9
NARROWEST = 10.0
"""Centimetres for text and evidence together; with less the sheet is turned."""
TEXT_SHARE = 0.56
TICKED_SHARE = 0.7
"""Of a table that is only confirmed, so that it ends on the page on which it is signed; little is proved there."""
LONGEST_WHOLE = 400
"""Characters of a row that is kept on one page; a longer one may be torn, else half a page would stay white."""
USUAL = (
    PrintedColumn(title="STT", shows="code"),
    PrintedColumn(title="Tiêu chí", shows="text"),
    PrintedColumn(title="Điểm chuẩn", shows="max"),
    PrintedColumn(title=SELF_COLUMN.name, shows=SELF_COLUMN.id),
    PrintedColumn(title="Tài liệu kiểm chứng", shows="evidence"),
)
"""Where the plan does not say how its table is printed."""
TICKED = (
    PrintedColumn(title="STT", shows="code"),
    PrintedColumn(title="Nội dung", shows="text"),
    PrintedColumn(title="Tự đánh giá", shows=SELF_COLUMN.id),
    PrintedColumn(title="Tài liệu kiểm chứng", shows="evidence"),
)
"""The same for a table that is confirmed row by row and has no points."""
TOTAL, BONUS, PENALTY = "Tổng điểm", "Điểm thưởng", "Điểm trừ"
TITLE = "Bảng tự đánh giá, chấm điểm"
TITLE_TICKED = "Bảng tự đánh giá"
"""Where the annex names only for whom the table is."""
LONGEST_PIECE = 300
"""Characters of a piece of evidence that stands in its narrow cell; a longer one is printed after the table."""
EXPLAINED = "Thuyết minh kèm theo {table}"


@dataclass(frozen=True, slots=True)
class Column:
    """What one column of points says: by the code of a row or group, points or a word (“Có”), and the sum."""

    points: Mapping[str, Decimal] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    total: Decimal | None = None


def scorecard(
    plan: Plan,
    table: CriteriaTable,
    columns: Mapping[str, Column],
    evidence: Mapping[str, Sequence[str]],
    name: str,
    unit: str,
    issuer: Issuer,
    handed: Handed,
) -> bytes:
    """The table of the exemplar `name`; `columns` by the id of the score column, `evidence` by the row's code."""
    ticked = only_ticks(table)
    printed = table.printed or (TICKED if ticked else USUAL)
    usual = TITLE_TICKED if ticked else TITLE
    title, subtitle = (table.title, "") if "bang" in fold(table.title).split() else (usual, table.title)
    sheet = Sheet(system_of(issuer, plan.document.system), title, landscape=_turned(printed))
    sheet.head(issuer, handed.at.year)
    sheet.title(title, subtitle)
    sheet.entry("Tên điển hình", clean(name) or UNKNOWN)
    sheet.entry("Đơn vị", clean(unit) or UNKNOWN)
    long = {code: said for code, pieces in evidence.items() if (said := [p for p in pieces if len(p) > LONGEST_PIECE])}
    rows = _Rows(sheet, printed, columns, evidence, TICKED_SHARE if ticked else TEXT_SHARE)
    rows.heading()
    for place, row in enumerate(table.rows, start=1):
        rows.add(row, str(place))
    for title, more in ((BONUS, table.bonus), (PENALTY, table.penalty)):
        if more:
            rows.section(title)
            for place, row in enumerate(more, start=1):
                rows.add(row, str(place))
    if table.total:
        rows.total(table.total)
    rows.end()
    sheet.signed((), copies=False)
    if long:
        sheet.new_page()
        sheet.title(EXPLAINED.format(table=usual[:1].lower() + usual[1:]))
        for row in table.leaves():
            if row.code in long:
                sheet.heading(f"{row.code}. {clean(row.text)}")
                sheet.text("\n".join(long[row.code]))
    sheet.foot(handed)
    return sheet.save()


class _Rows:
    """The rows of the table, each cell by what its column shows."""

    def __init__(
        self,
        sheet: Sheet,
        printed: Sequence[PrintedColumn],
        columns: Mapping[str, Column],
        evidence: Mapping[str, Sequence[str]],
        share: float,
    ) -> None:
        self._printed = printed
        self._columns = columns
        self._evidence = evidence
        self._sides: list[Side] = ["left" if c.shows in ("text", "evidence") else "centre" for c in printed]
        self._table: Table = sheet.table(_widths(printed, sheet.width, share))

    def heading(self) -> None:
        self._table.row([c.title for c in self._printed], self._sides, bold=True, heading=True)

    def section(self, title: str) -> None:
        texts = [title if c.shows == "text" else "" for c in self._printed]
        self._table.row(texts, self._sides, bold=True, whole=True, together=True)

    def add(self, row: Criterion, place: str) -> None:
        """The row; a group in bold, and what belongs to it below."""
        texts = [self._cell(c.shows, row, place) for c in self._printed]
        short = max(map(len, texts)) <= LONGEST_WHOLE
        self._table.row(texts, self._sides, bold=bool(row.rows), whole=short, together=bool(row.rows))
        for number_, inner in enumerate(row.rows, start=1):
            self.add(inner, f"{place}.{number_}")

    def total(self, most: Decimal) -> None:
        texts = []
        for c in self._printed:
            column = self._columns.get(c.shows)
            if c.shows == "text":
                texts.append(TOTAL)
            elif c.shows == "max":
                texts.append(number(most))
            else:
                texts.append(number(column.total) if column and column.total is not None else "")
        self._table.row(texts, self._sides, bold=True, whole=True, together=True)

    def end(self) -> None:
        self._table.end()

    def _cell(self, shows: str, row: Criterion, place: str) -> str:
        match shows:
            case "number":
                return place
            case "code":
                return row.code
            case "text":
                return row.text
            case "max":
                return row.printed_max or (number(row.max) if row.max else "")
            case "evidence":
                pieces = listed([_fitting(piece, row.code) for piece in self._evidence.get(row.code, ())])
                return "\n".join(piece.replace("- ", "-\u00a0", 1) for piece in pieces)
            case "empty":
                return ""
        column = self._columns.get(shows, Column())
        if row.code in column.words:
            return column.words[row.code]
        points = column.points.get(row.code)
        return number(points) if points is not None else ""


def _fitting(piece: str, code: str) -> str:
    return piece if len(piece) <= LONGEST_PIECE else f"Thuyết minh kèm theo bảng, mục {code}"


def _fixed(printed: Sequence[PrintedColumn]) -> float:
    return sum(WIDTHS.get(c.shows, POINTS) for c in printed if c.shows not in ("text", "evidence"))


def _turned(printed: Sequence[PrintedColumn]) -> bool:
    return 16.5 - _fixed(printed) < NARROWEST


def _widths(printed: Sequence[PrintedColumn], width: int, share: float) -> list[int]:
    left = width - int(Cm(_fixed(printed)))
    evidence = any(c.shows == "evidence" for c in printed)
    shares = {"text": share if evidence else 1.0, "evidence": 1 - share}
    return [int(left * shares[c.shows]) if c.shows in shares else int(Cm(WIDTHS.get(c.shows, POINTS))) for c in printed]
