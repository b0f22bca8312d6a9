"""The plan of one agency in Đắk Nông: ticks instead of points, a vote, a report whose day stands in another paper."""

from __future__ import annotations

from datetime import date

import pytest

from bot.plan.criteria import ByCheck
from bot.plan.dates import AtAnyTime, ByReference, Unspecified
from bot.plan.levels import AllChecked, Vote
from bot.plan.model import Plan
from bot.rules.conditions import verdict
from bot.rules.rows import Input
from bot.rules.scoring import Scorecard
from bot.rules.undetermined import Undetermined
from tests.plans.printed import TODAY, days, plan_of, told


@pytest.fixture(scope="module")
def plan() -> Plan:
    return plan_of("so-tttt-dak-nong")


def test_it_is_the_plan_of_one_agency_for_2023(plan: Plan) -> None:
    document = plan.document
    assert document.issuer == "Sở Thông tin và Truyền thông tỉnh Đắk Nông"
    assert (document.signer, document.signed_as) == ("Đoàn Ngọc Vinh", "KT.GIÁM ĐỐC - PHÓ GIÁM ĐỐC")
    assert len(document.recipients) == 6
    assert (plan.recurrence, plan.years) == ("none", (2023,))


def test_the_duties_and_their_dates(plan: Plan) -> None:
    none = Unspecified()
    assert {m.id: (m.date, m.owed_by, m.topic) for m in plan.milestones} == {
        "bao_cao": (ByReference(reference="kh44"), "standing_office", "report"),
        "cap_nhat_website": (none, "role", "publicity"),
        "tuyen_truyen": (none, "role", "publicity"),
        "binh_chon": (AtAnyTime(), "role", "review"),
        "nhan_rong": (AtAnyTime(), "role", "publicity"),
    }
    assert days("so-tttt-dak-nong", "bao_cao", 2023) is None


def test_the_day_of_the_report_stands_in_a_paper_that_is_not_known(plan: Plan) -> None:
    report = plan.milestone("bao_cao")
    assert (report.to, report.form, report.settled_by) == (("Ban Dân vận Tỉnh ủy",), "bao_cao", ("submission", "paper"))
    assert (plan.reference("kh44").relation, plan.reference("kh44").known) == ("dates", False)
    assert plan.reference("hd02").relation == "criteria"
    assert plan.reference("ct16").document == "Chỉ thị số 16/CT-TTg ngày 16/5/2016"
    assert [reference.id for reference in plan.references] == ["kh44", "hd02", "kh78", "nq25", "ct16"]


def test_the_criteria_are_ticks_without_points(plan: Plan) -> None:
    assert {table.subject: [row.code for row in table.rows] for table in plan.criteria} == {
        "tap_the": ["1", "2", "3", "4"],
        "ca_nhan": ["1", "2", "3", "4", "5"],
    }
    for table in plan.criteria:
        assert table.total == 0
        assert all(isinstance(row.scoring, ByCheck) and row.max == 0 for row in table.rows)
        assert all(row.quote is not None for row in table.rows)


def test_every_tick_and_for_persons_a_vote_without_a_share(plan: Plan) -> None:
    (level,) = plan.levels
    ticks, vote = level.passes
    assert isinstance(ticks, AllChecked)
    assert isinstance(vote, Vote)
    assert (vote.percent, vote.subjects) == (None, ("ca_nhan",))
    assert vote.interpretation is not None
    assert "tỷ lệ" in vote.interpretation.reading


def test_a_collective_needs_no_vote_and_a_person_does(plan: Plan) -> None:
    verdicts = {}
    for table in plan.criteria:
        ticked: dict[str, Input] = {row.code: True for row in table.rows}
        verdicts[table.subject] = verdict(plan.levels[0], Scorecard(table, ticked))
    assert verdicts["tap_the"].fulfilled
    assert verdicts["ca_nhan"].undetermined == (Undetermined("vote_unknown"),)
    assert verdicts["ca_nhan"].shortfalls == ()


def test_collectives_are_rooms_of_the_agency_and_persons_work_there(plan: Plan) -> None:
    collective, person = plan.subjects
    assert (collective.id, collective.from_units) == ("tap_the", ("phong", "van_phong"))
    assert (person.id, person.from_units) == ("ca_nhan", ())
    assert "đang làm việc tại Sở Thông tin và Truyền thông" in person.who


def test_the_registration_asks_for_the_state_and_the_vote(plan: Plan) -> None:
    form = plan.registration
    assert form is not None
    assert [question.id for question in form.questions] == [
        *("subject", "name", "who", "status", "still_useful", "source", "field", "solution"),
        *("vote_day", "vote_yes", "vote_total"),
    ]
    assert [option.key for option in form.question("status").options] == ["new", "replicated", "continuing"]
    whens = {q.id: (q.when.question, q.when.values) for q in form.questions if q.when}
    assert whens["still_useful"] == ("status", ("continuing",))
    assert whens["source"] == ("status", ("replicated",))
    assert whens["vote_yes"] == whens["vote_total"] == whens["vote_day"] == ("subject", ("ca_nhan",))
    assert [form.question(id).kind for id in ("vote_day", "vote_yes", "vote_total")] == ["date", "number", "number"]
    assert [m.id for m in plan.milestones if m.form == "registration"] == []


def test_who_is_told(plan: Plan) -> None:
    assert {m.id: m.role for m in plan.milestones if m.owed_by == "role"} == {
        "cap_nhat_website": "thuong_truc",
        "tuyen_truyen": "phong",
        "binh_chon": "binh_chon",
        "nhan_rong": "thuong_truc",
    }
    assert plan.holder("cap_tren", date(2025, 2, 2)) == "Ban Dân vận Tỉnh uỷ"
    assert plan.holder("cap_tren", date(2025, 2, 3)) == ""


def test_what_may_be_skipped(plan: Plan) -> None:
    form = plan.registration
    assert form is not None
    assert [q.id for q in form.questions if not q.required] == ["vote_day", "vote_yes", "vote_total"]
    assert [q.id for q in plan.form("bao_cao").questions if q.required] == ["results"]


def test_four_fields_and_one_that_is_stressed(plan: Plan) -> None:
    assert [(field.standard, field.emphasis) for field in plan.fields] == [
        ("economy", False),
        ("culture_society", True),
        ("defence_security", False),
        ("political_system", False),
    ]


def test_the_office_of_the_agency_speaks(plan: Plan) -> None:
    assert plan.standing_office(date(2023, 6, 1)) == "Văn phòng Sở"
    assert plan.standing_office(date(2025, 7, 1)) == ""
    assert [unit.code for unit in plan.units] == ["so-tttt-dak-nong", "so-tttt-dak-nong.van-phong"]


def test_only_the_unsaid_share_of_the_vote_is_doubtful() -> None:
    assert told("so-tttt-dak-nong") == told("so-tttt-dak-nong", TODAY) == [("warning", "levels.so.passes.1")]
