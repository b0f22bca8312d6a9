"""Broadcasts on the clock: they leave once, whoever ticks; killed between two pieces they go on; authors are told in time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from bot.chat import Address
from bot.clock import ZONE
from bot.rules.access import OFFICER, STANDING_OFFICE
from bot.store import broadcasts, people
from bot.store.broadcasts import Audience, Broadcast
from bot.store.tables import address, delivery, person, role
from bot.store.tables import outbox as posted
from handlers import audiences, broadcasting, deliveries, placeholders
from scheduler.broadcasts import Broadcasting, Manner
from tests.databases import ready_sqlite  # noqa: F401
from tests.world import DISTRICT, MONDAY, World, world

MANNER = Manner(audiences.chosen, placeholders.tells, deliveries.open_at, broadcasting.following)
HUNG = "van-ninh.van-hung"


@pytest.fixture
async def here(tmp_path: Path, ready_sqlite: Path) -> AsyncIterator[World]:  # noqa: F811
    async with world(tmp_path / "kheo", "web", ready=ready_sqlite) as made:
        await made.stop_pumping()
        yield made


def ticking(here: World) -> Broadcasting:
    """One process that ticks; another call is another process."""
    return Broadcasting(here.app.store, here.app.office, here.app.clock, MANNER)


async def confirmed(here: World, many: int = 3, **more: Any) -> Broadcast:
    """A broadcast of the district to all its communes, of which one has so many officers."""
    office, now = here.app.office, here.app.clock.now()
    top, hung = office.units.coded(DISTRICT), office.units.coded(HUNG)
    assert top is not None and hung is not None
    one_unit = hung.id

    def work(tx: Any) -> int:
        hoa = people.add(tx, "Hòa", top.id, STANDING_OFFICE, now)
        at = people.greet(tx, Address("web", f"hoa{hoa}"), private=True, name="Hòa", language="vi", now=now)
        people.attach(tx, at.id, hoa, now)
        ids = range(100_000, 100_000 + many)
        if not tx.execute(select(person.c.id).where(person.c.id == ids[0])).first():
            tx.execute(insert(person), [{"id": i, "name": f"C{i}", "language": "vi", "created_at": now} for i in ids])
            tx.execute(insert(role), [{"person_id": i, "unit_id": one_unit, "function": OFFICER} for i in ids])
            shared = {"channel": "web", "thread": "", "private": True, "name": "", "language": "vi", "state": "ok"}
            rest = {"preferred": False, "tries": 0, "focus": {}, "created_at": now}
            tx.execute(insert(address), [{"chat": f"c{i}", "person_id": i, **shared, **rest} for i in ids])
        id = broadcasts.begin(tx, unit_id=top.id, person_id=hoa, address_id=at.id, now=now)
        draft = broadcasts.by_id(tx, id)
        assert draft is not None
        draft = broadcasts.change(tx, draft, text="Họp.", **({"audience": Audience(all=True)} | more))
        assert broadcasts.confirm(tx, draft, now)
        return id

    return await state(here, await here.app.store.write(work))


async def state(here: World, id: int) -> Broadcast:
    one = await here.app.store.read(lambda tx: broadcasts.by_id(tx, id))
    assert one is not None
    return one


async def rows(here: World, kind: str = "broadcast") -> int:
    of = select(func.count()).select_from(posted).where(posted.c.kind == kind)
    return int(await here.app.store.read(lambda tx: tx.execute(of).scalar_one()))


async def test_killed_between_two_pieces_it_goes_on_and_nobody_has_two(here: World) -> None:
    one = await confirmed(here, 1300)
    first = ticking(here)
    await here.app.store.write(lambda tx: first._write(tx, one.id))
    assert await rows(here) == 500 and (await state(here, one.id)).state == "writing"
    await ticking(here).run()  # another process, after the first has died
    assert await rows(here) == 1300
    twice = select(delivery.c.person_id).group_by(delivery.c.person_id).having(func.count() > 1)
    again = await here.app.store.read(lambda tx: tx.execute(twice.where(delivery.c.person_id.is_not(None))).all())
    assert again == [] and (await state(here, one.id)).state == "sending"


async def test_two_processes_that_tick_at_once_write_everybody_once(here: World) -> None:
    await confirmed(here, 1300)
    await asyncio.gather(*(ticking(here).run() for _ in range(3)))
    assert await rows(here) == 1300


async def test_what_is_scheduled_leaves_once_at_its_time(here: World) -> None:
    one = await confirmed(here, send_at=MONDAY + timedelta(hours=2))
    await ticking(here).run()
    assert (await state(here, one.id)).state == "scheduled" and await rows(here) == 0
    here.app.clock.move(MONDAY + timedelta(hours=2, minutes=1))
    await asyncio.gather(ticking(here).run(), ticking(here).run())
    assert await rows(here) == 3 and await rows(here, "progress") == 1


async def test_after_an_outage_a_weekly_one_leaves_once_and_not_for_each_week(here: World) -> None:
    one = await confirmed(here, send_at=MONDAY + timedelta(hours=1), repeats="week")
    here.app.clock.move(datetime(2024, 3, 13, 9, 0, tzinfo=ZONE))
    await ticking(here).run()
    await ticking(here).run()
    assert await rows(here) == 3
    (coming,) = await here.app.store.read(lambda tx: broadcasts.in_state(tx, "scheduled"))
    assert coming.send_at is not None and coming.first_id == one.id
    assert coming.send_at.astimezone(ZONE) == datetime(2024, 3, 18, 10, 0, tzinfo=ZONE)


async def test_the_end_is_told_once_when_all_have_come_to_theirs(here: World) -> None:
    one = await confirmed(here)
    clock = ticking(here)
    await clock.run()
    await clock.run()
    assert (await state(here, one.id)).state == "sending", "nothing has been sent yet"
    about = f"progress:{one.id}"
    sent = update(posted).where(posted.c.kind.in_(("broadcast", "progress"))).values(state="sent", message="1")
    await here.app.store.write(lambda tx: tx.execute(sent).rowcount)
    for _ in range(3):
        await clock.run()
    told = await here.app.store.read(
        lambda tx: tx.execute(select(posted.c.payload).where(posted.c.subject == about)).scalars().all()
    )
    assert sum(bool(payload.get("report")) for payload in told) == 1
    assert (await state(here, one.id)).state == "done"


async def test_what_runs_into_the_evening_waits_and_is_woken_in_the_morning(here: World) -> None:
    one = await confirmed(here)
    here.app.clock.move(MONDAY.replace(hour=18))
    clock = ticking(here)
    await clock.run()
    waits = update(posted).where(posted.c.kind == "broadcast")
    asleep = waits.values(not_before=time.time() + 3000, error=broadcasts.NOT_AT_THIS_HOUR)
    await here.app.store.write(lambda tx: tx.execute(asleep).rowcount)
    await clock.run()
    later = select(func.count()).select_from(posted).where(posted.c.not_before > time.time() + 1)
    assert await here.app.store.read(lambda tx: tx.execute(later).scalar_one()) == 3
    here.app.clock.move(datetime(2024, 2, 6, 7, 31, tzinfo=ZONE))
    await clock.run()
    assert await here.app.store.read(lambda tx: tx.execute(later).scalar_one()) == 0
    assert (await state(here, one.id)).state == "sending"
