"""The questions and the answers as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_CEILING, Decimal

from bot.chat import Choice, Reply
from bot.forms.answers import Answer, Item, from_json
from bot.forms.engine import applicable, before, complete, current, has_content, is_answered, may_skip, options
from bot.forms.tokens import Press, Verb
from bot.plan.questions import NOT_APPLICABLE, Form, Question
from bot.texts import Language, mark

SHORT_LABEL = 18
"""Characters of a label of which two stand side by side on a narrow phone."""
SHOWN_TEXT = 300
"""Characters of a long answer that a summary repeats; all of it stays stored."""
LONG_LABEL = 48
"""Characters of a label that has a row for itself."""
MOST_PIECES = 30
"""Pieces of evidence that are offered for removal, the newest; a longer list of buttons nobody reads."""
BUTTONS_PER_ROW = 4
"""Quick points side by side; more are too narrow to hit with a thumb."""
FINE_POINTS = 5
"""How many quick points go down step by step from the top; below them the gaps widen."""
COARSE_POINTS = 3
"""How many more there are, down to half of the points."""

BACK = mark("Back")
SKIP = mark("Skip")
LATER = mark("Leave for later")
KEEP = mark("Keep")
DONE = mark("Done")
CANCEL = mark("Cancel")
ABSENT = mark("Does not apply")
EDIT = mark("Edit…")
SUMMARY = mark("Review")
REMOVE = mark("Remove…")
RECORDED = mark("Recorded: {value}")
RECEIVED = mark("Received so far: {value}")

FIXED_WORDS: dict[str, Verb] = {
    "quay lai": "back",
    "tro lai": "back",
    "back": "back",
    "bo qua": "skip",
    "de sau": "skip",
    "skip": "skip",
    "later": "skip",
    "leave for later": "skip",
    "huy": "cancel",
    "huy bo": "cancel",
    "cancel": "cancel",
    "xem lai": "summary",
    "tom tat": "summary",
    "summary": "summary",
    "review": "summary",
    "xong": "done",
    "da xong": "done",
    "done": "done",
    "xoa": "remove",
    "bo bot": "remove",
    "bo bot…": "remove",
    "remove": "remove",
    "remove…": "remove",
}
"""The words that mean the same in every question, folded."""

_LETTERED = ("row", "number", "money", "percent", "date", "month", "files")
_HOW = {
    "multi_choice": mark("Several can be typed, separated by commas."),
    "files": mark("Please send photos, documents or a link, or type the figures; there can be several."),
}
_JUST_PHOTOS = mark("Please send photos or a link, or type the figures; there can be several.")
SEVERAL_AT_ONCE = mark("Points of several criteria may be sent in one message, e.g. {example}")


def ask(
    form: Form,
    question: Question,
    answers: Mapping[str, Answer],
    draft: int,
    say: Language,
    *,
    heading: str = "",
    progress: str = "",
    note: str = "",
    documents: bool = True,
) -> Reply:
    """The question, with what is recorded so far and the buttons that answer it.

    `heading` is what is to be said first (an acknowledgement, or why the last answer could not be taken), `progress` a
    line such as “4/7 · 55/60”, `note` a remark on this question; without `documents` only photos can be sent here.
    """
    # The documents of a row are asked for right after it; its text, often six lines long, is not said twice.
    said = any(q.scores and q.code == question.code and q.ask.startswith(question.ask) for q in form.questions)
    words = "" if question.kind == "files" and said else question.ask
    hint = question.hint
    if hint and question.code:
        hint = say.say("Evidence asked for: {hint}", hint=hint)
    counting = current(form, answers)
    answer = counting.get(question.id)
    known = ""
    if has_content(question, counting):
        known = say.say(RECEIVED if question.kind == "files" else RECORDED, value=shown(question, answer, say))
    how = say.say(_HOW[question.kind]) if question.kind in _HOW else ""
    how = say.say(_JUST_PHOTOS) if question.kind == "files" and not documents else how
    return Reply(
        title=named(question, say),
        text="\n".join(line for line in (heading, progress, words, hint, note, how, known) if line),
        choices=(*_answers(question, counting, draft, say), *_ways_on(form, question, counting, draft, say)),
        lettered=question.kind in _LETTERED,
    )


def several_at_once(form: Form, answers: Mapping[str, Answer], say: Language) -> str:
    """That points of several rows go into one message, with two rows of the form itself; empty where it has no two."""
    rows = [q for q in applicable(form, answers) if q.kind == "row" and q.maximum and q.code.isdecimal()][:2]
    if len(rows) < 2:
        return ""
    worth = [quick_points(row.maximum or Decimal(0), row.step) for row in rows]
    points = [found[min(n, len(found) - 1)] for n, found in enumerate(worth, start=2)]
    named_rows = (f"tc{row.code.lstrip('0')} {say.number(n)}" for row, n in zip(rows, points, strict=True))
    return say.say(SEVERAL_AT_ONCE, example=" ".join(named_rows))


def named(question: Question, say: Language) -> str:
    """What a question is called: “Tiêu chí 01 (tối đa 15 điểm)”, or its short name."""
    if question.scores:
        most = question.maximum if question.kind == "row" else question.worth
        if not most:
            return say.say("Criterion {code}", code=question.code)
        return say.say("Criterion {code} (at most {max} points)", code=question.code, max=most)
    if question.kind == "files" and question.code:
        return say.say("Evidence for criterion {code}", code=question.code)
    return question.short


def shown(question: Question, answer: Answer | None, say: Language) -> str:
    """The answer in words: the option's label, “13,5 điểm”, “350.000.000 đồng”, “2 ảnh, 1 tài liệu”, “(chưa có)”."""
    if answer is not None and question.kind == "files" and answer.items:
        return counted(answer.items, say)
    if answer is not None and (answer.skipped or answer.done) and not question.required and not question.required_by:
        return say.say("(left out)")
    if answer is None or answer.skipped or answer.value is None:
        return say.say("(still missing)")
    return _worded(question, answer, say)


