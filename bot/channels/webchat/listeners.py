"""Who is looking at which chat at this moment, and hears at once what is new in it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from bot.channels.webchat.log import Row

BACKLOG = 500
"""Messages that may wait for one slow page; beyond that its stream is ended, and it comes back and reads the log."""


class Listener:
    """One open page."""

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[tuple[str, Row] | None] = asyncio.Queue()
        self.ended = False

    def tell(self, chat: str, row: Row) -> None:
        if self._waiting.qsize() >= BACKLOG:
            self.end()
        elif not self.ended:
            self._waiting.put_nowait((chat, row))

    def stir(self) -> None:
        """Wake it up although nobody said anything (the clock was moved)."""
        self._waiting.put_nowait(None)

    def end(self) -> None:
        self.ended = True
        self._waiting.put_nowait(None)

    async def next(self, seconds: float) -> tuple[str, Row] | None:
        """The next message and its chat; None when it was stirred or nothing came for `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                return await self._waiting.get()
        except TimeoutError:
            return None


class Listeners:
    """All open pages, by the chats they show."""

    def __init__(self) -> None:
        self._by_chat: dict[str, set[Listener]] = {}
        self._closed = False

    @contextmanager
    def listening(self, chats: Iterable[str]) -> Iterator[Listener]:
        listener = Listener()
        shown = list(chats)
        for chat in shown:
            self._by_chat.setdefault(chat, set()).add(listener)
        if self._closed:
            listener.end()
        try:
            yield listener
        finally:
            for chat in shown:
                self._by_chat[chat].discard(listener)
                if not self._by_chat[chat]:
                    del self._by_chat[chat]

    def any(self, chat: str) -> bool:
        return chat in self._by_chat

    def tell(self, chat: str, row: Row) -> None:
        for listener in self._by_chat.get(chat, ()):
            listener.tell(chat, row)

    def stir(self) -> None:
        for listener in self._all():
            listener.stir()

    def end(self) -> None:
        """End every stream, now and in future: the server is about to stop."""
        self._closed = True
        for listener in self._all():
            listener.end()

    def _all(self) -> set[Listener]:
        return {listener for listeners in self._by_chat.values() for listener in listeners}
