"""Secret links: what one may do at an address of our web server without signing in, and until when."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from bot.store import audit
from bot.store.engine import Tx
from bot.store.once import insert_row
from bot.store.prepared import Prepared
from bot.store.tables import ticket

UPLOAD, FORM, PAPER = "upload", "form", "paper"
LASTS = {UPLOAD: timedelta(days=2), FORM: timedelta(days=7), PAPER: timedelta(days=7)}
REMEMBERED = timedelta(days=14)
"""For how long after its end a link is still told from one that never was."""
SECRET_BYTES = 32
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
"""The secret as it stands in the link."""
LONGEST_NAME = 160


@dataclass(frozen=True, slots=True)
class Ticket:
    """One link. `question` is a form's, or, without a draft, the command for which files are to come; `paper` says what
    is to be made, as in an Attachment, and `name` and `media` are its file's."""

    id: int
    kind: str
    address_id: int
    person_id: int | None
    draft_id: int | None
    question: str
    paper: str
    name: str
    media: str
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None

    @property
    def once(self) -> bool:
        """Whether it is used up by being used."""
        return self.kind == UPLOAD


_COLUMNS = [column for column in ticket.c if column.name != "digest"]
_BY_DIGEST = Prepared(select(*_COLUMNS).where(ticket.c.digest == bindparam("hashed")))


def offer(
    tx: Tx,
    kind: str,
    address_id: int,
    now: datetime,
    *,
    person_id: int | None,
    draft_id: int | None = None,
    question: str = "",
    paper: str = "",
    name: str = "",
    media: str = "",
) -> str:
    """Make a link for whoever is reached at that address; returns its secret, of which only the digest is kept."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    insert_row(
        tx,
        ticket,
        digest=_digest(secret),
        kind=kind,
        address_id=address_id,
        person_id=person_id,
        draft_id=draft_id,
        question=question,
        paper=paper,
        name=name[-LONGEST_NAME:],
        media=media,
        made_at=now,
        expires_at=now + LASTS[kind],
        used_at=None,
    )
    return secret


def by_token(tx: Tx, secret: str) -> Ticket | None:
    """The link with that secret, also one that has expired or is used up; None if there never was one, or not any more.

    It is looked for by its digest: how long that takes says nothing of how near a guess came.
    """
    row = _BY_DIGEST.first(tx, hashed=_digest(secret)) if TOKEN.fullmatch(secret) else None
    return None if row is None else _ticket(row)


def spend(tx: Tx, one: Ticket, now: datetime, *, about: int | None = None) -> bool:
    """Note that it was used; False if it is one that can be used once only, and was. `about` is the unit concerned."""
    unused = (ticket.c.used_at.is_(None),) if one.once else ()
    if not tx.execute(update(ticket).where(ticket.c.id == one.id, *unused).values(used_at=now)).rowcount:
        return False
    object = f"draft:{one.draft_id}" if one.draft_id is not None else f"address:{one.address_id}"
    after: dict[str, Any] = {"link": one.kind} | ({"paper": one.paper} if one.paper else {})
    audit.note(tx, "link.used", object, at=now, about=about, after=after)
    return True


def offered(tx: Tx, address_ids: Sequence[int]) -> list[Ticket]:
    """All links that were given to these addresses and are still known, in order."""
    rows = tx.execute(select(*_COLUMNS).where(ticket.c.address_id.in_(address_ids)).order_by(ticket.c.id)).all()
    return [_ticket(row) for row in rows]


def forget(tx: Tx, address_ids: Sequence[int]) -> int:
    """Let go of all links that were given to these addresses; returns how many there were."""
    return tx.execute(delete(ticket).where(ticket.c.address_id.in_(address_ids))).rowcount


def drop_old(tx: Tx, now: datetime) -> int:
    """Let go of the links that ended a while ago; returns how many."""
    return tx.execute(delete(ticket).where(ticket.c.expires_at < now - REMEMBERED)).rowcount


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _ticket(row: Any) -> Ticket:
    return Ticket(
        row.id,
        row.kind,
        row.address_id,
        row.person_id,
        row.draft_id,
        row.question,
        row.paper,
        row.name,
        row.media,
        row.made_at,
        row.expires_at,
        row.used_at,
    )