def name(question: Question, say: Language) -> str:
    """What the answer is called in lists and on buttons."""
    if question.short:
        return question.short
    if question.scores:
        return say.say("Criterion {code}", code=question.code)
    if question.kind == "files" and question.code:
        return say.say("Evidence {code}", code=question.code)
    return question.ask


def summary(
    form: Form,
    answers: Mapping[str, Answer],
    draft: int,
    say: Language,
    *,
    title: str,
    lead: str = "",
    last_event: int,
    submit_label: str,
) -> Reply:
    """All answers in a numbered list; `last_event` is the newest event this summary shows (its “submit” names it).

    Without what is required there is no “submit” but a button to the first question still to be answered. The choices
    are lettered, because the numbers belong to the answers.
    """
    counting = current(form, answers)
    asked = applicable(form, answers)
    rows = {question.code: question.id for question in reversed(asked) if question.scores}
    proofs = {question.code: question for question in asked if question.kind == "files" and question.code in rows}
    lines: list[str] = []
    for question in asked:
        if question.kind == "files" and question.code in rows:
            continue
        line = f"{len(lines) + 1}. {name(question, say)}: {shown(question, counting.get(question.id), say)}"
        proof = proofs.get(question.code) if question.id == rows.get(question.code) else None
        if proof is not None:
            evidence = counting.get(proof.id)
            items = evidence.items if evidence else ()
            line += " – " + (counted(items, say) if items else say.say("no evidence yet"))
        lines.append(line)
    bare = next(
        (q for code, q in proofs.items() if code in _scored(asked, counting) and not _has_items(q, counting)), None
    )
    edit = Choice(say.say(EDIT), Press("edit", draft).token())
    cancel = Choice(say.say(CANCEL), Press("cancel", draft).token())
    if complete(form, answers):
        first = Choice(submit_label, Press("submit", draft, key=str(last_event)).token())
    else:
        missing = next(q for q in asked if q.required and not q.required_by and not has_content(q, counting))
        go_on = say.say("Continue: {name}", name=_cut(name(missing, say), 2 * SHORT_LABEL))
        first = Choice(go_on, Press("edit", draft, missing.id).token())
    ways: tuple[tuple[Choice, ...], ...] = ((first,),)
    if bare is not None:
        ways += ((Choice(say.say("Add evidence {code}", code=bare.code), Press("edit", draft, bare.id).token()),),)
    return Reply(
        title=title,
        text="\n".join(part for part in (lead, *lines) if part),
        choices=(*ways, (edit, cancel)),
        lettered=True,
    )


