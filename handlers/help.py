"""Help, greetings, and what to say when nothing fits."""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.chat import Choice, Reply
from bot.forms import tokens
from bot.texts import mark
from bot.turn import Asked, Turn
from bot.vietnamese import fold
from handlers import lookup
from handlers.entitled import usable
from handlers.words import TYPED

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
UNKNOWN_COMMAND = mark("There is no command “/{command}”.")
PERHAPS = mark("Perhaps this is meant:")
ALL_IN_HELP = mark("/trogiup shows all that can be done here.")
FORMS = ("dangky", "tucham", "baocao", "vuongmac")  # commands that open one
NEAREST = 3  # commands
FORGIVEN = 3  # one wrong letter for every so many
LONGEST_SHOWN = 32  # characters of what was typed
POINTS_OF = "diem "  # folded; what follows was no unit that is known


def show(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/trogiup: what can be done here."""
    if not turn.private and turn.contact.unit_id is None:
        return [*turn.script.unlinked(turn, asked), Reply(turn.say.say(SECRET))]
    lines = [turn.say.say(HELP)]
    for title, entries in turn.script.sections:
        listed = [_entry(turn, *entry) for entry in entries if usable(turn, entry[0])]
        if listed:
            lines.append("\n".join([turn.say.say(title), *listed]))
    if turn.private and any(usable(turn, name) for name in FORMS):
        lines.append(turn.say.say(WORDS))
    if not turn.means.buttons:
        lines.append(turn.say.say(TYPED))
    lines.append(turn.say.say(SECRET))
    return [Reply("\n\n".join(lines))]


def unknown(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """A command that there is not: the nearest of those that the speaker may use, by its meaning or its letters."""
    open_to = {name: what for _, entries in turn.script.sections for name, what in entries if usable(turn, name)}
    meant = turn.script.phrases.get(turn.understood(asked.text).intent)
    found = [name for name in open_to if meant is not None and turn.script.commands[name] is meant]
    typed = asked.words[0]
    reach = max(1, len(typed) // FORGIVEN)
    alike = process.extract(typed, list(open_to), scorer=OSA.distance, score_cutoff=reach, limit=NEAREST)
    found = list(dict.fromkeys([*found, *(name for name, _, _ in alike)]))[:NEAREST]
    lines = [turn.say.say(UNKNOWN_COMMAND, command=typed[:LONGEST_SHOWN])]
    if found:
        lines += [turn.say.say(PERHAPS), *(_entry(turn, name, open_to[name]) for name in found)]
    return [Reply("\n".join([*lines, turn.say.say(ALL_IN_HELP)]))]


def _entry(turn: Turn, name: str, what: str) -> str:
    return f"/{name} – {turn.say.say(what)}"


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
