"""What goes out, in the store: claims stay cheap, what did not arrive is listed once, and sent again once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text

from bot.chat import Address
from bot.clock import ZONE
from bot.rules.access import OFFICER
from bot.store import outbox, people, senders
from bot.store.engine import Store, Tx
from bot.store.outbox import Dead, Message, Swept
from bot.store.people import Contact

NOW = datetime(2024, 2, 5, 9, 0, tzinfo=ZONE)
BY = "telegram"


def greeted(tx: Tx, chat: str, *, private: bool = True, thread: str = "", channel: str = BY) -> Contact:
    at = Address(channel, chat, thread)
    return people.greet(tx, at, private=private, name=f"tên {chat}", language="vi", now=NOW)


def put(tx: Tx, to: int, cause: str, **given: Any) -> int:
    made = outbox.add(tx, to, given.pop("kind", "reminder"), cause, {"text": cause}, NOW, **{"not_before": 0.0} | given)
    assert made is not None
    return made


def fill(
    tx: Tx, count: int, state: str, *, priority: int = outbox.BULK, not_before: float = 0.0, chats: int = 50
) -> None:
    """So many rows in one statement, spread over some chats of their own."""
    first = greeted(tx, f"{state}-{priority}-{not_before}-0").id
    for n in range(1, chats):
        greeted(tx, f"{state}-{priority}-{not_before}-{n}")
    numbers = "generate_series(1, :count) AS n(n)" if tx.dialect.name == "postgresql" else "n"
    head = (
        ""
        if tx.dialect.name == "postgresql"
        else "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < :count) "
    )
    into = (
        "INSERT INTO outbox (address_id, channel, kind, priority, cause, subject, payload, state, not_before, attempts, created_at)"
        " {head}SELECT :first + n.n % :chats, :by, 'broadcast', :priority, :state || :priority || :at || ':' || n.n, '', '{{}}',"
        " :state, :at, 0, :now FROM {numbers}"
    )
    values = {"count": count, "first": first, "chats": chats, "by": BY, "priority": priority, "state": state}
    tx.execute(
        text(into.format(head=head, numbers=numbers).replace(":now", "'2024-02-05 02:00:00'")),
        values | {"at": not_before},
    )


def rows_by_state(tx: Tx) -> dict[int, str]:
    return {row.id: row.state for row in tx.execute(text("SELECT id, state FROM outbox")).all()}


# Claims


@contextmanager
def counted(tx: Tx) -> Iterator[list[int]]:
    """Hundreds of steps of SQLite's own machine: they depend on no clock."""
    steps = [0]

    def count() -> None:
        steps[0] += 1

    raw = tx.info["line"].raw
    raw.set_progress_handler(count, 100)
    try:
        yield steps
    finally:
        raw.set_progress_handler(None, 0)


def test_a_claim_costs_the_same_however_much_waits_and_was_sent(sqlite_url: str) -> None:
    store = Store(sqlite_url)

    def cost(tx: Tx) -> int:
        with counted(tx) as steps:
            assert len(outbox.claim(tx, "a", 1.0, BY)) == 50
            assert outbox.claim_replies(tx, "a", 1.0, [BY]) == []
            assert outbox.claim(tx, "a", 1.0, "web") == []
            assert outbox.owners(tx) == {"a"}
            assert outbox.sweep(tx, 10**12) == Swept(50, 0)
        return steps[0]

    store.run(lambda tx: fill(tx, 1000, "pending"))
    small = store.run(cost)
    store.run(lambda tx: fill(tx, 20_000, "sent"))
    store.run(lambda tx: fill(tx, 100_000, "pending", not_before=0.5))
    store.run(lambda tx: fill(tx, 100_000, "pending", priority=outbox.REMIND, not_before=9e9))
    large = store.run(cost)
    store.close()
    assert large < 2 * small + 20, "200,000 that wait and 20,000 that were sent are not read"


def test_postgresql_finds_what_waits_by_the_index_of_what_waits(postgres_url: str) -> None:
    store = Store(postgres_url)
    store.run(lambda tx: fill(tx, 20_000, "sent"))
    store.run(lambda tx: fill(tx, 20_000, "pending", not_before=9e9))
    store.run(lambda tx: fill(tx, 1000, "pending"))

    def plan(tx: Tx) -> str:
        tx.execute(text("ANALYZE outbox"))
        tx.execute(text("ANALYZE address"))
        statement = outbox._heads(BY, outbox.BULK, 1.0, 50)
        told = str(statement.compile(dialect=tx.dialect, compile_kwargs={"literal_binds": True}))
        return "\n".join(tx.exec_driver_sql("EXPLAIN " + told.replace("%", "%%")).scalars())

    told = store.run(plan)
    store.close()
    assert "ix_outbox_waiting" in told
    assert "Seq Scan on outbox" not in told


