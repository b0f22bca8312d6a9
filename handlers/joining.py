"""Getting known: the first screen, the one-time code, the link between a group and its unit, the language."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

from bot.chat import Choice, Reply
from bot.errors import Misunderstood
from bot.forms import tokens
from bot.rules.access import Action
from bot.store import addresses, clusters, outbox, people
from bot.store.people import Code
from bot.texts import KNOWN, language, mark
from bot.turn import Asked, Turn
from bot.vietnamese import fold
from handlers import applying, duties, plan_texts
from handlers.functions import called, still_holds, where
from handlers.inviting import STOP_WORDS, typed_name
from handlers.words import concerning, is_standing

FIRST_SCREEN = mark(
    "Khéo is a machine: an assistant for the “Dân vận khéo” movement. It takes registrations and self-scores step by step, "
    "keeps what is entered, answers look-ups and reminds of dates.\n"
    "Do not send classified documents here."
)
TYPE_CODE = mark("To begin, please type the one-time code that the standing office has given, e.g. ABCD2345.")
WRONG_CODE = mark(
    "That code is not valid (mistyped, used already, or expired). Please check it, or ask the standing office for a new one."
)
TOO_MANY = mark("Too many codes were tried from here. Please wait an hour, or ask the standing office for a new code.")
WELCOME = mark("Welcome, {name} – {unit}.")
WELCOME_BACK = mark("Good to see you again, {name} – {unit}.")
GROUP_HELLO = mark(
    "Khéo, the assistant for “Dân vận khéo”, is in this group now. Whoever may links it to a unit with “/lienket CODE”."
)
GROUP_LINKED = mark(
    "This group is linked to {unit} now. Reminders for its units come here; look-ups: /tiendo, /han, /diem."
)
GROUP_UNLINKED = mark(
    "This group is not linked to a unit yet, so nothing is answered here. The administrator makes a code; type “/lienket CODE”."
)
GROUP_ONLY = mark("A code for a group is typed in that group: “/lienket CODE”.")
PERSON_ONLY = mark("That code is for a person. Please type it in a private chat with Khéo, not in a group.")
CODE_PLEASE = mark("Please type the code after the command: “/lienket CODE”.")
FLOODED = mark(
    "Many wrong codes are being typed from many places at the moment, so for safety no code is taken for some minutes. "
    "Yours stays valid; please try again in {minutes} minutes."
)
WELCOME_BARE = mark("Welcome, {name}.")
YOUR_NAME = mark(
    "The code is valid: it makes you “{function}” for {unit}. Please type your full name, e.g. Nguyễn Thị Lan. It stands "
    "on what you hand in and is seen by your unit and those above it; nothing else is done with it."
)
NOW_ALSO = mark("From now on you are also “{function}” for {unit}.")
ALREADY_THAT = mark("You are “{function}” for {unit} already; the code was not used and stays valid for somebody else.")
ALREADY_YOURS = mark("You are known here already under your own name; the code was not used.")
ALREADY_SOMEBODY = mark(
    "On this channel Khéo knows you already, and that code is for somebody else; nothing was changed. Whoever it was made "
    "for types it on their own device."
)
GROUP_TAKEN = mark(
    "This group is linked to {unit} already. Whoever may unlinks it first: /bolienket. The code was not used."
)
ADDRESS_ADDED = mark(
    "Another address of yours was joined just now: {channel}. If that was not you, remove it with /diachi and tell the "
    "standing office."
)
ADDRESS_JOINED = mark("This address is yours now as well, {name}. /diachi chooses where Khéo writes to you.")
CODE_FIRST = mark("Please type the code after the command: “/ma CODE”.")
NOT_ANY_MORE = mark("That code has been used or taken back meanwhile. Please ask for a new one.")
LANGUAGE_SET = mark("From now on in English.")
LANGUAGE_WHICH = mark("Which language?")
NAMES = {"vi": "Tiếng Việt", "en": "English"}
CALLED = {"vi": ("vi", "viet", "vietnamese"), "en": ("en", "anh", "english")}  # folded, as it may be typed

TRIES = 5  # wrong codes an hour and address: 31^8 codes cannot be guessed at that pace
WINDOW = timedelta(hours=1)
TRIES_EVERYWHERE = 100  # wrong codes in all, from however many addresses; a fresh page in a browser is a fresh address
FLOOD_WINDOW = timedelta(minutes=10)
NAME_STEP = "c:vao:ten"
_GAPS = re.compile(r"[\s\-‐-―._]+")
_AROUND = " \n\t.,:;!?'\"‘’“”()[]<>"
_WITHIN = (  # overlapping, for the word before a code may be as long as its half
    re.compile(r"(?<!\w)(?=([A-Za-z0-9]{8})(?!\w))"),
    re.compile(r"(?<!\w)(?=([A-Za-z0-9]{4}\s*[\s\-‐-―._]\s*[A-Za-z0-9]{4})(?!\w))"),
    re.compile(r"(?<!\w)(?=([A-Za-z0-9](?:[\s\-.][A-Za-z0-9]){7})(?!\w))"),
)


def start(turn: Turn, code: str) -> Sequence[Reply]:
    """Opened, perhaps with a code in the link."""
    if not turn.private:
        return _link(turn, code) if code else hello_group(turn, Asked())
    if code:
        return _join(turn, _GAPS.sub("", code))
    if turn.person is None:
        return _first_screen(turn)
    return _welcomed(turn, WELCOME_BACK)


def _welcomed(turn: Turn, sentence: str) -> list[Reply]:
    assert turn.person is not None
    names = ", ".join(turn.office.units[id].name for id in turn.person.units if id in turn.office.units)
    welcome = turn.say.say(sentence if names else WELCOME_BARE, name=turn.person.name, unit=names)
    return [Reply(f"{turn.say.say(FIRST_SCREEN)}\n\n{welcome}", choices=_first_choices(turn))]


def stranger(turn: Turn, text: str, chosen: str) -> Sequence[Reply]:
    """Somebody unknown wrote or pressed: a code lets them in, an application waits, all else gets the first screen."""
    awaited, turn.focus.awaits = turn.focus.awaits, ""
    pressed = tokens.parse(chosen) if chosen else None
    if isinstance(pressed, tokens.Command) and pressed.name == applying.COMMAND:
        return applying.pressed(turn, pressed.args)
    words = text.strip(_AROUND).split()
    named = bool(words) and fold(words[0]) in ("/start", "/ma", "ma", "code")
    if named:
        words = words[1:]
    typed = _GAPS.sub("", "".join(words))
    if len(typed) == people.CODE_LENGTH and typed.isascii() and typed.isalnum():
        sure = any(c.isdigit() for c in typed) or typed.isupper()
        if sure or not awaited:
            return _join(turn, typed, sure=sure)
    within = code_within(text) if named or not text.startswith("/") else ""
    if within:
        return _join(turn, within)
    if applying.asked_for(text):
        return applying.pressed(turn, ())
    if awaited and text and not text.startswith("/"):
        turn.focus.awaits = awaited  # a refusal leaves the question open
        if awaited == NAME_STEP:
            return _named(turn, text)
        return applying.typed(turn, awaited, text)
    return applying.state(turn) or _first_screen(turn)


def lost(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """What is not understood may be a code that somebody known types without its command, as one does without links."""
    code = code_alone(asked.text) if turn.private and turn.person is not None else ""
    return _join(turn, code) if code else plan_texts.lost(turn, asked)


def code_alone(text: str) -> str:
    """The code that is all of the text; empty for everything else, and for eight small letters, which are a word."""
    alone = text.strip(_AROUND)
    shaped = any((found := shape.match(alone)) and found[1] == alone for shape in _WITHIN)
    looks_it = alone.isupper() or any(c.isdigit() for c in alone)
    return code_within(f"code {alone}") if shaped and looks_it else ""


def code_within(text: str) -> str:
    """The code that stands among other words (“mã của tôi là ABCD-EFGH ạ”, a whole invitation); empty if none does.

    It is written in one piece, in two halves, or letter by letter, has only what codes are made of, and is told from
    words by a digit, by its capitals or by being called a code. One message is one try: of several the last that has a
    digit, else the last.
    """
    called_one = _calls_it_a_code(text)
    shouted = text.upper() == text  # where all is in capitals, they tell nothing
    found: list[tuple[bool, int, str]] = []
    for shape in _WITHIN:
        for one in shape.finditer(text):
            typed = _GAPS.sub("", one[1])
            if typed.isdigit() or not set(typed.upper()) <= set(people.CODE_LETTERS):
                continue
            numbered = any(c.isdigit() for c in typed)
            spoken = called_one and (typed.isupper() or not re.search(r"\s", one[1]))
            if numbered or spoken or (typed.isupper() and not shouted):
                found.append((numbered, one.start(), typed))
    return max(found, default=(False, 0, ""))[2]


def _calls_it_a_code(text: str) -> bool:
    return bool({"ma", "code"} & set(re.split(r"[^a-z]+", fold(text))))


def take_code(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/ma CODE, typed by somebody who is known already."""
    typed = _GAPS.sub("", "".join(asked.words))
    return _join(turn, typed) if typed else [Reply(turn.say.say(CODE_FIRST))]


