"""One Chromium for all tests of the pages; where there is none they are skipped, or fail if a browser is required."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, ViewportSize, async_playwright

from tests.web.browser import DESK, NOT_FOUND, QUIET, Open, found_chromium


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    path = found_chromium()
    if path is None:
        if os.environ.get("KHEO_REQUIRE_BROWSER") == "1":
            pytest.fail(NOT_FOUND)
        pytest.skip(NOT_FOUND)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(chromium: Browser) -> AsyncIterator[Open]:
    """Open pages, each as a new visitor. Fails if a page complained (a script error, a blocked resource) or asked for
    anything that is not on the server it came from."""
    complaints: list[str] = []
    contexts: list[Any] = []

    async def opened(url: str, size: ViewportSize = DESK, **options: Any) -> Page:
        context = await chromium.new_context(viewport=size, locale="vi-VN", **options)
        contexts.append(context)
        page = await context.new_page()
        home = "/".join(url.split("/")[:3]) + "/"
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if "Content Security" in line.text else None)
        page.on("request", lambda r: None if r.url.startswith((home, "blob:")) else complaints.append(f"asks {r.url}"))
        await page.goto(url)
        return page

    yield opened
    for context in contexts:
        await context.close()
    assert not complaints
