"""What people type, read as the answer to a question, or turned down with a sentence that names the limit."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

from bot.errors import Misunderstood
from bot.forms.answers import Answer, Item, Value
from bot.forms.engine import applicable, current, has_content, options
from bot.plan.questions import NOT_APPLICABLE, Form, Option, Question
from bot.texts import mark
from bot.vietnamese import (
    fold,
    impossible_date,
    read_date,
    read_money,
    read_month,
    read_number,
    read_percent,
    read_phone,
    read_score,
    read_yes_no,
)

T = TypeVar("T")

SHOWN_BACK = 40
"""Characters of a misunderstood answer that are repeated, enough to recognise it."""
SHORTEST_PART = 4
"""Characters that are enough to name an option by words from its middle (“quốc phòng”, “Vạn Hưng”)."""
LONGEST_POINTS = 6
"""Words that points can take: “hai mươi lăm phẩy bảy lăm”."""

EMPTY = mark("The answer is empty. Please type an answer.")
ELSEWHERE_ALREADY = mark("“{given}” stands in another movement’s list; by the plan it may not be named here again.")
TOO_LONG = mark("At most {limit} characters; this answer has {length}. Please shorten it.")
NO_NUMBER = mark("“{given}” could not be read as a number. Please type a number, for example 12 or 13.5.")
NO_POINTS = mark("“{given}” could not be read as points. Please type a number from 0 to {max}.")
TOO_MANY_POINTS = mark("At most {max} points. Please type a number from 0 to {max}.")
NEGATIVE_POINTS = mark("Points cannot be negative. Please type a number from 0 to {max}.")
BETWEEN_STEPS = mark("Points go in steps of {step}. Please type {low} or {high}.")
NUMBER_BETWEEN_STEPS = mark("The number goes in steps of {step}. Please type {low} or {high}.")
TOO_LARGE = mark("At most {max}. Please type a smaller number.")
TOO_SMALL = mark("At least {min}. Please type a larger number.")
NO_MONEY = mark(
    "“{given}” could not be read as an amount of money. Please type it with its unit, "
    "for example 50 triệu, 1,2 tỷ or 350.000.000 đồng."
)
NO_PERCENT = mark("“{given}” could not be read as a percentage. Please type a number, for example 90%.")
NO_DATE = mark("“{given}” could not be read as a date. Please type day/month/year, for example 15/02/2026.")
NO_SUCH_DATE = mark("There is no day “{given}” in the calendar. Please type day/month/year, for example 15/02/2026.")
NO_MONTH = mark("“{given}” could not be read as a month. Please type month/year, for example 02/2026.")
NEITHER = mark("“{given}” could not be read as yes or no. Please answer “yes” or “no”.")
NO_PHONE = mark("“{given}” is not a Vietnamese telephone number. Please type 10 digits, for example 0912 345 678.")
NO_OPTION = mark("“{given}” is not among the choices: {options}.")
SEVERAL_OPTIONS = mark("“{given}” fits several choices: {options}. Please type the one that is meant in full.")
NO_UNIT = mark("No unit named “{given}” was found. Please type the unit's full name.")
SEVERAL_UNITS = mark("“{given}” fits several units: {units}. Please type the one that is meant in full.")
ANOTHER_WAY = mark("Criterion {code} is not scored by typing points; it is asked in its turn.")
NO_ROW = mark("There is no criterion {code}. The criteria are {codes}.")


@dataclass(frozen=True, slots=True)
class Context:
    """What reading needs from outside: the day, and who knows the units.

    `find_unit(text)` gives the full names of the units that fit: none, the one that is meant, or several to ask back.
    Without a finder the name is taken as typed.
    """

    today: date
    find_unit: Callable[[str], Sequence[str]] | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """One answer out of a message that holds several.

    `question` is the row's id, empty when there is no such row; `value` the points, or why they cannot be taken;
    `rest` the words that followed the points, as typed (“45 hộ dự họp”).
    """

    question: str
    value: Decimal | Misunderstood
    rest: str = ""


def read(question: Question, text: str, answers: Mapping[str, Answer], context: Context) -> Value:
    """The answer that the text gives; raises Misunderstood, and nothing else, when it gives none.

    Text stays exactly as typed. For `files` the text itself becomes a piece of evidence (an Item).
    """
    if not fold(text):
        raise Misunderstood(EMPTY)
    if question.may_not_apply and (text == NOT_APPLICABLE or fold(text).rstrip(" .!") in _ABSENT):
        return NOT_APPLICABLE
    match question.kind:
        case "row":
            return _points(question, text)
        case "number":
            # What a row measures is often a percentage; what it counts never is.
            measured = read_percent(text) if question.scores and question.step is None else read_number(text)
            return _limited(question, _or(measured, NO_NUMBER, text))
        case "percent":
            return _limited(question, _or(read_percent(text), NO_PERCENT, text))
        case "money":
            return _limited(question, _or(read_money(text), NO_MONEY, text), lowest=Decimal(0))
        case "date":
            impossible = impossible_date(text, context.today)
            return _or(read_date(text, context.today), NO_SUCH_DATE if impossible else NO_DATE, text)
        case "month":
            return _or(read_month(text, context.today), NO_MONTH, text)
        case "yes_no":
            return _or(read_yes_no(text), NEITHER, text)
        case "phone":
            return _or(read_phone(text), NO_PHONE, text)
        case "choice":
            return _option(options(question, answers), text).key
        case "multi_choice":
            return _options(options(question, answers), text)
        case "unit":
            return _unit(text, context)
        case "files":
            return evidence_text(_kept(question, text))
    return _kept(question, text)


def evidence_text(text: str) -> Item:
    """A typed piece of evidence: a link, a figure (it begins with a number: “45 hộ dự họp”) or a text."""
    plain = text.strip()
    if re.match(r"(?:https?://|www\.)\S", plain, re.IGNORECASE):
        return Item("link", text=plain)
    return Item("figure" if plain[:1].isdecimal() else "text", text=text)


def several(form: Form, answers: Mapping[str, Answer], text: str) -> list[Given] | None:
    """Points of several rows in one message, or of one row that is named; None when the text is not of that shape.

    Rows are named “tc1”, “TC01”, “c1” or “tiêu chí 1”; or the message is nothing but as many numbers (two or more) as
    there are rows without points, or rows at all.
    """
    rows = _numbered(applicable(form, answers))
    if not rows:
        return None
    typed = _Typed.of(text)
    only_points = all(row.kind == "row" for row in rows)
    return _named(rows, typed) or (_bare(rows, answers, form, typed) if only_points else None)


def reuse(form: Form, text: str) -> tuple[str, str] | None:
    """(source, target) of “TC02 dùng lại tài liệu TC01”: the codes of the rows; None for anything else.

    The target is empty where it is not named; it may also be named behind (“… cho TC02”).
    """
    found = _REUSE.fullmatch(fold(text).rstrip(" .!"))
    if not found:
        return None
    rows = _numbered(form.questions)
    source, named = _row(rows, found["code"]), found["before"] or found["behind"]
    target = _row(rows, named) if named else None
    if source is None or (named and target is None):
        return None
    return source.code, target.code if target else ""


def begins_with_row(form: Form, text: str) -> tuple[str, str] | None:
    """(code, the rest as typed) of a text that begins with the name of a row (“TC03: biên bản họp”); else None."""
    typed = _Typed.of(text)
    name = _ROW_MARK.search(typed.folded)
    if name is None or typed.folded[: name.start()].strip():
        return None
    row = _row(_numbered(form.questions), name["code"])
    after = _AFTER_ROW.match(typed.folded, name.end())
    return (row.code, typed.piece(after.end() if after else name.end(), len(typed.folded)).strip()) if row else None


def rows_in(form: Form, text: str) -> tuple[str, ...]:
    """The codes of the rows that a caption names, wherever in it (“Biên bản họp dân, TC03”)."""
    rows = _numbered(form.questions)
    # A bare “C1” in a caption is as likely a hamlet or a form.
    named = (_row(rows, m["code"]) for m in _ROW_MARK.finditer(_Typed.of(text).folded) if not _BARE_C.match(m.group()))
    return tuple(dict.fromkeys(row.code for row in named if row))


def bare_number(text: str) -> bool:
    """Whether the text is nothing but a number, which as a piece of evidence says nothing."""
    return _BARE_NUMBER.fullmatch(fold(text)) is not None


_ABSENT = frozenset(("khong ap dung", "khong thuoc doi tuong", "does not apply", "not applicable", "n/a"))
_ROW_NAME = r"(?:tieu chi(?: so)?|criterion|tc|c(?=[0-9])) ?(?P<code>[0-9]{1,3})(?![0-9])"
_ROW_MARK = re.compile(r"(?<![a-z0-9])" + _ROW_NAME)
_LEAD = re.compile(r"(?:(?:em|toi|xin|tu|cham|cho|diem|sua|doi|lai|bo|sung)[ :]+)*")
_AFTER_ROW = re.compile(r"(?:\s*(?:[:=)]|\.(?=\s)|-\s|duoc\b|la\b|cham\b|thanh\b))*\s*")
_REUSE = re.compile(
    rf"(?:{_ROW_NAME.replace('<code>', '<before>')} ?[:,-]? ?)?(?:xin |cho )?"
    r"(?:dung|lay|su dung|reuse|use)(?: (?:lai|chung|again))?"
    r"(?: (?:cac |the )?(?:tai lieu|anh|minh chung|ho so|documents?)(?: kiem chung)?)?(?: (?:cua|of|from))? "
    rf"{_ROW_NAME}(?: (?:cho|vao|for) {_ROW_NAME.replace('<code>', '<behind>')})?"
)
_BARE_C = re.compile(r"c ?[0-9]")
_BARE_NUMBER = re.compile(r"[0-9]+(?:[.,/ ]*[0-9]+)*(?: ?(?:d|diem|ruoi))?[ .!]*")
_ASKS = re.compile(r"\?\s*$|\b(?:bao nhieu|may diem|la gi|the nao)\b")


@dataclass(frozen=True, slots=True)
class _Typed:
    """A text with its folded letters, each of which knows its place in the text."""

    text: str
    folded: str
    places: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> _Typed:
        text = unicodedata.normalize("NFC", text)
        folds = {c: " " if c.isspace() else fold(c) for c in set(text)}
        letters = [(folds[c], at) for at, c in enumerate(text)]
        folded = "".join(letter for letter, _ in letters)
        return cls(text, folded, tuple(at for letter, at in letters for _ in letter))

    def piece(self, start: int, end: int) -> str:
        """The text as typed behind folded[start:end]."""
        if start >= end:
            return ""
        return self.text[self.places[start] : self.places[end] if end < len(self.places) else len(self.text)]


def _named(rows: list[Question], typed: _Typed) -> list[Given] | None:
    marks = list(_ROW_MARK.finditer(typed.folded))
    if not marks or _ASKS.search(typed.folded) or not _LEAD.fullmatch(typed.folded[: marks[0].start()].lstrip()):
        return None
    given, points_seen = [], False
    for at, name in enumerate(marks):
        end = marks[at + 1].start() if at + 1 < len(marks) else len(typed.folded)
        start = _AFTER_ROW.match(typed.folded, name.end(), end)
        said = typed.piece(start.end() if start else name.end(), end)
        row = _row(rows, name["code"])
        points, rest = _leading_points(said, row.maximum if row else None)
        points_seen = points_seen or points is not None
        given.append(_given(rows, row, name["code"], points, said, rest))
    return given if points_seen else None


def _bare(rows: list[Question], answers: Mapping[str, Answer], form: Form, typed: _Typed) -> list[Given] | None:
    words: list[str] = []
    for word in typed.text.split():
        if words and fold(word).rstrip(",;") in ("ruoi", "diem", "d"):
            words[-1] = words[-1].rstrip(",;") + " " + word
        else:
            words.append(word)
    numbers = [word.rstrip(",;") for word in words]
    if len(numbers) < 2 or any(not number[:1].isdecimal() or read_number(number) is None for number in numbers):
        return None
    counting = current(form, answers)
    open_rows = [row for row in rows if not has_content(row, counting)]
    for chosen in (open_rows, rows):
        if len(chosen) == len(numbers):
            return [
                _given(rows, row, row.code, read_number(number), number, "")
                for row, number in zip(chosen, numbers, strict=True)
            ]
    return None


def _given(
    rows: list[Question], row: Question | None, code: str, points: Decimal | None, said: str, rest: str
) -> Given:
    if row is None:
        codes = ", ".join(row.code for row in rows)
        return Given("", Misunderstood(NO_ROW, code=code.zfill(2), codes=codes), rest)
    try:
        if row.kind != "row":
            raise Misunderstood(ANOTHER_WAY, code=row.code)
        if points is None:
            raise Misunderstood(NO_POINTS, given=_shortened(said), max=_most(row))
        return Given(row.id, _permitted(row, points), rest)
    except Misunderstood as trouble:
        return Given(row.id, trouble, rest)


def _leading_points(said: str, maximum: Decimal | None) -> tuple[Decimal | None, str]:
    """The points with which the text begins (as many words as still make points), and what follows them."""
    words = list(re.finditer(r"\S+", said))
    for count in range(min(len(words), LONGEST_POINTS), 0, -1):
        end = words[count - 1].end()
        read_as = said[:end].rstrip(",;:.-–")
        points = read_number(read_as) if maximum is None else read_score(read_as, maximum)
        if points is None:
            continue
        rest = _trimmed(said[end:])
        # Words that only sound like points (“ba hộ”, “tối đa 45 hộ”) are none when the sentence goes on.
        if not rest or read_as != said[:end] or re.search(r"[0-9]", fold(read_as)):
            return points, rest
    return None, _trimmed(said)


def _trimmed(rest: str) -> str:
    trimmed = rest.strip().lstrip(",;:-–").strip()
    return re.sub(r"(?:[,;]|(?:^|[\s,;])(?:và|va|and))+$", "", trimmed, flags=re.IGNORECASE).strip()


def _numbered(questions: Sequence[Question]) -> list[Question]:
    """The first question of each row of criteria that can be called by a number: “tc1”."""
    rows: dict[str, Question] = {}
    for question in questions:
        if question.scores and question.code.isdecimal():
            rows.setdefault(question.code, question)
    return list(rows.values())


def _row(rows: list[Question], code: str) -> Question | None:
    return next((row for row in rows if row.code.lstrip("0") == code.lstrip("0")), None)


def _most(row: Question) -> Decimal:
    return row.maximum if row.maximum is not None else Decimal(0)


def _points(row: Question, text: str) -> Decimal:
    points = read_score(text, _most(row))
    if points is None:
        raise Misunderstood(NO_POINTS, given=_shortened(text), max=_most(row))
    return _permitted(row, points)


def _permitted(row: Question, points: Decimal) -> Decimal:
    if points < 0:
        raise Misunderstood(NEGATIVE_POINTS, max=_most(row))
    if points > _most(row):
        raise Misunderstood(TOO_MANY_POINTS, max=_most(row))
    return _stepped(row, points, BETWEEN_STEPS)


def _limited(question: Question, value: Decimal, lowest: Decimal | None = None) -> Decimal:
    minimum = question.minimum if question.minimum is not None else lowest
    if minimum is not None and value < minimum:
        raise Misunderstood(TOO_SMALL, min=minimum)
    if question.maximum is not None and value > question.maximum:
        raise Misunderstood(TOO_LARGE, max=question.maximum)
    return _stepped(question, value, NUMBER_BETWEEN_STEPS)


def _stepped(question: Question, value: Decimal, sentence: str) -> Decimal:
    if not question.step:
        return value
    start = question.minimum or Decimal(0)
    past = (value - start) % question.step
    if past == 0:
        return value
    low = value - past if past > 0 else value - past - question.step
    high = low + question.step
    if question.maximum is not None and high > question.maximum:
        high = low
    raise Misunderstood(sentence, step=question.step, low=low, high=high)


def _kept(question: Question, text: str) -> str:
    # Composed, because a tone mark typed as a character of its own is no letter to whoever counts them.
    length = len(unicodedata.normalize("NFC", text))
    if question.max_length is not None and length > question.max_length:
        raise Misunderstood(TOO_LONG, limit=question.max_length, length=length)
    if fold(text) in {fold(name) for name in question.not_among}:
        raise Misunderstood(ELSEWHERE_ALREADY, given=_shortened(text))
    return text


def _unit(text: str, context: Context) -> str:
    if context.find_unit is None:
        return text
    units = context.find_unit(text)
    if not units:
        raise Misunderstood(NO_UNIT, given=_shortened(text))
    if len(units) > 1:
        raise Misunderstood(SEVERAL_UNITS, given=_shortened(text), units="; ".join(units))
    return units[0]


def _option(offered: Sequence[Option], text: str) -> Option:
    """The option with that key or label, else the only one whose label begins so, that holds it, or whose initials it is."""
    typed = text.strip()
    for option in offered:
        if option.key == typed:
            return option
    wanted = fold(text).rstrip(" .,;")
    fitting = [option for option in offered if wanted in (fold(option.label), fold(option.key))]
    fitting = fitting or [option for option in offered if wanted and fold(option.label).startswith(wanted)]
    if not fitting and len(wanted) >= SHORTEST_PART:
        fitting = [option for option in offered if f" {wanted} " in f" {' '.join(_WORD.findall(fold(option.label)))} "]
    if not fitting and len(bare := "".join(_WORD.findall(wanted))) > 1:  # “VH-XH”, “ANQP”, “tt”
        fitting = [o for o in offered if bare == "".join(word[0] for word in _WORD.findall(fold(o.label)))]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise Misunderstood(SEVERAL_OPTIONS, given=_shortened(text), options=_labels(fitting))
    raise Misunderstood(NO_OPTION, given=_shortened(text), options=_labels(offered))


_WORD = re.compile(r"\w+")
_BETWEEN_OPTIONS = re.compile(r"\s*(?:[,;+&]|\b(?:va|and)\b)\s*")
_EVERYTHING = frozenset(("tat ca", "ca", "toan bo", "all"))


def _options(offered: Sequence[Option], text: str) -> tuple[str, ...]:
    """The keys in the order of the options. A label may hold a comma or “và”: the longest piece that fits wins."""
    if fold(text) in _EVERYTHING:
        return tuple(option.key for option in offered)
    folded = fold(re.sub(r"[\r\n]+", "; ", text))
    breaks = [(found.start(), found.end()) for found in _BETWEEN_OPTIONS.finditer(folded)]
    starts = [0, *(end for _, end in breaks)]
    ends = [*(start for start, _ in breaks), len(folded)]
    # More pieces than this are no list of options, and trying every span of them would take long.
    if len(starts) > 4 * len(offered) + 4:
        raise Misunderstood(NO_OPTION, given=_shortened(text), options=_labels(offered))
    chosen: set[str] = set()
    at = 0
    while at < len(starts):
        if starts[at] == ends[at]:
            at += 1
            continue
        for last in range(len(ends) - 1, at, -1):
            try:
                chosen.add(_option(offered, folded[starts[at] : ends[last]]).key)
            except Misunderstood:
                continue
            at = last + 1
            break
        else:
            chosen.add(_option(offered, folded[starts[at] : ends[at]]).key)
            at += 1
    if not chosen:
        raise Misunderstood(NO_OPTION, given=_shortened(text), options=_labels(offered))
    return tuple(option.key for option in offered if option.key in chosen)


def _labels(offered: Sequence[Option]) -> str:
    return "; ".join(option.label for option in offered)


def _or(value: T | None, sentence: str, text: str) -> T:
    if value is None:
        raise Misunderstood(sentence, given=_shortened(text))
    return value


def _shortened(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= SHOWN_BACK else plain[: SHOWN_BACK - 1].rstrip() + "…"
