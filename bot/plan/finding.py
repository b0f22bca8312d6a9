"""What is wrong in a file, and where: the file, the line, the path and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bot.errors import PlanWrong

Place = tuple[str | int, ...]
"""Keys and indexes from the top of a file down to a value."""

MOST = 200
"""Findings of a refusal; nobody reads more, and a file of junk would give a hundred thousand."""

BY_ERRATUM = "if it is printed so, keep it; an erratum can be laid over it"
"""The remedy for what may be a slip of the document itself."""

NAMING_KEYS = ("id", "code", "key", "subject", "path")
"""What names an item of a list, in the order in which it is looked for."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong ("error": the file is refused or must not go out) or doubtful ("warning")."""

    file: str
    line: int
    level: Literal["error", "warning"]
    path: str
    text: str
    remedy: str

    def __str__(self) -> str:
        said = f"{self.path}: {self.text}" if self.path else self.text
        return f"{self.file}:{self.line}: {self.level}: {said} ({self.remedy})"


@dataclass(frozen=True, slots=True)
class Lines:
    """Where each value of a file stands. `tree` is the file as plain dicts, lists, strings and None."""

    file: str
    tree: Any
    lines: Mapping[Place, int]

    def nearest(self, place: Place) -> Place:
        """The place itself; parts that the file does not have are left out (a union's tag, a missing key)."""
        known: Place = ()
        for part in place:
            if (*known, part) in self.lines:
                known = (*known, part)
        return known

    def path(self, place: Place) -> str:
        """The place as people read it, items of lists by their own names: "forms.registration.questions.name"."""
        names: list[str] = []
        here = self.tree
        for part in place:
            if isinstance(part, int) and isinstance(here, list) and part < len(here):
                here = here[part]
                names.append(item_name(here) or str(part))
            else:
                here = here.get(part) if isinstance(here, dict) else None
                names.append(str(part))
        return ".".join(names)

    def finding(
        self, place: Place, text: str, remedy: str, level: Literal["error", "warning"] = "error", key: str = ""
    ) -> Finding:
        """A finding at the place; `key` names something that should stand there and does not."""
        known = self.nearest(place)
        path = ".".join(part for part in (self.path(known), key) if part)
        return Finding(self.file, self.lines.get(known, 1), level, path, text, remedy)


def item_name(item: Any) -> str:
    """How an item of a list is called by its own id, code, key …; empty if it has none."""
    if isinstance(item, dict):
        for key in NAMING_KEYS:
            if item.get(key) and isinstance(item[key], str):
                return str(item[key])
    return ""


def refused(findings: Iterable[Finding]) -> PlanWrong:
    """The error that carries the findings, one line each."""
    found = tuple(sorted(findings, key=lambda finding: (finding.file, finding.line)))
    if len(found) > MOST:
        last, left = found[MOST - 1], len(found) - MOST
        more = Finding(last.file, last.line, "error", "", f"There are {left} findings more.", "Correct these first.")
        found = (*found[:MOST], more)
    return PlanWrong("\n".join(str(finding) for finding in found), found)
