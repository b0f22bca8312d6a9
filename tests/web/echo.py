"""A small conversation behind the real web chat: it repeats what is said, with buttons."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from gettext import NullTranslations
from pathlib import Path
from typing import Any

from bot.channels.webchat.channel import Demo, Persona, WebChat
from bot.channels.webchat.log import Row, Side
from bot.chat import Channel, Choice, Edited, File, Incoming, Picked, Reply, Said, Sent, Started
from bot.clock import ZONE, Clock
from bot.errors import StoreDown
from bot.texts import Language, language
from bot.web.server import port_of, serve

JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAAMCAgICAgMCAgIDAwMDBAYEBAQEBAgGBgUGCQgKCgkICQkKDA8MCgsOCwkJDRENDg8QEBEQCgwS"
    "ExIQEw8QEBD/yQALCAABAAEBAREA/8wABgAQEAX/2gAIAQEAAD8A0s8g/9k="
)
"""The smallest picture that is one."""


def people_of_van_ninh() -> Demo:
    clock = Clock()
    clock.move(datetime(2024, 1, 30, 7, 45, tzinfo=ZONE))
    people = [
        Persona("lan", "Chị Lan", "Cán bộ xã Vạn Hưng"),
        Persona("hung", "Anh Hùng", "Cán bộ thị trấn Vạn Giã"),
        Persona("mai", "Cô Mai", "Thường trực Ban Chỉ đạo huyện"),
        Persona("nhom", "Nhóm Dân vận Vạn Ninh", "13 xã, thị trấn", group=True),
    ]
    jumps = [
        ("Đến 08:00 ngày 06/02/2024", datetime(2024, 2, 6, 8, 0, tzinfo=ZONE)),
        ("Đến 08:00 ngày 15/02/2024", datetime(2024, 2, 15, 8, 0, tzinfo=ZONE)),
    ]
    return Demo(people, clock, jumps)


def speak(code: str) -> Language:
    """The catalogue, or, where none was compiled yet, the msgids themselves."""
    try:
        return language(code)
    except FileNotFoundError:
        return Language("vi" if code != "en" else "en", NullTranslations())


class MemoryLog:
    """What was said, for as long as the test lasts."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.rows: list[Row] = []
        self._chats: dict[int, str] = {}
        self._clock = clock or Clock()

    async def add(self, chat: str, side: Side, content: dict[str, Any]) -> int:
        row = Row(len(self.rows) + 1, side, dict(content), self._clock.now())
        self.rows.append(row)
        self._chats[row.id] = chat
        return row.id

    async def edit(self, id: int, content: dict[str, Any]) -> None:
        if not 0 < id <= len(self.rows):
            raise LookupError(id)
        self.rows[id - 1] = replace(self.rows[id - 1], content=dict(content))

    async def since(self, chat: str, after_id: int, limit: int = 200) -> list[Row]:
        return [row for row in self.rows if self._chats[row.id] == chat and row.id > after_id][-limit:]


class FolderKeeper:
    """Evidence in a folder, without any of the care the real one takes."""

    limit = 256 * 1024

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def keep(self, chunks: Any, file: File) -> File:
        held = b""
        async for chunk in chunks:
            held += chunk
            if len(held) > self.limit:
                return replace(file, problem="too_large", size=len(held))
        if not held:
            return replace(file, problem="empty")
        sha256 = hashlib.sha256(held).hexdigest()
        self.path(sha256).write_bytes(held)
        return replace(file, sha256=sha256, size=len(held))

    def path(self, sha256: str) -> Path:
        return self._folder / sha256

    def shown(self, sha256: str) -> Path | None:
        return self.path(sha256)


class Echo:
    """Web chat, server and the one who repeats. `updates`: the payloads by update id; `down`: refusals to come."""

    def __init__(self, folder: Path, demo: Demo | None, log: MemoryLog | None) -> None:
        self.clock = demo.clock if demo else Clock()
        self.log = log or MemoryLog(self.clock)
        self.keeper = FolderKeeper(folder)
        self._demo = demo
        self.channel = self._made()
        self.updates: dict[str, dict[str, Any]] = {}
        self.down = 0
        self.refused = 0
        self.port = 0
        self._runner: Any = None

    @classmethod
    def unserved(cls, folder: Path) -> WebChat:
        return cls(folder, people_of_van_ninh(), None).channel

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _made(self) -> WebChat:
        return WebChat(self.log, self.keeper, demo=self._demo, speak=speak)

    async def start_again(self, port: int) -> None:
        """As after a restart: what was said is still in the log, everything else is new."""
        self.channel = self._made()
        await self.start(port)

    async def start(self, port: int = 0) -> None:
        self._runner = await serve("127.0.0.1", port, self.channel.routes(self.receive))
        self.port = port_of(self._runner)

    async def stop(self) -> None:
        await self.channel.close()
        await self._runner.cleanup()

    async def receive(self, channel: Channel, update_id: str, payload: dict[str, Any]) -> None:
        if self.down:
            self.down -= 1
            self.refused += 1
            raise StoreDown("the test took it away")
        if update_id in self.updates:
            return
        self.updates[update_id] = payload
        incoming = channel.read(payload)
        if incoming is not None:
            await channel.send(incoming.origin.at, answer(incoming))

    def read_all(self) -> list[Any]:
        return [self.channel.read(payload) for payload in self.updates.values()]

    def chats(self) -> list[str]:
        return list(dict.fromkeys(payload["chat"] for payload in self.updates.values()))


def answer(incoming: Incoming) -> Reply:
    match incoming:
        case Said(text=text):
            rows = ((Choice("Đúng", "yes"), Choice("Sai", "no")), (Choice("Xong & nộp", "done"),))
            return Reply(text, title="Đã nghe", choices=rows)
        case Picked(token=token):
            return Reply(f"Đã chọn {token}")
        case Sent(files=files, caption=caption):
            return Reply(
                "\n".join([f"Đã nhận {file.name} {file.problem}".strip() for file in files] + [caption]).strip()
            )
        case Edited(text=text):
            return Reply(f"Đã sửa thành {text}")
        case Started():
            return Reply("Khéo là trợ lý tự động. Không gửi tài liệu mật.", title="Xin chào")
        case _:
            return Reply("?")


@asynccontextmanager
async def open_echo(
    folder: Path, *, demo: Demo | None = None, log: MemoryLog | None = None, port: int = 0
) -> AsyncIterator[Echo]:
    echo = Echo(folder, demo, log)
    await echo.start(port)
    try:
        yield echo
    finally:
        await echo.stop()
