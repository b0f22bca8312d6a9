"""Reminders: what is due becomes rows, rows become messages to those who still owe, and nobody else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from bot.chat import Reply
from bot.clock import Clock
from bot.plan.model import Milestone, Plan
from bot.rules.access import OFFICER, STANDING_OFFICE
from bot.rules.calendar import Calendar, Deadline
from bot.rules.ladder import SEND_AT, SEND_FROM, SEND_UNTIL, Rung, rungs
from bot.store import dues, outbox, owing, people
from bot.store.engine import Tx
from bot.store.outbox import Message
from bot.store.people import Contact
from bot.store.seasons import Season
from bot.texts import Language, language, mark
from bot.turn import Office

log = structlog.get_logger()

GROUP_TITLE = mark("{milestone}, {year}: {days}")
LAST_DAY = mark("today is the last working day")
OVERDUE = mark("the date has passed")
CARRYING_OUT = mark("Carrying out {document} of {issuer}: {milestone} {due}.")
PLEASE = mark("These units are asked to answer on Khéo or by letter: {units}.")
PLEASE_ONE = mark("{unit} is asked to answer on Khéo or by letter.")
PLEASE_OFFICE = mark("The standing office is asked to send it and to note the letter with /vanban.")
ALL_ANSWERED = mark("All units have answered. Thank you.")
UNITS_ANSWERED = mark("{done} of {all} units have answered.")
HOW = mark("/viec shows what is open.")
WHEN = mark("before {before} (last working day {day})")
WHEN_SPAN = mark("by {last} (last working day {day})")


def scan(tx: Tx, office: Office, now: datetime, real: float) -> int:
    """Make the rows of what has fallen due at `now`, and the messages for them; returns how many messages are new.

    Any number of processes may call it, at any time and as often as they like. After an outage only the latest step
    of a milestone is sent; the ones it has overtaken are noted as such.
    """
    if not may_send(office.calendar, now):
        return 0
    made = 0
    for season in office.seasons:
        plan = office.plan(season)
        for milestone in plan.milestones:
            due = office.deadline(season, milestone)
            if due is not None and milestone.owed_by != "nobody":
                made += _scan_milestone(tx, office, season, plan, milestone, due, now, real)
    return made


def may_send(calendar: Calendar, now: datetime) -> bool:
    """Whether offices may be written to at that moment: a working day, in sending hours."""
    return calendar.is_working(now.date()) and SEND_FROM <= now.time() < SEND_UNTIL


def _scan_milestone(
    tx: Tx,
    office: Office,
    season: Season,
    plan: Plan,
    milestone: Milestone,
    due: Deadline,
    now: datetime,
    real: float,
) -> int:
    reached = [
        rung
        for rung in rungs(milestone, due, office.calendar)
        if datetime.combine(rung.day, SEND_AT, now.tzinfo) <= now
        and datetime.combine(rung.day, SEND_UNTIL, now.tzinfo) > season.opened_at
    ]
    if not reached:
        return 0
    latest = reached[-1]
    states = dues.step_states(tx, season.id, milestone.id)
    if latest.step in states:
        return 0
    bound = office.bound(plan, milestone)
    owing_now = owing.still_owing(tx, season.id, milestone, bound)
    for rung in reached[:-1]:
        if rung.step not in states:
            dues.mark_step(tx, season.id, milestone.id, rung.step, "overtaken", now)
    dues.make(
        tx,
        season_id=season.id,
        milestone=milestone.id,
        number=latest.step,
        due_on=latest.day,
        unit_ids=owing_now,
        now=now,
    )
    dues.mark_step(tx, season.id, milestone.id, latest.step, "released", now)
    return _write(tx, office, season, milestone, latest, owing_now, now, real)


def _write(
    tx: Tx,
    office: Office,
    season: Season,
    milestone: Milestone,
    rung: Rung,
    owing_now: Sequence[int],
    now: datetime,
    real: float,
) -> int:
    recipients = {contact.id: contact for contact in _recipients(tx, office, milestone, owing_now)}
    made = 0
    for contact in recipients.values():
        row = outbox.add(
            tx,
            contact.id,
            "reminder",
            f"reminder:{season.id}:{milestone.id}:{rung.step}:{contact.id}",
            {"season": season.id, "milestone": milestone.id, "step": rung.step, "day": rung.day.isoformat()},
            now,
            not_before=real,
            subject=f"due:{season.id}:{milestone.id}",
        )
        made += row is not None
    if made:
        log.info("reminders written", season=season.id, milestone=milestone.id, step=rung.step, messages=made)
    return made


def _recipients(tx: Tx, office: Office, milestone: Milestone, owing_now: Sequence[int]) -> list[Contact]:
    """Groups of the owing units and of what stands over them, and the officers of the owing units."""
    owed = set(owing_now)
    function = STANDING_OFFICE if milestone.owed_by == "standing_office" else OFFICER
    found = [contact for _, contact in people.contacts_of_units(tx, owing_now, function)]
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

    def compose(self, tx: Tx, message: Message) -> Reply | None:
        """The reminder as it stands now; None when nobody reached by it owes any more, or it may not be sent now."""
        season, milestone = self._about(message)
        if season is None or milestone is None:
            return None
        contact = people.contact_by_id(tx, message.address_id)
        late = self._late(tx, contact, season, milestone)
        if not late:
            return None
        return self._text(tx, contact, season, milestone, late, message)

    def compose_again(self, tx: Tx, message: Message) -> Reply | None:
        """The same message of a group once more, after some unit has answered: edited in place."""
        season, milestone = self._about(message)
        if season is None or milestone is None:
            return None
        contact = people.contact_by_id(tx, message.address_id)
        reply = self._text(tx, contact, season, milestone, self._late(tx, contact, season, milestone), message)
        return Reply(reply.text, title=reply.title, edits=str(message.payload["edits"]))

    def _about(self, message: Message) -> tuple[Season | None, Milestone | None]:
        try:
            season = self._office.season_by_id(message.payload["season"])
            return season, self._office.plan(season).milestone(message.payload["milestone"])
        except LookupError:
            return None, None

    def _reached(self, tx: Tx, contact: Contact, season: Season, milestone: Milestone) -> list[int]:
        """The units about which this address is written to: its own, or in a group all below it."""
        bound = self._office.bound(self._office.plan(season), milestone)
        if contact.private:
            if contact.person_id is None:
                return []
            person = people.known(tx, contact.person_id, self._clock.now())
            return [id for id in bound if person is not None and id in person.units]
        if contact.unit_id is None:
            return []
        below = {contact.unit_id, *(u.id for u in self._office.units.below(contact.unit_id))}
        return [id for id in bound if id in below]

    def _late(self, tx: Tx, contact: Contact, season: Season, milestone: Milestone) -> list[int]:
        return owing.still_owing(tx, season.id, milestone, self._reached(tx, contact, season, milestone))

    def _text(
        self, tx: Tx, contact: Contact, season: Season, milestone: Milestone, late: Sequence[int], message: Message
    ) -> Reply:
        say = language(_language(tx, contact, self._clock.now()))
        office, plan = self._office, self._office.plan(season)
        due = office.deadline(season, milestone)
        assert due is not None
        step = int(message.payload["step"])
        title = say.say(GROUP_TITLE, milestone=milestone.name, year=season.year, days=self._days(say, due, step))
        lines = [
            say.say(
                CARRYING_OUT,
                document=_document(plan),
                issuer=plan.document.issuer,
                milestone=milestone.name,
                due=_when(say, due),
            )
        ]
        names = [office.units[id].name for id in late]
        if milestone.owed_by == "standing_office":
            lines.append(say.say(PLEASE_OFFICE))
        elif contact.private or len(self._reached(tx, contact, season, milestone)) == 1:
            lines.append(say.say(PLEASE_ONE, unit=", ".join(names)) if names else say.say(ALL_ANSWERED))
        else:
            reached = self._reached(tx, contact, season, milestone)
            lines.append(say.say(PLEASE, units=", ".join(names)) if names else say.say(ALL_ANSWERED))
            lines.append(say.say(UNITS_ANSWERED, done=len(reached) - len(late), all=len(reached)))
        if names:
            lines.append(say.say(HOW))
        return Reply("\n".join(lines), title=title)

    def _days(self, say: Language, due: Deadline, step: int) -> str:
        """How much time is left, counted on the day of the sending."""
        today = self._clock.now().date()
        if step < 0 or today > due.last_day:
            return say.say(OVERDUE)
        left, day = 0, today
        while day < due.last_working_day:
            day += timedelta(days=1)
            left += self._office.calendar.is_working(day)
        return say.say_n("{n} working day left", "{n} working days left", left) if left else say.say(LAST_DAY)


def _language(tx: Tx, contact: Contact, now: datetime) -> str:
    person = people.known(tx, contact.person_id, now) if contact.person_id is not None else None
    return person.language if person else "vi"


def _document(plan: Plan) -> str:
    d = plan.document
    number = f" {d.number}" if d.number else ""
    dated = f" ({d.dated})" if d.dated else ""
    return f"{d.kind}{number}{dated}"


def _when(say: Language, due: Deadline) -> str:
    if due.before is not None:
        return say.say(WHEN, before=due.before, day=due.last_working_day)
    return say.say(WHEN_SPAN, last=due.last_day, day=due.last_working_day)
