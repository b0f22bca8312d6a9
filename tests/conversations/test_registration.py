"""A commune registers its exemplars, changes a registration, closes its list; the standing office does it for a unit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from bot.rules.access import STANDING_OFFICE
from bot.store import drafts, owing
from bot.store.tables import submission
from tests.conversations.registering import BUOI, CAMERA, fills_in, registers
from tests.talk import Speaker
from tests.world import DISTRICT, World

NO_CONSEQUENCE = "Kế hoạch không quy định hệ quả, cơ quan thường trực (Ban Dân vận Huyện ủy) quyết định"
NOT_FOR_YOU = "chưa được phân quyền thực hiện việc này"
WITH_BUTTONS = pytest.mark.parametrize("channel", ["telegram", "web"], indirect=True)


async def owes(here: World, unit: str = "van-ninh.van-hung", milestone: str = "dang_ky") -> bool:
    """Whether the unit still owes an answer to the milestone."""
    office = here.app.office
    season, at = here.season(), office.units.coded(unit)
    assert at is not None
    duty = office.plan(season).milestone(milestone)
    return at.id in await here.app.store.read(lambda tx: owing.still_owing(tx, season.id, duty, [at.id]))


async def versions(here: World, exemplar_id: int) -> list[dict[str, Any]]:
    """The answers of every version of an exemplar's registration, oldest first."""
    rows = (
        select(submission.c.answers)
        .where(submission.c.exemplar_id == exemplar_id, submission.c.form == "registration")
        .order_by(submission.c.version)
    )
    return await here.app.store.read(lambda tx: list(tx.execute(rows).scalars()))


async def open_drafts(here: World, unit: str = "van-ninh.van-hung") -> list[drafts.Draft]:
    at = here.app.office.units.coded(unit)
    assert at is not None
    return await here.app.store.read(lambda tx: drafts.open_of_units(tx, (at.id,)))


async def test_a_commune_registers_its_exemplar(here: World, lan: Speaker) -> None:
    await lan.says("/dangky").hears(
        "Đăng ký năm 2024 – xã Vạn Hưng", "trước ngày 15/02/2024, tức chậm nhất 14/02/2024", "Tập thể", "Cá nhân"
    )
    await lan.says("ca nhan").hears("Tên điển hình")
    await lan.says("Bà Nguyễn Thị Hoa vận động hiến đất").hears("tập thể hoặc cá nhân nào thực hiện")
    await lan.says("Bà Nguyễn Thị Hoa").hears("Kinh tế", "An ninh, quốc phòng", "Hệ thống chính trị ở cơ sở")
    await lan.picks("Văn hóa - xã hội").hears("nội dung gần nhất")
    await lan.picks("Tham gia xây dựng công trình phúc lợi xã hội").hears("thời gian triển khai")
    await lan.says("Quý I năm 2024").hears("đề nghị Chủ tịch UBND huyện khen thưởng không?")
    summary = await lan.says("khong").hears(
        "1. Loại điển hình: Cá nhân",
        "2. Tên điển hình: Bà Nguyễn Thị Hoa vận động hiến đất",
        "4. Lĩnh vực: Văn hóa - xã hội",
        "6. Thời gian triển khai: Quý I năm 2024",
        "khen thưởng: Không",
        "có xác nhận của UBND cấp xã hoặc thủ trưởng các phòng, ban, ngành thuộc huyện",
    )
    assert "làm lợi" not in summary
    assert await owes(here)
    await lan.picks("Nộp bản đăng ký").hears(
        "Đã tiếp nhận bản đăng ký “Bà Nguyễn Thị Hoa vận động hiến đất” – xã Vạn Hưng, năm 2024",
        "Số tiếp nhận 00001/2024, lúc 09:0",
        "05/02/2024, người nộp: Lan",
    )
    (exemplar,) = await here.exemplars()
    assert (exemplar.subject, exemplar.award, exemplar.late) == ("ca_nhan", False, False)
    assert exemplar.answers["topic"] == "cong_trinh_phuc_loi"
    assert not await owes(here)
    await lan.says("/viec").hears("Việc của tôi", never="• xã Vạn Hưng: Đăng ký điển hình")


async def test_it_begins_in_plain_words(lan: Speaker) -> None:
    await lan.says("dang ky mo hinh dvk").hears("Đăng ký năm 2024 – xã Vạn Hưng", "tập thể hay cá nhân")
    await lan.says("TẬP THỂ").hears("tên điển hình")


