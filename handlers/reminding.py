"""The office looks at the coming reminders, reads what they will say, holds one back, lets it go; and sets what waits for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.chat import Choice, Reply
from bot.clock import ZONE
from bot.errors import Misunderstood, NotAllowed
from bot.forms import tokens
from bot.plan.dates import Milestone
from bot.plan.model import Plan
from bot.rules.access import Action
from bot.rules.courses import Course
from bot.rules.ladder import Rung, carried, rungs, step_carried
from bot.store import dues, escalations, seasons
from bot.store.dues import HELD, OVERTAKEN, RELEASED, WAITING, StepState
from bot.store.seasons import ASK, AUTO, Season
from bot.texts import mark
from bot.turn import NO_RIGHT, WEEK, Asked, Turn
from handlers.reaching import day_in, day_word, milestone_in, of_course, was_sent, would_reach
from handlers.words import OTHER_SEASON, as_office, clipped, number_in, of_plan

COMMAND = "lichnhac"
TITLE = mark("Coming reminders, {plan} {year}")
TITLE_ALL = mark("Coming reminders")
NONE = mark("No reminder is due in the coming weeks.")
LINE = mark("• {day}: {milestone} – to {count} that have not answered")
LINE_TOLD = mark("• {day}: {milestone} – to those who see to it")
LINE_NOBODY = mark("• {day}: {milestone} – nobody to be reminded at present")
LINE_HELD = mark("• {day}: {milestone} – HELD BACK, will not be sent")
LINE_WAITING = mark("• {day}: {milestone} – WAITS FOR THE OFFICE TO SEND IT, to {count} that have not answered")
WAITS = mark("• {milestone}: no reminder yet, because “{event}” has not come or is not noted (/sukien).")
NO_DAYS = mark("The plan “{plan}” names no day, so nothing reminds of: {milestones}. /datngay sets days.")
READ = mark("Read: {day} – {milestone}")
NOT_YET = mark("This is how it would read on {day} as things stand now; whoever answers until then is left out.")
WAITING_NOW = mark("It waits for the office: it is sent when somebody of the office says so.")
NOBODY_OWES = mark("Everybody has answered, so nothing would be sent.")
IS_HELD = mark("It is held back at present and will not be sent.")
HELD_BACK = mark("The reminder of {day} for {milestone} is held back. It will not be sent.")
FREED = mark("The reminder of {day} for {milestone} will be sent as planned.")
TOO_LATE = mark("The reminder of {day} for {milestone} has gone out already; it cannot be held back.")
SENT_BEFORE = mark("The reminder of {day} for {milestone} was sent already ({at}); nothing was sent twice.")
OVER = mark("A later reminder has come in the place of the one of {day} for {milestone}; nothing was sent.")
NOT_ITS_DAY = mark("The reminder of {day} for {milestone} does not wait for the office: it goes by itself on its day.")
SEND = mark("Send: {day}")
FIRST_AUTO = mark("{plan}: the first reminder of each date goes by itself.")
FIRST_ASK = mark("{plan}: the first reminder of each date waits for the office to send it.")
DIGEST_AUTO = mark("{plan}: what is told to those who look after units goes by itself.")
DIGEST_ASK = mark("{plan}: what is told to those who look after units waits for the office to send it.")
TO_ASK, TO_AUTO = mark("First reminder: wait for the office"), mark("First reminder: send by itself")
DIGEST_TO_ASK, DIGEST_TO_AUTO = mark("To overseers: wait for the office"), mark("To overseers: send by itself")
STANDS = mark("That is how it was; nothing was changed.")
DIGEST_WAITS = mark("• {plan}: {count} that stay silent – WAITS FOR THE OFFICE to tell those who look after them")
WEEK_WAITS = mark("• {plan}: who owes this week – WAITS FOR THE OFFICE to tell those who look after them")
READ_DIGEST = mark("Read: to those who look after units")
DIGEST_SENT = mark("Sent to those who look after these units: {count}.")
DIGEST_SENT_LATER = mark("Those who look after these units ({count}) read it at {at}.")
DIGEST_DROPPED = mark("Nothing is sent of it.")
DIGEST_OVER = mark("Somebody of the office has decided on that already, or nobody owes any more; nothing was sent.")
SHOWN = 6  # reminders ahead
READ_WORD, HOLD_WORD, FREE_WORD, SEND_WORD = "doc", "giu", "tha", "gui"
SET_WORD, DIGEST_WORD, DROP_WORD = "dat", "tong", "thoi"
FIRST, DIGESTS = "nhac", "dig"  # what a setting is about


@dataclass(frozen=True, slots=True)
class Coming:
    """One reminder ahead: of which season and milestone, for the units that have that date, on which day."""

    season: Season
    plan: Plan
    milestone: Milestone
    course: Course
    rung: Rung

    @property
    def noted(self) -> tuple[date, int]:
        """Under what the step is noted: the last day to which it counts, and its number."""
        return self.course.key, self.rung.step


def show(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/lichnhac: the next reminders of the office's plans, with how many units they would reach; a button opens each."""
    mine = as_office(turn, Action.HOLD_STEP)
    coming: list[Coming] = []
    lines: list[str] = []
    rows: list[tuple[Choice, ...]] = []
    settings: list[tuple[str, tuple[Choice, ...]]] = []
    silent: list[str] = []
    for season, plan in mine:
        coming += _ahead(turn, season, plan)
        silent += _silent(turn, season, plan)
        told, button = _digest_waiting(turn, season, plan)
        lines += told
        rows += button
        settings += _settings(turn, season, plan)
    order = sorted(coming, key=lambda one: (not _in_state(turn, one, WAITING), one.rung.day))
    for one in order[:SHOWN]:
        named = of_plan(turn, one.plan, one.milestone.name) if len(mine) > 1 else one.milestone.name
        lines.append(_line(turn, one, named))
        label = turn.say.say(READ, day=one.rung.day, milestone=clipped(named, 48))
        rows.append((Choice(label, _token(one, READ_WORD)),))
    title = turn.say.say(TITLE_ALL)
    if len(mine) == 1:
        title = turn.say.say(TITLE, plan=mine[0][1].name, year=mine[0][0].year)
    ways = [line for line, _ in settings]
    rows += [row for _, row in settings]
    return [Reply("\n".join([*(lines or [turn.say.say(NONE)]), *silent, *ways]), title=title, choices=tuple(rows))]


