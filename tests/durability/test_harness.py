"""The harness can fail: bots that break a promise on purpose do not get through it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.durability import test_kill, test_sends
from tests.durability.offices import fresh_sqlite
from tests.durability.test_sends import Load


@pytest.mark.durability_short
async def test_a_bot_that_forgets_what_it_is_sending_is_found_out(
    tmp_path: Path, ready_sqlite: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DURABILITY_FAULT", "forgets what it is sending")
    folder = tmp_path / "office"
    url = fresh_sqlite(folder, ready_sqlite)
    with pytest.raises(AssertionError, match="held ones arrived twice"):
        await test_sends.survive("(a fault)", folder, url, Load(150, groups=0))


@pytest.mark.durability_short
async def test_a_bot_that_confirms_before_it_stores_is_found_out(
    tmp_path: Path, ready_sqlite: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DURABILITY_FAULT", "confirms before it stores")
    folder = tmp_path / "office"
    url = fresh_sqlite(folder, ready_sqlite)
    with pytest.raises(AssertionError, match=r"answers are lost|never heard|out of order"):
        await test_kill.survive("(a fault)", folder, url, 120, webhook=True)
