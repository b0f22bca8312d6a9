"""The pages of secret links in a real browser on a phone of 360 pixels, with scripts and without."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect
from sqlalchemy import select

from bot.store import drafts, tables, tickets
from bot.store.tickets import FORM, UPLOAD
from tests.databases import ready_sqlite  # noqa: F401
from tests.web.browser import FINGERS, PHONE, Open, photo, picture_of
from tests.world import World, world

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PDF = {
    "name": "Kế hoạch số 12 – KH-UBND.pdf",
    "mimeType": "application/pdf",
    "buffer": b"%PDF-1.4\n%%EOF\n" + b"x" * 900_000,
}


class Office:
    def __init__(self, here: World, lan: Any, address: int) -> None:
        self.here = here
        self.lan = lan
        self.address = address

    async def link(self, kind: str) -> str:
        now = self.here.app.clock.now()
        token = await self.here.app.store.write(
            lambda tx: tickets.offer(
                tx, kind, self.address, now, person_id=self.lan.person_id, draft_id=1, question="e01"
            )
        )
        return f"{self.here.url}/t/{token}"

    async def events(self) -> list[Any]:
        return await self.here.app.store.read(lambda tx: drafts.events(tx, 1))


@pytest_asyncio.fixture(loop_scope="session")
async def office(tmp_path: Path, ready_sqlite: Path) -> AsyncIterator[Office]:  # noqa: F811
    async with world(tmp_path / "kheo", "telegram", ready=ready_sqlite) as here:
        lan = await here.person("Lan")
        await here.exemplar("Camera an ninh thôn Xuân Tự")
        await lan.says("/tucham").hears("Tiêu chí 01")
        of_lan = select(tables.address.c.id).where(tables.address.c.person_id == lan.person_id)
        yield Office(here, lan, await here.app.store.read(lambda tx: tx.execute(of_lan).scalar_one()))


async def fits(page: Page) -> None:
    """Nothing is wider than the phone, and what is pressed is as large as a finger."""
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    for height in await page.evaluate(
        "[...document.querySelectorAll('button, .button, .tick')].map(b => b.offsetHeight)"
    ):
        assert height >= 44


@pytest.mark.parametrize("scripts", [True, False])
async def test_files_are_chosen_sent_and_told(office: Office, open_page: Open, scripts: bool) -> None:
    link = await office.link(UPLOAD)
    page = await open_page(link, PHONE, java_script_enabled=scripts, **FINGERS)
    await expect(page.get_by_text("Tài liệu kiểm chứng cho tiêu chí 01")).to_be_visible()
    await expect(page.get_by_text("xã Vạn Hưng", exact=False).first).to_be_visible()
    await page.locator("input[type=file]").set_input_files([PDF, photo("họp dân.png")])
    if scripts:
        await expect(page.locator(".chosen li")).to_have_count(2)
        await fits(page)
        await page.screenshot(path=picture_of("link-upload-phone"), full_page=True)
    await page.get_by_role("button", name="Gửi").tap()
    await expect(page.locator(".good")).to_contain_text("Đã nhận 1 ảnh, 1 tài liệu cho tiêu chí 01")
    await expect(page.locator(".good")).to_contain_text("quay lại cuộc trò chuyện")
    await office.lan.hears("Đã nhận 1 ảnh, 1 tài liệu cho tiêu chí 01")
    names = [event.value["name"] for event in await office.events() if event.op == "add"]
    assert names == [PDF["name"], "họp dân.png"]
    await page.goto(link)
    await expect(page.locator(".closed")).to_contain_text("chỉ dùng một lần")


async def test_a_file_that_is_too_large_is_told_before_it_leaves(
    office: Office, open_page: Open, tmp_path: Path
) -> None:
    large = tmp_path / "phim.mp4"
    with large.open("wb") as file:
        file.truncate(21 * 1024 * 1024)
    page = await open_page(await office.link(UPLOAD), PHONE, **FINGERS)
    await page.locator("input[type=file]").set_input_files(large)
    await expect(page.locator(".trouble")).to_have_text("“phim.mp4” lớn hơn 20 MB; xin chọn bản nhỏ hơn.")
    await page.get_by_role("button", name="Gửi").tap()
    await expect(page.locator(".trouble")).to_be_visible()
    assert not await office.events()
    await page.locator("input[type=file]").set_input_files([{"name": "a.exe", "mimeType": "", "buffer": b"MZ\0\0"}])
    await page.get_by_role("button", name="Gửi").tap()
    await expect(page.locator(".wrong")).to_contain_text("a.exe")
    await page.locator("input[type=file]").set_input_files([PDF])
    await page.get_by_role("button", name="Gửi").tap()
    await expect(page.locator(".good")).to_contain_text("Đã nhận 1 tài liệu")


async def test_a_whole_form_is_filled_in_corrected_looked_over_and_handed_in(office: Office, open_page: Open) -> None:
    page = await open_page(await office.link(FORM), PHONE, **FINGERS)
    await fits(page)
    for row, points in enumerate(("13,5", "16", "15", "15", "15", "15", "8"), start=1):
        await page.locator(f"[name='q.r0{row}']").fill(points)
    await page.locator("[name='f.e01']").set_input_files([PDF])
    await page.locator("[name='q.e02']").fill("45 hộ dự họp")
    await page.get_by_role("button", name="Lưu").tap()
    wrong = page.locator(".field.wrong")
    await expect(wrong).to_have_count(1)
    await expect(wrong).to_contain_text("tối đa 15 điểm")
    await expect(wrong.locator("input[type=text]")).to_have_value("16")
    await fits(page)
    await page.screenshot(path=picture_of("link-form-phone"), full_page=True)
    await page.locator("[name='q.r02']").fill("15")
    await page.get_by_role("button", name="Lưu").tap()
    await page.wait_for_url(re.compile(r"/review$"))
    await expect(page.locator(".summary")).to_contain_text("96,5/100")
    await fits(page)
    await page.screenshot(path=picture_of("link-review-phone"), full_page=True)
    await page.get_by_role("button", name="Nộp bảng tự chấm").tap()
    await expect(page.locator(".good")).to_contain_text("Đã tiếp nhận")
    await office.lan.hears("Số tiếp nhận")
    (scored,) = await office.here.exemplars()
    assert str(scored.total) == "96.5"