def _line(turn: Turn, one: Coming, named: str) -> str:
    if _in_state(turn, one, HELD):
        return turn.say.say(LINE_HELD, day=one.rung.day, milestone=named)
    if one.milestone.owed_by == "role":
        return turn.say.say(LINE_TOLD, day=one.rung.day, milestone=named)
    owed = len(_owing(turn, one))
    count = turn.say.say_n("{n} unit", "{n} units", owed)
    sentence = LINE_WAITING if _in_state(turn, one, WAITING) else LINE
    return turn.say.say(sentence if owed else LINE_NOBODY, day=one.rung.day, milestone=named, count=count)


def _settings(turn: Turn, season: Season, plan: Plan) -> list[tuple[str, tuple[Choice, ...]]]:
    """What goes by itself in that season and what waits, each with the button that changes it."""
    asks, holds = season.reminders == ASK, season.digests == ASK
    name = plan.name
    label = of_plan(turn, plan, turn.say.say(TO_AUTO if asks else TO_ASK))
    first = Choice(label, _setting(season, FIRST, AUTO if asks else ASK))
    label = of_plan(turn, plan, turn.say.say(DIGEST_TO_AUTO if holds else DIGEST_TO_ASK))
    digests = Choice(label, _setting(season, DIGESTS, AUTO if holds else ASK))
    return [
        (turn.say.say(FIRST_ASK if asks else FIRST_AUTO, plan=name), (first,)),
        (turn.say.say(DIGEST_ASK if holds else DIGEST_AUTO, plan=name), (digests,)),
    ]


