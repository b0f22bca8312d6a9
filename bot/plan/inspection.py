"""A plan that is being looked over: where its parts stand in the file, and what was found wrong with them."""

from __future__ import annotations

import calendar
import re
from collections.abc import Hashable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from bot.plan.finding import Finding, Lines, Place
from bot.plan.model import Plan

KEY = re.compile(r"[A-Za-z0-9_.+-]{1,24}")
"""What a button can carry as an answer (bot/forms/tokens.py)."""
HUNDRED = Decimal(100)
_DAY = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")


class Inspection:
    """Collects findings about one plan. `written` answers whether something stands in the file itself."""

    def __init__(self, plan: Plan, lines: Lines) -> None:
        self.plan = plan
        self.lines = lines
        self.findings: list[Finding] = []
        self.unit_kinds = frozenset(kind.id for kind in plan.unit_kinds) or frozenset(unit.kind for unit in plan.units)
        self.units = frozenset((*(unit.code for unit in plan.units), *plan.participants))

    def wrong(self, place: Place, text: str, remedy: str) -> None:
        """An error at the place."""
        self.findings.append(self.lines.finding(place, text, remedy))

    def written(self, place: Place) -> bool:
        """Whether the file itself has this; a default or a shorthand is not written."""
        return place in self.lines.lines

    def known(self, place: Place, name: str, among: Iterable[str], what: str) -> bool:
        """Whether the name is one of the `what`s; an error if not."""
        names = list(dict.fromkeys(among))
        if name in names:
            return True
        there = f"The plan has: {', '.join(names)}." if names else f"The plan has no {what} yet; add it."
        self.wrong(place, f"There is no {what} “{name}”.", there)
        return False

    def all_known(self, place: Place, names: Iterable[str], among: Iterable[str], what: str) -> None:
        """Each name is one of the `what`s, and stands there once."""
        names, among = tuple(names), tuple(among)
        for name in dict.fromkeys(names):
            self.known(place, name, among, what)
            if names.count(name) > 1:
                self.wrong(place, f"“{name}” stands here twice.", "Name it once.")

    def role(self, place: Place, name: str) -> None:
        """If a function is named, the plan has it."""
        if name:
            self.known(place, name, (role.id for role in self.plan.roles), "role")

    def kinds(self, place: Place, names: Iterable[str]) -> None:
        """Kinds of unit that are named exist."""
        self.all_known(place, names, sorted(self.unit_kinds), "unit kind")

    def once(self, place: Place, key: str, items: Iterable[tuple[Hashable, str]]) -> None:
        """`items` are what must be unique, and its name."""
        seen: set[Any] = set()
        for index, (identity, name) in enumerate(items):
            if not name.strip():
                self.wrong((*place, index, key), f"“{key}” is empty.", "Give it a name.")
            elif identity in seen:
                self.wrong((*place, index, key), f"“{name}” stands here twice.", "Give each its own.")
            seen.add(identity)

    def each_once(self, place: Place, key: str, names: Iterable[str]) -> None:
        """The same where the name is all that must be unique."""
        self.once(place, key, [(name, name) for name in names])

    def period(self, place: Place, first: date | None, last: date | None) -> None:
        """A time does not end before it begins."""
        if first and last and last < first:
            self.wrong(place, "The time ends before it begins.", "Correct one of the two days.")

    def share(self, place: Place, percent: Decimal | None) -> None:
        """A percentage lies between 0 and 100."""
        if percent is not None and not 0 <= percent <= HUNDRED:
            self.wrong(place, f"{percent} is no share of 100.", "Write a number from 0 to 100.")

    def pressable(self, place: Place, key: str) -> None:
        """A key fits into a button."""
        if key and not KEY.fullmatch(key):
            self.wrong(
                place,
                f"“{key}” cannot be carried by a button.",
                "Write at most 24 letters without marks, digits or _ . + - (the label may have everything).",
            )

    def circles(self, edges: Mapping[str, str], places: Mapping[str, Place], text: str) -> None:
        """Whoever follows the edges never comes back; every place on a circle is told."""
        for start in edges:
            seen, here = {start}, edges[start]
            while here in edges and here not in seen:
                seen.add(here)
                here = edges[here]
            if here == start:
                self.wrong(places[start], text, "Break the circle.")


def is_day(written: str) -> bool:
    """Whether it is YYYY, YYYY-MM or YYYY-MM-DD, and exists."""
    read = _DAY.fullmatch(written)
    if not read or not written.isascii():
        return False
    year, month, day = (int(part or 1) for part in read.groups())
    return year >= 1 and exists(year, month, day)


def exists(year: int, month: int, day: int) -> bool:
    """Whether the calendar has that day."""
    return 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]
