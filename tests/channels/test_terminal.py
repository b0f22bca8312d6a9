"""The terminal takes lines and paths of files, and shows every reply as plain text."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from bot.channels.terminal import channel as terminal_channel
from bot.channels.terminal.channel import Terminal
from bot.chat import Address, Attachment, Channel, Choice, File, Incoming, Reply, Said, Sent, Started
from bot.errors import StoreDown


class Drawer:
    """Keeps what it is given in memory."""

    limit = 1_000_000

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    async def keep(self, chunks: AsyncIterable[bytes], file: File) -> File:
        content = b"".join([chunk async for chunk in chunks])
        digest = sha256(content).hexdigest()
        self.kept[digest] = content
        return replace(file, sha256=digest, size=len(content))

    def path(self, sha256: str) -> Path:
        raise KeyError(sha256)

    def shown(self, sha256: str) -> Path | None:
        return self.path(sha256)


def terminal(*lines: str) -> tuple[Terminal, list[str]]:
    waiting: list[str | None] = [*lines, None]
    shown: list[str] = []

    async def next_line() -> str | None:
        return waiting.pop(0)

    return Terminal(next_line, shown.append), shown


async def heard(*lines: str) -> list[Incoming | None]:
    """What the lines mean, in order, after they have been stored as updates."""
    channel, _ = terminal(*lines)
    updates: list[tuple[str, dict[str, Any]]] = []

    async def receive(_: Channel, update: str, payload: dict[str, Any]) -> None:
        updates.append((update, payload))

    await channel.run(receive)
    assert len({update for update, _ in updates}) == len(lines)
    return [channel.read(payload) for _, payload in updates]


def same(file: File, path: Path) -> bool:
    return Path(file.source).samefile(path)


async def one(line: str) -> Incoming | None:
    (incoming,) = await heard(line)
    return incoming


async def test_lines_are_said_in_order_until_there_are_no_more() -> None:
    said = await heard("điểm xã Vạn Hưng", "13 rưỡi", "")
    assert [incoming.text for incoming in said if isinstance(incoming, Said)] == ["điểm xã Vạn Hưng", "13 rưỡi", ""]


async def test_who_sits_there_is_a_person_in_private() -> None:
    incoming = await one("chào")
    assert incoming is not None
    assert incoming.origin.at == incoming.origin.who == Address("terminal", "me")
    assert incoming.origin.private
    assert incoming.origin.addressed


@pytest.mark.parametrize(("line", "code"), [("/start LAN-7", "LAN-7"), ("/start", ""), ("/start  ", "")])
async def test_a_code_starts(line: str, code: str) -> None:
    incoming = await one(line)
    assert isinstance(incoming, Started)
    assert incoming.code == code


async def test_a_path_sends_the_file(tmp_path: Path) -> None:
    photo = tmp_path / "hộp dân.JPG"
    photo.write_bytes(b"\xff\xd8 photo")
    incoming = await one(str(photo))
    assert isinstance(incoming, Sent)
    assert [(f.kind, f.name) for f in incoming.files] == [("photo", "hộp dân.JPG")]
    assert (incoming.caption, incoming.album) == ("", "")


async def test_a_caption_and_an_album(tmp_path: Path) -> None:
    for name in ("a.png", "b.pdf"):
        (tmp_path / name).write_bytes(b"x")
    incoming = await one(f"{tmp_path}/a.png + {tmp_path}/b.pdf | tc1 14 45 hộ dự họp")
    assert isinstance(incoming, Sent)
    assert [f.kind for f in incoming.files] == ["photo", "document"]
    assert incoming.caption == "tc1 14 45 hộ dự họp"
    assert incoming.album


async def test_near_and_home_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.txt").write_text("a")
    monkeypatch.chdir(tmp_path / "sub")
    monkeypatch.setenv("HOME", str(tmp_path))
    for line in ("../a.txt", "~/a.txt"):
        incoming = await one(line)
        assert isinstance(incoming, Sent), line
        assert same(incoming.files[0], tmp_path / "a.txt")


@pytest.mark.parametrize(
    "line", ["/diem Vạn Hưng", "/khong/co/tep.jpg", "./", "a.jpg", "/" + "x" * 5000, "/a\x00b", "14 + 15"]
)
async def test_what_is_no_file_is_said(line: str) -> None:
    incoming = await one(line)
    assert isinstance(incoming, Said)
    assert incoming.text == line


async def test_the_bytes_come_home_unchanged(tmp_path: Path) -> None:
    content = bytes(range(256)) * 1000
    (tmp_path / "danh-sach.pdf").write_bytes(content)
    channel, _ = terminal()
    drawer = Drawer()
    got = await channel.fetch(File(str(tmp_path / "danh-sach.pdf"), "document"), drawer)
    assert drawer.kept[got.sha256] == content


async def test_a_file_that_is_gone_has_a_problem(tmp_path: Path) -> None:
    channel, _ = terminal()
    got = await channel.fetch(File(str(tmp_path / "mất.pdf"), "document", "mất.pdf"), Drawer())
    assert (got.problem, got.sha256) == ("unreachable", "")


async def test_what_stands_aside_of_an_open_question_has_no_numbers() -> None:
    channel, shown = terminal()
    choices = ((Choice("Đã nhận", "c:nhac:seen"), Choice("Nhắc lại sau", "c:nhac:later")),)
    await channel.send(Address("terminal", "me"), Reply("Còn 1 ngày", choices=choices, aside=True))
    assert shown == ["Còn 1 ngày\n• Đã nhận\n• Nhắc lại sau"]
    again = Reply.from_json(Reply("x", choices=choices, aside=True, pin="pin").as_json())
    assert (again.aside, again.pin) == (True, "pin")


async def test_options_become_a_numbered_list_and_edits_are_not_shown() -> None:
    channel, shown = terminal()
    me = Address("terminal", "me")
    choices = ((Choice("Tập thể", "1:a"), Choice("Cá nhân", "1:b")),)
    first = await channel.send(me, Reply("Đăng ký cho ai?", "Đăng ký", choices))
    second = await channel.send(me, Reply("Bao nhiêu điểm?", choices=choices, lettered=True))
    assert await channel.send(me, Reply("Đã xong", edits=first)) == first
    assert first != second
    assert shown == ["Đăng ký\nĐăng ký cho ai?\n1. Tập thể\n2. Cá nhân", "Bao nhiêu điểm?\na. Tập thể\nb. Cá nhân"]


async def test_a_line_is_kept_until_the_store_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal_channel, "STORE_WAIT", 0.0)
    channel, _ = terminal("tc1 14", "tc2 15")
    stored: list[tuple[str, str]] = []
    refusals = 2

    async def receive(_: Channel, update: str, payload: dict[str, Any]) -> None:
        nonlocal refusals
        if refusals:
            refusals -= 1
            raise StoreDown("the disk is full")
        stored.append((update, payload["text"]))

    await asyncio.wait_for(channel.run(receive), 5)
    assert [text for _, text in stored] == ["tc1 14", "tc2 15"]


def test_it_is_a_channel() -> None:
    channel: Channel = terminal()[0]
    assert (channel.name, channel.account) == ("terminal", "terminal")


async def test_a_paper_is_written_into_the_folder_and_its_path_is_told(tmp_path: Path) -> None:
    shown: list[str] = []

    async def nothing() -> None:
        return None

    channel = Terminal(nothing, shown.append, folder=tmp_path / "papers")
    me = Address("terminal", "me")
    paper = Attachment("ban-dang-ky.docx", "application/x-test", "registration:1", content=b"one")
    await channel.send(me, Reply("Bản đăng ký", choices=((Choice("In lại", "c:banin"),),), attachment=paper))
    text, path, option = shown[0].split("\n")
    assert (text, option) == ("Bản đăng ký", "1. In lại")
    assert Path(path).name == "ban-dang-ky.docx"
    await channel.send(me, Reply("", attachment=paper))
    assert shown[1] == path, "the same paper lies there already"
    await channel.send(me, Reply("", attachment=replace(paper, content=b"two")))
    assert shown[2] != path, "another one of that name does not replace it"
    assert {file.name: file.read_bytes() for file in (tmp_path / "papers").iterdir()} == {
        Path(path).name: b"one",
        Path(shown[2]).name: b"two",
    }
