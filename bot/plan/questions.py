"""What a form asks: questions in order, declared by a plan and run by one engine."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from bot.plan.part import Part, Rule

NOT_APPLICABLE = "not_applicable"
"""What is stored for a row of criteria that does not apply to the unit."""


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
    """The name of the answer in summaries and on paper, e.g. “Thời gian triển khai”."""
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
    printed: bool = False
    """Whether the document itself asks for it, so that it stands on the printed form; else it is asked for the bot's sake."""
    not_among: tuple[str, ...] = ()
    """Names that the answer may not repeat, e.g. the entries of another movement's list."""
    code: str = ""
    """The criterion's code as printed ("01") that it scores; for `files`: the row that they prove."""
    may_not_apply: bool = False
    """Whether “không áp dụng” is an answer; only the form that is made of a scoring table sets it."""
    worth: Decimal | None = None
    """The most points that the criterion gives, where they are not what is asked for."""

    @property
    def scores(self) -> bool:
        """Whether a row of criteria is scored by the answer."""
        return bool(self.code) and self.kind != "files"


class Confirmation(Rule):
    """Who must confirm before it is sent, in this `order`; one of `any_of`, by where the candidate belongs."""

    any_of: tuple[str, ...]
    order: int = 1


class Signature(Part):
    """A place for a name at the foot of a paper: who, and what is written below (“Ký, ghi rõ họ tên”)."""

    who: str
    note: str = ""


class PaperLayout(Part):
    """How the filled-in form is printed: its title, to whom it is addressed, who signs."""

    title: str
    subtitle: str = ""
    addressed_to: tuple[str, ...] = ()
    signatures: tuple[Signature, ...] = ()


class ExemplarKeys(Part):
    """Which questions of a registration form carry what an exemplar is known by; one the form lacks counts as unsaid."""

    name: str = "name"
    subject: str = "subject"
    field: str = "field"
    award: str = "award"
    status: str = "status"
    """New, replicated, continuing, stopped: what targets count by."""
    source: str = "source"
    """The model that a replication copies."""
    votes_for: str = "vote_yes"
    """How many of the collective voted for it."""
    votes_cast: str = "vote_total"
    """How many voted."""
    continuing: str = "continuing"
    """The answer to `status` of a model that is carried over from an earlier year."""


class Form(Rule):
    """Questions in order.

    `purpose`: a "registration" enters an exemplar; a "report" and a "document" (a file such as the unit's own plan) are
    handed in for the milestone that names the form; "feedback" may be sent at any time.
    """

    id: str
    title: str
    purpose: Literal["registration", "report", "document", "feedback"] = "report"
    questions: tuple[Question, ...]
    exemplar: ExemplarKeys = ExemplarKeys()
    confirmations: tuple[Confirmation, ...] = ()
    paper: PaperLayout | None = None

    def question(self, id: str) -> Question:
        """The question with that id; KeyError if there is none."""
        for question in self.questions:
            if question.id == id:
                return question
        raise KeyError(id)

    def has(self, id: str) -> bool:
        """Whether it asks a question with that id."""
        return any(question.id == id for question in self.questions)
