"""What is wrong with a list, by row and column, in words that name the remedy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.texts import Language, mark

IN_CELL = mark("row {row}: {column}: {what}")
IN_ROW = mark("row {row}: {what}")
REMARK = mark("{finding} – only a remark, it stops nothing")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong: `source` is a msgid, filled with `values`. Without a row it concerns the whole list.

    What does not block is a remark: the list can be entered nevertheless.
    """

    row: int
    column: str
    source: str
    values: Mapping[str, Any] = field(default_factory=dict)
    blocks: bool = True

    def what(self, say: Language) -> str:
        """What is wrong, without where."""
        told = say.say(self.source, **self.values)
        return told if self.blocks else say.say(REMARK, finding=told)

    def told(self, say: Language) -> str:
        what = self.what(say)
        if not self.row:
            return what
        if not self.column:
            return say.say(IN_ROW, row=self.row, what=what)
        return say.say(IN_CELL, row=self.row, column=self.column, what=what)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """By row, each once."""
    once: dict[tuple[Any, ...], Finding] = {}
    for finding in findings:
        once.setdefault((finding.row, finding.column, finding.source, str(sorted(finding.values.items()))), finding)
    return tuple(sorted(once.values(), key=lambda finding: finding.row))


def blocking(findings: Iterable[Finding]) -> bool:
    return any(finding.blocks for finding in findings)
