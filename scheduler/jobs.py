"""The ticks: scan for what is due, pump what may go out, sweep up after the dead, seal the trace."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress

import structlog

from bot.clock import Clock
from bot.outbox import Outbox
from bot.store import seals
from bot.store.engine import Store, Tx
from bot.store.seals import grouped
from bot.turn import Office
from scheduler.beats import ALIVE_SECONDS, Beats
from scheduler.broadcasts import SECONDS as BROADCAST_SECONDS
from scheduler.broadcasts import Broadcasting
from scheduler.clock import Tick
from scheduler.digests import wake
from scheduler.forgetting import Forgetting
from scheduler.news import News
from scheduler.plans import PlanWatch
from scheduler.reachability import tell
from scheduler.reminders import Settled, scan
from scheduler.shortage import warn

log = structlog.get_logger()

SCAN_SECONDS = 30.0
PUMP_SECONDS = 0.5  # an album's acknowledgement and a retry wait at most this much longer
SWEEP_SECONDS = 20.0
SEAL_SECONDS = 60.0  # what is younger can be changed without a trace by whoever may write to the database
FORGET_SECONDS = 6 * 3600.0  # what is counted in days need not go by the minute
NEWS_SECONDS = 0.5  # what a command on the server or another process has changed is known everywhere after that
PLANS_SECONDS = 30.0  # whoever saves a file reads the answer while they still have it open


class Jobs:
    """What is done at each tick."""

    def __init__(
        self,
        store: Store,
        office: Office,
        sender: Outbox,
        clock: Clock,
        plans: PlanWatch | None = None,
        forgetting: Forgetting | None = None,
        broadcasting: Broadcasting | None = None,
    ) -> None:
        self._store = store
        self._office = office
        self._sender = sender
        self._clock = clock
        self._plans = plans
        self._forgetting = forgetting
        self._broadcasting = broadcasting
        self._scanning = asyncio.Lock()
        self._mark: seals.Mark | None = None
        self._settled = Settled()
        self._news = News(store, office)
        self.beats = Beats(store, sender.owner)

    async def scan(self) -> int:
        """What is due at this moment, of the units and seasons as they are now."""
        async with self._scanning:
            await self._news.look()
            now, real = self._clock.now(), time.time()

            def work(tx: Tx) -> int:
                tell(tx, self._office, now, real)
                warn(tx, self._office, now, real)
                return scan(tx, self._office, now, real, self._settled) + wake(tx, self._office, now, real)

            return await self._store.write(work)

    async def broadcasts(self) -> int:
        """What offices write to many: whose time has come leaves, and goes on; returns how many are under way."""
        return await self._broadcasting.run() if self._broadcasting is not None else 0

    async def seal(self) -> int:
        """Seal what is new in the trace, each seal in its own transaction; returns how many rows were sealed.

        The digest goes into the log: only what is kept outside the database shows that a whole chain was made anew.
        """
        mark, now = self._mark or await self._store.read(seals.mark), self._clock.now()
        sealed = 0
        if mark is None:
            return sealed
        self._mark = mark  # kept until all up to it is sealed: a newer one might have to wait for yet another work
        with suppress(seals.NotYet):
            while (made := await self._store.write(lambda tx: seals.seal(tx, mark, now))) is not None:
                sealed += made.many
                digest = grouped(made.digest)
                log.info("the trace is sealed", seal=made.id, rows=made.many, last=made.last, digest=digest)
            self._mark = None
        return sealed

    def ticks(self) -> Sequence[Tick]:
        """All of them; the plan files are looked at only where they come from a folder."""
        plans = (Tick("plans", PLANS_SECONDS, self._plans.look, everywhere=True),) if self._plans else ()
        forget = (Tick("forget", FORGET_SECONDS, self._forgetting.run),) if self._forgetting else ()
        broadcasting = (Tick("broadcasts", BROADCAST_SECONDS, self.broadcasts),) if self._broadcasting else ()
        ticks = (
            *plans,
            *forget,
            *broadcasting,
            Tick("scan", SCAN_SECONDS, self.scan),
            Tick("pump", PUMP_SECONDS, self._sender.round, everywhere=True),
            Tick("sweep", SWEEP_SECONDS, self._sender.sweep),
            Tick("news", NEWS_SECONDS, self._news.look, everywhere=True),
            Tick("seal", SEAL_SECONDS, self.seal),
        )
        return (*map(self.beats.noted, ticks), Tick("alive", ALIVE_SECONDS, self.beats.alive, everywhere=True))
