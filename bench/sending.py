"""Sending: so many messages to a local Bot API, at the platform's pace and without a limit, ours and its peers."""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
from array import array
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.apart import environment, in_time, run
from bench.far_end import PATH, SECRET, TOKEN, FarEnd, Lost
from bench.postgres import Server
from bench.report import MEGABYTE, Section, table

PERMITTED = 30  # messages in any second: what Telegram takes of a bot
SHARE = 0.01  # of the messages are refused with 429, where that is measured
WAIT = 1  # seconds that a refusal asks for
MANY, PACED_MANY, REFUSED_MANY = 10_000, 1_500, 1_000
SHORT_MANY = (300, 120, 200)
PATIENCE = 120.0  # seconds for one sender
SEED = 5


@dataclass(frozen=True, slots=True)
class Sender:
    """How it is started (after the number of messages), and on which database ours keeps its outbox."""

    name: str
    module: str
    words: Sequence[str]
    database: str = ""


SQLITE, POSTGRES = "Khéo, SQLite", "Khéo, PostgreSQL"
AIOGRAM, PTB = "bench.peers.aiogram_sending", "bench.peers.ptb_sending"
GATHER = Sender("aiogram, `asyncio.gather` of all", AIOGRAM, ("gather",))
COLLECTED = Sender("aiogram, `asyncio.gather` of all, errors kept", AIOGRAM, ("collected",))
WORKERS = Sender("aiogram, 64 workers that obey `retry_after`", AIOGRAM, ("workers",))


def ours(pace: str) -> tuple[Sender, Sender]:
    return (
        Sender(SQLITE, "bench.sender", (pace,), "sqlite"),
        Sender(POSTGRES, "bench.sender", (pace,), "postgresql"),
    )


def limiter(retries: int, pace: str) -> Sender:
    name = f"python-telegram-bot, 64 workers, AIORateLimiter (max_retries={retries})"
    return Sender(name, PTB, (str(retries), pace))


PACED = (*ours("PACED"), limiter(5, "PACED"))
FREE = (*ours("FREE"), GATHER, WORKERS, limiter(0, "FREE"))
REFUSED = (*ours("FREE"), GATHER, COLLECTED, WORKERS, limiter(0, "FREE"), limiter(5, "FREE"))


