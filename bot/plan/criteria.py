"""How points are given: tables of criteria, their rows of every kind, and who gives which column."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from bot.plan.part import Id, Interpretation, Part, Range, Rule


class Rounding(Part):
    """How a computed number of points is rounded: to `places` decimals, by the named rule."""

    places: Annotated[int, Field(ge=0, le=4)]
    mode: Literal["half_up", "half_even", "down", "up"]


class ByHand(Part):
    """Points from 0 to the row's highest, in steps."""

    kind: Literal["points"] = "points"
    step: Decimal | None = None
    """Another step than the table's."""


class ByCheck(Part):
    """Yes or no: yes gives the row's highest points. A row without points is a tick only."""

    kind: Literal["check"] = "check"


class ChoiceOption(Part):
    """One thing to choose, and its points; two may give the same."""

    key: Id
    label: str
    points: Decimal


class ByChoice(Part):
    """One of several descriptions, each worth its points."""

    kind: Literal["choice"] = "choice"
    options: tuple[ChoiceOption, ...]


class Band(Range):
    """Numbers in this range give these points."""

    points: Decimal


class ByBand(Part):
    """A measured number, worth the points of the band it falls into. In a gap between bands: undetermined."""

    kind: Literal["band"] = "band"
    measure: str
    bands: tuple[Band, ...]


class ByRatio(Part):
    """`share` of `whole` (“số hộ tham gia / tổng số hộ”) times the row's highest points.

    `whole_zero` says what a whole of 0 means; the plan may be silent, then the row is undetermined.
    """

    kind: Literal["ratio"] = "ratio"
    share: str
    whole: str
    whole_zero: Literal["full", "zero", "not_applicable", "undetermined"] = "undetermined"


class ByCount(Part):
    """`each` point for every one counted, at most the row's highest."""

    kind: Literal["count"] = "count"
    measure: str
    each: Decimal


class ByMinus(Part):
    """The row's highest points, less `each` for every one counted, never under 0."""

    kind: Literal["minus"] = "minus"
    measure: str
    each: Decimal


class BySample(Part):
    """`size` cases are looked at, and each good one is worth `each` points."""

    kind: Literal["sample"] = "sample"
    measure: str
    size: Annotated[int, Field(ge=1)]
    each: Decimal


class Gate(Part):
    """Yes or no, worth nothing itself: no makes every row in `opens` 0 (“không có kế hoạch thì không chấm”)."""

    kind: Literal["gate"] = "gate"
    opens: tuple[str, ...]


class ZeroItem(Part):
    """Yes or no, worth nothing itself: yes makes the group in which it stands 0 (điểm liệt)."""

    kind: Literal["zero_item"] = "zero_item"


class Imported(Part):
    """Points that follow from another recognition, e.g. the yearly grade of the party cell."""

    kind: Literal["imported"] = "imported"
    source: str
    options: tuple[ChoiceOption, ...]


class ByLeader(Part):
    """Own number divided by the group's best, times the row's highest points."""

    kind: Literal["leader"] = "leader"
    measure: str


class Delegated(Part):
    """Points that another authority gives; until it has, they are not known."""

    kind: Literal["delegated"] = "delegated"
    by: str


Scoring = Annotated[
    ByHand
    | ByCheck
    | ByChoice
    | ByBand
    | ByRatio
    | ByCount
    | ByMinus
    | BySample
    | Gate
    | ZeroItem
    | Imported
    | ByLeader
    | Delegated,
    Field(discriminator="kind"),
]

NotApplicable = Literal["", "full", "rescale", "redistribute", "exempt", "as_100"]
"""What becomes of a row that does not apply to a unit.

"" – it always applies; "full" – it gets its highest points; "rescale" – it is left out and the rest is scaled up to the
printed total; "redistribute" – its highest points are shared equally among the other rows of its group; "exempt" – it is
left out, of the sum and of every condition, and nothing is scaled; "as_100" – it counts as fulfilled by 100 %.
"""


