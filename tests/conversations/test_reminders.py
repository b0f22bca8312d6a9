"""Reminders as people live with them: the office reads and holds them, units answer, lists grow shorter."""

from __future__ import annotations

import pytest

from bot.rules.access import STANDING_OFFICE
from tests.talk import Speaker, in_group
from tests.world import DISTRICT, World

CAMERA = "Camera an ninh thôn Xuân Tự"
THANH = "van-ninh.van-thanh"
GROUP = -500
ON_PHONES = pytest.mark.parametrize("channel", ["telegram", "zalo"], indirect=True)
TELEGRAM = pytest.mark.parametrize("channel", ["telegram"], indirect=True)
WEB = pytest.mark.parametrize("channel", ["web"], indirect=True)


@pytest.fixture
async def bay(here: World) -> Speaker:
    """Bảy of the standing office."""
    return await here.person("Bảy", DISTRICT, STANDING_OFFICE)


def heard(speaker: Speaker) -> int:
    return len(speaker.device.heard)


# -- a unit ------------------------------------------------------------------------------------------------------------


async def test_a_reminder_leads_to_the_task_and_the_answer_ends_it(here: World, lan: Speaker) -> None:
    before = heard(lan)
    await here.it_is(2024, 2, 6)
    assert heard(lan) == before + 1
    assert "còn 1 ngày làm việc" in lan.last.text
    assert "trên Khéo hoặc bằng văn bản" in lan.last.text
    await lan.picks("Việc của tôi").hears("xã Vạn Hưng: Đăng ký điển hình “Dân vận khéo”", "Năm nay không đăng ký")
    await lan.picks("Năm nay không đăng ký").hears("xã Vạn Hưng")
    before = heard(lan)
    await here.it_is(2024, 2, 7)
    assert heard(lan) == before


async def test_the_button_of_a_reminder_may_be_typed(here: World, lan: Speaker) -> None:
    await here.it_is(2024, 2, 6)
    await lan.hears("còn 1 ngày làm việc")
    await lan.says("viec cua toi").hears("xã Vạn Hưng: Đăng ký")


async def test_a_reminder_in_the_middle_of_a_question_changes_nothing(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)
    await lan.says("/tucham").hears("Tiêu chí 01")
    await lan.says("14").hears("1/7 · 14/15")
    await lan.says("45 hộ dự họp").hears("Đã")
    await here.it_is(2024, 2, 6)
    await lan.hears("còn 1 ngày làm việc")
    await lan.says("xong").hears("Tiêu chí 02")
    await here.it_is(2024, 2, 7)
    await lan.hears("ngày làm việc cuối cùng")
    await lan.says("1").hears("2/7", "Tài liệu kiểm chứng cho tiêu chí 02")  # one point, and not the first button


async def test_the_buttons_of_a_reminder_stand_beside_an_open_question(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)
    await lan.says("/tucham").hears("Tiêu chí 01")
    await here.it_is(2024, 2, 6)
    await lan.hears("còn 1 ngày làm việc", "Đã nhận", "Nhắc lại sau", "Đã gửi rồi", "Việc của tôi")
    assert "1. Đã nhận" not in lan.since(), "its numbers would stand in the way of the question's"
    await lan.says("13,5").hears("1/7 · 13,5/15")
    await here.it_is(2024, 2, 7)
    await lan.hears("ngày làm việc cuối cùng")
    await lan.says("da nhan").hears("xã Vạn Hưng đã nhận lời nhắc", "tiêu chí 01")  # the open question comes again
    await lan.says("45 hộ dự họp").hears("Đã")
    await lan.says("xong").hears("Tiêu chí 02")


async def test_where_no_question_is_open_the_buttons_have_numbers(here: World, lan: Speaker) -> None:
    await here.it_is(2024, 2, 5)
    await lan.hears("còn 2 ngày làm việc")
    await lan.says("1").hears("xã Vạn Hưng đã nhận lời nhắc")
    await here.it_is(2024, 2, 6)
    assert "còn 1 ngày làm việc" not in lan.since(), "whoever has received it is spared the next one"
    await here.it_is(2024, 2, 7)
    await lan.hears("hôm nay là ngày làm việc cuối cùng")
    await here.it_is(2024, 2, 15)
    await lan.hears("đã quá hạn")


@ON_PHONES
async def test_a_press_on_the_form_after_a_reminder_still_counts(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)
    await lan.says("/tucham").hears("Tiêu chí 01")
    await here.it_is(2024, 2, 6)
    await lan.hears("còn 1 ngày làm việc")
    await lan.picks("14,5").hears("1/7 · 14,5/15")


# -- the group -----------------------------------------------------------------------------------------------------------


