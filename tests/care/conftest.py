"""A district with something in it: two models scored, a scorecard half filled in, photos, reminders, a closed list."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bot.clock import ZONE
from bot.store import whole
from bot.store.files import EvidenceFolder
from bot.store.whole import Row
from tests.databases import Postgres, postgres, postgres_url, ready_postgres, ready_sqlite, sqlite_url
from tests.talk import Speaker
from tests.world import World, world

__all__ = ["postgres", "postgres_url", "ready_postgres", "ready_sqlite", "sqlite_url"]

NOW = datetime(2024, 2, 20, 22, 0, tzinfo=ZONE)
KINDS = ("sqlite", "postgresql")
CAMERA, GARDEN = "Camera an ninh thôn Xuân Tự", "Vườn rau sạch “5 không”\tthôn Hà Già"
NewUrl = Callable[[str, Path], str]


@pytest.fixture(scope="session")
def new_url(request: pytest.FixtureRequest) -> NewUrl:
    """The URL of a place of that kind where nothing is yet."""

    def made(kind: str, folder: Path) -> str:
        if kind == "sqlite":
            return f"sqlite:///{folder / 'kheo.db'}"
        server: Postgres = request.getfixturevalue("postgres")
        return server.create()

    return made


@asynccontextmanager
async def district(folder: Path, url: str, ready: Path | None = None) -> AsyncIterator[tuple[World, Speaker]]:
    """The world on that database, with what has happened there; Lan is in the middle of her second scorecard."""
    async with world(folder, "telegram", ready=ready, database_url=url) as here:
        lan = await here.person("Lan")
        hung = await here.person("Hùng", "van-ninh.van-thang")
        await here.exemplar(CAMERA)
        await lan.says("/tucham").hears("Tiêu chí 01")
        await lan.says("13 rưỡi").hears("Tài liệu kiểm chứng")
        await lan.sends_photo("hop-dan.jpg").hears("Đã nhận 1 ảnh")
        await lan.picks("Xong").hears("Tiêu chí 02")
        await lan.says("tc2 15 tc3 15 tc4 15 tc5 15 tc6 15 tc7 8").hears("96,5/100 điểm")
        await lan.picks("Nộp bảng tự chấm").hears("Đã tiếp nhận")
        await seal(here)
        await here.exemplar(GARDEN, "van-ninh.van-thang")
        await hung.says("/tucham").hears("Tiêu chí 01")
        await hung.says("12,5").hears("Tài liệu kiểm chứng")
        await hung.sends_photo("vuon-rau.jpg").hears("Đã nhận 1 ảnh")
        await here.it_is(2024, 2, 6)
        yield here, hung


async def seal(here: World) -> None:
    """Let the trace be sealed up to here; on PostgreSQL it takes two looks and sometimes a little patience."""
    for _ in range(500):
        if await here.app.jobs.seal():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("nothing was sealed")


def evidence(folder: Path) -> EvidenceFolder:
    return EvidenceFolder(folder / "evidence")


def content(url: str, folder: Path) -> dict[str, list[Row]]:
    """All rows of all tables, but for the line of the trace that tells of a restoring, and the seals made then."""
    folder.mkdir(exist_ok=True)
    with whole.snapshot(url, folder) as found:
        held = {shape.name: list(found.rows(shape)) for shape in found.shapes}
    came = {"store.restored", "store.moved"}
    told = [int(row[0] or 0) for row in held.get("audit", []) if came & set(row)]
    held["audit"] = [row for row in held.get("audit", []) if int(row[0] or 0) not in told]
    if told:
        last = next(shape for shape in found.shapes if shape.name == "audit_seal").columns.index("last")
        held["audit_seal"] = [row for row in held["audit_seal"] if int(row[last] or 0) < told[0]]
    return held


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder / "evidence").glob("??/*"))}


def names(place: Any) -> list[str]:
    return sorted(path.name for path in place.iterdir())
