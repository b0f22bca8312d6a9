"""Who cannot be reached any more is told to the others of the unit and to who looks after it, once, before anything is due;
who is reached another way from now on is told so there.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from bot.chat import Reply
from bot.clock import ZONE
from bot.rules.access import OVERSEER, STANDING_OFFICE
from bot.store import addresses, notices, people, roster
from bot.store.addresses import Reach
from bot.store.engine import Tx
from bot.store.people import Contact
from bot.texts import Language, mark
from bot.turn import Office

log = structlog.get_logger()

LOOKED_BACK = timedelta(days=3)  # a loss is noted while Khéo runs, and told with the next tick
TITLE = mark("Not reached any more")
PERSON = mark(
    "Nothing arrives at {name} ({units}) on Khéo since {since}: {channel} was blocked or is gone. Reminders to them do not "
    "arrive. Please tell them otherwise; /moi makes a new code, /bangiao hands their functions over."
)
GROUP = mark(
    "Nothing arrives in the group of {units} on {channel} since {since}: Khéo was removed from it, or the group is gone. "
    "Whoever may adds Khéo again; /manhom makes the code for a new group."
)
OTHER_WAY = mark(
    "Nothing arrives at you by {channel} any more since {since}, so Khéo writes to you by {other} from now on. /diachi "
    "shows your addresses and chooses among them."
)
ROSTER = mark("/danhba shows who can be reached.")


def tell(tx: Tx, office: Office, now: datetime, real: float) -> int:
    """Write to whom it concerns about everybody who is out of reach; returns how many messages are new.

    Any number of processes may call it, as often as they like: the same loss is told to the same address once.
    """
    made = 0
    for lost in addresses.lost_since(tx, now - LOOKED_BACK):
        made += _tell_themselves(tx, lost, now, real)
        units = _cut_off(tx, office, lost, now)
        made += _tell_of(tx, office, lost, units, now, real) if units else 0
    if made:
        log.info("told that somebody is out of reach", messages=made)
    return made


def _cut_off(tx: Tx, office: Office, lost: Reach, now: datetime) -> list[int]:
    """The units about which nothing arrives any more; none where it arrives elsewhere, or that is told already."""
    if lost.person_id is None:
        units = [lost.unit_id] if lost.unit_id is not None and lost.unit_id in office.units else []
        has_another = any(group.state == "ok" for group in addresses.groups_of_units(tx, units))
        return [] if has_another else units
    ways = addresses.of_person(tx, lost.person_id)
    if any(way.state == "ok" or (way.state_at or way.since, way.id) > (lost.state_at, lost.id) for way in ways):
        return []  # reached elsewhere, or told with what was lost last
    held = roster.of_person(tx, lost.person_id, now)
    return [id for id in dict.fromkeys(one.unit_id for one in held) if id is not None and id in office.units]


def _tell_themselves(tx: Tx, lost: Reach, now: datetime, real: float) -> int:
    """Whoever was written to there hears, where they are written to instead, that it is so."""
    if lost.person_id is None or lost.state_at is None:
        return 0
    ways, since = addresses.of_person(tx, lost.person_id), lost.state_at
    instead = next((way for way in ways if way.state == "ok"), None)
    if instead is None or ways.index(instead) < [way.id for way in ways].index(lost.id):
        return 0

    def made(say: Language) -> Reply:
        channel, other = say.channel(lost.channel), say.channel(instead.channel)
        return Reply(say.say(OTHER_WAY, channel=channel, since=since.astimezone(ZONE), other=other))

    told = people.contacts_of(tx, [lost.person_id])
    return notices.notify(tx, told, f"otherway:{lost.id}:{since.timestamp():.0f}", made, now, real)


def _tell_of(tx: Tx, office: Office, lost: Reach, units: list[int], now: datetime, real: float) -> int:
    assert lost.state_at is not None
    since, name = lost.state_at, _name(tx, lost, now)
    names = ", ".join(office.units[id].name for id in units)

    def made(say: Language) -> Reply:
        sentence = GROUP if lost.person_id is None else PERSON
        channel = say.channel(lost.channel)
        said = say.say(sentence, name=name, units=names, since=since.astimezone(ZONE), channel=channel)
        return Reply(f"{said}\n{say.say(ROSTER)}", title=say.say(TITLE))

    told = [contact for contact in _concerned(tx, office, units, now) if contact.person_id != lost.person_id]
    return notices.notify(tx, told, f"unreached:{lost.id}:{since.timestamp():.0f}", made, now, real)


def _concerned(tx: Tx, office: Office, units: list[int], now: datetime) -> list[Contact]:
    """Everybody at these units, the standing office over them, and who oversees them; each where they are reached."""
    above = {id for unit in units for id in office.units[unit].above}
    near = roster.at_units(tx, units, now)
    near += [one for one in roster.at_units(tx, above, now) if one.function in (STANDING_OFFICE, OVERSEER)]
    near += [one for one in roster.over_clusters(tx, units, now) if one.function == OVERSEER]
    return people.contacts_of(tx, {one.person_id for one in near})


def _name(tx: Tx, lost: Reach, now: datetime) -> str:
    person = people.known(tx, lost.person_id, now) if lost.person_id is not None else None
    return person.name if person is not None else ""
