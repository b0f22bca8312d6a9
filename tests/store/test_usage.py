"""The ledger: each bot and month by itself, months as the office's calendar has them, and nothing counted twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.chat import Address
from bot.clock import ZONE
from bot.rules.access import OFFICER, UNIT_HEAD, WRITTEN_TO
from bot.store import people, usage
from bot.store.engine import Store
from bot.store.once import insert_row
from bot.store.tables import unit
from bot.store.usage import Served, Used

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=ZONE)
ONE, OTHER = "zalo:41800000017", "zalo:41800000029"

Do = Callable[[Callable[[Any], Any]], Any]


@pytest.fixture
def do(store: Store) -> Do:
    return lambda work: store.run(work)


def test_each_bot_has_a_ledger_of_its_own(do: Do) -> None:
    do(lambda tx: usage.count(tx, ONE, NOW, sent=2))
    assert do(lambda tx: usage.count(tx, ONE, NOW, received=3)) == Used(ONE, 2, 3)
    assert do(lambda tx: usage.count(tx, OTHER, NOW, sent=1)) == Used(OTHER, 1, 0)
    assert do(lambda tx: usage.every(tx, [ONE, OTHER], NOW)) == {ONE: Used(ONE, 2, 3), OTHER: Used(OTHER, 1, 0)}
    assert do(lambda tx: usage.of(tx, ONE, NOW)).both == 5


def test_the_month_is_the_offices_not_greenwichs(do: Do) -> None:
    evening = datetime(2026, 11, 30, 16, 59, tzinfo=UTC)  # a minute before December in Viet Nam
    do(lambda tx: usage.count(tx, ONE, evening, sent=7))
    assert do(lambda tx: usage.of(tx, ONE, evening + timedelta(minutes=1))) == Used(ONE)
    assert usage.month_of(evening) == "2026-11" and usage.month_of(evening + timedelta(minutes=1)) == "2026-12"


def test_what_was_rolled_back_was_not_counted(do: Do, store: Store) -> None:
    def breaks(tx: Any) -> None:
        usage.count(tx, ONE, NOW, sent=1)
        raise ValueError("the turn broke")

    with pytest.raises(ValueError, match="the turn broke"):
        store.run(breaks)
    assert do(lambda tx: usage.of(tx, ONE, NOW)) == Used(ONE)


def test_each_step_of_a_warning_is_told_once_a_month(do: Do) -> None:
    assert do(lambda tx: usage.tell(tx, ONE, NOW, 80))
    assert not do(lambda tx: usage.tell(tx, ONE, NOW, 80))
    assert do(lambda tx: usage.tell(tx, ONE, NOW, 95))
    assert not do(lambda tx: usage.tell(tx, ONE, NOW, 80)), "a lower one is not told after a higher one"
    assert do(lambda tx: usage.tell(tx, OTHER, NOW, 80)), "of each bot by itself"
    assert do(lambda tx: usage.tell(tx, ONE, NOW + timedelta(days=9), 80)), "and in the next month again"


def test_the_platforms_own_word_stands_beside_the_count(do: Do) -> None:
    do(lambda tx: usage.count(tx, ONE, NOW, sent=2))
    do(lambda tx: usage.used_up(tx, ONE, NOW, 3000))
    do(lambda tx: usage.used_up(tx, ONE, NOW, 100))
    assert do(lambda tx: usage.of(tx, ONE, NOW)) == Used(ONE, 2, 0, 0, 3000)
    assert do(lambda tx: usage.of(tx, ONE, NOW + timedelta(days=9))).used_up == 0


def test_whom_a_bot_serves_is_counted_without_strangers_and_threads(do: Do) -> None:
    def greet(tx: Any, chat: str, *, private: bool, thread: str = "", channel: str = ONE) -> int:
        at = Address(channel, chat, thread)
        return people.greet(tx, at, private=private, name=chat, language="vi", now=NOW).id

    def seed(tx: Any) -> None:
        lan = people.enter(tx, "Lan", NOW)
        people.attach(tx, greet(tx, "lan", private=True), lan, NOW)
        people.attach(tx, greet(tx, "lan", private=True, channel=OTHER), lan, NOW)
        gone = greet(tx, "hung", private=True)
        people.attach(tx, gone, people.enter(tx, "Hùng", NOW), NOW)
        people.note_state(tx, gone, "blocked", NOW)
        greet(tx, "stranger", private=True)
        greet(tx, "zgr-unlinked", private=False)

    do(seed)
    assert do(lambda tx: usage.served(tx, [ONE, OTHER])) == {ONE: Served(1, 0), OTHER: Served(1, 0)}
    assert do(lambda tx: usage.served(tx, [])) == {}


def test_bots_are_needed_for_those_whom_no_other_channel_reaches(do: Do) -> None:
    def seed(tx: Any) -> None:
        top = insert_row(tx, unit, code="h", name="huyện", kind="district", aliases=[])
        for n, channels in enumerate(([], [ONE], [ONE, "telegram"], ["web"])):
            at = insert_row(tx, unit, code=f"x{n}", name=f"xã {n}", kind="commune", parent_id=top, aliases=[])
            person = people.add(tx, f"Người {n}", at, OFFICER, NOW)
            people.grant(tx, person, UNIT_HEAD, NOW, unit_id=at)
            for channel in channels:
                there = people.greet(tx, Address(channel, f"c{n}"), private=True, name="x", language="vi", now=NOW)
                people.attach(tx, there.id, person, NOW)
        group = people.greet(tx, Address(ONE, "zgr-1"), private=False, name="nhóm", language="vi", now=NOW)
        people.link_group(tx, group.id, top, NOW)

    do(seed)
    assert do(lambda tx: usage.waited_for(tx, [ONE], WRITTEN_TO, NOW)) == (2, 2, 1)
    assert do(lambda tx: usage.served(tx, [ONE])) == {ONE: Served(2, 1)}
