"""Broadcasts: one message of an office to many, who is to get it, and how far it came with each of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Select,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union,
    update,
)

from bot.rules.access import WRITTEN_TO
from bot.store import audit, outbox, unwanted
from bot.store.engine import Tx
from bot.store.line import wake_senders
from bot.store.once import ids_of, insert_new_from, insert_row
from bot.store.people import PREFERRED, held_on, may_be_written_to, said_no
from bot.store.tables import address, broadcast, delivery, join_code, person, role
from bot.store.tables import outbox as posted

KIND, PROGRESS = "broadcast", "progress"
"""Kinds of messages in the outbox."""
BULK = 20
"""Priority in the outbox: answers and reminders overtake it."""
AT_ONCE = 500
"""Recipients whose rows are made in one work: some twenty milliseconds, so that answers are not kept waiting."""
UNITS_AT_ONCE = 250
"""Units that are looked at in one work; most have one or two people."""
NOT_AT_THIS_HOUR = "not at this hour"
"""What stands in the outbox beside a message that waits for the offices to open."""
WEEKLY, MONTHLY = "week", "month"
DRAFT, SCHEDULED, WRITING, SENDING, DONE, STOPPED, CANCELLED = (
    "draft",
    "scheduled",
    "writing",
    "sending",
    "done",
    "stopped",
    "cancelled",
)
ENDED = (DONE, STOPPED, CANCELLED)
DEAD = ("failed", "unknown", "blocked", "gone")
"""States in the outbox after which a message may be sent once more."""
OWES, ANSWERED = "owes", "answered"


@dataclass(frozen=True, slots=True)
class Audience:
    """How the recipients are chosen. What narrows is put together by “and”, several of one kind by “or”.

    `all`, or anything that narrows, begins with every unit of the office; `units` are added to those, `but` taken away.
    `progress` is OWES or ANSWERED, of the milestone; `season` alone means the units that take part in its plan.
    """

    all: bool = False
    kinds: tuple[str, ...] = ()
    clusters: tuple[int, ...] = ()
    season: int | None = None
    milestone: str = ""
    progress: str = ""
    units: tuple[int, ...] = ()
    but: tuple[int, ...] = ()
    functions: tuple[str, ...] = WRITTEN_TO
    groups: bool = True
    any_hour: bool = False
    """Sent outside of the sending hours too, as its author chose."""

    @property
    def narrows(self) -> bool:
        return bool(self.kinds or self.clusters or self.season is not None)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Audience:
        read: dict[str, Any] = {name: tuple(held) if isinstance(held, list) else held for name, held in stored.items()}
        return cls(**read)


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that goes with it."""

    sha256: str
    name: str
    media: str
    kind: str


@dataclass(frozen=True, slots=True)
class Broadcast:
    id: int
    unit_id: int
    person_id: int
    address_id: int
    season_id: int | None
    audience: Audience
    text: str
    files: tuple[Kept, ...]
    receipts: bool
    state: str
    send_at: datetime | None
    repeats: str
    first_id: int | None
    written_to: int
    created_at: datetime
    confirmed_at: datetime | None
    ended_at: datetime | None


def _broadcast(row: Any) -> Broadcast:
    held = dict(row._mapping)
    held["audience"] = Audience.from_json(held["audience"])
    held["files"] = tuple(Kept(**one) for one in held["files"])
    return Broadcast(**held)


def by_id(tx: Tx, id: int) -> Broadcast | None:
    row = tx.execute(select(broadcast).where(broadcast.c.id == id)).first()
    return _broadcast(row) if row else None


def of_offices(tx: Tx, unit_ids: Iterable[int], limit: int) -> list[Broadcast]:
    """What these offices have confirmed, the newest first."""
    mine = select(broadcast).where(broadcast.c.unit_id.in_(list(unit_ids)), broadcast.c.confirmed_at.is_not(None))
    return [_broadcast(row) for row in tx.execute(mine.order_by(broadcast.c.id.desc()).limit(limit))]


