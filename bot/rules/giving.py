"""Who may give which function to somebody else: nobody one that is higher than what their own lets them give."""

from __future__ import annotations

from collections.abc import Mapping

from bot.rules.access import (
    ADMINISTRATOR,
    APPRAISER,
    COUNCIL,
    FOCAL_POINT,
    FUNCTIONS,
    OFFICER,
    OVERSEER,
    STANDING_OFFICE,
    UNIT_HEAD,
    Action,
    Actor,
    Subject,
    can,
)

GIVES: Mapping[str, tuple[str, ...]] = {
    STANDING_OFFICE: (OFFICER, FOCAL_POINT, UNIT_HEAD, APPRAISER, COUNCIL, OVERSEER, STANDING_OFFICE),
    ADMINISTRATOR: FUNCTIONS,
}
"""What a function lets one give, where it lets one invite at all; in the order in which it is offered."""


def may_give(actor: Actor, function: str, subject: Subject) -> bool:
    """Whether the actor may make somebody that, at the subject's unit."""
    return any(
        function in GIVES.get(grant.function, ()) and can(Actor(actor.id, (grant,)), Action.INVITE, subject)
        for grant in actor.grants
    )


def to_give(actor: Actor, subject: Subject) -> tuple[str, ...]:
    """All functions that the actor may give at the subject's unit."""
    return tuple(function for function in FUNCTIONS if may_give(actor, function, subject))
