"""What came in: every update is here, once, before the platform is told “received”."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, bindparam, cast, func, or_, select, text, update

from bot.store.engine import Tx
from bot.store.holds import absent
from bot.store.once import ids_of, insert_new
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


LEASE_SECONDS = 15.0
"""After which another process takes over what one has not worked off, renewed as long as it is at it."""

_DONE = Prepared(update(inbox).where(inbox.c.id == bindparam("row")).values(state="done", payload={}))
_TAKE = Prepared(
    update(inbox).where(inbox.c.id == bindparam("row"), inbox.c.state == "new").values(state="done", payload={})
)
_earlier = inbox.alias("earlier")
_BEFORE_IT = (
    _earlier.c.speaker == inbox.c.speaker,
    _earlier.c.account == inbox.c.account,
    _earlier.c.id < inbox.c.id,
    _earlier.c.state == text("'new'"),
)
_LOCK = Prepared(select(func.pg_advisory_xact_lock(func.hashtextextended(cast(bindparam("speaker"), String), 0))))
_TAKE_NEXT = Prepared(
    update(inbox)
    .where(inbox.c.id == bindparam("row"), inbox.c.state == "new", ~select(_earlier.c.id).where(*_BEFORE_IT).exists())
    .values(state="done", payload={})
)


def add(
    tx: Tx,
    account: str,
    update_id: str,
    speaker: str,
    payload: dict[str, Any],
    now: datetime,
    *,
    poison: str = "",
    owner: str = "",
    real: float = 0.0,
) -> Stored | None:
    """Store the update; None if it was known already. `poison` is why it cannot even be read.

    `owner` will work it off, within a lease that begins at `real`; without one it is anybody's.
    """
    leased = {"owner": owner, "lease_until": real + LEASE_SECONDS} if owner else {}
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
        **leased,
    )
    return None if id is None else Stored(id, account, payload, speaker, 0)


def done(tx: Tx, id: int) -> None:
    """Worked off: its words are in the draft now, so the copy here is let go; the id stays against repetition."""
    _DONE.count(tx, row=id)


def take(tx: Tx, id: int) -> bool:
    """Mark it as worked off, in the transaction that does so; False if it was already."""
    return _TAKE.count(tx, row=id) == 1


def take_next(tx: Tx, stored: Stored) -> bool:
    """As `take`, where several processes do so: nobody else is at this speaker's words until the end of the transaction,
    and what the speaker said before is worked off. False if not, or if the row itself was already: see `earlier`."""
    _LOCK.all(tx, speaker=stored.speaker)
    return _TAKE_NEXT.count(tx, row=stored.id) == 1


def alone(tx: Tx, speaker: str) -> None:
    """Nobody else is at this speaker's words until the end of the transaction, where several processes might be."""
    if tx.dialect.name == "postgresql":
        _LOCK.all(tx, speaker=speaker)


def earlier(tx: Tx, stored: Stored) -> list[int]:
    """What the speaker said before and is still to be worked off."""
    rows = select(_earlier.c.id).join(inbox, inbox.c.id == stored.id).where(*_BEFORE_IT)
    return list(tx.execute(rows).scalars())


def others(tx: Tx, owner: str) -> bool:
    """Whether anything waits that is not this owner's to do."""
    row = select(inbox.c.id).where(inbox.c.state == text("'new'"), inbox.c.owner.is_distinct_from(owner)).limit(1)
    return tx.execute(row).first() is not None


def take_over(
    tx: Tx, owner: str, accounts: Sequence[str], real: float, *, own: bool = False, after: int = 0, limit: int = 1000
) -> list[Stored]:
    """Make the owner's what nobody works off any more: its process is gone, or has let its lease run out.

    `own`: also what is the owner's already. Oldest first, above the id `after`.
    """
    waits = inbox.c.state == text("'new'")
    gone = absent(tx, tx.execute(select(inbox.c.owner).where(waits, inbox.c.owner.is_not(None)).distinct()).scalars())
    free = [inbox.c.owner.is_(None), inbox.c.lease_until < real, inbox.c.owner.in_(sorted(gone - {owner}))]
    mine = [inbox.c.owner == owner] if own else []
    found = (
        select(inbox.c.id)
        .where(waits, inbox.c.account.in_(accounts), inbox.c.id > after, or_(*free, *mine))
        .order_by(inbox.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = tx.execute(
        update(inbox)
        .where(inbox.c.id.in_(found), waits)
        .values(owner=owner, lease_until=real + LEASE_SECONDS)
        .returning(inbox.c.id, inbox.c.account, inbox.c.payload, inbox.c.speaker, inbox.c.attempts)
    ).all()
    return sorted((Stored(r.id, r.account, r.payload, r.speaker, r.attempts) for r in rows), key=lambda row: row.id)


def renew(tx: Tx, owner: str, ids: Sequence[int], real: float) -> None:
    """The owner is still at these."""
    held = update(inbox).where(inbox.c.id.in_(ids_of(tx, ids)), inbox.c.state == text("'new'"), inbox.c.owner == owner)
    tx.execute(held.values(lease_until=real + LEASE_SECONDS))


def let_go(tx: Tx, owner: str) -> None:
    """What the owner has not worked off is anybody's."""
    tx.execute(update(inbox).where(inbox.c.state == text("'new'"), inbox.c.owner == owner).values(owner=None))


def waits(tx: Tx, speaker: str, since: datetime) -> bool:
    """Whether something that the speaker said since then is still to be worked off."""
    theirs = (inbox.c.state == text("'new'"), inbox.c.speaker == speaker, inbox.c.received_at > since)
    return tx.execute(select(inbox.c.id).where(*theirs).limit(1)).first() is not None


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
