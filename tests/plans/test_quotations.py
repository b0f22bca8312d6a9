"""What the five plan files quote stands in the five documents word for word, and nothing is quoted that does not."""

from __future__ import annotations

import pytest

from bot.plan.criteria import Criterion
from bot.plan.part import Interpretation, Rule
from bot.plan.questions import Question
from tests.plans.printed import FIVE, folded, missing, parts, plan_of, print_of, quotes, rows_named, stands

ROWS = {"ninh-thuan": ("A", 21), "binh-dinh": ("B", 14), "van-ninh": ("C", 47), "xuan-truong": ("D", 14),
        "so-tttt-dak-nong": ("E", 14)}  # fmt: skip
QUOTES = {"ninh-thuan": 69, "binh-dinh": 45, "van-ninh": 131, "xuan-truong": 52, "so-tttt-dak-nong": 53}
BY_US = "người soạn tệp kế hoạch"

each = pytest.mark.parametrize("id", FIVE)


@each
def test_every_quotation_stands_in_the_document_and_names_its_place(id: str) -> None:
    found = quotes(plan_of(id))
    assert len(found) >= QUOTES[id]
    assert [(here, quote.text) for here, quote in found if not stands(id, quote.text)] == []
    places = ("mục ", "phần căn cứ", "đoạn cuối", "Phụ lục")
    assert [(here, quote.at) for here, quote in found if not quote.at.startswith(places)] == []


@each
def test_every_rule_but_rows_and_questions_brings_its_quotation(id: str) -> None:
    """Rows of a table are printed whole, and questions may be ours."""
    bare = [
        here
        for here, part in parts(plan_of(id))
        if isinstance(part, Rule) and not isinstance(part, Criterion | Question) and part.quote is None
    ]
    assert bare == []


@each
def test_every_printed_question_brings_its_quotation(id: str) -> None:
    questions = [question for form in plan_of(id).forms for question in form.questions]
    assert [question.id for question in questions if question.printed and question.quote is None] == []
    assert [question.id for question in questions if not question.ask or not question.short] == []


@each
def test_every_reading_says_why_and_whose_it_is(id: str) -> None:
    readings = [part for _, part in parts(plan_of(id)) if isinstance(part, Interpretation)]
    assert len(readings) >= 7
    assert {reading.by for reading in readings} == {BY_US}
    assert [reading for reading in readings if len(reading.reading) < 15 or len(reading.why) < 15] == []


@each
def test_the_head_of_the_document_is_as_printed(id: str) -> None:
    document = plan_of(id).document
    assert missing(id, [document.title, document.signer, *document.recipients]) == []
    assert document.recipients
    assert document.number == ""  # left blank, or not printed, in all five
    for capacity in document.signed_as.split(" - "):
        assert stands(id, capacity)
    assert document.kind.casefold() in print_of(id).casefold()


@pytest.mark.parametrize(
    ("id", "level", "system", "place", "superior", "valid"),
    [
        ("ninh-thuan", "tinh", "state", "Ninh Thuận", "", ("2022-12", "", "annual")),
        ("binh-dinh", "tinh", "state", "Bình Định", "", ("2023", "2023", "none")),
        ("van-ninh", "huyen", "state", "Vạn Ninh", "", ("2023-12", "2026-09", "annual")),
        ("xuan-truong", "huyen", "party", "Xuân Trường", "", ("2022", "", "annual")),
        ("so-tttt-dak-nong", "so", "state", "Đắk Nông", "UBND tỉnh Đắk Nông", ("2023", "2023", "none")),
    ],
)
def test_whose_document_it_is_and_how_long_it_holds(
    id: str, level: str, system: str, place: str, superior: str, valid: tuple[str, str, str]
) -> None:
    plan = plan_of(id)
    document = plan.document
    assert (document.level, document.system, document.place, document.superior) == (level, system, place, superior)
    assert (plan.valid_from, plan.valid_to, plan.recurrence) == valid
    assert plan.replaces == ()
    assert plan.amendments == ()
    assert plan.notices == ()


@each
def test_the_issuer_is_named_in_the_document(id: str) -> None:
    issuer = plan_of(id).document.issuer
    body, place = {  # where the document prints the body in one place and the territory in another
        "binh-dinh": ("Ủy ban nhân dân tỉnh", "Bình Định"),
        "xuan-truong": ("Ban Thường vụ Huyện ủy", "Xuân Trường"),
    }.get(id, (issuer, ""))
    assert issuer == f"{body} {place}".strip()
    assert folded(body).casefold() in print_of(id).casefold()
    assert stands(id, place)


@each
def test_topics_offices_and_receivers_are_cut_out_of_the_document(id: str) -> None:
    plan = plan_of(id)
    said = [topic.name for field in plan.fields for topic in field.topics]
    said += [role.office for role in plan.roles]
    for milestone in plan.milestones:
        said += [*milestone.to, milestone.via, milestone.late]
        said += [name for hop in milestone.hops for name in (hop.sender, hop.to)]
    said += [subject.who for subject in plan.subjects]
    said += [amendment.transition for amendment in plan.amendments]
    assert missing(id, said) == []


@each
def test_other_documents_are_named_as_printed_and_none_of_them_is_known(id: str) -> None:
    references = plan_of(id).references
    assert missing(id, [words for reference in references for words in (reference.document, reference.about)]) == []
    assert [reference.id for reference in references if reference.known] == []
    assert len({reference.document for reference in references}) == len(references)
    for reference in references:
        assert reference.quote is not None
        assert folded(reference.document) in folded(reference.quote.text), reference.id


