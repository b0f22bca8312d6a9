"""Models over the years: how a unit stands with the plan's target, and what it may carry over from an earlier year."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from bot.forms.answers import Event, from_json
from bot.plan.levels import Target
from bot.plan.model import Plan
from bot.plan.questions import Form, Question
from bot.rules.targets import TargetProgress, concerns, progress
from bot.store import exemplars
from bot.store.exemplars import Exemplar
from bot.store.seasons import Season
from bot.store.units import Unit
from bot.texts import mark
from bot.turn import Office, Turn

KEPT_FOR_A_YEAR = ("text", "long_text", "choice", "multi_choice", "person", "phone", "unit")
"""What may well be the same a year later; figures, dates, papers and every yes or no are asked anew."""

AT_LEAST = mark("at least {n} a year for each unit")
AT_LEAST_CLUSTER = mark("at least {n} a year for each cluster")
AT_LEAST_ALL = mark("at least {n} a year for all units together")
HOPED_FOR = mark("{target}, hoped for {n}")
AT_MOST = mark("{target}, at most {n}")
ONLY_THESE = mark("{target} ({kinds})")
STANDS = mark("Target: {target}; registered {all}, of which {counted} count.")
STANDS_ALL_COUNT = mark("Target: {target}; registered {all}.")
CARRIED_NOT_COUNTED = mark("Carried over from earlier years, not counted: {n}.")
STOPPED_APART = mark("Stopped, not counted here (the plan does not say): {n}.")
UP_TO = mark("Target: the plan states it up to {last}; for {year} the plan states none.")
FROM_ON = mark("Target: the plan states it from {first} on; for {year} the plan states none.")
QUOTED = mark("  “{quote}” – {place}")


def target_lines(turn: Turn, season: Season, plan: Plan, unit: Unit, *, full: bool = False) -> list[str]:
    """How the unit stands with each of the plan's targets for models; `full`: with the words of the document."""
    lines: list[str] = []
    for target in plan.targets:
        if not concerns(target, unit.kind):
            continue
        about = _counted_together(turn, season, plan, target, unit)
        lines += _standing(turn, season, plan, target, about)
        if full and target.quote is not None:
            lines.append(turn.say.say(QUOTED, quote=target.quote.text, place=target.quote.at))
    return lines


def reached(
    office: Office, season: Season, plan: Plan, target: Target, found: Sequence[Exemplar]
) -> list[tuple[Unit, TargetProgress]]:
    """How each unit stands with a target of its own, in the season whose exemplars are `found`; empty where the target
    is not for single units or the plan does not state it for that year.
    """
    if target.per != "unit":
        return []
    statuses: dict[int, Counter[str]] = {}
    for e in found:
        if not e.stopped:
            statuses.setdefault(e.unit_id, Counter())[e.status] += 1
    root = office.root(plan)
    part = office.taking_part(season) - ({root.id} if root else set())
    stands = [
        (unit, progress(target, season.year, statuses.get(unit.id, Counter())))
        for unit in office.units.values()
        if unit.id in part and concerns(target, unit.kind)
    ]
    return [(unit, one) for unit, one in stands if one.valid]


def wanted(turn: Turn, plan: Plan, target: Target) -> str:
    """The target in words: “ít nhất 01 mô hình/năm (mới xây dựng hoặc nhân rộng)”."""
    return _wanted(turn, plan, target, progress(target, target.last_year or target.first_year or 0, {}))


def _counted_together(turn: Turn, season: Season, plan: Plan, target: Target, unit: Unit) -> list[Exemplar]:
    """The models of this season that count towards the unit's target: its own, its cluster's, or everybody's."""
    if target.per == "all":
        return exemplars.of_season(turn.tx, season.id)
    units = {unit.id}
    if target.per == "cluster":
        codes = next((c.members for c in plan.clusters if unit.code in c.members), ())
        units |= {found.id for code in codes if (found := turn.office.units.coded(code)) is not None}
    return exemplars.of_units(turn.tx, units, season.id)


def _standing(turn: Turn, season: Season, plan: Plan, target: Target, found: Sequence[Exemplar]) -> list[str]:
    going_on = [e for e in found if not e.stopped]
    stands = progress(target, season.year, Counter(e.status for e in going_on))
    if not stands.valid:
        over = target.last_year is not None and season.year > target.last_year
        return [
            turn.say.say(UP_TO if over else FROM_ON, last=target.last_year, first=target.first_year, year=season.year)
        ]
    wanted = _wanted(turn, plan, target, stands)
    sentence = STANDS if target.counts else STANDS_ALL_COUNT
    lines = [turn.say.say(sentence, target=wanted, all=f"{len(going_on):02}", counted=f"{stands.counted:02}")]
    carried = sum(e.carried_from is not None and e.status not in target.counts for e in going_on)
    if target.counts and carried:
        lines.append(turn.say.say(CARRIED_NOT_COUNTED, n=f"{carried:02}"))
    if len(going_on) < len(found):
        lines.append(turn.say.say(STOPPED_APART, n=f"{len(found) - len(going_on):02}"))
    return lines


def _wanted(turn: Turn, plan: Plan, target: Target, stands: TargetProgress) -> str:
    """The target in words: “ít nhất 01 mô hình/năm (mới xây dựng hoặc nhân rộng)”."""
    sentence = {"unit": AT_LEAST, "cluster": AT_LEAST_CLUSTER, "all": AT_LEAST_ALL}[target.per]
    words = turn.say.say(sentence, n=f"{stands.needed:02}")
    kinds = [label for key in target.counts if (label := status_label(plan, key))]
    if kinds:
        named = turn.say.say(" or ").join(kind[:1].lower() + kind[1:] for kind in kinds)
        words = turn.say.say(ONLY_THESE, target=words, kinds=named)
    if stands.ambition is not None:
        words = turn.say.say(HOPED_FOR, target=words, n=f"{stands.ambition:02}")
    if target.at_most is not None:
        words = turn.say.say(AT_MOST, target=words, n=f"{target.at_most:02}")
    return words


def status_label(plan: Plan, key: str) -> str:
    """What the plan's registration calls the status, e.g. “Nhân rộng”; empty when it does not ask for it."""
    form = plan.registration
    if form is None or not key or not form.has(form.exemplar.status):
        return ""
    return next((o.label for o in form.question(form.exemplar.status).options if o.key == key), "")


def carried_answers(form: Form, e: Exemplar, now: datetime) -> list[Event]:
    """What makes of an earlier year's registration the beginning of this year's.

    Words and choices are taken over; what a year decides anew is left open: figures, dates, papers, every yes or no,
    and a text that speaks of the earlier year. Its status becomes the plan's word for what goes on.
    """
    keys = form.exemplar
    made: list[Event] = []
    for question in form.questions:
        if question.id == keys.status:
            if any(option.key == keys.continuing for option in question.options):
                made.append(Event(0, "set", question.id, keys.continuing, None, now))
        elif question.id not in e.answers:
            if question.kind in KEPT_FOR_A_YEAR and not question.required and not question.required_by:
                made.append(Event(0, "skip", question.id, None, None, now))
        elif _still_true(question, e.answers[question.id], e.year) or question.id == keys.name:
            made.append(Event(0, "set", question.id, e.answers[question.id], None, now))
    return made


def _still_true(question: Question, value: object, year: int) -> bool:
    if question.kind not in KEPT_FOR_A_YEAR or (isinstance(value, str) and str(year) in value):
        return False
    try:
        from_json(question, value)
    except ValueError:  # the plan asks for it otherwise by now
        return False
    return True
