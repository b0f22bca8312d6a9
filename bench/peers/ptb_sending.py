"""Sending with python-telegram-bot and its AIORateLimiter: `python -m bench.peers.ptb_sending HOW MANY RETRIES PACED|FREE`.

A few dozen workers take one message after the other (all at once they run into the time-out of its pool of connections);
PACED is the limiter's own pace of 30 a second, FREE has it switched off.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Iterator

from telegram.error import TelegramError
from telegram.ext import AIORateLimiter, ExtBot
from telegram.request import HTTPXRequest

from bench.apart import Watch, collect_seldom, most_resident, tell
from bench.walk import FIRST_CHAT, letter

WORKERS = 64
POOL_SECONDS = 60.0


async def main(many: int, retries: int, pace: str) -> None:
    logging.disable()  # the limiter logs a traceback for each message that it gives up
    limiter = AIORateLimiter(**({} if pace == "PACED" else {"overall_max_rate": 0}), max_retries=retries)
    bot: ExtBot[None] = ExtBot(
        os.environ["TELEGRAM_TOKEN"],
        base_url=f"{os.environ['TELEGRAM_API_BASE']}/bot",
        request=HTTPXRequest(connection_pool_size=WORKERS, pool_timeout=POOL_SECONDS),
        rate_limiter=limiter,
    )
    collect_seldom()
    async with bot:
        seen = Watch()
        numbers = iter(range(many))
        await asyncio.gather(*(work(bot, numbers) for _ in range(WORKERS)))
        tell(**seen.so_far(), resident=most_resident())


async def work(bot: ExtBot[None], numbers: Iterator[int]) -> None:
    for number in numbers:
        try:
            await bot.send_message(FIRST_CHAT + number, letter(number))
        except TelegramError:
            continue  # the limiter has tried as often as it was told to


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
