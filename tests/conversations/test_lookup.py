"""Looking up: a unit by any of its spellings, its exemplars, states and points, the dates and rules with their words."""

from __future__ import annotations

import unicodedata
from decimal import Decimal
from typing import Any

import pytest

from bot.rules.access import STANDING_OFFICE
from bot.store import exemplars
from tests.talk import Speaker, in_group
from tests.world import DISTRICT, World

CAMERA = "Camera an ninh thôn Xuân Tự"
THANH = "van-ninh.van-thanh"
ON_PHONES = pytest.mark.parametrize("channel", ["telegram", "zalo"], indirect=True)
WEB = pytest.mark.parametrize("channel", ["web"], indirect=True)
GROUP = -500


async def scored(here: World, speaker: Speaker, unit: str = "van-ninh.van-hung", name: str = CAMERA) -> None:
    """An exemplar with a scorecard of 96,5 points, handed in by the speaker."""
    await here.exemplar(name, unit)
    await speaker.says("/tucham").hears("Tiêu chí 01")
    await speaker.says("tc1 13,5 tc2 15 tc3 15 tc4 15 tc5 15 tc6 15 tc7 8").hears("96,5/100")
    await speaker.picks("Nộp bảng tự chấm").hears("Số tiếp nhận")


# -- one's own, and others' ------------------------------------------------------------------------------------------


async def test_the_unit_itself_reads_its_points_and_others_the_state(here: World, lan: Speaker) -> None:
    await scored(here, lan)
    await lan.says("/diem").hears("xã Vạn Hưng", f"2024 · Tập thể · “{CAMERA}”: đã nộp bảng tự chấm", "96,5/100 điểm")
    hung = await here.person("Hùng", THANH)
    heard = await hung.says("điểm xã Vạn Hưng").hears(CAMERA, "đã nộp bảng tự chấm", "nơi khác chỉ xem được tình trạng")
    assert "96,5" not in heard
    bay = await here.person("Bảy", DISTRICT, STANDING_OFFICE)
    await bay.says("điểm xã Vạn Hưng").hears(CAMERA, "96,5/100 điểm")


@WEB
async def test_the_district_shows_everyones_exemplars_and_only_ones_own_points(here: World, lan: Speaker) -> None:
    hung = await here.person("Hùng", THANH)
    await scored(here, lan)
    await scored(here, hung, THANH, "Tổ tự quản Đầm Môn")
    heard = await lan.says("điểm huyện Vạn Ninh").hears("xã Vạn Thạnh · 2024", CAMERA, "Tổ tự quản Đầm Môn")
    assert heard.count("96,5/100 điểm") == 1
    assert heard.index("96,5/100") < heard.index("Tổ tự quản")


@WEB
async def test_without_a_unit_it_is_ones_own_and_the_office_is_asked_which(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)
    await lan.says("/diem").hears("xã Vạn Hưng", CAMERA)
    await lan.says("bao nhiêu điểm rồi").hears("xã Vạn Hưng", CAMERA)
    bay = await here.person("Bảy", DISTRICT, STANDING_OFFICE)
    await bay.says("/diem").hears("Đề nghị nêu tên đơn vị")
    hung = await here.person("Hùng", THANH)
    await hung.says("/diem").hears("xã Vạn Thạnh chưa đăng ký điển hình nào")


@WEB
async def test_a_late_registration_is_called_late(here: World, lan: Speaker) -> None:
    def late(tx: Any) -> int:
        return exemplars.register(
            tx,
            season_id=here.app.office.seasons[0].id,
            unit_id=lan.unit_id,
            subject="ca_nhan",
            name="Bà Sáu Đầm Môn",
            award=False,
            late=True,
            answers={},
            now=here.app.clock.now(),
        )

    await here.app.store.write(late)
    await lan.says("/diem").hears("2024 · Cá nhân · “Bà Sáu Đầm Môn”: đã đăng ký (muộn)")


@WEB
async def test_a_long_list_is_cut(here: World, lan: Speaker) -> None:
    for n in range(1, 14):
        await here.exemplar(f"Điển hình số {n}")
    heard = await lan.says("/diem").hears("Điển hình số 10", "và 3 mục khác")
    assert "Điển hình số 11" not in heard


