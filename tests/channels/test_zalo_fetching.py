"""How photos come home: from Zalo's hosts at once, from nowhere inside, and never more than is taken."""

from __future__ import annotations

import asyncio
import hashlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp.resolver import ThreadedResolver
from structlog.testing import capture_logs

from bot.channels.zalo.fetching import Photos, is_public
from bot.chat import File
from bot.store.files import EvidenceFolder
from tests.devices.zalo import FakeZalo
from tests.talk import photo

LIMIT = 200_000


@pytest.fixture
async def fake() -> AsyncIterator[FakeZalo]:
    async with FakeZalo() as fake:
        yield fake


@pytest.fixture
async def photos(fake: FakeZalo) -> AsyncIterator[Photos]:
    photos = Photos((fake.photo_hosts,), first_wait=0.01)
    yield photos
    await photos.close()


@pytest.fixture
def keeper(tmp_path: Path) -> EvidenceFolder:
    return EvidenceFolder(tmp_path / "evidence", LIMIT)


def kept(keeper: EvidenceFolder) -> list[Path]:
    return [path for path in keeper.root.rglob("*") if path.is_file()] if keeper.root.exists() else []


def sent(fake: FakeZalo, content: bytes = b"", name: str = "a.jpg") -> File:
    return File(fake.keep_photo(name, content or photo(name)), "photo")


async def test_a_photo_comes_home_as_it_was_sent(fake: FakeZalo, photos: Photos, keeper: EvidenceFolder) -> None:
    for name, media in (("a.jpg", "image/jpeg"), ("b.png", "image/png")):
        found = await photos.fetch(sent(fake, name=name), keeper)
        assert (found.problem, found.media, found.size) == ("", media, len(photo(name)))
        assert found.sha256 == hashlib.sha256(photo(name)).hexdigest()
        assert keeper.path(found.sha256).read_bytes() == photo(name)


@pytest.mark.parametrize("status", [403, 404, 410])
async def test_a_link_that_has_expired_is_not_asked_again(
    fake: FakeZalo, photos: Photos, keeper: EvidenceFolder, status: int
) -> None:
    fake.photo_status = status
    found = await photos.fetch(sent(fake), keeper)
    assert (found.problem, found.sha256) == ("unreachable", "")
    assert len(fake.photo_calls) == 1 and not kept(keeper)


async def test_a_page_in_the_place_of_the_picture_is_none(
    fake: FakeZalo, photos: Photos, keeper: EvidenceFolder
) -> None:
    fake.photo_html = True
    assert (await photos.fetch(sent(fake), keeper)).problem == "unreachable"
    fake.photo_html = False
    disguised = sent(fake, b"\xef\xbb\xbf \n<!doctype html><title>expired</title>")
    assert (await photos.fetch(disguised, keeper)).problem == "unreachable"
    assert not kept(keeper)


async def test_what_is_too_large_is_not_taken_whatever_it_says_of_itself(
    fake: FakeZalo, photos: Photos, keeper: EvidenceFolder
) -> None:
    assert (await photos.fetch(sent(fake, b"\xff\xd8\xff" + b"x" * LIMIT), keeper)).problem == "too_large"
    fake.photo_bytes = 5 * LIMIT  # chunked: no length is told
    assert (await photos.fetch(sent(fake), keeper)).problem == "too_large"
    assert not kept(keeper)


async def test_a_download_that_breaks_off_is_tried_again(
    fake: FakeZalo, photos: Photos, keeper: EvidenceFolder
) -> None:
    fake.photo_cuts = 2
    found = await photos.fetch(sent(fake, b"\xff\xd8\xff" + b"x" * 100_000), keeper)
    assert found.problem == "" and found.size == 100_003
    fake.photo_cuts = 3
    assert (await photos.fetch(sent(fake, b"\xff\xd8\xff" + b"y" * 100_000), keeper)).problem == "unreachable"
    assert len(kept(keeper)) == 1


async def test_a_host_that_is_away_is_tried_again_and_then_given_up(
    fake: FakeZalo, photos: Photos, keeper: EvidenceFolder
) -> None:
    fake.photo_status = 503
    assert (await photos.fetch(sent(fake), keeper)).problem == "unreachable"
    assert len(fake.photo_calls) == 3
    await fake.go_away()
    assert (await photos.fetch(sent(fake), keeper)).problem == "unreachable"


