"""The joinery: the only file that knows every part, and decides nothing."""

from __future__ import annotations

import asyncio
import gc
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from aiohttp import web

from bot.channels.webchat.channel import Demo, WebChat
from bot.channels.webchat.log import Row, Side
from bot.chat import Channel, Channels, readable
from bot.clock import Clock
from bot.config import Settings
from bot.conversation import Conversation
from bot.errors import SettingsWrong, StoreDown
from bot.outbox import Outbox
from bot.plan.calendars import load_years
from bot.plan.finding import refused
from bot.plan.model import Plan
from bot.plan.shelf import Shelf
from bot.rules.calendar import Calendar
from bot.store import outbox as sent
from bot.store import seasons, webchat
from bot.store.engine import Store
from bot.store.files import EvidenceFolder
from bot.store.retention import Days
from bot.texts import KNOWN, language
from bot.turn import Office, Script
from bot.web.server import port_of, serve
from handlers import printing
from handlers.tables import script
from scheduler.clock import EmbeddedClock
from scheduler.forgetting import Forgetting
from scheduler.jobs import Jobs
from scheduler.plans import PlanWatch
from scheduler.reminders import Reminding

log = structlog.get_logger()

MEGABYTE = 1024 * 1024
SETTLING = 1.0  # seconds; an editor that empties a plan file and writes it anew is done by then
LISTEN_AGAIN = 5.0  # seconds until a channel whose listening broke is started anew
START_SECONDS = 60.0  # for a PostgreSQL that starts together with us; then whoever started Khéo may start it again
SETTLE_SECONDS = 5.0  # for turns that were begun; SIGTERM promises an end within seconds, and what is left is stored


