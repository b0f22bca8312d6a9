"""The words of a plan: what a document of the movement fixes, each rule beside its quotation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import Field

from bot.plan.criteria import CriteriaTable
from bot.plan.dates import Milestone, Notice, Occurrence, occasions
from bot.plan.levels import Fact, GradeScale, Level, Registered, Target
from bot.plan.part import Id, Part, Rule
from bot.plan.questions import Form

SELF_SCORE = "self_score"
"""The form that no plan declares: it is made of the scoring table of the exemplar's subject kind."""

STANDING_ROLE = "thuong_truc"
"""The role in whose name the bot speaks."""


class Topic(Part):
    """A topic of a field, in the words of the document."""

    id: str
    name: str


StandardField = Literal["economy", "culture_society", "defence_security", "political_system", "other"]


class FieldOfWork(Rule):
    """A *lĩnh vực*: one of the plan's fields with its topics, and the one of the usual four to which it belongs."""

    id: str
    name: str
    topics: tuple[Topic, ...] = ()
    standard: StandardField | None = None
    emphasis: bool = False
    """The document's purpose names this one above the others."""


class SubjectKind(Rule):
    """Who can be an exemplar: *tập thể*, *cá nhân* …; `from_units` limits it to units of these kinds."""

    id: str
    name: str
    from_units: tuple[str, ...] = ()
    who: str = ""
    """Who is meant, in the document's words (“đảng viên, công chức … đang làm việc tại Sở”)."""


class Standard(Rule):
    """A paragraph of standards for a kind of subject: a text, no points."""

    id: Id
    subject: str
    text: str


class Role(Rule):
    """A function in the plan (thường trực, thẩm định …) and the office, or person, that holds it between two dates.

    The same id may stand several times, one after the other in time: that is how a successor is named, once a document
    has named it. `over` says for which units a person answers (“Ủy viên … phụ trách xã”).
    """

    id: Id
    name: str
    office: str
    valid_from: date | None = None
    valid_to: date | None = None
    person: bool = False
    """A duty of persons, each over the units assigned to them."""
    over: Literal["", "units", "clusters"] = ""


class Separation(Rule):
    """Functions that may not meet in one hand: nobody appraises their own unit; two roles; a check by other agencies."""

    kind: Literal["own_unit", "roles", "negative_list"]
    roles: tuple[str, ...] = ()


class UnitKind(Part):
    """A kind of unit that takes part: xã, phòng, đoàn thể, lực lượng vũ trang, doanh nghiệp …"""

    id: Id
    name: str


class UnitSeed(Part):
    """A unit that takes part, as the plan's own territory knew it. Code and kind are as long as the database takes."""

    code: Annotated[str, Field(max_length=64)]
    name: str
    kind: Annotated[str, Field(max_length=32)]
    parent: str = ""
    short: str = ""
    aliases: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None


class Cluster(Rule):
    """A cụm or khối thi đua: units that are compared with one another, and the role that looks after them."""

    id: Id
    name: str
    members: tuple[str, ...]
    ranked: bool = False
    overseer: str = ""


class Erratum(Part):
    """A correction laid over the printed text, which itself is never changed.

    `path` names the value, e.g. "criteria.tap_the.02.text".
    """

    path: str
    old: str
    new: str
    why: str
    who: str
    when: date
    evidence: str = ""


class Reference(Rule):
    """Another document that this one names: what it is based on, what it leaves to it, what it obeys."""

    id: Id
    document: str
    """As printed: “Chỉ thị số 33/CT-TTg ngày 26/11/2021”."""
    about: str = ""
    relation: Literal["basis", "parent", "criteria", "dates", "scoring", "mentioned"] = "mentioned"
    known: bool = False
    """Whether its text lies before us; if not, what it says cannot be told."""


class Amendment(Rule):
    """A later version of the document: from when, by which paper, and whether running dossiers keep the old one."""

    version: str
    effective: date
    document: str
    running: Literal["keep", "move"] = "keep"
    transition: str = ""
    """The transition clause, word for word."""


class Delegation(Rule):
    """Criteria that the document does not contain but leaves to another paper."""

    to: str
    reference: str = ""


class PlanText(Rule):
    """A passage without a date, a number or a paper to hand in: searchable, and perhaps a topic for a model."""

    id: Id
    name: str
    who: str = ""
    topic: bool = False


class Privacy(Part):
    """What the office lays down, beside the document, for the personal data of this plan's seasons."""

    strip_photo_metadata: bool = True
    """Photos are shown and sent out without place, time and camera; the original stays as it was sent, as evidence."""
    keep_years: Annotated[int, Field(ge=1, le=100)] | None = None
    """Full years after the season's own, after which `kheo privacy retention` may remove it; none: it is never removed."""


class Document(Part):
    """The paper itself. Number, day and signer may be blank, as they are on some papers."""

    kind: str
    """The kind of document as printed: “Kế hoạch”, “Chương trình hành động”."""
    title: str
    issuer: str
    superior: str = ""
    """The body above the issuer, as it stands at the head of its papers."""
    place: str = ""
    """Where its papers are dated: “Vạn Ninh”."""
    number: str = ""
    dated: str = ""
    """The date as far as the paper gives it, e.g. “tháng 12 năm 2023”."""
    signer: str = ""
    signed_as: str = ""
    """In which capacity, as printed: “KT. CHỦ TỊCH - PHÓ CHỦ TỊCH”."""
    level: str = ""
    system: Literal["state", "party", "front"] = "state"
    recipients: tuple[str, ...] = ()
    """“Nơi nhận”, line by line."""


