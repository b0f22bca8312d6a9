"""How far a unit is on the way to the number of models that the plan asks for in a year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.plan.levels import Target


@dataclass(frozen=True, slots=True)
class TargetProgress:
    """Where a target stands.

    `missing`: how many more are needed; 0 where the target is not valid. `over`: how many more there are than at most.
    `ambition`: the number hoped for, which is no bound; None where there is none. `valid`: whether the plan states the
    target for that year; if not, it has no stated validity and nothing is missing.
    """

    counted: int
    needed: int
    missing: int
    over: int
    ambition: int | None
    valid: bool

    @property
    def ambition_met(self) -> bool:
        """Whether there are as many as hoped for; without a hope, as many as needed."""
        return self.counted >= (self.needed if self.ambition is None else self.ambition)


def progress(target: Target, year: int, statuses: Mapping[str, int]) -> TargetProgress:
    """The target in that year; `statuses` are the numbers of models by their status (new, continuing …).

    Only what the target `counts` is counted; a target that names no status counts every model.
    """
    counted = sum(number for key, number in statuses.items() if not target.counts or key in target.counts)
    valid = (target.first_year is None or target.first_year <= year) and (
        target.last_year is None or year <= target.last_year
    )
    over = 0 if target.at_most is None else max(0, counted - target.at_most)
    return TargetProgress(
        counted=counted,
        needed=target.at_least,
        missing=max(0, target.at_least - counted) if valid else 0,
        over=over if valid else 0,
        ambition=target.ambition,
        valid=valid,
    )


def concerns(target: Target, unit_kind: str) -> bool:
    """Whether the target is for units of that kind."""
    return not target.unit_kinds or unit_kind in target.unit_kinds
