"""The database is down at the start, goes away in between, or is taken away under the running program."""

from __future__ import annotations

import asyncio
import logging
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Column, Integer, MetaData, Table, Text, insert, make_url, select

from bot.errors import SettingsWrong, StoreDown
from bot.store import postgres as postgres_side
from bot.store.engine import Store, Tx
from tests.databases import OwnPostgres

ROOT = Path(__file__).parents[2]

tables = MetaData()
answer = Table(
    "t_answer", tables, Column("id", Integer, primary_key=True), Column("said", Text, nullable=False, unique=True)
)
STARTING = "import sys, bot.app; bot.app.START_SECONDS = float(sys.argv[1]); from bot.cli import main; main(['run'])"
"""`kheo run` with another patience."""


def says(said: str) -> Callable[[Tx], str]:
    def work(tx: Tx) -> str:
        tx.execute(insert(answer).values(said=said))
        return said

    return work


def answers(tx: Tx) -> set[str]:
    return set(tx.execute(select(answer.c.said)).scalars())


@pytest.fixture(scope="module")
def server() -> Iterator[OwnPostgres]:
    """A PostgreSQL of this file's own: it is stopped, filled up and locked, whatever TEST_DATABASE_URL says."""
    own = OwnPostgres(Path(tempfile.mkdtemp(prefix="kheo-pg-")))
    yield own
    own.end()


@pytest.fixture
def url(server: OwnPostgres) -> Iterator[str]:
    made = server.create()
    yield made
    server.start()
    server.drop(made)


@pytest.fixture
def big(url: str) -> Iterator[Store]:
    store = Store(url)
    store.run(tables.create_all)
    yield store
    store.close()


# -- down at the start -----------------------------------------------------------------------------------------------


