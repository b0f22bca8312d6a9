"""A form half filled in: back, skip, edit, cancel, another day, another channel, another colleague; nothing is lost."""

from __future__ import annotations

import asyncio

import pytest

from bot.store import drafts, seasons
from bot.store.engine import Tx
from tests.conversations.registering import BUOI, CAMERA, fills_in, registers
from tests.conversations.test_registration import WITH_BUTTONS, open_drafts, owes
from tests.talk import Speaker
from tests.world import World

OTHER = {"telegram": "web", "web": "telegram", "zalo": "web"}
OLD = "Lựa chọn này thuộc câu hỏi trước nên không thay đổi gì"


async def begins(speaker: Speaker, name: str = CAMERA) -> None:
    """Up to the question who carries it out."""
    await speaker.says("/dangky").hears("tập thể hay cá nhân")
    await speaker.picks("Tập thể").hears("tên điển hình")
    await speaker.says(name).hears("nào thực hiện")


async def test_back_shows_what_was_answered_and_keeps_it(lan: Speaker) -> None:
    await begins(lan)
    await lan.picks("Quay lại").hears("Tên điển hình", f"Đang ghi: {CAMERA}", "Giữ nguyên")
    await lan.says("quay lai").hears("Loại điển hình", "Đang ghi: Tập thể")
    await lan.says("Quay lại").hears("Đây là câu hỏi đầu tiên", "Loại điển hình")
    await lan.picks("Giữ nguyên").hears("nào thực hiện")
    await lan.says("quay lại").hears(f"Đang ghi: {CAMERA}")
    await lan.says(BUOI).hears("nào thực hiện")
    await lan.says("xem lại").hears(f"2. Tên điển hình: {BUOI}")


async def test_only_what_may_be_left_out_is_skipped(lan: Speaker) -> None:
    await begins(lan)
    assert "Bỏ qua" not in lan.last.labels
    await lan.says("bo qua").hears("Câu hỏi này không bỏ qua được", "nào thực hiện")
    await lan.says("Chi hội Phụ nữ").hears("lĩnh vực")
    await lan.says("bỏ qua").hears("không bỏ qua được", "Kinh tế")
    await lan.picks("Kinh tế").hears("nội dung gần nhất")
    await lan.says("Bỏ qua").hears("giá trị làm lợi")
    await lan.says("để sau").hears("thời gian triển khai")


async def test_an_earlier_answer_is_edited_from_the_summary(here: World, lan: Speaker) -> None:
    await fills_in(lan)
    await lan.picks("Sửa…").hears("Đề nghị chọn nội dung cần sửa", "Thời gian triển khai")
    await lan.picks("Thời gian triển khai").hears("Đang ghi: từ tháng 01")
    await lan.says("Quý II năm 2024").hears("6. Thời gian triển khai: Quý II năm 2024", "Nộp bản đăng ký")
    await lan.says("nộp").hears("Đã tiếp nhận")
    (exemplar,) = await here.exemplars()
    assert exemplar.answers["period"] == "Quý II năm 2024"


async def test_the_summary_in_the_middle_leads_back_to_what_is_missing(lan: Speaker) -> None:
    await begins(lan)
    heard = await lan.says("xem lại").hears(
        f"2. Tên điển hình: {CAMERA}", "4. Lĩnh vực: (chưa có)", "Tiếp tục: Tập thể"
    )
    assert "Nộp bản đăng ký" not in heard
    await lan.says("nộp").hears("Còn câu hỏi chưa trả lời nên chưa nộp được")
    await lan.says("Chi hội Phụ nữ").hears("lĩnh vực")


async def test_another_field_asks_for_its_own_topic(here: World, lan: Speaker) -> None:
    await lan.says("/dangky").hears("tập thể hay cá nhân")
    await lan.picks("Tập thể").hears("tên điển hình")
    await lan.says(BUOI).hears("nào thực hiện")
    await lan.says("Chi hội Nông dân").hears("lĩnh vực")
    await lan.picks("Kinh tế").hears("nội dung gần nhất")
    await lan.picks("Thương hiệu nông sản an toàn").hears("giá trị làm lợi")
    await lan.says("1,2 tỷ").hears("thời gian triển khai")
    await lan.says("cả năm").hears("khen thưởng không?")
    await lan.picks("Có").hears("5. Nội dung: Thương hiệu nông sản an toàn", "1.200.000.000 đồng")
    await lan.picks("Sửa…").hears("cần sửa")
    await lan.picks("Lĩnh vực").hears("Đang ghi: Kinh tế")
    asked = await lan.picks("An ninh, quốc phòng").hears("nội dung gần nhất", "trật tự, an toàn xã hội")
    assert "Đang ghi" not in asked
    await lan.picks("Bảo vệ an ninh chính trị").hears("5. Nội dung: Bảo vệ an ninh chính trị")
    await lan.picks("Nộp bản đăng ký").hears("Đã tiếp nhận")
    (exemplar,) = await here.exemplars()
    assert (exemplar.answers["field"], exemplar.answers["topic"]) == ("quoc_phong_an_ninh", "trat_tu_an_toan")
    assert "benefit" not in exemplar.answers


