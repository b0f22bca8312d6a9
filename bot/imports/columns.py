"""Which column is which: headings as people write them, wherever they stand, and the rows below them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from rapidfuzz.distance import OSA

from bot.errors import Misunderstood
from bot.imports.finding import Finding
from bot.imports.reading import Row, Sheet, Value, words
from bot.texts import mark
from bot.vietnamese import fold

Kind = Literal["units", "people"]

EXAMPLE = "vi du"
"""Folded: with these words the first entry of a template's example row begins; such a row is passed over."""
EXAMPLE_MARK = "Ví dụ:"
HEADING_WITHIN = 30
"""Rows among which the headings are looked for; above them stand titles."""
NEAR = 2
"""Letters by which a heading may be off to be asked about."""

NO_HEADINGS = mark(
    "No row of headings was found. A list of units has the headings “{units}”, a list of people “{people}”; the template "
    "has them all."
)
OTHER_KIND = {
    "units": mark("This is a list of people, not of units. Please use the import of people."),
    "people": mark("This is a list of units, not of people. Please use the import of units."),
}
NOTHING_BELOW = mark("Below the headings stands no row to be entered.")
MISSING = mark("the heading “{heading}” is missing (add the column; the template has it)")
TWICE = mark("the heading “{heading}” stands twice (keep one of the two columns)")
NEARLY = mark("heading “{typed}”: is “{heading}” meant? (write the heading so, or remove the column)")
UNKNOWN = mark("the column “{typed}” is not known and is not read")
NOT_KEPT = mark("the column “{typed}” is not read: Khéo does not keep such data of people")
NOT_NEEDED = mark("the column “{typed}” is not read: Khéo keeps no posts, only the function in this work")
OTHER_SHEET = mark("only the sheet “{sheet}” is read; the sheet “{other}” has such a list too and is left out")
BESIDE = mark("“{value}” stands in a column without a heading and is not read")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a list: its heading, other words for it (folded), and what the template says of it."""

    id: str
    heading: str
    also: tuple[str, ...]
    explained: str
    example: Value
    needed: bool = False


UNITS = (
    Column(
        "code",
        "Mã đơn vị",
        ("ma", "ma so", "ma dvhc", "ma hanh chinh", "ma don vi hanh chinh"),
        "Mã riêng của đơn vị, không trùng với đơn vị nào khác (với xã, phường: mã đơn vị hành chính, giữ cả số 0 ở đầu).",
        f"{EXAMPLE_MARK} 22525",
        needed=True,
    ),
    Column(
        "name",
        "Tên đơn vị",
        ("ten", "don vi", "ten goi", "ten day du"),
        "Tên đầy đủ kèm cấp, ví dụ “xã Vạn Hưng”.",
        "xã Vạn Hưng",
        needed=True,
    ),
    Column(
        "kind",
        "Loại",
        ("loai don vi", "cap", "loai hinh"),
        "Loại đơn vị: xã, phường, đặc khu, tỉnh, sở, phòng… Có thể để trống nếu tên đã nói rõ.",
        "xã",
    ),
    Column(
        "parent",
        "Trực thuộc",
        (
            "truc thuoc don vi",
            "don vi cap tren",
            "cap tren",
            "don vi truc thuoc",
            "thuoc",
            "ma cap tren",
            "ma don vi cap tren",
        ),
        "Mã (hoặc tên) của đơn vị cấp trên trực tiếp; để trống nếu là đơn vị cao nhất.",
        "56",
    ),
    Column(
        "valid_from",
        "Hiệu lực từ",
        ("tu ngay", "hieu luc tu ngay", "co hieu luc tu", "ngay hieu luc", "thanh lap", "ngay thanh lap"),
        "Ngày đầu tiên đơn vị tồn tại, dạng ngày/tháng/năm; để trống nếu không rõ.",
        "01/07/2025",
    ),
    Column(
        "valid_to",
        "Hiệu lực đến",
        ("den ngay", "hieu luc den ngay", "het hieu luc", "ngay het hieu luc", "ngay ket thuc"),
        "Ngày cuối cùng đơn vị tồn tại; để trống nếu đơn vị đang hoạt động.",
        None,
    ),
    Column(
        "aliases",
        "Tên gọi khác",
        ("ten khac", "ten viet tat", "viet tat", "goi tat"),
        "Tên tắt, tên thường gọi, cách nhau bằng dấu chấm phẩy.",
        "VH; Vạn Hưng mới",
    ),
)
PEOPLE = (
    Column(
        "name",
        "Họ và tên",
        ("ho ten", "ten", "ho va ten can bo", "can bo", "ho ten can bo", "ten can bo"),
        "Họ và tên đầy đủ.",
        f"{EXAMPLE_MARK} Nguyễn Thị Lan",
        needed=True,
    ),
    Column(
        "unit",
        "Đơn vị",
        ("ma don vi", "ten don vi", "don vi cong tac", "co quan", "noi cong tac", "co quan don vi"),
        "Mã hoặc tên đầy đủ của đơn vị; tên thì như trong danh sách đơn vị.",
        "xã Vạn Hưng",
        needed=True,
    ),
    Column(
        "parent",
        "Đơn vị cấp trên",
        ("cap tren", "truc thuoc", "truc thuoc don vi", "thuoc"),
        "Mã hoặc tên đơn vị cấp trên; chỉ cần khi có nhiều đơn vị cùng tên.",
        "tỉnh Khánh Hòa",
    ),
    Column(
        "function",
        "Chức năng",
        ("vai tro", "chuc nang trong kheo", "quyen", "nhiem vu"),
        "Một trong các chức năng ở bảng bên dưới.",
        "Cán bộ phụ trách",
        needed=True,
    ),
    Column(
        "cluster",
        "Cụm",
        ("cum khoi", "cum thi dua", "khoi thi dua", "khoi", "cum khoi thi dua", "ma cum"),
        "Mã hoặc tên cụm, khối thi đua; chỉ dùng cho cán bộ theo dõi, thẩm định, thành viên hội đồng của cụm.",
        None,
    ),
    Column(
        "valid_from",
        "Từ ngày",
        ("hieu luc tu", "bat dau", "tu"),
        "Ngày bắt đầu giữ chức năng, dạng ngày/tháng/năm; để trống nếu từ nay.",
        "01/07/2025",
    ),
    Column(
        "valid_to",
        "Đến ngày",
        ("hieu luc den", "ket thuc", "den"),
        "Ngày cuối cùng giữ chức năng; để trống nếu chưa định.",
        None,
    ),
)
COLUMNS: Mapping[Kind, tuple[Column, ...]] = {"units": UNITS, "people": PEOPLE}

_PASSED_OVER = frozenset({"stt", "tt", "so tt", "so thu tu", "ghi chu", "nhan xet", "dong"})
_NOT_KEPT = frozenset(
    {
        *("so dien thoai", "dien thoai", "sdt", "dt", "di dong", "email", "thu dien tu", "dia chi", "so zalo", "zalo"),
        *("ngay sinh", "nam sinh", "cccd", "cmnd", "so cccd", "can cuoc", "so can cuoc", "gioi tinh", "dan toc"),
    }
)
_POSTS = frozenset({"chuc vu", "chuc danh", "chuc vu chuc danh"})
_WORD = re.compile(r"[a-z0-9]+")
_ASIDE = re.compile(r"\([^)]*\)")


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the list: its cells by the id of their column. What is empty is not there."""

    row: int
    cells: Mapping[str, Value]

    def text(self, column: str) -> str:
        return words(self.cells.get(column))


