"""What groups and tables of criteria come to in points, and where the plan leaves that open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from types import MappingProxyType

from bot.plan.criteria import ByCheck, ByRatio, CriteriaTable, Criterion, Gate, Rounding, ZeroItem
from bot.rules.rows import (
    HUNDRED,
    NOT_APPLICABLE,
    ZERO,
    Input,
    Points,
    as_fulfilled,
    check,
    gathered,
    highest,
    points_of,
    rounded,
)
from bot.rules.undetermined import Undetermined

LEFT_OUT = ("rescale", "redistribute", "exempt")


@dataclass(frozen=True, slots=True)
class Marked:
    """What a row or a group comes to.

    `most` are the points that could be had for what applies; `unscaled` the same with what is exempt still in it.
    `out` says why it is left out (rescale, redistribute, exempt); empty where it counts.
    """

    row: Criterion
    points: Points
    most: Decimal
    unscaled: Decimal
    out: str = ""
    rows: tuple[Marked, ...] = ()

    @property
    def code(self) -> str:
        return self.row.code

    def walk(self) -> Iterator[Marked]:
        """It and everything below it."""
        yield self
        for row in self.rows:
            yield from row.walk()


@dataclass(frozen=True, slots=True)
class Outcome:
    """A scorecard worked out: the rows and groups of the table, of the bonus, of the penalty, and what they make."""

    rows: tuple[Marked, ...]
    bonus: tuple[Marked, ...]
    penalty: tuple[Marked, ...]
    total: Decimal | Undetermined


@dataclass(frozen=True)
class Scorecard:
    """What was entered on the rows of a table, and the numbers of pieces of evidence, by the rows' codes.

    A row not in `inputs` has not been scored; a row not in `evidence` has none. `column` is whose points these are.
    `figures` are the rows with a figure among their evidence, `unread` those with files that nobody has looked into.
    `best` holds the group's best number for each row that is measured by it, where it is known; `dishonest` the rows
    whose evidence a person has found to be false. Raises ValueError for a code that the table does not have and for
    what the row cannot hold, TypeError for a float or another type than the row's. Steps are the form's business, since
    an appraiser may give points that a unit could not.
    """

    table: CriteriaTable
    inputs: Mapping[str, Input]
    evidence: Mapping[str, int] = field(default_factory=dict)
    column: str = "self"
    best: Mapping[str, Decimal] = field(default_factory=dict)
    dishonest: frozenset[str] = frozenset()
    figures: frozenset[str] = frozenset()
    unread: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        shape = _shape(self.table)
        for code in (*self.inputs, *self.evidence, *self.best, *self.dishonest):
            if code not in shape.rows:
                raise ValueError(f"the table has no row {code}")
        for code, given in self.inputs.items():
            check(shape.rows[code], given)
        object.__setattr__(self, "inputs", MappingProxyType(dict(self.inputs)))
        object.__setattr__(self, "evidence", MappingProxyType(dict(self.evidence)))

    @cached_property
    def outcome(self) -> Outcome:
        """Everything worked out, once."""
        return _Working(self).outcome()

    @property
    def total(self) -> Decimal | Undetermined:
        """What the points given so far make; undetermined, with the reason, when one of them is."""
        return self.outcome.total

    @cached_property
    def marked(self) -> Mapping[str, Marked]:
        """Every row and group of the table, of bonus and penalty, by its code."""
        found = self.outcome
        return {one.code: one for top in (*found.rows, *found.bonus, *found.penalty) for one in top.walk()}

    @cached_property
    def points(self) -> Mapping[str, Decimal]:
        """The points of the rows that have some, by code; what is left out or undetermined is absent."""
        given = {row.code: self.marked[row.code].points for row in self.rows}
        return MappingProxyType({code: points for code, points in given.items() if isinstance(points, Decimal)})

    @property
    def rows(self) -> tuple[Criterion, ...]:
        """Every row that is scored, in the table's order."""
        return _shape(self.table).leaves

    @property
    def base(self) -> tuple[Criterion, ...]:
        """The same without bonus and penalty."""
        return _shape(self.table).base

    @property
    def missing_rows(self) -> tuple[Criterion, ...]:
        """The rows for which nothing was entered and something can be, in the table's order."""
        return tuple(row for row in self.rows if row.code not in self.inputs and self.marked[row.code].points is None)

    @property
    def without_evidence(self) -> tuple[Criterion, ...]:
        """The rows with fewer pieces of evidence than they need, in the table's order.

        A row that does not apply needs none, and neither does a bonus or penalty that was not claimed.
        """
        return tuple(
            row for row in self.rows if self.evidence.get(row.code, 0) < row.evidence.min_items and self._owes(row)
        )

    @property
    def without_figure(self) -> tuple[Criterion, ...]:
        """The rows whose evidence is there and must hold a figure, but none was typed."""
        short = {row.code for row in self.without_evidence}
        return tuple(
            row
            for row in self.rows
            if row.evidence.number_required
            and row.code not in self.figures
            and row.code not in short
            and self._owes(row)
        )

    def _owes(self, row: Criterion) -> bool:
        if self.inputs.get(row.code) is NOT_APPLICABLE or self.marked[row.code].out:
            return False
        return row.code in _shape(self.table).own or self.marked[row.code].points not in (None, ZERO)


