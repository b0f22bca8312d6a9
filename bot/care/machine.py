"""What the doctor looks at before the database: plans, token, webhook, clock, calendars, disk."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.care.doctor import MEGABYTE, Found, Patient, doubtful, sound, wrong
from bot.care.moved import moved
from bot.clock import ZONE
from bot.errors import PlanWrong
from bot.plan.calendars import load_years
from bot.plan.check import check
from bot.texts import mark

OTHERS = stat.S_IRWXG | stat.S_IRWXO
HANOI = timedelta(hours=7)
PORTS = (443, 80, 88, 8443)
"""On others Telegram does not call."""
DIFFERENT = 8  # characters of a secret; fewer are no chance
ANNOUNCED = 12  # the month in which the next year's days off are known, as a rule

PLANS = mark("Plans: {count} files read, no fault.")
NO_PLANS = mark("Plans: there is no plan file in {folder}.")
NO_PLANS_DO = mark("Set KHEO_PLANS to the folder of the plan files, or leave it empty for those of the program.")
PLAN_BAD = mark("Plans: {finding}")
PLAN_BAD_DO = mark("Correct that line; until then the last good version of this file goes on: kheo plan check {file}")
PLANS_DOUBTS = mark("Plans: {count} doubtful places.")
PLANS_DOUBTS_DO = mark("Look at each of them with the document at hand: kheo plan check {folder}/*.yaml")

TOKEN = mark("Telegram: the token has the right form (kheo doctor --online asks Telegram itself).")
NO_TOKEN = mark("Telegram: not used (no TELEGRAM_TOKEN).")
POLLING = mark("Telegram: messages are fetched (long polling); no webhook to look at.")
WEBHOOK = mark("Webhook: {url}, with a secret.")
NO_HTTPS = mark("Webhook: {url} does not begin with https://.")
NO_HTTPS_DO = mark("Telegram delivers to https only: put a proxy with a certificate in front and give its address.")
BAD_PORT = mark("Webhook: Telegram does not call port {port}.")
BAD_PORT_DO = mark("Use one of the ports {ports} in TELEGRAM_WEBHOOK_URL.")
WEAK = mark("Webhook: the secret can be guessed.")
WEAK_DO = mark("Make a random one: openssl rand -hex 32; put it into TELEGRAM_WEBHOOK_SECRET and start Khéo anew.")

NO_ZALO = mark("Zalo: not used (no ZALO_TOKEN).")
ZALO = mark("Zalo: bot {bots}, the token has the right form (kheo doctor --online asks Zalo itself).")
ZALO_POLLING = mark("Zalo: messages are fetched by polling; what people say while Khéo is not running may be lost.")
ZALO_POLLING_DO = mark(
    "That is for trying out. For use, set ZALO_WEBHOOK_URL and ZALO_WEBHOOK_SECRET (docs/channels.md)."
)
ZALO_WEBHOOK = mark("Zalo: the webhook is {url}, with a secret.")
ZALO_NO_HTTPS = mark("Zalo: the webhook {url} does not begin with https://.")
ZALO_NO_HTTPS_DO = mark("Zalo delivers to https only: put a proxy with a certificate in front and give its address.")
ZALO_WEAK = mark("Zalo: the secret of the webhook can be guessed.")
ZALO_WEAK_DO = mark("Make a random one: openssl rand -hex 32; put it into ZALO_WEBHOOK_SECRET and start Khéo anew.")
ZALO_NO_PAGES = mark(
    "Zalo: only texts and photos pass; there is no address for the pages that take and give documents."
)
ZALO_NO_PAGES_DO = mark("Set KHEO_PUBLIC_URL to the https address under which people's phones reach this server.")

ZONE_FINE = mark("Clock: {moment} in Vietnam.")
ZONE_BAD = mark("Clock: the time zone Asia/Ho_Chi_Minh is missing or wrong on this machine.")
ZONE_BAD_DO = mark("Install the time zones anew (apt-get install --reinstall tzdata) and start Khéo anew.")

YEARS = mark("Calendars of public holidays: {year} and {next} are there, {year} as announced.")
YEARS_BAD = mark("Calendars of public holidays: {finding}")
YEARS_BAD_DO = mark("Correct that line in {folder}; without calendars no day can be counted.")
NO_YEAR = mark("Calendars of public holidays: the year {year} is missing.")
NO_YEAR_DO = mark(
    "Put {year}.yaml into {folder} (take the year before as a pattern); until then nothing is reminded of."
)
NO_NEXT = mark("Calendars of public holidays: the next year, {year}, is missing.")
NO_NEXT_DO = mark("Put {year}.yaml into {folder} before the year ends.")
PREDICTED = mark("Calendars of public holidays: {year} is still a prediction.")
PREDICTED_DO = mark(
    "Compare {folder}/{year}.yaml with the announcement of the days off, and set its status to official."
)

DISK = mark("Disk: {free} MB free, the data take {used} MB.")
NOT_WRITABLE = mark("Disk: nothing can be written in {folder} ({reason}).")
NOT_WRITABLE_DO = mark("Let the user that runs Khéo write there (chown -R kheo {folder}), or set KHEO_DATA.")
FULL = mark("Disk: only {free} MB are left in {folder}.")
FULL_DO = mark("Make room now: old backups, logs, data that were put aside. See docs/care.md, “Khi ổ đĩa đầy”.")
NARROW = mark("Disk: {free} MB are left in {folder}; the data take {used} MB.")
NARROW_DO = mark("Make room, or move the backups to another disk: a backup or a restore here needs as much again.")

OPEN = mark("Disk: others on this machine can read {folder}, where people's data are.")
OPEN_DO = mark("Close it to all but the user that runs Khéo: chmod 700 {folder}")

OVER_THE_NETWORK = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "fuse.glusterfs", "ceph"})
NETWORK = mark("Disk: {folder} lies on another machine ({kind}), and the SQLite file in it.")
NETWORK_DO = mark("SQLite needs a disk of this machine: set KHEO_DATA to one, or move to PostgreSQL (kheo migrate-to).")
SHARED = mark("Disk: the evidence lies on another machine ({kind}).")
MOVED = mark("Database: this office has moved to {place} ({moment}).")
MOVED_DO = mark("Put the new DATABASE_URL into .env; only if the old one is to go on after all: kheo run --again")

LEFT = mark("Leftovers: {count} files that something unfinished left ({example}).")
LEFT_DO = mark("If no backup, restore or receiving is under way: remove them, nobody needs them.")
ASIDE = mark("Put aside by a restore: {place}, {used} MB.")
ASIDE_DO = mark("They hold personal data: when the restored data have proved right, delete them.")
NO_LEFT = mark("Leftovers: none.")


def plans(patient: Patient) -> Iterator[Found]:
    folder = patient.settings.plans
    paths = sorted(folder.glob("*.yaml")) if folder.is_dir() else []
    if not paths:
        yield wrong(NO_PLANS, NO_PLANS_DO, folder=folder)
        return
    findings = check(paths, patient.now.date())
    bad = [finding for finding in findings if finding.level == "error"]
    for finding in bad:
        yield wrong(PLAN_BAD, PLAN_BAD_DO, finding=finding, file=finding.file)
    if not bad:
        yield sound(PLANS, count=len(paths))
    if doubts := len(findings) - len(bad):
        yield doubtful(PLANS_DOUBTS, PLANS_DOUBTS_DO, count=doubts, folder=folder)


def telegram(patient: Patient) -> Iterator[Found]:
    own = patient.settings
    if not own.telegram_token:
        yield sound(NO_TOKEN)
        return
    yield sound(TOKEN)
    url = own.telegram_webhook_url
    if not url:
        yield sound(POLLING)
        return
    parts, fine = urlsplit(url), True
    if parts.scheme != "https":
        fine = False
        yield wrong(NO_HTTPS, NO_HTTPS_DO, url=url)
    elif not own.telegram_api_base and (parts.port or 443) not in PORTS:
        fine = False
        yield wrong(BAD_PORT, BAD_PORT_DO, port=parts.port, ports=", ".join(map(str, PORTS)))
    if len(set(own.telegram_webhook_secret)) < DIFFERENT:
        fine = False
        yield doubtful(WEAK, WEAK_DO)
    if fine:
        yield sound(WEBHOOK, url=url)


def zalo(patient: Patient) -> Iterator[Found]:
    own = patient.settings
    if not own.zalo_tokens:
        yield sound(NO_ZALO)
        return
    yield sound(ZALO, bots=", ".join(token.partition(":")[0] for token in own.zalo_tokens))
    if not own.public_url:
        yield doubtful(ZALO_NO_PAGES, ZALO_NO_PAGES_DO)
    url = own.zalo_webhook_url
    if not url:
        yield doubtful(ZALO_POLLING, ZALO_POLLING_DO)
        return
    fine = urlsplit(url).scheme == "https"
    if not fine:
        yield wrong(ZALO_NO_HTTPS, ZALO_NO_HTTPS_DO, url=url)
    if len(set(own.zalo_webhook_secret)) < DIFFERENT:
        fine = False
        yield doubtful(ZALO_WEAK, ZALO_WEAK_DO)
    if fine:
        yield sound(ZALO_WEBHOOK, url=url)


def zone(patient: Patient) -> Iterator[Found]:
    try:
        here = ZoneInfo.no_cache(ZONE.key).utcoffset(patient.now.replace(tzinfo=None))
    except (ZoneInfoNotFoundError, ValueError):
        here = None
    if here == HANOI:
        yield sound(ZONE_FINE, moment=patient.now)
    else:
        yield wrong(ZONE_BAD, ZONE_BAD_DO)


def calendars(patient: Patient) -> Iterator[Found]:
    folder, year = patient.settings.plans / "calendars", patient.now.year
    try:
        years = {one.year: one for one in load_years(folder)}
    except PlanWrong as refused:
        for finding in refused.findings:
            yield wrong(YEARS_BAD, YEARS_BAD_DO, finding=finding, folder=folder)
        return
    for needed in (year, year + 1):
        if needed not in years:
            told = (wrong, NO_YEAR, NO_YEAR_DO) if needed == year else (doubtful, NO_NEXT, NO_NEXT_DO)
            yield told[0](told[1], told[2], year=needed, folder=folder)
        elif years[needed].status == "predicted" and (needed == year or patient.now.month >= ANNOUNCED):
            yield doubtful(PREDICTED, PREDICTED_DO, year=needed, folder=folder)
    if {year, year + 1} <= years.keys() and years[year].status == "official":
        yield sound(YEARS, year=year, next=year + 1)


def disk(patient: Patient) -> Iterator[Found]:
    folder = patient.settings.data
    try:
        there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
        tempfile.TemporaryFile(dir=there).close()
        free = shutil.disk_usage(there).free
    except OSError as refused:
        yield wrong(NOT_WRITABLE, NOT_WRITABLE_DO, folder=folder, reason=refused.strerror)
        return
    if folder.exists() and folder.stat().st_mode & OTHERS:
        yield doubtful(OPEN, OPEN_DO, folder=folder)
    used = size_of(folder)
    told = {"free": free // MEGABYTE, "used": used // MEGABYTE, "folder": folder}
    if free < patient.least_free:
        yield wrong(FULL, FULL_DO, **told)
    elif free < max(used, patient.ample):
        yield doubtful(NARROW, NARROW_DO, **told)
    else:
        yield sound(DISK, **told)


def size_of(place: Path) -> int:
    """Bytes of a file, or of all files below a folder."""
    if not place.is_dir():
        return place.stat().st_size if place.exists() else 0
    total = 0
    for folder, _, names in os.walk(place):
        for name in names:
            try:
                total += os.stat(os.path.join(folder, name)).st_size
            except FileNotFoundError:  # gone meanwhile
                continue
    return total


def network(patient: Patient) -> Iterator[Found]:
    """A disk of another machine carries evidence; it does not carry SQLite."""
    kind = kind_of_disk(patient.settings.data)
    if kind not in OVER_THE_NETWORK:
        return
    told = {"folder": patient.settings.data, "kind": kind}
    if patient.settings.store_url.startswith("sqlite"):
        yield wrong(NETWORK, NETWORK_DO, **told)
    else:
        yield sound(SHARED, **told)


def kind_of_disk(folder: Path, mounts: Path = Path("/proc/self/mounts")) -> str:
    """The kind of file system in which the folder lies; empty where the machine does not say."""
    try:
        lines = [line.split() for line in mounts.read_text(encoding="utf-8", errors="replace").splitlines()]
    except OSError:
        return ""
    place = folder.resolve()
    under = [(Path(one[1].replace("\\040", " ")), one[2]) for one in lines if len(one) > 2]
    holds = [(at, kind) for at, kind in under if place == at or at in place.parents]
    # Of several at one place the last hides the others.
    return max(reversed(holds), key=lambda one: len(one[0].parts), default=(place, ""))[1]


def moved_away(patient: Patient) -> Iterator[Found]:
    found = moved(patient.settings.store_url)
    if found is not None:
        yield wrong(MOVED, MOVED_DO, place=found.place, moment=found.at.astimezone(ZONE))


def leftovers(patient: Patient) -> Iterator[Found]:
    data, root = patient.settings.data, patient.evidence.root
    hour = patient.now.timestamp() - 3600  # younger ones are being written just now
    unfinished = [*root.glob(".incoming-*"), *data.glob("*.restoring*"), *data.glob("backups/.kheo-backup-*/")]
    old = [place for place in unfinished if place.lstat().st_mtime < hour]
    if old:
        yield doubtful(LEFT, LEFT_DO, count=len(old), example=old[0])
    aside = sorted(data.glob("*.replaced-*"))
    for place in aside:
        yield doubtful(ASIDE, ASIDE_DO, place=place, used=size_of(place) // MEGABYTE)
    if not old and not aside:
        yield sound(NO_LEFT)
