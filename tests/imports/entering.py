"""A list brought into a store, as the command line and the chat do it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import TypeVar

from bot.clock import ZONE
from bot.imports import lists
from bot.imports.lists import Checked, Issued
from bot.plan.loader import load
from bot.rules.calendar import Calendar
from bot.store import units
from bot.store.engine import Store, Tx
from bot.texts import language
from bot.turn import Office
from tests.world import ROOT

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=ZONE)
VIETNAMESE = language("vi")
PLAN = load(ROOT / "plans" / "van-ninh.yaml")

T = TypeVar("T")


class _Undone(Exception):
    pass


def office(tx: Tx) -> Office:
    """The office as it stands in that store."""
    made = Office({PLAN.id: PLAN}, Calendar({}))
    made.units = units.load(tx)
    return made


def looked(tx: Tx, data: bytes) -> Checked:
    """The list as it would be shown: what is wrong with it, what it would do."""
    standing = lists.standing(office(tx), tx, NOW.date())
    return lists.check(lists.read(data), standing, hashlib.sha256(data).hexdigest())


def entered(tx: Tx, data: bytes) -> list[Issued]:
    """The list, entered; it must be without a fault."""
    checked = looked(tx, data)
    assert not checked.refused, told(checked)
    return lists.enter(tx, checked, lists.standing(office(tx), tx, NOW.date()), NOW)


def told(checked: Checked) -> list[str]:
    """The findings in Vietnamese."""
    return [finding.told(VIETNAMESE) for finding in checked.findings]


def undone(store: Store, work: Callable[[Tx], T]) -> T:
    """What the work says, of which nothing stays in the store."""
    said: list[T] = []

    def once(tx: Tx) -> None:
        said.append(work(tx))
        raise _Undone

    with suppress(_Undone):
        store.run(once)
    return said[-1]
