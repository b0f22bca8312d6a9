"""Units, entered on the server: what there is, what becomes of them, and their clusters."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from bot.clock import Clock
from bot.config import settings
from bot.errors import KheoError
from bot.operator.store import unit_named, with_store
from bot.plan import reorganisation
from bot.store import clusters, drafts, exemplars, units
from bot.store.clusters import Cluster
from bot.store.engine import Tx
from bot.store.units import ENDED, MERGED, MOVED, RENAMED, Became, Change, NewUnit, Unit, Units
from bot.texts import Language, language, mark
from bot.turn import Office
from bot.vietnamese import read_date

LINE = mark("{code}  {name}{lives}")
FROM = mark(", since {day}")
UNTIL = mark(", until {day}")
NO_UNITS = mark("No units. kheo season open PLAN YEAR enters those of a plan, kheo units import FILE a list.")
ENDED_TOO = mark("{n} more have ended or not begun by {day}: kheo units list --all")
UNDER = mark("Under: {name} ({code})")
ALIASES = mark("Also called: {names}")
EARLIER = mark("Earlier: {names}")
CLUSTERS = mark("Clusters: {names}")
OF_IT = mark("Under its name: {exemplars} registered, {drafts} not handed in.")
BEFORE_IT = mark("From {name} ({code}): {exemplars} registered, {drafts} not handed in.")
WAS_RENAMED = mark("{day}: renamed, before “{name}” ({code}) – {decision}")
WAS_MOVED = mark("{day}: moved, before under {over} – {decision}")
NOBODY_ABOVE = mark("nobody")
WAS_MERGED = mark("{day}: merged into {into} ({code}) – {decision}")
WAS_SPLIT = mark("{day}: divided; of it came {into} ({code}) – {decision}")
WAS_ENDED = mark("{day}: no longer there – {decision}")
TOOK_IN = mark("{day}: took in {name} ({code}) – {decision}")
GOES_ON = mark("Goes on today in: {names}")
DONE_RENAMED = mark("{before} is called {name} as of {day}. It is still found by its earlier name.")
DONE_MOVED = mark("{name} stands under {over} as of {day}.")
DONE_MERGED = mark("Merged into {into} ({code}) as of {day}: {units}.")
DONE_SPLIT = mark("{name} is divided as of {day}; of it came: {units}.")
DONE_ENDED = mark("The last day of {name} is {day}.")
DONE_BEFORE = mark("That was entered before; nothing was changed.")
NOBODY_INHERITS = mark(
    "Functions do not pass on with it: who acts for a new unit is entered anew. What was handed in stays with the old "
    "unit and is reached from the new one."
)
FILE = mark("{name}, as of {day}. Source: {source}")
BEGINS = mark("{code}  {name}: new")
BEGINS_FROM = mark("{code}  {name}: from {units}")
ENDS = mark("{code}  {name}: ends, no successor is named")
NOT_APPLIED = mark(
    "Nothing was entered. To enter it: kheo units reorganise {file} --decision 'number and date of the decision'"
)
APPLIED = mark("Entered: {new} of {all} steps were new.")
CLUSTER = mark("{code}  {name}: {units}{overseers}")
LOOKED_AFTER = mark(" – looked after by {names}")
NO_CLUSTERS = mark("No clusters. kheo units clusters --plan PLAN makes those of a plan.")
CLUSTERS_MADE = mark("{n} clusters of “{plan}” are new.")
HAS_ENDED = mark("{name} (ended)")


def add_unit_commands(commands: Any) -> None:
    """`kheo units list | show | rename | move | merge | split | end | reorganise | clusters`."""
    listed = commands.add_parser("list", help="the tree of the units")
    listed.add_argument("--on", type=_day, help="as it is on that day (default: today)")
    listed.add_argument("--all", action="store_true", help="also what has ended and what begins later")
    listed.set_defaults(run=_list)
    shown = commands.add_parser("show", help="one unit, its history, and what is kept under it")
    shown.add_argument("unit", help="its code or name; CODE@DAY for the one of that day")
    shown.set_defaults(run=_show)
    renamed = _decided(commands, "rename", "a unit gets another name; it is still found by the earlier one", _rename)
    renamed.add_argument("unit")
    renamed.add_argument("name", help="the full new name, e.g. 'phường Vạn Giã'")
    renamed.add_argument("--code", default="", help="its new code, where it gets one")
    moved = _decided(commands, "move", "a unit comes to stand under another one", _move)
    moved.add_argument("unit")
    moved.add_argument("--under", required=True, help="the unit above it from then on, or “-” for none")
    merged = _decided(commands, "merge", "units end, and one follows them all", _merge)
    merged.add_argument("unit", nargs="+", help="the units that end")
    merged.add_argument(
        "--into", required=True, help="the unit that follows: one that is there, or CODE=NAME of a new one"
    )
    merged.add_argument("--under", default="", help="of a new one: the unit above it (default: that of the first)")
    merged.add_argument("--kind", default="", help="of a new one: its kind (default: that of the first)")
    parted = _decided(commands, "split", "a unit ends, and several follow it", _split)
    parted.add_argument("unit")
    parted.add_argument(
        "--into", required=True, action="append", help="twice or more: a unit, or CODE=NAME of a new one"
    )
    ended = commands.add_parser("end", help="a unit ends, and nothing is said of what follows it")
    ended.add_argument("unit")
    ended.add_argument("--last", type=_day, required=True, help="its last day")
    ended.add_argument("--decision", required=True, help="number and date of the decision")
    ended.set_defaults(run=_end)
    whole = commands.add_parser("reorganise", help="enter a whole reorganisation from a file, with its decision")
    whole.add_argument("file", help="a file, or the name of one in plans/registry/reorganisations")
    whole.add_argument("--decision", default="", help="number and date of the decision; without it nothing is entered")
    whole.set_defaults(run=_reorganise)
    together = commands.add_parser("clusters", help="clusters of units, and who looks after them")
    together.add_argument(
        "code", nargs="?", default="", help="the cluster that is made or changed; without it all are told"
    )
    together.add_argument("--plan", default="", help="make those of this plan")
    together.add_argument("--name", default="", help="its name")
    together.add_argument("--add", action="append", default=[], metavar="UNIT")
    together.add_argument("--remove", action="append", default=[], metavar="UNIT")
    together.set_defaults(run=_clusters)


def _decided(commands: Any, name: str, what: str, run: Callable[[argparse.Namespace], int]) -> Any:
    """A command that holds from a day on, by a decision."""
    made = commands.add_parser(name, help=what)
    made.add_argument("--on", type=_day, required=True, help="the first day on which it holds, e.g. 2025-07-01")
    made.add_argument("--decision", required=True, help="number and date of the decision")
    made.set_defaults(run=run)
    return made


def _day(text: str) -> date:
    """2025-07-01 or 01/7/2025."""
    found = read_date(text, Clock().now().date())
    if found is None:
        raise argparse.ArgumentTypeError(f"“{text}” is no day; write it as 2025-07-01 or 01/7/2025")
    return found


def _list(given: argparse.Namespace) -> int:
    def work(office: Office, tx: Tx) -> str:
        say, known, day = language("vi"), office.units, given.on or Clock().now().date()
        shown = [u for u in known.values() if given.all or u.lives_on(day)]
        ids = {u.id for u in shown}

        def branch(over: int | None, depth: int) -> list[str]:
            lines: list[str] = []
            for u in shown:
                if u.parent_id == over or (over is None and u.parent_id not in ids):
                    lines += ["  " * depth + _line(say, u), *branch(u.id, depth + 1)]
            return lines

        lines = branch(None, 0)
        left = len(known) - len(shown)
        if left:
            lines.append(say.say(ENDED_TOO, n=left, day=day))
        return "\n".join(lines) or say.say(NO_UNITS)

    return with_store(work)


def _line(say: Language, u: Unit) -> str:
    since = say.say(FROM, day=u.valid_from) if u.valid_from else ""
    until = say.say(UNTIL, day=u.valid_to) if u.valid_to else ""
    return say.say(LINE, code=u.code, name=u.name, lives=since + until)


def _show(given: argparse.Namespace) -> int:
    def work(office: Office, tx: Tx) -> str:
        say, known, today = language("vi"), office.units, Clock().now().date()
        u = unit_named(office, given.unit)
        lines = [_line(say, u)]
        if u.parent_id is not None:
            lines.append(say.say(UNDER, name=known[u.parent_id].name, code=known[u.parent_id].code))
        if u.aliases:
            lines.append(say.say(ALIASES, names=", ".join(u.aliases)))
        if known.former_names(u.id):
            lines.append(say.say(EARLIER, names=", ".join(known.former_names(u.id))))
        mine = clusters.of_unit(tx, u.id)
        if mine:
            lines.append(say.say(CLUSTERS, names=", ".join(one.name for one in mine)))
        lines += [_happened(say, known, change) for change in known.history(u.id)]
        for change in known.came_of(u.id):
            before = known[change.unit_id]
            said = {"name": before.name, "code": before.code, "decision": change.decision}
            lines.append(say.say(TOOK_IN, day=change.on, **said))
        heirs = known.heirs(u.id, today)
        if heirs and heirs != [u]:
            lines.append(say.say(GOES_ON, names=", ".join(f"{one.name} ({one.code})" for one in heirs)))
        return "\n".join([*lines, *_kept(tx, say, known, u)])

    return with_store(work)


def _happened(say: Language, known: Units, change: Change) -> str:
    said = {"day": change.on, "decision": change.decision}
    if change.kind == RENAMED:
        return say.say(WAS_RENAMED, name=change.was_called, code=change.was_coded, **said)
    if change.kind == MOVED:
        over = known[change.was_under].name if change.was_under is not None else say.say(NOBODY_ABOVE)
        return say.say(WAS_MOVED, over=over, **said)
    if change.kind == ENDED or change.successor_id is None:
        return say.say(WAS_ENDED, **said)
    into = known[change.successor_id]
    sentence = WAS_MERGED if change.kind == MERGED else WAS_SPLIT
    return say.say(sentence, into=into.name, code=into.code, **said)


def _kept(tx: Tx, say: Language, known: Units, u: Unit) -> list[str]:
    """How much stands under its name, and under the names of those that went into it."""
    of = [u, *known.origins(u.id)]
    registered = Counter(e.unit_id for e in exemplars.of_units(tx, [one.id for one in of]))
    begun = drafts.begun(tx, drafts.open_of_units(tx, tuple(one.id for one in of)))
    unfinished = Counter(d.unit_id for d in begun)
    lines = []
    for one in of:
        said = {"exemplars": registered[one.id], "drafts": unfinished[one.id]}
        lines.append(say.say(OF_IT, **said) if one is u else say.say(BEFORE_IT, name=one.name, code=one.code, **said))
    return lines


def _rename(given: argparse.Namespace) -> int:
    def work(office: Office, tx: Tx) -> str:
        u, say = unit_named(office, given.unit), language("vi")
        fresh = units.rename(
            tx, u.id, given.name, on=given.on, decision=given.decision, now=Clock().now(), code=given.code
        )
        called = units.load(tx)[u.id].name
        return say.say(DONE_RENAMED, before=u.name, name=called, day=given.on) if fresh else say.say(DONE_BEFORE)

    return with_store(work)


def _move(given: argparse.Namespace) -> int:
    def work(office: Office, tx: Tx) -> str:
        u, say = unit_named(office, given.unit), language("vi")
        over = None if given.under == "-" else unit_named(office, given.under)
        fresh = units.move(tx, u.id, over.id if over else None, on=given.on, decision=given.decision, now=Clock().now())
        above = over.name if over else say.say(NOBODY_ABOVE)
        return say.say(DONE_MOVED, name=u.name, over=above, day=given.on) if fresh else say.say(DONE_BEFORE)

    return with_store(work)


def _merge(given: argparse.Namespace) -> int:
    def work(office: Office, tx: Tx) -> str:
        sources = [unit_named(office, named) for named in given.unit]
        into = _follower(office, given.into, sources[0], given.under, given.kind)
        became = units.merge(tx, [u.id for u in sources], into, on=given.on, decision=given.decision, now=Clock().now())
        say, after = language("vi"), units.load(tx)[became.units[0]]
        if not became.fresh:
            return say.say(DONE_BEFORE)
        named = ", ".join(u.name for u in sources)
        done = say.say(DONE_MERGED, into=after.name, code=after.code, day=given.on, units=named)
        return f"{done}\n{say.say(NOBODY_INHERITS)}"

    return with_store(work)


def _split(given: argparse.Namespace) -> int:
    def work(office: Office, tx: Tx) -> str:
        u = unit_named(office, given.unit)
        parts = [_follower(office, named, u, "", "") for named in given.into]
        became = units.split(tx, u.id, parts, on=given.on, decision=given.decision, now=Clock().now())
        say, known = language("vi"), units.load(tx)
        if not became.fresh:
            return say.say(DONE_BEFORE)
        named = ", ".join(f"{known[id].name} ({known[id].code})" for id in became.units)
        return f"{say.say(DONE_SPLIT, name=u.name, day=given.on, units=named)}\n{say.say(NOBODY_INHERITS)}"

    return with_store(work)


def _follower(office: Office, named: str, like: Unit, under: str, kind: str) -> int | NewUnit:
    """A unit that is there, or the new one of “CODE=NAME”, in the same place and of the same kind unless said otherwise."""
    code, equals, name = named.partition("=")
    if not equals:
        if under or kind:
            raise KheoError("--under and --kind are for a new unit, which is written as CODE=NAME.")
        return unit_named(office, named).id
    parent = unit_named(office, under).id if under else like.parent_id
    return NewUnit(code.strip(), name.strip(), kind.strip() or like.kind, parent)


def _end(given: argparse.Namespace) -> int:
    def work(office: Office, tx: Tx) -> str:
        u, say = unit_named(office, given.unit), language("vi")
        fresh = units.end(tx, u.id, last_day=given.last, decision=given.decision, now=Clock().now())
        return say.say(DONE_ENDED, name=u.name, day=given.last) if fresh else say.say(DONE_BEFORE)

    return with_store(work)


def _reorganise(given: argparse.Namespace) -> int:
    of = reorganisation.load(reorganisation.named(given.file, settings().plans))

    def work(office: Office, tx: Tx) -> str:
        say = language("vi")
        lines = [say.say(FILE, name=of.name, day=of.on, source=of.source)]
        lines += _told(say, office.units, of)
        if not given.decision.strip():
            return "\n".join([*lines, say.say(NOT_APPLIED, file=given.file)])
        done: Sequence[Became] = units.reorganise(tx, of, decision=given.decision, now=Clock().now())
        lines.append(say.say(APPLIED, new=sum(one.fresh for one in done), all=len(done)))
        return "\n".join([*lines, say.say(NOBODY_INHERITS)])

    return with_store(work)


def _told(say: Language, known: Units, of: reorganisation.Reorganisation) -> list[str]:
    """What the file says, with the names that are known here."""

    def name(code: str) -> str:
        found = known.coded(code, of.on - units.DAY)
        return found.name if found else f"? {code}"

    lines = [
        say.say(BEGINS_FROM, code=one.code, name=one.name, units=", ".join(map(name, one.came_of)))
        if one.came_of
        else say.say(BEGINS, code=one.code, name=one.name)
        for one in of.units
    ]
    return [*lines, *(say.say(ENDS, code=code, name=name(code)) for code in of.ends)]


def _clusters(given: argparse.Namespace) -> int:
    def work(office: Office, tx: Tx) -> str:
        say, now = language("vi"), Clock().now()
        if given.plan:
            plan = office.plans.get(given.plan)
            if plan is None:
                raise KheoError(f"There is no plan “{given.plan}”. Known: {', '.join(office.plans) or 'none'}.")
            return say.say(CLUSTERS_MADE, n=clusters.plant(tx, plan, office.units, now), plan=plan.name)
        if not given.code and (given.add or given.remove or given.name):
            raise KheoError("Which cluster? kheo units clusters CODE --add 'xã Vạn Hưng'")
        add, remove = ([unit_named(office, named).id for named in said] for said in (given.add, given.remove))
        there = clusters.coded(tx, given.code) if given.code else None
        fresh = True
        if there is not None and (add or remove or given.name):
            fresh = clusters.change(tx, there.id, now, add=add, remove=remove, name=given.name)
        elif given.code and there is None:
            clusters.make(tx, given.code, given.name, add, now)
        found = [one for one in clusters.every(tx) if given.code in ("", one.code)]
        lines = [_cluster(tx, say, office.units, one, now.date()) for one in found]
        return "\n".join([*([] if fresh else [say.say(DONE_BEFORE)]), *(lines or [say.say(NO_CLUSTERS)])])

    return with_store(work)


def _cluster(tx: Tx, say: Language, known: Units, one: Cluster, today: date) -> str:
    members = [known[id] for id in one.units if id in known]
    named = [u.name if not u.is_over(today) else say.say(HAS_ENDED, name=u.name) for u in members]
    after = [name for _, name in clusters.overseers(tx, one.id, today)]
    overseen = say.say(LOOKED_AFTER, names=", ".join(after)) if after else ""
    return say.say(CLUSTER, code=one.code, name=one.name, units=", ".join(named) or "–", overseers=overseen)
