"""Measure our bot and its peers on this machine, one part after the other, and print the tables."""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import sys
import time
import traceback
from collections.abc import Awaitable, Callable

from bench import due, processes, sending, turns
from bench.far_end import Lost
from bench.report import Section, measured_on, write

PARTS: dict[str, tuple[Callable[[argparse.Namespace, float], Awaitable[Section]], float]] = {
    "due": (due.measure, 130.0),
    "sending": (sending.measure, 300.0),
    "turns": (turns.measure, 270.0),
    "processes": (processes.measure, 170.0),
}
"""What measures each part, and after how many seconds nothing more of it is begun: all within a quarter of an hour."""
GRACE = 120.0  # seconds for what was begun by then
SECONDS = 15.0  # of turns for each bot
CONVERSATIONS = 10_000
BUSY = 0.7  # load average of the last minute


def main() -> None:
    given = _given()
    gc.freeze()
    if os.getloadavg()[0] > BUSY:
        print("Other programs keep this machine busy; the figures will suffer.", file=sys.stderr)
    failed = 0
    for name in given.only or PARTS:
        failed += _part(name, given)
    if failed:
        sys.exit(f"{failed} of what was to be measured failed; see above.")


def _part(name: str, given: argparse.Namespace) -> int:
    """Measure one part, print it and (asked to) write it down; returns how much of it failed."""
    print(f"{name} …", file=sys.stderr, flush=True)
    began = time.perf_counter()
    try:
        section = asyncio.run(_bounded(name, given))
    except Exception as broke:
        told = str(broke) if isinstance(broke, Lost) else "".join(traceback.format_exception(broke))
        section = Section("", {name: told})
    print(f"  {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
    for what, why in section.failed.items():
        print(f"{name}: {what} failed: {why}", file=sys.stderr, flush=True)
    if section.text:  # else the page keeps what it had
        missing = ["", f"Failed in this run: {'; '.join(section.failed)}."] if section.failed else []
        text = "\n".join([measured_on(), "", section.text, *missing])
        print(f"\n## {name}\n\n{text}\n", flush=True)
        if given.write:
            write(name, text)
    return len(section.failed)


async def _bounded(name: str, given: argparse.Namespace) -> Section:
    measure, most = PARTS[name]
    most *= max(1.0, given.seconds / SECONDS)
    try:
        async with asyncio.timeout(most + GRACE):
            return await measure(given, time.perf_counter() + most)
    except TimeoutError:
        raise Lost(f"was not done after {most + GRACE:.0f} s") from None


def _given() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", choices=list(PARTS), action="append", help="measure this part (may be repeated)")
    parser.add_argument("--bot", action="append", help="measure this bot of the turns: kheo, tuned, dialog, usual, ptb")
    parser.add_argument(
        "--seconds", type=float, default=SECONDS, help="how long each bot's turns are measured (%(default)g)"
    )
    parser.add_argument("--conversations", type=int, default=CONVERSATIONS, help="opened for the measure of memory")
    parser.add_argument(
        "--short", action="store_true", help="a quick look, with small numbers: whether all of it works"
    )
    parser.add_argument("--write", action="store_true", help="put the results into docs/performance.md")
    parser.set_defaults(warm=turns.WARM_SECONDS)
    given = parser.parse_args()
    if given.short:
        given.seconds, given.conversations, given.warm = 3.0, 500, turns.SHORT_WARM_SECONDS
    return given


if __name__ == "__main__":
    main()
