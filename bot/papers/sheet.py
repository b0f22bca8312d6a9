"""The sheet of paper: margins, type, the head and the foot as state and Party bodies lay them out, as DOCX."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING, WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Mm, Pt

from bot.papers.wording import UNKNOWN, Handed, Issuer, clean
from bot.plan.questions import Signature
from bot.vietnamese import fold

System = Literal["state", "party", "front"]

TYPEFACE = "Times New Roman"
BODY, HEAD, TABLE, SMALL, FOOT = 14, 13, 12, 11, 9
"""Points. One size of each pair through the whole paper, as the decree asks; tables are set in 12."""
MARGINS: dict[str, tuple[int, int, int, int]] = {
    "state": (20, 20, 30, 15),  # Decree 30/2020, annex I: 20–25, 20–25, 30–35, 15–20 mm
    "front": (20, 20, 30, 15),
    "party": (20, 20, 30, 15),  # Guidance 36-HD/VPTW
}
"""Top, bottom, left, right, in millimetres."""
PAPER = (210, 297)  # A4, in millimetres
HEADER_MM = 10
BETWEEN = 113
"""Twentieths of a point (2 mm) between what stands side by side."""
FIRST_LINE = Cm(1.27)
GAP = Pt(6)
LINE_CHARACTERS = 70
"""Characters that stand in a line of 16,5 cm for certain."""

WRITES_AS: tuple[tuple[str, System], ...] = (
    ("ubnd", "state"),
    ("uy ban nhan dan", "state"),
    *(
        (name, "party")
        for name in ("tinh uy", "thanh uy", "huyen uy", "thi uy", "dang uy", "dang bo", "chi bo", "chi uy")
    ),
    ("ban dan van", "party"),
    ("mat tran to quoc", "front"),
    ("uy ban mttq", "front"),
    ("uy ban mat tran", "front"),
)
"""How names begin, folded, that say by whose rules papers are written; all others follow their plan's document."""
MOTTO = ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc")
PARTY = "ĐẢNG CỘNG SẢN VIỆT NAM"
DRAFT = "DỰ THẢO"
TO = "Kính gửi:"
SIGNER = "QUYỀN HẠN, CHỨC VỤ\nCỦA NGƯỜI KÝ"
SIGN_NOTE = "(Ký, ghi rõ họ tên, đóng dấu)"
NOBODY = ("", "")
COPIES = "Nơi nhận:"
CONFIRMED = "XÁC NHẬN CỦA"
LONG_AGO = datetime(1980, 1, 1, tzinfo=UTC)
"""The only moment that every reader of archives takes; the same paper is the same bytes, whenever it is made."""


