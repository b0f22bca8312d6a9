"""A real browser for the tests: which one, how large its window is, what is typed and sent in it."""

from __future__ import annotations

import shutil
import struct
import zlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from playwright.async_api import Locator, Page, ViewportSize

ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = ROOT / "var" / "screenshots"
PHONE = ViewportSize(width=360, height=740)
LARGER_PHONE = ViewportSize(width=390, height=844)
DESK = ViewportSize(width=1440, height=900)
FINGERS = {"has_touch": True, "is_mobile": True, "device_scale_factor": 2}
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NOT_FOUND = "NO CHROMIUM FOUND: the pages were not tested. Install it (apt-get install chromium)."

Open = Callable[..., Awaitable[Page]]


def found_chromium() -> str | None:
    """The path of a Chromium on this machine, if there is one."""
    return next((found for name in CHROMIUMS if (found := shutil.which(name))), None)


def picture_of(name: str) -> Path:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    return SCREENSHOTS / f"{name}.png"


async def say(panel: Locator, text: str) -> None:
    await panel.locator("textarea").fill(text)
    await panel.locator("textarea").press("Enter")


def picture(width: int = 480, height: int = 360, evening: float = 0.0) -> bytes:
    """A PNG that looks like something: fields under a sky; `evening` (0 to 1) colours it."""
    rows = b""
    for y in range(height):
        sky = y < height * 0.55
        part = y / (height * 0.55) if sky else (y / height - 0.55) / 0.45
        near = bytes((int(240 - 40 * part - 110 * evening), int(150 + 60 * part), int(110 + 70 * part + 60 * evening)))
        far = bytes((int(110 - 40 * part), int(140 - 30 * part - 40 * evening), int(60 - 20 * part)))
        rows += b"\0" + (near if sky else far) * width

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def photo(name: str = "họp dân.png", evening: float = 0.0) -> Any:
    return {"name": name, "mimeType": "image/png", "buffer": picture(evening=evening)}
