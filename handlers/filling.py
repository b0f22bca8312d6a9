"""Filling in a form, whichever it is: answer, back, skip, edit, summary, files, several answers at once, hand in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.chat import Choice, File, Reply
from bot.errors import Misunderstood, NotAllowed
from bot.forms import tokens
from bot.forms.answers import Answer, Event, Item, answers, item_to_json, to_json
from bot.forms.asking import FIXED_WORDS, ask, edit_menu, shown, summary
from bot.forms.engine import applicable, before, complete, is_answered, may_skip, next_question
from bot.forms.reading import Context, Given, evidence_text, read, reuse, several
from bot.forms.tokens import Press
from bot.lookup.intents import Understood
from bot.plan.model import Form, Question
from bot.store import drafts, exemplars, outbox
from bot.store.drafts import Draft
from bot.texts import mark
from bot.turn import NO_RIGHT, Asked, Finisher, Turn
from bot.vietnamese import fold

ALBUM_PAUSE = 1.2  # seconds: the photos of an album arrive within one; the acknowledgement comes once, after them
FREE_TEXT = ("text", "long_text", "person")
AT_THE_QUESTION = ("answer", "skip", "back", "done", "keep", "reuse")  # buttons that mean only the question they show

OLD_QUESTION = mark("That button belongs to an earlier question and changes nothing. The open question is:")
HANDED_IN = mark("This form has been handed in already; nothing was changed.")
HANDED_IN_AS = mark("This form was handed in at {at} under number {number}; nothing was changed.")
CANCELLED = mark("This draft was cancelled earlier. Begin a new one when you need it.")
CHANGED_SINCE = mark("The answers have changed since that summary was shown. Please look at them once more:")
STILL_OPEN = mark("Some questions are still open before this can be handed in.")
REALLY_CANCEL = mark("Cancel this draft for good? What has been entered will no longer be offered.")
DRAFT_CANCELLED = mark("The draft is cancelled. Nothing was handed in.")
DRAFT_KEPT = mark("The draft is kept as it is. /viec opens it again, in any month and on any channel.")
WHICH = mark("Is “{text}” the answer to “{question}”, or a question to Khéo?")
NOTED = mark("Noted: {what}.")
RECEIVED_FOR = mark("{what} received for criterion {code}.")
RECEIVED = mark("{what} received.")
NO_DOCUMENTS = mark("Criterion {code} has no documents to reuse.")
REUSED = mark("{what} of criterion {twin} also stand for criterion {code} now.")
NO_PLACE = mark(
    "A file has arrived, but no question is open that takes one. Please open the scorecard with /tucham, then send it again."
)
NO_FILE_HERE = mark(
    "This question takes text, not files; the file was not used. It can be sent as evidence when the exemplar is scored."
)
CORRECTED = mark("Corrected: {what}.")
EDIT_UNUSED = mark("The changed message is not an answer in an open draft, so nothing was changed.")
PROBLEMS = {
    "too_large": mark(
        "“{name}” is larger than {limit} MB and was not taken. Please send a smaller copy, or a link to it."
    ),
    "empty": mark("“{name}” is empty and was not taken."),
    "unreachable": mark("“{name}” could not be fetched from the platform. Please send it once more."),
    "executable": mark(
        "“{name}” is a program, whatever its name says, and was not taken. Please send a document or a photo."
    ),
    "no_space": mark(
        "“{name}” could not be stored: the disk is full. The administrator has been told; please try again later."
    ),
}


@dataclass(slots=True)
class Open:
    """A draft with its form and what has been answered; events noted in this turn are added to it at once."""

    draft: Draft
    form: Form
    finisher: Finisher
    events: list[Event]
    answers: dict[str, Answer] = field(init=False)

    def __post_init__(self) -> None:
        self.answers = answers(self.events)

    @property
    def last_event(self) -> int:
        return self.events[-1].id if self.events else 0


def opened(turn: Turn, draft_id: int) -> Open:
    """The draft, if the speaker may work on it; NotAllowed otherwise, in the same words as for one that is not there."""
    try:
        draft = drafts.by_id(turn.tx, draft_id)
        finisher = turn.script.finishers[draft.form]
    except LookupError:
        raise NotAllowed(NO_RIGHT) from None
    turn.need(finisher.action, draft.unit_id)
    return Open(draft, finisher.form(turn.office, draft), finisher, drafts.events(turn.tx, draft_id))


def note(turn: Turn, o: Open, op: str, question: str, value: Any = None) -> None:
    """Add an event to the draft."""
    person_id = turn.person.id if turn.person else None
    id = drafts.note(
        turn.tx,
        o.draft.id,
        op,
        question,
        value,
        person_id=person_id,
        address_id=turn.contact.id,
        message=turn.message,
        now=turn.now,
    )
    o.events.append(Event(id, op, question, value, person_id, turn.now))
    o.answers = answers(o.events)


def begin(turn: Turn, draft: Draft, note: str = "", *, prefill: Sequence[Event] = ()) -> Sequence[Reply]:
    """Stand at a draft's open question; `prefill` copies earlier answers into it."""
    o = opened(turn, draft.id)
    for event in prefill:
        _copy(turn, o, event)
    turn.focus.question = turn.focus.held = ""
    return place(turn, o, note)


