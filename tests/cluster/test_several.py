"""Real processes on one PostgreSQL: an update counts once and in its order whoever takes it, and nobody is missed for long."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.chat import Reply
from bot.clock import Clock
from bot.store import audit, outbox, units
from bot.store.engine import Store
from handlers import consent
from tests.cluster.processes import PEOPLE, Cluster, furnish, several
from tests.devices.browser import Browser
from tests.devices.telegram import FakeTelegram, TelegramPhone

ANSWERS = 40  # of each of five people


@asynccontextmanager
async def office(
    tmp_path: Path, url: str, roles: Sequence[str], *, webhook: bool = True, **more: Any
) -> AsyncIterator[tuple[Cluster, FakeTelegram, dict[str, TelegramPhone]]]:
    """The processes, and five people who stand at a question where every text is one more piece of evidence."""
    codes = await asyncio.to_thread(furnish, url)
    async with FakeTelegram() as fake, several(tmp_path / "office", url, fake, roles, webhook=webhook, **more) as made:
        phones = {}
        for n, name in enumerate(PEOPLE):
            phones[name] = TelegramPhone(fake, 1000 + n, name)
        await asyncio.gather(*(_join(phones[name], name, codes[name]) for name in PEOPLE))
        yield made, fake, phones


async def _join(phone: TelegramPhone, name: str, code: str) -> None:
    await phone.start(code)
    await _hears(phone, name)
    await phone.say("/tucham")
    await _hears(phone, "Tiêu chí 01")
    await phone.say("13,5")
    await _hears(phone, "Tài liệu kiểm chứng")


async def _hears(phone: TelegramPhone, fragment: str, seconds: float = 30.0) -> None:
    await phone.until(lambda: any(fragment in heard.text for heard in phone.heard), timeout=seconds)


def _evidence(made: Cluster, name: str) -> list[str]:
    """What was noted as that person's evidence, in the order in which it was."""
    rows = made.rows(
        "SELECT e.value FROM draft_event e JOIN person p ON p.id = e.person_id"
        " WHERE e.op = 'add' AND p.name = %s ORDER BY e.id",
        name,
    )
    return [row.value["text"] for row in rows]


def _words(name: str) -> list[str]:
    return [f"Biên bản số {n:02} của {name}" for n in range(ANSWERS)]


async def _all_said(made: Cluster, phones: dict[str, TelegramPhone]) -> None:
    for n in range(ANSWERS):
        for name, phone in phones.items():
            await phone.say(_words(name)[n])


def _check(made: Cluster, phones: dict[str, TelegramPhone]) -> None:
    for name in phones:
        assert _evidence(made, name) == _words(name)
    assert not made.number("SELECT count(*) FROM inbox WHERE state <> 'done'")


async def test_two_receivers_alternate_and_each_update_counts_once_in_order(tmp_path: Path, postgres_url: str) -> None:
    async with office(tmp_path, postgres_url, ["receive", "receive", "tick,send"]) as (made, fake, phones):
        await _all_said(made, phones)
        await made.until(lambda: not fake.updates, 60)
        await made.quiet()
        _check(made, phones)
        assert len(set(made.front.taken)) == 2, "both have received"
        for name, phone in phones.items():
            assert len(phone.heard) >= ANSWERS, f"{name} was answered each time"
        assert [await process.end() for process in made] == [0, 0, 0], made.logs()[-5000:]


async def test_a_killed_receiver_is_taken_over(tmp_path: Path, postgres_url: str) -> None:
    async with office(tmp_path, postgres_url, ["receive", "receive", "tick,send"]) as (made, fake, phones):
        saying = asyncio.create_task(_all_said(made, phones))
        await asyncio.sleep(1.0)
        made[0].kill()
        killed = time.monotonic()
        await saying
        await made.until(lambda: not fake.updates, 60)
        await made.quiet()
        assert time.monotonic() - killed < 25
        _check(made, phones)


