"""A season may have the first reminder of each date wait for the office: it is read, sent with one tap, or held back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from bot.clock import ZONE
from bot.rules.access import STANDING_OFFICE
from bot.store import seasons
from tests.talk import Speaker
from tests.world import DISTRICT, World, task, world

DANG_KY = task("dang_ky")

REGISTRATION = "Đăng ký điển hình “Dân vận khéo”"
WEB = pytest.mark.parametrize("channel", ["web"], indirect=True)


@pytest.fixture
async def here(tmp_path: Path, channel: str, ready_sqlite: Path) -> AsyncIterator[World]:
    async with world(tmp_path / "kheo", channel, ready=ready_sqlite, at=datetime(2024, 1, 2, 9, tzinfo=ZONE)) as made:
        yield made


@pytest.fixture
async def bay(here: World) -> Speaker:
    return await here.person("Bảy", DISTRICT, STANDING_OFFICE)


def heard(speaker: Speaker) -> int:
    return len(speaker.device.heard)


async def waits(here: World) -> None:
    """The season's first reminders wait, and the first one of the registration has come (10 January)."""
    now = here.app.clock.now()
    await here.app.store.write(lambda tx: seasons.release(tx, here.season().id, now, reminders="ask"))
    await here.it_is(2024, 1, 10)


async def test_one_tap_has_the_first_reminder_wait_and_one_tap_sends_it(here: World, bay: Speaker) -> None:
    lan = await here.person("Lan", channel="telegram")
    await bay.says("/lichnhac").hears("lời nhắc đầu tiên của mỗi thời hạn được tự gửi")
    await bay.picks("Để lời nhắc đầu chờ văn phòng gửi").hears("chờ văn phòng bấm gửi")
    assert here.season().reminders == "ask"
    before = heard(lan)
    await here.it_is(2024, 1, 10)
    assert heard(lan) == before
    await bay.says("/lichnhac").hears(f"• 10/01/2024: {REGISTRATION} – CHỜ VĂN PHÒNG GỬI, 13 đơn vị chưa trả lời")
    await bay.picks("Xem: 10/01/2024").hears(
        f"{REGISTRATION}, năm 2024", "đang chờ văn phòng", "Nơi nhận: 1 cán bộ", "Gửi: 10/01/2024", "Giữ lại"
    )
    await bay.picks("Gửi: 10/01/2024").hears("Đã gửi tới 1 cán bộ và 0 nhóm, về 13 đơn vị", "thị trấn Vạn Giã")
    await here.quiet()
    assert heard(lan) == before + 1
    # The next reminders of the date go by themselves.
    await here.it_is(2024, 1, 24)
    assert heard(lan) == before + 2


@WEB
async def test_two_who_press_send_it_once(here: World, bay: Speaker) -> None:
    lan = await here.person("Lan", channel="telegram")
    chin = await here.person("Chín", DISTRICT, STANDING_OFFICE)
    await waits(here)
    before = heard(lan)
    for who in (bay, chin):
        await who.says("/lichnhac").hears("CHỜ VĂN PHÒNG GỬI")
        await who.picks("Xem: 10/01/2024").hears("Gửi: 10/01/2024")
    await bay.picks("Gửi: 10/01/2024").hears("Đã gửi tới 1 cán bộ")
    await bay.picks_old("Gửi: 10/01/2024").hears("đã được gửi", "không gửi lại lần nữa")
    await chin.picks("Gửi: 10/01/2024").hears("không gửi lại lần nữa")
    await here.quiet()
    assert heard(lan) == before + 1


@WEB
async def test_what_was_overtaken_is_not_sent_any_more(here: World, bay: Speaker) -> None:
    lan = await here.person("Lan", channel="telegram")
    await waits(here)
    await bay.says("/lichnhac").hears("CHỜ VĂN PHÒNG GỬI")
    await bay.picks("Xem: 10/01/2024").hears("Gửi: 10/01/2024")
    before = heard(lan)
    await here.it_is(2024, 1, 24)
    await bay.picks("Gửi: 10/01/2024").hears("đã có lời nhắc sau thay thế")
    await here.quiet()
    assert heard(lan) == before
    await bay.says("/lichnhac").hears("• 24/01/2024: Đăng ký", "CHỜ VĂN PHÒNG GỬI", never="10/01/2024")


@WEB
async def test_at_night_it_leaves_in_the_morning(here: World, bay: Speaker) -> None:
    lan = await here.person("Lan", channel="telegram")
    await waits(here)
    here.app.clock.move(datetime(2024, 1, 10, 20, 0, tzinfo=ZONE))
    await bay.says("/lichnhac").hears("CHỜ VĂN PHÒNG GỬI")
    await bay.picks("Xem: 10/01/2024").hears("Gửi: 10/01/2024")
    before = heard(lan)
    await bay.picks("Gửi: 10/01/2024").hears("Tin sẽ đi lúc", "11/01/2024")
    await here.quiet()
    assert heard(lan) == before


@WEB
async def test_a_waiting_reminder_may_be_held_and_let_go(here: World, bay: Speaker) -> None:
    lan = await here.person("Lan", channel="telegram")
    await waits(here)
    before = heard(lan)
    await bay.says("/lichnhac").hears("CHỜ VĂN PHÒNG GỬI")
    await bay.picks("Xem: 10/01/2024").hears("Giữ lại: 10/01/2024")
    await bay.picks("Giữ lại: 10/01/2024").hears("Đã giữ lại lời nhắc ngày 10/01/2024")
    await here.it_is(2024, 1, 11)
    assert heard(lan) == before
    await bay.says("/lichnhac").hears("24/01/2024")


@WEB
async def test_when_nobody_owes_any_more_nothing_is_sent(here: World, bay: Speaker) -> None:
    await waits(here)
    await bay.says("/lichnhac").hears("CHỜ VĂN PHÒNG GỬI")
    await bay.picks("Xem: 10/01/2024").hears("Gửi: 10/01/2024")
    for unit in here.app.office.units.values():
        if unit.parent_id:
            await bay.forges(f"c:khongdangky:u{unit.id}").hears(unit.name)
    season = here.season()
    await bay.forges(f"c:lichnhac:gui:{DANG_KY}:s20:n{season.id}:k240214").hears("Tất cả đã trả lời")


@pytest.mark.parametrize("channel", ["telegram", "web"], indirect=True)
async def test_only_the_office_sends_and_sets(here: World, lan: Speaker, bay: Speaker) -> None:
    await waits(here)
    season, before = here.season(), heard(lan)
    for token in (f"c:lichnhac:gui:{DANG_KY}:s20:n{season.id}:k240214", f"c:lichnhac:dat:nhac:auto:n{season.id}"):
        await lan.forges(token).hears("chưa được phân quyền")
    assert here.season().reminders == "ask"
    await bay.forges(f"c:lichnhac:dat:nhac:often:n{season.id}").hears("chưa được phân quyền")
    await bay.forges("c:lichnhac:dat:nhac:auto:n99").hears("không thay đổi gì")
    await bay.forges(f"c:lichnhac:dat:nhac:ask:n{season.id}").hears("Trước đó đã như vậy")
    await bay.forges(f"c:lichnhac:gui:{DANG_KY}:s10:n{season.id}:k240214").hears("không chờ văn phòng")
    await here.quiet()
    assert not [one for one in lan.device.heard[before:] if "đề nghị xã Vạn Hưng" in one.text]
