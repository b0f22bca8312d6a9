"""What a sentence may have meant, as buttons; and what Khéo has no answer to yet, with what there is instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.chat import Choice, Reply
from bot.forms import tokens
from bot.lookup.intents import Understood
from bot.lookup.phrases import OPENS
from bot.texts import mark
from bot.turn import Asked, Handler, Turn
from handlers import feedback
from handlers.quoting import ASK

PERHAPS = mark("Khéo is not sure what is meant. Is it one of these?")
FROM_THE_TABLE = mark(
    "Counting by fields is not on Khéo yet. /bangtonghop gives the standing office every exemplar with its field and "
    "points as an Excel file."
)
NO_RANKING = mark(
    "A ranking by points is not on Khéo yet. /diem shows the points of one unit; /bangtonghop gives the standing office "
    "all points as an Excel file."
)
NO_OWN_REMINDERS = mark(
    "Reminders at a time of one's own are not on Khéo yet. It reminds of every duty by itself before its day; /han shows "
    "the days, /viec what is still to be done."
)

# What is offered for an intent; “how to”, “who” and “when” rather than the names of the answers.
LABELS = {
    "award.who": mark("Who grants and signs the award"),
    "conditions.show": mark("What an award requires"),
    "contact.show": mark("Whom to contact"),
    "broadcast.begin": mark("Write to many units at once"),
    "criteria.show": mark("The criteria and their points"),
    "deadline.explain": mark("Whether a certain day is still in time"),
    "deadline.extend": mark("Give one unit more time"),
    "deadline.late": mark("What happens when it is late"),
    "deadline.show": mark("The last day"),
    "document.show": mark("A document the plan refers to"),
    "dossier.parts": mark("What a dossier holds"),
    "erratum.explain": mark("A misprint in the plan"),
    "evidence.hint": mark("Which evidence is needed"),
    "exemplars.list": mark("The registered exemplars"),
    "export.table": mark("The season as an Excel file"),
    "feedback.begin": mark("Tell of a difficulty"),
    "fields.show": mark("The fields of the movement"),
    "form.get": mark("The prescribed forms"),
    "form.print": mark("Papers to print and sign"),
    "help": mark("Help"),
    "history.show": mark("The years in a row"),
    "model.carry": mark("Carry on last year's exemplars"),
    "model.stop": mark("An exemplar that has stopped"),
    "paper.note": mark("Note a letter received on paper"),
    "plan.show": mark("The plan itself"),
    "progress.show": mark("Who has answered, and who has not"),
    "quota.show": mark("How many may be proposed"),
    "ranking.show": mark("A ranking by points"),
    "recipient.show": mark("To whom it goes"),
    "register.begin": mark("Register an exemplar"),
    "register.complete": mark("The list of exemplars is complete"),
    "register.how": mark("How to register"),
    "register.none": mark("No exemplar this year"),
    "register.status": mark("How far the dossier has come"),
    "reminder.set": mark("A reminder of one's own"),
    "reminders.urge": mark("Remind the units that owe"),
    "reminders.show": mark("The coming reminders"),
    "report.begin": mark("Hand in a report"),
    "report.outline": mark("What the report of merits says"),
    "role.who": mark("Who is responsible"),
    "score.enter": mark("Give points"),
    "score.explain": mark("Why the points are (not) enough"),
    "score.missing": mark("What the scorecard lacks"),
    "score.show": mark("Points of a unit"),
    "spontaneous.show": mark("Awards outside the yearly round"),
    "stats.by_field": mark("Numbers by fields"),
    "successor.show": mark("Who has taken over from a body that ended"),
    "target.explain": mark("How many exemplars are required"),
    "target.show": mark("Whether the target is reached"),
    "text.find": mark("A passage of the plan"),
    "todo.mine": mark("What is still to be done"),
}
# The commands of the acts, which a sentence of which only this is known never begins by itself.
_COMMANDS = {
    "register.begin": ("dangky",),
    "register.complete": ("dudangky",),
    "register.none": ("khongdangky",),
    "score.enter": ("tucham",),
    "report.begin": ("baocao",),
    "feedback.begin": (feedback.COMMAND, feedback.ANEW),  # takes along what was typed
    "model.stop": ("dung",),
    "model.carry": ("dangky",),
    "paper.note": ("vanban",),
    "reminders.urge": ("dondoc",),
    "deadline.extend": ("giahan",),
    "broadcast.begin": ("thongbao",),
}
_MEANT = "i."
"""Before an intent in a button."""


def candidates(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """The intents that the sentence may have had, to choose from; nothing where none is likely or none may be asked here."""
    understood = asked.understood
    rows = []
    for intent in understood.perhaps if understood else ():
        label = LABELS.get(intent)
        if label is None or not (turn.private or intent in turn.script.group_phrases):
            continue
        token = (
            tokens.command(*_COMMANDS[intent])
            if intent in _COMMANDS
            else tokens.command(ASK, _MEANT + intent, *_narrowed(understood))
        )
        rows.append((Choice(turn.say.say(label), token),))
    if not rows:
        return []
    if turn.focus.draft is None:
        turn.focus.held = asked.text  # the button says what is meant, not of which unit or criterion
    turn.asking = True  # an open form's question comes again after the choice, for its options would stand before these
    return [Reply(turn.say.say(PERHAPS), choices=tuple(rows))]


def _narrowed(understood: Understood | None) -> list[str]:
    """The kind of duty and the level that the sentence names, as the buttons of /hoi carry them."""
    if understood is None:
        return []
    return [*([understood.what] if understood.what else []), *([f"l.{understood.level}"] if understood.level else [])]


def chosen(turn: Turn, asked: Asked) -> Sequence[Reply] | None:
    """What is answered when one of the candidates was pressed; None when none was."""
    word = asked.words[0] if asked.words else ""
    if not word.startswith(_MEANT) or asked.text:
        return None
    intent = word.removeprefix(_MEANT)
    handler: Handler | None = turn.script.phrases.get(intent)
    if handler is None or intent in OPENS or not (turn.private or intent in turn.script.group_phrases):
        return None
    text = ""
    if turn.focus.draft is None:
        text, turn.focus.held = turn.focus.held, ""
    if text and intent not in turn.understood(text).perhaps:  # another sentence was held meanwhile
        text = ""
    return handler(
        turn,
        Asked(words=asked.words[1:], text=text, understand=lambda t: replace(turn.understood(t), intent=intent)),
    )


def by_field(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """“Thống kê mô hình theo lĩnh vực”."""
    return [Reply(turn.say.say(FROM_THE_TABLE))]


def ranking(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """“5 xã điểm cao nhất”."""
    return [Reply(turn.say.say(NO_RANKING))]


def own_reminder(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """“Nhắc tôi trước 5 ngày”."""
    return [Reply(turn.say.say(NO_OWN_REMINDERS))]
