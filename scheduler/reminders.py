"""Reminders: what is due becomes rows, rows become messages to those who still owe, and nobody else."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import structlog

from bot.chat import Choice, Reply
from bot.clock import Clock
from bot.forms import tokens
from bot.outbox import NotNow
from bot.plan.dates import Milestone
from bot.rules.access import STANDING_OFFICE, WRITTEN_TO, Action, can
from bot.rules.calendar import Deadline, MissingCalendar
from bot.rules.courses import Course
from bot.rules.ladder import SEND_AT, SEND_UNTIL, URGE, Rung, carried, leaves_at, left_out, may_send, rungs
from bot.store import audit, dues, extensions, notices, outbox, owing, people, responses
from bot.store.dues import HELD, OVERTAKEN, RELEASED, WAITING, StepState
from bot.store.engine import Tx
from bot.store.outbox import Message
from bot.store.people import Contact, Person
from bot.store.seasons import ASK, Season
from bot.texts import Language, language, mark
from bot.turn import Focus, Office, Sent
from scheduler.wording import SIGNED, is_public, titled, written

log = structlog.get_logger()

TITLE_SEVERAL = mark("{n} tasks are to be remembered")
NEWER = mark("A newer reminder of this stands further down.")
SEEN, LATER, DONE = mark("Received"), mark("Remind me later"), mark("Sent already")
NUMBERED = mark("{label} ({number})")
ASK_TITLE = mark("To be decided: the first reminder of “{milestone}”")
ASK_TEXT = mark(
    "The day has come for the first reminder of “{milestone}” to {count}. It waits for your word; the next one, on {day}, "
    "waits just the same. This is how it reads:"
)
ASK_LAST = mark(
    "The day has come for the first reminder of “{milestone}” to {count}. It waits for your word. This is how it reads:"
)
SEND_IT, KEEP_IT = mark("Send it"), mark("Hold it back")

WISHED = mark("At the wish of {who}, who looks after this on behalf of {office}.")

LOOK_AGAIN = 60.0  # seconds; a message that is not to leave at this hour is looked at again, in case the clock is moved
STALE_AFTER = 10  # working days; a word on a date that comes later than that helps nobody any more
ANSWERED_AT_MOST = 5  # tasks of one message that get buttons of their own; more would fill the screen
MOST = 20  # labels that are remembered besides; more were never on one screen
TOGETHER = 2.0  # seconds; units that appear or answer within them are one edit of a group's list


@dataclass(frozen=True, slots=True)
class Item:
    """One reminder: of that milestone's date, at that step."""

    season_id: int
    milestone: str
    deadline: date
    step: int

    def as_json(self) -> list[Any]:
        return [self.season_id, self.milestone, self.deadline.isoformat(), self.step]

    @property
    def subject(self) -> str:
        return dues.subject(self.season_id, self.milestone, self.deadline)


@dataclass(slots=True)
class Fallen:
    """What has fallen due now: for these units that reminder is to be written."""

    season: Season
    milestone: Milestone
    item: Item
    day: date
    units: list[int]


@dataclass(frozen=True, slots=True)
class About:
    """An item as it stands now; `due` is None where the office urges something that has no day."""

    season: Season
    milestone: Milestone
    course: Course | None
    item: Item

    @property
    def due(self) -> Deadline | None:
        return self.course.due if self.course is not None else None


@dataclass(slots=True)
class Settled:
    """What a process has found to be settled: a step whose units all have their rows need not be worked out again with
    every tick, as long as units, plan, date and day are the same and nobody may have come to owe again."""

    _known: dict[tuple[int, str, date, int], tuple[Any, ...]] = field(default_factory=dict)

    def is_so(self, item: Item, mark: tuple[Any, ...], changes: tuple[int, ...]) -> bool:
        of = (item.season_id, item.milestone, item.deadline, item.step)
        known = self._known.get(of)
        if known is None or any(one is not other for one, other in zip(known[0][:2], mark[:2], strict=True)):
            return False
        if known[0][2:] != mark[2:] or known[1][1:] != changes[1:] or changes[0] < known[1][0]:
            return False
        self._known[of] = (mark, changes)
        return True

    def note(self, item: Item, mark: tuple[Any, ...], changes: tuple[int, ...]) -> None:
        self._known[item.season_id, item.milestone, item.deadline, item.step] = (mark, changes)


