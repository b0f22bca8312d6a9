"""The folder of plan files, looked at again and again: what reads well replaces what was there, what does not is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.errors import PlanWrong
from bot.plan.family import circles
from bot.plan.finding import Finding, Lines
from bot.plan.loader import read
from bot.plan.model import Plan

Stamp = tuple[int, int]
"""When a file was last written and how long it is."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at the folder found: the plans that are new or changed, by id, and what keeps files from being read."""

    fresh: Mapping[str, Plan]
    findings: tuple[Finding, ...]

    def __bool__(self) -> bool:
        return bool(self.fresh or self.findings)


class Shelf:
    """The last good version of every plan in a folder. A file that went bad, or was taken away, keeps its last good one.

    `pause` waits until somebody who writes a file in two steps is done with it.
    """

    def __init__(self, folder: Path, pause: Callable[[], None] = lambda: None) -> None:
        self.folder = folder
        self._pause = pause
        self.plans: dict[str, Plan] = {}
        self._seen: dict[Path, Stamp] = {}
        self._owner: dict[str, Path] = {}

    def look(self) -> Look:
        """Read what has changed since the last look. Every finding is told once, until its file changes again."""
        fresh: dict[str, Plan] = {}
        findings: list[Finding] = []
        for path in sorted(self.folder.glob("*.yaml")):
            stamp = _stamp(path)
            if stamp is None or self._seen.get(path) == stamp:
                continue
            try:
                plan, lines = self._read(path, stamp)
            except PlanWrong as wrong:
                findings += wrong.findings
                continue
            owner = self._owner.setdefault(plan.id, path)
            if owner != path and owner.exists():
                findings.append(
                    Finding(
                        str(path), 1, "error", "id", f"{owner.name} is “{plan.id}” too.", "Give each plan its own id."
                    )
                )
                continue
            self._owner[plan.id] = path
            others = {id: (other, lines) for id, other in self.plans.items() if id != plan.id}
            if circle := circles({plan.id: (plan, lines), **others}):
                findings.append(circle[0])
                continue
            if plan.id not in self.plans or self.plans[plan.id].version != plan.version:
                self.plans[plan.id] = fresh[plan.id] = plan
        return Look(fresh, tuple(findings))

    def _read(self, path: Path, stamp: Stamp) -> tuple[Plan, Lines]:
        """The plan in the file. Before it is refused it gets a moment: perhaps it is being written just now."""
        self._seen[path] = stamp
        try:
            return read(path)
        except PlanWrong:
            self._pause()
            now = _stamp(path)
            if now is None or now == stamp:
                raise
            self._seen[path] = now
            return read(path)


def _stamp(path: Path) -> Stamp | None:
    try:
        known = path.stat()
    except OSError:  # taken away between the listing and now
        return None
    return known.st_mtime_ns, known.st_size
