"""Broadcasts in the store, on both databases: rows in pieces, nobody twice, stopped, sent once more."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from bot.chat import Address
from bot.clock import ZONE
from bot.plan.model import UnitSeed
from bot.rules.access import FOCAL_POINT, OFFICER, STANDING_OFFICE
from bot.store import broadcasts, consents, held, outbox, people, retention, units, unwanted
from bot.store.broadcasts import Audience, Broadcast, Kept
from bot.store.engine import Store, Tx
from bot.store.tables import address, delivery, person, role
from bot.store.tables import outbox as posted

NOW = datetime(2024, 2, 5, 9, 0, tzinfo=ZONE)
REAL = 1_000_000.0
SEEDS = (
    UnitSeed(code="vn", name="huyện Vạn Ninh", kind="huyen"),
    UnitSeed(code="vn.hung", name="xã Vạn Hưng", kind="xa", parent="vn"),
    UnitSeed(code="vn.thang", name="xã Vạn Thắng", kind="xa", parent="vn"),
    UnitSeed(code="vn.tho", name="xã Vạn Thọ", kind="xa", parent="vn"),
)
Do = Callable[[Callable[[Tx], Any]], Any]


class Office:
    """Hòa's office over three communes."""

    def __init__(self, do: Do) -> None:
        self.do = do

        def work(tx: Tx) -> None:
            units.plant(tx, SEEDS)
            known = units.load(tx)
            self.top, self.hung, self.thang, self.tho = (known.coded(s.code).id for s in SEEDS)  # type: ignore[union-attr]
            self.hoa, self.at = self._person(tx, "Hòa", self.top, STANDING_OFFICE)

        do(work)

    @property
    def communes(self) -> list[int]:
        return sorted((self.hung, self.thang, self.tho))

    def _person(self, tx: Tx, name: str, unit_id: int, function: str = OFFICER, chat: str = "") -> tuple[int, int]:
        id = people.add(tx, name, unit_id, function, NOW)
        at = people.greet(tx, Address("telegram", chat or name), private=True, name=name, language="vi", now=NOW)
        people.attach(tx, at.id, id, NOW)
        return id, at.id

    def person(self, name: str, unit_id: int, function: str = OFFICER) -> tuple[int, int]:
        made: tuple[int, int] = self.do(lambda tx: self._person(tx, name, unit_id, function))
        return made

    def group(self, chat: str, unit_id: int) -> int:
        def work(tx: Tx) -> int:
            at = people.greet(tx, Address("telegram", chat), private=False, name=chat, language="vi", now=NOW)
            people.link_group(tx, at.id, unit_id, NOW)
            return at.id

        return int(self.do(work))

    def crowd(self, unit_id: int, many: int) -> None:
        def work(tx: Tx) -> None:
            ids = range(100_000, 100_000 + many)
            tx.execute(insert(person), [{"id": i, "name": f"C{i}", "language": "vi", "created_at": NOW} for i in ids])
            tx.execute(insert(role), [{"person_id": i, "unit_id": unit_id, "function": OFFICER} for i in ids])
            shared = {"channel": "telegram", "thread": "", "private": True, "name": "", "language": "vi", "state": "ok"}
            more = {"preferred": False, "tries": 0, "focus": {}, "created_at": NOW}
            tx.execute(insert(address), [{"chat": f"c{i}", "person_id": i, **shared, **more} for i in ids])

        self.do(work)

    def draft(self, text: str = "Họp.", **more: Any) -> Broadcast:
        def work(tx: Tx) -> Broadcast:
            id = broadcasts.begin(tx, unit_id=self.top, person_id=self.hoa, address_id=self.at, now=NOW)
            return broadcasts.change(tx, found(tx, id), text=text, audience=Audience(all=True), **more)

        made: Broadcast = self.do(work)
        return made

    def confirmed(self, **more: Any) -> Broadcast:
        one = self.draft(**more)
        assert self.do(lambda tx: broadcasts.confirm(tx, one, NOW))
        return self.now(one)

    def now(self, one: Broadcast) -> Broadcast:
        made: Broadcast = self.do(lambda tx: found(tx, one.id))
        return made

    def written(self, one: Broadcast, unit_ids: list[int], ended: tuple[int, ...] = ()) -> int:
        """All pieces; returns how many there were."""
        for n in range(1, 100):
            if self.do(lambda tx: broadcasts.write_some(tx, found(tx, one.id), unit_ids, ended, NOW, REAL)):
                return n
        raise AssertionError("it never ends")

    def counts(self, one: Broadcast) -> dict[str, int]:
        made: dict[str, int] = self.do(lambda tx: broadcasts.counts(tx, one.id))
        return made

    def ends(self, one: Broadcast, state: str, *address_ids: int) -> None:
        def work(tx: Tx) -> None:
            which = [posted.c.subject == broadcasts.subject(one.id)]
            which += [posted.c.address_id.in_(address_ids)] if address_ids else []
            tx.execute(update(posted).where(*which).values(state=state, message="1"))

        self.do(work)


