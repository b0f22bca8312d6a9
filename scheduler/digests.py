"""Digests: those who look after units read which of them stay silent, and once a week who owes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from weakref import WeakKeyDictionary

import structlog

from bot.chat import Choice, Reply
from bot.clock import Clock
from bot.forms import tokens
from bot.outbox import NotNow
from bot.plan.dates import PERIODS, Milestone
from bot.rules.access import ADMINISTRATOR, OVERSEER, STANDING_OFFICE
from bot.rules.calendar import Calendar, MissingCalendar
from bot.rules.courses import Course
from bot.rules.ladder import SEND_AT, URGE, leaves_at, may_send, rungs
from bot.rules.undated import without_day
from bot.store import dues, escalations, notices, outbox, own_days, people, roster
from bot.store.dues import HELD, OVERTAKEN, RELEASED, WAITING
from bot.store.engine import Tx
from bot.store.escalations import DROPPED, TOLD
from bot.store.outbox import Message
from bot.store.people import Contact
from bot.store.seasons import ASK, Season
from bot.texts import Language, language, mark
from bot.turn import WEEK, Office, Sent
from scheduler.reminders import beside

log = structlog.get_logger()

SILENT_STEPS = 3
"""So many reminders of one date a unit leaves unanswered before whoever looks after it is told: of the usual ladder (20,
10, 5, 2, 1, 0 working days) that is five working days before the last one, when a telephone call still helps."""
DAYS_ASKED = "digest.days"
"""Under this name it is noted that the office was asked for days; no milestone has a point in its name."""
LOOK_AGAIN = 60.0  # seconds; a message that is not to leave at this hour is looked at again
COUNT_AGAIN = 600.0  # seconds between two counts of the silent, where nothing was sent meanwhile: a province has many
STALE = timedelta(days=28)  # so long after its last day a date still stands in the weekly digest
NAMED_AT_MOST = 30  # units in one list; more nobody reads
LISTED = 12  # duties in one question; /datngay shows them all
LABEL = 36  # characters of a duty's name on a button

SILENT_TITLE = mark("Units that do not answer")
SILENT = mark(
    "Of the plan “{plan}”, these units have not answered after several reminders; would you please speak with them:"
)
SILENT_OFFICE = mark(
    "Of the plan “{plan}”, these units have not answered after several reminders, and nobody is noted on Khéo who looks after "
    "them:"
)
ABOUT = mark("{milestone} (by {day}):")
UNIT = mark("• {unit}: reminded on {days}")
MORE = mark("… and {count} more")
WEEK_TITLE = mark("This week: who has not answered")
WEEKLY = mark("Of the plan “{plan}”, of the units that you look after have not answered yet:")
WEEK_LINE = mark("• {milestone} ({due}): {units}")
BY = mark("by {day}")
PAST = mark("{day} has passed")
NO_DATE = mark("no day is fixed")
SIGNED = mark("(A machine message by Khéo, for {office})")
URGE_THESE = mark("Remind these units")
URGE_OF = mark("Remind: {milestone}")
WOULD_TELL = mark("What follows waits for the office. It would be told to: {who}.")
SEND_IT, LET_IT_BE = mark("Send it"), mark("Let it be")
HOW_WAITING = mark("/lichnhac shows what waits for the office.")
NOBODY = mark("the standing office (nobody is noted who looks after these units)")
DAYS_TITLE = mark("Duties without a day")
DAYS = mark(
    "The plan “{plan}” names no day for these duties, so Khéo does not remind of them:\n{duties}\nThe office may set itself a "
    "day for each, or say that it wants none. This is asked once in the season; /datngay does the same at any time."
)
SET_DAYS, NO_DAYS = mark("Set days"), mark("No day for these")


# -- the tick ----------------------------------------------------------------------------------------------------------


def wake(tx: Tx, office: Office, now: datetime, real: float) -> int:
    """Write what the clock brings besides the ladder; returns how many messages are new.

    Units that stayed silent, the week's digest, and the question for days that no document names. Any number of
    processes may call it, as often as they like.
    """
    if not may_send(office.calendar, now):
        return 0
    made = 0
    for season in office.seasons:
        try:
            made += _silence(tx, office, season, now, real)
            if now.time() >= SEND_AT:
                made += _weekly(tx, office, season, now, real)
                made += _ask_for_days(tx, office, season, now, real)
        except MissingCalendar as missing:
            log.error("a digest cannot be made", season=season.id, error=str(missing))
    return made


# -- silence -----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Counted:
    """When the silent of one date were counted last (epoch seconds), and which step had been sent by then."""

    sent: datetime
    at: float


_counted: WeakKeyDictionary[Office, dict[tuple[int, str, date], _Counted]] = WeakKeyDictionary()


def _silence(tx: Tx, office: Office, season: Season, now: datetime, real: float) -> int:
    """Units that stayed silent are told of, once for each date: at once, or when the office says so."""
    fresh = 0
    known = dues.of_season(tx, season.id)
    for milestone in office.plan(season).occasions:
        if milestone.id not in known or milestone.owed_by in ("nobody", "role", "standing_office"):
            continue
        for deadline in office.keys(season, milestone):
            sent = [
                state.at
                for (day, step), state in known[milestone.id].items()
                if day == deadline and step < URGE and state.state == RELEASED
            ]
            if len(sent) < SILENT_STEPS or not _is_time(office, (season.id, milestone.id, deadline), max(sent), real):
                continue
            silent = dues.silent(tx, season.id, milestone.id, deadline, SILENT_STEPS)
            told = {one.unit_id for one in escalations.of_date(tx, season.id, milestone.id, deadline)}
            bound = [id for id in silent if id not in told and office.is_bound(season, milestone, id)]
            late = office.still_owing(tx, season, milestone, bound)
            if late:
                fresh += escalations.begin(
                    tx,
                    season_id=season.id,
                    milestone=milestone.id,
                    deadline=deadline,
                    unit_ids=late,
                    state=WAITING if season.digests == ASK else TOLD,
                    now=now,
                )
    if not fresh:
        return 0
    if season.digests == ASK:
        newest = _newest(tx, season)
        return _ask(tx, office, season, now, real, f"silent:{season.id}:{newest}:ask", newest)
    new = escalations.told_at(tx, season.id, now)
    return len(_write_silent(tx, office, season, new, now, real))


def _is_time(office: Office, of: tuple[int, str, date], sent: datetime, real: float) -> bool:
    """Whether the silent are to be counted (again): after a step was sent, and now and then, should that have failed."""
    mine = _counted.setdefault(office, {})
    last = mine.get(of)
    if last is not None and last.sent == sent and 0 <= real - last.at < COUNT_AGAIN:
        return False
    mine[of] = _Counted(sent, real)
    return True


def _newest(tx: Tx, season: Season) -> int:
    return max((one.id for one in escalations.waiting(tx, season.id)), default=0)


def overseen(tx: Tx, now: datetime) -> dict[int, frozenset[int]]:
    """By person: the units that they look after today, by themselves or through a cluster."""
    found: dict[int, frozenset[int]] = {}
    for id in dict.fromkeys(held.person_id for held in roster.holding(tx, OVERSEER, now)):
        person = people.known(tx, id, now)
        grants = person.grants if person is not None else ()
        units = [grant.units for grant in grants if grant.function == OVERSEER and not grant.ended]
        if units:
            found[id] = frozenset().union(*units)
    return found


def _write_silent(
    tx: Tx,
    office: Office,
    season: Season,
    new: Sequence[escalations.Escalation],
    now: datetime,
    real: float,
) -> list[int]:
    """A message to each who looks after one of these units, and to the office for units that nobody looks after; the
    addresses."""
    if not new:
        return []
    items = sorted({(one.milestone, one.deadline.isoformat()) for one in new})
    units, last = {one.unit_id for one in new}, max(one.id for one in new)
    watched = {id: theirs for id, theirs in overseen(tx, now).items() if theirs & units}
    contacts = people.contacts_of(tx, watched)
    alone = units - {id for contact in contacts for id in watched[contact.person_id or 0]}
    payload = {"what": "silent", "season": season.id, "items": [list(item) for item in items]}
    written = [(contact, payload) for contact in contacts]
    root = office.root(office.plan(season))
    if alone and root is not None:
        offices = people.contacts_of_units(tx, [root.id], STANDING_OFFICE, on=now.date())
        written += [(contact, payload | {"for_office": True}) for _, contact in offices]
    reached = []
    for contact, of in written:
        cause = f"silent:{season.id}:{last}:{contact.id}" + (":office" if "for_office" in of else "")
        subject = f"silent:{season.id}"
        if outbox.add(tx, contact.id, "digest", cause, of, now, not_before=real, subject=subject) is not None:
            reached.append(contact.id)
    return reached


# -- once a week -------------------------------------------------------------------------------------------------------


def _begins_week(calendar: Calendar, today: date) -> bool:
    """Whether it is the first working day of its week."""
    before = (today - timedelta(days=n) for n in range(1, today.weekday() + 1))
    return calendar.is_working(today) and not any(calendar.is_working(day) for day in before)


def _weekly(tx: Tx, office: Office, season: Season, now: datetime, real: float) -> int:
    """On the first working day of a week, to each who looks after units that owe something."""
    today = now.date()
    if not _begins_week(office.calendar, today) or season.year != today.year:
        return 0
    if (today, 0) in dues.steps(tx, season.id, WEEK):
        return 0
    watched = {id: theirs for id, theirs in overseen(tx, now).items() if _owed(tx, office, season, theirs, today)}
    if not people.contacts_of(tx, watched):
        dues.mark_step(tx, season.id, WEEK, today, 0, OVERTAKEN, now)
        return 0
    if season.digests == ASK:
        dues.mark_step(tx, season.id, WEEK, today, 0, WAITING, now)
        return _ask(tx, office, season, now, real, f"week:{season.id}:{today}:ask", today)
    dues.mark_step(tx, season.id, WEEK, today, 0, RELEASED, now)
    return len(_write_week(tx, season, watched, today, now, real))


def _write_week(
    tx: Tx, season: Season, watched: Mapping[int, frozenset[int]], week: date, now: datetime, real: float
) -> list[int]:
    payload = {"what": "week", "season": season.id, "day": week.isoformat()}
    reached = []
    for contact in people.contacts_of(tx, watched):
        cause, subject = f"week:{season.id}:{week}:{contact.id}", f"week:{season.id}"
        if outbox.add(tx, contact.id, "digest", cause, payload, now, not_before=real, subject=subject) is not None:
            reached.append(contact.id)
    return reached


def _owed(
    tx: Tx, office: Office, season: Season, units: Collection[int], today: date
) -> list[tuple[Milestone, Course | None, list[int]]]:
    """What these units have not answered although they have been (or are to be) reminded of it, and who of them."""
    found: list[tuple[Milestone, Course | None, list[int]]] = []
    for milestone in office.plan(season).occasions:
        if milestone.owed_by in ("nobody", "role", "standing_office") or not milestone.settled_by:
            continue
        mine = [id for id in sorted(units) if id in office.units and office.is_bound(season, milestone, id)]
        if not mine or office.waits_for(tx, season, milestone, today):
            continue
        dates: list[Course | None] = [*office.courses(season, milestone)]
        for course in dates or [None]:
            if not _is_due(office, season, milestone, course, today):
                continue
            here = [id for id in mine if course is None or course.concerns(id, office.units[id].kind)]
            late = office.still_owing(tx, season, milestone, here)
            if late:
                found.append((milestone, course, late))
    return found


def _is_due(office: Office, season: Season, milestone: Milestone, course: Course | None, today: date) -> bool:
    """Whether one may speak of it: the reminders of that date have begun, or, without a day, the period has."""
    if course is None:
        undated = office.undated(season, milestone)
        if undated is None or undated.reason == "any_time":
            return False
        lasts = {"m": 1, "q": 3, "h": 6}
        ends = {key: month for periods in PERIODS.values() for key, _, month in periods}
        first = ends.get(milestone.period, 12) - lasts.get(milestone.period[:1], 12) + 1
        return today >= date(season.year, first, 1)
    ladder = rungs(milestone, course.due, office.calendar)
    return bool(ladder) and ladder[0].day <= today <= course.due.last_day + STALE


# -- days that no document names ----------------------------------------------------------------------------------------


def _ask_for_days(tx: Tx, office: Office, season: Season, now: datetime, real: float) -> int:
    """The standing office and the administrators of the plan's top are asked once in the season."""
    plan, today = office.plan(season), now.date()
    root = office.root(plan)
    if root is None or season.year != today.year or not office.taking_part(season):
        return 0
    key = (date(season.year, 12, 31), 0)
    if key in dues.steps(tx, season.id, DAYS_ASKED):
        return 0
    decided = own_days.decided(tx, season.id)
    missing = [m for m in without_day(plan, season.year, office.calendar) if m.id not in decided]
    contacts = [c for _, c in people.contacts_of_units(tx, [root.id], STANDING_OFFICE, ADMINISTRATOR, on=today)]
    if not missing or not contacts:
        return 0
    dues.mark_step(tx, season.id, DAYS_ASKED, *key, RELEASED, now)

    def made(say: Language) -> Reply:
        lines = [say.say("• {name}", name=m.name) for m in missing[:LISTED]]
        rest = len(missing) - LISTED
        lines += [say.say_n("… and {n} more", "… and {n} more", rest)] if rest > 0 else []
        buttons = (
            Choice(say.say(SET_DAYS), tokens.command("datngay")),
            Choice(say.say(NO_DAYS), tokens.command("datngay", "khonghet", f"n{season.id}")),
        )
        text = say.say(DAYS, plan=plan.name, duties="\n".join(lines))
        return Reply(text, title=say.say(DAYS_TITLE), choices=(buttons,), aside=True)

    meant: list[int | str] = [root.id, STANDING_OFFICE, ADMINISTRATOR]
    return notices.notify(tx, contacts, f"days:{season.id}", made, now, real, meant=meant)


