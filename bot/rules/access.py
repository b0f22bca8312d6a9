"""Who may do what: one table, one function, and a no where the table is silent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

OFFICER = "officer"
"""Enters for a unit: registers, scores, reports."""
UNIT_HEAD = "unit_head"
"""Leads a unit: sees what it hands in, confirms it."""
FOCAL_POINT = "focal_point"
"""Is written to for a unit, and enters for it like an officer."""
STANDING_OFFICE = "standing_office"
APPRAISER = "appraiser"
COUNCIL = "council"
OVERSEER = "overseer"
"""Looks after a cluster, or single units: sees how far they are, and is told who is late."""
ADMINISTRATOR = "administrator"
"""Who keeps the program running: people, units, groups, the trace – and sees nobody's points by that alone."""
GROUP = "group"
"""What a unit's group may hear: states and progress, never points; nobody acts in a group."""
FUNCTIONS = (OFFICER, UNIT_HEAD, FOCAL_POINT, STANDING_OFFICE, APPRAISER, COUNCIL, OVERSEER, ADMINISTRATOR)
"""What a person can be; a group is no person."""
WRITTEN_TO = (OFFICER, FOCAL_POINT)
"""To whom goes what is for a unit."""


class Action(Enum):
    """What a right is asked for."""

    REGISTER = "register"
    SELF_SCORE = "self_score"
    CLOSE_LIST = "close_list"
    REPORT = "report"
    STOP = "stop"
    """Say that a model has stopped, or goes on after all: in any season, closed or open."""
    SEE_STATE = "see_state"
    SEE_PROGRESS = "see_progress"
    SEE_POINTS = "see_points"
    """What a unit handed in, as it was handed in: its points, and its papers."""
    MARK_PAPER = "mark_paper"
    HOLD_STEP = "hold_step"
    """See the coming reminders, hold one back, let it go."""
    URGE = "urge"
    """Have those reminded at once who still owe something."""
    EXTEND = "extend"
    """Give one unit a later last day."""
    SET_DAY = "set_day"
    """Set a day for a duty whose document names none, or say that there is to be none."""
    BROADCAST = "broadcast"
    """Write to many at once, and see who got it."""
    INVITE = "invite"
    """Make an invitation, approve or decline who asks to be let in, hand a function over."""
    SEE_ROSTER = "see_roster"
    """Who holds which function at a unit, and whether they can be reached."""
    LINK_GROUP = "link_group"
    MANAGE_UNITS = "manage_units"
    SEE_TRACE = "see_trace"
    SEE_HEALTH = "see_health"
    """How the program itself is doing: queues, failures, limits."""
    CONFIRM = "confirm"
    APPRAISE = "appraise"
    DECIDE = "decide"


SEEING = frozenset({Action.SEE_STATE, Action.SEE_PROGRESS, Action.SEE_POINTS, Action.SEE_ROSTER, Action.SEE_TRACE})
"""All that is left to who holds a function at a unit that has ended."""
JUDGING = frozenset({Action.APPRAISE, Action.DECIDE})
"""What nobody does for a unit at which they hold a function themselves."""

OPEN, CLOSED = "open", "closed"
"""States of a season."""
REGISTERED, SELF_SCORED, STOPPED = "registered", "self_scored", "stopped"
"""States of an exemplar."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A function that a person holds at the moment of asking: at a unit, or for the units of a cluster."""

    function: str
    unit: int | None = None
    cluster: frozenset[int] = frozenset()
    ended: bool = False
    """What it is held for has ended: it gives rights only to see."""

    @property
    def units(self) -> frozenset[int]:
        """What it is held for; nothing where a cluster has no units."""
        return self.cluster if self.unit is None else frozenset((self.unit,))


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks, a person or a unit's group, by `id`. Nobody known has no id and no grants."""

    id: int | None
    grants: tuple[Grant, ...] = ()


@dataclass(frozen=True, slots=True)
class Subject:
    """What it is about: a unit and the units above it, nearest first. Without a unit nothing is granted.

    `heirs` are the units that took its place when it ended: who is of them speaks for it too. Where it is about a
    season or an exemplar, `season` and `exemplar` are their states.
    """

    unit: int | None
    above: tuple[int, ...] = ()
    heirs: tuple[int, ...] = ()
    season: str = ""
    exemplar: str = ""

    @property
    def here(self) -> frozenset[int]:
        """The unit itself, and who stands for it."""
        return frozenset() if self.unit is None else frozenset((self.unit, *self.heirs))


OWN, BELOW, CLUSTER, ANYWHERE = "own", "below", "cluster", "anywhere"
"""How far a right reaches. Own: the unit at which the function is held; a cluster is nobody's own. Below: that unit, or
the units of that cluster, and everything under them. Cluster: the same without what is under them. Anywhere: every unit
that is known, for who holds the function for any."""

