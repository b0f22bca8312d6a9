"""People, what they may act as, the addresses where they are reached, and the codes by which they join."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, and_, bindparam, case, func, insert, or_, select, update

from bot.chat import Address
from bot.rules.access import Actor, Grant
from bot.store import audit
from bot.store.engine import Tx
from bot.store.once import ids_of, insert_row
from bot.store.prepared import Prepared
from bot.store.tables import address, cluster_unit, consent, join_code, person, role, unit

CODE_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # without I, L, O, 0, 1: they are read wrong from paper
CODE_LENGTH = 8  # 31^8 ≈ 8.5e11: with the limit on tries not to be guessed
CODE_DAYS = 14
LANGUAGE_LETTERS = 8  # what the column takes; a platform may say "zh-hant-tw"


@dataclass(slots=True)
class Contact:
    """An address with whoever stands behind it: a person (private chat), a unit's group, or nobody known.

    `focus` is what is stored beside the answers: which draft and question are open here, which options were shown.
    """

    id: int
    address: Address
    private: bool
    person_id: int | None
    unit_id: int | None
    name: str
    language: str
    state: str
    tries: int
    tried_at: datetime | None
    focus: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody known, with the functions they hold today."""

    id: int
    name: str
    language: str
    grants: tuple[Grant, ...] = field(default_factory=tuple)
    agreed_to: str = ""
    """The version of the notice on their data to which their last word was yes; empty if it was no, or none."""

    @property
    def actor(self) -> Actor:
        return Actor(self.id, self.grants)

    @property
    def units(self) -> tuple[int, ...]:
        """The units at which they hold any function, without repetition."""
        return tuple(dict.fromkeys(grant.unit for grant in self.grants if grant.unit is not None))

    @property
    def concerned(self) -> tuple[int, ...]:
        """The same with the units of the clusters for which they hold one."""
        return tuple(dict.fromkeys((*self.units, *(id for grant in self.grants for id in sorted(grant.cluster)))))


_CONTACT = Prepared(
    select(address).where(
        address.c.channel == bindparam("at_channel"),
        address.c.chat == bindparam("at_chat"),
        address.c.thread == bindparam("at_thread"),
    )
)
_REMEMBER = Prepared(
    update(address)
    .where(address.c.id == bindparam("row"))
    .values(focus=bindparam("now_open", type_=address.c.focus.type))
)
_KNOWN = Prepared(
    select(person.c.id, person.c.name, person.c.language, role.c.function, role.c.unit_id, role.c.cluster_id)
    .add_columns(
        unit.c.valid_to.label("last_day"),
        select(case((consent.c.given, consent.c.version)))
        .where(consent.c.person_id == person.c.id)
        .order_by(consent.c.id.desc())
        .limit(1)
        .scalar_subquery()
        .label("agreed_to"),
    )
    .select_from(
        person.outerjoin(
            role,
            and_(
                role.c.person_id == person.c.id,
                or_(role.c.valid_from.is_(None), role.c.valid_from <= bindparam("since", type_=Date)),
                or_(role.c.valid_to.is_(None), role.c.valid_to >= bindparam("until", type_=Date)),
            ),
        ).outerjoin(unit, unit.c.id == role.c.unit_id)
    )
    .where(person.c.id == bindparam("who"))
    .order_by(role.c.id)
)
_MEMBERS = Prepared(
    select(cluster_unit.c.unit_id, unit.c.valid_to.label("last_day"))
    .join(unit, unit.c.id == cluster_unit.c.unit_id)
    .where(cluster_unit.c.cluster_id == bindparam("of"))
)


def _contact(row: Any) -> Contact:
    return Contact(
        id=row.id,
        address=Address(row.channel, row.chat, row.thread),
        private=row.private,
        person_id=row.person_id,
        unit_id=row.unit_id,
        name=row.name,
        language=row.language,
        state=row.state,
        tries=row.tries,
        tried_at=row.tried_at,
        focus=dict(row.focus),
    )


