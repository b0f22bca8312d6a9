"""Whether the rows of a table are counted on without a jump: 1, 2, 3 · a, b, c, d, đ · I, II, III."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from bot.plan.criteria import CriteriaTable, Criterion
from bot.plan.finding import BY_ERRATUM, Finding, Lines, Place
from bot.plan.sound_criteria import PARTS, rows_of

LETTERS = ("a", "b", "c", "d", "đ", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "t", "u")
MAY_BE_LEFT_OUT = ("đ", "f", "j")
"""Letters that some documents count and others do not."""
ROMAN = (("X", 10), ("IX", 9), ("V", 5), ("IV", 4), ("I", 1))
_STEPS = re.compile(r"[0-9]+|[a-zđ]+", re.IGNORECASE)


def numbering(table: CriteriaTable, here: Place, lines: Lines) -> Iterator[Finding]:
    """A finding at every row that does not follow the one before it."""
    for part in PARTS:
        rows: Sequence[Criterion] = getattr(table, part)
        yield from _numbered(rows, (*here, part), lines, part == "rows")
    before: dict[int, str] = {}
    for at in rows_of(table, here):
        if at.row.rows:
            depth = len(at.above)
            # Rows may be counted on from group to group, or anew in each.
            goes_on = depth in before and _follows(before[depth], at.row.rows[0].code)
            yield from _numbered(at.row.rows, (*at.place, "rows"), lines, not goes_on)
            before[depth] = at.row.rows[-1].code


def _numbered(rows: Sequence[Criterion], here: Place, lines: Lines, from_first: bool) -> Iterator[Finding]:
    codes = [row.code for row in rows]
    if len(codes) < 2:
        return
    if from_first and _first(codes[0]) not in (None, codes[0].casefold()):
        yield _jump(codes[0], _first(codes[0]) or "", (*here, 0, "code"), lines)
    for number, (one, other) in enumerate(pairwise(codes), 1):
        expected = _next(one)
        if expected and _alike(one, other) and not _follows(one, other):
            yield _jump(other, expected[0], (*here, number, "code"), lines)


def _jump(code: str, expected: str, place: Place, lines: Lines) -> Finding:
    return lines.finding(
        place,
        f"The numbering jumps: {code} stands where {expected} was to come.",
        f"See whether a row was left out; {BY_ERRATUM}.",
        "warning",
    )


def _last(code: str) -> tuple[str, str]:
    """A code without its last number or letter, and that."""
    parts = list(_STEPS.finditer(code))
    return (code[: parts[-1].start()], parts[-1][0]) if parts and parts[-1].end() == len(code) else (code, "")


def _first(code: str) -> str | None:
    """With what a list counted like this begins; None if it is not counted."""
    head, last = _last(code)
    if last.isascii() and last.isdigit():
        return f"{head}{1:0{len(last)}}".casefold()
    if _roman(last) and last.isupper():
        return f"{head}i".casefold()
    return f"{head}a".casefold() if _letter(last) in LETTERS else None


def _next(code: str) -> list[str]:
    """What may come after it; nothing if it is not counted."""
    head, last = _last(code)
    if last.isascii() and last.isdigit():
        return [f"{head}{int(last) + 1:0{len(last)}}"]
    found = []
    if _roman(last) and last.isupper():
        found.append(f"{head}{_to_roman(_roman(last) + 1)}")
    letter = _letter(last)
    if letter in LETTERS:
        for follower in LETTERS[LETTERS.index(letter) + 1 :]:
            written = follower.upper() if last.isupper() else follower
            found.append(f"{head}{written}")
            if follower not in MAY_BE_LEFT_OUT:
                break
    return found


def _follows(one: str, other: str) -> bool:
    plain = other.replace("dd", "đ").replace("DD", "Đ")
    return {other, plain} & set(_next(one)) != set()


def _alike(one: str, other: str) -> bool:
    """Whether both are counted in one list: the same beginning, and both numbers or both letters."""
    (head, last), (other_head, other_last) = _last(one), _last(other)
    return head == other_head and last.isdigit() == other_last.isdigit() and bool(other_last)


def _letter(last: str) -> str:
    return "đ" if last.casefold() == "dd" else last.casefold()


def _to_roman(number: int) -> str:
    written = ""
    for sign, worth in ROMAN:
        written += sign * (number // worth)
        number %= worth
    return written


def _roman(last: str) -> int:
    """The number, up to 39; 0 if it is none."""
    return next((number for number in range(1, 40) if _to_roman(number) == last), 0)