async def test_a_slow_photo_is_waited_for_and_a_silent_one_is_not(
    fake: FakeZalo, photos: Photos, keeper: EvidenceFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.photo_pause = 0.05
    assert (await photos.fetch(sent(fake), keeper)).problem == ""
    monkeypatch.setattr("bot.channels.zalo.fetching.SILENT_SECONDS", 0.05)
    fake.photo_pause = 1.0
    impatient = Photos((fake.photo_hosts,), first_wait=0.01)
    async with asyncio.timeout(3):
        assert (await impatient.fetch(sent(fake), keeper)).problem == "unreachable"
    await impatient.close()


async def test_a_redirect_is_followed_a_few_times(fake: FakeZalo, photos: Photos, keeper: EvidenceFolder) -> None:
    file = sent(fake)
    fake.photo_redirect, fake.photo_redirects = file.source, 3
    assert (await photos.fetch(file, keeper)).problem == ""
    fake.photo_redirect, fake.photo_redirects = file.source.removeprefix(fake.url), 1
    assert (await photos.fetch(file, keeper)).problem == "", "also to a path of the same host"
    fake.photo_calls.clear()
    fake.photo_redirect, fake.photo_redirects = file.source, 0
    assert (await photos.fetch(file, keeper)).problem == "unreachable"
    assert len(fake.photo_calls) == 4


INSIDE = [
    "http://127.0.0.1:{other}/photo/x",
    "http://localhost:{port}/photo/x",
    "https://localhost/photo/x",
    "http://169.254.169.254/latest/meta-data/",
    "https://169.254.169.254/",
    "https://10.0.0.1/a.jpg",
    "https://[::1]/a.jpg",
    "https://[::ffff:127.0.0.1]/a.jpg",
    "https://2130706433/a.jpg",
    "https://0x7f.1/a.jpg",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/",
    "https://photo-stal-1.zdn.vn.example.com/a.jpg",
    "https://zdn.vn@127.0.0.1/a.jpg",
    "https://evilzdn.vn/a.jpg",
    "http://photo-stal-1.zdn.vn/a.jpg",
    "https://photo-stal-1.zdn.vn:8443/a.jpg",
    "https://user:word@photo-stal-1.zdn.vn/a.jpg",
    "//169.254.169.254/a.jpg",
    "https://[::bad/a.jpg",
    "",
]


@pytest.mark.parametrize("where", INSIDE)
async def test_no_address_leads_elsewhere(fake: FakeZalo, photos: Photos, keeper: EvidenceFolder, where: str) -> None:
    where = where.format(port=fake.url.rpartition(":")[2], other=9)
    with capture_logs() as logs:
        assert (await photos.fetch(File(where, "photo"), keeper)).problem == "unreachable"
    assert any("not fetched" in entry["event"] for entry in logs), logs
    assert not fake.photo_calls
    if where:
        fake.photo_redirect = where
        with capture_logs() as logs:
            assert (await photos.fetch(sent(fake), keeper)).problem == "unreachable"
        assert len(fake.photo_calls) == 1, "the redirect was looked at before anything was asked"
    assert not kept(keeper)


@pytest.mark.parametrize("leads_to", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "100.64.0.1", "::1", "fd00::1"])
async def test_a_name_of_zalo_that_leads_inside_is_not_connected_to(
    photos: Photos, keeper: EvidenceFolder, monkeypatch: pytest.MonkeyPatch, leads_to: str
) -> None:
    async def resolve(self: Any, host: str, port: int = 0, family: int = 0) -> list[dict[str, Any]]:
        kind = socket.AF_INET6 if ":" in leads_to else socket.AF_INET
        public = {"hostname": host, "host": "1.1.1.1", "port": port, "family": socket.AF_INET, "proto": 0, "flags": 0}
        return [public, public | {"host": leads_to, "family": kind}]

    monkeypatch.setattr(ThreadedResolver, "resolve", resolve)
    with capture_logs() as logs:
        found = await photos.fetch(File("https://photo-stal-1.zdn.vn/a.jpg", "photo"), keeper)
    assert found.problem == "unreachable"
    assert [entry["host"] for entry in logs] == ["photo-stal-1.zdn.vn"]
    assert "inside" in logs[0]["why"]


async def test_an_extra_host_is_meant_to_the_letter(fake: FakeZalo, keeper: EvidenceFolder) -> None:
    port = fake.url.rpartition(":")[2]
    for extra, problem in (("127.0.0.1", ""), (f"127.0.0.1:{port}", ""), ("127.0.0.1:9", "unreachable")):
        photos = Photos((extra,), first_wait=0.01)
        assert (await photos.fetch(sent(fake), keeper)).problem == problem, extra
        await photos.close()
    nobody = Photos(first_wait=0.01)
    assert (await nobody.fetch(sent(fake), keeper)).problem == "unreachable"
    await nobody.close()


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("1.1.1.1", True),
        ("2606:4700::1111", True),
        ("127.0.0.1", False),
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:1.1.1.1", True),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("photo-stal-1.zdn.vn", False),
    ],
)
def test_which_addresses_are_of_the_open_internet(address: str, public: bool) -> None:
    assert is_public(address) is public
