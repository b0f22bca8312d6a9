"""`kheo migrate-to`: an office that was lived in moves from SQLite to PostgreSQL, whole or not at all."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bot.app import open_office
from bot.care import moving
from bot.care.backup import back_up
from bot.care.moved import mark_of, moved, set_mark, take_mark_away
from bot.care.restore import restore
from bot.cli import main
from bot.config import Settings, settings
from bot.errors import KheoError, SettingsWrong
from bot.store import health, seals, whole
from bot.store.engine import Store
from bot.store.tables import metadata
from bot.store.whole import Row
from tests.care.conftest import GARDEN, NOW, NewUrl, content, district, evidence
from tests.world import ROOT, world


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, ready_sqlite: Path) -> Path:
    """A district on SQLite that was told once; only read."""
    folder = tmp_path_factory.mktemp("told")

    async def tell() -> None:
        async with district(folder, f"sqlite:///{folder}/kheo.db", ready_sqlite) as (here, _):
            await here.quiet()

    asyncio.run(tell())
    return folder


@pytest.fixture
def old(told: Path, tmp_path: Path) -> str:
    shutil.copytree(told, tmp_path / "data")
    return f"sqlite:///{tmp_path}/data/kheo.db"


@pytest.fixture
def new(new_url: NewUrl, tmp_path: Path) -> str:
    return new_url("postgresql", tmp_path)


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, old: str) -> Any:
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.validation_alias), raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KHEO_DATA", str(tmp_path / "data"))

    def run(*given: str) -> int:
        with pytest.raises(SystemExit) as ended:
            main(list(given))
        assert isinstance(ended.value.code, int)
        return ended.value.code

    return run


def same(url: str, folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    """All rows, in an order of our own, with numbers as numbers: how a server writes them is its own affair."""
    kinds = {shape.name: shape.kinds for shape in whole.shapes(whole.head())}

    def read(kind: str, value: str | None) -> Any:
        return float(value) if kind == "real" and value is not None else value

    def row(name: str, values: Row) -> tuple[Any, ...]:
        return tuple(read(kind, value) for kind, value in zip(kinds[name], values, strict=True))

    return {name: sorted((row(name, r) for r in rows), key=repr) for name, rows in content(url, folder).items()}


def files_of(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file() and not p.name.endswith((".lock", "-shm"))}


def test_every_table_is_the_same_and_the_old_file_untouched(
    command: Any, old: str, new: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, rows = files_of(tmp_path / "data"), same(old, tmp_path / "a")
    assert command("migrate-to", new) == 0
    said = capsys.readouterr().out
    assert "Đã chuyển" in said and "DATABASE_URL=postgresql://" in said and "đã đánh dấu" in said
    assert same(new, tmp_path / "b") == rows
    assert {name for name, found in rows.items() if found} >= {"unit", "person", "exemplar", "audit", "outbox", "kept"}
    after = files_of(tmp_path / "data")
    assert set(after) - set(before) == {"kheo.db.moved"}
    assert {name: after[name] for name in before} == before
    assert mark_of(old) is not None and oct((tmp_path / "data" / "kheo.db.moved").stat().st_mode)[-3:] == "600"
    with health.examined(new) as tx:
        assert seals.verify(tx).sound
    with psycopg.connect(new) as raw:
        assert raw.execute("SELECT count(*) FROM audit WHERE action = 'store.moved'").fetchone() == (1,)


async def test_people_go_on_where_they_were(old: str, new: str, tmp_path: Path) -> None:
    moving.move(old, new, NOW)
    (tmp_path / "data" / "kheo.db").unlink()
    store = Store(new)
    try:
        for table in ("exemplar", "draft_event", "outbox", "audit"):  # numbers go on after the highest
            top = store.run(lambda tx, t=table: tx.exec_driver_sql(f"SELECT max(id) FROM {t}").scalar_one())  # type: ignore[misc]
            asked = f"SELECT nextval(pg_get_serial_sequence('{table}', 'id'))"
            assert store.run(lambda tx, a=asked: tx.exec_driver_sql(a).scalar_one()) > top  # type: ignore[misc]
        found = store.run(lambda tx: tx.exec_driver_sql("SELECT name FROM exemplar ORDER BY id").scalars().all())
        assert GARDEN in found
    finally:
        store.close()


def test_a_look_changes_nothing(command: Any, old: str, new: str, tmp_path: Path, capsys: Any) -> None:
    before = files_of(tmp_path / "data")
    assert command("migrate-to", new, "--look") == 0
    said = capsys.readouterr().out
    assert "exemplar: 2" in said and "Chưa thay đổi gì" in said and "kheo_" in said
    assert not whole.holds_rows(new) and moved(old) is None and files_of(tmp_path / "data") == before


def test_the_password_is_never_shown_nor_kept(command: Any, old: str, new: str, tmp_path: Path, capsys: Any) -> None:
    secret = "mat-khau-rat-bi-mat"
    parts = new.partition("://")
    with_password = f"{parts[0]}://{parts[2].replace('@', f':{secret}@', 1)}"
    assert secret in with_password
    assert command("migrate-to", with_password) == 0
    printed = capsys.readouterr()
    assert secret not in printed.out + printed.err
    assert secret not in (tmp_path / "data" / "kheo.db.moved").read_text()


def test_nobody_goes_on_with_the_old_one_unless_they_say_so(
    command: Any, old: str, new: str, tmp_path: Path, capsys: Any
) -> None:
    moving.move(old, new, NOW)
    for given in (("season", "list"), ("people", "list")):
        assert command(*given) == 1
        assert "đã chuyển sang postgresql://" in capsys.readouterr().err
    own = settings(KHEO_DATA=tmp_path / "data")
    with pytest.raises(KheoError, match="--again"):
        open_office(own, exclusive=False)
    assert take_mark_away(old) and not take_mark_away(old)
    store, _ = open_office(own, exclusive=False)
    store.close()


def test_a_restore_into_the_old_place_makes_it_an_office_again(old: str, new: str, tmp_path: Path) -> None:
    made = back_up(old, evidence(tmp_path / "data"), tmp_path / "backups", NOW)
    moving.move(old, new, NOW)
    restore(made.path, old, evidence(tmp_path / "data"), NOW, replace=True)
    assert moved(old) is None


def test_a_mark_that_cannot_be_read_counts(old: str) -> None:
    place = mark_of(old)
    assert place is not None
    place.write_text("…")
    assert moved(old) is not None
    set_mark(old, "postgresql://x/y", NOW)
    found = moved(old)
    assert found is not None and (found.place, found.at) == ("postgresql://x/y", NOW)


# -- refused -----------------------------------------------------------------------------------------------------------


def test_refused_while_a_bot_runs_on_the_old_one(old: str, new: str) -> None:
    running = Store(old, exclusive=True)
    try:
        with pytest.raises(SettingsWrong, match="already in use by another Khéo"):
            moving.move(old, new, NOW)
    finally:
        running.close()
    assert not whole.holds_rows(new) and moved(old) is None


def test_refused_while_a_command_is_at_work_in_the_old_one(old: str, new: str) -> None:
    with closing(sqlite3.connect(old.removeprefix("sqlite:///"), isolation_level=None)) as raw:
        raw.execute("BEGIN IMMEDIATE")
        with pytest.raises(KheoError, match="lệnh khác"):
            moving.move(old, new, NOW)


def test_refused_where_an_office_is_already(old: str, new: str, tmp_path: Path) -> None:
    moving.move(old, new, NOW)
    before = same(new, tmp_path / "a")
    with pytest.raises(KheoError, match="đã có dữ liệu"):
        moving.move(old, new, NOW)
    assert same(new, tmp_path / "b") == before


def test_refused_while_a_bot_runs_on_the_new_one(old: str, new: str) -> None:
    there = Store(new)
    there.migrate()
    there.run(lambda tx: None)
    try:
        with pytest.raises(KheoError, match="Đang có Khéo chạy"):
            moving.look(old, new)
    finally:
        there.close()


def test_empty_tables_make_way(old: str, new: str, tmp_path: Path) -> None:
    there = Store(new)
    there.migrate()
    there.close()
    moving.move(old, new, NOW)
    assert same(new, tmp_path / "b") == same(old, tmp_path / "a")


def test_refused_where_there_is_nothing_to_move_or_nowhere(old: str, new: str, tmp_path: Path) -> None:
    for source, target, words in (
        (new, new, "đã ở trên PostgreSQL"),
        (old, f"sqlite:///{tmp_path}/other.db", "hãy nêu|Hãy nêu"),
        (f"sqlite:///{tmp_path}/none.db", new, "Không có tệp SQLite"),
    ):
        with pytest.raises(KheoError, match=words):
            moving.look(source, target)
    with pytest.raises(SettingsWrong, match="mysql"):
        moving.look(old, "mysql://root@localhost/kheo")
    assert not (tmp_path / "none.db").exists()


def test_refused_when_the_versions_differ(old: str, new: str) -> None:
    with closing(sqlite3.connect(old.removeprefix("sqlite:///"), isolation_level=None)) as raw:
        raw.execute("UPDATE alembic_version SET version_num = 'bf62b3629509'")
    with pytest.raises(KheoError, match="phiên bản Khéo trước"):
        moving.look(old, new)
    with closing(sqlite3.connect(old.removeprefix("sqlite:///"), isolation_level=None)) as raw:
        raw.execute("UPDATE alembic_version SET version_num = 'ffffffffffff'")
    with pytest.raises(KheoError, match="newer"):
        moving.look(old, new)


def test_refused_with_a_trace_that_somebody_changed(old: str, new: str) -> None:
    with closing(sqlite3.connect(old.removeprefix("sqlite:///"), isolation_level=None)) as raw:
        for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            raw.execute(f'DROP TRIGGER "{name}"')
        raw.execute("UPDATE audit SET person = 99 WHERE id = (SELECT last FROM audit_seal ORDER BY id LIMIT 1)")
    with pytest.raises(KheoError, match="không còn nguyên vẹn"):
        moving.move(old, new, NOW)
    assert not whole.holds_rows(new) and moved(old) is None


def test_what_comes_out_otherwise_than_it_went_in_is_not_kept(old: str, new: str) -> None:
    with changed(whole, "fill", loses_a_row), pytest.raises(KheoError, match="không giống nhau"):
        moving.move(old, new, NOW)
    assert not whole.holds_rows(new) and moved(old) is None


@contextmanager
def changed(place: Any, name: str, by: Any) -> Iterator[None]:
    before = getattr(place, name)
    setattr(place, name, lambda *given, **named: by(before, *given, **named))
    try:
        yield
    finally:
        setattr(place, name, before)


def loses_a_row(fill: Any, tx: Any, *given: Any) -> None:
    fill(tx, *given)
    tx.exec_driver_sql("DELETE FROM draft_event WHERE id = (SELECT max(id) FROM draft_event)")


# -- killed ------------------------------------------------------------------------------------------------------------

DIES = """
import os, signal, sys
from datetime import datetime
from bot.care import moving
from bot.clock import ZONE
from bot.store import whole
from bot.store.line import Line
spot, source, target = sys.argv[1:]
def die(*given, **named):
    os.kill(os.getpid(), signal.SIGKILL)
