"""Escalations on both databases: once for each date and unit, and the office's word on those that wait."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from bot.clock import ZONE
from bot.rules.access import STANDING_OFFICE
from bot.store import escalations, people, seasons, units
from bot.store.engine import Store, Tx
from bot.store.escalations import DROPPED, TOLD, WAITING
from tests.world import plans

NOW = datetime(2024, 2, 5, 9, 0, tzinfo=ZONE)
DAY = date(2024, 2, 14)


def furnished(tx: Tx) -> tuple[int, list[int], int]:
    """(season, two communes, a person)."""
    plan = plans()["van-ninh"]
    seasons.begin(tx, plan, 2024, NOW)
    units.plant(tx, plan.units)
    communes = [u.id for u in units.load(tx).values() if u.parent_id is not None][:2]
    return seasons.every(tx)[0].id, communes, people.add(tx, "Thảo", communes[0], STANDING_OFFICE, NOW)


def test_a_silent_unit_is_told_of_once_for_each_date(store: Store) -> None:
    season, communes, _ = store.run(furnished)

    def begin(which: list[int], on: date = DAY, state: str = TOLD) -> int:
        return store.run(
            lambda tx: escalations.begin(
                tx, season_id=season, milestone="dang_ky", deadline=on, unit_ids=which, state=state, now=NOW
            )
        )

    assert [begin(communes[:1]), begin(communes), begin(communes)] == [1, 1, 0]
    assert begin(communes, DAY + timedelta(days=7)) == 2
    found = store.run(lambda tx: escalations.of_date(tx, season, "dang_ky", DAY))
    assert [(one.unit_id, one.state, one.deadline, one.at) for one in found] == [
        (id, TOLD, DAY, NOW) for id in communes
    ]
    assert store.run(lambda tx: len(escalations.told_at(tx, season, NOW))) == 4


def test_the_office_decides_what_it_has_read_and_only_that(store: Store) -> None:
    season, communes, thao = store.run(furnished)

    def begin(id: int) -> int:
        return store.run(
            lambda tx: escalations.begin(
                tx, season_id=season, milestone="dang_ky", deadline=DAY, unit_ids=[id], state=WAITING, now=NOW
            )
        )

    begin(communes[0])
    read = store.run(lambda tx: escalations.waiting(tx, season))
    begin(communes[1])  # it came while the office was reading

    def decide(state: str) -> int:
        later = NOW + timedelta(minutes=1)
        return store.run(lambda tx: escalations.decide(tx, season, read[-1].id, state, thao, later))

    assert [decide(TOLD), decide(TOLD), decide(DROPPED)] == [1, 0, 0]
    found = store.run(lambda tx: escalations.of_date(tx, season, "dang_ky", DAY))
    assert [(one.unit_id, one.state, one.person_id) for one in found] == [
        (communes[0], TOLD, thao),
        (communes[1], WAITING, None),
    ]
    assert store.run(lambda tx: [one.unit_id for one in escalations.told_at(tx, season, NOW)]) == []
