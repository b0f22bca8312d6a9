"""“Việc của tôi”: what is owed and what was left half done, each with a button that opens it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from bot.clock import ZONE
from bot.plan.dates import Annual
from bot.rules.access import STANDING_OFFICE
from tests.conversations.registering import BUOI, CAMERA, fills_in
from tests.talk import Speaker
from tests.world import DISTRICT, World, plan, world


@pytest.mark.parametrize("asked", ["/viec", "viec cua toi"])
async def test_what_is_owed_is_opened_from_the_list(lan: Speaker, asked: str) -> None:
    await lan.says(asked).hears(
        "Việc của tôi",
        "• xã Vạn Hưng: Đăng ký điển hình “Dân vận khéo” – trước ngày 15/02/2024, tức chậm nhất 14/02/2024",
        "Năm nay không đăng ký",
    )
    await lan.picks("Đăng ký điển hình").hears("Đăng ký năm 2024 – xã Vạn Hưng", "tập thể hay cá nhân")


async def test_the_list_is_closed_from_the_list(lan: Speaker) -> None:
    await lan.says("/viec").hears("Năm nay không đăng ký")
    await lan.picks("Năm nay không đăng ký").hears("Đã ghi nhận: xã Vạn Hưng không đăng ký")
    await lan.says("/viec").hears("Việc của tôi", never="Đăng ký điển hình")


async def test_what_is_overdue_is_said(here: World, lan: Speaker) -> None:
    await here.it_is(2024, 2, 14, 10)
    assert "đã quá hạn" not in await lan.says("/viec").hears("Đăng ký điển hình")
    await here.it_is(2024, 2, 15, 10)
    await lan.says("/viec").hears("Đăng ký điển hình “Dân vận khéo”", "đã quá hạn")


async def test_what_has_no_day_comes_last(tmp_path: Path, channel: str, ready_sqlite: Path) -> None:
    at = datetime(2023, 3, 6, 9, 0, tzinfo=ZONE)
    async with world(tmp_path / "kheo", channel, ready=ready_sqlite, plans=["binh-dinh"], at=at) as here:
        quy = await here.person("Quý", "binh-dinh.quy-nhon")
        heard = await quy.says("/viec").hears("Báo cáo quý I", "Kế hoạch triển khai của đơn vị")
        listed = ("Báo cáo quý I", "Báo cáo 6 tháng", "Báo cáo năm 2023", "Kế hoạch triển khai của đơn vị")
        places = [heard.index(f": {name} –") for name in listed]
        assert places == sorted(places)


async def test_what_falls_due_after_new_year_is_still_a_task_then(
    tmp_path: Path, channel: str, ready_sqlite: Path
) -> None:
    base, report = plan("ninh-thuan"), "Báo cáo hằng năm tình hình tổ chức thực hiện phong trào thi đua"
    late = tuple(
        m.model_copy(update={"date": Annual(kind="annual", before="01-20", next_year=True)}) if m.name == report else m
        for m in base.milestones
    )
    changed = base.model_copy(update={"milestones": late, "version": "january"})
    seasons = [("ninh-thuan", 2023), ("ninh-thuan", 2024)]
    at = datetime(2024, 1, 8, 9, 0, tzinfo=ZONE)
    async with world(tmp_path / "kheo", channel, ready=ready_sqlite, plans=[changed], seasons=seasons, at=at) as here:
        hai = await here.person("Hải", "ninh-thuan.ninh-hai")
        heard = await hai.says("/viec").hears(
            f"Năm 2023 – {report} – trước ngày 20/01/2024", f"{report} – trước ngày 20/01/2025"
        )
        assert "đã quá hạn" not in heard
        await hai.picks("Soạn: Năm 2023 – Báo cáo").hears("Đề nghị nêu", "năm 2023: trước ngày 20/01/2024")


async def test_each_exemplar_for_an_award_is_to_be_scored(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)
    await here.exemplar(BUOI, award=False)
    heard = await lan.says("/viec").hears("Nộp hồ sơ đề nghị khen thưởng cấp huyện", f"Tự chấm: {CAMERA}")
    assert BUOI not in heard
    await lan.picks(f"Tự chấm: {CAMERA}").hears("Tiêu chí 01")


async def test_a_draft_is_listed_by_the_name_of_its_exemplar(here: World, lan: Speaker) -> None:
    await fills_in(lan)
    await lan.says("hủy").hears("Giữ lại, làm sau")
    await lan.picks("Giữ lại").hears("Bản nháp được giữ nguyên")
    await lan.says("/viec").hears("Đang nhập dở, chưa nộp", f"Bản đăng ký 2024 “{CAMERA}” – xã Vạn Hưng: chưa nộp")
    await lan.picks(f"Tiếp tục: {CAMERA}").hears(f"2. Tên điển hình: {CAMERA}", "Nộp bản đăng ký")


async def test_a_form_in_which_nothing_was_answered_is_no_task(lan: Speaker) -> None:
    await lan.says("/dangky").hears("tập thể hay cá nhân")
    assert "Đang nhập dở" not in await lan.says("/viec").hears("Việc của tôi", "tập thể hay cá nhân")
    # Asked for again it is the same one, not a second.
    await lan.says("/dangky").hears("tập thể hay cá nhân")
    await lan.picks("Tập thể").hears("tên điển hình")
    await lan.says("/viec").hears("Bản đăng ký 2024 – xã Vạn Hưng: chưa nộp")


async def test_other_units_drafts_are_not_shown(here: World, lan: Speaker) -> None:
    await fills_in(lan)
    hung = await here.person("Hùng", "van-ninh.van-thang", channel="telegram")
    thu = await here.person("Thu", DISTRICT, STANDING_OFFICE, channel="telegram")
    for other in (hung, thu):
        assert CAMERA not in await other.says("/viec").hears("Việc của tôi")
    # What the standing office itself began for a unit is its own task.
    await fills_in(thu, BUOI, begin="/dangky xã Vạn Bình")
    await thu.says("/viec").hears(f"“{BUOI}” – xã Vạn Bình: chưa nộp")


async def test_the_standing_office_sees_its_own_report_and_where_to_look(here: World) -> None:
    thu = await here.person("Thu", DISTRICT, STANDING_OFFICE)
    heard = await thu.says("/viec").hears("huyện Vạn Ninh: Báo cáo kết quả phong trào thi đua hằng năm", "30/09/2024")
    assert "xã Vạn Hưng" not in heard
    await thu.picks("Đơn vị chưa trả lời").hears("0/13")
