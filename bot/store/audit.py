"""The trace: one row for every effect, written in its transaction, never changed; bot/store/seals.py seals the rows."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, or_, select

from bot.clock import Clock
from bot.store.engine import Tx
from bot.store.once import insert_once, insert_row
from bot.store.prepared import Prepared
from bot.store.tables import (
    address,
    application,
    audit,
    cluster,
    draft,
    exemplar,
    join_code,
    kept,
    outbox,
    person,
    season,
    submission,
)
from bot.vietnamese import fold

SALT = "audit_salt"
SERVER, CLOCK = "server", "clock"
"""The channels of what is done on the command line, and of what the program does by itself."""

BOOKKEEPING: Mapping[str, str] = MappingProxyType(
    {
        "inbox.add": "what came in, before anybody has acted on it",
        "inbox.done": "the words are let go of; what they did has its own rows",
        "inbox.take": "the same",
        "inbox.take_next": "the same",
        "inbox.take_over": "leases",
        "inbox.renew": "leases",
        "inbox.let_go": "leases",
        "inbox.failed": "a turn that broke did nothing; the inbox itself says how often",
        "outbox.add_replies": "the outbox is its own delivery report",
        "outbox.add": "the same",
        "outbox._leased": "leases",
        "outbox._one_claims": "which channel a message is for, where it was written without it",
        "outbox.begin_sending": "leases",
        "outbox.sent": "the delivery report",
        "outbox.put_back": "leases",
        "outbox.end": "the delivery report",
        "outbox.renew": "leases",
        "outbox.occupy": "how much of the platform's pace a group has used up",
        "outbox.follow": "follows a group to its new address, which is noted",
        "outbox._free": "leases",
        "outbox.refresh": "a message edited after what it tells of; that has its own rows",
        "outbox.add_to": "an acknowledgement that waits is given more to say",
        "outbox.take_back": "what was still on its way to people who no longer want it; the reason has its own rows",
        "outbox.pass_on": "the delivery report: the same message to another address",
        "outbox.wake": "what waited for a bot to have messages again",
        "usage.used_up": "the platform's own word that there are no more; the log has it",
        "usage.tell": "which warning was given; the messages themselves stand in the outbox",
        "broadcasts.begin": "nothing leaves before it is confirmed, and that is noted with all it holds",
        "broadcasts.change": "the same",
        "broadcasts.drop": "the same",
        "broadcasts.write_some": "follows from the confirmation",
        "broadcasts.wake": "what waited for the offices to open",
        "broadcasts.finish": "the delivery report: all its messages have come to their end",
        "broadcasts.see": "the delivery report: who pressed the button, and when",
        "webchat.add": "the platform that we are ourselves: its messages, not what they do",
        "webchat.edit": "the same",
        "webchat.empty": "somebody who has not agreed to the notice wrote: their words are let go of",
        "webchat.remove": "part of an erasure or of a round of the clock, which are noted with how many",
        "unwanted.note": "follows from an erasure, a round of the clock, or a file of somebody who has not agreed",
        "unwanted.settled": "the file is gone, or is needed after all",
        "tickets.offer": "a link was written to somebody; what is done by it has its own rows",
        "tickets.forget": "part of an erasure, which is noted",
        "tickets.drop_old": "part of a round of the clock, which is noted with how many",
        "drafts.note": "answers are events on the draft, with who and when; opening and ending a draft are noted",
        "dues.made": "follows from the plan and the calendar; nobody decides anything",
        "dues.wake": "follows from a unit's answer, which is noted, and the calendar",
        "dues.settle_earlier": "brings rows of an earlier version into the form of this one, at the start",
        "responses.end": "the day that a unit named has come; its answer was noted",
        "outbox.retire": "a message edited because another followed it",
        "seasons.keep": "a plan's text, named by its version in the rows of the season that goes by it",
        "people.greet": "an address was seen; nobody stands behind it yet",
        "people.remember_focus": "the place in a form",
        "beats.note": "when a tick ran; nobody decides anything",
        "beats.note_process": "the same of a process",
        "beats.end_process": "the same",
        "vitals.note_backup": "a backup was made: it changes nothing, and the operator's own log has it",
        "people.count_try": "wrong codes in a row, forgotten after a while",
    }
)
"""What is written into tables without being an effect, and why not (a test walks over bot/store and compares)."""


@dataclass(frozen=True, slots=True)
class By:
    """Who acts: a person for a unit, on a channel. Without a person it is the program, or somebody on the server."""

    channel: str
    person: int | None = None
    unit: int | None = None


def acting(tx: Tx, by: By, at: datetime | None = None) -> None:
    """Say who acts in this work from here on, and when. Until then it is the program itself."""
    tx.info["by"] = (by, at)


def note(
    tx: Tx,
    action: str,
    object: str,
    *,
    at: datetime | None = None,
    about: int | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write that it was done, at that moment; left out, at the one that `acting` told.

    `action` is “noun.verb” (“exemplar.registered”), `object` “noun:id”, `about` the unit that it concerns. `before` and
    `after` hold states, points, dates, ids – and of whatever a person wrote or is called only `digested`.
    """
    by, told = tx.info.get("by") or (By(CLOCK), None)
    insert_row(
        tx,
        audit,
        at=at or told or Clock().now(),
        person=by.person,
        unit=by.unit,
        channel=by.channel,
        action=action,
        object=object,
        about=about,
        before=_plain(before),
        after=_plain(after),
    )


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Of both only what differs."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return {n: before[n] for n in names if n in before}, {n: after[n] for n in names if n in after}