@dataclass(frozen=True, slots=True)
class Listed:
    """A list as it was found in the file: its rows, and what is to be said of its headings."""

    kind: Kind
    entries: tuple[Entry, ...]
    findings: tuple[Finding, ...]
    headings: tuple[str, ...]
    lines: tuple[Row, ...]
    """The rows below the headings as they stand in the file, example and all."""


def key(heading: Value) -> str:
    """The heading as it is compared: folded, without signs and what stands in brackets."""
    return " ".join(_WORD.findall(fold(_ASIDE.sub(" ", words(heading)))))


def listed(sheets: Sequence[Sheet], kind: Kind | None = None) -> Listed:
    """The list in the file, of that kind or of whichever it is; Misunderstood if there is none."""
    found = [(sheet, *where) for sheet in sheets if (where := _headings(sheet)) is not None]
    if not found:
        raise Misunderstood(NO_HEADINGS, **{name: "”, “".join(_needed(name)) for name in COLUMNS})
    sheet, of, at = found[0]
    if kind is not None and of != kind:
        raise Misunderstood(OTHER_KIND[kind])
    top = sheet.rows[at]
    places, findings = _places(of, top)
    below = sheet.rows[at + 1 :]
    entries = [
        Entry(
            row.number,
            {id: row.cells[n] for id, n in places.items() if n < len(row.cells) and row.cells[n] is not None},
        )
        for row in below
    ]
    kept = [entry for entry in entries if entry.cells and not _is_example(entry)]
    if not kept:
        raise Misunderstood(NOTHING_BELOW)
    for other, _, _ in found[1:]:
        findings.append(Finding(0, "", OTHER_SHEET, {"sheet": sheet.name, "other": other.name}, blocks=False))
    findings += _beside(top, [row for row, entry in zip(below, entries, strict=True) if not _is_example(entry)])
    return Listed(of, tuple(kept), tuple(findings), tuple(words(cell) for cell in top.cells), below)


