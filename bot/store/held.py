"""What is held on one person, for themselves to see; and its erasure, as far as the law lets it go."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Column, delete, func, or_, select, update

from bot.store import audit, broadcasts, consents, tickets, unwanted, webchat
from bot.store.consents import Consent
from bot.store.engine import Tx
from bot.store.outbox import ON_THE_WAY
from bot.store.tables import (
    address,
    application,
    broadcast,
    closing,
    delivery,
    draft,
    draft_event,
    escalation,
    extension,
    inbox,
    join_code,
    occurrence,
    outbox,
    own_day,
    person,
    response,
    role,
    step,
    submission,
    web_message,
)
from bot.store.tables import audit as trace

NAMELESS = "(đã xóa)"
"""In the place of a name that stands on nothing; on paper and in lists, which are always Vietnamese."""
_SIGNING: tuple[Column[Any], ...] = (
    submission.c.person_id,
    closing.c.person_id,
    occurrence.c.person_id,
    step.c.person_id,
    extension.c.person_id,
    own_day.c.person_id,
    escalation.c.person_id,
    response.c.person_id,
    application.c.decided_by,
    broadcast.c.person_id,
    delivery.c.seen_by,
)
"""Where the law wants to know later who it was."""


@dataclass(frozen=True, slots=True)
class HeldRole:
    function: str
    unit_id: int | None
    cluster_id: int | None
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class HeldAddress:
    id: int
    channel: str
    chat: str
    state: str
    preferred: bool
    since: datetime


@dataclass(frozen=True, slots=True)
class HeldDraft:
    """A form that is not handed in. `mine` is how many answers this person gave in it; `shared`: somebody else did too."""

    id: int
    form: str
    unit_id: int
    season_id: int
    state: str
    opened_at: datetime
    touched_at: datetime
    mine: int
    shared: bool


@dataclass(frozen=True, slots=True)
class HeldPaper:
    """What this person handed in, by its number."""

    id: int
    form: str
    unit_id: int
    season_id: int
    version: int
    at: datetime


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A file that this person sent as an answer; `kept` by what was handed in."""

    sha256: str
    name: str
    kind: str
    size: int
    at: datetime
    kept: bool


@dataclass(frozen=True, slots=True)
class Held:
    """Everything that the database knows about one person."""

    id: int
    name: str
    language: str
    since: datetime
    roles: tuple[HeldRole, ...]
    addresses: tuple[HeldAddress, ...]
    consents: tuple[Consent, ...]
    drafts: tuple[HeldDraft, ...]
    papers: tuple[HeldPaper, ...]
    files: tuple[HeldFile, ...]
    said: tuple[tuple[datetime, str], ...]
    """Their own words in the web chat."""
    traces: int
    """Rows of the trace that name them, as who did it or as who it was done to."""
    decisions: int
    """Lists closed, letters and days noted, reminders held back, people let in."""
    sent: int
    """Messages that were written to them."""
    links: int = 0
    """Secret links that were given to them."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What went, and what stays. `vacant`: the functions that ended, with their units."""

    addresses: int
    drafts: int
    files: int
    messages: int
    papers: int
    shared: int
    named: bool
    """Whether the name stays, because it stands on something."""
    vacant: tuple[tuple[str, int], ...]


def on(tx: Tx, person_id: int, today: date) -> Held:
    """All that is held on the person; by `today` it shows which functions they have given up."""
    row = tx.execute(select(person).where(person.c.id == person_id)).one()
    places = tuple(
        HeldAddress(r.id, r.channel, r.chat, r.state, r.preferred, r.created_at) for r in _addresses(tx, person_id)
    )
    roles = tx.execute(select(role).where(role.c.person_id == person_id).order_by(role.c.id)).all()
    papers = tx.execute(select(submission).where(submission.c.person_id == person_id).order_by(submission.c.id)).all()
    chats = [place.chat for place in places if place.channel == webchat.CHANNEL]
    words = tx.execute(
        select(web_message.c.at, web_message.c.content)
        .where(web_message.c.chat.in_(chats), web_message.c.side == "person")
        .order_by(web_message.c.id)
    ).all()
    return Held(
        id=row.id,
        name=row.name,
        language=row.language,
        since=row.created_at,
        roles=tuple(HeldRole(r.function, r.unit_id, r.cluster_id, r.valid_from, r.valid_to) for r in roles),
        addresses=places,
        consents=tuple(consents.every(tx, person_id)),
        drafts=tuple(_drafts(tx, person_id, today)),
        papers=tuple(HeldPaper(r.id, r.form, r.unit_id, r.season_id, r.version, r.at) for r in papers),
        files=tuple(_files(tx, person_id)),
        said=tuple((r.at, r.content["text"]) for r in words if r.content.get("text")),
        traces=_traces(tx, person_id),
        decisions=_count(tx, *(column == person_id for column in _SIGNING if column is not submission.c.person_id)),
        sent=_count(tx, outbox.c.address_id.in_([place.id for place in places])),
        links=len(tickets.offered(tx, [place.id for place in places])),
    )


