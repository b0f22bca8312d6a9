"""What a reminder says: the words for each kind of duty and date, courteous and with the document that asks for it."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from bot.chat import Reply
from bot.plan.dates import Milestone
from bot.plan.model import Plan
from bot.rules.calendar import Deadline
from bot.rules.courses import Course
from bot.rules.ladder import URGE
from bot.store import exemplars
from bot.store.engine import Tx
from bot.store.seasons import Season
from bot.texts import Language, mark
from bot.turn import Office

TITLE = mark("{milestone}, {year}: {days}")
TITLE_NAMED = mark("{milestone}: {days}")
LAST_DAY = mark("today is the last working day")
OVERDUE = mark("the date has passed")
DOCUMENT = mark("{document} of {issuer} on {title}")
ASKED_ALL = mark("Carrying out {document}, the units below are kindly asked, {due}, on Khéo or by letter: {task}.")
ASKED_ONE = mark("Carrying out {document}, {unit} is kindly asked, {due}, on Khéo or by letter: {task}.")
CARRIED_OUT = mark("Carrying out {document}: {task}, {due}.")
PAST = mark("The date has passed: it was due before {before}.")
PAST_BY = mark("The date has passed: it was due by {last}.")
ASKED_ALL_LATE = mark("Carrying out {document}, the units below are kindly asked, on Khéo or by letter: {task}.")
ASKED_ONE_LATE = mark("Carrying out {document}, {unit} is kindly asked, on Khéo or by letter: {task}.")
ASKED_OFFICE_LATE = mark("Carrying out {document}, {office} is kindly asked: {task}.")
CARRIED_OUT_LATE = mark("Carrying out {document}: {task}.")
SENT_TO = mark("It goes to {to}.")
SENT_THROUGH = mark("It goes to {to} (through {via}).")
SET_BY = mark("The date was set by {document}.")
PLANNED = mark("The document itself calls this date provisional.")
PREDICTED = mark("The days off around that date are not officially announced yet; the working day is provisional.")
ASKED_OFFICE = mark("Carrying out {document}, {office} is kindly asked, {due}: {task}.")
NOTE_LETTER = mark("When it has been sent, please note the letter with /vanban.")
STILL_TAKEN = mark("Answers are still taken and are marked late.")
MISSING = mark("Not answered yet ({count}): {units}.")
NONE_IS_AN_ANSWER = mark("A unit that registers nothing this year is asked to say so: “Năm nay không đăng ký”.")
ANSWERED = mark("That has been answered. Thank you.")
ALL_ANSWERED = mark("All units have answered. Thank you.")
UNITS_ANSWERED = mark("{done} of {all} units have answered.")
NONE_FROM_ONE = mark("If nothing is registered this year, please say so: “Năm nay không đăng ký”.")
HOW_IN_GROUP = mark("/tiendo shows who has answered.")
HOW = mark("/viec shows what is open.")
HOW_REPORT = mark("/baocao opens it on Khéo.")
SIGNED = mark("Thank you. (A machine reminder by Khéo, for {office})")
SIGNED_URGING = mark("Thank you. (Sent by Khéo at the request of {office})")
WHEN = mark("before {before} (last working day {day})")
WHEN_SPAN = mark("by {last} (last working day {day})")
WHEN_BY = mark("by {last} at the latest")
TITLE_BARE = mark("{milestone}, {year}")
WHEN_IN = mark("{span} (last working day {day})")
SET_BY_OFFICE = mark("The document names no day; this one was set by {office} itself.")
GIVEN = mark("That is the extended date.")
TOLD = mark("Carrying out {document}, {office} is asked to remind {holder}, {due}: {task}.")
TOLD_LATE = mark("Carrying out {document}, {office} is asked to remind {holder}: {task}.")

QUARTERS = ("I", "II", "III", "IV")
NAMED_AT_MOST = 60  # units in one list; more fill several messages, and nobody reads them


def written(
    tx: Tx,
    office: Office,
    say: Language,
    season: Season,
    milestone: Milestone,
    course: Course | None,
    step: int,
    day: date,
    reached: Sequence[int],
    late: Sequence[int],
    *,
    group: bool,
) -> Reply:
    """What is said on `day` about the units `reached`, of which those `late` have not answered."""
    plan, due = office.plan(season), course.due if course is not None else None
    speaking = plan.standing_office(day) or say.say("the standing office")
    past = due is not None and day > due.last_day
    bare = past or due is None  # no day is named in the sentence that asks
    said = {"document": _document(say, plan), "task": _lowered(milestone.name)}
    said |= {"due": _when(say, due)} if due is not None and not past else {}
    names = [office.units[id].name for id in late]
    many = group and len(reached) > 1
    lines: list[str] = []
    if due is not None and past and names and milestone.owed_by != "role":
        lines.append(say.say(PAST, before=due.before) if due.before else say.say(PAST_BY, last=due.last_day))
    if milestone.owed_by == "standing_office":
        lines.append(say.say(ASKED_OFFICE_LATE if bare else ASKED_OFFICE, office=speaking, **said))
    elif milestone.owed_by == "role":
        lines.append(_role_words(say, office, plan, milestone, reached, day, speaking, said, bare=bare))
    elif names and many:
        lines.append(say.say(ASKED_ALL_LATE if bare else ASKED_ALL, **said))
    elif names:
        lines.append(say.say(ASKED_ONE_LATE if bare else ASKED_ONE, unit=", ".join(names), **said))
    else:
        lines.append(say.say(CARRIED_OUT_LATE if bare else CARRIED_OUT, **said))
    if names:
        lines += _surroundings(say, milestone, due, speaking, past=past)
    if many and is_public(milestone):
        if milestone.owed_by == "live_exemplars":
            proposed = {e.unit_id for e in exemplars.of_season(tx, season.id) if e.award and not e.stopped}
            reached = [id for id in reached if id in proposed]
        if names:
            lines.append(say.say(MISSING, count=len(names), units=_listed(say, names)))
        lines.append(say.say(UNITS_ANSWERED, done=len(reached) - len(late), all=len(reached)))
    reporting = any(f.id == milestone.form and f.purpose in ("report", "document") for f in plan.forms)
    if not names:
        lines.append(say.say(ALL_ANSWERED if len(reached) > 1 else ANSWERED))
    elif milestone.owed_by == "standing_office":
        lines += [say.say(HOW_REPORT)] if reporting else []
        lines += [say.say(NOTE_LETTER)] if "paper" in milestone.settled_by else []
    elif milestone.owed_by != "role":
        lines += [say.say(STILL_TAKEN)] if past else []
        if "closing" in milestone.settled_by:
            lines.append(say.say(NONE_IS_AN_ANSWER if many else NONE_FROM_ONE))
        lines.append(say.say(HOW_IN_GROUP if many else HOW_REPORT if reporting else HOW))
    if names:
        lines.append(say.say(SIGNED_URGING if step >= URGE else SIGNED, office=speaking))
    days = _days(say, office, due, step, day) if due is not None else ""
    return Reply("\n".join(lines), title=titled(say, milestone, season, days))


def _role_words(
    say: Language,
    office: Office,
    plan: Plan,
    milestone: Milestone,
    reached: Sequence[int],
    day: date,
    speaking: str,
    said: Mapping[str, Any],
    *,
    bare: bool,
) -> str:
    """The duty of a function: to the standing office whom it is to keep in mind, to its holder what is asked."""
    root, holder = office.root(plan), plan.holder(milestone.role, day) or say.say("whoever it falls to")
    if root is not None and root.id in reached and holder != speaking:
        return say.say(TOLD_LATE if bare else TOLD, office=speaking, holder=holder, **said)
    return say.say(ASKED_OFFICE_LATE if bare else ASKED_OFFICE, office=holder, **said)


def titled(say: Language, milestone: Milestone, season: Season, days: str) -> str:
    """“Báo cáo năm 2023” names its year itself; so does a month that has one."""
    named = milestone.name.endswith(f" năm {season.year}")
    if not days:
        return milestone.name if named else say.say(TITLE_BARE, milestone=milestone.name, year=season.year)
    return say.say(TITLE_NAMED if named else TITLE, milestone=milestone.name, year=season.year, days=days)


def _days(say: Language, office: Office, due: Deadline, step: int, today: date) -> str:
    """How much time is left on that day."""
    if step < 0 or today > due.last_day:
        return say.say(OVERDUE)
    left, day = 0, today
    while day < due.last_working_day:
        day += timedelta(days=1)
        left += office.calendar.is_working(day)
    if left:
        return say.say_n("{n} working day left", "{n} working days left", left)
    return say.say(LAST_DAY) if today == due.last_working_day else say.say("the last working day is over")


def _listed(say: Language, names: Sequence[str]) -> str:
    shown = ", ".join(names[:NAMED_AT_MOST])
    rest = len(names) - NAMED_AT_MOST
    return shown if rest <= 0 else say.say_n("{shown} and {n} more", "{shown} and {n} more", rest, shown=shown)


def _document(say: Language, plan: Plan) -> str:
    """The document as official letters name it: kind, number, date, issuer, and what it is about."""
    d = plan.document
    named = " ".join(part for part in (d.kind, d.number, d.dated) if part)
    return say.say(DOCUMENT, document=named, issuer=d.issuer, title=_lowered(d.title))


def _lowered(text: str) -> str:
    """For the middle of a sentence; what begins with an abbreviation (“UBND”) stays."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def _surroundings(say: Language, milestone: Milestone, due: Deadline | None, office: str, *, past: bool) -> list[str]:
    """To whom it goes, and what is still uncertain about the date."""
    to, lines = ", ".join(milestone.to), []
    if to and milestone.via:
        lines.append(say.say(SENT_THROUGH, to=to, via=milestone.via))
    elif to or milestone.via:
        lines.append(say.say(SENT_TO, to=to or milestone.via))
    if due is None:
        return lines
    if due.notice:
        lines.append(say.say(SET_BY, document=due.notice))
    if due.own:
        lines.append(say.say(SET_BY_OFFICE, office=office))
    if due.extended:
        lines.append(say.say(GIVEN))
    if due.planned:
        lines.append(say.say(PLANNED))
    if due.predicted and not past:
        lines.append(say.say(PREDICTED))
    return lines


