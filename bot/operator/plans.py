"""What the operator does with plans and seasons beside a running bot: clone, compare, open, move on, close."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.clock import Clock
from bot.config import settings
from bot.errors import KheoError
from bot.operator.store import with_store
from bot.plan import reorganisation
from bot.plan.calendars import load_years
from bot.plan.clone import Wanted, clone
from bot.plan.diff import Change, changes
from bot.plan.loader import load
from bot.plan.model import SELF_SCORE, Plan
from bot.rules.calendar import Calendar
from bot.store import seasons, units
from bot.store.engine import Tx
from bot.store.seasons import Season, Touched
from bot.texts import Language, language, mark
from bot.turn import Office
from bot.understood import told

SEASON_OPEN = mark("The season {year} of “{plan}” is open, with {count} new units.")
SEASON_THERE = mark("The season {year} of “{plan}” was open already; {count} new units.")
NOBODY = mark(
    "None of the plan's units is there any more in {year}, so nobody owes anything. Who takes part now, a decision must "
    "say; their codes then stand under “participants” in the plan."
)
SEASON_CLOSED = mark("The season {year} of “{plan}” is closed: nothing is owed in it and nothing handed in any more.")
SEASON_LINE = mark("{plan} {year}: opened {opened}, version {version}{state}")
CLOSED_ON = mark(", closed {closed}")
BEHIND = mark(", the file has version {version} by now (kheo season diff {plan} {year})")
NO_SEASONS = mark("No season is open. kheo season open PLAN YEAR opens one.")
SAME = mark("The season {year} of “{plan}” goes by the plan as the file has it; nothing differs.")
DIFFERS = mark("Season {year} of “{plan}”: version {old} runs, the file has version {new}.")
ADDED = mark("+ {path}: {new}")
REMOVED = mark("- {path}: {old}")
CHANGED = mark("* {path}: {old} → {new}")
TOUCHES = mark("Touched:")
TOUCHES_NOTHING = mark("Nothing that was begun or handed in is touched.")
NEXT = mark("Nothing was applied. To let the season go on by the new version: kheo season apply {plan} {year}")
APPLIED = mark("Applied: the season {year} of “{plan}” goes on by version {version}.")
CLONED = mark("Written: {file}. Look it over, then: kheo plan check {file}")
MOVED = mark("Days moved to {year}: {milestones}.")
ONCE = mark("Days that were fixed to one year and are not moved, to be looked at: {milestones}.")
VACANT = mark("Without a holder in {year}, to be decided by a person: {roles}. Khéo names no successor by itself.")
ENDED = mark(
    "Units that have ended before {year} and owe nothing in it: {units}. Write those of today into the file, or clone with "
    "--units REORGANISATION."
)
SET = mark("The season {year} of “{plan}”: first reminders {reminders}, digests {digests}.")
BY_THEMSELVES, WAIT = mark("go by themselves"), mark("wait for the office")
SET_BEFORE = mark("That is how it stands already.")
SHORTEST = 160  # characters of a value in a comparison; the rest is in the file


def add_plan_commands(commands: Any) -> None:
    """`kheo plan show | clone`."""
    shown = commands.add_parser("show", help="print what Khéo understood of a plan, to be checked against the paper")
    shown.add_argument("file", type=Path)
    shown.add_argument("--year", type=int, action="append", default=[], help="work the days out for this year")
    shown.add_argument("--language", choices=["vi", "en"], default="vi")
    shown.set_defaults(run=_show)
    cloned = commands.add_parser("clone", help="make a plan file for another year or another issuer")
    cloned.add_argument("file", type=Path)
    cloned.add_argument("--id", required=True, help="the new plan's id, e.g. binh-dinh-2024")
    cloned.add_argument("--year", type=int, required=True)
    cloned.add_argument("--name", help="its short name for answers")
    cloned.add_argument("--issuer", help="who issues it now")
    cloned.add_argument("--role", action="append", default=[], metavar="ROLE=OFFICE", help="who holds a function now")
    cloned.add_argument("--units", help="the reorganisation whose units take part now, e.g. van-ninh-2025, or its file")
    cloned.add_argument("-o", "--output", type=Path, help="where to write it (default: beside the original)")
    cloned.set_defaults(run=_clone)


def add_season_commands(commands: Any) -> None:
    """`kheo season open | list | diff | apply | set | close`."""
    said: Mapping[str, tuple[str, Callable[[argparse.Namespace], int]]] = {
        "open": ("open a season and enter the plan's units", _open),
        "diff": ("list what the plan's file would change in a running season", _diff),
        "apply": ("let a running season go on by the plan's file as it is now", _apply),
        "close": ("end a season", _close),
    }
    for name, (what, run) in said.items():
        one = commands.add_parser(name, help=what)
        one.add_argument("plan", help="the plan's id, e.g. van-ninh")
        one.add_argument("year", type=int)
        one.set_defaults(run=run)
    released = commands.add_parser(
        "set", help="say what goes by itself in a running season, and what waits for the office"
    )
    released.add_argument("plan", help="the plan's id, e.g. van-ninh")
    released.add_argument("year", type=int)
    released.add_argument("--reminders", choices=[seasons.AUTO, seasons.ASK], default="", help="the first of each date")
    released.add_argument("--digests", choices=[seasons.AUTO, seasons.ASK], default="", help="what overseers are told")
    released.set_defaults(run=_set)
    commands.add_parser("list", help="the seasons and the versions they go by").set_defaults(run=_list)


def _plan(office: Office, id: str) -> Plan:
    plan = office.plans.get(id)
    if plan is None:
        raise KheoError(f"There is no plan “{id}”. Known: {', '.join(office.plans) or 'none'}.")
    return plan


def _season(office: Office, plan: Plan, year: int) -> Season:
    for season in office.seasons:
        if season.plan == plan.id and season.year == year:
            return season
    raise KheoError(f"No season {year} of “{plan.id}” is open: kheo season open {plan.id} {year}")


def _open(given: argparse.Namespace) -> int:
    def work(office: Office, tx: Tx) -> str:
        plan = _plan(office, given.plan)
        if plan.years and given.year not in plan.years:
            years = ", ".join(map(str, plan.years))
            more = (
                ""
                if plan.recurrence == "annual"
                else f" It is bound to its years: kheo plan clone FILE --id {plan.id}-{given.year} --year {given.year}"
            )
            raise KheoError(f"“{plan.name}” covers {years}, not {given.year}.{more}")
        count = units.plant(tx, plan.units)
        fresh = seasons.begin(tx, plan, given.year, Clock().now())
        sentence = SEASON_OPEN if fresh else SEASON_THERE
        opened = language("vi").say(sentence, year=given.year, plan=plan.name, count=count)
        office.refresh(tx)
        if plan.units and not office.taking_part(_season(office, plan, given.year)):
            return f"{opened}\n{language('vi').say(NOBODY, year=given.year)}"
        return opened

    return with_store(work)


def _close(given: argparse.Namespace) -> int:
    def work(office: Office, tx: Tx) -> str:
        plan = _plan(office, given.plan)
        seasons.close(tx, _season(office, plan, given.year).id, Clock().now())
        return language("vi").say(SEASON_CLOSED, year=given.year, plan=plan.name)

    return with_store(work)


def _set(given: argparse.Namespace) -> int:
    def work(office: Office, tx: Tx) -> str:
        plan, say = _plan(office, given.plan), language("vi")
        id = _season(office, plan, given.year).id
        fresh = seasons.release(tx, id, Clock().now(), reminders=given.reminders, digests=given.digests)
        office.refresh(tx)
        season = _season(office, plan, given.year)
        ways = {seasons.AUTO: BY_THEMSELVES, seasons.ASK: WAIT}
        reminders, digests = say.say(ways[season.reminders]), say.say(ways[season.digests])
        told = say.say(SET, year=given.year, plan=plan.name, reminders=reminders, digests=digests)
        return told if fresh else f"{told}\n{say.say(SET_BEFORE)}"

    return with_store(work)


def _list(given: argparse.Namespace) -> int:
    def work(office: Office, tx: Tx) -> str:
        say = language("vi")
        lines = []
        for season in seasons.every(tx):
            state = say.say(CLOSED_ON, closed=season.closed_at) if season.closed_at else ""
            current = office.plans.get(season.plan)
            if not state and current is not None and current.version != season.plan_version:
                state = say.say(BEHIND, version=current.version, plan=season.plan, year=season.year)
            lines.append(
                say.say(
                    SEASON_LINE,
                    plan=season.plan,
                    year=season.year,
                    opened=season.opened_at,
                    version=season.plan_version,
                    state=state,
                )
            )
        return "\n".join(lines) or say.say(NO_SEASONS)

    return with_store(work)


def _diff(given: argparse.Namespace) -> int:
    return _beside_the_file(given, apply=False)


def _apply(given: argparse.Namespace) -> int:
    return _beside_the_file(given, apply=True)


def _beside_the_file(given: argparse.Namespace, *, apply: bool) -> int:
    """What differs between the season's version and the file's; with `apply` the season goes on by the file's."""

    def work(office: Office, tx: Tx) -> str:
        plan = _plan(office, given.plan)
        season = _season(office, plan, given.year)
        say = language("vi")
        if season.plan_version == plan.version:
            return say.say(SAME, year=season.year, plan=plan.name)
        lines = _compared(say, office, tx, season, plan)
        if not apply:
            return "\n".join([*lines, say.say(NEXT, plan=plan.id, year=season.year)])
        units.plant(tx, plan.units)
        seasons.move(tx, season.id, plan, Clock().now())
        return "\n".join([*lines, say.say(APPLIED, year=season.year, plan=plan.name, version=plan.version)])

    return with_store(work)


