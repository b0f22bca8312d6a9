"""When something falls due: date rules as documents word them, and the duties that have them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from zlib import crc32

from pydantic import BeforeValidator, Field

from bot.plan.part import Id, Part, Rule

MonthDay = Annotated[str, Field(pattern=r"^\d\d-\d\d$")]
YearMonth = Annotated[str, Field(pattern=r"^(\d{4}-)?\d\d$")]
Day = Annotated[str, Field(pattern=r"^(\d{4}-)?\d\d-\d\d$")]


class Annual(Part):
    """Each year: “trước ngày D” is `before` (strict, the last day is the one before), “chậm nhất ngày D” and
    “đến hết ngày D” are `by` (the day itself is the last). "MM-DD"; one of the two. `next_year`: a day of the year
    after the season's (“trước ngày 10/01 năm liền kề”).
    """

    kind: Literal["annual"] = "annual"
    before: MonthDay | None = None
    by: MonthDay | None = None
    next_year: bool = False


class Fixed(Part):
    """Once: `before` that day (strict) or `by` that day (inclusive), in the season of its year.

    `next_year`: the day belongs to the season of the year before it (the report of 2023, “trước ngày 10/01/2024”).
    """

    kind: Literal["fixed"] = "fixed"
    before: date | None = None
    by: date | None = None
    next_year: bool = False


class Window(Part):
    """From `first` to `last`, both included: "MM-DD" each year, or "YYYY-MM-DD" once, in the season of `first`.

    A `last` that lies before `first` in the year is of the next one (15/12 to 10/01). `next_year`: both are.
    """

    kind: Literal["window"] = "window"
    first: Day
    last: Day
    next_year: bool = False


class InQuarter(Part):
    """“Quý III”: from the quarter's first day to its last, each year."""

    kind: Literal["quarter"] = "quarter"
    quarter: Annotated[int, Field(ge=1, le=4)]
    next_year: bool = False


class InMonth(Part):
    """In that month: once ("YYYY-MM") or each year ("MM")."""

    kind: Literal["month"] = "month"
    month: YearMonth


class Every(Part):
    """Each month, quarter, half-year or year; with the day in the period's last month, or – as often – without any."""

    kind: Literal["every"] = "every"
    every: Literal["month", "quarter", "half_year", "year"]
    before_day: Annotated[int, Field(ge=1, le=31)] | None = None
    by_day: Annotated[int, Field(ge=1, le=31)] | None = None


class Unspecified(Part):
    """The document names no day: “Kế hoạch không quy định ngày”."""

    kind: Literal["unspecified"] = "unspecified"


class AtAnyTime(Part):
    """Whenever there is reason to: difficulties, unexpected merit."""

    kind: Literal["any_time"] = "any_time"


class ByReference(Part):
    """“Theo quy định”: the day stands in another document, `reference` in the plan's list."""

    kind: Literal["reference"] = "reference"
    reference: str


class Relative(Part):
    """Counted from an event or another milestone, `to`: `number` days, working days or months before or after it.

    "before": the last day lies that far ahead; "after": that far behind (“03 ngày làm việc kể từ ngày nhận”); "for": it
    goes on so long from the event's day (“niêm yết ít nhất 5 ngày”). The event's own day is not counted: day 1 is the
    next one. Of what takes several days, "before" counts from the first, "after" and "for" from the last.
    """

    kind: Literal["relative"] = "relative"
    number: Annotated[int, Field(ge=0, le=1000)]
    unit: Literal["days", "working_days", "months"] = "days"
    side: Literal["before", "after", "for"] = "before"
    to: str


DateRule = Annotated[
    Annual | Fixed | Window | InQuarter | InMonth | Every | Unspecified | AtAnyTime | ByReference | Relative,
    Field(discriminator="kind"),
]


class Occurrence(Rule):
    """Something that must have happened first (“sau khi có hướng dẫn”), or from which days are counted.

    `on` holds the day for each year in which it is known; a year that is missing has not seen it yet, as far as is known.
    """

    id: Id
    name: str
    on: dict[int, date] = Field(default_factory=dict)


class Notice(Rule):
    """A later paper that sets another date for one year: it overrides the rule, and is named as its source."""

    milestone: str
    year: int
    date: DateRule
    document: str


class Hop(Part):
    """One leg of a report's way: from whom, to whom, and by when if the document says so."""

    sender: str
    to: str
    date: DateRule = Unspecified()


class Exception_(Rule):
    """Another date for some kinds of unit (“ngành giáo dục: trước ngày 10/7”)."""

    unit_kinds: tuple[str, ...]
    date: DateRule


def _several(value: Any) -> Any:
    return (value,) if isinstance(value, str) and value else () if value == "" else value


