"""One call to the Zalo Bot Platform: what an answer means, what became of a call that failed, and who sees the token."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot import errors
from bot.channels.zalo.client import (
    CallFailed,
    Idle,
    Lost,
    Me,
    NotSent,
    Rejected,
    Stumbled,
    TooMuch,
    Verification,
    WrongToken,
    ZaloBot,
    failure,
)
from tests.devices.zalo import TOKEN, FakeZalo, ZaloPhone

SECRET = TOKEN.partition(":")[2]


@pytest.fixture
async def fake() -> AsyncIterator[FakeZalo]:
    async with FakeZalo() as fake:
        yield fake


@pytest.fixture
async def bot(fake: FakeZalo) -> AsyncIterator[ZaloBot]:
    bot = ZaloBot(TOKEN, fake.url)
    yield bot
    await bot.close()


@pytest.fixture
async def lan(fake: FakeZalo) -> ZaloPhone:
    lan = ZaloPhone(fake, 501, "Lan")
    await lan.say("chào")
    fake.events.clear()
    return lan


async def test_it_knows_itself(fake: FakeZalo, bot: ZaloBot) -> None:
    assert await bot.get_me() == Me(fake.bot_id, "Bot Khéo", True, shown=fake.bot_id)
    fake.can_join_groups = False
    assert not (await bot.get_me()).joins_groups


async def test_a_message_arrives_and_has_an_id(fake: FakeZalo, bot: ZaloBot, lan: ZaloPhone) -> None:
    id = await bot.send_message(lan.user_id, "Chào Lan 👍")
    assert [(heard.text, heard.message_id) for heard in lan.heard] == [("Chào Lan 👍", id)]
    assert fake.sent() == [{"chat_id": lan.user_id, "text": "Chào Lan 👍"}]


async def test_a_poll_brings_one_event_and_an_idle_one_nothing(fake: FakeZalo, bot: ZaloBot, lan: ZaloPhone) -> None:
    assert await bot.get_updates(0) == [], "408 is no trouble"
    await lan.say("một")
    await lan.say("hai")
    assert [event["message"]["text"] for event in await bot.get_updates(0)] == ["một"]
    assert [event["message"]["text"] for event in await bot.get_updates(0)] == ["hai"]
    assert await bot.get_updates(0) == []


async def test_webhooks(fake: FakeZalo, bot: ZaloBot) -> None:
    assert await bot.webhook() == "", "404 says that there is none"
    fake.outcome = "err.tls"
    found = await bot.set_webhook("http://127.0.0.1:9/zalo", "x" * 16)
    assert (found.outcome, found.fine) == ("err.tls", False)
    assert await bot.webhook() == "http://127.0.0.1:9/zalo", "it stays set"
    with pytest.raises(Rejected) as polled:
        await bot.get_updates(0)
    assert polled.value.code == 400 and "webhook" in polled.value.said
    fake.outcome, fake.daily_tests = "webhook.ok", 1
    assert (await bot.test_webhook()).fine
    with pytest.raises(Rejected) as tested:
        await bot.test_webhook()
    assert tested.value.code == 426
    assert Verification().fine, "a platform that says nothing has nothing against it"


CASES: list[tuple[dict[str, Any], type[CallFailed], type[errors.ChannelFailed]]] = [
    ({"status": 401}, WrongToken, errors.Later),
    ({"status": 403}, Stumbled, errors.Transient),
    ({"status": 500}, Stumbled, errors.Transient),
    ({"status": 502, "html": True}, Stumbled, errors.Transient),
    ({"status": 504, "html": True}, Stumbled, errors.Transient),
    ({"status": 403, "html": True}, Stumbled, errors.Transient),
    ({"status": 404, "html": True}, Stumbled, errors.Transient),
    ({"status": 429}, TooMuch, errors.TooMany),
    ({"status": 429, "html": True}, TooMuch, errors.TooMany),
    ({"status": 429, "http": 200}, TooMuch, errors.TooMany),
    ({"status": 408}, Idle, errors.UnknownEffect),
    ({"html": True, "status": 200}, Lost, errors.UnknownEffect),
    ({"cut": "before"}, Lost, errors.UnknownEffect),
    ({"cut": "after"}, Lost, errors.UnknownEffect),
    ({"status": 400}, Rejected, errors.Refused),
    ({"status": 400, "http": 200}, Rejected, errors.Refused),
    ({"status": 400, "description": "Bad Request: text is too long"}, Rejected, errors.Refused),
    ({"status": 404}, Rejected, errors.Gone),
    ({"status": 400, "description": "Bad Request: chat not found"}, Rejected, errors.Gone),
    ({"status": 400, "description": "The bot was blocked by the user"}, Rejected, errors.Unreachable),
    ({"status": 403, "description": "The bot was blocked by the user"}, Stumbled, errors.Unreachable),
]


@pytest.mark.parametrize(("how", "raised", "becomes"), CASES, ids=lambda value: str(value) if value else "")
async def test_each_failure_has_its_class(
    fake: FakeZalo,
    bot: ZaloBot,
    lan: ZaloPhone,
    how: dict[str, Any],
    raised: type[CallFailed],
    becomes: type[errors.ChannelFailed],
) -> None:
    fake.fail("sendMessage", **how)
    with pytest.raises(CallFailed) as failed:
        await bot.send_message(lan.user_id, "Chào")
    assert type(failed.value) is raised
    assert type(failure(failed.value)) is becomes
    await bot.send_message(lan.user_id, "vẫn nói được")
    arrived = 2 if how.get("cut") == "after" else 1
    assert len(lan.heard) == arrived, "no call is made again by the client"


async def test_what_did_not_leave_is_known_not_to_have_left(fake: FakeZalo, bot: ZaloBot, lan: ZaloPhone) -> None:
    await fake.go_away()
    with pytest.raises(NotSent) as failed:
        await bot.send_message(lan.user_id, "Chào")
    assert isinstance(failure(failed.value), errors.Transient)
    for nowhere in ("http://khong-co.invalid", "http://[::bad"):
        other = ZaloBot(TOKEN, nowhere)
        with pytest.raises(NotSent):
            await other.send_message(lan.user_id, "Chào")
        await other.close()


async def test_an_answer_that_does_not_come_is_given_up(fake: FakeZalo, bot: ZaloBot) -> None:
    with pytest.raises(Lost):
        await bot.call("getUpdates", {"timeout": "30"}, seconds=0.05)


async def test_a_redirect_would_carry_the_token_away() -> None:
    asked: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    bot = ZaloBot(TOKEN, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    with pytest.raises(Stumbled):
        await bot.get_me()
    await bot.close()
    server.close()
    assert len(asked) == 1


async def test_the_token_is_shown_to_nobody(
    fake: FakeZalo, bot: ZaloBot, lan: ZaloPhone, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    fake.fail("sendMessage", 400, f"no such path /bot{TOKEN}/sendMessage")
    fake.fail("sendMessage", 401, f"unknown token {TOKEN.replace(':', '%3A')}")
    fake.fail("sendMessage", cut="after")
    fake.fail("sendMessage", 502, html=True)
    told = [repr(bot), str(bot)]
    for _ in range(4):
        try:
            await bot.send_message(lan.user_id, "Chào")
        except CallFailed as failed:
            told += ["".join(traceback.format_exception(failed)), repr(failed), str(failed)]
            told += [repr(failure(failed)), repr(failed.__context__), repr(failed.__cause__)]
    await fake.go_away()
    try:
        await bot.get_me()
    except CallFailed as failed:
        told += ["".join(traceback.format_exception(failed)), repr(failed.__context__)]
    assert len(told) > 20
    assert not [one for one in (*told, caplog.text) if SECRET in one]


@pytest.mark.parametrize("token", ["", "khong phai token", "abc:defghijkl", "123456", "12345:short"])
def test_what_is_no_token_is_none(token: str) -> None:
    with pytest.raises(ValueError, match="not a token") as refused:
        ZaloBot(token)
    assert not token or token not in str(refused.value)


async def test_nothing_touches_the_network_before_the_first_call() -> None:
    bot = ZaloBot(TOKEN)
    assert bot.id == "41800000017"
    await bot.close()
