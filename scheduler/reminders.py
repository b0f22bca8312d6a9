"""Reminders: what is due becomes rows, rows become messages to those who still owe, and nobody else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import structlog

from bot.chat import Choice, Reply
from bot.clock import Clock
from bot.forms import tokens
from bot.outbox import NotNow
from bot.plan.dates import Milestone
from bot.plan.model import Plan
from bot.rules.access import STANDING_OFFICE, WRITTEN_TO, Action, can
from bot.rules.calendar import Calendar, Deadline, MissingCalendar
from bot.rules.courses import Course, course_of
from bot.rules.ladder import SEND_AT, SEND_FROM, SEND_UNTIL, Rung, rungs
from bot.store import audit, dues, exemplars, outbox, people
from bot.store.dues import StepState
from bot.store.engine import Tx
from bot.store.outbox import Message
from bot.store.people import Contact, Person
from bot.store.seasons import Season
from bot.texts import Language, language, mark
from bot.turn import Focus, Office

log = structlog.get_logger()

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
WHEN = mark("before {before} (last working day {day})")
WHEN_SPAN = mark("by {last} (last working day {day})")
WHEN_BY = mark("by {last} at the latest")

LOOK_AGAIN = 60.0  # seconds; a message that is not to leave at this hour is looked at again, in case the clock is moved
STALE_AFTER = 10  # working days; an overdue notice that comes later than that helps nobody any more
NAMED_AT_MOST = 60  # units in one list; more fill several messages, and nobody reads them


def scan(tx: Tx, office: Office, now: datetime, real: float) -> int:
    """Make the rows of what has fallen due at `now`, and the messages for them; returns how many messages are new.

    Any number of processes may call it, at any time and as often as they like. After an outage only the latest step
    of a milestone is sent; the ones it has overtaken are noted as such.
    """
    if not may_send(office.calendar, now):
        return 0
    audit.acting(tx, audit.By(audit.CLOCK), now)
    made = 0
    for season in office.seasons:
        for milestone in office.plan(season).occasions:
            if milestone.owed_by in ("nobody", "role"):
                continue
            try:
                for course in office.courses(season, milestone):
                    made += _scan_course(tx, office, season, milestone, course, now, real)
            except MissingCalendar as missing:  # of one date; the others are not to wait for it
                log.error("no reminder can be made", season=season.id, milestone=milestone.id, error=str(missing))
    return made


def may_send(calendar: Calendar, now: datetime) -> bool:
    """Whether offices may be written to at that moment: a working day, in sending hours."""
    return calendar.is_working(now.date()) and SEND_FROM <= now.time() < SEND_UNTIL


def _scan_course(
    tx: Tx, office: Office, season: Season, milestone: Milestone, course: Course, now: datetime, real: float
) -> int:
    ladder = rungs(milestone, course.due, office.calendar)
    reached = [
        rung
        for rung in ladder
        if datetime.combine(rung.day, SEND_AT, now.tzinfo) <= now
        and datetime.combine(rung.day, SEND_UNTIL, now.tzinfo) > season.opened_at
    ]
    if not reached:
        return 0
    latest = reached[-1]
    states = _steps(tx, season, milestone, course)
    if latest.step in states or _another_today(ladder, latest, states, now):
        return 0
    if office.waits_for(tx, season, milestone, now.date()):
        return 0
    if latest.step < 0 and now.date() > office.calendar.working_days_after(latest.day, STALE_AFTER):
        dues.mark_step(tx, season.id, milestone.id, course.noted(latest.step), "overtaken", now)
        return 0
    owing_now = office.still_owing(tx, season, milestone, _bound(office, season, milestone, course))
    for rung in reached[:-1]:
        if rung.step not in states:
            dues.mark_step(tx, season.id, milestone.id, course.noted(rung.step), "overtaken", now)
    dues.make(
        tx,
        season_id=season.id,
        milestone=milestone.id,
        number=course.noted(latest.step),
        due_on=latest.day,
        unit_ids=owing_now,
        now=now,
    )
    dues.mark_step(tx, season.id, milestone.id, course.noted(latest.step), "released", now)
    return _write(tx, office, season, milestone, course.noted(latest.step), latest.day, owing_now, now, real)


def _steps(tx: Tx, season: Season, milestone: Milestone, course: Course) -> dict[int, StepState]:
    """What is known of the steps of that date."""
    states = dues.step_states(tx, season.id, milestone.id)
    return {step: states[n] for n in states for number, step in [course_of(n)] if number == course.number}


def _bound(office: Office, season: Season, milestone: Milestone, course: Course) -> list[int]:
    """The units that the milestone binds and that have this date."""
    bound = office.bound(season, milestone)
    return [id for id in bound if course.concerns(office.units[id].kind)]


def _another_today(ladder: Sequence[Rung], latest: Rung, states: Mapping[int, StepState], now: datetime) -> bool:
    """Whether a later step goes out this very morning: what an outage swallowed waits for it, so that one message goes."""
    return any(
        rung.day == now.date() and now.time() < SEND_AT and rung.step not in states
        for rung in ladder
        if rung.day > latest.day
    )


def _write(
    tx: Tx,
    office: Office,
    season: Season,
    milestone: Milestone,
    step: int,
    day: date,
    owing_now: Sequence[int],
    now: datetime,
    real: float,
) -> int:
    recipients = {contact.id: contact for contact in _recipients(tx, office, milestone, owing_now, now.date())}
    made = 0
    for contact in recipients.values():
        row = outbox.add(
            tx,
            contact.id,
            "reminder",
            f"reminder:{season.id}:{milestone.id}:{step}:{contact.id}",
            {"season": season.id, "milestone": milestone.id, "step": step, "day": day.isoformat()},
            now,
            not_before=real,
            subject=f"due:{season.id}:{milestone.id}",
        )
        made += row is not None
    if made:
        log.info("reminders written", season=season.id, milestone=milestone.id, step=step, messages=made)
    return made


def _recipients(tx: Tx, office: Office, milestone: Milestone, owing_now: Sequence[int], today: date) -> list[Contact]:
    """Groups of the owing units and of what stands over them, and who is written to for the owing units."""
    owed = set(owing_now)
    functions = (STANDING_OFFICE,) if milestone.owed_by == "standing_office" else WRITTEN_TO
    found = [contact for _, contact in people.contacts_of_units(tx, owing_now, *functions, on=today)]
    if milestone.owed_by != "standing_office":
        found += [
            group
            for group in people.groups(tx)
            if group.unit_id is not None and owed & {group.unit_id, *(u.id for u in office.units.below(group.unit_id))}
        ]
    return found


class Reminding:
    """Composes reminders in the transaction that marks them as being sent."""

    def __init__(self, office: Office, clock: Clock) -> None:
        self._office = office
        self._clock = clock

    def compose(self, tx: Tx, message: Message) -> Reply | NotNow | None:
        """The reminder as it stands now; None when nobody reached by it owes any more, or a later one has overtaken it."""
        about = self._about(message)
        if about is None:
            return None
        season, milestone, course, step = about
        now = self._clock.now()
        overtaken = self._overtaken(milestone, course, step, now.date())
        if overtaken or not may_send(self._office.calendar, now):
            return None if overtaken else NotNow(LOOK_AGAIN)
        contact = people.contact_by_id(tx, message.address_id)
        if contact.state != "ok" or self._office.waits_for(tx, season, milestone, now.date()):
            return None
        reached = self._reached(tx, contact, season, milestone, course)
        late = self._office.still_owing(tx, season, milestone, reached)
        if not late:
            return None
        say = language(people.language_at(tx, contact))
        group = not contact.private
        reply = self._text(tx, say, season, milestone, course.due, step, now.date(), reached, late, group=group)
        return _with_tasks(tx, contact, reply, say)

    def compose_again(self, tx: Tx, message: Message) -> Reply | None:
        """The same message of a group once more, after some unit has answered: edited in place."""
        about = self._about(message)
        edits = str(message.payload["edits"]) or outbox.message_of(tx, int(message.payload["post"]))
        if about is None or not edits:
            return None
        season, milestone, course, step = about
        contact = people.contact_by_id(tx, message.address_id)
        reached = self._reached(tx, contact, season, milestone, course)
        late = self._office.still_owing(tx, season, milestone, reached)
        now = self._clock.now()
        say = language(people.language_at(tx, contact))
        reply = self._text(tx, say, season, milestone, course.due, step, now.date(), reached, late, group=True)
        return replace(reply, edits=edits)

    def notice(self, tx: Tx, message: Message) -> Reply | NotNow | None:
        """What was written when something happened (a difficulty told), sent when offices may be written to."""
        contact, meant = people.contact_by_id(tx, message.address_id), message.payload.get("for")
        if contact.state != "ok" or (meant is not None and not self._still(tx, contact, *meant)):
            return None
        if not may_send(self._office.calendar, self._clock.now()):
            return NotNow(LOOK_AGAIN)
        return Reply.from_json(message.payload)

    def preview(self, tx: Tx, season: Season, milestone: Milestone, noted: int, say: Language) -> Reply:
        """That step's reminder as a group of the whole would read it on its day, should nobody answer until then."""
        number, step = course_of(noted)
        course = next(c for c in self._office.courses(season, milestone) if c.number == number)
        day = next(r.day for r in rungs(milestone, course.due, self._office.calendar) if r.step == step)
        bound = _bound(self._office, season, milestone, course)
        late = self._office.still_owing(tx, season, milestone, bound)
        return self._text(tx, say, season, milestone, course.due, step, day, bound, late, group=True)

    def _about(self, message: Message) -> tuple[Season, Milestone, Course, int] | None:
        """What the message reminds of; None when the season is closed, or its plan knows that date no more."""
        number, step = course_of(int(message.payload["step"]))
        try:
            season = self._office.season_by_id(message.payload["season"])
            milestone = self._office.plan(season).occasion(message.payload["milestone"])
        except LookupError:
            return None
        courses = self._office.courses(season, milestone)
        course = next((course for course in courses if course.number == number), None)
        return None if course is None else (season, milestone, course, step)

    def _overtaken(self, milestone: Milestone, course: Course, step: int, today: date) -> bool:
        """Whether a later step's day has come: then that one is (or will be) said, or the office holds it back."""
        ladder = rungs(milestone, course.due, self._office.calendar)
        steps = [rung.step for rung in ladder if rung.day <= today]
        return step in steps and steps[-1] != step

    def _reached(self, tx: Tx, contact: Contact, season: Season, milestone: Milestone, course: Course) -> list[int]:
        """The units about which this address is written to: its own, or in a group all below it."""
        bound = _bound(self._office, season, milestone, course)
        if contact.private:
            if contact.person_id is None:
                return []
            person = people.known(tx, contact.person_id, self._clock.now())
            needed = Action.MARK_PAPER if milestone.owed_by == "standing_office" else Action.REPORT
            return [id for id in bound if person is not None and self._answers(person, needed, id, season)]
        if contact.unit_id is None:
            return []
        below = {contact.unit_id, *(u.id for u in self._office.units.below(contact.unit_id))}
        return [id for id in bound if id in below]

    def _still(self, tx: Tx, contact: Contact, unit_id: int, *functions: str) -> bool:
        """Whether whoever is reached there still is one of those to whom it was written."""
        if contact.person_id is None:
            return False
        person = people.known(tx, contact.person_id, self._clock.now())
        return person is not None and any(g.unit == unit_id and g.function in functions for g in person.grants)

    def _answers(self, person: Person, action: Action, unit_id: int, season: Season) -> bool:
        """Whether it is one of the person's own units, for which they may answer today."""
        return unit_id in person.units and can(
            person.actor, action, self._office.subject(unit_id, season.id, on=self._clock.now().date())
        )

    def _text(
        self,
        tx: Tx,
        say: Language,
        season: Season,
        milestone: Milestone,
        due: Deadline,
        step: int,
        day: date,
        reached: Sequence[int],
        late: Sequence[int],
        *,
        group: bool,
    ) -> Reply:
        """What is said on `day` about the units `reached`, of which those `late` have not answered."""
        office, plan = self._office, self._office.plan(season)
        speaking = plan.standing_office(day) or say.say("the standing office")
        past = day > due.last_day
        said = {"document": _document(say, plan), "task": _lowered(milestone.name)}
        said |= {} if past else {"due": _when(say, due)}
        names = [office.units[id].name for id in late]
        many = group and len(reached) > 1
        lines: list[str] = []
        if past and names:
            lines.append(say.say(PAST, before=due.before) if due.before else say.say(PAST_BY, last=due.last_day))
        if milestone.owed_by == "standing_office":
            lines.append(say.say(ASKED_OFFICE_LATE if past else ASKED_OFFICE, office=speaking, **said))
        elif names and many:
            lines.append(say.say(ASKED_ALL_LATE if past else ASKED_ALL, **said))
        elif names:
            lines.append(say.say(ASKED_ONE_LATE if past else ASKED_ONE, unit=", ".join(names), **said))
        else:
            lines.append(say.say(CARRIED_OUT_LATE if past else CARRIED_OUT, **said))
        if names:
            lines += _surroundings(say, milestone, due, past=past)
        if many and milestone.owed_by != "standing_office":
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
        else:
            lines += [say.say(STILL_TAKEN)] if past else []
            if "closing" in milestone.settled_by:
                lines.append(say.say(NONE_IS_AN_ANSWER if many else NONE_FROM_ONE))
            lines.append(say.say(HOW_IN_GROUP if many else HOW_REPORT if reporting else HOW))
        if names:
            lines.append(say.say(SIGNED, office=speaking))
        days = self._days(say, due, step, day)
        named = milestone.name.endswith(f" năm {season.year}")  # “Báo cáo năm 2023” names its year itself
        title = say.say(TITLE_NAMED if named else TITLE, milestone=milestone.name, year=season.year, days=days)
        return Reply("\n".join(lines), title=title)

    def _days(self, say: Language, due: Deadline, step: int, today: date) -> str:
        """How much time is left on that day."""
        if step < 0 or today > due.last_day:
            return say.say(OVERDUE)
        left, day = 0, today
        while day < due.last_working_day:
            day += timedelta(days=1)
            left += self._office.calendar.is_working(day)
        if left:
            return say.say_n("{n} working day left", "{n} working days left", left)
        return say.say(LAST_DAY) if today == due.last_working_day else say.say("the last working day is over")