def _copy(turn: Turn, o: Open, event: Event) -> None:
    note(turn, o, event.op, event.question, event.value)


def prefilling(events: Sequence[Event]) -> list[Event]:
    """The events that make the same answers as the given ones, for a new version of a form."""
    made: list[Event] = []
    for id, answer in answers(events).items():
        last = next((e for e in reversed(events) if e.question == id and e.op == "set"), None)
        if answer.value is not None and last is not None:
            made.append(last)
        for item in answer.items:
            made.append(next(e for e in events if e.id == item.event))
        if answer.done or answer.skipped:
            made.append(Event(0, "done" if answer.done else "skip", id, None, None, events[-1].at))
    return made


def place(turn: Turn, o: Open, heading: str = "") -> Sequence[Reply]:
    """The question at which the draft stands, or its summary; `heading` goes before it."""
    turn.asking = True
    turn.focus.draft = o.draft.id
    turn.focus.held = ""
    question = _named(o, turn.focus.question) or next_question(o.form, o.answers)
    if question is None:
        return _summary(turn, o, heading)
    turn.focus.asked = question.id
    hint = o.finisher.note(turn, o.draft, o.form, question)
    reply = ask(
        o.form,
        question,
        o.answers,
        o.draft.id,
        turn.say,
        heading=heading,
        progress=o.finisher.progress(turn, o.form, o.answers),
        note=hint,
    )
    return [reply]


def _named(o: Open, id: str) -> Question | None:
    return next((q for q in applicable(o.form, o.answers) if q.id == id), None) if id else None


def _summary(turn: Turn, o: Open, heading: str = "") -> Sequence[Reply]:
    turn.asking = True
    turn.focus.draft, turn.focus.question, turn.focus.asked = o.draft.id, "", ""
    lead = o.finisher.lead(turn, o.draft, o.form, o.answers)
    return [
        summary(
            o.form,
            o.answers,
            o.draft.id,
            turn.say,
            title=o.finisher.title(turn, o.draft),
            lead="\n".join(part for part in (heading, lead) if part),
            last_event=o.last_event,
            submit_label=turn.say.say(o.finisher.submit_label),
        )
    ]


def ask_again(turn: Turn) -> Sequence[Reply]:
    """The open question once more."""
    if turn.focus.draft is None:
        return []
    try:
        o = opened(turn, turn.focus.draft)
    except NotAllowed:
        turn.focus.leave()
        return []
    if o.draft.state != "open":
        turn.focus.leave()
        return []
    if not turn.focus.question and turn.focus.asked and _named(o, turn.focus.asked):
        turn.focus.question = turn.focus.asked
        replies = place(turn, o)
        turn.focus.question = ""
        return replies
    return place(turn, o)


# -- typed -----------------------------------------------------------------------------------------------------------


