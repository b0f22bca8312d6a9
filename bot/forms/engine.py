"""The place in a form, derived from its answers: what applies, what comes next, what is still open."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from bot.forms.answers import Answer, from_json
from bot.plan.questions import NOT_APPLICABLE, Condition, Form, Option, Question

Answers = Mapping[str, Answer]


def applicable(form: Form, answers: Answers) -> tuple[Question, ...]:
    """The questions whose condition holds and that have something to choose, in order.

    A condition looks at earlier questions only.
    """
    return tuple(question for question, _ in _standing(form, answers))


def current(form: Form, answers: Answers) -> dict[str, Answer]:
    """The answers that count: of questions that apply, and of a value that the question can (still) have."""
    return _counting(_standing(form, answers))


def options(question: Question, answers: Answers) -> tuple[Option, ...]:
    """What can be chosen, given the other answers."""
    return tuple(option for option in question.options if option.when is None or _holds(option.when, answers))


def is_answered(question: Question, answers: Answers) -> bool:
    """Whether one can go on: a value that is still offered, a skip, or evidence that was declared complete."""
    answer = answers.get(question.id)
    if answer is None:
        return False
    if answer.skipped:
        return True
    if question.kind == "files":
        return answer.done and (bool(answer.items) or not question.required)
    if answer.value is None:
        return False
    if question.may_not_apply and answer.value == NOT_APPLICABLE:
        return True
    if question.kind == "choice":
        return answer.value in _keys(question, answers)
    if question.kind == "multi_choice":
        return bool(answer.value) and set(answer.value) <= _keys(question, answers)
    return True


def may_skip(question: Question) -> bool:
    """Whether the question can be passed over: for good if it is not required, else until later.

    A row can always be scored later, and so can what is required only by a milestone; the rest cannot.
    """
    return not question.required or bool(question.required_by) or question.scores


def next_question(form: Form, answers: Answers) -> Question | None:
    """The first question that applies and is not answered; None when one stands at the summary."""
    standing = _standing(form, answers)
    counting = _counting(standing)
    return next((question for question in _asked(standing, counting) if not is_answered(question, counting)), None)


def before(form: Form, answers: Answers, question_id: str | None) -> Question | None:
    """The question asked before `question_id`, the last one when that is None (the summary); None at the beginning."""
    standing = _standing(form, answers)
    asked = _asked(standing, _counting(standing))
    if question_id is not None:
        order = [question.id for question in form.questions]
        if question_id not in order:
            return None
        earlier = set(order[: order.index(question_id)])
        asked = [question for question in asked if question.id in earlier]
    return asked[-1] if asked else None


def left_open(form: Form, answers: Answers, milestone: str) -> tuple[Question, ...]:
    """The questions that must be answered before that milestone and have no answer yet."""
    if all(question.required_by != milestone for question in form.questions):
        return ()
    standing = _standing(form, answers)
    counting = _counting(standing)
    return tuple(
        question
        for question, _ in standing
        if question.required_by == milestone and not has_content(question, counting)
    )


def complete(form: Form, answers: Answers) -> bool:
    """Whether the form can be handed in: whatever is required now, and not only by a later milestone, is there."""
    standing = _standing(form, answers)
    counting = _counting(standing)
    return all(
        has_content(question, counting) or not question.required or bool(question.required_by)
        for question, _ in standing
    )


def has_content(question: Question, answers: Answers) -> bool:
    """Whether there is something to show: a value that counts, or at least one piece of evidence."""
    answer = answers.get(question.id)
    if answer is None or answer.skipped:
        return False
    return bool(answer.items) if question.kind == "files" else is_answered(question, answers)


_Standing = list[tuple[Question, Answer | None]]
"""What applies, each with its answer if that counts. A turn asks for it several times: whoever needs both has it once."""


def _counting(standing: _Standing) -> dict[str, Answer]:
    return {question.id: answer for question, answer in standing if answer is not None}


def _asked(standing: _Standing, counting: Answers) -> list[Question]:
    """What applies, less what else is asked of a row that was left for later: it comes with its points."""
    later = {
        question.code for question, answer in standing if answer is not None and answer.skipped and question.scores
    }
    return [question for question, _ in standing if not (question.code in later and question.id not in counting)]


def _standing(form: Form, answers: Answers) -> _Standing:
    counting: dict[str, Answer] = {}
    standing: _Standing = []
    absent: set[str] = set()
    for question in form.questions:
        if question.code and question.code in absent:
            continue
        if question.when is not None and not _holds(question.when, counting):
            continue
        if question.options and not options(question, counting):
            continue
        answer = answers.get(question.id)
        if answer is not None and not _fits(question, answer):
            answer = None
        if answer is not None and question.kind in ("choice", "multi_choice"):
            offered = is_answered(question, {**counting, question.id: answer})
            answer = answer if offered else None
        if answer is not None:
            counting[question.id] = answer
            if question.may_not_apply and answer.value == NOT_APPLICABLE:
                absent.add(question.code)
        standing.append((question, answer))
    return standing


def _fits(question: Question, answer: Answer) -> bool:
    """Whether the stored value is one that the question can have; it may have been another when it was given."""
    if answer.value is None:
        return True
    try:
        value = from_json(question, answer.value)
    except (ValueError, ArithmeticError):
        return False
    if not isinstance(value, Decimal):
        return True
    low, high = question.minimum, question.maximum
    return (low is None or value >= low) and (high is None or value <= high)


def _keys(question: Question, answers: Answers) -> set[str]:
    return {option.key for option in options(question, answers)}


def _holds(condition: Condition, answers: Answers) -> bool:
    answer = answers.get(condition.question)
    if answer is None or answer.skipped or answer.value is None:
        return False
    given = answer.value if isinstance(answer.value, list | tuple) else [answer.value]
    return any(word in condition.values for value in given for word in _words(value))


def _words(value: object) -> tuple[str, ...]:
    """How a condition may write the value; a bool is "yes" or "no" (a plan may also say "true" or "false")."""
    if isinstance(value, bool):
        return ("yes", "true") if value else ("no", "false")
    return (str(value),)