Names = Annotated[tuple[str, ...], BeforeValidator(_several)]
"""One name or a list of them."""


class Milestone(Rule):
    """A duty, with or without a day.

    `owed_by`: "every_unit" – each unit hands it in; "invited_units" – every unit is asked once and its answer, even
    “none this year”, ends it; "live_exemplars" – only units with an exemplar for which an award is asked;
    "standing_office" – the office itself; "role" – whoever holds the function `role`, the bot only tells;
    "nobody" – a date to know, nothing to hand in. `settled_by` lists what ends the owing: "submission" (of `form`),
    "closing" (the unit says that its list is complete or that there is none), "paper" (a letter was received).
    """

    id: Id
    name: str
    date: DateRule
    owed_by: Literal["invited_units", "every_unit", "live_exemplars", "standing_office", "role", "nobody"] = "nobody"
    role: str = ""
    unit_kinds: tuple[str, ...] = ()
    """Only units of these kinds; empty: all."""
    settled_by: tuple[Literal["submission", "closing", "paper"], ...] = ()
    form: str = ""
    to: Names = ()
    """Who receives it."""
    via: str = ""
    """Through whose hands it goes (“qua Sở Nội vụ”); not a receiver."""
    hops: tuple[Hop, ...] = ()
    after: str = ""
    """An occurrence or another milestone that must come first; “plan-id/milestone” for one of another plan."""
    exceptions: tuple[Exception_, ...] = ()
    planned: bool = False
    """“Dự kiến”: the document itself calls the date provisional."""
    late: str = ""
    """What the document says of lateness; empty: it says nothing, and the standing office decides."""
    topic: str = ""
    """What people call it when they ask: registration, dossier, report, review, plan, publicity, inspection, guidance."""
    steps: tuple[int, ...] = (20, 10, 5, 2, 1, 0)
    """Reminders, in working days before the last working day."""
    overdue_steps: tuple[int, ...] = (1, 5)
    """Notices after it, in working days after the last working day."""
    series: str = ""
    """Of an occasion of a periodic duty: the id of that duty. Never written in a file."""
    period: str = ""
    """Of an occasion of a periodic duty: m01 … m12, q1 … q4, h1, h2. Never written in a file."""

    @property
    def word(self) -> str:
        """Stands for it in buttons, of which some are pressed after years: drawn from the id, whatever its place."""
        return f"m{crc32(self.id.encode())}"


PERIODS = {
    "month": tuple((f"m{n:02}", f"tháng {n:02}", n) for n in range(1, 13)),
    "quarter": (("q1", "quý I", 3), ("q2", "quý II", 6), ("q3", "quý III", 9), ("q4", "quý IV", 12)),
    "half_year": (("h1", "6 tháng đầu năm", 6), ("h2", "6 tháng cuối năm", 12)),
}
"""(key, name, last month) of the periods of a year; a whole year is no period but the season itself."""


def occasions(milestone: Milestone) -> tuple[Milestone, ...]:
    """The duty once for each of its periods, if it has a form or a day in each; otherwise itself."""
    rule = milestone.date
    if not isinstance(rule, Every) or rule.every == "year":
        return (milestone,)
    if not milestone.form and rule.before_day is None and rule.by_day is None:
        return (milestone,)
    return tuple(
        milestone.model_copy(
            update={
                "id": f"{milestone.id}_{key}",
                "name": f"{milestone.name}, {name}",
                "date": in_period(rule, key),
                "series": milestone.id,
                "period": key,
            }
        )
        for key, name, _ in PERIODS[rule.every]
    )


def in_period(rule: DateRule, period: str) -> DateRule:
    """What a periodic rule means in one period of the year, and a yearly one without any; every other is itself."""
    if not isinstance(rule, Every):
        return rule
    if rule.every == "year":
        return rule if period else _day_in(rule, 12)
    month = next((month for key, _, month in PERIODS[rule.every] if key == period), None)
    return rule if month is None else _day_in(rule, month)


def has_no_day(rule: DateRule) -> bool:
    """Whether the document leaves the day open, so that the office may set one itself."""
    if isinstance(rule, Every):
        return rule.before_day is None and rule.by_day is None
    return isinstance(rule, Unspecified | AtAnyTime | ByReference)


LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
"""How many days each month can have."""


def _day_in(rule: Every, month: int) -> DateRule:
    longest = LONGEST[month - 1]
    if rule.before_day is not None:
        # Before a day that the month does not have is before the next month begins; December has every day.
        if rule.before_day > longest:
            return Annual(before=f"{month + 1:02}-01")
        return Annual(before=f"{month:02}-{rule.before_day:02}")
    if rule.by_day is not None:
        return Annual(by=f"{month:02}-{min(rule.by_day, longest):02}")
    return Unspecified()