# -- as people type ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [
        "điểm xã Vạn Hưng",
        "diem xa van hung",
        "Vạn Hưng được mấy điểm rồi",
        "van hung duoc may diem roi",
        "ĐIỂM XÃ VẠN HƯNG?",
        "điểm x. Vạn Hưng",
        "diem xa van hugn",
        "cho hỏi điểm của xã Vạn Hưng với ạ",
        unicodedata.normalize("NFD", "điểm xã Vạn Hưng"),
        "/diem Vạn Hưng",
        "/diem xa van hung",
        "/diem vanhung",
        "Vạn Hưng",
    ],
)
@WEB
async def test_the_unit_is_found_however_it_is_typed(here: World, typed: str) -> None:
    hung = await here.person("Hùng", THANH)
    await here.exemplar(CAMERA)
    await hung.says(typed).hears("xã Vạn Hưng", CAMERA)


@WEB
async def test_what_may_mean_several_things_is_asked_back(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)
    await lan.says("điểm VH").hears("“VH” có thể hiểu nhiều cách", "[xã Vạn Hưng]")
    await lan.picks("xã Vạn Hưng").hears(CAMERA)
    await lan.says("điểm Vạn Thọ và Vạn Hưng").hears("Đồng chí hỏi đơn vị nào?", "[xã Vạn Thọ] [xã Vạn Hưng]")
    await lan.says("vạn hưng").hears(CAMERA)
    await lan.says("điểm xã Vạn Tường").hears("có thể hiểu nhiều cách", "[xã Vạn Lương]")


@WEB
async def test_a_unit_that_does_not_exist_is_not_taken_for_ones_own(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)
    for typed in ("điểm xã Ninh Hòa", "/diem xyz", "/diem xã Nha Trang"):
        heard = await lan.says(typed).hears("Không tìm thấy đơn vị")
        assert CAMERA not in heard


@WEB
async def test_a_forged_unit_in_a_button_shows_nothing(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA, THANH)
    await lan.forges("c:diem:u99999").hears("xã Vạn Hưng chưa đăng ký")
    await lan.forges("c:vidau:u999999999999999999999999").hears("xã Vạn Hưng chưa đăng ký")
    thanh = here.app.office.units.coded(THANH)
    assert thanh is not None
    await lan.forges(f"c:vidau:u{thanh.id}").hears("chưa được phân quyền", never="Camera")


# -- why, and what is missing ----------------------------------------------------------------------------------------


@WEB
async def test_the_verdict_is_explained_to_the_unit_and_to_nobody_else(here: World, lan: Speaker) -> None:
    await scored(here, lan)
    await lan.says("tại sao chưa đủ điều kiện").hears("tiêu chí 07 được 8 điểm, cần từ 9 điểm")
    hung = await here.person("Hùng", THANH)
    heard = await hung.says("xã Vạn Hưng còn thiếu tiêu chí nào").hears("cơ quan thường trực")
    assert "tiêu chí 07" not in heard
    await hung.says("còn thiếu tiêu chí nào").hears("xã Vạn Thạnh chưa đăng ký")


# -- progress --------------------------------------------------------------------------------------------------------


async def test_progress_counts_and_names_who_is_missing(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)
    await lan.says("/tiendo").hears(
        "Dân vận khéo huyện Vạn Ninh – năm 2024",
        "Đã đăng ký 1 điển hình, trong đó 0 đã nộp bảng tự chấm.",
        "Đăng ký điển hình “Dân vận khéo”: trước ngày 15/02/2024, tức chậm nhất 14/02/2024 (ngày làm việc cuối cùng là "
        "07/02/2024).\nĐã trả lời: 0/13 đơn vị.",
        "Chưa trả lời: thị trấn Vạn Giã, xã Đại Lãnh",
        "Nộp hồ sơ đề nghị khen thưởng cấp huyện: trước ngày 01/09/2024",
        "Đã trả lời: 0/1 đơn vị.\nChưa trả lời: xã Vạn Hưng.",
    )
    await lan.says("/khongdangky").hears("xã Vạn Hưng")
    await lan.says("đơn vị nào chưa nộp").hears("Đã trả lời:")


@WEB
async def test_progress_never_names_points(here: World, lan: Speaker) -> None:
    await scored(here, lan)
    heard = await lan.says("tiến độ").hears("trong đó 1 đã nộp bảng tự chấm")
    assert "96" not in heard


