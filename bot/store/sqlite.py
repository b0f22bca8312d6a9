"""SQLite: one thread writes and lets works that wait together share a commit; two threads read."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Engine, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from bot.errors import StoreDown
from bot.store.line import Job, Line, Tx, down, log, plain, settle, watch_errors

BATCH_WORKS = 64  # more gain nothing: the commit is then a small part of each work
BATCH_SECONDS = 0.02  # so that the first in a batch does not wait noticeably for the last
BUSY_MS = 5_000  # a backup or a `kheo` command may hold the file for a moment
READERS = 2  # one long report must not hold up the short questions
STATEMENTS = 512  # prepared statements kept by the driver; the whole bot has some 200
WAL_LIMIT = 64 * 1024 * 1024  # bytes that the log file keeps on disk after a large write
PUT_BACK_TRIES = 5  # where a file is removed again while it is put back
_REMEDIES = {
    sqlite3.SQLITE_FULL: "The disk is full: make room there.",
    sqlite3.SQLITE_READONLY: "Let the user that runs Khéo write the file and its folder.",
    sqlite3.SQLITE_CANTOPEN: "Let the user that runs Khéo write the file and its folder.",
    sqlite3.SQLITE_PERM: "Let the user that runs Khéo write the file and its folder.",
    sqlite3.SQLITE_BUSY: "Another program holds the file: end it, and try again.",
    sqlite3.SQLITE_NOTADB: "What lies there is no database of Khéo: put it aside, and restore a backup.",
    sqlite3.SQLITE_CORRUPT: "The file is damaged: put it aside, and restore a backup.",
    sqlite3.SQLITE_IOERR: "The disk reported an error: look at its state before anything else.",
}

# What a statement itself can have done wrong; any other code is trouble of the file or the disk.
_WORKS_OWN = {
    sqlite3.SQLITE_ERROR,
    sqlite3.SQLITE_CONSTRAINT,
    sqlite3.SQLITE_MISMATCH,
    sqlite3.SQLITE_MISUSE,
    sqlite3.SQLITE_RANGE,
    sqlite3.SQLITE_TOOBIG,
    sqlite3.SQLITE_AUTH,
}


class Spoiled(Exception):
    """The transaction is not what the works in it believe; the cause says why."""


class Place:
    """Where the database lies, and whether what lies there is still the file that was opened first.

    A file that is deleted lives on as long as it is open, and takes every commit without a word; so the writer looks
    after each of them.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.opened: tuple[int, int] | None = None
        """Device and inode of the file that is ours."""

    def found(self) -> tuple[int, int] | None:
        """The same of what lies there now; None: nothing."""
        try:
            seen = os.stat(self.path)
        except FileNotFoundError:
            return None
        return seen.st_dev, seen.st_ino

    def check(self) -> None:
        """StoreDown unless what lies there is ours, or nothing has been opened yet."""
        if self.opened is None:
            return
        found = self.found()
        if found is None:
            raise StoreDown(f"The database file {self.path} was removed while Khéo was running: end Khéo, restore it")
        if found != self.opened:
            raise StoreDown(
                f"The database file {self.path} was replaced while Khéo was running. Nothing is written into it: "
                "end Khéo, see that the right file lies there, and start it again"
            )

    def put_back(self, raw: sqlite3.Connection) -> None:
        """Write what the connection still holds of the removed file to where it lay. StoreDown if that is impossible."""
        copy = self.path.with_name(f"{self.path.name}.put-back")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            copy.unlink(missing_ok=True)
            other = sqlite3.connect(copy, isolation_level=None)
            try:
                other.execute("PRAGMA synchronous = FULL")
                raw.backup(other)
            finally:
                other.close()
            for beside in ("-wal", "-shm"):  # they belong to the file that was removed
                self.path.with_name(self.path.name + beside).unlink(missing_ok=True)
            made = os.stat(copy)
            os.link(copy, self.path)  # not over what somebody may have put there meanwhile
            self.opened = made.st_dev, made.st_ino
            copy.unlink()
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except (OSError, sqlite3.Error) as error:
            raise StoreDown(
                f"The database file {self.path} was removed while Khéo was running, and could not be put back ({error}). "
                "Do not end Khéo: it still holds the data, and tries again with the next work"
            ) from error
        log.error("the database file %s had been removed; it was put back whole, nothing is lost", self.path)


def empty_log(path: Path) -> bool:
    """Bring everything into the file and leave nothing in its write-ahead log; False while somebody is still reading."""
    raw = sqlite3.connect(path, isolation_level=None, timeout=BUSY_MS / 1000)
    try:
        busy: int = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    finally:
        raw.close()
    return not busy


def open_engine(path: Path, place: Place | None = None) -> Engine:
    """An engine whose connections are in the driver's autocommit mode, durable (WAL, synchronous=FULL), keys enforced.

    Raises StoreDown on connecting when the file's place cannot carry WAL, or when the file is not the one of `place`.
    """
    place = place or Place(path)
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        poolclass=NullPool,
        hide_parameters=True,  # what people wrote must not reach the log through an error message
        creator=lambda: _connect(path, place),
    )
    watch_errors(engine)
    return engine


