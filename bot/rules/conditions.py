"""Whether what a plan asks for holds – with exactly what is missing, and what nobody can tell yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from bot.plan.criteria import ByCheck, CriteriaTable, Criterion
from bot.plan.levels import (
    AllChecked,
    AwardAt,
    EachGroup,
    EachRow,
    EvidenceEachRow,
    FactIs,
    GradeAtLeast,
    Level,
    NoZero,
    OneGroup,
    PassRule,
    Recognised,
    Registered,
    TotalAtLeast,
    Vote,
)
from bot.plan.part import Range
from bot.rules.rows import HUNDRED, ZERO, highest
from bot.rules.scoring import Marked, Scorecard, threshold
from bot.rules.undetermined import Undetermined

OF_POINTS = (EachRow, EachGroup, OneGroup, NoZero, TotalAtLeast, EvidenceEachRow, AllChecked)
"""The rules that look at a scorecard; the others look at what is known of whom it is about."""

Stated = bool | Decimal | str
"""What a person states as a fact: yes or no, a number, or a grade."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known beside the points of whoever is to be honoured; what is left out is not known, which is no no.

    `year`: for which it is asked. `registered`: in that year. `awards`: by level, whether it has been awarded there.
    `recognitions`: by level, whether it was recognised in each year that is known. `reorganised`: the year in which its
    unit was merged or split, so that earlier years are another unit's. `vote`: (for it, who voted). `facts`: what was
    stated, by the fact's id. `grades`: by scale, the grade found and every lower one.
    """

    year: int | None = None
    registered: bool | None = None
    awards: Mapping[str, bool] = field(default_factory=dict)
    recognitions: Mapping[str, Mapping[int, bool]] = field(default_factory=dict)
    reorganised: int | None = None
    vote: tuple[int, int] | None = None
    facts: Mapping[str, Stated] = field(default_factory=dict)
    grades: Mapping[str, tuple[str, ...] | Undetermined] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for id, stated in self.facts.items():
            if isinstance(stated, float):
                raise TypeError(f"numbers are Decimals, fact {id} has {stated!r}")


@dataclass(frozen=True, slots=True)
class Shortfall:
    """One condition that does not hold: what there is (`points`) and what is `needed`, as far as it is a number.

    "row", "group": row or group `code` has too few points; "unscored": nothing was entered for row `code`; "zero": row
    `code` has 0; "total": the sum (`code` is empty); "evidence": row `code` has `points` pieces; "figure": its evidence
    holds no figure; "unchecked": row `code` is not ticked; "registration": not registered in the year; "award", "recognition": not honoured at level
    `code`, or in too few years; "vote": share of votes in %; "fact": fact `code`; "grade": on scale `code`.
    """

    kind: Literal[
        "row",
        "group",
        "unscored",
        "zero",
        "total",
        "evidence",
        "figure",
        "unchecked",
        "registration",
        "award",
        "recognition",
        "vote",
        "fact",
        "grade",
    ]
    code: str
    points: Decimal | None
    needed: Decimal | None
    rule: PassRule | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What does not hold, and what cannot be told. Without either the conditions are fulfilled; so are none at all."""

    shortfalls: tuple[Shortfall, ...]
    undetermined: tuple[Undetermined, ...] = ()

    @property
    def fulfilled(self) -> bool:
        return not self.shortfalls and not self.undetermined


def verdict(level: Level, cards: Scorecard | Sequence[Scorecard], standing: Standing | None = None) -> Verdict:
    """The level's conditions laid on the scorecard of the column that decides; all are looked at, in the plan's order."""
    given = (cards,) if isinstance(cards, Scorecard) else cards
    deciding = next((card for card in given if card.column == level.decided_on), None)
    return conditions(level.passes, deciding or Undetermined("column_missing", level.decided_on), standing)


def conditions(rules: Iterable[PassRule], card: Scorecard | Undetermined, standing: Standing | None = None) -> Verdict:
    """These conditions laid on the scorecard; without one, what looks at points is undetermined."""
    known = standing or Standing()
    short: dict[tuple[str, str], Shortfall] = {}
    unclear: dict[Undetermined, None] = {}
    for rule in rules:
        if isinstance(rule, Vote) and _of_others(rule, card):
            continue
        if not isinstance(rule, OF_POINTS):
            found: Iterable[Shortfall | Undetermined] = _known(rule, known)
        elif isinstance(card, Undetermined):
            found = (card,)
        else:
            found = _scored(rule, card)
        for one in found:
            if isinstance(one, Undetermined):
                unclear.setdefault(one)
                continue
            there = short.get((one.kind, one.code))
            if there is None or (one.needed or ZERO) > (there.needed or ZERO):
                short[one.kind, one.code] = one
    return Verdict(tuple(short.values()), tuple(unclear))


