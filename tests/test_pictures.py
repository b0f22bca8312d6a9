"""Photos as they are shown: upright and without place, time and camera; the original is not touched."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from bot import pictures
from bot.pictures import display_copy

PLACE, CAMERA, WHEN = "12.7043", "Dien thoai cua chi Lan", "2024:02:05 09:13:37"
GPS, MODEL, TAKEN, ORIENTATION, COMMENT = 0x8825, 0x0110, 0x0132, 0x0112, 0x9286


def exif(orientation: int = 1) -> Image.Exif:
    written = Image.Exif()
    written[MODEL], written[TAKEN], written[ORIENTATION] = CAMERA, WHEN, orientation
    gps = written.get_ifd(GPS)
    gps[1], gps[2] = "N", (12.0, 42.0, 15.48)
    gps[29] = PLACE
    return written


def picture(size: tuple[int, int] = (60, 40), mode: str = "RGB") -> Image.Image:
    """Red at the left, blue at the right: so one sees how it is held."""
    made = Image.new("RGB", size, "red")
    made.paste((0, 0, 255), (size[0] // 2, 0, size[0], size[1]))
    return made.convert(mode)


def written(kind: str, how: dict[str, Any], mode: str = "RGB", size: tuple[int, int] = (60, 40)) -> bytes:
    out = io.BytesIO()
    picture(size, mode).save(out, kind, **how)
    return out.getvalue()


def png_info() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", CAMERA)
    info.add_itxt("XML:com.adobe.xmp", f"<x:xmpmeta>{PLACE}</x:xmpmeta>", zip=False)
    return info


XMP = f"<x:xmpmeta>{PLACE} {CAMERA}</x:xmpmeta>".encode()
TALKATIVE = {
    "jpeg": written("JPEG", {"exif": exif(), "comment": CAMERA, "xmp": XMP}),
    "png": written("PNG", {"exif": exif(), "pnginfo": png_info()}),
    "webp": written("WEBP", {"exif": exif(), "xmp": XMP}),
    "avif": written("AVIF", {"exif": exif(), "xmp": XMP}),
    "gif": written("GIF", {"comment": CAMERA}, "P"),
}


def copied(tmp_path: Path, content: bytes) -> Path:
    original, copy = tmp_path / "original", tmp_path / "shown" / "copy"
    original.write_bytes(content)
    assert display_copy(original, copy)
    assert original.read_bytes() == content
    return copy


@pytest.mark.parametrize("kind", TALKATIVE)
def test_what_the_camera_wrote_stays_behind(tmp_path: Path, kind: str) -> None:
    assert CAMERA.encode() in TALKATIVE[kind], "the original says it"
    copy = copied(tmp_path, TALKATIVE[kind])
    content = copy.read_bytes()
    for telling in (CAMERA, PLACE, WHEN, "Exif", "xmpmeta", "GPS"):
        assert telling.encode() not in content
    with Image.open(copy) as shown:
        assert shown.format == kind.upper()
        assert shown.size == (60, 40)
        assert not dict(shown.getexif()) and not shown.getexif().get_ifd(GPS)
        assert not {"exif", "xmp", "comment", "Comment", "XML:com.adobe.xmp"} & set(shown.info)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_how_it_was_held_is_applied_first(tmp_path: Path, kind: str) -> None:
    """6: held upright by a phone that writes it lying; the red left side of the file is the top of the photo."""
    copy = copied(tmp_path, written(kind, {"exif": exif(orientation=6)}))
    with Image.open(copy) as shown:
        assert shown.size == (40, 60)
        top, bottom = (shown.convert("RGB").getpixel((20, y)) for y in (5, 55))
    assert isinstance(top, tuple) and isinstance(bottom, tuple)
    assert top[0] > 200 > 60 > top[2] and bottom[2] > 200 > 60 > bottom[0]


def test_colours_keep_their_profile_and_transparency_stays(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    with Image.open(copied(tmp_path, written("JPEG", {"icc_profile": profile, "exif": exif()}))) as shown:
        assert shown.info.get("icc_profile") == profile
    with Image.open(copied(tmp_path, written("PNG", {}, "RGBA"))) as shown:
        assert shown.mode == "RGBA"
    with Image.open(copied(tmp_path, written("JPEG", {}, "CMYK"))) as shown:
        assert shown.mode == "RGB"


def test_a_large_photo_is_shown_as_large_as_a_screen_needs(tmp_path: Path) -> None:
    with Image.open(copied(tmp_path, written("JPEG", {"exif": exif(6)}, size=(5200, 3000)))) as shown:
        assert shown.size[1] == pictures.LONGEST and shown.size[0] < shown.size[1]


@pytest.mark.parametrize(
    "content",
    [
        b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + b"x" * 200,
        b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01broken\xff\xd9",
        TALKATIVE["jpeg"][:-200],
        TALKATIVE["png"][: len(TALKATIVE["png"]) // 2],
        b"",
        b"%PDF-1.7",
        written("TIFF", {}),
    ],
    ids=["heic", "no picture", "cut off", "half", "empty", "document", "tiff"],
)
def test_what_cannot_be_rewritten_is_not_shown(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "original").write_bytes(content)
    assert not display_copy(tmp_path / "original", tmp_path / "copies" / "copy")
    assert not (tmp_path / "copies" / "copy").exists()
    assert not list(tmp_path.glob("copies/*")), "no half picture is left"


def test_a_picture_that_would_fill_the_memory_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MOST_PIXELS", 60 * 40 - 1)
    (tmp_path / "original").write_bytes(TALKATIVE["jpeg"])
    assert not display_copy(tmp_path / "original", tmp_path / "copy")