def _first_screen(turn: Turn) -> Sequence[Reply]:
    turn.focus.awaits, turn.focus.entered = "", {}  # nothing is kept of what was left off
    no_code = Choice(turn.say.say(applying.NO_CODE), tokens.command(applying.COMMAND))
    return [Reply(f"{turn.say.say(FIRST_SCREEN)}\n\n{turn.say.say(TYPE_CODE)}", choices=((no_code,),))]


def _join(turn: Turn, typed: str, *, sure: bool = True) -> Sequence[Reply]:
    """`sure` is false for eight small letters: they may be a code, or words (“dang nhap”)."""
    barred = _barred(turn)
    if barred:
        return [Reply(barred)] if sure else _first_screen(turn)
    code = people.find_code(turn.tx, typed, turn.now)
    if code is None:
        people.count_try(turn.tx, turn.contact, turn.now, window=WINDOW)
        return [Reply(turn.say.say(WRONG_CODE))] if sure else _first_screen(turn)
    turn.office.refresh(turn.tx)  # whoever was just entered on the server may belong to a unit just entered
    if code.kind == "group":
        return [Reply(turn.say.say(GROUP_ONLY))]
    if code.person_id is None:
        return _take_function(turn, code)
    if turn.person is not None:
        own = code.person_id == turn.person.id
        return [Reply(turn.say.say(ALREADY_YOURS if own else ALREADY_SOMEBODY))]
    return _become(turn, code, code.person_id)


