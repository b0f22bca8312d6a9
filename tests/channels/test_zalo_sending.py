"""What people see on Zalo, and what becomes of a send that fails."""

from __future__ import annotations

import re
import traceback
from collections.abc import AsyncIterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot import errors
from bot.channels.zalo.channel import TEXT_UNITS, Zalo
from bot.chat import Address, Attachment, Choice, Door, Reply, utf16_length
from tests.devices.zalo import TOKEN, FakeZalo, ZaloPhone

SECRET = TOKEN.partition(":")[2]


@pytest.fixture
async def fake() -> AsyncIterator[FakeZalo]:
    async with FakeZalo() as fake:
        yield fake


@pytest.fixture
async def lan(fake: FakeZalo) -> ZaloPhone:
    lan = ZaloPhone(fake, 501, "Lan", group=7)
    await lan.say("chào")
    return lan


@pytest.fixture
async def channel(fake: FakeZalo) -> AsyncIterator[Zalo]:
    channel = Zalo(TOKEN, fake.url, first_wait=0.01, longest_wait=0.02)
    yield channel
    await channel.close()
    for params in fake.sent():
        assert set(params) <= {"chat_id", "text", "text_styles"}, "no upload, no button, no edit: Zalo has none"
        assert 1 <= utf16_length(params["text"]) <= TEXT_UNITS
        params["text"].encode()  # no half of a surrogate pair


def at(lan: ZaloPhone) -> Address:
    return Address(lan.fake.channel, lan.user_id)


def rows(*labels: str) -> tuple[tuple[Choice, ...], ...]:
    return tuple((Choice(label, f"c:{n}"),) for n, label in enumerate(labels))


async def test_a_title_a_text_and_a_numbered_list(fake: FakeZalo, lan: ZaloPhone, channel: Zalo) -> None:
    reply = Reply("Mô hình của ai?", title="Đăng ký", choices=rows("Tập thể", "Cá nhân"))
    id = await channel.send(at(lan), reply)
    (heard,) = lan.heard
    assert heard.text == "Đăng ký\nMô hình của ai?\n1. Tập thể\n2. Cá nhân"
    assert heard.labels == ["Tập thể", "Cá nhân"]
    assert (id, channel.pieces(reply)) == (heard.message_id, 1)
    assert fake.sent()[0]["text_styles"] == [{"start": 0, "len": 7, "st": ["b"]}]
    await lan.press("Cá nhân")
    said = channel.read(fake.events[-1])
    assert said is not None and getattr(said, "text", "") == "2"


async def test_a_lettered_list_and_one_beside_an_open_question(lan: ZaloPhone, channel: Zalo) -> None:
    await channel.send(at(lan), Reply("Điểm?", choices=rows("Để sau", "Chưa có"), lettered=True))
    assert lan.heard[-1].text == "Điểm?\na. Để sau\nb. Chưa có"
    await channel.send(at(lan), Reply("Nhắc việc", choices=rows("Đã nhận"), aside=True))
    assert lan.heard[-1].text == "Nhắc việc\n• Đã nhận"
    assert lan.heard[-1].labels == [] and lan.heard[-1].beside == ["Đã nhận"]


async def test_where_styles_are_refused_the_same_message_goes_plain_and_all_later_ones(
    fake: FakeZalo, lan: ZaloPhone, channel: Zalo
) -> None:
    fake.takes_styles = False
    await channel.send(at(lan), Reply("một", title="Đăng ký 👍"))
    await channel.send(at(lan), Reply("hai", title="Đăng ký"))
    assert [heard.text for heard in lan.heard] == ["Đăng ký 👍\nmột", "Đăng ký\nhai"]
    assert ["text_styles" in params for params in fake.sent()] == [True, False, False]
    assert fake.sent()[0]["text_styles"][0]["len"] == 10, "UTF-16 units"


