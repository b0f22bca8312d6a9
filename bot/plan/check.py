"""What `kheo plan check` asks: does each file load, and is there anything in it that a person should look at."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from bot.errors import PlanWrong
from bot.plan import family
from bot.plan.finding import Finding, Lines
from bot.plan.lint import lint
from bot.plan.loader import read
from bot.plan.model import Plan


def check(paths: Iterable[Path], today: date | None = None) -> list[Finding]:
    """All findings, file by file, then what shows only when the files lie beside one another. Without one of level "error" every file can be used."""
    findings: list[Finding] = []
    sound: dict[str, tuple[Plan, Lines]] = {}
    for path in paths:
        try:
            plan, lines = read(path)
        except PlanWrong as wrong:
            findings += wrong.findings
            continue
        findings += lint(plan, lines, today)
        if plan.id in sound:
            findings.append(lines.finding(("id",), f"Another file is “{plan.id}” too.", "Give each plan its own id."))
        sound[plan.id] = plan, lines
    return findings + family.circles(sound) + family.lint(sound)
