"""Zalo at the far end: a server that speaks the wire of its Bot Platform, and the phones of the people who use it."""

from __future__ import annotations

import asyncio
import hashlib
import html
import json
import re
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from tests.devices.browser import CannotDo

TOKEN = "41800000017:the_token-of_the_fake_zalo_in_the_tests"
SECOND_TOKEN = "41800000029:the_token-of_a_second_bot_of_the_same_office"
BOT_NAME = "Bot Khéo"
LONGEST_TEXT = 2000
A_DAY_IN_2024 = 1_707_180_000_000
"""What stands in `date`, in milliseconds: 6 February 2024; no reader should look at it."""
PATIENCE = 400
"""How often a webhook is tried with one event, unless a test says otherwise; the platform documents nothing."""
GARBAGE = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"

OPTION = re.compile(r"^(?P<mark>[0-9]{1,2}|[a-z]{1,2})\. (?P<label>.+)$")
BESIDE = re.compile(r"^• (?P<label>.+)$")
LINK = re.compile(r"https?://\S+/t/[A-Za-z0-9_-]+")
FILES = 'type="file" name="files"'


@dataclass
class Heard:
    """A message of the bot as a person sees it; `labels` are its options as listed, `marks` what is typed for each."""

    text: str
    labels: list[str]
    message_id: str = ""
    edited: bool = False
    marks: dict[str, str] = field(default_factory=dict)
    beside: list[str] = field(default_factory=list)
    """What is listed without number or letter, and is typed as it stands."""
    photo: str = ""


@dataclass
class Failure:
    """How the next call to `method` ("" is any but getUpdates) goes wrong: by an answer, or by a cut connection."""

    method: str
    status: int = 0
    description: str = ""
    cut: str = ""  # "before" or "after" the effect
    chat: str = ""  # only calls to this chat; "": all
    html: bool = False  # a page of some proxy instead of JSON
    http: int = 0  # the HTTP status, where it is another than the error_code


@dataclass
class Photo:
    """A picture at the platform, and how it is handed out. The knobs of the fake are for all that have none of their own."""

    content: bytes
    media: str = "image/jpeg"


class Wrong(Exception):
    """The platform refuses: error code and description."""

    def __init__(self, status: int, description: str) -> None:
        super().__init__(description)
        self.status, self.description = status, description


