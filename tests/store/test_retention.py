"""What is let go of after its time, and what stays for ever, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from bot.chat import Address, Reply
from bot.clock import ZONE, Clock
from bot.plan.model import Privacy
from bot.rules.access import OFFICER
from bot.store import (
    drafts,
    exemplars,
    held,
    inbox,
    outbox,
    people,
    reports,
    retention,
    seasons,
    units,
    unwanted,
    webchat,
)
from bot.store.engine import Store, Tx
from bot.store.files import EvidenceFolder
from bot.store.held import NAMELESS
from bot.store.retention import Days
from bot.store.tables import (
    address,
    application,
    audit,
    closing,
    draft,
    draft_event,
    exemplar,
    metadata,
    person,
    score,
    submission,
    web_message,
)
from bot.store.tables import (
    inbox as inbox_table,
)
from bot.store.tables import (
    outbox as outbox_table,
)
from scheduler.forgetting import Forgetting
from tests.world import plan

NOW = datetime(2024, 2, 5, 9, 0, tzinfo=ZONE)
PLAN = plan("van-ninh")
DAYS = Days(inbox=30, outbox=180, web=365)
WORDS = "Vườn rau thầm lặng"
FILE, OTHER = "a" * 64, "b" * 64
Do = Callable[[Callable[[Tx], Any]], Any]


@pytest.fixture
def do(store: Store) -> Do:
    return store.run


def later(days: int) -> datetime:
    return NOW + timedelta(days=days)


class Seeded:
    """Lan with a registration that was handed in, and one that was not."""

    def __init__(self, do: Do) -> None:
        def work(tx: Tx) -> None:
            units.plant(tx, PLAN.units)
            unit = units.load(tx).coded("van-ninh.van-hung")
            assert unit is not None
            seasons.begin(tx, PLAN, 2024, NOW)
            self.season = seasons.every(tx)[0].id
            self.unit = unit.id
            self.lan = people.add(tx, "Lan", self.unit, OFFICER, NOW)
            self.contact = people.greet(tx, Address("web", "lan"), private=True, name="Lan", language="vi", now=NOW)
            people.attach(tx, self.contact.id, self.lan, NOW)
            self.stranger = people.greet(tx, Address("telegram", "9"), private=True, name="Ai", language="vi", now=NOW)
            self.exemplar = exemplars.register(
                tx,
                season_id=self.season,
                unit_id=self.unit,
                subject="tap_the",
                name=WORDS,
                award=True,
                late=False,
                answers={"name": WORDS},
                now=NOW,
            )
            self.handed = self._draft(tx, FILE)
            reports.hand_in(
                tx,
                season_id=self.season,
                unit_id=self.unit,
                draft_id=self.handed,
                form="bao_cao",
                answers={"text": WORDS, "files": [FILE]},
                person_id=self.lan,
                now=NOW,
            )
            drafts.close(tx, self.handed, "submitted")
            self.begun = self._draft(tx, OTHER)
            paper = tx.execute(select(submission.c.id)).scalar_one()
            tx.execute(insert(score).values(submission_id=paper, criterion="01", points=Decimal(13), evidence=1))

        do(work)

    def _draft(self, tx: Tx, sha256: str) -> int:
        made = drafts.begin(tx, season_id=self.season, unit_id=self.unit, form="bao_cao", person_id=self.lan, now=NOW)
        item = {"kind": "photo", "sha256": sha256, "name": f"{WORDS}.jpg", "size": 3}
        for op, value in (("set", WORDS), ("add", item)):
            drafts.note(tx, made.id, op, "text", value, person_id=self.lan, address_id=None, message="", now=NOW)
        return made.id


@pytest.fixture
def seeded(do: Do) -> Seeded:
    return Seeded(do)


def everything(do: Do) -> str:
    return do(lambda tx: "\n".join(str(row) for t in metadata.sorted_tables for row in tx.execute(select(t)).all()))


# -- messages --------------------------------------------------------------------------------------------------------


def messages(do: Do, seeded: Seeded, now: datetime) -> None:
    """Three that came in, two that went out, two on the web page, each with the words."""

    def work(tx: Tx) -> None:
        for n, poison in enumerate(("", WORDS, "")):
            stored = inbox.add(tx, "web", f"lan:{now:%j}{n}", "web/lan", {"text": WORDS}, now, poison=poison)
            if stored is not None and not poison:
                inbox.done(tx, stored.id)
        cause = f"c{now:%Y%j}"
        replies = [Reply(WORDS), Reply(WORDS)]
        for sent in outbox.add_replies(tx, seeded.contact, cause, replies, now, owner="me", real=1.0):
            outbox.sent(tx, sent.id, "1", now)
        remind = {"season": 1, "milestone": "dang_ky", "step": 5}
        id = outbox.add(tx, seeded.contact.id, "reminder", f"r{cause}", remind, now, not_before=0.0)
        assert id is not None
        outbox.sent(tx, id, "1", now)
        for side in ("person", "bot"):
            webchat.add(tx, "lan", side, {"kind": "said", "text": WORDS, "files": [{"sha256": OTHER}]}, now)

    do(work)


def let_go(do: Do, now: datetime) -> retention.Counted:
    return do(lambda tx: retention.let_go_of_messages(tx, DAYS, now))


def counts(do: Do) -> tuple[int, int, int]:
    def work(tx: Tx) -> tuple[int, int, int]:
        filled = [row.payload for row in tx.execute(select(outbox_table)).all() if row.payload]
        shown = [row for row in tx.execute(select(web_message)).all() if row.chat]
        return int(tx.execute(select(func.count()).select_from(inbox_table)).scalar_one()), len(filled), len(shown)

    return do(work)


def test_each_kind_of_message_has_its_own_days(do: Do, seeded: Seeded) -> None:
    messages(do, seeded, NOW)
    let_go(do, later(29))
    assert counts(do) == (3, 3, 2)
    let_go(do, later(31))
    assert counts(do) == (1, 3, 2), "the newest stays, empty of words or not: its number must not come again"
    let_go(do, later(181))
    assert counts(do) == (1, 1, 2), "the reminder holds no words, and a group's is edited by it"
    let_go(do, later(366))
    assert counts(do) == (1, 1, 0)


def test_ids_at_zalo_stay_for_ever_and_nothing_beside_them(do: Do, seeded: Seeded) -> None:
    account, speaker = "zalo:41800000017", "zalo:41800000017/a1b2c3"

    def work(tx: Tx) -> None:
        for id, poison in (("m1", ""), ("m2", WORDS), ("m3", "")):
            stored = inbox.add(tx, account, id, speaker, {"text": WORDS}, NOW, poison=poison)
            if stored is not None and not poison:
                inbox.done(tx, stored.id)
        inbox.add(tx, account, "m4", speaker, {"text": WORDS}, NOW)

    do(work)
    assert let_go(do, later(4000)).inbox == 3
    rows = do(lambda tx: tx.execute(select(inbox_table).order_by(inbox_table.c.id)).all())
    assert [(row.update_id, row.speaker, row.payload, row.error, row.state) for row in rows] == [
        ("m1", "", {}, None, "done"),
        ("m2", "", {}, None, "done"),
        ("m3", "", {}, None, "done"),
        ("m4", speaker, {"text": WORDS}, None, "new"),
    ]
    assert do(lambda tx: inbox.add(tx, account, "m2", speaker, {"text": WORDS}, NOW)) is None, "it is still known"
    assert let_go(do, later(4001)).inbox == 0, "nothing is counted twice"


def test_what_waits_is_never_let_go_of(do: Do, seeded: Seeded) -> None:
    def work(tx: Tx) -> None:
        inbox.add(tx, "web", "lan:1", "web/lan", {"text": WORDS}, NOW)
        inbox.add(tx, "web", "lan:2", "web/lan", {"text": WORDS}, NOW)
        outbox.add_replies(tx, seeded.contact, "c", [Reply(WORDS)], NOW, owner="me", real=1.0)

    do(work)
    let_go(do, later(4000))
    assert counts(do)[:2] == (2, 1)


def test_a_number_never_comes_again(do: Do, seeded: Seeded) -> None:
    messages(do, seeded, NOW)
    newest = do(lambda tx: tx.execute(select(func.max(inbox_table.c.id))).scalar_one())
    shown = do(lambda tx: tx.execute(select(func.max(web_message.c.id))).scalar_one())
    let_go(do, later(4000))
    stored = do(lambda tx: inbox.add(tx, "web", "lan:99", "web/lan", {}, later(4000)))
    assert stored.id > newest
    assert do(lambda tx: webchat.add(tx, "lan", "person", {}, later(4000))) > shown


def test_what_was_let_go_of_is_counted_once_in_the_trace(do: Do, seeded: Seeded) -> None:
    messages(do, seeded, NOW)
    counted = let_go(do, later(4000))
    assert (counted.inbox, counted.outbox, counted.web, counted.strangers) == (2, 2, 2, 1)
    assert let_go(do, later(4000)) == retention.Counted(0, 0, 0, 0, 0)
    rows = do(lambda tx: tx.execute(select(audit).where(audit.c.action == "retention.messages")).all())
    assert [row.after for row in rows] == [
        {"inbox": 2, "outbox": 2, "web": 2, "strangers": 1, "requests": 0, "broadcasts": 0, "links": 0}
    ]


def test_a_strangers_address_is_emptied_and_a_known_ones_is_not(do: Do, seeded: Seeded) -> None:
    let_go(do, later(181))
    rows = {row.id: row for row in do(lambda tx: tx.execute(select(address)).all())}
    assert (rows[seeded.stranger.id].chat, rows[seeded.stranger.id].name) == (f"erased-{seeded.stranger.id}", "")
    assert (rows[seeded.contact.id].chat, rows[seeded.contact.id].name) == ("lan", "Lan")


@pytest.mark.parametrize(("state", "left"), [("waiting", True), ("declined", False), ("approved", False)])
def test_a_request_that_is_decided_loses_its_words(do: Do, seeded: Seeded, state: str, left: bool) -> None:
    asked = {"address_id": seeded.stranger.id, "unit_id": seeded.unit, "name": WORDS, "post": WORDS, "reason": WORDS}
    do(lambda tx: tx.execute(insert(application).values(**asked, function="", state=state, at=NOW)) and None)
    let_go(do, later(179))
    assert do(lambda tx: tx.execute(select(application.c.name)).scalar_one()) == WORDS
    assert let_go(do, later(181)).requests == int(not left)
    (row,) = do(lambda tx: tx.execute(select(application)).all())
    assert (row.name, row.post, row.reason) == ((WORDS,) * 3 if left else ("",) * 3)
    chat = do(lambda tx: tx.execute(select(address.c.chat).where(address.c.id == seeded.stranger.id)).scalar_one())
    assert (chat == "9") is left, "whoever waits must be reached by the answer"


# -- old seasons -----------------------------------------------------------------------------------------------------


def old(do: Do, now: datetime, years: int = 5) -> list[retention.OldSeason]:
    return do(lambda tx: retention.old_seasons(tx, PLAN.id, years, now))


def close(do: Do, seeded: Seeded) -> None:
    do(lambda tx: seasons.close(tx, seeded.season, NOW))


def test_full_years_are_counted_after_the_seasons_own(do: Do, seeded: Seeded) -> None:
    close(do, seeded)
    assert old(do, datetime(2029, 12, 31, 23, 0, tzinfo=ZONE)) == []
    (one,) = old(do, datetime(2030, 1, 1, 0, 0, tzinfo=ZONE))
    assert (one.year, one.open, one.exemplars, one.papers, one.drafts, one.files) == (2024, False, 1, 1, 2, 2)


def test_a_season_that_was_never_closed_stays(do: Do, seeded: Seeded) -> None:
    (one,) = old(do, later(4000))
    assert one.open
    with pytest.raises(ValueError, match="is open"):
        do(lambda tx: retention.let_go_of_season(tx, one, later(4000)))
    assert WORDS in everything(do)


def test_words_points_and_files_go_and_numbers_stay(do: Do, seeded: Seeded) -> None:
    close(do, seeded)
    do(lambda tx: tx.execute(insert(closing).values(**note(seeded))) and None)
    (one,) = old(do, later(4000))
    do(lambda tx: retention.let_go_of_season(tx, one, later(4000)))
    assert WORDS not in everything(do) and "Công văn 12" not in everything(do)
    (paper,) = do(lambda tx: tx.execute(select(submission)).all())
    assert (paper.id, paper.unit_id, paper.version, paper.answers) == (1, seeded.unit, 1, {})
    assert do(lambda tx: tx.execute(select(score)).all()) == []
    assert do(lambda tx: tx.execute(select(draft_event)).all()) == []
    assert [row.name for row in do(lambda tx: tx.execute(select(exemplar)).all())] == [retention.GONE]
    assert {row.state for row in do(lambda tx: tx.execute(select(draft)).all())} == {"submitted", "cancelled"}
    assert do(unwanted.every) == [FILE, OTHER]
    (row,) = do(lambda tx: tx.execute(select(audit).where(audit.c.action == "retention.season")).all())
    assert (row.object, row.after) == (
        f"season:{seeded.season}",
        {"exemplars": 1, "papers": 1, "drafts": 2, "files": 2},
    )
    assert old(do, later(4000)) == [], "what is gone is not listed again"


def note(seeded: Seeded) -> dict[str, Any]:
    return {
        "season_id": seeded.season,
        "unit_id": seeded.unit,
        "milestone": "dang_ky",
        "kind": "paper",
        "note": "Công văn 12",
        "person_id": seeded.lan,
        "at": NOW,
    }


def test_another_plans_seasons_are_not_touched(do: Do, seeded: Seeded) -> None:
    close(do, seeded)
    assert do(lambda tx: retention.old_seasons(tx, "another", 1, later(4000))) == []


def test_without_years_a_plan_keeps_everything() -> None:
    assert PLAN.privacy == Privacy(strip_photo_metadata=True, keep_years=None)


# -- files -----------------------------------------------------------------------------------------------------------


def keeper(folder: Path, *digests: str, age: float = 7200.0) -> EvidenceFolder:
    import os
    import time

    made = EvidenceFolder(folder / "evidence")
    for sha256 in digests:
        made.path(sha256).parent.mkdir(parents=True, exist_ok=True)
        made.path(sha256).write_bytes(b"jpg")
        os.utime(made.path(sha256), (time.time() - age, time.time() - age))
    return made


async def forget(store: Store, kept: EvidenceFolder) -> int:
    return await Forgetting(store, Clock(), kept, DAYS).files()


async def test_a_file_goes_when_nothing_refers_to_it(tmp_path: Path, store: Store, do: Do, seeded: Seeded) -> None:
    kept = keeper(tmp_path, FILE, OTHER)
    do(lambda tx: unwanted.note(tx, [FILE, OTHER], NOW))
    do(lambda tx: tx.execute(draft_event.delete().where(draft_event.c.draft_id == seeded.begun)) and None)
    assert await forget(store, kept) == 1
    assert kept.path(FILE).exists(), "what was handed in refers to it"
    assert not kept.path(OTHER).exists()
    assert do(unwanted.every) == []


async def test_a_file_that_was_noted_but_is_needed_again_stays(
    tmp_path: Path, store: Store, do: Do, seeded: Seeded
) -> None:
    kept = keeper(tmp_path, OTHER)
    do(lambda tx: unwanted.note(tx, [OTHER], NOW))
    assert await forget(store, kept) == 0
    assert kept.path(OTHER).exists()


async def test_a_file_that_has_just_come_again_waits(tmp_path: Path, store: Store, do: Do) -> None:
    kept = keeper(tmp_path, FILE, age=10.0)
    do(lambda tx: unwanted.note(tx, [FILE], NOW))
    assert await forget(store, kept) == 0
    assert kept.path(FILE).exists()
    assert do(unwanted.every) == [FILE]


async def test_a_file_that_is_gone_already_is_no_trouble(tmp_path: Path, store: Store, do: Do) -> None:
    kept = keeper(tmp_path)
    do(lambda tx: unwanted.note(tx, [FILE], NOW))
    assert await forget(store, kept) == 0
    assert do(unwanted.every) == []


async def test_messages_and_their_files_go_in_one_round(tmp_path: Path, store: Store, do: Do, seeded: Seeded) -> None:
    kept = keeper(tmp_path, OTHER)
    messages(do, seeded, NOW)
    do(lambda tx: tx.execute(draft_event.delete().where(draft_event.c.draft_id == seeded.begun)) and None)
    clock = Clock()
    clock.move(later(4000))
    await Forgetting(store, clock, kept, DAYS).run()
    assert not kept.path(OTHER).exists()
    assert counts(do) == (1, 1, 0)


async def test_what_was_erased_does_not_stay_in_the_log_of_the_file(tmp_path: Path) -> None:
    database = tmp_path / "kheo.db"
    store = Store(f"sqlite:///{database}")
    store.migrate()
    add = person.insert().values(name=WORDS, language="vi", created_at=NOW)
    store.run(lambda tx: tx.execute(add) and None)
    store.run(lambda tx: tx.execute(person.delete()) and None)
    log = database.with_name("kheo.db-wal")
    assert WORDS.encode() in log.read_bytes()
    await Forgetting(store, Clock(), keeper(tmp_path), DAYS).run()
    assert log.stat().st_size == 0 or WORDS.encode() not in log.read_bytes()
    assert WORDS.encode() not in database.read_bytes()
    store.close()


# -- a person --------------------------------------------------------------------------------------------------------


def test_erasing_works_the_same_on_both_databases(do: Do, seeded: Seeded) -> None:
    messages(do, seeded, NOW)
    gone = do(lambda tx: held.erase(tx, seeded.lan, later(1)))
    assert (gone.addresses, gone.drafts, gone.files, gone.messages, gone.papers, gone.named) == (1, 1, 1, 2, 1, True)
    assert gone.vacant == ((OFFICER, seeded.unit),)
    assert do(lambda tx: people.known(tx, seeded.lan, later(1))).grants == ()
    left = everything(do)
    assert "web/lan" not in left and "lan:0" not in left
    assert sorted({row.draft_id for row in do(lambda tx: tx.execute(select(draft_event)).all())}) == [seeded.handed]


def test_a_name_that_stands_on_nothing_goes_too(do: Do, seeded: Seeded) -> None:
    mai = do(lambda tx: people.add(tx, "Mai", seeded.unit, OFFICER, NOW))
    assert not do(lambda tx: held.erase(tx, mai, NOW)).named
    assert do(lambda tx: held.on(tx, mai, NOW.date())).name == NAMELESS
    assert do(lambda tx: held.on(tx, seeded.lan, NOW.date())).name == "Lan"


def test_the_season_can_be_looked_at_after_it_was_emptied(do: Do, seeded: Seeded) -> None:
    close(do, seeded)
    (one,) = old(do, later(4000))
    do(lambda tx: retention.let_go_of_season(tx, one, later(4000)))
    (left,) = do(lambda tx: exemplars.of_season(tx, seeded.season))
    assert (left.name, left.given) == (retention.GONE, {})
