"""Fill a fresh database with officers of Vạn Ninh, each with a Telegram address and one registered exemplar.

`python -m bench.seed PEOPLE`, with KHEO_DATA in the environment as for `kheo run`.
"""

from __future__ import annotations

import sys
from datetime import datetime

from bench.walk import Person
from bot.app import open_office
from bot.chat import Address
from bot.clock import Clock
from bot.config import settings
from bot.rules.access import OFFICER
from bot.store import consents, exemplars, owing, people, seasons, units
from bot.store.engine import Tx
from bot.turn import Office
from handlers import consent

PLAN = "van-ninh"
SUBJECT = "tap_the"
AT_ONCE = 500  # people entered in one transaction


def main(count: int) -> None:
    store, office = open_office(settings(), exclusive=True)
    now = Clock().now()
    store.migrate()
    store.run(lambda tx: _season(tx, office, now))
    store.run(office.refresh)
    for first in range(0, count, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, count))
        store.run(lambda tx, numbers=numbers: _people(tx, office, numbers, now))  # type: ignore[misc]
    store.run(lambda tx: _nothing_owed(tx, office, now))
    store.close()


def _season(tx: Tx, office: Office, now: datetime) -> None:
    plan = office.plans[PLAN]
    seasons.begin(tx, plan, now.year if now.year in plan.years else max(plan.years), now)
    # The bench is run today, by a plan whose communes ended in 2025.
    units.plant(tx, [seed.model_copy(update={"valid_to": None}) for seed in plan.units])


def _people(tx: Tx, office: Office, numbers: range, now: datetime) -> None:
    season = office.seasons[0]
    communes = [unit for unit in office.units.values() if unit.parent_id is not None]
    for number in numbers:
        person, unit, name = Person(number), communes[number % len(communes)], f"Lan {number}"
        person_id = people.add(tx, name, unit.id, OFFICER, now)
        at = Address("telegram", str(person.chat))
        contact = people.greet(tx, at, private=True, name=name, language="vi", now=now)
        people.attach(tx, contact.id, person_id, now)
        consents.note(tx, person_id, consent.VERSION, given=True, address_id=contact.id, now=now)
        exemplar = exemplars.register(
            tx,
            season_id=season.id,
            unit_id=unit.id,
            subject=SUBJECT,
            name=f"Camera an ninh thôn {number}",
            award=False,
            late=False,
            answers={},
            now=now,
        )
        assert exemplar == number + 1  # the walk knows them by this number


def _nothing_owed(tx: Tx, office: Office, now: datetime) -> None:
    """No reminder may go out during the measurement: every unit has closed its list."""
    season = office.seasons[0]
    for milestone in office.plans[PLAN].milestones:
        for unit_id in office.units:
            owing.close(
                tx,
                season_id=season.id,
                unit_id=unit_id,
                milestone=milestone.id,
                kind="complete" if "closing" in milestone.settled_by else "paper",
                person_id=1,
                now=now,
            )


if __name__ == "__main__":
    main(int(sys.argv[1]))