def _compared(say: Language, office: Office, tx: Tx, season: Season, plan: Plan) -> list[str]:
    """What differs between the version that runs and the file, and what of the people's work that touches."""
    found = changes(office.plan(season), plan)
    lines = [say.say(DIFFERS, year=season.year, plan=plan.name, old=season.plan_version, new=plan.version)]
    lines += [_line(say, change) for change in found]
    touched = _touched(say, found, seasons.touched(tx, season.id), plan)
    return [*lines, *([say.say(TOUCHES), *touched] if touched else [say.say(TOUCHES_NOTHING)])]


def _line(say: Language, change: Change) -> str:
    old, new = ((value or "")[:SHORTEST] for value in (change.old, change.new))
    if change.old is None:
        return say.say(ADDED, path=change.path, new=new)
    return (
        say.say(REMOVED, path=change.path, old=old)
        if change.new is None
        else say.say(CHANGED, path=change.path, old=old, new=new)
    )


def _touched(say: Language, found: Sequence[Change], work: Touched, plan: Plan) -> list[str]:
    """A sentence for each part of the plan in which something was begun, handed in or sent already."""
    lines: list[str] = []
    for part in dict.fromkeys(change.part for change in found):
        kind, _, name = part.partition(".")
        form = name if kind == "forms" else SELF_SCORE if kind in ("criteria", "levels", "grades") else ""
        if form and work.open_drafts.get(form):
            count = work.open_drafts[form]
            lines.append(
                say.say_n("  {part}: {n} draft not handed in", "  {part}: {n} drafts not handed in", count, part=part)
            )
        if form and work.handed_in.get(form):
            count = work.handed_in[form]
            lines.append(
                say.say_n(
                    "  {part}: {n} handed in (they stay as they are)",
                    "  {part}: {n} handed in (they stay as they are)",
                    count,
                    part=part,
                )
            )
        if kind == "milestones" and work.steps.get(name):
            lines.append(
                say.say_n(
                    "  {part}: {n} reminder step sent", "  {part}: {n} reminder steps sent", work.steps[name], part=part
                )
            )
        if kind == "milestones" and work.closings.get(name):
            lines.append(
                say.say_n("  {part}: {n} answer noted", "  {part}: {n} answers noted", work.closings[name], part=part)
            )
    return lines