async def test_cancelled_for_good(here: World, lan: Speaker) -> None:
    await begins(lan)
    await lan.says("hủy").hears("Hủy hẳn bản nháp này?", "Hủy hẳn", "Giữ lại, làm sau", "Tiếp tục nhập")
    assert len(await open_drafts(here)) == 1
    await lan.picks("Hủy hẳn").hears("Đã hủy bản nháp. Chưa có gì được nộp.")
    assert await open_drafts(here) == []
    assert CAMERA not in await lan.says("/viec").hears("Việc của tôi")


async def test_the_command_cancels_like_the_word(here: World, lan: Speaker) -> None:
    await lan.says("/huy").hears("không có biểu mẫu nào đang mở", "/viec")
    await begins(lan)
    await lan.says("/huy").hears("Hủy hẳn bản nháp này?")
    await lan.picks("Hủy hẳn").hears("Đã hủy bản nháp.")
    assert await open_drafts(here) == []


async def test_kept_for_later(here: World, lan: Speaker) -> None:
    await begins(lan)
    await lan.says("huỷ").hears("Giữ lại, làm sau")
    await lan.picks("Giữ lại, làm sau").hears("Bản nháp được giữ nguyên", "/viec")
    await here.it_is(2024, 5, 6, 9)
    await lan.says("/dangky").hears("đang có bản đăng ký nhập dở", "Lập bản mới")
    await lan.picks(f"Tiếp tục: {CAMERA}").hears("nào thực hiện")


async def test_cancelling_is_thought_better_of(here: World, lan: Speaker) -> None:
    await begins(lan)
    await lan.says("hủy").hears("Tiếp tục nhập")
    await lan.picks("Tiếp tục nhập").hears("nào thực hiện")
    await lan.says("hủy").hears("Tiếp tục nhập")
    await lan.says("Chi hội Phụ nữ").hears("lĩnh vực")
    assert len(await open_drafts(here)) == 1


@WITH_BUTTONS
async def test_an_old_cancel_asks_again(here: World, lan: Speaker) -> None:
    await begins(lan)
    await lan.says("hủy").hears("Hủy hẳn")
    await lan.picks("Tiếp tục nhập").hears("nào thực hiện")
    await lan.says("Chi hội Phụ nữ").hears("lĩnh vực")
    await lan.picks("Hủy hẳn").hears("Hủy hẳn bản nháp này?")
    assert len(await open_drafts(here)) == 1


async def test_after_a_restart_the_question_still_stands(here: World, lan: Speaker) -> None:
    await begins(lan)
    await here.restart()
    await lan.says("Chi hội Phụ nữ thôn Xuân Tự").hears("lĩnh vực")
    await here.restart()
    await lan.picks("An ninh, quốc phòng").hears("nội dung gần nhất")
    await lan.says("xem lại").hears(f"2. Tên điển hình: {CAMERA}", "3. Tập thể, cá nhân thực hiện: Chi hội Phụ nữ")


async def test_the_same_person_goes_on_on_another_channel(here: World, lan: Speaker) -> None:
    await begins(lan)
    at_home = await here.second(lan, OTHER[here.channel])
    await at_home.says("/viec").hears(f"Tiếp tục: {CAMERA}")
    await at_home.picks(f"Tiếp tục: {CAMERA}").hears("nào thực hiện")
    await at_home.says("Chi hội Phụ nữ").hears("lĩnh vực")
    await at_home.picks("An ninh, quốc phòng").hears("nội dung gần nhất")
    await lan.says("xem lại").hears("3. Tập thể, cá nhân thực hiện: Chi hội Phụ nữ", "4. Lĩnh vực: An ninh, quốc phòng")

    await at_home.picks("Bỏ qua").hears("thời gian")
    await at_home.says("cả năm").hears("khen thưởng không?")
    await at_home.picks("Có").hears("Nộp bản đăng ký")
    await at_home.picks("Nộp bản đăng ký").hears("Số tiếp nhận 00001/2024", "người nộp: Lan")
    await lan.says("Hội Cựu chiến binh").hears("Bản này đã nộp lúc", "số tiếp nhận 00001/2024")
    assert len(await here.exemplars()) == 1


