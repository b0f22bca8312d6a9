"""The seals of the trace: a chain of digests over its rows, and the look whether it still holds.

A row's canonical form is its columns but the id as JSON: names sorted, no blanks, the moment in UTC to the microsecond;
the same on both databases. A seal's digest (SHA-256) covers its own number and moment, the digest of the seal before it,
and the id and digest of each of its rows. Whoever may write to the database can make a whole new chain: that shows only
beside a copy of a digest outside, which is why every seal is also written to the log.

On PostgreSQL rows can be committed in another order than they got their ids. `mark` and `seal` therefore run in two
transactions: the first notes the newest id that can be seen and then takes a transaction id for itself; whoever was
given a smaller row id before had its transaction id before, too. `seal` waits until no older transaction is open any
more. Nothing is locked for it, and a row costs nothing more. On SQLite one writes at a time, and nothing is to wait for.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Numeric, String, Text, bindparam, cast, func, select, type_coerce

from bot.store.engine import Tx
from bot.store.once import insert_row
from bot.store.tables import audit, audit_seal

ROWS = 500  # of one seal, at most
PAGE = 1000  # rows that are read at once
MARK_LETTERS = 12  # of a row's digest, kept to say which row it is that differs
_SEALING = 0x4B68656F + 2  # on PostgreSQL one process seals at a time
_FORM = "kheo-trace-1"


class NotYet(Exception):
    """Some transaction that may have been given one of the rows is still open."""


class Mark(NamedTuple):
    """The newest row that was seen, and the transaction before which all must have ended before it is sealed."""

    row: int
    transaction: int


@dataclass(frozen=True, slots=True)
class Seal:
    id: int
    first: int
    last: int
    many: int
    marks: str
    previous: str
    digest: str
    at: datetime


def mark(tx: Tx) -> Mark | None:
    """How far the trace goes now; None if all of it is sealed."""
    newest = tx.execute(select(func.max(audit.c.id))).scalar() or 0
    if newest <= (tx.execute(select(func.max(audit_seal.c.last))).scalar() or 0):
        return None
    if tx.dialect.name != "postgresql":
        return Mark(newest, 0)
    # Only now, after the look: every id up to `newest` was given to a transaction that is older than this one.
    return Mark(newest, int(tx.execute(select(cast(func.pg_current_xact_id(), String))).scalar_one()))


def seal(tx: Tx, mark: Mark, now: datetime, at_most: int = ROWS) -> Seal | None:
    """Seal what comes after the last seal, up to the mark and at most so many rows; None if nothing is left of it.

    Raises NotYet when it is too early: the same mark will do later.
    """
    if tx.dialect.name == "postgresql":
        tx.execute(select(func.pg_advisory_xact_lock(_SEALING)))
        oldest = cast(cast(func.pg_snapshot_xmin(func.pg_current_snapshot()), String), Numeric)
        if tx.execute(select(oldest)).scalar_one() < mark.transaction:
            raise NotYet
    last = tx.execute(select(audit_seal).order_by(audit_seal.c.id.desc()).limit(1)).first()
    found = [row for row in _page(tx, last.last if last else None, at_most) if row.id <= mark.row]
    if not found:
        return None
    marks = [f"{row.id}:{_digest(row)[:MARK_LETTERS]}" for row in found]
    made: dict[str, Any] = {
        "id": last.id + 1 if last else 1,
        "first": found[0].id,
        "last": found[-1].id,
        "many": len(found),
        "previous": last.digest if last else "",
        "at": now,
    }
    digest = _sealed(made, ((row.id, _digest(row)) for row in found))
    insert_row(tx, audit_seal, **made, marks=" ".join(marks), digest=digest)
    return Seal(**made, marks=" ".join(marks), digest=digest)


def grouped(digest: str) -> str:
    """A digest as people read and copy it; never a row of figures that looks like a telephone number."""
    return "-".join(digest[at : at + 8] for at in range(0, len(digest), 8))


def _digest(row: Any) -> str:
    """The digest of one row. ValueError if it holds what no row of ours can."""
    said = {
        "about": row.about,
        "action": row.action,
        "after": _json(row.after),
        "at": _moment(row.at),
        "before": _json(row.before),
        "channel": row.channel,
        "object": row.object,
        "person": row.person,
        "unit": row.unit,
    }
    try:
        canonical = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    except TypeError as odd:
        raise ValueError(str(odd)) from odd
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


def _json(text: str | None) -> Any:
    return None if text is None else json.loads(text, object_pairs_hook=_without_doubles)


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A name that stands twice would hide its first value from the digest."""
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a name stands twice")
    return dict(pairs)


