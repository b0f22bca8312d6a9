"""Registrations, blank forms and reports on paper: what stands on them, where, and in which type."""

from __future__ import annotations

from dataclasses import replace

import pytest
from docx.shared import Pt

from bot.forms.answers import Answer, Item
from bot.papers import forms
from bot.papers.wording import Issuer, items
from bot.plan.questions import Condition
from tests.papers.sample_papers import (
    ANSWERS,
    COMMUNE,
    FIVE_THOUSAND,
    HANDED,
    LONG_NAME,
    REGISTRATION,
    REPORT,
    W,
    a_plan,
    blank_paper,
    opened,
    part,
    registration_paper,
    report_paper,
    words,
)

ALL = {"registration": registration_paper, "blank": blank_paper, "report": report_paper}


def body(paper: bytes) -> list[str]:
    return [paragraph.text for paragraph in opened(paper).paragraphs if paragraph.text.strip()]


def test_a_registration_prints_what_the_document_asks_for_and_nothing_else() -> None:
    lines = body(registration_paper())
    assert [line for line in lines if line[0].isdigit()] == [
        f"1. Tên điển hình: {LONG_NAME}",
        "2. Thời gian triển khai: ……",
        "3. Giá trị làm lợi: 1.250.000.000 đồng",
        "4. Đề nghị khen thưởng: Có",
    ]
    assert "Loại điển hình" not in words(registration_paper())
    assert "Chỉ để tra cứu" not in words(registration_paper())
    assert "Kính gửi: Ban Dân vận Huyện ủy Vạn Ninh" in lines
    assert lines.index("BẢN ĐĂNG KÝ") < lines.index("Mô hình, điển hình “Dân vận khéo”")


def test_a_form_of_which_the_document_prints_nothing_is_printed_whole() -> None:
    bare = REGISTRATION.model_copy(
        update={"questions": tuple(q.model_copy(update={"printed": False}) for q in REGISTRATION.questions)}
    )
    paper = forms.registration(a_plan(), bare, ANSWERS, COMMUNE, HANDED)
    assert "1. Loại điển hình: Tập thể" in body(paper)


def test_the_head_of_a_state_paper() -> None:
    head = opened(registration_paper()).tables[0]
    left, right = ([p.text for p in cell.paragraphs if p.text] for cell in head.rows[0].cells)
    assert left == ["HUYỆN VẠN NINH", "XÃ VẠN HƯNG", "Số: ……/……", "DỰ THẢO"]
    assert [line.replace("\u00a0", " ") for line in right] == [
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "Vạn Hưng, ngày …… tháng …… năm 2024",
    ]
    bold = {run.text: run.bold for cell in head.rows[0].cells for p in cell.paragraphs for run in p.runs if run.text}
    assert (bold["HUYỆN VẠN NINH"], bold["XÃ VẠN HƯNG"]) == (None, True)
    borders = [table.find(f"{W}tblPr/{W}tblBorders") for table in part(registration_paper()).iter(f"{W}tbl")]
    assert borders == [None] * len(borders), "the head and the signatures have no ruled table"


def test_the_head_of_a_party_paper() -> None:
    head = opened(report_paper()).tables[0]
    left, right = ([p.text for p in cell.paragraphs if p.text] for cell in head.rows[0].cells)
    assert left[0] == "HUYỆN ỦY XUÂN TRƯỜNG"
    assert left[2:] == ["*", "Số ……-……/……", "DỰ THẢO"]
    assert right[0].replace("\u00a0", " ") == "ĐẢNG CỘNG SẢN VIỆT NAM"
    assert "CỘNG HÒA" not in words(report_paper())
    assert "ĐẢNG CỘNG SẢN" not in words(registration_paper("front"))
    assert "CỘNG\u00a0HÒA" in words(registration_paper("front"))


def test_what_is_not_known_is_left_open() -> None:
    paper = forms.registration(a_plan(), REGISTRATION, {}, Issuer("xã Vạn Hưng"), HANDED)
    left, right = ([p.text for p in cell.paragraphs if p.text] for cell in opened(paper).tables[0].rows[0].cells)
    assert left[0] == "XÃ VẠN HƯNG"
    assert right[-1].startswith("……, ngày …… tháng ……")
    assert [line for line in body(paper) if line[0].isdigit()] == [
        "1. Tên điển hình: ……",
        "2. Thời gian triển khai: ……",
        "3. Giá trị làm lợi: ……",
        "4. Đề nghị khen thưởng: ……",
    ]


