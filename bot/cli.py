"""The command `kheo`."""

from __future__ import annotations

import argparse
import asyncio
import logging
import re
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, MutableMapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog

from bot.app import App, build, open_office
from bot.clock import ZONE, Clock
from bot.config import Settings, settings
from bot.errors import KheoError
from bot.plan.check import check
from bot.plan.loader import load
from bot.rules.access import OFFICER, STANDING_OFFICE
from bot.store import people, seasons, units
from bot.store.engine import Tx
from bot.texts import language, mark
from bot.turn import Office

DEMO_DATA = Path("var/demo")
_SECRET = re.compile(r"\d{6,}:[A-Za-z0-9_-]{20,}")

READY = mark("Khéo is ready. Open {address} in a browser. Ctrl+C ends it.")
CODE = mark("{name} – {unit}. One-time code, valid {days} days: {code}")
CODE_HOW = mark(
    "Telegram: t.me/BOT?start={code} · web: {address}/chat/start?code={code} · or type the code in the chat."
)
GROUP_CODE = mark("Code for a group of {unit}, valid {days} days: type “/lienket {code}” in the group.")
SEASON_OPEN = mark("The season {year} of “{plan}” is open, with {count} new units.")
SEASON_THERE = mark("The season {year} of “{plan}” was open already; {count} new units.")
PLAY = mark("{plan}. The speaker is an officer of {unit}; it is {day}. A path to a file sends it; Ctrl+D ends.")
CLEAN = mark("No findings.")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; a KheoError is told in a sentence, with exit code 1."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if not hasattr(given, "run"):
        parser.print_help()
        raise SystemExit(2)
    try:
        raise SystemExit(given.run(given))
    except KheoError as wrong:
        print(wrong, file=sys.stderr)
        raise SystemExit(1) from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kheo", description="Khéo, the assistant for the “Dân vận khéo” movement.")
    commands = parser.add_subparsers(title="commands")

    demo = commands.add_parser("demo", help="the web chat with a seeded district on this machine; nothing to configure")
    demo.add_argument("--fresh", action="store_true", help="begin anew, without what an earlier demo kept")
    demo.add_argument("--data", type=Path, default=DEMO_DATA, help="folder of the demo (default: %(default)s)")
    demo.set_defaults(run=_demo)

    run = commands.add_parser("run", help="serve the configured channels")
    run.set_defaults(run=_run)

    play = commands.add_parser("play", help="talk to a plan in the terminal")
    play.add_argument("plan", type=Path)
    play.add_argument("--on", type=datetime.fromisoformat, help="plan time, e.g. 2024-02-05T09:00")
    play.set_defaults(run=_play)

    plan = commands.add_parser("plan", help="plan files").add_subparsers(required=True)
    checked = plan.add_parser("check", help="load and lint plan files")
    checked.add_argument("files", type=Path, nargs="+")
    checked.set_defaults(run=_check)

    season = commands.add_parser("season", help="seasons of a plan").add_subparsers(required=True)
    opened = season.add_parser("open", help="open a season and enter the plan's units")
    opened.add_argument("plan", help="the plan's id, e.g. van-ninh")
    opened.add_argument("year", type=int)
    opened.set_defaults(run=_season_open)

    who = commands.add_parser("people", help="people").add_subparsers(required=True)
    added = who.add_parser("add", help="enter a person and print their one-time code")
    added.add_argument("name")
    added.add_argument("--unit", required=True, help="the unit's name or code")
    added.add_argument("--role", choices=[OFFICER, STANDING_OFFICE], default=OFFICER)
    added.add_argument("--language", choices=["vi", "en"], default="vi")
    added.set_defaults(run=_people_add)

    group = commands.add_parser("group", help="groups").add_subparsers(required=True)
    linked = group.add_parser("link", help="print a code that links a group to a unit")
    linked.add_argument("--unit", required=True, help="the unit's name or code")
    linked.set_defaults(run=_group_link)
    return parser


def _logging(*, quiet: bool = False) -> None:
    level = logging.ERROR if quiet else logging.INFO
    logging.basicConfig(level=logging.ERROR if quiet else logging.WARNING)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            _without_secrets,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _without_secrets(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = _SECRET.sub("***", value)
    return event


def _demo(given: argparse.Namespace) -> int:
    from bot.demo import build_demo

    _logging(quiet=True)
    if given.fresh and given.data.exists():
        shutil.rmtree(given.data)
    own = settings(KHEO_DATA=given.data, DATABASE_URL="", TELEGRAM_TOKEN="")
    app = build_demo(own)
    return asyncio.run(_serve(app, host="127.0.0.1", search=True))


def _run(given: argparse.Namespace) -> int:
    _logging()
    app = build(settings())
    app.prepare()
    return asyncio.run(_serve(app, host=app.settings.host, search=False))


async def _serve(app: App, *, host: str, search: bool) -> int:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, ended.set)
    try:
        await app.start(host=host, port=app.settings.port, search=search)
        shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host
        print(language("vi").say(READY, address=f"http://{shown}:{app.port}/"), flush=True)
        await ended.wait()
    finally:
        await app.stop()
    return 0