def in_state(tx: Tx, *states: str) -> list[Broadcast]:
    """Those in one of these states, the oldest first."""
    rows = tx.execute(select(broadcast).where(broadcast.c.state.in_(states)).order_by(broadcast.c.id))
    return [_broadcast(row) for row in rows]


# -- writing one -------------------------------------------------------------------------------------------------------


def begin(tx: Tx, *, unit_id: int, person_id: int, address_id: int, now: datetime) -> int:
    """A new one that nobody has confirmed yet. What the same person had begun there before is let go of."""
    for old in (
        tx.execute(select(broadcast.c.id).where(broadcast.c.state == DRAFT, broadcast.c.address_id == address_id))
        .scalars()
        .all()
    ):
        drop(tx, old, now)
    return insert_row(
        tx,
        broadcast,
        unit_id=unit_id,
        person_id=person_id,
        address_id=address_id,
        audience=Audience().as_json(),
        text="",
        files=[],
        receipts=True,
        state=DRAFT,
        created_at=now,
    )


def change(tx: Tx, one: Broadcast, **values: Any) -> Broadcast:
    """The same with other values, as long as nobody has confirmed it."""
    changed = replace(one, **values)
    tx.execute(
        update(broadcast)
        .where(broadcast.c.id == one.id, broadcast.c.state == DRAFT)
        .values(
            audience=changed.audience.as_json(),
            season_id=changed.season_id,
            text=changed.text,
            files=[asdict(file) for file in changed.files],
            receipts=changed.receipts,
            send_at=changed.send_at,
            repeats=changed.repeats,
        )
    )
    return changed


def drop(tx: Tx, id: int, now: datetime) -> bool:
    """Let go of what was not confirmed, with its text and files; False if it was."""
    one = by_id(tx, id)
    if one is None or one.state != DRAFT:
        return False
    unwanted.note(tx, [file.sha256 for file in one.files], now)
    gone = {"state": CANCELLED, "ended_at": now, "text": "", "files": []}
    tx.execute(update(broadcast).where(broadcast.c.id == id, broadcast.c.state == DRAFT).values(**gone))
    return True


def confirm(tx: Tx, one: Broadcast, now: datetime) -> bool:
    """It is to go: at its moment, or at once where it has none; False if that was said before."""
    state = SCHEDULED if one.send_at is not None else WRITING
    confirmed = tx.execute(
        update(broadcast)
        .where(broadcast.c.id == one.id, broadcast.c.state == DRAFT)
        .values(state=state, confirmed_at=now, send_at=one.send_at, audience=one.audience.as_json())
    )
    if confirmed.rowcount != 1:
        return False
    after = {
        "state": state,
        "send_at": one.send_at,
        "repeats": one.repeats,
        "receipts": one.receipts,
        "text": audit.digested(tx, one.text),
        "files": len(one.files),
        "audience": one.audience.as_json(),
    }
    audit.note(tx, "broadcast.confirmed", f"broadcast:{one.id}", at=now, about=one.unit_id, after=after)
    return True


# -- leaving -----------------------------------------------------------------------------------------------------------


def leave(tx: Tx, one: Broadcast, now: datetime, next_at: datetime | None = None) -> bool:
    """Its moment has come: its rows are to be made. A repeated one is there once more for `next_at`. False if it left."""
    left = tx.execute(
        update(broadcast).where(broadcast.c.id == one.id, broadcast.c.state == SCHEDULED).values(state=WRITING)
    )
    if left.rowcount != 1:
        return False
    again = None
    if next_at is not None:
        again = insert_row(
            tx,
            broadcast,
            unit_id=one.unit_id,
            person_id=one.person_id,
            address_id=one.address_id,
            season_id=one.season_id,
            audience=one.audience.as_json(),
            text=one.text,
            files=[asdict(file) for file in one.files],
            receipts=one.receipts,
            state=SCHEDULED,
            send_at=next_at,
            repeats=one.repeats,
            first_id=one.first_id or one.id,
            created_at=now,
            confirmed_at=one.confirmed_at or now,
        )
    after = {"state": WRITING, "next": again, "next_at": next_at}
    audit.note(tx, "broadcast.left", f"broadcast:{one.id}", at=now, about=one.unit_id, after=after)
    return True