# -- dates and rules -------------------------------------------------------------------------------------------------


async def test_the_dates_come_with_their_words_and_places(here: World, lan: Speaker) -> None:
    heard = await lan.says("/han đầy đủ").hears(
        "Các mốc thời gian – Dân vận khéo huyện Vạn Ninh, năm 2024",
        "Đăng ký điển hình “Dân vận khéo”: trước ngày 15/02/2024, tức chậm nhất 14/02/2024",
        "trước ngày 15 tháng 02 để theo dõi, tổng hợp.” – mục II.3.4.a",
        "trước ngày 01/09/2024, tức chậm nhất 31/08/2024 (ngày làm việc cuối cùng là 30/08/2024)",
        "“Thời gian tổ chức xét khen thưởng: vào Quý III hằng năm.” – mục II.3.5",
        "Nơi nhận: Chủ tịch UBND tỉnh (qua Phòng Nội vụ)",
    )
    assert "giai đoạn 2023 - 2026" not in heard  # that falls due in 2026


async def test_what_has_no_day_stands_behind_a_button(here: World, lan: Speaker) -> None:
    heard = await lan.says("/han").hears("Các mốc thời gian", "Ngoài ra có 16 việc không có ngày cụ thể.")
    assert "Hội đồng họp xét" not in heard
    assert len(heard) < 1100, "a phone shows no more"
    assert "Nơi nhận: Ban Dân vận Huyện ủy\n  Căn cứ: mục II.3.4.a\n" in heard
    assert "để theo dõi, tổng hợp" not in heard
    days = [heard.index(name) for name in ("Đăng ký điển hình", "Nộp hồ sơ đề nghị", "Báo cáo kết quả phong trào")]
    assert days == sorted(days)
    listed = await lan.picks("Việc không có ngày cụ thể: 16").hears(
        "Việc không có ngày cụ thể – Dân vận khéo huyện Vạn Ninh, năm 2024",
        "Kế hoạch không quy định ngày:\n• Kế hoạch, quy trình khen thưởng cấp cơ sở (mục II.3.4.đ)",
        "• Hội đồng họp xét (mục II.3.4.đ)",
        "Khi có phát sinh:\n• Khen thưởng đột xuất (mục II.3.2.b)",
    )
    assert "trình Hội đồng Thi đua - Khen thưởng huyện họp xét" not in listed
    words = "trình Hội đồng Thi đua - Khen thưởng huyện họp xét"
    await lan.picks("Xem đủ, có nguyên văn").hears("• Hội đồng họp xét: Kế hoạch không quy định ngày", words)
    await lan.says("/han đầy đủ").hears("• Hội đồng họp xét: Kế hoạch không quy định ngày", words)


@WEB
async def test_one_date_that_is_asked_for(here: World, lan: Speaker) -> None:
    await lan.says("bao giờ hết hạn đăng ký?").hears("15/02/2024", never="01/09/2024")
    await lan.says("hạn nộp hồ sơ khi nào").hears("01/09/2024", never="15/02/2024")


@WEB
async def test_the_strict_reading_and_tet(here: World, lan: Speaker) -> None:
    await lan.says("nộp ngày 15/2 có được không?").hears(
        "“Trước ngày 15/02/2024” nghĩa là ngày cuối cùng là 14/02/2024; đến ngày 15/02/2024 đã là muộn.",
        "14/02/2024 là ngày nghỉ: ngày làm việc cuối cùng là 07/02/2024",
        "Kế hoạch không quy định hệ quả, cơ quan thường trực (Ban Dân vận Huyện ủy) quyết định.",
    )
    await lan.says("hạn nộp hồ sơ rơi vào ngày nghỉ thì sao?").hears("01/09/2024", "31/08/2024", "30/08/2024")
    await lan.says("ngày 31/8 nộp có muộn không?").hears("Nộp hồ sơ", "Ngày 31/08/2024 còn trong hạn.")
    await lan.says("nộp ngày 20/2 có được không?").hears("Đăng ký điển hình", "Ngày 20/02/2024 là đã muộn.")
    await lan.says("nộp muộn có sao không?").hears("Đăng ký điển hình", "Kế hoạch không quy định hệ quả")


