"""How updates come in from Telegram, by long polling and by webhook, through every kind of trouble."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from structlog.testing import capture_logs

from bot import errors
from bot.channels.telegram.channel import BODY_BYTES, Telegram
from bot.chat import Address, Channel, Picked, Reply, Said
from tests.devices.telegram import TOKEN, FakeTelegram, TelegramPhone

MENU = {
    "vi": [("diem", "Xem điểm"), ("han", "Các thời hạn")],
    "en": [("diem", "Look a score up"), ("han", "The deadlines")],
}
HIDDEN = TOKEN.partition(":")[2]


class Inbox:
    """Stands where the store stands: keeps each update once, and can be down."""

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
        return [update["message"]["text"] for update in self.kept.values() if "message" in update]


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


@pytest.fixture
def lan(fake: FakeTelegram) -> TelegramPhone:
    return TelegramPhone(fake, 501, "Lan", group=-1_000_000_000_001)


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


def telegram(fake: FakeTelegram, token: str = TOKEN, **settings: Any) -> Telegram:
    return Telegram(
        token, api_base=fake.base, menu=MENU, first_wait=0.01, longest_wait=0.02, poll_seconds=1, **settings
    )


@asynccontextmanager
async def listening(channel: Telegram, inbox: Inbox) -> AsyncIterator[Telegram]:
    """The channel at work; it ends within the second when it is cancelled, and leaves no task behind."""
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


async def until(predicate: Any) -> None:
    async with asyncio.timeout(5):
        while not predicate():  # noqa: ASYNC110 – what is awaited happens in many places
            await asyncio.sleep(0.005)


def calls(fake: FakeTelegram, method: str) -> list[dict[str, Any]]:
    return [call["params"] for call in fake.calls if call["method"] == method]


async def test_it_tells_who_it_is_shows_its_menu_and_hears_in_order(
    fake: FakeTelegram, lan: TelegramPhone, inbox: Inbox
) -> None:
    async with listening(telegram(fake), inbox) as channel:
        for text in ("một", "hai", "ba"):
            await lan.say(text)
        await until(lambda: len(inbox.kept) == 3)
        assert inbox.texts() == ["một", "hai", "ba"]
        assert (channel.account, channel.bot_name) == ("telegram:710000001", "KheoBot")
        assert fake.commands[""] == fake.commands["vi"]
        assert fake.commands["en"][0] == {"command": "diem", "description": "Look a score up"}
        await until(lambda: not fake.updates)  # confirmed by the next poll
    assert len(inbox.times) == 3


async def test_nothing_touches_the_network_before_it_runs() -> None:
    channel = Telegram(TOKEN, api_base="http://127.0.0.1:9")
    assert channel.read({"update_id": 1}) is None
    assert channel.routes(Inbox().receive) == []
    await channel.close()


@pytest.mark.parametrize("token", ["", "hello", "12 3:abc", "abc:def"])
def test_a_token_that_is_none_is_named_but_not_shown(token: str) -> None:
    with pytest.raises(errors.SettingsWrong, match="TELEGRAM_TOKEN"):
        Telegram(token)
    with pytest.raises(errors.SettingsWrong, match="TELEGRAM_WEBHOOK_SECRET"):
        Telegram(TOKEN, webhook_secret="bí mật")


async def test_poison_in_the_middle_of_a_batch_harms_only_itself(
    fake: FakeTelegram, lan: TelegramPhone, inbox: Inbox
) -> None:
    await lan.say("trước")
    fake.push(message={"message_id": "no number", "chat": 5, "date": "yesterday", "entities": {"no": "list"}})
    fake.push(message={"text": "\ud800 half of a pair"})
    fake.updates.append({"no_id": True})
    fake.updates.append("no update at all")  # type: ignore[arg-type]
    stumbling = fake.push(message={"text": "the store trips over this"})
    inbox.poison.add(str(stumbling["update_id"]))
    await lan.say("sau")
    with capture_logs() as logs:
        async with listening(telegram(fake), inbox):
            await until(lambda: len(inbox.kept) == 4)
            await lan.say("vẫn nghe")
            await until(lambda: len(inbox.kept) == 5)
    assert [update["message"].get("text") for update in inbox.kept.values()] == [
        "trước",
        None,
        "\ud800 half of a pair",
        "sau",
        "vẫn nghe",
    ]
    passed_over = [entry for entry in logs if "passed over" in entry["event"]]
    assert [entry.get("update_id") for entry in passed_over] == [None, None, stumbling["update_id"]]


async def test_an_update_waits_while_the_store_is_down(fake: FakeTelegram, lan: TelegramPhone, inbox: Inbox) -> None:
    inbox.down = 3
    async with listening(telegram(fake), inbox):
        await lan.say("một")
        await lan.say("hai")
        await until(lambda: len(inbox.kept) == 2)
    assert inbox.times == ["1", "1", "1", "1", "2"]


async def test_what_was_not_confirmed_comes_again_after_a_restart(
    fake: FakeTelegram, lan: TelegramPhone, inbox: Inbox
) -> None:
    inbox.down = 10_000
    async with listening(telegram(fake), inbox):
        await lan.say("một")
        await until(lambda: inbox.times)
    inbox.down = 0
    async with listening(telegram(fake), inbox):
        await until(lambda: inbox.texts() == ["một"])


async def test_it_outlives_every_failure_of_the_platform_and_says_each_once(
    fake: FakeTelegram, lan: TelegramPhone, inbox: Inbox
) -> None:
    fake.fail("getMe", 401, times=2)
    fake.fail("getMe", 500, times=2)
    fake.fail("deleteWebhook", cut="before")
    fake.fail("getUpdates", 409, times=2)
    fake.fail("getUpdates", 429, retry_after=0)
    fake.fail("getUpdates", 429, retry_after="soon")  # no Bot API says so; aiogram cannot decode it
    fake.fail("getUpdates", 500, description=None)
    fake.fail("getUpdates", cut="after")
    fake.fail("getUpdates", 502, description="Bad Gateway")
    with capture_logs() as logs:
        async with listening(telegram(fake), inbox):
            await lan.say("một")
            await until(lambda: inbox.texts() == ["một"])
            await fake.go_away()
            await asyncio.sleep(0.05)
            await fake.come_back()
            await lan.say("hai")
            await until(lambda: inbox.texts() == ["một", "hai"])
    events = [entry["event"] for entry in logs]
    assert sum("refuses the token" in event for event in events) == 1
    assert sum("another program listens" in event for event in events) == 1
    assert any("cannot be reached" in event for event in events)
    assert any("Telegram is back" in event for event in events)
    assert HIDDEN not in json.dumps(logs, default=repr)


async def test_a_press_is_answered_at_once_and_only_once(fake: FakeTelegram, lan: TelegramPhone, inbox: Inbox) -> None:
    async with listening(telegram(fake), inbox) as channel:
        await lan.start()
        await channel.send(Address("telegram", "501"), Reply("Chọn", choices=Reply.from_json(CHOICES).choices))
        inbox.down = 2
        await lan.press("Tập thể")
        await until(lambda: any("callback_query" in update for update in inbox.kept.values()))
        await until(lambda: calls(fake, "answerCallbackQuery"))
        picked = channel.read(list(inbox.kept.values())[-1])
        assert isinstance(picked, Picked)
        assert (picked.token, picked.origin.message) == ("k:1", str(lan.heard[0].message_id))
    assert len(calls(fake, "answerCallbackQuery")) == 1


CHOICES = {"text": "Chọn", "title": "", "lettered": False, "edits": "", "choices": [[["Tập thể", "k:1"]]]}


# By webhook


@asynccontextmanager
async def webhook(fake: FakeTelegram, inbox: Inbox, **settings: Any) -> AsyncIterator[tuple[Telegram, str]]:
    """A channel whose routes are served beside it, as in the app; gives the channel and the webhook's address."""
    app = web.Application(client_max_size=64 * BODY_BYTES)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.05)
    # The port must be known before the channel, the routes before the server starts.
    socket = await asyncio.get_running_loop().create_server(asyncio.Protocol, "127.0.0.1", 0)
    port = socket.sockets[0].getsockname()[1]
    socket.close()
    await socket.wait_closed()
    url = f"http://127.0.0.1:{port}/hooks/telegram"
    channel = telegram(fake, webhook_url=url, **settings)
    app.add_routes(channel.routes(inbox.receive))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        async with listening(channel, inbox):
            yield channel, url
    finally:
        await runner.cleanup()


