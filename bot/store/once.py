"""Insert what is not there yet, the same on both databases."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Select, Table, insert
from sqlalchemy.dialects import postgresql, sqlite

from bot.store.engine import Tx


@cache
def _insert(dialect: str, table: Table) -> Any:
    make = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return make(table).on_conflict_do_nothing()


@cache
def _returning(dialect: str, table: Table) -> Any:
    return _insert(dialect, table).returning(table.c.id)


@cache
def _insert_one(table: Table) -> Any:
    return insert(table)


def insert_row(tx: Tx, table: Table, **values: Any) -> int:
    """Insert one row and return its id."""
    key: Any = tx.execute(_insert_one(table), values).inserted_primary_key
    return int(key[0])


def insert_new(tx: Tx, table: Table, **values: Any) -> int | None:
    """Insert one row; its id, or None when a unique key says that it is there already."""
    id: int | None = tx.execute(_returning(tx.dialect.name, table), values).scalar()
    return id


def insert_new_from(tx: Tx, table: Table, columns: list[str], rows: Select[Any]) -> int:
    """INSERT … SELECT of what is not there yet; returns how many rows were new."""
    # SQLite cannot tell an ON CONFLICT after SELECT from a join's ON without a WHERE: the callers' selects have one.
    statement = _insert(tx.dialect.name, table).from_select(columns, rows).returning(table.c.id)
    return len(tx.execute(statement).all())
