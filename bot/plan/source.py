"""A YAML file as plain values that know their lines; what could surprise an author is refused, with its line."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from bot.plan.finding import MOST, Finding, Lines, Place, refused

MAX_BYTES = 1_000_000
"""The largest plan we know has 50 kB; more is a mistake, or somebody who wants to keep the machine busy."""

MAX_DEPTH = 20
"""The format nests 12 deep; groups of criteria within groups may take the rest."""

MAX_VALUES = 30_000
"""The largest plan we know has 3,000; what has more takes seconds to read and is none."""

_NOTHING = ("", "~", "null", "Null", "NULL")


def read(path: Path) -> tuple[Lines, str]:
    """The file and its version, the first 12 hex digits of its SHA-256.

    Every scalar is its text as written (a code 01 stays "01", no is "no"), only an empty one is None; what it should
    be, the model says. Raises PlanWrong for what is no plain YAML: aliases, tags, doubled keys, a second document.
    """
    file = str(path)

    def stop(text: str, remedy: str, line: int = 1) -> Exception:
        return refused([Finding(file, line, "error", "", text, remedy)])

    try:
        if not path.is_file():
            raise stop("There is no such file.", "Check the name and the folder.")
        size = path.stat().st_size
        content = b""
        if size <= MAX_BYTES:
            with path.open("rb") as opened:
                content = opened.read(MAX_BYTES + 1)  # it may grow while we look
    except OSError as trouble:
        raise stop(f"The file cannot be read: {trouble.strerror}.", "Check its permissions.") from trouble
    if max(size, len(content)) > MAX_BYTES:
        raise stop(
            f"The file has {size} bytes, more than {MAX_BYTES}.", "Take out what is no part of the plan, or split it."
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as trouble:
        line = content.count(b"\n", 0, trouble.start) + 1
        raise stop("The file is not written in UTF-8.", "Save it as UTF-8.", line) from trouble

    reading = _Reading(file)
    try:
        tree = reading.document(YAML(typ="safe", pure=True).parse(text))
    except MarkedYAMLError as trouble:
        mark = trouble.problem_mark or trouble.context_mark
        line = mark.line + 1 if mark is not None else 1
        raise stop(
            f"This is no YAML: {trouble.problem or trouble}.", "Correct the line, or the one above.", line
        ) from (trouble)
    except (YAMLError, ValueError, OverflowError) as trouble:
        said = " ".join(str(trouble).split())
        raise stop(f"This is no YAML: {said}.", "Take the unusual character out.") from trouble
    if reading.findings:
        raise refused(reading.findings)
    return Lines(file, tree, reading.lines), hashlib.sha256(content).hexdigest()[:12]


class _Reading:
    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[Place, int] = {(): 1}
        self.findings: list[Finding] = []
        self.values = 0

    def document(self, events: Iterator[Event]) -> Any:
        """The value of the only document; None if the file is empty."""
        documents = 0
        tree: Any = None
        for event in events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._note(event, (), "A second document begins here.", "Put each plan into a file of its own.")
                    break
                tree = self._value(next(events), events, ())
        return tree

    def _value(self, event: Event, events: Iterator[Event], place: Place) -> Any:
        if len(place) > MAX_DEPTH:
            self._note(event, place, "This is nested too deep.", "Follow the shape of the plan format.")
            raise refused(self.findings)
        self.values += 1
        if self.values > MAX_VALUES:
            self._note(event, place, f"The file has more than {MAX_VALUES} values.", "Take out what is no part of it.")
        if self.values > MAX_VALUES or len(self.findings) >= MOST:
            raise refused(self.findings)
        if isinstance(event, AliasEvent):
            self._note(event, place, "Aliases (*name) are not read.", "Write the value out.")
            return None
        if getattr(event, "tag", None):
            self._note(event, place, "Tags (!name) are not read.", "Take the tag away and write the plain value.")
        if isinstance(event, ScalarEvent):
            return self._scalar(event, place)
        if isinstance(event, SequenceStartEvent):
            items: list[Any] = []
            while not isinstance(event := next(events), SequenceEndEvent):
                below = (*place, len(items))
                self.lines[below] = event.start_mark.line + 1
                items.append(self._value(event, events, below))
            return items
        assert isinstance(event, MappingStartEvent)
        entries: dict[str, Any] = {}
        while not isinstance(event := next(events), MappingEndEvent):
            key = self._value(event, events, (*place, ""))
            if not isinstance(key, str):
                self._note(event, place, "A key must be one plain word.", "Correct the line, or the one above.")
                key = f"?{len(entries)}"
            elif key in entries:
                self._note(event, place, f"“{key}” stands here twice.", "Keep one of them.")
            below = (*place, key)
            self.lines[below] = event.start_mark.line + 1
            entries[key] = self._value(next(events), events, below)
        return entries

    def _scalar(self, event: ScalarEvent, place: Place) -> str | None:
        value = str(event.value)
        if event.style is None and value in _NOTHING:
            return None
        if any("\ud800" <= c <= "\udfff" for c in value):
            self._note(event, place, "This is half a character (a lone surrogate).", "Write the character itself.")
        # A block scalar ends with a line break that nobody means.
        return value.rstrip("\n") if event.style in ("|", ">") else value

    def _note(self, event: Event, place: Place, text: str, remedy: str) -> None:
        path = ".".join(str(part) for part in place if part != "")
        self.findings.append(Finding(self.file, event.start_mark.line + 1, "error", path, text, remedy))
