"""Documents as slots: a unit's own plan is handed in as a file, stands among the tasks without a day, and is kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from bot.clock import ZONE
from bot.rules.access import STANDING_OFFICE
from bot.store import reports as stored
from bot.store.handed_in import HandedIn
from tests.talk import Speaker
from tests.world import World, world

PHU_CAT, PROVINCE = "binh-dinh.phu-cat", "binh-dinh"
OWN_PLAN = "Kế hoạch triển khai của đơn vị"


@pytest.fixture
async def here(tmp_path: Path, channel: str, ready_sqlite: Path) -> AsyncIterator[World]:
    at = datetime(2023, 3, 13, 9, 0, tzinfo=ZONE)
    async with world(tmp_path / "kheo", channel, ready=ready_sqlite, plans=["binh-dinh"], at=at) as made:
        yield made


@pytest.fixture
async def lan(here: World) -> Speaker:
    return await here.person("Lan", PHU_CAT)


async def handed_in(here: World) -> list[HandedIn]:
    at, season = here.app.office.units.coded(PHU_CAT), here.season("binh-dinh")
    assert at is not None
    return await here.app.store.read(lambda tx: stored.versions(tx, season.id, at.id, "ke_hoach", "ke_hoach"))


async def opens(lan: Speaker) -> None:
    await lan.says("/viec").hears(f"• huyện Phù Cát: {OWN_PLAN} – Kế hoạch không quy định ngày", f"Soạn: {OWN_PLAN}")
    await lan.picks(f"Soạn: {OWN_PLAN}").hears("Kế hoạch không quy định ngày", "tệp hoặc ảnh chụp")


async def test_a_plan_is_handed_in_as_a_file_and_is_no_task_any_more(here: World, lan: Speaker) -> None:
    await opens(lan)
    await lan.sends_document("ke-hoach-2023.pdf", b"%PDF-1.4 ke hoach").hears("Đã nhận 1 tài liệu", "Xong")
    await lan.picks("Xong").hears("ghi chú")
    await lan.picks("Bỏ qua").hears("1. Kế hoạch: 1 tài liệu", "Nộp")
    receipt = await lan.picks("Nộp").hears(f"Đã tiếp nhận: {OWN_PLAN} – huyện Phù Cát")
    assert "Nộp trong thời hạn" not in receipt
    (document,) = await handed_in(here)
    (item,) = document.answers["files"]["items"]
    assert (item["kind"], item["name"]) == ("document", "ke-hoach-2023.pdf")
    assert (here.app.settings.data / "evidence").exists()
    await lan.says("/viec").hears("Việc của tôi", never=OWN_PLAN)
    await lan.says("/baocao").hears(
        f"• {OWN_PLAN} – Kế hoạch không quy định ngày: đã nộp ngày 13/03/2023, phiên bản 1."
    )


async def test_nothing_is_handed_in_without_a_file(here: World, lan: Speaker) -> None:
    await opens(lan)
    await lan.says("bỏ qua").hears("tệp hoặc ảnh chụp", never="Nộp")
    await lan.says("xong").hears("tệp hoặc ảnh chụp")
    # Its number alone is not the document.
    await lan.says("Kế hoạch số 12/KH-UBND ngày 10/01/2023").hears("Xong")
    await lan.picks("Xong").hears("ghi chú")
    await lan.says("bỏ qua").hears("Chưa có tệp, ảnh hoặc đường liên kết của văn bản", "Nộp")
    await lan.picks("Nộp").hears("đề nghị gửi trước khi nộp", never="Đã tiếp nhận")
    assert await handed_in(here) == []


async def test_a_changed_plan_is_a_second_version_with_the_old_file_taken_out(here: World, lan: Speaker) -> None:
    await opens(lan)
    await lan.sends_photo("trang-1.jpg").hears("Đã nhận 1 ảnh")
    await lan.picks("Xong").hears("ghi chú")
    await lan.says("Bản chưa ký").hears("Nộp")
    await lan.picks("Nộp").hears("Đã tiếp nhận")
    await lan.says("/baocao").hears(f"Nộp lại: {OWN_PLAN}")
    await lan.picks(f"Nộp lại: {OWN_PLAN}").hears("phiên bản 2", "1. Kế hoạch: 1 ảnh")
    await lan.says("sửa 1").hears("Bỏ bớt")
    await lan.sends_document("ke-hoach-da-ky.pdf", b"%PDF-1.4 da ky").hears("1 ảnh, 1 tài liệu")
    await lan.picks("Bỏ bớt…").hears("1. Ảnh", "2. Tài liệu ke-hoach-da-ky.pdf")
    await lan.picks("1. Ảnh").hears("Đã bỏ")
    await lan.picks("Xong").hears("1. Kế hoạch: 1 tài liệu", "Nộp")
    await lan.picks("Nộp").hears("Đã tiếp nhận phiên bản 2")
    first, second = await handed_in(here)
    assert [item["kind"] for item in first.answers["files"]["items"]] == ["photo"]
    assert [item["name"] for item in second.answers["files"]["items"]] == ["ke-hoach-da-ky.pdf"]


async def test_who_has_not_handed_in_their_plan_is_told_to_everybody(here: World, lan: Speaker) -> None:
    bay = await here.person("Bảy", PROVINCE, STANDING_OFFICE, channel="telegram")
    await bay.says("/tiendo").hears(f"{OWN_PLAN}: Kế hoạch không quy định ngày.\nĐã trả lời: 0/")
    await bay.says("/vanban huyện Phù Cát").hears("Văn bản trả lời nội dung nào?")
    await bay.picks(OWN_PLAN).hears("Số văn bản")
    await bay.says("15/KH-UBND").hears("Ngày ghi trên văn bản")
    await bay.says("10/03/2023").hears("Ghi nhận văn bản")
    await bay.picks("Ghi nhận văn bản").hears("đã nhận văn bản số 15/KH-UBND", OWN_PLAN)
    await lan.says("/viec").hears("Việc của tôi", never=OWN_PLAN)
    await lan.says("/baocao").hears(f"• {OWN_PLAN} – Kế hoạch không quy định ngày: đã nhận bản giấy.")
    # A plan handed in does not stand for any report.
    await bay.says("/tiendo").hears(
        "Báo cáo quý I: trước ngày 20/03/2023", "Đã trả lời: 0/12", "huyện Phù Cát", "Đã trả lời: 1/12"
    )
