"""/giahan: one unit is given more time, with a reason, is told so, and reminded by its own date."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime
from pathlib import Path

import pytest

from bot.clock import ZONE
from bot.rules.access import OVERSEER, STANDING_OFFICE
from bot.store import extensions
from tests.talk import Speaker, in_group
from tests.world import DISTRICT, World, task, world

DANG_KY = task("dang_ky")

HUNG, THANH = "van-ninh.van-hung", "van-ninh.van-thanh"
REGISTRATION = "Đăng ký điển hình “Dân vận khéo”"
REASON = "Xã đang khắc phục hậu quả mưa lũ"
WEB = pytest.mark.parametrize("channel", ["web"], indirect=True)
ON_PHONES = pytest.mark.parametrize("channel", ["telegram", "zalo"], indirect=True)


@pytest.fixture
async def here(tmp_path: Path, channel: str, ready_sqlite: Path) -> AsyncIterator[World]:
    async with world(tmp_path / "kheo", channel, ready=ready_sqlite, at=datetime(2024, 1, 15, 9, tzinfo=ZONE)) as made:
        yield made


@pytest.fixture
async def bay(here: World) -> Speaker:
    return await here.person("Bảy", DISTRICT, STANDING_OFFICE)


async def up_to_the_day(bay: Speaker, unit: str = "xã Vạn Hưng") -> None:
    await bay.says(f"gia hạn cho {unit}").hears("Gia hạn việc nào?", REGISTRATION)
    await bay.picks(REGISTRATION).hears("Gia hạn đến hết ngày nào?")


async def extended(bay: Speaker, day: str = "23/02/2024") -> str:
    await up_to_the_day(bay)
    await bay.says(day).hears("Lý do gia hạn")
    await bay.says(REASON).hears(REASON, "Xác nhận gia hạn")
    return await bay.picks("Xác nhận gia hạn").hears(f"Đã gia hạn: xã Vạn Hưng thực hiện “{REGISTRATION}”")


async def until(here: World) -> date | None:
    season, unit = here.season(), here.app.office.units.coded(HUNG)
    one = await here.app.store.read(lambda tx: extensions.current(tx, season.id, "dang_ky", unit.id))
    return one.until if one is not None else None


async def test_a_unit_is_given_more_time_and_is_told_by_whom_and_why(here: World, bay: Speaker) -> None:
    lan = await here.person("Lan", channel="telegram")
    hung = await here.person("Hùng", THANH, channel="telegram")
    before = len(hung.device.heard)
    await bay.says("/giahan").hears("Hiện không có đơn vị nào được gia hạn", "Gia hạn cho một đơn vị")
    await bay.picks("Gia hạn cho một đơn vị").hears("Gia hạn cho đơn vị nào?")
    await bay.says("xã Vạn Hưng").hears("Gia hạn việc nào?")
    await bay.picks(REGISTRATION).hears("Gia hạn đến hết ngày nào?", "Thời hạn hiện nay của xã Vạn Hưng: 14/02/2024")
    await bay.says("23/02/2024").hears("Lý do gia hạn")
    await bay.says(REASON).hears("Xác nhận gia hạn")
    await bay.picks("Xác nhận gia hạn").hears("đến hết ngày 23/02/2024", REASON, "Khéo báo cho đơn vị")
    await here.quiet()
    await lan.hears(
        "Xét tình hình của xã Vạn Hưng, Ban Dân vận Huyện ủy đồng ý gia hạn", "đến hết ngày 23/02/2024", REASON
    )
    assert len(hung.device.heard) == before, "the others are not told"
    assert await until(here) == date(2024, 2, 23)
    await bay.says("/giahan").hears("• xã Vạn Hưng –", "đến hết ngày 23/02/2024 (thay cho ngày 14/02/2024)", REASON)


@WEB
async def test_whoever_asks_for_the_dates_reads_the_new_one_too(here: World, bay: Speaker) -> None:
    lan = await here.person("Lan", channel="telegram")
    hung = await here.person("Hùng", THANH, channel="telegram")
    await extended(bay)
    given = "xã Vạn Hưng: chậm nhất ngày 23/02/2024 – đã gia hạn cho đơn vị."
    await lan.says("/han").hears("trước ngày 15/02/2024", given)
    await lan.says("bao giờ hết hạn đăng ký?").hears(given)
    await hung.says("/han").hears("trước ngày 15/02/2024", never="gia hạn")
    await bay.says("/tiendo").hears("trước ngày 15/02/2024", given)


@WEB
async def test_it_is_taken_back_once_and_the_unit_is_told(here: World, bay: Speaker) -> None:
    lan = await here.person("Lan", channel="telegram")
    await extended(bay)
    await bay.picks("Hủy gia hạn: xã Vạn Hưng, 23/02/2024").hears("Thời hạn chung áp dụng trở lại")
    assert await until(here) == date(2024, 2, 23)
    await bay.picks("Đúng, hủy gia hạn").hears("Đã hủy gia hạn")
    assert await until(here) is None
    await here.quiet()
    await lan.hears("đã hủy gia hạn của xã Vạn Hưng", "Thời hạn áp dụng: 14/02/2024")
    await bay.picks_old("Đúng, hủy gia hạn").hears("Không có (hoặc không còn) gia hạn này")


@WEB
async def test_the_reminders_follow_the_new_date(here: World, bay: Speaker) -> None:
    lan = await here.person("Lan", channel="telegram")
    await extended(bay)
    await here.quiet()
    await here.it_is(2024, 2, 6)
    assert "23/02/2024" in lan.last.text
    assert "còn 8 ngày làm việc" in lan.last.text, "of the old date nobody of this unit is reminded"
    await here.it_is(2024, 2, 22)
    await lan.hears("còn 1 ngày làm việc", "Đây là thời hạn đã được gia hạn")


@WEB
@pytest.mark.parametrize(
    ("day", "told"),
    [
        ("05/01/2024", "Ngày 05/01/2024 đã qua"),
        ("hôm qua", "Ngày 14/01/2024 đã qua. Đề nghị chọn từ hôm nay trở đi, ví dụ 21/02/2024."),
        ("10/02/2024", "không muộn hơn thời hạn đang áp dụng của xã Vạn Hưng (14/02/2024)"),
        (
            "14/02/2024",
            "không muộn hơn thời hạn đang áp dụng của xã Vạn Hưng (14/02/2024). Gia hạn phải là ngày muộn hơn, ví dụ",
        ),
        ("20/05/2055", "chưa có lịch nghỉ của năm 2055"),
    ],
)
async def test_a_day_that_cannot_be_given_is_told_at_its_question_which_stays_open(
    here: World, bay: Speaker, day: str, told: str
) -> None:
    await up_to_the_day(bay)
    await bay.says(day).hears(told, "Gia hạn đến hết ngày nào?", never="Lý do gia hạn")
    await bay.says("12/02/2024").hears("không muộn hơn", "Gia hạn đến hết ngày nào?", never="Lý do gia hạn")
    await bay.says("23/02/2024").hears("Lý do gia hạn")
    await bay.says(REASON).hears("Xác nhận gia hạn", "23/02/2024")
    await bay.picks("Xác nhận gia hạn").hears("Đã gia hạn")
    assert await until(here) == date(2024, 2, 23)


@WEB
@pytest.mark.parametrize("reason", ["a", "26/02/2024", "ngày 26/02", "..."])
async def test_a_reason_that_says_nothing_is_turned_down_at_its_question(
    here: World, bay: Speaker, reason: str
) -> None:
    await up_to_the_day(bay)
    await bay.says("23/02/2024").hears("Lý do gia hạn")
    await bay.says(reason).hears(f"“{reason}” chưa đủ để làm lý do", "ví dụ", "Lý do gia hạn", never="Xác nhận gia hạn")
    await bay.says(REASON).hears("Xác nhận gia hạn", REASON)


@WEB
async def test_a_day_corrected_in_its_own_message_is_looked_at_as_well(here: World, bay: Speaker) -> None:
    await up_to_the_day(bay)
    await bay.says("23/02/2024").hears("Lý do gia hạn")
    await bay.edits("01/02/2024").hears("không muộn hơn thời hạn", "23/02/2024")
    await bay.says(REASON).hears("Xác nhận gia hạn", "23/02/2024")


@WEB
async def test_a_day_off_is_taken_and_the_last_working_day_told(here: World, bay: Speaker) -> None:
    assert "25/02/2024 là ngày nghỉ; ngày làm việc cuối cùng trước đó là 23/02/2024" in await extended(
        bay, "25/02/2024"
    )


@WEB
async def test_a_unit_that_has_answered_needs_no_more_time(here: World, bay: Speaker) -> None:
    lan = await here.person("Lan", channel="telegram")
    await lan.says("/khongdangky").hears("xã Vạn Hưng")
    await bay.says("gia hạn cho xã Vạn Hưng").hears("Gia hạn việc nào?", REGISTRATION)
    await bay.picks(REGISTRATION).hears("đã hoàn thành", "không phải gia hạn", "Gia hạn việc nào?")


@WEB
async def test_what_was_handed_in_meanwhile_is_refused_at_the_end(here: World, bay: Speaker) -> None:
    lan = await here.person("Lan", channel="telegram")
    await up_to_the_day(bay)
    await bay.says("23/02/2024").hears("Lý do")
    await bay.says(REASON).hears("Xác nhận gia hạn")
    await lan.says("/khongdangky").hears("xã Vạn Hưng")
    await bay.picks("Xác nhận gia hạn").hears("đã hoàn thành", "không phải gia hạn")


@WEB
async def test_an_unknown_unit_is_asked_for_again(here: World, bay: Speaker) -> None:
    await bay.says("/giahan").hears("Gia hạn cho một đơn vị")
    await bay.picks("Gia hạn cho một đơn vị").hears("Gia hạn cho đơn vị nào?")
    heard = await bay.says("xã Không Có Thật").hears("")
    assert "Gia hạn việc nào?" not in heard


@pytest.mark.parametrize("channel", ["telegram", "web"], indirect=True)
async def test_only_the_office_extends(here: World, lan: Speaker) -> None:
    season, unit = here.season(), lan.unit_id
    tu = await here.person("Tư", HUNG, OVERSEER)
    for who in (lan, tu):
        await who.says("/giahan").hears("chưa được phân quyền")
        await who.forges(f"c:giahan:moi:u{unit}").hears("chưa được phân quyền")
        await who.forges(f"c:giahan:chac:{DANG_KY}:u{unit}:n{season.id}").hears("chưa được phân quyền")
    assert await until(here) is None


@ON_PHONES
async def test_the_units_group_reads_it_and_no_other(here: World, bay: Speaker) -> None:
    lan, hung = await here.person("Lan", group=-501), await here.person("Hùng", THANH, group=-502)
    for speaker, code in ((lan, HUNG), (hung, THANH)):
        await in_group(speaker).says(f"/lienket {await here.group_code(code)}").hears("đã liên kết")
    before = len(in_group(hung).device.heard)
    await extended(bay)
    await here.quiet()
    await in_group(lan).hears("đồng ý gia hạn")
    assert len(in_group(hung).device.heard) == before
