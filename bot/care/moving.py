"""An office moves from SQLite to PostgreSQL, whole or not at all: looked at, copied, read back and compared, then marked.

Everything on the server is one transaction; the mark beside the old file is set just before its commit. Whoever is
interrupted between the two finds the old office marked and the server empty, and simply does it again.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.care.moved import set_mark, take_mark_away
from bot.errors import KheoError
from bot.store import health, seals, whole
from bot.store.engine import Store, Tx, understood
from bot.store.line import plain
from bot.store.whole import Row, Shape, Snapshot
from bot.texts import language, mark

NO_FILE = mark("There is no SQLite file to move at {place}: check KHEO_DATA and DATABASE_URL.")
ON_SERVER = mark("The office is on PostgreSQL already ({place}); there is nothing to move.")
NO_SERVER = mark("Name a PostgreSQL database to move to: postgresql://USER@HOST/NAME. Back to SQLite: docs/care.md.")
NOT_UP = mark(
    "The tables of the old office are of an earlier Khéo ({step}): start this Khéo on it once (kheo run), end it, then move."
)
RUNS_THERE = mark("Khéo is running on {place}: that is an office of its own. Nothing was touched.")
HELD = mark("There is an office already in {place}. Nothing was touched: name an empty database.")
ENCODING = mark(
    "The texts of {place} are {encoding}, not UTF8: make it anew, CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0."
)
IN_USE = mark("Somebody is at work in {place}: wait until it ends, then move.")
DIFFERS = mark("After copying the table {table} is not the same on both sides. Nothing was kept of it on the server.")
BROKEN_TRACE = mark(
    "The trace of the old office is broken: kheo audit verify says where. Nothing was moved; it is to be looked into first."
)
FAILED = mark("The office could not be moved ({reason}). Nothing was kept on the server; the old office is as it was.")


@dataclass(frozen=True, slots=True)
class Looked:
    """What would be moved: table → rows, and where to (without the password)."""

    counts: Mapping[str, int]
    place: str
    step: str


@dataclass(frozen=True, slots=True)
class Print:
    """Rows of a table: how many, and a digest that does not depend on their order (databases sort texts differently)."""

    rows: int
    digest: int


def look(source: str, target: str) -> Looked:
    """What there is to move, and whether it can be. Raises KheoError with the reason; nothing is changed anywhere."""
    with _ready(source, target) as found:
        counts = {shape.name: sum(1 for _ in found.rows(shape)) for shape in found.shapes}
        return Looked(counts, _place(target), found.step)


def move(source: str, target: str, now: datetime) -> Looked:
    """Move it. Raises KheoError or StoreDown; then nothing stands on the server, and the old office goes on."""
    with _ready(source, target) as found:
        prints: dict[str, Print] = {}
        marked = False

        def work(tx: Tx) -> None:
            nonlocal marked
            whole.fill(tx, found.step, lambda shape: _printed(shape, found.rows(shape), prints), found.counters())
            _compare(tx, prints)
            whole.note_moved(tx, found.kind, now)
            set_mark(source, _place(target), now)
            marked = True

        try:
            whole.into_empty(target, work)
        except whole.NotEmpty:
            raise KheoError(language("vi").say(HELD, place=_place(target))) from None
        except BaseException as wrong:
            if marked and not _arrived(target):
                take_mark_away(source)
            if isinstance(wrong, (KheoError, KeyboardInterrupt, SystemExit)):
                raise
            raise KheoError(language("vi").say(FAILED, reason=plain(wrong))) from wrong
        return Looked({name: one.rows for name, one in prints.items()}, _place(target), found.step)


def _arrived(target: str) -> bool:
    """Whether the commit whose answer was not heard stands after all; where nobody can tell, the mark is left."""
    try:
        return whole.holds_rows(target)
    except (KheoError, OSError):
        return True


@contextmanager
def _ready(source: str, target: str) -> Iterator[Snapshot]:
    """The old office as it stands, with nobody at work in it, once it is known that it can be moved there."""
    say = language("vi")
    old, new = understood(source), understood(target)
    if old.drivername != "sqlite":
        raise KheoError(say.say(ON_SERVER, place=_place(source)))
    if new.drivername == "sqlite":
        raise KheoError(say.say(NO_SERVER))
    file = Path(old.database or "")
    if not file.exists():
        raise KheoError(say.say(NO_FILE, place=file))
    store = Store(source, exclusive=True)  # SettingsWrong with the number of the process that holds the lock
    try:
        if whole.is_in_use(file):
            raise KheoError(say.say(IN_USE, place=file))
        _check_target(target)
        with (
            tempfile.TemporaryDirectory(prefix=".moving-", dir=file.parent) as aside,
            whole.snapshot(source, Path(aside)) as found,
        ):
            if found.step != whole.head():
                raise KheoError(say.say(NOT_UP, step=found.step))
            yield found
    finally:
        store.close()


def _check_target(target: str) -> None:
    say, place = language("vi"), _place(target)
    with health.examined(target) as tx:
        _, encoding = health.server(tx)
    if encoding != "UTF8":
        raise KheoError(say.say(ENCODING, place=place, encoding=encoding))
    if whole.others_at(target):
        raise KheoError(say.say(RUNS_THERE, place=place))
    if whole.holds_rows(target):
        raise KheoError(say.say(HELD, place=place))


def _place(url: str) -> str:
    """The address without its password."""
    return understood(url).set(drivername="postgresql").render_as_string(hide_password=True)


def _printed(shape: Shape, rows: Iterable[Row], prints: dict[str, Print]) -> Iterator[Row]:
    """The same rows, whose print is known when all have passed."""
    count, digest = 0, 0
    for row in rows:
        count, digest = count + 1, (digest + _digest(shape, row)) % 2**256
        yield row
    prints[shape.name] = Print(count, digest)


def _digest(shape: Shape, row: Row) -> int:
    said = [
        repr(float(value)) if kind == "real" and value is not None else value
        for kind, value in zip(shape.kinds, row, strict=True)
    ]
    return int.from_bytes(hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).digest(), "big")


def _compare(tx: Tx, prints: Mapping[str, Print]) -> None:
    """Read everything back as the server has it now."""
    there = whole.seen_by(tx)
    again: dict[str, Print] = {}
    for shape in there.shapes:
        for _ in _printed(shape, there.rows(shape), again):
            pass
    for name in {*prints, *again}:
        if prints.get(name) != again.get(name):
            raise KheoError(language("vi").say(DIFFERS, table=name))
    if not seals.verify(tx).sound:
        raise KheoError(language("vi").say(BROKEN_TRACE))
