"""Which commands are open to whom: each asks the table of rights as its handler asks it."""

from __future__ import annotations

from collections.abc import Callable

from bot.rules.access import Action
from bot.turn import Turn
from handlers import broadcasting, urging
from handlers.registration import candidates
from handlers.words import plans_of_office

Open = Callable[[Turn], bool]


def somewhere(*actions: Action) -> Open:
    """For some unit, by a function held there or above."""
    return lambda turn: any(turn.own_units(action) for action in actions)


def at_own(*actions: Action) -> Open:
    """For a unit at which the speaker holds a function."""
    return lambda turn: any(
        turn.can(action, id) for action in actions for id in (turn.person.units if turn.person else ())
    )


def for_part(action: Action) -> Open:
    """For a unit that takes part in a plan, not its top."""
    return lambda turn: bool(candidates(turn, action))


def of_office(action: Action) -> Open:
    """At the top of a running plan; while none runs, wherever it may be done."""
    return lambda turn: bool(plans_of_office(turn, action) if turn.office.running(turn.now) else turn.own_units(action))


def urges(turn: Turn) -> bool:
    """Somebody, in a running plan."""
    return bool(urging.urged_by(turn))


def writes_to_many(turn: Turn) -> bool:
    """In the name of an office."""
    return bool(broadcasting.offices_of(turn))


NEEDS: dict[str, Open] = {
    "dangky": for_part(Action.REGISTER),
    "tucham": for_part(Action.SELF_SCORE),
    "tiendo": somewhere(Action.SEE_PROGRESS),
    "baocao": at_own(Action.REPORT),
    "vuongmac": at_own(Action.REPORT),
    "vanban": of_office(Action.MARK_PAPER),
    "sukien": of_office(Action.MARK_PAPER),
    "lichnhac": of_office(Action.HOLD_STEP),
    "dondoc": urges,
    "giahan": of_office(Action.EXTEND),
    "datngay": of_office(Action.SET_DAY),
    "thongbao": writes_to_many,
    "banin": somewhere(Action.SEE_POINTS),
    "bangtonghop": of_office(Action.MARK_PAPER),
    "nhatky": somewhere(Action.SEE_TRACE),
    "suckhoe": at_own(Action.SEE_HEALTH),
    "thuloi": lambda turn: somewhere(Action.BROADCAST)(turn) or at_own(Action.SEE_HEALTH)(turn),
    "moi": somewhere(Action.INVITE),
    "loimoi": somewhere(Action.INVITE),
    "choduyet": somewhere(Action.INVITE),
    "nhapdanhsach": somewhere(Action.MANAGE_UNITS),
    "danhba": somewhere(Action.SEE_ROSTER),
    "bangiao": somewhere(Action.INVITE),
    "manhom": somewhere(Action.LINK_GROUP),
}
"""What stands here needs a right; every other command is open to whoever is known."""


def usable(turn: Turn, name: str) -> bool:
    """Whether the speaker (or the group) may use that command here."""
    if not turn.private:
        linked = turn.contact.unit_id is not None
        return name in (turn.script.groups if linked else turn.script.unlinked_groups)
    return name not in turn.script.needs or turn.script.needs[name](turn)