def filled(turn: Turn, text: str, understood: Understood) -> Sequence[Reply] | None:
    """A text typed while a draft is open; None when it is no answer."""
    if turn.focus.draft is None:
        return None
    o = opened(turn, turn.focus.draft)
    if o.draft.state != "open":
        turn.focus.leave()
        return None
    verb = FIXED_WORDS.get(fold(text))
    if verb is not None:
        return _do(turn, o, Press(verb, o.draft.id, turn.focus.asked))
    many = several(o.form, o.answers, text)
    if many:
        return _several(turn, o, many)
    question = _named(o, turn.focus.asked)
    if question is None:
        return None
    if question.kind in (*FREE_TEXT, "files") and understood.question:
        return _which(turn, o, question, text)
    if question.kind == "files":
        source = reuse(o.form, text)
        if source is not None:
            return _reuse(turn, o, question, source)
        return _add_text(turn, o, question, text)
    try:
        value = read(question, text, o.answers, _context(turn))
    except Misunderstood as wrong:
        if understood.intent and understood.sure:
            return None
        return _ask_named(turn, o, question, turn.say.say(wrong.source, **wrong.values))
    note(turn, o, "set", question.id, to_json(question, value))
    turn.focus.question = ""
    return place(turn, o)


def _context(turn: Turn) -> Context:
    def find(text: str) -> Sequence[str]:
        found = turn.office.finder.find(text)
        return [found.one.name] if found.one else [unit.name for unit in found.several]

    return Context(turn.today, find)


def _ask_named(turn: Turn, o: Open, question: Question, heading: str = "") -> Sequence[Reply]:
    turn.focus.question = question.id
    return place(turn, o, heading)


def _which(turn: Turn, o: Open, question: Question, text: str) -> Sequence[Reply]:
    turn.asking = True
    turn.focus.held = text
    name = question.short or question.ask
    short = text if len(text) <= 80 else text[:79] + "…"
    return [
        Reply(
            turn.say.say(WHICH, text=short, question=name),
            choices=(
                (Choice(turn.say.say("It is the answer"), Press("keep", o.draft.id, question.id, "answer").token()),),
                (
                    Choice(
                        turn.say.say("It is a question to Khéo"),
                        Press("keep", o.draft.id, question.id, "question").token(),
                    ),
                ),
            ),
            lettered=True,
        )
    ]


def _held(turn: Turn, o: Open, press: Press) -> Sequence[Reply]:
    text = turn.focus.held
    question = _named(o, press.question)
    if not text or question is None or press.question != turn.focus.asked:
        return place(turn, o, turn.say.say(OLD_QUESTION))
    turn.focus.held = ""
    if press.key == "question":
        understood = turn.script.understand(turn, text)
        handler = turn.script.phrases.get(understood.intent, turn.script.lost)
        replies = list(handler(turn, Asked(text=text, understood=understood)))
        return replies if turn.asking else [*replies, *ask_again(turn)]
    if question.kind == "files":
        return _add_text(turn, o, question, text)
    try:
        value = read(question, text, o.answers, _context(turn))
    except Misunderstood as wrong:
        return _ask_named(turn, o, question, turn.say.say(wrong.source, **wrong.values))
    note(turn, o, "set", question.id, to_json(question, value))
    turn.focus.question = ""
    return place(turn, o)


def _several(turn: Turn, o: Open, many: Sequence[Given]) -> Sequence[Reply]:
    noted, wrong = _take_several(turn, o, many)
    if len(many) > 1:
        # Whoever gives all points at once brings the documents later: those questions are passed over for now.
        for given in many:
            proof = _proof_of(o, given.question)
            if proof is not None and not is_answered(proof, o.answers) and not _items(o, proof):
                note(turn, o, "skip", proof.id)
    turn.focus.question = ""
    head = [turn.say.say(NOTED, what=" · ".join(noted))] if noted else []
    return place(turn, o, "\n".join([*head, *wrong]))


def _take_several(turn: Turn, o: Open, many: Sequence[Given]) -> tuple[list[str], list[str]]:
    noted: list[str] = []
    wrong: list[str] = []
    for given in many:
        if isinstance(given.value, Misunderstood):
            wrong.append(turn.say.say(given.value.source, **given.value.values))
            continue
        question = o.form.question(given.question)
        note(turn, o, "set", question.id, to_json(question, given.value))
        noted.append(turn.say.say("TC{code}: {points}", code=question.code, points=given.value))
        proof = _proof_of(o, question.id)
        if given.rest and proof is not None:
            note(turn, o, "add", proof.id, item_to_json(Item("figure", text=given.rest)))
    return noted, wrong