def _is_example(entry: Entry) -> bool:
    return any(fold(entry.text(id)).startswith(EXAMPLE) for id in ("code", "name"))


def _needed(kind: Kind) -> list[str]:
    return [column.heading for column in COLUMNS[kind] if column.needed]


def _known(kind: Kind) -> dict[str, Column]:
    known: dict[str, Column] = {}
    for column in COLUMNS[kind]:
        for name in (key(column.heading), *column.also):
            known.setdefault(name, column)
    return known


def _headings(sheet: Sheet) -> tuple[Kind, int] | None:
    """Of which kind the list is, and where its headings stand: the row with the most of them, two at least."""
    best: tuple[tuple[int, int], Kind, int] | None = None
    for at, row in enumerate(sheet.rows[:HEADING_WITHIN]):
        for kind in COLUMNS:
            own = set(_columns(kind, row).values())
            score = sum(column.needed for column in own), len(own)
            if score[0] and score[1] > 1 and (best is None or score > best[0]):
                best = score, kind, at
    return None if best is None else (best[1], best[2])


def _columns(kind: Kind, row: Row) -> dict[int, Column]:
    """The cells of the row that are headings, by their place."""
    known = _known(kind)
    keys = {n: key(cell) for n, cell in enumerate(row.cells) if cell is not None}
    return {n: known[name] for n, name in keys.items() if name in known}


def _places(kind: Kind, top: Row) -> tuple[dict[str, int], list[Finding]]:
    """Where each column stands, and what is wrong with the headings."""
    places: dict[str, int] = {}
    findings: list[Finding] = []
    known = _columns(kind, top)
    for n, column in known.items():
        if column.id in places:
            findings.append(Finding(top.number, "", TWICE, {"heading": column.heading}))
        places.setdefault(column.id, n)
    lacking = [column for column in COLUMNS[kind] if column.id not in places]
    for n, cell in enumerate(top.cells):
        if cell is None or n in known or key(cell) in _PASSED_OVER:
            continue
        findings.append(_unknown(top.number, words(cell), lacking))
    asked = {finding.values.get("heading") for finding in findings}
    findings += [
        Finding(top.number, "", MISSING, {"heading": column.heading})
        for column in lacking
        if column.needed and column.heading not in asked
    ]
    return places, findings


def _unknown(row: int, typed: str, lacking: Sequence[Column]) -> Finding:
    """What is said of a heading that is none: a slip of the hand stops the list, a column of its own does not."""
    name = key(typed)
    if name in _POSTS:
        return Finding(row, "", NOT_NEEDED, {"typed": typed}, blocks=False)
    if any(name == kept or name.startswith(f"{kept} ") for kept in _NOT_KEPT):
        return Finding(row, "", NOT_KEPT, {"typed": typed}, blocks=False)
    for column in lacking:
        if any(
            len(other) > 2 * NEAR and OSA.distance(name, other) <= NEAR for other in (key(column.heading), *column.also)
        ):
            return Finding(row, "", NEARLY, {"typed": typed, "heading": column.heading})
    return Finding(row, "", UNKNOWN, {"typed": typed}, blocks=False)


def _beside(top: Row, rows: Sequence[Row]) -> list[Finding]:
    """What stands where no heading is: somebody may believe that it was read."""
    named = {n for n, cell in enumerate(top.cells) if cell is not None}
    return [
        Finding(row.number, "", BESIDE, {"value": words(cell)}, blocks=False)
        for row in rows
        for n, cell in enumerate(row.cells)
        if cell is not None and n not in named
    ]
