"""The chats as the pages see them: what is written into the log is shown at once on every page that is open."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from bot.channels.webchat.listeners import Listeners
from bot.channels.webchat.log import MessageLog, Row, Side
from bot.errors import StoreDown

SHOWN = 200
"""Messages a page shows; older ones lie in the log. Only these can be corrected, and only their files are handed out."""

RECALLED = 50
"""Messages sent once more to a page that comes back: what was edited meanwhile is among the newest ones."""


class Chats:
    """The log, and whoever is looking at it."""

    def __init__(self, log: MessageLog) -> None:
        self._log = log
        self.listeners = Listeners()

    async def write(self, chat: str, side: Side, content: dict[str, Any]) -> int:
        """Add a message and show it; return its id."""
        id = await self._log.add(chat, side, content)
        await self._show(chat, id)
        return id

    async def rewrite(self, chat: str, id: int, content: dict[str, Any]) -> None:
        """Put other content in a message's place and show it; raises LookupError if there is no such message."""
        await self._log.edit(id, content)
        await self._show(chat, id)

    async def shown(self, chat: str, after: int = 0) -> list[Row]:
        """The messages that a page of this chat shows, or those of them with an id above `after`."""
        return await self._log.since(chat, after, SHOWN)

    async def missed(self, chat: str, after: int) -> list[Row]:
        """What a page that has seen all up to `after` has to be sent."""
        rows = await self.shown(chat)
        return [row for place, row in enumerate(rows) if row.id > after or place >= len(rows) - RECALLED]

    async def changed(self, chat: str, id: int) -> None:
        """Another process has written or rewritten that message: show it."""
        await self._show(chat, id)

    async def _show(self, chat: str, id: int) -> None:
        """Tell the open pages; one that misses it (the store stumbled) reads it from the log at the next heartbeat."""
        if self.listeners.any(chat):
            with suppress(StoreDown):
                for row in await self.shown(chat, id - 1):
                    if row.id == id:
                        self.listeners.tell(chat, row)