def scan(tx: Tx, office: Office, now: datetime, real: float, settled: Settled | None = None) -> int:
    """Make the rows of what has fallen due at `now`, and the messages for them; returns how many messages are new.

    Any number of processes may call it, at any time and as often as they like. After an outage only the latest step
    of a date is sent – the ones it has overtaken are noted as such –, and whoever is reached by several reminders gets
    them as one message.
    """
    if not may_send(office.calendar, now):
        return 0
    audit.acting(tx, audit.By(audit.CLOCK), now)
    fallen: list[Fallen] = []
    asked = 0
    for season in office.seasons:
        states = dues.of_season(tx, season.id)
        for milestone in office.plan(season).occasions:
            if milestone.owed_by == "nobody":
                continue
            try:
                courses = office.courses(season, milestone)
            except MissingCalendar as missing:  # of one date; the others are not to wait for it
                log.error("no reminder can be made", season=season.id, milestone=milestone.id, error=str(missing))
                continue
            for course in courses:
                scanning = _Scanning(tx, office, season, milestone, course, states.get(milestone.id, {}), now, real)
                try:
                    found = scanning.look(settled)
                except MissingCalendar as missing:
                    log.error("no reminder can be made", season=season.id, milestone=milestone.id, error=str(missing))
                    continue
                asked += scanning.asked
                fallen += [found] if found is not None else []
    _wake(tx, office, fallen, now)
    return asked + _write(tx, office, fallen, now, real).messages


def concerned(office: Office, season: Season, milestone: Milestone, course: Course | None) -> list[int]:
    """The units that the milestone binds (or, as the duty of a function, is told to) and that have this date."""
    if milestone.owed_by == "role":
        return office.told(season, milestone)
    bound = office.bound(season, milestone)
    if course is None or not (course.kinds or course.without or course.units or course.but):
        return bound
    return [id for id in bound if course.concerns(id, office.units[id].kind)]


def still_open(tx: Tx, office: Office, season: Season, milestone: Milestone, ids: Sequence[int]) -> list[int]:
    """Those of the units for which there is still something to remind of; a duty of a function is only ever told."""
    return list(ids) if milestone.owed_by == "role" else office.still_owing(tx, season, milestone, ids)


