"""What only one process of all may do, and who is there: locks that PostgreSQL frees when their holder dies or freezes."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from select import POLLIN, poll
from typing import Any
from zlib import crc32

import psycopg
from sqlalchemy import URL, func, select, text

from bot.store.engine import Tx, understood
from bot.store.line import log, plain
from bot.store.postgres import CONNECT_SECONDS, KEEP_ALIVE

IDLE_SECONDS = 10  # after which the server ends our connection, and with it frees all that a frozen process holds
PING_SECONDS = 1.0
TRUSTED_SECONDS = 8.0  # since the last answer; whoever was frozen for longer asks anew before it acts on a hold
GRACE_SECONDS = 4.0  # a process that only lost its connection is back by then
FIRST_SECONDS = 5.0  # for which the start waits to know what it holds
AGAIN_SECONDS = 1.0
KNOWN_MISSING = 1000
_SPACE = 0x4B68  # the first half of our locks' two numbers; the second is the name's
_CHANNEL = "kheo"  # of NOTIFY


class Holds:
    """The names that this process holds, and the word that reaches all processes at once.

    On PostgreSQL a name is a session advisory lock on one connection of its own, which a thread keeps alive: when the
    process is killed the server frees it at once, when it freezes within `IDLE_SECONDS`. On SQLite there is only one
    process, and it holds every name.
    """

    def __init__(self, url: str | URL) -> None:
        url = understood(url) if isinstance(url, str) else url
        self._alone = url.get_backend_name() == "sqlite"
        self._url = url.set(drivername="postgresql").render_as_string(hide_password=False) if not self._alone else ""
        self._wanted: set[str] = set()
        self._held: set[str] = set()
        self._asked: dict[str, asyncio.Future[bool]] = {}
        self._lock = threading.Lock()
        self._answered = 0.0  # monotonic; when the last ping that was answered had been sent
        self._rounds = 0
        self._round = threading.Condition()
        self._closing = False
        self._thread: threading.Thread | None = None
        self._wake, self._woken = -1, -1
        self._hearers: list[tuple[asyncio.AbstractEventLoop, Callable[[str], None]]] = []
        self._owner = ""
        self._missing: dict[str, float] = {}

    def begin(self, owner: str, names: Iterable[str] = ()) -> None:
        """Be there as `owner`, and try for these names; blocks until both are known, for some seconds at most."""
        self._owner = owner
        if self._alone or self._thread is not None:
            return
        self._wanted |= {_presence(owner), *names}
        self._woken, self._wake = os.pipe()
        os.set_blocking(self._wake, False)
        os.set_blocking(self._woken, False)
        self._thread = threading.Thread(target=self._keep, name="kheo-holds", daemon=True)
        with self._round:
            self._thread.start()
            if not self._round.wait_for(lambda: self._rounds > 0, FIRST_SECONDS):
                log.warning("the database did not answer yet who holds what")

    def mine(self, name: str) -> bool:
        """Whether this process holds the name now; from the first question on it tries to, again and again."""
        if self._alone:
            return True
        if name not in self._wanted:
            with self._lock:
                self._wanted.add(name)
            self._stir()
        return name in self._held and time.monotonic() - self._answered < TRUSTED_SECONDS

    def seen(self) -> bool:
        """Whether the others know at present that this process is there."""
        return self._alone or self.mine(_presence(self._owner))

    def let_go(self, name: str) -> None:
        """Leave the name to others, until it is asked for again."""
        if not self._alone:
            with self._lock:
                self._wanted.discard(name)
            self._stir()

    @asynccontextmanager
    async def alone(self, name: str) -> AsyncIterator[bool]:
        """Hold the name for this block; False when somebody holds it already, here or elsewhere."""
        if self._alone:
            yield True
            return
        held = False
        with self._lock:
            free = name not in self._wanted and name not in self._asked
            if free:
                answer = self._asked[name] = asyncio.get_running_loop().create_future()
        if free:
            self._stir()
            try:
                async with asyncio.timeout(TRUSTED_SECONDS):
                    held = await answer
            except TimeoutError:
                pass
            finally:
                if not held:
                    with self._lock:
                        self._asked.pop(name, None)
                        self._wanted.discard(name)
        try:
            yield held
        finally:
            if held:
                self.let_go(name)

    def hear(self, heard: Callable[[str], None]) -> None:
        """Call `heard` on this event loop with every word that a process `tell`s, our own included."""
        self._hearers.append((asyncio.get_running_loop(), heard))

    def dead(self, tx: Tx, owners: Iterable[str]) -> set[str]:
        """Those of the owners who have been away for longer than a connection takes to come back."""
        owners = set(owners)
        missing, now = absent(tx, owners) - {self._owner}, time.monotonic()
        for owner in owners - missing:
            self._missing.pop(owner, None)
        if len(self._missing) > KNOWN_MISSING:
            self._missing.clear()
        return {owner for owner in missing if now - self._missing.setdefault(owner, now) >= GRACE_SECONDS}

    def close(self) -> None:
        """Let go of everything; a second call does nothing."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._closing = True
        self._stir()
        thread.join(FIRST_SECONDS)
        for end in (self._wake, self._woken):
            os.close(end)
        self._wake = -1

    # The thread

    def _stir(self) -> None:
        if self._wake >= 0:
            with suppress(BlockingIOError, OSError):
                os.write(self._wake, b".")

    def _keep(self) -> None:
        told = False
        while not self._closing:
            try:
                with psycopg.connect(
                    self._url,
                    autocommit=True,
                    **{"connect_timeout": CONNECT_SECONDS, "application_name": "kheo holds", **KEEP_ALIVE},  # type: ignore[arg-type]
                ) as connection:
                    connection.execute(f"SET idle_session_timeout = '{IDLE_SECONDS}s'")
                    connection.execute(f"LISTEN {_CHANNEL}")
                    connection.add_notify_handler(lambda word: self._heard(word.payload))
                    if told:
                        log.warning("the database is back; what this process held is asked for anew")
                        told = False
                    self._serve(connection)
            except (psycopg.Error, OSError) as lost:
                if not self._closing and not told:
                    log.warning("nobody knows at present who holds what: %s", plain(lost).strip())
                    told = True
            self._held = set()
            self._answer({})
            if not self._closing:
                self._rest(AGAIN_SECONDS, None)

    def _serve(self, connection: psycopg.Connection[Any]) -> None:
        while not self._closing:
            sent = time.monotonic()
            connection.execute("SELECT 1")  # also lets us hear what the others told
            with self._lock:
                asked = set(self._asked)
                self._wanted |= asked
                wanted = set(self._wanted)
            for name in wanted - self._held:
                if _first(connection, "SELECT pg_try_advisory_lock(%s, %s)", name):
                    self._held = self._held | {name}
            for name in self._held - wanted:
                self._held = self._held - {name}
                _first(connection, "SELECT pg_advisory_unlock(%s, %s)", name)
            self._answered = sent
            self._answer({name: name in self._held for name in asked})
            with self._round:
                self._rounds += 1
                self._round.notify_all()
            self._rest(PING_SECONDS, connection)

    def _rest(self, seconds: float, connection: psycopg.Connection[Any] | None) -> None:
        """Wait, at most until somebody here or there has something to say."""
        ends = poll()
        for end in (self._woken, *([connection.fileno()] if connection else [])):
            ends.register(end, POLLIN)
        ends.poll(seconds * 1000)
        with suppress(BlockingIOError):
            os.read(self._woken, 4096)

    def _answer(self, found: dict[str, bool]) -> None:
        """Tell those who wait in `alone`; whoever got nothing does not go on trying."""
        with self._lock:
            answers = [(self._asked.pop(name), held) for name, held in found.items() if name in self._asked]
            self._wanted -= {name for name, held in found.items() if not held}
            if not found:
                answers += [(answer, False) for answer in self._asked.values()]
                self._asked.clear()
        for answer, held in answers:
            with suppress(RuntimeError):  # the loop has ended meanwhile
                answer.get_loop().call_soon_threadsafe(_settle, answer, held)

    def _heard(self, word: str) -> None:
        for loop, heard in self._hearers:
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(heard, word)


def tell(tx: Tx, word: str) -> None:
    """Have every process hear the word when this work is committed; on SQLite there is nobody else."""
    if tx.dialect.name == "postgresql":
        tx.execute(select(func.pg_notify(_CHANNEL, word)))


def absent(tx: Tx, owners: Iterable[str]) -> set[str]:
    """Those of the owners whose process is not there at this moment; on SQLite whoever asks is the only one there."""
    owners = set(owners)
    if not owners or tx.dialect.name != "postgresql":
        return set()
    there = text(
        "SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = :space"
        " AND objsubid = 2 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    keys = set(tx.execute(there, {"space": _SPACE}).scalars())
    return {owner for owner in owners if crc32(_presence(owner).encode()) not in keys}


def _presence(owner: str) -> str:
    return f"here:{owner}"


def _first(connection: psycopg.Connection[Any], statement: str, name: str) -> bool:
    number = crc32(name.encode())
    row = connection.execute(statement, [_SPACE, number - (1 << 32) if number >= 1 << 31 else number]).fetchone()
    return bool(row and row[0])


def _settle(answer: asyncio.Future[bool], held: bool) -> None:
    if not answer.done():
        answer.set_result(held)
