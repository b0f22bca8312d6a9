"""Telegram on its bad days: slow, strict about its limits, cutting connections, bringing the same words twice.

It notes a message at the moment it takes it, before it answers: whoever is killed while waiting for that answer has sent.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict, deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.devices.telegram import Failure, FakeTelegram, TelegramPhone, Wrong

A_SECOND, A_MINUTE = 30, 20
"""What Telegram takes of one token in a second, and in one group in a minute."""
IN_ONE_CHAT = 1.0
"""Seconds between two messages in one chat."""
ON_THE_WAY = 0.1
"""Seconds by which two messages may come closer together than they were sent."""
LOOK = 0.05
STALLED = 1.5
"""Seconds for which it counts that this process, on the same machine as the bot, woke up late."""
SENDS = ("sendMessage", "editMessageText", "sendDocument", "sendPhoto")
KEPT = 40
"""Updates that were taken already and may be brought once more."""


@dataclass(frozen=True)
class Trouble:
    """How often what goes wrong: shares of the calls that send, and of the updates that are brought."""

    latency: tuple[float, float] = (0.0, 0.0)
    """Seconds from taking a message to saying so."""
    too_many: float = 0.0
    """429, with a retry_after out of `patience`."""
    patience: tuple[int, int] = (1, 3)
    broken: float = 0.0
    """5xx instead of the effect."""
    cut_before: float = 0.0
    cut_after: float = 0.0
    silent: float = 0.0
    """Taken, and then no answer until the caller has had enough."""
    twice: float = 0.0
    """An update that was taken is brought once more, at once or later, after newer ones."""


@dataclass
class Taken:
    """A message that Telegram has taken. `at` is seconds of the event loop's clock."""

    at: float
    chat: int
    text: str
    edits: int = 0


@dataclass
class Book:
    """What was counted."""

    taken: list[Taken] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    """Calls beyond a limit: which, and by how much."""
    troubles: Counter[str] = field(default_factory=Counter)
    under_way: int = 0
    """Messages that were taken, and whose answer is still to be given."""
    most_under_way: int = 0
    again: int = 0