def _proof_of(o: Open, row_id: str) -> Question | None:
    row = next((q for q in o.form.questions if q.id == row_id), None)
    return next((q for q in o.form.questions if row and q.kind == "files" and q.code == row.code), None)


def _items(o: Open, question: Question) -> tuple[Item, ...]:
    answer = o.answers.get(question.id)
    return answer.items if answer else ()


def _add_text(turn: Turn, o: Open, question: Question, text: str) -> Sequence[Reply]:
    item = evidence_text(text)
    note(turn, o, "add", question.id, item_to_json(item))
    what = turn.say.say("One link") if item.kind == "link" else turn.say.say("One line of evidence")
    return _ask_named(turn, o, question, turn.say.say(RECEIVED_FOR, what=what, code=question.code))


def _reuse(turn: Turn, o: Open, question: Question, source: str) -> Sequence[Reply]:
    other = next((q for q in o.form.questions if q.kind == "files" and q.code == source), None)
    items = _items(o, other) if other else ()
    if other is None or not items or other.id == question.id:
        return _ask_named(turn, o, question, turn.say.say(NO_DOCUMENTS, code=source))
    there = {(item.kind, item.text, item.sha256) for item in _items(o, question)}
    for item in items:
        if (item.kind, item.text, item.sha256) not in there:
            note(turn, o, "add", question.id, item_to_json(replace(item, album="")))
    what = shown(other, o.answers[other.id], turn.say)
    return _ask_named(turn, o, question, turn.say.say(REUSED, what=what, twin=source, code=question.code))


# -- pressed ---------------------------------------------------------------------------------------------------------


def pressed(turn: Turn, token: str) -> Sequence[Reply] | None:
    """A button of a form; None when the token is not one."""
    press = tokens.parse(token)
    if not isinstance(press, Press):
        return None
    o = opened(turn, press.draft)
    if o.draft.state != "open":
        return _ended(turn, o)
    here = turn.focus.draft == press.draft
    if press.verb in AT_THE_QUESTION and press.question and not (here and turn.focus.asked == press.question):
        return place(turn, o, turn.say.say(OLD_QUESTION))
    if press.verb == "keep" and press.key:
        return _held(turn, o, press)
    return _do(turn, o, press)


def _ended(turn: Turn, o: Open) -> Sequence[Reply]:
    handed_in = exemplars.of_draft(turn.tx, o.draft.id)
    if turn.focus.draft == o.draft.id:
        turn.focus.leave()
    if o.draft.state == "cancelled":
        sentence = turn.say.say(CANCELLED)
    elif handed_in is None:
        sentence = turn.say.say(HANDED_IN)
    else:
        sentence = turn.say.say(
            HANDED_IN_AS, at=handed_in.at.astimezone(turn.now.tzinfo), number=number_of(turn, handed_in)
        )
    return [Reply(sentence), *ask_again(turn)]


def number_of(turn: Turn, handed_in: exemplars.Submission) -> str:
    """The number on a receipt, e.g. “00012/2024”."""
    return f"{handed_in.id:05d}/{handed_in.at.astimezone(turn.now.tzinfo).year}"


def _do(turn: Turn, o: Open, press: Press) -> Sequence[Reply]:
    question = _named(o, press.question)
    match press.verb:
        case "answer" if question is not None:
            try:
                value = read(question, press.key, o.answers, _context(turn))
            except Misunderstood as wrong:
                return _ask_named(turn, o, question, turn.say.say(wrong.source, **wrong.values))
            note(turn, o, "set", question.id, to_json(question, value))
            turn.focus.question = ""
            return place(turn, o)
        case "skip" if question is not None:
            if not may_skip(question):
                return _ask_named(turn, o, question, turn.say.say("This question cannot be skipped."))
            if not is_answered(question, o.answers):
                note(turn, o, "skip", question.id)
            turn.focus.question = ""
            return place(turn, o)
        case "done" if question is not None:
            if question.kind != "files":
                return _ask_named(turn, o, question)
            note(turn, o, "done", question.id)
            turn.focus.question = ""
            return place(turn, o)
        case "reuse" if question is not None and question.kind == "files":
            return _reuse(turn, o, question, press.key)
        case "back":
            earlier = before(o.form, o.answers, press.question or None)
            if earlier is None:
                return place(turn, o, turn.say.say("This is the first question."))
            return _ask_named(turn, o, earlier)
        case "edit":
            if question is None:
                turn.asking = True
                turn.focus.draft, turn.focus.question, turn.focus.asked = o.draft.id, "", ""
                return [edit_menu(o.form, o.answers, o.draft.id, turn.say)]
            return _ask_named(turn, o, question)
        case "summary":
            return _summary(turn, o)
        case "cancel":
            return _cancel(turn, o, sure=press.key == "yes")
        case "keep":
            turn.focus.leave()
            return [Reply(turn.say.say(DRAFT_KEPT))]
        case "submit":
            return _submit(turn, o, press.key)
    return place(turn, o, turn.say.say(OLD_QUESTION))


