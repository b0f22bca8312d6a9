"""The way out: answers at once and in order, everything else at the platform's pace; nothing else sends."""

from __future__ import annotations

import asyncio
import os
import time
import uuid
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from weakref import WeakValueDictionary

import structlog

from bot.chat import Address, Attachment, Channels, Choice, Reply
from bot.clock import ZONE, Clock
from bot.errors import (
    ChannelFailed,
    Gone,
    Later,
    MovedTo,
    Refused,
    StoreDown,
    TooMany,
    Transient,
    UnknownEffect,
    Unreachable,
    UsedUp,
)
from bot.rules.allowance import is_essential
from bot.store import addresses, outbox, people, senders, tickets
from bot.store.engine import Store, Tx
from bot.store.outbox import Message
from bot.texts import language, mark
from bot.thrift import Thrift, next_month
from bot.vietnamese import without_phones

log = structlog.get_logger()

PER_SECOND = 25.0  # of what nobody asked for, where a channel's means do not say less
PER_TOKEN = 30.0  # of everything; what answers take beyond their room, the rest gives up
CHAT_GAP = 1.0  # seconds between unasked messages to one person
GROUP_GAP = outbox.GROUP_SECONDS
AT_ONCE = 16  # unasked messages of one channel between their mark and their note: what a kill can double at most
REPLIES_AT_ONCE = 64  # turns whose answers are on their way at once, for the same reason
AHEAD = 0.2  # seconds; a message is composed at most so long before its moment
CLAIMED = 64  # messages leased at a time
TAKEOVER_SECONDS = 1.0  # what the last holder of a channel sent is no burst together with what we send
HANGING_SECONDS = 0.5  # for which what is in flight may hold up a look for more
LET_PASS_SECONDS = 0.6  # for which an answer waits for the one that another process is sending to the same person
LOOK_AGAIN_SECONDS = 0.02
OWED_SECONDS = 1.0  # the platform counts by the second: what left before that is forgiven
LOOK_SECONDS = 2.0  # between two looks for processes that are gone
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0  # seconds between tries at a platform that is away, doubled each time
FIRST_REST, LONGEST_REST = 5.0, 900.0  # seconds after a “too many” of a platform that does not say for how long
REFUSALS = 3  # of these in a row mean that the month's messages are used up, where nearly all are
GIVE_UP_AFTER = 10_000  # tries; with the longest pause more than three days: a weekend without a line loses nothing
CHATS_PACED = 10_000  # of which the next moment is remembered; then those whose moment has passed are let go
MAKING_SECONDS = 12.0  # a paper takes one
DRAIN_SECONDS = 5.0  # for what is in flight when the program ends
PASSED_ON = ("reminder", "notice", "digest", "broadcast")
WAITS = "waits its turn"

PAPER_LINK = mark("The file “{name}”, to be fetched until {until}: {link}")
NO_LINK = mark(
    "No files come through here, and there is no page for “{name}” yet (KHEO_PUBLIC_URL is not set). Please ask the "
    "office for it, or open Khéo on another channel."
)

Moment = tuple[Message, float]


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


@dataclass(slots=True)
class Counts:
    """What this process has sent since it began. Counted up, never down."""

    sent: Counter[str] = field(default_factory=Counter)
    """By channel."""
    failed: Counter[str] = field(default_factory=Counter)
    """By how it ended: blocked, gone, failed."""
    unknown: int = 0
    retried: int = 0
    limited: int = 0
    """How often the platform asked us to wait."""
    held: float = 0.0
    """Seconds for which the pace made messages wait."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt: `told` the platform's id, or until when it `waits`, or the `state` in which it ends."""

    message: Message
    told: str | None = None
    waits: float | None = None
    state: str = ""
    why: str = ""
    tried: bool = True
    pause: float | None = None
    moved: str = ""
    rest: Mapping[str, Any] | None = None
    pieces: int = 0
    """Messages of the platform that have left, or may have; 0 where it does not count them."""
    used_up: bool = False
    """The platform has none left this month."""


@dataclass(slots=True)
class Lane:
    """What nobody asked for, on its way out by one channel, and the pace of all that leaves by it."""

    channel: str
    line: deque[Message] = field(default_factory=deque)
    """Leased, not begun."""
    flying: set[asyncio.Task[None]] = field(default_factory=set)
    begun: dict[int, Message] = field(default_factory=dict)
    """Marked as being sent and not noted: in flight, or landed."""
    landed: list[Outcome] = field(default_factory=list)
    arrival: asyncio.Event = field(default_factory=asyncio.Event)
    running: asyncio.Task[int] | None = None
    busy: bool = False
    held: bool | None = None
    next: float = 0.0
    """Monotonic: when the next unasked message may leave."""
    departed: float = 0.0
    """Monotonic: when the last unasked message left indeed."""
    used: float = 0.0
    """Monotonic: up to when what has left, answers too, uses up what the platform takes."""


