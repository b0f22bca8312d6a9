"""How answers, points and dates stand on a paper; a paper is always Vietnamese, whatever language its reader chats in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from bot.forms.answers import Answer, Item, from_json
from bot.plan.questions import Question
from bot.texts import language
from bot.vietnamese import fold

UNKNOWN = "……"
"""Where the bot does not know: a number, a day, a signer are never made up."""

PHOTO, FILE = "ảnh", "tệp"
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LINE_ENDS = re.compile(r"\r\n|\r|\u2028|\u2029")
_ROW = re.compile(r"(?:tc|tieu chi)? ?[0-9]+(?:[ .][0-9]+)*")
_MONTH = re.compile(r"(\d{4})-(\d{2})")


@dataclass(frozen=True, slots=True)
class Issuer:
    """The unit whose paper it is, the body above it, and where its papers are dated; empty: not known."""

    name: str
    superior: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Handed:
    """The handing in from which a paper is made: its number, its version, its moment in the reader's zone."""

    number: str
    version: int
    at: datetime


def clean(text: str) -> str:
    """The text without what no document can hold, with one kind of line end."""
    return _CONTROLS.sub("", _LINE_ENDS.sub("\n", text)).strip()


def number(value: Decimal) -> str:
    """13.50 → “13,5”."""
    return language("vi").number(value)


def day(value: date) -> str:
    return language("vi").date(value)


def label(question: Question) -> str:
    """What the answer is called on paper."""
    return clean(question.short or question.ask).rstrip(" :.?")


def value_of(question: Question, answers: Mapping[str, Answer]) -> Decimal | date | None:
    """The answer where it is a number or a day; None where it is words, or none."""
    answer = answers.get(question.id)
    if answer is None or answer.skipped or answer.value is None or question.kind == "files":
        return None
    value = from_json(question, answer.value)
    return value if isinstance(value, Decimal | date) else None


def answer_of(question: Question, answers: Mapping[str, Answer]) -> str:
    """The answer as it stands on paper, perhaps in several lines; empty if there is none."""
    answer = answers.get(question.id)
    if answer is None or answer.skipped:
        return ""
    if question.kind == "files":
        return "\n".join(listed(items(answer.items)))
    if answer.value is None:
        return ""
    value = from_json(question, answer.value)
    match question.kind:
        case "choice":
            return _labels(question, (str(value),))
        case "multi_choice" if isinstance(value, tuple):
            return _labels(question, value)
        case "yes_no":
            return "Có" if value is True else "Không"
        case "percent" if isinstance(value, Decimal):
            return f"{number(value)} %"
        case "money" if isinstance(value, Decimal):
            return f"{number(value)} đồng"
        case "month":
            found = _MONTH.fullmatch(str(value))
            return f"tháng {found[2]} năm {found[1]}" if found else clean(str(value))
    if isinstance(value, Decimal):
        return number(value)
    if isinstance(value, date):
        return day(value)
    return clean(str(value))


def items(evidence: Sequence[Item]) -> list[str]:
    """Each piece of evidence by what is known of it: the typed text, the link, the file's name, else its number.

    What was written under a file stands behind its name, unless it only said to which row the file belongs.
    """
    lines, unnamed = [], 0
    for item in evidence:
        text, name = clean(item.text), clean(item.name)
        if item.kind in ("photo", "document"):
            if not name:
                unnamed += 1
                name = f"{PHOTO if item.kind == 'photo' else FILE} số {unnamed:02}"
            text = f"{name} ({text})" if text and not _ROW.fullmatch(fold(text)) else name
        lines.append(text or name)
    return lines


def listed(pieces: Sequence[str]) -> list[str]:
    """One piece stands alone, several are a list."""
    return list(pieces) if len(pieces) < 2 else [f"- {piece}" for piece in pieces]


def _labels(question: Question, keys: Sequence[str]) -> str:
    named = {option.key: option.label for option in question.options}
    return "; ".join(clean(named.get(key, key)) for key in keys)
