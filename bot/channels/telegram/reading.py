"""What an update of Telegram means, read straight from its JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.chat import (
    Address,
    Blocked,
    Edited,
    File,
    Incoming,
    Joined,
    Left,
    Moved,
    Origin,
    Picked,
    Said,
    Sent,
    Started,
    Unreadable,
)

CHANNEL = "telegram"
WANTED = ("message", "edited_message", "callback_query", "my_chat_member")
"""The kinds of update that are asked for; Telegram keeps the others to itself."""

_COMMAND = re.compile(r"/(\w+)(?:@(\w+))?")
_START = re.compile(r"/start(?:\s(.*))?", re.IGNORECASE | re.DOTALL)
_NO_USE = (  # first match wins: an animation also carries `document`, a venue also carries `location`
    ("sticker", "sticker"),
    ("voice", "voice"),
    ("video", "video"),
    ("video_note", "video"),
    ("animation", "video"),
    ("live_photo", "video"),
    ("location", "location"),
    ("contact", "contact"),
)
_SERVICE = frozenset(  # what Telegram itself writes into a private chat: nobody said it, nobody awaits an answer
    (
        "pinned_message",
        "message_auto_delete_timer_changed",
        "chat_background_set",
        "write_access_allowed",
        "connected_website",
        "users_shared",
        "chat_shared",
        "proximity_alert_triggered",
        "forum_topic_created",
        "forum_topic_edited",
        "forum_topic_closed",
        "forum_topic_reopened",
        "successful_payment",
        "refunded_payment",
        "gift",
        "unique_gift",
        "gift_upgrade_sent",
        "poll_option_added",
        "poll_option_deleted",
        "managed_bot_created",
        "checklist_tasks_done",
        "checklist_tasks_added",
        "boost_added",
        "web_app_data",
    )
)


@dataclass(frozen=True, slots=True)
class Me:
    """Who the bot is: its id and its user name without the @ (empty as long as Telegram was not asked)."""

    id: int
    name: str = ""

    def is_called(self, name: str) -> bool:
        """Whether that user name is the bot's. As long as it is not known, any bot's is: all of them end in “bot”."""
        return name.lower() == self.name.lower() if self.name else name.lower().endswith("bot")


def read(payload: Mapping[str, Any], me: Me) -> Incoming | None:
    """What the update says to the bot; None if nothing, or if a group talks without naming, commanding or answering it.

    Raises KeyError, TypeError or another Exception on what is no update of Telegram.
    """
    if "message" in payload:
        return _message(payload["message"], me)
    if "edited_message" in payload:
        return _edited(payload["edited_message"], me)
    if "callback_query" in payload:
        return _pressed(payload["callback_query"])
    if "my_chat_member" in payload:
        return _membership(payload["my_chat_member"])
    return None


def _message(message: Mapping[str, Any], me: Me) -> Incoming | None:
    if "migrate_to_chat_id" in message:
        return Moved(_origin(message), Address(CHANNEL, str(_int(message["migrate_to_chat_id"]))))
    if not _by_a_person(message):
        return None
    origin = _origin(message)
    text = _meant(message, origin, me)
    if text is None:
        return None
    if _worded_by_another(message):
        return _content_of_another(message, origin)
    start = _START.fullmatch(text)
    if start and "text" in message:
        return Started(origin, (start[1] or "").strip())
    return _content(message, origin, text)


def _content(message: Mapping[str, Any], origin: Origin, text: str) -> Incoming | None:
    if "text" in message:
        return Said(origin, text)
    album = _str(message.get("media_group_id", ""))
    for key, kind in _NO_USE:
        if key in message and not album:
            return Unreadable(origin, kind)
    files: tuple[File, ...] = ()
    if "photo" in message:
        largest = max(message["photo"], key=lambda size: _int(size["width"]) * _int(size["height"]))
        files = (File(_str(largest["file_id"]), "photo", size=_int(largest.get("file_size", 0)), media="image/jpeg"),)
    elif "document" in message:
        document = message["document"]
        files = (
            File(
                _str(document["file_id"]),
                "document",
                name=_str(document.get("file_name", "")),
                size=_int(document.get("file_size", 0)),
                media=_str(document.get("mime_type", "")),
            ),
        )
    elif album:  # of all that cannot be used in it is told once
        files = (File("", "other", problem="useless"),)
    if files:
        return Sent(origin, files, caption=text, album=album)
    return None if _SERVICE & message.keys() else Unreadable(origin, "other")


def _content_of_another(message: Mapping[str, Any], origin: Origin) -> Incoming | None:
    """Files are evidence whoever took them; words are taken from who wrote them, and a group's are not for the bot."""
    if not origin.private:
        return None
    found = _content(message, origin, "")
    return Unreadable(origin, "forwarded") if isinstance(found, Said) else found