def contact(tx: Tx, at: Address) -> Contact | None:
    """Whoever is reached at that address, if it was ever seen."""
    row = _CONTACT.first(tx, at_channel=at.channel, at_chat=at.chat, at_thread=at.thread)
    return _contact(row) if row else None


def contact_by_id(tx: Tx, id: int) -> Contact:
    return _contact(tx.execute(select(address).where(address.c.id == id)).one())


def language_at(tx: Tx, contact: Contact) -> str:
    """What is spoken there: the person's language, to a stranger the one that their platform names, in a group Vietnamese."""
    if contact.person_id is None:
        return contact.language if contact.private else "vi"
    return str(tx.execute(select(person.c.language).where(person.c.id == contact.person_id)).scalar_one())


def greet(tx: Tx, at: Address, *, private: bool, name: str, language: str, now: datetime) -> Contact:
    """The contact at that address, noted for the first time if need be. A new forum thread takes its group's unit."""
    known = contact(tx, at)
    if known is not None:
        return known
    unit_id = None
    if not private:
        linked = select(address.c.unit_id).where(_chat(at), address.c.unit_id.is_not(None)).limit(1)
        unit_id = tx.execute(linked).scalar()
    tx.execute(
        insert(address).values(
            channel=at.channel,
            chat=at.chat,
            thread=at.thread,
            private=private,
            unit_id=unit_id,
            name=name,
            language=language[:LANGUAGE_LETTERS],
            state="ok",
            tries=0,
            focus={},
            created_at=now,
        )
    )
    made = contact(tx, at)
    assert made is not None
    return made


def _chat(at: Address) -> ColumnElement[bool]:
    """The address with all its threads."""
    return and_(address.c.channel == at.channel, address.c.chat == at.chat)


def remember_focus(tx: Tx, contact_id: int, focus: dict[str, Any]) -> None:
    _REMEMBER.count(tx, row=contact_id, now_open=focus)


def note_state(tx: Tx, contact_id: int, state: str, now: datetime) -> None:
    """ok | blocked | gone: whether messages still arrive there, and since when."""
    before = tx.execute(select(address.c.state).where(address.c.id == contact_id)).scalar()
    if before == state:
        return
    tx.execute(update(address).where(address.c.id == contact_id).values(state=state, state_at=now))
    audit.note(tx, "address.state", f"address:{contact_id}", at=now, before={"state": before}, after={"state": state})


def note_group(tx: Tx, at: Address, state: str, now: datetime) -> None:
    """The same for a group with all its threads."""
    rows = tx.execute(select(address.c.id).where(_chat(at), address.c.state != state)).scalars().all()
    for id in rows:
        note_state(tx, id, state, now)


def move(tx: Tx, old: Address, new_chat: str, now: datetime) -> None:
    """A group got a new chat id: every thread of it moves, unless the new address is known already."""
    there, here = _chat(old), _chat(Address(old.channel, new_chat))
    moving = tx.execute(select(address.c.id).where(there).order_by(address.c.id)).scalars().all()
    if not moving:
        return
    known_there = tx.execute(select(address.c.id).where(here).order_by(address.c.id)).scalars().first()
    if known_there is None:
        tx.execute(update(address).where(there).values(chat=new_chat, state="ok", state_at=now))
    else:
        unit_id = tx.execute(select(address.c.unit_id).where(there)).scalar()
        tx.execute(update(address).where(here, address.c.unit_id.is_(None)).values(unit_id=unit_id))
        tx.execute(update(address).where(there).values(state="gone", state_at=now))
    after = {"to": f"address:{known_there or moving[0]}"}
    audit.note(tx, "group.moved", f"address:{moving[0]}", at=now, after=after)


