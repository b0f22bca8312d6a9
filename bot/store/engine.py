"""The one door to the database: works go in, and come back when they are committed."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from queue import SimpleQueue
from typing import IO, Any, Literal, Protocol, TypeVar

from sqlalchemy import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from bot.errors import SettingsWrong, StoreDown
from bot.store import postgres, sqlite
from bot.store.line import Job, Tx, plain, settle

__all__ = ["Store", "Tx"]

T = TypeVar("T")
_ENDING = "The database is closed: the program is ending"
CLOSE_SECONDS = 10.0  # what is being done may end; a database that is away is not waited for


class _Side(Protocol):
    engine: Engine

    @property
    def conflicts(self) -> int: ...

    def write(self, job: Job) -> None: ...

    def read(self, job: Job) -> None: ...

    def close(self) -> None: ...


class Store:
    """The database at `url`: "sqlite:////abs/path.db" or "postgresql://user:password@host/name".

    A *work* is a plain function of an open transaction (`Tx`). It returns when all is well and raises when nothing of
    it shall stay; it never commits, begins, rolls back or closes, and gives back rows, not cursors. **A work may be
    run again** – after a conflict, after a lost connection, or when a full disk spoilt a commit that it shared with
    others –, so all its effects are in the database, and it changes nothing outside on which it builds the next time.
    A statement that may fail and is caught (a unique key) stands in `with tx.begin_nested():`.

    `write` and `run` come back after the commit, which is on the disk by then; they raise what the work raised, or
    `errors.StoreDown` when the database could not take it: then nothing of it stays. (Two things cannot be known: what
    became of a work whose caller was cancelled meanwhile, and of one whose commit a PostgreSQL that was gone for longer
    than half a minute never answered.) Works are begun in the order of the calls; on PostgreSQL several run at once.

    With `exclusive` no second process can open the same SQLite file in this way (`errors.SettingsWrong`).
    Nothing is opened before the first use, but the lock. `close()` when done.
    """

    dialect: Literal["sqlite", "postgresql"]
    on_wake: Callable[[], None] | None = None
    """Called in some thread after the commit of a work that called `line.wake_senders`; on PostgreSQL only."""

    def __init__(self, url: str, *, exclusive: bool = False) -> None:
        self.url = understood(url)
        self._closed = False
        self._lock: IO[str] | None = None
        self._side: _Side
        if self.url.drivername == "sqlite":
            self.dialect = "sqlite"
            path = Path(self.url.database or "")
            self._folder(path)
            if exclusive:
                self._lock = _locked(path)
            self._side = _Sqlite(path)
        else:
            self.dialect = "postgresql"
            self._side = _Postgres(self.url, self._wake)

    def _folder(self, path: Path) -> None:
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # it holds personal data
        except OSError as error:
            raise SettingsWrong(
                f"The folder {path.parent} for the database cannot be made ({error.strerror}): "
                "set KHEO_DATA or DATABASE_URL to a place where this user may write"
            ) from error

    def reach(self, seconds: float) -> None:
        """Wait up to so many seconds for a PostgreSQL that does not answer yet: after a power cut both start at once.

        Raises StoreDown with the reason and the remedy; at once when the server answers and will never let us in.
        """
        if self.dialect == "postgresql":
            postgres.reach(self._side.engine, seconds)

    def migrate(self) -> None:
        """Bring the tables up to date, in one transaction. Raises KheoError if the database is newer than the program,
        StoreDown if it cannot be reached or changed."""
        from bot.store.migrations.run import upgrade  # costs 0.3 s, and only the start needs it

        try:
            upgrade(self._side.engine)
        except DBAPIError as error:
            remedy = sqlite.remedy(error.orig) if self.dialect == "sqlite" else postgres.remedy(error)
            raise StoreDown(
                f"The database {self.url!r} could not be brought up to date: {plain(error).strip()}\n{remedy}".rstrip()
            ) from error

    async def write(self, work: Callable[[Tx], T]) -> T:
        """Do the work and come back when it is committed."""
        return await self._ask(self._side.write, work)

    async def read(self, work: Callable[[Tx], T]) -> T:
        """Do the work on one snapshot of the database; it cannot write."""
        return await self._ask(self._side.read, work)

    def run(self, work: Callable[[Tx], T]) -> T:
        """As `write`, for callers that wait in their thread: the command line, the start, tests."""
        if threading.current_thread().name.startswith("kheo-store"):
            raise RuntimeError("A work cannot wait for another work: use the Tx it was given")
        self._check_open()
        future: Future[T] = Future()
        self._side.write(Job(work, future, None))
        return future.result()

    async def _ask(self, put: Callable[[Job], None], work: Callable[[Tx], T]) -> T:
        self._check_open()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        put(Job(work, future, loop))
        return await future

    @property
    def conflicts(self) -> int:
        """How many works lost against others so far, and were done again."""
        return self._side.conflicts

    def empty_log(self) -> bool:
        """Leave nothing that was erased in the log of a SQLite file; False if that has to wait. Not on an event loop."""
        return self.dialect != "sqlite" or sqlite.empty_log(Path(self.url.database or ""))

    def _wake(self) -> None:
        if self.on_wake is not None:
            self.on_wake()

    def _check_open(self) -> None:
        if self._closed:
            raise StoreDown(_ENDING)

    def close(self) -> None:
        """Finish what was asked for and let go of the database; a second call does nothing."""
        if self._closed:
            return
        self._closed = True
        self._side.close()
        if self._lock is not None:
            self._lock.close()


class _Threads:
    """Threads that begin with the first work and end with the store."""

    def __init__(self, *threads: threading.Thread) -> None:
        self._threads = threads
        self._begun = False
        self._begin = threading.Lock()

    def begin(self) -> None:
        if self._begun:
            return
        with self._begin:
            if not self._begun:
                for thread in self._threads:
                    thread.start()
                self._begun = True

    def end(self, queue: SimpleQueue[Any]) -> None:
        if not self._begun:
            return
        for _ in self._threads:
            queue.put(None)
        for thread in self._threads:
            thread.join(CLOSE_SECONDS)
        while not queue.empty():  # came in from another thread at the last moment
            left = queue.get_nowait()
            job = left[0] if isinstance(left, tuple) else left
            if job is not None:
                job.error = StoreDown(_ENDING)
                settle([job])


class _Sqlite:
    conflicts = 0
    """One thread writes: nobody loses against anybody."""

    def __init__(self, path: Path) -> None:
        place = sqlite.Place(path)
        self.engine = sqlite.open_engine(path, place)
        writer = sqlite.Writer(self.engine, place)
        self._writes = writer.jobs
        self._writer = _Threads(writer)
        self._reads: SimpleQueue[Job | None] = SimpleQueue()
        self._readers = _Threads(*(sqlite.Reader(self.engine, self._reads, place) for _ in range(sqlite.READERS)))

    def write(self, job: Job) -> None:
        self._writer.begin()
        self._writes.put(job)

    def read(self, job: Job) -> None:
        self._readers.begin()
        self._reads.put(job)

    def close(self) -> None:
        self._readers.end(self._reads)
        self._writer.end(self._writes)
        self.engine.dispose()


class _Postgres:
    @property
    def conflicts(self) -> int:
        return self._conflicts.many

    def __init__(self, url: URL, wake: Callable[[], None]) -> None:
        self.engine = postgres.open_engine(url)
        self._closing = threading.Event()
        self._conflicts = lost = postgres.Conflicts()
        self._jobs: SimpleQueue[tuple[Job, bool] | None] = SimpleQueue()
        self._workers = _Threads(
            *(postgres.Worker(self.engine, self._jobs, self._closing, lost, wake) for _ in range(postgres.WORKERS))
        )

    def write(self, job: Job) -> None:
        self._workers.begin()
        self._jobs.put((job, True))

    def read(self, job: Job) -> None:
        self._workers.begin()
        self._jobs.put((job, False))

    def close(self) -> None:
        self._closing.set()
        self._workers.end(self._jobs)
        self.engine.dispose()


def understood(url: str) -> URL:
    """The URL with an absolute file or the driver that we use; raises SettingsWrong, without the password."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise SettingsWrong(
            'DATABASE_URL is not understood: write "sqlite:////folder/kheo.db" or "postgresql://user:password@host/name"'
        ) from None
    kind = parsed.drivername.partition("+")[0]
    if kind in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    if kind != "sqlite":
        raise SettingsWrong(f"DATABASE_URL names {kind}, but Khéo keeps its data in sqlite or postgresql only")
    if not parsed.database or parsed.database == ":memory:" or parsed.database.startswith("file:"):
        raise SettingsWrong("DATABASE_URL must name a file for SQLite, such as sqlite:////var/lib/kheo/kheo.db")
    return URL.create("sqlite", database=str(Path(parsed.database).absolute()))


def _locked(path: Path) -> IO[str]:
    """The open lock file beside the database; the lock ends with the process, however it ends."""
    import fcntl

    try:
        lock = open(path.with_name(path.name + ".lock"), "a+", encoding="ascii")  # noqa: SIM115 – stays open on purpose
    except OSError as error:
        raise SettingsWrong(
            f"Nothing can be written in {path.parent} ({error.strerror}): "
            "set KHEO_DATA or DATABASE_URL to a place where this user may write"
        ) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.seek(0)
        holder = lock.read().strip() or "unknown"
        lock.close()
        raise SettingsWrong(
            f"{path} is already in use by another Khéo process (pid {holder}): "
            "end that one first, or give this one another folder with KHEO_DATA"
        ) from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock
