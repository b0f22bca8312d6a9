"""What goes out: one row per recipient, written with its cause in one transaction; it is also the delivery report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, bindparam, func, literal_column, or_, select, update

from bot.chat import Reply
from bot.store.engine import Tx
from bot.store.once import insert_new, insert_row
from bot.store.people import Contact
from bot.store.prepared import Prepared
from bot.store.tables import address, outbox

REPLY, REMIND = 0, 10  # priorities: a person's answer overtakes what nobody asked for
ON_THE_WAY = ("pending", "leased", "sending")
LEASE_SECONDS = 60.0  # longer than any single send with its time-outs
MOST_REPLIES = 32  # of one turn; handlers give one to three
_CLAIMING = 0x4B68656F + 1  # on PostgreSQL one claims at a time: two would not see each other's rows, and overtake


@dataclass(frozen=True, slots=True)
class Message:
    """A message on its way. `payload` is a Reply as JSON for kind "reply", else what its composer needs."""

    id: int
    address_id: int
    channel: str
    chat: str
    thread: str
    kind: str
    priority: int
    subject: str
    payload: dict[str, Any]
    attempts: int
    private: bool


def _stands(row: FromClause, *states: str) -> ColumnElement[bool]:
    """That the row is in one of these states: the names stand in the statement as they do in the partial indexes.

    A database that is handed them as values does not see that such an index fits, and reads the whole table.
    """
    names: list[ColumnElement[str]] = [literal_column(f"'{state}'") for state in states]
    return row.c.state == names[0] if len(names) == 1 else row.c.state.in_(names)


def _message(row: Any) -> Message:
    return Message(
        id=row.id,
        address_id=row.address_id,
        channel=row.channel,
        chat=row.chat,
        thread=row.thread,
        kind=row.kind,
        priority=row.priority,
        subject=row.subject,
        payload=row.payload,
        attempts=row.attempts,
        private=row.private,
    )


_COLUMNS = select(outbox, address.c.channel, address.c.chat, address.c.thread, address.c.private).join(
    address, address.c.id == outbox.c.address_id
)
_SENT = Prepared(
    update(outbox)
    .where(outbox.c.id == bindparam("row"))
    .values(state="sent", message=bindparam("told"), sent_at=bindparam("when"), error=None, lease_until=None)
)


def add_replies(
    tx: Tx, to: Contact, cause: str, replies: Sequence[Reply], now: datetime, *, owner: str, real: float
) -> list[Message]:
    """The answers of one turn, leased at once to the process that will send them, in order."""
    messages = []
    for n, reply in enumerate(replies):
        payload = reply.as_json()
        id = insert_row(
            tx,
            outbox,
            address_id=to.id,
            kind="reply",
            priority=REPLY,
            cause=f"{cause}:{n}",
            subject="",
            payload=payload,
            state="leased",
            not_before=real,
            lease_until=real + LEASE_SECONDS,
            owner=owner,
            attempts=0,
            created_at=now,
        )
        messages.append(
            Message(
                id=id,
                address_id=to.id,
                channel=to.address.channel,
                chat=to.address.chat,
                thread=to.address.thread,
                kind="reply",
                priority=REPLY,
                subject="",
                payload=payload,
                attempts=0,
                private=to.private,
            )
        )
    return messages


def add(
    tx: Tx,
    address_id: int,
    kind: str,
    cause: str,
    payload: dict[str, Any],
    now: datetime,
    *,
    not_before: float,
    subject: str = "",
    priority: int = REMIND,
) -> int | None:
    """A message that is composed when it is sent; None when the same cause was written before."""
    return insert_new(
        tx,
        outbox,
        address_id=address_id,
        kind=kind,
        priority=priority,
        cause=cause,
        subject=subject,
        payload=payload,
        state="pending",
        not_before=not_before,
        attempts=0,
        created_at=now,
    )


def claim(tx: Tx, owner: str, real: float, limit: int = 50) -> list[Message]:
    """Lease what may go out now: answers first, then in order; a chat whose earlier message waits keeps waiting."""
    if tx.dialect.name == "postgresql":
        tx.execute(select(func.pg_advisory_xact_lock(_CLAIMING)))
    earlier = outbox.alias("earlier")
    statement = (
        _COLUMNS.where(
            _stands(outbox, "pending"),
            outbox.c.not_before <= real,
            ~select(earlier.c.id)
            .where(
                earlier.c.address_id == outbox.c.address_id,
                earlier.c.id < outbox.c.id,
                earlier.c.priority <= outbox.c.priority,
                _stands(earlier, *ON_THE_WAY),
                or_(earlier.c.state != "pending", earlier.c.not_before > real),
            )
            .exists(),
        )
        .order_by(outbox.c.priority, outbox.c.id)
        .limit(limit)
        .with_for_update(of=outbox, skip_locked=True)
    )
    claimed = [_message(row) for row in tx.execute(statement).all()]
    if claimed:
        tx.execute(
            update(outbox)
            .where(outbox.c.id.in_([m.id for m in claimed]))
            .values(state="leased", owner=owner, lease_until=real + LEASE_SECONDS)
        )
    return claimed


def begin_sending(tx: Tx, id: int, owner: str) -> bool:
    """Mark the row `sending`; False when another process has taken it over meanwhile."""
    marked = tx.execute(
        update(outbox)
        .where(outbox.c.id == id, outbox.c.state == "leased", outbox.c.owner == owner)
        .values(state="sending")
    )
    return marked.rowcount == 1


def sent(tx: Tx, id: int, message: str, now: datetime) -> None:
    _SENT.count(tx, row=id, told=message, when=now)


def put_back(tx: Tx, id: int, not_before: float, error: str, *, tried: bool = True) -> None:
    """Try again, not before that moment (epoch seconds); `tried` false: it only waited its turn."""
    tx.execute(
        update(outbox)
        .where(outbox.c.id == id)
        .values(
            state="pending",
            not_before=not_before,
            attempts=outbox.c.attempts + int(tried),
            error=error[:500],
            lease_until=None,
        )
    )


def end(tx: Tx, id: int, state: str, error: str) -> None:
    """It will not be sent: cancelled (nothing left to say), blocked, gone, failed."""
    tx.execute(update(outbox).where(outbox.c.id == id).values(state=state, error=error[:500], lease_until=None))


def sweep(tx: Tx, real: float) -> int:
    """Give back what a dead process had leased; what it was sending is sent again (a reminder or an answer may)."""
    swept = tx.execute(
        update(outbox)
        .where(_stands(outbox, "leased", "sending"), outbox.c.lease_until < real)
        .values(state="pending", lease_until=None)
    )
    return swept.rowcount


def release_all(tx: Tx, owner: str = "") -> int:
    """At the start of the only process: whatever was leased then has no sender any more."""
    held = _stands(outbox, "leased", "sending")
    freed = tx.execute(
        update(outbox)
        .where(and_(held, outbox.c.owner == owner) if owner else held)
        .values(state="pending", lease_until=None)
    )
    return freed.rowcount


def refresh(tx: Tx, subject: str, now: datetime, *, not_before: float) -> int:
    """Have every group message about `subject` that is out (or just leaving) composed anew and edited; several changes
    at once are one edit."""
    posts = tx.execute(
        select(outbox.c.id, outbox.c.address_id, outbox.c.payload, outbox.c.message)
        .join(address, address.c.id == outbox.c.address_id)
        .where(
            outbox.c.subject == subject,
            outbox.c.kind == "reminder",
            outbox.c.state.in_(["sent", "sending"]),
            address.c.private.is_(False),
        )
    ).all()
    asked = 0
    for post in posts:
        waiting = tx.execute(
            select(outbox.c.id).where(
                outbox.c.kind == "refresh",
                outbox.c.subject == f"post:{post.id}",
                outbox.c.state.in_(["pending", "leased"]),
            )
        ).first()
        if waiting is None:
            insert_row(
                tx,
                outbox,
                address_id=post.address_id,
                kind="refresh",
                priority=REMIND,
                cause=f"refresh:{post.id}:{now.timestamp():.6f}",
                subject=f"post:{post.id}",
                payload={**post.payload, "post": post.id, "edits": post.message or ""},
                state="pending",
                not_before=not_before,
                attempts=0,
                created_at=now,
            )
            asked += 1
    return asked


def message_of(tx: Tx, id: int) -> str:
    """The platform's id of what was sent; empty as long as it was not."""
    return tx.execute(select(outbox.c.message).where(outbox.c.id == id)).scalar() or ""


