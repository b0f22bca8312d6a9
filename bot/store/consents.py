"""Consents: every clear act of a person towards the notice on their data; the newest is what counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select

from bot.store import audit
from bot.store.engine import Tx
from bot.store.once import insert_row
from bot.store.prepared import Prepared
from bot.store.tables import consent


@dataclass(frozen=True, slots=True)
class Consent:
    """What somebody said to one version of the notice: yes (`given`), or no – at first or later. `address_id` is where
    they said it; None where no chat did (the made-up people of a demo)."""

    version: str
    given: bool
    at: datetime
    address_id: int | None


_NEWEST = Prepared(
    select(consent.c.version, consent.c.given, consent.c.at, consent.c.address_id)
    .where(consent.c.person_id == bindparam("who"))
    .order_by(consent.c.id.desc())
    .limit(1)
)


def newest(tx: Tx, person_id: int) -> Consent | None:
    """What they said last; None if they were never asked, or never answered."""
    row = _NEWEST.first(tx, who=person_id)
    return None if row is None else _consent(row)


def every(tx: Tx, person_id: int) -> list[Consent]:
    """All they ever said, the oldest first."""
    rows = tx.execute(select(consent).where(consent.c.person_id == person_id).order_by(consent.c.id)).all()
    return [_consent(row) for row in rows]


def note(tx: Tx, person_id: int, version: str, *, given: bool, address_id: int | None, now: datetime) -> None:
    """Write down their yes or no to that version."""
    before = newest(tx, person_id)
    insert_row(tx, consent, person_id=person_id, address_id=address_id, version=version, given=given, at=now)
    if given:
        action = "consent.given"
    else:
        action = "consent.withdrawn" if before is not None and before.given else "consent.declined"
    audit.note(tx, action, f"person:{person_id}", at=now, after={"version": version})


def _consent(row: Any) -> Consent:
    return Consent(row.version, row.given, row.at, row.address_id)
