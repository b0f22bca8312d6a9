"""The engine of several processes: each shared tick once in all of them, wake-ups at once, and nothing that it loses is lost."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import psycopg
import pytest

from bot.store.engine import Store
from bot.store.holds import Holds
from bot.store.line import wake_senders
from scheduler import cluster
from scheduler.clock import Tick
from scheduler.cluster import SCHEMA, Cluster, cron

SEND = "send:telegram"


class Process:
    """One process's part of the engine: it counts what it is called for."""

    def __init__(self, url: str, owner: str, *, seconds: float = 1.0, ticking: bool = True, takes: float = 0.0) -> None:
        self.holds = Holds(url)
        self.owner = owner
        self.ticked: list[float] = []
        self.woken: list[float] = []
        self.takes = takes
        self.sends = True
        self.cluster = Cluster(
            url,
            [Tick("scan", seconds, self._tick)],
            {SEND: self._wake},
            self.holds,
            ticking=ticking,
            sending=True,
        )

    async def _tick(self) -> None:
        self.ticked.append(time.monotonic())
        await asyncio.sleep(self.takes)

    async def _wake(self) -> None:
        self.woken.append(time.monotonic())

    async def begin(self, *names: str) -> None:
        await asyncio.to_thread(self.cluster.prepare)
        await asyncio.to_thread(self.holds.begin, self.owner, names)
        self.cluster.start()

    async def end(self) -> None:
        await self.cluster.stop()
        await asyncio.to_thread(self.holds.close)


Make = Callable[..., Awaitable[Process]]


@pytest.fixture
async def make(postgres_url: str) -> AsyncIterator[Make]:
    made: list[Process] = []

    async def begun(*names: str, **how: Any) -> Process:
        process = Process(postgres_url, f"process-{len(made)}", **how)
        made.append(process)
        await process.begin(*names)
        return process

    yield begun
    for process in made:
        await process.end()


async def until(true: Callable[[], object], seconds: float = 10.0) -> float:
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds, "never"
        await asyncio.sleep(0.01)
    return time.monotonic() - began


async def test_three_processes_tick_once_a_second_together(make: Make) -> None:
    processes = [await make() for _ in range(3)]
    await until(lambda: any(process.ticked for process in processes))
    await asyncio.sleep(2)  # each looks once when it begins, and on a loaded machine the last one begins late
    began = time.monotonic()
    await asyncio.sleep(5)
    ticked = sorted(at for process in processes for at in process.ticked if at >= began)
    assert 4 <= len(ticked) <= 7, "each second once, whoever does it"


async def test_a_round_that_takes_long_is_not_begun_by_another(make: Make) -> None:
    processes = [await make(takes=2.5) for _ in range(2)]
    await asyncio.sleep(6)
    ticked = sorted(at for process in processes for at in process.ticked)
    assert 2 <= len(ticked) <= 4
    assert all(later - before > 2.4 for before, later in itertools.pairwise(ticked))


async def test_who_does_not_tick_does_not(make: Make) -> None:
    sender, ticker = await make(ticking=False), await make()
    await until(lambda: len(ticker.ticked) > 2)
    assert not sender.ticked


async def test_whoever_holds_the_sending_is_woken_within_a_tenth_of_a_second(make: Make, postgres_url: str) -> None:
    sender = await make(SEND)
    writer = await make(ticking=False)
    assert sender.holds.mine(SEND)
    store = Store(postgres_url)
    store.on_wake = writer.cluster.stir
    await asyncio.sleep(2)  # the worker of the sending is there
    waits = []
    for _ in range(5):
        sender.woken.clear()
        began = time.monotonic()
        await store.write(wake_senders)
        await until(lambda: sender.woken)
        waits.append(sender.woken[0] - began)
    await store.write(lambda tx: None)
    assert not writer.woken, "it does not hold the sending"
    assert sorted(waits)[2] < 0.3, waits  # 0.1 on a machine that has nothing else to do
    store.close()


async def test_the_sending_moves_with_its_holder(make: Make) -> None:
    first = await make(SEND)
    second = await make()
    await asyncio.sleep(1.5)
    await first.end()
    await until(lambda: second.holds.mine(SEND))
    second.cluster.stir()
    await until(lambda: second.woken)


async def test_a_database_that_drops_every_connection_is_come_back_to(make: Make, postgres_url: str) -> None:
    process = await make(SEND)
    await until(lambda: process.ticked)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    process.ticked.clear()
    await until(lambda: len(process.ticked) > 1, 20)
    await until(lambda: process.holds.mine(SEND))
    await asyncio.sleep(1.5)
    process.cluster.stir()
    await until(lambda: process.woken, 10)


async def test_what_a_dead_process_was_at_is_thrown_away(
    make: Make, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "CLEAN_SECONDS", 0.5)
    process = await make()
    await until(lambda: process.ticked)
    with psycopg.connect(postgres_url, autocommit=True, options=f"-c search_path={SCHEMA}") as connection:
        worker = connection.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour') RETURNING id"
        ).fetchone()
        assert worker
        connection.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status, worker_id, queueing_lock)"
            " VALUES ('tick', 'tick:scan', 'doing', %s, 'tick:scan')",
            [worker[0]],
        )

        def left() -> int:
            row = connection.execute(
                "SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing' AND worker_id = %s", [worker[0]]
            ).fetchone()
            return int(row[0]) if row else 0

        await until(lambda: not left())
        process.ticked.clear()
        await until(lambda: len(process.ticked) > 1)
        await asyncio.sleep(2)
        kept = connection.execute("SELECT count(*) FROM procrastinate_jobs WHERE status <> 'todo'").fetchone()
        assert kept and kept[0] <= 2, "what is done does not stay"


async def test_its_tables_stand_apart_and_survive_a_second_start(make: Make, postgres_url: str) -> None:
    process = await make()
    await until(lambda: process.ticked)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        ours = connection.execute(
            "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public' AND table_name LIKE 'procr%'"
        ).fetchone()
        assert ours == (0,)
        table = f"{SCHEMA}.procrastinate_jobs"
        before = connection.execute("SELECT %s::regclass::oid", [table]).fetchone()
        await asyncio.to_thread(process.cluster.prepare)
        assert connection.execute("SELECT %s::regclass::oid", [table]).fetchone() == before
        # Another version of the library has other tables; nothing in them is worth keeping.
        connection.execute(f"COMMENT ON SCHEMA {SCHEMA} IS 'procrastinate 0.1'")
        await asyncio.to_thread(process.cluster.prepare)
        assert connection.execute("SELECT %s::regclass::oid", [table]).fetchone() != before
    process.ticked.clear()
    await until(lambda: process.ticked, 20)


async def test_four_that_begin_together_make_the_tables_once(postgres_url: str) -> None:
    processes = [Process(postgres_url, f"process-{n}") for n in range(4)]
    await asyncio.gather(*(asyncio.to_thread(process.cluster.prepare) for process in processes))


async def test_it_ends_within_seconds(make: Make) -> None:
    process = await make(SEND, takes=30.0)
    await until(lambda: process.ticked)
    began = time.monotonic()
    await process.end()
    assert time.monotonic() - began < cluster.ENDING_SECONDS + 2


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (1, "* * * * * *"),
        (20, "* * * * * */20"),
        (30.0, "* * * * * */30"),
        (60.0, "*/1 * * * * 0"),
        (600.0, "*/10 * * * * 0"),
        (6 * 3600.0, "0 */6 * * * 0"),
    ],
)
def test_seconds_as_cron(seconds: float, said: str) -> None:
    assert cron(seconds) == said
