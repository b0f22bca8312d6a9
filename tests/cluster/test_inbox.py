"""Whose an update is: its owner's, as long as that one is there and its lease lasts; and never before what was said earlier."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from bot.clock import Clock
from bot.store import inbox
from bot.store.engine import Store
from bot.store.holds import Holds
from bot.store.inbox import LEASE_SECONDS, Stored

ACCOUNT = "telegram:1"


@pytest.fixture
def store(postgres_url: str) -> Iterator[Store]:
    store = Store(postgres_url)
    yield store
    store.close()


@pytest.fixture
def there(postgres_url: str) -> Iterator[Holds]:
    """A process "me", which is there; nobody else is."""
    holds = Holds(postgres_url)
    holds.begin("me")
    yield holds
    holds.close()


def said(store: Store, update: str, speaker: str = "telegram:7", owner: str = "me", real: float = 0.0) -> Stored:
    stored = store.run(
        lambda tx: inbox.add(tx, ACCOUNT, update, speaker, {}, Clock().now(), owner=owner, real=real or time.time())
    )
    assert stored
    return stored


def taken(store: Store, owner: str = "me", real: float = 0.0, own: bool = False) -> list[int]:
    rows = store.run(lambda tx: inbox.take_over(tx, owner, [ACCOUNT], real or time.time(), own=own))
    return [row.id for row in rows]


def test_nothing_overtakes_what_the_same_person_said_before(store: Store) -> None:
    first, other, second = said(store, "1"), said(store, "2", "telegram:8"), said(store, "3", owner="another")
    assert not store.run(lambda tx: inbox.take_next(tx, second))
    assert store.run(lambda tx: inbox.earlier(tx, second)) == [first.id]
    assert store.run(lambda tx: inbox.take_next(tx, other)), "somebody else's words wait for nobody"
    assert store.run(lambda tx: inbox.take_next(tx, first))
    assert store.run(lambda tx: inbox.take_next(tx, second))
    assert not store.run(lambda tx: inbox.take_next(tx, second)), "once"
    assert not store.run(lambda tx: inbox.earlier(tx, second))


def test_what_is_set_aside_stands_in_nobodys_way(store: Store) -> None:
    first, second = said(store, "1"), said(store, "2")
    store.run(lambda tx: inbox.failed(tx, first.id, "broken", give_up=True))
    assert store.run(lambda tx: inbox.take_next(tx, second))


def test_what_an_account_of_earlier_days_left_stands_in_nobodys_way(store: Store) -> None:
    store.run(lambda tx: inbox.add(tx, "telegram:0", "1", "telegram:7", {}, Clock().now()))
    second = said(store, "2")
    assert store.run(lambda tx: inbox.take_next(tx, second))
    assert not taken(store, own=True)


def test_who_is_gone_is_taken_over_and_who_is_there_is_not(store: Store, there: Holds) -> None:
    mine, theirs = said(store, "1"), said(store, "2", owner="gone")
    assert store.run(lambda tx: inbox.others(tx, "me"))
    assert taken(store, "me") == [theirs.id]
    assert not store.run(lambda tx: inbox.others(tx, "me"))
    assert taken(store, "somebody") == []
    assert taken(store, "me", own=True) == [mine.id, theirs.id]


def test_a_lease_that_ran_out_is_anybodys_and_one_that_was_renewed_is_not(store: Store, there: Holds) -> None:
    first, second = said(store, "1"), said(store, "2")
    later = time.time() + LEASE_SECONDS + 1
    store.run(lambda tx: inbox.renew(tx, "me", [first.id], later))
    assert taken(store, "somebody", later) == [second.id]


def test_what_was_let_go_of_is_anybodys(store: Store, there: Holds) -> None:
    row = said(store, "1")
    store.run(lambda tx: inbox.let_go(tx, "me"))
    assert taken(store, "somebody") == [row.id]
