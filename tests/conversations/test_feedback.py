"""Difficulties: a unit tells one at any time, the standing office hears of it and settles it; where the plan is silent, so is it said."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from bot.clock import ZONE
from bot.rules.access import OFFICER, STANDING_OFFICE
from bot.store import reports as stored
from bot.store.handed_in import HandedIn
from tests.talk import Speaker
from tests.world import ROOT, World, plan, world

PHU_CAT, TUY_PHUOC, PROVINCE = "binh-dinh.phu-cat", "binh-dinh.tuy-phuoc", "binh-dinh"
NOT_FOR_YOU = "chưa được phân quyền"
SEAL = "Xã mới sáp nhập chưa có con dấu nên chưa ký được báo cáo"
FEW = pytest.mark.parametrize("channel", ["telegram", "zalo"], indirect=True)
SMALL = ROOT / "tests/plans/small"


@pytest.fixture
async def here(tmp_path: Path, channel: str, ready_sqlite: Path) -> AsyncIterator[World]:
    at = datetime(2023, 3, 13, 9, 0, tzinfo=ZONE)
    async with world(tmp_path / "kheo", channel, ready=ready_sqlite, plans=["binh-dinh"], at=at) as made:
        yield made


@pytest.fixture
async def lan(here: World) -> Speaker:
    return await here.person("Lan", PHU_CAT)


async def told(here: World, plan_id: str = "binh-dinh", form: str = "phan_anh") -> list[HandedIn]:
    season = here.season(plan_id)
    return await here.app.store.read(lambda tx: stored.of_form(tx, season.id, form))


async def tells(speaker: Speaker, text: str = SEAL) -> str:
    await speaker.says("/vuongmac").hears("Vướng mắc của huyện Phù Cát", "Đề nghị nêu vướng mắc")
    await speaker.says(text).hears("tài liệu kèm theo")
    await speaker.picks("Bỏ qua").hears("Nơi nhận: Ủy ban nhân dân tỉnh (qua Sở Nội vụ)", "Gửi")
    return await speaker.picks("Gửi").hears("Đã tiếp nhận vướng mắc của huyện Phù Cát")


async def test_the_office_hears_of_it_reads_it_and_settles_it(here: World, lan: Speaker) -> None:
    bay = await here.person("Bảy", PROVINCE, STANDING_OFFICE, channel="telegram")
    tam = await here.person("Tám", PROVINCE, OFFICER, channel="telegram")
    quiet = len(tam.device.heard)
    receipt = await tells(lan)
    assert "Số tiếp nhận 0000" in receipt
    assert "Khéo báo ngay cho Sở Nội vụ." in receipt
    await here.quiet()
    notice = await bay.hears("huyện Phù Cát phản ánh vướng mắc", SEAL)
    assert "Lan" not in notice.split("Vướng mắc", 1)[1], "the unit and the text, and nobody's name"
    assert len(tam.device.heard) == quiet, "an officer of the same unit is not the standing office"
    (one,) = await told(here)
    await bay.says("/viec").hears("Vướng mắc chưa giải quyết: 1 (/vuongmac).")
    number = f"{one.id:05d}/2023"
    await bay.says("/vuongmac").hears(
        "Vướng mắc chưa giải quyết", f"• Số {number}, ngày 13/03/2023, huyện Phù Cát: {SEAL}"
    )
    await bay.picks(f"Đã giải quyết: {number}").hears(f"vướng mắc số {number} của huyện Phù Cát đã được giải quyết")
    await here.quiet()
    await lan.hears(f"Sở Nội vụ đã ghi nhận: vướng mắc số {number} của huyện Phù Cát")
    await bay.says("/vuongmac").hears("Hiện không có.", never=SEAL)
    await bay.forges(f"c:vuongmac:x{one.id}").hears("đã được ghi nhận là giải quyết trước đó")
    assert len(await told(here)) == 1


async def test_it_may_be_told_in_one_sentence(here: World, lan: Speaker) -> None:
    await lan.says(f"/vuongmac {SEAL}").hears("Vướng mắc của huyện Phù Cát", "tài liệu kèm theo")
    await lan.picks("Bỏ qua").hears(SEAL[:40])
    await lan.picks("Gửi").hears("Đã tiếp nhận vướng mắc")
    (one,) = await told(here)
    assert one.answers["content"]["value"] == SEAL
    # A second one is another, and both stay.
    await tells(lan, "Mẫu báo cáo chưa thống nhất")
    assert [o.answers["content"]["value"] for o in await told(here)] == [SEAL, "Mẫu báo cáo chưa thống nhất"]


@FEW
async def test_at_night_the_office_is_left_in_peace_until_the_morning(here: World, lan: Speaker) -> None:
    bay = await here.person("Bảy", PROVINCE, STANDING_OFFICE, channel="telegram")
    here.app.clock.move(datetime(2023, 3, 13, 21, 0, tzinfo=ZONE))
    quiet = len(bay.device.heard)
    await tells(lan)
    await here.quiet()
    assert len(bay.device.heard) == quiet
    await bay.says("/vuongmac").hears(SEAL)


@FEW
async def test_nobody_settles_or_reads_what_is_not_theirs(here: World, lan: Speaker) -> None:
    await tells(lan)
    (one,) = await told(here)
    hung = await here.person("Hùng", TUY_PHUOC, channel="telegram")
    for who in (lan, hung):
        await who.forges(f"c:vuongmac:x{one.id}").hears(NOT_FOR_YOU)
    await hung.forges(f"c:vuongmac:u{lan.unit_id}").hears(NOT_FOR_YOU)
    await hung.says("/vuongmac").hears("Vướng mắc của huyện Tuy Phước", never=SEAL)
    await hung.forges("c:vuongmac:x999999").hears(NOT_FOR_YOU)


async def test_where_the_plan_has_no_rule_it_is_said_and_the_open_form_stays(
    tmp_path: Path, channel: str, ready_sqlite: Path
) -> None:
    at = datetime(2023, 5, 8, 9, 0, tzinfo=ZONE)
    async with world(
        tmp_path / "kheo", channel, ready=ready_sqlite, plans=[SMALL / "reports_quarterly.yaml"], at=at
    ) as here:
        lan = await here.person("Lan", "xuan-loc.xuan-phu")
        await lan.says(f"/vuongmac {SEAL}").hears(
            "Kế hoạch “Dân vận khéo huyện Xuân Lộc” không có quy định về phản ánh vướng mắc",
            "Ban Dân vận Huyện ủy",
            "Nội dung vừa nhập chưa được gửi cho ai.",
        )
        await lan.says("/baocao").hears("Xây dựng kế hoạch")
        await lan.picks("Soạn: Xây dựng kế hoạch").hears("Đề nghị gửi tệp kế hoạch")
        await lan.says("/vuongmac").hears("không có quy định về phản ánh vướng mắc", "Đề nghị gửi tệp kế hoạch")


@FEW
async def test_with_two_plans_it_is_asked_which_and_the_words_are_kept(
    tmp_path: Path, channel: str, ready_sqlite: Path
) -> None:
    at = datetime(2024, 1, 8, 9, 0, tzinfo=ZONE)
    year = plan(SMALL / "reports_year.yaml").model_copy(update={"years": (2024,)})
    plans = [year, plan(SMALL / "reports_after.yaml")]
    async with world(tmp_path / "kheo", channel, ready=ready_sqlite, plans=plans, at=at) as here:
        lan = await here.person("Lan", "an-hoa.y-te")
        await lan.says(f"/vuongmac {SEAL}").hears("Dân vận chính quyền tỉnh An Hòa", "Dân vận khéo thành phố Bình An")
        await lan.picks("Dân vận khéo thành phố Bình An").hears("Vướng mắc của Sở Y tế", SEAL[:40], "Gửi")
        await lan.picks("Gửi").hears("Đã tiếp nhận vướng mắc của Sở Y tế theo “Dân vận khéo thành phố Bình An”")
        assert [o.answers["noi_dung"]["value"] for o in await told(here, "sau-huong-dan", "vuong_mac")] == [SEAL]
        assert await told(here, "bao-cao-nam", "vuong_mac") == []


@FEW
@pytest.mark.parametrize(
    ("typed", "content"),
    [
        ("Vướng mắc: xã mới sáp nhập chưa có con dấu", "xã mới sáp nhập chưa có con dấu"),
        ("vuong mac: xa moi sap nhap chua co con dau", "xa moi sap nhap chua co con dau"),
        ("xã tôi có khó khăn, vướng mắc: chưa có con dấu mới", "chưa có con dấu mới"),
    ],
)
async def test_a_difficulty_in_plain_words_is_taken_as_it_was_said(
    here: World, lan: Speaker, typed: str, content: str
) -> None:
    await lan.says(typed).hears("Vướng mắc của huyện Phù Cát", "tài liệu kèm theo")
    await lan.picks("Bỏ qua").hears(content[:40])
    await lan.picks("Gửi").hears("Đã tiếp nhận vướng mắc")
    assert [one.answers["content"]["value"] for one in await told(here)] == [content]


@FEW
async def test_who_only_says_that_there_is_one_is_asked_what_it_is(lan: Speaker) -> None:
    await lan.says("tôi muốn phản ánh").hears("Đề nghị nêu vướng mắc")
