"""A season goes by the plan with which it was opened, until somebody has read the differences and moves it on."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, update

from bot.clock import ZONE
from bot.errors import KheoError
from bot.plan.calendars import load_years
from bot.plan.dates import Annual
from bot.plan.loader import load
from bot.plan.model import Plan
from bot.rules.calendar import Calendar
from bot.store import drafts, dues, owing, people, seasons, units
from bot.store.engine import Store
from bot.store.tables import plan_text
from bot.turn import Office

NOW = datetime(2024, 1, 10, 9, 0, tzinfo=ZONE)
PLAN = load(Path("plans/van-ninh.yaml"))
CALENDAR = Calendar(load_years(Path("plans/calendars")))


def later_version(plan: Plan) -> Plan:
    """The same plan after somebody moved the date of registration in its file."""
    first, *others = plan.milestones
    moved = first.model_copy(update={"date": Annual(before="03-01")})
    return plan.model_copy(update={"milestones": (moved, *others), "version": "new-version1"})


def opened(store: Store, office: Office) -> Any:
    def work(tx: Any) -> Any:
        units.plant(tx, PLAN.units)
        seasons.begin(tx, PLAN, 2024, NOW)
        office.refresh(tx)
        return office.seasons[0]

    return store.run(work)


def test_a_changed_file_does_not_change_a_running_season(store: Store) -> None:
    season = opened(store, Office({PLAN.id: PLAN}, CALENDAR))
    office = Office({PLAN.id: later_version(PLAN)}, CALENDAR)  # the program started again with the changed file
    store.run(office.refresh)
    plan = office.plan(season)
    assert plan.version == PLAN.version
    assert plan.occasion("dang_ky").date == Annual(before="02-15")
    assert plan.model_dump() == PLAN.model_dump()  # nothing is lost in keeping
    assert office.plans[PLAN.id].occasion("dang_ky").date == Annual(before="03-01")


def test_a_season_is_moved_to_the_new_version_only_when_somebody_does_it(store: Store) -> None:
    season = opened(store, Office({PLAN.id: PLAN}, CALENDAR))
    changed = later_version(PLAN)
    office = Office({PLAN.id: changed}, CALENDAR)
    store.run(lambda tx: seasons.move(tx, season.id, changed, NOW))
    store.run(office.refresh)
    moved = office.season_by_id(season.id)
    assert moved.plan_version == "new-version1"
    assert office.plan(moved).occasion("dang_ky").date == Annual(before="03-01")
    # and it stays so when the file goes back
    back = Office({PLAN.id: PLAN}, CALENDAR)
    store.run(back.refresh)
    assert back.plan(back.season_by_id(season.id)).occasion("dang_ky").date == Annual(before="03-01")


def test_a_season_of_a_plan_whose_file_is_gone_goes_on(store: Store) -> None:
    season = opened(store, Office({PLAN.id: PLAN}, CALENDAR))
    office = Office({}, CALENDAR)
    store.run(office.refresh)
    assert office.plan(office.season_by_id(season.id)).name == PLAN.name


def test_a_season_that_an_earlier_version_opened_is_pinned_at_the_first_start(store: Store) -> None:
    season = opened(store, Office({PLAN.id: PLAN}, CALENDAR))
    store.run(lambda tx: tx.execute(delete(plan_text)).rowcount)  # as the version before left it
    store.run(lambda tx: seasons.pin(tx, {PLAN.id: PLAN}, NOW))
    office = Office({PLAN.id: later_version(PLAN)}, CALENDAR)
    store.run(lambda tx: seasons.pin(tx, office.plans, NOW))
    store.run(office.refresh)
    assert office.plan(season).version == PLAN.version


def test_a_version_that_is_not_read_any_more_stops_a_running_season_and_not_one_that_is_over(store: Store) -> None:
    season = opened(store, Office({PLAN.id: PLAN}, CALENDAR))
    store.run(lambda tx: tx.execute(update(plan_text).values(text='{"id": "of another age"}')).rowcount)
    changed = later_version(PLAN)
    with pytest.raises(KheoError, match="no longer reads"):
        store.run(Office({PLAN.id: changed}, CALENDAR).refresh)
    store.run(lambda tx: seasons.close(tx, season.id, NOW))
    office = Office({PLAN.id: changed}, CALENDAR)
    store.run(office.refresh)
    store.run(office.refresh)
    assert office.plan_of(season.id) == changed  # the next best: the plan as the file has it


def test_a_closed_season_is_no_longer_open_and_its_plan_can_still_be_told(store: Store) -> None:
    office = Office({PLAN.id: PLAN}, CALENDAR)
    season = opened(store, office)
    store.run(lambda tx: seasons.close(tx, season.id, NOW))
    store.run(office.refresh)
    assert office.seasons == []
    assert office.plan_of(season.id).id == PLAN.id
    assert [s.closed_at for s in store.run(seasons.every)] == [NOW]


def test_what_a_change_would_touch_is_counted(store: Store) -> None:
    season = opened(store, Office({PLAN.id: PLAN}, CALENDAR))

    def work(tx: Any) -> seasons.Touched:
        unit = units.load(tx).coded("van-ninh.van-hung")
        assert unit is not None
        lan = people.add(tx, "Lan", unit.id, "officer", NOW)
        begun, empty = (
            drafts.begin(tx, season_id=season.id, unit_id=unit.id, form="registration", person_id=lan, now=NOW)
            for _ in range(2)
        )
        drafts.note(tx, begun.id, "set", "name", "Camera", person_id=lan, address_id=None, message="", now=NOW)
        assert empty.id != begun.id
        owing.close(tx, season_id=season.id, unit_id=unit.id, milestone="dang_ky", kind="none", person_id=lan, now=NOW)
        dues.mark_step(tx, season.id, "dang_ky", date(2024, 2, 14), 20, "released", NOW)
        dues.mark_step(tx, season.id, "dang_ky", date(2024, 2, 14), 10, "overtaken", NOW)
        return seasons.touched(tx, season.id)

    found = store.run(work)
    assert found.open_drafts == {"registration": 1}  # a draft in which nothing was answered touches nobody
    assert found.handed_in == {}
    assert found.steps == {"dang_ky": 1}
    assert found.closings == {"dang_ky": 1}


def test_the_same_season_is_opened_once(store: Store) -> None:
    def twice(tx: Any) -> tuple[bool, bool]:
        return seasons.begin(tx, PLAN, 2024, NOW), seasons.begin(tx, PLAN, 2024, NOW)

    assert store.run(twice) == (True, False)
