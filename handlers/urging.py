"""The office, or who looks after units, has those reminded at once who still owe something: one preview and one tap."""

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
from bot.rules.ladder import SEND_FROM, SEND_UNTIL, URGE, may_send
from bot.store import dues
from bot.store.seasons import Season
from bot.texts import mark
from bot.turn import NO_RIGHT, Asked, Turn
from handlers import duties
from handlers.reaching import (
    day_in,
    day_word,
    listed,
    milestone_in,
    of_course,
    was_sent,
    would_reach,
    year_end,
)
from handlers.words import NO_SEASON, OTHER_SEASON, clipped, number_in, of_plan

COMMAND = "dondoc"
SEND, AGAIN, LEAVE = "gui", "lai", "thoi"  # words in the buttons; `AGAIN`: it has been said that it went today already
OFFERED = 8  # duties to choose from; a longer list of buttons nobody reads
LABEL = 40  # characters of a duty's name on a button

WHICH = mark("Of which duty are the units to be reminded?")
ENTRY = mark("• {milestone} ({due}): {count} have not answered")
NOBODY_OWES = mark(
    "Nobody of the units that are yours to remind owes anything at the moment, so there is nobody to write to."
)
ALL_ANSWERED = mark("All have answered “{milestone}” meanwhile. Nothing was sent.")
ABOUT = mark("Remind of “{milestone}”: {count} have not answered ({units}).")
WAITS = mark(
    "“{milestone}” waits for “{event}”, which has not come or is not noted (/sukien). Nobody is reminded of it yet."
)
NOT_NOW = mark(
    "Offices are written to on working days from {start} to {end}; sent now, it leaves at the next such hour."
)
TODAY = mark("The units were reminded of this today already ({at}).")
ONCE_MORE = mark("The units were reminded of “{milestone}” today already ({at}). Are they to be reminded once more?")
SENT_BEFORE = mark("That was sent already ({at}); nothing was sent twice.")
LEFT = mark("Nothing was sent.")
GONE = mark("That date does not stand any more; nothing was sent. /dondoc shows what is owed now.")
SEND_IT = mark("Send the reminder")
SEND_AGAIN = mark("Send it once more")
LEAVE_IT = mark("Do not send")


@dataclass(frozen=True, slots=True)
class Owed:
    """What some of the units that are the speaker's to remind have not answered: of one milestone, for one date."""

    season: Season
    plan: Plan
    milestone: Milestone
    course: Course | None
    units: tuple[int, ...]

    @property
    def deadline(self) -> date:
        """Under which day it is noted."""
        return self.course.key if self.course is not None else year_end(self.season)

    def token(self, *words: str) -> str:
        return tokens.command(COMMAND, *words, self.milestone.word, f"n{self.season.id}", day_word(self.deadline))


