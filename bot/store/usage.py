"""How many messages each bot has sent and received in a month, where its platform counts them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.clock import ZONE
from bot.store.engine import Tx
from bot.store.people import held_on
from bot.store.tables import address, role, usage


@dataclass(frozen=True, slots=True)
class Used:
    """One bot in one month.

    `told` is the share (in hundredths) of which people were warned last; `used_up` how many messages a month were thought
    to be there when the platform said that there were no more, 0 if it has not said so.
    """

    channel: str
    sent: int = 0
    received: int = 0
    told: int = 0
    used_up: int = 0

    @property
    def both(self) -> int:
        """What counts if the platform counts what people send too: it does not say whether it does."""
        return self.sent + self.received


@dataclass(frozen=True, slots=True)
class Served:
    """Whom a bot serves: people who write to it privately and can be reached, and groups that are linked."""

    people: int = 0
    groups: int = 0


def month_of(now: datetime) -> str:
    """The office's month at that moment: “2026-11”."""
    return f"{now.astimezone(ZONE):%Y-%m}"


def count(tx: Tx, channel: str, now: datetime, *, sent: int = 0, received: int = 0) -> Used:
    """So many more; returns what it comes to."""
    _add(tx, channel, now, sent=sent, received=received)
    return of(tx, channel, now)


def used_up(tx: Tx, channel: str, now: datetime, messages: int) -> None:
    """The platform says that there are no more this month, though so many were thought to be there."""
    _add(tx, channel, now)
    held = usage.c.channel == channel, usage.c.month == month_of(now)
    more = case((usage.c.used_up > messages, usage.c.used_up), else_=messages)
    tx.execute(update(usage).where(*held).values(used_up=more))


def tell(tx: Tx, channel: str, now: datetime, share: int) -> bool:
    """People are warned of that share now; False if they were, of that or a higher one, this month."""
    _add(tx, channel, now)
    held = usage.c.channel == channel, usage.c.month == month_of(now), usage.c.told < share
    return tx.execute(update(usage).where(*held).values(told=share)).rowcount == 1


def _add(tx: Tx, channel: str, now: datetime, *, sent: int = 0, received: int = 0) -> None:
    make = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    row = make(usage).values(channel=channel, month=month_of(now), sent=sent, received=received)
    more = {"sent": usage.c.sent + sent, "received": usage.c.received + received}
    tx.execute(row.on_conflict_do_update(index_elements=[usage.c.channel, usage.c.month], set_=more))


def of(tx: Tx, channel: str, now: datetime) -> Used:
    """What the bot has used up this month."""
    return every(tx, [channel], now)[channel]


def every(tx: Tx, channels: Collection[str], now: datetime) -> dict[str, Used]:
    """The same of all these bots."""
    found = {channel: Used(channel) for channel in channels}
    if not found:
        return found
    columns = usage.c.channel, usage.c.sent, usage.c.received, usage.c.told, usage.c.used_up
    held = usage.c.channel.in_(sorted(found)), usage.c.month == month_of(now)
    return found | {row.channel: Used(*row) for row in tx.execute(select(*columns).where(*held)).all()}


def of_month(tx: Tx, now: datetime) -> dict[str, Used]:
    """What every bot has used up this month that has sent or received anything."""
    columns = usage.c.channel, usage.c.sent, usage.c.received, usage.c.told, usage.c.used_up
    rows = tx.execute(select(*columns).where(usage.c.month == month_of(now))).all()
    return {row.channel: Used(*row) for row in rows}


def waited_for(tx: Tx, channels: Collection[str], functions: Collection[str], now: datetime) -> tuple[int, int, int]:
    """(units, people, groups) for whom these bots are needed: people who hold one of the functions and are reached by no
    other channel, whether they have come yet or not, and the groups that are linked here."""
    here = sorted(channels)
    elsewhere = select(address.c.id).where(
        address.c.person_id == role.c.person_id,
        address.c.private.is_(True),
        address.c.state == "ok",
        address.c.channel.not_in(here),
    )
    held = role.c.function.in_(sorted(functions)), held_on(now.astimezone(ZONE).date())
    many = select(func.count(role.c.unit_id.distinct()), func.count(role.c.person_id.distinct()))
    units, people = tx.execute(many.where(*held, ~elsewhere.correlate(role).exists())).one()
    return units, people, sum(bot.groups for bot in served(tx, here).values())


def served(tx: Tx, channels: Collection[str]) -> dict[str, Served]:
    """Whom each of these bots serves; a group counts once, however many threads it has."""
    found = {channel: Served() for channel in channels}
    if not found:
        return found
    here = address.c.channel.in_(sorted(found)), address.c.state == "ok"
    people = func.count().filter(address.c.private.is_(True), address.c.person_id.is_not(None))
    linked = address.c.private.is_(False), address.c.unit_id.is_not(None)
    groups = func.count(address.c.chat.distinct()).filter(*linked)
    rows = tx.execute(select(address.c.channel, people, groups).where(*here).group_by(address.c.channel)).all()
    return found | {row[0]: Served(row[1], row[2]) for row in rows}
