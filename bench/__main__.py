"""Measure our bot and its peers on this machine, one after the other, and print the table."""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.contenders import CONTENDERS, Contender, Running
from bench.far_end import IN_FLIGHT, FarEnd, Lost
from bench.report import Measured, report, write
from bench.walk import OPENED, STEPS, Person

WARM_SECONDS, SHORT_WARM_SECONDS = 3.0, 1.0  # caches fill, and the first commits are slower
REST_SECONDS = 1.0  # after the first reply, before memory at rest is read
CONVERSATIONS = 10_000
OPENING_SECONDS = 30.0  # whoever has not opened them by then is measured with fewer
BUSY = 0.7  # load average of the last minute
FASTEST = 2_500  # updates/s; so many people are entered that not even such a bot runs out of them


def main() -> None:
    given = _given()
    try:
        measured = asyncio.run(_measure(given))
    except Lost as lost:
        notes = "\n".join(getattr(lost, "__notes__", ()))
        sys.exit(f"{lost}\n{notes}")
    text = report(measured, seconds=given.seconds, in_flight=IN_FLIGHT)
    print(text)
    if given.write:
        write(text)


def _given() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--seconds", type=float, default=15.0, help="how long each bot is measured (default: 15)")
    parser.add_argument("--conversations", type=int, default=CONVERSATIONS, help="opened for the measure of memory")
    parser.add_argument("--short", action="store_true", help="a quick look: 3 s each and 500 conversations")
    parser.add_argument("--only", choices=[contender.key for contender in CONTENDERS], action="append")
    parser.add_argument("--write", action="store_true", help="put the result into docs/performance.md")
    parser.set_defaults(warm=WARM_SECONDS)
    given = parser.parse_args()
    if given.short:
        given.seconds, given.conversations, given.warm = 3.0, 500, SHORT_WARM_SECONDS
    return given


async def _measure(given: argparse.Namespace) -> list[Measured]:
    gc.freeze()
    if os.getloadavg()[0] > BUSY:
        print("Other programs keep this machine busy; the figures will suffer.", file=sys.stderr)
    found = []
    for contender in CONTENDERS:
        if given.only and contender.key not in given.only:
            continue
        print(f"{contender.name} …", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="kheo-bench-") as folder:
            async with FarEnd() as far:
                found.append(await _one(contender, far, Path(folder), given))
    return found


async def _one(contender: Contender, far: FarEnd, folder: Path, given: argparse.Namespace) -> Measured:
    seconds, conversations = given.seconds, given.conversations
    walking = int((given.warm + seconds) * FASTEST / len(STEPS))
    total = 1 + walking + conversations
    people: Iterator[Person] = (Person(number) for number in range(total))
    with Running(contender, folder, far.base, total) as bot:
        first = await far.first_reply(bot.port, next(people), bot.alive) - bot.began
        await asyncio.sleep(REST_SECONDS)
        rest = bot.usage().resident

        start = time.perf_counter() + given.warm
        end = start + seconds
        load = asyncio.create_task(far.load(bot.port, people, until=lambda: time.perf_counter() >= end))
        await asyncio.wait([load], timeout=start - time.perf_counter())
        before, calls = bot.usage(), far.calls
        await asyncio.wait([load], timeout=end - time.perf_counter())
        after, calls = bot.usage(), far.calls - calls
        counted = await load
        took = counted.between(start, end)

        opening = time.perf_counter() + OPENING_SECONDS
        people = (Person(number) for number in range(total - conversations, total))
        opened = await far.load(bot.port, people, steps=OPENED, until=lambda: time.perf_counter() >= opening)
        return Measured(
            name=contender.name,
            key=contender.key,
            seconds=seconds,
            took=took,
            cpu=after.cpu - before.cpu,
            calls=calls,
            first_reply=first,
            rest=rest,
            warm=after.resident,
            opened=opened.people,
            grown=bot.usage().resident - after.resident,
        )


if __name__ == "__main__":
    main()