def _setting(season: Season, what: str, value: str) -> str:
    return tokens.command(COMMAND, SET_WORD, what, value, f"n{season.id}")


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
    word = asked.words[0] if asked.words else ""
    if word == SET_WORD:
        return _set(turn, asked)
    if word == DIGEST_WORD:
        return _digest(turn, asked)
    if word not in (READ_WORD, HOLD_WORD, FREE_WORD, SEND_WORD):
        return show(turn, asked)
    one = _meant(turn, asked)
    if word == READ_WORD:
        return _read(turn, one)
    return _send(turn, one) if word == SEND_WORD else _decide(turn, one, word)


def _season(turn: Turn, asked: Asked) -> tuple[Season, Plan]:
    """The season that a button names; Misunderstood if it does not run (any more), NotAllowed if it is not the speaker's."""
    mine, named = as_office(turn, Action.HOLD_STEP), number_in(asked.words, "n")
    of = [pair for pair in mine if named is None or pair[0].id == named]
    if len(of) == 1:
        return of[0]
    if named is not None and any(season.id == named for season, _ in turn.office.running(turn.now)):
        raise NotAllowed(NO_RIGHT)
    raise Misunderstood(OTHER_SEASON)


def _meant(turn: Turn, asked: Asked) -> Coming:
    """The reminder that a button names; NotAllowed if there is none such, or it is not the speaker's to see."""
    mine, named = as_office(turn, Action.HOLD_STEP), number_in(asked.words, "n")
    number, day = number_in(asked.words, "s"), day_in(asked.words)
    of = [pair for pair in mine if named is None or pair[0].id == named]
    milestone = milestone_in(of[0][1].occasions, asked.words) if len(of) == 1 else None
    if milestone is None or number is None:
        raise NotAllowed(NO_RIGHT)
    season, plan = of[0]
    step = step_carried(number)
    for one in _all(turn, season, plan, milestone):
        if day in (None, one.course.key) and one.rung.step == step:
            return one
    raise NotAllowed(NO_RIGHT)


def _read(turn: Turn, one: Coming) -> Sequence[Reply]:
    owed = _owing(turn, one)
    if not owed:
        return [Reply(turn.say.say(NOBODY_OWES))]
    reply = turn.script.reminders.preview(turn.tx, one.season, one.milestone, *one.noted, turn.say)
    waiting, held = _in_state(turn, one, WAITING), _in_state(turn, one, HELD)
    told = [turn.say.say(WAITING_NOW) if waiting else turn.say.say(NOT_YET, day=one.rung.day)]
    told += would_reach(turn, one.season, one.milestone, owed, one.rung.step)
    event = turn.office.waits_for(turn.tx, one.season, one.milestone, turn.today)
    if event:
        told.append(turn.say.say(WAITS, milestone=one.milestone.name, event=event))
    if held:
        told.append(turn.say.say(IS_HELD))
    choices: tuple[tuple[Choice, ...], ...] = ()
    if not _is_over(turn, one):
        choices = ((_switch(turn, one, held=held),),)
    if waiting:
        choices = ((Choice(turn.say.say(SEND, day=one.rung.day), _token(one, SEND_WORD)), *choices[0]),)
    return [reply, Reply("\n".join(told), choices=choices)]


