"""The words of a plan: what a document of the movement fixes, each rule beside its quotation."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

SELF_SCORE = "self_score"
"""The form that no plan declares: it is made of the scoring table of the exemplar's subject kind."""


class Part(BaseModel):
    """A piece of a plan. Unknown keys are refused and nothing changes after loading."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Quote(Part):
    """The verbatim words of the document (typos and all) and the place where they stand."""

    text: str
    at: str


class Interpretation(Part):
    """How an open wording is read, by whom and why; shown whenever the rule is explained."""

    reading: str
    why: str
    by: str


class Rule(Part):
    """What every rule of a plan carries: its quotation and, where the wording is open, the reading of it."""

    quote: Quote | None = None
    interpretation: Interpretation | None = None


class Condition(Part):
    """Holds when the answer to `question` is one of `values`."""

    question: str
    values: tuple[str, ...]


class Option(Part):
    """One thing to choose: `key` is stored, `label` is read; `when` limits it to some earlier answer."""

    key: str
    label: str
    when: Condition | None = None


Kind = Literal[
    "text",
    "long_text",
    "choice",
    "multi_choice",
    "number",
    "money",
    "percent",
    "date",
    "month",
    "yes_no",
    "phone",
    "person",
    "unit",
    "files",
    "row",
]


class Question(Rule):
    """One question of a form.

    `kind` says what is read: `number`, `percent`, `row` give a Decimal (`row` is a criterion with points from 0 to
    `maximum` in `step`s), `money` whole đồng as a Decimal, `date` a date, `month` "YYYY-MM", `yes_no` a bool, `choice`
    an option's key, `multi_choice` a tuple of keys, `files` evidence (texts, links, photos, documents), the others
    text.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9_.]{1,24}$")]
    kind: Kind
    ask: str
    short: str = ""
    """The name of the answer in summaries, e.g. “Thời gian triển khai”."""
    hint: str = ""
    required: bool = True
    """A question that is not required can be skipped."""
    required_by: str = ""
    """The milestone before which an answer left open must be given (R-C03); empty: never."""
    options: tuple[Option, ...] = ()
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    step: Decimal | None = None
    max_length: int | None = None
    """Longest accepted text in characters; None: as long as one likes."""
    when: Condition | None = None
    code: str = ""
    """For `row`: the criterion's code as printed ("01"); for `files`: the row that they prove."""


class Form(Part):
    """Questions in order."""

    id: str
    title: str
    questions: tuple[Question, ...]

    def question(self, id: str) -> Question:
        """The question with that id; KeyError if there is none."""
        for question in self.questions:
            if question.id == id:
                return question
        raise KeyError(id)


class Topic(Part):
    """A topic of a field, in the words of the document."""

    id: str
    name: str


class FieldOfWork(Rule):
    """A *lĩnh vực*: one of the plan's fields with its topics."""

    id: str
    name: str
    topics: tuple[Topic, ...] = ()


class SubjectKind(Part):
    """Who can be an exemplar: *tập thể*, *cá nhân*."""

    id: str
    name: str


STANDING_ROLE = "thuong_truc"
"""The role in whose name the bot speaks."""


class Role(Rule):
    """A function in the plan (thường trực, thẩm định …) and the office that holds it between two dates."""

    id: str
    name: str
    office: str
    valid_from: date | None = None
    valid_to: date | None = None


class AnnualBefore(Part):
    """“trước ngày D” each year: strict, the last day is the one before `before` ("MM-DD")."""

    kind: Literal["annual"] = "annual"
    before: Annotated[str, Field(pattern=r"^\d\d-\d\d$")]


class InQuarter(Part):
    """“Quý III”: from the quarter's first day to its last, each year."""

    kind: Literal["quarter"] = "quarter"
    quarter: Annotated[int, Field(ge=1, le=4)]


class InMonth(Part):
    """“tháng 9 năm 2026”: once, in that month ("YYYY-MM")."""

    kind: Literal["month"] = "month"
    month: Annotated[str, Field(pattern=r"^\d{4}-\d\d$")]


DateRule = Annotated[AnnualBefore | InQuarter | InMonth, Field(discriminator="kind")]


