"""Make the due rows of so many units, and make them again: `python -m bench.making UNITS [PID OF THE DATABASE SERVER]`.

KHEO_DATA and DATABASE_URL in the environment as for `kheo run`; the database must be empty.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select, text

from bench.apart import Watch, most_resident, tell
from bot.app import open_office
from bot.clock import ZONE
from bot.config import settings
from bot.rules.ladder import SEND_AT, rungs
from bot.store import dues, seasons, units
from bot.store.engine import Tx
from bot.store.tables import due
from bot.turn import Office
from scheduler.reminders import Settled, scan

PLAN, YEAR = "van-ninh", 2024
SCANNED_AT_MOST = 100_000
"""Units that one office holds in memory; a million of them is measured without, by the statement alone."""

_PLANT = """
    WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < :many)
    INSERT INTO unit (code, name, kind, parent_id, aliases)
    SELECT 'x' || n, 'Xã số ' || n, 'xa', (SELECT min(id) FROM unit WHERE parent_id IS NULL), '[]' FROM number
"""


@dataclass(frozen=True, slots=True)
class Timing:
    """Runs works and says how long each took until its commit was on the disk, with the CPU of both sides meanwhile."""

    run: Callable[[Callable[[Tx], Any]], Any]
    server: int

    def __call__(self, work: Callable[[Tx], Any]) -> dict[str, Any]:
        seen = Watch(self.server)
        returned = self.run(work)
        return {**seen.so_far(), "rows": returned if isinstance(returned, int) else 0}


def main(many: int, server: int = 0) -> None:
    store, office = open_office(settings(), exclusive=True)
    store.migrate()
    begun = datetime(YEAR, 1, 1, tzinfo=ZONE)

    def furnish(tx: Tx) -> None:
        plan = office.plans[PLAN]
        seasons.begin(tx, plan, YEAR, begun)
        units.plant(tx, plan.units)
        tx.execute(text(_PLANT), {"many": many})  # communes of nobody, all under the district

    store.run(furnish)
    if store.dialect == "postgresql":
        store.run(lambda tx: tx.execute(text("ANALYZE unit")) and None)
    ids, season = store.run(_those)
    milestone = office.plans[PLAN].milestones[0].id

    def make(tx: Tx) -> int:
        last, now = date(YEAR, 6, 28), datetime(YEAR, 6, 14, 8, tzinfo=ZONE)
        of = {"season_id": season, "milestone": milestone, "deadline": last, "number": 10}
        return len(dues.made(tx, **of, due_on=now.date(), unit_ids=ids, now=now))

    timed = Timing(store.run, server)
    found: dict[str, Any] = {"units": len(ids), "first": timed(make), "again": timed(make)}
    if many <= SCANNED_AT_MOST:
        found |= _scanned(timed, office)
    found["resident"] = most_resident()
    store.close()
    tell(**found)


def _those(tx: Tx) -> tuple[list[int], int]:
    ids = tx.execute(text("SELECT id FROM unit WHERE code LIKE 'x%' AND kind = 'xa' ORDER BY id")).scalars().all()
    return list(ids), seasons.every(tx)[0].id


def _scanned(timed: Timing, office: Office) -> dict[str, Any]:
    """The whole tick at a moment on which something falls due: units read, rows made, and the ticks after it."""
    reading = timed(office.refresh)
    now, before, settled = _morning(office), timed.run(_count), Settled()
    ticks = [timed(lambda tx, n=n: scan(tx, office, now + timedelta(minutes=n), 0.0, settled)) for n in range(3)]
    # The second finds that all rows are there; the third knows it.
    ticks[0]["rows"] = timed.run(_count) - before
    return {"reading": reading, "scan": ticks[0], "known": ticks[2]}


def _morning(office: Office) -> datetime:
    """The morning of the first reminder to all communes."""
    season = office.seasons[0]
    days = [
        rung.day
        for milestone in office.plan(season).milestones
        if milestone.owed_by == "invited_units"
        for course in office.courses(season, milestone)
        for rung in rungs(milestone, course.due, office.calendar)
    ]
    return datetime.combine(min(days), SEND_AT, ZONE) + timedelta(minutes=5)


def _count(tx: Tx) -> int:
    return int(tx.execute(select(func.count()).select_from(due)).scalar_one())


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
