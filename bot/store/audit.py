"""The trace: one row for every effect, written in its transaction, never changed, sealed into a chain of digests."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from bot.store.engine import Tx
from bot.store.once import insert_once, insert_row
from bot.store.tables import audit, kept

SALT = "audit_salt"
SERVER, CLOCK = "server", "clock"
"""The channels of what is done on the command line, and of what the program does by itself."""


@dataclass(frozen=True, slots=True)
class By:
    """Who acts: a person for a unit, on a channel. Without a person it is the program, or somebody on the server."""

    channel: str
    person: int | None = None
    unit: int | None = None


def acting(tx: Tx, by: By) -> None:
    """Say who acts in this work from here on. Until then it is the program itself."""
    tx.info["by"] = by


def note(
    tx: Tx,
    action: str,
    object: str,
    *,
    at: datetime,
    about: int | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write that it was done.

    `action` is “noun.verb” (“exemplar.registered”), `object` “noun:id”, `about` the unit that it concerns. `before` and
    `after` hold states, points, dates, ids – and of whatever a person wrote or is called only `digested`.
    """
    by: By = tx.info.get("by") or By(CLOCK)
    insert_row(
        tx,
        audit,
        at=at,
        person=by.person,
        unit=by.unit,
        channel=by.channel,
        action=action,
        object=object,
        about=about,
        before=dict(before) if before is not None else None,
        after=dict(after) if after is not None else None,
    )


def digested(tx: Tx, text: str) -> str:
    """What stands in the trace for a text: with the text at hand it can be checked, without it nothing can be read."""
    salt = tx.execute(select(kept.c.value).where(kept.c.name == SALT)).scalar()
    if salt is None:
        insert_once(tx, kept, name=SALT, value=secrets.token_hex(32))
        salt = tx.execute(select(kept.c.value).where(kept.c.name == SALT)).scalar_one()
    return "~" + hmac.new(bytes.fromhex(salt), text.encode(), hashlib.sha256).hexdigest()[:32]
