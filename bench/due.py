"""The due table: so many rows made, and made again, on both databases."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.apart import environment, in_time, run
from bench.far_end import Lost
from bench.postgres import Server
from bench.report import MEGABYTE, Section, table

COUNTS = (100_000, 1_000_000)
SHORT_COUNTS = (2_000,)
PATIENCE = 150.0  # seconds for one size on one database, with the units that are planted before
ONE, SCAN = "one statement", "a whole tick"


async def measure(given: argparse.Namespace, until: float) -> Section:
    """Each size on SQLite, then on PostgreSQL; nothing is begun after `until` (perf_counter)."""
    counts = SHORT_COUNTS if given.short else COUNTS
    rows: list[list[str]] = []
    failed: dict[str, str] = {}
    with Server() as server:
        for database in ("SQLite", "PostgreSQL"):
            for many in counts:
                what = f"{database}, {many:,} rows"
                if not in_time(until, what, failed):
                    continue
                print(f"  {what} …", file=sys.stderr, flush=True)
                try:
                    rows += rows_of(database, many, await one(server if database == "PostgreSQL" else None, many))
                except Lost as lost:
                    failed[what] = str(lost)
        told = server.told()
    if not rows:
        return Section("", failed)
    heads = ["database", "rows", "how", "first time, s", "again, s", "CPU, s", "rows/s", "most memory, MB"]
    lines = [
        *table(heads, rows),
        "",
        f"SQLite with `synchronous=FULL`, {told}; each row of the table in a fresh database. *{ONE.capitalize()}*: "
        "`dues.made` for so many units of a season, until the commit is on the disk; *again*: the same call, which finds "
        f"every row there. *{SCAN.capitalize()}*: `scan`, as the clock calls it, on the morning of the first reminder to so "
        "many units, nobody of whom has an address; *again*: a process that has seen that all rows are there, as every half "
        "minute after. CPU is that of the first time, of Khéo's process and (+) of the database server; most memory that of "
        "Khéo's process, with what it needs to hand the units over.",
    ]
    return Section("\n".join(lines), failed)


async def one(server: Server | None, many: int) -> Mapping[str, Any]:
    """What was found with so many units in a fresh database, on that server or on SQLite."""
    with tempfile.TemporaryDirectory(prefix="kheo-bench-") as folder:
        url = server.create() if server is not None else ""
        try:
            return await run(
                "bench.making",
                str(many),
                *([str(server.pid)] if server is not None else []),
                given=environment(Path(folder), url),
                folder=Path(folder),
                patience=PATIENCE,
            )
        finally:
            if server is not None:
                server.drop(url)


def rows_of(database: str, many: int, found: Mapping[str, Any]) -> list[list[str]]:
    memory = f"{found['resident'] / MEGABYTE:,.0f}"

    def row(how: str, first: Mapping[str, Any], again: Mapping[str, Any]) -> list[str]:
        theirs = f" + {first['theirs']:.2f}" if database == "PostgreSQL" else ""
        seconds = first["seconds"]
        return [
            *(database, f"{first['rows']:,}", how, f"{seconds:.2f}", f"{again['seconds']:.3f}"),
            *(f"{first['cpu']:.2f}{theirs}", f"{first['rows'] / seconds:,.0f}", memory),
        ]

    if found["first"]["rows"] != many or found["again"]["rows"]:
        raise Lost(f"{found['first']['rows']} rows were made, and then {found['again']['rows']}")
    rows = [row(ONE, found["first"], found["again"])]
    if "scan" in found:
        rows.append(row(SCAN, found["scan"], found["known"]))
    return rows
