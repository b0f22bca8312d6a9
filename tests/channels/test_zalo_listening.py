"""How events come in from Zalo, by webhook and by polling, through every kind of trouble."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from itertools import pairwise
from pathlib import Path
from shutil import copyfile
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from structlog.testing import capture_logs

from bot import errors
from bot.app import build
from bot.channels.zalo.channel import BODY_BYTES, Zalo
from bot.chat import Address, Channel, Said, Sent
from bot.config import settings
from tests.devices.zalo import SECOND_TOKEN, TOKEN, FakeZalo, ZaloPhone
from tests.talk import in_group, photo
from tests.world import plans, world

HIDDEN = TOKEN.partition(":")[2]
SECRET = "mot-bi-mat-cua-webhook"
SHOWN = {"X-Bot-Api-Secret-Token": SECRET}


class Inbox:
    """Stands where the store stands: keeps each event once, and can be down."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, Any]] = {}
        self.times: list[str] = []
        self.down = 0
        self.poison: set[str] = set()

    async def receive(self, channel: Channel, id: str, payload: dict[str, Any]) -> None:
        self.times.append(id)
        if self.down:
            self.down -= 1
            raise errors.StoreDown("the disk is full")
        if id in self.poison:
            raise RuntimeError("nobody foresaw this")
        self.kept.setdefault(id, payload)

    def texts(self) -> list[str]:
        return [event["message"]["text"] for event in self.kept.values() if "text" in event["message"]]


@pytest.fixture
async def fake() -> AsyncIterator[FakeZalo]:
    async with FakeZalo() as fake:
        yield fake


@pytest.fixture
def lan(fake: FakeZalo) -> ZaloPhone:
    return ZaloPhone(fake, 501, "Lan", group=7)


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


def zalo(fake: FakeZalo, **settings: Any) -> Zalo:
    given = {"first_wait": 0.01, "longest_wait": 0.02, "poll_seconds": 1, "poll_gap": 0.02} | settings
    return Zalo(fake.token, fake.url, **given)


@asynccontextmanager
async def listening(channel: Zalo, inbox: Inbox) -> AsyncIterator[Zalo]:
    """The channel at work; it ends within the second when it is cancelled."""
    running = asyncio.create_task(channel.run(inbox.receive))
    try:
        yield channel
    finally:
        assert not running.done(), running
        running.cancel()
        with suppress(asyncio.CancelledError):
            async with asyncio.timeout(1):
                await running
        await channel.close()


async def until(predicate: Callable[[], Any]) -> None:
    async with asyncio.timeout(5):
        while not predicate():  # noqa: ASYNC110 – what is awaited happens in many places
            await asyncio.sleep(0.005)


def calls(fake: FakeZalo, method: str) -> list[dict[str, Any]]:
    return [call["params"] for call in fake.calls if call["method"] == method]


# By polling


async def test_events_come_one_by_one_and_in_order(fake: FakeZalo, lan: ZaloPhone, inbox: Inbox) -> None:
    async with listening(zalo(fake), inbox) as channel:
        for text in ("một", "hai", "ba"):
            await lan.say(text)
        await until(lambda: len(inbox.kept) == 3)
        assert inbox.texts() == ["một", "hai", "ba"]
        assert channel.name == channel.account == "zalo:41800000017"
        said = channel.read(next(iter(inbox.kept.values())))
        assert isinstance(said, Said) and said.origin.at == Address("zalo:41800000017", lan.user_id)
    assert fake.most_polls_at_once == 1
    assert not calls(fake, "deleteWebhook"), "nobody's webhook is taken away"