def _cancel(turn: Turn, o: Open, *, sure: bool) -> Sequence[Reply]:
    if not sure:
        turn.asking = True
        yes, keep = Press("cancel", o.draft.id, "", "yes"), Press("keep", o.draft.id)
        back = Press("edit", o.draft.id, turn.focus.asked) if turn.focus.asked else Press("summary", o.draft.id)
        return [
            Reply(
                turn.say.say(REALLY_CANCEL),
                title=o.finisher.title(turn, o.draft),
                choices=(
                    (Choice(turn.say.say("Cancel it for good"), yes.token()),),
                    (Choice(turn.say.say("Keep it for later"), keep.token()),),
                    (Choice(turn.say.say("Go on filling it in"), back.token()),),
                ),
            )
        ]
    drafts.close(turn.tx, o.draft.id, "cancelled")
    turn.focus.leave()
    return [Reply(turn.say.say(DRAFT_CANCELLED))]


def _submit(turn: Turn, o: Open, seen: str) -> Sequence[Reply]:
    if not complete(o.form, o.answers):
        turn.focus.question = ""
        return place(turn, o, turn.say.say(STILL_OPEN))
    if seen != str(o.last_event):
        return _summary(turn, o, turn.say.say(CHANGED_SINCE))
    turn.focus.leave()
    return o.finisher.submit(turn, o.draft, o.form, o.answers)


# -- files and edits -------------------------------------------------------------------------------------------------


def sent(turn: Turn, files: Sequence[File], caption: str, album: str) -> Sequence[Reply]:
    """Files with their caption: evidence for the open row, or for the rows that the caption names."""
    bad = [
        turn.say.say(
            PROBLEMS.get(f.problem, PROBLEMS["unreachable"]), name=f.name or f.kind, limit=turn.office.file_limit_mb
        )
        for f in files
        if f.problem
    ]
    good = [f for f in files if not f.problem]
    if turn.focus.draft is None:
        return [Reply("\n".join([*bad, turn.say.say(NO_PLACE)]) if good else "\n".join(bad))]
    o = opened(turn, turn.focus.draft)
    if o.draft.state != "open":
        turn.focus.leave()
        return [Reply("\n".join([*bad, turn.say.say(NO_PLACE)]))]
    many = several(o.form, o.answers, caption) if caption else None
    noted: list[str] = []
    targets: list[Question] = []
    if many:
        noted, wrong = _take_several(turn, o, many)
        bad += wrong
        targets = [p for p in (_proof_of(o, g.question) for g in many if not isinstance(g.value, Misunderstood)) if p]
    if not targets:
        asked = _named(o, turn.focus.asked)
        here = asked if asked is None or asked.kind == "files" else _proof_of(o, asked.id)
        targets = [here] if here else []
    if not targets and good:
        turn.focus.question = turn.focus.asked
        return place(turn, o, "\n".join([*bad, turn.say.say(NO_FILE_HERE)]))
    for target in targets:
        for f in good:
            text = "" if many else caption
            item = Item(f.kind, text, f.sha256, f.name, f.size, f.media, album)
            note(turn, o, "add", target.id, item_to_json(item))
    if album and not bad:
        outbox.add(
            turn.tx,
            turn.contact.id,
            "album",
            f"album:{turn.contact.id}:{album}:{_answered_albums(turn, album)}",
            {"draft": o.draft.id, "question": targets[0].id, "album": album, "noted": noted},
            turn.now,
            not_before=turn.real + ALBUM_PAUSE,
            subject=f"album:{turn.contact.id}:{album}",
            priority=outbox.REPLY,
        )
        return []
    heads = [turn.say.say(NOTED, what=" · ".join(noted))] if noted else []
    heads += [_received(turn, target, _counted(good)) for target in targets if good]
    if targets and not many:
        return _ask_named(turn, o, targets[0], "\n".join([*heads, *bad]))
    turn.focus.question = ""
    return place(turn, o, "\n".join([*heads, *bad]))


