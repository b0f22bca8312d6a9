"""One person at several addresses: a code joins another one, one is preferred, one is removed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bot.chat import Choice, Reply
from bot.clock import ZONE
from bot.errors import NotAllowed
from bot.forms import tokens
from bot.store import addresses, outbox, people
from bot.store.addresses import Reach
from bot.texts import mark
from bot.turn import NO_RIGHT, Asked, Turn
from handlers.inviting import ways_in
from handlers.words import number_in

COMMAND = "diachi"
PREFER, REMOVE = "uutien", "bo"
LASTING = timedelta(hours=1)  # the other device is at hand
AT_MOST = 6  # addresses of one person

CODE = mark(
    "Code for one more address of yours: {code}. Open a chat with Khéo there, as nobody who is known, and type it; it "
    "serves once, until {until}. Whoever types it is you: please give it to nobody."
)
TOO_MANY = mark("You have {count} addresses already; remove one with /diachi first.")
YOURS = mark("Where Khéo knows you:")
LINE = mark("{n}. {channel}, since {since}")
HERE = mark(" – here")
PREFERRED = mark(" – reminders come here")
UNREACHED = mark(" – nothing arrives there since {since}")
FALLBACK = mark(
    "Reminders go to the one that is preferred; where nothing arrives there any more, to the next. /themdiachi joins one "
    "more."
)
PREFER_IT = mark("Remind at {n}")
REMOVE_IT = mark("Remove {n}")
NOW_PREFERRED = mark("From now on reminders come by {channel}.")
REMOVED = mark("{channel} is removed: you are not known there any more, and nothing is sent there.")
LAST = mark("That is your only address; it stays. /themdiachi joins another one first.")


def add(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/themdiachi: the code that is typed on the other channel."""
    if turn.person is None:
        raise NotAllowed(NO_RIGHT)
    known = addresses.of_person(turn.tx, turn.person.id)
    if len(known) >= AT_MOST:
        return [Reply(turn.say.say(TOO_MANY, count=len(known)))]
    code = people.make_code(
        turn.tx, turn.now, person_id=turn.person.id, kind="address", made_by=turn.person.id, lasting=LASTING
    )
    here = turn.contact.address.channel.partition(":")[0]
    lines = [line for kind, line in ways_in(turn, code).items() if kind != here]
    first = turn.say.say(CODE, code=code, until=(turn.now + LASTING).astimezone(ZONE))
    return [Reply("\n".join([first, *lines]))]


def show(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/diachi: one's own addresses, by channel only; buttons choose and remove."""
    if turn.person is None:
        raise NotAllowed(NO_RIGHT)
    known = addresses.of_person(turn.tx, turn.person.id)
    id = number_in(asked.words, "a")
    if id is not None:
        return _act(turn, known, id, remove=REMOVE in asked.words)
    turn.asking = True
    first = next((way.id for way in known if way.state == "ok"), None)
    lines, rows = [turn.say.say(YOURS)], []
    for n, way in enumerate(known, start=1):
        lines.append(_line(turn, n, way, first))
        row = [Choice(turn.say.say(REMOVE_IT, n=n), tokens.command(COMMAND, f"a{way.id}", REMOVE))]
        if way.id != first and way.state == "ok":
            row.insert(0, Choice(turn.say.say(PREFER_IT, n=n), tokens.command(COMMAND, f"a{way.id}", PREFER)))
        rows.append(tuple(row))
    lines.append(turn.say.say(FALLBACK))
    return [Reply("\n".join(lines), choices=tuple(rows) if len(known) > 1 else ())]


def _line(turn: Turn, n: int, way: Reach, first: int | None) -> str:
    line = turn.say.say(LINE, n=n, channel=_called(turn, way.channel), since=way.since.astimezone(ZONE).date())
    if way.id == turn.contact.id:
        line += turn.say.say(HERE)
    if way.id == first:
        line += turn.say.say(PREFERRED)
    if way.state != "ok":
        since = way.state_at or way.since
        line += turn.say.say(UNREACHED, since=since.astimezone(ZONE))
    return line


def _called(turn: Turn, channel: str) -> str:
    """What people call the channel, with the bot's name where there are several there."""
    named, doors = turn.say.channel(channel), turn.office.doors()
    bot = next((door.name for door in doors if door.channel == channel), "")
    return f"{named} ({bot})" if bot and len(doors) > 1 else named


def _act(turn: Turn, known: Sequence[Reach], id: int, *, remove: bool) -> Sequence[Reply]:
    assert turn.person is not None
    way = next((one for one in known if one.id == id), None)
    if way is None:
        raise NotAllowed(NO_RIGHT)
    channel = _called(turn, way.channel)
    if not remove:
        addresses.prefer(turn.tx, turn.person.id, id, turn.now)
        return [Reply(turn.say.say(NOW_PREFERRED, channel=channel))]
    if not any(one.id != id and one.state == "ok" for one in known):
        return [Reply(turn.say.say(LAST))]
    addresses.remove(turn.tx, turn.person.id, id, turn.now)
    outbox.take_back(turn.tx, [id])
    if id == turn.contact.id:
        turn.focus.leave()
        turn.focus.entered, turn.focus.options, turn.focus.labels = {}, [], []
        turn.asking = True
    return [Reply(turn.say.say(REMOVED, channel=channel))]