def link_group(tx: Tx, contact_id: int, unit_id: int | None, now: datetime) -> None:
    """The group at that address, with all its threads, belongs to the unit; to none, if that is None."""
    row = tx.execute(
        select(address.c.channel, address.c.chat, address.c.unit_id).where(address.c.id == contact_id)
    ).one()
    tx.execute(update(address).where(_chat(Address(row.channel, row.chat))).values(unit_id=unit_id))
    audit.note(
        tx,
        "group.linked" if unit_id is not None else "group.unlinked",
        f"address:{contact_id}",
        at=now,
        about=unit_id if unit_id is not None else row.unit_id,
        before={"unit": row.unit_id},
        after={"unit": unit_id},
    )


def set_language(tx: Tx, person_id: int, language: str, now: datetime) -> None:
    tx.execute(update(person).where(person.c.id == person_id).values(language=language))
    audit.note(tx, "person.language", f"person:{person_id}", at=now, after={"language": language})


def add(
    tx: Tx,
    name: str,
    unit_id: int | None,
    function: str,
    now: datetime,
    language: str = "vi",
    *,
    cluster_id: int | None = None,
) -> int:
    """A new person with one function at a unit or for a cluster; returns their id."""
    id = insert_row(tx, person, name=name, language=language, created_at=now)
    tx.execute(insert(role).values(person_id=id, unit_id=unit_id, cluster_id=cluster_id, function=function))
    after = {"name": audit.digested(tx, name), "function": function, "unit": unit_id, "cluster": cluster_id}
    audit.note(tx, "person.added", f"person:{id}", at=now, about=unit_id, after=after)
    return id


def enter(tx: Tx, name: str, now: datetime, language: str = "vi") -> int:
    """A new person who is nothing yet; returns their id."""
    id = insert_row(tx, person, name=name, language=language, created_at=now)
    audit.note(tx, "person.entered", f"person:{id}", at=now, after={"name": audit.digested(tx, name)})
    return id


def grant(
    tx: Tx,
    person_id: int,
    function: str,
    now: datetime,
    *,
    unit_id: int | None = None,
    cluster_id: int | None = None,
    until: date | None = None,
) -> bool:
    """From that day on, and until another where one is given, the person holds the function there; False if they do
    already.
    """
    today = now.date()
    same = select(role.c.id).where(
        role.c.person_id == person_id,
        role.c.function == function,
        role.c.unit_id.is_(None) if unit_id is None else role.c.unit_id == unit_id,
        role.c.cluster_id.is_(None) if cluster_id is None else role.c.cluster_id == cluster_id,
        or_(role.c.valid_to.is_(None), role.c.valid_to >= today),
    )
    if tx.execute(same).first() is not None:
        return False
    give(tx, person_id, function, now, unit_id=unit_id, cluster_id=cluster_id, valid_from=today, valid_to=until)
    return True


def give(
    tx: Tx,
    person_id: int,
    function: str,
    now: datetime,
    *,
    unit_id: int | None,
    cluster_id: int | None,
    valid_from: date | None,
    valid_to: date | None,
) -> int:
    """A function for somebody, between two days where they are known, whatever they hold already; returns the id of
    the role.
    """
    days = {"valid_from": valid_from, "valid_to": valid_to}
    id = insert_row(tx, role, person_id=person_id, unit_id=unit_id, cluster_id=cluster_id, function=function, **days)
    after = {"function": function, "unit": unit_id, "cluster": cluster_id, **days}
    audit.note(tx, "role.granted", f"person:{person_id}", at=now, about=unit_id, after=after)
    return id


def known(tx: Tx, id: int, now: datetime) -> Person | None:
    """The person with the functions that they hold on that day."""
    today = now.date()
    rows = _KNOWN.all(tx, who=id, since=today, until=today)
    if not rows:
        return None
    grants = tuple(grant for row in rows if row.function is not None for grant in _grants(tx, row, today))
    return Person(rows[0].id, rows[0].name, rows[0].language, grants, rows[0].agreed_to or "")


