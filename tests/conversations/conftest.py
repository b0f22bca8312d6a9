"""Every story runs on every channel that can carry it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator
from pathlib import Path

import pytest

from tests.databases import ready_sqlite  # noqa: F401
from tests.devices.browser import CannotDo
from tests.talk import Speaker
from tests.world import World, world

CHANNELS = ("telegram", "web", "zalo")
"""Where each story is told; the terminal talks as Zalo does, and has stories of its own."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """On Zalo a story ends where the platform has no such thing (an edit, a document), and says which."""
    try:
        yield
    except CannotDo as lacking:
        if "zalo" not in item.name:
            raise
        pytest.skip(f"Zalo has no such thing: {lacking}")


@pytest.fixture(params=CHANNELS)
def channel(request: pytest.FixtureRequest) -> str:
    """The channel of the story's main person; a story that names one only is told there only."""
    return str(request.param)


@pytest.fixture
async def here(tmp_path: Path, channel: str, ready_sqlite: Path) -> AsyncIterator[World]:  # noqa: F811
    async with world(tmp_path / "kheo", channel, ready=ready_sqlite) as made:
        yield made


@pytest.fixture
async def lan(here: World) -> Speaker:
    """Lan, officer of xã Vạn Hưng."""
    return await here.person("Lan")
