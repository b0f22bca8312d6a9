"""The notice on personal data: what is kept and why, and the clear act by which a person agrees to it or does not."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat import Choice, Edited, Incoming, Reply, Said, Sent
from bot.clock import ZONE
from bot.forms import tokens
from bot.store import consents, unwanted, webchat
from bot.texts import mark
from bot.turn import Asked, Turn
from handlers.words import TYPED

VERSION = "2"
"""Of the notice. To be raised whenever NOTICE promises something else: then everybody is asked again, once."""
AGREE, DECLINE, SHOW, ERASE = "dongy", "khongdongy", "dulieu", "xoadulieu"
OPEN = frozenset({AGREE, DECLINE, SHOW, ERASE, "ngonngu", "trogiup", "help"})
"""What can be asked for before anything is agreed to: the notice itself, one's own data, the language, and help."""

TITLE = mark("Before we begin: your personal data")
NOTICE = mark(
    "Please read this (notice, version {version}).\n"
    "• What is kept: your name, unit and function; where you write from (the chat's number); what you enter, with the "
    "time; the files you send.\n"
    "• Why: only to carry out the plans of the movement – registering, scoring, reporting, reminding – and to show later "
    "who did what.\n"
    "• How long: messages at most {days} days; what you entered and did not hand in, until you have it erased; what was "
    "handed in and the trace of it, as the law on archives asks.\n"
    "• Who sees it: your unit, the units above it and the standing office, each by their function; and whoever runs "
    "this server.\n"
    "• Where: on the server of the office. Whoever writes on Telegram sends their messages through Telegram's servers "
    "abroad, on Zalo through Zalo's servers; on the office's own web page they stay on its server.\n"
    "• What you can do: /dulieu shows and exports your data and takes your consent back; /xoadulieu erases what the law "
    "does not keep.\n"
    "Until you agree, nothing that you type here is kept as an answer. Please do not send classified documents, identity "
    "cards or phone numbers."
)
YES = mark("I agree")
NO = mark("I do not agree")
THANKS = mark("Thank you. Your consent is noted ({version}, {when}); /dulieu shows it, and takes it back.")
ALREADY = mark("You have agreed to this notice already ({when}); /dulieu shows it, and takes it back.")
RESPECTED = mark(
    "That is respected, and noted ({when}). Khéo begins no form for you and keeps nothing that you write here beyond "
    "working off the message itself. Your unit does not lose anything: it can hand in by signed letter, and the standing "
    "office enters that. Should you change your mind, /dongy shows the notice again."
)
STILL_NOT = mark(
    "You have not agreed to the notice on personal data, so Khéo has not used this message and has not kept it. Your "
    "unit can hand in by signed letter to the standing office."
)
READ_AGAIN = mark("Read the notice again")
CHANGED = mark("The notice on personal data has changed since you agreed to it; please look at it once more.")


def consented(turn: Turn) -> bool:
    """Whether the speaker's last word on the notice was yes, and to its present version."""
    return turn.person is not None and turn.person.agreed_to == VERSION


def notice(turn: Turn, incoming: Incoming | None) -> Sequence[Reply]:
    """The notice in place of an answer; whatever was said is let go of."""
    _let_go(turn, incoming)
    last = consents.newest(turn.tx, turn.person.id) if turn.person else None
    if last is not None and not last.given:
        again = Choice(turn.say.say(READ_AGAIN), tokens.command(AGREE))
        return [Reply(turn.say.say(STILL_NOT), choices=((again,),))]
    return [_shown(turn, changed=last is not None)]


def agree(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/dongy shows the notice; only its own button, or its label typed under it, is the yes."""
    if turn.person is None:
        return turn.script.stranger(turn, "", "")
    last = consents.newest(turn.tx, turn.person.id)
    if last is not None and last.given and last.version == VERSION:
        return [Reply(turn.say.say(ALREADY, when=last.at.astimezone(ZONE)))]
    if asked.words != (VERSION,):
        return [_shown(turn, changed=last is not None and last.given)]
    consents.note(turn.tx, turn.person.id, VERSION, given=True, address_id=turn.contact.id, now=turn.now)
    first = turn.script.start(turn, "")
    thanks = turn.say.say(THANKS, version=VERSION, when=turn.now.astimezone(ZONE))
    if not turn.means.buttons:
        thanks = f"{thanks}\n{turn.say.say(TYPED)}"
    return [Reply(thanks, choices=first[-1].choices if first else ())]


def decline(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/khongdongy: no, at first or later; what then happens is said."""
    if turn.person is None:
        return turn.script.stranger(turn, "", "")
    consents.note(turn.tx, turn.person.id, VERSION, given=False, address_id=turn.contact.id, now=turn.now)
    turn.focus.leave()
    return [Reply(turn.say.say(RESPECTED, when=turn.now.astimezone(ZONE)))]


def _shown(turn: Turn, *, changed: bool) -> Reply:
    text = turn.say.say(NOTICE, version=VERSION, days=turn.office.message_days)
    if changed:
        text = f"{turn.say.say(CHANGED)}\n\n{text}"
    ways = (
        (Choice(turn.say.say(YES), tokens.command(AGREE, VERSION)),),
        (Choice(turn.say.say(NO), tokens.command(DECLINE)),),
    )
    return Reply(text, title=turn.say.say(TITLE), choices=ways)


def _let_go(turn: Turn, incoming: Incoming | None) -> None:
    """Nothing of what was said stays: not in our own chat's log, and no file."""
    if isinstance(incoming, (Said, Sent, Edited)):
        webchat.empty(turn.tx, turn.contact.address, incoming.origin.message)
    if isinstance(incoming, Sent):
        unwanted.note(turn.tx, [file.sha256 for file in incoming.files if file.sha256], turn.now)
