"""The same person on Telegram and on Zalo: one person, one draft, and what does not arrive on one side goes to the other."""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import segno
from PIL import Image
from sqlalchemy import select

from bot.chat import Door
from bot.forms.answers import Item, answers
from bot.rules.access import STANDING_OFFICE
from bot.store import consents, drafts
from bot.store.tables import address, draft, outbox
from handlers import inviting
from tests.conversations.registering import CAMERA
from tests.conversations.test_broadcasts import counts, goes_on, writes
from tests.databases import ready_sqlite  # noqa: F401
from tests.devices.zalo import ZaloPhone
from tests.talk import Speaker, in_group, photo
from tests.world import DISTRICT, World, world

pytestmark = pytest.mark.parametrize("channel", ["telegram"], indirect=True)
CODE = re.compile(r"Mã để thêm một địa chỉ của đồng chí: ([A-Z2-9]{8})")
INVITED = re.compile(r"Mã mời: ([A-Z2-9]{8})")
PDF = b"%PDF-1.4\n% bi\xc3\xaan b\xe1\xba\xa3n h\xe1\xbb\x8dp\n%%EOF"
BOTS = "https://bot.zaloplatforms.com/bots/"
DUE = (2024, 2, 6)
REMINDED = "còn 1 ngày làm việc"
OTHER_WAY = "không tới nơi nữa, nên từ nay Khéo nhắn đồng chí qua"


@pytest.fixture
async def here(tmp_path: Path, channel: str, ready_sqlite: Path) -> AsyncIterator[World]:  # noqa: F811
    """An office with a bot on Telegram and one on Zalo; the stories begin on Telegram."""
    async with world(tmp_path / "kheo", channel, ready=ready_sqlite, with_zalo=True) as made:
        yield made


@pytest.fixture
async def both(here: World, lan: Speaker) -> tuple[Speaker, Speaker]:
    """Lan on Telegram, and Lan on Zalo."""
    at_zalo = await here.second(lan, "zalo")
    await here.quiet()  # the word that an address was joined is out of the way
    return lan, at_zalo


async def prefers_zalo(lan: Speaker) -> None:
    await lan.says("/diachi").hears("2. Zalo")
    await lan.picks("Nhắc ở 2").hears("Từ nay lời nhắc gửi qua Zalo")


async def messages(here: World, kind: str = "reminder") -> list[tuple[str, str]]:
    """(channel, state) of every message of the kind, the oldest first."""
    wanted = (
        select(address.c.channel, outbox.c.state)
        .join(address, address.c.id == outbox.c.address_id)
        .where(outbox.c.kind == kind)
        .order_by(outbox.c.id)
    )
    rows = await here.app.store.read(lambda tx: tx.execute(wanted).all())
    return [(row.channel.partition(":")[0], row.state) for row in rows]


async def told_of_the_other_way(here: World) -> int:
    rows = select(outbox.c.id).where(outbox.c.cause.like("otherway:%"))
    return len(await here.app.store.read(lambda tx: tx.execute(rows).all()))


# -- one person ------------------------------------------------------------------------------------------------------


async def test_a_code_made_on_telegram_is_typed_on_zalo_among_other_words(here: World, lan: Speaker) -> None:
    heard = await lan.says("/themdiachi").hears("Mã để thêm một địa chỉ", "Zalo: mở Zalo, tìm “Bot Khéo”", "Trang web")
    assert "t.me/" not in heard, "here one is already"
    found = CODE.search(heard)
    assert found
    code = found[1]
    at_zalo = await here.stranger("Lan", channel="zalo")
    await at_zalo.says("xin chào").hears("Khéo là máy trả lời tự động", "gõ mã dùng một lần")
    await at_zalo.says(f"dạ mã của tôi là {code[:4]}-{code[4:].lower()} ạ").hears("đây cũng là địa chỉ của đồng chí")
    await here.quiet()
    await lan.hears("Vừa có thêm một địa chỉ", "Zalo", "/diachi")
    await at_zalo.says("/dangky").hears("tập thể hay cá nhân", never="Tôi đồng ý")
    asked = await here.app.store.read(lambda tx: consents.every(tx, lan.person_id))
    assert len(asked) == 1, "one person agrees once"


