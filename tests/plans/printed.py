"""The five printed documents beside the plan files made of them: what stands in them, and every piece of a plan."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel

from bot.plan.calendars import load_years
from bot.plan.check import check
from bot.plan.loader import load
from bot.plan.model import Plan
from bot.plan.part import Part, Quote
from bot.rules.calendar import Calendar, Deadline, due

FIVE = ("ninh-thuan", "binh-dinh", "van-ninh", "xuan-truong", "so-tttt-dak-nong")
ROOT = Path(__file__).resolve().parents[2]
SEEDS = Path(__file__).parent / "seeds"
TODAY = date(2026, 11, 21)
_ROW = re.compile(r"R-[A-E]\d\d")


def file_of(id: str) -> Path:
    return ROOT / "plans" / f"{id}.yaml"


@lru_cache
def plan_of(id: str) -> Plan:
    return load(file_of(id))


def folded(text: str) -> str:
    """One space for any space and line end; letters with their marks joined, as the print shows them."""
    return " ".join(unicodedata.normalize("NFC", text).split())


@lru_cache
def print_of(id: str) -> str:
    return folded((SEEDS / f"{id}.txt").read_text(encoding="utf-8"))


def stands(id: str, text: str) -> bool:
    """Whether these very words stand in the document."""
    return folded(text) in print_of(id)


def missing(id: str, texts: list[str]) -> list[str]:
    """Those that do not stand in the document."""
    return [text for text in texts if text and not stands(id, text)]


def parts(part: object, here: str = "") -> Iterator[tuple[str, Part]]:
    """Every piece of a plan with its path."""
    if isinstance(part, BaseModel):
        if isinstance(part, Part):
            yield here, part
        for name in type(part).model_fields:
            yield from parts(getattr(part, name), f"{here}.{name}" if here else name)
    elif isinstance(part, tuple):
        for number, item in enumerate(part):
            yield from parts(item, f"{here}.{getattr(item, 'id', number)}")


def quotes(plan: Plan) -> list[tuple[str, Quote]]:
    return [(here, part) for here, part in parts(plan) if isinstance(part, Quote)]


def rows_named(id: str) -> set[str]:
    """The obligations that are named in comments beside what meets them."""
    lines = [line for line in file_of(id).read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return {row for line in lines for row in _ROW.findall(line.partition("#")[2])}


def told(id: str, today: date | None = None) -> list[tuple[str, str]]:
    """Level and path of what `kheo plan check` finds."""
    return [(finding.level, finding.path) for finding in check([file_of(id)], today)]


@lru_cache
def calendar() -> Calendar:
    return Calendar(load_years(ROOT / "plans" / "calendars"))


def days(id: str, milestone: str, year: int) -> tuple[str, str] | None:
    """The last calendar day and the last working day, as “DD/MM”; None if there is no day in that year."""
    plan = plan_of(id)
    found = due(plan, plan.milestone(milestone), year, calendar())
    if not isinstance(found, Deadline):
        return None
    return f"{found.last_day:%d/%m}", f"{found.last_working_day:%d/%m}"