async def test_the_benefit_is_left_open_and_given_later(here: World, lan: Speaker) -> None:
    receipt = await registers(lan, BUOI, field="Kinh tế")
    assert "Còn cần bổ sung trước mốc Nộp hồ sơ" in receipt
    assert "(chậm nhất 31/08/2024): Giá trị làm lợi" in receipt
    await here.it_is(2024, 6, 3)
    await lan.says("việc của tôi").hears(f"“{BUOI}” còn thiếu mục “Giá trị làm lợi”", "chậm nhất 31/08/2024")

    await lan.picks(f"Bổ sung đăng ký: {BUOI}").hears("Khi nộp, bản sửa được ghi là lần 2", "giá trị làm lợi dự kiến")
    await lan.says("nhiều lắm").hears("Chưa đọc được “nhiều lắm” là số tiền", "120 triệu")
    await lan.says("120tr").hears("6. Giá trị làm lợi: 120.000.000 đồng", "Bản sửa đăng ký")
    changed = await lan.picks("Nộp bản đăng ký").hears(
        f"Đã tiếp nhận bản đăng ký “{BUOI}” (lần 2)", "Số tiếp nhận 00002/2024", "03/06/2024", "người nộp: Lan"
    )
    assert "muộn" not in changed
    assert "Còn cần" not in changed
    (exemplar,) = await here.exemplars()
    assert not exemplar.late
    old, new = await versions(here, exemplar.id)
    assert "benefit" not in old
    assert Decimal(new["benefit"]) == 120_000_000
    assert {**old, "benefit": new["benefit"]} == new == exemplar.answers
    assert "làm lợi" not in await lan.says("/viec").hears("Nộp hồ sơ đề nghị khen thưởng")


async def test_a_scorecard_handed_in_says_that_the_benefit_is_missing(here: World, lan: Speaker) -> None:
    await registers(lan, BUOI, field="Kinh tế")
    await lan.picks("Tự chấm điểm ngay").hears("Tiêu chí 01")
    await lan.says("tc1 14 tc2 14 tc3 14 tc4 14 tc5 14 tc6 14 tc7 9").hears("93/100 điểm")
    await lan.picks("Nộp bảng tự chấm").hears("Đã tiếp nhận bảng tự chấm", "(chậm nhất 31/08/2024): Giá trị làm lợi")
    await lan.picks(f"Bổ sung đăng ký: {BUOI}").hears("giá trị làm lợi dự kiến")
    await lan.says("50 triệu").hears("6. Giá trị làm lợi: 50.000.000 đồng")
    await lan.picks("Nộp bản đăng ký").hears("(lần 2)")
    (exemplar,) = await here.exemplars()
    assert (exemplar.state, exemplar.total) == ("self_scored", Decimal(93))
    await lan.says("/viec").hears("Việc của tôi", never="Nộp hồ sơ đề nghị khen thưởng")


async def test_a_registered_exemplar_is_changed(here: World, lan: Speaker) -> None:
    await registers(lan)
    await lan.says("/dangky").hears("xã Vạn Hưng đã đăng ký 1 điển hình năm 2024", "Đăng ký thêm")
    await lan.picks(f"Sửa bản đăng ký: {CAMERA}").hears("lần 2", f"2. Tên điển hình: {CAMERA}", "5. Nội dung: (bỏ qua)")
    await lan.picks("Sửa…").hears("Đề nghị chọn nội dung cần sửa")
    await lan.picks("Tên điển hình").hears("Đang ghi: Camera")
    await lan.says("Camera an ninh hai thôn").hears("2. Tên điển hình: Camera an ninh hai thôn")
    assert [e.name for e in await here.exemplars()] == [CAMERA]

    # Left half done, it is taken up again rather than begun twice.
    await lan.says("hủy").hears("Hủy hẳn")
    await lan.picks("Giữ lại, làm sau").hears("/viec")
    await lan.says("/viec").hears(f"Tiếp tục sửa: {CAMERA}")
    await lan.says("/dangky").hears(f"Sửa bản đăng ký: {CAMERA}")
    await lan.picks(f"Sửa bản đăng ký: {CAMERA}").hears("2. Tên điển hình: Camera an ninh hai thôn")
    await lan.picks("Nộp bản đăng ký").hears("“Camera an ninh hai thôn” (lần 2)")
    (exemplar,) = await here.exemplars()
    assert [v["name"] for v in await versions(here, exemplar.id)] == [CAMERA, "Camera an ninh hai thôn"]

    await lan.says("sua ban dang ky").hears("Sửa bản đăng ký: Camera an ninh hai thôn")
    await lan.picks("Sửa bản đăng ký").hears("lần 3")
    await lan.picks("Nộp bản đăng ký").hears("không khác bản đã đăng ký nên bản lần 2 vẫn giữ nguyên")
    assert len(await versions(here, exemplar.id)) == 2
    assert await open_drafts(here) == []


