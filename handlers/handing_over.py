"""Handing over: one person's functions end, another's begin, in one act; what the unit has begun stays the unit's."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat import Choice, Reply
from bot.errors import Misunderstood, NotAllowed
from bot.forms import tokens
from bot.rules.access import Action
from bot.store import addresses, clusters, invitations, outbox, people, roster
from bot.store.roster import Held
from bot.texts import language, mark
from bot.turn import NO_RIGHT, Asked, Turn
from bot.vietnamese import fold
from handlers.functions import called, gives, rules_over, scope_of, where
from handlers.inviting import OFFERED, STOP_WORDS, STOPPED, invitation, typed_name
from handlers.words import clipped, number_in, unit_in

COMMAND = "bangiao"
NOBODY, NEW, SURE = "khong", "moi", "dung"
LABEL = 44  # characters of a button

WHOSE = mark("Whose functions are handed over? Press the name, or type it.")
NO_SUCH = mark("Nobody whose functions you may hand over is called “{text}”. Please type the whole name.")
WHICH_OF_THEM = mark("Several people fit “{text}”. Which one?")
TO_WHOM = mark(
    "{name} is: {functions}. Who takes over? Press a name, or type the full name of somebody new; they get a code."
)
NOBODY_YET = mark("Nobody yet")
CHECK = mark(
    "Hand over from {old} to {new}: {functions}. {old} loses this access at once; drafts and everything that was entered "
    "stay with the unit. Is that right?"
)
YES, NO = mark("Yes, hand over"), mark("No")
DONE = mark("Handed over: {functions}. {old} has no access by them any more; {new} holds them now.")
DONE_NOBODY = mark("{functions}: {old} has no access by them any more. Nobody holds them yet; /moi invites somebody.")
TOLD_OLD = mark(
    "Your functions on Khéo have been handed over: {functions}. Thank you for your work; what was entered stays with the "
    "unit."
)
TOLD_NEW = mark("You take over on Khéo from {old}: {functions}. /viec shows what is open.")
AS = mark("{function} – {unit}")
SAME = mark("That is the same person; nothing was changed.")


def begin(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/bangiao: whose, to whom, sure – each a button."""
    if turn.person is None or not turn.own_units(Action.INVITE):
        raise NotAllowed(NO_RIGHT)
    old_id = number_in(asked.words, "p")
    if old_id is None:
        return _whose(turn, asked)
    held = _givable(turn, old_id)
    if not held:
        raise NotAllowed(NO_RIGHT)
    new_id = number_in(asked.words, "n")
    if NOBODY in asked.words or new_id is not None or (NEW in asked.words and turn.focus.entered.get("of") == old_id):
        return _to(turn, asked, held, new_id)
    if asked.text:
        return _typed(turn, held, asked.text)
    return _to_whom(turn, held)


def _givable(turn: Turn, person_id: int) -> list[Held]:
    """Of the person's functions those that the speaker could have given."""
    return [one for one in roster.of_person(turn.tx, person_id, turn.now) if rules_over(turn, [one])]


def _near(turn: Turn) -> list[Held]:
    units = [unit.id for unit in turn.own_units(Action.INVITE)]
    known = clusters.by_id(turn.tx)
    all_held = [*roster.at_units(turn.tx, units, turn.now), *roster.over_clusters(turn.tx, units, turn.now)]
    return [one for one in all_held if gives(turn, one.function, scope_of(one, known))]


def _whose(turn: Turn, asked: Asked) -> Sequence[Reply]:
    if asked.text and fold(asked.text) in STOP_WORDS:
        return [Reply(turn.say.say(STOPPED))]
    people_here = {one.person_id: one for one in _near(turn)}
    unit = unit_in(turn, asked.words)
    found = turn.office.finder.find(asked.text) if asked.text else None
    unit_id = unit.id if unit is not None else found.one.id if found and found.one else None
    if unit_id is not None:
        people_here = {id: one for id, one in people_here.items() if one.unit_id == unit_id}
    elif asked.text:
        said = fold(asked.text)
        people_here = {id: one for id, one in people_here.items() if f" {said} " in f" {fold(one.name)} "}
    turn.asking = True
    turn.focus.awaits = tokens.command(COMMAND)
    if asked.text and not people_here:
        return [Reply(turn.say.say(NO_SUCH, text=asked.text[:60]))]
    if asked.text and unit_id is None and len(people_here) == 1:
        turn.focus.awaits = ""
        return _to_whom(turn, _givable(turn, next(iter(people_here))))
    rows = tuple(
        (Choice(_label(turn, one), tokens.command(COMMAND, f"p{one.person_id}")),)
        for one in list(people_here.values())[:OFFERED]
    )
    sentence = turn.say.say(WHICH_OF_THEM, text=asked.text[:60]) if asked.text else turn.say.say(WHOSE)
    return [Reply(sentence, choices=rows)]


def _label(turn: Turn, one: Held) -> str:
    place = where(turn.office, turn.say, one, clusters.by_id(turn.tx))
    return clipped(f"{one.name} – {place}", LABEL)


