"""The road from what was said to what is read: poison, broken turns, a store that is away, and order for each person."""

from __future__ import annotations

import asyncio
import copy
import os
import random
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import psycopg
import pytest

from bot import conversation, outbox
from bot.chat import readable
from bot.conversation import LONGEST_TEXT
from bot.store import drafts, people, sqlite
from bot.turn import Asked, Turn
from handlers import tables
from tests.devices.telegram import TelegramPhone
from tests.talk import Speaker, photo
from tests.world import World, world

QUESTION = "Tiêu chí 01"
SECRET = "a-secret-that-nobody-knows"


@pytest.fixture(params=["sqlite", "postgresql"])
async def here(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    """Telegram by long polling, once on each database."""
    if request.param == "sqlite":
        ready = request.getfixturevalue("ready_sqlite")
        async with world(tmp_path / "kheo", "telegram", ready=ready) as made:
            yield made
    else:
        url = request.getfixturevalue("postgres_url")
        async with world(tmp_path / "kheo", "telegram", database_url=url) as made:
            yield made


@pytest.fixture
async def hooked(tmp_path: Path, ready_sqlite: Path) -> AsyncIterator[World]:
    """Telegram by webhook, on SQLite."""
    given = {"TELEGRAM_WEBHOOK_URL": "http://127.0.0.1:1/telegram", "TELEGRAM_WEBHOOK_SECRET": SECRET}
    async with world(tmp_path / "kheo", "telegram", ready=ready_sqlite, **given) as made:
        await _until(lambda: made.fake.webhook)
        made.fake.webhook["url"] = f"{made.url}/telegram"  # the port is known only now
        yield made


async def scoring(here: World, name: str = "Lan", unit: str = "van-ninh.van-hung") -> Speaker:
    """Somebody who stands at the first evidence question, where every text is one more piece of evidence."""
    speaker = await here.person(name, unit)
    await here.exemplar(f"Mô hình của {name}", unit)
    await speaker.says("/tucham").hears(QUESTION)
    await speaker.says("13,5").hears("Tài liệu kiểm chứng")
    return speaker


async def evidence(here: World, speaker: Speaker) -> list[str]:
    """What has been noted as evidence, in order."""

    def work(tx: Any) -> list[str]:
        (draft,) = drafts.open_of_units(tx, (speaker.unit_id,))
        return [e.value.get("text", "") for e in drafts.events(tx, draft.id) if e.op == "add"]

    return await here.app.store.read(work)


async def poison(here: World) -> list[tuple[str, int, str]]:
    def work(tx: Any) -> list[tuple[str, int, str]]:
        rows = tx.exec_driver_sql("SELECT speaker, attempts, error FROM inbox WHERE state = 'poison'").all()
        return [tuple(row) for row in rows]

    return await here.app.store.read(work)


def texts(speaker: Speaker) -> list[str]:
    return [heard.text for heard in speaker.device.heard]


async def _until(predicate: Callable[[], Any]) -> None:
    for _ in range(3000):
        if predicate():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("waited in vain")


def numbers_in_order(speaker: Speaker, many: int) -> None:
    """Each “/chuacoNN” was answered, the first answers in the order of the asking."""
    heard = texts(speaker)
    places = [next((at for at, text in enumerate(heard) if f"/chuaco{n:02}" in text), -1) for n in range(many)]
    assert -1 not in places, f"unanswered: {[n for n, at in enumerate(places) if at < 0]}"
    assert places == sorted(places)


# -- poison ----------------------------------------------------------------------------------------------------------


async def test_what_cannot_be_read_is_kept_aside_and_the_next_is_served(here: World) -> None:
    lan = await here.person("Lan")
    for garbage in ({"message": 5}, {"message": {"chat": None}}, {"callback_query": {"message": []}}, {"message": {}}):
        here.fake.push(**garbage)
    here.fake.push(
        message={"chat": {"id": 10**400, "type": "private"}, "from": {"id": 10**400}, "text": "x", "message_id": 1}
    )
    await lan.says("/han").hears("15/02/2024")
    assert len(await poison(here)) == 4


async def test_a_webhook_refuses_what_is_none(hooked: World) -> None:
    lan = await hooked.person("Lan")
    url, right = f"{hooked.url}/telegram", {"X-Telegram-Bot-Api-Secret-Token": SECRET}
    deep = b'{"update_id": 1, "message": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    nested = b'{"update_id": 77, "message": ' + b'{"x": ' * 300 + b"1" + b"}" * 300 + b"}"
    async with aiohttp.ClientSession() as session:
        for body, headers, status in (
            (b"{}", {}, 403),
            (b"{}", {"X-Telegram-Bot-Api-Secret-Token": "guess"}, 403),
            (b"not json", right, 400),
            (b"\xff\xfe", right, 400),
            (b"[]", right, 400),
            (b'{"update_id": "7"}', right, 400),
            (deep, right, 400),
            (b"x" * (2 * 1024 * 1024), right, 413),
            (nested, right, 200),
            (b'{"update_id": 78, "message": {"text": NaN}}', right, 200),
        ):
            async with session.post(url, data=body, headers=headers) as answer:
                assert answer.status == status, body[:40]
    await lan.says("/han").hears("15/02/2024")
    assert len(await poison(hooked)) == 2


async def test_a_handler_that_breaks_leaves_nothing_and_is_apologised_for(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []

    def broken(turn: Turn, asked: Asked) -> Any:
        tries.append(1)
        people.add(turn.tx, "Nửa Chừng", turn.office.units.coded("van-ninh").id, "officer", turn.now)  # type: ignore[union-attr]
        turn.focus.asked = "nowhere"
        raise ZeroDivisionError("\ud800 a bug\x00")

    monkeypatch.setitem(tables.COMMANDS, "han", broken)
    lan, hung = await here.person("Lan"), await here.person("Hùng", "van-ninh.van-thang")
    before = len(texts(lan))
    await lan.says("/han").hears("gặp lỗi")
    await hung.says("/viec").hears("đăng ký")
    await lan.says("/viec").hears("đăng ký")
    assert len(tries) == conversation.ATTEMPTS
    assert len(texts(lan)) == before + 2, "one apology, one answer"
    names = await here.app.store.read(lambda tx: tx.exec_driver_sql("SELECT name FROM person").scalars().all())
    assert "Nửa Chừng" not in names
    ((_, attempts, error),) = await poison(here)
    assert attempts == conversation.ATTEMPTS
    assert "ZeroDivisionError" in error


async def test_half_characters_and_nul_harm_nobody(here: World) -> None:
    lan = await scoring(here)
    await lan.says("Biên bản \ud800 số \x0012").hears("Đã nhận")
    await lan.sends_photo("anh\x00\udfff.jpg", "Ảnh \ud83d chụp\x00 hội nghị", photo("anh.jpg")).hears("Đã nhận")
    await lan.sends_document("b\ud800ien\x00ban.pdf", b"%PDF-1.7 x", caption="\x00").hears("Đã nhận")
    await lan.edits("\ud800").hears("Đã sửa")
    await lan.says("\x00").hears("Tin nhắn trống")
    await lan.says("/\ud800\x00").hears("Không có lệnh")
    await lan.forges("f:\x00:\ud800").hears("tiêu chí 01")
    odd = TelegramPhone(here.fake, 5000, "H\ud800ù\x00ng")
    odd.user["language_code"] = "zh-hant-x-\ud800"
    await odd.start("\ud800\x00")
    await odd.until(lambda: odd.heard)
    assert (await evidence(here, lan))[0] == "Biên bản \ufffd số 12"
    assert await poison(here) == []


def test_what_is_readable() -> None:
    assert readable({"a\x00": ["\ud83d\ude00", "\ude00\ud83d", 1.5, float("nan"), None, True]}) == {
        "a": ["😀", "\ufffd\ufffd", 1.5, None, None, True]
    }
    deep: Any = "x"
    for _ in range(500):
        deep = [deep]
    with pytest.raises(ValueError, match="deep"):
        readable(deep)


async def test_a_long_answer_is_kept_whole_and_a_huge_one_refused(here: World) -> None:
    lan = await scoring(here)
    long = ("Nhân dân thôn Xuân Tự đóng góp. " * 160)[:5000].strip()
    await lan.says(long).hears("Đã nhận")
    await lan.says("x" * (LONGEST_TEXT + 1)).hears("20.001 ký tự", "20.000", "tiêu chí 01")
    assert await evidence(here, lan) == [long]


async def test_thousands_of_random_updates_never_stop_it(here: World) -> None:
    seed = int(os.environ.get("FUZZ_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
    sys.stdout.write(f"FUZZ_SEED={seed}\n")
    rng = random.Random(seed)
    lan = await scoring(here)
    telegram, app = here.app.channels["telegram"], here.app
    telegram._first_wait = 0.0  # type: ignore[attr-defined]  # there are no such files, and nobody need wait for them
    alike = list(_samples(lan.device))
    many = 2000 if app.store.dialect == "sqlite" else 600
    for n in range(many):
        update = _mutated(rng, copy.deepcopy(rng.choice(alike)))
        update["update_id"] = 1_000_000 + n
        await app.conversation.receive(telegram, str(1_000_000 + n), update)
        if n % 50 == 0:
            await app.conversation.settle()
    await here.quiet()
    hung = await here.person("Hùng", "van-ninh.van-thang")
    await hung.says("/han").hears("15/02/2024")
    await lan.says("/han").hears("15/02/2024")
    broken = [error for speaker, _, error in await poison(here) if speaker]
    assert broken == [], "these were read, and then broke a turn"


def _samples(phone: TelegramPhone) -> list[dict[str, Any]]:
    chat, who = {"id": phone.user_id, "type": "private"}, dict(phone.user)
    group = {"id": -500, "type": "group", "title": "Dân vận khéo"}
    head = {"message_id": 9000, "from": who, "chat": chat, "date": 0}
    words = (
        "tc1 14 tc2 13,5",
        "/tucham",
        "quay lại",
        "điểm xã Vạn Hưng",
        "14/15",
        "15 15 14",
        "mùng 6 Tết",
        "hủy",
        "?",
    )
    button = {"message_id": 3, "chat": chat, "date": 0}
    member = {"user": {"id": 1}, "status": "member"}
    gone = {"user": {"id": 1}, "status": "kicked"}
    return [
        *({"message": head | {"text": text}} for text in words),
        {"edited_message": head | {"text": "tc1 12"}},
        {"message": head | {"photo": [{"file_id": "none", "width": 5, "height": 5}], "caption": "tc1 9"}},
        {"message": head | {"document": {"file_id": "none", "file_name": "a.pdf", "file_size": 10**9}}},
        {"message": head | {"sticker": {}}},
        {"message": head | {"chat": group, "text": "/tiendo"}},
        {"message": head | {"chat": group, "text": "/start ABCD2345"}},
        *(
            {"callback_query": {"id": "1", "from": who, "message": button, "data": d}}
            for d in ("c:dangky", "c:", "f:x:y")
        ),
        {"my_chat_member": {"chat": group, "from": who, "old_chat_member": gone, "new_chat_member": member}},
        {"message": {"chat": group, "migrate_to_chat_id": -600, "from": who, "message_id": 5}},
    ]


_ODD: tuple[Any, ...] = (
    *(None, True, -1, 0, 10**30, 1.5, float("inf"), "", " ", "\x00", "\ud800", "/", "//", "a" * 300, "1" * 70, [], {}),
    *(
        "1e9",
        "-5",
        "٣",
        "½",
        "13,",
        ",5",
        "tc",
        "tc99 5",
        "f:1:set:x",
        "c:mo:1",
        "c:mo:-1",
        "c:vanban",
        "c:lichnhac:1:2",
    ),
    *(["x"], {"id": "x"}, "\u202e\u200d\u0301", "Ñ" * 40, "%s{0}{name}", "<b>&amp;"),
)


def _mutated(rng: random.Random, update: dict[str, Any]) -> dict[str, Any]:
    """The update with a few of its values, anywhere, replaced or taken out; often only its words."""
    for _ in range(rng.choice((0, 1, 1, 1, 2, 4))):
        inside: Any = update
        while True:
            key = rng.choice(list(inside))
            if isinstance(inside[key], dict) and inside[key] and rng.random() < 0.85:
                inside = inside[key]
                continue
            if rng.random() < 0.1:
                del inside[key]
            else:
                inside[key] = copy.deepcopy(rng.choice(_ODD))
            break
        if not update:
            break
    return update


# -- the store away --------------------------------------------------------------------------------------------------


async def test_a_locked_database_delays_and_loses_nothing(
    tmp_path: Path,
    ready_sqlite: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_MS", 100)
    monkeypatch.setattr(conversation, "FIRST_WAIT", 0.05)
    given = {"TELEGRAM_WEBHOOK_URL": "http://127.0.0.1:1/telegram", "TELEGRAM_WEBHOOK_SECRET": SECRET}
    async with world(tmp_path / "kheo", "telegram", ready=ready_sqlite, **given) as here:
        await _until(lambda: here.fake.webhook)
        here.fake.webhook["url"] = f"{here.url}/telegram"
        lan = await scoring(here)
        other = sqlite3.connect(tmp_path / "kheo" / "kheo.db", isolation_level=None, timeout=5)
        said = []
        for n in range(30):
            if n in (5, 24):
                other.execute("BEGIN IMMEDIATE")
                asyncio.get_running_loop().call_later(0.6, other.execute, "COMMIT")
            said.append(f"Biên bản số {n:02} của thôn")
            await lan.device.say(said[-1])
            await asyncio.sleep(0.05)
        await _answered(lan, 30)
        assert await evidence(here, lan) == said
        assert 503 in here.fake.webhook_statuses
        assert set(here.fake.webhook_statuses) <= {200, 503}
        other.close()


async def test_a_full_disk_is_waited_out(hooked: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "FIRST_WAIT", 0.05)
    lan = await scoring(hooked)

    def pages(more: int) -> Any:
        def work(tx: Any) -> None:
            used = tx.exec_driver_sql("PRAGMA page_count").scalar_one()
            tx.exec_driver_sql(f"PRAGMA max_page_count = {used + more}").scalar_one()

        return work

    await hooked.app.store.write(pages(0))
    long = [f"Biên bản số {n:02}: " + "nhân dân đồng thuận, " * 150 for n in range(12)]
    for words in long:
        await lan.device.say(words.strip())
    await _until(lambda: 503 in hooked.fake.webhook_statuses)
    await hooked.app.store.write(pages(50_000))
    await _answered(lan, 12)
    assert await evidence(hooked, lan) == [words.strip() for words in long]
    assert await poison(hooked) == []


async def test_postgresql_that_drops_every_connection(
    tmp_path: Path,
    postgres_url: str,
) -> None:
    async with world(tmp_path / "kheo", "telegram", database_url=postgres_url) as here:
        lan = await scoring(here)
        hung = await scoring(here, "Hùng", "van-ninh.van-thang")
        said = []
        for n in range(30):
            said.append(f"Biên bản số {n:02} của thôn")
            await lan.device.say(said[-1])
            await hung.device.say(said[-1])
            if n % 6 == 3:
                await asyncio.to_thread(_drop_connections, postgres_url)
            await asyncio.sleep(0.01)
        await _answered(lan, 30)
        await _answered(hung, 30)
        assert await evidence(here, lan) == said
        assert await evidence(here, hung) == said


def _drop_connections(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


async def _answered(speaker: Speaker, many: int) -> None:
    await _until(lambda: sum("Đã nhận" in text for text in texts(speaker)) >= many)


# -- order -----------------------------------------------------------------------------------------------------------


async def test_fifty_quick_messages_are_answered_in_order_whatever_telegram_does(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "FIRST_PAUSE", 0.05)
    lan, hung = await here.person("Lan"), await here.person("Hùng", "van-ninh.van-thang")
    here.fake.fail("sendMessage", 500)
    for n in range(50):
        await lan.device.say(f"/chuaco{n:02}")
        await hung.device.say(f"/chuaco{n:02}")
        if n in (10, 30):
            here.fake.fail("sendMessage", 502)
            here.fake.fail("sendMessage", cut="before")
        if n in (20, 40):
            here.fake.fail("sendMessage", cut="after")
        if n == 35:
            here.fake.fail("sendMessage", 429, retry_after=1)
        await asyncio.sleep(0.005)
    for speaker in (lan, hung):
        await _until(lambda s=speaker: any("/chuaco49" in text for text in texts(s)))
        numbers_in_order(speaker, 50)


async def test_a_redelivered_update_counts_once(here: World) -> None:
    lan = await scoring(here)
    telegram = here.app.channels["telegram"]
    message = {
        "message_id": 9001,
        "from": lan.device.user,
        "chat": here.fake.chat(lan.device.user_id),
        "text": "Biên bản",
    }
    update = {"update_id": 5000, "message": message}
    await asyncio.gather(*(here.app.conversation.receive(telegram, "5000", update) for _ in range(20)))
    await here.quiet()
    assert await evidence(here, lan) == ["Biên bản"]


async def test_more_than_a_thousand_left_behind_are_all_taken_up(tmp_path: Path, ready_sqlite: Path) -> None:
    async with world(tmp_path / "kheo", "telegram", ready=ready_sqlite) as here:
        lan = await here.person("Lan")
        who, chat = lan.device.user, here.fake.chat(lan.device.user_id)
        now = here.app.clock.now()

        def leave(tx: Any) -> None:
            from bot.store import inbox

            for n in range(1010):
                message = {"message_id": 9100 + n, "from": who, "chat": chat, "text": "/han"}
                inbox.add(
                    tx,
                    here.app.channels["telegram"].account,
                    f"old{n}",
                    f"telegram/{who['id']}",
                    {"message": message},
                    now,
                )

        await here.app.store.write(leave)
        await here.app.conversation.resume()
        await here.quiet()
        left = await here.app.store.read(
            lambda tx: tx.exec_driver_sql("SELECT count(*) FROM inbox WHERE state = 'new'").scalar()
        )
        assert left == 0
        assert sum("15/02/2024" in text for text in texts(lan)) == 1010


# -- PostgreSQL ------------------------------------------------------------------------------------------------------


async def test_a_whole_conversation_on_postgresql(
    tmp_path: Path,
    postgres_url: str,
) -> None:
    """Registration, self-score, look-up on the web page; a reminder in the Telegram group."""
    async with world(tmp_path / "kheo", "web", database_url=postgres_url) as here:
        lan = await here.person("Lan")
        group = TelegramPhone(here.fake, 9000, "Mai", -700)
        await group.add_bot()
        await group.until(lambda: group.group_heard)
        await group.say_in_group(f"/lienket {await here.group_code()}")
        await group.until(lambda: any("huyện Vạn Ninh" in h.text for h in group.group_heard))

        await lan.says("/dangky").hears("tập thể hay cá nhân")
        for said, heard in (
            ("Tập thể", "tên điển hình"),
            ("Biển xanh thôn Tây Nam", "thực hiện"),
            ("Chi hội Phụ nữ thôn Tây Nam", "lĩnh vực"),
            ("Văn hóa - xã hội", "nội dung"),
            ("đảm bảo an toàn thực phẩm, bảo vệ môi trường", "thời gian"),
            ("từ tháng 01 đến tháng 11 năm 2024", "khen thưởng"),
            ("Có", "Biển xanh thôn Tây Nam"),
        ):
            await lan.says(said).hears(heard)
        await lan.picks("Nộp bản đăng ký").hears("Số tiếp nhận")

        assert await here.it_is(2024, 2, 6) > 0
        await group.until(lambda: any("xã Vạn Thắng" in h.text for h in group.group_heard))
        assert "xã Vạn Hưng" not in next(h.text for h in group.group_heard if "xã Vạn Thắng" in h.text)

        await lan.says("/tucham").hears(QUESTION)
        await lan.says("14,5").hears("Tài liệu kiểm chứng")
        await lan.sends_photo("hop.jpg").hears("Đã nhận 1 ảnh")
        await lan.picks("Xong").hears("Tiêu chí 02")
        await lan.says("tc2 15 tc3 15 tc4 15 tc5 15 tc6 15 tc7 10").hears("99,5/100")
        await lan.picks("Nộp bảng tự chấm").hears("Số tiếp nhận")
        await lan.says("điểm xã Vạn Hưng").hears("99,5/100")
