"""Drafts: forms being filled in for a unit; their answers are events, so nothing is ever overwritten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from bot.forms.answers import Event
from bot.store import audit
from bot.store.engine import Tx
from bot.store.once import insert_row
from bot.store.prepared import Prepared
from bot.store.tables import draft, draft_event


@dataclass(frozen=True, slots=True)
class Draft:
    """A form of a unit. `subject` is the kind of exemplar that is scored; `exemplar_id` the one it is about; `milestone`
    the occasion that a report or a document answers."""

    id: int
    season_id: int
    unit_id: int
    exemplar_id: int | None
    form: str
    subject: str
    state: str
    opened_by: int
    opened_at: datetime
    touched_at: datetime
    milestone: str = ""


_BY_ID = Prepared(select(draft).where(draft.c.id == bindparam("draft")))
_OPEN_OF_EXEMPLAR = Prepared(
    select(draft)
    .where(
        draft.c.exemplar_id == bindparam("about"),
        draft.c.unit_id == bindparam("owner"),
        draft.c.form == bindparam("named"),
        draft.c.state == "open",
    )
    .order_by(draft.c.touched_at.desc(), draft.c.id.desc())
)
_EVENTS = Prepared(
    select(
        draft_event.c.id,
        draft_event.c.op,
        draft_event.c.question,
        draft_event.c.value,
        draft_event.c.person_id,
        draft_event.c.at,
    )
    .where(draft_event.c.draft_id == bindparam("draft"))
    .order_by(draft_event.c.id)
)
_TOUCH = Prepared(update(draft).where(draft.c.id == bindparam("row")).values(touched_at=bindparam("now")))


def _draft(row: Any) -> Draft:
    return Draft(
        row.id,
        row.season_id,
        row.unit_id,
        row.exemplar_id,
        row.form,
        row.subject,
        row.state,
        row.opened_by,
        row.opened_at,
        row.touched_at,
        row.milestone,
    )


def begin(
    tx: Tx,
    *,
    season_id: int,
    unit_id: int,
    form: str,
    person_id: int,
    now: datetime,
    exemplar_id: int | None = None,
    subject: str = "",
    milestone: str = "",
) -> Draft:
    """Open a draft for the unit."""
    id = insert_row(
        tx,
        draft,
        season_id=season_id,
        unit_id=unit_id,
        exemplar_id=exemplar_id,
        form=form,
        subject=subject,
        milestone=milestone,
        state="open",
        opened_by=person_id,
        opened_at=now,
        touched_at=now,
    )
    audit.note(
        tx,
        "draft.opened",
        f"draft:{id}",
        at=now,
        about=unit_id,
        after={
            "season": season_id,
            "form": form,
            "subject": subject,
            "milestone": milestone,
            "exemplar": exemplar_id,
            "state": "open",
        },
    )
    return by_id(tx, id)


def by_id(tx: Tx, id: int) -> Draft:
    """The draft; LookupError if there is none."""
    row = _BY_ID.first(tx, draft=id)
    if row is None:
        raise LookupError(f"no draft {id}")
    return _draft(row)


def open_of_units(tx: Tx, unit_ids: tuple[int, ...]) -> list[Draft]:
    """Drafts of these units that are not handed in, the last touched first."""
    rows = tx.execute(
        select(draft)
        .where(draft.c.unit_id.in_(unit_ids), draft.c.state == "open")
        .order_by(draft.c.touched_at.desc(), draft.c.id.desc())
    ).all()
    return [_draft(row) for row in rows]


def begun(tx: Tx, found: Sequence[Draft]) -> list[Draft]:
    """Those of the drafts in which something was done, in the given order."""
    ids = {draft.id for draft in found}
    done = set(tx.execute(select(draft_event.c.draft_id).where(draft_event.c.draft_id.in_(ids)).distinct()).scalars())
    return [draft for draft in found if draft.id in done]


def untouched(tx: Tx, found: Sequence[Draft]) -> Draft | None:
    """The first of the drafts in which nothing was done yet: who begins again is given that one."""
    started = begun(tx, found)
    return next((draft for draft in found if draft not in started), None)


def open_of_exemplar(tx: Tx, exemplar_id: int, unit_id: int, form: str) -> Draft | None:
    """The draft of that form about the exemplar that is not handed in, the last touched if there are several."""
    row = _OPEN_OF_EXEMPLAR.first(tx, about=exemplar_id, owner=unit_id, named=form)
    return _draft(row) if row else None


def events(tx: Tx, id: int) -> list[Event]:
    """All that was answered in the draft, in order; values as JSON."""
    rows = _EVENTS.all(tx, draft=id)
    return [Event(r.id, r.op, r.question, r.value, r.person_id, r.at) for r in rows]


def note(
    tx: Tx,
    draft_id: int,
    op: str,
    question: str,
    value: Any,
    *,
    person_id: int | None,
    address_id: int | None,
    message: str,
    now: datetime,
) -> int:
    """Add one event to the draft; returns its id."""
    id = insert_row(
        tx,
        draft_event,
        draft_id=draft_id,
        op=op,
        question=question,
        value=value,
        person_id=person_id,
        address_id=address_id,
        message=message,
        at=now,
    )
    _TOUCH.count(tx, row=draft_id, now=now)
    return id


def said_in(tx: Tx, address_id: int, message: str) -> list[tuple[int, Event]]:
    """(draft id, event) of everything that one message of a person answered."""
    rows = tx.execute(
        select(draft_event)
        .where(draft_event.c.address_id == address_id, draft_event.c.message == message)
        .order_by(draft_event.c.id)
    ).all()
    return [(r.draft_id, Event(r.id, r.op, r.question, r.value, r.person_id, r.at)) for r in rows]


def held_open(tx: Tx, id: int) -> bool:
    """Whether it is open; until the end of the transaction nobody else can hand it in or cancel it."""
    return tx.execute(select(draft.c.state).where(draft.c.id == id).with_for_update()).scalar() == "open"


def close(tx: Tx, id: int, state: str, *, exemplar_id: int | None = None) -> bool:
    """submitted | cancelled; False if it was not open any more."""
    values: dict[str, Any] = {"state": state}
    if exemplar_id is not None:
        values["exemplar_id"] = exemplar_id
    closed = update(draft).where(draft.c.id == id, draft.c.state == "open").values(**values)
    unit_id = tx.execute(closed.returning(draft.c.unit_id)).scalar()
    if unit_id is None:
        return False
    audit.note(
        tx,
        "draft.cancelled" if state == "cancelled" else "draft.submitted",
        f"draft:{id}",
        about=unit_id,
        before={"state": "open"},
        after={"state": state, **({} if exemplar_id is None else {"exemplar": exemplar_id})},
    )
    return True