class FarEnd(FakeTelegram):
    """`doors`: addresses to one of which each update is brought, as by a proxy; without any, to the webhook's own."""

    def __init__(self, rng: random.Random, trouble: Trouble = Trouble(), *, strict: bool = True) -> None:
        super().__init__()
        self.rng = rng
        self.trouble = trouble
        self.strict = strict
        self.book = Book()
        self.doors: list[str] = []
        self._window: deque[float] = deque()
        self._in_chat: dict[int, float] = {}
        self._in_group: dict[int, deque[float]] = defaultdict(deque)
        self._old: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._carried: set[int] = set()
        self._lag: deque[tuple[float, float]] = deque()
        self._watch: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._watch = asyncio.create_task(self._look())
        await super().start()

    async def stop(self) -> None:
        if self._watch:
            self._watch.cancel()
        await super().stop()

    def meet(self, *chats: int) -> None:
        """People who have written to the bot before."""
        for chat in chats:
            TelegramPhone(self, chat, f"Người {chat}").met = True

    @property
    def waiting(self) -> int:
        """Updates that nobody has taken yet."""
        return len(self.updates)

    # What it takes

    def _failing(self, method: str, params: dict[str, Any]) -> Failure | None:
        failure = super()._failing(method, params)
        if failure or method not in SENDS:
            return failure
        dice, t = self.rng.random(), self.trouble
        for share, name in (
            (t.too_many, "429"),
            (t.broken, "5xx"),
            (t.cut_before, "cut before"),
            (t.cut_after, "cut after"),
        ):
            if dice < share:
                self.book.troubles[name] += 1
                return self._failure(name)
            dice -= share
        return None

    def _failure(self, name: str) -> Failure:
        match name:
            case "429":
                seconds = self.rng.randint(*self.trouble.patience)
                return Failure("", 429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds})
            case "5xx":
                status = self.rng.choice([500, 502, 504])
                return Failure("", status, "Internal Server Error")
        return Failure("", cut=name.removeprefix("cut "))

    async def _do(self, method: str, params: dict[str, Any]) -> Any:
        if method not in SENDS:
            return await super()._do(method, params)
        now = asyncio.get_running_loop().time()
        chat = int(params["chat_id"])
        if self.strict:
            self._permit(chat, now)
        result = await super()._do(method, params)
        shown = str(params.get("text", params.get("caption", "")))
        self.book.taken.append(Taken(now, chat, shown, int(params.get("message_id", 0))))
        self.book.under_way += 1
        self.book.most_under_way = max(self.book.most_under_way, self.book.under_way)
        try:
            await asyncio.sleep(self.rng.uniform(*self.trouble.latency))
            if self.rng.random() < self.trouble.silent:
                self.book.troubles["silence"] += 1
                await asyncio.sleep(60.0)
        finally:
            self.book.under_way -= 1
        return result

    def _permit(self, chat: int, now: float) -> None:
        """Refuse what is too much. What comes in a bunch because the machine stood still is not held against anybody."""
        lag = sum(late for at, late in self._lag if now - at < STALLED)
        while self._window and now - self._window[0] >= 1.0:
            self._window.popleft()
        if len(self._window) >= A_SECOND * (1.0 + lag):
            self._refuse(f"{len(self._window) + 1} in a second", 1)
        gap = now - self._in_chat.get(chat, -1e9)
        if gap < IN_ONE_CHAT - ON_THE_WAY - lag:
            self._refuse(f"two in one chat within {gap:.2f} s", 1)
        if chat < 0:
            minute = self._in_group[chat]
            while minute and now - minute[0] >= 60.0:
                minute.popleft()
            if len(minute) >= A_MINUTE:
                self._refuse(f"{len(minute) + 1} in one group in a minute", 3)
            minute.append(now)
        self._window.append(now)
        self._in_chat[chat] = now

    def _refuse(self, why: str, seconds: int) -> None:
        self.book.refused.append(why)
        raise Wrong(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)

    async def _look(self) -> None:
        """Note how late this process is itself."""
        clock = asyncio.get_running_loop().time
        while True:
            begun = clock()
            await asyncio.sleep(LOOK)
            late = clock() - begun - LOOK
            if late > LOOK / 5:
                self._lag.append((clock(), late))
            while self._lag and clock() - self._lag[0][0] > 5.0:
                self._lag.popleft()

    # What it brings

    async def _get_updates(self, params: dict[str, Any]) -> Any:
        before = {u["update_id"]: u for u in self.updates}
        found = await super()._get_updates(params)
        left = {u["update_id"] for u in self.updates}
        self._old.extend(u for id, u in before.items() if id not in left)
        if self._old and self.rng.random() < self.trouble.twice:
            self.book.again += 1
            # As after a change of servers: what was confirmed comes again, before what is new.
            return [*self.rng.sample(list(self._old), min(3, len(self._old))), *found]
        return found

    async def _carry(self) -> None:
        """Bring updates to one of the doors: those of different people side by side, those of one in order."""
        tasks: set[asyncio.Task[None]] = set()
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20.0)) as session:
            try:
                while True:
                    self._parcel.clear()
                    if self.webhook:
                        for update in list(self.updates):
                            who = _person(update)
                            if who not in self._carried:
                                self._carried.add(who)
                                task = asyncio.create_task(self._bring(session, update, who))
                                tasks.add(task)
                                task.add_done_callback(tasks.discard)
                    await self._parcel.wait()
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _bring(self, session: aiohttp.ClientSession, update: dict[str, Any], who: int) -> None:
        try:
            while True:
                if await self._hand_in(session, update):
                    break
                await asyncio.sleep(self.rng.uniform(0.05, 0.3))
            self.updates.remove(update)
            self._old.append(update)
            if self.rng.random() < self.trouble.twice:
                self.book.again += 1
                await self._hand_in(session, self.rng.choice(list(self._old)))
        finally:
            self._carried.discard(who)
            self._wake()

    async def _hand_in(self, session: aiohttp.ClientSession, update: dict[str, Any]) -> bool:
        door = self.rng.choice(self.doors) if self.doors else self.webhook["url"]
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.webhook.get("secret_token", "")}
        try:
            async with session.post(door, json=update, headers=headers) as response:
                await response.read()
                self.webhook_statuses.append(response.status)
                return 200 <= response.status < 300
        except (aiohttp.ClientError, OSError, TimeoutError):
            return False


def _person(update: dict[str, Any]) -> int:
    for content in update.values():
        if isinstance(content, dict):
            with suppress(KeyError):
                return int(content["from"]["id"])
    return 0