# -- what is asked of the office beforehand ------------------------------------------------------------------------------


def _ask(tx: Tx, office: Office, season: Season, now: datetime, real: float, cause: str, which: int | date) -> int:
    """The office reads what would be told, with one button to send it."""
    root = office.root(office.plan(season))
    if root is None:
        return 0
    contacts = [c for _, c in people.contacts_of_units(tx, [root.id], STANDING_OFFICE, on=now.date())]

    def made(say: Language) -> Reply:
        shown = _preview(tx, office, season, say, now, which)
        return shown if shown is not None else Reply(say.say(HOW_WAITING))

    return notices.notify(tx, contacts, cause, made, now, real, meant=[root.id, STANDING_OFFICE])


def _preview(tx: Tx, office: Office, season: Season, say: Language, now: datetime, which: int | date) -> Reply | None:
    watched = overseen(tx, now)
    if isinstance(which, date):
        state = dues.steps(tx, season.id, WEEK).get((which, 0))
        everybody = frozenset[int]().union(*watched.values()) if watched else frozenset()
        shown = _week_text(tx, office, season, say, everybody, now.date())
        if state is None or state.state != WAITING or shown is None:
            return None
        units, mark_ = set(everybody), f"k{which:%y%m%d}"
    else:
        waiting = [one for one in escalations.waiting(tx, season.id) if one.id <= which]
        shown = _silent_text(tx, office, season, say, waiting, now.date())
        if shown is None:
            return None
        units, mark_ = {one.unit_id for one in waiting}, f"e{max(one.id for one in waiting)}"
    names = [person.name for id, of in watched.items() if of & units and (person := people.known(tx, id, now))]
    who = ", ".join(names[:NAMED_AT_MOST]) or say.say(NOBODY)
    buttons = (
        Choice(say.say(SEND_IT), tokens.command("lichnhac", "tong", "gui", f"n{season.id}", mark_)),
        Choice(say.say(LET_IT_BE), tokens.command("lichnhac", "tong", "thoi", f"n{season.id}", mark_)),
    )
    text = "\n".join([say.say(WOULD_TELL, who=who), shown.text, say.say(HOW_WAITING)])
    return Reply(text, title=shown.title, choices=(buttons,), aside=True)