def cancel(tx: Tx, id: int, now: datetime, why: str) -> bool:
    """What has not left does not leave: "person" (somebody said so), "rights" (its author may not any more), "season"
    (its season is closed), "nobody" (nobody is left to whom it would go). False if it has left, or was cancelled.
    """
    gone = update(broadcast).where(broadcast.c.id == id, broadcast.c.state == SCHEDULED)
    if tx.execute(gone.values(state=CANCELLED, ended_at=now)).rowcount != 1:
        return False
    after = {"state": CANCELLED, "why": why}
    audit.note(tx, "broadcast.cancelled", f"broadcast:{id}", at=now, about=_office(tx, id), after=after)
    return True


def stop(tx: Tx, id: int, now: datetime) -> int | None:
    """What has left has left, the rest does not; returns to how many it will not go, None if it was over already.

    Of a broadcast whose rows are still being made, those without a row yet are not counted.
    """
    running = update(broadcast).where(broadcast.c.id == id, broadcast.c.state.in_((WRITING, SENDING)))
    if tx.execute(running.values(state=STOPPED, ended_at=now)).rowcount != 1:
        return None
    waiting = posted.c.state.in_(("pending", "leased"))
    mine = select(func.count()).select_from(delivery.join(posted, posted.c.id == delivery.c.outbox_id))
    rest = int(tx.execute(mine.where(delivery.c.broadcast_id == id, waiting)).scalar_one())
    unsent = update(posted).where(posted.c.subject == subject(id), waiting)
    tx.execute(unsent.values(state="cancelled", error="stopped", lease_until=None))
    after = {"state": STOPPED, "cancelled": rest}
    audit.note(tx, "broadcast.stopped", f"broadcast:{id}", at=now, about=_office(tx, id), after=after)
    return rest


def _office(tx: Tx, id: int) -> int | None:
    return tx.execute(select(broadcast.c.unit_id).where(broadcast.c.id == id)).scalar()


def subject(id: int) -> str:
    """By which all messages of the broadcast are found in the outbox."""
    return f"broadcast:{id}"


# -- who gets it -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Totals:
    """How many people and groups can be reached, and the units of which nobody can."""

    people: int
    groups: int
    unreached: tuple[int, ...]

    @property
    def recipients(self) -> int:
        return self.people + self.groups


def totals(tx: Tx, audience: Audience, unit_ids: Sequence[int], on: date) -> Totals:
    """What a broadcast to these units would reach on that day."""
    there = _people(tx, audience, unit_ids, on).subquery()
    reached = select(func.count()).select_from(there).where(there.c.address_id.is_not(None))
    many = int(tx.execute(reached).scalar_one())
    groups = _groups(tx, audience, unit_ids).subquery()
    listening = int(tx.execute(select(func.count()).select_from(groups)).scalar_one())
    found = set(tx.execute(union(_with_people(tx, audience, unit_ids, on), select(groups.c.unit_id))).scalars())
    return Totals(many, listening, tuple(id for id in unit_ids if id not in found))


def _people(tx: Tx, audience: Audience, unit_ids: Iterable[int], on: date) -> Select[Any]:
    """(unit, person, address) of everybody who holds one of the functions there, once each; without address: out of reach."""
    first = (
        select(address.c.id)
        .where(address.c.person_id == role.c.person_id, may_be_written_to())
        .order_by(*PREFERRED)
        .limit(1)
        .correlate(role)
        .scalar_subquery()
    )
    return (
        select(func.min(role.c.unit_id).label("unit_id"), role.c.person_id, first.label("address_id"))
        .where(_holding(tx, audience, unit_ids, on))
        .group_by(role.c.person_id)
    )