def begin(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/dondoc: what is owed, to choose from; then text and list; then, with one tap, it is sent."""
    if not turn.office.running(turn.now):
        raise Misunderstood(NO_SEASON)
    if LEAVE in asked.words and not asked.text:
        return [Reply(turn.say.say(LEFT))]
    mine = urged_by(turn)
    if not mine:
        raise NotAllowed(NO_RIGHT)
    if not asked.text and number_in(asked.words, "n") is not None:
        mine = [one for one in mine if one[0].id == number_in(asked.words, "n")]
        if not mine:
            raise Misunderstood(OTHER_SEASON)
        if day_in(asked.words) is not None:
            return _meant(turn, asked, *mine[0])
    return _choose(turn, asked, mine)


def urged_by(turn: Turn) -> list[tuple[Season, Plan, frozenset[int]]]:
    """The running seasons with the units in them that the speaker may have reminded."""
    found = []
    for season, plan in turn.office.running(turn.now):
        part, root = turn.office.taking_part(season), turn.office.root(plan)
        if root is not None and turn.can(Action.URGE, root.id, season.id):
            units = frozenset(part - {root.id})
        else:
            units = frozenset(id for id in part if turn.can(Action.URGE, id, season.id))
        if units:
            found.append((season, plan, units))
    return found


def may(turn: Turn, season: Season, units: Sequence[int]) -> bool:
    """Whether some of these units are the speaker's to remind in that season."""
    return turn.private and any(turn.can(Action.URGE, id, season.id) for id in units)


def owed_now(turn: Turn, season: Season, plan: Plan, units: frozenset[int]) -> list[Owed]:
    """What these units owe in the season at the moment: for each date of each milestone who has not answered."""
    found = []
    for milestone in plan.occasions:
        if milestone.owed_by in ("nobody", "role", "standing_office") or not milestone.settled_by:
            continue
        if not duties.is_owed_now(turn, season, milestone):
            continue
        if turn.office.waits_for(turn.tx, season, milestone, turn.today):
            continue
        found += [one for one in _dates(turn, season, plan, milestone, units) if one.units]
    return found


def _dates(turn: Turn, season: Season, plan: Plan, milestone: Milestone, units: frozenset[int]) -> list[Owed]:
    courses: list[Course | None] = [*turn.office.courses(season, milestone)]
    made = []
    for course in courses or [None]:
        bound = [id for id in of_course(turn, season, milestone, course) if id in units]
        late = turn.office.still_owing(turn.tx, season, milestone, bound)
        made.append(Owed(season, plan, milestone, course, tuple(late)))
    return made


def _choose(turn: Turn, asked: Asked, mine: Sequence[tuple[Season, Plan, frozenset[int]]]) -> Sequence[Reply]:
    found = [one for season, plan, units in mine for one in owed_now(turn, season, plan, units)]
    topic = asked.understood.what if asked.understood is not None else None
    found = [one for one in found if topic and one.milestone.topic == topic] or found
    if not found:
        return [Reply(turn.say.say(NOBODY_OWES))]
    found.sort(key=lambda one: (one.course is None, abs((one.deadline - turn.today).days)))
    if len(found) == 1:
        return _shown(turn, found[0])
    turn.asking = True
    lines, rows = [turn.say.say(WHICH)], []
    for one in found[:OFFERED]:
        named = of_plan(turn, one.plan, one.milestone.name)
        lines.append(turn.say.say(ENTRY, milestone=named, due=_due(turn, one), count=_count(turn, one)))
        label = turn.say.say("{what}: {count}", what=clipped(named, LABEL), count=_count(turn, one))
        rows.append((Choice(label, one.token()),))
    return [Reply("\n".join(lines), choices=tuple(rows))]


def _due(turn: Turn, one: Owed) -> str:
    if one.course is None:
        return duties.due_words(turn, one.season, one.milestone)
    return turn.say.say("by {day}", day=one.course.due.last_day)


def _count(turn: Turn, one: Owed) -> str:
    return turn.say.say_n("{n} unit", "{n} units", len(one.units))


def _meant(turn: Turn, asked: Asked, season: Season, plan: Plan, units: frozenset[int]) -> Sequence[Reply]:
    """A button names one milestone and date: it is shown, or sent."""
    milestone, day = milestone_in(plan.occasions, asked.words), day_in(asked.words)
    if milestone is None or milestone.owed_by in ("nobody", "role", "standing_office"):
        raise Misunderstood(GONE)
    one = next((o for o in _dates(turn, season, plan, milestone, units) if o.deadline == day), None)
    if one is None:
        raise Misunderstood(GONE)
    event = turn.office.waits_for(turn.tx, season, milestone, turn.today)
    if event:
        raise Misunderstood(WAITS, milestone=milestone.name, event=event)
    number = number_in(asked.words, "s")
    if number is not None and (SEND in asked.words or AGAIN in asked.words):
        return _send(turn, one, number, again=AGAIN in asked.words)
    if not one.units:
        return [Reply(turn.say.say(ALL_ANSWERED, milestone=milestone.name))]
    return _shown(turn, one)


def _shown(turn: Turn, one: Owed) -> Sequence[Reply]:
    """The text as it will read, the units, whom it reaches – and the one button that sends it."""
    turn.asking = True
    number = _next(turn, one)
    text = turn.script.reminders.preview(
        turn.tx,
        one.season,
        one.milestone,
        one.deadline,
        URGE + number,
        turn.say,
        unit_ids=one.units,
        person_id=_person(turn),
    )
    lines = [turn.say.say(ABOUT, milestone=one.milestone.name, count=_count(turn, one), units=listed(turn, one.units))]
    lines += would_reach(turn, one.season, one.milestone, one.units)
    if not may_send(turn.office.calendar, turn.now):
        lines.append(turn.say.say(NOT_NOW, start=f"{SEND_FROM:%H:%M}", end=f"{SEND_UNTIL:%H:%M}"))
    earlier = _today(turn, one)
    if earlier:
        lines.append(turn.say.say(TODAY, at=earlier))
    buttons = (
        Choice(turn.say.say(SEND_IT), one.token(SEND, f"s{number}")),
        Choice(turn.say.say(LEAVE_IT), tokens.command(COMMAND, LEAVE)),
    )
    return [text, Reply("\n".join(lines), choices=(buttons,))]


def _send(turn: Turn, one: Owed, number: int, *, again: bool) -> Sequence[Reply]:
    states = dues.steps(turn.tx, one.season.id, one.milestone.id)
    before = states.get((one.deadline, URGE + number))
    if before is not None:
        return [Reply(turn.say.say(SENT_BEFORE, at=before.at.astimezone(ZONE)))]
    if not one.units:
        return [Reply(turn.say.say(ALL_ANSWERED, milestone=one.milestone.name))]
    if number != _next(turn, one):  # a number that no preview of ours has shown
        return _shown(turn, one)
    earlier = _today(turn, one)
    if earlier and not again:
        turn.asking = True
        buttons = (
            Choice(turn.say.say(SEND_AGAIN), one.token(AGAIN, f"s{number}")),
            Choice(turn.say.say(LEAVE_IT), tokens.command(COMMAND, LEAVE)),
        )
        return [Reply(turn.say.say(ONCE_MORE, milestone=one.milestone.name, at=earlier), choices=(buttons,))]
    assert turn.person is not None
    sent = turn.script.reminders.send(
        turn.tx,
        one.season,
        one.milestone,
        one.deadline,
        URGE + number,
        turn.now,
        turn.real,
        unit_ids=one.units,
        person_id=turn.person.id,
    )
    if not sent.units:  # somebody else pressed it at the same moment
        return [Reply(turn.say.say(SENT_BEFORE, at=turn.now.astimezone(ZONE)))]
    return [Reply("\n".join(was_sent(turn, sent)))]


def _next(turn: Turn, one: Owed) -> int:
    """The number of the next urging for that date."""
    states = dues.steps(turn.tx, one.season.id, one.milestone.id)
    return 1 + max((step - URGE for day, step in states if day == one.deadline and step >= URGE), default=-1)


def _today(turn: Turn, one: Owed) -> str:
    """When somebody had the same units reminded of the same milestone today; empty if nobody did."""
    states = dues.steps(turn.tx, one.season.id, one.milestone.id)
    told = [s.at.astimezone(ZONE) for (_, step), s in states.items() if step >= URGE and s.state == "released"]
    today = [at for at in told if at.date() == turn.today]
    return f"{max(today):%H:%M}" if today else ""


def _person(turn: Turn) -> int | None:
    return turn.person.id if turn.person is not None else None
