"""The Telegram channel: listens by long polling or by webhook, shows replies as messages with buttons."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace
from html import escape
from math import ceil
from typing import Any, NoReturn
from urllib.parse import urlsplit

import structlog
from aiogram import Bot
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.utils.token import TokenValidationError
from aiohttp import web

from bot import errors
from bot.channels.telegram.reading import CHANNEL, WANTED, Me, read
from bot.channels.telegram.wire import CALL_SECONDS, SENDING_SECONDS, Call, Interrupted, JsonSession, failure, redacted
from bot.chat import (
    Address,
    Attachment,
    Choice,
    File,
    Incoming,
    Keeper,
    Means,
    Receive,
    Reply,
    paragraphs,
    utf16_length,
)
from bot.texts import DEFAULT

TEXT_UNITS = 4096
"""Longest message, in UTF-16 code units after the markup is read."""
CAPTION_UNITS = 1024
"""Longest text under a file; a longer one goes before it."""
LABEL_CHARACTERS = 60
"""A phone shows less of a button, a desk not much more."""
ROW_CHARACTERS = 36
"""What a row of buttons shows on a narrow phone; the buttons share it equally."""
ROW_BUTTONS = 8
"""Telegram shows no more side by side."""
PHOTO_BYTES = 10 * 1024 * 1024
"""A larger picture goes as a document."""
BODY_BYTES = 1024 * 1024
"""An update is some kilobytes; nobody but Telegram knows the address, and Telegram sends no more."""
POLL_SECONDS = 50
"""How long Telegram holds a long poll open when nobody says anything."""
WAIT_SECONDS = 0.5
"""Between looks whether it is this process's turn to poll."""
FETCH_ATTEMPTS = 3

log = structlog.get_logger()

Menu = Mapping[str, Sequence[tuple[str, str]]]
"""By language ("vi", "en"): the commands (without /) and what they do, in order."""