@dataclass(slots=True)
class _Scanning:
    """One look at one date of a milestone."""

    tx: Tx
    office: Office
    season: Season
    milestone: Milestone
    course: Course
    states: Mapping[tuple[date, int], StepState]
    now: datetime
    real: float
    asked: int = 0
    """How many of the office were asked whether it may go."""

    def look(self, settled: Settled | None) -> Fallen | None:
        """What is to be written now; None if nothing is."""
        office, season, today = self.office, self.season, self.now.date()
        ladder = rungs(self.milestone, self.course.due, office.calendar)
        reached = [rung for rung in ladder if self._has_come(rung)]
        if not reached:
            return None
        latest = reached[-1]
        of = {step: state for (day, step), state in self.states.items() if day == self.course.key}
        state = of[latest.step].state if latest.step in of else ""
        if state in (HELD, OVERTAKEN, WAITING) or (not state and self._another_today(ladder, latest, of)):
            return None
        item = Item(season.id, self.milestone.id, self.course.key, latest.step)
        stale = self._is_stale(latest)
        mark = (office.units, office.plan(season), self.course, today)
        changes = owing.changes(self.tx, season.id, self.milestone) if state == RELEASED and not stale else ()
        if state == RELEASED and (stale or (settled is not None and settled.is_so(item, mark, changes))):
            return None
        if office.waits_for(self.tx, season, self.milestone, today):
            return None
        if stale:
            self._mark(latest.step, OVERTAKEN)
            return None
        if not state:
            for rung in reached[:-1]:
                if rung.step not in of or of[rung.step].state == WAITING:
                    self._mark(rung.step, OVERTAKEN)
            if self._waits_for_a_word(of) and self._ask(latest, ladder):
                return None
        units = self._rows(latest, _received(of.values(), ladder, latest.step, self.now))
        if not state:
            self._mark(latest.step, RELEASED)
        elif not units and settled is not None:
            settled.note(item, mark, changes)
        return Fallen(season, self.milestone, item, latest.day, units) if units else None

    def _has_come(self, rung: Rung) -> bool:
        """Whether its morning has come, and the season (or the extension) was there before its evening."""
        begun = max(self.season.opened_at, self.course.since or self.season.opened_at)
        zone = self.now.tzinfo
        come = datetime.combine(rung.day, SEND_AT, zone) <= self.now
        return come and datetime.combine(rung.day, SEND_UNTIL, zone) > begun

    def _is_stale(self, latest: Rung) -> bool:
        """Whether the date is over for so long that a word about it helps nobody any more; nobody answers what is only
        told, so of that there is none afterwards."""
        today, last = self.now.date(), self.course.due.last_day
        if today <= last or self.milestone.owed_by == "role":
            return today > last
        return today > self.office.calendar.working_days_after(max(last, latest.day), STALE_AFTER)

    def _another_today(self, ladder: Sequence[Rung], latest: Rung, of: Mapping[int, StepState]) -> bool:
        """Whether a later step goes out this very morning: what an outage swallowed waits for it, so that one goes."""
        today, hour = self.now.date(), self.now.time()
        return any(r.day == today and hour < SEND_AT and r.step not in of for r in ladder if r.day > latest.day)

    def _mark(self, step: int, state: str) -> bool:
        return dues.mark_step(self.tx, self.season.id, self.milestone.id, self.course.key, step, state, self.now)

    def _rows(self, latest: Rung, before: int | None) -> list[int]:
        """Rows for those that owe and have none at that step; those that are to be reminded."""
        key, today = self.course.key, self.now.date()
        bound: Sequence[int] = concerned(self.office, self.season, self.milestone, self.course)
        conditions = owing.unanswered(self.season.id, self.milestone)
        if conditions is None:
            bound = still_open(self.tx, self.office, self.season, self.milestone, bound)
        return dues.made(
            self.tx,
            season_id=self.season.id,
            milestone=self.milestone.id,
            deadline=key,
            number=latest.step,
            due_on=today,
            unit_ids=bound,
            skipped=responses.quiet(self.tx, self.season.id, self.milestone.id, key, before, today),
            owing=conditions,
            now=self.now,
        )

    def _waits_for_a_word(self, of: Mapping[int, StepState]) -> bool:
        """Whether the office wants to say its word first: before the first reminder of a date; what single units were
        given is the same reminder, once it went to anybody."""
        if self.season.reminders != ASK or not self._is_to_others():
            return False
        steps = [s for (_, step), s in self.states.items() if step < URGE] if self.course.is_given else [*of.values()]
        return not any(s.state == RELEASED and s.step < URGE for s in steps)

    def _is_to_others(self) -> bool:
        """Whether it goes to anybody but the standing office, which need not be asked whether it may be told."""
        if self.milestone.owed_by == "role":
            return len(self.office.told(self.season, self.milestone)) > 1
        return self.milestone.owed_by != "standing_office"

    def _ask(self, latest: Rung, ladder: Sequence[Rung]) -> bool:
        """Have the step wait, and ask the office with text and list; False when nobody owes, so that nothing waits."""
        bound = concerned(self.office, self.season, self.milestone, self.course)
        late = still_open(self.tx, self.office, self.season, self.milestone, bound)
        if not late or not self._mark(latest.step, WAITING):
            return bool(late)
        plan = self.office.plan(self.season)
        root = self.office.root(plan)
        of = (self.season, self.milestone, self.course, latest.step, latest.day)
        later = [rung.day for rung in ladder if rung.day > latest.day]
        item = Item(self.season.id, self.milestone.id, self.course.key, latest.step)
        words = (
            f"n{self.season.id}",
            self.milestone.word,
            f"k{self.course.key:%y%m%d}",
            f"s{carried(latest.step)}",
        )

        def made(say: Language) -> Reply:
            shown = written(self.tx, self.office, say, *of, bound, late, group=True)
            count = say.say_n("{n} unit", "{n} units", len(late))
            said = {"milestone": self.milestone.name, "count": count}
            asks = say.say(ASK_TEXT, day=later[0], **said) if later else say.say(ASK_LAST, **said)
            send = Choice(say.say(SEND_IT), tokens.command("lichnhac", "gui", *words))
            keep = Choice(say.say(KEEP_IT), tokens.command("lichnhac", "giu", *words))
            text = "\n".join((asks, "", shown.title, shown.text))
            return Reply(text, title=say.say(ASK_TITLE, milestone=self.milestone.name), choices=((send, keep),))

        contacts = people.contacts_of_units(self.tx, [root.id], STANDING_OFFICE, on=self.now.date()) if root else []
        if not contacts:
            log.warning("a reminder waits and nobody can be asked", season=self.season.id, milestone=self.milestone.id)
        self.asked += notices.notify(
            self.tx,
            [contact for _, contact in contacts],
            f"ask:{item.subject}:{item.step}",
            made,
            self.now,
            self.real,
            subject=f"ask:{item.subject}:{item.step}",
            meant=[root.id, STANDING_OFFICE] if root else None,
        )
        return True


def _received(states: Iterable[StepState], ladder: Sequence[Rung], step: int, now: datetime) -> int | None:
    """The step of that date (or the urging) that was sent last before this one, if its receipt leaves this one out."""
    sent = [state for state in states if state.state == RELEASED and state.step != step]
    last = max(sent, key=lambda state: (state.at, -state.step), default=None)
    if last is None:
        return None
    rung = left_out(ladder, last.at.astimezone(now.tzinfo))
    return last.step if rung is not None and rung.step == step else None