@WEB
async def test_a_quarter_is_told_as_it_stands(here: World, lan: Speaker) -> None:
    await lan.says("bao giờ xét khen thưởng?").hears("01/07/2024", "30/09/2024", "vào Quý III hằng năm")


@WEB
async def test_criteria_evidence_quota_and_the_row_that_is_printed_twice(here: World, lan: Speaker) -> None:
    await lan.says("tiêu chí 7 là gì?").hears(
        "Tập thể – tiêu chí 07 (tối đa 10 điểm)", "Có cách làm hay, sáng tạo", "Cá nhân – tiêu chí 07 (tối đa 15 điểm)"
    )
    await lan.says("có những tiêu chí nào?").hears("Tập thể: 7 tiêu chí, tổng 100 điểm", "Cá nhân: 7 tiêu chí")
    await lan.says("tiêu chí 3 cần tài liệu gì?").hears("Tài liệu kiểm chứng: Số liệu cụ thể, ví dụ: Liệt kê")
    await lan.says("được khen mấy tập thể, mấy cá nhân?").hears(
        "cấp huyện: 03 tập thể, 05 cá nhân", "cấp tỉnh: 01 tập thể, 02 cá nhân", "mục II.3.3.c"
    )
    await lan.says("sao tiêu chí 2 giống tiêu chí 1?").hears(
        "Tập thể: tiêu chí 02 in trùng từng chữ với tiêu chí 01", "Ban Dân vận Huyện ủy"
    )


async def test_a_digression_is_answered_and_the_question_asked_again(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)
    await lan.says("/tucham").hears("Tiêu chí 01")
    heard = await lan.says("bao giờ hết hạn đăng ký?").hears("15/02/2024", "Tiêu chí 01")
    assert heard.index("15/02/2024") < heard.index("Tiêu chí 01")
    await lan.says("14").hears("1/7 · 14/15")


# -- in the group ----------------------------------------------------------------------------------------------------


@ON_PHONES
async def test_a_group_reads_states_and_dates_but_never_points(here: World) -> None:
    lan = await here.person("Lan", group=GROUP)
    there = in_group(lan)
    await there.says(f"/lienket {await here.group_code()}").hears("đã liên kết với huyện Vạn Ninh")
    await scored(here, lan)
    for typed in (
        "@KheoBot điểm xã Vạn Hưng",
        "@KheoBot diem xa van hung",
        "@KheoBot Vạn Hưng được mấy điểm rồi?",
        "/diem Vạn Hưng",
        "/diem@KheoBot xa van hung",
        "@KheoBot Vạn Hưng",
    ):
        heard = await there.says(typed).hears(CAMERA, "đã nộp bảng tự chấm", "trong tin nhắn riêng")
        assert "96" not in heard
    await there.says("@KheoBot điểm VH").hears("“VH” có thể hiểu nhiều cách", "[xã Vạn Hưng]")
    heard = await there.picks("xã Vạn Hưng").hears(CAMERA)
    assert "96" not in heard
    await there.says("/tiendo").hears("Đã trả lời: 0/13 đơn vị")
    await there.says("/han@KheoBot").hears("15/02/2024", "mục II.3.4.a")
    await there.says("@KheoBot tại sao chưa đủ điều kiện").hears("tin nhắn riêng")
    heard = await there.says("/diem").hears("Đề nghị nêu tên đơn vị")
    assert Decimal("96.5") == (await here.exemplars())[0].total


@ON_PHONES
async def test_a_communes_group_asks_about_its_own_commune(here: World) -> None:
    lan = await here.person("Lan", group=GROUP)
    there = in_group(lan)
    await there.says(f"/lienket {await here.group_code('van-ninh.van-hung')}").hears("đã liên kết với xã Vạn Hưng")
    await here.exemplar(CAMERA)
    await there.says("/diem").hears("xã Vạn Hưng", CAMERA, "đã đăng ký")


async def test_how_much_is_enough_is_answered_with_the_documents_words(here: World, lan: Speaker) -> None:
    await lan.says("bao nhiêu điểm thì được khen").hears(
        "xã Vạn Hưng chưa đăng ký điển hình nào",
        "Điều kiện đề nghị cấp huyện",
        "“phải đạt 90% số điểm từng tiêu chí” – mục II.3.4.b",
        "“tổng số điểm phải đạt từ 90 điểm trở lên”",
    )