class EvidenceHint(Part):
    """What the table asks to be shown, word for word."""

    hint: str = ""
    min_items: int = 1
    number_required: bool = False
    """A figure must be among the evidence (“Có số liệu cụ thể”)."""
    required: tuple[str, ...] = ()
    """Papers that must be there, each by its name."""
    if_dishonest: Literal["", "row_zero", "row_zero_and_downgrade"] = ""
    """What false evidence means, once a person has found it to be false."""


class Criterion(Rule):
    """A row of a table, word for word: code, text, highest points, evidence asked for. With `rows` it is a group.

    A group's points are the `sum` of its rows (never more than its own `max`), their `highest`, or their `average`.
    """

    code: str
    text: str
    max: Decimal = Decimal(0)
    evidence: EvidenceHint = EvidenceHint(min_items=0)
    scoring: Scoring = ByHand()
    rounding: Rounding | None = None
    rows: tuple[Criterion, ...] = ()
    aggregate: Literal["sum", "highest", "average"] = "sum"
    not_applicable: NotApplicable = ""
    not_with: tuple[str, ...] = ()
    """Rows in which the same merit may have been counted already: with points there, none here."""
    owner: str = ""
    """The role that judges this row."""
    standard: str = ""
    """The paragraph of the standards that the row measures."""
    printed_max: str = ""
    """What the column of highest points says in words, where it is no plain number (“tối đa 10 điểm”)."""

    def leaves(self) -> Iterator[Criterion]:
        """The rows below that are scored, in order; the row itself if it is no group."""
        if not self.rows:
            yield self
        for row in self.rows:
            yield from row.leaves()


class ScoreColumn(Part):
    """A column of points: the unit's own, the appraiser's, the council's …, and the role that fills it."""

    id: Id
    name: str
    role: str = ""


class PrintedColumn(Part):
    """A column of the printed table: its heading, and what stands in it – a word below or a score column's id."""

    title: str
    shows: str
    """number | code | text | max | evidence | empty, or the id of a score column."""


SELF_COLUMN = ScoreColumn(id="self", name="Điểm tự chấm")


class CriteriaTable(Rule):
    """A scoring table for one kind of subject; points go in steps of `step`, and `total` is the printed sum.

    `bonus` adds to the total and `penalty` takes from it (each row or group capped by its own `max`); `most` is the
    printed overall maximum, and with `clamp` nothing above `total` counts. A table of ticks alone has a total of 0.
    """

    subject: str
    id: str = ""
    """Where one subject kind has several tables; else the subject's id."""
    for_kinds: tuple[str, ...] = ()
    """Only for units of these kinds."""
    level: str = ""
    """Only for this level."""
    title: str
    step: Decimal = Decimal(1)
    step_interpretation: Interpretation | None = None
    total: Decimal
    rounding: Rounding | None = None
    rows: tuple[Criterion, ...]
    bonus: tuple[Criterion, ...] = ()
    penalty: tuple[Criterion, ...] = ()
    most: Decimal | None = None
    clamp: bool = False
    columns: tuple[ScoreColumn, ...] = (SELF_COLUMN,)
    printed: tuple[PrintedColumn, ...] = ()
    combine: Literal["", "average", "sum"] = ""
    """Where a year's score is made of the scores of its months or quarters."""

    @property
    def key(self) -> str:
        """What the table is called by: its id, or its subject's."""
        return self.id or self.subject

    def leaves(self) -> tuple[Criterion, ...]:
        """Every row that is scored: of the table, then bonus, then penalty."""
        return tuple(leaf for row in (*self.rows, *self.bonus, *self.penalty) for leaf in row.leaves())

    def row(self, code: str) -> Criterion:
        """The scored row with that code; KeyError if there is none."""
        for row in self.leaves():
            if row.code == code:
                return row
        raise KeyError(code)
