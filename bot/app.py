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

from bot.care.moved import refuse_if_moved
from bot.channels.webchat.channel import Demo, WebChat
from bot.channels.webchat.log import Row, Side
from bot.chat import Channel, Channels, readable
from bot.clock import Clock
from bot.config import Settings
from bot.conversation import Conversation
from bot.errors import SettingsWrong, StoreDown
from bot.outbox import Composer, Outbox
from bot.plan.calendars import load_years
from bot.plan.finding import refused
from bot.plan.model import Plan
from bot.plan.shelf import Shelf
from bot.rules.calendar import Calendar
from bot.store import outbox as sent
from bot.store import seasons, webchat
from bot.store.engine import Store
from bot.store.files import EvidenceFolder
from bot.store.holds import Holds
from bot.store.retention import Days
from bot.texts import KNOWN, language
from bot.thrift import Thrift, allowed
from bot.turn import Office, Script
from bot.web.links import Links
from bot.web.metrics import Counted, Metrics
from bot.web.server import port_of, serve
from handlers import audiences, broadcasting, deliveries, placeholders, printing, sheets
from handlers.tables import script
from scheduler.broadcasts import Broadcasting, Manner
from scheduler.clock import EmbeddedClock, Tick
from scheduler.digests import Digesting
from scheduler.forgetting import Forgetting
from scheduler.jobs import Jobs
from scheduler.plans import PlanWatch
from scheduler.reminders import Reminding, settle_earlier

log = structlog.get_logger()

MEGABYTE = 1024 * 1024
SETTLING = 1.0  # seconds; an editor that empties a plan file and writes it anew is done by then
LISTEN_AGAIN = 5.0  # seconds until a channel whose listening broke is started anew
START_SECONDS = 60.0  # for a PostgreSQL that starts together with us; then whoever started Khéo may start it again
SETTLE_SECONDS = 5.0  # for turns that were begun; SIGTERM promises an end within seconds, and what is left is stored


RECEIVE, TICK, SEND = "receive", "tick", "send"
ROLES = frozenset({RECEIVE, TICK, SEND})
"""What a process may be for; on SQLite the one process is for all of it."""


def roles_of(only: Sequence[str]) -> frozenset[str]:
    """The roles in `--only`, given several times or with commas; all of them without. SettingsWrong for anything else."""
    asked = [role.strip().lower() for given in only for role in given.split(",")]
    wrong = sorted(set(asked) - ROLES)
    if wrong:
        raise SettingsWrong(
            f"--only: there is no {' and no '.join(repr(role) for role in wrong)}; "
            "give receive, tick or send, or several of them with commas"
        )
    return frozenset(asked) or ROLES