async def test_a_platform_that_replays_is_asked_slowly_and_each_event_is_known(
    fake: FakeZalo, lan: ZaloPhone, inbox: Inbox
) -> None:
    fake.replay = True
    async with listening(zalo(fake, poll_gap=0.05), inbox):
        await lan.say("một")
        await lan.say("hai")
        await until(lambda: len(inbox.times) >= 6)
        fake.replay = False
        await lan.say("ba")
        await until(lambda: len(inbox.kept) == 3)
    assert inbox.texts() == ["một", "hai", "ba"]
    idle = fake.poll_moments[3:6]
    gaps = [later - earlier for earlier, later in pairwise(idle)]
    assert min(gaps) >= 0.045, gaps


async def test_an_idle_poll_that_is_answered_at_once_does_not_become_a_storm(fake: FakeZalo, inbox: Inbox) -> None:
    async with listening(zalo(fake, poll_seconds=0, poll_gap=0.05), inbox):
        await asyncio.sleep(0.3)
    assert 3 <= len(fake.poll_moments) <= 8


async def test_an_event_waits_while_the_store_is_down(fake: FakeZalo, lan: ZaloPhone, inbox: Inbox) -> None:
    inbox.down = 3
    async with listening(zalo(fake), inbox):
        await lan.say("một")
        await lan.say("hai")
        await until(lambda: inbox.texts() == ["một", "hai"])
    assert len(inbox.times) == 5


async def test_what_is_said_while_nobody_listens_may_be_lost_and_the_rest_goes_on(
    fake: FakeZalo, lan: ZaloPhone, inbox: Inbox
) -> None:
    fake.forgets = True
    await lan.say("không ai nghe")
    async with listening(zalo(fake), inbox):
        await until(lambda: fake.poll_moments)
        fake.loses = 1
        await lan.say("mất")
        await lan.say("còn")
        await until(lambda: inbox.texts() == ["còn"])


async def test_a_webhook_that_is_set_is_left_alone_and_the_remedy_is_told(
    fake: FakeZalo, lan: ZaloPhone, inbox: Inbox
) -> None:
    fake.webhook = {"url": "http://127.0.0.1:9/other", "secret_token": "x" * 16}
    with capture_logs() as logs:
        async with listening(zalo(fake), inbox):
            await until(lambda: len(calls(fake, "getUpdates")) >= 3)
            fake.webhook = {}
            await lan.say("vẫn nghe")
            await until(lambda: inbox.texts() == ["vẫn nghe"])
    told = [entry["event"] for entry in logs if entry["log_level"] == "error"]
    assert len(told) == 1 and "ZALO_WEBHOOK_URL" in told[0] and "deleteWebhook" in told[0]
    assert not calls(fake, "deleteWebhook") and not calls(fake, "setWebhook")


async def test_it_outlives_every_failure_of_the_platform_and_says_each_once(
    fake: FakeZalo, lan: ZaloPhone, inbox: Inbox
) -> None:
    fake.fail("getMe", 401, f"no token {TOKEN}", times=2)
    fake.fail("getMe", 403)
    fake.fail("getMe", html=True)
    fake.fail("getUpdates", 502, html=True, times=2)
    fake.fail("getUpdates", 504, html=True)
    fake.fail("getUpdates", 429)
    fake.fail("getUpdates", cut="before")
    fake.fail("getUpdates", 408, http=200)
    with capture_logs() as logs:
        async with listening(zalo(fake), inbox):
            await lan.say("một")
            await until(lambda: inbox.texts() == ["một"])
            fake.gateway = 502
            await asyncio.sleep(0.05)
            fake.gateway = 0
            await fake.go_away()
            await asyncio.sleep(0.05)
            await fake.come_back()
            await lan.say("hai")
            await until(lambda: inbox.texts() == ["một", "hai"])
    events = [entry["event"] for entry in logs]
    assert sum("refuses the token" in event for event in events) == 1
    assert any("cannot be reached" in event for event in events)
    assert any("Zalo is back" in event for event in events)
    assert HIDDEN not in json.dumps(logs, default=repr)


