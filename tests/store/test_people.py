"""Codes, applications, functions and addresses on both databases: what is decided once is decided once, by whoever came first."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.chat import Address
from bot.rules.access import ADMINISTRATOR, OFFICER, STANDING_OFFICE
from bot.store import addresses, applications, invitations, outbox, people, roster
from bot.store.engine import Store, Tx
from bot.store.tables import address, audit, role
from tests.store.test_nouns import LATER, NOW, Do, Seeded

AT_ONCE = 4


@pytest.fixture
def do(store: Store) -> Do:
    return store.run


@pytest.fixture
def seeded(do: Do) -> Seeded:
    return Seeded(do)


def greeted(tx: Tx, chat: str, channel: str = "telegram", *, private: bool = True) -> people.Contact:
    return people.greet(tx, Address(channel, chat), private=private, name="", language="vi", now=NOW)


def at_once(store: Store, work: Callable[[Tx, int], Any]) -> list[Any]:
    """The work in several threads at the same time, each with its number."""
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(lambda n: store.run(lambda tx: work(tx, n)), range(AT_ONCE)))


def test_a_units_code_used_at_the_same_moment_serves_once(store: Store, seeded: Seeded) -> None:
    typed = store.run(lambda tx: people.make_code(tx, NOW, unit_id=seeded.hung, function=OFFICER))
    code = store.run(lambda tx: people.find_code(tx, typed, NOW))
    contacts = [store.run(lambda tx, n=n: greeted(tx, f"20{n}")) for n in range(AT_ONCE)]

    def join(tx: Tx, n: int) -> bool:
        person_id = people.enter(tx, f"Người Số {n}", NOW)
        return people.use_code(tx, code, contacts[n], NOW, person_id=person_id)

    assert sorted(at_once(store, join)) == [False, False, False, True]
    known = store.run(lambda tx: tx.execute(select(address.c.id).where(address.c.person_id.is_not(None))).all())
    assert len(known) == 1


def test_a_code_is_used_or_taken_back_and_never_both(store: Store, seeded: Seeded) -> None:
    for round in range(6):
        typed = store.run(lambda tx: people.make_code(tx, NOW, person_id=seeded.lan))
        code = store.run(lambda tx, typed=typed: people.find_code(tx, typed, NOW))
        contact = store.run(lambda tx, round=round: greeted(tx, f"30{round}"))
        assert code is not None

        def use_or_revoke(tx: Tx, n: int, code: Any = code, contact: Any = contact) -> bool:
            return people.use_code(tx, code, contact, NOW) if n % 2 else invitations.revoke(tx, code.id, NOW)

        assert sum(at_once(store, use_or_revoke)) == 1


def test_an_application_is_decided_once(store: Store, seeded: Seeded) -> None:
    sau = store.run(lambda tx: greeted(tx, "400"))
    id = store.run(
        lambda tx: applications.hand_in(
            tx, address_id=sau.id, unit_id=seeded.hung, name="Trần Thị Sáu", post="công chức", function=OFFICER, now=NOW
        )
    )
    ends = ["approved", "declined", "withdrawn", "approved"]
    done = at_once(store, lambda tx, n: applications.decide(tx, id, ends[n], NOW, by=seeded.lan))
    assert sorted(done) == [False, False, False, True]
    one = store.run(lambda tx: applications.by_id(tx, id))
    assert one.state == ends[done.index(True)]
    rows = store.run(lambda tx: tx.execute(select(audit.c.action).where(audit.c.object == f"application:{id}")).all())
    assert [row.action for row in rows] == ["application.made", f"application.{one.state}"]


def test_what_waits_is_counted_by_address_and_by_unit(do: Do, seeded: Seeded) -> None:
    sau = do(lambda tx: greeted(tx, "400"))
    about = {"address_id": sau.id, "unit_id": seeded.hung, "name": "Trần Thị Sáu", "post": "x", "function": OFFICER}
    id = do(lambda tx: applications.hand_in(tx, **about, now=NOW))
    assert do(lambda tx: applications.waiting_at(tx, sau.id)).id == id
    assert do(lambda tx: applications.waiting_at(tx, sau.id + 1)) is None
    assert [a.id for a in do(lambda tx: applications.waiting(tx, [seeded.hung, seeded.thang]))] == [id]
    assert do(lambda tx: applications.waiting(tx, [seeded.thang])) == []
    assert do(lambda tx: applications.made_since(tx, sau.id, NOW - timedelta(hours=1))) == 1
    assert do(lambda tx: applications.made_since(tx, sau.id, LATER)) == 0
    assert do(lambda tx: applications.decide(tx, id, "declined", LATER, by=seeded.lan, reason="Chưa rõ")) is True
    assert do(lambda tx: applications.waiting(tx, [seeded.hung])) == []
    assert do(lambda tx: applications.by_id(tx, id)).reason == "Chưa rõ"
    assert do(lambda tx: applications.by_id(tx, 10**6)) is None


def test_functions_are_granted_and_end(do: Do, seeded: Seeded) -> None:
    assert do(lambda tx: people.grant(tx, seeded.lan, OFFICER, NOW, unit_id=seeded.hung)) is False
    assert do(lambda tx: people.grant(tx, seeded.lan, STANDING_OFFICE, NOW, unit_id=seeded.district)) is True
    held = do(lambda tx: roster.of_person(tx, seeded.lan, NOW))
    assert [(o.function, o.unit_id) for o in held] == [(OFFICER, seeded.hung), (STANDING_OFFICE, seeded.district)]
    do(lambda tx: people.attach(tx, seeded.contact.id, seeded.lan, NOW))
    do(lambda tx: people.remember_focus(tx, seeded.contact.id, {"draft": 1}))
    be = do(lambda tx: people.enter(tx, "Phạm Thị Bé", NOW))
    do(lambda tx: roster.hand_over(tx, held[:1], be, NOW))
    assert [o.function for o in do(lambda tx: roster.of_person(tx, seeded.lan, NOW))] == [STANDING_OFFICE]
    assert [o.function for o in do(lambda tx: roster.of_person(tx, be, NOW))] == [OFFICER]
    assert do(lambda tx: people.contact_by_id(tx, seeded.contact.id)).focus == {}
    assert [o.person_id for o in do(lambda tx: roster.at_units(tx, [seeded.hung], NOW))] == [be]
    assert do(lambda tx: people.grant(tx, seeded.lan, OFFICER, LATER, unit_id=seeded.hung)) is True, "and back again"


def test_an_act_that_fails_ends_nothing(do: Do, seeded: Seeded) -> None:
    held = do(lambda tx: roster.of_person(tx, seeded.lan, NOW))

    def break_off(tx: Tx) -> None:
        roster.hand_over(tx, held, None, NOW)
        raise RuntimeError("the line was cut")

    with pytest.raises(RuntimeError, match="cut"):
        do(break_off)
    assert do(lambda tx: roster.of_person(tx, seeded.lan, NOW)) == held


def test_an_administrator_without_units_waits_for_them(do: Do, seeded: Seeded) -> None:
    quan = do(lambda tx: people.add(tx, "Lê Thị Quản", None, ADMINISTRATOR, NOW))
    assert do(lambda tx: people.known(tx, quan, NOW)).units == ()
    assert do(lambda tx: roster.seat_administrators(tx, [], NOW)) == 0
    assert do(lambda tx: roster.seat_administrators(tx, [seeded.district, seeded.thang], NOW)) == 1
    assert do(lambda tx: roster.seat_administrators(tx, [seeded.district], NOW)) == 0
    assert {o.unit_id for o in do(lambda tx: roster.of_person(tx, quan, NOW))} == {seeded.district, seeded.thang}
    assert do(lambda tx: tx.execute(select(role.c.id).where(role.c.unit_id.is_(None))).all()) == []


def test_the_preferred_address_comes_first_and_falls_back(do: Do, seeded: Seeded) -> None:
    web = do(lambda tx: greeted(tx, "w", "web"))
    for contact in (seeded.contact, web):
        do(lambda tx, contact=contact: people.attach(tx, contact.id, seeded.lan, NOW))

    def reached() -> list[int]:
        return [c.id for _, c in do(lambda tx: people.contacts_of_units(tx, [seeded.hung], OFFICER, on=NOW.date()))]

    assert reached() == [seeded.contact.id]
    assert do(lambda tx: addresses.prefer(tx, seeded.lan, web.id, NOW)) is True
    assert reached() == [web.id]
    do(lambda tx: people.note_state(tx, web.id, "blocked", NOW))
    assert reached() == [seeded.contact.id]
    assert do(lambda tx: addresses.other_way(tx, web.id)) == seeded.contact.id
    assert do(lambda tx: addresses.other_way(tx, seeded.contact.id)) is None
    (lost,) = do(lambda tx: addresses.lost_since(tx, NOW - timedelta(days=1)))
    assert (lost.id, lost.state_at) == (web.id, NOW)
    assert do(lambda tx: addresses.lost_since(tx, NOW)) == []
    assert do(lambda tx: addresses.prefer(tx, seeded.lan + 1, web.id, NOW)) is False
    assert do(lambda tx: addresses.remove(tx, seeded.lan + 1, web.id, NOW)) is False
    assert do(lambda tx: addresses.remove(tx, seeded.lan, web.id, NOW)) is True
    assert [w.id for w in do(lambda tx: addresses.of_person(tx, seeded.lan))] == [seeded.contact.id]
    assert do(lambda tx: addresses.lost_since(tx, NOW - timedelta(days=1))) == [], "nobody's any more"


def test_a_state_is_noted_with_its_moment_and_once(do: Do, seeded: Seeded) -> None:
    for moment in (NOW, LATER):
        do(lambda tx, moment=moment: people.note_state(tx, seeded.contact.id, "blocked", moment))
    assert do(lambda tx: tx.execute(select(address.c.state_at)).scalar()) == NOW
    rows = do(
        lambda tx: tx.execute(select(audit.c.before, audit.c.after).where(audit.c.action == "address.state")).all()
    )
    assert [tuple(row) for row in rows] == [({"state": "ok"}, {"state": "blocked"})]


def test_wrong_codes_of_all_addresses_are_counted_while_they_are_fresh(do: Do, seeded: Seeded) -> None:
    window = timedelta(hours=1)
    for n in range(3):
        do(lambda tx, n=n: people.count_try(tx, greeted(tx, f"50{n}"), NOW, window=window))
    do(lambda tx: people.count_try(tx, greeted(tx, "500"), NOW, window=window))
    assert do(lambda tx: people.tries_everywhere(tx, NOW - timedelta(minutes=1))) == 4
    assert do(lambda tx: people.tries_everywhere(tx, NOW)) == 0


def test_a_message_is_passed_on_once_and_what_waits_is_taken_back(do: Do, seeded: Seeded) -> None:
    web = do(lambda tx: greeted(tx, "w", "web"))
    first = do(lambda tx: outbox.add(tx, seeded.contact.id, "notice", "x:1", {}, NOW, not_before=0.0))
    second = do(lambda tx: outbox.pass_on(tx, first, web.id, NOW))
    assert second is not None
    assert do(lambda tx: outbox.pass_on(tx, first, web.id, NOW)) is None
    assert do(lambda tx: outbox.pass_on(tx, second, web.id, NOW)) is None, "never in a circle"
    do(lambda tx: outbox.add(tx, web.id, "reply", "x:2", {}, NOW, not_before=0.0, priority=outbox.REPLY))
    assert do(lambda tx: outbox.take_back(tx, [web.id])) == 1
    assert do(outbox.report) == {"pending": 2, "cancelled": 1}
