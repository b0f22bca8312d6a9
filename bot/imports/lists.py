"""A list from the file to the store: read, held against what stands, told, entered."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from bot.imports import people, units
from bot.imports.columns import Kind, Listed, listed
from bot.imports.finding import Finding, blocking
from bot.imports.reading import sheets
from bot.imports.standing import Standing
from bot.store import clusters, imports, roster
from bot.store import people as store_people
from bot.store.engine import Tx
from bot.texts import Language, mark
from bot.turn import Office

Wanted = units.Wanted | people.Wanted

NAMED = 8
"""Of each sort of change so many are named."""

NEW_UNITS = mark("New units: {count}")
COMPLETED_UNITS = mark("Completed: {count}")
NEW_PEOPLE = mark("New people: {count}")
GIVEN = mark("People who are known and get a function: {count}")
REDATED = mark("Functions whose dates are corrected: {count}")
SAME = mark("Rows that change nothing: {count}")
NAMES = mark("{heading} – {names}")
AND_MORE = mark("{names} and {count} more")
NOTHING = mark("Everything in the list stands in Khéo already; there is nothing to enter.")
CHANGE = mark("{column} of {name}: {old} → {new}")


@dataclass(frozen=True, slots=True)
class Checked:
    """A list and what it would do. `stamp` is another one as soon as it would do anything else."""

    listed: Listed
    wanted: Wanted
    digest: str
    """SHA-256 of the file."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self.wanted.findings

    @property
    def refused(self) -> bool:
        return blocking(self.findings)

    @property
    def empty(self) -> bool:
        """Whether nothing would change."""
        match self.wanted:
            case units.Wanted(new=new, completed=completed):
                return not new and not completed
            case people.Wanted(new=new, given=given, redated=redated):
                return not new and not given and not redated
        raise AssertionError

    @property
    def stamp(self) -> str:
        told = {**asdict(self.wanted), "findings": [[f.row, f.source] for f in self.findings]}
        return hashlib.sha256(json.dumps(told, default=str, sort_keys=True).encode()).hexdigest()[:16]

    def counts(self) -> dict[str, int]:
        match self.wanted:
            case units.Wanted(new=new, completed=completed, same=same):
                return {"new": len(new), "completed": len(completed), "same": same}
            case people.Wanted(new=new, given=given, redated=redated, same=same):
                return {"new": len(new), "given": len(given), "redated": len(redated), "same": same}
        raise AssertionError


@dataclass(frozen=True, slots=True)
class Issued:
    """A one-time code for somebody who was entered."""

    name: str
    place: str
    functions: str
    code: str


def read(data: bytes, kind: Kind | None = None) -> Listed:
    """The list in the file; Misunderstood with the remedy when there is none."""
    return listed(sheets(data), kind)


def check(found: Listed, standing: Standing, digest: str) -> Checked:
    wanted: Wanted = units.check(found, standing) if found.kind == "units" else people.check(found, standing)
    return Checked(found, wanted, digest)


def standing(
    office: Office,
    tx: Tx,
    today: date,
    *,
    may_enter: Callable[[int | None], bool] = lambda _: True,
    may_give: Callable[[str, Collection[int]], bool] = lambda _, __: True,
) -> Standing:
    """What stands now; by `may_enter` and `may_give` whoever enters the list is held to what they could do by hand."""
    kinds = {one.id: one.name for plan in office.plans.values() for one in plan.unit_kinds}
    known = clusters.by_id(tx)
    return Standing(office.units, today, kinds, tuple(roster.ever_held(tx)), known, may_enter, may_give)


def told(say: Language, checked: Checked, standing: Standing) -> list[str]:
    """What would change, in a few lines."""
    if checked.empty:
        return [say.say(NOTHING)]
    wanted = checked.wanted
    lines: list[str] = []
    if isinstance(wanted, units.Wanted):
        lines += _named(say, NEW_UNITS, [one.name for one in wanted.new])
        lines += _named(say, COMPLETED_UNITS, [_completed(say, one) for one in wanted.completed])
    else:
        lines += _named(say, NEW_PEOPLE, [_somebody(one, standing) for one in wanted.new])
        lines += _named(say, GIVEN, [_somebody(one, standing) for one in wanted.given])
        lines += _named(say, REDATED, [_redated(say, one, standing) for one in wanted.redated])
    if wanted.same:
        lines.append(say.say(SAME, count=wanted.same))
    return lines


