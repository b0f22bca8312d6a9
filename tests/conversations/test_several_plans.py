"""A unit under several plans: which one is meant is asked back or named in the sentence, and every answer names it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from bot.clock import ZONE
from bot.rules.access import STANDING_OFFICE
from tests.conversations.registering import CAMERA
from tests.conversations.test_registration import NOT_FOR_YOU, WITH_BUTTONS, open_drafts, owes
from tests.talk import Speaker
from tests.world import DISTRICT, VAN_NINH, World, plan, world

PROVINCE = "ninh-thuan"
HUNG = "van-ninh.van-hung"
OF_DISTRICT, OF_PROVINCE = "Dân vận khéo huyện Vạn Ninh", "Dân vận khéo tỉnh Ninh Thuận"
WHICH = "Có nhiều kế hoạch liên quan"
AT = datetime(2024, 1, 8, 9, 0, tzinfo=ZONE)
WITH_HUNG = plan(PROVINCE).model_copy(update={"participants": (HUNG,), "version": "with-van-hung"})


@pytest.fixture
async def here(tmp_path: Path, channel: str, ready_sqlite: Path) -> AsyncIterator[World]:
    """The district's plan and the province's, in which xã Vạn Hưng takes part too; seasons of 2023 and 2024."""
    async with world(
        tmp_path / "kheo",
        channel,
        ready=ready_sqlite,
        plans=[VAN_NINH, WITH_HUNG],
        seasons=[(VAN_NINH, 2024), (PROVINCE, 2023), (PROVINCE, 2024)],
        at=AT,
    ) as made:
        yield made


async def fills_in_for_the_district(speaker: Speaker) -> None:
    """From the first question to the summary of the district's registration."""
    await speaker.picks("Tập thể").hears("tên điển hình")
    await speaker.says(CAMERA).hears("nào thực hiện")
    await speaker.says("Chi hội Phụ nữ thôn Xuân Tự").hears("Đề nghị chọn lĩnh vực")
    await speaker.picks("An ninh, quốc phòng").hears("nội dung gần nhất")
    await speaker.says("bỏ qua").hears("thời gian triển khai")
    await speaker.says("cả năm").hears("khen thưởng không?")
    await speaker.picks("Có").hears("Nộp bản đăng ký")


async def test_which_plan_is_asked_back(here: World, lan: Speaker) -> None:
    await lan.says("/dangky").hears(WHICH, OF_DISTRICT, OF_PROVINCE)
    assert await open_drafts(here) == []
    await lan.picks(OF_DISTRICT).hears(f"{OF_DISTRICT}\nĐăng ký năm 2024 – xã Vạn Hưng", "15/02/2024")
    await fills_in_for_the_district(lan)
    await lan.picks("Nộp bản đăng ký").hears(f"{OF_DISTRICT}\nĐã tiếp nhận bản đăng ký “{CAMERA}” – xã Vạn Hưng")
    (exemplar,) = await here.exemplars()
    assert (exemplar.plan, exemplar.year) == (VAN_NINH, 2024)
    assert not await owes(here)
    # One button further on it is still the same plan.
    await lan.picks("Đăng ký thêm").hears(f"{OF_DISTRICT}\nĐăng ký năm 2024", never=WHICH)


@pytest.mark.parametrize(
    "said",
    [
        "/dangky theo kế hoạch tỉnh Ninh Thuận",
        "đăng ký mô hình theo kế hoạch Ninh Thuận",
        "dang ky mo hinh dan van kheo tinh ninh thuan",
    ],
)
async def test_the_plan_is_named_in_the_sentence(here: World, lan: Speaker, said: str) -> None:
    await lan.says(said).hears(f"{OF_PROVINCE}\nĐăng ký năm 2024 – xã Vạn Hưng", "30/01/2024", never=WHICH)
    (draft,) = await open_drafts(here)
    assert draft.season_id == here.season(PROVINCE).id


async def test_the_district_is_a_plan_and_not_the_unit_that_registers(here: World, lan: Speaker) -> None:
    await lan.says("/dangky theo kế hoạch huyện Vạn Ninh").hears(f"{OF_DISTRICT}\nĐăng ký năm 2024 – xã Vạn Hưng")
    (draft,) = await open_drafts(here)
    assert draft.season_id == here.season(VAN_NINH).id


async def test_whom_one_plan_concerns_is_not_asked(here: World) -> None:
    binh = await here.person("Bình", "van-ninh.van-binh")
    heard = await binh.says("/dangky").hears("Đăng ký năm 2024 – xã Vạn Bình", never=WHICH)
    assert "Dân vận khéo huyện" not in heard
    await binh.says("hủy").hears("Hủy hẳn")
    await binh.picks("Hủy hẳn").hears("Đã hủy")
    await binh.says("/dangky theo kế hoạch tỉnh Ninh Thuận").hears(
        f"xã Vạn Bình không tham gia “{OF_PROVINCE}” nên không thay đổi gì"
    )
    assert await open_drafts(here, "van-ninh.van-binh") == []


