"""What stands in a cell, read as what its column holds; what is no such thing is a finding."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from bot.imports.columns import COLUMNS, Entry, Kind
from bot.imports.finding import Finding
from bot.imports.reading import UNCALCULATED, words
from bot.store.units import LONGEST_CODE, LONGEST_NAME
from bot.texts import mark
from bot.vietnamese import fold

YEARS = range(1945, 2101)
SHOWN = 60
"""Characters of a cell that are repeated in a finding."""

LACKING = mark("nothing stands there (fill it in)")
HOLLOW = mark("a formula without a value (open the file in Excel and save it, or write the value itself)")
BROKEN = mark("the cell shows the error “{value}” (correct the formula, or write the value itself)")
TOO_LONG = mark("longer than {limit} characters (shorten it)")
NO_DAY = mark("“{value}” is no date (write day/month/year, e.g. 01/07/2025)")
SHORT_YEAR = mark("“{value}”: the year is written with two digits (write four, e.g. 01/07/2025)")
BARE_NUMBER = mark("{value} is a number and no date (format the cell as a date, or write e.g. 01/07/2025)")
IMPOSSIBLE = mark("the calendar has no day “{value}” (correct it)")
FAR_YEAR = mark("the year of “{value}” cannot be right (correct it)")
ENDS_FIRST = mark("{last} comes before {first} (correct one of the two)")
NO_CODE = mark("“{value}” is no code (letters without diacritics, digits, full stop, hyphen; no blanks)")
NO_NAME = mark("“{value}” is no name (at least two letters)")

_DAY_FIRST = re.compile(r"(\d{1,2})\s*[/.\-]\s*(\d{1,2})\s*[/.\-]\s*(\d{4})")
_YEAR_FIRST = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T]00:00(?::00)?)?")
_SHORT = re.compile(r"\d{1,2}\s*[/.\-]\s*\d{1,2}\s*[/.\-]\s*\d{2}")
_WORDED = re.compile(r"ngay (\d{1,2}) thang (\d{1,2}) nam (\d{4})")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")
_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"})


@dataclass(slots=True)
class Cells:
    """One row, read column by column; what is wrong is gathered."""

    kind: Kind
    entry: Entry
    findings: list[Finding] = field(default_factory=list)

    def wrong(self, column: str, source: str, **values: Any) -> None:
        self.findings.append(Finding(self.entry.row, self.heading(column), source, values))

    def remark(self, column: str, source: str, **values: Any) -> None:
        self.findings.append(Finding(self.entry.row, self.heading(column), source, values, blocks=False))

    def heading(self, column: str) -> str:
        return next((one.heading for one in COLUMNS[self.kind] if one.id == column), "")

    @property
    def sound(self) -> bool:
        return not any(finding.blocks for finding in self.findings)

    def text(self, column: str, *, needed: bool = False, longest: int = LONGEST_NAME) -> str:
        """The words in the cell; empty if there are none, or none that can be used."""
        value = self.entry.cells.get(column)
        typed = words(value)
        if not typed:
            if needed:
                self.wrong(column, LACKING)
            return ""
        if typed == UNCALCULATED:
            self.wrong(column, HOLLOW)
            return ""
        if typed in _ERRORS:
            self.wrong(column, BROKEN, value=typed)
            return ""
        if len(typed) > longest:
            self.wrong(column, TOO_LONG, limit=Decimal(longest))
            return ""
        return typed

    def name(self, column: str) -> str:
        typed = self.text(column, needed=True)
        if typed and sum(letter.isalpha() for letter in typed) < 2:
            self.wrong(column, NO_NAME, value=shown(typed))
            return ""
        return typed

    def code(self, column: str) -> str:
        """A code, also one that was typed as a number."""
        typed = self.text(column, needed=True, longest=LONGEST_CODE)
        if typed and not _CODE.fullmatch(typed):
            self.wrong(column, NO_CODE, value=shown(typed))
            return ""
        return typed

    def day(self, column: str) -> date | None:
        value = self.entry.cells.get(column)
        if isinstance(value, int | Decimal):
            self.wrong(column, BARE_NUMBER, value=words(value))
            return None
        typed = self.text(column) if not isinstance(value, date) else ""
        found = value if isinstance(value, date) else self._day(column, typed) if typed else None
        if found is not None and found.year not in YEARS:
            self.wrong(column, FAR_YEAR, value=shown(words(value)))
            return None
        return found

    def _day(self, column: str, typed: str) -> date | None:
        if parts := _DAY_FIRST.fullmatch(typed) or _WORDED.fullmatch(fold(typed)):
            day, month, year = map(int, parts.groups())
        elif parts := _YEAR_FIRST.fullmatch(typed):
            year, month, day = map(int, parts.groups())
        else:
            self.wrong(column, SHORT_YEAR if _SHORT.fullmatch(typed) else NO_DAY, value=shown(typed))
            return None
        try:
            return date(year, month, day)
        except ValueError:
            self.wrong(column, IMPOSSIBLE, value=shown(typed))
            return None

    def days(self) -> tuple[date | None, date | None]:
        """From when to when."""
        first, last = self.day("valid_from"), self.day("valid_to")
        if first is not None and last is not None and last < first:
            self.wrong("valid_to", ENDS_FIRST, first=first, last=last)
        return first, last


def shown(text: str) -> str:
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
