"""Who has no code asks to be let in: name, unit, what they do there; who may approves or declines, once, with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bot.chat import Choice, Reply
from bot.clock import ZONE
from bot.errors import Misunderstood, NotAllowed
from bot.forms import tokens
from bot.rules.access import ADMINISTRATOR, OFFICER, STANDING_OFFICE, Action
from bot.rules.giving import may_give
from bot.store import addresses, applications, notices, outbox, people
from bot.store.applications import Application
from bot.store.people import Contact
from bot.store.units import NO_MORE, Unit
from bot.texts import Language, language, mark
from bot.turn import NO_RIGHT, Asked, Turn
from bot.vietnamese import fold
from handlers.inviting import STOP_WORDS, typed_name
from handlers.words import number_in, unit_in

COMMAND, QUEUE = "xinvao", "choduyet"
NAME, UNIT, POST = "ten", "donvi", "viec"
SEND, STOP, WITHDRAW = "gui", "thoi", "rut"
APPROVE, DECLINE = "duyet", "tuchoi"
FUNCTION = OFFICER
"""What an approved applicant becomes; anything higher is given by an invitation."""
A_DAY = 3  # applications from one address in a day
WAITING_AT_A_UNIT = 30  # more than a unit has officers; beyond that somebody plays with the door
LONGEST_POST, SHORTEST_POST = 120, 3  # characters
LONGEST_REASON, SHORTEST_REASON = 300, 3
YES_WORDS = frozenset(("gui", "gui di", "gui de nghi", "co", "dong y", "ok", "yes", "send"))  # folded
LISTED = 5  # applications in one answer, each with its buttons

NO_CODE = mark("I have no code")
PURPOSE = mark(
    "You can ask to be let in. Your name, unit and work are shown only to whoever decides on it, and are used for nothing "
    "else. “thôi” leaves off at any time."
)
ASK_NAME = mark("Please type your full name, e.g. Nguyễn Thị Lan.")
ASK_UNIT = mark("Which unit do you work for? Please type its whole name with its level, e.g. “xã Vạn Hưng”.")
NOT_CLEAR = mark(
    "It is not clear which unit “{text}” is. Please type its whole name with its level, and what it belongs to, e.g. “xã "
    "Vạn Hưng, tỉnh Khánh Hòa”. After a reorganisation it is the new name."
)
SAME_NAME = mark("More than one unit is called that. Which one is yours?")
ASK_POST = mark("What do you do there? E.g. “công chức Văn hóa – xã hội”.")
POST_LENGTH = mark("Please say it in {least} to {most} characters.")
CHECK = mark("Please check: {name} – {unit} – {post}. Is that to be handed in?")
SEND_IT = mark("Send the request")
LEAVE = mark("Leave off")
LEFT = mark("Left off; nothing was handed in and nothing kept.")
SENT = mark(
    "Your request has been handed in. Whoever may decides on it; you will read the answer here. Until then nothing else "
    "is open to you. It can be withdrawn at any time."
)
WAITS = mark("Your request of {at} is still waiting for a decision; you will read the answer here.")
WITHDRAW_IT = mark("Withdraw the request")
WITHDRAWN = mark("Your request is withdrawn.")
NOTHING_WAITS = mark("No request of yours is waiting.")
TOO_MANY = mark(
    "Several requests have been made from here within a day already. Please try again tomorrow, or ask the standing "
    "office for a code."
)
QUEUE_FULL = mark("Too many requests are waiting at the moment. Please ask the standing office for a code.")

NEW = mark("Somebody asks to be let in:")
WHO = mark("{name} – {unit} – says they are: {post}. Asked {at}, on {channel}.")
WARNING = mark("Khéo cannot know who it is: please approve only whom you know, or have asked.")
HOW = mark("/choduyet shows all that wait.")
APPROVE_IT = mark("Approve: {name}")
DECLINE_IT = mark("Decline: {name}")
NOBODY_WAITS = mark("Nobody is waiting to be let in.")
ALL_WAITING = mark("Waiting to be let in: {count}")
ASK_REASON = mark("Why is the request of {name} declined? The sentence that you type goes to them. “thôi” leaves off.")
REASON_LENGTH = mark("Please give the reason in {least} to {most} characters.")
STILL_WAITS = mark("Left off; the request of {name} is still waiting.")
APPROVED = mark("{name} is let in as an officer of {unit}, and has been told.")
DECLINED = mark("The request of {name} is declined; they have been told the reason.")
DECIDED = mark("That request is not waiting any more ({state}); nothing was changed.")
STATES = {
    "approved": mark("approved at {at}"),
    "declined": mark("declined at {at}"),
    "withdrawn": mark("withdrawn at {at}"),
}
OWN = mark(
    "Nobody approves their own request. Somebody else decides on it; one more address of yours is joined with /themdiachi."
)
LET_IN = mark("Your request was approved: you are an officer of {unit} on Khéo now. Type anything to begin.")
NOT_LET_IN = mark(
    "Your request was declined. The reason given: {reason}\nYou may ask again, or ask the standing office for a code."
)


# -- the applicant ---------------------------------------------------------------------------------------------------


def asked_for(text: str) -> bool:
    """Whether the text says that there is no code: “Tôi chưa có mã”, typed."""
    said = fold(text)
    return said in {fold(language(code).say(NO_CODE)) for code in ("vi", "en")} or said in (
        "chua co ma",
        "khong co ma",
        "em chua co ma",
        "toi khong co ma",
        f"/{COMMAND}",
    )


def pressed(turn: Turn, words: Sequence[str]) -> Sequence[Reply]:
    """A button of the application."""
    entered = turn.focus.entered
    if WITHDRAW in words:
        return _withdraw(turn)
    if STOP in words:
        return _left(turn)
    if SEND in words and {NAME, UNIT, POST} <= set(entered):
        return _hand_in(turn)
    unit = unit_in(turn, words)
    if unit is not None and NAME in entered and str(unit.id) in entered.get("offered", []):
        return _with_unit(turn, unit)
    waiting = state(turn)
    if waiting:
        return waiting
    if applications.made_since(turn.tx, turn.contact.id, turn.now - timedelta(days=1)) >= A_DAY:
        return [Reply(turn.say.say(TOO_MANY))]
    turn.focus.entered = {}
    turn.focus.awaits = tokens.command(COMMAND, NAME)
    return [Reply(f"{turn.say.say(PURPOSE)}\n{turn.say.say(ASK_NAME)}")]


def typed(turn: Turn, awaited: str, text: str) -> Sequence[Reply]:
    """The answer to the step that was asked last."""
    step, entered = awaited.rpartition(":")[2], turn.focus.entered
    whole = step == SEND and {NAME, UNIT, POST} <= set(entered)
    if whole and (fold(text) in YES_WORDS or text.casefold().startswith("đúng")):  # “dung” may be “dừng”
        return _hand_in(turn)
    if fold(text) in STOP_WORDS:
        return _left(turn)
    if step == NAME:
        entered[NAME] = typed_name(text)
        turn.focus.awaits = tokens.command(COMMAND, UNIT)
        return [Reply(turn.say.say(ASK_UNIT))]
    if step == UNIT and NAME in entered:
        return _unit_typed(turn, text)
    if step == POST and {NAME, UNIT} <= set(entered):
        return _post_typed(turn, text)
    if whole:
        return _check(turn)
    return _left(turn)


def _unit_typed(turn: Turn, text: str) -> Sequence[Reply]:
    """Only what the whole text names is found: a stranger is not offered what they might have meant."""
    found = turn.office.finder.find(text)
    known = turn.office.units
    units = [known[u.id] for u in ((found.one,) if found.one else found.several) if u.id in known]
    units = [u for u in units if not u.is_over(turn.today)]
    namesakes = [u for u in units if fold(u.name) == fold(text) or fold(u.name).endswith(f" {fold(text)}")]
    if len(units) == 1 and (found.one is not None or namesakes):  # the other of that name has ended
        return _with_unit(turn, units[0])
    if len(namesakes) < 2:
        raise Misunderstood(NOT_CLEAR, text=text[:60])
    turn.focus.awaits = tokens.command(COMMAND, UNIT)
    turn.focus.entered["offered"] = [str(u.id) for u in namesakes]
    rows = tuple(
        (Choice(" – ".join(filter(None, (u.name, known.parent_name(u)))), tokens.command(COMMAND, f"u{u.id}")),)
        for u in namesakes
    )
    return [Reply(turn.say.say(SAME_NAME), choices=rows)]


def _with_unit(turn: Turn, unit: Unit) -> Sequence[Reply]:
    turn.focus.entered[UNIT] = unit.id
    turn.focus.awaits = tokens.command(COMMAND, POST)
    return [Reply(turn.say.say(ASK_POST))]


def _post_typed(turn: Turn, text: str) -> Sequence[Reply]:
    post = " ".join(text.split())
    if not SHORTEST_POST <= len(post) <= LONGEST_POST:
        raise Misunderstood(POST_LENGTH, least=SHORTEST_POST, most=LONGEST_POST)
    turn.focus.entered[POST] = post
    return _check(turn)


def _check(turn: Turn) -> Sequence[Reply]:
    """What will be sent, once more; it is asked again until it is sent or left off."""
    entered = turn.focus.entered
    turn.focus.awaits = tokens.command(COMMAND, SEND)
    unit = turn.office.units.get(int(entered[UNIT]))
    buttons = (
        Choice(turn.say.say(SEND_IT), tokens.command(COMMAND, SEND)),
        Choice(turn.say.say(LEAVE), tokens.command(COMMAND, STOP)),
    )
    sentence = turn.say.say(CHECK, name=entered[NAME], unit=unit.name if unit else "", post=entered[POST])
    return [Reply(sentence, choices=(buttons,))]


def _hand_in(turn: Turn) -> Sequence[Reply]:
    entered, turn.focus.entered, turn.focus.awaits = turn.focus.entered, {}, ""
    waiting = state(turn)
    unit = turn.office.units.get(int(entered[UNIT]))
    if waiting or unit is None or unit.is_over(turn.today):
        return waiting or _left(turn)
    if applications.made_since(turn.tx, turn.contact.id, turn.now - timedelta(days=1)) >= A_DAY:
        return [Reply(turn.say.say(TOO_MANY))]
    if len(applications.waiting(turn.tx, [unit.id])) >= WAITING_AT_A_UNIT:
        return [Reply(turn.say.say(QUEUE_FULL))]
    id = applications.hand_in(
        turn.tx,
        address_id=turn.contact.id,
        unit_id=unit.id,
        name=entered[NAME],
        post=entered[POST],
        function=FUNCTION,
        now=turn.now,
    )
    one = applications.by_id(turn.tx, id)
    assert one is not None
    _tell_who_may(turn, one, unit)
    return [Reply(turn.say.say(SENT), choices=_withdrawing(turn))]


def _withdrawing(turn: Turn) -> tuple[tuple[Choice, ...], ...]:
    return ((Choice(turn.say.say(WITHDRAW_IT), tokens.command(COMMAND, WITHDRAW)),),)


def state(turn: Turn) -> Sequence[Reply]:
    """That an application of this address waits; nothing if none does."""
    one = applications.waiting_at(turn.tx, turn.contact.id)
    if one is None:
        return []
    return [Reply(turn.say.say(WAITS, at=one.at.astimezone(ZONE)), choices=_withdrawing(turn))]


def _withdraw(turn: Turn) -> Sequence[Reply]:
    return [Reply(turn.say.say(WITHDRAWN if let_go(turn) else NOTHING_WAITS))]


def let_go(turn: Turn) -> bool:
    """Nothing of this address waits any more: it was withdrawn, or a code has let them in."""
    one = applications.waiting_at(turn.tx, turn.contact.id)
    return one is not None and applications.decide(turn.tx, one.id, "withdrawn", turn.now)


def _left(turn: Turn) -> Sequence[Reply]:
    turn.focus.awaits, turn.focus.entered = "", {}
    return [Reply(turn.say.say(LEFT))]


# -- who decides -----------------------------------------------------------------------------------------------------


def _tell_who_may(turn: Turn, one: Application, unit: Unit) -> None:
    """One message to each who may decide: the nearest standing office, or, where none is reached, the administrators."""

    def made(say: Language) -> Reply:
        text = "\n".join((_told(turn, one, say.code), say.say(WARNING), say.say(HOW)))
        return Reply(text, title=say.say(NEW), choices=(_buttons(one, say.code),))

    for contact, held_at, function in _deciders(turn, unit):
        cause = f"application:{one.id}"
        notices.notify(turn.tx, [contact], cause, made, turn.now, turn.real, meant=(held_at, function))


def _deciders(turn: Turn, unit: Unit) -> list[tuple[Contact, int, str]]:
    """(Who is told, at which unit they hold the function by which they decide, that function)."""
    above = [unit.id, *unit.above]
    levels = [([id], STANDING_OFFICE) for id in above] + [(above, ADMINISTRATOR)]
    for ids, function in levels:
        there = people.contacts_of_units(turn.tx, ids, function, on=turn.today)
        found = {c.id: (c, held_at, function) for held_at, c in there if _may(turn, c, unit)}
        if found:
            return list(found.values())
    return []


def _may(turn: Turn, contact: Contact, unit: Unit) -> bool:
    person = people.known(turn.tx, contact.person_id, turn.now) if contact.person_id is not None else None
    return person is not None and may_give(person.actor, FUNCTION, turn.office.subject(unit.id, on=turn.today))


def _told(turn: Turn, one: Application, code: str) -> str:
    say, contact = language(code), people.contact_by_id(turn.tx, one.address_id)
    unit = turn.office.units[one.unit_id].name if one.unit_id in turn.office.units else ""
    channel = say.channel(contact.address.channel)
    return say.say(WHO, name=one.name, unit=unit, post=one.post, at=one.at.astimezone(ZONE), channel=channel)


def _buttons(one: Application, code: str) -> tuple[Choice, ...]:
    say = language(code)
    return (
        Choice(say.say(APPROVE_IT, name=one.name), tokens.command(QUEUE, f"a{one.id}", APPROVE)),
        Choice(say.say(DECLINE_IT, name=one.name), tokens.command(QUEUE, f"a{one.id}", DECLINE)),
    )


def queue(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/choduyet: who waits, with the buttons; each decides once."""
    mine = [unit.id for unit in turn.own_units(Action.INVITE)]
    if turn.person is None or not mine:
        raise NotAllowed(NO_RIGHT)
    id = number_in(asked.words, "a")
    if id is not None:
        return _decide(turn, asked, id)
    waiting = applications.waiting(turn.tx, mine)
    if not waiting:
        return [Reply(turn.say.say(NOBODY_WAITS))]
    turn.asking = True
    shown = waiting[:LISTED]
    lines = [f"{n}. {_told(turn, one, turn.say.code)}" for n, one in enumerate(shown, start=1)]
    text = "\n".join([*lines, turn.say.say(WARNING)])
    rows = tuple(_buttons(one, turn.say.code) for one in shown)
    return [Reply(text, title=turn.say.say(ALL_WAITING, count=len(waiting)), choices=rows)]


