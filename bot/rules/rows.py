"""What one row of criteria may hold and what it comes to in points by itself, before it stands beside others."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from enum import Enum
from fractions import Fraction

from bot.plan.criteria import (
    ByBand,
    ByCheck,
    ByChoice,
    ByCount,
    ByHand,
    ByLeader,
    ByMinus,
    ByRatio,
    BySample,
    Criterion,
    Delegated,
    Gate,
    Imported,
    Rounding,
    ZeroItem,
)
from bot.rules.undetermined import Undetermined

HUNDRED = Decimal(100)
ZERO = Decimal(0)


class Absent(Enum):
    """What is entered for a row instead of a value."""

    NOT_APPLICABLE = "not_applicable"


NOT_APPLICABLE = Absent.NOT_APPLICABLE

Input = Decimal | bool | str | tuple[Decimal, Decimal] | Absent
"""What is entered for a row: points, a number or a count; yes or no; an option's key; (share, whole); or that it does
not apply."""

Points = Decimal | Undetermined | None
"""None: nothing has been entered yet, which is not 0 points."""


def highest(row: Criterion) -> Decimal:
    """The most points that the row or group gives: as printed, else what its rows or options come to."""
    if row.max:
        return row.max
    if row.rows:
        return gathered(row.aggregate, [most for below in row.rows if (most := highest(below))])
    match row.scoring:
        case ByChoice(options=options) | Imported(options=options):
            return max((option.points for option in options), default=ZERO)
        case ByBand(bands=bands):
            return max((band.points for band in bands), default=ZERO)
        case BySample(size=size, each=each):
            return size * each
    return ZERO


def rounded(number: Fraction, rule: Rounding | None, about: str) -> Decimal | Undetermined:
    """The number by that rule. Without a rule it stays exact; where no Decimal is, nobody has said how to round it."""
    if rule is None:
        left, places = number.denominator, 0
        for prime in (2, 5):
            power = 0
            while left % prime == 0:
                left, power = left // prime, power + 1
            places = max(places, power)
        if left != 1:
            return Undetermined("no_rounding", about)
        return Decimal(f"{number * 10**places}E-{places}")  # written, since a division would keep 28 digits only
    scale = Decimal(10) ** rule.places
    whole, rest = divmod(abs(number) * int(scale), 1)
    half = Fraction(1, 2)
    match rule.mode:
        case "up":
            up = rest > 0
        case "down":
            up = False
        case "half_up":
            up = rest >= half
        case _:
            up = rest > half or (rest == half and whole % 2 == 1)
    value = Decimal(int(whole) + up) / scale
    return -value if number < 0 else value


def check(row: Criterion, given: Input) -> None:
    """ValueError for what the row cannot hold, TypeError for a float or another type than the row's."""
    if given is NOT_APPLICABLE:
        if not row.not_applicable:
            raise ValueError(f"row {row.code} always applies")
        return
    match row.scoring:
        case ByCheck() | Gate() | ZeroItem():
            if not isinstance(given, bool):
                raise TypeError(f"row {row.code} takes yes or no, not {given!r}")
        case ByChoice(options=options) | Imported(options=options):
            if not isinstance(given, str):
                raise TypeError(f"row {row.code} takes the key of an option, not {given!r}")
            if given not in {option.key for option in options}:
                raise ValueError(f"row {row.code} has no option {given}")
        case ByRatio():
            if not isinstance(given, tuple) or len(given) != 2 or not all(isinstance(n, Decimal) for n in given):
                raise TypeError(f"row {row.code} takes (share, whole) as Decimals, not {given!r}")
            if min(given) < 0:
                raise ValueError(f"row {row.code} takes no number below 0")
        case scoring:
            if not isinstance(given, Decimal):
                raise TypeError(f"points are Decimals, row {row.code} has {given!r}")
            if isinstance(scoring, ByHand | Delegated) and not 0 <= given <= row.max:
                raise ValueError(f"row {row.code} takes 0 to {row.max} points, not {given}")
            if isinstance(scoring, ByCount | ByMinus | BySample | ByLeader) and given < 0:
                raise ValueError(f"row {row.code} takes no number below 0")
            if isinstance(scoring, BySample) and given > scoring.size:
                raise ValueError(f"row {row.code} looks at {scoring.size} cases, not {given}")


def points_of(row: Criterion, given: Input | None, best: Decimal | None, rule: Rounding | None) -> Points:
    """The points of one row by itself."""
    scoring = row.scoring
    if given is None:
        return Undetermined("delegated", row.code) if isinstance(scoring, Delegated) else None
    match scoring, given:
        case ((ByHand() | Delegated()), Decimal()):
            return given
        case ((ByCheck() | Gate() | ZeroItem()), bool()):
            return highest(row) if given and isinstance(scoring, ByCheck) else ZERO
        case ((ByChoice(options=options) | Imported(options=options)), str()):
            return next(option.points for option in options if option.key == given)
        case ByBand(), Decimal():
            return _banded(row.code, scoring, given)
        case ByRatio(), (Decimal() as share, Decimal() as whole):
            return _shared(row, scoring, share, whole, rule)
        case ByCount(each=each), Decimal():
            return min(each * given, row.max) if row.max else each * given
        case ByMinus(each=each), Decimal():
            return max(row.max - each * given, ZERO)
        case BySample(each=each), Decimal():
            return min(each * given, highest(row))
        case ByLeader(), Decimal():
            if best is None:
                return Undetermined("leader_unknown", row.code)
            if not best:
                return Undetermined("leader_zero", row.code)
            return rounded(min(Fraction(given) / Fraction(best), Fraction(1)) * Fraction(row.max), rule, row.code)
    raise TypeError(f"row {row.code} cannot hold {given!r}")


def _banded(code: str, scoring: ByBand, number: Decimal) -> Decimal | Undetermined:
    found = {band.points for band in scoring.bands if band.holds(number)}
    if len(found) == 1:
        return found.pop()
    return Undetermined("band_overlap" if found else "band_gap", code)


def _shared(row: Criterion, scoring: ByRatio, share: Decimal, whole: Decimal, rule: Rounding | None) -> Points:
    if whole:
        part = min(Fraction(share) / Fraction(whole), Fraction(1))  # more than all is not worth more than the most
        return rounded(part * Fraction(row.max), rule, row.code)
    match scoring.whole_zero:
        case "full":
            return row.max
        case "zero":
            return ZERO
        case "not_applicable":
            return Undetermined("not_applicable_unsaid", row.code)
    return Undetermined("whole_zero", row.code)


def as_fulfilled(row: Criterion) -> Decimal | Undetermined:
    """The points of a row that counts as fulfilled by 100 %."""
    return _banded(row.code, row.scoring, HUNDRED) if isinstance(row.scoring, ByBand) else highest(row)


def gathered(aggregate: str, numbers: Sequence[Decimal]) -> Decimal:
    """Highest points of several rows as their group counts them."""
    if not numbers:
        return ZERO
    if aggregate == "highest":
        return max(numbers)
    together = sum(numbers, ZERO)
    return together / len(numbers) if aggregate == "average" else together
