"""The trace on the server: whether it is as it was written, and what it says."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from bot.app import open_office
from bot.clock import ZONE, Clock
from bot.config import settings
from bot.errors import KheoError
from bot.operator.store import unit_named
from bot.store import audit, seals
from bot.store.audit import Wanted
from bot.store.engine import Tx
from bot.store.seals import Fault, Verdict
from bot.texts import Language, language, mark
from bot.turn import Office
from handlers.trace import NOTHING, OBJECTS, Words
from handlers.words import LONGEST_WORD

LIMIT, MOST = 50, 100_000
NEWEST = 10**18  # no row has a higher number
FIRST_YEAR = 1900
OVERDUE = timedelta(hours=1)  # a bot that runs seals every minute

FAULTS = {
    seals.CHANGED: mark("Row {row} ({moment}) is not as it was sealed: something in it was changed (seal {seal})."),
    seals.MOVED: mark("Row {row} ({moment}) holds what stood in row {other}: the order was changed (seal {seal})."),
    seals.MISSING: mark("Row {row} is missing: it was deleted after it had been sealed (seal {seal})."),
    seals.INSERTED: mark("Row {row} ({moment}) was put in later: it was not there when seal {seal} was made."),
    seals.UNREADABLE: mark("Row {row} ({moment}) was changed: it holds what Khéo does not write (seal {seal})."),
    seals.SEAL_CHANGED: mark(
        "Seal {seal} (rows {row} to {other}) was changed itself, or changed together with its rows."
    ),
    seals.SEAL_MISSING: mark("Seals {seal} to {other} are missing: the rows before row {row} are covered by none."),
    seals.SEAL_CUT: mark("Seal {seal} does not follow from the one before it: the chain was cut or made anew here."),
    seals.HEAD_MISSING: mark(
        "No seal has the digest {digest} that was kept elsewhere: the last seals were cut off, or the chain was made anew "
        "(or an older backup was restored since)."
    ),
}
UNSEALED_MISSING = mark("Rows {row} to {other} are missing among those that are not sealed yet.")
MORE = mark("… and {count} more findings.")
LOOKED = mark("{rows} rows and {seals} seals were looked at.")
SOUND = mark("Nothing was changed, nothing is missing, the order is as it was.")
UNSOUND = mark("THE TRACE IS NOT AS IT WAS WRITTEN. Findings: {count}")
UNUSED = mark(
    "Below the last seal {count} numbers have no row. The seals hold; rows can have been deleted before they were sealed, or "
    "the data come from PostgreSQL, which leaves such gaps by itself."
)
UNSEALED = mark(
    "{count} rows are not sealed yet, the oldest of {moment}; until then a change of them cannot be proved."
)
UNSEALED_LONG = mark(
    "A Khéo that runs seals every minute: is it running? If it is, the last seals may have been cut off."
)
HEAD = mark("Last seal, {moment}: {digest}")
KEEP = mark(
    "Keep this digest outside this machine, and compare it later: kheo audit verify --head DIGEST. Without an outside copy "
    "nobody can see that the last seals were cut off or the whole chain was made anew."
)
NO_HEAD_GIVEN = mark("No digest from outside was compared (--head).")
NEXT = mark("There is more: go on with --after {row}")
WHAT = mark("Say of what: --object exemplar:12, --person NAME, --unit NAME or --day 2024-02-05.")
NO_OBJECT = mark("“{object}” is no object of the trace. Write the kind and the number: {kinds}, e.g. exemplar:12.")
NO_PERSON = mark("Nobody is called “{name}”. Give the name as it was entered, or the number.")
SEVERAL = mark("Several people are called “{name}”: give one of the numbers {numbers}.")
NO_DAY = mark("“{day}” is no day. Write it as 2024-02-05 or 05/02/2024.")
NO_LIMIT = mark("--limit takes a number from 1 to {most}, --after the number of a row.")


def add_audit_commands(commands: Any) -> None:
    """`kheo audit verify`, `kheo audit show`."""
    verified = commands.add_parser("verify", help="find any change, gap or reordering of the trace; exit code 1 if any")
    verified.add_argument(
        "--head", action="append", default=[], metavar="DIGEST", help="a seal kept elsewhere (the log)"
    )
    verified.set_defaults(run=_verify)

    shown = commands.add_parser("show", help="what was done: to an object, by a person, at a unit, on a day")
    shown.add_argument("--object", default="", help="such as exemplar:12, with its drafts and papers")
    shown.add_argument("--person", default="", help="name or number: what they did, and what was done to them")
    shown.add_argument("--unit", default="", help="name or code")
    shown.add_argument("--day", default="", help="such as 2024-02-05")
    shown.add_argument("--limit", type=int, default=LIMIT, help="rows at once (default: %(default)s)")
    shown.add_argument("--after", type=int, default=0, metavar="ROW", help="go on after that row")
    shown.set_defaults(run=_show)


def _reading(work: Callable[[Office, Tx], tuple[str, int]]) -> int:
    """Do it on one snapshot of the configured store, without holding anybody up; print what it says."""
    store, office = open_office(settings(), exclusive=False)
    try:
        store.migrate()

        def refreshed(tx: Tx) -> tuple[str, int]:
            office.refresh(tx)
            return work(office, tx)

        said, code = asyncio.run(store.read(refreshed))
    finally:
        store.close()
    print(said)
    return code


def _verify(given: argparse.Namespace) -> int:
    def work(office: Office, tx: Tx) -> tuple[str, int]:
        verdict = seals.verify(tx, given.head)
        return "\n".join(told(verdict, language("vi"), Clock().now(), compared=bool(given.head))), int(
            not verdict.sound
        )

    return _reading(work)


def told(verdict: Verdict, say: Language, now: datetime, *, compared: bool) -> list[str]:
    """The verdict in plain words, line by line."""
    lines = [say.say(LOOKED, rows=say.number(verdict.rows), seals=say.number(verdict.seals))]
    if verdict.sound:
        lines.append(say.say(SOUND))
    else:
        lines.append(say.say(UNSOUND, count=len(verdict.faults) + verdict.more))
        lines += [f"- {_fault(one, say)}" for one in verdict.faults]
    if verdict.more:
        lines.append(say.say(MORE, count=verdict.more))
    if verdict.unused:
        lines.append(say.say(UNUSED, count=say.number(verdict.unused)))
    if verdict.unsealed:
        lines.append(say.say(UNSEALED, count=say.number(verdict.unsealed), moment=_moment(verdict.unsealed_since, say)))
        if verdict.unsealed_since and now - datetime.fromisoformat(verdict.unsealed_since) > OVERDUE:
            lines.append(say.say(UNSEALED_LONG))
    if verdict.head:
        lines.append(say.say(HEAD, moment=_moment(verdict.sealed_at, say), digest=seals.grouped(verdict.head)))
        lines += [say.say(KEEP), *([] if compared else [say.say(NO_HEAD_GIVEN)])]
    return lines


def _fault(one: Fault, say: Language) -> str:
    unsealed = one.kind == seals.MISSING and not one.seal
    return say.say(
        UNSEALED_MISSING if unsealed else FAULTS[one.kind],
        row=one.row,
        moment=_moment(one.at, say),
        seal=one.seal,
        other=one.other,
        digest=one.digest,
    )


def _moment(written: str, say: Language) -> str:
    return say.moment(datetime.fromisoformat(written).astimezone(ZONE)) if written else "?"


def _show(given: argparse.Namespace) -> int:
    say = language("vi")
    if not (given.object or given.person or given.unit or given.day):
        raise KheoError(say.say(WHAT))
    if not 1 <= given.limit <= MOST or abs(given.after) > NEWEST:
        raise KheoError(say.say(NO_LIMIT, most=MOST))

    def work(office: Office, tx: Tx) -> tuple[str, int]:
        wanted = _wanted(given, office, tx, say)
        rows = audit.rows(tx, wanted, after=given.after, limit=given.limit + 1)
        shown = rows[: given.limit]
        words = Words(tx, office, say, shown)
        lines = [words.line(row) for row in shown] or [say.say(NOTHING)]
        if len(rows) > len(shown):
            lines.append(say.say(NEXT, row=shown[-1].id))
        return "\n".join(lines), 0

    return _reading(work)


def _wanted(given: argparse.Namespace, office: Office, tx: Tx, say: Language) -> Wanted:
    since, until = _day(given.day, say) if given.day else (None, None)
    person = _person(given.person, tx, say) if given.person else None
    return Wanted(
        objects=audit.with_its_parts(tx, _object(given.object, say)) if given.object else (),
        person=person,
        theirs=audit.with_its_parts(tx, f"person:{person}") if person is not None else (),
        units=(unit_named(office, given.unit).id,) if given.unit else (),
        acting=True,
        since=since,
        until=until,
    )


def _object(typed: str, say: Language) -> str:
    noun, _, id = typed.strip().partition(":")
    if noun not in OBJECTS or not (noun == "file" or _is_number(id)):
        raise KheoError(say.say(NO_OBJECT, object=typed, kinds=", ".join(OBJECTS)))
    return f"{noun}:{id}"


def _is_number(typed: str) -> bool:
    return typed.isascii() and typed.isdecimal() and len(typed) < LONGEST_WORD


def _person(typed: str, tx: Tx, say: Language) -> int:
    if _is_number(typed.strip()):
        return int(typed)
    found = audit.people_called(tx, typed)
    if not found:
        raise KheoError(say.say(NO_PERSON, name=typed))
    if len(found) > 1:
        raise KheoError(say.say(SEVERAL, name=typed, numbers=", ".join(map(str, found))))
    return found[0]


def _day(typed: str, say: Language) -> tuple[datetime, datetime]:
    """The first moment of the day, and that of the next."""
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            since = datetime.strptime(typed.strip(), form).replace(tzinfo=ZONE)
            if since.year >= FIRST_YEAR:
                return since, since + timedelta(days=1)
        except (ValueError, OverflowError):
            continue
    raise KheoError(say.say(NO_DAY, day=typed))