class Plan(Part):
    """One plan file, whole."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,32}$")]
    name: str
    """A short name for answers, e.g. “Dân vận khéo huyện Vạn Ninh”."""
    aliases: tuple[str, ...] = ()
    """What else people call it: “kế hoạch tỉnh”, “KH 40”."""
    document: Document
    valid_from: str
    valid_to: str = ""
    recurrence: Literal["annual", "none"] = "annual"
    """"none": bound to its years; another year needs a clone of its own, never a roll-over."""
    years: tuple[int, ...] = ()
    """The years for which a season can be opened."""
    parent: str = ""
    """The id of the plan under which this one stands; it may add to it and may not ask for less."""
    replaces: tuple[str, ...] = ()
    """Documents that end with this one."""
    references: tuple[Reference, ...] = ()
    amendments: tuple[Amendment, ...] = ()
    subjects: tuple[SubjectKind, ...]
    fields: tuple[FieldOfWork, ...]
    standards: tuple[Standard, ...] = ()
    roles: tuple[Role, ...] = ()
    separations: tuple[Separation, ...] = ()
    unit_kinds: tuple[UnitKind, ...] = ()
    forms: tuple[Form, ...] = ()
    criteria: tuple[CriteriaTable, ...] = ()
    criteria_elsewhere: Delegation | None = None
    facts: tuple[Fact, ...] = ()
    grades: tuple[GradeScale, ...] = ()
    occurrences: tuple[Occurrence, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    notices: tuple[Notice, ...] = ()
    targets: tuple[Target, ...] = ()
    levels: tuple[Level, ...] = ()
    texts: tuple[PlanText, ...] = ()
    errata: tuple[Erratum, ...] = ()
    clusters: tuple[Cluster, ...] = ()
    units: tuple[UnitSeed, ...] = ()
    privacy: Privacy = Privacy()
    participants: tuple[str, ...] = ()
    """Codes of units that other plans describe and that take part here too."""
    version: str = ""
    """SHA-256 of the file, first 12 hex digits; filled by the loader."""

    @cached_property
    def occasions(self) -> tuple[Milestone, ...]:
        """The milestones, a periodic one once for each of its periods."""
        return tuple(one for milestone in self.milestones for one in occasions(milestone))

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with some values changed; what was worked out from the old ones is worked out anew."""
        made = super().model_copy(update=update, deep=deep)
        made.__dict__.pop("occasions", None)
        return made

    def occasion(self, id: str) -> Milestone:
        """The occasion with that id; KeyError if there is none."""
        for occasion in self.occasions:
            if occasion.id == id:
                return occasion
        raise KeyError(id)

    def standing_office(self, on: date) -> str:
        """Who holds the function “thường trực” on that day; empty when nobody does (any more)."""
        return self.holder(STANDING_ROLE, on)

    def holder(self, role: str, on: date) -> str:
        """Who holds the function on that day; empty when nobody does (any more)."""
        holding = (
            one.office
            for one in self.roles
            if one.id == role
            and (one.valid_from is None or one.valid_from <= on)
            and (one.valid_to is None or on <= one.valid_to)
        )
        return next(holding, "")

    @property
    def registration(self) -> Form | None:
        """The form that enters an exemplar; None where the plan has no registration."""
        return next((form for form in self.forms if form.purpose == "registration"), None)

    @property
    def registered_first(self) -> Registered | None:
        """The rule by which only what was registered in the year can be proposed; None if no level has it."""
        rules = (rule for level in self.levels for rule in level.passes)
        return next((rule for rule in rules if isinstance(rule, Registered)), None)

    def form(self, id: str) -> Form:
        """The form with that id; KeyError if there is none."""
        for form in self.forms:
            if form.id == id:
                return form
        raise KeyError(id)

    def table(self, subject: str, unit_kind: str = "") -> CriteriaTable:
        """The scoring table for a kind of subject in units of that kind; KeyError if there is none.

        Where levels have tables of their own, the one of no level, else the lowest level's (they are in order).
        """
        found = [
            t for t in self.criteria if t.subject == subject and (not t.for_kinds or unit_kind in ("", *t.for_kinds))
        ]
        for table in sorted(found, key=lambda table: bool(table.level)):
            return table
        raise KeyError(subject)

    def milestone(self, id: str) -> Milestone:
        """The milestone with that id, as written; KeyError if there is none."""
        for milestone in self.milestones:
            if milestone.id == id:
                return milestone
        raise KeyError(id)

    def reference(self, id: str) -> Reference:
        """The document named under that id; KeyError if there is none."""
        for reference in self.references:
            if reference.id == id:
                return reference
        raise KeyError(id)

    def field(self, id: str) -> FieldOfWork:
        """The field with that id; KeyError if there is none."""
        for field in self.fields:
            if field.id == id:
                return field
        raise KeyError(id)

    def called(self, subject: str) -> str:
        """The name of that kind of subject; its id where an exemplar has a kind that this version no longer knows."""
        return next((kind.name for kind in self.subjects if kind.id == subject), subject)

    def subject(self, id: str) -> SubjectKind:
        """The subject kind with that id; KeyError if there is none."""
        for subject in self.subjects:
            if subject.id == id:
                return subject
        raise KeyError(id)
