"""What a person is on a day, as the store says it: units, clusters, dates, and what has ended; on both databases."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update

from bot.chat import Address
from bot.clock import ZONE
from bot.plan.model import UnitSeed
from bot.rules.access import (
    APPRAISER,
    FOCAL_POINT,
    OFFICER,
    OVERSEER,
    SEEING,
    WRITTEN_TO,
    Action,
    Actor,
    Grant,
    Subject,
    can,
)
from bot.store import people, roster, units
from bot.store.engine import Store, Tx
from bot.store.tables import cluster, cluster_unit, role, unit

TODAY = date(2024, 2, 5)
NOW = datetime.combine(TODAY, time(9), ZONE)
SEEDS = tuple(UnitSeed(code=code, name=code, kind="xa") for code in ("a", "b", "c"))


class Three:
    """Three units, a cluster of the first two, and Lan, who is nothing yet."""

    def __init__(self, store: Store) -> None:
        self.store = store

        def work(tx: Tx) -> None:
            units.plant(tx, SEEDS)
            known = units.load(tx)
            self.a, self.b, self.c = (known.coded(seed.code).id for seed in SEEDS)  # type: ignore[union-attr]
            tx.execute(insert(cluster).values(id=1, code="k", name="Cụm"))
            for id in (self.a, self.b):
                tx.execute(insert(cluster_unit).values(cluster_id=1, unit_id=id))
            self.lan = people.enter(tx, "Lan", NOW)

        store.run(work)

    def holds(self, function: str, **where: Any) -> None:
        self.store.run(
            lambda tx: _none(tx.execute(insert(role).values(person_id=self.lan, function=function, **where)))
        )

    def ended(self, id: int, last: date) -> None:
        self.store.run(lambda tx: _none(tx.execute(update(unit).where(unit.c.id == id).values(valid_to=last))))

    def grants(self, on: date = TODAY) -> tuple[Grant, ...]:
        at = datetime.combine(on, time(9), ZONE)
        person = self.store.run(lambda tx: people.known(tx, self.lan, at))
        assert person is not None
        return person.grants


def _none(_: object) -> None:
    """A work returns no cursor."""


@pytest.fixture
def three(store: Store) -> Three:
    return Three(store)


def test_who_holds_nothing_is_known_all_the_same(three: Three) -> None:
    assert three.grants() == ()


def test_a_function_is_held_at_a_unit_or_for_the_units_of_a_cluster(three: Three) -> None:
    three.holds(OFFICER, unit_id=three.c)
    three.holds(OVERSEER, cluster_id=1)
    assert three.grants() == (Grant(OFFICER, three.c), Grant(OVERSEER, cluster=frozenset((three.a, three.b))))
    person = three.store.run(lambda tx: people.known(tx, three.lan, NOW))
    assert person is not None
    assert person.units == (three.c,), "one is of a unit, and looks after a cluster"
    assert person.concerned == (three.c, three.a, three.b)


def test_a_cluster_without_members_is_for_nothing(three: Three) -> None:
    three.holds(OVERSEER, cluster_id=1)
    three.store.run(lambda tx: _none(tx.execute(delete(cluster_unit))))
    (grant,) = three.grants()
    assert grant.units == frozenset()
    assert not any(can(Actor(1, (grant,)), action, Subject(three.a)) for action in Action)


def test_what_has_ended_is_only_looked_at_from_the_next_day_on(three: Three) -> None:
    three.holds(OFFICER, unit_id=three.a)
    three.holds(APPRAISER, cluster_id=1)
    three.ended(three.a, TODAY)
    assert [grant.ended for grant in three.grants()] == [False, False]
    tomorrow = three.grants(TODAY + timedelta(days=1))
    assert tomorrow == (
        Grant(OFFICER, three.a, ended=True),
        Grant(APPRAISER, cluster=frozenset((three.b,))),
        Grant(APPRAISER, cluster=frozenset((three.a,)), ended=True),
    )
    actor = Actor(1, tomorrow)
    assert {action for action in Action if can(actor, action, Subject(three.a))} <= SEEING
    assert can(actor, Action.APPRAISE, Subject(three.b))


days = st.none() | st.integers(-3, 3).map(lambda n: TODAY + timedelta(days=n))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=days, last=days, on=st.integers(-4, 4).map(lambda n: TODAY + timedelta(days=n)), clustered=st.booleans())
def test_a_role_counts_from_its_first_day_to_its_last(
    three: Three, first: date | None, last: date | None, on: date, clustered: bool
) -> None:
    three.store.run(lambda tx: _none(tx.execute(delete(role))))
    where = {"cluster_id": 1} if clustered else {"unit_id": three.a}
    three.holds(OFFICER, valid_from=first, valid_to=last, **where)
    inside = (first is None or first <= on) and (last is None or on <= last)
    assert bool(three.grants(on)) is inside
    if not inside:
        assert not any(can(Actor(1, three.grants(on)), action, Subject(three.a)) for action in Action)


def test_who_is_written_to_is_who_holds_it_on_that_day(three: Three) -> None:
    def joins(tx: Tx) -> None:
        at = people.greet(tx, Address("web", "lan"), private=True, name="Lan", language="vi", now=NOW)
        people.attach(tx, at.id, three.lan, NOW)

    def reached(*functions: str, on: date) -> list[int]:
        return [id for id, _ in three.store.run(lambda tx: people.contacts_of_units(tx, [three.a], *functions, on=on))]

    three.store.run(joins)
    three.holds(OFFICER, unit_id=three.a, valid_to=TODAY - timedelta(days=1))
    assert reached(OFFICER, on=TODAY) == []
    assert reached(OFFICER, on=TODAY - timedelta(days=1)) == [three.a]
    three.holds(FOCAL_POINT, unit_id=three.a, valid_from=TODAY)
    assert reached(*WRITTEN_TO, on=TODAY) == [three.a]
    assert reached(FOCAL_POINT, on=TODAY - timedelta(days=1)) == []
    three.holds(OFFICER, unit_id=three.a, valid_from=TODAY)
    assert reached(*WRITTEN_TO, on=TODAY) == [three.a], "once, whatever they hold there"


def test_what_is_handed_over_ends_on_the_day_on_which_it_would_have_ended(store: Store) -> None:
    def work(tx: Tx) -> list[date | None]:
        units.plant(tx, SEEDS)
        at = tx.execute(select(unit.c.id).where(unit.c.code == "a")).scalar_one()
        lan, be = (people.add(tx, name, at, OFFICER, NOW) for name in ("Lan", "Bé"))
        tx.execute(role.delete().where(role.c.person_id == be))
        tx.execute(role.update().where(role.c.person_id == lan).values(valid_to=NOW.date() + timedelta(days=30)))
        roster.hand_over(tx, roster.of_person(tx, lan, NOW), be, NOW)
        return list(tx.execute(select(role.c.valid_to).where(role.c.person_id == be)).scalars())

    assert store.run(work) == [NOW.date() + timedelta(days=30)]
