"""What people see on Telegram, what becomes of a send that fails, and how files come home."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import re
import traceback
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import telegram as ptb
from structlog.testing import capture_logs

from bot import errors
from bot.channels.telegram.channel import Telegram
from bot.chat import Address, Attachment, Choice, File, Reply, Sent, utf16_length
from tests.devices.telegram import TOKEN, FakeTelegram, TelegramPhone

HIDDEN = TOKEN.partition(":")[2]
GROUP = -1_000_000_000_001
LANS = Address("telegram", "501")
IN_GROUP = Address("telegram", str(GROUP))


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


@pytest.fixture
async def lan(fake: FakeTelegram) -> TelegramPhone:
    lan = TelegramPhone(fake, 501, "Lan", group=GROUP)
    await lan.start()
    return lan


@pytest.fixture
async def channel(fake: FakeTelegram) -> AsyncIterator[Telegram]:
    channel = Telegram(TOKEN, api_base=fake.base, first_wait=0.01, longest_wait=0.02)
    yield channel
    await channel.close()
    for call in fake.calls:
        problems = outside_the_bot_api(call)
        assert not problems, problems


def outside_the_bot_api(call: dict[str, Any]) -> list[str]:
    """What python-telegram-bot, or the limits of the Bot API, have against a call that we made."""
    params = call["params"]
    spoken = getattr(ptb.Bot, re.sub(r"(?<!^)([A-Z])", r"_\1", call["method"]).lower())
    known = inspect.signature(spoken).parameters
    problems = [f"{call['method']} knows no {name}" for name in params if name not in known]
    problems += [f"{call['method']} takes no file {name}" for name in call["files"] if name not in known]
    problems += [f"{name} is null" for name, value in params.items() if value is None]
    limits = {"text": ptb.constants.MessageLimit.MAX_TEXT_LENGTH, "caption": ptb.constants.MessageLimit.CAPTION_LENGTH}
    for name in ("text", "caption"):
        if name not in params:
            continue
        bare = re.sub(r"</?b>", "", params[name])
        seen = bare.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        if re.search(r"[<>]|&(?!lt;|gt;|amp;)", bare):
            problems.append(f"unescaped: {bare!r}")
        if not 1 <= utf16_length(seen) <= limits[name]:
            problems.append(f"{utf16_length(seen)} units of {name}")
    if "reply_markup" in params:
        markup = ptb.InlineKeyboardMarkup.de_json(params["reply_markup"], None)
        if markup.api_kwargs or markup.to_dict() != params["reply_markup"]:
            problems.append(f"read differently: {params['reply_markup']}")
        for row in markup.inline_keyboard:
            if not 1 <= len(row) <= 8:
                problems.append(f"{len(row)} buttons abreast")
            for button in row:
                if button.api_kwargs or not button.text or not 1 <= len(str(button.callback_data).encode()) <= 64:
                    problems.append(f"no button: {button}")
    if (
        "link_preview_options" in params
        and ptb.LinkPreviewOptions.de_json(params["link_preview_options"], None).api_kwargs
    ):
        problems.append("unknown link preview options")
    return problems


def sent(fake: FakeTelegram) -> list[dict[str, Any]]:
    return [call["params"] for call in fake.calls if call["method"] in ("sendMessage", "editMessageText")]


def rows(labels: list[list[str]]) -> tuple[tuple[Choice, ...], ...]:
    return tuple(tuple(Choice(label, f"c:{r}:{c}") for c, label in enumerate(row)) for r, row in enumerate(labels))


async def test_a_title_a_text_and_buttons(fake: FakeTelegram, lan: TelegramPhone, channel: Telegram) -> None:
    reply = Reply("Điểm < 9 & chưa đủ <b>", title="Tiêu chí <07>", choices=rows([["Tập thể", "Cá nhân"], ["Hủy"]]))
    id = await channel.send(LANS, reply)
    assert id == str(lan.heard[0].message_id)
    assert lan.heard[0].text == "Tiêu chí <07>\nĐiểm < 9 & chưa đủ <b>"
    assert lan.heard[0].labels == ["Tập thể", "Cá nhân", "Hủy"]
    assert sent(fake)[0]["text"].startswith("<b>Tiêu chí &lt;07&gt;</b>\n")


async def test_only_a_title_or_only_a_text(lan: TelegramPhone, channel: Telegram) -> None:
    await channel.send(LANS, Reply("", title="Đã nhận"))
    await channel.send(LANS, Reply("Đã nhận"))
    assert [heard.text for heard in lan.heard] == ["Đã nhận", "Đã nhận"]
    with pytest.raises(errors.Refused):
        await channel.send(LANS, Reply(""))


PAPER = Attachment(
    "ban-dang-ky-xa-van-hung-00012.docx", "application/x-test", "registration:12", content=b"PK\x03\x04" * 99
)


async def test_a_paper_is_one_document_with_its_caption_and_buttons(
    fake: FakeTelegram, lan: TelegramPhone, channel: Telegram
) -> None:
    reply = Reply("Bản đăng ký < dự thảo & chưa ký", title="Bản in", choices=rows([["In lại"]]), attachment=PAPER)
    id = await channel.send(LANS, reply)
    (heard,) = lan.heard
    assert id == str(heard.message_id)
    assert heard.text == "Bản in\nBản đăng ký < dự thảo & chưa ký"
    assert heard.labels == ["In lại"]
    assert heard.files == [(PAPER.name, PAPER.content)]
    assert [call["method"] for call in fake.calls if call["method"].startswith("send")] == ["sendDocument"]
    await lan.press("In lại")


async def test_a_caption_that_is_too_long_goes_before_the_paper(lan: TelegramPhone, channel: Telegram) -> None:
    for text, messages in (("ạ" * 1024, 1), ("👍" * 512, 1), ("ạ" * 1025, 2), ("dài " * 2000, 3), ("", 1)):
        lan.heard.clear()
        await channel.send(LANS, Reply(text, choices=rows([["In lại"]]), attachment=PAPER))
        assert len(lan.heard) == messages
        assert [bool(heard.files) for heard in lan.heard] == [False] * (messages - 1) + [True]
        assert [heard.labels for heard in lan.heard] == [[]] * (messages - 1) + [["In lại"]]
        assert "".join(heard.text for heard in lan.heard).replace(" ", "") == text.replace(" ", "")


async def test_a_paper_whose_sending_fails_fails_as_a_message_does(
    fake: FakeTelegram, lan: TelegramPhone, channel: Telegram
) -> None:
    reply = Reply("Bản đăng ký", attachment=PAPER)
    troubles: list[tuple[dict[str, Any], type[errors.ChannelFailed]]] = [
        ({"status": 429, "retry_after": 3}, errors.Later),
        ({"status": 403}, errors.Unreachable),
        ({"status": 500}, errors.Transient),
        ({"cut": "after"}, errors.UnknownEffect),
        ({"status": 400, "description": "Bad Request: wrong file"}, errors.Refused),
    ]
    for trouble, becomes in troubles:
        fake.fail("sendDocument", **trouble)
        with pytest.raises(becomes) as raised:
            await channel.send(LANS, reply)
        assert HIDDEN not in "".join(traceback.format_exception(raised.value))


async def test_a_paper_goes_into_the_forum_thread_and_beside_it_when_that_is_gone(
    fake: FakeTelegram, lan: TelegramPhone, channel: Telegram
) -> None:
    there = Address("telegram", str(GROUP), "7")
    await channel.send(there, Reply("Bảng", attachment=PAPER))
    assert fake.calls[-1]["params"]["message_thread_id"] == 7
    fake.fail("sendDocument", 400, "Bad Request: message thread not found")
    await channel.send(there, Reply("Bảng", attachment=PAPER))
    assert "message_thread_id" not in fake.calls[-1]["params"]
    assert [heard.files for heard in lan.group_heard] == [[(PAPER.name, PAPER.content)]] * 2


@pytest.mark.parametrize("filling", ["mười ba rưỡi ", "điểm\n\n", "👍👍 ", "&<>" * 9, "<b>đậm</b> & "])
async def test_a_long_text_comes_in_pieces_with_the_buttons_under_the_last(
    filling: str, lan: TelegramPhone, channel: Telegram
) -> None:
    text = (filling * (11_000 // len(filling))).strip()
    id = await channel.send(LANS, Reply(text, title="Bảng tự chấm", choices=rows([["Nộp"]])))
    assert len(lan.heard) >= 3
    assert id == str(lan.heard[-1].message_id)
    assert [heard.labels for heard in lan.heard] == [[]] * (len(lan.heard) - 1) + [["Nộp"]]
    read = "".join(heard.text for heard in lan.heard)
    assert re.sub(r"\s", "", read) == re.sub(r"\s", "", "Bảng tự chấm" + text)


@pytest.mark.parametrize("trouble", [{"status": 500}, {"cut": "before"}, {"status": 429, "retry_after": 1}], ids=str)
async def test_of_a_long_text_that_broke_off_only_the_rest_is_left(
    fake: FakeTelegram,
    lan: TelegramPhone,
    channel: Telegram,
    monkeypatch: pytest.MonkeyPatch,
    trouble: dict[str, Any],
) -> None:
    text = "\n\n".join(f"Dòng {n} " + "điểm " * 300 for n in range(8))
    failing, calls = fake._failing, []

    def the_second(method: str, params: dict[str, Any]) -> Any:
        calls.append(method)
        if len(calls) == 2:
            fake.fail("sendMessage", **trouble)
        return failing(method, params)

    monkeypatch.setattr(fake, "_failing", the_second)
    with pytest.raises(errors.ChannelFailed) as failed:
        await channel.send(LANS, Reply(text, title="Bảng", choices=rows([["Nộp"]])))
    assert len(lan.heard) == 1
    await channel.send(LANS, failed.value.rest)
    read = "".join(heard.text for heard in lan.heard)
    assert re.sub(r"\s", "", read) == re.sub(r"\s", "", "Bảng" + text), "each word once"
    assert [heard.labels for heard in lan.heard] == [[]] * (len(lan.heard) - 1) + [["Nộp"]]


async def test_a_paper_that_did_not_follow_its_long_text_comes_alone(
    fake: FakeTelegram, lan: TelegramPhone, channel: Telegram
) -> None:
    fake.fail("sendDocument", 500)
    with pytest.raises(errors.Transient) as failed:
        await channel.send(LANS, Reply("rất dài " * 400, attachment=PAPER, choices=rows([["Xem"]])))
    before = len(lan.heard)
    await channel.send(LANS, failed.value.rest)
    assert [heard.files for heard in lan.heard[before:]] == [[(PAPER.name, PAPER.content)]]
    assert lan.heard[-1].labels == ["Xem"]


async def test_what_failed_at_once_has_no_rest(fake: FakeTelegram, lan: TelegramPhone, channel: Telegram) -> None:
    fake.fail("sendMessage", 500)
    with pytest.raises(errors.Transient) as failed:
        await channel.send(LANS, Reply("Chào"))
    assert failed.value.rest is None


async def test_buttons_that_are_too_wide_get_rows_of_their_own(
    fake: FakeTelegram, lan: TelegramPhone, channel: Telegram
) -> None:
    points = [f"{half // 2},5" if half % 2 else str(half // 2) for half in range(16)]
    wide = ["Mô hình Camera an ninh thôn Xuân Tự 1", "Hủy"]
    endless = ["Phát huy vai trò của Mặt trận Tổ quốc và các tổ chức chính trị - xã hội trong giám sát"]
    await channel.send(LANS, Reply("Chọn", choices=rows([["Có", "Không"], wide, endless, points])))
    shown = [[button["text"] for button in row] for row in sent(fake)[0]["reply_markup"]["inline_keyboard"]]
    assert shown[:3] == [["Có", "Không"], [wide[0]], [wide[1]]]
    assert shown[3][0].endswith("…")
    assert len(shown[3][0]) <= 60
    assert shown[4:] == [points[:8], points[8:]]
    await lan.press(endless[0])
    assert fake.updates[-1]["callback_query"]["data"] == "c:2:0"


async def test_a_message_is_edited_in_place(lan: TelegramPhone, channel: Telegram) -> None:
    id = await channel.send(LANS, Reply("Còn 3 xã", choices=rows([["Xem"]])))
    assert await channel.send(LANS, Reply("Còn 2 xã", edits=id)) == id
    assert await channel.send(LANS, Reply("Còn 2 xã", edits=id)) == id, "the same once more is no failure"
    assert [(heard.text, heard.labels, heard.edited) for heard in lan.heard] == [("Còn 2 xã", [], True)]
    await channel.send(LANS, Reply("xã Vạn Hưng\n" * 900, edits=id))
    assert len(lan.heard) == 1
    assert lan.heard[0].text.endswith("…")
    for lost in ("99", "web-5"):
        with pytest.raises(errors.Gone):
            await channel.send(LANS, Reply("Còn 1 xã", edits=lost))


async def test_the_topic_of_a_forum_and_a_topic_that_is_gone(
    fake: FakeTelegram, lan: TelegramPhone, channel: Telegram
) -> None:
    await channel.send(Address("telegram", str(GROUP), "9"), Reply("Nhắc việc"))
    assert sent(fake)[0]["message_thread_id"] == 9
    fake.fail("sendMessage", 400, "Bad Request: message thread not found")
    await channel.send(Address("telegram", str(GROUP), "9"), Reply("Nhắc lại"))
    assert "message_thread_id" not in sent(fake)[-1]
    assert [heard.text for heard in lan.group_heard] == ["Nhắc việc", "Nhắc lại"]


async def test_the_whole_group_hears(fake: FakeTelegram, lan: TelegramPhone, channel: Telegram) -> None:
    hung = TelegramPhone(fake, 502, "Hùng", group=GROUP)
    id = await channel.send(IN_GROUP, Reply("Còn 3 xã"))
    await channel.send(IN_GROUP, Reply("Còn 2 xã", edits=id))
    for phone in (lan, hung):
        assert [(heard.text, heard.edited) for heard in phone.group_heard] == [("Còn 2 xã", True)]


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        ({"status": 429, "retry_after": 7}, errors.Later),
        ({"status": 403}, errors.Unreachable),
        ({"status": 403, "description": "Forbidden: bot was kicked from the supergroup chat"}, errors.Unreachable),
        ({"status": 400, "description": "Bad Request: chat not found"}, errors.Gone),
        ({"status": 400, "description": "Bad Request: not enough rights to send text messages"}, errors.Unreachable),
        ({"status": 400, "description": "Bad Request: BUTTON_DATA_INVALID"}, errors.Refused),
        ({"status": 401}, errors.Later),
        ({"status": 404, "description": "Not Found"}, errors.Later),
        ({"status": 500}, errors.Transient),
        ({"status": 502, "description": "Bad Gateway"}, errors.Transient),
        ({"cut": "before"}, errors.UnknownEffect),
        ({"cut": "after"}, errors.UnknownEffect),
    ],
)
async def test_each_failure_says_what_is_to_be_done(
    failure: dict[str, Any],
    error: type[errors.ChannelFailed],
    fake: FakeTelegram,
    lan: TelegramPhone,
    channel: Telegram,
) -> None:
    fake.fail("sendMessage", **failure)
    with pytest.raises(errors.ChannelFailed) as caught:
        await channel.send(LANS, Reply("Đã nhận"))
    assert type(caught.value) is error
    assert len(lan.heard) == (1 if failure.get("cut") == "after" else 0)
    if failure.get("retry_after"):
        assert caught.value.seconds == 7
    assert HIDDEN not in "".join(traceback.format_exception(caught.value))
    await channel.send(LANS, Reply("Đã nhận"))
    assert lan.heard[-1].text == "Đã nhận"


async def test_a_blocked_an_unknown_and_a_moved_chat(fake: FakeTelegram, lan: TelegramPhone, channel: Telegram) -> None:
    TelegramPhone(fake, 503, "Mai")
    with pytest.raises(errors.Unreachable):
        await channel.send(Address("telegram", "503"), Reply("Xin chào"))
    with pytest.raises(errors.Gone):
        await channel.send(Address("telegram", "999"), Reply("Xin chào"))
    await lan.block()
    with pytest.raises(errors.Unreachable):
        await channel.send(LANS, Reply("Xin chào"))
    fake.migrate(GROUP, -1_000_000_000_777)
    with pytest.raises(errors.MovedTo) as moved:
        await channel.send(IN_GROUP, Reply("Nhắc việc"))
    assert moved.value.chat == "-1000000000777"
    await channel.send(Address("telegram", moved.value.chat), Reply("Nhắc việc"))
    assert lan.group_heard[-1].text == "Nhắc việc"


async def test_a_platform_that_is_away(fake: FakeTelegram, lan: TelegramPhone, channel: Telegram) -> None:
    await channel.send(LANS, Reply("một"))
    await fake.go_away()
    with pytest.raises(errors.ChannelFailed):
        await channel.send(LANS, Reply("hai"))  # the open connection may have carried it
    with pytest.raises(errors.Transient) as caught:
        await channel.send(LANS, Reply("hai"))
    assert HIDDEN not in "".join(traceback.format_exception(caught.value))
    await fake.come_back()
    await channel.send(LANS, Reply("hai"))
    assert [heard.text for heard in lan.heard] == ["một", "hai"]


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:9", "socks5://lan:mat-khau@127.0.0.1:9"])
async def test_a_proxy_that_is_away_has_carried_nothing(proxy: str, fake: FakeTelegram, lan: TelegramPhone) -> None:
    channel = Telegram(TOKEN, api_base=fake.base, proxy=proxy)
    with pytest.raises(errors.Transient) as caught:
        await channel.send(LANS, Reply("một"))
    said = "".join(traceback.format_exception(caught.value))
    assert HIDDEN not in said
    assert "mat-khau" not in said
    await channel.close()


async def test_everything_goes_through_the_proxy(fake: FakeTelegram, lan: TelegramPhone) -> None:
    asked: list[bytes] = []

    async def tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).splitlines()[0])
        host, port = asked[-1].split()[1].decode().split(":")
        there, back = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await asyncio.gather(carry(reader, back), carry(there, writer))

    async def carry(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while piece := await source.read(65536):
            sink.write(piece)
        sink.close()

    async with await asyncio.start_server(tunnel, "127.0.0.1", 0) as proxy:
        port = proxy.sockets[0].getsockname()[1]
        channel = Telegram(TOKEN, api_base=fake.base, proxy=f"http://127.0.0.1:{port}")
        await channel.send(LANS, Reply("một"))
        await channel.close()
    assert asked == [f"CONNECT {fake.base.removeprefix('http://')} HTTP/1.1".encode()]
    assert lan.heard[0].text == "một"


class Shelf:
    """A keeper that takes 1 MB."""

    limit = 1024 * 1024

    def __init__(self) -> None:
        self.content: dict[str, bytes] = {}

    async def keep(self, chunks: Any, file: File) -> File:
        content = b"".join([chunk async for chunk in chunks])
        sha256 = hashlib.sha256(content).hexdigest()
        self.content[sha256] = content
        return File(file.source, file.kind, file.name, len(content), file.media, sha256)

    def path(self, sha256: str) -> Path:
        raise NotImplementedError

    def shown(self, sha256: str) -> Path | None:
        return self.path(sha256)


def the_file(fake: FakeTelegram, channel: Telegram) -> File:
    incoming = channel.read(fake.updates[-1])
    assert isinstance(incoming, Sent)
    return incoming.files[0]


PHOTO = bytes(range(256)) * 1200


async def test_a_file_comes_home_through_stumbles(fake: FakeTelegram, lan: TelegramPhone, channel: Telegram) -> None:
    await lan.send_photo("hop-dan.jpg", PHOTO, "tc1 14")
    fake.fail("getFile", 500)
    fake.fail("file", cut="before")
    shelf = Shelf()
    file = await channel.fetch(the_file(fake, channel), shelf)
    assert (file.size, file.problem) == (len(PHOTO), "")
    assert shelf.content[file.sha256] == PHOTO


async def test_a_file_that_is_too_large_or_cannot_be_had(
    fake: FakeTelegram, lan: TelegramPhone, channel: Telegram
) -> None:
    shelf = Shelf()
    await lan.send_document("ke-hoach.pdf", bytes(shelf.limit + 1))
    assert (await channel.fetch(the_file(fake, channel), shelf)).problem == "too_large"
    assert not [call for call in fake.calls if call["method"] == "getFile"]

    await lan.send_document("video.zip", b"PK")
    file = the_file(fake, channel)
    fake.claimed[file.source] = 21 * 1024 * 1024
    assert (await channel.fetch(file, shelf)).problem == "too_large"

    with capture_logs() as logs:
        fake.fail("file", 404, "Not Found", times=3)
        assert (await channel.fetch(File(fake_file(fake), "document"), shelf)).problem == "unreachable"
        assert (await channel.fetch(File("nobody", "document"), shelf)).problem == "unreachable"
        await fake.go_away()
        assert (await channel.fetch(File("nobody", "document"), shelf)).problem == "unreachable"
    assert len(logs) == 3
    assert HIDDEN not in repr(logs)
    assert not shelf.content


def fake_file(fake: FakeTelegram) -> str:
    return str(fake.keep_file("bien-ban.pdf", b"%PDF")["file_id"])


async def test_a_message_is_pinned_silently_where_the_bot_may_and_unpinned_by_its_edit(
    fake: FakeTelegram, lan: TelegramPhone, channel: Telegram
) -> None:
    fake.administered.add(GROUP)
    message = await channel.send(IN_GROUP, Reply("Chưa trả lời (2)", pin="pin"))
    await lan.until(lambda: fake.pinned.get(GROUP) == [int(message)])
    (call,) = [c for c in fake.calls if c["method"] == "pinChatMessage"]
    assert call["params"]["disable_notification"] is True
    await channel.send(IN_GROUP, Reply("Tất cả đã trả lời", edits=message, pin="unpin"))
    await lan.until(lambda: fake.pinned[GROUP] == [])


async def test_where_the_bot_may_not_pin_the_message_is_there_all_the_same(
    fake: FakeTelegram, lan: TelegramPhone, channel: Telegram
) -> None:
    message = await channel.send(IN_GROUP, Reply("Chưa trả lời (2)", pin="pin"))
    await lan.until(lambda: any(c["method"] == "pinChatMessage" for c in fake.calls))
    assert lan.group_heard[-1].message_id == int(message)
    fake.fail("pinChatMessage", cut="before")
    await channel.send(IN_GROUP, Reply("Chưa trả lời (1)", pin="pin"))
    assert lan.group_heard[-1].text == "Chưa trả lời (1)"
