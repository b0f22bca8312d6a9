"""A file as a page of our own posts it: kept as it comes, never in memory."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

from aiohttp import BodyPartReader, web

from bot.chat import File, Keeper

IMAGES = ("image/jpeg", "image/png", "image/gif", "image/webp")
"""What every browser shows and none executes; all other files are handed out as downloads."""

CHUNK_BYTES = 64 * 1024
DRAINED_LIMITS = 4
"""How many times the size limit is still read (and dropped) of a file that is too large, so that it can be answered."""

LINE_END = re.compile(r"\r\n|\r|\n")


async def kept(part: BodyPartReader, source: str, keeper: Keeper, *, as_document: bool = False) -> File:
    """Keep the file in that part of a multipart post; what is far too large ends the post with 413."""
    name = cleaned(part.filename or "").rsplit("/", 1)[-1].rsplit("\\", 1)[-1]
    media = part.headers.get("Content-Type", "").split(";")[0].strip().lower()
    kind = "photo" if media in IMAGES and not as_document else "document"
    file = await keeper.keep(_chunks(part), File(source, kind, name, media=media))
    dropped = 0
    while chunk := await part.read_chunk(CHUNK_BYTES):
        dropped += len(chunk)
        if dropped > DRAINED_LIMITS * keeper.limit:
            raise web.HTTPRequestEntityTooLarge(max_size=keeper.limit, actual_size=dropped)
    return file


def cleaned(text: str) -> str:
    """One kind of line end, and no NUL, which PostgreSQL does not take."""
    return LINE_END.sub("\n", text.replace("\x00", ""))


async def _chunks(part: BodyPartReader) -> AsyncIterator[bytes]:
    while chunk := await part.read_chunk(CHUNK_BYTES):
        yield chunk