def _named(say: Language, heading: str, names: Sequence[str]) -> list[str]:
    if not names:
        return []
    shown = "; ".join(names[:NAMED])
    if len(names) > NAMED:
        shown = say.say(AND_MORE, names=shown, count=len(names) - NAMED)
    return [say.say(NAMES, heading=say.say(heading, count=len(names)), names=shown)]


def _completed(say: Language, one: units.Completed) -> str:
    headings = {"name": "Tên đơn vị", "aliases": "Tên gọi khác", "valid_from": "Hiệu lực từ"}
    return ", ".join(
        say.say(
            CHANGE, column=headings[name], name=one.unit.name, old=_shown(getattr(one.unit, name)), new=_shown(value)
        )
        for name, value in one.values.items()
    )


def _redated(say: Language, one: people.Redated, standing: Standing) -> str:
    days = [
        f"{_shown(first)} – {_shown(last)}"
        for first, last in ((one.held.valid_from, one.held.valid_to), (one.valid_from, one.valid_to))
    ]
    return say.say(CHANGE, column=people.label_of(one.held.function), name=one.held.name, old=days[0], new=days[1])


def _shown(value: Any) -> str:
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return "; ".join(value) if isinstance(value, list | tuple) and value else str(value) if value else "…"


def _somebody(one: people.Somebody, standing: Standing) -> str:
    return f"{one.name} ({functions_of(one)}, {place_of(one, standing)})"


def functions_of(one: people.Somebody) -> str:
    return ", ".join(dict.fromkeys(people.label_of(role.function) for role in one.roles))


def place_of(one: people.Somebody, standing: Standing) -> str:
    """The units and clusters at which they are something."""
    places = [
        standing.units[role.unit_id].name if role.unit_id is not None else standing.clusters[role.cluster_id or 0].name
        for role in one.roles
    ]
    return ", ".join(dict.fromkeys(places))


def enter(tx: Tx, checked: Checked, standing: Standing, now: datetime, by: int | None = None) -> list[Issued]:
    """All of it; the one-time codes of those who are new, made by that person. Nothing where nothing would change."""
    assert not checked.refused
    if checked.empty:
        return []
    issued = _enter_units(tx, checked.wanted, now) if isinstance(checked.wanted, units.Wanted) else None
    if issued is None:
        assert isinstance(checked.wanted, people.Wanted)
        issued = _enter_people(tx, checked.wanted, standing, now, by)
    imports.note_list(tx, checked.listed.kind, checked.digest, checked.counts(), now)
    return issued


def issues(checked: Checked) -> bool:
    """Whether one-time codes would come of it."""
    return isinstance(checked.wanted, people.Wanted) and bool(checked.wanted.new)


def _enter_units(tx: Tx, wanted: units.Wanted, now: datetime) -> list[Issued]:
    ids: dict[int, int] = {}
    for one in wanted.new:
        ids[one.row] = imports.enter_unit(
            tx,
            code=one.code,
            name=one.name,
            kind=one.kind,
            parent_id=ids[one.under] if one.under is not None else one.parent,
            aliases=one.aliases,
            valid_from=one.valid_from,
            valid_to=one.valid_to,
            now=now,
        )
    for done in wanted.completed:
        imports.complete_unit(tx, done.unit.id, done.values, now)
    return []


def _enter_people(tx: Tx, wanted: people.Wanted, standing: Standing, now: datetime, by: int | None) -> list[Issued]:
    issued = []
    for somebody in (*wanted.new, *wanted.given):
        id = somebody.id if somebody.id is not None else store_people.enter(tx, somebody.name, now)
        for role in somebody.roles:
            store_people.give(
                tx,
                id,
                role.function,
                now,
                unit_id=role.unit_id,
                cluster_id=role.cluster_id,
                valid_from=role.valid_from,
                valid_to=role.valid_to,
            )
        if somebody.id is None:
            code = store_people.make_code(tx, now, person_id=id, made_by=by)
            issued.append(Issued(somebody.name, place_of(somebody, standing), functions_of(somebody), code))
    for one in wanted.redated:
        imports.date_role(tx, one.held.role_id, one.valid_from, one.valid_to, now)
    return issued
