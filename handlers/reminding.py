"""The office looks at the coming reminders, reads what they will say, holds one back, or lets it go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.chat import Choice, Reply
from bot.errors import NotAllowed
from bot.forms import tokens
from bot.plan.dates import Milestone
from bot.plan.model import Plan
from bot.rules.access import STANDING_OFFICE, WRITTEN_TO, Action
from bot.rules.courses import Course
from bot.rules.ladder import Rung, rungs
from bot.store import dues, people
from bot.store.dues import StepState
from bot.store.seasons import Season
from bot.texts import mark
from bot.turn import NO_RIGHT, Asked, Turn
from handlers.words import as_office, clipped, number_in

TITLE = mark("Coming reminders, {plan} {year}")
TITLE_ALL = mark("Coming reminders")
NONE = mark("No reminder is due in the coming weeks.")
LINE = mark("• {day}: {milestone} – to {count} that have not answered")
LINE_NOBODY = mark("• {day}: {milestone} – nobody to be reminded at present")
LINE_HELD = mark("• {day}: {milestone} – HELD BACK, will not be sent")
WAITS = mark("• {milestone}: no reminder yet, because “{event}” has not come or is not noted (/sukien).")
NO_DAYS = mark("The plan “{plan}” names no day, so nothing reminds of: {milestones}.")
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


@dataclass(frozen=True, slots=True)
class Coming:
    """One reminder ahead: of which season and milestone, for the units that have that date, on which day."""

    season: Season
    plan: Plan
    milestone: Milestone
    course: Course
    rung: Rung

    @property
    def noted(self) -> int:
        """The number under which the step is noted."""
        return self.course.noted(self.rung.step)


def show(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/lichnhac: the next reminders of the office's plans, with how many units they would reach; a button opens each."""
    mine = as_office(turn, Action.HOLD_STEP)
    coming: list[Coming] = []
    silent: list[str] = []
    for season, plan in mine:
        coming += _ahead(turn, season, plan)
        silent += _silent(turn, season, plan)
    lines, rows = [], []
    for one in sorted(coming, key=lambda one: one.rung.day)[:SHOWN]:
        named = _named(one, several=len(mine) > 1)
        if _is_held(turn, one):
            lines.append(turn.say.say(LINE_HELD, day=one.rung.day, milestone=named))
        else:
            owed = len(_owing(turn, one))
            count = turn.say.say_n("{n} unit", "{n} units", owed)
            lines.append(turn.say.say(LINE if owed else LINE_NOBODY, day=one.rung.day, milestone=named, count=count))
        label = turn.say.say(READ, day=one.rung.day, milestone=clipped(named, 48))
        rows.append((Choice(label, _token(one, READ_WORD)),))
    title = turn.say.say(TITLE_ALL)
    if len(mine) == 1:
        title = turn.say.say(TITLE, plan=mine[0][1].name, year=mine[0][0].year)
    return [Reply("\n".join([*(lines or [turn.say.say(NONE)]), *silent]), title=title, choices=tuple(rows))]


def _named(one: Coming, *, several: bool) -> str:
    return f"{one.milestone.name} ({one.plan.name})" if several else one.milestone.name


def _silent(turn: Turn, season: Season, plan: Plan) -> list[str]:
    """What nothing reminds of at present, and why."""
    lines, undated = [], []
    for milestone in plan.occasions:
        if milestone.owed_by in ("nobody", "role") or not turn.office.bound(season, milestone):
            continue
        due = turn.office.deadline(season, milestone)
        event = turn.office.waits_for(turn.tx, season, milestone, turn.today) if due is not None else ""
        if event:
            lines.append(turn.say.say(WAITS, milestone=milestone.name, event=event))
        missing = turn.office.undated(season, milestone)
        if missing is not None and missing.reason != "any_time":
            undated.append(milestone.name)
    if undated:
        lines.append(turn.say.say(NO_DAYS, plan=plan.name, milestones="; ".join(undated)))
    return lines