async def test_a_colleague_takes_over(here: World, lan: Speaker) -> None:
    await fills_in(lan)
    hung = await here.person("Hùng", channel=OTHER[here.channel])
    await hung.says("/dangky").hears("đang có bản đăng ký nhập dở")
    await hung.picks(f"Tiếp tục: {CAMERA}").hears("Nộp bản đăng ký")
    await hung.picks("Sửa…").hears("cần sửa")
    await hung.picks("Thời gian triển khai").hears("Đang ghi")
    await hung.says("Quý IV").hears("6. Thời gian triển khai: Quý IV")
    # What Lan sees is not the newest any more: it is shown before it is handed in.
    await lan.picks("Nộp bản đăng ký").hears("Câu trả lời đã thay đổi", "6. Thời gian triển khai: Quý IV")
    await hung.picks("Nộp bản đăng ký").hears("người nộp: Hùng")
    await lan.picks("Nộp bản đăng ký").hears("Bản này đã nộp lúc", "số tiếp nhận 00001/2024")
    assert len(await here.exemplars()) == 1


async def test_two_drafts_of_one_unit_side_by_side(here: World, lan: Speaker) -> None:
    await begins(lan)
    await lan.says("/dangky").hears("đang có bản đăng ký nhập dở")
    await lan.picks("Lập bản mới").hears("tập thể hay cá nhân")
    await lan.picks("Cá nhân").hears("tên điển hình")
    await lan.says(BUOI).hears("nào thực hiện")
    await lan.says("Ông Trần Văn Ba").hears("lĩnh vực")
    await lan.says("/viec").hears(f"Tiếp tục: {CAMERA}", f"Tiếp tục: {BUOI}")
    await lan.says(f"Tiếp tục: {CAMERA}").hears("nào thực hiện")
    await lan.says("Chi hội Phụ nữ").hears("lĩnh vực")
    await lan.says("xem lại").hears("1. Loại điển hình: Tập thể", f"2. Tên điển hình: {CAMERA}", "Chi hội Phụ nữ")
    await lan.says("/viec").hears(f"Tiếp tục: {BUOI}")
    await lan.says(f"tiep tuc: {BUOI}").hears("lĩnh vực")
    await lan.says("xem lại").hears("1. Loại điển hình: Cá nhân", f"2. Tên điển hình: {BUOI}", "Ông Trần Văn Ba")
    assert len(await open_drafts(here)) == 2


@WITH_BUTTONS
async def test_a_button_of_the_other_draft_changes_neither(here: World, lan: Speaker) -> None:
    await begins(lan)
    await lan.says("Chi hội Phụ nữ").hears("lĩnh vực")
    await lan.says("/dangky thêm").hears("tập thể hay cá nhân")
    await lan.picks("Tập thể").hears("tên điển hình")
    await lan.picks("Kinh tế").hears("Lựa chọn này thuộc bản khác", f"“{CAMERA}”", "tên điển hình")
    await lan.says(BUOI).hears("nào thực hiện")
    await lan.says("xem lại").hears(f"2. Tên điển hình: {BUOI}", "4. Lĩnh vực: (chưa có)")


async def test_a_question_asked_at_a_choice_is_answered(lan: Speaker) -> None:
    await lan.says("/dangky").hears("tập thể hay cá nhân")
    await lan.says("bao giờ hết hạn đăng ký?").hears(
        "trước ngày 15/02/2024", "Bản đăng ký 2024 – xã Vạn Hưng", "tập thể hay cá nhân"
    )
    await lan.picks("Tập thể").hears("tên điển hình")


async def test_a_question_typed_into_a_text_field_is_asked_back(lan: Speaker) -> None:
    await lan.says("/dangky").hears("tập thể hay cá nhân")
    await lan.picks("Tập thể").hears("tên điển hình")
    await lan.says("bao giờ hết hạn đăng ký?").hears("là câu trả lời cho mục “Tên điển hình” hay là câu hỏi gửi Khéo?")
    await lan.picks("Là câu hỏi gửi Khéo").hears("trước ngày 15/02/2024", "tên điển hình")
    await lan.says(CAMERA).hears("nào thực hiện")
    await lan.says("xem lại").hears(f"2. Tên điển hình: {CAMERA}")


async def test_what_sounds_like_a_question_may_be_the_answer(lan: Speaker) -> None:
    await lan.says("/dangky").hears("tập thể hay cá nhân")
    await lan.picks("Tập thể").hears("tên điển hình")
    await lan.says("Xã mình có những mô hình nào?").hears("là câu hỏi gửi Khéo?")
    await lan.picks("Là câu trả lời").hears("nào thực hiện")
    await lan.says("xem lại").hears("2. Tên điển hình: Xã mình có những mô hình nào?")


