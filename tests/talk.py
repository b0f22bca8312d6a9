"""People in the stories: what they do is sent by a device, what they hear is what the device showed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator
from typing import Any

PATIENCE = 8.0  # seconds; a loaded machine is slow, a bot that does not answer is silent for ever
QUIET = 0.35  # seconds in which a bot that should be silent would have spoken


class Act:
    """Something a person does. `await act`, or `await act.hears(…)` to wait for what must come back."""

    def __init__(self, speaker: Speaker, act: Callable[[], Awaitable[None]]) -> None:
        self._speaker = speaker
        self._act = act

    def __await__(self) -> Generator[Any, None, None]:
        return self._done().__await__()

    async def _done(self) -> None:
        self._speaker.mark()
        await self._act()

    async def hears(self, *fragments: str, never: str = "") -> str:
        """Do it and wait until every fragment was shown since; returns all that was shown since."""
        await self._done()
        heard = await self._speaker.hears(*fragments)
        assert not never or never not in heard, f"{self._speaker.name} should not hear {never!r}:\n{heard}"
        return heard

    async def hears_nothing(self) -> None:
        """Do it and hear nothing for a while."""
        await self._done()
        await asyncio.sleep(QUIET)
        assert not self._speaker.since(), f"{self._speaker.name} heard:\n{self._speaker.since()}"


class Speaker:
    """A person of a story with one device."""

    def __init__(self, name: str, device: Any, *, person_id: int = 0, unit_id: int = 0) -> None:
        self.name = name
        self.device = device
        self.person_id = person_id
        self.unit_id = unit_id
        self._mark = 0

    def mark(self) -> None:
        self._mark = len(self.device.heard)

    def since(self) -> str:
        """All that was shown since the last act, options included."""
        return "\n\n".join(shown(heard) for heard in self.device.heard[self._mark :])

    @property
    def last(self) -> Any:
        """The newest thing heard, with `.text` and `.labels`."""
        return self.device.heard[-1]

    async def hears(self, *fragments: str) -> str:
        """Wait until every fragment was shown since the last act."""
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while True:
            text = self.since()
            missing = [fragment for fragment in fragments if fragment not in text]
            if text and not missing:
                return text
            if asyncio.get_running_loop().time() > deadline:
                raise AssertionError(f"{self.name} did not hear {missing}. Heard since:\n{text or '(nothing)'}")
            await asyncio.sleep(0.01)

    def opens(self, code: str = "") -> Act:
        return Act(self, lambda: self.device.start(code))

    def says(self, text: str) -> Act:
        return Act(self, lambda: self.device.say(text))

    def picks(self, label: str) -> Act:
        return Act(self, lambda: self.device.press(label))

    def picks_old(self, label: str) -> Act:
        return Act(self, lambda: self.device.press_old(label))

    def forges(self, token: str) -> Act:
        return Act(self, lambda: self.device.forge(token))

    def sends_photo(self, name: str, caption: str = "", data: bytes = b"") -> Act:
        return Act(self, lambda: self.device.send_photo(name, data or photo(name), caption))

    def sends_document(self, name: str, data: bytes, caption: str = "") -> Act:
        return Act(self, lambda: self.device.send_document(name, data, caption))

    def sends_album(self, *names: str, caption: str = "") -> Act:
        return Act(self, lambda: self.device.send_album([(name, photo(name)) for name in names], caption))

    def sends_sticker(self) -> Act:
        return Act(self, self.device.send_sticker)

    def sends_voice(self) -> Act:
        return Act(self, self.device.send_voice)

    def sends_location(self) -> Act:
        return Act(self, self.device.send_location)

    def edits(self, text: str) -> Act:
        return Act(self, lambda: self.device.edit_last(text))


def shown(heard: Any) -> str:
    """A message as a person sees it, with its buttons."""
    return heard.text if not heard.labels else heard.text + "\n[" + "] [".join(heard.labels) + "]"


def photo(name: str) -> bytes:
    """A tiny PNG or JPEG that differs by its name, as two photos do."""
    head = b"\x89PNG\r\n\x1a\n" if name.lower().endswith(".png") else b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01"
    return head + name.encode() * 7 + b"\xff\xd9"


class InGroup:
    """A person's device as it is used in their group: what is said and heard there, and nothing else."""

    def __init__(self, device: Any) -> None:
        self._device = device

    @property
    def heard(self) -> Any:
        return self._device.group_heard

    async def say(self, text: str) -> None:
        """With “@KheoBot” in the text where the bot is named; a phone that picks it from a list does so itself."""
        picks = getattr(self._device, "picks_from_list", False)
        await self._device.say_in_group(text.replace("@KheoBot", "").strip() if picks else text)

    async def press(self, label: str) -> None:
        await self._device.press_in_group(label)


def in_group(speaker: Speaker) -> Speaker:
    """The same person speaking in their group: `await in_group(lan).says("/han").hears(…)`."""
    return Speaker(f"{speaker.name} in the group", InGroup(speaker.device))
