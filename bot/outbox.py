"""The way out: answers at once and in order, everything else at the platform's pace; nothing else sends."""

from __future__ import annotations

import asyncio
import os
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from weakref import WeakValueDictionary

import structlog

from bot.chat import Address, Attachment, Channels, Choice, Reply
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
from bot.store import addresses, outbox, people
from bot.store.engine import Store, Tx
from bot.store.outbox import Message
from bot.vietnamese import without_phones

log = structlog.get_logger()

PER_SECOND = 25.0  # of Telegram's 30 a second and token, so that answers have room
CHAT_GAP = 1.0  # seconds between unasked messages to one person
GROUP_GAP = 3.2  # 20 a minute to one group
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0  # seconds between tries at a platform that is away, doubled each time
GIVE_UP_AFTER = 10_000  # tries; with the longest pause more than three days: a weekend without a line loses nothing
ABSENT_PAUSE = 3600.0  # seconds; a channel that is not configured any more may be configured again
CHATS_PACED = 10_000  # of which the next moment is remembered; then those whose moment has passed are let go
MAKING_SECONDS = 12.0  # a paper takes one; with the sending it must fit into a lease
LONGEST_HOLD = 2.0  # seconds for which one round waits for the pace; what must wait longer makes room for answers


@dataclass(frozen=True, slots=True)
class NotNow:
    """A composer's word that the message may not go out at this hour: look again after so many seconds."""

    seconds: float


Composer = Callable[[Tx, Message], Reply | NotNow | None]
"""Makes the text in the transaction that marks the row as being sent; None: nothing is left to say, cancel it."""


Maker = Callable[[Tx, Message, str], Callable[[], bytes]]
"""Reads what the paper of that name says, for whoever is reached there, and returns what makes it without the store.

LookupError, or anything else it raises: there is no such paper for them.
"""