def found(tx: Tx, id: int) -> Broadcast:
    one = broadcasts.by_id(tx, id)
    assert one is not None
    return one


@pytest.fixture
def office(store: Store) -> Office:
    return Office(store.run)


def test_each_person_gets_one_row_each_group_one_and_who_has_nobody_stands_there_too(office: Office) -> None:
    lan, _ = office.person("Lan", office.hung)
    office.do(lambda tx: people.grant(tx, lan, FOCAL_POINT, NOW, unit_id=office.tho))
    office.group("-1", office.hung)
    one = office.confirmed()
    totals = office.do(lambda tx: broadcasts.totals(tx, one.audience, office.communes, NOW.date()))
    assert (totals.people, totals.groups, totals.unreached) == (1, 1, (office.thang,))
    assert office.written(one, office.communes) == 1
    assert office.counts(one) == {"waiting": 2, "no_channel": 1}
    rows = office.do(lambda tx: broadcasts.deliveries(tx, one.id))
    assert [(r.person, r.why) for r in rows] == [("Lan", ""), ("", ""), ("", "nobody")]
    assert office.now(one).state == "sending"
    made = office.do(lambda tx: tx.execute(select(posted.c.kind, posted.c.priority, posted.c.unsure)).all())
    assert {tuple(row) for row in made} == {("broadcast", outbox.BULK, "hold")}


def test_whoever_cannot_be_written_to_is_noted_with_the_reason(office: Office) -> None:
    lan, _ = office.person("Lan", office.hung)
    _, mai_at = office.person("Mai", office.hung)
    office.do(lambda tx: people.add(tx, "Chưa vào", office.hung, OFFICER, NOW))
    office.do(lambda tx: consents.note(tx, lan, "1", given=False, address_id=None, now=NOW))
    office.do(lambda tx: people.note_state(tx, mai_at, "blocked", NOW))
    one = office.confirmed()
    office.written(one, [office.hung])
    rows = office.do(lambda tx: broadcasts.deliveries(tx, one.id))
    assert {(r.person, r.state, r.why) for r in rows} == {
        ("Lan", "no_channel", "declined"),
        ("Mai", "no_channel", "blocked"),
        ("Chưa vào", "no_channel", "never"),
    }
    assert not office.do(lambda tx: tx.execute(select(posted.c.id)).all())


def test_a_unit_that_has_ended_stands_in_the_report_and_is_not_written_to(office: Office) -> None:
    office.person("Lan", office.hung)
    one = office.confirmed()
    office.written(one, [], (office.hung,))
    rows = office.do(lambda tx: broadcasts.deliveries(tx, one.id))
    assert [(r.unit_id, r.person_id, r.state) for r in rows] == [(office.hung, None, "no_channel")]


