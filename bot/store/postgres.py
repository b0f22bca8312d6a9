"""PostgreSQL: a few threads, each work in its own transaction; conflicts and lost connections are tried again."""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, NamedTuple

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import URL, Engine, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from bot.errors import StoreDown
from bot.store.line import Job, Line, down, log, plain, settle, wakes_senders, watch_errors

WORKERS = 4  # connections of one process; a turn keeps one busy for about a millisecond
PATIENCE = 30.0  # seconds that a work waits for a database that is away, counted from when it was asked for
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 2.0  # seconds between two attempts to reach it, doubled each time
CONFLICTS = 6  # attempts of a work that loses against others; more means that something is wrong
CONNECT_SECONDS = 5  # a host that does not answer at all
START_PAUSES = (0.25, 0.5, 1.0, 2.0, 5.0)  # seconds between two looks at the start; the last one again and again
KEEP_ALIVE = {  # a host that vanished is noticed within half a minute, not after two hours
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
_CONFLICT = {"40001", "40P01"}  # serialization_failure, deadlock_detected
_AFTERMATH = "25P02"  # in_failed_sql_transaction: tells nothing, the error before it does
_READ_ONLY = "25006"  # a work that writes where it reads; or, elsewhere, a server that became somebody's copy
# Insufficient resources (a full disk), operator intervention, system error, internal error.
_DATABASES_OWN = ("53", "57", "58", "XX", _READ_ONLY)


# What a server says that is running and will say the same tomorrow, with what is to be done about it. It comes without
# an SQLSTATE; a server that speaks another language is waited for, and then told of in its own words.
_FOR_GOOD = {
    r"authentication failed": "Write the right user and password into DATABASE_URL.",
    r"no password supplied": "Write the password into DATABASE_URL (postgresql://USER:PASSWORD@HOST/NAME).",
    r"no pg_hba.conf entry": "Let this machine and user in by a line in the server's pg_hba.conf.",
    r"not permitted to log in": "Name a user in DATABASE_URL who may log in.",
    r'role ".*" does not exist': "Create the user on the server (createuser), or name another in DATABASE_URL.",
    r'database ".*" does not exist': "Create the database on the server (createdb), or name another in DATABASE_URL.",
    r"permission denied for database": "Let this user connect to the database (GRANT CONNECT ON DATABASE …).",
}


class Lost(Exception):
    """The connection is gone; the cause says why."""


class Conflict(Exception):
    """Another transaction was in the way; the cause is the database's word for it."""


def open_engine(url: URL) -> Engine:
    """An engine whose connections are in the driver's autocommit mode; values people wrote stay out of its errors."""
    given = {key: value for key, value in KEEP_ALIVE.items() if key not in url.query}
    engine = create_engine(
        url,
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
        connect_args={"connect_timeout": CONNECT_SECONDS, "application_name": "kheo", **given},
    )
    watch_errors(engine)
    return engine


def reach(engine: Engine, seconds: float) -> None:
    """Come back when the server lets us in. StoreDown if it does not within so many seconds, or never will."""
    began = time.monotonic()
    pauses = iter(START_PAUSES)
    pause = 0.0
    while True:
        try:
            engine.connect().close()
            return
        except DBAPIError as error:
            said = plain(error).strip()
            left = began + seconds - time.monotonic()
            if left <= 0 or _never(said):
                waited = "" if _never(said) else f" within {seconds:.0f} s"
                raise StoreDown(
                    f"The database {engine.url!r} could not be reached{waited}: {said}\n{remedy(error)}"
                ) from error
            pause = min(next(pauses, pause), left)
            log.warning("the database cannot be reached yet, %.0f s are left to wait for it: %s", left, said)
            time.sleep(pause)


def remedy(error: BaseException) -> str:
    """What is to be done about a server that does not let us in, in a sentence."""
    return _never(plain(error)) or "Check DATABASE_URL, and whether the server there is running."


def _never(said: str) -> str:
    """The remedy for what will not pass by itself; empty if it may."""
    return next((remedy for words, remedy in _FOR_GOOD.items() if re.search(words, said)), "")


def state_of(error: BaseException | None) -> str:
    """The SQLSTATE of a database error, empty for anything else."""
    original = error.orig if isinstance(error, DBAPIError) else error
    return (original.sqlstate or "") if isinstance(original, psycopg.Error) else ""


class Mark(NamedTuple):
    """A transaction: its number, and in which life of the server it has that."""

    number: int
    life: str


_CAME_BACK = (
    "SELECT redo_lsn = checkpoint_lsn,"
    " split_part(next_xid, ':', 1)::bigint * 4294967296 + split_part(next_xid, ':', 2)::bigint"
    " FROM pg_control_checkpoint()"
)


class PostgresLine(Line):
    """A connection to the server."""

    _reads = False

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        # A server that has crashed begins its statistics anew; one that was stopped keeps them, as it keeps all else.
        self._life: str = self.raw.execute("SELECT coalesce(stats_reset::text, '') FROM pg_stat_bgwriter").fetchone()[0]

    def begin(self) -> Mark:
        """Begin a transaction that writes; returns by what its fate can be asked for later."""
        self._reads = False
        cursor = self.raw.execute("BEGIN; SELECT pg_current_xact_id()::text")
        cursor.nextset()
        return Mark(int(cursor.fetchone()[0]), self._life)

    def begin_reading(self) -> None:
        """Begin a transaction that sees one snapshot and cannot write."""
        self._reads = True
        self.raw.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def note(self, error: BaseException) -> None:
        if self.failed is None or state_of(error) != _AFTERMATH:
            self.failed = error

    def do(self, work: Any) -> Any:
        """As Line.do, but raises Lost or Conflict whatever the work made of them, and StoreDown for a sick server."""
        try:
            value = super().do(work)
        except BaseException as error:
            self._check(error)
            raise
        self._check(None)
        if self.raw.info.transaction_status != TransactionStatus.INTRANS:
            raise RuntimeError(
                "The work went on after a database error: put what may fail into `with tx.begin_nested():`"
            ) from self.failed
        return value

    def _check(self, error: BaseException | None) -> None:
        if self.is_lost():
            raise Lost("the connection was lost") from (error or self.failed)
        for trouble in (error, self.failed):
            state = state_of(trouble)
            if state in _CONFLICT:
                raise Conflict from trouble
            if trouble is not None and state.startswith(_DATABASES_OWN) and not (self._reads and state == _READ_ONLY):
                raise down(trouble)

    def commit(self) -> None:
        """Raises Lost when no answer came: the transaction may stand or not."""
        try:
            answer = self.raw.execute("COMMIT").statusmessage
        except psycopg.Error as error:
            self._check(error)
            raise
        if answer != "COMMIT":
            raise StoreDown(f"The database answered {answer} to a commit")

    def fate(self, of: Mark) -> str | None:
        """ "committed", "aborted", "in progress", or None if the server does not remember, or cannot be trusted to.

        A server that has crashed gives the numbers of transactions of which it has kept nothing to others, of any
        process. Up to which number it knew them stands in the checkpoint with which it came back: that one alone begins
        where it lies. After a later one nobody can tell.
        """
        if of.life != self._life:
            first, known = self.raw.execute(_CAME_BACK).fetchone()
            if not first:
                return None
            if of.number >= known:
                return "aborted"
        try:
            fate: str | None = self.raw.execute("SELECT pg_xact_status(%s::text::xid8)", [of.number]).fetchone()[0]
        except psycopg.errors.InvalidParameterValue:  # "in the future": it has never been given out in this life
            return "aborted"
        return fate

    def roll_back(self) -> None:
        if self.raw.info.transaction_status != TransactionStatus.IDLE:
            self.raw.execute("ROLLBACK")

    def is_lost(self) -> bool:
        return self.raw.closed or self.tx.invalidated


class Conflicts:
    """How many works lost against others so far, and were done again; for the metrics."""

    many = 0


class Worker(threading.Thread):
    """A thread with its own connection that does one work after the other."""

    def __init__(
        self,
        engine: Engine,
        jobs: SimpleQueue[tuple[Job, bool] | None],
        closing: threading.Event,
        conflicts: Conflicts,
        wake: Callable[[], None],
    ) -> None:
        super().__init__(name="kheo-store", daemon=True)
        self._engine = engine
        self._conflicts = conflicts
        self._wake = wake
        self._jobs = jobs
        self._closing = closing
        self._line: PostgresLine | None = None
        self._unanswered: Mark | None = None  # the transaction whose commit got no answer
        self._away_since = 0.0  # when the last attempt to connect failed, 0 if it did not

    def run(self) -> None:
        while (waiting := self._jobs.get()) is not None:
            job, writes = waiting
            try:
                job.value = self._perform(job, writes)
            except BaseException as error:
                job.error = error
            self._unanswered = None
            self._clear()
            settle([job])
            del job, waiting
        if self._line is not None:
            self._line.close()

    def _perform(self, job: Job, writes: bool) -> Any:
        deadline = job.since + PATIENCE
        pause = FIRST_PAUSE
        conflicts = 0
        value: Any = None
        while True:
            try:
                line = self._ready(deadline)
                if self._unanswered is not None:
                    fate = line.fate(self._unanswered)
                    if fate == "committed":
                        return value
                    if fate == "in progress":
                        raise Lost("the server has not noticed yet that the connection was lost")
                    if fate is None:
                        raise StoreDown("The connection broke during a commit, and the server forgot how it ended")
                    self._unanswered = None
                if not writes:
                    line.begin_reading()
                    return line.do(job.work)
                transaction = line.begin()
                value = line.do(job.work)
                self._unanswered = transaction
                line.commit()
                if wakes_senders(line.tx):
                    self._wake()
                return value
            except Conflict as conflict:
                self._unanswered = None
                conflicts += 1
                self._conflicts.many += 1
                if conflicts >= CONFLICTS:
                    raise down(conflict.__cause__ or conflict) from conflict
                self._clear()
                self._closing.wait(random.uniform(0, 0.01 * 2**conflicts))
            except (Lost, psycopg.OperationalError, psycopg.InterfaceError) as lost:
                self._clear()
                if isinstance(lost, psycopg.Error) and self._line is not None:  # it still speaks, and refuses
                    raise down(lost) from lost
                if time.monotonic() + pause > deadline or self._closing.is_set():
                    raise down(lost.__cause__ or lost) from lost
                log.warning("the database is away, the work is tried again in %.2f s", pause)
                self._closing.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    def _ready(self, deadline: float) -> PostgresLine:
        """The connection, opened anew if need be. Raises Lost when the server cannot be reached."""
        if self._line is None:
            now = time.monotonic()
            if self._away_since and now > deadline and now - self._away_since < LONGEST_PAUSE:
                raise Lost("the database is away")  # those who waited their time out need not each try again
            try:
                self._line = PostgresLine(self._engine)
            except (DBAPIError, psycopg.Error) as error:
                if self._line is not None:
                    self._line.close()
                    self._line = None
                self._away_since = time.monotonic()
                raise Lost(plain(error)) from error
            self._away_since = 0.0
        return self._line

    def _clear(self) -> None:
        """Leave no transaction open; a connection that is lost is forgotten."""
        if self._line is None:
            return
        try:
            if not self._line.is_lost():
                self._line.roll_back()
        except Exception as trouble:
            log.debug("rolling back: %s", plain(trouble))
        if self._line.is_lost():
            self._line.close()
            self._line = None
