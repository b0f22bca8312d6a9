"""The office looks at the coming reminders, holds one back, or lets it go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.chat import Choice, Reply
from bot.errors import Misunderstood, NotAllowed
from bot.forms import tokens
from bot.plan.model import Milestone, Plan
from bot.rules.access import Action
from bot.rules.ladder import rungs
from bot.store import dues, owing
from bot.store.seasons import Season
from bot.texts import mark
from bot.turn import NO_RIGHT, Asked, Turn
from handlers.words import NO_SEASON, number_in, running

TITLE = mark("Coming reminders, {plan} {year}")
NONE = mark("No reminder is due in the coming weeks.")
LINE = mark("• {day}: {milestone} – to {count} that have not answered{held}")
HELD = mark("The reminder of {day} for {milestone} is held back. It will not be sent.")
FREED = mark("The reminder of {day} for {milestone} will be sent as planned.")
TOO_LATE = mark("The reminder of {day} for {milestone} has gone out already; it cannot be held back.")
SHOWN = 6  # reminders ahead


def show(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/lichnhac: the next reminders, with how many units they would reach, and buttons to hold them."""
    season, plan = _office(turn)
    coming: list[tuple[date, Milestone, int]] = []
    for milestone in plan.milestones:
        due = turn.office.deadline(season, milestone)
        if due is not None and milestone.owed_by != "nobody":
            coming += [
                (rung.day, milestone, rung.step)
                for rung in rungs(milestone, due, turn.office.calendar)
                if rung.day >= turn.today and rung.step not in dues.made_steps(turn.tx, season.id, milestone.id)
            ]
    coming.sort(key=lambda entry: (entry[0], entry[1].id))
    lines, rows = [], []
    for day, milestone, step in coming[:SHOWN]:
        bound = turn.office.bound(plan, milestone)
        late = owing.still_owing(turn.tx, season.id, milestone, bound)
        held = _is_held(turn, season, milestone, step)
        lines.append(
            turn.say.say(
                LINE,
                day=day,
                milestone=milestone.name,
                count=turn.say.say_n("{n} unit", "{n} units", len(late)),
                held=turn.say.say(" – HELD BACK") if held else "",
            )
        )
        label = turn.say.say("Let go: {day}", day=day) if held else turn.say.say("Hold back: {day}", day=day)
        word = "tha" if held else "giu"
        index = plan.milestones.index(milestone)
        rows.append(
            (
                Choice(
                    f"{label} – {milestone.name[:30]}", tokens.command("lichnhac", word, f"m{index}", f"s{_word(step)}")
                ),
            )
        )
    return [
        Reply(
            "\n".join(lines) or turn.say.say(NONE),
            title=turn.say.say(TITLE, plan=plan.name, year=season.year),
            choices=tuple(rows),
        )
    ]


def act(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """The command with or without a button behind it."""
    if not asked.words or asked.words[0] not in ("giu", "tha"):
        return show(turn, asked)
    season, plan = _office(turn)
    index, number = number_in(asked.words, "m"), number_in(asked.words, "s")
    if index is None or number is None or index >= len(plan.milestones):
        raise NotAllowed(NO_RIGHT)
    milestone, step = plan.milestones[index], _step(number)
    due = turn.office.deadline(season, milestone)
    rung = next((r for r in rungs(milestone, due, turn.office.calendar) if r.step == step), None) if due else None
    if rung is None:
        raise NotAllowed(NO_RIGHT)
    if step in dues.made_steps(turn.tx, season.id, milestone.id):
        return [Reply(turn.say.say(TOO_LATE, day=rung.day, milestone=milestone.name))]
    if asked.words[0] == "giu":
        assert turn.person is not None
        dues.mark_step(turn.tx, season.id, milestone.id, step, "held", turn.now, turn.person.id)
        return [Reply(turn.say.say(HELD, day=rung.day, milestone=milestone.name))]
    dues.unmark_step(turn.tx, season.id, milestone.id, step, "held")
    return [Reply(turn.say.say(FREED, day=rung.day, milestone=milestone.name))]


def _office(turn: Turn) -> tuple[Season, Plan]:
    now = running(turn)
    if now is None:
        raise Misunderstood(NO_SEASON)
    root = turn.office.root(now[1])
    turn.need(Action.HOLD_STEP, root.id if root else None)
    return now


def _is_held(turn: Turn, season: Season, milestone: Milestone, step: int) -> bool:
    state = dues.step_states(turn.tx, season.id, milestone.id).get(step)
    return state is not None and state.state == "held"


def _word(step: int) -> int:
    """A step as a button carries it: overdue steps (negative) from 1000 upwards."""
    return step if step >= 0 else 1000 - step


def _step(number: int) -> int:
    return number if number < 1000 else 1000 - number
