"""The words that all channels share: where one can be reached, what was said, what is answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from pathlib import Path
from typing import Any, Literal, Protocol


@dataclass(frozen=True, slots=True)
class Address:
    """Where a person or a group can be reached: the channel's name, the chat in it, the forum thread if there is one."""

    channel: str
    chat: str
    thread: str = ""

    def __str__(self) -> str:
        return f"{self.channel}/{self.chat}" + (f"#{self.thread}" if self.thread else "")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a message came from.

    `at` is where the answer goes; `who` is the speaker's own private address (in a private chat both are equal).
    `addressed` is true in every private chat, and in a group when the bot was named, commanded or answered.
    `message` is the platform's id of the message itself, or, for a press, of the message that carries the button.
    `language` is what the platform says of the person's language ("vi", "en", …) or empty.
    """

    at: Address
    who: Address
    private: bool = True
    addressed: bool = True
    message: str = ""
    name: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """A file that somebody sent.

    Before `Channel.fetch` only `source` (the platform's own handle), `kind`, `name`, and what the platform claims of
    size (bytes) and media type are known; afterwards `sha256`, the true `size` and the sniffed `media` are. A file that
    was not kept has no `sha256` and a `problem`: "too_large", "unreachable", "empty", "executable", "no_space", or
    "useless" (a video that came within an album).
    """

    source: str
    kind: str  # "photo" | "document"
    name: str = ""
    size: int = 0
    media: str = ""
    sha256: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """Somebody typed a text."""

    origin: Origin
    text: str


@dataclass(frozen=True, slots=True)
class Picked:
    """Somebody pressed a button; `token` is the Choice's, as it came back from the platform (it may be forged)."""

    origin: Origin
    token: str


@dataclass(frozen=True, slots=True)
class Sent:
    """Somebody sent files. The parts of an album come one by one and share `album`."""

    origin: Origin
    files: tuple[File, ...]
    caption: str = ""
    album: str = ""


@dataclass(frozen=True, slots=True)
class Edited:
    """Somebody changed the text (or the caption) of their own earlier message `origin.message`."""

    origin: Origin
    text: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Somebody sent what the bot cannot use: `kind` is "sticker", "voice", "video", "location", "contact", "forwarded",
    "unsupported" (the platform does not hand it on, and does not say what it was) or "other"."""

    origin: Origin
    kind: str


@dataclass(frozen=True, slots=True)
class Started:
    """Somebody opened the chat, perhaps through a link that carries a code. In a group: the bot was added with a code."""

    origin: Origin
    code: str = ""


@dataclass(frozen=True, slots=True)
class Joined:
    """The bot was added to a group."""

    origin: Origin
    title: str = ""


@dataclass(frozen=True, slots=True)
class Left:
    """The bot was removed from a group."""

    origin: Origin


@dataclass(frozen=True, slots=True)
class Moved:
    """A group got a new address (on Telegram: it became a supergroup)."""

    origin: Origin
    to: Address


@dataclass(frozen=True, slots=True)
class Blocked:
    """A person blocked the bot (`back` is false) or took it back (`back` is true)."""

    origin: Origin
    back: bool = False


Incoming = Said | Picked | Sent | Edited | Unreadable | Started | Joined | Left | Moved | Blocked


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose: the label that people read (and may type), the token that comes back (ASCII, ≤ 64 bytes)."""

    label: str
    token: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A paper that goes with a reply: the file's name, its media type, and what is to be made (“registration:12”).

    It is made when it is sent, and only for the address to which it goes; the bytes are then its `content` and are
    stored nowhere. If it cannot be made, `otherwise` is said with the reply instead. The `name` is ASCII, so that no
    phone and no mail program spoils it.
    """

    name: str
    media: str
    paper: str
    otherwise: str = ""
    content: bytes = field(default=b"", repr=False, compare=False)

    def as_json(self) -> dict[str, Any]:
        return {"name": self.name, "media": self.media, "paper": self.paper, "otherwise": self.otherwise}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Attachment:
        return cls(stored["name"], stored["media"], stored["paper"], stored.get("otherwise", ""))


@dataclass(frozen=True, slots=True)
class Reply:
    """One message to people, in plain text, without any markup of any channel.

    `title` is one line shown emphasised above the text (bold where the channel can). `choices` are rows of buttons;
    where there are no buttons they become a list numbered 1, 2, 3 … over all rows, or lettered a, b, c … when
    `lettered` is true (in a question whose answer is itself a number or a date). `edits` is the platform's id of an
    earlier message to be replaced in place; a channel that cannot edit sends nothing then. With an `attachment` the
    file comes with the message; a message that `edits` another brings none.

    `aside`: the choices stand beside a question that is open; a channel without buttons lists their labels without
    numbers or letters, which go on to mean the question's. `pin`: the channel pins the message in its chat, or unpins
    it, without a sound; where it may not, nothing happens.
    """

    text: str
    title: str = ""
    choices: tuple[tuple[Choice, ...], ...] = ()
    lettered: bool = False
    edits: str = ""
    attachment: Attachment | None = None
    aside: bool = False
    pin: Literal["", "pin", "unpin"] = ""

    def options(self) -> tuple[Choice, ...]:
        """All choices in reading order: the n-th is what a typed "n" (or the n-th letter) means."""
        return tuple(choice for row in self.choices for choice in row)

    def as_json(self) -> dict[str, Any]:
        stored: dict[str, Any] = {
            "text": self.text,
            "title": self.title,
            "choices": [[[c.label, c.token] for c in row] for row in self.choices],
            "lettered": self.lettered,
            "edits": self.edits,
        }
        stored |= {"aside": True} if self.aside else {}
        stored |= {"pin": self.pin} if self.pin else {}
        return stored | ({"attachment": self.attachment.as_json()} if self.attachment else {})

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Reply:
        return cls(
            text=stored["text"],
            title=stored["title"],
            choices=tuple(tuple(Choice(*pair) for pair in row) for row in stored["choices"]),
            lettered=stored["lettered"],
            edits=stored["edits"],
            attachment=Attachment.from_json(stored["attachment"]) if stored.get("attachment") else None,
            aside=stored.get("aside", False),
            pin=stored.get("pin", ""),
        )


def letter(index: int) -> str:
    """The letter of the option at `index` (0 → a, 25 → z, 26 → aa)."""
    return letter(index // 26 - 1) + chr(ord("a") + index % 26) if index >= 26 else chr(ord("a") + index)


def listed(reply: Reply) -> str:
    """The whole reply as plain text with its options as a numbered (or lettered) list, for channels without buttons.

    What stands aside of an open question has neither numbers nor letters.
    """
    lines = [part for part in (reply.title, reply.text) if part]
    if reply.aside:
        return "\n".join([*lines, *(f"• {choice.label}" for choice in reply.options())])
    marks = [letter(i) if reply.lettered else str(i + 1) for i in range(len(reply.options()))]
    lines += [f"{mark}. {choice.label}" for mark, choice in zip(marks, reply.options(), strict=True)]
    return "\n".join(lines)


def merged(replies: Sequence[Reply]) -> list[Reply]:
    """The replies of one turn as one, for platforms that count messages; only a second paper begins another.

    The options are those of the last that has some; what the others offer stays as words that may be typed.
    """
    shown = next((reply for reply in reversed(replies) if reply.choices), None)
    made: list[Reply] = []
    for reply in replies:
        if reply.choices and reply is not shown:
            offered = "\n".join(f"• {choice.label}" for choice in reply.options())
            reply = replace(reply, text="\n".join(part for part in (reply.text, offered) if part), choices=())
        if not made or (made[-1].attachment is not None and reply.attachment is not None):
            made.append(reply)
            continue
        before, said = made[-1], "\n".join(part for part in (reply.title, reply.text) if part)
        made[-1] = replace(
            before,
            text="\n\n".join(part for part in (before.text, said) if part),
            choices=(*before.choices, *reply.choices),
            lettered=(reply if reply.choices else before).lettered,
            aside=(reply if reply.choices else before).aside,
            attachment=before.attachment or reply.attachment,
            pin=before.pin or reply.pin,
        )
    return made


def paragraphs(text: str, limit: int) -> list[str]:
    """The text in pieces of at most `limit` UTF-16 code units, cut at paragraphs, else lines, else words, else anywhere.

    No piece is empty and no surrogate pair is split; an empty text gives an empty list.
    """
    pieces: list[str] = []
    rest = text.strip("\n")
    while rest:
        if utf16_length(rest) <= limit:
            pieces.append(rest)
            break
        end = _fitting(rest, limit)
        cut = next((at for mark in ("\n\n", "\n", " ") if (at := rest.rfind(mark, end // 2, end + 1)) > 0), end)
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [piece for piece in pieces if piece]


def utf16_length(text: str) -> int:
    """Length in UTF-16 code units, the unit in which the platforms count."""
    return len(text) + sum(ord(c) > 0xFFFF for c in text)


def _fitting(text: str, limit: int) -> int:
    units = 0
    for at, c in enumerate(text):
        units += 2 if ord(c) > 0xFFFF else 1
        if units > limit:
            return max(at, 1)
    return len(text)


@dataclass(frozen=True, slots=True)
class Means:
    """What a channel can do beyond showing texts.

    `buttons`: choices are pressed, not typed. `edits`: a message can be changed after it was shown. `documents`: files
    of any kind come and go as such; else only photos come, and the rest passes by a link. `albums`: photos that were
    sent together are told as such. `counted`: the platform counts the messages of a month, so that the answers of one
    turn are one message. `together`: seconds after the newest photo of an album in which one more may come.
    `per_second`: so many messages that nobody asked for leave by it a second.
    """

    buttons: bool = True
    edits: bool = True
    documents: bool = True
    albums: bool = True
    counted: bool = False
    per_second: float = 25.0
    together: float = 0.8


@dataclass(frozen=True, slots=True)
class Door:
    """How a bot is found on a channel whose links carry no code: `name` as the platform shows it, `link` to its chat."""

    channel: str
    name: str
    link: str


class Keeper(Protocol):
    """Where the bytes of evidence go; the channel streams into it and gets back what was truly received."""

    limit: int
    """The largest file that is accepted, in bytes."""

    async def keep(self, chunks: Any, file: File) -> File:
        """Write the async iterable of byte chunks durably; return `file` with sha256, size, media – or with a problem."""
        ...

    def path(self, sha256: str) -> Path:
        """Where the bytes lie."""
        ...

    def shown(self, sha256: str) -> Path | None:
        """Where a copy of the photo lies that says nothing of place, time and camera; None if there can be none."""
        ...


Receive = Callable[["Channel", str, dict[str, Any]], Awaitable[None]]
"""`await receive(channel, update_id, payload)`: when it returns, the update is stored durably (or known already) and may
be confirmed to the platform. It raises `errors.StoreDown` when it could not be stored: then do not confirm."""


class Channel(Protocol):
    """One way to reach people. A channel knows its platform and nothing of the conversation."""

    name: str
    """Stands in every Address of this channel: "telegram", "web", "terminal", "zalo:123456"."""

    account: str
    """The bot account at the platform, e.g. "telegram:123456"; update ids are unique within it."""

    means: Means

    def read(self, payload: Mapping[str, Any]) -> Incoming | None:
        """What the platform's update means; None if it means nothing to us. Pure; may raise on garbage."""
        ...

    async def fetch(self, file: File, keeper: Keeper) -> File:
        """Bring the bytes of a file home, with retries; a file that cannot be had comes back with its `problem`."""
        ...

    async def send(self, to: Address, reply: Reply) -> str:
        """Show the reply, with the `content` of its attachment as a file.

        Returns the platform's id of the (last) message. Raises a subclass of errors.ChannelFailed.
        """
        ...

    async def run(self, receive: Receive) -> None:
        """Listen until cancelled; a platform that is away is tried again and again, and said so in the log."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


@dataclass(slots=True)
class Channels:
    """The channels in use, by name."""

    by_name: dict[str, Channel] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Channel:
        return self.by_name[name]


DEEPEST = 64
"""How deep an update may be nested; a reply to a reply to a post with its buttons is some twelve deep."""


def readable(value: Any, depth: int = 0) -> Any:
    """A JSON value without what no database and no screen can take: NUL, halves of characters, numbers that are none.

    Raises ValueError on what is nested deeper than any platform's update.
    """
    if isinstance(value, str):
        return _readable_text(value)
    if isinstance(value, float):
        return value if isfinite(value) else None
    if depth >= DEEPEST:
        raise ValueError("nested too deep to be an update")
    if isinstance(value, Mapping):
        return {_readable_text(str(key)): readable(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [readable(inner, depth + 1) for inner in value]
    return value


def _readable_text(text: str) -> str:
    text = text.replace("\x00", "")
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
