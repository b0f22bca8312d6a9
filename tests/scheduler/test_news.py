"""What another process changed – a command on the server, another `kheo run` – is known to the one that runs at its next look."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.store import audit, seasons, units
from bot.store.engine import Store
from scheduler.news import News
from tests.world import MONDAY, world


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_units_and_seasons_of_another_process(
    database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    given: dict[str, Any] = (
        {"ready": request.getfixturevalue("ready_sqlite")}
        if database == "sqlite"
        else {"database_url": request.getfixturevalue("postgres_url")}
    )
    async with world(tmp_path / "kheo", "telegram", **given) as here:
        office, news = here.app.office, News(here.app.store, here.app.office)
        assert await news.look(), "what happened before the first look may have been missed"
        assert not await news.look()
        unit = next(unit for unit in office.units.values() if unit.parent_id is not None)
        season = here.season()
        elsewhere = Store(here.app.store.url.render_as_string(hide_password=False))

        def rename(tx: Any) -> None:
            audit.acting(tx, audit.By(audit.SERVER), MONDAY)
            units.rename(tx, unit.id, "xã Đổi Tên", on=MONDAY.date(), decision="12/NQ-HĐND", now=MONDAY)

        elsewhere.run(rename)
        assert office.units[unit.id].name == unit.name
        assert await news.look()
        assert office.units[unit.id].name == "xã Đổi Tên"

        elsewhere.run(lambda tx: seasons.close(tx, season.id, MONDAY))
        assert await news.look()
        assert season.id not in [open.id for open in office.seasons]

        elsewhere.run(lambda tx: audit.note(tx, "draft.opened", "draft:1", at=MONDAY))
        assert not await news.look(), "what a turn reads by itself is no news"
        elsewhere.close()


async def test_more_than_can_be_looked_at_at_once(tmp_path: Path, ready_sqlite: Path) -> None:
    async with world(tmp_path / "kheo", "telegram", ready=ready_sqlite) as here:
        news = News(here.app.store, here.app.office)
        await news.look()

        def much(tx: Any) -> None:
            audit.note(tx, "unit.renamed", "unit:1", at=MONDAY)
            for n in range(audit.NEWEST + 5):
                audit.note(tx, "draft.opened", f"draft:{n}", at=MONDAY)

        here.app.store.run(much)
        assert await news.look()
        assert not await news.look()