def _with_people(tx: Tx, audience: Audience, unit_ids: Iterable[int], on: date) -> Select[Any]:
    """The units of which somebody can be reached."""
    reached = select(address.c.id).where(address.c.person_id == role.c.person_id, may_be_written_to()).correlate(role)
    return select(role.c.unit_id).distinct().where(_holding(tx, audience, unit_ids, on), reached.exists())


def _holding(tx: Tx, audience: Audience, unit_ids: Iterable[int], on: date) -> ColumnElement[bool]:
    return and_(role.c.unit_id.in_(ids_of(tx, unit_ids)), role.c.function.in_(list(audience.functions)), held_on(on))


def _groups(tx: Tx, audience: Audience, unit_ids: Iterable[int]) -> Select[Any]:
    """(unit, nobody, address) of the units' groups, each at the thread where it was linked."""
    linked_here = address.c.id.in_(select(join_code.c.address_id).where(join_code.c.unit_id == address.c.unit_id))
    place = func.row_number().over(
        partition_by=(address.c.channel, address.c.chat), order_by=(linked_here.desc(), address.c.id)
    )
    theirs = (
        select(address.c.unit_id, address.c.id.label("address_id"), place.label("place"))
        .where(
            address.c.private.is_(False),
            address.c.state == "ok",
            address.c.unit_id.in_(ids_of(tx, unit_ids if audience.groups else ())),
        )
        .subquery()
    )
    nobody = cast(null(), delivery.c.person_id.type).label("person_id")
    return select(theirs.c.unit_id, nobody, theirs.c.address_id).where(theirs.c.place == 1)


def write_some(
    tx: Tx, one: Broadcast, unit_ids: Sequence[int], ended: Collection[int], now: datetime, real: float
) -> bool:
    """Make the rows of the next recipients, at most AT_ONCE of them; True when there are no more, and all is to be sent.

    `unit_ids` are all units to which it goes, `ended` those that were named and are no more. May be called again, by
    whomever, at any time: nobody gets two rows. What is not in state WRITING is left alone.
    """
    waiting = [id for id in sorted({*unit_ids, *ended}) if id > one.written_to]
    some = waiting[:UNITS_AT_ONCE]
    living = [id for id in some if id not in ended]
    held = tx.execute(  # on PostgreSQL a second process waits here, and then finds the place moved on
        update(broadcast)
        .where(broadcast.c.id == one.id, broadcast.c.state == WRITING, broadcast.c.written_to == one.written_to)
        .values(written_to=one.written_to)
    )
    if held.rowcount != 1:
        return True
    if some and _note_people(tx, one, living, now.date()) < AT_ONCE:
        _note_groups(tx, one, living)
        _note_unreached(tx, one, living, some, now.date())
        tx.execute(update(broadcast).where(broadcast.c.id == one.id).values(written_to=some[-1]))
        waiting = waiting[UNITS_AT_ONCE:]
    posted_now = _post(tx, one, now, real)
    if waiting or posted_now == AT_ONCE:
        return False
    tx.execute(update(broadcast).where(broadcast.c.id == one.id).values(state=SENDING))
    return True


_NOTED = ["broadcast_id", "unit_id", "person_id", "address_id"]


def _note_people(tx: Tx, one: Broadcast, unit_ids: Sequence[int], on: date) -> int:
    """Those of the people who are not noted yet, at most AT_ONCE; returns how many."""
    if not unit_ids or not one.audience.functions:
        return 0
    theirs = _people(tx, one.audience, unit_ids, on)
    noted = select(delivery.c.person_id).where(delivery.c.broadcast_id == one.id, delivery.c.person_id.is_not(None))
    fresh = theirs.where(role.c.person_id.not_in(noted)).order_by(role.c.person_id).limit(AT_ONCE).subquery()
    rows = select(literal(one.id), fresh.c.unit_id, fresh.c.person_id, fresh.c.address_id).where(
        fresh.c.person_id.is_not(None)
    )
    return insert_new_from(tx, delivery, _NOTED, rows)