def most(table: CriteriaTable) -> Decimal:
    """The most points that the whole table gives, bonus and all."""
    if table.most is not None:
        return table.most
    return table.total if table.clamp else table.total + sum((highest(row) for row in table.bonus), ZERO)


def only_ticks(table: CriteriaTable) -> bool:
    """Whether it is a list of things to tick, without points."""
    return all(isinstance(row.scoring, ByCheck) and not row.max for row in table.leaves())


def threshold(row: Criterion, percent: Decimal) -> Decimal:
    """`percent` % of the row's highest points: 90 % of 15 is 13.5."""
    return highest(row) * percent / HUNDRED


def combined(table: CriteriaTable, parts: Mapping[str, Points]) -> Decimal | Undetermined:
    """The year's score, made of those of its months or quarters as the table says; no answer asks it yet."""
    if not table.combine:
        return Undetermined("no_combination")
    known: list[Decimal] = []
    for period, points in parts.items():
        if isinstance(points, Undetermined):
            return points
        if points is None:
            return Undetermined("period_missing", period)
        if not isinstance(points, Decimal):
            raise TypeError(f"points are Decimals, {period} has {points!r}")
        known.append(points)
    if not known:
        return Undetermined("period_missing")
    if table.combine == "sum":
        return sum(known, ZERO)
    return rounded(Fraction(sum(known, ZERO)) / len(known), table.rounding, "")


# -- the whole table -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Shape:
    """What of a table does not depend on what is entered."""

    leaves: tuple[Criterion, ...]
    base: tuple[Criterion, ...]
    own: frozenset[str]
    """The codes of `base`."""
    rows: Mapping[str, Criterion]
    below: Mapping[str, tuple[str, ...]]
    """The rows under each group's code, and each row under its own."""
    gates: Mapping[str, tuple[str, ...]]
    """Which gates open a row."""


_SHAPES: dict[int, tuple[CriteriaTable, _Shape]] = {}
"""By identity of the table, which is kept with it: a plan lives as long as the program."""


def _shape(table: CriteriaTable) -> _Shape:
    made = _SHAPES.get(id(table))
    if made is None or made[0] is not table:
        made = _SHAPES[id(table)] = (table, _shaped(table))
    return made[1]


def _shaped(table: CriteriaTable) -> _Shape:
    leaves = table.leaves()
    below: dict[str, tuple[str, ...]] = {}
    pending = [*table.rows, *table.bonus, *table.penalty]
    while pending:
        row = pending.pop()
        below[row.code] = tuple(leaf.code for leaf in row.leaves())
        pending += row.rows
    gates: dict[str, tuple[str, ...]] = {}
    for row in leaves:
        if isinstance(row.scoring, Gate):
            for code in (leaf for opened in row.scoring.opens for leaf in below.get(opened, ())):
                gates[code] = (*gates.get(code, ()), row.code)
    base = tuple(leaf for row in table.rows for leaf in row.leaves())
    return _Shape(leaves, base, frozenset(row.code for row in base), {row.code: row for row in leaves}, below, gates)


