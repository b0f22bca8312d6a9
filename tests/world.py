"""A small world for a story: the whole app on its channels, people with devices, and the clock in the story's hand."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zlib import crc32

from sqlalchemy import select

from bot.app import App, build
from bot.channels.terminal.channel import Terminal
from bot.clock import ZONE, Clock
from bot.config import settings
from bot.plan.loader import load
from bot.plan.model import Plan
from bot.rules.access import OFFICER
from bot.store import audit, consents, exemplars, people, units
from bot.store.exemplars import Exemplar
from bot.store.seasons import Season
from bot.store.seasons import begin as begin_season
from bot.store.tables import outbox as sent
from handlers import consent
from tests.devices.browser import Browser
from tests.devices.telegram import TOKEN, FakeTelegram, TelegramPhone
from tests.devices.terminal import Seat
from tests.devices.zalo import FakeZalo, ZaloPhone
from tests.talk import Speaker

ROOT = Path(__file__).resolve().parent.parent
MONDAY = datetime(2024, 2, 5, 9, 0, tzinfo=ZONE)
UNPACED = {"per_second": 1000.0, "chat_gap": 0.0, "group_gap": 0.0, "takeover": 0.0}
PUMP_EVERY = 0.05
TOGETHER = 0.25  # seconds in which photos of Zalo belong together; nobody in a story is slower
YEAR = 2024
DISTRICT = "van-ninh"

VAN_NINH = "van-ninh"

_plans: dict[Path, Plan] = {}


def plan(what: str | Path | Plan) -> Plan:
    """A plan of the project by its id, or the plan in a file, loaded once."""
    if isinstance(what, Plan):
        return what
    path = what if isinstance(what, Path) else ROOT / "plans" / f"{what}.yaml"
    if path not in _plans:
        _plans[path] = load(path)
    return _plans[path]


def plans(*what: str | Path | Plan) -> dict[str, Plan]:
    """These plans by id; without any, the one of Vạn Ninh, of which most stories are told."""
    return {found.id: found for found in map(plan, what or (VAN_NINH,))}


def task(milestone: str) -> str:
    """The milestone with that id as buttons carry it."""
    return f"m{crc32(milestone.encode())}"


def agreed(tx: Any, person_id: int, now: datetime) -> None:
    """That person has agreed to the notice on their data: the story is about something else."""
    consents.note(tx, person_id, consent.VERSION, given=True, address_id=None, now=now)


def as_if_they_lasted(what: str | Path | Plan) -> Plan:
    """The plan with units of which none ends: who works for one that has ended may only look."""
    found = plan(what)
    lasting = tuple(unit.model_copy(update={"valid_to": None}) for unit in found.units)
    return found.model_copy(update={"units": lasting, "version": f"{found.version[:8]}-lasts"})


class World:
    """The app and who is in it. The main person of a story uses `channel`."""

    def __init__(
        self,
        app: App,
        fake: FakeTelegram,
        seat: Seat,
        channel: str,
        make: Callable[[datetime], App] | None = None,
        zalo: FakeZalo | None = None,
    ) -> None:
        self.app = app
        self._zalo = zalo
        self.second_bot: FakeZalo | None = None
        self._make = make
        self._pumping: asyncio.Task[None] | None = None
        self.fake = fake
        self.seat = seat
        self.channel = channel
        self.url = ""
        self.speakers: list[Speaker] = []
        self._users = 1000

    @property
    def zalo(self) -> FakeZalo:
        """The far end of the office's bot at Zalo; only where the story's people are there."""
        assert self._zalo is not None, "nobody of this story is on Zalo"
        return self._zalo

    async def person(
        self,
        name: str,
        unit: str = "van-ninh.van-hung",
        role: str = OFFICER,
        *,
        channel: str = "",
        language: str = "vi",
        group: int | None = None,
        asks: bool = False,
    ) -> Speaker:
        """Somebody known, who has joined with their code and, but for stories of just that, agreed to the notice."""
        office, now = self.app.office, self.app.clock.now()
        at = office.units.coded(unit)
        assert at is not None, unit

        def enter(tx: Any) -> tuple[int, str]:
            id = people.add(tx, name, at.id, role, now, language)
            if not asks:
                agreed(tx, id, now)
            return id, people.make_code(tx, now, person_id=id)

        person_id, code = await self.app.store.write(enter)
        speaker = await self.stranger(name, channel=channel, group=group)
        speaker.person_id, speaker.unit_id = person_id, at.id
        await speaker.opens(code).hears(name)
        return speaker

    async def stranger(self, name: str, *, channel: str = "", group: int | None = None) -> Speaker:
        """Somebody with a device whom the bot does not know."""
        channel = channel or self.channel
        self._users += 1
        device: Any
        if channel == "telegram":
            device = TelegramPhone(self.fake, self._users, name, group)
        elif channel == "web":
            device = Browser(self.url, name=name)
        elif channel == "zalo":
            device = ZaloPhone(self.zalo, self._users, name, group)
        else:
            device = self.seat
        speaker = Speaker(name, device)
        self.speakers.append(speaker)
        return speaker

    async def group_code(self, unit: str = DISTRICT) -> str:
        """A code that links a group to the unit."""
        at, now = self.app.office.units.coded(unit), self.app.clock.now()
        assert at is not None
        return await self.app.store.write(lambda tx: people.make_code(tx, now, unit_id=at.id))

    def season(self, plan: str = VAN_NINH, year: int = 0) -> Season:
        """The plan's open season of that year; without a year, the one that runs now."""
        office = self.app.office
        running = [season for season, _ in office.running(self.app.clock.now())]
        found = [s for s in (office.seasons if year else running) if s.plan == plan and year in (0, s.year)]
        assert found, f"no season of {plan} {year or 'now'}"
        return found[0]

    async def exemplar(
        self,
        name: str,
        unit: str = "van-ninh.van-hung",
        *,
        subject: str = "tap_the",
        award: bool = True,
        plan: str = VAN_NINH,
        year: int = 0,
        status: str = "",
        more: Mapping[str, Any] = MappingProxyType({}),
    ) -> Exemplar:
        """An exemplar that was registered earlier, with `more` answers under the ids of the plan's questions."""
        now = self.app.clock.now()
        at, season = self.app.office.units.coded(unit), self.season(plan, year)
        assert at is not None, unit

        def enter(tx: Any) -> Exemplar:
            id = exemplars.register(
                tx,
                season_id=season.id,
                unit_id=at.id,
                subject=subject,
                name=name,
                award=award,
                late=False,
                status=status,
                answers={"name": name, "subject": subject, "award": award, **more},
                now=now,
            )
            return exemplars.by_id(tx, id)

        return await self.app.store.write(enter)

    async def exemplars(self, unit: str = "van-ninh.van-hung") -> list[Exemplar]:
        at = self.app.office.units.coded(unit)
        assert at is not None
        return await self.app.store.read(lambda tx: exemplars.of_units(tx, [at.id]))

    async def second(self, speaker: Speaker, channel: str) -> Speaker:
        """The same person at another device: they got a code for it."""
        now = self.app.clock.now()
        code = await self.app.store.write(lambda tx: people.make_code(tx, now, person_id=speaker.person_id))
        again = await self.stranger(speaker.name, channel=channel)
        again.person_id, again.unit_id = speaker.person_id, speaker.unit_id
        await again.opens(code).hears(speaker.name)
        return again

    async def restart(self) -> None:
        """Stop the app and start it anew on the same folder and port; people keep their devices."""
        assert self._make is not None
        port, now = self.app.port, self.app.clock.now()
        await self.stop_pumping()
        await self.app.stop()
        self.app = self._make(now)
        self.app.prepare()
        await self.app.start(port=port, tick=False)
        self.app.office.link_address = self.app.office.link_address or self.url
        self.pump()

    def pump(self) -> None:
        """Let what is due go out all the while."""
        self._pumping = asyncio.create_task(_pump(self.app))

    async def stop_pumping(self) -> None:
        if self._pumping is not None:
            self._pumping.cancel()
            await asyncio.gather(self._pumping, return_exceptions=True)

    async def it_is(self, year: int, month: int, day: int, hour: int = 8, minute: int = 0) -> int:
        """Move the clock and let the tick see it; returns how many messages became due."""
        self.app.clock.move(datetime(year, month, day, hour, minute, tzinfo=ZONE))
        made = await self.app.jobs.scan()
        await self.quiet()
        return made

    async def quiet(self) -> None:
        """Wait until everything taken in is answered and everything due is sent, by whichever pump took it."""
        await self.app.conversation.settle()
        patience = time.monotonic() + 2.0
        for _ in range(400):
            claimed = await self.app.sender.pump()
            moving, may_go = await self.app.store.read(_on_the_way)
            # What may go at once is on its way with the pump that runs all the while; what the platform holds up is not.
            if not claimed and not moving and (time.monotonic() > patience or not may_go):
                break
            await asyncio.sleep(0.005)