class FakeZalo:
    """One bot at the Bot Platform on 127.0.0.1; `beside(token)` is another bot on the same server.

    `url` is for ZALO_API_BASE, `token` for ZALO_TOKEN, `photo_hosts` for ZALO_PHOTO_HOSTS, `channel` is the name of the
    bot's channel. `calls` holds every call as {"method", "params"}, `pings` what verifications got. It never looks at
    time, but for how long a poll is held.
    """

    def __init__(self, token: str = TOKEN, bot_name: str = BOT_NAME, server: FakeZalo | None = None) -> None:
        self.token = token
        self.bot_id = token.partition(":")[0]
        self.bot_name = bot_name
        self.channel = f"zalo:{self.bot_id}"
        self.calls: list[dict[str, Any]] = []
        self.phones: dict[str, ZaloPhone] = {}
        self.groups: dict[str, list[ZaloPhone]] = {}
        self.photos: dict[str, Photo] = {}
        self.photo_calls: list[str] = []
        self.webhook: dict[str, str] = {}
        self.webhook_statuses: list[int] = []
        """What the bot answered to each delivery (0: nothing), pings not among them."""
        self.pings: list[int] = []
        self.most_polls_at_once = 0
        self.poll_moments: list[float] = []

        # Manners
        self.wrapped = False
        """Webhook bodies as {"ok", "result"}; else flat, as they were seen."""
        self.photo_field = "photo_url"
        """Or "photo", as documented."""
        self.can_join_groups = True
        self.takes_styles = True
        """Whether `text_styles` are understood; else they are a client error."""
        self.pings_on_set = True
        self.outcome = ""
        """What a verification says whatever the ping got: "err.tls", "http.5xx"…"""
        self.webhook_tries = PATIENCE
        """How often a delivery is tried before it is lost; 1: the platform does not repeat."""
        self.retry = 0.02
        self.loses = 0
        """So many of the next events never come."""
        self.repeats = 0
        """How often each event comes again, at once."""
        self.replay = False
        """A poll that finds nothing new gets the newest events again, at once."""
        self.forgets = False
        """Nobody listens (no poll, no webhook): the event is lost."""
        self.delivers_all_in_group = False
        """Also what is not addressed to the bot; the platform does not."""
        self.gateway = 0
        """502 or 504 for every call, as a page, as long as it is set."""
        self.monthly = 0
        """From so many messages on 429 for all that sends; 0: no end."""
        self.counts_received = False
        """Whether messages of people count among them."""
        self.counted = 0
        self.too_fast = 0
        """So many of the next sends get 429."""
        self.daily_tests = 3
        self.blocked: set[str] = set()
        """Chats (of people, of groups) that take nothing any more."""
        self.photo_status = 200
        """404: the link has expired."""
        self.photo_html = False
        """A page instead of the picture, with status 200."""
        self.photo_redirect = ""
        """Where a link leads instead, for the next `photo_redirects` calls (0: for all)."""
        self.photo_redirects = 0
        self.photo_bytes = 0
        """The picture is as large as that, and does not say so."""
        self.photo_says = 0
        """What its Content-Length claims."""
        self.photo_pause = 0.0
        """Seconds before each half of the picture."""
        self.photo_cuts = 0
        """So many of the next downloads break off in the middle."""

        self.events: deque[Any] = deque()
        self._seen: list[Any] = []
        self._failures: list[Failure] = []
        self._numbers = 0
        self._polling = 0
        self._stir = asyncio.Event()
        self._parcel = asyncio.Event()
        self._courier: asyncio.Task[None] | None = None
        self._had_webhook = False
        self._server = server
        self._bots: dict[str, FakeZalo] = {token: self}
        self._runner: web.AppRunner | None = None
        self._port = 0
        self.url: str = server.url if server else ""

    # Being there

    async def __aenter__(self) -> FakeZalo:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def photo_hosts(self) -> str:
        return self.url.removeprefix("http://")

    def beside(self, token: str = SECOND_TOKEN, bot_name: str = "Bot Khéo 2") -> FakeZalo:
        """Another bot on the same server, with people, quota and knobs of its own. It ends with this one."""
        other = FakeZalo(token, bot_name, self)
        self._bots[token] = other
        other._courier = asyncio.create_task(other._carry())
        return other

    async def start(self) -> None:
        await self.come_back()
        self._courier = asyncio.create_task(self._carry())

    async def stop(self) -> None:
        for bot in self._bots.values():
            if bot._courier:
                bot._courier.cancel()
                with suppress(asyncio.CancelledError):
                    await bot._courier
        await self.go_away()

    async def go_away(self) -> None:
        """Refuse every connection from now on, and drop the open ones."""
        runner, self._runner = self._runner, None
        if runner:
            for bot in self._bots.values():
                bot._wake()
            await runner.cleanup()

    async def come_back(self) -> None:
        """Listen (again) on the same port."""
        app = web.Application(client_max_size=4 * 1024 * 1024)
        app.router.add_route("*", "/bot{token}/{method}", self._serve)
        app.router.add_get("/photo/{bot}/{name}", self._serve_photo)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.05)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self._port}"

    def fail(
        self,
        method: str = "",
        status: int = 0,
        description: str = "",
        *,
        times: int = 1,
        cut: str = "",
        chat: str = "",
        html: bool = False,
        http: int = 0,
    ) -> None:
        """Let the next `times` calls fail: `fail("sendMessage", 403)`, `fail(cut="after")`, `fail(status=502, html=True)`."""
        said = description or {
            400: "Bad Request",
            401: "Unauthorized",
            403: "Internal server error",
            404: "Not Found",
            408: "Request timeout",
            429: "Quota exceeded",
        }.get(status, "")
        self._failures += [Failure(method, status, said, cut, chat, html, http) for _ in range(times)]

    def new_month(self) -> None:
        self.counted = 0

    def sent(self, chat: str = "") -> list[dict[str, Any]]:
        """The parameters of each call that sent something, refused ones included."""
        found = [call["params"] for call in self.calls if call["method"].startswith("send")]
        return [params for params in found if not chat or params.get("chat_id") == chat]

    # What people do

    def number(self) -> str:
        """A message id that was never there before."""
        self._numbers += 1
        return hashlib.sha256(f"{self.token}/{self._numbers}".encode()).hexdigest()[:20]

    def push(self, event: Any) -> Any:
        """Queue an event as it stands inside of any envelope; any garbage will do."""
        if self.loses:
            self.loses -= 1
            return event
        if self.forgets and not self._polling and not self.webhook:
            return event
        self.counted += self.counts_received
        self.events.extend([event] * (1 + self.repeats))
        self._wake()
        return event

    def again(self, message_id: str) -> None:
        """Bring an event once more that came long ago."""
        self.events.append(next(e for e in self._seen if e["message"]["message_id"] == message_id))
        self._wake()

    def message(self, phone: ZaloPhone, chat: str, event: str, **content: Any) -> Any:
        """Somebody sends something; returns the event."""
        said = {
            "date": A_DAY_IN_2024 + self._numbers,
            "chat": {"chat_type": "GROUP" if chat in self.groups else "PRIVATE", "id": chat},
            "message_id": self.number(),
            "from": {"id": phone.user_id, "is_bot": False, "display_name": phone.name},
            **content,
        }
        return self.push({"event_name": event, "message": said})

    def keep_photo(self, name: str, content: bytes, media: str = "image/jpeg") -> str:
        """Put a picture where anybody can fetch it; returns its address."""
        key = f"{len(self.photos) + 1}-{name}"
        self.photos[key] = Photo(content, media)
        return f"{self._at.url}/photo/{self.bot_id}/{key}"

    # The wire

    @property
    def _at(self) -> FakeZalo:
        return self._server or self

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        bot = self._bots.get(request.match_info["token"])
        method = request.match_info["method"]
        params = await _params(request)
        if bot is None:
            if self.gateway:
                return _page(self.gateway)
            return _answer(Wrong(401, "Unauthorized"))
        return await bot._called(request, method, params)

    async def _called(self, request: web.Request, method: str, params: dict[str, Any]) -> web.StreamResponse:
        self.calls.append({"method": method, "params": params})
        if self.gateway:
            return _page(self.gateway)
        failure = self._failing(method, params)
        if failure and failure.cut == "before":
            return _cut(request)
        if failure and failure.html:
            return _page(failure.http or failure.status or 200)
        if failure and failure.status:
            return _answer(Wrong(failure.status, failure.description), failure.http)
        try:
            result = await (self._get_updates(params, request) if method == "getUpdates" else self._do(method, params))
        except Wrong as wrong:
            return _answer(wrong)
        if failure and failure.cut == "after":
            return _cut(request)
        return web.json_response({"ok": True} if result is None else {"ok": True, "result": result})

    def _failing(self, method: str, params: dict[str, Any]) -> Failure | None:
        for failure in self._failures:
            here = failure.method in ("", method) and (failure.method or method != "getUpdates")
            if here and (not failure.chat or failure.chat == params.get("chat_id")):
                self._failures.remove(failure)
                return failure
        return None

    async def _do(self, method: str, params: dict[str, Any]) -> Any:
        act = {
            "getMe": self._get_me,
            "setWebhook": self._set_webhook,
            "testWebhook": self._test_webhook,
            "deleteWebhook": self._delete_webhook,
            "getWebhookInfo": self._get_webhook_info,
            "sendMessage": self._send_message,
            "sendPhoto": self._send_photo,
            "sendSticker": self._send_other,
            "sendVoice": self._send_other,
            "sendChatAction": self._send_chat_action,
        }.get(method)
        if not act:
            raise Wrong(400, "Bad Request")
        return await act(params)

    async def _get_me(self, _: dict[str, Any]) -> Any:
        return {
            "id": self.bot_id,
            "account_name": f"bot.{self.bot_id}",
            "account_type": "BASIC",
            "can_join_groups": self.can_join_groups,
            "display_name": self.bot_name,
        }

    async def _get_updates(self, params: dict[str, Any], request: web.Request) -> Any:
        if self.webhook:
            raise Wrong(400, "You cannot use this API while a webhook is set. Please remove the webhook first")
        loop = asyncio.get_running_loop()
        self.poll_moments.append(loop.time())
        self._polling += 1
        self.most_polls_at_once = max(self.most_polls_at_once, self._polling)
        try:
            if not self.events and self.replay and self._seen:
                return self._seen[len(self.poll_moments) % len(self._seen)]
            ends = loop.time() + float(params.get("timeout", 30))
            while not self.events and (left := ends - loop.time()) > 0 and self._at._runner:
                self._stir.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stir.wait(), left)
            if not self.events or request.transport is None:  # who has hung up takes nothing along
                raise Wrong(408, "Request timeout")
            event = self.events.popleft()
            self._seen.append(event)
            return event
        finally:
            self._polling -= 1

    def _wake(self) -> None:
        self._stir.set()
        self._parcel.set()

    async def _set_webhook(self, params: dict[str, Any]) -> Any:
        secret, url = params.get("secret_token", ""), params.get("url", "")
        if not 8 <= len(secret) <= 256 or not url.startswith(("http://", "https://")):
            raise Wrong(400, "Bad Request")
        self.webhook = {"url": url, "secret_token": secret}
        self._had_webhook = True
        verification = await self._verify()
        self._wake()
        return {"url": url, "updated_at": A_DAY_IN_2024, "verification": verification}

    async def _verify(self) -> dict[str, Any]:
        """The ping that goes without the secret and without a body."""
        outcome = self.outcome
        if self.pings_on_set:
            try:
                async with aiohttp.ClientSession() as session, session.post(self.webhook["url"]) as response:
                    status = response.status
            except (aiohttp.ClientError, OSError):
                status = 0
            self.pings.append(status)
            known = {0: "err.unreachable", 403: "http.403", 404: "http.404"}
            large = "webhook.ok" if 200 <= status < 300 else "http.5xx" if status >= 500 else "http.other"
            outcome = outcome or known.get(status, large)
        outcome = outcome or "webhook.ok"
        return {"ok": outcome == "webhook.ok", "url": self.webhook["url"], "outcome": outcome, "hint": ""}

    async def _test_webhook(self, _: dict[str, Any]) -> Any:
        if not self.webhook:
            raise Wrong(404, "Not Found")
        if not self.daily_tests:
            raise Wrong(426, "Daily limit reached")
        self.daily_tests -= 1
        return await self._verify()

    async def _delete_webhook(self, _: dict[str, Any]) -> Any:
        if not self._had_webhook:
            raise Wrong(400, "Bad Request")
        self.webhook = {}
        return {"url": "", "updated_at": A_DAY_IN_2024}

    async def _get_webhook_info(self, _: dict[str, Any]) -> Any:
        if not self.webhook:
            raise Wrong(404, "Not Found")
        return {"url": self.webhook["url"], "updated_at": A_DAY_IN_2024}

    async def _carry(self) -> None:
        """Bring events to the webhook, one after the other."""
        tries = 0
        async with aiohttp.ClientSession() as session:
            while True:
                if not (self.webhook and self.events):
                    self._parcel.clear()
                    await self._parcel.wait()
                    continue
                event = self.events[0]
                body = {"ok": True, "result": event} if self.wrapped else event
                headers = {"X-Bot-Api-Secret-Token": self.webhook["secret_token"]}
                try:
                    async with session.post(self.webhook["url"], json=body, headers=headers) as response:
                        status = response.status
                except (aiohttp.ClientError, OSError):
                    status = 0
                tries += 1
                self.webhook_statuses.append(status)
                if not 200 <= status < 300 and tries < self.webhook_tries:
                    await asyncio.sleep(self.retry)
                    continue
                tries = 0
                self.events.popleft()
                self._seen.append(event)

    async def _send_message(self, params: dict[str, Any]) -> Any:
        text = params.get("text", "")
        if not isinstance(text, str) or not text.strip() or _units(text) > LONGEST_TEXT:
            raise Wrong(400, "Bad Request: text must be 1-2000 characters")
        for style in params.get("text_styles", ()):
            inside = 0 <= style["start"] < style["start"] + style["len"] <= _units(text)
            if not self.takes_styles or not inside or set(style["st"]) - {"b", "i", "u", "s"}:
                raise Wrong(400, "Bad Request: invalid text_styles")
        return self._shown(params, text)

    async def _send_photo(self, params: dict[str, Any]) -> Any:
        if not str(params.get("photo", "")).startswith(("http://", "https://")):
            raise Wrong(400, "Bad Request: photo must be a URL")
        if _units(params.get("caption", "")) > LONGEST_TEXT:
            raise Wrong(400, "Bad Request: caption must be 1-2000 characters")
        return self._shown(params, params.get("caption", ""), params["photo"])

    async def _send_other(self, params: dict[str, Any]) -> Any:
        return self._shown(params, "")

    async def _send_chat_action(self, params: dict[str, Any]) -> Any:
        self._reachable(params)
        return None

    def _shown(self, params: dict[str, Any], text: str, photo: str = "") -> Any:
        chat = self._reachable(params)
        if self.too_fast:
            self.too_fast -= 1
            raise Wrong(429, "Too many requests")
        if self.monthly and self.counted >= self.monthly:
            raise Wrong(429, "Quota exceeded")
        self.counted += 1
        id = self.number()
        for place in self._places(chat):
            place.append(_heard(text, id, photo))
        return {"message_id": id, "date": A_DAY_IN_2024 + self._numbers}

    def _reachable(self, params: dict[str, Any]) -> str:
        chat = params.get("chat_id")
        if not isinstance(chat, str):
            raise Wrong(400, "Bad Request: chat_id must be a string")
        known = chat in self.groups or (chat in self.phones and self.phones[chat].met)
        if not known or chat in self.blocked:
            raise Wrong(404, "Not Found: chat not found")
        return chat

    def _places(self, chat: str) -> list[list[Heard]]:
        if chat in self.groups:
            return [phone.group_heard for phone in self.groups[chat]]
        return [self.phones[chat].heard]

    async def _serve_photo(self, request: web.Request) -> web.StreamResponse:
        bot = next(bot for bot in self._bots.values() if bot.bot_id == request.match_info["bot"])
        return await bot._hand_out(request)

    async def _hand_out(self, request: web.Request) -> web.StreamResponse:
        self.photo_calls.append(str(request.url))
        photo = self.photos.get(request.match_info["name"])
        if self.photo_redirect:
            to = self.photo_redirect
            if self.photo_redirects:
                self.photo_redirects -= 1
                self.photo_redirect = to if self.photo_redirects else ""
            return web.Response(status=302, headers={"Location": to})
        if photo is None or self.photo_status != 200:
            return _page(404 if photo is None else self.photo_status)
        if self.photo_html:
            return _page(200)
        content = photo.content
        if self.photo_bytes:
            content = content + b"\0" * (self.photo_bytes - len(content))
        response = web.StreamResponse(headers={"Content-Type": photo.media})
        if self.photo_says or self.photo_cuts or not self.photo_bytes:
            response.content_length = self.photo_says or len(content)
        try:
            await response.prepare(request)
            middle = len(content) // 2
            for part, half in enumerate((content[:middle], content[middle:])):
                await asyncio.sleep(self.photo_pause)
                if part and self.photo_cuts:
                    self.photo_cuts -= 1
                    return _cut(request)
                await response.write(half)
            await response.write_eof()
        except (ConnectionError, aiohttp.ClientError):
            pass  # the bot has had enough of it
        return response


