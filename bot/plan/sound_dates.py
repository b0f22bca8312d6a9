"""Whether the duties of a plan can fall due: dates that exist, an order without circles, and someone who owes."""

from __future__ import annotations

import re
from datetime import date

from bot.plan.dates import (
    PERIODS,
    Annual,
    ByReference,
    DateRule,
    Every,
    Fixed,
    InMonth,
    Milestone,
    Relative,
    Window,
    occasions,
)
from bot.plan.finding import Place
from bot.plan.inspection import Inspection, exists, is_day
from bot.plan.model import SELF_SCORE

ANY_YEAR = 2023
"""No leap year: a date that must exist every year exists in this one."""
LONGEST_SERIES_ID = 20
"""The longest ending of an occasion, “_m12”, must fit into an id of 24 characters."""
FARTHEST_STEP = 250
"""Working days of a year: a reminder cannot lie farther off than its season is long."""
YEARS = (1945, 2200)
"""Older than the movement, and farther off than any plan looks."""
UNITS_OWE = ("invited_units", "every_unit", "live_exemplars")
_ELSEWHERE = re.compile(r"([a-z0-9-]{1,32})/([a-z0-9_]{1,24})")


def dates(look: Inspection) -> None:
    """Occurrences, milestones and notices."""
    plan = look.plan
    look.each_once(("occurrences",), "id", (one.id for one in plan.occurrences))
    look.each_once(("milestones",), "id", (one.id for one in plan.milestones))
    written = {one.id for one in plan.milestones}
    for at, occurrence in enumerate(plan.occurrences):
        if occurrence.id in {one.id for one in plan.occasions} | written:
            look.wrong(
                ("occurrences", at, "id"), f"A milestone is called “{occurrence.id}” too.", "Give each its own id."
            )
        for year, day in occurrence.on.items():
            year_known(look, ("occurrences", at, "on", str(year)), year)
            year_known(look, ("occurrences", at, "on", str(year)), day.year)
    for at, milestone in enumerate(plan.milestones):
        _milestone(look, milestone, ("milestones", at))
        for occasion in occasions(milestone):
            if occasion.id != milestone.id and occasion.id in written:
                look.wrong(
                    ("milestones", at, "id"),
                    f"Its occasion “{occasion.id}” has the id of another milestone.",
                    "Give one of them another id.",
                )
    _order(look)
    _notices(look)


def year_known(look: Inspection, place: Place, year: int | None) -> None:
    """A year is one."""
    if year is not None and not YEARS[0] <= year <= YEARS[1]:
        look.wrong(place, f"{year} is no year of a plan.", "Write a year with four digits, such as 2025.")


def _milestone(look: Inspection, milestone: Milestone, here: Place) -> None:
    for key in ("series", "period"):
        if look.written((*here, key)):
            look.wrong((*here, key), f"“{key}” is filled in when the file is read.", "Remove it.")
    _rule(look, milestone.date, (*here, "date"))
    if isinstance(milestone.date, Every) and milestone.date.every != "year" and len(milestone.id) > LONGEST_SERIES_ID:
        look.wrong(
            (*here, "id"),
            f"“{milestone.id}” is too long for a duty that comes several times a year.",
            f"Use at most {LONGEST_SERIES_ID} characters; “_q1” and the like are added to it.",
        )
    _owing(look, milestone, here)
    look.kinds((*here, "unit_kinds"), milestone.unit_kinds)
    excepted: set[str] = set()
    for at, exception in enumerate(milestone.exceptions):
        place = (*here, "exceptions", at)
        look.kinds((*place, "unit_kinds"), exception.unit_kinds)
        if not exception.unit_kinds:
            look.wrong((*place, "unit_kinds"), "Nobody is excepted.", "Name the kinds of unit.")
        for kind in exception.unit_kinds:
            if kind in excepted:
                look.wrong((*place, "unit_kinds"), f"“{kind}” is excepted twice.", "Give it one date.")
            excepted.add(kind)
        _rule(look, exception.date, (*place, "date"), once=True)
    for at, hop in enumerate(milestone.hops):
        for key in ("sender", "to"):
            if not getattr(hop, key).strip():
                look.wrong((*here, "hops", at, key), f"“{key}” is empty.", "Say who.")
        _rule(look, hop.date, (*here, "hops", at, "date"), once=True)
    for key in ("steps", "overdue_steps"):
        for step in getattr(milestone, key):
            if step < 0:
                look.wrong((*here, key), "A reminder cannot lie a negative number of days off.", "Write 0 or more.")
            elif step > FARTHEST_STEP:
                look.wrong((*here, key), f"A reminder {step} working days off is in no season.", "Write fewer days.")


