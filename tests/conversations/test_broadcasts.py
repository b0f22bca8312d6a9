"""An office writes to its communes: chosen, written, read beforehand, confirmed by one tap, and followed to the end."""

from __future__ import annotations

import asyncio
import io
import re
import time
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, insert, select

from bot.clock import ZONE
from bot.rules.access import OFFICER, STANDING_OFFICE
from bot.store import broadcasts, consents, outbox, people, roster
from bot.store.broadcasts import Broadcast
from bot.store.tables import address, broadcast, delivery, person, role
from bot.store.tables import outbox as posted
from handlers import consent, deliveries
from tests.papers.test_printing import papers
from tests.talk import Speaker, in_group
from tests.world import DISTRICT, World

ON_PHONES = pytest.mark.parametrize("channel", ["telegram", "zalo"], indirect=True)
TELEGRAM = pytest.mark.parametrize("channel", ["telegram"], indirect=True)
HUNG, THO, THANG = "van-ninh.van-hung", "van-ninh.van-tho", "van-ninh.van-thang"
NO_RIGHT, NO_SUCH = "chưa được phân quyền", "Không có thông báo số"
NEW, NEXT = "Soạn thông báo mới", "Tiếp: soạn nội dung"
MORNING = datetime(2024, 2, 5, 9, 0, tzinfo=ZONE)


@pytest.fixture
async def hoa(here: World) -> Speaker:
    """Hòa, of the standing office of the district."""
    return await here.person("Hòa", DISTRICT, STANDING_OFFICE)


async def elsewhere(here: World, name: str, unit: str = HUNG, **more: Any) -> Speaker:
    """Somebody else, always on Telegram."""
    return await here.person(name, unit, channel="telegram", **more)


async def only(here: World) -> Broadcast:
    """The newest broadcast."""

    def read(tx: Any) -> Broadcast:
        id = tx.execute(select(func.max(broadcast.c.id))).scalar_one()
        found = broadcasts.by_id(tx, id)
        assert found is not None
        return found

    return await here.app.store.read(read)


async def counts(here: World, id: int = 0) -> dict[str, int]:
    one = id or (await only(here)).id
    return await here.app.store.read(lambda tx: broadcasts.counts(tx, one))


async def goes_on(here: World, rounds: int = 3) -> None:
    """The clock ticks, and what is due is sent."""
    for _ in range(rounds):
        await here.app.jobs.broadcasts()
        await here.quiet()


async def chooses(hoa: Speaker, names: str) -> None:
    await hoa.says("/thongbao").hears(NEW)
    await hoa.picks(NEW).hears("Chưa chọn đơn vị nào", "Tất cả đơn vị")
    await hoa.picks("Thêm theo tên").hears("gõ tên các đơn vị")
    await hoa.says(names).hears("Nơi nhận:")


async def writes(hoa: Speaker, text: str, names: str = "xã Vạn Hưng") -> None:
    """Up to the summary, of which the first button sends it."""
    await chooses(hoa, names)
    await hoa.picks(NEXT).hears("gõ nội dung", "{đơn vị}")
    await hoa.says(text).hears("sẽ đọc như sau", "Chờ xác nhận gửi")


# -- the whole way -----------------------------------------------------------------------------------------------------


async def test_an_office_writes_to_two_communes_and_sees_who_got_it(here: World, hoa: Speaker) -> None:
    lan = await elsewhere(here, "Lan")
    tho = await elsewhere(here, "Thọ", THO)
    await chooses(hoa, "van hung; VẠN THỌ")
    assert "2 đơn vị, 2 người, 0 nhóm" in hoa.since(), "names are understood without diacritics"
    await hoa.picks("Xem danh sách").hears("Lan – xã Vạn Hưng", "Thọ – xã Vạn Thọ")
    await hoa.picks("Về phần chọn").hears("Nơi nhận: 2 đơn vị")
    await hoa.picks(NEXT).hears("gõ nội dung")
    await hoa.says("Mời {DON VI} dự họp giao ban sáng thứ Sáu.").hears(
        "xã Vạn Thọ sẽ đọc như sau", "Mời xã Vạn Thọ dự họp giao ban", "Gửi cho 2 nơi nhận", "Gửi thử cho tôi"
    )
    lan.mark()
    await hoa.picks("Gửi thử cho tôi").hears("Mời xã Vạn Thọ dự họp", "gửi thử cho riêng đồng chí")
    assert not lan.since(), "a trial goes to nobody else"
    tho.mark()
    await hoa.picks("Gửi cho 2 nơi nhận").hears("Đã xác nhận", "gửi cho 2 nơi nhận")
    await goes_on(here)
    await lan.hears("Thông báo của", "Mời xã Vạn Hưng dự họp", "Khéo gửi thay cơ quan", "[Đã nhận]")
    await tho.hears("Mời xã Vạn Thọ dự họp")
    await hoa.hears("đã gửi xong", "• Đã gửi: 2", "Danh sách chưa nhận")
    await lan.picks("Đã nhận").hears("Cảm ơn đồng chí")
    one = await only(here)
    await hoa.says(f"/thongbao {one.id}").hears("• Đã bấm “Đã nhận”: 1", "• Đã gửi: 1")
    await hoa.picks("Danh sách chưa nhận").hears("chưa bấm “Đã nhận”: 1", "Thọ – xã Vạn Thọ")
    assert one.state == "done" and await counts(here) == {"seen": 1, "sent": 1}


