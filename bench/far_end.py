"""The far end: people who write to the bot's webhook, and a Bot API that notes when its reply arrives.

Written on bare asyncio protocols, so that the load costs less than what it measures.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from bench.walk import BUTTON, OPENED, STEPS, Person

TOKEN = "710000001:AAF-the_token_of_nobody_in_the_bench"
SECRET = "a-secret-for-the-webhook-of-the-bench"
PATH = "/telegram"
IN_FLIGHT = 32
PATIENCE = 20.0  # seconds for one reply; whoever takes longer has lost it
STARTS = 120.0  # seconds for a bot to come up
ASK_AGAIN = 0.01  # seconds between two knocks at a bot that is starting

_LENGTH = re.compile(rb"content-length:\s*(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"transfer-encoding:\s*chunked", re.IGNORECASE)
_CHAT = re.compile(rb'(?:"chat_id"\s*:\s*"?|\bchat_id=)(\d+)')
_TOKEN = re.compile(rb'"callback_data"\s*:\s*"([^"]+)"')
_ME = b'{"ok":true,"result":{"id":710000001,"is_bot":true,"first_name":"Bench","username":"BenchBot"}}'
_TRUE = b'{"ok":true,"result":true}'
_TOO_MANY = (
    b'{"ok":false,"error_code":429,"description":"Too Many Requests: retry after %d","parameters":{"retry_after":%d}}'
)


class Lost(Exception):
    """The bot under test did not answer as it should."""


@dataclass(slots=True)
class Counted:
    """What a phase saw: per update the moment its reply arrived and how long it took, both in seconds."""

    at: array[float] = field(default_factory=lambda: array("d"))
    took: array[float] = field(default_factory=lambda: array("d"))
    people: int = 0
    wrong: list[str] = field(default_factory=list)

    def between(self, start: float, end: float) -> list[float]:
        """How long the updates took whose replies arrived in that span, sorted."""
        return sorted(took for at, took in zip(self.at, self.took, strict=True) if start <= at < end)


class FarEnd:
    """The Bot API on 127.0.0.1, and the people. `base` is the address for TELEGRAM_API_BASE."""

    def __init__(self) -> None:
        self.base = ""
        self.calls = 0
        self.awaited: dict[int, Callable[[float, bytes], None]] = {}
        self.refuses: Callable[[int, float], int] | None = None
        """Asked of each message, by its chat and moment: after how many seconds it may come again; 0 takes it."""
        self._numbers = 0
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> FarEnd:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Api(self), "127.0.0.1", 0)
        self.base = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()

    def number(self) -> int:
        self._numbers += 1
        return self._numbers

    async def first_reply(self, port: int, person: Person, alive: Callable[[], bool]) -> float:
        """Knock until the bot replies to a person; the moment (perf_counter) at which it did."""
        arrived = asyncio.get_running_loop().create_future()

        def reply(at: float, body: bytes) -> None:
            if not arrived.done():
                arrived.set_result(at)

        self.awaited[person.chat] = reply
        body = person.update(self.number())
        patience = time.perf_counter() + STARTS
        while time.perf_counter() < patience and alive():
            if await _knock(port, body):
                return await asyncio.wait_for(arrived, PATIENCE)
            await asyncio.sleep(ASK_AGAIN)
        raise Lost("the bot did not start")

    async def load(
        self,
        ports: Sequence[int],
        people: Iterator[Person],
        *,
        steps: int = len(STEPS),
        until: Callable[[], bool] = lambda: False,
        in_flight: int = IN_FLIGHT,
        in_turn: bool = False,
    ) -> Counted:
        """Let people walk the first `steps` of the form, so many at a time, till they are all done or `until` says so.

        Everybody writes to one of the bot's processes, the next person to the next; with `in_turn` each update goes to the
        next process, as through a proxy that takes turns.
        """
        counted = Counted()
        loop = asyncio.get_running_loop()
        lanes = []
        for n in range(in_flight):
            lane = _Lane(self, people, steps, until, counted)
            first = n % len(ports)
            for port in (*ports[first:], *ports[:first]) if in_turn else ports[first : first + 1]:
                _, door = await loop.create_connection(lambda lane=lane: _Door(lane), "127.0.0.1", port)  # type: ignore[misc]
                lane.doors.append(door)
            lanes.append(lane)
        for lane in lanes:
            lane.next_person()
        running = {lane.ended for lane in lanes}
        seen = -1
        while running:
            _, running = await asyncio.wait(running, timeout=PATIENCE)
            if running and len(counted.at) == seen:
                counted.wrong.append(f"no reply for {PATIENCE:.0f} s")
                break
            seen = len(counted.at)
        for lane in lanes:
            lane.close()
        if counted.wrong:
            raise Lost("; ".join(counted.wrong[:3]))
        return counted


class _Door(asyncio.Protocol):
    """A connection of one lane to the webhook."""

    def __init__(self, lane: _Lane) -> None:
        self._lane = lane
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        self._lane.cut(error)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._buffer[:end]
        length = _LENGTH.search(head)
        if length is not None:
            if len(self._buffer) < end + 4 + int(length[1]):
                return
        elif _CHUNKED.search(head) and not self._buffer.endswith(b"0\r\n\r\n"):
            return
        self._buffer = b""
        self._lane.confirmed(head)


class _Lane:
    """One person after the other, each waiting for a reply before going on."""

    def __init__(
        self, far: FarEnd, people: Iterator[Person], steps: int, until: Callable[[], bool], counted: Counted
    ) -> None:
        self.doors: list[_Door] = []
        self._far = far
        self._people = people
        self._steps = steps
        self._until = until
        self._counted = counted
        self._person: Person | None = None
        self._turn = 0
        self._posted = 0.0
        self._replied = self._confirmed = True
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def cut(self, error: Exception | None) -> None:
        if not self.ended.done():
            self._give_up(f"the webhook's connection was cut: {error!r}")

    def close(self) -> None:
        if not self.ended.done():
            self.ended.set_result(None)
        for door in self.doors:
            door.transport.close()

    def next_person(self) -> None:
        self._person = None if self._until() else next(self._people, None)
        if self._person is None:
            self.ended.set_result(None)
            return
        self._counted.people += 1
        self._post(self._person)

    def _post(self, person: Person) -> None:
        body = person.update(self._far.number())
        self._far.awaited[person.chat] = self._reply
        self._replied = self._confirmed = False
        self._posted = time.perf_counter()
        self._turn += 1
        self.doors[self._turn % len(self.doors)].transport.write(_request(body))

    def _reply(self, at: float, body: bytes) -> None:
        person = self._person
        assert person is not None
        self._counted.at.append(at)
        self._counted.took.append(at - self._posted)
        if person.wants_button:
            tokens = _TOKEN.findall(body) or _TOKEN.findall(unquote_to_bytes(body.replace(b"+", b" ")))
            if len(tokens) <= BUTTON:
                self._give_up(f"no buttons in {unquote_to_bytes(body)[:300]!r}")
                return
            person.token = json.loads(b'"%s"' % tokens[BUTTON])
        self._replied = True
        if self._confirmed:
            self._go_on()

    def confirmed(self, head: bytes) -> None:
        """The webhook has answered."""
        if not head.startswith(b"HTTP/1.1 200"):
            self._give_up(f"the webhook said {head.splitlines()[0]!r}")
            return
        self._confirmed = True
        if self._replied:
            self._go_on()

    def _go_on(self) -> None:
        person = self._person
        if person is None or self.ended.done():
            return
        person.step += 1
        if person.step == self._steps:
            self.next_person()
        elif self._until() and self._steps != OPENED:
            self.ended.set_result(None)
        else:
            self._post(person)

    def _give_up(self, why: str) -> None:
        self._counted.wrong.append(why)
        if not self.ended.done():
            self.ended.set_result(None)


class _Api(asyncio.Protocol):
    """One connection of the bot to the Bot API."""

    def __init__(self, far: FarEnd) -> None:
        self._far = far
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end]
            found = _LENGTH.search(head)
            whole = end + 4 + (int(found[1]) if found else 0)
            if len(self._buffer) < whole:
                return
            body, self._buffer = self._buffer[end + 4 : whole], self._buffer[whole:]
            self._called(head, body)

    def _called(self, head: bytes, body: bytes) -> None:
        at = time.perf_counter()
        self._far.calls += 1
        line = head[: head.find(b"\r\n")]
        method = line.split(b" ")[1].rpartition(b"/")[2]
        if method in (b"sendMessage", b"editMessageText"):
            chat = _CHAT.search(body)
            if chat is None:
                raise Lost(f"a message to nobody: {body[:200]!r}")
            to = int(chat[1])
            if self._far.refuses is not None and (seconds := self._far.refuses(to, at)):
                self._answer(_TOO_MANY % (seconds, seconds), b"429 Too Many Requests")
                return
            self._answer(
                b'{"ok":true,"result":{"message_id":%d,"date":1770000000,"chat":{"id":%d,"type":"private",'
                b'"first_name":"Lan"},"from":{"id":710000001,"is_bot":true,"first_name":"Bench",'
                b'"username":"BenchBot"},"text":"?"}}' % (self._far.number(), to)
            )
            reply = self._far.awaited.pop(to, None)
            if reply is not None:
                reply(at, body)
            return
        self._answer(_ME if method == b"getMe" else _TRUE)

    def _answer(self, body: bytes, status: bytes = b"200 OK") -> None:
        self._transport.write(
            b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)
        )


def _request(body: bytes) -> bytes:
    return _HEAD % len(body) + body


_HEAD = (
    f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    f"X-Telegram-Bot-Api-Secret-Token: {SECRET}\r\nContent-Length: %d\r\n\r\n"
).encode()


async def _knock(port: int, body: bytes) -> bool:
    """Post once, on a connection of its own; whether the bot took it."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    try:
        writer.write(_request(body))
        return (await reader.readline()).startswith(b"HTTP/1.1 200")
    except OSError:
        return False
    finally:
        writer.close()
