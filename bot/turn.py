"""A turn: all that a handler may see and use, and the office behind it."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Protocol

from bot.chat import Channels, Choice, Door, File, Incoming, Keeper, Means, Reply
from bot.errors import KheoError, NotAllowed
from bot.forms.answers import Answer
from bot.forms.engine import left_open
from bot.lookup.intents import Understood
from bot.lookup.units import UnitEntry, UnitFinder
from bot.plan.dates import PERIODS, DateRule, Every, Fixed, Milestone, has_no_day
from bot.plan.model import Plan
from bot.plan.questions import Form, Question
from bot.rules.access import (
    CLOSED,
    GROUP,
    OPEN,
    REGISTERED,
    SEEING,
    STOPPED,
    Action,
    Actor,
    Grant,
    Subject,
    can,
    forbidding,
    granted,
)
from bot.rules.calendar import Calendar, Deadline, Undated, due, extended
from bot.rules.courses import Course, courses
from bot.store import exemplars, extensions, occurrences, owing, own_days, seasons, tickets, units
from bot.store.drafts import Draft
from bot.store.engine import Tx
from bot.store.exemplars import Exemplar
from bot.store.people import Contact, Person
from bot.store.seasons import Season
from bot.store.units import Unit, Units
from bot.texts import Language, mark
from bot.thrift import Thrift
from bot.vietnamese import fold

SELF_SCORE = "self_score"
"""The form by which a unit gives its exemplar points."""
PAPER = "paper"
"""The form by which the standing office notes a letter."""
OCCURRENCE = "occurrence"
"""The form by which the standing office notes the day of what milestones wait for."""
WEEK = "digest.week"
"""Under this name, and the first day of the week, it is noted what became of a week's digest; no milestone has a point."""
EXTENSION = "extension"
"""The form by which one unit is given more time."""
OWN_FORMS = frozenset({SELF_SCORE, PAPER, OCCURRENCE, EXTENSION})
"""The forms that no plan declares."""

FEW = 50
"""Of so many units only what they answered themselves is read, and not what all did."""
MESSAGE_DAYS = 365
"""For how long a message may be kept at the longest, unless the settings say otherwise."""

MOST_ASIDE = 6
"""Messages that nobody asked for, of which the buttons may still be typed; older ones can still be pressed."""

NO_RIGHT = mark("This is not open to you here. If it should be, please ask the standing office.")
ASK_ADMINISTRATOR = mark("This is not open to you here. If it should be, please ask the administrator of Khéo.")
"""The same where the standing office cannot help: it asks itself, or the matter is the administrator's."""
FORBIDDEN_BY = {
    CLOSED: mark("The season of this form has been closed; what was not handed in stays as it is."),
    STOPPED: mark("This model is marked as stopped. To go on with it, please take it up again first (/dung)."),
    REGISTERED: mark("No scorecard of this model has been handed in yet."),
}
"""What is told of a state that forbids something, to those who may do it otherwise."""


_Laid = tuple[Mapping[str, date], Mapping[str, tuple[date | None, int | None]]]
"""The days on which something happened, and the days that the office set itself, by what they belong to."""


def _laid_over(
    base: Plan, year: int, happened: Mapping[str, date], own: Mapping[str, tuple[date | None, int | None]]
) -> Plan:
    """The plan with those days in that year; a duty that has a day in the plan keeps it."""
    occurred = tuple(
        o.model_copy(update={"on": {**o.on, year: happened[o.id]}}) if o.id in happened else o for o in base.occurrences
    )
    dated = tuple(
        m.model_copy(update={"date": _own_rule(m.date, year, *own[m.id])}) if m.id in own and has_no_day(m.date) else m
        for m in base.milestones
    )
    return base.model_copy(update={"occurrences": occurred, "milestones": dated})


def _own_rule(rule: DateRule, year: int, on: date | None, day: int | None) -> DateRule:
    """The office's own day as a rule: a date of this season (it may lie in the year after), or a day of each period."""
    if on is not None and (not isinstance(rule, Every) or rule.every == "year"):
        return Fixed(by=on, next_year=on.year == year + 1)
    return Every(every=rule.every, by_day=day) if isinstance(rule, Every) and day is not None else rule


