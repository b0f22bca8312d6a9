"""Any list of units and people: what is entered is what stood in the list, and entering it again changes nothing."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot.rules.access import FUNCTIONS
from bot.store import units
from bot.store.engine import Store, Tx
from bot.store.tables import person, role, unit
from tests.imports.books import PEOPLE_HEADINGS, UNIT_HEADINGS, book, csv
from tests.imports.entering import entered, looked, told, undone

LEVELS = {"xã": "xa", "phường": "phuong", "đặc khu": "dac_khu", "thị trấn": "thi_tran", "tỉnh": "tinh"}
SYLLABLES = ("Vạn", "Ninh", "Đại", "Lãnh", "Hòa", "Thắng", "Hưng", "Xuân", "Sơn", "Khánh", "Ơi", "Ỷ", "Quý", "D’Ran")
DAYS = st.dates(date(1990, 1, 1), date(2040, 12, 31))
names = st.lists(st.sampled_from(SYLLABLES), min_size=1, max_size=3).map(" ".join)
periods = st.tuples(st.none() | DAYS, st.none() | st.integers(0, 9_000)).map(
    lambda both: (both[0], both[0] + timedelta(days=both[1]) if both[0] is not None and both[1] is not None else None)
)


@pytest.fixture(scope="module")
def store(ready_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path = tmp_path_factory.mktemp("lists") / "kheo.db"
    shutil.copyfile(ready_sqlite, path)
    made = Store(f"sqlite:///{path}")
    yield made
    made.close()


@st.composite
def trees(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Units with their parents before them, no two of one code, no two of one name in one place."""
    made: list[dict[str, Any]] = []
    for n in range(draw(st.integers(1, 12))):
        level = draw(st.sampled_from(tuple(LEVELS)))
        name = f"{level} {draw(names)} {n}"
        over = draw(st.none() | st.integers(0, n - 1)) if n else None
        valid_from, valid_to = draw(periods) if over is None else (None, None)
        made.append(
            {
                "code": draw(st.sampled_from((f"{1000 + n}", f"0{n}9", f"don-vi.{n}"))),
                "name": name,
                "kind": LEVELS[level],
                "parent": made[over]["code"] if over is not None else "",
                "valid_from": valid_from,
                "valid_to": valid_to,
                "aliases": tuple(draw(st.lists(names, max_size=2, unique=True))),
            }
        )
    return made


def stored(tx: Tx) -> list[tuple[Any, ...]]:
    known = units.load(tx)
    return sorted(
        (
            u.code,
            u.name,
            u.kind,
            known[u.parent_id].code if u.parent_id else "",
            str(u.valid_from),
            str(u.valid_to),
            u.aliases,
        )
        for u in known.values()
    )


def written(tree: list[dict[str, Any]], chance: random.Random) -> bytes:
    """The units as a list: rows and columns in any order, cells typed in any way that means the same."""
    by_code = {one["code"]: one for one in tree}
    order = list(range(len(UNIT_HEADINGS)))
    chance.shuffle(order)
    rows = []
    for one in chance.sample(tree, len(tree)):
        code = int(one["code"]) if one["code"].isdigit() and not one["code"].startswith("0") else one["code"]
        parent = one["parent"]
        if parent and chance.random() < 0.5:
            parent = by_code[parent]["name"].upper() if chance.random() < 0.5 else f"  {by_code[parent]['name']} "
        cells = [
            chance.choice((code, str(code))),
            chance.choice((one["name"], f" {one['name']}".replace(" ", "  "))),
            chance.choice(
                (one["kind"], "", one["name"].split()[0]) if one["kind"] in ("xa", "tinh") else (one["kind"],)
            ),
            parent,
            _day(one["valid_from"], chance),
            _day(one["valid_to"], chance),
            "; ".join(one["aliases"]),
        ]
        rows.append([cells[place] for place in order])
        if chance.random() < 0.2:
            rows.append([""] * len(order))
    headings = [UNIT_HEADINGS[place] for place in order]
    if chance.random() < 0.3:
        return csv(headings, *([_text(cell) for cell in row] for row in rows), sign=chance.choice("\t;,"))
    return book(("DANH SÁCH",), headings, *rows)


