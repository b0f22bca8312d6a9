"""A keyboard and a screen for the terminal channel: lines in, texts out, nothing else."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.devices.browser import CannotDo

OPTION = re.compile(r"^(?P<mark>[0-9]{1,2}|[a-z]{1,2})\. (?P<label>.+)$")


@dataclass
class Heard:
    """A text on the screen; `labels` are its options as listed."""

    text: str
    labels: list[str] = field(default_factory=list)
    message_id: int = 0
    edited: bool = False
    marks: dict[str, str] = field(default_factory=dict)


class Seat:
    """Somebody in front of the terminal. Give `read_line` and `write` to the channel."""

    def __init__(self, folder: Path, name: str = "") -> None:
        self.name = name
        self.heard: list[Heard] = []
        self.group_heard: list[Heard] = []
        self._folder = folder
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()

    async def read_line(self) -> str | None:
        return await self._lines.get()

    def write(self, text: str) -> None:
        """The screen shows the text; options stand at its end, one a line."""
        marks = {found["label"]: found["mark"] for line in text.split("\n") if (found := OPTION.match(line))}
        self.heard.append(Heard(text, list(marks), len(self.heard) + 1, marks=marks))

    async def start(self, code: str = "") -> None:
        await self.say(f"/start {code}".strip())

    async def say(self, text: str) -> None:
        if "\n" in text:
            raise CannotDo("a line of the terminal has no line breaks")
        await self._lines.put(text)

    async def press(self, label: str) -> None:
        """Type the number (or letter) of the option in the newest text that has it."""
        for heard in reversed(self.heard):
            for shown, mark in heard.marks.items():
                if shown == label or shown.startswith(label):
                    await self._lines.put(mark)
                    return
        raise AssertionError(f"no option {label!r}; the last text was:\n{self.heard[-1].text if self.heard else ''}")

    async def press_old(self, label: str) -> None:
        raise CannotDo("what was printed cannot be pressed")

    async def forge(self, token: str, message_id: int = 1) -> None:
        raise CannotDo("a terminal sends no tokens")

    async def send_photo(self, name: str, data: bytes, caption: str = "") -> None:
        await self._send([(name, data)], caption)

    async def send_document(self, name: str, data: bytes, caption: str = "", media: str = "") -> None:
        await self._send([(name, data)], caption)

    async def send_album(self, photos: Sequence[tuple[str, bytes]], caption: str = "") -> None:
        await self._send(photos, caption)

    async def _send(self, files: Sequence[tuple[str, bytes]], caption: str) -> None:
        paths = []
        for name, data in files:
            path = self._folder / name
            path.write_bytes(data)
            paths.append(str(path))
        await self._lines.put(" + ".join(paths) + (f" | {caption}" if caption else ""))

    async def edit_last(self, text: str) -> None:
        raise CannotDo("what was typed in a terminal cannot be edited")

    async def send_sticker(self) -> None:
        raise CannotDo("a terminal has no stickers")

    send_voice = send_location = block = unblock = send_sticker

    async def until(self, predicate: Callable[[], Any], timeout: float = 5.0) -> None:  # noqa: ASYNC109
        async with asyncio.timeout(timeout):
            while not predicate():  # noqa: ASYNC110
                await asyncio.sleep(0.005)

    async def close(self) -> None:
        await self._lines.put(None)
