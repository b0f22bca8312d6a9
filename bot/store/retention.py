"""What is let go of after its time: messages by their days, the content of old seasons by the years of their plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, cast, delete, func, or_, select, update

from bot.store import audit, seasons, tickets, unwanted, webchat
from bot.store.engine import Tx
from bot.store.tables import (
    address,
    application,
    broadcast,
    closing,
    draft,
    draft_event,
    exemplar,
    extension,
    inbox,
    occurrence,
    outbox,
    response,
    score,
    submission,
    web_message,
)

GONE = "(đã hủy theo thời hạn lưu)"
"""In the place of an exemplar's name."""
WORDED = ("reply", "album", "notice")
"""The kinds of messages that hold words; the others hold numbers only, and are needed to edit what a group reads."""
REPEATING = "zalo:%"
"""Accounts at which an event of months ago may come anew; so it was measured on some bots."""
ENDED = ("sent", "cancelled", "blocked", "gone", "failed", "unknown")


@dataclass(frozen=True, slots=True)
class Days:
    """For how many days what came in, what went out, and what the web chat shows is kept."""

    inbox: int
    outbox: int
    web: int


@dataclass(frozen=True, slots=True)
class Counted:
    """How many messages that came in were removed, that went out were emptied, and that the web chat showed were
    removed; how many strangers' addresses were emptied, and how many requests to be let in that are decided."""

    inbox: int
    outbox: int
    web: int
    strangers: int
    requests: int
    broadcasts: int = 0
    """What offices wrote to many: the text and the files go, the report stays."""
    links: int = 0
    """Secret links that ended a while ago."""


@dataclass(frozen=True, slots=True)
class OldSeason:
    """A season whose years are over, and how much of it would go. `open`: it was never closed, and so stays."""

    id: int
    plan: str
    year: int
    open: bool
    exemplars: int
    papers: int
    drafts: int
    files: int


def let_go_of_messages(tx: Tx, days: Days, now: datetime) -> Counted:
    """Let go of what is older; of what was counted, one row in the trace."""
    shown = webchat.remove(tx, web_message.c.at < now - timedelta(days=days.web))
    unwanted.note(tx, shown.files, now)
    counted = Counted(
        inbox=_inbox(tx, now - timedelta(days=days.inbox)),
        outbox=_outbox(tx, now - timedelta(days=days.outbox)),
        web=shown.messages,
        strangers=_strangers(tx, now - timedelta(days=days.outbox)),
        requests=_requests(tx, now - timedelta(days=days.outbox)),
        broadcasts=_broadcasts(tx, now - timedelta(days=days.outbox), now),
        links=tickets.drop_old(tx, now),
    )
    if any(asdict(counted).values()):
        audit.note(tx, "retention.messages", "retention:messages", at=now, after=asdict(counted))
    return counted


def old_seasons(tx: Tx, plan: str, keep_years: int, now: datetime) -> list[OldSeason]:
    """The seasons of the plan after whose year so many full years are over, and of which something is left."""
    found = []
    for season in seasons.every(tx):
        if season.plan == plan and now.year > season.year + keep_years:
            one = OldSeason(
                id=season.id,
                plan=plan,
                year=season.year,
                open=season.closed_at is None,
                exemplars=_many(tx, exemplar.c.season_id == season.id, exemplar.c.name != GONE),
                papers=_many(tx, submission.c.season_id == season.id, _filled(submission.c.answers)),
                drafts=len(_answered(tx, season.id)),
                files=len(_files(tx, season.id)),
            )
            if one.exemplars or one.papers or one.drafts:
                found.append(one)
    return found


def let_go_of_season(tx: Tx, old: OldSeason, now: datetime) -> None:
    """Empty what the season holds. Numbers, units and days stay, so that no number is ever given twice and the trace can
    be read; names, answers, points, notes and files go. ValueError if it was never closed."""
    if old.open:
        raise ValueError(f"the season {old.id} is open")
    unwanted.note(tx, _files(tx, old.id), now)
    papers = select(submission.c.id).where(submission.c.season_id == old.id)
    tx.execute(delete(score).where(score.c.submission_id.in_(papers)))
    tx.execute(update(submission).where(submission.c.season_id == old.id).values(answers={}))
    drafts = select(draft.c.id).where(draft.c.season_id == old.id)
    tx.execute(delete(draft_event).where(draft_event.c.draft_id.in_(drafts)))
    tx.execute(update(draft).where(draft.c.season_id == old.id, draft.c.state == "open").values(state="cancelled"))
    tx.execute(
        update(exemplar).where(exemplar.c.season_id == old.id).values(name=GONE, source="", answers={}, total=None)
    )
    tx.execute(update(closing).where(closing.c.season_id == old.id).values(note=""))
    tx.execute(update(occurrence).where(occurrence.c.season_id == old.id).values(note=""))
    tx.execute(update(extension).where(extension.c.season_id == old.id).values(reason=""))
    tx.execute(update(response).where(response.c.season_id == old.id).values(note=""))
    after = {"exemplars": old.exemplars, "papers": old.papers, "drafts": old.drafts, "files": old.files}
    audit.note(tx, "retention.season", f"season:{old.id}", at=now, after=after)