copied = 0
if spot == "copying":
    put = whole._copy_in
    def some(tx, shape, rows):
        global copied
        copied += 1
        die() if copied == 12 else put(tx, shape, rows)
    whole._copy_in = some
elif spot == "comparing":
    moving._compare = die
elif spot == "marked":
    mark = moving.set_mark
    def then(*given):
        mark(*given)
        die()
    moving.set_mark = then
moving.move(source, target, datetime(2024, 2, 20, 22, tzinfo=ZONE))
"""


@pytest.mark.parametrize("spot", ["copying", "comparing", "marked"])
def test_killed_in_the_middle_it_leaves_the_target_empty_and_is_done_again(
    old: str, new: str, tmp_path: Path, spot: str
) -> None:
    rows = same(old, tmp_path / "a")
    ended = subprocess.run([sys.executable, "-c", DIES, spot, old, new], cwd=ROOT, capture_output=True, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
    assert not whole.holds_rows(new)
    assert (moved(old) is not None) == (spot == "marked")
    assert same(old, tmp_path / "c") == rows
    moving.move(old, new, NOW)
    assert same(new, tmp_path / "b") == rows
    assert moved(old) is not None
    left = [name for name in os.listdir(tmp_path / "data") if name.startswith(".moving-")]
    assert spot and len(left) <= 1


def test_a_server_that_goes_away_leaves_the_old_one_in_force(old: str, new: str) -> None:
    def drops(work: Any, tx: Any, *given: Any) -> None:
        with psycopg.connect(new, autocommit=True) as raw:
            raw.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
                "AND datname = current_database()"
            )
        work(tx, *given)

    with changed(moving, "_compare", drops), pytest.raises(KheoError):
        moving.move(old, new, NOW)
    assert not whole.holds_rows(new) and moved(old) is None


def test_no_table_is_forgotten(old: str, new: str) -> None:
    assert set(moving.look(old, new).counts) == set(metadata.tables)


async def test_the_bot_goes_on_there(old: str, new: str, tmp_path: Path) -> None:
    moving.move(old, new, NOW)
    folder = tmp_path / "data"
    async with world(folder, "telegram", database_url=new, seasons=[("van-ninh", 2025)]) as here:
        assert GARDEN in [e.name for e in await here.exemplars("van-ninh.van-thang")]
