"""A list of units held against the units that stand: what is new, what is completed, what cannot be.

A list enters and completes; it never renames, moves or ends a unit: those are decisions, with a number and a date.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.imports.cells import Cells, shown
from bot.imports.columns import Listed
from bot.imports.finding import Finding, in_order
from bot.imports.standing import Names, Standing, name_key
from bot.store.units import Unit
from bot.texts import mark
from bot.vietnamese import fold

KINDS: Mapping[str, str] = {
    "tinh": "tỉnh",
    "thanh_pho": "thành phố",
    "xa": "xã",
    "phuong": "phường",
    "dac_khu": "đặc khu",
    "huyen": "huyện",
    "quan": "quận",
    "thi_xa": "thị xã",
    "thi_tran": "thị trấn",
    "so": "sở",
    "phong": "phòng",
    "ban_dang": "cơ quan Đảng",
    "mat_tran": "Mặt trận Tổ quốc",
    "doan_the": "đoàn thể",
    "co_quan": "cơ quan",
    "luc_luong_vu_trang": "lực lượng vũ trang",
}
"""Kinds that any list may name; those of the plans and of the units that stand come to them."""
OFFERED = ("tinh", "thanh_pho", "xa", "phuong", "dac_khu")
_FROM_NAME = ("thanh_pho", "thi_tran", "dac_khu", "thi_xa", "phuong", "huyen", "quan", "tinh", "xa")

SAME_CODE = mark("the code “{code}” stands in row {other} as well, for the same time (one unit, one row)")
ZEROS = mark("the code “{code}” differs from “{other}” ({unit}) only by zeros (write it as it stands there, as text)")
FORMER = mark("the code “{code}” is the former one of {unit}, which has {now} now (write that)")
NO_KIND = mark("“{value}” is no kind of unit (one of: {kinds})")
KIND_OPEN = mark("nothing stands there, and the name does not tell the kind (one of: {kinds})")
NO_PARENT = mark("there is no unit “{value}”, neither in the list nor in Khéo (correct it, or add its row)")
NO_PARENT_NEAR = mark("there is no unit “{value}”, neither in the list nor in Khéo (is “{names}” meant?)")
SEVERAL_PARENTS = mark("several units are called “{value}”: {units} (write the code)")
ITSELF = mark("the unit would stand under itself (correct the unit above it)")
NOT_AT_THE_TIME = mark("“{parent}” is not there at the time of this unit (correct the unit above it, or the dates)")
SAME_NAME = mark(
    "“{name}” is there already in the same place, with the code {code} (write that code, or correct the name)"
)
RENAMED = mark(
    "the unit {code} is called “{name}” in Khéo (a new name is entered with its decision: kheo units rename)"
)
MOVED = mark("the unit {code} stands under “{parent}” in Khéo (a move is entered with its decision: kheo units move)")
OTHER_KIND = mark("the unit {code} is of the kind “{kind}” in Khéo (a list does not change it)")
OTHER_START = mark("the unit {code} begins on {day} in Khéo (a list does not change it)")
OTHER_END = mark(
    "in Khéo the last day of the unit {code} is {day} (an end is entered with its decision: kheo units end)"
)
NO_END = mark("in Khéo the unit {code} has no last day (an end is entered with its decision: kheo units end)")
NOT_YOURS = mark("this unit is outside what you may administer (leave the row out, or ask whoever may)")
NEW_TOP = mark("a unit without one above it is entered on the server: kheo units import (or write the unit above it)")


@dataclass(frozen=True, slots=True)
class New:
    """A unit to be entered; it stands under the unit with the id `parent`, or under the one of the row `under`."""

    row: int
    code: str
    name: str
    kind: str
    parent: int | None
    under: int | None
    aliases: tuple[str, ...]
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Completed:
    """What is laid over a unit that stands."""

    row: int
    unit: Unit
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list would do; nothing of it while a finding blocks."""

    findings: tuple[Finding, ...]
    new: tuple[New, ...] = ()
    completed: tuple[Completed, ...] = ()
    same: int = 0


@dataclass(slots=True)
class _Read:
    cells: Cells
    code: str
    name: str
    kind: str
    parent: str
    aliases: tuple[str, ...] | None
    first: date | None
    last: date | None
    known: Unit | None = None
    under: Unit | None = None
    """What stands above it, made a unit also where it is only in the list: then its id is the row, negative."""
    found: bool = False

    @property
    def row(self) -> int:
        return self.cells.entry.row

    def meets(self, first: date | None, last: date | None) -> bool:
        return (self.first or date.min) <= (last or date.max) and (first or date.min) <= (self.last or date.max)

    def on(self, today: date) -> date:
        """The day by which names are understood: today if it is there then, else its first or last day."""
        if self.last is not None and self.last < today:
            return self.last
        return self.first if self.first is not None and self.first > today else today

    def as_unit(self) -> Unit:
        """As a unit, so that others can be found under it before it is one."""
        return Unit(-self.row, self.code, self.name, self.kind, None, (), self.aliases or (), self.first, self.last)


