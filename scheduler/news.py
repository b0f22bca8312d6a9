"""What other processes have changed – another `kheo run`, or a command on the server –, known here within a second."""

from __future__ import annotations

import asyncio

from bot.store import audit
from bot.store.engine import Store
from bot.turn import Office

NOUNS = ("unit", "season", "occurrence", "closing", "extension", "own_day", "cluster", "store")
"""What the office has at hand (`Office.refresh`); everything else is read by each turn."""


class News:
    """Looks at what is new in the trace: every effect stands there, whoever had it."""

    def __init__(self, store: Store, office: Office) -> None:
        self._store = store
        self._office = office
        self._seen: set[int] | None = None
        self._looking = asyncio.Lock()

    async def look(self) -> bool:
        """Read units and seasons anew if something has happened to them; returns whether it had."""
        async with self._looking:
            return await self._look()

    async def _look(self) -> bool:
        before = self._seen
        newest = await self._store.read(audit.newest)
        if before is not None:
            fresh = [action for id, action in newest.items() if id not in before]
            # More than are looked at at once: a list of units was entered, or the like.
            missed = bool(newest) and min(newest) > max(before, default=0) + 1
            if not missed and not any(action.partition(".")[0] in NOUNS for action in fresh):
                self._seen = set(newest)
                return False
        await self._store.write(self._office.refresh)
        self._seen = set(newest)
        return True
