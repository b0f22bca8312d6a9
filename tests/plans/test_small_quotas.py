"""Every quota, order and target, read from a file and counted: what the comments of the file say by hand comes out."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.plan.levels import Level
from bot.plan.loader import load
from bot.rules.quotas import Places, excess, limits
from bot.rules.targets import concerns, progress
from bot.rules.ties import Contender, rank
from bot.rules.undetermined import Undetermined

FILE = Path("tests/plans/small/quotas.yaml")

ITEM = re.compile(r"  - id: (\w+)")
EXPECTED = re.compile(r"    # → (.+?): (.+)")
COUNTED = ("candidates", "units", "cluster_size", "unit", "per", "chosen")


def expectations() -> list[tuple[str, str, str]]:
    """(id, what was counted, what should come out) of every comment that says so."""
    found, id = [], ""
    for line in FILE.read_text(encoding="utf-8").splitlines():
        if begun := ITEM.fullmatch(line):
            id = begun[1]
        elif said := EXPECTED.fullmatch(line):
            found.append((id, said[1], said[2]))
    return found


CASES = expectations()
TARGETS = [case for case in CASES if case[1][0].isdigit()]
QUOTAS = [case for case in CASES if not case[1][0].isdigit()]


def level(id: str) -> Level:
    return next(level for level in load(FILE).levels if level.id == id)


def read(counted: str) -> tuple[str, dict[str, str]]:
    """“tap_the candidates=14 chosen=2” as its first word and the rest."""
    first, *rest = counted.split()
    return first, dict(word.split("=") for word in rest)


def words(of: Level, subject: str, given: dict[str, str]) -> str:
    """The answer as the comments write it."""
    numbers: dict[str, Any] = {key: int(given[key]) for key in ("units", "cluster_size") if key in given}
    numbers |= {key: given[key] for key in ("unit", "per") if key in given}
    if "candidates" in given:
        numbers["candidates"] = {subject: int(given["candidates"])}
    numbers["graded"] = {key: int(number) for key, number in given.items() if key not in COUNTED}
    found = limits(of.quotas, subject=subject, **numbers)
    if isinstance(found, Undetermined):
        return f"không rõ {found.reason}"
    (places,) = found
    said = f"{places.least}-{places.most}" if places.least else f"{places.most}"
    said += " chung" if places.together else ""
    said += f", đặc biệt {places.exceptional}" if places.exceptional is not None else ""
    if "chosen" not in given:
        return said
    chosen = int(given["chosen"])
    quota = next(quota for quota in of.quotas if subject in quota.subjects)
    more = excess(quota, places, chosen)
    said += f", vượt {more.over} {more.consequence}" if more else ""
    return said + (f", thiếu {places.missing(chosen)}" if places.missing(chosen) else "")


@pytest.mark.parametrize(("id", "counted", "expected"), QUOTAS)
def test_the_places_are_those_computed_by_hand(id: str, counted: str, expected: str) -> None:
    assert words(level(id), *read(counted)) == expected


@pytest.mark.parametrize(("id", "counted", "expected"), TARGETS)
def test_a_target_stands_where_it_was_computed_to_stand(id: str, counted: str, expected: str) -> None:
    target = next(target for target in load(FILE).targets if target.id == id)
    year, statuses = read(counted)
    found = progress(target, int(year), {key: int(number) for key, number in statuses.items()})
    said = f"có {found.counted}, "
    if not found.valid:
        assert (found.missing, found.over) == (0, 0)
        said += "không quy định"
    else:
        said += f"thừa {found.over}" if found.over else f"thiếu {found.missing}"
    assert said == expected


def test_the_file_says_of_each_what_should_come_out() -> None:
    whole = load(FILE)
    assert {id for id, _, _ in CASES} == {one.id for one in whole.levels} | {one.id for one in whole.targets}


def test_a_target_is_for_the_kinds_that_it_names() -> None:
    everybody, communes = load(FILE).targets
    assert [concerns(everybody, "hoi"), concerns(communes, "hoi"), concerns(communes, "xa")] == [True, False, True]


A = Contender("a", Decimal(90), {"01": Decimal(55), "02": Decimal(35)}, {"don_thu": Decimal(2)})
B = Contender("b", Decimal(90), {"01": Decimal(55), "02": Decimal(35)}, {"don_thu": Decimal(0)})
C = Contender("c", Decimal(90), {"01": Decimal(52), "02": Decimal(38)}, {"don_thu": Decimal(9)})
D = Contender(
    "d", Decimal(90), {"01": Decimal(55), "02": Decimal(35)}, {"don_thu": Decimal(2)}, frozenset({"vung_sau"})
)
E = Contender("e", Decimal(90), {"01": Decimal(55), "02": Decimal(35)}, {"don_thu": Decimal(2)})
F = Contender("f", Decimal(91), {"01": Decimal(59), "02": Decimal(32)}, {"don_thu": Decimal(5)})


def order(of: str) -> list[tuple[str, str, str]]:
    """(members, what parted them from those above, to whom the rest is left)."""
    return [
        ("".join(group.members), group.parted_by.by if group.parted_by else "", group.left_to)
        for group in rank((A, B, C, D, E, F), level(of).tie_break).groups
    ]


def test_a_chain_ends_in_a_vote() -> None:
    # 91 comes first; of those with 90 points the highest row 02, the fewest complaints, the remote place; a, e remain.
    assert order("khoang") == [
        ("f", "", ""),
        ("c", "total", ""),
        ("b", "row", ""),
        ("d", "fact", ""),
        ("ae", "priority", "vote"),
    ]


def test_a_chain_ends_with_the_authority() -> None:
    assert order("cap_co_tham_quyen") == [("f", "", ""), ("abde", "total", "authority"), ("c", "row", "")]


def test_without_a_chain_equals_have_no_order() -> None:
    assert order("khong_thu_tu") == [("f", "", ""), ("abcde", "total", "no_order")]


def test_no_exception_for_a_unit_is_lost() -> None:
    (quota,) = level("rieng").quotas
    assert limits([quota], subject="tap_the", per="unit", unit="xa-a") == (Places(4),)
