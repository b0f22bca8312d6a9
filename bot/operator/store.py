"""The configured store, opened for one command."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime

from bot.app import open_office
from bot.clock import Clock
from bot.config import settings
from bot.errors import KheoError, Misunderstood
from bot.store import audit, roster, seasons, units
from bot.store.engine import Tx
from bot.texts import language
from bot.turn import Office


def with_store(work: Callable[[Office, Tx], str]) -> int:
    """Do it in one transaction on the configured store and print what it says."""
    store, office = open_office(settings(), exclusive=False)
    try:
        store.migrate()

        def refreshed(tx: Tx) -> str:
            now = Clock().now()
            audit.acting(tx, audit.By(audit.SERVER), now)
            seasons.pin(tx, office.plans, now)
            office.refresh(tx)
            said = work(office, tx)
            if roster.unseated(tx):
                office.refresh(tx)
                roster.seat_administrators(tx, [unit.id for unit in tops(office, now)], now)
            return said

        print(store.run(refreshed))
    except Misunderstood as wrong:
        raise KheoError(language("vi").say(wrong.source, **wrong.values)) from None
    finally:
        store.close()
    return 0


def tops(office: Office, now: datetime) -> list[units.Unit]:
    """The units of that moment above which there is none of that moment."""
    today = now.date()
    there = {u.id for u in office.units.values() if u.lives_on(today)}
    return [u for u in office.units.values() if u.id in there and u.parent_id not in there]


def unit_named(office: Office, named: str) -> units.Unit:
    """The unit with that code or name; KheoError with what is known if it is not one.

    “22525@2025-06-30” is the unit that has the code on that day: after a reform a code may go on with another extent.
    """
    code, at, day = named.rpartition("@")
    with suppress(ValueError):
        if at and (of_that_day := office.units.coded(code.strip(), date.fromisoformat(day.strip()))) is not None:
            return of_that_day
    coded = office.units.coded(named.strip())
    found = office.finder.find(named)
    if coded is not None:
        return coded
    if found.one is not None:
        return office.units[found.one.id]
    several = [office.units[u.id] for u in found.several]
    today = Clock().now().date()
    standing = [u for u in several if u.valid_to is None or u.valid_to >= today]
    if len(standing) == 1 and not found.doubt:  # a namesake that has ended is named by its code
        return standing[0]
    among = ", ".join(map(_told_apart, several)) or ", ".join(u.name for u in office.units.values())
    raise KheoError(
        f"“{named}” is not one unit. Known: {among or 'none yet – open a season first: kheo season open PLAN YEAR'}."
    )


def _told_apart(u: units.Unit) -> str:
    """With its code and its time, by which one names it exactly."""
    begins = f", from {u.valid_from}" if u.valid_from else ""
    ends = f", to {u.valid_to}" if u.valid_to else ""
    return f"{u.name} ({u.code}{begins}{ends})"
