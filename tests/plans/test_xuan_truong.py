"""The programme of Xuân Trường: a Party document without a single day, with duties of persons and reports to two receivers."""

from __future__ import annotations

from datetime import date

import pytest

from bot.plan.dates import Every, Unspecified
from bot.plan.model import Plan
from tests.plans.printed import TODAY, days, plan_of, told

BOTH = ("Ban Thường vụ Huyện ủy", "Ban Dân vận Tỉnh ủy")


@pytest.fixture(scope="module")
def plan() -> Plan:
    return plan_of("xuan-truong")


def test_it_is_a_party_document_with_an_open_end(plan: Plan) -> None:
    document = plan.document
    assert (document.kind, document.system, document.level) == ("Chương trình hành động", "party", "huyen")
    assert (document.signer, document.signed_as) == ("Phạm Minh Tuấn", "T/M BAN THƯỜNG VỤ - PHÓ BÍ THƯ THƯỜNG TRỰC")
    assert (document.number, document.dated) == ("", "")
    assert len(document.recipients) == 6
    assert (plan.valid_from, plan.valid_to, plan.recurrence) == ("2022", "", "annual")


def test_the_duties_have_no_day(plan: Plan) -> None:
    none = Unspecified()
    assert {m.id: (m.date, m.owed_by, m.topic) for m in plan.milestones} == {
        "ke_hoach": (none, "every_unit", "plan"),
        "don_doc_cum": (none, "role", "inspection"),
        "don_doc_xa": (none, "role", "inspection"),
        "kiem_tra": (none, "role", "inspection"),
        "bao_cao_quy": (Every(every="quarter"), "standing_office", "report"),
        "bao_cao_nam": (Every(every="year"), "standing_office", "report"),
        "danh_gia": (none, "role", "review"),
        "phoi_hop_llvt": (none, "role", "plan"),
        "tuyen_truyen": (none, "role", "publicity"),
    }
    assert [m.id for m in plan.milestones if days("xuan-truong", m.id, 2024)] == []


def test_the_office_reports_each_quarter_and_each_year_to_two_receivers(plan: Plan) -> None:
    occasions = [o for o in plan.occasions if o.topic == "report"]
    assert [o.id for o in occasions] == [*(f"bao_cao_quy_q{n}" for n in range(1, 5)), "bao_cao_nam"]
    assert {o.to for o in occasions} == {BOTH}
    assert {o.form for o in occasions} == {"bao_cao"}
    assert plan.form("bao_cao").purpose == "report"
    assert {o.settled_by for o in occasions} == {("submission", "paper")}


def test_every_body_makes_its_own_plan(plan: Plan) -> None:
    duty = plan.milestone("ke_hoach")
    assert (duty.form, plan.form("ke_hoach").purpose, duty.unit_kinds, duty.to) == ("ke_hoach", "document", (), ())
    assert plan.reference("kh40").document == "Kế hoạch số 40-KH/HU ngày 05/5/2022"


def test_persons_urge_the_units_assigned_to_them(plan: Plan) -> None:
    persons = {role.id: (role.over, role.office) for role in plan.roles if role.person}
    assert persons == {
        "phu_trach_cum": ("clusters", "Ủy viên Ban Thường vụ Huyện ủy phụ trách cụm KT-KT"),
        "phu_trach_xa": ("units", "Ủy viên Ban Chấp hành Đảng bộ huyện phụ trách xã"),
    }
    assert plan.milestone("don_doc_cum").role == "phu_trach_cum"
    assert plan.milestone("don_doc_xa").role == "phu_trach_xa"
    assert plan.clusters == ()  # the document does not say which units a cụm has


def test_models_are_registered_with_their_resources_and_campaigns(plan: Plan) -> None:
    form = plan.registration
    assert form is not None
    assert [q.id for q in form.questions] == ["subject", "name", "who", "field", "campaign", "resources", "period"]
    assert (form.question("resources").kind, form.question("resources").required) == ("long_text", False)
    assert [m.id for m in plan.milestones if m.form == form.id] == []
    assert plan.targets == ()
    assert plan.criteria == ()


def test_the_four_fields_are_the_printed_ones(plan: Plan) -> None:
    assert [(field.name, field.standard) for field in plan.fields] == [
        ("Kinh tế", "economy"),
        ("Văn hóa - xã hội", "culture_society"),
        ("Quốc phòng - an ninh", "defence_security"),
        ("Xây dựng hệ thống chính trị", "political_system"),
    ]


def test_this_directive_is_directive_11(plan: Plan) -> None:
    directive = plan.reference("ct11")
    assert directive.relation == "parent"
    assert directive.interpretation is not None
    assert "“Chỉ thị này”" in directive.interpretation.reading
    assert len(plan.references) == 7


def test_the_offices_end_with_the_district(plan: Plan) -> None:
    assert plan.standing_office(date(2025, 6, 30)) == "Ban Dân vận Huyện ủy"
    assert plan.standing_office(date(2025, 7, 1)) == ""
    assert plan.holder("cap_tren", date(2025, 2, 3)) == ""


def test_who_is_told(plan: Plan) -> None:
    assert {m.id: m.role for m in plan.milestones if m.owed_by == "role"} == {
        "don_doc_cum": "phu_trach_cum",
        "don_doc_xa": "phu_trach_xa",
        "kiem_tra": "thuong_truc",
        "danh_gia": "to_chuc_dang",
        "phoi_hop_llvt": "luc_luong_vu_trang",
        "tuyen_truyen": "tuyen_truyen",
    }
    assert plan.holder("tuyen_truyen", date(2024, 1, 1)) == "Ban Tuyên giáo Huyện uỷ"
    assert {role.id for role in plan.roles if role.valid_to is None} == {"mat_tran_doan_the"}


def test_the_units_are_the_bodies_named_and_the_communes_of_2022(plan: Plan) -> None:
    kinds = [unit.kind for unit in plan.units]
    assert (kinds.count("xa"), kinds.count("thi_tran"), kinds.count("luc_luong_vu_trang")) == (19, 1, 2)
    assert len(kinds) == 26
    assert set(kinds) <= {kind.id for kind in plan.unit_kinds}
    assert [unit.name for unit in plan.units if unit.code.endswith(("tho-nghiep", "xuan-dai"))] == [
        *("xã Thọ Nghiệp", "xã Xuân Đài")
    ]


def test_nothing_is_doubtful() -> None:
    assert told("xuan-truong") == told("xuan-truong", TODAY) == []
