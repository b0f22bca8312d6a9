"""The ticks: scan for what is due, pump what may go out, sweep up after the dead."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from bot.clock import Clock
from bot.outbox import Outbox
from bot.store.engine import Store, Tx
from bot.turn import Office
from scheduler.clock import Tick
from scheduler.plans import PlanWatch
from scheduler.reminders import scan

SCAN_SECONDS = 30.0
PUMP_SECONDS = 0.5  # an album's acknowledgement and a retry wait at most this much longer
SWEEP_SECONDS = 20.0
PLANS_SECONDS = 30.0  # whoever saves a file reads the answer while they still have it open


class Jobs:
    """What is done at each tick."""

    def __init__(
        self, store: Store, office: Office, sender: Outbox, clock: Clock, plans: PlanWatch | None = None
    ) -> None:
        self._store = store
        self._office = office
        self._sender = sender
        self._clock = clock
        self._plans = plans
        self._scanning = asyncio.Lock()

    async def scan(self) -> int:
        """Units and seasons anew, then what is due at this moment."""
        async with self._scanning:
            now, real = self._clock.now(), time.time()

            def work(tx: Tx) -> int:
                self._office.refresh(tx)
                return scan(tx, self._office, now, real)

            return await self._store.write(work)

    def ticks(self) -> Sequence[Tick]:
        """All of them; the plan files are looked at only where they come from a folder."""
        plans = (Tick("plans", PLANS_SECONDS, self._plans.look),) if self._plans else ()
        return (
            *plans,
            Tick("scan", SCAN_SECONDS, self.scan),
            Tick("pump", PUMP_SECONDS, self._sender.pump),
            Tick("sweep", SWEEP_SECONDS, self._sender.sweep),
        )
