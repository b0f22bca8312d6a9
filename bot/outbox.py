"""The way out: answers at once and in order, everything else at the platform's pace; nothing else sends."""

from __future__ import annotations

import asyncio
import os
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from weakref import WeakValueDictionary

import structlog

from bot.chat import Address, Channels, Reply
from bot.clock import Clock
from bot.errors import (
    ChannelFailed,
    Gone,
    Later,
    MovedTo,
    Refused,
    StoreDown,
    Transient,
    UnknownEffect,
    Unreachable,
)
from bot.store import outbox, people
from bot.store.engine import Store, Tx
from bot.store.outbox import Message

log = structlog.get_logger()

PER_SECOND = 25.0  # of Telegram's 30 a second and token, so that answers have room
CHAT_GAP = 1.0  # seconds between unasked messages to one person
GROUP_GAP = 3.2  # 20 a minute to one group
LONGEST_PAUSE = 30.0  # seconds between tries at a platform that is away
GIVE_UP_AFTER = 500  # tries; with the longest pause about four hours

Composer = Callable[[Tx, Message], Reply | None]
"""Makes the text in the transaction that marks the row as being sent; None: nothing is left to say, cancel it."""


class Outbox:
    """Sends what the store holds. `composers` make the messages that are composed when they are sent, by kind."""

    def __init__(
        self,
        store: Store,
        channels: Channels,
        clock: Clock,
        composers: Mapping[str, Composer],
        *,
        per_second: float = PER_SECOND,
        chat_gap: float = CHAT_GAP,
        group_gap: float = GROUP_GAP,
    ) -> None:
        self.owner = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._store = store
        self._channels = channels
        self._clock = clock
        self._composers = composers
        self._gap = 1 / per_second
        self._chat_gap = chat_gap
        self._group_gap = group_gap
        self._paused: dict[str, float] = {}  # channel → epoch seconds
        self._stumbles: dict[str, int] = defaultdict(int)
        self._next: dict[str, float] = {}  # channel → when the next unasked message may leave
        self._next_in_chat: dict[int, float] = {}
        self._behind: set[int] = set()  # addresses with an answer that waits: later ones must not overtake it
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def deliver(self, messages: Sequence[Message]) -> None:
        """Send the answers of one turn now, in order; what cannot be sent now waits in the store for the pump."""
        if not messages:
            return
        lock = self._lock(messages[0].address_id)
        async with lock:
            sent: list[tuple[int, str]] = []
            for n, message in enumerate(messages):
                if message.address_id in self._behind or self._pause(message.channel):
                    await self._park(messages[n:])
                    break
                try:
                    sent.append((message.id, await self._send(message, Reply.from_json(message.payload))))
                except ChannelFailed as failed:
                    await self._failed(message, failed)
                    if messages[n + 1 :]:
                        await self._park(messages[n + 1 :])
                    break
            await self._note_sent(sent)

    async def pump(self) -> int:
        """Send what waits and may go out now; returns how many rows were claimed. Called by the tick."""
        claimed = await self._store.write(lambda tx: outbox.claim(tx, self.owner, time.time()))
        by_address: dict[int, list[Message]] = defaultdict(list)
        for message in claimed:
            by_address[message.address_id].append(message)
        await asyncio.gather(*(self._pump_address(messages) for messages in by_address.values()))
        return len(claimed)

    async def sweep(self) -> None:
        """Give back what a dead process had leased."""
        freed = await self._store.write(lambda tx: outbox.sweep(tx, time.time()))
        if freed:
            log.warning("messages of a lost lease go out again", count=freed)

    async def _pump_address(self, messages: list[Message]) -> None:
        address_id = messages[0].address_id
        lock = self._lock(address_id)
        async with lock:
            for n, message in enumerate(messages):
                if self._pause(message.channel):
                    await self._park(messages[n:])
                    return
                if message.priority != outbox.REPLY:
                    await self._pace(message)
                reply = await self._store.write(lambda tx, m=message: self._begin(tx, m))  # type: ignore[misc]
                if reply is None:
                    continue
                try:
                    await self._note_sent([(message.id, await self._send(message, reply))])
                except ChannelFailed as failed:
                    await self._failed(message, failed)
                    if messages[n + 1 :]:
                        await self._park(messages[n + 1 :])
                    return
            if address_id in self._behind and not await self._store.read(lambda tx: outbox.waiting_at(tx, address_id)):
                self._behind.discard(address_id)

    def _begin(self, tx: Tx, message: Message) -> Reply | None:
        if not outbox.begin_sending(tx, message.id, self.owner):
            return None
        if message.kind == "reply":
            return Reply.from_json(message.payload)
        reply = self._composers[message.kind](tx, message)
        if reply is None:
            outbox.end(tx, message.id, "cancelled", "nothing left to say")
        return reply

    async def _send(self, message: Message, reply: Reply) -> str:
        to = Address(message.channel, message.chat, message.thread)
        told = await self._channels[message.channel].send(to, reply)
        self._stumbles.pop(message.channel, None)
        return told

    async def _note_sent(self, sent: Sequence[tuple[int, str]]) -> None:
        if not sent:
            return
        now = self._clock.now()

        def work(tx: Tx) -> None:
            for id, told in sent:
                outbox.sent(tx, id, told, now)

        try:
            await self._store.write(work)
        except StoreDown:
            # The lease runs out and the sweep sends them again: twice rather than never.
            log.warning("sent, but not noted", count=len(sent))

    async def _failed(self, message: Message, failed: ChannelFailed) -> None:
        now, why = time.time(), repr(failed)
        waits_until: float | None = None
        end = ""
        match failed:
            case Later(seconds=seconds):
                waits_until = self._paused[message.channel] = now + seconds
            case MovedTo():
                waits_until = now
            case Unreachable():
                end = "blocked"
            case Gone():
                end = "gone"
            case Refused():
                end = "failed"
                log.error("the platform refuses a message", outbox=message.id, kind=message.kind, error=why[:300])
            case Transient() | UnknownEffect():
                self._stumbles[message.channel] += 1
                pause = min(2.0 ** (self._stumbles[message.channel] - 1), LONGEST_PAUSE)
                waits_until = self._paused[message.channel] = now + pause
                if self._stumbles[message.channel] == 1:
                    log.warning("the platform stumbles; messages wait", channel=message.channel, error=why[:200])
        if waits_until is not None and message.attempts >= GIVE_UP_AFTER:
            waits_until, end = None, "failed"

        def work(tx: Tx) -> None:
            if isinstance(failed, MovedTo):
                people.move(tx, Address(message.channel, message.chat), failed.chat)
            if waits_until is not None:
                outbox.put_back(tx, message.id, waits_until, why)
                return
            outbox.end(tx, message.id, end, why)
            if end == "blocked" or (end == "gone" and message.kind != "refresh"):
                people.note_state(tx, message.address_id, end)

        if waits_until is not None and message.priority == outbox.REPLY:
            self._behind.add(message.address_id)
        await self._store.write(work)

    async def _park(self, messages: Sequence[Message]) -> None:
        """Let them wait for the pump, behind what waits already."""
        until = max(time.time(), self._paused.get(messages[0].channel, 0.0))
        self._behind |= {m.address_id for m in messages if m.priority == outbox.REPLY}

        def work(tx: Tx) -> None:
            for message in messages:
                outbox.put_back(tx, message.id, until, "waits its turn")

        await self._store.write(work)

    async def _pace(self, message: Message) -> None:
        now = time.monotonic()
        gap = self._chat_gap if message.private else self._group_gap
        slot = max(now, self._next.get(message.channel, now), self._next_in_chat.get(message.address_id, now))
        self._next[message.channel] = slot + self._gap
        self._next_in_chat[message.address_id] = slot + gap
        if len(self._next_in_chat) > 10_000:
            self._next_in_chat = {chat: at for chat, at in self._next_in_chat.items() if at > now}
        if slot > now:
            await asyncio.sleep(slot - now)

    def _pause(self, channel: str) -> bool:
        return self._paused.get(channel, 0.0) > time.time()

    def _lock(self, address_id: int) -> asyncio.Lock:
        lock = self._locks.get(address_id)
        if lock is None:
            lock = self._locks[address_id] = asyncio.Lock()
        return lock