def _note_groups(tx: Tx, one: Broadcast, unit_ids: Sequence[int]) -> None:
    theirs = _groups(tx, one.audience, unit_ids).subquery()
    noted = select(delivery.c.address_id).where(delivery.c.broadcast_id == one.id, delivery.c.address_id.is_not(None))
    rows = select(literal(one.id), theirs.c.unit_id, theirs.c.person_id, theirs.c.address_id)
    insert_new_from(tx, delivery, _NOTED, rows.where(theirs.c.address_id.not_in(noted)))


def _note_unreached(tx: Tx, one: Broadcast, living: Sequence[int], every: Sequence[int], on: date) -> None:
    """A row for each of the units for which nobody is noted, and nobody stands with another unit."""
    unit_ids = ids_of(tx, every).subquery()
    id = unit_ids.c[0]
    noted = select(delivery.c.unit_id).where(delivery.c.broadcast_id == one.id, delivery.c.unit_id.is_not(None))
    staffed = select(role.c.unit_id).where(_holding(tx, one.audience, living, on))
    nobody = cast(null(), delivery.c.person_id.type)
    nowhere = cast(null(), delivery.c.address_id.type)
    rows = select(literal(one.id), id, nobody, nowhere).where(id.not_in(noted), id.not_in(staffed))
    insert_new_from(tx, delivery, _NOTED, rows)


_POSTED = [
    "address_id",
    "kind",
    "priority",
    "cause",
    "subject",
    "payload",
    "state",
    "unsure",
    "not_before",
    "attempts",
    "created_at",
]


def _post(tx: Tx, one: Broadcast, now: datetime, real: float) -> int:
    """A message to each that is noted and has none, at most AT_ONCE; returns to how many. Files that go by themselves
    come before the text, in order.
    """
    unposted = and_(
        delivery.c.broadcast_id == one.id, delivery.c.outbox_id.is_(None), delivery.c.address_id.is_not(None)
    )
    some = select(delivery.c.id, delivery.c.address_id).where(unposted).order_by(delivery.c.id).limit(AT_ONCE)
    noted = some.subquery()
    name = literal(f"broadcast:{one.id}:") + cast(noted.c.address_id, String)
    payload: dict[str, Any] = {"broadcast": one.id}
    alone = max(len(one.files) - 1, 0)
    many = 0
    for number in (*range(alone), None):
        own = payload if number is None else payload | {"file": number}
        rows = select(
            noted.c.address_id,
            literal(KIND),
            literal(BULK),
            name if number is None else name + literal(f":f{number}"),
            literal(subject(one.id)),
            literal(own, JSON),
            literal("pending"),
            literal("hold"),
            literal(real),
            literal(0),
            literal(now, posted.c.created_at.type),
        )
        many = insert_new_from(tx, posted, _POSTED, rows.where(noted.c.address_id.is_not(None)))
    wake_senders(tx)
    cause = literal(f"broadcast:{one.id}:") + cast(delivery.c.address_id, String)
    row = select(posted.c.id).where(posted.c.cause == cause).correlate(delivery).scalar_subquery()
    tx.execute(update(delivery).where(unposted).values(outbox_id=row))
    return many


def wake(tx: Tx, id: int, real: float) -> int:
    """The offices have opened: what waited for that may go; returns how many messages."""
    waits = (posted.c.subject == subject(id), posted.c.state == "pending", posted.c.error == NOT_AT_THIS_HOUR)
    return tx.execute(update(posted).where(*waits).values(not_before=real, error=None)).rowcount


# -- how far it came ---------------------------------------------------------------------------------------------------

SEEN, SENT, WAITING, NO_CHANNEL = "seen", "sent", "waiting", "no_channel"
STATES = (SEEN, SENT, WAITING, NO_CHANNEL, "blocked", "gone", "failed", "unknown", "cancelled")
"""How far it came with one recipient."""

_STATE = case(
    (delivery.c.seen_at.is_not(None), literal(SEEN)),
    (delivery.c.address_id.is_(None), literal(NO_CHANNEL)),
    (posted.c.id.is_(None), literal(WAITING)),
    (posted.c.state.in_(outbox.ON_THE_WAY), literal(WAITING)),
    else_=posted.c.state,
)


