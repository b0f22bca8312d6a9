"""Turns with one, two and three processes of ours on one PostgreSQL."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from pathlib import Path

from bench.apart import in_time
from bench.contenders import KHEO, Contender, Running, seed
from bench.far_end import IN_FLIGHT, FarEnd, Lost
from bench.postgres import Server
from bench.report import MEGABYTE, Measured, Section, table
from bench.turns import people_for, up, walked
from bench.walk import Person

COUNTS = (1, 2, 3)  # at most turns.FIRST
FASTEST = 900  # updates/s, with all processes


async def measure(given: argparse.Namespace, until: float) -> Section:
    """The same database and season for all; everybody walks through their own form. Nothing is begun after `until`."""
    each = people_for(given, FASTEST)
    found: dict[str, Measured] = {}
    failed: dict[str, str] = {}
    with Server() as server, tempfile.TemporaryDirectory(prefix="kheo-bench-") as room:
        folder, url = Path(room), server.create()
        await asyncio.to_thread(seed, folder, each * (2 * len(COUNTS)), url)
        server.analyze(url)
        people = (Person(number) for number in range(each * 2 * len(COUNTS)))
        async with FarEnd() as far:  # one for all: the office knows the numbers of the updates that it has had
            for count in COUNTS:
                contender = Contender(f"Khéo on PostgreSQL, processes: {count}", f"postgres{count}", KHEO)
                if not in_time(until, contender.name, failed):
                    continue
                print(f"  {contender.name} …", file=sys.stderr, flush=True)
                try:
                    with Running(contender, folder, far.base, url=url, count=count) as bot:
                        first, rest = await up(bot, far, people)
                        for in_turn in (False, True)[: min(count, 2)]:
                            crowd = islice(people, each)
                            told = await walked(bot, far, crowd, given, in_turn=in_turn, beside=server.usage)
                            name = f"{count} process{'es' if count > 1 else ''}{', in turn' if in_turn else ''}"
                            found[name] = replace(told, first_reply=first, rest=rest)
                except (Lost, TimeoutError) as lost:
                    failed[contender.name] = "\n".join([repr(lost), *getattr(lost, "__notes__", ())])
        told_server = server.told()
    if not found:
        return Section("", failed)
    lines = [
        f"{given.seconds:g} s each, {IN_FLIGHT} people at once; {told_server}. “Memory” is that of all processes of Khéo "
        "together. Everybody writes to one of the processes; “in turn”: each update of a person goes to the next process.",
        "",
        *table(["", *found], [[title, *map(shown, found.values())] for title, shown in _ROWS]),
    ]
    return Section("\n".join(lines), failed)


_ROWS: tuple[tuple[str, Callable[[Measured], str]], ...] = (
    ("updates/s", lambda m: f"{m.rate:,.0f}"),
    ("CPU per update, µs: Khéo", lambda m: f"{m.cpu_each:,.0f}"),
    ("CPU per update, µs: database server", lambda m: f"{m.beside / len(m.took) * 1e6:,.0f}"),
    ("p50, ms", lambda m: f"{m.percentile(50):.1f}"),
    ("p99, ms", lambda m: f"{m.percentile(99):.1f}"),
    ("memory at rest, MB", lambda m: f"{m.rest / MEGABYTE:.0f}"),
    ("memory after the run, MB", lambda m: f"{m.warm / MEGABYTE:.0f}"),
    ("start to first reply, s", lambda m: f"{m.first_reply:.1f}"),
)