def _moment(at: datetime | str) -> str:
    read = datetime.fromisoformat(at).replace(tzinfo=UTC) if isinstance(at, str) else at.astimezone(UTC)
    return read.isoformat(timespec="microseconds")


def _sealed(about: Any, rows: Iterator[tuple[int, str]] | Sequence[tuple[int, str]]) -> str:
    """The digest of a seal with this number, moment, range and predecessor, over these rows."""
    head = {**{name: about[name] for name in ("id", "first", "last", "many", "previous")}, "at": _moment(about["at"])}
    taken = hashlib.sha256(f"{_FORM}\n{json.dumps(head, sort_keys=True, separators=(',', ':'))}\n".encode())
    for id, digest in rows:
        taken.update(f"{id} {digest}\n".encode())
    return taken.hexdigest()


def _page(tx: Tx, after: int | None, limit: int) -> list[Any]:
    """Rows above that id, as text where the database does not see to their kind: whoever tampers writes what they like."""
    lite = tx.dialect.name == "sqlite"
    columns = [
        audit.c.id,
        type_coerce(audit.c.at, String).label("at") if lite else audit.c.at,
        audit.c.person,
        audit.c.unit,
        audit.c.channel,
        audit.c.action,
        audit.c.object,
        audit.c.about,
        *(
            (type_coerce if lite else cast)(column, Text).label(column.name)
            for column in (audit.c.before, audit.c.after)
        ),
    ]
    statement = select(*columns).order_by(audit.c.id).limit(limit)
    return list(tx.execute(statement if after is None else statement.where(audit.c.id > after)).all())


# -- the look whether it holds ---------------------------------------------------------------------------------------

CHANGED, MOVED, MISSING, INSERTED, UNREADABLE = "changed", "moved", "missing", "inserted", "unreadable"
SEAL_CHANGED, SEAL_MISSING, SEAL_CUT, HEAD_MISSING = "seal changed", "seal missing", "seal cut", "head missing"
NO_END = 2**63
MOST_FAULTS = 200  # that are told one by one


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong: with which row (and its moment, as it stands there now), in which seal."""

    kind: str
    row: int = 0
    at: str = ""
    seal: int = 0
    other: int = 0
    """Of a row that was moved the one that stood there before; of what is missing the last one."""
    digest: str = ""


@dataclass(slots=True)
class Verdict:
    """What was looked at, and what is wrong with it."""

    faults: list[Fault] = field(default_factory=list)
    more: int = 0
    """Faults beyond those that are told."""
    rows: int = 0
    seals: int = 0
    head: str = ""
    """The digest of the last seal: what an outside copy is to be compared with later."""
    sealed_at: str = ""
    unused: int = 0
    """Numbers below the last seal that no row has, where every row has the next number."""
    unsealed: int = 0
    unsealed_since: str = ""

    def add(self, fault: Fault) -> None:
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(fault)
        else:
            self.more += 1

    @property
    def sound(self) -> bool:
        return not self.faults


def verify(tx: Tx, heads: Sequence[str] = ()) -> Verdict:
    """Go through the whole trace, row by row; `heads` are digests of seals that were kept elsewhere."""
    verdict = Verdict()
    wanted = {head.strip().lower().replace("-", ""): head for head in heads}
    rows = _Rows(tx)
    consecutive = tx.dialect.name == "sqlite"  # what is not committed there gives its number back
    number, last, previous = 0, 0, ""
    for one in _seals(tx):
        verdict.seals += 1
        wanted.pop(one.digest, None)
        if one.id != number + 1:
            verdict.add(Fault(SEAL_MISSING, seal=number + 1, other=one.id - 1, row=_number(one.first)))
            verdict.rows += sum(1 for _ in rows.up_to(_number(one.first) - 1))  # no seal is left that would know them
        elif one.previous != previous:
            verdict.add(Fault(SEAL_CUT, seal=one.id))
        _look_at(verdict, one, rows)
        if consecutive:
            verdict.unused += max(0, _number(one.last) - last - _number(one.many))
        number, last, previous = _number(one.id), _number(one.last), one.digest
        verdict.head, verdict.sealed_at = one.digest, _told(one.at)
    _look_at_the_rest(verdict, rows, last, consecutive=consecutive)
    for head in wanted.values():
        verdict.add(Fault(HEAD_MISSING, digest=head))
    return verdict


class _Rows:
    """The rows of the trace, one after the other, a page at a time."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self._waiting: list[Any] = []
        self._last: int | None = None
        self._over = False

    def next(self) -> Any:
        """The next row without taking it; None at the end."""
        if not self._waiting and not self._over:
            self._waiting = _page(self._tx, self._last, PAGE)[::-1]
            self._over = not self._waiting
            if self._waiting:
                self._last = self._waiting[0].id
        return self._waiting[-1] if self._waiting else None

    def up_to(self, last: int) -> Iterator[Any]:
        """Take the rows up to that id."""
        while (row := self.next()) is not None and row.id <= last:
            yield self._waiting.pop()