def _run(url: str, folder: Path, patience: float) -> subprocess.Popen[str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith(("TELEGRAM_", "KHEO_"))}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    told = {"DATABASE_URL": url, "KHEO_DATA": str(folder), "KHEO_PORT": str(port)}
    return subprocess.Popen(
        [sys.executable, "-c", STARTING, str(patience)],
        cwd=ROOT,
        env={**own, **told},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_kheo_run_waits_for_a_server_that_starts_a_little_later(server: OwnPostgres, url: str, tmp_path: Path) -> None:
    server.stop()
    running = _run(url, tmp_path, 30.0)
    assert running.stderr is not None and running.stdout is not None
    first = running.stderr.readline()
    assert "the database cannot be reached yet" in first
    assert '"level": "warning"' in first
    server.start()
    assert "http://127.0.0.1:" in running.stdout.readline()
    running.send_signal(signal.SIGTERM)
    assert running.wait(20) == 0


def test_kheo_run_ends_with_a_sentence_when_nobody_answers(tmp_path: Path) -> None:
    began = time.monotonic()
    running = _run("postgresql://lan:bi-mat-123@127.0.0.1:1/kheo", tmp_path, 1.0)
    out, err = running.communicate(timeout=30)
    assert running.returncode == 1
    assert time.monotonic() - began > 1.0
    waited, reason, remedy = err.strip().splitlines()[-3:]
    assert "could not be reached within 1 s" in waited and "127.0.0.1:1/kheo" in waited
    assert "Is the server running" in reason
    assert remedy == "Check DATABASE_URL, and whether the server there is running."
    assert err.count("cannot be reached yet") >= 2, "what it waits for stands in the log"
    assert "Traceback" not in err and "bi-mat-123" not in out + err


@pytest.mark.parametrize(
    ("change", "remedy"),
    [
        ({"database": "nowhere", "username": "postgres"}, "Create the database on the server"),
        ({"username": "nobody"}, "Create the user on the server"),
        ({"username": "outsider", "password": "bi-mat-123"}, "Let this user connect to the database"),
        ({"username": "sleeper", "password": "bi-mat-123"}, "Name a user in DATABASE_URL who may log in"),
        ({"username": "guarded", "password": "sai-mat-123"}, "the right user and password"),
        ({"username": "guarded", "password": None}, "Write the password into DATABASE_URL"),
    ],
    ids=["no database", "no user", "no right to connect", "no login", "wrong password", "no password"],
)
def test_what_will_not_pass_by_waiting_is_said_at_once(
    server: OwnPostgres, url: str, change: dict[str, str], remedy: str
) -> None:
    asks_for_a_password = server.folder / "pg_hba.conf"
    open_to_all = asks_for_a_password.read_text(encoding="utf-8")
    with psycopg.connect(server.admin, autocommit=True) as admin:
        for role, may in (("outsider", "LOGIN"), ("guarded", "LOGIN PASSWORD 'dung-123'"), ("sleeper", "NOLOGIN")):
            admin.execute(f"DROP ROLE IF EXISTS {role}")
            admin.execute(f"CREATE ROLE {role} {may}")
        admin.execute(f'REVOKE CONNECT ON DATABASE "{make_url(url).database}" FROM PUBLIC')
        asks_for_a_password.write_text(f"local all guarded scram-sha-256\n{open_to_all}", encoding="utf-8")
        admin.execute("SELECT pg_reload_conf()")
    time.sleep(0.2)  # the server reads its file in its own time
    store = Store(make_url(url).set(**change).render_as_string(hide_password=False))
    began = time.monotonic()
    try:
        with pytest.raises(StoreDown) as told:
            store.reach(30.0)
    finally:
        store.close()
        asks_for_a_password.write_text(open_to_all, encoding="utf-8")
    assert time.monotonic() - began < 5.0
    assert remedy in str(told.value)
    assert "mat-123" not in str(told.value)


def test_a_command_does_not_wait(tmp_path: Path) -> None:
    """Somebody sits before it: `kheo people add` says at once that the server is away."""
    store = Store("postgresql://lan:bi-mat-123@127.0.0.1:1/kheo")
    began = time.monotonic()
    with pytest.raises(StoreDown, match="could not be brought up to date") as told:
        store.migrate()
    assert time.monotonic() - began < 5.0
    assert "bi-mat-123" not in str(told.value)
    store.close()


@pytest.mark.parametrize(
    ("what", "remedy"), [(b"khong phai co so du lieu " * 100, "restore a backup"), (b"", "")], ids=["garbage", "empty"]
)
def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path: Path, what: bytes, remedy: str) -> None:
    path = tmp_path / "kheo.db"
    path.write_bytes(what)
    store = Store(f"sqlite:///{path}")
    if remedy:
        with pytest.raises(StoreDown, match=remedy):
            store.migrate()
        assert path.read_bytes() == what
    else:
        store.migrate()
    store.close()


# -- PostgreSQL goes away in between ---------------------------------------------------------------------------------


async def _busy(store: Store, trouble: Awaitable[None], people: int = 6) -> set[str]:
    """Several people answer without a pause until the trouble is over and a little longer; what was acknowledged."""
    acknowledged: set[str] = set()
    over = asyncio.Event()

    async def person(name: int) -> None:
        n = 0
        while not over.is_set():
            n += 1
            acknowledged.add(await store.write(says(f"{name}/{n}")))

    talking = [asyncio.create_task(person(n)) for n in range(people)]
    await asyncio.sleep(0.1)
    await trouble
    await asyncio.sleep(0.1)
    over.set()
    await asyncio.gather(*talking)
    return acknowledged


async def _restarts(server: OwnPostgres, times: int, rng: random.Random) -> None:
    for _ in range(times):
        await asyncio.to_thread(server.stop, rng.choice(["fast", "immediate"]))
        await asyncio.sleep(rng.uniform(0.0, 0.3))
        await asyncio.to_thread(server.start)
        await asyncio.sleep(rng.uniform(0.05, 0.3))


async def survives(url: str, server: OwnPostgres, restarts: int, rng: random.Random) -> None:
    """“immediate” is a crash: the server does not even finish what it is doing."""
    store = Store(url)
    store.run(tables.create_all)
    acknowledged = await _busy(store, _restarts(server, restarts, rng))
    assert len(acknowledged) > 50
    assert await store.read(answers) == acknowledged, "each is there, once, and nothing that was refused"
    store.close()


async def test_a_server_that_is_restarted_under_load_loses_and_doubles_nothing(url: str, server: OwnPostgres) -> None:
    await survives(url, server, 3, random.Random(7))


