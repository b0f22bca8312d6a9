"""The roster: who holds what at a unit, by which channel they are reached, and since when somebody is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.chat import Reply
from bot.clock import ZONE
from bot.errors import Misunderstood, NotAllowed
from bot.rules.access import Action
from bot.store import addresses, roster
from bot.store.addresses import Reach
from bot.store.roster import Held
from bot.store.units import Unit
from bot.texts import mark
from bot.turn import NO_RIGHT, Asked, Turn
from handlers.functions import called
from handlers.words import unit_in

WHOLE = 20  # units that are told of one by one; of more only those that cannot be reached

TITLE = mark("Who is who, and who can be reached")
UNIT = mark("{unit}:")
PERSON = mark("• {name} – {functions}: {reached}")
GROUP = mark("• group of the unit: {reached}")
NOBODY = mark("• nobody yet; /moi invites somebody")
NOT_JOINED = mark("has not joined yet")
NOT_REACHED = mark("NOT REACHED since {since} ({channel})")
PREFERRED = mark("{channel} (preferred)")
NO_SUCH = mark("No unit whose roster you may see is called “{text}”.")
ONLY_TROUBLE = mark(
    "There are {count} units; shown are those where nobody is reached. “/danhba xã Vạn Hưng” shows one of them."
)
ALL_REACHED = mark("In every one of the {count} units somebody is reached. “/danhba xã Vạn Hưng” shows one of them.")
TROUBLE = mark("Units where nobody is reached at present: {units}.")


def show(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/danhba: of the units that one may see, or of one of them; never numbers of any kind."""
    mine = turn.own_units(Action.SEE_ROSTER)
    if turn.person is None or not mine:
        raise NotAllowed(NO_RIGHT)
    chosen = _chosen(turn, asked, mine)
    if not (asked.text or asked.words):  # what has ended needs nobody; it is shown when asked for
        chosen = [unit for unit in chosen if unit.valid_to is None or unit.valid_to >= turn.today] or chosen
    ids = [unit.id for unit in chosen]
    held: dict[int, list[Held]] = {}
    for one in roster.at_units(turn.tx, ids, turn.now):
        assert one.unit_id is not None
        held.setdefault(one.unit_id, []).append(one)
    ways = addresses.of_people(turn.tx, {one.person_id for ones in held.values() for one in ones})
    groups: dict[int, list[Reach]] = {}
    for group in addresses.groups_of_units(turn.tx, ids):
        assert group.unit_id is not None
        groups.setdefault(group.unit_id, []).append(group)
    silent = [unit.name for unit in chosen if not _is_reached(held.get(unit.id, []), ways)]
    if len(chosen) > WHOLE:
        if not silent:
            return [Reply(turn.say.say(ALL_REACHED, count=len(chosen)), title=turn.say.say(TITLE))]
        head = turn.say.say(ONLY_TROUBLE, count=len(chosen))
        chosen = [unit for unit in chosen if unit.name in silent]
    else:
        head = turn.say.say(TROUBLE, units=", ".join(silent)) if silent else ""
    parts = [_unit(turn, unit, held.get(unit.id, []), ways, groups.get(unit.id, [])) for unit in chosen]
    return [Reply("\n".join(filter(None, [head, *parts])), title=turn.say.say(TITLE))]


def _chosen(turn: Turn, asked: Asked, mine: Sequence[Unit]) -> Sequence[Unit]:
    among = {unit.id: unit for unit in mine}
    pressed = unit_in(turn, asked.words)
    if pressed is not None:
        if pressed.id not in among:
            raise NotAllowed(NO_RIGHT)
        return [pressed]
    if not asked.text:
        return mine
    found = turn.office.finder.find(asked.text)
    units = [among[u.id] for u in ((found.one,) if found.one else found.several) if u.id in among]
    if not units:
        raise Misunderstood(NO_SUCH, text=asked.text[:60])
    return units


def _is_reached(held: Sequence[Held], ways: Mapping[int, Sequence[Reach]]) -> bool:
    return any(way.state == "ok" for one in held for way in ways.get(one.person_id, ()))


def _unit(
    turn: Turn, unit: Unit, held: Sequence[Held], ways: Mapping[int, Sequence[Reach]], groups: Sequence[Reach]
) -> str:
    lines = [turn.say.say(UNIT, unit=unit.name)]
    for id in dict.fromkeys(one.person_id for one in held):
        own = [one for one in held if one.person_id == id]
        functions = ", ".join(dict.fromkeys(called(turn.say, one.function) for one in own))
        lines.append(
            turn.say.say(PERSON, name=own[0].name, functions=functions, reached=_reached(turn, ways.get(id, ())))
        )
    lines += [turn.say.say(GROUP, reached=_reached(turn, [group])) for group in groups]
    if not held:
        lines.append(turn.say.say(NOBODY))
    return "\n".join(lines)


def _reached(turn: Turn, ways: Sequence[Reach]) -> str:
    if not ways:
        return turn.say.say(NOT_JOINED)
    said = []
    for way in ways:
        channel = turn.say.channel(way.channel)
        if way.state != "ok":
            since = (way.state_at or way.since).astimezone(ZONE)
            said.append(turn.say.say(NOT_REACHED, since=since, channel=channel))
        else:
            said.append(turn.say.say(PREFERRED, channel=channel) if way.preferred and len(ways) > 1 else channel)
    return ", ".join(said)
