"""Backups and the examination, on the server, also while the bot runs."""

from __future__ import annotations

import argparse
import asyncio
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.clock import ZONE, Clock
from bot.config import Settings, settings, settings_as_far_as_they_go
from bot.store.files import EvidenceFolder
from bot.texts import language, mark

if TYPE_CHECKING:  # the migrations that they bring along cost every command 0.3 s
    from bot.care.archive import Manifest

MADE = mark("Backup: {file} ({size} MB, {rows} rows, {files} files), read back and in order.")
NOT_NOTED = mark("! It could not be noted for /suckhoe ({reason}).")
REMOVED = mark("Older backup removed: {file}")
PERSONAL = mark(
    "It holds names, contact data and evidence of people: keep it where only those responsible can read it, and "
    "encrypt it before it leaves this machine (docs/care.md)."
)
LACKING = mark("! {count} files of evidence that the tables name were not there: kheo doctor lists them.")
SPOILT = mark("! {count} files of evidence are not what they were when they came: kheo doctor --deep lists them.")
WHOLE = mark("{file} is whole: made {moment} by Khéo {version} on {database}, {rows} rows, {files} files.")
RESTORED = mark("Restored: the state of {moment}, {rows} rows, {files} files.")
ASIDE = mark("What was there before was put aside and not deleted: {place}")
WAITING = mark(
    "{count} messages were waiting when the backup was made; they go out when Khéo starts, some perhaps for the second "
    "time."
)
ERASED = mark("{count} people had asked since then that their data be erased: that was done again.")
NEXT = mark("Look at it with kheo doctor, then start Khéo.")
MOVE_LINE = mark("  {table}: {rows}")
MOVE_LOOK = mark("From {source} to {place}: {rows} rows in {tables} tables.")
MOVE_DRY = mark("Nothing was changed. To move: the same command without --look.")
MOVED = mark("Moved: {rows} rows, read back on the server and the same in every table; the trace is whole.")
MOVED_ENV = mark(
    "Now write into .env:  DATABASE_URL={place}  – with the password in it, or in ~/.pgpass of the user that runs Khéo."
)
MOVED_EVIDENCE = mark("The files of evidence stay where they are: {folder}. KHEO_DATA stays the same.")
MOVED_OLD = mark(
    "The old file stays as it was and is marked ({mark}): kheo run refuses it. When the new one has proved right, delete "
    "it: it holds people's data."
)
MOVED_NEXT = mark("Look at it with kheo doctor, make a backup, then start Khéo.")
SETTINGS = mark("Settings: read; the data are in {data}.")
SETTINGS_BAD = mark("Settings: {reason}")
SETTINGS_BAD_DO = mark("Correct it in .env or in the unit of systemd; docs/settings.md has all settings.")
SUMMARY = mark("To be put right: {wrong}. To be looked at: {doubtful}.")
MEGABYTE = 1024 * 1024


def add_care_commands(commands: Any) -> None:
    """`kheo backup [FOLDER | verify FILE]`, `kheo restore FILE`, `kheo migrate-to URL`, `kheo doctor`."""
    backup = commands.add_parser("backup", help="store and evidence in one archive, while the bot runs; or verify one")
    backup.add_argument("folder", nargs="?", default="", help="where to (default: backups in KHEO_DATA), or: verify")
    backup.add_argument("file", nargs="?", type=Path, help="with verify: the archive")
    backup.add_argument("--keep", type=int, default=0, metavar="N", help="afterwards keep only the newest N here")
    backup.set_defaults(run=lambda given: _backup(backup, given))

    restored = commands.add_parser("restore", help="put a backup back, on the configured database")
    restored.add_argument("file", type=Path)
    restored.add_argument("--replace", action="store_true", help="put what is there aside (nothing is deleted)")
    restored.set_defaults(run=_restore)

    move = commands.add_parser(
        "migrate-to", help="move the office from its SQLite file to a PostgreSQL database, whole"
    )
    move.add_argument("url", metavar="DATABASE_URL", help="postgresql://USER@HOST/NAME, an empty database")
    move.add_argument("--look", action="store_true", help="only say what would be moved")
    move.set_defaults(run=_move)

    doctor = commands.add_parser("doctor", help="look the installation over; exit code 1 if something is wrong")
    doctor.add_argument("--deep", action="store_true", help="read every file of evidence and compare its digest")
    doctor.add_argument("--online", action="store_true", help="ask Telegram and Zalo about the tokens and webhooks")
    doctor.set_defaults(run=_doctor)


def evidence_of(own: Settings) -> EvidenceFolder:
    return EvidenceFolder(own.data / "evidence", own.file_limit_mb * MEGABYTE)


