"""The evidence folder: files as they were sent, under their SHA-256, and what they truly are."""

from __future__ import annotations

import asyncio
import codecs
import errno
import hashlib
import os
import re
import struct
import tempfile
import zipfile
from collections.abc import AsyncIterable, Callable
from dataclasses import replace
from pathlib import Path
from typing import ParamSpec, TypeVar

import structlog

from bot import pictures
from bot.chat import File

log = structlog.get_logger()
P = ParamSpec("P")
T = TypeVar("T")

LIMIT = 20 * 1024 * 1024  # bytes; more than that a Telegram bot cannot fetch, and one rule holds for all channels
_GATHERED = 256 * 1024  # bytes that are collected before a thread writes them: fewer hops
_HEAD = 64 * 1024  # bytes; signatures stand within them
_SHA256 = re.compile(r"[0-9a-f]{64}")
_UNFINISHED = ".incoming-"

OTHER = "application/octet-stream"
EXECUTABLE = "executable"

_EXECUTABLE_SUFFIXES = (
    *(".exe", ".com", ".scr", ".pif", ".cpl", ".dll", ".sys", ".msi", ".msp", ".msix", ".appx", ".gadget", ".lnk"),
    *(".bat", ".cmd", ".ps1", ".psm1", ".vbs", ".vbe", ".js", ".jse", ".mjs", ".wsf", ".wsh", ".hta", ".reg", ".scf"),
    *(".sh", ".bash", ".jar", ".apk", ".dex", ".app", ".dmg", ".deb", ".rpm", ".elf"),
)
_EXECUTABLE_STARTS = (
    b"\x7fELF",
    b"\xfe\xed\xfa\xce",  # Mach-O in its two sizes and two byte orders, and several in one
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",  # also a Java class
    b"dex\n",
    b"\0asm",
    b"L\0\0\0\x01\x14\x02\0",  # a Windows shortcut
    b"#!",
)
_BATCH = re.compile(rb"\s*@echo\s+off\b", re.IGNORECASE)

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_INSTALLERS = tuple(  # the class of an MSI package, transform and patch, as it stands in the file
    bytes([kind]) + bytes.fromhex("100c0000000000c000000000000046") for kind in (0x84, 0x82, 0x86)
)
_OLE_STREAMS = {
    "WordDocument": "application/msword",
    "Workbook": "application/vnd.ms-excel",
    "Book": "application/vnd.ms-excel",
    "PowerPoint Document": "application/vnd.ms-powerpoint",
}
_OFFICE = "application/vnd.openxmlformats-officedocument."
_OFFICE_PARTS = {  # folder in the archive: media type, media type with macros
    "word/": (_OFFICE + "wordprocessingml.document", "application/vnd.ms-word.document.macroenabled.12"),
    "xl/": (_OFFICE + "spreadsheetml.sheet", "application/vnd.ms-excel.sheet.macroenabled.12"),
    "ppt/": (
        _OFFICE + "presentationml.presentation",
        "application/vnd.ms-powerpoint.presentation.macroenabled.12",
    ),
}
_NAMED_ZIPS = ("application/vnd.oasis.opendocument.", "application/epub+zip")
_TEXT_STARTS = (
    (b"{\\rtf", "application/rtf"),
    (b"<!doctype html", "text/html"),
    (b"<html", "text/html"),
    (b"<svg", "image/svg+xml"),
    (b"<?xml", "application/xml"),
)
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


