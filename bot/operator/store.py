"""The configured store, opened for one command."""

from __future__ import annotations

from collections.abc import Callable

from bot.app import open_office
from bot.clock import Clock
from bot.config import settings
from bot.errors import KheoError
from bot.store import audit, seasons, units
from bot.store.engine import Tx
from bot.turn import Office


def with_store(work: Callable[[Office, Tx], str]) -> int:
    """Do it in one transaction on the configured store and print what it says."""
    store, office = open_office(settings(), exclusive=False)
    try:
        store.migrate()

        def refreshed(tx: Tx) -> str:
            seasons.pin(tx, office.plans, Clock().now())
            office.refresh(tx)
            audit.acting(tx, audit.By(audit.SERVER))
            return work(office, tx)

        print(store.run(refreshed))
    finally:
        store.close()
    return 0


def unit_named(office: Office, named: str) -> units.Unit:
    """The unit with that code or name; KheoError with what is known if it is not one."""
    coded = office.units.coded(named)
    found = office.finder.find(named)
    if coded is not None:
        return coded
    if found.one is not None:
        return office.units[found.one.id]
    among = ", ".join(u.name for u in found.several) or ", ".join(u.name for u in office.units.values())
    raise KheoError(
        f"“{named}” is not one unit. Known: {among or 'none yet – open a season first: kheo season open PLAN YEAR'}."
    )
