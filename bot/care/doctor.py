"""What the doctor says and of whom. A check is a function of the `Patient` that tells what it found, a line each.

What is sound is told too: nobody trusts a doctor who says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from bot.config import Settings
from bot.store.engine import Tx
from bot.store.files import EvidenceFolder
from bot.texts import Language

Level = Literal["sound", "doubtful", "wrong"]
SIGNS: dict[Level, str] = {"sound": "✓", "doubtful": "!", "wrong": "✗"}
MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Found:
    """One line: how grave, what, and – unless it is sound – what to do about it."""

    level: Level
    source: str
    remedy: str = ""
    values: dict[str, Any] = field(default_factory=dict)

    def told(self, say: Language) -> str:
        text = f"{SIGNS[self.level]} {say.say(self.source, **self.values)}"
        return f"{text}\n    → {say.say(self.remedy, **self.values)}" if self.remedy else text


@dataclass(frozen=True, slots=True)
class Patient:
    """What is examined. `tx` sees the database, for the checks that need it; `deep` reads every file of evidence.

    `least_free` and `ample` are bytes: under the one the bot cannot go on, under the other it should be looked at.
    """

    settings: Settings
    now: datetime
    deep: bool = False
    tx: Tx | None = None
    least_free: int = 200 * MEGABYTE
    ample: int = 1024 * MEGABYTE

    @property
    def evidence(self) -> EvidenceFolder:
        return EvidenceFolder(self.settings.data / "evidence", self.settings.file_limit_mb * MEGABYTE)

    @property
    def seen(self) -> Tx:
        assert self.tx is not None
        return self.tx


Check = Callable[[Patient], Iterator[Found]]


def sound(source: str, **values: Any) -> Found:
    return Found("sound", source, "", values)


def doubtful(source: str, remedy: str, **values: Any) -> Found:
    return Found("doubtful", source, remedy, values)


def wrong(source: str, remedy: str, **values: Any) -> Found:
    return Found("wrong", source, remedy, values)


def is_grave(findings: Sequence[Found]) -> bool:
    return any(found.level == "wrong" for found in findings)
