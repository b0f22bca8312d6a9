"""The embedded clock: APScheduler as nothing but the ticker of a few idempotent functions."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.clock import ZONE
from bot.errors import StoreDown

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Tick:
    """A function to call every so many seconds; it may be called late, early or twice without harm.

    `everywhere`: in each process; the others are called once in all of them together (scheduler/cluster.py).
    """

    name: str
    seconds: float
    run: Callable[[], Awaitable[object]]
    everywhere: bool = False


class EmbeddedClock:
    """Calls the ticks; a tick that fails is logged and called again next time."""

    def __init__(self, ticks: Sequence[Tick]) -> None:
        self._ticks = ticks
        self._scheduler = AsyncIOScheduler(timezone=ZONE)

    def start(self) -> None:
        for tick in self._ticks:
            self._scheduler.add_job(
                safely(tick),
                "interval",
                seconds=tick.seconds,
                id=tick.name,
                coalesce=True,
                max_instances=1,
                misfire_grace_time=60,
                next_run_time=datetime.now(ZONE),
            )
        self._scheduler.start()

    def stop(self) -> None:
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)


def safely(tick: Tick) -> Callable[[], Awaitable[None]]:
    """The tick's function as a clock calls it: what goes wrong is told, and it is called again next time."""

    async def run() -> None:
        try:
            await tick.run()
        except asyncio.CancelledError:
            return  # only `stop` cancels a tick; APScheduler would write it down as a failure
        except StoreDown as down:
            log.warning("a tick waits for the store", tick=tick.name, error=str(down)[:200])
        except Exception:
            log.exception("a tick failed", tick=tick.name)

    return run
