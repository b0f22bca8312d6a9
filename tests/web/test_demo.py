"""The demo as a newcomer uses it, in a real browser on the real app: the first ten minutes of the README."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, ViewportSize, expect

from bot.app import App
from bot.config import settings
from bot.demo import build_demo, open_chats
from tests.web.browser import DESK, FINGERS, LARGER_PHONE, PHONE, ROOT, Open, photo, picture_of, say

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

CAMERA = "Camera an ninh thôn Xuân Tự"
PATIENCE = 10.0  # seconds; the machine may be loaded
HEARD = """chat => {
  const heard = [...document.querySelectorAll(`#panel-${chat} .message.bot`)];
  return [heard.length, heard.length ? heard.at(-1).textContent : ""];
}"""
FINGER = 44  # CSS pixels


@asynccontextmanager
async def running(folder: Path, port: int = 0) -> AsyncIterator[App]:
    """The demo as `kheo demo` serves it."""
    app = build_demo(
        settings(KHEO_DATA=folder, DATABASE_URL="", TELEGRAM_TOKEN="", KHEO_PUBLIC_URL="", KHEO_PLANS=ROOT / "plans")
    )
    await open_chats(app)
    await app.start(port=port, search=True)
    try:
        yield app
    finally:
        await app.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def app(tmp_path: Path) -> AsyncIterator[App]:
    async with running(tmp_path / "demo") as app:
        yield app


def address(app: App) -> str:
    return f"http://127.0.0.1:{app.port}/"


class Visitor:
    """Who plays everybody: on a desk all chats are seen, on a phone one switches."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def as_(self, chat: str) -> Locator:
        tab = self.page.locator(f".tabs a[data-tab={chat}]")
        if await tab.is_visible():
            await tab.tap()
        return self.panel(chat)

    def panel(self, chat: str) -> Locator:
        return self.page.locator(f"#panel-{chat}")

    async def says(self, chat: str, text: str, *heard: str) -> None:
        panel = await self.as_(chat)
        before = await panel.locator(".message.bot").count()
        await say(panel, text)
        await self._hears(chat, before, heard)

    async def picks(self, chat: str, label: str, *heard: str) -> None:
        panel = await self.as_(chat)
        before = await panel.locator(".message.bot").count()
        await panel.get_by_role("button", name=label, exact=True).last.click()
        await self._hears(chat, before, heard)

    async def hears(self, chat: str, *fragments: str) -> None:
        """Wait until the newest message of the bot says all that."""
        await self._hears(chat, 0, fragments)

    async def _hears(self, chat: str, before: int, fragments: Sequence[str]) -> None:
        """Wait for one more message of the bot, the last of which says all that; asked often, for many turns are short."""
        ends = asyncio.get_running_loop().time() + PATIENCE
        count, last = 0, ""
        while count <= before or any(fragment not in last for fragment in fragments):
            assert asyncio.get_running_loop().time() < ends, f"{chat} waits for {fragments}, but hears:\n{last}"
            await asyncio.sleep(0.02)
            count, last = await self.page.evaluate(HEARD, chat)

    async def moves_the_clock(self, label: str) -> None:
        opener = self.page.locator(".move summary")
        if await opener.is_visible():
            await opener.tap()
        await self.page.locator(".jumps button", has_text=label).click()

    async def shot(self, name: str) -> None:
        await self.page.wait_for_timeout(250)  # until what slides in has come to rest
        await self.page.screenshot(path=picture_of(name))


