"""One bot account at the Zalo Bot Platform: calls as JSON, answers checked, failures by class, the token never shown."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import aiohttp

from bot import errors

API_BASE = "https://bot-api.zaloplatforms.com"
TOKEN = re.compile(r"(?P<bot>[0-9]{1,24}):(?P<secret>\S{8,})")
CONNECTIONS = 20
CONNECT_SECONDS = 10.0
"""A connection that does not stand by then has carried nothing: the call may safely be made again."""
CALL_SECONDS = 30.0
POLL_GRACE = 15.0
"""Seconds that an idle poll may take beyond what was asked for, until it has got lost."""
ANSWER_BYTES = 1024 * 1024
"""An event is some kilobytes; more than this is no answer of the platform."""
WRONG_TOKEN_PAUSE = 60.0
"""Seconds. With a refused token nothing can be sent at all; whoever looks after the bot needs a while to correct it."""
TOO_FAST_PAUSE = 5.0
"""Seconds. The platform says “too many” and never for how long."""
ODD_CHARACTERS = ":-._~"
"""What stands in a token and needs no escape in a path."""


class CallFailed(Exception):
    """A call did not succeed. `said` is the platform's word (or the kind of trouble), without the token."""

    def __init__(self, said: str, code: int = 0) -> None:
        super().__init__(f"{said} ({code})" if code else said)
        self.said = said
        self.code = code


class WrongToken(CallFailed):
    """The platform does not know the token (401)."""


class TooMuch(CallFailed):
    """The messages of the month are used up, or were sent too fast (429): the platform does not say which."""


class Idle(CallFailed):
    """Nothing came within the time of a poll, which is no failure (408)."""


class Stumbled(CallFailed):
    """The platform says that it is not well (403, 5xx), or something in front of it does: it has done nothing."""


class NotSent(CallFailed):
    """The call never left this machine."""


class Lost(CallFailed):
    """The call had left when the connection broke or the time was over: nobody knows what became of it."""


class Rejected(CallFailed):
    """The platform will not do that, however often it is asked (any other 4xx); `code` says which."""


@dataclass(frozen=True, slots=True)
class Me:
    """Who the bot is: its id, the name under which people pick it in a group (may be unknown), whether groups take it."""

    id: str
    name: str = ""
    joins_groups: bool = True
    shown: str = ""
    """The id by which its link names it; empty: it did not say."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What the platform found when it called the webhook: "webhook.ok", "http.403", "err.tls" …; empty: it did not say."""

    outcome: str = ""
    hint: str = ""

    @property
    def fine(self) -> bool:
        return self.outcome in ("", "webhook.ok")


