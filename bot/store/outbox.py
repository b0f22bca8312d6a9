"""What goes out: one row per recipient, written with its cause in one transaction; it is also the delivery report."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    null,
    or_,
    select,
    true,
    update,
)

from bot.chat import Reply
from bot.store import audit
from bot.store.addresses import other_way
from bot.store.engine import Tx
from bot.store.line import wake_senders
from bot.store.once import ids_of, insert_new, insert_row
from bot.store.people import Contact
from bot.store.prepared import Prepared
from bot.store.tables import address, cluster_unit, delivery, outbox, person, role

REPLY, REMIND, BULK = (
    0,
    10,
    20,
)  # priorities: a person's answer overtakes what nobody asked for, that overtakes the many
UNASKED = (REMIND, BULK)
LAST = 30
"""What waits for long and is to hold up nothing else at its address."""
ON_THE_WAY = ("pending", "leased", "sending")
DEAD = ("blocked", "gone", "failed", "unknown")
"""How a message ends that did not arrive; of “unknown” nobody can tell."""
TOLD = ("reminder", "notice", "digest", "broadcast")
"""The kinds whose loss somebody must be told of: they were for people, and nobody there asks again."""
LEASE_SECONDS = 60.0  # renewed as long as the process is at it; what a frozen one holds is free after that
MOST_REPLIES = 32  # of one turn; handlers give one to three
GROUP_SECONDS = 3.2  # between two messages to one group: a little less than 20 a minute
LOST = "the process ended while it was being sent"
NO_ROOM = "used up"
"""What stands beside a message for which its bot had no messages left this month."""
REST = "rest"
"""In a payload: the message as a Reply, without the pieces of it that have arrived already."""
_CLAIMING = 0x4B68656F + 1  # on PostgreSQL one claims at a time: two would not see each other's rows, and overtake


@dataclass(frozen=True, slots=True)
class Message:
    """A message on its way. `payload` is a Reply as JSON for kind "reply", else what its composer needs.

    `behind`: an earlier answer to the same address is still to be sent, by whichever process.
    """

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
    unsure: str = "resend"
    behind: bool = False


@dataclass(frozen=True, slots=True)
class Dead:
    """A message that did not arrive. Moments are plan time; `name` is the person's, or the group's.

    `reachable`: the address itself takes messages, as far as we know. `kept`: what was to be said is still there.
    """

    id: int
    kind: str
    state: str
    error: str
    at: datetime
    address_id: int
    channel: str
    private: bool
    person_id: int | None
    name: str
    unit_id: int | None
    reachable: bool
    subject: str
    payload: dict[str, Any]

    @property
    def kept(self) -> bool:
        return bool(self.payload)


@dataclass(frozen=True, slots=True)
class Swept:
    """What became of the rows of a process that is gone: how many go out again, and of how many nobody can tell."""

    freed: int
    unknown: int


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
        unsure=row.unsure,
    )


# The channel is the address's: that of the row is there for the queue's index.
_COLUMNS = select(
    *(column for column in outbox.c if column.name != "channel"),
    address.c.channel,
    address.c.chat,
    address.c.thread,
    address.c.private,
).join(address, address.c.id == outbox.c.address_id)
_SENT = Prepared(
    update(outbox)
    .where(outbox.c.id == bindparam("row"))
    .values(state="sent", message=bindparam("told"), sent_at=bindparam("when"), error=None, lease_until=None)
)
_BEGIN = Prepared(
    update(outbox)
    .where(
        outbox.c.id == bindparam("row"),
        outbox.c.state == literal_column("'leased'"),
        outbox.c.owner == bindparam("holder"),
    )
    .values(state="sending")
)
_earlier = outbox.alias("earlier")
_ANSWER_BEFORE = Prepared(
    select(outbox.c.id)
    .where(
        outbox.c.address_id == bindparam("to"),
        outbox.c.id < bindparam("row"),
        _stands(outbox, *ON_THE_WAY),
        outbox.c.priority == literal_column(str(REPLY)),
    )
    .limit(1)
)
_CHANNEL_OF = Prepared(select(address.c.channel).where(address.c.id == bindparam("to")))
_OCCUPY = Prepared(
    update(address)
    .where(address.c.channel == bindparam("by"), address.c.chat == bindparam("there"), address.c.private.is_(False))
    .values(
        free_at=case(
            (address.c.free_at > bindparam("since"), address.c.free_at + bindparam("gap")),
            else_=bindparam("until"),
        )
    )
)


def add_replies(
    tx: Tx, to: Contact, cause: str, replies: Sequence[Reply], now: datetime, *, owner: str, real: float
) -> list[Message]:
    """The answers of one turn, leased at once to the process that will send them, in order."""
    messages: list[Message] = []
    behind = False
    for n, reply in enumerate(replies):
        payload = reply.as_json()
        id = insert_row(
            tx,
            outbox,
            address_id=to.id,
            channel=to.address.channel,
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
        if not messages and tx.dialect.name == "postgresql":  # elsewhere there is only one process, and it remembers
            behind = _ANSWER_BEFORE.first(tx, to=to.id, row=id) is not None
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
                behind=behind,
            )
        )
    return messages


def occupy(tx: Tx, channel: str, chat: str, real: float, *, gap: float = GROUP_SECONDS) -> None:
    """Something is sent to a group: that uses up so many seconds of its pace, in all its threads and for all processes."""
    _OCCUPY.count(tx, by=channel, there=chat, since=real, until=real + gap, gap=gap)


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
    unsure: str = "resend",
) -> int | None:
    """A message that is composed when it is sent; None when the same cause was written before.

    `unsure`: what becomes of it when nobody can tell whether it has arrived – "resend", or "hold": it stays unknown.
    """
    if priority not in (REPLY, *UNASKED, LAST) or unsure not in ("resend", "hold"):
        raise ValueError(f"no such priority or no such way: {priority}, {unsure}")
    wake_senders(tx)
    return insert_new(
        tx,
        outbox,
        address_id=address_id,
        channel=_CHANNEL_OF.scalar(tx, to=address_id) or "",
        kind=kind,
        priority=priority,
        cause=cause,
        subject=subject,
        payload=payload,
        state="pending",
        unsure=unsure,
        not_before=not_before,
        attempts=0,
        created_at=now,
    )


def claim_replies(tx: Tx, owner: str, real: float, channels: Iterable[str], limit: int = 50) -> list[Message]:
    """Lease answers that were left behind and may go out by these channels now; at each address in order."""
    _one_claims(tx)
    heads: list[Any] = []
    for channel in channels:
        heads += tx.execute(_heads(channel, REPLY, real, limit)).all()
    if not heads:
        return []
    # What follows the first at its address goes with it, up to the first that may not go yet.
    waiting = tx.execute(
        _COLUMNS.where(
            outbox.c.address_id.in_([row.address_id for row in heads]),
            outbox.c.priority == REPLY,
            _stands(outbox, *ON_THE_WAY),
        )
        .order_by(outbox.c.id)
        .limit(4 * limit)
    ).all()
    claimed: list[Message] = []
    stopped: set[int] = set()
    for row in waiting:
        if row.state != "pending" or row.not_before > real:
            stopped.add(row.address_id)
        elif row.address_id not in stopped:
            claimed.append(_message(row))
    return _leased(tx, claimed, owner, real)


def claim(
    tx: Tx, owner: str, real: float, channel: str, limit: int = 50, *, priorities: Sequence[int] = UNASKED
) -> list[Message]:
    """Lease what nobody asked for and may go out by the channel now: at each address the first, reminders before bulk.

    A chat whose earlier message waits keeps waiting, a group whose pace is used up too.
    """
    _one_claims(tx)
    claimed: list[Message] = []
    for priority in priorities:
        if len(claimed) < limit:
            found = tx.execute(_heads(channel, priority, real, limit - len(claimed))).all()
            claimed += [_message(row) for row in found]
    return _leased(tx, claimed, owner, real)


def _one_claims(tx: Tx) -> None:
    if tx.dialect.name == "postgresql":
        tx.execute(select(func.pg_advisory_xact_lock(_CLAIMING)))
    # What was written in a mass, without asking each address for its channel.
    own = select(address.c.channel).where(address.c.id == outbox.c.address_id).scalar_subquery()
    nameless = (_stands(outbox, "pending"), outbox.c.channel == literal_column("''"))
    tx.execute(update(outbox).where(*nameless).values(channel=own))


def _heads(channel: str, priority: int, real: float, limit: int) -> Select[Any]:
    """What waits there and may go out now, at each address only the first."""
    statement = _COLUMNS.where(
        _stands(outbox, "pending"),
        outbox.c.channel == channel,
        outbox.c.priority == priority,
        outbox.c.not_before <= real,
        ~select(_earlier.c.id)
        .where(
            _earlier.c.address_id == outbox.c.address_id,
            _earlier.c.id < outbox.c.id,
            _earlier.c.priority <= outbox.c.priority,
            _stands(_earlier, *ON_THE_WAY),
        )
        .exists(),
    )
    if priority != REPLY:
        statement = statement.where(or_(address.c.free_at.is_(None), address.c.free_at <= real))
    return (
        statement.order_by(outbox.c.not_before, outbox.c.id).limit(limit).with_for_update(of=outbox, skip_locked=True)
    )


def _leased(tx: Tx, claimed: list[Message], owner: str, real: float) -> list[Message]:
    if claimed:
        tx.execute(
            update(outbox)
            .where(outbox.c.id.in_([m.id for m in claimed]), _stands(outbox, "pending"))
            .values(state="leased", owner=owner, lease_until=real + LEASE_SECONDS)
        )
    return claimed


def begin_sending(tx: Tx, id: int, owner: str) -> bool:
    """Mark the row `sending`; False when it is not this process's any more, or not to be sent any more."""
    return _BEGIN.count(tx, row=id, holder=owner) == 1


