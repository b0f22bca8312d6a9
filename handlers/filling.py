"""Filling in a form, whichever it is: answer, back, skip, edit, summary, several answers at once, hand in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.chat import Choice, Reply
from bot.errors import Misunderstood, NotAllowed
from bot.forms import tokens
from bot.forms.answers import Answer, Event, Item, answers, item_to_json, to_json
from bot.forms.asking import (
    FIXED_WORDS,
    SHOWN_TEXT,
    ask,
    counted,
    edit_menu,
    named,
    removal_menu,
    several_at_once,
    shown,
    summary,
)
from bot.forms.engine import applicable, before, complete, is_answered, may_skip, next_question
from bot.forms.reading import (
    Context,
    Given,
    bare_number,
    begins_with_row,
    evidence_text,
    read,
    reuse,
    several,
)
from bot.forms.tokens import Press
from bot.plan.questions import Form, Question
from bot.rules.access import Action
from bot.store import drafts, exemplars, tickets
from bot.store.drafts import Draft
from bot.store.handed_in import HandedIn
from bot.texts import mark
from bot.turn import NO_RIGHT, Asked, Finisher, Turn
from bot.vietnamese import fold, read_yes_no
from handlers.words import clipped

FREE_TEXT = ("text", "long_text", "person")
HAND_IN_WORDS = frozenset(  # folded
    (
        *("nop", "nop bai", "nop di", "nop luon", "gui", "gui di", "hand in", "submit"),
        *("xac nhan", "xac nhan nop", "dong y nop", "confirm"),
        *("nop ban dang ky", "nop dang ky", "nop bang tu cham", "nop bang diem", "nop bao cao", "nop van ban"),
    )
)
NOT_YET_WORDS = frozenset(  # folded; where nothing need be answered they are no answer, least of all evidence
    (
        *("chua co", "chua co so lieu", "chua co so lieu cu the", "chua tinh duoc", "chua tinh"),
        *("chua biet", "chua ro"),
        *("chua co tai lieu", "chua co tai lieu kiem chung", "chua co minh chung", "khong co", "khong co tai lieu"),
        *("khong co noi dung phu hop", "khong co noi dung nao phu hop", "khong phu hop", "khong biet", "khong ro"),
        *("bo sung sau", "se bo sung sau", "xin bo sung sau", "gui sau", "nop sau", "none", "not yet"),
    )
)
PAUSE_WORDS = frozenset(  # folded
    (
        *("thoi", "thoi de sau", "tam dung", "dung lai sau", "de mai", "de mai lam", "mai lam", "mai lam tiep"),
        *("thoi de mai", "thoi de mai lam", "thoi mai lam", "luc khac", "luc khac lam", "lam sau", "lam tiep sau"),
        *("nghi da", "tam nghi", "de luc khac", "thoat", "pause", "stop"),
    )
)
TELLING = ("register.complete", "register.none")  # said of the unit's list rather than in answer to a question
AT_THE_QUESTION = ("answer", "skip", "back", "done", "keep", "reuse")  # buttons that mean only the question they show

_EDIT = re.compile(r"(?:chinh sua|chinh|sua|doi|thay doi|edit|change)(?: lai)? (?:cau |muc |phan )?(?P<what>.+)")
_NUMBERED = re.compile(r"(?:tieu chi |tc ?|criterion |so )?0*([1-9][0-9]?)")
_STRAY = re.compile(r"(?:chon |so )?([0-9]{1,2})[.)]?")
LONGEST_ID = 10  # digits of a message to many, where files for it are awaited; a digest has more
SHORTEST_NAME = 3  # letters of a question's name by which it is found

OLD_QUESTION = mark("That button belongs to an earlier question and changes nothing. The open question is:")
OTHER_FORM = mark("That button belongs to another form and changes nothing ({title}). /viec opens it again.")
HANDED_IN = mark("This form has been handed in already; nothing was changed.")
HANDED_IN_AS = mark("This form was handed in at {at} under number {number}; nothing was changed.")
FORM_GONE = mark(
    "The plan as it runs now has no such form any more, so nothing more can be entered or handed in here; what was "
    "entered stays as it is. The standing office knows what has taken its place."
)
CANCELLED = mark("This draft was cancelled earlier. Begin a new one when you need it.")
CHANGED_SINCE = mark("The answers have changed since that summary was shown. Please look at them once more:")
STILL_OPEN = mark("Some questions are still open before this can be handed in.")
REALLY_CANCEL = mark("Cancel this draft for good? What has been entered will no longer be offered.")
FILES_LINK = mark("Documents (PDF, Word, Excel…) are sent by this page: {link}")
WHOLE_LINK = mark("To fill in the whole form on one page: {link}")
NO_PAGES = mark(
    "Pages cannot be reached from outside yet (KHEO_PUBLIC_URL is not set), so please go on here in the chat."
)
PAGE_WORDS = frozenset(  # folded; “trang” alone may be somebody's name
    (
        *("trang", "trang web", "mo trang", "gui tep", "gui file", "gui tai lieu", "dien ca bieu", "dien tren trang"),
        *("dien ca bieu tren mot trang", "dien ca bieu mau", "page", "send files", "send a file", "whole form"),
    )
)
NO_FORM_OPEN = mark("No form is open. Drafts begun earlier are in /viec.")
DRAFT_CANCELLED = mark("The draft is cancelled. Nothing was handed in.")
DRAFT_KEPT = mark("The draft is kept as it is. /viec opens it again, in any month and on any channel.")
WHICH = mark("Is “{text}” the answer to “{question}”, or a question to Khéo?")
WHICH_TOLD = mark("Is “{text}” the answer to “{question}”, or is Khéo to note it?")
NOTED = mark("Noted: {what}.")
RECEIVED_FOR = mark("{what} received for criterion {code}.")
RECEIVED = mark("{what} received.")
NO_DOCUMENTS = mark("Criterion {code} has no documents to reuse.")
REUSED = mark("{what} of criterion {twin} also stand for criterion {code} now.")
FOR_WHICH_ROW = mark("Please name the row as well, e.g. “tc2 reuse the documents of tc1”.")
BARE_NUMBER = mark(
    "“{given}” is a number without words. As evidence please say what it counts, e.g. “45 hộ dự họp”; "
    "points go with the name of their row, e.g. “tc{code} 14”."
)
AT_THE_SUMMARY = mark("That was not understood. This is what has been entered; one of the buttons goes on from here.")
JUST_A_NUMBER = mark(
    "“{given}” is none of the options here, and a bare number is no answer in words. Please type the answer in full."
)
TO_CHANGE = mark("To change answer {n}, please type “sửa {n}”; the letters below go on from here.")
STEP = mark("Step {n} of {all}")
STILL_UNANSWERED = mark("This question has no answer yet.")
NOTHING_TO_REMOVE = mark("There is nothing here to remove.")
REMOVED = mark("Removed: {what}.")


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
    """The draft, if the speaker may work on it; NotAllowed otherwise, in the same words as for one that is not there.

    Where only its season is over, its exemplar has stopped, or its form is gone from the plan, that is said.
    """
    try:
        draft = drafts.by_id(turn.tx, draft_id)
    except LookupError:
        raise NotAllowed(NO_RIGHT) from None
    finisher = turn.finisher(draft)
    about = exemplars.by_id(turn.tx, draft.exemplar_id) if draft.exemplar_id is not None else None
    if about is not None and about.season_id != draft.season_id:
        about = None  # of an earlier year: what carries it over asks of it when it is handed in
    turn.need(finisher.action if finisher else Action.REGISTER, draft.unit_id, draft.season_id, about)
    try:
        form = finisher.form(turn.office, draft) if finisher else None
    except LookupError:  # the scoring table of its kind of exemplar
        form = None
    if finisher is None or form is None:
        raise NotAllowed(FORM_GONE)
    return Open(draft, form, finisher, drafts.events(turn.tx, draft_id))


def note(turn: Turn, o: Open, op: str, question: str, value: Any = None, *, copied: bool = False) -> None:
    """Add an event to the draft; a copied one answers no message, and no edit of one changes it."""
    person_id = turn.person.id if turn.person else None
    id = drafts.note(
        turn.tx,
        o.draft.id,
        op,
        question,
        value,
        person_id=person_id,
        address_id=turn.contact.id,
        message="" if copied else turn.message,
        now=turn.now,
    )
    turn.focus.turned_down = ""
    o.events.append(Event(id, op, question, value, person_id, turn.now))
    o.answers = answers(o.events)


def begin(
    turn: Turn, draft: Draft, heading: str = "", *, prefill: Sequence[Event] = (), text: str = ""
) -> Sequence[Reply]:
    """Stand at a draft's open question; `prefill` copies earlier answers into it, `text` may hold points already."""
    o = opened(turn, draft.id)
    for event in prefill:
        note(turn, o, event.op, event.question, event.value, copied=True)
    turn.focus.draft = o.draft.id
    turn.focus.question = turn.focus.held = ""
    if not turn.means.documents:
        heading = "\n".join(part for part in (heading, whole_link(turn, o)) if part)
    many = several(o.form, o.answers, text) if text else None
    return _several(turn, o, many, heading) if many else place(turn, o, heading)


