"""Who may do what: one table, one function, and a no where the table is silent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

OFFICER = "officer"
STANDING_OFFICE = "standing_office"
ADMINISTRATOR = "administrator"
"""Who keeps the program running: hears of what is wrong with it, and sees nobody's points by that alone."""
GROUP = "group"
"""What a unit's group may hear: states and progress, never points; nobody acts in a group."""


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