@TELEGRAM
async def test_the_groups_list_grows_shorter_in_place(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.registration.REFRESH_PAUSE", 0.2)
    lan = await here.person("Lan", group=GROUP)
    hung, bay = await here.person("Hùng", THANH), await here.person("Bảy", DISTRICT, STANDING_OFFICE)
    there = in_group(lan)
    await there.says(f"/lienket {await here.group_code()}").hears("đã liên kết")
    await here.it_is(2024, 2, 6)
    posted = there.last
    assert "Chưa trả lời (13):" in posted.text
    assert posted.text.count("xã Vạn Thạnh") == 1

    calls = len(here.fake.calls)
    await hung.says("/khongdangky").hears("xã Vạn Thạnh")
    await lan.says("/khongdangky").hears("xã Vạn Hưng")
    await there.device._device.until(lambda: "Chưa trả lời (11):" in posted.text)
    await here.quiet()
    assert "Vạn Hưng" not in posted.text
    assert sum(c["method"] == "editMessageText" for c in here.fake.calls[calls:]) == 1
    assert there.last is posted
    assert not [h for h in bay.device.heard if h.text.startswith("Đăng ký điển hình")]  # the office is not reminded


@TELEGRAM
async def test_the_newest_list_is_pinned_where_the_bot_may_and_taken_down_when_all_have_answered(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.registration.REFRESH_PAUSE", 0.0)
    here.fake.administered.add(GROUP)
    lan = await here.person("Lan", group=GROUP)
    there = in_group(lan)
    await there.says(f"/lienket {await here.group_code('van-ninh.van-hung')}").hears("đã liên kết")
    await here.it_is(2024, 2, 6)
    first = there.last
    pins = here.fake.pinned.setdefault(GROUP, [])
    await lan.device.until(lambda: pins == [first.message_id])
    await here.it_is(2024, 2, 7)
    second = there.last
    await lan.device.until(lambda: pins == [second.message_id])
    assert "Đã có lời nhắc mới hơn" in first.text
    (call,) = [c for c in here.fake.calls if c["method"] == "pinChatMessage"][-1:]
    assert call["params"]["disable_notification"] is True
    await lan.says("/khongdangky").hears("xã Vạn Hưng")
    await lan.device.until(lambda: "Đơn vị đã trả lời" in second.text and not pins)


@ON_PHONES
async def test_a_group_in_which_the_bot_may_not_pin_gets_the_list_all_the_same(here: World) -> None:
    lan = await here.person("Lan", group=GROUP)
    there = in_group(lan)
    await there.says(f"/lienket {await here.group_code()}").hears("đã liên kết")
    for day in (6, 7):
        await here.it_is(2024, 2, day)
        assert "Chưa trả lời (13):" in there.last.text
    assert here.fake.pinned.get(GROUP, []) == []


# -- the office ----------------------------------------------------------------------------------------------------------


async def test_the_office_reads_text_and_list_beforehand(here: World, bay: Speaker) -> None:
    await bay.says("/lichnhac").hears(
        "Lịch nhắc sắp tới, Dân vận khéo huyện Vạn Ninh năm 2024",
        "• 05/02/2024: Đăng ký điển hình “Dân vận khéo” – gửi 13 đơn vị chưa trả lời",
        "• 06/02/2024: Đăng ký điển hình “Dân vận khéo” – gửi 13 đơn vị chưa trả lời",
    )
    await bay.picks("Xem: 06/02/2024").hears(
        "Đăng ký điển hình “Dân vận khéo”, năm 2024: còn 1 ngày làm việc",
        "Thực hiện Kế hoạch tháng 12 năm 2023 của UBND huyện Vạn Ninh về tổ chức thực hiện phong trào thi đua",
        "Chưa trả lời (13): thị trấn Vạn Giã, xã Đại Lãnh",
        "thay mặt Ban Dân vận Huyện ủy",
        "Trên đây là nội dung dự kiến gửi ngày 06/02/2024",
        "chưa có ai nhận được tin trên Khéo: thị trấn Vạn Giã",
    )
    await bay.says("lịch nhắc").hears("05/02/2024", "06/02/2024")


@TELEGRAM
async def test_the_preview_names_where_it_goes_and_reads_like_what_goes_out(here: World, bay: Speaker) -> None:
    lan = await here.person("Lan", group=GROUP)
    there = in_group(lan)
    await bay.says("/lichnhac").hears("06/02/2024")
    await bay.picks("Xem: 06/02/2024").hears("Nơi nhận: 1 cán bộ, 0 nhóm.", "chưa có ai nhận được tin trên Khéo")
    await there.says(f"/lienket {await here.group_code()}").hears("đã liên kết")
    await bay.says("/lichnhac").hears("06/02/2024")
    shown = await bay.picks("Xem: 06/02/2024").hears("Nơi nhận: 1 cán bộ, 1 nhóm.", never="chưa có ai nhận được tin")
    await here.it_is(2024, 2, 6)
    assert there.last.text in shown


@WEB
async def test_the_office_holds_a_step_and_lets_it_go(here: World, bay: Speaker) -> None:
    lan = await here.person("Lan")
    await bay.says("/lichnhac").hears("06/02/2024")
    await bay.picks("Xem: 06/02/2024").hears("Giữ lại: 06/02/2024")
    await bay.picks("Giữ lại: 06/02/2024").hears("Đã giữ lại lời nhắc ngày 06/02/2024", "Cho gửi: 06/02/2024")
    await bay.says("/lichnhac").hears("• 06/02/2024: Đăng ký điển hình “Dân vận khéo” – ĐANG GIỮ LẠI, sẽ không gửi")
    await bay.picks("Xem: 06/02/2024").hears("đang được giữ lại", "Cho gửi: 06/02/2024")
    before = heard(lan)
    await here.it_is(2024, 2, 6)
    await here.it_is(2024, 2, 6, 15)
    assert heard(lan) == before
    await bay.says("/lichnhac").hears("06/02/2024")
    await bay.picks("Xem: 06/02/2024").hears("Cho gửi")
    await bay.picks("Cho gửi: 06/02/2024").hears("sẽ được gửi theo lịch")
    await here.it_is(2024, 2, 6, 15, 30)
    await lan.hears("còn 1 ngày làm việc")
    await bay.says("/lichnhac").hears("07/02/2024", never="06/02/2024")


@WEB
async def test_a_held_step_leaves_the_next_one_alone(here: World, bay: Speaker) -> None:
    lan = await here.person("Lan")
    await bay.says("/lichnhac").hears("06/02/2024")
    await bay.picks("Xem: 06/02/2024").hears("Giữ lại")
    await bay.picks("Giữ lại: 06/02/2024").hears("Đã giữ lại")
    await here.it_is(2024, 2, 6, 16)
    before = heard(lan)
    await here.it_is(2024, 2, 7)
    assert heard(lan) == before + 1
    await bay.picks("Cho gửi: 06/02/2024").hears("sẽ được gửi")  # too late to matter: a later step went out
    await here.it_is(2024, 2, 7, 9)
    assert heard(lan) == before + 1


@pytest.mark.parametrize("channel", ["telegram", "web"], indirect=True)
async def test_what_has_gone_out_cannot_be_held(here: World, bay: Speaker) -> None:
    await bay.says("/lichnhac").hears("06/02/2024")
    await bay.picks("Xem: 06/02/2024").hears("Giữ lại")
    await here.it_is(2024, 2, 6)
    await bay.picks("Giữ lại: 06/02/2024").hears("đã gửi, không giữ lại được nữa")


@pytest.mark.parametrize("channel", ["telegram", "web"], indirect=True)
async def test_only_the_office_sees_and_holds(here: World, lan: Speaker, bay: Speaker) -> None:
    for typed in ("/lichnhac", "/lichnhac giu m0 s1", "lịch nhắc"):
        await lan.says(typed).hears("chưa được phân quyền", never="06/02/2024")
    for token in ("c:lichnhac:giu:m0:s1", "c:lichnhac:doc:m0:s1"):
        await lan.forges(token).hears("chưa được phân quyền", never="Chưa trả lời")
    for token in ("c:lichnhac:giu:m99:s1", "c:lichnhac:giu:m0:s77", "c:lichnhac:doc:m2:s1", "c:lichnhac:doc:m0"):
        await bay.forges(token).hears("chưa được phân quyền")
    await here.it_is(2024, 2, 6)
    await lan.hears("còn 1 ngày làm việc")


@WEB
async def test_the_office_is_reminded_of_its_own_report_and_ends_it_with_the_letter(here: World, bay: Speaker) -> None:
    await here.it_is(2024, 9, 27)
    await bay.hears("Báo cáo kết quả phong trào thi đua hằng năm, năm 2024: còn 1 ngày làm việc")
    await bay.picks("Việc của tôi").hears("Báo cáo kết quả phong trào thi đua hằng năm", "trước ngày 01/10/2024")


@WEB
async def test_when_everybody_has_answered_nothing_would_be_sent(here: World, bay: Speaker) -> None:
    for number, unit in enumerate(u for u in here.app.office.units.values() if u.parent_id):
        await bay.forges(f"c:khongdangky:u{unit.id}").hears(unit.name)
        if number == 0:
            await bay.says("/lichnhac").hears("gửi 12 đơn vị chưa trả lời")
    await bay.says("/lichnhac").hears("hiện không có đơn vị nào phải nhắc")
    await bay.picks("Xem: 06/02/2024").hears("Tất cả đã trả lời nên sẽ không có tin nhắc nào được gửi.")