def _to_whom(turn: Turn, held: Sequence[Held]) -> Sequence[Reply]:
    if not held:
        raise NotAllowed(NO_RIGHT)
    old = held[0]
    turn.asking = True
    turn.focus.entered = {}
    turn.focus.awaits = tokens.command(COMMAND, f"p{old.person_id}")
    units = [one.unit_id for one in held if one.unit_id is not None]
    others = {o.person_id: o for o in roster.at_units(turn.tx, units, turn.now) if o.person_id != old.person_id}
    rows = [
        (Choice(clipped(o.name, LABEL), tokens.command(COMMAND, f"p{old.person_id}", f"n{o.person_id}")),)
        for o in list(others.values())[:OFFERED]
    ]
    rows.append((Choice(turn.say.say(NOBODY_YET), tokens.command(COMMAND, f"p{old.person_id}", NOBODY)),))
    return [Reply(turn.say.say(TO_WHOM, name=old.name, functions=_functions(turn, held)), choices=tuple(rows))]


def _functions(turn: Turn, held: Sequence[Held]) -> str:
    known = clusters.by_id(turn.tx)
    return ", ".join(
        turn.say.say(AS, function=called(turn.say, o.function), unit=where(turn.office, turn.say, o, known))
        for o in held
    )


def _typed(turn: Turn, held: Sequence[Held], text: str) -> Sequence[Reply]:
    if fold(text) in STOP_WORDS:
        return [Reply(turn.say.say(STOPPED))]
    name = typed_name(text)
    there = roster.at_units(turn.tx, [o.unit_id for o in held if o.unit_id is not None], turn.now)
    same = next((o for o in there if fold(o.name) == fold(name)), None)
    if same is not None:
        return _check(turn, held, same.name, f"n{same.person_id}")
    turn.focus.entered = {"name": name, "of": held[0].person_id}
    return _check(turn, held, name, NEW)


def _check(turn: Turn, held: Sequence[Held], name: str, whom: str) -> Sequence[Reply]:
    turn.asking = True
    sure = Choice(turn.say.say(YES), tokens.command(COMMAND, f"p{held[0].person_id}", whom, SURE))
    no = Choice(turn.say.say(NO), tokens.command(COMMAND))
    sentence = turn.say.say(CHECK, old=held[0].name, new=name, functions=_functions(turn, held))
    return [Reply(sentence, choices=((sure, no),))]


def _to(turn: Turn, asked: Asked, held: Sequence[Held], new_id: int | None) -> Sequence[Reply]:
    old = held[0]
    if new_id == old.person_id:
        raise Misunderstood(SAME)
    new = people.known(turn.tx, new_id, turn.now) if new_id is not None else None
    if new_id is not None and (new is None or not _shares_a_unit(turn, held, new_id)):
        raise NotAllowed(NO_RIGHT)
    entered = str(turn.focus.entered.get("name", ""))
    name = new.name if new else entered if NEW in asked.words else turn.say.say(NOBODY_YET)
    if SURE not in asked.words:
        return _check(turn, held, name, f"n{new_id}" if new_id is not None else NOBODY)
    turn.focus.entered = {}
    functions = _functions(turn, held)
    fresh = new is None and NEW in asked.words
    to = people.enter(turn.tx, entered, turn.now) if fresh else new.id if new else None
    roster.hand_over(turn.tx, held, to, turn.now)
    _close_the_door(turn, old.person_id)
    _tell(turn, old.person_id, TOLD_OLD, functions=functions)
    if new is not None:
        _tell(turn, new.id, TOLD_NEW, old=old.name, functions=functions)
    if to is None:
        return [Reply(turn.say.say(DONE_NOBODY, functions=functions, old=old.name))]
    said: list[Reply] = [Reply(turn.say.say(DONE, functions=functions, old=old.name, new=name))]
    if fresh:
        known = clusters.by_id(turn.tx)
        said.append(invitation(turn, to, name, where(turn.office, turn.say, old, known), old.function))
    if turn.person is not None and old.person_id == turn.person.id:
        turn.focus.leave()
        turn.asking = True
    return said


def _shares_a_unit(turn: Turn, held: Sequence[Held], person_id: int) -> bool:
    """Only people of the same units are offered, and a forged button gives nobody else anything."""
    theirs = {one.unit_id for one in roster.of_person(turn.tx, person_id, turn.now)}
    return any(one.unit_id in theirs for one in held if one.unit_id is not None)


def _close_the_door(turn: Turn, person_id: int) -> None:
    """What was on its way to them, and the codes by which they could come back, are taken back."""
    invitations.revoke_all_of(turn.tx, person_id, turn.now)
    outbox.take_back(turn.tx, [way.id for way in addresses.of_person(turn.tx, person_id)])


def _tell(turn: Turn, person_id: int, sentence: str, **values: str) -> None:
    person = people.known(turn.tx, person_id, turn.now)
    way = next((w for w in addresses.of_person(turn.tx, person_id) if w.state == "ok"), None)
    if person is None or way is None or (turn.person is not None and person_id == turn.person.id):
        return
    outbox.add(
        turn.tx,
        way.id,
        "reply",
        f"handover:{person_id}:{turn.now.timestamp():.3f}",
        Reply(language(person.language).say(sentence, **values)).as_json(),
        turn.now,
        not_before=turn.real,
        priority=outbox.REPLY,
    )