class ZaloPhone:
    """A person's telephone. `heard` is what the bot showed in private, `group_heard` what it showed in the group.

    `user` may be a number: the id is made of it, another one for each bot. So with `group`.
    """

    picks_from_list = True

    def __init__(self, fake: FakeZalo, user: int | str, name: str, group: int | str | None = None) -> None:
        self.fake = fake
        self.user_id = user if isinstance(user, str) else _digest(f"{fake.bot_id}/{user}")
        self.name = name
        self.group = f"zgr-{_digest(f'group/{group}')}" if isinstance(group, int) else group
        self.heard: list[Heard] = []
        self.group_heard: list[Heard] = []
        self.met = False
        self.last_id = ""
        """The id of the message that was sent last."""
        fake.phones[self.user_id] = self
        if self.group is not None:
            fake.groups.setdefault(self.group, []).append(self)

    # In private

    async def start(self, code: str = "") -> None:
        """Begin, with a code if there is one: links carry none here, so it is typed."""
        await self.say(f"/start {code}".strip())

    async def say(self, text: str) -> None:
        self._send(self.user_id, "message.text.received", text=text)

    async def press(self, label: str) -> None:
        """Type the number (or letter) of the option in the newest message that has it; its label where it has neither."""
        await self.say(self._typed(label, self.heard))

    async def press_old(self, label: str) -> None:
        raise CannotDo("what was sent on Zalo cannot be pressed")

    async def forge(self, token: str, message_id: int = 1) -> None:
        raise CannotDo("Zalo sends no tokens")

    async def edit_last(self, text: str) -> None:
        raise CannotDo("of what is edited on Zalo the bot is told nothing")

    edit_caption = edit_last

    async def send_photo(self, name: str, data: bytes, caption: str = "") -> None:
        self._photo(self.user_id, name, data, caption)

    async def send_album(self, photos: Sequence[tuple[str, bytes]], caption: str = "") -> None:
        """Several photos at once: an event each, and nothing says that they belong together."""
        for number, (name, data) in enumerate(photos):
            self._photo(self.user_id, name, data, "" if number else caption)

    async def send_document(self, name: str, data: bytes, caption: str = "", media: str = "") -> None:
        """What is no photo does not pass: it goes by the newest page for files, or by one that is asked for (/trang); what
        that turns down it says itself.
        """
        if caption:
            raise CannotDo("a document does not pass Zalo, and the page for files has no captions")
        if await self._by_page(name, data, media):
            return
        before = len(self.heard)
        await self.say("/trang")
        await self.until(lambda: len(self.heard) > before)
        if not await self._by_page(name, data, media):
            raise CannotDo("a document does not pass Zalo, and nothing that is open here has a page for files")

    async def _by_page(self, name: str, data: bytes, media: str) -> bool:
        links = [link for heard in reversed(self.heard) for link in LINK.findall(heard.text)]
        async with aiohttp.ClientSession() as browser:
            for link in dict.fromkeys(links):
                async with browser.get(link) as page:
                    if FILES not in await page.text():
                        continue
                form = aiohttp.FormData()
                form.add_field("files", data, filename=name, content_type=media or "application/octet-stream")
                async with browser.post(link, data=form) as page:
                    if page.status != 200:
                        self.heard.append(Heard(_read(await page.text()), []))
                return True
        return False

    async def download(self, link: str) -> tuple[str, bytes]:
        """Name and content of the paper to which a link leads."""
        async with aiohttp.ClientSession() as browser, browser.get(f"{link}/file") as file:
            assert file.status == 200, await file.text()
            assert file.content_disposition is not None
            return file.content_disposition.filename or "", await file.read()

    async def send_unsupported(self) -> None:
        """A file, a link with its preview, a location: the bot hears that there was something, and no more."""
        self._send(self.user_id, "message.unsupported.received")

    async def send_sticker(self) -> None:
        self._send(
            self.user_id, "message.sticker.received", sticker="0e078a2a", url="https://zalo-api.zadn.vn/0e078a2a"
        )

    async def send_voice(self) -> None:
        where = "https://voice-stal-1.zdn.vn/0e078a2a.aac"
        self._send(self.user_id, "message.voice.received", voice_url=where, message_type="CHAT_VOICE")

    async def send_location(self) -> None:
        raise CannotDo("a location comes as something unsupported")

    async def block(self) -> None:
        raise CannotDo("nobody is told of it")

    unblock = block

    # In the group

    async def say_in_group(self, text: str, answering: Heard | None = None, *, addressed: bool = True) -> None:
        """Say something to the bot in the group, by picking it from the list or in answer to a message of it.

        What is not `addressed` does not reach the bot.
        """
        if answering or not addressed:
            words = text
        else:
            words = f"@{self.fake.bot_name} {text}"
        if addressed or answering or self.fake.delivers_all_in_group:
            self._send(self._group, "message.text.received", text=words)

    async def press_in_group(self, label: str) -> None:
        await self.say_in_group(self._typed(label, self.group_heard))

    async def send_photo_in_group(self, name: str, data: bytes, caption: str = "") -> None:
        """A photo reaches the bot only with the mention in its caption."""
        self._photo(self._group, name, data, f"@{self.fake.bot_name} {caption}".strip())

    async def send_sticker_in_group(self) -> None:
        self._send(self._group, "message.sticker.received", sticker="0e078a2a", url="https://zalo-api.zadn.vn/0e078a2a")

    async def send_unsupported_in_group(self) -> None:
        self._send(self._group, "message.unsupported.received")

    async def add_bot(self, code: str = "") -> None:
        """Add the bot to the group, of which it is told nothing; then say the code, if there is one."""
        self.fake.blocked.discard(self._group)
        if code:
            await self.say_in_group(f"/start {code}")

    async def remove_bot(self) -> None:
        """Remove the bot, of which it is told nothing either."""
        self.fake.blocked.add(self._group)

    # Looking

    async def until(self, predicate: Callable[[], Any], timeout: float = 5.0) -> None:  # noqa: ASYNC109
        """Wait until `predicate()` holds; AssertionError with what was heard if it does not in `timeout` seconds."""
        ends = asyncio.get_running_loop().time() + timeout
        while not predicate():
            if asyncio.get_running_loop().time() > ends:
                heard = "\n---\n".join(h.text for h in [*self.heard[-4:], *self.group_heard[-2:]])
                raise AssertionError(f"{self.name} waited {timeout} s in vain. Heard last:\n{heard}")
            await asyncio.sleep(0.005)

    # Inside

    @property
    def _group(self) -> str:
        assert self.group is not None, f"{self.name} is in no group"
        return self.group

    def _send(self, chat: str, event: str, **content: Any) -> None:
        if chat == self.user_id:
            self.met = True
        self.last_id = self.fake.message(self, chat, event, **content)["message"]["message_id"]

    def _photo(self, chat: str, name: str, data: bytes, caption: str) -> None:
        media = "image/png" if name.lower().endswith(".png") else "image/jpeg"
        content = {self.fake.photo_field: self.fake.keep_photo(name, data, media), "message_type": "CHAT_PHOTO"}
        self._send(chat, "message.image.received", **content, **({"caption": caption} if caption else {}))

    def _typed(self, label: str, among: Sequence[Heard]) -> str:
        for exact in (True, False):
            for heard in reversed(among):
                for shown, mark in [*heard.marks.items(), *((each, each) for each in heard.beside)]:
                    if shown == label or (not exact and shown.startswith(label)):
                        return mark
        last = among[-1].text if among else "(nothing)"
        raise AssertionError(f"{self.name} sees no option {label!r}; the last message was:\n{last}")


