"""One's own message, edited: whatever it had answered is answered anew."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat import Reply
from bot.errors import Misunderstood
from bot.forms.answers import Event, answers, item_to_json, taken_back, to_json
from bot.forms.asking import SHOWN_TEXT, name, shown
from bot.forms.reading import Given, bare_number, evidence_text, read, rows_in, several
from bot.plan.questions import Question
from bot.store import drafts
from bot.texts import mark
from bot.turn import Turn
from handlers.filling import (
    BARE_NUMBER,
    Open,
    ask_again,
    context,
    ended,
    filled,
    items_of,
    note,
    opened,
    proof_for,
    proof_of,
    question_of,
    stay,
    take_several,
)
from handlers.words import clipped

CORRECTED = mark("Corrected: {what}.")
STAYS = mark("What was noted before stays: {what}.")
EDIT_UNUSED = mark("The changed message is not an answer in an open draft, so nothing was changed.")


def edited(turn: Turn, text: str) -> Sequence[Reply]:
    """A person changed a message of theirs: whatever it had answered is answered anew."""
    found = drafts.said_in(turn.tx, turn.contact.id, turn.message) if turn.message else []
    said = [(draft, e) for draft, e in found if e.op in ("set", "add")]
    if not said:
        return _edited_unused(turn, text)
    o = opened(turn, said[-1][0])
    if o.draft.state != "open":
        return ended(turn, o)
    gone = taken_back(o.events)
    there = {item.event for answer in o.answers.values() for item in answer.items}
    standing = [
        e for draft, e in said if draft == o.draft.id and (e.id not in gone if e.op == "set" else e.id in there)
    ]
    # As if it had never been said: a bare list of points is read by the rows that were open then.
    trial = answers([*o.events, *_undoing(o, standing)])
    many = several(o.form, trial, text) if text.strip() else None
    heads = _say_anew(turn, o, standing, many) if many else [_correct(turn, o, standing or [said[-1][1]], text)]
    heading = "\n".join(heads)
    if turn.focus.draft == o.draft.id:
        return stay(turn, o, heading)
    return [Reply(heading), *ask_again(turn)]


def _edited_unused(turn: Turn, text: str) -> Sequence[Reply]:
    """The message answered nothing: perhaps because it could not be read, and now it can."""
    if turn.message and turn.message == turn.focus.turned_down:
        answer = filled(turn, text)
        if answer is not None:
            return answer
    return [Reply(turn.say.say(EDIT_UNUSED)), *ask_again(turn)]


def _undoing(o: Open, events: Sequence[Event]) -> list[Event]:
    first = o.last_event + 1
    return [Event(first + n, "undo", e.question, e.id, None, e.at) for n, e in enumerate(events)]


def _say_anew(turn: Turn, o: Open, standing: Sequence[Event], many: Sequence[Given]) -> list[str]:
    """Take back what the message had said, but where the new words cannot be taken, and take the new ones."""
    wrong_rows = {given.question for given in many if isinstance(given.value, Misunderstood)}
    proofs = [proof for given in many if (proof := proof_of(o, given.question))]
    files = [e for e in standing if e.op == "add" and "sha256" in e.value]
    albums = {e.value["album"] for e in files if e.value.get("album")}
    there = {item.event for answer in o.answers.values() for item in answer.items}
    files += [
        e for e in o.events if e.op == "add" and e.value.get("album") in albums and e.id in there and e not in files
    ]
    for event in standing:
        if event not in files and event.question not in wrong_rows:
            note(turn, o, "undo", event.question, event.id)
    noted, wrong = take_several(turn, o, many)
    if proofs:
        _move_files(turn, o, files, proofs)
    return [*([turn.say.say(CORRECTED, what=" · ".join(noted))] if noted else []), *wrong]


def _move_files(turn: Turn, o: Open, files: Sequence[Event], targets: Sequence[Question]) -> None:
    wanted = {target.id for target in targets}
    for target in targets:
        held = {item.sha256 for item in items_of(o, target)}
        for event in files:
            if event.value["sha256"] not in held:
                held.add(event.value["sha256"])
                note(turn, o, "add", target.id, event.value)
    for event in files:
        if event.question not in wanted:
            note(turn, o, "remove", event.question, event.id)


def _correct(turn: Turn, o: Open, standing: Sequence[Event], text: str) -> str:
    """One answer (or the words of one piece of evidence) changed; what cannot be taken changes nothing."""
    event = next((e for e in standing if e.op == "add" and "sha256" in e.value), standing[-1])
    question = question_of(o, event.question)
    if question is None:
        return turn.say.say(EDIT_UNUSED)
    if question.kind == "files":
        return _correct_words(turn, o, question, event, text)
    try:
        value = read(question, text, o.answers, context(turn))
        o.finisher.check(turn, o.draft, o.form, question, value, o.answers)
    except Misunderstood as wrong:
        kept = turn.say.say(STAYS, what=shown(question, o.answers.get(question.id), turn.say))
        return f"{turn.say.say(wrong.source, **wrong.values)}\n{kept}"
    note(turn, o, "set", question.id, to_json(value))
    called = name(question, turn.say)
    return turn.say.say(CORRECTED, what=f"{called}: {shown(question, o.answers[question.id], turn.say)}")


def _correct_words(turn: Turn, o: Open, question: Question, event: Event, text: str) -> str:
    of_file = "sha256" in event.value
    if not of_file and (not text.strip() or bare_number(text)):
        kept = turn.say.say(STAYS, what=clipped(event.value.get("text", ""), SHOWN_TEXT))
        return f"{turn.say.say(BARE_NUMBER, given=text.strip(), code=question.code)}\n{kept}"
    if event.id in {item.event for item in items_of(o, question)}:
        note(turn, o, "remove", question.id, event.id)
    changed = {**event.value, "text": text} if of_file else item_to_json(evidence_text(text))
    note(turn, o, "add", question.id, {key: value for key, value in changed.items() if value})
    targets = [proof for code in rows_in(o.form, text) if (proof := proof_for(o, code))] if of_file else []
    if targets:
        _move_files(turn, o, [o.events[-1]], targets)
        question = targets[0]
    return turn.say.say(CORRECTED, what=f"{name(question, turn.say)}: {clipped(text, SHOWN_TEXT)}")