def _wake(tx: Tx, office: Office, fallen: list[Fallen], now: datetime) -> None:
    """Units that wanted to be left until today are reminded with what was sent last of that date."""
    found: dict[tuple[int, str, date], list[responses.Snooze]] = {}
    for snooze in responses.ending(tx, now.date()):
        found.setdefault((snooze.season_id, snooze.milestone, snooze.deadline), []).append(snooze)
    for (season_id, milestone_id, deadline), snoozes in found.items():
        ended = responses.end(tx, [snooze.id for snooze in snoozes])
        about = _about(office, Item(season_id, milestone_id, deadline, max(s.step for s in snoozes)))
        if about is None or not ended:
            continue
        season, milestone = about.season, about.milestone
        here = [id for id in concerned(office, season, milestone, about.course) if id in ended]
        states = [s for (day, _), s in dues.steps(tx, season_id, milestone_id).items() if day == deadline]
        sent = max((s for s in states if s.state == RELEASED), key=lambda s: (s.at, -s.step), default=None)
        there = next((f for f in fallen if f.item.subject == about.item.subject), None)
        late = [id for id in still_open(tx, office, season, milestone, here) if there is None or id not in there.units]
        if not late or sent is None:
            continue
        dues.wake(tx, season_id, milestone_id, deadline, sent.step, late)
        if there is not None:
            there.units += late
        else:
            fallen.append(Fallen(season, milestone, replace(about.item, step=sent.step), now.date(), late))


@dataclass(frozen=True, slots=True)
class _Written:
    """How many messages are new, and whom they reach."""

    messages: int
    people: int
    groups: int
    units: frozenset[int]


def _write(tx: Tx, office: Office, fallen: Sequence[Fallen], now: datetime, real: float) -> _Written:
    """One message to each private address, with all that has fallen due for it; one to each group for each date."""
    today, messages = now.date(), 0
    private: dict[int, list[tuple[Fallen, list[int]]]] = {}
    groups: set[int] = set()
    reached: set[int] = set()
    linked = people.groups(tx) if any(is_public(one.milestone) for one in fallen) else []
    for one in sorted(fallen, key=lambda f: (f.item.deadline, f.item.season_id, f.item.milestone)):
        early = _is_early(one.item.step)
        to = _recipients(tx, office, one.season, one.milestone, one.units, linked, now, early=early)
        for id, units in to.people.items():
            private.setdefault(id, []).append((one, units))
        made = sum(_post(tx, office, one, id, now, real) for id in to.groups)
        groups |= set(to.groups)
        reached |= to.units
        if is_public(one.milestone):
            outbox.refresh(tx, one.item.subject, now, not_before=real + TOGETHER)
        messages += made
        log.info("reminders made", **_named(one), units=len(one.units), people=len(to.people), posts=made)
    for address_id, items in private.items():
        payload = {"items": [one.item.as_json() for one, _ in items], "day": today.isoformat()}
        told = "|".join(f"{one.item.as_json()}{sorted(units)}" for one, units in items)
        digest = hashlib.sha256(f"{today}{told}".encode()).hexdigest()[:16]
        first = items[0][0].item
        cause = f"reminder:{first.season_id}:{first.milestone}:{first.deadline}:{first.step}:{address_id}:{digest}"
        row = outbox.add(tx, address_id, "reminder", cause, payload, now, not_before=real, subject=first.subject)
        messages += row is not None
    return _Written(messages, len(private), len(groups), frozenset(reached))


def _named(one: Fallen) -> dict[str, Any]:
    return {"season": one.season.id, "milestone": one.milestone.id, "step": one.item.step}


def _post(tx: Tx, office: Office, one: Fallen, address_id: int, now: datetime, real: float) -> int:
    """The group's message for that step; what stood there of the same duty is closed. 0 if it is there already."""
    item = one.item
    cause = f"reminder:{item.season_id}:{item.milestone}:{item.deadline}:{item.step}:{address_id}"
    payload = {"items": [item.as_json()], "day": now.date().isoformat()}
    row = outbox.add(tx, address_id, "reminder", cause, payload, now, not_before=real, subject=item.subject)
    if row is None:
        return 0
    days = {day for day, _ in dues.steps(tx, item.season_id, item.milestone)} - set(
        office.keys(one.season, one.milestone)
    )
    subjects = [dues.subject(item.season_id, item.milestone, day) for day in {*days, item.deadline}]
    outbox.retire(tx, subjects, address_id, row, now, not_before=real)
    return 1


@dataclass(frozen=True, slots=True)
class _Recipients:
    """Who is written to about some units: private addresses, each with its units, groups, and the units that they are."""

    people: Mapping[int, list[int]]
    groups: Sequence[int]
    units: frozenset[int]


def _recipients(
    tx: Tx,
    office: Office,
    season: Season,
    milestone: Milestone,
    units: Sequence[int],
    linked: Iterable[Contact],
    now: datetime,
    *,
    early: bool,
) -> _Recipients:
    """Those who hold a function there, and of the `linked` groups those that hear of one of the units.

    By a bot whose platform counts its messages, a group is told for all of its units: of these nobody is told privately
    as well while it is `early`, nor, when few messages are left, later on.
    """
    covering = _covering(office, units) if is_public(milestone) else {}
    hearing = [(group, covering[group.unit_id]) for group in linked if group.unit_id in covering]
    in_group: dict[str, set[int]] = {}
    for group, covered in hearing:
        bot = group.address.channel
        if office.thrift.counts(bot) and (early or office.thrift.standing(tx, bot, now) != "open"):
            in_group.setdefault(bot, set()).update(covered)
    of: dict[int, list[int]] = {}
    for unit, contact in _private(tx, office, season, milestone, units, now.date()):
        if unit not in in_group.get(contact.address.channel, ()):
            of.setdefault(contact.id, []).append(unit)
    told = frozenset[int]().union(*of.values(), *(covered for _, covered in hearing))
    return _Recipients(of, [group.id for group, _ in hearing], told)


def _is_early(step: int) -> bool:
    """Whether others of the same will follow; an urging is the office's own word and does not count on them."""
    return 0 < step < URGE


def _private(
    tx: Tx, office: Office, season: Season, milestone: Milestone, units: Sequence[int], today: date
) -> list[tuple[int, Contact]]:
    """(unit, contact) of those who are written to for the units."""
    if is_public(milestone):
        return people.contacts_of_units(tx, units, *WRITTEN_TO, on=today)
    root = office.root(office.plan(season))
    own = [id for id in units if root is not None and id == root.id]
    others = [id for id in units if id not in own]
    found = people.contacts_of_units(tx, own, STANDING_OFFICE, on=today)
    return found + (people.contacts_of_units(tx, others, *WRITTEN_TO, on=today) if others else [])


def _covering(office: Office, units: Iterable[int]) -> dict[int, set[int]]:
    """The units and all that stands above them, each with those of the units of which its group hears."""
    found: dict[int, set[int]] = {}
    for id in units:
        for over in (id, *office.units[id].above):
            found.setdefault(over, set()).add(id)
    return found


def _about(office: Office, item: Item) -> About | None:
    """What the item speaks of; None when the season is closed, or its plan knows that date no more."""
    try:
        season = office.season_by_id(item.season_id)
        milestone = office.plan(season).occasion(item.milestone)
        courses = office.courses(season, milestone)
    except (LookupError, MissingCalendar):
        return None
    course = next((course for course in courses if course.key == item.deadline), None)
    if course is None and (courses or item.deadline not in office.keys(season, milestone)):
        return None
    return About(season, milestone, course, item)


def settle_earlier(tx: Tx, office: Office) -> int:
    """At the start: give their date to the steps that an earlier version noted without one, so that nothing is sent
    again; returns how many. Those of closed seasons stay as they are."""
    settled = 0
    for season_id, milestone_id, noted in dues.earlier(tx):
        number, step = _earlier(noted)
        try:
            season = office.season_by_id(season_id)
            courses = [c for c in office.courses(season, office.plan(season).occasion(milestone_id)) if not c.is_given]
        except (LookupError, MissingCalendar):
            continue
        # The usual date had the number 0, the others of the plan 1, 2 …; where there was no usual one, none had 0.
        usual = bool(courses) and not courses[0].kinds
        at = number if usual else number - 1
        if 0 <= at < len(courses):
            dues.settle_earlier(tx, season_id, milestone_id, noted, courses[at].key, step)
            settled += 1
    return settled


def _earlier(noted: int) -> tuple[int, int]:
    """(number of the date, step) of what earlier versions noted as one number."""
    number = (noted + 5_000) // 10_000
    return number, noted - number * 10_000


