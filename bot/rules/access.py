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


class Action(Enum):
    """What a right is asked for."""

    REGISTER = "register"
    SELF_SCORE = "self_score"
    CLOSE_LIST = "close_list"
    REPORT = "report"
    SEE_STATE = "see_state"
    SEE_POINTS = "see_points"
    SEE_PROGRESS = "see_progress"
    MARK_PAPER = "mark_paper"
    HOLD_STEP = "hold_step"
    INVITE = "invite"
    """Make an invitation, approve or decline who asks to be let in, hand a function over."""
    SEE_ROSTER = "see_roster"
    """Who holds which function at a unit, and whether they can be reached."""
    LINK_GROUP = "link_group"
    MANAGE_UNITS = "manage_units"
    SEE_TRACE = "see_trace"
    CONFIRM = "confirm"
    APPRAISE = "appraise"
    DECIDE = "decide"


@dataclass(frozen=True, slots=True)
class Grant:
    """A function that a person holds at a unit, at the moment of asking."""

    function: str
    unit: int


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks, a person or a unit's group, by `id`. Nobody known has no id and no grants."""

    id: int | None
    grants: tuple[Grant, ...] = ()


@dataclass(frozen=True, slots=True)
class Subject:
    """What it is about: a unit and the units above it, nearest first. Without a unit nothing is granted."""

    unit: int | None
    above: tuple[int, ...] = ()


# "own": at the unit itself; "below": at the unit and everything under it; "anywhere": every unit that is known.
# What stands in no row is denied.
RIGHTS: Mapping[str, Mapping[Action, str]] = {
    OFFICER: {
        Action.REGISTER: "own",
        Action.SELF_SCORE: "own",
        Action.CLOSE_LIST: "own",
        Action.REPORT: "own",
        Action.SEE_POINTS: "own",
        Action.SEE_STATE: "anywhere",
        Action.SEE_PROGRESS: "anywhere",
    },
    STANDING_OFFICE: {
        Action.REGISTER: "below",
        Action.SELF_SCORE: "below",
        Action.CLOSE_LIST: "below",
        Action.REPORT: "below",
        Action.SEE_POINTS: "below",
        Action.SEE_STATE: "anywhere",
        Action.SEE_PROGRESS: "anywhere",
        Action.MARK_PAPER: "below",
        Action.HOLD_STEP: "below",
    },
    GROUP: {
        Action.SEE_STATE: "anywhere",
        Action.SEE_PROGRESS: "anywhere",
    },
}


def can(actor: Actor, action: Action, subject: Subject) -> bool:
    """Whether the actor may: some grant of theirs must reach the subject's unit; everything else is a no."""
    if actor.id is None or subject.unit is None:
        return False
    return any(_reaches(grant, RIGHTS.get(grant.function, {}).get(action, ""), subject) for grant in actor.grants)


def _reaches(grant: Grant, scope: str, subject: Subject) -> bool:
    if scope == "own":
        return grant.unit == subject.unit
    if scope == "below":
        return grant.unit == subject.unit or grant.unit in subject.above
    return scope == "anywhere"