def _inbox(tx: Tx, before: datetime) -> int:
    """The newest row stays: messages out are named after the numbers of these rows, which must never come again.

    Where the platform brings old events again after any time, the ids stay, and nothing beside them.
    """
    newest = select(func.max(inbox.c.id)).scalar_subquery()
    old = (inbox.c.state.in_(("done", "poison")), inbox.c.received_at < before, inbox.c.id < newest)
    again = inbox.c.account.like(REPEATING)
    blank: dict[str, Any] = {"speaker": "", "payload": {}, "error": None, "state": "done", "owner": None}
    named = or_(inbox.c.speaker != "", inbox.c.state == "poison")
    kept = tx.execute(update(inbox).where(*old, again, named).values(**blank)).rowcount
    return kept + tx.execute(delete(inbox).where(*old, ~again)).rowcount


def _outbox(tx: Tx, before: datetime) -> int:
    old = (
        outbox.c.created_at < before,
        outbox.c.kind.in_(WORDED),
        outbox.c.state.in_(ENDED),
        _filled(outbox.c.payload),
    )
    return tx.execute(update(outbox).where(*old).values(payload={}, error=None)).rowcount


def _broadcasts(tx: Tx, before: datetime, now: datetime) -> int:
    old = (
        broadcast.c.state.in_(("done", "stopped", "cancelled")),
        broadcast.c.ended_at < before,
        or_(broadcast.c.text != "", cast(broadcast.c.files, String) != "[]"),
    )
    held = tx.execute(select(broadcast.c.files).where(*old)).scalars().all()
    unwanted.note(tx, {file["sha256"] for files in held for file in files}, now)
    return tx.execute(update(broadcast).where(*old).values(text="", files=[])).rowcount


def _strangers(tx: Tx, before: datetime) -> int:
    """Private addresses behind which nobody stands; whoever comes back from there is simply new."""
    waiting = select(application.c.address_id).where(application.c.state == "waiting")
    leaving = select(outbox.c.address_id).where(outbox.c.state.not_in(ENDED))
    nobody = (
        address.c.private.is_(True),
        address.c.person_id.is_(None),
        address.c.created_at < before,
        address.c.chat.not_like("erased-%"),
        address.c.id.not_in(waiting),
        address.c.id.not_in(leaving),
    )
    blank: dict[str, Any] = {"name": "", "language": "", "focus": {}, "state": "gone"}
    ids = tx.execute(select(address.c.id).where(*nobody)).scalars().all()
    for id in ids:
        tx.execute(update(address).where(address.c.id == id).values(chat=f"erased-{id}", **blank))
    return len(ids)


def _requests(tx: Tx, before: datetime) -> int:
    decided = (application.c.state != "waiting", application.c.at < before, application.c.name != "")
    return tx.execute(update(application).where(*decided).values(name="", post="", reason="")).rowcount


def _filled(column: Any) -> ColumnElement[bool]:
    """That a JSON object in the column is not empty; PostgreSQL does not compare JSON itself."""
    return cast(column, String) != "{}"


def _many(tx: Tx, *conditions: ColumnElement[bool]) -> int:
    return int(tx.execute(select(func.count()).where(*conditions)).scalar_one())


def _answered(tx: Tx, season_id: int) -> Sequence[int]:
    touched = (
        select(draft_event.c.draft_id)
        .join(draft, draft.c.id == draft_event.c.draft_id)
        .where(draft.c.season_id == season_id)
        .distinct()
    )
    return tx.execute(touched).scalars().all()


def _files(tx: Tx, season_id: int) -> set[str]:
    values = tx.execute(
        select(draft_event.c.value)
        .join(draft, draft.c.id == draft_event.c.draft_id)
        .where(draft.c.season_id == season_id, draft_event.c.op == "add")
    ).scalars()
    return {value["sha256"] for value in values if isinstance(value, dict) and value.get("sha256")}
