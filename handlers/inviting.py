"""Inviting: one chooses for which unit and what, and gets a one-time code with its links and its picture; taken back too."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import timedelta

from bot.chat import Attachment, Choice, Door, Reply
from bot.clock import ZONE
from bot.errors import Misunderstood, NotAllowed
from bot.forms import tokens
from bot.rules.access import FUNCTIONS, Action
from bot.rules.allowance import LITTLE_ROOM
from bot.rules.giving import to_give
from bot.store import clusters, invitations, people, roster, usage
from bot.store.clusters import Cluster
from bot.store.engine import Tx
from bot.store.invitations import Invitation
from bot.store.outbox import Message
from bot.store.units import Unit
from bot.texts import mark
from bot.turn import NO_RIGHT, Asked, Office, Turn
from bot.vietnamese import fold, read_person_name
from handlers.functions import CLUSTER, FOR_CLUSTER, called, cluster_in, gives, rules_over
from handlers.words import clipped, number_in, unit_choices, unit_in

COMMAND, LIST = "moi", "loimoi"
ANYBODY = "ai"
QR = "invitation"
PNG = "image/png"
OFFERED = 24  # units as buttons; of more the name is typed
LISTED = 12  # invitations in one answer
LABEL = 40  # characters of a button
STOP_WORDS = frozenset(("huy", "thoi", "dung", "cancel", "stop"))  # folded

WHICH = mark("For which unit is the invitation? Press its button, or type its name.")
WHICH_OF_MANY = mark("For which unit is the invitation? Please type its name, e.g. “xã Vạn Hưng”.")
NO_SUCH_UNIT = mark(
    "No unit for which you may invite is called “{text}”. Please type its whole name, or “thôi” to leave off."
)
SEVERAL_UNITS = mark("Several units fit “{text}”. Which one is meant?")
WHICH_FUNCTION = mark("In which function is somebody to be invited for {unit}?")
WHO = mark(
    "Who is invited as {function} for {unit}? Please type the full name; or let whoever gets the code type theirs."
)
WHOEVER = mark("Whoever gets the code")
BAD_NAME = mark("“{text}” cannot be used as a name. Please type the full name, letters only, e.g. Nguyễn Thị Lan.")
STOPPED = mark("Left off; nothing was changed.")
FOR_PERSON = mark("Invitation for {name} – {unit}, {function}.")
FOR_ANYBODY = mark("Invitation for {unit}, {function}: whoever gets it types their own name.")
CODE_LINE = mark("Code: {code}. It serves once, until {until}.")
TELEGRAM_LINK = mark("Telegram: {link}")
WEB_LINK = mark("Web page: {link}")
DOOR = mark("{channel}: look for “{name}” there, or open {link}, and type the code {code} in the chat.")
LAST_SEATS = mark(
    "The bots serve {most} people each, and there is room for {left} more: whoever comes after them is not served. A second "
    "bot (docs/channels.md) or Telegram makes room; please tell the administrator."
)
NO_SEATS = mark(
    "The bots serve {most} people each, and there is no room for anybody more: this code cannot be used there until the "
    "administrator has set up another bot (docs/channels.md). Telegram and the web page take it."
)
OTHER_BOT = mark(
    "{full} serves {most} people and is full: please have the code typed at {name}, which has room for {left}."
)
TYPED = mark("Or: open a chat with Khéo and type the code.")
KEEP_CLOSE = mark("Please give it only to the person themselves. /loimoi shows it and takes it back.")
PICTURE = mark("The picture holds the first of these links, to be scanned with a phone.")
NO_PICTURE = mark("The picture could not be made; the code and the links above serve as well.")
NONE = mark("No invitation of yours is outstanding. /moi makes one.")
OUTSTANDING = mark("Invitations that have not been used yet:")
LINE = mark("{n}. {who} – {unit}, {function}; made {made}, until {until}")
GROUP_LINE = mark("{n}. a group of {unit}; made {made}, until {until}")
SOMEBODY = mark("whoever gets the code")
MORE = mark("… and {count} more.")
TAKE_BACK = mark("Take back {n}")
TAKEN_BACK = mark("The invitation is taken back; its code lets nobody in any more.")
NOT_ANY_MORE = mark("That invitation is used, taken back or over already; nothing was changed.")


def invite(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/moi: for which unit, as what, whom – and the code."""
    own = turn.own_units(Action.INVITE)
    if turn.person is None or not own:
        raise NotAllowed(NO_RIGHT)
    unit, cluster = unit_in(turn, asked.words), cluster_in(turn, asked.words)
    if unit is None and cluster is None:
        return _which(turn, own, asked.text)
    if unit is not None and unit.id not in {one.id for one in own}:
        raise NotAllowed(NO_RIGHT)
    function = next((word for word in asked.words if word in FUNCTIONS), "")
    if not function:
        return _which_function(turn, unit, cluster)
    if not gives(turn, function, _scope(unit, cluster)) or (cluster and function not in FOR_CLUSTER):
        raise NotAllowed(NO_RIGHT)
    if ANYBODY in asked.words:
        return _for_anybody(turn, unit, cluster, function)
    if asked.text:
        return _for_person(turn, unit, cluster, function, asked.text)
    turn.asking = True
    turn.focus.awaits = _token(unit, cluster, function)
    anybody = Choice(turn.say.say(WHOEVER), _token(unit, cluster, function, ANYBODY))
    sentence = turn.say.say(WHO, function=called(turn.say, function), unit=_named(turn, unit, cluster))
    return [Reply(sentence, choices=((anybody,),))]


