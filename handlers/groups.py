"""Groups and their units: who may makes the code that links one, and unlinks it again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bot.chat import Reply
from bot.clock import ZONE
from bot.errors import NotAllowed
from bot.forms import tokens
from bot.rules.access import Action, can
from bot.store import people
from bot.store.units import Unit
from bot.texts import mark
from bot.turn import NO_RIGHT, Asked, Turn
from handlers.inviting import OFFERED, open_door, unit_named
from handlers.words import unit_choices, unit_in

COMMAND = "manhom"

WHICH = mark("The group of which unit is to be linked?")
CODE = mark("Code for the group of {unit}: type “/lienket {code}” in the group. It serves once, until {until}.")
ADDING_LINK = mark("On Telegram this link adds Khéo to a group and links it: {link}")
DOOR = mark(
    "On {channel}: whoever leads the group adds “{name}” ({link}) to it; then somebody there picks the bot with @ and "
    "types “/lienket {code}” in the same message."
)
NOT_LINKED = mark("This group is not linked to any unit.")
IN_GROUP = mark("A group is unlinked in the group itself: type “/bolienket” there.")
UNLINKED = mark("This group is not linked to {unit} any more: no reminders come here and nothing is answered.")


def make_code(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/manhom: the code for a unit's group, by who may link it."""
    own = turn.own_units(Action.LINK_GROUP)
    if turn.person is None or not own:
        raise NotAllowed(NO_RIGHT)
    unit = unit_in(turn, asked.words)
    if unit is None and asked.text:
        named = unit_named(turn, own, asked.text, COMMAND)
        return _code(turn, named) if isinstance(named, Unit) else named
    if unit is None and len(own) == 1:
        unit = own[0]
    if unit is not None:
        return _code(turn, unit)
    turn.asking = True
    turn.focus.awaits = tokens.command(COMMAND)
    return [Reply(turn.say.say(WHICH), choices=unit_choices(turn, own, COMMAND) if len(own) <= OFFERED else ())]


def _code(turn: Turn, unit: Unit) -> Sequence[Reply]:
    if turn.person is None or unit.id not in {one.id for one in turn.own_units(Action.LINK_GROUP)}:
        raise NotAllowed(NO_RIGHT)
    code = people.make_code(turn.tx, turn.now, unit_id=unit.id, made_by=turn.person.id)
    until = (turn.now + timedelta(days=people.CODE_DAYS)).astimezone(ZONE)
    lines = [turn.say.say(CODE, unit=unit.name, code=code, until=until)]
    if turn.office.telegram_name():
        link = f"https://t.me/{turn.office.telegram_name()}?startgroup={code}"
        lines.append(turn.say.say(ADDING_LINK, link=link))
    if door := open_door(turn.tx, turn.office, group=True):
        channel = turn.say.channel(door.channel)
        lines.append(turn.say.say(DOOR, channel=channel, name=door.name, link=door.link, code=code))
    return [Reply("\n".join(lines))]


def unlink(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/bolienket, typed in the group: here it is the speaker's own right that counts, not the group's."""
    if turn.private:
        return [Reply(turn.say.say(IN_GROUP))]
    unit_id = turn.contact.unit_id
    if unit_id is None:
        return [Reply(turn.say.say(NOT_LINKED))]
    if turn.person is None or not can(
        turn.person.actor, Action.LINK_GROUP, turn.office.subject(unit_id, on=turn.today)
    ):
        raise NotAllowed(NO_RIGHT)
    people.link_group(turn.tx, turn.contact.id, None, turn.now)
    unit = turn.office.units.get(unit_id)
    return [Reply(turn.say.say(UNLINKED, unit=unit.name if unit else ""))]
