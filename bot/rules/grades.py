"""Which grade points and stated facts come to, and where only a person can say so."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from bot.plan.criteria import CriteriaTable
from bot.plan.levels import Grade, GradeEffect, GradeScale
from bot.rules.conditions import Standing, Verdict, conditions
from bot.rules.rows import HUNDRED
from bot.rules.scoring import Scorecard
from bot.rules.undetermined import Undetermined


@dataclass(frozen=True, slots=True)
class Graded:
    """A grade, or why it cannot be told, and how it came about.

    `by_points` is the grade whose span the points lie in; `unmet` the better grades whose conditions do not hold, each
    with what is missing; `effects` what stated facts did to it. A grade that false evidence lowered is `lowered`.
    """

    grade: Grade | Undetermined
    by_points: Grade | Undetermined
    unmet: tuple[tuple[Grade, Verdict], ...] = ()
    effects: tuple[GradeEffect, ...] = ()
    lowered: bool = False


def grade(
    scale: GradeScale, total: Decimal | Undetermined, card: Scorecard, standing: Standing | None = None
) -> Graded:
    """The grade of that total: by its span, its conditions and what facts do to it, in the plan's order.

    Who has the points of a grade but not its conditions gets the next lower one whose conditions hold. An effect that
    could change nothing is not asked about; a veto comes after all others, and a person's decision before everything.
    """
    known = standing or Standing()
    found = by_points(scale, total, card.table)
    if isinstance(found, Undetermined):
        return Graded(found, found)
    at, unmet, unclear = _conditional(scale, scale.grades.index(found), card, known)
    if unclear is not None:
        return Graded(unclear, found, unmet)
    lowest = len(scale.grades) - 1
    effects: list[GradeEffect] = []
    lowered = any(
        row.code in card.dishonest and row.evidence.if_dishonest == "row_zero_and_downgrade" for row in card.rows
    )
    if lowered:
        at = min(at + 1, lowest)
    for effect in sorted(scale.effects, key=lambda effect: {"person": 0, "veto": 2}.get(effect.effect, 1)):
        after = _after(scale, effect, at, known)
        if isinstance(after, Undetermined):
            return Graded(after, found, unmet, tuple(effects), lowered)
        if after is not None:
            effects.append(effect)
            at = after
    return Graded(scale.grades[at], found, unmet, tuple(effects), lowered)


def by_points(scale: GradeScale, total: Decimal | Undetermined, table: CriteriaTable) -> Grade | Undetermined:
    """The one grade in whose span the total lies; in a gap, or where spans overlap, none can be told."""
    if isinstance(total, Undetermined):
        return total
    number, whole = total, Decimal(1)
    if scale.of == "percent":
        if not table.total:
            return Undetermined("no_printed_total", scale.id)
        number, whole = total * HUNDRED, table.total
    found = [one for one in scale.grades if one.range.times(whole).holds(number)]
    if len(found) == 1:
        return found[0]
    return Undetermined("grade_overlap" if found else "grade_gap", scale.id)


def reached(scale: GradeScale, found: Grade | Undetermined) -> tuple[str, ...] | Undetermined:
    """The grade and every lower one, which is what “that grade or better” is asked of."""
    if isinstance(found, Undetermined):
        return found
    return tuple(one.id for one in scale.grades[scale.grades.index(found) :])


def scales_of(scales: tuple[GradeScale, ...], table: CriteriaTable) -> tuple[GradeScale, ...]:
    """The scales by which that table is graded."""
    return tuple(scale for scale in scales if not scale.tables or table.key in scale.tables)


def _conditional(
    scale: GradeScale, at: int, card: Scorecard, standing: Standing
) -> tuple[int, tuple[tuple[Grade, Verdict], ...], Undetermined | None]:
    """The best place from `at` downwards whose conditions hold."""
    unmet: list[tuple[Grade, Verdict]] = []
    for place in range(at, len(scale.grades)):
        asked = scale.grades[place]
        found = conditions(asked.conditions, card, standing)
        if found.fulfilled:
            return place, tuple(unmet), None
        if not found.shortfalls:
            return place, tuple(unmet), found.undetermined[0]
        unmet.append((asked, found))
    return at, tuple(unmet), Undetermined("no_grade_left", scale.id)


def _after(scale: GradeScale, effect: GradeEffect, at: int, standing: Standing) -> int | Undetermined | None:
    """Where the effect puts the grade; None where it changes nothing."""
    lowest = len(scale.grades) - 1
    named = next((place for place, one in enumerate(scale.grades) if one.id == effect.grade), None)
    if effect.effect in ("cap", "veto") and named is None:
        return Undetermined("no_such_grade", effect.grade)
    if (effect.effect == "cap" and named is not None and at >= named) or (effect.effect == "veto" and at == named):
        return None
    if effect.effect in ("downgrade", "not_above") and at == lowest:
        return None
    stated = standing.facts.get(effect.fact)
    if stated is None:
        return Undetermined("fact_unknown", effect.fact)
    if effect.effect == "not_above":
        held = next((place for place, one in enumerate(scale.grades) if one.id == stated), None)
        if held is None:
            return Undetermined("no_such_grade", str(stated))
        return held if at < held else None
    if isinstance(stated, str):
        return Undetermined("fact_of_another_kind", effect.fact)
    if effect.effect == "downgrade" and isinstance(stated, Decimal):
        steps = int(stated // effect.by)  # a number of cases: one lower for each so many
        return min(at + steps, lowest) if steps > 0 else None
    if bool(stated) is not effect.when:
        return None
    if effect.effect == "person":
        return Undetermined("person_decides", effect.fact)
    return min(at + effect.by, lowest) if effect.effect == "downgrade" else named
