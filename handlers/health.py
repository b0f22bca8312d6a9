"""How the program is doing, for the administrator, on one screen: what is wrong and what to do, then the figures."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from decimal import Decimal
from importlib.metadata import version

from bot.care.alarms import PERMITTED, Alarm, alarms, bot_of, moment, processes, quota_used, ticks
from bot.chat import Choice, Reply
from bot.errors import NotAllowed
from bot.forms import tokens
from bot.rules.access import WRITTEN_TO, Action
from bot.rules.allowance import Load, forecast, sentence
from bot.store import usage, vitals
from bot.store.usage import Used
from bot.store.vitals import DEAD, Vitals
from bot.texts import Language, mark
from bot.turn import ASK_ADMINISTRATOR, Asked, Turn

COMMAND = "suckhoe"
UNDELIVERED = "thuloi"
MEGABYTE = 1024 * 1024
ANY_FILE = "0" * 64

TITLE = mark("How Khéo is doing")
WELL = mark("Everything is in order.")
ALARM = mark("⚠ {alarm}")
VERSION = mark("Khéo {version}, {count} processes, the oldest since {since}.")
ALONE = mark("Khéo {version}.")
DATABASE = mark("Database: {kind}, {size} MB.")
DISK = mark("Disk: {free} MB free.")
QUEUE = mark("To go out: {replies} answers, {reminders} reminders and notices, {bulk} broadcasts.")
OLDEST = mark("The oldest that may go out waits since {moment}.")
SENT = mark("Sent: {hour} in the last hour, {day} in the last day.")
NOT_SENT = mark("Not delivered in the last day: {list}.")
NOT_SENT_ANY = mark("Not delivered in the last day: none.")
LOST = mark("Addresses that cannot be reached: {blocked} blocked, {gone} gone.")
UPDATES = mark("Messages of people: {waiting} being worked off, {poison} set aside.")
TICK = mark("{name} {ago} s ago ({took} s)")
TICKS = mark("Recurring work: {list}.")
QUOTA = mark("{channel}: {rate} messages a second in the last minute ({share} of the {most} permitted).")
MONTH = mark(
    "{channel}, bot {name}, this month: {sent} sent and {received} received of {limit} ({out} by what was sent, {both} by both; "
    "at the month's end about {forecast})."
)
SERVED = mark("It serves {people} of {most} people and {groups} of {most_groups} groups.")
PAUSE = mark("{channel} waits until {moment}.")
BACKUP = mark("Last backup: {moment}.")
NO_BACKUP = mark("Last backup: none is known.")
STATES: Mapping[str, str] = {
    "blocked": mark("{n} blocked by the recipient"),
    "gone": mark("{n} to a chat that is gone"),
    "failed": mark("{n} refused"),
    "unknown": mark("{n} unknown whether they arrived"),
}
LIST = mark("Undelivered messages")
AGAIN = mark("Look again")


def show(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/suckhoe: a word of all that is in order, or each alarm with its remedy; below it the figures."""
    if not any(turn.can(Action.SEE_HEALTH, unit) for unit in (turn.person.units if turn.person else ())):
        raise NotAllowed(ASK_ADMINISTRATOR)
    say, seen, free = turn.say, vitals.look(turn.tx, turn.now, turn.real), _free(turn)
    wrong = [say.say(ALARM, alarm=alarm.told(say)) for alarm in _alarms(turn, seen, free)]
    lines = [*(wrong or [say.say(WELL)]), "", *_running(say, seen, turn.real, free), *_messages(say, seen)]
    lines += [*_work(say, seen, turn.real), *_pace(say, seen), *_months(turn, seen), _backup(say, seen)]
    choices = ((Choice(say.say(LIST), tokens.command(UNDELIVERED)), Choice(say.say(AGAIN), tokens.command(COMMAND))),)
    return [Reply("\n".join(lines), title=say.say(TITLE), choices=choices)]


def _alarms(turn: Turn, seen: Vitals, free: int | None) -> list[Alarm]:
    return alarms(seen, turn.now, turn.real, free, turn.office.thrift.allowance)


