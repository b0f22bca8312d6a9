"""What the doctor asks of the database, and of the files that it names."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from bot.care.alarms import SENTENCES, alarms
from bot.care.backup import kept_files, needed_files
from bot.care.doctor import Found, Patient, doubtful, sound, wrong
from bot.clock import ZONE
from bot.plan.shelf import Shelf
from bot.rules.access import WRITTEN_TO
from bot.rules.allowance import Load, fit, told
from bot.store import health, seasons, usage, vitals, whole
from bot.store.health import Queue
from bot.texts import mark
from bot.thrift import allowed

OLDEST_SERVER = 130000
"""PostgreSQL 13: the store asks a transaction for its number."""
LATE = timedelta(minutes=15)  # a message that could have gone so long ago does not go
SLOW = timedelta(minutes=5)  # a message that came in is answered in seconds
SEALED_WITHIN = timedelta(hours=1)
SLACK = timedelta(minutes=2)  # by which clocks of two machines may differ
NAMED = 3  # of many, so many are named

STORE = mark("Database: {kind}, sound, tables up to date ({step}).")
FAULT = mark("Database: {fault}")
FAULT_DO = mark("End Khéo, restore the last good backup (kheo restore FILE --replace), keep the damaged files.")
BEHIND = mark("Database: its tables are of an earlier Khéo ({step}); this one has not been started on it yet.")
BEHIND_DO = mark("Make a backup (kheo backup), then start Khéo: it brings the tables up to date.")
NEWER = mark("Database: a newer Khéo has changed it (step {step} is not known here).")
NEWER_DO = mark("Install that version or a newer one again.")
OLD_SERVER = mark("Database: PostgreSQL {version} is too old.")
OLD_SERVER_DO = mark("Upgrade the server to PostgreSQL 13 or newer.")
ENCODING = mark("Database: its texts are {encoding}, not UTF8.")
ENCODING_DO = mark("Make it anew: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0, then kheo restore.")

CLOCK = mark("Clock: nothing in the database is of the future.")
JUMP = mark("Clock: the newest entry is of {moment}, and this machine says it is {now}.")
JUMP_DO = mark(
    "Set the clock (timedatectl set-ntp true), then start Khéo anew; until then reminders come at wrong times."
)

OUT = mark("Messages out: {count} waiting, none given up.")
DEAD = mark("Messages out: {count} were given up.")
DEAD_DO = mark("The log says why (“outbox”); whoever they were for should be told otherwise.")
STUCK = mark("Messages out: {count} wait, the oldest since {moment}.")
STUCK_DO = mark("Is Khéo running (systemctl status kheo), and can it reach Telegram (kheo doctor --online)?")

IN = mark("Messages in: {count} waiting, none set aside.")
POISON = mark("Messages in: {count} could not be understood and were set aside.")
POISON_DO = mark("The log says why (“inbox”). Please report it; nobody else is held up by them.")
UNHEARD = mark("Messages in: {count} are not answered, the oldest since {moment}.")
UNHEARD_DO = mark("Is Khéo running (systemctl status kheo)? It answers them when it starts.")

SEALED = mark("Trace: sealed ({count} rows wait for the next seal).")
UNSEALED = mark("Trace: {count} rows are not sealed, the oldest of {moment}.")
UNSEALED_DO = mark("A Khéo that runs seals every minute: is it running? Then look with kheo audit verify.")

FILES = mark("Evidence: {count} files, all that is named is there.")
UNREAD = mark("Evidence: the content of the files was not compared (kheo doctor --deep).")
MISSING = mark("Evidence: {count} files are named and missing: {names}")
MISSING_DO = mark(
    "Look for them in a backup: kheo backup verify FILE, then restore it into another folder (KHEO_DATA)."
)
DAMAGED = mark("Evidence: {count} files are not what they were when they came: {names}")
DAMAGED_DO = mark("Take them from a backup made before, and have the disk looked at.")
ORPHANS = mark("Evidence: {count} files are named by nothing: {names}")
ORPHANS_DO = mark("They do no harm. Photos that were sent and never put anywhere may be among them.")

REACHED = mark("People and groups: all can be reached.")
UNREACHED = mark("People and groups: {people} people and {groups} groups cannot be reached.")
UNREACHED_DO = mark("/danhba in the chat names them; they blocked Khéo or left, and get no reminders.")

ENGINE_SCHEMA = "kheo_engine"
ENGINE = mark("Shared ticks: their tables are there (schema {schema}).")
NO_ENGINE = mark("Shared ticks: their tables are not there (schema {schema}).")
NO_ENGINE_DO = mark("The next start of Khéo makes them.")
MAY_NOT = mark("Shared ticks: their tables are not there, and this user may not make them (schema {schema}).")
MAY_NOT_DO = mark(
    "Let the user of DATABASE_URL make schemas: GRANT CREATE ON DATABASE … TO kheo, then start Khéo anew."
)
HOW_TO_GET_BY = mark(
    "docs/channels.md says how to set up a second bot and a common group; whoever is on Telegram counts for nothing here."
)
TOLD_ELSEWHERE = frozenset(
    {"queue_late", "updates_late", "updates_poisoned", "messages_refused", "disk_full", "disk_narrow", "trace_unsealed"}
)
"""Alarms for which there is a check of its own."""

SEASONS = mark("Seasons: all {count} go by their plan as the file has it.")
NO_SEASONS = mark("Seasons: none is open.")
NO_SEASONS_DO = mark("Open one: kheo season open PLAN YEAR")
DIFFERS = mark("Season {year} of {plan}: the file has changed since.")
DIFFERS_DO = mark(
    "See what differs: kheo season diff {plan} {year}; let it go on by the file: kheo season apply {plan} {year}"
)
NO_FILE = mark("Season {year} of {plan}: the plan's file is gone or cannot be read.")
NO_FILE_DO = mark(
    "The season goes on by what it was opened with. Put the file back into {folder}, or close the season."
)


def engine(patient: Patient) -> Iterator[Found]:
    """The tables of the engine that calls the shared ticks, which the start makes beside ours."""
    if patient.seen.dialect.name == "sqlite":
        return
    there, may = health.engine(patient.seen, ENGINE_SCHEMA)
    if there:
        yield sound(ENGINE, schema=ENGINE_SCHEMA)
    elif may:
        yield doubtful(NO_ENGINE, NO_ENGINE_DO, schema=ENGINE_SCHEMA)
    else:
        yield wrong(MAY_NOT, MAY_NOT_DO, schema=ENGINE_SCHEMA)


def bots(patient: Patient) -> Iterator[Found]:
    """Whether the office gets by with the bots at a platform that counts: before anybody is disappointed."""
    own = patient.settings
    channels = [f"zalo:{token.partition(':')[0]}" for token in own.zalo_tokens]
    if not channels:
        return
    wanted = usage.waited_for(patient.seen, channels, WRITTEN_TO, patient.now)
    open_plans = {season.plan for season in seasons.every(patient.seen) if season.closed_at is None}
    shelf = Shelf(own.plans)
    shelf.look()
    load = Load.of(*wanted, [plan for id, plan in shelf.plans.items() if id in open_plans])
    allowance = allowed(own)
    source, values = told(load, allowance, "Zalo")
    found = fit(load, allowance)
    if found.bots <= len(channels) or (found.way == "group" and load.groups):
        yield sound(source, **values)
    else:
        yield doubtful(source, HOW_TO_GET_BY, **values)


def running(patient: Patient) -> Iterator[Found]:
    """What the running program itself says of its state, but for what the other checks have told."""
    real = time.time()
    seen = vitals.look(patient.seen, patient.now, real)
    for alarm in alarms(seen, patient.now, real, allowance=allowed(patient.settings)):
        if alarm.name not in TOLD_ELSEWHERE:
            what, remedy = SENTENCES[alarm.name]
            yield doubtful(what, remedy, **alarm.values)


def store(patient: Patient) -> Iterator[Found]:
    tx, step = patient.seen, health.step(patient.seen)
    faults = health.faults(tx)
    for fault in faults:
        yield wrong(FAULT, FAULT_DO, fault=fault)
    yield from server(*health.server(tx))
    if step and not whole.is_known(step):
        yield wrong(NEWER, NEWER_DO, step=step)
    elif step != whole.head():
        yield doubtful(BEHIND, BEHIND_DO, step=step or "-")
    elif not faults:
        yield sound(STORE, kind=tx.dialect.name, step=step)


def server(version: int, encoding: str) -> Iterator[Found]:
    if 0 < version < OLDEST_SERVER:
        yield wrong(OLD_SERVER, OLD_SERVER_DO, version=f"{version // 10000}.{version % 10000}")
    if encoding != "UTF8":
        yield wrong(ENCODING, ENCODING_DO, encoding=encoding)


def clock(patient: Patient) -> Iterator[Found]:
    newest = health.newest(patient.seen)
    if newest is not None and newest > patient.now + SLACK:
        yield wrong(JUMP, JUMP_DO, moment=newest.astimezone(ZONE), now=patient.now)
    else:
        yield sound(CLOCK)


def outbox(patient: Patient) -> Iterator[Found]:
    queue = health.going_out(patient.seen)
    if queue.given_up:
        yield doubtful(DEAD, DEAD_DO, count=queue.given_up)
    if _is_late(queue, patient, LATE):
        yield doubtful(STUCK, STUCK_DO, count=queue.waiting, moment=_moment(queue.since))
    elif not queue.given_up:
        yield sound(OUT, count=queue.waiting)


def inbox(patient: Patient) -> Iterator[Found]:
    queue = health.coming_in(patient.seen)
    if queue.given_up:
        yield doubtful(POISON, POISON_DO, count=queue.given_up)
    if _is_late(queue, patient, SLOW):
        yield doubtful(UNHEARD, UNHEARD_DO, count=queue.waiting, moment=_moment(queue.since))
    elif not queue.given_up:
        yield sound(IN, count=queue.waiting)


def _is_late(queue: Queue, patient: Patient, patience: timedelta) -> bool:
    return bool(queue.waiting) and queue.since < (patient.now - patience).timestamp()


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).astimezone(ZONE)


def trace(patient: Patient) -> Iterator[Found]:
    count, oldest = health.unsealed(patient.seen)
    if oldest is not None and oldest < patient.now - SEALED_WITHIN:
        yield doubtful(UNSEALED, UNSEALED_DO, count=count, moment=oldest.astimezone(ZONE))
    else:
        yield sound(SEALED, count=count)


def evidence(patient: Patient) -> Iterator[Found]:
    needed = needed_files(whole.seen_by(patient.seen))
    folder = patient.evidence
    there = kept_files(folder)
    missing = sorted(sha256 for sha256 in needed - set(there) if not folder.path(sha256).exists())
    if missing:
        yield wrong(MISSING, MISSING_DO, count=len(missing), names=_some(missing))
    else:
        yield sound(FILES, count=len(there))
    if patient.deep:
        damaged = [sha256 for sha256 in there if not _is_intact(patient, sha256)]
        if damaged:
            yield wrong(DAMAGED, DAMAGED_DO, count=len(damaged), names=_some(damaged))
    else:
        yield sound(UNREAD)
    # What came after the look into the tables is named by something that the look did not see.
    young = patient.now.timestamp() - SEALED_WITHIN.total_seconds()
    orphans = [
        sha256
        for sha256 in sorted(set(there) - needed - health.to_go(patient.seen))
        if folder.path(sha256).stat().st_mtime < young
    ]
    if orphans:
        yield doubtful(ORPHANS, ORPHANS_DO, count=len(orphans), names=_some(orphans))


def _is_intact(patient: Patient, sha256: str) -> bool:
    try:
        with open(patient.evidence.path(sha256), "rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest() == sha256
    except FileNotFoundError:  # let go of meanwhile
        return True
    except OSError:  # the disk itself
        return False


def _some(names: list[str]) -> str:
    return ", ".join(names[:NAMED]) + (" …" if len(names) > NAMED else "")


def people(patient: Patient) -> Iterator[Found]:
    lost, groups = health.out_of_reach(patient.seen, patient.now)
    if lost or groups:
        yield doubtful(UNREACHED, UNREACHED_DO, people=lost, groups=groups)
    else:
        yield sound(REACHED)


def seasons_of_plans(patient: Patient) -> Iterator[Found]:
    shelf = Shelf(patient.settings.plans)
    shelf.look()
    running = [season for season in seasons.every(patient.seen) if season.closed_at is None]
    fine = 0
    for season in running:
        plan = shelf.plans.get(season.plan)
        if plan is None:
            folder = patient.settings.plans
            yield doubtful(NO_FILE, NO_FILE_DO, plan=season.plan, year=season.year, folder=folder)
        elif plan.version != season.plan_version:
            yield doubtful(DIFFERS, DIFFERS_DO, plan=season.plan, year=season.year)
        else:
            fine += 1
    if not running:
        yield doubtful(NO_SEASONS, NO_SEASONS_DO)
    elif fine == len(running):
        yield sound(SEASONS, count=fine)
