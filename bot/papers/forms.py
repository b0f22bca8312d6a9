"""Forms on paper: a registration or a report with its answers, and the same form blank for a unit that prefers paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.forms.answers import Answer
from bot.forms.engine import applicable, current
from bot.papers.sheet import Sheet, system_of
from bot.papers.wording import UNKNOWN, Handed, Issuer, answer_of, clean, label
from bot.plan.model import Plan
from bot.plan.questions import Confirmation, Form, PaperLayout, Question, Signature
from bot.vietnamese import fold

LONG_LINES = 4
"""Dotted lines for a long answer on a blank form."""
SHORT_ANSWER = 60
"""Characters up to which the answer to a report's question may stand in its heading's line."""


def registration(
    plan: Plan, form: Form, answers: Mapping[str, Answer], issuer: Issuer, handed: Handed, to: Sequence[str] = ()
) -> bytes:
    """The registration as it was handed in: the printed questions in order, “……” where nothing was said.

    `to` is who receives it where the form's own layout says nothing.
    """
    layout = _layout(form)
    sheet = Sheet(system_of(issuer, plan.document.system), layout.title)
    sheet.head(issuer, handed.at.year)
    sheet.title(layout.title, layout.subtitle)
    sheet.addressed(layout.addressed_to or to)
    counting = current(form, answers)
    applying = {question.id for question in applicable(form, answers)}
    shown = [question for question in on_paper(form) if question.id in applying]
    for place, question in enumerate(shown, start=1):
        sheet.entry(f"{place}. {label(question)}", answer_of(question, counting) or UNKNOWN)
    _sign(sheet, form, layout, copies=False)
    sheet.foot(handed)
    return sheet.save()


def blank(plan: Plan, form: Form, issuer: Issuer, year: int, to: Sequence[str] = ()) -> bytes:
    """The empty form, with dotted lines and boxes to tick."""
    layout = _layout(form)
    sheet = Sheet(system_of(issuer, plan.document.system), layout.title)
    sheet.head(issuer, year, draft=False)
    sheet.title(layout.title, layout.subtitle)
    sheet.addressed(layout.addressed_to or to)
    for place, question in enumerate(on_paper(form), start=1):
        name = f"{place}. {label(question)}"
        match question.kind:
            case "choice" | "multi_choice":
                sheet.boxes(name, [option.label for option in question.options])
            case "yes_no":
                sheet.boxes(name, ["Có", "Không"])
            case "long_text" | "files":
                sheet.dotted(name, LONG_LINES)
            case "text":
                sheet.dotted(name, 2)
            case _:
                sheet.dotted(name)
    _sign(sheet, form, layout, copies=False)
    sheet.foot(None)
    return sheet.save()


def report(
    plan: Plan,
    form: Form,
    answers: Mapping[str, Answer],
    issuer: Issuer,
    handed: Handed,
    *,
    to: Sequence[str] = (),
    via: str = "",
    period: str = "",
) -> bytes:
    """A report: each question a heading, the answer below it; `period` is the occasion for which it was handed in."""
    layout = _layout(form)
    sheet = Sheet(system_of(issuer, plan.document.system), layout.title)
    sheet.head(issuer, handed.at.year)
    subtitle = layout.subtitle or (period if fold(period) != fold(layout.title) else "")
    sheet.title(layout.title, subtitle)
    sheet.addressed(layout.addressed_to or to, via)
    counting = current(form, answers)
    applying = {question.id for question in applicable(form, answers)}
    for place, question in enumerate((q for q in on_paper(form) if q.id in applying), start=1):
        said = answer_of(question, counting) or UNKNOWN
        if len(said) <= SHORT_ANSWER and "\n" not in said and question.kind not in ("long_text", "files"):
            sheet.entry(f"{place}. {label(question)}", said)
            continue
        sheet.heading(f"{place}. {label(question)}")
        sheet.text(said)
    _sign(sheet, form, layout, copies=True)
    sheet.foot(handed)
    return sheet.save()


def on_paper(form: Form) -> tuple[Question, ...]:
    """The questions that the document itself prints; where it prints no form at all, every one."""
    return tuple(question for question in form.questions if question.printed) or form.questions


def _layout(form: Form) -> PaperLayout:
    return form.paper or PaperLayout(title=clean(form.title))


def _sign(sheet: Sheet, form: Form, layout: PaperLayout, *, copies: bool) -> None:
    sheet.signed(layout.signatures, _confirming(form.confirmations, layout.signatures), copies=copies)


def _confirming(confirmations: Sequence[Confirmation], signatures: Sequence[Signature]) -> list[tuple[str, ...]]:
    """Who confirms, in order, less those for whom the layout has a place already."""
    placed = [fold(signature.who) for signature in signatures]
    return [
        one.any_of
        for one in sorted(confirmations, key=lambda one: one.order)
        if not any(fold(name) in who for name in one.any_of for who in placed)
    ]