def _scored(asked: Iterable[Question], counting: Mapping[str, Answer]) -> set[str]:
    return {question.code for question in asked if question.scores and has_content(question, counting)}


def _has_items(question: Question, counting: Mapping[str, Answer]) -> bool:
    answer = counting.get(question.id)
    return answer is not None and bool(answer.items)


def edit_menu(form: Form, answers: Mapping[str, Answer], draft: int, say: Language) -> Reply:
    """One button for each question that applies, and one back to the summary."""
    buttons = [
        Choice(_cut(name(question, say), 2 * SHORT_LABEL), Press("edit", draft, question.id).token())
        for question in applicable(form, answers)
    ]
    back = (Choice(say.say(SUMMARY), Press("summary", draft).token()),)
    return Reply(text=say.say("Which answer is to be changed?"), choices=(*_paired(buttons), back))


def removal_menu(question: Question, items: Sequence[Item], draft: int, say: Language) -> Reply:
    """One button for each piece of evidence that can be taken out, and one that leaves all as it is."""
    rows = tuple(
        (Choice(_piece(n, item, say), Press("remove", draft, question.id, str(item.event)).token()),)
        for n, item in enumerate(items[-MOST_PIECES:], start=max(0, len(items) - MOST_PIECES) + 1)
    )
    keep = Choice(say.say(KEEP), Press("edit", draft, question.id).token())
    return Reply(say.say("Which of them is to be removed?"), title=named(question, say), choices=(*rows, (keep,)))


def _piece(n: int, item: Item, say: Language) -> str:
    """“2. Ảnh hop-dan.jpg”, “3. 45 hộ dự họp”."""
    what = {"photo": say.say("Photo"), "document": say.say("Document")}.get(item.kind, "")
    return _cut(
        f"{n}. " + " ".join(part for part in (what, item.name, " ".join(item.text.split())) if part), LONG_LABEL
    )


def quick_points(maximum: Decimal, step: Decimal | None) -> tuple[Decimal, ...]:
    """The points worth a button: the top ones step by step, then wider down to a half (15, 14,5, 14 … 12, 10, 8)."""
    step = step or Decimal(1)
    grid = Decimal(1) if Decimal(1) % step == 0 else step
    fine = [maximum - step * n for n in range(FINE_POINTS)]
    half = _up(maximum / 2, grid)
    gap = (fine[-1] - half) / COARSE_POINTS
    coarse = [_up(fine[-1] - gap * n, grid) for n in range(1, COARSE_POINTS + 1)]
    if gap < grid:
        coarse = [fine[-1] - step * n for n in range(1, COARSE_POINTS + 1)]
    return tuple(dict.fromkeys(points for points in (*fine, *coarse) if points >= 0))


def _answers(
    question: Question, answers: Mapping[str, Answer], draft: int, say: Language
) -> tuple[tuple[Choice, ...], ...]:
    def button(label: str, key: str) -> Choice:
        return Choice(label, Press("answer", draft, question.id, key).token())

    if question.kind == "row" and question.maximum is not None:
        points = [button(say.number(n), f"{n.normalize():f}") for n in quick_points(question.maximum, question.step)]
        return tuple(tuple(points[at : at + BUTTONS_PER_ROW]) for at in range(0, len(points), BUTTONS_PER_ROW))
    if question.kind == "yes_no":
        return ((button(say.say("Yes"), "yes"), button(say.say("No"), "no")),)
    if question.kind in ("choice", "multi_choice"):
        return _paired([button(option.label, option.key) for option in options(question, answers)])
    return ()


