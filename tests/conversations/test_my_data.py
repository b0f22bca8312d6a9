"""/dulieu shows and hands out what is held on the one who asks, and on nobody else; /xoadulieu erases what may go."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select, update

from bot.rules.access import OFFICER, STANDING_OFFICE
from bot.store import people
from bot.store.held import NAMELESS
from bot.store.outbox import Message
from bot.store.tables import (
    address,
    audit,
    consent,
    draft,
    draft_event,
    metadata,
    outbox,
    person,
    role,
    submission,
    unwanted,
)
from handlers import mydata
from tests.conversations.registering import registers
from tests.devices.browser import Browser
from tests.devices.telegram import TelegramPhone
from tests.devices.zalo import LINK, ZaloPhone
from tests.talk import Speaker, in_group
from tests.world import World, agreed

ON_PHONES = pytest.mark.parametrize("channel", ["telegram", "zalo"], indirect=True)
BOTH = pytest.mark.parametrize("channel", ["telegram", "web", "zalo"], indirect=True)
PATH = re.compile(r"^/\S+\.zip$", re.MULTILINE)
WORDS = "Bếp ăn tình thương thôn Xuân Cam"


async def rows(here: World, table: Any, *where: Any) -> list[Any]:
    return list(await here.app.store.read(lambda tx: tx.execute(select(table).where(*where)).all()))


async def begun(speaker: Speaker, name: str = WORDS) -> None:
    """A registration that is not handed in."""
    await speaker.says("/dangky").hears("tập thể hay cá nhân")
    await speaker.says("Tập thể").hears("tên điển hình")
    await speaker.says(name).hears("nào thực hiện")


async def archive(speaker: Speaker) -> bytes:
    """The archive that came since the speaker's last act, as their device opens it."""
    for heard in speaker.device.heard[speaker._mark :]:
        if isinstance(speaker.device, TelegramPhone):
            found = [content for _, content in heard.files]
        elif isinstance(speaker.device, Browser):
            found = [(await speaker.device.download(link))[2] for link in heard.links]
        elif isinstance(speaker.device, ZaloPhone):
            found = [(await speaker.device.download(link))[1] for link in LINK.findall(heard.text)]
        else:
            found = [Path(path).read_bytes() for path in PATH.findall(heard.text)]  # noqa: ASYNC240
        if found:
            return found[0]
    raise AssertionError("no archive came")


def opened(archive: bytes) -> tuple[dict[str, Any], str]:
    """The JSON, and every cell of the workbook in one text."""
    with zipfile.ZipFile(io.BytesIO(archive)) as packed:
        assert packed.namelist() == ["du-lieu.xlsx", "du-lieu.json"]
        plain = json.loads(packed.read("du-lieu.json"))
        book = load_workbook(io.BytesIO(packed.read("du-lieu.xlsx")))
    cells = [
        str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None
    ]
    return plain, "\n".join(cells)


async def erases(speaker: Speaker) -> str:
    await speaker.says("/xoadulieu").hears("không hoàn lại được", "Xóa", "Giữ nguyên")
    return await speaker.picks("Xóa").hears("Đã xóa:", "không còn biết đồng chí")


# -- seen and handed out ---------------------------------------------------------------------------------------------