_ENTERING: Mapping[Action, str] = {
    Action.REGISTER: OWN,
    Action.SELF_SCORE: OWN,
    Action.CLOSE_LIST: OWN,
    Action.REPORT: OWN,
    Action.STOP: OWN,
    Action.SEE_POINTS: OWN,
    Action.SEE_STATE: ANYWHERE,
    Action.SEE_PROGRESS: ANYWHERE,
}

# What stands in no row is denied.
RIGHTS: Mapping[str, Mapping[Action, str]] = {
    OFFICER: _ENTERING,
    FOCAL_POINT: _ENTERING,
    UNIT_HEAD: {
        Action.SEE_POINTS: OWN,
        Action.SEE_STATE: ANYWHERE,
        Action.SEE_PROGRESS: ANYWHERE,
        Action.SEE_ROSTER: OWN,
        Action.CONFIRM: OWN,
    },
    STANDING_OFFICE: {
        Action.REGISTER: BELOW,
        Action.SELF_SCORE: BELOW,
        Action.CLOSE_LIST: BELOW,
        Action.REPORT: BELOW,
        Action.STOP: BELOW,
        Action.SEE_POINTS: BELOW,
        Action.SEE_STATE: ANYWHERE,
        Action.SEE_PROGRESS: ANYWHERE,
        Action.MARK_PAPER: BELOW,
        Action.HOLD_STEP: BELOW,
        Action.URGE: BELOW,
        Action.EXTEND: BELOW,
        Action.SET_DAY: BELOW,
        Action.BROADCAST: BELOW,
        Action.INVITE: BELOW,
        Action.SEE_ROSTER: BELOW,
        Action.LINK_GROUP: BELOW,
    },
    APPRAISER: {
        Action.SEE_POINTS: BELOW,
        Action.SEE_STATE: ANYWHERE,
        Action.SEE_PROGRESS: ANYWHERE,
        Action.APPRAISE: BELOW,
    },
    COUNCIL: {
        Action.SEE_POINTS: BELOW,
        Action.SEE_STATE: ANYWHERE,
        Action.SEE_PROGRESS: ANYWHERE,
        Action.DECIDE: BELOW,
    },
    OVERSEER: {
        Action.SEE_POINTS: CLUSTER,
        Action.SEE_STATE: CLUSTER,
        Action.SEE_PROGRESS: CLUSTER,
        Action.SEE_ROSTER: CLUSTER,
        Action.URGE: CLUSTER,
    },
    ADMINISTRATOR: {
        Action.SEE_STATE: ANYWHERE,
        Action.SEE_PROGRESS: ANYWHERE,
        Action.INVITE: BELOW,
        Action.SEE_ROSTER: BELOW,
        Action.LINK_GROUP: BELOW,
        Action.MANAGE_UNITS: BELOW,
        Action.SET_DAY: BELOW,
        Action.SEE_TRACE: BELOW,
        Action.SEE_HEALTH: BELOW,
    },
    GROUP: {
        Action.SEE_STATE: ANYWHERE,
        Action.SEE_PROGRESS: ANYWHERE,
    },
}

# What a state forbids is forbidden to everybody.
FORBIDDEN: Mapping[str, frozenset[Action]] = {
    CLOSED: frozenset(
        {
            Action.REGISTER,
            Action.SELF_SCORE,
            Action.CLOSE_LIST,
            Action.REPORT,
            Action.MARK_PAPER,
            Action.HOLD_STEP,
            Action.URGE,
            Action.EXTEND,
            Action.CONFIRM,
            Action.APPRAISE,
            Action.DECIDE,
        }
    ),
    STOPPED: frozenset({Action.REGISTER, Action.SELF_SCORE, Action.CONFIRM, Action.APPRAISE, Action.DECIDE}),
    REGISTERED: frozenset({Action.APPRAISE}),  # nothing has been scored yet
}


def can(actor: Actor, action: Action, subject: Subject) -> bool:
    """Whether the actor may: it is granted to them, and the state of what it is about allows it to somebody."""
    return granted(actor, action, subject) and not forbidding(action, subject)


def granted(actor: Actor, action: Action, subject: Subject) -> bool:
    """Whether some grant of theirs reaches the subject's unit, whatever its state; everything else is a no."""
    if actor.id is None or subject.unit is None:
        return False
    if action in JUDGING and any(grant.unit in subject.here for grant in actor.grants):
        return False
    return any(_reaches(grant, action, subject) for grant in actor.grants)


def forbidding(action: Action, subject: Subject) -> str:
    """The state in which nobody may do that; empty where nothing stands in the way."""
    return next((state for state in (subject.season, subject.exemplar) if action in FORBIDDEN.get(state, ())), "")


def _reaches(grant: Grant, action: Action, subject: Subject) -> bool:
    if grant.ended and action not in SEEING:
        return False
    scope = RIGHTS.get(grant.function, {}).get(action)
    if scope == OWN:
        return grant.unit in subject.here
    if scope == CLUSTER:
        return bool(grant.units & subject.here)
    if scope == BELOW:
        return bool(grant.units & {*subject.here, *subject.above})
    return scope == ANYWHERE and bool(grant.units)
