"""All that a database holds, out and in: every value as text that says the same on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal, Protocol

import psycopg
from alembic import command
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Boolean, Date, DateTime, Engine, Float, Integer, create_engine, inspect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool
from sqlalchemy.types import JSON, TypeEngine

from bot.errors import KheoError, StoreDown
from bot.store import audit, postgres, seals, sqlite
from bot.store.engine import Tx, understood
from bot.store.files import sync
from bot.store.line import plain
from bot.store.migrations import run
from bot.store.tables import metadata

Value = str | None
Row = list[Value]
Kind = Literal["number", "real", "truth", "moment", "day", "json", "text"]

STEP_TABLE = "alembic_version"
EMPTY = "kheo_made_way"
WAITS = "10s"  # for somebody who still has a table in hand; a bot that runs is refused before


class NoDatabase(KheoError):
    """There is no database of Khéo at that place."""


class NotEmpty(KheoError):
    """There are rows already where none may be."""


class Damaged(KheoError):
    """The database file is damaged; the text is what SQLite says of it."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A table: its columns, what kind of value each holds, and the columns by which its rows are in order."""

    name: str
    columns: tuple[str, ...]
    kinds: tuple[Kind, ...]
    key: tuple[str, ...]


class Snapshot(Protocol):
    """The database at one moment. `step` is how far its tables have come; `shapes` are parents first."""

    kind: str
    step: str
    shapes: tuple[Shape, ...]

    def rows(self, shape: Shape) -> Iterator[Row]: ...

    def counters(self) -> dict[str, int]:
        """The highest number that each table has given to a row."""


def head() -> str:
    """The newest step that this program knows."""
    found = ScriptDirectory.from_config(run.config()).get_current_head()
    assert found is not None
    return found


def is_known(step: str) -> bool:
    """Whether this program has come by that step; if not, a newer one made it."""
    try:
        return ScriptDirectory.from_config(run.config()).get_revision(step) is not None
    except CommandError:
        return False


@cache
def shapes(step: str) -> tuple[Shape, ...]:
    """The tables as that step leaves them, parents before children."""
    engine = create_engine(
        "sqlite://", poolclass=StaticPool, creator=lambda: sqlite3.connect(":memory:", isolation_level=None)
    )
    with engine.connect() as connection:
        command.upgrade(run.config(connection), step)
        look = inspect(connection)
        names = [name for name, _ in look.get_sorted_table_and_fkc_names() if name not in (None, STEP_TABLE)]
        found = [
            (name, look.get_columns(name), look.get_pk_constraint(name)["constrained_columns"])
            for name in names
            if name is not None
        ]
    engine.dispose()
    return tuple(
        Shape(
            name,
            tuple(column["name"] for column in columns),
            tuple(_kind(column["type"]) for column in columns),
            tuple(key),
        )
        for name, columns, key in found
    )


def _kind(type: TypeEngine[Any]) -> Kind:
    for found, kind in _KINDS:
        if isinstance(type, found):
            return kind
    return "text"


_KINDS: tuple[tuple[Any, Kind], ...] = (
    (JSON, "json"),
    (Boolean, "truth"),
    (DateTime, "moment"),
    (Date, "day"),
    (Float, "real"),
    (Integer, "number"),
)


@contextmanager
def snapshot(url: str, folder: Path) -> Iterator[Snapshot]:
    """The database at `url` as it stands now, while others go on writing; `folder` takes a copy of an SQLite file.

    Raises NoDatabase, Damaged, StoreDown, and KheoError when a newer program made it.
    """
    parsed = understood(url)
    if parsed.drivername == "sqlite":
        with _of_file(Path(parsed.database or ""), folder) as found:
            yield found
    else:
        with _of_server(url) as found:
            yield found