def check(listed: Listed, standing: Standing) -> Wanted:
    """What the list would do to the units as they stand, with everything that is wrong with it."""
    rows = [_read(Cells("units", entry), standing) for entry in listed.entries]
    _twice(rows)
    coded = _by_code(standing.units.values())
    bare = {u.code.lstrip("0"): u for u in standing.units.values() if u.code.isdigit()}
    for row in rows:
        row.known = _match(row, coded.get(row.code, []), standing)
        if row.known is None and row.code:
            _former(row, standing)
            _zeros(row, bare.get(row.code.lstrip("0")) if row.code.isdigit() else None)
    fresh = [row for row in rows if row.known is None]
    nodes = [*standing.units.values(), *(row.as_unit() for row in fresh if row.code or row.name)]
    names, by_code = Names(nodes, standing.units.former_names), _by_code(nodes)
    for row in rows:
        _find_parent(row, names, by_code, standing)
    _circles(fresh)
    _namesakes(fresh, standing)
    completed = [done for row in rows if row.known is not None and (done := _compare(row, standing)) is not None]
    by_row, changed = {row.row: row for row in fresh}, {done.row for done in completed}
    for row in rows:
        _allow(row, by_row, changed, standing)
    findings = [*listed.findings, *(finding for row in rows for finding in row.cells.findings)]
    new = _parents_first([row for row in fresh if row.cells.sound])
    same = len(rows) - len(fresh) - len(completed)
    return Wanted(in_order(findings), new, tuple(completed), same)


def kinds(standing: Standing) -> dict[str, str]:
    """Every kind that a list may name, by id."""
    return {**KINDS, **{u.kind: u.kind for u in standing.units.values() if u.kind not in KINDS}, **standing.kinds}


# -- reading ---------------------------------------------------------------------------------------------------------


def _read(cells: Cells, standing: Standing) -> _Read:
    code, name = cells.code("code"), cells.name("name")
    first, last = cells.days()
    listed = cells.text("aliases", longest=1_000)
    aliases = [part.strip() for part in listed.replace("|", ";").split(";")] if listed else None
    return _Read(
        cells,
        code,
        name,
        _kind(cells, name, standing),
        cells.text("parent"),
        tuple(dict.fromkeys(part for part in aliases if part)) if aliases is not None else None,
        first,
        last,
    )


def _kind(cells: Cells, name: str, standing: Standing) -> str:
    known = kinds(standing)
    typed = cells.text("kind")
    if typed:
        wanted = fold(typed)
        found = next((id for id, called in known.items() if wanted in (id, id.replace("_", " "), fold(called))), "")
        if not found:
            cells.wrong("kind", NO_KIND, value=shown(typed), kinds=_offered(standing))
        return found
    folded = f"{fold(name)} "
    return next((id for id in _FROM_NAME if folded.startswith(f"{id.replace('_', ' ')} ")), "")


def _offered(standing: Standing) -> str:
    """The kinds that are named where one is missing: those of today's communes, and those that are in use."""
    known = kinds(standing)
    return "; ".join(dict.fromkeys(known[id] for id in (*OFFERED, *(u.kind for u in standing.units.values()))))


def _twice(rows: Sequence[_Read]) -> None:
    seen: dict[str, list[_Read]] = defaultdict(list)
    for row in rows:
        if not row.code:
            continue
        for other in seen[row.code]:
            if other.meets(row.first, row.last):
                row.cells.wrong("code", SAME_CODE, code=row.code, other=other.row)
                break
        seen[row.code].append(row)


# -- against what stands -----------------------------------------------------------------------------------------------


def _match(row: _Read, coded: Sequence[Unit], standing: Standing) -> Unit | None:
    """The unit of that code at that time; of several the one that begins on that day, or that stands now."""
    same = [u for u in coded if row.meets(u.valid_from, u.valid_to)]
    exactly = [u for u in same if u.valid_from == row.first]
    now = [u for u in same if u.lives_on(standing.today)]
    return next(iter(exactly or now or same[-1:]), None)


def _zeros(row: _Read, alike: Unit | None) -> None:
    if alike is not None and alike.code != row.code:
        row.cells.wrong("code", ZEROS, code=row.code, other=alike.code, unit=alike.name)


def _former(row: _Read, standing: Standing) -> None:
    """A code that a unit had before is no new unit."""
    once = standing.units.coded(row.code)
    if once is not None and once.code != row.code:
        row.cells.wrong("code", FORMER, code=row.code, now=once.code, unit=once.name)


def _by_code(nodes: Iterable[Unit]) -> dict[str, list[Unit]]:
    found: dict[str, list[Unit]] = defaultdict(list)
    for node in nodes:
        if node.code:
            found[node.code].append(node)
    return found