def sent(tx: Tx, id: int, message: str, now: datetime) -> None:
    """It has arrived: true whoever holds the row by now."""
    _SENT.count(tx, row=id, told=message, when=now)


def put_back(
    tx: Tx,
    id: int,
    not_before: float,
    error: str,
    *,
    tried: bool = True,
    owner: str = "",
    rest: Mapping[str, Any] | None = None,
) -> bool:
    """Try again, not before that moment (epoch seconds); `tried` false: it only waited its turn.

    With an `owner` only while the row is theirs; returns whether it was. `rest` is what of the message is still to be
    said, as a Reply's JSON, where pieces of it have arrived.
    """
    changed: dict[str, Any] = {"payload": {**_payload(tx, id), REST: dict(rest)}} if rest else {}
    put = tx.execute(
        update(outbox)
        .where(outbox.c.id == id, _of(owner))
        .values(
            state="pending",
            not_before=not_before,
            attempts=outbox.c.attempts + int(tried),
            error=error[:500],
            lease_until=None,
            **changed,
        )
    )
    return put.rowcount == 1


def end(tx: Tx, id: int, state: str, error: str, *, owner: str = "", rest: Mapping[str, Any] | None = None) -> bool:
    """It will not be sent: cancelled (nothing left to say), blocked, gone, failed; or nobody can tell: unknown.

    With an `owner` only while the row is theirs; returns whether it was. `rest` as in `put_back`.
    """
    changed: dict[str, Any] = {"payload": {**_payload(tx, id), REST: dict(rest)}} if rest else {}
    ended = tx.execute(
        update(outbox)
        .where(outbox.c.id == id, _of(owner))
        .values(state=state, error=error[:500], lease_until=None, **changed)
    )
    return ended.rowcount == 1