def still_leased(tx: Tx, cause: str, owner: str) -> list[Message]:
    """The answers of a turn that was committed, though its caller was never told so; in order."""
    causes = [f"{cause}:{n}" for n in range(MOST_REPLIES)]
    rows = tx.execute(
        _COLUMNS.where(outbox.c.cause.in_(causes), outbox.c.state == "leased", outbox.c.owner == owner).order_by(
            outbox.c.id
        )
    ).all()
    return [_message(row) for row in rows]


def addresses_waiting(tx: Tx) -> set[int]:
    """Where an answer is still on its way: whatever comes later must not overtake it."""
    rows = select(outbox.c.address_id).distinct().where(_stands(outbox, *ON_THE_WAY), outbox.c.priority == REPLY)
    return set(tx.execute(rows).scalars())


def waiting_at(tx: Tx, address_id: int) -> bool:
    """Whether an answer to that address still waits for its turn."""
    row = select(outbox.c.id).where(
        outbox.c.address_id == address_id,
        _stands(outbox, *ON_THE_WAY),
        outbox.c.state == "pending",
        outbox.c.priority == REPLY,
    )
    return tx.execute(row.limit(1)).first() is not None


def about(tx: Tx, subject: str) -> list[tuple[int, dict[str, Any]]]:
    """(id, payload) of every message about the subject, the oldest first."""
    rows = tx.execute(select(outbox.c.id, outbox.c.payload).where(outbox.c.subject == subject).order_by(outbox.c.id))
    return [(row.id, row.payload) for row in rows]


