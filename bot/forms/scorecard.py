"""A table of criteria as a form: each row its points, then its documents."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from bot.forms.answers import Answer
from bot.forms.engine import applicable, current, has_content
from bot.plan.model import CriteriaTable, Form, Question

_MADE: dict[int, tuple[CriteriaTable, Form]] = {}
"""By identity of the table, which is kept with it: a plan lives as long as the program."""


def scorecard_form(table: CriteriaTable) -> Form:
    """The form of that table; made once."""
    made = _MADE.get(id(table))
    if made is None or made[0] is not table:
        made = _MADE[id(table)] = (table, _form(table))
    return made[1]


def _form(table: CriteriaTable) -> Form:
    """Per row a question for the points (id "r01", code "01") and one for the evidence (id "e01", code "01")."""
    questions: list[Question] = []
    for row in table.rows:
        points = Question(
            id=f"r{row.code}",
            kind="row",
            code=row.code,
            ask=row.text,
            hint=row.evidence.hint,
            minimum=Decimal(0),
            maximum=row.max,
            step=table.step,
        )
        evidence = Question(
            id=f"e{row.code}", kind="files", code=row.code, ask=row.text, hint=row.evidence.hint, required=False
        )
        questions += [points, evidence]
    return Form(id=f"scorecard_{table.subject}", title="", questions=tuple(questions))


def points(form: Form, answers: Mapping[str, Answer]) -> dict[str, Decimal]:
    """The points by the code of the row; a row without points is absent."""
    counting = current(form, answers)
    return {
        question.code: Decimal(counting[question.id].value)
        for question in applicable(form, answers)
        if question.kind == "row" and has_content(question, counting)
    }


def evidence(form: Form, answers: Mapping[str, Answer]) -> dict[str, int]:
    """How many pieces of evidence there are, by the code of the row; 0 where there are none."""
    return {
        question.code: len(answers[question.id].items) if question.id in answers else 0
        for question in applicable(form, answers)
        if question.kind == "files" and question.code
    }