async def test_what_a_killed_process_had_taken_in_is_answered_within_seconds(tmp_path: Path, postgres_url: str) -> None:
    async with office(tmp_path, postgres_url, ["receive", ""]) as (made, _fake, phones):
        lan = phones["Lan"]
        before = len(lan.heard)
        # It is frozen after its commit at the latest: what it has in hand nobody else can know.
        for n in range(6):
            await lan.say(f"Biên bản {n}")
        await asyncio.sleep(0.05)
        made[0].kill()
        began = time.monotonic()
        await lan.until(lambda: len(lan.heard) >= before + 6, timeout=20.0)
        assert time.monotonic() - began < 12
        await made.quiet()
        assert _evidence(made, "Lan") == [f"Biên bản {n}" for n in range(6)]


def _notices(url: str, chats: Sequence[int], count: int) -> None:
    """So many messages that nobody asked for, in turn to each chat."""
    store, now = Store(url), Clock().now()

    def write(tx: Any) -> None:
        where = {}
        for chat in chats:
            row = tx.exec_driver_sql(f"SELECT id FROM address WHERE chat = '{chat}'").one()
            where[chat] = row[0]
        for n in range(count):
            chat = chats[n % len(chats)]
            payload = Reply(f"Thông báo {n:03}").as_json()
            outbox.add(tx, where[chat], "reply", f"test:{n}", payload, now, not_before=time.time())

    store.run(write)
    store.close()


def _told(phones: dict[str, TelegramPhone]) -> list[str]:
    return sorted(h.text for phone in phones.values() for h in phone.heard if h.text.startswith("Thông báo"))


async def test_a_killed_sender_is_replaced(tmp_path: Path, postgres_url: str) -> None:
    async with office(tmp_path, postgres_url, ["receive", "send", "send", "tick"]) as (made, _fake, phones):
        chats = [phone.user_id for phone in phones.values()]
        await asyncio.to_thread(_notices, postgres_url, chats, 40)
        await made.until(lambda: len(_told(phones)) > 8)
        sender = _sender(made)
        made[sender].kill()
        await made.quiet(40)
        told = _told(phones)
        assert sorted(set(told)) == [f"Thông báo {n:03}" for n in range(40)]
        assert len(told) - 40 <= 16, "twice at most what was in flight"


@pytest.mark.durability
async def test_a_frozen_sender_is_replaced_and_wakes_up_harmlessly(tmp_path: Path, postgres_url: str) -> None:
    async with office(tmp_path, postgres_url, ["receive", "send", "send", "tick"]) as (made, _fake, phones):
        chats = [phone.user_id for phone in phones.values()]
        await asyncio.to_thread(_notices, postgres_url, chats, 60)
        await made.until(lambda: len(_told(phones)) > 8)
        frozen = made[_sender(made)]
        frozen.freeze()
        before = len(_told(phones))
        await made.until(lambda: len(_told(phones)) > before + 5, 25)
        frozen.thaw()
        await made.quiet(90)
        await asyncio.sleep(1)
        told = _told(phones)
        assert sorted(set(told)) == [f"Thông báo {n:03}" for n in range(60)]
        assert len(told) - 60 <= 16, "twice at most what it had marked"
        assert frozen.lives


def _sender(made: Cluster) -> int:
    """Which of the processes sends what nobody asked for: the owner of what was sent last."""
    (row,) = made.rows(
        "SELECT owner FROM outbox WHERE cause LIKE 'test:%%' AND state = 'sent' ORDER BY sent_at DESC LIMIT 1"
    )
    pid = int(row.owner.partition("-")[0])
    return next(n for n, process in enumerate(made) if process.pid == pid)


async def test_only_one_polls_and_another_takes_over(tmp_path: Path, postgres_url: str) -> None:
    async with office(tmp_path, postgres_url, ["", ""], webhook=False) as (made, _fake, phones):
        made[_poller(made)].kill()
        await phones["Lan"].say("Biên bản sau đó")
        await made.until(lambda: _evidence(made, "Lan") == ["Biên bản sau đó"])
        assert not any("another program listens" in process.log() for process in made), "two polled at once"
        # The one that comes back waits for its turn, and does not disturb.
        ended = next(process for process in made if not process.lives)
        await ended.begin()
        await ended.up()
        await phones["Lan"].say("Biên bản cuối")
        await made.until(lambda: _evidence(made, "Lan") == ["Biên bản sau đó", "Biên bản cuối"])
        assert not any("another program listens" in process.log() for process in made), "two polled at once"