class _Working:
    """One scorecard being worked out: every row once, then the groups over them."""

    def __init__(self, card: Scorecard) -> None:
        self.card = card
        self.shape = _shape(card.table)
        self.out: dict[str, str] = {}
        self.worth: dict[str, Points] = {row.code: self._row(row) for row in self.shape.leaves}
        claimed = {row.code: self._claims(row.code, ()) for row in self.shape.leaves if row.not_with}
        self.worth.update(claimed)

    def outcome(self) -> Outcome:
        table = self.card.table
        rows = tuple(self._marked(row) for row in table.rows)
        bonus = tuple(self._marked(row) for row in table.bonus)
        penalty = tuple(self._marked(row) for row in table.penalty)
        return Outcome(rows, bonus, penalty, self._total(rows, bonus, penalty))

    def _row(self, row: Criterion) -> Points:
        """The row with its gates and what became of its evidence, but not yet beside other rows."""
        given = self.card.inputs.get(row.code)
        if any(self.card.inputs.get(gate) is False for gate in self.shape.gates.get(row.code, ())):
            return ZERO
        if row.code in self.card.dishonest and row.evidence.if_dishonest:
            return ZERO
        rule = row.rounding or self.card.table.rounding
        if isinstance(row.scoring, ByRatio) and row.scoring.whole_zero == "not_applicable" and row.not_applicable:
            given = NOT_APPLICABLE if isinstance(given, tuple) and not given[1] else given
        if given is not NOT_APPLICABLE:
            return points_of(row, given, self.card.best.get(row.code), rule)
        if row.not_applicable in LEFT_OUT:
            self.out[row.code] = row.not_applicable
            return None
        return highest(row) if row.not_applicable == "full" else as_fulfilled(row)

    def _claims(self, code: str, asking: tuple[str, ...]) -> Points:
        """The row's points, unless the same merit has brought points in a row that it names."""
        own = self.worth[code]
        if own in (None, ZERO):
            return own
        for other in (leaf for named in self.shape.rows[code].not_with for leaf in self.shape.below.get(named, ())):
            if other in (*asking, code):
                if self.worth[other] not in (None, ZERO):
                    return Undetermined("counted_twice", code)
                continue
            there = self._claims(other, (*asking, code)) if self.shape.rows[other].not_with else self.worth[other]
            if isinstance(there, Undetermined):
                return Undetermined("counted_twice", code) if there.reason == "counted_twice" else there
            if there:
                return ZERO
        return own

    def _marked(self, row: Criterion) -> Marked:
        if row.rows:
            return self._group(row, tuple(self._marked(below) for below in row.rows))
        reachable = highest(row)
        out = self.out.get(row.code, "")
        if out:
            return Marked(row, None, ZERO, reachable if out == "exempt" else ZERO, out)
        return Marked(row, self.worth[row.code], reachable, reachable)

    def _group(self, row: Criterion, rows: tuple[Marked, ...]) -> Marked:
        counting = [one for one in rows if highest(one.row) or one.out]
        applying = [one for one in counting if not one.out]
        unscaled = gathered(row.aggregate, [one.unscaled for one in counting if one.unscaled])
        if counting and not applying:
            out = next((one.out for one in counting if one.out != "exempt"), "exempt")
            if out == "redistribute":
                return Marked(row, Undetermined("nothing_applies", row.code), highest(row), highest(row), rows=rows)
            return Marked(row, None, ZERO, unscaled, out, rows)
        rule = row.rounding or self.card.table.rounding
        points = self._together(row.code, row.aggregate, rows, rule)
        reachable = gathered(row.aggregate, [one.most for one in applying])
        if row.aggregate == "sum":
            shared = _shared_out(counting)
            reachable, unscaled = reachable + shared, unscaled + shared
        if row.max:
            points = min(points, row.max) if isinstance(points, Decimal) else points
            reachable, unscaled = min(reachable, row.max), min(unscaled, row.max)
        return Marked(row, points, reachable, unscaled, rows=rows)

    def _together(self, code: str, aggregate: str, rows: Sequence[Marked], rule: Rounding | None) -> Points:
        """The points of several rows beside each other; what has none yet adds nothing so far."""
        if any(isinstance(one.row.scoring, ZeroItem) and self.card.inputs.get(one.code) is True for one in rows):
            return ZERO
        counting = [one for one in rows if highest(one.row) or one.points]
        applying = [one for one in counting if not one.out]
        known: list[Decimal] = []
        for one in applying:
            if isinstance(one.points, Undetermined):
                return one.points
            if one.points is not None:
                known.append(one.points)
        if not known:
            return None if applying else ZERO
        if aggregate == "highest":
            return max(known)
        if aggregate == "average":
            return rounded(Fraction(sum(known, ZERO)) / len(applying), rule, code)
        shared = _shared_out(counting)
        if not shared:
            return sum(known, ZERO)
        parts = Fraction(0)
        for one in applying:
            if isinstance(one.points, Decimal) and one.most:
                parts += Fraction(one.points) / Fraction(one.most)
        return rounded(Fraction(sum(known, ZERO)) + parts * Fraction(shared) / len(applying), rule, code)

    def _total(
        self, rows: Sequence[Marked], bonus: Sequence[Marked], penalty: Sequence[Marked]
    ) -> Decimal | Undetermined:
        table = self.card.table
        if rows and not any(not one.out and highest(one.row) for one in rows) and any(one.out for one in rows):
            return Undetermined("nothing_applies")
        if any(isinstance(one.row.scoring, ZeroItem) and self.card.inputs.get(one.code) is True for one in rows):
            return ZERO
        base = self._together("", "sum", rows, table.rounding)
        if "rescale" in self.out.values() and isinstance(base, Decimal):
            full = sum((highest(one.row) for one in rows), ZERO)
            left = sum((one.unscaled for one in rows), ZERO) + _shared_out(rows)
            if not left:
                return Undetermined("nothing_applies")
            if left != full:  # what is not scaled is not rounded either
                base = rounded(Fraction(base) * Fraction(full) / Fraction(left), table.rounding, "")
        total = ZERO
        for part, sign in ((base, 1), (self._sum(bonus), 1), (self._sum(penalty), -1)):
            if isinstance(part, Undetermined):
                return part
            total += sign * (part or ZERO)
        if total < 0:
            return Undetermined("below_zero")
        limits = [limit for limit in (table.most, table.total if table.clamp else None) if limit is not None]
        return min(total, *limits) if limits else total

    def _sum(self, rows: Sequence[Marked]) -> Points:
        return self._together("", "sum", rows, self.card.table.rounding)


def _shared_out(rows: Iterable[Marked]) -> Decimal:
    """The highest points that rows which do not apply leave to the others of their group."""
    return sum((highest(one.row) for one in rows if one.out == "redistribute"), ZERO)