async def test_updates_come_by_webhook_and_presses_are_answered_in_the_response(
    fake: FakeTelegram, lan: TelegramPhone, inbox: Inbox
) -> None:
    async with webhook(fake, inbox) as (channel, url):
        await lan.say("một")
        await lan.say_in_group("/diem@KheoBot xã Vạn Hưng")
        await until(lambda: len(inbox.kept) == 2)
        said = [channel.read(update) for update in inbox.kept.values()]
        assert [incoming.text for incoming in said if isinstance(incoming, Said)] == ["một", "/diem xã Vạn Hưng"]
        await lan.forge("k:1")
        await until(lambda: calls(fake, "answerCallbackQuery"))
    [told] = calls(fake, "setWebhook")
    assert told["url"] == url
    assert len(told["secret_token"]) >= 32
    assert HIDDEN not in told["secret_token"]
    assert "callback_query" in told["allowed_updates"]
    assert told["drop_pending_updates"] is False
    assert not calls(fake, "getUpdates")
    assert fake.webhook, "a restart must not lose what comes meanwhile"


async def test_a_store_that_is_down_makes_telegram_deliver_again(
    fake: FakeTelegram, lan: TelegramPhone, inbox: Inbox
) -> None:
    inbox.down = 2
    async with webhook(fake, inbox, webhook_secret="mot-bi-mat"):
        await lan.say("một")
        await until(lambda: inbox.texts() == ["một"])
        await until(lambda: not fake.updates)
    assert [status for status in fake.webhook_statuses if status] == [503, 503, 200]