def _poller(made: Cluster) -> int:
    """Which process received what was said last."""
    (row,) = made.rows("SELECT owner FROM inbox ORDER BY id DESC LIMIT 1")
    pid = int(row.owner.partition("-")[0])
    return next(n for n, process in enumerate(made) if process.pid == pid)


async def test_a_page_at_one_process_hears_what_another_wrote(tmp_path: Path, postgres_url: str) -> None:
    async with office(tmp_path, postgres_url, ["receive", ""]) as (made, _fake, _phones):
        page = Browser(f"http://127.0.0.1:{made[0].port}", name="Hoa")
        await page.start("")
        await page.until(lambda: bool(page.heard))
        before = len(page.heard)
        chat = made.rows("SELECT chat FROM address WHERE channel = 'web'")[0].chat

        def write(tx: Any) -> None:
            row = tx.exec_driver_sql(f"SELECT id FROM address WHERE chat = '{chat}'").one()
            payload = Reply("Có tin mới").as_json()
            outbox.add(tx, row[0], "reply", "test:web", payload, Clock().now(), not_before=time.time())

        store = Store(postgres_url)
        began = time.monotonic()
        await store.write(write)
        await page.until(lambda: len(page.heard) > before, timeout=5.0)
        assert time.monotonic() - began < 2.5
        assert [h.text for h in page.heard].count("Có tin mới") == 1
        store.close()
        await page.close()


async def test_a_unit_renamed_on_the_server_is_known_everywhere_at_once(tmp_path: Path, postgres_url: str) -> None:
    async with office(tmp_path, postgres_url, ["receive", "receive", "tick,send"]) as (_made, _fake, phones):
        lan = phones["Lan"]
        await asyncio.sleep(1)
        store, now = Store(postgres_url), Clock().now()

        def rename(tx: Any) -> None:
            audit.acting(tx, audit.By(audit.SERVER), now)
            unit = next(unit for unit in units.load(tx).values() if unit.parent_id is not None)
            units.rename(tx, unit.id, "xã Đổi Tên", on=now.date(), decision="12/NQ-HĐND", now=now)

        await store.write(rename)
        store.close()
        await asyncio.sleep(1.5)
        for _ in range(2):  # both receivers are asked
            before = len(lan.heard)
            await lan.say(f"/{consent.SHOW}")
            await lan.until(lambda seen=before: len(lan.heard) > seen)  # type: ignore[misc]
            assert "Đổi Tên" in "\n".join(h.text for h in lan.heard[before:]), lan.heard[before:]


@pytest.mark.durability
@pytest.mark.parametrize("count", [2, 3])
async def test_several_that_do_everything_lose_nothing_under_kills(
    tmp_path: Path, postgres_url: str, count: int
) -> None:
    async with office(tmp_path, postgres_url, [""] * count) as (made, fake, phones):
        saying = asyncio.create_task(_all_said(made, phones))
        for n in range(6):
            await asyncio.sleep(1.5)
            process = made[n % count]
            process.kill()
            assert await process.ended() == -signal.SIGKILL
            await process.begin()
            await process.up()
        await saying
        await made.until(lambda: not fake.updates, 90)
        await made.quiet(60)
        _check(made, phones)


async def test_roles_that_are_none_are_told_of(tmp_path: Path, postgres_url: str) -> None:
    async with FakeTelegram() as fake:
        wrong = [("listen", "there is no 'listen'"), ("receive,ticks", "there is no 'ticks'"), (",", "there is no ''")]
        async with several(tmp_path / "a", postgres_url, fake, [only for only, _ in wrong], begin=False) as made:
            for process, (_, said) in zip(made, wrong, strict=True):
                await process.begin()
                assert await process.ended() == 1
                assert said in process.log()
        sqlite = {"DATABASE_URL": ""}
        async with several(tmp_path / "b", postgres_url, fake, ["send", "", ""], settings=sqlite, begin=False) as made:
            alone, first, second = made
            await alone.begin()
            assert await alone.ended() == 1
            assert "on SQLite one process does everything" in alone.log()
            await first.begin()
            await first.up()
            await second.begin()
            assert await second.ended() == 1
            assert "already in use by another Khéo process" in second.log()
            assert await first.end() == 0
