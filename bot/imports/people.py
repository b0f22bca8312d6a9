"""A list of people held against the people that are known: who is new, which functions come to whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bot.imports.cells import Cells, shown
from bot.imports.columns import Listed
from bot.imports.finding import Finding, in_order
from bot.imports.standing import Names, Standing, name_key
from bot.rules.access import (
    ADMINISTRATOR,
    APPRAISER,
    COUNCIL,
    FOCAL_POINT,
    OFFICER,
    OVERSEER,
    STANDING_OFFICE,
    UNIT_HEAD,
)
from bot.store.roster import Held
from bot.store.units import Unit
from bot.texts import mark
from bot.vietnamese import fold, read_person_name

FUNCTIONS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    OFFICER: ("Cán bộ phụ trách", ("can bo", "can bo nhap lieu", "nguoi nhap lieu", "chuyen vien")),
    UNIT_HEAD: ("Thủ trưởng đơn vị", ("thu truong", "lanh dao", "lanh dao don vi", "nguoi dung dau")),
    FOCAL_POINT: ("Cán bộ đầu mối", ("dau moi", "dau moi don vi")),
    STANDING_OFFICE: ("Cơ quan thường trực", ("thuong truc", "can bo thuong truc")),
    APPRAISER: ("Cán bộ thẩm định", ("tham dinh", "nguoi tham dinh")),
    COUNCIL: ("Thành viên hội đồng", ("hoi dong", "uy vien hoi dong")),
    OVERSEER: ("Cán bộ theo dõi", ("theo doi", "theo doi cum", "nguoi theo doi", "phu trach cum")),
    ADMINISTRATOR: ("Quản trị viên", ("quan tri", "nguoi quan tri", "quan tri he thong")),
}
"""Each function: how a list names it, and other words for it (folded). Its id is understood too."""
FOR_CLUSTER = (OVERSEER, APPRAISER, COUNCIL)
"""What one can be for a cluster; everything else is for a unit."""

NO_FUNCTION = mark("“{value}” is no function (one of: {functions})")
NO_NAME = mark("“{value}” cannot be used as a name (write the full name alone: two words at least, letters only)")
NO_UNIT = mark("there is no unit “{value}” (write its code, or enter it first: import of units)")
NO_UNIT_NEAR = mark("there is no unit “{value}” (is “{names}” meant?)")
UNIT_OVER = mark("{unit} was there until {day} (write the unit of today)")
UNIT_OVER_NOW = mark("{unit} was there until {day} (its successor is {heirs}; write that)")
UNIT_LATER = mark("{unit} begins only on {day} (write that day into “Từ ngày”, or correct the unit)")
SEVERAL_UNITS = mark("several units are called “{value}”: {units} (write the code, or fill in “Đơn vị cấp trên”)")
NOT_UNDER = mark("{unit} does not stand under “{value}” (correct one of the two)")
NO_CLUSTER = mark("there is no cluster “{value}” (one of: {clusters})")
NO_CLUSTERS = mark("there is no cluster “{value}”; none is entered yet")
NOT_FOR_CLUSTER = mark("nobody is “{function}” for a cluster (leave the cell empty; only these are: {functions})")
NEITHER = mark("neither unit nor cluster is given (fill in one of the two)")
SAME_ROW = mark("the same person with the same function stands in row {other} as well (one row is enough)")
TWO_OF_THEM = mark("{count} people of this name are known in that unit (enter the function by hand, for the right one)")
NOT_YOURS = mark("you may not give this function there (leave the row out, or ask whoever may)")
OVER = mark("this function ended on {day}; a list does not open it again without a later “Từ ngày”")


@dataclass(frozen=True, slots=True)
class Role:
    """A function at a unit or for a cluster; `cells` of the row are behind it."""

    row: int
    function: str
    unit_id: int | None
    cluster_id: int | None
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person of the list: known (`id`), or to be entered; with the functions that come to them."""

    name: str
    id: int | None
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class Redated:
    """A function whose days the list corrects."""

    row: int
    held: Held
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list would do; nothing of it while a finding blocks."""

    findings: tuple[Finding, ...]
    new: tuple[Somebody, ...] = ()
    given: tuple[Somebody, ...] = ()
    """People who are known and get one function more."""
    redated: tuple[Redated, ...] = ()
    same: int = 0


@dataclass(slots=True)
class _Read:
    cells: Cells
    name: str
    function: str
    unit: Unit | None
    cluster_id: int | None
    first: date | None
    last: date | None
    known: int | None = None
    same: bool = False

    @property
    def row(self) -> int:
        return self.cells.entry.row

    @property
    def place(self) -> tuple[int | None, int | None]:
        """Where the function is held: at a unit, or for a cluster."""
        return (None, self.cluster_id) if self.cluster_id is not None else (self.unit.id if self.unit else None, None)

    @property
    def who(self) -> tuple[str, int | None, int | None]:
        """By what people of the list are told apart: their name and their unit."""
        return name_key(self.name), *((self.unit.id, None) if self.unit else (None, self.cluster_id))


def check(listed: Listed, standing: Standing) -> Wanted:
    """What the list would do to the people as they are known, with everything that is wrong with it."""
    names = Names(standing.units.values(), standing.units.former_names)
    rows = [_read(Cells("people", entry), names, standing) for entry in listed.entries]
    _twice(rows)
    by_name: dict[str, list[Held]] = defaultdict(list)
    for one in standing.held:
        by_name[name_key(one.name)].append(one)
    redated = []
    for row in rows:
        _allow(row, standing)  # first: who may not give it there learns nothing of who is there
        if row.cells.sound and (done := _compare(row, by_name[name_key(row.name)], standing)) is not None:
            redated.append(done)
    findings = [*listed.findings, *(finding for row in rows for finding in row.cells.findings)]
    people = _gathered([row for row in rows if row.cells.sound and not row.same])
    return Wanted(
        in_order(findings),
        tuple(somebody for somebody in people if somebody.id is None),
        tuple(somebody for somebody in people if somebody.id is not None),
        tuple(redated),
        sum(row.same for row in rows) - len(redated),
    )


def function_of(typed: str) -> str:
    """The function that is named by its label, another word, or its id; empty if none is."""
    wanted = fold(typed)
    for id, (label, also) in FUNCTIONS.items():
        if wanted in (id, id.replace("_", " "), fold(label), *also):
            return id
    return ""


def label_of(function: str) -> str:
    return FUNCTIONS[function][0] if function in FUNCTIONS else function


# -- reading ---------------------------------------------------------------------------------------------------------


def _read(cells: Cells, names: Names, standing: Standing) -> _Read:
    name = _name(cells)
    typed = cells.text("function", needed=True)
    function = function_of(typed)
    if typed and not function:
        labels = ", ".join(label for label, _ in FUNCTIONS.values())
        cells.wrong("function", NO_FUNCTION, value=shown(typed), functions=labels)
    first, last = cells.days()
    cluster_id = _cluster(cells, function, standing)
    on = first if first is not None and first > standing.today else standing.today
    if last is not None and last < on:
        on = last
    unit = _unit(cells, names, on, standing)
    if not cells.entry.text("unit") and not cells.entry.text("cluster"):
        cells.wrong("unit", NEITHER)
    return _Read(cells, name, function, unit, cluster_id, first, last)


def _name(cells: Cells) -> str:
    typed = cells.text("name", needed=True)
    name = read_person_name(typed)
    if typed and name is None:
        cells.wrong("name", NO_NAME, value=shown(typed))
    return name or ""


def _cluster(cells: Cells, function: str, standing: Standing) -> int | None:
    typed = cells.text("cluster")
    if not typed:
        return None
    if function and function not in FOR_CLUSTER:
        able = ", ".join(map(label_of, FOR_CLUSTER))
        cells.wrong("cluster", NOT_FOR_CLUSTER, function=label_of(function), functions=able)
        return None
    wanted = fold(typed)
    found = [id for id, one in standing.clusters.items() if wanted in (fold(one.code), fold(one.name))]
    if len(found) != 1:
        known = ", ".join(f"{one.name} ({one.code})" for one in standing.clusters.values())
        cells.wrong("cluster", NO_CLUSTER if known else NO_CLUSTERS, value=shown(typed), clusters=known)
        return None
    return found[0]


def _unit(cells: Cells, names: Names, on: date, standing: Standing) -> Unit | None:
    typed = cells.text("unit")
    if not typed:
        return None
    coded = [u for u in standing.units.values() if u.code == typed]
    once = standing.units.coded(typed)  # also by a code that it had before
    found = [u for u in coded if u.lives_on(on)] or coded[-1:] or ([once] if once else names.called(typed, on))
    above = cells.text("parent")
    if len(found) > 1 and above:
        found = [u for u in found if _under(u, above, standing)] or found
    if not found:
        near = "”, “".join(names.near(typed))
        cells.wrong("unit", NO_UNIT_NEAR if near else NO_UNIT, value=shown(typed), names=near)
        return None
    if len(found) > 1:
        units = "; ".join(_placed(u, standing) for u in found[:5])
        cells.wrong("unit", SEVERAL_UNITS, value=shown(typed), units=units)
        return None
    unit = found[0]
    if above and not _under(unit, above, standing):
        cells.wrong("parent", NOT_UNDER, unit=unit.name, value=shown(above))
    if not unit.lives_on(on):
        _over(cells, unit, on, standing)
    return unit


def _over(cells: Cells, unit: Unit, on: date, standing: Standing) -> None:
    if unit.valid_to is None or on <= unit.valid_to:
        cells.wrong("unit", UNIT_LATER, unit=unit.name, day=unit.valid_from)
        return
    heirs = ", ".join(_placed(heir, standing) for heir in standing.units.heirs(unit.id, on))
    cells.wrong("unit", UNIT_OVER_NOW if heirs else UNIT_OVER, unit=unit.name, day=unit.valid_to, heirs=heirs)


def _under(unit: Unit, typed: str, standing: Standing) -> bool:
    """Whether a unit of that code or name stands somewhere above it."""
    over = [standing.units[id] for id in unit.above if id in standing.units]
    return any(u.code == typed for u in over) or bool(Names(over).called(typed, standing.today))


def _placed(u: Unit, standing: Standing) -> str:
    above = standing.units.get(u.parent_id) if u.parent_id is not None else None
    return f"{u.name} ({u.code}{', ' + above.name if above is not None else ''})"


def _twice(rows: Sequence[_Read]) -> None:
    seen: dict[tuple[object, ...], int] = {}
    for row in rows:
        if not row.cells.sound:
            continue
        same = (*row.who, *row.place, row.function)
        if same in seen:
            row.cells.wrong("name", SAME_ROW, other=seen[same])
        seen.setdefault(same, row.row)


# -- against who is known ----------------------------------------------------------------------------------------------


def _compare(row: _Read, namesakes: Sequence[Held], standing: Standing) -> Redated | None:
    """Find the person and the function among those that are known; what is there already is not entered again."""
    unit_id, cluster_id = row.place
    same = [h for h in namesakes if (h.function, h.unit_id, h.cluster_id) == (row.function, unit_id, cluster_id)]
    here = same or [h for h in namesakes if row.unit is not None and h.unit_id == row.unit.id]
    people = list(dict.fromkeys(h.person_id for h in here))
    if len(people) > 1:
        row.cells.wrong("name", TWO_OF_THEM, count=Decimal(len(people)))
        return None
    if not people:
        return None
    row.known = people[0]
    if not same:
        return None
    standing_now = [h for h in same if h.valid_to is None or h.valid_to >= standing.today]
    held = (standing_now or same)[-1]
    if not standing_now and held.valid_to is not None:
        if row.first is not None and row.first > held.valid_to:
            return None  # it begins anew
        row.same = True
        if row.last is None or row.last != held.valid_to:
            row.cells.remark("function", OVER, day=held.valid_to)
        return None
    row.same = True
    days = row.first or held.valid_from, row.last or held.valid_to
    return None if days == (held.valid_from, held.valid_to) else Redated(row.row, held, *days)


def _allow(row: _Read, standing: Standing) -> None:
    """Nobody gives by a list what they could not give one by one."""
    scope = standing.scope(*row.place)
    if row.function and (scope or row.cluster_id is not None) and not standing.may_give(row.function, scope):
        row.cells.wrong("function", NOT_YOURS)


def _gathered(rows: Sequence[_Read]) -> list[Somebody]:
    """People with their functions: rows of one name in one unit are one person."""
    groups: dict[tuple[object, ...], list[_Read]] = defaultdict(list)
    for row in rows:
        groups[("known", row.known) if row.known is not None else row.who].append(row)
    return [
        Somebody(
            group[0].name,
            group[0].known,
            tuple(Role(row.row, row.function, *row.place, row.first, row.last) for row in group),
        )
        for group in groups.values()
    ]
