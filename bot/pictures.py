"""Photos as they are shown: upright, not larger than a screen needs, and without what the camera wrote into them."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import Any

LONGEST = 2560
"""Pixels of the longer side: enough for a large screen; the original has the rest."""
MOST_PIXELS = 200_000_000
"""More than that no phone makes, and it would take gigabytes to open."""
_FORMATS = {  # of the original, and what the copy is saved as
    "JPEG": ("JPEG", {"quality": 88}),
    "MPO": ("JPEG", {"quality": 88}),  # what phones call JPEG when there is a second picture behind the first
    "PNG": ("PNG", {}),
    "WEBP": ("WEBP", {"quality": 85}),
    "AVIF": ("AVIF", {"quality": 75}),
    "GIF": ("GIF", {}),  # its first picture
    "BMP": ("BMP", {}),
}
_READ = tuple(kind for kind in _FORMATS if kind != "MPO")  # Pillow finds out by itself, when it reads a JPEG
_PLAIN = ("L", "LA", "RGB", "RGBA")


def display_copy(original: Path, copy: Path) -> bool:
    """Write the copy; False where that cannot be done (HEIC, TIFF, what is damaged): then the photo is not shown.

    What the camera wrote – place, time, model, preview, comments – stays behind; how it was held is applied first. Of the
    colour profile only that stays which makes the colours right.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    broken = (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError)
    Image.init()
    try:
        with Image.open(original, formats=_READ) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                return False
            kind, how = _FORMATS[opened.format or ""]
            profile = opened.info.get("icc_profile")
            opened.draft("RGB", (LONGEST, LONGEST))
            picture = ImageOps.exif_transpose(opened)
            if picture.mode not in _PLAIN:
                picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
            if kind in ("JPEG", "BMP") and picture.mode not in ("L", "RGB"):
                picture = picture.convert("RGB")
            picture.thumbnail((LONGEST, LONGEST))
            bare = Image.frombytes(picture.mode, picture.size, picture.tobytes())
        colours: dict[str, Any] = {"icc_profile": profile} if profile and kind not in ("GIF", "BMP") else {}
        _write(bare, copy, kind, {**how, **colours})
    except broken:
        return False
    return True


def _write(picture: Any, copy: Path, kind: str, how: dict[str, Any]) -> None:
    """Under a name of its own first: two may be at it, and a killed one leaves no half picture."""
    copy.parent.mkdir(parents=True, exist_ok=True)
    fd, name = tempfile.mkstemp(prefix=".making-", dir=copy.parent)
    try:
        with os.fdopen(fd, "wb") as written:
            picture.save(written, kind, **how)
        os.replace(name, copy)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
        raise
