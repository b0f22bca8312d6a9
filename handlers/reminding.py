"""The office looks at the coming reminders, reads what they will say, holds one back, or lets it go."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat import Choice, Reply
from bot.errors import Misunderstood, NotAllowed
from bot.forms import tokens
from bot.plan.model import Milestone, Plan
from bot.rules.access import OFFICER, STANDING_OFFICE, Action
from bot.rules.ladder import Rung, rungs
from bot.store import dues, people
from bot.store.seasons import Season
from bot.texts import mark
from bot.turn import NO_RIGHT, Asked, Turn
from handlers.words import NO_SEASON, clipped, number_in, running

TITLE = mark("Coming reminders, {plan} {year}")
NONE = mark("No reminder is due in the coming weeks.")
LINE = mark("• {day}: {milestone} – to {count} that have not answered")
LINE_NOBODY = mark("• {day}: {milestone} – nobody to be reminded at present")
LINE_HELD = mark("• {day}: {milestone} – HELD BACK, will not be sent")
READ = mark("Read: {day} – {milestone}")
NOT_YET = mark("This is how it would read on {day} as things stand now; whoever answers until then is left out.")
GOES_TO = mark("It goes to {officers} and {groups}.")
UNREACHED = mark("Nobody of these units can be reached yet: {units}.")
NOBODY_OWES = mark("Everybody has answered, so nothing would be sent.")
IS_HELD = mark("It is held back at present and will not be sent.")
HELD = mark("The reminder of {day} for {milestone} is held back. It will not be sent.")
FREED = mark("The reminder of {day} for {milestone} will be sent as planned.")
TOO_LATE = mark("The reminder of {day} for {milestone} has gone out already; it cannot be held back.")
SHOWN = 6  # reminders ahead
READ_WORD, HOLD_WORD, FREE_WORD = "doc", "giu", "tha"


def show(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/lichnhac: the next reminders, with how many units they would reach; a button opens each."""
    season, plan = _office(turn)
    coming = sorted(
        ((rung, milestone) for milestone in plan.milestones for rung in _ahead(turn, season, milestone)),
        key=lambda entry: entry[0].day,
    )
    lines, rows = [], []
    for rung, milestone in coming[:SHOWN]:
        if _is_held(turn, season, milestone, rung.step):
            lines.append(turn.say.say(LINE_HELD, day=rung.day, milestone=milestone.name))
        else:
            owed = len(turn.office.still_owing(turn.tx, season, milestone, turn.office.bound(plan, milestone)))
            count = turn.say.say_n("{n} unit", "{n} units", owed)
            sentence = LINE if owed else LINE_NOBODY
            lines.append(turn.say.say(sentence, day=rung.day, milestone=milestone.name, count=count))
        label = turn.say.say(READ, day=rung.day, milestone=clipped(milestone.name, 48))
        rows.append((Choice(label, _token(plan, milestone, rung.step, READ_WORD)),))
    return [
        Reply(
            "\n".join(lines) or turn.say.say(NONE),
            title=turn.say.say(TITLE, plan=plan.name, year=season.year),
            choices=tuple(rows),
        )
    ]


