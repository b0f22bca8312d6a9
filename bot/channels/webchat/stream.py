"""One stream of server-sent events: messages and the demo's clock, as pieces of HTML, to one open page."""

from __future__ import annotations

import re
from datetime import datetime

from aiohttp import web

from bot.channels.webchat.log import Row
from bot.channels.webchat.page import Pages
from bot.texts import Language

LINE_END = re.compile(r"\r\n|\r|\n")


class Stream:
    """One response of server-sent events."""

    def __init__(self, response: web.StreamResponse, pages: Pages, language: Language, after: int) -> None:
        self._response = response
        self._pages = pages
        self._language = language
        self.began = self._newest = after
        self._clock = ""
        self.reached: dict[str, int] = {}

    async def begin(self) -> None:
        await self._response.write(b"retry: 1000\n\n")

    async def message(self, chat: str, row: Row) -> None:
        """Show a message; an id goes along only forwards, so that an edit of an old one does not turn the page back."""
        forwards = row.id > self._newest
        self._newest = max(self._newest, row.id)
        self.reached[chat] = max(self.reached.get(chat, 0), row.id)
        await self._event(f"panel-{chat}", self._pages.message(chat, row, self._language), row.id if forwards else None)

    async def clock(self, now: datetime) -> None:
        """Show the time, if it is another minute than the one shown."""
        shown = self._pages.clock(now, self._language)
        if shown != self._clock:
            self._clock = shown
            await self._event("clock", shown)

    async def beat(self) -> None:
        await self._response.write(b": still here\n\n")

    async def _event(self, name: str, html: str, id: int | None = None) -> None:
        lines = [f"id: {id}"] if id is not None else []
        lines += [f"event: {name}", *(f"data: {line}" for line in LINE_END.split(html)), "", ""]
        await self._response.write("\n".join(lines).encode())
