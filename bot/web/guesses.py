"""Who tries out secret links: an address from which many wrong ones come is not answered for a while."""

from __future__ import annotations

import ipaddress
import time
from collections import deque
from collections.abc import Callable

import structlog
from aiohttp import web

log = structlog.get_logger()

ALLOWED = 20  # wrong links a minute and address; a whole office may stand behind one
WINDOW = 60.0  # seconds
KEPT = 10_000  # addresses that are remembered at the most


class Guesses:
    """Wrong links of the last minute, by the address they came from. 256 bits are not guessed; the log is to say it all the same."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._wrong: dict[str, deque[float]] = {}
        self._told: dict[str, float] = {}

    def too_many(self, request: web.Request) -> bool:
        """Whether that address is not to be answered now."""
        return len(self._recent(_asker(request))) >= ALLOWED

    def wrong(self, request: web.Request) -> None:
        """A link that there is not was asked for."""
        asker, now = _asker(request), self._clock()
        if len(self._wrong) >= KEPT:
            self._wrong = {who: times for who, times in self._wrong.items() if times and times[-1] > now - WINDOW}
            self._told.clear()
        if len(self._wrong) < KEPT or asker in self._wrong:
            self._wrong.setdefault(asker, deque(maxlen=ALLOWED)).append(now)
        if self.too_many(request) and self._told.get(asker, -WINDOW) <= now - WINDOW:
            self._told[asker] = now
            log.warning("somebody tries out secret links; that address waits a minute", address=asker)

    def _recent(self, asker: str) -> deque[float]:
        times = self._wrong.get(asker, deque())
        while times and times[0] <= self._clock() - WINDOW:
            times.popleft()
        return times


def _asker(request: web.Request) -> str:
    """The address that asks; of a proxy beside us (or in our network), the one for which it asks."""
    peer = request.remote or ""
    said = request.headers.get("X-Forwarded-For", "").rsplit(",", 1)[-1].strip()
    try:
        near = ipaddress.ip_address(peer)
        return str(ipaddress.ip_address(said)) if said and (near.is_loopback or near.is_private) else peer
    except ValueError:
        return peer