def test_rows_come_in_pieces_and_a_piece_that_is_run_again_doubles_nobody(office: Office) -> None:
    office.crowd(office.hung, 1200)
    office.person("Lan", office.tho)
    one = office.confirmed()
    stale = office.now(one)
    for _ in range(2):  # the second as if the first had never been told
        assert not office.do(lambda tx: broadcasts.write_some(tx, stale, office.communes, (), NOW, REAL))
    assert office.do(lambda tx: tx.execute(select(func.count()).select_from(delivery)).scalar_one()) == 1000
    office.written(one, office.communes)
    again = office.do(lambda tx: broadcasts.write_some(tx, stale, office.communes, (), NOW, REAL))
    assert again, "what is written is left alone"
    assert office.counts(one) == {"waiting": 1201, "no_channel": 1}
    addresses = office.do(lambda tx: tx.execute(select(posted.c.address_id)).scalars().all())
    assert len(addresses) == len(set(addresses)) == 1201


def test_a_piece_takes_no_longer_than_others_can_wait(office: Office) -> None:
    office.crowd(office.hung, 3000)
    one = office.confirmed()
    longest = 0.0
    while office.now(one).state == "writing":
        began = time.perf_counter()
        office.do(lambda tx: broadcasts.write_some(tx, found(tx, one.id), office.communes, (), NOW, REAL))
        longest = max(longest, time.perf_counter() - began)
    assert longest < 1.0, longest
    assert office.counts(one)["waiting"] == 3000


def test_files_go_before_the_text_and_count_as_nobody(office: Office) -> None:
    _, at = office.person("Lan", office.hung)
    files = tuple(Kept(f"{n:064x}", f"{n}.jpg", "image/jpeg", "photo") for n in range(3))
    one = office.confirmed(files=files)
    office.written(one, [office.hung])
    rows = office.do(lambda tx: tx.execute(select(posted.c.payload, posted.c.cause).order_by(posted.c.id)).all())
    assert [row.payload for row in rows] == [
        {"broadcast": one.id, "file": 0},
        {"broadcast": one.id, "file": 1},
        {"broadcast": one.id},
    ]
    assert rows[-1].cause == f"broadcast:{one.id}:{at}" and office.counts(one) == {"waiting": 1}
    assert office.do(lambda tx: unwanted.still_held(tx, files[0].sha256)), "a file that is to go is not removed"


def test_it_is_confirmed_once_and_changed_no_more(office: Office) -> None:
    one = office.draft()
    assert office.do(lambda tx: broadcasts.confirm(tx, one, NOW))
    assert not office.do(lambda tx: broadcasts.confirm(tx, one, NOW))
    office.do(lambda tx: broadcasts.change(tx, one, text="Khác."))
    assert office.now(one).text == "Họp."
    assert not office.do(lambda tx: broadcasts.drop(tx, one.id, NOW))


def test_a_new_one_lets_go_of_what_was_begun_before(office: Office) -> None:
    first = office.draft(files=(Kept("a" * 64, "a.pdf", "application/pdf", "document"),))
    office.draft()
    assert (office.now(first).state, office.now(first).text) == ("cancelled", "")
    assert office.do(unwanted.every) == ["a" * 64]


def test_a_repeated_one_leaves_once_and_is_there_again(office: Office) -> None:
    one = office.confirmed(send_at=NOW, repeats="week")
    assert one.state == "scheduled"
    later = NOW + timedelta(days=7)
    assert office.do(lambda tx: broadcasts.leave(tx, one, NOW, later))
    assert not office.do(lambda tx: broadcasts.leave(tx, one, NOW, later))
    (again,) = office.do(lambda tx: broadcasts.in_state(tx, "scheduled"))
    assert (again.send_at, again.first_id, again.text) == (later, one.id, one.text)
    assert office.do(lambda tx: broadcasts.cancel(tx, again.id, NOW, "person"))
    assert not office.do(lambda tx: broadcasts.cancel(tx, again.id, NOW, "person"))


