"""What points and papers lead to: conditions, grades, quotas, dossiers, awards, targets."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from bot.plan.part import Id, Interpretation, Part, Quote, Range, Rule


class EachRow(Rule):
    """Every row needs at least `percent` % of its highest points."""

    kind: Literal["each_row"] = "each_row"
    percent: Decimal


class EachGroup(Rule):
    """Every group at the top of the table needs at least `percent` % of its highest points."""

    kind: Literal["each_group"] = "each_group"
    percent: Decimal


class OneGroup(Rule):
    """The group or row `code` needs at least `percent` % of its highest points."""

    kind: Literal["group"] = "group"
    code: str
    percent: Decimal


class NoZero(Rule):
    """No row may have 0 points."""

    kind: Literal["no_zero"] = "no_zero"


class TotalAtLeast(Rule):
    """The sum needs at least `points`, or `percent` % of the printed total; one of the two."""

    kind: Literal["total"] = "total"
    points: Decimal | None = None
    percent: Decimal | None = None


class EvidenceEachRow(Rule):
    """Every row needs its evidence."""

    kind: Literal["evidence"] = "evidence"


class AllChecked(Rule):
    """Every tick must be given."""

    kind: Literal["all_checked"] = "all_checked"


class Registered(Rule):
    """It must have been registered in the same year."""

    kind: Literal["registered"] = "registered"


class AwardAt(Rule):
    """It must have been awarded at that lower level."""

    kind: Literal["award_at"] = "award_at"
    level: str


class Recognised(Rule):
    """It must have been recognised at that level in `years` years, `consecutive` or not."""

    kind: Literal["recognised"] = "recognised"
    level: str
    years: Annotated[int, Field(ge=1)] = 1
    consecutive: bool = True


class Vote(Rule):
    """The collective must have voted for it: with more than (or at least) `percent` %; None: the plan names no share."""

    kind: Literal["vote"] = "vote"
    percent: Decimal | None = None
    inclusive: bool = True
    subjects: tuple[str, ...] = ()
    """Only for these kinds of subject; empty: all."""


class FactIs(Rule):
    """Something beyond the points: fact `fact` must be yes, or lie in the range."""

    kind: Literal["fact"] = "fact"
    fact: str
    range: Range | None = None


class GradeAtLeast(Rule):
    """The grade on that scale must be `grade` or better."""

    kind: Literal["grade"] = "grade"
    scale: str
    grade: str


PassRule = Annotated[
    EachRow
    | EachGroup
    | OneGroup
    | NoZero
    | TotalAtLeast
    | EvidenceEachRow
    | AllChecked
    | Registered
    | AwardAt
    | Recognised
    | Vote
    | FactIs
    | GradeAtLeast,
    Field(discriminator="kind"),
]


class Fact(Rule):
    """Something that a person states, since no table shows it: “98 % cử tri tán thành”, “có đơn thư tố cáo”."""

    id: Id
    name: str
    kind: Literal["yes_no", "percent", "number", "grade"] = "yes_no"
    stated_by: str = ""
    """The role that states it."""


class Grade(Rule):
    """One grade: the points it spans, and what else it asks for."""

    id: Id
    name: str
    range: Range
    conditions: tuple[PassRule, ...] = ()


class GradeEffect(Rule):
    """What a stated fact does to the grade.

    "cap": at most `grade`; "downgrade": one lower for each `by`; "veto": `grade` whatever the points; "person": a person
    decides; "not_above": never better than the grade that the fact holds (người đứng đầu không hơn đơn vị).
    """

    effect: Literal["cap", "downgrade", "veto", "person", "not_above"]
    fact: str
    when: bool = True
    """The effect comes when the yes/no fact is this."""
    grade: str = ""
    by: Annotated[int, Field(ge=1)] = 1


class GradeScale(Rule):
    """Grades from the best to the lowest, of the points or of the percentage of the printed total."""

    id: Id
    name: str
    tables: tuple[str, ...] = ()
    """The criteria tables it grades; empty: all."""
    of: Literal["points", "percent"] = "points"
    grades: tuple[Grade, ...]
    effects: tuple[GradeEffect, ...] = ()


class Exemption(Part):
    """Units named with a number of their own."""

    units: tuple[str, ...]
    number: Annotated[int, Field(ge=0)]


class Quota(Rule):
    """How many may be proposed or honoured. A number, a `percent` of something, or a range.

    `subjects`: the kinds that are counted; several with `shared` are counted together (“01 tập thể hoặc cá nhân”).
    `percent` is of the `candidates`, the `units`, or of those with a grade (“grade:xuat_sac”), and is rounded down;
    where there are fewer than `small_below`, `small_number` is guaranteed. `ceiling_percent` is the exceptional most.
    """

    subjects: tuple[str, ...]
    shared: bool = False
    per: Literal["all", "unit", "cluster", "body"] = "all"
    number: Annotated[int, Field(ge=0)] | None = None
    at_least: Annotated[int, Field(ge=0)] | None = None
    at_most: Annotated[int, Field(ge=0)] | None = None
    percent: Decimal | None = None
    of: str = "candidates"
    small_below: Annotated[int, Field(ge=1)] | None = None
    small_number: Annotated[int, Field(ge=1)] | None = None
    ceiling_percent: Decimal | None = None
    exceptions: tuple[Exemption, ...] = ()
    beyond: Literal["warn", "refuse", "person"] = "warn"
    """What more candidates than places mean."""


class TieStep(Part):
    """By what equals are told apart: the total, a row or group (`code`), a fact, the priority marks."""

    by: Literal["total", "row", "fact", "priority"]
    code: str = ""
    lowest: bool = False
    """The lower number comes first."""


class TieBreak(Rule):
    """A chain of comparisons and where it ends: in a vote, in the authority's decision, or in no order at all."""

    chain: tuple[TieStep, ...] = ()
    ends_in: Literal["vote", "authority", "no_order"] = "no_order"


