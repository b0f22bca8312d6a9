"""Whether the parts of a plan fit together: ids that are unique, references that lead somewhere, dates that exist."""

from __future__ import annotations

import calendar
import re
from collections.abc import Hashable, Iterable
from datetime import date
from typing import Any

from bot.plan.finding import Finding, Lines, Place
from bot.plan.model import (
    SELF_SCORE,
    AnnualBefore,
    Condition,
    EachRow,
    Form,
    InMonth,
    Plan,
    Question,
)

CHOOSING = ("choice", "multi_choice")
NUMERIC = ("number", "money", "percent", "row")
ANY_YEAR = 2023
"""No leap year: a date that must exist every year exists in this one."""
_DAY = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")


def problems(plan: Plan, lines: Lines) -> list[Finding]:
    """Every error between the parts of the plan; the model has already seen each part by itself."""
    return _Look(plan, lines).findings


class _Look:
    def __init__(self, plan: Plan, lines: Lines) -> None:
        self.plan = plan
        self.lines = lines
        self.findings: list[Finding] = []
        self._document()
        self._ids()
        for index, form in enumerate(plan.forms):
            self._form(form, ("forms", index))
        self._milestones()
        self._criteria()
        self._levels()
        self._units()

    def _wrong(self, place: Place, text: str, remedy: str) -> None:
        self.findings.append(self.lines.finding(place, text, remedy))

    def _known(self, place: Place, name: str, among: Iterable[str], what: str) -> None:
        names = list(among)
        if name not in names:
            there = f"The plan has: {', '.join(names)}." if names else f"The plan has no {what} yet; add it."
            self._wrong(place, f"There is no {what} “{name}”.", there)

    def _once(self, place: Place, key: str, items: Iterable[tuple[Hashable, str]]) -> None:
        """`items` are what must be unique, and its name."""
        seen: set[Any] = set()
        for index, (identity, name) in enumerate(items):
            if not name.strip():
                self._wrong((*place, index, key), f"“{key}” is empty.", "Give it a name.")
            elif identity in seen:
                self._wrong((*place, index, key), f"“{name}” stands here twice.", "Give each its own.")
            seen.add(identity)

    def _document(self) -> None:
        for key, written in (("valid_from", self.plan.valid_from), ("valid_to", self.plan.valid_to)):
            if not (key == "valid_to" and not written) and not _is_day(written):
                self._wrong(
                    (key,), f"“{written}” is no date.", "Write YYYY, YYYY-MM or YYYY-MM-DD; leave valid_to out if open."
                )
        if self.plan.valid_to and self.plan.valid_to[:4] < self.plan.valid_from[:4]:
            self._wrong(("valid_to",), "The plan ends before it begins.", "Correct one of the two.")
        self._once(("years",), "", [(year, str(year)) for year in self.plan.years])

    def _ids(self) -> None:
        plan = self.plan
        self._once(("subjects",), "id", [(s.id, s.id) for s in plan.subjects])
        self._once(("fields",), "id", [(f.id, f.id) for f in plan.fields])
        self._once(("forms",), "id", [(f.id, f.id) for f in plan.forms])
        self._once(("criteria",), "subject", [(t.subject, t.subject) for t in plan.criteria])
        self._once(("milestones",), "id", [(m.id, m.id) for m in plan.milestones])
        self._once(("levels",), "id", [(level.id, level.id) for level in plan.levels])
        self._once(("units",), "code", [(u.code, u.code) for u in plan.units])
        # One function may pass from office to office, each with its own time.
        self._once(("roles",), "id", [((r.id, r.valid_from), r.id) for r in plan.roles])
        seen: set[str] = set()
        for at, field in enumerate(plan.fields):
            for number, topic in enumerate(field.topics):
                if topic.id in seen:
                    place = ("fields", at, "topics", number, "id")
                    self._wrong(place, f"“{topic.id}” stands in the plan twice.", "Give each topic its own id.")
                seen.add(topic.id)
        for at, form in enumerate(plan.forms):
            self._once(("forms", at, "questions"), "id", [(q.id, q.id) for q in form.questions])
            if form.id == SELF_SCORE:
                self._wrong(
                    ("forms", at, "id"),
                    f"“{SELF_SCORE}” is the form that is made of the criteria.",
                    "Give this form another id.",
                )
        for at, role in enumerate(plan.roles):
            self._period(("roles", at, "valid_to"), role.valid_from, role.valid_to)

    def _period(self, place: Place, first: date | None, last: date | None) -> None:
        if first and last and last < first:
            self._wrong(place, "The time ends before it begins.", "Correct one of the two days.")

    def _form(self, form: Form, place: Place) -> None:
        earlier: dict[str, Question] = {}
        for index, question in enumerate(form.questions):
            here = (*place, "questions", index)
            self._question(question, here)
            self._condition(question.when, (*here, "when"), earlier)
            for number, option in enumerate(question.options):
                self._condition(option.when, (*here, "options", number, "when"), earlier)
            earlier[question.id] = question

    def _question(self, question: Question, here: Place) -> None:
        if question.kind in CHOOSING:
            if not question.options:
                self._wrong((*here, "options"), f"“{question.id}” has nothing to choose.", "Add options.")
            self._once((*here, "options"), "key", [(o.key, o.key) for o in question.options])
        elif question.options:
            self._wrong(
                (*here, "options"),
                f"A question of kind {question.kind} has no options.",
                f"Remove them, or write one of: {', '.join(CHOOSING)}.",
            )
        if question.required_by:
            self._known((*here, "required_by"), question.required_by, (m.id for m in self.plan.milestones), "milestone")
            if question.required:
                self._wrong(
                    (*here, "required_by"),
                    "What is required at once cannot be left open until a milestone.",
                    "Add “required: false”.",
                )
        for key in ("minimum", "maximum", "step"):
            if getattr(question, key) is not None and question.kind not in NUMERIC:
                self._wrong((*here, key), f"A question of kind {question.kind} has no {key}.", "Remove it.")
        if question.minimum is not None and question.maximum is not None and question.minimum > question.maximum:
            self._wrong((*here, "minimum"), "The minimum is above the maximum.", "Correct one of the two.")
        if question.step is not None and question.step <= 0:
            self._wrong((*here, "step"), "A step must be above 0.", "Write a step such as 0.5.")
        if question.max_length is not None and question.max_length < 1:
            self._wrong((*here, "max_length"), "No answer is that short.", "Write at least 1, or leave it out.")

    def _condition(self, condition: Condition | None, place: Place, earlier: dict[str, Question]) -> None:
        if condition is None:
            return
        asked = earlier.get(condition.question)
        if asked is None:
            there = f"Earlier are: {', '.join(earlier)}." if earlier else "It is the first question."
            self._wrong((*place, "question"), f"There is no earlier question “{condition.question}”.", there)
            return
        if not condition.values:
            self._wrong((*place, "values"), "The condition never holds.", "Name at least one value.")
        if asked.kind in CHOOSING:
            keys = [option.key for option in asked.options]
            for value in condition.values:
                if value not in keys:
                    self._wrong(
                        (*place, "values"),
                        f"“{value}” cannot be chosen in “{asked.id}”.",
                        f"Its options are: {', '.join(keys)}.",
                    )

    def _milestones(self) -> None:
        for index, milestone in enumerate(self.plan.milestones):
            here: Place = ("milestones", index)
            rule = milestone.date
            if isinstance(rule, AnnualBefore) and not _is_day(f"{ANY_YEAR}-{rule.before}"):
                self._wrong(
                    (*here, "date", "before"),
                    f"“{rule.before}” is no day of every year.",
                    "Write MM-DD, such as 02-15.",
                )
            if isinstance(rule, InMonth) and not _is_day(rule.month):
                self._wrong((*here, "date", "month"), f"“{rule.month}” is no month.", "Write YYYY-MM, such as 2026-09.")
            if milestone.form:
                known = [form.id for form in self.plan.forms] + ([SELF_SCORE] if self.plan.criteria else [])
                self._known((*here, "form"), milestone.form, known, "form")
            elif "submission" in milestone.settled_by:
                self._wrong(
                    (*here, "settled_by"), "What is to be submitted is not said.", "Add “form: …”, or take it out."
                )
            for key in ("steps", "overdue_steps"):
                if any(step < 0 for step in getattr(milestone, key)):
                    self._wrong(
                        (*here, key), "A reminder cannot lie a negative number of days off.", "Write 0 or more."
                    )

    def _criteria(self) -> None:
        for index, table in enumerate(self.plan.criteria):
            here: Place = ("criteria", index)
            self._known((*here, "subject"), table.subject, (s.id for s in self.plan.subjects), "subject")
            self._once((*here, "rows"), "code", [(row.code, row.code) for row in table.rows])
            if not table.rows:
                self._wrong((*here, "rows"), "The table has no rows.", "Add its rows, or remove the table.")
            if table.step <= 0:
                self._wrong((*here, "step"), "A step must be above 0.", "Write a step such as 0.5.")
            for number, row in enumerate(table.rows):
                if row.max <= 0:
                    self._wrong((*here, "rows", number, "max"), "A row must have points.", "Write the printed points.")
                elif table.step > 0 and row.max % table.step:
                    self._wrong(
                        (*here, "rows", number, "max"),
                        f"{row.max} cannot be reached in steps of {table.step}.",
                        "Choose a step that divides it.",
                    )
                if row.evidence.min_items < 0:
                    place = (*here, "rows", number, "evidence", "min_items")
                    self._wrong(place, "There cannot be less than no evidence.", "Write 0 or more.")

    def _levels(self) -> None:
        subjects = [subject.id for subject in self.plan.subjects]
        for index, level in enumerate(self.plan.levels):
            for subject, number in level.quota.items():
                self._known(("levels", index, "quota", subject), subject, subjects, "subject")
                if number < 0:
                    self._wrong(("levels", index, "quota", subject), "A quota cannot be negative.", "Write 0 or more.")
            for number, rule in enumerate(level.passes):
                if isinstance(rule, EachRow) and not 0 <= rule.percent <= 100:
                    place = ("levels", index, "passes", number, "percent")
                    self._wrong(place, f"{rule.percent} is no share of 100.", "Write a number from 0 to 100.")

    def _units(self) -> None:
        parents = {unit.code: unit.parent for unit in self.plan.units}
        for index, unit in enumerate(self.plan.units):
            place = ("units", index, "parent")
            if unit.parent:
                self._known(place, unit.parent, parents, "unit")
            above, up = {unit.code}, unit.parent
            while up and up not in above:
                above.add(up)
                up = parents.get(up, "")
            if up == unit.code:
                self._wrong(place, "The unit stands above itself.", "Correct the parents.")
            self._period(("units", index, "valid_to"), unit.valid_from, unit.valid_to)


def _is_day(written: str) -> bool:
    read = _DAY.fullmatch(written)
    if not read or not written.isascii():
        return False
    year, month, day = (int(part or 1) for part in read.groups())
    return year >= 1 and _exists(year, month, day)


def _exists(year: int, month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]
