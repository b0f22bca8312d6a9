"""A backup: one archive of store and evidence, made while the bot goes on writing."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from bot.care.archive import FORMAT, Manifest, Writing, evidence_member, open_archive, pack, table_member
from bot.errors import KheoError, StoreDown
from bot.store import whole
from bot.store.engine import understood
from bot.store.files import EvidenceFolder, sync
from bot.store.whole import Row, Shape, Snapshot
from bot.texts import language, mark

NAME = re.compile(r"kheo-\d{8}-\d{6}(-\d+)?\.tar")
_UNFINISHED = ".kheo-backup-"
_LOCK = _UNFINISHED + "lock"
_DIGEST = re.compile(r'"([0-9a-f]{64})"')
TRACE = "audit"
"""A table whose digests are no files that anybody needs still."""

BUSY = mark("Another backup into {folder} is under way: wait until it ends.")
NO_SPACE = mark("The disk of {folder} is full; nothing was kept of this backup. Make room, or name another folder.")
NO_FOLDER = mark("Nothing can be written in {folder} ({reason}): name a folder in which this user may write.")
NOTHING = mark("There is no database to back up at {place}: check KHEO_DATA and DATABASE_URL.")
SPOILT = mark(
    "The database is damaged ({reason}). No backup was made of it, and no older one was removed: restore the last good "
    "one (kheo restore FILE --replace keeps the damaged file aside)."
)


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was made and read back, and which older ones were removed for it."""

    path: Path
    manifest: Manifest
    size: int
    removed: tuple[Path, ...]


def back_up(url: str, evidence: EvidenceFolder, folder: Path, now: datetime, *, keep: int = 0) -> Made:
    """Make an archive in `folder`, read it back, and only then remove all but the newest `keep` (0: all stay)."""
    try:
        with _alone(folder):
            made = _made(url, evidence, folder, now)
            return Made(*made, _thinned(folder, keep) if keep else ())
    except whole.NoDatabase:
        raise KheoError(language("vi").say(NOTHING, place=_place(url))) from None
    except whole.Damaged as damaged:
        raise KheoError(language("vi").say(SPOILT, reason=damaged)) from None
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        said = language("vi").say(NO_SPACE if full else NO_FOLDER, folder=folder, reason=error.strerror)
        raise StoreDown(said) from error


def _place(url: str) -> str:
    parsed = understood(url)
    return parsed.database or "" if parsed.drivername == "sqlite" else f"{parsed.host or ''}/{parsed.database}"


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """No other backup into that folder at the same time; what a killed one left there is removed."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(folder / _LOCK, "a+", opener=_private) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise KheoError(language("vi").say(BUSY, folder=folder)) from None
        for left in folder.glob(_UNFINISHED + "*"):
            if left.is_dir():
                shutil.rmtree(left)
        yield


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _made(url: str, evidence: EvidenceFolder, folder: Path, now: datetime) -> tuple[Path, Manifest, int]:
    with tempfile.TemporaryDirectory(prefix=_UNFINISHED, dir=folder) as aside:
        unfinished = Path(aside) / "archive"
        with open(unfinished, "wb", opener=_private) as out:
            with whole.snapshot(url, Path(aside)) as found:
                # The files come after the tables: whatever the tables name by now has been on the disk before it.
                writing = Writing(out, now)
                manifest = _filled(writing, found, evidence, Path(aside), now)
            writing.finish(manifest)
            out.flush()
            os.fsync(out.fileno())
        with open_archive(unfinished) as again:
            again.verify()
        target = _named(folder, now)
        os.rename(unfinished, target)
        sync(folder)
    return target, manifest, target.stat().st_size


def _filled(writing: Writing, found: Snapshot, evidence: EvidenceFolder, aside: Path, now: datetime) -> Manifest:
    needed: set[str] = set()
    counts = {}
    for shape in found.shapes:
        with tempfile.TemporaryFile(dir=aside) as packed:
            counts[shape.name] = pack(_watched(shape, found.rows(shape), needed), packed)
            size = packed.tell()
            packed.seek(0)
            writing.add(table_member(shape.name), packed, size)
    damaged, there = [], set()
    for sha256 in kept_files(evidence):
        try:
            with open(evidence.path(sha256), "rb") as opened:
                digest = writing.add(evidence_member(sha256), opened, os.fstat(opened.fileno()).st_size)
        except FileNotFoundError:  # erased meanwhile, by whoever may
            continue
        there.add(sha256)
        if digest != sha256:
            damaged.append(sha256)
    return Manifest(
        format=FORMAT,
        kheo=version("kheo"),
        made_at=now,
        database=found.kind,
        step=found.step,
        columns={shape.name: list(shape.columns) for shape in found.shapes},
        counts=counts,
        counters=found.counters(),
        members=dict(writing.members),
        missing=sorted(needed - there),
        damaged=damaged,
    )


def _watched(shape: Shape, rows: Iterable[Row], needed: set[str]) -> Iterator[Row]:
    """The rows as they are; the files that they name are noted."""
    places = [index for index, kind in enumerate(shape.kinds) if kind == "json" and shape.name != TRACE]
    for row in rows:
        for index in places:
            needed.update(_DIGEST.findall(row[index] or ""))
        yield row


def needed_files(found: Snapshot) -> set[str]:
    """The digests of all files that what people said and handed in names."""
    needed: set[str] = set()
    for shape in found.shapes:
        for _ in _watched(shape, found.rows(shape), needed) if "json" in shape.kinds else ():
            pass
    return needed


def kept_files(evidence: EvidenceFolder) -> list[str]:
    """The digests under which files lie in the folder of evidence."""
    return sorted(
        path.name for path in evidence.root.glob("[0-9a-f][0-9a-f]/*") if re.fullmatch(r"[0-9a-f]{64}", path.name)
    )


def _named(folder: Path, now: datetime) -> Path:
    plain = f"kheo-{now:%Y%m%d-%H%M%S}"
    names = (f"{plain}{more}.tar" for more in ("", *(f"-{n}" for n in range(2, 10_000))))
    return next(folder / name for name in names if not (folder / name).exists())


def _age(path: Path) -> tuple[str, int]:
    stem = path.stem.split("-")
    return "-".join(stem[:3]), int(stem[3]) if len(stem) > 3 else 1


def archives(folder: Path) -> list[Path]:
    """The backups in the folder, the oldest first."""
    return sorted((path for path in folder.glob("kheo-*.tar") if NAME.fullmatch(path.name)), key=_age)


def _thinned(folder: Path, keep: int) -> tuple[Path, ...]:
    old = archives(folder)[:-keep]
    for path in old:
        path.unlink(missing_ok=True)
    return tuple(old)


def verified(path: Path) -> Manifest:
    """Read a backup from end to end; raises ArchiveWrong, naming the part, if it is not what it was."""
    with open_archive(path) as archive:
        archive.verify()
        return archive.manifest