class Outbox:
    """Sends what the store holds. `composers` make the messages that are composed when they are sent, by kind, and
    `maker` the papers that go with them.
    """

    def __init__(
        self,
        store: Store,
        channels: Channels,
        clock: Clock,
        composers: Mapping[str, Composer],
        *,
        maker: Maker | None = None,
        per_second: float = PER_SECOND,
        chat_gap: float = CHAT_GAP,
        group_gap: float = GROUP_GAP,
    ) -> None:
        self.owner = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._store = store
        self._channels = channels
        self._clock = clock
        self._composers = composers
        self._maker = maker
        self._gap = 1 / per_second
        self._chat_gap = chat_gap
        self._group_gap = group_gap
        self._paused: dict[str, float] = {}  # channel → epoch seconds
        self._stumbles: dict[str, int] = defaultdict(int)
        self._next: dict[str, float] = {}  # channel → when the next unasked message may leave
        self._next_in_chat: dict[int, float] = {}
        self._behind: set[int] = set()  # addresses with an answer that waits: later ones must not overtake it
        self._unnoted: dict[int, str] = {}  # sent, but the store was away when it was to be noted
        self._claiming = asyncio.Lock()  # two rounds that claim at once would not see each other's rows
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def resume(self) -> None:
        """At the start: answers of an earlier run that are still to be sent come first at their addresses."""
        self._behind |= await self._store.read(outbox.addresses_waiting)

    async def let_go(self) -> None:
        """At the end: what this process holds and will not send any more is for whoever starts next."""
        await self._note_sent(list(self._unnoted.items()))
        await self._store.write(lambda tx: outbox.release_all(tx, self.owner))

    async def deliver(self, messages: Sequence[Message]) -> None:
        """Send the answers of one turn now, in order; what cannot be sent now waits in the store for the pump."""
        if not messages:
            return
        lock = self._lock(messages[0].address_id)
        async with lock:
            sent: list[tuple[int, str]] = []
            try:
                for n, message in enumerate(messages):
                    if message.id in self._unnoted:
                        continue
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
            finally:
                await self._note_sent(sent)

    async def pump(self) -> int:
        """Send what waits and may go out now; returns how many rows were claimed. Called by the tick."""
        await self._note_sent(list(self._unnoted.items()))
        async with self._claiming:
            claimed = await self._store.write(lambda tx: outbox.claim(tx, self.owner, time.time()))
            self._behind |= {m.address_id for m in claimed if m.priority == outbox.REPLY}
        by_address: dict[int, list[Message]] = defaultdict(list)
        for message in claimed:
            by_address[message.address_id].append(message)
        ended = await asyncio.gather(
            *(self._pump_address(messages) for messages in by_address.values()), return_exceptions=True
        )
        for trouble in ended:
            if trouble is not None:
                raise trouble
        return len(claimed)

    async def sweep(self) -> None:
        """Give back what a dead process had leased."""
        freed = await self._store.write(lambda tx: outbox.sweep(tx, time.time()))
        if freed:
            await self.resume()
            log.warning("messages of a lost lease go out again", count=freed)

    async def _pump_address(self, messages: list[Message]) -> None:
        address_id = messages[0].address_id
        lock = self._lock(address_id)
        async with lock:
            for n, message in enumerate(messages):
                if self._pause(message.channel):
                    await self._park(messages[n:])
                    return
                if message.priority != outbox.REPLY and not await self._pace(message):
                    await self._park(messages[n:], self._due(message))
                    return
                if message.id in self._unnoted:
                    continue
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
        if isinstance(reply, NotNow):
            outbox.put_back(tx, message.id, time.time() + reply.seconds, "not at this hour", tried=False)
            return None
        if reply is None:
            outbox.end(tx, message.id, "cancelled", "nothing left to say")
            if people.contact_by_id(tx, message.address_id).state != "ok":  # since it was written
                self._pass_on(tx, message)
        return reply

    async def _send(self, message: Message, reply: Reply) -> str:
        to = Address(message.channel, message.chat, message.thread)
        channel = self._channels.by_name.get(message.channel)
        if channel is None:
            raise Later(ABSENT_PAUSE)
        if not message.private:
            reply = _for_all_to_read(reply)
        if reply.attachment is not None:
            reply = await self._with_paper(message, reply, reply.attachment)
        try:
            told = await channel.send(to, reply)
        except ChannelFailed:
            raise
        except Exception as broken:
            log.exception("a channel broke over a message", outbox=message.id, channel=message.channel)
            raise Refused(type(broken).__name__) from broken
        self._stumbles.pop(message.channel, None)
        return told

    async def _with_paper(self, message: Message, reply: Reply, asked: Attachment) -> Reply:
        """The reply with its paper, made off the loop; with a sentence in its place where it cannot be made."""
        try:
            if self._maker is None:
                raise LookupError("nobody makes papers here")
            maker = self._maker
            async with asyncio.timeout(MAKING_SECONDS):
                make = await self._store.read(lambda tx: maker(tx, message, asked.paper))
                content = await asyncio.to_thread(make)
        except StoreDown:
            raise
        except Exception:
            log.exception("a paper could not be made", outbox=message.id, paper=asked.paper)
            return replace(
                reply, text="\n".join(part for part in (reply.text, asked.otherwise) if part), attachment=None
            )
        return replace(reply, attachment=replace(asked, content=content))

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
            # Noted with the next round. Should this process end before, they are sent again: twice rather than never.
            self._unnoted.update(sent)
            log.warning("sent, but not noted yet", count=len(sent))
        else:
            for id, _ in sent:
                self._unnoted.pop(id, None)

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
                # The platform's own words may quote ours: they stand in the outbox, not in the log.
                log.error("the platform refuses a message", outbox=message.id, kind=message.kind)
            case Transient() | UnknownEffect():
                self._stumbles[message.channel] += 1
                pause = min(FIRST_PAUSE * 2 ** min(self._stumbles[message.channel] - 1, 16), LONGEST_PAUSE)
                waits_until = self._paused[message.channel] = now + pause
                if self._stumbles[message.channel] == 1:
                    kind = type(failed.__cause__ or failed).__name__
                    log.warning("the platform stumbles; messages wait", channel=message.channel, error=kind)
        if waits_until is not None and message.attempts >= GIVE_UP_AFTER:
            waits_until, end = None, "failed"

        def work(tx: Tx) -> None:
            if isinstance(failed, MovedTo):
                people.move(tx, Address(message.channel, message.chat), failed.chat, self._clock.now())
            if waits_until is not None:
                outbox.put_back(tx, message.id, waits_until, why)
                return
            outbox.end(tx, message.id, end, why)
            if end == "blocked" or (end == "gone" and message.kind != "refresh"):
                people.note_state(tx, message.address_id, end, self._clock.now())
                self._pass_on(tx, message)

        if waits_until is not None and message.priority == outbox.REPLY:
            self._behind.add(message.address_id)
        await self._store.write(work)

    def _pass_on(self, tx: Tx, message: Message) -> None:
        """What nobody asked for goes to another address of the same person, where there is one."""
        if message.kind not in ("reminder", "notice") or not message.private:
            return
        other = addresses.other_way(tx, message.address_id)
        if other is not None:
            outbox.pass_on(tx, message.id, other, self._clock.now())

    async def _park(self, messages: Sequence[Message], wait: float = 0.0) -> None:
        """Let them wait (`wait` seconds at least) for the pump, behind what waits already."""
        until = max(time.time() + wait, self._paused.get(messages[0].channel, 0.0))
        self._behind |= {m.address_id for m in messages if m.priority == outbox.REPLY}

        def work(tx: Tx) -> None:
            for message in messages:
                outbox.put_back(tx, message.id, until, "waits its turn", tried=False)

        await self._store.write(work)

    async def _pace(self, message: Message) -> bool:
        """Take the next slot and wait for it; false when it is too far off to wait for."""
        now, wait = time.monotonic(), self._due(message)
        if wait > LONGEST_HOLD:
            return False
        self._next[message.channel] = now + wait + self._gap
        self._next_in_chat[message.address_id] = now + wait + (self._chat_gap if message.private else self._group_gap)
        if len(self._next_in_chat) > CHATS_PACED:
            self._next_in_chat = {chat: at for chat, at in self._next_in_chat.items() if at > now}
        if wait:
            await asyncio.sleep(wait)
        return True

    def _due(self, message: Message) -> float:
        """In how many seconds the pace allows this message."""
        now = time.monotonic()
        return max(now, self._next.get(message.channel, now), self._next_in_chat.get(message.address_id, now)) - now

    def _pause(self, channel: str) -> bool:
        return self._paused.get(channel, 0.0) > time.time()

    def _lock(self, address_id: int) -> asyncio.Lock:
        lock = self._locks.get(address_id)
        if lock is None:
            lock = self._locks[address_id] = asyncio.Lock()
        return lock


def _for_all_to_read(reply: Reply) -> Reply:
    """What a whole group may read: no telephone number, whoever has put it into a name; no papers."""
    rows = tuple(tuple(Choice(without_phones(c.label), c.token) for c in row) for row in reply.choices)
    text, title = without_phones(reply.text), without_phones(reply.title)
    return replace(reply, text=text, title=title, choices=rows, attachment=None)