def test_stopped_what_is_being_sent_goes_and_the_rest_is_counted(office: Office) -> None:
    _, lan = office.person("Lan", office.hung)
    _, mai = office.person("Mai", office.hung)
    office.person("Tư", office.hung)
    one = office.confirmed()
    office.written(one, [office.hung])
    office.ends(one, "sending", lan)
    office.ends(one, "leased", mai)
    assert office.do(lambda tx: broadcasts.stop(tx, one.id, NOW)) == 2
    assert office.do(lambda tx: broadcasts.stop(tx, one.id, NOW)) is None
    assert office.counts(one) == {"waiting": 1, "cancelled": 2}
    office.ends(one, "sent", lan)
    assert office.counts(one) == {"sent": 1, "cancelled": 2}


def test_the_button_counts_once_and_only_for_a_recipient(office: Office) -> None:
    lan, at = office.person("Lan", office.hung)
    _, elsewhere = office.person("Mai", office.tho)
    one = office.confirmed()
    office.written(one, [office.hung])
    noted = office.do(lambda tx: broadcasts.delivery_at(tx, one.id, at, lan))
    assert noted is not None and office.do(lambda tx: broadcasts.delivery_at(tx, one.id, elsewhere, None)) is None
    assert office.do(lambda tx: broadcasts.see(tx, noted.id, lan, NOW))
    assert not office.do(lambda tx: broadcasts.see(tx, noted.id, lan, NOW + timedelta(hours=1)))
    assert office.counts(one) == {"seen": 1}


def test_sent_again_to_those_alone_to_whom_it_did_not_come(office: Office) -> None:
    _, lan_at = office.person("Lan", office.hung)
    _, mai_at = office.person("Mai", office.hung)
    tu, tu_at = office.person("Tư", office.hung)
    _, got = office.person("Được", office.hung)
    one = office.confirmed()
    office.written(one, [office.hung])
    office.ends(one, "sent", got)
    office.ends(one, "unknown", lan_at)
    office.ends(one, "failed", mai_at)
    office.ends(one, "gone", tu_at)
    office.do(lambda tx: people.note_state(tx, tu_at, "gone", NOW))
    assert office.do(lambda tx: broadcasts.finish(tx, found(tx, one.id), NOW))

    def another(tx: Tx) -> int:
        at = people.greet(tx, Address("web", "tu"), private=True, name="Tư", language="vi", now=NOW)
        people.attach(tx, at.id, tu, NOW)
        return at.id

    new = office.do(another)
    assert office.do(lambda tx: broadcasts.resend(tx, found(tx, one.id), NOW, REAL)) == 3
    assert office.do(lambda tx: broadcasts.resend(tx, found(tx, one.id), NOW, REAL)) == 0, "pressed twice"
    office.written(one, [office.hung])
    assert office.counts(one) == {"waiting": 3, "sent": 1}
    waiting = office.do(
        lambda tx: sorted(tx.execute(select(posted.c.address_id).where(posted.c.state == "pending")).scalars())
    )
    assert waiting == sorted((lan_at, mai_at, new))


def test_sent_again_to_an_address_where_it_had_failed_before_the_other_one_did(office: Office) -> None:
    tu, first = office.person("Tư", office.hung)
    one = office.confirmed()
    office.written(one, [office.hung])

    def second(tx: Tx) -> int:
        at = people.greet(tx, Address("web", "tu"), private=True, name="Tư", language="vi", now=NOW)
        people.attach(tx, at.id, tu, NOW)
        return at.id

    def fails(at: int) -> None:
        office.ends(one, "blocked", at)
        office.do(lambda tx: people.note_state(tx, at, "blocked", NOW))

    fails(first)
    web = office.do(second)
    assert office.do(lambda tx: broadcasts.resend(tx, found(tx, one.id), NOW, REAL)) == 1
    office.written(one, [office.hung])
    fails(web)
    office.do(lambda tx: people.note_state(tx, first, "ok", NOW))
    office.do(lambda tx: broadcasts.finish(tx, found(tx, one.id), NOW))
    assert office.do(lambda tx: broadcasts.resend(tx, found(tx, one.id), NOW, REAL)) == 1
    office.written(one, [office.hung])
    assert office.counts(one) == {"waiting": 1}, "told that it goes, and it does"


