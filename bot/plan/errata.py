"""Corrections laid over the printed text: checked at the door, applied on request, never written into the plan."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic import ValidationError

from bot.plan.finding import NAMING_KEYS, Finding, Lines, item_name
from bot.plan.model import Erratum, Plan

NOT_CORRECTED = ("version", "errata")
"""What is no part of the printed document."""
ROWS = ("rows", "bonus", "penalty")
"""Lists of rows, whose names a path may leave out."""


def corrected(plan: Plan) -> Plan:
    """The plan with its errata applied; `plan` itself keeps the printed text.

    The loader has seen that each path leads to a value, so a plan from it raises nothing here.
    """
    if not plan.errata:
        return plan
    tree = plan.model_dump()
    for erratum in plan.errata:
        holder, key = locate(tree, erratum.path)
        holder[key] = erratum.new
    return Plan.model_validate(tree)


def problems(plan: Plan, lines: Lines) -> list[Finding]:
    """What keeps an erratum from being laid over the plan."""
    found: list[Finding] = []
    seen: set[str] = set()
    tree = plan.model_dump() if plan.errata else {}
    for index, erratum in enumerate(plan.errata):
        place = ("errata", index)
        try:
            holder, key = locate(tree, erratum.path)
        except KeyError as missing:
            found.append(
                lines.finding(
                    (*place, "path"),
                    f"“{erratum.path}” leads nowhere: there is no “{missing.args[0]}”.",
                    "Name the value by its keys and ids, such as criteria.tap_the.02.text.",
                )
            )
            continue
        printed = holder[key]
        if erratum.path in seen:
            found.append(
                lines.finding((*place, "path"), f"“{erratum.path}” is corrected twice.", "Keep the erratum that holds.")
            )
        elif key in NAMING_KEYS or not isinstance(printed, str | Decimal | date | int):
            found.append(
                lines.finding(
                    (*place, "path"), f"“{erratum.path}” is no single printed value.", "Name one text, number or date."
                )
            )
        elif not _same(printed, erratum.old):
            found.append(
                lines.finding(
                    (*place, "old"),
                    f"“old” is not what is printed there: “{printed}”.",
                    "Copy the printed value, typos and all.",
                )
            )
        else:
            found += _unfit(plan, erratum, lines, index)
        seen.add(erratum.path)
    return found


def locate(tree: Any, path: str) -> tuple[dict[str, Any], str]:
    """The dict and the key that a path names. KeyError with what is missing.

    Items of lists are named by their id, code …, or by their number (from 0) if they have none. The word “rows” and the
    groups above a row may be left out: its code is unique in the table.
    """
    found = _locate(tree, path)
    if isinstance(found, str):
        raise KeyError(found)
    return found


def _locate(holder: Any, rest: str) -> tuple[dict[str, Any], str] | str:
    """What `locate` gives, or the part of the path that leads nowhere – the shortest that any way has left over."""
    missing = rest
    for inner, after in _ways(holder, rest):
        found = _locate(inner, after) if after else (holder, rest)
        if not isinstance(found, str):
            return found
        missing = min(missing, found, key=len)
    return missing


def _ways(holder: Any, rest: str) -> Iterator[tuple[Any, str]]:
    """Where the path can go on from here, each with what is left of it; nothing is left at the value itself."""
    if isinstance(holder, dict):
        key, _, after = rest.partition(".")
        if key in holder and key not in NOT_CORRECTED:
            yield holder[key], after
        for part in ROWS:
            if holder.get(part):
                yield holder[part], rest
    elif isinstance(holder, list | tuple):
        # Names may have dots in them, so they are tried whole.
        for number, item in enumerate(holder):
            name = item_name(item) or str(number)
            if rest.startswith(f"{name}."):
                yield item, rest[len(name) + 1 :]
        for item in holder:
            for part in ROWS:
                if isinstance(item, dict) and item.get(part) and "code" in item:
                    yield item[part], rest


def _same(printed: str | Decimal | date | int, old: str) -> bool:
    if isinstance(printed, Decimal):
        try:
            return printed == Decimal(old)
        except InvalidOperation:
            return False
    return str(printed) == old


def _unfit(plan: Plan, erratum: Erratum, lines: Lines, index: int) -> list[Finding]:
    try:
        corrected(plan.model_copy(update={"errata": (erratum,)}))
    except ValidationError as wrong:
        return [
            lines.finding(
                ("errata", index, "new"),
                f"“new” does not fit there: {wrong.errors()[0]['msg']}.",
                "Write a value of the printed one's kind.",
            )
        ]
    return []
