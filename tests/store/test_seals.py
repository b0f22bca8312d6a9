"""The chain of seals: what it finds when somebody who may write to the database has changed the trace."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bot.store import audit, seals
from bot.store.engine import Store, Tx
from bot.store.seals import Verdict

NOW = datetime(2024, 2, 5, 2, 0, 0, 123456, tzinfo=UTC)
LAN, VAN_HUNG = 7, 3


def effects(tx: Tx, many: int, since: int = 0) -> None:
    for n in range(since, since + many):
        audit.acting(tx, audit.By("telegram", LAN, VAN_HUNG), NOW + timedelta(minutes=n))
        said = {"state": "self_scored", "total": f"{90 + n}.5", "name": "Vạn Hưng"}
        audit.note(tx, "exemplar.scored", f"exemplar:{n}", about=VAN_HUNG, before={"state": "registered"}, after=said)


def seal_all(store: Store, at_most: int = seals.ROWS) -> list[seals.Seal]:
    """What the tick does, with small seals where the test wants several."""
    made: list[seals.Seal] = []

    def one(tx: Tx) -> seals.Seal | None:
        mark = seals.Mark(tx.execute(text("SELECT max(id) FROM audit")).scalar_one(), 0)
        return seals.seal(tx, mark, NOW, at_most)

    while (found := store.run(one)) is not None:
        made.append(found)
    return made


@pytest.fixture
def ten(store: Store) -> Store:
    """Ten rows under seals of four, four and two."""
    store.run(lambda tx: effects(tx, 10))
    assert [(s.first, s.last, s.many) for s in seal_all(store, 4)] == [(1, 4, 4), (5, 8, 4), (9, 10, 2)]
    return store


def looked_at(store: Store, *heads: str) -> Verdict:
    return store.run(lambda tx: seals.verify(tx, heads))


def found(verdict: Verdict) -> list[tuple[str, int]]:
    return [(fault.kind, fault.row or fault.seal) for fault in verdict.faults]


def tamper(store: Store, *statements: str) -> None:
    """As somebody with the database's password does: the triggers go first."""

    def work(tx: Tx) -> None:
        if tx.dialect.name == "sqlite":
            names = tx.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
            assert len(names) == 6
            for name in names:
                tx.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            tx.exec_driver_sql("ALTER TABLE audit DISABLE TRIGGER ALL")
            tx.exec_driver_sql("ALTER TABLE audit_seal DISABLE TRIGGER ALL")
        for statement in statements:
            assert tx.exec_driver_sql(statement).rowcount >= 1, statement

    store.run(work)


def test_an_untouched_trace_is_sound(ten: Store) -> None:
    ten.run(lambda tx: effects(tx, 3, since=10))
    verdict = looked_at(ten)
    assert verdict.sound
    assert (verdict.rows, verdict.seals, verdict.unsealed) == (13, 3, 3)
    assert verdict.unsealed_since == "2024-02-05T02:10:00.123456+00:00"


def test_an_empty_trace_is_sound(store: Store) -> None:
    verdict = looked_at(store)
    assert verdict.sound and (verdict.rows, verdict.seals, verdict.head) == (0, 0, "")
    assert store.run(seals.mark) is None


def test_sealing_again_changes_nothing(ten: Store) -> None:
    assert ten.run(seals.mark) is None
    assert ten.run(lambda tx: seals.seal(tx, seals.Mark(10, 0), NOW)) is None
    assert looked_at(ten).seals == 3


def test_the_digests_are_the_same_on_both_databases(ten: Store) -> None:
    """Written down here, so that no change of the program can make old seals worthless unnoticed."""
    assert looked_at(ten).head == HEAD


HEAD = "2344aae2d0cab2a23305dd849be64e4793f13fc7965c34d60118c10c789fc2dd"


@pytest.mark.parametrize(
    "change",
    [
        'UPDATE audit SET after = \'{"state": "self_scored", "total": "99"}\' WHERE id = 6',
        "UPDATE audit SET before = NULL WHERE id = 6",
        "UPDATE audit SET person = 8 WHERE id = 6",
        "UPDATE audit SET person = NULL WHERE id = 6",
        "UPDATE audit SET unit = 4 WHERE id = 6",
        "UPDATE audit SET about = 4 WHERE id = 6",
        "UPDATE audit SET channel = 'web' WHERE id = 6",
        "UPDATE audit SET action = 'exemplar.amended' WHERE id = 6",
        "UPDATE audit SET object = 'exemplar:77' WHERE id = 6",
        "UPDATE audit SET at = '2024-02-05 02:05:00.123457' WHERE id = 6",
    ],
)
def test_a_changed_value_is_found_with_its_row(ten: Store, change: str) -> None:
    if ten.dialect == "postgresql":
        change = change.replace(".123457'", ".123457+00'")
    tamper(ten, change)
    verdict = looked_at(ten)
    assert found(verdict) == [("changed", 6)]
    assert verdict.faults[0].seal == 2 and verdict.faults[0].at.startswith("2024-02-05T02:05:00")