async def test_who_got_it_comes_as_a_workbook_in_which_nothing_calculates(here: World, hoa: Speaker) -> None:
    await elsewhere(here, '=HYPERLINK("http://x")')
    await writes(hoa, "Họp lúc 8 giờ.", "xã Vạn Hưng, xã Vạn Thắng")
    await hoa.picks("Gửi cho").hears("Đã xác nhận")
    await goes_on(here)
    await hoa.says(f"/thongbao {(await only(here)).id}").hears(
        "• Đã gửi: 1", "chưa có kênh nên không tính là nơi nhận: 1"
    )
    await hoa.picks("Danh sách chưa nhận").hears("• xã Vạn Thắng: đơn vị chưa có ai trên Khéo", never="• nhóm")
    await hoa.picks("Tải bảng Excel").hears("kết quả gửi đến từng nơi")
    await here.quiet()
    ((name, content),) = await papers(hoa)
    book = load_workbook(io.BytesIO(content))
    rows = list(book["Kết quả gửi"].values)
    assert name.startswith("thong-bao-") and len(rows) == 3
    assert rows[1][1:5] == ("xã Vạn Hưng", '=HYPERLINK("http://x")', "Telegram", "Đã gửi")
    assert book["Kết quả gửi"]["C2"].data_type == "s", "a name is no formula"
    assert rows[2][1] == "xã Vạn Thắng" and rows[2][5] == "đơn vị chưa có ai trên Khéo"


# -- whom it reaches ---------------------------------------------------------------------------------------------------


@ON_PHONES
async def test_units_are_chosen_by_kind_by_what_they_owe_and_less_some(here: World, hoa: Speaker) -> None:
    await elsewhere(here, "Lan")
    await hoa.says("/thongbao").hears(NEW)
    await hoa.picks(NEW).hears("Chưa chọn")
    await hoa.picks("Theo loại đơn vị").hears("xã (12)")
    await hoa.picks("xã (12)").hears("✓ xã (12)", "12 đơn vị, 1 người", "Chưa có ai trên Khéo (11 đơn vị)")
    await hoa.picks("Về phần chọn").hears("Đã chọn: xã")
    await hoa.picks("Trừ theo tên").hears("không gửi")
    await hoa.says("Vạn Thọ, xã Không Có Đâu").hears(
        "không có đơn vị tên: “xã Không Có Đâu”", "11 đơn vị", "trừ xã Vạn Thọ"
    )
    await hoa.picks("Theo tình hình nộp").hears("Chưa nộp:")
    labels = [label for label in hoa.last.labels if label.startswith("Chưa nộp: ")]
    await hoa.picks(labels[0]).hears("✓ Chưa nộp", "11 đơn vị")
    await hoa.picks(f"✓ {labels[0]}").hears("11 đơn vị")
    await hoa.picks("Đã nộp: ").hears("Không có đơn vị nào khớp")
    await hoa.picks("Về phần chọn").hears("đã nộp:")
    await hoa.picks("Chọn lại từ đầu").hears("Chưa chọn đơn vị nào")


@ON_PHONES
async def test_whoever_works_at_two_units_reads_it_once(here: World, hoa: Speaker) -> None:
    lan = await elsewhere(here, "Lan")
    tho = here.app.office.units.coded(THO)
    assert tho is not None
    now = here.app.clock.now()
    await here.app.store.write(lambda tx: people.grant(tx, lan.person_id, OFFICER, now, unit_id=tho.id))
    await writes(hoa, "Kính gửi {đơn vị}.", "xã Vạn Hưng, xã Vạn Thọ")
    lan.mark()
    await hoa.picks("Gửi cho 1 nơi nhận").hears("Đã xác nhận")
    await goes_on(here)
    assert lan.since().count("Kính gửi xã Vạn Thọ, xã Vạn Hưng.") == 1
    assert await counts(here) == {"sent": 1}


@TELEGRAM
async def test_who_said_no_who_blocked_and_nobody_stand_in_the_report_without_a_message(
    here: World, hoa: Speaker
) -> None:
    lan, mai = await elsewhere(here, "Lan"), await elsewhere(here, "Mai")
    now = here.app.clock.now()
    await here.app.store.write(
        lambda tx: consents.note(tx, lan.person_id, consent.VERSION, given=False, address_id=None, now=now)
    )
    await mai.device.block()
    await here.quiet()
    await writes_without_preview(here, hoa, "xã Vạn Hưng, xã Vạn Thọ")
    heard = hoa.since()
    assert "0 người" in heard and "Chưa có ai trên Khéo (2 đơn vị)" in heard
    await elsewhere(here, "Thọ", THO)
    lan.mark()
    await hoa.says("/thongbao").hears(NEW)
    await writes(hoa, "Họp.", "xã Vạn Hưng, xã Vạn Thọ")
    await hoa.picks("Gửi cho 1 nơi nhận").hears("Đã xác nhận")
    await goes_on(here)
    assert not lan.since() and await counts(here) == {"sent": 1, "no_channel": 2}
    await hoa.says(f"/thongbao {(await only(here)).id}").hears("chưa có kênh nên không tính là nơi nhận: 2")
    await hoa.picks("Danh sách chưa nhận").hears("Lan – xã Vạn Hưng: không đồng ý", "Mai – xã Vạn Hưng: đã chặn Khéo")