def _answered_albums(turn: Turn, album: str) -> int:
    return outbox.ended(turn.tx, f"album:{turn.contact.id}:{album}")


def album_received(turn: Turn, payload: Mapping[str, Any]) -> Sequence[Reply]:
    """The one acknowledgement for all photos of an album, composed a moment after the last."""
    o = opened(turn, payload["draft"])
    question = o.form.question(payload["question"])
    items = [item for item in _items(o, question) if item.album == payload["album"]]
    if not items or o.draft.state != "open":
        return []
    counted = {kind: sum(item.kind == kind for item in items) for kind in ("photo", "document")}
    heads = [turn.say.say(NOTED, what=" · ".join(payload["noted"]))] if payload["noted"] else []
    heading = "\n".join([*heads, _received(turn, question, counted)])
    if turn.focus.draft != o.draft.id:
        return [Reply(heading)]
    return _ask_named(turn, o, question, heading)


def _counted(files: Sequence[File]) -> dict[str, int]:
    return {kind: sum(f.kind == kind for f in files) for kind in ("photo", "document")}


def _received(turn: Turn, question: Question, counted: Mapping[str, int]) -> str:
    parts = []
    if counted["photo"]:
        parts.append(turn.say.say_n("{n} photo", "{n} photos", counted["photo"]))
    if counted["document"]:
        parts.append(turn.say.say_n("{n} document", "{n} documents", counted["document"]))
    what = ", ".join(parts)
    if question.code:
        return turn.say.say(RECEIVED_FOR, what=what, code=question.code)
    return turn.say.say(RECEIVED, what=what)


def edited(turn: Turn, text: str) -> Sequence[Reply]:
    """A person changed a message of theirs: whatever it had answered is answered anew."""
    said = drafts.said_in(turn.tx, turn.contact.id, turn.message)
    said = [(draft, event) for draft, event in said if event.op in ("set", "add")]
    if not said:
        return [Reply(turn.say.say(EDIT_UNUSED)), *ask_again(turn)]
    o = opened(turn, said[-1][0])
    if o.draft.state != "open":
        return _ended(turn, o)
    many = several(o.form, o.answers, text)
    heads: list[str]
    if many:
        _remove_texts(turn, o, said)
        noted, wrong = _take_several(turn, o, many)
        heads = [turn.say.say(CORRECTED, what=" · ".join(noted))] if noted else []
        heads += wrong
    else:
        heads = [_correct(turn, o, said[-1][1], text)]
    if turn.focus.draft in (None, o.draft.id):
        turn.focus.question = turn.focus.asked if _named(o, turn.focus.asked) else ""
        replies = place(turn, o, "\n".join(heads))
        turn.focus.question = ""
        return replies
    return [Reply("\n".join(heads)), *ask_again(turn)]


def _remove_texts(turn: Turn, o: Open, said: Sequence[tuple[int, Event]]) -> None:
    for _, event in said:
        if event.op == "add" and "sha256" not in event.value:
            note(turn, o, "remove", event.question, event.id)


def _correct(turn: Turn, o: Open, event: Event, text: str) -> str:
    question = _named(o, event.question)
    if question is None:
        return turn.say.say(EDIT_UNUSED)
    if question.kind == "files":
        note(turn, o, "remove", question.id, event.id)
        changed = {**event.value, "text": text}
        note(turn, o, "add", question.id, changed)
        what = f"{question.short or question.code}: {text}"
        return turn.say.say(CORRECTED, what=what if len(what) <= 200 else what[:199] + "…")
    try:
        value = read(question, text, o.answers, _context(turn))
    except Misunderstood as wrong:
        return turn.say.say(wrong.source, **wrong.values)
    note(turn, o, "set", question.id, to_json(question, value))
    name = question.short or question.code
    return turn.say.say(CORRECTED, what=f"{name}: {shown(question, o.answers[question.id], turn.say)}")
