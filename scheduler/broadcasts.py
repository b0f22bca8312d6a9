"""Broadcasts on their way: those whose time has come leave, rows are made piece by piece, their authors see how far they are."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog

from bot.clock import Clock
from bot.rules.access import Action, can
from bot.rules.calendar import Calendar
from bot.store import audit, broadcasts, people
from bot.store.broadcasts import SCHEDULED, SENDING, WAITING, WRITING, Broadcast
from bot.store.engine import Store, Tx
from bot.turn import Office

log = structlog.get_logger()

SECONDS = 3.0
"""Between two looks: an author's message is edited that often at most, and Telegram takes twenty edits a minute."""


class Chosen(Protocol):
    """To which units a broadcast goes, and which of those that were named are no more."""

    @property
    def units(self) -> Sequence[int]: ...
    @property
    def ended(self) -> Sequence[int]: ...


@dataclass(frozen=True, slots=True)
class Manner:
    """What the handlers know of a broadcast: to whom it goes at a moment (LookupError: its season is closed), whether it
    tells figures of a season, whether offices may be written to, and when a repeated one goes next."""

    chosen: Callable[[Office, Tx, Broadcast, datetime], Chosen]
    tells: Callable[[Broadcast], bool]
    open_at: Callable[[Calendar, datetime], bool]
    following: Callable[[Calendar, Broadcast, datetime, datetime], datetime]


class Broadcasting:
    """Called by the clock; it may be called late, early, twice, or by several processes."""

    def __init__(self, store: Store, office: Office, clock: Clock, manner: Manner) -> None:
        self._store = store
        self._office = office
        self._clock = clock
        self._manner = manner
        self._chosen: dict[int, Chosen] = {}
        self._running = asyncio.Lock()

    async def run(self) -> int:
        """Let leave what is due, make rows until there are no more, and tell the authors; returns how many are under way."""
        async with self._running:
            if await self._store.read(self._due):
                await self._store.write(self._leave)
            for one in await self._store.read(lambda tx: broadcasts.in_state(tx, WRITING)):
                while not await self._store.write(lambda tx, id=one.id: self._write(tx, id)):  # type: ignore[misc]
                    pass  # each piece is a work of its own: answers come between them
                self._chosen.pop(one.id, None)
            running = await self._store.read(lambda tx: broadcasts.in_state(tx, WRITING, SENDING))
            for one in running:
                await self._look(one)
            return len(running)

    def _due(self, tx: Tx) -> list[Broadcast]:
        now = self._clock.now()
        return [one for one in broadcasts.in_state(tx, SCHEDULED) if one.send_at is not None and one.send_at <= now]

    def _leave(self, tx: Tx) -> None:
        now, real = self._clock.now(), time.time()
        audit.acting(tx, audit.By(audit.CLOCK), now)
        for one in self._due(tx):
            why = self._hindered(tx, one, now)
            if why:
                if broadcasts.cancel(tx, one.id, now, why):
                    broadcasts.show(tx, one, now, real, told=why)
                continue
            calendar = self._office.calendar
            if not one.audience.any_hour and not self._manner.open_at(calendar, now):
                continue
            again = None
            if one.repeats and one.send_at is not None:
                first = broadcasts.by_id(tx, one.first_id) if one.first_id is not None else one
                began = first.send_at if first is not None and first.send_at is not None else one.send_at
                again = self._manner.following(calendar, one, began, now)
            if broadcasts.leave(tx, one, now, again):
                broadcasts.show(tx, one, now, real)

    def _hindered(self, tx: Tx, one: Broadcast, now: datetime) -> str:
        """Why it may not leave; empty if it may."""
        person = people.known(tx, one.person_id, now)
        subject = self._office.subject(one.unit_id, on=now.date())
        if person is None or not can(person.actor, Action.BROADCAST, subject):
            return "rights"
        try:
            if one.season_id is not None and self._manner.tells(one):
                self._office.season_by_id(one.season_id)
            to = self._manner.chosen(self._office, tx, one, now)
        except LookupError:
            return "season"
        return "" if to.units or to.ended or one.repeats else "nobody"

    def _write(self, tx: Tx, id: int) -> bool:
        """One piece; True when all rows are made."""
        now, real = self._clock.now(), time.time()
        one = broadcasts.by_id(tx, id)
        if one is None or one.state != WRITING:
            return True
        to = self._chosen.get(id)
        if to is None:
            try:
                to = self._manner.chosen(self._office, tx, one, now)
            except LookupError:  # its season was closed meanwhile: those who are noted get it, if they still can
                return broadcasts.write_some(tx, one, (), (), now, real)
            self._chosen[id] = to
        return broadcasts.write_some(tx, one, to.units, to.ended, now, real)

    async def _look(self, one: Broadcast) -> None:
        """Wake what waited for the offices to open; show how far it is, and the end."""
        now, real = self._clock.now(), time.time()
        if one.audience.any_hour or self._manner.open_at(self._office.calendar, now):
            await self._store.write(lambda tx: broadcasts.wake(tx, one.id, real))
        counted = await self._store.read(lambda tx: broadcasts.counts(tx, one.id))
        ended = one.state == SENDING and not counted.get(WAITING)

        def work(tx: Tx) -> None:
            if ended and not broadcasts.finish(tx, one, now):
                return
            current = broadcasts.by_id(tx, one.id)
            if current is not None:
                broadcasts.show(tx, current, now, real)
                if ended:
                    broadcasts.show(tx, current, now, real, report=True)

        await self._store.write(work)
        if ended:
            log.info("a broadcast has come to its end", broadcast=one.id, **counted)