def _owing(look: Inspection, milestone: Milestone, here: Place) -> None:
    owed_by = milestone.owed_by
    if owed_by == "role":
        if not milestone.role:
            look.wrong((*here, "role"), "Whose duty it is is not said.", "Add “role: …”.")
    elif milestone.role:
        look.wrong((*here, "role"), f"It is owed by {owed_by}, not by a role.", "Write “owed_by: role”.")
    look.role((*here, "role"), milestone.role)
    plan = look.plan
    if milestone.form:
        known = [form.id for form in plan.forms] + ([SELF_SCORE] if plan.criteria else [])
        if look.known((*here, "form"), milestone.form, known, "form"):
            _handed_in(look, milestone, here)
    elif "submission" in milestone.settled_by:
        look.wrong((*here, "settled_by"), "What is to be submitted is not said.", "Add “form: …”, or take it out.")
    if owed_by == "nobody" and milestone.settled_by:
        look.wrong((*here, "settled_by"), "Nobody owes it, so nothing can end it.", "Add “owed_by: …”, or take it out.")
    elif "closing" in milestone.settled_by and owed_by not in UNITS_OWE:
        look.wrong(
            (*here, "settled_by"),
            "Only a unit can say that its list is complete.",
            f"Take “closing” out, or write one of: {', '.join(UNITS_OWE)}.",
        )


def _handed_in(look: Inspection, milestone: Milestone, here: Place) -> None:
    """Whether who owes it can fill in that form."""
    if milestone.form == SELF_SCORE:
        can: tuple[str, ...] = UNITS_OWE
        what = "A scoring table is filled in by units"
    else:
        purpose = look.plan.form(milestone.form).purpose
        if purpose == "registration":
            can, what = ("invited_units", "every_unit"), "A registration is handed in by invited units or by every unit"
        else:
            return
    if milestone.owed_by not in can:
        look.wrong(
            (*here, "owed_by"),
            f"{what}, not by {milestone.owed_by}.",
            f"Write one of: {', '.join(can)}; or another form.",
        )


def _rule(look: Inspection, rule: DateRule, here: Place, once: bool = False) -> None:
    """`once`: where a date rule stands beside a milestone's own, nothing can come several times a year."""
    if isinstance(rule, Annual | Fixed) and (rule.before is None) == (rule.by is None):
        text = "A date is either “before” (that day is too late) or “by” (that day is the last)."
        look.wrong(here, text, "Write exactly one of the two.")
    _years(look, rule, here)
    if isinstance(rule, Annual):
        for key in ("before", "by"):
            _each_year(look, (*here, key), getattr(rule, key))
    elif isinstance(rule, Window):
        _window(look, rule, here)
    elif isinstance(rule, InMonth):
        if not is_day(rule.month if len(rule.month) > 2 else f"{ANY_YEAR}-{rule.month}"):
            look.wrong((*here, "month"), f"“{rule.month}” is no month.", "Write MM or YYYY-MM, such as 2026-09.")
    elif isinstance(rule, Every):
        _every(look, rule, here, once)
    elif isinstance(rule, ByReference):
        look.known((*here, "reference"), rule.reference, (one.id for one in look.plan.references), "reference")
    elif isinstance(rule, Relative):
        _relative(look, rule, here)


def _years(look: Inspection, rule: DateRule, here: Place) -> None:
    """A day that names its year names one in which there can be a plan."""
    for key in ("before", "by", "first", "last", "month"):
        day = str(getattr(rule, key, None) or "")
        if not isinstance(rule, Annual) and len(day) > len("MM-DD") and day[:4].isdigit():
            year_known(look, (*here, key), int(day[:4]))


def _each_year(look: Inspection, place: Place, day: str | None) -> bool:
    if day is None or is_day(f"{ANY_YEAR}-{day}"):
        return True
    look.wrong(place, f"“{day}” is no day of every year.", "Write MM-DD, such as 02-15.")
    return False