@contextmanager
def _of_file(path: Path, folder: Path) -> Iterator[Snapshot]:
    if not path.exists():
        raise NoDatabase(str(path))
    copy = folder / "snapshot.db"
    os.close(os.open(copy, os.O_CREAT | os.O_EXCL, 0o600))
    try:
        wait = sqlite.BUSY_MS / 1000
        with closing(sqlite3.connect(path, timeout=wait)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
            (said,) = target.execute("PRAGMA integrity_check").fetchone()
            if said != "ok":
                raise Damaged(said)
            # Whoever opens a file in WAL mode leaves two more beside it.
            target.execute("PRAGMA journal_mode = DELETE")
        with closing(sqlite3.connect(copy, isolation_level=None)) as opened:
            yield _SqliteSnapshot(opened)
    except sqlite3.DatabaseError as error:
        if is_damage(error):
            raise Damaged(str(error)) from error
        raise StoreDown(f"{path}: {error}") from error
    finally:
        copy.unlink(missing_ok=True)


def is_damage(error: BaseException | None) -> bool:
    """Whether SQLite says that the file itself is spoilt."""
    code = getattr(error, "sqlite_errorcode", 0)
    return (code & 0xFF) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class _SqliteSnapshot:
    kind = "sqlite"

    def __init__(self, raw: sqlite3.Connection) -> None:
        self._raw = raw
        known = raw.execute("SELECT 1 FROM sqlite_master WHERE name = ?", [STEP_TABLE]).fetchone()
        self.step = _one_step([] if known is None else raw.execute(f"SELECT version_num FROM {STEP_TABLE}").fetchall())
        self.shapes = shapes(self.step)

    def rows(self, shape: Shape) -> Iterator[Row]:
        columns = ", ".join(map(_quoted, shape.columns))
        cursor = self._raw.execute(f"SELECT {columns} FROM {_quoted(shape.name)} AS t ORDER BY {_order(shape)}")
        out = [_OUT.get(kind, str) for kind in shape.kinds]
        for row in cursor:
            yield [None if value is None else said(value) for said, value in zip(out, row, strict=True)]

    def counters(self) -> dict[str, int]:
        return {
            shape.name: self._raw.execute(f'SELECT coalesce(max("id"), 0) FROM {_quoted(shape.name)}').fetchone()[0]
            for shape in self.shapes
            if _is_counted(shape)
        }


@contextmanager
def _of_server(url: str) -> Iterator[Snapshot]:
    engine = postgres.open_engine(understood(url))
    try:
        with engine.connect() as connection:
            raw: Any = connection.connection.dbapi_connection
            raw.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield _PostgresSnapshot(raw)
            raw.execute("ROLLBACK")
    except DBAPIError as error:
        raise StoreDown(plain(error)) from error
    except psycopg.OperationalError as error:
        raise StoreDown(str(error)) from error
    finally:
        engine.dispose()


class _PostgresSnapshot:
    kind = "postgresql"

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        known = raw.execute("SELECT to_regclass(%s)", [STEP_TABLE]).fetchone()[0]
        self.step = _one_step([] if known is None else raw.execute(f"SELECT version_num FROM {STEP_TABLE}").fetchall())
        self.shapes = shapes(self.step)

    def rows(self, shape: Shape) -> Iterator[Row]:
        columns = ", ".join(
            _SAID.get(kind, "{}::text").format(_quoted(column))
            for column, kind in zip(shape.columns, shape.kinds, strict=True)
        )
        asked = f"COPY (SELECT {columns} FROM {_quoted(shape.name)} AS t ORDER BY {_order(shape)}) TO STDOUT"
        with self._raw.cursor() as cursor, cursor.copy(asked) as copy:
            for row in copy.rows():
                yield list(row)

    def counters(self) -> dict[str, int]:
        found = {}
        for shape in filter(_is_counted, self.shapes):
            asked = "SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence(%s, 'id')::regclass), 0)"
            found[shape.name] = self._raw.execute(asked, [_quoted(shape.name)]).fetchone()[0]
        return found


def seen_by(tx: Tx) -> Snapshot:
    """What an open transaction sees."""
    raw: Any = tx.connection.dbapi_connection
    return _SqliteSnapshot(raw) if tx.dialect.name == "sqlite" else _PostgresSnapshot(raw)


def _one_step(rows: list[tuple[str]]) -> str:
    if not rows:
        raise NoDatabase
    step = rows[0][0]
    if not is_known(step):
        raise KheoError(f"The database was written by a newer Khéo (step {step} is not known here)")
    return step


def fill(tx: Tx, step: str, rows: Callable[[Shape], Iterable[Row]], counters: Mapping[str, int]) -> None:
    """Make the tables of that step in an empty database, put the rows in and go on to the newest step.

    On SQLite the keys must not be enforced on this connection; a table that points to itself has its parents anywhere
    among its rows.
    """
    command.upgrade(run.config(tx), step)
    put = _copy_in if tx.dialect.name == "postgresql" else _insert
    for shape in shapes(step):
        put(tx, shape, rows(shape))
    if tx.dialect.name == "postgresql":
        for shape in filter(_is_counted, shapes(step)):
            _count_on(tx, shape.name, counters.get(shape.name, 0))
    command.upgrade(run.config(tx), "head")


def note_restored(tx: Tx, made_at: datetime, kind: str, now: datetime) -> None:
    """Let the trace tell that a backup was put back, and seal it up to there.

    PostgreSQL leaves gaps between the numbers of rows; on SQLite one that no seal covers would look like a deletion.
    """
    audit.acting(tx, audit.By(audit.SERVER))
    audit.note(tx, "store.restored", "store:1", at=now, after={"on": made_at.isoformat(), "kind": kind})
    _seal_up(tx, now)


def note_moved(tx: Tx, kind: str, now: datetime) -> None:
    """Let the trace tell that all came from a database of that kind, and seal it up to there."""
    audit.acting(tx, audit.By(audit.SERVER))
    audit.note(tx, "store.moved", "store:1", at=now, after={"kind": kind})
    _seal_up(tx, now)


def _seal_up(tx: Tx, now: datetime) -> None:
    mark = seals.mark(tx)
    with suppress(seals.NotYet):
        while mark is not None and seals.seal(tx, mark, now) is not None:
            pass


def _insert(tx: Tx, shape: Shape, rows: Iterable[Row]) -> None:
    into = [_IN.get(kind, str) for kind in shape.kinds]
    columns = ", ".join(map(_quoted, shape.columns))
    statement = f"INSERT INTO {_quoted(shape.name)} ({columns}) VALUES ({', '.join('?' * len(into))})"
    raw: Any = tx.connection.dbapi_connection
    raw.executemany(
        statement,
        ([None if value is None else read(value) for read, value in zip(into, row, strict=True)] for row in rows),
    )


def _copy_in(tx: Tx, shape: Shape, rows: Iterable[Row]) -> None:
    raw: Any = tx.connection.dbapi_connection
    columns = ", ".join(map(_quoted, shape.columns))
    with raw.cursor() as cursor, cursor.copy(f"COPY {_quoted(shape.name)} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _count_on(tx: Tx, table: str, last: int) -> None:
    """Let the numbers go on after the highest that was ever given, also if its row is gone."""
    tx.exec_driver_sql(
        f"SELECT setval(pg_get_serial_sequence('{_quoted(table)}', 'id'), greatest(top, 1), top > 0) "
        f"FROM (SELECT greatest(coalesce(max(id), 0), {int(last)}) AS top FROM {_quoted(table)}) AS counted"
    )


def make_file(path: Path, work: Callable[[Tx], None]) -> None:
    """Make a new SQLite file by `work`, checked and on the disk when this comes back; nothing is left if it raises."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
    engine = sqlite.open_engine(path)
    try:
        with closing(sqlite.SqliteLine(engine)) as line:
            line.execute("PRAGMA foreign_keys = OFF")
            line.execute("BEGIN IMMEDIATE")
            work(line.tx)
            if line.execute("PRAGMA foreign_key_check").fetchone():
                raise KheoError("A row would point to nothing")
            line.commit()
            line.execute("PRAGMA journal_mode = DELETE")
        engine.dispose()
        sync(path)
    except BaseException:
        engine.dispose()
        for name in family(path):
            name.unlink(missing_ok=True)
        raise


def on_server(url: str, aside: str, work: Callable[[Tx], None]) -> bool:
    """Do the work on empty tables of the PostgreSQL database, in one transaction; false if nothing had been there.

    Tables with rows in them are moved into the schema `aside`, with their indexes, counters and triggers.
    """
    with _on_server(url) as connection:
        connection.exec_driver_sql("BEGIN")
        try:
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{WAITS}'")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({run.LOCK})")
            held, moved = _holds_rows(connection), _move_aside(connection, aside)
            work(connection)
            if moved and not held:
                connection.exec_driver_sql(f"DROP SCHEMA {_quoted(aside)} CASCADE")
            connection.exec_driver_sql("COMMIT")
        except BaseException:
            if not connection.invalidated:
                connection.exec_driver_sql("ROLLBACK")
            raise
        return held


def into_empty(url: str, work: Callable[[Tx], None]) -> None:
    """Do the work on the PostgreSQL database, in one transaction, where no row of ours may be; empty tables make way.

    Raises NotEmpty.
    """
    with _on_server(url) as connection:
        connection.exec_driver_sql("BEGIN")
        try:
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{WAITS}'")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({run.LOCK})")
            if _holds_rows(connection):
                raise NotEmpty
            if _move_aside(connection, EMPTY):
                connection.exec_driver_sql(f"DROP SCHEMA {_quoted(EMPTY)} CASCADE")
            work(connection)
            connection.exec_driver_sql("COMMIT")
        except BaseException:
            if not connection.invalidated:
                connection.exec_driver_sql("ROLLBACK")
            raise


def _move_aside(tx: Tx, aside: str) -> bool:
    """Move our tables, and what their triggers call, into a schema of their own; false if there are none."""
    ours = _ours(tx)
    if not ours:
        return False
    tx.exec_driver_sql(f"CREATE SCHEMA {_quoted(aside)}")
    here = "(SELECT oid FROM pg_namespace WHERE nspname = current_schema())"
    functions = (
        "SELECT DISTINCT p.oid::regprocedure::text FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        f"JOIN pg_proc p ON p.oid = t.tgfoid WHERE NOT t.tgisinternal AND c.relnamespace = {here} "
        f"AND p.pronamespace = {here} AND c.relname = ANY(%s)"
    )
    called = tx.exec_driver_sql(functions, (ours,)).scalars().all()
    for table in ours:
        tx.exec_driver_sql(f"ALTER TABLE {_quoted(table)} SET SCHEMA {_quoted(aside)}")
    for function in called:
        tx.exec_driver_sql(f"ALTER FUNCTION {function} SET SCHEMA {_quoted(aside)}")
    return True


def _ours(tx: Tx) -> list[str]:
    """Those of our tables that are there; others may live in the same database."""
    there = set(inspect(tx).get_table_names())
    return sorted(there & {*metadata.tables, STEP_TABLE})


def holds_rows(url: str) -> bool:
    """Whether anything is kept at that place. A file that cannot be read as a database counts as something."""
    parsed = understood(url)
    if parsed.drivername != "sqlite":
        with _on_server(url) as connection:
            return _holds_rows(connection)
    path = Path(parsed.database or "")
    if not path.exists():
        return False
    engine = sqlite.open_engine(path)
    try:
        with engine.connect() as connection:
            return _holds_rows(connection)
    except DBAPIError:
        return True
    finally:
        engine.dispose()


def _holds_rows(tx: Tx) -> bool:
    return any(
        tx.exec_driver_sql(f"SELECT 1 FROM {_quoted(name)} LIMIT 1").first() for name in _ours(tx) if name != STEP_TABLE
    )


def others_at(url: str) -> int:
    """How many connections of Khéo a PostgreSQL database has at this moment; 0 on SQLite, where a lock says it."""
    if understood(url).drivername == "sqlite":
        return 0
    with _on_server(url) as connection:
        asked = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND application_name = 'kheo' AND pid <> pg_backend_pid()"
        )
        return int(connection.exec_driver_sql(asked).scalar_one())


@contextmanager
def _on_server(url: str) -> Iterator[Tx]:
    engine: Engine = postgres.open_engine(understood(url))
    try:
        with engine.connect() as connection:
            yield connection
    except DBAPIError as error:
        raise StoreDown(plain(error)) from error
    finally:
        engine.dispose()


def at_rest(path: Path) -> bool:
    """Fold what stands beside an SQLite file into it; false if it cannot be done: somebody has it open, it is damaged."""
    try:
        with closing(sqlite3.connect(path, isolation_level=None, timeout=1)) as raw:
            return bool(raw.execute("PRAGMA journal_mode = DELETE").fetchone() == ("delete",))
    except sqlite3.DatabaseError:
        return False


def is_in_use(path: Path) -> bool:
    """Whether another process is at work in the SQLite file at this moment; a damaged one is not."""
    try:
        with closing(sqlite3.connect(path, isolation_level=None, timeout=1)) as raw:
            raw.execute("PRAGMA locking_mode = EXCLUSIVE")
            raw.execute("BEGIN EXCLUSIVE")
            raw.execute("ROLLBACK")
    except sqlite3.OperationalError as error:
        return (error.sqlite_errorcode & 0xFF) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    except sqlite3.DatabaseError:
        return False
    return False


def family(path: Path) -> list[Path]:
    """An SQLite file and what stands beside it while it is open."""
    return [path, *(path.with_name(path.name + end) for end in ("-wal", "-shm", "-journal"))]


def _is_counted(shape: Shape) -> bool:
    return shape.key == ("id",)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _order(shape: Shape) -> str:
    # By the column itself: PostgreSQL takes a bare name for what is selected under it, which is its text.
    return ", ".join(f"t.{_quoted(column)}" for column in shape.key or shape.columns)


def _moment_out(value: str) -> str:
    """SQLite has “2024-02-05 02:00:00.000000”, in UTC."""
    return value.replace(" ", "T") + "Z"


def _moment_in(value: str) -> str:
    return value.removesuffix("Z").replace("T", " ")


_OUT: Mapping[Kind, Callable[[Any], str]] = {
    "truth": lambda value: "true" if value else "false",
    "moment": _moment_out,
    "real": lambda value: repr(float(value)),
}
_IN: Mapping[Kind, Callable[[str], Any]] = {
    "truth": lambda value: int(value == "true"),
    "moment": _moment_in,
    "real": float,
    "number": int,
}
_SAID: Mapping[Kind, str] = {
    "moment": """to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""",
    "day": "to_char({}, 'YYYY-MM-DD')",
}
