"""What the functions are called, and whom one may be let act for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from bot.rules.access import (
    ADMINISTRATOR,
    APPRAISER,
    COUNCIL,
    FOCAL_POINT,
    OFFICER,
    OVERSEER,
    STANDING_OFFICE,
    UNIT_HEAD,
    Action,
    can,
)
from bot.rules.giving import may_give
from bot.store import clusters, people
from bot.store.clusters import Cluster
from bot.store.people import Code
from bot.store.roster import Held
from bot.texts import Language, mark
from bot.turn import Office, Turn
from handlers.words import number_in

NAMES = {
    OFFICER: mark("officer (enters for the unit)"),
    UNIT_HEAD: mark("head of the unit"),
    FOCAL_POINT: mark("focal point"),
    STANDING_OFFICE: mark("standing office"),
    APPRAISER: mark("appraiser"),
    COUNCIL: mark("member of the council"),
    OVERSEER: mark("overseer"),
    ADMINISTRATOR: mark("administrator"),
}
FOR_CLUSTER = (OVERSEER, APPRAISER, COUNCIL)
"""What one can be for a cluster; everything else is for a unit."""
CLUSTER = mark("cluster {name}")


class Placed(Protocol):
    """What is held, or offered by a code, at a unit or for a cluster."""

    @property
    def unit_id(self) -> int | None: ...
    @property
    def cluster_id(self) -> int | None: ...


def called(say: Language, function: str) -> str:
    """What people call the function."""
    return say.say(NAMES[function]) if function in NAMES else function


def gives(turn: Turn, function: str, unit_ids: Iterable[int]) -> bool:
    """Whether the speaker may make somebody that at every one of these units; at none, a no."""
    units = list(unit_ids)
    return bool(units) and all(may_give(turn.actor, function, turn.office.subject(id, on=turn.today)) for id in units)


def rules_over(turn: Turn, held: Sequence[Held]) -> bool:
    """Whether the speaker could have given somebody all these functions, and so may take them or let another have them."""
    known = clusters.by_id(turn.tx)
    return all(gives(turn, one.function, scope_of(one, known)) for one in held)


def still_holds(turn: Turn, code: Code) -> bool:
    """Whether a code for whoever comes, or for a group, can still be meant: its unit is not over, and whoever made it
    could make it today. So nobody whose functions have ended comes back by what they made before.
    """
    known = turn.office.units
    units = [known[id] for id in scope_of(code, clusters.by_id(turn.tx)) if id in known]
    there = [turn.office.subject(u.id, on=turn.today) for u in units if not u.is_over(turn.today)]
    if code.made_by is None:  # on the server
        return bool(there)
    maker = people.known(turn.tx, code.made_by, turn.now)
    if maker is None or not there:
        return False
    if code.kind == "group":
        return all(can(maker.actor, Action.LINK_GROUP, subject) for subject in there)
    return all(may_give(maker.actor, code.function, subject) for subject in there)


def scope_of(held: Placed, known: Mapping[int, Cluster]) -> tuple[int, ...]:
    """The units for which it is held."""
    if held.unit_id is not None:
        return (held.unit_id,)
    there = known.get(held.cluster_id) if held.cluster_id is not None else None
    return there.units if there is not None else ()


def where(office: Office, say: Language, held: Placed, known: Mapping[int, Cluster]) -> str:
    """The name of the unit or the cluster for which it is held."""
    if held.unit_id is not None:
        return office.units[held.unit_id].name if held.unit_id in office.units else ""
    there = known.get(held.cluster_id) if held.cluster_id is not None else None
    return say.say(CLUSTER, name=there.name) if there is not None else ""


def cluster_in(turn: Turn, words: Sequence[str]) -> Cluster | None:
    """The cluster that a button names as “k3”."""
    id = number_in(words, "k")
    return clusters.by_id(turn.tx).get(id) if id is not None else None
