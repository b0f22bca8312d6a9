"""An office under the harness: its database, the processes that serve it, and death at random moments."""

from __future__ import annotations

import asyncio
import json
import os
import platform
import random
import re
import shutil
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from bot.clock import ZONE
from bot.store.engine import Store
from tests.devices.telegram import TOKEN
from tests.durability.far_end import FarEnd
from tests.world import ROOT

SECRET = "a-secret-of-the-durability-runs"
MORNING = datetime(2024, 3, 4, 8, 30, tzinfo=ZONE)
"""A Monday of a season of Vạn Ninh on which nothing falls due: the office's time when a run begins."""
MIXED = (("receive", "tick", "send"), ("receive", "send"), ("receive", "tick", "send"))
"""What each of three processes does; never would one of a kind be alone."""
COMES_UP, GETS_ON = 90.0, 20.0
"""Seconds within which a process listens, and within which something is sent then."""
FIGURES = ROOT / "docs" / "reliability.md"


def seed() -> int:
    """The seed of this run, told; DURABILITY_SEED repeats one."""
    number = int(os.environ.get("DURABILITY_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
    sys.stdout.write(f"DURABILITY_SEED={number}\n")
    return number


class Process:
    """One `kheo run`, and its next life after it was killed."""

    def __init__(self, nursery: asyncio.subprocess.Process, port: int, log: Path) -> None:
        self._nursery = nursery
        self.port = port
        self._log = log
        self.pid = 0

    async def rise(self) -> None:
        assert self._nursery.stdin
        self._nursery.stdin.write(b"live\n")
        self.pid = await self._told()

    async def fall(self, how: signal.Signals) -> int:
        os.kill(self.pid, how)
        self.pid = 0
        return await self._told()

    async def listens(self) -> None:
        ends = time.monotonic() + COMES_UP
        while time.monotonic() < ends:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return
        raise AssertionError(f"it does not come up:\n{self.log()[-3000:]}")

    def log(self) -> str:
        return self._log.read_text(encoding="utf-8")

    async def end(self) -> None:
        if self.pid:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        with suppress(ProcessLookupError):
            self._nursery.kill()
        await self._nursery.wait()

    async def _told(self) -> int:
        assert self._nursery.stdout
        line = await asyncio.wait_for(self._nursery.stdout.readline(), 180)
        assert line, f"the nursery is gone:\n{self.log()[-3000:]}"
        return int(line)


@dataclass
class Death:
    """A kill: when (the loop's clock), and how many messages Telegram had taken and not answered yet."""

    at: float
    in_flight: int


@dataclass
class Office:
    """The database at `url` and the processes that serve it."""

    folder: Path
    url: str
    far: FarEnd
    processes: list[Process] = field(default_factory=list)
    deaths: list[Death] = field(default_factory=list)

    def rows(self, sql: str) -> list[Any]:
        engine = create_engine(self.url.replace("postgresql://", "postgresql+psycopg://"))
        try:
            with engine.connect() as connection:
                return list(connection.execute(text(sql)).mappings())
        finally:
            engine.dispose()

    def work(self, work: Callable[[Any], Any]) -> Any:
        """Run a work of the store while nobody serves it (on SQLite there is only one who may)."""
        store = Store(self.url)
        try:
            return store.run(work)
        finally:
            store.close()

    async def rise(self) -> None:
        await asyncio.gather(*(process.rise() for process in self.processes))
        await asyncio.gather(*(process.listens() for process in self.processes))

    async def kill(self, process: Process) -> None:
        self.deaths.append(Death(asyncio.get_running_loop().time(), self.far.book.under_way))
        code = await process.fall(signal.SIGKILL)
        assert code == -signal.SIGKILL, f"it had ended by itself with {code}:\n{process.log()[-3000:]}"

    async def stop(self) -> None:
        """SIGTERM to all: each ends with 0."""
        codes = await asyncio.gather(*(process.fall(signal.SIGTERM) for process in self.processes))
        assert codes == [0] * len(codes), [process.log()[-1500:] for process in self.processes]

    def logs(self) -> str:
        return "\n".join(process.log()[-1500:] for process in self.processes)

    def silences(self) -> list[float]:
        """After each kill, the seconds until Telegram took the next message; none for a kill with nothing after it."""
        taken = [one.at for one in self.far.book.taken]
        found = []
        for death in self.deaths:
            later = [at for at in taken if at > death.at]
            if later:
                found.append(min(later) - death.at)
        return found


@asynccontextmanager
async def office(
    folder: Path,
    url: str,
    far: FarEnd,
    *,
    roles: Sequence[Sequence[str]] = ((),),
    webhook: bool = False,
    constants: Mapping[str, float] | None = None,
    now: datetime | None = MORNING,
) -> AsyncIterator[Office]:
    """Processes that are warm but do not live yet, one for each of `roles` (without any: `kheo run` with all of them)."""
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240
    here = Office(folder, url, far)
    async with AsyncExitStack() as stack:
        ports = [_free_port() for _ in roles]
        if webhook and len(ports) > 1:
            far.doors = [f"http://127.0.0.1:{port}/telegram" for port in ports]
        for number, (own, port) in enumerate(zip(roles, ports, strict=True)):
            environment = {
                **os.environ,
                "KHEO_DATA": str(folder),
                "KHEO_PORT": str(port),
                "DATABASE_URL": url,
                "TELEGRAM_TOKEN": TOKEN,
                "TELEGRAM_API_BASE": far.base,
                "DURABILITY_CONSTANTS": json.dumps(dict(constants or {})),
                **({"DURABILITY_NOW": now.isoformat(), "DURABILITY_SINCE": str(time.time())} if now else {}),
                **({"TELEGRAM_WEBHOOK_URL": f"http://127.0.0.1:{ports[0]}/telegram"} if webhook else {}),
                **({"TELEGRAM_WEBHOOK_SECRET": SECRET} if webhook else {}),
            }
            only = ("--only", ",".join(own)) if own else ()
            log = folder / f"log-{number}"
            with log.open("wb") as written:
                nursery = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", "tests.durability.nursery", *only),
                    cwd=ROOT,
                    env=environment,
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=written,
                )
            process = Process(nursery, port, log)
            stack.push_async_callback(process.end)
            here.processes.append(process)
        yield here


def fresh_sqlite(folder: Path, ready: Path) -> str:
    folder.mkdir(parents=True)
    shutil.copyfile(ready, folder / "kheo.db")
    return f"sqlite:///{folder}/kheo.db"


async def reap(
    here: Office,
    rng: random.Random,
    over: Callable[[], bool],
    *,
    between: tuple[float, float] = (1.0, 3.0),
    dead: tuple[float, float] = (0.0, 0.5),
    unready: float = 0.25,
) -> None:
    """Kill a random process every so often until `over`; it rises again after a while.

    The time runs from when it is at work again, so that a slow machine gets on, too; of a share of the deaths,
    `unready`, from the fork: some die before they have begun.
    """
    while not over():
        process = rng.choice(here.processes)
        if rng.random() > unready:
            await process.listens()
            await _works(here.far, len(here.far.book.taken))
        ends = asyncio.get_running_loop().time() + rng.uniform(*between)
        while asyncio.get_running_loop().time() < ends:
            if over():
                return
            await asyncio.sleep(0.02)
        await here.kill(process)
        await asyncio.sleep(rng.uniform(*dead))
        await process.rise()


async def _works(far: FarEnd, before: int) -> None:
    """Wait until something more was sent, though not for long: there may be nothing to send."""
    ends = time.monotonic() + GETS_ON
    while time.monotonic() < ends:
        if len(far.book.taken) > before:
            return
        await asyncio.sleep(0.02)


async def until(reached: Callable[[], Any], seconds: float, told: Callable[[], object]) -> None:
    """Look every so often; with what is `told` if it takes longer."""
    ends = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < ends, f"waited {seconds} s in vain: {told()}"
        await asyncio.sleep(0.1)


def note_figures(run: str, number: int, figures: Mapping[str, object]) -> None:
    """Print what was counted; with KHEO_FIGURES (the long form sets it) it also takes its line in docs/reliability.md."""
    told = " · ".join(f"{name} {value}" for name, value in figures.items())
    sys.stdout.write(f"{run} (seed {number}): {told}\n")
    if not os.environ.get("KHEO_FIGURES"):
        return
    line = f"| {run} | {told} | {number} | {date.today().isoformat()} |"
    page = FIGURES.read_text(encoding="utf-8")
    known = re.compile(rf"^\| {re.escape(run)} \|.*$", re.MULTILINE)
    page = (
        known.sub(lambda _: line, page)
        if known.search(page)
        else page.replace("<!-- more -->", f"{line}\n<!-- more -->")
    )
    machine = f"<!-- machine -->{_machine()}<!-- -->"
    page = re.sub(r"<!-- machine -->.*?<!-- -->", lambda _: machine, page, flags=re.DOTALL)
    FIGURES.write_text(page, encoding="utf-8")


def _machine() -> str:
    model = ""
    with suppress(OSError):
        found = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
        model = found[1].strip() if found else ""
    return f"{os.cpu_count()} cores, {model or platform.machine()}, Linux, Python {platform.python_version()}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
