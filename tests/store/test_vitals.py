"""How the program is doing, on both databases: what waits, what went out, what failed, and what nobody has seen to."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import update

from bot.chat import Address
from bot.clock import ZONE
from bot.store import inbox, outbox, people, senders, vitals
from bot.store.engine import Store, Tx
from bot.store.tables import outbox as rows

NOW = datetime(2024, 2, 5, 9, 0, tzinfo=ZONE)
REAL = 1_700_000_000.0


def test_an_office_in_which_nothing_has_happened_yet(store: Store) -> None:
    found = store.run(lambda tx: vitals.look(tx, NOW, REAL))
    assert (found.queue, found.due_since, found.sent_day, found.dead, found.updates) == ({}, 0.0, 0, {}, 0)
    assert (found.poison, found.pauses, found.backup, found.first) == (0, {}, 0.0, 0.0)
    assert found.size > 0
    assert found.database == store.dialect


def test_what_waits_went_out_and_failed(store: Store) -> None:
    def furnish(tx: Tx) -> None:
        at = people.greet(tx, Address("telegram", "1"), private=True, name="Lan", language="vi", now=NOW)

        def row(n: int, **values: object) -> None:
            id = outbox.add(tx, at.id, "notice", f"c{n}", {}, NOW, not_before=REAL - 60)
            tx.execute(update(rows).where(rows.c.id == id).values(channel="telegram", **values))

        row(1)  # due for a minute
        row(2, not_before=REAL + 60)
        row(3, state="leased")
        row(4, state="sent", sent_at=NOW - timedelta(seconds=30))
        row(5, state="sent", sent_at=NOW - timedelta(minutes=30))
        row(6, state="sent", sent_at=NOW - timedelta(days=3))
        row(7, state="failed")
        row(8, state="failed", created_at=NOW - timedelta(days=3), settled_at=NOW)
        row(9, state="unknown")
        inbox.add(tx, "telegram:1", "u1", "telegram/1", {}, NOW - timedelta(minutes=2), owner="p", real=REAL)
        inbox.add(tx, "telegram:1", "u2", "", {}, NOW, poison="garbage", owner="p", real=REAL)
        senders.pause(tx, "telegram", REAL + 5, "retry_after")
        senders.pause(tx, "web", REAL - 5, "over by now")
        vitals.note_backup(tx, NOW - timedelta(days=1))
        vitals.note_backup(tx, NOW)

    store.run(furnish)
    found = store.run(lambda tx: vitals.look(tx, NOW, REAL))
    assert dict(found.queue) == {outbox.REMIND: 3}
    assert found.due_since == REAL - 60
    assert (dict(found.sent_minute), found.sent_hour, found.sent_day) == ({"telegram": 1}, 2, 2)
    assert (dict(found.dead), dict(found.dead_day)) == ({"failed": 2, "unknown": 1}, {"failed": 1, "unknown": 1})
    assert dict(found.unsettled) == {"failed": 1, "unknown": 1}
    assert (found.updates, found.updates_since) == (1, (NOW - timedelta(minutes=2)).timestamp())
    assert (found.poison, found.poison_day) == (1, 1)
    assert dict(found.pauses) == {"telegram": (REAL + 5, "retry_after")}
    assert found.backup == NOW.timestamp()
