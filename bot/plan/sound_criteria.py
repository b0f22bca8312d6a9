"""Whether points can be given by a plan's tables: rows that exist, of kinds that can be counted, in columns that are filled."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from bot.plan.criteria import (
    ByBand,
    ByChoice,
    ByCount,
    ByHand,
    ByMinus,
    ByRatio,
    BySample,
    CriteriaTable,
    Criterion,
    Gate,
    Imported,
    ZeroItem,
)
from bot.plan.finding import Place
from bot.plan.inspection import Inspection
from bot.plan.part import Range

CODE = re.compile(r"[A-Za-z0-9_.+-]{1,16}")
"""Codes go into buttons and into the ids of questions; đ is written dd, as it is typed."""
PARTS = ("rows", "bonus", "penalty")
SHOWN = ("number", "code", "text", "max", "evidence", "empty")
"""What a column of the printed table may show besides score columns."""
WORTHLESS = (Gate, ZeroItem)
"""Rows that open or kill others and have no points of their own."""


@dataclass(frozen=True, slots=True)
class RowAt:
    """A row or group, where it stands, and the groups above it, the nearest last."""

    row: Criterion
    place: Place
    above: tuple[Criterion, ...]


def rows_of(table: CriteriaTable, here: Place) -> Iterator[RowAt]:
    """Every row and group of the table, of bonus and penalty, from the top."""
    for part in PARTS:
        for number, row in enumerate(getattr(table, part)):
            yield from _below(row, (*here, part, number), ())


def _below(row: Criterion, place: Place, above: tuple[Criterion, ...]) -> Iterator[RowAt]:
    yield RowAt(row, place, above)
    for number, inner in enumerate(row.rows):
        yield from _below(inner, (*place, "rows", number), (*above, row))


def codes(look: Inspection, tables: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The codes of rows and groups in the tables with these keys; in all, if none is named."""
    return tuple(
        at.row.code for table in look.plan.criteria if not tables or table.key in tables for at in rows_of(table, ())
    )


def criteria(look: Inspection) -> None:
    """Every table, and to whom the criteria are left if the document has none."""
    plan = look.plan
    look.once(
        ("criteria",), "id" if any(t.id for t in plan.criteria) else "subject", [(t.key, t.key) for t in plan.criteria]
    )
    for index, table in enumerate(plan.criteria):
        here: Place = ("criteria", index)
        look.known((*here, "subject"), table.subject, (s.id for s in plan.subjects), "subject")
        look.kinds((*here, "for_kinds"), table.for_kinds)
        if table.level:
            look.known((*here, "level"), table.level, (level.id for level in plan.levels), "level")
        if table.step <= 0:
            look.wrong((*here, "step"), "A step must be above 0.", "Write a step such as 0.5.")
        if not table.rows:
            look.wrong((*here, "rows"), "The table has no rows.", "Add its rows, or remove the table.")
        for key in ("total", "most"):
            if (getattr(table, key) or 0) < 0:
                look.wrong((*here, key), "Points are not below 0.", "Write the printed points.")
        _rows(look, table, here)
        _columns(look, table, here)
    if plan.criteria_elsewhere is not None:
        if not plan.criteria_elsewhere.to.strip():
            look.wrong(("criteria_elsewhere", "to"), "Who sets the criteria is not said.", "Name the body or paper.")
        if plan.criteria_elsewhere.reference:
            references = (one.id for one in plan.references)
            look.known(("criteria_elsewhere", "reference"), plan.criteria_elsewhere.reference, references, "reference")


def _rows(look: Inspection, table: CriteriaTable, here: Place) -> None:
    every = list(rows_of(table, here))
    seen: set[str] = set()
    known = [at.row.code for at in every]
    standards = [standard.id for standard in look.plan.standards if standard.subject == table.subject]
    for at in every:
        row, place = at.row, at.place
        if not row.code.strip():
            look.wrong((*place, "code"), "“code” is empty.", "Give it a code.")
        elif row.code in seen:
            look.wrong((*place, "code"), f"“{row.code}” stands in the table twice.", "Give each row and group its own.")
        elif not CODE.fullmatch(row.code):
            look.wrong(
                (*place, "code"),
                f"“{row.code}” cannot be carried by a button.",
                "Write at most 16 letters without marks, digits or _ . + - (đ as dd).",
            )
        seen.add(row.code)
        look.role((*place, "owner"), row.owner)
        if row.standard:
            look.known((*place, "standard"), row.standard, standards, "standard of this subject")
        for code in row.not_with:
            _other_row(look, (*place, "not_with"), row, code, known)
        if isinstance(row.scoring, Gate):
            if not row.scoring.opens:
                look.wrong((*place, "scoring", "opens"), "The gate opens nothing.", "Name the rows that it opens.")
            for code in row.scoring.opens:
                _other_row(look, (*place, "scoring", "opens"), row, code, known)
        if row.evidence.min_items < 0:
            look.wrong((*place, "evidence", "min_items"), "There cannot be less than no evidence.", "Write 0 or more.")
        if row.max < 0:
            look.wrong((*place, "max"), "Points are not below 0.", "Write them without a sign, also in “penalty”.")
        elif row.rows:
            _group(look, row, place)
        else:
            _leaf(look, table, at)