class Telegram:
    """One bot account at Telegram. Nothing is asked of the network before `run`, `send` or `fetch`.

    `api_base` is the server to speak to (empty: Telegram's own), `proxy` an http:// or socks5:// URL. With a
    `webhook_url` the updates come to the routes of `routes()`; without, they are fetched by long polling. An empty
    `webhook_secret` becomes one that is derived from the token. `first_wait` and `longest_wait` (seconds) bound the
    pauses between attempts, `poll_seconds` the length of a poll. Only where `may_poll` says so is there one: two
    processes that poll with one token are refused by Telegram.
    """

    name = CHANNEL
    means = Means()

    def __init__(
        self,
        token: str,
        api_base: str = "",
        proxy: str = "",
        webhook_url: str = "",
        webhook_secret: str = "",
        menu: Menu | None = None,
        *,
        first_wait: float = 1.0,
        longest_wait: float = 60.0,
        poll_seconds: int = POLL_SECONDS,
        may_poll: Callable[[], bool] = lambda: True,
    ) -> None:
        self._session = JsonSession(api_base, proxy)
        try:
            self._bot = Bot(token, session=self._session)
        except TokenValidationError:
            raise errors.SettingsWrong(
                "TELEGRAM_TOKEN is not a token: copy it from @BotFather, digits, a colon, then letters"
            ) from None
        if webhook_secret and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", webhook_secret):
            raise errors.SettingsWrong("TELEGRAM_WEBHOOK_SECRET takes only A-Z, a-z, 0-9, _ and -, at most 256 of them")
        self._token = token
        self._webhook_url = webhook_url
        self._secret = webhook_secret or hmac.new(token.encode(), b"webhook", hashlib.sha256).hexdigest()
        self._menu = menu or {}
        self._first_wait = first_wait
        self._longest_wait = longest_wait
        self._poll_seconds = poll_seconds
        self._may_poll = may_poll
        self._me = Me(self._bot.id)
        self._trouble = ""
        self._answers: set[asyncio.Task[None]] = set()
        self.account = f"telegram:{self._bot.id}"

    @property
    def bot_name(self) -> str:
        """The bot's user name without the @; empty until Telegram has told it."""
        return self._me.name

    def read(self, payload: Mapping[str, Any]) -> Incoming | None:
        """What the update means. Raises on what is no update of Telegram."""
        return read(payload, self._me)

    # Listening

    async def run(self, receive: Receive) -> None:
        """Listen until cancelled; whatever fails is tried again and said once in the log."""
        await self.introduce()
        await self._show_menu()
        if self._webhook_url:
            await self._insist(
                "setWebhook",
                {
                    "url": self._webhook_url,
                    "secret_token": self._secret,
                    "allowed_updates": list(WANTED),
                    "drop_pending_updates": False,
                },
            )
            await asyncio.Event().wait()
        await self._poll(receive)

    async def introduce(self) -> None:
        """Learn the bot's own name, which stands in what is sent; all that a process needs that does not listen."""
        me = await self._insist("getMe", {})
        self._me = Me(self._bot.id, me["username"])

    async def _poll(self, receive: Receive) -> NoReturn:
        offset, ready = 0, False
        while True:
            if not self._may_poll():
                offset, ready = 0, False  # whoever polled meanwhile has gone further
                await asyncio.sleep(WAIT_SECONDS)
                continue
            if not ready:
                await self._insist("deleteWebhook", {"drop_pending_updates": False})
                ready = True
            batch = await self._insist(
                "getUpdates",
                {"offset": offset, "timeout": self._poll_seconds, "allowed_updates": list(WANTED)},
                seconds=self._poll_seconds + 15,
            )
            before = offset
            for update in batch if isinstance(batch, list) else ():
                if not _is_update(update):
                    log.error("Telegram sent something that is no update; passed over", account=self.account)
                    continue
                await self._take(update, receive)
                offset = update["update_id"] + 1
            if batch != [] and offset == before:
                await asyncio.sleep(self._first_wait)

    async def _take(self, update: dict[str, Any], receive: Receive) -> None:
        """Hand the update in; it is kept back as long as the store cannot take it."""
        if query := _query(update):
            answer = asyncio.create_task(self._answer(query))
            self._answers.add(answer)
            answer.add_done_callback(self._answers.discard)
        failures = 0
        while True:
            try:
                return await receive(self, str(update["update_id"]), update)
            except errors.StoreDown:
                if not failures:
                    log.warning("the store is down; updates wait at Telegram", account=self.account)
                await asyncio.sleep(self._pause(failures))
                failures += 1
            except Exception:
                log.exception("an update could not be taken; passed over", update_id=update["update_id"])
                return None

    async def _answer(self, query: str) -> None:
        """Stop the little clock on the pressed button; if that fails, it stops by itself after a while."""
        with suppress(TelegramAPIError):
            await self._call("answerCallbackQuery", {"callback_query_id": query})

    def routes(self, receive: Receive) -> list[web.RouteDef]:
        """Where Telegram delivers updates: the path of `webhook_url`. Empty if there is none."""
        if not self._webhook_url:
            return []

        async def deliver(request: web.Request) -> web.Response:
            shown = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
            if not hmac.compare_digest(shown.encode("utf-8", "surrogateescape"), self._secret.encode()):
                return web.Response(status=403)
            try:
                await request.content.readexactly(BODY_BYTES + 1)
            except asyncio.IncompleteReadError as whole:
                body = whole.partial
            else:
                return web.Response(status=413)
            try:
                update = json.loads(body)
            except (ValueError, RecursionError):
                return web.Response(status=400)
            if not _is_update(update):
                return web.Response(status=400)
            if not self.bot_name:
                return web.Response(status=503)  # without the name nobody can tell who is meant in a group
            try:
                await receive(self, str(update["update_id"]), update)
            except errors.StoreDown:
                return web.Response(status=503)
            except Exception:
                log.exception("an update could not be taken; passed over", update_id=update["update_id"])
            if query := _query(update):
                return web.json_response({"method": "answerCallbackQuery", "callback_query_id": query})
            return web.Response()

        return [web.post(urlsplit(self._webhook_url).path or "/", deliver)]

    # Showing

    async def send(self, to: Address, reply: Reply) -> str:
        """Show the reply, a long one in several messages with the buttons under the last; return the id of the last.

        An edit never becomes several messages: what is too long for it ends with “…”. A paper is a document with the
        text under it, or, where the text is too long for that, before it. Raises errors.ChannelFailed; where some of
        the messages have arrived, its `rest` is what is left to be shown.
        """
        pieces = _pieces(reply)
        paper = reply.attachment if not reply.edits else None
        if not pieces and paper is None:
            raise errors.Refused("a message without a word")
        where: dict[str, Any] = {"chat_id": int(to.chat)}
        keyboard = {"inline_keyboard": _keyboard(reply)} if reply.options() else None
        if reply.edits:
            if not reply.edits.isdecimal():
                raise errors.Gone("no such message")
            body = _message(pieces[0] if len(pieces) == 1 else _shortened(pieces[0]), reply.title, keyboard)
            edited = await self._edit(where | {"message_id": int(reply.edits)} | body)
            self._pin(to, edited, reply.pin)
            return edited
        if to.thread:
            where["message_thread_id"] = int(to.thread)
        message = ""
        captioned = paper is not None and len(pieces) <= 1 and utf16_length("".join(pieces)) <= CAPTION_UNITS
        for number, piece in enumerate(() if captioned else pieces, start=1):
            under = keyboard if number == len(pieces) and paper is None else None
            body = _message(piece, "" if number > 1 else reply.title, under)
            try:
                message = await self._show("sendMessage", where | body)
            except errors.ChannelFailed as failed:
                if message:
                    failed.rest = replace(reply, text="\n\n".join(pieces[number - 1 :]), title="")
                raise
        if paper is not None:
            body = _captioned(pieces[0] if captioned and pieces else "", reply.title, keyboard)
            kind, method = ("photo", "sendPhoto") if _is_photo(paper) else ("document", "sendDocument")
            file = (kind, paper.name, paper.media, paper.content)
            try:
                message = await self._show(method, where | body, file)
            except errors.ChannelFailed as failed:
                if message:
                    failed.rest = replace(reply, text="", title="")
                raise
        self._pin(to, message, reply.pin)
        return message

    def _pin(self, to: Address, message: str, pin: str) -> None:
        """Have the message pinned or unpinned without a sound, if the bot may. It is there in any case: nobody waits."""
        if pin:
            params: dict[str, Any] = {"chat_id": int(to.chat), "message_id": int(message)}
            params |= {"disable_notification": True} if pin == "pin" else {}
            self._besides("pinChatMessage" if pin == "pin" else "unpinChatMessage", params)

    def _besides(self, method: str, params: dict[str, Any]) -> None:
        """Make a call whose failure hurts nobody, without waiting for it."""

        async def call() -> None:
            with suppress(TelegramAPIError):
                await self._call(method, params)

        task = asyncio.create_task(call())
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def _show(self, method: str, params: dict[str, Any], file: tuple[str, str, str, bytes] | None = None) -> str:
        try:
            shown = await self._call(method, params, SENDING_SECONDS if file else CALL_SECONDS, file)
            return str(shown["message_id"])
        except TelegramAPIError as trouble:
            if "message thread not found" not in trouble.message or "message_thread_id" not in params:
                failed = failure(trouble, self._token)
            else:
                failed = None
        if failed:
            raise failed  # outside of the `except`, so that no traceback ever shows the address with the token
        del params["message_thread_id"]
        return await self._show(method, params, file)

    async def _edit(self, params: dict[str, Any]) -> str:
        try:
            await self._call("editMessageText", params)
            return str(params["message_id"])
        except TelegramAPIError as trouble:
            if "message is not modified" in trouble.message:
                return str(params["message_id"])
            failed = failure(trouble, self._token)
        raise failed

    async def fetch(self, file: File, keeper: Keeper) -> File:
        """Bring the bytes home; what cannot be had comes back with `problem` "too_large" or "unreachable"."""
        if file.size > keeper.limit:
            return replace(file, problem="too_large")
        for attempt in range(FETCH_ATTEMPTS):
            try:
                found = await self._call("getFile", {"file_id": file.source})
                async with aclosing(self._session.download(self._bot, found.get("file_path", ""))) as chunks:
                    return await keeper.keep(chunks, file)
            except TelegramBadRequest as trouble:
                if "file is too big" in trouble.message:
                    return replace(file, problem="too_large")
            except (TelegramAPIError, Interrupted):
                pass
            if attempt + 1 < FETCH_ATTEMPTS:
                await asyncio.sleep(self._pause(attempt))
        log.warning("a file could not be fetched", kind=file.kind, size=file.size)
        return replace(file, problem="unreachable")

    async def close(self) -> None:
        """Let go of connections."""
        for answer in self._answers:
            answer.cancel()
        await asyncio.gather(*self._answers, return_exceptions=True)
        await self._session.close()

    # Speaking to the Bot API

    async def _call(
        self,
        method: str,
        params: dict[str, Any],
        seconds: float = CALL_SECONDS,
        file: tuple[str, str, str, bytes] | None = None,
    ) -> Any:
        return await self._session.make_request(
            self._bot, Call.model_construct(method=method, params=params, seconds=seconds, file=file)
        )

    async def _insist(self, method: str, params: dict[str, Any], seconds: float = CALL_SECONDS) -> Any:
        """Call until it succeeds."""
        failures = 0
        while True:
            try:
                result = await self._call(method, params, seconds)
            except TelegramAPIError as trouble:
                wait = self._complain(trouble, failures)
            else:
                if self._trouble:
                    log.info("Telegram is back", account=self.account)
                    self._trouble = ""
                return result
            await asyncio.sleep(wait)
            failures += 1

    def _complain(self, trouble: TelegramAPIError, failures: int) -> float:
        """Say what is wrong, once for each kind of trouble in a row; return how long to wait (seconds)."""
        wait = self._pause(failures)
        say, words = log.warning, "Telegram cannot be reached; trying again and again"
        match trouble:
            case TelegramUnauthorizedError() | TelegramNotFound():
                say, words = log.error, "Telegram refuses the token; correct TELEGRAM_TOKEN (from @BotFather)"
                wait = self._longest_wait
            case TelegramConflictError():
                words = "another program listens with the same token; stop it, or give this one a token of its own"
            case TelegramBadRequest():
                say, words = log.error, "Telegram refuses the call; check TELEGRAM_WEBHOOK_URL"
                wait = self._longest_wait
            case TelegramRetryAfter():
                words = "Telegram asks to wait"
                wait = max(wait, float(trouble.retry_after))
        if words != self._trouble:
            self._trouble = words
            say(words, account=self.account, said=redacted(trouble.message, self._token))
        return wait

    def _pause(self, failures: int) -> float:
        return min(self._longest_wait, self._first_wait * float(1 << min(failures, 16)))

    async def _show_menu(self) -> None:
        languages = [("", self._menu.get(DEFAULT, ())), *self._menu.items()]
        for code, commands in languages:
            if commands:
                shown = [{"command": command, "description": words} for command, words in commands]
                params = {"commands": shown} | ({"language_code": code} if code else {})
                try:
                    await self._call("setMyCommands", params)
                except TelegramAPIError as trouble:
                    # People can do without the menu, not without the bot; the next start sets it.
                    self._complain(trouble, 0)


