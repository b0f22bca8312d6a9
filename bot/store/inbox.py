"""What came in: every update is here, once, before the platform is told “received”."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from bot.store.engine import Tx
from bot.store.once import insert_new
from bot.store.prepared import Prepared
from bot.store.tables import inbox


@dataclass(frozen=True, slots=True)
class Stored:
    """An update that waits to be worked off."""

    id: int
    account: str
    payload: dict[str, Any]
    speaker: str
    attempts: int


_DONE = Prepared(update(inbox).where(inbox.c.id == bindparam("row")).values(state="done", payload={}))
_TAKE = Prepared(
    update(inbox).where(inbox.c.id == bindparam("row"), inbox.c.state == "new").values(state="done", payload={})
)


def add(
    tx: Tx, account: str, update_id: str, speaker: str, payload: dict[str, Any], now: datetime, *, poison: str = ""
) -> Stored | None:
    """Store the update; None if it was known already. `poison` is why it cannot even be read."""
    id = insert_new(
        tx,
        inbox,
        account=account,
        update_id=update_id,
        speaker=speaker,
        payload=payload,
        state="poison" if poison else "new",
        attempts=0,
        error=poison or None,
        received_at=now,
    )
    return None if id is None else Stored(id, account, payload, speaker, 0)


def done(tx: Tx, id: int) -> None:
    """Worked off: its words are in the draft now, so the copy here is let go; the id stays against repetition."""
    _DONE.count(tx, row=id)


def take(tx: Tx, id: int) -> bool:
    """Mark it as worked off, in the transaction that does so; False if it was already."""
    return _TAKE.count(tx, row=id) == 1


def failed(tx: Tx, id: int, error: str, *, give_up: bool) -> None:
    """The turn broke; after the last attempt the update is set aside as poison."""
    tx.execute(
        update(inbox)
        .where(inbox.c.id == id)
        .values(attempts=inbox.c.attempts + 1, error=error[:2000], state="poison" if give_up else "new")
    )


def waiting(tx: Tx, after: int = 0, limit: int = 1000) -> list[Stored]:
    """What is stored and not yet worked off, oldest first, above the id `after`: the rest of a crash."""
    rows = tx.execute(
        select(inbox).where(inbox.c.state == "new", inbox.c.id > after).order_by(inbox.c.id).limit(limit)
    ).all()
    return [Stored(r.id, r.account, r.payload, r.speaker, r.attempts) for r in rows]