def _when(say: Language, due: Deadline) -> str:
    """The date as a part of the sentence that asks."""
    if due.before is not None:
        return say.say(WHEN, before=due.before, day=due.last_working_day)
    if due.first_day is not None:
        return say.say(WHEN_IN, span=_span(say, due.first_day, due.last_day), day=due.last_working_day)
    if due.last_day == due.last_working_day:
        return say.say(WHEN_BY, last=due.last_day)
    return say.say(WHEN_SPAN, last=due.last_day, day=due.last_working_day)


def _span(say: Language, first: date, last: date) -> str:
    """Days from one to the other, both included; a whole month or quarter by its name, as documents say it."""
    ends = monthrange(last.year, last.month)[1] == last.day and first.day == 1 and first.year == last.year
    if ends and first.month == last.month:
        return say.say("in the month {month}/{year}", month=last.month, year=str(last.year))
    if ends and first.month + 2 == last.month and last.month % 3 == 0:
        return say.say("in quarter {quarter}/{year}", quarter=QUARTERS[last.month // 3 - 1], year=str(last.year))
    return say.say("from {first} to {last}", first=first, last=last)


def is_public(milestone: Milestone) -> bool:
    """Whether groups hear of it: not of what the office itself, or one function, has to do."""
    return milestone.owed_by not in ("standing_office", "role")
