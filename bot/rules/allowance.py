"""What a platform that counts gives one bot – messages a month, people, groups – and whether an office gets by with it."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from bot.plan.model import Plan
from bot.rules.ladder import URGE, ladder
from bot.texts import Language, mark

WARNED, SPARING, SPENT = 80, 95, 100
"""Hundredths of the month's messages: people are warned; only what is essential leaves; nothing does."""
NEAR = 90
"""From this share on a platform that refuses three times in a row means the quota, not the pace."""
LITTLE_ROOM = 3
"""People a bot can still take when whoever invites is told so."""
COMFORTABLE = 80
"""Hundredths of the messages that are planned with; the rest is for questions that nobody can foresee."""
BUSY = 2
"""So many times the mean of the year the busiest month is taken to be: deadlines come together."""
ANSWERS = 10
"""Messages that filling in one form takes; several answers in one message take fewer, asking back takes more."""
PRIVATELY = 3
"""Reminders of one duty that go to the person as well where a group is told of all: the last day, and two when overdue."""

Standing = Literal["open", "sparing", "spent"]


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one bot has."""

    messages: int = 3000
    people: int = 50
    groups: int = 3

    def share(self, used: int) -> int:
        """How much of the month's messages that is, in whole hundredths, rounded down."""
        return used * 100 // self.messages

    def standing(self, used: int) -> Standing:
        """What may leave when so many are used up."""
        share = self.share(used)
        return "spent" if share >= SPENT else "sparing" if share >= SPARING else "open"


def forecast(used: int, now: datetime) -> int:
    """What it comes to at the end of the month, should it go on like this; of the first day nothing can be told."""
    days = monthrange(now.year, now.month)[1]
    gone = max(now.day - 1 + now.hour / 24, 1.0)
    return round(used * days / gone)


def is_essential(kind: str, items: Sequence[Sequence[Any]], today: date) -> bool:
    """Whether a message leaves though few are left: answers, what somebody has to know of a thing that happened, and
    reminders of the last working day or later.

    `items` as in a reminder's payload: season, milestone, deadline, step; an urging of the office counts by its deadline.
    """
    if kind == "reminder":
        return any(step <= 0 or (step >= URGE and date.fromisoformat(day) <= today) for _, _, day, step in items)
    return kind in ("reply", "album", "notice", "resumed")


# -- whether an office gets by -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Load:
    """What an office expects of its bots: units, the people who are written to there, groups of units, and, of the
    busiest month, how often one unit is reminded and how many forms it fills in."""

    units: int
    people: int
    groups: int
    reminders: int
    forms: int

    @classmethod
    def of(cls, units: int, people: int, groups: int, plans: Sequence[Plan]) -> Load:
        """Of an office with these plans; before anybody has been entered, with one person in each unit of a plan."""
        listed = max((len(plan.units) for plan in plans), default=0)
        units, people = (units, people) if people else (listed, listed)
        return cls(units, people, groups, *expected(plans))

    @property
    def privately(self) -> int:
        """Messages a month, both ways, when everybody is reminded privately."""
        return self.people * self.reminders + self.units * self.forms * ANSWERS * 2

    @property
    def by_group(self) -> int:
        """The same when the groups are reminded, and people only of what cannot wait."""
        late = min(self.reminders, PRIVATELY * max(self.forms, 1))
        return self.people * late + max(self.groups, 1) * self.reminders + self.units * self.forms * ANSWERS * 2


@dataclass(frozen=True, slots=True)
class Fit:
    """How an office gets by: `way` is "one" bot, one with a "group" for all, "few" (one with a group for all and private
    chats for the standing office only) or "several"; `bots` serve everybody privately. `messages` of the way, a month."""

    way: Literal["one", "group", "few", "several"]
    bots: int
    messages: int


def fit(load: Load, allowance: Allowance) -> Fit:
    """Whether one bot is enough, and how many are if it is not."""
    planned = max(allowance.messages * COMFORTABLE // 100, 1)
    bots = max(_upwards(load.people, allowance.people), _upwards(load.groups, allowance.groups), 1)
    several = max(bots, _upwards(load.privately, planned))
    if several == 1:
        return Fit("one", 1, load.privately)
    if bots == 1 and load.by_group <= planned:
        return Fit("group", several, load.by_group)
    if load.people > allowance.people:
        return Fit("few", several, load.reminders)
    return Fit("several", several, load.privately)


def _upwards(many: int, each: int) -> int:
    return -(-many // each)


def expected(plans: Sequence[Plan]) -> tuple[int, int]:
    """(reminders, forms) of one unit in the busiest month, by the ladders and forms of these plans."""
    steps = forms = 0
    for plan in plans:
        owed = [m for m in plan.occasions if m.owed_by in ("every_unit", "invited_units", "live_exemplars")]
        steps += sum(sum(map(len, ladder(milestone))) for milestone in owed)
        forms += sum(1 for milestone in owed if milestone.settled_by)
    return _upwards(steps * BUSY, 12), _upwards(forms * BUSY, 12)


ONE_BOT = mark(
    "{units} units, {people} people: one bot of {channel} is enough (about {messages} of {limit} messages in a busy month)."
)
WITH_GROUP = mark(
    "{units} units, {people} people: link a common group to the bot of {channel}, so that reminders go there "
    "(about {messages} of {limit} messages in a busy month), or use {bots} bots."
)
FEW_ALONE = mark(
    "{units} units, {people} people, and a bot of {channel} serves {most}: one common group, and private chats for the "
    "standing office only, or {bots} bots."
)
SEVERAL_BOTS = mark(
    "{units} units, {people} people: about {messages} messages in a busy month, and a bot of {channel} has {limit}: use "
    "{bots} bots."
)
SENTENCES = {"one": ONE_BOT, "group": WITH_GROUP, "few": FEW_ALONE, "several": SEVERAL_BOTS}


def told(load: Load, allowance: Allowance, channel: str) -> tuple[str, dict[str, Any]]:
    """The sentence about it (a msgid) and its values; `channel` as people call it."""
    found = fit(load, allowance)
    values = {
        "units": load.units,
        "people": load.people,
        "channel": channel,
        "messages": found.messages,
        "limit": allowance.messages,
        "most": allowance.people,
        "bots": found.bots,
    }
    return SENTENCES[found.way], values


def sentence(say: Language, load: Load, allowance: Allowance, channel: str) -> str:
    """The same, said."""
    source, values = told(load, allowance, channel)
    return say.say(source, **values)