def _seals(tx: Tx) -> Iterator[Any]:
    at = type_coerce(audit_seal.c.at, String).label("at") if tx.dialect.name == "sqlite" else audit_seal.c.at
    columns = [at if column is audit_seal.c.at else column for column in audit_seal.c]
    page = select(*columns).where(audit_seal.c.id > bindparam("last")).order_by(audit_seal.c.id).limit(100)
    last = -NO_END
    while found := tx.execute(page, {"last": last}).all():
        yield from found
        last = found[-1].id


def _look_at(verdict: Verdict, one: Any, rows: _Rows) -> None:
    """Whether the rows of a seal are those that were sealed."""
    there: dict[int, tuple[str, str]] = {}
    for row in rows.up_to(_number(one.last)):
        verdict.rows += 1
        try:
            there[row.id] = (_digest(row), _told(row.at))
        except (ValueError, RecursionError):
            there[row.id] = ("", _told(row.at))
    try:
        holds = _sealed(one._mapping, [(id, digest) for id, (digest, _) in there.items()]) == one.digest
    except (ValueError, AttributeError, TypeError):
        holds = False
    if holds:
        return
    before = len(verdict.faults) + verdict.more
    marks = dict(_marks(one.marks))
    stood = {digest: id for id, digest in marks.items()}
    for id in sorted({*marks, *there}):
        digest, at = there.get(id, ("", ""))
        if id not in there:
            verdict.add(Fault(MISSING, row=id, seal=one.id))
        elif id not in marks:
            verdict.add(Fault(INSERTED, row=id, at=at, seal=one.id))
        elif not digest:
            verdict.add(Fault(UNREADABLE, row=id, at=at, seal=one.id))
        elif digest[:MARK_LETTERS] != marks[id]:
            other = stood.get(digest[:MARK_LETTERS], 0)
            verdict.add(Fault(MOVED if other else CHANGED, row=id, at=at, seal=one.id, other=other))
    if len(verdict.faults) + verdict.more == before:
        verdict.add(Fault(SEAL_CHANGED, seal=one.id, row=_number(one.first), other=_number(one.last)))


def _marks(written: str) -> Iterator[tuple[int, str]]:
    for one in str(written).split():
        id, _, digest = one.partition(":")
        if id.isdecimal():
            yield int(id), digest


def _look_at_the_rest(verdict: Verdict, rows: _Rows, last: int, *, consecutive: bool) -> None:
    """What is not sealed yet."""
    for row in rows.up_to(NO_END):
        verdict.rows += 1
        verdict.unsealed += 1
        verdict.unsealed_since = verdict.unsealed_since or _told(row.at)
        if consecutive and row.id != last + 1:
            verdict.add(Fault(MISSING, row=last + 1, other=row.id - 1))
        last = row.id


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _told(at: Any) -> str:
    """The moment as it stands there; empty if it is none."""
    try:
        return _moment(at)
    except (ValueError, AttributeError, TypeError):
        return ""
