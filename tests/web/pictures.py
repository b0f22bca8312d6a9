"""The pictures of the README, taken from the real demo: `.venv/bin/python -m tests.web.pictures`."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Browser, ViewportSize, async_playwright

from tests.web.browser import NOT_FOUND, QUIET, ROOT, found_chromium, photo
from tests.web.test_demo import CAMERA, Visitor, address, running

PICTURES = ROOT / "docs" / "pictures"
SMALL_DESK = ViewportSize(width=1360, height=800)
PHONE = ViewportSize(width=390, height=844)
LARGEST = 300 * 1024  # bytes: a README is read over slow lines too


async def a_morning(v: Visitor) -> None:
    """Lan registers and is scoring; the office looks at the progress; a day later the group is reminded."""
    await v.picks("lan", "Đăng ký điển hình")
    for said in ("tập thể", CAMERA, "Chi hội Cựu chiến binh thôn Xuân Tự", "An ninh, quốc phòng"):
        await v.says("lan", said)
    for said in ("phòng, chống tội phạm và tệ nạn xã hội", "cả năm 2024", "có"):
        await v.says("lan", said)
    await v.picks("lan", "Nộp bản đăng ký", "Đã tiếp nhận")
    await v.moves_the_clock("06/02/2024")
    await v.hears("hung", "còn 1 ngày làm việc")
    await v.hears("nhom", "còn 1 ngày làm việc")
    await v.says("bay", "xã nào chưa đăng ký?", "Đã trả lời: 5/13 đơn vị")
    await v.picks("hung", "Việc của tôi", "xã Vạn Thắng")
    await v.picks("lan", "Tự chấm điểm ngay", "Tiêu chí 01")
    await v.says("lan", "13 rưỡi", "Tài liệu kiểm chứng")
    lan = await v.as_("lan")
    await lan.locator("input[type=file]").set_input_files([photo("họp dân.png")])
    await v.says("lan", "45/52 hộ dự họp", "Đã nhận 1 ảnh")


async def take(browser: Browser, name: str, size: ViewportSize, scale: float) -> None:
    """A day in a demo of its own, and its picture."""
    with tempfile.TemporaryDirectory(prefix="kheo-pictures-") as folder:
        async with running(Path(folder) / "demo") as app:
            page = await browser.new_page(viewport=size, locale="vi-VN", device_scale_factor=scale, has_touch=scale > 1)
            await page.goto(address(app))
            v = Visitor(page)
            await a_morning(v)
            await v.as_("lan")
            await page.mouse.move(0, 0)
            await page.evaluate("document.activeElement.blur()")
            await page.wait_for_timeout(500)
            path = PICTURES / f"{name}.png"
            await page.screenshot(path=path)
            await page.close()
            sys.stdout.write(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1024} KB\n")
            assert path.stat().st_size <= LARGEST, f"{path} is too large"


async def main() -> None:
    chromium = found_chromium()
    if chromium is None:
        raise SystemExit(NOT_FOUND)
    PICTURES.mkdir(parents=True, exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=QUIET)
        await take(browser, "demo-desk", SMALL_DESK, 1)
        await take(browser, "demo-phone", PHONE, 1.5)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
