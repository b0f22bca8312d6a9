"""The web chat: a channel whose platform is our own server, and, as a demo, everybody's chats side by side."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aiohttp import web

from bot import texts
from bot.channels.webchat.chats import Chats
from bot.channels.webchat.listeners import Listener
from bot.channels.webchat.log import MessageLog, Row
from bot.channels.webchat.page import STATIC, TONES, Pages, Panel
from bot.channels.webchat.posts import ROW_ID, Post, Posts
from bot.channels.webchat.stream import Stream
from bot.channels.webchat.visitors import HEADERS, Demo, Persona, Speaker, Visitors
from bot.chat import (
    Address,
    Attachment,
    Edited,
    File,
    Incoming,
    Keeper,
    Means,
    Origin,
    Picked,
    Receive,
    Reply,
    Said,
    Sent,
    Started,
)
from bot.clock import ZONE
from bot.errors import Gone, StoreDown, Transient
from bot.posted import IMAGES
from bot.vietnamese import fold

__all__ = ["Demo", "MessageLog", "Persona", "Row", "Speaker", "WebChat"]

HEARTBEAT_SECONDS = 15.0
"""Proxies close a silent connection after 30 or 60 seconds."""

NOT_SHOWN = texts.mark(
    "This photo is stored, but it cannot be shown without the place and time that the camera wrote into it, so it is not "
    "shown."
)
SHA256 = re.compile(r"[0-9a-f]{64}")
NAMED = re.compile(r"\bkheo\b")


class WebChat:
    """The channel "web". `routes` gives what the web server has to serve.

    With `demo` the request says whose chat it is: such a server must listen on 127.0.0.1 only. `public_url` is the
    address people type, for when a proxy in front of us changes the Host header. `bare` says whether photos are shown
    without what the camera wrote into them.
    """

    name = "web"
    account = "web"
    means = Means()

    def __init__(
        self,
        log: MessageLog,
        keeper: Keeper,
        *,
        demo: Demo | None = None,
        public_url: str = "",
        speak: Callable[[str], texts.Language] = texts.language,
        bare: Callable[[], bool] = lambda: True,
    ) -> None:
        self._chats = Chats(log)
        self._keeper = keeper
        self._demo = demo
        self._speak = speak
        self._bare = bare
        self._pages = Pages(keeper.limit)
        self._visitors = Visitors(demo, public_url)
        if demo:
            demo.clock.watch(self._chats.listeners.stir)

    def routes(self, receive: Receive) -> list[web.AbstractRouteDef]:
        """All that this channel serves; every update goes to `receive` before it is confirmed."""

        door, posts = self._visitors.door, self._posts(receive)
        served: list[web.AbstractRouteDef] = [
            web.get("/chat", door(self._show_chat)),
            web.get("/chat/start", door(self._show_chat)),
            web.get("/chat/events", door(self._stream)),
            web.get("/chat/file/{sha256}", door(self._hand_out)),
            web.post("/chat/start", door(posts.start)),
            web.post("/chat/say", door(posts.say)),
            web.post("/chat/pick", door(posts.pick)),
            web.post("/chat/edit", door(posts.edit)),
            web.post("/chat/upload", door(posts.upload)),
            web.static("/chat/static", STATIC),
        ]
        if self._demo:
            served += [web.get("/", door(self._show_demo)), web.post("/demo/clock", door(self._move_clock))]
        else:
            served.append(web.get("/", door(_to_chat)))
        return served

    async def perform(self, receive: Receive, update: str, speaker: Speaker, text: str = "") -> None:
        """What a page of `speaker` would post: the text, or, without one, “Start”; for what a demo begins with.

        A second time with the same `update` it does nothing.
        """
        posts = self._posts(receive)
        post = Post(speaker, update, texts.DEFAULT, {"text": text})
        await (posts.said(post) if text else posts.started(post))

    def _posts(self, receive: Receive) -> Posts:
        async def hand_on(update_id: str, payload: dict[str, Any]) -> None:
            await receive(self, update_id, payload)

        return Posts(self._chats, self._keeper, self._visitors, self._speak, hand_on)

    # The channel's contract

    def read(self, payload: Mapping[str, Any]) -> Incoming | None:
        """What one of our own posts means; None for talk in a group that is not meant for the bot."""
        origin = Origin(
            at=Address(self.name, payload["chat"]),
            who=Address(self.name, payload["who"]),
            private=not payload["group"],
            message=payload["message"],
            name=payload["name"],
            language=payload["language"],
        )
        match payload["kind"]:
            case "picked":
                return Picked(origin, payload["token"])
            case "started":
                return Started(origin, payload["code"])
        if payload["group"] and not _names_the_bot(payload.get("under", payload["text"])):
            return None
        match payload["kind"]:
            case "said":
                return Said(origin, payload["text"])
            case "edited":
                return Edited(origin, payload["text"])
            case "sent":
                return Sent(origin, tuple(File(**file) for file in payload["files"]), payload["text"], payload["album"])
        return None

    async def fetch(self, file: File, keeper: Keeper) -> File:
        """Nothing is left to do: the bytes were kept while they were posted."""
        return file if file.sha256 or file.problem else replace(file, problem="unreachable")

    async def send(self, to: Address, reply: Reply) -> str:
        """Write the reply into the chat's log and show it on every page that is open.

        A paper is kept like a file that was sent: handed out to the page in whose chat it stands, and to no other.
        """
        try:
            if not reply.edits:
                content = reply.as_json()
                if reply.attachment is not None:
                    content["files"] = [asdict(await self._kept(reply.attachment))]
                return str(await self._chats.write(to.chat, "bot", content))
            await self._chats.rewrite(to.chat, int(reply.edits), reply.as_json())
        except StoreDown as down:
            raise Transient(str(down)) from down
        except (LookupError, ValueError):
            raise Gone(f"no message {reply.edits} in the web chat") from None
        return reply.edits

    async def _kept(self, paper: Attachment) -> File:
        async def whole() -> AsyncIterator[bytes]:
            yield paper.content

        return await self._keeper.keep(whole(), File("", "document", paper.name, media=paper.media))

    async def run(self, receive: Receive) -> None:
        """Nothing to fetch anywhere: people come to our own server. Waits until cancelled."""
        await asyncio.Event().wait()

    async def changed(self, chat: str, message: int) -> None:
        """Another process has written that message: show it on the pages that are open here."""
        await self._chats.changed(chat, message)

    async def close(self) -> None:
        """End the streams of all open pages, so that the server can stop at once."""
        self._chats.listeners.end()

    # Pages

    async def _show_chat(self, request: web.Request) -> web.StreamResponse:
        """The page alone changes nothing: a messenger that previews a link must not use up the code in it."""
        language, code = self._language(request), request.query.get("code", "")
        if self._demo:
            chat = self._visitors.watched(request)[0]
            persona = next(persona for persona in self._demo.people if persona.chat == chat)
            return _html(self._pages.chat(await self._panel(persona, code), language, demo=True))
        chat, give_cookie = self._visitors.welcome(request)
        response = _html(self._pages.chat(Panel(chat, "", "", await self._chats.shown(chat), code=code), language))
        give_cookie(response)
        return response

    async def _show_demo(self, request: web.Request) -> web.StreamResponse:
        assert self._demo is not None
        panels = [await self._panel(persona) for persona in self._demo.people]
        now = self._demo.clock.now()
        return _html(self._pages.demo(panels, now, self._demo.shortcuts, self._language(request)))

    async def _panel(self, persona: Persona, code: str = "") -> Panel:
        people = list(self._demo.people) if self._demo else []
        return Panel(
            persona.chat,
            persona.name,
            persona.role,
            await self._chats.shown(persona.chat),
            group=persona.group,
            speakers=[other for other in people if not other.group] if persona.group else (),
            code=code,
            tone=people.index(persona) % TONES,
        )

    async def _move_clock(self, request: web.Request) -> web.StreamResponse:
        assert self._demo is not None
        try:
            moment = datetime.fromisoformat(str((await request.post()).get("to", "")))
        except ValueError:
            raise web.HTTPBadRequest(text="the field to is a date and time such as 2024-02-06T08:00") from None
        self._demo.clock.move(moment if moment.tzinfo else moment.replace(tzinfo=ZONE))
        return web.Response(status=204)

    def _language(self, request: web.Request) -> texts.Language:
        return self._speak(request.query.get("lang", texts.DEFAULT))

    # Files

    async def _hand_out(self, request: web.Request) -> web.StreamResponse:
        sha256 = request.match_info["sha256"]
        file = await self._file_of(self._visitors.watched(request), sha256) if SHA256.fullmatch(sha256) else None
        if file is None:
            raise web.HTTPNotFound
        image = file["media"] in IMAGES
        shown = "inline" if image else "attachment"
        path: Path | None = self._keeper.path(sha256)
        if file["media"].startswith("image/") and self._bare():
            path = await asyncio.to_thread(self._keeper.shown, sha256)
        if path is None:
            raise web.HTTPUnsupportedMediaType(text=self._language(request).say(NOT_SHOWN))
        return web.FileResponse(
            path,
            headers={
                "Content-Type": file["media"] if image else "application/octet-stream",
                "Content-Disposition": f"{shown}; filename*=UTF-8''{quote(file['name'] or sha256, safe='')}",
                "Content-Security-Policy": "default-src 'none'; sandbox",
                "Cache-Control": "private, max-age=31536000, immutable",
            },
        )

    async def _file_of(self, chats: Sequence[str], sha256: str) -> Mapping[str, Any] | None:
        for chat in chats:
            for row in await self._chats.shown(chat):
                for file in row.content.get("files", ()):
                    if file["sha256"] == sha256:
                        return dict(file)
        return None

    # The stream

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        chats, language = self._visitors.watched(request), self._language(request)
        seen = request.headers.get("Last-Event-ID") or request.query.get("after") or "0"
        if not ROW_ID.fullmatch(seen):
            raise web.HTTPBadRequest(text="after is the id of a message")
        after = int(seen)
        # Listening begins before the log is read: what comes in between is sent twice, and the page keeps it once.
        with self._chats.listeners.listening(chats) as listener:
            missed = [(chat, row) for chat in chats for row in await self._chats.missed(chat, after)]
            response = web.StreamResponse(headers={**HEADERS, "X-Accel-Buffering": "no"})
            response.content_type = "text/event-stream"
            response.charset = "utf-8"
            await response.prepare(request)
            stream = Stream(response, self._pages, language, after)
            with suppress(ConnectionResetError, StoreDown):
                await stream.begin()
                for chat, row in missed:
                    await stream.message(chat, row)
                await self._follow(listener, stream, chats)
            return response

    async def _follow(self, listener: Listener, stream: Stream, chats: Sequence[str]) -> None:
        if self._demo:
            await stream.clock(self._demo.clock.now())
        while not listener.ended:
            news = await listener.next(self._until_next_beat())
            if news:
                await stream.message(*news)
                continue
            if self._demo:
                await stream.clock(self._demo.clock.now())
            for chat in chats:
                for row in await self._chats.shown(chat, stream.reached.get(chat, stream.began)):
                    await stream.message(chat, row)
            await stream.beat()

    def _until_next_beat(self) -> float:
        """Seconds; in the demo at most until the clock shows another minute."""
        if not self._demo:
            return HEARTBEAT_SECONDS
        now = self._demo.clock.now()
        return min(HEARTBEAT_SECONDS, 60.0 - now.second - now.microsecond / 1e6 + 0.01)


async def _to_chat(request: web.Request) -> web.StreamResponse:
    """Whoever types the bare address is looking for the chat."""
    raise web.HTTPFound("/chat")


def _html(page: str) -> web.Response:
    return web.Response(text=page, content_type="text/html")


def _names_the_bot(text: str) -> bool:
    return text.startswith("/") or bool(NAMED.search(fold(text)))