async def test_a_refusal_that_the_styles_are_not_to_blame_for_changes_nothing(
    fake: FakeZalo, lan: ZaloPhone, channel: Zalo
) -> None:
    fake.fail("sendMessage", 400, "Bad Request: text has words that nobody may say", times=2)
    with pytest.raises(errors.Refused):
        await channel.send(at(lan), Reply("một", title="Đăng ký"))
    await channel.send(at(lan), Reply("hai", title="Đăng ký"))
    assert ["text_styles" in params for params in fake.sent()] == [True, False, True]


async def test_what_would_change_an_earlier_message_is_not_sent(fake: FakeZalo, lan: ZaloPhone, channel: Zalo) -> None:
    reply = Reply("khác rồi", edits="abcdef0123456789")
    assert await channel.send(at(lan), reply) == "abcdef0123456789"
    assert (fake.sent(), channel.pieces(reply)) == ([], 0)
    await channel.send(at(lan), Reply("ghim", pin="pin"))
    assert [heard.text for heard in lan.heard] == ["ghim"]


async def test_a_file_is_refused_and_said_so_to_the_administrator(
    fake: FakeZalo, lan: ZaloPhone, channel: Zalo
) -> None:
    paper = Attachment("ban-dang-ky.docx", "application/x-test", "registration:12", content=b"PK\x03\x04")
    with capture_logs() as logs, pytest.raises(errors.Refused):
        await channel.send(at(lan), Reply("Bản in", attachment=paper))
    assert [entry["log_level"] for entry in logs] == ["error"]
    assert fake.sent() == []
    with pytest.raises(errors.Refused):
        await channel.send(at(lan), Reply(""))