class ZaloBot:
    """The Bot Platform seen by one bot. Nothing touches the network before the first call. ValueError: not a token."""

    def __init__(self, token: str, api_base: str = "") -> None:
        found = TOKEN.fullmatch(token)
        if found is None:
            raise ValueError("not a token of the Zalo Bot Platform")
        self.id = found["bot"]
        self._secret = found["secret"]
        self._address = f"{(api_base or API_BASE).rstrip('/')}/bot{quote(token, safe=ODD_CHARACTERS)}"
        self._session: aiohttp.ClientSession | None = None

    def __repr__(self) -> str:
        return f"<ZaloBot {self.id}>"

    async def get_me(self) -> Me:
        told = _mapping(await self.call("getMe"))
        name = told.get("display_name")
        shown = str(told.get("id") or "")
        joins = told.get("can_join_groups") is not False
        return Me(self.id, name if isinstance(name, str) else "", joins, shown if shown.isalnum() else "")

    async def get_updates(self, seconds: int) -> list[Any]:
        """What has come, one event as a rule, within so many seconds; empty if nothing has."""
        try:
            found = await self.call("getUpdates", {"timeout": str(seconds)}, seconds=seconds + POLL_GRACE)
        except Idle:
            return []
        return found if isinstance(found, list) else [found]

    async def set_webhook(self, url: str, secret: str) -> Verification:
        """From now on events come to `url`. The platform keeps it even where its verification fails."""
        told = _mapping(await self.call("setWebhook", {"url": url, "secret_token": secret}, seconds=2 * CALL_SECONDS))
        return self._verified(told.get("verification"))

    async def test_webhook(self) -> Verification:
        """Have the platform call the webhook now; it does so some times a day, then rejects with 426."""
        return self._verified(await self.call("testWebhook", seconds=2 * CALL_SECONDS))

    async def webhook(self) -> str:
        """Where events are delivered; empty where they are not."""
        try:
            told = _mapping(await self.call("getWebhookInfo"))
        except Rejected as rejected:
            if rejected.code == 404:
                return ""
            raise
        url = told.get("url")
        return url if isinstance(url, str) else ""

    async def send_message(self, chat: str, text: str, bold: int = 0) -> str:
        """Show a text, the first `bold` UTF-16 units of it in bold; returns the id of the message."""
        params: dict[str, Any] = {"chat_id": chat, "text": text}
        if bold:
            params["text_styles"] = [{"start": 0, "len": bold, "st": ["b"]}]
        told = _mapping(await self.call("sendMessage", params))
        id = told.get("message_id")
        return id if isinstance(id, str) else str(id or "")

    async def call(self, method: str, params: Mapping[str, Any] | None = None, seconds: float = CALL_SECONDS) -> Any:
        """The `result` of any method of the platform; None where it gives none. Raises a subclass of CallFailed."""
        trouble: CallFailed
        try:
            status, body = await self._post(method, params or {}, seconds)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL) as before:
            trouble = NotSent(type(before).__name__)
        except (aiohttp.ClientError, OSError) as after:  # TimeoutError is an OSError
            trouble = Lost(type(after).__name__)
        else:
            answer = _read(body)
            if 200 <= status < 300 and answer.get("ok") is True:
                return answer.get("result")
            trouble = self._trouble(status, answer)
        raise trouble  # outside of the `except`: what aiohttp says holds the address, and with it the token

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _post(self, method: str, params: Mapping[str, Any], seconds: float) -> tuple[int, bytes]:
        if self._session is None or self._session.closed:
            # A connection of its own for each call: one that the platform has closed meanwhile looks like one that
            # broke after the message had left, and nobody could tell them apart.
            connector = aiohttp.TCPConnector(limit=CONNECTIONS, force_close=True)
            self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        patience = aiohttp.ClientTimeout(total=seconds, connect=CONNECT_SECONDS)
        # A redirect would carry the token to wherever it points.
        async with self._session.post(
            f"{self._address}/{method}", json=dict(params), timeout=patience, allow_redirects=False
        ) as response:
            body = await response.content.read(ANSWER_BYTES)
            while len(body) < ANSWER_BYTES and (more := await response.content.read(ANSWER_BYTES - len(body))):
                body += more
            return response.status, body

    def _verified(self, told: Any) -> Verification:
        outcome, hint = _mapping(told).get("outcome"), _mapping(told).get("hint")
        return Verification(
            outcome if isinstance(outcome, str) else "", self.redacted(hint) if isinstance(hint, str) else ""
        )

    def _trouble(self, status: int, answer: Mapping[str, Any]) -> CallFailed:
        """What an answer means that is no success: by the code in it, or by the HTTP status where it has none."""
        said, code = answer.get("description"), answer.get("error_code")
        known = answer.get("ok") is False
        if not known or not isinstance(code, int) or isinstance(code, bool):
            code = status
        said = self.redacted(said) if known and isinstance(said, str) else f"HTTP {status}, no answer of the platform"
        if code == 401:
            return WrongToken(said, code)
        if code == 429:
            return TooMuch(said, code)
        if code == 408:
            return Idle(said, code)
        if 200 <= code < 300:
            return Lost(said, code)  # it may have been done, but that is no answer
        if code == 403 or code >= 500 or not known:
            return Stumbled(said, code)  # 403 is “internal server error” here
        return Rejected(said, code)

    def redacted(self, text: str) -> str:
        """The text without the secret half of the token, however it is written."""
        return text.replace(self._secret, "…").replace(quote(self._secret, safe=ODD_CHARACTERS), "…")


def failure(trouble: CallFailed) -> errors.ChannelFailed:
    """What is to be done about a message that could not be sent."""
    said, lower = str(trouble), trouble.said.lower()
    if isinstance(trouble, (Rejected, Stumbled)) and any(words in lower for words in _SHUT_OUT):
        return errors.Unreachable(said)
    match trouble:
        case WrongToken():
            return errors.Later(WRONG_TOKEN_PAUSE)
        case TooMuch():
            return errors.TooMany(TOO_FAST_PAUSE)
        case NotSent() | Stumbled():
            return errors.Transient(said)
        case Lost() | Idle():
            return errors.UnknownEffect(said)
    if trouble.code == 404 or any(words in lower for words in _GONE):
        return errors.Gone(said)
    return errors.Refused(said)


_SHUT_OUT = ("blocked by the user", "blocked the bot", "user blocked", "not a member", "kicked", "removed from")
_GONE = ("chat not found", "user not found", "group not found", "recipient not found", "invalid chat", "invalid user")
# Nobody has written down which words the platform uses; what is in neither list counts as refused, and nobody is lost.


def _read(body: bytes) -> Mapping[str, Any]:
    try:
        return _mapping(json.loads(body))
    except (ValueError, RecursionError):
        return {}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