async def test_the_kind_stays_when_a_scorecard_exists(here: World, lan: Speaker) -> None:
    await registers(lan)
    await lan.picks("Tự chấm điểm ngay").hears("Tiêu chí 01")
    await lan.says("14").hears("Tài liệu kiểm chứng")
    await lan.says("/dangky").hears("Sửa bản đăng ký")
    await lan.says(f"Sửa bản đăng ký: {CAMERA}").hears("1. Loại điển hình: Tập thể")
    await lan.picks("Sửa…").hears("Loại điển hình")
    await lan.picks("Loại điển hình").hears("Đang ghi: Tập thể")
    await lan.picks("Cá nhân").hears("1. Loại điển hình: Cá nhân")
    await lan.picks("Nộp bản đăng ký").hears("đã có bảng tự chấm", "Đề nghị chọn lại như cũ", "Nộp bản đăng ký")
    (exemplar,) = await here.exemplars()
    assert exemplar.subject == "tap_the"
    assert len(await versions(here, exemplar.id)) == 1


async def test_right_after_a_last_day_off_a_person_decides_whether_it_is_late(here: World, lan: Speaker) -> None:
    """14 February 2024, the last day, was the last of the Tết holidays; offices opened on the 15th."""
    await here.it_is(2024, 2, 15, 10)
    await lan.says("/dangky").hears("14/02/2024", "là ngày nghỉ", "do người có thẩm quyền quyết định", NO_CONSEQUENCE)
    await here.it_is(2024, 2, 16, 10)
    await lan.says("hủy").hears("Hủy hẳn bản nháp này?")
    await lan.picks("Hủy hẳn").hears("Đã hủy")
    await lan.says("/dangky").hears(NO_CONSEQUENCE, never="do người có thẩm quyền quyết định")


@pytest.mark.parametrize(("day", "late"), [(14, False), (15, True)])
async def test_after_the_date_it_is_accepted_and_marked_late(here: World, lan: Speaker, day: int, late: bool) -> None:
    await here.it_is(2024, 2, day, 10)
    first = await lan.says("/dangky").hears("tập thể hay cá nhân")
    assert (NO_CONSEQUENCE in first) is late
    heard = await registers(lan)
    assert ("ghi là nộp muộn" in heard) is late
    assert (NO_CONSEQUENCE in heard) is late
    (exemplar,) = await here.exemplars()
    assert exemplar.late is late
    assert not await owes(here)
    assert ("muộn" in await lan.says("điểm xã Vạn Hưng").hears(f"“{CAMERA}”: đã đăng ký")) is late


async def test_the_list_is_closed_with_a_button(here: World, lan: Speaker) -> None:
    await registers(lan)
    await lan.picks("Đã đăng ký đủ").hears("xã Vạn Hưng đã đăng ký đủ năm 2024 (1 điển hình)")
    await lan.says("đã đăng ký đủ").hears("đã ghi nhận trước đó")
    await lan.says("/dangky thêm").hears("tập thể hay cá nhân")
    await lan.says("hủy").hears("Hủy hẳn")
    await lan.picks("Hủy hẳn").hears("Đã hủy bản nháp")
    heard = await registers(lan, BUOI, begin="/dangky thêm")
    assert "đề nghị xác nhận lại khi đã đủ" in heard
    await lan.picks("Đã đăng ký đủ").hears("(2 điển hình)")


async def test_none_this_year_is_said_and_taken_back(here: World, lan: Speaker) -> None:
    await lan.says("Năm nay xã không đăng ký").hears("xã Vạn Hưng không đăng ký trong năm 2024, có đúng không?")
    assert await owes(here)
    await lan.picks("Không").hears("Chưa ghi nhận gì")
    assert await owes(here)
    await lan.says("nam nay khong dang ky").hears("có đúng không?")
    await lan.says("đúng").hears("Đã ghi nhận: xã Vạn Hưng không đăng ký trong năm 2024")
    assert not await owes(here)
    await lan.says("/viec").hears("Việc của tôi", never="• xã Vạn Hưng: Đăng ký điển hình")
    await lan.says("đã đăng ký đủ").hears("đã trả lời không đăng ký trong năm 2024", "vẫn còn hiệu lực")

    heard = await registers(lan)
    assert "“Năm nay không đăng ký” trước đó không còn hiệu lực" in heard
    assert not await owes(here)
    await lan.says("năm nay không đăng ký").hears("đã đăng ký 1 điển hình năm 2024 nên không thể ghi “không đăng ký”")
    await lan.picks("Đã đăng ký đủ").hears("Đã ghi nhận")