class WebLog:
    """The web chat's messages in the store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def add(self, chat: str, side: Side, content: dict[str, Any]) -> int:
        now, content = self._clock.now(), readable(content)
        return await self._store.write(lambda tx: webchat.add(tx, chat, side, content, now))

    async def edit(self, id: int, content: dict[str, Any]) -> None:
        content = readable(content)
        if not await self._store.write(lambda tx: webchat.edit(tx, id, content)):
            raise LookupError(f"no message {id}")

    async def since(self, chat: str, after_id: int, limit: int = 200) -> list[Row]:
        rows = await self._store.read(lambda tx: webchat.since(tx, chat, after_id, limit))
        return [Row(id, side, content, at) for id, side, content, at in rows]  # type: ignore[arg-type]


@dataclass(slots=True)
class App:
    """Everything, wired and not yet running."""

    settings: Settings
    clock: Clock
    store: Store
    office: Office
    keeper: EvidenceFolder
    channels: Channels
    conversation: Conversation
    sender: Outbox
    jobs: Jobs
    ticker: EmbeddedClock
    _listening: list[asyncio.Task[None]] = field(default_factory=list)
    _moving: set[asyncio.Task[None]] = field(default_factory=set)
    _server: web.AppRunner | None = None

    @property
    def port(self) -> int:
        """The port on which the web server listens."""
        assert self._server is not None
        return port_of(self._server)

    def prepare(self) -> None:
        """The database waited for, brought up to date and read once; before anything else, and blocking."""
        self.store.reach(START_SECONDS)
        self.store.migrate()
        self.store.run(lambda tx: seasons.pin(tx, self.office.plans, self.clock.now()))
        self.store.run(self.office.refresh)
        if self.store.dialect == "sqlite":  # the only process: what was leased then has no sender any more
            self.store.run(sent.release_all)
            self.keeper.drop_unfinished()

    async def start(self, *, host: str = "127.0.0.1", port: int = 0, search: bool = False, tick: bool = True) -> None:
        """Listen and tick; returns at once. What an earlier run left undone is taken up first."""
        routes: list[web.AbstractRouteDef] = []
        for channel in self.channels.by_name.values():
            made = getattr(channel, "routes", None)
            routes += made(self.conversation.receive) if made else []
        await self.sender.resume()
        await self.conversation.resume()
        self._server = await serve(host, port, routes, search=search)
        self._listening = [
            asyncio.create_task(self._listen(channel), name=f"listen:{name}")
            for name, channel in self.channels.by_name.items()
        ]
        self.clock.watch(self._clock_moved)
        if tick:
            self.ticker.start()
        # What stands now stands until the end: the collector need not look at it again (it gave aiogram 1.8x).
        gc.collect()
        gc.freeze()

    async def _listen(self, channel: Channel) -> None:
        """Listen until the channel comes to its end (a terminal does); what breaks is told and begun again."""
        while True:
            try:
                return await channel.run(self.conversation.receive)
            except Exception:
                log.exception("listening broke; it begins again", channel=channel.name)
            await asyncio.sleep(LISTEN_AGAIN)

    async def heard_out(self) -> None:
        """Wait until the channels have come to their end and everything said there is answered (`kheo play`)."""
        await asyncio.gather(*self._listening)
        await self.conversation.settle()
        while await self.store.read(sent.addresses_waiting):
            await self.sender.pump()
            await asyncio.sleep(0.05)

    async def stop(self) -> None:
        """Stop listening, finish the turns that were begun, let go of everything."""
        self.ticker.stop()
        unasked = [*self._listening, *self._moving]
        for task in unasked:
            task.cancel()
        await asyncio.gather(*unasked, return_exceptions=True)
        # The server waits for open pages; they end when their channel is closed, and that is when all is answered.
        closing = asyncio.ensure_future(self._server.cleanup()) if self._server is not None else None
        await self._settled()
        for channel in self.channels.by_name.values():
            await channel.close()
        if closing is not None:
            await closing
            await self._settled()
        try:
            async with asyncio.timeout(SETTLE_SECONDS):
                await self.sender.let_go()
        except (StoreDown, TimeoutError):
            log.warning("stopped while the store was away; its leases run out by themselves")
        await asyncio.to_thread(self.store.close)

    async def _settled(self) -> None:
        try:
            async with asyncio.timeout(SETTLE_SECONDS):
                await self.conversation.settle()
        except TimeoutError:
            log.warning("stopped with turns unfinished; they are stored and go on at the next start")

    def _clock_moved(self) -> None:
        task = asyncio.ensure_future(self._after_move())
        self._moving.add(task)
        task.add_done_callback(self._moving.discard)

    async def _after_move(self) -> None:
        try:
            await self.jobs.scan()
            await self.sender.pump()
        except Exception:
            log.exception("what fell due when the clock was moved waits for the next tick")


def open_office(
    settings: Settings, plans: Mapping[str, Plan] | None = None, *, exclusive: bool
) -> tuple[Store, Office]:
    """The database and what every turn shares; enough for the command line. `exclusive`: the only server on that file."""
    _make_writable(settings.data)
    known = plans if plans is not None else open_shelf(settings).plans
    calendar = Calendar(load_years(settings.plans / "calendars"))
    return Store(settings.store_url, exclusive=exclusive), Office(
        known, calendar, file_limit_mb=settings.file_limit_mb, message_days=settings.message_days
    )


def open_shelf(settings: Settings) -> Shelf:
    """The folder of plans, read once. A file that cannot be used is told and left out; PlanWrong if none can be."""
    if not settings.plans.is_dir():
        raise SettingsWrong(
            f"KHEO_PLANS: there is no folder {settings.plans}; leave it empty for the plans of the program"
        )
    shelf = Shelf(settings.plans, partial(time.sleep, SETTLING))
    look = shelf.look()
    if look.findings and not shelf.plans:
        raise refused(look.findings)
    for finding in look.findings:
        log.error("a plan file is refused", finding=str(finding))
    return shelf


def _make_writable(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # what lies in it is personal data
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as refused:
        raise SettingsWrong(
            f"KHEO_DATA: nothing can be written in {folder} ({refused.strerror}); "
            "let the user that runs Khéo write there, or name another folder"
        ) from None


def build(
    settings: Settings,
    *,
    clock: Clock | None = None,
    demo: Demo | None = None,
    plans: Mapping[str, Plan] | None = None,
    extra: Sequence[Channel] = (),
    web_chat: bool = True,
    pace: Mapping[str, float] | None = None,
) -> App:
    """All parts, by constructor. `plans` and `extra` channels replace what the settings would give (tests, `kheo play`)."""
    clock = clock or Clock()
    shelf = open_shelf(settings) if plans is None else None
    store, office = open_office(settings, shelf.plans if shelf else plans, exclusive=True)
    office.web_address = (settings.public_url or f"http://127.0.0.1:{settings.port}") if web_chat else ""
    keeper = EvidenceFolder(settings.data / "evidence", settings.file_limit_mb * MEGABYTE)
    office.files = keeper
    reminding = Reminding(office, clock)
    table = script(reminding.preview)
    channels = Channels()
    composers = {
        "reminder": reminding.compose,
        "refresh": reminding.compose_again,
        "notice": reminding.notice,
    }
    sender = Outbox(store, channels, clock, composers, maker=partial(printing.paper, office, clock), **(pace or {}))
    conversation = Conversation(store, office, table, channels, sender, clock, keeper)
    composers["album"] = conversation.compose_album
    for channel in (*_configured(settings, table, store, office, keeper, clock, demo, web_chat=web_chat), *extra):
        channels.by_name[channel.name] = channel
    telegram: Any = channels.by_name.get("telegram")
    if telegram is not None:
        office.telegram_name = lambda: telegram.bot_name
    watch = PlanWatch(shelf, store, office, clock) if shelf else None
    days = Days(settings.keep_inbox_days, settings.keep_outbox_days, settings.keep_web_days)
    jobs = Jobs(store, office, sender, clock, watch, Forgetting(store, clock, keeper, days))
    return App(
        settings, clock, store, office, keeper, channels, conversation, sender, jobs, EmbeddedClock(jobs.ticks())
    )


def _bare_photos(office: Office, clock: Clock) -> bool:
    return office.bare_photos(clock.now())


def _configured(
    settings: Settings,
    table: Script,
    store: Store,
    office: Office,
    keeper: EvidenceFolder,
    clock: Clock,
    demo: Demo | None,
    *,
    web_chat: bool,
) -> list[Channel]:
    made: list[Channel] = []
    if web_chat:
        bare = partial(_bare_photos, office, clock)
        made.append(WebChat(WebLog(store, clock), keeper, demo=demo, public_url=settings.public_url, bare=bare))
    if settings.telegram_token and demo is None:
        from bot.channels.telegram.channel import Telegram  # 2.5 s and 130 MB: only where it is configured

        made.append(
            Telegram(
                settings.telegram_token,
                settings.telegram_api_base,
                settings.proxy,
                settings.telegram_webhook_url,
                settings.telegram_webhook_secret,
                {code: [(name, language(code).say(what)) for name, what in table.menu] for code in KNOWN},
            )
        )
    return made