def _become(turn: Turn, code: Code, person_id: int) -> Sequence[Reply]:
    """The stranger at this address is that person from now on."""
    if not people.use_code(turn.tx, code, turn.contact, turn.now, person_id=person_id):
        raise Misunderstood(NOT_ANY_MORE)
    person = people.known(turn.tx, person_id, turn.now)
    assert person is not None
    turn.person, turn.say = person, language(person.language)
    turn.focus.awaits, turn.focus.entered = "", {}
    applying.let_go(turn)
    _tell_the_others(turn, person_id)
    if code.kind != "address":
        return _welcomed(turn, WELCOME)
    joined = turn.say.say(ADDRESS_JOINED, name=person.name)
    return [Reply(f"{turn.say.say(FIRST_SCREEN)}\n\n{joined}", choices=_first_choices(turn))]


def _tell_the_others(turn: Turn, person_id: int) -> None:
    """At their other addresses the person hears that one more was joined: it may not have been them."""
    channel = turn.say.channel(turn.contact.address.channel)
    reply = Reply(turn.say.say(ADDRESS_ADDED, channel=channel))
    for way in addresses.of_person(turn.tx, person_id):
        if way.id != turn.contact.id and way.state == "ok":
            outbox.add(
                turn.tx,
                way.id,
                "reply",
                f"joined:{turn.contact.id}:{way.id}:{turn.now.timestamp():.3f}",
                reply.as_json(),
                turn.now,
                not_before=turn.real,
                priority=outbox.REPLY,
            )