class Milestone(Rule):
    """Something that falls due.

    `owed_by`: "invited_units" – every unit is asked once and its answer, even “none this year”, ends it;
    "standing_office" – the office itself; "live_exemplars" – only units with an exemplar for which an award is asked;
    "nobody" – a date to know, nothing to hand in. `settled_by` lists what ends the owing: "submission" (of `form`),
    "closing" (the unit says that its list is complete or that there is none), "paper" (a letter was received).
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,24}$")]
    name: str
    date: DateRule
    owed_by: Literal["invited_units", "standing_office", "live_exemplars", "nobody"] = "nobody"
    settled_by: tuple[Literal["submission", "closing", "paper"], ...] = ()
    form: str = ""
    to: str = ""
    via: str = ""
    late: str = ""
    """What the document says of lateness; empty: it says nothing, and the standing office decides."""
    steps: tuple[int, ...] = (20, 10, 5, 2, 1, 0)
    """Reminders, in working days before the last working day."""
    overdue_steps: tuple[int, ...] = (1, 5)
    """Notices after it, in working days after the last working day."""


class EvidenceHint(Part):
    """What the table asks to be shown, word for word."""

    hint: str
    min_items: int = 1


class Criterion(Part):
    """A row of a table, word for word: code, text, highest points, evidence asked for."""

    code: str
    text: str
    max: Decimal
    evidence: EvidenceHint


class CriteriaTable(Rule):
    """A scoring table for one kind of subject; points go in steps of `step`, and `total` is the printed sum."""

    subject: str
    title: str
    step: Decimal
    step_interpretation: Interpretation | None = None
    total: Decimal
    rows: tuple[Criterion, ...]

    def row(self, code: str) -> Criterion:
        """The row with that code; KeyError if there is none."""
        for row in self.rows:
            if row.code == code:
                return row
        raise KeyError(code)


class EachRow(Rule):
    """Every row needs at least `percent` % of its highest points."""

    kind: Literal["each_row"] = "each_row"
    percent: Decimal


class TotalAtLeast(Rule):
    """The sum needs at least `points`."""

    kind: Literal["total"] = "total"
    points: Decimal


class EvidenceEachRow(Rule):
    """Every row needs its evidence."""

    kind: Literal["evidence"] = "evidence"


PassRule = Annotated[EachRow | TotalAtLeast | EvidenceEachRow, Field(discriminator="kind")]


class Level(Rule):
    """A level at which exemplars are honoured, with what is needed to be proposed for it. Conditions are all needed."""

    id: str
    name: str
    passes: tuple[PassRule, ...] = ()
    decided_on: Literal["self", "appraised"] = "self"
    decided_on_interpretation: Interpretation | None = None
    quota: dict[str, int] = {}
    """How many of each subject kind the document names; a warning, never a bar."""
    quota_quote: Quote | None = None


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


class UnitSeed(Part):
    """A unit that takes part, as the plan's own territory knew it."""

    code: str
    name: str
    kind: str
    parent: str = ""
    short: str = ""
    aliases: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None


class Document(Part):
    """The paper itself. Number, day and signer may be blank, as they are on some papers."""

    kind: str
    """The kind of document as printed: “Kế hoạch”, “Chương trình hành động”."""
    title: str
    issuer: str
    number: str = ""
    dated: str = ""
    """The date as far as the paper gives it, e.g. “tháng 12 năm 2023”."""
    signer: str = ""
    level: str = ""
    system: Literal["state", "party", "front"] = "state"


class Plan(Part):
    """One plan file, whole."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,32}$")]
    name: str
    """A short name for answers, e.g. “Dân vận khéo huyện Vạn Ninh”."""
    document: Document
    valid_from: str
    valid_to: str = ""
    recurrence: Literal["annual", "none"] = "annual"
    years: tuple[int, ...] = ()
    """The years for which a season can be opened."""
    subjects: tuple[SubjectKind, ...]
    fields: tuple[FieldOfWork, ...]
    roles: tuple[Role, ...] = ()
    forms: tuple[Form, ...] = ()
    criteria: tuple[CriteriaTable, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    levels: tuple[Level, ...] = ()
    errata: tuple[Erratum, ...] = ()
    units: tuple[UnitSeed, ...] = ()
    version: str = ""
    """SHA-256 of the file, first 12 hex digits; filled by the loader."""

    def standing_office(self, on: date) -> str:
        """Who holds the function “thường trực” on that day; empty when nobody does (any more)."""
        holding = (
            role.office
            for role in self.roles
            if role.id == STANDING_ROLE
            and (role.valid_from is None or role.valid_from <= on)
            and (role.valid_to is None or on <= role.valid_to)
        )
        return next(holding, "")

    def form(self, id: str) -> Form:
        """The form with that id; KeyError if there is none."""
        for form in self.forms:
            if form.id == id:
                return form
        raise KeyError(id)

    def table(self, subject: str) -> CriteriaTable:
        """The scoring table for a kind of subject; KeyError if there is none."""
        for table in self.criteria:
            if table.subject == subject:
                return table
        raise KeyError(subject)

    def milestone(self, id: str) -> Milestone:
        """The milestone with that id; KeyError if there is none."""
        for milestone in self.milestones:
            if milestone.id == id:
                return milestone
        raise KeyError(id)

    def field(self, id: str) -> FieldOfWork:
        """The field with that id; KeyError if there is none."""
        for field in self.fields:
            if field.id == id:
                return field
        raise KeyError(id)

    def subject(self, id: str) -> SubjectKind:
        """The subject kind with that id; KeyError if there is none."""
        for subject in self.subjects:
            if subject.id == id:
                return subject
        raise KeyError(id)