def _day(value: date | None, chance: random.Random) -> Any:
    if value is None:
        return None
    return chance.choice((value, f"{value:%d/%m/%Y}", value.isoformat(), f"{value.day}.{value.month}.{value.year}"))


def _text(cell: Any) -> str:
    return "" if cell is None else f"{cell:%d/%m/%Y}" if isinstance(cell, date) else str(cell)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=trees(), seed=st.integers(0, 10**6))
def test_any_tree_is_entered_as_it_stood_and_only_once(store: Store, tree: list[dict[str, Any]], seed: int) -> None:
    chance = random.Random(seed)

    def work(tx: Tx) -> None:
        first = looked(tx, written(tree, chance))
        assert not first.refused, told(first)
        entered(tx, written(tree, random.Random(seed)))
        state = stored(tx)
        expected = [
            (
                one["code"],
                one["name"],
                one["kind"],
                one["parent"],
                str(one["valid_from"]),
                str(one["valid_to"]),
                one["aliases"],
            )
            for one in tree
        ]
        assert state == sorted(expected)
        again = looked(tx, written(tree, chance))
        assert again.empty, told(again)
        assert not again.refused
        exported = [dict(zip(("code", "name", "kind", "parent"), row[:4], strict=True)) for row in state]
        same = looked(
            tx, book(UNIT_HEADINGS, *([one["code"], one["name"], one["kind"], one["parent"]] for one in exported))
        )
        assert same.empty and not same.refused, told(same)
        assert stored(tx) == state

    undone(store, work)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    people=st.lists(st.tuples(names, st.integers(0, 4), st.sampled_from(FUNCTIONS), periods), min_size=1, max_size=15)
)
def test_any_people_are_entered_as_they_stood_and_only_once(store: Store, people: list[tuple[Any, ...]]) -> None:
    once = {(f"Nguyễn {name}", place, function): days for name, place, function, days in people}

    def work(tx: Tx) -> None:
        for n in range(5):
            tx.execute(unit.insert().values(code=f"u{n}", name=f"xã Số {n}", kind="xa", aliases=[]))
        rows = [
            (name, f"u{place}" if place % 2 else f"XÃ SỐ {place}", None, function, None, *days)
            for (name, place, function), days in once.items()
        ]
        issued = entered(tx, book(PEOPLE_HEADINGS, *rows))
        assert {one.name for one in issued} == {name for name, _, _ in once}
        assert len(issued) == len({(name, place) for name, place, _ in once})
        found = tx.execute(
            select(person.c.name, unit.c.code, role.c.function, role.c.valid_from, role.c.valid_to)
            .join(role, role.c.person_id == person.c.id)
            .join(unit, unit.c.id == role.c.unit_id)
        ).all()
        assert sorted(map(str, map(tuple, found))) == sorted(
            str((name, f"u{place}", function, *days)) for (name, place, function), days in once.items()
        )
        again = looked(tx, book(PEOPLE_HEADINGS, *rows))
        assert again.empty and not again.refused, told(again)

    undone(store, work)


@settings(max_examples=150, deadline=None)
@given(data=st.binary(max_size=400) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")))
def test_no_file_is_a_riddle(data: bytes) -> None:
    """Whatever comes, it is a list or is refused with a sentence."""
    from bot.errors import Misunderstood
    from bot.imports import lists

    for head in (b"", b"PK\x03\x04", "Mã đơn vị;Tên đơn vị\n".encode(), "Họ và tên,Đơn vị,Chức năng\n".encode()):
        with suppress(Misunderstood):
            assert lists.read(head + data).entries
