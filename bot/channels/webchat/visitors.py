"""Who comes with a request: whose chat it means, and whether it may pass at all."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from bot.clock import Clock
from bot.errors import StoreDown

COOKIE = "kheo_chat"
COOKIE_SECONDS = 400 * 24 * 3600
"""As long as browsers let a cookie live: an office's season is a year."""

SECRET = re.compile(r"[0-9a-f]{32}")
LOCAL_HOSTS = ("127.0.0.1", "localhost", "[::1]")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}

Endpoint = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Persona:
    """Somebody one can be in the demo, or a group in which everybody else stands. `chat` is a short ASCII word."""

    chat: str
    name: str
    role: str = ""
    group: bool = False


@dataclass(frozen=True, slots=True)
class Demo:
    """Everybody one can be, the clock that can be moved, and the quick jumps: label and aware moment."""

    people: Sequence[Persona]
    clock: Clock
    shortcuts: Sequence[tuple[str, datetime]] = ()


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who speaks, and in which chat (their own, or a group)."""

    chat: str
    who: str
    name: str = ""
    group: bool = False


class Visitors:
    """A person is known by a random secret in a cookie; a chat's id is only its digest, so an address opens nothing.

    In the demo the request itself says whose chat it is: such a server must listen on 127.0.0.1 only.
    """

    def __init__(self, demo: Demo | None, public_url: str) -> None:
        self._personas = {persona.chat: persona for persona in demo.people} if demo else None
        self._public = urlsplit(public_url)

    def speaker(self, request: web.Request, fields: Mapping[str, Any]) -> Speaker:
        """Who posts, from the cookie, or, in the demo, from the fields `as` and `who`."""
        if self._personas is None:
            return Speaker(chat := self._own_chat(request), chat)
        persona = self._personas.get(str(fields.get("as", "")))
        if persona is None:
            raise web.HTTPForbidden(text="nobody of that name in the demo")
        if not persona.group:
            return Speaker(persona.chat, persona.chat, persona.name)
        who = self._personas.get(str(fields.get("who", "")))
        if who is None or who.group:
            raise web.HTTPBadRequest(text="the field who must name a person of the demo")
        return Speaker(persona.chat, who.chat, who.name, group=True)

    def watched(self, request: web.Request) -> list[str]:
        """The chats a GET asks for: one's own, or, in the demo, those named by `as`."""
        if self._personas is None:
            return [self._own_chat(request)]
        asked = list(dict.fromkeys(request.query.getall("as", [])))
        if not asked or not all(chat in self._personas for chat in asked):
            raise web.HTTPForbidden(text="nobody of that name in the demo")
        return asked

    def welcome(self, request: web.Request) -> tuple[str, Callable[[web.Response], None]]:
        """The chat of whoever opens the page, and what gives the response the cookie, if they had none."""
        known = request.cookies.get(COOKIE, "")
        if SECRET.fullmatch(known):
            return _address_of(known), lambda response: None
        secret = secrets.token_hex(16)

        def give(response: web.Response) -> None:
            safe = request.secure or self._public.scheme == "https"
            response.set_cookie(COOKIE, secret, max_age=COOKIE_SECONDS, httponly=True, samesite="Lax", secure=safe)

        return _address_of(secret), give

    def door(self, endpoint: Endpoint) -> Endpoint:
        """Let only our own pages post, tell the page when to try again, and set the headers."""

        async def through(request: web.Request) -> web.StreamResponse:
            # A foreign page that gets its own name resolved to 127.0.0.1 must not speak for the demo's people.
            if self._personas is not None and re.sub(r":\d+$", "", request.host) not in LOCAL_HOSTS:
                raise web.HTTPForbidden(text="the demo is for this machine only")
            if request.method == "POST" and not self._same_origin(request):
                raise web.HTTPForbidden(text="posted from another site")
            try:
                response = await endpoint(request)
            except StoreDown:
                response = web.Response(status=503, text="not stored, try again", headers={"Retry-After": "2"})
            if not response.prepared:
                for header, value in HEADERS.items():
                    response.headers.setdefault(header, value)
            return response

        return through

    def _own_chat(self, request: web.Request) -> str:
        secret = request.cookies.get(COOKIE, "")
        if not SECRET.fullmatch(secret):
            raise web.HTTPForbidden(text="no chat yet: open /chat first")
        return _address_of(secret)

    def _same_origin(self, request: web.Request) -> bool:
        origin = urlsplit(request.headers.get("Origin", ""))
        return bool(origin.netloc) and origin.netloc in (request.host, self._public.netloc)


def _address_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()[:32]
