"""Plans, forms and answers for the tests of papers: short ones, and such as make a paper ugly."""

from __future__ import annotations

import io
from datetime import datetime
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile

from docx import Document as read_docx

from bot.clock import ZONE
from bot.forms.answers import Answer, Item
from bot.papers import forms, scorecard
from bot.papers.wording import Handed, Issuer
from bot.plan.criteria import CriteriaTable, Criterion, PrintedColumn, ScoreColumn
from bot.plan.model import Document, FieldOfWork, Plan, SubjectKind
from bot.plan.questions import Confirmation, Form, Option, PaperLayout, Question, Signature

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
COMMUNE = Issuer("xã Vạn Hưng", "huyện Vạn Ninh", "Vạn Hưng")
CELL = Issuer("Đảng ủy xã Xuân Trường và các chi bộ trực thuộc đảng bộ xã", "Huyện ủy Xuân Trường", "Xuân Trường")
HANDED = Handed("00012/2024", 2, datetime(2024, 2, 5, 9, 15, tzinfo=ZONE))
LONG_NAME = (
    "Camera an ninh do Nhân dân đóng góp trên tuyến đường liên thôn Xuân Tự – Hà Già – Xuân Vinh, giai đoạn 2024–2026"
)
PARAGRAPH = (
    "Thực hiện Kế hoạch, đơn vị đã tổ chức quán triệt, tuyên truyền đến cán bộ, đảng viên và Nhân dân; vận động các "
    "hộ dân hiến đất mở đường, đóng góp ngày công. "
)
FIVE_THOUSAND = (PARAGRAPH * 40)[:5000].rsplit(" ", 1)[0] + "."


def a_plan(system: str = "state") -> Plan:
    return Plan(
        id="mau",
        name="Dân vận khéo",
        document=Document(kind="Kế hoạch", title="Phong trào", issuer="UBND huyện Vạn Ninh", system=system),
        valid_from="2023-12",
        subjects=(SubjectKind(id="tap_the", name="Tập thể"),),
        fields=(FieldOfWork(id="kinh_te", name="Kinh tế"),),
    )


