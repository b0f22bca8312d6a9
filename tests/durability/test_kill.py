"""kill -9 at random moments while several people talk: no answer that was taken is lost, none counts twice, no reply is
lost, and each person hears the replies in order."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import sqlite3
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.chat import Reply
from bot.clock import Clock
from bot.rules.access import OFFICER
from bot.store import exemplars, people, seasons, units
from bot.store.engine import Store
from tests.devices.browser import Browser, NotTaken
from tests.devices.telegram import TOKEN, FakeTelegram, TelegramPhone
from tests.talk import photo
from tests.world import ROOT, YEAR, agreed, plans

SHORT, LONG = 6, 50
"""Lives for each way of listening: the short form is in `make test`, the long one in `make durability`."""
LIFE = (0.0, 1.2)
"""Seconds until the kill. One in four is counted from the fork, so that some die before they have begun."""
ON_THE_WAY = 6
"""What one person says without having heard an answer; then they wait."""
PAUSE = (0.0, 0.09)
ENOUGH = 5
"""Answers a life on the average, fewer mean nothing; a machine that is busy beside this gets up to `MOST` times the lives."""
MOST = 3
DOUBLES = 3
"""At most so many replies of one chat are under way when the process dies."""
PEOPLE = ("lan", "hung", "mai", "bay", "tuan", "hoa")
BROWSERS = 2
SECRET = "a-secret-of-the-durability-runs"


@dataclass
class Talker:
    """Somebody who answers without a pause, and remembers what they said."""

    name: str
    code: str
    device: Any
    rng: random.Random
    said: list[str] = field(default_factory=list)
    unsure: list[str] = field(default_factory=list)
    """Not confirmed: it may have been taken, once."""
    commands: list[str] = field(default_factory=list)
    acts: int = 0

    async def join(self) -> None:
        await self.device.start(self.code)
        await self._until(self.name)
        await self.device.say("/tucham")
        await self._until("Tiêu chí 01")
        await self.device.say("13,5")
        await self._until("Tài liệu kiểm chứng")

    async def talk(self) -> None:
        begun = len(self.device.heard)
        while True:
            await asyncio.sleep(self.rng.uniform(*PAUSE))
            if self.acts - (len(self.device.heard) - begun) < ON_THE_WAY:
                await self._act()

    async def _act(self) -> None:
        self.acts += 1
        n, dice = self.acts, self.rng.random()
        words = f"/chuaco{n:04}" if dice < 0.2 else f"Biên bản họp thôn {n:04} do {self.name} ghi"
        self.unsure.append(words)
        with suppress(NotTaken):
            if dice > 0.9:
                await self.device.send_photo(f"{self.name}-{n}.jpg", photo(f"{self.name}-{n}.jpg"), words)
            else:
                await self.device.say(words)
            self.unsure.remove(words)
            (self.commands if dice < 0.2 else self.said).append(words)

    async def _until(self, fragment: str) -> None:
        await self.device.until(lambda: any(fragment in h.text for h in self.device.heard), timeout=30.0)


class Office:
    """The folder with its database, and the process that serves it."""

    def __init__(self, folder: Path, port: int, nursery: asyncio.subprocess.Process) -> None:
        self.folder = folder
        self.port = port
        self._nursery = nursery
        self.pid = 0

    async def rise(self) -> None:
        assert self._nursery.stdin
        self._nursery.stdin.write(b"live\n")
        self.pid = await self._told()

    async def fall(self, how: signal.Signals) -> int:
        os.kill(self.pid, how)
        self.pid = 0
        return await self._told()

    async def _told(self) -> int:
        assert self._nursery.stdout
        return int(await asyncio.wait_for(self._nursery.stdout.readline(), 30))

    def rows(self, sql: str) -> list[sqlite3.Row]:
        with sqlite3.connect(self.folder / "kheo.db", timeout=10) as connection:
            connection.row_factory = sqlite3.Row
            found = connection.execute(sql).fetchall()
        connection.close()
        return found

    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8")


@asynccontextmanager
async def office(folder: Path, ready: Path, fake: FakeTelegram, webhook: bool) -> AsyncIterator[Office]:
    port = _free_port()
    _furnish(folder, ready)
    environment = {
        **os.environ,
        "KHEO_DATA": str(folder),
        "KHEO_PORT": str(port),
        "TELEGRAM_TOKEN": TOKEN,
        "TELEGRAM_API_BASE": fake.base,
        **({"TELEGRAM_WEBHOOK_URL": f"http://127.0.0.1:{port}/telegram"} if webhook else {}),
        **({"TELEGRAM_WEBHOOK_SECRET": SECRET} if webhook else {}),
    }
    with (folder / "log").open("wb") as log:
        nursery = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.durability.nursery"),
            cwd=ROOT,
            env=environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
    here = Office(folder, port, nursery)
    try:
        yield here
    finally:
        if here.pid:
            os.kill(here.pid, signal.SIGKILL)
        nursery.kill()
        await nursery.wait()


def _furnish(folder: Path, ready: Path) -> None:
    folder.mkdir()
    shutil.copyfile(ready, folder / "kheo.db")


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def enter(folder: Path) -> dict[str, str]:
    """The season, and for each person a unit with an exemplar; returns their codes."""
    store, now, plan = Store(f"sqlite:///{folder}/kheo.db"), Clock().now(), plans()["van-ninh"]

    def work(tx: Any) -> dict[str, str]:
        seasons.begin(tx, plan, YEAR, now)
        # These runs are lived today, by a plan whose communes ended in 2025.
        units.plant(tx, [seed.model_copy(update={"valid_to": None}) for seed in plan.units])
        season = seasons.every(tx)[0]
        codes = {}
        communes = [u for u in units.load(tx).values() if u.parent_id is not None]
        for name, unit in zip(PEOPLE, communes, strict=False):
            person_id = people.add(tx, name, unit.id, OFFICER, now)
            agreed(tx, person_id, now)
            codes[name] = people.make_code(tx, now, person_id=person_id)
            exemplars.register(
                tx,
                season_id=season.id,
                unit_id=unit.id,
                subject="tap_the",
                name=f"Mô hình của {name}",
                award=True,
                late=False,
                answers={"name": f"Mô hình của {name}", "subject": "tap_the", "award": True},
                now=now,
            )
        return codes

    codes = store.run(work)
    store.close()
    return codes


@pytest.mark.parametrize("webhook", [False, True], ids=["polling", "webhook"])
async def test_a_dozen_kills_lose_nothing(tmp_path: Path, ready_sqlite: Path, webhook: bool) -> None:
    await survive(tmp_path / "office", ready_sqlite, webhook, SHORT)


@pytest.mark.durability
@pytest.mark.parametrize("webhook", [False, True], ids=["polling", "webhook"])
async def test_a_hundred_kills_lose_nothing(tmp_path: Path, ready_sqlite: Path, webhook: bool) -> None:
    await survive(tmp_path / "office", ready_sqlite, webhook, LONG)


async def survive(folder: Path, ready: Path, webhook: bool, lives: int) -> None:
    seed = int(os.environ.get("DURABILITY_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
    sys.stdout.write(f"DURABILITY_SEED={seed}\n")
    rng = random.Random(seed)
    async with FakeTelegram() as fake, office(folder, ready, fake, webhook) as here:
        codes = enter(folder)
        talkers = []
        for n, name in enumerate(PEOPLE):
            of_the_web = n >= len(PEOPLE) - BROWSERS
            device = (
                Browser(f"http://127.0.0.1:{here.port}", name=name)
                if of_the_web
                else TelegramPhone(fake, 1000 + n, name)
            )
            talkers.append(Talker(name, codes[name], device, random.Random(rng.random())))
        talking: list[asyncio.Task[None]] = []
        try:
            await here.rise()
            await _listening(here)
            await asyncio.gather(*(talker.join() for talker in talkers))
            talking = [asyncio.create_task(talker.talk()) for talker in talkers]
            lived = 0
            while lived < lives or (lived < MOST * lives and _said(talkers) <= ENOUGH * lives):
                lived += 1
                if rng.random() > 0.25:
                    await _listening(here)
                await asyncio.sleep(rng.uniform(*LIFE))
                assert await here.fall(signal.SIGKILL) == -signal.SIGKILL, here.log()[-3000:]
                await here.rise()
                for task in talking:
                    assert not task.done(), task.exception()
            await _silence(talking)
            await _listening(here)
            await _quiet(here, fake)
            assert await here.fall(signal.SIGTERM) == 0, here.log()[-3000:]
            _check(here, talkers, lived)
            assert _said(talkers) > ENOUGH * lives, "too little was said to mean anything"
        finally:
            await _silence(talking)
            for talker in talkers:
                if isinstance(talker.device, Browser):
                    await talker.device.close()


def _said(talkers: list[Talker]) -> int:
    return sum(len(talker.said) for talker in talkers)


async def _silence(talking: list[asyncio.Task[None]]) -> None:
    for task in talking:
        task.cancel()
    await asyncio.gather(*talking, return_exceptions=True)


async def _listening(here: Office) -> None:
    for _ in range(1500):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", here.port)
        except OSError:
            await asyncio.sleep(0.02)
        else:
            writer.close()
            return
    raise AssertionError(f"it does not come up:\n{here.log()[-3000:]}")


async def _quiet(here: Office, fake: FakeTelegram) -> None:
    for _ in range(600):
        waiting = here.rows("SELECT count(*) AS n FROM inbox WHERE state = 'new'")[0]["n"]
        leaving = here.rows("SELECT count(*) AS n FROM outbox WHERE state IN ('pending', 'leased', 'sending')")[0]["n"]
        if not (waiting or leaving or fake.updates):
            await asyncio.sleep(0.3)  # the pages hear of it
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"{waiting} updates, {leaving} replies and {len(fake.updates)} at Telegram are still waiting")


def _check(here: Office, talkers: list[Talker], lives: int) -> None:
    poison = here.rows("SELECT id, error FROM inbox WHERE state <> 'done'")
    assert [tuple(row) for row in poison] == []

    noted = Counter(
        row["words"]
        for row in here.rows("SELECT json_extract(value, '$.text') AS words FROM draft_event WHERE op = 'add'")
    )
    said = [words for talker in talkers for words in talker.said]
    unsure = {words for talker in talkers for words in talker.unsure}
    assert [words for words in said if noted[words] != 1] == []
    assert set(noted) <= {*said, *unsure}

    rows = here.rows("SELECT o.*, a.chat, a.name FROM outbox o JOIN address a ON a.id = o.address_id ORDER BY o.id")
    assert {row["state"] for row in rows} == {"sent"}
    doubles = 0
    for talker in talkers:
        due = Counter(_shown(row["payload"]) for row in rows if _chat(here, talker) == row["chat"])
        heard = Counter(h.text for h in talker.device.heard)
        assert due - heard == Counter(), f"{talker.name} never heard these"
        assert due.total() >= talker.acts - len(talker.unsure)
        extra = heard - due
        assert extra.total() <= DOUBLES * (lives + 1), f"{talker.name} heard these again and again: {extra}"
        doubles += extra.total()
        _check_order(talker)
    sys.stdout.write(f"{lives} kills: {len(said)} answers, {len(rows)} replies, {doubles} of them heard twice\n")


def _check_order(talker: Talker) -> None:
    texts = [h.text for h in talker.device.heard]
    places = [next((at for at, text in enumerate(texts) if command in text), None) for command in talker.commands]
    known = [at for at in places if at is not None]
    assert known == sorted(known), f"{talker.name} heard replies out of order"


def _shown(payload: str) -> str:
    import json

    reply = Reply.from_json(json.loads(payload))
    return "\n".join(part for part in (reply.title, reply.text) if part).strip()


def _chat(here: Office, talker: Talker) -> str:
    if isinstance(talker.device, TelegramPhone):
        return str(talker.device.user_id)
    found = here.rows(
        f"SELECT a.chat FROM address a JOIN person p ON p.id = a.person_id WHERE p.name = '{talker.name}'"
    )
    return str(found[0]["chat"])