async def test_complete_with_nothing_registered_is_contradicted(here: World, lan: Speaker) -> None:
    await lan.says("đã đăng ký đủ rồi ạ").hears("chưa đăng ký điển hình nào năm 2024", "Năm nay không đăng ký")
    assert await owes(here)
    await lan.picks("Năm nay không đăng ký").hears("Đã ghi nhận")
    assert not await owes(here)


async def test_closing_in_the_middle_of_a_form_says_what_is_not_handed_in(here: World, lan: Speaker) -> None:
    await lan.says("/dangky").hears("tập thể hay cá nhân")
    await lan.picks("Tập thể").hears("tên điển hình")
    await lan.says("Năm nay không đăng ký").hears("là câu trả lời cho mục “Tên điển hình” hay là nội dung báo cho Khéo")
    await lan.picks("Báo cho Khéo ghi nhận").hears("nhập dở, chưa nộp nên chưa được tính", "có đúng không?")
    await lan.picks("Đúng").hears("xã Vạn Hưng không đăng ký trong năm 2024", "tên điển hình")
    assert not await owes(here)
    await lan.says(CAMERA).hears("nào thực hiện")
    (draft,) = await open_drafts(here)
    assert draft.unit_id == lan.unit_id


async def test_the_standing_office_registers_for_a_unit(here: World) -> None:
    thu = await here.person("Thu", DISTRICT, STANDING_OFFICE)
    await thu.says("/dangky xã Vạn Thắng").hears("Đăng ký năm 2024 – xã Vạn Thắng")
    heard = await registers(thu, begin="/dangky xa van thang")
    assert "– xã Vạn Thắng, năm 2024" in heard
    assert "người nộp: Thu (Ban Dân vận Huyện ủy, nhập thay đơn vị)" in heard
    assert [e.name for e in await here.exemplars("van-ninh.van-thang")] == [CAMERA]
    assert not await owes(here, "van-ninh.van-thang")
    assert await owes(here)


async def test_the_standing_office_chooses_among_the_units(here: World) -> None:
    thu = await here.person("Thu", DISTRICT, STANDING_OFFICE)
    await thu.says("/dangky").hears("Thực hiện cho đơn vị nào?", "thị trấn Vạn Giã", "xã Vạn Thạnh")
    assert len(thu.last.labels) == 13
    await thu.says("vạn bình").hears("Đăng ký năm 2024 – xã Vạn Bình")
    await thu.says("đã đăng ký đủ").hears("Thực hiện cho đơn vị nào?")
    await thu.picks("xã Vạn Bình").hears("xã Vạn Bình chưa đăng ký điển hình nào")
    await thu.says("xã Vạn Phú năm nay không đăng ký").hears("xã Vạn Phú không đăng ký trong năm 2024, có đúng không?")
    await thu.picks("Đúng").hears("Đã ghi nhận: xã Vạn Phú")
    assert not await owes(here, "van-ninh.van-phu")


async def test_nobody_registers_for_another_unit(here: World, lan: Speaker) -> None:
    heard = await lan.says("/dangky xã Vạn Thắng").hears(NOT_FOR_YOU)
    assert await lan.says("xã Vạn Thắng năm nay không đăng ký").hears(NOT_FOR_YOU) == heard
    assert await lan.says("/dudangky xã Vạn Thắng").hears(NOT_FOR_YOU) == heard
    assert await open_drafts(here, "van-ninh.van-thang") == []
    assert await owes(here, "van-ninh.van-thang")


@WITH_BUTTONS
async def test_forged_buttons_change_nothing(here: World, lan: Speaker) -> None:
    hung = await here.person("Hùng", "van-ninh.van-thang", channel="telegram")
    await registers(hung)
    await hung.picks("Đăng ký thêm").hears("tập thể hay cá nhân")
    await hung.picks("Tập thể").hears("tên điển hình")
    (theirs,) = await here.exemplars("van-ninh.van-thang")
    (draft,) = await open_drafts(here, "van-ninh.van-thang")
    refused = await lan.says("/dangky xã Vạn Thắng").hears(NOT_FOR_YOU)
    tokens = [
        *(f"c:{name}:u{hung.unit_id}" for name in ("dangky", "dudangky", "khongdangky", "tucham", "vanban")),
        *(f"c:{name}:u{hung.unit_id}:moi" for name in ("dangky",)),
        f"c:dangky:e{theirs.id}",
        f"c:tucham:e{theirs.id}",
        f"c:mo:d{draft.id}",
        f"a:{draft.id}:name:x",
        f"a:{draft.id}:subject:ca_nhan",
        f"b:{draft.id}:name:",
        f"m:{draft.id}::",
        f"e:{draft.id}::",
        f"x:{draft.id}::1",
        f"z:{draft.id}::1",
        # What does not exist is refused in the same words.
        "c:dangky:u99999",
        "c:dangky:u99999999999999999999999",
        "c:dangky:e99999",
        "c:mo:d99999",
        "a:99999:name:x",
    ]
    for token in tokens:
        assert await lan.forges(token).hears(NOT_FOR_YOU) == refused, token
    assert await open_drafts(here) == []
    assert await open_drafts(here, "van-ninh.van-thang") == [draft]
    assert await owes(here)
    assert await here.exemplars() == []
    await hung.says(BUOI).hears("nào thực hiện")


