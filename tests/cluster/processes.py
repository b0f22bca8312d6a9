"""Several real `kheo run` on one PostgreSQL: begun with chosen roles, killed, frozen, looked at.

    async with several(folder, url, fake, ["receive", "tick,send", ""]) as cluster:
        ...
        cluster[0].kill()

An empty role is all of them. With `webhook` Telegram delivers to a front that hands each update to the next process
that receives (`cluster.front`), as a proxy before several would.
"""

from __future__ import annotations

import asyncio
import atexit
import itertools
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp
import psycopg
from aiohttp import web
from psycopg.rows import namedtuple_row

from bot.clock import Clock
from bot.rules.access import OFFICER
from bot.store import exemplars, people, seasons, units
from bot.store.engine import Store
from tests.devices.telegram import TOKEN, FakeTelegram
from tests.world import ROOT, agreed, plans

SECRET = "a-secret-of-the-tests-of-several"
UP_SECONDS = 30.0
PEOPLE = ("Lan", "Hùng", "Mai", "Bảy", "Tuấn")


class Nursery:
    """Starts processes; everything that they import is imported once, before."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.cluster.nursery"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._began: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._ready = threading.Event()
        self.codes: dict[int, int] = {}
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            told = json.loads(line)
            if "began" in told:
                self.codes.pop(told["began"], None)
                self._began.put(told["began"])
            elif "ended" in told:
                self.codes[told["ended"]] = told["code"]
            else:
                self._ready.set()

    def live(self, arguments: Sequence[str], settings: dict[str, str], log: Path) -> int:
        """Begin a process; returns its pid."""
        assert self._process.stdin
        assert self._ready.wait(2 * UP_SECONDS)
        given = {"arguments": list(arguments), "settings": settings, "log": str(log)}
        self._process.stdin.write(json.dumps(given).encode() + b"\n")
        self._process.stdin.flush()
        return self._began.get(timeout=UP_SECONDS)

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


@cache
def nursery() -> Nursery:
    """One for all tests of this run; it ends with it."""
    made = Nursery()
    atexit.register(made.close)
    return made


@dataclass
class Process:
    """One `kheo run`. `only` is what stands after --only, empty for all."""

    only: str
    port: int
    log_file: Path
    settings: dict[str, str]
    nursery: Nursery
    pid: int = 0

    async def begin(self) -> None:
        arguments = ["run", *(["--only", self.only] if self.only else [])]
        self.pid = await asyncio.to_thread(self.nursery.live, arguments, self.settings, self.log_file)

    async def up(self) -> None:
        """Until it answers on its port."""
        for _ in range(int(UP_SECONDS / 0.02)):
            assert self.lives, f"it did not come up:\n{self.log()[-3000:]}"
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return
        raise AssertionError(f"it does not come up:\n{self.log()[-3000:]}")

    @property
    def lives(self) -> bool:
        return self.pid not in self.nursery.codes

    @property
    def receives(self) -> bool:
        return not self.only or "receive" in self.only

    def signal(self, how: signal.Signals) -> None:
        os.kill(self.pid, how)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)

    def freeze(self) -> None:
        self.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.signal(signal.SIGCONT)

    async def ended(self, seconds: float = 15.0) -> int:
        """Its exit code, when it has ended."""
        async with asyncio.timeout(seconds):
            while self.lives:  # noqa: ASYNC110 – another task reads what the nursery tells
                await asyncio.sleep(0.02)
        return self.nursery.codes[self.pid]

    async def end(self) -> int:
        """SIGTERM, and its exit code."""
        self.signal(signal.SIGTERM)
        return await self.ended()

    def log(self) -> str:
        return self.log_file.read_text(encoding="utf-8") if self.log_file.exists() else ""


@dataclass
class Front:
    """A proxy before the processes that receive: each request goes to the next, and past those that are away."""

    processes: Sequence[Process]
    port: int = 0
    taken: list[int] = field(default_factory=list)
    """The ports to which the updates went."""
    _turns: Any = field(default_factory=itertools.count)
    _runner: web.AppRunner | None = None
    _client: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        self._client = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5.0))
        app = web.Application()
        app.router.add_post("/telegram", self._hand_on)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()

    async def _hand_on(self, request: web.Request) -> web.Response:
        assert self._client
        body = await request.read()
        names = ("Content-Type", "X-Telegram-Bot-Api-Secret-Token")
        headers = {name: request.headers[name] for name in names if name in request.headers}
        able = [process for process in self.processes if process.receives]
        turn = next(self._turns)
        for n in range(len(able)):
            port = able[(turn + n) % len(able)].port
            try:
                async with self._client.post(
                    f"http://127.0.0.1:{port}/telegram", data=body, headers=headers
                ) as response:
                    answer = await response.read()
                    if response.status < 500:
                        self.taken.append(port)
                        return web.Response(status=response.status, body=answer)
            except (aiohttp.ClientError, TimeoutError, OSError):
                continue
        return web.Response(status=502)

    async def close(self) -> None:
        assert self._client and self._runner
        await self._client.close()
        await self._runner.cleanup()


class Cluster(list[Process]):
    """The processes, and their database."""

    url: str
    front: Front

    def rows(self, sql: str, *values: Any) -> list[Any]:
        with psycopg.connect(self.url, row_factory=namedtuple_row) as connection:
            return connection.execute(sql, values).fetchall()  # type: ignore[arg-type]

    def number(self, sql: str, *values: Any) -> int:
        return int(self.rows(sql, *values)[0][0])

    def logs(self) -> str:
        return "\n".join(f"--- {process.only or 'all'} {process.pid}\n{process.log()}" for process in self)

    async def until(self, true: Callable[[], Any], seconds: float = 20.0) -> None:
        for _ in range(int(seconds / 0.05)):
            if true():
                return
            await asyncio.sleep(0.05)
        waits = self.rows(
            "SELECT state, owner, count(*) AS n, min(not_before) - extract(epoch FROM now()) AS until,"
            " max(error) AS error FROM outbox WHERE state IN ('pending', 'leased', 'sending') GROUP BY 1, 2"
        )
        raise AssertionError(f"never within {seconds} s\n{waits}\n{self.logs()[-6000:]}")

    async def quiet(self, seconds: float = 30.0) -> None:
        """Until everything taken in is worked off and everything written is sent."""
        await self.until(
            lambda: (
                not self.number(
                    "SELECT (SELECT count(*) FROM inbox WHERE state = 'new')"
                    " + (SELECT count(*) FROM outbox WHERE state IN ('pending', 'leased', 'sending'))"
                )
            ),
            seconds,
        )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def several(
    folder: Path,
    url: str,
    fake: FakeTelegram,
    roles: Sequence[str],
    *,
    webhook: bool = False,
    settings: dict[str, str] | None = None,
    begin: bool = True,
) -> AsyncIterator[Cluster]:
    """The processes, up and running; they share `folder` (evidence). Whatever is left of them at the end is killed."""
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240
    cluster = Cluster()
    cluster.url, cluster.front = url, Front(cluster, free_port())
    for n, only in enumerate(roles):
        port = free_port()
        given = {
            "KHEO_DATA": str(folder),
            "DATABASE_URL": url,
            "KHEO_PORT": str(port),
            "TELEGRAM_TOKEN": TOKEN,
            "TELEGRAM_API_BASE": fake.base,
            **({"TELEGRAM_WEBHOOK_URL": f"http://127.0.0.1:{cluster.front.port}/telegram"} if webhook else {}),
            **({"TELEGRAM_WEBHOOK_SECRET": SECRET} if webhook else {}),
            **(settings or {}),
        }
        cluster.append(Process(only, port, folder / f"log-{n}", given, nursery()))
    await cluster.front.open()
    try:
        if begin:
            for process in cluster:
                await process.begin()
            await asyncio.gather(*(process.up() for process in cluster))
        yield cluster
    finally:
        for process in cluster:
            if process.pid and process.lives:
                with suppress(ProcessLookupError):
                    process.kill()
                    await process.ended()
        await cluster.front.close()


def furnish(url: str, people_of: Sequence[str] = PEOPLE) -> dict[str, str]:
    """The season of today, and for each of these people a unit with an exemplar; returns their codes by name."""
    store, now, plan = Store(url), Clock().now(), plans()["van-ninh"]

    def work(tx: Any) -> dict[str, str]:
        seasons.begin(tx, plan, now.year, now)
        # Lived today, by a plan whose communes ended in 2025.
        units.plant(tx, [seed.model_copy(update={"valid_to": None}) for seed in plan.units])
        season = seasons.every(tx)[0]
        codes = {}
        communes = [unit for unit in units.load(tx).values() if unit.parent_id is not None]
        for name, unit in zip(people_of, itertools.cycle(communes), strict=False):
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
