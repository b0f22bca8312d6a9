"""Whether grades, conditions, quotas, dossiers and targets name what exists and say one thing each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bot.plan.finding import Place
from bot.plan.inspection import Inspection
from bot.plan.levels import (
    AwardAt,
    EachGroup,
    EachRow,
    FactIs,
    GradeAtLeast,
    GradeScale,
    Level,
    OneGroup,
    PassRule,
    Quota,
    Recognised,
    Target,
    TotalAtLeast,
    Vote,
)
from bot.plan.model import Plan
from bot.plan.registry import FormRegistry
from bot.plan.sound_criteria import codes, spans
from bot.plan.sound_dates import year_known

SELF = "self"
GRADE_OF = "grade:"


def levels(look: Inspection, registry: FormRegistry) -> None:
    """Facts, grades, levels and targets."""
    plan = look.plan
    look.each_once(("facts",), "id", (fact.id for fact in plan.facts))
    for at, fact in enumerate(plan.facts):
        look.role(("facts", at, "stated_by"), fact.stated_by)
    look.each_once(("grades",), "id", (scale.id for scale in plan.grades))
    for at, scale in enumerate(plan.grades):
        _scale(look, scale, ("grades", at))
    look.each_once(("levels",), "id", (level.id for level in plan.levels))
    for at, level in enumerate(plan.levels):
        _level(look, level, ("levels", at), registry)
    awarded = {
        level.id: (rule.level, ("levels", at, "passes", number, "level"))
        for at, level in enumerate(plan.levels)
        for number, rule in enumerate(level.passes)
        if isinstance(rule, AwardAt)
    }
    look.circles(
        {id: to for id, (to, _) in awarded.items()},
        {id: place for id, (_, place) in awarded.items()},
        "In the end the award would have to be had already.",
    )
    look.each_once(("targets",), "id", (target.id for target in plan.targets))
    for at, target in enumerate(plan.targets):
        _target(look, target, ("targets", at))


def _scale(look: Inspection, scale: GradeScale, here: Place) -> None:
    look.all_known((*here, "tables"), scale.tables, (table.key for table in look.plan.criteria), "criteria table")
    look.each_once((*here, "grades"), "id", (grade.id for grade in scale.grades))
    if not scale.grades:
        look.wrong((*here, "grades"), "The scale has no grades.", "Add them from the best to the lowest.")
    best = None
    for at, grade in enumerate(scale.grades):
        place = (*here, "grades", at)
        spans(look, grade.range, (*place, "range"))
        low = grade.range.above if grade.range.at_least is None else grade.range.at_least
        if best is not None and low is not None and low > best:
            look.wrong(place, "This grade begins above the one before it.", "Write them from the best to the lowest.")
        best = low if low is not None else best
        _passes(look, grade.conditions, (*place, "conditions"), scale.tables)
    grades = [grade.id for grade in scale.grades]
    for at, effect in enumerate(scale.effects):
        place = (*here, "effects", at)
        fact = next((one for one in look.plan.facts if one.id == effect.fact), None)
        if look.known((*place, "fact"), effect.fact, (one.id for one in look.plan.facts), "fact") and fact is not None:
            wanted = "grade" if effect.effect == "not_above" else "yes_no"
            if fact.kind != wanted:
                remedy = f"Make the fact “kind: {wanted}”."
                look.wrong((*place, "fact"), f"“{effect.effect}” goes by a fact of kind {wanted}.", remedy)
        if effect.effect in ("cap", "veto"):
            if not effect.grade:
                look.wrong((*place, "grade"), "Which grade is left is not said.", "Add “grade: …”.")
            else:
                look.known((*place, "grade"), effect.grade, grades, "grade")
        elif effect.grade:
            look.wrong((*place, "grade"), f"“{effect.effect}” names no grade.", "Take it out.")
        if effect.effect == "downgrade" and effect.by >= max(len(grades), 2):
            look.wrong((*place, "by"), f"The scale has only {len(grades)} grades.", "Write fewer steps.")


def _level(look: Inspection, level: Level, here: Place, registry: FormRegistry) -> None:
    plan = look.plan
    _passes(look, level.passes, (*here, "passes"), (), level.id)
    _decided_on(look, level, here)
    for at, quota in enumerate(level.quotas):
        _quota(look, quota, (*here, "quotas", at))
    look.each_once((*here, "priorities"), "id", (one.id for one in level.priorities))
    if level.tie_break is not None:
        for at, step in enumerate(level.tie_break.chain):
            place = (*here, "tie_break", "chain", at)
            if step.by == "row":
                look.known((*place, "code"), step.code, codes(look), "row")
            elif step.by == "fact":
                look.known((*place, "code"), step.code, (fact.id for fact in plan.facts), "fact")
            elif step.code:
                look.wrong((*place, "code"), f"“{step.by}” needs no code.", "Take it out.")
            if step.by == "priority" and not level.priorities:
                look.wrong((*place, "by"), "The level has no priorities.", "Add “priorities”, or another step.")
    if level.meeting is not None:
        if level.meeting.quorum is not None:
            present, of = (int(part) for part in level.meeting.quorum.split("/"))
            if not 0 < present <= of:
                place = (*here, "meeting", "quorum")
                look.wrong(place, f"{level.meeting.quorum} is no share of a meeting.", "Write it as 2/3.")
        look.share((*here, "meeting", "approve_percent"), level.meeting.approve_percent)
    if level.dossier is not None:
        _dossier(look, level, here, registry)
    if level.outline is not None:
        look.each_once((*here, "outline", "points"), "id", (point.id for point in level.outline.points))
    for at, award in enumerate(level.awards):
        look.role((*here, "awards", at, "signed_by"), award.signed_by)


def _decided_on(look: Inspection, level: Level, here: Place) -> None:
    tables = [table for table in look.plan.criteria if table.level in ("", level.id)]
    columns = [column.id for table in tables for column in table.columns]
    if tables and level.decided_on not in columns:
        look.known((*here, "decided_on"), level.decided_on, columns, "score column")
    elif not tables and look.written((*here, "decided_on")) and level.decided_on != SELF:
        look.wrong((*here, "decided_on"), "The level has no scoring table.", "Take it out, or add the table.")


def _passes(
    look: Inspection, rules: Iterable[PassRule], here: Place, tables: tuple[str, ...], level_id: str = ""
) -> None:
    plan = look.plan
    facts = {fact.id: fact for fact in plan.facts}
    level_ids = [level.id for level in plan.levels]
    for number, rule in enumerate(rules):
        place = (*here, number)
        if isinstance(rule, EachRow | EachGroup | OneGroup | Vote | TotalAtLeast):
            look.share((*place, "percent"), rule.percent)
        match rule:
            case EachGroup():
                if plan.criteria and not any(row.rows for table in plan.criteria for row in table.rows):
                    look.wrong(place, "No table has groups.", "Write “kind: each_row”, or put the rows into groups.")
            case OneGroup():
                look.known((*place, "code"), rule.code, codes(look, tables), "row or group")
            case TotalAtLeast():
                if (rule.points is None) == (rule.percent is None):
                    text = "A total needs either points or a percentage."
                    look.wrong(place, text, "Write exactly one of “points” and “percent”.")
                elif rule.points is not None and rule.points < 0:
                    look.wrong((*place, "points"), "Points are not below 0.", "Write 0 or more.")
            case AwardAt():
                if look.known((*place, "level"), rule.level, level_ids, "level") and rule.level == level_id:
                    look.wrong((*place, "level"), "This is the level itself.", "Name the lower level.")
            case Recognised():
                look.known((*place, "level"), rule.level, level_ids, "level")
            case FactIs():
                if look.known((*place, "fact"), rule.fact, facts, "fact"):
                    _fact(look, rule, facts[rule.fact].kind, place)
            case GradeAtLeast():
                scales = {scale.id: scale for scale in plan.grades}
                if look.known((*place, "scale"), rule.scale, scales, "grade scale"):
                    grades = (grade.id for grade in scales[rule.scale].grades)
                    look.known((*place, "grade"), rule.grade, grades, "grade")
            case _:
                pass


def _fact(look: Inspection, rule: FactIs, kind: str, place: Place) -> None:
    if kind in ("percent", "number"):
        if rule.range is None:
            look.wrong(place, f"“{rule.fact}” is a number, and how much is needed is not said.", "Add “range: …”.")
        else:
            spans(look, rule.range, (*place, "range"))
    elif kind == "grade":
        look.wrong((*place, "fact"), f"“{rule.fact}” is a grade.", "Write “kind: grade”, or an effect “not_above”.")
    elif rule.range is not None:
        look.wrong((*place, "range"), f"“{rule.fact}” is a yes or a no.", "Take the range out.")


def _quota(look: Inspection, quota: Quota, here: Place) -> None:
    plan = look.plan
    look.all_known((*here, "subjects"), quota.subjects, (subject.id for subject in plan.subjects), "subject")
    if not quota.subjects:
        look.wrong((*here, "subjects"), "What is counted is not said.", "Name the kinds of subject.")
    if quota.shared and len(quota.subjects) < 2:
        look.wrong(
            (*here, "shared"), "One kind has nothing to share with.", "Name the kinds that are counted together."
        )
    shapes = [quota.number is not None, quota.percent is not None, (quota.at_least, quota.at_most) != (None, None)]
    if sum(shapes) != 1:
        look.wrong(here, "A quota is a number, a percentage or a range.", "Write exactly one of them.")
    if quota.at_least is not None and quota.at_most is not None and quota.at_least > quota.at_most:
        look.wrong((*here, "at_least"), "The least is more than the most.", "Correct one of the two.")
    look.share((*here, "percent"), quota.percent)
    look.share((*here, "ceiling_percent"), quota.ceiling_percent)
    if quota.percent is None:
        for key in ("of", "small_below", "small_number", "ceiling_percent"):
            if look.written((*here, key)):
                look.wrong((*here, key), f"“{key}” goes with a percentage.", "Add “percent”, or take it out.")
    else:
        if quota.of.startswith(GRADE_OF):
            grades = (grade.id for scale in plan.grades for grade in scale.grades)
            look.known((*here, "of"), quota.of.removeprefix(GRADE_OF), grades, "grade")
        elif quota.of not in ("candidates", "units"):
            remedy = "Write candidates, units or grade:… with a grade's id."
            look.wrong((*here, "of"), f"“{quota.of}” is nothing of which a share is taken.", remedy)
        if (quota.small_below is None) != (quota.small_number is None):
            look.wrong(here, "A guarantee needs small_below and small_number.", "Write both, or none.")
        if quota.ceiling_percent is not None and quota.ceiling_percent < quota.percent:
            look.wrong((*here, "ceiling_percent"), "The most is less than the share.", "Correct one of the two.")
    if quota.per == "cluster" and not plan.clusters:
        look.wrong((*here, "per"), "The plan has no clusters.", "Add “clusters”, or write another word.")
    named: set[str] = set()
    for at, exception in enumerate(quota.exceptions):
        place = (*here, "exceptions", at, "units")
        look.all_known(place, exception.units, sorted(look.units), "unit")
        for unit in named.intersection(exception.units):
            look.wrong(place, f"“{unit}” has two numbers of its own.", "Keep one.")
        named.update(exception.units)


def _dossier(look: Inspection, level: Level, here: Place, registry: FormRegistry) -> None:
    assert level.dossier is not None
    here = (*here, "dossier")
    parts = [part.id for part in level.dossier.parts]
    look.each_once((*here, "parts"), "id", parts)
    if not parts:
        look.wrong((*here, "parts"), "The dossier is empty.", "Name its parts, or take it out.")
    attached = {part.id: part.attached_to for part in level.dossier.parts if part.attached_to}
    places: dict[str, Place] = {}
    for at, part in enumerate(level.dossier.parts):
        place = (*here, "parts", at)
        places[part.id] = (*place, "attached_to")
        if part.attached_to:
            look.known((*place, "attached_to"), part.attached_to, parts, "part of the dossier")
        if part.form:
            look.known((*place, "form"), part.form, registry.keys, "form in plans/registry/forms.yaml")
        if part.made_of == "registration" and look.plan.registration is None:
            look.wrong((*place, "made_of"), "The plan has no registration form.", "Add the form, or take it out.")
        if part.made_of == "scorecard" and not look.plan.criteria:
            look.wrong((*place, "made_of"), "The plan has no criteria.", "Add the table, or take it out.")
    look.circles(attached, places, "In the end it accompanies itself.")


def _target(look: Inspection, target: Target, here: Place) -> None:
    plan = look.plan
    look.kinds((*here, "unit_kinds"), target.unit_kinds)
    for key in ("at_most", "ambition"):
        value = getattr(target, key)
        if value is not None and value < target.at_least:
            look.wrong((*here, key), f"“{key}” is below “at_least”.", "Correct one of the two.")
    for key in ("first_year", "last_year"):
        year_known(look, (*here, key), getattr(target, key))
    if target.first_year is not None and target.last_year is not None and target.last_year < target.first_year:
        look.wrong((*here, "last_year"), "The target ends before it begins.", "Correct one of the two years.")
    if target.per == "cluster" and not plan.clusters:
        look.wrong((*here, "per"), "The plan has no clusters.", "Add “clusters”, or write another word.")
    if target.counts:
        look.all_known((*here, "counts"), target.counts, _statuses(plan), "status in the registration form")


def _statuses(plan: Plan) -> tuple[str, ...]:
    """The options of the question for the status, in every registration form."""
    found: list[Any] = []
    for form in plan.forms:
        if form.purpose == "registration" and form.has(form.exemplar.status):
            found += [option.key for option in form.question(form.exemplar.status).options]
    return tuple(found)