def remedy(error: BaseException | None) -> str:
    """What is to be done about it, in a sentence; empty where nobody can know."""
    return _REMEDIES.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, "")


def _connect(path: Path, place: Place) -> sqlite3.Connection:
    place.check()
    # Made where there is none; but a file that was there is never made anew, empty, in the moment in which it vanishes.
    where = f"file:{quote(str(path))}?mode={'rwc' if place.opened is None else 'rw'}"
    raw = sqlite3.connect(where, uri=True, isolation_level=None, timeout=BUSY_MS / 1000, cached_statements=STATEMENTS)
    try:
        raw.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        if raw.execute("PRAGMA journal_mode = WAL").fetchone() != ("wal",):
            raise StoreDown(f"{path} lies on a disk that cannot carry SQLite's WAL: use a local disk (KHEO_DATA)")
        raw.execute("PRAGMA synchronous = FULL")
        raw.execute("PRAGMA foreign_keys = ON")
        raw.execute("PRAGMA secure_delete = ON")  # what is erased is not left lying in free pages
        raw.execute(f"PRAGMA journal_size_limit = {WAL_LIMIT}")
        place.opened = place.opened or place.found()
    except BaseException:
        raw.close()
        raise
    return raw


def is_works_own(error: BaseException) -> bool:
    """Whether it is the work that is wrong (or anything that is not the database's), not file or disk."""
    original = error.orig if isinstance(error, DBAPIError) else error
    if not isinstance(original, sqlite3.Error):
        return not isinstance(original, StoreDown)
    code = getattr(original, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return code & 0xFF in _WORKS_OWN


class SqliteLine(Line):
    """A connection to the file; every error that is not the work's own comes out as Spoiled."""

    def __init__(self, engine: Engine, *, reads_only: bool = False) -> None:
        super().__init__(engine)
        self._own = {sqlite3.SQLITE_READONLY} if reads_only else set()
        self._cursor = self.raw.cursor()
        self.execute: Callable[[str], Any] = self._cursor.execute
        if reads_only:
            self.execute("PRAGMA query_only = ON")

    def note(self, error: BaseException) -> None:
        if self.failed is None or is_works_own(self.failed):
            self.failed = error
        if not is_works_own(error) and not self.raw.in_transaction:
            # SQLite has rolled back. Were the work to go on, each statement would commit by itself: let it go on in a
            # transaction that is thrown away.
            self.execute("BEGIN")

    def do(self, work: Callable[[Tx], Any]) -> Any:
        try:
            value = super().do(work)
        except BaseException as error:
            self._check(error)
            raise
        self._check(None)
        return value

    def _check(self, error: BaseException | None) -> None:
        for trouble in (self.failed, error):
            if trouble is not None and not is_works_own(trouble) and not self._is_allowed(trouble):
                raise Spoiled(plain(trouble)) from trouble
        if not self.raw.in_transaction:  # a full disk rolls back by itself, and a work may have swallowed the error
            raise Spoiled("the transaction was found closed") from (error or self.failed)

    def _is_allowed(self, error: BaseException) -> bool:
        original = error.orig if isinstance(error, DBAPIError) else error
        return getattr(original, "sqlite_errorcode", None) in self._own

    def commit(self) -> None:
        """Raises whatever SQLite says against it, and Spoiled if there was nothing to commit any more."""
        if not self.raw.in_transaction:
            raise Spoiled("the transaction was found closed before its commit")
        self.execute("COMMIT")

    def roll_back(self) -> None:
        if self.raw.in_transaction:
            self.execute("ROLLBACK")

    def close(self) -> None:
        with suppress(sqlite3.Error):
            self._cursor.close()  # while it lives SQLite keeps the file open
        super().close()


class Writer(threading.Thread):
    """The one thread that writes. Works that wait together share a transaction, each in its own savepoint."""

    def __init__(self, engine: Engine, place: Place) -> None:
        super().__init__(name="kheo-store-writer", daemon=True)
        self.jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._engine = engine
        self._place = place
        self._file: tuple[int, int] | None = None
        """What the connection has open."""
        self._line: SqliteLine | None = None

    def run(self) -> None:
        while (first := self.jobs.get()) is not None:
            batch = [first]
            try:
                self._together(batch)
            except Exception as trouble:  # whatever it is: no caller may be left waiting
                log.warning("%d works share no commit, each is done alone now: %s", len(batch), plain(trouble))
                self._each_alone(batch)
            settle(batch)
        if self._line is not None:
            self._line.close()

    def _together(self, batch: list[Job]) -> None:
        """Do the first and whatever else is waiting, then commit."""
        line = self._ready()
        execute = line.execute
        execute("BEGIN IMMEDIATE")
        until = time.monotonic() + BATCH_SECONDS
        job: Job | None = batch[0]
        while job is not None:
            execute("SAVEPOINT kheo_work")
            try:
                job.value = line.do(job.work)
            except Spoiled:
                raise
            except BaseException as error:
                job.error = error
                execute("ROLLBACK TO kheo_work")
            execute("RELEASE kheo_work")
            if len(batch) >= BATCH_WORKS or time.monotonic() >= until:
                break
            try:
                job = self.jobs.get_nowait()
            except Empty:
                break
            if job is None:
                self.jobs.put(None)  # the end, to be read again after this batch
            else:
                batch.append(job)
        line.commit()
        try:
            self._look_after(line)
        except Exception as away:  # committed, but where nobody will find it: not to be done again, nor acknowledged
            for job in batch:
                job.error = job.error or down(away)

    def _look_after(self, line: SqliteLine) -> None:
        """See that the file the connection writes lies in its place; if it was removed, put it back.

        Before every transaction and after every commit. StoreDown if the file is not there.
        """
        place = self._place
        away: StoreDown | None = None
        for _ in range(PUT_BACK_TRIES):
            found = place.found()
            if found == place.opened == self._file:
                return
            if found is not None and found != place.opened:
                with suppress(sqlite3.Error):
                    # The log beside it is ours: what it holds belongs into our file, and must not be read with the other.
                    line.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                self._line = None
                line.close()
                place.check()
            if found is None:
                place.put_back(line.raw)
            try:
                self._line = self._opened()
            except StoreDown as gone_again:
                away = gone_again
            else:
                line.close()  # only now: until then it was all there is
                return
        if away is not None:
            raise away

    def _opened(self) -> SqliteLine:
        """A connection that can write to the file in its place. StoreDown if it is not the one that was opened first."""
        line: SqliteLine | None = None
        try:
            line = SqliteLine(self._engine)
            line.execute("BEGIN IMMEDIATE")  # with it the log beside the file is opened too
            line.execute("ROLLBACK")
            self._place.check()
        except BaseException as trouble:
            if line is not None:
                line.close()
            if isinstance(trouble, Exception) and not isinstance(trouble, StoreDown):
                raise down(trouble) from trouble
            raise
        self._file = self._place.opened
        return line

    def _each_alone(self, batch: list[Job]) -> None:
        self._clear()
        away: StoreDown | None = None
        for job in batch:
            job.value, job.error = None, away
            if away is None and not self._alone(job):
                # Not even a beginning was possible: the others need not wait for the same answer, one after the other.
                away = StoreDown(str(job.error))
                batch.extend(self._waiting())

    def _waiting(self) -> list[Job]:
        """Whoever waits at this moment."""
        found = []
        for _ in range(self.jobs.qsize()):
            job = self.jobs.get()
            if job is None:  # the end of the store, to be read again after these
                self.jobs.put(None)
            else:
                found.append(job)
        return found

    def _alone(self, job: Job) -> bool:
        """Do one work in its own transaction; false when the database could not even begin one."""
        try:
            line = self._ready()
            line.execute("BEGIN IMMEDIATE")
        except Exception as trouble:
            job.error = down(trouble)
            self._clear()
            return False
        try:
            value = line.do(job.work)
            line.commit()
            self._look_after(line)
            job.value = value
        except BaseException as error:
            job.error = error if not isinstance(error, Spoiled) and is_works_own(error) else down(error)
            self._clear()
        return True

    def _ready(self) -> SqliteLine:
        if self._line is not None:
            self._look_after(self._line)
        if self._line is None:
            self._line = self._opened()
        return self._line

    def _clear(self) -> None:
        """Leave no transaction open; a connection that cannot do even that is replaced."""
        if self._line is None:
            return
        try:
            self._line.roll_back()
        except Exception as trouble:
            log.warning("the database connection is replaced: %s", plain(trouble))
            self._line.close()
            self._line = None


class Reader(threading.Thread):
    """A thread that reads, each work in one snapshot, on a connection that cannot write."""

    def __init__(self, engine: Engine, jobs: SimpleQueue[Job | None], place: Place) -> None:
        super().__init__(name="kheo-store-reader", daemon=True)
        self._engine = engine
        self._jobs = jobs
        self._place = place
        self._file: tuple[int, int] | None = None
        """What the connection has open: the place has another file once it was put back."""
        self._line: SqliteLine | None = None

    def run(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                job.value = self._read(job)
            except Spoiled as spoiled:
                job.error = down(spoiled)
            except BaseException as error:
                job.error = error
            settle([job])
            del job  # else the last rows would stay in memory until the next question
        if self._line is not None:
            self._line.close()

    def _read(self, job: Job) -> Any:
        line = self._begun()
        try:
            return line.do(job.work)
        finally:
            try:
                line.roll_back()
            except Exception as trouble:
                log.warning("a reading connection is replaced: %s", plain(trouble))
                line.close()
                self._line = None

    def _begun(self) -> SqliteLine:
        try:
            if self._line is not None and self._file != self._place.opened:
                self._line.close()
                self._line = None
            if self._line is None:
                self._line = SqliteLine(self._engine, reads_only=True)
                self._file = self._place.opened
            self._line.execute("BEGIN")
        except Exception as trouble:
            if self._line is not None:
                self._line.close()
                self._line = None
            raise Spoiled(plain(trouble)) from trouble
        return self._line