class Reminding:
    """Composes reminders in the transaction that marks them as being sent; shows and lets go what the office decides on."""

    def __init__(self, office: Office, clock: Clock) -> None:
        self._office = office
        self._clock = clock

    def compose(self, tx: Tx, message: Message) -> Reply | NotNow | None:
        """The reminder as it stands now; None when nobody reached by it owes any more, or a later one has overtaken it."""
        now = self._clock.now()
        abouts = [about for about in self._abouts(tx, message) if not self._overtaken(about, now.date())]
        if not abouts or not may_send(self._office.calendar, now):
            return NotNow(LOOK_AGAIN) if abouts else None
        contact = people.contact_by_id(tx, message.address_id)
        if contact.state != "ok":
            return None
        say = language(people.language_at(tx, contact))
        told: list[_Told] = []
        for about in abouts:
            if self._office.waits_for(tx, about.season, about.milestone, now.date()):
                continue
            reached = self._urged(tx, about, self._reached(tx, contact, about))
            late = still_open(tx, self._office, about.season, about.milestone, reached)
            if contact.private:
                late = self._to_be_reminded(tx, about, late)
            if late:
                told.append(self._told(tx, say, about, now.date(), reached, late, group=not contact.private))
        if not told:
            return None
        if contact.private:
            more = [Choice(say.say("My tasks"), tokens.command("viec"))]
            return beside(tx, contact, _together(say, told), more, answered=True)
        return replace(told[0].reply, pin="pin")

    def compose_again(self, tx: Tx, message: Message) -> Reply | None:
        """The same message of a group once more, after some unit has answered: edited in place."""
        edits = str(message.payload["edits"]) or outbox.message_of(tx, int(message.payload["post"]))
        if not edits:
            return None
        about = next(iter(self._abouts(tx, message)), None)
        contact = people.contact_by_id(tx, message.address_id)
        say = language(people.language_at(tx, contact))
        newer = message.payload.get("retired")
        if newer and outbox.message_of(tx, int(newer)):  # else nobody owed any more, and it never went out
            (item, *_) = self._items(message)
            return Reply(say.say(NEWER), title=self._named(say, item), edits=edits, pin="unpin")
        if about is None:
            return None
        reached = self._urged(tx, about, self._reached(tx, contact, about))
        late = still_open(tx, self._office, about.season, about.milestone, reached)
        told = self._told(tx, say, about, self._clock.now().date(), reached, late, group=True)
        return replace(told.reply, edits=edits, pin="" if late else "unpin")

    def notice(self, tx: Tx, message: Message) -> Reply | NotNow | None:
        """What was written when something happened (a difficulty told), sent when offices may be written to."""
        contact, meant = people.contact_by_id(tx, message.address_id), message.payload.get("for")
        if contact.state != "ok" or (meant is not None and not self._still(tx, contact, *meant)):
            return None
        if message.subject.startswith("ask:") and not self._still_asked(tx, message.subject):
            return None
        if not may_send(self._office.calendar, self._clock.now()):
            return NotNow(LOOK_AGAIN)
        reply = Reply.from_json(message.payload)
        return beside(tx, contact, reply) if reply.choices else reply

    def preview(
        self,
        tx: Tx,
        season: Season,
        milestone: Milestone,
        deadline: date,
        step: int,
        say: Language,
        unit_ids: Sequence[int] | None = None,
        person_id: int | None = None,
    ) -> Reply:
        """That step's reminder as a group of the whole (or of those units) would read it on its day, should nobody
        answer until then; at the wish of that person. LookupError if the milestone has no such date."""
        about = self._meant(season, milestone, deadline, step)
        today = self._clock.now().date()
        ladder = rungs(milestone, about.due, self._office.calendar) if about.due is not None else ()
        day = next((rung.day for rung in ladder if rung.step == step), today)
        bound = self._of(about, unit_ids)
        late = still_open(tx, self._office, season, milestone, bound)
        reply = written(tx, self._office, say, season, milestone, about.course, step, day, bound, late, group=True)
        return self._wished(tx, say, season, reply, person_id) if late else reply

    def reach(
        self, tx: Tx, season: Season, milestone: Milestone, unit_ids: Sequence[int], now: datetime, step: int = URGE
    ) -> Sent:
        """What `send` would say of these units: to whom it would go at this moment, and when."""
        linked = people.groups(tx)
        to = _recipients(tx, self._office, season, milestone, unit_ids, linked, now, early=_is_early(step))
        unreached = [id for id in unit_ids if id not in to.units]
        at = leaves_at(self._office.calendar, now)
        return Sent(len(unit_ids), len(to.people), len(to.groups), unreached, at)

    def send(
        self,
        tx: Tx,
        season: Season,
        milestone: Milestone,
        deadline: date,
        step: int,
        now: datetime,
        real: float,
        *,
        unit_ids: Sequence[int] | None = None,
        person_id: int | None = None,
    ) -> Sent:
        """Let the step go: rows for those that still owe (of `unit_ids`, if given), and a message to whom they reach.

        Let go once more it makes nothing; an urging is one person's, whatever units another presses it for at that moment.
        LookupError if the milestone has no such date.
        """
        office = self._office
        about = self._meant(season, milestone, deadline, step)
        key, at = about.item.deadline, leaves_at(office.calendar, now)
        if not dues.mark_step(tx, season.id, milestone.id, key, step, RELEASED, now, person_id) and step >= URGE:
            return Sent(0, 0, 0, [], at)
        late = still_open(tx, office, season, milestone, self._of(about, unit_ids))
        ladder = rungs(milestone, about.due, office.calendar) if about.due is not None else ()
        states = dues.steps(tx, season.id, milestone.id)
        before = _received((state for (day, _), state in states.items() if day == key), ladder, step, now)
        day = next((rung.day for rung in ladder if rung.step == step), at.date())
        units = dues.made(
            tx,
            season_id=season.id,
            milestone=milestone.id,
            deadline=key,
            number=step,
            due_on=at.date(),
            unit_ids=late,
            skipped=responses.quiet(tx, season.id, milestone.id, key, before, now.date()) if step < URGE else (),
            now=now,
        )
        fallen = [Fallen(season, milestone, about.item, day, units)] if units else []
        written_ = _write(tx, office, fallen, now, real)
        unreached = [id for id in units if id not in written_.units]
        return Sent(len(units), written_.people, written_.groups, unreached, at)

    def _abouts(self, tx: Tx, message: Message) -> list[About]:
        """What the message speaks of, as it stands now; what another process has just extended is known here too."""
        items = self._items(message)
        abouts = [about for item in items if (about := _about(self._office, item)) is not None]
        known = {(about.season.id, about.milestone.id) for about in abouts}
        if all(extensions.given(tx, *of) == self._office.given(*of) for of in known):
            return abouts
        self._office.refresh(tx)
        return [about for item in items if (about := _about(self._office, item)) is not None]

    def _items(self, message: Message) -> list[Item]:
        """What the message speaks of; what an earlier version wrote has one item, in another form."""
        stored = message.payload
        if "items" in stored:
            return [Item(season, id, date.fromisoformat(day), step) for season, id, day, step in stored["items"]]
        number, step = _earlier(int(stored["step"]))
        try:
            season = self._office.season_by_id(stored["season"])
            courses = self._office.courses(season, self._office.plan(season).occasion(stored["milestone"]))
        except (LookupError, MissingCalendar):
            return []
        keys = [course.key for course in courses[number : number + 1]]
        return [Item(season.id, stored["milestone"], key, step) for key in keys]

    def _meant(self, season: Season, milestone: Milestone, deadline: date, step: int) -> About:
        about = _about(self._office, Item(season.id, milestone.id, deadline, step))
        if about is None:
            raise LookupError(f"{milestone.id} has no date {deadline}")
        return about

    def _of(self, about: About, unit_ids: Sequence[int] | None) -> list[int]:
        """The units that have that date, or those of `unit_ids` that do."""
        here = concerned(self._office, about.season, about.milestone, about.course)
        wanted = set(unit_ids) if unit_ids is not None else None
        return [id for id in here if wanted is None or id in wanted]

    def _overtaken(self, about: About, today: date) -> bool:
        """Whether a later step's day has come: then that one is (or will be) said, or the office holds it back."""
        if about.due is None or about.item.step >= URGE:
            return False
        ladder = rungs(about.milestone, about.due, self._office.calendar)
        steps = [rung.step for rung in ladder if rung.day <= today]
        return about.item.step in steps and steps[-1] != about.item.step

    def _to_be_reminded(self, tx: Tx, about: About, late: list[int]) -> list[int]:
        """Without those who have answered since, or whose turn it is to be left alone; who is urged is always meant."""
        if not late or about.item.step >= URGE:
            return late
        of, today = about.item, self._clock.now().date()
        left = dues.skipped(tx, of.season_id, of.milestone, of.deadline, of.step, late)
        left |= responses.quiet(tx, of.season_id, of.milestone, of.deadline, None, today, late)
        return [id for id in late if id not in left]

    def _still_asked(self, tx: Tx, subject: str) -> bool:
        """Whether the office's word on that step is still waited for."""
        _, _, season, milestone, day, step = subject.split(":")
        state = dues.steps(tx, int(season), milestone).get((date.fromisoformat(day), int(step)))
        return state is not None and state.state == WAITING

    def _reached(self, tx: Tx, contact: Contact, about: About) -> list[int]:
        """The units about which this address is written to: its own, or in a group all below it."""
        office, season, milestone = self._office, about.season, about.milestone
        if contact.private:
            if contact.person_id is None:
                return []
            person = people.known(tx, contact.person_id, self._clock.now())
            return [id for id in person.units if self._is_asked(person, about, id)] if person is not None else []
        if contact.unit_id is None or not is_public(milestone):
            return []
        below = {contact.unit_id, *(u.id for u in office.units.below(contact.unit_id))}
        return [id for id in concerned(office, season, milestone, about.course) if id in below]

    def _is_asked(self, person: Person, about: About, unit_id: int) -> bool:
        """Whether it is one of the units that have that date, and the person may answer for it today."""
        office, season, milestone = self._office, about.season, about.milestone
        if unit_id not in office.units:
            return False
        if milestone.owed_by == "role":
            bound = unit_id in office.told(season, milestone)
        else:
            bound = office.is_bound(season, milestone, unit_id)
        kind = office.units[unit_id].kind
        if not bound or (about.course is not None and not about.course.concerns(unit_id, kind)):
            return False
        root = office.root(office.plan(season))
        own = not is_public(milestone) and root is not None and unit_id == root.id
        subject = office.subject(unit_id, season.id, on=self._clock.now().date())
        return can(person.actor, Action.MARK_PAPER if own else Action.REPORT, subject)

    def _still(self, tx: Tx, contact: Contact, unit_id: int, *functions: str) -> bool:
        """Whether whoever is reached there still is one of those to whom it was written."""
        if contact.person_id is None:
            return False
        person = people.known(tx, contact.person_id, self._clock.now())
        return person is not None and any(g.unit == unit_id and g.function in functions for g in person.grants)

    def _told(
        self, tx: Tx, say: Language, about: About, day: date, reached: list[int], late: list[int], *, group: bool
    ) -> _Told:
        of = (about.season, about.milestone, about.course, about.item.step, day)
        reply = written(tx, self._office, say, *of, reached, late, group=group)
        if about.item.step >= URGE and late:
            states = dues.steps(tx, about.season.id, about.milestone.id)
            state = states.get((about.item.deadline, about.item.step))
            reply = self._wished(tx, say, about.season, reply, state.person_id if state is not None else None)
        office = self._office.plan(about.season).standing_office(day) or say.say("the standing office")
        return _Told(about, reply, late, office)

    def _urged(self, tx: Tx, about: About, reached: list[int]) -> list[int]:
        """Of what the office (or an overseer) urges, the units that were meant; of the ladder's steps all."""
        of = about.item
        if of.step < URGE:
            return reached
        meant = dues.with_rows(tx, of.season_id, of.milestone, of.deadline, of.step, reached)
        return [id for id in reached if id in meant]

    def _wished(self, tx: Tx, say: Language, season: Season, reply: Reply, person_id: int | None) -> Reply:
        """Who is not of the office itself is named: it is at their wish that the units are written to."""
        person = people.known(tx, person_id, self._clock.now()) if person_id is not None else None
        plan = self._office.plan(season)
        root = self._office.root(plan)
        of_office = (
            [g for g in person.grants if root and g.unit == root.id and g.function == STANDING_OFFICE] if person else []
        )
        if person is None or of_office:
            return reply
        *lines, last = reply.text.split("\n")
        office = plan.standing_office(self._clock.now().date()) or say.say("the standing office")
        return replace(reply, text="\n".join([*lines, say.say(WISHED, who=person.name, office=office), last]))

    def _named(self, say: Language, item: Item) -> str:
        """The milestone in a line; empty when its season or plan knows it no more."""
        try:
            season = self._office.season_by_id(item.season_id)
            milestone = self._office.plan(season).occasion(item.milestone)
        except LookupError:
            return ""
        return titled(say, milestone, season, "")


