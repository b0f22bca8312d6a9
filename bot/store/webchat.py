"""The messages of the web chat, whose platform we are ourselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, update

from bot.chat import Address
from bot.store.engine import Tx
from bot.store.holds import tell
from bot.store.once import insert_row
from bot.store.tables import web_message


def add(tx: Tx, chat: str, side: str, content: dict[str, Any], now: datetime, *, teller: str = "") -> int:
    """Keep one message; returns its id. With a `teller` the other processes are told of it, too."""
    id = insert_row(tx, web_message, chat=chat, side=side, content=content, at=now)
    if teller:
        tell(tx, f"{CHANNEL}:{teller}:{chat}:{id}")
    return id


def edit(tx: Tx, id: int, content: dict[str, Any], *, teller: str = "") -> bool:
    """Replace its content; False if there is no such message."""
    if not teller:
        return tx.execute(update(web_message).where(web_message.c.id == id).values(content=content)).rowcount == 1
    changed = update(web_message).where(web_message.c.id == id).values(content=content).returning(web_message.c.chat)
    chat = tx.execute(changed).scalar()
    if chat is not None:
        tell(tx, f"{CHANNEL}:{teller}:{chat}:{id}")
    return chat is not None


def told(word: str, teller: str) -> tuple[str, int] | None:
    """The chat and the message of which another process told; None if the word is our own, or about something else."""
    channel, _, rest = word.partition(":")
    by, _, rest = rest.partition(":")
    chat, _, id = rest.rpartition(":")
    return (chat, int(id)) if channel == CHANNEL and by != teller and chat and id.isdecimal() else None


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


CHANNEL = "web"
"""The channel whose messages these are."""


def empty(tx: Tx, at: Address, message: str) -> None:
    """Let go of the words and files of one message that a person sent there; its place stays, against repetition."""
    if at.channel != CHANNEL or not message.isascii() or not message.isdigit():
        return
    own = (web_message.c.id == int(message), web_message.c.chat == at.chat, web_message.c.side == "person")
    content = tx.execute(select(web_message.c.content).where(*own)).scalar()
    if content is not None:
        emptied = {**content, "text": "", **({"files": []} if "files" in content else {})}
        tx.execute(update(web_message).where(*own).values(content=emptied))


@dataclass(frozen=True, slots=True)
class Gone:
    """How many messages were removed, and the digests of the files that they brought."""

    messages: int
    files: set[str]


def remove(tx: Tx, which: ColumnElement[bool]) -> Gone:
    """Let go of whole messages. The newest of all only loses its content: a page counts on numbers that go up."""
    found = tx.execute(select(web_message.c.id, web_message.c.content).where(which, web_message.c.chat != "")).all()
    files = {file["sha256"] for row in found for file in row.content.get("files", ()) if file.get("sha256")}
    tx.execute(update(web_message).where(which).values(chat="", content={}))
    newest = select(func.max(web_message.c.id)).scalar_subquery()
    tx.execute(delete(web_message).where(web_message.c.chat == "", web_message.c.id < newest))
    return Gone(len(found), files)