async def test_what_is_no_event_harms_only_itself(fake: FakeZalo, lan: ZaloPhone, inbox: Inbox) -> None:
    await lan.say("trước")
    for garbage in ("no event", {"event_name": "x"}, {"message": {}}, None, [], {"event_name": 1, "message": {}}):
        fake.push(garbage)
    await lan.say("vấp")
    inbox.poison.add(lan.last_id)
    await lan.say("sau")
    with capture_logs() as logs:
        async with listening(zalo(fake, poll_gap=0.0), inbox):
            await until(lambda: inbox.texts() == ["trước", "sau"])
    assert sum("passed over" in entry["event"] for entry in logs) >= 6
    assert "vấp" not in str(logs)


async def test_only_where_it_may_it_polls(fake: FakeZalo, lan: ZaloPhone, inbox: Inbox) -> None:
    may = False
    async with listening(zalo(fake, may_poll=lambda: may), inbox):
        await until(lambda: calls(fake, "getMe"))
        await asyncio.sleep(0.05)
        assert not calls(fake, "getUpdates")
        may = True
        await lan.say("một")
        await until(lambda: inbox.texts() == ["một"])


async def test_a_bot_that_groups_cannot_take_says_so(fake: FakeZalo, inbox: Inbox) -> None:
    fake.can_join_groups = False
    with capture_logs() as logs:
        async with listening(zalo(fake), inbox):
            await until(lambda: fake.poll_moments)
    assert any("groups" in entry["event"] for entry in logs)


@pytest.mark.parametrize("token", ["", "hello", "12 3:abc", "abc:def"])
def test_a_token_that_is_none_is_named_but_not_shown(token: str) -> None:
    with pytest.raises(errors.SettingsWrong, match="ZALO_TOKEN"):
        Zalo(token)
    with pytest.raises(errors.SettingsWrong, match="ZALO_WEBHOOK_SECRET"):
        Zalo(TOKEN, webhook_url="https://kheo.example.vn/zalo")


# By webhook


@asynccontextmanager
async def webhook(fake: FakeZalo, inbox: Inbox, **settings: Any) -> AsyncIterator[tuple[Zalo, str]]:
    """A channel whose routes are served beside it, as in the app; gives the channel and the webhook's address."""
    app = web.Application(client_max_size=64 * BODY_BYTES)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.05)
    socket = await asyncio.get_running_loop().create_server(asyncio.Protocol, "127.0.0.1", 0)
    port = socket.sockets[0].getsockname()[1]
    socket.close()
    await socket.wait_closed()
    url = f"http://127.0.0.1:{port}/hooks/zalo"
    channel = zalo(fake, webhook_url=url, webhook_secret=SECRET, **settings)
    app.add_routes(channel.routes(inbox.receive))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        async with listening(channel, inbox):
            yield channel, f"{url}/{fake.bot_id}"
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("wrapped", [False, True])
@pytest.mark.parametrize("photo_field", ["photo_url", "photo"])
async def test_events_come_by_webhook_in_either_form(
    fake: FakeZalo, lan: ZaloPhone, inbox: Inbox, wrapped: bool, photo_field: str
) -> None:
    fake.wrapped, fake.photo_field = wrapped, photo_field
    async with webhook(fake, inbox) as (channel, url):
        await lan.say("một")
        await lan.say_in_group("/diem xã Vạn Hưng")
        await lan.say_in_group("chuyện riêng", addressed=False)
        await lan.send_photo("a.jpg", photo("a.jpg"), "Hợp dân")
        await until(lambda: len(inbox.kept) == 3)
        said = [channel.read(event) for event in inbox.kept.values()]
        assert [one.text for one in said if isinstance(one, Said)] == ["một", "/diem xã Vạn Hưng"]
        (sent,) = (one for one in said if isinstance(one, Sent))
        assert sent.caption == "Hợp dân" and sent.files[0].source.startswith(fake.url)
    [told] = calls(fake, "setWebhook")
    assert told == {"url": url, "secret_token": SECRET}
    assert set(fake.webhook_statuses) == {200}
    assert not calls(fake, "getUpdates")
    assert fake.webhook, "a restart must not lose what comes meanwhile"