async def test_everything_held_is_shown_and_handed_out(here: World, lan: Speaker) -> None:
    await registers(lan)
    await lan.says("/tucham").hears("Tiêu chí 01")
    await lan.sends_photo("hop-dan.jpg").hears("Đã nhận")
    heard = await lan.says("/dulieu").hears(
        "Dữ liệu Khéo lưu về đồng chí",
        "Họ tên: Lan",
        "xã Vạn Hưng",
        "Chưa nộp: bảng tự chấm",
        "Đã nộp, theo số: 00001/2024",
        "Tệp đồng chí đã gửi làm câu trả lời: 1",
        "2 ngày làm việc",
    )
    assert "Đồng ý: " in heard
    plain, cells = opened(await archive(lan))
    assert plain["person"]["name"] == "Lan"
    assert [(r["function"], r["unit"]) for r in plain["roles"]] == [("officer", "van-ninh.van-hung")]
    assert [a["channel"].partition(":")[0] for a in plain["addresses"]] == [here.channel]
    assert [p["number"] for p in plain["handed_in"]] == ["00001/2024"]
    assert [f["name"] for f in plain["files"]] in (["hop-dan.jpg"], [""])
    (event,) = [e for e in await rows(here, draft_event) if e.op == "add"]
    assert plain["files"][0]["sha256"] == event.value["sha256"]
    assert [c["given"] for c in plain["consents"]] == [True]
    mentions = await rows(
        here, audit, (audit.c.person == lan.person_id) | (audit.c.object == f"person:{lan.person_id}")
    )
    mentions = [row for row in mentions if row.action != "link.used"]  # what was fetched by a link was made before that
    assert plain["rows_of_the_trace"] == len(mentions) > 0
    assert "00001/2024" in cells and "xã Vạn Hưng" in cells


@ON_PHONES
async def test_nobody_elses_data_are_in_it(here: World, lan: Speaker) -> None:
    hung = await here.person("Hùng Lê Thắng Lợi", "van-ninh.van-thang")
    await begun(hung, "Mô hình của riêng Hùng")
    together = await here.person("Mai Thị Đồng Nghiệp")
    await registers(lan)
    await together.says("/dulieu").hears("Mai Thị Đồng Nghiệp")
    await lan.says("/dulieu").hears("Dữ liệu Khéo lưu về đồng chí")
    archived = await archive(lan)
    plain, cells = opened(archived)
    for foreign in ("Hùng", "Mai Thị", str(hung.device.user_id), str(together.device.user_id), "Vạn Thắng"):
        assert foreign not in cells
        assert foreign not in json.dumps(plain, ensure_ascii=False)
    assert str(lan.device.user_id) in cells


@ON_PHONES
async def test_an_archive_goes_to_whom_it_is_about_and_to_nobody_else(here: World, lan: Speaker) -> None:
    hung = await here.person("Hùng", "van-ninh.van-thang")
    (lans,) = await rows(here, address, address.c.person_id == lan.person_id)
    (hungs,) = await rows(here, address, address.c.person_id == hung.person_id)
    office, clock = here.app.office, here.app.clock

    def ask(tx: Any, at: Any) -> bytes:
        message = Message(0, at.id, "telegram", at.chat, "", "reply", 0, "", {}, 0, True)
        return mydata.archive(office, clock, tx, message, lan.person_id)()

    assert await here.app.store.read(lambda tx: ask(tx, lans))
    with pytest.raises(LookupError):
        await here.app.store.read(lambda tx: ask(tx, hungs))


async def test_a_stranger_has_nothing_to_see_or_to_erase(here: World) -> None:
    nobody = await here.stranger("Ai Đó")
    for command in ("/dulieu", "/xoadulieu"):
        await nobody.says(command).hears("Khéo là máy trả lời tự động", never="Dữ liệu Khéo lưu")


@ON_PHONES
async def test_in_a_group_neither_is_answered(here: World) -> None:
    lan = await here.person("Lan", group=-100500)
    grouped = in_group(lan)
    await grouped.says(f"/lienket {await here.group_code()}").hears("huyện Vạn Ninh")
    for command in ("/dulieu", "/xoadulieu"):
        await grouped.says(command).hears("nhắn riêng", never="Họ tên")


# -- erased ----------------------------------------------------------------------------------------------------------


async def test_it_is_asked_once_more_and_only_the_button_erases(here: World, lan: Speaker) -> None:
    await lan.says("/xoadulieu chac").hears("không hoàn lại được")
    await lan.picks("Giữ nguyên").hears("Chưa xóa gì")
    await lan.says("/viec").hears("đăng ký")
    (row,) = await rows(here, person)
    assert row.erased_at is None