def _of_others(rule: Vote, card: Scorecard | Undetermined) -> bool:
    """Whether the vote is asked for other kinds of subject than the scorecard's."""
    return bool(rule.subjects) and isinstance(card, Scorecard) and card.table.subject not in rule.subjects


def threshold_of(rule: TotalAtLeast, table: CriteriaTable) -> Decimal:
    """The points that the sum needs."""
    if rule.points is not None:
        return rule.points
    return table.total * (rule.percent or ZERO) / HUNDRED


# -- on the scorecard ------------------------------------------------------------------------------------------------


def _scored(rule: PassRule, card: Scorecard) -> list[Shortfall | Undetermined]:
    match rule:
        case EachRow():
            return _rows(rule, card)
        case EachGroup():
            groups = [one for one in card.outcome.rows if highest(one.row)]
            return [found for one in groups for found in _share(rule, one, rule.percent)]
        case OneGroup():
            one = card.marked.get(rule.code)
            return _share(rule, one, rule.percent) if one else [Undetermined("no_such_row", rule.code)]
        case NoZero():
            return _zeros(rule, card)
        case TotalAtLeast():
            return _total(rule, card)
        case AllChecked():
            return _ticks(rule, card)
        case EvidenceEachRow():
            figures: list[Shortfall | Undetermined] = [
                Undetermined("figure_unread", row.code)
                if row.code in card.unread
                else Shortfall("figure", row.code, None, None, rule)
                for row in card.without_figure
            ]
            return figures + [
                Shortfall(
                    "evidence", row.code, Decimal(card.evidence.get(row.code, 0)), Decimal(row.evidence.min_items), rule
                )
                for row in card.without_evidence
            ]
    return []


def _rows(rule: EachRow, card: Scorecard) -> list[Shortfall | Undetermined]:
    found: list[Shortfall | Undetermined] = []
    for row in card.base:
        one = card.marked[row.code]
        needed = threshold(row, rule.percent)
        if one.points is None and not one.out:
            found.append(Shortfall("unscored", row.code, None, needed, rule))
        elif isinstance(one.points, Undetermined):
            found.append(one.points)
        elif one.points is not None and one.points < needed:
            found.append(Shortfall("row", row.code, one.points, needed, rule))
    return found


def _share(rule: PassRule, one: Marked, percent: Decimal) -> list[Shortfall | Undetermined]:
    """Whether a group has its share of what could be had for what applies in it."""
    needed = one.most * percent / HUNDRED
    if isinstance(one.points, Undetermined):
        return [one.points]
    if one.out:
        return []
    if one.points is None:
        return [Shortfall("unscored", one.code, None, needed, rule)]
    return (
        [Shortfall("group" if one.rows else "row", one.code, one.points, needed, rule)] if one.points < needed else []
    )


def _zeros(rule: NoZero, card: Scorecard) -> list[Shortfall | Undetermined]:
    found: list[Shortfall | Undetermined] = []
    for row in card.base:
        one = card.marked[row.code]
        if not highest(row) or one.out:
            continue
        if one.points is None:
            found.append(Shortfall("unscored", row.code, None, None, rule))
        elif isinstance(one.points, Undetermined):
            found.append(one.points)
        elif not one.points:
            found.append(Shortfall("zero", row.code, ZERO, None, rule))
    return found


def _total(rule: TotalAtLeast, card: Scorecard) -> list[Shortfall | Undetermined]:
    total, needed = card.total, threshold_of(rule, card.table)
    if isinstance(total, Undetermined):
        return [total]
    if total < needed:
        return [Shortfall("total", "", total, needed, rule)]
    # What can still take points away must have been answered; what can only add may stay open.
    adding = {row.code for row in (*card.base, *_leaves(card.outcome.bonus)) if highest(row)}
    return [Shortfall("unscored", row.code, None, None, rule) for row in card.missing_rows if row.code not in adding]


def _leaves(marked: Iterable[Marked]) -> list[Criterion]:
    return [leaf for one in marked for leaf in one.row.leaves()]


def _ticks(rule: AllChecked, card: Scorecard) -> list[Shortfall | Undetermined]:
    found: list[Shortfall | Undetermined] = []
    for row in card.base:
        given = card.inputs.get(row.code)
        if not isinstance(row.scoring, ByCheck):
            continue
        if given is None:
            found.append(Shortfall("unscored", row.code, None, None, rule))
        elif given is False:
            found.append(Shortfall("unchecked", row.code, None, None, rule))
    return found