async def test_a_commit_whose_answer_is_lost_for_long_is_told_as_down_and_never_doubled(
    big: Store, server: OwnPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then it cannot be known what became of it: the caller asks again, and what it writes has a key of its own."""
    monkeypatch.setattr(postgres_side, "PATIENCE", 0.3)
    commit = postgres_side.PostgresLine.commit
    falls = [True]

    def falling(line: postgres_side.PostgresLine) -> None:
        commit(line)
        if falls:
            falls.clear()
            server.stop("fast")
            raise postgres_side.Lost("the answer to the commit did not come back")

    monkeypatch.setattr(postgres_side.PostgresLine, "commit", falling)
    with pytest.raises(StoreDown):
        await big.write(says("Lan"))
    await asyncio.to_thread(server.start)
    monkeypatch.undo()
    assert await big.read(answers) == {"Lan"}


def test_a_number_that_a_crashed_server_gives_anew_is_not_taken_for_ours(big: Store, server: OwnPostgres) -> None:
    """Whoever was there first after the crash: another process has got our number, and has kept something under it."""
    before = postgres_side.PostgresLine(big._side.engine)
    kept = before.begin()
    before.raw.execute("CREATE TABLE something (n integer)")
    before.commit()
    lost = postgres_side.Mark(kept.number + 3, kept.life)  # given out, and lost with the crash: nothing is kept of it
    server.stop("immediate")
    server.start()
    line = postgres_side.PostgresLine(big._side.engine)
    last = line.begin()
    line.commit()
    while last.number <= lost.number:
        last = line.begin()
        line.commit()
    assert line.fate(postgres_side.Mark(lost.number, last.life)) == "committed", "somebody else's"
    assert line.fate(lost) == "aborted"
    assert line.fate(kept) == "committed"
    line.raw.execute("CHECKPOINT")
    assert line.fate(lost) is None, "from now on nobody can tell"
    line.close()


def _fill_up(server: OwnPostgres) -> list[psycopg.Connection[Any]]:
    """As many connections as it takes."""
    held: list[psycopg.Connection[Any]] = []
    while True:
        try:
            held.append(psycopg.connect(server.admin))
        except psycopg.OperationalError:
            return held


async def test_a_server_without_a_free_place_is_waited_for(big: Store, server: OwnPostgres) -> None:
    held = _fill_up(server)
    # The first works find no place at all: none of our connections is open yet.
    fresh = Store(big.url.render_as_string(hide_password=False))
    waiting = [asyncio.create_task(fresh.write(says(f"câu {n}"))) for n in range(8)]
    await asyncio.sleep(0.4)
    assert not any(task.done() for task in waiting)
    for connection in held:
        connection.close()
    assert len(await asyncio.gather(*waiting)) == 8
    assert len(await fresh.read(answers)) == 8
    fresh.close()


async def test_a_server_without_a_free_place_at_the_start_is_waited_for(
    server: OwnPostgres, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    held = _fill_up(server)
    threading.Timer(0.5, lambda: [connection.close() for connection in held]).start()
    store = Store(url)
    with caplog.at_level(logging.WARNING, "bot.store"):
        await asyncio.to_thread(store.reach, 20.0)
    assert "too many clients" in caplog.text
    store.close()


async def test_a_server_that_became_read_only_refuses_and_then_works(big: Store, server: OwnPostgres) -> None:
    name = make_url(str(big.url)).database
    await big.write(says("trước"))

    def make(read_only: str) -> None:
        with psycopg.connect(server.admin, autocommit=True) as admin:
            admin.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = {read_only}')
            admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])

    await asyncio.to_thread(make, "on")
    with pytest.raises(StoreDown):
        await big.write(says("Lan"))
    await asyncio.to_thread(make, "off")
    assert await big.write(says("Hùng")) == "Hùng"
    assert await big.read(answers) == {"trước", "Hùng"}


# -- the SQLite file is taken away -----------------------------------------------------------------------------------


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "kheo.db"


@pytest.fixture
def lite(path: Path) -> Iterator[Store]:
    store = Store(f"sqlite:///{path}")
    store.run(tables.create_all)
    store.run(says("trước"))
    yield store
    store.close()


def kept(path: Path) -> set[str]:
    """What somebody reads who opens the file now."""
    other = Store(f"sqlite:///{path}")
    try:
        assert other.run(lambda tx: tx.exec_driver_sql("PRAGMA integrity_check").scalar_one()) == "ok"
        return other.run(answers)
    finally:
        other.close()


def _remove(path: Path, what: str) -> None:
    if not what:
        shutil.rmtree(path.parent)
    for found in path.parent.glob(what or "*"):
        found.unlink()
    assert not path.exists()


@pytest.mark.parametrize("what", ["kheo.db", "kheo.db*", ""], ids=["the file", "all its files", "the folder"])
async def test_a_file_that_is_removed_is_put_back_with_everything(
    lite: Store, path: Path, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    await lite.read(answers)  # the readers hold it too
    _remove(path, what)
    assert await lite.write(says("sau")) == "sau"
    assert "put back" in caplog.text
    assert await lite.read(answers) == {"trước", "sau"}
    assert await lite.write(says("sau nữa")) == "sau nữa"
    assert await lite.read(answers) == {"trước", "sau", "sau nữa"}
    assert kept(path) == {"trước", "sau", "sau nữa"}
    lite.close()
    assert kept(path) == {"trước", "sau", "sau nữa"}
    assert sorted(p.name for p in path.parent.iterdir() if "put-back" in p.name) == []


async def test_a_file_that_is_removed_again_and_again_under_load_loses_nothing(lite: Store, path: Path) -> None:
    async def removing() -> None:
        for _ in range(15):
            await asyncio.to_thread(path.unlink, missing_ok=True)
            await asyncio.sleep(0.03)

    acknowledged = await _busy(lite, removing())
    assert len(acknowledged) > 50
    lite.close()
    assert kept(path) == acknowledged | {"trước"}


async def test_a_file_that_is_replaced_takes_no_answer_that_would_be_lost(lite: Store, path: Path) -> None:
    other = path.with_name("other.db")
    stranger = Store(f"sqlite:///{other}")
    stranger.run(tables.create_all)
    stranger.close()
    await asyncio.to_thread(path.rename, path.with_name("aside.db"))
    await asyncio.to_thread(other.rename, path)
    for said in ("Lan", "Hùng"):
        with pytest.raises(StoreDown, match=r"was replaced .* end Khéo"):
            await lite.write(says(said))
    lite.close()
    assert kept(path) == set(), "the other file was left as it was"
    assert kept(path.with_name("aside.db")) == {"trước"}, "and ours is whole"

    again = Store(f"sqlite:///{path}")
    assert await again.write(says("Lan")) == "Lan"
    again.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, to be made read-only; root may write wherever the file's mode forbids it."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"NOT TESTED: a read-only disk, because none can be mounted here: {mounted.stderr}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def _remount(folder: Path, how: str) -> bool:
    return subprocess.run(["mount", "-o", f"remount,{how}", folder], capture_output=True).returncode == 0


def test_a_folder_that_cannot_be_written_is_said_at_the_start(small_disk: Path) -> None:
    assert _remount(small_disk, "ro")
    running = _run(f"sqlite:///{small_disk}/kheo.db", small_disk, 1.0)
    _, err = running.communicate(timeout=30)
    assert running.returncode == 1
    assert re.search(r"^KHEO_DATA: nothing can be written in .*; let the user that runs Khéo write there", err, re.M)
    assert "Traceback" not in err


def test_a_file_that_cannot_be_written_is_said_at_the_start(small_disk: Path) -> None:
    store = Store(f"sqlite:///{small_disk}/kheo.db")
    store.migrate()
    store.close()
    assert _remount(small_disk, "ro")
    with pytest.raises(SettingsWrong, match="Nothing can be written"):
        Store(f"sqlite:///{small_disk}/kheo.db", exclusive=True)
    shared = Store(f"sqlite:///{small_disk}/kheo.db")
    with pytest.raises(StoreDown, match="Let the user that runs Khéo write"):
        shared.migrate()
    shared.close()