def _plain(value: Any) -> Any:
    """The value as JSON has it; a decimal as text, a moment in UTC."""
    if isinstance(value, Mapping):
        return {str(name): _plain(held) for name, held in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(held) for held in value]
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value


_SALTED = Prepared(select(kept.c.value).where(kept.c.name == bindparam("named")))


def digested(tx: Tx, text: str) -> str:
    """What stands in the trace for a text: with the text at hand it can be checked, without it nothing can be read."""
    salt = _SALTED.scalar(tx, named=SALT)
    if salt is None:
        insert_once(tx, kept, name=SALT, value=secrets.token_hex(32))
        salt = _SALTED.scalar(tx, named=SALT)
    return "~" + hmac.new(bytes.fromhex(salt), text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:32]


def digested_json(tx: Tx, said: Mapping[str, Any]) -> str:
    """The same for what was answered to several questions; the order in which it is kept does not matter."""
    return digested(tx, json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":")))


@dataclass(frozen=True, slots=True)
class Row:
    """One effect, as it was written."""

    id: int
    at: datetime
    person: int | None
    unit: int | None
    channel: str
    action: str
    object: str
    about: int | None
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows: of these objects, done by that person or to them (and what is `theirs`), about one of these units – with `acting` also those that
    were done for it elsewhere –, from `since` until before `until`. What is left out does not narrow."""

    objects: Sequence[str] = ()
    person: int | None = None
    theirs: Sequence[str] = ()
    units: Sequence[int] = ()
    acting: bool = False
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.objects:
            found.append(audit.c.object.in_(self.objects))
        if self.person is not None:
            to_them = audit.c.object.in_([f"person:{self.person}", *self.theirs])
            found.append(or_(audit.c.person == self.person, to_them))
        if self.units:
            there = [audit.c.about.in_(self.units), audit.c.object.in_([f"unit:{id}" for id in self.units])]
            found.append(or_(*there, *([audit.c.unit.in_(self.units)] if self.acting else [])))
        if self.since is not None:
            found.append(audit.c.at >= self.since)
        if self.until is not None:
            found.append(audit.c.at < self.until)
        return found


def rows(tx: Tx, wanted: Wanted, *, after: int = 0, limit: int = 50, newest: bool = False) -> list[Row]:
    """The wanted rows above the id `after`, the oldest of them – or the newest –, always oldest first."""
    order = audit.c.id.desc() if newest else audit.c.id
    found = tx.execute(select(audit).where(*wanted.conditions(), audit.c.id > after).order_by(order).limit(limit)).all()
    read = [
        Row(
            r.id,
            r.at,
            r.person,
            r.unit,
            r.channel,
            r.action,
            r.object,
            r.about,
            dict(r.before or {}),
            dict(r.after or {}),
        )
        for r in found
    ]
    return read[::-1] if newest else read


NEWEST = 200
"""Rows that are looked at again and again: on PostgreSQL one may be committed after others with greater ids."""


def newest(tx: Tx) -> dict[int, str]:
    """Id → action of the newest rows."""
    found = tx.execute(select(audit.c.id, audit.c.action).order_by(audit.c.id.desc()).limit(NEWEST)).all()
    return {row.id: row.action for row in found}


def with_its_parts(tx: Tx, object: str) -> list[str]:
    """The object; of an exemplar also its drafts and what was handed in about it, of a person their codes and addresses."""
    noun, _, id = object.partition(":")
    parts = _PARTS.get(noun, {}) if id.isdecimal() else {}
    found = [(name, tx.execute(rows, {"of": int(id)}).scalars()) for name, rows in parts.items()]
    return [object, *(f"{name}:{row}" for name, rows in found for row in rows)]


_PARTS: Mapping[str, Mapping[str, Select[Any]]] = MappingProxyType(
    {
        "exemplar": {
            name: select(table.c.id).where(table.c.exemplar_id == bindparam("of")).order_by(table.c.id)
            for name, table in (("draft", draft), ("submission", submission))
        },
        "person": {
            name: select(table.c.id).where(table.c.person_id == bindparam("of")).order_by(table.c.id)
            for name, table in (("code", join_code), ("address", address))
        },
    }
)


@dataclass(frozen=True, slots=True)
class Thing:
    """What an object of the trace is today, in the living tables; `name` as far as it has one."""

    name: str = ""
    erased: bool = False
    season: int | None = None
    year: int = 0
    form: str = ""
    exemplar: int | None = None


_LIVING: Mapping[str, Select[Any]] = MappingProxyType(
    {
        "person": select(person.c.id, person.c.name, person.c.erased_at),
        "exemplar": select(exemplar.c.id, exemplar.c.name, exemplar.c.season_id),
        "draft": select(draft.c.id, draft.c.season_id, draft.c.form, draft.c.exemplar_id),
        "submission": select(submission.c.id, submission.c.season_id, submission.c.form, submission.c.exemplar_id),
        "season": select(season.c.id, season.c.plan.label("name"), season.c.year, season.c.id.label("season_id")),
        "cluster": select(cluster.c.id, cluster.c.name),
        "code": select(join_code.c.id, join_code.c.kind.label("name")),
        "address": select(address.c.id, address.c.channel.label("name")),
        "application": select(application.c.id),
        "message": select(outbox.c.id),
    }
)


def things(tx: Tx, objects: Iterable[str]) -> dict[str, Thing]:
    """What these objects are today; one that is gone is absent."""
    wanted: dict[str, set[int]] = {}
    for object in objects:
        noun, _, id = object.partition(":")
        if noun in _LIVING and id.isdecimal():
            wanted.setdefault(noun, set()).add(int(id))
    found = {}
    for noun, ids in wanted.items():
        living = _LIVING[noun]
        for row in tx.execute(living.where(living.selected_columns.id.in_(ids))).mappings().all():
            found[f"{noun}:{row['id']}"] = Thing(
                name=row.get("name", ""),
                erased=row.get("erased_at") is not None,
                season=row.get("season_id"),
                year=row.get("year", 0),
                form=row.get("form", ""),
                exemplar=row.get("exemplar_id"),
            )
    return found


def people_called(tx: Tx, name: str) -> list[int]:
    """The people of that name, however it is typed; not those who had themselves erased."""
    wanted = fold(name)
    rows = tx.execute(select(person.c.id, person.c.name).where(person.c.erased_at.is_(None)).order_by(person.c.id))
    return [row.id for row in rows if fold(row.name) == wanted]