def _decide(turn: Turn, asked: Asked, id: int) -> Sequence[Reply]:
    assert turn.person is not None
    one = applications.by_id(turn.tx, id)
    if one is None or not may_give(turn.actor, FUNCTION, turn.office.subject(one.unit_id, on=turn.today)):
        raise NotAllowed(NO_RIGHT)
    if one.state != "waiting":
        return _decided(turn, one)
    if _is_own(turn, one):
        raise NotAllowed(OWN)
    if APPROVE in asked.words:
        return _approve(turn, one)
    if not asked.text:
        turn.asking = True
        turn.focus.awaits = tokens.command(QUEUE, f"a{one.id}", DECLINE)
        return [Reply(turn.say.say(ASK_REASON, name=one.name))]
    if fold(asked.text) in STOP_WORDS:
        return [Reply(turn.say.say(STILL_WAITS, name=one.name))]
    return _decline(turn, one, " ".join(asked.text.split()))


def _decided(turn: Turn, one: Application) -> Sequence[Reply]:
    at = one.decided_at.astimezone(ZONE) if one.decided_at else turn.now
    return [Reply(turn.say.say(DECIDED, state=turn.say.say(STATES[one.state], at=at)))]


def _is_own(turn: Turn, one: Application) -> bool:
    """Made where the decider writes from, by whoever stands there by now, or in the decider's own name."""
    assert turn.person is not None
    contact = people.contact_by_id(turn.tx, one.address_id)
    own = {way.id for way in addresses.of_person(turn.tx, turn.person.id)}
    return contact.id in own or contact.id == turn.contact.id or fold(one.name) == fold(turn.person.name)


