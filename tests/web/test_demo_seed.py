"""What a demo begins with, without any browser: who is there, what was registered before, and that it begins once."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from bot.app import App
from bot.clock import ZONE
from bot.config import settings
from bot.demo import BEGINS, PEOPLE, build_demo, open_chats
from bot.store import exemplars, webchat
from tests.web.browser import ROOT

SHOWN = ("lan", "hung", "bay", "nhom")


async def opened(folder: Path) -> App:
    app = build_demo(
        settings(KHEO_DATA=folder, DATABASE_URL="", TELEGRAM_TOKEN="", KHEO_PUBLIC_URL="", KHEO_PLANS=ROOT / "plans")
    )
    await open_chats(app)
    return app


async def test_three_units_have_registered_and_everybody_is_greeted(tmp_path: Path) -> None:
    app = await opened(tmp_path)
    try:
        season, _ = app.office.running(app.clock.now())[0]
        found = await app.store.read(lambda tx: exemplars.of_season(tx, season.id))
        units = [app.office.units[e.unit_id].name for e in found]
        assert sorted(units) == ["thị trấn Vạn Giã", "xã Vạn Bình", "xã Đại Lãnh"]
        assert not any(e.late for e in found)
        assert {e.state for e in found} == {"registered"}
        names = {unit.code: unit.name for unit in app.office.plans["van-ninh"].units}
        for part in PEOPLE:
            rows = await app.store.read(lambda tx, chat=part.chat: webchat.since(tx, chat, 0, 50))
            assert all(at <= BEGINS.replace(minute=1) for _, _, _, at in rows)
            if not part.shown:
                continue
            (_, _, _, _), (_, side, greeting, at) = rows
            assert side == "bot"
            assert part.name in greeting["text"]
            assert names[part.unit] in greeting["text"]
            assert greeting["choices"]
            assert at.astimezone(ZONE).date() == BEGINS.date()
    finally:
        await app.stop()


async def test_an_earlier_demo_goes_on_where_it_was(tmp_path: Path) -> None:
    first = await opened(tmp_path)
    before = await first.store.read(lambda tx: [len(webchat.since(tx, chat, 0, 50)) for chat in SHOWN])
    first.clock.move(datetime(2024, 2, 6, 8, 0, tzinfo=ZONE))
    await first.store.write(lambda tx: webchat.add(tx, "lan", "bot", {"text": "…"}, first.clock.now()))
    await first.stop()
    second = await opened(tmp_path)
    try:
        after = await second.store.read(lambda tx: [len(webchat.since(tx, chat, 0, 50)) for chat in SHOWN])
        assert after == [before[0] + 1, *before[1:]]
        assert f"{second.clock.now():%d/%m %H:%M}" == "06/02 08:00"
    finally:
        await second.stop()