class Sheet:
    """One paper being written, from the head to the foot."""

    def __init__(self, system: System, title: str, *, landscape: bool = False) -> None:
        self.system = system
        self._docx: Any = Document()
        self._docx.core_properties.title = clean(title)
        self._docx.core_properties.author = "Khéo"
        self._docx.core_properties.comments = ""
        self._docx.core_properties.created = self._docx.core_properties.modified = LONG_AGO
        self._type()
        self._margins(landscape)
        self._numbered()

    @property
    def width(self) -> int:
        """The width of a line, in EMU."""
        section = self._docx.sections[0]
        return int(section.page_width - section.left_margin - section.right_margin)

    # -- the parts -----------------------------------------------------------------------------------------------

    def head(self, issuer: Issuer, year: int, *, draft: bool = True) -> None:
        """Who issues it on the left, the country (or the Party) on the right; number and day are left open.

        Only a form to be filled in by hand is no `draft`.
        """
        left, right = self._side_by_side(0.38)
        party = self.system == "party"
        if issuer.superior:
            self._centred(left, issuer.superior.upper(), HEAD)
        self._centred(left, issuer.name.upper(), HEAD, bold=True)
        if party:
            self._centred(left, "*", HEAD)
            self._centred(right, PARTY, 15, bold=True, nowrap=True)
            self._line(right, Cm(7.4))
        else:
            self._line(left, Cm(2.4))
            self._centred(right, MOTTO[0], HEAD, bold=True, nowrap=True)
            self._centred(right, MOTTO[1], BODY, bold=True, nowrap=True)
            self._line(right, Cm(6.4))
        self._centred(
            left, f"Số {UNKNOWN}-{UNKNOWN}/{UNKNOWN}" if party else f"Số: {UNKNOWN}/{UNKNOWN}", HEAD, before=2
        )
        if draft:
            self._centred(left, DRAFT, HEAD, bold=True, before=4)
        place = issuer.place or UNKNOWN
        self._centred(right, f"{place}, ngày {UNKNOWN} tháng {UNKNOWN} năm {year}", BODY, italic=True, before=4)

    def title(self, title: str, subtitle: str = "") -> None:
        paragraph = self._docx.add_paragraph()
        self._run(paragraph, title.upper(), 15 if self.system == "party" else BODY, bold=True)
        self._placed(paragraph, WD_ALIGN_PARAGRAPH.CENTER, before=Pt(18), after=Pt(2), together=True)
        for line in clean(subtitle).split("\n") if subtitle else ():
            under = self._docx.add_paragraph()
            self._run(under, line, BODY, bold=True)
            self._placed(under, WD_ALIGN_PARAGRAPH.CENTER, after=Pt(0), together=True)
        self._line(self._docx, Cm(4.5))

    def addressed(self, to: Sequence[str], via: str = "") -> None:
        """“Kính gửi:”, one name in the same line, several one below the other; through whom it goes in brackets."""
        names = [clean(name) for name in to if clean(name)] or [UNKNOWN]
        through = f"(qua {clean(via)})" if via else ""
        if len(names) == 1:
            paragraph = self._docx.add_paragraph()
            self._run(paragraph, " ".join(part for part in (TO, names[0], through) if part), BODY)
            self._placed(paragraph, WD_ALIGN_PARAGRAPH.CENTER, before=GAP, after=GAP)
            return
        paragraph = self._docx.add_paragraph()
        self._run(paragraph, TO, BODY)
        self._placed(paragraph, WD_ALIGN_PARAGRAPH.LEFT, before=GAP, after=Pt(0), left=Cm(3))
        for place, name in enumerate(names):
            last = place == len(names) - 1
            line = self._docx.add_paragraph()
            self._run(line, f"- {name}{'.' if last and not through else ';' if not last else ''}", BODY)
            self._placed(line, WD_ALIGN_PARAGRAPH.LEFT, after=Pt(0), left=Cm(5), hanging=Cm(0.4))
        if through:
            line = self._docx.add_paragraph()
            self._run(line, f"{through}.", BODY)
            self._placed(line, WD_ALIGN_PARAGRAPH.LEFT, after=GAP, left=Cm(5))

    def heading(self, text: str) -> None:
        paragraph = self._docx.add_paragraph()
        self._run(paragraph, text, BODY, bold=True)
        self._placed(paragraph, WD_ALIGN_PARAGRAPH.JUSTIFY, before=GAP, first=FIRST_LINE, together=True)

    def text(self, text: str, *, italic: bool = False) -> None:
        """One paragraph a line."""
        for line in clean(text).split("\n"):
            if line.strip():
                paragraph = self._docx.add_paragraph()
                self._run(paragraph, line.strip(), BODY, italic=italic)
                self._placed(paragraph, WD_ALIGN_PARAGRAPH.JUSTIFY, first=FIRST_LINE)

    def entry(self, name: str, text: str) -> None:
        """“1. Tên điển hình: …”; further lines of the text are paragraphs of their own."""
        first, _, rest = text.partition("\n")
        paragraph = self._docx.add_paragraph()
        self._run(paragraph, f"{name}: ", BODY, bold=True)
        self._run(paragraph, first, BODY)
        self._placed(paragraph, WD_ALIGN_PARAGRAPH.JUSTIFY, first=FIRST_LINE)
        if rest:
            self.text(rest)

    def dotted(self, name: str, lines: int = 1) -> None:
        """A name and dotted lines to write on."""
        for place in range(lines):
            paragraph = self._docx.add_paragraph()
            if place == 0 and name:
                self._run(paragraph, f"{name}: ", BODY, bold=True)
            self._run(paragraph, "\t", BODY)
            self._placed(paragraph, WD_ALIGN_PARAGRAPH.LEFT, first=FIRST_LINE if place == 0 and name else None)
            paragraph.paragraph_format.tab_stops.add_tab_stop(self.width, WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS)

    def boxes(self, name: str, options: Sequence[str]) -> None:
        """A name and what can be ticked, in one line if there is room."""
        ticked = [f"☐ {clean(option)}" for option in options]
        if len(name) + sum(len(option) + 6 for option in ticked) <= LINE_CHARACTERS:
            self.entry(name, "      ".join(ticked))
            return
        paragraph = self._docx.add_paragraph()
        self._run(paragraph, f"{name}:", BODY, bold=True)
        self._placed(paragraph, WD_ALIGN_PARAGRAPH.LEFT, first=FIRST_LINE, together=True)
        for place, option in enumerate(ticked, start=1):
            line = self._docx.add_paragraph()
            self._run(line, option, BODY)
            after = GAP if place == len(ticked) else Pt(0)
            self._placed(line, WD_ALIGN_PARAGRAPH.LEFT, after=after, left=Cm(2), hanging=Cm(0.6))

    def table(self, widths: Sequence[int]) -> Table:
        """A ruled table whose columns have these widths (EMU)."""
        return Table(self, self._docx.add_table(rows=0, cols=len(widths)), widths)

    def signed(
        self, signatures: Sequence[Signature], confirmations: Sequence[Sequence[str]] = (), *, copies: bool
    ) -> None:
        """Places for names, the signer's on the right, who confirms on the left or below; the bot never signs.

        With `copies` the left side beside the signer is for “Nơi nhận”.
        """
        signers = [self._place_for(s.who.upper(), s.note) for s in signatures] or [(SIGNER, SIGN_NOTE)]
        confirming = [(f"{CONFIRMED} {' HOẶC '.join(names).upper()}", SIGN_NOTE) for names in confirmations if names]
        if len(signers) == 1 and not copies:
            first = [confirming.pop(0) if confirming else NOBODY, signers.pop()]
        else:
            first = [NOBODY, signers.pop()] if len(signers) == 1 else [signers.pop(0), signers.pop(0)]
        rows = [first, *(rest[i : i + 2] for rest in (signers, confirming) for i in range(0, len(rest), 2))]
        self._docx.paragraphs[-1].paragraph_format.keep_with_next = True  # a signature never stands alone on a page
        for row in rows:
            gap = self._docx.add_paragraph().paragraph_format
            gap.space_after, gap.keep_with_next = Pt(2), True
            pair = row if len(row) == 2 else [NOBODY, *row]
            names = self._side_by_side(0.5, whole=True)
            below = self._below()
            for cell, (who, _) in zip(names, pair, strict=True):
                for line in who.split("\n") if who else ():
                    self._centred(cell, line, HEAD, bold=True)
            for cell, (who, note) in zip(below, pair, strict=True):
                if who:
                    self._centred(cell, note, TABLE, italic=True)
                    for _ in range(4):
                        self._centred(cell, "", BODY)
                    self._centred(cell, UNKNOWN * 4, HEAD)
            if row is first and copies and row[0] == NOBODY:
                self._copies(names[0].merge(below[0]))
            for cell in names:
                for paragraph in cell.paragraphs:
                    paragraph.paragraph_format.keep_with_next = True

    def new_page(self) -> None:
        self._docx.add_page_break()

    def foot(self, handed: Handed | None) -> None:
        """At the foot of every page: that it is a draft, and of what; or that it is a blank form."""
        words = "Mẫu do Khéo in."
        if handed is not None:
            words = (
                f"Dự thảo do Khéo lập từ bản nộp số {handed.number}, phiên bản {handed.version}, "
                f"lúc {handed.at:%H:%M} ngày {handed.at:%d/%m/%Y}; chưa có số, ngày và chữ ký."
            )
        section = self._docx.sections[0]
        for footer in (section.footer, section.first_page_footer):
            footer.is_linked_to_previous = False
            paragraph = footer.paragraphs[0]
            self._run(paragraph, words, FOOT, italic=True)
            self._placed(paragraph, WD_ALIGN_PARAGRAPH.CENTER, after=Pt(0))

    def save(self) -> bytes:
        """The file; the same paper gives the same bytes."""
        written = io.BytesIO()
        self._docx.save(written)
        return timeless(written.getvalue())

    # -- inside --------------------------------------------------------------------------------------------------

    def _type(self) -> None:
        normal = self._docx.styles["Normal"]
        normal.font.name, normal.font.size = TYPEFACE, Pt(BODY)
        fonts = normal.element.get_or_add_rPr().get_or_add_rFonts()
        for kind in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
            fonts.set(qn(kind), TYPEFACE)
        language = OxmlElement("w:lang")
        language.set(qn("w:val"), "vi-VN")
        normal.element.get_or_add_rPr().append(language)
        normal.paragraph_format.space_before = normal.paragraph_format.space_after = Pt(0)

    def _margins(self, landscape: bool) -> None:
        section = self._docx.sections[0]
        top, bottom, left, right = MARGINS[self.system]
        section.page_width, section.page_height = (Mm(side) for side in PAPER)
        if landscape:
            section.orientation = WD_ORIENT.LANDSCAPE
            section.page_width, section.page_height = (Mm(side) for side in reversed(PAPER))
        section.top_margin, section.bottom_margin = Mm(top), Mm(bottom)
        section.left_margin, section.right_margin = Mm(left), Mm(right)
        section.header_distance = section.footer_distance = Mm(HEADER_MM)

    def _numbered(self) -> None:
        """The page's number, centred in the top margin, from page 2."""
        section = self._docx.sections[0]
        section.different_first_page_header_footer = True
        section.header.is_linked_to_previous = False
        paragraph = section.header.paragraphs[0]
        self._placed(paragraph, WD_ALIGN_PARAGRAPH.CENTER, after=Pt(0))
        for kind, text in (("begin", ""), ("", "PAGE"), ("separate", ""), ("shown", "2"), ("end", "")):
            run = self._run(paragraph, "", BODY)
            if kind == "shown":
                run.text = text
                continue
            part = OxmlElement("w:fldChar" if kind else "w:instrText")
            if kind:
                part.set(qn("w:fldCharType"), kind)
            else:
                part.set(qn("xml:space"), "preserve")
                part.text = f" {text} "
            run._r.append(part)

    def _side_by_side(self, share: float, *, whole: bool = False) -> tuple[Any, Any]:
        """Two cells without borders, the left one with that share of the width; `whole`: not torn by a page's end."""
        table = self._docx.add_table(rows=1, cols=2)
        table.autofit = False
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        _fix(table, [int(self.width * share), self.width - int(self.width * share)])
        if whole:
            table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        left, right = table.rows[0].cells
        _inset(left, 0, BETWEEN)
        _inset(right, 0, 0)
        return left, right

    def _below(self) -> tuple[Any, Any]:
        """Two more cells under the last two, on the same page."""
        table = self._docx.tables[-1]
        row = table.add_row()
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        half = int(self.width * 0.5)
        _fix(table, [half, self.width - half])
        return row.cells[0], row.cells[1]

    def _centred(
        self,
        cell: Any,
        text: str,
        size: int,
        *,
        bold: bool = False,
        italic: bool = False,
        before: int = 0,
        nowrap: bool = False,
    ) -> None:
        paragraph = _next(cell)
        self._run(paragraph, text.replace(" ", "\u00a0") if nowrap else text, size, bold=bold, italic=italic)
        self._placed(paragraph, WD_ALIGN_PARAGRAPH.CENTER, before=Pt(before), after=Pt(0), single=True)

    def _line(self, where: Any, length: int) -> None:
        """A rule of that length in the middle."""
        paragraph = _next(where) if where is not self._docx else where.add_paragraph()
        width = self.width if where is self._docx else int(where.width)
        self._run(paragraph, "", 3)
        format = paragraph.paragraph_format
        format.left_indent = format.right_indent = max(0, (width - length) // 2)
        format.space_before, format.space_after = Pt(1), Pt(3)
        format.line_spacing_rule, format.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(3)
        borders = OxmlElement("w:pBdr")
        rule = OxmlElement("w:top")
        for name, value in (("val", "single"), ("sz", "6"), ("space", "0"), ("color", "000000")):
            rule.set(qn(f"w:{name}"), value)
        borders.append(rule)
        properties = paragraph._p.get_or_add_pPr()
        properties.insert_element_before(
            borders, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:rPr"
        )

    def _copies(self, cell: Any) -> None:
        for text, size, bold in (
            (COPIES, TABLE, True),
            ("- Như trên;", SMALL, False),
            (f"- Lưu: {UNKNOWN}.", SMALL, False),
        ):
            paragraph = _next(cell)
            self._run(paragraph, text, size, bold=bold, italic=bold)
            self._placed(paragraph, WD_ALIGN_PARAGRAPH.LEFT, after=Pt(0), single=True)

    @staticmethod
    def _place_for(who: str, note: str) -> tuple[str, str]:
        return clean(who), f"({clean(note).strip('()')})" if note else SIGN_NOTE

    @staticmethod
    def _run(paragraph: Any, text: str, size: int, *, bold: bool = False, italic: bool = False) -> Any:
        run = paragraph.add_run(clean(text) + (" " if text.endswith(" ") else "") if text != "\t" else text)
        run.font.size, run.font.name = Pt(size), TYPEFACE
        run.bold, run.italic = bold or None, italic or None
        return run

    @staticmethod
    def _placed(
        paragraph: Any,
        alignment: Any,
        *,
        before: int = 0,
        after: int = GAP,
        first: int | None = None,
        left: int | None = None,
        hanging: int | None = None,
        together: bool = False,
        single: bool = False,
    ) -> None:
        format = paragraph.paragraph_format
        format.alignment, format.space_before, format.space_after = alignment, before, after
        format.line_spacing = 1.0 if single else 1.1
        if first is not None:
            format.first_line_indent = first
        if left is not None:
            format.left_indent = left
        if hanging is not None:
            format.first_line_indent = -hanging
        if together:
            format.keep_with_next = True


class Table:
    """A ruled table, row by row."""

    def __init__(self, sheet: Sheet, table: Any, widths: Sequence[int]) -> None:
        self._sheet = sheet
        self._table = table
        self._widths = list(widths)
        table.style = "Table Grid"
        table.autofit = False
        table.alignment = WD_TABLE_ALIGNMENT.CENTER

    def row(
        self,
        texts: Sequence[str],
        alignment: Sequence[Literal["left", "centre"]],
        *,
        bold: bool = False,
        italic: Sequence[int] = (),
        heading: bool = False,
        whole: bool = False,
        together: bool = False,
    ) -> None:
        """One row; a `heading` is repeated on every page, a `whole` row is not torn by a page's end, and one that stays
        `together` with what follows stands on its page.
        """
        cells = self._table.add_row().cells
        properties = self._table.rows[-1]._tr.get_or_add_trPr()
        if whole or heading:
            properties.append(OxmlElement("w:cantSplit"))
        if heading:
            properties.append(OxmlElement("w:tblHeader"))
        for place, (cell, text, side) in enumerate(zip(cells, texts, alignment, strict=True)):
            cell.width = self._widths[place]
            for line in clean(text).split("\n"):
                paragraph = _next(cell)
                self._sheet._run(paragraph, line, TABLE, bold=bold, italic=place in italic)
                centred = side == "centre" or heading
                where = WD_ALIGN_PARAGRAPH.CENTER if centred else WD_ALIGN_PARAGRAPH.LEFT
                self._sheet._placed(paragraph, where, before=Pt(2), after=Pt(2), single=True, together=together)
            if heading:
                cell.vertical_alignment = 1

    def end(self) -> None:
        _fix(self._table, self._widths)


def timeless(archive: bytes) -> bytes:
    """The archive with every entry dated alike."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, LONG_AGO.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(name))
    return made.getvalue()


def _next(cell: Any) -> Any:
    """The paragraph to write in: the cell's own first one, as long as it is empty."""
    first = cell.paragraphs[0]
    return first if len(cell.paragraphs) == 1 and not first.runs else cell.add_paragraph()


def system_of(issuer: Issuer, otherwise: System) -> System:
    """By whose rules the issuer writes, where its name says it: a people's committee never writes as the Party does."""
    name = f"{fold(issuer.name)} "
    return next((system for beginning, system in WRITES_AS if name.startswith(f"{beginning} ")), otherwise)


def _fix(table: Any, widths: Sequence[int]) -> None:
    """Columns keep these widths in every program: the grid and each cell say the same."""
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    for row in table.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = width


def _inset(cell: Any, left: int, right: int) -> None:
    margins = OxmlElement("w:tcMar")
    for side, width in (("left", left), ("right", right)):
        edge = OxmlElement(f"w:{side}")
        edge.set(qn("w:w"), str(width))
        edge.set(qn("w:type"), "dxa")
        margins.append(edge)
    cell._tc.get_or_add_tcPr().append(margins)
