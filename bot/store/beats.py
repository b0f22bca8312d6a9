"""When each tick ran last, and which processes are there: what shows that the clock goes on."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, delete, or_, select, update

from bot.store.engine import Tx
from bot.store.once import insert_once
from bot.store.tables import beat

PROCESS = "process:"
"""A process notes itself under this and its own name."""
FORGOTTEN_AFTER = 3600.0  # seconds; so long one can see that a process was ended by force
NO_TICK_ANY_MORE = 7 * 86400.0  # seconds


@dataclass(frozen=True, slots=True)
class Beat:
    """A tick (or a process) and its last run: epoch seconds, seconds that it took (of a process: for how long it runs),
    seconds between two runs, and whose it was."""

    name: str
    at: float
    took: float
    every: float
    owner: str


def note(tx: Tx, found: Beat) -> None:
    """It ran; an earlier run that is noted later does not count."""
    values = {"at": found.at, "took": found.took, "every": found.every, "owner": found.owner[:40]}
    noted = tx.execute(update(beat).where(beat.c.name == found.name, beat.c.at <= found.at).values(values))
    if not noted.rowcount:
        insert_once(tx, beat, name=found.name, **values)


def note_process(tx: Tx, owner: str, at: float, runs_for: float, every: float) -> None:
    """This process is there; those that have not said so for an hour are forgotten, and ticks of an earlier Khéo."""
    note(tx, Beat(f"{PROCESS}{owner}"[:32], at, runs_for, every, owner))
    old = or_(
        and_(beat.c.name.startswith(PROCESS), beat.c.at < at - FORGOTTEN_AFTER), beat.c.at < at - NO_TICK_ANY_MORE
    )
    tx.execute(delete(beat).where(old))


def end_process(tx: Tx, owner: str) -> None:
    """This process ends, as it should."""
    tx.execute(delete(beat).where(beat.c.name == f"{PROCESS}{owner}"[:32]))


def every(tx: Tx) -> list[Beat]:
    """All of them, by name."""
    rows = tx.execute(select(beat).order_by(beat.c.name)).all()
    return [Beat(row.name, row.at, row.took, row.every, row.owner) for row in rows]
