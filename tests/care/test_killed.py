"""kill -9 in the middle of a restoring: what was there is there, or what was to come; never a mixture of both."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.care.backup import back_up, needed_files
from bot.care.restore import restore
from bot.store import whole
from tests.care.conftest import NOW, NewUrl, content, district, evidence, files
from tests.databases import Postgres
from tests.world import ROOT

SHORT, LONG = 4, 150
MANY = 6
"""Files that only the old data have, and as many that only the archive has."""
STRIDE = 6
"""In the short form every so many changes of a name are looked at, beginning with another one each time."""

Ask = Callable[..., str]


@pytest.fixture(scope="module")
def nursery() -> Iterator[Ask]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.care.nursery"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None and process.stdout is not None

    def ask(**told: Any) -> str:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(json.dumps(told, default=str) + "\n")
        process.stdin.flush()
        return process.stdout.readline().strip()

    yield ask
    process.stdin.close()
    process.wait()
    process.stdout.close()


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory, ready_sqlite: Path) -> tuple[Path, Path]:
    """The data that are there, and an archive that differs from them in its rows and its files."""
    folder = tmp_path_factory.mktemp("before")

    async def tell() -> None:
        async with district(folder / "data", f"sqlite:///{folder}/data/kheo.db", ready_sqlite):
            pass

    asyncio.run(tell())
    database, root = folder / "data" / "kheo.db", folder / "data" / "evidence"
    coming = _named_files(database, root, "new")
    archive = back_up(f"sqlite:///{database}", evidence(folder / "data"), folder / "b", NOW).path
    for sha256 in coming:
        (root / sha256[:2] / sha256).unlink()
    with closing(sqlite3.connect(database)) as raw, raw:
        raw.execute("DELETE FROM web_message")
        raw.execute("UPDATE person SET name = 'Người cũ'")
        raw.executemany("INSERT INTO cluster (code, name) VALUES (?, '')", [[f"c{n}"] for n in range(MANY)])
    _named_files(database, root, "old")
    with closing(sqlite3.connect(folder / "data" / "kheo.db")) as raw:
        raw.execute("PRAGMA journal_mode = DELETE")
    return folder / "data", archive


def _named_files(database: Path, root: Path, what: str) -> list[str]:
    """Put files into the folder of evidence, each with a message that names it."""
    made = []
    with closing(sqlite3.connect(database)) as raw, raw:
        for n in range(MANY):
            data = f"{what} {n}".encode()
            sha256 = hashlib.sha256(data).hexdigest()
            (root / sha256[:2]).mkdir(exist_ok=True)
            (root / sha256[:2] / sha256).write_bytes(data)
            named = ["x", "out", json.dumps({"sha256": sha256}), "2024-01-01 00:00:00.000000"]
            raw.execute("INSERT INTO web_message (chat, side, content, at) VALUES (?, ?, ?, ?)", named)
            made.append(sha256)
    return made


class Place:
    """One restoring after the other, on data that are put back each time."""

    def __init__(self, kind: str, before: tuple[Path, Path], tmp_path: Path, new_url: NewUrl, server: Any) -> None:
        self.kind, self.source, self.archive = kind, before[0], before[1]
        self.folder = tmp_path / "data"
        self._aside = tmp_path / "aside"
        self._server: Postgres = server
        self._ready = ""
        self.url = f"sqlite:///{self.folder / 'kheo.db'}"
        if kind == "postgresql":
            self._ready = new_url(kind, tmp_path)
            old = back_up(f"sqlite:///{self.source / 'kheo.db'}", evidence(self.source), tmp_path / "b", NOW).path
            restore(old, self._ready, evidence(tmp_path / "ready"), NOW)
        self.fresh()
        self.old = (content(self.url, self._aside), files(self.folder))
        restore(self.archive, self.url, evidence(self.folder), NOW, replace=True)
        self.new = (content(self.url, self._aside), files(self.folder))
        assert self.old[0] != self.new[0] and len(self.old[1]) == len(self.new[1]) == MANY + 2

    def fresh(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(self.source, self.folder)
        if self.kind == "postgresql":
            self.drop()
            self.url = self._server.create(template=self._ready)

    def drop(self) -> None:
        if self._ready and not self.url.startswith("sqlite"):
            self._server.drop(self.url)

    def end(self) -> None:
        self.drop()
        if self._ready:
            self._server.drop(self._ready)

    def is_old_or_new(self) -> str:
        """Which of the two it is, with every file that it names."""
        rows, there = content(self.url, self._aside), files(self.folder)
        which, (expected, photos) = ("old", self.old) if rows == self.old[0] else ("new", self.new)
        assert rows == expected, "half of a backup"
        assert photos.items() <= there.items(), "files are missing"
        with whole.snapshot(self.url, self._aside) as found:
            assert needed_files(found) <= there.keys()
        return which


@pytest.fixture(params=["sqlite", "postgresql"])
def place(
    request: pytest.FixtureRequest, before: tuple[Path, Path], tmp_path: Path, new_url: NewUrl
) -> Iterator[Place]:
    server = request.getfixturevalue("postgres") if request.param == "postgresql" else None
    made = Place(request.param, before, tmp_path, new_url, server)
    yield made
    made.end()


def told(place: Place, **when: Any) -> dict[str, Any]:
    return {"archive": place.archive, "url": place.url, "folder": place.folder, **when}


def killed_at_random(place: Place, nursery: Ask, times: int) -> None:
    """Kill it at random moments, `times` and more, until a kill has come before the end of its work."""
    place.fresh()
    started = time.monotonic()
    assert nursery(**told(place)) == "done"
    latest = time.monotonic() - started
    rng = random.Random()
    found = Counter[str]()
    while found.total() < times or (not found["old"] and found.total() < times + 20):
        place.fresh()
        at = rng.uniform(0, latest)
        assert nursery(**told(place, at=at)) in ("killed", "done")
        which = place.is_old_or_new()
        found[which] += 1
        if which == "new" and not found["old"]:
            latest = at  # the first one was slow; the moment that counts lies before
        assert nursery(**told(place)) == "done", "what was left hinders the next attempt"
        assert place.is_old_or_new() == "new"
    assert found["old"]


def test_a_restoring_that_is_killed_at_any_moment_is_none_or_whole(place: Place, nursery: Ask) -> None:
    killed_at_random(place, nursery, SHORT)


@pytest.mark.durability
def test_a_restoring_that_is_killed_very_often(place: Place, nursery: Ask) -> None:
    killed_at_random(place, nursery, LONG)


def test_a_restoring_that_is_killed_before_a_change_of_a_name(place: Place, nursery: Ask) -> None:
    killed_at_names(place, nursery, STRIDE)


@pytest.mark.durability
def test_a_restoring_that_is_killed_before_every_change_of_a_name(place: Place, nursery: Ask) -> None:
    killed_at_names(place, nursery, 1)


def killed_at_names(place: Place, nursery: Ask, stride: int) -> None:
    """The moments that random kills seldom hit."""
    found, number = [], random.randrange(stride)
    while True:
        place.fresh()
        if nursery(**told(place, before=number)) == "done":
            break
        found.append(place.is_old_or_new())
        number += stride
    assert found.index("new") > 0 and found == sorted(found, reverse=True)
    assert number > 2 * MANY
