"""Two and three processes that tick at the same moment: each due row and each message once."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bot.clock import ZONE
from bot.store.tables import due, outbox
from tests.world import world


@pytest.mark.parametrize("count", [2, 3])
async def test_each_due_row_and_each_message_once(count: int, tmp_path: Path, postgres_url: str) -> None:
    async with world(tmp_path / "kheo", "telegram", database_url=postgres_url) as here:
        lan = await here.person("Lan")
        first = datetime(2024, 2, 6, 8, 5, tzinfo=ZONE)
        here.app.clock.move(first)
        assert here._make
        others = [here._make(first) for _ in range(count - 1)]
        apps = [here.app, *others]
        for app in others:
            await asyncio.to_thread(app.prepare)
        for day in (6, 7, 8, 9):
            for app in apps:
                app.clock.move(first.replace(day=day))
            for _ in range(2):
                await asyncio.gather(*(app.jobs.scan() for app in apps))
        made = await here.app.store.read(_made)
        assert made["due"] > 0
        assert made["due"] == made["different"]
        assert made["twice"] == [], "a person is told of one step in one message"
        await here.quiet()
        reminded = [heard.text for heard in lan.device.heard if "nhắc" in heard.text.lower()]
        assert len(reminded) == len(set(reminded))
        for app in others:
            await app.stop()


def _made(tx: Any) -> dict[str, Any]:
    rows = [tuple(row) for row in tx.execute(due.select()).all()]
    messages = tx.execute(outbox.select().where(outbox.c.kind == "reminder")).all()
    items = [
        (message.address_id, tuple(item))
        for message in messages
        if message.state != "cancelled"
        for item in message.payload.get("items", [])
    ]
    return {
        "due": len(rows),
        "different": len({row[1:6] for row in rows}),
        "twice": sorted(item for item in set(items) if items.count(item) > 1),
    }