async def writes_without_preview(here: World, hoa: Speaker, names: str) -> None:
    """Nobody would get it: that is told before anything can be sent."""
    await chooses(hoa, names)
    chosen = hoa.since()
    await hoa.picks(NEXT).hears("gõ nội dung")
    await hoa.says("Họp.").hears("Không có ai nhận được")
    assert "Gửi cho" not in hoa.since() and "0 người" in chosen


@ON_PHONES
async def test_a_group_gets_it_and_the_press_of_a_member_counts_once_for_the_group(here: World, hoa: Speaker) -> None:
    lan = await here.person("Lan", HUNG, group=-700)
    code = await here.group_code(HUNG)
    await lan.device.add_bot(code)
    await here.quiet()
    stranger = await here.stranger("Lạ", group=-700)
    await writes(hoa, "Họp sáng thứ Sáu.")
    assert "1 nhóm" in hoa.since()
    await hoa.picks("Gửi cho 2 nơi nhận").hears("Đã xác nhận")
    await goes_on(here)
    await in_group(stranger).hears("Họp sáng thứ Sáu")
    await in_group(stranger).picks("Đã nhận").hears_nothing()
    assert "seen" not in await counts(here), "whom nobody knows cannot speak for the unit"
    group = in_group(lan)
    await group.picks("Đã nhận")
    await here.quiet()
    shown = lan.device.group_heard[-1]
    assert "✓ Đã nhận: Lan" in shown.text and not shown.labels
    assert shown.edited or here.channel == "zalo"  # there it is one more message
    assert (await counts(here))["seen"] == 1
    rows = await here.app.store.read(lambda tx: tx.execute(select(delivery.c.seen_by, delivery.c.person_id)).all())
    assert (lan.person_id, None) in [tuple(row) for row in rows], "it counts for the group, with who it was"


@ON_PHONES
async def test_a_group_that_has_become_another_offices_gets_nothing_of_what_waits(here: World, hoa: Speaker) -> None:
    lan = await here.person("Lan", HUNG, group=-700)
    await lan.device.add_bot(await here.group_code(HUNG))
    await here.quiet()
    await writes(hoa, "Họp sáng thứ Sáu.")
    app = here.app
    letters = deliveries.Letters(app.office)
    hung, tho = (app.office.units.coded(code) for code in (HUNG, THO))
    assert hung is not None and tho is not None

    def read(tx: Any) -> list[list[str]]:
        one = broadcasts.by_id(tx, tx.execute(select(func.max(broadcast.c.id))).scalar_one())
        (group,) = people.groups(tx)
        assert one is not None
        theirs = replace(one, unit_id=tho.id)  # of an office that has nothing to do with the group
        assert group.unit_id == hung.id
        return [[u.code for u in letters.units_at(tx, of, group, MORNING)] for of in (one, theirs)]

    assert await app.store.read(read) == [[HUNG], []]


# -- what it says ------------------------------------------------------------------------------------------------------


async def test_gaps_are_filled_for_each_and_what_is_no_gap_is_told(here: World, hoa: Speaker) -> None:
    lan = await elsewhere(here, "Lan")
    await chooses(hoa, "xã Vạn Hưng")
    await hoa.picks(NEXT).hears("gõ nội dung")
    await hoa.says("Kính gửi {đơn vị}, còn {số ngày} ngày").hears(
        "{số ngày}", "Dùng được: {đơn vị}, {đã nộp}, {còn thiếu}"
    )
    await hoa.says("{ĐƠN VỊ} đã nộp: {da nop}; còn thiếu: {Còn Thiếu}; hạn {hạn}.").hears(
        "xã Vạn Hưng đã nộp:", "Chờ xác nhận gửi"
    )
    lan.mark()
    await hoa.picks("Gửi cho 1 nơi nhận").hears("Đã xác nhận")
    await goes_on(here)
    heard = await lan.hears("xã Vạn Hưng đã nộp: chưa nộp gì; còn thiếu: Đăng ký")
    assert re.search(r"hạn \d\d/\d\d/2024", heard), heard


@ON_PHONES
async def test_a_text_that_is_too_long_is_refused_with_the_limit(here: World, hoa: Speaker) -> None:
    await elsewhere(here, "Lan")
    await chooses(hoa, "xã Vạn Hưng")
    await hoa.picks(NEXT).hears("gõ nội dung")
    await hoa.says("a" * 4000).hears("4000", "3500")
    assert (await only(here)).text == ""
    await hoa.says("Ngắn thôi.").hears("Ngắn thôi.", "Chờ xác nhận gửi")