def test_who_signs_stands_on_the_right_and_who_confirms_on_the_left() -> None:
    names, below = opened(registration_paper()).tables[-1].rows
    assert [cell.text for cell in names.cells] == [
        "XÁC NHẬN CỦA UBND CẤP XÃ HOẶC THỦ TRƯỞNG PHÒNG, BAN, NGÀNH",
        "NGƯỜI ĐĂNG KÝ",
    ]
    assert [cell.text.split("\n")[0] for cell in below.cells] == [
        "(Ký, ghi rõ họ tên, đóng dấu)",
        "(Ký, ghi rõ họ tên)",
    ]
    silent = REGISTRATION.model_copy(update={"paper": None, "confirmations": ()})
    names, _ = opened(forms.registration(a_plan(), silent, ANSWERS, COMMUNE, HANDED)).tables[-1].rows
    assert [cell.text for cell in names.cells] == ["", "QUYỀN HẠN, CHỨC VỤ\nCỦA NGƯỜI KÝ"]


def test_a_confirmation_that_the_layout_has_already_is_not_printed_twice() -> None:
    assert REGISTRATION.paper is not None
    placed = REGISTRATION.paper.signatures[0].model_copy(update={"who": "Xác nhận của UBND cấp xã"})
    layout = REGISTRATION.paper.model_copy(update={"signatures": (placed, *REGISTRATION.paper.signatures)})
    paper = forms.registration(a_plan(), REGISTRATION.model_copy(update={"paper": layout}), ANSWERS, COMMUNE, HANDED)
    assert words(paper).count("XÁC NHẬN CỦA") == 1


@pytest.mark.parametrize("kind", ALL)
def test_the_sheet_is_laid_out_as_the_decree_asks(kind: str) -> None:
    paper = ALL[kind]()
    section = opened(paper).sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    assert 20 <= round(section.top_margin.mm, 1) <= 25
    assert 20 <= round(section.bottom_margin.mm, 1) <= 25
    assert 30 <= round(section.left_margin.mm, 1) <= 35
    assert 15 <= round(section.right_margin.mm, 1) <= 20
    faces = {fonts.get(f"{W}ascii") for fonts in part(paper).iter(f"{W}rFonts")}
    assert faces == {"Times New Roman"}
    sizes = {int(size.get(f"{W}val", "0")) / 2 for size in part(paper).iter(f"{W}sz") if size.get(f"{W}val")}
    assert {size for size in sizes if size > 5} <= {11, 12, 13, 14, 15}
    normal = opened(paper).styles["Normal"]
    assert (normal.font.name, normal.font.size) == ("Times New Roman", Pt(14))


@pytest.mark.parametrize("kind", ALL)
def test_pages_are_numbered_in_the_middle_of_the_top_from_the_second_on(kind: str) -> None:
    section = opened(ALL[kind]()).sections[0]
    assert section.different_first_page_header_footer
    assert not "".join(p.text for p in section.first_page_header.paragraphs)
    (number,) = section.header.paragraphs
    assert " PAGE " in number._p.xml
    assert number.alignment == 1


def test_a_draft_says_on_every_page_that_it_is_one_and_a_blank_form_does_not() -> None:
    section = opened(registration_paper()).sections[0]
    expected = (
        "Dự thảo do Khéo lập từ bản nộp số 00012/2024, phiên bản 2, lúc 09:15 ngày 05/02/2024; "
        "chưa có số, ngày và chữ ký."
    )
    assert section.footer.paragraphs[0].text == section.first_page_footer.paragraphs[0].text == expected
    assert "DỰ THẢO" in words(registration_paper())
    assert "DỰ THẢO" in words(report_paper())
    assert "DỰ THẢO" not in words(blank_paper())


def test_a_blank_form_has_dotted_lines_and_boxes() -> None:
    paper = blank_paper()
    assert "☐ Có      ☐ Không" in words(paper)
    assert LONG_NAME not in words(paper)
    dotted = [tab for tab in part(paper).iter(f"{W}tab") if tab.get(f"{W}leader") == "dot"]
    assert len(dotted) == 5, "two lines each for a text, one for a sum"
    asked = REGISTRATION.model_copy(
        update={"questions": tuple(q.model_copy(update={"printed": True}) for q in REGISTRATION.questions)}
    )
    assert "☐ Tập thể      ☐ Cá nhân" in words(forms.blank(a_plan(), asked, COMMUNE, 2024))


