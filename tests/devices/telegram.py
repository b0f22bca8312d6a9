"""Telegram at the far end: a server that speaks the Bot API's wire, and the phones of the people who use it."""

from __future__ import annotations

import asyncio
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

TOKEN = "710000001:AAF-the_token_of_the_fake_in_the_tests"
BOT_NAME = "KheoBot"
LARGEST_DOWNLOAD = 20 * 1024 * 1024
LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024
A_DAY_IN_2024 = 1_707_180_000
"""What stands in `date`: 6 February 2024; the wire needs some second, and no reader should look at it."""

_COMMAND = re.compile(r"(?<!\S)/[A-Za-z0-9_]+(?:@\w+)?")
_MENTION = re.compile(r"(?<!\w)@\w{4,}")
_TAG = re.compile(r"</?(?:b|strong|i|em|u|s|code|pre|a|blockquote|tg-spoiler)(?:\s[^<>]*)?>")


@dataclass
class Heard:
    """A message of the bot as a person sees it: title and text, the labels of its buttons in reading order."""

    text: str
    labels: list[str]
    message_id: int
    edited: bool = False
    files: list[tuple[str, bytes]] = field(default_factory=list)
    """The documents that came with it: name and content."""


@dataclass
class Failure:
    """How the next call to `method` ("" is any) goes wrong: by an answer, or by a cut connection."""

    method: str
    status: int = 0
    description: str | None = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    cut: str = ""  # "before" or "after" the effect
    chat: int = 0  # only calls to this chat; 0: all


@dataclass
class Upload:
    """A file as it came in a form."""

    name: str
    media: str
    content: bytes


class Wrong(Exception):
    """The Bot API refuses: status, description, parameters."""

    def __init__(self, status: int, description: str | None, **parameters: Any) -> None:
        super().__init__(description)
        self.status, self.description, self.parameters = status, description, parameters


