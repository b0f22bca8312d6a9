"""Progress: who has answered a milestone and who has not, for everyone who takes part."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bot.chat import Choice, Reply
from bot.errors import Misunderstood, NotAllowed
from bot.forms import tokens
from bot.plan.dates import Milestone
from bot.plan.model import Plan
from bot.rules.access import Action
from bot.store import exemplars, owing
from bot.store.seasons import Season
from bot.texts import mark
from bot.turn import NO_RIGHT, Asked, Turn
from handlers import duties, models, urging
from handlers.words import NO_SEASON, meant_plans

TITLE = mark("{plan} – season {year}")
ANSWERED = mark("{milestone} ({due}): {done} of {all} units have answered.")
MISSING = mark("Not yet: {units}.")
NOBODY_LEFT = mark("{plan}, {year}: none of the plan's units is there any more; who takes part now is not laid down.")
ALL_DONE = mark("All have answered.")
REGISTERED = mark("{count} registered, {scored} of them scored and handed in.")
COUNTED = mark("{count} registered.")
REACHED = mark("Target – {target}: {done} of {all} units have reached it.")
URGE_THEM = mark("Remind the units that have not answered")
NOTHING = mark("Nothing is asked of the units on Khéo in this plan.")
SOON = timedelta(days=31)  # of what is due later, and nobody has answered, the units need not be named one by one
NAMED_AT_MOST = 60  # units in one list; more fill several messages, and nobody reads them


def show(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/tiendo: counts and the units still missing, milestone by milestone; never anybody's points.

    Of each plan that concerns the speaker (or the group) one answer, under the plan's name.
    """
    if not turn.office.running(turn.now):
        raise Misunderstood(NO_SEASON)
    plans = [(season, plan, _seen(turn, season, plan)) for season, plan in meant_plans(turn, asked)]
    seen = [of for of in plans if of[2]]
    if plans and not any(turn.office.taking_part(season) for season, _, _ in plans):
        told = [turn.say.say(NOBODY_LEFT, plan=plan.name, year=season.year) for season, plan, _ in plans]
        return [Reply("\n".join(told))]
    if plans and not seen:
        raise NotAllowed(NO_RIGHT)
    return [_of(turn, *of) for of in seen] or [Reply(turn.say.say(NO_SEASON))]


def _seen(turn: Turn, season: Season, plan: Plan) -> set[int]:
    """The units of the plan of which the speaker may know how far they are: for most all, for an overseer the cluster."""
    part = turn.office.taking_part(season)
    return {id for id in part if turn.can(Action.SEE_PROGRESS, id, season.id)}


def _of(turn: Turn, season: Season, plan: Plan, seen: set[int]) -> Reply:
    lines, missing = [], []
    found = [e for e in exemplars.of_season(turn.tx, season.id) if not e.stopped and e.unit_id in seen]
    if plan.registration is not None:
        counted = turn.say.say_n("{n} exemplar", "{n} exemplars", len(found))
        scored = sum(e.state == "self_scored" for e in found)
        lines.append(turn.say.say(REGISTERED if plan.criteria else COUNTED, count=counted, scored=scored))
    known = owing.answered(turn.tx, season.id)
    for milestone in duties.by_day(turn, season, plan):
        if milestone.owed_by in ("nobody", "role", "standing_office") or not milestone.settled_by:
            continue
        if not duties.is_owed_now(turn, season, milestone):
            continue
        bound = [id for id in turn.office.bound(season, milestone) if id in seen]
        late = turn.office.still_owing(turn.tx, season, milestone, bound, known)
        missing += late
        if milestone.owed_by == "live_exemplars":
            awarded = {e.unit_id for e in found if e.award}
            bound = [id for id in bound if id in awarded]
        if not bound:
            continue
        due = duties.due_words(turn, season, milestone)
        done = len(bound) - len(late)
        lines.append("")
        lines.append(turn.say.say(ANSWERED, milestone=milestone.name, due=due, done=done, all=len(bound)))
        lines += duties.extended(turn, season, milestone, late)
        if not late:
            lines.append(turn.say.say(ALL_DONE))
        elif done or milestone.owed_by == "live_exemplars" or _is_soon(turn, season, milestone):
            lines.append(turn.say.say(MISSING, units=_listed(turn, late)))
    for target in plan.targets:
        stands = [one for one in models.reached(turn.office, season, plan, target, found) if one[0].id in seen]
        below = [unit.id for unit, one in stands if one.missing]
        if stands:
            of = models.wanted(turn, plan, target)
            lines += ["", turn.say.say(REACHED, target=of, done=len(stands) - len(below), all=len(stands))]
        if below:
            lines.append(turn.say.say(MISSING, units=_listed(turn, below)))
    text = "\n".join(lines).strip() or turn.say.say(NOTHING)
    choices: tuple[tuple[Choice, ...], ...] = ()
    if urging.may(turn, season, missing):
        choices = ((Choice(turn.say.say(URGE_THEM), tokens.command(urging.COMMAND, f"n{season.id}")),),)
    return Reply(text, title=turn.say.say(TITLE, plan=plan.name, year=season.year), choices=choices)


def _is_soon(turn: Turn, season: Season, milestone: Milestone) -> bool:
    due = turn.office.deadline(season, milestone)
    return due is not None and due.last_day <= turn.today + SOON


def _listed(turn: Turn, ids: Sequence[int]) -> str:
    shown = ", ".join(turn.office.units[id].name for id in ids[:NAMED_AT_MOST])
    rest = len(ids) - NAMED_AT_MOST
    return shown if rest <= 0 else turn.say.say_n("{shown} and {n} more", "{shown} and {n} more", rest, shown=shown)