async def test_what_does_not_fit_is_named(here: World, lan: Speaker) -> None:
    await lan.says("/dangky").hears("tập thể hay cá nhân")
    await lan.says("hộ gia đình").hears("“hộ gia đình” không có trong các lựa chọn: Tập thể; Cá nhân")
    await lan.says("tập thể").hears("tên điển hình")
    await lan.says("Camera an ninh " * 19 + "thôn").hears("Tối đa 200 ký tự", "có 289 ký tự")
    await lan.says("   ").hears("tên điển hình")
    await lan.says("bỏ qua").hears("Câu hỏi này không bỏ qua được", "tên điển hình")
    await lan.says(CAMERA).hears("nào thực hiện")


async def test_the_dates_may_pass_while_it_is_filled_in(here: World, lan: Speaker) -> None:
    await fills_in(lan)
    await here.it_is(2024, 2, 15, 0, 1)
    await lan.picks("Nộp bản đăng ký").hears("ghi là nộp muộn", NO_CONSEQUENCE)
    (exemplar,) = await here.exemplars()
    assert exemplar.late


async def test_an_association_that_sounds_like_a_question_is_an_answer(here: World, lan: Speaker) -> None:
    await lan.says("/dangky").hears("tập thể hay cá nhân")
    await lan.says("tập thể").hears("tên điển hình")
    await lan.says(CAMERA).hears("nào thực hiện")
    await lan.says("Hội LHPN xã").hears("Đề nghị chọn lĩnh vực", never="câu hỏi gửi Khéo")


async def test_an_answer_is_changed_by_naming_it(here: World, lan: Speaker) -> None:
    await fills_in(lan)
    await lan.says("sửa 2").hears("tên điển hình", f"Đang ghi: {CAMERA}")
    await lan.says("Tuyến đường hoa").hears("2. Tên điển hình: Tuyến đường hoa")
    await lan.says("doi thoi gian").hears("thời gian triển khai")
    await lan.says("cả năm 2024").hears("Nộp bản đăng ký", "cả năm 2024")
    await lan.says("sửa 99").hears("chưa hiểu", "Nộp bản đăng ký")


async def test_later_means_later(here: World, lan: Speaker) -> None:
    await lan.says("/dangky").hears("tập thể hay cá nhân")
    await lan.says("tập thể").hears("tên điển hình")
    await lan.says("thôi để mai làm").hears("Bản nháp", "/viec", never="nào thực hiện")
    await lan.says("/viec").hears("Đang nhập dở")


async def test_no_to_cancelling_goes_on(here: World, lan: Speaker) -> None:
    await lan.says("/dangky").hears("tập thể hay cá nhân")
    await lan.says("tập thể").hears("tên điển hình")
    await lan.says("hủy").hears("Hủy hẳn bản nháp này?")
    await lan.says("không").hears("tên điển hình", never="nào thực hiện")


async def test_the_unit_confirms_in_its_own_words(here: World, lan: Speaker) -> None:
    await lan.says("năm nay xã không đăng ký").hears("có đúng không?")
    await lan.says("dạ có ạ").hears("Đã ghi nhận: xã Vạn Hưng không đăng ký")


async def test_what_is_not_known_yet_is_left_open(here: World, lan: Speaker) -> None:
    await lan.says("/dangky").hears("tập thể hay cá nhân")
    await lan.says("tt").hears("tên điển hình")
    await lan.says(BUOI).hears("nào thực hiện")
    await lan.says("Hội ND xã").hears("Đề nghị chọn lĩnh vực")
    await lan.says("KT").hears("nội dung gần nhất")
    await lan.says("không có nội dung phù hợp").hears("giá trị làm lợi")
    await lan.says("chưa có số liệu").hears("thời gian triển khai")
    await lan.says("nộp").hears("Còn câu hỏi chưa trả lời", "thời gian triển khai")