async def lan_scores(v: Visitor) -> None:
    """Row by row, a photo, the rest at once; then who may see the points."""
    await v.says("lan", "/tucham", "Tiêu chí 01")
    await v.says("lan", "16", "tối đa 15 điểm")
    await v.says("lan", "13 rưỡi", "Tài liệu kiểm chứng")
    lan = v.panel("lan")
    await lan.locator("input[type=file]").set_input_files([photo("một.png"), photo("hai.png", 0.5), photo("ba.png", 1)])
    await v.says("lan", "", "Đã nhận 3 ảnh")
    await v.shot("demo-phone-6-photos")
    await v.says("lan", "tc2 15 tc3 15 tc4 15 tc5 15 tc6 15 tc7 8", "96,5/100")
    await v.picks("lan", "Xong", "tiêu chí 07 được 8 điểm, cần từ 9 điểm")
    await v.picks("lan", "Nộp bảng tự chấm", "Đã tiếp nhận")
    await v.says("lan", "điểm xã Vạn Hưng", CAMERA, "96,5")
    await v.says("hung", "điểm xã Vạn Hưng", CAMERA)
    await expect(v.panel("hung").locator(".message.bot").last).not_to_contain_text("96,5")
    await v.as_("lan")
    await v.shot("demo-phone-7-score")


@pytest.mark.parametrize(("name", "size"), [("phone", LARGER_PHONE), ("desk", DESK)])
async def test_the_first_ten_minutes(app: App, open_page: Open, name: str, size: ViewportSize) -> None:
    page = await open_page(address(app), size, **(FINGERS if name == "phone" else {}))
    v = Visitor(page)
    group = v.panel("nhom")

    for chat in ("lan", "hung"):
        await expect(v.panel(chat).locator(".message.bot").first).to_contain_text("Không gửi tài liệu mật")
        await expect(v.panel(chat).locator(".message.bot").last).to_contain_text("còn 2 ngày làm việc")
        await expect(v.panel(chat).locator(".choice", has_text="Đăng ký điển hình")).to_have_count(1)
    await expect(v.panel("bay").locator(".choice", has_text="Đơn vị chưa trả lời")).to_have_count(1)
    await expect(group.locator(".message.bot").last).to_contain_text("Đã trả lời: 4/13 đơn vị")
    await v.shot(f"demo-{name}-1-first")

    await v.picks("lan", "Đăng ký điển hình", "tập thể hay cá nhân")
    await v.picks("lan", "Tập thể", "tên điển hình")
    await v.says("lan", CAMERA, "tập thể hoặc cá nhân nào thực hiện")
    await v.says("lan", "Chi hội Cựu chiến binh thôn Xuân Tự", "lĩnh vực")
    await v.says("lan", "bao giờ hết hạn?", "lĩnh vực")
    await v.picks("lan", "An ninh, quốc phòng", "nội dung gần nhất")
    await v.shot(f"demo-{name}-2-topics")
    await v.picks("lan", "Phòng, chống tội phạm và tệ nạn xã hội", "thời gian triển khai")
    await v.says("lan", "từ tháng 01 đến tháng 12 năm 2024", "khen thưởng")
    await v.picks("lan", "Có", CAMERA, "Phòng, chống tội phạm")
    await v.shot(f"demo-{name}-3-summary")
    await v.picks("lan", "Nộp bản đăng ký", "Đã tiếp nhận", "Trần Thị Lan")

    await v.as_("nhom")
    reminder = group.locator(".message.bot", has_text="còn 2 ngày làm việc")
    await expect(reminder).to_contain_text("Đã trả lời: 5/13 đơn vị", timeout=8000)
    await expect(reminder).not_to_contain_text("xã Vạn Hưng")
    await expect(reminder.locator(".edited")).to_be_visible()

    await v.says("bay", "/tiendo", "Đã đăng ký 4 điển hình", "Đã trả lời: 5/13 đơn vị")
    await v.says("bay", "/lichnhac", "06/02/2024", "8 đơn vị")
    await v.shot(f"demo-{name}-4-office")
    await v.says("bay", "/vanban")
    await v.picks("bay", "Đăng ký điển hình “Dân vận khéo”")
    await v.picks("bay", "xã Vạn Thọ")
    await v.says("bay", "12/UBND-VX")
    await v.says("bay", "05/02/2024", "xã Vạn Thọ", "12/UBND-VX")
    await v.picks("bay", "Ghi nhận văn bản", "xã Vạn Thọ", "12/UBND-VX")
    await v.says("nhom", "tiến độ, Khéo?", "Đã trả lời: 6/13 đơn vị")

    for label, title in (
        ("06/02/2024", "còn 1 ngày làm việc"),
        ("07/02/2024", "hôm nay là ngày làm việc cuối cùng"),
        ("16/02/2024", "đã quá hạn"),
    ):
        await v.moves_the_clock(label)
        await v.hears("nhom", title)
        await v.hears("hung", title)
        await expect(page.locator(".now .hour")).to_have_text("08:00")
        await expect(page.locator(".now .day")).to_contain_text(label)
    await expect(v.panel("lan").locator(".message.bot").last).to_contain_text("dưới dạng tệp Word")
    await v.as_("nhom")
    await v.shot(f"demo-{name}-5-reminders")
    await v.says("hung", "Năm nay không đăng ký", "có đúng không")
    yes = v.panel("hung").locator(".message.bot").last.locator(".choice").first
    await v.picks("hung", await yes.inner_text(), "Đã ghi nhận")
    await v.hears("nhom", "Đã trả lời: 7/13 đơn vị")

    if name == "phone":  # the same on both; a phone has less room for it
        await lan_scores(v)
        done = "1/3"
    else:
        done = "0/3"

    await v.moves_the_clock("23/08/2024")
    dossiers = group.locator(".message.bot:has(.title:has-text('Nộp hồ sơ'))")
    await expect(dossiers).to_contain_text(f"Đã trả lời: {done} đơn vị", timeout=8000)
    await page.emulate_media(color_scheme="dark")
    await v.shot(f"demo-{name}-8-dark")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out sideways"


async def test_a_small_phone(app: App, open_page: Open) -> None:
    page = await open_page(address(app), PHONE, **FINGERS)
    v = Visitor(page)
    await v.says("lan", "/tucham", "chưa đăng ký")
    await v.says("lan", "dang ky mo hinh", "tập thể hay cá nhân")
    await v.picks("lan", "Cá nhân", "tên điển hình")
    await v.says("lan", "Người cán bộ Mặt trận vận động bà con hiến đất mở đường liên thôn " + "xanh, sạch, đẹp " * 6)
    await v.says("lan", "chữ " * 1250, "Tối đa 300 ký tự")
    await v.shot("demo-small-phone")
    await page.locator(".move summary").tap()
    await v.shot("demo-small-phone-clock")
    for control in await page.locator(".jumps button, .jumps input:visible, .tabs a, .send:visible").all():
        box = await control.bounding_box()
        assert box is not None and box["height"] >= FINGER and box["width"] >= FINGER, await control.text_content()
    await page.locator(".move summary").tap()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_restarted_under_the_page_it_goes_on_where_it_was(tmp_path: Path, open_page: Open) -> None:
    folder = tmp_path / "demo"
    async with running(folder) as first:
        port = first.port
        v = Visitor(await open_page(address(first), DESK))
        await v.moves_the_clock("06/02/2024")
        await expect(v.panel("hung").locator(".message.bot").last).to_contain_text("còn 1 ngày làm việc")
        await v.says("lan", "/dangky", "tập thể hay cá nhân")
    lan = v.panel("lan")
    shown = await lan.locator(".message").count()
    await say(lan, "cá nhân")
    await expect(lan.locator(".pending .late")).to_have_count(1)
    async with running(folder, port) as second:
        assert second.port == port
        await expect(lan.locator(".message.bot").last).to_contain_text("tên điển hình", timeout=12000)
        await expect(lan.locator(".pending li")).to_have_count(0)
        await expect(lan.locator(".message")).to_have_count(shown + 2)
        await expect(v.page.locator(".now .day")).to_contain_text("06/02/2024")
        await expect(v.page.locator(".away")).to_be_hidden()


async def test_an_old_button_changes_nothing(app: App, open_page: Open) -> None:
    v = Visitor(await open_page(address(app), DESK))
    await v.says("lan", "/dangky", "tập thể hay cá nhân")
    await v.picks("lan", "Tập thể", "tên điển hình")
    await v.picks("lan", "Cá nhân", "Lựa chọn này thuộc câu hỏi trước", "tên điển hình")
