"""Rights: every role, every action, every place; what nobody granted is a no."""

from __future__ import annotations

from itertools import product

import pytest

from bot.rules.access import GROUP, OFFICER, RIGHTS, STANDING_OFFICE, Action, Actor, Grant, Subject, can

PROVINCE, DISTRICT, HUNG, THANH, HAMLET, ELSEWHERE = 1, 2, 3, 4, 5, 9
ABOVE = {
    PROVINCE: (),
    DISTRICT: (PROVINCE,),
    HUNG: (DISTRICT, PROVINCE),
    THANH: (DISTRICT, PROVINCE),
    HAMLET: (HUNG, DISTRICT, PROVINCE),
    ELSEWHERE: (),
}
# The same table once more, written from the issue and not from the code: role → action → how far it reaches.
ACTING = {Action.REGISTER, Action.SELF_SCORE, Action.CLOSE_LIST, Action.REPORT}
LOOKING = {Action.SEE_STATE, Action.SEE_PROGRESS}
OFFICE_ONLY = {Action.MARK_PAPER, Action.HOLD_STEP}


def reach(role: str, action: Action) -> str:
    if action in LOOKING:
        return "every unit"
    if role == OFFICER and action in ACTING | {Action.SEE_POINTS}:
        return "its own"
    if role == STANDING_OFFICE and action in ACTING | OFFICE_ONLY | {Action.SEE_POINTS}:
        return "its own and all below"
    return "none"


def expected(role: str, held_at: int, action: Action, unit: int) -> bool:
    match reach(role, action):
        case "every unit":
            return True
        case "its own":
            return unit == held_at
        case "its own and all below":
            return unit == held_at or held_at in ABOVE[unit]
    return False


MATRIX = list(product((OFFICER, STANDING_OFFICE, GROUP), ABOVE, Action, ABOVE))


@pytest.mark.parametrize(
    ("role", "held_at", "action", "unit"), MATRIX, ids=[f"{r}@{h}-{a.value}-{u}" for r, h, a, u in MATRIX]
)
def test_the_matrix(role: str, held_at: int, action: Action, unit: int) -> None:
    actor = Actor(7, (Grant(role, held_at),))
    assert can(actor, action, Subject(unit, ABOVE[unit])) is expected(role, held_at, action, unit)


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize(
    "actor",
    [
        Actor(None),
        Actor(None, (Grant(STANDING_OFFICE, DISTRICT),)),
        Actor(7),
        Actor(7, (Grant("", DISTRICT), Grant("chairman", DISTRICT), Grant("OFFICER", HUNG))),
    ],
    ids=["nobody", "nobody known, whatever is claimed", "without a role", "with roles that the table does not know"],
)
def test_who_holds_nothing_may_nothing(actor: Actor, action: Action) -> None:
    assert not any(can(actor, action, Subject(unit, above)) for unit, above in ABOVE.items())


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("role", [OFFICER, STANDING_OFFICE, GROUP])
def test_without_a_unit_nothing_is_granted(role: str, action: Action) -> None:
    assert not can(Actor(7, (Grant(role, DISTRICT),)), action, Subject(None))
    assert not can(Actor(7, (Grant(role, DISTRICT),)), action, Subject(None, (DISTRICT,)))


@pytest.mark.parametrize("action", Action)
def test_several_roles_give_what_each_gives_and_no_more(action: Action) -> None:
    both = Actor(7, (Grant(OFFICER, HUNG), Grant(OFFICER, THANH)))
    for unit, above in ABOVE.items():
        one_of_them = any(expected(OFFICER, held_at, action, unit) for held_at in (HUNG, THANH))
        assert can(both, action, Subject(unit, above)) is one_of_them


def test_points_are_for_the_unit_itself_and_the_standing_office() -> None:
    may = {(role, held_at) for role in RIGHTS for held_at in ABOVE if _sees_points_of_hung(role, held_at)}
    assert may == {(OFFICER, HUNG), (STANDING_OFFICE, HUNG), (STANDING_OFFICE, DISTRICT), (STANDING_OFFICE, PROVINCE)}


def _sees_points_of_hung(role: str, held_at: int) -> bool:
    return can(Actor(7, (Grant(role, held_at),)), Action.SEE_POINTS, Subject(HUNG, ABOVE[HUNG]))