def _heard(text: str, id: str, photo: str = "") -> Heard:
    marks: dict[str, str] = {}
    beside: list[str] = []
    for line in text.split("\n"):
        if found := OPTION.match(line):
            marks[found["label"]] = found["mark"]
        elif found := BESIDE.match(line):
            beside.append(found["label"])
    return Heard(text, list(marks), id, marks=marks, beside=beside, photo=photo)


async def _params(request: web.Request) -> dict[str, Any]:
    if request.content_type == "application/json":
        with suppress(ValueError):
            found = await request.json()
            return found if isinstance(found, dict) else {}
    return dict(request.query)


def _answer(wrong: Wrong, http: int = 0) -> web.Response:
    body = {"ok": False, "description": wrong.description, "error_code": wrong.status}
    return web.json_response(body, status=http or wrong.status, dumps=json.dumps)


def _page(status: int) -> web.Response:
    return web.Response(status=status, text=GARBAGE, content_type="text/html")


def _cut(request: web.Request) -> web.StreamResponse:
    assert request.transport
    request.transport.abort()
    return web.Response()


def _read(page: str) -> str:
    """A page as a person reads it."""
    return html.unescape(re.sub(r"\s*\n\s*", "\n", re.sub(r"<[^>]+>", "", page)))


def _digest(of: str) -> str:
    return hashlib.sha256(of.encode()).hexdigest()[:20]


def _units(text: Any) -> int:
    return len(str(text).encode("utf-16-le", "surrogatepass")) // 2