def _is_update(update: Any) -> bool:
    number = update.get("update_id") if isinstance(update, dict) else None
    return isinstance(number, int) and not isinstance(number, bool)


def _query(update: Mapping[str, Any]) -> str:
    """The id of the press that wants an answer, or empty."""
    query = update.get("callback_query")
    id = query.get("id") if isinstance(query, dict) else None
    return id if isinstance(id, str) else ""


def _pieces(reply: Reply) -> list[str]:
    return paragraphs("\n".join(part for part in (reply.title, reply.text) if part), TEXT_UNITS)


def _is_photo(paper: Attachment) -> bool:
    """Whether Telegram shows it as a photo; what is drawn (a QR code, a page) is a PNG and stays sharp as a document."""
    return paper.media == "image/jpeg" and len(paper.content) <= PHOTO_BYTES


def _shortened(piece: str) -> str:
    return paragraphs(piece, TEXT_UNITS - 1)[0] + "…"


def _message(piece: str, title: str, keyboard: dict[str, Any] | None) -> dict[str, Any]:
    body: dict[str, Any] = {
        "text": _html(piece, title),
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
    }
    return body | ({"reply_markup": keyboard} if keyboard else {})


def _captioned(piece: str, title: str, keyboard: dict[str, Any] | None) -> dict[str, Any]:
    body: dict[str, Any] = {"caption": _html(piece, title), "parse_mode": "HTML"} if piece else {}
    return body | ({"reply_markup": keyboard} if keyboard else {})


def _html(piece: str, title: str) -> str:
    if title and piece.startswith(title):
        return f"<b>{escape(title, quote=False)}</b>{escape(piece[len(title) :], quote=False)}"
    return escape(piece, quote=False)


def _keyboard(reply: Reply) -> list[list[dict[str, str]]]:
    rows: list[list[dict[str, str]]] = []
    for row in reply.choices:
        buttons = [_button(choice) for choice in row]
        longest = max((len(button["text"]) for button in buttons), default=0)
        fitting = max(1, min(ROW_BUTTONS, ROW_CHARACTERS // max(longest, 1)))
        abreast = ceil(len(buttons) / ceil(len(buttons) / fitting)) if buttons else 1  # 9 that fit 8 abreast: 5 and 4
        rows += [buttons[at : at + abreast] for at in range(0, len(buttons), abreast)]
    return rows


def _button(choice: Choice) -> dict[str, str]:
    label = choice.label
    if len(label) > LABEL_CHARACTERS:
        label = label[: LABEL_CHARACTERS - 1].rstrip() + "…"
    return {"text": label, "callback_data": choice.token}
