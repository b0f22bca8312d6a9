"""The office's clock goes anywhere and several processes tick: each step is told once, in office hours, and nobody who
was finished before a message was marked as being sent is reminded."""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.app import App
from bot.chat import Address
from bot.clock import ZONE
from bot.outbox import AT_ONCE, Composer
from bot.plan.model import Plan
from bot.rules.access import OFFICER
from bot.store import owing, people
from bot.store.outbox import Message
from bot.store.tables import outbox as sent
from scheduler.reminders import may_send
from tests.devices.telegram import TelegramPhone
from tests.durability.offices import note_figures, seed
from tests.world import World, plan, world

TICKING = 3
"""How many tick at once: three processes on PostgreSQL, three rounds of one on SQLite."""
TET = datetime(2024, 2, 8, 8, 0, tzinfo=ZONE)
FIRST, LAST = datetime(2024, 1, 3, 9, 0, tzinfo=ZONE), datetime(2026, 6, 30, 9, 0, tzinfo=ZONE)
UNITS = ("van-ninh.van-hung", "van-ninh.van-thang", "van-ninh.van-binh", "van-ninh.van-long", "van-ninh.xuan-son")


@asynccontextmanager
async def ticking(
    request: pytest.FixtureRequest,
    folder: Path,
    at: datetime,
    *,
    of: Plan | str = "van-ninh",
    years: Sequence[int] = (),
) -> AsyncIterator[tuple[World, list[App]]]:
    """A world, and who ticks in it: on PostgreSQL several whole apps on the same database."""
    on: dict[str, Any]
    if request.param == "sqlite":
        on = {"ready": request.getfixturevalue("ready_sqlite")}
    else:
        on = {"database_url": request.getfixturevalue("postgres_url")}
    seasons = [("van-ninh", year) for year in years] or [("van-ninh", at.year)]
    async with world(folder, "telegram", at=at, plans=(of,), seasons=seasons, **on) as here:
        assert here._make is not None
        apps = [here.app]
        if request.param == "postgresql":
            apps += [here._make(at) for _ in range(TICKING - 1)]
            for app in apps[1:]:
                await asyncio.to_thread(app.prepare)
        try:
            yield here, apps * (TICKING if len(apps) == 1 else 1)
        finally:
            for app in apps[1:]:
                await app.stop()


@dataclass
class Told:
    """What was sent to remind: whom, of which steps, and when by the office's clock."""

    id: int
    address_id: int
    steps: tuple[tuple[Any, ...], ...]
    at: datetime


async def told(here: World) -> list[Told]:
    def work(tx: Any) -> list[Told]:
        rows = tx.execute(select(sent).where(sent.c.kind == "reminder", sent.c.state == "sent").order_by(sent.c.id))
        return [
            Told(r.id, r.address_id, tuple(map(tuple, r.payload["items"])), r.sent_at.astimezone(ZONE)) for r in rows
        ]

    return await here.app.store.read(work)


async def finish(here: World, unit_id: int, season_id: int, person_id: int) -> None:
    now = here.app.clock.now()
    await here.app.store.write(
        lambda tx: owing.close(
            tx,
            season_id=season_id,
            unit_id=unit_id,
            milestone="dang_ky",
            kind="complete",
            person_id=person_id,
            now=now,
        )
    )


# -- the clock goes anywhere -----------------------------------------------------------------------------------------


def moved(rng: random.Random, now: datetime) -> datetime:
    """Where the clock goes next: mostly on, now and then over Tết, over a year, or back."""
    dice = rng.random()
    if dice < 0.5:
        to = now + timedelta(hours=rng.uniform(1, 40))
    elif dice < 0.65:
        to = now + timedelta(days=rng.uniform(2, 25))
    elif dice < 0.72:
        to = TET.replace(year=rng.choice([2024, 2025])) + timedelta(days=rng.uniform(-6, 12))
    elif dice < 0.78:
        to = now + timedelta(days=rng.choice([365, -365]))
    else:
        to = now - timedelta(hours=rng.choice([0.5, 5, 30, 24 * 9, 24 * 60]))
    if rng.random() < 0.7:
        to = to.replace(hour=rng.choice([7, 8, 8, 9, 14, 16]))
    return min(max(to, FIRST), LAST)