async def test_the_verification_is_answered_and_nothing_is_done(fake: FakeZalo, inbox: Inbox) -> None:
    with capture_logs() as logs:
        async with webhook(fake, inbox) as (_, url):
            await until(lambda: fake.pings)
            async with aiohttp.ClientSession() as session:
                for body in ("", "  ", "{}", '{"ok": true}', '{"event_name": "ping"}', "[]", "null", "<html>"):
                    for headers in ({}, SHOWN, {"X-Bot-Api-Secret-Token": "sai"}):
                        async with session.post(url, data=body, headers=headers) as answer:
                            assert (answer.status, await answer.text()) == (200, ""), (body, headers)
                async with session.get(url) as answer:
                    assert (answer.status, await answer.text()) == (200, "")
    assert fake.pings == [200]
    assert inbox.times == []
    assert any(entry["event"] == "Zalo delivers to the webhook" for entry in logs)


async def test_who_does_not_know_the_secret_delivers_nothing(fake: FakeZalo, lan: ZaloPhone, inbox: Inbox) -> None:
    fake.phones[lan.user_id].met = True
    forged = fake.message(lan, lan.user_id, "message.text.received", text="giả")
    fake.events.clear()
    async with webhook(fake, inbox) as (_, url), aiohttp.ClientSession() as session:
        for shown in ("", "sai", SECRET[:-1], SECRET + "x", SECRET.upper(), "bí mật"):
            for body in (forged, {"ok": True, "result": forged}):
                headers = {"X-Bot-Api-Secret-Token": shown} if shown else {}
                async with session.post(url, json=body, headers=headers) as answer:
                    assert answer.status == 403
        async with session.post(url, json=forged) as answer:
            assert answer.status == 403
        assert inbox.times == []
        async with session.post(url, json=forged, headers=SHOWN) as answer:
            assert answer.status == 200
        assert inbox.texts() == ["giả"]
        async with session.post(url, data=b"x" * (BODY_BYTES + 1), headers=SHOWN) as answer:
            assert answer.status == 413
        for path in (url.rpartition("/")[0], url + "1"):
            async with session.post(path, json=forged, headers=SHOWN) as answer:
                assert answer.status == 404


async def test_a_store_that_is_down_takes_nothing_in_its_name(fake: FakeZalo, lan: ZaloPhone, inbox: Inbox) -> None:
    inbox.down = 2
    async with webhook(fake, inbox):
        await lan.say("một")
        await until(lambda: inbox.texts() == ["một"])
        await until(lambda: not fake.events)
    assert fake.webhook_statuses == [503, 503, 200]


async def test_deliveries_that_come_twice_carry_the_same_id(fake: FakeZalo, lan: ZaloPhone, inbox: Inbox) -> None:
    fake.repeats = 2
    async with webhook(fake, inbox):
        await lan.say("một")
        await until(lambda: len(inbox.times) == 3)
        await lan.say("hai")
        await until(lambda: len(inbox.times) == 6)
    assert inbox.times == [id for id in inbox.kept for _ in range(3)]
    assert inbox.texts() == ["một", "hai"]


async def test_a_poison_event_is_not_delivered_for_ever(fake: FakeZalo, lan: ZaloPhone, inbox: Inbox) -> None:
    await lan.say("độc")
    inbox.poison.add(lan.last_id)
    async with webhook(fake, inbox):
        await lan.say("lành")
        await until(lambda: inbox.texts() == ["lành"])
    assert len(inbox.times) == 2