def _send(turn: Turn, one: Coming) -> Sequence[Reply]:
    """A reminder that waits for the office is let go."""
    said = {"day": one.rung.day, "milestone": one.milestone.name}
    state = _state(turn, one)
    if state is not None and state.state == RELEASED:
        return [Reply(turn.say.say(SENT_BEFORE, at=state.at.astimezone(ZONE), **said))]
    if state is not None and state.state == OVERTAKEN:
        return [Reply(turn.say.say(OVER, **said))]
    if any(later.rung.day <= turn.today and later.rung.day > one.rung.day for later in _siblings(turn, one)):
        return [Reply(turn.say.say(OVER, **said))]
    if state is None:
        return [Reply(turn.say.say(NOT_ITS_DAY, **said))]
    if not _owing(turn, one):
        return [Reply(turn.say.say(NOBODY_OWES))]
    assert turn.person is not None
    sent = turn.script.reminders.send(
        turn.tx, one.season, one.milestone, *one.noted, turn.now, turn.real, person_id=turn.person.id
    )
    return [Reply("\n".join(was_sent(turn, sent)))]


def _decide(turn: Turn, one: Coming, word: str) -> Sequence[Reply]:
    said = {"day": one.rung.day, "milestone": one.milestone.name}
    if _is_over(turn, one):
        return [Reply(turn.say.say(TOO_LATE, **said))]
    assert turn.person is not None
    hold = word == HOLD_WORD
    if hold:
        dues.mark_step(turn.tx, one.season.id, one.milestone.id, *one.noted, HELD, turn.now, turn.person.id)
    else:
        dues.unmark_step(turn.tx, one.season.id, one.milestone.id, *one.noted, HELD)
    sentence = turn.say.say(HELD_BACK if hold else FREED, **said)
    return [Reply(sentence, choices=((_switch(turn, one, held=hold),),))]


def _switch(turn: Turn, one: Coming, *, held: bool) -> Choice:
    label = turn.say.say("Let go: {day}", day=one.rung.day)
    if not held:
        label = turn.say.say("Hold back: {day}", day=one.rung.day)
    return Choice(label, _token(one, FREE_WORD if held else HOLD_WORD))


# -- what waits for the office at all ----------------------------------------------------------------------------------


