"""Secret links in the store: kept by their digest, spent once, let go of with their owner and their time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.chat import Address
from bot.clock import ZONE
from bot.rules.access import OFFICER
from bot.store import held, people, retention, tables, tickets
from bot.store.engine import Store, Tx
from bot.store.tickets import FORM, PAPER, UPLOAD

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=ZONE)
ZALO = Address("zalo:1", "a1b2c3")

Do = Callable[[Callable[[Tx], Any]], Any]


@pytest.fixture
def do(store: Store) -> Do:
    return store.run


@pytest.fixture
def lan(do: Do) -> tuple[int, int]:
    """(person, address)."""

    def work(tx: Tx) -> tuple[int, int]:
        contact = people.greet(tx, ZALO, private=True, name="Lan", language="vi", now=NOW)
        made = people.add(tx, "Lan", None, OFFICER, NOW)
        people.attach(tx, contact.id, made, NOW)
        return made, contact.id

    return do(work)


def offered(do: Do, lan: tuple[int, int], kind: str = UPLOAD) -> str:
    return do(lambda tx: tickets.offer(tx, kind, lan[1], NOW, person_id=lan[0], question="e01"))


def found(do: Do, token: str) -> Any:
    return do(lambda tx: tickets.by_token(tx, token))


def test_only_the_digest_is_kept_and_the_secret_is_256_bits_long(do: Do, lan: tuple[int, int]) -> None:
    token = offered(do, lan)
    assert tickets.TOKEN.fullmatch(token)
    rows = do(lambda tx: tx.execute(select(tables.ticket)).mappings().all())
    assert [row["digest"] for row in rows] == [hashlib.sha256(token.encode()).hexdigest()]
    assert all(token not in str(dict(row)) for row in rows)
    assert offered(do, lan) != token


@pytest.mark.parametrize("wrong", ["", "x", "A" * 43, "../../etc/passwd", "đ" * 43, "A" * 5000])
def test_what_is_no_secret_finds_nothing(do: Do, lan: tuple[int, int], wrong: str) -> None:
    offered(do, lan)
    assert found(do, wrong) is None


@pytest.mark.parametrize(("kind", "days"), [(UPLOAD, 2), (FORM, 7), (PAPER, 7)])
def test_each_kind_lasts_its_days_and_is_still_known_for_a_while(
    do: Do, lan: tuple[int, int], kind: str, days: int
) -> None:
    token = offered(do, lan, kind)
    one = found(do, token)
    assert one.expires_at == NOW + timedelta(days=days)
    ended = one.expires_at + tickets.REMEMBERED
    assert do(lambda tx: tickets.drop_old(tx, ended)) == 0
    assert found(do, token) == one
    assert do(lambda tx: tickets.drop_old(tx, ended + timedelta(seconds=1))) == 1
    assert found(do, token) is None


def test_an_upload_is_spent_once_a_form_and_a_paper_as_often_as_one_likes(do: Do, lan: tuple[int, int]) -> None:
    for kind, again in ((UPLOAD, False), (FORM, True), (PAPER, True)):
        one = found(do, offered(do, lan, kind))
        assert do(lambda tx, one=one: tickets.spend(tx, one, NOW))
        assert do(lambda tx, one=one: tickets.spend(tx, one, NOW)) is again
    actions = do(lambda tx: tx.execute(select(tables.audit.c.action, tables.audit.c.after)).all())
    used = [row.after["link"] for row in actions if row.action == "link.used"]
    assert used == [UPLOAD, FORM, FORM, PAPER, PAPER]


def test_a_work_that_breaks_leaves_the_link_usable(do: Do, lan: tuple[int, int]) -> None:
    one = found(do, offered(do, lan))

    def breaks(tx: Tx) -> None:
        assert tickets.spend(tx, one, NOW)
        raise LookupError

    with pytest.raises(LookupError):
        do(breaks)
    assert do(lambda tx: tickets.spend(tx, one, NOW))


def test_two_at_once_spend_it_once(store: Store, do: Do, lan: tuple[int, int]) -> None:
    one = found(do, offered(do, lan))
    with ThreadPoolExecutor(4) as pool:
        spent = list(pool.map(lambda _: store.run(lambda tx: tickets.spend(tx, one, NOW)), range(4)))
    assert sorted(spent) == [False, False, False, True]


def test_links_go_with_an_erasure_and_are_counted_before(do: Do, lan: tuple[int, int]) -> None:
    token = offered(do, lan)
    assert do(lambda tx: held.on(tx, lan[0], NOW.date())).links == 1
    do(lambda tx: held.erase(tx, lan[0], NOW))
    assert found(do, token) is None


def test_the_round_of_the_clock_drops_old_ones_and_says_how_many(do: Do, lan: tuple[int, int]) -> None:
    offered(do, lan)
    counted = do(lambda tx: retention.let_go_of_messages(tx, retention.Days(30, 180, 365), NOW + timedelta(days=60)))
    assert counted.links == 1
    again = do(lambda tx: retention.let_go_of_messages(tx, retention.Days(30, 180, 365), NOW + timedelta(days=60)))
    assert again == replace(counted, links=0)