class Digesting:
    """Composes digests in the transaction that marks them as being sent; and what the office decides of those that wait."""

    def __init__(self, office: Office, clock: Clock) -> None:
        self._office = office
        self._clock = clock

    def compose(self, tx: Tx, message: Message) -> Reply | NotNow | None:
        """From whoever still owes by then; None when nobody does, or whoever is reached looks after none of them any more."""
        now, office = self._clock.now(), self._office
        contact = people.contact_by_id(tx, message.address_id)
        if contact.state != "ok" or contact.person_id is None:
            return None
        if not may_send(office.calendar, now):
            return NotNow(LOOK_AGAIN)
        try:
            season = office.season_by_id(message.payload["season"])
        except LookupError:
            return None
        say = language(people.language_at(tx, contact))
        watched = overseen(tx, now)
        mine = watched.get(contact.person_id, frozenset())
        if message.payload["what"] == "week":
            return _beside(tx, contact, _week_text(tx, office, season, say, mine, now.date()))
        for_office = bool(message.payload.get("for_office"))
        if for_office:
            if not self._is_office(tx, contact, season, now):
                return None
            theirs = frozenset[int]().union(*(watched[c.person_id or 0] for c in people.contacts_of(tx, watched)))
        found = []
        for milestone, day in message.payload["items"]:
            told = escalations.of_date(tx, season.id, milestone, date.fromisoformat(day))
            found += [one for one in told if one.state == TOLD]
        found = [one for one in found if (one.unit_id not in theirs if for_office else one.unit_id in mine)]
        return _beside(
            tx, contact, _silent_text(tx, office, season, say, found, now.date(), for_office=for_office, buttons=True)
        )

    def _is_office(self, tx: Tx, contact: Contact, season: Season, now: datetime) -> bool:
        root = self._office.root(self._office.plan(season))
        person = people.known(tx, contact.person_id, now) if contact.person_id is not None else None
        return (
            root is not None
            and person is not None
            and any(g.unit == root.id and g.function == STANDING_OFFICE for g in person.grants)
        )

    def preview(self, tx: Tx, season: Season, say: Language, now: datetime, which: int | date) -> Reply | None:
        """What would be told, with the buttons to send it or let it be; None if nothing waits (any more)."""
        return _preview(tx, self._office, season, say, now, which)

    def send(
        self, tx: Tx, season: Season, now: datetime, real: float, person_id: int, which: int | date
    ) -> Sent | None:
        """Let it go; None if somebody has decided on it already, or there is nothing to tell any more."""
        office, at = self._office, leaves_at(self._office.calendar, now)
        if isinstance(which, date):
            if not self._decides_week(tx, season, which, RELEASED, now, person_id):
                return None
            today = now.date()
            watched = {id: of for id, of in overseen(tx, now).items() if _owed(tx, office, season, of, today)}
            reached = _write_week(tx, season, watched, which, now, real)
            units = frozenset[int]().union(*watched.values()) if watched else frozenset()
            return Sent(len(units), len(reached), 0, [], at) if reached else None
        waiting = [one for one in escalations.waiting(tx, season.id) if one.id <= which]
        if not escalations.decide(tx, season.id, which, TOLD, person_id, now):
            return None
        reached = _write_silent(tx, office, season, waiting, now, real)
        return Sent(len({one.unit_id for one in waiting}), len(reached), 0, [], at)

    def drop(self, tx: Tx, season: Season, now: datetime, person_id: int, which: int | date) -> bool:
        """Let it be; False if somebody has decided on it already."""
        if isinstance(which, date):
            return self._decides_week(tx, season, which, HELD, now, person_id)
        return escalations.decide(tx, season.id, which, DROPPED, person_id, now) > 0

    def _decides_week(self, tx: Tx, season: Season, week: date, state: str, now: datetime, person_id: int) -> bool:
        """Only what waits is decided, and only in its own week."""
        was = dues.steps(tx, season.id, WEEK).get((week, 0))
        if was is None or was.state != WAITING or not week <= now.date() < week + timedelta(days=7):
            return False
        return dues.mark_step(tx, season.id, WEEK, week, 0, state, now, person_id)