def prefilling(events: Sequence[Event]) -> list[Event]:
    """The events that make the same answers as the given ones, for a new version of a form."""
    made: list[Event] = []
    for id, answer in answers(events).items():
        if answer.value is not None:
            made.append(Event(0, "set", id, answer.value, None, events[-1].at))
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
    question = question_of(o, turn.focus.question) or next_question(o.form, o.answers)
    if question is None:
        return review(turn, o, heading)
    turn.focus.asked = question.id
    hint = o.finisher.note(turn, o.draft, o.form, question)
    if question.kind == "row" and not o.answers:
        hint = "\n".join(part for part in (hint, several_at_once(o.form, o.answers, turn.say)) if part)
    if question.kind == "files" and not turn.means.documents:
        hint = "\n".join(part for part in (hint, files_link(turn, o, question)) if part)
    reply = ask(
        o.form,
        question,
        o.answers,
        o.draft.id,
        turn.say,
        heading=heading,
        progress=o.finisher.progress(turn, o.form, o.answers) or _step(turn, o, question),
        note=hint,
        documents=turn.means.documents,
    )
    return [reply]


def files_link(turn: Turn, o: Open, question: Question) -> str:
    """The line with the page that takes files of any kind for that question; empty where pages cannot be reached."""
    link = turn.link(tickets.UPLOAD, draft_id=o.draft.id, question=question.id)
    return turn.say.say(FILES_LINK, link=link) if link else ""