def test_a_value_that_no_row_of_ours_can_hold_is_found(sqlite_url: str) -> None:
    store = Store(sqlite_url)
    store.run(lambda tx: effects(tx, 10))
    seal_all(store, 4)
    tamper(
        store,
        "UPDATE audit SET at = 'yesterday' WHERE id = 2",
        "UPDATE audit SET after = '{' WHERE id = 3",
        "UPDATE audit SET person = X'00ff' WHERE id = 6",
        """UPDATE audit SET after = '{"total": "1", ' || substr(after, 2) WHERE id = 7""",
    )
    assert found(looked_at(store)) == [("unreadable", id) for id in (2, 3, 6, 7)]
    store.close()


def test_a_deleted_row_is_found(ten: Store) -> None:
    tamper(ten, "DELETE FROM audit WHERE id = 6")
    assert found(looked_at(ten)) == [("missing", 6)]


def test_two_rows_that_changed_places_are_found(ten: Store) -> None:
    tamper(
        ten,
        "UPDATE audit SET id = 100 WHERE id = 5",
        "UPDATE audit SET id = 5 WHERE id = 7",
        "UPDATE audit SET id = 7 WHERE id = 100",
    )
    verdict = looked_at(ten)
    assert [(f.kind, f.row, f.other) for f in verdict.faults] == [("moved", 5, 7), ("moved", 7, 5)]


def test_a_row_put_into_a_gap_is_found(store: Store) -> None:
    store.run(lambda tx: effects(tx, 6))
    tamper(store, "DELETE FROM audit WHERE id = 3")  # a number that was given out and never used, as on PostgreSQL
    seal_all(store, 4)
    assert looked_at(store).sound
    columns = "at, person, unit, channel, action, object, about, before, after"
    store.run(
        lambda tx: (
            tx.exec_driver_sql(f"INSERT INTO audit (id, {columns}) SELECT 3, {columns} FROM audit WHERE id = 2")
            and None
        )
    )
    assert found(looked_at(store)) == [("inserted", 3)]


def test_a_row_put_before_all_others_is_found(ten: Store) -> None:
    columns = "at, person, unit, channel, action, object, about, before, after"
    tamper(ten, f"INSERT INTO audit (id, {columns}) SELECT -5, {columns} FROM audit WHERE id = 2")
    assert found(looked_at(ten)) == [("inserted", -5)]


def test_a_row_pushed_in_between_is_found(ten: Store) -> None:
    columns = "at, person, unit, channel, action, object, about, before, after"
    tamper(
        ten,
        *(f"UPDATE audit SET id = {id + 1} WHERE id = {id}" for id in range(10, 5, -1)),
        f"INSERT INTO audit (id, {columns}) SELECT 6, {columns} FROM audit WHERE id = 2",
    )
    kinds = found(looked_at(ten))
    assert kinds[0] == ("changed", 6)
    assert ("moved", 7) in kinds and ("moved", 10) in kinds


def test_a_deleted_seal_is_found(ten: Store) -> None:
    tamper(ten, "DELETE FROM audit_seal WHERE id = 2")
    assert found(looked_at(ten)) == [("seal missing", 9)]
    assert looked_at(ten).faults[0].seal == 2


def test_a_deleted_seal_is_found_when_the_others_are_numbered_anew(ten: Store) -> None:
    tamper(ten, "DELETE FROM audit_seal WHERE id = 2", "UPDATE audit_seal SET id = 2 WHERE id = 3")
    assert ("seal cut", 2) in found(looked_at(ten))


@pytest.mark.parametrize(
    "change",
    ["digest = 'f' || substr(digest, 2)", "many = 5", "first = 4", "previous = ''", "at = '2024-02-06 00:00:00+00'"],
)
def test_a_changed_seal_is_found(ten: Store, change: str) -> None:
    tamper(ten, f"UPDATE audit_seal SET {change} WHERE id = 2")
    faults = looked_at(ten).faults
    assert faults and {fault.seal for fault in faults} <= {2, 3}


