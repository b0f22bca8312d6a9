"""Where there are no buttons, no edits and no albums, and each message is counted: what is special about such a talk."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.chat import Attachment, Choice, Reply, merged
from bot.conversation import typed_choice
from bot.rules.access import STANDING_OFFICE
from bot.turn import Focus
from tests.conversations.registering import CAMERA, fills_in, registers
from tests.conversations.test_aside import broadcast
from tests.conversations.test_evidence import at_the_evidence, evidence
from tests.talk import QUIET, Act, Speaker, in_group, photo
from tests.world import DISTRICT, World

pytestmark = pytest.mark.parametrize("channel", ["zalo"], indirect=True)
GROUP = -500


async def sent(here: World, speaker: Speaker) -> int:
    """How many messages have gone to the speaker, all that is due included."""
    await here.quiet()
    return len(here.zalo.sent(speaker.device.user_id))


# -- each message is counted -----------------------------------------------------------------------------------------


async def test_a_self_score_takes_one_message_a_step(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)
    before, steps = await sent(here, lan), 1
    await lan.says("/tucham").hears("Tiêu chí 01 (tối đa 15 điểm)")
    for n in range(1, 8):
        await lan.says("9").hears(f"Tài liệu kiểm chứng cho tiêu chí 0{n}")
        await lan.says(f"{n}0 hộ dự họp").hears("Đã nhận 1 số liệu")
        await lan.says("xong").hears(f"Tiêu chí 0{n + 1} (tối đa" if n < 7 else "63/100 điểm")
        steps += 3
    await lan.says("xem lại").hears("63/100 điểm", "a. Nộp bảng tự chấm")
    await lan.says("xác nhận").hears("Đã tiếp nhận bảng tự chấm", "/t/")
    assert await sent(here, lan) - before == steps + 2 == 24


async def test_a_self_score_in_three_messages(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)
    before = await sent(here, lan)
    await lan.says("/tucham").hears("Có thể gửi điểm nhiều tiêu chí trong một tin, ví dụ: tc1 14 tc2 13,5")
    await lan.says("15 15 15 15 15 15 10").hears("100/100 điểm", never="Có thể gửi điểm nhiều")
    await lan.says("nộp").hears("Đã tiếp nhận")
    assert await sent(here, lan) - before == 3


async def test_a_registration_takes_one_message_a_step(here: World, lan: Speaker) -> None:
    before = await sent(here, lan)
    await fills_in(lan)
    assert await sent(here, lan) - before == 8
    await lan.says("a").hears("Đã tiếp nhận bản đăng ký", CAMERA, "/t/")
    assert await sent(here, lan) - before == 9


async def test_an_answer_beside_a_form_and_the_question_again_are_one_message(here: World, lan: Speaker) -> None:
    await lan.says("/dangky").hears("tập thể hay cá nhân", "Bước 1/")
    before = await sent(here, lan)
    heard = await lan.says("/han").hears("15/02/2024", "1. Tập thể", "2. Cá nhân")
    assert heard.index("15/02/2024") < heard.index("tập thể hay cá nhân")
    assert await sent(here, lan) - before == 1
    await lan.says("2").hears("tên điển hình")


def test_the_answers_of_a_turn_become_one_message(channel: str) -> None:
    question = Reply(
        "Loại?", title="Đăng ký", choices=((Choice("Tập thể", "a"), Choice("Cá nhân", "b")),), lettered=True
    )
    offered = Reply("Hạn nộp …", choices=((Choice("Việc của tôi", "c"),),))
    (one,) = merged([offered, question, Reply("Hết.")])
    assert (one.title, one.text) == ("", "Hạn nộp …\n• Việc của tôi\n\nĐăng ký\nLoại?\n\nHết.")
    assert [c.token for c in one.options()] == ["a", "b"] and one.lettered
    paper = Attachment("a.docx", "application/msword", "registration:1")
    two = merged(
        [Reply("Đã nhận.", choices=question.choices), Reply("Bản in:", attachment=paper), Reply("", attachment=paper)]
    )
    assert [reply.attachment is not None for reply in two] == [True, True]
    assert [len(reply.options()) for reply in two] == [2, 0] and not two[0].lettered
    assert merged([]) == []


# -- what is typed for an option -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed", ["1", "1.", "1)", "(1)", "01", "số 1", "chọn 1", "Em chọn số 1 ạ", "1. Tập thể", "tap the"]
)
async def test_an_option_is_chosen_by_its_number_however_written(here: World, lan: Speaker, typed: str) -> None:
    await lan.says("/dangky").hears("1. Tập thể", "2. Cá nhân")
    await lan.says(typed).hears("tên điển hình", "Bước 2/")


def test_letters_and_numbers_mean_what_is_listed(channel: str) -> None:
    options = [["Quay lại", "b:1"], ["Để sau", "s:1"], ["Sửa…", "e:1"]]
    lettered, numbered = Focus(options=options, lettered=True), Focus(options=options)
    for typed, token in {
        "b": "s:1",
        "B.": "s:1",
        "chọn b": "s:1",
        "b) Để sau": "s:1",
        "sửa": "e:1",
        "de sau": "s:1",
    }.items():
        assert typed_choice(lettered, typed) == token, typed
    for typed in ("2", "2.", "số 2", "d", "z", "b) Quay lại", "abc", "ba", "yb", "0"):
        assert typed_choice(lettered, typed) is None, typed
    for typed in ("4", "0", "00", "b", "-1", "3,5", "2 3", "100", "3. Để sau", "số mấy", ""):
        assert typed_choice(numbered, typed) is None, typed


async def test_a_digit_is_the_value_where_a_number_is_asked(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)
    await lan.says("/tucham").hears("a. 15", "i. Để sau")
    await lan.says("2").hears("Tài liệu kiểm chứng cho tiêu chí 01", "1/7 · 2/15", "a. Quay lại")
    await lan.says("a").hears("Tiêu chí 01", "Đang ghi: 2 điểm")
    await lan.says("b").hears("1/7 · 14,5/15")


async def test_a_digit_with_nothing_open_changes_nothing(here: World, lan: Speaker) -> None:
    await lan.says("chào").hears("1. Việc của tôi")
    await lan.says("7").hears("Danh sách vừa rồi chỉ có từ 1 đến 4, không có 7")
    for typed in ("3", "số 3", "3."):
        await lan.says(typed).hears("không có câu hỏi nào chờ trả lời bằng số “3”", "/viec")
    assert not await here.exemplars()


async def test_the_numbers_of_an_earlier_list_mean_nothing(here: World, lan: Speaker) -> None:
    await lan.says("chào").hears("1. Việc của tôi", "2. Hạn nộp")
    await lan.says("cảm ơn").hears("")
    await lan.says("1").hears("không có câu hỏi nào chờ trả lời bằng số “1”", never="Việc của tôi")


async def test_a_number_at_a_question_for_words_is_not_taken_for_them(here: World, lan: Speaker) -> None:
    await lan.says("/dangky").hears("1. Tập thể")
    await lan.says("1").hears("tên điển hình")
    await lan.says("7").hears("“7” không phải một lựa chọn ở đây", "tên điển hình")
    await lan.says("Tổ 7").hears("nào thực hiện")


async def test_a_number_typed_twice_in_haste_chooses_once(here: World, lan: Speaker) -> None:
    await lan.says("/dangky").hears("1. Tập thể")
    lan.mark()
    channel = here.app.channels.by_name[here.zalo.channel]
    me = {"id": lan.device.user_id, "is_bot": False, "display_name": "Lan"}

    async def types(text: str, id: str) -> None:
        said = {"chat": {"chat_type": "PRIVATE", "id": me["id"]}, "from": me, "message_id": id, "date": 1, "text": text}
        event: dict[str, Any] = {"event_name": "message.text.received", "message": said}
        await here.app.conversation.receive(channel, id, event)

    await asyncio.gather(types("1", "d1"), types("1.", "d2"))
    await lan.hears("tên điển hình")
    await here.quiet()
    assert "Bước 2/" in lan.last.text  # “1” there is “Quay lại”
    await lan.says("1").hears("1. Tập thể")  # on purpose, it is


async def test_a_digit_after_a_message_of_the_office_is_the_open_questions(here: World, lan: Speaker) -> None:
    bay = await here.person("Bảy", DISTRICT, STANDING_OFFICE, channel="web")
    await lan.says("/dangky").hears("1. Tập thể", "2. Cá nhân")
    lan.mark()
    await broadcast(here, bay, "Mời họp lúc 8 giờ thứ Sáu.")
    await lan.hears("Mời họp lúc 8 giờ", "• Đã nhận")
    await lan.says("2").hears("tên điển hình")
    await lan.says("đã nhận").hears("đã nhận thông báo của Ban Dân vận Huyện ủy", "tên điển hình")


async def test_what_is_typed_is_told_where_it_is_not_plain(here: World, lan: Speaker) -> None:
    await lan.says("/trogiup").hears("gõ số hoặc chữ cái", "“quay lại”", "“bỏ qua”", "“xem lại”", "“hủy”")
    await fills_in(lan)
    await lan.says("2").hears("gõ “sửa 2”", "2. Tên điển hình")
    await lan.says("sửa 2").hears("tên điển hình", "Đang ghi")
    mai = await here.person("Mai", asks=True)
    await mai.says("1").hears("Xin cảm ơn", "gõ số hoặc chữ cái", "1. Việc của tôi")


# -- photos ----------------------------------------------------------------------------------------------------------


async def test_photos_sent_together_are_one_answer_with_one_message(here: World, lan: Speaker) -> None:
    await at_the_evidence(here, lan)
    before = await sent(here, lan)
    await lan.sends_album("a.jpg", "b.jpg", "c.jpg").hears("Đã nhận 3 ảnh cho tiêu chí 01", "Đã có: 3 ảnh")
    assert await sent(here, lan) - before == 1
    await lan.sends_photo("d.jpg").hears("Đã nhận 1 ảnh cho tiêu chí 01", "Đã có: 4 ảnh")
    assert len(await evidence(here, "01")) == 4


async def test_captions_name_rows_and_all_is_told_at_once(here: World, lan: Speaker) -> None:
    await at_the_evidence(here, lan)
    before = await sent(here, lan)

    async def several() -> None:
        for name, caption in (("a.jpg", "TC03"), ("b.jpg", ""), ("c.jpg", "TC05"), ("d.jpg", "")):
            await lan.device.send_photo(name, photo(name), caption)

    await Act(lan, several).hears("Đã nhận 2 ảnh cho tiêu chí 03", "Đã nhận 2 ảnh cho tiêu chí 05")
    assert await sent(here, lan) - before == 1
    assert [len(await evidence(here, row)) for row in ("01", "03", "05")] == [0, 2, 2]


async def test_photos_for_another_question_do_not_mix_in(here: World, lan: Speaker) -> None:
    await at_the_evidence(here, lan)
    lan.mark()
    for act in (
        lan.device.send_photo("a.jpg", photo("a.jpg")),
        lan.device.send_photo("b.jpg", photo("b.jpg")),
        lan.device.say("xong"),
        lan.device.say("14"),
        lan.device.send_photo("c.jpg", photo("c.jpg")),
    ):
        await act
    await lan.hears("Đã nhận 2 ảnh cho tiêu chí 01", "Đã nhận 1 ảnh cho tiêu chí 02")
    assert [len(await evidence(here, row)) for row in ("01", "02")] == [2, 1]


async def test_photos_without_a_form_are_answered_once(here: World, lan: Speaker) -> None:
    before = await sent(here, lan)
    await lan.sends_album("a.jpg", "b.jpg", "c.jpg").hears("chưa mở bảng nào", "/tucham")
    assert await sent(here, lan) - before == 1
    sau = await here.stranger("Sáu")
    await sau.sends_album("a.jpg", "b.jpg", "c.jpg").hears("gõ mã dùng một lần")
    assert await sent(here, sau) == 1


async def test_what_does_not_pass_is_told_with_the_way_that_does(here: World, lan: Speaker) -> None:
    await at_the_evidence(here, lan)
    await Act(lan, lan.device.send_unsupported).hears(
        "không đến được Khéo", "/trang", "Tài liệu kiểm chứng cho tiêu chí 01"
    )
    await lan.sends_voice().hears("tin nhắn thoại", never="tài liệu.")
    await lan.sends_sticker().hears("hình dán", "chọn một trong các mục")


# -- groups ----------------------------------------------------------------------------------------------------------


async def test_a_group_is_linked_by_its_code_typed_with_the_mention(here: World) -> None:
    lan = await here.person("Lan", group=GROUP)
    there = in_group(lan)
    await there.says("xin chào").hears("Nhóm này chưa liên kết với đơn vị nào", "/lienket")
    await there.says("mã ABCD2345").hears("Mã không hợp lệ")
    await there.says(f"mã của nhóm: {await here.group_code()}").hears("đã liên kết với huyện Vạn Ninh")
    await there.says("tiến độ").hears("Đã trả lời: 0/13")
    await Act(there, lambda: lan.device.say_in_group("tiến độ thế nào rồi", addressed=False)).hears_nothing()


async def test_a_group_gets_the_list_at_each_step_and_no_change_of_it(here: World) -> None:
    lan = await here.person("Lan", group=GROUP)
    there = in_group(lan)
    await there.says(f"/lienket {await here.group_code()}").hears("đã liên kết")

    def told() -> int:
        return len(here.zalo.sent(lan.device.group))

    before = told()
    there.mark()
    await here.it_is(2024, 2, 6)
    await there.hears("xã Vạn Hưng", "/tiendo")
    assert told() - before == 1
    await registers(lan)
    await lan.says("/dudangky").hears("")
    await asyncio.sleep(QUIET)
    await here.quiet()
    assert told() - before == 1  # the list there stays as it was
    there.mark()
    await here.it_is(2024, 2, 15)
    await there.hears("/tiendo")
    assert told() - before == 2


async def test_a_group_chooses_among_what_was_offered_there(here: World) -> None:
    lan = await here.person("Lan", group=GROUP)
    there = in_group(lan)
    await there.says(f"/lienket {await here.group_code()}").hears("đã liên kết")
    await here.exemplar(CAMERA)
    await there.says("điểm VH").hears("“VH” có thể hiểu nhiều cách", "1. ")
    await there.picks("xã Vạn Hưng").hears(CAMERA)
    await lan.says("1").hears("", never="“VH”")  # what the group was offered is not offered to its members
