"""SQLite: one thread writes and lets works that wait together share a commit; two threads read."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

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


def open_engine(path: Path) -> Engine:
    """An engine whose connections are in the driver's autocommit mode, durable (WAL, synchronous=FULL), keys enforced.

    Raises StoreDown on connecting when the file's place cannot carry WAL.
    """
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        poolclass=NullPool,
        hide_parameters=True,  # what people wrote must not reach the log through an error message
        creator=lambda: _connect(path),
    )
    watch_errors(engine)
    return engine


def _connect(path: Path) -> sqlite3.Connection:
    raw = sqlite3.connect(path, isolation_level=None, timeout=BUSY_MS / 1000, cached_statements=STATEMENTS)
    try:
        raw.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        if raw.execute("PRAGMA journal_mode = WAL").fetchone() != ("wal",):
            raise StoreDown(f"{path} lies on a disk that cannot carry SQLite's WAL: use a local disk (KHEO_DATA)")
        raw.execute("PRAGMA synchronous = FULL")
        raw.execute("PRAGMA foreign_keys = ON")
        raw.execute(f"PRAGMA journal_size_limit = {WAL_LIMIT}")
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

    def __init__(self, engine: Engine) -> None:
        super().__init__(name="kheo-store-writer", daemon=True)
        self.jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._engine = engine
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
            job.value = value
        except BaseException as error:
            job.error = error if not isinstance(error, Spoiled) and is_works_own(error) else down(error)
            self._clear()
        return True

    def _ready(self) -> SqliteLine:
        if self._line is None:
            self._line = SqliteLine(self._engine)
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

    def __init__(self, engine: Engine, jobs: SimpleQueue[Job | None]) -> None:
        super().__init__(name="kheo-store-reader", daemon=True)
        self._engine = engine
        self._jobs = jobs
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
            if self._line is None:
                self._line = SqliteLine(self._engine, reads_only=True)
            self._line.execute("BEGIN")
        except Exception as trouble:
            if self._line is not None:
                self._line.close()
                self._line = None
            raise Spoiled(plain(trouble)) from trouble
        return self._line
