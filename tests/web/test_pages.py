"""The pages in a real browser: talking, pressing, sending photos, coming back, on a phone and on a desk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from bot.chat import Address, Choice, Reply
from tests.web.browser import DESK, PHONE, Open, photo, picture_of, say
from tests.web.echo import Echo, open_echo, people_of_van_ninh

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(loop_scope="session")
async def echo(tmp_path: Path) -> AsyncIterator[Echo]:
    async with open_echo(tmp_path) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def demo(tmp_path: Path) -> AsyncIterator[Echo]:
    async with open_echo(tmp_path, demo=people_of_van_ninh()) as running:
        yield running


async def test_talking_pressing_and_a_photo_survive_a_reload(echo: Echo, open_page: Open) -> None:
    page = await open_page(f"{echo.url}/chat", PHONE)
    panel = page.locator(".panel")
    await panel.locator(".start").click()
    await expect(panel.locator(".message.bot .title")).to_have_text("Xin chào")
    await expect(panel.locator(".welcome")).to_be_hidden()

    await panel.locator("textarea").fill("dòng một")
    await panel.locator("textarea").press("Shift+Enter")
    await panel.locator("textarea").press_sequentially("dòng hai")
    await panel.locator("textarea").press("Enter")
    await expect(panel.locator(".message.bot .text").last).to_have_text("dòng một\ndòng hai")
    await expect(panel.locator(".pending li")).to_have_count(0, timeout=700)
    await expect(panel.locator("textarea")).to_have_value("")

    await panel.get_by_role("button", name="Xong & nộp").click()
    await expect(panel.locator(".message.bot .text").last).to_have_text("Đã chọn done")
    await expect(panel.locator(".message.picked .text")).to_have_text("Xong & nộp")

    await panel.locator("input[type=file]").set_input_files([photo("một.png"), photo("hai.png")])
    await expect(panel.locator(".preview img")).to_have_count(2)
    await panel.locator(".preview .remove").first.click()
    await expect(panel.locator(".preview img")).to_have_count(1)
    await say(panel, "tc1 14 45 hộ dự họp")
    await expect(panel.locator(".message.bot .text").last).to_have_text("Đã nhận hai.png\ntc1 14 45 hộ dự họp")
    await expect(panel.locator(".preview")).to_have_count(0)
    thumbnail = panel.locator(".message.person img")
    await expect(thumbnail).to_have_js_property("naturalWidth", 480)
    await expect(panel.locator(".pending li")).to_have_count(0)

    await page.screenshot(path=picture_of("chat-phone"))

    before = await panel.locator(".message").all_inner_texts()
    await page.reload()
    await expect(panel.locator(".message")).to_have_count(len(before))
    assert await panel.locator(".message").all_inner_texts() == before
    await say(panel, "vẫn ở đây")
    await expect(panel.locator(".message.bot .text").last).to_have_text("vẫn ở đây")
    await expect(panel.locator(".message")).to_have_count(len(before) + 2)
    assert len(echo.updates) == 5


async def test_what_is_typed_is_shown_as_text(echo: Echo, open_page: Open) -> None:
    page = await open_page(f"{echo.url}/chat")
    nasty = "<img src=x onerror=document.title='x'> & <b>đậm</b>"
    await say(page.locator(".panel"), nasty)
    await expect(page.locator(".message.bot .text")).to_have_text(nasty)
    await expect(page.locator(".message img, .message b")).to_have_count(0)


async def test_a_double_click_is_meant_once_even_if_another_button_lies_there_by_then(
    echo: Echo, open_page: Open
) -> None:
    page = await open_page(f"{echo.url}/chat", PHONE)
    panel = page.locator(".panel")
    for _ in range(3):
        await say(panel, "một câu dài " * 30)
    await expect(panel.locator(".message.bot")).to_have_count(3)
    await panel.get_by_role("button", name="Sai").last.dblclick()
    await expect(panel.locator(".message.bot")).to_have_count(4)
    await page.wait_for_timeout(400)
    assert [update.token for update in echo.read_all()[3:]] == ["no"]


async def test_the_buttons_of_older_messages_look_as_they_are_pressable(echo: Echo, open_page: Open) -> None:
    page = await open_page(f"{echo.url}/chat", PHONE)
    panel = page.locator(".panel")
    await panel.locator(".start").click()
    await say(panel, "một câu")
    old = panel.locator(".choice").first
    await expect(old).to_be_visible()
    looks = "one => (({color, borderTopColor, backgroundColor}) => [color, borderTopColor, backgroundColor])(getComputedStyle(one))"
    new_looks = await old.evaluate(looks)
    await say(panel, "một câu nữa")
    await expect(panel.locator(".message.bot .text").last).to_have_text("một câu nữa")
    await expect(old).to_be_enabled()
    assert await old.evaluate(looks) == new_looks, "nothing is greyed that can still be pressed"
    label = await old.inner_text()
    await old.click()
    await expect(panel.locator(".message.picked .text")).to_have_text(label)
    await expect(panel.locator(".message.bot .text").last).to_contain_text("Đã chọn")


async def test_a_command_that_the_bot_names_can_be_pressed(echo: Echo, open_page: Open) -> None:
    page = await open_page(f"{echo.url}/chat")
    panel = page.locator(".panel")
    await say(panel, "Gõ /viec (hoặc /han). Không phải và/hoặc, http://a.vn/han, /a.b")
    await expect(panel.locator(".command")).to_have_text(["/viec", "/han"])
    await panel.locator(".command").first.click()
    await expect(panel.locator(".message.bot .text").last).to_have_text("/viec")
    assert echo.read_all()[-1].text == "/viec"


async def test_correcting_a_message(echo: Echo, open_page: Open) -> None:
    page = await open_page(f"{echo.url}/chat")
    panel = page.locator(".panel")
    await say(panel, "13")
    await panel.locator(".message.person .correct").click()
    await expect(panel.locator("textarea")).to_have_value("13")
    await say(panel, "13,5")
    await expect(panel.locator(".message.person .text")).to_have_text("13,5")
    await expect(panel.locator(".message.person .edited")).to_be_visible()
    await expect(panel.locator(".message.bot .text").last).to_have_text("Đã sửa thành 13,5")
    await expect(panel.locator(".pending li")).to_have_count(0)


async def test_while_the_store_is_down_the_page_keeps_the_message(echo: Echo, open_page: Open) -> None:
    page = await open_page(f"{echo.url}/chat")
    echo.down = 2
    await say(page.locator(".panel"), "không mất")
    await expect(page.locator(".message.bot .text")).to_have_text("không mất", timeout=8000)
    await expect(page.locator(".message.person")).to_have_count(1)
    await expect(page.locator(".pending li")).to_have_count(0)
    assert [update.text for update in echo.read_all()] == ["không mất"]


async def test_while_the_server_is_away_the_page_keeps_the_messages_even_over_a_restart(
    echo: Echo, open_page: Open
) -> None:
    page = await open_page(f"{echo.url}/chat")
    panel = page.locator(".panel")
    await say(panel, "trước")
    await expect(panel.locator(".message.bot")).to_have_count(1)
    port = echo.port
    await echo.stop()
    await say(panel, "trong lúc mất mạng")
    await say(panel, "và một câu nữa")
    await expect(panel.locator(".pending .late")).to_have_count(1)
    await expect(page.locator(".away")).to_be_visible()
    await echo.start_again(port)
    await expect(panel.locator(".message.bot .text").last).to_have_text("và một câu nữa", timeout=10000)
    await expect(page.locator(".away")).to_be_hidden()
    assert [update.text for update in echo.read_all()] == ["trước", "trong lúc mất mạng", "và một câu nữa"]
    assert [row.content["text"] for row in echo.log.rows if row.side == "person"] == [
        "trước",
        "trong lúc mất mạng",
        "và một câu nữa",
    ]


async def test_a_link_with_a_code(echo: Echo, open_page: Open) -> None:
    page = await open_page(f"{echo.url}/chat/start?code=K7MX", PHONE)
    await page.locator(".start").click()
    await expect(page.locator(".message.bot .title")).to_have_text("Xin chào")
    assert [update.code for update in echo.read_all()] == ["K7MX"]
    assert page.url == f"{echo.url}/chat", "the code is used up"


async def test_everybody_side_by_side_on_a_desk(demo: Echo, open_page: Open) -> None:
    page = await open_page(demo.url, DESK)
    await a_morning_in_van_ninh(demo, page)
    boxes = [await panel.bounding_box() for panel in await page.locator(".panel").all()]
    assert len({round(box["width"]) for box in boxes if box}) == 1, "four panels of one width"
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.screenshot(path=picture_of("demo-desk"))
    await page.emulate_media(color_scheme="dark")
    await page.wait_for_timeout(300)
    await page.screenshot(path=picture_of("demo-desk-dark"))


async def test_one_chat_at_a_time_on_a_phone(demo: Echo, open_page: Open) -> None:
    page = await open_page(demo.url, PHONE, has_touch=True, is_mobile=True, device_scale_factor=2)
    await expect(page.locator(".panel:visible")).to_have_count(1)
    await page.screenshot(path=picture_of("demo-phone-empty"))
    await a_morning_in_van_ninh(demo, page, phone=True)
    await page.locator(".tabs a", has_text="Chị Lan").tap()
    await page.screenshot(path=picture_of("demo-phone"))

    await demo.channel.send(Address("web", "mai"), Reply("Cả 13 đơn vị đã gửi."))
    await expect(page.locator(".tabs a", has_text="Cô Mai").locator(".unread")).to_have_text("1")
    await page.locator(".tabs a", has_text="Cô Mai").tap()
    await expect(page.locator(".panel:visible h2")).to_have_text("Cô Mai")
    await expect(page.locator(".tabs a", has_text="Cô Mai").locator(".unread")).to_be_hidden()
    await page.locator(".tabs a", has_text="Nhóm").tap()
    await page.screenshot(path=picture_of("demo-phone-group"))
    await page.locator(".move summary").tap()
    await page.screenshot(path=picture_of("demo-phone-clock"))
    await page.get_by_role("button", name="Đến 08:00 ngày 06/02/2024").tap()
    await expect(page.locator(".now .hour")).to_have_text("08:00")
    await expect(page.locator(".jumps")).to_be_hidden()
    await page.emulate_media(color_scheme="dark")
    await page.wait_for_timeout(300)
    await page.locator(".tabs a", has_text="Chị Lan").tap()
    await page.screenshot(path=picture_of("demo-phone-dark"))

    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out sideways"
    for control in await page.locator(".composer:visible .clip, .send:visible, .choice:visible, .tabs a").all():
        box = await control.bounding_box()
        assert box is not None
        assert box["height"] >= 44, f"{await control.text_content()!r} is too low for a finger"
        assert box["width"] >= 44


async def test_the_clock_jumps(demo: Echo, open_page: Open) -> None:
    page = await open_page(demo.url, DESK)
    await expect(page.locator(".now .hour")).to_have_text("07:45")
    await page.get_by_role("button", name="Đến 08:00 ngày 06/02/2024").click()
    await expect(page.locator(".now .hour")).to_have_text("08:00")
    await expect(page.locator(".now .day")).to_contain_text("2024")
    await page.locator("input[type=datetime-local]").fill("2024-08-30T16:20")
    await page.locator(".jumps .to button").click()
    await expect(page.locator(".now .hour")).to_have_text("16:20")
    assert demo.clock.now().month == 8


async def test_in_the_group_one_chooses_who_speaks(demo: Echo, open_page: Open) -> None:
    page = await open_page(demo.url, DESK)
    group = page.locator("#panel-nhom")
    await group.locator("select").select_option("hung")
    await say(group, "Chiều nay họp nhé")
    await expect(group.locator(".message .by")).to_have_text("Anh Hùng")
    await expect(group.locator(".message.bot")).to_have_count(0)
    await say(group, "Khéo ơi")
    await expect(group.locator(".message.bot")).to_have_count(1)
    assert demo.read_all()[1].origin.who == Address("web", "hung")


async def test_it_speaks_english_when_asked(echo: Echo, open_page: Open) -> None:
    page = await open_page(f"{echo.url}/chat?lang=en")
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await expect(page.locator("textarea")).to_have_attribute("placeholder", "Write a message")
    await say(page.locator(".panel"), "hello")
    await expect(page.locator(".message.bot")).to_have_count(1)
    assert echo.read_all()[0].origin.language == "en"


async def a_morning_in_van_ninh(demo: Echo, page: Page, phone: bool = False) -> None:
    """What the screenshots show: a bit of a self-score, an album, a reminder in the group."""
    lan = page.locator("#panel-lan")
    await say(lan, "tự chấm camera an ninh thôn Xuân Tự")
    await expect(lan.locator(".message.bot")).to_have_count(1)
    points = tuple(Choice(label, f"p:{label}") for label in ("15", "14,5", "14", "13,5", "12"))
    ways = (Choice("Quay lại", "back"), Choice("Bỏ qua", "skip"), Choice("Xem lại", "review"))
    row = (
        "Có kế hoạch, phân công rõ người, rõ việc; được cấp ủy, chính quyền và Nhân dân đồng thuận.\n\n"
        "Tối đa 15 điểm. Gợi ý minh chứng: kế hoạch, biên bản họp thôn, ảnh."
    )
    here = Address("web", "lan")
    await demo.channel.send(here, Reply(row, title="Tiêu chí 01 · 0/7", choices=(points, ways)))
    await expect(lan.locator(".message.bot")).to_have_count(2)
    await lan.locator(".message.bot").last.get_by_role("button", name="14,5").click()
    await expect(lan.locator(".message.bot")).to_have_count(3)
    await lan.locator("input[type=file]").set_input_files([photo("một.png"), photo("hai.png"), photo("ba.png")])
    await say(lan, "45/52 hộ dự họp")
    await expect(lan.locator(".message.bot")).to_have_count(6)
    await demo.channel.send(
        here, Reply("Đã ghi 14,5 điểm, 3 ảnh.", title="Tiêu chí 02 · 1/7 · 14,5/15", choices=(points, ways))
    )
    await expect(lan.locator(".message.bot")).to_have_count(7)
    await demo.channel.send(
        Address("web", "nhom"),
        Reply(
            "Thực hiện Kế hoạch số 12-KH/BCĐ, đề nghị các đơn vị gửi đăng ký mô hình trước ngày 15/02/2024.\n\n"
            "Còn 3 đơn vị chưa gửi:\n– xã Vạn Hưng\n– xã Vạn Thắng\n– thị trấn Vạn Giã",
            title="Còn 5 ngày làm việc",
            choices=((Choice("Đã nhận", "ok"), Choice("Mở đăng ký", "open")),),
        ),
    )
    if not phone:
        group = page.locator("#panel-nhom")
        await group.locator("select").select_option("hung")
        await say(group, "Vạn Giã gửi trong sáng nay ạ")
        await say(page.locator("#panel-mai"), "tiến độ")
        await page.locator("#panel-hung textarea").fill("Đang soạn một câu trả lời dài hơn một dòng để xem ô nhập")
        await expect(page.locator("#panel-mai .message.bot")).to_have_count(1)
        await expect(group.locator(".message.person")).to_have_count(1)
    await expect(page.locator(".pending li")).to_have_count(0)
    await page.wait_for_timeout(400)
