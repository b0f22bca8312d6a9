"""The plan of Ninh Thuận: two registrations before 30/01 after guidance, a yearly target until 2025, reports without a day."""

from __future__ import annotations

from datetime import date

import pytest

from bot.plan.dates import Annual, AtAnyTime, Every, Unspecified
from bot.plan.model import Plan
from tests.plans.printed import TODAY, days, plan_of, told

TAKING_PART = ("so", "ban_nganh", "doan_the", "mat_tran", "huyen", "thanh_pho")


@pytest.fixture(scope="module")
def plan() -> Plan:
    return plan_of("ninh-thuan")


def test_the_document_has_neither_number_nor_day_nor_signer(plan: Plan) -> None:
    document = plan.document
    assert (document.kind, document.number, document.signer, document.signed_as) == ("Kế hoạch", "", "", "")
    assert (document.dated, document.level, document.system) == ("tháng 12 năm 2022", "tinh", "state")
    assert len(document.recipients) == 12
    assert "Doanh nghiệp trên địa bàn tỉnh;" in document.recipients
    assert (plan.valid_from, plan.valid_to, plan.recurrence) == ("2022-12", "", "annual")
    assert plan.years == (2023, 2024, 2025, 2026, 2027, 2028)


def test_the_duties_and_their_dates(plan: Plan) -> None:
    yearly, none = Every(every="year"), Unspecified()
    assert {m.id: (m.date, m.owed_by, m.topic) for m in plan.milestones} == {
        "ban_hanh_huong_dan": (none, "standing_office", "guidance"),
        "ke_hoach_mttq": (yearly, "every_unit", "plan"),
        "huong_dan_dang_ky": (yearly, "role", "guidance"),
        "ke_hoach": (none, "every_unit", "plan"),
        "dang_ky_thi_dua": (Annual(before="01-30"), "every_unit", "registration"),
        "dang_ky": (Annual(before="01-30"), "every_unit", "registration"),
        "tham_dinh_mo_hinh": (yearly, "role", "review"),
        "so_tong_ket": (yearly, "role", "review"),
        "chuyen_muc": (Every(every="month"), "role", "publicity"),
        "huong_dan_khen_thuong": (yearly, "standing_office", "guidance"),
        "don_doc": (none, "role", "inspection"),
        "bao_cao_nam": (yearly, "every_unit", "report"),
        "tong_hop": (yearly, "standing_office", "report"),
        "tham_dinh_don_vi": (yearly, "role", "review"),
        "gioi_thieu": (AtAnyTime(), "role", "publicity"),
        "phan_anh": (AtAnyTime(), "nobody", "feedback"),
    }
    assert {m.late for m in plan.milestones} == {""}  # the document says nothing of lateness


@pytest.mark.parametrize(
    ("year", "last", "worked"),
    [
        (2023, "29/01", "27/01"),
        (2024, "29/01", "29/01"),
        (2025, "29/01", "24/01"),  # mùng 1 Tết
        (2026, "29/01", "29/01"),
        (2028, "29/01", "21/01"),
    ],
)
def test_before_30_january_means_the_29th_or_the_last_working_day_before(year: int, last: str, worked: str) -> None:
    assert days("ninh-thuan", "dang_ky", year) == (last, worked)
    assert days("ninh-thuan", "dang_ky_thi_dua", year) == (last, worked)


def test_who_is_told_and_where_it_goes(plan: Plan) -> None:
    province = ("Ủy ban nhân dân tỉnh",)
    assert {m.id: (m.role, m.to) for m in plan.milestones if m.owed_by == "role"} == {
        "huong_dan_dang_ky": ("phoi_hop", ()),
        "tham_dinh_mo_hinh": ("phoi_hop", ()),
        "so_tong_ket": ("phoi_hop", province),
        "chuyen_muc": ("tuyen_truyen", ()),
        "don_doc": ("thuong_truc", province),
        "tham_dinh_don_vi": ("don_vi", province),
        "gioi_thieu": ("don_vi", ("Ban Dân vận Tỉnh ủy", "Báo Ninh Thuận", "Đài Phát thanh - Truyền hình tỉnh")),
    }
    feedback = plan.milestone("phan_anh")
    assert (feedback.to, feedback.via, feedback.form) == (
        *(("Chủ tịch Ủy ban nhân dân tỉnh",), "Sở Nội vụ", "phan_anh"),
    )


def test_two_kinds_of_own_plans_from_different_units(plan: Plan) -> None:
    assert plan.milestone("ke_hoach").unit_kinds == TAKING_PART
    assert plan.milestone("ke_hoach_mttq").unit_kinds == ("ban_dang", "mat_tran", "doan_the")
    assert {plan.milestone(id).form for id in ("ke_hoach", "ke_hoach_mttq")} == {"ke_hoach"}
    assert {form.id: form.purpose for form in plan.forms} == {
        "registration": "registration",
        "dang_ky_thi_dua": "report",
        "ke_hoach": "document",
        "bao_cao": "report",
        "phan_anh": "feedback",
    }


def test_both_registrations_go_to_the_province_through_the_department_after_its_guidance(plan: Plan) -> None:
    for id, form, purpose in (
        ("dang_ky", "registration", "registration"),
        ("dang_ky_thi_dua", "dang_ky_thi_dua", "report"),
    ):
        duty = plan.milestone(id)
        assert (duty.to, duty.via, duty.after) == (("Ủy ban nhân dân tỉnh",), "Sở Nội vụ", "huong_dan")
        assert (duty.form, plan.form(form).purpose) == (form, purpose)
        assert duty.unit_kinds == TAKING_PART
        assert duty.settled_by == ("submission", "paper")  # “none this year” ends no target
    (guidance,) = plan.occurrences
    assert (guidance.id, guidance.on) == ("huong_dan", {})  # the document does not know its day, nor do we


