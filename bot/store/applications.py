"""Strangers who ask to be let in: one application that waits at an address, decided once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update

from bot.store import audit
from bot.store.engine import Tx
from bot.store.once import insert_row
from bot.store.tables import application


@dataclass(frozen=True, slots=True)
class Application:
    """Somebody at an address says who they are, for which unit, and what they do there."""

    id: int
    address_id: int
    unit_id: int
    name: str
    post: str
    function: str
    state: str
    reason: str
    decided_by: int | None
    decided_at: datetime | None
    at: datetime


def _application(row: Any) -> Application:
    return Application(
        row.id,
        row.address_id,
        row.unit_id,
        row.name,
        row.post,
        row.function,
        row.state,
        row.reason,
        row.decided_by,
        row.decided_at,
        row.at,
    )


def hand_in(tx: Tx, *, address_id: int, unit_id: int, name: str, post: str, function: str, now: datetime) -> int:
    """A new application that waits; its id."""
    id = insert_row(
        tx,
        application,
        address_id=address_id,
        unit_id=unit_id,
        name=name,
        post=post,
        function=function,
        state="waiting",
        reason="",
        at=now,
    )
    after = {"name": audit.digested(tx, name), "post": audit.digested(tx, post), "address": address_id}
    audit.note(tx, "application.made", f"application:{id}", at=now, about=unit_id, after=after)
    return id


def by_id(tx: Tx, id: int) -> Application | None:
    row = tx.execute(select(application).where(application.c.id == id)).first()
    return _application(row) if row else None


def waiting_at(tx: Tx, address_id: int) -> Application | None:
    """The application that waits for an answer at that address."""
    row = tx.execute(
        select(application).where(application.c.address_id == address_id, application.c.state == "waiting")
    ).first()
    return _application(row) if row else None


def made_since(tx: Tx, address_id: int, since: datetime) -> int:
    """How many were handed in at that address since then, whatever became of them."""
    made = select(func.count()).where(application.c.address_id == address_id, application.c.at > since)
    return int(tx.execute(made).scalar_one())


def waiting(tx: Tx, unit_ids: Iterable[int]) -> list[Application]:
    """All that wait for these units, the oldest first."""
    rows = tx.execute(
        select(application)
        .where(application.c.state == "waiting", application.c.unit_id.in_(list(unit_ids)))
        .order_by(application.c.id)
    ).all()
    return [_application(row) for row in rows]


def decide(tx: Tx, id: int, state: str, now: datetime, *, by: int | None = None, reason: str = "") -> bool:
    """approved | declined | withdrawn, once: False if it does not wait any more."""
    decided = tx.execute(
        update(application)
        .where(application.c.id == id, application.c.state == "waiting")
        .values(state=state, reason=reason, decided_by=by, decided_at=now)
    )
    if decided.rowcount != 1:
        return False
    after = {"state": state} | ({"reason": audit.digested(tx, reason)} if reason else {})
    unit_id = tx.execute(select(application.c.unit_id).where(application.c.id == id)).scalar()
    audit.note(
        tx, f"application.{state}", f"application:{id}", at=now, about=unit_id, before={"state": "waiting"}, after=after
    )
    return True
