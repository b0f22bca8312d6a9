"""What an event of the Zalo Bot Platform means, read straight from its JSON."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.chat import Address, File, Incoming, Origin, Said, Sent, Started, Unreadable

TEXT = "message.text.received"
IMAGE = "message.image.received"
_NO_USE = {
    "message.voice.received": "voice",
    "message.sticker.received": "sticker",
    "message.unsupported.received": "unsupported",
}
_GROUP_ID = "zgr-"
_PLAIN_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
"""Nothing else is seen in ids of messages; what people wrote would stand in the log."""
_START = re.compile(r"/start(?:\s(.*))?", re.IGNORECASE | re.DOTALL)
_MENTION = "@"
_A_BOT = re.compile(r"@bot\b", re.IGNORECASE)
"""How every mention of a bot begins: the platform gives bots no other names."""
_A_COMMAND_TO_A_BOT = re.compile(r"@[^/\n]*?\s(/\w.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Here:
    """Who the bot is here: its channel, and the name under which people pick it (empty as long as it is not known)."""

    channel: str
    name: str = ""


def event_of(payload: Any) -> Mapping[str, Any] | None:
    """The event in a body, be it flat or in an envelope {"ok", "result"}; None if there is none."""
    found = payload
    if isinstance(found, Mapping) and "event_name" not in found:
        found = found.get("result")
    if not isinstance(found, Mapping) or not isinstance(found.get("event_name"), str):
        return None
    return found if isinstance(found.get("message"), Mapping) else None


def update_id(event: Mapping[str, Any]) -> str:
    """What tells the event from all others of this bot, for ever: the id of the message; a digest of an odd one, or of all."""
    id = event["message"].get("message_id")
    if isinstance(id, str) and _PLAIN_ID.fullmatch(id):
        return id
    told = id if isinstance(id, str) and id else json.dumps(event, sort_keys=True, default=str)
    return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()


def read(payload: Mapping[str, Any], here: Here) -> Incoming | None:
    """What the event says to the bot; None if nothing: an event nobody knows, another bot, a group's own talk.

    Raises KeyError, TypeError or another Exception on what is no event.
    """
    event = event_of(payload)
    if event is None:
        raise TypeError("no event of the Zalo Bot Platform")
    name, message = event["event_name"], event["message"]
    if name not in (TEXT, IMAGE, *_NO_USE) or message["from"].get("is_bot") is True:
        return None
    origin = _origin(message, here.channel)
    if not origin.private:
        return _in_group(message, origin, here) if name == TEXT else None
    if name == TEXT and isinstance(message.get("text"), str):
        return _said(message["text"], origin)
    if name == IMAGE and (where := _photo(message)):
        return Sent(origin, (File(where, "photo"),), caption=_text(message.get("caption")))
    return Unreadable(origin, _NO_USE.get(name, "unsupported"))


def _in_group(message: Mapping[str, Any], origin: Origin, here: Here) -> Incoming | None:
    """The platform brings only what picked the bot or answers it, and the mention need not stand in the text."""
    text = _text(message.get("text"))
    named, bare = _without_name(text, here.name)
    if not named and bare.startswith(_MENTION):
        if command := _A_COMMAND_TO_A_BOT.fullmatch(bare):
            bare = command[1]
        elif here.name and not _A_BOT.match(bare):
            return None  # a word to somebody else
    return _said(bare, origin)


def _said(text: str, origin: Origin) -> Incoming:
    start = _START.fullmatch(text.strip())
    return Started(origin, (start[1] or "").strip()) if start else Said(origin, text)


def _without_name(text: str, name: str) -> tuple[bool, str]:
    """Whether the bot's name stands in the text as a mention, and the text without it."""
    if not name:
        return False, text
    text = unicodedata.normalize("NFC", text)
    mention = re.escape(_MENTION + unicodedata.normalize("NFC", name))
    bare, times = re.subn(rf"(?<![\w@]){mention}(?!\w)[,:]?[ \t]*", "", text, flags=re.IGNORECASE)
    return (True, bare.strip()) if times else (False, text)


def _photo(message: Mapping[str, Any]) -> str:
    """Where the photo can be fetched: the field that was seen before the one that is documented."""
    for key in ("photo_url", "photo"):
        if isinstance(found := message.get(key), str) and found:
            return found
    return ""


def _origin(message: Mapping[str, Any], channel: str) -> Origin:
    chat, person = message["chat"], message["from"]
    at, who = _id(chat["id"]), _id(person["id"])
    kind = chat.get("chat_type")
    private = not at.startswith(_GROUP_ID) and (kind == "PRIVATE" or (kind is None and at == who))
    return Origin(
        at=Address(channel, at),
        who=Address(channel, at if private else who),
        private=private,
        message=_text(message.get("message_id")),
        name=_text(person.get("display_name")),
    )


def _id(value: Any) -> str:
    """Ids are strings; should they once come as numbers, they are the same ids."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value:
        raise TypeError(f"an id was expected, not {type(value).__name__}")
    return value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