def test_what_was_written_in_a_mass_finds_its_channel(store: Store) -> None:
    to = store.run(lambda tx: greeted(tx, "lan")).id
    one = store.run(lambda tx: put(tx, to, "r1"))
    store.run(lambda tx: tx.execute(text("UPDATE outbox SET channel = ''")).rowcount)
    assert [m.id for m in store.run(lambda tx: outbox.claim(tx, "a", 1.0, BY))] == [one]


def test_a_channel_is_claimed_by_itself(store: Store) -> None:
    lan, web = store.run(lambda tx: (greeted(tx, "lan").id, greeted(tx, "lan", channel="web").id))
    one = store.run(lambda tx: put(tx, lan, "r1"))
    other = store.run(lambda tx: put(tx, web, "r2", priority=outbox.BULK))
    assert [m.id for m in store.run(lambda tx: outbox.claim(tx, "a", 1.0, "web"))] == [other]
    assert [m.id for m in store.run(lambda tx: outbox.claim(tx, "a", 1.0, BY))] == [one]


def test_a_group_whose_pace_is_used_up_waits_in_all_its_threads(store: Store) -> None:
    group, topic = store.run(
        lambda tx: (greeted(tx, "-5", private=False).id, greeted(tx, "-5", private=False, thread="7").id)
    )
    first, second = store.run(lambda tx: (put(tx, group, "r1"), put(tx, topic, "r2")))
    for _ in range(2):
        store.run(lambda tx: outbox.occupy(tx, BY, "-5", 100.0, gap=3.0))
    assert store.run(lambda tx: outbox.claim(tx, "a", 105.9, BY)) == []
    assert [m.id for m in store.run(lambda tx: outbox.claim(tx, "a", 106.1, BY))] == [first, second]


def test_there_are_three_priorities_and_two_ways(store: Store) -> None:
    to = store.run(lambda tx: greeted(tx, "lan")).id
    for wrong in ({"priority": 15}, {"unsure": "perhaps"}):
        with pytest.raises(ValueError, match="no such"):
            store.run(lambda tx, wrong=wrong: put(tx, to, "r1", **wrong))


# Leases


def test_only_what_a_process_really_has_in_hand_stays_with_it(store: Store) -> None:
    ids = store.run(lambda tx: [put(tx, greeted(tx, f"c{n}").id, f"r{n}") for n in range(3)])
    store.run(lambda tx: outbox.claim(tx, "a", 1000.0, BY))
    later = 1000.0 + outbox.LEASE_SECONDS + 1
    assert store.run(lambda tx: outbox.renew(tx, "a", ids[:1], later)) == 1
    assert store.run(lambda tx: outbox.renew(tx, "b", ids, later)) == 0
    assert store.run(lambda tx: outbox.sweep(tx, later)) == Swept(2, 0)
    assert store.run(lambda tx: outbox.owners(tx)) == {"a"}
    assert store.run(lambda tx: outbox.sweep(tx, 0.0, {"b"})) == Swept(0, 0)
    assert store.run(lambda tx: outbox.sweep(tx, 0.0, {"a"})) == Swept(1, 0)
    assert not store.run(lambda tx: outbox.begin_sending(tx, ids[0], "a")), "a dead man's send does not begin"


def test_what_is_held_is_unknown_once_its_sending_had_begun(store: Store) -> None:
    ids = store.run(lambda tx: [put(tx, greeted(tx, f"c{n}").id, f"r{n}", unsure="hold") for n in range(2)])
    store.run(lambda tx: outbox.claim(tx, "a", 1000.0, BY))
    store.run(lambda tx: outbox.begin_sending(tx, ids[0], "a"))
    assert store.run(lambda tx: outbox.release_all(tx, "a")) == 1
    assert store.run(rows_by_state) == {ids[0]: "unknown", ids[1]: "pending"}


# Pauses


def test_a_pause_is_known_to_all_and_never_made_shorter(store: Store) -> None:
    store.run(lambda tx: senders.pause(tx, "telegram", 100.0, "429"))
    store.run(lambda tx: senders.pause(tx, "telegram", 50.0, "429" * 100))
    assert store.run(senders.pauses) == {"telegram": 100.0}
    store.run(lambda tx: senders.pause(tx, "telegram", 150.0, "x" * 500))
    store.run(lambda tx: senders.pause(tx, "web", 10.0, ""))
    assert store.run(senders.pauses) == {"telegram": 150.0, "web": 10.0}