def act(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """The command with or without a button behind it."""
    if not asked.words or asked.words[0] not in (READ_WORD, HOLD_WORD, FREE_WORD):
        return show(turn, asked)
    season, plan = _office(turn)
    index, number = number_in(asked.words, "m"), number_in(asked.words, "s")
    if index is None or number is None or index >= len(plan.milestones):
        raise NotAllowed(NO_RIGHT)
    milestone, step = plan.milestones[index], _step(number)
    due = turn.office.deadline(season, milestone)
    ladder = rungs(milestone, due, turn.office.calendar) if due is not None and milestone.owed_by != "nobody" else ()
    rung = next((r for r in ladder if r.step == step), None)
    if rung is None:
        raise NotAllowed(NO_RIGHT)
    if asked.words[0] == READ_WORD:
        return _read(turn, season, plan, milestone, rung)
    return _decide(turn, season, plan, milestone, rung, asked.words[0])


def _read(turn: Turn, season: Season, plan: Plan, milestone: Milestone, rung: Rung) -> Sequence[Reply]:
    owed = turn.office.still_owing(turn.tx, season, milestone, turn.office.bound(plan, milestone))
    if not owed:
        return [Reply(turn.say.say(NOBODY_OWES))]
    reply = turn.script.preview(turn.tx, season, milestone, rung.step, turn.say)
    function = STANDING_OFFICE if milestone.owed_by == "standing_office" else OFFICER
    officers = people.contacts_of_units(turn.tx, owed, function)
    reached = {unit_id for unit_id, _ in officers}
    listening = []
    if milestone.owed_by != "standing_office":
        for group in people.groups(turn.tx):
            covered = {group.unit_id, *(u.id for u in turn.office.units.below(group.unit_id or 0))}
            if covered & set(owed):
                listening.append(group.id)
                reached |= {id for id in covered if id is not None}
    told = [turn.say.say(NOT_YET, day=rung.day)]
    told.append(
        turn.say.say(
            GOES_TO,
            officers=turn.say.say_n("{n} official", "{n} officials", len({contact.id for _, contact in officers})),
            groups=turn.say.say_n("{n} group", "{n} groups", len(listening)),
        )
    )
    alone = [turn.office.units[id].name for id in owed if id not in reached]
    if alone:
        told.append(turn.say.say(UNREACHED, units=", ".join(alone)))
    held = _is_held(turn, season, milestone, rung.step)
    if held:
        told.append(turn.say.say(IS_HELD))
    choices: tuple[tuple[Choice, ...], ...] = ()
    if not _is_over(turn, season, milestone, rung.step):
        choices = ((_switch(turn, plan, milestone, rung, held=held),),)
    return [reply, Reply("\n".join(told), choices=choices)]


def _decide(turn: Turn, season: Season, plan: Plan, milestone: Milestone, rung: Rung, word: str) -> Sequence[Reply]:
    if _is_over(turn, season, milestone, rung.step):
        return [Reply(turn.say.say(TOO_LATE, day=rung.day, milestone=milestone.name))]
    assert turn.person is not None
    hold = word == HOLD_WORD
    if hold:
        dues.mark_step(turn.tx, season.id, milestone.id, rung.step, "held", turn.now, turn.person.id)
    else:
        dues.unmark_step(turn.tx, season.id, milestone.id, rung.step, "held")
    sentence = turn.say.say(HELD if hold else FREED, day=rung.day, milestone=milestone.name)
    return [Reply(sentence, choices=((_switch(turn, plan, milestone, rung, held=hold),),))]


def _switch(turn: Turn, plan: Plan, milestone: Milestone, rung: Rung, *, held: bool) -> Choice:
    label = turn.say.say("Let go: {day}", day=rung.day) if held else turn.say.say("Hold back: {day}", day=rung.day)
    return Choice(label, _token(plan, milestone, rung.step, FREE_WORD if held else HOLD_WORD))


def _ahead(turn: Turn, season: Season, milestone: Milestone) -> list[Rung]:
    due = turn.office.deadline(season, milestone)
    if due is None or milestone.owed_by == "nobody":
        return []
    return [
        rung
        for rung in rungs(milestone, due, turn.office.calendar)
        if rung.day >= turn.today and not _is_over(turn, season, milestone, rung.step)
    ]


def _office(turn: Turn) -> tuple[Season, Plan]:
    now = running(turn)
    if now is None:
        raise Misunderstood(NO_SEASON)
    root = turn.office.root(now[1])
    turn.need(Action.HOLD_STEP, root.id if root else None)
    return now


def _is_over(turn: Turn, season: Season, milestone: Milestone, step: int) -> bool:
    """Whether it has gone out, or a later one went in its place."""
    state = dues.step_states(turn.tx, season.id, milestone.id).get(step)
    return state is not None and state.state != "held"


def _is_held(turn: Turn, season: Season, milestone: Milestone, step: int) -> bool:
    state = dues.step_states(turn.tx, season.id, milestone.id).get(step)
    return state is not None and state.state == "held"


def _token(plan: Plan, milestone: Milestone, step: int, word: str) -> str:
    """The button for a step; overdue steps (negative) are carried as numbers from 1000 upwards."""
    return tokens.command(
        "lichnhac", word, f"m{plan.milestones.index(milestone)}", f"s{step if step >= 0 else 1000 - step}"
    )


def _step(number: int) -> int:
    return number if number < 1000 else 1000 - number