def _of(owner: str) -> ColumnElement[bool]:
    mine = and_(_stands(outbox, "leased", "sending"), outbox.c.owner == owner)
    return mine if owner else true()


def _payload(tx: Tx, id: int) -> dict[str, Any]:
    return dict(tx.execute(select(outbox.c.payload).where(outbox.c.id == id)).scalar() or {})


def owners(tx: Tx) -> set[str]:
    """Which processes have messages in hand."""
    held = select(outbox.c.owner).distinct().where(_stands(outbox, "leased", "sending"), outbox.c.owner.is_not(None))
    return {owner for owner in tx.execute(held).scalars() if owner}


def renew(tx: Tx, owner: str, ids: Collection[int], real: float) -> int:
    """The process is still at these; returns how many are still its own."""
    if not ids:
        return 0
    held = update(outbox).where(
        outbox.c.id.in_(list(ids)), _stands(outbox, "leased", "sending"), outbox.c.owner == owner
    )
    return tx.execute(held.values(lease_until=real + LEASE_SECONDS)).rowcount


def sweep(tx: Tx, real: float, dead_owners: Collection[str] = ()) -> Swept:
    """Give back what was leased too long ago, or by processes that are known to be gone.

    What was being sent then is sent again (a reminder or an answer may), unless it is to be held: then it is unknown.
    """
    over = outbox.c.lease_until < real
    return _free(tx, or_(over, outbox.c.owner.in_(sorted(dead_owners))) if dead_owners else over)