async def test_a_code_made_on_zalo_opens_telegram_with_a_link(here: World) -> None:
    lan = await here.person("Lan", channel="zalo")
    heard = await lan.says("/themdiachi").hears("Telegram: https://t.me/", never="Zalo: mở Zalo")
    found = CODE.search(heard)
    assert found
    at_telegram = await here.stranger("Lan", channel="telegram")
    await at_telegram.opens(found[1]).hears("đây cũng là địa chỉ của đồng chí")
    await here.quiet()
    await lan.hears("Vừa có thêm một địa chỉ", "Telegram")
    hung = await here.person("Hùng", "van-ninh.van-thang", channel="zalo")
    await hung.says(f"/ma {found[1]}").hears("Mã không hợp lệ", never="Lan")


async def test_the_preferred_address_is_chosen_by_its_number_and_one_is_removed(
    here: World, both: tuple[Speaker, Speaker]
) -> None:
    lan, at_zalo = both
    heard = await at_zalo.says("/diachi").hears("1. Telegram", "2. Zalo", "đang dùng", "Nhắc ở 2", "Bỏ 1")
    assert at_zalo.device.user_id not in heard
    await at_zalo.picks("Nhắc ở 2").hears("Từ nay lời nhắc gửi qua Zalo")
    lan.mark()
    at_zalo.mark()
    await here.it_is(*DUE)
    await at_zalo.hears(REMINDED)
    assert REMINDED not in lan.since()
    await lan.says("/diachi").hears("1. Zalo")
    await lan.picks("Bỏ 1").hears("Đã bỏ Zalo")
    await at_zalo.says("/viec").hears("mã dùng một lần")
    await at_zalo.says("2").hears("mã dùng một lần")  # what was shown there before means nothing any more
    await lan.says("/diachi").hears("1. Telegram", never="Zalo")


async def test_of_several_bots_each_is_called_by_its_name(here: World, both: tuple[Speaker, Speaker]) -> None:
    lan, _ = both
    await lan.says("/diachi").hears("2. Zalo, từ")
    first = here.app.office.doors()[0]
    here.app.office.doors = lambda: [first, Door("zalo:2", "Bot Khéo 2", f"{BOTS}2")]
    await lan.says("/diachi").hears("1. Telegram, từ", "2. Zalo (Bot Khéo), từ")
    await lan.picks("Nhắc ở 2").hears("gửi qua Zalo (Bot Khéo)")


async def test_a_bot_that_has_not_told_its_name_is_not_recommended(here: World, lan: Speaker) -> None:
    here.app.office.doors = list
    await lan.says("/themdiachi").hears("Mã để thêm một địa chỉ", never="Zalo: mở")


# -- how one comes in ------------------------------------------------------------------------------------------------


@pytest.fixture
async def bay(here: World) -> Speaker:
    """Bảy of the standing office."""
    return await here.person("Nguyễn Văn Bảy", DISTRICT, STANDING_OFFICE)


async def invites(bay: Speaker) -> str:
    """What Bảy reads, having invited somebody to xã Vạn Hưng."""
    await bay.says("/moi xã Vạn Hưng").hears("với chức năng gì?")
    await bay.picks("cán bộ phụ trách").hears("Mời ai vào")
    return await bay.picks("Người nhận mã tự gõ tên").hears("Mã mời")


