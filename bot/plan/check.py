"""What `kheo plan check` asks: does each file load, and is there anything in it that a person should look at."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from bot.errors import PlanWrong
from bot.plan.finding import Finding
from bot.plan.lint import lint
from bot.plan.loader import read


def check(paths: Iterable[Path], today: date | None = None) -> list[Finding]:
    """All findings, file by file; str() of one is its line. Without one of level "error" every file can be used."""
    findings: list[Finding] = []
    for path in paths:
        try:
            plan, lines = read(path)
        except PlanWrong as wrong:
            findings += wrong.findings
        else:
            findings += lint(plan, lines, today)
    return findings
