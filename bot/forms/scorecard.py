"""A table of criteria as a form: each row what it is scored by, then its documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from bot.forms.answers import Answer, from_json
from bot.forms.engine import applicable, current, has_content
from bot.plan.criteria import (
    ByBand,
    ByCheck,
    ByChoice,
    ByCount,
    ByHand,
    ByLeader,
    ByMinus,
    ByRatio,
    BySample,
    CriteriaTable,
    Criterion,
    Delegated,
    Gate,
    Imported,
    ZeroItem,
)
from bot.plan.questions import NOT_APPLICABLE as NO_ANSWER
from bot.plan.questions import Form, Option, Question
from bot.rules.rows import NOT_APPLICABLE, Input, highest

LONGEST_ID = 22  # characters of a code in a question's id, which takes 24 with its letter and a mark

_MADE: dict[int, tuple[CriteriaTable, Form]] = {}
"""By identity of the table, which is kept with it: a plan lives as long as the program."""


def scorecard_form(table: CriteriaTable) -> Form:
    """The form of that table; made once."""
    made = _MADE.get(id(table))
    if made is None or made[0] is not table:
        made = _MADE[id(table)] = (table, _form(table))
    return made[1]


def asks_points_only(form: Form) -> bool:
    """Whether every row is scored by points alone, as most tables are."""
    return all(question.kind in ("row", "files") for question in form.questions)


def _form(table: CriteriaTable) -> Form:
    """Per row a question for what is entered (id "r01", code "01") and one for the evidence (id "e01", code "01").

    A ratio has two: "r05" for the share, "w05" for the whole. Rows that another authority scores are not asked.
    """
    questions: list[Question] = []
    taken: set[str] = set()
    for row, heading in _headed((*table.rows, *table.bonus, *table.penalty), ""):
        if isinstance(row.scoring, Delegated):
            continue
        name = _name(row.code, taken)
        ask = f"{heading}\n{row.text}" if heading else row.text
        questions += _questions(table, row, name, ask)
        hint = row.evidence.hint
        if isinstance(row.scoring, ByHand) or hint or row.evidence.min_items or row.evidence.required:
            asked_for = "; ".join((*([hint] if hint else []), *row.evidence.required))
            questions.append(
                Question(id=f"e{name}", kind="files", code=row.code, ask=ask, hint=asked_for, required=False)
            )
    return Form(id=f"scorecard_{table.subject}", title="", questions=tuple(questions))


def _headed(rows: tuple[Criterion, ...], above: str) -> Iterator[tuple[Criterion, str]]:
    """Every row that is scored, with the headings of the groups in which it stands."""
    for row in rows:
        if row.rows:
            own = f"{row.code}. {row.text}"
            yield from _headed(row.rows, f"{above}\n{own}" if above else own)
        else:
            yield row, above


def _name(code: str, taken: set[str]) -> str:
    """The code as a question's id can carry it; two that differ in their letters only get a mark."""
    name = code.lower().replace("-", "_").replace("+", "_")[:LONGEST_ID]
    while name in taken:
        name += "."
    taken.add(name)
    return name


@dataclass(frozen=True, slots=True)
class _Number:
    """What is asked of a row that is measured or counted."""

    measure: str
    minimum: Decimal | None = Decimal(0)
    maximum: Decimal | None = None
    step: Decimal | None = None


def _questions(table: CriteriaTable, row: Criterion, name: str, ask: str) -> list[Question]:
    first = Question(
        id=f"r{name}",
        kind="row",
        code=row.code,
        ask=ask,
        hint=row.evidence.hint,
        may_not_apply=bool(row.not_applicable),
        worth=highest(row) or None,
    )

    def counted(number: _Number, letter: str = "r") -> Question:
        asked = {
            "id": f"{letter}{name}",
            "kind": "number",
            "ask": f"{ask}\n{number.measure}",
            "short": number.measure if letter == "w" else "",
            "minimum": number.minimum,
            "maximum": number.maximum,
            "step": number.step,
        }
        return first.model_copy(update={**asked, "may_not_apply": False} if letter == "w" else asked)

    one = Decimal(1)
    match row.scoring:
        case ByHand(step=step):
            limits = {"minimum": Decimal(0), "maximum": row.max, "step": step or table.step, "worth": None}
            return [first.model_copy(update=limits)]
        case ByCheck() | Gate() | ZeroItem():
            return [first.model_copy(update={"kind": "yes_no"})]
        case ByChoice(options=options):
            offered = tuple(Option(key=option.key, label=option.label) for option in options)
            return [first.model_copy(update={"kind": "choice", "options": offered})]
        case Imported(options=options, source=source):
            offered = tuple(Option(key=option.key, label=option.label) for option in options)
            return [first.model_copy(update={"kind": "choice", "options": offered, "ask": f"{ask}\n{source}"})]
        case ByRatio(share=share, whole=whole):
            of = counted(_Number(whole), "w")
            return [counted(_Number(share)), of]
        case ByCount(measure=measure) | ByMinus(measure=measure):
            return [counted(_Number(measure, step=one))]
        case BySample(measure=measure, size=size):
            return [counted(_Number(measure, maximum=Decimal(size), step=one))]
        case ByLeader(measure=measure):
            return [counted(_Number(measure))]
        case ByBand(measure=measure):
            return [counted(_Number(measure, minimum=None))]
    return []


def inputs(form: Form, answers: Mapping[str, Answer]) -> dict[str, Input]:
    """What was entered by the code of the row, as its scoring takes it; a row not (wholly) answered is absent."""
    counting = current(form, answers)
    given: dict[str, Input] = {}
    for question in form.questions:
        if question.kind == "files" or not question.code or not has_content(question, counting):
            continue
        stored = counting[question.id].value
        if stored == NO_ANSWER and question.may_not_apply:
            given[question.code] = NOT_APPLICABLE
        elif not question.id.startswith("w"):
            value = from_json(question, stored)
            assert isinstance(value, Decimal | bool | str)
            given[question.code] = value
        elif (share := given.get(question.code)) is not NOT_APPLICABLE and isinstance(share, Decimal):
            given[question.code] = (share, Decimal(stored))
    halves = {question.code for question in form.questions if question.id.startswith("w")}
    return {code: value for code, value in given.items() if code not in halves or not isinstance(value, Decimal)}


def figures(form: Form, answers: Mapping[str, Answer]) -> tuple[frozenset[str], frozenset[str]]:
    """(the rows with a figure among their evidence, those with files, which may hold one that nobody has read)."""
    typed: set[str] = set()
    files: set[str] = set()
    for question in form.questions:
        answer = answers.get(question.id) if question.kind == "files" and question.code else None
        for item in answer.items if answer else ():
            if item.kind != "link" and any(letter.isdecimal() for letter in item.text):
                typed.add(question.code)
            elif item.kind not in ("text", "figure"):
                files.add(question.code)
    return frozenset(typed), frozenset(files)


def evidence(form: Form, answers: Mapping[str, Answer]) -> dict[str, int]:
    """How many pieces of evidence there are, by the code of the row; 0 where there are none."""
    return {
        question.code: len(answers[question.id].items) if question.id in answers else 0
        for question in applicable(form, answers)
        if question.kind == "files" and question.code
    }