def entry(known: Units, u: Unit) -> UnitEntry:
    """The unit as it is looked up: by its names of today and of earlier, inside whatever stands above it."""
    above = tuple(known[id].name for id in u.above)
    names = tuple(dict.fromkeys([*u.aliases, *known.former_names(u.id)]))
    return UnitEntry(
        u.id, u.code, u.name, u.kind, above[0] if above else "", names, above[1:], u.valid_from, u.valid_to
    )


class Office:
    """What every turn shares: the plans, the calendar, the units, the open seasons."""

    def __init__(
        self,
        plans: Mapping[str, Plan],
        calendar: Calendar,
        *,
        file_limit_mb: int = 20,
        message_days: int = MESSAGE_DAYS,
    ) -> None:
        self.file_limit_mb = file_limit_mb
        self.web_address = ""
        """Where the web chat is reached, without a slash at its end; empty where there is none."""
        self.thrift = Thrift(Channels())
        """What is left of the month to the bots whose platform counts."""
        self.link_address = ""
        """Where people's phones reach the pages of secret links; empty where they reach none."""
        self.telegram_name: Callable[[], str] = str
        """The bot's name at Telegram; empty where Telegram is not used, or has not told it yet."""
        self.doors: Callable[[], Sequence[Door]] = list
        """The bots in whose chat a code is typed, since their link carries none; those that are not used, or have not
        told their name yet, are left out."""
        self.message_days = message_days
        self.files: Keeper | None = None
        """Where the files lie that people sent; none on the command line."""
        self.plans = plans
        self.calendar = calendar
        self.units = Units([])
        self.finder = UnitFinder([])
        self.seasons: list[Season] = []
        self._every_season: dict[int, Season] = {}
        self._pinned: dict[tuple[str, str], Plan] = {}
        self._unreadable: set[tuple[str, str]] = set()
        self._dated: dict[int, tuple[Plan, _Laid, Plan]] = {}
        self._given: dict[int, dict[str, dict[int, tuple[date, datetime]]]] = {}
        self._bound: dict[tuple[int, str], tuple[Units, Plan, Calendar, dict[int, None]]] = {}
        self._part: dict[int, tuple[Units, Plan, frozenset[int]]] = {}

    def refresh(self, tx: Tx) -> None:
        """Read units and seasons anew: at the start, and when one of them has changed."""
        fresh = units.load(tx)
        same = fresh.same_as(self.units)
        finder = self.finder if same else UnitFinder(entry(fresh, u) for u in fresh.values())
        every = seasons.every(tx)
        for season in every:
            self._pin(tx, season)
        readable = {s.id: s for s in every if self._edition(s) is not None}
        running = [s for s in readable.values() if s.closed_at is None]
        ids = [s.id for s in running]
        dated, given = self._laid_days(tx, running), extensions.of_seasons(tx, ids)
        # Other threads answer by it meanwhile: all of it is put in place at the end.
        self._dated, self._given = dated, given
        self._every_season, self.seasons = readable, running
        if not same:
            self.units, self.finder = fresh, finder

    def _laid_days(self, tx: Tx, running: Sequence[Season]) -> dict[int, tuple[Plan, _Laid, Plan]]:
        """The plans with what only the office knows laid over them: the days on which something happened, from which
        others are counted, the days that it set itself where the document names none."""
        ids = [s.id for s in running]
        known, own = occurrences.of_seasons(tx, ids), own_days.of_seasons(tx, ids)
        dated: dict[int, tuple[Plan, _Laid, Plan]] = {}
        for season in running:
            base, laid = self._edition(season), (known.get(season.id, {}), own.get(season.id, {}))
            if base is None or not any(laid):
                continue
            before = self._dated.get(season.id)
            if before is not None and before[0] is base and before[1] == laid:
                dated[season.id] = before
                continue
            dated[season.id] = (base, laid, _laid_over(base, season.year, *laid))
        return dated

    def _pin(self, tx: Tx, season: Season) -> None:
        """Have the version at hand with which the season goes on, though the file has another by now."""
        key = season.plan, season.plan_version
        current = self.plans.get(season.plan)
        if key in self._pinned or key in self._unreadable:
            return
        if current is not None and current.version == season.plan_version:
            self._pinned[key] = current
            return
        try:
            kept = seasons.kept(tx, *key)
        except KheoError:
            if season.closed_at is None:
                raise
            self._unreadable.add(key)  # what is over must not keep the bot from starting
            return
        if kept is not None:
            self._pinned[key] = kept

    def _edition(self, season: Season) -> Plan | None:
        """The season's version of its plan; where it was never kept, or is over and not read any more, the plan as now."""
        return self._pinned.get((season.plan, season.plan_version)) or self.plans.get(season.plan)

    def running(self, now: datetime) -> list[tuple[Season, Plan]]:
        """Of each plan the season that runs at that moment (of this year, else the latest before it), by plan name."""
        latest: dict[str, Season] = {}
        for season in self.seasons:
            if season.year <= now.year and (season.plan not in latest or latest[season.plan].year < season.year):
                latest[season.plan] = season
        found = [(season, self.plan(season)) for season in latest.values()]
        return sorted(found, key=lambda pair: pair[1].name)

    def bare_photos(self, now: datetime) -> bool:
        """Whether photos are shown without what the camera wrote into them: unless every running plan wants it shown.

        The plans as their files say now: it is the office's own setting, and no rule of the season.
        """
        running = [self.plans.get(plan.id, plan) for _, plan in self.running(now)]
        return not running or any(plan.privacy.strip_photo_metadata for plan in running)

    def concerning(self, now: datetime, unit_ids: Iterable[int]) -> list[tuple[Season, Plan]]:
        """The running seasons of the plans in which one of these units takes part, or over which it stands."""
        wanted = set(unit_ids)
        return [(s, p) for s, p in self.running(now) if wanted & self.taking_part(s)]

    def taking_part(self, season: Season) -> set[int]:
        """The units of the season's plan that are there in its year, or in a part of it; its top among them.

        What follows a unit that has ended takes part when it stands in the plan's tree, or among its participants:
        nobody inherits a plan by a merger.
        """
        plan = self.plan(season)
        kept = self._part.get(season.id)
        if kept is None or kept[0] is not self.units or kept[1] is not plan:
            kept = self._part[season.id] = (self.units, plan, self._taking_part(season, plan))
        return set(kept[2])

    def _taking_part(self, season: Season, plan: Plan) -> frozenset[int]:
        first, last = date(season.year, 1, 1), date(season.year, 12, 31)
        root = self.root(plan)
        also = (self.units.coded(code, last) or self.units.coded(code) for code in plan.participants)
        part = [*([root, *self.units.below(root.id)] if root else []), *(u for u in also if u)]
        return frozenset(u.id for u in part if u.lives_within(first, last))

    def season_by_id(self, id: int) -> Season:
        """The open season; LookupError if it is closed or unknown."""
        for season in self.seasons:
            if season.id == id:
                return season
        raise LookupError(f"no open season {id}")

    def plan(self, season: Season) -> Plan:
        """The plan in the version to which the season is pinned, with the days of what has happened in it."""
        found = self._edition(season)
        if found is None:
            raise LookupError(f"no plan {season.plan}")
        laid = self._dated.get(season.id)
        return laid[2] if laid is not None and laid[0] is found else found

    def plan_of(self, season_id: int) -> Plan:
        """The plan of a season, open or closed; LookupError if there is none."""
        season = self._every_season.get(season_id)
        if season is None:
            raise LookupError(f"no season {season_id}")
        return self.plan(season)

    def deadline(
        self, season: Season, milestone: Milestone, unit_kind: str = "", unit_id: int | None = None
    ) -> Deadline | None:
        """When the milestone falls due in that season, for units of that kind, or for that unit; None if not in this
        year, or if it has no day."""
        given = self._given.get(season.id, {}).get(milestone.id, {}) if unit_id is not None else {}
        if unit_id in given:
            return extended(given[unit_id][0], self.calendar)
        found = due(self.plan(season), milestone, season.year, self.calendar, unit_kind)
        return self._as_own(season, milestone, found) if isinstance(found, Deadline) else None

    def _as_own(self, season: Season, milestone: Milestone, found: Deadline) -> Deadline:
        """The same, with a word if the office has set that day itself."""
        laid = self._dated.get(season.id)
        if laid is None or found.notice or (milestone.series or milestone.id) not in laid[1][1]:
            return found
        base = next((m for m in laid[0].milestones if m.id == (milestone.series or milestone.id)), None)
        return replace(found, own=True) if base is not None and has_no_day(base.date) else found

    def undated(self, season: Season, milestone: Milestone) -> Undated | None:
        """Why the milestone has no day in that season; None if it has one, or is of another year."""
        found = due(self.plan(season), milestone, season.year, self.calendar)
        return found if isinstance(found, Undated) else None

    def root(self, plan: Plan) -> Unit | None:
        """The unit at the top of the plan: where its standing office belongs."""
        tops = [seed for seed in plan.units if not seed.parent]
        return self.units.planted(tops[0]) if tops else None

    def subject(
        self,
        unit_id: int | None,
        season_id: int | None = None,
        exemplar: Exemplar | None = None,
        *,
        on: date | None = None,
    ) -> Subject:
        """The unit as that about which a right is asked: in that season, or with an exemplar in the exemplar's.

        In a season of a plan in which the unit takes part from outside the plan's tree, the plan's top stands above it
        too. On a day on which the unit has ended, what it was merged into speaks for it, and who stands above that.
        """
        unit = self.units.get(unit_id) if unit_id is not None else None
        if unit is None:
            return Subject(None)
        above, heirs = unit.above, self._heirs(unit, on) if on is not None else ()
        for heir in heirs:
            above = (*above, *self.units[heir].above)
        season_id = exemplar.season_id if exemplar is not None else season_id
        if season_id is None:
            return Subject(unit.id, above, heirs)
        season = self._every_season.get(season_id)
        if season is not None and unit.code in (plan := self.plan(season)).participants:
            top = self.root(plan)
            above = above if top is None else (*above, top.id)
        state = OPEN if season is not None and season.closed_at is None else CLOSED
        return Subject(unit.id, above, heirs, state, exemplar.state if exemplar is not None else "")

    def _heirs(self, unit: Unit, on: date) -> tuple[int, ...]:
        """The units into which it was merged by that day, one after the other."""
        if not unit.is_over(on):
            return ()
        line: list[int] = []
        for heir in self.units.merged_into(unit.id):
            line.append(heir.id)
            if not heir.is_over(on):
                break
        return tuple(line)

    def purpose(self, draft: Draft) -> str:
        """What the draft's form is for: registration, report, document, feedback – or the id of one of our own forms.

        LookupError if its plan has no such form.
        """
        if draft.form in OWN_FORMS:
            return draft.form
        return self.plan_of(draft.season_id).form(draft.form).purpose

    def criteria_codes(self, now: datetime) -> list[str]:
        """The codes of all criteria of the plans that run at that moment."""
        tables = [table for _, plan in self.running(now) for table in plan.criteria]
        return sorted({row.code for table in tables for row in table.leaves()})

    def bound(self, season: Season, milestone: Milestone) -> list[int]:
        """The units that the milestone binds in that season: those under the plan's top, or the top for the office's
        own duties – if they are there on the day it is due (or, without a day, when its period ends).
        """
        return list(self._bound_units(season, milestone))

    def is_bound(self, season: Season, milestone: Milestone, unit_id: int) -> bool:
        """Whether that one unit is among those."""
        return unit_id in self._bound_units(season, milestone)

    def _bound_units(self, season: Season, milestone: Milestone) -> dict[int, None]:
        """Worked out once for the same units and plan: there may be 100,000 of them, and every message asks."""
        plan = self.plan(season)
        of = (season.id, milestone.id)
        kept = self._bound.get(of)
        if kept is not None and kept[0] is self.units and kept[1] is plan and kept[2] is self.calendar:
            return kept[3]
        found = dict.fromkeys(self._binding(season, milestone, plan))
        self._bound[of] = (self.units, plan, self.calendar, found)
        return found

    def _binding(self, season: Season, milestone: Milestone, plan: Plan) -> list[int]:
        root = self.root(plan)
        if root is None or milestone.owed_by in ("nobody", "role"):
            return []
        part = self.taking_part(season)
        if milestone.owed_by == "standing_office":
            candidates = [root] if root.id in part else []
        else:
            kinds = milestone.unit_kinds
            part -= {root.id}
            candidates = [u for u in self.units.values() if u.id in part and (not kinds or u.kind in kinds)]
        day = {kind: self._counts(season, milestone, kind) for kind in {u.kind for u in candidates}}
        return [u.id for u in candidates if u.lives_on(day[u.kind])]

    def _counts(self, season: Season, milestone: Milestone, unit_kind: str) -> date:
        """The day on which a unit must be there to owe it."""
        found = self.deadline(season, milestone, unit_kind)
        if found is not None:
            return found.last_day
        ends = {key: month for periods in PERIODS.values() for key, _, month in periods}
        month = ends.get(milestone.period, 12)
        return date(season.year, month, monthrange(season.year, month)[1])

    def courses(self, season: Season, milestone: Milestone) -> tuple[Course, ...]:
        """The dates of the milestone in that season: one, or several where kinds of unit have their own, or single units
        were given more time."""
        given = self._given.get(season.id, {}).get(milestone.id)
        made = courses(self.plan(season), milestone, season.year, self.calendar, given)
        return tuple(c if c.is_given else replace(c, due=self._as_own(season, milestone, c.due)) for c in made)

    def given(self, season_id: int, milestone_id: str) -> dict[int, date]:
        """The last day of each unit that was given one for that milestone, as far as this process knows."""
        return {unit: until for unit, (until, _) in self._given.get(season_id, {}).get(milestone_id, {}).items()}

    def keys(self, season: Season, milestone: Milestone) -> list[date]:
        """The last days by which the milestone's reminders are noted in that season; 31 December where it has none."""
        return [course.key for course in self.courses(season, milestone)] or [date(season.year, 12, 31)]

    def told(self, season: Season, milestone: Milestone) -> list[int]:
        """Who is told of the duty of a function: the top of the plan, and the units that are called exactly like whoever
        holds that function. Nobody owes it on Khéo, so nothing but its day ends the telling."""
        plan = self.plan(season)
        root, found = self.root(plan), self.deadline(season, milestone)
        if milestone.owed_by != "role" or root is None or found is None:
            return []
        part = self.taking_part(season)
        holder = plan.holder(milestone.role, found.last_day)
        called = {fold(name) for name in (holder, *holder.split(",")) if name.strip()}
        named = [u.id for u in map(self.units.__getitem__, part) if fold(u.name) in called]
        here = dict.fromkeys([root.id, *sorted(named)])
        return [id for id in here if id in part and self.units[id].lives_on(found.last_day)]

    def waits_for(self, tx: Tx, season: Season, milestone: Milestone, today: date) -> str:
        """What must come before the milestone and is not known to have come; empty: nothing holds it up.

        An occurrence has come on its day; another milestone when nobody owes it any more or its last day is over.
        """
        if not milestone.after:
            return ""
        plan = self.plan(season)
        for occurrence in plan.occurrences:
            if occurrence.id == milestone.after:
                on = occurrence.on.get(season.year)
                return "" if on is not None and on <= today else occurrence.name
        elsewhere, _, id = milestone.after.rpartition("/")
        theirs = next((s for s in self.seasons if s.plan == elsewhere and s.year == season.year), None)
        of = season if not elsewhere else theirs
        first = next((m for m in self.plan(of).occasions if m.id == id), None) if of is not None else None
        if of is None or first is None:
            return self.plans[elsewhere].name if elsewhere in self.plans else milestone.after
        found = self.deadline(of, first)
        if found is not None and found.last_day < today:
            return ""
        bound = self.bound(of, first)
        return "" if bound and not self.still_owing(tx, of, first, bound) else first.name

    def still_owing(
        self,
        tx: Tx,
        season: Season,
        milestone: Milestone,
        bound: Sequence[int],
        known: owing.Answered | None = None,
    ) -> list[int]:
        """Those of the units `bound` that have not answered the milestone, in the given order.

        Of an exemplar proposed for an award the form is owed, and whatever its registration left open until then.
        """
        lacking: list[int] = []
        few = len(bound) <= FEW
        if milestone.owed_by == "live_exemplars":
            form = self.plan(season).registration
            found = exemplars.of_units(tx, bound, season.id) if few else exemplars.of_season(tx, season.id)
            for e in found if form else ():
                answered = {id: Answer(id, value) for id, value in e.answers.items()}
                if form and e.award and not e.stopped and left_open(form, answered, milestone.id):
                    lacking.append(e.id)
        if known is None and few and milestone.owed_by not in ("nobody", "role"):
            known = owing.answered(tx, season.id, unit_ids=bound, milestone=milestone)
        return owing.still_owing(tx, season.id, milestone, bound, lacking, known)