def _set(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """One tap on “goes by itself” or “waits for the office”."""
    season, plan = _season(turn, asked)
    value = next((word for word in asked.words[1:] if word in (AUTO, ASK)), "")
    what = next((word for word in asked.words[1:] if word in (FIRST, DIGESTS)), "")
    if not value or not what:
        raise NotAllowed(NO_RIGHT)
    first, digests = (value, "") if what == FIRST else ("", value)
    fresh = seasons.release(turn.tx, season.id, turn.now, reminders=first, digests=digests)
    turn.office.refresh(turn.tx)
    season = turn.office.season_by_id(season.id)
    lines = [] if fresh else [turn.say.say(STANDS)]
    ways = _settings(turn, season, plan)
    line, row = ways[0] if what == FIRST else ways[1]
    return [Reply("\n".join([*lines, line]), choices=(row,))]


# -- what is told to those who look after units ------------------------------------------------------------------------


def _digest_waiting(turn: Turn, season: Season, plan: Plan) -> tuple[list[str], list[tuple[Choice, ...]]]:
    """What waits to be told to overseers, each with the button to read it."""
    lines: list[str] = []
    rows: list[tuple[Choice, ...]] = []
    waiting = escalations.waiting(turn.tx, season.id)
    if waiting:
        count = turn.say.say_n("{n} unit", "{n} units", len({one.unit_id for one in waiting}))
        lines.append(turn.say.say(DIGEST_WAITS, plan=plan.name, count=count))
        token = tokens.command(COMMAND, DIGEST_WORD, READ_WORD, f"n{season.id}", f"e{max(one.id for one in waiting)}")
        rows.append((Choice(turn.say.say(READ_DIGEST), token),))
    for (day, _), state in dues.steps(turn.tx, season.id, WEEK).items():
        if state.state == WAITING and (turn.today - day).days < 7:
            lines.append(turn.say.say(WEEK_WAITS, plan=plan.name))
            token = tokens.command(COMMAND, DIGEST_WORD, READ_WORD, f"n{season.id}", day_word(day))
            rows.append((Choice(turn.say.say(READ_DIGEST), token),))
    return lines, rows


def _digest(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """Read what waits to be told to overseers, send it, or let it be."""
    season, _ = _season(turn, asked)
    week = day_in(asked.words)
    which = week if week is not None else number_in(asked.words, "e")
    if which is None:
        raise NotAllowed(NO_RIGHT)
    assert turn.person is not None
    digests = turn.script.digests
    if READ_WORD in asked.words:
        reply = digests.preview(turn.tx, season, turn.say, turn.now, which)
        return [reply if reply is not None else Reply(turn.say.say(DIGEST_OVER))]
    if DROP_WORD in asked.words:
        dropped = digests.drop(turn.tx, season, turn.now, turn.person.id, which)
        return [Reply(turn.say.say(DIGEST_DROPPED if dropped else DIGEST_OVER))]
    sent = digests.send(turn.tx, season, turn.now, turn.real, turn.person.id, which)
    if sent is None:
        return [Reply(turn.say.say(DIGEST_OVER))]
    count = turn.say.say_n("{n} person", "{n} people", sent.people)
    if sent.at > turn.now:
        return [Reply(turn.say.say(DIGEST_SENT_LATER, count=count, at=sent.at))]
    return [Reply(turn.say.say(DIGEST_SENT, count=count))]


# -- which reminders there are -------------------------------------------------------------------------------------------


def _all(turn: Turn, season: Season, plan: Plan, milestone: Milestone) -> list[Coming]:
    """Every reminder of the milestone, past and coming."""
    if milestone.owed_by == "nobody" or (milestone.owed_by == "role" and not turn.office.told(season, milestone)):
        return []
    return [
        Coming(season, plan, milestone, course, rung)
        for course in turn.office.courses(season, milestone)
        for rung in rungs(milestone, course.due, turn.office.calendar)
    ]


def _siblings(turn: Turn, one: Coming) -> list[Coming]:
    """The other reminders of the same date."""
    every = _all(turn, one.season, one.plan, one.milestone)
    return [other for other in every if other.course.key == one.course.key and other.rung != one.rung]


def _ahead(turn: Turn, season: Season, plan: Plan) -> list[Coming]:
    found = []
    for milestone in plan.occasions:
        every = _all(turn, season, plan, milestone)
        if not every or turn.office.waits_for(turn.tx, season, milestone, turn.today):
            continue
        states = dues.steps(turn.tx, season.id, milestone.id)
        for one in every:
            state = states.get(one.noted)
            waits = state is not None and state.state == WAITING
            if waits or (one.rung.day >= turn.today and not _gone(state)):
                found.append(one)
    return found


def _owing(turn: Turn, one: Coming) -> list[int]:
    """The units that have this date and have not answered; of a duty of a function, who is told of it."""
    if one.milestone.owed_by == "role":
        return turn.office.told(one.season, one.milestone)
    reached = of_course(turn, one.season, one.milestone, one.course)
    return turn.office.still_owing(turn.tx, one.season, one.milestone, reached)


def _state(turn: Turn, one: Coming) -> StepState | None:
    return dues.steps(turn.tx, one.season.id, one.milestone.id).get(one.noted)


def _is_over(turn: Turn, one: Coming) -> bool:
    """Whether it has gone out, or a later one went in its place."""
    return _gone(_state(turn, one))


def _gone(state: StepState | None) -> bool:
    return state is not None and state.state in (RELEASED, OVERTAKEN)


def _in_state(turn: Turn, one: Coming, wanted: str) -> bool:
    state = _state(turn, one)
    return state is not None and state.state == wanted


def _token(one: Coming, word: str) -> str:
    """The button for a step."""
    step = f"s{carried(one.rung.step)}"
    return tokens.command(COMMAND, word, one.milestone.word, step, f"n{one.season.id}", day_word(one.course.key))