def _with_tasks(tx: Tx, contact: Contact, reply: Reply, say: Language) -> Reply:
    """A person who has no question open gets the button to their tasks; what they may type then is remembered."""
    focus = Focus.from_json(contact.focus) if contact.focus else Focus()
    if not contact.private or focus.draft is not None:
        return reply
    tasks = Choice(say.say("My tasks"), tokens.command("viec"))
    focus.options, focus.lettered = [[tasks.label, tasks.token]], False
    people.remember_focus(tx, contact.id, focus.as_json())
    return replace(reply, choices=((tasks,),))


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


def _surroundings(say: Language, milestone: Milestone, due: Deadline, *, past: bool) -> list[str]:
    """To whom it goes, and what is still uncertain about the date."""
    to, lines = ", ".join(milestone.to), []
    if to and milestone.via:
        lines.append(say.say(SENT_THROUGH, to=to, via=milestone.via))
    elif to or milestone.via:
        lines.append(say.say(SENT_TO, to=to or milestone.via))
    if due.notice:
        lines.append(say.say(SET_BY, document=due.notice))
    if due.planned:
        lines.append(say.say(PLANNED))
    if due.predicted and not past:
        lines.append(say.say(PREDICTED))
    return lines


def _when(say: Language, due: Deadline) -> str:
    """The date as a part of the sentence that asks."""
    if due.before is not None:
        return say.say(WHEN, before=due.before, day=due.last_working_day)
    if due.last_day == due.last_working_day:
        return say.say(WHEN_BY, last=due.last_day)
    return say.say(WHEN_SPAN, last=due.last_day, day=due.last_working_day)
