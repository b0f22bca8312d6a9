"""/thongbao: an office writes to many: to whom, what, how it reads, and then the one tap that sends it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from bot.chat import Choice, File, Reply, utf16_length
from bot.clock import ZONE
from bot.errors import Misunderstood, NotAllowed
from bot.forms import tokens
from bot.rules.access import RIGHTS, Action
from bot.rules.allowance import SPARING
from bot.rules.ladder import SEND_FROM, SEND_UNTIL
from bot.store import broadcasts, outbox, unwanted, usage
from bot.store.broadcasts import DRAFT, MONTHLY, WEEKLY, Broadcast, Kept
from bot.store.units import Unit
from bot.texts import mark
from bot.turn import NO_RIGHT, Asked, Turn
from bot.vietnamese import fold, read_date
from handlers import audiences, deliveries, evidence, filling, importing, placeholders
from handlers.audiences import COMMAND, DROP, LABEL, WRITE, Chosen, panel, seasons_of, token, told, totals
from handlers.deliveries import Letters, allowed, open_at, opens_at
from handlers.words import clipped, number_in, unit_in

NEW, PREVIEW, TEST, SEND, NOW, WHEN, REPEAT, BUTTON, NO_FILES, WHICH_SEASON = (
    "moi",
    "xemthu",
    "guithu",
    "gui",
    "ngay",
    "hengio",
    "laplai",
    "nut",
    "botep",
    "cua",
)
HERE, HELD = "day", "vuago"
LONGEST = 3500
"""UTF-16 units of a text: Telegram takes 4,096, and the signature and what fills the gaps need room."""
MOST_FILES = 10
"""An album has so many; each goes to everybody, and more of them would hold up what others send."""
SHOWN = 6  # of an office's messages in the list

WORDS: Mapping[str, str] = {  # folded, as people type instead of pressing
    **dict.fromkeys(("gui", "gui di", "gui luon", "gui nhe", "xac nhan", "xac nhan gui", "dong y gui", "send"), SEND),
    **dict.fromkeys(("gui ngay", "gui ngay di", "gui ngay bay gio", "gui lien", "send now"), NOW),
    **dict.fromkeys(("gui thu", "gui thu cho toi", "gui thu di", "gui cho toi", "gui cho toi truoc", "test"), TEST),
    **dict.fromkeys(("xem", "xem lai", "xem thu", "xem truoc", "xem noi dung", "preview"), PREVIEW),
    **dict.fromkeys(
        ("sua", "sua lai", "sua noi dung", "doi noi dung", "soan lai", "viet lai", "quay lai", "edit"), WRITE
    ),
    **dict.fromkeys(("sua noi nhan", "doi noi nhan", "chon noi nhan", "chon lai noi nhan"), audiences.CHOOSE),
    **dict.fromkeys(("xem danh sach", "danh sach", "xem noi nhan", "danh sach noi nhan"), audiences.LIST),
    **dict.fromkeys(("hen gio", "hen ngay", "hen ngay gio", "doi gio", "hen lai"), WHEN),
    **dict.fromkeys(("lap lai",), REPEAT),
    **dict.fromkeys(("bo tep", "bo tep kem", "bo anh", "khong kem tep"), NO_FILES),
    **dict.fromkeys(("huy", "huy bo", "huy di", "bo", "bo thong bao", "bo thong bao nay", "khong gui", "cancel"), DROP),
}

MINE = mark("Messages of {office}")
OFFICES_ONLY = mark(
    "This is not open to you here: only who works for a standing office writes to many at once. If you do, please ask the "
    "administrator of Khéo to enter it."
)
NONE_YET = mark("No message has been sent yet.")
ONE = mark("• No. {id}, {when}: {state} – “{text}”")
NEW_LABEL = mark("Write a new message")
SHOW_LABEL = mark("No. {id}: {text}")
WHICH_OFFICE = mark("In the name of which office?")
TYPE = mark(
    "Please type the text now; photos and documents may be sent too. {known} are filled in for each recipient when it is "
    "sent. The text goes out as the words of {office}."
)
TOO_LONG = mark(
    "The text has {length} characters, more than the {limit} that fit into one message; nothing was kept. Please shorten "
    "it, or send it as a document."
)
UNKNOWN = mark("These are not known: {gaps}. Known are {known}. Please type the text once more.")
NO_FIGURES = mark(
    "{known}: what was handed in and what is missing is read from a season, but no season of a plan of {office} is open."
)
WHICH_FIGURES = mark("From which plan are the figures to be read?")
FILES_KEPT = mark("Files that go with it: {count}.")
TOO_MANY_FILES = mark("Not kept, more than {limit} files: {count}.")
EMPTY = mark("There is no text and no file yet. Please type the text, or send a photo or a document.")
NO_RECIPIENT = mark("Nobody would get it: please choose other recipients first.")
READS = mark("This is how {whom} will read it:")
SUMMARY = mark("To be sent")
TAKES = mark("At {channel} it takes {many} of the {left} messages that are left this month.")
TAKES_TOO_MANY = mark(
    "⚠ At {channel} it takes {many} messages and only {left} are left this month: whoever has no other channel will not get "
    "it. Please choose fewer recipients or the groups only, or send it next month."
)
BUTTON_ON = mark("With the button “{label}”.")
BUTTON_OFF = mark("Without a button.")
LEAVES_NOW = mark("It leaves as soon as you confirm.")
LEAVES_LATER = mark("Offices are not written to at this hour; it leaves at {when}, unless you choose “{now}”.")
LEAVES_AT = mark("It leaves at {when}.")
EVERY = {WEEKLY: mark("Then every week."), MONTHLY: mark("Then every month.")}
SEND_LABEL = mark("Send to {count}")
SEND_LATER = mark("Send at {when}")
NOW_LABEL = mark("Send right now")
TEST_LABEL = mark("Send it to me only")
WHEN_LABEL = mark("Choose day and hour")
REPEAT_LABELS = {"": mark("Repeat: no"), WEEKLY: mark("Repeat: every week"), MONTHLY: mark("Repeat: every month")}
BUTTON_LABELS = {True: mark("Button “Received”: yes"), False: mark("Button “Received”: no")}
REWRITE_LABEL = mark("Change the text")
NO_FILES_LABEL = mark("Without the files")
RECIPIENTS_LABEL = mark("Change the recipients")
PREVIEW_LABEL = mark("Read it as a recipient")
AT_ONCE_LABEL = mark("As soon as I confirm")
TYPE_WHEN = mark("When is it to leave? Please type day and hour, e.g. “{example}”.")
NO_TIME = mark("“{text}” is no day with an hour. Please type it like “{example}”.")
PAST = mark("{when} is over already. Please type a later day and hour.")
DAY_OFF = mark("{day} is a day off; offices are not written to then. Please name another day, e.g. {other}.")
CLOSED_HOURS = mark("Offices are written to from {first} to {last}. Please name an hour between.")
TESTED = mark("That was for you only; nothing has gone to anybody else.")
CONFIRMED = mark("Confirmed. Message no. {id} goes to {count}; below you see how far it is.")
CONFIRMED_LATER = mark("Confirmed. Message no. {id} leaves at {when}. Until then it can be called off.")
CALL_OFF = mark("Do not send it")
ALREADY = mark("Message no. {id} was confirmed before; nothing goes out twice.")
CHANGED = mark("Meanwhile something was changed. Please look at it once more; nothing was sent.")
DROPPED = mark("Dropped; nothing was sent.")
NOT_CLEAR = mark(
    "“{text}” was not understood; the message is kept, and nothing was sent. You may type “gửi”, “gửi thử”, “sửa nội dung”, "
    "“sửa nơi nhận”, “xem lại”, “hủy”, or the day and hour at which it is to leave."
)
NOT_CLEAR_YET = mark("“{text}” was not understood; the recipients are kept, and nothing was sent.")
HELD_LABEL = mark("Take what I typed as the text")
SEASON_CLOSED = mark("The season that was chosen has been closed. Please choose the recipients anew.")


def act(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/thongbao: the office's messages, a new one, and all that its buttons do; in a private chat only."""
    offices = offices_of(turn)
    if not turn.private or turn.person is None or not offices:
        raise NotAllowed(OFFICES_ONLY)
    id = number_in(asked.words, "b")
    typed = asked.text.strip()
    if id is None and typed.isascii() and typed.isdigit() and len(typed) < 19:
        id = int(typed)
    if id is not None:
        return _about(turn, asked, allowed(turn, broadcasts.by_id(turn.tx, id), id))
    if NEW in asked.words:
        return _new(turn, asked, offices)
    return _mine(turn, offices)


