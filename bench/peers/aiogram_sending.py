"""Sending with aiogram alone: `python -m bench.peers.aiogram_sending HOW MANY gather|collected|workers`.

“gather” awaits all calls at once and stops at the first error, “collected” keeps the errors and goes on, “workers” are
a few dozen who take one message after the other and obey `retry_after`.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError, TelegramRetryAfter

from bench.apart import Watch, collect_seldom, most_resident, tell
from bench.peers import aiogram_web
from bench.walk import FIRST_CHAT, letter

WORKERS = 64


async def main(many: int, way: str) -> None:
    collect_seldom()
    async with aiogram_web.bot() as bot:
        await bot.me()
        seen = Watch()
        if way == "workers":
            numbers = iter(range(many))
            await asyncio.gather(*(work(bot, numbers) for _ in range(WORKERS)))
        else:
            try:
                calls = (bot.send_message(FIRST_CHAT + number, letter(number)) for number in range(many))
                await asyncio.gather(*calls, return_exceptions=way == "collected")
            except TelegramAPIError:
                pass  # whoever wrote this sees a traceback; what was not sent is lost
        tell(**seen.so_far(), resident=most_resident())


async def work(bot: Bot, numbers: Iterator[int]) -> None:
    for number in numbers:
        while True:
            try:
                await bot.send_message(FIRST_CHAT + number, letter(number))
                break
            except TelegramRetryAfter as asked:
                await asyncio.sleep(asked.retry_after)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
