"""The web chat of `kheo run` on a phone: a stranger at the door, then an official with a code."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from bot.rules.access import OFFICER
from bot.store import people
from bot.store.engine import Tx
from tests.web.browser import FINGERS, LARGER_PHONE, Open, picture_of, say
from tests.world import World, agreed, world

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(loop_scope="session")
async def here(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path / "kheo", "web") as made:
        yield made


async def code_for(here: World, name: str) -> str:
    unit, now = here.app.office.units.coded("van-ninh.van-hung"), here.app.clock.now()
    assert unit is not None

    def enter(tx: Tx) -> str:
        person_id = people.add(tx, name, unit.id, OFFICER, now)
        agreed(tx, person_id, now)
        return people.make_code(tx, now, person_id=person_id)

    return await here.app.store.write(enter)


async def test_a_stranger_sees_what_this_is_and_is_asked_for_the_code(here: World, open_page: Open) -> None:
    page = await open_page(here.url + "/", LARGER_PHONE, **FINGERS)
    assert page.url == here.url + "/chat"
    await expect(page.locator(".welcome")).to_contain_text("máy trả lời tự động")
    await expect(page.locator(".welcome")).to_contain_text("Không gửi tài liệu mật")
    await page.screenshot(path=picture_of("chat-stranger"))
    await page.locator(".start").tap()
    heard = page.locator(".message.bot")
    await expect(heard.last).to_contain_text("mã dùng một lần")
    for said in ("điểm xã Vạn Hưng", "/tiendo"):
        count = await heard.count()
        await say(page.locator(".panel"), said)
        await expect(heard).to_have_count(count + 1)
        await expect(heard.last).to_contain_text("mã dùng một lần")
        await expect(heard.last).not_to_contain_text("Đại Lãnh")
    await say(page.locator(".panel"), "ABCD2345")
    await expect(heard.last).to_contain_text("Mã không hợp lệ")
    await say(page.locator(".panel"), await code_for(here, "Nguyễn Thị Lan"))
    await expect(heard.last).to_contain_text("Nguyễn Thị Lan – xã Vạn Hưng")


async def test_an_official_joins_by_the_link_and_registers(here: World, open_page: Open) -> None:
    code = await code_for(here, "Nguyễn Thị Lan")
    page = await open_page(f"{here.url}/chat/start?code={code}", LARGER_PHONE, **FINGERS)
    panel, heard = page.locator(".panel"), page.locator(".message.bot")
    await page.reload()  # a preview, or an impatient finger, must not use up the code
    await page.locator(".start").tap()
    await expect(heard.last).to_contain_text("Nguyễn Thị Lan – xã Vạn Hưng")
    await page.screenshot(path=picture_of("chat-joined"))
    assert code not in page.url
    await panel.get_by_role("button", name="Đăng ký điển hình").tap()
    await expect(heard.last).to_contain_text("tập thể hay cá nhân")
    await page.reload()
    await expect(page.locator(".welcome")).to_be_hidden()
    await panel.get_by_role("button", name="Tập thể").tap()
    await expect(heard.last).to_contain_text("tên điển hình")
    await page.screenshot(path=picture_of("chat-registers"))

    other = await open_page(f"{here.url}/chat/start?code={code}", LARGER_PHONE)
    await other.locator(".start").click()
    await expect(other.locator(".message.bot").last).to_contain_text("Mã không hợp lệ")
