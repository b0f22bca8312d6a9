"""How the program is doing, as the database tells it; cheap, however long the history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, literal_column, select

from bot.store.beats import Beat
from bot.store.beats import every as every_beat
from bot.store.engine import Tx
from bot.store.once import insert_once
from bot.store.tables import address, audit, audit_seal, inbox, kept, outbox, sender
from bot.store.usage import Served, Used, of_month, served

BACKUP = "backup"
"""Under this name is kept when the last backup was made."""
DEAD = ("blocked", "gone", "failed", "unknown")
"""States in which a message ended without having been sent; of “unknown” nobody can tell."""
MINUTE, HOUR, DAY, WEEK = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Vitals:
    """One look. Moments in `float` are epoch seconds, 0 where there is none.

    `queue`: messages that wait or are on their way, by priority. `due_since`: since when the oldest that may go out does
    not. `sent_minute` by channel. `dead` of all that is kept and `dead_day` by state; `unsettled`: those of the last week
    to which nobody has seen. `pauses`: channel → until when, and why. `used` and `served`: of each bot whose platform counts,
    the messages of this month and whom it serves.
    """

    database: str
    size: int
    queue: Mapping[int, int]
    due_since: float
    sent_minute: Mapping[str, int]
    sent_hour: int
    sent_day: int
    dead: Mapping[str, int]
    dead_day: Mapping[str, int]
    unsettled: Mapping[str, int]
    unreachable: Mapping[str, int]
    updates: int
    updates_since: float
    poison: int
    poison_day: int
    unsealed: int
    unsealed_since: float
    beats: Sequence[Beat]
    pauses: Mapping[str, tuple[float, str]]
    backup: float
    first: float
    """When the trace begins."""
    used: Mapping[str, Used]
    served: Mapping[str, Served]


def look(tx: Tx, now: datetime, real: float) -> Vitals:
    """All of it in one snapshot."""
    queue, due_since = _waiting(tx, real)
    ended = _ended(tx, now)
    updates, updates_since = _updates(tx)
    poison, poison_day = _poison(tx, now)
    unsealed, unsealed_since = _unsealed(tx)
    pauses = tx.execute(select(sender).where(sender.c.paused_until > real)).all()
    used = of_month(tx, now)
    lost = select(address.c.state, func.count().label("rows")).where(address.c.state != "ok").group_by(address.c.state)
    return Vitals(
        database=tx.dialect.name,
        size=_size(tx),
        queue=queue,
        due_since=due_since,
        sent_minute=_sent_by_channel(tx, now - MINUTE),
        sent_hour=_sent(tx, now - HOUR),
        sent_day=_sent(tx, now - DAY),
        dead={row.state: row.rows for row in ended},
        dead_day={row.state: row.young for row in ended},
        unsettled={row.state: row.unsettled for row in ended},
        unreachable={row.state: row.rows for row in tx.execute(lost).all()},
        updates=updates,
        updates_since=updates_since,
        poison=poison,
        poison_day=poison_day,
        unsealed=unsealed,
        unsealed_since=unsealed_since,
        beats=every_beat(tx),
        pauses={row.channel: (row.paused_until, row.why) for row in pauses},
        backup=backup(tx),
        first=_seconds(tx.execute(select(audit.c.at).order_by(audit.c.id).limit(1)).scalar()),
        used=used,
        served=served(tx, used),
    )


def note_backup(tx: Tx, at: datetime) -> None:
    """A backup was made and read back."""
    tx.execute(delete(kept).where(kept.c.name == BACKUP))
    insert_once(tx, kept, name=BACKUP, value=str(at.timestamp()))


def backup(tx: Tx) -> float:
    """When the last one was made."""
    return float(tx.execute(select(kept.c.value).where(kept.c.name == BACKUP)).scalar() or 0.0)


# The states are written out, as the partial indexes have them: only so are those found to fit.
_PENDING = literal_column("outbox.state") == literal_column("'pending'")
_LEASED = literal_column("outbox.state").in_([literal_column("'leased'"), literal_column("'sending'")])
_SENT = literal_column("outbox.state") == literal_column("'sent'")
_ENDED = literal_column("outbox.state").in_(
    [literal_column(f"'{state}'") for state in ("failed", *DEAD[:2], "unknown")]
)
_NEW = literal_column("inbox.state") == literal_column("'new'")
_SET_ASIDE = literal_column("inbox.state") == literal_column("'poison'")


def _seconds(moment: datetime | None) -> float:
    return moment.timestamp() if moment is not None else 0.0


def _waiting(tx: Tx, real: float) -> tuple[dict[int, int], float]:
    # By channel as well: the index has it first.
    due = func.min(outbox.c.not_before).label("since")
    asked = select(outbox.c.channel, outbox.c.priority, func.count().label("rows"), due).where(_PENDING)
    leased = select(outbox.c.priority, func.count().label("rows")).where(_LEASED).group_by(outbox.c.priority)
    found: dict[int, int] = {}
    since = 0.0
    for row in tx.execute(asked.group_by(outbox.c.channel, outbox.c.priority)).all():
        found[row.priority] = found.get(row.priority, 0) + row.rows
        if row.since <= real:
            since = min(since or row.since, row.since)
    for row in tx.execute(leased).all():
        found[row.priority] = found.get(row.priority, 0) + row.rows
    return found, since


def _sent(tx: Tx, since: datetime) -> int:
    return tx.execute(select(func.count()).select_from(outbox).where(_SENT, outbox.c.sent_at >= since)).scalar_one()


def _sent_by_channel(tx: Tx, since: datetime) -> dict[str, int]:
    sent = select(outbox.c.channel, func.count().label("rows")).where(_SENT, outbox.c.sent_at >= since)
    return {row.channel: row.rows for row in tx.execute(sent.group_by(outbox.c.channel)).all()}


def _ended(tx: Tx, now: datetime) -> Sequence[Any]:
    young = func.count().filter(outbox.c.created_at >= now - DAY).label("young")
    week = func.count().filter(outbox.c.created_at >= now - WEEK, outbox.c.settled_at.is_(None)).label("unsettled")
    asked = select(outbox.c.state, func.count().label("rows"), young, week).where(_ENDED).group_by(outbox.c.state)
    return tx.execute(asked).all()


def _updates(tx: Tx) -> tuple[int, float]:
    row = tx.execute(select(func.count(), func.min(inbox.c.received_at)).select_from(inbox).where(_NEW)).one()
    return row[0], _seconds(row[1])


def _poison(tx: Tx, now: datetime) -> tuple[int, int]:
    young = func.count().filter(inbox.c.received_at >= now - DAY)
    row = tx.execute(select(func.count(), young).select_from(inbox).where(_SET_ASIDE)).one()
    return row[0], row[1]


def _unsealed(tx: Tx) -> tuple[int, float]:
    last = tx.execute(select(audit_seal.c.last).order_by(audit_seal.c.id.desc()).limit(1)).scalar() or 0
    row = tx.execute(select(func.count(), func.min(audit.c.at)).where(audit.c.id > last)).one()
    return row[0], _seconds(row[1])


def _size(tx: Tx) -> int:
    if tx.dialect.name == "sqlite":
        pages = tx.exec_driver_sql("PRAGMA page_count").scalar_one()
        return int(pages) * int(tx.exec_driver_sql("PRAGMA page_size").scalar_one())
    return int(tx.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one())
