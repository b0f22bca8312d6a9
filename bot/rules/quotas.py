"""How many places a quota gives, and what more than that means; for the councils to come: no answer asks it yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from bot.plan.levels import Quota
from bot.rules.undetermined import Undetermined

HUNDRED = Decimal(100)
GRADE = "grade:"
Scope = Literal["all", "unit", "cluster", "body"]


@dataclass(frozen=True, slots=True)
class Places:
    """The places of one kind of subject in one scope.

    `most`: None where the plan only asks for a minimum. `least`: what is asked for at least, 0 where nothing is.
    `exceptional`: how many there may be in exceptional cases, None where the plan names none. `together`: the kinds
    that share these places; empty where the kind has them for itself.
    """

    most: int | None
    least: int = 0
    exceptional: int | None = None
    together: tuple[str, ...] = ()

    def missing(self, chosen: int) -> int:
        """How many fewer there are than the plan asks for at least."""
        return max(0, self.least - chosen)


@dataclass(frozen=True, slots=True)
class Excess:
    """How many more there are than places, and what follows: a warning, a refusal, or a person's decision.

    `exceptional`: they would still be within what the plan allows in exceptional cases – which a person has to say it is.
    """

    over: int
    consequence: Literal["warn", "refuse", "person"]
    exceptional: bool = False


def places(
    quota: Quota,
    *,
    subject: str,
    units: int = 0,
    candidates: Mapping[str, int] | None = None,
    graded: Mapping[str, int] | None = None,
    unit: str = "",
    cluster_size: int | None = None,
) -> Places | Undetermined:
    """The places for that kind of subject.

    All numbers are of the quota's scope: `candidates` by kind of subject, `graded` by grade, `units` in all, or
    `cluster_size` of the cluster; `unit` is the code of the unit (cluster, body) that is asked about.

    Undetermined: "no_quota" for this kind; "no_number" in it; "two_numbers" that exclude one another; "unit_unnamed"
    where some units have a number of their own; "not_counted" what the percentage is of.
    """
    if subject not in quota.subjects:
        return Undetermined("no_quota", subject)
    together = quota.subjects if quota.shared else ()
    own = {one.number for one in quota.exceptions if unit and unit in one.units}
    if len(own) > 1:
        return Undetermined("two_numbers", unit)
    if own:
        return Places(own.pop(), together=together)
    if quota.exceptions and not unit and quota.per != "all":
        return Undetermined("unit_unnamed", subject)
    wrong = _wrong(quota)
    if wrong:
        return Undetermined(wrong, subject)
    if quota.number is not None:
        return Places(quota.number, together=together)
    if quota.percent is None and quota.ceiling_percent is None:
        return Places(quota.at_most, quota.at_least or 0, together=together)
    base = _base(quota, subject, units, candidates or {}, graded or {}, cluster_size)
    if isinstance(base, Undetermined):
        return base
    return _share(quota, base, together)


def limits(
    quotas: Iterable[Quota],
    *,
    subject: str,
    per: Scope = "all",
    units: int = 0,
    candidates: Mapping[str, int] | None = None,
    graded: Mapping[str, int] | None = None,
    unit: str = "",
    cluster_size: int | None = None,
) -> tuple[Places, ...] | Undetermined:
    """All places that a level's quotas give that kind in that scope; each is a limit of its own.

    Undetermined: "no_quota" where none is for this kind and scope; "two_numbers" where two give the same places
    differently; or what keeps one of them open.
    """
    found: list[Places] = []
    for quota in quotas:
        if subject not in quota.subjects or quota.per != per:
            continue
        one = places(
            quota,
            subject=subject,
            units=units,
            candidates=candidates,
            graded=graded,
            unit=unit,
            cluster_size=cluster_size,
        )
        if isinstance(one, Undetermined):
            return one
        if any(set(other.together) == set(one.together) and other != one for other in found):
            return Undetermined("two_numbers", subject)
        if one not in found:
            found.append(one)
    return tuple(found) if found else Undetermined("no_quota", subject)


def excess(quota: Quota, given: Places, chosen: int) -> Excess | None:
    """What it means that so many are chosen (of all kinds that share the places); None if there are enough places."""
    if given.most is None or chosen <= given.most:
        return None
    if given.exceptional is not None and chosen <= given.exceptional:
        return Excess(chosen - given.most, "person", exceptional=True)
    return Excess(chosen - given.most, quota.beyond)


def _wrong(quota: Quota) -> str:
    """Why the quota's own numbers leave it open; empty if they do not."""
    bounds = (quota.percent, quota.at_least, quota.at_most, quota.ceiling_percent)
    if quota.number is None and all(bound is None for bound in bounds):
        return "no_number"
    if quota.number is not None and any(bound is not None for bound in bounds):
        return "two_numbers"
    if quota.at_least is not None and quota.at_most is not None and quota.at_least > quota.at_most:
        return "two_numbers"
    if quota.percent is not None and quota.ceiling_percent is not None and quota.ceiling_percent < quota.percent:
        return "two_numbers"
    return ""


def _base(
    quota: Quota,
    subject: str,
    units: int,
    candidates: Mapping[str, int],
    graded: Mapping[str, int],
    cluster_size: int | None,
) -> int | Undetermined:
    """The number of which the percentage is taken."""
    if quota.of == "candidates":
        return sum(candidates.get(kind, 0) for kind in (quota.subjects if quota.shared else (subject,)))
    if quota.of == "units":
        if quota.per != "cluster":
            return units
        return Undetermined("not_counted", "units") if cluster_size is None else cluster_size
    grade = quota.of.removeprefix(GRADE)
    # A grade that nobody was counted for has not been given out yet, which is not the same as to nobody.
    return graded.get(grade, Undetermined("not_counted", grade))


def _share(quota: Quota, base: int, together: tuple[str, ...]) -> Places:
    most = quota.at_most
    if quota.percent is not None:
        share = _floor(quota.percent, base)
        if quota.small_below is not None and 0 < base < quota.small_below:
            share = max(share, quota.small_number or 0)
        # “20 %, nhưng ít nhất 1, nhiều nhất 5”
        most = share if most is None else min(share, most)
        most = max(most, quota.at_least or 0)
    exceptional = None if quota.ceiling_percent is None else _floor(quota.ceiling_percent, base)
    if exceptional is not None and most is not None:
        exceptional = max(exceptional, most)
    return Places(most, quota.at_least or 0, exceptional, together)


def _floor(percent: Decimal, base: int) -> int:
    return int(percent * base // HUNDRED)
