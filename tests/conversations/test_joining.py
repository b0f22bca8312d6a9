"""Who is who: the first screen, the one-time code, guesses, and that nobody unknown does or learns anything."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.rules.access import ADMINISTRATOR, OFFICER, STANDING_OFFICE, UNIT_HEAD
from bot.store import people
from bot.store.tables import closing, draft, draft_event, exemplar, person, role, step, submission
from handlers import joining
from tests.talk import Speaker, in_group
from tests.world import DISTRICT, ROOT, World, agreed, world

CAMERA = "Camera an ninh thôn Xuân Tự"
HUNG = "van-ninh.van-hung"
TELEGRAM = pytest.mark.parametrize("channel", ["telegram"], indirect=True)
ZALO = pytest.mark.parametrize("channel", ["zalo"], indirect=True)
WEB = pytest.mark.parametrize("channel", ["web"], indirect=True)
WRONG = "Mã không hợp lệ"
TOO_MANY = "Đã thử mã quá nhiều lần"


async def code_for(here: World, name: str, unit: str = HUNG, function: str = OFFICER, language: str = "vi") -> str:
    """A person is entered; the code that they get."""
    at, now = here.app.office.units.coded(unit), here.app.clock.now()
    assert at is not None

    def enter(tx: Any) -> str:
        person_id = people.add(tx, name, at.id, function, now, language)
        agreed(tx, person_id, now)
        return people.make_code(tx, now, person_id=person_id)

    return await here.app.store.write(enter)


async def with_letters_only(here: World) -> str:
    """A code without a digit among its letters; one in eleven is such."""
    for _ in range(400):
        code = await code_for(here, "Lan")
        if code.isalpha():
            return code
    raise AssertionError("no code without a digit in 400")


def later(here: World, **by: float) -> None:
    here.app.clock.move(here.app.clock.now() + timedelta(**by))


# -- the first screen ------------------------------------------------------------------------------------------------


async def test_the_first_screen_says_what_it_is_and_what_not_to_send(here: World) -> None:
    lan = await here.stranger("Lan")
    await lan.opens().hears(
        "Khéo là máy trả lời tự động",
        "đăng ký và tự chấm điểm",
        "trả lời tra cứu và nhắc hạn",
        "Không gửi tài liệu mật.",
        "gõ mã dùng một lần do cơ quan thường trực cấp",
    )
    await lan.says("xin chào").hears("Không gửi tài liệu mật.", "mã dùng một lần")
    await lan.says(await code_for(here, "Lan")).hears(
        "Kính chào đồng chí Lan – xã Vạn Hưng.", "Không gửi tài liệu mật."
    )


@pytest.mark.parametrize("channel", ["telegram", "web"], indirect=True)
async def test_the_first_screen_speaks_the_platforms_language(here: World) -> None:
    ann = await here.stranger("Ann")
    if here.channel == "telegram":
        ann.device.user["language_code"] = "en-GB"
    else:
        ann.device.lang = "en"
    await ann.opens().hears("Khéo is a machine", "Do not send classified documents here.", "one-time code")


@TELEGRAM
async def test_a_language_that_khéo_does_not_speak_is_answered_in_vietnamese(here: World) -> None:
    jun = await here.stranger("Jun")
    jun.device.user["language_code"] = "zh-hant-tw"
    await jun.opens().hears("Không gửi tài liệu mật.")


@TELEGRAM
async def test_whatever_a_stranger_sends_is_answered_with_the_first_screen(here: World) -> None:
    lan = await here.stranger("Lan")
    for act in (lan.sends_sticker, lan.sends_voice, lan.sends_location):
        await act().hears("Không gửi tài liệu mật.")
    await lan.sends_photo("hop-dan.jpg").hears("Không gửi tài liệu mật.")
    assert not list((here.app.settings.data / "evidence").rglob("*hop*"))
    await lan.says("xin chào").hears("mã dùng một lần")
    await lan.edits("chào").hears("mã dùng một lần")


# -- the code --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [
        "{0}",
        "{1}",
        " {0}  ",
        "{2} {3}",
        "{2}-{3}",
        "{4}-{5}",
        "{2} - {3}",
        "{2} – {3}",
        "{6}",
        "/start {0}",
        "mã {0}",
        "Mã {2} {3}",
    ],
)
@WEB
async def test_a_code_however_it_is_typed(here: World, typed: str) -> None:
    code = await code_for(here, "Lan")
    small = code.lower()
    spaced = " ".join(code)
    lan = await here.stranger("Lan")
    await lan.opens().hears("mã dùng một lần")
    await lan.says(typed.format(code, small, code[:4], code[4:], small[:4], small[4:], spaced)).hears(
        "Kính chào đồng chí Lan – xã Vạn Hưng."
    )


@pytest.mark.parametrize(
    "typed",
    [
        "mã của tôi là {2}-{3} ạ",
        "Dạ em chào anh, em gửi mã {0}, em cảm ơn.",
        "ma cua toi la {1} a",
        "mã: {2} {3}",
        "mã của em là {6} nhé",
        "MÃ CỦA TÔI LÀ {0}",
        "code:{4}-{5}",
        "“{0}”",
        "Mã mời: {0}. Dùng được một lần, đến 09:00 19/02/2024.\nTelegram: https://t.me/KheoBot?start={0}",
    ],
)
@ZALO
async def test_a_code_among_other_words(here: World, typed: str) -> None:
    code = await code_for(here, "Lan")
    small = code.lower()
    lan = await here.stranger("Lan")
    await lan.says(typed.format(code, small, code[:4], code[4:], small[:4], small[4:], " ".join(code))).hears(
        "Kính chào đồng chí Lan – xã Vạn Hưng."
    )


@ZALO
async def test_the_first_word_of_a_stranger_is_answered_whatever_it_is(here: World) -> None:
    lan = await here.stranger("Lan")
    await lan.says("xin chào").hears("Khéo là máy trả lời tự động", "gõ mã dùng một lần", "Tôi chưa có mã")
    sau = await here.stranger("Sáu")
    await sau.sends_sticker().hears("gõ mã dùng một lần")
    bay = await here.stranger("Bảy")
    await bay.sends_photo("hop-dan.jpg").hears("gõ mã dùng một lần")
    assert not list((here.app.settings.data / "evidence").rglob("*hop*"))
    tam = await here.stranger("Tám")
    await tam.says(await code_for(here, "Tám")).hears("Kính chào đồng chí Tám – xã Vạn Hưng.")


@ZALO
async def test_guesses_among_words_are_counted_like_any_other(here: World) -> None:
    valid = await code_for(here, "Lan")
    lan = await here.stranger("Lan")
    for n in range(2, 7):
        await lan.says(f"thử mã ABCDEFG{n} xem, hay là mã {valid}Z, ABCDEFH{n}").hears(WRONG)
    await lan.says(f"mã của tôi là {valid} ạ").hears(TOO_MANY, "chờ một giờ", never="Kính chào")
    later(here, minutes=61)
    await lan.says(f"mã của tôi là {valid} ạ").hears("Kính chào đồng chí Lan")


@pytest.mark.parametrize(
    "said",
    [
        "XIN CHAO TOI CAN GIUP",
        "hẹn ngày 2345 6789",
        "Tôi ở thôn 2 xã 7",
        "gọi tôi theo số 0912345678",
        "dang nhap the nao",
    ],
)
def test_what_is_no_code_is_not_taken_for_one(said: str) -> None:
    assert joining.code_within(said) == ""


@ZALO
async def test_somebody_known_types_a_code_without_its_command(here: World) -> None:
    lan = await here.person("Lan")
    at, now = here.app.office.units.coded("van-ninh.van-thang"), here.app.clock.now()
    assert at is not None

    async def code() -> str:
        return await here.app.store.write(lambda tx: people.make_code(tx, now, unit_id=at.id, function=UNIT_HEAD))

    await lan.says(await code()).hears("Từ nay đồng chí cũng là", "xã Vạn Thắng")
    await lan.says(await code()).hears("mã chưa bị dùng")
    await lan.says(await code_for(here, "Sáu")).hears("mã đó cấp cho người khác")
    await lan.says("ABCDEFG2").hears(WRONG)
    await lan.says("/dangky").hears("tập thể hay cá nhân")
    await lan.says("Tập thể").hears("tên điển hình")
    await lan.says("Mã ABCDEFG2").hears("nào thực hiện")  # an answer stays an answer


@ZALO
async def test_a_command_of_a_stranger_is_no_guess(here: World) -> None:
    lan = await here.stranger("Lan")
    for _ in range(6):
        await lan.says("/lienket ABCD2345").hears("mã dùng một lần", never=WRONG)


async def test_a_start_link_lets_one_in_at_once(here: World) -> None:
    lan = await here.stranger("Lan")
    await lan.opens(await code_for(here, "Lan")).hears("Kính chào đồng chí Lan – xã Vạn Hưng.", "Việc của tôi")
    await lan.opens().hears("Kính chào đồng chí Lan – xã Vạn Hưng.")


@WEB
async def test_the_standing_office_is_shown_its_own_work(here: World) -> None:
    bay = await here.stranger("Bảy")
    await bay.opens(await code_for(here, "Bảy", DISTRICT, STANDING_OFFICE)).hears("Kính chào đồng chí Bảy")
    assert bay.last.labels == ["Đơn vị chưa trả lời", "Lịch nhắc sắp tới", "Ghi nhận văn bản", "Việc của tôi"]


@WEB
async def test_a_code_serves_once(here: World) -> None:
    code = await code_for(here, "Lan")
    lan, thief = await here.stranger("Lan"), await here.stranger("Sáu")
    await lan.opens(code).hears("Kính chào")
    await thief.opens(code).hears(WRONG)
    await thief.says(code).hears(WRONG)
    await thief.says("/viec").hears("mã dùng một lần")


@WEB
async def test_a_code_expires(here: World) -> None:
    code = await code_for(here, "Lan")
    later(here, days=people.CODE_DAYS, seconds=1)
    lan = await here.stranger("Lan")
    await lan.opens(code).hears(WRONG, "đề nghị kiểm tra lại".capitalize())
    await lan.says(await code_for(here, "Lan")).hears("Kính chào")


@WEB
async def test_ordinary_words_are_not_called_a_wrong_code(here: World) -> None:
    lan = await here.stranger("Lan")
    await lan.opens().hears("mã dùng một lần")
    for words in ("dang nhap", "giup voi", "khoidong"):
        await lan.says(words).hears("mã dùng một lần", never=WRONG)
    await lan.says((await with_letters_only(here)).lower()).hears("Kính chào đồng chí Lan")


@WEB
async def test_guessing_is_stopped_and_a_valid_code_is_of_no_use_meanwhile(here: World) -> None:
    valid = await code_for(here, "Lan")
    lan = await here.stranger("Lan")
    await lan.opens().hears("mã dùng một lần")
    for n in range(2, 7):
        await lan.says(f"ABCDEFG{n}").hears(WRONG)
    await lan.says("ABCDEFG7").hears(TOO_MANY)
    await lan.says(valid).hears(TOO_MANY, never="Kính chào")
    await lan.opens(valid).hears(TOO_MANY, never="Kính chào")
    await lan.says(valid.lower()).hears("mã", never="Kính chào")
    later(here, minutes=59)
    await lan.says(valid).hears(TOO_MANY)
    later(here, minutes=2)
    await lan.says(valid).hears("Kính chào đồng chí Lan")  # it was not spent while it was refused


@WEB
async def test_guessing_with_small_letters_counts_too(here: World) -> None:
    code = await with_letters_only(here)
    lan = await here.stranger("Lan")
    await lan.opens().hears("mã dùng một lần")
    for word in ("khongmat", "khongcho", "khongvao", "khongnua", "khongbao"):
        await lan.says(word).hears("mã dùng một lần")
    await lan.says(code.lower()).hears("mã dùng một lần", never="Kính chào")
    await lan.says(code).hears(TOO_MANY)


@TELEGRAM
async def test_a_groups_code_typed_in_private_and_a_persons_typed_in_a_group(here: World) -> None:
    lan = await here.stranger("Lan", group=-500)
    there = in_group(lan)
    for_group, for_lan = await here.group_code(), await code_for(here, "Lan")
    await lan.opens(for_group).hears("Mã của nhóm được gõ ngay trong nhóm đó", never="Kính chào")
    await there.says(f"/lienket {for_lan}").hears("Mã này cấp cho cá nhân")
    await there.says(f"/lienket {for_group}").hears("đã liên kết với huyện Vạn Ninh")
    await lan.says(for_lan).hears("Kính chào đồng chí Lan")


# -- nobody unknown --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", ["telegram", "web"], indirect=True)
async def test_a_stranger_changes_nothing_and_learns_nothing(here: World) -> None:
    lan = await here.person("Lan")
    e = await here.exemplar(CAMERA)
    await lan.says("/tucham").hears("Tiêu chí 01")
    await lan.says("14").hears("1/7 · 14/15")
    sau = await here.stranger("Sáu")
    await sau.opens().hears("mã dùng một lần")
    before = await _everything(here)
    drafts_id = 1
    told = []
    for command in (
        *("/dangky", "/dudangky", "/khongdangky", "/tucham", "/diem xã Vạn Hưng", "/vidau", "/tiendo", "/han", "/viec"),
        *("/mo", "/vanban", "/lichnhac", "/lienket ABCD2345", "/ngonngu en", "/trogiup", "/khonglenhnao"),
        *("điểm xã Vạn Hưng", "tiến độ", "bao giờ hết hạn", "năm nay không đăng ký", "đã đăng ký đủ", "14", "a"),
    ):
        told.append(await sau.says(command).hears("mã dùng một lần"))
    for token in (
        f"c:dangky:u{lan.unit_id}",
        f"c:khongdangky:u{lan.unit_id}",
        f"c:dudangky:u{lan.unit_id}",
        f"c:tucham:e{e.id}",
        f"c:diem:u{lan.unit_id}",
        f"c:mo:d{drafts_id}",
        "c:lichnhac:giu:m0:s1",
        "c:ngonngu:en",
        f"c:vanban:u{lan.unit_id}:dang_ky",
        f"a:{drafts_id}:tc01:15",
        f"z:{drafts_id}::0",
        f"x:{drafts_id}::0",
        f"m:{drafts_id}::",
        "garbage",
    ):
        told.append(await sau.forges(token).hears("mã dùng một lần"))
    assert {re.sub(r"\s+", " ", one) for one in told} == {re.sub(r"\s+", " ", told[0])}
    assert await _everything(here) == before
    await lan.says("14").hears("Tài liệu kiểm chứng cho tiêu chí 01")


@pytest.mark.parametrize("channel", ["telegram", "web"], indirect=True)
async def test_tokens_of_another_units_forms_are_refused(here: World) -> None:
    lan, hung = await here.person("Lan"), await here.person("Hùng", "van-ninh.van-thanh")
    e = await here.exemplar(CAMERA)
    await lan.says("/tucham").hears("Tiêu chí 01")
    before = await _everything(here)
    for token in (
        f"c:dangky:u{lan.unit_id}",
        f"c:khongdangky:u{lan.unit_id}",
        f"c:dudangky:u{lan.unit_id}",
        f"c:tucham:e{e.id}",
        "c:mo:d1",
        "c:lichnhac:giu:m0:s1",
        f"c:vanban:u{lan.unit_id}:dang_ky",
        "a:1:tc01:15",
        "z:1::0",
        "x:1::0",
        "m:1::",
        "e:1:tc01:",
    ):
        heard = await hung.forges(token).hears("")
        assert CAMERA not in heard, token
        assert "Tiêu chí 01 (" not in heard, token
    assert await _everything(here) == before


@WEB
async def test_a_right_that_has_ended_is_none(here: World) -> None:
    lan = await here.person("Lan")
    await here.exemplar(CAMERA)
    yesterday = here.app.clock.now().date() - timedelta(days=1)
    await here.app.store.write(lambda tx: tx.execute(role.update().values(valid_to=yesterday)).rowcount)
    for typed in ("/diem xã Vạn Hưng", "/tiendo", "/tucham", "/dangky", "/khongdangky", "/vanban", "/lichnhac"):
        heard = await lan.says(typed).hears("cơ quan thường trực")
        assert CAMERA not in heard
    assert await here.it_is(2024, 2, 6) == 0  # the role is looked at when the row would be made, and when it is sent
    assert "còn 1 ngày làm việc" not in lan.last.text


# -- the language ----------------------------------------------------------------------------------------------------


async def test_a_person_changes_their_language(here: World, lan: Speaker) -> None:
    await lan.says("/ngonngu").hears("Dùng ngôn ngữ nào?", "Tiếng Việt", "English")
    await lan.picks("English").hears("From now on in English.")
    await lan.says("/viec").hears("My tasks", "before 15 February 2024")
    await lan.says("/ngonngu vi").hears("Từ nay Khéo dùng tiếng Việt.")
    await lan.says("/ngonngu tiếng Anh").hears("From now on in English.")


@pytest.fixture
async def abroad(tmp_path: Path, ready_sqlite: Path) -> AsyncIterator[World]:
    async with world(tmp_path / "kheo", "web", ready=ready_sqlite) as made:
        yield made


async def test_a_whole_story_in_english(abroad: World) -> None:
    here = abroad
    ann = await here.stranger("Ann")
    ann.device.lang = "en"
    await ann.opens().hears("Khéo is a machine", "Do not send classified documents here.")
    await ann.says("ABCDEFG2").hears("That code is not valid")
    await ann.says(await code_for(here, "Ann", language="en")).hears("Welcome, Ann – xã Vạn Hưng.", "My tasks")
    await here.it_is(2024, 2, 6)
    await ann.hears(
        "1 working day left", "Carrying out Kế hoạch", "before 15 February 2024", "for Ban Dân vận Huyện ủy"
    )

    await ann.picks("My tasks").hears(
        "Đăng ký điển hình “Dân vận khéo” – before 15 February 2024", "Register an exemplar"
    )
    await ann.picks("Register an exemplar").hears("Registration 2024 – xã Vạn Hưng")
    await ann.picks("Tập thể").hears("tên điển hình")
    await ann.says(CAMERA).hears("tập thể hoặc cá nhân nào thực hiện")
    await ann.says("Chi hội Phụ nữ thôn Xuân Tự").hears("lĩnh vực")
    await ann.picks("An ninh, quốc phòng").hears("nội dung")
    await ann.says("skip").hears("thời gian triển khai")
    await ann.says("từ tháng 01 đến tháng 12 năm 2024").hears("khen thưởng không?")
    await ann.picks("Yes").hears(CAMERA, "Hand in the registration")
    await ann.picks("Hand in the registration").hears("Received: the registration", CAMERA, "handed in by Ann")

    await ann.says("/tucham").hears("Criterion 01")
    await ann.says("16").hears("At most 15 points")
    await ann.says("tc1 13.5 tc2 15 tc3 15 tc4 15 tc5 15 tc6 15 tc7 8").hears("96.5/100")
    await ann.picks("Hand in the scorecard").hears("Received")
    heard = await ann.says("/diem").hears("xã Vạn Hưng", "self-scored, handed in", "96.5/100 points")
    assert not re.search(r"\{\w+\}", heard)


async def _everything(here: World) -> list[Any]:
    """What there is of people, drafts, exemplars, answers and closings."""

    def look(tx: Any) -> list[Any]:
        tables = (person, role, draft, draft_event, exemplar, closing, step, submission)
        return [tx.execute(table.select()).all() for table in tables]

    return await here.app.store.read(look)


async def test_the_first_buttons_are_what_the_plans_ask_for(tmp_path: Path, ready_sqlite: Path) -> None:
    quarterly = ROOT / "tests/plans/small/reports_quarterly.yaml"
    async with world(tmp_path / "kheo", "telegram", ready=ready_sqlite, plans=[quarterly]) as here:
        lan = await here.person("Lan", "xuan-loc.xuan-phu")
        assert lan.last.labels == ["Việc của tôi", "Báo cáo", "Hạn nộp"]
        await lan.picks("Báo cáo").hears("Soạn: Xây dựng kế hoạch")


@WEB
async def test_no_first_button_leads_to_a_refusal(here: World) -> None:
    boss = await here.person("Lê Quản", DISTRICT, ADMINISTRATOR)
    assert boss.last.labels == ["Mời người tham gia", "Nhập danh sách", "Danh bạ", "Đề nghị chờ duyệt"]
    for label in boss.last.labels:
        await boss.picks(label).hears("", never="chưa được phân quyền")
    head = await here.person("Lê Thị Bình", "van-ninh.dai-lanh", UNIT_HEAD)
    assert head.last.labels == ["Việc của tôi", "Tiến độ", "Hạn nộp"]