def counts(tx: Tx, id: int) -> dict[str, int]:
    """Recipients by state (STATES); of a broadcast that was stopped, those without a message are cancelled."""
    rows = tx.execute(
        select(_STATE.label("how"), func.count().label("many"))
        .select_from(delivery.outerjoin(posted, posted.c.id == delivery.c.outbox_id))
        .where(delivery.c.broadcast_id == id)
        .group_by(_STATE)
    )
    found = {row.how: int(row.many) for row in rows}
    state = tx.execute(select(broadcast.c.state).where(broadcast.c.id == id)).scalar()
    if state == STOPPED and WAITING in found:
        on_the_way = select(func.count()).select_from(posted)
        leaving = on_the_way.where(posted.c.subject == subject(id), posted.c.state == "sending")
        if not tx.execute(leaving).scalar_one():
            found["cancelled"] = found.get("cancelled", 0) + found.pop(WAITING)
    return found


def show(tx: Tx, one: Broadcast, now: datetime, real: float, **what: Any) -> None:
    """A message to its author: the bar for the first time, or once more in place, or – `report`, `told` – another.

    The bar is edited once for each number of messages that have come to their end, and waits for its last edit.
    """
    about = f"{PROGRESS}:{one.id}"
    ended = select(func.count()).select_from(posted).where(posted.c.subject == subject(one.id))
    done = int(tx.execute(ended.where(posted.c.state.not_in(outbox.ON_THE_WAY))).scalar_one())
    shown = tx.execute(select(posted.c.id, posted.c.state).where(posted.c.subject == about).order_by(posted.c.id)).all()
    payload: dict[str, Any] = {"broadcast": one.id, **what}
    if what:
        cause = f"{about}:{'-'.join(what)}:{done}"
    elif not shown:
        cause = about
    elif shown[-1].state in outbox.ON_THE_WAY:
        return
    else:
        cause, payload["post"] = f"{about}:{done}:{one.state}", shown[0].id
    outbox.add(tx, one.address_id, PROGRESS, cause, payload, now, not_before=real, subject=about)


def finish(tx: Tx, one: Broadcast, now: datetime) -> bool:
    """All messages have come to their end: so has the broadcast; False if it had before."""
    ended = update(broadcast).where(broadcast.c.id == one.id, broadcast.c.state == SENDING)
    return tx.execute(ended.values(state=DONE, ended_at=now)).rowcount == 1


@dataclass(frozen=True, slots=True)
class Delivery:
    """One recipient: a person, a group (no person, but an address), or a unit of which there is nobody.

    `why` says of one without a channel: "declined" (said no to the notice), "blocked", "gone", "never" (was never on
    Khéo), "nobody" (the unit has nobody).
    """

    id: int
    unit_id: int | None
    person_id: int | None
    person: str
    group: str
    address_id: int | None
    channel: str
    state: str
    why: str
    error: str
    sent_at: datetime | None
    seen_at: datetime | None
    seen_by: str


def deliveries(tx: Tx, id: int, states: Collection[str] = (), limit: int | None = None) -> list[Delivery]:
    """Every recipient, or those in one of these states, in the order in which they were noted."""
    presser = person.alias("presser")
    state, here = _STATE, address.alias("here")
    found = (
        select(
            delivery.c.id,
            delivery.c.unit_id,
            delivery.c.person_id,
            person.c.name.label("person"),
            here.c.name.label("group"),
            delivery.c.address_id,
            here.c.channel,
            state.label("how"),
            _why().label("why"),
            posted.c.error,
            posted.c.sent_at,
            delivery.c.seen_at,
            presser.c.name.label("seen_by"),
        )
        .select_from(
            delivery.outerjoin(posted, posted.c.id == delivery.c.outbox_id)
            .outerjoin(person, person.c.id == delivery.c.person_id)
            .outerjoin(here, here.c.id == delivery.c.address_id)
            .outerjoin(presser, presser.c.id == delivery.c.seen_by)
        )
        .where(delivery.c.broadcast_id == id)
        .order_by(delivery.c.id)
    )
    if states:
        found = found.where(state.in_(list(states)))
    made = []
    for r in tx.execute(found.limit(limit) if limit is not None else found):
        group = (r.group or "") if r.person_id is None and r.address_id is not None else ""
        why = r.why if r.how == NO_CHANNEL else ""
        made.append(
            Delivery(
                r.id,
                r.unit_id,
                r.person_id,
                r.person or "",
                group,
                r.address_id,
                r.channel or "",
                r.how,
                why,
                r.error or "",
                r.sent_at,
                r.seen_at,
                r.seen_by or "",
            )
        )
    return made


