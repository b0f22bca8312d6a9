"""The order in which the doctor looks, and what is said when the database is away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from bot.care import inside, machine
from bot.care.doctor import Check, Found, Patient, doubtful, wrong
from bot.config import Settings
from bot.errors import KheoError
from bot.store import health, whole
from bot.texts import mark

ALWAYS: tuple[Check, ...] = (
    machine.plans,
    machine.telegram,
    machine.zalo,
    machine.zone,
    machine.calendars,
    machine.disk,
    machine.network,
    machine.moved_away,
    machine.leftovers,
)
AT_THE_STORE: tuple[Check, ...] = (
    inside.clock,
    inside.outbox,
    inside.inbox,
    inside.trace,
    inside.evidence,
    inside.people,
    inside.seasons_of_plans,
    inside.bots,
    inside.engine,
    inside.running,
)
"""Only where the tables are those of this program."""

AWAY = mark("Database: it cannot be reached ({reason}). What stands in it was not looked at.")
AWAY_DO = mark(
    "Check DATABASE_URL and whether the server runs (systemctl status postgresql). A running Khéo waits and loses nothing."
)
DAMAGED = mark("Database: the file is damaged ({reason}).")
UNKNOWN = mark("Database: not looked at, because the setting that says where it is cannot be used.")
UNKNOWN_DO = mark("Correct that setting first, then look again.")
NONE = mark("Database: there is none yet at {place}.")
NONE_DO = mark("The first start (kheo run, or kheo season open) makes it. If there was one: check KHEO_DATA.")


def examine(
    settings: Settings,
    now: datetime,
    *,
    deep: bool = False,
    least_free: int | None = None,
    at_the_store: bool = True,
) -> Iterator[Found]:
    """Everything that can be looked at, a line each; `at_the_store` false: it is not known where the database is."""
    patient = Patient(settings, now, deep)
    if least_free is not None:
        patient = replace(patient, least_free=least_free)
    for check in ALWAYS:
        yield from check(patient)
    if at_the_store:
        yield from _at_the_store(patient)
    else:
        yield doubtful(UNKNOWN, UNKNOWN_DO)


def _at_the_store(patient: Patient) -> Iterator[Found]:
    try:
        with health.examined(patient.settings.store_url) as tx:
            patient = replace(patient, tx=tx)
            yield from inside.store(patient)
            if health.step(tx) == whole.head():
                for check in AT_THE_STORE:
                    yield from check(patient)
    except whole.NoDatabase as none:
        yield doubtful(NONE, NONE_DO, place=none)
    except whole.Damaged as damaged:
        yield wrong(DAMAGED, inside.FAULT_DO, reason=damaged)
    except KheoError as away:
        yield wrong(AWAY, AWAY_DO, reason=str(away).strip().splitlines()[0])
