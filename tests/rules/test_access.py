"""Rights: the whole matrix beside what was written down of it, and what holds for every grant and every subject."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.access import (
    ANYWHERE,
    CLOSED,
    FORBIDDEN,
    FUNCTIONS,
    GROUP,
    JUDGING,
    OPEN,
    REGISTERED,
    RIGHTS,
    SEEING,
    SELF_SCORED,
    STANDING_OFFICE,
    STOPPED,
    Action,
    Actor,
    Grant,
    Subject,
    can,
    forbidding,
    granted,
)

MATRIX = Path(__file__).with_name("access_matrix.csv")
PROVINCE, DISTRICT, HUNG, THANH, HAMLET, ELSEWHERE, HEIR = 1, 2, 3, 4, 5, 9, 12
ABOVE = {
    PROVINCE: (),
    DISTRICT: (PROVINCE,),
    HUNG: (DISTRICT, PROVINCE),
    THANH: (DISTRICT, PROVINCE),
    HAMLET: (HUNG, DISTRICT, PROVINCE),
    ELSEWHERE: (),
}
# How a function may be held, seen from xã Vạn Hưng.
HELD = {
    "own": {"unit": HUNG},
    "heir": {"unit": HEIR},
    "above": {"unit": DISTRICT},
    "below": {"unit": HAMLET},
    "beside": {"unit": THANH},
    "elsewhere": {"unit": ELSEWHERE},
    "own, ended": {"unit": HUNG, "ended": True},
    "above, ended": {"unit": DISTRICT, "ended": True},
    "cluster with it": {"cluster": frozenset((HUNG, THANH))},
    "cluster with what is above": {"cluster": frozenset((DISTRICT,))},
    "cluster without it": {"cluster": frozenset((THANH, ELSEWHERE))},
    "cluster of nobody": {"cluster": frozenset()},
    "nowhere": {},
}
# In which state the unit, its season, or its exemplar is.
STATES = {
    "unit": ("", ""),
    "open": (OPEN, ""),
    "registered": (OPEN, REGISTERED),
    "self_scored": (OPEN, SELF_SCORED),
    "stopped": (OPEN, STOPPED),
    "closed": (CLOSED, ""),
    "closed, self_scored": (CLOSED, SELF_SCORED),
}


def about_hung(state: str) -> Subject:
    season, exemplar = STATES[state]
    return Subject(HUNG, ABOVE[HUNG], heirs=(HEIR,), season=season, exemplar=exemplar)


def held_by(function: str, held: str) -> Actor:
    return Actor(7, (Grant(function, **HELD[held]),))  # type: ignore[arg-type]


# -- the matrix --------------------------------------------------------------------------------------------------------


def written() -> Iterator[tuple[str, str, str, frozenset[str]]]:
    """(function, how held, state, what may be done) as it stands in the file, a row for each state."""
    with MATRIX.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for state in STATES if row["states"] == "any" else row["states"].split(" | "):
                yield row["function"], row["held"], state, frozenset(row["may"].split())


def test_the_file_has_the_whole_matrix_and_every_place_of_it_once() -> None:
    places = [row[:3] for row in written()]
    assert len(places) == len(set(places))
    assert set(places) == set(product((*FUNCTIONS, GROUP), HELD, STATES))


@pytest.mark.parametrize("function", [*FUNCTIONS, GROUP])
def test_the_matrix(function: str) -> None:
    for of, held, state, may in written():
        if of == function:
            found = {action.value for action in Action if can(held_by(of, held), action, about_hung(state))}
            assert found == may, (of, held, state)


# -- what the issue says, sentence by sentence ---------------------------------------------------------------------------


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
@pytest.mark.parametrize("function", RIGHTS)
def test_without_a_unit_nothing_is_granted(function: str, action: Action) -> None:
    assert not can(Actor(7, (Grant(function, DISTRICT),)), action, Subject(None))
    assert not can(Actor(7, (Grant(function, DISTRICT),)), action, Subject(None, (DISTRICT,), heirs=(DISTRICT,)))


def test_points_are_for_the_unit_itself_and_for_those_who_work_with_them_from_above() -> None:
    may = {
        (role, at)
        for role, at in product(RIGHTS, ABOVE)
        if can(Actor(7, (Grant(role, at),)), Action.SEE_POINTS, about_hung("open"))
    }
    own = {(role, HUNG) for role in ("officer", "focal_point", "unit_head", "overseer")}
    below = set(product(("standing_office", "appraiser", "council"), (HUNG, DISTRICT, PROVINCE)))
    assert may == own | below


@pytest.mark.parametrize("action", sorted(JUDGING, key=str))
@pytest.mark.parametrize("also", FUNCTIONS)
def test_nobody_judges_for_a_unit_at_which_they_are_anything(action: Action, also: str) -> None:
    judge = {Action.APPRAISE: "appraiser", Action.DECIDE: "council"}[action]
    from_above = Grant(judge, DISTRICT)
    assert can(Actor(7, (from_above,)), action, about_hung("self_scored"))
    assert not can(Actor(7, (from_above, Grant(also, HUNG))), action, about_hung("self_scored"))
    assert not can(Actor(7, (from_above, Grant(also, HUNG, ended=True))), action, about_hung("self_scored"))
    assert not can(Actor(7, (from_above, Grant(also, HEIR))), action, about_hung("self_scored"))
    assert can(Actor(7, (from_above, Grant(also, THANH))), action, about_hung("self_scored"))
    assert can(Actor(7, (from_above, Grant(also, DISTRICT))), action, about_hung("self_scored"))


def test_the_administrator_and_groups_see_no_points_and_enter_nothing() -> None:
    entering = set(FORBIDDEN[CLOSED]) | {Action.STOP, Action.SEE_POINTS}
    for function, held in product(("administrator", GROUP), HELD):
        assert not any(can(held_by(function, held), action, about_hung("open")) for action in entering)


def test_the_overseer_enters_nothing_but_urges_and_sees_only_the_cluster() -> None:
    assert set(RIGHTS["overseer"]) == (SEEING - {Action.SEE_TRACE}) | {Action.URGE}
    assert ANYWHERE not in RIGHTS["overseer"].values()


def test_the_focal_point_enters_like_an_officer() -> None:
    assert RIGHTS["focal_point"] == RIGHTS["officer"]


def test_every_action_is_somebodys_and_every_function_has_a_row() -> None:
    assert set(RIGHTS) == {*FUNCTIONS, GROUP}
    assert {action for rights in RIGHTS.values() for action in rights} == set(Action)


def test_a_state_forbids_to_everybody_and_says_which_it_is() -> None:
    office = Actor(7, (Grant(STANDING_OFFICE, DISTRICT),))
    assert granted(office, Action.SELF_SCORE, about_hung("stopped"))
    assert forbidding(Action.SELF_SCORE, about_hung("stopped")) == STOPPED
    assert forbidding(Action.SELF_SCORE, about_hung("closed, self_scored")) == CLOSED
    assert forbidding(Action.STOP, about_hung("closed, self_scored")) == ""
    assert forbidding(Action.SELF_SCORE, about_hung("open")) == ""


# -- what holds for all of them ------------------------------------------------------------------------------------------

ids = st.integers(1, 8)
units = st.frozensets(ids, max_size=3)
grants = st.builds(Grant, st.sampled_from((*FUNCTIONS, GROUP)), unit=ids, ended=st.booleans()) | st.builds(
    Grant, st.sampled_from(FUNCTIONS), cluster=units, ended=st.booleans()
)
actors = st.lists(grants, max_size=4).map(lambda held: Actor(7, tuple(held)))
subjects = st.builds(
    Subject,
    ids,
    st.lists(ids, max_size=3).map(tuple),
    heirs=st.lists(ids, max_size=2).map(tuple),
    season=st.sampled_from(("", OPEN, CLOSED)),
    exemplar=st.sampled_from(("", REGISTERED, SELF_SCORED, STOPPED)),
)
actions = st.sampled_from(Action)


@given(actions, subjects)
def test_no_grant_no_right(action: Action, subject: Subject) -> None:
    assert not can(Actor(7), action, subject)


@given(actors, grants, actions, subjects)
def test_one_grant_more_takes_nothing_away_but_by_separation(
    actor: Actor, more: Grant, action: Action, subject: Subject
) -> None:
    if can(actor, action, subject) and not can(Actor(7, (*actor.grants, more)), action, subject):
        assert action in JUDGING
        assert more.unit in {subject.unit, *subject.heirs}


@given(actors, actions, subjects)
def test_several_grants_give_what_each_gives_and_no_more(actor: Actor, action: Action, subject: Subject) -> None:
    if can(actor, action, subject):
        assert any(can(Actor(7, (grant,)), action, subject) for grant in actor.grants)


@given(st.sampled_from(FUNCTIONS), st.booleans(), actions, subjects)
def test_a_cluster_without_members_grants_nothing(function: str, ended: bool, action: Action, subject: Subject) -> None:
    assert not can(Actor(7, (Grant(function, cluster=frozenset(), ended=ended),)), action, subject)


@given(actors, actions, subjects)
def test_what_has_ended_gives_only_to_see(actor: Actor, action: Action, subject: Subject) -> None:
    over = Actor(7, tuple(Grant(g.function, g.unit, g.cluster, ended=True) for g in actor.grants))
    if can(over, action, subject):
        assert action in SEEING
        assert can(Actor(7, tuple(Grant(g.function, g.unit, g.cluster) for g in actor.grants)), action, subject)


@given(actors, actions, subjects)
def test_a_state_never_opens_what_is_not_granted(actor: Actor, action: Action, subject: Subject) -> None:
    stateless = Subject(subject.unit, subject.above, subject.heirs)
    if can(actor, action, subject):
        assert can(actor, action, stateless)


@given(actors, actions, subjects)
def test_what_is_not_below_one_is_out_of_reach(actor: Actor, action: Action, subject: Subject) -> None:
    """Whatever enters or judges reaches the unit itself, who stands for it, and what stands above: nothing beside it."""
    far = Actor(7, tuple(g for g in actor.grants if not g.units & {subject.unit, *subject.heirs, *subject.above}))
    if action not in (Action.SEE_STATE, Action.SEE_PROGRESS):
        assert not can(far, action, subject)


# -- the table that people read -------------------------------------------------------------------------------------------

DOCUMENT = Path(__file__).parents[2] / "docs" / "people.md"
REACHES = {"đơn vị mình": "own", "mình và cấp dưới": "below", "trong cụm": "cluster", "mọi đơn vị": "anywhere"}


def tables() -> list[list[list[str]]]:
    """The tables of the section on rights, row by row, without the line below the headings."""
    section = DOCUMENT.read_text(encoding="utf-8").split("\n## Quyền\n")[1].split("\n## ")[0]
    found: list[list[list[str]]] = [[]]
    for line in section.splitlines():
        if not line.startswith("|"):
            found.append([])
        elif not line.startswith("|---"):
            found[-1].append([cell.strip() for cell in line.strip("|").split("|")])
    return [table for table in found if table]


def name(cell: str) -> str:
    """What stands in backticks."""
    return cell.split("`")[1]


def test_the_document_has_the_same_table() -> None:
    (head, *rows), (_, *states) = tables()
    functions = [name(cell) for cell in head[1:]]
    assert set(functions) == set(RIGHTS)
    assert [name(row[0]) for row in rows] == [action.value for action in Action]
    for action, *cells in rows:
        for function, cell in zip(functions, cells, strict=True):
            reach = RIGHTS[function].get(Action(name(action)))
            assert (REACHES[cell] if cell != "–" else None) == reach, (action, function)
    told = {name(state): {Action(part) for part in may.split("`")[1::2]} for state, may in states}
    assert told == {state: set(actions) for state, actions in FORBIDDEN.items()}
