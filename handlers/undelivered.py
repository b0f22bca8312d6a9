"""/thuloi: what was written and did not arrive – to whom, when, why, what to do –, sent once more or let be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from bot.chat import Choice, Reply
from bot.clock import ZONE
from bot.errors import NotAllowed
from bot.forms import tokens
from bot.rules.access import Action
from bot.store import broadcasts, dues, outbox
from bot.store.outbox import Dead
from bot.texts import mark
from bot.turn import NO_RIGHT, Asked, Turn
from handlers import audiences, deliveries
from handlers.words import number_in

COMMAND = "thuloi"
AGAIN, LEAVE = "guilai", "boqua"
ONE, UP_TO = "m", "d"
"""Before a message's number in a button: that one alone, or all that were there when the list was made."""
LISTED = 8  # messages that are told of one by one, with their buttons
MOST = 5000  # that are looked at; what is more comes when those have been seen to
SINGLE = ("reminder", "notice", "digest")
"""Kinds that are told of one by one; a message to many has a report of its own."""

TITLE = mark("Messages that did not arrive")
NONE = mark("Everything that was written has arrived, or is on its way.")
LINE = mark("{n}. {what} – to {whom}, {moment}: {why}.")
REMINDER = mark("Reminder of “{milestone}”")
REMINDER_MORE = mark("Reminder of “{milestone}” and {count} more")
KINDS: Mapping[str, str] = {
    "reminder": mark("Reminder"),
    "notice": mark("Notice"),
    "digest": mark("Digest"),
    "broadcast": mark("Message to many"),
    "reply": mark("Answer"),
    "album": mark("Answer"),
    "refresh": mark("Change of a group's list"),
    "progress": mark("Progress of a message to many"),
}
PERSON = mark("{name} ({channel})")
GROUP = mark("the group of {unit} ({channel})")
WHY: Mapping[str, str] = {
    "blocked": mark("Khéo was blocked there, or put out of the group"),
    "gone": mark("the chat is no more"),
    "failed": mark("the platform would not take it"),
    "unknown": mark("the line broke while it was sent; nobody can tell whether it arrived"),
    outbox.NO_ROOM: mark("the bot had no messages left for it this month"),
}
TODO: Mapping[str, str] = {
    "blocked": mark(
        "• Blocked: please ask them by phone to open the chat with Khéo and press “Start” again (a group lets Khéo in "
        "again); then send it once more."
    ),
    "gone": mark(
        "• The chat is no more: /moi invites the person anew, /manhom links the group anew; then send it once more."
    ),
    "failed": mark("• Not taken: please tell the administrator; /suckhoe and the log say more."),
    "unknown": mark("• Not known: please ask whether it is there, and send it once more only if it is not."),
    outbox.NO_ROOM: mark(
        "• No messages left: please tell them otherwise, or send it once more next month; /suckhoe shows how many are left."
    ),
}
STALE = mark("(a later reminder has gone out since)")
EMPTIED = mark("(its words are not kept any more)")
MORE = mark("… and {count} more messages.")
MANY = mark("Message to many no. {id}: not arrived at {count}.")
MANY_REPORT = mark("No. {id}: who has not got it")
AGAIN_ONE, LEAVE_ONE = mark("Send {n} again"), mark("Let {n} be")
AGAIN_ALL, LEAVE_ALL = mark("Send all again"), mark("Let all be")
SENT_AGAIN = mark("{count} go out once more; /thuloi shows what does not arrive this time.")
NOT_AGAIN = mark(
    "{count} were not sent again: a later reminder has gone out since, or their words are not kept any more."
)
NOTHING = mark("It has been seen to before, or is not yours to send; nothing was changed.")
LEFT = mark("{count} left the list; they are not sent again. The trace keeps that.")
COUNTS = mark("In the whole program, not seen to yet:")
COUNT_LINE = mark("• {kind}: {reasons}")
COUNTED: Mapping[str, str] = {
    "blocked": mark("{count} blocked"),
    "gone": mark("{count} to a chat that is no more"),
    "failed": mark("{count} not taken by the platform"),
    "unknown": mark("{count} of which nobody can tell"),
}


