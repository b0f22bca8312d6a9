"""Sums, maxima, thresholds and ranges of a plan that do not come out as printed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from itertools import pairwise
from math import gcd

from bot.plan.criteria import (
    ByBand,
    ByChoice,
    ByCount,
    ByHand,
    ByLeader,
    ByMinus,
    ByRatio,
    BySample,
    CriteriaTable,
    Criterion,
    Delegated,
    Imported,
)
from bot.plan.finding import BY_ERRATUM, Finding, Lines, Place
from bot.plan.levels import EachGroup, EachRow, OneGroup, TotalAtLeast
from bot.plan.lint_numbering import numbering
from bot.plan.model import Plan
from bot.plan.part import Range
from bot.plan.sound_criteria import RowAt, rows_of

BY_READING = "if it is printed so, lay an erratum over it, or say in “interpretation” how it is read"
LONG_TEXT = 40
"""Characters from which two rows in different groups are no longer alike by chance (“Có kế hoạch”)."""
FINEST = 10_000
"""Numbers have at most 4 decimals (bot/plan/consistency.py)."""
HUNDRED = Decimal(100)
_NUMBER = r"\d+(?:,\d+)?"
_CAP = re.compile(rf"(?:tối đa|không quá)\D{{0,20}}?({_NUMBER})\s*điểm", re.IGNORECASE)
_POINTS = re.compile(_NUMBER)
_SHARED = re.compile(r"%|tỷ lệ|tỉ lệ|phần trăm|bình quân|trung bình", re.IGNORECASE)


def findings(plan: Plan, lines: Lines) -> Iterator[Finding]:
    """Everything about points, table by table, then scale by scale and level by level."""
    for index, table in enumerate(plan.criteria):
        here: Place = ("criteria", index)
        yield from _sum(table, here, lines)
        yield from _same_text(table, here, lines)
        yield from numbering(table, here, lines)
        for at in rows_of(table, here):
            yield from _row(at, lines)
        yield from _steps(plan, table, here, lines)
    yield from _reachable_totals(plan, lines)
    for index, scale in enumerate(plan.grades):
        tables = [table for table in plan.criteria if not scale.tables or table.key in scale.tables]
        highest, grain = HUNDRED, Decimal(0)
        if scale.of == "points":
            highest = max((table.most or table.total for table in tables), default=Decimal(0))
            grain = min((_grain(table) for table in tables), default=Decimal(0))
        graded = [(grade.range, grade.name) for grade in scale.grades if grade.range != Range()]
        yield from _gaps(graded, grain, Decimal(0), highest, ("grades", index, "grades"), lines)


# Sums and maxima


def highest_of(row: Criterion) -> Decimal:
    """The most that a row can give: what is printed, or for a group without a number what its rows give."""
    if row.max or not row.rows:
        return row.max
    return _of_rows(row)


def _of_rows(row: Criterion) -> Decimal:
    points = [highest_of(inner) for inner in row.rows]
    if row.aggregate == "sum":
        return sum(points, Decimal(0))
    return max(points) if row.aggregate == "highest" else sum(points, Decimal(0)) / len(points)


def _sum(table: CriteriaTable, here: Place, lines: Lines) -> Iterator[Finding]:
    reachable = sum((highest_of(row) for row in table.rows), Decimal(0))
    if reachable != table.total:
        yield lines.finding(
            (*here, "total"),
            f"The rows add up to {reachable}, the printed total is {table.total}.",
            f"Compare with the document; {BY_READING}.",
            "warning" if table.interpretation else "error",
        )
    if table.most is not None:
        bonus = sum((highest_of(row) for row in table.bonus), Decimal(0))
        if not table.total <= table.most <= table.total + bonus:
            yield lines.finding(
                (*here, "most"),
                f"{table.total} and a bonus of {bonus} make {table.total + bonus}, the printed most is {table.most}.",
                f"Compare with the document; {BY_ERRATUM}.",
                "warning",
            )


def _row(at: RowAt, lines: Lines) -> Iterator[Finding]:
    row, place = at.row, at.place
    if row.rows and row.max:
        below = _of_rows(row)
        if below < row.max:
            yield _unreachable(row, below, place, lines)
        elif below > row.max:
            yield lines.finding(
                (*place, "max"),
                f"The rows of {row.code} give up to {below}, and the group only {row.max}.",
                f"Points above {row.max} are cut off. Compare with the document; {BY_ERRATUM}.",
                "warning",
            )
    elif not row.rows:
        best = _best(row)
        if best is not None and best < row.max:
            yield _unreachable(row, best, place, lines)
        if isinstance(row.scoring, ByBand):
            grain = Decimal(1) if _whole_numbers(row.scoring) else Decimal(0)
            bands = [(band, f"{band.points} points") for band in row.scoring.bands]
            yield from _gaps(bands, grain, None, None, (*place, "scoring", "bands"), lines)
    yield from _caps(row, place, lines)


def _best(row: Criterion) -> Decimal | None:
    """The most that its way of counting can give, where that is not its printed maximum anyhow."""
    match row.scoring:
        case ByChoice() | Imported():
            return max((option.points for option in row.scoring.options), default=None)
        case ByBand():
            return max((band.points for band in row.scoring.bands), default=None)
        case BySample():
            return row.scoring.size * row.scoring.each
        case _:
            return None


def _unreachable(row: Criterion, best: Decimal, place: Place, lines: Lines) -> Finding:
    return lines.finding(
        (*place, "max"),
        f"{row.code} can never have its {row.max} points, at most {best}.",
        f"Compare with the document; {BY_ERRATUM}.",
        "warning",
    )


def _caps(row: Criterion, place: Place, lines: Lines) -> Iterator[Finding]:
    """What the words say of the most, beside the number; several caps in one text speak of parts of the row."""
    numbers = _POINTS.findall(row.printed_max)
    caps = [("printed_max", numbers)] if len(numbers) == 1 else []
    caps.append(("text", _CAP.findall(row.text)))
    for key, named in caps:
        if len(named) == 1 and row.max and Decimal(named[0].replace(",", ".")) != row.max:
            yield lines.finding(
                (*place, key),
                f"The words say {named[0]} points, the number is {row.max}.",
                f"Compare with the document; {BY_ERRATUM}.",
                "warning",
            )


# Texts


def _same_text(table: CriteriaTable, here: Place, lines: Lines) -> Iterator[Finding]:
    seen: dict[str, RowAt] = {}
    for at in rows_of(table, here):
        if at.row.rows:
            continue
        text = " ".join(at.row.text.split())
        first = seen.setdefault(text, at)
        beside = first.above[-1:] == at.above[-1:]
        if first is not at and (beside or len(text) >= LONG_TEXT):
            yield lines.finding(
                (*at.place, "text"),
                f"Row {at.row.code} has the same text as row {first.row.code}.",
                f"Compare with the document; {BY_ERRATUM}.",
                "warning",
            )


# Thresholds


@dataclass(frozen=True, slots=True)
class _Share:
    percent: Decimal
    of: str
    """"rows", "groups", or a code."""


def _shares(plan: Plan, table: CriteriaTable) -> Iterator[_Share]:
    """Levels often share a rule; each share is spoken of once."""
    seen = set()
    for level in plan.levels:
        if table.level not in ("", level.id):
            continue
        for rule in level.passes:
            share = None
            if isinstance(rule, EachRow):
                share = _Share(rule.percent, "rows")
            elif isinstance(rule, EachGroup):
                share = _Share(rule.percent, "groups")
            elif isinstance(rule, OneGroup):
                share = _Share(rule.percent, rule.code)
            if share is not None and share not in seen:
                seen.add(share)
                yield share


def _steps(plan: Plan, table: CriteriaTable, here: Place, lines: Lines) -> Iterator[Finding]:
    if table.step_interpretation is not None:
        return
    for share in _shares(plan, table):
        if share.of == "rows":
            asked = [row for row in table.leaves() if isinstance(row.scoring, ByHand)]
        elif share.of == "groups":
            asked = [row for row in table.rows if row.rows and _by_hand(row)]
        else:
            every = [at.row for at in rows_of(table, here)]
            asked = [row for row in every if row.code == share.of and _by_hand(row)]
        short = [row for row in asked if highest_of(row) * share.percent / HUNDRED % _step(table, row)]
        if short:
            most = highest_of(short[0])
            yield lines.finding(
                (*here, "step"),
                f"{_plain(share.percent)} % of {_plain(most)} is {_plain(most * share.percent / HUNDRED)}, which steps "
                f"of {_plain(_step(table, short[0]))} do not give (rows {', '.join(row.code for row in short)}).",
                "Choose a smaller step, or say in step_interpretation that more is needed.",
            )


def _by_hand(row: Criterion) -> bool:
    """Whether all its points are given in steps, so that the step is what decides."""
    return all(isinstance(leaf.scoring, ByHand) for leaf in row.leaves())


def _step(table: CriteriaTable, row: Criterion) -> Decimal:
    steps = [
        leaf.scoring.step or table.step if isinstance(leaf.scoring, ByHand) else table.step for leaf in row.leaves()
    ]
    return min(steps)


def _reachable_totals(plan: Plan, lines: Lines) -> Iterator[Finding]:
    seen: set[tuple[str, Decimal]] = set()
    for index, level in enumerate(plan.levels):
        for number, rule in enumerate(level.passes):
            if not isinstance(rule, TotalAtLeast) or rule.points is None:
                continue
            for table in plan.criteria:
                if table.level not in ("", level.id) or (table.key, rule.points) in seen:
                    continue
                seen.add((table.key, rule.points))
                most = sum((highest_of(row) for row in (*table.rows, *table.bonus)), Decimal(0))
                most = min(most, table.total) if table.clamp else most
                if rule.points > most and not _open_ended(table):
                    yield lines.finding(
                        ("levels", index, "passes", number, "points"),
                        f"{rule.points} points are needed, and “{table.title}” has only {most}.",
                        f"Compare both with the document; {BY_ERRATUM}.",
                    )


def _open_ended(table: CriteriaTable) -> bool:
    """Whether some row has points that only another authority knows."""
    return any(isinstance(row.scoring, Delegated) and not row.max for row in table.leaves())


# Ranges


def _gaps(
    ranges: Sequence[tuple[Range, str]],
    grain: Decimal,
    lowest: Decimal | None,
    highest: Decimal | None,
    here: Place,
    lines: Lines,
) -> Iterator[Finding]:
    """Numbers from `lowest` to `highest` that lie in no range, or in two that are called otherwise.

    They come in steps of `grain`; 0: any number can come.
    """
    ends = [end for one, _ in ranges for end in (one.at_least, one.above, one.at_most, one.below) if end is not None]
    if not ends:
        return
    lowest, highest = min(ends) if lowest is None else lowest, max(ends) if highest is None else highest
    told: set[tuple[int, ...]] = set()
    open_before = False
    for number in _telling({*ends, lowest, highest}, grain, lowest, highest):
        holding = tuple(at for at, (one, _) in enumerate(ranges) if one.holds(number))
        if not holding and not open_before:
            above = [at for at, (one, _) in enumerate(ranges) if (_low(one) or lowest) >= number]
            yield _open((*here, above[-1]) if above else here, f"{_plain(number)} lies in none of these.", lines)
        elif len({ranges[at][1] for at in holding}) > 1 and holding not in told:
            told.add(holding)
            names = " and in ".join(f"“{ranges[at][1]}”" for at in holding)
            yield _open((*here, holding[-1]), f"{_plain(number)} lies in {names}.", lines)
        open_before = not holding


def _telling(ends: set[Decimal], grain: Decimal, lowest: Decimal, highest: Decimal) -> list[Decimal]:
    """The numbers that show every gap and every overlap between ranges with these ends, in order."""
    if grain:
        near = {(end / grain).to_integral_value(ROUND_FLOOR) * grain + by * grain for end in ends for by in (-1, 0, 1)}
    else:
        between = sorted(ends)
        near = ends | {(one + other) / 2 for one, other in pairwise(between)}
    return sorted(number for number in near if lowest <= number <= highest)


def _low(one: Range) -> Decimal | None:
    return one.above if one.at_least is None else one.at_least


def _open(place: Place, text: str, lines: Lines) -> Finding:
    remedy = f"The result there is undetermined. Compare with the document; {BY_ERRATUM}."
    return lines.finding(place, text, remedy, "warning")


def _whole_numbers(scoring: ByBand) -> bool:
    """Whether only whole numbers are measured: none of the ends is a fraction, and nothing speaks of a share."""
    ends = [end for band in scoring.bands for end in (band.at_least, band.above, band.at_most, band.below)]
    return not _SHARED.search(scoring.measure) and all(end is None or end == end.to_integral_value() for end in ends)


def _grain(table: CriteriaTable) -> Decimal:
    """The step in which totals of the table come; 0 where any number can come."""
    worths = [table.step]
    for at in rows_of(table, ()):
        row, scoring = at.row, at.row.scoring
        if row.aggregate == "average" or row.not_applicable in ("rescale", "redistribute"):
            return Decimal(0)
        if isinstance(scoring, ByRatio | ByLeader | Delegated):
            if not (row.rounding or table.rounding):
                return Decimal(0)
            worths.append(Decimal(1).scaleb(-(row.rounding or table.rounding).places))  # type: ignore[union-attr]
        elif isinstance(scoring, ByHand) and scoring.step:
            worths.append(scoring.step)
        elif isinstance(scoring, ByChoice | Imported):
            worths += [option.points for option in scoring.options]
        elif isinstance(scoring, ByBand):
            worths += [band.points for band in scoring.bands]
        elif isinstance(scoring, ByCount | ByMinus | BySample):
            worths.append(scoring.each)
    return Decimal(gcd(*(int(abs(worth) * FINEST) for worth in worths))) / FINEST


def _plain(number: Decimal) -> str:
    """Without the noughts that arithmetic leaves behind."""
    return f"{number.normalize():f}"
