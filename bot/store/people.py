"""People, what they may act as, the addresses where they are reached, and the codes by which they join."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, and_, bindparam, insert, or_, select, update

from bot.chat import Address
from bot.rules.access import Actor, Grant
from bot.store.engine import Tx
from bot.store.once import insert_row
from bot.store.prepared import Prepared
from bot.store.tables import address, join_code, person, role

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

    @property
    def actor(self) -> Actor:
        return Actor(self.id, self.grants)

    @property
    def units(self) -> tuple[int, ...]:
        """The units at which they hold any function, without repetition."""
        return tuple(dict.fromkeys(grant.unit for grant in self.grants))


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
    select(person.c.id, person.c.name, person.c.language, role.c.function, role.c.unit_id)
    .select_from(
        person.outerjoin(
            role,
            and_(
                role.c.person_id == person.c.id,
                or_(role.c.valid_from.is_(None), role.c.valid_from <= bindparam("since", type_=Date)),
                or_(role.c.valid_to.is_(None), role.c.valid_to >= bindparam("until", type_=Date)),
            ),
        )
    )
    .where(person.c.id == bindparam("who"))
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


def note_state(tx: Tx, contact_id: int, state: str) -> None:
    """ok | blocked | gone: whether messages still arrive there."""
    tx.execute(update(address).where(address.c.id == contact_id).values(state=state))


def note_group(tx: Tx, at: Address, state: str) -> None:
    """The same for a group with all its threads."""
    tx.execute(update(address).where(_chat(at)).values(state=state))


def move(tx: Tx, old: Address, new_chat: str) -> None:
    """A group got a new chat id: every thread of it moves, unless the new address is known already."""
    there, here = _chat(old), _chat(Address(old.channel, new_chat))
    if tx.execute(select(address.c.id).where(here)).first() is None:
        tx.execute(update(address).where(there).values(chat=new_chat, state="ok"))
        return
    unit_id = tx.execute(select(address.c.unit_id).where(there)).scalar()
    tx.execute(update(address).where(here, address.c.unit_id.is_(None)).values(unit_id=unit_id))
    tx.execute(update(address).where(there).values(state="gone"))


def link_group(tx: Tx, contact_id: int, unit_id: int | None) -> None:
    tx.execute(update(address).where(address.c.id == contact_id).values(unit_id=unit_id))


def set_language(tx: Tx, person_id: int, language: str) -> None:
    tx.execute(update(person).where(person.c.id == person_id).values(language=language))


def add(tx: Tx, name: str, unit_id: int, function: str, now: datetime, language: str = "vi") -> int:
    """A new person with one function; returns their id."""
    id = insert_row(tx, person, name=name, language=language, created_at=now)
    tx.execute(insert(role).values(person_id=id, unit_id=unit_id, function=function))
    return id


def known(tx: Tx, id: int, now: datetime) -> Person | None:
    """The person with the functions that they hold on that day."""
    today = now.date()
    rows = _KNOWN.all(tx, who=id, since=today, until=today)
    if not rows:
        return None
    grants = tuple(Grant(row.function, row.unit_id) for row in rows if row.function is not None)
    return Person(rows[0].id, rows[0].name, rows[0].language, grants)


def contacts_of_units(tx: Tx, unit_ids: Iterable[int], function: str) -> list[tuple[int, Contact]]:
    """(unit id, private contact) of everybody who holds the function there and can be reached, oldest address first."""
    rows = tx.execute(
        select(role.c.unit_id.label("held_at"), address)
        .join(address, address.c.person_id == role.c.person_id)
        .where(
            role.c.unit_id.in_(list(unit_ids)),
            role.c.function == function,
            address.c.private.is_(True),
            address.c.state == "ok",
        )
        .order_by(address.c.id)
    ).all()
    first: dict[tuple[int, int], Any] = {}
    for row in rows:
        first.setdefault((row.held_at, row.person_id), row)
    return [(row.held_at, _contact(row)) for row in first.values()]


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


def make_code(tx: Tx, now: datetime, *, person_id: int | None = None, unit_id: int | None = None) -> str:
    """A one-time code for a person to join or for a group to be linked; only its digest is kept."""
    code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
    tx.execute(
        insert(join_code).values(
            digest=_digest(code),
            person_id=person_id,
            unit_id=unit_id,
            made_at=now,
            expires_at=now + timedelta(days=CODE_DAYS),
        )
    )
    return code


@dataclass(frozen=True, slots=True)
class Code:
    """What a valid code is for: exactly one of the two."""

    id: int
    person_id: int | None
    unit_id: int | None


def find_code(tx: Tx, typed: str, now: datetime) -> Code | None:
    """The code if it exists, is unused and has not expired."""
    row = tx.execute(
        select(join_code).where(
            join_code.c.digest == _digest(typed), join_code.c.used_at.is_(None), join_code.c.expires_at > now
        )
    ).first()
    return Code(row.id, row.person_id, row.unit_id) if row else None


def use_code(tx: Tx, code: Code, by: Contact, now: datetime) -> bool:
    """Spend the code for this address; False if somebody was faster."""
    spent = tx.execute(
        update(join_code)
        .where(join_code.c.id == code.id, join_code.c.used_at.is_(None))
        .values(used_at=now, address_id=by.id)
    )
    if spent.rowcount != 1:
        return False
    if code.person_id is not None:
        tx.execute(update(address).where(address.c.id == by.id).values(tries=0, person_id=code.person_id))
    else:
        tx.execute(update(address).where(_chat(by.address)).values(tries=0, unit_id=code.unit_id))
    return True


def count_try(tx: Tx, by: Contact, now: datetime, *, window: timedelta) -> None:
    """One more wrong code from this address; old tries are forgotten after the window."""
    fresh = by.tried_at is None or now - by.tried_at > window
    tx.execute(update(address).where(address.c.id == by.id).values(tries=1 if fresh else by.tries + 1, tried_at=now))


def attach(tx: Tx, contact_id: int, person_id: int) -> None:
    """Stand the person behind the address (set-up of the demo and of the terminal)."""
    tx.execute(update(address).where(address.c.id == contact_id).values(person_id=person_id))
