"""What was said and shown in each web chat: here our own server is the platform, so it must remember."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

Side = Literal["person", "bot"]


@dataclass(frozen=True, slots=True)
class Row:
    """One message of a chat, as the page shows it.

    `content` is JSON. Of the bot: a Reply's as_json(), and "files" where a paper came with it. Of a person: "kind" ("said", "picked", "sent", "started"),
    "text", "who" and "name" of the speaker, "update" (the update id the page made), "edited" (bool) and "files", each
    with "name", "kind", "media", "size", "sha256", "problem". `at` is aware.
    """

    id: int
    side: Side
    content: dict[str, Any]
    at: datetime


class MessageLog(Protocol):
    """Where the messages lie. Every method raises errors.StoreDown when the store is away."""

    async def add(self, chat: str, side: Side, content: dict[str, Any]) -> int:
        """Write a message down, durably; ids grow with time over all chats and are never used again."""
        ...

    async def edit(self, id: int, content: dict[str, Any]) -> None:
        """Put other content in the place of a message's; raises LookupError if there is none with that id."""
        ...

    async def since(self, chat: str, after_id: int, limit: int = 200) -> list[Row]:
        """The NEWEST `limit` messages of the chat whose id is above `after_id`, oldest of them first."""
        ...