def _take_function(turn: Turn, code: Code) -> Sequence[Reply]:
    """An invitation for a unit: who is known takes the function, who is not says their name first."""
    if not still_holds(turn, code):
        return [Reply(turn.say.say(NOT_ANY_MORE))]
    function, unit = called(turn.say, code.function), _scope(turn, code)
    if turn.person is None:
        turn.focus.awaits, turn.focus.entered = NAME_STEP, {"code": code.id}
        return [Reply(turn.say.say(YOUR_NAME, function=function, unit=unit))]
    if not people.grant(
        turn.tx, turn.person.id, code.function, turn.now, unit_id=code.unit_id, cluster_id=code.cluster_id
    ):
        return [Reply(turn.say.say(ALREADY_THAT, function=function, unit=unit))]
    if not people.use_code(turn.tx, code, turn.contact, turn.now, person_id=turn.person.id):
        raise Misunderstood(NOT_ANY_MORE)
    return [Reply(turn.say.say(NOW_ALSO, function=function, unit=unit))]


def _scope(turn: Turn, code: Code) -> str:
    return where(turn.office, turn.say, code, clusters.by_id(turn.tx))


def _named(turn: Turn, text: str) -> Sequence[Reply]:
    """The name that was asked for after a unit's invitation: now the code is spent, and not before."""
    if fold(text) in STOP_WORDS:
        turn.focus.awaits, turn.focus.entered = "", {}
        return _first_screen(turn)
    name = typed_name(text)
    code = people.code_by_id(turn.tx, int(turn.focus.entered.get("code", 0)), turn.now)
    turn.office.refresh(turn.tx)
    if code is None or not still_holds(turn, code):
        turn.focus.awaits, turn.focus.entered = "", {}
        return [Reply(turn.say.say(NOT_ANY_MORE))]
    person_id = people.enter(turn.tx, name, turn.now, turn.say.code)
    people.grant(turn.tx, person_id, code.function, turn.now, unit_id=code.unit_id, cluster_id=code.cluster_id)
    return _become(turn, code, person_id)