def _show(given: argparse.Namespace) -> int:
    calendar = Calendar(load_years(settings().plans / "calendars"))
    print(told(load(given.file), calendar, language(given.language), given.year))
    return 0


def _clone(given: argparse.Namespace) -> int:
    offices: dict[str, str] = {}
    for pair in given.role:
        role, equals, office = pair.partition("=")
        if not equals or not role.strip() or not office.strip():
            raise KheoError(f"“{pair}” names no office: --role thuong_truc='Ban Tuyên giáo và Dân vận Tỉnh ủy'")
        offices[role.strip()] = office.strip()
    plan = load(given.file)
    target: Path = given.output or given.file.with_name(f"{given.id}.yaml")
    if target.exists():
        raise KheoError(f"{target} is there already; name another file with -o.")
    territory = reorganisation.load(reorganisation.named(given.units, settings().plans)) if given.units else None
    made = clone(
        plan,
        given.file.read_text(encoding="utf-8-sig"),
        Wanted(given.id, given.year, given.name, given.issuer, offices, territory),
    )
    target.write_text(made.text, encoding="utf-8")
    try:
        load(target)
    except KheoError:
        target.unlink()
        raise
    say = language("vi")
    lines = [say.say(CLONED, file=target)]
    if made.moved:
        lines.append(say.say(MOVED, year=given.year, milestones=", ".join(made.moved)))
    if made.once:
        lines.append(say.say(ONCE, milestones=", ".join(made.once)))
    if made.vacant:
        lines.append(say.say(VACANT, year=given.year, roles=", ".join(made.vacant)))
    if made.ended:
        lines.append(say.say(ENDED, year=given.year, units=", ".join(made.ended)))
    print("\n".join(lines))
    return 0