def show(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """What did not arrive: for an office that of its units, for the administrator how many of each kind and why."""
    mine = [unit.id for unit in turn.own_units(Action.BROADCAST)] if turn.person is not None else []
    cares = any(turn.can(Action.SEE_HEALTH, unit) for unit in (turn.person.units if turn.person else ()))
    if not (mine or cares):
        raise NotAllowed(NO_RIGHT)
    for act, run in ((AGAIN, _again), (LEAVE, _leave)):
        if act in asked.words:
            if not mine:
                raise NotAllowed(NO_RIGHT)
            return run(turn, asked, outbox.dead(turn.tx, mine, kinds=SINGLE, limit=MOST))
    reply = _listed(turn, mine) if mine else Reply("", title=turn.say.say(TITLE))
    if cares:
        counted = _counted(turn)
        parts = [reply.text] if mine else ([] if counted else [turn.say.say(NONE)])
        reply = replace(reply, text="\n\n".join([*parts, *([counted] if counted else [])]))
    return [reply]


def _listed(turn: Turn, mine: Sequence[int]) -> Reply:
    say = turn.say
    single = outbox.dead(turn.tx, mine, kinds=SINGLE, limit=MOST)
    many = _many(turn, mine)
    if not single and not many:
        return Reply(say.say(NONE), title=say.say(TITLE))
    lines: list[str] = []
    rows: list[tuple[Choice, ...]] = []
    for n, one in enumerate(single[:LISTED], start=1):
        note = _hindered(turn, one)
        lines.append(_line(turn, n, one) + (f" {say.say(note)}" if note else ""))
        leave = Choice(say.say(LEAVE_ONE, n=n), tokens.command(COMMAND, LEAVE, f"{ONE}{one.id}"))
        again = Choice(say.say(AGAIN_ONE, n=n), tokens.command(COMMAND, AGAIN, f"{ONE}{one.id}"))
        rows.append((leave,) if note else (again, leave))
    if len(single) > LISTED:
        lines.append(say.say(MORE, count=len(single) - LISTED))
    if len(single) > 1:
        last = f"{UP_TO}{single[0].id}"
        both = ((AGAIN_ALL, AGAIN), (LEAVE_ALL, LEAVE))
        rows.append(tuple(Choice(say.say(label), tokens.command(COMMAND, act, last)) for label, act in both))
    for id, count in many.items():
        lines.append(say.say(MANY, id=id, count=count))
        report = tokens.command(audiences.COMMAND, f"b{id}", deliveries.REPORT)
        rows.append((Choice(say.say(MANY_REPORT, id=id), report),))
    todo = [say.say(TODO[why]) for why in TODO if any(_reason(one) == why for one in single)]
    text = "\n".join([*lines, *([""] if todo else []), *todo])
    return Reply(text, title=say.say(TITLE), choices=tuple(rows), lettered=True)  # the numbers are the messages'


def _many(turn: Turn, mine: Sequence[int]) -> dict[int, int]:
    """Number of a message to many that one of these units has sent → how many have not got it; the newest first."""
    lost = outbox.dead(turn.tx, mine, kinds=("broadcast",), limit=MOST)
    counted = Counter(id for one in lost if isinstance(id := one.payload.get("broadcast"), int))
    found: dict[int, int] = {}
    for id in sorted(counted, reverse=True)[:LISTED]:
        known = broadcasts.by_id(turn.tx, id)
        if known is not None and known.unit_id in set(mine):
            found[id] = counted[id]
    return found


def _line(turn: Turn, n: int, one: Dead) -> str:
    say = turn.say
    channel, unit = say.channel(one.channel), turn.office.units.get(one.unit_id) if one.unit_id is not None else None
    if one.private or unit is None:
        whom = say.say(PERSON, name=one.name, channel=channel)
    else:
        whom = say.say(GROUP, unit=unit.name, channel=channel)
    at = say.moment(one.at.astimezone(ZONE))
    return say.say(LINE, n=n, what=_what(turn, one), whom=whom, moment=at, why=say.say(WHY[_reason(one)]))


def _reason(one: Dead) -> str:
    """Why it did not arrive: how it ended, or that there was no room for it."""
    return one.error if one.error == outbox.NO_ROOM else one.state


def _what(turn: Turn, one: Dead) -> str:
    items = _items(one)
    names = [name for item in items if (name := _milestone(turn, item))]
    if not names:
        return turn.say.say(KINDS[one.kind])
    if len(names) == 1:
        return turn.say.say(REMINDER, milestone=names[0])
    return turn.say.say(REMINDER_MORE, milestone=names[0], count=Decimal(len(names) - 1))


def _items(one: Dead) -> list[list[Any]]:
    return list(one.payload.get("items", ())) if one.kind == "reminder" else []


def _milestone(turn: Turn, item: Sequence[Any]) -> str:
    try:
        return turn.office.plan_of(int(item[0])).occasion(str(item[1])).name
    except LookupError:
        return ""


def _hindered(turn: Turn, one: Dead) -> str:
    """Why it is not sent again; empty: it may be."""
    if not one.kept:
        return EMPTIED
    items = _items(one)
    return STALE if items and all(_passed(turn, *item) for item in items) else ""


def _passed(turn: Turn, season_id: int, milestone: str, deadline: str, step: int) -> bool:
    """Whether a later reminder of the same has been let go since."""
    known = dues.steps(turn.tx, season_id, milestone)
    own = known.get((date.fromisoformat(deadline), step))
    if own is None:
        return False
    out = (state for (day, _), state in known.items() if day.isoformat() == deadline and state.state == dues.RELEASED)
    return any(state.at > own.at for state in out)


def _meant(asked: Asked, lost: Sequence[Dead]) -> list[Dead]:
    """Those of what did not arrive that the button names; whatever else it names is nobody's to touch."""
    one, last = number_in(asked.words, ONE), number_in(asked.words, UP_TO)
    return [dead for dead in lost if dead.id == one or (last is not None and dead.id <= last)]


def _again(turn: Turn, asked: Asked, lost: Sequence[Dead]) -> Sequence[Reply]:
    meant = _meant(asked, lost)
    sendable = [one.id for one in meant if not _hindered(turn, one)]
    made = outbox.resend(turn.tx, sendable, turn.now, turn.real)
    said = [turn.say.say(SENT_AGAIN, count=Decimal(len(made)))] if made else []
    if len(meant) > len(sendable):
        said.append(turn.say.say(NOT_AGAIN, count=Decimal(len(meant) - len(sendable))))
    return [Reply("\n".join(said) or turn.say.say(NOTHING))]


def _leave(turn: Turn, asked: Asked, lost: Sequence[Dead]) -> Sequence[Reply]:
    left = outbox.let_be(turn.tx, [one.id for one in _meant(asked, lost)], turn.now)
    return [Reply(turn.say.say(LEFT, count=Decimal(left)) if left else turn.say.say(NOTHING))]


def _counted(turn: Turn) -> str:
    say = turn.say
    by_kind: dict[str, list[str]] = {}
    for (kind, state), count in sorted(outbox.lost(turn.tx).items()):
        by_kind.setdefault(say.say(KINDS.get(kind, KINDS["reply"])), []).append(
            say.say(COUNTED[state], count=Decimal(count))
        )
    lines = [say.say(COUNT_LINE, kind=kind, reasons=", ".join(reasons)) for kind, reasons in by_kind.items()]
    return "\n".join([say.say(COUNTS), *lines]) if lines else ""