def _backup(parser: argparse.ArgumentParser, given: argparse.Namespace) -> int:
    if given.folder == "verify":
        if given.file is None:
            parser.error("verify which archive? kheo backup verify FILE")
        return _verify(given.file)
    if given.file is not None:
        parser.error("one folder only")
    if given.keep < 0:
        parser.error("--keep takes a number from 1")
    from bot.care.backup import back_up

    own, say = settings(), language("vi")
    folder = Path(given.folder) if given.folder else own.data / "backups"
    now = Clock().now()
    made = back_up(own.store_url, evidence_of(own), folder, now, keep=given.keep)
    _note_backup(own, now)
    size = (Decimal(made.size) / MEGABYTE).quantize(Decimal("0.1"))
    print(say.say(MADE, file=made.path, size=size, **_counted(made.manifest)))
    for old in made.removed:
        print(say.say(REMOVED, file=old))
    _doubts(made.manifest)
    print(say.say(PERSONAL))
    return 0


def _note_backup(own: Settings, now: datetime) -> None:
    """So that /suckhoe knows of it; a backup is none the worse where that cannot be written."""
    from bot.store.engine import Store
    from bot.store.line import plain
    from bot.store.vitals import note_backup

    store = Store(own.store_url)
    try:
        store.run(lambda tx: note_backup(tx, now))
    except Exception as refused:  # tables of an earlier Khéo, a user who may only read
        print(language("vi").say(NOT_NOTED, reason=plain(refused).splitlines()[0]))
    finally:
        store.close()


def _verify(file: Path) -> int:
    from bot.care.backup import verified

    manifest, say = verified(file), language("vi")
    moment = manifest.made_at.astimezone(ZONE)
    told = {"moment": moment, "version": manifest.kheo, "database": manifest.database}
    print(say.say(WHOLE, file=file, **told, **_counted(manifest)))
    _doubts(manifest)
    return 0


def _restore(given: argparse.Namespace) -> int:
    from bot.care.restore import restore

    own, say = settings(), language("vi")
    done = restore(given.file, own.store_url, evidence_of(own), Clock().now(), replace=given.replace)
    print(say.say(RESTORED, moment=done.manifest.made_at.astimezone(ZONE), **_counted(done.manifest)))
    for place in done.aside:
        print(say.say(ASIDE, place=place))
    _doubts(done.manifest)
    if done.erased:
        print(say.say(ERASED, count=done.erased))
    if done.waiting:
        print(say.say(WAITING, count=done.waiting))
    print(say.say(NEXT))
    return 0


def _move(given: argparse.Namespace) -> int:
    from bot.care.moved import mark_of
    from bot.care.moving import look, move
    from bot.store.engine import understood

    own, say = settings(), language("vi")
    seen = look(own.store_url, given.url)
    for table, rows in seen.counts.items():
        if rows:
            print(say.say(MOVE_LINE, table=table, rows=Decimal(rows)))
    source = understood(own.store_url).database
    counted = {"rows": Decimal(sum(seen.counts.values())), "tables": len(seen.counts)}
    print(say.say(MOVE_LOOK, source=source, place=seen.place, **counted))
    if given.look:
        print(say.say(MOVE_DRY))
        return 0
    done = move(own.store_url, given.url, Clock().now())
    print(say.say(MOVED, rows=Decimal(sum(done.counts.values()))))
    print(say.say(MOVED_ENV, place=done.place))
    print(say.say(MOVED_EVIDENCE, folder=evidence_of(own).root))
    print(say.say(MOVED_OLD, mark=mark_of(own.store_url)))
    print(say.say(MOVED_NEXT))
    return 0


def _doctor(given: argparse.Namespace) -> int:
    from bot.care.doctor import Found, is_grave, sound, wrong
    from bot.care.examination import examine
    from bot.care.online import ask

    say, now = language("vi"), Clock().now()
    findings: list[Found] = []

    def tell(found: Found) -> None:
        findings.append(found)
        print(found.told(say), flush=True)

    own, amiss = settings_as_far_as_they_go()
    for line in amiss.values():
        tell(wrong(SETTINGS_BAD, SETTINGS_BAD_DO, reason=line))
    if own is None:
        return 1
    if not amiss:
        tell(sound(SETTINGS, data=own.data))
    for found in examine(own, now, deep=given.deep, at_the_store=not amiss.keys() & {"KHEO_DATA", "DATABASE_URL"}):
        tell(found)
    if given.online:
        from bot.channels.zalo.examined import ask as ask_zalo

        for asking in (ask(own, now), ask_zalo(own)):
            for found in asyncio.run(asking):
                tell(found)
    counted = {level: sum(found.level == level for found in findings) for level in ("doubtful", "wrong")}
    print(say.say(SUMMARY, **counted))
    return int(is_grave(findings))


def _counted(manifest: Manifest) -> dict[str, Decimal]:
    files = sum(name.startswith("evidence/") for name in manifest.members)
    return {"rows": Decimal(sum(manifest.counts.values())), "files": Decimal(files)}


def _doubts(manifest: Manifest) -> None:
    if manifest.missing:
        print(language("vi").say(LACKING, count=len(manifest.missing)))
    if manifest.damaged:
        print(language("vi").say(SPOILT, count=len(manifest.damaged)))
