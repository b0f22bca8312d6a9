"""PostgreSQL falls and rises while people talk: nothing is lost, nothing counts twice, and all are answered in order."""

from __future__ import annotations

import asyncio
import itertools
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from bot import conversation
from bot.errors import StoreDown
from bot.store import outbox, postgres
from tests.databases import OwnPostgres
from tests.durability.offices import seed
from tests.store import test_outages as in_the_store
from tests.talk import Speaker
from tests.test_conversation import evidence, scoring, texts
from tests.world import World, world

UNITS = ("van-ninh.van-hung", "van-ninh.van-thang", "van-ninh.van-binh", "van-ninh.van-long")
PATIENCE = 120.0  # a lease that nobody knew of, and the sweep after it
ENOUGH = 10
"""Words for each trouble; fewer mean nothing."""
ON_THE_WAY = 4
"""What one person says without having heard an answer."""


@pytest.fixture(scope="module")
def server() -> Iterator[OwnPostgres]:
    own = OwnPostgres(Path(tempfile.mkdtemp(prefix="kheo-pg-")))
    yield own
    own.end()


@pytest.fixture
def url(server: OwnPostgres) -> Iterator[str]:
    made = server.create()
    yield made
    server.start()
    server.drop(made)


async def _until(predicate: Callable[[], Any], seconds: float = 30.0) -> None:
    deadline = asyncio.get_running_loop().time() + seconds
    while not predicate():
        assert asyncio.get_running_loop().time() < deadline, "waited in vain"
        await asyncio.sleep(0.01)


def received(speaker: Speaker) -> int:
    """How often the bot has said that it noted a piece of evidence."""
    return sum("Đã nhận" in text for text in texts(speaker))


async def _states(here: World) -> dict[str, dict[str, int]]:
    def work(tx: Any) -> dict[str, dict[str, int]]:
        inbox = tx.exec_driver_sql("SELECT state, count(*) FROM inbox GROUP BY state").all()
        return {"in": dict(map(tuple, inbox)), "out": outbox.report(tx)}

    return await here.app.store.read(work)


# -- a commit of which nobody knows ----------------------------------------------------------------------------------


@pytest.mark.parametrize("nth", [1, 2, 3], ids=["of the update", "of the turn", "of the sending"])
async def test_a_commit_of_which_nobody_can_tell_has_its_effect_once(
    tmp_path: Path, server: OwnPostgres, url: str, monkeypatch: pytest.MonkeyPatch, nth: int
) -> None:
    """The commit arrives, its answer does not, and the server stays away for longer than anybody waits."""
    async with world(tmp_path / "kheo", "telegram", database_url=url) as here:
        lan = await scoring(here)
        await here.quiet()
        await here.stop_pumping()
        monkeypatch.setattr(postgres, "PATIENCE", 0.2)
        monkeypatch.setattr(conversation, "FIRST_WAIT", 0.05)
        commit, commits, fallen = postgres.PostgresLine.commit, itertools.count(1), asyncio.Event()
        loop = asyncio.get_running_loop()

        def falling(line: postgres.PostgresLine) -> None:
            commit(line)
            if next(commits) == nth:
                server.stop()
                loop.call_soon_threadsafe(fallen.set)
                raise postgres.Lost("the answer to the commit did not come back")

        monkeypatch.setattr(postgres.PostgresLine, "commit", falling)
        await lan.device.say("Biên bản thứ nhất")
        await asyncio.wait_for(fallen.wait(), 10)
        await lan.device.say("Biên bản thứ hai")
        await asyncio.sleep(0.8)  # all have waited their time out
        await asyncio.to_thread(server.start)
        here.pump()
        await lan.device.say("Biên bản thứ ba")
        await _until(lambda: received(lan) >= 3)
        await here.quiet()
        assert await evidence(here, lan) == ["Biên bản thứ nhất", "Biên bản thứ hai", "Biên bản thứ ba"]
        assert received(lan) == 3, "each was answered once"
        states = await _states(here)
        assert set(states["in"]) == {"done"}
        assert set(states["out"]) == {"sent"}


