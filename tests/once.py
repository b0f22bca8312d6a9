"""What the program reads at each start and what stays the same for every test: read once in a run of the tests.

Half of what a small world took was the calendars, the certificates and the steps of the database. `keep` puts a memory
before the reading; what is read is still a file's own bytes, and what cannot be read is read anew each time.
"""

from __future__ import annotations

import ssl
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.script import ScriptDirectory

from bot.plan import source
from bot.plan.finding import Lines

_read, _make_context, _read_steps = source.read, ssl.create_default_context, ScriptDirectory.from_config
_texts: dict[bytes, tuple[Lines, str]] = {}
_contexts: dict[str, ssl.SSLContext] = {}
_steps: dict[tuple[str, ...], ScriptDirectory] = {}


def keep() -> None:
    source.read = _kept_text
    ssl.create_default_context = _kept_context
    ScriptDirectory.from_config = _kept_steps  # type: ignore[method-assign]


def _kept_text(path: Path) -> tuple[Lines, str]:
    try:
        content = path.read_bytes() if path.is_file() and path.stat().st_size <= source.MAX_BYTES else b""
    except (OSError, ValueError):
        return _read(path)
    if not content:
        return _read(path)
    if content not in _texts:
        lines, version = _read(path)
        _texts[content] = replace(lines, tree=deepcopy(lines.tree)), version
        return lines, version
    lines, version = _texts[content]
    return replace(lines, file=str(path), tree=deepcopy(lines.tree)), version


def _kept_context(*how: Any, **more: Any) -> ssl.SSLContext:
    """A client's, as aiogram makes it: nothing but trusted authorities."""
    if how or more.keys() != {"cafile"}:
        return _make_context(*how, **more)
    if more["cafile"] not in _contexts:
        _contexts[more["cafile"]] = _make_context(**more)
    return _contexts[more["cafile"]]


def _kept_steps(config: Config) -> ScriptDirectory:
    folder = config.get_main_option("script_location") or ""
    key = (folder, *sorted(path.name for path in Path(folder, "versions").glob("*.py")))
    if key not in _steps:
        _steps[key] = _read_steps(config)
    return _steps[key]
