"""Turns: people fill in a form, webhook in, reply out; ours and its peers, one after the other."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from bench.apart import Usage, in_time
from bench.contenders import CONTENDERS, Contender, Running, seed
from bench.far_end import IN_FLIGHT, FarEnd, Lost
from bench.report import Measured, Section, turns
from bench.walk import OPENED, STEPS, Person

WARM_SECONDS, SHORT_WARM_SECONDS = 3.0, 1.0  # caches fill, and the first commits are slower
REST_SECONDS = 1.0  # after the first reply, before memory at rest is read
OPENING_SECONDS = 20.0  # whoever has not opened all conversations by then is measured with fewer
FIRST = 3  # people who knock until each process replies
FASTEST = 2_500  # updates/s; so many people are entered that not even such a bot runs out of them


async def measure(given: argparse.Namespace, until: float) -> Section:
    """Every bot in turn; one that fails does not keep the others from being measured. Nothing is begun after `until`."""
    found: list[Measured] = []
    failed: dict[str, str] = {}
    for contender in CONTENDERS:
        if given.bot and contender.key not in given.bot:
            continue
        if not in_time(until, contender.name, failed):
            continue
        print(f"  {contender.name} …", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="kheo-bench-") as folder:
            async with FarEnd() as far:
                try:
                    found.append(await _one(contender, far, Path(folder), given))
                except (Lost, TimeoutError) as lost:
                    failed[contender.name] = "\n".join([repr(lost), *getattr(lost, "__notes__", ())])
    if not found:
        return Section("", failed)
    lines = [f"{given.seconds:g} s each, {IN_FLIGHT} people at once.", "", *turns(found)]
    return Section("\n".join(lines), failed)


async def _one(contender: Contender, far: FarEnd, folder: Path, given: argparse.Namespace) -> Measured:
    conversations = given.conversations
    total = people_for(given, FASTEST) + conversations
    people: Iterator[Person] = (Person(number) for number in range(total - conversations))
    if contender.seeded:
        seed(folder, total)
    with Running(contender, folder, far.base) as bot:
        first, rest = await up(bot, far, people)
        measured = await walked(bot, far, people, given)
        opening = time.perf_counter() + OPENING_SECONDS
        people = (Person(number) for number in range(total - conversations, total))
        opened = await far.load(bot.ports, people, steps=OPENED, until=lambda: time.perf_counter() >= opening)
        grown = bot.usage().resident - measured.warm
        return replace(measured, first_reply=first, rest=rest, opened=opened.people, grown=grown)


def people_for(given: argparse.Namespace, fastest: float) -> int:
    """So many people as even a bot that does so many updates in a second does not run out of."""
    return FIRST + int((given.warm + given.seconds) * fastest / len(STEPS))


async def up(bot: Running, far: FarEnd, people: Iterator[Person]) -> tuple[float, int]:
    """Wait until each process replies; seconds from the start to the first reply, and the bytes that they hold at rest."""
    first = await far.first_reply(bot.ports[0], next(people), bot.alive) - bot.began
    for port in bot.ports[1:]:
        await far.first_reply(port, next(people), bot.alive)
    await asyncio.sleep(REST_SECONDS)
    return first, bot.usage().resident


async def walked(
    bot: Running,
    far: FarEnd,
    people: Iterator[Person],
    given: argparse.Namespace,
    *,
    in_turn: bool = False,
    beside: Callable[[], Usage] = lambda: Usage(0.0, 0),
) -> Measured:
    """Let people walk through the whole form for so long.

    `beside` is asked for the CPU of what works for the bot (a database server).
    """
    start = time.perf_counter() + given.warm
    end = start + given.seconds
    load = asyncio.create_task(
        far.load(bot.ports, people, until=lambda: time.perf_counter() >= end, in_turn=in_turn),
    )
    await asyncio.wait([load], timeout=start - time.perf_counter())
    before, theirs, calls = bot.usage(), beside().cpu, far.calls
    await asyncio.wait([load], timeout=end - time.perf_counter())
    after, theirs, calls = bot.usage(), beside().cpu - theirs, far.calls - calls
    counted = await load
    took = counted.between(start, end)
    if not took:
        raise Lost(f"no reply within {given.seconds:g} s")
    return Measured(
        name=bot.contender.name,
        key=bot.contender.key,
        seconds=given.seconds,
        took=took,
        cpu=after.cpu - before.cpu,
        beside=theirs,
        calls=calls,
        warm=after.resident,
    )
