"""What the clock lets go of: messages past their days, and files that nothing refers to any more."""

from __future__ import annotations

import asyncio
import time

import structlog

from bot.clock import Clock
from bot.store import retention, unwanted
from bot.store.engine import Store, Tx
from bot.store.files import EvidenceFolder
from bot.store.retention import Days

log = structlog.get_logger()

SETTLED = 3600.0  # seconds; a file that came (again) just now may belong to an answer that is not written yet


class Forgetting:
    """Called by the clock; it may be called late, early or twice."""

    def __init__(self, store: Store, clock: Clock, keeper: EvidenceFolder, days: Days) -> None:
        self._store = store
        self._clock = clock
        self._keeper = keeper
        self._days = days

    async def run(self) -> None:
        """Messages first, since they refer to files."""
        now = self._clock.now()
        await self._store.write(lambda tx: retention.let_go_of_messages(tx, self._days, now))
        await self.files()
        if not await asyncio.to_thread(self._store.empty_log):
            log.info("the database's log is in use; it is emptied next time")

    async def files(self) -> int:
        """Remove the files that are to go; returns how many went."""
        gone = 0
        for sha256 in await self._store.read(unwanted.every):
            gone += await self._file(sha256)
        if gone:
            log.info("files that nothing refers to are removed", count=gone)
        return gone

    async def _file(self, sha256: str) -> int:
        if await asyncio.to_thread(self._is_fresh, sha256):
            return 0
        removed = False
        if not await self._store.read(lambda tx: unwanted.still_held(tx, sha256)):
            removed = await asyncio.to_thread(self._keeper.remove, sha256)

        def settle(tx: Tx) -> None:
            unwanted.settled(tx, sha256)

        await self._store.write(settle)
        return int(removed)

    def _is_fresh(self, sha256: str) -> bool:
        try:
            return time.time() - self._keeper.path(sha256).stat().st_mtime < SETTLED
        except FileNotFoundError:
            return False
