"""One call to the Bot API: aiogram's client made lean (JSON out, plain JSON back), and its failures in our words."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Any

import aiohttp
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import PRODUCTION, TelegramAPIServer
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.methods import TelegramMethod
from aiohttp_socks import ProxyConnectionError, ProxyError, ProxyTimeoutError

from bot import errors

CONNECTIONS = 200
"""At most so many connections at once: Telegram takes 30 messages a second, and a slow line holds each for seconds."""
CONNECT_SECONDS = 15.0
"""A connection that does not stand by then has carried nothing: the call may safely be made again."""
CALL_SECONDS = 60.0
"""The Bot API answers within a second; whatever takes a minute has got lost."""
SENDING_SECONDS = 45.0
"""A paper has some 50 kB; with the making it must fit into the minute for which the outbox leases the row."""
DOWNLOAD_SECONDS = 180
"""20 MB, the largest file there is, over a line of 1 Mbit/s."""
WRONG_TOKEN_PAUSE = 60.0
"""With a refused token nothing can be sent at all; whoever looks after the bot needs a while to correct it."""

_BEFORE_SENDING = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
    ProxyConnectionError,
    ProxyError,
    ProxyTimeoutError,
)
_BROKEN = (aiohttp.ClientError, OSError)  # TimeoutError is an OSError


class Call(TelegramMethod[Any]):
    """Any method of the Bot API, with its parameters as they stand on the wire."""

    __returning__ = Any

    method: str
    params: dict[str, Any]
    seconds: float = CALL_SECONDS
    file: tuple[str, str, str, bytes] | None = None
    """A file that goes along: the parameter's name, the file's name, its media type, its bytes."""

    @property
    def __api_method__(self) -> str:  # type: ignore[override]
        return self.method


class NotSent(TelegramNetworkError):
    """The call never left this machine (or never got through the proxy)."""


class Interrupted(Exception):
    """A download broke off."""


class JsonSession(AiohttpSession):
    """aiogram's session, sending `Call`s as JSON and handing back `result` as it came, unvalidated.

    An update that aiogram's models do not understand therefore harms nobody but itself.
    """

    def __init__(self, api_base: str = "", proxy: str = "") -> None:
        api = TelegramAPIServer.from_base(api_base) if api_base else PRODUCTION
        super().__init__(proxy=proxy or None, api=api)
        self._connector_init["limit"] = CONNECTIONS  # the constructor forgets it where there is a proxy

    async def make_request(self, bot: Bot, method: TelegramMethod[Any], timeout: int | None = None) -> Any:  # noqa: ASYNC109
        """The `result` of a Call. Raises a TelegramAPIError; its text may hold the token (see `failure`)."""
        assert isinstance(method, Call)
        session = await self.create_session()
        url = self.api.api_url(token=bot.token, method=method.method)
        sent: dict[str, Any] = {"json": method.params} if method.file is None else {"data": _form(method)}
        patience = aiohttp.ClientTimeout(total=method.seconds, connect=CONNECT_SECONDS)
        try:
            # A redirect would carry the token to wherever it points.
            async with session.post(url, **sent, timeout=patience, allow_redirects=False) as response:
                body = await response.read()
        except (*_BEFORE_SENDING, *_BROKEN) as trouble:
            # A bare OSError gets out of nothing but connecting through a proxy.
            bare = not isinstance(trouble, (aiohttp.ClientError, TimeoutError))
            broken = NotSent if bare or isinstance(trouble, _BEFORE_SENDING) else TelegramNetworkError
            raise broken(method, f"{type(trouble).__name__}: {trouble}") from None
        text = body.decode("utf-8", "replace")
        try:
            answer = json.loads(text)
        except (ValueError, RecursionError):
            answer = None
        if isinstance(answer, dict) and response.status == 200 and answer.get("ok") is True and "result" in answer:
            return answer["result"]
        if isinstance(answer, dict) and isinstance(answer.get("description"), str):
            with suppress(ClientDecodeError):
                self.check_response(bot, method, response.status, text)
        strange = TelegramNetworkError if response.status == 200 else TelegramServerError
        raise strange(method, f"HTTP {response.status} with an answer that is not the Bot API's")

    async def download(self, bot: Bot, path: str) -> AsyncGenerator[bytes, None]:
        """The bytes of a file that getFile has named. Raises Interrupted."""
        url = self.api.file_url(bot.token, path)
        try:
            async with aclosing(self.stream_content(url, timeout=DOWNLOAD_SECONDS)) as chunks:
                async for chunk in chunks:
                    yield chunk
            return
        except (*_BROKEN, *_BEFORE_SENDING):
            pass  # what it says contains the address, and the address contains the token
        raise Interrupted

    async def close(self) -> None:
        """Close the connections. (aiogram would wait a quarter of a second more, which aiohttp no longer needs.)"""
        if self._session is not None:
            await self._session.close()


def _form(call: Call) -> aiohttp.FormData:
    """The parameters and the file as a form; what is no text stands in it as JSON."""
    assert call.file is not None
    form = aiohttp.FormData(quote_fields=False)
    for name, value in call.params.items():
        form.add_field(name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    parameter, name, media, content = call.file
    form.add_field(parameter, content, filename=name, content_type=media)
    return form


def failure(trouble: TelegramAPIError, token: str) -> errors.ChannelFailed:
    """What is to be done about a call that failed."""
    said = redacted(trouble.message, token)
    lower = said.lower()
    match trouble:
        case TelegramRetryAfter():
            return errors.Later(float(trouble.retry_after))
        case TelegramMigrateToChat():
            return errors.MovedTo(str(trouble.migrate_to_chat_id))
        case TelegramForbiddenError():
            return errors.Unreachable(said)
        case TelegramUnauthorizedError() | TelegramNotFound():
            return errors.Later(WRONG_TOKEN_PAUSE)
        case NotSent() | TelegramServerError():
            return errors.Transient(said)
        case TelegramNetworkError():
            return errors.UnknownEffect(said)
        case TelegramBadRequest() if any(words in lower for words in _GONE):
            return errors.Gone(said)
        case TelegramBadRequest() if any(words in lower for words in _MUTED):
            return errors.Unreachable(said)
    return errors.Transient(said) if "too many requests" in lower else errors.Refused(said)


_GONE = (
    "chat not found",
    "peer_id_invalid",
    "message to edit not found",
    "message can't be edited",
    "message_id_invalid",
    "group chat was deactivated",
)
_MUTED = ("not enough rights", "have no rights", "need administrator rights", "chat_write_forbidden")


def redacted(text: str, token: str) -> str:
    """The text without the secret half of the token, however its colon is written."""
    return text.replace(token.partition(":")[2], "…")