def release_all(tx: Tx, owner: str = "") -> int:
    """At the start of the only process: whatever was leased then has no sender any more; as in `sweep`."""
    return _free(tx, outbox.c.owner == owner if owner else true()).freed


def _free(tx: Tx, which: ColumnElement[bool]) -> Swept:
    lost = tx.execute(
        update(outbox)
        .where(_stands(outbox, "sending"), _stands(outbox, "leased", "sending"), which, outbox.c.unsure == "hold")
        .values(state="unknown", lease_until=None, error=LOST)
    ).rowcount
    freed = tx.execute(
        update(outbox).where(_stands(outbox, "leased", "sending"), which).values(state="pending", lease_until=null())
    ).rowcount
    return Swept(freed, lost)


def refresh(tx: Tx, subject: str, now: datetime, *, not_before: float) -> int:
    """Have every group message about `subject` that is out (or just leaving) composed anew and edited; several changes
    at once are one edit.

    What is only about to leave, a message or an edit, is composed after this transaction – on PostgreSQL it waits for it –
    and needs no edit.
    """
    posts = tx.execute(
        select(outbox.c.id, outbox.c.address_id, outbox.c.state, address.c.channel, outbox.c.payload, outbox.c.message)
        .join(address, address.c.id == outbox.c.address_id)
        .where(
            outbox.c.subject == subject,
            outbox.c.kind == "reminder",
            _stands(outbox, "sent", *ON_THE_WAY),
            address.c.private.is_(False),
        )
        .order_by(outbox.c.id)
        .with_for_update(read=True, of=outbox)
    ).all()
    asked = 0
    for post in posts:
        if post.state in ("pending", "leased"):
            continue
        waiting = tx.execute(
            select(outbox.c.id)
            .where(
                outbox.c.kind == "refresh",
                outbox.c.subject == f"post:{post.id}",
                outbox.c.state.in_(["pending", "leased"]),
            )
            .with_for_update(read=True)
        ).first()
        if waiting is None:
            insert_row(
                tx,
                outbox,
                address_id=post.address_id,
                channel=post.channel,
                kind="refresh",
                priority=REMIND,
                cause=f"refresh:{post.id}:{token_hex(8)}",
                subject=f"post:{post.id}",
                payload={**_whole(post.payload), "post": post.id, "edits": post.message or ""},
                state="pending",
                not_before=not_before,
                attempts=0,
                created_at=now,
            )
            asked += 1
    return asked


