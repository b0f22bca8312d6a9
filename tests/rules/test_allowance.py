"""What a platform that counts gives a bot: when little is left, what is essential, and whether an office gets by."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from bot.clock import ZONE
from bot.rules.allowance import Allowance, Load, expected, fit, forecast, is_essential, sentence
from bot.texts import language
from tests.world import plan

FREE = Allowance()
TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("used", "standing"), [(0, "open"), (2849, "open"), (2850, "sparing"), (2999, "sparing"), (3000, "spent")]
)
def test_from_which_message_on_a_bot_spares(used: int, standing: str) -> None:
    assert FREE.standing(used) == standing


@pytest.mark.parametrize(
    ("kind", "step", "day", "essential"),
    [
        ("reply", 0, "", True),
        ("album", 0, "", True),
        ("notice", 0, "", True),
        ("resumed", 0, "", True),
        ("digest", 0, "", False),
        ("broadcast", 0, "", False),
        ("progress", 0, "", False),
        ("refresh", 0, "", False),
        ("reminder", 1, "2026-11-23", False),
        ("reminder", 0, "2026-11-22", True),
        ("reminder", -5, "2026-11-10", True),
        ("reminder", 1003, "2026-11-30", False),
        ("reminder", 1003, "2026-11-22", True),
    ],
)
def test_what_is_essential(kind: str, step: int, day: str, essential: bool) -> None:
    items = [[1, "m", day, step]] if kind == "reminder" else []
    assert is_essential(kind, items, TODAY) is essential


def test_of_several_tasks_in_one_reminder_one_that_cannot_wait_is_enough() -> None:
    assert is_essential("reminder", [[1, "a", "2026-12-01", 5], [1, "b", "2026-11-22", 0]], TODAY)


def test_the_forecast_goes_on_as_it_went_and_does_not_divide_by_nothing() -> None:
    assert forecast(1000, datetime(2026, 11, 11, 0, 0, tzinfo=ZONE)) == 3000
    assert forecast(7, datetime(2026, 11, 1, 0, 0, tzinfo=ZONE)) == 210
    assert forecast(0, datetime(2026, 11, 30, 23, 0, tzinfo=ZONE)) == 0


@pytest.mark.parametrize(
    ("load", "way", "bots"),
    [
        (Load(13, 13, 0, 10, 1), "one", 1),
        (Load(65, 65, 0, 10, 1), "few", 2),
        (Load(40, 50, 1, 40, 1), "group", 2),
        (Load(50, 50, 0, 10, 6), "several", 3),
        (Load(0, 0, 0, 0, 0), "one", 1),
        (Load(10, 10, 7, 5, 1), "several", 3),
        (Load(124, 200, 3, 12, 2), "few", 4),
    ],
)
def test_how_an_office_gets_by(load: Load, way: str, bots: int) -> None:
    found = fit(load, FREE)
    assert (found.way, found.bots) == (way, bots)


def test_it_is_said_in_a_sentence() -> None:
    said = sentence(language("vi"), Load(65, 65, 0, 10, 1), FREE, "Zalo")
    assert said == (
        "65 đơn vị, 65 người, mà một bot Zalo chỉ phục vụ 50 người: một nhóm chung và nhắn riêng cho thường trực, hoặc 2 bot."
    )


def test_what_is_expected_comes_from_the_ladders_and_forms_of_the_plans() -> None:
    reminders, forms = expected([plan("van-ninh")])
    assert reminders > 0 and forms > 0
    assert expected([]) == (0, 0)
    twice: Any = [plan("van-ninh"), plan("van-ninh")]
    assert expected(twice)[0] >= reminders


def test_before_anybody_is_entered_each_unit_of_the_plan_counts_for_one() -> None:
    load = Load.of(0, 0, 0, [plan("van-ninh")])
    assert load.units == load.people == len(plan("van-ninh").units) > 10
    assert Load.of(3, 5, 1, [plan("van-ninh")]).people == 5
