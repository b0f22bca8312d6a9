"""A turn: all that a handler may see and use, and the office behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from bot.chat import File, Reply
from bot.errors import NotAllowed
from bot.forms.answers import Answer
from bot.lookup.intents import Understood
from bot.lookup.units import UnitEntry, UnitFinder
from bot.plan.model import Form, Milestone, Plan, Question
from bot.rules.access import Action, Actor, Subject, can
from bot.rules.calendar import Calendar, Deadline, deadline
from bot.store import seasons, units
from bot.store.drafts import Draft
from bot.store.engine import Tx
from bot.store.people import Contact, Person
from bot.store.seasons import Season
from bot.store.units import Unit, Units
from bot.texts import Language, mark

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

    def refresh(self, tx: Tx) -> None:
        """Read units and seasons anew: at start and with every tick."""
        fresh = units.load(tx)
        if dict(fresh) != dict(self.units):
            self.units = fresh
            self.finder = UnitFinder(
                [UnitEntry(u.id, u.code, u.name, u.kind, fresh.parent_name(u), u.aliases) for u in fresh.values()]
            )
        self.seasons = [s for s in seasons.all_open(tx) if s.plan in self.plans]

    def season(self, now: datetime) -> Season | None:
        """The season that runs at that moment: of this year, else the latest one before it."""
        begun = [s for s in self.seasons if s.year <= now.year]
        return max(begun, key=lambda s: s.year, default=None)

    def season_by_id(self, id: int) -> Season:
        """The open season; LookupError if it is closed or unknown."""
        for season in self.seasons:
            if season.id == id:
                return season
        raise LookupError(f"no open season {id}")

    def plan(self, season: Season) -> Plan:
        return self.plans[season.plan]

    def deadline(self, season: Season, milestone: Milestone) -> Deadline | None:
        """When the milestone falls in that season; None if not in this year."""
        return deadline(milestone.date, season.year, self.calendar)

    def root(self, plan: Plan) -> Unit | None:
        """The unit at the top of the plan: where its standing office belongs."""
        tops = [seed.code for seed in plan.units if not seed.parent]
        return self.units.coded(tops[0]) if tops else None

    def criteria_codes(self, now: datetime) -> list[str]:
        """The codes of all criteria of the running season's plan."""
        season = self.season(now)
        tables = self.plan(season).criteria if season else ()
        return sorted({row.code for table in tables for row in table.rows})

    def bound(self, plan: Plan, milestone: Milestone) -> list[int]:
        """The units that the milestone can bind: those under the plan's top, or the top for the office's own duties."""
        root = self.root(plan)
        if root is None or milestone.owed_by == "nobody":
            return []
        return [root.id] if milestone.owed_by == "standing_office" else [u.id for u in self.units.below(root.id)]


@dataclass(slots=True)
class Focus:
    """What stands open at an address: which draft, which question, which options were shown.

    `question` is the one asked for by name (back, edit); empty, the place is derived. `asked` is the one last shown.
    `held` is a typed text of which it is not yet known whether it is an answer or a question to the bot.
    """

    draft: int | None = None
    question: str = ""
    asked: str = ""
    held: str = ""
    options: list[list[str]] = field(default_factory=list)
    lettered: bool = False

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Focus:
        return cls(**stored)

    def as_json(self) -> dict[str, Any]:
        return {
            "draft": self.draft,
            "question": self.question,
            "asked": self.asked,
            "held": self.held,
            "options": self.options,
            "lettered": self.lettered,
        }

    def leave(self) -> None:
        """Nothing is open here any more; the draft itself stays."""
        self.draft, self.question, self.asked, self.held = None, "", "", ""


@dataclass(slots=True)
class Asked:
    """What a handler was called with: the words after the command or in the button, or the sentence understood."""

    words: tuple[str, ...] = ()
    text: str = ""
    understood: Understood | None = None


@dataclass(slots=True)
class Turn:
    """One thing said by one speaker, and what may be used to answer it."""

    tx: Tx
    now: datetime
    contact: Contact
    """Where it was said."""
    speaker: Contact
    """The speaker's own private address; the same as `contact` in a private chat."""
    person: Person | None
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

    @property
    def today(self) -> date:
        return self.now.date()

    @property
    def actor(self) -> Actor:
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


@dataclass(frozen=True, slots=True)
class Finisher:
    """What a form needs beside its questions: who may fill it, what its summary adds, what handing it in does."""

    action: Action
    form: Callable[[Office, Draft], Form]
    title: Callable[[Turn, Draft], str]
    lead: Callable[[Turn, Draft, Form, Mapping[str, Answer]], str]
    submit: Callable[[Turn, Draft, Form, Mapping[str, Answer]], Sequence[Reply]]
    progress: Callable[[Turn, Form, Mapping[str, Answer]], str]
    note: Callable[[Turn, Draft, Form, Question], str]
    """What is to be said beside one question, or nothing."""
    submit_label: str


@dataclass(frozen=True, slots=True)
class Script:
    """Everything the bot can do, in visible tables; the conversation finds the entry, the entry answers."""

    commands: Mapping[str, Handler]
    """By name, without diacritics: what stands behind “/” and in command buttons."""
    phrases: Mapping[str, Handler]
    """By intent."""
    finishers: Mapping[str, Finisher]
    """By form."""
    groups: frozenset[str]
    """The commands that may be used in a group; all others belong in a private chat."""
    group_phrases: frozenset[str]
    """The intents that are answered in a group."""
    menu: Sequence[tuple[str, str]]
    """Commands in the platform's menu, each with its description (a msgid)."""
    filled: Callable[[Turn, str, Understood], Sequence[Reply] | None]
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
    joined: Handler
    unlinked: Handler
    """Said in a group that is not linked to a unit."""
    lost: Handler
    """Nothing fits."""
