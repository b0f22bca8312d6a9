"""What a page posts: it is written into the chat's log, handed on to be stored, and only then confirmed."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any
from weakref import WeakValueDictionary

from aiohttp import BodyPartReader, web

from bot import texts
from bot.channels.webchat.chats import Chats
from bot.channels.webchat.visitors import Speaker, Visitors
from bot.chat import File, Keeper
from bot.posted import IMAGES, cleaned, kept

ALBUM = 10
"""Files in one upload, as many as an album has elsewhere; the page sends more than that in several uploads."""

TOKEN_BYTES = 64
"""A Choice's token is not longer."""

UPDATE_ID = re.compile(r"[0-9A-Za-z_-]{8,64}")
ROW_ID = re.compile(r"[0-9]{1,18}")

HandOn = Callable[[str, dict[str, Any]], Awaitable[None]]
"""`await hand_on(update_id, payload)`: when it returns, the update is stored; raises errors.StoreDown when it is not."""


@dataclass(frozen=True, slots=True)
class Post:
    """What stands in every post: who speaks, the update id that the page made, the page's language ("" if unknown)."""

    speaker: Speaker
    update: str
    language: str
    fields: Mapping[str, Any]

    def text(self, name: str) -> str:
        return _text(self.fields, name)


class Posts:
    """The endpoints. A post may come again until it got its 200: it is the same message and the same update.

    The message is written to the log first and then handed on: so its place is before the answer's, and a post that
    comes again finds it there by its update id.
    """

    def __init__(
        self,
        chats: Chats,
        keeper: Keeper,
        visitors: Visitors,
        speak: Callable[[str], texts.Language],
        hand_on: HandOn,
    ) -> None:
        self._chats = chats
        self._keeper = keeper
        self._visitors = visitors
        self._speak = speak
        self._store = hand_on
        self._writing: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def start(self, request: web.Request) -> web.Response:
        """Fields: code (may be empty)."""
        return await self.started(self._post(request, await request.post()))

    async def started(self, post: Post) -> web.Response:
        row = await self._written(post, "started", self._speak(post.language or texts.DEFAULT).say("Start"))
        return await self._hand_on(post, "started", row, code=post.text("code"))

    async def say(self, request: web.Request) -> web.Response:
        """Fields: text."""
        return await self.said(self._post(request, await request.post()))

    async def said(self, post: Post) -> web.Response:
        row = await self._written(post, "said", post.text("text"))
        return await self._hand_on(post, "said", row, text=post.text("text"))

    async def pick(self, request: web.Request) -> web.Response:
        """Fields: token, message (that carries the button), label (shown as what was chosen)."""
        post = self._post(request, await request.post())
        token, message = post.text("token"), post.text("message")
        if len(token.encode()) > TOKEN_BYTES or not ROW_ID.fullmatch(message):
            raise web.HTTPBadRequest(text="no such button")
        await self._written(post, "picked", post.text("label"))
        return await self._hand_on(post, "picked", message, token=token)

    async def edit(self, request: web.Request) -> web.Response:
        """Fields: message (one's own), text (that it shall have)."""
        post = self._post(request, await request.post())
        chat, text, message = post.speaker.chat, post.text("text"), post.text("message")
        row = next((row for row in await self._chats.shown(chat) if str(row.id) == message), None)
        if row is None or row.content.get("who") != post.speaker.who or row.content["kind"] not in ("said", "sent"):
            raise web.HTTPNotFound(text="no message of yours that can be corrected")
        await self._chats.rewrite(chat, row.id, {**row.content, "text": text, "edited": True})
        return await self._hand_on(post, "edited", message, text=text)

    async def upload(self, request: web.Request) -> web.Response:
        """Multipart: the fields, among them text (the caption), and after them the files, which are kept as they come.

        A part with the name "document" is never taken as a photo. Instead of a file over the limit the page may send
        a field "oversize", which describes it.
        """
        if request.content_type != "multipart/form-data":
            raise web.HTTPBadRequest(text="files come as multipart/form-data")
        fields: dict[str, Any] = {}
        files: list[File] = []
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader) or part.name is None:
                raise web.HTTPBadRequest(text="one part, one field")
            if part.filename is None and part.name != "oversize":
                fields[part.name] = await part.text()
                continue
            source = f"{self._post(request, fields).update}/{len(files)}"
            if len(files) == ALBUM:
                raise web.HTTPBadRequest(text=f"at most {ALBUM} files at once")
            files.append(await self._file(part, source))
        if not files:
            raise web.HTTPBadRequest(text="no file came")
        return await self._sent(self._post(request, fields), files)

    async def _sent(self, post: Post, files: Sequence[File]) -> web.Response:
        """One message, and one update a file; the caption goes with the first, and `under` tells the others of it."""
        caption = post.text("text")
        row = await self._written(post, "sent", caption, files=[asdict(file) for file in files])
        album = post.update if len(files) > 1 else ""
        for place, file in enumerate(files):
            part = replace(post, update=f"{post.update}/{place}" if place else post.update)
            text = "" if place else caption
            await self._hand_on(part, "sent", row, text=text, under=caption, files=[asdict(file)], album=album)
        return web.json_response({"message": row})

    async def _file(self, part: BodyPartReader, source: str) -> File:
        if part.filename is None:
            return await _left_at_home(part, source)
        return await kept(part, source, self._keeper, as_document=part.name == "document")

    async def _written(self, post: Post, kind: str, text: str, **more: Any) -> str:
        """Put the message into the log, once however often its post comes; return its id."""
        speaker = post.speaker
        content = {"kind": kind, "text": text, "who": speaker.who, "update": post.update, "edited": False, **more}
        content["name"] = speaker.name if speaker.group else ""
        lock = self._writing.setdefault(speaker.chat, asyncio.Lock())
        async with lock:
            for row in await self._chats.shown(speaker.chat):
                if row.content.get("update") == post.update:
                    return str(row.id)
            return str(await self._chats.write(speaker.chat, "person", content))

    async def _hand_on(self, post: Post, kind: str, message: str, **more: Any) -> web.Response:
        payload = {"kind": kind, **asdict(post.speaker), "message": message, "language": post.language, **more}
        await self._store(f"{post.speaker.chat}:{post.update}", payload)
        return web.json_response({"message": message})

    def _post(self, request: web.Request, fields: Mapping[str, Any]) -> Post:
        speaker, update, language = (
            self._visitors.speaker(request, fields),
            _text(fields, "update"),
            _text(fields, "lang"),
        )
        if not UPDATE_ID.fullmatch(update):
            raise web.HTTPBadRequest(text="the field update is 8 to 64 letters and digits that the page made up")
        return Post(speaker, update, language if language in texts.KNOWN else "", fields)


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name, "")
    if not isinstance(value, str):
        raise web.HTTPBadRequest(text=f"the field {name} is a text")
    return cleaned(value)


async def _left_at_home(part: BodyPartReader, source: str) -> File:
    """A file that the page did not even send because it is over the limit: JSON with name, size and media."""
    try:
        told = json.loads(await part.text())
        name, size, media = cleaned(str(told["name"])), int(told["size"]), str(told["media"])
    except (ValueError, TypeError, KeyError):
        raise web.HTTPBadRequest(text="the field oversize is JSON with name, size and media") from None
    return File(source, "photo" if media in IMAGES else "document", name, size, media, problem="too_large")
