"""What points mean: totals, gaps, and whether a level's conditions hold – with exactly what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

from bot.plan.model import CriteriaTable, Criterion, EachRow, Level, TotalAtLeast

HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Scorecard:
    """Points and numbers of pieces of evidence on the rows of a table, by the rows' codes.

    A row not in `points` has not been scored (which is not 0 points); a row not in `evidence` has none. Raises
    ValueError for a code that the table does not have and for points outside 0 … max, TypeError for a float. Steps
    are the form's business, since an appraiser may give points that a unit could not.
    """

    table: CriteriaTable
    points: Mapping[str, Decimal]
    evidence: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rows = {row.code: row for row in self.table.rows}
        for code in (*self.points, *self.evidence):
            if code not in rows:
                raise ValueError(f"the table has no row {code}")
        for code, points in self.points.items():
            if not isinstance(points, Decimal):
                raise TypeError(f"points are Decimals, row {code} has {points!r}")
            if not 0 <= points <= rows[code].max:
                raise ValueError(f"row {code} takes 0 to {rows[code].max} points, not {points}")
        object.__setattr__(self, "points", MappingProxyType(dict(self.points)))
        object.__setattr__(self, "evidence", MappingProxyType(dict(self.evidence)))

    @property
    def total(self) -> Decimal:
        """The sum of the points given so far."""
        return sum(self.points.values(), Decimal(0))

    @property
    def given(self) -> tuple[Criterion, ...]:
        """The rows that have points, in the table's order."""
        return tuple(row for row in self.table.rows if row.code in self.points)

    @property
    def missing_rows(self) -> tuple[Criterion, ...]:
        """The rows that have no points yet, in the table's order."""
        return tuple(row for row in self.table.rows if row.code not in self.points)

    @property
    def without_evidence(self) -> tuple[Criterion, ...]:
        """The rows with fewer pieces of evidence than they need, in the table's order."""
        return tuple(row for row in self.table.rows if self.evidence.get(row.code, 0) < row.evidence.min_items)


@dataclass(frozen=True, slots=True)
class Shortfall:
    """One condition that does not hold.

    "row": row `code` has `points` and needs `needed`; "unscored": the same, but it has no points yet (None);
    "total": the sum is `points` (`code` is empty); "evidence": row `code` has `points` pieces and needs `needed`.
    """

    kind: Literal["row", "unscored", "total", "evidence"]
    code: str
    points: Decimal | None
    needed: Decimal


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a scorecard fulfils what the plan asks for a level; a level without conditions is always fulfilled.

    `missing` holds the points that each row below its threshold (or without points) needs, by code.
    """

    level_id: str
    fulfilled: bool
    shortfalls: tuple[Shortfall, ...]
    missing: Mapping[str, Decimal]


def verdict(level: Level, scorecard: Scorecard) -> Verdict:
    """The level's conditions laid on the scorecard; all are looked at, in the plan's order."""
    shortfalls: list[Shortfall] = []
    for rule in level.passes:
        if isinstance(rule, EachRow):
            shortfalls += _rows(rule, scorecard)
        elif isinstance(rule, TotalAtLeast):
            if scorecard.total < rule.points:
                shortfalls.append(Shortfall("total", "", scorecard.total, rule.points))
        else:
            shortfalls += _evidence(scorecard)
    missing: dict[str, Decimal] = {}
    for shortfall in shortfalls:
        if shortfall.kind in ("row", "unscored"):
            missing[shortfall.code] = max(shortfall.needed, missing.get(shortfall.code, shortfall.needed))
    return Verdict(level.id, not shortfalls, tuple(shortfalls), missing)


def threshold(row: Criterion, percent: Decimal) -> Decimal:
    """`percent` % of the row's highest points: 90 % of 15 is 13.5."""
    return row.max * percent / HUNDRED


def _rows(rule: EachRow, scorecard: Scorecard) -> list[Shortfall]:
    short = []
    for row in scorecard.table.rows:
        points, needed = scorecard.points.get(row.code), threshold(row, rule.percent)
        if points is None:
            short.append(Shortfall("unscored", row.code, None, needed))
        elif points < needed:
            short.append(Shortfall("row", row.code, points, needed))
    return short


def _evidence(scorecard: Scorecard) -> list[Shortfall]:
    return [
        Shortfall("evidence", row.code, Decimal(scorecard.evidence.get(row.code, 0)), Decimal(row.evidence.min_items))
        for row in scorecard.without_evidence
    ]
