"""Extensions: one unit has a later last day for one milestone; why, by whom, and what stood before stays readable."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from bot.store import audit
from bot.store.engine import Tx
from bot.store.once import insert_row
from bot.store.tables import extension


@dataclass(frozen=True, slots=True)
class Extension:
    """`until` is the unit's last day from then on; None: it was taken back, and the usual day counts again."""

    id: int
    season_id: int
    unit_id: int
    milestone: str
    until: date | None
    reason: str
    person_id: int
    at: datetime


def grant(
    tx: Tx,
    *,
    season_id: int,
    unit_id: int,
    milestone: str,
    until: date | None,
    reason: str,
    person_id: int,
    now: datetime,
) -> bool:
    """Give the unit until that day in place of what it was given before, or (None) take that back; False if it stands so."""
    before = current(tx, season_id, milestone, unit_id)
    if until == (before.until if before is not None else None):
        return False
    insert_row(
        tx,
        extension,
        season_id=season_id,
        unit_id=unit_id,
        milestone=milestone,
        until=until,
        reason=reason,
        person_id=person_id,
        at=now,
    )
    audit.note(
        tx,
        "extension.granted" if until else "extension.taken_back",
        f"season:{season_id}",
        at=now,
        about=unit_id,
        before=_traced(tx, milestone, before.until, before.reason) if before is not None else {},
        after=_traced(tx, milestone, until, reason),
    )
    return True


def _traced(tx: Tx, milestone: str, until: date | None, reason: str) -> dict[str, Any]:
    said = {"milestone": milestone, "until": f"{until}" if until else ""}
    return said | ({"reason": audit.digested(tx, reason)} if reason else {})


def current(tx: Tx, season_id: int, milestone: str, unit_id: int) -> Extension | None:
    """What the unit is given now; None if it is given nothing."""
    of = (extension.c.season_id == season_id, extension.c.milestone == milestone, extension.c.unit_id == unit_id)
    row = tx.execute(select(extension).where(*of).order_by(extension.c.id.desc()).limit(1)).first()
    return None if row is None or row.until is None else _extension(row)


def running(tx: Tx, season_id: int) -> list[Extension]:
    """What units are given now in the season, the newest first."""
    last: dict[tuple[str, int], Extension] = {(e.milestone, e.unit_id): e for e in history(tx, season_id)}
    return sorted((e for e in last.values() if e.until is not None), key=lambda e: -e.id)


def history(tx: Tx, season_id: int) -> list[Extension]:
    """All that was given and taken back in the season, the oldest first."""
    rows = tx.execute(select(extension).where(extension.c.season_id == season_id).order_by(extension.c.id)).all()
    return [_extension(row) for row in rows]


def given(tx: Tx, season_id: int, milestone: str) -> dict[int, date]:
    """The last day of each unit that is given one now for that milestone."""
    of = (extension.c.season_id == season_id, extension.c.milestone == milestone)
    rows = tx.execute(select(extension.c.unit_id, extension.c.until).where(*of).order_by(extension.c.id)).all()
    last = {row.unit_id: row.until for row in rows}
    return {unit: until for unit, until in last.items() if until is not None}


def of_seasons(tx: Tx, season_ids: Iterable[int]) -> dict[int, dict[str, dict[int, tuple[date, datetime]]]]:
    """What units are given now in each of these seasons, by milestone and unit: the last day, and when it was given."""
    rows = tx.execute(
        select(extension).where(extension.c.season_id.in_(list(season_ids))).order_by(extension.c.id)
    ).all()
    found: dict[int, dict[str, dict[int, tuple[date, datetime]]]] = {}
    for r in rows:
        of = found.setdefault(r.season_id, {}).setdefault(r.milestone, {})
        if r.until is None:
            of.pop(r.unit_id, None)
        else:
            of[r.unit_id] = (r.until, r.at)
    return {season: {m: units for m, units in of.items() if units} for season, of in found.items()}


def _extension(r: Any) -> Extension:
    return Extension(r.id, r.season_id, r.unit_id, r.milestone, r.until, r.reason, r.person_id, r.at)
