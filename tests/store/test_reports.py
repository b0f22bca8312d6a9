"""Reports, letters and occurrences in the store: versions, whose duty each one ends, and days that are corrected."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from bot.clock import ZONE
from bot.plan.dates import Milestone, Unspecified
from bot.rules.access import OFFICER
from bot.store import drafts, occurrences, owing, people, reports, seasons, units
from bot.store.engine import Store, Tx
from bot.store.handed_in import HandedIn
from tests.world import plan

NOW = datetime(2023, 3, 13, 9, 0, tzinfo=ZONE)
PLAN = plan("binh-dinh")


class Here:
    """A store with Bình Định in it and a season of 2023."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.store.run(self._enter)

    def _enter(self, tx: Tx) -> None:
        units.plant(tx, PLAN.units)
        seasons.begin(tx, PLAN, 2023, NOW)
        known = units.load(tx)
        found = [known.coded(code) for code in ("binh-dinh.phu-cat", "binh-dinh.tuy-phuoc")]
        self.cat, self.phuoc = (unit.id for unit in found if unit)
        self.season = seasons.every(tx)[0].id
        self.lan = people.add(tx, "Lan", self.cat, OFFICER, NOW)

    def hand_in(self, milestone: str, text: str, *, unit: int = 0, form: str = "bao_cao") -> HandedIn:
        def work(tx: Tx) -> HandedIn:
            of = unit or self.cat
            draft = drafts.begin(
                tx, season_id=self.season, unit_id=of, form=form, milestone=milestone, person_id=self.lan, now=NOW
            )
            assert drafts.by_id(tx, draft.id).milestone == milestone
            return reports.hand_in(
                tx,
                season_id=self.season,
                unit_id=of,
                draft_id=draft.id,
                form=form,
                milestone=milestone,
                answers={"results": {"value": text, "items": []}},
                person_id=self.lan,
                now=NOW,
            )

        return self.store.run(work)

    def hand_in_slowly(self) -> int:
        """The version it became; the transaction stays open for a while after it is written."""

        def work(tx: Tx) -> int:
            told: dict[str, Any] = {"season_id": self.season, "unit_id": self.cat, "form": "bao_cao", "milestone": "q1"}
            draft = drafts.begin(tx, **told, person_id=self.lan, now=NOW)
            made = reports.hand_in(tx, **told, draft_id=draft.id, answers={}, person_id=self.lan, now=NOW)
            time.sleep(0.1)
            return made.version

        return self.store.run(work)

    def late(self, milestone: Milestone, known: Any = None) -> list[int]:
        return self.store.run(
            lambda tx: owing.still_owing(tx, self.season, milestone, [self.cat, self.phuoc], known=known)
        )


@pytest.fixture
def here(store: Store) -> Here:
    return Here(store)


def test_each_version_stays_and_the_newest_is_what_counts(here: Here) -> None:
    made = [here.hand_in("bao_cao_q1", text) for text in ("một", "hai", "ba")]
    here.hand_in("bao_cao_6t", "khác")
    here.hand_in("bao_cao_q1", "đơn vị khác", unit=here.phuoc)
    assert [report.version for report in made] == [1, 2, 3]
    kept = here.store.run(lambda tx: reports.versions(tx, here.season, here.cat, "bao_cao", "bao_cao_q1"))
    assert [report.answers["results"]["value"] for report in kept] == ["một", "hai", "ba"]
    newest = here.store.run(lambda tx: reports.newest(tx, here.season, [here.cat]))
    assert {key[1:]: (r.version, r.answers["results"]["value"]) for key, r in newest.items()} == {
        ("bao_cao", "bao_cao_q1"): (3, "ba"),
        ("bao_cao", "bao_cao_6t"): (1, "khác"),
    }


def test_two_who_hand_in_the_same_report_at_once_make_two_versions_of_it(here: Here) -> None:
    def hand_in(_: int) -> int:
        for _ in range(4):  # a turn that breaks is tried again (bot/conversation.py)
            try:
                return here.hand_in_slowly()
            except IntegrityError:  # PostgreSQL: the other one was first
                continue
        raise AssertionError("it was never handed in")

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(hand_in, range(2))) == [1, 2]
    found = here.store.run(lambda tx: reports.versions(tx, here.season, here.cat, "bao_cao", "q1"))
    assert [report.version for report in found] == [1, 2]


def test_a_report_ends_the_duty_of_its_own_occasion_only(here: Here) -> None:
    first, second = PLAN.milestone("bao_cao_q1"), PLAN.milestone("bao_cao_6t")
    here.hand_in("bao_cao_q1", "một")
    assert here.late(first) == [here.phuoc]
    assert here.late(second) == [here.cat, here.phuoc]
    here.store.run(
        lambda tx: owing.close(
            tx,
            season_id=here.season,
            unit_id=here.phuoc,
            milestone="bao_cao_q1",
            kind="paper",
            person_id=here.lan,
            now=NOW,
        )
    )
    assert here.late(first) == []
    # The same from what was read once for all milestones, and for one of the units only.
    known = here.store.run(lambda tx: owing.answered(tx, here.season))
    assert (here.late(first, known), here.late(second, known)) == ([], [here.cat, here.phuoc])
    of_one = here.store.run(lambda tx: owing.answered(tx, here.season, unit_ids=[here.cat]))
    assert here.late(first, of_one) == [here.phuoc]
    assert known.on_paper(here.phuoc, first) and not known.on_paper(here.cat, first)


def test_what_names_no_occasion_counts_for_the_milestone_of_its_form(here: Here) -> None:
    def duty(id: str) -> Milestone:
        return Milestone(
            id=id, name=id, date=Unspecified(), owed_by="every_unit", settled_by=("submission",), form="dang_ky"
        )

    here.hand_in("", "như trước đây", form="dang_ky")
    assert here.late(duty("dang_ky")) == [here.phuoc]
    only_paper = duty("dang_ky").model_copy(update={"settled_by": ("paper",)})
    assert here.late(only_paper) == [here.cat, here.phuoc]


def test_an_occurrence_is_noted_once_and_corrected(here: Here) -> None:
    def note(on: date, paper: str = "") -> bool:
        return here.store.run(
            lambda tx: occurrences.note(
                tx, season_id=here.season, name="huong_dan", on=on, note=paper, person_id=here.lan, now=NOW
            )
        )

    assert note(date(2023, 1, 10), "15/HD")
    assert not note(date(2023, 1, 10), "15/HD")
    assert note(date(2023, 1, 12), "15/HD")
    assert here.store.run(lambda tx: occurrences.of_seasons(tx, [here.season])) == {
        here.season: {"huong_dan": date(2023, 1, 12)}
    }
    assert here.store.run(lambda tx: occurrences.noted(tx, here.season))["huong_dan"].note == "15/HD"