class WebLog:
    """The web chat's messages in the store."""

    def __init__(self, store: Store, clock: Clock, teller: str = "") -> None:
        self._store = store
        self._clock = clock
        self._teller = teller if store.dialect == "postgresql" else ""

    async def add(self, chat: str, side: Side, content: dict[str, Any]) -> int:
        now, content = self._clock.now(), readable(content)
        return await self._store.write(lambda tx: webchat.add(tx, chat, side, content, now, teller=self._teller))

    async def edit(self, id: int, content: dict[str, Any]) -> None:
        content = readable(content)
        if not await self._store.write(lambda tx: webchat.edit(tx, id, content, teller=self._teller)):
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
    holds: Holds
    roles: frozenset[str] = ROLES
    cluster: Any = None
    """On PostgreSQL what calls the shared ticks (scheduler/cluster.py); `ticker` calls only the others then."""
    demo: bool = False
    """Whether everybody is on this machine, so that the pages of secret links are reached here."""
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
        if self.cluster is not None:
            self.cluster.prepare()
        self.store.run(lambda tx: seasons.pin(tx, self.office.plans, self.clock.now()))
        self.store.run(self.office.refresh)
        self.store.run(lambda tx: settle_earlier(tx, self.office))
        if self.store.dialect == "sqlite":  # the only process: what was leased then has no sender any more
            self.store.run(sent.release_all)
            self.keeper.drop_unfinished()

    @property
    def _sends(self) -> list[str]:
        """What must be held to send what nobody asked for, a name for each channel."""
        return [f"send:{name}" for name in self.channels.by_name] if SEND in self.roles else []

    async def start(self, *, host: str = "127.0.0.1", port: int = 0, search: bool = False, tick: bool = True) -> None:
        """Listen and tick; returns at once. What an earlier run left undone is taken up first."""
        await asyncio.to_thread(self.holds.begin, self.sender.owner, self._sends)
        self.holds.hear(self._heard)
        receives = RECEIVE in self.roles
        routes: list[web.AbstractRouteDef] = []
        for channel in self.channels.by_name.values() if receives else ():
            made = getattr(channel, "routes", None)
            routes += made(self.conversation.receive) if made else []
        await self.sender.resume()
        if receives:
            await self.conversation.resume()
            maker = partial(printing.paper, self.office, self.clock)
            routes += Links(self.store, self.keeper, self.clock, self.conversation, sheets, maker).routes()
        routes += self._metrics().routes()
        self._server = await serve(host, port, routes, search=search)
        if self.demo and not self.office.link_address:
            self.office.link_address = f"http://127.0.0.1:{self.port}"
        self._listening = [
            asyncio.create_task(self._listen(channel) if receives else _introduced(channel), name=f"listen:{name}")
            for name, channel in self.channels.by_name.items()
        ]
        self.clock.watch(self._clock_moved)
        if tick:
            self.ticker.start()
            if self.cluster is not None:
                self.store.on_wake = self.cluster.stir
                self.cluster.start()
        # What stands now stands until the end: the collector need not look at it again (it gave aiogram 1.8x).
        gc.collect()
        gc.freeze()

    def _metrics(self) -> Metrics:
        counted = Counted(self.sender.counts, self.conversation.turns, lambda: self.store.conflicts)
        token, allowance = self.settings.metrics_token, self.office.thrift.allowance
        return Metrics(self.store, self.clock.now, counted, self.settings.data, token, allowance)

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
        if self.cluster is not None:
            await self.cluster.stop()
        unasked = [*self._listening, *self._moving]
        for task in unasked:
            task.cancel()
        await asyncio.gather(*unasked, return_exceptions=True)
        for name in self.channels.by_name:
            self.holds.let_go(f"listen:{name}")  # others may listen while we finish
        # The server waits for open pages; they end when their channel is closed, and that is when all is answered.
        closing = asyncio.ensure_future(self._server.cleanup()) if self._server is not None else None
        await self._settled()
        await self._drained()
        for channel in self.channels.by_name.values():
            await channel.close()
        if closing is not None:
            await closing
            await self._settled()
        try:
            async with asyncio.timeout(SETTLE_SECONDS):
                await self.conversation.let_go()
                await self.sender.let_go()
                await self.jobs.beats.end()
        except (StoreDown, TimeoutError):
            log.warning("stopped while the store was away; its leases run out by themselves")
        await asyncio.to_thread(self.holds.close)
        await asyncio.to_thread(self.store.close)

    async def _settled(self) -> None:
        try:
            async with asyncio.timeout(SETTLE_SECONDS):
                await self.conversation.settle()
        except TimeoutError:
            log.warning("stopped with turns unfinished; they are stored and go on at the next start")

    async def _drained(self) -> None:
        try:
            async with asyncio.timeout(SETTLE_SECONDS + 1.0):
                await self.sender.drain(SETTLE_SECONDS)
        except (StoreDown, TimeoutError):
            log.warning("stopped with messages in flight; what became of them is looked at by whoever starts next")

    def _heard(self, word: str) -> None:
        """Another process has written into a web chat, whose page may be open here."""
        told = webchat.told(word, self.sender.owner)
        shows: Any = self.channels.by_name.get(webchat.CHANNEL)
        if told is not None and shows is not None:
            task = asyncio.ensure_future(shows.changed(*told))
            self._moving.add(task)
            task.add_done_callback(self._moving.discard)

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
    refuse_if_moved(settings.store_url)
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
    roles: frozenset[str] = ROLES,
) -> App:
    """All parts, by constructor. `plans` and `extra` channels replace what the settings would give (tests, `kheo play`)."""
    clock = clock or Clock()
    if roles != ROLES and settings.store_url.startswith("sqlite"):
        raise SettingsWrong(
            "--only: on SQLite one process does everything; leave it out, or let several processes share the work on "
            "PostgreSQL (DATABASE_URL)"
        )
    shelf = open_shelf(settings) if plans is None else None
    store, office = open_office(settings, shelf.plans if shelf else plans, exclusive=True)
    office.web_address = (settings.public_url or f"http://127.0.0.1:{settings.port}") if web_chat else ""
    office.link_address = settings.public_url
    keeper = EvidenceFolder(settings.data / "evidence", settings.file_limit_mb * MEGABYTE)
    office.files = keeper
    reminding = Reminding(office, clock)
    digesting, letters = Digesting(office, clock), deliveries.Letters(office)
    table = script(reminding, digesting)
    channels = Channels()
    composers: dict[str, Composer] = {
        "reminder": reminding.compose,
        "refresh": reminding.compose_again,
        "notice": reminding.notice,
        "digest": digesting.compose,
        "broadcast": partial(letters.compose, clock),
        "progress": partial(letters.progress, clock),
    }
    office.thrift = Thrift(channels, allowed(settings))
    shared, holds = store.dialect == "postgresql", Holds(store.url)
    sender = Outbox(
        store,
        channels,
        clock,
        composers,
        maker=partial(printing.paper, office, clock),
        links=lambda: office.link_address,
        holds=lambda name: SEND in roles and holds.mine(name),
        seen=holds.seen,
        gone=holds.dead,
        thrift=office.thrift,
        **(pace or {}),
    )
    conversation = Conversation(store, office, table, channels, sender, clock, keeper)
    composers["album"] = conversation.compose_album
    composers["resumed"] = conversation.compose_resumed
    for channel in (
        *_configured(settings, table, store, office, keeper, clock, demo, web_chat, sender.owner, holds),
        *extra,
    ):
        channels.by_name[channel.name] = channel
    telegram: Any = channels.by_name.get("telegram")
    if telegram is not None:
        office.telegram_name = lambda: telegram.bot_name
    office.doors = lambda: [door for one in channels.by_name.values() if (door := getattr(one, "door", None))]
    watch = PlanWatch(shelf, store, office, clock) if shelf else None
    manner = Manner(audiences.chosen, placeholders.tells, deliveries.open_at, broadcasting.following)
    casting = Broadcasting(store, office, clock, manner)
    days = Days(settings.keep_inbox_days, settings.keep_outbox_days, settings.keep_web_days)
    jobs = Jobs(store, office, sender, clock, watch, Forgetting(store, clock, keeper, days), casting)
    ticks = [*jobs.ticks(), *([Tick("inbox", 1.0, conversation.look_after, everywhere=True)] if shared else [])]
    ticker = EmbeddedClock([tick for tick in ticks if tick.everywhere or not shared])
    app = App(settings, clock, store, office, keeper, channels, conversation, sender, jobs, ticker, holds, roles)
    app.demo = demo is not None
    if shared:
        from scheduler.cluster import Cluster  # only where several processes may be

        wakes = {f"send:{name}": sender.round for name in channels.by_name}
        app.cluster = Cluster(
            store.url.set(drivername="postgresql").render_as_string(hide_password=False),
            [tick for tick in ticks if not tick.everywhere],
            wakes,
            holds,
            ticking=TICK in roles,
            sending=SEND in roles,
        )
    return app


async def _introduced(channel: Channel) -> None:
    introduce = getattr(channel, "introduce", None)
    if introduce is not None:
        await introduce()


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
    web_chat: bool,
    owner: str,
    holds: Holds,
) -> list[Channel]:
    made: list[Channel] = []
    if web_chat:
        bare = partial(_bare_photos, office, clock)
        made.append(WebChat(WebLog(store, clock, owner), keeper, demo=demo, public_url=settings.public_url, bare=bare))
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
                may_poll=lambda: holds.mine("listen:telegram"),
            )
        )
    if settings.zalo_tokens and demo is None:
        from bot.channels.zalo.channel import Zalo  # only where it is configured

        for token in settings.zalo_tokens:
            name = f"listen:zalo:{token.partition(':')[0]}"
            made.append(
                Zalo(
                    token,
                    settings.zalo_api_base,
                    settings.zalo_webhook_url,
                    settings.zalo_webhook_secret,
                    settings.photo_hosts,
                    may_poll=partial(holds.mine, name),
                )
            )
    return made
