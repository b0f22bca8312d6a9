"""A browser at the far end of the web chat: it posts, listens to the stream and reads the fragments, nothing more."""

from __future__ import annotations

import asyncio
import mimetypes
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import aiohttp

PATIENCE = 10.0
"""Seconds for which a post is tried again; the page itself never gives up."""


class CannotDo(NotImplementedError):
    """The web page has nothing for that."""


class NotTaken(AssertionError):
    """The server refused a post for good; `status` is what it said."""

    def __init__(self, status: int, answer: str) -> None:
        super().__init__(f"{status}: {answer}")
        self.status = status


@dataclass
class Heard:
    """A message of the bot as a person sees it: title and text, the labels of its buttons in reading order."""

    text: str
    labels: list[str]
    message_id: int
    edited: bool = False
    links: list[str] = field(default_factory=list)
    """Where the files that came with it can be fetched."""


@dataclass
class Bubble(HTMLParser):
    """One message fragment, read."""

    html: str
    id: int = 0
    side: str = ""
    update: str = ""
    edited: bool = False
    title: str = ""
    text: str = ""
    buttons: list[tuple[str, str]] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._inside: list[tuple[str, str]] = []
        self.feed(self.html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        had = {name: value or "" for name, value in attrs}
        classes = had.get("class", "").split()
        if "message" in classes:
            self.id, self.side, self.update = int(had["data-id"]), had["data-side"], had["data-update"]
            self.edited = "data-edited" in had
        if "choice" in classes:
            self.buttons.append(("", had["data-token"]))
        if tag == "img":
            self.images.append(had["src"])
        elif "document" in classes and "href" in had:
            self.links.append(had["href"])
        if tag not in ("img", "br"):
            self._inside.append((tag, next((c for c in classes if c in ("title", "text", "choice")), "")))

    def handle_endtag(self, tag: str) -> None:
        while self._inside and self._inside.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        match next((name for _, name in reversed(self._inside) if name), ""):
            case "title":
                self.title += data
            case "text":
                self.text += data
            case "choice":
                label, token = self.buttons[-1]
                self.buttons[-1] = (label + data, token)


class Browser:
    """A person at the page. `heard` is what the bot showed them, `group_heard` what it showed in their group.

    In the demo `chat` and `group` are the personas' short names; without a demo `chat` is empty and a cookie says who
    it is. Use `await browser.open()` (or any act, which opens it) and `await browser.close()`.
    """

    def __init__(
        self, base_url: str, chat: str = "", name: str = "", group: str | None = None, lang: str = "vi"
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.chat = chat
        self.name = name or chat
        self.group = group
        self.lang = lang
        self.heard: list[Heard] = []
        self.group_heard: list[Heard] = []
        self.bubbles: dict[int, Bubble] = {}
        """Everything the page shows, people's own messages too, by message id."""
        self.clock = ""
        self._own_last = 0
        self._last_event = ""
        self._session: aiohttp.ClientSession | None = None
        self._listening: asyncio.Task[None] | None = None

    # Acts

    async def open(self, path: str = "/chat", **query: str) -> str:
        """Open (or reload) the page and listen to its stream; return its HTML."""
        self._session = self._session or aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        asked = {"lang": self.lang, **({"as": self.chat} if self.chat else {}), **query}
        async with self._session.get(self.base_url + path, params=asked) as page:
            html = await page.text()
            if page.status != 200:
                raise NotTaken(page.status, html)
        if self._listening is None:
            self._listening = asyncio.create_task(self._listen())
        return html

    async def start(self, code: str = "") -> None:
        """Open the chat, by a link with a code if there is one, and press “Start”."""
        await self.open("/chat/start", **({"code": code} if code else {}))
        await self.post("/chat/start", code=code)

    async def say(self, text: str) -> None:
        self._own_last = await self.post("/chat/say", text=text)

    async def edit_last(self, text: str) -> None:
        """Change what was said (or the caption of what was sent) last."""
        await self.post("/chat/edit", message=str(self._own_last), text=text)

    async def edit_caption(self, caption: str) -> None:
        await self.edit_last(caption)

    async def press(self, label: str) -> None:
        """Press the button in the newest message that has one with this label (or one that begins so)."""
        await self._press(label, list(reversed(self.heard)), self.chat)

    async def press_old(self, label: str) -> None:
        """Press it in the oldest message that has one."""
        await self._press(label, self.heard, self.chat)

    async def forge(self, token: str, message_id: int = 1) -> None:
        """Press a button that was never shown."""
        await self.post("/chat/pick", token=token, message=str(message_id), label=token)

    async def send_photo(self, name: str, data: bytes, caption: str = "") -> None:
        self._own_last = await self._upload([("files", name, data, _media(name, "image/jpeg"))], caption)

    async def send_document(self, name: str, data: bytes, caption: str = "", media: str = "") -> None:
        parts = [("document", name, data, media or _media(name, "application/octet-stream"))]
        self._own_last = await self._upload(parts, caption)

    async def send_album(self, photos: Sequence[tuple[str, bytes]], caption: str = "") -> None:
        """Several photos at once."""
        parts = [("files", name, data, _media(name, "image/jpeg")) for name, data in photos]
        self._own_last = await self._upload(parts, caption)

    async def send_sticker(self) -> None:
        raise CannotDo("the page has no stickers")

    async def send_voice(self) -> None:
        raise CannotDo("the page records no voice")

    async def send_location(self) -> None:
        raise CannotDo("the page asks for no location")

    async def block(self) -> None:
        raise CannotDo("nobody can block a page; one closes it")

    async def unblock(self) -> None:
        raise CannotDo("nobody can block a page; one closes it")

    async def say_in_group(self, text: str) -> None:
        """Say something in the group (demo only)."""
        await self.post("/chat/say", chat=self._group, text=text)

    async def press_in_group(self, label: str) -> None:
        await self._press(label, list(reversed(self.group_heard)), self._group)

    async def move_clock(self, to: str) -> None:
        """Move the demo's clock: "2024-02-06T08:00"."""
        await self.post("/demo/clock", to=to)

    # Looking

    async def until(self, predicate: Callable[[], Any], timeout: float = 5.0) -> None:  # noqa: ASYNC109
        """Wait until `predicate()` holds; AssertionError with what was heard if it does not in `timeout` seconds."""
        ends = asyncio.get_running_loop().time() + timeout
        while not predicate():
            if self._listening and self._listening.done():
                self._listening.result()
            if asyncio.get_running_loop().time() > ends:
                heard = "\n---\n".join(f"{h.text}\n{h.labels}" for h in [*self.heard[-4:], *self.group_heard[-2:]])
                raise AssertionError(f"{self.name} waited {timeout} s in vain. Heard last:\n{heard}")
            await asyncio.sleep(0.005)

    async def download(self, href: str) -> tuple[int, Mapping[str, str], bytes]:
        """Fetch a file that the page shows: status, headers, body."""
        await self._opened()
        async with self._open.get(self.base_url + href) as response:
            return response.status, response.headers, await response.read()

    async def close(self) -> None:
        if self._listening:
            self._listening.cancel()
            with suppress(asyncio.CancelledError):
                await self._listening
            self._listening = None
        if self._session:
            await self._session.close()
            self._session = None

    # The wire

    async def post(self, path: str, update: str = "", chat: str = "", **fields: str) -> int:
        """Post as the page does, again and again while the server is away; return the message's id (or 0)."""
        await self._opened()
        body = self._common(update or secrets.token_hex(16), chat) | fields
        return await self._posted(path, lambda: body)

    async def _upload(self, parts: Sequence[tuple[str, str, bytes, str]], caption: str) -> int:
        await self._opened()
        update = secrets.token_hex(16)

        def form() -> aiohttp.FormData:
            made = aiohttp.FormData(quote_fields=False)
            for name, value in (self._common(update, "") | {"text": caption}).items():
                made.add_field(name, value)
            for field_name, name, data, media in parts:
                made.add_field(field_name, data, filename=name, content_type=media)
            return made

        return await self._posted("/chat/upload", form)

    async def _posted(self, path: str, body: Callable[[], Any]) -> int:
        ends = asyncio.get_running_loop().time() + PATIENCE
        while True:
            status, answer = 0, "no answer"
            with suppress(aiohttp.ClientError):
                async with self._open.post(
                    self.base_url + path, data=body(), headers={"Origin": self.base_url}
                ) as reply:
                    status = reply.status
                    answer = await reply.text()
                    if status in (200, 204):
                        return int((await reply.json())["message"]) if status == 200 else 0
            if 400 <= status < 500 or asyncio.get_running_loop().time() > ends:
                raise NotTaken(status, answer)
            await asyncio.sleep(0.1)

    def _common(self, update: str, chat: str) -> dict[str, str]:
        spoken = {"as": chat or self.chat, "who": self.chat} if self.chat else {}
        return {**spoken, "update": update, "lang": self.lang}

    async def _press(self, label: str, among: Sequence[Heard], chat: str) -> None:
        for exact in (True, False):
            for heard in among:
                for shown, token in self.bubbles[heard.message_id].buttons:
                    if shown == label or (not exact and shown.startswith(label)):
                        message = str(heard.message_id)
                        await self.post("/chat/pick", chat=chat, token=token, message=message, label=shown)
                        return
        raise AssertionError(f"{self.name} sees no button {label!r}, only {[heard.labels for heard in among]}")

    async def _opened(self) -> None:
        if self._listening is None:
            await self.open()

    @property
    def _open(self) -> aiohttp.ClientSession:
        assert self._session is not None
        return self._session

    @property
    def _group(self) -> str:
        assert self.group is not None, f"{self.name} is in no group"
        return self.group

    async def _listen(self) -> None:
        """Read the stream; when it breaks, come back with the id of the last event, as browsers do."""
        while True:
            with suppress(aiohttp.ClientError):
                async for name, html in self._events():
                    self._take(name, html)
            await asyncio.sleep(0.05)

    async def _events(self) -> AsyncIterator[tuple[str, str]]:
        chats = [("as", chat) for chat in (self.chat, self.group) if chat]
        headers = {"Last-Event-ID": self._last_event} if self._last_event else {}
        endless = aiohttp.ClientTimeout(total=None, sock_read=60)
        address = self.base_url + "/chat/events"
        async with self._open.get(
            address, params=[*chats, ("lang", self.lang)], headers=headers, timeout=endless
        ) as got:
            if got.status != 200:
                return
            name, lines = "message", []
            async for raw in got.content:
                line = raw.decode().rstrip("\n")
                kind, _, value = line.partition(": ")
                if kind == "data":
                    lines.append(value)
                elif kind == "event":
                    name = value
                elif kind == "id":
                    self._last_event = value
                elif not line and lines:
                    yield name, "\n".join(lines)
                    name, lines = "message", []

    def _take(self, name: str, html: str) -> None:
        if name == "clock":
            self.clock = html
            return
        bubble = Bubble(html)
        known = bubble.id in self.bubbles
        self.bubbles[bubble.id] = bubble
        if bubble.side != "bot":
            return
        ear = self.group_heard if self.group and name == f"panel-{self.group}" else self.heard
        text = "\n".join(part for part in (bubble.title, bubble.text) if part)
        labels = [label for label, _ in bubble.buttons]
        if known:
            heard = next(heard for heard in ear if heard.message_id == bubble.id)
            heard.text, heard.labels, heard.edited = text, labels, bubble.edited
        else:
            ear.append(Heard(text, labels, bubble.id, bubble.edited, links=bubble.links))


def _media(name: str, otherwise: str) -> str:
    return mimetypes.guess_type(name)[0] or otherwise