# -- the words -----------------------------------------------------------------------------------------------------------


def _silent_text(
    tx: Tx,
    office: Office,
    season: Season,
    say: Language,
    found: Sequence[escalations.Escalation],
    today: date,
    *,
    for_office: bool = False,
    buttons: bool = False,
) -> Reply | None:
    """Which units stayed silent, with what was sent to them and when; None if none of them owes any more."""
    plan = office.plan(season)
    lines: list[str] = []
    rows: list[tuple[str, str]] = []
    for key in dict.fromkeys((one.milestone, one.deadline) for one in found):
        milestone = next((m for m in plan.occasions if m.id == key[0]), None)
        if milestone is None:
            continue
        ids = [one.unit_id for one in found if (one.milestone, one.deadline) == key]
        ids = [id for id in ids if id in office.units and office.is_bound(season, milestone, id)]
        late = office.still_owing(tx, season, milestone, ids)
        if not late:
            continue
        lines.append(say.say(ABOUT, milestone=milestone.name, day=key[1]))
        sent = dues.reminded(tx, season.id, milestone.id, key[1], late[:NAMED_AT_MOST])
        for id in late[:NAMED_AT_MOST]:
            days = ", ".join(f"{day:%d/%m}" for day in sent.get(id, ()))
            lines.append(say.say(UNIT, unit=office.units[id].name, days=days))
        if len(late) > NAMED_AT_MOST:
            rest = len(late) - NAMED_AT_MOST
            lines.append(say.say(MORE, count=say.say_n("{n} unit", "{n} units", rest)))
        token = tokens.command("dondoc", milestone.word, f"n{season.id}", f"k{key[1]:%y%m%d}")
        rows.append((milestone.name, token))
    if not lines:
        return None
    intro = say.say(SILENT_OFFICE if for_office else SILENT, plan=plan.name)
    speaking = plan.standing_office(today) or say.say("the standing office")
    text = "\n".join([intro, *lines, say.say(SIGNED, office=speaking)])
    return Reply(text, title=say.say(SILENT_TITLE), choices=_urging(say, rows) if buttons else ())


