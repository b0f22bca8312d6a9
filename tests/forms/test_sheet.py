"""A form as one page: what stands in a field reads back as the same answer, and each kind has its way."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from bot.forms import sheet
from bot.forms.answers import Answer, Event, answers, to_json
from bot.forms.reading import Context, read
from bot.plan.questions import NOT_APPLICABLE, Condition, Form, Option, Question
from bot.texts import language

SAY = language("vi")
TODAY = Context(date(2026, 11, 2))
OPTIONS = (Option(key="xa", label="Xã, phường"), Option(key="thon_to", label="Thôn và tổ"), Option(key="x", label="Xã"))


def question(kind: str, **more: Any) -> Question:
    made = {"id": "q", "kind": kind, "ask": "Hỏi gì?", "evidence": "“…”", "reading": ""}
    return Question.model_validate({**{k: v for k, v in made.items() if k in Question.model_fields}, **more})


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", "Nguyễn Thị Lan"),
        ("long_text", "dòng một\ndòng hai\n"),
        ("person", "Ông Ba"),
        ("number", Decimal("1234")),
        ("number", Decimal("13.5")),
        ("number", Decimal("1.125")),
        ("number", Decimal("0.25")),
        ("money", Decimal("350000000")),
        ("money", Decimal("0")),
        ("percent", Decimal("97.5")),
        ("percent", Decimal("100")),
        ("date", date(2026, 2, 15)),
        ("month", "2026-02"),
        ("yes_no", True),
        ("yes_no", False),
        ("choice", "thon_to"),
        ("multi_choice", ("xa", "thon_to")),
        ("multi_choice", ("xa", "thon_to", "x")),
        ("phone", "0912345678"),
    ],
)
def test_what_stands_in_the_field_reads_back_as_the_same(kind: str, value: Any) -> None:
    asked = question(kind, options=OPTIONS if "choice" in kind else ())
    stands = sheet.typed(asked, Answer("q", to_json(value)), SAY)
    assert read(asked, stands, {}, TODAY) == value


def test_points_and_what_does_not_apply_read_back_too() -> None:
    row = question("row", code="01", maximum=Decimal(15), minimum=Decimal(0), step=Decimal("0.25"), may_not_apply=True)
    for value in (Decimal("13.25"), Decimal(0), NOT_APPLICABLE):
        assert read(row, sheet.typed(row, Answer("q", to_json(value)), SAY), {}, TODAY) == value


@pytest.mark.parametrize("answer", [None, Answer("q"), Answer("q", skipped=True), Answer("q", "no number")])
def test_where_nothing_counts_nothing_stands(answer: Answer | None) -> None:
    assert sheet.typed(question("number"), answer, SAY) == ""


def test_a_question_that_depends_on_another_stands_there_when_it_applies() -> None:
    first = question("yes_no").model_copy(update={"id": "a"})
    then = question("text").model_copy(update={"id": "b", "when": Condition(question="a", values=("yes",))})
    form = Form.model_validate({"id": "f", "title": "", "questions": [first, then]})

    def shown(*events: Event) -> list[str]:
        made = sheet.fields(form, answers(events), SAY, notes={}, filled={}, wrong={}, meanwhile={})
        return [field.id for field in made]

    assert shown() == ["a"]
    assert shown(Event(1, "set", "a", True, None, datetime.now(UTC))) == ["a", "b"]


def test_what_was_refused_stays_as_it_was_typed_with_the_reason() -> None:
    form = Form.model_validate({"id": "f", "title": "", "questions": [question("number")]})
    (field,) = sheet.fields(form, {}, SAY, notes={}, filled={"q": "nhiều"}, wrong={"q": "không đọc được"}, meanwhile={})
    assert (field.value, field.wrong) == ("nhiều", "không đọc được")
