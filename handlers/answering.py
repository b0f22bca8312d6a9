"""What a unit answers to a reminder from the message itself: received, later, sent already; and what the office says of that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from bot.chat import Choice, Reply
from bot.errors import Misunderstood, NotAllowed
from bot.forms import tokens
from bot.plan.dates import Milestone
from bot.plan.model import Plan
from bot.rules.access import STANDING_OFFICE, WRITTEN_TO, Action
from bot.rules.calendar import Deadline
from bot.rules.ladder import Rung, carried, following, rungs, step_carried
from bot.store import dues, notices, people, responses
from bot.store.dues import StepState
from bot.store.responses import Claim
from bot.store.seasons import Season
from bot.store.units import Unit
from bot.texts import Language, language, mark
from bot.turn import NO_RIGHT, Asked, Turn
from bot.vietnamese import fold
from handlers.paper import back_choice, note_letter
from handlers.reaching import day_in, day_word, milestone_in, year_end
from handlers.words import number_in, standing, stands_over, unit_choices, unit_in

COMMAND = "nhac"
SEEN: Literal["seen"] = "seen"
LATER: Literal["later"] = "later"
DONE: Literal["done"] = "done"
PAPER, NO_LETTER = "paper", "trong"  # it was sent as a letter; its number and date are left out
CONFIRM, REFUSE = "ghi", "chua"  # the office: note the letter; it has not come
SNOOZES = (1, 3, 5)  # working days
LAST = "cuoi"
LONGEST_LETTER = 120  # characters of what is typed of the letter
SKIP_WORDS = frozenset(
    ("bo qua", "khong", "khong nho", "khong biet", "khong co", "chua co so", "khong so", "da gui", "da gui roi", "skip")
)  # folded

OVER = mark("The season of that reminder is closed; nothing is owed in it any more.")
OTHER_DATE = mark(
    "That reminder speaks of a date that does not stand any more ({old}). Nothing was changed. The date now: {new}."
)
NO_DATE_NOW = mark(
    "That reminder speaks of a date that does not stand any more; nothing was changed. /viec shows what is open."
)
NOT_OWED = mark("“{milestone}” is not asked of {unit} (any more); nothing was changed.")
ANSWERED = mark("{unit} has answered “{milestone}” already. Thank you; no more reminders of it come.")
WHICH_UNIT = mark("For which unit is the answer?")
THANKS = mark("Thank you. Noted: {unit} has received the reminder of “{milestone}”.")
SKIPPED = mark("The next reminder of it is left out; the one after it comes on {day} if it is still open then.")
LAST_COMES = mark("The reminder of the last working day, {day}, comes all the same if it is still open then.")
SKIPPED_ALL = mark("No further reminder of it comes before the date.")
BEFORE = mark("That was noted before for {unit}; nothing was changed.")
WHEN = mark("When is {unit} to be reminded of “{milestone}” again? The last working day is {day}.")
IN_DAYS = mark("{day} (in {count})")
ON_LAST = mark("{day} (the last day)")
NO_LATER = mark(
    "There is no working day left before the date of “{milestone}” on which to remind again ({day}). /viec shows what is open."
)
PUT_OFF = mark("Noted: {unit} is reminded of “{milestone}” again on {day}, and not before, if it is still open then.")
HOW_DONE = mark("Nothing of “{milestone}” has come from {unit} on Khéo yet. How was it done?")
NOTHING_YET = mark("Nothing of “{milestone}” has come from {unit} on Khéo yet. It is handed in there: /viec.")
ALL_REGISTERED, NONE_THIS_YEAR = mark("All is registered"), mark("None this year")
TOLD_DONE = mark("Noted: “{milestone}” has been done. It is not spoken of any more this time.")
BY_LETTER = mark("Sent as a letter")
ON_KHEO = mark("I hand it in on Khéo")
WHICH_LETTER = mark(
    "Please type the letter's number and date, e.g. “12/UBND-VX ngày 05/02/2024”; “bỏ qua” leaves it out."
)
LEAVE_OUT = mark("Leave it out")
CLAIMED = mark(
    "Noted: {unit} says that “{milestone}” was sent as a letter. {office} looks for it; until then no more reminders of it come."
)
TOO_LONG = mark("Please keep to the letter's number and date, in at most {most} characters.")
CLAIM_TITLE = mark("A unit says that it has sent its letter")
CLAIM = mark("{unit}: “{milestone}” (plan “{plan}”) was sent as a letter: {letter}.")
NO_NUMBER = mark("number and date not given")
NOTE_IT, NOT_COME = mark("Note the letter"), mark("It has not come")
WHAT_FOLLOWS = mark(
    "“Note the letter” ends the owing, as /vanban does; with “It has not come” the unit is told and reminded again."
)
NOTED = mark("Noted: {milestone} of {unit} was received on paper ({letter}).")
REFUSED = mark(
    "Noted: the letter of {unit} for “{milestone}” has not come. The unit is told, and is reminded again with the next reminder."
)
DECIDED = mark("That has been decided already, or {unit} has answered “{milestone}” meanwhile; nothing was changed.")
REFUSED_TITLE = mark("Letter not found: {milestone}")
REFUSED_TOLD = mark(
    "{office} has not found the letter of {unit} on “{milestone}” yet. Would you please look once more whether it was sent, "
    "or hand it in on Khéo (/viec)? If it was sent, please tell its number and date."
)


@dataclass(frozen=True, slots=True)
class Reminded:
    """What a button of a reminder speaks of: one date of one milestone, and the step at which it was sent."""

    season: Season
    plan: Plan
    milestone: Milestone
    deadline: date
    step: int
    due: Deadline | None
    """None: the duty has no day, the office urged."""

    def token(self, word: str, unit: Unit, *further: str) -> str:
        task, step = self.milestone.word, f"s{carried(self.step)}"
        of = (f"n{self.season.id}", task, day_word(self.deadline), step, f"u{unit.id}")
        return tokens.command(COMMAND, word, *of, *further)


def answer(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """The buttons of a reminder, and those that follow from them."""
    word = next((one for one in asked.words if one in (SEEN, LATER, DONE, PAPER, CONFIRM, REFUSE)), "")
    if turn.person is None or not word:
        raise NotAllowed(NO_RIGHT)
    season, plan, milestone = _of(turn, asked.words)
    if word in (CONFIRM, REFUSE):
        return _decide(turn, asked, season, plan, milestone, confirmed=word == CONFIRM)
    units = _mine(turn, asked, season, plan, milestone)
    if len(units) > 1:
        turn.asking = True
        further = [one for one in asked.words if one != word]
        return [Reply(turn.say.say(WHICH_UNIT), choices=unit_choices(turn, units, COMMAND, word, *further))]
    unit = units[0]
    said = {"unit": unit.name, "milestone": milestone.name}
    one = _reminded(turn, asked, season, plan, milestone, unit)
    if milestone.owed_by != "role" and not turn.office.still_owing(turn.tx, season, milestone, [unit.id]):
        return [Reply(turn.say.say(ANSWERED, **said))]
    if word == SEEN:
        return _seen(turn, one, unit)
    if word == LATER:
        return _later(turn, asked, one, unit)
    return _paper(turn, asked, one, unit) if word == PAPER else _done(turn, one, unit)


# -- what is meant -----------------------------------------------------------------------------------------------------


def _of(turn: Turn, words: Sequence[str]) -> tuple[Season, Plan, Milestone]:
    id = number_in(words, "n")
    try:
        season = turn.office.season_by_id(-1 if id is None else id)
        plan = turn.office.plan(season)
    except LookupError:
        raise Misunderstood(OVER) from None
    milestone = milestone_in(plan.occasions, words)
    if milestone is None or day_in(words) is None or number_in(words, "s") is None:
        raise NotAllowed(NO_RIGHT)
    return season, plan, milestone


def _mine(turn: Turn, asked: Asked, season: Season, plan: Plan, milestone: Milestone) -> list[Unit]:
    """The units for which the speaker may answer: the one that the button names, or all of their own that are asked."""
    assert turn.person is not None
    root, told = turn.office.root(plan), milestone.owed_by == "role"

    def may(id: int) -> bool:
        own = milestone.owed_by in ("standing_office", "role") and root is not None and id == root.id
        return turn.can(Action.MARK_PAPER if own else Action.REPORT, id, season.id)

    named = unit_in(turn, asked.words)
    if any(word[:1] == "u" and word[1:].isdigit() for word in asked.words):
        if named is None or named.id not in turn.person.units or not may(named.id):
            raise NotAllowed(NO_RIGHT)
        return [named]
    own = [id for id in turn.person.units if id in turn.office.units and may(id)]
    if not own:
        raise NotAllowed(NO_RIGHT)
    asked_of = [id for id in own if _is_asked(turn, season, milestone, id)]
    if not asked_of:
        raise Misunderstood(NOT_OWED, milestone=milestone.name, unit=turn.office.units[own[0]].name)
    day = day_in(asked.words)
    owing_yet = asked_of if told else turn.office.still_owing(turn.tx, season, milestone, asked_of)
    still = owing_yet or asked_of[:1]
    here = [id for id in still if _deadline(turn, season, milestone, turn.office.units[id])[0] == day]
    return [turn.office.units[id] for id in here or still[:1]]


def _is_asked(turn: Turn, season: Season, milestone: Milestone, unit_id: int) -> bool:
    if milestone.owed_by == "role":
        return unit_id in turn.office.told(season, milestone)
    return turn.office.is_bound(season, milestone, unit_id)


def _deadline(turn: Turn, season: Season, milestone: Milestone, unit: Unit) -> tuple[date, Deadline | None]:
    """Under which day reminders of that unit are noted, and what it means; without a day the end of the year."""
    due = turn.office.deadline(season, milestone, unit.kind, unit.id)
    return (due.last_day, due) if due is not None else (year_end(season), None)


def _reminded(turn: Turn, asked: Asked, season: Season, plan: Plan, milestone: Milestone, unit: Unit) -> Reminded:
    """The reminder of the button; Misunderstood, with the date of now, when that date does not stand any more."""
    day, number = day_in(asked.words), number_in(asked.words, "s")
    assert day is not None and number is not None
    if not _is_asked(turn, season, milestone, unit.id):
        raise Misunderstood(NOT_OWED, milestone=milestone.name, unit=unit.name)
    key, due = _deadline(turn, season, milestone, unit)
    if key != day:
        if due is None:
            raise Misunderstood(NO_DATE_NOW)
        raise Misunderstood(OTHER_DATE, old=day, new=due.last_day)
    return Reminded(season, plan, milestone, day, step_carried(number), due)


# -- received, and later -----------------------------------------------------------------------------------------------


def _seen(turn: Turn, one: Reminded, unit: Unit) -> Sequence[Reply]:
    last = _sent_last(turn, one)  # who presses it in an older message has read the newer ones as well
    one = one if last is None else replace(one, step=last.step)
    if not _note(turn, one, unit, SEEN):
        return [Reply(turn.say.say(BEFORE, unit=unit.name))]
    lines = [turn.say.say(THANKS, unit=unit.name, milestone=one.milestone.name)]
    ahead = _ahead(turn, one, last.at if last is not None else turn.now)
    if ahead and ahead[0].step == 0:
        lines.append(turn.say.say(LAST_COMES, day=ahead[0].day))
    elif further := [rung for rung in ahead[1:] if rung.day >= turn.today]:
        lines.append(turn.say.say(SKIPPED, day=further[0].day))
    elif one.due is not None and turn.today <= one.due.last_day:
        lines.append(turn.say.say(SKIPPED_ALL))
    return [Reply("\n".join(lines))]


def _sent_last(turn: Turn, one: Reminded) -> StepState | None:
    """The step of that date that was sent last, whose receipt leaves the next one out."""
    states = dues.steps(turn.tx, one.season.id, one.milestone.id).values()
    sent = [state for state in states if state.deadline == one.deadline and state.state == dues.RELEASED]
    return max(sent, key=lambda state: (state.at, -state.step), default=None)


def _ahead(turn: Turn, one: Reminded, sent: datetime) -> list[Rung]:
    """The reminders of that date that follow the one sent at that moment; the first is left out (`left_out`)."""
    if one.due is None:
        return []
    ladder = rungs(one.milestone, one.due, turn.office.calendar)
    return following(ladder, sent.astimezone(turn.now.tzinfo))


def _later(turn: Turn, asked: Asked, one: Reminded, unit: Unit) -> Sequence[Reply]:
    said = {"unit": unit.name, "milestone": one.milestone.name}
    days = _snoozes(turn, one)
    last = one.due.last_working_day if one.due is not None else one.deadline
    if not days:
        return [Reply(turn.say.say(NO_LATER, milestone=one.milestone.name, day=last))]
    wanted = next((word for word in asked.words if word in days), None)
    if wanted is None:
        turn.asking = True
        rows = []
        for word, day in days.items():
            label = turn.say.say(ON_LAST, day=day)
            if word != LAST:
                count = turn.say.say_n("{n} working day", "{n} working days", int(word[1:]))
                label = turn.say.say(IN_DAYS, day=day, count=count)
            rows.append((Choice(label, one.token(LATER, unit, word)),))
        return [Reply(turn.say.say(WHEN, day=last, **said), choices=tuple(rows))]
    if not _note(turn, one, unit, LATER, until=days[wanted]):
        return [Reply(turn.say.say(BEFORE, unit=unit.name))]
    return [Reply(turn.say.say(PUT_OFF, day=days[wanted], **said))]


def _snoozes(turn: Turn, one: Reminded) -> dict[str, date]:
    """The days to which one may put it off, by the word of the button: never past the last working day."""
    last = one.due.last_working_day if one.due is not None else turn.office.calendar.last_working_day(one.deadline)
    found = {}
    for count in SNOOZES:
        day = turn.office.calendar.working_days_after(turn.today, count)
        if day < last:
            found[f"d{count}"] = day
    if last > turn.today:
        found[LAST] = last
    return found


# -- sent already ------------------------------------------------------------------------------------------------------


def _done(turn: Turn, one: Reminded, unit: Unit) -> Sequence[Reply]:
    said = {"unit": unit.name, "milestone": one.milestone.name}
    if _is_claimed(turn, one, unit):
        return [Reply(turn.say.say(BEFORE, unit=unit.name))]
    if one.milestone.owed_by == "role":  # nothing is handed in: the word itself ends the telling
        _note(turn, one, unit, DONE)
        return [Reply(turn.say.say(TOLD_DONE, milestone=one.milestone.name))]
    buttons: list[tuple[Choice, ...]] = []
    here = (f"u{unit.id}", f"s{one.season.id}")
    if "closing" in one.milestone.settled_by:
        buttons.append((Choice(turn.say.say(ALL_REGISTERED), tokens.command("dudangky", *here)),))
        buttons.append((Choice(turn.say.say(NONE_THIS_YEAR), tokens.command("khongdangky", *here)),))
    if "paper" in one.milestone.settled_by:
        if one.milestone.owed_by == "standing_office":
            letter = tokens.command("vanban", f"u{unit.id}", one.milestone.id, f"s{one.season.id}")
        else:
            letter = one.token(PAPER, unit)
        buttons.append((Choice(turn.say.say(BY_LETTER), letter),))
    if not buttons:
        return [Reply(turn.say.say(NOTHING_YET, **said))]
    if "submission" in one.milestone.settled_by:
        buttons.append((Choice(turn.say.say(ON_KHEO), tokens.command("viec")),))
    turn.asking = True
    return [Reply(turn.say.say(HOW_DONE, **said), choices=tuple(buttons))]


def _paper(turn: Turn, asked: Asked, one: Reminded, unit: Unit) -> Sequence[Reply]:
    """It was sent as a letter: which one, in one line that may be left out; then the office is asked to look."""
    if "paper" not in one.milestone.settled_by or one.milestone.owed_by in ("standing_office", "role"):
        raise NotAllowed(NO_RIGHT)
    if _is_claimed(turn, one, unit):
        return [Reply(turn.say.say(BEFORE, unit=unit.name))]
    if not asked.text and NO_LETTER not in asked.words:
        turn.asking = True
        turn.focus.awaits = one.token(PAPER, unit)
        leave = Choice(turn.say.say(LEAVE_OUT), one.token(PAPER, unit, NO_LETTER))
        return [Reply(turn.say.say(WHICH_LETTER), choices=((leave,),), lettered=True)]
    letter = " ".join(asked.text.split()) if NO_LETTER not in asked.words else ""
    if len(letter) > LONGEST_LETTER:
        raise Misunderstood(TOO_LONG, most=LONGEST_LETTER)
    letter = "" if fold(letter) in SKIP_WORDS else letter
    if not _note(turn, one, unit, DONE, letter=letter):
        return [Reply(turn.say.say(BEFORE, unit=unit.name))]
    _ask_the_office(turn, one, unit, letter)
    said = {"unit": unit.name, "milestone": one.milestone.name}
    return [Reply(turn.say.say(CLAIMED, office=standing(one.plan), **said))]


def _is_claimed(turn: Turn, one: Reminded, unit: Unit) -> bool:
    return _claim(turn, one.season, one.milestone, unit, one.deadline) is not None


def _claim(turn: Turn, season: Season, milestone: Milestone, unit: Unit, deadline: date) -> Claim | None:
    """What the unit says that it has sent, and nobody has refused."""
    claims = responses.open_claims(turn.tx, [season.id])
    return next(
        (c for c in claims if (c.unit_id, c.milestone, c.deadline) == (unit.id, milestone.id, deadline)),
        None,
    )


def _note(
    turn: Turn, one: Reminded, unit: Unit, kind: responses.Kind, *, until: date | None = None, letter: str = ""
) -> bool:
    assert turn.person is not None
    return responses.note(
        turn.tx,
        season_id=one.season.id,
        unit_id=unit.id,
        milestone=one.milestone.id,
        deadline=one.deadline,
        step=one.step,
        kind=kind,
        person_id=turn.person.id,
        address_id=turn.contact.id,
        now=turn.now,
        until=until,
        note=letter,
    )


def _ask_the_office(turn: Turn, one: Reminded, unit: Unit, letter: str) -> None:
    root = turn.office.root(one.plan)
    claim = _claim(turn, one.season, one.milestone, unit, one.deadline)
    if root is None or claim is None:
        return

    def made(say: Language) -> Reply:
        named = letter or say.say(NO_NUMBER)
        text = say.say(CLAIM, unit=unit.name, milestone=one.milestone.name, plan=one.plan.name, letter=named)
        buttons = (
            Choice(say.say(NOTE_IT), one.token(CONFIRM, unit)),
            Choice(say.say(NOT_COME), one.token(REFUSE, unit)),
        )
        return Reply(f"{text}\n{say.say(WHAT_FOLLOWS)}", title=say.say(CLAIM_TITLE), choices=(buttons,), aside=True)

    contacts = [c for _, c in people.contacts_of_units(turn.tx, [root.id], STANDING_OFFICE, on=turn.today)]
    cause = f"claim:{claim.id}:asked"  # what is said again after a refusal is told again
    notices.notify(turn.tx, contacts, cause, made, turn.now, turn.real, meant=[root.id, STANDING_OFFICE])


# -- the office --------------------------------------------------------------------------------------------------------


def _decide(
    turn: Turn, asked: Asked, season: Season, plan: Plan, milestone: Milestone, *, confirmed: bool
) -> Sequence[Reply]:
    """One tap: the letter is noted, or it has not come."""
    unit, day, number = unit_in(turn, asked.words), day_in(asked.words), number_in(asked.words, "s")
    if not stands_over(turn, plan, Action.MARK_PAPER) or unit is None or day is None or number is None:
        raise NotAllowed(NO_RIGHT)
    if unit.id not in turn.office.taking_part(season) or "paper" not in milestone.settled_by:
        raise NotAllowed(NO_RIGHT)
    said = {"unit": unit.name, "milestone": milestone.name}
    claim = _claim(turn, season, milestone, unit, day)
    if claim is None or not turn.office.still_owing(turn.tx, season, milestone, [unit.id]):
        return [Reply(turn.say.say(DECIDED, **said))]
    assert turn.person is not None
    if confirmed:
        return _confirm(turn, season, milestone, unit, claim)
    responses.note(
        turn.tx,
        season_id=season.id,
        unit_id=unit.id,
        milestone=milestone.id,
        deadline=day,
        step=claim.step,
        kind="refused",
        person_id=turn.person.id,
        address_id=turn.contact.id,
        now=turn.now,
    )

    def made(say: Language) -> Reply:
        text = say.say(REFUSED_TOLD, office=standing(plan), **said)
        again = Choice(say.say(BY_LETTER), of.token(PAPER, unit))
        title = say.say(REFUSED_TITLE, milestone=milestone.name)
        return Reply(text, title=title, choices=((again,),), aside=True)

    of = Reminded(season, plan, milestone, day, claim.step, None)
    _tell_the_unit(turn, unit, f"claim:{claim.id}:refused", made)
    return [Reply(turn.say.say(REFUSED, **said))]


def _confirm(turn: Turn, season: Season, milestone: Milestone, unit: Unit, claim: Claim) -> Sequence[Reply]:
    letter = claim.note or language("vi").say(NO_NUMBER)
    note_letter(turn, season, milestone, unit, letter)
    _tell_the_unit(
        turn,
        unit,
        f"claim:{claim.id}:noted",
        lambda say: Reply(say.say(NOTED, unit=unit.name, milestone=milestone.name, letter=letter), aside=True),
    )
    told = turn.say.say(NOTED, unit=unit.name, milestone=milestone.name, letter=letter)
    return [Reply(told, choices=((back_choice(turn, season, milestone, unit),),))]


def _tell_the_unit(turn: Turn, unit: Unit, cause: str, made: Callable[[Language], Reply]) -> None:
    """Who says that a letter was sent hears what the office made of it."""
    contacts = [c for _, c in people.contacts_of_units(turn.tx, [unit.id], *WRITTEN_TO, on=turn.today)]
    notices.notify(turn.tx, contacts, cause, made, turn.now, turn.real, meant=[unit.id, *WRITTEN_TO])