def offered(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """A sentence that asks for it: the same as the bare command, and nothing begins by it."""
    return act(turn, Asked())


def offices_of(turn: Turn) -> list[Unit]:
    """The offices in whose name the speaker may write."""
    held = turn.person.grants if turn.person is not None else ()
    ids = [g.unit for g in held if Action.BROADCAST in RIGHTS.get(g.function, {}) and not g.ended]
    known = turn.office.units
    return [known[id] for id in dict.fromkeys(ids) if id is not None and turn.can(Action.BROADCAST, id)]


def _mine(turn: Turn, offices: Sequence[Unit]) -> Sequence[Reply]:
    say = turn.say
    turn.asking = True
    lines = []
    rows = [(Choice(say.say(NEW_LABEL), tokens.command(COMMAND, NEW)),)]
    for one in broadcasts.of_offices(turn.tx, [u.id for u in offices], SHOWN):
        when = (one.send_at if one.state == broadcasts.SCHEDULED else one.confirmed_at) or one.created_at
        text = clipped(" ".join(one.text.split()), LABEL)
        state = say.say(deliveries.STATE_NAMES[one.state])
        lines.append(say.say(ONE, id=one.id, when=when.astimezone(ZONE), state=state, text=text))
        rows.append((Choice(say.say(SHOW_LABEL, id=one.id, text=clipped(text, 24)), token(one)),))
    title = say.say(MINE, office=", ".join(u.name for u in offices))
    return [Reply("\n".join(lines) or say.say(NONE_YET), title=title, choices=tuple(rows))]


def _new(turn: Turn, asked: Asked, offices: Sequence[Unit]) -> Sequence[Reply]:
    unit = offices[0] if len(offices) == 1 else unit_in(turn, asked.words)
    if unit is None:
        turn.asking = True
        rows = tuple((Choice(u.name, tokens.command(COMMAND, NEW, f"u{u.id}")),) for u in offices)
        return [Reply(turn.say.say(WHICH_OFFICE), choices=rows)]
    if unit.id not in {u.id for u in offices}:
        raise NotAllowed(NO_RIGHT)
    assert turn.person is not None
    turn.focus.leave()
    id = broadcasts.begin(turn.tx, unit_id=unit.id, person_id=turn.person.id, address_id=turn.contact.id, now=turn.now)
    one = broadcasts.by_id(turn.tx, id)
    assert one is not None
    return [panel(turn, one)]


def _about(turn: Turn, asked: Asked, one: Broadcast) -> Sequence[Reply]:
    """One broadcast and what is to be done with it."""
    assert turn.person is not None
    word = next((w for w in asked.words if not (w[:1] == "b" and w[1:].isdigit())), "")
    if one.state != DRAFT:
        if word in (SEND, NOW):
            return [Reply(turn.say.say(ALREADY, id=one.id))]
        done = deliveries.act(turn, one, word)
        return done if done is not None else [deliveries.report(turn.office, turn.tx, turn.say, one, turn.now)]
    if one.person_id != turn.person.id:
        raise NotAllowed(deliveries.NO_SUCH, id=one.id, command=COMMAND)
    try:
        choosing = audiences.act(turn, asked, one, word)
        return choosing if choosing is not None else _write(turn, asked, one, word)
    except LookupError:
        kept = broadcasts.Audience(functions=one.audience.functions, groups=one.audience.groups)
        one = broadcasts.change(turn.tx, one, audience=kept, season_id=None)
        return [panel(turn, one, [turn.say.say(SEASON_CLOSED)])]


def _write(turn: Turn, asked: Asked, one: Broadcast, word: str) -> Sequence[Reply]:
    match word:
        case "soan":
            text, turn.focus.held = turn.focus.held if HELD in asked.words else asked.text, ""
            return _text(turn, replace(asked, text=text), one)
        case "day":
            return _here(turn, one)
        case "xemthu":
            return _preview(turn, one)
        case "guithu":
            return _test(turn, one)
        case "gui" | "ngay":
            return _confirm(turn, asked, one, at_once=word == NOW)
        case "hengio":
            return _when(turn, asked, one)
        case "laplai":
            order = ("", WEEKLY, MONTHLY)
            repeats = order[(order.index(one.repeats) + 1) % len(order)]
            return [_summary(turn, broadcasts.change(turn.tx, one, repeats=repeats))]
        case "nut":
            return [_summary(turn, broadcasts.change(turn.tx, one, receipts=not one.receipts))]
        case "botep":
            unwanted.note(turn.tx, [file.sha256 for file in one.files], turn.now)
            return [_summary(turn, broadcasts.change(turn.tx, one, files=()))]
        case "cua":
            return _season(turn, asked, one)
        case "huy":
            broadcasts.drop(turn.tx, one.id, turn.now)
            turn.focus.leave()
            return [Reply(turn.say.say(DROPPED))]
    return [panel(turn, one)]


# -- the text and the files --------------------------------------------------------------------------------------------


def _text(turn: Turn, asked: Asked, one: Broadcast) -> Sequence[Reply]:
    turn.asking = True
    turn.focus.sending = f"{COMMAND}:{one.id}"
    known = _word(asked.text)
    if known == DROP and (one.text or one.files):  # the change is dropped, the message is not
        return _here(turn, one)
    if known == DROP or (known and (one.text or one.files)):
        return _by_word(turn, one, known)
    if not asked.text or known:
        turn.focus.awaits = token(one, WRITE)
        named = deliveries.office_named(turn.office, one, turn.say, turn.now)
        rows = [(Choice(turn.say.say(RECIPIENTS_LABEL), token(one, audiences.CHOOSE)),)]
        if one.text or one.files:
            rows.insert(0, (Choice(turn.say.say(PREVIEW_LABEL), token(one, PREVIEW)),))
        sentence = turn.say.say(TYPE, known=placeholders.KNOWN, office=named)
        if not turn.means.documents:
            sentence = "\n".join(part for part in (sentence, filling.sending_link(turn)) if part)
        return [Reply(sentence, choices=tuple(rows))]
    one = _with_text(turn, one, asked.text.strip())
    return _preview(turn, one)


def _with_text(turn: Turn, one: Broadcast, text: str) -> Broadcast:
    """The broadcast with that text; Misunderstood, with the limit or the gaps that are known, if it cannot be."""
    length = utf16_length(text)
    if length > LONGEST:
        raise Misunderstood(TOO_LONG, length=length, limit=LONGEST)
    unknown = placeholders.unknown(text)
    if unknown:
        raise Misunderstood(UNKNOWN, gaps=", ".join(unknown), known=placeholders.KNOWN)
    return broadcasts.change(turn.tx, one, text=text)


def sent(turn: Turn, files: Sequence[File], caption: str, album: str) -> Sequence[Reply]:
    """Files: those of a broadcast that is being written, if one is; else a list, or evidence."""
    one = _being_written(turn)
    if one is None:
        return importing.sent(turn, files, caption, album)
    taken = _take(turn, one, files, caption)
    if not album:
        return _kept(turn, taken)
    about = f"album:{turn.contact.id}:{album}"
    gathered = outbox.about(turn.tx, about)
    later = turn.real + turn.means.together
    if gathered:
        before = gathered[-1][1]
        lines = list(dict.fromkeys([*before["lines"], *taken["lines"]]))
        refused = [*before.get("refused", ()), *taken["refused"]]
        taken |= {"lines": lines, "refused": refused, "over": before.get("over", 0) + taken["over"]}
        if outbox.add_to(turn.tx, gathered[-1][0], taken, not_before=later):
            return []
    cause = f"{about}:{len(gathered)}"
    outbox.add(
        turn.tx,
        turn.contact.id,
        "album",
        cause,
        taken,
        turn.now,
        not_before=later,
        subject=about,
        priority=outbox.REPLY,
    )
    return []


def album_received(turn: Turn, payload: Mapping[str, Any]) -> Sequence[Reply]:
    """The one acknowledgement of an album: of a broadcast, or of evidence."""
    return _kept(turn, payload) if "broadcast" in payload else evidence.album_received(turn, payload)


def _being_written(turn: Turn) -> Broadcast | None:
    command, _, id = turn.focus.sending.partition(":")
    if command != COMMAND or not id.isdigit() or turn.focus.draft is not None:
        return None
    one = broadcasts.by_id(turn.tx, int(id))
    if one is None or one.state != DRAFT or turn.person is None or one.person_id != turn.person.id:
        return None
    return one if turn.private and turn.can(Action.BROADCAST, one.unit_id) else None


def _take(turn: Turn, one: Broadcast, files: Sequence[File], caption: str) -> dict[str, Any]:
    """Keep what can be kept; returns, as JSON, what is to be told of it."""
    lines: list[str] = []
    good = [f for f in files if not f.problem]
    room = max(MOST_FILES - len(one.files), 0)
    kept = [Kept(f.sha256, f.name, f.media, f.kind) for f in good[:room]]
    if good[room:]:
        unwanted.note(turn.tx, [f.sha256 for f in good[room:]], turn.now)
    one = broadcasts.change(turn.tx, one, files=(*one.files, *kept))
    if caption.strip() and not one.text:
        try:
            one = _with_text(turn, one, caption.strip())
            turn.focus.awaits = ""
        except Misunderstood as wrong_text:
            lines.append(turn.say.say(wrong_text.source, **wrong_text.values))
    if not one.text:
        turn.focus.awaits = token(one, WRITE)
    return {"broadcast": one.id, "lines": lines, "refused": evidence.refused(files), "over": len(good[room:])}


def _kept(turn: Turn, taken: Mapping[str, Any]) -> Sequence[Reply]:
    one = broadcasts.by_id(turn.tx, int(taken["broadcast"]))
    if one is None or one.state != DRAFT:
        return []
    turn.asking = True
    lines = [*taken["lines"], *evidence.not_taken(turn, taken.get("refused", ()))]
    if taken.get("over"):
        lines.append(turn.say.say(TOO_MANY_FILES, limit=MOST_FILES, count=taken["over"]))
    lines.append(turn.say.say(FILES_KEPT, count=len(one.files)))
    if not one.text:
        named = deliveries.office_named(turn.office, one, turn.say, turn.now)
        lines.append(turn.say.say(TYPE, known=placeholders.KNOWN, office=named))
    rows = [
        (Choice(turn.say.say(PREVIEW_LABEL), token(one, PREVIEW)),),
        (Choice(turn.say.say(NO_FILES_LABEL), token(one, NO_FILES)),),
        (Choice(turn.say.say(audiences.LABELS[DROP]), token(one, DROP)),),
    ]
    return [Reply("\n".join(lines), choices=tuple(rows))]


# -- what is typed while it stands open --------------------------------------------------------------------------------


def filled(turn: Turn, text: str) -> Sequence[Reply] | None:
    """A text typed while a broadcast is being written: a button in other words, the day and hour at which it is to leave,
    or a question to Khéo; of all else it is told what can be done. Where none is written, it is a form's.
    """
    one = _being_written(turn)
    if one is None:
        return filling.filled(turn, text)
    word = _word(text)
    if word:
        return _by_word(turn, one, word)
    if _says_when(text, turn.today):
        return _when(turn, Asked(text=text), one)
    understood = turn.understood(text)
    if understood.intent not in ("", "broadcast.begin") and (understood.sure or understood.question):
        return None
    turn.focus.held = text
    shown = _here(turn, one)
    lines = [turn.say.say(NOT_CLEAR if one.text or one.files else NOT_CLEAR_YET, text=clipped(text, LABEL))]
    as_text = Choice(turn.say.say(HELD_LABEL), token(one, WRITE, HELD))
    last = replace(shown[-1], text="\n".join((*lines, shown[-1].text)), choices=(*shown[-1].choices, (as_text,)))
    return [*shown[:-1], last]


def ask_again(turn: Turn) -> Sequence[Reply]:
    """The broadcast that is being written, as it stands; else the open question of a form."""
    one = _being_written(turn)
    return filling.ask_again(turn) if one is None else _about(turn, Asked(words=(HERE,)), one)


def _here(turn: Turn, one: Broadcast) -> Sequence[Reply]:
    """Where it stands: the summary, or, as long as there is nothing to be sent, the question for the text."""
    return [_summary(turn, one)] if one.text or one.files else _text(turn, Asked(), one)


def _word(text: str) -> str:
    """Which button those words mean; empty: none."""
    return WORDS.get(fold(text).strip(" .!?\"'"), "")


def _by_word(turn: Turn, one: Broadcast, word: str) -> Sequence[Reply]:
    """What the button would do; what sends is only taken when it is shown."""
    if word in (SEND, NOW):
        if word == NOW and one.send_at is not None:
            return [_summary(turn, broadcasts.change(turn.tx, one, send_at=None))]
        shown = [
            held.split(":")[3:]
            for _, held in turn.focus.options
            if held.startswith((token(one, SEND), token(one, NOW)))
        ]
        ways = [words for words in shown if words[0] == word] or [words for words in shown if words[0] == SEND]
        if not ways:
            return _preview(turn, one)
        return _about(turn, Asked(words=tuple(ways[0])), one)
    return _about(turn, Asked(words=(word,)), one)


# -- how it reads ------------------------------------------------------------------------------------------------------


def _preview(turn: Turn, one: Broadcast) -> Sequence[Reply]:
    """The message as one of the recipients will read it, and below it all that can still be changed."""
    one, question = _with_season(turn, one)
    if question:
        return question
    if not one.text and not one.files:
        turn.asking = True
        turn.focus.awaits = token(one, WRITE)
        return [Reply(turn.say.say(EMPTY))]
    read = _as_read(turn, one)
    if read is None:
        return [panel(turn, one, [turn.say.say(NO_RECIPIENT)])]
    whom, letter = read
    shown = replace(letter, choices=(), title=letter.title)
    heading = turn.say.say(READS, whom=whom)
    return [Reply(heading), shown, _summary(turn, one)]


def _as_read(turn: Turn, one: Broadcast) -> tuple[str, Reply] | None:
    """One of the recipients, and what they will read; None if there is none."""
    to, reached = totals(turn, one)
    if not reached.recipients:
        return None
    unreached = set(reached.unreached)
    first = next((id for id in to.units if id not in unreached), to.units[0])
    unit = turn.office.units[first]
    letter = Letters(turn.office).letter(turn.tx, one, [unit], turn.say, turn.now)
    return (unit.name, letter) if letter is not None else None


def _with_season(turn: Turn, one: Broadcast) -> tuple[Broadcast, Sequence[Reply]]:
    """The broadcast with the season whose figures it tells, where it tells any; or the question which one."""
    if not placeholders.used(one.text) & placeholders.FIGURES:
        return one, ()
    mine = seasons_of(turn.office, one.unit_id, turn.now)
    wanted = one.audience.season if one.audience.season is not None else one.season_id
    if any(season.id == wanted for season in mine):
        return (one if one.season_id == wanted else broadcasts.change(turn.tx, one, season_id=wanted)), ()
    if len(mine) == 1:
        return broadcasts.change(turn.tx, one, season_id=mine[0].id), ()
    if not mine:
        named = turn.office.units[one.unit_id].name
        raise Misunderstood(NO_FIGURES, known=placeholders.KNOWN, office=named)
    turn.asking = True
    rows = tuple(
        (Choice(clipped(turn.office.plan(s).name, LABEL), token(one, WHICH_SEASON, f"s{s.id}")),) for s in mine
    )
    return one, [Reply(turn.say.say(WHICH_FIGURES), choices=rows)]


def _season(turn: Turn, asked: Asked, one: Broadcast) -> Sequence[Reply]:
    id = number_in(asked.words, "s")
    if id in {season.id for season in seasons_of(turn.office, one.unit_id, turn.now)}:
        one = broadcasts.change(turn.tx, one, season_id=id)
    return _preview(turn, one)


def _stamp(one: Broadcast) -> str:
    """What stands in the button that sends: of what was shown, and of nothing that was changed since."""
    held = [one.audience.as_json(), one.text, [asdict(f) for f in one.files], one.receipts, one.repeats]
    said = json.dumps([*held, one.send_at.timestamp() if one.send_at else ""], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:12]


def _summary(turn: Turn, one: Broadcast) -> Reply:
    """To whom, with what, when – and the buttons that send it or change it."""
    say = turn.say
    turn.asking = True
    to, reached = totals(turn, one)
    lines = [*told(turn, to, reached), say.say(deliveries.COUNTED, count=reached.recipients)]
    lines += _month(turn, one, to)
    if one.files:
        lines.append(say.say(FILES_KEPT, count=len(one.files)))
    label = say.say(deliveries.RECEIVED_LABEL)
    lines.append(say.say(BUTTON_ON, label=label) if one.receipts else say.say(BUTTON_OFF))
    calendar, stamp = turn.office.calendar, _stamp(one)
    count = say.say_n("{n} recipient", "{n} recipients", reached.recipients)
    open_now = open_at(calendar, turn.now)
    rows: list[tuple[Choice, ...]] = []
    if one.send_at is not None:
        when = one.send_at.astimezone(ZONE)
        lines.append(say.say(LEAVES_AT, when=when))
        rows.append((Choice(say.say(SEND_LATER, when=when), token(one, SEND, stamp)),))
    elif open_now:
        lines.append(say.say(LEAVES_NOW))
        rows.append((Choice(say.say(SEND_LABEL, count=count), token(one, SEND, stamp)),))
    else:
        when = opens_at(calendar, turn.now).astimezone(ZONE)
        lines.append(say.say(LEAVES_LATER, when=when, now=say.say(NOW_LABEL)))
        rows.append((Choice(say.say(SEND_LATER, when=when), token(one, SEND, stamp)),))
        rows.append((Choice(say.say(NOW_LABEL), token(one, NOW, stamp)),))
    if one.repeats:
        lines.append(say.say(EVERY[one.repeats]))
    if not reached.recipients:
        lines.append(say.say(NO_RECIPIENT))
        rows = []
    rows += [
        (Choice(say.say(TEST_LABEL), token(one, TEST)),),
        (Choice(say.say(WHEN_LABEL), token(one, WHEN)),),
        (Choice(say.say(REPEAT_LABELS[one.repeats]), token(one, REPEAT)),),
        (Choice(say.say(BUTTON_LABELS[one.receipts]), token(one, BUTTON)),),
        (Choice(say.say(REWRITE_LABEL), token(one, WRITE)),),
    ]
    if one.files:
        rows.append((Choice(say.say(NO_FILES_LABEL), token(one, NO_FILES)),))
    rows += [
        (Choice(say.say(RECIPIENTS_LABEL), token(one, audiences.CHOOSE)),),
        (Choice(say.say(audiences.LABELS[DROP]), token(one, DROP)),),
    ]
    return Reply("\n".join(lines), title=say.say(SUMMARY), choices=tuple(rows))


def _month(turn: Turn, one: Broadcast, to: Chosen) -> list[str]:
    """What it takes of the month's messages where a platform counts them, and whether there is room for it."""
    thrift = turn.office.thrift
    lines: list[str] = []
    if not thrift.counted:
        return lines
    there = broadcasts.recipients(turn.tx, one.audience, to.units, turn.today)
    each = max(len(one.files), 1)  # the last file comes with the text
    for channel, used in usage.every(turn.tx, thrift.counted, turn.now).items():
        many = each * sum(1 for row in there if row.channel == channel)
        if many:
            room = max(thrift.allowance.messages * SPARING // 100 - used.both, 0)
            said = {"channel": turn.say.channel(channel), "many": many, "left": room}
            fits = many <= room and thrift.standing_of(used) == "open"
            lines.append(turn.say.say(TAKES if fits else TAKES_TOO_MANY, **said))
    return lines


def _test(turn: Turn, one: Broadcast) -> Sequence[Reply]:
    """The message with all its files, to its author only."""
    one, question = _with_season(turn, one)
    if question:
        return question
    read = _as_read(turn, one)
    if read is None:
        return [panel(turn, one, [turn.say.say(NO_RECIPIENT)])]
    before = Letters(turn.office).files_before(one, turn.say)
    label = turn.say.say(deliveries.RECEIVED_LABEL)
    letter = replace(read[1], choices=())
    if one.receipts:
        letter = replace(letter, text=f"{letter.text}\n[{label}]")
    return [*before, letter, replace(_summary(turn, one), title=turn.say.say(TESTED))]


# -- when --------------------------------------------------------------------------------------------------------------

_HOUR = re.compile(
    r"(?:\b(?:luc|vao luc|vao)\s+)?\b(?P<hour>[01]?\d|2[0-3])\s*(?:(?:gio|h|g)(?![a-z])\s*(?P<minute>[0-5]\d)?|:(?P<colon>[0-5]\d))"
    r"(?:\s*(?P<half>ruoi))?(?:\s*(?P<part>sang|trua|chieu|toi))?(?![\d/])"
)


_BESIDE_A_DAY = re.compile(r"\b(?:luc|vao|ngay|gui|hen|doi|lai)\b")


def _without_hour(plain: str) -> str:
    """What remains of a folded text when the hour and the words around it are taken away: a day, if it is a moment."""
    rest = _BESIDE_A_DAY.sub(" ", _HOUR.sub(" ", plain, count=1))
    return " ".join(rest.split()).strip(" ,.-")


def _says_when(text: str, today: date) -> bool:
    """Whether the text is a day, an hour, or both, and nothing else."""
    rest = _without_hour(fold(text))
    return read_date(rest, today) is not None if rest else _HOUR.search(fold(text)) is not None


def moment_typed(text: str, now: datetime) -> datetime | None:
    """“8h30 ngày 15/3”, “mai 9 giờ”, “14:00 thứ sáu”; a day without hour, or an hour without day, is none."""
    plain = fold(text)
    found = _HOUR.search(plain)
    if found is None:
        return None
    hour, minute = int(found["hour"]), int(found["minute"] or found["colon"] or (30 if found["half"] else 0))
    if found["part"] in ("chieu", "toi") and hour < 12:
        hour += 12
    day = read_date(_without_hour(plain), now.date())
    return datetime.combine(day, time(hour, minute), now.tzinfo) if day is not None else None


def _when(turn: Turn, asked: Asked, one: Broadcast) -> Sequence[Reply]:
    say, calendar = turn.say, turn.office.calendar
    if "khong" in asked.words:
        return [_summary(turn, broadcasts.change(turn.tx, one, send_at=None))]
    opening = opens_at(calendar, datetime.combine(turn.today + timedelta(days=1), time(8), turn.now.tzinfo))
    example = f"8h30 {opening:%d/%m/%Y}"
    if not asked.text:
        turn.asking = True
        turn.focus.awaits = token(one, WHEN)
        once = Choice(say.say(AT_ONCE_LABEL), token(one, WHEN, "khong"))
        return [Reply(say.say(TYPE_WHEN, example=example), choices=((once,),))]
    when = moment_typed(asked.text, turn.now)
    if when is None:
        raise Misunderstood(NO_TIME, text=asked.text[:40], example=example)
    if when <= turn.now:
        raise Misunderstood(PAST, when=when)
    if not open_at(calendar, datetime.combine(when.date(), SEND_FROM, when.tzinfo)):
        other = opens_at(calendar, when).date()
        raise Misunderstood(DAY_OFF, day=when.date(), other=other)
    if not open_at(calendar, when):
        first, last = (f"{t:%H:%M}" for t in (SEND_FROM, SEND_UNTIL))
        raise Misunderstood(CLOSED_HOURS, first=first, last=last)
    return [_summary(turn, broadcasts.change(turn.tx, one, send_at=when))]


def next_moment(first: datetime, repeats: str, after: datetime) -> datetime:
    """The next time of what began at `first`, later than `after`: the same weekday, or the same day of the month."""
    number, moment = 0, first
    while moment <= after:
        number += 1
        if repeats == WEEKLY:
            moment = first + timedelta(weeks=number)
            continue
        months = first.year * 12 + first.month - 1 + number
        following = date(months // 12 + (months % 12 == 11), (months + 1) % 12 + 1, 1)
        last = following - timedelta(days=1)
        moment = datetime.combine(last.replace(day=min(first.day, last.day)), first.timetz())
    return moment


# -- the one tap -------------------------------------------------------------------------------------------------------


def _confirm(turn: Turn, asked: Asked, one: Broadcast, *, at_once: bool) -> Sequence[Reply]:
    if _stamp(one) not in asked.words:
        return [Reply(turn.say.say(CHANGED)), *_preview(turn, one)]
    one, question = _with_season(turn, one)
    if question:
        return question
    to, reached = totals(turn, one)
    if not reached.recipients:
        return [panel(turn, one, [turn.say.say(NO_RECIPIENT)])]
    if not one.text and not one.files:
        return _preview(turn, one)
    calendar = turn.office.calendar
    audience = replace(one.audience, any_hour=at_once)
    if one.send_at is not None and one.send_at <= turn.now:
        one = broadcasts.change(turn.tx, one, send_at=None)
        return [Reply(turn.say.say(PAST, when=turn.now)), *_preview(turn, one)]
    later = one.send_at
    if later is None and not at_once and not open_at(calendar, turn.now):
        later = opens_at(calendar, turn.now)
    repeating = bool(one.repeats) and later is None
    one = replace(one, audience=audience, send_at=turn.now if repeating else later)
    if not broadcasts.confirm(turn.tx, one, turn.now):
        return [Reply(turn.say.say(ALREADY, id=one.id))]
    turn.focus.leave()
    if later is not None:
        off = Choice(turn.say.say(CALL_OFF), token(one, deliveries.CALL_OFF))
        said = turn.say.say(CONFIRMED_LATER, id=one.id, when=later.astimezone(ZONE))
        return [Reply(said, choices=((off,),))]
    if repeating:
        broadcasts.leave(
            turn.tx, one, turn.now, following(turn.office.calendar, one, one.send_at or turn.now, turn.now)
        )
    begun = broadcasts.by_id(turn.tx, one.id)
    assert begun is not None
    broadcasts.write_some(turn.tx, begun, to.units, to.ended, turn.now, turn.real)
    broadcasts.show(turn.tx, begun, turn.now, turn.real)
    count = turn.say.say_n("{n} recipient", "{n} recipients", reached.recipients)
    return [Reply(turn.say.say(CONFIRMED, id=one.id, count=count))]


def following(calendar: Any, one: Broadcast, first: datetime, now: datetime) -> datetime:
    """When a repeated one goes next: its own day and hour, or, where offices are closed then, when they open."""
    return opens_at(calendar, next_moment(first.astimezone(ZONE), one.repeats, now.astimezone(ZONE)))
