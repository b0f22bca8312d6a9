"""The result as a Markdown table, with the machine on which it was measured."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
MEGABYTE = 1024 * 1024
PER = 10_000  # open conversations


@dataclass(frozen=True, slots=True)
class Measured:
    """One bot: `took` are the seconds of each update, sorted; `cpu` in seconds; memory in bytes."""

    name: str
    key: str
    seconds: float
    took: Sequence[float]
    cpu: float
    calls: int
    first_reply: float
    rest: int
    warm: int
    opened: int
    grown: int

    @property
    def rate(self) -> float:
        return len(self.took) / self.seconds

    @property
    def cpu_each(self) -> float:
        """Microseconds of CPU for each update."""
        return self.cpu / len(self.took) * 1e6

    def percentile(self, percent: int) -> float:
        """Milliseconds."""
        return self.took[len(self.took) * percent // 100] * 1e3

    @property
    def grown_each(self) -> float:
        """Bytes for so many open conversations."""
        return self.grown / self.opened * PER


_ROWS: tuple[tuple[str, Callable[[Measured], str]], ...] = (
    ("updates/s", lambda m: f"{m.rate:,.0f}"),
    ("CPU per update, µs", lambda m: f"{m.cpu_each:,.0f}"),
    ("p50, ms", lambda m: f"{m.percentile(50):.1f}"),
    ("p99, ms", lambda m: f"{m.percentile(99):.1f}"),
    ("memory at rest, MB", lambda m: f"{m.rest / MEGABYTE:.0f}"),
    ("memory after the run, MB", lambda m: f"{m.warm / MEGABYTE:.0f}"),
    (
        f"memory per {PER:,} open conversations, MB",
        lambda m: f"{m.grown_each / MEGABYTE:.1f}" + ("" if m.opened >= PER else f" (from {m.opened:,})"),
    ),
    ("start to first reply, s", lambda m: f"{m.first_reply:.1f}"),
)


def report(measured: Sequence[Measured], *, seconds: float, in_flight: int) -> str:
    """The whole result as Markdown."""
    lines = [
        f"Measured on {date.today():%d %B %Y}, {seconds:g} s each, {in_flight} people at once, all on 127.0.0.1.",  # noqa: DTZ011
        f"Machine: {machine()}.",
        "",
        "| | " + " | ".join(m.name for m in measured) + " |",
        "|---|" + "---:|" * len(measured),
    ]
    lines += [f"| {title} | " + " | ".join(shown(m) for m in measured) + " |" for title, shown in _ROWS]
    ours = next((m for m in measured if m.key == "kheo"), None)
    others = [m for m in measured if m is not ours]
    if ours is not None and others:
        lines += [
            "",
            "| Khéo, as a multiple of | updates/s | CPU per update | p50 | p99 |",
            "|---|---:|---:|---:|---:|",
        ]
        lines += [
            f"| {m.name} | {ours.rate / m.rate:.2f} | {ours.cpu_each / m.cpu_each:.2f} "
            f"| {ours.percentile(50) / m.percentile(50):.2f} | {ours.percentile(99) / m.percentile(99):.2f} |"
            for m in others
        ]
    return "\n".join(lines)


def machine() -> str:
    """Cores, processor, memory, and the versions that matter."""
    names = ("aiogram", "aiohttp", "SQLAlchemy", "aiosqlite", "pydantic")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / MEGABYTE / 1024
    return (
        f"{os.cpu_count()} cores (shared by bot and load), {_processor()}, {memory:.0f} GB, {platform.system()} "
        f"{platform.release().split('-')[0]}; Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
        f"{versions}"
    )


def _processor() -> str:
    try:
        found = dict(re.findall(r"^(.+?)\s*:[ \t]*(.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)[::-1])
    except OSError:
        found = {}
    name = found.get("model name", "")
    if name in ("", "unknown"):
        parts = [found.get("vendor_id", ""), "family " + found["cpu family"] if "cpu family" in found else ""]
        parts.append("model " + found["model"] if "model" in found else "")
        name = " ".join(part for part in parts if part) or platform.machine()
    mhz = found.get("cpu MHz", "")
    return f"{name} at {float(mhz) / 1000:.1f} GHz" if mhz and "GHz" not in name else name


def write(text: str) -> None:
    """Put the result between the two marks of docs/performance.md."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise SystemExit(f"{PAGE} has no place for the result: put {BEGIN} and {END} into it")
    PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")
