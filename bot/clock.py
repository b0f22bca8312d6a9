"""Plan time: read once at the edge and handed inwards. A demo may move it; leases and pacing never look at it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


class Clock:
    """The office's clock. `now()` is aware and stands in the plan's zone."""

    def __init__(self) -> None:
        self._offset = timedelta()
        self._watchers: list[Callable[[], None]] = []

    def now(self) -> datetime:
        return (datetime.now(UTC) + self._offset).astimezone(ZONE)

    def move(self, to: datetime) -> None:
        """Let it be `to` (aware) now and run on from there; whoever watches is called."""
        self._offset = to - datetime.now(UTC)
        for watcher in self._watchers:
            watcher()

    def watch(self, watcher: Callable[[], None]) -> None:
        """Call `watcher` after each move."""
        self._watchers.append(watcher)
