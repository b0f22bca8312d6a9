"""The gaps in the text of a broadcast: what they are called, and what stands in them for one recipient."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from bot.plan.dates import Milestone
from bot.store import owing
from bot.store.broadcasts import Broadcast
from bot.store.engine import Tx
from bot.store.seasons import Season
from bot.texts import Language, mark
from bot.turn import Office
from bot.vietnamese import fold

UNIT, DONE, MISSING, DUE = "unit", "done", "missing", "due"
NAMES = {UNIT: ("đơn vị", "unit"), DONE: ("đã nộp", "done"), MISSING: ("còn thiếu", "missing"), DUE: ("hạn", "due")}
"""The first is the one that is told; each may be typed with or without diacritics, in any case."""
FIGURES = frozenset({DONE, MISSING, DUE})
"""What is read from a season."""
KNOWN = ", ".join(f"{{{names[0]}}}" for names in NAMES.values())
SOON = timedelta(days=31)
"""What is due later is not missing yet."""
NAMED_AT_MOST = 30  # units in one gap

NOTHING_DONE = mark("nothing yet")
NOTHING_MISSING = mark("nothing")
UNITS_DONE = mark("{done} of {all} units")
NO_DUE = mark("no date is waiting")

_GAP = re.compile(r"\{([^{}\n]{0,60})\}")
_MEANT = {fold(name): gap for gap, names in NAMES.items() for name in names}


def unknown(text: str) -> list[str]:
    """What stands in braces and is no gap, as it was typed."""
    return list(dict.fromkeys(found[0] for found in _GAP.finditer(text) if fold(found[1]) not in _MEANT))


def used(text: str) -> frozenset[str]:
    """The gaps of the text."""
    return frozenset(_MEANT[fold(found[1])] for found in _GAP.finditer(text) if fold(found[1]) in _MEANT)


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its gaps filled; what a value says is never taken for another gap."""
    return _GAP.sub(lambda found: values.get(_MEANT.get(fold(found[1]), ""), found[0]), text)


def tells(one: Broadcast) -> bool:
    """Whether the broadcast tells figures of a season."""
    return bool(used(one.text) & FIGURES)


class Figures:
    """What units have handed in and what they owe, read when it is asked for."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._bound: dict[tuple[int, str], tuple[object, frozenset[int]]] = {}

    def of(
        self, tx: Tx, say: Language, season: Season, milestone: str, unit_ids: Sequence[int], today: date
    ) -> dict[str, str]:
        """The gaps for these units: of the one milestone, or without one of all that is asked of units."""
        office, wanted = self._office, set(unit_ids)
        few = unit_ids if len(unit_ids) <= NAMED_AT_MOST else None
        known = owing.answered(tx, season.id, unit_ids=few)
        done: list[str] = []
        missing: list[str] = []
        days: list[date] = []
        lacking: set[int] = set()
        asked: set[int] = set()
        for one in self._asked(season, milestone):
            bound = [id for id in unit_ids if id in self._units_bound(season, one) and id in wanted]
            if not bound:
                continue
            due = office.deadline(season, one, office.units[bound[0]].kind)
            late = set(office.still_owing(tx, season, one, bound, known))
            soon = bool(milestone) or (due is not None and due.last_day <= today + SOON)
            if len(late) < len(bound) and one.owed_by != "live_exemplars":
                done.append(one.name)
            asked |= set(bound) if soon else set()
            if late and soon:
                missing.append(one.name)
                lacking |= late
            if due is not None and soon and (late or milestone):
                days.append(due.last_day)
        said = {DUE: say.date(min(days)) if days else say.say(NO_DUE)}
        if len(asked) > 1:
            names = [office.units[id].name for id in unit_ids if id in lacking]
            said[DONE] = say.say(UNITS_DONE, done=len(asked) - len(lacking), all=len(asked))
            said[MISSING] = listed(say, names) or say.say(NOTHING_MISSING)
            return said
        said[DONE] = "; ".join(done) or say.say(NOTHING_DONE)
        said[MISSING] = "; ".join(missing) or say.say(NOTHING_MISSING)
        return said

    def _asked(self, season: Season, milestone: str) -> list[Milestone]:
        """What is asked of units, and is not only told."""
        plan = self._office.plan(season)
        asked = ("invited_units", "every_unit", "live_exemplars")
        return [
            m for m in plan.occasions if m.owed_by in asked and m.settled_by and (not milestone or m.id == milestone)
        ]

    def _units_bound(self, season: Season, one: Milestone) -> frozenset[int]:
        """The units that the milestone binds, worked out anew only when the units are others."""
        key, units = (season.id, one.id), self._office.units
        held = self._bound.get(key)
        if held is None or held[0] is not units:
            held = self._bound[key] = (units, frozenset(self._office.bound(season, one)))
        return held[1]


def listed(say: Language, names: Sequence[str]) -> str:
    """The names, not more than people read."""
    shown, rest = ", ".join(names[:NAMED_AT_MOST]), len(names) - NAMED_AT_MOST
    return shown if rest <= 0 else say.say_n("{shown} and {n} more", "{shown} and {n} more", rest, shown=shown)
