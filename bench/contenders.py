"""The bots that are measured: how each is started, watched and ended."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import psutil

from bench.apart import ROOT, SHOWN, Usage, environment, usage
from bench.far_end import PATH, SECRET, TOKEN, Lost
from bot.plan.loader import load
from bot.plan.model import Plan

PLAN = ROOT / "plans" / "van-ninh.yaml"
SUBJECT = "tap_the"
END_SECONDS = 10.0  # for a clean end after SIGTERM
SEED_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Contender:
    """A bot: what it is called, how it is started, whether its database must be filled beforehand."""

    name: str
    key: str
    command: Sequence[str]
    seeded: bool = False


KHEO = (str(Path(sys.executable).with_name("kheo")), "run")
CONTENDERS = (
    Contender("Khéo as shipped: SQLite, synchronous=FULL", "kheo", KHEO, True),
    Contender("aiogram tuned: FSM in memory", "tuned", (sys.executable, "-m", "bench.peers.aiogram_tuned")),
    Contender("aiogram_dialog tuned: memory", "dialog", (sys.executable, "-m", "bench.peers.aiogram_dialog_form")),
    Contender(
        "aiogram usual: FSM + SQLAlchemy async (aiosqlite), synchronous=FULL",
        "usual",
        (sys.executable, "-m", "bench.peers.aiogram_usual"),
    ),
    Contender(
        "python-telegram-bot tuned: ConversationHandler in memory",
        "ptb",
        (sys.executable, "-m", "bench.peers.ptb_form"),
    ),
)


class Running:
    """A bot in a process of its own – or in several on one database –, in that folder; ended when the block ends."""

    def __init__(self, contender: Contender, folder: Path, api_base: str, *, url: str = "", count: int = 1) -> None:
        self.contender = contender
        self.ports = [_free_port() for _ in range(count)]
        self._folder = folder
        self._log = folder / "log.txt"
        self._environment = {
            **environment(folder, url),
            "TELEGRAM_TOKEN": TOKEN,
            "TELEGRAM_API_BASE": api_base,
            "TELEGRAM_WEBHOOK_URL": f"http://127.0.0.1:{self.ports[0]}{PATH}",
            "TELEGRAM_WEBHOOK_SECRET": SECRET,
            "BENCH_FORM": str(_form(folder)),
        }

    def __enter__(self) -> Running:
        self.began = time.perf_counter()
        with self._log.open("ab") as log:
            self._processes = [
                subprocess.Popen(
                    self.contender.command,
                    cwd=self._folder,
                    env={**self._environment, "KHEO_PORT": str(port)},
                    stdout=log,
                    stderr=log,
                )
                for port in self.ports
            ]
        self._seen = [psutil.Process(process.pid) for process in self._processes]
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if isinstance(error, (Lost, TimeoutError)):
            error.add_note(f"{self.contender.name}, its log ends with:\n{self.log_end()}")

    def alive(self) -> bool:
        return all(process.poll() is None for process in self._processes)

    def usage(self) -> Usage:
        return sum(map(usage, self._seen), Usage(0.0, 0))

    def log_end(self) -> str:
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-30:])


def seed(folder: Path, people: int, url: str = "") -> None:
    """Fill our database for so many people, on SQLite; then move it to that PostgreSQL. Blocks until it is done."""
    _done([sys.executable, "-m", "bench.seed", str(people)], folder)
    if url:
        _done([KHEO[0], "migrate-to", url], folder)


def _done(command: list[str], folder: Path) -> None:
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment(folder),
            capture_output=True,
            text=True,
            timeout=SEED_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Lost(f"{' '.join(command[1:3])} was not done after {SEED_SECONDS:.0f} s") from None
    if done.returncode:
        raise Lost(f"{' '.join(command[1:3])} failed:\n{done.stderr[-SHOWN:]}")


def _form(folder: Path) -> Path:
    """The rows of our form for the peers, so that all ask the same."""
    plan: Plan = load(PLAN)
    table = plan.table(SUBJECT)
    rows = [{"code": row.code, "text": row.text, "hint": row.evidence.hint, "most": str(row.max)} for row in table.rows]
    path = folder / "form.json"
    path.write_text(json.dumps(rows))
    return path


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
