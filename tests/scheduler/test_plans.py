"""A plan file is changed under the running bot: a good one is taken up, a bad one is told to the administrator."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.app import App, build
from bot.chat import Address
from bot.clock import ZONE, Clock
from bot.config import settings
from bot.plan.dates import Annual
from bot.rules.access import ADMINISTRATOR, OFFICER
from bot.store import people, seasons, units
from bot.store.engine import Tx
from bot.store.tables import outbox

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2024, 1, 10, 9, 0, tzinfo=ZONE)


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    plans = tmp_path / "plans"
    plans.mkdir()
    shutil.copy(ROOT / "plans" / "van-ninh.yaml", plans)
    shutil.copytree(ROOT / "plans" / "calendars", plans / "calendars")
    clock = Clock()
    clock.move(NOW)
    made = build(
        settings(KHEO_DATA=tmp_path / "data", KHEO_PLANS=plans, DATABASE_URL="", TELEGRAM_TOKEN=""),
        clock=clock,
    )
    made.prepare()

    def seed(tx: Tx) -> None:
        plan = made.office.plans["van-ninh"]
        units.plant(tx, plan.units)
        seasons.begin(tx, plan, 2024, NOW)
        made.office.refresh(tx)
        top = made.office.units.coded("van-ninh")
        assert top is not None
        for name, function in (("Quản", ADMINISTRATOR), ("Lan", OFFICER)):
            contact = people.greet(tx, Address("web", name), private=True, name=name, language="vi", now=NOW)
            people.attach(tx, contact.id, people.add(tx, name, top.id, function, NOW), NOW)

    made.store.run(seed)
    yield made
    made.store.close()


async def look(app: App) -> list[str]:
    """Let the tick look, and what was written to people since."""
    before = {row.cause for row in app.store.run(rows)}
    await next(tick for tick in app.jobs.ticks() if tick.name == "plans").run()
    return [str(row.payload["text"]) for row in app.store.run(rows) if row.cause not in before]


def rows(tx: Tx) -> list[Any]:
    return list(tx.execute(select(outbox).where(outbox.c.kind == "notice").order_by(outbox.c.id)))


def file(app: App) -> Path:
    return app.settings.plans / "van-ninh.yaml"


async def test_a_file_that_goes_bad_leaves_the_last_good_version_and_is_told_once_with_its_place(app: App) -> None:
    good = file(app).read_text(encoding="utf-8")
    file(app).write_text(good.replace("before: 02-15", "before: 02-30"), encoding="utf-8")
    told = await look(app)
    assert len(told) == 1  # the administrator; the officer hears nothing
    assert "van-ninh.yaml:" in told[0]
    assert "02-30" in told[0]
    assert "phiên bản tốt gần nhất" in told[0]
    assert app.office.plans["van-ninh"].occasion("dang_ky").date == Annual(before="02-15")
    assert await look(app) == []
    file(app).write_text(good.replace("before: 02-15", "before: 02-20"), encoding="utf-8")
    assert ["Đã đọc lại" in text for text in await look(app)] == [True]
    assert app.office.plans["van-ninh"].occasion("dang_ky").date == Annual(before="02-20")


async def test_a_running_season_keeps_its_version_while_the_file_changes(app: App) -> None:
    season = app.office.seasons[0]
    good = file(app).read_text(encoding="utf-8")
    file(app).write_text(good.replace("before: 02-15", "before: 02-20"), encoding="utf-8")
    await look(app)
    app.store.run(app.office.refresh)
    assert app.office.plan(season).occasion("dang_ky").date == Annual(before="02-15")


async def test_a_start_with_a_bad_file_goes_on_by_what_the_season_was_opened_with(app: App, tmp_path: Path) -> None:
    file(app).write_text("id: van-ninh\nnme: hỏng\n", encoding="utf-8")
    other = app.settings.plans / "khac.yaml"
    shutil.copy(ROOT / "tests" / "plans" / "small" / "quotas.yaml", other)
    app.store.close()
    again = build(app.settings, clock=Clock())
    again.prepare()
    season = again.office.seasons[0]
    assert again.office.plan(season).occasion("dang_ky").date == Annual(before="02-15")
    again.store.close()
