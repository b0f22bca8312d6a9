"""The one grammar of button tokens: ASCII, at most 64 bytes, and never trusted when they come back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

LONGEST = 64
"""Bytes of Telegram's callback_data."""
LARGEST_ID = 2**63 - 1
"""The largest integer key of the store."""

Verb = Literal["answer", "skip", "back", "done", "edit", "summary", "cancel", "submit", "keep", "reuse", "remove"]

_LETTERS: dict[Verb, str] = {
    "answer": "a",
    "skip": "s",
    "back": "b",
    "done": "d",
    "edit": "e",
    "summary": "m",
    "cancel": "x",
    "submit": "z",
    "keep": "k",
    "reuse": "u",
    "remove": "r",
}
_VERBS = {letter: verb for verb, letter in _LETTERS.items()}
_COMMAND = "c"
_NUMBER = re.compile(r"[1-9][0-9]{0,18}")
_QUESTION = re.compile(r"[a-z0-9_.]{0,24}")
_KEY = re.compile(r"[A-Za-z0-9_.+-]*")


@dataclass(frozen=True, slots=True)
class Press:
    """A button of a form: what it does, on which draft, for which question.

    `key` is the option's key, the points or "yes"/"no" for "answer"; the id of the last event seen ("0" if there is
    none) for "submit" and for a "cancel" that is meant; "answer" or "question" for a "keep" of a text that is held; the
    code of the row whose documents serve again for "reuse"; the event that added the piece for "remove" (empty: ask
    which); empty otherwise. `question` is empty where the button concerns the draft as a whole ("edit" without a
    question opens the list of questions).
    """

    verb: Verb
    draft: int
    question: str = ""
    key: str = ""

    def token(self) -> str:
        """The button's token. ValueError when an id or a key is too long or holds what a token may not."""
        token = f"{_LETTERS[self.verb]}:{self.draft}:{self.question}:{self.key}"
        if parse(token) != self:
            raise ValueError(f"no button can carry {self!r}")
        return token


@dataclass(frozen=True, slots=True)
class Command:
    """A button that stands for a command, with what would be typed after it."""

    name: str
    args: tuple[str, ...] = ()


def command(name: str, *args: str | int) -> str:
    """The token “c:name:arg…”. ValueError when it does not fit."""
    token = ":".join((_COMMAND, name, *map(str, args)))
    if parse(token) != Command(name, tuple(map(str, args))):
        raise ValueError(f"no button can carry {token!r}")
    return token


def parse(token: str) -> Press | Command | None:
    """What the token says; None for anything that `Press.token` and `command` would not have made."""
    if not token.isascii() or len(token) > LONGEST:
        return None
    head, *parts = token.split(":")
    if head == _COMMAND:
        if not parts or not parts[0] or any(not _KEY.fullmatch(part) for part in parts):
            return None
        return Command(parts[0], tuple(parts[1:]))
    verb = _VERBS.get(head)
    if verb is None or len(parts) != 3:
        return None
    draft, question, key = parts
    if not _NUMBER.fullmatch(draft) or int(draft) > LARGEST_ID:
        return None
    if not _QUESTION.fullmatch(question) or not _KEY.fullmatch(key):
        return None
    if verb == "submit" and key != "0" and not _NUMBER.fullmatch(key):
        return None
    return Press(verb, int(draft), question, key)
