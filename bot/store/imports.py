"""Entering lists: units and people as a list names them, each change with its row in the trace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select, update

from bot.store import audit
from bot.store.engine import Tx
from bot.store.once import insert_row
from bot.store.tables import role, unit

_ENTERING = 0x4B68656F + 3  # on PostgreSQL one enters lists at a time: two would not see each other's people


def alone(tx: Tx) -> None:
    """Until this work ends nobody else enters a list: what is looked at after this is what will be written to."""
    if tx.dialect.name == "postgresql":
        tx.execute(select(func.pg_advisory_xact_lock(_ENTERING)))


def enter_unit(
    tx: Tx,
    *,
    code: str,
    name: str,
    kind: str,
    parent_id: int | None,
    aliases: Sequence[str],
    valid_from: date | None,
    valid_to: date | None,
    now: datetime,
) -> int:
    """A unit that was not there; returns its id."""
    id = insert_row(
        tx,
        unit,
        code=code,
        name=name,
        kind=kind,
        parent_id=parent_id,
        aliases=list(aliases),
        valid_from=valid_from,
        valid_to=valid_to,
    )
    after = {
        "code": code,
        "name": audit.digested(tx, name),
        "kind": kind,
        "parent": parent_id,
        "valid_from": valid_from,
        "valid_to": valid_to,
    }
    audit.note(tx, "unit.entered", f"unit:{id}", at=now, about=id, after=after)
    return id


def complete_unit(tx: Tx, id: int, values: Mapping[str, Any], now: datetime) -> None:
    """Lay values over what is known of a unit: its spelling, other names, the day from which it stands."""
    before = tx.execute(select(unit).where(unit.c.id == id)).one()._mapping
    tx.execute(update(unit).where(unit.c.id == id).values(**values))
    audit.note(
        tx,
        "unit.completed",
        f"unit:{id}",
        at=now,
        about=id,
        before={name: _traced(tx, before[name]) for name in values},
        after={name: _traced(tx, value) for name, value in values.items()},
    )


def date_role(tx: Tx, role_id: int, valid_from: date | None, valid_to: date | None, now: datetime) -> None:
    """The days between which a function is held, as they are now known to be."""
    before = tx.execute(select(role).where(role.c.id == role_id)).one()
    tx.execute(update(role).where(role.c.id == role_id).values(valid_from=valid_from, valid_to=valid_to))
    audit.note(
        tx,
        "role.dated",
        f"person:{before.person_id}",
        at=now,
        about=before.unit_id,
        before={"function": before.function, "valid_from": before.valid_from, "valid_to": before.valid_to},
        after={"function": before.function, "valid_from": valid_from, "valid_to": valid_to},
    )


def note_list(tx: Tx, kind: str, digest: str, counts: Mapping[str, int], now: datetime) -> None:
    """One row for the list itself, beside those of its changes."""
    audit.note(tx, f"{kind}.imported", f"file:{digest[:40]}", at=now, after={"file": digest, **counts})


def _traced(tx: Tx, value: Any) -> Any:
    """Days as they are, words as their digest."""
    if value is None or isinstance(value, date):
        return value
    return audit.digested(tx, value if isinstance(value, str) else "; ".join(value))
