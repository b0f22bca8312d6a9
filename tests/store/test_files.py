"""Evidence is kept byte for byte, once, under its digest; what it is, its bytes say and not its name."""

from __future__ import annotations

import asyncio
import hashlib
import io
import struct
import subprocess
import zipfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.chat import File
from bot.store.files import EvidenceFolder

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0" + bytes(40)
PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\n%%EOF\n"
EXE = b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0" + bytes(44) + b"\x80\0\0\0" + bytes(64) + b"PE\0\0" + bytes(200)


async def pieces(content: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    for at in range(0, len(content), size):
        yield content[at : at + size]


def zipped(*names: str, **members: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in (dict.fromkeys(names, b"<x/>") | members).items():
            archive.writestr(name, content)
    return made.getvalue()


def office(*parts: str) -> bytes:
    return zipped("[Content_Types].xml", *parts)


def compound(stream: str = "", kind: bytes = bytes(16)) -> bytes:
    """A small compound file: one directory sector with a root of that class and perhaps one stream."""
    header = bytearray(512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<H", header, 0x1E, 9)
    struct.pack_into("<I", header, 0x30, 1)
    root, entry = bytearray(128), bytearray(128)
    root[:20] = "Root Entry".encode("utf-16-le")
    root[80:96] = kind
    entry[: 2 * len(stream)] = stream.encode("utf-16-le")
    return bytes(header) + bytes(512) + bytes(root) + bytes(entry) + bytes(256)


@pytest.fixture
def folder(tmp_path: Path) -> EvidenceFolder:
    return EvidenceFolder(tmp_path / "evidence")


def held(folder: EvidenceFolder) -> list[str]:
    return sorted(path.name for path in folder.root.rglob("*") if path.is_file())


async def keep(folder: EvidenceFolder, content: bytes, name: str = "") -> File:
    return await folder.keep(pieces(content), File(source="x", kind="document", name=name, media="lie/told", size=1))


@pytest.mark.parametrize("size", [1, 999, 262_144, 300_000, 1_000_000])
async def test_the_bytes_are_kept_as_they_came(folder: EvidenceFolder, size: int) -> None:
    content = (PNG * (size // len(PNG) + 1))[:size]
    kept = await keep(folder, content, "hợp đồng.png")
    assert kept.sha256 == hashlib.sha256(content).hexdigest()
    assert (kept.size, kept.problem, kept.name) == (size, "", "hợp đồng.png")
    assert folder.path(kept.sha256).read_bytes() == content
    assert folder.path(kept.sha256).parent.name == kept.sha256[:2]


async def test_the_same_file_is_kept_once(folder: EvidenceFolder) -> None:
    lan, hung = await asyncio.gather(keep(folder, PNG, "lan.png"), keep(folder, PNG, "hung.png"))
    mai = await keep(folder, PNG)
    assert lan.sha256 == hung.sha256 == mai.sha256
    assert held(folder) == [lan.sha256]


async def test_nothing_is_empty(folder: EvidenceFolder) -> None:
    kept = await keep(folder, b"")
    assert (kept.problem, kept.sha256) == ("empty", "")
    assert not folder.root.exists() or held(folder) == []


async def test_what_is_too_large_is_not_read_to_its_end(tmp_path: Path) -> None:
    folder = EvidenceFolder(tmp_path, limit=500_000)
    read, closed = 0, False

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read, closed
        try:
            while True:
                read += 1000
                yield bytes(1000)
        finally:
            closed = True

    kept = await folder.keep(endless(), File(source="x", kind="document"))
    assert (kept.problem, kept.sha256) == ("too_large", "")
    assert read == 501_000
    assert closed
    assert held(folder) == []
    assert (await keep(folder, bytes(500_000))).problem == ""


async def test_a_connection_that_breaks_leaves_nothing(folder: EvidenceFolder) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield bytes(600_000)
        raise ConnectionResetError("gone")

    with pytest.raises(ConnectionResetError):
        await folder.keep(broken(), File(source="x", kind="photo"))
    assert held(folder) == []


async def test_who_is_cancelled_leaves_nothing(folder: EvidenceFolder) -> None:
    written = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield bytes(600_000)
        written.set()
        await asyncio.sleep(60)

    keeping = asyncio.create_task(folder.keep(slow(), File(source="x", kind="photo")))
    await written.wait()
    assert len(held(folder)) == 1
    keeping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await keeping
    assert held(folder) == []


async def test_what_a_killed_process_left_is_swept_out(folder: EvidenceFolder) -> None:
    kept = await keep(folder, PNG)
    (folder.root / ".incoming-abc").write_bytes(b"half")
    assert folder.drop_unfinished() == 1
    assert held(folder) == [kept.sha256]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"NOT TESTED: a truly full disk, because a small one cannot be mounted here: {mounted.stderr}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


async def test_a_full_disk_is_a_problem_with_a_name(small_disk: Path) -> None:
    folder = EvidenceFolder(small_disk / "evidence")
    small = await keep(folder, PNG)
    large = await keep(folder, PNG * 20_000)
    assert (large.problem, large.sha256) == ("no_space", "")
    assert held(folder) == [small.sha256]
    assert (await keep(folder, PDF)).problem == ""


@pytest.mark.parametrize("wrong", ["", "ab", "../../etc/passwd", "A" * 64, "a" * 63 + "\n", "a" * 65, "a" * 64 + "\n"])
def test_a_path_is_made_of_a_digest_only(folder: EvidenceFolder, wrong: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        folder.path(wrong)


WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.mark.parametrize(
    ("content", "media"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01" + bytes(100) + b"\xff\xd9", "image/jpeg"),
        (b"\xff\xd8\xff\xe1\0\x10Exif\0\0" + bytes(100), "image/jpeg"),
        (b"GIF89a" + bytes(30), "image/gif"),
        (b"RIFF\x24\0\0\0WEBPVP8 " + bytes(30), "image/webp"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(30), "image/heif"),
        (b"\0\0\0\x18ftypisom\0\0\x02\0isomiso2" + bytes(30), "video/mp4"),
        (PDF, "application/pdf"),
        (b"\n\n" + PDF + bytes(50), "application/pdf"),
        (office("word/document.xml"), WORD),
        (office("xl/workbook.xml"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (office("ppt/presentation.xml"), "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
        (
            office("word/document.xml", "word/vbaProject.bin"),
            "application/vnd.ms-word.document.macroenabled.12",
        ),
        (zipped(mimetype=b"application/vnd.oasis.opendocument.text"), "application/vnd.oasis.opendocument.text"),
        (zipped("anh/1.jpg"), "application/zip"),
        (b"PK\x03\x04" + bytes(40), "application/zip"),
        (compound("WordDocument"), "application/msword"),
        (compound("Workbook"), "application/vnd.ms-excel"),
        (compound("PowerPoint Document"), "application/vnd.ms-powerpoint"),
        (compound(), "application/x-ole-storage"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/octet-stream"),
        ("Biên bản họp thôn Xuân Tự\n45 hộ dự họp".encode(), "text/plain"),
        (b"\xef\xbb\xbf" + "Có dấu đầu tệp".encode(), "text/plain"),
        ("Viết bằng Notepad".encode("utf-16"), "text/plain"),
        (b"MZ la ten mot thon", "text/plain"),
        (b"{\\rtf1\\ansi xin chao}", "application/rtf"),
        (b"  <!DOCTYPE html><html></html>", "text/html"),
        (bytes(range(200, 250)), "application/octet-stream"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_the_type_is_in_the_bytes(folder: EvidenceFolder, content: bytes, media: str) -> None:
    assert [(kept.media, kept.problem) for kept in [await keep(folder, content, "ten-gi-cung-duoc.pdf")]] == [
        (media, "")
    ]


INSTALLER = bytes.fromhex("84100c0000000000c000000000000046")


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (EXE, "bao-cao.pdf"),
        (EXE, ""),
        (EXE, "thiệp mời.exe"),
        (b"\x7fELF\x02\x01\x01" + bytes(60), "anh.jpg"),
        (b"\xcf\xfa\xed\xfe" + bytes(60), "anh.jpg"),
        (b"\xca\xfe\xba\xbe" + bytes(60), "anh.jpg"),
        (b"#!/bin/sh\nrm -rf /\n", "danh-sach.txt"),
        (b"\xef\xbb\xbf#!/usr/bin/env python3\n", "danh-sach.txt"),
        (b"@ECHO OFF\r\ndel *.*\r\n", "danh-sach.txt"),
        ("@echo off\r\n".encode("utf-16"), "danh-sach.txt"),
        (zipped("META-INF/MANIFEST.MF", "Main.class"), "tai-lieu.zip"),
        (zipped("AndroidManifest.xml", "classes.dex"), "tai-lieu.docx"),
        (compound(kind=INSTALLER), "cong-van.doc"),
        (b"L\0\0\0\x01\x14\x02\0" + bytes(60), "cong-van.doc"),
        (b"MZ\0\0" + PDF, "vua-exe-vua.pdf"),
        *(
            (b"x = 1\r\n", f"kế hoạch.pdf.{suffix}")
            for suffix in ("bat", "CMD", "ps1", "vbs", "js", "jar", "msi", "apk")
        ),
        (b"x = 1\r\n", "kế hoạch.exe. "),
    ],
)
async def test_programs_and_scripts_are_refused_whatever_they_are_called(
    folder: EvidenceFolder, content: bytes, name: str
) -> None:
    kept = await keep(folder, content, name)
    assert (kept.problem, kept.sha256) == ("executable", "")
    assert held(folder) == []