@pytest.mark.parametrize("filling", ["mười ba rưỡi ", "điểm\n\n", "👍👍 ", "👍", "&<>*_~`#{red}" * 9, "ạ\u0323"])
async def test_a_long_text_comes_in_pieces_with_the_options_at_the_end(
    filling: str, lan: ZaloPhone, channel: Zalo
) -> None:
    text = (filling * (5_000 // len(filling))).strip()
    reply = Reply(text, title="Bảng tự chấm", choices=rows("Nộp"))
    id = await channel.send(at(lan), reply)
    assert len(lan.heard) == channel.pieces(reply) >= 3
    assert id == lan.heard[-1].message_id
    assert [heard.labels for heard in lan.heard] == [[]] * (len(lan.heard) - 1) + [["Nộp"]]
    read = "".join(heard.text for heard in lan.heard)
    assert re.sub(r"\s", "", read) == re.sub(r"\s", "", "Bảng tự chấm" + text + "1. Nộp")


@pytest.mark.parametrize(
    ("text", "pieces"), [("ạ" * TEXT_UNITS, 1), ("ạ" * (TEXT_UNITS + 1), 2), ("👍" * (TEXT_UNITS // 2 + 1), 2), ("", 0)]
)
def test_how_many_messages_a_reply_takes_is_known_before(text: str, pieces: int) -> None:
    assert Zalo(TOKEN).pieces(Reply(text)) == pieces


@pytest.mark.parametrize(
    ("trouble", "becomes"),
    [
        ({"status": 502, "html": True}, errors.Transient),
        ({"cut": "before"}, errors.UnknownEffect),
        ({"cut": "after"}, errors.UnknownEffect),
        ({"status": 429}, errors.Later),
        ({"status": 404}, errors.Gone),
    ],
    ids=str,
)
async def test_of_a_long_text_that_broke_off_only_the_rest_is_left(
    fake: FakeZalo, lan: ZaloPhone, channel: Zalo, trouble: dict[str, Any], becomes: type[errors.ChannelFailed]
) -> None:
    reply = Reply(
        "\n\n".join(f"Dòng {n} " + "điểm " * 150 for n in range(8)), title="Bảng tự chấm", choices=rows("Nộp", "Sửa")
    )
    whole = channel.pieces(reply)
    await channel.send(at(lan), Reply("trước đó"))
    failing, calls = fake._failing, []

    def the_second(method: str, params: dict[str, Any]) -> Any:
        calls.append(method)
        if len(calls) == 2:
            fake.fail("sendMessage", **trouble)
        return failing(method, params)

    fake._failing = the_second  # type: ignore[method-assign]
    with pytest.raises(becomes) as raised:
        await channel.send(at(lan), reply)
    fake._failing = failing  # type: ignore[method-assign]
    arrived = lan.heard[1:]
    assert len(arrived) == (2 if trouble.get("cut") == "after" else 1)
    rest = raised.value.rest
    assert isinstance(rest, Reply) and channel.pieces(rest) == whole - 1
    del lan.heard[2:]
    await channel.send(at(lan), Reply.from_json(rest.as_json()))
    read = "".join(heard.text for heard in lan.heard[1:])
    assert [len(re.findall(rf"Dòng {n} ", read)) for n in range(8)] == [1] * 8
    assert read.count("1. Nộp") == 1 and lan.heard[-1].labels == ["Nộp", "Sửa"]
    assert read.count("Bảng tự chấm") == 1


async def test_a_first_piece_that_fails_leaves_the_whole(fake: FakeZalo, lan: ZaloPhone, channel: Zalo) -> None:
    fake.fail("sendMessage", 500)
    with pytest.raises(errors.Transient) as raised:
        await channel.send(at(lan), Reply("điểm " * 1000))
    assert raised.value.rest is None


async def test_a_group_hears_what_nobody_asked_for(lan: ZaloPhone, channel: Zalo) -> None:
    mai = ZaloPhone(lan.fake, 502, "Mai", group=7)
    await channel.send(Address(lan.fake.channel, str(lan.group)), Reply("Hạn nộp: thứ Sáu"))
    assert [heard.text for heard in (*lan.group_heard, *mai.group_heard)] == ["Hạn nộp: thứ Sáu"] * 2
    await lan.remove_bot()
    with pytest.raises(errors.Gone):
        await channel.send(Address(lan.fake.channel, str(lan.group)), Reply("Hạn nộp: thứ Sáu"))


async def test_who_has_not_written_cannot_be_reached(fake: FakeZalo, channel: Zalo) -> None:
    mai = ZaloPhone(fake, 502, "Mai")
    with pytest.raises(errors.Gone):
        await channel.send(at(mai), Reply("Chào"))


async def test_a_month_that_is_used_up(fake: FakeZalo, lan: ZaloPhone, channel: Zalo) -> None:
    fake.monthly = 2
    for text in ("một", "hai"):
        await channel.send(at(lan), Reply(text))
    for _ in range(2):
        with pytest.raises(errors.Later):
            await channel.send(at(lan), Reply("ba"))
    fake.new_month()
    await channel.send(at(lan), Reply("ba"))
    assert [heard.text for heard in lan.heard] == ["một", "hai", "ba"]


async def test_a_refused_token_is_told_once_and_shown_never(fake: FakeZalo, lan: ZaloPhone, channel: Zalo) -> None:
    fake.fail("sendMessage", 401, f"no token {TOKEN}", times=3)
    with capture_logs() as logs:
        for _ in range(3):
            with pytest.raises(errors.Later) as raised:
                await channel.send(at(lan), Reply("Chào"))
            assert raised.value.seconds >= 30
            assert SECRET not in "".join(traceback.format_exception(raised.value))
        await channel.send(at(lan), Reply("Chào"))
    assert [entry["event"] for entry in logs] == ["Zalo refuses the token; correct ZALO_TOKEN (from Zalo Bot Creator)"]
    assert SECRET not in str(logs)


async def test_its_door_opens_when_it_knows_its_name(fake: FakeZalo, channel: Zalo) -> None:
    assert channel.door is None
    await channel.introduce()
    assert channel.door == Door(fake.channel, "Bot Khéo", f"https://bot.zaloplatforms.com/bots/{fake.bot_id}")
