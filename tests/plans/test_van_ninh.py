"""The plan of Vạn Ninh says what the document says, word for word."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from bot.plan.dates import Annual, AtAnyTime, Every, InMonth, InQuarter, Unspecified
from bot.plan.levels import AwardAt, Dossier, EachRow, Level, Recognised, TotalAtLeast
from bot.plan.model import Plan
from tests.plans.printed import TODAY, days, file_of, plan_of, print_of, stands, told

DOUBTFUL = [
    ("warning", "standards.tt_5"),
    ("warning", "criteria.tap_the.rows.02.text"),
    ("warning", "levels.huyen.meeting"),
    ("warning", "levels.huyen.dossier.parts.bao_cao.form"),
    ("warning", "levels.tinh.dossier.parts.bao_cao.form"),
]


@pytest.fixture(scope="module")
def plan() -> Plan:
    return plan_of("van-ninh")


def level(plan: Plan, id: str) -> Level:
    return next(level for level in plan.levels if level.id == id)


def dossier(plan: Plan, id: str) -> Dossier:
    found = level(plan, id).dossier
    assert found is not None
    return found


def test_the_document_is_signed_by_the_chairman_for_2023_to_2026(plan: Plan) -> None:
    document = plan.document
    assert (document.issuer, document.place, document.number) == ("UBND huyện Vạn Ninh", "Vạn Ninh", "")
    assert (document.dated, document.signer) == ("tháng 12 năm 2023", "Đàm Ngọc Quang")
    assert document.signed_as == "TM. ỦY BAN NHÂN DÂN - CHỦ TỊCH"
    assert len(document.recipients) == 10
    assert "Thành viên các Khối thi đua thuộc huyện;" in document.recipients
    assert (plan.valid_from, plan.valid_to, plan.years) == ("2023-12", "2026-09", (2024, 2025, 2026))


def test_the_fields_have_the_printed_topics(plan: Plan) -> None:
    assert [field.id for field in plan.fields if field.name.casefold() not in print_of("van-ninh").casefold()] == []
    assert [len(field.topics) for field in plan.fields] == [8, 8, 7, 6]
    assert [field.standard for field in plan.fields] == [
        *("economy", "culture_society", "defence_security", "political_system")
    ]


def test_the_criteria_are_the_printed_rows_in_their_order(plan: Plan) -> None:
    for table in plan.criteria:
        printed = " ".join(f"{row.code} {row.text} {row.max} {row.evidence.hint}" for row in table.rows)
        assert stands("van-ninh", printed + f" Tổng điểm {table.total}"), table.subject
        assert sum(row.max for row in table.rows) == table.total == 100
        assert table.step == Decimal("0.5")
        assert table.step_interpretation is not None
        assert "không nêu bước điểm" in table.step_interpretation.why
    assert [[int(row.max) for row in table.rows] for table in plan.criteria] == [
        [15, 15, 15, 15, 15, 15, 10],
        [15, 15, 20, 10, 10, 15, 15],
    ]


def test_the_annex_has_five_columns_and_none_for_the_appraiser(plan: Plan) -> None:
    for table in plan.criteria:
        assert [column.id for column in table.columns] == ["self"]
        headings = [column.title for column in table.printed]
        assert headings == ["STT", "Tiêu chí", "Điểm chuẩn", "Điểm tự chấm", "Tài liệu kiểm chứng"]
        assert [column.shows for column in table.printed] == ["code", "text", "max", "self", "evidence"]
        assert stands("van-ninh", " ".join(headings))


def test_rows_name_the_paragraph_of_the_standards_that_they_measure(plan: Plan) -> None:
    assert {table.subject: [row.standard for row in table.rows] for table in plan.criteria} == {
        "tap_the": ["tt_1", "tt_1", "tt_2", "tt_3", "tt_4", "", ""],
        "ca_nhan": ["cn_1", "cn_2", "cn_2", "cn_3", "cn_3", "cn_4", "cn_4"],
    }
    standards = {standard.id: standard for standard in plan.standards}
    assert list(standards) == [*(f"tt_{n}" for n in range(1, 6)), *(f"cn_{n}" for n in range(1, 5))]
    assert standards["tt_5"].text.startswith("Vận động và tổ chức được đông đảo Nhân dân tham gia")
    for subject in ("tap_the", "ca_nhan"):
        whole = " ".join(standard.text for standard in plan.standards if standard.subject == subject)
        assert stands("van-ninh", whole)  # paragraph after paragraph, nothing left out


def test_row_02_repeats_row_01_as_printed_and_is_warned_of_once(plan: Plan) -> None:
    table = plan.table("tap_the")
    assert table.row("02").text == table.row("01").text
    assert plan.errata == ()  # which text was lost nobody has confirmed
    assert told("van-ninh").count(("warning", "criteria.tap_the.rows.02.text")) == 1


def test_only_true_doubts_are_told() -> None:
    assert told("van-ninh") == DOUBTFUL
    assert sorted(set(told("van-ninh", TODAY)) - set(DOUBTFUL)) == [("warning", "milestones.bao_cao_giai_doan.date")]
    assert "errata: []" in file_of("van-ninh").read_text(encoding="utf-8")


def test_the_duties_and_their_dates(plan: Plan) -> None:
    none = Unspecified()
    assert {m.id: (m.date, m.owed_by, m.topic) for m in plan.milestones} == {
        "dang_ky": (Annual(before="02-15"), "invited_units", "registration"),
        "ho_so": (Annual(before="09-01"), "live_exemplars", "dossier"),
        "xet": (InQuarter(quarter=3), "nobody", "review"),
        "bao_cao_nam": (Annual(before="10-01"), "standing_office", "report"),
        "bao_cao_giai_doan": (InMonth(month="2026-09"), "standing_office", "report"),
        "ke_hoach_co_so": (none, "every_unit", "plan"),
        "binh_xet": (none, "role", ""),
        "xet_ho_so": (none, "role", "review"),
        "xac_nhan_bao_cao": (none, "role", ""),
        "tham_dinh": (none, "role", "review"),
        "hop_xet": (none, "role", "review"),
        "quyet_dinh": (none, "role", "review"),
        "de_nghi_tinh": (Every(every="year"), "role", ""),
        "khen_dot_xuat": (AtAnyTime(), "role", ""),
        "huong_dan": (none, "role", "guidance"),
        "kiem_tra": (none, "role", "inspection"),
        "nhan_rong": (none, "role", "publicity"),
        "van_dong": (none, "role", "publicity"),
        "tuyen_truyen": (none, "role", "publicity"),
        "trien_khai": (none, "role", ""),
        "phan_anh": (AtAnyTime(), "nobody", "feedback"),
    }
    assert {m.late for m in plan.milestones} == {""}  # the document says nothing of lateness


@pytest.mark.parametrize(
    ("milestone", "year", "last", "worked"),
    [
        ("dang_ky", 2024, "14/02", "07/02"),  # mùng 5 Tết
        ("dang_ky", 2025, "14/02", "14/02"),
        ("dang_ky", 2026, "14/02", "13/02"),
        ("ho_so", 2024, "31/08", "30/08"),
        ("ho_so", 2025, "31/08", "29/08"),
        ("ho_so", 2026, "31/08", "28/08"),  # the Monday was swapped off
        ("bao_cao_nam", 2026, "30/09", "30/09"),
        ("xet", 2024, "30/09", "30/09"),
        ("bao_cao_giai_doan", 2026, "30/09", "30/09"),
    ],
)
def test_the_last_day_and_the_last_working_day(milestone: str, year: int, last: str, worked: str) -> None:
    assert days("van-ninh", milestone, year) == (last, worked)


def test_the_report_of_the_period_comes_once() -> None:
    assert days("van-ninh", "bao_cao_giai_doan", 2025) is None


def test_who_settles_what_and_how(plan: Plan) -> None:
    registration, papers = plan.milestone("dang_ky"), plan.milestone("ho_so")
    assert registration.settled_by == ("submission", "closing", "paper")
    assert (registration.form, registration.to) == ("registration", ("Ban Dân vận Huyện ủy",))
    assert (papers.form, papers.to) == ("self_score", ("Ban Dân vận Huyện ủy",))
    own = plan.milestone("ke_hoach_co_so")
    assert (own.form, plan.form(own.form).purpose) == ("ke_hoach", "document")


def test_the_yearly_report_goes_two_hops_and_only_the_last_has_a_day(plan: Plan) -> None:
    report = plan.milestone("bao_cao_nam")
    assert (report.to, report.via) == (("Chủ tịch UBND tỉnh",), "Phòng Nội vụ")
    assert [(hop.sender, hop.to, hop.date) for hop in report.hops] == [
        ("Ban Dân vận Huyện ủy", "UBND huyện", Unspecified()),
        ("UBND huyện", "Chủ tịch UBND tỉnh", Annual(before="10-01")),
    ]


def test_both_reports_go_to_the_province_through_the_room_of_internal_affairs(plan: Plan) -> None:
    for id in ("bao_cao_nam", "bao_cao_giai_doan"):
        report = plan.milestone(id)
        assert (report.to, report.via) == (("Chủ tịch UBND tỉnh",), "Phòng Nội vụ")
        assert (report.form, report.settled_by) == ("bao_cao", ("submission", "paper"))


def test_the_review_goes_step_by_step(plan: Plan) -> None:
    steps = ("xet_ho_so", "tham_dinh", "hop_xet", "quyet_dinh")
    assert [plan.milestone(step).after for step in steps] == ["ho_so", "xet_ho_so", "tham_dinh", "hop_xet"]
    offices = [plan.holder(plan.milestone(step).role, date(2024, 9, 1)) for step in steps]
    assert offices == [
        *("Ban Dân vận Huyện ủy", "Phòng Nội vụ", "Hội đồng Thi đua - Khen thưởng huyện", "Chủ tịch UBND huyện")
    ]
    assert plan.milestone("xet_ho_so").to == ("Phòng Nội vụ",)


def test_who_is_told(plan: Plan) -> None:
    assert {m.id: m.role for m in plan.milestones if m.owed_by == "role"} == {
        "binh_xet": "chiu_trach_nhiem",
        "xet_ho_so": "thuong_truc",
        "xac_nhan_bao_cao": "thuong_truc",
        "tham_dinh": "tham_dinh",
        "hop_xet": "hoi_dong",
        "quyet_dinh": "quyet_dinh",
        "de_nghi_tinh": "de_nghi_tinh",
        "khen_dot_xuat": "khen_dot_xuat",
        "huong_dan": "thuong_truc",
        "kiem_tra": "thuong_truc",
        "nhan_rong": "thuong_truc",
        "van_dong": "van_dong",
        "tuyen_truyen": "tuyen_truyen",
        "trien_khai": "chiu_trach_nhiem",
    }
    assert plan.milestone("de_nghi_tinh").to == ("Chủ tịch UBND tỉnh",)
    assert plan.milestone("binh_xet").to == ("Ban Dân vận Huyện ủy",)
    assert plan.milestone("xac_nhan_bao_cao").after == "ho_so"


def test_feedback_goes_to_the_district_through_the_room_of_internal_affairs(plan: Plan) -> None:
    feedback = plan.milestone("phan_anh")
    assert (feedback.to, feedback.via, feedback.form) == (("UBND huyện",), "Phòng Nội vụ", "phan_anh")
    assert plan.form("phan_anh").purpose == "feedback"


def test_the_levels_from_the_base_to_the_province(plan: Plan) -> None:
    assert {level.id: [rule.kind for rule in level.passes] for level in plan.levels} == {
        "co_so": ["registered"],
        "huyen": ["award_at", "each_row", "total", "evidence"],
        "tinh": ["recognised", "each_row", "total", "evidence"],
        "dot_xuat": [],
    }
    below = level(plan, "huyen").passes[0]
    assert isinstance(below, AwardAt)
    assert below.level == "co_so"
    history = level(plan, "tinh").passes[0]
    assert isinstance(history, Recognised)
    assert (history.level, history.years, history.consecutive) == ("huyen", 2, True)
    assert [level.spontaneous for level in plan.levels] == [False, False, False, True]


def test_90_percent_of_each_row_and_90_in_total_are_two_rules_with_their_quotes(plan: Plan) -> None:
    for id in ("huyen", "tinh"):
        _, rows, total, evidence = level(plan, id).passes
        assert isinstance(rows, EachRow)
        assert isinstance(total, TotalAtLeast)
        assert (rows.percent, total.points, total.percent) == (90, 90, None)
        assert rows.interpretation is not None  # “đạt 90%” is read as ≥ 90 %
        assert len({rule.quote.text for rule in (rows, total, evidence) if rule.quote}) == 3
        assert level(plan, id).decided_on == "self"
        assert level(plan, id).decided_on_interpretation is not None


def test_quotas_are_for_the_whole_district_and_only_warn(plan: Plan) -> None:
    quotas = {level.id: [(q.subjects, q.number, q.per, q.beyond) for q in level.quotas] for level in plan.levels}
    assert quotas == {
        "co_so": [],
        "huyen": [(("tap_the",), 3, "all", "warn"), (("ca_nhan",), 5, "all", "warn")],
        "tinh": [(("tap_the",), 1, "all", "warn"), (("ca_nhan",), 2, "all", "warn")],
        "dot_xuat": [],
    }
    for quota in level(plan, "huyen").quotas:
        assert quota.interpretation is not None
        assert "“tặng”" in quota.interpretation.why
        assert "“tối đa”" in quota.interpretation.why
    assert all(level.tie_break is None for level in plan.levels)  # the plan names none, so none is made up


def test_the_dossiers_have_the_same_parts_from_other_hands(plan: Plan) -> None:
    for id, hands, copies, to in (
        ("huyen", ("cơ quan, đơn vị, địa phương", "cơ quan, đơn vị, địa phương"), 1, "Ban Dân vận Huyện ủy"),
        ("tinh", ("UBND huyện", "Chủ tịch UBND huyện"), 3, "Chủ tịch UBND tỉnh"),
    ):
        papers = dossier(plan, id)
        assert [part.id for part in papers.parts] == [
            *("to_trinh", "bien_ban", "bao_cao", "tu_cham", "tai_lieu", "quyet_dinh")
        ]
        assert (papers.parts[0].by, papers.parts[-1].by) == hands
        assert (papers.copies, papers.to) == (copies, to)
        assert papers.copies_quote is not None
        assert "cấp huyện 01 bộ, cấp tỉnh 03 bộ" in papers.copies_quote.text
        report, card = papers.parts[2:4]
        assert (report.form, card.attached_to, card.made_of) == ("bao_cao_chuyen_de", "bao_cao", "scorecard")
        assert len(papers.confirmations) == 3
        assert papers.confirmations[-1] == "Ban Dân vận Huyện ủy"
    assert dossier(plan, "huyen").parts[1].by == "Hội đồng thi đua khen thưởng cấp trình khen"
    assert dossier(plan, "tinh").parts[1].by == "Hội đồng thi đua - Khen thưởng huyện"


def test_the_report_has_six_headings(plan: Plan) -> None:
    for id in ("huyen", "tinh"):
        outline = level(plan, id).outline
        assert outline is not None
        assert [point.name for point in outline.points] == [
            *("mức độ đạt được của điển hình", "cách làm", "kinh nghiệm"),
            *("tác dụng", "tính lan tỏa", "sự bền vững"),
        ]


def test_awards_and_who_signs_them(plan: Plan) -> None:
    signed = {level.id: [plan.holder(a.signed_by, date(2024, 9, 1)) for a in level.awards] for level in plan.levels}
    assert signed == {
        "co_so": [
            "Chủ tịch UBND cấp xã",
            "Thủ trưởng cơ quan, đơn vị, Mặt trận Tổ quốc và các tổ chức đoàn thể cấp huyện",
        ],
        "huyen": ["Chủ tịch UBND huyện"],
        "tinh": ["Chủ tịch UBND tỉnh"],
        "dot_xuat": ["Hội đồng Thi đua - Khen thưởng các cấp"],
    }
    for id in ("huyen", "tinh"):
        assert [priority.id for priority in level(plan, id).priorities] == [
            *("dieu_kien_kho_khan", "anh_huong_lon", "cap_co_so")
        ]


def test_the_registration_asks_in_order_and_is_complete_in_itself(plan: Plan) -> None:
    form = plan.form("registration")
    ids = [question.id for question in form.questions]
    assert ids == ["subject", "name", "who", "field", "topic", "benefit", "period", "award"]
    assert [option.key for option in form.question("subject").options] == ["tap_the", "ca_nhan"]
    assert [option.key for option in form.question("field").options] == [field.id for field in plan.fields]
    topics = form.question("topic").options
    assert len(topics) == 29
    assert topics[0].label == "Thu hút nguồn lực đầu tư cho phát triển kinh tế"
    assert topics[0].when is not None
    assert (topics[0].when.question, topics[0].when.values) == ("field", ("kinh_te",))
    benefit = form.question("benefit")
    assert (benefit.kind, benefit.required, benefit.required_by) == ("money", False, "ho_so")
    assert benefit.when is not None
    assert benefit.when.values == ("kinh_te",)
    assert all(question.ask and question.short for question in form.questions)


def test_three_contents_are_printed_and_one_confirms(plan: Plan) -> None:
    form = plan.form("registration")
    assert [question.id for question in form.questions if question.printed] == ["name", "period", "award"]
    (confirmation,) = form.confirmations
    assert confirmation.any_of == ("UBND cấp xã", "thủ trưởng các phòng, ban, ngành thuộc huyện")
    assert confirmation.interpretation is not None
    assert "“và”" in confirmation.interpretation.why
    assert form.paper is not None
    assert (form.paper.title, form.paper.addressed_to) == ("BẢN ĐĂNG KÝ", ("Ban Dân vận Huyện ủy",))
    assert len(form.paper.signatures) == 2


def test_other_documents_stand_in_their_relation(plan: Plan) -> None:
    assert {reference.id: reference.relation for reference in plan.references} == {
        "ct17": "basis",
        "kh12908": "parent",
        "nq_huyen": "basis",
        **dict.fromkeys(
            ("nq09", "nq25", "nq_toan_quoc", "nq_tinh", "kl01", "ct05", "kl21", "kh31", "nd91"), "mentioned"
        ),
        **dict.fromkeys(("luat_tdkt", "luat_dan_chu", "phap_lenh_dan_chu"), "mentioned"),
    }


def test_the_offices_end_with_the_district_and_only_the_province_and_communes_go_on(plan: Plan) -> None:
    assert plan.standing_office(date(2025, 6, 30)) == "Ban Dân vận Huyện ủy"
    assert plan.standing_office(date(2025, 7, 1)) == ""
    going_on = {role.id for role in plan.roles if plan.holder(role.id, date(2025, 7, 1))}
    assert going_on == {"quyet_dinh_co_so", "quyet_dinh_tinh", "chiu_trach_nhiem", "khen_dot_xuat"}


def test_the_thirteen_units_lie_in_the_district_until_it_ended(plan: Plan) -> None:
    district, *units = plan.units
    assert (district.code, district.kind) == ("van-ninh", "huyen")
    assert len(units) == 13
    assert {unit.parent for unit in units} == {"van-ninh"}
    assert sorted(unit.kind for unit in units) == ["thi_tran", *["xa"] * 12]
    assert {str(unit.valid_to) for unit in plan.units} == {"2025-06-30"}
    assert not any("VH" in unit.aliases for unit in units)  # it means văn hóa too
