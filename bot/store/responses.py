"""What units answer to a reminder: received, later, done already; and what the office says of a “done”."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import delete, exists, select, update

from bot.store import audit
from bot.store.engine import Tx
from bot.store.once import ids_of, insert_new, insert_row
from bot.store.tables import response

Kind = Literal["seen", "later", "done", "refused"]
"""seen: the next step is skipped · later: nothing before `until` · done: the unit says that it has sent it, the office is
to confirm that · refused: the office could not find it."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A unit's word that it has sent what it owes, which nobody has confirmed or refused yet."""

    id: int
    season_id: int
    unit_id: int
    milestone: str
    deadline: date
    step: int
    person_id: int
    address_id: int | None
    at: datetime
    note: str = ""
    """Number and date of the letter, as they were typed."""


@dataclass(frozen=True, slots=True)
class Snooze:
    """“Later”: the unit is to be reminded again on that day."""

    id: int
    season_id: int
    unit_id: int
    milestone: str
    deadline: date
    step: int
    until: date


def note(
    tx: Tx,
    *,
    season_id: int,
    unit_id: int,
    milestone: str,
    deadline: date,
    step: int,
    kind: Kind,
    person_id: int,
    address_id: int | None,
    now: datetime,
    until: date | None = None,
    note: str = "",
) -> bool:
    """Note the answer to that reminder; False if the unit gave it before.

    “Later” may be said again with another day, and “done” again after it was refused: then the last word counts.
    """
    of = {"season_id": season_id, "unit_id": unit_id, "milestone": milestone, "deadline": deadline}
    named = {**of, "step": step, "kind": kind}
    said = {"until": until, "note": note, "person_id": person_id, "address_id": address_id, "at": now}
    if insert_new(tx, response, **named, **said) is None:
        if not _is_new_word(tx, of, step, kind, until):
            return False
        tx.execute(delete(response).where(*(response.c[name] == value for name, value in named.items())))
        insert_row(tx, response, **named, **said)
    traced: dict[str, Any] = {"milestone": milestone, "deadline": f"{deadline}", "step": step, "kind": kind}
    traced |= {"until": f"{until}"} if until else {}
    traced |= {"note": audit.digested(tx, note)} if note else {}
    audit.note(tx, "reminder.answered", f"season:{season_id}", at=now, about=unit_id, after=traced)
    return True


def _is_new_word(tx: Tx, of: dict[str, Any], step: int, kind: Kind, until: date | None) -> bool:
    """Whether what is there already at that step says something else, or was overruled since."""
    rows = tx.execute(
        select(response.c.step, response.c.kind, response.c.until)
        .where(*(response.c[name] == value for name, value in of.items()))
        .order_by(response.c.id)
    ).all()
    if kind == "later":
        return all(r.until != until for r in rows if (r.step, r.kind) == (step, kind))
    last = next((r.kind for r in reversed(rows) if r.kind in ("done", "refused")), "")
    return kind in ("done", "refused") and last not in ("", kind)


def quiet(
    tx: Tx,
    season_id: int,
    milestone: str,
    deadline: date,
    after_step: int | None,
    today: date,
    among: Iterable[int] | None = None,
) -> set[int]:
    """The units (all, or those `among` them) that are not to be reminded of that date now: they have received the step
    sent last (`after_step`; None: there was none), want to be left until a later day, or say that they are done, which
    nobody has refused."""
    rows = tx.execute(
        select(response.c.unit_id, response.c.kind, response.c.step, response.c.until, response.c.id)
        .where(response.c.season_id == season_id, response.c.milestone == milestone, response.c.deadline == deadline)
        .where(*([response.c.unit_id.in_(ids_of(tx, among))] if among is not None else []))
        .order_by(response.c.id)
    ).all()
    found: set[int] = set()
    claimed: dict[int, bool] = {}
    later: dict[int, date] = {}
    for r in rows:
        if r.kind == "seen" and r.step == after_step:
            found.add(r.unit_id)
        elif r.kind == "later" and r.until is not None:
            later[r.unit_id] = r.until
        elif r.kind in ("done", "refused"):
            claimed[r.unit_id] = r.kind == "done"
    found |= {unit for unit, until in later.items() if until > today}
    return found | {unit for unit, open_ in claimed.items() if open_}


def open_claims(tx: Tx, season_ids: Iterable[int]) -> list[Claim]:
    """Every “done” that was not refused later, the oldest first, each unit's and date's last word only; whoever settled
    what they owe, by whatever way, is for the caller to leave out."""
    after = response.alias("after")
    newer = exists().where(
        after.c.season_id == response.c.season_id,
        after.c.milestone == response.c.milestone,
        after.c.deadline == response.c.deadline,
        after.c.unit_id == response.c.unit_id,
        after.c.kind.in_(("done", "refused")),
        after.c.id > response.c.id,
    )
    rows = tx.execute(
        select(response)
        .where(response.c.season_id.in_(list(season_ids)), response.c.kind == "done", ~newer)
        .order_by(response.c.id)
    ).all()
    return [
        Claim(r.id, r.season_id, r.unit_id, r.milestone, r.deadline, r.step, r.person_id, r.address_id, r.at, r.note)
        for r in rows
    ]


def ending(tx: Tx, today: date) -> list[Snooze]:
    """The snoozes whose day has come, each unit's and date's last one only, the oldest first."""
    after = response.alias("after")
    newer = exists().where(
        after.c.season_id == response.c.season_id,
        after.c.milestone == response.c.milestone,
        after.c.deadline == response.c.deadline,
        after.c.unit_id == response.c.unit_id,
        after.c.id > response.c.id,
    )
    rows: list[Any] = list(
        tx.execute(
            select(response)
            .where(response.c.kind == "later", response.c.until <= today, ~newer)
            .order_by(response.c.id)
        ).all()
    )
    return [Snooze(r.id, r.season_id, r.unit_id, r.milestone, r.deadline, r.step, r.until) for r in rows]


def end(tx: Tx, ids: Iterable[int]) -> set[int]:
    """The day of these snoozes has come; the units of those that nobody else has ended."""
    ended = tx.execute(
        update(response)
        .where(response.c.id.in_(ids_of(tx, ids)), response.c.until.is_not(None))
        .values(until=None)
        .returning(response.c.unit_id)
    )
    return set(ended.scalars())


def of_unit(tx: Tx, season_id: int, milestone: str, deadline: date, unit_ids: Iterable[int]) -> list[tuple[int, Kind]]:
    """(unit, kind) of all that these units answered to reminders of that date, the oldest first."""
    rows = tx.execute(
        select(response.c.unit_id, response.c.kind)
        .where(
            response.c.season_id == season_id,
            response.c.milestone == milestone,
            response.c.deadline == deadline,
            response.c.unit_id.in_(ids_of(tx, unit_ids)),
        )
        .order_by(response.c.id)
    ).all()
    return [(r.unit_id, r.kind) for r in rows]