def _on_the_way(tx: Any) -> tuple[bool, bool]:
    """Whether a message is being sent, and whether one may go: seen at one moment, for one becomes the other."""
    rows = select(sent.c.state, sent.c.not_before <= time.time()).where(
        sent.c.state.in_(("pending", "leased", "sending"))
    )
    found = tx.execute(rows).all()
    return any(state != "pending" for state, _ in found), any(state == "pending" and due for state, due in found)


@asynccontextmanager
async def world(
    folder: Path,
    channel: str,
    *,
    ready: Path | None = None,
    webhook: bool = False,
    with_zalo: bool = False,
    two_bots: bool = False,
    at: datetime = MONDAY,
    plans: Iterable[str | Path | Plan] = (VAN_NINH,),
    seasons: Sequence[tuple[str, int]] = (),
    **more: Any,
) -> AsyncIterator[World]:
    """The app started on a fresh database: with the season 2024 of Vạn Ninh open, unless the story says otherwise.

    `with_zalo`: the office has a bot at Zalo too, though the story's main person is elsewhere; `two_bots`: two of them.
    `plans`: ids of the project's own, paths of small ones, or plans themselves; `seasons`: (plan id, year), by default
    one of each plan in the year of `at`.
    """
    if ready is not None:
        folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240
        shutil.copyfile(ready, folder / "kheo.db")
    seat = Seat(folder)
    known = {found.id: found for found in map(plan, plans)}
    opened = seasons or [(id, at.year) for id in known]
    async with AsyncExitStack() as far_ends:
        fake = await far_ends.enter_async_context(FakeTelegram())
        zalo = await far_ends.enter_async_context(FakeZalo()) if with_zalo or channel == "zalo" else None
        other = zalo.beside() if zalo is not None and two_bots else None
        if zalo is not None:
            tokens = ",".join(bot.token for bot in (zalo, other) if bot is not None)
            more = {"ZALO_TOKEN": tokens, "ZALO_API_BASE": zalo.url, "ZALO_PHOTO_HOSTS": zalo.photo_hosts, **more}
        own = settings(
            KHEO_DATA=folder,
            DATABASE_URL=more.pop("database_url", ""),
            TELEGRAM_TOKEN=TOKEN,
            TELEGRAM_API_BASE=fake.base,
            KHEO_PORT=8080,
            **more,
        )

        def make(now: datetime) -> App:
            clock = Clock()
            clock.move(now)
            made = build(
                own,
                clock=clock,
                plans=known,
                extra=[Terminal(seat.read_line, seat.write, folder=folder / "papers")],
                pace=UNPACED,
            )
            for one in made.channels.by_name.values():
                if not one.means.albums:
                    one.means = replace(one.means, together=TOGETHER)
            return made

        app = make(at)
        app.prepare()

        def seed(tx: Any) -> None:
            audit.acting(tx, audit.By(audit.SERVER), at)
            for one in known.values():
                units.plant(tx, one.units)
            for id, year in opened:
                begin_season(tx, known[id], year, at)
            app.office.refresh(tx)

        app.store.run(seed)
        here = World(app, fake, seat, channel, make, zalo)
        here.second_bot = other
        await app.start(tick=False)
        here.url = f"http://127.0.0.1:{app.port}"
        app.office.link_address = app.office.link_address or here.url
        here.pump()
        try:
            yield here
        finally:
            await here.stop_pumping()
            for speaker in here.speakers:
                if isinstance(speaker.device, Browser):
                    await speaker.device.close()
            await here.app.stop()


async def _pump(app: App) -> None:
    while True:
        await app.sender.pump()
        await asyncio.sleep(PUMP_EVERY)