async def test_none_this_year_is_said_of_one_plan(here: World, lan: Speaker) -> None:
    await lan.says("năm nay không đăng ký").hears(WHICH)
    await lan.picks(OF_DISTRICT).hears(f"{OF_DISTRICT}\nxã Vạn Hưng không đăng ký trong năm 2024, có đúng không?")
    assert await owes(here)
    await lan.picks("Đúng").hears(f"{OF_DISTRICT}\nĐã ghi nhận: xã Vạn Hưng không đăng ký trong năm 2024")
    assert not await owes(here)
    await lan.says("/khongdangky").hears(WHICH)
    await lan.picks(OF_PROVINCE).hears(f"Theo “{OF_PROVINCE}”, chỉ bản đăng ký mới hoàn thành việc này")


async def test_drafts_of_two_plans_are_told_apart(here: World, lan: Speaker) -> None:
    await lan.says("/dangky").hears(WHICH)
    await lan.picks(OF_DISTRICT).hears("tập thể hay cá nhân")
    await lan.picks("Tập thể").hears("tên điển hình")
    await lan.says(CAMERA).hears("nào thực hiện")
    await lan.says("/dangky tỉnh Ninh Thuận").hears("tập thể hay cá nhân")
    await lan.picks("Tập thể").hears("tên mô hình")
    await lan.says(CAMERA).hears("nào thực hiện")
    await lan.says("thôi để mai làm").hears("Bản nháp")
    heard = await lan.says("/viec").hears("Đang nhập dở")
    assert f"Tiếp tục: {CAMERA} (huyện Vạn Ninh)" in heard
    assert f"Tiếp tục: {CAMERA} (tỉnh Ninh Thuận)" in heard
    await lan.picks(f"Tiếp tục: {CAMERA} (huyện Vạn Ninh)").hears("nào thực hiện")
    await lan.says("Chi hội Phụ nữ").hears("Đề nghị chọn lĩnh vực", "Kinh tế")


async def test_a_look_up_answers_for_each_plan(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)
    await here.exemplar("Bưởi da xanh", plan=PROVINCE, status="new", more={"status": "new"})
    heard = await lan.says("/diem xã Vạn Hưng").hears(CAMERA, "Bưởi da xanh", "trong đó tính chỉ tiêu 01")
    assert heard.index(f"Theo “{OF_DISTRICT}”:") < heard.index(CAMERA)
    assert heard.index(f"Theo “{OF_PROVINCE}”:") < heard.index("Bưởi da xanh")
    one = await lan.says("/diem xã Vạn Hưng theo kế hoạch tỉnh Ninh Thuận").hears("Bưởi da xanh")
    assert CAMERA not in one


@WITH_BUTTONS
async def test_buttons_of_another_plan_or_season_change_nothing(here: World, lan: Speaker) -> None:
    binh = await here.person("Bình", "van-ninh.van-binh", channel="telegram")
    province, before, district = here.season(PROVINCE), here.season(PROVINCE, 2023), here.season(VAN_NINH)
    old = "hiện không thực hiện nên không thay đổi gì"
    for season in (before.id, 99999, 99999999999999999999):
        for command in ("dangky", "khongdangky", "dudangky"):
            await lan.forges(f"c:{command}:u{lan.unit_id}:s{season}").hears(old)
    for command in ("dangky", "khongdangky", "dudangky"):
        await binh.forges(f"c:{command}:u{binh.unit_id}:s{province.id}").hears("xã Vạn Bình không tham gia")
        await binh.forges(f"c:{command}:u{lan.unit_id}:s{district.id}").hears(NOT_FOR_YOU)
    mine = await here.exemplar(CAMERA)
    await lan.forges(f"c:dangky:e{mine.id}:s{province.id}").hears(old)
    assert await open_drafts(here) == []
    assert await open_drafts(here, "van-ninh.van-binh") == []
    assert await owes(here, "van-ninh.van-binh")


async def test_the_standing_office_is_offered_the_units_of_the_plan_it_names(here: World) -> None:
    thu = await here.person("Thu", DISTRICT, STANDING_OFFICE)
    await thu.says("/dangky theo kế hoạch tỉnh Ninh Thuận").hears("xã Vạn Hưng", never="xã Vạn Bình")
    await thu.picks("xã Vạn Hưng").hears(f"{OF_PROVINCE}\nĐăng ký năm 2024 – xã Vạn Hưng")
    await thu.says("/dangky xã Vạn Hưng").hears(WHICH)
    await thu.picks(OF_DISTRICT).hears(f"{OF_DISTRICT}\nĐăng ký năm 2024 – xã Vạn Hưng")


async def test_in_the_tasks_two_plans_buttons_are_told_apart(tmp_path: Path, channel: str, ready_sqlite: Path) -> None:
    of_all = tuple(m.model_copy(update={"unit_kinds": ()}) for m in WITH_HUNG.milestones)
    province = WITH_HUNG.model_copy(update={"milestones": of_all, "version": "of-all-kinds"})
    async with world(tmp_path / "kheo", channel, ready=ready_sqlite, plans=[VAN_NINH, province], at=AT) as here:
        lan = await here.person("Lan", HUNG)
        heard = await lan.says("/viec").hears(
            "Đăng ký điển hình (huyện Vạn Ninh)", "Đăng ký điển hình (tỉnh Ninh Thuận)", "[Năm nay không đăng ký]"
        )
        assert "[Đăng ký điển hình]" not in heard
        await lan.picks("Đăng ký điển hình (tỉnh Ninh Thuận)").hears(f"{OF_PROVINCE}\nĐăng ký năm 2024", never=WHICH)
