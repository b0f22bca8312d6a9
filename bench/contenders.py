"""The bots that are measured: how each is started, watched and ended."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import psutil

from bench.far_end import PATH, SECRET, TOKEN, Lost
from bot.plan.loader import load
from bot.plan.model import Plan

ROOT = Path(__file__).resolve().parent.parent
PLAN = ROOT / "plans" / "van-ninh.yaml"
SUBJECT = "tap_the"
END_SECONDS = 10.0  # for a clean end after SIGTERM


@dataclass(frozen=True, slots=True)
class Contender:
    """A bot: what it is called, how it is started, whether its database must be filled beforehand."""

    name: str
    key: str
    command: Sequence[str]
    seeded: bool = False


CONTENDERS = (
    Contender(
        "Khéo as shipped: SQLite, synchronous=FULL", "kheo", (str(Path(sys.executable).with_name("kheo")), "run"), True
    ),
    Contender("aiogram tuned: FSM in memory", "tuned", (sys.executable, "-m", "bench.peers.aiogram_tuned")),
    Contender(
        "aiogram usual: FSM + SQLAlchemy async (aiosqlite), synchronous=FULL",
        "usual",
        (sys.executable, "-m", "bench.peers.aiogram_usual"),
    ),
)


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process (with its children) has used: CPU seconds, and bytes resident now."""

    cpu: float
    resident: int


class Running:
    """A bot in a process of its own, in a folder of its own; ended when the block ends."""

    def __init__(self, contender: Contender, folder: Path, api_base: str, people: int) -> None:
        self.contender = contender
        self.port = _free_port()
        self._folder = folder
        self._log = folder / "log.txt"
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("KHEO_", "TELEGRAM_"))},
            "PYTHONPATH": str(ROOT),
            "DATABASE_URL": "",
            "KHEO_DATA": str(folder),
            "KHEO_PORT": str(self.port),
            "TELEGRAM_TOKEN": TOKEN,
            "TELEGRAM_API_BASE": api_base,
            "TELEGRAM_WEBHOOK_URL": f"http://127.0.0.1:{self.port}{PATH}",
            "TELEGRAM_WEBHOOK_SECRET": SECRET,
            "BENCH_FORM": str(_form(folder)),
        }
        if contender.seeded:
            self._run_to_end([sys.executable, "-m", "bench.seed", str(people)])

    def __enter__(self) -> Running:
        self.began = time.perf_counter()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self.contender.command, cwd=self._folder, env=self._environment, stdout=log, stderr=log
            )
        self._seen = psutil.Process(self._process.pid)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._process.terminate()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if isinstance(error, Lost):
            error.add_note(f"{self.contender.name}, its log ends with:\n{self.log_end()}")

    def alive(self) -> bool:
        return self._process.poll() is None

    def usage(self) -> Usage:
        times = self._seen.cpu_times()
        cpu = times.user + times.system + times.children_user + times.children_system
        resident = self._seen.memory_info().rss
        for child in self._seen.children(recursive=True):
            used = child.cpu_times()
            cpu += used.user + used.system
            resident += child.memory_info().rss
        return Usage(cpu, resident)

    def log_end(self) -> str:
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-30:])

    def _run_to_end(self, command: list[str]) -> None:
        done = subprocess.run(command, cwd=self._folder, env=self._environment, capture_output=True, text=True)
        if done.returncode:
            raise Lost(f"{' '.join(command[1:])} failed:\n{done.stderr[-2000:]}")


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
