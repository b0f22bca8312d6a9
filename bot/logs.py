"""The log: one line of JSON for each record, ours and the libraries', on stderr, and in it nothing of what people wrote."""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Callable, MutableMapping, Sequence
from types import TracebackType
from typing import Any

import structlog

from bot.config import Settings
from bot.errors import PlanWrong, SettingsWrong, StoreDown

SPEAKING: tuple[type[BaseException], ...] = (StoreDown, SettingsWrong, PlanWrong)
"""The exceptions whose own words are told: they speak of the database, the settings and the plan files, which are the
administrator's. Any other may carry what somebody typed – a key that was not found, a number that is none –, so of it
only the kind is told, and where it happened."""
_TOKEN = re.compile(r"\d{6,}(?::|%3A)[A-Za-z0-9_-]{20,}")
_PHONE = re.compile(r"(?<![\w.])(?:\+?84|0)(?:[ .-]?2(?:[ .-]?\d){9}|[ .-]?[35789](?:[ .-]?\d){8})(?!\w)")
_CALL = " in callback "
"""Where asyncio begins to print what a function was called with."""

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def write_logs(own: Settings, *, quiet: bool = False) -> None:
    """From here on; secrets and phone numbers are struck out of the whole line. `quiet`: errors only."""
    seen: list[Any] = [structlog.processors.add_log_level, structlog.processors.TimeStamper(fmt="iso")]
    written: list[Any] = [
        _without_words,
        structlog.processors.JSONRenderer(ensure_ascii=False),
        _without(own.secrets()),
    ]
    structlog.configure(
        processors=[*seen, *written],
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR if quiet else logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*seen, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *written],
        )
    )
    logging.captureWarnings(True)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.ERROR if quiet else logging.WARNING)
    # A tick that is still busy when the next is due is nothing to tell of.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


def told(error: BaseException) -> str:
    """The error with its causes, in the order in which they happened: where, and which kind; its words only if they are
    the administrator's."""
    parts = [_one(error)]
    seen = {id(error)}
    while True:
        before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if before is None or id(before) in seen:
            return "\n".join(reversed(parts))
        seen.add(id(before))
        parts.append(_one(before))
        error = before


def _one(error: BaseException) -> str:
    frames = "".join(traceback.format_tb(error.__traceback__))
    group = getattr(error, "exceptions", ())
    inner = "".join(f"\n  | {line}" for one in group for line in told(one).splitlines())
    return f"{frames}{_named(error)}{inner}"


def _named(error: BaseException) -> str:
    """Its kind; with the number that the system, or the database, has for what went wrong."""
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    if isinstance(error, SPEAKING):
        return f"{name}: {error}"
    if isinstance(error, OSError) and error.strerror:
        return f"{name}: [{error.errno}] {error.strerror}"
    driver = getattr(error, "orig", None) or error
    code = getattr(driver, "sqlstate", None) or getattr(driver, "sqlite_errorname", None)
    return f"{name} ({code})" if isinstance(code, str) else name


def _without_words(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    found = _exc_info(event.pop("exc_info", None))
    if found is not None:
        event["exception"] = told(found[1])
    event.pop("stack_info", None)
    if event.get("logger") == "asyncio":  # it prints tasks and calls whole, with all that they were given
        event["event"] = str(event["event"]).partition("\n")[0].partition(_CALL)[0]
    return event


def _exc_info(given: Any) -> _ExcInfo | None:
    if isinstance(given, BaseException):
        return type(given), given, given.__traceback__
    if isinstance(given, tuple):
        return given if given[1] is not None else None
    current = sys.exc_info() if given else (None, None, None)
    return current if current[1] is not None else None


def _without(secrets: Sequence[str]) -> Callable[[Any, str, str], str]:
    def strike(_: Any, __: str, line: str) -> str:
        for secret in secrets:
            line = line.replace(secret, "***")
        return _PHONE.sub("***", _TOKEN.sub("***", line))

    return strike
