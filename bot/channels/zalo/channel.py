"""The Zalo channel: listens by webhook (or by polling, for development), shows replies as texts with numbered options."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NoReturn, TypeVar
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from bot import errors
from bot.channels.zalo.client import (
    CallFailed,
    Idle,
    Me,
    Rejected,
    TooMuch,
    Verification,
    WrongToken,
    ZaloBot,
    failure,
)
from bot.channels.zalo.fetching import Photos
from bot.channels.zalo.reading import Here, event_of, read, update_id
from bot.chat import Address, Door, File, Incoming, Keeper, Means, Receive, Reply, listed, paragraphs, utf16_length

CHANNEL = "zalo"
TEXT_UNITS = 1800
"""Longest message, in UTF-16 code units. The platform takes 2,000 and does not say what it counts."""
BODY_BYTES = 256 * 1024
"""An event is some kilobytes."""
SECRET_HEADER = "X-Bot-Api-Secret-Token"
CHAT_LINK = "https://bot.zaloplatforms.com/bots/"
TOGETHER_SECONDS = 3.0
"""Photos that were sent at once come one by one, and nothing says that they belong together."""
PER_SECOND = 2.0
"""Of what nobody asked for: the platform publishes no limit, and fifty people are told in half a minute."""
POLL_SECONDS = 30
POLL_GAP = 1.0
"""Seconds between polls that bring nothing new: some bots get old events again on every poll, and at once."""
WAIT_SECONDS = 0.5
"""Between looks whether it is this process's turn to poll."""
REMEMBERED = 1000
"""Ids of events that tell whether a poll brought something new. What was taken in already, the store knows for ever."""

OUTCOMES = {
    "http.403": "something in front of the webhook refuses Zalo (403): at Cloudflare, switch the Browser Integrity "
    "Check off for this address",
    "http.404": "nothing answers at the path of the webhook (404): let the proxy in front pass it on to KHEO_PORT",
    "http.5xx": "the server behind the webhook failed (5xx): is Khéo running, and does the proxy in front reach it?",
    "http.other": "the webhook answered with something else than 200: look at the proxy in front of Khéo",
    "err.tls": "Zalo does not accept the certificate of the webhook: give the whole chain, of a known issuer",
    "err.unreachable": "Zalo cannot reach the webhook: check its name (DNS), port 443 and the firewall",
}
"""What a verification found, and the remedy."""

log = structlog.get_logger()
T = TypeVar("T")