def _grants(tx: Tx, held: Any, today: date) -> list[Grant]:
    """What a function gives: for its unit, or for the units of its cluster, those that have ended apart."""
    if held.unit_id is not None:
        return [Grant(held.function, held.unit_id, ended=_is_over(held.last_day, today))]
    members = _MEMBERS.all(tx, of=held.cluster_id)
    over = frozenset(row.unit_id for row in members if _is_over(row.last_day, today))
    rest = frozenset(row.unit_id for row in members) - over
    made = [Grant(held.function, cluster=rest)]
    return [*made, Grant(held.function, cluster=over, ended=True)] if over else made


def _is_over(last_day: date | None, today: date) -> bool:
    return last_day is not None and last_day < today


def contacts_of_units(tx: Tx, unit_ids: Iterable[int], *functions: str, on: date) -> list[tuple[int, Contact]]:
    """(unit id, private contact) of everybody who holds one of the functions there on that day and can be reached, but
    for those who have said no to the notice on their data: they are not written to unasked.

    Each at the address that they prefer, else at the oldest of those where messages still arrive.
    """
    rows = tx.execute(
        select(role.c.unit_id.label("held_at"), address)
        .join(address, address.c.person_id == role.c.person_id)
        .where(
            role.c.unit_id.in_(ids_of(tx, unit_ids)),
            role.c.function.in_(functions),
            held_on(on),
            may_be_written_to(),
        )
        .order_by(*PREFERRED)
    ).all()
    first: dict[tuple[int, int], Any] = {}
    for row in rows:
        first.setdefault((row.held_at, row.person_id), row)
    return [(row.held_at, _contact(row)) for row in first.values()]


def contacts_of(tx: Tx, person_ids: Iterable[int]) -> list[Contact]:
    """The private contact of each of these people, by the same rule."""
    theirs = address.c.person_id.in_(list(person_ids))
    rows = tx.execute(select(address).where(theirs, may_be_written_to()).order_by(*PREFERRED)).all()
    first: dict[int, Any] = {}
    for row in rows:
        first.setdefault(row.person_id, row)
    return [_contact(row) for row in first.values()]


PREFERRED = (address.c.preferred.desc(), address.c.id)


def may_be_written_to() -> ColumnElement[bool]:
    return and_(address.c.private.is_(True), address.c.state == "ok", ~said_no(address.c.person_id))


def held_on(day: date) -> ColumnElement[bool]:
    return and_(
        or_(role.c.valid_from.is_(None), role.c.valid_from <= day),
        or_(role.c.valid_to.is_(None), role.c.valid_to >= day),
    )


def said_no(person_id: ColumnElement[int]) -> ColumnElement[bool]:
    """That the last word of that person on the notice was no."""
    last = consent.alias("last")
    newest = select(func.max(last.c.id)).where(last.c.person_id == person_id).correlate_except(last).scalar_subquery()
    return select(consent.c.id).where(consent.c.id == newest, consent.c.given.is_(False)).exists()


def groups(tx: Tx) -> list[Contact]:
    """All linked groups that can be reached, each at the thread where it was linked."""
    linked_here = address.c.id.in_(select(join_code.c.address_id).where(join_code.c.unit_id == address.c.unit_id))
    rows = tx.execute(
        select(address)
        .where(address.c.private.is_(False), address.c.unit_id.is_not(None), address.c.state == "ok")
        .order_by(linked_here.desc(), address.c.id)
    ).all()
    seen: dict[tuple[str, str], Contact] = {}
    for row in rows:
        seen.setdefault((row.channel, row.chat), _contact(row))
    return list(seen.values())


def _digest(code: str) -> str:
    return hashlib.sha256(code.strip().upper().replace("-", "").encode()).hexdigest()


