"""Help, greetings, and what to say when nothing fits."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat import Choice, Reply
from bot.forms import tokens
from bot.texts import mark
from bot.turn import Asked, Turn
from bot.vietnamese import fold
from handlers import lookup

HELP = mark(
    "Khéo helps with “Dân vận khéo”. It can be asked in plain words, with or without diacritics, or by command:"
)
WORDS = mark(
    "While a form is being filled in: “quay lại” goes back, “bỏ qua” leaves a question open, “xem lại” shows everything "
    "entered, “hủy” stops. Nothing that was entered is lost; /viec opens it again."
)
SECRET = mark("Khéo is a machine. Do not send classified documents here.")
HELLO = mark("Hello. What is to be done?")
WELCOME = mark("You are welcome.")
LOST = mark("That was not understood. Perhaps one of these:")
LOST_IN_GROUP = mark("That was not understood. In this group Khéo answers /tiendo, /han, /diem and /trogiup.")
OUTSIDE = mark("Khéo only knows the “Dân vận khéo” movement: registering, scoring, reports, dates and progress.")
NO_INVENTING = mark(
    "Points are for the unit to give, with evidence; Khéo does not make them up. /tucham goes through the criteria one by one."
)
POINTS_OF = "diem "  # folded; what follows was no unit that is known


def show(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/trogiup: what can be done here."""
    usable = [(name, what) for name, what in turn.script.menu if turn.private or name in turn.script.groups]
    listing = "\n".join(f"/{name} – {turn.say.say(what)}" for name, what in usable)
    lines = [turn.say.say(HELP), listing]
    if turn.private:
        lines.append(turn.say.say(WORDS))
    lines.append(turn.say.say(SECRET))
    return [Reply("\n\n".join(lines))]


def hello(turn: Turn, asked: Asked) -> Sequence[Reply]:
    if turn.focus.draft is not None:
        return []
    return [Reply(turn.say.say(HELLO), choices=_ways(turn))]


def thanks(turn: Turn, asked: Asked) -> Sequence[Reply]:
    return [Reply(turn.say.say(WELCOME))]


def outside(turn: Turn, asked: Asked) -> Sequence[Reply]:
    return [Reply(turn.say.say(OUTSIDE))]


def no_inventing(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """“Chấm hộ tôi đủ 90”."""
    return [Reply(turn.say.say(NO_INVENTING))]


def lost(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """Nothing fits what was said; the bare name of a unit asks for its exemplars."""
    if asked.understood and asked.understood.unit:
        return lookup.show(turn, asked)
    if fold(asked.text).startswith(POINTS_OF):
        return [Reply(lookup.not_found(turn))]
    if not turn.private:
        return [Reply(turn.say.say(LOST_IN_GROUP))]
    return [Reply(turn.say.say(LOST), choices=_ways(turn) if turn.focus.draft is None else ())]


def _ways(turn: Turn) -> tuple[tuple[Choice, ...], ...]:
    if not turn.private:
        return ()
    return (
        (
            Choice(turn.say.say("My tasks"), tokens.command("viec")),
            Choice(turn.say.say("Dates"), tokens.command("han")),
        ),
        (
            Choice(turn.say.say("Progress"), tokens.command("tiendo")),
            Choice(turn.say.say("Help"), tokens.command("trogiup")),
        ),
    )
