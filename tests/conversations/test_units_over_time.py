"""The thirteen units of Vạn Ninh became five communes: what was handed in is found by the old names and from the new ones."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.clock import ZONE
from bot.plan import reorganisation
from bot.rules.access import STANDING_OFFICE
from bot.store import seasons, units
from bot.store.units import NewUnit
from tests.talk import Speaker, in_group
from tests.world import DISTRICT, ROOT, World, plan, world

TRUONG = "Đường hoa thôn Tân Đức"
CAMERA = "Camera an ninh thôn Xuân Tự"
LUONG, HUNG = "van-ninh.van-luong", "van-ninh.van-hung"
DECISION = "Nghị quyết số 1667/NQ-UBTVQH15"
LATER = datetime(2026, 3, 2, 9, 0, tzinfo=ZONE)
MERGED = f"xã Vạn Lương đã sáp nhập vào xã Vạn Ninh từ ngày 01/07/2025 ({DECISION})"
OLD_HUNG = "xã Vạn Hưng (huyện Vạn Ninh, trước 01/07/2025)"
NEW_HUNG = "xã Vạn Hưng (tỉnh Khánh Hòa, từ 01/07/2025)"
NOT_FOR_YOU = "chưa được phân quyền"
WEB = pytest.mark.parametrize("channel", ["web"], indirect=True)
ON_PHONES = pytest.mark.parametrize("channel", ["telegram", "zalo"], indirect=True)
WITH_BUTTONS = pytest.mark.parametrize("channel", ["telegram", "web"], indirect=True)


async def entered(here: World, work: Any) -> Any:
    """Do it to the units, and let the bot see it as its tick does."""

    def both(tx: Any) -> Any:
        done = work(tx)
        here.app.office.refresh(tx)
        return done

    return await here.app.store.write(both)


async def reform(here: World, at: datetime = LATER) -> None:
    """It is later, and an administrator has entered the reorganisation of 2025."""
    here.app.clock.move(at)
    of = reorganisation.load(ROOT / "plans" / "registry" / "reorganisations" / "van-ninh-2025.yaml")
    await entered(here, lambda tx: units.reorganise(tx, of, decision=DECISION, now=at))


async def scored(here: World, speaker: Speaker, unit: str, name: str) -> None:
    await here.exemplar(name, unit)
    await speaker.says("/tucham").hears("Tiêu chí 01")
    await speaker.says("tc1 13,5 tc2 15 tc3 15 tc4 15 tc5 15 tc6 15 tc7 8").hears("96,5/100")
    await speaker.picks("Nộp bảng tự chấm").hears("Số tiếp nhận")


# -- by the old name, and from the new one -----------------------------------------------------------------------------


async def test_the_old_name_answers_and_says_what_became_of_it(here: World, channel: str) -> None:
    luong = await here.person("Lương", LUONG)
    await here.exemplar(TRUONG, LUONG)
    await luong.says("điểm xã Vạn Lương").hears(TRUONG, never="sáp nhập")
    await reform(here)
    await luong.says("điểm xã Vạn Lương").hears(f"2024 · Tập thể · “{TRUONG}”: đã đăng ký", MERGED, "[xã Vạn Ninh]")
    heard = await luong.picks("xã Vạn Ninh").hears(
        "xã Vạn Ninh chưa đăng ký điển hình nào",
        "Từ ngày 01/07/2025, nhập vào xã Vạn Ninh có: thị trấn Vạn Giã, xã Vạn Phú, xã Vạn Lương",
        DECISION,
        "[xã Vạn Lương: 1 điển hình]",
    )
    assert heard.index("xã Vạn Lương: 1 điển hình") < heard.index("[thị trấn Vạn Giã]"), "who handed something in first"
    await luong.picks("xã Vạn Lương: 1 điển hình").hears(TRUONG, MERGED)


@WEB
async def test_a_district_that_has_ended_has_no_follower(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)
    here.app.clock.move(LATER)
    ended = "huyện Vạn Ninh hoạt động đến hết ngày 30/06/2025. Đơn vị tiếp theo chưa được nhập."
    await lan.says("điểm huyện Vạn Ninh").hears(CAMERA, ended)
    await lan.says("điểm xã Vạn Hưng").hears(CAMERA, "xã Vạn Hưng hoạt động đến hết ngày 30/06/2025")
    await reform(here)
    await lan.says("điểm huyện Vạn Ninh").hears(CAMERA, ended)


@WEB
async def test_a_merger_of_a_merger_is_told_to_its_end(here: World, lan: Speaker) -> None:
    await here.exemplar(TRUONG, LUONG)
    await reform(here)
    ninh = here.app.office.units.coded("22489")
    assert ninh is not None
    new = NewUnit("99", "phường Vạn Ninh", "phuong", ninh.parent_id)
    on = date(2026, 1, 1)
    await entered(here, lambda tx: units.merge(tx, [ninh.id], new, on=on, decision="QĐ 9", now=LATER))
    await lan.says("điểm xã Vạn Lương").hears(
        TRUONG, MERGED, "xã Vạn Ninh đã sáp nhập vào phường Vạn Ninh từ ngày 01/01/2026 (QĐ 9)", "[phường Vạn Ninh]"
    )
    await lan.says("điểm phường Vạn Ninh").hears(
        "nhập vào phường Vạn Ninh có: xã Vạn Ninh", "[xã Vạn Lương: 1 điển hình]"
    )


@WEB
async def test_a_split_names_all_that_came_of_it(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)
    hung = here.app.office.units.coded(HUNG)
    assert hung is not None
    parts = [NewUnit("a", "xã Vạn Hưng Bắc", "xa"), NewUnit("b", "xã Vạn Hưng Nam", "xa")]
    on = date(2024, 2, 1)
    await entered(here, lambda tx: units.split(tx, hung.id, parts, on=on, decision="QĐ 7", now=here.app.clock.now()))
    await lan.says("điểm xã Vạn Hưng").hears(
        CAMERA, "đã chia tách từ ngày 01/02/2024 (QĐ 7), thành xã Vạn Hưng Bắc, xã Vạn Hưng Nam", "[xã Vạn Hưng Nam]"
    )


@WEB
async def test_a_renamed_unit_is_found_by_its_old_name(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)
    hung = here.app.office.units.coded(HUNG)
    assert hung is not None
    said: dict[str, Any] = {"on": date(2024, 2, 1), "decision": "QĐ 5", "now": here.app.clock.now()}
    await entered(here, lambda tx: units.rename(tx, hung.id, "phường Xuân Tự", **said))
    for typed in ("điểm xã Vạn Hưng", "diem phuong xuan tu", "Xuân Tự được mấy điểm", "điểm  xã  Vạn  Hưng"):
        await lan.says(typed).hears(CAMERA, "Trước ngày 01/02/2024, phường Xuân Tự có tên là xã Vạn Hưng (QĐ 5)")


# -- the same name, another unit ---------------------------------------------------------------------------------------


@WITH_BUTTONS
async def test_namesakes_are_asked_back_with_place_and_time(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)
    await reform(here)
    await lan.says("điểm xã Vạn Hưng").hears("Đồng chí hỏi đơn vị nào?", f"[{OLD_HUNG}]", f"[{NEW_HUNG}]")
    await lan.picks(OLD_HUNG).hears(CAMERA, f"{OLD_HUNG} đã sáp nhập vào {NEW_HUNG} từ ngày 01/07/2025")
    await lan.says("điểm xã Vạn Hưng").hears(f"[{NEW_HUNG}]")
    await lan.picks(NEW_HUNG).hears("xã Vạn Hưng chưa đăng ký", f"[{OLD_HUNG}: 1 điển hình]", never=f"“{CAMERA}”")


@pytest.mark.parametrize(
    "typed",
    [
        "điểm xã Vạn Hưng cũ",
        "diem xa van hung cu",
        "xã Vạn Hưng trước khi sáp nhập được mấy điểm",
        "điểm xã Vạn Hưng trước 01/7/2025",
        "điểm xã Vạn Hưng, huyện Vạn Ninh",
        "Ðiểm xã  Vạn  Hưng cũ",
    ],
)
@WEB
async def test_the_time_or_the_place_says_which_namesake_is_meant(here: World, lan: Speaker, typed: str) -> None:
    await here.exemplar(CAMERA)
    await reform(here)
    await lan.says(typed).hears(CAMERA, "đã sáp nhập vào")


@WEB
async def test_the_province_says_which_namesake_is_meant(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)
    await reform(here)
    await lan.says("điểm xã Vạn Hưng tỉnh Khánh Hòa").hears("xã Vạn Hưng chưa đăng ký", "nhập vào")
    await lan.says("điểm xã Vạn Hưng, Khánh Hoà").hears("xã Vạn Hưng chưa đăng ký", "nhập vào")
    await lan.says("điểm xã Vạn Ninh").hears("xã Vạn Ninh chưa đăng ký", never="huyện Vạn Ninh")


# -- rights ------------------------------------------------------------------------------------------------------------


@WEB
async def test_points_of_the_old_unit_are_seen_by_it_and_by_its_follower_and_by_nobody_else(here: World) -> None:
    luong = await here.person("Lương", LUONG)
    await scored(here, luong, LUONG, TRUONG)
    await reform(here)
    ninh = await here.person("Ninh", "22489")
    bong = await here.person("Bông", "22498")
    await luong.says("điểm xã Vạn Lương").hears(TRUONG, "96,5/100")
    await ninh.says("điểm xã Vạn Lương").hears(TRUONG, "96,5/100", MERGED)
    await bong.says("điểm xã Vạn Lương").hears(TRUONG, MERGED, never="96,5")
    await ninh.says("xã Vạn Lương còn thiếu tiêu chí nào").hears("tiêu chí 07")
    await bong.says("xã Vạn Lương còn thiếu tiêu chí nào").hears(NOT_FOR_YOU, never="tiêu chí 07")


@WEB
async def test_a_function_does_not_pass_on_to_the_follower(here: World) -> None:
    luong = await here.person("Lương", LUONG)
    bay = await here.person("Bảy", DISTRICT, STANDING_OFFICE)
    await reform(here)
    await here.exemplar(CAMERA, "22489")
    unit = here.app.office.units.coded("22489")
    assert unit is not None
    for speaker in (luong, bay):
        await speaker.says("/dangky xã Vạn Ninh").hears(NOT_FOR_YOU)
        await speaker.forges(f"c:dangky:u{unit.id}").hears(NOT_FOR_YOU)
        await speaker.forges(f"c:vidau:u{unit.id}").hears(NOT_FOR_YOU, never=CAMERA)


@WEB
async def test_nothing_is_registered_for_a_unit_that_has_ended(here: World) -> None:
    luong = await here.person("Lương", LUONG)
    await reform(here)
    await luong.says("/dangky").hears(NOT_FOR_YOU)


@WEB
async def test_what_was_begun_for_the_old_unit_can_be_gone_on_with_by_its_follower(here: World) -> None:
    luong = await here.person("Lương", LUONG)
    await luong.says("/dangky").hears("tập thể hay cá nhân")
    await luong.picks("Tập thể").hears("Tên")
    await luong.says(TRUONG).hears("Tập thể, cá nhân thực hiện")
    await reform(here)
    ninh = await here.person("Ninh", "22489")
    await ninh.says("điểm xã Vạn Ninh").hears("Còn bản nháp chưa nộp ở đó", f"[Tiếp tục: {TRUONG}]")
    await ninh.picks(f"Tiếp tục: {TRUONG}").hears("Tập thể, cá nhân thực hiện")
    bong = await here.person("Bông", "22498")
    await bong.says("điểm xã Vạn Ninh").hears("xã Vạn Ninh chưa đăng ký", never=TRUONG)


@ON_PHONES
async def test_a_group_hears_what_became_of_a_unit_and_no_points(here: World) -> None:
    luong = await here.person("Lương", LUONG, group=-700)
    there = in_group(luong)
    await there.says(f"/lienket {await here.group_code(LUONG)}").hears("đã liên kết với xã Vạn Lương")
    await scored(here, luong, LUONG, TRUONG)
    await reform(here)
    await there.says("/diem").hears(TRUONG, MERGED, never="96,5")


# -- what is owed ------------------------------------------------------------------------------------------------------


@WEB
async def test_nobody_is_reminded_of_what_falls_due_after_their_end(here: World) -> None:
    luong = await here.person("Lương", LUONG)
    bay = await here.person("Bảy", DISTRICT, STANDING_OFFICE)
    now = datetime(2025, 1, 6, 9, 0, tzinfo=ZONE)
    here.app.clock.move(now)
    plan = here.app.office.plans["van-ninh"]
    await entered(here, lambda tx: seasons.begin(tx, plan, 2025, now))
    await here.it_is(2025, 2, 13)
    await luong.hears("Đăng ký điển hình")
    await luong.says("/viec").hears("Đăng ký điển hình", never="Báo cáo kết quả")
    for day in (27, 28, 29):
        assert await here.it_is(2025, 8, day) == 0
    for day in (26, 29, 30):
        assert await here.it_is(2025, 9, day) == 0, "neither the communes nor the office that has ended are written to"
    await bay.says("/viec").hears("Việc của tôi", never="Báo cáo kết quả")


@WEB
async def test_a_year_of_which_no_unit_is_left_is_told_so(here: World, lan: Speaker) -> None:
    now = datetime(2026, 1, 6, 9, 0, tzinfo=ZONE)
    here.app.clock.move(now)
    plan = here.app.office.plans["van-ninh"]
    await entered(here, lambda tx: seasons.begin(tx, plan, 2026, now))
    await lan.says("/tiendo").hears("năm 2026: không còn đơn vị nào của kế hoạch", never="Chưa trả lời")
    await lan.says("/viec").hears("Việc của tôi", never="Đăng ký điển hình")


async def test_the_follower_that_takes_part_carries_on_what_it_has_taken_in(tmp_path: Path, ready_sqlite: Path) -> None:
    at = datetime(2026, 1, 6, 9, 0, tzinfo=ZONE)
    joined = plan("van-ninh").model_copy(update={"participants": ("22489",), "version": "joined"})
    seasons_open = [("van-ninh", 2024), ("van-ninh", 2026)]
    async with world(tmp_path / "kheo", "web", ready=ready_sqlite, plans=[joined], seasons=seasons_open, at=at) as here:
        await here.exemplar(TRUONG, LUONG, year=2024)
        await reform(here, at)
        ninh = await here.person("Ninh", "22489")
        bong = await here.person("Bông", "22498")
        carry = f"Tiếp tục từ năm 2024: {TRUONG}"
        await ninh.says("/dangky").hears("có mô hình, điển hình của năm trước", f"• 2024: “{TRUONG}”", f"[{carry}]")
        await ninh.picks(carry).hears(f"Tiếp tục “{TRUONG}” – xã Vạn Ninh từ năm 2024 sang năm 2026", "nào thực hiện")
        await ninh.says("Chi hội Phụ nữ thôn Tân Đức").hears("Đề nghị chọn lĩnh vực")
        await ninh.picks("An ninh, quốc phòng").hears("thời gian triển khai")
        await ninh.says("từ tháng 01 đến tháng 12 năm 2026").hears("khen thưởng không?")
        await ninh.picks("Có").hears("Nộp bản đăng ký")
        await ninh.picks("Nộp bản đăng ký").hears("Đã tiếp nhận bản đăng ký", f"“{TRUONG}” – xã Vạn Ninh")
        (carried,) = await here.exemplars("22489")
        (before,) = await here.exemplars(LUONG)
        assert (carried.carried_from, carried.year, before.year) == (before.id, 2026, 2024)
        await ninh.says("/dangky").hears("Sửa bản đăng ký", never="Tiếp tục từ năm 2024")
        season = here.season("van-ninh", 2026)
        await bong.forges(f"c:dangky:e{before.id}:s{season.id}").hears(NOT_FOR_YOU, never=TRUONG)