async def test_a_webhook_from_an_earlier_run_waits_until_the_bot_knows_its_name(
    fake: FakeTelegram, lan: TelegramPhone, inbox: Inbox
) -> None:
    async with webhook(fake, inbox, webhook_secret="mot-bi-mat"):
        await until(lambda: fake.webhook)
    fake.fail("getMe", 500, times=3)
    fake.webhook, old = {}, fake.webhook
    async with webhook(fake, inbox, webhook_secret="mot-bi-mat") as (_, url):
        fake.webhook = {**old, "url": url}
        await lan.say("một")
        await until(lambda: inbox.texts() == ["một"])


async def test_a_poison_update_is_not_delivered_for_ever(fake: FakeTelegram, lan: TelegramPhone, inbox: Inbox) -> None:
    inbox.poison.add("1")
    async with webhook(fake, inbox):
        await lan.say("độc")
        await lan.say("lành")
        await until(lambda: inbox.texts() == ["lành"])
    assert inbox.times == ["1", "2"]


SECRET = {"X-Telegram-Bot-Api-Secret-Token": "mot-bi-mat"}


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b'{"update_id": 9}', {}, 403),
        (b'{"update_id": 9}', {"X-Telegram-Bot-Api-Secret-Token": "khac"}, 403),
        (b'{"update_id": 9}', {"X-Telegram-Bot-Api-Secret-Token": "m\xf4t"}, 403),
        (b"x" * (BODY_BYTES + 1), {}, 403),
        (b"", SECRET, 400),
        (b"<html>", SECRET, 400),
        (b"\xff\xfe\x00", SECRET, 400),
        (b"[" * 100_000, SECRET, 400),
        (b"[1, 2]", SECRET, 400),
        (b"null", SECRET, 400),
        (b"{}", SECRET, 400),
        (b'{"update_id": "9"}', SECRET, 400),
        (b'{"update_id": true}', SECRET, 400),
        (b'{"update_id": 9.5}', SECRET, 400),
        (b'{"update_id": 9, "message": {"text": "' + b"x" * BODY_BYTES + b'"}}', SECRET, 413),
        (b'{"update_id": 9, "callback_query": "no object"}', SECRET, 200),
        (b'{"update_id": 9}', SECRET, 200),
    ],
)
async def test_what_else_may_be_posted_to_the_webhook(
    fake: FakeTelegram, inbox: Inbox, body: bytes, headers: dict[str, str], status: int
) -> None:
    async with webhook(fake, inbox, webhook_secret="mot-bi-mat") as (channel, url), aiohttp.ClientSession() as session:
        await until(lambda: channel.bot_name)
        async with session.post(url, data=body, headers=headers) as response:
            assert response.status == status
        assert list(inbox.kept) == (["9"] if status == 200 else [])
        async with session.get(url, headers=SECRET) as response:
            assert response.status == 405