def _which(turn: Turn, own: Sequence[Unit], text: str) -> Sequence[Reply]:
    turn.asking = True
    if text:
        named = unit_named(turn, own, text, COMMAND)
        return _which_function(turn, named, None) if isinstance(named, Unit) else named
    reached = [c for c in clusters.every(turn.tx) if c.units and set(c.units) <= {u.id for u in own}]
    if len(own) == 1 and not reached:
        return _which_function(turn, own[0], None)
    turn.focus.awaits = tokens.command(COMMAND)
    rows = unit_choices(turn, own, COMMAND) if len(own) <= OFFERED else ()
    rows += tuple(
        (Choice(clipped(turn.say.say(CLUSTER, name=c.name), LABEL), _token(None, c)),) for c in reached[:OFFERED]
    )
    return [Reply(turn.say.say(WHICH if len(own) <= OFFERED else WHICH_OF_MANY), choices=rows)]


def unit_named(turn: Turn, own: Sequence[Unit], text: str, command: str) -> Unit | Sequence[Reply]:
    """The one of these units that the text names; else what is answered: that it is left off, or the question again."""
    if fold(text) in STOP_WORDS:
        return [Reply(turn.say.say(STOPPED))]
    mine = {unit.id: unit for unit in own}
    found = turn.office.finder.find(text)
    several = [mine[one.id] for one in found.several or (found.one,) if one is not None and one.id in mine]
    if len(several) == 1:  # a namesake that has ended, or is none of theirs, is no reason to ask
        return several[0]
    turn.asking = True
    turn.focus.awaits = tokens.command(command)
    if several:
        return [Reply(turn.say.say(SEVERAL_UNITS, text=text[:60]), choices=unit_choices(turn, several, command))]
    return [Reply(turn.say.say(NO_SUCH_UNIT, text=text[:60]))]


def _which_function(turn: Turn, unit: Unit | None, cluster: Cluster | None) -> Sequence[Reply]:
    scope = _scope(unit, cluster)
    offered = [
        f
        for f in to_give(turn.actor, turn.office.subject(scope[0] if scope else None, on=turn.today))
        if gives(turn, f, scope)
    ]
    if cluster is not None:
        offered = [function for function in offered if function in FOR_CLUSTER]
    if not offered:
        raise NotAllowed(NO_RIGHT)
    turn.asking = True
    rows = tuple((Choice(called(turn.say, function), _token(unit, cluster, function)),) for function in offered)
    return [Reply(turn.say.say(WHICH_FUNCTION, unit=_named(turn, unit, cluster)), choices=rows)]


def _token(unit: Unit | None, cluster: Cluster | None, *rest: str) -> str:
    place = f"u{unit.id}" if unit is not None else f"k{cluster.id}" if cluster is not None else ""
    return tokens.command(COMMAND, place, *rest)


def _scope(unit: Unit | None, cluster: Cluster | None) -> tuple[int, ...]:
    return (unit.id,) if unit is not None else cluster.units if cluster is not None else ()


def _named(turn: Turn, unit: Unit | None, cluster: Cluster | None) -> str:
    if unit is not None:
        return unit.name
    return turn.say.say(CLUSTER, name=cluster.name) if cluster is not None else ""


def _for_anybody(turn: Turn, unit: Unit | None, cluster: Cluster | None, function: str) -> Sequence[Reply]:
    assert turn.person is not None
    code = people.make_code(
        turn.tx,
        turn.now,
        unit_id=unit.id if unit else None,
        cluster_id=cluster.id if cluster else None,
        function=function,
        made_by=turn.person.id,
    )
    first = turn.say.say(FOR_ANYBODY, unit=_named(turn, unit, cluster), function=called(turn.say, function))
    return [with_code(turn, first, code)]


