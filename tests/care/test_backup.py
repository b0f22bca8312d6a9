"""Backups made beside a running bot, put back into either kind of database, and what is refused."""

from __future__ import annotations

import asyncio
import hashlib
import os
import resource
import shutil
import sqlite3
import stat
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic import command

from bot.care import backup
from bot.care.archive import ArchiveWrong, open_archive
from bot.care.backup import archives, back_up, verified
from bot.care.restore import restore
from bot.cli import main
from bot.errors import KheoError
from bot.store import health, held, seals, whole
from bot.store.engine import Store
from bot.store.migrations import run
from tests.care.conftest import GARDEN, KINDS, NOW, NewUrl, content, district, evidence, files, names
from tests.world import world

BEFORE_REPORTS = Path(__file__).parents[1] / "store" / "before_reports.sql"
FIRST_RELEASED = "e9419a5d3750"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, ready_sqlite: Path) -> tuple[Path, Path]:
    """A district on SQLite that was told once, and an archive of it; both are only read."""
    folder = tmp_path_factory.mktemp("told")

    async def tell() -> None:
        async with district(folder / "data", f"sqlite:///{folder}/data/kheo.db", ready_sqlite):
            pass

    asyncio.run(tell())
    made = back_up(f"sqlite:///{folder}/data/kheo.db", evidence(folder / "data"), folder / "backups", NOW)
    return folder / "data", made.path


@pytest.fixture
def archive(told: tuple[Path, Path]) -> Path:
    return told[1]


@pytest.fixture
def lived(told: tuple[Path, Path], tmp_path: Path) -> Path:
    """A folder of data of one's own, with the district in it."""
    shutil.copytree(told[0], tmp_path / "lived")
    return tmp_path / "lived"


def url_in(folder: Path) -> str:
    return f"sqlite:///{folder / 'kheo.db'}"


@pytest.mark.parametrize(("kind", "other"), [KINDS, KINDS[::-1]])
async def test_a_backup_beside_a_writer_comes_back_whole_and_the_talk_goes_on(
    tmp_path: Path, new_url: NewUrl, kind: str, other: str
) -> None:
    data, elsewhere = tmp_path / "data", tmp_path / "elsewhere"
    data.mkdir()
    url, its_url = new_url(kind, data), new_url(other, elsewhere)
    async with district(data, url) as (here, hung):
        stop = asyncio.Event()

        async def write() -> int:
            sent = 0
            while not stop.is_set():
                sent += 1
                await hung.sends_photo(f"luong-{sent}.jpg").hears("Đã nhận")
            return sent

        writing = asyncio.create_task(write())
        made = [await asyncio.to_thread(back_up, url, evidence(data), tmp_path / "b", NOW) for _ in range(3)]
        stop.set()
        assert await writing > 1, "nobody wrote meanwhile"
        await hung.picks("Xong")
        await here.quiet()
        assert [one.manifest.missing for one in made] == [[], [], []], "a file is named that is not inside"
    made.append(back_up(url, evidence(data), tmp_path / "b", NOW))
    first, last = made[0].manifest, made[-1].manifest
    assert first.counts["draft_event"] <= last.counts["draft_event"]
    assert (first.database, first.step) == (kind, whole.head())
    before, photos = content(url, tmp_path / "aside"), files(data)
    assert len(before["audit"]) > 5 and len(before["audit_seal"]) > 0

    done = restore(made[-1].path, its_url, evidence(elsewhere), NOW)
    assert done.aside == ()
    assert content(its_url, tmp_path / "aside") == before
    assert files(elsewhere) == photos and len(photos) > 2
    with health.examined(its_url) as tx:
        verdict = seals.verify(tx)
    assert (verdict.sound, verdict.unsealed, verdict.rows) == (True, 0, len(before["audit"]) + 1)

    async with world(elsewhere, "telegram", database_url=its_url) as here:
        here.fake._numbers += 100_000  # what was said before is not said again
        await here.stranger("Lan")
        hung = await here.stranger("Hùng")
        await hung.says("/tucham").hears("Tiêu chí 02")
        await hung.says("tc2 15 tc3 15 tc4 15 tc5 15 tc6 15 tc7 9").hears("96,5/100 điểm")
        await hung.picks("Nộp bảng tự chấm").hears("Đã tiếp nhận")
        assert len(await here.exemplars("van-ninh.van-thang")) == 1
        assert (await here.exemplars("van-ninh.van-thang"))[0].name == GARDEN


