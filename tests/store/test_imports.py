"""What a list enters: units, what is learnt of them later, functions with their days; each with its row in the trace."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from bot.clock import ZONE
from bot.rules.access import OFFICER
from bot.store import imports, people, roster, units
from bot.store.engine import Store
from bot.store.tables import audit

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=ZONE)


def _unit(tx: Any, code: str, name: str) -> int:
    return imports.enter_unit(
        tx,
        code=code,
        name=name,
        kind="xa",
        parent_id=None,
        aliases=["VH"],
        valid_from=date(2025, 7, 1),
        valid_to=None,
        now=NOW,
    )


def test_what_a_list_enters_reads_back_and_stands_in_the_trace(store: Store) -> None:
    unit = store.run(lambda tx: _unit(tx, "22525", "xã Vạn Hưng"))
    store.run(lambda tx: imports.complete_unit(tx, unit, {"aliases": ["VH", "Xuân Sơn"]}, NOW))
    known = store.run(units.load)
    assert known[unit].aliases == ("VH", "Xuân Sơn")
    assert known[unit].valid_from == date(2025, 7, 1)

    def gives(tx: Any) -> int:
        lan = people.add(tx, "Lan", unit, OFFICER, NOW)
        more = {"unit_id": unit, "cluster_id": None, "valid_from": None, "valid_to": None}
        role = people.give(tx, lan, "unit_head", NOW, **more)
        imports.date_role(tx, role, date(2026, 1, 1), date(2026, 12, 31), NOW)
        return role

    role = store.run(gives)
    head = next(one for one in store.run(roster.ever_held) if one.role_id == role)
    assert (head.name, head.function, head.unit_id) == ("Lan", "unit_head", unit)
    assert (head.valid_from, head.valid_to) == (date(2026, 1, 1), date(2026, 12, 31))

    rows = store.run(lambda tx: tx.execute(select(audit.c.action, audit.c.after).order_by(audit.c.id)).all())
    actions = [row.action for row in rows]
    assert [a for a in actions if a.startswith("unit.")] == ["unit.entered", "unit.completed"]
    assert actions[-2:] == ["role.granted", "role.dated"]
    assert "Vạn Hưng" not in str([row.after for row in rows]), "names stand there as digests only"


def test_a_code_that_is_there_spoils_the_whole_list(store: Store) -> None:
    store.run(lambda tx: _unit(tx, "22525", "xã Vạn Hưng"))
    with pytest.raises(IntegrityError):
        store.run(lambda tx: [_unit(tx, code, "xã") for code in ("22516", "22525")] and None)
    assert [unit.code for unit in store.run(units.load).values()] == ["22525"]
