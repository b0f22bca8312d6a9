"""Whether the parts of a plan fit together: ids that are unique, references that lead somewhere, numbers that can be counted."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from bot.plan.finding import Finding, Lines, Place
from bot.plan.inspection import Inspection, is_day
from bot.plan.model import Plan, Role
from bot.plan.registry import FormRegistry, beside
from bot.plan.sound_criteria import criteria
from bot.plan.sound_dates import dates, year_known
from bot.plan.sound_forms import forms
from bot.plan.sound_levels import levels

LARGEST = Decimal(10) ** 15
"""More than any sum of đồng in a movement; what is larger would only keep the arithmetic busy."""
FINEST = Decimal(1).scaleb(-4)
"""No document counts in less than quarter points; four decimals are those of a rounding rule."""

LEAST_SEPARATED = {"own_unit": 0, "roles": 2, "negative_list": 1}
"""How many functions a separation must name; own_unit without any binds whoever appraises."""


def problems(plan: Plan, lines: Lines, registry: FormRegistry | None = None) -> list[Finding]:
    """Every error between the parts of the plan; the model has already seen each part by itself.

    `registry`: the forms that the law prescribes; None: those beside the file, or the ones that are shipped.
    """
    look = Inspection(plan, lines)
    for place, number in _numbers(plan, ()):
        if not -LARGEST < number < LARGEST:
            look.wrong(place, "This number cannot be meant.", f"Write one below {LARGEST:f}.")
        elif number != number.quantize(FINEST):
            look.wrong(place, f"{number} is finer than any document counts.", "Write at most 4 decimals.")
    if look.findings:
        return look.findings  # nothing can be counted with them
    _document(look)
    _subjects(look)
    _people(look)
    _units(look)
    forms(look)
    dates(look)
    criteria(look)
    levels(look, registry if registry is not None else beside(lines.file).forms)
    return look.findings


def _numbers(value: Any, place: Place) -> Iterator[tuple[Place, Decimal]]:
    if isinstance(value, Decimal):
        yield place, value
    elif isinstance(value, BaseModel):
        for key, inner in value:
            if isinstance(inner, BaseModel | tuple | Decimal):
                yield from _numbers(inner, (*place, key))
    elif isinstance(value, tuple):
        for at, inner in enumerate(value):
            if isinstance(inner, BaseModel | Decimal):
                yield from _numbers(inner, (*place, at))


def _document(look: Inspection) -> None:
    plan = look.plan
    for key, written in (("valid_from", plan.valid_from), ("valid_to", plan.valid_to)):
        if not (key == "valid_to" and not written) and not is_day(written):
            remedy = "Write YYYY, YYYY-MM or YYYY-MM-DD; leave valid_to out if open."
            look.wrong((key,), f"“{written}” is no date.", remedy)
        elif written:
            year_known(look, (key,), int(written[:4]))
    shorter = min(len(plan.valid_from), len(plan.valid_to))
    if plan.valid_to and plan.valid_to[:shorter] < plan.valid_from[:shorter]:
        look.wrong(("valid_to",), "The plan ends before it begins.", "Correct one of the two.")
    look.once(("years",), "", [(year, str(year)) for year in plan.years])
    for at, year in enumerate(plan.years):
        year_known(look, ("years", at), year)
    if plan.parent == plan.id:
        look.wrong(("parent",), "The plan stands above itself.", "Name the plan above, or leave it out.")
    look.each_once(("references",), "id", (one.id for one in plan.references))
    look.each_once(("amendments",), "version", (one.version for one in plan.amendments))
    for at, (earlier, later) in enumerate(zip(plan.amendments, plan.amendments[1:], strict=False)):
        if later.effective < earlier.effective:
            place: Place = ("amendments", at + 1, "effective")
            look.wrong(place, "This amendment is older than the one before it.", "Write them in their order.")
    look.each_once(("texts",), "id", (one.id for one in plan.texts))


def _subjects(look: Inspection) -> None:
    plan = look.plan
    look.each_once(("subjects",), "id", (one.id for one in plan.subjects))
    look.each_once(("fields",), "id", (one.id for one in plan.fields))
    if not plan.subjects:
        look.wrong(("subjects",), "Nobody can be an exemplar.", "Name at least one kind of subject.")
    for at, subject in enumerate(plan.subjects):
        look.pressable(("subjects", at, "id"), subject.id)
        look.kinds(("subjects", at, "from_units"), subject.from_units)
    seen: set[str] = set()
    for at, field in enumerate(plan.fields):
        look.pressable(("fields", at, "id"), field.id)
        for number, topic in enumerate(field.topics):
            place: Place = ("fields", at, "topics", number, "id")
            look.pressable(place, topic.id)
            if topic.id in seen:
                look.wrong(place, f"“{topic.id}” stands in the plan twice.", "Give each topic its own id.")
            seen.add(topic.id)
    look.each_once(("standards",), "id", (one.id for one in plan.standards))
    for at, standard in enumerate(plan.standards):
        look.known(("standards", at, "subject"), standard.subject, (one.id for one in plan.subjects), "subject")


def _people(look: Inspection) -> None:
    roles = look.plan.roles
    for at, role in enumerate(roles):
        here: Place = ("roles", at)
        look.period((*here, "valid_to"), role.valid_from, role.valid_to)
        if not role.office.strip():
            look.wrong((*here, "office"), "“office” is empty.", "Say who holds it, or leave the role out.")
        if role.over and not role.person:
            look.wrong((*here, "over"), "Only a person's duty lies over some units.", "Add “person: true”.")
        # One function may pass from office to office, each with its own time.
        if any(earlier.id == role.id and _overlap(earlier, role) for earlier in roles[:at]):
            text = f"“{role.id}” is held twice at the same time."
            look.wrong((*here, "id"), text, "Give each its own id, or its own time (valid_from, valid_to).")
    for at, separation in enumerate(look.plan.separations):
        place: Place = ("separations", at, "roles")
        look.all_known(place, separation.roles, (role.id for role in roles), "role")
        least = LEAST_SEPARATED[separation.kind]
        if len(separation.roles) < least:
            look.wrong(
                place, f"Too few are named; it takes {least}.", "Name those that must be kept apart, or that check."
            )


def _overlap(one: Role, other: Role) -> bool:
    return (one.valid_to is None or other.valid_from is None or other.valid_from <= one.valid_to) and (
        other.valid_to is None or one.valid_from is None or one.valid_from <= other.valid_to
    )


def _units(look: Inspection) -> None:
    plan = look.plan
    look.each_once(("unit_kinds",), "id", (one.id for one in plan.unit_kinds))
    look.each_once(("units",), "code", (one.code for one in plan.units))
    parents = {unit.code: unit.parent for unit in plan.units}
    for index, unit in enumerate(plan.units):
        here: Place = ("units", index)
        if plan.unit_kinds:
            look.known((*here, "kind"), unit.kind, (kind.id for kind in plan.unit_kinds), "unit kind")
        if unit.parent:
            look.known((*here, "parent"), unit.parent, parents, "unit")
        look.period((*here, "valid_to"), unit.valid_from, unit.valid_to)
    look.circles(
        {code: parent for code, parent in parents.items() if parent},
        {unit.code: ("units", index, "parent") for index, unit in enumerate(plan.units)},
        "The unit stands above itself.",
    )
    look.each_once(("participants",), "", plan.participants)
    for at, code in enumerate(plan.participants):
        if code in parents:
            look.wrong(
                ("participants", at), f"“{code}” is one of the plan's own units.", "Name it in one of the two places."
            )
    look.each_once(("clusters",), "id", (one.id for one in plan.clusters))
    for at, cluster in enumerate(plan.clusters):
        place: Place = ("clusters", at, "members")
        look.all_known(place, cluster.members, sorted(look.units), "unit or participant")
        if not cluster.members:
            look.wrong(place, "Nobody is in it.", "Name its units.")
        look.role(("clusters", at, "overseer"), cluster.overseer)
