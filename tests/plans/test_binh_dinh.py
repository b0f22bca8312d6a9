"""The plan of Bình Định: four reports of 2023 from one printed string, own plans and inspections, nothing that comes again."""

from __future__ import annotations

from datetime import date

import pytest

from bot.plan.dates import AtAnyTime, Fixed, Unspecified
from bot.plan.model import Plan
from tests.plans.printed import TODAY, days, plan_of, told

REPORTS = ("bao_cao_q1", "bao_cao_6t", "bao_cao_9t", "bao_cao_nam")


@pytest.fixture(scope="module")
def plan() -> Plan:
    return plan_of("binh-dinh")


def test_it_is_bound_to_2023(plan: Plan) -> None:
    assert (plan.recurrence, plan.years, plan.valid_from, plan.valid_to) == ("none", (2023,), "2023", "2023")
    document = plan.document
    assert (document.dated, document.signer) == ("năm 2023", "Lâm Hải Giang")
    assert document.signed_as == "KT. CHỦ TỊCH - PHÓ CHỦ TỊCH"
    assert len(document.recipients) == 8


def test_the_duties_and_their_dates(plan: Plan) -> None:
    none = Unspecified()
    assert {m.id: (m.date, m.owed_by, m.topic) for m in plan.milestones} == {
        "ke_hoach": (none, "every_unit", "plan"),
        "bao_cao_q1": (Fixed(before=date(2023, 3, 20)), "every_unit", "report"),
        "bao_cao_6t": (Fixed(before=date(2023, 6, 20)), "every_unit", "report"),
        "bao_cao_9t": (Fixed(before=date(2023, 9, 20)), "every_unit", "report"),
        "bao_cao_nam": (Fixed(before=date(2023, 11, 25)), "every_unit", "report"),
        "don_doc": (none, "role", "inspection"),
        "tong_hop": (none, "standing_office", "report"),
        "ke_hoach_kiem_tra": (none, "standing_office", "inspection"),
        "kiem_tra_don_vi": (none, "every_unit", "inspection"),
        "phan_anh": (AtAnyTime(), "nobody", "feedback"),
    }
    assert {m.late for m in plan.milestones} == {""}


@pytest.mark.parametrize(
    ("milestone", "last", "worked"),
    [
        ("bao_cao_q1", "19/03", "17/03"),  # a Sunday
        ("bao_cao_6t", "19/06", "19/06"),
        ("bao_cao_9t", "19/09", "19/09"),
        ("bao_cao_nam", "24/11", "24/11"),
    ],
)
def test_each_report_is_due_before_its_day_of_2023_and_in_no_other_year(milestone: str, last: str, worked: str) -> None:
    assert days("binh-dinh", milestone, 2023) == (last, worked)
    assert days("binh-dinh", milestone, 2024) is None


def test_four_reports_stand_in_one_printed_string(plan: Plan) -> None:
    reports = [plan.milestone(id) for id in REPORTS]
    texts = {report.quote.text for report in reports if report.quote}
    assert len(texts) == 1
    assert "20/(3/6/9)/2023" in texts.pop()
    readings = [report.interpretation for report in reports]
    assert [reading is not None for reading in readings] == [True, True, True, False]
    assert readings[0] is not None
    assert "20/3/2023" in readings[0].reading


def test_reports_go_to_the_province_through_the_department(plan: Plan) -> None:
    for id in (*REPORTS, "phan_anh"):
        duty = plan.milestone(id)
        assert (duty.to, duty.via) == (("Ủy ban nhân dân tỉnh",), "Sở Nội vụ")
    assert {plan.milestone(id).form for id in REPORTS} == {"bao_cao"}
    assert {plan.milestone(id).settled_by for id in REPORTS} == {("submission", "paper")}
    assert [q.id for q in plan.form("bao_cao").questions] == ["results", "models", "difficulties", "files"]


def test_what_is_put_together_has_two_receivers(plan: Plan) -> None:
    assert plan.milestone("tong_hop").to == ("Ban Dân vận Tỉnh ủy", "Ủy ban nhân dân tỉnh")


def test_plans_are_handed_in_as_papers(plan: Plan) -> None:
    assert {form.id: form.purpose for form in plan.forms} == {
        "registration": "registration",
        "ke_hoach": "document",
        "ke_hoach_kiem_tra": "document",
        "bao_cao": "report",
        "phan_anh": "feedback",
    }
    for id in ("ke_hoach", "ke_hoach_kiem_tra"):
        assert plan.form(id).question("files").required


def test_models_are_registered_without_number_and_day(plan: Plan) -> None:
    assert plan.registration is not None
    assert [m.id for m in plan.milestones if m.form == "registration"] == []
    assert plan.targets == ()
    assert [q.id for q in plan.registration.questions] == ["subject", "name", "who", "field", "period"]
    assert {field.standard for field in plan.fields} == {
        *("economy", "culture_society", "defence_security", "political_system")
    }


def test_the_grading_of_communes_stands_in_another_decision(plan: Plan) -> None:
    decision = plan.reference("qd3826")
    assert (decision.relation, decision.known) == ("scoring", False)
    assert plan.reference("kh28").relation == "parent"
    assert len(plan.references) == 8
    assert plan.criteria == ()


def test_the_share_of_late_answers_is_text_only(plan: Plan) -> None:
    (text,) = [text for text in plan.texts if text.id == "tre_hen"]
    assert text.interpretation is not None
    assert "không có con số" in text.interpretation.reading


def test_the_department_speaks_until_the_province_ended(plan: Plan) -> None:
    assert plan.standing_office(date(2023, 1, 1)) == "Sở Nội vụ"
    assert plan.standing_office(date(2025, 7, 1)) == ""


def test_who_holds_which_function(plan: Plan) -> None:
    assert {role.id: str(role.valid_to) for role in plan.roles} == {
        "thuong_truc": "2025-06-30",
        "tiep_nhan": "2025-06-30",
        "phoi_hop": "2025-02-02",
        "giam_sat": "None",
        "chiu_trach_nhiem": "None",
    }
    assert plan.milestone("don_doc").role == "thuong_truc"
    assert plan.milestone("kiem_tra_don_vi").form == plan.milestone("ke_hoach_kiem_tra").form == "ke_hoach_kiem_tra"


def test_the_units_are_eleven_districts_and_the_department(plan: Plan) -> None:
    kinds = [unit.kind for unit in plan.units]
    assert (kinds.count("huyen"), kinds.count("thi_xa"), kinds.count("thanh_pho")) == (8, 2, 1)
    assert len(kinds) == 13
    assert set(kinds) <= {kind.id for kind in plan.unit_kinds}


def test_only_the_years_that_have_passed_are_doubtful() -> None:
    assert told("binh-dinh") == []
    assert told("binh-dinh", TODAY) == [("warning", f"milestones.{id}.date") for id in REPORTS]
