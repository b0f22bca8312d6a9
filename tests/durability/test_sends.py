"""kill -9 while thousands of messages leave that nobody asked for: none is lost, few arrive twice, none of those that may
not, and Telegram never has to ask for patience."""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot import outbox as way_out
from bot.chat import Address, Reply
from bot.store import outbox, people
from tests.databases import OwnPostgres, _make_ready
from tests.durability.far_end import FarEnd, Trouble
from tests.durability.offices import MIXED, MORNING, Office, fresh_sqlite, note_figures, office, reap, seed, until

LATENCY = (0.05, 0.4)
"""Seconds for which a message is on its way and taken already, where a kill does most harm."""
BAD = Trouble(LATENCY, too_many=0.01, patience=(1, 2), broken=0.01, cut_before=0.01, cut_after=0.01, silent=0.001)
GROUP = -1_002_000_000_000
ENOUGH_KILLS = 4
ON_THE_WAY = ("pending", "leased", "sending")


@dataclass
class Load:
    """How many messages, of which so many go to each of `groups` groups; the second half are to be held when unsure."""

    messages: int
    groups: int = 1
    in_group: int = 5
    chats: int = 0
    texts: dict[str, str] = field(default_factory=dict)
    """What is to arrive → "resend" or "hold"."""

    def write(self, tx: Any) -> None:
        """Into an empty database, each with its cause."""
        places = [self._at(tx, str(1000 + n), private=True) for n in range(self.chats or self.messages // 2)]
        rooms = [self._at(tx, str(GROUP - n), private=False) for n in range(self.groups)]
        to = [room for room in rooms for _ in range(self.in_group)]
        to += [places[n % len(places)] for n in range(self.messages - len(to))]
        for n, place in enumerate(to):
            words = f"Thư số {n:05}"
            unsure = "hold" if n % 2 else "resend"
            self.texts[words] = unsure
            priority = outbox.BULK if unsure == "hold" else outbox.REMIND
            outbox.add(
                tx,
                place,
                "notice",
                f"durability:{n}",
                Reply(words).as_json(),
                MORNING,
                not_before=0.0,
                priority=priority,
                unsure=unsure,
            )

    def open_chats(self, far: FarEnd) -> None:
        far.meet(*(1000 + n for n in range(self.chats or self.messages // 2)))
        for n in range(self.groups):
            far.groups[GROUP - n], far.titles[GROUP - n] = [], "Dân vận khéo"

    def _at(self, tx: Any, chat: str, *, private: bool) -> int:
        at = Address("telegram", chat)
        return people.greet(tx, at, private=private, name=f"Chat {chat}", language="vi", now=MORNING).id


def settled(here: Office) -> bool:
    return not here.rows("SELECT 1 FROM outbox WHERE state IN ('pending', 'leased', 'sending') LIMIT 1")


def states(here: Office) -> dict[str, int]:
    rows = here.rows("SELECT state, unsure, count(*) AS n FROM outbox GROUP BY state, unsure")
    return {f"{row['state']} ({row['unsure']})": row["n"] for row in rows}


def judge(here: Office, load: Load, *, troubled: bool) -> dict[str, object]:
    """What is promised, of every message; returns the figures."""
    book, kills = here.far.book, len(here.deaths)
    rows = {_words(row["payload"]): row for row in here.rows("SELECT payload, state, unsure, error FROM outbox")}
    assert set(rows) == set(load.texts)
    arrived = Counter(one.text for one in book.taken)
    assert set(arrived) <= set(load.texts)
    asked = {words for words, unsure in load.texts.items() if unsure == "resend"}
    held = set(load.texts) - asked

    missing = [words for words in asked if not arrived[words]]
    assert missing == [], f"{len(missing)} lost, as {missing[:5]}: {[rows[w]['state'] for w in missing[:5]]}"
    assert {rows[words]["state"] for words in asked} == {"sent"}
    doubled = sum(arrived[words] - 1 for words in asked)
    unanswered = book.troubles["cut after"] + book.troubles["silence"] + book.troubles["5xx"]
    bound = kills * way_out.AT_ONCE + (unanswered if troubled else 0)
    assert doubled <= bound, f"{doubled} arrived twice; {kills} kills explain {bound}"

    again = [words for words in held if arrived[words] > 1]
    assert again == [], f"held ones arrived twice: {again[:5]}"
    unknown = {words for words in held if rows[words]["state"] == "unknown"}
    gone = {words for words in held if not arrived[words]}
    assert gone <= unknown, f"lost without a word: {sorted(gone - unknown)[:5]}"
    assert {rows[words]["state"] for words in held} <= {"sent", "unknown"}
    assert all(arrived[words] == 1 for words in held if rows[words]["state"] == "sent")
    assert len(unknown) <= bound + (book.troubles["cut before"] if troubled else 0)

    assert book.refused == [], f"Telegram had to ask for patience: {book.refused[:5]}"
    silences = sorted(here.silences())
    return {
        "messages": len(load.texts),
        "kills": kills,
        "lost": 0,
        "doubled": f"{doubled} (in flight at the kills {sum(d.in_flight for d in here.deaths)}, bound {bound})",
        "held and doubled": 0,
        "unknown": f"{len(unknown)} (of them did not arrive {len(gone)})",
        "429 earned": 0,
        "most in a second": _most_in_a_second(here.far),
        "silence after a kill": f"{_middle(silences):.1f} s (longest {silences[-1] if silences else 0.0:.1f} s)",
    }


def _words(payload: Any) -> str:
    import json

    return str((json.loads(payload) if isinstance(payload, str) else payload)["text"])


def _middle(numbers: list[float]) -> float:
    return numbers[len(numbers) // 2] if numbers else 0.0


def _most_in_a_second(far: FarEnd) -> int:
    at, most, first = [one.at for one in far.book.taken], 0, 0
    for last, moment in enumerate(at):
        while moment - at[first] >= 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most


async def survive(
    run: str,
    folder: Path,
    url: str,
    load: Load,
    *,
    roles: tuple[tuple[str, ...], ...] = ((),),
    trouble: Trouble = Trouble(LATENCY),  # noqa: B008
    server: OwnPostgres | None = None,
    database_away: float = 0.0,
    platform_away: float = 0.0,
    constants: dict[str, float] | None = None,
    between: tuple[float, float] = (1.0, 3.0),
    least: int = ENOUGH_KILLS,
) -> None:
    """Send it all under kills; a third of the way the database goes away, two thirds of the way the platform does."""
    number = seed()
    rng = random.Random(number)
    several = len(roles) > 1
    async with (
        FarEnd(random.Random(rng.random()), trouble) as far,
        office(folder, url, far, roles=roles, webhook=several, constants=constants) as here,
    ):
        here.work(load.write)
        load.open_chats(far)
        await here.rise()
        begun = asyncio.get_running_loop().time()
        over = asyncio.Event()
        killing = asyncio.create_task(reap(here, rng, over.is_set, between=between))
        away = asyncio.create_task(_outages(here, load, server, database_away, platform_away))
        patience = 120.0 + load.messages / 3 + 2 * (database_away + platform_away)

        def looked() -> bool:
            for task in (killing, away):
                if task.done() and task.exception():
                    raise task.exception()  # type: ignore[misc]
            if away.done() and len(far.book.taken) >= 0.9 * load.messages:
                return settled(here)
            return False

        try:
            await until(looked, patience, lambda: f"{states(here)}\n{here.logs()}")
        finally:
            over.set()
            away.cancel()
            await asyncio.wait([killing, away], timeout=90)
        await killing
        took = asyncio.get_running_loop().time() - begun
        for process in here.processes:
            await process.listens()
        await here.stop()
        figures = judge(here, load, troubled=trouble.cut_after > 0 or bool(platform_away))
        if trouble.cut_after:
            figures["troubles"] = ", ".join(f"{count} × {name}" for name, count in sorted(far.book.troubles.items()))
        assert len(here.deaths) >= least, "too few kills to mean anything"
        note_figures(run, number, {**figures, "took": f"{took:.0f} s"})


async def _outages(here: Office, load: Load, server: OwnPostgres | None, database: float, platform: float) -> None:
    far = here.far
    if server is not None and database:
        await _gone_through(far, load.messages // 3)
        await asyncio.to_thread(server.stop, "immediate")
        await asyncio.sleep(database)
        await asyncio.to_thread(server.start)
    if platform:
        await _gone_through(far, 2 * load.messages // 3)
        await far.go_away()
        before = len(far.book.taken)
        await asyncio.sleep(platform)
        await far.come_back()
        back = asyncio.get_running_loop().time()
        await _gone_through(far, before + 1)
        waited = asyncio.get_running_loop().time() - back
        assert waited < way_out.LONGEST_PAUSE + 30.0, f"back for {waited:.0f} s before anything was sent"


async def _gone_through(far: FarEnd, many: int) -> None:
    while True:
        if len(far.book.taken) >= many:
            return
        await asyncio.sleep(0.05)


@pytest.fixture(scope="module")
def server() -> Iterator[OwnPostgres]:
    own = OwnPostgres(Path(tempfile.mkdtemp(prefix="kheo-pg-")))
    yield own
    own.end()


@pytest.fixture
def url(server: OwnPostgres) -> Iterator[str]:
    made = server.create()
    _make_ready(made)
    yield made
    server.start()
    server.drop(made)


# -- a few minutes of everything -------------------------------------------------------------------------------------


@pytest.mark.durability_short
async def test_sends_of_one_process_survive(tmp_path: Path, ready_sqlite: Path) -> None:
    here = tmp_path / "office"
    load = Load(250)
    await survive("sends, 1 process, SQLite, short", here, fresh_sqlite(here, ready_sqlite), load)


@pytest.mark.durability_short
async def test_sends_of_three_processes_survive(tmp_path: Path, server: OwnPostgres, url: str) -> None:
    """The database is away for some seconds in the midst of it, and so is the platform; it is looked for more often."""
    await survive(
        "sends, 3 processes, PostgreSQL, short",
        tmp_path / "office",
        url,
        Load(300),
        roles=MIXED,
        trouble=BAD,
        server=server,
        database_away=3.0,
        platform_away=4.0,
        constants={"bot.outbox.LONGEST_PAUSE": 2.0},
    )


# -- the long form ---------------------------------------------------------------------------------------------------

MANY = 5000


@pytest.mark.durability
async def test_5000_sends_of_one_process_survive(tmp_path: Path, ready_sqlite: Path) -> None:
    here = tmp_path / "office"
    load = Load(MANY, groups=4, in_group=50)
    await survive("5,000 sends, 1 process, SQLite", here, fresh_sqlite(here, ready_sqlite), load, least=50)


@pytest.mark.durability
async def test_5000_sends_of_three_processes_survive(tmp_path: Path, url: str) -> None:
    load = Load(MANY, groups=4, in_group=50)
    await survive("5,000 sends, 3 processes, PostgreSQL", tmp_path / "office", url, load, roles=MIXED, least=50)


@pytest.mark.durability
async def test_5000_sends_survive_a_hostile_far_end(tmp_path: Path, server: OwnPostgres, url: str) -> None:
    """429, 5xx, cut connections, no answer; the database away for half a minute, the platform for ten minutes."""
    await survive(
        "5,000 sends, 3 processes, hostile far end, database away 30 s, platform away 10 min",
        tmp_path / "office",
        url,
        Load(MANY, groups=4, in_group=50),
        roles=MIXED,
        trouble=BAD,
        server=server,
        database_away=30.0,
        platform_away=600.0,
        least=50,
    )
