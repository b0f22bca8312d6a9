"""A turn: all that a handler may see and use, and the office behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from bot.chat import File, Reply
from bot.errors import KheoError, NotAllowed
from bot.forms.answers import Answer
from bot.forms.engine import left_open
from bot.lookup.intents import Understood
from bot.lookup.units import UnitEntry, UnitFinder
from bot.plan.dates import Milestone
from bot.plan.model import Plan
from bot.plan.questions import Form, Question
from bot.rules.access import GROUP, Action, Actor, Grant, Subject, can
from bot.rules.calendar import Calendar, Deadline, Undated, due
from bot.rules.courses import Course, courses
from bot.store import exemplars, occurrences, owing, seasons, units
from bot.store.drafts import Draft
from bot.store.engine import Tx
from bot.store.people import Contact, Person
from bot.store.seasons import Season
from bot.store.units import Unit, Units
from bot.texts import Language, mark

SELF_SCORE = "self_score"
"""The form by which a unit gives its exemplar points."""
PAPER = "paper"
"""The form by which the standing office notes a letter."""
OCCURRENCE = "occurrence"
"""The form by which the standing office notes the day of what milestones wait for."""
OWN_FORMS = frozenset({SELF_SCORE, PAPER, OCCURRENCE})
"""The forms that no plan declares."""

NO_RIGHT = mark("This is not open to you here. If it should be, please ask the standing office.")


class Office:
    """What every turn shares: the plans, the calendar, the units, the open seasons."""

    def __init__(self, plans: Mapping[str, Plan], calendar: Calendar, *, file_limit_mb: int = 20) -> None:
        self.file_limit_mb = file_limit_mb
        self.plans = plans
        self.calendar = calendar
        self.units = Units([])
        self.finder = UnitFinder([])
        self.seasons: list[Season] = []
        self._every_season: dict[int, Season] = {}
        self._pinned: dict[tuple[str, str], Plan] = {}
        self._unreadable: set[tuple[str, str]] = set()
        self._dated: dict[int, tuple[Plan, Mapping[str, date], Plan]] = {}

    def refresh(self, tx: Tx) -> None:
        """Read units and seasons anew: at start and with every tick."""
        fresh = units.load(tx)
        if dict(fresh) != dict(self.units):
            self.units = fresh
            self.finder = UnitFinder(
                [UnitEntry(u.id, u.code, u.name, u.kind, fresh.parent_name(u), u.aliases) for u in fresh.values()]
            )
        every = seasons.every(tx)
        for season in every:
            self._pin(tx, season)
        self._every_season = {s.id: s for s in every if self._edition(s) is not None}
        self.seasons = [s for s in self._every_season.values() if s.closed_at is None]
        self._lay_days(tx)

    def _lay_days(self, tx: Tx) -> None:
        """Lay the days that were noted over the plans: what is counted from them has a date in that season."""
        known = occurrences.of_seasons(tx, [s.id for s in self.seasons])
        dated: dict[int, tuple[Plan, Mapping[str, date], Plan]] = {}
        for season in self.seasons:
            base, days = self._edition(season), known.get(season.id)
            if base is None or not days:
                continue
            before = self._dated.get(season.id)
            if before is not None and before[0] is base and before[1] == days:
                dated[season.id] = before
                continue
            laid = tuple(
                o.model_copy(update={"on": {**o.on, season.year: days[o.id]}}) if o.id in days else o
                for o in base.occurrences
            )
            dated[season.id] = (base, days, base.model_copy(update={"occurrences": laid}))
        self._dated = dated

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

    def concerning(self, now: datetime, unit_ids: Iterable[int]) -> list[tuple[Season, Plan]]:
        """The running seasons of the plans in which one of these units takes part, or over which it stands."""
        wanted = set(unit_ids)
        return [(s, p) for s, p in self.running(now) if wanted & self.taking_part(p)]

    def taking_part(self, plan: Plan) -> set[int]:
        """The units of the plan, its top among them."""
        root = self.root(plan)
        also = (self.units.coded(code) for code in plan.participants)
        below = {root.id, *(u.id for u in self.units.below(root.id))} if root else set()
        return below | {u.id for u in also if u}

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

    def deadline(self, season: Season, milestone: Milestone, unit_kind: str = "") -> Deadline | None:
        """When the milestone falls due in that season; None if not in this year, or if it has no day."""
        found = due(self.plan(season), milestone, season.year, self.calendar, unit_kind)
        return found if isinstance(found, Deadline) else None

    def undated(self, season: Season, milestone: Milestone) -> Undated | None:
        """Why the milestone has no day in that season; None if it has one, or is of another year."""
        found = due(self.plan(season), milestone, season.year, self.calendar)
        return found if isinstance(found, Undated) else None

    def root(self, plan: Plan) -> Unit | None:
        """The unit at the top of the plan: where its standing office belongs."""
        tops = [seed.code for seed in plan.units if not seed.parent]
        return self.units.coded(tops[0]) if tops else None

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

    def bound(self, plan: Plan, milestone: Milestone) -> list[int]:
        """The units that the milestone can bind: those under the plan's top, or the top for the office's own duties."""
        root = self.root(plan)
        if root is None or milestone.owed_by in ("nobody", "role"):
            return []
        if milestone.owed_by == "standing_office":
            return [root.id]
        part = self.taking_part(plan) - {root.id}
        kinds = milestone.unit_kinds
        return [u.id for u in self.units.values() if u.id in part and (not kinds or u.kind in kinds)]

    def courses(self, season: Season, milestone: Milestone) -> tuple[Course, ...]:
        """The dates of the milestone in that season: one, or several where kinds of unit have their own."""
        return courses(self.plan(season), milestone, season.year, self.calendar)

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
        bound = self.bound(self.plan(of), first)
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
        if milestone.owed_by == "live_exemplars":
            form = self.plan(season).registration
            for e in exemplars.of_season(tx, season.id) if form else ():
                answered = {id: Answer(id, value) for id, value in e.answers.items()}
                if form and e.award and not e.stopped and left_open(form, answered, milestone.id):
                    lacking.append(e.id)
        return owing.still_owing(tx, season.id, milestone, bound, lacking, known)


@dataclass(slots=True)
class Focus:
    """What stands open at an address: which draft, which question, which options were shown.

    `question` is the one asked for by name (back, edit); empty, the place is derived. `asked` is the one last shown.
    `held` is a typed text of which it is not yet known whether it is an answer or a question to the bot.
    `labels` are the options of what was answered just before that, where numbers would be taken for the others.
    `turned_down` is the message that was to be the answer and could not be taken: to edit it is to answer.
    """

    draft: int | None = None
    question: str = ""
    asked: str = ""
    held: str = ""
    turned_down: str = ""
    options: list[list[str]] = field(default_factory=list)
    lettered: bool = False
    labels: list[list[str]] = field(default_factory=list)

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
        }

    def leave(self) -> None:
        """Nothing is open here any more; the draft itself stays."""
        self.draft, self.question, self.asked, self.held, self.turned_down = None, "", "", "", ""


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
    asking: bool = False
    """Whether a question of a form (or its summary) was put in this turn."""
    _understood: dict[str, Understood] = field(default_factory=dict)

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

    def can(self, action: Action, unit_id: int | None) -> bool:
        """Whether the speaker may do that for the unit."""
        known = self.office.units.get(unit_id) if unit_id is not None else None
        return can(self.actor, action, Subject(unit_id, known.above) if known else Subject(None))

    def need(self, action: Action, unit_id: int | None) -> None:
        """NotAllowed, in words that give nothing away, unless the speaker may."""
        if not self.can(action, unit_id):
            raise NotAllowed(NO_RIGHT)

    def own_units(self, action: Action) -> list[Unit]:
        """The units for which the speaker may do that, by a function held there or above."""
        return [u for u in self.office.units.values() if self.can(action, u.id)]


Handler = Callable[[Turn, Asked], Sequence[Reply]]
Preview = Callable[[Tx, Season, Milestone, int, Language], Reply]
"""The reminder of that season, milestone and step as it would be sent to all."""


def _nothing(*_: object) -> str:
    return ""


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
    menu: Sequence[tuple[str, str]]
    """Commands in the platform's menu, each with its description (a msgid)."""
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
    stranger: Callable[[Turn, str], Sequence[Reply]]
    """Somebody unknown said something in a private chat."""
    preview: Preview
    """A reminder that has not gone out yet, as it would read."""
    joined: Handler
    unlinked: Handler
    """Said in a group that is not linked to a unit."""
    lost: Handler
    """Nothing fits."""