def _find_parent(row: _Read, names: Names, by_code: Mapping[str, list[Unit]], standing: Standing) -> None:
    if not row.parent:
        return
    on = row.on(standing.today)
    coded = by_code.get(row.parent, [])
    found = [u for u in coded if u.lives_on(on)] or coded or names.called(row.parent, on)
    if row.known is not None and any(u.id == row.known.parent_id for u in found):
        found = [u for u in found if u.id == row.known.parent_id]
    if not found:
        near = "”, “".join(names.near(row.parent))
        row.cells.wrong("parent", NO_PARENT_NEAR if near else NO_PARENT, value=shown(row.parent), names=near)
        return
    if len(found) > 1:
        units = "; ".join(_placed(u, standing) for u in found[:5])
        row.cells.wrong("parent", SEVERAL_PARENTS, value=shown(row.parent), units=units)
        return
    parent = found[0]
    if parent.id in (-row.row, row.known.id if row.known else None):
        row.cells.wrong("parent", ITSELF)
    elif not row.meets(parent.valid_from, parent.valid_to):
        row.cells.wrong("parent", NOT_AT_THE_TIME, parent=parent.name)
    else:
        row.under, row.found = parent, True


def _placed(u: Unit, standing: Standing) -> str:
    above = standing.units.get(u.parent_id) if u.parent_id is not None else None
    return f"{u.name} ({u.code}{', ' + above.name if above is not None else ''})"


def _circles(fresh: Sequence[_Read]) -> None:
    by_row = {row.row: row for row in fresh}
    for row in fresh:
        seen, up = {row.row}, row.under
        while up is not None and up.id < 0:
            if -up.id in seen:
                if -up.id == row.row:
                    row.cells.wrong("parent", ITSELF)
                break
            seen.add(-up.id)
            up = by_row[-up.id].under


def _namesakes(fresh: Sequence[_Read], standing: Standing) -> None:
    """Two units of one name in one place at one time are one unit that was given two codes."""
    taken: dict[tuple[int | None, str], list[tuple[str, date | None, date | None]]] = defaultdict(list)
    for u in standing.units.values():
        taken[u.parent_id, name_key(u.name)].append((u.code, u.valid_from, u.valid_to))
    for row in fresh:
        if not row.name or (row.parent and not row.found):
            continue
        place = row.under.id if row.under is not None else None, name_key(row.name)
        other = next((code for code, first, last in taken[place] if row.meets(first, last)), None)
        if other is not None and other != row.code:
            row.cells.wrong("name", SAME_NAME, name=shown(row.name), code=other)
        taken[place].append((row.code, row.first, row.last))


def _compare(row: _Read, standing: Standing) -> Completed | None:
    """What the row adds to the unit that stands; what it would change otherwise is a finding."""
    u, cells = row.known, row.cells
    assert u is not None
    values: dict[str, Any] = {}
    if row.name and row.name != u.name:
        if name_key(row.name) == name_key(u.name):
            values["name"] = row.name
        else:
            cells.wrong("name", RENAMED, code=u.code, name=u.name)
    if row.found and row.under is not None and row.under.id != u.parent_id:
        above = standing.units.get(u.parent_id) if u.parent_id is not None else None
        cells.wrong("parent", MOVED, code=u.code, parent=above.name if above is not None else "–")
    if cells.entry.text("kind") and row.kind and row.kind != u.kind:
        cells.wrong("kind", OTHER_KIND, code=u.code, kind=kinds(standing).get(u.kind, u.kind))
    if row.first is not None and row.first != u.valid_from:
        if u.valid_from is None:
            values["valid_from"] = row.first
        else:
            cells.wrong("valid_from", OTHER_START, code=u.code, day=u.valid_from)
    if row.last is not None and row.last != u.valid_to:
        if u.valid_to is None:
            cells.wrong("valid_to", NO_END, code=u.code)
        else:
            cells.wrong("valid_to", OTHER_END, code=u.code, day=u.valid_to)
    if row.aliases is not None and set(row.aliases) != set(u.aliases):
        values["aliases"] = list(row.aliases)
    return Completed(row.row, u, values) if values and cells.sound else None


def _allow(row: _Read, fresh: Mapping[int, _Read], changed: set[int], standing: Standing) -> None:
    if row.known is not None:
        if row.row in changed and not standing.may_enter(row.known.id):
            row.cells.wrong("code", NOT_YOURS)
        return
    if not row.kind and not row.cells.entry.text("kind") and row.name and row.code:
        row.cells.wrong("kind", KIND_OPEN, kinds=_offered(standing))
    up, steps = row.under, 0
    while up is not None and up.id < 0 and steps <= len(fresh):
        up, steps = fresh[-up.id].under, steps + 1
    if up is None:
        if not row.parent and not standing.may_enter(None):
            row.cells.wrong("parent", NEW_TOP)
    elif not standing.may_enter(up.id):
        row.cells.wrong("parent", NOT_YOURS)


def _parents_first(rows: Sequence[_Read]) -> tuple[New, ...]:
    made: dict[int, New] = {}
    waiting = list(rows)
    while waiting:
        ready = [row for row in waiting if row.under is None or row.under.id > 0 or -row.under.id in made]
        if not ready:
            break
        for row in ready:
            up = row.under.id if row.under is not None else None
            made[row.row] = New(
                row.row,
                row.code,
                row.name,
                row.kind,
                up if up is not None and up > 0 else None,
                -up if up is not None and up < 0 else None,
                row.aliases or (),
                row.first,
                row.last,
            )
        waiting = [row for row in waiting if row.row not in made]
    return tuple(made.values())