@ON_PHONES
async def test_an_album_of_ten_photos_goes_along_as_copies_that_say_nothing_of_the_camera(
    here: World, hoa: Speaker
) -> None:
    lan = await elsewhere(here, "Lan")
    await chooses(hoa, "xã Vạn Hưng")
    await hoa.picks(NEXT).hears("gõ nội dung")
    hoa.mark()
    await hoa.device.send_album([(f"anh-{n}.jpg", jpeg(n)) for n in range(10)], "Ảnh hội nghị")
    for _ in range(60):
        await asyncio.sleep(0.05)
        if "Tệp gửi kèm: 10" in hoa.since():
            break
    assert hoa.since().count("Tệp gửi kèm") == 1, "one acknowledgement for the album"
    await hoa.picks("Xem như nơi nhận đọc").hears("Ảnh hội nghị", "Gửi cho 1 nơi nhận")
    lan.mark()
    await hoa.picks("Gửi cho 1 nơi nhận").hears("Đã xác nhận")
    await goes_on(here, 6)
    files = [file for heard in lan.device.heard for file in heard.files]
    assert len(files) == 10 and "Ảnh hội nghị" in lan.device.heard[-1].text
    assert all(b"Exif" not in content and b"SECRETPLACE" not in content for _, content in files)
    calls = [call["method"] for call in here.fake.calls if int(call["params"].get("chat_id", 0)) == lan.device.user_id]
    assert calls.count("sendPhoto") == 10, "photos are shown as photos"
    assert await counts(here) == {"sent": 1}, "one recipient, however many files"


def jpeg(number: int) -> bytes:
    """A photo with the camera's place in it."""
    from PIL import Image

    picture = Image.new("RGB", (40, 30), (number * 20, 90, 120))
    exif = Image.Exif()
    exif[0x010E] = "SECRETPLACE"
    held = io.BytesIO()
    picture.save(held, "JPEG", exif=exif)
    return held.getvalue()


@ON_PHONES
async def test_a_document_goes_along_as_it_is(here: World, hoa: Speaker) -> None:
    lan = await elsewhere(here, "Lan", group=-701)
    await lan.device.add_bot(await here.group_code(HUNG))
    await here.quiet()
    await chooses(hoa, "xã Vạn Hưng")
    await hoa.picks(NEXT).hears("gõ nội dung")
    await hoa.sends_document("Giấy mời.txt", b"Moi hop", "Xem giấy mời.").hears("Tệp gửi kèm: 1")
    await hoa.picks("Xem như nơi nhận đọc").hears("Xem giấy mời.", "Gửi cho 2 nơi nhận")
    await hoa.picks("Gửi cho 2 nơi nhận").hears("Đã xác nhận")
    await goes_on(here)
    assert lan.device.heard[-1].files == [("giay-moi.txt", b"Moi hop")]
    assert lan.device.group_heard[-1].files == [("giay-moi.txt", b"Moi hop")]
    await lan.picks("Đã nhận").hears("Cảm ơn đồng chí")


# -- typed instead of pressed -----------------------------------------------------------------------------------------


async def test_at_the_summary_words_do_what_the_buttons_do(here: World, hoa: Speaker) -> None:
    lan = await elsewhere(here, "Lan")
    await writes(hoa, "Họp lúc 8 giờ.")
    lan.mark()
    await hoa.says("gửi thử cho tôi").hears("gửi thử cho riêng đồng chí", "Gửi cho 1 nơi nhận")
    await hoa.says("gui thu").hears("gửi thử cho riêng đồng chí")
    await hoa.says("xem lại").hears("sẽ đọc như sau", "Họp lúc 8 giờ.")
    await hoa.says("8h ngày mai").hears("Gửi lúc 08:00 06/02/2024")
    await hoa.says("gửi lúc 14h30 ngày 7/2").hears("Gửi lúc 14:30 07/02/2024")
    await hoa.says("gửi ngay").hears("Gửi ngay khi đồng chí xác nhận", "Gửi cho 1 nơi nhận")
    await hoa.says("sửa").hears("gõ nội dung")
    await hoa.says("huỷ").hears("Chờ xác nhận gửi", never="Đã bỏ")
    await hoa.says("sửa nơi nhận").hears("Nơi nhận: 1 đơn vị", "Tiếp: soạn nội dung")
    await hoa.says("gửi").hears("Họp lúc 8 giờ.", "Chờ xác nhận gửi")
    assert not lan.since(), "what is not shown is not sent"
    await hoa.says("Gửi đi!").hears("Đã xác nhận", "gửi cho 1 nơi nhận")
    await goes_on(here)
    await lan.hears("Họp lúc 8 giờ.")
    await hoa.says("gửi").hears("")
    assert lan.since().count("Họp lúc 8 giờ.") == 1