@dataclass(slots=True)
class Focus:
    """What stands open at an address: which draft, which question, which options were shown.

    `question` is the one asked for by name (back, edit); empty, the place is derived. `asked` is the one last shown.
    `held` is a typed text of which it is not yet known whether it is an answer or a question to the bot.
    `labels` are the options of what was answered just before that, where numbers would be taken for the others.
    `aside` are the buttons of the newest messages to which a unit answers though it did not ask for them (reminders,
    broadcasts), the newest first: what stands on them may be typed as long as they are here.
    `turned_down` is the message that was to be the answer and could not be taken: to edit it is to answer.
    `awaits` is the command (as a button's token) that takes the next typed text, outside of any form, and `entered`
    what was typed in its earlier steps. `sending` is the command for which files are to come, outside of any form, and
    after a colon the digest of the last that was looked at. `chosen`: the last thing typed was the number or letter of
    an option. `album`: where the platform does not tell of albums, the place at which the last photo came, the name of
    its album, and until when (epoch seconds) another photo there belongs to it.
    """

    draft: int | None = None
    question: str = ""
    asked: str = ""
    held: str = ""
    turned_down: str = ""
    options: list[list[str]] = field(default_factory=list)
    lettered: bool = False
    labels: list[list[str]] = field(default_factory=list)
    aside: list[list[list[str]]] = field(default_factory=list)
    awaits: str = ""
    entered: dict[str, Any] = field(default_factory=dict)
    sending: str = ""
    chosen: bool = False
    album: list[Any] = field(default_factory=list)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Focus:
        return cls(**stored)

    def as_json(self) -> dict[str, Any]:
        return {
            "draft": self.draft,
            "question": self.question,
            "asked": self.asked,
            "held": self.held,
            "turned_down": self.turned_down,
            "options": self.options,
            "lettered": self.lettered,
            "labels": self.labels,
            "aside": self.aside,
            "awaits": self.awaits,
            "entered": self.entered,
            "sending": self.sending,
            "chosen": self.chosen,
            "album": self.album,
        }

    def came(self, choices: Iterable[Choice]) -> None:
        """A message to which the unit answers has come, with these buttons."""
        buttons = [[choice.label, choice.token] for choice in choices]
        self.aside = (
            [buttons, *(held for held in self.aside if held != buttons)][:MOST_ASIDE] if buttons else self.aside
        )

    def stands_aside(self, token: str) -> bool:
        """Whether that button stands on one of those messages."""
        return any(token == own for message in self.aside for _, own in message)

    def photo_came(self, message: str, real: float, together: float) -> tuple[str, bool]:
        """The name of the album to which a photo belongs that came just now, and whether it is another of the same."""
        place = f"{self.draft or ''}:{self.asked}:{self.sending}"
        more = bool(self.album) and self.album[0] == place and real < self.album[2]
        name = self.album[1] if more else message
        self.album = [place, name, real + together]
        return name, more

    def leave(self) -> None:
        """Nothing is open here any more; the draft itself stays."""
        self.draft, self.question, self.asked, self.held, self.turned_down = None, "", "", "", ""
        self.sending = ""