async def test_what_may_go_goes_and_afterwards_one_is_a_stranger(here: World, lan: Speaker) -> None:
    await begun(lan)
    (before,) = await rows(here, address, address.c.person_id == lan.person_id)
    await erases(lan)
    await here.quiet()
    (row,) = await rows(here, person)
    assert row.name == NAMELESS and row.erased_at is not None
    assert await rows(here, address, address.c.person_id == lan.person_id) == []
    (old,) = await rows(here, address, address.c.id == before.id)
    assert (old.chat, old.name, old.language, old.focus, old.state) == (f"erased-{before.id}", "", "", {}, "gone")
    assert await rows(here, draft_event) == []
    assert [one.state for one in await rows(here, draft)] == ["cancelled"]
    (held,) = await rows(here, role)
    assert held.valid_to < here.app.clock.now().date()
    assert all(one.payload == {} for one in await rows(here, outbox, outbox.c.address_id == before.id))
    await lan.says("/viec").hears("Khéo là máy trả lời tự động")
    await lan.says("/dangky").hears("mã dùng một lần")


@BOTH
async def test_no_word_number_or_name_of_theirs_is_left_in_any_table(here: World) -> None:
    """Everything in the database, but what came after: the chat id of the stranger that they are now."""
    lan = await here.person("Lan Thị Tìm Kiếm")
    await begun(lan)
    chat = (await rows(here, address, address.c.person_id == lan.person_id))[0].chat
    await erases(lan)
    await here.quiet()
    fresh = [one for one in await rows(here, address) if one.chat == chat]
    assert [(one.person_id, one.name) for one in fresh] == [(None, "")]
    for table in metadata.sorted_tables:
        for row in await rows(here, table):
            if table.name in ("address", "web_message", "inbox") and chat in str(row):
                after = table.name != "address" or row.id == fresh[0].id
                assert after and "Xuân Cam" not in str(row) and "Tìm Kiếm" not in str(row)
                continue
            for gone in (WORDS, "Tìm Kiếm", chat):
                assert gone not in str(row), table.name


async def test_what_was_handed_in_stays_with_its_name_and_that_is_said(here: World, lan: Speaker) -> None:
    await registers(lan)
    await lan.says("/xoadulieu").hears("Pháp luật buộc giữ", "00001/2024", "chưa đặt thời hạn", "Nhật ký", "sao lưu")
    await lan.picks("Xóa").hears("Đã xóa:")
    (paper,) = await rows(here, submission)
    (row,) = await rows(here, person)
    assert (paper.person_id, row.name) == (lan.person_id, "Lan")
    assert paper.answers and await rows(here, draft_event)


@ON_PHONES
async def test_what_colleagues_have_a_share_in_stays_with_the_unit(here: World, lan: Speaker) -> None:
    mai = await here.person("Mai")
    await begun(lan)
    await mai.says("/viec").hears("Bản đăng ký")
    (one,) = await rows(here, draft)
    await mai.says(f"/mo d{one.id}").hears("nào thực hiện")
    await mai.says("Chi hội Phụ nữ thôn Xuân Tự").hears("lĩnh vực")
    before = len(await rows(here, draft_event))
    await lan.says("/xoadulieu").hears("1 biểu mẫu có đồng nghiệp cùng nhập")
    await lan.picks("Xóa").hears("Đã xóa:")
    assert len(await rows(here, draft_event)) == before
    await mai.says("/viec").hears("Bản đăng ký")


