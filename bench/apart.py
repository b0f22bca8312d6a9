"""What is measured runs in a process of its own: a program that prints what it found as one line of JSON at its end."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import resource
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from bench.far_end import Lost

ROOT = Path(__file__).resolve().parent.parent
END_SECONDS = 5.0  # between SIGTERM and SIGKILL
SHOWN = 1500  # characters of what a program that failed has said
THRESHOLDS = (50_000, 50, 100)  # of the collector; Python's own are (700, 10, 10)


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process (with its children) has used: CPU seconds, and bytes resident now."""

    cpu: float
    resident: int

    def __add__(self, other: Usage) -> Usage:
        return Usage(self.cpu + other.cpu, self.resident + other.resident)


def usage(process: psutil.Process) -> Usage:
    """With all children; those that have ended count with their CPU. Shared memory is counted in each of them."""
    times = process.cpu_times()
    cpu = times.user + times.system + times.children_user + times.children_system
    resident = process.memory_info().rss
    for child in process.children(recursive=True):
        try:
            used = child.cpu_times()
            cpu += used.user + used.system + used.children_user + used.children_system
            resident += child.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return Usage(cpu, resident)


def environment(folder: Path, url: str = "") -> dict[str, str]:
    """That of a bot with nothing configured but its folder and its database (without one: SQLite in the folder)."""
    outer = {name: value for name, value in os.environ.items() if not name.startswith(("KHEO_", "TELEGRAM_"))}
    return {**outer, "PYTHONPATH": str(ROOT), "DATABASE_URL": url, "KHEO_DATA": str(folder)}


def in_time(until: float, what: str, failed: dict[str, str]) -> bool:
    """Whether there is time to begin with that (perf_counter); if not, that it failed is noted."""
    if time.perf_counter() < until:
        return True
    failed[what] = "there was no time left for it"
    return False


async def run(module: str, *words: str, given: Mapping[str, str], folder: Path, patience: float) -> dict[str, Any]:
    """Run `python -m module words…` in that folder and return what it found; Lost if it fails or takes too long."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *words),
        cwd=folder,
        env=dict(given),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    what = f"{module} {' '.join(words)}".strip()
    try:
        out, err = await asyncio.wait_for(process.communicate(), patience)
    except TimeoutError:
        raise Lost(f"{what} was not done after {patience:.0f} s") from None
    finally:
        await _ended(process)
    if process.returncode:
        raise Lost(f"{what} failed:\n{err.decode(errors='replace')[-SHOWN:]}")
    found: dict[str, Any] = json.loads(out.decode().strip().splitlines()[-1])
    return found


async def _ended(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), END_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()


class Watch:
    """In the process that is measured: what has gone by since it was made, here (all threads) and in a database server."""

    def __init__(self, server: int = 0) -> None:
        self._server = psutil.Process(server) if server else None
        self._theirs = usage(self._server).cpu if self._server is not None else 0.0
        self._cpu, self._began = time.process_time(), time.perf_counter()

    def so_far(self) -> dict[str, float]:
        """`seconds`, and seconds of CPU: `cpu` here, `theirs` in the server."""
        seconds, cpu = time.perf_counter() - self._began, time.process_time() - self._cpu
        theirs = usage(self._server).cpu - self._theirs if self._server is not None else 0.0
        return {"seconds": seconds, "cpu": cpu, "theirs": theirs}


def most_resident() -> int:
    """The most bytes that this process has ever held resident."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def collect_seldom() -> None:
    """What stands now stands until the end: the collector need not look at it again, and looks at the rest seldom."""
    gc.set_threshold(*THRESHOLDS)
    gc.collect()
    gc.freeze()


def tell(**found: Any) -> None:
    """As the last thing: what was found, for `run`."""
    print(json.dumps(found), flush=True)
