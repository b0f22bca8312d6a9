"""Ties: who comes first, by what, and who decides when nothing tells candidates apart."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from bot.plan.levels import TieBreak, TieStep
from bot.rules.ties import Contender, Equals, Ranking, rank
from bot.rules.undetermined import Undetermined

TOTAL = TieStep(by="total")
ROW_3 = TieStep(by="row", code="03")
COMPLAINTS = TieStep(by="fact", code="don_thu", lowest=True)
CONSENT = TieStep(by="fact", code="dong_thuan")


def contender(id: str, total: str | None = "90", **more: object) -> Contender:
    return Contender(id, None if total is None else Decimal(total), **more)  # type: ignore[arg-type]


def test_the_chain_parts_equals_step_by_step_and_ends_in_a_vote() -> None:
    chain = TieBreak(chain=(TOTAL, ROW_3, COMPLAINTS), ends_in="vote")
    found = rank(
        [
            contender("a", "90", rows={"03": Decimal(14)}, facts={"don_thu": Decimal(2)}),
            contender("b", "95.5", rows={"03": Decimal(10)}, facts={"don_thu": Decimal(9)}),
            contender("c", "90", rows={"03": Decimal("14.5")}, facts={"don_thu": Decimal(2)}),
            contender("d", "90", rows={"03": Decimal(14)}, facts={"don_thu": Decimal(0)}),
            contender("e", "90", rows={"03": Decimal(14)}, facts={"don_thu": Decimal(2)}),
        ],
        chain,
    )
    assert found == Ranking(
        (
            Equals(("b",)),
            Equals(("c",), TOTAL),
            Equals(("d",), ROW_3),
            Equals(("a", "e"), COMPLAINTS, "vote"),
        )
    )
    assert [found.place(id) for id in "abcde"] == [4, 1, 2, 3, 4]


def test_after_equals_the_next_place_is_left_free() -> None:
    found = rank([contender("a", "95"), contender("b", "95"), contender("c", "90")], None)
    assert [found.place(id) for id in ("a", "b", "c", "nobody")] == [1, 1, 3, None]


def test_the_total_comes_first_unless_the_chain_puts_it_elsewhere() -> None:
    low = contender("low", "80", facts={"dong_thuan": True})
    high = contender("high", "90", facts={"dong_thuan": False})
    assert [group.members for group in rank([low, high], TieBreak(chain=(CONSENT,))).groups] == [("high",), ("low",)]
    chain = TieBreak(chain=(CONSENT, TOTAL))
    assert [group.members for group in rank([low, high], chain).groups] == [("low",), ("high",)]


def test_a_plan_without_a_chain_ranks_by_the_total_and_leaves_equals_without_order() -> None:
    found = rank([contender("a", "90"), contender("b", "98"), contender("c", "90")], None)
    assert found == Ranking((Equals(("b",)), Equals(("a", "c"), TOTAL, "no_order")))


def test_a_plan_without_points_has_a_list_and_no_order() -> None:
    found = rank([contender("a", None), contender("b", None)], None)
    assert found == Ranking((Equals(("a", "b"), None, "no_order"),))
    decided = rank([contender("a", None), contender("b", None)], TieBreak(ends_in="authority"))
    assert decided.groups[0].left_to == "authority"


def test_who_has_no_total_yet_has_no_place_yet() -> None:
    found = rank([contender("a", None), contender("b", "70")], None)
    assert found == Ranking((Equals(("b",)),), ("a",))
    assert found.place("a") is None


def test_nobody_is_put_behind_for_what_is_not_known() -> None:
    chain = TieBreak(chain=(ROW_3, CONSENT), ends_in="authority")
    found = rank(
        [
            contender("a", rows={"03": Decimal(9)}, facts={"dong_thuan": False}),
            contender("b", facts={"dong_thuan": True}),
            contender("first", "99"),
        ],
        chain,
    )
    assert found.groups == (
        Equals(("first",)),
        Equals(("a", "b"), TOTAL, "authority", Undetermined("not_scored", "03")),
    )
    grade = rank([contender("a", facts={"dong_thuan": "tot"}), contender("b")], TieBreak(chain=(CONSENT,)))
    assert grade.groups[0].stopped == Undetermined("not_comparable", "dong_thuan")
    unstated = rank([contender("b"), contender("a", facts={"dong_thuan": True})], TieBreak(chain=(CONSENT,)))
    assert unstated.groups[0].stopped == Undetermined("not_stated", "dong_thuan")


def test_who_bears_more_priority_marks_comes_first() -> None:
    remote = contender("remote", priorities=frozenset({"vung_sau"}))
    two = contender("two", priorities=frozenset({"nguoi_dan", "lan_toa"}))
    none = contender("none")
    by_number = rank([none, remote, two], TieBreak(chain=(TieStep(by="priority"),)))
    assert [group.members for group in by_number.groups] == [("two",), ("remote",), ("none",)]


def test_nobody_makes_no_groups() -> None:
    assert rank([], TieBreak(ends_in="vote")) == Ranking(())


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), max_size=12))
def test_everybody_has_one_place_and_nobody_stands_above_a_better_one(marks: list[tuple[int, int]]) -> None:
    contenders = [
        Contender(str(number), Decimal(total), {"03": Decimal(row)}) for number, (total, row) in enumerate(marks)
    ]
    found = rank(contenders, TieBreak(chain=(ROW_3,), ends_in="vote"))
    order = [id for group in found.groups for id in group.members]
    assert sorted(order) == sorted(one.id for one in contenders)
    assert [marks[int(id)] for id in order] == sorted(marks, reverse=True)
    assert all(len({marks[int(id)] for id in group.members}) == 1 for group in found.groups)
