"""Whatever a run writes beside its database: no word that people wrote, no phone number, no token, no code stands in it."""

from __future__ import annotations

import ast
import asyncio
import io
import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import insert

from bot import conversation
from bot.config import Settings, settings
from bot.errors import StoreDown
from bot.forms import tokens
from bot.logs import told, write_logs
from bot.store import people
from bot.store.tables import consent, inbox
from bot.turn import Turn
from handlers import tables
from tests.conversations.registering import registers
from tests.databases import ready_sqlite  # noqa: F401
from tests.devices.telegram import TOKEN
from tests.devices.zalo import TOKEN as ZALO_TOKEN
from tests.devices.zalo import ZaloPhone
from tests.talk import Speaker
from tests.world import ROOT, World, world

WORDS = "Quỳnh Hương Dạ Lan"
PHONE = "0912 345 678"
PHONES = ("0912345678", "0912 345 678", "0912.345.678", "+84912345678", "84 912 345 678", "0257-3822-345")
THEIRS = (f"{WORDS}.jpg", f"{PHONE}.exe")
SECRET = "bi-mat-cua-webhook-2024"


@pytest.fixture
def own() -> Settings:
    return settings(TELEGRAM_TOKEN=TOKEN, TELEGRAM_WEBHOOK_SECRET=SECRET, ZALO_TOKEN=ZALO_TOKEN, DATABASE_URL="")


