"""What was acknowledged is never lost, one work's trouble stays its own, and works that wait share a commit."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table, Text, event, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, InvalidRequestError
from sqlalchemy.pool import Pool

from bot.errors import Misunderstood, SettingsWrong, StoreDown
from bot.store import postgres as postgres_side
from bot.store.engine import Store, Tx
from tests.databases import OwnPostgres, Postgres

tables = MetaData()
commune = Table("t_commune", tables, Column("id", Integer, primary_key=True), Column("points", Integer, nullable=False))
answer = Table(
    "t_answer",
    tables,
    Column("id", Integer, primary_key=True),
    Column("commune_id", ForeignKey("t_commune.id"), nullable=False),
    Column("said", Text, nullable=False, unique=True),
)


@pytest.fixture
def two(store: Store) -> Store:
    """The store with two small tables and commune 1 in it."""
    store.run(tables.create_all)
    store.run(lambda tx: tx.execute(insert(commune).values(id=1, points=0)) and None)
    return store


@pytest.fixture
def lite(sqlite_url: str) -> Iterator[Store]:
    store = Store(sqlite_url)
    store.run(tables.create_all)
    store.run(lambda tx: tx.execute(insert(commune).values(id=1, points=0)) and None)
    yield store
    store.close()


def says(said: str):
    def work(tx: Tx) -> str:
        tx.execute(insert(answer).values(commune_id=1, said=said))
        return said

    return work


def answers(tx: Tx) -> set[str]:
    return set(tx.execute(select(answer.c.said)).scalars())


def open_files() -> list[str]:
    return [os.path.realpath(fd) for fd in Path("/proc/self/fd").iterdir()]


async def outcomes(store: Store, *works) -> list:
    return await asyncio.gather(*(store.write(work) for work in works), return_exceptions=True)


async def wait_behind(store: Store, *works) -> list:
    """Let all the works wait at once, behind one that holds the writer up."""
    held = threading.Event()
    first = asyncio.create_task(store.write(lambda tx: held.wait(5)))
    rest = [asyncio.create_task(store.write(work)) for work in works]
    await asyncio.sleep(0.01)
    held.set()
    await first
    return await asyncio.gather(*rest, return_exceptions=True)


async def test_what_was_written_can_be_read(two: Store) -> None:
    assert await two.write(says("mười ba rưỡi")) == "mười ba rưỡi"
    assert await two.read(answers) == {"mười ba rưỡi"}
    assert two.run(answers) == {"mười ba rưỡi"}


async def test_many_at_once_lose_nothing(two: Store) -> None:
    def one_more(tx: Tx) -> None:
        points = tx.execute(select(commune.c.points).where(commune.c.id == 1).with_for_update()).scalar_one()
        tx.execute(update(commune).where(commune.c.id == 1).values(points=points + 1))

    assert set(await outcomes(two, *[one_more] * 200)) == {None}
    assert two.run(lambda tx: tx.execute(select(commune.c.points)).scalar_one()) == 200


async def test_works_that_wait_together_share_a_commit(sqlite_url: str) -> None:
    statements: list[str] = []

    def listen(raw: sqlite3.Connection, _: object) -> None:
        raw.set_trace_callback(statements.append)

    event.listen(Pool, "connect", listen)
    try:
        store = Store(sqlite_url)
        store.run(tables.create_all)
        store.run(lambda tx: tx.execute(insert(commune).values(id=1, points=0)) and None)
        statements.clear()
        await wait_behind(store, *(says(f"câu {n}") for n in range(160)))
        store.close()
    finally:
        event.remove(Pool, "connect", listen)
    assert 2 <= statements.count("COMMIT") <= 8  # at most 64 share one


async def test_a_work_that_raises_leaves_nothing_and_disturbs_nobody(two: Store) -> None:
    def half_done(tx: Tx) -> None:
        says("điểm 16")(tx)
        raise Misunderstood("At most {max} points.", max=15)

    lan, hung, mai = await wait_behind(two, says("Lan"), half_done, says("Mai"))
    assert (lan, mai) == ("Lan", "Mai")
    assert isinstance(hung, Misunderstood)
    assert await two.read(answers) == {"Lan", "Mai"}


async def test_a_broken_key_is_the_trouble_of_that_work_alone(two: Store) -> None:
    results = await wait_behind(two, says("Lan"), says("Lan"), says("Mai"))
    assert sorted(map(str, results[0::2])) == ["Lan", "Mai"] or isinstance(results[0], IntegrityError)
    assert sum(isinstance(result, IntegrityError) for result in results) == 1
    assert await two.read(answers) == {"Lan", "Mai"}


async def test_foreign_keys_are_enforced(two: Store) -> None:
    with pytest.raises(IntegrityError):
        await two.write(lambda tx: tx.execute(insert(answer).values(commune_id=99, said="x")) and None)


async def test_a_wrong_statement_is_the_works_own_error(two: Store) -> None:
    with pytest.raises(DBAPIError, match="nowhere"):
        await two.write(lambda tx: tx.execute(text("SELECT * FROM nowhere")).all())
    assert await two.write(says("vẫn chạy")) == "vẫn chạy"


async def test_what_may_fail_is_caught_inside_a_savepoint(two: Store) -> None:
    def known_already(tx: Tx) -> str:
        try:
            with tx.begin_nested():
                says("Lan")(tx)
        except IntegrityError:
            says("đã biết Lan")(tx)
        return "xong"

    assert await two.write(says("Lan")) == "Lan"
    assert await two.write(known_already) == "xong"
    assert await two.read(answers) == {"Lan", "đã biết Lan"}


@pytest.mark.parametrize("forbidden", ["commit", "rollback", "close", "begin"])
async def test_a_work_cannot_end_the_transaction_itself(two: Store, forbidden: str) -> None:
    def meddling(tx: Tx) -> None:
        says("nửa chừng")(tx)
        getattr(tx, forbidden)()

    lan, wrong, mai = await wait_behind(two, says("Lan"), meddling, says("Mai"))
    assert (lan, mai) == ("Lan", "Mai")
    assert isinstance(wrong, RuntimeError | InvalidRequestError)
    assert await two.read(answers) == {"Lan", "Mai"}


async def test_a_savepoint_left_open_is_an_error(two: Store) -> None:
    def careless(tx: Tx) -> None:
        tx.begin_nested()
        says("để ngỏ")(tx)

    with pytest.raises(RuntimeError, match="savepoint"):
        await two.write(careless)
    assert await two.write(says("Lan")) == "Lan"
    assert await two.read(answers) == {"Lan"}


async def test_a_cursor_does_not_leave_the_work(two: Store) -> None:
    with pytest.raises(TypeError, match="rows"):
        await two.read(lambda tx: tx.execute(select(answer)))


async def test_a_read_cannot_write(two: Store) -> None:
    with pytest.raises(DBAPIError):
        await two.read(says("lén"))
    assert await two.read(answers) == set()


async def test_a_read_sees_one_moment(two: Store) -> None:
    seen, written = threading.Event(), threading.Event()

    def twice(tx: Tx) -> tuple[set[str], set[str]]:
        before = answers(tx)
        seen.set()
        assert written.wait(5)
        return before, answers(tx)

    reading = asyncio.create_task(two.read(twice))
    await asyncio.to_thread(seen.wait, 5)
    await two.write(says("giữa chừng"))
    written.set()
    assert await reading == (set(), set())
    assert await two.read(answers) == {"giữa chừng"}


async def test_a_caller_who_left_disturbs_nobody(two: Store) -> None:
    held = threading.Event()
    first = asyncio.create_task(two.write(lambda tx: held.wait(5)))
    leaving = asyncio.create_task(two.write(says("Hùng")))
    staying = asyncio.create_task(two.write(says("Lan")))
    await asyncio.sleep(0.01)
    leaving.cancel()
    held.set()
    await first
    assert await staying == "Lan"


def test_a_work_cannot_wait_for_another(two: Store) -> None:
    with pytest.raises(RuntimeError, match="Tx"):
        two.run(lambda tx: two.run(answers))


async def test_a_closed_store_finishes_and_then_refuses(two: Store) -> None:
    waiting = [asyncio.create_task(two.write(says(name))) for name in ("Lan", "Hùng", "Mai")]
    await asyncio.sleep(0)
    await asyncio.to_thread(two.close)
    assert set(await asyncio.gather(*waiting)) == {"Lan", "Hùng", "Mai"}
    with pytest.raises(StoreDown):
        await two.write(says("muộn"))


# SQLite: the disk, the file


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are seen on Linux only")
async def test_a_closed_store_holds_no_file(sqlite_url: str) -> None:
    store = Store(sqlite_url, exclusive=True)
    store.run(tables.create_all)
    await store.read(answers)
    with pytest.raises(DBAPIError):
        await store.read(lambda tx: tx.execute(text("SELECT * FROM nowhere")).all())
    store.close()
    path = sqlite_url.removeprefix("sqlite:///")
    assert [held for held in open_files() if held.startswith(path)] == []


async def test_a_full_database_file_refuses_the_large_and_keeps_the_small(lite: Store) -> None:
    def at_most(more: int):
        def work(tx: Tx) -> None:
            pages = tx.exec_driver_sql("PRAGMA page_count").scalar_one()
            tx.exec_driver_sql(f"PRAGMA max_page_count = {pages + more}").scalar_one()

        return work

    await lite.write(at_most(5))
    large = says("x" * 200_000)
    results = await wait_behind(lite, says("Lan"), large, says("Hùng"), large, says("Mai"))
    assert [type(result) for result in results] == [str, StoreDown, str, StoreDown, str]
    assert await lite.read(answers) == {"Lan", "Hùng", "Mai"}

    await lite.write(at_most(5_000))
    await lite.write(large)


async def test_a_full_file_cannot_be_swallowed(lite: Store) -> None:
    def stubborn(tx: Tx) -> str:
        says("trước")(tx)
        try:
            says("x" * 200_000)(tx)
        except DBAPIError:
            says("sau")(tx)
            with pytest.raises(IntegrityError):
                says("sau")(tx)
        return "không sao"

    pages = lite.run(lambda tx: tx.exec_driver_sql("PRAGMA page_count").scalar_one())
    lite.run(lambda tx: tx.exec_driver_sql(f"PRAGMA max_page_count = {pages + 5}").scalar_one())
    lan, stubborn_one = await wait_behind(lite, says("Lan"), stubborn)
    assert lan == "Lan"
    assert isinstance(stubborn_one, StoreDown)
    assert await lite.read(answers) == {"Lan"}


@pytest.mark.parametrize("swallowed", [True, False])
async def test_trouble_that_leaves_the_transaction_open_is_store_down_too(lite: Store, swallowed: bool) -> None:
    def on_a_file_that_became_read_only(tx: Tx) -> None:
        tx.exec_driver_sql("PRAGMA query_only = ON")
        try:
            says("Hùng")(tx)
        except DBAPIError:
            if not swallowed:
                raise
        finally:
            tx.exec_driver_sql("PRAGMA query_only = OFF")

    lan, hung, mai = await wait_behind(lite, says("Lan"), on_a_file_that_became_read_only, says("Mai"))
    assert (lan, type(hung), mai) == ("Lan", StoreDown, "Mai")
    assert await lite.read(answers) == {"Lan", "Mai"}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"NOT TESTED: a truly full disk, because a small one cannot be mounted here: {mounted.stderr}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)  # also when a failed test still holds a file


async def test_a_full_disk_loses_nothing_that_was_acknowledged(small_disk: Path) -> None:
    url = f"sqlite:///{small_disk}/kheo.db"
    store = Store(url)
    store.run(tables.create_all)
    store.run(lambda tx: tx.execute(insert(commune).values(id=1, points=0)) and None)
    acknowledged, refused = set(), []
    for turn in range(40):
        for result in await outcomes(store, *(says(f"{turn}/{n} " + "dài " * 300) for n in range(20))):
            if isinstance(result, str):
                acknowledged.add(result)
            else:
                refused.append(result)
    assert acknowledged
    assert refused
    assert {type(one) for one in refused} == {StoreDown}
    assert await store.read(answers) == acknowledged

    store.close()
    await asyncio.to_thread(subprocess.run, ["mount", "-o", "remount,size=8m", small_disk], check=True)
    again = Store(url)
    assert again.run(answers) == acknowledged
    assert again.run(lambda tx: tx.exec_driver_sql("PRAGMA integrity_check").scalar_one()) == "ok"
    assert await again.write(says("có chỗ rồi")) == "có chỗ rồi"
    again.close()


async def test_a_file_held_by_another_is_store_down_and_then_works(lite: Store, sqlite_url: str) -> None:
    await lite.write(lambda tx: tx.exec_driver_sql("PRAGMA busy_timeout = 50").scalar_one())
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    results = await outcomes(lite, *(says(f"câu {n}") for n in range(30)))
    assert {type(result) for result in results} == {StoreDown}
    assert time.monotonic() - began < 2, "those who waited together are told together"
    other.execute("ROLLBACK")
    other.close()
    assert await lite.write(says("Lan")) == "Lan"


LIVES = get_context("forkserver")
"""Each life is a process of its own that has everything imported."""
LIVES.set_forkserver_preload([__name__])


def one_life(url: str, life: int, out: Connection) -> None:
    """Eight people write until they are killed; what was acknowledged is told, a line each."""

    async def main() -> None:
        store = Store(url)

        async def person(name: int) -> None:
            n = 0
            while True:
                n += 1
                said = await store.write(says(f"{life}-{name}-{n}"))
                os.write(out.fileno(), f"{said}\n".encode())

        await asyncio.gather(*(person(name) for name in range(8)))

    asyncio.run(main())


@pytest.mark.parametrize("on", ["sqlite_url", "postgres_url"])
def test_kill_9_loses_nothing_that_was_acknowledged(request: pytest.FixtureRequest, on: str) -> None:
    url: str = request.getfixturevalue(on)
    store = Store(url)
    store.run(tables.create_all)
    store.run(lambda tx: tx.execute(insert(commune).values(id=1, points=0)) and None)
    store.close()
    acknowledged: set[str] = set()
    chance = random.Random(20)
    for life in range(20 if on == "sqlite_url" else 5):
        told, out = LIVES.Pipe(duplex=False)
        child = LIVES.Process(target=one_life, args=(url, life, out))
        child.start()
        out.close()
        assert child.pid is not None
        with told, open(told.fileno(), encoding="utf-8", closefd=False) as lines:
            acknowledged.add(lines.readline().strip())
            threading.Timer(chance.uniform(0.0, 0.05), os.kill, (child.pid, signal.SIGKILL)).start()
            rest = lines.read()
        acknowledged.update(line.strip() for line in rest.splitlines(keepends=True) if line.endswith("\n"))
        child.join()
        assert child.exitcode == -signal.SIGKILL
    store = Store(url)
    kept = store.run(answers)
    if store.dialect == "sqlite":
        assert store.run(lambda tx: tx.exec_driver_sql("PRAGMA integrity_check").scalar_one()) == "ok"
    store.close()
    assert len(acknowledged) > 20
    assert acknowledged - kept == set()


def test_a_second_process_is_refused(sqlite_url: str) -> None:
    first = Store(sqlite_url, exclusive=True)
    opening = f"from bot.store.engine import Store; Store({sqlite_url!r}, exclusive=True)"
    second = subprocess.run([sys.executable, "-c", opening], capture_output=True, text=True, cwd=Path.cwd())
    assert second.returncode != 0
    assert f"already in use by another Khéo process (pid {os.getpid()})" in second.stderr
    assert "SettingsWrong" in second.stderr
    first.close()
    subprocess.run([sys.executable, "-c", opening], check=True, cwd=Path.cwd())


@pytest.mark.parametrize(
    "url", ["", "kheo.db", "sqlite://", "sqlite:///:memory:", "mysql://lan:secret@host/kheo", "postgresql//x:secret@y"]
)
def test_a_url_that_cannot_be_used_is_said_without_its_password(url: str) -> None:
    with pytest.raises(SettingsWrong) as told:
        Store(url)
    assert "DATABASE_URL" in str(told.value)
    assert "secret" not in str(told.value)


async def test_what_people_wrote_does_not_stand_in_errors(two: Store) -> None:
    await two.write(says("0905 123 456"))
    with pytest.raises(IntegrityError) as told:
        await two.write(says("0905 123 456"))
    if two.dialect == "sqlite":  # PostgreSQL names the double value itself; the log is cleaned of its DETAIL elsewhere
        assert "0905" not in str(told.value)
    assert "parameters: (" not in str(told.value)


# PostgreSQL: a server that is away


def cut_all(postgres: Postgres, url: str) -> None:
    with psycopg.connect(postgres.admin, autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
            [url.rpartition("/")[2].partition("?")[0]],
        )


@pytest.fixture
def big(postgres_url: str) -> Iterator[Store]:
    store = Store(postgres_url)
    store.run(tables.create_all)
    store.run(lambda tx: tx.execute(insert(commune).values(id=1, points=0)) and None)
    yield store
    store.close()


async def test_connections_that_are_cut_again_and_again_lose_and_double_nothing(
    big: Store, postgres: Postgres, postgres_url: str
) -> None:
    counted: list[None] = []

    def one_more(tx: Tx) -> None:
        tx.execute(update(commune).where(commune.c.id == 1).values(points=commune.c.points + 1))

    async def person() -> None:
        for _ in range(60):
            await big.write(one_more)
            counted.append(None)

    people = asyncio.gather(*(person() for _ in range(8)))
    while not people.done():
        await asyncio.to_thread(cut_all, postgres, postgres_url)
        await asyncio.sleep(0.03)
    await people
    assert big.run(lambda tx: tx.execute(select(commune.c.points)).scalar_one()) == len(counted) == 480


@pytest.mark.parametrize("reached", [True, False], ids=["the commit arrived", "the commit did not arrive"])
async def test_a_commit_without_an_answer_takes_effect_once(
    big: Store, monkeypatch: pytest.MonkeyPatch, reached: bool
) -> None:
    commit = postgres_side.PostgresLine.commit
    broken: list[bool] = []

    def breaks_once(line: postgres_side.PostgresLine) -> None:
        if broken:
            return commit(line)
        broken.append(True)
        if reached:
            commit(line)
        line.raw.close()
        raise postgres_side.Lost("the cable was pulled")

    monkeypatch.setattr(postgres_side.PostgresLine, "commit", breaks_once)
    assert await big.write(says("Lan")) == "Lan"
    assert await big.read(answers) == {"Lan"}


async def test_a_server_that_is_away_for_a_while_is_waited_for(big: Store, postgres: Postgres) -> None:
    if not isinstance(postgres, OwnPostgres):
        pytest.skip("NOT TESTED: a server given by TEST_DATABASE_URL is not stopped")
    await big.write(says("trước"))
    await asyncio.to_thread(postgres.stop)
    waiting = [asyncio.create_task(big.write(says(f"trong lúc {n}"))) for n in range(8)]
    reading = asyncio.create_task(big.read(lambda tx: tx.execute(select(func.count()).select_from(commune)).scalar()))
    await asyncio.sleep(0.3)
    assert not any(task.done() for task in waiting)
    await asyncio.to_thread(postgres.start)
    assert len(await asyncio.gather(*waiting)) == 8
    assert await reading == 1
    assert len(await big.read(answers)) == 9


async def test_a_server_that_stays_away_is_store_down(
    big: Store, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not isinstance(postgres, OwnPostgres):
        pytest.skip("NOT TESTED: a server given by TEST_DATABASE_URL is not stopped")
    monkeypatch.setattr(postgres_side, "PATIENCE", 0.4)
    await asyncio.to_thread(postgres.stop)
    try:
        results = await outcomes(big, *(says(f"câu {n}") for n in range(20)))
    finally:
        await asyncio.to_thread(postgres.start)
    assert {type(result) for result in results} == {StoreDown}
    monkeypatch.undo()
    assert await big.write(says("Lan")) == "Lan"
    assert await big.read(answers) == {"Lan"}


@pytest.mark.parametrize("swallowed", [False, True])
async def test_two_that_lock_each_other_out_both_succeed(big: Store, swallowed: bool) -> None:
    big.run(lambda tx: tx.execute(insert(commune).values(id=2, points=0)) and None)
    meeting = threading.Barrier(2, timeout=5)

    def crosswise(first: int, second: int):
        tries = []

        def work(tx: Tx) -> None:
            tx.execute(update(commune).where(commune.c.id == first).values(points=commune.c.points + 1))
            tries.append(None)
            if len(tries) == 1:
                meeting.wait()
            try:
                tx.execute(update(commune).where(commune.c.id == second).values(points=commune.c.points + 1))
            except DBAPIError:
                if not swallowed:
                    raise
                with pytest.raises(DBAPIError):
                    answers(tx)

        return work

    assert await outcomes(big, crosswise(1, 2), crosswise(2, 1)) == [None, None]
    assert big.run(lambda tx: tx.execute(select(commune.c.points)).scalars().all()) == [2, 2]


async def test_going_on_after_a_database_error_is_said_clearly(big: Store) -> None:
    def swallowing(tx: Tx) -> None:
        says("Lan")(tx)
        try:
            says("Lan")(tx)
        except IntegrityError:
            return

    with pytest.raises(RuntimeError, match="begin_nested"):
        await big.write(swallowing)
    assert await big.read(answers) == set()
