"""A form as one page: its questions with what stands, each as it is filled in there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from bot.chat import File
from bot.forms import asking
from bot.forms.answers import Answer, Item, from_json
from bot.forms.engine import applicable, current, options
from bot.plan.questions import NOT_APPLICABLE, Form, Question
from bot.texts import Language

WIDE = ("number", "money", "percent", "row")
LONG = 60
"""Characters of an answer that no longer fit a single line on a phone."""
PIECE = 60
"""Characters of a piece of evidence, as it is named."""


@dataclass(frozen=True, slots=True)
class Field:
    """One question on the page. `way` is how it is filled in: "line", "long", "one", "several" or "files".

    `value` is what stands, as one would type it; of "one" and "several" the keys are in `chosen`. `pieces` are the
    evidence that is there, each with the event that added it. `wrong` says why what was typed could not be taken,
    `meanwhile` what was answered elsewhere after the page was made.
    """

    id: str
    kind: str
    way: str
    title: str
    ask: str
    hint: str = ""
    note: str = ""
    required: bool = False
    value: str = ""
    chosen: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    pieces: tuple[tuple[int, str], ...] = ()
    may_not_apply: bool = False
    absent: bool = False
    wrong: str = ""
    meanwhile: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The page of one draft; `seen` is the newest event from which it was made."""

    title: str
    unit: str
    fields: tuple[Field, ...]
    seen: int
    complete: bool
    progress: str = ""
    changed: int = 0
    """How many answers were just taken."""
    more: bool = False
    """Whether questions are asked now that were not on the page."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A page as it came back: what stands in each of its fields, and from which event it had been made.

    Keys of several options stand in one text, each on its line. `removed` are events that added evidence.
    """

    seen: int
    said: Mapping[str, str] = field(default_factory=dict)
    removed: frozenset[int] = frozenset()
    files: Mapping[str, tuple[File, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a page for files asks for: the question, the form and the unit it is for."""

    title: str
    form: str
    unit: str
    hint: str


@dataclass(frozen=True, slots=True)
class Summed:
    """The summary of a form that can be handed in, as of the newest event `seen`."""

    title: str
    text: str
    label: str
    seen: int


def typed(question: Question, answer: Answer | None, say: Language) -> str:
    """The answer as one would type it, so that reading it again gives the same; empty where there is none."""
    if answer is None or answer.skipped or answer.value is None:
        return ""
    try:
        value = from_json(question, answer.value)
    except (ValueError, ArithmeticError):
        return ""
    if question.may_not_apply and value == NOT_APPLICABLE:
        return NOT_APPLICABLE
    match value:
        case bool():
            return "yes" if value else "no"
        case Decimal() if question.kind == "money":
            return f"{value:,.0f}".replace(",", ".") + " đồng"
        case Decimal():
            return _number(value) + ("%" if question.kind == "percent" else "")
        case tuple():
            return "\n".join(value)
        case date():
            return f"{value:%d/%m/%Y}"
        case str() if question.kind == "month":
            year, month = value.split("-")
            return f"{month}/{year}"
        case str():
            return value
    return ""


def _number(value: Decimal) -> str:
    """With a comma and ungrouped; three digits behind it would be read as thousands."""
    whole, _, fraction = f"{value:f}".partition(".")
    fraction = fraction.rstrip("0")
    return f"{whole},{fraction}{'0' if len(fraction) == 3 else ''}" if fraction else whole


def fields(
    form: Form,
    answers: Mapping[str, Answer],
    say: Language,
    *,
    notes: Mapping[str, str],
    filled: Mapping[str, str],
    wrong: Mapping[str, str],
    meanwhile: Mapping[str, str],
) -> tuple[Field, ...]:
    """The questions that apply. Where something is `wrong`, or was answered elsewhere meanwhile, what was `filled` in stays."""
    counting = current(form, answers)
    made = []
    for question in applicable(form, answers):
        refused = question.id in wrong or question.id in meanwhile
        text = filled.get(question.id, "") if refused else typed(question, counting.get(question.id), say)
        absent = question.may_not_apply and text == NOT_APPLICABLE
        way = _way(question, text)
        chosen = tuple(text.split("\n")) if way in ("one", "several") and text else ()
        answer = counting.get(question.id)
        said = any(q.scores and q.code == question.code and q.ask.startswith(question.ask) for q in form.questions)
        hint = question.hint
        if hint and question.code:
            hint = "" if question.scores else say.say("Evidence asked for: {hint}", hint=hint)
        made.append(
            Field(
                id=question.id,
                kind=question.kind,
                way=way,
                title=asking.named(question, say) or ("" if question.ask else question.id),
                ask="" if question.kind == "files" and said else question.ask,
                hint=hint,
                note=notes.get(question.id, ""),
                required=question.required and not question.required_by,
                value="" if absent or way in ("one", "several") else text,
                chosen=chosen,
                options=_offered(question, counting, say),
                pieces=tuple((item.event, _piece(item, say)) for item in (answer.items if answer else ())),
                may_not_apply=question.may_not_apply and way == "line",
                absent=absent,
                wrong=wrong.get(question.id, ""),
                meanwhile=meanwhile.get(question.id, ""),
            )
        )
    return tuple(made)


def _way(question: Question, text: str) -> str:
    if question.kind == "files":
        return "files"
    if question.kind in ("choice", "yes_no"):
        return "one"
    if question.kind == "multi_choice":
        return "several"
    if question.kind == "long_text" or "\n" in text or (question.kind not in WIDE and len(text) > LONG):
        return "long"
    return "line"


def _offered(question: Question, answers: Mapping[str, Answer], say: Language) -> tuple[tuple[str, str], ...]:
    offered: list[tuple[str, str]] = []
    if question.kind == "yes_no":
        offered = [("yes", say.say("Yes")), ("no", say.say("No"))]
    elif question.kind in ("choice", "multi_choice"):
        offered = [(option.key, option.label) for option in options(question, answers)]
    if offered and question.may_not_apply:
        offered.append((NOT_APPLICABLE, say.say(asking.ABSENT)))
    return tuple(offered)


def _piece(item: Item, say: Language) -> str:
    what = {"photo": say.say("Photo"), "document": say.say("Document")}.get(item.kind, "")
    words = " ".join(part for part in (what, item.name, " ".join(item.text.split())) if part)
    return words if len(words) <= PIECE else words[: PIECE - 1].rstrip() + "…"