def _play(given: argparse.Namespace) -> int:
    from bot.channels.terminal.channel import Terminal
    from bot.chat import Address

    _logging(quiet=True)
    plan = load(given.plan)
    clock = Clock()
    if given.on is not None:
        clock.move(given.on.replace(tzinfo=ZONE))
    elif plan.years and clock.now().year not in plan.years:
        clock.move(datetime(plan.years[0], 1, 15, 9, 0, tzinfo=ZONE))
    with tempfile.TemporaryDirectory(prefix="kheo-play-") as folder:
        own = settings(KHEO_DATA=Path(folder), DATABASE_URL="", TELEGRAM_TOKEN="")
        lines: asyncio.Queue[str | None] = asyncio.Queue()
        terminal = Terminal(lines.get, print)
        app = build(own, clock=clock, plans={plan.id: plan}, extra=[terminal], web_chat=False)
        app.prepare()

        def seed(tx: Tx) -> str:
            now = clock.now()
            seasons.open_season(tx, plan.id, now.year, plan.version, now)
            units.plant(tx, plan.units)
            known = units.load(tx)
            first = next(u for u in known.values() if u.parent_id is not None)
            contact = people.greet(tx, Address("terminal", "me"), private=True, name="", language="vi", now=now)
            people.attach(tx, contact.id, people.add(tx, "Tôi", first.id, OFFICER, now))
            app.office.refresh(tx)
            return first.name

        unit = app.store.run(seed)
        print(language("vi").say(PLAY, plan=plan.name, unit=unit, day=clock.now().date()))
        return asyncio.run(_talk(app, lines))


async def _talk(app: App, lines: asyncio.Queue[str | None]) -> int:
    await app.start()
    loop = asyncio.get_running_loop()
    try:
        while True:
            line = await loop.run_in_executor(None, sys.stdin.readline)
            if not line:
                break
            await lines.put(line.rstrip("\n"))
    finally:
        await lines.put(None)
        await asyncio.sleep(0.2)
        await app.conversation.settle()
        await app.stop()
    return 0


def _check(given: argparse.Namespace) -> int:
    findings = check(given.files)
    for finding in findings:
        print(finding)
    if not findings:
        print(language("vi").say(CLEAN))
    return 1 if any(finding.level == "error" for finding in findings) else 0


def _with_store(work: Callable[[Settings, Office, Tx], str]) -> int:
    own = settings()
    store, office = open_office(own, exclusive=False)
    try:
        store.migrate()

        def refreshed(tx: Tx) -> str:
            office.refresh(tx)
            return work(own, office, tx)

        print(store.run(refreshed))
    finally:
        store.close()
    return 0


def _season_open(given: argparse.Namespace) -> int:
    def work(own: Settings, office: Office, tx: Tx) -> str:
        plan = office.plans.get(given.plan)
        if plan is None:
            raise KheoError(f"There is no plan “{given.plan}”. Known: {', '.join(office.plans)}.")
        if plan.years and given.year not in plan.years:
            raise KheoError(f"“{plan.name}” covers {', '.join(map(str, plan.years))}, not {given.year}.")
        fresh = seasons.open_season(tx, plan.id, given.year, plan.version, Clock().now())
        count = units.plant(tx, plan.units)
        sentence = SEASON_OPEN if fresh else SEASON_THERE
        return language("vi").say(sentence, year=given.year, plan=plan.name, count=count)

    return _with_store(work)


def _unit(office: Office, named: str) -> units.Unit:
    coded = office.units.coded(named)
    found = office.finder.find(named)
    if coded is not None:
        return coded
    if found.one is not None:
        return office.units[found.one.id]
    among = ", ".join(u.name for u in found.several) or ", ".join(u.name for u in office.units.values())
    raise KheoError(
        f"“{named}” is not one unit. Known: {among or 'none yet – open a season first: kheo season open PLAN YEAR'}."
    )


def _people_add(given: argparse.Namespace) -> int:
    def work(own: Settings, office: Office, tx: Tx) -> str:
        unit, now, say = _unit(office, given.unit), Clock().now(), language("vi")
        person_id = people.add(tx, given.name, unit.id, given.role, now, given.language)
        code = people.make_code(tx, now, person_id=person_id)
        address = own.public_url or f"http://127.0.0.1:{own.port}"
        first = say.say(CODE, name=given.name, unit=unit.name, days=people.CODE_DAYS, code=code)
        return f"{first}\n{say.say(CODE_HOW, code=code, address=address)}"

    return _with_store(work)


def _group_link(given: argparse.Namespace) -> int:
    def work(own: Settings, office: Office, tx: Tx) -> str:
        unit = _unit(office, given.unit)
        code = people.make_code(tx, Clock().now(), unit_id=unit.id)
        return language("vi").say(GROUP_CODE, unit=unit.name, days=people.CODE_DAYS, code=code)

    return _with_store(work)
