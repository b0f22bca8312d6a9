"""SIGTERM to a real `kheo run`: what is in flight arrives, the rest waits, nothing comes twice; and the mark of a move."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from bot.care.moved import moved, set_mark
from bot.chat import Address, Reply
from bot.clock import Clock
from bot.store import beats, outbox, people
from bot.store.engine import Store
from bot.store.tables import outbox as outbox_table
from tests.databases import ready_sqlite  # noqa: F401
from tests.devices.telegram import TOKEN, FakeTelegram, TelegramPhone
from tests.world import ROOT

MANY = 51
SLOWLY = 0.3  # seconds that the platform takes for one message
ENDS_WITHIN = 10.0
CHAT = 4711


class Slow(FakeTelegram):
    """A platform that takes its time over each message, and remembers what it is at."""

    def __init__(self) -> None:
        super().__init__()
        self.pause = SLOWLY
        self.under_way = 0

    async def _send_message(self, params: dict[str, Any]) -> Any:
        self.under_way += 1
        await asyncio.sleep(self.pause)
        self.under_way -= 1
        return await super()._send_message(params)


@pytest.fixture
async def fake() -> AsyncIterator[Slow]:
    async with Slow() as made:
        yield made


@pytest.fixture
def office(tmp_path: Path, ready_sqlite: Path) -> str:  # noqa: F811
    """An office with fifty-one answers to one person that are still to be sent."""
    (tmp_path / "data").mkdir()
    shutil.copyfile(ready_sqlite, tmp_path / "data" / "kheo.db")
    url = f"sqlite:///{tmp_path}/data/kheo.db"
    store, now = Store(url), Clock().now()

    def enter(tx: Any) -> int:
        at = people.greet(tx, Address("telegram", str(CHAT)), private=True, name="Lan", language="vi", now=now)
        row = {"address_id": at.id, "channel": "telegram", "kind": "reply", "priority": outbox.REPLY, "subject": ""}
        row |= {"state": "pending", "not_before": time.time() - 1, "attempts": 0, "created_at": now}
        rows = [row | {"cause": f"test:{n}", "payload": Reply(f"Tin số {n}.").as_json()} for n in range(MANY)]
        return tx.execute(insert(outbox_table).values(rows)).rowcount

    assert store.run(enter) == MANY
    store.close()
    return url


async def begin(folder: Path, fake: FakeTelegram, *more: str) -> Process:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    own = {"KHEO_DATA": str(folder / "data"), "KHEO_PORT": str(port), "TELEGRAM_TOKEN": TOKEN}
    own |= {"TELEGRAM_API_BASE": fake.base, "DATABASE_URL": "", "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-m", "bot", "run", *more]
    return await asyncio.create_subprocess_exec(*words, cwd=folder, env=os.environ | own, stdout=PIPE, stderr=PIPE)


async def until(what: Callable[[], bool], process: Process, seconds: float = 150.0) -> None:
    ends = time.monotonic() + seconds
    while not what():
        if process.returncode is not None:
            _, told = await process.communicate()
            raise AssertionError(f"ended with {process.returncode}:\n{told.decode()}")
        if time.monotonic() > ends:
            process.send_signal(signal.SIGTERM)
            _, told = await process.communicate()
            raise AssertionError(f"it did not come:\n{told.decode()}")
        await asyncio.sleep(0.01)


async def end(process: Process) -> tuple[float, str]:
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    _, told = await asyncio.wait_for(process.communicate(), 3 * ENDS_WITHIN)
    assert process.returncode == 0, told.decode()
    return time.monotonic() - began, told.decode()


async def test_with_fifty_waiting_and_one_in_flight_it_ends_soon_and_nothing_is_lost_or_doubled(
    tmp_path: Path, office: str, fake: Slow
) -> None:
    lan = TelegramPhone(fake, CHAT, "Lan")
    lan.met = True
    first = await begin(tmp_path, fake)
    await until(lambda: len(lan.heard) >= 3 and fake.under_way == 1, first)
    took, told = await end(first)
    assert took < ENDS_WITHIN, f"{took:.1f} s"
    assert '"level": "error"' not in told, told
    arrived = len(lan.heard)
    assert fake.under_way == 0, "what was in flight was waited for"
    assert 4 <= arrived < MANY, "and no more were begun"
    store = Store(office)
    states = store.run(outbox.report)
    assert states == {"sent": arrived, "pending": MANY - arrived}, "no row is half sent"
    assert [beat for beat in store.run(beats.every) if beat.name.startswith(beats.PROCESS)] == []
    store.close()

    fake.pause = 0.0
    second = await begin(tmp_path, fake)
    await until(lambda: len(lan.heard) >= MANY, second)
    await end(second)
    assert [heard.text for heard in lan.heard] == [f"Tin số {n}." for n in range(MANY)], "each once, and in order"


async def test_an_office_that_has_moved_away_is_not_served_unless_somebody_says_so(
    tmp_path: Path, office: str, fake: Slow
) -> None:
    fake.pause = 0.0
    set_mark(office, "postgresql://kheo@db/kheo", Clock().now())
    refused = await begin(tmp_path, fake)
    _, told = await asyncio.wait_for(refused.communicate(), 60)
    assert refused.returncode == 1 and "kheo run --again" in told.decode()
    assert "postgresql://kheo@db/kheo" in told.decode() and "Traceback" not in told.decode()
    lan = TelegramPhone(fake, CHAT, "Lan")
    lan.met = True
    again = await begin(tmp_path, fake, "--again")
    await until(lambda: len(lan.heard) >= MANY, again)
    await end(again)
    assert moved(office) is None