# What did not arrive


def ended(store: Store, to: int, cause: str, state: str = "blocked", **given: Any) -> int:
    id = store.run(lambda tx: put(tx, to, cause, **given))
    store.run(lambda tx: outbox.end(tx, id, state, "why"))
    return id


def dead(store: Store, unit_ids: list[int] | None = None, **given: Any) -> list[int]:
    found: list[Dead] = store.run(lambda tx: outbox.dead(tx, unit_ids, **given))
    return [one.id for one in found]


def test_what_did_not_arrive_is_told_once_and_sent_again_once(store: Store) -> None:
    lan = store.run(lambda tx: greeted(tx, "lan")).id
    states = ("blocked", "gone", "failed", "unknown", "cancelled", "sent")
    ids = [ended(store, lan, f"r{n}", state) for n, state in enumerate(states)]
    answer = ended(store, lan, "a", kind="reply")
    assert dead(store) == ids[3::-1], "the newest first; an answer is asked for again by who wanted it"
    assert answer in dead(store, kinds=("reply",))
    assert store.run(lambda tx: outbox.lost(tx))["reminder", "unknown"] == 1
    again = store.run(lambda tx: outbox.resend(tx, [ids[0], ids[4], ids[5], 999_999], NOW, 5.0))
    assert len(again) == 1
    assert store.run(lambda tx: outbox.resend(tx, ids[:1], NOW, 5.0)) == [], "pressed twice"
    assert dead(store) == ids[3:0:-1]
    causes = store.run(
        lambda tx: tx.execute(text("SELECT cause FROM outbox WHERE id = :id"), {"id": again[0]}).scalar()
    )
    assert causes == "r0~2"
    store.run(lambda tx: outbox.end(tx, again[0], "failed", "again"))
    (third,) = store.run(lambda tx: outbox.resend(tx, again, NOW, 5.0))
    assert store.run(rows_by_state)[third] == "pending"
    assert store.run(rows_by_state)[ids[0]] == "blocked", "the report stays"
    assert store.run(lambda tx: outbox.let_be(tx, ids, NOW)) == 3
    assert store.run(lambda tx: outbox.let_be(tx, ids, NOW)) == 0
    assert dead(store) == []


def test_whose_words_were_let_go_of_is_not_sent_again(store: Store) -> None:
    id = ended(store, store.run(lambda tx: greeted(tx, "lan")).id, "r1")
    store.run(lambda tx: tx.execute(text("UPDATE outbox SET payload = '{}'")).rowcount)
    (one,) = store.run(lambda tx: outbox.dead(tx))
    assert not one.kept
    assert store.run(lambda tx: outbox.resend(tx, [id], NOW, 5.0)) == []


def test_it_goes_again_to_where_the_person_is_reached_now_and_whole(store: Store) -> None:
    person_id = store.run(lambda tx: people.add(tx, "Trần Thị Lan", None, OFFICER, NOW))

    def attach(tx: Tx, channel: str) -> int:
        contact = greeted(tx, "lan", channel=channel)
        tx.execute(text("UPDATE address SET person_id = :p WHERE id = :a"), {"p": person_id, "a": contact.id})
        return contact.id

    phone, web = store.run(lambda tx: (attach(tx, BY), attach(tx, "web")))
    id = store.run(lambda tx: put(tx, phone, "r1"))
    store.run(lambda tx: outbox.end(tx, id, "blocked", "why", rest={"text": "the second half"}))
    store.run(lambda tx: people.note_state(tx, phone, "blocked", NOW))
    (again,) = store.run(lambda tx: outbox.resend(tx, [id], NOW, 5.0))
    (message,) = store.run(lambda tx: outbox.claim(tx, "a", 6.0, "web"))
    assert (message.id, message.address_id, message.payload) == (again, web, {"text": "r1"})


def test_what_was_sent_again_and_then_passed_on_may_be_sent_again_from_there(store: Store) -> None:
    first, other = store.run(lambda tx: (greeted(tx, "lan").id, greeted(tx, "lan", channel="web").id))
    id = ended(store, first, "r1", "failed")
    (again,) = store.run(lambda tx: outbox.resend(tx, [id], NOW, 5.0))
    store.run(lambda tx: outbox.end(tx, again, "blocked", "why"))
    passed = store.run(lambda tx: outbox.pass_on(tx, again, other, NOW))
    store.run(lambda tx: outbox.end(tx, passed, "failed", "why"))
    for _ in range(2):
        (made,) = store.run(lambda tx, id=passed: outbox.resend(tx, [id], NOW, 5.0))
        assert store.run(rows_by_state)[made] == "pending"
        store.run(lambda tx, id=made: outbox.end(tx, id, "failed", "why"))
        passed = made


