"""A piece of work that waits for the database, and the connection on which it is done."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import ExceptionContext, MappingResult, Result, ScalarResult

from bot.errors import StoreDown

Tx = Connection
"""An open transaction; a work runs its statements on it and never begins, commits, rolls back or closes it."""

log = logging.getLogger("bot.store")

_WAKES = "wakes"


def wake_senders(tx: Tx) -> None:
    """When this work is committed, whoever sends what nobody asked for looks at once; without it, at the next tick."""
    tx.info[_WAKES] = True


def wakes_senders(tx: Tx) -> bool:
    """Whether the work that ended just now asked for that."""
    return bool(tx.info.pop(_WAKES, False))


class Job:
    """One work with the future its caller waits on; `loop` is None when the caller waits in a thread."""

    __slots__ = ("error", "future", "loop", "since", "value", "work")

    def __init__(
        self,
        work: Callable[[Tx], Any],
        future: asyncio.Future[Any] | Future[Any],
        loop: asyncio.AbstractEventLoop | None,
    ) -> None:
        self.work = work
        self.future = future
        self.loop = loop
        self.since = time.monotonic()
        self.value: Any = None
        self.error: BaseException | None = None


def settle(jobs: list[Job]) -> None:
    """Hand every outcome to its caller; an event loop is woken once for all of its jobs."""
    by_loop: dict[asyncio.AbstractEventLoop | None, list[Job]] = {}
    for job in jobs:
        by_loop.setdefault(job.loop, []).append(job)
    for loop, group in by_loop.items():
        if loop is None:
            _resolve(group)
            continue
        try:
            loop.call_soon_threadsafe(_resolve, group)
        except RuntimeError:
            log.warning("%d finished works had nobody left to tell: their event loop is closed", len(group))


def _resolve(jobs: list[Job]) -> None:
    for job in jobs:
        if job.future.done():  # the caller was cancelled meanwhile
            continue
        if job.error is None:
            job.future.set_result(job.value)
        elif isinstance(job.error, StopIteration):  # a future cannot carry it
            job.future.set_exception(RuntimeError("the work raised StopIteration"))
        else:
            job.future.set_exception(job.error)


def plain(error: BaseException) -> str:
    """What the database said, without the statement around it."""
    return str(getattr(error, "orig", None) or error)


def down(reason: BaseException) -> StoreDown:
    """The error for a caller whose work was not done because of the database."""
    if isinstance(reason, StoreDown):
        return StoreDown(str(reason))
    trouble = StoreDown(f"The database did not take the work: {plain(reason)}")
    trouble.__cause__ = reason
    return trouble


class Line:
    """One connection in the driver's autocommit mode, used by one thread; BEGIN and COMMIT are written by the store.

    `failed` is the gravest database error during the present work, also one that the work swallowed.
    """

    def __init__(self, engine: Engine) -> None:
        self.tx = engine.connect()
        self.raw: Any = self.tx.connection.dbapi_connection
        self.failed: BaseException | None = None
        self.tx.info["line"] = self
        # SQLAlchemy thinks itself in this one transaction for the connection's whole life; on the wire it is nothing.
        self.tx.begin()
        for ending in ("commit", "rollback", "close"):
            setattr(self.tx, ending, _refuse)

    def note(self, error: BaseException) -> None:
        """Hear of a database error at the moment it happens, before the work does."""
        self.failed = error

    def do(self, work: Callable[[Tx], Any]) -> Any:
        """Run the work inside the transaction that is open; raises what the work raised."""
        self.failed = None
        self.tx.info.pop("by", None)  # who acts is said by each work anew (bot/store/audit.py)
        self.tx.info.pop(_WAKES, None)
        try:
            value = work(self.tx)
            if isinstance(value, (Result, ScalarResult, MappingResult)):
                value.close()
                raise TypeError("A work returns rows (.all(), .one() …), not a cursor: it cannot be read afterwards")
            if self.tx.in_nested_transaction():
                raise RuntimeError("The work left a savepoint open: use `with tx.begin_nested():`")
            return value
        finally:
            if self.tx.in_nested_transaction():
                self._close_savepoints()

    def _close_savepoints(self) -> None:
        while (nested := self.tx.get_nested_transaction()) is not None:
            nested.rollback()

    def close(self) -> None:
        """Let go of the connection; whatever was not committed is gone."""
        try:
            Connection.close(self.tx)
        except Exception as trouble:
            log.debug("closing a broken connection: %s", trouble)


def _refuse(*_: Any, **__: Any) -> None:
    raise RuntimeError("A work does not commit, roll back or close its transaction: return or raise instead")


def watch_errors(engine: Engine) -> None:
    """Let each Line of this engine know of the database errors on it."""

    @event.listens_for(engine, "handle_error")
    def remember(context: ExceptionContext) -> None:
        if context.connection is not None and not context.connection.closed and not context.connection.invalidated:
            line = context.connection.info.get("line")
            if line is not None:
                line.note(context.original_exception)