def whole_link(turn: Turn, o: Open) -> str:
    """The line with the page on which the whole form is filled in; empty where pages cannot be reached."""
    link = turn.link(tickets.FORM, draft_id=o.draft.id)
    return turn.say.say(WHOLE_LINK, link=link) if link else ""


def sending_link(turn: Turn) -> str:
    """The same for files that a command outside of any form waits for: a list, what goes with a message to many."""
    command, _, id = turn.focus.sending.partition(":")
    key = f"{command}:{id}" if id.isdecimal() and len(id) < LONGEST_ID else command
    link = turn.link(tickets.UPLOAD, question=key) if command and turn.focus.draft is None else ""
    return turn.say.say(FILES_LINK, link=link) if link else ""


def _step(turn: Turn, o: Open, question: Question) -> str:
    """How far one has come, where there are no buttons that would show what is behind and ahead."""
    ids = [q.id for q in applicable(o.form, o.answers)]
    if turn.means.buttons or len(ids) < 2:
        return ""
    return turn.say.say(STEP, n=ids.index(question.id) + 1, all=len(ids))


def question_of(o: Open, id: str) -> Question | None:
    """The question with that id, if it applies."""
    return next((q for q in applicable(o.form, o.answers) if q.id == id), None) if id else None


def review(turn: Turn, o: Open, heading: str = "") -> Sequence[Reply]:
    """The summary of what has been entered, from which the form is handed in."""
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
    """The open question once more, with the form's name: who comes back to it may have several open."""
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
    if not turn.focus.question and turn.focus.asked and question_of(o, turn.focus.asked):
        turn.focus.question = turn.focus.asked
        replies = place(turn, o, o.finisher.title(turn, o.draft))
        turn.focus.question = ""
        return replies
    return place(turn, o)


