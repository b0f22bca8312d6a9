"""The tick itself, on both databases: made once by however many processes, held steps, and who owes a dossier."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import insert, select

from bot.chat import Address
from bot.clock import ZONE, Clock
from bot.outbox import NotNow
from bot.plan.calendars import load_years
from bot.rules.access import OFFICER
from bot.rules.calendar import Calendar
from bot.store import dues, exemplars, outbox, owing, people, seasons, units
from bot.store.engine import Store, Tx
from bot.store.outbox import Message
from bot.store.tables import draft, due
from bot.store.tables import outbox as sent
from bot.turn import Office
from scheduler.reminders import Reminding, scan
from tests.world import ROOT, plans

PLAN = plans()["van-ninh"]
CALENDAR = Calendar(load_years(ROOT / "plans" / "calendars"))
LAST = date(2024, 2, 14)  # “trước ngày 15 tháng 02”
OPENED = datetime(2024, 1, 2, 8, tzinfo=ZONE)
COMMUNES = 13


def at(month: int, day: int, hour: int = 8, minute: int = 0) -> datetime:
    return datetime(2024, month, day, hour, minute, tzinfo=ZONE)


@dataclass
class Here:
    """A store with Vạn Ninh in it, and an officer in every commune."""

    store: Store
    office: Office

    def do(self, work: Any) -> Any:
        return self.store.run(work)

    def tick(self, now: datetime) -> int:
        return int(self.do(lambda tx: scan(tx, self.office, now, 0.0)))

    @property
    def season(self) -> int:
        return self.office.seasons[0].id

    def unit(self, short: str) -> int:
        found = self.office.units.coded(f"van-ninh.{short}")
        assert found is not None
        return found.id

    def unit_of(self, code: str) -> int:
        found = self.office.units.coded(code)
        assert found is not None
        return found.id

    def steps(self, milestone: str = "dang_ky") -> dict[int, str]:
        found = self.do(lambda tx: dues.steps(tx, self.season, milestone))
        return {step: noted.state for (_, step), noted in found.items()}

    def late(self, milestone: str) -> list[str]:
        def look(tx: Tx) -> list[int]:
            season, of = self.office.seasons[0], PLAN.milestone(milestone)
            return self.office.still_owing(tx, season, of, self.office.bound(season, of))

        return [self.office.units[id].name for id in self.do(look)]


def seed(store: Store) -> Here:
    office = Office(plans(), CALENDAR)

    def enter(tx: Tx) -> None:
        seasons.begin(tx, PLAN, 2024, OPENED)
        units.plant(tx, PLAN.units)
        office.refresh(tx)
        for number, unit in enumerate((u for u in office.units.values() if u.parent_id), start=1):
            id = people.add(tx, f"Lan {number}", unit.id, OFFICER, OPENED)
            where = Address("telegram", str(number))
            contact = people.greet(tx, where, private=True, name="", language="vi", now=OPENED)
            people.attach(tx, contact.id, id, OPENED)

    store.run(enter)
    return Here(store, office)


@pytest.fixture
def here(store: Store) -> Here:
    return seed(store)


@pytest.fixture
def other(store: Store) -> Iterator[Store]:
    """Another process on the same PostgreSQL; SQLite has one writer only, so there it is the same store."""
    if store.dialect == "sqlite":
        yield store
        return
    second = Store(store.url)
    yield second
    second.close()


def test_the_same_tick_again_makes_nothing(here: Here) -> None:
    assert [here.tick(at(2, 6, hour)) for hour in (8, 8, 9, 16)] == [COMMUNES, 0, 0, 0]
    assert here.steps() == {20: "overtaken", 10: "overtaken", 5: "overtaken", 2: "overtaken", 1: "released"}


def test_ticks_of_several_processes_at_once_make_every_row_once(here: Here, other: Store) -> None:
    offices = [here.office, Office(plans(), CALENDAR)]
    other.run(offices[1].refresh)
    work = [(here.store, offices[0]), (other, offices[1])] * 4

    def tick(of: tuple[Store, Office]) -> int:
        store, office = of
        return int(store.run(lambda tx: scan(tx, office, at(2, 6), 0.0)))

    with ThreadPoolExecutor(len(work)) as pool:
        made = list(pool.map(tick, work))
    assert sum(made) == COMMUNES

    def rows(tx: Tx) -> tuple[int, int]:
        return len(tx.execute(select(due.c.id)).all()), len(tx.execute(select(sent.c.id)).all())

    assert here.do(rows) == (COMMUNES, COMMUNES)


def test_a_held_step_is_not_sent_and_the_next_one_is(here: Here) -> None:
    here.do(lambda tx: dues.mark_step(tx, here.season, "dang_ky", LAST, 2, "held", OPENED, None))
    assert here.tick(at(2, 2)) == COMMUNES  # 31/1, caught up
    assert [here.tick(at(2, 5, hour)) for hour in (8, 12, 16)] == [0, 0, 0]
    assert here.tick(at(2, 6)) == COMMUNES
    assert here.steps() == {20: "overtaken", 10: "overtaken", 5: "released", 2: "held", 1: "released"}


def test_a_held_step_that_is_let_go_on_its_day_goes_out(here: Here) -> None:
    here.do(lambda tx: dues.mark_step(tx, here.season, "dang_ky", LAST, 2, "held", OPENED, None))
    assert here.tick(at(2, 5)) == 0
    here.do(lambda tx: dues.unmark_step(tx, here.season, "dang_ky", LAST, 2, "held"))
    assert here.tick(at(2, 5, 14)) == COMMUNES


def test_a_held_step_does_not_bring_back_the_one_before_it(here: Here) -> None:
    here.do(lambda tx: dues.mark_step(tx, here.season, "dang_ky", LAST, 1, "held", OPENED, None))
    assert here.tick(at(2, 6, 9)) == 0  # that of 5/2 was swallowed by an outage; the office wants silence today
    assert here.tick(at(2, 7)) == COMMUNES
    assert here.steps()[2] == "overtaken"
    assert here.steps()[1] == "held"


def test_an_overdue_notice_that_an_outage_kept_for_months_is_let_go(here: Here) -> None:
    here.tick(at(2, 6))
    made = here.tick(at(2, 28))
    assert made == COMMUNES, "nine working days late: it still helps"
    assert here.steps()[-5] == "released"


def test_an_overdue_notice_from_another_season_of_the_year_is_not_sent(here: Here) -> None:
    here.tick(at(2, 6))
    assert here.tick(at(6, 3)) == 0
    assert here.steps()[-5] == "overtaken"
    assert here.tick(at(6, 3, 9)) == 0


def test_what_is_not_sent_yet_gives_way_to_the_next_step(here: Here) -> None:
    here.tick(at(2, 5))
    first = here.do(_messages)
    clock = Clock()
    reminding = Reminding(here.office, clock)
    clock.move(at(2, 5, 16, 59))
    assert "còn 2 ngày làm việc" in here.do(lambda tx: reminding.compose(tx, first[0])).title
    clock.move(at(2, 5, 18))
    assert isinstance(here.do(lambda tx: reminding.compose(tx, first[0])), NotNow)
    clock.move(at(2, 6, 8))
    assert here.do(lambda tx: reminding.compose(tx, first[0])) is None
    here.tick(at(2, 6))
    (newest,) = [m for m in here.do(_messages) if m.address_id == first[0].address_id and m.payload["items"][0][3] == 1]
    assert "còn 1 ngày làm việc" in here.do(lambda tx: reminding.compose(tx, newest)).title


def test_a_dossier_is_owed_until_the_scorecard_is_in_and_nothing_is_left_open(here: Here) -> None:
    def register(tx: Tx, unit: str, name: str, *, award: bool, **answers: Any) -> int:
        given = {"subject": "tap_the", "name": name, "award": "yes" if award else "no", **answers}
        return exemplars.register(
            tx,
            season_id=here.season,
            unit_id=here.unit(unit),
            subject="tap_the",
            name=name,
            award=award,
            late=False,
            answers=given,
            now=OPENED,
        )

    def hand_in(tx: Tx, id: int) -> None:
        of = exemplars.by_id(tx, id)
        tx.execute(_draft(of))
        exemplars.submit(
            tx,
            season_id=of.season_id,
            unit_id=of.unit_id,
            exemplar_id=id,
            draft_id=1,
            form="self_score",
            answers={},
            late=False,
            person_id=1,
            now=OPENED,
        )

    fields = {"economy": "kinh_te", "culture": "van_hoa_xa_hoi"}
    camera = here.do(lambda tx: register(tx, "van-hung", "Camera", award=True, field=fields["culture"]))
    garlic = here.do(lambda tx: register(tx, "van-hung", "Tỏi sạch", award=True, field=fields["economy"]))
    here.do(lambda tx: register(tx, "van-tho", "Tổ tự quản", award=False, field=fields["economy"]))
    assert here.late("ho_so") == ["xã Vạn Hưng"]
    here.do(lambda tx: hand_in(tx, camera))
    assert here.late("ho_so") == ["xã Vạn Hưng"]
    here.do(lambda tx: hand_in(tx, garlic))
    assert here.late("ho_so") == ["xã Vạn Hưng"]  # the expected benefit in figures is still open

    assert here.tick(at(2, 21)) == COMMUNES  # the registration's last notice, which is another matter
    assert here.tick(at(8, 28)) == 1
    answers = here.do(lambda tx: exemplars.by_id(tx, garlic)).answers
    here.do(
        lambda tx: exemplars.amend(
            tx, garlic, subject="tap_the", name="Tỏi sạch", award=True, answers={**answers, "benefit": "120000000"}
        )
    )
    assert here.late("ho_so") == []
    assert here.tick(at(8, 29)) == 0


def test_a_letter_ends_the_dossier_too(here: Here) -> None:
    here.do(
        lambda tx: exemplars.register(
            tx,
            season_id=here.season,
            unit_id=here.unit("van-hung"),
            subject="tap_the",
            name="Camera",
            award=True,
            late=False,
            answers={},
            now=OPENED,
        )
    )
    assert here.late("ho_so") == ["xã Vạn Hưng"]
    here.do(
        lambda tx: owing.close(
            tx,
            season_id=here.season,
            unit_id=here.unit("van-hung"),
            milestone="ho_so",
            kind="paper",
            person_id=1,
            now=OPENED,
        )
    )
    assert here.late("ho_so") == []


def _messages(tx: Tx) -> list[Message]:
    return outbox.claim(tx, "a test", 1.0, "telegram") or [
        Message(r.id, r.address_id, "telegram", "", "", r.kind, r.priority, r.subject, r.payload, 0, True)
        for r in tx.execute(select(sent)).all()
    ]


def _draft(of: Any) -> Any:
    return insert(draft).values(
        season_id=of.season_id,
        unit_id=of.unit_id,
        exemplar_id=of.id,
        form="self_score",
        subject=of.subject,
        state="submitted",
        opened_by=1,
        opened_at=OPENED,
        touched_at=OPENED,
    )
