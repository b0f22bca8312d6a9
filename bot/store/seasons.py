"""Seasons: one plan in one year, pinned to the version of the plan with which it was opened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from bot.store.engine import Tx
from bot.store.once import insert_new
from bot.store.tables import season


@dataclass(frozen=True, slots=True)
class Season:
    id: int
    plan: str
    year: int
    plan_version: str
    opened_at: datetime


def open_season(tx: Tx, plan: str, year: int, plan_version: str, now: datetime) -> bool:
    """Open the season; False if it was open already."""
    made = insert_new(tx, season, plan=plan, year=year, plan_version=plan_version, opened_at=now)
    return made is not None


def all_open(tx: Tx) -> list[Season]:
    """Every season that is not closed, by plan and year."""
    rows = tx.execute(select(season).where(season.c.closed_at.is_(None)).order_by(season.c.plan, season.c.year)).all()
    return [Season(r.id, r.plan, r.year, r.plan_version, r.opened_at) for r in rows]