async def test_an_invitation_names_every_way_and_is_taken_on_zalo(here: World, bay: Speaker) -> None:
    heard = await invites(bay)
    found = INVITED.search(heard)
    assert found
    ways = [
        heard.index(way)
        for way in ("t.me/", "Zalo: mở Zalo, tìm “Bot Khéo”", f"{BOTS}{here.zalo.bot_id}", "/chat/start")
    ]
    assert ways == sorted(ways)
    assert f"gõ mã {found[1]} vào khung chat" in heard
    be = await here.stranger("Bé", channel="zalo")
    await be.says(heard).hears("Mã hợp lệ", "họ và tên")  # the whole invitation, as it was passed on
    await be.says("Phạm Thị Bé").hears("Kính chào đồng chí Phạm Thị Bé – xã Vạn Hưng.")


async def test_without_telegram_the_picture_holds_the_bot_of_zalo(here: World, bay: Speaker) -> None:
    here.app.office.telegram_name = str
    heard = await invites(bay)
    assert "t.me/" not in heard
    ((_, content),) = bay.last.files
    wanted = segno.make(f"{BOTS}{here.zalo.bot_id}", error="m", micro=False).matrix
    picture, scale, border = Image.open(io.BytesIO(content)).convert("1"), 8, 4
    middle = [(border + n) * scale + scale // 2 for n in range(len(wanted))]
    assert [[int(not picture.getpixel((x, y))) for x in middle] for y in middle] == [list(row) for row in wanted]


async def test_of_several_bots_the_one_with_room_is_named_and_of_full_ones_none(here: World, bay: Speaker) -> None:
    office, first = here.app.office, here.app.office.doors()[0]
    second = Door("zalo:2", "Bot Khéo 2", f"{BOTS}2")
    office.doors = lambda: [first, second]
    monthly = office.thrift.allowance
    office.thrift.allowance = replace(monthly, people=1)
    assert "tìm “Bot Khéo”" in await invites(bay)
    seats = await here.app.store.read(lambda tx: inviting.seats(tx, office, 3))
    assert seats == [first, second, None], "a list of codes spreads people over the bots"
    await here.person("Lan", channel="zalo")
    assert "tìm “Bot Khéo 2”" in await invites(bay)
    office.doors = lambda: [first]
    assert "Zalo: mở Zalo" not in await invites(bay)


async def test_a_group_of_zalo_is_linked_by_a_code_in_it(here: World, bay: Speaker) -> None:
    heard = await bay.says("/manhom huyện Vạn Ninh").hears("Mã cho nhóm của", "Trên Zalo: trưởng nhóm thêm “Bot Khéo”")
    found = re.search(r"/lienket ([A-Z2-9]{8})", heard)
    assert found
    lan = await here.stranger("Lan", channel="zalo", group=7)
    there = in_group(lan)
    await there.says("/tiendo").hears("Nhóm này chưa liên kết")
    await there.says(f"/lienket {found[1]}").hears("đã liên kết với huyện Vạn Ninh")
    await there.says("/tiendo").hears("Đã trả lời")


# -- one draft -------------------------------------------------------------------------------------------------------


async def test_begun_on_telegram_finished_on_zalo(here: World, both: tuple[Speaker, Speaker]) -> None:
    lan, at_zalo = both
    await lan.says("/dangky").hears("tập thể hay cá nhân")
    await lan.picks("Tập thể").hears("tên điển hình")
    await lan.says(CAMERA).hears("nào thực hiện")

    await at_zalo.says("/viec").hears(f"Tiếp tục: {CAMERA}")
    await at_zalo.picks(f"Tiếp tục: {CAMERA}").hears("nào thực hiện")
    await at_zalo.says("Chi hội Phụ nữ").hears("lĩnh vực", "1. ")
    await at_zalo.picks("An ninh, quốc phòng").hears("nội dung gần nhất")
    await at_zalo.says("bo qua").hears("thời gian")
    await at_zalo.says("cả năm").hears("khen thưởng không?")
    await at_zalo.says("co").hears("4. Lĩnh vực: An ninh, quốc phòng", "Nộp bản đăng ký")
    await at_zalo.picks("Nộp bản đăng ký").hears("Số tiếp nhận 00001/2024", "người nộp: Lan")
    await lan.says("Hội Cựu chiến binh").hears("Bản này đã nộp lúc")
    (exemplar,) = await here.exemplars()
    assert exemplar.name == CAMERA


async def test_begun_on_zalo_finished_on_telegram_and_a_number_means_what_stands_on_its_own_screen(
    here: World, both: tuple[Speaker, Speaker]
) -> None:
    lan, at_zalo = both
    await at_zalo.says("/dangky").hears("tập thể hay cá nhân")
    await at_zalo.says("1").hears("tên điển hình")
    await at_zalo.says(CAMERA).hears("nào thực hiện")
    await at_zalo.says("Chi hội Phụ nữ").hears("lĩnh vực")
    second = next(label for label, mark in at_zalo.last.marks.items() if mark == "2")

    await lan.says("/viec").hears(f"Tiếp tục: {CAMERA}")
    await lan.picks(f"Tiếp tục: {CAMERA}").hears("lĩnh vực")
    await lan.picks("An ninh, quốc phòng").hears("nội dung gần nhất")  # with options of its own
    await at_zalo.says("2").hears("nội dung gần nhất")
    await lan.says("xem lại").hears(f"4. Lĩnh vực: {second}", "5. Nội dung: (chưa có)")
    await lan.picks("Tiếp tục").hears("thời gian")
    await lan.says("cả năm").hears("nội dung gần nhất")
    await lan.picks("Bỏ qua").hears("khen thưởng không?")
    await lan.picks("Có").hears("Nộp bản đăng ký")
    await lan.picks("Nộp bản đăng ký").hears("Số tiếp nhận 00001/2024")
    await at_zalo.says("2").hears("Bản này đã nộp lúc")
    assert len(await here.exemplars()) == 1


async def test_a_photo_from_zalo_and_a_document_from_telegram_in_one_row(
    here: World, both: tuple[Speaker, Speaker]
) -> None:
    lan, at_zalo = both
    await here.exemplar(CAMERA)
    await lan.says("/tucham").hears("Tiêu chí 01")
    await lan.says("14").hears("Tài liệu kiểm chứng cho tiêu chí 01")
    await lan.sends_document("bien-ban.pdf", PDF).hears("Đã nhận 1 tài liệu", "Đã có: 1 tài liệu")

    await at_zalo.says("/viec").hears("Tiếp tục: Bảng tự chấm")
    await at_zalo.picks("Tiếp tục: Bảng tự chấm").hears("Tài liệu kiểm chứng cho tiêu chí 01")
    await at_zalo.sends_photo("hop-dan.jpg").hears("Đã nhận 1 ảnh", "Đã có: 1 ảnh, 1 tài liệu")
    await lan.says("45 hộ dự họp").hears("Đã có: 1 ảnh, 1 tài liệu, 1 số liệu")

    kept = await evidence(here, "01")
    assert [item.kind for item in kept] == ["document", "photo", "figure"]
    assert here.app.keeper.path(kept[0].sha256).read_bytes() == PDF
    assert here.app.keeper.path(kept[1].sha256).read_bytes() == photo("hop-dan.jpg")
    await at_zalo.says("xong").hears("Tiêu chí 02")


async def evidence(here: World, row: str) -> list[Item]:
    def look(tx: Any) -> list[Item]:
        id = tx.execute(select(draft.c.id).where(draft.c.form == "self_score")).scalar_one()
        return list(answers(drafts.events(tx, id))[f"e{row}"].items)

    return await here.app.store.read(look)


async def test_what_one_began_on_telegram_the_next_finishes_on_zalo(here: World, lan: Speaker, bay: Speaker) -> None:
    await lan.says("/dangky").hears("tập thể hay cá nhân")
    await lan.picks("Tập thể").hears("tên điển hình")
    await lan.says(CAMERA).hears("nào thực hiện")
    await bay.says("/bangiao lan").hears("Ai nhận bàn giao?")
    await bay.says("Phạm Thị Bé").hears("Đúng không?")
    heard = await bay.picks("Đúng, bàn giao").hears("Mã mời", "Zalo: mở Zalo, tìm “Bot Khéo”")
    found = INVITED.search(heard)
    assert found

    be = await here.stranger("Bé", channel="zalo")
    await be.says(found[1]).hears("Kính chào đồng chí Phạm Thị Bé – xã Vạn Hưng", "Tôi đồng ý")
    await be.says("tôi đồng ý").hears("cảm ơn")
    await be.says("/viec").hears(f"Tiếp tục: {CAMERA}")
    await be.picks(f"Tiếp tục: {CAMERA}").hears("nào thực hiện")
    await be.says("Chi hội Phụ nữ").hears("lĩnh vực")
    await lan.says("Hội Nông dân").hears("", never="lĩnh vực")
    await be.says("xem lại").hears(f"2. Tên điển hình: {CAMERA}", "Chi hội Phụ nữ")


# -- what arrives ----------------------------------------------------------------------------------------------------


async def test_what_zalo_does_not_take_any_more_comes_by_telegram_and_that_is_said_once(
    here: World, both: tuple[Speaker, Speaker], bay: Speaker
) -> None:
    lan, at_zalo = both
    await prefers_zalo(lan)
    here.zalo.blocked.add(at_zalo.device.user_id)
    lan.mark()
    await here.it_is(*DUE)
    await lan.hears(REMINDED)
    assert await messages(here) == [("zalo", "gone"), ("telegram", "sent")]
    await here.it_is(*DUE, 8, 1)
    await lan.hears(OTHER_WAY, "Telegram")
    await here.it_is(*DUE, 8, 2)
    await here.it_is(2024, 2, 7)
    assert lan.since().count(OTHER_WAY) == 1
    assert await told_of_the_other_way(here) == 1
    await lan.says("/diachi").hears("1. Zalo, từ", "không nhắn tới được", "2. Telegram")
    await bay.says("/thuloi").hears("Mọi tin đã tới nơi")

    here.zalo.blocked.clear()
    await at_zalo.says("/viec").hears("Đăng ký điển hình")  # whoever writes is reached again
    await lan.says("/diachi").hears("1. Zalo", never="không nhắn tới được từ")


async def test_what_telegram_does_not_take_any_more_comes_by_zalo(here: World, both: tuple[Speaker, Speaker]) -> None:
    lan, at_zalo = both
    await lan.says("/diachi").hears("1. Telegram", "2. Zalo")  # the older one is used
    here.fake.fail("sendMessage", 403, "Forbidden: bot was blocked by the user", chat=lan.device.user["id"])
    at_zalo.mark()
    await here.it_is(*DUE)
    await at_zalo.hears(REMINDED)
    assert await messages(here) == [("telegram", "blocked"), ("zalo", "sent")]
    await here.it_is(*DUE, 8, 1)
    await at_zalo.hears(f"Telegram {OTHER_WAY} Zalo")


async def test_a_message_to_many_falls_over_too_and_its_report_says_that_it_arrived(
    here: World, both: tuple[Speaker, Speaker], bay: Speaker
) -> None:
    lan, at_zalo = both
    await prefers_zalo(lan)
    await writes(bay, "Mời dự họp giao ban.")
    here.zalo.blocked.add(at_zalo.device.user_id)
    lan.mark()
    await bay.picks("Gửi cho 1 nơi nhận").hears("Đã xác nhận")
    await goes_on(here)
    await lan.hears("Mời dự họp giao ban.", "[Đã nhận]")
    assert await counts(here) == {"sent": 1}
    await lan.picks("Đã nhận").hears("Cảm ơn đồng chí")
    await bay.says("/thuloi").hears("Mọi tin đã tới nơi")


async def test_what_is_lost_at_an_address_that_was_not_used_is_no_news(
    here: World, both: tuple[Speaker, Speaker]
) -> None:
    lan, at_zalo = both
    here.zalo.blocked.add(at_zalo.device.user_id)
    await at_zalo.says("/viec")
    await here.quiet()
    await here.it_is(*DUE)
    await lan.hears(REMINDED)
    await here.it_is(*DUE, 8, 1)
    assert await told_of_the_other_way(here) == 0


async def test_a_reminder_that_may_have_arrived_is_not_repeated_on_a_guess(
    here: World, both: tuple[Speaker, Speaker], bay: Speaker
) -> None:
    lan, at_zalo = both
    await prefers_zalo(lan)
    here.zalo.fail("sendMessage", cut="after", chat=at_zalo.device.user_id)
    lan.mark()
    at_zalo.mark()
    await here.it_is(*DUE)
    await here.it_is(*DUE, 8, 5)
    assert await messages(here) == [("zalo", "unknown")]
    assert at_zalo.since().count(REMINDED) == 1
    assert REMINDED not in lan.since(), "not elsewhere on a guess either"
    await bay.says("/thuloi").hears("gửi Lan (Zalo)", "không rõ tin đã tới hay chưa", "đề nghị hỏi nơi nhận")
    await bay.picks("Gửi lại 1").hears("Đang gửi lại 1 tin")
    await here.quiet()
    assert at_zalo.since().count(REMINDED) == 2
    await bay.says("/thuloi").hears("Mọi tin đã tới nơi")


async def test_an_answer_that_may_have_arrived_is_not_repeated_and_the_talk_goes_on(
    here: World, both: tuple[Speaker, Speaker]
) -> None:
    _, at_zalo = both
    await at_zalo.says("/dangky").hears("tập thể hay cá nhân")
    here.zalo.fail("sendMessage", cut="after", chat=at_zalo.device.user_id)
    await at_zalo.says("1").hears("tên điển hình")
    await at_zalo.says(CAMERA).hears("nào thực hiện")
    assert at_zalo.since().count("tên điển hình") == 0
    here.zalo.fail("sendMessage", cut="before", chat=at_zalo.device.user_id)
    await at_zalo.says("Chi hội Phụ nữ")
    await here.quiet()
    await at_zalo.says("xem lại").hears("3. Tập thể, cá nhân thực hiện: Chi hội Phụ nữ")
    assert "lĩnh vực" not in [state for _, state in await messages(here, "reply")]


# -- several bots ----------------------------------------------------------------------------------------------------


async def test_two_bots_of_one_office_are_two_addresses_of_one_person(
    tmp_path: Path,
    channel: str,
    ready_sqlite: Path,  # noqa: F811
) -> None:
    async with world(tmp_path / "kheo", channel, ready=ready_sqlite, with_zalo=True, two_bots=True) as here:
        lan = await here.person("Lan", channel="zalo")
        assert here.second_bot is not None
        found = CODE.search(await lan.says("/themdiachi").hears("Mã để thêm một địa chỉ"))
        assert found
        again = Speaker("Lan", ZaloPhone(here.second_bot, 1, "Lan"))
        await again.says(f"mã {found[1]} ạ").hears("đây cũng là địa chỉ của đồng chí")
        assert again.device.user_id != lan.device.user_id
        await lan.says("/diachi").hears("1. Zalo (Bot Khéo), từ", "2. Zalo (Bot Khéo 2), từ")

        await lan.says("/dangky").hears("tập thể hay cá nhân")
        await lan.says("1").hears("tên điển hình")
        await again.says("/viec").hears("Đang nhập dở")
        await here.quiet()
        here.zalo.blocked.add(lan.device.user_id)
        again.mark()
        await here.it_is(*DUE)
        await again.hears(REMINDED)
        assert here.second_bot.sent(again.device.user_id)
        assert not here.zalo.sent(again.device.user_id), "each bot writes to its own people"
