"""What stands under every test run: the databases, and whether the pages were tested in a browser at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
import structlog

from tests import once
from tests.databases import postgres, postgres_url, ready_postgres, ready_sqlite, sqlite_url, store

__all__ = ["postgres", "postgres_url", "ready_postgres", "ready_sqlite", "sqlite_url", "store"]

IN_MEMORY = Path("/dev/shm")
ROOM = 4 * 1024**3

if "TMPDIR" not in os.environ and os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free > ROOM:
    # Nobody pulls the plug of a test, and kill -9 takes nothing from a file: waiting for a disk would show nothing.
    os.environ["TMPDIR"] = tempfile.tempdir = str(IN_MEMORY)

once.keep()

for step in structlog.get_config()["processors"]:
    if isinstance(step, structlog.dev.ConsoleRenderer):
        # The program sets its own logs; without that each failure of a turn is drawn with all its variables, in a second.
        step.exception_formatter = structlog.dev.plain_traceback

TOLD = {
    "NO CHROMIUM FOUND": "The pages were not tested: apt-get install chromium; KHEO_REQUIRE_BROWSER=1 makes this a failure.",
    "NO OFFICE SUITE FOUND": (
        "The papers were not rendered: apt-get install libreoffice-writer-nogui fonts-liberation poppler-utils; "
        "KHEO_REQUIRE_OFFICE=1 makes this a failure."
    ),
}
"""What a skipped test says, and what is to be done about it."""


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: Any) -> Generator[None, None, None]:
    """Say loudly, below all else, which tests did not run for want of a program."""
    yield
    for lacking, remedy in TOLD.items():
        skipped = [r for r in terminalreporter.stats.get("skipped", []) if lacking in str(r.longrepr)]
        if skipped:
            terminalreporter.write_sep("!", f"{lacking}: {len(skipped)} tests did NOT run", red=True, bold=True)
            terminalreporter.write_line(remedy)
