"""Alembic runs this file for each upgrade, on the connection (and in the transaction) that run.py gives it."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from bot.store.tables import metadata


def plain_type(kind: str, item: Any, _: Any) -> str | Literal[False]:
    """Write a type of ours as the plain type it is stored as, so that a step does not change when the type does."""
    if kind == "type" and type(item).__module__ == "bot.store.tables":
        return f"sa.{item.impl!r}"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite changes a table by making it anew
    render_item=plain_type,
)
context.run_migrations()