def test_an_edit_of_a_groups_list_waits_for_the_answer_that_found_it_waiting(store: Store) -> None:
    """What an answer leaves to a message or an edit that is about to leave is composed after the answer stands there."""
    group = store.run(lambda tx: greeted(tx, "-5", private=False)).id
    post = store.run(lambda tx: put(tx, group, "r1", subject="due:1"))
    (message,) = store.run(lambda tx: outbox.claim(tx, "a", 1.0, BY))
    order: list[str] = []
    begun, go_on = threading.Event(), threading.Event()

    def answer(tx: Tx) -> int:
        asked = outbox.refresh(tx, "due:1", NOW, not_before=0.0)
        begun.set()
        assert go_on.wait(10)
        order.append("answered")
        return asked

    def begin(tx: Tx, id: int) -> bool:
        marked = outbox.begin_sending(tx, id, "a")
        order.append("composed")
        return marked

    def race(id: int) -> int:
        order.clear(), begun.clear(), go_on.clear()
        with ThreadPoolExecutor(2) as threads:
            answering = threads.submit(store.run, answer)
            assert begun.wait(10)
            composing = threads.submit(store.run, lambda tx: begin(tx, id))
            time.sleep(0.3)
            go_on.set()
            assert composing.result()
            assert order == ["answered", "composed"]
            return int(answering.result())

    assert race(message.id) == 0, "the list itself will tell of it"
    store.run(lambda tx: outbox.sent(tx, post, "77", NOW))
    assert store.run(lambda tx: outbox.refresh(tx, "due:1", NOW, not_before=0.0)) == 1
    (edit,) = store.run(lambda tx: outbox.claim(tx, "a", 1.0, BY))
    assert edit.kind == "refresh"
    assert race(edit.id) == 0, "the edit that waits will tell of it"
    later = NOW.replace(hour=10)
    assert store.run(lambda tx: outbox.refresh(tx, "due:1", later, not_before=0.0)) == 1, "what is composed is too late"


def test_an_office_sees_what_was_for_its_units_and_no_other(store: Store) -> None:
    def make(tx: Tx) -> tuple[int, int]:
        into = "INSERT INTO unit (code, name, kind, aliases) VALUES (:c, 'x', 'commune', '[]') RETURNING id"
        first, second = (tx.execute(text(into), {"c": code}).scalar() for code in ("a", "b"))
        assert first is not None and second is not None
        return first, second

    first, second = store.run(make)
    lan = store.run(lambda tx: people.add(tx, "Lan", first, OFFICER, NOW))

    def places(tx: Tx) -> tuple[int, int]:
        at = greeted(tx, "lan")
        group = greeted(tx, "-5", private=False)
        tx.execute(text("UPDATE address SET person_id = :p WHERE id = :a"), {"p": lan, "a": at.id})
        tx.execute(text("UPDATE address SET unit_id = :u WHERE id = :a"), {"u": second, "a": group.id})
        return at.id, group.id

    phone, group = store.run(places)
    hers, theirs = ended(store, phone, "r1"), ended(store, group, "r2", "gone")
    assert dead(store, [first]) == [hers]
    assert dead(store, [second]) == [theirs]
    assert dead(store, [first, second]) == [theirs, hers]
    assert dead(store, []) == []
    (one,) = store.run(lambda tx: outbox.dead(tx, [first]))
    assert (one.name, one.state, one.private, one.reachable) == ("Lan", "blocked", True, True)
    assert dead(store, [first], since=NOW.replace(year=2025)) == []
    assert dead(store, channels={"web"}) == []


def test_a_group_that_moved_takes_along_what_waits(store: Store) -> None:
    old, new = store.run(lambda tx: (greeted(tx, "-5", private=False).id, greeted(tx, "-1005", private=False).id))
    ids = store.run(lambda tx: [put(tx, old, f"r{n}") for n in range(2)])
    (message,) = store.run(lambda tx: outbox.claim(tx, "a", 1.0, BY))
    assert isinstance(message, Message)
    store.run(lambda tx: outbox.follow(tx, message, "-1005"))
    at = store.run(lambda tx: tx.execute(text("SELECT DISTINCT address_id FROM outbox")).scalars().all())
    assert (list(at), ids[0]) == ([new], message.id)
    store.run(lambda tx: outbox.follow(tx, message, "-7"))
    assert store.run(lambda tx: tx.execute(text("SELECT DISTINCT address_id FROM outbox")).scalars().all()) == [new]
