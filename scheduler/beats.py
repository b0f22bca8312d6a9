"""The ticks note that they ran: what stops is seen, in whichever process it should have run."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import structlog

from bot.errors import StoreDown
from bot.store import beats
from bot.store.beats import Beat
from bot.store.engine import Store, Tx
from scheduler.clock import Tick

log = structlog.get_logger()

NOTED_EVERY = 10.0  # seconds at least between two notes of one tick: a write each
ALIVE_SECONDS = 10.0


class Beats:
    """Wraps ticks; `owner` is this process."""

    def __init__(self, store: Store, owner: str) -> None:
        self._store = store
        self._owner = owner
        self._began = time.time()
        self._noted: dict[str, float] = {}

    def noted(self, tick: Tick) -> Tick:
        """The same tick, which notes each run that ended well."""
        run = tick.run

        async def beating() -> object:
            began = time.time()
            result = await run()
            await self._note(tick.name, began, tick.seconds)
            return result

        return replace(tick, run=beating)

    async def _note(self, name: str, began: float, every: float) -> None:
        ended = time.time()
        if ended - self._noted.get(name, 0.0) < NOTED_EVERY:
            return
        self._noted[name] = ended
        beat = Beat(name, ended, ended - began, every, self._owner)
        await self._quietly(lambda tx: beats.note(tx, beat))

    async def alive(self) -> None:
        """This process is there; to be called every ALIVE_SECONDS in each."""
        now = time.time()
        await self._quietly(
            lambda tx: beats.note_process(tx, self._owner, now, max(now - self._began, 0.0), ALIVE_SECONDS)
        )

    async def end(self) -> None:
        """This process ends as it should, and is not missed."""
        await self._quietly(lambda tx: beats.end_process(tx, self._owner))

    async def _quietly(self, work: Callable[[Tx], None]) -> None:
        try:
            await self._store.write(work)
        except StoreDown as down:  # whoever does the work itself says so
            log.debug("a beat was not noted", error=str(down)[:200])