async def test_at_the_summary_what_is_not_understood_loses_nothing(here: World, hoa: Speaker) -> None:
    lan = await elsewhere(here, "Lan")
    await writes(hoa, "Họp lúc 8 giờ.")
    lan.mark()
    for rubbish in ("abc xyz", "12345", "???", "tất cả sẵn sàng rồi đấy nhé", "Họp lúc 9h ngày mai ở hội trường"):
        await hoa.says(rubbish).hears("Khéo chưa hiểu", "chưa gửi gì", "Gửi cho 1 nơi nhận", "Bỏ thông báo này")
    for moment, why in (
        ("ngày mai", "chưa đủ ngày và giờ"),
        ("8h", "chưa đủ ngày và giờ"),
        ("8h ngày 1/2/2024", "đã qua"),
        ("8h30 ngày 10/2/2024", "là ngày nghỉ"),
        ("20h 7/2/2024", "từ 07:30 đến 17:00"),
    ):
        await hoa.says(moment).hears(why, "Gửi cho 1 nơi nhận")
    await hoa.says("bao giờ hết hạn đăng ký?").hears("14/02/2024", "Gửi cho 1 nơi nhận")
    one = await only(here)
    assert (one.text, one.state, one.send_at) == ("Họp lúc 8 giờ.", "draft", None)
    await hoa.says("Mời họp lúc 9 giờ ở hội trường lớn").hears("Khéo chưa hiểu", "Lấy câu vừa gõ làm nội dung")
    await hoa.picks("Lấy câu vừa gõ").hears("Mời họp lúc 9 giờ ở hội trường lớn", "Chờ xác nhận gửi")
    assert not lan.since()
    await hoa.says("hủy").hears("Đã bỏ; chưa gửi gì")
    await hoa.says("/huy").hears("không có biểu mẫu nào đang mở")
    assert (await only(here)).state == "cancelled"


async def test_a_digression_from_the_text_that_is_asked_for_comes_back_to_it(here: World, hoa: Speaker) -> None:
    await elsewhere(here, "Lan")
    await chooses(hoa, "xã Vạn Hưng")
    await hoa.picks(NEXT).hears("gõ nội dung")
    await hoa.says("/han").hears("gõ nội dung")
    await hoa.says("Họp lúc 8 giờ.").hears("sẽ đọc như sau", "Họp lúc 8 giờ.")
    await hoa.says("sửa").hears("gõ nội dung")
    await hoa.says("hủy").hears("Gửi cho 1 nơi nhận")
    await hoa.says("/huy").hears("Đã bỏ; chưa gửi gì")


@TELEGRAM
async def test_of_an_album_with_what_cannot_be_taken_one_message_tells(here: World, hoa: Speaker) -> None:
    await elsewhere(here, "Lan")
    await chooses(hoa, "xã Vạn Hưng")
    await hoa.picks(NEXT).hears("gõ nội dung")
    here.fake.fail("getFile", 500, times=6)
    hoa.mark()
    before = len(hoa.device.heard)
    await hoa.device.send_album([(f"anh-{n}.jpg", jpeg(n)) for n in range(4)])
    for number in range(3):
        await hoa.device.add_video(f"hop-{number}.mp4")
    await hoa.hears("Chưa tải được 2 ảnh", "Không nhận 3 video", "Tệp gửi kèm: 2", "gõ nội dung")
    await here.quiet()
    assert len(hoa.device.heard) == before + 1, hoa.since()
    await hoa.says("Ảnh hội nghị").hears("Chờ xác nhận gửi")
    await hoa.sends_document("them.txt", b"moi").hears("Tệp gửi kèm: 3")
    await hoa.says("gửi").hears("Ảnh hội nghị", "Chờ xác nhận gửi")
    assert (await only(here)).text == "Ảnh hội nghị", "what is typed after a file is not the text when there is one"


# -- when it leaves ----------------------------------------------------------------------------------------------------


async def test_it_leaves_at_its_hour_and_never_on_a_day_off_or_in_the_past(here: World, hoa: Speaker) -> None:
    lan = await elsewhere(here, "Lan")
    await writes(hoa, "Nhắc họp.")
    await hoa.picks("Hẹn ngày giờ").hears("ngày và giờ")
    await hoa.says("hôm nào đó").hears("chưa đủ ngày và giờ")
    await hoa.says("8h ngày 1/2/2024").hears("đã qua")
    await hoa.says("8h30 ngày 10/2/2024").hears("10/02/2024 là ngày nghỉ", "15/02/2024")
    await hoa.says("20h 7/2/2024").hears("từ 07:30 đến 17:00")
    await hoa.says("14 giờ 30 ngày 6/2").hears("Gửi lúc 14:30 06/02/2024")
    lan.mark()
    await hoa.picks("Gửi lúc 14:30").hears("Đã xác nhận", "gửi lúc 14:30 06/02/2024")
    await here.it_is(2024, 2, 6, 14, 29)
    await goes_on(here, 1)
    assert "Nhắc họp." not in lan.since()
    await here.it_is(2024, 2, 6, 14, 31)
    await goes_on(here)
    await lan.hears("Nhắc họp.")


@ON_PHONES
async def test_at_night_it_waits_for_the_morning_unless_its_author_wants_it_now(here: World, hoa: Speaker) -> None:
    lan = await elsewhere(here, "Lan")
    here.app.clock.move(datetime(2024, 2, 5, 21, 0, tzinfo=ZONE))
    await writes(hoa, "Tin tối.")
    assert "Gửi lúc 07:30 06/02/2024" in hoa.since() and "Gửi ngay" in hoa.since()
    lan.mark()
    await hoa.picks("Gửi lúc 07:30").hears("Đã xác nhận")
    await goes_on(here)
    assert not lan.since()
    await writes(hoa, "Tin khẩn.")
    await hoa.picks("Gửi ngay").hears("Đã xác nhận")
    await goes_on(here)
    assert "Tin khẩn." in lan.since() and "Tin tối." not in lan.since()
    here.app.clock.move(datetime(2024, 2, 6, 7, 31, tzinfo=ZONE))
    await goes_on(here)
    await lan.hears("Tin tối.")


