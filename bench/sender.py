"""Our way out, as the program is wired: `python -m bench.sender HOW MANY PACED|FREE [PID OF THE DATABASE SERVER]`.

So many messages that nobody asked for are written to the outbox, each to a chat of its own, and sent by the ticks of a
running `App`. Settings in the environment as for `kheo run`.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime

from bench.apart import Watch, most_resident, tell
from bench.walk import FIRST_CHAT, letter
from bot.app import App, build
from bot.chat import Address, Reply
from bot.clock import ZONE, Clock
from bot.config import settings
from bot.logs import write_logs
from bot.store import notices, people
from bot.store.engine import Tx

MORNING = datetime(2024, 3, 4, 8, 30, tzinfo=ZONE)  # a Monday: nothing is sent outside of working hours
AT_ONCE = 500  # people entered in one transaction
LOOK_SECONDS = 0.02
WITHOUT_LIMIT = {"per_second": 1e9, "chat_gap": 0.0}


async def main(many: int, pace: str, server: int = 0) -> None:
    clock = Clock()
    clock.move(MORNING)
    app = build(settings(), clock=clock, web_chat=False, pace=WITHOUT_LIMIT if pace == "FREE" else None)
    app.prepare()
    for first in range(0, many, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, many))
        app.store.run(lambda tx, numbers=numbers: _write(tx, numbers))  # type: ignore[misc]
    seen = Watch(server)
    await app.start()
    while _ended(app) < many:  # noqa: ASYNC110 – it is counted, not told
        await asyncio.sleep(LOOK_SECONDS)
    found = seen.so_far()
    await app.stop()
    tell(**found, resident=most_resident())


def _ended(app: App) -> int:
    counts = app.sender.counts
    return counts.sent["telegram"] + sum(counts.failed.values()) + counts.unknown


def _write(tx: Tx, numbers: range) -> None:
    for number in numbers:
        to = Address("telegram", str(FIRST_CHAT + number))
        contact = people.greet(tx, to, private=True, name=f"Lan {number}", language="vi", now=MORNING)
        reply = Reply(letter(number))
        notices.notify(tx, [contact], "bench", lambda say, reply=reply: reply, MORNING, 0.0)  # type: ignore[misc]


if __name__ == "__main__":
    write_logs(settings(), quiet=True)
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:])))