def _ways_on(
    form: Form, question: Question, answers: Mapping[str, Answer], draft: int, say: Language
) -> tuple[tuple[Choice, ...], ...]:
    def button(label: str, verb: Verb, key: str = "") -> Choice:
        return Choice(label, Press(verb, draft, question.id, key).token())

    rows: list[tuple[Choice, ...]] = []
    if question.may_not_apply:
        rows.append((button(say.say(ABSENT), "answer", NOT_APPLICABLE),))
    answer = answers.get(question.id)
    has_items = answer is not None and bool(answer.items)
    ways = []
    if question.kind == "files":
        if has_items:
            rows.append((button(say.say(DONE), "done"),))
        rows += _paired(
            button(say.say("Reuse evidence {code}", code=other.code), "reuse", other.code)
            for other in applicable(form, answers)
            if other.kind == "files" and other.code and other.id != question.id and has_content(other, answers)
        )
    if before(form, answers, question.id) is not None:
        ways.append(button(say.say(BACK), "back"))
    if question.kind == "files" and has_items:
        ways.append(button(say.say(REMOVE), "remove"))
    if question.kind != "files" and answer is not None and is_answered(question, answers):
        ways.append(button(say.say(KEEP), "keep"))
    elif may_skip(question) and not has_items:
        ways.append(button(say.say(LATER if question.required or question.required_by else SKIP), "skip"))
    return (*rows, tuple(ways)) if ways else tuple(rows)


def _worded(question: Question, answer: Answer, say: Language) -> str:
    value = from_json(question, answer.value)
    if question.may_not_apply and value == NOT_APPLICABLE:
        return say.say(ABSENT)
    labels = {option.key: option.label for option in question.options}
    match value:
        case bool():
            return say.say("Yes") if value else say.say("No")
        case Decimal() if question.kind == "row":
            return say.say_n("{points} point", "{points} points", 1 if value == 1 else 2, points=value)
        case Decimal() if question.kind == "money":
            return say.say("{amount} đồng", amount=value)
        case Decimal() if question.kind == "percent":
            return say.number(value) + "%"
        case Decimal():
            return say.number(value)
        case tuple():
            return ", ".join(labels.get(key, key) for key in value)
        case str() if question.kind == "choice":
            return labels.get(value, value)
        case str() if question.kind == "month":
            year, month = value.split("-")
            return f"{month}/{year}"
        case str():
            return _cut(value, SHOWN_TEXT)
        case Item():
            return counted((value,), say)
    return say.date(value)


def counted(items: Iterable[Item], say: Language) -> str:
    """“2 ảnh, 1 tài liệu”."""
    kinds = [item.kind for item in items]
    parts = [
        say.say_n("{n} photo", "{n} photos", kinds.count("photo")) if "photo" in kinds else "",
        say.say_n("{n} document", "{n} documents", kinds.count("document")) if "document" in kinds else "",
        say.say_n("{n} link", "{n} links", kinds.count("link")) if "link" in kinds else "",
        say.say_n("{n} figure", "{n} figures", kinds.count("figure")) if "figure" in kinds else "",
        say.say_n("{n} text", "{n} texts", kinds.count("text")) if "text" in kinds else "",
    ]
    return ", ".join(part for part in parts if part)


def _paired(buttons: Iterable[Choice]) -> tuple[tuple[Choice, ...], ...]:
    """Two short labels a row, a long one alone."""
    rows: list[tuple[Choice, ...]] = []
    for button in buttons:
        short = len(button.label) <= SHORT_LABEL
        if short and rows and len(rows[-1]) == 1 and len(rows[-1][0].label) <= SHORT_LABEL:
            rows[-1] = (*rows[-1], button)
        else:
            rows.append((button,))
    return tuple(rows)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _up(value: Decimal, grid: Decimal) -> Decimal:
    return (value / grid).to_integral_value(rounding=ROUND_CEILING) * grid