def test_marks_that_were_fitted_do_not_help(ten: Store) -> None:
    """The marks only tell which row it is; that something is wrong the digest tells."""
    tamper(ten, "UPDATE audit SET person = 8 WHERE id = 6")
    row = ten.run(lambda tx: next(r for r in seals._page(tx, 5, 1)))
    fitted = f"6:{seals._digest(row)[: seals.MARK_LETTERS]}"
    ten.run(lambda tx: _fit(tx, fitted))
    assert [(f.kind, f.seal) for f in looked_at(ten).faults] == [("seal changed", 2)]


def _fit(tx: Tx, fitted: str) -> None:
    marks = tx.execute(text("SELECT marks FROM audit_seal WHERE id = 2")).scalar_one().split()
    marks[1] = fitted
    tx.execute(text("UPDATE audit_seal SET marks = :marks WHERE id = 2"), {"marks": " ".join(marks)})


def test_the_last_seals_cut_off_are_found_beside_a_copy(ten: Store) -> None:
    head = looked_at(ten).head
    tamper(ten, "DELETE FROM audit WHERE id > 8", "DELETE FROM audit_seal WHERE id = 3")
    assert looked_at(ten).sound, "the database alone cannot tell"
    assert found(looked_at(ten, head)) == [("head missing", 0)]


def test_a_chain_made_anew_is_found_beside_a_copy(ten: Store) -> None:
    head = looked_at(ten).head
    tamper(ten, "UPDATE audit SET person = 8 WHERE id = 6", "DELETE FROM audit_seal")
    seal_all(ten, 4)
    assert looked_at(ten).sound, "the database alone cannot tell"
    assert found(looked_at(ten, head)) == [("head missing", 0)]


def test_a_copy_of_any_seal_will_do(ten: Store) -> None:
    digests = ten.run(lambda tx: tx.execute(text("SELECT digest FROM audit_seal ORDER BY id")).scalars().all())
    assert looked_at(ten, *digests).sound
    assert looked_at(ten, seals.grouped(digests[0]).upper()).sound
    assert not looked_at(ten, "0" * 64).sound


def test_a_row_missing_among_those_not_yet_sealed_is_found_on_sqlite(sqlite_url: str) -> None:
    store = Store(sqlite_url)
    store.run(lambda tx: effects(tx, 10))
    seal_all(store, 4)
    store.run(lambda tx: effects(tx, 4, since=10))
    tamper(store, "DELETE FROM audit WHERE id IN (11, 13)")
    assert [(f.kind, f.row, f.other) for f in looked_at(store).faults] == [("missing", 11, 11), ("missing", 13, 13)]
    store.close()


def test_numbers_that_were_gone_before_they_were_sealed_are_counted_on_sqlite(sqlite_url: str) -> None:
    store = Store(sqlite_url)
    store.run(lambda tx: effects(tx, 10))
    tamper(store, "DELETE FROM audit WHERE id IN (1, 5, 6)")
    seal_all(store, 4)
    verdict = looked_at(store)
    assert verdict.sound and verdict.unused == 3
    tamper_again = "DELETE FROM audit WHERE id = 7"
    store.run(lambda tx: tx.exec_driver_sql(tamper_again) and None)
    assert found(looked_at(store)) == [("missing", 7)] and looked_at(store).unused == 3
    store.close()


def test_what_is_wrong_everywhere_is_not_told_without_end(store: Store) -> None:
    store.run(lambda tx: effects(tx, seals.MOST_FAULTS + 40))
    seal_all(store)
    tamper(store, "UPDATE audit SET person = 8")
    verdict = looked_at(store)
    assert (len(verdict.faults), verdict.more) == (seals.MOST_FAULTS, 40)


# -- nobody changes it by the program's own ways ---------------------------------------------------------------------