@dataclass(slots=True)
class Asked:
    """What a handler was called with: the words after the command or in the button, or the sentence."""

    words: tuple[str, ...] = ()
    text: str = ""
    understand: Callable[[str], Understood] | None = None
    """`turn.understood`, where the text was typed; asked only by who needs it, because it is dear."""

    @property
    def understood(self) -> Understood | None:
        """What the text asks for; None when nothing was typed."""
        return self.understand(self.text) if self.understand and self.text else None


@dataclass(slots=True)
class Turn:
    """One thing said by one speaker, and what may be used to answer it."""

    tx: Tx
    now: datetime
    contact: Contact
    """Where it was said."""
    person: Person | None
    """Who speaks, if they are known."""
    say: Language
    office: Office
    script: Script
    focus: Focus
    private: bool
    message: str
    real: float
    """Epoch seconds, for pacing."""
    means: Means = field(default_factory=Means)
    """What the channel of the contact can do."""
    asking: bool = False
    """Whether a question of a form (or its summary) was put in this turn."""
    _understood: dict[str, Understood] = field(default_factory=dict)

    def link(self, kind: str, *, draft_id: int | None = None, question: str = "") -> str:
        """A secret link for the speaker, to a page of that kind (store/tickets.py); empty where pages cannot be reached."""
        if not self.office.link_address or not self.private or self.person is None:
            return ""
        to = self.contact.id
        token = tickets.offer(
            self.tx, kind, to, self.now, person_id=self.person.id, draft_id=draft_id, question=question
        )
        return f"{self.office.link_address}/t/{token}"

    def understood(self, text: str) -> Understood:
        """What the text asks for, worked out once a turn."""
        if text not in self._understood:
            self._understood[text] = self.script.understand(self, text)
        return self._understood[text]

    @property
    def today(self) -> date:
        return self.now.date()

    def finisher(self, draft: Draft) -> Finisher | None:
        """What the draft's form needs beside its questions; None if its plan has no such form any more."""
        try:
            return self.script.finishers[self.office.purpose(draft)]
        except LookupError:
            return None

    @property
    def actor(self) -> Actor:
        """Who acts. What is said in a group all of it hears: there the group's rights count, not the speaker's."""
        if not self.private:
            unit = self.contact.unit_id
            return Actor(None) if unit is None else Actor(self.contact.id, (Grant(GROUP, unit),))
        return self.person.actor if self.person else Actor(None)

    def can(
        self, action: Action, unit_id: int | None, season_id: int | None = None, exemplar: Exemplar | None = None
    ) -> bool:
        """Whether the speaker may do that for the unit; in a season, or to an exemplar, whatever the state of it says."""
        return can(self.actor, action, self.office.subject(unit_id, season_id, exemplar, on=self.today))

    def may(self, action: Action, unit_id: int | None) -> bool:
        """The same in one of the running seasons at least: in which one, is asked when it is known."""
        if unit_id is None or self.can(action, unit_id):
            return unit_id is not None
        return any(self.can(action, unit_id, s.id) for s, _ in self.office.concerning(self.now, [unit_id]))

    def need(
        self, action: Action, unit_id: int | None, season_id: int | None = None, exemplar: Exemplar | None = None
    ) -> None:
        """NotAllowed unless the speaker may: in words that give nothing away, or, to those who might, with the reason."""
        subject = self.office.subject(unit_id, season_id, exemplar, on=self.today)
        if not granted(self.actor, action, subject):
            raise NotAllowed(NO_RIGHT)
        state = forbidding(action, subject)
        if state:
            raise NotAllowed(FORBIDDEN_BY[state])

    def own_units(self, action: Action) -> list[Unit]:
        """The units for which the speaker may do that in some season, by a function held there or above.

        What has ended is only seen.
        """
        outside = {code for _, plan in self.office.running(self.now) for code in plan.participants}
        return [
            u
            for u in self.office.units.values()
            if (self.may(action, u.id) if u.code in outside else self.can(action, u.id))
            and (action in SEEING or not u.is_over(self.today))
        ]


