"""Dates, offices and forms of a plan that are past, or that nothing gives a year."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta

from bot.plan.dates import Annual, DateRule, Every, Fixed, InMonth, InQuarter, Milestone, Window
from bot.plan.finding import Finding, Lines, Place
from bot.plan.levels import DossierPart
from bot.plan.model import Plan
from bot.plan.registry import FormRegistry, FormVersion, Registry

ONE_DAY = timedelta(days=1)
FAR = date.max
"""The end of a plan that names none."""
_ACT = re.compile(r"\d+/\d{4}")
_CODE = re.compile(r"mẫu\D{0,15}?(\d+)", re.IGNORECASE)


def findings(plan: Plan, lines: Lines, registry: Registry, today: date | None) -> Iterator[Finding]:
    """Milestones, then offices, then forms."""
    for index, milestone in enumerate(plan.milestones):
        yield from _milestone(plan, milestone, ("milestones", index), lines, today)
    yield from _offices(plan, lines, registry)
    for index, level in enumerate(plan.levels):
        for number, part in enumerate(level.dossier.parts if level.dossier else ()):
            yield from _form(plan, part, ("levels", index, "dossier", "parts", number), lines, registry.forms)


def _milestone(plan: Plan, milestone: Milestone, here: Place, lines: Lines, today: date | None) -> Iterator[Finding]:
    rule = milestone.date
    year = _own_year(rule)
    if year is not None and plan.years and year not in plan.years:
        yield lines.finding(
            (*here, "date"),
            f"{year} is no year for which a season can be opened.",
            "Add the year to “years”, or correct the date.",
            "warning",
        )
    if plan.recurrence == "none" and not plan.years and _yearly(rule):
        yield lines.finding(
            (*here, "date"),
            "The date has no year: the plan does not come again, and names no years.",
            "Add “years”, or “recurrence: annual” if the document says so.",
            "warning",
        )
    last = _last_month(plan, milestone)
    if today is not None and last is not None and last < f"{today:%Y-%m}":
        yield lines.finding(
            (*here, "date"),
            f"The date lies in the past ({last}) and does not come again.",
            "Make a new plan file for the new year if the duty goes on.",
            "warning",
        )


def _own_year(rule: DateRule) -> int | None:
    """The season of a date that names its year itself."""
    if isinstance(rule, Fixed):
        day = rule.before or rule.by
        return day.year if day else None
    if isinstance(rule, InMonth) and len(rule.month) > len("MM"):
        return int(rule.month[:4])
    return int(rule.first[:4]) if isinstance(rule, Window) and len(rule.first) > len("MM-DD") else None


def _yearly(rule: DateRule) -> bool:
    if isinstance(rule, Every):
        return rule.before_day is not None or rule.by_day is not None
    return isinstance(rule, Annual | InQuarter | InMonth | Window) and _own_year(rule) is None


def _last_month(plan: Plan, milestone: Milestone) -> str | None:
    """The last month ("YYYY-MM") in which it falls due; None if it comes again each year, or in years not named."""
    rule = milestone.date
    if isinstance(rule, Fixed):
        day = rule.before or rule.by
        return f"{day - ONE_DAY if rule.before else day:%Y-%m}" if day else None
    if isinstance(rule, Window) and _own_year(rule) is not None:
        return rule.last[:7]
    if isinstance(rule, InMonth) and _own_year(rule) is not None:
        return rule.month
    if plan.recurrence == "annual" or not plan.years:
        return None
    year = max(plan.years) + (getattr(rule, "next_year", False) is True)
    if isinstance(rule, Annual):
        return f"{year}-{(rule.before or rule.by or '12')[:2]}"
    if isinstance(rule, Window):
        return f"{year}-{rule.last[:2]}"
    if isinstance(rule, InMonth):
        return f"{year}-{rule.month}"
    if isinstance(rule, Every) and _yearly(rule):
        return f"{year}-12"
    return f"{year}-{3 * rule.quarter:02}" if isinstance(rule, InQuarter) else None


def last_day(plan: Plan) -> date:
    """The day until which the plan asks something of anybody."""
    ends = [plan.valid_to] if plan.valid_to else []
    if plan.recurrence == "none" and plan.years:
        ends.append(str(max(plan.years)))
    return min((_end(written) for written in ends), default=FAR)


def _end(written: str) -> date:
    year, month, day = (int(part) for part in (written + "-00-00")[: len("YYYY-MM-DD")].split("-"))
    if not month:
        return date(year, 12, 31)
    if not day:
        return date(year, month, monthrange(year, month)[1])
    return date(year, month, day)


def first_day(plan: Plan) -> date:
    """The day from which the plan can ask something: of its validity, or of its first season."""
    year, month, day = (int(part) for part in (plan.valid_from + "-01-01")[: len("YYYY-MM-DD")].split("-"))
    begins = date(year, month, day)
    return max(begins, date(min(plan.years), 1, 1)) if plan.years else begins


def _offices(plan: Plan, lines: Lines, registry: Registry) -> Iterator[Finding]:
    """A body that ended while the plan goes on, and nobody has said until when it held the function."""
    end = last_day(plan)
    level = plan.document.level
    for at, role in enumerate(plan.roles):
        body = registry.bodies.ended(role.office, level)
        if body is None or body.last_day >= min(end, role.valid_to or FAR):
            continue
        followed = f"; after it came {body.followed_by}" if body.followed_by else ""
        yield lines.finding(
            ("roles", at, "office"),
            f"“{role.office}” ended on {body.last_day} ({body.source}){followed}.",
            f"Add “valid_to: {body.last_day}”, and a role of the same id for whoever a document names as successor.",
            "warning",
        )
    issuer = registry.bodies.ended(plan.document.issuer, level)
    # Where a function was let end with its body, somebody has thought of it.
    if issuer is not None and issuer.last_day < end and all(role.valid_to != issuer.last_day for role in plan.roles):
        yield lines.finding(
            ("document", "issuer"),
            f"“{plan.document.issuer}” ended on {issuer.last_day} ({issuer.source}), and the plan goes on.",
            "If a document continues the plan, clone it for the new issuer (kheo plan clone); else add “valid_to”.",
            "warning",
        )


def _form(plan: Plan, part: DossierPart, here: Place, lines: Lines, forms: FormRegistry) -> Iterator[Finding]:
    """Only where the document itself names an act or a number can that be out of force."""
    if not part.form:
        return
    words = f"{part.name} {part.quote.text if part.quote else ''}"
    named = _named(part, words, forms)
    if named is None or named.valid_to is None or named.valid_to >= last_day(plan):
        return
    now = forms.on(part.form, max(first_day(plan), named.valid_to + ONE_DAY))
    instead = "no act that the registry knows"
    if now is not None:
        instead = (
            f"{now.act}, form {now.code}" if now.code and now.sure else f"{now.act}, whose number is not known yet"
        )
    yield lines.finding(
        (*here, "form"),
        f"Form {named.code} of {named.act} was in force until {named.valid_to}; after it comes {instead}.",
        "Keep the printed words; look the number up and enter it in plans/registry/forms.yaml.",
        "warning",
    )


def _named(part: DossierPart, words: str, forms: FormRegistry) -> FormVersion | None:
    """The version that the words speak of: by its act, or – where no act is named – by its number."""
    versions = forms.form(part.form).versions
    acts = _ACT.findall(words)
    if acts:
        return next((one for one in versions if set(_ACT.findall(one.act)) & set(acts)), None)
    numbers = {int(number) for number in _CODE.findall(words)}
    return next((one for one in versions if one.code.isdigit() and int(one.code) in numbers), None)