def _week_text(
    tx: Tx, office: Office, season: Season, say: Language, units: Collection[int], today: date
) -> Reply | None:
    """Who of these units has not answered what; None if all have."""
    plan = office.plan(season)
    lines: list[str] = []
    rows: list[tuple[str, str]] = []
    for milestone, course, late in _owed(tx, office, season, units, today):
        due = say.say(NO_DATE)
        if course is not None:
            due = say.say(PAST if today > course.due.last_day else BY, day=course.due.last_day)
        names = ", ".join(office.units[id].name for id in late[:NAMED_AT_MOST])
        rest = len(late) - NAMED_AT_MOST
        if rest > 0:
            names = say.say_n("{shown} and {n} more", "{shown} and {n} more", rest, shown=names)
        lines.append(say.say(WEEK_LINE, milestone=milestone.name, due=due, units=names))
        key = course.key if course is not None else date(season.year, 12, 31)
        rows.append((milestone.name, tokens.command("dondoc", milestone.word, f"n{season.id}", f"k{key:%y%m%d}")))
    if not lines:
        return None
    speaking = plan.standing_office(today) or say.say("the standing office")
    text = "\n".join([say.say(WEEKLY, plan=plan.name), *lines, say.say(SIGNED, office=speaking)])
    return Reply(text, title=say.say(WEEK_TITLE), choices=_urging(say, rows))


def _urging(say: Language, rows: Sequence[tuple[str, str]]) -> tuple[tuple[Choice, ...], ...]:
    if len(rows) == 1:
        return ((Choice(say.say(URGE_THESE), rows[0][1]),),)
    return tuple((Choice(say.say(URGE_OF, milestone=_clipped(name)), token),) for name, token in rows)


def _clipped(name: str) -> str:
    return name if len(name) <= LABEL else name[: LABEL - 1].rsplit(" ", 1)[0] + "…"


def _beside(tx: Tx, contact: Contact, reply: Reply | None) -> Reply | None:
    return beside(tx, contact, reply) if reply is not None and reply.choices else reply
