"""Dates that wait, dates counted from an event, dates of some kinds of unit, and several plans at once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.clock import ZONE
from bot.plan.calendars import load_years
from bot.plan.model import Plan
from bot.rules.access import STANDING_OFFICE
from bot.rules.calendar import Calendar
from bot.rules.courses import courses
from bot.store import dues, occurrences
from tests.talk import Speaker
from tests.world import ROOT, World, plan, world

SMALL = ROOT / "tests/plans/small"
AFTER, YEAR_LONG = SMALL / "reports_after.yaml", SMALL / "reports_year.yaml"
GUIDANCE = "Có hướng dẫn các bước xây dựng mô hình"
Opened = Callable[..., Any]


@pytest.fixture
async def here(tmp_path: Path, ready_sqlite: Path) -> AsyncIterator[World]:
    """A city whose registration waits for a guidance; Tuesday 2 January 2024."""
    at = datetime(2024, 1, 2, 9, 0, tzinfo=ZONE)
    async with world(tmp_path / "kheo", "web", ready=ready_sqlite, plans=[AFTER], at=at) as made:
        yield made


@pytest.fixture
async def bay(here: World) -> Speaker:
    """Bảy of the standing office."""
    return await here.person("Bảy", "binh-an", STANDING_OFFICE)


@pytest.fixture
async def lan(here: World) -> Speaker:
    return await here.person("Lan", "binh-an.phuong-1", channel="telegram")


@pytest.fixture
async def giao(here: World) -> Speaker:
    """Giao of the school."""
    return await here.person("Giao", "binh-an.le-loi", channel="telegram")


def count(speaker: Speaker) -> int:
    return len(speaker.device.heard)


async def notes(bay: Speaker, day: str = "10/01/2024", verb: str = "Ghi ngày") -> str:
    """Bảy notes when the guidance came."""
    await bay.says("/sukien").hears(f"• {GUIDANCE}", verb)
    await bay.picks(f"{verb}: ").hears("Đề nghị cho biết ngày")
    await bay.says(day).hears("số, ngày của văn bản")
    await bay.says("15/HD-PNV ngày 10/01/2024").hears("Ghi nhận ngày")
    return await bay.picks("Ghi nhận ngày").hears(f"Đã ghi nhận: “{GUIDANCE}”")


async def test_what_waits_for_a_guidance_is_not_reminded_of_until_it_has_come(
    here: World, bay: Speaker, lan: Speaker
) -> None:
    before = count(lan)
    for day in (3, 8, 9, 12):
        assert await here.it_is(2024, 1, day) == 0
    assert count(lan) == before
    await bay.says("/lichnhac").hears(f"• Đăng ký thi đua: chưa nhắc, vì “{GUIDANCE}” chưa có", never="gửi 3 đơn vị")
    await lan.says("/viec").hears(
        "Đăng ký thi đua – trước ngày 30/01/2024", f"chỉ sau khi có “{GUIDANCE}”, chưa ghi nhận"
    )
    heard = await notes(bay)
    assert "Đăng ký thi đua: trước ngày 30/01/2024" in heard
    await lan.says("/viec").hears("Đăng ký thi đua – trước ngày 30/01/2024", never="chỉ sau khi")
    await bay.says("/lichnhac").hears("• 15/01/2024: Đăng ký thi đua – gửi 3 đơn vị", never="chưa nhắc")
    assert await here.it_is(2024, 1, 15) >= 1
    await lan.hears("Đăng ký thi đua, năm 2024", "Gửi về UBND thành phố (qua Phòng Nội vụ).")


async def test_what_is_counted_from_the_guidance_has_a_date_once_the_day_is_known_and_a_new_one_when_it_is_corrected(
    here: World, bay: Speaker, lan: Speaker
) -> None:
    await lan.says("/baocao").hears(f"• Báo cáo việc triển khai hướng dẫn – tính từ “{GUIDANCE}”, chưa ghi nhận ngày")
    heard = await notes(bay, "02/01/2024")
    assert "Báo cáo việc triển khai hướng dẫn: chậm nhất" in heard
    assert "16/01/2024" in heard
    await lan.says("/viec").hears("Báo cáo việc triển khai hướng dẫn", "16/01/2024")
    await here.it_is(2024, 1, 10)
    await bay.says("/sukien").hears(f"• {GUIDANCE}: 02/01/2024 (15/HD-PNV ngày 10/01/2024)", "Sửa ngày")
    await bay.picks("Sửa ngày").hears("02/01/2024", "Ghi nhận ngày")
    await bay.says("sửa 1").hears("Đề nghị cho biết ngày")
    await bay.says("09/01/2024").hears("09/01/2024", "Ghi nhận ngày")
    await bay.picks("Ghi nhận ngày").hears("ngày 09/01/2024", "23/01/2024")
    season = here.season("sau-huong-dan")
    assert await here.app.store.read(lambda tx: occurrences.of_seasons(tx, [season.id])) == {
        season.id: {"huong_dan": date(2024, 1, 9)}
    }
    await lan.says("/viec").hears("23/01/2024", never="16/01/2024")
    await here.restart()
    await lan.says("/viec").hears("23/01/2024")


async def test_a_day_that_has_not_come_is_no_occurrence_and_the_same_day_again_changes_nothing(
    here: World, bay: Speaker
) -> None:
    await bay.says("/sukien").hears("chưa ghi ngày")
    await bay.picks("Ghi ngày").hears("Đề nghị cho biết ngày")
    await bay.says("10/01/2025").hears("số, ngày của văn bản")
    await bay.picks("Bỏ qua").hears("Ghi nhận ngày")
    await bay.picks("Ghi nhận ngày").hears("Ngày 10/01/2025 chưa đến")
    await bay.says("sửa 1").hears("Đề nghị cho biết ngày")
    await bay.says("02/01/2024").hears("Ghi nhận ngày")
    await bay.picks("Ghi nhận ngày").hears("Đã ghi nhận", "ngày 02/01/2024", never="không có gì thay đổi")
    await bay.says("/sukien").hears("Sửa ngày")
    await bay.picks("Sửa ngày").hears("Ghi nhận ngày")
    await bay.picks("Ghi nhận ngày").hears("không có gì thay đổi")


async def test_a_day_that_was_noted_by_mistake_is_taken_back(here: World, bay: Speaker, lan: Speaker) -> None:
    await notes(bay, "02/01/2024")
    await lan.says("/viec").hears("Đăng ký thi đua – trước ngày 30/01/2024", never="chỉ sau khi")
    await bay.says("/sukien").hears("Bỏ ngày đã ghi")
    await bay.picks("Bỏ ngày đã ghi").hears("Bỏ ghi nhận", "02/01/2024")
    await lan.says("/viec").hears("Đăng ký thi đua", never="chỉ sau khi")
    await bay.picks("Bỏ ngày đã ghi").hears("Đã bỏ ngày đã ghi")
    await lan.says("/viec").hears(f"chỉ sau khi có “{GUIDANCE}”, chưa ghi nhận")
    season = here.season("sau-huong-dan")
    for word in ("lai", "chac"):
        await lan.forges(f"c:sukien:o.huong_dan:s{season.id}:{word}").hears("chưa được phân quyền")
        await bay.forges(f"c:sukien:o.huong_dan:s{season.id}:{word}").hears("Chưa ghi ngày nào")


async def test_an_officer_notes_no_occurrence(here: World, lan: Speaker) -> None:
    season = here.season("sau-huong-dan")
    await lan.says("/sukien").hears("chưa được phân quyền")
    await lan.forges(f"c:sukien:o.huong_dan:s{season.id}").hears("chưa được phân quyền")
    assert await here.app.store.read(lambda tx: occurrences.noted(tx, season.id)) == {}


async def test_a_kind_of_unit_with_a_date_of_its_own_is_reminded_by_it(
    here: World, bay: Speaker, lan: Speaker, giao: Speaker
) -> None:
    wards, school = count(lan), count(giao)
    await here.it_is(2024, 7, 8)
    assert count(lan) == wards
    assert "Báo cáo năm, năm 2024: còn 1 ngày làm việc" in giao.last.text
    assert "trước ngày 10/07/2024" in giao.last.text
    school = count(giao)
    await bay.says("/lichnhac").hears("• 09/07/2024: Báo cáo năm – gửi 1 đơn vị", "Xem: 09/07/2024")
    await bay.picks("Xem: 09/07/2024").hears("trước ngày 10/07/2024", "trường Lê Lợi", "Giữ lại: 09/07/2024")
    await bay.picks("Giữ lại: 09/07/2024").hears("Đã giữ lại lời nhắc ngày 09/07/2024")
    await here.it_is(2024, 7, 9)
    assert count(giao) == school, "the office holds it back"
    await giao.says("/baocao").hears("• Báo cáo năm – trước ngày 10/07/2024")
    await lan.says("/baocao").hears("• Báo cáo năm – trước ngày 15/11/2024")
    school = count(giao)
    await here.it_is(2024, 11, 13)
    assert count(giao) == school
    assert "trước ngày 15/11/2024" in lan.last.text
    season = here.season("sau-huong-dan")
    steps = await here.app.store.read(lambda tx: dues.steps(tx, season.id, "bao_cao_nam"))
    assert {*steps} >= {(date(2024, 11, 14), 1), (date(2024, 7, 9), 1), (date(2024, 7, 9), 0)}


async def test_in_ninh_thuan_the_two_registrations_wait_for_the_guidance_of_the_department(
    tmp_path: Path, ready_sqlite: Path
) -> None:
    at = datetime(2024, 1, 8, 9, 0, tzinfo=ZONE)
    async with world(tmp_path / "kheo", "web", ready=ready_sqlite, plans=["ninh-thuan"], at=at) as here:
        bay = await here.person("Bảy", "ninh-thuan", STANDING_OFFICE)
        lan = await here.person("Lan", "ninh-thuan.mttq")
        before = count(lan)
        for day in (15, 22, 26):
            await here.it_is(2024, 1, day)
        assert count(lan) == before
        event = plan("ninh-thuan").occurrences[0].name
        await bay.says("/lichnhac").hears(f"• Đăng ký thi đua: chưa nhắc, vì “{event}”")
        await bay.says("/sukien").hears(event)
        await bay.picks("Ghi ngày").hears("Đề nghị cho biết ngày")
        await bay.says("25/01/2024").hears("số, ngày của văn bản")
        await bay.picks("Bỏ qua").hears("Ghi nhận ngày")
        await bay.picks("Ghi nhận ngày").hears("Đăng ký thi đua: trước ngày 30/01/2024")
        await here.it_is(2024, 1, 29)
        texts = "\n".join(heard.text for heard in lan.device.heard[before:])
        assert "Đăng ký thi đua, năm 2024: hôm nay là ngày làm việc cuối cùng" in texts
        assert "Đăng ký thực hiện các mô hình “Dân vận khéo”, năm 2024: hôm nay là ngày làm việc cuối cùng" in texts
        assert texts.count("Gửi về Ủy ban nhân dân tỉnh (qua Sở Nội vụ).") == 2


def test_the_same_date_for_two_kinds_is_one_course() -> None:
    after = plan(AFTER)
    milestone = after.milestone("bao_cao_nam")
    (own,) = milestone.exceptions
    twice = milestone.model_copy(update={"exceptions": (own, own.model_copy(update={"unit_kinds": ("tram_y_te",)}))})
    found = courses(after, twice, 2024, Calendar(load_years(ROOT / "plans" / "calendars")))
    assert [(c.key, c.kinds, c.without) for c in found] == [
        (date(2024, 11, 14), (), ("truong", "tram_y_te")),
        (date(2024, 7, 9), ("truong", "tram_y_te"), ()),
    ]
    assert [c.concerns(1, "truong") for c in found] == [False, True]
    assert [c.concerns(1, "phuong") for c in found] == [True, False]


async def test_two_plans_on_one_morning_are_one_message_each_under_its_own_document(
    tmp_path: Path, ready_sqlite: Path
) -> None:
    year = plan(YEAR_LONG)
    after = plan(AFTER)
    same_day = tuple(
        m.model_copy(update={"date": year.milestone("bao_cao_q1").date, "after": ""}) if m.id == "dang_ky" else m
        for m in after.milestones
    )
    written = {name: getattr(after, name) for name in Plan.model_fields}
    after = Plan.model_validate({**written, "milestones": same_day, "years": (2023,)})
    at = datetime(2023, 3, 13, 9, 0, tzinfo=ZONE)
    async with world(tmp_path / "kheo", "web", ready=ready_sqlite, plans=[year, after], at=at) as here:
        lan = await here.person("Lan", "an-hoa.y-te")
        before = count(lan)
        await here.it_is(2023, 3, 15)
        (text,) = [heard.text for heard in lan.device.heard[before:]]
        assert text.startswith("Có 2 việc cần thực hiện\n1) ")
        assert text.count("của UBND tỉnh An Hòa về thực hiện công tác dân vận chính quyền") == 1
        assert text.count("của UBND thành phố Bình An về phong trào thi đua") == 1
        await lan.says("/tiendo").hears("Dân vận chính quyền tỉnh An Hòa – năm 2023", "thành phố Bình An – năm 2023")
