"""kill -9 at random moments while several people talk: no answer that was taken is lost, none counts twice, no reply is
lost, and each person hears the replies in order."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.chat import Reply
from bot.clock import Clock
from bot.rules.access import OFFICER
from bot.store import exemplars, people, seasons, units
from tests.devices.browser import Browser, NotTaken
from tests.devices.telegram import TelegramPhone
from tests.durability.far_end import FarEnd, Trouble
from tests.durability.offices import MIXED, Office, fresh_sqlite, note_figures, office, reap, seed, until
from tests.talk import photo
from tests.world import YEAR, agreed, plans

MANY = 5000
BETWEEN = (1.0, 3.0)
"""Seconds until the next kill."""
ON_THE_WAY = 6
"""What one person says without having heard an answer; then they wait."""
PAUSE = (0.0, 0.09)
DOUBLES = 3
"""At most so many replies of one chat are under way when the process dies."""
PEOPLE = ("lan", "hung", "mai", "bay", "tuan", "hoa")
BROWSERS = 2
AGAIN = Trouble(twice=0.1)
BAD = Trouble(twice=0.1, too_many=0.005, patience=(1, 2), broken=0.01, cut_before=0.01, cut_after=0.01)


@dataclass
class Talker:
    """Somebody who answers without a pause, and remembers what they said."""

    name: str
    code: str
    device: Any
    rng: random.Random
    said: list[str] = field(default_factory=list)
    unsure: list[str] = field(default_factory=list)
    """Not confirmed: it may have been taken, once."""
    commands: list[str] = field(default_factory=list)
    acts: int = 0

    async def join(self) -> None:
        await self.device.start(self.code)
        await self._until(self.name)
        await self.device.say("/tucham")
        await self._until("Tiêu chí 01")
        await self.device.say("13,5")
        await self._until("Tài liệu kiểm chứng")

    async def talk(self) -> None:
        begun = len(self.device.heard)
        while True:
            await asyncio.sleep(self.rng.uniform(*PAUSE))
            if self.acts - (len(self.device.heard) - begun) < ON_THE_WAY:
                await self._act()

    async def _act(self) -> None:
        self.acts += 1
        n, dice = self.acts, self.rng.random()
        words = f"/chuaco{n:04}" if dice < 0.2 else f"Biên bản họp thôn {n:04} do {self.name} ghi"
        self.unsure.append(words)
        with suppress(NotTaken):
            if dice > 0.9:
                await self.device.send_photo(f"{self.name}-{n}.jpg", photo(f"{self.name}-{n}.jpg"), words)
            else:
                await self.device.say(words)
            self.unsure.remove(words)
            (self.commands if dice < 0.2 else self.said).append(words)

    async def _until(self, fragment: str) -> None:
        await self.device.until(lambda: any(fragment in h.text for h in self.device.heard), timeout=90.0)


def enter(tx: Any) -> dict[str, str]:
    """The season, and for each person a unit with an exemplar; returns their codes."""
    now, plan = Clock().now(), plans()["van-ninh"]
    seasons.begin(tx, plan, YEAR, now)
    # These runs are lived today, by a plan whose communes ended in 2025.
    units.plant(tx, [seed.model_copy(update={"valid_to": None}) for seed in plan.units])
    season = seasons.every(tx)[0]
    codes = {}
    communes = [u for u in units.load(tx).values() if u.parent_id is not None]
    for name, unit in zip(PEOPLE, communes, strict=False):
        person_id = people.add(tx, name, unit.id, OFFICER, now)
        agreed(tx, person_id, now)
        codes[name] = people.make_code(tx, now, person_id=person_id)
        exemplars.register(
            tx,
            season_id=season.id,
            unit_id=unit.id,
            subject="tap_the",
            name=f"Mô hình của {name}",
            award=True,
            late=False,
            answers={"name": f"Mô hình của {name}", "subject": "tap_the", "award": True},
            now=now,
        )
    return codes


@pytest.mark.durability_short
@pytest.mark.parametrize("webhook", [False, True], ids=["polling", "webhook"])
async def test_answers_to_one_process_survive(tmp_path: Path, ready_sqlite: Path, webhook: bool) -> None:
    folder = tmp_path / "office"
    url, way = fresh_sqlite(folder, ready_sqlite), "webhook" if webhook else "polling"
    await survive(f"answers, 1 process, SQLite, {way}, short", folder, url, 200, webhook=webhook, trouble=AGAIN)


@pytest.mark.durability_short
async def test_answers_to_three_processes_survive(tmp_path: Path, postgres_url: str) -> None:
    """Updates come twice, too, and old ones after newer ones; Telegram refuses, fails, and cuts connections."""
    run = "answers, 3 processes, PostgreSQL, webhook, short"
    await survive(run, tmp_path / "office", postgres_url, 300, webhook=True, roles=MIXED, trouble=BAD)


@pytest.mark.durability
@pytest.mark.parametrize("webhook", [False, True], ids=["polling", "webhook"])
async def test_5000_answers_to_one_process_survive(tmp_path: Path, ready_sqlite: Path, webhook: bool) -> None:
    folder = tmp_path / "office"
    url, way = fresh_sqlite(folder, ready_sqlite), "webhook" if webhook else "polling"
    await survive(
        f"5,000 answers, 1 process, SQLite, {way}", folder, url, MANY, webhook=webhook, trouble=AGAIN, least=30
    )


@pytest.mark.durability
async def test_5000_answers_to_three_processes_survive(tmp_path: Path, postgres_url: str) -> None:
    run = "5,000 answers, 3 processes, PostgreSQL, webhook, hostile far end"
    await survive(run, tmp_path / "office", postgres_url, MANY, webhook=True, roles=MIXED, trouble=BAD, least=30)


async def survive(
    run: str,
    folder: Path,
    url: str,
    answers: int,
    *,
    webhook: bool,
    roles: Sequence[Sequence[str]] = ((),),
    trouble: Trouble = Trouble(),  # noqa: B008
    between: tuple[float, float] = BETWEEN,
    least: int = 3,
) -> None:
    """Have several people give so many answers between them, under kills."""
    number = seed()
    rng = random.Random(number)
    async with (
        FarEnd(random.Random(rng.random()), trouble, strict=False) as far,
        office(folder, url, far, roles=roles, webhook=webhook, now=None) as here,
    ):
        codes = here.work(enter)
        talkers = []
        for n, name in enumerate(PEOPLE):
            of_the_web = n >= len(PEOPLE) - BROWSERS
            port = here.processes[n % len(here.processes)].port
            device = (
                Browser(f"http://127.0.0.1:{port}", name=name) if of_the_web else TelegramPhone(far, 1000 + n, name)
            )
            talkers.append(Talker(name, codes[name], device, random.Random(rng.random())))
        tasks: list[asyncio.Task[None]] = []
        enough = asyncio.Event()
        try:
            await here.rise()
            await asyncio.gather(*(talker.join() for talker in talkers))
            begun = asyncio.get_running_loop().time()
            tasks = [asyncio.create_task(talker.talk()) for talker in talkers]
            killing = asyncio.create_task(reap(here, rng, enough.is_set, between=between))
            tasks.append(killing)
            await until(
                partial(_far_enough, here, talkers, tasks, answers, least),
                60.0 + answers / 2,
                partial(_stuck, here, talkers),
            )
            enough.set()
            await killing
            await _silence(tasks)
            took = asyncio.get_running_loop().time() - begun
            for process in here.processes:
                await process.listens()
            await _quiet(here, far)
            await here.stop()
            doubled = _check(here, talkers)
            figures = {
                "answers": _said(talkers),
                "kills": len(here.deaths),
                "lost": 0,
                "counted twice": 0,
                "replies out of order": 0,
                "replies heard twice": doubled,
                "took": f"{took:.0f} s",
            }
            if trouble.twice:
                figures["updates brought again"] = far.book.again
            if trouble.cut_after:
                troubles = sorted(far.book.troubles.items())
                figures["troubles"] = ", ".join(f"{count} × {name}" for name, count in troubles)
            note_figures(run, number, figures)
        finally:
            enough.set()
            await _silence(tasks)
            for talker in talkers:
                if isinstance(talker.device, Browser):
                    await talker.device.close()


def _far_enough(here: Office, talkers: list[Talker], tasks: list[asyncio.Task[None]], answers: int, least: int) -> bool:
    for task in tasks:
        if task.done() and (trouble := task.exception()):
            raise trouble
    return _said(talkers) >= answers and len(here.deaths) >= least


def _stuck(here: Office, talkers: list[Talker]) -> str:
    heard = "\n".join(f"{t.name}: {t.acts} acts, {len(t.device.heard)} heard" for t in talkers)
    return f"{heard}\n{len(here.far.updates)} at Telegram\n{_open(here)}\n{here.logs()}"


def _said(talkers: list[Talker]) -> int:
    return sum(len(talker.said) for talker in talkers)


async def _silence(talking: list[asyncio.Task[None]]) -> None:
    for task in talking:
        task.cancel()
    await asyncio.gather(*talking, return_exceptions=True)


async def _quiet(here: Office, far: FarEnd) -> None:
    def still() -> bool:
        waiting = here.rows("SELECT count(*) AS n FROM inbox WHERE state = 'new'")[0]["n"]
        leaving = here.rows("SELECT count(*) AS n FROM outbox WHERE state IN ('pending', 'leased', 'sending')")[0]["n"]
        return not (waiting or leaving or far.updates)

    await until(still, 120.0, lambda: f"{len(far.updates)} at Telegram, {_open(here)}\n{here.logs()}")
    await asyncio.sleep(1.0)  # the pages hear of it


def _open(here: Office) -> list[dict[str, Any]]:
    rows = here.rows("SELECT id, state, owner, speaker, error FROM inbox WHERE state = 'new' ORDER BY id LIMIT 5")
    rows += here.rows(
        "SELECT id, kind, state, owner, error FROM outbox WHERE state IN ('pending', 'leased', 'sending')"
    )
    return [dict(row) for row in rows[:10]]


def _check(here: Office, talkers: list[Talker]) -> int:
    """Every promise; returns how many replies were heard twice."""
    poison = here.rows("SELECT id, error FROM inbox WHERE state <> 'done'")
    assert [tuple(row.values()) for row in poison] == []

    noted = Counter(_read(row["value"])["text"] for row in here.rows("SELECT value FROM draft_event WHERE op = 'add'"))
    said = [words for talker in talkers for words in talker.said]
    unsure = {words for talker in talkers for words in talker.unsure}
    lost = [words for words in said if not noted[words]]
    assert lost == [], f"{len(lost)} answers are lost: {lost[:5]}"
    assert [words for words in said if noted[words] > 1] == [], "answers count twice"
    assert set(noted) <= {*said, *unsure}

    rows = here.rows("SELECT o.*, a.chat, a.name FROM outbox o JOIN address a ON a.id = o.address_id ORDER BY o.id")
    assert {row["state"] for row in rows} == {"sent"}
    troubles = here.far.book.troubles
    doubles, unanswered = 0, troubles["cut after"] + troubles["5xx"]
    for talker in talkers:
        due = Counter(_shown(row["payload"]) for row in rows if _chat(here, talker) == row["chat"])
        heard = Counter(h.text for h in talker.device.heard)
        assert due - heard == Counter(), f"{talker.name} never heard these"
        assert due.total() >= talker.acts - len(talker.unsure)
        extra = heard - due
        assert extra.total() <= DOUBLES * (len(here.deaths) + 1) + unanswered, (
            f"{talker.name} heard these again and again: {extra}"
        )
        doubles += extra.total()
        _check_order(talker)
    return doubles


def _check_order(talker: Talker) -> None:
    texts = [h.text for h in talker.device.heard]
    places = [next((at for at, text in enumerate(texts) if command in text), None) for command in talker.commands]
    known = [at for at in places if at is not None]
    assert known == sorted(known), f"{talker.name} heard replies out of order"


def _read(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _shown(payload: Any) -> str:
    reply = Reply.from_json(_read(payload))
    return "\n".join(part for part in (reply.title, reply.text) if part).strip()


def _chat(here: Office, talker: Talker) -> str:
    if isinstance(talker.device, TelegramPhone):
        return str(talker.device.user_id)
    found = here.rows(
        f"SELECT a.chat FROM address a JOIN person p ON p.id = a.person_id WHERE p.name = '{talker.name}'"
    )
    return str(found[0]["chat"])