async def wander(run: str, request: pytest.FixtureRequest, folder: Path, moves: int) -> None:
    number = seed()
    rng = random.Random(number)
    async with ticking(request, folder, FIRST, years=(2024, 2025)) as (here, apps):
        speakers = [await here.person(f"Người {n}", unit) for n, unit in enumerate(UNITS)]
        contacts = {s.person_id: await address_of(here, s.device.user_id) for s in speakers}
        finished: dict[tuple[int, int], int] = {}  # season and address → the newest message then
        now, most, back = FIRST, 0, 0
        for _ in range(moves):
            to = moved(rng, now)
            back += to < now
            now = to
            for app in set(map(id, apps)):
                next(a for a in apps if id(a) == app).clock.move(now)
            await asyncio.gather(*(app.jobs.scan() for app in apps))
            await here.quiet()
            if rng.random() < 0.05:
                who, season = rng.choice(speakers), rng.choice(here.app.office.seasons)
                await finish(here, who.unit_id, season.id, who.person_id)
                await here.quiet()
                finished.setdefault((season.id, contacts[who.person_id]), await newest(here))
        reminders = await told(here)
        for one in reminders:
            assert may_send(here.app.office.calendar, one.at), f"sent at {one.at}"
            for season_id, milestone, *_ in one.steps:
                since = finished.get((season_id, one.address_id)) if milestone == "dang_ky" else None
                assert since is None or one.id <= since, f"{one} after they had finished"
        often = Counter((one.address_id, step) for one in reminders for step in one.steps)
        assert set(often.values()) <= {1}, often.most_common(3)
        assert sum(len(s.device.heard) for s in speakers) >= len(reminders)
        most = max(Counter((one.address_id, one.at.date()) for one in reminders).values(), default=0)
        assert len(reminders) > moves / 10, "too little was due to mean anything"
        note_figures(
            run,
            number,
            {
                "moves of the clock": moves,
                "backwards": back,
                "ticking": TICKING,
                "reminders": len(reminders),
                "told twice": 0,
                "outside office hours": 0,
                "to whoever had finished": 0,
                "most for one person on one day": most,
            },
        )


async def address_of(here: World, chat: int) -> int:
    def work(tx: Any) -> int:
        found = people.contact(tx, Address("telegram", str(chat)))
        assert found is not None
        return found.id

    return await here.app.store.read(work)


async def newest(here: World) -> int:
    return await here.app.store.read(lambda tx: tx.execute(select(func.max(sent.c.id))).scalar() or 0)


@pytest.mark.durability_short
async def test_the_clock_goes_anywhere(database: pytest.FixtureRequest, tmp_path: Path) -> None:
    await wander(f"clock moved, {database.param}, short", database, tmp_path / "kheo", 40)


@pytest.mark.durability
async def test_the_clock_goes_anywhere_for_long(database: pytest.FixtureRequest, tmp_path: Path) -> None:
    await wander(f"clock moved anywhere, 3 tick at once, {database.param}", database, tmp_path / "kheo", 500)


# -- finished against sent -------------------------------------------------------------------------------------------


@dataclass
class Race:
    """Moments of one unit's race; seconds of one monotonic clock."""

    finished_at: float = 0.0
    """When the unit was told that it had finished."""
    marked_from: float = 0.0
    """When the transaction began that marks the message as being sent."""
    reminded: int = 0


@dataclass
class Course:
    races: dict[int, Race] = field(default_factory=dict)
    marked: int = 0

    def watch(self, composed: Composer) -> Composer:
        def compose(tx: Any, message: Message) -> Any:
            begun = time.monotonic()
            reply = composed(tx, message)
            if message.address_id in self.races:
                self.races[message.address_id].marked_from = begun
                self.marked += 1
            return reply

        return compose


