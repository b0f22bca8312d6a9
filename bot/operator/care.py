"""Backups and the examination, on the server, also while the bot runs."""

from __future__ import annotations

import argparse
import asyncio
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.clock import ZONE, Clock
from bot.config import Settings, settings
from bot.errors import SettingsWrong
from bot.store.files import EvidenceFolder
from bot.texts import language, mark

if TYPE_CHECKING:  # the migrations that they bring along cost every command 0.3 s
    from bot.care.archive import Manifest

MADE = mark("Backup: {file} ({size} MB, {rows} rows, {files} files), read back and in order.")
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
SETTINGS = mark("Settings: read; the data are in {data}.")
SETTINGS_BAD = mark("Settings: {reason}")
SETTINGS_BAD_DO = mark("Correct it in .env or in the unit of systemd; docs/settings.md has all settings.")
SUMMARY = mark("To be put right: {wrong}. To be looked at: {doubtful}.")
MEGABYTE = 1024 * 1024


def add_care_commands(commands: Any) -> None:
    """`kheo backup [FOLDER | verify FILE]`, `kheo restore FILE`, `kheo doctor`."""
    backup = commands.add_parser("backup", help="store and evidence in one archive, while the bot runs; or verify one")
    backup.add_argument("folder", nargs="?", default="", help="where to (default: backups in KHEO_DATA), or: verify")
    backup.add_argument("file", nargs="?", type=Path, help="with verify: the archive")
    backup.add_argument("--keep", type=int, default=0, metavar="N", help="afterwards keep only the newest N here")
    backup.set_defaults(run=lambda given: _backup(backup, given))

    restored = commands.add_parser("restore", help="put a backup back, on the configured database")
    restored.add_argument("file", type=Path)
    restored.add_argument("--replace", action="store_true", help="put what is there aside (nothing is deleted)")
    restored.set_defaults(run=_restore)

    doctor = commands.add_parser("doctor", help="look the installation over; exit code 1 if something is wrong")
    doctor.add_argument("--deep", action="store_true", help="read every file of evidence and compare its digest")
    doctor.add_argument("--online", action="store_true", help="ask Telegram about the token and the webhook")
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
    made = back_up(own.store_url, evidence_of(own), folder, Clock().now(), keep=given.keep)
    size = (Decimal(made.size) / MEGABYTE).quantize(Decimal("0.1"))
    print(say.say(MADE, file=made.path, size=size, **_counted(made.manifest)))
    for old in made.removed:
        print(say.say(REMOVED, file=old))
    _doubts(made.manifest)
    print(say.say(PERSONAL))
    return 0


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


def _doctor(given: argparse.Namespace) -> int:
    from bot.care.doctor import Found, is_grave, sound, wrong
    from bot.care.examination import examine
    from bot.care.online import ask

    say, now = language("vi"), Clock().now()
    findings: list[Found] = []

    def tell(found: Found) -> None:
        findings.append(found)
        print(found.told(say), flush=True)

    try:
        own = settings()
    except SettingsWrong as refused:
        for line in str(refused).splitlines():
            tell(wrong(SETTINGS_BAD, SETTINGS_BAD_DO, reason=line))
        return 1
    tell(sound(SETTINGS, data=own.data))
    for found in examine(own, now, deep=given.deep):
        tell(found)
    if given.online:
        for found in asyncio.run(ask(own, now)):
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