@dataclass(slots=True)
class Book:
    """What the local Bot API takes and what it refuses: beyond so many a second (0: none), and a share at random."""

    permitted: int = 0
    share: float = 0.0
    taken: Counter[int] = field(default_factory=Counter)
    at: array[float] = field(default_factory=lambda: array("d"))
    refused: int = 0
    _second: deque[float] = field(default_factory=deque)
    _dice: random.Random = field(default_factory=lambda: random.Random(SEED))

    def refuses(self, chat: int, at: float) -> int:
        """After how many seconds it may come again; 0 takes it."""
        while self._second and at - self._second[0] >= 1.0:
            self._second.popleft()
        full = self.permitted and len(self._second) >= self.permitted
        if full or (self.share and self._dice.random() < self.share):
            self.refused += 1
            return WAIT
        if self.permitted:
            self._second.append(at)
        self.taken[chat] += 1
        self.at.append(at)
        return 0

    @property
    def seconds(self) -> float:
        """From the first message that was taken to the last."""
        return self.at[-1] - self.at[0] if len(self.at) > 1 else 0.0

    @property
    def rate(self) -> float:
        """Messages in a second."""
        return (len(self.at) - 1) / self.seconds if self.seconds else 0.0

    @property
    def busiest(self) -> int:
        """Messages in the busiest second, wherever it begins."""
        most, first = 0, 0
        for last, at in enumerate(self.at):
            while at - self.at[first] >= 1.0:
                first += 1
            most = max(most, last - first + 1)
        return most


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of so many messages."""

    sender: Sender
    many: int
    book: Book
    found: dict[str, Any]

    @property
    def lost(self) -> int:
        return self.many - len(self.book.taken)

    @property
    def doubled(self) -> int:
        return sum(times - 1 for times in self.book.taken.values())

    @property
    def rate(self) -> str:
        return f"{self.book.rate:,.{0 if self.book.rate >= 100 else 1}f}"

    @property
    def cpu(self) -> str:
        """Microseconds for each message, of the sender and (+) of the database server."""
        each = self.found["cpu"] / self.many * 1e6
        theirs = self.found.get("theirs", 0.0) / self.many * 1e6
        return f"{each:,.0f}" + (f" + {theirs:,.0f}" if self.sender.database == "postgresql" else "")

    @property
    def memory(self) -> str:
        return f"{self.found['resident'] / MEGABYTE:,.0f}"

    @property
    def fate(self) -> tuple[str, str, str]:
        return f"{len(self.book.taken):,}", f"{self.lost:,}", f"{self.doubled:,}"


async def measure(given: argparse.Namespace, until: float) -> Section:
    """At the pace (those that keep one side by side: they hardly use the machine), without a limit, and with refusals.

    Nothing is begun after `until`.
    """
    many, paced_many, refused_many = SHORT_MANY if given.short else (MANY, PACED_MANY, REFUSED_MANY)
    failed: dict[str, str] = {}
    with ExitStack() as stack:
        server = stack.enter_context(Server())
        runs = _Runs(server, until, failed)
        paced = await runs.together(PACED, paced_many, Book(permitted=PERMITTED), "at the pace")
        paced += await runs.one_by_one([COLLECTED], paced_many, Book(permitted=PERMITTED), "at the pace")
        free = await runs.one_by_one(FREE, many, Book(), "without a limit")
        refused = await runs.one_by_one(REFUSED, refused_many, Book(share=SHARE), "with refusals")
        told = server.told()
    if not (paced or free or refused):
        return Section("", failed)
    lines = [f"SQLite with `synchronous=FULL`, {told}."]
    lines += _paced(paced, paced_many) if paced else []
    lines += _free(free, many) if free else []
    lines += _refused(refused, refused_many) if refused else []
    return Section("\n".join(lines), failed)


@dataclass(slots=True)
class _Runs:
    """Lets senders send, each to a Bot API of its own; whoever fails is noted."""

    server: Server
    until: float
    failed: dict[str, str]

    async def one_by_one(self, senders: Iterable[Sender], many: int, book: Book, where: str) -> list[Sent]:
        return [sent for sender in senders for sent in await self.together([sender], many, book, where)]

    async def together(self, senders: Sequence[Sender], many: int, book: Book, where: str) -> list[Sent]:
        """Each with a fresh book like that one."""
        senders = [sender for sender in senders if in_time(self.until, f"{sender.name} {where}", self.failed)]
        if not senders:
            return []
        print(f"  {where}: {'; '.join(sender.name for sender in senders)} …", file=sys.stderr, flush=True)
        books = [Book(book.permitted, book.share) for _ in senders]
        ended = await asyncio.gather(
            *(self._send(sender, many, own) for sender, own in zip(senders, books, strict=True)), return_exceptions=True
        )
        sent = []
        for sender, own, found in zip(senders, books, ended, strict=True):
            if isinstance(found, Lost):
                self.failed[f"{sender.name} {where}"] = str(found)
            elif isinstance(found, BaseException):
                raise found
            else:
                sent.append(Sent(sender, many, own, found))
        return sent

    async def _send(self, sender: Sender, many: int, book: Book) -> dict[str, Any]:
        postgres = sender.database == "postgresql"
        url = self.server.create() if postgres else ""
        try:
            with tempfile.TemporaryDirectory(prefix="kheo-bench-") as folder:
                async with FarEnd() as far:
                    far.refuses = book.refuses
                    return await run(
                        sender.module,
                        str(many),
                        *sender.words,
                        *([str(self.server.pid)] if postgres else []),
                        given={
                            **environment(Path(folder), url),
                            "TELEGRAM_TOKEN": TOKEN,
                            "TELEGRAM_API_BASE": far.base,
                            "TELEGRAM_WEBHOOK_URL": f"http://127.0.0.1:9{PATH}",  # nobody writes to it
                            "TELEGRAM_WEBHOOK_SECRET": SECRET,
                        },
                        folder=Path(folder),
                        patience=PATIENCE,
                    )
        finally:
            if url:
                self.server.drop(url)


FATE = ("arrived", "lost", "doubled")


def _paced(sent: Sequence[Sent], many: int) -> list[str]:
    heads = ["", "messages/s", f"share of {PERMITTED}/s", "busiest second", "429s", *FATE, "CPU each, µs"]
    rows = [
        [
            one.sender.name,
            *((one.rate, f"{one.book.rate / PERMITTED:.0%}") if one.lost < many / 2 else ("–", "–")),
            *(f"{one.book.busiest}", f"{one.book.refused:,}", *one.fate, one.cpu),
        ]
        for one in sent
    ]
    return [
        "",
        f"**At the platform's pace**: {many:,} messages; it takes {PERMITTED} in any second.",
        "",
        *table(heads, rows),
    ]


def _free(sent: Sequence[Sent], many: int) -> list[str]:
    heads = ["", "messages/s", "CPU each, µs", "most memory, MB", *FATE]
    rows = [[one.sender.name, one.rate, one.cpu, one.memory, *one.fate] for one in sent]
    return ["", f"**Without a limit**: {many:,} messages, one process.", "", *table(heads, rows)]


def _refused(sent: Sequence[Sent], many: int) -> list[str]:
    heads = ["", "429s", *FATE, "seconds"]
    rows = [[one.sender.name, f"{one.book.refused:,}", *one.fate, f"{one.book.seconds:.1f}"] for one in sent]
    head = f"**Without a limit, but {SHARE:.0%} of all refused at random** (429, `retry_after` {WAIT} s): {many:,} messages."
    return ["", head, "", *table(heads, rows)]