def test_a_report_has_its_questions_as_headings_its_receivers_and_the_way_it_goes() -> None:
    lines = body(report_paper())
    start = lines.index("Kính gửi:")
    assert lines[start : start + 4] == [
        "Kính gửi:",
        "- Ban Thường vụ Huyện ủy;",
        "- Ban Dân vận Tỉnh ủy",
        "(qua Ban Dân vận Huyện ủy).",
    ]
    assert lines[start + 4 :][:2] == ["1. Kết quả thực hiện", FIVE_THOUSAND]
    assert "2. Số mô hình mới: 1.250,5" in lines
    files = lines.index("3. Tài liệu kèm theo")
    assert lines[files + 1 : files + 3] == ["- Phụ lục số liệu.xlsx", "- ảnh số 01"]
    assert lines[lines.index("4. Kiến nghị, đề xuất") + 1] == "……"
    assert "Nơi nhận:" in words(report_paper())
    assert "Báo cáo quý I" in lines


def test_one_receiver_stands_in_the_line() -> None:
    paper = forms.report(a_plan(), REPORT, {}, COMMUNE, HANDED, to=("UBND tỉnh",), via="Sở Nội vụ")
    assert "Kính gửi: UBND tỉnh (qua Sở Nội vụ)" in body(paper)
    assert "Kính gửi: ……" in body(forms.report(a_plan(), REPORT, {}, COMMUNE, HANDED))


@pytest.mark.parametrize("kind", ALL)
def test_the_same_paper_is_the_same_bytes(kind: str) -> None:
    assert ALL[kind]() == ALL[kind]()


def test_what_no_document_can_hold_is_left_out() -> None:
    nasty = {"name": Answer("name", "a\x00b\x0b\x1fc\ud800 <w:p> & ]]>\u2028d\r\ne")}
    lines = body(registration_paper(answers=nasty))
    assert "1. Tên điển hình: abc <w:p> & ]]>" in lines
    assert lines[lines.index("1. Tên điển hình: abc <w:p> & ]]>") + 1 :][:2] == ["d", "e"]


def test_a_question_that_does_not_apply_is_not_printed() -> None:
    only = Condition(question="subject", values=("ca_nhan",))
    asked = REGISTRATION.model_copy(
        update={
            "questions": tuple(
                q.model_copy(update={"when": only if q.id == "benefit" else None}) for q in REGISTRATION.questions
            )
        }
    )
    paper = forms.registration(a_plan(), asked, ANSWERS, COMMUNE, replace(HANDED, version=1))
    assert "Giá trị làm lợi" not in words(paper)
    assert "Giá trị làm lợi" in words(forms.blank(a_plan(), asked, COMMUNE, 2024)), "by hand nobody knows yet"


def test_evidence_is_called_by_its_name_and_what_was_written_under_it() -> None:
    pieces = [
        Item("text", text="Đã họp 12 cuộc"),
        Item("link", text="https://vanninh.vn/tin"),
        Item("document", text="TC01", name="Báo cáo 12.pdf"),
        Item("document", text="Biên bản họp dân", name="bb.pdf"),
        Item("photo", text="tiêu chí 1.2"),
        Item("photo", text="Lễ ra mắt"),
    ]
    assert items(pieces) == [
        "Đã họp 12 cuộc",
        "https://vanninh.vn/tin",
        "Báo cáo 12.pdf",
        "bb.pdf (Biên bản họp dân)",
        "ảnh số 01",
        "ảnh số 02 (Lễ ra mắt)",
    ]


@pytest.mark.parametrize(
    ("name", "plan", "head"),
    [
        ("UBND huyện Xuân Trường", "party", "CỘNG HÒA"),
        ("Ban Dân vận Huyện ủy", "state", "ĐẢNG CỘNG SẢN"),
        ("Đảng ủy xã Vạn Hưng", "state", "ĐẢNG CỘNG SẢN"),
        ("Ban Thường trực Mặt trận", "party", "ĐẢNG CỘNG SẢN"),
        ("xã Vạn Hưng", "state", "CỘNG HÒA"),
        ("Ban Chỉ huy Quân sự huyện", "state", "CỘNG HÒA"),
    ],
)
def test_a_name_that_says_by_whose_rules_it_writes_is_believed(name: str, plan: str, head: str) -> None:
    paper = forms.registration(a_plan(plan), REGISTRATION, ANSWERS, Issuer(name), HANDED)
    found = words(paper).replace("\u00a0", " ")
    assert [motto for motto in ("CỘNG HÒA", "ĐẢNG CỘNG SẢN") if motto in found] == [head]


def test_the_copies_stand_beside_the_signature() -> None:
    names, below = opened(report_paper()).tables[-1].rows
    assert names.cells[0].text.split("\n") == ["Nơi nhận:", "- Như trên;", "- Lưu: ……."]
    assert names.cells[0]._tc is below.cells[0]._tc, "one cell beside name and signature"
