"""The mark beside an SQLite file whose office has moved to a server: nobody goes on with the old one by mistake."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.clock import ZONE
from bot.errors import KheoError
from bot.store.engine import understood
from bot.store.files import sync
from bot.texts import language, mark

ENDING = ".moved"
HAS_MOVED = mark(
    "This office has moved to {place} ({moment}); {file} is the old one and stays as it was. Put the new DATABASE_URL "
    "into .env. If the old one is to go on after all – what was said at the new one is not in it –: kheo run --again"
)


@dataclass(frozen=True, slots=True)
class Moved:
    """Where to, without the password, and when."""

    place: str
    at: datetime


def mark_of(url: str) -> Path | None:
    """Where the mark of that database would lie; None for a server."""
    parsed = understood(url)
    if parsed.drivername != "sqlite":
        return None
    file = Path(parsed.database or "")
    return file.with_name(file.name + ENDING)


def moved(url: str) -> Moved | None:
    """What the mark says; None where there is none. One that cannot be read counts."""
    place = mark_of(url)
    if place is None or not place.exists():
        return None
    try:
        told = json.loads(place.read_text(encoding="utf-8"))
        return Moved(str(told["to"]), datetime.fromisoformat(told["at"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Moved("?", datetime.fromtimestamp(0, ZONE))


def refuse_if_moved(url: str) -> None:
    """KheoError with what to do, if the office has moved away from there."""
    found = moved(url)
    if found is not None:
        file = understood(url).database
        raise KheoError(language("vi").say(HAS_MOVED, place=found.place, moment=found.at.astimezone(ZONE), file=file))


def set_mark(url: str, to: str, at: datetime) -> None:
    """From here on the office is there; on the disk when this comes back."""
    place = mark_of(url)
    assert place is not None
    unfinished = place.with_name(place.name + ".new")
    unfinished.unlink(missing_ok=True)
    with open(unfinished, "x", encoding="utf-8", opener=_private) as out:
        json.dump({"to": to, "at": at.isoformat()}, out)
        out.flush()
        os.fsync(out.fileno())
    os.replace(unfinished, place)
    sync(place.parent)


def take_mark_away(url: str) -> bool:
    """The old office goes on after all; False if there was no mark."""
    place = mark_of(url)
    if place is None or not place.exists():
        return False
    place.unlink()
    sync(place.parent)
    return True


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