def retire(tx: Tx, subjects: Iterable[str], address_id: int, before: int, now: datetime, *, not_before: float) -> int:
    """Have what that group was told – or is about to be told – about these subjects before the message `before` edited
    once more, to say that it was followed by another; what happens afterwards is told in that one only."""
    posts = tx.execute(
        select(outbox.c.id, outbox.c.channel, outbox.c.payload, outbox.c.message, outbox.c.subject).where(
            outbox.c.subject.in_(list(subjects)),
            outbox.c.address_id == address_id,
            outbox.c.kind == "reminder",
            outbox.c.id < before,
            _stands(outbox, "sent", *ON_THE_WAY),
        )
    ).all()
    for post in posts:
        insert_new(
            tx,
            outbox,
            address_id=address_id,
            channel=post.channel,
            kind="refresh",
            priority=REMIND,
            cause=f"retire:{post.id}",
            subject=f"post:{post.id}",
            payload={**_whole(post.payload), "post": post.id, "edits": post.message or "", "retired": before},
            state="pending",
            not_before=not_before,
            attempts=0,
            created_at=now,
        )
        tx.execute(update(outbox).where(outbox.c.id == post.id).values(subject=f"over:{post.subject}"))
    return len(posts)


def follow(tx: Tx, message: Message, new_chat: str) -> None:
    """A group is elsewhere now, at an address that was known already: what waits for the old one goes there."""
    known = select(address.c.id).where(address.c.channel == message.channel, address.c.chat == new_chat)
    same_thread = case((address.c.thread == message.thread, 0), else_=1)
    to = tx.execute(known.order_by(same_thread, address.c.id).limit(1)).scalar()
    if to is not None and to != message.address_id:
        waits = (outbox.c.address_id == message.address_id, _stands(outbox, *ON_THE_WAY))
        tx.execute(update(outbox).where(*waits).values(address_id=to))


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


def by_id(tx: Tx, id: int) -> Message:
    """The message, whatever became of it; LookupError if there is none."""
    row = tx.execute(_COLUMNS.where(outbox.c.id == id)).first()
    if row is None:
        raise LookupError(f"no message {id}")
    return _message(row)


def addresses_waiting(tx: Tx) -> set[int]:
    """Where an answer is still on its way: whatever comes later must not overtake it."""
    rows = select(outbox.c.address_id).distinct().where(_stands(outbox, *ON_THE_WAY), outbox.c.priority == REPLY)
    return set(tx.execute(rows).scalars())


def comes_behind(tx: Tx, message: Message) -> bool:
    """Whether an earlier answer to the same address is still to be sent, by whichever process."""
    return _ANSWER_BEFORE.first(tx, to=message.address_id, row=message.id) is not None


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
    tx.execute(update(outbox).where(outbox.c.id == id).values(settled_at=now))  # nobody need see to it
    made = _copy(tx, row, address_id, f"{row.cause.partition('@')[0]}@{address_id}", row.not_before, now)
    if made is not None and row.kind == "broadcast":
        _report_follows(tx, id, made, address_id)
    return made


def _report_follows(tx: Tx, old: int, new: int, address_id: int) -> None:
    """The report of a message to many goes on with the message that takes the old one's place."""
    follows = update(delivery).where(delivery.c.outbox_id == old)
    tx.execute(follows.values(outbox_id=new, address_id=address_id))


def divert(tx: Tx, message: Message, now: datetime, *, by: Collection[str]) -> None:
    """Its bot has no room for what nobody asked for: it goes to another address of the same person, by one of these
    channels; where there is none it did not arrive, and whoever sees to such messages is told so."""
    to = other_way(tx, message.address_id, by=by) if message.private and message.kind in TOLD else None
    if to is None:
        end(tx, message.id, "failed" if message.kind in TOLD else "cancelled", NO_ROOM)
        return
    end(tx, message.id, "cancelled", NO_ROOM)
    pass_on(tx, message.id, to, now)


