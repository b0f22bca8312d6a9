"""The days that an office sets itself for duties whose document names none; asked once, then kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select, update

from bot.store import audit
from bot.store.engine import Tx
from bot.store.once import insert_new
from bot.store.tables import own_day


@dataclass(frozen=True, slots=True)
class OwnDay:
    """`on`: the last day; `day`: of a periodic duty, the last day in the last month of each period (1 to 31).

    Neither: the office wants no day, and is not asked again.
    """

    milestone: str
    on: date | None
    day: int | None
    person_id: int
    at: datetime


def decide(
    tx: Tx,
    *,
    season_id: int,
    milestone: str,
    on: date | None = None,
    day: int | None = None,
    person_id: int,
    now: datetime,
) -> bool:
    """Set the day, change it, or say that there is to be none; False if that was said before."""
    said = {"on": on, "day": day, "person_id": person_id, "at": now}
    of, traced = f"season:{season_id}", _traced(milestone, on, day)
    if insert_new(tx, own_day, season_id=season_id, milestone=milestone, **said) is not None:
        audit.note(tx, "own_day.set", of, at=now, after=traced)
        return True
    there = (own_day.c.season_id == season_id, own_day.c.milestone == milestone)
    was = tx.execute(select(own_day.c.on, own_day.c.day).where(*there).with_for_update()).first()
    if was is None:  # somebody has just taken it back
        return decide(tx, season_id=season_id, milestone=milestone, on=on, day=day, person_id=person_id, now=now)
    if (was.on, was.day) == (on, day):
        return False
    tx.execute(update(own_day).where(*there).values(**said))
    audit.note(tx, "own_day.set", of, at=now, before=_traced(milestone, was.on, was.day), after=traced)
    return True


def forget(tx: Tx, *, season_id: int, milestone: str, now: datetime) -> bool:
    """Take the day back: the duty has none again, and the office may be asked again; False if there was nothing."""
    there = (own_day.c.season_id == season_id, own_day.c.milestone == milestone)
    was = tx.execute(select(own_day.c.on, own_day.c.day).where(*there)).first()
    if was is None:
        return False
    tx.execute(delete(own_day).where(*there))
    audit.note(tx, "own_day.taken_back", f"season:{season_id}", at=now, before=_traced(milestone, was.on, was.day))
    return True


def decided(tx: Tx, season_id: int) -> dict[str, OwnDay]:
    """What the office has said in the season, by milestone."""
    rows = tx.execute(select(own_day).where(own_day.c.season_id == season_id)).all()
    return {r.milestone: OwnDay(r.milestone, r.on, r.day, r.person_id, r.at) for r in rows}


def of_seasons(tx: Tx, season_ids: Iterable[int]) -> dict[int, dict[str, tuple[date | None, int | None]]]:
    """The days (`on`, `day`) of each of these seasons, by milestone; a season without any is absent."""
    rows = tx.execute(
        select(own_day.c.season_id, own_day.c.milestone, own_day.c.on, own_day.c.day)
        .where(own_day.c.season_id.in_(list(season_ids)), own_day.c.on.is_not(None) | own_day.c.day.is_not(None))
        .order_by(own_day.c.id)
    ).all()
    found: dict[int, dict[str, tuple[date | None, int | None]]] = {}
    for r in rows:
        found.setdefault(r.season_id, {})[r.milestone] = (r.on, r.day)
    return found


def _traced(milestone: str, on: date | None, day: int | None) -> dict[str, Any]:
    return {"milestone": milestone, "on": f"{on}" if on else "", "day": day or 0}