def erase(tx: Tx, person_id: int, now: datetime) -> Erased:
    """Let go of everything about the person that nothing handed in, and no trace, holds fast.

    Their functions end, their addresses are nobody's and lead nowhere, their own unsigned drafts lose their answers. The
    name stays where it stands on something; the trace keeps its references, which are numbers.
    """
    held = on(tx, person_id, now.date())
    places = [place.id for place in held.addresses]
    vacant = _end_roles(tx, person_id, now)
    lost = _empty_drafts(tx, held, now)
    messages, shown = _empty_chats(tx, held.addresses)
    _empty_mail(tx, held.addresses)
    written = select(broadcast.c.id).where(broadcast.c.person_id == person_id, broadcast.c.state == broadcasts.DRAFT)
    for id in tx.execute(written).scalars().all():
        broadcasts.drop(tx, id, now)
    files = lost | shown
    unwanted.note(tx, files, now)
    tx.execute(
        update(join_code)
        .where(join_code.c.person_id == person_id, join_code.c.used_at.is_(None), join_code.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    tx.execute(
        update(application).where(application.c.address_id.in_(places)).values(name=NAMELESS, post="", reason="")
    )
    tickets.forget(tx, places)
    _detach(tx, places, now)
    named = bool(held.papers or held.decisions)
    kept = {} if named else {"name": NAMELESS}
    tx.execute(update(person).where(person.c.id == person_id).values(language="vi", erased_at=now, **kept))
    own = [one for one in held.drafts if not one.shared]
    erased = Erased(
        addresses=len(places),
        drafts=len(own),
        files=len(files),
        messages=messages,
        papers=len(held.papers),
        shared=len(held.drafts) - len(own),
        named=named,
        vacant=vacant,
    )
    audit.note(
        tx,
        "person.erased",
        f"person:{person_id}",
        at=now,
        before={"addresses": erased.addresses, "drafts": erased.drafts, "roles": len(vacant)},
        after={"addresses": 0, "drafts": 0, "roles": 0, "named": named},
    )
    return erased


def _addresses(tx: Tx, person_id: int) -> Sequence[Any]:
    return tx.execute(select(address).where(address.c.person_id == person_id).order_by(address.c.id)).all()


def _drafts(tx: Tx, person_id: int, today: date) -> Iterable[HeldDraft]:
    """Unfinished forms in which the person has a share. What they left to a unit with their function is the unit's own."""
    given_up = _given_up(tx, person_id, today)
    touched = select(draft_event.c.draft_id).where(draft_event.c.person_id == person_id)
    rows = tx.execute(
        select(draft)
        .where(draft.c.state != "submitted", or_(draft.c.opened_by == person_id, draft.c.id.in_(touched)))
        .order_by(draft.c.id)
    ).all()
    for r in rows:
        by = tx.execute(
            select(draft_event.c.person_id, func.count()).where(draft_event.c.draft_id == r.id).group_by("person_id")
        ).all()
        counted: Mapping[int | None, int] = {row[0]: row[1] for row in by}
        mine = counted.get(person_id, 0)
        shared = (
            r.opened_by != person_id or r.unit_id in given_up or any(who not in (None, person_id) for who in counted)
        )
        yield HeldDraft(r.id, r.form, r.unit_id, r.season_id, r.state, r.opened_at, r.touched_at, mine, shared)


def _given_up(tx: Tx, person_id: int, today: date) -> set[int]:
    """The units at which the person's every function has ended."""
    rows = tx.execute(select(role.c.unit_id, role.c.valid_to).where(role.c.person_id == person_id)).all()
    held = {r.unit_id for r in rows if r.valid_to is None or r.valid_to >= today}
    return {r.unit_id for r in rows if r.unit_id is not None} - held


def _files(tx: Tx, person_id: int) -> Iterable[HeldFile]:
    rows = tx.execute(
        select(draft_event.c.value, draft_event.c.at, draft.c.state)
        .join(draft, draft.c.id == draft_event.c.draft_id)
        .where(draft_event.c.person_id == person_id, draft_event.c.op == "add")
        .order_by(draft_event.c.id)
    ).all()
    for r in rows:
        if isinstance(r.value, dict) and r.value.get("sha256"):
            item = r.value
            yield HeldFile(
                item["sha256"], item.get("name", ""), item["kind"], item.get("size", 0), r.at, r.state == "submitted"
            )


def _traces(tx: Tx, person_id: int) -> int:
    about = or_(trace.c.person == person_id, trace.c.object == f"person:{person_id}")
    return int(tx.execute(select(func.count()).select_from(trace).where(about)).scalar_one())


def _count(tx: Tx, *conditions: Any) -> int:
    """How many rows meet the conditions, one by one, each in the table of its column."""
    return sum(int(tx.execute(select(func.count()).where(one)).scalar_one()) for one in conditions)


def _end_roles(tx: Tx, person_id: int, now: datetime) -> tuple[tuple[str, int], ...]:
    today = now.date()
    current = (role.c.person_id == person_id, or_(role.c.valid_to.is_(None), role.c.valid_to >= today))
    rows = tx.execute(select(role.c.function, role.c.unit_id).where(*current).order_by(role.c.id)).all()
    tx.execute(update(role).where(*current).values(valid_to=today - timedelta(days=1)))
    return tuple((r.function, r.unit_id) for r in rows if r.unit_id is not None)


def _empty_drafts(tx: Tx, held: Held, now: datetime) -> set[str]:
    """The answers of drafts that nobody else has a share in; returns the files that were among them."""
    own = [one.id for one in held.drafts if not one.shared]
    values = tx.execute(select(draft_event.c.value).where(draft_event.c.draft_id.in_(own))).scalars().all()
    tx.execute(delete(draft_event).where(draft_event.c.draft_id.in_(own)))
    tx.execute(
        update(draft).where(draft.c.id.in_(own), draft.c.state == "open").values(state="cancelled", touched_at=now)
    )
    return {value["sha256"] for value in values if isinstance(value, dict) and value.get("sha256")}


def _empty_chats(tx: Tx, places: Sequence[HeldAddress]) -> tuple[int, set[str]]:
    """The web chat's messages, theirs and ours; returns how many there were, and the files among them."""
    many = 0
    files: set[str] = set()
    for place in places:
        if place.channel == webchat.CHANNEL:
            gone = webchat.remove(tx, web_message.c.chat == place.chat)
            many, files = many + gone.messages, files | gone.files
    return many, files


def _empty_mail(tx: Tx, places: Sequence[HeldAddress]) -> None:
    """What came from there and what went there: the rows stay, against repetition and as delivery report, empty."""
    ids = [place.id for place in places]
    waiting = outbox.c.state.in_(ON_THE_WAY)
    tx.execute(update(outbox).where(outbox.c.address_id.in_(ids), waiting).values(state="cancelled", lease_until=None))
    tx.execute(update(outbox).where(outbox.c.address_id.in_(ids)).values(payload={}, error=None))
    for place in places:
        speaker = f"{place.channel}/{place.chat}"
        done = (inbox.c.state != "new", or_(inbox.c.speaker == speaker, inbox.c.update_id.startswith(f"{place.chat}:")))
        for id, update_id in tx.execute(select(inbox.c.id, inbox.c.update_id).where(*done)).all():
            named = place.chat in update_id
            told = hashlib.sha256(update_id.encode()).hexdigest() if named else update_id
            gone: dict[str, Any] = {"payload": {}, "speaker": "", "error": None, "update_id": told}
            tx.execute(update(inbox).where(inbox.c.id == id).values(**gone))


def _detach(tx: Tx, places: Sequence[int], now: datetime) -> None:
    """Nobody stands behind these addresses, and they lead nowhere. The rows stay: the trace speaks of them by number."""
    for id in places:
        tx.execute(
            update(address)
            .where(address.c.id == id)
            .values(
                person_id=None,
                unit_id=None,
                chat=f"erased-{id}",
                name="",
                language="",
                state="gone",
                state_at=now,
                preferred=False,
                focus={},
            )
        )