@pytest.mark.parametrize("table", ["audit", "audit_seal"])
@pytest.mark.parametrize("change", ["UPDATE {} SET at = at", "UPDATE {} SET id = 50 WHERE id = 1", "DELETE FROM {}"])
def test_the_database_refuses_to_change_the_trace(ten: Store, table: str, change: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"):
        ten.run(lambda tx: tx.exec_driver_sql(change.format(table)) and None)
    assert looked_at(ten).sound


def test_sqlite_refuses_a_row_that_replaces_another(sqlite_url: str) -> None:
    """REPLACE deletes without a word to the triggers on DELETE."""
    store = Store(sqlite_url)
    store.run(lambda tx: effects(tx, 3))
    columns = "at, person, unit, channel, action, object, about, before, after"
    replaced = f"INSERT OR REPLACE INTO audit (id, {columns}) SELECT 2, {columns} FROM audit WHERE id = 3"
    with pytest.raises(DBAPIError, match="append-only"):
        store.run(lambda tx: tx.exec_driver_sql(replaced) and None)
    store.close()


def test_postgresql_refuses_to_empty_the_trace(postgres_url: str) -> None:
    store = Store(postgres_url)
    store.run(lambda tx: effects(tx, 3))
    with pytest.raises(DBAPIError, match="append-only"):
        store.run(lambda tx: tx.exec_driver_sql("TRUNCATE audit") and None)
    store.close()


# -- rows that are committed in another order than they were numbered ------------------------------------------------


def test_postgresql_waits_for_a_row_that_comes_late(postgres_url: str) -> None:
    store = Store(postgres_url)
    numbered, go_on = threading.Event(), threading.Event()

    def slow(tx: Tx) -> None:
        effects(tx, 1)
        numbered.set()
        assert go_on.wait(20)

    late = threading.Thread(target=lambda: store.run(slow))
    late.start()
    assert numbered.wait(20)
    store.run(lambda tx: effects(tx, 2, since=1))  # numbers 2 and 3, committed before number 1

    mark = _marked(store)
    assert mark is not None and mark.row == 3
    with pytest.raises(seals.NotYet):
        store.run(lambda tx: seals.seal(tx, mark, NOW))
    go_on.set()
    late.join()
    sealed = store.run(lambda tx: seals.seal(tx, mark, NOW))
    assert sealed is not None and (sealed.first, sealed.last, sealed.many) == (1, 3, 3)
    assert looked_at(store).sound
    store.close()


def test_postgresql_does_not_wait_for_who_came_after_the_mark(postgres_url: str) -> None:
    store = Store(postgres_url)
    store.run(lambda tx: effects(tx, 2))
    mark = _marked(store)
    assert mark is not None
    began, go_on = threading.Event(), threading.Event()

    def slow(tx: Tx) -> None:
        effects(tx, 1, since=2)
        began.set()
        assert go_on.wait(20)

    later = threading.Thread(target=lambda: store.run(slow))
    later.start()
    assert began.wait(20)
    sealed = store.run(lambda tx: seals.seal(tx, mark, NOW))
    assert sealed is not None and sealed.last == 2
    go_on.set()
    later.join()
    assert looked_at(store).unsealed == 1
    store.close()


def _marked(store: Store) -> seals.Mark | None:
    import asyncio

    return asyncio.run(store.read(seals.mark))


def test_many_writers_and_two_that_seal(postgres_url: str) -> None:
    stores = [Store(postgres_url) for _ in range(3)]
    ended = threading.Event()
    troubles: list[BaseException] = []

    def doing(act: Callable[[], Any]) -> threading.Thread:
        def run() -> None:
            try:
                act()
            except BaseException as trouble:
                troubles.append(trouble)

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    def write(n: int) -> None:
        for round in range(40):
            stores[n % 3].run(lambda tx, round=round: effects(tx, 1 + round % 3, since=n * 1000 + round))  # type: ignore[misc]

    def seal(store: Store) -> None:
        while not ended.is_set():
            mark = _marked(store)
            try:
                while mark is not None and store.run(lambda tx, mark=mark: seals.seal(tx, mark, NOW, 7)):  # type: ignore[misc]
                    pass
            except seals.NotYet:
                pass

    sealing = [doing(lambda store=store: seal(store)) for store in stores[:2]]  # type: ignore[misc]
    writing = [doing(lambda n=n: write(n)) for n in range(6)]  # type: ignore[misc]
    for thread in writing:
        thread.join()
    ended.set()
    for thread in sealing:
        thread.join()
    assert not troubles
    during = looked_at(stores[0])
    assert during.sound and during.seals > 10
    seal_all(stores[0])
    verdict = looked_at(stores[0])
    assert verdict.sound and verdict.unsealed == 0 and verdict.rows == 6 * sum(1 + n % 3 for n in range(40))
    for store in stores:
        store.close()