class Meeting(Rule):
    """A council's meeting: which share must be there (“2/3”), which share must agree, whether absent ones may write."""

    quorum: Annotated[str, Field(pattern=r"^\d+/\d+$")] | None = None
    approve_percent: Decimal | None = None
    written_opinions: bool = False


class DossierPart(Rule):
    """One paper of a dossier, who makes it, and the key of its form in the registry if the law prescribes one."""

    id: Id
    name: str
    by: str = ""
    form: str = ""
    if_any: bool = False
    """“Nếu có”."""
    attached_to: str = ""
    """The part that it accompanies."""
    made_of: Literal["", "registration", "scorecard"] = ""
    """What Khéo can print of what it knows."""


class Dossier(Rule):
    """What is handed in for a level: parts in order, how many copies, to whom."""

    parts: tuple[DossierPart, ...]
    copies: Annotated[int, Field(ge=1)] = 1
    copies_quote: Quote | None = None
    to: str = ""
    via: str = ""
    single_file: bool = False
    """One PDF through the document system."""
    confirmations: tuple[str, ...] = ()
    """Whose signature and seal the report needs."""
    confirmations_quote: Quote | None = None


class OutlinePoint(Part):
    """A heading that the achievement report must cover, in the document's words."""

    id: Id
    name: str


class Outline(Rule):
    """What the report must say."""

    points: tuple[OutlinePoint, ...]


class Award(Rule):
    """What is given and who signs it (a role)."""

    name: str
    signed_by: str = ""
    one_per_achievement: bool = False


class Priority(Rule):
    """What reviewers are told to look out for; no points, shown beside candidates that are equal."""

    id: Id
    name: str


class Level(Rule):
    """A level at which exemplars are honoured, with what is needed to be proposed for it. Conditions are all needed."""

    id: Id
    name: str
    passes: tuple[PassRule, ...] = ()
    decided_on: str = "self"
    """The score column that counts."""
    decided_on_interpretation: Interpretation | None = None
    quotas: tuple[Quota, ...] = ()
    tie_break: TieBreak | None = None
    meeting: Meeting | None = None
    dossier: Dossier | None = None
    outline: Outline | None = None
    awards: tuple[Award, ...] = ()
    priorities: tuple[Priority, ...] = ()
    spontaneous: bool = False
    """Honoured at any time, outside registration, quota and quarter (khen thưởng đột xuất)."""


class Target(Rule):
    """How many models each unit is to have in a year.

    `counts` are the registration's status keys that count (“new”, “replicated”); the others do not. `ambition` is the
    upper number of “từ 01 đến 02”: hoped for, no bound. Valid in the years `first_year` to `last_year`.
    """

    id: Id
    per: Literal["unit", "cluster", "all"] = "unit"
    unit_kinds: tuple[str, ...] = ()
    at_least: Annotated[int, Field(ge=0)]
    at_most: Annotated[int, Field(ge=0)] | None = None
    ambition: Annotated[int, Field(ge=0)] | None = None
    counts: tuple[str, ...] = ()
    first_year: int | None = None
    last_year: int | None = None
