"""One durable step (read, update, insert, commit) through the store: `python bench/store.py [DATABASE_URL]`."""

from __future__ import annotations

import asyncio
import platform
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable

from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table, Text, bindparam, insert, select, update

from bot.store.engine import Store, Tx

STEPS = 4_000  # of each row of the table; enough for ±10 %
WAITING = (1, 16)

tables = MetaData()
draft = Table("bench_draft", tables, Column("id", Integer, primary_key=True), Column("n", Integer, nullable=False))
said = Table(
    "bench_said",
    tables,
    Column("id", Integer, primary_key=True),
    Column("draft_id", ForeignKey("bench_draft.id"), nullable=False),
    Column("value", Text, nullable=False),
)
look = select(draft.c.n).where(draft.c.id == bindparam("key"))
change = update(draft).where(draft.c.id == bindparam("key")).values(n=bindparam("to"))


def step(key: int) -> Callable[[Tx], int]:
    def work(tx: Tx) -> int:
        n: int = tx.execute(look, {"key": key}).scalar_one() + 1
        tx.execute(change, {"key": key, "to": n})
        tx.execute(insert(said), {"draft_id": key, "value": "13 rưỡi"})
        return n

    return work


async def measure(store: Store, waiting: int, steps: int) -> tuple[float, float, float]:
    """CPU per step in µs (all threads of this process), steps per second, and the 99th percentile in ms."""
    took: list[float] = []

    async def person(key: int) -> None:
        work = step(key)
        for _ in range(steps // waiting):
            began = time.perf_counter()
            await store.write(work)
            took.append(time.perf_counter() - began)

    cpu, began = time.process_time(), time.perf_counter()
    await asyncio.gather(*(person(key) for key in range(1, waiting + 1)))
    cpu, seconds = time.process_time() - cpu, time.perf_counter() - began
    return cpu / len(took) * 1e6, len(took) / seconds, sorted(took)[len(took) * 99 // 100] * 1e3


async def main(url: str) -> None:
    store = Store(url)
    store.run(tables.drop_all)
    store.run(tables.create_all)
    store.run(lambda tx: [tx.execute(insert(draft).values(id=key, n=0)) and None for key in range(1, max(WAITING) + 1)])
    await measure(store, max(WAITING), STEPS // 10)  # warm caches
    print(f"{store.dialect}, SQLite {sqlite3.sqlite_version}, Python {platform.python_version()}, {platform.machine()}")
    print(f"{'waiting':>8} {'µs CPU':>8} {'steps/s':>9} {'p99 ms':>8}")
    for waiting in WAITING:
        cpu, rate, late = await measure(store, waiting, STEPS)
        print(f"{waiting:>8} {cpu:>8.0f} {rate:>9,.0f} {late:>8.2f}")
    store.run(tables.drop_all)
    store.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else f"sqlite:///{folder}/bench.db"))
