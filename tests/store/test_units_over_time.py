"""What becomes of units: renamed, moved, merged, split, ended – and nothing that was kept under them is ever lost."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from bot.clock import ZONE
from bot.errors import Misunderstood
from bot.lookup.units import UnitFinder
from bot.plan import reorganisation
from bot.plan.calendars import load_years
from bot.plan.model import Cluster, UnitSeed
from bot.rules.access import OFFICER, OVERSEER
from bot.rules.calendar import Calendar
from bot.store import clusters, exemplars, people, seasons, tables, units
from bot.store.engine import Store, Tx
from bot.store.once import insert_row
from bot.store.units import Became, NewUnit, Units
from bot.turn import Office, entry
from tests.world import ROOT, plan

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=ZONE)
TODAY = NOW.date()
REFORM = date(2025, 7, 1)
EVE = date(2025, 6, 30)
DECISION = "Nghị quyết số 1667/NQ-UBTVQH15"
PLAN = plan("van-ninh")
FILE = ROOT / "plans" / "registry" / "reorganisations" / "van-ninh-2025.yaml"

Do = Callable[[Callable[[Tx], Any]], Any]


@pytest.fixture
def do(store: Store) -> Do:
    """Run a work in a transaction of its own, on the thirteen units of 2024."""
    store.run(lambda tx: units.plant(tx, PLAN.units))
    return store.run


def at(do: Do, code: str, on: date | None = None) -> int:
    found = do(units.load).coded(code, on)
    assert found is not None, code
    return int(found.id)


def rows(do: Do, table: Any) -> int:
    return int(do(lambda tx: tx.execute(select(func.count()).select_from(table)).scalar_one()))


def counts(do: Do) -> tuple[int, int, int]:
    return rows(do, tables.unit), rows(do, tables.unit_change), rows(do, tables.audit)


def refused(do: Do, work: Callable[[Tx], Any], words: str) -> None:
    """It is refused with that sentence, and nothing has changed."""
    before, known = counts(do), do(units.load)
    with pytest.raises(Misunderstood) as said:
        do(work)
    assert said.value.source == words
    assert said.value.source.format_map(said.value.values), "every value that the sentence names is given"
    assert counts(do) == before
    assert do(units.load).same_as(known)


def merged(do: Do, *codes: str, into: int | NewUnit, on: date = REFORM) -> Became:
    ids = [at(do, f"van-ninh.{code}") for code in codes]
    became: Became = do(lambda tx: units.merge(tx, ids, into, on=on, decision=DECISION, now=NOW))
    return became


# -- one after the other -----------------------------------------------------------------------------------------------


def test_a_renamed_unit_keeps_its_row_and_is_known_by_both_names_and_codes(do: Do) -> None:
    hung = at(do, "van-ninh.van-hung")
    said = {"on": date(2025, 1, 1), "decision": DECISION, "now": NOW}
    before = counts(do)
    assert do(lambda tx: units.rename(tx, hung, "  phường   Vạn Hưng ", code="22525", **said)) is True
    assert counts(do) == (before[0], before[1] + 1, before[2] + 1)
    assert do(lambda tx: units.rename(tx, hung, "phường Vạn Hưng", code="22525", **said)) is False
    assert counts(do) == (before[0], before[1] + 1, before[2] + 1), "the same once more writes nothing"
    known: Units = do(units.load)
    assert known[hung].name == "phường Vạn Hưng"
    assert known.former_names(hung) == ("xã Vạn Hưng",)
    assert known.coded("22525") == known.coded("van-ninh.van-hung") == known[hung]
    assert do(lambda tx: units.plant(tx, PLAN.units)) == 0, "the plan still means the same unit"


def test_a_moved_unit_stands_elsewhere_with_all_that_is_under_it(do: Do) -> None:
    top = at(do, "van-ninh")
    province = do(lambda tx: units.begin(tx, NewUnit("56", "tỉnh Khánh Hòa", "tinh"), on=None, now=NOW)).units[0]
    said = {"on": date(2024, 6, 1), "decision": DECISION, "now": NOW}
    assert do(lambda tx: units.move(tx, top, province, **said)) is True
    assert do(lambda tx: units.move(tx, top, province, **said)) is False
    known: Units = do(units.load)
    assert known[at(do, "van-ninh.van-hung")].above == (top, province)
    assert [(c.kind, c.was_under) for c in known.history(top)] == [("moved", None)]
    refused(do, lambda tx: units.move(tx, province, top, **said), units.UNDER_ITSELF)
    refused(do, lambda tx: units.move(tx, province, province, **said), units.UNDER_ITSELF)


def test_a_merger_ends_the_old_the_day_before_and_begins_the_new(do: Do) -> None:
    before = counts(do)
    new = NewUnit("22525", "xã Vạn Hưng", "xa")
    became = merged(do, "xuan-son", "van-hung", into=new)
    assert became.fresh
    assert counts(do) == (before[0] + 1, before[1] + 2, before[2] + 1), "one row of the trace for the whole act"
    assert not merged(do, "xuan-son", "van-hung", into=new).fresh
    assert not merged(do, "xuan-son", "van-hung", into=became.units[0]).fresh
    assert counts(do) == (before[0] + 1, before[1] + 2, before[2] + 1)
    known: Units = do(units.load)
    old, successor = known[at(do, "van-ninh.van-hung")], known[became.units[0]]
    assert (old.valid_to, successor.valid_from) == (EVE, REFORM)
    assert known.heirs(old.id, EVE) == [old]
    assert known.heirs(old.id, REFORM) == [successor]
    assert {u.code for u in known.origins(successor.id)} == {"van-ninh.xuan-son", "van-ninh.van-hung"}
    assert known.merged_into(old.id) == [successor]


def test_a_unit_that_is_there_can_take_in_another(do: Do) -> None:
    do(
        lambda tx: units.plant(
            tx, [UnitSeed(code="a", name="xã A", kind="xa"), UnitSeed(code="b", name="xã B", kind="xa")]
        )
    )
    a, b, top = at(do, "a"), at(do, "b"), at(do, "van-ninh")
    said = {"on": REFORM, "decision": DECISION, "now": NOW}
    assert do(lambda tx: units.merge(tx, [a], b, **said)) == Became((b,), fresh=True)
    refused(do, lambda tx: units.merge(tx, [b, a], b, **said), units.ITSELF)
    refused(do, lambda tx: units.merge(tx, [b], a, **said), units.NO_MORE)
    refused(do, lambda tx: units.merge(tx, [b], a, **{**said, "on": EVE}), units.LATER_KNOWN)
    refused(do, lambda tx: units.merge(tx, [a], top, **{**said, "on": EVE}), units.HAS_FOLLOWED)


def test_a_code_goes_on_with_another_extent(do: Do) -> None:
    do(lambda tx: units.plant(tx, [UnitSeed(code="22525", name="xã Vạn Hưng", kind="xa")]))
    old = at(do, "22525")
    new = NewUnit("22525", "xã Vạn Hưng", "xa")
    became = do(lambda tx: units.merge(tx, [old], new, on=REFORM, decision=DECISION, now=NOW)).units[0]
    assert became != old
    known: Units = do(units.load)
    assert known.coded("22525") == known.coded("22525", REFORM) == known[became]
    assert known.coded("22525", EVE) == known[old]


def test_a_code_that_went_to_another_unit_still_means_the_old_one_in_its_time(do: Do) -> None:
    hung, said = at(do, "van-ninh.van-hung"), {"decision": DECISION, "now": NOW}
    do(lambda tx: units.rename(tx, hung, "xã Vạn Hưng", code="x1", on=date(2025, 1, 1), **said))
    new = do(lambda tx: units.begin(tx, NewUnit("van-ninh.van-hung", "xã Khác", "xa"), on=REFORM, now=NOW)).units[0]
    known: Units = do(units.load)
    assert known.coded("van-ninh.van-hung") == known.coded("van-ninh.van-hung", TODAY) == known[new]
    assert known.coded("van-ninh.van-hung", EVE) == known.coded("x1") == known[hung]
    assert do(lambda tx: units.plant(tx, PLAN.units)) == 0


def test_a_merger_entered_again_after_its_follower_was_renamed_changes_nothing(do: Do) -> None:
    new = NewUnit("22525", "xã Vạn Hưng", "xa")
    became = merged(do, "xuan-son", "van-hung", into=new)
    said: dict[str, Any] = {"on": date(2026, 1, 1), "decision": DECISION, "now": NOW}
    do(lambda tx: units.rename(tx, became.units[0], "phường Vạn Hưng", **said))
    assert merged(do, "xuan-son", "van-hung", into=new) == Became(became.units, fresh=False)


def test_a_split_has_several_followers_and_no_single_heir(do: Do) -> None:
    hung = at(do, "van-ninh.van-hung")
    parts = [NewUnit("n1", "xã Vạn Hưng Bắc", "xa"), at(do, "van-ninh.xuan-son")]
    said = {"on": date(2025, 2, 1), "decision": DECISION, "now": NOW}
    before = counts(do)
    became = do(lambda tx: units.split(tx, hung, parts, **said))
    assert counts(do) == (before[0] + 1, before[1] + 2, before[2] + 1)
    assert do(lambda tx: units.split(tx, hung, parts, **said)) == Became(became.units, fresh=False)
    assert do(lambda tx: units.split(tx, hung, became.units, **said)) == Became(became.units, fresh=False)
    known: Units = do(units.load)
    assert {u.id for u in known.heirs(hung, date(2025, 2, 1))} == set(became.units)
    assert known.merged_into(hung) == []
    refused(do, lambda tx: units.split(tx, became.units[0], [became.units[0], hung], **said), units.PART_ITSELF)
    refused(do, lambda tx: units.split(tx, became.units[0], [hung], **said), units.TOO_FEW)
    refused(do, lambda tx: units.split(tx, became.units[0], [hung, hung], **said), units.TOO_FEW)


def test_an_end_names_no_successor(do: Do) -> None:
    do(lambda tx: units.plant(tx, [UnitSeed(code="a", name="xã A", kind="xa")]))
    a = at(do, "a")
    assert do(lambda tx: units.end(tx, a, last_day=EVE, decision=DECISION, now=NOW)) is True
    assert do(lambda tx: units.end(tx, a, last_day=EVE, decision="khác", now=NOW)) is False
    assert do(units.load).heirs(a, TODAY) == []
    assert do(
        lambda tx: units.merge(tx, [a], NewUnit("b", "xã B", "xa"), on=REFORM, decision=DECISION, now=NOW)
    ).fresh, "what follows it may be decided later"


# -- what cannot be ----------------------------------------------------------------------------------------------------


def test_what_cannot_be_is_refused_with_its_sentence(do: Do) -> None:
    hung, son, top = (at(do, f"van-ninh{code}") for code in (".van-hung", ".xuan-son", ""))
    do(lambda tx: units.begin(tx, NewUnit("late", "xã Mới", "xa", top), on=date(2025, 1, 1), now=NOW))
    late = at(do, "late")
    on = date(2025, 3, 1)
    said: dict[str, Any] = {"on": on, "decision": DECISION, "now": NOW}
    new = NewUnit("n", "xã Tân", "xa")

    for name in ("", " \u00a0\n", "\u0000"):
        refused(do, lambda tx, name=name: units.rename(tx, hung, name, **said), units.NO_NAME)
    refused(do, lambda tx: units.rename(tx, hung, "x" * 201, **said), units.LONG_NAME)
    refused(do, lambda tx: units.rename(tx, hung, "xã Xuân Sơn", **said), units.NAME_TAKEN)
    refused(do, lambda tx: units.rename(tx, hung, "xã Y", code="van-ninh.xuan-son", **said), units.CODE_TAKEN)
    refused(do, lambda tx: units.rename(tx, hung, "xã Y", **{**said, "decision": " "}), units.NO_DECISION)
    refused(do, lambda tx: units.rename(tx, hung, "xã Y", **{**said, "on": date(2027, 1, 1)}), units.NOT_YET_DAY)
    refused(do, lambda tx: units.rename(tx, hung, "xã Y", **{**said, "on": REFORM}), units.NO_MORE)
    refused(do, lambda tx: units.rename(tx, late, "xã Y", **{**said, "on": date(2024, 1, 1)}), units.NOT_THERE_YET)
    refused(do, lambda tx: units.rename(tx, 99999, "xã Y", **said), units.NO_UNIT)

    refused(do, lambda tx: units.merge(tx, [], hung, **said), units.NO_SOURCE)
    refused(do, lambda tx: units.merge(tx, [hung], hung, **said), units.ITSELF)
    refused(do, lambda tx: units.merge(tx, [hung], 99999, **said), units.NO_UNIT)
    refused(do, lambda tx: units.merge(tx, [late], new, **{**said, "on": date(2025, 1, 1)}), units.NOT_BEGUN)
    refused(do, lambda tx: units.merge(tx, [hung], late, **{**said, "on": date(2024, 1, 1)}), units.NOT_THERE_YET)
    refused(do, lambda tx: units.merge(tx, [hung], new, **{**said, "on": date(2026, 1, 1)}), units.ENDS_THERE)
    refused(do, lambda tx: units.merge(tx, [hung], NewUnit("", "xã Y", "xa"), **said), units.NO_CODE)
    refused(do, lambda tx: units.merge(tx, [hung], NewUnit("c" * 65, "xã Y", "xa"), **said), units.NO_CODE)
    refused(do, lambda tx: units.merge(tx, [hung], NewUnit("c", "xã Y", ""), **said), units.NO_KIND)
    refused(do, lambda tx: units.merge(tx, [hung], NewUnit("c", "", "xa"), **said), units.NO_NAME)
    refused(
        do, lambda tx: units.merge(tx, [hung], NewUnit("van-ninh.xuan-son", "xã Y", "xa"), **said), units.CODE_TAKEN
    )
    refused(do, lambda tx: units.merge(tx, [hung], NewUnit("c", "xã Xuân Sơn", "xa", top), **said), units.NAME_TAKEN)
    refused(do, lambda tx: units.merge(tx, [hung], NewUnit("c", "xã Y", "xa", hung), **said), units.UNDER_ITSELF)
    refused(do, lambda tx: units.merge(tx, [top], new, **said), units.STILL_UNDER)
    refused(do, lambda tx: units.end(tx, top, last_day=on, decision=DECISION, now=NOW), units.STILL_UNDER)
    refused(do, lambda tx: units.move(tx, hung, 99999, **said), units.NO_UNIT)

    do(lambda tx: units.rename(tx, son, "xã Xuân Sơn Mới", **said))
    refused(do, lambda tx: units.rename(tx, son, "xã Z", **{**said, "on": date(2025, 2, 1)}), units.LATER_KNOWN)
    refused(do, lambda tx: units.merge(tx, [son], new, **{**said, "on": date(2025, 2, 1)}), units.LATER_KNOWN)
    do(lambda tx: units.merge(tx, [hung], new, **said))
    refused(do, lambda tx: units.merge(tx, [hung], late, **said), units.HAS_FOLLOWED)
    refused(do, lambda tx: units.split(tx, hung, [late, son], **said), units.HAS_FOLLOWED)
    refused(do, lambda tx: units.end(tx, hung, last_day=on, decision=DECISION, now=NOW), units.HAS_FOLLOWED)


def test_names_and_decisions_stand_in_the_trace_as_digests_only(do: Do) -> None:
    hung = at(do, "van-ninh.van-hung")
    do(lambda tx: units.rename(tx, hung, "xã Tên Kín", on=date(2025, 1, 1), decision="Số 1/QĐ-KÍN", now=NOW))
    merged(do, "van-hung", into=NewUnit("n", "xã Tên Khác", "xa"), on=date(2025, 2, 1))
    written = do(lambda tx: [f"{row.before} {row.after}" for row in tx.execute(select(tables.audit)).all()])
    assert written
    for text in ("Tên Kín", "KÍN", "Tên Khác", "1667"):
        assert not any(text in row for row in written)


# -- the district that became five communes ----------------------------------------------------------------------------


def test_the_reorganisation_of_van_ninh_is_entered_once_and_whole(do: Do) -> None:
    of = reorganisation.load(FILE)
    before = counts(do)
    done = do(lambda tx: units.reorganise(tx, of, decision=DECISION, now=NOW))
    assert all(one.fresh for one in done)
    assert counts(do) == (before[0] + 6, before[1] + 14, before[2] + 7)
    again = do(lambda tx: units.reorganise(tx, of, decision=DECISION, now=NOW))
    assert not any(one.fresh for one in again)
    assert counts(do) == (before[0] + 6, before[1] + 14, before[2] + 7)
    known: Units = do(units.load)
    into = {u.code: known.heirs(u.id, TODAY) for u in known.values() if u.code.startswith("van-ninh")}
    assert into.pop("van-ninh") == [], "nobody says what follows the district"
    assert {code: [u.name for u in found] for code, found in into.items()} == {
        "van-ninh.van-gia": ["xã Vạn Ninh"],
        "van-ninh.van-phu": ["xã Vạn Ninh"],
        "van-ninh.van-luong": ["xã Vạn Ninh"],
        "van-ninh.van-thanh": ["xã Đại Lãnh"],
        "van-ninh.van-tho": ["xã Đại Lãnh"],
        "van-ninh.dai-lanh": ["xã Đại Lãnh"],
        "van-ninh.van-khanh": ["xã Tu Bông"],
        "van-ninh.van-long": ["xã Tu Bông"],
        "van-ninh.van-phuoc": ["xã Tu Bông"],
        "van-ninh.van-binh": ["xã Vạn Thắng"],
        "van-ninh.van-thang": ["xã Vạn Thắng"],
        "van-ninh.xuan-son": ["xã Vạn Hưng"],
        "van-ninh.van-hung": ["xã Vạn Hưng"],
    }
    codes = {u.name: u.code for u in known.values() if u.valid_from == REFORM}
    assert codes == {
        "tỉnh Khánh Hòa": "56",
        "xã Vạn Ninh": "22489",
        "xã Tu Bông": "22498",
        "xã Đại Lãnh": "22504",
        "xã Vạn Thắng": "22516",
        "xã Vạn Hưng": "22525",
    }
    assert do(lambda tx: units.plant(tx, PLAN.units)) == 0, "the plan still plants its thirteen and no more"


def test_the_plan_plants_its_thirteen_after_the_reorganisation_too(store: Store) -> None:
    def work(tx: Tx) -> int:
        units.begin(tx, NewUnit("56", "tỉnh Khánh Hòa", "tinh"), on=REFORM, now=NOW)
        return units.plant(tx, PLAN.units)

    assert store.run(work) == 14


def test_a_reorganisation_of_units_that_are_not_here_leaves_nothing(store: Store) -> None:
    of = reorganisation.load(FILE)
    with pytest.raises(Misunderstood) as said:
        store.run(lambda tx: units.reorganise(tx, of, decision=DECISION, now=NOW))
    assert said.value.source == units.UNKNOWN_CODE
    assert store.run(units.load) == {}


def test_a_unit_named_under_several_is_split(do: Do) -> None:
    of = reorganisation.Reorganisation(
        name="Thử",
        on=date(2025, 3, 1),
        source="thử",
        units=(
            reorganisation.Begun(
                code="n1", name="xã Bắc", kind="xa", came_of=("van-ninh.van-hung", "van-ninh.van-tho")
            ),
            reorganisation.Begun(code="n2", name="xã Nam", kind="xa", came_of=("van-ninh.van-hung",)),
        ),
    )
    assert len(do(lambda tx: units.reorganise(tx, of, decision=DECISION, now=NOW))) == 3
    assert not any(one.fresh for one in do(lambda tx: units.reorganise(tx, of, decision=DECISION, now=NOW)))
    known: Units = do(units.load)
    assert [c.kind for c in known.history(at(do, "van-ninh.van-hung"))] == ["split", "split"]
    assert [c.kind for c in known.history(at(do, "van-ninh.van-tho"))] == ["merged"]


# -- who owes what -----------------------------------------------------------------------------------------------------


def office(do: Do, year: int, **changed: Any) -> Office:
    own = PLAN.model_copy(update=changed)
    made = Office({own.id: own}, Calendar(load_years(ROOT / "plans" / "calendars")))
    do(lambda tx: seasons.begin(tx, own, year, datetime(year, 1, 2, tzinfo=ZONE)))
    do(made.refresh)
    return made


def bound(made: Office, milestone: str) -> set[str]:
    return {made.units[id].code for id in made.bound(made.seasons[0], PLAN.occasion(milestone))}


def test_what_has_ended_owes_nothing_that_is_due_later(do: Do) -> None:
    made = office(do, 2025)
    communes = {u.code for u in PLAN.units if u.parent}
    assert bound(made, "dang_ky") == communes, "due in February"
    assert bound(made, "ho_so") == bound(made, "bao_cao_nam") == set(), "due in September and October"
    assert {made.units[id].code for id in made.taking_part(made.seasons[0])} == {*communes, "van-ninh"}


def test_nobody_takes_part_the_year_after_and_no_follower_inherits_the_plan(do: Do) -> None:
    do(lambda tx: units.reorganise(tx, reorganisation.load(FILE), decision=DECISION, now=NOW))
    made = office(do, 2026)
    assert made.taking_part(made.seasons[0]) == set()
    assert bound(made, "dang_ky") == set()
    assert made.concerning(NOW, list(made.units)) == []


def test_a_commune_that_begins_in_the_year_owes_from_then_once_it_takes_part(do: Do) -> None:
    do(lambda tx: units.reorganise(tx, reorganisation.load(FILE), decision=DECISION, now=NOW))
    lasting = tuple(u.model_copy(update={"valid_to": None}) if not u.parent else u for u in PLAN.units)
    top = at(do, "van-ninh")
    made = office(do, 2025, participants=("22489", "22525"), units=lasting)
    assert "22525" not in bound(made, "dang_ky")
    assert bound(made, "ho_so") >= {"22489", "22525"}
    assert top in made.taking_part(made.seasons[0])


# -- clusters ----------------------------------------------------------------------------------------------------------


def test_clusters_are_made_once_changed_and_overseen(do: Do) -> None:
    hung, son, tho = (at(do, f"van-ninh.{code}") for code in ("van-hung", "xuan-son", "van-tho"))
    own = PLAN.model_copy(
        update={
            "clusters": (Cluster(id="nam", name="Cụm phía Nam", members=("van-ninh.van-hung", "van-ninh.xuan-son")),)
        }
    )
    known = do(units.load)
    assert do(lambda tx: clusters.plant(tx, own, known, NOW)) == 1
    assert do(lambda tx: clusters.plant(tx, own, known, NOW)) == 0
    south = do(lambda tx: clusters.coded(tx, "van-ninh.nam"))
    assert (south.name, set(south.units)) == ("Cụm phía Nam", {hung, son})
    written = rows(do, tables.audit)
    assert do(lambda tx: clusters.change(tx, south.id, NOW, add=[tho], remove=[hung], name="Cụm số 1")) is True
    assert do(lambda tx: clusters.change(tx, south.id, NOW, add=[tho], remove=[hung], name="Cụm số 1")) is False
    assert rows(do, tables.audit) == written + 1
    changed = do(lambda tx: clusters.coded(tx, "van-ninh.nam"))
    assert (changed.name, set(changed.units)) == ("Cụm số 1", {son, tho})
    assert [one.code for one in do(lambda tx: clusters.of_unit(tx, tho))] == ["van-ninh.nam"]
    assert do(lambda tx: clusters.of_unit(tx, hung)) == []

    def look_after(tx: Tx) -> int:
        id = people.add(tx, "Bảy", tho, OFFICER, NOW)
        insert_row(
            tx, tables.role, person_id=id, cluster_id=south.id, function=OVERSEER, valid_from=REFORM, valid_to=TODAY
        )
        return id

    bay = do(look_after)
    assert do(lambda tx: clusters.overseers(tx, south.id, TODAY)) == [(bay, "Bảy")]
    assert do(lambda tx: clusters.overseers(tx, south.id, EVE)) == []
    assert do(lambda tx: clusters.overseers(tx, south.id, TODAY + timedelta(days=1))) == []


def test_impossible_clusters_are_refused(do: Do) -> None:
    hung = at(do, "van-ninh.van-hung")
    do(lambda tx: clusters.make(tx, "c1", "Cụm 1", [hung], NOW))
    made = do(lambda tx: clusters.coded(tx, "c1"))
    assert do(lambda tx: clusters.make(tx, "c1", "Cụm 1", [hung], NOW)) == made.id
    for work, words in (
        (lambda tx: clusters.make(tx, "c1", "Cụm 2", [], NOW), clusters.CODE_TAKEN),
        (lambda tx: clusters.make(tx, " ", "Cụm 2", [], NOW), clusters.NO_CODE),
        (lambda tx: clusters.make(tx, "c2", " ", [], NOW), clusters.NO_NAME),
        (lambda tx: clusters.make(tx, "c2", "Cụm 2", [99999], NOW), clusters.NO_UNIT),
        (lambda tx: clusters.change(tx, made.id, NOW, add=[99999]), clusters.NO_UNIT),
        (lambda tx: clusters.change(tx, 99999, NOW, add=[hung]), clusters.NO_CLUSTER),
    ):
        refused(do, work, words)


# -- whatever the years bring ------------------------------------------------------------------------------------------

BEGINNING = date(2020, 1, 1)
FIRST = [UnitSeed(code=f"u{n}", name=f"xã Đơn vị {n}", kind="xa", parent="" if n == 0 else "u0") for n in range(6)]

ACTS = st.lists(
    st.tuples(
        st.sampled_from(["rename", "move", "merge", "merge new", "split"]),
        st.lists(st.integers(0, 40), min_size=3, max_size=3),
        st.integers(0, 200),
    ),
    max_size=14,
)


def act(tx: Tx, kind: str, picked: list[int], on: date, number: int) -> Any:
    ids = list(units.load(tx))
    a, b, c = (ids[n % len(ids)] for n in picked)
    said: dict[str, Any] = {"on": on, "decision": DECISION, "now": NOW}
    if kind == "rename":
        return units.rename(tx, a, f"phường Tên {number}", **said)
    if kind == "move":
        return units.move(tx, a, b if picked[2] % 5 else None, **said)
    if kind == "merge":
        return units.merge(tx, [a, b], c, **said).fresh
    parent = units.load(tx)[a].parent_id
    if kind == "merge new":
        return units.merge(tx, [a, b], NewUnit(f"n{number}", f"xã Mới {number}", "xa", parent), **said).fresh
    return units.split(tx, a, [b, NewUnit(f"p{number}", f"xã Phần {number}", "xa", parent)], **said).fresh


@settings(max_examples=60, deadline=None)
@given(acts=ACTS)
def test_whatever_happens_no_row_is_lost_and_every_exemplar_is_reached_from_a_unit_of_today(
    ready_sqlite: Path, acts: list[tuple[str, list[int], int]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copyfile(ready_sqlite, Path(folder) / "kheo.db")
        store = Store(f"sqlite:///{folder}/kheo.db")
        try:
            _live_through(store.run, acts)
        finally:
            store.close()


def _live_through(do: Do, acts: list[tuple[str, list[int], int]]) -> None:
    def seed(tx: Tx) -> None:
        units.plant(tx, FIRST)
        seasons.begin(tx, PLAN, 2024, NOW)
        season = seasons.every(tx)[0].id
        for u in units.load(tx).values():
            exemplars.register(
                tx,
                season_id=season,
                unit_id=u.id,
                subject="tap_the",
                name=u.name,
                award=False,
                late=False,
                answers={},
                now=NOW,
            )

    do(seed)
    day, seen, names = BEGINNING, set(do(units.load)), set[tuple[int, str]]()
    for number, (kind, picked, later) in enumerate(acts):
        day += timedelta(days=later)
        before = counts(do)
        try:
            fresh = do(lambda tx, k=kind, p=picked, d=day, n=number: act(tx, k, p, d, n))
        except Misunderstood:
            assert counts(do) == before, "what is refused leaves nothing"
            continue
        after = counts(do)
        assert after[2] == before[2] + int(fresh), "one row of the trace for one act"
        names |= {(u.id, u.name) for u in do(units.load).values()}
        seen |= set(do(units.load))
    known: Units = do(units.load)
    assert set(known) == seen, "no unit's row is ever lost"
    finder = UnitFinder(entry(known, u) for u in known.values())
    for u in known.values():
        assert u.id not in u.above
        over = known[u.parent_id] if u.parent_id else None
        assert not u.lives_on(TODAY) or over is None or over.lives_on(TODAY), "nothing hangs under what has ended"
    for e in do(lambda tx: exemplars.of_units(tx, list(known))):
        heirs = known.heirs(e.unit_id, TODAY)
        assert heirs, "every exemplar is reached from a unit of today"
        for heir in heirs:
            assert heir.id == e.unit_id or e.unit_id in {u.id for u in known.origins(heir.id)}
    for id, name in names:
        found = finder.find(name)
        assert id in {u.id for u in (found.one, *found.several) if u} or found.more, (
            f"“{name}” leads no more to its unit"
        )