def test_a_backup_while_another_connection_never_stops_writing(lived: Path, tmp_path: Path) -> None:
    """Two rows always written in one transaction are never torn apart."""
    import threading

    url, begun, ended = url_in(lived), threading.Event(), threading.Event()
    with closing(sqlite3.connect(lived / "kheo.db", isolation_level=None)) as raw:
        raw.execute("PRAGMA journal_mode = WAL")

    def write() -> None:
        with closing(sqlite3.connect(lived / "kheo.db", isolation_level=None, timeout=10)) as raw:
            n = 0
            while not ended.is_set():
                n += 1
                raw.execute("BEGIN IMMEDIATE")
                for table in ("cluster", "kept"):
                    raw.execute(
                        "INSERT INTO cluster (code, name) VALUES (?, '')"
                        if table == "cluster"
                        else "INSERT INTO kept VALUES (?, '')",
                        [f"n{n}"],
                    )
                raw.execute("COMMIT")
                begun.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        begun.wait(10)
        counts = [back_up(url, evidence(lived), tmp_path / "b", NOW).manifest.counts for _ in range(4)]
    finally:
        ended.set()
        writer.join()
    kept_before = len([row for row in content(url, tmp_path / "a")["kept"] if not str(row[0]).startswith("n")])
    assert all(count["cluster"] == count["kept"] - kept_before for count in counts)
    assert counts[-1]["cluster"] > counts[0]["cluster"] > 0


def test_the_archive_is_for_nobody_else_and_leaves_nothing_half(archive: Path) -> None:
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    assert stat.S_IMODE(archive.parent.stat().st_mode) == 0o700
    assert names(archive.parent) == [".kheo-backup-lock", archive.name]
    with tarfile.open(archive) as tar:
        assert {member.mode for member in tar.getmembers()} == {0o600}