@ON_PHONES
async def test_a_weekly_one_goes_every_week_until_it_is_called_off(here: World, hoa: Speaker) -> None:
    lan = await elsewhere(here, "Lan")
    await writes(hoa, "Giao ban thứ Hai.")
    await hoa.picks("Lặp lại: không").hears("Lặp lại: hằng tuần", "Sau đó gửi hằng tuần")
    lan.mark()
    await hoa.picks("Gửi cho 1").hears("Đã xác nhận")
    await goes_on(here)
    assert lan.since().count("Giao ban thứ Hai.") == 1
    await here.it_is(2024, 2, 12, 9, 5)  # inside Tết
    await goes_on(here)
    assert lan.since().count("Giao ban thứ Hai.") == 1
    await here.it_is(2024, 2, 15, 9, 5)  # the first working day after it
    await goes_on(here)
    assert lan.since().count("Giao ban thứ Hai.") == 2
    await here.it_is(2024, 2, 19, 9, 5)
    await goes_on(here)
    assert lan.since().count("Giao ban thứ Hai.") == 3
    await hoa.says("/thongbao").hears("chờ đến giờ gửi")
    await hoa.says(f"/thongbao {(await only(here)).id}").hears("Hủy, không gửi")
    await hoa.picks("Hủy, không gửi").hears("sẽ không được gửi")
    await here.it_is(2024, 2, 26, 9, 5)
    await goes_on(here)
    assert lan.since().count("Giao ban thứ Hai.") == 3


@ON_PHONES
async def test_whoever_lost_the_function_has_nothing_sent_and_is_told(here: World, hoa: Speaker) -> None:
    lan = await elsewhere(here, "Lan")
    await writes(hoa, "Tin hẹn.")
    await hoa.picks("Hẹn ngày giờ").hears("ngày và giờ")
    await hoa.says("9h30 6/2/2024").hears("Gửi lúc 09:30")
    await hoa.picks("Gửi lúc 09:30").hears("Đã xác nhận")
    now = here.app.clock.now()
    held = await here.app.store.read(lambda tx: roster.of_person(tx, hoa.person_id, now))
    await here.app.store.write(lambda tx: roster.end(tx, held, now))
    lan.mark()
    await here.it_is(2024, 2, 6, 9, 31)
    await goes_on(here)
    await hoa.hears("không được gửi", "không còn được gửi thay")
    assert "Tin hẹn." not in lan.since() and (await only(here)).state == "cancelled"


@ON_PHONES
async def test_of_a_season_that_was_closed_nothing_is_told(here: World, hoa: Speaker) -> None:
    from bot.store import seasons

    lan = await elsewhere(here, "Lan")
    await writes(hoa, "{đơn vị} còn thiếu {còn thiếu}.")
    await hoa.picks("Hẹn ngày giờ").hears("ngày và giờ")
    await hoa.says("9h30 6/2/2024").hears("Gửi lúc 09:30")
    await hoa.picks("Gửi lúc 09:30").hears("Đã xác nhận")
    season, now = here.season(), here.app.clock.now()
    await here.app.store.write(lambda tx: seasons.close(tx, season.id, now))
    lan.mark()
    await here.it_is(2024, 2, 6, 9, 31)
    await goes_on(here)
    await hoa.hears("đợt của kế hoạch mà thông báo nói đến đã đóng")
    assert not lan.since()


# -- confirmed once, stopped, sent again -------------------------------------------------------------------------------


@TELEGRAM
async def test_pressed_twice_it_goes_once_and_an_old_button_sends_nothing(here: World, hoa: Speaker) -> None:
    lan = await elsewhere(here, "Lan")
    await writes(hoa, "Bản cũ.")
    await hoa.picks("Sửa nội dung").hears("gõ nội dung")
    await hoa.says("Bản mới.").hears("Bản mới.", "Chờ xác nhận gửi")
    lan.mark()
    await hoa.picks_old("Gửi cho 1 nơi nhận").hears("Trong lúc đó nội dung đã thay đổi", "Bản mới.", "Chờ xác nhận gửi")
    await goes_on(here)
    assert not lan.since(), "what was confirmed is what was shown, or nothing"
    hoa.mark()
    await hoa.device.press("Gửi cho 1 nơi nhận")
    await hoa.device.press("Gửi cho 1 nơi nhận")
    await hoa.hears("Đã xác nhận.", "đã được xác nhận trước đó")
    await goes_on(here)
    assert lan.since().count("Bản mới.") == 1


