"""Thrift: what is left of the month to each bot whose platform counts, and what may therefore leave by it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.chat import Channels, Reply
from bot.clock import ZONE
from bot.config import Settings
from bot.rules.allowance import NEAR, SPENT, Allowance, Standing
from bot.store import usage
from bot.store.engine import Tx
from bot.store.usage import Used


class Thrift:
    """Keeps the ledger of the bots that count; every other channel is always open and costs nothing here.

    What the ledger said last is remembered, for whoever must know it without asking the store.
    """

    def __init__(self, channels: Channels, allowance: Allowance | None = None) -> None:
        self.allowance = allowance or Allowance()
        self._channels = channels
        self._known: dict[str, tuple[str, Used]] = {}

    @property
    def counted(self) -> list[str]:
        """The channels whose platform counts, by name."""
        return [name for name in self._channels.by_name if self.counts(name)]

    def counts(self, channel: str) -> bool:
        known = self._channels.by_name.get(channel)
        return known is not None and known.means.counted

    def pieces(self, channel: str, reply: Reply) -> int:
        """How many messages of the platform the reply is; 0 where nobody counts them."""
        if not self.counts(channel):
            return 0
        counting: Any = self._channels[channel]  # only such channels are asked
        return int(counting.pieces(reply))

    def sent(self, tx: Tx, channel: str, pieces: int, now: datetime) -> None:
        """So many messages of the platform have left, or may have."""
        if pieces and self.counts(channel):
            self._note(usage.count(tx, channel, now, sent=pieces), now)

    def received(self, tx: Tx, channel: str, now: datetime) -> None:
        """Something has come in; nobody knows whether the platform counts it."""
        if self.counts(channel):
            self._note(usage.count(tx, channel, now, received=1), now)

    def refused(self, tx: Tx, channel: str, now: datetime) -> None:
        """The platform says that the month's messages are used up, whatever the ledger says."""
        if self.counts(channel):
            usage.used_up(tx, channel, now, self.allowance.messages)
            self._note(usage.of(tx, channel, now), now)

    def standing(self, tx: Tx, channel: str, now: datetime) -> Standing:
        """What may leave by the channel at this moment."""
        if not self.counts(channel):
            return "open"
        used = usage.of(tx, channel, now)
        self._note(used, now)
        return self.standing_of(used)

    def standing_of(self, used: Used) -> Standing:
        """The same of what is used up, by the higher of both readings; a raised setting opens what the platform closed."""
        return "spent" if used.used_up >= self.allowance.messages else self.allowance.standing(used.both)

    def share(self, used: Used) -> int:
        """In hundredths, by the higher reading; all of it where the platform says so."""
        return max(self.allowance.share(used.both), SPENT if self.standing_of(used) == "spent" else 0)

    def closed(self, tx: Tx, now: datetime, *, sparing: bool = False) -> set[str]:
        """The channels by which nothing more leaves this month; `sparing`: also those that only send what is essential."""
        shut = ("spent", "sparing") if sparing else ("spent",)
        return {name for name in self.counted if self.standing(tx, name, now) in shut}

    def is_spent(self, channel: str, now: datetime) -> bool:
        """Whether nothing leaves by it, as far as this process knows without asking."""
        used = self._remembered(channel, now)
        return used is not None and self.standing_of(used) == "spent"

    def is_near(self, channel: str, now: datetime) -> bool:
        """Whether so much is used up that a platform that refuses means the quota."""
        used = self._remembered(channel, now)
        return used is not None and self.allowance.share(used.both) >= NEAR

    def _remembered(self, channel: str, now: datetime) -> Used | None:
        known = self._known.get(channel)
        return known[1] if known is not None and known[0] == usage.month_of(now) else None

    def _note(self, used: Used, now: datetime) -> None:
        self._known[used.channel] = (usage.month_of(now), used)


def allowed(settings: Settings) -> Allowance:
    """What one bot has, as the administrator has set it."""
    return Allowance(settings.zalo_monthly, settings.zalo_people, settings.zalo_groups)


def next_month(now: datetime) -> datetime:
    """The first moment of the office's next month."""
    here = now.astimezone(ZONE)
    first = here.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return first.replace(year=here.year + here.month // 12, month=here.month % 12 + 1)