@pytest.mark.parametrize(
    ("outcome", "remedy"),
    [
        ("http.403", "Cloudflare"),
        ("http.404", "KHEO_PORT"),
        ("http.5xx", "is Khéo running"),
        ("err.tls", "certificate"),
        ("err.unreachable", "DNS"),
        ("err.new", "proxy in front"),
    ],
)
async def test_a_verification_that_failed_is_told_in_words_and_events_are_taken_nevertheless(
    fake: FakeZalo, lan: ZaloPhone, inbox: Inbox, outcome: str, remedy: str
) -> None:
    fake.outcome = outcome
    with capture_logs() as logs:
        async with webhook(fake, inbox):
            await until(lambda: fake.webhook)
            await lan.say("một")
            await until(lambda: inbox.texts() == ["một"])
    (told,) = [entry for entry in logs if entry["log_level"] == "error"]
    assert remedy in told["remedy"] and told["outcome"] == outcome


# In the whole program


async def test_the_webhook_of_the_program_is_verified_and_answers(
    fake: FakeZalo, tmp_path: Path, ready_sqlite: Path
) -> None:
    copyfile(ready_sqlite, tmp_path / "kheo.db")
    socket = await asyncio.get_running_loop().create_server(asyncio.Protocol, "127.0.0.1", 0)
    port = socket.sockets[0].getsockname()[1]
    socket.close()
    await socket.wait_closed()
    own = settings(
        KHEO_DATA=tmp_path,
        DATABASE_URL="",
        TELEGRAM_TOKEN="",
        ZALO_TOKEN=TOKEN,
        ZALO_API_BASE=fake.url,
        ZALO_WEBHOOK_URL=f"http://127.0.0.1:{port}/zalo",
        ZALO_WEBHOOK_SECRET=SECRET,
    )
    app = build(own, plans=plans())
    app.prepare()
    await app.start(port=port, tick=False)
    try:
        lan = ZaloPhone(fake, 501, "Lan")
        await lan.say("chào")
        await lan.until(lambda: lan.heard)
        assert len(lan.heard) == 1, "at most one message for each that came"
        assert fake.webhook["url"] == f"http://127.0.0.1:{port}/zalo/{fake.bot_id}"
        assert (fake.pings, set(fake.webhook_statuses)) == ([200], {200})
    finally:
        await app.stop()
    assert fake.webhook, "the end of the program takes no webhook away"


async def test_two_bots_of_one_office_and_an_event_that_comes_anew_after_a_restart(
    tmp_path: Path, ready_sqlite: Path
) -> None:
    async with world(tmp_path, "zalo", ready=ready_sqlite, ZALO_TOKEN=f"{TOKEN},{SECOND_TOKEN}") as here:
        second = here.zalo.beside()
        assert [name for name in here.app.channels.by_name if name.startswith("zalo")] == [
            "zalo:41800000017",
            "zalo:41800000029",
        ]
        lan = await here.person("Lan")
        mai = ZaloPhone(second, 900, "Mai")
        await mai.say("chào")
        await mai.until(lambda: mai.heard)
        assert second.sent() and not [p for p in here.zalo.sent() if p["chat_id"] == mai.user_id]
        before = len(lan.device.heard)
        here.zalo.again(lan.device.last_id)
        await here.restart()
        here.zalo.again(lan.device.last_id)
        await lan.says("/trogiup").hears("/viec")
        assert len(lan.device.heard) == before + 1, "what is known is neither done nor answered again"


async def test_a_group_that_threw_the_bot_out_is_reached_again_when_it_speaks_to_it(
    tmp_path: Path, ready_sqlite: Path
) -> None:
    async with world(tmp_path, "zalo", ready=ready_sqlite) as here:
        lan = await here.person("Lan", group=7)
        there = in_group(lan)
        await lan.device.add_bot(await here.group_code())
        await there.hears("đã liên kết với huyện Vạn Ninh")
        group = lan.device.group
        await lan.device.remove_bot()
        await here.it_is(2024, 2, 6)
        assert [params["chat_id"] for params in here.zalo.sent(group)] == [group] * 2, "tried once, and refused"
        await lan.device.add_bot()
        await there.says("/tiendo").hears("Đã trả lời")
        await here.it_is(2024, 2, 7)
        await there.hears("hôm nay là ngày làm việc cuối cùng")