class EvidenceFolder:
    """The bytes of evidence under `root`, each file once, at root/ab/abcdef…; implements `bot.chat.Keeper`.

    `limit` is in bytes. The copies of photos that are shown lie beside it; they are made when they are asked for.
    """

    def __init__(self, root: Path, limit: int = LIMIT) -> None:
        self.root = root
        self.limit = limit
        self.copies = root.with_name(root.name + "-shown")

    def path(self, sha256: str) -> Path:
        """Where the bytes with that digest lie, whether they are there or not. Raises ValueError on anything else."""
        if not _SHA256.fullmatch(sha256):
            raise ValueError("not a SHA-256 in lower-case hexadecimal")
        return self.root / sha256[:2] / sha256

    def shown(self, sha256: str) -> Path | None:
        """The photo without what the camera wrote into it (bot/pictures.py); None where no such copy can be made."""
        original, copy = self.path(sha256), self.copies / sha256[:2] / sha256
        if copy.exists():
            return copy
        return copy if pictures.display_copy(original, copy) else None

    def remove(self, sha256: str) -> bool:
        """Let go of the file and of its copy; False if it was not there."""
        (self.copies / sha256[:2] / sha256).unlink(missing_ok=True)
        try:
            self.path(sha256).unlink()
        except FileNotFoundError:
            return False
        return True

    async def keep(self, chunks: AsyncIterable[bytes], file: File) -> File:
        """Write what comes durably and unchanged; return `file` with its sha256, true size and media – or a problem.

        "empty": nothing came; "too_large": more than `limit` came, the rest was not read; "executable": a program or a
        script, whatever its name says; "no_space": the disk is full. With a problem nothing is kept. What `chunks`
        raises goes through, and nothing is kept either.
        """
        arriving = _Arriving(self.root)
        waiting = bytearray()
        size = 0
        try:
            async for chunk in chunks:
                size += len(chunk)
                if size > self.limit:
                    return _with_problem(file, "too_large")
                waiting += chunk
                if len(waiting) >= _GATHERED:
                    await _in_thread(arriving.write, bytes(waiting))
                    waiting.clear()
            if not size:
                return _with_problem(file, "empty")
            return await _in_thread(self._finish, arriving, bytes(waiting), replace(file, size=size))
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            log.error("the disk is full; a file could not be stored", folder=str(self.root))
            return _with_problem(file, "no_space")
        finally:
            await _in_thread(arriving.discard)
            if (close := getattr(chunks, "aclose", None)) is not None:  # lets go of the sender's connection at once
                await close()

    def drop_unfinished(self) -> int:
        """Remove what a killed process left half-written; to be called at the start, before anything arrives."""
        leftovers = list(self.root.glob(_UNFINISHED + "*"))
        for leftover in leftovers:
            leftover.unlink(missing_ok=True)
        return len(leftovers)

    def _finish(self, arriving: _Arriving, rest: bytes, file: File) -> File:
        arriving.write(rest)
        arriving.sync()
        media = media_of(arriving.path, file.name)
        if media == EXECUTABLE:
            return _with_problem(file, "executable")
        sha256 = arriving.digest()
        target = self.path(sha256)
        if target.exists():
            os.utime(target)  # it came again: who lets go of files sees that
        else:
            if not target.parent.exists():
                target.parent.mkdir(exist_ok=True)
                sync(self.root)
            os.replace(arriving.path, target)
        sync(target.parent)  # also if it was there: whoever brought it may not have come so far yet
        return replace(file, sha256=sha256, media=media, problem="")


class _Arriving:
    """A file that is being received, under a temporary name in the folder; used by one thread at a time."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._fd = -1
        self._sha256 = hashlib.sha256()
        self.path = root

    def write(self, piece: bytes) -> None:
        if self._fd < 0:
            self._root.mkdir(parents=True, exist_ok=True)
            self._fd, name = tempfile.mkstemp(prefix=_UNFINISHED, dir=self._root)
            self.path = Path(name)
        self._sha256.update(piece)
        left = memoryview(piece)
        while left:
            left = left[os.write(self._fd, left) :]

    def sync(self) -> None:
        os.fsync(self._fd)

    def digest(self) -> str:
        return self._sha256.hexdigest()

    def discard(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
            self.path.unlink(missing_ok=True)  # it is gone already when it was kept


async def _in_thread(act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run it in a thread and wait for its end even when cancelled: two threads must not have one file."""
    running = asyncio.ensure_future(asyncio.to_thread(act, *args, **kwargs))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise


def _with_problem(file: File, problem: str) -> File:
    return replace(file, sha256="", problem=problem)


def sync(path: Path) -> None:
    """Let a file, or the names in a folder, be on the disk when this comes back."""
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def media_of(path: Path, name: str = "") -> str:
    """The media type by what the file holds, or EXECUTABLE if it is a program or script by content or by `name`.

    Never believes the name otherwise; what nobody knows is "application/octet-stream".
    """
    with path.open("rb") as opened:
        head = opened.read(_HEAD)
    # Windows drops dots and blanks at the end of a name.
    if name.rstrip(". \t\r\n\0").lower().endswith(_EXECUTABLE_SUFFIXES) or head.startswith(_EXECUTABLE_STARTS):
        return EXECUTABLE
    if head.startswith(b"PK\x03\x04"):
        return _in_zip(path)
    if head.startswith(_OLE):
        return _in_ole(path)
    if b"%PDF-" in head[:1024]:  # the format allows for some bytes before it
        return "application/pdf" if not head.startswith(b"MZ") else EXECUTABLE
    if (encoding := _text_encoding(path, head)) is not None:
        return _in_text(head, encoding)
    return EXECUTABLE if head.startswith(b"MZ") else _by_signature(path)


def _in_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            first = archive.read("mimetype")[:128].decode("ascii", "replace") if _is_small(archive, "mimetype") else ""
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, ValueError, struct.error):
        return "application/zip"
    held = set(names)
    if held & {"AndroidManifest.xml", "classes.dex"} or any(n.endswith((".class", ".dex")) for n in names):
        return EXECUTABLE
    if "[Content_Types].xml" in held:
        for folder, (plain, with_macros) in _OFFICE_PARTS.items():
            if any(n.startswith(folder) for n in names):
                return with_macros if folder + "vbaProject.bin" in held else plain
    if first.startswith(_NAMED_ZIPS):
        return first.strip()
    return "application/zip" if "META-INF/MANIFEST.MF" not in held else EXECUTABLE


def _is_small(archive: zipfile.ZipFile, name: str) -> bool:
    try:
        return archive.getinfo(name).file_size <= 128
    except KeyError:
        return False


def _in_ole(path: Path) -> str:
    """An old Office file, or an installer: both are Microsoft's compound files, told apart by their directory."""
    content = path.read_bytes()
    if len(content) < 512:
        return OTHER
    sector = 1 << min(struct.unpack_from("<H", content, 0x1E)[0], 16)
    directory = (struct.unpack_from("<I", content, 0x30)[0] + 1) * sector
    if content[directory + 80 : directory + 96] in _INSTALLERS:
        return EXECUTABLE
    for stream, media in _OLE_STREAMS.items():
        if stream.encode("utf-16-le") + b"\0\0" in content:
            return media
    return "application/x-ole-storage"


def _text_encoding(path: Path, head: bytes) -> str | None:
    """The encoding if all of the file is text in UTF-8 or, with its mark, UTF-16."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif _CONTROLS.search(head):
        return None
    else:
        encoding = "utf-8-sig"
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as opened:
            while piece := opened.read(_GATHERED):
                if encoding != "utf-16" and _CONTROLS.search(piece):
                    return None
                decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return None
    return encoding


def _in_text(head: bytes, encoding: str) -> str:
    start = head.decode(encoding, "ignore").encode().lstrip()[:4096]
    if start.startswith(b"#!") or _BATCH.match(start):
        return EXECUTABLE
    lowered = start.lower()
    return next((media for mark, media in _TEXT_STARTS if lowered.startswith(mark)), "text/plain")


def _by_signature(path: Path) -> str:
    import puremagic  # reads a table of 300 KB

    try:
        found = [match for match in puremagic.magic_file(path) if match.mime_type]
    except (puremagic.PureError, ValueError):
        return OTHER
    # Its own order of equals changes from run to run.
    best = min(found, key=lambda match: (-match.confidence, -len(match.byte_match), match.mime_type), default=None)
    return best.mime_type if best else OTHER