async def test_what_was_kept_without_an_answer_comes_before_what_is_said_next(
    tmp_path: Path, server: OwnPostgres, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A webhook may bring the next words before it brings again those that were not confirmed, or never bring them."""
    async with world(tmp_path / "kheo", "telegram", database_url=url) as here:
        lan = await scoring(here)
        await here.quiet()
        monkeypatch.setattr(postgres, "PATIENCE", 0.2)
        telegram, commit, falls = here.app.channels["telegram"], postgres.PostgresLine.commit, [True]

        def falling(line: postgres.PostgresLine) -> None:
            commit(line)
            if falls:
                falls.clear()
                server.stop()
                raise postgres.Lost("the answer to the commit did not come back")

        async def brings(number: int, words: str) -> None:
            who, chat = lan.device.user, here.fake.chat(lan.device.user_id)
            message = {"message_id": 9000 + number, "from": who, "chat": chat, "text": words}
            await here.app.conversation.receive(telegram, f"hook-{number}", {"update_id": number, "message": message})

        monkeypatch.setattr(postgres.PostgresLine, "commit", falling)
        await here.stop_pumping()
        with pytest.raises(StoreDown, match=r"did not take the work|forgot"):
            await brings(1, "Biên bản thứ nhất")
        await asyncio.to_thread(server.start)
        here.pump()
        await brings(2, "Biên bản thứ hai")
        await brings(1, "Biên bản thứ nhất")
        await _until(lambda: received(lan) >= 2)
        await here.quiet()
        assert await evidence(here, lan) == ["Biên bản thứ nhất", "Biên bản thứ hai"]
        assert received(lan) == 2


# -- a whole office through outages ----------------------------------------------------------------------------------


async def _talk(here: World, speaker: Speaker, said: list[str], over: asyncio.Event) -> None:
    begun = received(speaker)
    while not over.is_set():
        if len(said) - (received(speaker) - begun) < ON_THE_WAY:
            said.append(f"Biên bản số {len(said):04} của {speaker.name}")
            await speaker.device.say(said[-1])
        await asyncio.sleep(0.01)


async def _ticks(here: World) -> None:
    """What the bot's own clock does, and as calmly: the store may be away."""
    n = 0
    while True:
        n += 1
        with suppress(StoreDown):
            await here.app.sender.pump()
            if n % 20 == 0:
                await here.app.sender.sweep()
        await asyncio.sleep(0.1)


async def _cut(server: OwnPostgres, url: str) -> None:
    def cut() -> None:
        with psycopg.connect(server.admin, autocommit=True) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [make_url(url).database]
            )

    await asyncio.to_thread(cut)


async def _troubles(here: World, server: OwnPostgres, url: str, rng: random.Random, downs: list[float]) -> None:
    """Restarts, some of them crashes, of so many seconds each; between them connections are cut."""
    for down in downs:
        await asyncio.sleep(rng.uniform(0.1, 0.4))
        await _cut(server, url)
        await asyncio.sleep(rng.uniform(0.1, 0.4))
        await asyncio.to_thread(server.stop, rng.choice(["fast", "immediate"]))
        scanning = asyncio.create_task(here.app.jobs.scan())  # the tick does not know that the server is away
        await asyncio.sleep(down)
        await asyncio.to_thread(server.start)
        await asyncio.gather(scanning, return_exceptions=True)


async def _through(here: World, server: OwnPostgres, url: str, rng: random.Random, downs: list[float]) -> None:
    people = [await scoring(here, f"Người {n}", unit) for n, unit in enumerate(UNITS)]
    mai = await here.person("Mai", "van-ninh.xuan-son")  # has registered nothing: she is reminded
    await here.quiet()
    before = [received(speaker) for speaker in people]
    told = len(mai.device.heard)
    here.app.clock.move(here.app.clock.now().replace(day=6, hour=8))
    said: list[list[str]] = [[] for _ in people]
    over = asyncio.Event()
    await here.stop_pumping()
    here._pumping = asyncio.create_task(_ticks(here))
    talking = [asyncio.create_task(_talk(here, who, words, over)) for who, words in zip(people, said, strict=True)]
    await _troubles(here, server, url, rng, downs)
    await _until(lambda: sum(map(len, said)) > ENOUGH * len(downs))  # a loaded machine says little meanwhile
    over.set()
    await asyncio.gather(*talking)
    await here.app.jobs.scan()
    for who, words, begun in zip(people, said, before, strict=True):
        await _until(lambda who=who, words=words, begun=begun: received(who) - begun >= len(words), PATIENCE)  # type: ignore[misc]
    await here.quiet()
    for who, words, begun in zip(people, said, before, strict=True):
        assert await evidence(here, who) == words, "each once, in the order in which it was said"
        assert received(who) - begun == len(words)
    states = await _states(here)
    for _ in range(int(PATIENCE)):  # what was leased by a commit of which nobody heard goes out when the lease is over
        if set(states["out"]) <= {"sent", "cancelled"}:
            break
        await asyncio.sleep(1.0)
        states = await _states(here)
    assert set(states["in"]) == {"done"}
    assert set(states["out"]) <= {"sent", "cancelled"}
    reminders = Counter(heard.text for heard in mai.device.heard[told:])
    assert sum("hôm nay là" in text or "còn" in text for text in reminders) >= 1, reminders
    assert set(reminders.values()) == {1}
    sys.stdout.write(f"{len(downs)} outages: {sum(map(len, said))} answers\n")


@pytest.mark.durability_short
async def test_an_office_goes_through_outages_of_its_server(
    tmp_path: Path, server: OwnPostgres, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "PATIENCE", 0.4)
    monkeypatch.setattr(conversation, "FIRST_WAIT", 0.05)
    async with world(tmp_path / "kheo", "telegram", database_url=url) as here:
        await _through(here, server, url, random.Random(11), [0.0, 1.0, 0.2])


@pytest.mark.durability
async def test_an_office_goes_through_many_outages_with_the_shipped_patience(
    tmp_path: Path, server: OwnPostgres, url: str
) -> None:
    """One of them lasts longer than a work waits."""
    rng = random.Random(seed())
    downs = [rng.choice([0.0, 0.1, 0.5, 3.0]) for _ in range(15)] + [postgres.PATIENCE + 5.0]
    async with world(tmp_path / "kheo", "telegram", database_url=url) as here:
        await _through(here, server, url, rng, downs)


@pytest.mark.durability
async def test_a_store_goes_through_many_restarts(server: OwnPostgres, url: str) -> None:
    await in_the_store.survives(url, server, 60, random.Random(seed()))