def take_back(tx: Tx, address_ids: Sequence[int]) -> int:
    """Whatever waits for these addresses and was not asked for there is not sent; returns how many messages."""
    waits = update(outbox).where(
        outbox.c.address_id.in_(list(address_ids)), _stands(outbox, "pending"), outbox.c.priority != REPLY
    )
    return tx.execute(waits.values(state="cancelled", error="taken back")).rowcount


def pass_on(tx: Tx, id: int, address_id: int, now: datetime) -> int | None:
    """The same message to another address of the same person, because the first is out of reach; None if it went before."""
    row = tx.execute(select(outbox).where(outbox.c.id == id)).one()
    first = row.cause.partition("@")[0]
    return insert_new(
        tx,
        outbox,
        address_id=address_id,
        kind=row.kind,
        priority=row.priority,
        cause=f"{first}@{address_id}",
        subject=row.subject,
        payload=row.payload,
        state="pending",
        not_before=row.not_before,
        attempts=0,
        created_at=now,
    )


def add_to(tx: Tx, id: int, payload: dict[str, Any], *, not_before: float) -> bool:
    """Give a message that waits more to say, later; False when it is on its way already."""
    waiting = update(outbox).where(outbox.c.id == id, outbox.c.state == "pending")
    return tx.execute(waiting.values(payload=payload, not_before=not_before)).rowcount == 1


def report(tx: Tx) -> dict[str, int]:
    """How many rows stand in each state."""
    rows = tx.execute(select(outbox.c.state, func.count().label("rows")).group_by(outbox.c.state)).all()
    return {row.state: row.rows for row in rows}
