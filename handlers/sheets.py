"""A form on one page, and files for one question: what a page of a secret link shows, takes and hands in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from bot.chat import File, Reply
from bot.errors import Misunderstood, NotAllowed
from bot.forms import asking, sheet
from bot.forms.answers import answers, item_to_json, to_json
from bot.forms.engine import applicable, complete, is_answered, may_skip
from bot.forms.reading import TOO_LONG, bare_number, evidence_text, read
from bot.forms.sheet import Filled, Sheet, Summed, Wanted
from bot.plan.questions import Question
from bot.store import tickets, unwanted
from bot.store.tickets import Ticket
from bot.texts import mark
from bot.turn import Turn
from handlers import evidence, filling, importing
from handlers.filling import Open, ask_again, context, items_of, note, opened, place, question_of, review

LONGEST = 20_000
"""Characters of one answer, as of one message."""

NOT_YOURS = mark("This link is not yours (any more). Please ask for a new one in the chat.")
TOLD = "{told}"
USED = mark("Files were received by this link already. It serves once; for more files, type /trang in the chat.")
GONE = mark("This question is not asked any more; please go back to the chat, which shows what is open.")
LIST = mark("A list of units or people")
FOR_MANY = mark("Files that go with a message to many")
GONE_ON = mark(
    "The chat has gone on to something else, so nothing was taken. Please begin there once more, then send again."
)
SAVED_ELSEWHERE = mark("{what} It belongs to: {title}.")


# -- files for one question ------------------------------------------------------------------------------------------


def wanted(turn: Turn, ticket: Ticket) -> Wanted:
    """For what the upload page asks. NotAllowed where the speaker may not answer it (any more), or nobody can."""
    if ticket.draft_id is None:
        _awaited(turn, ticket)
        return Wanted(turn.say.say(LIST if ticket.question == importing.COMMAND else FOR_MANY), "", "", "")
    o = _open(turn, ticket)
    question = _files_question(o, ticket.question)
    title = asking.named(question, turn.say) or question.ask
    hint = turn.say.say("Evidence asked for: {hint}", hint=question.hint) if question.hint else ""
    return Wanted(title, o.finisher.title(turn, o.draft), _unit(turn, o), hint)


def bring(turn: Turn, ticket: Ticket, files: Sequence[File]) -> tuple[list[str], Sequence[Reply]]:
    """Take the files; what became of them line by line, and what is answered in the chat."""
    if ticket.draft_id is None:
        _awaited(turn, ticket)
        if not tickets.spend(turn.tx, ticket, turn.now):
            raise NotAllowed(USED)
        replies = turn.script.sent(turn, files, "", "")
        return [line for reply in replies for line in (reply.title, reply.text) if line], replies
    o = _open(turn, ticket)
    question = _files_question(o, ticket.question)
    if not tickets.spend(turn.tx, ticket, turn.now, about=o.draft.unit_id):
        raise NotAllowed(USED)
    return evidence.brought(turn, o.draft.id, question.id, files)


def refusals(turn: Turn, files: Sequence[File]) -> list[str]:
    """Why files could not be kept, in the words of the chat."""
    return evidence.not_taken(turn, evidence.refused(files))


# -- the whole form --------------------------------------------------------------------------------------------------


def whole(turn: Turn, ticket: Ticket) -> Sheet:
    """The form with what stands in it."""
    return _sheet(turn, _open(turn, ticket))


def save(turn: Turn, ticket: Ticket, filled: Filled) -> tuple[Sheet, Sequence[Reply]]:
    """Take what was changed on the page, each answer as if it had been typed; what cannot be taken stays on the page.

    What was answered elsewhere since the page was made is not written over: the page shows both.
    """
    o = _open(turn, ticket)
    before = o.last_event
    shown = answers([event for event in o.events if event.id <= filled.seen])
    wrong: dict[str, str] = {}
    meanwhile: dict[str, str] = {}
    changed = 0
    for question in o.form.questions:
        if question_of(o, question.id) is None:  # does not apply (any more), by what was just taken
            continue
        said = filled.said.get(question.id)
        try:
            if question.kind == "files":
                changed += _pieces(turn, o, question, said or "", filled)
            elif said is not None:
                old = sheet.typed(question, shown.get(question.id), turn.say)
                changed += _answer(turn, o, question, said, old, meanwhile)
        except Misunderstood as refused:
            wrong[question.id] = turn.say.say(refused.source, **refused.values)
        told = refusals(turn, filled.files.get(question.id, ()))
        if told:
            wrong[question.id] = "\n".join([*([wrong[question.id]] if question.id in wrong else []), *told])
    if changed and not wrong and not meanwhile and complete(o.form, o.answers):
        _pass_over_the_rest(turn, o, filled)
    held = {item.sha256 for answer in o.answers.values() for item in answer.items}
    left = {f.sha256 for files in filled.files.values() for f in files if f.sha256} - held
    if left:  # of a question that is not asked any more
        unwanted.note(turn.tx, sorted(left), turn.now)
    asked = [q for q in applicable(o.form, o.answers) if q.id not in filled.said]
    more = any(not is_answered(q, o.answers) for q in asked)
    made = replace(_sheet(turn, o, filled, wrong, meanwhile), changed=changed, more=more)
    if o.last_event == before:
        return made, []
    tickets.spend(turn.tx, ticket, turn.now, about=o.draft.unit_id)
    return made, _told(turn, o, changed, more)


def summed(turn: Turn, ticket: Ticket) -> Summed | None:
    """The summary from which the form is handed in; None as long as something is missing."""
    o = _open(turn, ticket)
    if not complete(o.form, o.answers):
        return None
    told = review(turn, o)[0]
    return Summed(told.title, told.text, turn.say.say(o.finisher.submit_label), o.last_event)


def hand_in(turn: Turn, ticket: Ticket, seen: int) -> tuple[bool, Sequence[Reply]]:
    """Hand in what the summary showed; whether that was done, and what is answered in the chat."""
    o = _open(turn, ticket)
    if o.last_event != seen or not complete(o.form, o.answers):
        return False, []
    return True, filling.hand_in(turn, o, str(seen))


def _open(turn: Turn, ticket: Ticket) -> Open:
    if ticket.draft_id is None or turn.person is None or turn.person.id != ticket.person_id:
        raise NotAllowed(NOT_YOURS)
    o = opened(turn, ticket.draft_id)
    if o.draft.state != "open":
        raise NotAllowed(TOLD, told=filling.fate(turn, o))
    return o


def _awaited(turn: Turn, ticket: Ticket) -> None:
    """NotAllowed unless the command for which the files are still waits for them in the chat."""
    if turn.person is None or turn.person.id != ticket.person_id:
        raise NotAllowed(NOT_YOURS)
    sending = turn.focus.sending
    if turn.focus.draft is not None or ticket.question not in (sending, sending.split(":")[0]):
        raise NotAllowed(GONE_ON)


def _files_question(o: Open, id: str) -> Question:
    question = question_of(o, id)
    if question is None or question.kind != "files":
        raise NotAllowed(GONE)
    return question


def _unit(turn: Turn, o: Open) -> str:
    return turn.office.units[o.draft.unit_id].name


def _sheet(
    turn: Turn,
    o: Open,
    filled: Filled | None = None,
    wrong: dict[str, str] | None = None,
    meanwhile: dict[str, str] | None = None,
) -> Sheet:
    notes = {q.id: o.finisher.note(turn, o.draft, o.form, q) for q in applicable(o.form, o.answers)}
    fields = sheet.fields(
        o.form,
        o.answers,
        turn.say,
        notes=notes,
        filled=filled.said if filled else {},
        wrong=wrong or {},
        meanwhile=meanwhile or {},
    )
    return Sheet(
        o.finisher.title(turn, o.draft),
        _unit(turn, o),
        fields,
        o.last_event,
        complete(o.form, o.answers),
        o.finisher.progress(turn, o.form, o.answers),
    )


def _answer(turn: Turn, o: Open, question: Question, said: str, old: str, meanwhile: dict[str, str]) -> int:
    """Take one field, if it was changed; returns 1 if it was."""
    stands = sheet.typed(question, o.answers.get(question.id), turn.say)
    if said in (old, stands):
        return 0
    if stands != old:
        meanwhile[question.id] = asking.shown(question, o.answers.get(question.id), turn.say)
        return 0
    if not said.strip():
        note(turn, o, "clear", question.id)
        return 1
    if len(said) > LONGEST:
        raise Misunderstood(TOO_LONG, limit=Decimal(LONGEST), length=Decimal(len(said)))
    value = read(question, said, o.answers, context(turn))
    o.finisher.check(turn, o.draft, o.form, question, value, o.answers)
    now = o.answers.get(question.id)
    if now is not None and not now.skipped and now.value == to_json(value):
        return 0
    note(turn, o, "set", question.id, to_json(value))
    return 1


def _pieces(turn: Turn, o: Open, question: Question, said: str, filled: Filled) -> int:
    """Take out and add evidence; what is there already – the page was sent twice – is not added again."""
    there = items_of(o, question)
    changed = 0
    for item in there:
        if item.event in filled.removed:
            note(turn, o, "remove", question.id, item.event)
            changed = 1
    files = [f for f in filled.files.get(question.id, ()) if not f.problem]
    new = [f for f in files if f.sha256 not in {item.sha256 for item in there if item.sha256}]
    if new:
        evidence.add(turn, o, question, new)
        changed = 1
    text = said.strip()
    if text and text not in {item.text.strip() for item in there}:
        if bare_number(text):
            raise Misunderstood(filling.BARE_NUMBER, given=text, code=question.code or "1")
        if len(text) > LONGEST:
            raise Misunderstood(TOO_LONG, limit=Decimal(LONGEST), length=Decimal(len(text)))
        note(turn, o, "add", question.id, item_to_json(evidence_text(said)))
        changed = 1
    return changed


def _pass_over_the_rest(turn: Turn, o: Open, filled: Filled) -> None:
    """Whoever leaves a field of a complete page empty has passed it over; where there is evidence, no more is to come."""
    for question in applicable(o.form, o.answers):
        if question.id not in filled.said or is_answered(question, o.answers) or question_of(o, question.id) is None:
            continue
        if items_of(o, question):
            note(turn, o, "done", question.id)
        elif may_skip(question):
            note(turn, o, "skip", question.id)


def _told(turn: Turn, o: Open, changed: int, more: bool) -> Sequence[Reply]:
    """What the chat is told of a page that was saved: what stands now, and the summary or the next question."""
    what = turn.say.say_n("Saved from the page: {n} answer.", "Saved from the page: {n} answers.", changed)
    if turn.focus.draft not in (None, o.draft.id) or turn.focus.awaits or turn.focus.sending:
        title = o.finisher.title(turn, o.draft)
        return [Reply(turn.say.say(SAVED_ELSEWHERE, what=what, title=title)), *ask_again(turn)]
    turn.focus.question = ""
    return review(turn, o, what) if complete(o.form, o.answers) and not more else place(turn, o, what)
