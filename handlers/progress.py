"""Progress: who has answered a milestone and who has not, for everyone who takes part."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat import Reply
from bot.errors import Misunderstood
from bot.rules.access import Action
from bot.store import exemplars
from bot.texts import mark
from bot.turn import Asked, Turn
from handlers.words import NO_SEASON, running, when

TITLE = mark("{plan} – season {year}")
ANSWERED = mark("{milestone} ({due}): {done} of {all} units have answered.")
MISSING = mark("Not yet: {units}.")
ALL_DONE = mark("All have answered.")
REGISTERED = mark("{count} registered, {scored} of them scored and handed in.")


def show(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/tiendo: counts and the units still missing, milestone by milestone; never anybody's points."""
    now = running(turn)
    if now is None:
        raise Misunderstood(NO_SEASON)
    season, plan = now
    root = turn.office.root(plan)
    if turn.private:
        turn.need(Action.SEE_PROGRESS, root.id if root else None)
    found = exemplars.of_season(turn.tx, season.id)
    counted = turn.say.say_n("{n} exemplar", "{n} exemplars", len(found))
    scored = sum(e.state == "self_scored" for e in found)
    lines = [turn.say.say(REGISTERED, count=counted, scored=scored)]
    for milestone in plan.milestones:
        due = turn.office.deadline(season, milestone)
        if due is None or milestone.owed_by in ("nobody", "standing_office"):
            continue
        bound = turn.office.bound(plan, milestone)
        late = turn.office.still_owing(turn.tx, season, milestone, bound)
        if milestone.owed_by == "live_exemplars":
            bound = list(dict.fromkeys(e.unit_id for e in found if e.award))
            if not bound:
                continue
        done = len(bound) - len(late)
        lines.append("")
        lines.append(turn.say.say(ANSWERED, milestone=milestone.name, due=when(turn, due), done=done, all=len(bound)))
        names = ", ".join(turn.office.units[id].name for id in late)
        lines.append(turn.say.say(MISSING, units=names) if late else turn.say.say(ALL_DONE))
    return [Reply("\n".join(lines), title=turn.say.say(TITLE, plan=plan.name, year=season.year))]
