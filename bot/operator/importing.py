"""Lists of units and people, looked at and entered on the server, and the templates for them."""

from __future__ import annotations

import argparse
import hashlib
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.clock import Clock
from bot.config import settings
from bot.errors import KheoError, Misunderstood
from bot.imports import lists
from bot.imports.columns import Kind
from bot.imports.lists import Checked, Issued
from bot.imports.reading import LARGEST, TOO_LARGE, megabytes
from bot.imports.template import CODES_FILE, FILES, template, with_codes
from bot.operator.store import with_store
from bot.store import imports
from bot.store.engine import Tx
from bot.store.people import CODE_DAYS
from bot.texts import Language, language, mark
from bot.turn import Office

FOUND = mark("{count} findings:")
STOPPED = mark("Nothing was entered. Please correct the rows and run the command again.")
WOULD = mark("This would be entered:")
NOT_YET = mark("Nothing was entered yet. To enter it: kheo {what} import {file} --apply")
ENTERED = mark("Entered:")
CODE_LINE = mark("{name} – {place} ({functions}): {code}")
CODES_IN = mark(
    "The codes stand in {file} too; each serves once, {days} days long. Please hand them out and delete the file."
)
WRITTEN = mark("Written: {file}. Fill it in, then: kheo {what} import {file}")
THERE_ALREADY = mark("{file} is there already; name another file with -o.")
CODES_THERE = mark("{file} is there already; name another file with --codes.")
NO_FILE = mark("There is no file {file}.")


def add_list_commands(commands: Any, what: Kind) -> None:
    """`kheo units import | template`, `kheo people import | template`."""
    brought = commands.add_parser("import", help=f"look at a list of {what} (.xlsx, .csv); with --apply enter it")
    brought.add_argument("file", type=Path)
    brought.add_argument("--apply", action="store_true", help="enter it, all or nothing")
    if what == "people":
        brought.add_argument(
            "--codes", type=Path, default=Path(CODES_FILE), help="where the one-time codes are written"
        )
    brought.set_defaults(run=_import, what=what)
    made = commands.add_parser("template", help=f"write a workbook to be filled in with {what}")
    made.add_argument("-o", "--output", type=Path, default=Path(FILES[what]))
    made.set_defaults(run=_template, what=what)


def _template(given: argparse.Namespace) -> int:
    say, file = language("vi"), given.output
    if file.exists():
        raise KheoError(say.say(THERE_ALREADY, file=file))
    _write(file, template(given.what))
    print(say.say(WRITTEN, file=file, what=given.what))
    return 0


def _import(given: argparse.Namespace) -> int:
    say = language("vi")
    try:
        return _bring(given, say)
    except Misunderstood as wrong:
        raise KheoError(say.say(wrong.source, **wrong.values)) from None


def _bring(given: argparse.Namespace, say: Language) -> int:
    data = _read(given.file, say)
    found = lists.read(data, given.what)
    codes: Path | None = getattr(given, "codes", None)
    issued: list[Issued] = []
    now = Clock().now()

    def work(office: Office, tx: Tx) -> str:
        if given.apply:
            imports.alone(tx)
            office.refresh(tx)
        standing = lists.standing(office, tx, now.date())
        checked = lists.check(found, standing, hashlib.sha256(data).hexdigest())
        lines = findings_of(say, checked)
        if checked.refused:
            raise KheoError("\n".join([*lines, say.say(STOPPED)]))
        told = lists.told(say, checked, standing)
        if checked.empty:
            return "\n".join([*lines, *told])
        if not given.apply:
            return "\n".join([*lines, say.say(WOULD), *told, say.say(NOT_YET, what=given.what, file=given.file)])
        if codes is not None and codes.exists() and lists.issues(checked):
            raise KheoError(say.say(CODES_THERE, file=codes))
        issued[:] = lists.enter(tx, checked, standing, now)
        handed = [
            say.say(CODE_LINE, name=one.name, place=one.place, functions=one.functions, code=one.code) for one in issued
        ]
        return "\n".join([*lines, say.say(ENTERED), *told, *handed])

    done = with_store(work)
    if issued and codes is not None:
        address = settings().public_url
        link = f"{address}/chat/start?code=" if address else ""
        _write(codes, with_codes(issued, now.date() + timedelta(days=CODE_DAYS), link))
        print(say.say(CODES_IN, file=codes, days=CODE_DAYS))
    return done


def findings_of(say: Language, checked: Checked) -> list[str]:
    """Every finding as a line, with how many they are before them."""
    lines = [finding.told(say) for finding in checked.findings]
    return [say.say(FOUND, count=len(lines)), *lines] if lines else []


def _read(file: Path, say: Language) -> bytes:
    try:
        if file.stat().st_size > LARGEST:
            raise Misunderstood(TOO_LARGE, size=megabytes(file.stat().st_size), limit=megabytes(LARGEST))
        return file.read_bytes()
    except (FileNotFoundError, IsADirectoryError):
        raise KheoError(say.say(NO_FILE, file=file)) from None
    except OSError as refused:
        raise KheoError(f"{file}: {refused.strerror}") from None


def _write(file: Path, content: bytes) -> None:
    """Write a file that was not there, for nobody else to read."""
    try:
        with open(file, "xb", opener=lambda path, flags: os.open(path, flags, 0o600)) as opened:
            opened.write(content)
    except OSError as refused:
        raise KheoError(f"{file}: {refused.strerror}") from None