def _barred(turn: Turn) -> str:
    """Why no code is taken here at present; empty: one is."""
    me = turn.contact
    if me.tries >= TRIES and me.tried_at is not None and turn.now - me.tried_at < WINDOW:
        return turn.say.say(TOO_MANY)
    if people.tries_everywhere(turn.tx, turn.now - FLOOD_WINDOW) >= TRIES_EVERYWHERE:
        return turn.say.say(FLOODED, minutes=int(FLOOD_WINDOW.total_seconds()) // 60)
    return ""


def _first_choices(turn: Turn) -> tuple[tuple[Choice, ...], ...]:
    if is_standing(turn):
        return (
            (
                Choice(turn.say.say("Who has not answered"), tokens.command("tiendo")),
                Choice(turn.say.say("Coming reminders"), tokens.command("lichnhac")),
            ),
            (
                Choice(turn.say.say("Enter a letter"), tokens.command("vanban")),
                Choice(turn.say.say("My tasks"), tokens.command("viec")),
            ),
        )
    if turn.own_units(Action.INVITE) and not turn.own_units(Action.REGISTER):
        return (
            (
                Choice(turn.say.say("Invite somebody"), tokens.command("moi")),
                Choice(turn.say.say("Enter a list"), tokens.command("nhapdanhsach")),
            ),
            (
                Choice(turn.say.say("Roster"), tokens.command("danhba")),
                Choice(turn.say.say("Who waits to be let in"), tokens.command("choduyet")),
            ),
        )
    plans = [plan for _, plan in concerning(turn)]
    owes = bool(turn.own_units(Action.REGISTER))  # a button that would only be refused is none
    ways = [Choice(turn.say.say("My tasks"), tokens.command("viec"))]
    if owes and (not plans or any(plan.registration for plan in plans)):
        ways.append(Choice(turn.say.say("Register an exemplar"), tokens.command("dangky")))
    if not owes:
        ways.append(Choice(turn.say.say("Progress"), tokens.command("tiendo")))
    elif not plans or any(plan.criteria for plan in plans):
        ways.append(Choice(turn.say.say("Score an exemplar"), tokens.command("tucham")))
    elif any(duties.reports(plan) for plan in plans):
        ways.append(Choice(turn.say.say("Reports"), tokens.command("baocao")))
    ways.append(Choice(turn.say.say("Dates"), tokens.command("han")))
    return tuple(tuple(ways[i : i + 2]) for i in range(0, len(ways), 2))


def hello_group(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """The bot was added to a group."""
    if turn.contact.unit_id is not None:
        return [Reply(turn.say.say(GROUP_LINKED, unit=_unit(turn, turn.contact.unit_id)))]
    return [Reply(turn.say.say(GROUP_HELLO))]


def unlinked(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """Spoken to in a group that belongs to nobody yet: with a code, it is linked by it."""
    code = code_within(asked.text) if not turn.private else ""
    if code:
        return _link(turn, code)
    return [Reply(turn.say.say(GROUP_UNLINKED))]


def link(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/lienket CODE, typed in the group."""
    if turn.private:
        return [Reply(turn.say.say(GROUP_ONLY))]
    if not asked.words:
        return [Reply(turn.say.say(CODE_PLEASE))]
    return _link(turn, "".join(asked.words))


def _link(turn: Turn, typed: str) -> Sequence[Reply]:
    barred = _barred(turn)
    if barred:
        return [Reply(barred)]
    code = people.find_code(turn.tx, _GAPS.sub("", typed), turn.now)
    if code is not None and code.kind != "group":
        return [Reply(turn.say.say(PERSON_ONLY))]
    if code is None:
        people.count_try(turn.tx, turn.contact, turn.now, window=WINDOW)
        return [Reply(turn.say.say(WRONG_CODE))]
    turn.office.refresh(turn.tx)
    if not still_holds(turn, code):
        return [Reply(turn.say.say(NOT_ANY_MORE))]
    linked = turn.contact.unit_id
    if linked is not None:
        return [Reply(turn.say.say(GROUP_LINKED if linked == code.unit_id else GROUP_TAKEN, unit=_unit(turn, linked)))]
    if not people.use_code(turn.tx, code, turn.contact, turn.now):
        raise Misunderstood(NOT_ANY_MORE)
    assert code.unit_id is not None
    return [Reply(turn.say.say(GROUP_LINKED, unit=_unit(turn, code.unit_id)))]


def _unit(turn: Turn, id: int) -> str:
    return turn.office.units[id].name if id in turn.office.units else ""


def choose_language(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/ngonngu: Vietnamese or English."""
    wanted = fold(" ".join(asked.words)).removeprefix("tieng ")
    code = next((c for c in KNOWN if wanted in CALLED[c]), None)
    if code is None or turn.person is None:
        rows = (tuple(Choice(NAMES[c], tokens.command("ngonngu", c)) for c in KNOWN),)
        return [Reply(turn.say.say(LANGUAGE_WHICH), choices=rows)]
    people.set_language(turn.tx, turn.person.id, code, turn.now)
    turn.say = language(code)
    return [Reply(turn.say.say(LANGUAGE_SET))]