def _for_person(turn: Turn, unit: Unit | None, cluster: Cluster | None, function: str, text: str) -> Sequence[Reply]:
    """Somebody named: who holds that function there under that name already gets a new code, and no double."""
    assert turn.person is not None
    if fold(text) in STOP_WORDS:
        return [Reply(turn.say.say(STOPPED))]
    name = typed_name(text)
    place = {"unit_id": unit.id if unit else None, "cluster_id": cluster.id if cluster else None}
    there = roster.at_units(turn.tx, [unit.id], turn.now) if unit else []
    same = next((one for one in there if one.function == function and fold(one.name) == fold(name)), None)
    if same is not None:
        return [again(turn, same.person_id, name, unit.name if unit else "", function)]
    person_id = people.add(turn.tx, name, place["unit_id"], function, turn.now, cluster_id=place["cluster_id"])
    return [invitation(turn, person_id, name, _named(turn, unit, cluster), function)]


def typed_name(text: str) -> str:
    """The full name that was typed; Misunderstood if it is none."""
    name = read_person_name(text)
    if name is None:
        raise Misunderstood(BAD_NAME, text=text[:60])
    return name


def again(turn: Turn, person_id: int, name: str, unit: str, function: str) -> Reply:
    """A new code for somebody who is known; whatever codes they had before are taken back.

    A code makes its bearer that person, with all that they are: who could not have given all of it may not make one.
    """
    if not rules_over(turn, roster.of_person(turn.tx, person_id, turn.now)):
        raise NotAllowed(NO_RIGHT)
    invitations.revoke_all_of(turn.tx, person_id, turn.now)
    return invitation(turn, person_id, name, unit, function)


def invitation(turn: Turn, person_id: int, name: str, unit: str, function: str) -> Reply:
    """A new code for that person, as it is told to who made it."""
    assert turn.person is not None
    code = people.make_code(turn.tx, turn.now, person_id=person_id, made_by=turn.person.id)
    first = turn.say.say(FOR_PERSON, name=name, unit=unit, function=called(turn.say, function))
    return with_code(turn, first, code)


def with_code(turn: Turn, first: str, code: str) -> Reply:
    """The code with its links, and the picture of the first of them."""
    until = (turn.now + timedelta(days=people.CODE_DAYS)).astimezone(ZONE)
    lines = [first, turn.say.say(CODE_LINE, code=code, until=until)]
    lines += [*ways_in(turn, code).values(), *room_left(turn)]
    lines += [turn.say.say(TYPED), turn.say.say(KEEP_CLOSE)]
    if not _scanned(turn.tx, turn.office, code):
        return Reply("\n".join(lines))
    lines.append(turn.say.say(PICTURE))
    picture = Attachment("ma-moi.png", PNG, f"{QR}:{code}", turn.say.say(NO_PICTURE))
    return Reply("\n".join(lines), attachment=picture)


def ways_in(turn: Turn, code: str) -> dict[str, str]:
    """How one comes in with the code, a sentence for each kind of channel; the first is what the picture holds."""
    office, ways = turn.office, {}
    if office.telegram_name():
        ways["telegram"] = turn.say.say(TELEGRAM_LINK, link=_telegram_link(office, code))
    if door := open_door(turn.tx, office):
        channel, kind = turn.say.channel(door.channel), door.channel.partition(":")[0]
        ways[kind] = turn.say.say(DOOR, channel=channel, name=door.name, link=door.link, code=code)
    if office.web_address:
        ways["web"] = turn.say.say(WEB_LINK, link=_web_link(office, code))
    return ways


def link_of(office: Office, code: str) -> str:
    """The link that opens the chat with the code in it; Telegram's where Telegram is used."""
    if office.telegram_name():
        return _telegram_link(office, code)
    return _web_link(office, code) if office.web_address else ""


def room_left(turn: Turn) -> list[str]:
    """What whoever invites is told when the bots have little room for people, or none."""
    doors, most = turn.office.doors(), turn.office.thrift.allowance.people
    served = usage.served(turn.tx, [door.channel for door in doors])
    free = {door: max(most - served[door.channel].people, 0) for door in doors}
    full = [door for door in doors if not free[door]]
    if doors and sum(free.values()) <= LITTLE_ROOM:
        return [turn.say.say(LAST_SEATS if any(free.values()) else NO_SEATS, most=most, left=sum(free.values()))]
    if full:
        named = {"full": ", ".join(door.name for door in full), "most": most}
        other = next(door for door in doors if free[door])
        return [turn.say.say(OTHER_BOT, name=other.name, left=free[other], **named)]
    return []