# -- typed -----------------------------------------------------------------------------------------------------------


def cancel(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/huy: as the word “hủy”, typed into the open form."""
    return turn.script.filled(turn, "huy") or [Reply(turn.say.say(NO_FORM_OPEN))]


def filled(turn: Turn, text: str) -> Sequence[Reply] | None:
    """A text typed while a draft is open; None when it is no answer."""
    if turn.focus.draft is None:
        return None
    try:
        o = opened(turn, turn.focus.draft)
    except NotAllowed as refused:  # its season was closed meanwhile, or the function was given up
        turn.focus.leave()
        return None if turn.understood(text).intent else [Reply(turn.say.say(refused.source))]
    if o.draft.state != "open":  # handed in or cancelled meanwhile, on another channel or by a colleague
        turn.focus.leave()
        return None if turn.understood(text).intent else ended(turn, o)
    if _asks_for_page(o, turn.focus.asked, text):
        return page(turn, o)
    verb = FIXED_WORDS.get(fold(text))
    if verb is not None:
        return _do(turn, o, Press(verb, o.draft.id, turn.focus.asked))
    if fold(text).rstrip(" .!") in HAND_IN_WORDS:
        return _hand_in(turn, o)
    if fold(text).rstrip(" .!") in PAUSE_WORDS:
        return _do(turn, o, Press("keep", o.draft.id))
    if read_yes_no(text) is False and _being_cancelled(turn, o):
        return stay(turn, o, "")
    to_edit = _to_edit(turn, o, text)
    if to_edit is not None:
        return _ask_named(turn, o, to_edit)
    many = several(o.form, o.answers, text)
    if many:
        return _several(turn, o, many)
    question = question_of(o, turn.focus.asked)
    again = reuse(o.form, text)
    if again is not None:
        source, target = again
        proof = proof_for(o, target) if target else next(iter(files_here(turn, o)), None)
        return _reuse(turn, o, proof, source) if proof else stay(turn, o, turn.say.say(FOR_WHICH_ROW))
    if question is None:
        number = _STRAY.fullmatch(fold(text)) if not turn.means.buttons else None
        if number and _to_edit(turn, o, f"sua {number[1]}") is not None:
            return review(turn, o, turn.say.say(TO_CHANGE, n=number[1]))
        understood = turn.understood(text)
        return None if understood.intent or understood.perhaps else review(turn, o, turn.say.say(AT_THE_SUMMARY))
    if (
        question.kind not in FREE_TEXT
        and not question.scores
        and may_skip(question)
        and fold(text).rstrip(" .!") in NOT_YET_WORDS
    ):
        return _do(turn, o, Press("skip", o.draft.id, question.id))
    if question.kind in (*FREE_TEXT, "files"):
        understood = turn.understood(text)
        if understood.question or understood.intent in TELLING:
            return ask_whether(turn, o, question, text)
    if question.kind == "files":
        return _add_text(turn, o, question, text)
    if question.kind in FREE_TEXT and not turn.means.buttons and _STRAY.fullmatch(fold(text)):
        return _turned_down(turn, o, question, Misunderstood(JUST_A_NUMBER, given=text.strip()))
    try:
        value = read(question, text, o.answers, context(turn))
    except Misunderstood as wrong:
        understood = turn.understood(text)
        if understood.intent and understood.sure:
            return None
        return _turned_down(turn, o, question, wrong)
    return _taken(turn, o, question, value)


def _asks_for_page(o: Open, asked: str, text: str) -> bool:
    word = fold(text).strip(" .!")
    question = question_of(o, asked)
    return word in PAGE_WORDS and (word != "trang" or question is None or question.kind not in FREE_TEXT)


def page(turn: Turn, o: Open) -> Sequence[Reply]:
    """The pages for what is open here: for its files, where it takes any, and for the whole form."""
    lines = [files_link(turn, o, question) for question in files_here(turn, o)]
    lines = [line for line in (*lines, whole_link(turn, o)) if line]
    return stay(turn, o, "\n".join(lines) or turn.say.say(NO_PAGES))


def show_page(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/trang: a page for what is open here, for whoever prefers one, on whichever channel."""
    if turn.focus.draft is None:
        return [Reply(sending_link(turn) or turn.say.say(NO_FORM_OPEN))]
    try:
        o = opened(turn, turn.focus.draft)
    except NotAllowed:
        turn.focus.leave()
        raise
    return page(turn, o) if o.draft.state == "open" else ended(turn, o)


def _taken(turn: Turn, o: Open, question: Question, value: Any) -> Sequence[Reply]:
    """Note a value that was read, if the form takes it, and go on; else the question stays open."""
    try:
        o.finisher.check(turn, o.draft, o.form, question, value, o.answers)
    except Misunderstood as wrong:
        return _turned_down(turn, o, question, wrong)
    note(turn, o, "set", question.id, to_json(value))
    turn.focus.question = ""
    return place(turn, o)


def _turned_down(turn: Turn, o: Open, question: Question, wrong: Misunderstood) -> Sequence[Reply]:
    turn.focus.turned_down = turn.message or turn.focus.turned_down
    return _ask_named(turn, o, question, turn.say.say(wrong.source, **wrong.values))


def _being_cancelled(turn: Turn, o: Open) -> bool:
    """Whether the last thing asked was whether to cancel this draft for good."""
    presses = [tokens.parse(token) for _, token in turn.focus.options]
    return any(isinstance(p, Press) and p.verb == "cancel" and p.key and p.draft == o.draft.id for p in presses)


def _to_edit(turn: Turn, o: Open, text: str) -> Question | None:
    """The question that “sửa 2”, “sửa tiêu chí 3”, “đổi tên” names, by its number in the summary or by its name."""
    said = _EDIT.fullmatch(fold(text).rstrip(" .!"))
    if said is None:
        return None
    listed = [q for q in applicable(o.form, o.answers) if q.kind != "files" or not q.code]
    number = _NUMBERED.fullmatch(said["what"])
    if number is not None:
        rows = [q for q in listed if q.scores and q.code.isdecimal()]
        if rows:
            return next((q for q in rows if q.code.lstrip("0") == number[1]), None)
        return listed[int(number[1]) - 1] if int(number[1]) <= len(listed) else None
    wanted = said["what"]
    fitting = [q for q in listed if len(wanted) >= SHORTEST_NAME and fold(named(q, turn.say)).startswith(wanted)]
    return fitting[0] if len(fitting) == 1 else None


def _hand_in(turn: Turn, o: Open) -> Sequence[Reply]:
    """“nộp”, typed at the summary: what its button would do, and only if the button is there."""
    for _, token in turn.focus.options:
        press = tokens.parse(token)
        if isinstance(press, Press) and press.verb == "submit" and press.draft == o.draft.id:
            return hand_in(turn, o, press.key)
    return review(turn, o) if complete(o.form, o.answers) else place(turn, o, turn.say.say(STILL_OPEN))


def context(turn: Turn) -> Context:
    """What reading an answer needs from outside."""

    def find(text: str) -> Sequence[str]:
        found = turn.office.finder.find(text)
        return [found.one.name] if found.one else [unit.name for unit in found.several]

    return Context(turn.today, find)


def _ask_named(turn: Turn, o: Open, question: Question, heading: str = "") -> Sequence[Reply]:
    turn.focus.question = question.id
    return place(turn, o, heading)


def stay(turn: Turn, o: Open, heading: str) -> Sequence[Reply]:
    """The question that was open (or the summary) once more."""
    asked = question_of(o, turn.focus.asked)
    return _ask_named(turn, o, asked, heading) if asked else review(turn, o, heading)


def ask_whether(turn: Turn, o: Open, question: Question, text: str, heading: str = "") -> Sequence[Reply]:
    """Ask back whether a typed question is the answer, or a question to the bot; the text is held until then."""
    turn.asking = True
    turn.focus.held = text
    turn.focus.turned_down = turn.message or turn.focus.turned_down
    called = named(question, turn.say) or question.ask
    short = text if len(text) <= 80 else text[:79] + "…"
    told = turn.understood(text).intent in TELLING
    which = turn.say.say(WHICH_TOLD if told else WHICH, text=short, question=called)
    meant = turn.say.say("Khéo is to note it") if told else turn.say.say("It is a question to Khéo")
    return [
        Reply(
            f"{heading}\n{which}" if heading else which,
            choices=(
                (Choice(turn.say.say("It is the answer"), Press("keep", o.draft.id, question.id, "answer").token()),),
                (Choice(meant, Press("keep", o.draft.id, question.id, "question").token()),),
            ),
            lettered=True,
        )
    ]


def _held(turn: Turn, o: Open, press: Press) -> Sequence[Reply]:
    text = turn.focus.held
    question = question_of(o, press.question)
    if not text or question is None or press.question != turn.focus.asked:
        return place(turn, o, turn.say.say(OLD_QUESTION))
    turn.focus.held = ""
    if press.key == "question":
        handler = turn.script.phrases.get(turn.understood(text).intent, turn.script.lost)
        replies = list(handler(turn, Asked(text=text, understand=turn.understood)))
        return replies if turn.asking else [*replies, *ask_again(turn)]
    if question.kind == "files":
        return _add_text(turn, o, question, text)
    try:
        value = read(question, text, o.answers, context(turn))
    except Misunderstood as wrong:
        return _turned_down(turn, o, question, wrong)
    return _taken(turn, o, question, value)


def _several(turn: Turn, o: Open, many: Sequence[Given], heading: str = "") -> Sequence[Reply]:
    noted, wrong = take_several(turn, o, many)
    if len(many) > 1:
        # Whoever gives all points at once brings the documents later: those questions are passed over for now.
        for given in many:
            proof = proof_of(o, given.question)
            if proof is not None and not isinstance(given.value, Misunderstood) and not is_answered(proof, o.answers):
                note(turn, o, "skip", proof.id)
    if not noted:
        turn.focus.turned_down = turn.message
    head = [heading] if heading else []
    head += [turn.say.say(NOTED, what=" · ".join(noted))] if noted else []
    if not noted and question_of(o, turn.focus.asked):
        return stay(turn, o, "\n".join([*head, *wrong]))
    turn.focus.question = ""
    return place(turn, o, "\n".join([*head, *wrong]))


def take_several(turn: Turn, o: Open, many: Sequence[Given]) -> tuple[list[str], list[str]]:
    """Note what can be taken; returns what was noted and what is wrong with the rest, both in words."""
    noted: list[str] = []
    wrong: list[str] = []
    for given in many:
        question = o.form.question(given.question) if given.question else None
        if isinstance(given.value, Misunderstood):
            why = turn.say.say(given.value.source, **given.value.values)
            wrong.append(turn.say.say("TC{code}: {points}", code=question.code, points=why) if question else why)
        elif question is not None:
            note(turn, o, "set", question.id, to_json(given.value))
            noted.append(turn.say.say("TC{code}: {points}", code=question.code, points=given.value))
        proof = proof_of(o, given.question)
        if given.rest and proof is not None and given.rest not in {item.text for item in items_of(o, proof)}:
            note(turn, o, "add", proof.id, item_to_json(evidence_text(given.rest)))
    return noted, wrong


def proof_of(o: Open, row_id: str) -> Question | None:
    """The question for the evidence of the row whose points that question asks for."""
    row = next((q for q in o.form.questions if q.id == row_id), None)
    return next((q for q in o.form.questions if row and q.kind == "files" and q.code == row.code), None)


def proof_for(o: Open, code: str) -> Question | None:
    """The question for the evidence of the row with that code."""
    return next((q for q in o.form.questions if q.kind == "files" and q.code == code), None)


def items_of(o: Open, question: Question) -> tuple[Item, ...]:
    """The evidence that a question holds."""
    answer = o.answers.get(question.id)
    return answer.items if answer else ()


def _add_text(turn: Turn, o: Open, question: Question, text: str) -> Sequence[Reply]:
    if bare_number(text):
        turn.focus.turned_down = turn.message
        return stay(turn, o, turn.say.say(BARE_NUMBER, given=text.strip(), code=question.code or "1"))
    elsewhere = begins_with_row(o.form, text)
    target = proof_for(o, elsewhere[0]) if elsewhere and elsewhere[1] else None
    if target is not None and elsewhere is not None:
        text = elsewhere[1]
    target = target or question
    item = evidence_text(text)
    note(turn, o, "add", target.id, item_to_json(item))
    what = counted((item,), turn.say)
    code = target.code
    received = turn.say.say(RECEIVED_FOR, what=what, code=code) if code else turn.say.say(RECEIVED, what=what)
    return _ask_named(turn, o, question, received)


def _reuse(turn: Turn, o: Open, question: Question, source: str) -> Sequence[Reply]:
    other = proof_for(o, source)
    items = items_of(o, other) if other else ()
    if other is None or not items or other.id == question.id:
        return stay(turn, o, turn.say.say(NO_DOCUMENTS, code=source))
    there = {(item.kind, item.text, item.sha256) for item in items_of(o, question)}
    for item in items:
        if (item.kind, item.text, item.sha256) not in there:
            note(turn, o, "add", question.id, item_to_json(replace(item, album="")))
    what = shown(other, o.answers[other.id], turn.say)
    return stay(turn, o, turn.say.say(REUSED, what=what, twin=source, code=question.code))


def _remove(turn: Turn, o: Open, question: Question, key: str) -> Sequence[Reply]:
    """Take a piece of evidence out again: the one that the button names, else ask which."""
    items = items_of(o, question)
    if not items:
        return stay(turn, o, turn.say.say(NOTHING_TO_REMOVE))
    if not key:
        turn.asking = True
        return [removal_menu(question, items, o.draft.id, turn.say)]
    item = next((item for item in items if str(item.event) == key), None)
    if item is None:
        return stay(turn, o, turn.say.say(OLD_QUESTION))
    note(turn, o, "remove", question.id, item.event)
    what = clipped(item.name or item.text, SHOWN_TEXT) or counted((item,), turn.say)
    return _ask_named(turn, o, question, turn.say.say(REMOVED, what=what))


def files_here(turn: Turn, o: Open) -> list[Question]:
    """Where a file goes of which nothing more is said: the open question, the evidence of the open row, or the only
    question of the form that takes files."""
    asked = question_of(o, turn.focus.asked) if turn.focus.draft == o.draft.id else None
    here = asked if asked is None or asked.kind == "files" else proof_of(o, asked.id)
    if here is None and not any(q.kind == "row" for q in o.form.questions):
        taking = [q for q in applicable(o.form, o.answers) if q.kind == "files"]
        here = taking[0] if len(taking) == 1 else None
    return [here] if here else []


# -- pressed ---------------------------------------------------------------------------------------------------------


def pressed(turn: Turn, token: str) -> Sequence[Reply] | None:
    """A button of a form; None when the token is not one."""
    press = tokens.parse(token)
    if not isinstance(press, Press):
        return None
    o = opened(turn, press.draft)
    if o.draft.state != "open":
        return ended(turn, o)
    here = turn.focus.draft == press.draft
    if press.verb in AT_THE_QUESTION and press.question and not (here and turn.focus.asked == press.question):
        return _at_the_open_one(turn, o)
    if press.verb == "keep" and press.key:
        return _held(turn, o, press)
    return _do(turn, o, press)


def _at_the_open_one(turn: Turn, o: Open) -> Sequence[Reply]:
    """An old button changes nothing: the question that stands open here once more, of whichever draft it is."""
    if turn.focus.draft not in (None, o.draft.id):
        replies = list(ask_again(turn))
        if replies:
            return [Reply(turn.say.say(OTHER_FORM, title=o.finisher.title(turn, o.draft))), *replies]
    return place(turn, o, turn.say.say(OLD_QUESTION))


def ended(turn: Turn, o: Open) -> Sequence[Reply]:
    """What became of a draft that is not open any more, with the number of its receipt."""
    if turn.focus.draft == o.draft.id:
        turn.focus.leave()
    return [Reply(fate(turn, o)), *ask_again(turn)]


def fate(turn: Turn, o: Open) -> str:
    """What became of a draft that is not open any more, in one sentence."""
    handed_in = exemplars.of_draft(turn.tx, o.draft.id)
    if o.draft.state == "cancelled":
        return turn.say.say(CANCELLED)
    if handed_in is None:
        return turn.say.say(HANDED_IN)
    at = handed_in.at.astimezone(turn.now.tzinfo)
    return turn.say.say(HANDED_IN_AS, at=at, number=number_of(turn, handed_in))


def number_of(turn: Turn, handed_in: HandedIn) -> str:
    """The number on a receipt, e.g. “00012/2024”."""
    return f"{handed_in.id:05d}/{handed_in.at.astimezone(turn.now.tzinfo).year}"


def _do(turn: Turn, o: Open, press: Press) -> Sequence[Reply]:
    question = question_of(o, press.question)
    match press.verb:
        case "answer" if question is not None:
            try:
                value = read(question, press.key, o.answers, context(turn))
            except Misunderstood as wrong:
                return _turned_down(turn, o, question, wrong)
            return _taken(turn, o, question, value)
        case "skip" if question is not None:
            if not may_skip(question):
                return _ask_named(turn, o, question, turn.say.say("This question cannot be skipped."))
            if not is_answered(question, o.answers):
                note(turn, o, "skip", question.id)
            turn.focus.question = ""
            return place(turn, o)
        case "done" if question is not None:
            if question.kind != "files":
                waiting = "" if is_answered(question, o.answers) else turn.say.say(STILL_UNANSWERED)
                return _ask_named(turn, o, question, waiting)
            note(turn, o, "done", question.id)
            turn.focus.question = ""
            return place(turn, o)
        case "reuse" if question is not None and question.kind == "files":
            return _reuse(turn, o, question, press.key)
        case "remove" if question is not None and question.kind == "files":
            return _remove(turn, o, question, press.key)
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
            return review(turn, o)
        case "cancel":
            return _cancel(turn, o, sure=press.key == str(o.last_event))
        case "keep" if question is not None:
            turn.focus.question = ""
            return place(turn, o)
        case "keep":
            turn.focus.leave()
            return [Reply(turn.say.say(DRAFT_KEPT))]
        case "submit":
            return hand_in(turn, o, press.key)
    if not press.question:  # a word such as “bỏ qua” or “xong”, typed at the summary
        return review(turn, o)
    return place(turn, o, turn.say.say(OLD_QUESTION))


def _cancel(turn: Turn, o: Open, *, sure: bool) -> Sequence[Reply]:
    if not sure:
        turn.asking = True
        yes, keep = Press("cancel", o.draft.id, "", str(o.last_event)), Press("keep", o.draft.id)
        asked = turn.focus.asked if turn.focus.draft == o.draft.id else ""
        back = Press("edit", o.draft.id, asked) if asked else Press("summary", o.draft.id)
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


def hand_in(turn: Turn, o: Open, seen: str) -> Sequence[Reply]:
    """Hand the form in, if nothing has changed since the event with the id `seen`: the newest that its summary showed."""
    if not complete(o.form, o.answers):
        turn.focus.question = ""
        return place(turn, o, turn.say.say(STILL_OPEN))
    if seen != str(o.last_event):
        return review(turn, o, turn.say.say(CHANGED_SINCE))
    if not drafts.held_open(turn.tx, o.draft.id):
        return ended(turn, o)
    turn.focus.leave()
    return o.finisher.submit(turn, o.draft, o.form, o.answers)
