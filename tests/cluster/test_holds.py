"""Who holds what: one process at a time, and nobody for long who is killed, frozen or cut off."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import psycopg
import pytest

from bot.store import holds as holding
from bot.store.engine import Store
from bot.store.holds import Holds, absent, tell

SEND = "send:telegram"


@pytest.fixture
def make(postgres_url: str) -> Iterator[Callable[[str], Holds]]:
    made: list[Holds] = []

    def begun(owner: str) -> Holds:
        holds = Holds(postgres_url)
        holds.begin(owner)
        made.append(holds)
        return holds

    yield begun
    for holds in made:
        holds.close()


async def until(true: Callable[[], bool], seconds: float = 5.0) -> float:
    """Seconds until it was true."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds, "never"
        await asyncio.sleep(0.01)
    return time.monotonic() - began


async def test_one_holds_a_name_until_it_ends(make: Callable[[str], Holds]) -> None:
    first, second = make("first"), make("second")
    await until(lambda: first.mine(SEND))
    assert not second.mine(SEND)
    assert second.mine("send:web") or await until(lambda: second.mine("send:web")) < 1
    first.close()
    assert await until(lambda: second.mine(SEND)) < 2


async def test_a_name_that_is_let_go_is_free_at_once(make: Callable[[str], Holds]) -> None:
    first, second = make("first"), make("second")
    async with first.alone("tick:scan") as held:
        assert held
        async with second.alone("tick:scan") as also:
            assert not also
        async with first.alone("tick:scan") as twice:
            assert not twice, "the same process is at it already"
    await asyncio.sleep(0.1)
    async with second.alone("tick:scan") as held:
        assert held


async def _gone(store: Store, owner: str) -> None:
    """Wait until the server has ended the connection that was closed; a loaded machine takes a moment for it."""
    async with asyncio.timeout(10):
        while not await store.read(lambda tx: absent(tx, [owner])):  # noqa: ASYNC110 – the server says nothing of it
            await asyncio.sleep(0.01)


async def test_everybody_sees_who_is_there(make: Callable[[str], Holds], postgres_url: str) -> None:
    first, second, store = make("first"), make("second"), Store(postgres_url)
    assert await store.read(lambda tx: absent(tx, ["first", "second", "third"])) == {"third"}
    first.close()
    await _gone(store, "first")
    assert await store.read(lambda tx: absent(tx, ["first", "second"])) == {"first"}
    assert not await store.read(lambda tx: second.dead(tx, ["first", "second"])), "it may only have lost its connection"
    store.close()


async def test_who_stays_away_is_dead(
    make: Callable[[str], Holds], postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "GRACE_SECONDS", 0.2)
    first, second, store = make("first"), make("second"), Store(postgres_url)
    first.close()
    await _gone(store, "first")
    assert not await store.read(lambda tx: second.dead(tx, ["first"]))
    await asyncio.sleep(0.3)
    assert await store.read(lambda tx: second.dead(tx, ["first", "second"])) == {"first"}
    store.close()


async def test_a_lost_connection_loses_the_holds_and_gets_them_back(
    make: Callable[[str], Holds], postgres_url: str
) -> None:
    first = make("first")
    await until(lambda: first.mine(SEND))
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kheo holds'"
            " AND datname = current_database()"
        )
    await until(lambda: not first.mine(SEND))
    await until(lambda: first.mine(SEND))


async def test_a_word_reaches_all(make: Callable[[str], Holds], postgres_url: str) -> None:
    first, second, store = make("first"), make("second"), Store(postgres_url)
    heard: list[str] = []
    for holds in (first, second):
        holds.hear(heard.append)
    await store.write(lambda tx: tell(tx, "web:somebody:chat:7"))
    assert await until(lambda: len(heard) == 2) < 0.5
    assert heard == ["web:somebody:chat:7"] * 2
    with suppress(ZeroDivisionError):
        await store.write(lambda tx: (tell(tx, "never"), 1 / 0))
    await asyncio.sleep(0.2)
    assert len(heard) == 2, "what was not committed was not told"
    store.close()


def _hold(url: str, ready: object) -> None:
    holds = Holds(url)
    holds.begin("child")
    while not holds.mine(SEND):
        time.sleep(0.01)
    ready.set()  # type: ignore[attr-defined]
    while True:
        time.sleep(1)


@pytest.fixture
def child(postgres_url: str) -> Iterator[int]:
    """A process that holds the sending."""
    spawn = multiprocessing.get_context("spawn")
    ready = spawn.Event()
    process = spawn.Process(target=_hold, args=(postgres_url, ready), daemon=True)
    process.start()
    assert ready.wait(20)
    assert process.pid
    yield process.pid
    with suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGCONT)
        os.kill(process.pid, signal.SIGKILL)
    process.join()


async def test_a_killed_holder_is_free_at_once(make: Callable[[str], Holds], child: int) -> None:
    other = make("other")
    assert not other.mine(SEND)
    os.kill(child, signal.SIGKILL)
    assert await until(lambda: other.mine(SEND)) < 2.5


async def test_a_frozen_holder_is_freed_by_the_server(make: Callable[[str], Holds], child: int) -> None:
    other = make("other")
    os.kill(child, signal.SIGSTOP)
    assert not other.mine(SEND)
    assert await until(lambda: other.mine(SEND), 20) < holding.IDLE_SECONDS + 3


async def test_on_sqlite_the_one_process_holds_all(sqlite_url: str) -> None:
    holds = Holds(sqlite_url)
    holds.begin("only")
    assert holds.mine(SEND)
    async with holds.alone("tick:scan") as held:
        assert held
    holds.close()