def _months(turn: Turn, seen: Vitals) -> list[str]:
    """Of each bot whose platform counts: what is used up by both readings, what it will come to, whom it serves; and
    whether the office gets by with the bots that it has."""
    say, thrift = turn.say, turn.office.thrift
    allowance, lines = thrift.allowance, []
    serving = usage.served(turn.tx, thrift.counted)
    for channel in thrift.counted:
        used = seen.used.get(channel, Used(channel))
        share = {name: f"{allowance.share(many)} %" for name, many in (("out", used.sent), ("both", used.both))}
        said = {"channel": say.channel(channel), "name": bot_of(channel), "limit": Decimal(allowance.messages)}
        counted = {"sent": Decimal(used.sent), "received": Decimal(used.received)}
        lines.append(say.say(MONTH, **said, **counted, **share, forecast=Decimal(forecast(used.both, turn.now))))
        most = {"most": Decimal(allowance.people), "most_groups": Decimal(allowance.groups)}
        serves = serving[channel]
        lines.append(say.say(SERVED, people=Decimal(serves.people), groups=Decimal(serves.groups), **most))
    if lines:
        wanted = usage.waited_for(turn.tx, thrift.counted, WRITTEN_TO, turn.now)
        load = Load.of(*wanted, [plan for _, plan in turn.office.running(turn.now)])
        lines.append(sentence(say, load, allowance, say.channel(thrift.counted[0])))
    return lines


def _free(turn: Turn) -> int | None:
    """Bytes left where the evidence lies; None where nobody knows."""
    if turn.office.files is None:
        return None
    below = turn.office.files.path(ANY_FILE)
    place = next((place for place in below.parents if place.exists()), None)
    return shutil.disk_usage(place).free if place is not None else None


def _running(say: Language, seen: Vitals, real: float, free: int | None) -> list[str]:
    there = processes(seen, real)
    known = version("kheo")
    if there:
        since = min(beat.at - beat.took for beat in there)
        first = say.say(VERSION, version=known, count=len(there), since=moment(since))
    else:
        first = say.say(ALONE, version=known)
    second = say.say(DATABASE, kind=seen.database, size=_megabytes(seen.size))
    return [first, second if free is None else f"{second} {say.say(DISK, free=_megabytes(free))}"]


def _messages(say: Language, seen: Vitals) -> list[str]:
    bulk = sum(count for priority, count in seen.queue.items() if priority > 10)
    counted = {"replies": seen.queue.get(0, 0), "reminders": seen.queue.get(10, 0), "bulk": bulk}
    waiting = say.say(QUEUE, **{name: Decimal(count) for name, count in counted.items()})
    if seen.due_since:
        waiting += " " + say.say(OLDEST, moment=moment(seen.due_since))
    ended = [say.say(STATES[state], n=seen.dead_day[state]) for state in DEAD if seen.dead_day.get(state)]
    return [
        waiting,
        say.say(SENT, hour=Decimal(seen.sent_hour), day=Decimal(seen.sent_day)),
        say.say(NOT_SENT, list=", ".join(ended)) if ended else say.say(NOT_SENT_ANY),
        say.say(LOST, blocked=seen.unreachable.get("blocked", 0), gone=seen.unreachable.get("gone", 0)),
        say.say(UPDATES, waiting=seen.updates, poison=seen.poison),
    ]


def _work(say: Language, seen: Vitals, real: float) -> list[str]:
    told = [
        say.say(TICK, name=beat.name, ago=Decimal(max(round(real - beat.at), 0)), took=_rounded(beat.took))
        for beat in ticks(seen)
    ]
    return [say.say(TICKS, list=", ".join(told))] if told else []


def _pace(say: Language, seen: Vitals) -> list[str]:
    used = quota_used(seen)
    lines = []
    for channel, most in PERMITTED.items():
        rate = _rounded(seen.sent_minute.get(channel, 0) / 60)
        share = f"{say.number(Decimal(round(100 * used[channel])))} %"
        lines.append(say.say(QUOTA, channel=say.channel(channel), rate=rate, share=share, most=Decimal(int(most))))
    for channel, (until, _) in sorted(seen.pauses.items()):
        lines.append(say.say(PAUSE, channel=say.channel(channel), moment=moment(until)))
    return lines


def _backup(say: Language, seen: Vitals) -> str:
    return say.say(BACKUP, moment=moment(seen.backup)) if seen.backup else say.say(NO_BACKUP)


def _megabytes(size: int) -> Decimal:
    return Decimal(-(-size // MEGABYTE))


def _rounded(value: float) -> Decimal:
    return Decimal(f"{value:.2f}")
