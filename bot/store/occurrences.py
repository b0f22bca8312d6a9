"""Occurrences: what milestones wait for or are counted from, and the day on which it happened in a season."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select, update

from bot.store import audit
from bot.store.engine import Tx
from bot.store.once import insert_new
from bot.store.tables import occurrence


@dataclass(frozen=True, slots=True)
class Noted:
    """That it happened `on` that day, by which paper (`note`), and who said so."""

    name: str
    on: date
    note: str
    person_id: int
    at: datetime


def note(tx: Tx, *, season_id: int, name: str, on: date, person_id: int, now: datetime, note: str = "") -> bool:
    """Note the day, or correct it; False if exactly that was noted before."""
    said = {"on": on, "note": note, "person_id": person_id, "at": now}
    of, traced = f"season:{season_id}", _traced(tx, name, on, note)
    if insert_new(tx, occurrence, season_id=season_id, name=name, **said) is not None:
        audit.note(tx, "occurrence.noted", of, at=now, after=traced)
        return True
    there = (occurrence.c.season_id == season_id, occurrence.c.name == name)
    differs = (occurrence.c.on != on) | (occurrence.c.note != note)
    was = tx.execute(select(occurrence.c.on, occurrence.c.note).where(*there, differs).with_for_update()).first()
    if was is None:
        return False
    tx.execute(update(occurrence).where(*there).values(**said))
    audit.note(tx, "occurrence.corrected", of, at=now, before=_traced(tx, name, was.on, was.note), after=traced)
    return True


def _traced(tx: Tx, name: str, on: date, note: str) -> dict[str, Any]:
    return {"name": name, "on": on, "note": audit.digested(tx, note) if note else ""}


def take_back(tx: Tx, *, season_id: int, name: str, now: datetime) -> None:
    """It is not known any more that it happened."""
    there = (occurrence.c.season_id == season_id, occurrence.c.name == name)
    on = tx.execute(select(occurrence.c.on).where(*there)).scalar()
    if on is not None:
        tx.execute(delete(occurrence).where(*there))
        audit.note(tx, "occurrence.taken_back", f"season:{season_id}", at=now, before={"name": name, "on": f"{on}"})


def noted(tx: Tx, season_id: int) -> dict[str, Noted]:
    """What has been noted in the season, by the occurrence's id in the plan."""
    rows = tx.execute(select(occurrence).where(occurrence.c.season_id == season_id)).all()
    return {r.name: Noted(r.name, r.on, r.note, r.person_id, r.at) for r in rows}


def of_seasons(tx: Tx, season_ids: Iterable[int]) -> dict[int, dict[str, date]]:
    """The days of each of these seasons, by the occurrence's id in the plan; a season without any is absent."""
    rows = tx.execute(
        select(occurrence.c.season_id, occurrence.c.name, occurrence.c.on)
        .where(occurrence.c.season_id.in_(list(season_ids)))
        .order_by(occurrence.c.id)
    ).all()
    found: dict[int, dict[str, date]] = {}
    for r in rows:
        found.setdefault(r.season_id, {})[r.name] = r.on
    return found