Handler = Callable[[Turn, Asked], Sequence[Reply]]


@dataclass(frozen=True, slots=True)
class Sent:
    """A reminder that was, or would be, let go: about how many units it is, to how many people and groups it goes, which
    units nobody can be reached for, and when it leaves (now, or at the next hour at which offices are written to)."""

    units: int
    people: int
    groups: int
    unreached: list[int]
    at: datetime


class Reminders(Protocol):
    """The reminders of a milestone, for the handlers that show them and let them go (scheduler/reminders.py)."""

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
        answer until then; at the wish of that person."""
        ...

    def reach(
        self, tx: Tx, season: Season, milestone: Milestone, unit_ids: Sequence[int], now: datetime, step: int = ...
    ) -> Sent:
        """What `send` would say of these units: to whom it would go at this moment, and when."""
        ...

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
        """Let the step go: rows for those that still owe (of `unit_ids`, if given), and a message to whom they reach."""
        ...


class Digests(Protocol):
    """What waits to be told to those who look after units, for the office that decides on it (scheduler/digests.py).

    `which`: of silent units, up to the escalation of that id; or of the week that begins on that day.
    """

    def preview(self, tx: Tx, season: Season, say: Language, now: datetime, which: int | date) -> Reply | None:
        """What would be told, with the buttons to send it or let it be; None if nothing waits (any more)."""
        ...

    def send(
        self, tx: Tx, season: Season, now: datetime, real: float, person_id: int, which: int | date
    ) -> Sent | None:
        """Let it go; None if somebody has decided on it already, or there is nothing to tell any more."""
        ...

    def drop(self, tx: Tx, season: Season, now: datetime, person_id: int, which: int | date) -> bool:
        """Let it be; False if somebody has decided on it already."""
        ...


def _nothing(*_: object) -> str:
    return ""


def _anything(*_: object) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Finisher:
    """What a form needs beside its questions: who may fill it, what its summary adds, what handing it in does."""

    action: Action
    form: Callable[[Office, Draft], Form]
    title: Callable[[Turn, Draft], str]
    submit: Callable[[Turn, Draft, Form, Mapping[str, Answer]], Sequence[Reply]]
    submit_label: str
    lead: Callable[[Turn, Draft, Form, Mapping[str, Answer]], str] = _nothing
    """What the summary begins with."""
    progress: Callable[[Turn, Form, Mapping[str, Answer]], str] = _nothing
    """How far one has come, beside each question."""
    note: Callable[[Turn, Draft, Form, Question], str] = _nothing
    """What is to be said beside one question."""
    check: Callable[[Turn, Draft, Form, Question, Any, Mapping[str, Answer]], None] = _anything
    """Whether a value that was read can be the answer, beside the other answers; Misunderstood says why not."""


@dataclass(frozen=True, slots=True)
class Script:
    """Everything the bot can do, in visible tables; the conversation finds the entry, the entry answers."""

    commands: Mapping[str, Handler]
    """By name, without diacritics: what stands behind “/” and in command buttons."""
    phrases: Mapping[str, Handler]
    """By intent."""
    finishers: Mapping[str, Finisher]
    """By what a form is for (registration, report, document, feedback), or by the id of a form of our own."""
    groups: frozenset[str]
    """The commands that may be used in a group; all others belong in a private chat."""
    unlinked_groups: frozenset[str]
    """Those that may be used even in a group that is not linked to a unit."""
    group_phrases: frozenset[str]
    """The intents that are answered in a group."""
    sections: Sequence[tuple[str, Sequence[tuple[str, str]]]]
    """The commands that are offered, under headings: each with its description, all msgids."""
    needs: Mapping[str, Callable[[Turn], bool]]
    """Whether the speaker may use that command, in a private chat; without an entry whoever is known may."""
    filled: Callable[[Turn, str], Sequence[Reply] | None]
    """A text typed while a draft is open; None: it is no answer, look elsewhere."""
    pressed: Callable[[Turn, str], Sequence[Reply] | None]
    """A button of a form; None: not one of a form."""
    sent: Callable[[Turn, Sequence[File], str, str], Sequence[Reply]]
    """Files, caption, album."""
    edited: Callable[[Turn, str], Sequence[Reply]]
    album_received: Callable[[Turn, Mapping[str, Any]], Sequence[Reply]]
    """The one acknowledgement of an album."""
    understand: Callable[[Turn, str], Understood]
    ask_again: Callable[[Turn], Sequence[Reply]]
    """The open question once more, after a digression."""
    start: Callable[[Turn, str], Sequence[Reply]]
    """Opened, perhaps with a code."""
    stranger: Callable[[Turn, str, str], Sequence[Reply]]
    """Somebody unknown said something in a private chat, or chose a button (its token)."""
    consented: Callable[[Turn], bool]
    """Whether the speaker has agreed to the notice on their data, in its present version."""
    notice: Callable[[Turn, Incoming | None], Sequence[Reply]]
    """The notice, in place of an answer to what was said, of which nothing is kept (None: nothing was)."""
    before_consent: frozenset[str]
    """The commands that are open to those who have not agreed."""
    reminders: Reminders
    """The reminders, to be shown beforehand and let go."""
    digests: Digests
    """What is told to those who look after units, where it waits for the office's word."""
    joined: Handler
    unlinked: Handler
    """Said in a group that is not linked to a unit."""
    unknown: Handler
    """A command that there is not; its name is the first word."""
    lost: Handler
    """Nothing fits."""

    @property
    def menu(self) -> list[tuple[str, str]]:
        """All that is offered, for a platform that shows the same to everybody."""
        return [entry for _, entries in self.sections for entry in entries]
