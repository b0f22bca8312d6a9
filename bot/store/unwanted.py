"""Files of the evidence folder that are to go: noted in the transaction that lets go of them, removed when nothing refers
to them any more."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Column, String, cast, delete, select

from bot.store.engine import Tx
from bot.store.once import insert_once
from bot.store.tables import broadcast, draft_event, exemplar, inbox, outbox, submission, unwanted, web_message

_REFERRING: tuple[Column[object], ...] = (
    draft_event.c.value,
    submission.c.answers,
    exemplar.c.answers,
    web_message.c.content,
    inbox.c.payload,
    outbox.c.payload,
    broadcast.c.files,
)


def note(tx: Tx, digests: Collection[str], now: datetime) -> None:
    """These files are let go of by whoever brought them."""
    for sha256 in sorted(set(digests)):
        insert_once(tx, unwanted, sha256=sha256, at=now)


def every(tx: Tx, limit: int = 200) -> list[str]:
    """The oldest of those that are to go."""
    return list(tx.execute(select(unwanted.c.sha256).order_by(unwanted.c.at, unwanted.c.sha256).limit(limit)).scalars())


def still_held(tx: Tx, sha256: str) -> bool:
    """Whether anything refers to the file: an answer, what was handed in, a message that waits or is shown."""
    # The columns are JSON in text; a digest has 64 hexadecimal digits, which nothing else that people write has.
    return any(
        tx.execute(select(1).where(cast(column, String).contains(sha256)).limit(1)).first() is not None
        for column in _REFERRING
    )


def settled(tx: Tx, sha256: str) -> None:
    """It is gone, or somebody needs it: in both cases it is no longer to go."""
    tx.execute(delete(unwanted).where(unwanted.c.sha256 == sha256))