def set_aside(
    tx: Tx, message: Message, now: datetime, *, by: Collection[str], once: str, real: float, until: float
) -> None:
    """Its bot has no room for an answer: it does not go. Whoever wrote is told how things stand, one time for each `once`:
    now (`real`) at another address of theirs by one of these channels, else here, not before `until` (epoch seconds)."""
    end(tx, message.id, "cancelled", NO_ROOM)
    if message.private:
        to = other_way(tx, message.address_id, by=by)
        cause, payload = f"resumed:{message.address_id}:{once}", {"at": message.address_id}
        when, priority = (real, REMIND) if to is not None else (until, LAST)
        add(tx, to or message.address_id, "resumed", cause, payload, now, not_before=when, priority=priority)


def wake(tx: Tx, channel: str, real: float) -> int:
    """The bot has messages again: what waited for that may go; returns how many messages."""
    waits = outbox.c.channel == channel, _stands(outbox, "pending"), outbox.c.priority == LAST
    return tx.execute(update(outbox).where(*waits, outbox.c.not_before > real).values(not_before=real)).rowcount


def answered_since(tx: Tx, message: Message) -> bool:
    """Whether whoever is reached there has been answered, or is about to be, after that message was written."""
    later = outbox.c.id > message.id, outbox.c.address_id == message.address_id, outbox.c.priority == REPLY
    return (
        tx.execute(select(outbox.c.id).where(*later, _stands(outbox, "sent", *ON_THE_WAY)).limit(1)).first() is not None
    )


def _copy(tx: Tx, row: Any, address_id: int, cause: str, not_before: float, now: datetime) -> int | None:
    payload = row.payload if address_id == row.address_id else _whole(row.payload)
    wake_senders(tx)
    return insert_new(
        tx,
        outbox,
        address_id=address_id,
        channel=_CHANNEL_OF.scalar(tx, to=address_id) or "",
        kind=row.kind,
        priority=row.priority,
        cause=cause,
        subject=row.subject,
        payload=payload,
        state="pending",
        unsure=row.unsure,
        not_before=not_before,
        attempts=0,
        created_at=now,
    )


