"""Getting known: the first screen, the one-time code, the link between a group and its unit, the language."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

from bot.chat import Choice, Reply
from bot.forms import tokens
from bot.store import people
from bot.texts import KNOWN, language, mark
from bot.turn import Asked, Turn
from bot.vietnamese import fold
from handlers import duties
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
LANGUAGE_SET = mark("From now on in English.")
LANGUAGE_WHICH = mark("Which language?")
NAMES = {"vi": "Tiếng Việt", "en": "English"}
CALLED = {"vi": ("vi", "viet", "vietnamese"), "en": ("en", "anh", "english")}  # folded, as it may be typed

TRIES = 5  # wrong codes an hour and address: 31^8 codes cannot be guessed at that pace
WINDOW = timedelta(hours=1)
_GAPS = re.compile(r"[\s\-‐-―._]+")


def start(turn: Turn, code: str) -> Sequence[Reply]:
    """Opened, perhaps with a code in the link."""
    if not turn.private:
        return _link(turn, code) if code else hello_group(turn, Asked())
    if turn.person is not None:
        names = ", ".join(turn.office.units[id].name for id in turn.person.units if id in turn.office.units)
        welcome = turn.say.say(WELCOME_BACK, name=turn.person.name, unit=names)
        return [Reply(f"{turn.say.say(FIRST_SCREEN)}\n\n{welcome}", choices=_first_choices(turn))]
    return _join(turn, _GAPS.sub("", code)) if code else _first_screen(turn)


def stranger(turn: Turn, text: str) -> Sequence[Reply]:
    """Somebody unknown wrote: a code lets them in, everything else gets the first screen."""
    words = text.split()
    if words and fold(words[0]) in ("/start", "/ma", "ma", "code"):
        words = words[1:]
    typed = _GAPS.sub("", "".join(words))
    if len(typed) == people.CODE_LENGTH and typed.isascii() and typed.isalnum():
        return _join(turn, typed, sure=any(c.isdigit() for c in typed) or typed.isupper())
    return _first_screen(turn)


def _first_screen(turn: Turn) -> Sequence[Reply]:
    return [Reply(f"{turn.say.say(FIRST_SCREEN)}\n\n{turn.say.say(TYPE_CODE)}")]


def _join(turn: Turn, typed: str, *, sure: bool = True) -> Sequence[Reply]:
    """`sure` is false for eight small letters: they may be a code, or words (“dang nhap”)."""
    me = turn.contact
    if _tried_too_often(turn):
        return [Reply(turn.say.say(TOO_MANY))] if sure else _first_screen(turn)
    code = people.find_code(turn.tx, typed, turn.now)
    if code is not None and code.person_id is None:
        return [Reply(turn.say.say(GROUP_ONLY))]
    if code is None or not people.use_code(turn.tx, code, me, turn.now):
        people.count_try(turn.tx, me, turn.now, window=WINDOW)
        return [Reply(turn.say.say(WRONG_CODE))] if sure else _first_screen(turn)
    assert code.person_id is not None
    turn.office.refresh(turn.tx)  # whoever was just entered on the server may belong to a unit just entered
    person = people.known(turn.tx, code.person_id, turn.now)
    assert person is not None
    turn.person, turn.say = person, language(person.language)
    names = ", ".join(turn.office.units[id].name for id in person.units if id in turn.office.units)
    welcome = turn.say.say(WELCOME, name=person.name, unit=names)
    return [Reply(f"{turn.say.say(FIRST_SCREEN)}\n\n{welcome}", choices=_first_choices(turn))]


def _tried_too_often(turn: Turn) -> bool:
    me = turn.contact
    return me.tries >= TRIES and me.tried_at is not None and turn.now - me.tried_at < WINDOW


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
    plans = [plan for _, plan in concerning(turn)]
    ways = [Choice(turn.say.say("My tasks"), tokens.command("viec"))]
    if not plans or any(plan.registration for plan in plans):
        ways.append(Choice(turn.say.say("Register an exemplar"), tokens.command("dangky")))
    if not plans or any(plan.criteria for plan in plans):
        ways.append(Choice(turn.say.say("Score an exemplar"), tokens.command("tucham")))
    elif any(duties.reports(plan) for plan in plans):
        ways.append(Choice(turn.say.say("Reports"), tokens.command("baocao")))
    ways.append(Choice(turn.say.say("Dates"), tokens.command("han")))
    return tuple(tuple(ways[i : i + 2]) for i in range(0, len(ways), 2))


def hello_group(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """The bot was added to a group."""
    if turn.contact.unit_id is not None:
        return [Reply(turn.say.say(GROUP_LINKED, unit=turn.office.units[turn.contact.unit_id].name))]
    return [Reply(turn.say.say(GROUP_HELLO))]


def unlinked(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """Spoken to in a group that belongs to nobody yet."""
    return [Reply(turn.say.say(GROUP_UNLINKED))]


def link(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/lienket CODE, typed in the group."""
    if turn.private:
        return [Reply(turn.say.say(GROUP_ONLY))]
    if not asked.words:
        return [Reply(turn.say.say(CODE_PLEASE))]
    return _link(turn, "".join(asked.words))


def _link(turn: Turn, typed: str) -> Sequence[Reply]:
    if _tried_too_often(turn):
        return [Reply(turn.say.say(TOO_MANY))]
    code = people.find_code(turn.tx, _GAPS.sub("", typed), turn.now)
    if code is not None and code.unit_id is None:
        return [Reply(turn.say.say(PERSON_ONLY))]
    if code is None or not people.use_code(turn.tx, code, turn.contact, turn.now):
        people.count_try(turn.tx, turn.contact, turn.now, window=WINDOW)
        return [Reply(turn.say.say(WRONG_CODE))]
    assert code.unit_id is not None
    turn.office.refresh(turn.tx)
    return [Reply(turn.say.say(GROUP_LINKED, unit=turn.office.units[code.unit_id].name))]


def choose_language(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/ngonngu: Vietnamese or English."""
    wanted = fold(" ".join(asked.words)).removeprefix("tieng ")
    code = next((c for c in KNOWN if wanted in CALLED[c]), None)
    if code is None or turn.person is None:
        rows = (tuple(Choice(NAMES[c], tokens.command("ngonngu", c)) for c in KNOWN),)
        return [Reply(turn.say.say(LANGUAGE_WHICH), choices=rows)]
    people.set_language(turn.tx, turn.person.id, code)
    turn.say = language(code)
    return [Reply(turn.say.say(LANGUAGE_SET))]
