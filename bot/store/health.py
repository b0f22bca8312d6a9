"""What an examination asks of the database, read only: is it sound, what waits, what was given up."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg
from alembic.migration import MigrationContext
from sqlalchemy import Engine, and_, case, exists, func, select
from sqlalchemy.exc import DBAPIError

from bot.errors import StoreDown
from bot.store import postgres, sqlite, whole
from bot.store.engine import Tx, understood
from bot.store.line import plain
from bot.store.people import held_on
from bot.store.tables import address, audit, audit_seal, draft_event, inbox, outbox, person, role, unwanted

MOST = 20  # faults of a file that are named; a damaged one has thousands
WAITING, DEAD = ("pending", "leased", "sending"), ("failed",)


@dataclass(frozen=True, slots=True)
class Queue:
    """Messages that wait, since when the oldest could have gone (epoch seconds; 0: none), and how many were given up."""

    waiting: int
    since: float
    given_up: int


@contextmanager
def examined(url: str) -> Iterator[Tx]:
    """The database at `url` in one transaction that only reads. Raises whole.NoDatabase, whole.Damaged, StoreDown."""
    parsed = understood(url)
    engine: Engine
    if parsed.drivername == "sqlite":
        path = Path(parsed.database or "")
        if not path.exists():
            raise whole.NoDatabase(str(path))
        engine = sqlite.open_engine(path)
        begin = "BEGIN"
    else:
        engine = postgres.open_engine(parsed)
        begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    try:
        with engine.connect() as tx:
            tx.exec_driver_sql(begin)
            yield tx
            tx.exec_driver_sql("ROLLBACK")
    except DBAPIError as error:
        if parsed.drivername == "sqlite" and whole.is_damage(error.orig):
            raise whole.Damaged(plain(error)) from error
        raise StoreDown(plain(error)) from error
    except (sqlite3.Error, psycopg.Error) as error:  # from what speaks to the driver itself
        if whole.is_damage(error):
            raise whole.Damaged(str(error)) from error
        raise StoreDown(str(error)) from error
    finally:
        engine.dispose()


def step(tx: Tx) -> str:
    """How far the tables have come; empty if there are none."""
    return MigrationContext.configure(tx).get_current_revision() or ""


def faults(tx: Tx) -> list[str]:
    """What the database itself says is wrong with it."""
    if tx.dialect.name == "sqlite":
        said = [str(row[0]) for row in tx.exec_driver_sql(f"PRAGMA integrity_check({MOST})").all()]
        loose = [f"{row[0]} {row[1]} → {row[2]}" for row in tx.exec_driver_sql("PRAGMA foreign_key_check").all()]
        return [line for line in said if line != "ok"] + loose[:MOST]
    invalid = (
        "SELECT conrelid::regclass::text || ' ' || conname FROM pg_constraint WHERE contype = 'f' AND NOT convalidated "
        "AND connamespace = current_schema()::regnamespace UNION ALL "
        "SELECT indexrelid::regclass::text FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid "
        "WHERE NOT indisvalid AND relnamespace = current_schema()::regnamespace"
    )
    return [str(row[0]) for row in tx.exec_driver_sql(invalid).all()][:MOST]


def server(tx: Tx) -> tuple[int, str]:
    """Of a PostgreSQL its version (150004 is 15.4) and the encoding of its texts; of SQLite (0, "UTF8")."""
    if tx.dialect.name == "sqlite":
        return 0, "UTF8"
    version, encoding = tx.exec_driver_sql(
        "SELECT current_setting('server_version_num')::int, current_setting('server_encoding')"
    ).one()
    return int(version), str(encoding)


def engine(tx: Tx, schema: str) -> tuple[bool, bool]:
    """Of a PostgreSQL: whether the schema in which the shared ticks are kept is there, and whether we may make one."""
    row = tx.exec_driver_sql(
        f"SELECT to_regnamespace('{schema}') IS NOT NULL, has_database_privilege(current_database(), 'CREATE')"
    ).one()
    return bool(row[0]), bool(row[1])


def newest(tx: Tx) -> datetime | None:
    """The latest moment at which anything came in or was done."""
    found = [
        tx.execute(select(func.max(column))).scalar()
        for column in (inbox.c.received_at, audit.c.at, draft_event.c.at, outbox.c.created_at)
    ]
    return max((moment for moment in found if moment is not None), default=None)


def going_out(tx: Tx) -> Queue:
    waits = outbox.c.state.in_(WAITING)
    row = tx.execute(
        select(
            func.count(case((waits, 1))),
            func.min(case((waits, outbox.c.not_before))),
            func.count(case((outbox.c.state.in_(DEAD), 1))),
        )
    ).one()
    return Queue(row[0], row[1] or 0.0, row[2])


def coming_in(tx: Tx) -> Queue:
    is_new = inbox.c.state == "new"
    row = tx.execute(
        select(
            func.count(case((is_new, 1))),
            func.min(inbox.c.received_at).filter(is_new),
            func.count(case((inbox.c.state == "poison", 1))),
        )
    ).one()
    return Queue(row[0], row[1].timestamp() if row[1] else 0.0, row[2])


def unsealed(tx: Tx) -> tuple[int, datetime | None]:
    """How many rows of the trace no seal covers, and the moment of the oldest."""
    last = select(func.coalesce(func.max(audit_seal.c.last), 0)).scalar_subquery()
    row = tx.execute(select(func.count(), func.min(audit.c.at)).where(audit.c.id > last)).one()
    return row[0], row[1]


def out_of_reach(tx: Tx, now: datetime) -> tuple[int, int]:
    """How many people with a function have addresses and none that works; how many groups are lost."""
    holds = exists().where(
        role.c.person_id == person.c.id,
        held_on(now.date()),
    )
    theirs = and_(address.c.person_id == person.c.id, address.c.private)
    people = tx.execute(
        select(func.count())
        .select_from(person)
        .where(
            person.c.erased_at.is_(None),
            holds,
            exists().where(theirs),
            ~exists().where(theirs, address.c.state == "ok"),
        )
    ).scalar_one()
    groups = tx.execute(
        select(func.count()).where(address.c.unit_id.is_not(None), ~address.c.private, address.c.state != "ok")
    ).scalar_one()
    return people, groups


def erased(tx: Tx) -> dict[int, datetime]:
    """Whose contact data were erased at their own wish, with the moment at which they were entered."""
    rows = tx.execute(select(person.c.id, person.c.created_at).where(person.c.erased_at.is_not(None)))
    return {row.id: row.created_at for row in rows}


def not_erased(tx: Tx) -> dict[int, datetime]:
    """Everybody else, in the same way."""
    rows = tx.execute(select(person.c.id, person.c.created_at).where(person.c.erased_at.is_(None)))
    return {row.id: row.created_at for row in rows}


def to_go(tx: Tx) -> set[str]:
    """The digests of files that are let go of as soon as nothing names them."""
    return set(tx.execute(select(unwanted.c.sha256)).scalars())
