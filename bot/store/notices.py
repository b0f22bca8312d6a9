"""Notices: what several addresses are told though nobody there asked for it, each in its own language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from bot.chat import Reply
from bot.store import outbox, people
from bot.store.engine import Tx
from bot.store.people import Contact
from bot.texts import Language, language


def notify(
    tx: Tx,
    contacts: Iterable[Contact],
    cause: str,
    made: Callable[[Language], Reply],
    now: datetime,
    real: float,
    *,
    subject: str = "",
    meant: Sequence[int | str] | None = None,
) -> int:
    """Write to each of these addresses, once for the same cause; returns how many messages are new.

    `meant` is a unit and functions: whoever holds none of them there by the time it is sent is not written to.
    """
    new = 0
    for contact in {contact.id: contact for contact in contacts}.values():
        payload = made(language(people.language_at(tx, contact))).as_json()
        if meant is not None:
            payload["for"] = list(meant)
        id = outbox.add(
            tx, contact.id, "notice", f"{cause}:{contact.id}", payload, now, not_before=real, subject=subject
        )
        new += id is not None
    return new
