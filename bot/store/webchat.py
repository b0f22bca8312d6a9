"""The messages of the web chat, whose platform we are ourselves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update

from bot.store.engine import Tx
from bot.store.once import insert_row
from bot.store.tables import web_message


def add(tx: Tx, chat: str, side: str, content: dict[str, Any], now: datetime) -> int:
    """Keep one message; returns its id."""
    return insert_row(tx, web_message, chat=chat, side=side, content=content, at=now)


def edit(tx: Tx, id: int, content: dict[str, Any]) -> bool:
    """Replace its content; False if there is no such message."""
    return tx.execute(update(web_message).where(web_message.c.id == id).values(content=content)).rowcount == 1


def since(tx: Tx, chat: str, after: int, limit: int) -> list[tuple[int, str, dict[str, Any], datetime]]:
    """(id, side, content, at) after that id, the last `limit` of them, oldest first."""
    rows = tx.execute(
        select(web_message)
        .where(web_message.c.chat == chat, web_message.c.id > after)
        .order_by(web_message.c.id.desc())
        .limit(limit)
    ).all()
    return [(r.id, r.side, r.content, r.at) for r in reversed(rows)]


def latest(tx: Tx) -> datetime | None:
    """When the last message of all was written, in plan time; None before the first."""
    found: datetime | None = tx.execute(select(func.max(web_message.c.at))).scalar_one()
    return found
