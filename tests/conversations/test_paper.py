"""A letter arrives on paper: the standing office notes it, and the unit owes no longer; what was sent on Khéo is another fact."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.plan.model import Plan
from bot.rules.access import STANDING_OFFICE
from bot.store import owing
from tests.conversations.registering import CAMERA, registers
from tests.conversations.test_registration import NOT_FOR_YOU, owes
from tests.talk import Speaker
from tests.world import DISTRICT, ROOT, World, plan, world

HUNG = "van-ninh.van-hung"


@pytest.fixture
async def thu(here: World) -> Speaker:
    """Thu of the standing office."""
    return await here.person("Thu", DISTRICT, STANDING_OFFICE)


async def notes(thu: Speaker, unit: str = "xã Vạn Hưng", number: str = "12/UBND-VX", day: str = "02/02/2024") -> str:
    """Thu notes a letter about registering; returns what was heard in the end."""
    await thu.says("/vanban").hears("Văn bản trả lời nội dung nào?")
    await thu.picks("Đăng ký điển hình “Dân vận khéo”").hears("Văn bản của đơn vị nào?")
    await thu.picks(unit).hears("Số văn bản")
    await thu.says(number).hears("Ngày ghi trên văn bản")
    await thu.says(day).hears(f"2. Đơn vị: {unit}", f"3. Số văn bản: {number}", "Ghi nhận văn bản")
    return await thu.picks("Ghi nhận văn bản").hears("văn bản số")


async def letters(here: World, milestone: str = "dang_ky") -> list[tuple[int, str]]:
    season = here.season()
    found = await here.app.store.read(lambda tx: owing.closings(tx, season.id, milestone))
    return [(c.unit_id, c.note) for c in found if c.kind == "paper"]


async def test_a_letter_ends_the_owing(here: World, thu: Speaker) -> None:
    lan = await here.person("Lan", channel="telegram")
    await lan.says("/viec").hears("Đăng ký điển hình “Dân vận khéo” – trước ngày 15/02/2024")
    heard = await notes(thu)
    assert "đã nhận văn bản số 12/UBND-VX, ngày 02/02/2024 của xã Vạn Hưng" in heard
    assert not await owes(here)
    assert await letters(here) == [(lan.unit_id, "văn bản số 12/UBND-VX, ngày 02/02/2024")]
    await lan.says("/viec").hears("Việc của tôi", never="Đăng ký điển hình")
    tiendo = await thu.says("/tiendo").hears("Đã trả lời: 1/13 đơn vị", "xã Vạn Bình")
    assert "xã Vạn Hưng" not in tiendo
    # It is received, not sent: there is no exemplar yet, and sending one is still open.
    assert await here.exemplars() == []
    await registers(lan)
    assert [e.name for e in await here.exemplars()] == [CAMERA]
    assert len(await letters(here)) == 1


async def test_what_was_sent_and_what_was_received_are_two_facts(here: World, thu: Speaker) -> None:
    lan = await here.person("Lan", channel="telegram")
    await registers(lan)
    await notes(thu)
    assert not await owes(here)
    await thu.picks("Rút lại ghi nhận này").hears("Hiện không còn văn bản nào của xã Vạn Hưng được ghi nhận")
    assert await letters(here) == []
    assert not await owes(here)


async def test_a_note_is_taken_back(here: World, thu: Speaker) -> None:
    await notes(thu, "xã Vạn Bình")
    await thu.picks("Rút lại ghi nhận này").hears("Đã rút lại ghi nhận", "xã Vạn Bình")
    assert await owes(here, "van-ninh.van-binh")
    await notes(thu, "xã Vạn Bình", number="14/UBND")
    assert not await owes(here, "van-ninh.van-binh")


async def test_a_second_letter_changes_nothing(here: World, thu: Speaker) -> None:
    await notes(thu)
    heard = await notes(thu, number="13/UBND", day="05/02/2024")
    assert "Văn bản của xã Vạn Hưng (văn bản số 12/UBND-VX, ngày 02/02/2024) đã được ghi nhận trước đó" in heard
    assert "Không có gì thay đổi" in heard
    assert len(await letters(here)) == 1


async def test_the_unit_may_be_named_with_the_command(here: World, thu: Speaker) -> None:
    await thu.says("/vanban xã Vạn Thắng").hears("Văn bản trả lời nội dung nào?")
    await thu.picks("Đăng ký điển hình “Dân vận khéo”").hears("Số văn bản")
    await thu.says("không số").hears("Ngày ghi trên văn bản")
    await thu.says("mùng 6 Tết").hears("2. Đơn vị: xã Vạn Thắng", "4. Ngày văn bản: 15/02/2024")
    await thu.picks("Ghi nhận văn bản").hears("Ngày 15/02/2024 chưa đến", "2. Đơn vị: xã Vạn Thắng")
    assert await letters(here) == []
    await thu.picks("Sửa…").hears("cần sửa")
    await thu.picks("Ngày văn bản").hears("Đang ghi: 15/02/2024")
    await thu.says("31/02/2024").hears("Lịch không có ngày “31/02/2024”")
    await thu.says("5/2").hears("4. Ngày văn bản: 05/02/2024")
    await thu.picks("Ghi nhận văn bản").hears("đã nhận văn bản số không số")
    assert not await owes(here, "van-ninh.van-thang")


async def test_the_offices_own_report_goes_out_by_letter(here: World, thu: Speaker) -> None:
    await thu.says("/viec").hears("huyện Vạn Ninh: Báo cáo kết quả phong trào thi đua hằng năm")
    assert await owes(here, DISTRICT, "bao_cao_nam")
    await thu.picks("Ghi nhận văn bản: Báo cáo").hears("Số văn bản")
    await thu.says("88-BC/BDVHU").hears("Ngày ghi trên văn bản")
    await thu.says("hôm nay").hears("Văn bản giấy đã nhận", "1. Nội dung: Báo cáo kết quả", "05/02/2024")
    await thu.picks("Ghi nhận văn bản").hears("văn bản số 88-BC/BDVHU, ngày 05/02/2024 của huyện Vạn Ninh")
    assert not await owes(here, DISTRICT, "bao_cao_nam")
    assert "Báo cáo kết quả" not in await thu.says("/viec").hears("Việc của tôi")


async def test_a_dossier_may_come_on_paper(here: World, thu: Speaker) -> None:
    await here.exemplar(CAMERA)
    assert await owes(here, HUNG, "ho_so")
    await thu.says("/vanban").hears("nội dung nào?")
    await thu.picks("Nộp hồ sơ đề nghị khen thưởng cấp huyện").hears("đơn vị nào?")
    await thu.says("van hung").hears("Số văn bản")
    await thu.says("20/TTr-UBND").hears("Ngày ghi")
    await thu.says("1/2/2024").hears("Ghi nhận văn bản")
    await thu.picks("Ghi nhận văn bản").hears("văn bản số 20/TTr-UBND", "Nộp hồ sơ")
    assert not await owes(here, HUNG, "ho_so")
    assert await owes(here)


async def test_an_officer_notes_no_letters(here: World, lan: Speaker) -> None:
    await lan.says("/vanban").hears(NOT_FOR_YOU)
    await lan.says("/vanban xã Vạn Hưng").hears(NOT_FOR_YOU)
    assert await letters(here) == []
    assert await owes(here)


@pytest.mark.parametrize("channel", ["telegram", "web"], indirect=True)
async def test_an_officer_takes_no_note_back(here: World, lan: Speaker) -> None:
    thu = await here.person("Thu", DISTRICT, STANDING_OFFICE, channel="telegram")
    await notes(thu)
    for token in (f"c:vanban:u{lan.unit_id}:dang_ky:rut", f"c:vanban:u{lan.unit_id}:dang_ky", "c:vanban"):
        await lan.forges(token).hears(NOT_FOR_YOU)
    assert len(await letters(here)) == 1


async def test_a_letter_is_noted_in_one_sentence(here: World, thu: Speaker) -> None:
    await thu.says("đã nhận văn bản xã Vạn Phú số 15/CV-UBND, ngày 5/2/2024").hears("Văn bản trả lời nội dung nào?")
    await thu.says("1").hears("xã Vạn Phú", "15/CV-UBND", "05/02/2024", "Ghi nhận")


# -- an office of two plans --------------------------------------------------------------------------------------------


@pytest.fixture
async def two(tmp_path: Path, channel: str, ready_sqlite: Path) -> AsyncIterator[World]:
    """Vạn Ninh under two plans at once, both with the same standing office."""
    quarterly = plan(ROOT / "tests/plans/small/reports_quarterly.yaml")
    written = {name: getattr(quarterly, name) for name in Plan.model_fields}
    joint = Plan.model_validate({**written, "units": plan("van-ninh").units})
    async with world(tmp_path / "kheo", channel, ready=ready_sqlite, plans=["van-ninh", joint]) as made:
        yield made


async def test_an_office_of_two_plans_is_asked_which_and_every_answer_names_its_plan(two: World) -> None:
    bay = await two.person("Bảy", DISTRICT, STANDING_OFFICE)
    await bay.says("/vanban xã Vạn Hưng").hears("Dân vận khéo huyện Vạn Ninh", "Dân vận khéo huyện Xuân Lộc")
    await bay.picks("Dân vận khéo huyện Xuân Lộc").hears("Văn bản trả lời nội dung nào?", never="Đăng ký điển hình")
    await bay.picks("Xây dựng kế hoạch quán triệt").hears("Số văn bản")
    await bay.says("7-KH/ĐU").hears("Ngày ghi trên văn bản")
    await bay.says("02/02/2024").hears("kế hoạch “Dân vận khéo huyện Xuân Lộc”", "Ghi nhận văn bản")
    await bay.picks("Ghi nhận văn bản").hears("văn bản số 7-KH/ĐU", "Kế hoạch: Dân vận khéo huyện Xuân Lộc, năm 2024.")
    of_one = two.season("van-ninh"), two.season("bao-cao-quy")
    noted = [
        [c.note for c in await two.app.store.read(lambda tx, s=s: owing.closings(tx, s.id, "ke_hoach"))] for s in of_one
    ]
    assert noted == [[], ["văn bản số 7-KH/ĐU, ngày 02/02/2024"]]
    await bay.picks("Rút lại ghi nhận này").hears("Đã rút lại ghi nhận", "Xây dựng kế hoạch")
    await bay.says("/lichnhac").hears(
        "• 06/02/2024: Đăng ký điển hình “Dân vận khéo” (huyện Vạn Ninh) – gửi 13 đơn vị",
        "Kế hoạch “Dân vận khéo huyện Xuân Lộc” không quy định ngày nên Khéo không nhắc:",
    )
    await bay.picks("Xem: 06/02/2024").hears("UBND huyện Vạn Ninh", "Giữ lại: 06/02/2024")
    await bay.picks("Giữ lại: 06/02/2024").hears("Đã giữ lại")
    await bay.says("/viec").hears(
        "Dân vận khéo huyện Vạn Ninh, năm 2024:",
        "Báo cáo kết quả phong trào thi đua hằng năm",
        "Dân vận khéo huyện Xuân Lộc, năm 2024:",
        "Báo cáo kết quả thực hiện, quý I – Kế hoạch không quy định ngày",
    )
    await bay.says("/tiendo").hears("Dân vận khéo huyện Vạn Ninh – năm 2024", "Dân vận khéo huyện Xuân Lộc – năm 2024")
