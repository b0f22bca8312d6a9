"""The terminal: the plainest channel, a line in and a text out, options as a numbered list, a file by its path."""

from __future__ import annotations

import asyncio
import tempfile
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import structlog

from bot.chat import (
    Address,
    Attachment,
    File,
    Incoming,
    Keeper,
    Means,
    Origin,
    Receive,
    Reply,
    Said,
    Sent,
    Started,
    listed,
)
from bot.errors import StoreDown

CHANNEL = "terminal"
PHOTOS = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".heic"})
PATHS = ("/", "./", "../", "~/")
CHUNK = 64 * 1024
MOST_NAMES = 1000
"""Papers of one name in the folder; somebody who asks that often has other troubles."""
STORE_WAIT = 1.0
"""Seconds before a line that could not be stored is tried again; nobody else would deliver it anew."""

log = structlog.get_logger()


class Terminal:
    """One person at a keyboard.

    `read_line` gives the next line without its end, or None when there are no more; `write` shows a text. A line that
    begins with the path of an existing file sends it: `./a.jpg`, `./a.jpg + ./b.jpg | caption`. `user` stands in the
    Address. With `language` people are greeted ("vi", "en"). Papers are written into `folder`.
    """

    name = CHANNEL
    account = CHANNEL
    means = Means(buttons=False, edits=False)

    def __init__(
        self,
        read_line: Callable[[], Awaitable[str | None]],
        write: Callable[[str], object],
        user: str = "me",
        language: str = "vi",
        folder: Path | None = None,
    ) -> None:
        self._folder = folder
        self._read_line = read_line
        self._write = write
        self._user = user
        self._language = language
        self._shown = 0

    def read(self, payload: Mapping[str, Any]) -> Incoming | None:
        """`text` is the line, or the caption of the files at the absolute paths `files`; `message` is the line's id."""
        text, message = payload["text"], payload.get("message", "")
        here = Address(CHANNEL, self._user)
        origin = Origin(at=here, who=here, message=message, language=self._language)
        if paths := payload.get("files"):
            files = tuple(_file(Path(path)) for path in paths)
            return Sent(origin, files, caption=text, album=message if len(files) > 1 else "")
        command, _, code = text.strip().partition(" ")
        if command == "/start":
            return Started(origin, code.strip())
        return Said(origin, text)

    async def fetch(self, file: File, keeper: Keeper) -> File:
        """Copy the file from the disk. One that was moved away or cannot be read is "unreachable"."""
        try:
            return await keeper.keep(_chunks(Path(file.source)), file)
        except OSError as error:
            log.warning("a file cannot be read", error=error.strerror)
            return replace(file, problem="unreachable")

    async def send(self, to: Address, reply: Reply) -> str:
        """Print the reply, and where its paper lies. What was printed cannot be changed: an edit is not shown."""
        if reply.edits:
            return reply.edits
        if reply.attachment is not None:
            path = await asyncio.to_thread(_kept, self._folder, reply.attachment)
            reply = replace(reply, text="\n".join(part for part in (reply.text, str(path)) if part))
        self._write(listed(reply))
        self._shown += 1
        return str(self._shown)

    async def run(self, receive: Receive) -> None:
        """Take in line after line until there are no more."""
        while (line := await self._read_line()) is not None:
            update = uuid.uuid4().hex
            payload = {"message": update, **await asyncio.to_thread(_payload, line)}
            while True:
                try:
                    await receive(self, update, payload)
                    break
                except StoreDown as down:
                    log.warning("the store is away; the line waits", error=str(down))
                    await asyncio.sleep(STORE_WAIT)

    async def close(self) -> None:
        """There is nothing to let go of: the lines belong to whoever hands them in."""


def _kept(folder: Path | None, paper: Attachment) -> Path:
    """Write the paper where it can be opened; one of the same name is never overwritten, but an equal one is not kept twice."""
    where = folder or Path(tempfile.gettempdir()) / "kheo"
    where.mkdir(parents=True, exist_ok=True)
    stem, dot, suffix = paper.name.rpartition(".")
    for number in range(1, MOST_NAMES):
        path = where / (paper.name if number == 1 else f"{stem}-{number}{dot}{suffix}")
        try:
            with path.open("xb") as file:
                file.write(paper.content)
        except FileExistsError:
            if path.read_bytes() != paper.content:
                continue
        return path.absolute()
    raise OSError(f"{MOST_NAMES} papers are called {paper.name}")


def _payload(line: str) -> dict[str, Any]:
    """The line as an update. Whether it names files is decided now: later they may be gone, and it would be a text."""
    names, _, caption = line.strip().partition(" | ")
    parts = [part.strip() for part in names.split(" + ")]
    if not all(part.startswith(PATHS) for part in parts):
        return {"text": line}
    paths = [Path(part).expanduser().absolute() for part in parts]
    if not _is_file(paths[0]):  # a command, or a slip: whatever it is, it was typed to be read
        return {"text": line}
    return {"text": caption.strip(), "files": [str(path) for path in paths]}


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # too long for a name, a NUL in it
        return False


def _file(path: Path) -> File:
    return File(source=str(path), kind="photo" if path.suffix.lower() in PHOTOS else "document", name=path.name)


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(path.open, "rb") as file:
        while chunk := await asyncio.to_thread(file.read, CHUNK):
            yield chunk