def crowded(many: int) -> Plan:
    """The plan with so many more communes under the district."""
    district = plan("van-ninh")
    one = next(u for u in district.units if u.parent)
    more = [
        one.model_copy(update={"code": f"van-ninh.xa-{n:04}", "name": f"Xã {n:04}", "aliases": ()}) for n in range(many)
    ]
    return district.model_copy(update={"units": (*district.units, *more), "version": f"{district.version[:8]}-{many}"})


async def race(run: str, request: pytest.FixtureRequest, folder: Path, many: int) -> None:
    number = seed()
    rng = random.Random(number)
    morning = datetime(2024, 2, 6, 7, 0, tzinfo=ZONE)
    async with ticking(request, folder, morning, of=crowded(many)) as (here, apps):
        office = here.app.office
        season = here.season()
        racing = [u for u in office.units.values() if ".xa-" in u.code]

        def enter(tx: Any) -> dict[int, int]:
            found = {}
            for n, unit in enumerate(racing):
                person_id = people.add(tx, f"Lan {n}", unit.id, OFFICER, morning)
                at = Address("telegram", str(5000 + n))
                contact = people.greet(tx, at, private=True, name="", language="vi", now=morning)
                people.attach(tx, contact.id, person_id, morning)
                found[unit.id] = contact.id
            return found

        contacts = await here.app.store.write(enter)
        phones = {unit.id: TelegramPhone(here.fake, 5000 + n, f"Lan {n}") for n, unit in enumerate(racing)}
        for phone in phones.values():
            phone.met = True
        course = Course({address: Race() for address in contacts.values()})
        composers: Any = here.app.sender._composers
        composers["reminder"] = course.watch(composers["reminder"])
        order = {unit.id: n for n, unit in enumerate(racing)}

        async def run_to_the_end(unit_id: int) -> None:
            # Messages are marked in the order of their units, up to so many at once: about as many finish before as after.
            start = order[unit_id] + rng.gauss(-AT_ONCE / 2, AT_ONCE)
            patience = time.monotonic() + 120.0
            while time.monotonic() < patience:
                if course.marked >= start:
                    break
                await asyncio.sleep(rng.uniform(0.0, 0.02))
            await asyncio.sleep(rng.uniform(0.0, 0.03))
            await finish(here, unit_id, season.id, 1)
            course.races[contacts[unit_id]].finished_at = time.monotonic()

        for app in {id(a): a for a in apps}.values():
            app.clock.move(morning.replace(hour=8))
        finishing = [asyncio.create_task(run_to_the_end(unit.id)) for unit in racing]
        await asyncio.gather(*(app.jobs.scan() for app in apps))
        await asyncio.gather(*finishing)
        await here.quiet()
        wrong, spared, reminded, close = [], 0, 0, 0
        for unit_id, address_id in contacts.items():
            one = course.races[address_id]
            one.reminded = len(phones[unit_id].heard)
            assert one.reminded <= 1
            reminded += one.reminded
            spared += not one.reminded
            close += bool(one.marked_from) and abs(one.finished_at - one.marked_from) < 0.1
            if one.reminded and one.finished_at < one.marked_from:
                wrong.append(unit_id)
        assert wrong == [], f"{len(wrong)} were reminded after they had finished"
        sys.stdout.write(f"{many} races: {reminded} reminded, {spared} spared, {close} within 0.1 s\n")
        assert min(reminded, spared) > many / 20, "the races were too one-sided to mean anything"
        note_figures(
            run,
            number,
            {
                "races": many,
                "reminded": reminded,
                "spared": spared,
                "within 0.1 s": close,
                "reminded after finishing": 0,
            },
        )


@pytest.mark.durability_short
async def test_whoever_finished_first_is_not_reminded(database: pytest.FixtureRequest, tmp_path: Path) -> None:
    await race(f"finished against sent, {database.param}, short", database, tmp_path / "kheo", 200)


@pytest.mark.durability
async def test_whoever_finished_first_is_not_reminded_in_many_races(
    database: pytest.FixtureRequest, tmp_path: Path
) -> None:
    await race(f"finished against sent, {database.param}", database, tmp_path / "kheo", 1000)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> pytest.FixtureRequest:
    return request
