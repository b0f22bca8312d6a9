"""A bot at Zalo whose messages of the month run low, or out: nothing that people write is lost, and nobody gets a salvo."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot import outbox as sending
from bot.channels.zalo import client
from bot.chat import Door
from bot.rules.access import ADMINISTRATOR, STANDING_OFFICE
from bot.store import people, usage
from bot.store.tables import address, outbox
from bot.store.usage import Used
from tests.conversations.registering import CAMERA
from tests.databases import ready_sqlite  # noqa: F401
from tests.devices.zalo import SECOND_TOKEN, TOKEN, FakeZalo, ZaloPhone
from tests.talk import Speaker, in_group
from tests.world import DISTRICT, World, world

pytestmark = pytest.mark.parametrize("channel", ["zalo"], indirect=True)
GOES_ON, GOES_ON_HERE = "Khéo lại trả lời được ở đây", "chưa trả lời được qua Zalo cho đến 01/03/2024"
MARCH = (2024, 3, 1, 8)
LIMIT = 3000


@pytest.fixture
async def here(
    tmp_path: Path,
    channel: str,
    ready_sqlite: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[World]:
    """An office with a bot at Zalo, one on Telegram and the web page."""
    monkeypatch.setattr(sending, "FIRST_REST", 0.01)
    monkeypatch.setattr(client, "TOO_FAST_PAUSE", 0.01)
    async with world(tmp_path / "kheo", channel, ready=ready_sqlite) as made:
        yield made


async def used(here: World) -> Used:
    return await here.app.store.read(lambda tx: usage.of(tx, here.zalo.channel, here.app.clock.now()))


async def has_used(here: World, share: int, *, received: bool = False) -> None:
    """So many hundredths of the month's messages are used up by now."""
    await here.quiet()
    there = await used(here)
    many = {"received" if received else "sent": LIMIT * share // 100 - there.both}
    await here.app.store.write(lambda tx: usage.count(tx, here.zalo.channel, here.app.clock.now(), **many))
    await here.app.sender.resume()


async def the_platform_says_no(here: World) -> None:
    """From now on, whatever the ledger says."""
    await has_used(here, 92)
    here.zalo.monthly = max(here.zalo.counted, 1)
    here.zalo.counted = here.zalo.monthly


async def found_out(here: World) -> None:
    """Khéo has understood it."""
    for _ in range(300):
        if (await used(here)).used_up:
            await here.quiet()
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it still tries")


async def begins(lan: Speaker) -> None:
    await lan.says("/dangky").hears("tập thể hay cá nhân")
    await lan.picks("Tập thể").hears("tên điển hình")


async def states(here: World, kind: str) -> list[tuple[str, str, bool]]:
    """(channel, state, whether privately) of every message of that kind, the oldest first."""
    wanted = (
        select(address.c.channel, outbox.c.state, address.c.private)
        .join(address, address.c.id == outbox.c.address_id)
        .where(outbox.c.kind == kind)
        .order_by(outbox.c.id)
    )
    rows = await here.app.store.read(lambda tx: tx.execute(wanted).all())
    return [(row.channel.partition(":")[0], row.state, row.private) for row in rows]


# Running out in the middle of a form


async def test_a_form_is_interrupted_and_goes_on_in_the_next_month(here: World, lan: Speaker) -> None:
    await begins(lan)
    await the_platform_says_no(here)
    await lan.says(CAMERA)
    await found_out(here)
    await lan.says("Chi hội Phụ nữ thôn Xuân Tự").hears_nothing()
    asked = len(here.zalo.sent())
    lan.mark()
    here.zalo.new_month()
    await here.it_is(*MARCH)
    heard = await lan.hears(GOES_ON, "Đề nghị chọn lĩnh vực")
    assert heard.count(GOES_ON) == 1 and "nào thực hiện" not in heard, "what was asked meanwhile is not told afterwards"
    assert len([sent for sent in here.zalo.sent()[asked:] if GOES_ON in sent["text"]]) == 1
    await lan.picks("An ninh, quốc phòng").hears("nội dung gần nhất")
    assert len([one for one in lan.device.heard if GOES_ON in one.text]) == 1


@pytest.mark.parametrize("other", ["telegram", "web"])
async def test_whoever_has_another_channel_goes_on_there_at_once(here: World, lan: Speaker, other: str) -> None:
    also = await here.second(lan, other)
    await begins(lan)
    await the_platform_says_no(here)
    also.mark()
    await lan.says(CAMERA)
    heard = await also.hears(GOES_ON_HERE, "nào thực hiện")
    assert heard.count(GOES_ON_HERE) == 1
    await also.says("Chi hội Phụ nữ thôn Xuân Tự").hears("Đề nghị chọn lĩnh vực")
    also.mark()
    await lan.says("/viec").hears_nothing()
    await here.quiet()
    assert not also.since(), "told once, and not with every word"
    here.zalo.new_month()
    await here.it_is(*MARCH)
    await lan.says("/hotro")
    await here.quiet()
    assert GOES_ON not in lan.since(), "who was told elsewhere is not told here once more"


async def test_who_writes_in_the_new_month_before_khéo_does_is_answered_and_not_greeted(
    here: World, lan: Speaker
) -> None:
    await begins(lan)
    await has_used(here, 100)
    await lan.says(CAMERA).hears_nothing()
    await here.quiet()
    await here.it_is(2024, 3, 1, 6)
    await here.quiet()
    assert not lan.since(), "nobody is woken up because a month has begun"
    await lan.says("Chi hội Phụ nữ thôn Xuân Tự").hears("Đề nghị chọn lĩnh vực")
    lan.mark()
    await here.it_is(*MARCH)
    await here.quiet()
    assert GOES_ON not in lan.since()


async def test_it_goes_on_at_once_when_the_administrator_raises_the_number(here: World, lan: Speaker) -> None:
    await begins(lan)
    await has_used(here, 100)
    await lan.says(CAMERA).hears_nothing()
    await here.quiet()
    thrift = here.app.office.thrift
    thrift.allowance = type(thrift.allowance)(10 * LIMIT)  # as after a start with another ZALO_MONTHLY
    await here.app.sender.resume()
    await lan.hears(GOES_ON, "nào thực hiện")
    await lan.says("Chi hội Phụ nữ thôn Xuân Tự").hears("Đề nghị chọn lĩnh vực")


async def test_what_comes_in_counts_by_the_second_reading(here: World, lan: Speaker) -> None:
    await here.quiet()
    before = await used(here)
    await begins(lan)
    await here.quiet()
    after = await used(here)
    assert (after.sent - before.sent, after.received - before.received) == (2, 2), "one message out for each step"
    await has_used(here, 100, received=True)
    await lan.says(CAMERA).hears_nothing()


async def test_what_the_platform_sends_twice_counts_once(here: World, lan: Speaker) -> None:
    await here.quiet()
    before = await used(here)
    here.zalo.repeats = 3
    await lan.says("/viec").hears("")
    await here.quiet()
    assert (await used(here)).received == before.received + 1


# Warnings


async def test_administrators_are_warned_once_for_each_step_where_it_costs_nothing(here: World, lan: Speaker) -> None:
    chief = await here.person("Quản trị", DISTRICT, ADMINISTRATOR)
    also = await here.second(chief, "telegram")
    also.mark()
    chief.mark()
    await has_used(here, 80)
    for _ in range(3):
        await here.app.jobs.scan()
        await here.quiet()
    heard = await also.hears("đã dùng 2400 trên 3000 tin", "Từ 95 phần trăm")
    assert heard.count("đã dùng") == 1 and "đã dùng" not in chief.since()
    also.mark()
    await has_used(here, 95)
    await here.app.jobs.scan()
    await also.hears("chỉ còn gửi tin thiết yếu", "/thuloi")
    await has_used(here, 100)
    await here.app.jobs.scan()
    await also.hears("đã hết số tin của tháng này", "01/03/2024")
    assert not lan.since() or "đã dùng" not in lan.since(), "officers are not bothered with it"


async def test_the_administrator_sees_both_readings_and_whom_the_bot_serves(here: World, lan: Speaker) -> None:
    chief = await here.person("Quản trị", DISTRICT, ADMINISTRATOR, channel="telegram")
    await has_used(here, 50)
    await begins(lan)
    await here.quiet()
    at = await used(here)
    heard = await chief.says("/suckhoe").hears(
        f"gửi {at.sent:,}".replace(",", "."), "nếu chỉ tính tin gửi", "Đang phục vụ 1/50 người, 0/3 nhóm"
    )
    assert here.zalo.bot_id in heard and "một bot Zalo là đủ" in heard
    await has_used(here, 81)
    await chief.says("/suckhoe").hears("đã dùng", "tin của tháng", "Từ 95 phần trăm")
    await has_used(here, 100)
    await chief.says("/suckhoe").hears("đã hết số tin của tháng", "đặt lại ZALO_MONTHLY")


# Reminders and messages to many


async def test_early_reminders_go_to_the_group_only_and_the_last_one_to_the_person_too(
    here: World, lan: Speaker
) -> None:
    hung = await here.person("Hùng", "van-ninh.van-tho", channel="telegram")
    mai = await here.person("Mai", group=77)
    await in_group(mai).says(f"/lienket {await here.group_code()}").hears("đã liên kết")
    await here.it_is(2024, 2, 6)
    await here.quiet()
    assert sorted(await states(here, "reminder")) == [("telegram", "sent", True), ("zalo", "sent", False)]
    await hung.hears("còn 1 ngày làm việc")
    await here.it_is(2024, 2, 7)
    await here.quiet()
    last = (await states(here, "reminder"))[2:]
    assert last.count(("zalo", "sent", False)) == 1 and last.count(("zalo", "sent", True)) == 2


async def test_a_group_at_telegram_spares_nobody_at_zalo(here: World, lan: Speaker) -> None:
    mai = await here.person("Mai", channel="telegram", group=-77)
    await in_group(mai).says(f"/lienket {await here.group_code()}").hears("đã liên kết")
    await here.it_is(2024, 2, 6)
    await here.quiet()
    assert ("zalo", "sent", True) in await states(here, "reminder"), "it is another group, which Lan may not be in"


async def test_with_little_left_an_early_reminder_stands_in_the_list_of_what_did_not_arrive(
    here: World, lan: Speaker
) -> None:
    hoa = await here.person("Hòa", DISTRICT, STANDING_OFFICE, channel="telegram")
    await has_used(here, 96)
    await here.it_is(2024, 2, 6)
    await here.quiet()
    assert ("zalo", "failed", True) in await states(here, "reminder")
    await hoa.says("/thuloi").hears("Lan (Zalo)", "bot đã hết số tin được gửi trong tháng", "Hết số tin: xin báo")


async def test_the_preview_of_a_message_to_many_says_what_it_takes(here: World, lan: Speaker) -> None:
    hoa = await here.person("Hòa", DISTRICT, STANDING_OFFICE, channel="telegram")
    await hoa.says("/thongbao").hears("Soạn thông báo mới")
    await hoa.picks("Soạn thông báo mới").hears("Tất cả đơn vị")
    await hoa.picks("Tất cả đơn vị").hears("Tiếp: soạn nội dung")
    await hoa.picks("Tiếp: soạn nội dung").hears("gõ nội dung")
    await hoa.says("Mời họp giao ban lúc 8 giờ sáng thứ sáu").hears("Qua Zalo: hết 1 tin, tháng này còn")
    await has_used(here, 95)
    await hoa.says("xem lại").hears("⚠ Qua Zalo: cần 1 tin mà tháng này chỉ còn 0 tin")


async def test_a_message_to_many_goes_another_way_or_says_why_it_did_not_come(here: World, lan: Speaker) -> None:
    hoa = await here.person("Hòa", DISTRICT, STANDING_OFFICE, channel="telegram")
    hung = await here.person("Hùng", "van-ninh.van-tho")
    also = await here.second(hung, "telegram")
    await has_used(here, 96)
    await hoa.says("/thongbao").hears("Soạn thông báo mới")
    await hoa.picks("Soạn thông báo mới").hears("Tất cả đơn vị")
    await hoa.picks("Tất cả đơn vị").hears("Tiếp: soạn nội dung")
    await hoa.picks("Tiếp: soạn nội dung").hears("gõ nội dung")
    await hoa.says("Mời họp giao ban lúc 8 giờ sáng thứ sáu").hears("⚠ Qua Zalo: cần 2 tin")
    also.mark()
    lan.mark()
    hung.mark()
    await hoa.picks("Gửi cho 2 nơi nhận")
    await also.hears("Mời họp giao ban")
    for _ in range(100):
        await here.app.jobs.broadcasts()
        await here.quiet()
        if "• Gửi không được" in hoa.since():
            break
    assert not lan.since() and "Mời họp" not in hung.since()
    await hoa.says("/thongbao 1").hears("• Đã gửi: 1", "• Gửi không được: 1")
    await hoa.picks("Danh sách chưa nhận").hears("Lan", "bot đã hết số tin được gửi trong tháng")


# Room for people


async def test_whoever_invites_is_told_that_the_bots_are_nearly_full(here: World, lan: Speaker) -> None:
    hoa = await here.person("Hòa", DISTRICT, STANDING_OFFICE, channel="telegram")
    here.app.office.doors = lambda: [Door(here.zalo.channel, "Bot Khéo", "https://bot.zaloplatforms.com/bots/1")]
    unit = here.app.office.units.coded("van-ninh.van-tho")
    assert unit is not None
    invites = f"/moi u{unit.id} officer ai"
    thrift = here.app.office.thrift
    heard = await hoa.says(invites).hears("Mã mời")
    assert "chỗ" not in heard, "with forty-nine seats left nothing is said of it"
    thrift.allowance = type(thrift.allowance)(LIMIT, 3, 3)
    await hoa.says(invites).hears("hiện còn chỗ cho 2 người")
    thrift.allowance = type(thrift.allowance)(LIMIT, 1, 3)
    await hoa.says(invites).hears("hiện đã hết chỗ")


async def test_of_two_bots_the_one_with_room_is_named(here: World, lan: Speaker) -> None:
    hoa = await here.person("Hòa", DISTRICT, STANDING_OFFICE, channel="telegram")
    doors = [Door(here.zalo.channel, "Bot Khéo", "https://x/1"), Door("zalo:99", "Bot Khéo 2", "https://x/2")]
    here.app.office.doors = lambda: doors
    unit = here.app.office.units.coded("van-ninh.van-tho")
    assert unit is not None
    thrift = here.app.office.thrift
    thrift.allowance = type(thrift.allowance)(LIMIT, 1, 3)
    await hoa.says(f"/moi u{unit.id} officer ai").hears("“Bot Khéo 2”")


# Two bots of one office


class TwoBots(FakeZalo):
    """Zalo with a second bot of the same office from the beginning."""

    async def start(self) -> None:
        await super().start()
        self.other = self.beside()


@pytest.fixture
async def two_bots(
    tmp_path: Path,
    channel: str,
    ready_sqlite: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[World]:
    monkeypatch.setattr("tests.world.FakeZalo", TwoBots)
    tokens = f"{TOKEN},{SECOND_TOKEN}"
    async with world(tmp_path / "two", channel, ready=ready_sqlite, ZALO_TOKEN=tokens) as made:
        yield made


async def at_the_other(here: World, speaker: Speaker) -> Speaker:
    """The same person in the chat with the second bot, where they have another id."""
    assert isinstance(here.zalo, TwoBots)
    now = here.app.clock.now()
    code = await here.app.store.write(lambda tx: people.make_code(tx, now, person_id=speaker.person_id))
    also = Speaker(speaker.name, ZaloPhone(here.zalo.other, 4711, speaker.name))
    await also.opens(code).hears(speaker.name)
    return also


async def test_one_bot_is_used_up_and_the_other_takes_over(two_bots: World) -> None:
    here = two_bots
    lan, hung = await here.person("Lan"), await here.person("Hùng", "van-ninh.van-tho")
    also = await at_the_other(here, lan)
    await here.quiet()
    await begins(lan)
    await has_used(here, 100)
    also.mark()
    await lan.says(CAMERA)
    await also.hears(GOES_ON_HERE, "nào thực hiện")
    await also.says("Chi hội Phụ nữ thôn Xuân Tự").hears("Đề nghị chọn lĩnh vực")
    await hung.says("/viec").hears_nothing()
    assert isinstance(here.zalo, TwoBots)
    ledger = await here.app.store.read(
        lambda tx: usage.every(tx, [here.zalo.channel, here.zalo.other.channel], here.app.clock.now())
    )
    assert ledger[here.zalo.channel].both > LIMIT > ledger[here.zalo.other.channel].both > 0, "each by itself"


async def test_of_two_addresses_at_two_bots_one_gets_the_reminder_by_the_bot_with_room(two_bots: World) -> None:
    here = two_bots
    lan = await here.person("Lan")
    also = await at_the_other(here, lan)
    await here.quiet()
    await has_used(here, 95)
    lan.mark()
    also.mark()
    await here.it_is(2024, 2, 6)
    await also.hears("còn 1 ngày làm việc")
    await here.quiet()
    assert "còn 1 ngày" not in lan.since() and also.since().count("còn 1 ngày làm việc") == 1