@each
def test_standards_tables_and_rows_are_printed_whole(id: str) -> None:
    plan = plan_of(id)
    said = [standard.text for standard in plan.standards]
    for table in plan.criteria:
        said += [table.title, *(column.title for column in table.printed)]
        said += [words for row in table.rows for words in (row.text, row.evidence.hint)]
    assert missing(id, said) == []


@each
def test_dossier_parts_and_outlines_are_cut_out_of_the_document(id: str) -> None:
    said: list[str] = []
    for level in plan_of(id).levels:
        if level.dossier is not None:
            said += [part.name for part in level.dossier.parts]
            said += level.dossier.confirmations
        said += [point.name for point in level.outline.points] if level.outline else []
        said += [priority.name for priority in level.priorities]
    assert missing(id, said) == []


@each
def test_no_correction_is_laid_over_the_print_since_none_is_known(id: str) -> None:
    assert plan_of(id).errata == ()


@each
def test_every_obligation_is_named_beside_what_meets_it(id: str) -> None:
    letter, count = ROWS[id]
    assert rows_named(id) == {f"R-{letter}{number:02}" for number in range(1, count + 1)}


@each
def test_nobody_follows_a_body_that_has_ended(id: str) -> None:
    """A successor is written down once a document names it, and none does."""
    roles = plan_of(id).roles
    assert len({role.id for role in roles}) == len(roles)
    assert {str(role.valid_to) for role in roles} <= {"None", "2025-02-02", "2025-06-30"}
    assert {str(unit.valid_to) for unit in plan_of(id).units} <= {"2025-02-02", "2025-06-30"}


@pytest.mark.parametrize(
    ("id", "passages", "topics", "described"),
    [
        ("ninh-thuan", 13, "cai_cach_hanh_chinh dao_duc_cong_vu tiep_cong_dan giam_sat_phan_bien doi_song_van_hoa", 5),
        ("binh-dinh", 8, "cai_cach_hanh_chinh dao_duc_cong_vu tiep_cong_dan giam_sat_phan_bien", 8),
        ("van-ninh", 5, "", 9),
        ("xuan-truong", 11, "llvt mat_tran_doan_the ton_giao cai_cach_hanh_chinh tiep_cong_dan", 5),
        ("so-tttt-dak-nong", 6, "dan_chu_co_so tiep_dan", 5),
    ],
)
def test_passages_without_a_duty_are_kept_and_some_are_topics(
    id: str, passages: int, topics: str, described: int
) -> None:
    plan = plan_of(id)
    assert len(plan.texts) == passages
    assert [text.id for text in plan.texts if text.topic] == topics.split()
    assert sum(bool(reference.about) for reference in plan.references) == described


@pytest.mark.parametrize(
    ("id", "required"),
    [
        (
            "ninh-thuan",
            {
                "registration": "subject name who status source field",
                "dang_ky_thi_dua": "content",
                "ke_hoach": "files",
                "bao_cao": "results ct33",
                "phan_anh": "content",
            },
        ),
        (
            "binh-dinh",
            {
                "registration": "subject name who field",
                "ke_hoach": "files",
                "ke_hoach_kiem_tra": "files",
                "bao_cao": "results",
                "phan_anh": "content",
            },
        ),
        (
            "van-ninh",
            {
                "registration": "subject name who field period award",
                "ke_hoach": "files",
                "bao_cao": "results",
                "phan_anh": "content",
            },
        ),
        ("xuan-truong", {"registration": "subject name who field", "ke_hoach": "files", "bao_cao": "results"}),
        (
            "so-tttt-dak-nong",
            {"registration": "subject name who status still_useful source field solution", "bao_cao": "results"},
        ),
    ],
)
def test_forms_ask_for_little_that_cannot_be_skipped(id: str, required: dict[str, str]) -> None:
    forms = plan_of(id).forms
    assert {form.id: " ".join(q.id for q in form.questions if q.required) for form in forms} == required


@pytest.mark.parametrize(
    ("id", "slip"),
    [
        ("ninh-thuan", "toàn thể các bộ, công chức"),
        ("ninh-thuan", "theo thầm quyền"),
        ("ninh-thuan", "đến các từng cơ quan"),
        ("binh-dinh", "kết quả thực công tác dân vận"),
        ("van-ninh", "hiếu dân"),
        ("van-ninh", "Chủ tịch UBND huyện Giấy khen cho"),
        ("van-ninh", "cơ quan, đơn vị, địa có trách nhiệm"),
        ("van-ninh", "ban hành kèm theo Quy định này"),
        ("xuan-truong", "tổ chức thực hiện hiệu quả Chỉ thị này"),
    ],
)
def test_printed_slips_are_kept_in_the_quotations(id: str, slip: str) -> None:
    assert stands(id, slip)
    assert any(slip in folded(quote.text) for _, quote in quotes(plan_of(id)))


def test_a_word_that_was_changed_is_found() -> None:
    quote = plan_of("van-ninh").milestone("ho_so").quote
    assert quote is not None
    assert stands("van-ninh", quote.text)
    assert not stands("van-ninh", quote.text.replace("01 tháng 9", "01 tháng 10"))
    assert not stands("binh-dinh", quote.text)