def open_door(tx: Tx, office: Office, *, group: bool = False) -> Door | None:
    """The bot that is named to whoever joins next where no link carries the code: the first that serves one more person
    (or group); None where there is none, or all are full.
    """
    doors, most = office.doors(), office.thrift.allowance
    served = usage.served(tx, [door.channel for door in doors])
    taken = {name: (one.groups, most.groups) if group else (one.people, most.people) for name, one in served.items()}
    return next((door for door in doors if taken[door.channel][0] < taken[door.channel][1]), None)


def seats(tx: Tx, office: Office, many: int) -> list[Door | None]:
    """For so many people who are invited together, the bot that serves each; None for whom no bot has room."""
    doors, most = office.doors(), office.thrift.allowance.people
    served = usage.served(tx, [door.channel for door in doors])
    free: list[Door | None] = [door for door in doors for _ in range(min(most - served[door.channel].people, many))]
    return [*free, *([None] * many)][:many]


def _scanned(tx: Tx, office: Office, code: str) -> str:
    """What the picture holds: the first link of the invitation."""
    door = open_door(tx, office)
    return door.link if door is not None and not office.telegram_name() else link_of(office, code)


def _telegram_link(office: Office, code: str) -> str:
    return f"https://t.me/{office.telegram_name()}?start={code}"


def _web_link(office: Office, code: str) -> str:
    return f"{office.web_address}/chat/start?code={code}"


def picture(office: Office, tx: Tx, message: Message, code: str) -> Callable[[], bytes]:
    """Makes the QR picture of the code's link, for whoever made the code and nobody else; LookupError for all others."""
    contact = people.contact_by_id(tx, message.address_id)
    known = people.made_by(tx, code) if contact.private else None
    if known is None or known != contact.person_id:
        raise LookupError("no code of theirs")
    link = _scanned(tx, office, code)

    def make() -> bytes:
        import segno  # only where a picture is asked for

        held = io.BytesIO()
        segno.make(link, error="m", micro=False).save(held, kind="png", scale=8, border=4)
        return held.getvalue()

    return make


def outstanding(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/loimoi: what has been made and not used yet, with a button to take each back."""
    if turn.person is None or not turn.own_units(Action.INVITE):
        raise NotAllowed(NO_RIGHT)
    id = number_in(asked.words, "i")
    if id is not None:
        return _take_back(turn, id)
    mine = [one for one in invitations.outstanding(turn.tx, turn.now) if _concerns(turn, one)]
    if not mine:
        return [Reply(turn.say.say(NONE))]
    turn.asking = True
    lines, buttons = [turn.say.say(OUTSTANDING)], []
    for n, one in enumerate(mine[-LISTED:], start=1):
        lines.append(_line(turn, n, one))
        buttons.append(Choice(turn.say.say(TAKE_BACK, n=n), tokens.command(LIST, f"i{one.id}")))
    if len(mine) > LISTED:
        lines.append(turn.say.say(MORE, count=len(mine) - LISTED))
    rows = tuple(tuple(buttons[i : i + 2]) for i in range(0, len(buttons), 2))
    return [Reply("\n".join(lines), choices=rows)]


def _line(turn: Turn, n: int, one: Invitation) -> str:
    units = ", ".join(turn.office.units[id].name for id in one.units if id in turn.office.units)
    made, until = one.made_at.astimezone(ZONE), one.expires_at.astimezone(ZONE)
    if one.kind == "group":
        return turn.say.say(GROUP_LINE, n=n, unit=units, made=made, until=until)
    if one.cluster_id is not None and not units:
        there = clusters.by_id(turn.tx).get(one.cluster_id)
        units = turn.say.say(CLUSTER, name=there.name) if there is not None else ""
    who = one.name or turn.say.say(SOMEBODY)
    function = called(turn.say, one.function)
    return turn.say.say(LINE, n=n, who=who, unit=units, function=function, made=made, until=until)


def _concerns(turn: Turn, one: Invitation) -> bool:
    """Whether the speaker made it, or could have."""
    assert turn.person is not None
    if one.made_by == turn.person.id:
        return True
    if one.kind == "group":
        return all(turn.can(Action.LINK_GROUP, id) for id in one.units)
    units = one.units
    if one.cluster_id is not None and not units:
        there = clusters.by_id(turn.tx).get(one.cluster_id)
        units = there.units if there is not None else ()
    return gives(turn, one.function, units)


def _take_back(turn: Turn, id: int) -> Sequence[Reply]:
    one = invitations.by_id(turn.tx, id, turn.now)
    if one is None or not _concerns(turn, one):  # of another's one learns no more than of none
        return [Reply(turn.say.say(NOT_ANY_MORE))]
    taken = invitations.revoke(turn.tx, id, turn.now)
    return [Reply(turn.say.say(TAKEN_BACK if taken else NOT_ANY_MORE))]