@ON_PHONES
async def test_what_was_left_to_the_unit_with_the_function_stays_with_it(here: World, lan: Speaker) -> None:
    await begun(lan)
    before = len(await rows(here, draft_event))
    ended = date(2024, 2, 4)
    await here.app.store.write(
        lambda tx: tx.execute(update(role).where(role.c.person_id == lan.person_id).values(valid_to=ended)) and None
    )
    await lan.says("/xoadulieu").hears("không hoàn lại được")
    await lan.picks("Xóa").hears("Đã xóa:")
    assert len(await rows(here, draft_event)) == before
    mai = await here.person("Mai")
    await mai.says("/viec").hears("Bản đăng ký")


async def test_files_of_what_is_erased_are_to_go_and_others_are_not(here: World, lan: Speaker) -> None:
    await registers(lan)
    await lan.says("/tucham").hears("Tiêu chí 01")
    await lan.sends_photo("hop-dan.jpg").hears("Đã nhận")
    (event,) = [e for e in await rows(here, draft_event) if e.op == "add"]
    await erases(lan)
    assert event.value["sha256"] in [one.sha256 for one in await rows(here, unwanted)]


async def test_a_file_that_no_form_could_use_does_not_stay_either(here: World, lan: Speaker) -> None:
    await lan.sends_photo("hop-dan.jpg").hears("chưa được dùng")
    (row,) = await rows(here, unwanted)
    assert here.app.keeper.path(row.sha256).exists(), "it goes with the clock's next round, not before"


@ON_PHONES
async def test_the_unit_is_told_that_the_place_is_vacant_and_not_whose_it_was(here: World) -> None:
    lan, mai = await here.person("Lan Bí Mật"), await here.person("Mai")
    bay = await here.person("Bảy", "van-ninh", STANDING_OFFICE)
    hung = await here.person("Hùng", "van-ninh.van-thang")
    for other in (mai, bay, hung):
        other.mark()
    await erases(lan)
    await here.quiet()
    for told in (mai, bay):
        heard = await told.hears("đang khuyết", "xã Vạn Hưng")
        assert "Lan" not in heard and "Bí Mật" not in heard
    assert hung.since() == ""


@ON_PHONES
async def test_every_address_goes_and_the_other_device_is_a_strangers_too(here: World, lan: Speaker) -> None:
    again = await here.second(lan, "web")
    await erases(lan)
    await again.says("/viec").hears("Khéo là máy trả lời tự động")


@ON_PHONES
async def test_the_erasure_is_in_the_trace_without_a_name(here: World, lan: Speaker) -> None:
    await erases(lan)
    (row,) = await rows(here, audit, audit.c.action == "person.erased")
    assert (row.person, row.object) == (lan.person_id, f"person:{lan.person_id}")
    assert "Lan" not in str(row.before) + str(row.after)


@ON_PHONES
async def test_consents_stay_as_proof(here: World) -> None:
    mai = await here.person("Mai", asks=True)
    await mai.hears("Lưu những gì")
    await mai.picks("Tôi đồng ý").hears("Đã ghi nhận")
    await erases(mai)
    assert [(one.person_id, one.given) for one in await rows(here, consent)] == [(mai.person_id, True)]


@ON_PHONES
async def test_who_was_erased_can_be_invited_again_as_somebody_new(here: World, lan: Speaker) -> None:
    await erases(lan)
    unit = here.app.office.units.coded("van-ninh.van-hung")
    now = here.app.clock.now()
    assert unit is not None

    def enter(tx: Any) -> str:
        id = people.add(tx, "Lan", unit.id, OFFICER, now)
        agreed(tx, id, now)
        return people.make_code(tx, now, person_id=id)

    await lan.says(await here.app.store.write(enter)).hears("Kính chào đồng chí Lan")
    await lan.says("/viec").hears("đăng ký")


@ON_PHONES
async def test_a_code_that_was_theirs_opens_nothing_any_more(here: World, lan: Speaker) -> None:
    now = here.app.clock.now()
    code = await here.app.store.write(lambda tx: people.make_code(tx, now, person_id=lan.person_id))
    await erases(lan)
    await lan.says(code).hears("Mã không hợp lệ")
