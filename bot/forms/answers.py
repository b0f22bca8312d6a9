"""What was answered: events on a draft, folded into the answers that stand now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from bot.plan.questions import NOT_APPLICABLE, Question


@dataclass(frozen=True, slots=True)
class Item:
    """One piece of evidence: kind is "text", "link", "photo", "document" or "figure"; size in bytes.

    `event` is the id of the event that added it; that id is what a "remove" names.
    """

    kind: str
    text: str = ""
    sha256: str = ""
    name: str = ""
    size: int = 0
    media: str = ""
    album: str = ""
    event: int = 0


Value = str | Decimal | bool | date | tuple[str, ...] | Item
"""What a question's kind reads (see `plan.model.Question`); an Item for `files`."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How one question stands. `value` is JSON as stored: `from_json(question, answer.value)` gives the thing itself.

    For `files`, `items` is the evidence and `done` says that no more is to come.
    """

    question: str
    value: Any = None
    skipped: bool = False
    items: tuple[Item, ...] = ()
    done: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """Something done to a draft. `value` is JSON.

    Ops: "set" (value), "skip" (with evidence already there it means "done"), "clear" (as if never asked), "add" (value
    is an Item), "remove" (value is the id of the event that added the item), "done" (no more evidence), "undo" (value
    is the id of the event taken back, on the same draft; it may be an undo itself).
    """

    id: int
    op: str
    question: str
    value: Any
    person: int | None
    at: datetime


def answers(events: Iterable[Event]) -> dict[str, Answer]:
    """The answers by question id, whatever order the events come in; a question that has none is absent."""
    ordered = sorted(events, key=lambda event: event.id)
    undone = taken_back(ordered)
    standing: dict[str, Answer] = {}
    for event in ordered:
        if event.op == "undo" or event.id in undone:
            continue
        if event.op == "clear":
            standing.pop(event.question, None)
            continue
        answer = _after(standing.get(event.question, Answer(event.question)), event)
        if answer == Answer(event.question):
            standing.pop(event.question, None)
        else:
            standing[event.question] = answer
    return standing


def taken_back(events: Iterable[Event]) -> set[int]:
    """The ids of the events that an "undo" took back, and for good."""
    undone: set[int] = set()
    for event in sorted(events, key=lambda event: event.id, reverse=True):
        if event.op == "undo" and event.id not in undone:
            undone.add(int(event.value))
    return undone


def _after(answer: Answer, event: Event) -> Answer:
    match event.op:
        case "set":
            return replace(answer, value=event.value, skipped=False)
        case "skip" if answer.items:
            return replace(answer, done=True)
        case "skip":
            return replace(answer, value=None, skipped=True)
        case "add":
            item = replace(item_from_json(event.value), event=event.id)
            return replace(answer, items=(*answer.items, item), skipped=False)
        case "remove":
            return replace(answer, items=tuple(item for item in answer.items if item.event != event.value))
        case "done":
            return replace(answer, done=True, skipped=False)
    raise ValueError(f"unknown op {event.op!r} in event {event.id}")


def to_json(value: Value) -> Any:
    """The value as an event stores it: a Decimal as a plain string ("13.5"), a date in ISO, keys as a list."""
    if isinstance(value, Item):
        return item_to_json(value)
    if isinstance(value, Decimal):
        return _plain(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return list(value)
    return value


def from_json(question: Question, stored: Any) -> Value:
    """The value that `to_json` stored; a value that is one already comes back as it is. ValueError for another kind."""
    if question.may_not_apply and stored == NOT_APPLICABLE:
        return NOT_APPLICABLE
    match question.kind:
        case "number" | "money" | "percent" | "row":
            if isinstance(stored, Decimal):
                return stored
            if isinstance(stored, str):
                return Decimal(stored)
        case "date":
            if isinstance(stored, date):
                return stored
            if isinstance(stored, str):
                return date.fromisoformat(stored)
        case "yes_no":
            if isinstance(stored, bool):
                return stored
        case "multi_choice":
            if isinstance(stored, list | tuple):
                return tuple(str(key) for key in stored)
        case "files":
            return stored if isinstance(stored, Item) else item_from_json(stored)
        case _:
            if isinstance(stored, str):
                return stored
    raise ValueError(f"{stored!r} is no answer to {question.id} ({question.kind})")


def item_to_json(item: Item) -> dict[str, Any]:
    """The item as an "add" event stores it, without what is empty and without the event's own id."""
    return {name: value for name, value in asdict(item).items() if value and name != "event"}


def item_from_json(stored: dict[str, Any]) -> Item:
    return Item(**stored)


def _plain(value: Decimal) -> str:
    written = f"{value:f}"
    return written.rstrip("0").rstrip(".") if "." in written else written
