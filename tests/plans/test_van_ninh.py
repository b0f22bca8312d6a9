"""The plan of Vạn Ninh says what the document says, word for word."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import BaseModel

from bot.plan.check import check
from bot.plan.loader import load
from bot.plan.model import AnnualBefore, InMonth, InQuarter, Plan, Quote

FILE = Path("plans/van-ninh.yaml")
SEED = " ".join((Path(__file__).parent / "seeds" / "van-ninh.txt").read_text(encoding="utf-8").split())


@pytest.fixture(scope="module")
def plan() -> Plan:
    return load(FILE)


def quotes(part: object) -> Iterator[Quote]:
    if isinstance(part, Quote):
        yield part
    elif isinstance(part, BaseModel):
        for name in type(part).model_fields:
            yield from quotes(getattr(part, name))
    elif isinstance(part, tuple):
        for item in part:
            yield from quotes(item)


def stands_in_the_document(text: str) -> bool:
    return " ".join(text.split()) in SEED


def test_every_quotation_stands_in_the_document(plan: Plan) -> None:
    found = list(quotes(plan))
    assert len(found) > 25
    assert [quote.text for quote in found if not stands_in_the_document(quote.text)] == []
    assert [quote.text for quote in found if not quote.at] == []


def test_title_topics_and_offices_are_cut_out_of_the_document(plan: Plan) -> None:
    topics = [topic.name for field in plan.fields for topic in field.topics]
    offices = [role.office for role in plan.roles]
    said = [plan.document.title, plan.document.signer, *topics, *offices, *(m.to for m in plan.milestones)]
    assert [text for text in said if not stands_in_the_document(text)] == []
    assert [field.id for field in plan.fields if field.name.casefold() not in SEED.casefold()] == []
    assert [len(field.topics) for field in plan.fields] == [8, 8, 7, 6]


def test_the_criteria_are_the_printed_rows_in_their_order(plan: Plan) -> None:
    for table in plan.criteria:
        assert stands_in_the_document(table.title)
        printed = " ".join(f"{row.code} {row.text} {row.max} {row.evidence.hint}" for row in table.rows)
        assert stands_in_the_document(printed + f" Tổng điểm {table.total}"), table.subject
        assert sum(row.max for row in table.rows) == table.total == 100
        assert table.step == Decimal("0.5")
        assert table.step_interpretation is not None
        assert "không nêu bước điểm" in table.step_interpretation.why


def test_row_02_repeats_row_01_as_printed_and_is_warned_of_once(plan: Plan) -> None:
    table = plan.table("tap_the")
    assert table.row("02").text == table.row("01").text
    warnings = check([FILE])
    assert [(w.level, w.path) for w in warnings] == [("warning", "criteria.tap_the.rows.02.text")]
    assert "erratum" in str(warnings[0])
    assert FILE.read_text(encoding="utf-8").splitlines()[warnings[0].line - 1].strip() == "text: >-"


def test_the_dates_are_rules(plan: Plan) -> None:
    assert {m.id: m.date for m in plan.milestones} == {
        "dang_ky": AnnualBefore(before="02-15"),
        "ho_so": AnnualBefore(before="09-01"),
        "xet": InQuarter(quarter=3),
        "bao_cao_nam": AnnualBefore(before="10-01"),
        "bao_cao_giai_doan": InMonth(month="2026-09"),
    }
    assert plan.milestone("dang_ky").late == ""  # the document says nothing of it
    assert plan.milestone("dang_ky").settled_by == ("submission", "closing", "paper")
    assert plan.milestone("bao_cao_nam").via == "Phòng Nội vụ"


def test_90_percent_of_each_row_and_90_in_total_are_two_rules_with_their_quotes(plan: Plan) -> None:
    assert [(level.id, level.name, level.quota) for level in plan.levels] == [
        ("huyen", "cấp huyện", {"tap_the": 3, "ca_nhan": 5}),
        ("tinh", "cấp tỉnh", {"tap_the": 1, "ca_nhan": 2}),
    ]
    for level in plan.levels:
        assert [rule.kind for rule in level.passes] == ["each_row", "total", "evidence"]
        assert len({rule.quote.text for rule in level.passes if rule.quote}) == 3
        assert level.passes[0].interpretation is not None  # “đạt 90%” is read as ≥ 90 %
        assert level.decided_on == "self"
        assert level.decided_on_interpretation is not None


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


def test_the_thirteen_units_lie_in_the_district_until_it_ended(plan: Plan) -> None:
    district, *units = plan.units
    assert (district.code, district.kind) == ("van-ninh", "huyen")
    assert len(units) == 13
    assert {unit.parent for unit in units} == {"van-ninh"}
    assert sorted(unit.kind for unit in units) == ["thi_tran", *["xa"] * 12]
    assert {str(unit.valid_to) for unit in plan.units} == {"2025-06-30"}
    assert not any("VH" in unit.aliases for unit in units)  # it means văn hóa too