@TELEGRAM
async def test_stopped_what_has_left_has_left_and_the_rest_does_not(here: World, hoa: Speaker) -> None:
    lan = await elsewhere(here, "Lan")
    await here.stop_pumping()
    await writes(hoa, "Sẽ bị dừng.")
    await hoa.picks("Gửi cho 1 nơi nhận").hears("Đã xác nhận")
    one = await only(here)
    lan.mark()
    await hoa.forges(f"c:thongbao:b{one.id}:dung").hears("Đã dừng", "1 nơi sẽ không nhận")
    await hoa.forges(f"c:thongbao:b{one.id}:dung").hears("hiện không đang gửi")
    here.pump()
    await goes_on(here)
    assert "Sẽ bị dừng." not in lan.since() and await counts(here) == {"cancelled": 1}
    assert (await only(here)).state == "stopped"


@TELEGRAM
async def test_it_is_sent_again_only_to_whom_it_did_not_come(here: World, hoa: Speaker) -> None:
    lan, tho = await elsewhere(here, "Lan"), await elsewhere(here, "Thọ", THO)
    await writes(hoa, "Tin quan trọng.", "xã Vạn Hưng, xã Vạn Thọ")
    here.fake.fail("sendMessage", 403, chat=lan.device.user_id)
    tho.mark()
    await hoa.picks("Gửi cho 2 nơi nhận").hears("Đã xác nhận")
    await goes_on(here)
    assert await counts(here) == {"blocked": 1, "sent": 1}
    one = await only(here)
    await hoa.says(f"/thongbao {one.id}").hears("• Đã chặn Khéo: 1", "Gửi lại")
    await hoa.picks("Gửi lại").hears("Không còn nơi nào để gửi lại")
    await lan.says("xin chào").hears("")  # who writes can be reached again
    lan.mark()
    await hoa.picks("Gửi lại").hears("Gửi lại cho 1 nơi")
    await hoa.picks("Gửi lại").hears("Không còn nơi nào để gửi lại")
    await goes_on(here)
    await lan.hears("Tin quan trọng.")
    assert tho.since().count("Tin quan trọng.") == 1 and await counts(here) == {"sent": 2}
    old = await here.app.store.read(
        lambda tx: tx.execute(select(posted.c.state).where(posted.c.subject == f"broadcast:{one.id}")).scalars().all()
    )
    assert sorted(old) == ["blocked", "sent", "sent"], "the old row stays as the report"


# -- who may -----------------------------------------------------------------------------------------------------------


async def test_who_is_of_no_office_may_not(here: World, lan: Speaker) -> None:
    await lan.says("/thongbao").hears(NO_RIGHT)
    await lan.says("/thongbao 1").hears(NO_RIGHT, "liên hệ người quản trị", never="liên hệ cơ quan thường trực")


async def test_of_a_number_that_is_none_the_office_is_told_so(here: World, hoa: Speaker) -> None:
    for number in ("99", "0", "999999999999999999"):
        await hoa.says(f"/thongbao {number}").hears(NO_SUCH, "Gõ /thongbao", never="cơ quan thường trực")
    await hoa.says("/thongbao chín").hears("Chưa gửi thông báo nào")


async def test_the_standing_office_is_not_sent_to_itself(here: World, hoa: Speaker) -> None:
    await hoa.says("/suckhoe").hears(NO_RIGHT, "liên hệ người quản trị", never="cơ quan thường trực")
    await hoa.says("/nhapdanhsach").hears(NO_RIGHT, "liên hệ người quản trị", never="cơ quan thường trực")


@TELEGRAM
async def test_of_another_offices_message_nobody_learns_or_changes_anything(here: World, hoa: Speaker) -> None:
    await elsewhere(here, "Lan")
    await writes(hoa, "Chuyện nội bộ.")
    draft = await only(here)
    other = await elsewhere(here, "Khác", THO, role=STANDING_OFFICE)
    for words in ("", ":dung", ":gui:abc", ":xem", ":soan", ":huy", ":excel", ":ketqua"):
        await other.forges(f"c:thongbao:b{draft.id}{words}").hears(NO_SUCH, never="nội bộ")
    await hoa.picks("Gửi cho 1 nơi nhận").hears("Đã xác nhận")
    await goes_on(here)
    for words in ("", ":dung", ":guilai", ":excel", ":chuanhan", ":huylich"):
        await other.forges(f"c:thongbao:b{draft.id}{words}").hears(NO_SUCH, never="nội bộ")
    await other.forges(f"c:danhan:b{draft.id}").hears("không gửi đến đồng chí")
    await other.forges("c:danhan:b999999").hears("không gửi đến đồng chí")
    await other.forges("c:thongbao:b999999:gui").hears("Không có thông báo số 999999")
    await other.says("/thongbao").hears("Chưa gửi thông báo nào")
    assert await counts(here) == {"sent": 1}


@ON_PHONES
async def test_in_a_group_nothing_of_it_is_open_and_a_sentence_only_offers_it(here: World, hoa: Speaker) -> None:
    khoa = await here.person("Khoa", DISTRICT, STANDING_OFFICE, group=-702)
    await khoa.device.add_bot(await here.group_code())
    await here.quiet()
    await in_group(khoa).says("/thongbao@KheoBot").hears("nhắn riêng")
    await hoa.says("gui thong bao cho cac xa").hears(NEW)
    made = await here.app.store.read(lambda tx: tx.execute(select(func.count()).select_from(broadcast)).scalar_one())
    assert made == 0


