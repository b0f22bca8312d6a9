"""Notices on both databases: each address once, in its own language, and only whoever may be written to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from bot.chat import Address, Reply
from bot.clock import ZONE
from bot.rules.access import OFFICER
from bot.store import addresses, consents, notices, people
from bot.store.engine import Store, Tx
from bot.store.people import Contact
from bot.store.tables import outbox
from bot.texts import Language

NOW = datetime(2024, 2, 5, 9, 0, tzinfo=ZONE)


def joined(tx: Tx, name: str, language: str = "vi", channel: str = "telegram") -> Contact:
    person = people.add(tx, name, None, OFFICER, NOW, language)
    contact = people.greet(tx, Address(channel, name), private=True, name=name, language="vi", now=NOW)
    people.attach(tx, contact.id, person, NOW)
    return people.contact_by_id(tx, contact.id)


def in_words(say: Language) -> Reply:
    return Reply(say.code)


def test_each_is_written_to_once_in_their_own_language(store: Store) -> None:
    lan, ann = store.run(lambda tx: (joined(tx, "Lan"), joined(tx, "Ann", "en")))

    def tell(tx: Tx) -> int:
        return notices.notify(tx, [lan, ann, lan], "told:7", in_words, NOW, 5.0, subject="seven", meant=[3, OFFICER])

    assert (store.run(tell), store.run(tell)) == (2, 0)
    assert store.run(lambda tx: notices.notify(tx, [lan], "told:8", in_words, NOW, 5.0)) == 1
    rows = store.run(lambda tx: tx.execute(select(outbox).order_by(outbox.c.id)).all())
    assert [(row.kind, row.cause, row.subject, row.payload["text"], row.payload.get("for")) for row in rows] == [
        ("notice", f"told:7:{lan.id}", "seven", "vi", [3, OFFICER]),
        ("notice", f"told:7:{ann.id}", "seven", "en", [3, OFFICER]),
        ("notice", f"told:8:{lan.id}", "", "vi", None),
    ]
    assert {row.not_before for row in rows} == {5.0}


def test_people_are_reached_where_they_prefer_unless_they_said_no(store: Store) -> None:
    def seed(tx: Tx) -> tuple[Contact, Contact, Contact]:
        lan, be = joined(tx, "Lan"), joined(tx, "Bé")
        web = people.greet(tx, Address("web", "Lan"), private=True, name="Lan", language="vi", now=NOW)
        assert lan.person_id is not None
        people.attach(tx, web.id, lan.person_id, NOW)
        return lan, be, web

    lan, be, web = store.run(seed)
    assert lan.person_id is not None and be.person_id is not None
    them = (lan.person_id, be.person_id)

    def reached() -> set[int]:
        return {contact.id for contact in store.run(lambda tx: people.contacts_of(tx, them))}

    assert reached() == {lan.id, be.id}
    assert store.run(lambda tx: addresses.prefer(tx, them[0], web.id, NOW))
    assert reached() == {web.id, be.id}
    store.run(lambda tx: people.note_state(tx, web.id, "blocked", NOW))
    assert reached() == {lan.id, be.id}
    for given, there in ((True, {lan.id, be.id}), (False, {lan.id}), (True, {lan.id, be.id})):
        store.run(lambda tx, given=given: consents.note(tx, them[1], "1", given=given, address_id=be.id, now=NOW))
        assert reached() == there
    assert store.run(lambda tx: people.contacts_of(tx, [])) == []
