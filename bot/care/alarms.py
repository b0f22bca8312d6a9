"""What is wrong while the program runs: each alarm has a name, a sentence and a remedy, the same in the chat, in the
metrics, in the doctor and in docs/operations.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bot.clock import ZONE
from bot.rules.allowance import SPARING, SPENT, WARNED, Allowance
from bot.store.beats import PROCESS, Beat
from bot.store.vitals import Vitals
from bot.texts import Language, mark
from bot.thrift import next_month

MEGABYTE = 1024 * 1024
MINUTES = 60.0
LATE = 15 * MINUTES  # a message that could have gone so long ago does not go
UNHEARD = 5 * MINUTES  # a message that came in is answered in seconds
UNSEALED = 60 * MINUTES
PAUSED = 30.0  # seconds; a shorter pause of a platform is its ordinary way
MISSED = 5  # so many runs of a tick
SHORTEST = 60.0  # seconds; a run is noted every ten seconds at most, and a busy machine is late now and then
GONE_AFTER = 45.0  # seconds without a word of a process
LEAST_FREE, AMPLE = 200 * MEGABYTE, 1024 * MEGABYTE
BACKUP_AGE = 3 * 86400.0  # seconds
PERMITTED: Mapping[str, float] = {"telegram": 30.0}
"""Messages a second that a platform permits one sender; others count nothing."""

SENTENCES: Mapping[str, tuple[str, str]] = {
    "queue_late": (
        mark("{count} messages wait, the oldest since {moment}."),
        mark("Can the server reach Telegram? Run kheo doctor --online on it, and look into the log."),
    ),
    "updates_late": (
        mark("{count} messages of people are not answered, the oldest since {moment}."),
        mark("Look into the log for “an update waits” or “a turn broke”; if nothing moves, start Khéo anew."),
    ),
    "ticks_stopped": (
        mark("Recurring work does not run: {names}."),
        mark("Look into the log for “a tick failed”; if there is nothing, start Khéo anew."),
    ),
    "process_lost": (
        mark("{count} processes ended without saying so, the last at {moment}."),
        mark(
            "Look why (journalctl -u kheo): memory, or ended by force. The others have taken over; this line goes away."
        ),
    ),
    "platform_paused": (
        mark("{channel} has asked to wait until {moment}."),
        mark("Nothing has to be done: everything waiting goes out then. If it comes often, send less at once."),
    ),
    "month_used_up": (
        mark("Bot {name}: no messages are left this month ({used} of {limit}); nothing leaves by it until {day}."),
        mark(
            "Raise the bot's plan at the platform and ZALO_MONTHLY with it, or write to people by another channel. Nothing "
            "that people write is lost."
        ),
    ),
    "month_sparing": (
        mark(
            "Bot {name}: {used} of the {limit} messages of this month are used up; only what is essential leaves by it."
        ),
        mark("/thuloi lists what did not leave; a second bot or Telegram beside it takes the load (docs/channels.md)."),
    ),
    "month_low": (
        mark("Bot {name}: {used} of the {limit} messages of this month are used up."),
        mark("From 95 percent on only what is essential leaves. Link a common group, or set up a second bot in time."),
    ),
    "bot_full": (
        mark(
            "Bot {name} serves {people} of {most} people and {groups} of {most_groups} groups: there is no room for more."
        ),
        mark(
            "Whoever comes now is not served by the platform: set up a second bot (docs/channels.md), or invite by Telegram."
        ),
    ),
    "messages_refused": (
        mark("{count} messages of the last week were refused, and nobody has seen to them."),
        mark("/thuloi names them and their reasons; whoever they were for should be told otherwise."),
    ),
    "messages_unknown": (
        mark("Of {count} messages of the last week nobody can tell whether they arrived."),
        mark("/thuloi lists them: ask the recipients, or send them again by its button."),
    ),
    "updates_poisoned": (
        mark("{count} messages of people from the last day could not be worked off and were set aside."),
        mark("The log says why (field “inbox”); please report it. Nobody else is held up by them."),
    ),
    "disk_full": (
        mark("Only {free} MB are left on the disk of the data."),
        mark("Make room now; docs/care.md says what may be removed."),
    ),
    "disk_narrow": (
        mark("{free} MB are left on the disk of the data."),
        mark("Make room, or move the backups to another disk."),
    ),
    "backup_old": (
        mark("The last backup is of {moment}."),
        mark("Run kheo backup on the server, and let it run every night (docs/care.md)."),
    ),
    "backup_none": (
        mark("No backup has been made yet."),
        mark("Run kheo backup on the server, and let it run every night (docs/care.md)."),
    ),
    "trace_unsealed": (
        mark("{count} rows of the trace are not sealed, the oldest of {moment}."),
        mark("Look into the log for “a tick failed”, then check the trace: kheo audit verify."),
    ),
}
"""Name → what it says, and what is to be done."""
GRAVE = frozenset({"disk_full", "ticks_stopped", "queue_late", "updates_late", "month_used_up"})
"""What cannot wait until tomorrow."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """One thing that is wrong, by its name in SENTENCES."""

    name: str
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def grave(self) -> bool:
        return self.name in GRAVE

    def told(self, say: Language) -> str:
        """What, and what to do about it."""
        what, remedy = (say.say(part, **self._said(say)) for part in SENTENCES[self.name])
        return f"{what} → {remedy}"

    def _said(self, say: Language) -> dict[str, Any]:
        channel = self.values.get("channel")
        return {**self.values, **({"channel": say.channel(channel)} if channel else {})}


def alarms(
    seen: Vitals, now: datetime, real: float, free: int | None = None, allowance: Allowance | None = None
) -> list[Alarm]:
    """What is wrong at this moment, the gravest first. `free`: bytes left on the disk of the data, where that is known;
    `allowance`: what each bot has whose platform counts."""
    found = [
        *_queues(seen, now, real),
        *_months(seen, now, allowance or Allowance()),
        *_clock(seen, real),
        *_ends(seen),
        *_disk(free),
        *_backup(seen, now),
    ]
    if seen.unsealed and seen.unsealed_since < now.timestamp() - UNSEALED:
        found.append(Alarm("trace_unsealed", {"count": seen.unsealed, "moment": moment(seen.unsealed_since)}))
    return sorted(found, key=lambda alarm: not alarm.grave)


def _queues(seen: Vitals, now: datetime, real: float) -> list[Alarm]:
    found = []
    if seen.due_since and seen.due_since < real - LATE:
        waiting = sum(seen.queue.values())
        found.append(Alarm("queue_late", {"count": waiting, "moment": moment(seen.due_since)}))
    if seen.updates and seen.updates_since < now.timestamp() - UNHEARD:
        found.append(Alarm("updates_late", {"count": seen.updates, "moment": moment(seen.updates_since)}))
    for channel, (until, _) in sorted(seen.pauses.items()):
        if until > real + PAUSED:
            found.append(Alarm("platform_paused", {"channel": channel, "moment": moment(until)}))
    return found


def _months(seen: Vitals, now: datetime, allowance: Allowance) -> list[Alarm]:
    found = []
    for channel, used in sorted(seen.used.items()):
        share = SPENT if used.used_up >= allowance.messages else allowance.share(used.both)
        steps = ((SPENT, "month_used_up"), (SPARING, "month_sparing"), (WARNED, "month_low"))
        said = {"name": bot_of(channel), "used": used.both, "limit": allowance.messages}
        found += [Alarm(name, said | {"day": next_month(now).date()}) for step, name in steps if share >= step][:1]
        serves = seen.served[channel]
        if serves.people >= allowance.people or serves.groups > allowance.groups:
            most = {"most": allowance.people, "most_groups": allowance.groups}
            said = {"name": bot_of(channel), "people": serves.people, "groups": serves.groups, **most}
            found.append(Alarm("bot_full", said))
    return found


def bot_of(channel: str) -> str:
    """By what an administrator knows the bot: its number."""
    return channel.partition(":")[2] or channel


def _clock(seen: Vitals, real: float) -> list[Alarm]:
    late = [beat for beat in ticks(seen) if is_late(beat, real)]
    found = [Alarm("ticks_stopped", {"names": ", ".join(beat.name for beat in late)})] if late else []
    lost = [beat for beat in seen.beats if beat.name.startswith(PROCESS) and beat.at < real - GONE_AFTER]
    if lost:
        last = max(beat.at for beat in lost)
        found.append(Alarm("process_lost", {"count": len(lost), "moment": moment(last)}))
    return found


def _ends(seen: Vitals) -> list[Alarm]:
    counts = {
        "messages_refused": seen.unsettled.get("failed", 0),
        "messages_unknown": seen.unsettled.get("unknown", 0),
        "updates_poisoned": seen.poison_day,
    }
    return [Alarm(name, {"count": count}) for name, count in counts.items() if count]


def _disk(free: int | None) -> list[Alarm]:
    if free is None or free >= AMPLE:
        return []
    return [Alarm("disk_full" if free < LEAST_FREE else "disk_narrow", {"free": free // MEGABYTE})]


def _backup(seen: Vitals, now: datetime) -> list[Alarm]:
    since = now.timestamp() - BACKUP_AGE
    if seen.backup:
        return [Alarm("backup_old", {"moment": moment(seen.backup)})] if seen.backup < since else []
    return [Alarm("backup_none")] if seen.first and seen.first < since else []


def ticks(seen: Vitals) -> Sequence[Beat]:
    """The beats of recurring work, without those of processes."""
    return [beat for beat in seen.beats if not beat.name.startswith(PROCESS)]


def processes(seen: Vitals, real: float) -> Sequence[Beat]:
    """The processes that are there."""
    return [beat for beat in seen.beats if beat.name.startswith(PROCESS) and beat.at >= real - GONE_AFTER]


def is_late(beat: Beat, real: float) -> bool:
    """Whether the tick stays away for too long."""
    return real - beat.at > max(MISSED * beat.every, SHORTEST)


def quota_used(seen: Vitals) -> Mapping[str, float]:
    """Channel → the share of what the platform permits that the last minute used."""
    return {channel: seen.sent_minute.get(channel, 0) / 60 / most for channel, most in PERMITTED.items()}


def moment(seconds: float) -> datetime:
    """Epoch seconds as people read them here."""
    return datetime.fromtimestamp(seconds, UTC).astimezone(ZONE)
