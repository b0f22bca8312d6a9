"""What stands under every test run: the databases, and whether the pages were tested in a browser at all."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from tests.databases import postgres, postgres_url, ready_postgres, ready_sqlite, sqlite_url, store

__all__ = ["postgres", "postgres_url", "ready_postgres", "ready_sqlite", "sqlite_url", "store"]

BROWSER = "NO CHROMIUM FOUND"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: Any) -> Generator[None, None, None]:
    """Say loudly, below all else, that the browser tests did not run; `KHEO_REQUIRE_BROWSER=1` makes them fail instead."""
    yield
    skipped = [r for r in terminalreporter.stats.get("skipped", []) if BROWSER in str(r.longrepr)]
    if skipped:
        terminalreporter.write_sep("!", f"{BROWSER}: {len(skipped)} browser tests did NOT run", red=True, bold=True)
        terminalreporter.write_line(
            "The pages were not tested. Install a Chromium (apt-get install chromium); KHEO_REQUIRE_BROWSER=1 makes this a failure."
        )