def test_what_waits_for_the_morning_is_woken_and_nothing_else(office: Office) -> None:
    _, lan = office.person("Lan", office.hung)
    _, mai = office.person("Mai", office.hung)
    one = office.confirmed()
    office.written(one, [office.hung])

    def asleep(tx: Tx) -> None:
        tx.execute(update(posted).values(not_before=REAL + 3600, error="waits"))
        tx.execute(update(posted).where(posted.c.address_id == lan).values(error=broadcasts.NOT_AT_THIS_HOUR))

    office.do(asleep)
    assert office.do(lambda tx: broadcasts.wake(tx, one.id, REAL)) == 1
    ready = office.do(
        lambda tx: tx.execute(select(posted.c.address_id).where(posted.c.not_before <= REAL)).scalars().all()
    )
    assert ready == [lan] and mai not in ready


def test_the_bar_is_edited_once_for_what_has_ended_and_never_while_an_edit_waits(office: Office) -> None:
    _, lan = office.person("Lan", office.hung)
    one = office.confirmed()
    office.written(one, [office.hung])
    about = f"progress:{one.id}"

    def edited(subject: str) -> None:
        sent = update(posted).where(posted.c.subject == subject).values(state="sent", message="9")
        office.do(lambda tx: tx.execute(sent).rowcount)

    def shows() -> int:
        office.do(lambda tx: broadcasts.show(tx, found(tx, one.id), NOW, REAL))
        return len(office.do(lambda tx: outbox.about(tx, about)))

    assert shows() == 1 and shows() == 1, "the first waits"
    edited(about)
    assert shows() == 2
    edited(about)
    assert shows() == 2, "nothing has come to its end since"
    office.ends(one, "sent", lan)
    assert shows() == 3


def test_an_audience_comes_back_from_the_database_as_it_went(office: Office) -> None:
    audience = Audience(kinds=("xa",), clusters=(1, 2), season=3, milestone="m", progress="owes", units=(4,), but=(5,))
    assert Audience.from_json(audience.as_json()) == audience
    one = office.draft()
    office.do(lambda tx: broadcasts.change(tx, one, audience=replace(audience, season=None)))
    assert office.now(one).audience == replace(audience, season=None)


def test_its_words_go_after_their_time_and_the_report_stays(office: Office) -> None:
    office.person("Lan", office.hung)
    file = Kept("b" * 64, "b.pdf", "application/pdf", "document")
    one = office.confirmed(files=(file,))
    office.written(one, [office.hung])
    office.ends(one, "failed")
    office.do(lambda tx: broadcasts.finish(tx, found(tx, one.id), NOW))
    later = NOW + timedelta(days=400)
    counted = office.do(lambda tx: retention.let_go_of_messages(tx, retention.Days(30, 365, 90), later))
    assert counted.broadcasts == 1 and office.do(unwanted.every) == ["b" * 64]
    assert (office.now(one).text, office.now(one).files) == ("", ()) and office.counts(one) == {"failed": 1}
    assert office.do(lambda tx: broadcasts.resend(tx, found(tx, one.id), later, REAL)) == 0, "there is nothing to send"


def test_who_is_erased_leaves_no_draft_and_their_name_stands_on_what_they_confirmed(office: Office) -> None:
    one = office.confirmed()
    draft = office.draft("Nháp.")
    assert office.do(lambda tx: held.on(tx, office.hoa, NOW.date())).decisions == 2
    assert office.do(lambda tx: held.erase(tx, office.hoa, NOW)).named
    assert office.now(draft).text == "" and office.now(one).text == "Họp."


def test_what_is_sent_again_from_the_list_of_the_dead_goes_on_in_the_report(office: Office) -> None:
    _, at = office.person("Lan", office.hung)
    one = office.confirmed()
    office.written(one, [office.hung])
    office.ends(one, "failed", at)
    dead = office.do(lambda tx: tx.execute(select(posted.c.id)).scalars().all())
    assert len(office.do(lambda tx: outbox.resend(tx, dead, NOW, REAL))) == 1
    assert office.counts(one) == {"waiting": 1}