def _why() -> ColumnElement[str]:
    """Why a person cannot be reached, as it is today."""
    theirs = select(address.c.id).where(address.c.person_id == delivery.c.person_id, address.c.private.is_(True))
    theirs = theirs.correlate(delivery)
    return case(
        (delivery.c.person_id.is_(None), literal("nobody")),
        (said_no(delivery.c.person_id), literal("declined")),
        (theirs.where(address.c.state == "blocked").exists(), literal("blocked")),
        (theirs.where(address.c.state == "gone").exists(), literal("gone")),
        else_=literal("never"),
    )


def recipients(tx: Tx, audience: Audience, unit_ids: Sequence[int], on: date) -> list[Delivery]:
    """Who would get it, before anything is written: people by unit, then groups."""
    theirs = _people(tx, audience, unit_ids, on).subquery()
    listening = _groups(tx, audience, unit_ids).subquery()
    here = address.alias("here")
    rows = tx.execute(
        select(theirs.c.unit_id, theirs.c.person_id, person.c.name, theirs.c.address_id, here.c.channel)
        .select_from(
            theirs.join(person, person.c.id == theirs.c.person_id).outerjoin(here, here.c.id == theirs.c.address_id)
        )
        .order_by(theirs.c.unit_id, theirs.c.person_id)
    ).all()
    made = [_to_be(r.unit_id, r.person_id, r.name, "", r.address_id, r.channel or "") for r in rows]
    listening_now = tx.execute(
        select(listening.c.unit_id, listening.c.address_id, here.c.name, here.c.channel)
        .select_from(listening.join(here, here.c.id == listening.c.address_id))
        .order_by(listening.c.unit_id, listening.c.address_id)
    ).all()
    return [*made, *(_to_be(r.unit_id, None, "", r.name, r.address_id, r.channel) for r in listening_now)]


def _to_be(
    unit_id: int, person_id: int | None, name: str, group: str, address_id: int | None, channel: str
) -> Delivery:
    state = NO_CHANNEL if address_id is None else WAITING
    return Delivery(0, unit_id, person_id, name, group, address_id, channel, state, "", "", None, None, "")