# -- beside the points -----------------------------------------------------------------------------------------------


def _known(rule: PassRule, standing: Standing) -> list[Shortfall | Undetermined]:
    match rule:
        case Registered():
            if standing.registered is None:
                return [Undetermined("registration_unknown")]
            return [] if standing.registered else [Shortfall("registration", "", None, None, rule)]
        case AwardAt():
            if rule.level not in standing.awards:
                return [Undetermined("award_unknown", rule.level)]
            return [] if standing.awards[rule.level] else [Shortfall("award", rule.level, None, None, rule)]
        case Recognised():
            return _history(rule, standing)
        case Vote():
            return _voted(rule, standing)
        case FactIs():
            return _stated(rule, standing)
        case GradeAtLeast():
            reached = standing.grades.get(rule.scale, Undetermined("grade_unknown", rule.scale))
            if isinstance(reached, Undetermined):
                return [reached]
            return [] if rule.grade in reached else [Shortfall("grade", rule.scale, None, None, rule)]
    return []


def _history(rule: Recognised, standing: Standing) -> list[Shortfall | Undetermined]:
    """Enough years, in a row if the plan says so: up to this year, or up to the last one while this one is open."""
    known = standing.recognitions.get(rule.level)
    if known is None or standing.year is None:
        return [Undetermined("history_unknown", rule.level)]
    if not rule.consecutive:
        years = [year for year, recognised in known.items() if recognised and year <= standing.year]
        broken = _broken(years, standing.reorganised)
        if len(years) >= rule.years:
            return [Undetermined("reorganised", rule.level)] if broken else []
        return [Shortfall("recognition", rule.level, Decimal(len(years)), Decimal(rule.years), rule)]
    open_ones: list[Shortfall | Undetermined] = []
    for last in (standing.year, standing.year - 1):
        years = list(range(last - rule.years + 1, last + 1))
        if any(known.get(year) is False for year in years):
            continue
        if _broken(years, standing.reorganised):
            open_ones.append(Undetermined("reorganised", rule.level))
        elif any(year not in known for year in years):
            open_ones.append(Undetermined("history_unknown", rule.level))
        else:
            return []
    if open_ones:
        return open_ones[-1:]
    return [Shortfall("recognition", rule.level, _in_a_row(known, standing.year), Decimal(rule.years), rule)]


def _broken(years: Sequence[int], reorganised: int | None) -> bool:
    """Whether some of the years lie before the reorganisation and others not."""
    return reorganised is not None and any(y < reorganised for y in years) and any(y >= reorganised for y in years)


def _in_a_row(known: Mapping[int, bool], year: int) -> Decimal:
    """How many years in a row it was recognised, up to this one or the last."""
    last = year if known.get(year) else year - 1
    count = 0
    while known.get(last - count):
        count += 1
    return Decimal(count)


def _voted(rule: Vote, standing: Standing) -> list[Shortfall | Undetermined]:
    if standing.vote is None:
        return [Undetermined("vote_unknown")]
    agreed, voted = standing.vote
    if voted <= 0 or not 0 <= agreed <= voted:
        return [Undetermined("vote_unclear")]
    if agreed == 0:
        return [Shortfall("vote", "", ZERO, rule.percent, rule)]
    if rule.percent is None:
        # Without a share only a unanimous vote is a vote for it under every reading.
        return [] if agreed == voted else [Undetermined("vote_share_unsaid")]
    given, needed = agreed * HUNDRED, rule.percent * voted
    if given > needed or (given == needed and rule.inclusive):
        return []
    return [Shortfall("vote", "", given / voted, rule.percent, rule)]


def _stated(rule: FactIs, standing: Standing) -> list[Shortfall | Undetermined]:
    stated = standing.facts.get(rule.fact)
    if stated is None:
        return [Undetermined("fact_unknown", rule.fact)]
    if isinstance(stated, bool) and rule.range is None:
        return [] if stated else [Shortfall("fact", rule.fact, None, None, rule)]
    if isinstance(stated, Decimal) and rule.range is not None:
        return (
            [] if rule.range.holds(stated) else [Shortfall("fact", rule.fact, stated, _bound(rule.range, stated), rule)]
        )
    return [Undetermined("fact_of_another_kind", rule.fact)]


def _bound(range: Range, number: Decimal) -> Decimal | None:
    """The end of the range beyond which the number lies."""
    low = range.at_least if range.at_least is not None else range.above
    high = range.at_most if range.at_most is not None else range.below
    return low if low is not None and number <= low else high