def _window(look: Inspection, rule: Window, here: Place) -> None:
    sound = True
    for key in ("first", "last"):
        day = getattr(rule, key)
        if len(day) == len("MM-DD"):
            sound &= _each_year(look, (*here, key), day)
        elif not is_day(day):
            look.wrong((*here, key), f"“{day}” is no day.", "Write YYYY-MM-DD, such as 2025-06-30.")
            sound = False
    if len(rule.first) != len(rule.last):
        look.wrong((*here, "last"), "One day has a year and the other has none.", "Write both alike.")
    elif sound and rule.last < rule.first:
        remedy = "Correct one of the two; a time that runs over New Year is written with years."
        look.wrong((*here, "last"), "The window ends before it begins.", remedy)
    if rule.next_year and len(rule.first) > len("MM-DD"):
        look.wrong((*here, "next_year"), "The days name their year themselves.", "Take “next_year” out.")


def _every(look: Inspection, rule: Every, here: Place, once: bool) -> None:
    day = rule.before_day or rule.by_day
    if rule.before_day is not None and rule.by_day is not None:
        look.wrong(here, "Both before_day and by_day are given.", "Keep one of the two.")
    if day is None:
        return
    if once:
        look.wrong(here, "A day that comes several times a year cannot stand here.", "Give each occasion its own date.")
    elif rule.every == "year":
        look.wrong(here, "Which month of the year is not said.", "Write “kind: annual” with MM-DD.")
    else:
        for _, name, month in PERIODS[rule.every]:
            if not exists(ANY_YEAR, month, day):
                look.wrong(here, f"There is no day {day} in {name}.", "Choose a day that each of the months has.")
                break


def _relative(look: Inspection, rule: Relative, here: Place) -> None:
    plan = look.plan
    series = {one.series for one in plan.occasions if one.series}
    if rule.to in series:
        named = ", ".join(one.id for one in plan.occasions if one.series == rule.to)
        look.wrong((*here, "to"), f"“{rule.to}” comes several times a year.", f"Write one of: {named}.")
        return
    known = [*(one.id for one in plan.occurrences), *(one.id for one in plan.occasions)]
    look.known((*here, "to"), rule.to, known, "occurrence or milestone")


def _order(look: Inspection) -> None:
    """What comes first, and from what is counted: neither may lead back to itself."""
    plan = look.plan
    known = [
        *(one.id for one in plan.occurrences),
        *(one.id for one in plan.milestones),
        *(one.id for one in plan.occasions),
    ]
    after: dict[str, str] = {}
    counted: dict[str, str] = {}
    for at, milestone in enumerate(plan.milestones):
        place: Place = ("milestones", at, "after")
        if elsewhere := _ELSEWHERE.fullmatch(milestone.after):
            if elsewhere[1] == plan.id:
                look.wrong(place, "This is the plan itself.", f"Write “{elsewhere[2]}”.")
        elif milestone.after:
            look.known(place, milestone.after, known, "occurrence or milestone")
            after[milestone.id] = milestone.after
        if isinstance(milestone.date, Relative):
            counted[milestone.id] = milestone.date.to
    numbers = {milestone.id: at for at, milestone in enumerate(plan.milestones)}
    look.circles(
        after,
        {id: ("milestones", numbers[id], "after") for id in after},
        "In the end it would have to come before itself.",
    )
    look.circles(
        counted,
        {id: ("milestones", numbers[id], "date", "to") for id in counted},
        "In the end it is counted from itself.",
    )


def _notices(look: Inspection) -> None:
    plan = look.plan
    look.once(("notices",), "milestone", [((one.milestone, one.year), one.milestone) for one in plan.notices])
    known = [*(one.id for one in plan.milestones), *(one.id for one in plan.occasions)]
    for at, notice in enumerate(plan.notices):
        here: Place = ("notices", at)
        look.known((*here, "milestone"), notice.milestone, known, "milestone")
        year_known(look, (*here, "year"), notice.year)
        if plan.years and notice.year not in plan.years:
            look.wrong((*here, "year"), f"The plan has no season {notice.year}.", "Add the year to “years”.")
        if not notice.document.strip():
            look.wrong((*here, "document"), "By which paper is not said.", "Name the paper.")
        if isinstance(notice.date, Every):
            look.wrong((*here, "date"), "A notice sets one date.", "Write “kind: fixed” and the day.")
        else:
            _rule(look, notice.date, (*here, "date"), once=True)
        day = _single_day(notice.date)
        if day is not None and day.year != notice.year:
            look.wrong((*here, "date"), f"The day is not in {notice.year}.", "Correct the year or the day.")


def _single_day(rule: DateRule) -> date | None:
    return rule.before or rule.by if isinstance(rule, Fixed) else None