def _whole(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Without the note that pieces have arrived: elsewhere, or composed anew, they have not."""
    return {key: value for key, value in payload.items() if key != REST}


def resend(tx: Tx, ids: Iterable[int], now: datetime, real: float) -> list[int]:
    """Write those that did not arrive once more; the old rows stay as the report. Returns the new rows, in order.

    Left out is what has been settled before, and whose words have been let go of. Where the address is out of reach and
    the person has another, it goes there.
    """
    rows = tx.execute(
        select(outbox, address.c.state.label("reach"))
        .join(address, address.c.id == outbox.c.address_id)
        .where(outbox.c.id.in_(ids_of(tx, ids)), _stands(outbox, *DEAD), outbox.c.settled_at.is_(None))
        .order_by(outbox.c.id)
    ).all()
    again: dict[int, int] = {}
    for row in rows:
        if not row.payload:
            continue
        to = row.address_id if row.reach == "ok" else other_way(tx, row.address_id) or row.address_id
        cause, _, number = row.cause.rpartition("~")
        if not number.isdecimal():  # the first time at that address; “r~2@7” was passed on after it had been sent again
            cause, number = row.cause, "1"
        made = _copy(tx, row, to, f"{cause}~{int(number) + 1}", real, now)
        if made is not None:
            again[row.id] = made
            if row.kind == "broadcast":
                _report_follows(tx, row.id, made, to)
    if again:
        tx.execute(update(outbox).where(outbox.c.id.in_(ids_of(tx, again))).values(settled_at=now))
        first = next(iter(again))
        audit.note(tx, "message.resent", f"message:{first}", at=now, after={"messages": len(again)})
    return list(again.values())


def let_be(tx: Tx, ids: Iterable[int], now: datetime) -> int:
    """Those did not arrive, and nobody sends them again: they leave the list. Returns how many did."""
    ids = list(ids)
    left = tx.execute(
        update(outbox)
        .where(outbox.c.id.in_(ids_of(tx, ids)), _stands(outbox, *DEAD), outbox.c.settled_at.is_(None))
        .values(settled_at=now)
    ).rowcount
    if left:
        audit.note(tx, "message.let_be", f"message:{min(ids)}", at=now, after={"messages": left})
    return left


def dead(
    tx: Tx,
    unit_ids: Iterable[int] | None = None,
    *,
    since: datetime | None = None,
    kinds: Collection[str] = TOLD,
    channels: Collection[str] | None = None,
    limit: int = 200,
) -> list[Dead]:
    """What did not arrive and nobody has seen to yet, the newest first.

    `unit_ids`: only what was for the groups of these units, and for people who hold a function there (by a cluster too).
    """
    rows = (
        select(
            *(
                c
                for c in outbox.c
                if c.name in ("id", "kind", "state", "error", "created_at", "address_id", "subject", "payload")
            ),
            address.c.channel,
            address.c.private,
            address.c.person_id,
            func.coalesce(person.c.name, address.c.name).label("name"),
            address.c.unit_id,
            address.c.state.label("reach"),
        )
        .join(address, address.c.id == outbox.c.address_id)
        .join(person, person.c.id == address.c.person_id, isouter=True)
        .where(_stands(outbox, *DEAD), outbox.c.settled_at.is_(None), outbox.c.kind.in_(sorted(kinds)))
        .order_by(outbox.c.id.desc())
        .limit(limit)
    )
    if channels is not None:
        rows = rows.where(address.c.channel.in_(sorted(channels)))
    if since is not None:
        rows = rows.where(outbox.c.created_at >= since)
    if unit_ids is not None:
        wanted = ids_of(tx, unit_ids)
        there = or_(
            role.c.unit_id.in_(wanted),
            role.c.cluster_id.in_(select(cluster_unit.c.cluster_id).where(cluster_unit.c.unit_id.in_(wanted))),
        )
        holds = select(role.c.id).where(role.c.person_id == address.c.person_id, there).exists()
        theirs = and_(address.c.private.is_(True), holds)
        rows = rows.where(or_(and_(address.c.private.is_(False), address.c.unit_id.in_(wanted)), theirs))
    return [
        Dead(
            id=row.id,
            kind=row.kind,
            state=row.state,
            error=row.error or "",
            at=row.created_at,
            address_id=row.address_id,
            channel=row.channel,
            private=row.private,
            person_id=row.person_id,
            name=row.name,
            unit_id=row.unit_id,
            reachable=row.reach == "ok",
            subject=row.subject,
            payload=row.payload,
        )
        for row in tx.execute(rows).all()
    ]


def lost(tx: Tx) -> dict[tuple[str, str], int]:
    """(kind, state) → how many of that kind did not arrive and have not been seen to."""
    rows = (
        select(outbox.c.kind, outbox.c.state, func.count().label("rows"))
        .where(_stands(outbox, *DEAD), outbox.c.settled_at.is_(None))
        .group_by(outbox.c.kind, outbox.c.state)
    )
    return {(row.kind, row.state): row.rows for row in tx.execute(rows).all()}


def add_to(tx: Tx, id: int, payload: dict[str, Any], *, not_before: float) -> bool:
    """Give a message that waits more to say, later; False when it is on its way already."""
    waiting = update(outbox).where(outbox.c.id == id, outbox.c.state == "pending")
    return tx.execute(waiting.values(payload=payload, not_before=not_before)).rowcount == 1


def report(tx: Tx) -> dict[str, int]:
    """How many rows stand in each state."""
    rows = tx.execute(select(outbox.c.state, func.count().label("rows")).group_by(outbox.c.state)).all()
    return {row.state: row.rows for row in rows}