def test_the_manifest_can_be_checked_without_kheo(archive: Path, tmp_path: Path) -> None:
    subprocess.run(["tar", "-xf", archive, "-C", tmp_path], check=True)
    done = subprocess.run(["sha256sum", "-c", "manifest.json.sha256"], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0
    manifest = verified(archive)
    assert {name: hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() for name in manifest.members} == {
        name: member.sha256 for name, member in manifest.members.items()
    }
    assert manifest.counts["exemplar"] == 2 and manifest.counts["score"] == 7


def test_every_kind_of_damage_is_noticed_and_nothing_is_touched(archive: Path, tmp_path: Path) -> None:
    good = archive.read_bytes()
    with tarfile.open(archive) as tar:
        places = [(m.name, m.offset, m.offset_data, m.size) for m in tar.getmembers()]
    spoilt = tmp_path / "spoilt.tar"
    for name, header, start, size in places:
        for place in (header, start, start + size // 2, start + size - 1):
            bad = bytearray(good)
            bad[place] ^= 0x01
            spoilt.write_bytes(bad)
            with pytest.raises(ArchiveWrong):
                verified(spoilt)
            if place == start:
                with pytest.raises(ArchiveWrong):
                    restore(spoilt, url_in(tmp_path / "new"), evidence(tmp_path / "new"), NOW)
                assert not (tmp_path / "new").exists(), name
    for length in (0, 100, 512, len(good) // 2, places[-1][1]):
        spoilt.write_bytes(good[:length])
        with pytest.raises(ArchiveWrong):
            verified(spoilt)
    with pytest.raises(ArchiveWrong):
        verified(tmp_path)


def rewritten(archive: Path, out: Path, change: Callable[[dict[str, Any]], None], **more: bytes) -> Path:
    """The archive with another manifest over it, sealed rightly, and more members."""
    import io
    import json

    with tarfile.open(archive) as tar, tarfile.open(out, "w") as new:
        parts = {m.name: tar.extractfile(m).read() for m in tar.getmembers()}  # type: ignore[union-attr]
        told = json.loads(parts["manifest.json"])
        change(told)
        parts.pop("manifest.json.sha256")
        text = json.dumps(told).encode()
        parts.pop("manifest.json")
        parts |= more
        parts["manifest.json"] = text
        parts["manifest.json.sha256"] = (hashlib.sha256(text).hexdigest() + "  manifest.json\n").encode()
        for name, data in parts.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            new.addfile(info, io.BytesIO(data))
    return out


def test_an_archive_that_names_other_places_is_refused(archive: Path, tmp_path: Path) -> None:
    data = b"x"
    member = {"size": 1, "sha256": hashlib.sha256(data).hexdigest()}
    for bad in ("../../etc/cron.d/x", "/etc/x", "evidence/ab/../../x", f"evidence/ab/{'c' * 64}", "kheo.db"):
        forged = rewritten(
            archive, tmp_path / "forged.tar", lambda m, bad=bad: m["members"].update({bad: member}), **{bad: data}
        )
        with pytest.raises(ArchiveWrong):
            restore(forged, url_in(tmp_path / "new"), evidence(tmp_path / "new"), NOW)
    unnamed = rewritten(archive, tmp_path / "forged.tar", lambda m: None, **{f"evidence/cc/{'c' * 64}": data})
    with pytest.raises(ArchiveWrong):
        verified(unnamed)


def test_a_newer_schema_or_format_is_refused(archive: Path, tmp_path: Path) -> None:
    newer = rewritten(archive, tmp_path / "newer.tar", lambda m: m.update(step="f00dfeed0001", kheo="9.9"))
    with pytest.raises(KheoError, match=r"9\.9"):
        restore(newer, url_in(tmp_path / "new"), evidence(tmp_path / "new"), NOW)
    newer = rewritten(archive, tmp_path / "newer.tar", lambda m: m.update(format=2, kheo="9.9", members=[]))
    with pytest.raises(KheoError, match=r"9\.9"):
        restore(newer, url_in(tmp_path / "new"), evidence(tmp_path / "new"), NOW)
    odd = rewritten(archive, tmp_path / "odd.tar", lambda m: m["columns"]["unit"].reverse())
    with pytest.raises(KheoError, match="unit"):
        restore(odd, url_in(tmp_path / "new"), evidence(tmp_path / "new"), NOW)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("other", KINDS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_backup_of_an_older_schema_is_brought_forward(tmp_path: Path, new_url: NewUrl, kind: str, other: str) -> None:
    """Made by this program of a database that it has not upgraded yet: the backup before an upgrade."""
    (tmp_path / "old").mkdir()
    url = new_url(kind, tmp_path / "old")
    store = Store(url)

    def as_it_was(tx: Any) -> None:
        command.upgrade(run.config(tx), FIRST_RELEASED)
        if kind == "postgresql":
            tx.exec_driver_sql("SET LOCAL TIME ZONE 'UTC'")
        for line in BEFORE_REPORTS.read_text(encoding="utf-8").splitlines():
            tx.exec_driver_sql(line.replace("%", "%%"))

    store.run(as_it_was)
    store.close()
    made = back_up(url, evidence(tmp_path / "old"), tmp_path / "b", NOW)
    assert made.manifest.step == FIRST_RELEASED and "audit" not in made.manifest.counts
    assert made.manifest.counts["exemplar"] > 0
    target = new_url(other, tmp_path / "new")
    restore(made.path, target, evidence(tmp_path / "new"), NOW)
    old, new = content(url, tmp_path / "a"), content(target, tmp_path / "a")
    assert {name: len(rows) for name, rows in old.items() if name != "audit"} == {
        name: len(new[name]) for name in old if name != "audit"
    }
    with whole.snapshot(target, tmp_path / "a") as found:
        assert found.step == whole.head()


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_there_is_not_overwritten_but_put_aside_when_told(
    archive: Path, lived: Path, tmp_path: Path, new_url: NewUrl, kind: str
) -> None:
    url = url_in(lived) if kind == "sqlite" else new_url(kind, lived)
    if kind == "postgresql":
        shutil.rmtree(lived)
        restore(archive, url, evidence(lived), NOW)
    change = "INSERT INTO cluster (code, name) VALUES ('old', 'Cụm cũ')"
    alone = lived / "evidence" / "ab" / ("ab" * 32)
    alone.parent.mkdir(exist_ok=True)
    alone.write_bytes(b"of the old only")
    if kind == "sqlite":
        with closing(sqlite3.connect(lived / "kheo.db")) as raw, raw:
            raw.execute(change)
    else:
        with psycopg.connect(url) as server:
            server.execute(change)
    before, photos = content(url, tmp_path / "a"), files(lived)
    assert len(before["cluster"]) == 1
    with pytest.raises(KheoError, match="--replace"):
        restore(archive, url, evidence(lived), NOW)
    assert content(url, tmp_path / "a") == before and files(lived) == photos

    done = restore(archive, url, evidence(lived), NOW, replace=True)
    assert content(url, tmp_path / "a")["cluster"] == []
    assert alone.name not in files(lived) and len(files(lived)) == 2
    kept = [Path(place) for place in done.aside if "evidence" in place]
    assert {path.name: path.read_bytes() for path in kept[0].glob("??/*")} == photos
    if kind == "sqlite":
        (file,) = [Path(place) for place in done.aside if "kheo.db" in place]
        assert content(f"sqlite:///{file}", tmp_path / "a") == before
    else:
        (schema,) = [place.removeprefix("schema ") for place in done.aside if place.startswith("schema")]
        with psycopg.connect(url) as server:
            assert server.execute(f"SELECT name FROM {schema}.cluster").fetchall() == [("Cụm cũ",)]
    again = restore(archive, url, evidence(lived), NOW, replace=True)
    assert set(again.aside).isdisjoint(done.aside), "the first one was overwritten"


def test_the_numbers_go_on_after_the_highest_ever_given(lived: Path, tmp_path: Path, new_url: NewUrl) -> None:
    url, again = new_url("postgresql", tmp_path), new_url("postgresql", tmp_path)
    restore(back_up(url_in(lived), evidence(lived), tmp_path / "b", NOW).path, url, evidence(tmp_path / "one"), NOW)

    def add(at: str) -> int:
        with psycopg.connect(at) as server:
            row = server.execute("INSERT INTO cluster (code, name) VALUES ('x', '') RETURNING id").fetchone()
            server.execute("DELETE FROM cluster")
            assert row is not None
            return int(row[0])

    assert [add(url), add(url)] == [1, 2]
    restore(back_up(url, evidence(tmp_path / "one"), tmp_path / "b", NOW).path, again, evidence(tmp_path / "two"), NOW)
    assert add(again) == 3


def test_nothing_is_restored_under_a_running_bot(archive: Path, lived: Path, tmp_path: Path, new_url: NewUrl) -> None:
    running = Store(url_in(lived), exclusive=True)
    with pytest.raises(KheoError, match=str(os.getpid())):
        restore(archive, url_in(lived), evidence(lived), NOW, replace=True)
    running.close()
    url = new_url("postgresql", tmp_path)
    running = Store(url)
    running.migrate()
    running.run(lambda tx: None)
    with pytest.raises(KheoError, match="systemctl stop kheo"):
        restore(archive, url, evidence(tmp_path / "new"), NOW, replace=True)
    running.close()
    restore(archive, url, evidence(tmp_path / "new"), NOW)


def test_nothing_is_restored_while_another_command_is_at_work(archive: Path, lived: Path, tmp_path: Path) -> None:
    photos, there = files(lived), names(lived)
    with closing(sqlite3.connect(lived / "kheo.db", isolation_level=None)) as raw:
        raw.execute("BEGIN IMMEDIATE")
        with pytest.raises(KheoError, match=r"kheo\.db"):
            restore(archive, url_in(lived), evidence(lived), NOW, replace=True)
        raw.execute("ROLLBACK")
    assert files(lived) == photos and set(names(lived)) <= {*there, "kheo.db.lock"}


def test_an_empty_database_that_was_only_made_is_no_obstacle(archive: Path, tmp_path: Path, new_url: NewUrl) -> None:
    for kind in KINDS:
        url = new_url(kind, tmp_path / kind)
        fresh = Store(url)
        fresh.migrate()
        fresh.close()
        assert restore(archive, url, evidence(tmp_path / kind), NOW).aside == ()
        assert len(content(url, tmp_path / "a")["exemplar"]) == 2


def test_what_stood_beside_a_vanished_database_is_not_read_into_the_new_one(archive: Path, lived: Path) -> None:
    with closing(sqlite3.connect(lived / "kheo.db", isolation_level=None)) as raw:
        raw.execute("PRAGMA journal_mode = WAL")
        raw.execute("INSERT INTO cluster (code, name) VALUES ('ghost', '')")
        shutil.copy(lived / "kheo.db-wal", lived / "wal")
    (lived / "kheo.db").unlink()
    shutil.move(lived / "wal", lived / "kheo.db-wal")
    shutil.rmtree(lived / "evidence")
    restore(archive, url_in(lived), evidence(lived), NOW)
    with closing(sqlite3.connect(lived / "kheo.db")) as raw:
        assert raw.execute("SELECT * FROM cluster").fetchall() == []
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_damaged_database_is_not_backed_up_but_can_be_replaced(archive: Path, lived: Path, tmp_path: Path) -> None:
    shutil.copytree(archive.parent, tmp_path / "b")
    spoil(lived / "kheo.db")
    with pytest.raises(KheoError, match="kheo restore"):
        back_up(url_in(lived), evidence(lived), tmp_path / "b", NOW, keep=1)
    assert names(tmp_path / "b") == [".kheo-backup-lock", archive.name]
    done = restore(archive, url_in(lived), evidence(lived), NOW, replace=True)
    assert len(content(url_in(lived), tmp_path / "a")["exemplar"]) == 2
    assert any("kheo.db.replaced-" in place for place in done.aside)


def spoil(path: Path) -> None:
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA journal_mode = DELETE")
    data = bytearray(path.read_bytes())
    data[4096 : len(data) // 2] = b"\xa5" * (len(data) // 2 - 4096)
    path.write_bytes(data)


def test_evidence_that_is_missing_or_damaged_is_told_and_the_rest_is_kept(lived: Path, tmp_path: Path) -> None:
    first, second = (lived / "evidence" / name[:2] / name for name in files(lived))
    first.unlink()
    second.write_bytes(b"something else")
    made = back_up(url_in(lived), evidence(lived), tmp_path / "b", NOW)
    assert (made.manifest.missing, made.manifest.damaged) == ([first.name], [second.name])
    restore(made.path, url_in(tmp_path / "new"), evidence(tmp_path / "new"), NOW)
    assert files(tmp_path / "new") == {second.name: b"something else"}


def test_a_damaged_file_of_evidence_is_mended_by_the_backup(archive: Path, lived: Path) -> None:
    whole_ones = files(lived)
    for name in whole_ones:
        (lived / "evidence" / name[:2] / name).write_bytes(b"spoilt")
    restore(archive, url_in(lived), evidence(lived), NOW, replace=True)
    assert files(lived) == whole_ones


def test_only_the_newest_are_kept_and_nothing_of_another_name(lived: Path, tmp_path: Path) -> None:
    there = tmp_path / "b"
    there.mkdir()
    strange = ["kheo-20240101.tar", "kheo-20240101-000000.tar.age", "notes.txt", "kheo-old.tar"]
    for name in strange:
        (there / name).write_text("mine")
    made = [back_up(url_in(lived), evidence(lived), there, NOW + timedelta(days=n)).path for n in range(3)]
    made.append(back_up(url_in(lived), evidence(lived), there, NOW + timedelta(days=2)).path)
    assert archives(there) == made, "two in one second stand in order"
    last = back_up(url_in(lived), evidence(lived), there, NOW + timedelta(days=4), keep=2)
    assert list(last.removed) == made[:3]
    assert set(names(there)) == {".kheo-backup-lock", *strange, made[3].name, last.path.name}


def test_what_a_killed_backup_left_is_removed_and_two_do_not_meet(lived: Path, tmp_path: Path) -> None:
    there = tmp_path / "b"
    left = there / ".kheo-backup-abc"
    left.mkdir(parents=True)
    (left / "snapshot.db").write_text("half")
    with backup._alone(there), pytest.raises(KheoError, match=str(there)):
        back_up(url_in(lived), evidence(lived), there, NOW)
    back_up(url_in(lived), evidence(lived), there, NOW)
    assert not left.exists()


def test_there_must_be_something_to_back_up_and_room_for_it(lived: Path, tmp_path: Path) -> None:
    with pytest.raises(KheoError, match=r"nowhere/kheo\.db"):
        back_up(url_in(tmp_path / "nowhere"), evidence(tmp_path / "nowhere"), tmp_path / "b", NOW)
    assert not (tmp_path / "nowhere").exists()
    (tmp_path / "file").write_text("")
    with pytest.raises(KheoError, match="file"):
        back_up(url_in(lived), evidence(lived), tmp_path / "file" / "b", NOW)


@contextmanager
def little_room(bytes: int) -> Iterator[None]:
    """No file can grow beyond that: what a full disk does, on any machine."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("room", [1_000, 100_000, 300_000])
def test_a_backup_that_finds_no_room_leaves_the_older_ones(lived: Path, tmp_path: Path, room: int) -> None:
    there = tmp_path / "b"
    old = back_up(url_in(lived), evidence(lived), there, NOW).path
    assert old.stat().st_size > 50_000
    with little_room(min(room, old.stat().st_size - 1)), pytest.raises(KheoError):
        back_up(url_in(lived), evidence(lived), there, NOW + timedelta(days=1), keep=1)
    assert names(there) == [".kheo-backup-lock", old.name]
    verified(old)


@pytest.mark.parametrize("room", [10, 1_000, 100_000])
def test_a_restore_that_finds_no_room_leaves_what_is_there(
    archive: Path, lived: Path, tmp_path: Path, room: int
) -> None:
    before, photos, there = content(url_in(lived), tmp_path / "a"), files(lived), names(lived)
    for name in photos:
        (lived / "evidence" / name[:2] / name).write_bytes(b"spoilt")  # so that they are to be written, too
    spoilt = files(lived)
    with little_room(room), pytest.raises(KheoError):
        restore(archive, url_in(lived), evidence(lived), NOW, replace=True)
    assert content(url_in(lived), tmp_path / "a") == before and files(lived) == spoilt
    assert set(names(lived)) <= {*there, "kheo.db.lock"}
    restore(archive, url_in(lived), evidence(lived), NOW, replace=True)
    assert files(lived) == photos


def test_a_restore_tells_the_trace_and_names_what_will_go_out(archive: Path, tmp_path: Path) -> None:
    done = restore(archive, url_in(tmp_path / "new"), evidence(tmp_path / "new"), NOW)
    with open_archive(archive) as held:
        place = held.manifest.columns["outbox"].index("state")
        assert done.waiting == sum(row[place] in ("pending", "leased", "sending") for row in held.rows("outbox"))
    with closing(sqlite3.connect(tmp_path / "new" / "kheo.db")) as raw:
        rows = raw.execute("SELECT channel, object FROM audit WHERE action = 'store.restored'").fetchall()
    assert rows == [("server", "store:1")]


@pytest.mark.parametrize("kind", KINDS)
def test_who_asked_to_be_erased_since_is_erased_again(
    archive: Path, tmp_path: Path, new_url: NewUrl, kind: str
) -> None:
    url = new_url(kind, tmp_path / "data")
    restore(archive, url, evidence(tmp_path / "data"), NOW)
    store = Store(url)

    id = store.run(lambda tx: tx.exec_driver_sql("SELECT id FROM person WHERE name = 'Lan'").scalar_one())
    store.run(lambda tx: held.erase(tx, id, NOW))
    store.close()
    done = restore(archive, url, evidence(tmp_path / "data"), NOW, replace=True)
    assert done.erased == 1
    with health.examined(url) as tx:
        assert list(health.erased(tx)) == [id] and len(health.not_erased(tx)) == 1
        assert seals.verify(tx).sound


def test_the_same_number_elsewhere_is_somebody_else(archive: Path, lived: Path) -> None:
    with closing(sqlite3.connect(lived / "kheo.db")) as raw, raw:
        raw.execute("UPDATE person SET erased_at = created_at, created_at = '2019-01-01 00:00:00.000000'")
    assert restore(archive, url_in(lived), evidence(lived), NOW, replace=True).erased == 0


# -- the commands ----------------------------------------------------------------------------------------------------


def test_the_commands_say_what_was_done(
    lived: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("DATABASE_URL", "KHEO_PLANS", "TELEGRAM_TOKEN", "TELEGRAM_WEBHOOK_URL"):
        monkeypatch.delenv(name, raising=False)

    def kheo(*words: str, data: Path = lived) -> tuple[Any, str]:
        monkeypatch.setenv("KHEO_DATA", str(data))
        with pytest.raises(SystemExit) as ended:
            main(list(words))
        said = capsys.readouterr()
        return ended.value.code, said.out + said.err

    code, said = kheo("backup")
    (made,) = archives(lived / "backups")
    assert code == 0 and str(made) in said and "2 tệp" in said and "docs/care.md" in said
    code, said = kheo("backup", str(tmp_path / "b"), "--keep", "1")
    assert code == 0 and len(archives(tmp_path / "b")) == 1
    code, said = kheo("backup", "verify", str(made))
    assert code == 0 and "nguyên vẹn" in said and "sqlite" in said
    assert kheo("backup", "verify")[0] == 2
    assert kheo("backup", "one", "two")[0] == 2
    assert kheo("backup", "verify", str(tmp_path / "none.tar"))[0] == 1

    code, said = kheo("restore", str(made), data=tmp_path / "new")
    assert code == 0 and "Đã khôi phục" in said and "kheo doctor" in said
    code, said = kheo("restore", str(made), data=tmp_path / "new")
    assert code == 1 and "--replace" in said
    code, said = kheo("restore", str(made), "--replace", data=tmp_path / "new")
    assert code == 0 and said.count("replaced-") == 2
    assert files(tmp_path / "new") == files(lived)