REGISTRATION = Form(
    id="registration",
    title="Bản đăng ký điển hình",
    purpose="registration",
    questions=(
        Question(
            id="subject",
            kind="choice",
            ask="Tập thể hay cá nhân?",
            short="Loại điển hình",
            options=(Option(key="tap_the", label="Tập thể"), Option(key="ca_nhan", label="Cá nhân")),
        ),
        Question(id="name", kind="text", ask="Tên điển hình là gì?", short="Tên điển hình", printed=True),
        Question(id="field", kind="text", ask="Lĩnh vực?", short="Lĩnh vực"),
        Question(id="period", kind="text", ask="Thời gian?", short="Thời gian triển khai", printed=True),
        Question(id="benefit", kind="money", ask="Làm lợi bao nhiêu?", short="Giá trị làm lợi", printed=True),
        Question(id="award", kind="yes_no", ask="Có đề nghị khen không?", short="Đề nghị khen thưởng", printed=True),
    ),
    confirmations=(Confirmation(any_of=("UBND cấp xã", "thủ trưởng phòng, ban, ngành")),),
    paper=PaperLayout(
        title="Bản đăng ký",
        subtitle="Mô hình, điển hình “Dân vận khéo”",
        addressed_to=("Ban Dân vận Huyện ủy Vạn Ninh",),
        signatures=(Signature(who="Người đăng ký", note="Ký, ghi rõ họ tên"),),
    ),
)
ANSWERS = {
    "subject": Answer("subject", "tap_the"),
    "name": Answer("name", LONG_NAME),
    "field": Answer("field", "Chỉ để tra cứu"),
    "benefit": Answer("benefit", "1250000000"),
    "award": Answer("award", True),
}
REPORT = Form(
    id="report",
    title="Báo cáo kết quả phong trào",
    questions=(
        Question(id="done", kind="long_text", ask="Kết quả thực hiện?", short="Kết quả thực hiện"),
        Question(id="models", kind="number", ask="Bao nhiêu mô hình?", short="Số mô hình mới"),
        Question(id="papers", kind="files", ask="Tài liệu?", short="Tài liệu kèm theo"),
        Question(id="wishes", kind="long_text", ask="Kiến nghị?", short="Kiến nghị, đề xuất"),
    ),
)
REPORTED = {
    "done": Answer("done", FIVE_THOUSAND + "\n" + PARAGRAPH),
    "models": Answer("models", "1250.5"),
    "papers": Answer("papers", items=(Item("document", name="Phụ lục số liệu.xlsx"), Item("photo"))),
}
USUAL = (
    PrintedColumn(title="STT", shows="code"),
    PrintedColumn(title="Tiêu chí", shows="text"),
    PrintedColumn(title="Điểm chuẩn", shows="max"),
    PrintedColumn(title="Điểm tự chấm", shows="self"),
    PrintedColumn(title="Tài liệu kiểm chứng", shows="evidence"),
)
SEVEN = CriteriaTable(
    subject="tap_the",
    title="Bảng tự chấm điểm tập thể “Dân vận khéo”",
    total=Decimal(100),
    rows=tuple(
        Criterion(code=f"{n:02}", text=f"Tiêu chí số {n}: khéo tuyên truyền", max=Decimal(15 if n < 7 else 10))
        for n in range(1, 8)
    ),
    printed=USUAL,
)
FORTY = CriteriaTable(
    subject="tap_the",
    title="Bảng chấm điểm xã, phường, thị trấn",
    total=Decimal(100),
    rows=(
        Criterion(
            code="I",
            text="Công tác lãnh đạo, chỉ đạo",
            max=Decimal(30),
            rows=tuple(
                Criterion(code=f"1.{n}", text=f"{PARAGRAPH}(nội dung {n})", max=Decimal("2.5")) for n in range(1, 13)
            ),
        ),
        Criterion(
            code="II",
            text="Kết quả thực hiện",
            max=Decimal(70),
            rows=tuple(
                Criterion(code=f"2.{n}", text=f"{PARAGRAPH}(nội dung {n})", max=Decimal("2.5")) for n in range(1, 29)
            ),
        ),
    ),
    bonus=(Criterion(code="T1", text="Được Trung ương khen", max=Decimal(5)),),
    columns=(ScoreColumn(id="self", name="Điểm tự chấm"), ScoreColumn(id="appraised", name="Điểm thẩm định")),
    printed=(*USUAL[:4], PrintedColumn(title="Điểm thẩm định", shows="appraised"), USUAL[4]),
)


def registration_paper(system: str = "state", answers: dict[str, Answer] | None = None) -> bytes:
    return forms.registration(a_plan(system), REGISTRATION, ANSWERS if answers is None else answers, COMMUNE, HANDED)


def blank_paper() -> bytes:
    return forms.blank(a_plan(), REGISTRATION, COMMUNE, 2024)


def report_paper(system: str = "party") -> bytes:
    return forms.report(
        a_plan(system),
        REPORT,
        REPORTED,
        CELL,
        HANDED,
        to=("Ban Thường vụ Huyện ủy", "Ban Dân vận Tỉnh ủy"),
        via="Ban Dân vận Huyện ủy",
        period="Báo cáo quý I",
    )


def scorecard_paper(table: CriteriaTable = SEVEN, **evidence: list[str]) -> bytes:
    points = {row.code: Decimal("13.5") if row.max > 5 else Decimal("2.25") for row in table.leaves()}
    points |= {row.code: Decimal(27) for row in table.rows if row.rows}
    columns = {"self": scorecard.Column(points, {}, Decimal("94.5"))}
    named = {code.lstrip("r").replace("_", "."): pieces for code, pieces in evidence.items()}
    return scorecard.scorecard(a_plan(), table, columns, named, LONG_NAME, "xã Vạn Hưng", COMMUNE, HANDED)


def opened(paper: bytes) -> Any:
    """The paper as python-docx reads it."""
    return read_docx(io.BytesIO(paper))


def part(paper: bytes, name: str = "word/document.xml") -> ElementTree.Element:
    with ZipFile(io.BytesIO(paper)) as archive:
        return ElementTree.fromstring(archive.read(name))


def words(paper: bytes) -> str:
    """All that stands on the paper, paragraph by paragraph, tables included."""
    return "\n".join("".join(text.text or "" for text in p.iter(f"{W}t")) for p in part(paper).iter(f"{W}p"))