class Outbox:
    """Sends what the store holds. `composers` make the messages that are composed when they are sent, by kind, and
    `maker` the papers that go with them; `links` tells at which address they are fetched where none come through.

    `holds` says whether this process holds a name: of what nobody asked for, only who holds “send:” and the channel's
    name sends. `gone` are those of some owners whose process has ended; whoever cannot be `seen` by the others, who would
    take it for one of them, sends nothing.
    """

    def __init__(
        self,
        store: Store,
        channels: Channels,
        clock: Clock,
        composers: Mapping[str, Composer],
        *,
        maker: Maker | None = None,
        links: Callable[[], str] = str,
        holds: Callable[[str], bool] = lambda name: True,
        seen: Callable[[], bool] = lambda: True,
        gone: Callable[[Tx, Iterable[str]], Collection[str]] = lambda tx, owners: (),
        thrift: Thrift | None = None,
        per_second: float = PER_SECOND,
        chat_gap: float = CHAT_GAP,
        group_gap: float = GROUP_GAP,
        takeover: float = TAKEOVER_SECONDS,
    ) -> None:
        self.owner = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self.counts = Counts()
        self._store = store
        self._channels = channels
        self._clock = clock
        self._composers = composers
        self._maker = maker
        self._links = links
        self._holds = holds
        self._seen = seen
        self._gone = gone
        self._thrift = thrift or Thrift(channels)
        self._shut = set[str]()  # bots that had no messages left when they were looked at last
        self._refusals: dict[str, int] = defaultdict(int)  # channel → “too many” in a row
        self._pace = per_second / PER_SECOND  # 1: as the channels say
        self._chat_gap = chat_gap
        self._group_gap = group_gap
        self._takeover = takeover
        self._paused: dict[str, float] = {}  # channel → epoch seconds
        self._stumbles: dict[str, int] = defaultdict(int)
        self._lanes: dict[str, Lane] = {}
        self._next_in_chat: dict[tuple[str, str], float] = {}
        self._behind: set[int] = set()  # addresses with an answer that waits: later ones must not overtake it
        self._unnoted: dict[int, Outcome] = {}  # what the store was away for when it was to be noted
        self._in_hand: set[int] = set()  # answers that this process is at
        self._answering: set[asyncio.Task[int]] = set()
        self._noting = asyncio.Lock()
        self._claiming = asyncio.Lock()  # two rounds that claim at once would not see each other's rows
        self._room = asyncio.Semaphore(REPLIES_AT_ONCE)
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._looked = 0.0
        self._draining = False

    async def resume(self) -> None:
        """At the start: answers of an earlier run that are still to be sent come first at their addresses."""
        self._behind |= await self._store.read(outbox.addresses_waiting)
        now = self._clock.now()
        await self._store.read(lambda tx: self._thrift.closed(tx, now))
        self._shut |= set(self._thrift.counted)  # whatever waits for them may have waited for this start

    async def drain(self, seconds: float = DRAIN_SECONDS) -> None:
        """At the end: nothing more is begun, what is in flight comes to its end – for so many seconds –, and all else is
        let go for whoever starts next.
        """
        self._draining = True
        lanes = list(self._lanes.values())
        flights: set[asyncio.Task[Any]] = {task for lane in lanes for task in lane.flying} | self._answering
        flights |= {lane.running for lane in lanes if lane.running is not None}
        if flights:
            landed, late = await asyncio.wait(flights, timeout=seconds)
            for task in landed:
                if not task.cancelled() and (broke := task.exception()) is not None:
                    log.warning("sending broke off at the end", error=type(broke).__name__)
            if late:
                log.warning("the program ends while messages are being sent", count=len(late))
        await self.let_go()

    async def let_go(self) -> None:
        """What this process holds and will not send any more is for whoever starts next."""
        for lane in self._lanes.values():
            landed, lane.landed = lane.landed, []
            lane.line.clear()
            await self._note(landed)
        await self._recall()
        await self._store.write(lambda tx: outbox.release_all(tx, self.owner))

    # Answers

    async def deliver(self, messages: Sequence[Message]) -> None:
        """Send the answers of one turn now, in order; what cannot be sent now waits in the store for the pump."""
        if not messages:
            return
        address_id, ids = messages[0].address_id, {message.id for message in messages}
        self._in_hand |= ids
        ended: list[Outcome] = []
        try:
            if messages[0].behind and not await self._let_pass(messages[0]):
                self._behind.add(address_id)
            async with self._lock(address_id), self._room:
                for n, message in enumerate(messages):
                    if message.id in self._unnoted:
                        continue
                    if address_id in self._behind or self._shut_out(message.channel) or not self._seen():
                        await self._park(messages[n:])
                        break
                    outcome = await self._attempt(message, Reply.from_json(message.payload))
                    ended.append(outcome)
                    self._used_up(message.channel)
                    if outcome.told is None:
                        await self._park(messages[n + 1 :])
                        break
                await self._note(ended)
                ended = []
        finally:
            await self._note(ended)
            self._in_hand -= ids

    async def _let_pass(self, message: Message) -> bool:
        """Wait until another process has sent what comes before at that address; False if it takes long over it."""
        ends = time.monotonic() + LET_PASS_SECONDS
        while time.monotonic() < ends:
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
            if not await self._store.read(lambda tx: outbox.comes_behind(tx, message)):
                return True
        return False

    async def pump_replies(self) -> int:
        """Send the answers that were left behind and may go out now, whoever wrote them; returns how many were claimed."""
        tasks = await self._take_up()
        if tasks:
            await asyncio.wait(tasks)  # who waits for it may be cancelled, what is in flight may not
        return sum(task.result() for task in tasks)

    async def _take_up(self) -> list[asyncio.Task[int]]:
        """Claim answers that were left behind, and set out with them; a task for each address."""
        if self._draining or len(self._answering) >= REPLIES_AT_ONCE or not self._seen():
            return []
        if time.monotonic() - self._looked > LOOK_SECONDS:
            await self.sweep()
        await self._recall()
        real, channels = time.time(), list(self._channels.by_name)

        def work(tx: Tx) -> tuple[list[Message], dict[str, float]]:
            paused = senders.pauses(tx)
            self._thrift.closed(tx, self._clock.now())
            free = [channel for channel in channels if not (paused.get(channel, 0.0) > real or self._pause(channel))]
            return outbox.claim_replies(tx, self.owner, real, free), paused

        async with self._claiming:
            claimed, paused = await self._store.write(work)
            self._behind |= {m.address_id for m in claimed}
        self._heed(paused)
        by_address: dict[int, list[Message]] = defaultdict(list)
        for message in claimed:
            by_address[message.address_id].append(message)
        tasks = [asyncio.create_task(self._pump_address(messages)) for messages in by_address.values()]
        for task in tasks:
            self._answering.add(task)
            task.add_done_callback(self._answered)
        return tasks

    def _answered(self, task: asyncio.Task[int]) -> None:
        self._answering.discard(task)
        if not task.cancelled() and (broke := task.exception()) is not None:
            log.warning("answers that waited wait on", error=type(broke).__name__)

    async def _pump_address(self, messages: list[Message]) -> int:
        """Send them in order, as far as they go; returns how many there were."""
        address_id, ids = messages[0].address_id, {message.id for message in messages}
        self._in_hand |= ids
        try:
            async with self._lock(address_id), self._room:
                for n, message in enumerate(messages):
                    if message.id in self._unnoted:
                        continue
                    if self._draining or self._pause(message.channel) or not self._seen():
                        await self._park(messages[n:])
                        return len(messages)
                    await asyncio.sleep(self._slot(self._lane(message.channel)) - time.monotonic())
                    reply = await self._store.write(lambda tx, m=message: self._begin(tx, m))  # type: ignore[misc]
                    if reply is None:
                        continue
                    outcome = await self._attempt(message, reply)
                    await self._note([outcome])
                    if outcome.told is None:
                        await self._park(messages[n + 1 :])
                        return len(messages)
                if address_id in self._behind:
                    waits = await self._store.read(lambda tx: outbox.waiting_at(tx, address_id))
                    if not waits:
                        self._behind.discard(address_id)
                return len(messages)
        finally:
            self._in_hand -= ids

    # What nobody asked for

    async def round(self) -> int:
        """Called by the tick, in every process: answers that wait set out, and each channel that is held here has its
        stream of what nobody asked for running. Waits for none of them; returns for how many addresses there were answers.
        """
        if not self._draining:
            for channel in list(self._channels.by_name):
                lane = self._lane(channel)
                if lane.running is not None and lane.running.done():
                    ended, lane.running = lane.running, None
                    if not ended.cancelled() and (broke := ended.exception()) is not None:
                        log.warning("sending stopped; it begins again", channel=channel, error=type(broke).__name__)
                if lane.running is None and not lane.busy:
                    lane.running = asyncio.create_task(self.pump_unasked(channel), name=f"send:{channel}")
        return len(await self._take_up())

    async def pump(self) -> int:
        """Send all that waits and may go out now, and come back when it has; returns how many rows were claimed."""
        lanes = [self.pump_unasked(channel) for channel in list(self._channels.by_name)]
        claimed = 0
        for ended in await asyncio.gather(self.pump_replies(), *lanes, return_exceptions=True):
            if isinstance(ended, BaseException):
                raise ended
            claimed += ended
        return claimed

    async def pump_unasked(self, channel: str) -> int:
        """Send what nobody asked for by this channel, at its pace, until nothing is left that may go now.

        Returns how many rows were claimed; 0 where another process holds the channel, or a stream is running already.
        """
        lane = self._lane(channel)
        if lane.busy or self._draining or not self._held(lane):
            return 0
        lane.busy = True
        try:
            await self._recall()
            return await self._stream(lane)
        finally:
            lane.busy = False

    async def _stream(self, lane: Lane) -> int:
        claimed, dry, looked = 0, False, 0.0
        while True:
            going = not self._draining and self._held(lane) and not self._pause(lane.channel)
            if going and not lane.line and not dry:
                found, looked = await self._claim(lane), time.monotonic()
                claimed += len(found)
                lane.line.extend(found)
                dry = not found
                continue
            landed, lane.landed = lane.landed, []
            begin, back = self._choose(lane, going, len(landed))
            if landed or begin or back:
                turning = asyncio.create_task(self._turn_over(lane, landed, begin, back))
                lane.flying.add(turning)  # who waits for it may be cancelled: what is marked must fly
                turning.add_done_callback(lane.flying.discard)
                await asyncio.shield(turning)
                dry = dry and not landed  # what has landed may let the next at its address go
                continue
            if not lane.line and not lane.begun and (dry or not going):
                return claimed
            lane.arrival.clear()
            if not lane.landed:
                await self._until(lane)
            dry = dry and time.monotonic() - looked < HANGING_SECONDS

    async def _claim(self, lane: Lane) -> list[Message]:
        real, counted = time.time(), self._thrift.counts(lane.channel)

        def work(tx: Tx) -> tuple[list[Message], dict[str, float]]:
            paused = senders.pauses(tx)
            if paused.get(lane.channel, 0.0) > real:
                return [], paused
            if not counted:
                return outbox.claim(tx, self.owner, real, lane.channel, CLAIMED), paused
            spent = self._thrift.standing(tx, lane.channel, self._clock.now()) == "spent"
            if not spent and lane.channel in self._shut:
                outbox.wake(tx, lane.channel, real)
            every = (*outbox.UNASKED, *(() if spent else (outbox.LAST,)))
            return outbox.claim(tx, self.owner, real, lane.channel, CLAIMED, priorities=every), paused

        async with self._claiming:
            claimed, paused = await self._store.write(work)
        self._heed(paused)
        if counted:
            shut = self._thrift.is_spent(lane.channel, self._clock.now())
            (self._shut.add if shut else self._shut.discard)(lane.channel)
        return claimed

    def _choose(self, lane: Lane, going: bool, landed: int) -> tuple[list[Moment], list[Moment]]:
        """Which of the line begin now, each with its moment (monotonic), and which go back, each until when (epoch)."""
        begin: list[Moment] = []
        back: list[Moment] = []
        while lane.line:
            now, message = time.monotonic(), lane.line[0]
            if not going:
                back.append((lane.line.popleft(), self._paused.get(lane.channel, 0.0)))
                continue
            chat = (message.channel, message.chat)
            wait = self._next_in_chat.get(chat, now) - now
            if wait > AHEAD:
                back.append((lane.line.popleft(), time.time() + wait))
                continue
            if len(lane.begun) - landed + len(begin) >= AT_ONCE or self._opening(lane) - now > AHEAD:
                break
            lane.line.popleft()
            at = max(self._slot(lane), now + wait)
            self._next_in_chat[chat] = at + (self._chat_gap if message.private else self._group_gap)
            begin.append((message, at))
        if len(self._next_in_chat) > CHATS_PACED:
            now = time.monotonic()
            self._next_in_chat = {chat: at for chat, at in self._next_in_chat.items() if at > now}
        return begin, back

    async def _turn_over(
        self, lane: Lane, landed: Sequence[Outcome], begin: Sequence[Moment], back: Sequence[Moment]
    ) -> None:
        """In one transaction: what has landed is noted, what goes back is put back, what begins is marked and composed.

        Then the latter fly. Only what is marked and not noted can be doubled by a kill.
        """
        for message, _ in begin:
            lane.begun[message.id] = message

        def work(tx: Tx) -> list[Reply | None]:
            self._write(tx, landed)
            for message, until in back:
                outbox.put_back(tx, message.id, until, WAITS, tried=False, owner=self.owner)
            return [self._begin(tx, message) for message, _ in begin]

        try:
            replies = await self._store.write(work)
        except StoreDown:
            self._unnoted.update({outcome.message.id: outcome for outcome in landed})
            lane.line.extendleft(message for message, _ in reversed([*back, *begin]))
            for message, _ in begin:
                del lane.begun[message.id]
            raise
        except Exception:
            if len(begin) + len(landed) + len(back) > 1:  # one of them is the trouble: each by itself
                for message, _ in begin:
                    del lane.begun[message.id]
                for outcome in landed:
                    await self._turn_over(lane, [outcome], [], [])
                for moment in back:
                    await self._turn_over(lane, [], [], [moment])
                for moment in begin:
                    await self._turn_over(lane, [], [moment], [])
                return
            replies = [None] * len(begin)
            for outcome in landed:  # stays marked as being sent: as after a kill, nobody can tell
                log.exception("it could not be noted what became of a message", outbox=outcome.message.id)
            for message, _ in begin:
                log.exception("a message could not be composed", outbox=message.id)
                self.counts.failed["failed"] += 1
                await self._note([Outcome(message, state="failed", why="it could not be composed")])
        finally:
            for outcome in landed:
                lane.begun.pop(outcome.message.id, None)
        for (message, at), reply in zip(begin, replies, strict=True):
            if reply is None:
                del lane.begun[message.id]
                continue
            flight = asyncio.create_task(self._fly(lane, message, reply, at))
            lane.flying.add(flight)
            flight.add_done_callback(lane.flying.discard)

    async def _fly(self, lane: Lane, message: Message, reply: Reply, at: float) -> None:
        await self._depart(lane, at)
        try:
            lock = self._locks.get(message.address_id)
            if lock is not None:
                async with lock:  # nothing comes between the answers of one turn
                    pass
            if self._pause(message.channel):
                outcome = Outcome(message, waits=self._paused[message.channel], why=WAITS, tried=False)
            elif self._shut_out(message.channel):  # since it was composed: what becomes of it is asked anew
                outcome = Outcome(message, waits=time.time(), why=outbox.NO_ROOM, tried=False)
            else:
                outcome = await self._attempt(message, reply)
        except StoreDown:  # while its paper was read
            outcome = Outcome(message, waits=time.time() + FIRST_PAUSE, why="the store was away", tried=False)
        except Exception as broken:
            log.exception("a message broke on its way", outbox=message.id, channel=message.channel)
            outcome = Outcome(message, state="failed", why=type(broken).__name__)
        lane.landed.append(outcome)
        lane.arrival.set()

    async def _depart(self, lane: Lane, at: float) -> None:
        """Wait for the moment; of those whose moments passed while the machine stood still, one after the other goes."""
        gap = self._gap(lane.channel) * PER_SECOND / PER_TOKEN
        while (wait := max(at, lane.departed + gap) - time.monotonic()) > 0:  # noqa: ASYNC110 – a moment is waited for
            await asyncio.sleep(wait)
        lane.departed = time.monotonic()

    async def _until(self, lane: Lane) -> None:
        """Wait until there is something to do: a slot comes near, or something lands."""
        if lane.line and len(lane.begun) < AT_ONCE:
            near = self._opening(lane) - AHEAD / 2 - time.monotonic()
            await asyncio.sleep(min(max(near, 0.0), AHEAD))
            return
        try:
            async with asyncio.timeout(AHEAD):
                await lane.arrival.wait()
        except TimeoutError:
            pass

    # One message

    def _begin(self, tx: Tx, message: Message) -> Reply | None:
        if not outbox.begin_sending(tx, message.id, self.owner) or not self._has_room(tx, message):
            return None
        reply = self._composed(tx, message)
        if reply is None:
            return None
        if message.priority != outbox.REPLY and not message.private and self._group_gap:
            outbox.occupy(tx, message.channel, message.chat, time.time(), gap=self._group_gap)
        rest = message.payload.get(outbox.REST)
        return reply if rest is None else Reply.from_json(rest)

    def _has_room(self, tx: Tx, message: Message) -> bool:
        """Whether there is a message left for it this month; if not, it is noted what becomes of it."""
        now, thrift = self._clock.now(), self._thrift
        standing = thrift.standing(tx, message.channel, now)
        if standing == "open":
            return True
        asked = message.priority == outbox.REPLY
        shut, real = thrift.closed(tx, now, sparing=not asked), time.time()
        by = [name for name in self._channels.by_name if name not in shut]
        items = message.payload.get("items", ())
        if standing == "sparing" and is_essential(message.kind, items, now.date()):
            elsewhere = message.kind in outbox.TOLD and message.private
            if not elsewhere or addresses.other_way(tx, message.address_id, by=by) is None:
                return True
        until = real + (next_month(now) - now).total_seconds()
        if asked:
            once = f"{now:%Y-%m}:{thrift.allowance.messages}"
            outbox.set_aside(tx, message, now, by=by, once=once, real=real, until=until)
        elif message.kind == "resumed":
            outbox.put_back(tx, message.id, until, outbox.NO_ROOM, tried=False)
        else:
            outbox.divert(tx, message, now, by=by)
        return False

    def _composed(self, tx: Tx, message: Message) -> Reply | None:
        if message.kind == "reply":
            return Reply.from_json(message.payload)
        reply = self._composers[message.kind](tx, message)
        if isinstance(reply, NotNow):
            outbox.put_back(tx, message.id, time.time() + reply.seconds, "not at this hour", tried=False)
            return None
        if reply is not None and reply.edits and not self._changes(message.channel):
            outbox.end(tx, message.id, "cancelled", "what was said there cannot be changed")
            return None
        if reply is None:
            outbox.end(tx, message.id, "cancelled", "nothing left to say")
            if people.contact_by_id(tx, message.address_id).state != "ok":  # since it was written
                self._pass_on(tx, message)
        return reply

    async def _attempt(self, message: Message, reply: Reply) -> Outcome:
        """Send it, and say what became of it."""
        if message.channel not in self._channels.by_name:  # another process may have it, or a later one
            self._behind.add(message.address_id)
            return Outcome(message, waits=time.time(), why="no such channel here", tried=False)
        if not message.private:
            reply = _for_all_to_read(reply)
        if reply.attachment is not None:
            reply = await self._with_paper(message, reply, reply.attachment)
        try:
            told = await self._send(message, reply)
        except ChannelFailed as failed:
            return replace(self._judged(message, failed), pieces=self._left(message.channel, reply, failed))
        self.counts.sent[message.channel] += 1
        return Outcome(message, told=told, pieces=self._thrift.pieces(message.channel, reply))

    def _left(self, channel: str, reply: Reply, failed: ChannelFailed) -> int:
        """How many pieces of a reply have left that failed: those before it, and the one of which nobody can tell."""
        whole = self._thrift.pieces(channel, reply)
        rest = self._thrift.pieces(channel, failed.rest) if failed.rest is not None else whole
        return whole - rest + int(whole > 0 and isinstance(failed, UnknownEffect))

    async def _send(self, message: Message, reply: Reply) -> str:
        to = Address(message.channel, message.chat, message.thread)
        try:
            told = await self._channels[message.channel].send(to, reply)
        except ChannelFailed:
            raise
        except Exception as broken:
            log.exception("a channel broke over a message", outbox=message.id, channel=message.channel)
            raise Refused(type(broken).__name__) from broken
        self._stumbles.pop(message.channel, None)
        self._refusals.pop(message.channel, None)
        return told

    async def _with_paper(self, message: Message, reply: Reply, asked: Attachment) -> Reply:
        """The reply with its paper, made off the loop; with a sentence in its place where it cannot be made.

        Where no documents come through, with a link in its place: the paper is made when it is fetched.
        """
        try:
            if self._maker is None:
                raise LookupError("nobody makes papers here")
            maker = self._maker
            async with asyncio.timeout(MAKING_SECONDS):
                make = await self._store.read(lambda tx: maker(tx, message, asked.paper))
                known = self._channels.by_name.get(message.channel)
                if known is not None and not known.means.documents:
                    line = await self._store.write(lambda tx: self._paper_line(tx, message, asked))
                    text = "\n\n".join(part for part in (reply.text, line) if part)
                    return replace(reply, text=text, attachment=None)
                content = await asyncio.to_thread(make)
        except StoreDown:
            raise
        except Exception:
            log.exception("a paper could not be made", outbox=message.id, paper=asked.paper)
            return replace(
                reply, text="\n".join(part for part in (reply.text, asked.otherwise) if part), attachment=None
            )
        return replace(reply, attachment=replace(asked, content=content))

    def _paper_line(self, tx: Tx, message: Message, asked: Attachment) -> str:
        """The line with the link from which the paper can be fetched, or why there is none."""
        contact = people.contact_by_id(tx, message.address_id)
        say = language(people.language_at(tx, contact))
        address = self._links()
        if not address:
            return say.say(NO_LINK, name=asked.name)
        now = self._clock.now()
        token = tickets.offer(
            tx,
            tickets.PAPER,
            contact.id,
            now,
            person_id=contact.person_id,
            question=str(message.id),
            paper=asked.paper,
            name=asked.name,
            media=asked.media,
        )
        until = (now + tickets.LASTS[tickets.PAPER]).astimezone(ZONE)
        return say.say(PAPER_LINK, name=asked.name, until=until, link=f"{address}/t/{token}")

    def _judged(self, message: Message, failed: ChannelFailed) -> Outcome:
        """What is to be done about a failure; what the other messages of the channel must know of it, they know now."""
        now, why = time.time(), repr(failed)
        waits: float | None = None
        pause: float | None = None
        state = moved = ""
        if isinstance(failed, TooMany):
            failed = self._turned_away(message.channel, failed)
        match failed:
            case UsedUp():
                waits = now
                log.warning("the platform has no messages left this month", channel=message.channel)
            case Later(seconds=seconds):
                waits = pause = now + seconds
                self._paused[message.channel] = max(pause, self._paused.get(message.channel, 0.0))
                self.counts.limited += 1
                log.warning("the platform asks us to wait", channel=message.channel, seconds=seconds)
            case MovedTo(chat=chat):
                waits, moved = now, chat
            case Unreachable():
                state = "blocked"
            case Gone():
                state = "gone"
            case Refused():
                state = "failed"
                # The platform's own words may quote ours: they stand in the outbox, not in the log.
                log.error("the platform refuses a message", outbox=message.id, kind=message.kind)
            case Transient() | UnknownEffect():
                waits = self._stumbled(message.channel, failed)
                once = message.unsure == "hold" or self._thrift.counts(message.channel)
                if isinstance(failed, UnknownEffect) and once:
                    waits, state = None, "unknown"
        if waits is not None and message.attempts >= GIVE_UP_AFTER:
            waits, state = None, "failed"
        if state == "unknown":
            self.counts.unknown += 1
            log.warning("nobody can tell whether a message arrived", outbox=message.id, channel=message.channel)
        elif state:
            self.counts.failed[state] += 1
        else:
            self.counts.retried += 1
            if message.priority == outbox.REPLY:
                self._behind.add(message.address_id)
        rest = failed.rest.as_json() if failed.rest is not None else None
        spent = isinstance(failed, UsedUp)
        return Outcome(message, waits=waits, state=state, why=why, pause=pause, moved=moved, rest=rest, used_up=spent)

    def _turned_away(self, channel: str, failed: TooMany) -> ChannelFailed:
        """A platform that counts has said “too many” and not of what: too fast, or the month's messages are used up."""
        if not self._pause(channel):  # what was in flight together was refused once
            self._refusals[channel] += 1
        times = self._refusals[channel]
        if times >= REFUSALS and self._thrift.is_near(channel, self._clock.now()):
            meant: ChannelFailed = UsedUp(str(failed))
        else:
            pause = min(FIRST_REST * 2.0 ** min(max(times - 1, 0), 16), LONGEST_REST)
            meant = Later(max(failed.seconds, pause))
        meant.rest = failed.rest
        return meant

    def _changes(self, channel: str) -> bool:
        """Whether a message can be changed there after it was shown."""
        known = self._channels.by_name.get(channel)
        return known is None or known.means.edits

    def _stumbled(self, channel: str, failed: ChannelFailed) -> float:
        """The channel pauses, longer each time; returns until when."""
        self._stumbles[channel] += 1
        pause = min(FIRST_PAUSE * 2.0 ** min(self._stumbles[channel] - 1, 16), LONGEST_PAUSE)
        if self._stumbles[channel] == 1:
            kind = type(failed.__cause__ or failed).__name__
            log.warning("the platform stumbles; messages wait", channel=channel, error=kind)
        until = time.time() + pause
        self._paused[channel] = max(until, self._paused.get(channel, 0.0))
        return until

    # What became of it

    async def _note(self, outcomes: Sequence[Outcome]) -> None:
        """Write it down; what the store is away for is kept in mind until it is back."""
        if not outcomes:
            return
        try:
            await self._store.write(lambda tx: self._write(tx, outcomes))
        except StoreDown:
            # Noted with the next round. Should this process end before, they are sent again: twice rather than never.
            self._unnoted.update({outcome.message.id: outcome for outcome in outcomes})
            log.warning("sent, but not noted yet", count=len(outcomes))

    async def _recall(self) -> None:
        """Write down what the store was away for."""
        if not self._unnoted:
            return
        async with self._noting:
            noting = list(self._unnoted.values())
            try:
                await self._store.write(lambda tx: self._write(tx, noting))
            except StoreDown:
                return
            for outcome in noting:
                self._unnoted.pop(outcome.message.id, None)

    def _write(self, tx: Tx, outcomes: Sequence[Outcome]) -> None:
        now = self._clock.now()
        for outcome in outcomes:
            message = outcome.message
            self._thrift.sent(tx, message.channel, outcome.pieces, now)
            if outcome.used_up:
                self._thrift.refused(tx, message.channel, now)
            if outcome.told is not None:
                outbox.sent(tx, message.id, outcome.told, now)
                if message.priority == outbox.REPLY and not message.private and self._group_gap:
                    outbox.occupy(tx, message.channel, message.chat, time.time(), gap=self._group_gap)
                continue
            if outcome.pause is not None:
                senders.pause(tx, message.channel, outcome.pause, outcome.why)
            if outcome.moved:
                people.move(tx, Address(message.channel, message.chat), outcome.moved, now)
                outbox.follow(tx, message, outcome.moved)
            if outcome.waits is not None:
                rest, tried = outcome.rest, outcome.tried
                outbox.put_back(tx, message.id, outcome.waits, outcome.why, tried=tried, owner=self.owner, rest=rest)
                continue
            outbox.end(tx, message.id, outcome.state, outcome.why, owner=self.owner, rest=outcome.rest)
            if outcome.state == "blocked" or (outcome.state == "gone" and message.kind not in ("refresh", "progress")):
                people.note_state(tx, message.address_id, outcome.state, now)
                self._pass_on(tx, message)

    def _pass_on(self, tx: Tx, message: Message) -> None:
        """What nobody asked for goes to another address of the same person, where there is one."""
        if message.kind not in PASSED_ON or not message.private:
            return
        other = addresses.other_way(tx, message.address_id)
        if other is not None:
            outbox.pass_on(tx, message.id, other, self._clock.now())

    async def _park(self, messages: Sequence[Message]) -> None:
        """Let answers wait for the pump, behind what waits already."""
        if not messages:
            return
        until = max(time.time(), self._paused.get(messages[0].channel, 0.0))
        self._behind |= {m.address_id for m in messages}

        def work(tx: Tx) -> None:
            for message in messages:
                outbox.put_back(tx, message.id, until, WAITS, tried=False, owner=self.owner)

        await self._store.write(work)

    async def sweep(self) -> None:
        """Say that we are still at what we hold; give back what processes hold that have ended or are frozen."""
        lanes = self._lanes.values()
        hand = self._in_hand | {id for lane in lanes for id in lane.begun} | {m.id for lane in lanes for m in lane.line}
        self._looked = time.monotonic()

        def work(tx: Tx) -> outbox.Swept:
            real = time.time()
            outbox.renew(tx, self.owner, hand, real)
            others = outbox.owners(tx) - {self.owner}
            return outbox.sweep(tx, real, self._gone(tx, others) if others else ())

        swept = await self._store.write(work)
        if swept.unknown:
            self.counts.unknown += swept.unknown
            log.warning("nobody can tell whether messages arrived", count=swept.unknown)
        if swept.freed:
            await self.resume()
            log.warning("messages of a lost lease go out again", count=swept.freed)

    # The pace

    def _lane(self, channel: str) -> Lane:
        lane = self._lanes.get(channel)
        if lane is None:
            lane = self._lanes[channel] = Lane(channel)
        return lane

    def _held(self, lane: Lane) -> bool:
        """Whether this process sends what nobody asked for by that channel."""
        held = self._holds(f"send:{lane.channel}")
        if held and not lane.held:
            lane.next = max(lane.next, time.monotonic() + self._takeover)
        lane.held = held
        return held

    def _gap(self, channel: str) -> float:
        """Seconds between two messages that nobody asked for."""
        known = self._channels.by_name.get(channel)
        return 1 / (self._pace * (known.means.per_second if known is not None else PER_SECOND))

    def _opening(self, lane: Lane) -> float:
        """When the next message may leave (monotonic)."""
        return max(lane.next, lane.used - AHEAD)

    def _slot(self, lane: Lane) -> float:
        """Take the next moment at which one may leave (monotonic)."""
        now = time.monotonic()
        at = max(now, self._opening(lane))
        lane.next = at + self._gap(lane.channel)
        lane.used = max(lane.used, at) + self._gap(lane.channel) * PER_SECOND / PER_TOKEN
        self.counts.held += at - now
        return at

    def _used_up(self, channel: str) -> None:
        """An answer has left at once: beyond their room, the rest waits for it."""
        lane, now = self._lane(channel), time.monotonic()
        lane.used = min(max(lane.used, now) + self._gap(channel) * PER_SECOND / PER_TOKEN, now + OWED_SECONDS)

    def _shut_out(self, channel: str) -> bool:
        """Whether nothing can leave by it now, as far as is known without asking the store."""
        return self._pause(channel) or self._thrift.is_spent(channel, self._clock.now())

    def _pause(self, channel: str) -> bool:
        return self._paused.get(channel, 0.0) > time.time()

    def _heed(self, paused: Mapping[str, float]) -> None:
        """What the platform asked of any process holds for all."""
        for channel, until in paused.items():
            self._paused[channel] = max(until, self._paused.get(channel, 0.0))

    def _lock(self, address_id: int) -> asyncio.Lock:
        lock = self._locks.get(address_id)
        if lock is None:
            lock = self._locks[address_id] = asyncio.Lock()
        return lock


def _for_all_to_read(reply: Reply) -> Reply:
    """What a whole group may read: no telephone number, whoever has put it into a name; no papers, but files as they are."""
    rows = tuple(tuple(Choice(without_phones(c.label), c.token) for c in row) for row in reply.choices)
    text, title = without_phones(reply.text), without_phones(reply.title)
    own = reply.attachment if reply.attachment is not None and reply.attachment.paper.startswith("file:") else None
    return replace(reply, text=text, title=title, choices=rows, attachment=own)