def act(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """The command with or without a button behind it."""
    if not asked.words or asked.words[0] not in (READ_WORD, HOLD_WORD, FREE_WORD):
        return show(turn, asked)
    one = _meant(turn, asked)
    if asked.words[0] == READ_WORD:
        return _read(turn, one)
    return _decide(turn, one, asked.words[0])


def _meant(turn: Turn, asked: Asked) -> Coming:
    """The reminder that a button names; NotAllowed if there is none such, or it is not the speaker's to see."""
    mine, named = as_office(turn, Action.HOLD_STEP), number_in(asked.words, "n")
    index, number = number_in(asked.words, "m"), number_in(asked.words, "s")
    course = number_in(asked.words, "c") or 0
    of = [pair for pair in mine if named is None or pair[0].id == named]
    if len(of) != 1 or index is None or number is None or index >= len(of[0][1].occasions):
        raise NotAllowed(NO_RIGHT)
    season, plan = of[0]
    milestone, step = plan.occasions[index], _step(number)
    for one in _all(turn, season, plan, milestone):
        if one.course.number == course and one.rung.step == step:
            return one
    raise NotAllowed(NO_RIGHT)


def _read(turn: Turn, one: Coming) -> Sequence[Reply]:
    owed = _owing(turn, one)
    if not owed:
        return [Reply(turn.say.say(NOBODY_OWES))]
    reply = turn.script.preview(turn.tx, one.season, one.milestone, one.noted, turn.say)
    functions = (STANDING_OFFICE,) if one.milestone.owed_by == "standing_office" else WRITTEN_TO
    officers = people.contacts_of_units(turn.tx, owed, *functions, on=turn.today)
    reached = {unit_id for unit_id, _ in officers}
    listening = []
    if one.milestone.owed_by != "standing_office":
        for group in people.groups(turn.tx):
            covered = {group.unit_id, *(u.id for u in turn.office.units.below(group.unit_id or 0))}
            if covered & set(owed):
                listening.append(group.id)
                reached |= {id for id in covered if id is not None}
    told = [turn.say.say(NOT_YET, day=one.rung.day)]
    told.append(
        turn.say.say(
            GOES_TO,
            officers=turn.say.say_n("{n} official", "{n} officials", len({contact.id for _, contact in officers})),
            groups=turn.say.say_n("{n} group", "{n} groups", len(listening)),
        )
    )
    event = turn.office.waits_for(turn.tx, one.season, one.milestone, turn.today)
    if event:
        told.append(turn.say.say(WAITS, milestone=one.milestone.name, event=event))
    alone = [turn.office.units[id].name for id in owed if id not in reached]
    if alone:
        told.append(turn.say.say(UNREACHED, units=", ".join(alone)))
    held = _is_held(turn, one)
    if held:
        told.append(turn.say.say(IS_HELD))
    choices: tuple[tuple[Choice, ...], ...] = ()
    if not _is_over(turn, one):
        choices = ((_switch(turn, one, held=held),),)
    return [reply, Reply("\n".join(told), choices=choices)]


def _decide(turn: Turn, one: Coming, word: str) -> Sequence[Reply]:
    said = {"day": one.rung.day, "milestone": one.milestone.name}
    if _is_over(turn, one):
        return [Reply(turn.say.say(TOO_LATE, **said))]
    assert turn.person is not None
    hold = word == HOLD_WORD
    if hold:
        dues.mark_step(turn.tx, one.season.id, one.milestone.id, one.noted, "held", turn.now, turn.person.id)
    else:
        dues.unmark_step(turn.tx, one.season.id, one.milestone.id, one.noted, "held")
    sentence = turn.say.say(HELD if hold else FREED, **said)
    return [Reply(sentence, choices=((_switch(turn, one, held=hold),),))]


def _switch(turn: Turn, one: Coming, *, held: bool) -> Choice:
    label = turn.say.say("Let go: {day}", day=one.rung.day)
    if not held:
        label = turn.say.say("Hold back: {day}", day=one.rung.day)
    return Choice(label, _token(one, FREE_WORD if held else HOLD_WORD))


def _all(turn: Turn, season: Season, plan: Plan, milestone: Milestone) -> list[Coming]:
    """Every reminder of the milestone, past and coming."""
    if milestone.owed_by in ("nobody", "role"):
        return []
    return [
        Coming(season, plan, milestone, course, rung)
        for course in turn.office.courses(season, milestone)
        for rung in rungs(milestone, course.due, turn.office.calendar)
    ]


def _ahead(turn: Turn, season: Season, plan: Plan) -> list[Coming]:
    found = []
    for milestone in plan.occasions:
        if turn.office.waits_for(turn.tx, season, milestone, turn.today):
            continue
        coming = [one for one in _all(turn, season, plan, milestone) if one.rung.day >= turn.today]
        states = dues.step_states(turn.tx, season.id, milestone.id) if coming else {}
        found += [one for one in coming if not _gone(states.get(one.noted))]
    return found


def _owing(turn: Turn, one: Coming) -> list[int]:
    """The units that have this date and have not answered."""
    bound = turn.office.bound(one.season, one.milestone)
    reached = [id for id in bound if one.course.concerns(turn.office.units[id].kind)]
    return turn.office.still_owing(turn.tx, one.season, one.milestone, reached)


def _is_over(turn: Turn, one: Coming) -> bool:
    """Whether it has gone out, or a later one went in its place."""
    return _gone(dues.step_states(turn.tx, one.season.id, one.milestone.id).get(one.noted))


def _gone(state: StepState | None) -> bool:
    return state is not None and state.state != "held"


def _is_held(turn: Turn, one: Coming) -> bool:
    state = dues.step_states(turn.tx, one.season.id, one.milestone.id).get(one.noted)
    return state is not None and state.state == "held"


def _token(one: Coming, word: str) -> str:
    """The button for a step; overdue steps (negative) are carried as numbers from 1000 upwards."""
    step = one.rung.step if one.rung.step >= 0 else 1000 - one.rung.step
    course = (f"c{one.course.number}",) if one.course.number else ()
    index = one.plan.occasions.index(one.milestone)
    return tokens.command("lichnhac", word, f"m{index}", f"s{step}", f"n{one.season.id}", *course)


def _step(number: int) -> int:
    return number if number < 1000 else 1000 - number