@pytest.fixture
def log(own: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What `kheo run` would have written on stderr."""
    written, root = io.StringIO(), logging.getLogger()
    before, level = list(root.handlers), root.level
    monkeypatch.setattr(sys, "stderr", written)
    write_logs(own)
    yield written
    structlog.reset_defaults()
    logging.captureWarnings(False)
    root.handlers[:], root.level = before, level


def records(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


# -- one record ------------------------------------------------------------------------------------------------------


def test_an_exception_is_told_by_its_kind_and_place_and_not_by_its_words(log: io.StringIO) -> None:
    typed = WORDS
    try:
        int(typed)
    except ValueError:
        structlog.get_logger().exception("it broke", inbox=7)
    (record,) = records(log)
    assert record["event"] == "it broke" and record["inbox"] == 7
    assert record["exception"].endswith("ValueError")
    assert "test_logs.py" in record["exception"] and "int(typed)" in record["exception"]
    assert WORDS not in log.getvalue()


def test_its_causes_and_a_whole_group_are_told_in_the_same_way() -> None:
    try:
        try:
            raise KeyError(WORDS)
        except KeyError as first:
            raise ExceptionGroup(WORDS, [ValueError(WORDS), OSError(28, "No space left on device")]) from first
    except ExceptionGroup as group:
        said = told(group)
    assert WORDS not in said
    for kind in ("KeyError", "ExceptionGroup", "| ValueError", "[28] No space left on device"):
        assert kind in said
    assert said.index("KeyError") < said.index("ExceptionGroup")


def test_an_exception_that_is_its_own_cause_comes_to_an_end() -> None:
    first, second = ValueError(WORDS), KeyError(WORDS)
    first.__cause__, second.__cause__ = second, first
    assert WORDS not in told(first)


def test_what_the_administrator_has_to_know_is_said() -> None:
    assert told(StoreDown("The database did not take the work: disk full")).endswith("disk full")


def test_what_libraries_print_of_tasks_and_calls_is_cut(log: io.StringIO) -> None:
    async def breaks() -> None:
        task = asyncio.ensure_future(asyncio.sleep(0))
        await task
        loop = asyncio.get_running_loop()
        loop.call_soon(lambda words: 1 / 0, WORDS)
        failed = loop.create_future()
        failed.set_exception(ValueError(WORDS))
        del failed
        await asyncio.sleep(0.01)

    asyncio.run(breaks())
    found = records(log)
    assert [record["logger"] for record in found] == ["asyncio", "asyncio"]
    assert {"ZeroDivisionError", "ValueError"} == {r["exception"].splitlines()[-1] for r in found}
    assert WORDS not in log.getvalue()


@pytest.mark.parametrize("phone", PHONES)
def test_a_phone_number_is_struck_out_wherever_it_stands(log: io.StringIO, phone: str) -> None:
    structlog.get_logger().error(f"call {phone}", deep={"in": [phone]})
    logging.getLogger("a.library").warning("calling %s, please", phone)
    assert phone not in log.getvalue()
    assert log.getvalue().count("***") == 3


def test_moments_ids_and_digests_are_no_phone_numbers(log: io.StringIO) -> None:
    kept = {
        "moment": "2024-02-16T09:13:37.123456Z",
        "chat": 987654321012,
        "digest": "0912 3456 7890 abcd 0281 2345 6789",
        "sha256": "0912345678ab" * 5,
        "size": 912345678,
    }
    structlog.get_logger().error("kept", **kept)
    (record,) = records(log)
    assert {name: record[name] for name in kept} == kept


# -- what the program logs, as it is written ---------------------------------------------------------------------------

LEVELS = {"debug", "info", "warning", "error", "exception"}
PERSONAL = {
    "name",
    "text",
    "words",
    "phone",
    "chat",
    "token",
    "code",
    "message",
    "person",
    "speaker",
    "payload",
    "reply",
}
"""Names of fields that would hold what nobody may read there."""
OF_ONE = {"bot/conversation.py": "inbox", "bot/outbox.py": "outbox"}
"""Where turns and deliveries are worked off, and the number by which one of them is found again."""


def logged() -> Iterator[tuple[str, ast.Call]]:
    """Every record of ours that goes through structlog, with its file."""
    for package in ("bot", "handlers", "scheduler"):
        for path in sorted((ROOT / package).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            if "structlog.get_logger" not in text:
                continue
            for call in ast.walk(ast.parse(text)):
                if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
                    continue
                on = call.func.value
                if call.func.attr in LEVELS and isinstance(on, ast.Name) and on.id == "log":
                    yield str(path.relative_to(ROOT)), call


def test_events_have_stable_names_and_fields_that_hold_nothing_of_people() -> None:
    found = list(logged())
    assert len(found) > 30
    for file, call in found:
        where = f"{file}:{call.lineno}"
        assert len(call.args) == 1, where
        assert isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str), (
            f"{where}: no fixed words"
        )
        assert not {keyword.arg for keyword in call.keywords} & PERSONAL, where


def test_what_breaks_over_one_turn_or_one_delivery_says_over_which() -> None:
    for file, call in logged():
        fields = {keyword.arg for keyword in call.keywords}
        assert isinstance(call.func, ast.Attribute)
        if file in OF_ONE and call.func.attr in ("error", "exception"):
            assert fields & {OF_ONE[file], "update", "count"}, f"{file}:{call.lineno}"


# -- a whole run -----------------------------------------------------------------------------------------------------


async def test_nothing_that_was_said_stands_in_anything_that_a_run_writes(
    tmp_path: Path,
    ready_sqlite: Path,  # noqa: F811
    log: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    codes: list[str] = []
    make_code = people.make_code

    def noted(*given: Any, **named: Any) -> str:
        codes.append(make_code(*given, **named))
        return codes[-1]

    monkeypatch.setattr(people, "make_code", noted)
    monkeypatch.setattr(conversation, "ATTEMPTS", 2)
    monkeypatch.setitem(tables.COMMANDS, "han", _breaks_over_words)
    monkeypatch.setitem(tables.COMMANDS, "diem", _breaks_in_the_database)
    folder = tmp_path / "kheo"
    places = {"telegram": "van-hung", "web": "van-thang", "terminal": "van-binh", "zalo": "van-luong"}
    async with world(folder, "telegram", ready=ready_sqlite, with_zalo=True) as here:
        for channel, unit in places.items():
            speaker = await here.person(f"{WORDS} {channel}", f"van-ninh.{unit}", channel=channel)
            await _lives(here, speaker)
        await _stranger(here)
        await _poison(here)
        here.fake.fail("sendMessage", 400, f"Bad Request: {WORDS}", times=2)
        await here.speakers[0].says("/viec")
        await here.quiet()
        here.zalo.fail("sendMessage", 400, f"Bad Request: {WORDS} {ZALO_TOKEN}", times=2)
        here.zalo.photo_status = 404
        await here.speakers[3].says(f"/viec {WORDS}")
        await here.speakers[3].sends_photo(f"{WORDS}.jpg", WORDS)
        here.zalo.push({"event_name": "message.text.received", "message": {"text": WORDS, "message_id": WORDS}})
        here.zalo.push({"event_name": WORDS, "text": PHONE})
        await here.quiet()
        here.fake.fail("sendMessage", 500, f"Internal: {WORDS}", times=2)
        await here.speakers[0].says("/viec").hears("Việc của tôi")
        await here.it_is(2024, 2, 6)
        await here.quiet()
    said = log.getvalue()
    events = {record["event"] for record in records(log)}
    assert {"a turn broke", "update cannot be read", "the platform refuses a message"} <= events, events
    forbidden = [*WORDS.split(), "Quỳnh", PHONE, PHONE.replace(" ", ""), TOKEN, TOKEN.partition(":")[2], SECRET, *codes]
    forbidden += [ZALO_TOKEN, ZALO_TOKEN.partition(":")[2]]
    assert len(codes) == 4
    for hidden in forbidden:
        assert hidden not in said, next(line for line in said.splitlines() if hidden in line)
    looked_at = [file for file in folder.rglob("*") if file.is_file() and _written_by_us(folder, file)]
    assert looked_at
    for file in looked_at:
        for hidden in forbidden:
            assert hidden not in str(file)
            assert "evidence" in file.parts or hidden.encode() not in file.read_bytes(), file


def _written_by_us(folder: Path, file: Path) -> bool:
    """Not the database itself; and not what lies on the disk of whoever sits at the terminal: what they send and get."""
    on_their_disk = "papers" in file.parts or (file.parent == folder and file.name in THEIRS)
    return not file.name.startswith("kheo.db") and not on_their_disk


def _breaks_over_words(turn: Turn, asked: Any) -> Any:
    raise ValueError(f"{asked.text} {turn.person}")


def _breaks_in_the_database(turn: Turn, asked: Any) -> Any:
    words = f"{asked.text} {WORDS} {PHONE}"
    turn.tx.execute(insert(consent).values(person_id=None, version=words, given=True, at=turn.now))


async def _lives(here: World, speaker: Speaker) -> None:
    """A day of an official: a registration, evidence, corrections, things that break."""
    await registers(speaker, f"Mô hình {WORDS}")
    await speaker.says(f"gọi tôi số {PHONE} nhé, {WORDS}")
    await speaker.says("/tucham").hears("Tiêu chí 01")
    await speaker.sends_photo(f"{WORDS}.jpg", f"{WORDS} {PHONE}").hears("Đã nhận")
    on_zalo = isinstance(speaker.device, ZaloPhone)
    if not on_zalo:
        await speaker.sends_document(f"{PHONE}.exe", b"MZ" + WORDS.encode(), WORDS).hears("Không nhận")
    await speaker.says(f"/han {WORDS} {PHONE}").hears("gặp lỗi")
    await speaker.says(f"/diem {WORDS}").hears("gặp lỗi")
    await speaker.says(f"/{WORDS} {PHONE}").hears("Không có lệnh")
    if speaker.device is not here.seat and not on_zalo:
        await speaker.forges(tokens.command("mo", "d999999"))
        await speaker.forges(f"{WORDS}:{PHONE}")
    await speaker.says("/dulieu").hears("Dữ liệu Khéo lưu")


async def _stranger(here: World) -> None:
    nobody = await here.stranger(f"Người lạ {WORDS}", channel="web")
    await nobody.says(f"{WORDS} {PHONE}").hears("mã dùng một lần")
    await nobody.opens("ABCD2345").hears("Mã không hợp lệ")


async def _poison(here: World) -> None:
    """Updates that cannot be read, with words in the wrong places."""
    web = here.app.channels["web"]
    await here.app.conversation.receive(web, f"poison-{PHONE}"[:40], {"kind": WORDS, "chat": [WORDS, PHONE]})
    await here.app.conversation.receive(web, "poison-00000002", {WORDS: PHONE, "chat": int("1" * 80)})
    here.fake.push(message={"text": WORDS, "chat": WORDS, "from": {"id": PHONE}})
    for _ in range(200):
        states = await here.app.store.read(lambda tx: tx.execute(inbox.select()).all())
        if sum(row.state == "poison" for row in states) >= 2:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("nothing was set aside")