def _worded_by_another(message: Mapping[str, Any]) -> bool:
    """Whether it was forwarded from somebody else, or made by another bot."""
    if "via_bot" in message:
        return True
    if "forward_origin" in message:
        first = message["forward_origin"]
        return first.get("type") != "user" or _int(first["sender_user"]["id"]) != _int(message["from"]["id"])
    return bool(message.keys() & {"forward_date", "forward_from", "forward_from_chat", "forward_sender_name"})


def _edited(message: Mapping[str, Any], me: Me) -> Incoming | None:
    if not _by_a_person(message) or _worded_by_another(message) or not ("text" in message or "caption" in message):
        return None  # a live location moves, a poll is voted on: nobody changed a word
    origin = _origin(message)
    text = _meant(message, origin, me)
    return None if text is None else Edited(origin, text)


def _pressed(query: Mapping[str, Any]) -> Incoming | None:
    message = query.get("message")
    if message is None or "data" not in query or message["chat"]["type"] == "channel":
        return None
    if _in_anothers_chat(message["chat"], query["from"]):
        return None
    return Picked(_origin(message, query["from"]), _str(query["data"]))


def _membership(change: Mapping[str, Any]) -> Incoming | None:
    chat = change["chat"]
    before, after = change["old_chat_member"], change["new_chat_member"]
    origin = _origin({"chat": chat, "from": change["from"]})
    if chat["type"] == "private":
        if after["status"] == "kicked":
            return Blocked(origin)
        return Blocked(origin, back=True) if before["status"] == "kicked" else None
    if chat["type"] == "channel" or _inside(before) == _inside(after):
        return None
    return Joined(origin, _str(chat.get("title", ""))) if _inside(after) else Left(origin)


def _inside(member: Mapping[str, Any]) -> bool:
    status = member["status"]
    return status in ("creator", "administrator", "member") or (status == "restricted" and bool(member["is_member"]))


def _origin(message: Mapping[str, Any], by: Mapping[str, Any] | None = None) -> Origin:
    """Where the message stands; `by` is the person who acted, if it is not who wrote it."""
    chat = message["chat"]
    person = by or message.get("from") or {"id": chat["id"]}
    private = chat["type"] == "private"
    in_thread = not private and bool(message.get("is_topic_message"))
    names = (_str(person.get("first_name", "")), _str(person.get("last_name", "")))
    return Origin(
        at=Address(CHANNEL, str(_int(chat["id"])), str(_int(message["message_thread_id"])) if in_thread else ""),
        who=Address(CHANNEL, str(_int(person["id"]))),
        private=private,
        message=str(_int(message["message_id"])) if "message_id" in message else "",
        name=" ".join(name for name in names if name),
        language=_str(person.get("language_code", "")),
    )


def _by_a_person(message: Mapping[str, Any]) -> bool:
    # Anonymous administrators and linked channels write with a `sender_chat`: nobody who could hold a right.
    if message["chat"]["type"] == "channel" or "sender_chat" in message:
        return False
    if "from" not in message or message["from"].get("is_bot"):
        return False
    return not _in_anothers_chat(message["chat"], message["from"])


def _in_anothers_chat(chat: Mapping[str, Any], person: Mapping[str, Any]) -> bool:
    """A private chat has its person's id; whoever else is said to speak there does not."""
    return bool(chat["type"] == "private" and _int(chat["id"]) != _int(person["id"]))


def _meant(message: Mapping[str, Any], origin: Origin, me: Me) -> str | None:
    """The text (or caption) without the bot's name; None if the group did not mean the bot."""
    text = _str(message.get("text", message.get("caption", "")))
    command = _COMMAND.match(text)
    if command and command[2]:
        if me.is_called(command[2]):
            text = f"/{command[1]}{text[command.end() :]}"
        elif not origin.private:
            return None
    if origin.private:
        return text
    named, text = _without_name(text, me)
    return text if command or named or _answers(message, me) else None


def _without_name(text: str, me: Me) -> tuple[bool, str]:
    """Whether @ours stands in the text, and the text without it."""
    name = re.escape(me.name) if me.name else r"\w+bot"
    bare, times = re.subn(rf"(?<![\w@])@{name}(?!\w)[,:]?[ \t]*", "", text, flags=re.IGNORECASE)
    return (True, bare.strip()) if times else (False, text)


def _answers(message: Mapping[str, Any], me: Me) -> bool:
    earlier = message.get("reply_to_message") or {}
    # In a forum every plain message “answers” the one that opened its topic, and the bot may have opened it.
    return "forum_topic_created" not in earlier and bool(earlier) and (earlier.get("from") or {}).get("id") == me.id


def _str(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a string was expected, not {type(value).__name__}")
    return value


def _int(value: Any) -> int:
    if not isinstance(value, int):
        raise TypeError(f"a whole number was expected, not {type(value).__name__}")
    return value
