"""A photo is shown without place, time and camera; what was sent stays, to the bit, under its digest."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest
from PIL import Image

from tests.talk import Speaker
from tests.test_pictures import CAMERA, PLACE, TALKATIVE
from tests.world import ROOT, World, world

pytestmark = pytest.mark.parametrize("channel", ["web"], indirect=True)
PHOTO = TALKATIVE["jpeg"]


def van_ninh(folder: Path, stripped: bool) -> Path:
    """The plan with the setting in its file."""
    text = (ROOT / "plans" / "van-ninh.yaml").read_text(encoding="utf-8")
    file = folder / "van-ninh.yaml"
    file.write_text(f"{text}\nprivacy: {{strip_photo_metadata: {str(stripped).lower()}}}\n", encoding="utf-8")
    return file


async def sent(lan: Speaker, content: bytes, name: str = "hop-dan.jpg") -> tuple[int, bytes]:
    """What the page gets when it shows the photo that was just sent."""
    await lan.says("/dangky").hears("tập thể hay cá nhân")
    await lan.sends_photo(name, data=content)
    await lan.hears("ập thể")
    sha256 = hashlib.sha256(content).hexdigest()
    status, _, shown = await lan.device.download(f"/chat/file/{sha256}")
    return status, shown


async def test_the_page_shows_the_copy_and_the_original_stays_sealed(here: World, lan: Speaker) -> None:
    status, shown = await sent(lan, PHOTO)
    assert status == 200
    assert CAMERA.encode() in PHOTO and CAMERA.encode() not in shown and PLACE.encode() not in shown
    with Image.open(io.BytesIO(shown)) as picture:
        assert picture.size == (60, 40)
    kept = here.app.keeper.path(hashlib.sha256(PHOTO).hexdigest())
    assert kept.read_bytes() == PHOTO


async def test_a_photo_without_a_possible_copy_is_not_shown_and_that_is_said(here: World, lan: Speaker) -> None:
    status, said = await sent(lan, b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + CAMERA.encode() + b"\xff\xd9")
    assert status == 415
    assert CAMERA.encode() not in said and "không hiển thị" in said.decode()


@pytest.mark.parametrize(("told", "stripped"), [(False, False), (True, True)])
async def test_a_plan_may_want_it_shown(tmp_path: Path, channel: str, told: bool, stripped: bool) -> None:
    async with world(tmp_path / "kheo", channel, plans=[van_ninh(tmp_path, told)]) as here:
        status, shown = await sent(await here.person("Lan"), PHOTO)
        assert status == 200
        assert (CAMERA.encode() in shown) is not stripped


async def test_one_plan_that_wants_nothing_shown_is_enough(tmp_path: Path, channel: str) -> None:
    loud = van_ninh(tmp_path, False)
    async with world(tmp_path / "kheo", channel, plans=[loud, "ninh-thuan"], seasons=[("van-ninh", 2024)]) as here:
        now = here.app.clock.now()
        assert not here.app.office.bare_photos(now)
    async with world(tmp_path / "two", channel, plans=[loud, ROOT / "tests/plans/small/people.yaml"]) as here:
        assert here.app.office.bare_photos(here.app.clock.now())
