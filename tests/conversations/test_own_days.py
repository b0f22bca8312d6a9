"""Duties without a day: the office is asked once, sets a day or wants none, and is not asked again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from pathlib import Path

import pytest

from bot.clock import ZONE
from bot.rules.access import ADMINISTRATOR, STANDING_OFFICE
from bot.store import own_days
from tests.talk import Speaker
from tests.world import World, task, world

BAO_CAO_Q1 = task("bao_cao_q1")
KE_HOACH = task("ke_hoach")

WEB = pytest.mark.parametrize("channel", ["web"], indirect=True)
COLUMN = "Chuyên mục “Dân vận khéo” trên báo và trên sóng"
ASKED = "Các việc không có ngày"


@asynccontextmanager
async def office_of(folder: Path, channel: str, ready: Path, plan: str) -> AsyncIterator[World]:
    at = datetime(2023, 3, 13, 9, 0, tzinfo=ZONE)
    async with world(folder / "kheo", channel, ready=ready, plans=[plan], at=at) as made:
        yield made


def heard(speaker: Speaker) -> int:
    return len(speaker.device.heard)


async def decided(here: World, plan: str) -> dict[str, tuple[date | None, int | None]]:
    season = here.season(plan)
    found = await here.app.store.read(lambda tx: own_days.decided(tx, season.id))
    return {id: (one.on, one.day) for id, one in found.items()}


async def test_the_monthly_column_gets_its_day_and_is_reminded_of_every_month(
    tmp_path: Path, channel: str, ready_sqlite: Path
) -> None:
    async with office_of(tmp_path, channel, ready_sqlite, "ninh-thuan") as here:
        bay = await here.person("Bảy", "ninh-thuan", STANDING_OFFICE)
        await bay.says("/datngay").hears("Các việc văn bản không quy định ngày", f"• {COLUMN}: chưa có ngày")
        await bay.picks("Đặt ngày: Chuyên mục “Dân vận khéo” trên báo và trên…").hears(
            "đến hết ngày bao nhiêu của mỗi tháng"
        )
        await bay.says("hôm nào cũng được").hears("không phải là ngày trong tháng")
        await bay.says("32").hears("không phải là ngày trong tháng")
        await bay.says("25").hears("đến hết ngày 25 của mỗi tháng", "Khéo nhắc Sở Nội vụ để theo dõi Báo Ninh Thuận")
        assert await decided(here, "ninh-thuan") == {"chuyen_muc": (None, 25)}
        await bay.says("/datngay").hears(f"• {COLUMN}: đến hết ngày 25 hằng tháng")
        await here.it_is(2023, 3, 23)
        await bay.hears("chuyên mục “Dân vận khéo”", "tháng 03")
        await here.it_is(2023, 4, 24)
        await bay.hears("tháng 04")


@WEB
async def test_the_office_and_the_administrator_are_asked_once(
    tmp_path: Path, channel: str, ready_sqlite: Path
) -> None:
    async with office_of(tmp_path, channel, ready_sqlite, "so-tttt-dak-nong") as here:
        bay = await here.person("Bảy", "so-tttt-dak-nong", STANDING_OFFICE)
        quan = await here.person("Quản", "so-tttt-dak-nong", ADMINISTRATOR)
        await here.it_is(2023, 3, 14)
        for who in (bay, quan):
            await who.hears(ASKED, "Tổng hợp, gửi báo cáo", "Đặt ngày", "Không đặt ngày cho các việc này")
        before = heard(bay), heard(quan)
        await here.it_is(2023, 3, 14, 10)
        await here.it_is(2023, 3, 15)
        assert (heard(bay), heard(quan)) == before
        await quan.picks("Đặt ngày").hears("• Tổng hợp, gửi báo cáo: chưa có ngày")
        await quan.picks("Đặt ngày: Tổng hợp, gửi báo cáo").hears("cần xong đến hết ngày nào?")
        await quan.says("11/06/2023").hears(
            "cần xong đến hết ngày 11/06/2023", "ngày làm việc cuối cùng trước đó là 09/06/2023"
        )
        await bay.picks("Không đặt ngày cho các việc này").hears("Đã ghi nhận: không đặt ngày cho", "Website")
        known = await decided(here, "so-tttt-dak-nong")
        assert known["bao_cao"] == (date(2023, 6, 11), None)
        assert known["cap_nhat_website"] == known["tuyen_truyen"] == (None, None)
        await bay.picks_old("Không đặt ngày cho các việc này").hears("không có gì thay đổi")
        await here.it_is(2023, 6, 8)
        await bay.hears("tổng hợp, gửi báo cáo", "do Văn phòng Sở tự ấn định")


@WEB
async def test_a_day_is_changed_and_taken_back(tmp_path: Path, channel: str, ready_sqlite: Path) -> None:
    async with office_of(tmp_path, channel, ready_sqlite, "binh-dinh") as here:
        bay = await here.person("Bảy", "binh-dinh", STANDING_OFFICE)
        lan = await here.person("Lan", "binh-dinh.phu-cat")
        duty = "Kế hoạch triển khai của đơn vị"
        await bay.says("/datngay").hears(f"• {duty}: chưa có ngày")
        await bay.picks(f"Đặt ngày: {duty}").hears("cần xong đến hết ngày nào?")
        for typed, told in (
            ("hôm kia", "không đọc được ngày"),
            ("01/01/2023", "đã qua"),
            ("01/01/2031", "không thuộc đợt"),
        ):
            await bay.says(typed).hears(told)
        await bay.says("31/03/2023").hears("cần xong đến hết ngày 31/03/2023")
        await here.it_is(2023, 3, 30)
        await lan.hears("kế hoạch triển khai của đơn vị", "do Sở Nội vụ tự ấn định")
        await bay.says("/datngay").hears(f"• {duty}: đến hết ngày 31/03/2023 (cơ quan tự đặt)")
        await bay.picks(f"Sửa: {duty}").hears("Bỏ ngày đã đặt")
        await bay.picks("Bỏ ngày đã đặt").hears("Đã bỏ ngày")
        assert "ke_hoach" not in await decided(here, "binh-dinh")
        await bay.says("/datngay").hears(f"• {duty}: chưa có ngày")
        await bay.picks(f"Đặt ngày: {duty}").hears("cần xong")
        await bay.says("thôi").hears("Không có gì thay đổi")


@WEB
async def test_only_who_may_sets_days(tmp_path: Path, channel: str, ready_sqlite: Path) -> None:
    async with office_of(tmp_path, channel, ready_sqlite, "binh-dinh") as here:
        lan = await here.person("Lan", "binh-dinh.phu-cat")
        season = here.season("binh-dinh")
        await lan.says("/datngay").hears("chưa được phân quyền")
        for token in (f"c:datngay:khonghet:n{season.id}", f"c:datngay:khong:{KE_HOACH}:n{season.id}"):
            await lan.forges(token).hears("chưa được phân quyền")
        assert await decided(here, "binh-dinh") == {}
        bay = await here.person("Bảy", "binh-dinh", STANDING_OFFICE)
        await bay.forges(f"c:datngay:{BAO_CAO_Q1}:n{season.id}").hears("Không có (hoặc không còn) việc không có ngày")
        await bay.forges(f"c:datngay:{KE_HOACH}:n99").hears("không thay đổi gì")
