"""The order of candidates, and what is left when the plan's chain of comparisons has not told equals apart.

For the councils to come: no answer asks it yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from bot.plan.levels import TieBreak, TieStep
from bot.rules.undetermined import Undetermined

TOTAL = TieStep(by="total")


@dataclass(frozen=True, slots=True)
class Contender:
    """What is compared of one candidate: `total` (None: not scored), points of rows and groups by code, stated facts by
    id (yes or no, a number, or a grade), and the priority marks it bears.
    """

    id: str
    total: Decimal | None = None
    rows: Mapping[str, Decimal] = field(default_factory=dict)
    facts: Mapping[str, Decimal | bool | str] = field(default_factory=dict)
    priorities: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Equals:
    """Candidates between whom the chain makes no difference, in the order in which they were given.

    `parted_by`: the comparison that put them below those above them; None for the first. `left_to`: who tells them
    apart, if there are several: a vote, the authority, or nobody (they stand without order); empty for a single one.
    `stopped`: the comparison that could not be made, so that those after it were not made either.
    """

    members: tuple[str, ...]
    parted_by: TieStep | None = None
    left_to: Literal["", "vote", "authority", "no_order"] = ""
    stopped: Undetermined | None = None


@dataclass(frozen=True, slots=True)
class Ranking:
    """The candidates from the first to the last; `unscored` have no total and so no place yet."""

    groups: tuple[Equals, ...]
    unscored: tuple[str, ...] = ()

    def place(self, id: str) -> int | None:
        """The place of a candidate, from 1; equals share the first of theirs. None if it has none."""
        above = 0
        for group in self.groups:
            if id in group.members:
                return above + 1
            above += len(group.members)
        return None


def rank(contenders: Iterable[Contender], tie_break: TieBreak | None) -> Ranking:
    """The candidates in order.

    The total comes first, the highest before the others, unless the chain itself says where it comes. A plan without a
    chain has only that; then equals stand without order. A value that is missing for one of several equals (or is a
    grade, which has no order here) stops the chain for all of them: nobody is put behind for what is not known.
    """
    chain = tie_break.chain if tie_break else ()
    if not any(step.by == "total" for step in chain):
        chain = (TOTAL, *chain)
    everybody = tuple(contenders)
    unscored: tuple[str, ...] = ()
    if chain[0].by == "total":
        if all(one.total is None for one in everybody):  # a plan without points
            chain = chain[1:]
        else:
            unscored = tuple(one.id for one in everybody if one.total is None)
            everybody = tuple(one for one in everybody if one.total is not None)
    left_to = tie_break.ends_in if tie_break else "no_order"
    return Ranking(tuple(_parted(everybody, chain, left_to, None)) if everybody else (), unscored)


def _parted(
    equals: Sequence[Contender],
    chain: Sequence[TieStep],
    left_to: Literal["vote", "authority", "no_order"],
    parted_by: TieStep | None,
) -> Iterable[Equals]:
    """The groups into which the chain divides the equals, the first of them under `parted_by`."""
    members = tuple(one.id for one in equals)
    if len(equals) == 1:
        yield Equals(members, parted_by)
        return
    if not chain:
        yield Equals(members, parted_by, left_to)
        return
    step = chain[0]
    values = {one.id: _value(one, step) for one in equals}
    compared: dict[Decimal, list[Contender]] = {}
    for one in equals:
        value = values[one.id]
        if isinstance(value, Undetermined):
            yield Equals(members, parted_by, left_to, value)
            return
        compared.setdefault(value, []).append(one)
    for number, value in enumerate(sorted(compared, reverse=not step.lowest)):
        yield from _parted(compared[value], chain[1:], left_to, step if number else parted_by)


def _value(one: Contender, step: TieStep) -> Decimal | Undetermined:
    if step.by == "total":
        return Undetermined("not_scored", one.id) if one.total is None else one.total
    if step.by == "row":
        return one.rows.get(step.code, Undetermined("not_scored", step.code))
    if step.by == "priority":
        return Decimal(len(one.priorities))
    stated = one.facts.get(step.code)
    if stated is None:
        return Undetermined("not_stated", step.code)
    return Undetermined("not_comparable", step.code) if isinstance(stated, str) else Decimal(stated)
