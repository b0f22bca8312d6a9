"""Who cannot be reached any more is told to the others of the unit and to who looks after it, once, before anything is due."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog

from bot.chat import Reply
from bot.clock import ZONE
from bot.rules.access import OVERSEER, STANDING_OFFICE
from bot.store import addresses, consents, outbox, people, roster
from bot.store.addresses import Reach
from bot.store.engine import Tx
from bot.store.people import Contact
from bot.store.roster import Held
from bot.texts import language, mark
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
ROSTER = mark("/danhba shows who can be reached.")


def tell(tx: Tx, office: Office, now: datetime, real: float) -> int:
    """Write to whom it concerns about everybody who is out of reach; returns how many messages are new.

    Any number of processes may call it, as often as they like: the same loss is told to the same address once.
    """
    made = 0
    for lost in addresses.lost_since(tx, now - LOOKED_BACK):
        assert lost.state_at is not None
        for contact, sentence, units in _news(tx, office, lost, now):
            say = language(people.language_at(tx, contact))
            said = say.say(
                sentence,
                name=_name(tx, lost, now),
                units=", ".join(office.units[id].name for id in units),
                since=lost.state_at.astimezone(ZONE),
                channel=say.channel(lost.channel),
            )
            reply = Reply(f"{said}\n{say.say(ROSTER)}", title=say.say(TITLE))
            cause = f"unreached:{lost.id}:{lost.state_at.timestamp():.0f}:{contact.id}"
            made += outbox.add(tx, contact.id, "notice", cause, reply.as_json(), now, not_before=real) is not None
    if made:
        log.info("told that somebody is out of reach", messages=made)
    return made


def _news(tx: Tx, office: Office, lost: Reach, now: datetime) -> Iterable[tuple[Contact, str, list[int]]]:
    """(Who is told, in which words, about which units)."""
    if lost.person_id is None:
        units = [lost.unit_id] if lost.unit_id is not None and lost.unit_id in office.units else []
        if any(group.state == "ok" for group in addresses.groups_of_units(tx, units)):
            return  # the unit has another group
        sentence, but = GROUP, None
    else:
        ways = addresses.of_person(tx, lost.person_id)
        if any(way.state == "ok" or (way.state_at or way.since, way.id) > (lost.state_at, lost.id) for way in ways):
            return  # reached elsewhere, or told with what was lost last
        held = roster.of_person(tx, lost.person_id, now)
        units = [id for id in dict.fromkeys(one.unit_id for one in held) if id is not None and id in office.units]
        sentence, but = PERSON, lost.person_id
    if not units:
        return
    for contact in _concerned(tx, office, units, now):
        if contact.person_id != but:
            yield contact, sentence, units


def _concerned(tx: Tx, office: Office, units: list[int], now: datetime) -> list[Contact]:
    """Everybody at these units, the standing office over them, and who oversees them; each where they are reached."""
    above = {id for unit in units for id in office.units[unit].above}
    near: list[Held] = roster.at_units(tx, units, now)
    near += [one for one in roster.at_units(tx, above, now) if one.function in (STANDING_OFFICE, OVERSEER)]
    near += [one for one in roster.over_clusters(tx, units, now) if one.function == OVERSEER]
    asked = {one.person_id for one in near if not _said_no(tx, one.person_id)}
    ways = addresses.of_people(tx, asked)
    first = [next((way.id for way in found if way.state == "ok"), None) for found in ways.values()]
    return [people.contact_by_id(tx, id) for id in sorted(id for id in first if id is not None)]


def _said_no(tx: Tx, person_id: int) -> bool:
    """Who does not agree to the notice on personal data is not written to unasked."""
    last = consents.newest(tx, person_id)
    return last is not None and not last.given


def _name(tx: Tx, lost: Reach, now: datetime) -> str:
    person = people.known(tx, lost.person_id, now) if lost.person_id is not None else None
    return person.name if person is not None else ""