def delivery_at(tx: Tx, id: int, address_id: int, person_id: int | None) -> Delivery | None:
    """What was noted for that address, or for whoever stands behind it."""
    at = delivery.c.address_id == address_id
    mine = at if person_id is None else or_(at, delivery.c.person_id == person_id)
    row = tx.execute(
        select(delivery, posted.c.message, posted.c.state.label("how"))
        .select_from(delivery.outerjoin(posted, posted.c.id == delivery.c.outbox_id))
        .where(delivery.c.broadcast_id == id, mine)
        .order_by(at.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    state = SEEN if row.seen_at is not None else row.how or NO_CHANNEL
    return Delivery(
        row.id, row.unit_id, row.person_id, "", "", row.address_id, "", state, "", "", None, row.seen_at, ""
    )


def message_at(tx: Tx, delivery_id: int) -> str:
    """The platform's id of the message that was sent to that recipient; empty if it is not known."""
    row = select(posted.c.message).join(delivery, delivery.c.outbox_id == posted.c.id)
    return str(tx.execute(row.where(delivery.c.id == delivery_id)).scalar() or "")


def see(tx: Tx, delivery_id: int, person_id: int, now: datetime) -> bool:
    """“Đã nhận”, said by that person; False if it was said before."""
    first = update(delivery).where(delivery.c.id == delivery_id, delivery.c.seen_at.is_(None))
    return tx.execute(first.values(seen_at=now, seen_by=person_id)).rowcount == 1


def resend(tx: Tx, one: Broadcast, now: datetime, real: float) -> int:
    """Send it once more to whom it did not come: what failed or is not known, a blocked address that is open again, and
    whoever can be reached in another way now. Returns to how many; never to those who got it.
    """
    if one.state not in (DONE, SENDING, STOPPED) or not (one.text or one.files):  # let go of after its time
        return 0
    other = address.alias("other")
    here = address.alias("here")
    theirs = (
        select(other.c.id)
        .where(
            other.c.person_id == delivery.c.person_id,
            other.c.private.is_(True),
            other.c.state == "ok",
            ~said_no(other.c.person_id),
        )
        .order_by(other.c.preferred.desc(), other.c.id)
        .limit(1)
        .correlate(delivery)
        .scalar_subquery()
    )
    rows = tx.execute(
        select(delivery.c.id, delivery.c.address_id, delivery.c.outbox_id, here.c.state.label("there"))
        .add_columns(theirs.label("other_id"))
        .select_from(
            delivery.outerjoin(posted, posted.c.id == delivery.c.outbox_id).outerjoin(
                here, here.c.id == delivery.c.address_id
            )
        )
        .where(delivery.c.broadcast_id == one.id, _STATE.in_((*DEAD, NO_CHANNEL)))
    ).all()
    same = [r for r in rows if r.address_id is not None and r.there == "ok"]
    moved = [r for r in rows if r not in same and r.other_id is not None and r.other_id != r.address_id]
    tried = _tried(tx, one, [r.other_id for r in moved])
    for r in moved:
        back = update(delivery).where(delivery.c.id == r.id)
        tx.execute(back.values(address_id=r.other_id, outbox_id=tried.get(r.other_id)))
    there_again = [*(r.address_id for r in same), *tried]
    again = _again(tx, one, there_again, now, real) if there_again else 0
    moved = [r for r in moved if r.other_id not in tried]
    if not again and not moved:
        return 0
    tx.execute(update(broadcast).where(broadcast.c.id == one.id).values(state=WRITING, ended_at=None))
    after = {"state": WRITING, "again": again + len(moved)}
    audit.note(tx, "broadcast.resent", f"broadcast:{one.id}", at=now, about=one.unit_id, after=after)
    return again + len(moved)


def _tried(tx: Tx, one: Broadcast, address_ids: Sequence[int]) -> dict[int, int]:
    """Those of the addresses at which it was tried before, each with the message that did not arrive there."""
    rows = select(posted.c.address_id, func.max(posted.c.id).label("id")).where(
        posted.c.subject == subject(one.id),
        posted.c.state.in_(DEAD),
        posted.c.settled_at.is_(None),
        posted.c.cause.not_like("%:f%"),
        posted.c.address_id.in_(ids_of(tx, address_ids)),
    )
    return {row.address_id: row.id for row in tx.execute(rows.group_by(posted.c.address_id))}


def _again(tx: Tx, one: Broadcast, address_ids: Sequence[int], now: datetime, real: float) -> int:
    """New messages beside the dead ones at these addresses, with the files that went before them."""
    there = select(posted.c.id).where(
        posted.c.subject == subject(one.id),
        posted.c.state.in_(DEAD),
        posted.c.address_id.in_(ids_of(tx, address_ids)),
    )
    dead = list(tx.execute(there.order_by(posted.c.id)).scalars())
    new = outbox.resend(tx, dead, now, real)
    texts = posted.c.cause.not_like("%:f%")
    sent = select(func.count()).select_from(posted).where(posted.c.id.in_(ids_of(tx, new)), texts)
    return int(tx.execute(sent).scalar_one())