async def test_a_draft_that_is_dropped_is_let_go_of(here: World, hoa: Speaker) -> None:
    await elsewhere(here, "Lan")
    await writes(hoa, "Thôi không gửi.")
    await hoa.picks("Bỏ thông báo này").hears("Đã bỏ; chưa gửi gì")
    one = await only(here)
    assert (one.state, one.text) == ("cancelled", "")


# -- many --------------------------------------------------------------------------------------------------------------

MANY = 5000


@ON_PHONES
async def test_five_thousand_recipients_hold_nobody_up(here: World, hoa: Speaker) -> None:
    lan = await elsewhere(here, "Lan", THO)
    hung, now = here.app.office.units.coded(HUNG), here.app.clock.now()
    assert hung is not None

    def crowd(tx: Any) -> None:
        ids = range(100_000, 100_000 + MANY)
        tx.execute(
            insert(person), [{"id": id, "name": f"Cán bộ {id}", "language": "vi", "created_at": now} for id in ids]
        )
        tx.execute(insert(role), [{"person_id": id, "unit_id": hung.id, "function": OFFICER} for id in ids])
        tx.execute(
            insert(address),
            [
                {
                    "channel": "telegram",
                    "chat": str(7_000_000 + id),
                    "thread": "",
                    "private": True,
                    "person_id": id,
                    "name": "",
                    "language": "vi",
                    "state": "ok",
                    "preferred": False,
                    "tries": 0,
                    "focus": {},
                    "created_at": now,
                }
                for id in ids
            ],
        )

    await here.app.store.write(crowd)
    for id in await here.app.store.read(
        lambda tx: tx.execute(select(address.c.chat).where(address.c.chat.startswith("71"))).scalars().all()
    ):
        phone = type(lan.device)(here.fake, int(id), "Cán bộ")
        phone.met = True
    await writes(hoa, "Gửi toàn thể.")
    began = time.monotonic()
    await hoa.picks("Gửi cho 5000 nơi nhận").hears("Đã xác nhận")
    assert time.monotonic() - began < 1.0, "confirming waits for nothing"
    ticking = asyncio.create_task(here.app.jobs.broadcasts())
    waits = []
    for _ in range(5):
        began = time.monotonic()
        await lan.says("/han").hears("Đăng ký")
        waits.append(time.monotonic() - began)
    assert max(waits) < 1.0, waits
    await ticking
    counted = await counts(here)
    assert sum(counted.values()) == MANY, "every row is there"
    begun = await here.app.store.read(
        lambda tx: tx.execute(select(func.count()).select_from(posted).where(posted.c.kind == "broadcast")).scalar_one()
    )
    assert begun == MANY
    assert broadcasts.BULK == outbox.BULK and counted.get("sent", 0) >= 0


@TELEGRAM
async def test_the_bar_fills_in_its_own_message_and_the_report_comes_below(here: World, hoa: Speaker) -> None:
    await elsewhere(here, "Lan")
    await elsewhere(here, "Thọ", THO)
    await writes(hoa, "Họp.", "xã Vạn Hưng, xã Vạn Thọ, xã Vạn Long, xã Vạn Thắng")
    await here.stop_pumping()
    assert "Số nơi nhận (mỗi người, mỗi nhóm tính là một): 2." in hoa.since()
    await hoa.picks("Gửi cho 2 nơi nhận").hears("Đã xác nhận")
    await here.app.jobs.broadcasts()
    here.pump()
    await goes_on(here)
    bars = [heard for heard in hoa.device.heard if "▰" in heard.text or "▱" in heard.text]
    assert len(bars) == 1 and bars[0].edited, "one message, edited"
    assert "▰▰▰▰▰▰▰▰▰▰▰▰ 2/2 nơi nhận" in bars[0].text, "who has no channel is no recipient, here as in the preview"
    assert "không tính là nơi nhận: 2" in bars[0].text and not bars[0].labels, "at its end there is nothing to stop"
    assert "tính là một): 2." in hoa.last.text and "không tính là nơi nhận: 2" in hoa.last.text
    assert "• Đã gửi: 2" in hoa.last.text and "Tải bảng Excel" in hoa.last.labels


@ON_PHONES
async def test_a_whole_list_of_names_is_understood_and_what_is_no_unit_is_asked_back(here: World, hoa: Speaker) -> None:
    await elsewhere(here, "Lan")
    await chooses(hoa, "van hung, vạn thọ; xa van thang, Xã Lạ")
    heard = await hoa.hears("không có đơn vị tên: “Xã Lạ”", "3 đơn vị")
    assert "Danh sách" not in heard.split("Nơi nhận")[0]
    await hoa.says("xã Vạn Long").hears("4 đơn vị")
    await hoa.picks("Danh sách nơi nhận (Excel)").hears("tệp Excel")
    await here.quiet()
    ((_, content),) = await papers(hoa)
    rows = list(load_workbook(io.BytesIO(content))["Nơi nhận"].values)
    assert [row[1] for row in rows[1:]].count("xã Vạn Hưng") == 1 and len(rows) == 5
    assert {row[3] for row in rows[1:]} == {"Telegram", "đơn vị chưa có ai trên Khéo"}