def _approve(turn: Turn, one: Application) -> Sequence[Reply]:
    assert turn.person is not None
    turn.office.refresh(turn.tx)
    unit = turn.office.units[one.unit_id]
    if unit.is_over(turn.today):  # a function there would give nothing
        raise Misunderstood(NO_MORE, unit=unit.name, day=turn.today, last=unit.valid_to)
    if not applications.decide(turn.tx, one.id, "approved", turn.now, by=turn.person.id):
        return _decided(turn, applications.by_id(turn.tx, one.id) or one)
    contact = people.contact_by_id(turn.tx, one.address_id)
    person_id = people.enter(turn.tx, one.name, turn.now, language(contact.language).code)
    people.grant(turn.tx, person_id, FUNCTION, turn.now, unit_id=one.unit_id)
    people.attach(turn.tx, contact.id, person_id, turn.now)
    _tell_applicant(turn, contact, one, language(contact.language).say(LET_IN, unit=unit.name))
    return [Reply(turn.say.say(APPROVED, name=one.name, unit=unit.name))]


def _decline(turn: Turn, one: Application, reason: str) -> Sequence[Reply]:
    assert turn.person is not None
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise Misunderstood(REASON_LENGTH, least=SHORTEST_REASON, most=LONGEST_REASON)
    if not applications.decide(turn.tx, one.id, "declined", turn.now, by=turn.person.id, reason=reason):
        return _decided(turn, applications.by_id(turn.tx, one.id) or one)
    contact = people.contact_by_id(turn.tx, one.address_id)
    _tell_applicant(turn, contact, one, language(contact.language).say(NOT_LET_IN, reason=reason))
    return [Reply(turn.say.say(DECLINED, name=one.name))]


def _tell_applicant(turn: Turn, contact: Contact, one: Application, text: str) -> None:
    people.remember_focus(turn.tx, contact.id, {})  # the button by which it could be withdrawn
    cause = f"application:{one.id}:decided"
    outbox.add(
        turn.tx,
        contact.id,
        "reply",
        cause,
        Reply(text).as_json(),
        turn.now,
        not_before=turn.real,
        priority=outbox.REPLY,
    )
