"""What somebody said to the notice on their data: every clear act is kept, the newest counts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bot.chat import Address
from bot.clock import ZONE
from bot.plan.model import UnitSeed
from bot.rules.access import OFFICER
from bot.store import consents, people, units
from bot.store.engine import Store

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=ZONE)


def test_the_newest_of_all_acts_counts(store: Store) -> None:
    def enter(tx: Any) -> tuple[int, int]:
        units.plant(tx, [UnitSeed(code="x", name="xã Đông", kind="xa")])
        unit = units.load(tx).coded("x")
        assert unit is not None
        at = people.greet(tx, Address("telegram", "1"), private=True, name="Lan", language="vi", now=NOW)
        return people.add(tx, "Lan", unit.id, OFFICER, NOW), at.id

    lan, at = store.run(enter)
    assert store.run(lambda tx: consents.newest(tx, lan)) is None
    for n, (version, given) in enumerate((("1", False), ("1", True), ("2", True), ("2", False))):
        later = NOW + timedelta(minutes=n)
        store.run(lambda tx, v=version, g=given, t=later: consents.note(tx, lan, v, given=g, address_id=at, now=t))  # type: ignore[misc]
        newest = store.run(lambda tx: consents.newest(tx, lan))
        assert newest is not None
        assert (newest.version, newest.given, newest.at, newest.address_id) == (version, given, later, at)
    every = store.run(lambda tx: consents.every(tx, lan))
    assert [(act.version, act.given) for act in every] == [("1", False), ("1", True), ("2", True), ("2", False)]