def make_code(
    tx: Tx,
    now: datetime,
    *,
    person_id: int | None = None,
    unit_id: int | None = None,
    cluster_id: int | None = None,
    function: str = "",
    kind: str = "",
    made_by: int | None = None,
    lasting: timedelta = timedelta(days=CODE_DAYS),
) -> str:
    """A one-time code; only its digest is kept.

    For a person (`kind` “address”: one more address of theirs), for whoever comes to take the function at a unit or for
    a cluster, or, with a unit and no function, for the unit's group.
    """
    kind = kind or ("person" if person_id is not None else "unit" if function else "group")
    code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
    id = insert_row(
        tx,
        join_code,
        digest=_digest(code),
        kind=kind,
        person_id=person_id,
        unit_id=unit_id,
        cluster_id=cluster_id,
        function=function,
        made_by=made_by,
        made_at=now,
        expires_at=now + lasting,
    )
    after = {"kind": kind, "person": person_id, "unit": unit_id, "cluster": cluster_id, "function": function}
    audit.note(tx, "code.made", f"code:{id}", at=now, about=unit_id, after=after)
    return code


@dataclass(frozen=True, slots=True)
class Code:
    """What a valid code is for; `kind` as in the table."""

    id: int
    kind: str
    person_id: int | None
    unit_id: int | None
    cluster_id: int | None
    function: str
    made_by: int | None


def find_code(tx: Tx, typed: str, now: datetime) -> Code | None:
    """The code if it exists, is unused, was not revoked and has not expired."""
    return _code(tx, join_code.c.digest == _digest(typed), now)


def code_by_id(tx: Tx, id: int, now: datetime) -> Code | None:
    """The same for a code that was typed a moment ago."""
    return _code(tx, join_code.c.id == id, now)


def _serves(now: datetime) -> ColumnElement[bool]:
    return and_(join_code.c.used_at.is_(None), join_code.c.revoked_at.is_(None), join_code.c.expires_at > now)


def _code(tx: Tx, which: ColumnElement[bool], now: datetime) -> Code | None:
    row = tx.execute(select(join_code).where(which, _serves(now))).first()
    if row is None:
        return None
    return Code(row.id, row.kind, row.person_id, row.unit_id, row.cluster_id, row.function, row.made_by)


def use_code(tx: Tx, code: Code, by: Contact, now: datetime, *, person_id: int | None = None) -> bool:
    """Spend the code for this address; False if somebody was faster, or it was revoked meanwhile.

    `person_id`: who takes the function of a unit's invitation.
    """
    spent = tx.execute(
        update(join_code).where(join_code.c.id == code.id, _serves(now)).values(used_at=now, address_id=by.id)
    )
    if spent.rowcount != 1:
        return False
    joins = person_id if code.person_id is None else code.person_id
    if code.kind == "group":
        tx.execute(update(address).where(_chat(by.address)).values(tries=0, unit_id=code.unit_id))
    else:
        tx.execute(update(address).where(address.c.id == by.id).values(tries=0, person_id=joins))
    after = {"kind": code.kind, "person": joins, "address": by.id, "unit": code.unit_id}
    audit.note(tx, "code.used", f"code:{code.id}", at=now, about=code.unit_id, after=after)
    return True


def made_by(tx: Tx, typed: str) -> int | None:
    """Who made that code; None for a code made on the server, or for none at all."""
    return tx.execute(select(join_code.c.made_by).where(join_code.c.digest == _digest(typed))).scalar()


def tries_everywhere(tx: Tx, since: datetime) -> int:
    """How many wrong codes were typed lately, at all addresses together."""
    lately = select(func.sum(address.c.tries)).where(address.c.tried_at > since)
    return int(tx.execute(lately).scalar() or 0)


def count_try(tx: Tx, by: Contact, now: datetime, *, window: timedelta) -> None:
    """One more wrong code from this address; old tries are forgotten after the window."""
    fresh = by.tried_at is None or now - by.tried_at > window
    tx.execute(update(address).where(address.c.id == by.id).values(tries=1 if fresh else by.tries + 1, tried_at=now))


def attach(tx: Tx, contact_id: int, person_id: int, now: datetime) -> None:
    """Stand the person behind the address."""
    tx.execute(update(address).where(address.c.id == contact_id).values(person_id=person_id, tries=0))
    audit.note(tx, "address.attached", f"address:{contact_id}", at=now, after={"person": person_id})