class FakeTelegram:
    """The Bot API on 127.0.0.1. `base` is its address; `calls` holds every call as {"method", "params", "files"}.

    It never looks at time: updates are redelivered until they are confirmed, over a webhook every `retry` seconds.
    """

    def __init__(self, token: str = TOKEN, bot_name: str = BOT_NAME, retry: float = 0.02) -> None:
        self.token = token
        self.bot_id = int(token.partition(":")[0])
        self.bot_name = bot_name
        self.retry = retry
        self.calls: list[dict[str, Any]] = []
        self.updates: deque[dict[str, Any]] = deque()
        self.phones: dict[int, TelegramPhone] = {}
        self.groups: dict[int, list[TelegramPhone]] = {}
        self.titles: dict[int, str] = {}
        self.moved: dict[int, int] = {}
        self.blocked: set[int] = set()
        self.pinned: dict[int, list[int]] = {}
        """By chat, the messages that are pinned there, the newest last."""
        self.administered: set[int] = set()
        """The groups in which the bot may pin; elsewhere it is a plain member."""
        self.commands: dict[str, list[dict[str, str]]] = {}
        self.webhook: dict[str, Any] = {}
        self.webhook_statuses: list[int] = []
        self.files: dict[str, tuple[str, bytes]] = {}
        self.claimed: dict[str, int] = {}
        """Sizes that the server believes of a file, where they differ from the truth (for files that are too big)."""
        self.base = ""
        self._messages: dict[tuple[int, int], dict[str, Any]] = {}
        self._failures: list[Failure] = []
        self._open_queries: set[str] = set()
        self._numbers = 0
        self._message_numbers = 0
        self._stir = asyncio.Event()
        self._parcel = asyncio.Event()
        self._polls = 0
        self._runner: web.AppRunner | None = None
        self._port = 0
        self._courier: asyncio.Task[None] | None = None

    # Being there

    async def __aenter__(self) -> FakeTelegram:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        await self.come_back()
        self._courier = asyncio.create_task(self._carry())

    async def stop(self) -> None:
        if self._courier:
            self._courier.cancel()
            with suppress(asyncio.CancelledError):
                await self._courier
        await self.go_away()

    async def go_away(self) -> None:
        """Refuse every connection from now on, and drop the open ones."""
        runner, self._runner = self._runner, None
        if runner:
            self._wake()
            await runner.cleanup()

    async def come_back(self) -> None:
        """Listen (again) on the same port."""
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/bot{token}/{method}", self._serve)
        app.router.add_get("/file/bot{token}/{path:.+}", self._serve_file)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.05)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self.base = f"http://127.0.0.1:{self._port}"

    def fail(
        self,
        method: str = "",
        status: int = 0,
        description: str | None = "",
        *,
        times: int = 1,
        cut: str = "",
        chat: int = 0,
        **parameters: Any,
    ) -> None:
        """Let the next `times` calls fail: `fail("sendMessage", 429, retry_after=1)`, `fail(cut="after")`."""
        said = (
            None
            if description is None
            else description
            or {
                400: "Bad Request: message is malformed",
                401: "Unauthorized",
                403: "Forbidden: bot was blocked by the user",
                409: "Conflict: terminated by other getUpdates request; only one bot instance may run",
                429: f"Too Many Requests: retry after {parameters.get('retry_after', 1)}",
                500: "Internal Server Error",
            }.get(status, "")
        )
        self._failures += [Failure(method, status, said, parameters, cut, chat) for _ in range(times)]

    # What people do

    def push(self, **content: Any) -> dict[str, Any]:
        """Queue an update, e.g. `push(message={...})`; a raw `update_id` may be given."""
        self._numbers += 1
        update = {"update_id": self._numbers, **content}
        self.updates.append(update)
        self._wake()
        return update

    def message_id(self) -> int:
        self._message_numbers += 1
        return self._message_numbers

    def keep_file(self, name: str, content: bytes) -> dict[str, Any]:
        """Put a file where the bot can fetch it; return what every kind of file has on the wire."""
        id = f"file{len(self.files) + 1}"
        self.files[id] = (name, content)
        return {"file_id": id, "file_unique_id": f"u{id}", "file_size": len(content)}

    def migrate(self, old: int, new: int) -> None:
        """The group `old` becomes the supergroup `new`."""
        self.moved[old] = new
        self.groups[new] = self.groups.pop(old)
        self.titles[new] = self.titles.pop(old)
        by = self.groups[new][0]
        for phone in self.groups[new]:
            phone.group = new
        service = {"from": by.user, "date": A_DAY_IN_2024}
        title = self.titles[new]
        old_chat = {"id": old, "type": "group", "title": title}
        self.push(message={"message_id": self.message_id(), "chat": old_chat, "migrate_to_chat_id": new, **service})
        new_chat = {"id": new, "type": "supergroup", "title": title}
        self.push(message={"message_id": 1, "chat": new_chat, "migrate_from_chat_id": old, **service})

    def shown(self, chat: int, message_id: int) -> dict[str, Any]:
        """The message as the server holds it."""
        return self._messages[chat, message_id]

    def press(self, by: dict[str, Any], chat: int, message_id: int, token: str) -> None:
        """Press a button; the token may be forged."""
        query = f"q{self._numbers + 1}"
        self._open_queries.add(query)
        message = self._messages.get((chat, message_id)) or {
            "chat": self.chat(chat),
            "message_id": message_id,
            "date": 0,
        }
        self.push(
            callback_query={"id": query, "from": by, "message": message, "chat_instance": str(chat), "data": token}
        )

    def chat(self, id: int) -> dict[str, Any]:
        if id in self.groups:
            return {"id": id, "type": "group" if id > -1_000_000_000_000 else "supergroup", "title": self.titles[id]}
        return {"id": id, "type": "private", "first_name": self.phones[id].name}

    # The wire

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        params, files = await _params(request)
        if request.match_info["token"] != self.token:
            return _answer(Wrong(401, "Unauthorized"))
        self.calls.append({"method": method, "params": params, "files": [*files]})
        failure = self._failing(method, params)
        if failure and failure.cut == "before":
            return self._cut(request)
        if failure and failure.status:
            return _answer(Wrong(failure.status, failure.description, **failure.parameters))
        try:
            result = await self._do(method, params | files)
        except Wrong as wrong:
            return _answer(wrong)
        if failure and failure.cut == "after":
            return self._cut(request)
        return web.json_response({"ok": True, "result": result})

    async def _serve_file(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["token"] != self.token:
            return _answer(Wrong(401, "Unauthorized"))
        failure = self._failing("file", {})
        if failure and failure.status:
            return _answer(Wrong(failure.status, failure.description))
        _, content = self.files[request.match_info["path"].partition("/")[2].partition(".")[0]]
        if failure and failure.cut:
            response = web.StreamResponse(headers={"Content-Length": str(len(content))})
            await response.prepare(request)
            await response.write(content[: len(content) // 2])
            assert request.transport
            request.transport.close()
            return response
        return web.Response(body=content, content_type="application/octet-stream")

    def _failing(self, method: str, params: dict[str, Any]) -> Failure | None:
        for failure in self._failures:
            here = failure.method in ("", method) and (failure.method or method not in ("getUpdates", "file"))
            if here and (not failure.chat or failure.chat == _number(params.get("chat_id", 0))):
                self._failures.remove(failure)
                return failure
        return None

    @staticmethod
    def _cut(request: web.Request) -> web.StreamResponse:
        assert request.transport
        request.transport.abort()
        return web.Response()

    async def _do(self, method: str, params: dict[str, Any]) -> Any:
        act = {
            "getMe": self._get_me,
            "getUpdates": self._get_updates,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "setMyCommands": self._set_my_commands,
            "sendMessage": self._send_message,
            "sendDocument": self._send_document,
            "sendPhoto": self._send_photo,
            "editMessageText": self._edit_message_text,
            "pinChatMessage": self._pin,
            "unpinChatMessage": self._unpin,
            "answerCallbackQuery": self._answer_callback_query,
            "getFile": self._get_file,
        }.get(method)
        if not act:
            raise Wrong(404, "Not Found")
        return await act(params)

    async def _get_me(self, params: dict[str, Any]) -> Any:
        return self.me

    @property
    def me(self) -> dict[str, Any]:
        """The bot as a user."""
        return {"id": self.bot_id, "is_bot": True, "first_name": "Khéo", "username": self.bot_name}

    async def _get_updates(self, params: dict[str, Any]) -> Any:
        if self.webhook:
            raise Wrong(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook first")
        self._polls += 1
        mine = self._polls
        self._wake()
        while self.updates and _update_id(self.updates[0]) < params.get("offset", 0):
            self.updates.popleft()
        ends = asyncio.get_running_loop().time() + params.get("timeout", 0)
        while not self.updates and (left := ends - asyncio.get_running_loop().time()) > 0 and self._runner:
            self._stir.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stir.wait(), left)
            if mine != self._polls:
                raise Wrong(409, "Conflict: terminated by other getUpdates request")
        return list(self.updates)[: params.get("limit", 100)]

    def _wake(self) -> None:
        # An event each: whoever clears one event for two waiters can swallow the other's call.
        self._stir.set()
        self._parcel.set()

    async def _set_webhook(self, params: dict[str, Any]) -> Any:
        self.webhook = params
        if params.get("drop_pending_updates"):
            self.updates.clear()
        self._wake()
        return True

    async def _delete_webhook(self, params: dict[str, Any]) -> Any:
        self.webhook = {}
        if params.get("drop_pending_updates"):
            self.updates.clear()
        return True

    async def _carry(self) -> None:
        """Bring updates to the webhook, one after the other, each until it is taken."""
        async with aiohttp.ClientSession() as session:
            while True:
                if not (self.webhook and self.updates):
                    self._parcel.clear()
                    await self._parcel.wait()
                    continue
                update = self.updates[0]
                headers = {"X-Telegram-Bot-Api-Secret-Token": self.webhook.get("secret_token", "")}
                try:
                    async with session.post(self.webhook["url"], json=update, headers=headers) as response:
                        body = await response.text()
                        status = response.status
                except (aiohttp.ClientError, OSError):
                    status, body = 0, ""
                self.webhook_statuses.append(status)
                if not 200 <= status < 300:
                    await asyncio.sleep(self.retry)
                    continue
                self.updates.popleft()
                if body:
                    call = json.loads(body)
                    method = call.pop("method")
                    self.calls.append({"method": method, "params": call, "files": []})
                    with suppress(Wrong):
                        await self._do(method, call)

    async def _set_my_commands(self, params: dict[str, Any]) -> Any:
        for command in params["commands"]:
            if not re.fullmatch(r"[a-z0-9_]{1,32}", command["command"]) or not 1 <= len(command["description"]) <= 256:
                raise Wrong(400, "Bad Request: BOT_COMMAND_INVALID")
        self.commands[params.get("language_code", "")] = params["commands"]
        return True

    async def _send_message(self, params: dict[str, Any]) -> Any:
        chat = self._reachable(params)
        text = _checked_text(params)
        keyboard = _checked_keyboard(params)
        message = {
            "message_id": self.message_id(),
            "from": self.me,
            "chat": self.chat(chat),
            "date": A_DAY_IN_2024,
            "text": text,
        }
        if keyboard:
            message["reply_markup"] = {"inline_keyboard": keyboard}
        if thread := params.get("message_thread_id"):
            message |= {"message_thread_id": thread, "is_topic_message": True}
        self._messages[chat, message["message_id"]] = message
        heard = Heard(text, _labels(keyboard), message["message_id"])
        for place in self._heard_in(chat):
            place.append(heard)
        return message

    async def _send_document(self, params: dict[str, Any]) -> Any:
        chat = self._reachable(params)
        document = params.get("document")
        if not isinstance(document, Upload) or not document.content:
            raise Wrong(400, "Bad Request: there is no document in the request")
        text = _checked_text(params, "caption", LONGEST_CAPTION) if params.get("caption") else ""
        keyboard = _checked_keyboard(params)
        message = {
            "message_id": self.message_id(),
            "from": self.me,
            "chat": self.chat(chat),
            "date": A_DAY_IN_2024,
            "document": self.keep_file(document.name, document.content)
            | {"file_name": document.name, "mime_type": document.media},
        }
        message |= {"caption": text} if text else {}
        if keyboard:
            message["reply_markup"] = {"inline_keyboard": keyboard}
        if thread := params.get("message_thread_id"):
            message |= {"message_thread_id": thread, "is_topic_message": True}
        self._messages[chat, message["message_id"]] = message
        files = [(document.name, document.content)]
        heard = Heard(text, _labels(keyboard), message["message_id"], files=files)
        for place in self._heard_in(chat):
            place.append(heard)
        return message

    async def _send_photo(self, params: dict[str, Any]) -> Any:
        photo = params.pop("photo", None)
        if not isinstance(photo, Upload) or not photo.content.startswith(b"\xff\xd8\xff"):
            raise Wrong(400, "Bad Request: IMAGE_PROCESS_FAILED")
        return await self._send_document(params | {"document": photo})

    async def _edit_message_text(self, params: dict[str, Any]) -> Any:
        chat = self._reachable(params)
        message = self._messages.get((chat, params["message_id"]))
        if not message:
            raise Wrong(400, "Bad Request: message to edit not found")
        text = _checked_text(params)
        keyboard = _checked_keyboard(params)
        markup = {"inline_keyboard": keyboard} if keyboard else None
        if (message["text"], message.get("reply_markup")) == (text, markup):
            raise Wrong(
                400,
                "Bad Request: message is not modified: specified new message content and reply markup are exactly the "
                "same as a current content and reply markup of the message",
            )
        message["text"] = text
        message.pop("reply_markup", None)
        if markup:
            message["reply_markup"] = markup
        for place in self._heard_in(chat):
            for heard in place:
                if heard.message_id == params["message_id"]:
                    heard.text, heard.labels, heard.edited = text, _labels(keyboard), True
        return message

    async def _pin(self, params: dict[str, Any]) -> Any:
        chat, message = self._may_pin(params), params.get("message_id")
        shown = self._messages.get((chat, message))
        if shown is None:
            raise Wrong(400, "Bad Request: message to pin not found")
        if message not in self.pinned.setdefault(chat, []):
            self.pinned[chat].append(message)
            service = {"message_id": self.message_id(), "from": self.me, "chat": self.chat(chat), "date": A_DAY_IN_2024}
            self.push(message={**service, "pinned_message": shown})  # everybody in the group sees that, bots too
        return True

    async def _unpin(self, params: dict[str, Any]) -> Any:
        chat, message = self._may_pin(params), params.get("message_id")
        if message not in self.pinned.get(chat, []):
            raise Wrong(400, "Bad Request: message to unpin not found")
        self.pinned[chat].remove(message)
        return True

    def _may_pin(self, params: dict[str, Any]) -> int:
        chat = self._reachable(params)
        if chat in self.groups and chat not in self.administered:
            raise Wrong(400, "Bad Request: not enough rights to manage pinned messages in the chat")
        return chat

    def _reachable(self, params: dict[str, Any]) -> int:
        chat = _number(params.get("chat_id"))
        if chat in self.moved:
            raise Wrong(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=self.moved[chat],
            )
        if chat not in self.phones and chat not in self.groups:
            raise Wrong(400, "Bad Request: chat not found")
        if chat in self.blocked:
            what = "blocked by the user" if chat > 0 else "kicked from the group chat"
            raise Wrong(403, f"Forbidden: bot was {what}")
        if chat in self.phones and not self.phones[chat].met:
            raise Wrong(403, "Forbidden: bot can't initiate conversation with a user")
        return chat

    def _heard_in(self, chat: int) -> list[list[Heard]]:
        if chat in self.groups:
            return [phone.group_heard for phone in self.groups[chat]]
        return [self.phones[chat].heard]

    async def _answer_callback_query(self, params: dict[str, Any]) -> Any:
        if params["callback_query_id"] not in self._open_queries:
            raise Wrong(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        self._open_queries.remove(params["callback_query_id"])
        return True

    async def _get_file(self, params: dict[str, Any]) -> Any:
        id = params["file_id"]
        if id not in self.files:
            raise Wrong(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        name, content = self.files[id]
        size = self.claimed.get(id, len(content))
        if size > LARGEST_DOWNLOAD:
            raise Wrong(400, "Bad Request: file is too big")
        path = f"documents/{id}.{name.rpartition('.')[2]}"
        return {"file_id": id, "file_unique_id": f"u{id}", "file_size": size, "file_path": path}


class TelegramPhone:
    """A person's telephone. `heard` is what the bot showed in private, `group_heard` what it showed in the group."""

    def __init__(self, fake: FakeTelegram, user_id: int, name: str, group: int | None = None) -> None:
        self.fake = fake
        self.user_id = user_id
        self.name = name
        self.group = group
        self.user = {"id": user_id, "is_bot": False, "first_name": name, "language_code": "vi"}
        self.heard: list[Heard] = []
        self.group_heard: list[Heard] = []
        self.met = False
        self._last: dict[str, Any] = {}
        self._last_file: dict[str, Any] = {}
        self._albums = 0
        fake.phones[user_id] = self
        if group is not None:
            fake.groups.setdefault(group, []).append(self)
            fake.titles.setdefault(group, "Dân vận khéo")

    # In private

    async def start(self, code: str = "") -> None:
        """Open the chat, by a link with a code if there is one."""
        await self.say(f"/start {code}".strip())

    async def say(self, text: str) -> None:
        self._last = self._write(self.user_id, {"text": text, **_entities(text)})

    async def edit_last(self, text: str) -> None:
        """Change what was said last."""
        self._last = {**self._last, "text": text, "edit_date": A_DAY_IN_2024 + 60}
        self.fake.push(edited_message=self._last)

    async def edit_caption(self, caption: str) -> None:
        """Change the caption of the photo or document that was sent last."""
        self._last_file = {**self._last_file, "caption": caption, "edit_date": A_DAY_IN_2024 + 60}
        self.fake.push(edited_message=self._last_file)

    async def press(self, label: str) -> None:
        """Press the button in the newest message that has one with this label (or one that begins so)."""
        self._press(label, list(reversed(self.heard)), self.user_id)

    async def press_old(self, label: str) -> None:
        """Press it in the oldest message that has one."""
        self._press(label, self.heard, self.user_id)

    async def forge(self, token: str, message_id: int = 1) -> None:
        """Press a button that was never shown."""
        self.fake.press(self.user, self.user_id, message_id, token)

    async def send_photo(self, name: str, data: bytes, caption: str = "") -> None:
        self._last_file = self._write(self.user_id, self._photo(name, data) | _caption(caption))

    async def send_document(self, name: str, data: bytes, caption: str = "", media: str = "") -> None:
        document = self.fake.keep_file(name, data) | {"file_name": name}
        self._write(self.user_id, {"document": document | ({"mime_type": media} if media else {})} | _caption(caption))

    async def send_album(self, photos: Sequence[tuple[str, bytes]], caption: str = "") -> None:
        """Several photos at once; the caption stands under the first, as Telegram has it."""
        self._albums += 1
        album = {"media_group_id": f"{self.user_id}{self._albums:04}"}
        for number, (name, data) in enumerate(photos):
            self._write(self.user_id, self._photo(name, data) | album | _caption("" if number else caption))

    async def send_straggler(self, name: str, data: bytes) -> None:
        """One more photo of the last album, which was slow to come."""
        self._write(self.user_id, self._photo(name, data) | {"media_group_id": f"{self.user_id}{self._albums:04}"})

    async def add_video(self, name: str) -> None:
        """A video among the photos of the last album."""
        video = self.fake.keep_file(name, b"\x00\x00\x00\x18ftypmp42") | {"duration": 3, "width": 640, "height": 360}
        self._write(self.user_id, {"video": video, "media_group_id": f"{self.user_id}{self._albums:04}"})

    async def send_sticker(self) -> None:
        kind = {"width": 512, "height": 512, "is_animated": False, "is_video": False, "type": "regular", "emoji": "👍"}
        self._write(self.user_id, {"sticker": self.fake.keep_file("like.webp", b"RIFF") | kind})

    async def send_voice(self) -> None:
        voice = self.fake.keep_file("voice.ogg", b"OggS") | {"duration": 3, "mime_type": "audio/ogg"}
        self._write(self.user_id, {"voice": voice})

    async def send_location(self) -> None:
        self._write(self.user_id, {"location": {"latitude": 12.7, "longitude": 109.2}})

    async def block(self) -> None:
        """Block the bot."""
        self.fake.blocked.add(self.user_id)
        self._member("member", "kicked", self.user_id)

    async def unblock(self) -> None:
        self.fake.blocked.discard(self.user_id)
        self._member("kicked", "member", self.user_id)

    # In the group

    async def say_in_group(self, text: str, answering: Heard | None = None, thread: int = 0) -> None:
        """Say something in the group, perhaps in answer to a message of the bot, perhaps in a topic of the forum."""
        content = {"text": text, **_entities(text)}
        if answering:
            content["reply_to_message"] = self.fake.shown(self._group, answering.message_id)
        if thread:
            content |= {"message_thread_id": thread, "is_topic_message": True}
        self._write(self._group, content)

    async def press_in_group(self, label: str) -> None:
        self._press(label, list(reversed(self.group_heard)), self._group)

    async def add_bot(self, code: str = "") -> None:
        """Add the bot to the group, by a link with a code if there is one."""
        self.fake.blocked.discard(self._group)
        self._member("left", "member", self._group)
        if code:
            await self.say_in_group(f"/start@{self.fake.bot_name} {code}")

    async def remove_bot(self) -> None:
        self.fake.blocked.add(self._group)
        self._member("member", "kicked", self._group)

    # Looking

    async def until(self, predicate: Callable[[], Any], timeout: float = 5.0) -> None:  # noqa: ASYNC109
        """Wait until `predicate()` holds; AssertionError with what was heard if it does not in `timeout` seconds."""
        ends = asyncio.get_running_loop().time() + timeout
        while not predicate():
            if asyncio.get_running_loop().time() > ends:
                heard = "\n---\n".join(f"{h.text}\n{h.labels}" for h in [*self.heard[-4:], *self.group_heard[-2:]])
                raise AssertionError(f"{self.name} waited {timeout} s in vain. Heard last:\n{heard}")
            await asyncio.sleep(0.005)

    # Inside

    @property
    def _group(self) -> int:
        assert self.group is not None, f"{self.name} is in no group"
        return self.group

    def _write(self, chat: int, content: dict[str, Any]) -> dict[str, Any]:
        if chat == self.user_id:
            self.met = True
        message = {
            "message_id": self.fake.message_id(),
            "from": self.user,
            "chat": self.fake.chat(chat),
            "date": A_DAY_IN_2024,
            **content,
        }
        self.fake.push(message=message)
        return message

    def _photo(self, name: str, data: bytes) -> dict[str, Any]:
        small = self.fake.keep_file(name, data[: len(data) // 4])
        large = self.fake.keep_file(name, data)
        return {"photo": [small | {"width": 90, "height": 60}, large | {"width": 1280, "height": 853}]}

    def _member(self, before: str, after: str, chat: int) -> None:
        def member(status: str) -> dict[str, Any]:
            return {"user": self.fake.me, "status": status, **({"until_date": 0} if status == "kicked" else {})}

        self.fake.push(
            my_chat_member={
                "chat": self.fake.chat(chat),
                "from": self.user,
                "date": A_DAY_IN_2024,
                "old_chat_member": member(before),
                "new_chat_member": member(after),
            }
        )

    def _press(self, label: str, among: Sequence[Heard], chat: int) -> None:
        for exact in (True, False):
            for heard in among:
                for shown, token in self._buttons(chat, heard):
                    cut = shown.endswith("…") and label.startswith(shown[:-1])
                    if shown == label or (not exact and (shown.startswith(label) or cut)):
                        return self.fake.press(self.user, chat, heard.message_id, token)
        raise AssertionError(f"{self.name} sees no button {label!r}, only {[heard.labels for heard in among]}")

    def _buttons(self, chat: int, heard: Heard) -> list[tuple[str, str]]:
        markup = self.fake.shown(chat, heard.message_id).get("reply_markup") or {}
        return [(b["text"], b["callback_data"]) for row in markup.get("inline_keyboard", ()) for b in row]


async def _params(request: web.Request) -> tuple[dict[str, Any], dict[str, Upload]]:
    if request.content_type == "application/json":
        return await request.json(), {}
    params: dict[str, Any] = dict(request.query)
    files = {}
    for key, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            files[key] = Upload(value.filename, value.content_type, value.file.read())
        else:
            params[key] = value
    return {key: _decoded(key, value) for key, value in params.items()}, files


def _decoded(key: str, value: Any) -> Any:
    """A form carries everything as text; numbers, truth and structures are JSON inside."""
    if key in ("text", "caption", "url", "secret_token", "callback_query_id", "file_id"):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _answer(wrong: Wrong) -> web.Response:
    body = {"ok": False, "error_code": wrong.status, "description": wrong.description}
    return web.json_response(body | ({"parameters": wrong.parameters} if wrong.parameters else {}), status=wrong.status)


def _update_id(update: Any) -> int:
    """What has no number (a test may queue any garbage) goes with the first confirmation."""
    return update.get("update_id", 0) if isinstance(update, dict) else 0


def _number(value: Any) -> int:
    return int(value) if isinstance(value, int) or str(value).lstrip("-").isdecimal() else 0


def _checked_text(params: dict[str, Any], name: str = "text", longest: int = LONGEST_TEXT) -> str:
    """The text as a person sees it, or the complaint of the server."""
    text = params.get(name, "")
    if params.get("parse_mode") == "HTML":
        bare = _TAG.sub("", text)
        if "<" in bare:
            raise Wrong(
                400, f"Bad Request: can't parse entities: Unsupported start tag at byte offset {text.index('<')}"
            )
        text = html.unescape(bare)
    text = text.strip()
    if not text:
        raise Wrong(400, "Bad Request: message text is empty")
    if len(text.encode("utf-16-le")) // 2 > longest:
        raise Wrong(
            400, "Bad Request: message caption is too long" if name == "caption" else "Bad Request: message is too long"
        )
    return text


def _checked_keyboard(params: dict[str, Any]) -> list[list[dict[str, str]]]:
    rows = (params.get("reply_markup") or {}).get("inline_keyboard", [])
    for row in rows:
        for button in row:
            if not button.get("text", "").strip():
                raise Wrong(400, "Bad Request: text buttons are unallowed in the inline keyboard")
            if not 1 <= len(button.get("callback_data", "").encode()) <= 64:
                raise Wrong(400, "Bad Request: BUTTON_DATA_INVALID")
    if sum(len(row) for row in rows) > 100:
        raise Wrong(400, "Bad Request: reply markup is too long")
    return rows


def _labels(keyboard: list[list[dict[str, str]]]) -> list[str]:
    return [button["text"] for row in keyboard for button in row]


def _caption(caption: str) -> dict[str, Any]:
    if not caption:
        return {}
    entities = _entities(caption)
    return {"caption": caption, **({"caption_entities": entities["entities"]} if entities else {})}


def _entities(text: str) -> dict[str, Any]:
    found = [("bot_command", match) for match in _COMMAND.finditer(text)]
    found += [("mention", match) for match in _MENTION.finditer(_COMMAND.sub(lambda m: "." * len(m[0]), text))]
    entities = [
        {"type": kind, "offset": _units(text[: match.start()]), "length": _units(match[0])} for kind, match in found
    ]
    return {"entities": entities} if entities else {}


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