async def test_a_command_in_the_middle_is_answered(lan: Speaker) -> None:
    await begins(lan)
    await lan.says("/han").hears("Các mốc thời gian", "nào thực hiện")
    await lan.says("/dang_ky_gi").hears("nào thực hiện")
    await lan.says("Chi hội Phụ nữ").hears("lĩnh vực")


@WITH_BUTTONS
async def test_an_old_button_changes_nothing(lan: Speaker) -> None:
    await begins(lan)
    await lan.picks_old("Cá nhân").hears(OLD, "nào thực hiện")
    await lan.says("xem lại").hears("1. Loại điển hình: Tập thể")


@WITH_BUTTONS
async def test_the_same_button_twice_has_one_effect(here: World, lan: Speaker) -> None:
    await lan.says("/dangky").hears("tập thể hay cá nhân")
    await asyncio.gather(lan.device.press("Tập thể"), lan.device.press("Tập thể"))
    await lan.hears(OLD, "tên điển hình")
    await lan.says(CAMERA).hears("nào thực hiện")
    await lan.says("hủy").hears("Hủy hẳn")
    await lan.picks("Hủy hẳn").hears("Đã hủy")

    await fills_in(lan)
    lan.mark()
    await asyncio.gather(lan.device.press("Nộp bản đăng ký"), lan.device.press("Nộp bản đăng ký"))
    await lan.hears("Đã tiếp nhận", "Số tiếp nhận 00001/2024", "Bản này đã nộp lúc", "số tiếp nhận 00001/2024")
    assert [e.name for e in await here.exemplars()] == [CAMERA]
    await lan.picks("Nộp bản đăng ký").hears("số tiếp nhận 00001/2024")
    assert len(await here.exemplars()) == 1


async def test_two_messages_at_once_are_taken_in_order(here: World, lan: Speaker) -> None:
    await lan.says("/dangky").hears("tập thể hay cá nhân")
    lan.mark()
    await lan.device.say("tập thể")
    await lan.device.say(CAMERA)
    await lan.device.say("Chi hội Phụ nữ")
    await lan.hears("lĩnh vực")
    await lan.says("xem lại").hears(f"2. Tên điển hình: {CAMERA}", "thực hiện: Chi hội Phụ nữ")


async def test_a_stray_digit_with_nothing_open(here: World, lan: Speaker) -> None:
    nothing = "không có gì thay đổi" if here.channel == "zalo" else "Khéo chưa hiểu"  # it may have meant an option
    await lan.says("7").hears(nothing)
    await registers(lan)
    await lan.says("7").hears(nothing)
    assert await here.exemplars()
    assert not await owes(here)
    assert await open_drafts(here) == []


@pytest.mark.parametrize("channel", ["web"], indirect=True)
async def test_a_long_answer_is_kept_whole(here: World, lan: Speaker) -> None:
    """5,000 characters; Telegram's own programs cut at 4,096 before anything is sent."""
    story = ("Vận động Nhân dân lắp camera an ninh. " * 140)[:4999] + "!"
    await here.exemplar(CAMERA)
    await lan.says("/tucham").hears("Tiêu chí 01")
    await lan.says("14").hears("Tài liệu kiểm chứng")
    await lan.says(story).hears("Đã nhận 1 nội dung")
    events = [e for d in await open_drafts(here) for e in await _events(here, d.id) if e.op == "add"]
    assert [e.value["text"] for e in events] == [story]
    await lan.says("/dangky thêm").hears("tập thể hay cá nhân")
    await lan.picks("Tập thể").hears("tên điển hình")
    await lan.says(story).hears("Tối đa 200 ký tự; nội dung vừa nhập có 5000 ký tự")


async def _events(here: World, draft_id: int):  # type: ignore[no-untyped-def]
    from bot.store import drafts

    return await here.app.store.read(lambda tx: drafts.events(tx, draft_id))


async def test_a_draft_whose_season_was_closed_is_left_and_nothing_is_lost(here: World, lan: Speaker) -> None:
    await begins(lan)
    season, now = here.season(), here.app.clock.now()

    def close(tx: Tx) -> None:
        seasons.close(tx, season.id, now)
        here.app.office.refresh(tx)

    await here.app.store.write(close)
    await lan.says("Chi hội Phụ nữ").hears("đã đóng", never="lĩnh vực")
    await lan.says("Chi hội Phụ nữ").hears(never="đã đóng")
    (draft,) = await open_drafts(here)
    events = await here.app.store.read(lambda tx: drafts.events(tx, draft.id))
    assert [event.value for event in events] == ["tap_the", CAMERA]
