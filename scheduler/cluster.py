"""Several processes on one PostgreSQL: procrastinate calls the shared ticks once in all of them, and wakes who sends.

Its jobs carry nothing: each is a wake-up of a function that looks into our own tables. One that is lost is made up for
by the next tick, one that comes twice finds nothing left to do. So dead ones are thrown away, never tried again.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import psycopg
import structlog
from psycopg_pool import PoolTimeout

from bot.errors import StoreDown
from bot.store.holds import Holds
from scheduler.clock import Tick, safely

# procrastinate is imported where it is used: importing it runs a program (croniter asks what machine this is).
if TYPE_CHECKING:
    import procrastinate

log = structlog.get_logger()

SCHEMA = "kheo_engine"  # beside our own tables, so that a backup and its restoring know nothing of them
_MIGRATING = 0x4B68656F  # the lock under which our own tables are brought up to date
_QUEUE = "tick"
AT_ONCE = 8  # jobs that one process does side by side: a long round of one tick holds up no other
STALLED_SECONDS = 30.0  # without a sign of life from a job's process
CLEAN_SECONDS = 30.0
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0  # seconds until the engine is begun again, doubled each time
ENDING_SECONDS = 4.0
CHANGE_SECONDS = 1.0  # between looks at what is held here
TOGETHER_SECONDS = 0.05  # wake-ups of that time are one
POLL_SECONDS = 5.0  # for a job whose NOTIFY was lost


class Cluster:
    """The shared `ticks` and the wake-ups of the process; `url` is PostgreSQL's.

    `wakes` says what a wake-up calls, by the name that must be held here for it. Only a process that is `ticking` does
    shared ticks, and only one that is `sending` takes wake-ups: it must not so much as ask for the names otherwise.
    """

    def __init__(
        self,
        url: str,
        ticks: Sequence[Tick],
        wakes: Mapping[str, Callable[[], Awaitable[object]]],
        holds: Holds,
        *,
        ticking: bool,
        sending: bool,
    ) -> None:
        import procrastinate

        self._url = url
        self._holds = holds
        self._ticks = ticks if ticking else ()
        self._wakes = dict(wakes)
        self._sending = sending
        self._connector = procrastinate.PsycopgConnector(
            conninfo=url,
            kwargs={"options": f"-c search_path={SCHEMA}", "application_name": "kheo engine", "connect_timeout": 5},
            min_size=1,
            max_size=4,
            timeout=5.0,
        )
        self._ticker = procrastinate.App(connector=self._connector)
        self._waker = procrastinate.App(connector=self._connector)
        self._jobs = [self._register(tick) for tick in self._ticks]
        for name, run in self._wakes.items():
            self._waker.task(name=name, queue=name, queueing_lock=name)(safely(Tick(name, 0.0, run)))
        self._tasks: list[asyncio.Task[None]] = []
        self._stirred = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._open = False
        for library in ("procrastinate", "psycopg.pool"):
            logging.getLogger(library).setLevel(logging.CRITICAL)  # what goes wrong is told once, below

    def prepare(self) -> None:
        """Make the engine's own tables, once, and anew when the library has others; blocking. StoreDown if it may not."""
        _prepare(self._url)

    def start(self) -> None:
        """Begin; returns at once. A database that is away is waited for."""
        self._loop = asyncio.get_running_loop()
        self._tasks = [asyncio.create_task(self._run(), name="engine")]

    def stir(self) -> None:
        """Something is to be sent: wake up whoever holds the sending. From any thread."""
        if self._loop is not None:
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._stirred.set)

    async def stop(self) -> None:
        """End within seconds; a round that is not finished by then is cancelled."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=ENDING_SECONDS)
        self._tasks = []

    def _register(self, tick: Tick) -> Any:
        run = safely(tick)

        async def once(timestamp: int) -> None:
            async with self._holds.alone(f"tick:{tick.name}") as alone:
                if alone:  # else another process is still at it, and the next round will see what this one would have
                    await run()

        name = f"tick:{tick.name}"
        task = self._ticker.task(name=name, queue=_QUEUE, queueing_lock=name)(once)
        self._ticker.periodic(cron=cron(tick.seconds), periodic_id=tick.name)(task)
        return task

    async def _run(self) -> None:
        """All parts, again and again: each ends when the database goes away."""
        from procrastinate.exceptions import ProcrastinateException

        pause = FIRST_PAUSE
        while True:
            began = time.monotonic()
            try:
                await self._once()
            except (ProcrastinateException, psycopg.Error, PoolTimeout, OSError) as lost:
                if time.monotonic() - began > LONGEST_PAUSE:
                    pause = FIRST_PAUSE
                log.warning("the engine of the ticks stands still; it begins again", error=type(lost).__name__)
            except Exception:
                log.exception("the engine of the ticks broke; it begins again")
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _once(self) -> None:
        """Until something breaks."""
        try:
            async with asyncio.timeout(ENDING_SECONDS * 2):
                await self._connector.open_async()
        except TimeoutError:
            raise PoolTimeout from None
        parts = [self._wake_up()]
        if self._ticks:
            parts += [self._tick(), self._clean()]
        if self._wakes and self._sending:
            parts.append(self._serve())
        tasks = [asyncio.create_task(part) for part in parts]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                await task
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            with suppress(Exception):
                async with asyncio.timeout(ENDING_SECONDS):
                    await self._connector.close_async()

    async def _tick(self) -> None:
        now = int(time.time())
        for task in self._jobs:  # what lay still while nobody ticked does not wait for the next round minute
            await _defer(task.configure(), timestamp=now)
        await self._work(self._ticker, [_QUEUE])

    async def _serve(self) -> None:
        """Take the wake-ups for what is held here, as long as it is."""
        while True:
            held = self._held()
            if not held:
                await asyncio.sleep(CHANGE_SECONDS)
                continue
            worker = asyncio.create_task(self._work(self._waker, held))
            try:
                while not worker.done() and self._held() == held:
                    await asyncio.wait([worker], timeout=CHANGE_SECONDS)
            finally:
                worker.cancel()
                ended = await asyncio.gather(worker, return_exceptions=True)
            if isinstance(ended[0], Exception):
                raise ended[0]

    def _held(self) -> list[str]:
        return [name for name in self._wakes if self._holds.mine(name)]

    async def _work(self, app: procrastinate.App, queues: list[str]) -> None:
        await app.run_worker_async(
            queues=queues,
            name="kheo",
            concurrency=AT_ONCE,
            install_signal_handlers=False,
            delete_jobs="always",
            fetch_job_polling_interval=POLL_SECONDS,
            shutdown_graceful_timeout=ENDING_SECONDS / 2,
        )

    async def _wake_up(self) -> None:
        while True:
            await self._stirred.wait()
            await asyncio.sleep(TOGETHER_SECONDS)
            self._stirred.clear()
            for name in self._wakes:
                await _defer(self._waker.configure_task(name, queue=name, queueing_lock=name))

    async def _clean(self) -> None:
        """Throw away the jobs of processes that died over them."""
        from procrastinate.jobs import Status

        while True:
            manager = self._ticker.job_manager
            for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
                if job.id is not None:
                    await manager.finish_job_by_id_async(job.id, Status.FAILED, delete_job=True)
            await asyncio.sleep(CLEAN_SECONDS)


async def _defer(job: Any, **given: Any) -> None:
    from procrastinate.exceptions import AlreadyEnqueued

    with suppress(AlreadyEnqueued):  # it is to come already
        await job.defer_async(**given)


def cron(seconds: float) -> str:
    """When a tick of so many seconds comes, as cron with seconds at its end; rounded to what cron can say."""
    if seconds < 60:
        step = max(1, round(seconds))
        return f"* * * * * */{step}" if step > 1 else "* * * * * *"
    if seconds < 3600:
        return f"*/{max(1, round(seconds / 60))} * * * * 0"
    return f"0 */{min(23, max(1, round(seconds / 3600)))} * * * 0"


def _prepare(url: str) -> None:
    import procrastinate.schema

    version = f"procrastinate {procrastinate.__version__}"
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            connection.execute("SELECT pg_advisory_xact_lock(%s)", [_MIGRATING])
            known = connection.execute(
                "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = %s", [SCHEMA]
            ).fetchone()
            if known == (version,):
                return
            connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
            connection.execute(f"CREATE SCHEMA {SCHEMA}")
            connection.execute(f"SET LOCAL search_path = {SCHEMA}")
            connection.execute(procrastinate.schema.SchemaManager.get_schema())
            connection.execute(f"COMMENT ON SCHEMA {SCHEMA} IS '{version}'")
    except psycopg.Error as error:
        raise StoreDown(
            f"The schema {SCHEMA}, in which the ticks of several processes are kept, could not be made: "
            f"{str(error).strip()}\nLet the user in DATABASE_URL create schemas (GRANT CREATE ON DATABASE …)."
        ) from error
