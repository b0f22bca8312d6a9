"""The web chat over the real wire: a browser, our server, and somebody behind it who repeats what is said."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from copy import copy
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.channels.webchat.channel import WebChat
from bot.channels.webchat.visitors import POLICY
from bot.chat import Address, Attachment, Choice, Edited, Picked, Reply, Said, Sent, Started
from bot.errors import Gone, SettingsWrong, StoreDown, Transient
from bot.web.server import port_of, serve
from tests.devices.browser import Browser, CannotDo, NotTaken
from tests.web.echo import JPEG, Echo, open_echo, people_of_van_ninh


@pytest.fixture
async def echo(tmp_path: Path) -> AsyncIterator[Echo]:
    async with open_echo(tmp_path) as running:
        yield running


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Echo]:
    async with open_echo(tmp_path, demo=people_of_van_ninh()) as running:
        yield running


@pytest.fixture
async def lan(echo: Echo) -> AsyncIterator[Browser]:
    browser = Browser(echo.url, name="Lan")
    yield browser
    await browser.close()


async def in_demo(demo: Echo, chat: str) -> Browser:
    browser = Browser(demo.url, chat, group="nhom")
    await browser.open()
    return browser


# Talking


async def test_what_is_said_is_answered_and_both_are_shown(echo: Echo, lan: Browser) -> None:
    await lan.say("điểm xã Vạn Hưng?")
    await lan.until(lambda: lan.heard)
    assert lan.heard[0].text == "Đã nghe\nđiểm xã Vạn Hưng?"
    assert lan.heard[0].labels == ["Đúng", "Sai", "Xong & nộp"]
    said = echo.read_all()[0]
    assert isinstance(said, Said)
    assert said.origin.private
    assert said.origin.at == said.origin.who
    assert said.origin.language == "vi"
    assert [bubble.side for bubble in lan.bubbles.values()] == ["person", "bot"]


async def test_text_arrives_whole_whatever_it_contains(echo: Echo, lan: Browser) -> None:
    nasty = '<script>alert("1")</script> & "ngoặc"\n\ndòng ba\r\ndòng bốn  hai dấu cách 🙂 ' + "ư" * 5000
    await lan.say(nasty)
    await lan.until(lambda: lan.heard)
    plain = nasty.replace("\r\n", "\n")
    assert echo.read_all()[0].text == plain
    assert lan.heard[0].text == "Đã nghe\n" + plain
    assert "<script>" not in "".join(bubble.html for bubble in lan.bubbles.values())


async def test_a_press_brings_back_token_and_message(echo: Echo, lan: Browser) -> None:
    await lan.say("một")
    await lan.until(lambda: len(lan.heard) == 1)
    await lan.say("hai")
    await lan.until(lambda: len(lan.heard) == 2)
    await lan.press("Xong")
    await lan.press_old("Đúng")
    await lan.until(lambda: len(lan.heard) == 4)
    new, old = echo.read_all()[2:]
    assert isinstance(new, Picked)
    assert isinstance(old, Picked)
    assert (new.token, new.origin.message) == ("done", str(lan.heard[1].message_id))
    assert (old.token, old.origin.message) == ("yes", str(lan.heard[0].message_id))


async def test_a_forged_press_reaches_the_conversation_but_a_monstrous_one_does_not(echo: Echo, lan: Browser) -> None:
    await lan.forge("token-that-nobody-made")
    assert echo.read_all()[0].token == "token-that-nobody-made"
    with pytest.raises(NotTaken, match="400"):
        await lan.forge("x" * 65)
    assert len(echo.updates) == 1


async def test_a_link_with_a_code_starts_only_when_start_is_pressed(echo: Echo, lan: Browser) -> None:
    page = await lan.open("/chat/start", code="K7 <&>")
    assert 'data-code="K7 &lt;&amp;&gt;"' in page
    assert not echo.updates, "a link preview must not use the code up"
    await lan.start("K7MX")
    assert [u.code for u in echo.read_all() if isinstance(u, Started)] == ["K7MX"]
    await lan.until(lambda: any(b.side == "person" for b in lan.bubbles.values()))
    assert "K7MX" not in "".join(b.html for b in lan.bubbles.values()), "the code is not shown to whoever looks on"


async def test_correcting_ones_last_message(echo: Echo, lan: Browser) -> None:
    await lan.say("13")
    await lan.until(lambda: lan.heard)
    await lan.edit_last("13,5")
    await lan.until(lambda: any(b.edited for b in lan.bubbles.values()))
    said, edited = echo.read_all()[:2]
    assert isinstance(edited, Edited)
    assert edited.text == "13,5"
    assert edited.origin.message == said.origin.message
    assert [b.text for b in lan.bubbles.values() if b.side == "person"] == ["13,5"]


async def test_nobody_corrects_what_somebody_else_said(echo: Echo, lan: Browser) -> None:
    await lan.say("của Lan")
    hung = Browser(echo.url, name="Hùng")
    try:
        await lan.until(lambda: lan.heard)
        for message in lan.bubbles:
            with pytest.raises(NotTaken, match="404"):
                await hung.post("/chat/edit", message=str(message), text="của Hùng")
        assert not hung.bubbles
        assert len(echo.updates) == 1
    finally:
        await hung.close()


# Once, and never lost


async def test_a_post_that_comes_again_is_one_message_and_one_update(echo: Echo, lan: Browser) -> None:
    first = await lan.post("/chat/say", update="same-update-id", text="một lần")
    assert await lan.post("/chat/say", update="same-update-id", text="một lần") == first
    await asyncio.gather(*(lan.post("/chat/say", update="same-update-too", text="hai lần") for _ in range(5)))
    assert list(echo.updates) == [f"{echo.chats()[0]}:same-update-id", f"{echo.chats()[0]}:same-update-too"]
    assert [row.content["text"] for row in echo.log.rows if row.side == "person"] == ["một lần", "hai lần"]


async def test_the_same_update_id_in_two_chats_is_two_updates(echo: Echo, lan: Browser) -> None:
    hung = Browser(echo.url, name="Hùng")
    try:
        await lan.post("/chat/say", update="same-update-id", text="Lan")
        await hung.post("/chat/say", update="same-update-id", text="Hùng")
    finally:
        await hung.close()
    assert [update.text for update in echo.read_all()] == ["Lan", "Hùng"]


async def test_what_could_not_be_stored_is_not_confirmed_and_comes_again(echo: Echo, lan: Browser) -> None:
    await lan.open()
    echo.down = 2
    await lan.say("không mất")
    assert echo.refused == 2
    await lan.until(lambda: lan.heard)
    assert [update.text for update in echo.read_all()] == ["không mất"]
    assert [row.side for row in echo.log.rows] == ["person", "bot"]


async def test_a_store_that_is_down_answers_503(echo: Echo) -> None:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        await session.get(echo.url + "/chat")
        echo.down = 1
        fields = {"update": "some-update", "text": "x"}
        async with session.post(echo.url + "/chat/say", data=fields, headers={"Origin": echo.url}) as answer:
            assert answer.status == 503
            assert answer.headers["Retry-After"]


async def test_everything_is_still_there_after_reload_and_restart(tmp_path: Path) -> None:
    async with open_echo(tmp_path) as echo:
        lan = Browser(echo.url, name="Lan")
        await lan.say("xã Vạn Hưng")
        await lan.until(lambda: lan.heard)
        kept = echo.log
        port = echo.port
    async with open_echo(tmp_path, log=kept, port=port) as echo:
        page = await lan.open()
        assert "Đã nghe" in page
        assert page.count("xã Vạn Hưng") == 2
        await lan.say("xã Vạn Thắng")
        await lan.until(lambda: len(lan.heard) == 2)
        assert lan.heard[1].text.endswith("xã Vạn Thắng")
        await lan.close()


async def test_a_page_that_was_away_hears_what_came_and_what_was_changed(echo: Echo, lan: Browser) -> None:
    await lan.say("một")
    await lan.until(lambda: lan.heard)
    here = Address("web", echo.chats()[0])
    page = lan._listening
    assert page
    page.cancel()
    await asyncio.wait([page])
    new = await echo.channel.send(here, Reply("mới"))
    await echo.channel.send(here, Reply("đã sửa", edits=str(lan.heard[0].message_id)))
    lan._listening = None
    await lan.open()
    await lan.until(lambda: len(lan.heard) == 2)
    assert [(h.text, h.edited) for h in lan.heard] == [("đã sửa", True), ("mới", False)]
    assert lan.heard[1].message_id == int(new)


async def test_a_reply_is_replaced_in_place(echo: Echo, lan: Browser) -> None:
    await lan.say("một")
    await lan.until(lambda: lan.heard)
    here = Address("web", echo.chats()[0])
    id = await echo.channel.send(here, Reply("Còn 2 xã", choices=((Choice("Đã nhận", "ok"),),)))
    assert await echo.channel.send(here, Reply("Còn 1 xã", edits=id)) == id
    await lan.until(lambda: any(h.text == "Còn 1 xã" for h in lan.heard))
    assert len(lan.heard) == 2
    assert lan.heard[1].labels == []
    with pytest.raises(Gone):
        await echo.channel.send(here, Reply("x", edits="99999"))


# Files


async def test_a_photo_is_kept_before_the_update_and_shown_to_its_chat_only(echo: Echo, lan: Browser) -> None:
    await lan.send_photo("họp dân.jpg", JPEG, caption="tc1 14 45 hộ dự họp")
    sent = echo.read_all()[0]
    assert isinstance(sent, Sent)
    assert sent.caption == "tc1 14 45 hộ dự họp"
    assert sent.album == ""
    (file,) = sent.files
    assert (file.kind, file.name, file.size) == ("photo", "họp dân.jpg", len(JPEG))
    assert file.sha256 == hashlib.sha256(JPEG).hexdigest()
    assert await echo.channel.fetch(file, echo.keeper) == file

    await lan.until(lambda: lan.heard)
    (href,) = (image for bubble in lan.bubbles.values() for image in bubble.images)
    status, headers, body = await lan.download(href)
    assert (status, body) == (200, JPEG)
    assert headers["Content-Type"] == "image/jpeg"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]

    hung = Browser(echo.url, name="Hùng")
    assert (await hung.download(href))[0] == 404
    await hung.close()


async def test_a_document_is_handed_out_as_a_download(echo: Echo, lan: Browser) -> None:
    page = b"<html><script>alert(1)</script></html>"
    await lan.send_document("báo cáo.html", page, media="text/html")
    await lan.until(lambda: any(b.links for b in lan.bubbles.values()))
    (href,) = (link for bubble in lan.bubbles.values() for link in bubble.links)
    status, headers, body = await lan.download(href)
    assert (status, body) == (200, page)
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["Content-Disposition"].startswith("attachment;")


async def test_an_album_is_several_updates_and_one_message(echo: Echo, lan: Browser) -> None:
    await lan.send_album([(f"anh-{n}.jpg", JPEG + bytes([n])) for n in range(3)], caption="ba ảnh")
    parts = echo.read_all()
    assert [len(part.files) for part in parts] == [1, 1, 1]
    assert len({part.album for part in parts}) == 1
    assert parts[0].album
    assert [part.caption for part in parts] == ["ba ảnh", "", ""]
    assert len(echo.updates) == 3
    await lan.until(lambda: len(lan.heard) == 3)
    assert sum(len(bubble.images) for bubble in lan.bubbles.values()) == 3
    assert sum(bubble.side == "person" for bubble in lan.bubbles.values()) == 1


async def test_a_file_over_the_limit_still_gets_its_answer(echo: Echo, lan: Browser) -> None:
    await lan.send_document("to.bin", b"x" * (echo.keeper.limit + 1))
    (file,) = echo.read_all()[0].files
    assert file.problem == "too_large"
    assert not file.sha256
    assert (await echo.channel.fetch(file, echo.keeper)).problem == "too_large"
    await lan.until(lambda: lan.heard)
    assert any("to.bin" in bubble.html for bubble in lan.bubbles.values())


async def test_a_flood_is_cut_off(echo: Echo, lan: Browser) -> None:
    await lan.open()
    with pytest.raises(NotTaken, match="413"):
        await lan.send_document("lũ.bin", b"x" * (echo.keeper.limit * 6))
    assert not echo.updates


async def test_a_name_cannot_leave_its_folder(echo: Echo, lan: Browser) -> None:
    await lan.send_document("../../etc/passwd\\x.txt", b"x")
    assert echo.read_all()[0].files[0].name == "x.txt"


async def test_what_a_page_cannot_do_the_device_says(lan: Browser) -> None:
    with pytest.raises(CannotDo):
        await lan.send_sticker()


# Doors


async def test_posts_from_other_sites_and_without_a_chat_are_refused(echo: Echo) -> None:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        fields = {"update": "some-update", "text": "x"}

        async def status(**headers: str) -> int:
            async with session.post(echo.url + "/chat/say", data=fields, headers=headers) as answer:
                return answer.status

        assert await status(Origin=echo.url) == 403, "no cookie yet"
        await session.get(echo.url + "/chat")
        assert await status() == 403
        assert await status(Origin="null") == 403
        assert await status(Origin="https://evil.example") == 403
        assert await status(Origin=echo.url.replace("127.0.0.1", "localhost")) == 403
        assert not echo.updates
        assert await status(Origin=echo.url) == 200


async def test_the_cookie_is_a_secret_and_the_address_is_not(echo: Echo) -> None:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        async with session.get(echo.url + "/chat") as page:
            cookie = page.cookies["kheo_chat"]
            html = await page.text()
            assert page.headers["Content-Security-Policy"] == POLICY
        assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
        assert len(cookie.value) == 32
        assert cookie.value not in html
        async with session.get(echo.url + "/chat") as again:
            assert "kheo_chat" not in again.cookies
        fields = {"update": "some-update", "text": "x"}
        await session.post(echo.url + "/chat/say", data=fields, headers={"Origin": echo.url})
    assert cookie.value not in repr(echo.updates)
    assert cookie.value not in repr(echo.log.rows)


@pytest.mark.parametrize("update", ["", "short", "with space in it", "x" * 65, "../../etc"])
async def test_an_update_id_that_is_none_is_refused(lan: Browser, echo: Echo, update: str) -> None:
    await lan.open()
    with pytest.raises(NotTaken, match="400"):
        await lan._posted("/chat/say", lambda: {"update": update, "text": "x"})
    assert not echo.updates


async def test_garbage_is_refused_and_the_next_is_served(lan: Browser, echo: Echo) -> None:
    await lan.open()
    for path, body in [
        ("/chat/upload", {"update": "some-update"}),
        ("/chat/upload", aiohttp.FormData({"update": "some-update"})),
        ("/chat/pick", {"update": "some-update", "token": "x", "message": "abc"}),
        ("/chat/edit", {"update": "some-update", "message": "-1", "text": "x"}),
    ]:
        with pytest.raises(NotTaken, match=r"400|404"):
            await lan._posted(path, partial(copy, body))
    with pytest.raises(NotTaken, match="413"):
        await lan.say("x" * 2_000_000)
    await lan.say("vẫn nghe")
    assert [update.text for update in echo.read_all()] == ["vẫn nghe"]


# The demo


async def test_in_the_demo_everybody_is_somebody_else(demo: Echo) -> None:
    lan, hung = await in_demo(demo, "lan"), await in_demo(demo, "hung")
    try:
        await lan.say("tôi là Lan")
        await hung.say("tôi là Hùng")
        await lan.until(lambda: lan.heard)
        await hung.until(lambda: hung.heard)
        assert [h.text for h in lan.heard] == ["Đã nghe\ntôi là Lan"]
        assert [h.text for h in hung.heard] == ["Đã nghe\ntôi là Hùng"]
        assert [(u.origin.at.chat, u.origin.name) for u in demo.read_all()] == [
            ("lan", "Chị Lan"),
            ("hung", "Anh Hùng"),
        ]
    finally:
        await lan.close()
        await hung.close()


async def test_in_the_group_all_see_it_and_the_bot_answers_when_named(demo: Echo) -> None:
    lan, hung = await in_demo(demo, "lan"), await in_demo(demo, "hung")
    try:
        await lan.say_in_group("Các anh chị ơi, chiều nay họp nhé")
        await hung.until(lambda: any("chiều nay họp" in b.text for b in hung.bubbles.values()))
        assert demo.read_all() == [None]
        await hung.say_in_group("KHÉO ơi, bao giờ hết hạn?")
        await lan.say_in_group("/han")
        await lan.until(lambda: len(lan.group_heard) == 2)
        assert lan.heard == []
        named, command = demo.read_all()[1:]
        assert named.origin.at == Address("web", "nhom")
        assert named.origin.who == Address("web", "hung")
        assert (named.origin.private, named.origin.addressed, named.origin.name) == (False, True, "Anh Hùng")
        assert command.text == "/han"
        await lan.press_in_group("Đúng")
        assert demo.read_all()[3].origin.who == Address("web", "lan")
    finally:
        await lan.close()
        await hung.close()


async def test_an_album_in_the_group_is_meant_for_the_bot_as_a_whole(demo: Echo) -> None:
    lan = await in_demo(demo, "lan")
    lan.chat, lan.group = "lan", "nhom"
    try:
        for caption in ("Khéo ghi giúp", "ảnh họp hôm qua"):
            form = aiohttp.FormData({"as": "nhom", "who": "lan", "update": caption[:4].encode().hex(), "text": caption})
            for name in ("một.jpg", "hai.jpg"):
                form.add_field("files", JPEG, filename=name, content_type="image/jpeg")
            await lan._posted("/chat/upload", partial(copy, form))
        assert [bool(update) for update in demo.read_all()] == [True, True, False, False]
    finally:
        await lan.close()


@pytest.mark.parametrize("text", ["khéo quá", "chị Khéo", "kheo oi", "/diem"])
def test_what_names_the_bot(demo_channel: WebChat, text: str) -> None:
    assert demo_channel.read(group_payload(text)) is not None


@pytest.mark.parametrize("text", ["khỏe không", "kheobot", "một / hai", "", "khê o"])
def test_what_does_not_name_the_bot(demo_channel: WebChat, text: str) -> None:
    assert demo_channel.read(group_payload(text)) is None


@pytest.fixture
def demo_channel(tmp_path: Path) -> WebChat:
    return Echo.unserved(tmp_path)


def group_payload(text: str) -> dict[str, Any]:
    spoken = {"chat": "nhom", "who": "lan", "name": "Chị Lan", "group": True, "message": "1", "language": "vi"}
    return {"kind": "said", "text": text, **spoken}


async def test_the_clock_of_the_demo_is_moved_and_everybody_sees_it(demo: Echo) -> None:
    lan = await in_demo(demo, "lan")
    try:
        await lan.until(lambda: lan.clock)
        await lan.move_clock("2024-02-06T08:00")
        await lan.until(lambda: "08:00" in lan.clock)
        assert "06/02/2024" in lan.clock or "06 February 2024" in lan.clock
        assert demo.clock.now().isoformat(timespec="minutes") == "2024-02-06T08:00+07:00"
        with pytest.raises(NotTaken, match="400"):
            await lan.move_clock("ngày mai")
    finally:
        await lan.close()


async def test_nobody_strange_in_the_demo_and_no_strange_host(demo: Echo) -> None:
    with pytest.raises(NotTaken, match="403"):
        await Browser(demo.url, "thu").open()
    lan = await in_demo(demo, "lan")
    try:
        with pytest.raises(NotTaken, match="400"):
            await lan._posted("/chat/say", lambda: {"as": "nhom", "who": "nhom", "update": "some-update", "text": "x"})
        for path in ("/", "/chat?as=lan"):
            async with lan._open.get(demo.url + path, headers={"Host": "evil.example:80"}) as answer:
                assert answer.status == 403
    finally:
        await lan.close()


async def test_the_demo_page_is_not_there_without_the_demo(echo: Echo) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.get(echo.url + "/", allow_redirects=False) as page:
            assert (page.status, page.headers["Location"]) == (302, "/chat")
        async with session.post(echo.url + "/demo/clock", data={"to": "2024-02-06T08:00"}) as answer:
            assert answer.status in (404, 405)


# The server


async def test_healthz_and_a_port_that_is_taken(echo: Echo) -> None:
    async with aiohttp.ClientSession() as session, session.get(echo.url + "/healthz") as answer:
        assert (answer.status, await answer.text()) == (200, "ok")
    with pytest.raises(SettingsWrong, match=r"KHEO_PORT.*taken"):
        await serve("127.0.0.1", echo.port, [])
    runner = await serve("127.0.0.1", echo.port, [], search=True)
    assert port_of(runner) > echo.port
    await runner.cleanup()


async def test_it_stops_at_once_although_pages_are_open(tmp_path: Path) -> None:
    async with open_echo(tmp_path) as echo:
        lan = Browser(echo.url, name="Lan")
        await lan.say("xin chào")
        await lan.until(lambda: lan.heard)
        began = asyncio.get_running_loop().time()
        await echo.stop()
        assert asyncio.get_running_loop().time() - began < 2
        await lan.close()


async def test_a_store_that_stumbles_while_sending_is_tried_later_by_the_outbox(echo: Echo) -> None:
    async def away(*_: object) -> int:
        raise StoreDown("no room on the disk")

    echo.log.add = away  # type: ignore[method-assign, assignment]
    with pytest.raises(Transient):
        await echo.channel.send(Address("web", "lan"), Reply("xin chào"))


# Papers


async def test_a_paper_is_a_link_that_opens_for_its_reader_and_for_nobody_else(echo: Echo, lan: Browser) -> None:
    await lan.say("in")
    await lan.until(lambda: lan.heard)
    chat = echo.read_all()[0].origin.at
    paper = Attachment(
        "ban-dang-ky.docx", "application/x-test", "registration:1", content=b"PK\x03\x04 the registration"
    )
    await echo.channel.send(chat, Reply("Bản đăng ký", choices=((Choice("In lại", "c:banin"),),), attachment=paper))
    await lan.until(lambda: len(lan.heard) == 2)
    assert (lan.heard[1].text, lan.heard[1].labels) == ("Bản đăng ký", ["In lại"])
    (link,) = lan.heard[1].links
    status, headers, body = await lan.download(link)
    assert (status, body) == (200, paper.content)
    assert headers["Content-Disposition"] == "attachment; filename*=UTF-8''ban-dang-ky.docx"
    assert headers["Content-Type"] == "application/octet-stream"
    assert "private" in headers["Cache-Control"]
    assert "immutable" in headers["Cache-Control"]
    thief = Browser(echo.url, name="Somebody else")
    await thief.open()
    try:
        assert (await thief.download(link))[0] == 404, "the link alone opens nothing: it is for the chat it stands in"
    finally:
        await thief.close()
    async with aiohttp.ClientSession() as nobody, nobody.get(echo.url + link) as response:
        assert response.status == 403
    sha256 = hashlib.sha256(paper.content).hexdigest()
    assert (await lan.download(link.replace(sha256, "0" * 64)))[0] == 404


async def test_in_the_demo_a_paper_belongs_to_the_persona_to_whom_it_was_sent(demo: Echo) -> None:
    lan, hung = await in_demo(demo, "lan"), await in_demo(demo, "hung")
    try:
        paper = Attachment("bang.docx", "application/x-test", "scorecard:1", content=b"PK\x03\x04 points")
        await demo.channel.send(Address("web", "lan"), Reply("Bảng tự chấm", attachment=paper))
        await lan.until(lambda: lan.heard)
        (link,) = lan.heard[0].links
        assert (await lan.download(link))[2] == paper.content
        assert (await hung.download(link.replace("as=lan", "as=hung")))[0] == 404
    finally:
        await lan.close()
        await hung.close()
