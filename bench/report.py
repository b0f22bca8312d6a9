"""Results as Markdown, each part at its place in docs/performance.md, with the machine on which it was measured."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import version
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
END = "<!-- measured: end -->"
MEGABYTE = 1024 * 1024
PER = 10_000  # open conversations


@dataclass(frozen=True, slots=True)
class Measured:
    """One bot: `took` are the seconds of each update, sorted; `cpu` in seconds, `beside` those of its database server;
    memory in bytes."""

    name: str
    key: str
    seconds: float
    took: Sequence[float]
    cpu: float
    calls: int
    warm: int
    first_reply: float = 0.0
    rest: int = 0
    beside: float = 0.0
    opened: int = 0
    grown: int = 0

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


@dataclass(frozen=True, slots=True)
class Section:
    """What a part found, as Markdown, and what of it could not be measured: by its name, why."""

    text: str
    failed: Mapping[str, str] = field(default_factory=dict)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], *, words: int = 1) -> list[str]:
    """Lines of Markdown; but for the first columns, so many that hold `words`, all hold figures."""
    marks = "---|" * words + "---:|" * (len(heads) - words)
    return [_line(heads), f"|{marks}", *map(_line, rows)]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def turns(measured: Sequence[Measured]) -> list[str]:
    """The bots beside one another, and ours (the one whose key is “kheo”) as a multiple of each of the others."""
    lines = table(["", *(m.name for m in measured)], [[title, *map(shown, measured)] for title, shown in _ROWS])
    ours = next((m for m in measured if m.key == "kheo"), None)
    others = [m for m in measured if m is not ours]
    if ours is None or not others:
        return lines
    ratios = [
        [
            m.name,
            f"{ours.rate / m.rate:.2f}",
            f"{ours.cpu_each / m.cpu_each:.2f}",
            f"{ours.percentile(50) / m.percentile(50):.2f}",
            f"{ours.percentile(99) / m.percentile(99):.2f}",
        ]
        for m in others
    ]
    heads = ["Khéo, as a multiple of", "updates/s", "CPU per update", "p50", "p99"]
    return [*lines, "", *table(heads, ratios)]


def measured_on() -> str:
    """The day, and the machine."""
    return f"Measured on {date.today():%d %B %Y}, everything on 127.0.0.1.\nMachine: {machine()}."  # noqa: DTZ011


def machine() -> str:
    """Cores, processor, memory, and the versions that matter."""
    names = ("aiogram", "aiogram_dialog", "python-telegram-bot", "aiohttp", "SQLAlchemy", "psycopg", "aiosqlite")
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


def write(part: str, text: str) -> None:
    """Put what a part found between its two marks in docs/performance.md."""
    page = PAGE.read_text(encoding="utf-8")
    begin = f"<!-- measured: {part} -->"
    before, _, rest = page.partition(begin)
    _, found, after = rest.partition(END)
    if not found:
        raise LookupError(f"{PAGE} has no place for the result: put {begin} and {END} into it")
    PAGE.write_text(f"{before}{begin}\n{text}\n{END}{after}", encoding="utf-8")