class Zalo:
    """One bot account at the Zalo Bot Platform. Nothing is asked of the network before `run`, `send` or `fetch`.

    With a `webhook_url` events come to the routes of `routes()`, under it and the bot's number; without, they are
    fetched by polling, where `may_poll` says so. `photo_hosts` are hosts beside Zalo's own from which photos are taken.
    `first_wait` and `longest_wait` (seconds) bound the pauses between attempts.
    """

    means = Means(
        buttons=False,
        edits=False,
        documents=False,
        albums=False,
        counted=True,
        together=TOGETHER_SECONDS,
        per_second=PER_SECOND,
    )

    def __init__(
        self,
        token: str,
        api_base: str = "",
        webhook_url: str = "",
        webhook_secret: str = "",
        photo_hosts: Sequence[str] = (),
        *,
        first_wait: float = 1.0,
        longest_wait: float = 60.0,
        poll_seconds: int = POLL_SECONDS,
        poll_gap: float = POLL_GAP,
        may_poll: Callable[[], bool] = lambda: True,
    ) -> None:
        try:
            self._bot = ZaloBot(token, api_base)
        except ValueError:
            raise errors.SettingsWrong(
                "ZALO_TOKEN is not a token: copy it from Zalo Bot Creator, digits, a colon, then letters"
            ) from None
        if webhook_url and not webhook_secret:
            raise errors.SettingsWrong("ZALO_WEBHOOK_SECRET: a webhook needs one, made up at random")
        self.name = self.account = f"{CHANNEL}:{self._bot.id}"
        self._webhook_url = f"{webhook_url}/{self._bot.id}" if webhook_url else ""
        self._secret = webhook_secret
        self._photos = Photos(photo_hosts, first_wait)
        self._first_wait = first_wait
        self._longest_wait = longest_wait
        self._poll_seconds = poll_seconds
        self._poll_gap = poll_gap
        self._may_poll = may_poll
        self._me = Me(self._bot.id)
        self._trouble = ""
        self._bold = True
        self._refused = False
        self._recent: deque[str] = deque(maxlen=REMEMBERED)

    @property
    def door(self) -> Door | None:
        """How people find the bot; None until Zalo has told its name."""
        return Door(self.name, self._me.name, CHAT_LINK + (self._me.shown or self._bot.id)) if self._me.name else None

    def read(self, payload: Mapping[str, Any]) -> Incoming | None:
        """What the event means. Raises on what is no event of the platform."""
        return read(payload, Here(self.name, self._me.name))

    # Listening

    async def run(self, receive: Receive) -> None:
        """Listen until cancelled; whatever fails is tried again and said once in the log."""
        await self.introduce()
        if self._webhook_url:
            self._tell(await self._insist(lambda: self._bot.set_webhook(self._webhook_url, self._secret)))
            await asyncio.Event().wait()
        await self._poll(receive)

    async def introduce(self) -> None:
        """Learn the bot's own name, by which people pick it in groups; all that a process needs that does not listen."""
        self._me = await self._insist(self._bot.get_me)
        if not self._me.joins_groups:
            log.warning("Zalo lets nobody add this bot to groups; it works in private only", account=self.account)

    def _tell(self, found: Verification) -> None:
        if found.fine:
            log.info("Zalo delivers to the webhook", account=self.account)
        else:
            remedy = OUTCOMES.get(found.outcome, "look at the proxy in front of Khéo")
            told = {"outcome": found.outcome, "hint": found.hint, "remedy": remedy}
            log.error("the webhook is set, but Zalo does not get through to it", account=self.account, **told)

    async def _poll(self, receive: Receive) -> NoReturn:
        loop = asyncio.get_running_loop()
        while True:
            if not self._may_poll():
                await asyncio.sleep(WAIT_SECONDS)
                continue
            began, new = loop.time(), False
            for payload in await self._insist(lambda: self._bot.get_updates(self._poll_seconds)):
                event = event_of(payload)
                if event is None:
                    log.error("Zalo sent something that is no event; passed over", account=self.account)
                    continue
                id = update_id(event)
                new = new or id not in self._recent
                await self._take(id, event, receive)
                self._recent.append(id)
            if not new:
                await asyncio.sleep(began + self._poll_gap - loop.time())

    async def _take(self, id: str, event: Mapping[str, Any], receive: Receive) -> None:
        """Hand the event in; it is kept as long as the store cannot take it, for the platform may not bring it again."""
        failures = 0
        while True:
            try:
                return await receive(self, id, dict(event))
            except errors.StoreDown:
                if not failures:
                    log.warning("the store is down; an event waits", account=self.account)
                await asyncio.sleep(self._pause(failures))
                failures += 1
            except Exception:
                log.exception("an event could not be taken; passed over", update_id=id)
                return None

    def routes(self, receive: Receive) -> list[web.RouteDef]:
        """Where Zalo delivers events: the path of the webhook. Empty if there is none."""
        if not self._webhook_url:
            return []

        async def deliver(request: web.Request) -> web.Response:
            try:
                await request.content.readexactly(BODY_BYTES + 1)
            except asyncio.IncompleteReadError as whole:
                body = whole.partial
            else:
                return web.Response(status=413)
            try:
                event = event_of(json.loads(body))
            except (ValueError, RecursionError):
                event = None
            shown = request.headers.get(SECRET_HEADER, "")
            known = hmac.compare_digest(shown.encode("utf-8", "surrogateescape"), self._secret.encode())
            if event is None:  # a verification calls without the secret, without a body, or without both
                if known and body.strip():
                    log.error("Zalo delivered something that is no event; passed over", account=self.account)
                return web.Response()
            if not known:
                return web.Response(status=403)
            id = update_id(event)
            try:
                await receive(self, id, dict(event))
            except errors.StoreDown:
                return web.Response(status=503)
            except Exception:
                log.exception("an event could not be taken; passed over", update_id=id)
            return web.Response()

        async def acknowledge(request: web.Request) -> web.Response:
            return web.Response()  # how a verification calls is written down nowhere

        path = urlsplit(self._webhook_url).path
        return [web.post(path, deliver), web.get(path, acknowledge)]

    # Showing

    def pieces(self, reply: Reply) -> int:
        """How many messages of the platform the reply takes."""
        return len(_pieces(reply))

    async def send(self, to: Address, reply: Reply) -> str:
        """Show the reply, a long one in several messages; return the id of the last.

        What would only change an earlier message is not sent. Raises errors.ChannelFailed; where some of the messages
        have arrived, its `rest` is what is left to be shown.
        """
        if reply.edits:
            return reply.edits
        if reply.attachment is not None:
            log.error("a file cannot be sent by Zalo and came without a link in its place", account=self.account)
            raise errors.Refused("no file passes here")
        pieces = _pieces(reply)
        if not pieces:
            raise errors.Refused("a message without a word")
        message = ""
        for number, piece in enumerate(pieces):
            title = reply.title if not number and piece.startswith(reply.title) else ""
            try:
                message = await self._show(to.chat, piece, title)
            except errors.ChannelFailed as failed:
                if number:
                    failed.rest = replace(reply, text="\n\n".join(pieces[number:]), title="", choices=())
                raise
        return message

    async def _show(self, chat: str, text: str, title: str = "") -> str:
        bold = utf16_length(title) if self._bold else 0
        try:
            shown = await self._bot.send_message(chat, text, bold)
        except CallFailed as trouble:
            failed = failure(trouble)
            plain = bold and isinstance(trouble, Rejected) and isinstance(failed, errors.Refused)
            if isinstance(trouble, WrongToken) and not self._refused:
                self._refused = True
                say = log.error
                say(WRONG_TOKEN, account=self.account, said=str(trouble))
        else:
            self._refused = False
            return shown
        if not plain:
            raise failed
        shown = await self._show(chat, text)
        self._bold = False  # the text was not to blame
        return shown

    async def fetch(self, file: File, keeper: Keeper) -> File:
        """Bring a photo home; what cannot be had comes back with `problem` "too_large" or "unreachable"."""
        return await self._photos.fetch(file, keeper)

    async def close(self) -> None:
        """Let go of connections."""
        await self._photos.close()
        await self._bot.close()

    # Speaking to the platform

    async def _insist(self, call: Callable[[], Awaitable[T]]) -> T:
        """Call until it succeeds."""
        failures = 0
        while True:
            try:
                result = await call()
            except CallFailed as trouble:
                wait = self._complain(trouble, failures)
            else:
                if self._trouble:
                    log.info("Zalo is back", account=self.account)
                    self._trouble = ""
                return result
            await asyncio.sleep(wait)
            failures += 1

    def _complain(self, trouble: CallFailed, failures: int) -> float:
        """Say what is wrong, once for each kind of trouble in a row; return how long to wait (seconds)."""
        wait = self._pause(failures)
        say, words = log.warning, "Zalo cannot be reached; trying again and again"
        match trouble:
            case WrongToken():
                say, words = log.error, WRONG_TOKEN
                wait = self._longest_wait
            case TooMuch():
                words = "Zalo says that it was too much; waiting"
            case Rejected() if "webhook" in trouble.said.lower() and not self._webhook_url:
                say, words = log.error, WEBHOOK_IN_THE_WAY
                wait = self._longest_wait
            case Rejected():
                say, words = log.error, "Zalo refuses the call; check ZALO_API_BASE and ZALO_WEBHOOK_URL"
                wait = self._longest_wait
            case Idle():
                words = "Zalo does not answer in time; trying again and again"
        if words != self._trouble:
            self._trouble = words
            say(words, account=self.account, said=str(trouble))
        return wait

    def _pause(self, failures: int) -> float:
        return min(self._longest_wait, self._first_wait * float(1 << min(failures, 16)))


WRONG_TOKEN = "Zalo refuses the token; correct ZALO_TOKEN (from Zalo Bot Creator)"
WEBHOOK_IN_THE_WAY = (
    "this bot has a webhook, so that nothing can be fetched; set ZALO_WEBHOOK_URL, or remove the webhook once by hand "
    "(deleteWebhook, docs/channels.md): what waits is taken up then"
)


def _pieces(reply: Reply) -> list[str]:
    return [] if reply.edits else paragraphs(listed(reply), TEXT_UNITS)
