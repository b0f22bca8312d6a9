"""The command `kheo`."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import structlog

from bot.app import App, build, roles_of
from bot.care.moved import take_mark_away
from bot.clock import ZONE, Clock
from bot.config import settings
from bot.errors import KheoError
from bot.logs import write_logs
from bot.operator.audit import add_audit_commands
from bot.operator.care import add_care_commands
from bot.operator.importing import add_list_commands
from bot.operator.people import add_admin_commands, add_group_commands, add_people_commands
from bot.operator.plans import add_plan_commands, add_season_commands
from bot.operator.privacy import add_privacy_commands
from bot.operator.units import add_unit_commands
from bot.plan import schema
from bot.plan.check import check
from bot.plan.loader import load
from bot.plan.model import Plan
from bot.rules.access import OFFICER
from bot.store import consents, people, seasons, units
from bot.store.engine import Tx
from bot.texts import language, mark
from handlers import consent

DEMO_DATA = Path("var/demo")
ALONE = dict.fromkeys(("DATABASE_URL", "TELEGRAM_TOKEN", "TELEGRAM_WEBHOOK_URL", "ZALO_TOKEN", "ZALO_WEBHOOK_URL"), "")
"""Settings of what is only tried out: a database of its own, and nobody elsewhere hears of it."""

log = structlog.get_logger()

READY = mark("Khéo is ready. Open {address} in a browser. Ctrl+C ends it.")
OTHER_PORT = mark("Port {taken} is taken by another program; using port {port}.")
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
    except KeyboardInterrupt:
        raise SystemExit(130) from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kheo", description="Khéo, the assistant for the “Dân vận khéo” movement.")
    commands = parser.add_subparsers(title="commands")

    demo = commands.add_parser("demo", help="the web chat with a seeded district on this machine; nothing to configure")
    demo.add_argument("--fresh", action="store_true", help="begin anew, without what an earlier demo kept")
    demo.add_argument("--data", type=Path, default=DEMO_DATA, help="folder of the demo (default: %(default)s)")
    demo.set_defaults(run=_demo)

    run = commands.add_parser("run", help="serve the configured channels")
    run.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="ROLE",
        help="on PostgreSQL, where several processes share the work: receive, tick, send, or several of them with commas",
    )
    run.add_argument(
        "--again", action="store_true", help="go on with an SQLite file from which the office had moved away"
    )
    run.set_defaults(run=_run)

    play = commands.add_parser("play", help="talk to a plan in the terminal")
    play.add_argument("plan", type=Path)
    play.add_argument("--on", type=datetime.fromisoformat, help="plan time, e.g. 2024-02-05T09:00")
    play.set_defaults(run=_play)

    plan = commands.add_parser("plan", help="plan files").add_subparsers(required=True)
    checked = plan.add_parser("check", help="load and lint plan files")
    checked.add_argument("files", type=Path, nargs="+")
    checked.set_defaults(run=_check)
    described = plan.add_parser("schema", help="print the JSON Schema of plan files, for editors")
    described.set_defaults(run=_schema)

    add_plan_commands(plan)

    season = commands.add_parser("season", help="seasons of a plan").add_subparsers(required=True)
    add_season_commands(season)

    who = commands.add_parser("people", help="people").add_subparsers(required=True)
    add_people_commands(who)
    add_list_commands(who, "people")

    group = commands.add_parser("group", help="groups").add_subparsers(required=True)
    add_group_commands(group)

    admin = commands.add_parser("admin", help="administrators").add_subparsers(required=True)
    add_admin_commands(admin)

    unit = commands.add_parser("units", help="units and what becomes of them").add_subparsers(required=True)
    add_unit_commands(unit)
    add_list_commands(unit, "units")

    add_care_commands(commands)

    trace = commands.add_parser("audit", help="the trace of what was done").add_subparsers(required=True)
    add_audit_commands(trace)

    privacy = commands.add_parser("privacy", help="how long personal data are kept").add_subparsers(required=True)
    add_privacy_commands(privacy)
    return parser


def _demo(given: argparse.Namespace) -> int:
    from bot.demo import build_demo, open_chats

    if given.fresh and given.data.exists():
        shutil.rmtree(given.data)
    own = settings(KHEO_DATA=given.data, **ALONE)
    write_logs(own, quiet=True)
    app = build_demo(own)
    return asyncio.run(_serve(app, host="127.0.0.1", search=True, first=open_chats))


def _run(given: argparse.Namespace) -> int:
    roles = roles_of(given.only)
    own = settings()
    write_logs(own)
    if given.again and take_mark_away(own.store_url):
        log.warning("the office goes on in the file from which it had moved away")
    app = build(own, roles=roles)
    try:
        app.prepare()
        return asyncio.run(_serve(app, host=own.host, search=False))
    except KheoError:
        raise
    except Exception:
        log.exception("ended by an error; please report it")
        return 1


async def _serve(app: App, *, host: str, search: bool, first: Callable[[App], Awaitable[None]] | None = None) -> int:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, ended.set)
    try:
        if first is not None:
            await first(app)
        await app.start(host=host, port=app.settings.port, search=search)
        if app.port != app.settings.port:
            print(language("vi").say(OTHER_PORT, taken=app.settings.port, port=app.port), flush=True)
        shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host
        print(language("vi").say(READY, address=f"http://{shown}:{app.port}/"), flush=True)
        await ended.wait()
    finally:
        await app.stop()
    return 0


def _play(given: argparse.Namespace) -> int:
    from bot.channels.terminal.channel import Terminal
    from bot.chat import Address

    plan = load(given.plan)
    clock = Clock()
    if given.on is not None:
        clock.move(given.on.replace(tzinfo=ZONE))
    elif not _is_its_time(plan, clock.now()):
        inside = (datetime(year, 1, 15, 9, 0, tzinfo=ZONE) for year in plan.years)
        clock.move(next((day for day in inside if _is_its_time(plan, day)), clock.now()))
    with tempfile.TemporaryDirectory(prefix="kheo-play-") as folder:
        own = settings(KHEO_DATA=Path(folder), **ALONE)
        write_logs(own, quiet=True)
        lines: asyncio.Queue[str | None] = asyncio.Queue()
        terminal = Terminal(lines.get, print, folder=Path(tempfile.gettempdir()) / "kheo")
        app = build(own, clock=clock, plans={plan.id: plan}, extra=[terminal], web_chat=False)
        app.prepare()

        def seed(tx: Tx) -> str:
            now = clock.now()
            seasons.begin(tx, plan, now.year, now)
            units.plant(tx, plan.units)
            known = units.load(tx)
            first = next(u for u in known.values() if u.parent_id is not None)
            contact = people.greet(tx, Address("terminal", "me"), private=True, name="", language="vi", now=now)
            person_id = people.add(tx, "Tôi", first.id, OFFICER, now)
            people.attach(tx, contact.id, person_id, now)
            consents.note(tx, person_id, consent.VERSION, given=True, address_id=contact.id, now=now)
            app.office.refresh(tx)
            return first.name

        unit = app.store.run(seed)
        print(language("vi").say(PLAY, plan=plan.name, unit=unit, day=clock.now().date()))
        return asyncio.run(_talk(app, lines))


def _is_its_time(plan: Plan, now: datetime) -> bool:
    """Whether the plan covers that year and its units are still there."""
    lives = [u for u in plan.units if u.parent and (u.valid_to is None or u.valid_to >= now.date())]
    return (not plan.years or now.year in plan.years) and (bool(lives) or not plan.units)


async def _talk(app: App, lines: asyncio.Queue[str | None]) -> int:
    loop = asyncio.get_running_loop()

    def hear() -> None:
        # Not sys.stdin itself: Python waits for it at the end, and a person may be at the keyboard still.
        with (
            open(sys.stdin.fileno(), encoding="utf-8", errors="replace", closefd=False) as typed,
            suppress(RuntimeError),  # the loop has ended meanwhile
        ):
            for line in typed:
                loop.call_soon_threadsafe(lines.put_nowait, line.rstrip("\n"))
            loop.call_soon_threadsafe(lines.put_nowait, None)

    try:
        await app.start()
        threading.Thread(target=hear, name="keyboard", daemon=True).start()
        await app.heard_out()
    finally:
        await app.stop()
    return 0


def _check(given: argparse.Namespace) -> int:
    findings = check(given.files, Clock().now().date())
    for finding in findings:
        print(finding)
    if not findings:
        print(language("vi").say(CLEAN))
    return 1 if any(finding.level == "error" for finding in findings) else 0


def _schema(given: argparse.Namespace) -> int:
    print(schema.text(), end="")
    return 0
