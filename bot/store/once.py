"""Insert what is not there yet, and hand over long lists of ids, the same on both databases."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from typing import Any

from sqlalchemy import JSON, BigInteger, Select, String, Table, cast, func, insert, literal, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.store.engine import Tx
from bot.store.prepared import Prepared


@cache
def _insert(dialect: str, table: Table) -> Any:
    make = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return make(table).on_conflict_do_nothing()


@cache
def _returning(dialect: str, table: Table, *keys: str) -> Prepared:
    return Prepared(_insert(dialect, table).returning(table.c.id), *keys)


@cache
def _insert_one(table: Table, *keys: str) -> Prepared:
    return Prepared(insert(table), *keys)


def insert_row(tx: Tx, table: Table, **values: Any) -> int:
    """Insert one row and return its id."""
    return _insert_one(table, *values).key(tx, **values)


def insert_new(tx: Tx, table: Table, **values: Any) -> int | None:
    """Insert one row; its id, or None when a unique key says that it is there already."""
    id: int | None = _returning(tx.dialect.name, table, *values).scalar(tx, **values)
    return id


def insert_once(tx: Tx, table: Table, **values: Any) -> None:
    """Insert one row of a table whose key is no number, unless it is there already."""
    tx.execute(_insert(tx.dialect.name, table).values(**values))


def inserting(tx: Tx, table: Table, columns: list[str], rows: Select[Any]) -> Any:
    """INSERT … SELECT of what is not there yet; its `rowcount` says how many rows were new."""
    # SQLite cannot tell an ON CONFLICT after SELECT from a join's ON without a WHERE: the callers' selects have one.
    return _insert(tx.dialect.name, table).from_select(columns, rows)


def insert_new_from(tx: Tx, table: Table, columns: list[str], rows: Select[Any]) -> int:
    """The same, done; returns how many rows were new."""
    made = tx.execute(inserting(tx, table, columns, rows), execution_options={"preserve_rowcount": True})
    return made.rowcount


def ids_of(tx: Tx, numbers: Iterable[int]) -> Select[tuple[int]]:
    """The numbers as rows of one column, `id`: for `in_(…)`, or as a subquery to be joined.

    They go in as one JSON text, however many they are: a list of parameters would be too long for a province.
    """
    text = literal(json.dumps(list(numbers)), String)
    if tx.dialect.name == "postgresql":
        each = func.json_array_elements_text(cast(text, JSON)).table_valued("value", name="handed_over")
        return select(cast(each.c.value, BigInteger).label("id"))
    return select(func.json_each(text).table_valued("value", name="handed_over").c.value.label("id"))