def _other_row(look: Inspection, place: Place, row: Criterion, code: str, known: list[str]) -> None:
    if code == row.code:
        look.wrong(place, "The row names itself.", "Name other rows.")
    else:
        look.known(place, code, known, "row")


def _group(look: Inspection, row: Criterion, place: Place) -> None:
    for key in ("scoring", "evidence", "rounding"):
        if key != "rounding" and look.written((*place, key)):
            look.wrong((*place, key), "A group has its points from its rows.", "Put it into the rows.")


def _leaf(look: Inspection, table: CriteriaTable, at: RowAt) -> None:
    row, place, scoring = at.row, at.place, at.row.scoring
    if row.aggregate != "sum":
        look.wrong((*place, "aggregate"), "It has no rows to put together.", "Add “rows”, or take it out.")
    if isinstance(scoring, ZeroItem) and not at.above:
        text = "A zero item kills the group in which it stands, and here is none."
        look.wrong((*place, "scoring"), text, "Put it into a group.")
    if isinstance(scoring, WORTHLESS):
        if row.max:
            look.wrong((*place, "max"), "Such a row has no points of its own.", "Take “max” out.")
        return
    if row.max <= 0 and scoring.kind not in ("check", "delegated"):
        look.wrong((*place, "max"), "A row must have points.", "Write the printed points.")
        return
    match scoring:
        case ByHand():
            step = table.step if scoring.step is None else scoring.step
            if step <= 0:
                look.wrong((*place, "scoring", "step"), "A step must be above 0.", "Write a step such as 0.5.")
            elif row.max % step:
                look.wrong(
                    (*place, "max"),
                    f"{row.max} cannot be reached in steps of {step}.",
                    "Choose a step that divides it.",
                )
        case ByChoice() | Imported():
            if not scoring.options:
                look.wrong((*place, "scoring", "options"), "There is nothing to choose.", "Add options.")
            look.each_once((*place, "scoring", "options"), "key", (option.key for option in scoring.options))
            for number, option in enumerate(scoring.options):
                _points(look, row, option.points, (*place, "scoring", "options", number, "points"))
        case ByBand():
            if not scoring.bands:
                look.wrong((*place, "scoring", "bands"), "There are no bands.", "Add them.")
            for number, band in enumerate(scoring.bands):
                spans(look, band, (*place, "scoring", "bands", number))
                _points(look, row, band.points, (*place, "scoring", "bands", number, "points"))
        case ByRatio():
            if scoring.share.strip() == scoring.whole.strip():
                look.wrong(
                    (*place, "scoring", "whole"), "Both numbers have the same name.", "Say of what it is a share."
                )
        case ByCount() | ByMinus() | BySample():
            if scoring.each <= 0:
                look.wrong((*place, "scoring", "each"), "Each one must be worth something.", "Write points above 0.")


def _points(look: Inspection, row: Criterion, points: Decimal, place: Place) -> None:
    if points < 0:
        look.wrong(place, "Points are not below 0.", "Write 0 or more.")
    elif points > row.max:
        look.wrong(place, f"{points} points are more than the row's {row.max}.", "Correct one of the two.")


def spans(look: Inspection, range: Range, place: Place) -> None:
    """A range has at most one lower and one upper end, and holds some number."""
    if range.at_least is not None and range.above is not None:
        look.wrong(place, "Both at_least and above are given.", "Keep one of the two.")
    if range.at_most is not None and range.below is not None:
        look.wrong(place, "Both at_most and below are given.", "Keep one of the two.")
    low = range.above if range.at_least is None else range.at_least
    high = range.below if range.at_most is None else range.at_most
    if low is not None and high is not None:
        empty = low > high or (low == high and (range.at_least is None or range.at_most is None))
        if empty:
            look.wrong(place, "No number lies in this range.", "Correct its ends.")


def _columns(look: Inspection, table: CriteriaTable, here: Place) -> None:
    look.each_once((*here, "columns"), "id", (column.id for column in table.columns))
    if not table.columns:
        look.wrong((*here, "columns"), "Nobody gives points.", "Name a column, or leave “columns” out.")
    ids = [column.id for column in table.columns]
    for number, column in enumerate(table.columns):
        look.role((*here, "columns", number, "role"), column.role)
        if column.id in SHOWN:
            look.wrong(
                (*here, "columns", number, "id"), f"“{column.id}” is what a printed column shows.", "Call it otherwise."
            )
    for number, printed in enumerate(table.printed):
        if printed.shows not in (*SHOWN, *ids):
            look.known((*here, "printed", number, "shows"), printed.shows, (*SHOWN, *ids), "column")
