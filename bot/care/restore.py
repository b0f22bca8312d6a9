"""Putting a backup back: all of it or nothing, into a place of either kind of database.

What is new is built beside what is there. Files of evidence come first – under their digests they disturb nothing –,
then the tables in one stroke: the renaming of a file, or the commit of PostgreSQL. What was there stays, aside.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from bot.care.archive import Archive, Manifest, evidence_member, open_archive
from bot.care.backup import kept_files
from bot.care.moved import take_mark_away
from bot.errors import KheoError, StoreDown
from bot.store import health, held, outbox, whole
from bot.store.engine import Store, Tx, understood
from bot.store.files import EvidenceFolder, sync
from bot.store.line import plain
from bot.texts import language, mark

BUILDING = ".restoring"
REPLACED = ".replaced-"
ROOM = 64 * 1024 * 1024  # bytes that shall stay free
GROWS = 12  # rows and their indexes take so many times the bytes that they have when packed, by and large

NEWER = mark(
    "The backup was made by a newer Khéo ({version}, step {step}): install that version or a newer one, then restore."
)
NOT_EMPTY = mark(
    "There are data already in {place}. Nothing was touched. With --replace they are put aside (not deleted) and the "
    "backup takes their place."
)
RUNNING = mark("Khéo is running on this database: end it first (systemctl stop kheo), then restore.")
IN_USE = mark("Another command is at work in {place}: wait until it ends, then restore.")
TOO_FULL = mark("The disk of {folder} has too little room: about {needed} MB are needed. Nothing was touched.")
UNFIT = mark("The backup does not fit together ({reason}). Nothing was touched: take another backup.")
FAILED = mark("The backup could not be put back ({reason}). What was there stands as before.")


@dataclass(frozen=True, slots=True)
class Restored:
    """A backup that was put back. `aside` names where the old data are now, `waiting` how many messages will go out.

    `erased` people had asked for it after the backup was made: it was done again.
    """

    manifest: Manifest
    aside: tuple[str, ...]
    waiting: int
    erased: int


def restore(path: Path, url: str, evidence: EvidenceFolder, now: datetime, *, replace: bool = False) -> Restored:
    """Verify the archive, then put its tables at `url` and its files into the folder of evidence."""
    with open_archive(path) as archive:
        archive.verify()
        _check_step(archive.manifest)
        with _nobody_at_work(url):
            something = whole.holds_rows(url) or bool(kept_files(evidence))
            if something and not replace:
                raise KheoError(language("vi").say(NOT_EMPTY, place=evidence.root.parent))
            try:
                return _Putting(archive, url, evidence, now).done()
            except OSError as error:
                full = error.errno in (errno.ENOSPC, errno.EDQUOT)
                raise _too_full(archive, evidence) if full else _failed(error.strerror) from error


def _check_step(manifest: Manifest) -> None:
    if not whole.is_known(manifest.step):
        raise KheoError(language("vi").say(NEWER, version=manifest.kheo, step=manifest.step))
    known = {shape.name: list(shape.columns) for shape in whole.shapes(manifest.step)}
    if known != manifest.columns:
        odd = sorted(name for name in {*known, *manifest.columns} if known.get(name) != manifest.columns.get(name))
        raise KheoError(language("vi").say(UNFIT, reason=", ".join(odd)))


@contextmanager
def _nobody_at_work(url: str) -> Iterator[None]:
    """No bot runs on the database, nor begins to while this goes on."""
    store = Store(url, exclusive=True)  # SettingsWrong with the number of the process that holds the lock
    try:
        if whole.others_at(url):
            raise KheoError(language("vi").say(RUNNING))
        place = _file(url)
        if place is not None and place.exists() and whole.is_in_use(place):
            raise KheoError(language("vi").say(IN_USE, place=place))
        yield
    finally:
        store.close()


def _file(url: str) -> Path | None:
    parsed = understood(url)
    return Path(parsed.database or "") if parsed.drivername == "sqlite" else None


class _Putting:
    """One restoring; the old data are put aside under names that end alike."""

    def __init__(self, archive: Archive, url: str, evidence: EvidenceFolder, now: datetime) -> None:
        self._archive = archive
        self._url = url
        self._evidence = evidence
        self._now = now
        self._stamp = _free_stamp(evidence.root, _file(url), now)
        self._waiting = 0
        self._erased = 0
        self._wished = _erased_at(url)
        self._aside: list[str] = []
        self._brought: list[Path] = []
        self._in_force = False

    def done(self) -> Restored:
        place = _file(self._url)
        self._check_room(place)
        new = place.with_name(place.name + BUILDING) if place is not None else None
        if place is not None and new is not None:
            for left in whole.family(new):
                left.unlink(missing_ok=True)
            self._building(lambda: whole.make_file(new, self._fill))
            _owned_as_its_folder(new)
            try:
                self._files()
                self._swap(place, new)
            except BaseException:
                self._take_back()
                raise
            finally:
                for left in whole.family(new):
                    left.unlink(missing_ok=True)
        else:
            schema = f"kheo{REPLACED}{self._stamp}".replace(".", "_").replace("-", "_")
            if self._building(lambda: whole.on_server(self._url, schema, self._fill_and_files)):
                self._aside.append(f"schema {schema}")
        self._drop_others()
        return Restored(self._archive.manifest, tuple(self._aside), self._waiting, self._erased)

    def _building(self, build: Callable[[], bool | None]) -> bool:
        try:
            return bool(build())
        except (StoreDown, OSError):
            raise
        except KheoError as wrong:
            raise KheoError(language("vi").say(UNFIT, reason=wrong)) from wrong
        except Exception as wrong:  # whatever a driver says of a row that it does not take
            raise _failed(plain(wrong)) from wrong

    def _fill(self, tx: Tx) -> None:
        """The rows of the archive; one more that tells of it; and what was erased since is erased again."""
        manifest = self._archive.manifest
        whole.fill(tx, manifest.step, lambda shape: self._archive.rows(shape.name), manifest.counters)
        whole.note_restored(tx, manifest.made_at, manifest.database, self._now)
        for id, entered in health.not_erased(tx).items():
            if self._wished.get(id) == entered:  # the same person, not another one under the same number elsewhere
                held.erase(tx, id, self._now)
                self._erased += 1
        states = outbox.report(tx)
        self._waiting = sum(states.get(state, 0) for state in ("pending", "leased", "sending"))

    def _fill_and_files(self, tx: Tx) -> None:
        self._fill(tx)
        try:
            self._files()
        except BaseException:
            self._take_back()
            raise

    def _files(self) -> None:
        self._files_aside()
        self._files_in()

    def _take_back(self) -> None:
        """Leave the folder of evidence as it was, unless its new tables are in force already."""
        if self._in_force:
            return
        for path in self._brought:
            path.unlink(missing_ok=True)
        for folder in self._aside:
            shutil.rmtree(folder, ignore_errors=True)

    def _check_room(self, place: Path | None) -> None:
        there = set(kept_files(self._evidence))
        members = self._archive.manifest.members
        files = sum(members[evidence_member(one)].size for one in self._archive.evidence() if one not in there)
        tables = sum(member.size for name, member in members.items() if name.startswith("tables/")) * GROWS
        for folder, needed in ((self._evidence.root, files), (place, tables)):
            if folder is not None and shutil.disk_usage(_there(folder)).free < needed + ROOM:
                raise _too_full(self._archive, self._evidence)

    def _files_aside(self) -> None:
        """The present files once more under another name: second names, not copies, where the disk has such."""
        root = self._evidence.root
        there = kept_files(self._evidence)
        if not there:
            return
        aside = EvidenceFolder(root.with_name(f"{root.name}{REPLACED}{self._stamp}"))
        aside.root.mkdir(mode=0o700)
        self._aside.append(str(aside.root))
        for sha256 in there:
            target = aside.path(sha256)
            target.parent.mkdir(exist_ok=True)
            _second_name(self._evidence.path(sha256), target)
        _owned_as_its_folder(aside.root)
        sync(root.parent)

    def _files_in(self) -> None:
        root = self._evidence.root
        root.mkdir(parents=True, exist_ok=True)
        _owned_as_its_folder(root)
        fresh = set()
        for sha256 in self._archive.evidence():
            target = self._evidence.path(sha256)
            name = evidence_member(sha256)
            if target.exists() and _same(target, self._archive.manifest.members[name].sha256):
                continue
            if not target.exists():
                self._brought.append(target)
            target.parent.mkdir(exist_ok=True)
            with self._archive.opened(name) as source:
                _written(source, target)
            fresh |= {target, target.parent}
        for path in fresh:
            _owned_as_its_folder(path)
        for folder in {root, *(path for path in fresh if path.is_dir())}:
            sync(folder)

    def _swap(self, place: Path, new: Path) -> None:
        """Put the new file in the place of the old one, which keeps its other name."""
        if not place.exists():
            for left in whole.family(place)[1:]:  # of a file that is gone; SQLite would read them into the new one
                left.unlink(missing_ok=True)
            os.rename(new, place)
            take_mark_away(self._url)
            self._in_force = True
            sync(place.parent)
            return
        aside = place.with_name(f"{place.name}{REPLACED}{self._stamp}")
        was_empty = not whole.holds_rows(self._url)
        if whole.at_rest(place) and not any(left.exists() for left in whole.family(place)[1:]):
            if not was_empty:
                _second_name(place, aside)
        elif whole.is_in_use(place):
            raise KheoError(language("vi").say(IN_USE, place=place))
        else:  # a damaged one, with what stands beside it
            for old, kept in zip(whole.family(place), whole.family(aside), strict=True):
                if old.exists():
                    os.rename(old, kept)
        sync(place.parent)
        os.replace(new, place)
        take_mark_away(self._url)
        self._in_force = True
        sync(place.parent)
        if not was_empty:
            self._aside.append(str(aside))

    def _drop_others(self) -> None:
        """What the backup does not have lies aside by now."""
        wanted = set(self._archive.evidence())
        for sha256 in kept_files(self._evidence):
            if sha256 not in wanted:
                self._evidence.path(sha256).unlink(missing_ok=True)


def _erased_at(url: str) -> dict[int, datetime]:
    """Who is erased in the database that is there, as far as it can still be read."""
    try:
        with health.examined(url) as tx:
            return health.erased(tx)
    except KheoError:
        return {}


def _free_stamp(root: Path, place: Path | None, now: datetime) -> str:
    """What the names of the old data end with: the moment, and a number if that name is taken."""
    plain = f"{now:%Y%m%d-%H%M%S}"
    homes = [root, *([place] if place is not None else [])]
    stamps = (plain, *(f"{plain}-{n}" for n in range(2, 10_000)))
    return next(
        stamp for stamp in stamps if not any(home.with_name(f"{home.name}{REPLACED}{stamp}").exists() for home in homes)
    )


def _second_name(path: Path, other: Path) -> None:
    try:
        os.link(path, other)
    except OSError:  # a disk without second names
        shutil.copy2(path, other)
        with open(other, "rb") as copied:
            os.fsync(copied.fileno())


def _written(source: IO[bytes], target: Path) -> None:
    fd, name = tempfile.mkstemp(prefix=".incoming-", dir=target.parent.parent)
    try:
        with open(fd, "wb") as out:
            shutil.copyfileobj(source, out, 1024 * 1024)
            out.flush()
            os.fsync(out.fileno())
        os.replace(name, target)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(name)
        raise


def _same(path: Path, sha256: str) -> bool:
    with open(path, "rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest() == sha256


def _there(path: Path) -> Path:
    return next(folder for folder in (path, *path.absolute().parents) if folder.exists())


def _owned_as_its_folder(path: Path) -> None:
    """What root puts back belongs to whom the folder belongs: the bot is seldom root."""
    if os.geteuid() == 0:
        owner = path.parent.stat()
        os.chown(path, owner.st_uid, owner.st_gid)


def _too_full(archive: Archive, evidence: EvidenceFolder) -> KheoError:
    members = archive.manifest.members
    needed = sum(m.size * (GROWS if name.startswith("tables/") else 1) for name, m in members.items()) + ROOM
    return KheoError(language("vi").say(TOO_FULL, folder=evidence.root.parent, needed=needed // 1024**2 + 1))


def _failed(reason: object) -> KheoError:
    return KheoError(language("vi").say(FAILED, reason=reason))