@dataclass(frozen=True, slots=True)
class _Told:
    """One item of a message in words, and about which units it is."""

    about: About
    reply: Reply
    late: list[int]
    office: str

    def choices(self, say: Language, number: int) -> tuple[Choice, ...]:
        """Received, later, sent already; numbered where the message speaks of several tasks."""
        item = self.about.item
        words = [
            f"n{item.season_id}",
            self.about.milestone.word,
            f"k{item.deadline:%y%m%d}",
            f"s{carried(item.step)}",
        ]
        words += [f"u{self.late[0]}"] if len(self.late) == 1 else []

        def choice(label: str, word: str) -> Choice:
            named = say.say(label)
            named = say.say(NUMBERED, label=named, number=number) if number else named
            return Choice(named, tokens.command("nhac", word, *words))

        made = [choice(SEEN, "seen"), choice(LATER, "later")]
        return tuple(made if self.about.milestone.owed_by == "standing_office" else [*made, choice(DONE, "done")])


def _together(say: Language, told: Sequence[_Told]) -> Reply:
    """One message of them all: a single one as it is, several one below the other under one head."""
    if len(told) == 1:
        return replace(told[0].reply, choices=(told[0].choices(say, 0),))
    parts = []
    for number, one in enumerate(told, start=1):
        lines = one.reply.text.split("\n")
        signed = say.say(SIGNED, office=one.office)
        alike = number < len(told) and told[number].office == one.office
        text = "\n".join(line for line in lines if not (alike and line == signed))
        parts.append(f"{number}) {one.reply.title}\n{text}")
    rows = tuple(one.choices(say, number) for number, one in enumerate(told[:ANSWERED_AT_MOST], start=1))
    return Reply("\n\n".join(parts), title=say.say(TITLE_SEVERAL, n=len(told)), choices=rows)


def beside(tx: Tx, contact: Contact, reply: Reply, more: Sequence[Choice] = (), *, answered: bool = False) -> Reply:
    """The message with its buttons, for somebody who did not ask for it: beside the question that is open there, of which
    it changes nothing, or with numbers of its own where none is. `answered`: by the unit that reads it, now or later."""
    if not contact.private:
        return reply
    focus = Focus.from_json(contact.focus) if contact.focus else Focus()
    if answered:
        focus.came(reply.options())
    reply = replace(reply, choices=(*reply.choices, *((one,) for one in more)))
    labels = [[choice.label, choice.token] for choice in reply.options()]
    if beside := bool(focus.draft is not None or focus.awaits or focus.sending):
        focus.labels = [*labels, *(one for one in focus.labels if one[0] not in {label for label, _ in labels})][:MOST]
    else:
        focus.options, focus.lettered, focus.labels = labels, False, focus.options[:MOST]
    people.remember_focus(tx, contact.id, focus.as_json())
    return replace(reply, aside=beside)