def test_reports_go_to_the_department_and_from_there_to_the_chairman(plan: Plan) -> None:
    report = plan.milestone("bao_cao_nam")
    assert (report.to, report.via, report.unit_kinds) == (("Sở Nội vụ",), "", ())
    assert [(hop.sender, hop.to, hop.date) for hop in report.hops] == [
        ("các cơ quan, đơn vị, địa phương", "Sở Nội vụ", Unspecified()),
        ("Sở Nội vụ", "Chủ tịch Ủy ban nhân dân tỉnh", Unspecified()),
    ]
    assert plan.milestone("tong_hop").to == ("Chủ tịch Ủy ban nhân dân tỉnh",)
    assert plan.form("bao_cao").has("ct33")
    assert days("ninh-thuan", "bao_cao_nam", 2024) is None


def test_the_target_is_one_new_or_replicated_model_a_unit_until_2025(plan: Plan) -> None:
    (target,) = plan.targets
    assert (target.per, target.at_least, target.at_most, target.ambition) == ("unit", 1, None, 2)
    assert target.counts == ("new", "replicated")
    assert (target.first_year, target.last_year) == (2023, 2025)
    status = plan.form("registration").question("status")
    assert [option.key for option in status.options] == ["new", "replicated", "continuing"]


def test_a_replication_names_its_source(plan: Plan) -> None:
    source = plan.form("registration").question("source")
    assert source.required
    assert source.when is not None
    assert (source.when.question, source.when.values) == ("status", ("replicated",))


def test_the_registration_asks_in_order(plan: Plan) -> None:
    form = plan.registration
    assert form is not None
    assert [question.id for question in form.questions] == [
        *("subject", "name", "who", "status", "source", "field", "topic", "area", "period")
    ]
    topics = {text.id for text in plan.texts if text.topic}
    assert {option.key for option in form.question("topic").options} == topics
    assert len(form.question("area").options) == 4
    assert not form.has("award")


def test_criteria_are_left_to_the_department_and_nothing_is_scored(plan: Plan) -> None:
    assert plan.criteria_elsewhere is not None
    assert plan.criteria_elsewhere.to == "Sở Nội vụ"
    assert plan.criteria == ()
    assert [level.passes for level in plan.levels] == [(), ()]
    assert [fact.id for fact in plan.facts] == ["hieu_qua", "kha_thi"]
    assert {fact.stated_by for fact in plan.facts} == {"phoi_hop"}


def test_five_printed_fields_and_one_more_belong_to_the_usual_four(plan: Plan) -> None:
    assert [(field.name, field.standard) for field in plan.fields] == [
        ("Kinh tế", "economy"),
        ("Văn hóa", "culture_society"),
        ("Xã hội", "culture_society"),
        ("Quốc phòng", "defence_security"),
        ("An ninh", "defence_security"),
        ("Hệ thống chính trị", "political_system"),
    ]


def test_the_two_titles_of_directive_33_are_told(plan: Plan) -> None:
    directive = plan.reference("ct33")
    assert directive.relation == "basis"
    assert directive.interpretation is not None
    assert "hai cách" in directive.interpretation.why
    assert plan.reference("ct35").relation == "parent"
    assert len(plan.references) == 6


def test_the_department_speaks_until_the_province_ended(plan: Plan) -> None:
    assert plan.standing_office(date(2025, 6, 30)) == "Sở Nội vụ"
    assert plan.standing_office(date(2025, 7, 1)) == ""
    assert plan.holder("phoi_hop", date(2025, 2, 2)) == "Ban Dân vận Tỉnh ủy"
    assert plan.holder("phoi_hop", date(2025, 2, 3)) == ""


def test_who_holds_which_function(plan: Plan) -> None:
    assert {role.id: (role.office, str(role.valid_to)) for role in plan.roles} == {
        "thuong_truc": ("Sở Nội vụ", "2025-06-30"),
        "tiep_nhan": ("Sở Nội vụ", "2025-06-30"),
        "phoi_hop": ("Ban Dân vận Tỉnh ủy", "2025-02-02"),
        "quyet_dinh": ("Ủy ban nhân dân tỉnh", "2025-06-30"),
        "dieu_chinh": ("Chủ tịch Ủy ban nhân dân tỉnh", "2025-06-30"),
        "tuyen_truyen": ("Báo Ninh Thuận, Đài Phát thanh - Truyền hình tỉnh", "2025-06-30"),
        "don_vi": ("các cơ quan, đơn vị, địa phương", "None"),
    }
    assert [level.awards[0].signed_by for level in plan.levels] == ["don_vi", "quyet_dinh"]


def test_the_units_are_the_seven_districts_and_the_bodies_that_are_named(plan: Plan) -> None:
    kinds = [unit.kind for unit in plan.units]
    assert (kinds.count("huyen"), kinds.count("thanh_pho"), len(kinds)) == (6, 1, 13)
    assert plan.units[0].code == "ninh-thuan"
    assert {unit.parent for unit in plan.units[1:]} == {"ninh-thuan"}
    assert {"doanh_nghiep", "co_quan_trung_uong"} <= {kind.id for kind in plan.unit_kinds}
    assert set(kinds) <= {kind.id for kind in plan.unit_kinds}


def test_nothing_is_printed_twice_and_one_thing_is_doubtful(plan: Plan) -> None:
    assert told("ninh-thuan") == told("ninh-thuan", TODAY) == [("warning", "fields")]
    assert plan.targets[0].interpretation is not None
