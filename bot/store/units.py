"""The units: the tree that people belong to and that owes, and what becomes of units over the years."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select, update

from bot.chat import readable
from bot.errors import Misunderstood
from bot.plan.model import UnitSeed
from bot.plan.reorganisation import Reorganisation
from bot.store import audit
from bot.store.engine import Tx
from bot.store.once import insert_row
from bot.store.tables import unit, unit_change
from bot.texts import mark
from bot.vietnamese import fold

RENAMED, MOVED, MERGED, SPLIT, ENDED = "renamed", "moved", "merged", "split", "ended"
LONGEST_NAME = 200  # characters; the longest name of an office that we know has 120
LONGEST_CODE = 64  # what the columns take
LONGEST_KIND = 32

NO_NAME = mark("The name is empty. A unit needs its full name, such as “xã Vạn Hưng”.")
LONG_NAME = mark("That name has more than {most} characters.")
NO_CODE = mark("A new unit needs a code of at most {most} characters; that is how it is told from its namesakes.")
NO_KIND = mark("A new unit needs its kind in at most {most} characters, such as “xa” or “phuong”.")
NO_DECISION = mark("Please name the decision by number and date, such as “Nghị quyết số 1667/NQ-UBTVQH15”.")
NO_UNIT = mark("There is no such unit.")
ITSELF = mark("{unit} cannot be merged into itself: name only the units that end.")
UNDER_ITSELF = mark("{unit} cannot stand under {over}: it would be above itself.")
NOT_BEGUN = mark("{unit} begins on {begins}; nothing can become of it on {day}.")
NOT_THERE_YET = mark("{unit} begins only on {begins}, not by {day}.")
NO_MORE = mark("{unit} is no more on {day}: its last day was {last}.")
ENDS_THERE = mark("The last day of {unit} is {last}, so what follows it begins on {next}, not on {day}.")
HAS_FOLLOWED = mark("What became of {unit} is entered already, as of {day}; nothing was changed.")
LATER_KNOWN = mark("For {unit} something is entered as of {later}; nothing can be put before that as of {day}.")
STILL_UNDER = mark("Under {unit} there still are {units}. Please move or end those first.")
NOT_YET_DAY = mark("{day} is still to come. A new name or place in the tree is entered from that day on.")
NO_SOURCE = mark("Please name at least one unit that is merged.")
TOO_FEW = mark("A split needs at least two different units that come of it.")
PART_ITSELF = mark("{unit} cannot come of its own split: it ends with it. Give what remains a row of its own.")
CODE_TAKEN = mark("The code “{code}” belongs to {unit} at that time.")
NAME_TAKEN = mark("Another unit in the same place is called “{name}” at that time (code {code}).")
UNKNOWN_CODE = mark("The file names “{code}”, which is no unit of that time here.")
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit; `above` are the ids of the units over it, nearest first. `valid_to` is its last day."""

    id: int
    code: str
    name: str
    kind: str
    parent_id: int | None
    above: tuple[int, ...]
    aliases: tuple[str, ...]
    valid_from: date | None
    valid_to: date | None

    def lives_within(self, first: date, last: date) -> bool:
        """Whether it is there on any of these days."""
        return (self.valid_from is None or self.valid_from <= last) and (
            self.valid_to is None or self.valid_to >= first
        )

    def lives_on(self, day: date) -> bool:
        """Whether it is there on that day."""
        return self.lives_within(day, day)

    def is_over(self, day: date) -> bool:
        """Whether it has ended before that day."""
        return self.valid_to is not None and self.valid_to < day


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a unit: `on` is the first day on which it holds, `was_…` what it was called and where it stood."""

    id: int
    unit_id: int
    kind: str
    on: date
    successor_id: int | None
    was_called: str
    was_coded: str
    was_under: int | None
    decision: str


@dataclass(frozen=True, slots=True)
class NewUnit:
    """A unit that is to begin."""

    code: str
    name: str
    kind: str
    parent_id: int | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Became:
    """Which units follow, and whether that was new; it is not where the same was entered before."""

    units: tuple[int, ...]
    fresh: bool


class Units(Mapping[int, Unit]):
    """All units by id, with their tree and their history; read once and handed around until something changes."""

    def __init__(self, units: Iterable[Unit], changes: Iterable[Change] = ()) -> None:
        self._by_id = {u.id: u for u in units}
        self.changes = tuple(sorted(changes, key=lambda one: (one.on, one.id)))
        self._history: dict[int, list[Change]] = defaultdict(list)
        self._came_of: dict[int, list[Change]] = defaultdict(list)
        self._by_code: dict[str, list[Unit]] = defaultdict(list)
        for u in sorted(self._by_id.values(), key=lambda u: u.valid_from or date.min):
            self._by_code[u.code].append(u)
        for change in self.changes:
            self._history[change.unit_id].append(change)
            if change.successor_id is not None:
                self._came_of[change.successor_id].append(change)
            had = self._by_code[change.was_coded]
            if all(u.id != change.unit_id for u in had):
                had.insert(0, self._by_id[change.unit_id])  # whoever has the code now comes after who had it once

    def __getitem__(self, id: int) -> Unit:
        return self._by_id[id]

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter(self._by_id)

    def __len__(self) -> int:
        return len(self._by_id)

    def same_as(self, other: Units) -> bool:
        """Whether nothing differs, in the units or in their history."""
        return self._by_id == other._by_id and self.changes == other.changes

    def coded(self, code: str, on: date | None = None) -> Unit | None:
        """The unit with that code (or that had it once): the one of that day; without a day, the last to begin."""
        found = self._by_code.get(code, [])
        living = [u for u in found if u.lives_on(on)] if on is not None else found
        return living[-1] if living else None

    def planted(self, seed: UnitSeed) -> Unit | None:
        """The unit that a plan means: of that code, at the time of which the plan speaks."""
        first, last = seed.valid_from or date.min, seed.valid_to or date.max
        return next((u for u in self._by_code.get(seed.code, ()) if u.lives_within(first, last)), None)

    def below(self, id: int) -> list[Unit]:
        """The units under `id`, without itself, in the order in which they were entered."""
        return [u for u in self._by_id.values() if id in u.above]

    def parent_name(self, u: Unit) -> str:
        return self._by_id[u.parent_id].name if u.parent_id else ""

    def history(self, id: int) -> list[Change]:
        """What became of the unit, the earliest first."""
        return self._history.get(id, [])

    def came_of(self, id: int) -> list[Change]:
        """The changes by which other units went into this one, the earliest first."""
        return self._came_of.get(id, [])

    def former_names(self, id: int) -> tuple[str, ...]:
        """What the unit was called before, without what it is called now."""
        names = dict.fromkeys(change.was_called for change in self.history(id))
        return tuple(name for name in names if name != self._by_id[id].name)

    def origins(self, id: int) -> list[Unit]:
        """All units that went into this one, directly or through others; the nearest first."""
        found: dict[int, None] = {}
        waiting = [id]
        while waiting:
            before = [change.unit_id for change in self.came_of(waiting.pop(0))]
            new = [one for one in dict.fromkeys(before) if one not in found and one != id]
            found.update(dict.fromkeys(new))
            waiting += new
        return [self._by_id[one] for one in found]

    def heirs(self, id: int, on: date) -> list[Unit]:
        """The units of that day in which the unit goes on: itself while it lives, else what it became, however far."""
        found: dict[int, None] = {}
        waiting, seen = [id], {id}
        while waiting:
            one = self._by_id[waiting.pop(0)]
            if one.lives_on(on):
                found[one.id] = None
                continue
            after = [c.successor_id for c in self.history(one.id) if c.successor_id is not None]
            waiting += [next for next in dict.fromkeys(after) if next not in seen]
            seen.update(after)
        return [self._by_id[one] for one in found]

    def merged_into(self, id: int) -> list[Unit]:
        """The units into which it was merged whole, one after the other; a split ends the line."""
        found: list[Unit] = []
        while True:
            into = next((c.successor_id for c in self.history(id) if c.kind == MERGED), None)
            if into is None or any(u.id == into for u in found):
                return found
            id = into
            found.append(self._by_id[id])


def load(tx: Tx) -> Units:
    """Every unit there is, and all that became of them."""
    rows = tx.execute(select(unit).order_by(unit.c.id)).all()
    parents = {row.id: row.parent_id for row in rows}

    def above(id: int) -> tuple[int, ...]:
        chain: list[int] = []
        up = parents[id]
        while up is not None and up not in chain:
            chain.append(up)
            up = parents.get(up)
        return tuple(chain)

    changes = tx.execute(select(unit_change).order_by(unit_change.c.id)).all()
    return Units(
        (
            Unit(r.id, r.code, r.name, r.kind, r.parent_id, above(r.id), tuple(r.aliases), r.valid_from, r.valid_to)
            for r in rows
        ),
        (
            Change(r.id, r.unit_id, r.kind, r.on, r.successor_id, r.was_called, r.was_coded, r.was_under, r.decision)
            for r in changes
        ),
    )


def plant(tx: Tx, seeds: Iterable[UnitSeed]) -> int:
    """Enter those units of a plan that are not there yet, parents first; return how many were new."""
    known, all_seeds = load(tx), list(seeds)
    ids = {seed.code: found.id for seed in all_seeds if (found := known.planted(seed)) is not None}
    new: list[int] = []
    waiting = [seed for seed in all_seeds if seed.code not in ids]
    while waiting:
        ready = [seed for seed in waiting if not seed.parent or _parent(known, ids, seed) is not None]
        if not ready:
            raise ValueError(f"units without a known parent: {[seed.code for seed in waiting]}")
        for seed in ready:
            ids[seed.code] = insert_row(
                tx,
                unit,
                code=seed.code,
                name=seed.name,
                kind=seed.kind,
                parent_id=_parent(known, ids, seed),
                aliases=[*seed.aliases],
                valid_from=seed.valid_from,
                valid_to=seed.valid_to,
            )
            new.append(ids[seed.code])
        waiting = [seed for seed in waiting if seed.code not in ids]
    if new:
        audit.note(tx, "unit.planted", f"unit:{new[0]}", about=new[0], after={"many": len(new), "units": new})
    return len(new)


def _parent(known: Units, ids: Mapping[str, int], seed: UnitSeed) -> int | None:
    if not seed.parent or seed.parent in ids:
        return ids.get(seed.parent)
    found = known.coded(seed.parent)
    return found.id if found else None


# -- what becomes of a unit: each writes one row of the trace, and the same twice changes nothing ----------------------


def rename(tx: Tx, id: int, name: str, *, on: date, decision: str, now: datetime, code: str = "") -> bool:
    """The unit is called `name` (and has `code`, where one is given) from that day on; False if it was already.

    It stays findable by the old name and code. Misunderstood, in words, when it cannot be.
    """
    known = load(tx)
    u, name, decision = _one(known, id), _name(name), _decision(decision)
    code = code.strip() or u.code
    if (name, code) == (u.name, u.code):
        return False
    _still_there(known, u, on, now)
    _free_code(known, code, on, besides={id})
    _free_name(known, name, u.parent_id, on, besides={id})
    _write(tx, u, RENAMED, on, None, decision, now)
    tx.execute(update(unit).where(unit.c.id == id).values(name=name, code=code))
    before, after = (
        {"name": audit.digested(tx, u.name), "code": u.code},
        {"name": audit.digested(tx, name), "code": code},
    )
    _note(tx, "unit.renamed", u, now, decision, before=before, after={**after, "on": f"{on}"})
    return True


def move(tx: Tx, id: int, under: int | None, *, on: date, decision: str, now: datetime) -> bool:
    """The unit stands under another one (None: under nobody) from that day on; False if it did already."""
    known = load(tx)
    u, decision = _one(known, id), _decision(decision)
    if under == u.parent_id:
        return False
    if under is not None:
        over = _one(known, under)
        if id == under or id in over.above:
            raise Misunderstood(UNDER_ITSELF, unit=u.name, over=over.name)
        _lives(over, on)
    _still_there(known, u, on, now)
    _free_name(known, u.name, under, on, besides={id})
    _write(tx, u, MOVED, on, None, decision, now)
    tx.execute(update(unit).where(unit.c.id == id).values(parent_id=under))
    _note(tx, "unit.moved", u, now, decision, before={"under": u.parent_id}, after={"under": under, "on": f"{on}"})
    return True


def merge(tx: Tx, ids: Sequence[int], into: int | NewUnit, *, on: date, decision: str, now: datetime) -> Became:
    """The units end the day before, and one follows them all: one that is there, or a new one that begins on that day.

    Nobody's function passes on with it. Misunderstood, in words, when it cannot be.
    """
    known, decision = load(tx), _decision(decision)
    sources = [_one(known, id) for id in dict.fromkeys(ids)]
    if not sources:
        raise Misunderstood(NO_SOURCE)
    there = _there(known, into, on)
    if there is not None:
        for u in sources:
            if u.id == there.id:
                raise Misunderstood(ITSELF, unit=u.name)
        sources = [u for u in sources if not _followed(known, u, MERGED, on, {there.id})]
        if not sources:
            return Became((there.id,), fresh=False)
        _lives(there, on)
    ending = {u.id for u in sources}
    for u in sources:
        _may_end(known, u, on, besides=ending)
    successor = there.id if there is not None else _begin(tx, known, into, on, besides=ending)
    for u in sources:
        _write(tx, u, MERGED, on, successor, decision, now)
        tx.execute(update(unit).where(unit.c.id == u.id).values(valid_to=on - DAY))
    audit.note(
        tx,
        "unit.merged",
        f"unit:{successor}",
        at=now,
        about=successor,
        before={"units": [u.id for u in sources]},
        after={"unit": successor, "new": there is None, "on": f"{on}", "decision": audit.digested(tx, decision)},
    )
    return Became((successor,), fresh=True)


def split(tx: Tx, id: int, parts: Sequence[int | NewUnit], *, on: date, decision: str, now: datetime) -> Became:
    """The unit ends the day before, and several follow: units that are there, or new ones that begin on that day."""
    known, decision = load(tx), _decision(decision)
    u = _one(known, id)
    there = [_there(known, part, on) for part in parts]
    if len(there) < 2 or len({part.id if part else f"new {n}" for n, part in enumerate(there)}) < len(there):
        raise Misunderstood(TOO_FEW)
    if all(there) and _followed(known, u, SPLIT, on, {part.id for part in there if part}):
        return Became(tuple(part.id for part in there if part), fresh=False)
    for part in there:
        if part is not None and part.id == id:
            raise Misunderstood(PART_ITSELF, unit=u.name)
        if part is not None:
            _lives(part, on)
    _may_end(known, u, on, besides={id})
    follow: list[int] = []
    for part, wanted in zip(there, parts, strict=True):
        follow.append(part.id if part is not None else _begin(tx, known, wanted, on, besides={id}))
        known = known if part is not None else load(tx)
        _write(tx, u, SPLIT, on, follow[-1], decision, now)
    tx.execute(update(unit).where(unit.c.id == id).values(valid_to=on - DAY))
    _note(tx, "unit.split", u, now, decision, before={}, after={"units": follow, "on": f"{on}"})
    return Became(tuple(follow), fresh=True)


def end(tx: Tx, id: int, *, last_day: date, decision: str, now: datetime) -> bool:
    """The unit ends, and nothing is said of what follows it; False if that was entered before."""
    known, decision = load(tx), _decision(decision)
    u, on = _one(known, id), last_day + DAY
    if any((c.kind, c.on) == (ENDED, on) for c in known.history(id)):
        return False
    _may_end(known, u, on, besides={id})
    _write(tx, u, ENDED, on, None, decision, now)
    tx.execute(update(unit).where(unit.c.id == id).values(valid_to=last_day))
    before = {"valid_to": f"{u.valid_to}" if u.valid_to else None}
    _note(tx, "unit.ended", u, now, decision, before=before, after={"valid_to": f"{last_day}"})
    return True


def begin(tx: Tx, new: NewUnit, *, on: date | None, now: datetime) -> Became:
    """A unit that follows no other, there from that day on (None: ever since)."""
    known = load(tx)
    there = _there(known, new, on)
    if there is not None:
        return Became((there.id,), fresh=False)
    id = _begin(tx, known, new, on, besides=set())
    after = {"code": new.code.strip(), "under": new.parent_id, "on": f"{on}" if on else None}
    audit.note(tx, "unit.begun", f"unit:{id}", at=now, about=id, after=after)
    return Became((id,), fresh=True)


def reorganise(tx: Tx, of: Reorganisation, *, decision: str, now: datetime) -> list[Became]:
    """All that a file of a reorganisation says, in its order: units that begin, merge, split, and that end.

    A unit that goes into one other is merged, one that goes into several is split. Misunderstood, in words, when any of
    it cannot be; then the caller's transaction must not be kept.
    """
    goes_into: dict[str, list[str]] = defaultdict(list)
    for seed in of.units:
        for code in seed.came_of:
            goes_into[code].append(seed.code)
    made: dict[str, int] = {}

    def before(code: str) -> int:
        # The day before: a code may go on with another extent.
        found = load(tx).coded(code, of.on - DAY)
        if found is None:
            raise Misunderstood(UNKNOWN_CODE, code=code)
        return found.id

    done: list[Became] = []
    for seed in of.units:
        parent = made.get(seed.parent)
        if seed.parent and parent is None:
            over = load(tx).coded(seed.parent, of.on)
            if over is None:
                raise Misunderstood(UNKNOWN_CODE, code=seed.parent)
            parent = over.id
        new = NewUnit(seed.code, seed.name, seed.kind, parent, seed.aliases)
        whole = [before(code) for code in seed.came_of if len(goes_into[code]) == 1]
        one = (
            merge(tx, whole, new, on=of.on, decision=decision, now=now) if whole else begin(tx, new, on=of.on, now=now)
        )
        made[seed.code] = one.units[0]
        done.append(one)
    for code, parts in goes_into.items():
        if len(parts) > 1:
            follow = [made[part] for part in parts]
            done.append(split(tx, before(code), follow, on=of.on, decision=decision, now=now))
    for code in of.ends:
        id = before(code)
        done.append(Became((id,), end(tx, id, last_day=of.on - DAY, decision=decision, now=now)))
    return done


def _one(known: Units, id: int) -> Unit:
    if id not in known:
        raise Misunderstood(NO_UNIT)
    return known[id]


def _line(text: str) -> str:
    """As it is kept: one line, one space between words, letters composed."""
    return " ".join(unicodedata.normalize("NFC", str(readable(text))).split())


def _name(text: str) -> str:
    name = _line(text)
    if not name:
        raise Misunderstood(NO_NAME)
    if len(name) > LONGEST_NAME:
        raise Misunderstood(LONG_NAME, most=LONGEST_NAME)
    return name


def _decision(text: str) -> str:
    decision = _line(text)
    if not decision:
        raise Misunderstood(NO_DECISION)
    return decision[:LONGEST_NAME]


def _lives(u: Unit, on: date) -> None:
    """Misunderstood unless it is there on that day."""
    if u.valid_from is not None and on < u.valid_from:
        raise Misunderstood(NOT_THERE_YET, unit=u.name, begins=u.valid_from, day=on)
    if u.valid_to is not None and on > u.valid_to:
        raise Misunderstood(NO_MORE, unit=u.name, day=on, last=u.valid_to)


def _still_there(known: Units, u: Unit, on: date, now: datetime) -> None:
    """Misunderstood unless the unit can get another name or place on that day."""
    if on > now.date():
        raise Misunderstood(NOT_YET_DAY, day=on)
    _lives(u, on)
    _nothing_later(known, u, on)


def _nothing_later(known: Units, u: Unit, on: date) -> None:
    later = [change.on for change in known.history(u.id) if change.on > on]
    if later:
        raise Misunderstood(LATER_KNOWN, unit=u.name, later=max(later), day=on)


def _may_end(known: Units, u: Unit, on: date, *, besides: set[int]) -> None:
    """Misunderstood unless the day before `on` can be its last; `besides` end with it."""
    if u.valid_from is not None and on <= u.valid_from:
        raise Misunderstood(NOT_BEGUN, unit=u.name, begins=u.valid_from, day=on)
    followed = [change.on for change in known.history(u.id) if change.kind in (MERGED, SPLIT)]
    if followed:
        raise Misunderstood(HAS_FOLLOWED, unit=u.name, day=followed[-1])
    decided = any(change.kind == ENDED for change in known.history(u.id))
    if u.valid_to is not None and (on > u.valid_to + DAY or (decided and on != u.valid_to + DAY)):
        raise Misunderstood(ENDS_THERE, unit=u.name, last=u.valid_to, next=u.valid_to + DAY, day=on)
    _nothing_later(known, u, on)
    received = [change.on for change in known.came_of(u.id) if change.on >= on]
    if received:
        raise Misunderstood(LATER_KNOWN, unit=u.name, later=max(received), day=on)
    left = [c for c in known.values() if c.parent_id == u.id and c.id not in besides and c.lives_within(on, date.max)]
    if left:
        raise Misunderstood(STILL_UNDER, unit=u.name, units=", ".join(f"{c.name} ({c.code})" for c in left))


def _followed(known: Units, u: Unit, kind: str, on: date, by: set[int]) -> bool:
    """Whether exactly that was entered before."""
    return {c.successor_id for c in known.history(u.id) if (c.kind, c.on) == (kind, on)} == by


def _there(known: Units, wanted: int | NewUnit, on: date | None) -> Unit | None:
    """The unit that is meant; of a new one, the same as entered before; None: it is yet to begin."""
    if isinstance(wanted, int):
        return _one(known, wanted)
    found = known.coded(wanted.code.strip(), on or date.max)
    if found is None or found.valid_from != on:
        return None
    names = (found.name, *known.former_names(found.id))
    return found if fold(wanted.name) in map(fold, names) else None


def _begin(tx: Tx, known: Units, wanted: int | NewUnit, on: date | None, *, besides: set[int]) -> int:
    assert isinstance(wanted, NewUnit)
    name, code, kind = _name(wanted.name), wanted.code.strip(), wanted.kind.strip()
    if not code or len(code) > LONGEST_CODE:
        raise Misunderstood(NO_CODE, most=LONGEST_CODE)
    if not kind or len(kind) > LONGEST_KIND:
        raise Misunderstood(NO_KIND, most=LONGEST_KIND)
    if wanted.parent_id is not None:
        over = _one(known, wanted.parent_id)
        if over.id in besides:
            raise Misunderstood(UNDER_ITSELF, unit=name, over=over.name)
        if on is not None:
            _lives(over, on)
    _free_code(known, code, on or date.min, besides=besides)
    _free_name(known, name, wanted.parent_id, on or date.min, besides=besides)
    return insert_row(
        tx,
        unit,
        code=code,
        name=name,
        kind=kind,
        parent_id=wanted.parent_id,
        aliases=[*wanted.aliases],
        valid_from=on,
        valid_to=None,
    )


def _free_code(known: Units, code: str, on: date, *, besides: set[int]) -> None:
    for u in known.values():
        if u.code == code and u.id not in besides and u.lives_within(on, date.max):
            raise Misunderstood(CODE_TAKEN, code=code, unit=u.name)


def _free_name(known: Units, name: str, under: int | None, on: date, *, besides: set[int]) -> None:
    for u in known.values():
        in_place = under is not None and u.parent_id == under and u.id not in besides
        if in_place and u.lives_within(on, date.max) and _line(u.name).casefold() == name.casefold():
            raise Misunderstood(NAME_TAKEN, name=u.name, code=u.code)


def _write(tx: Tx, u: Unit, kind: str, on: date, successor: int | None, decision: str, now: datetime) -> None:
    insert_row(
        tx,
        unit_change,
        unit_id=u.id,
        kind=kind,
        on=on,
        successor_id=successor,
        was_called=u.name,
        was_coded=u.code,
        was_under=u.parent_id,
        decision=decision,
        at=now,
    )


def _note(
    tx: Tx,
    action: str,
    u: Unit,
    now: datetime,
    decision: str,
    *,
    before: Mapping[str, object],
    after: Mapping[str, object],
) -> None:
    said = {**after, "decision": audit.digested(tx, decision)}
    audit.note(tx, action, f"unit:{u.id}", at=now, about=u.id, before=before, after=said)
