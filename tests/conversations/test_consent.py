"""The notice on personal data: nothing begins before a clear yes, a no is respected, and a new version asks once more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.rules.access import OFFICER, STANDING_OFFICE
from bot.store import consents, people, roster
from bot.store.tables import consent, draft, draft_event, unwanted, web_message
from handlers import consent as notice
from tests.talk import Speaker, in_group
from tests.world import DISTRICT, World

TELEGRAM = pytest.mark.parametrize("channel", ["telegram"], indirect=True)
WEB = pytest.mark.parametrize("channel", ["web"], indirect=True)
SECRET_WORDS = "Vườn rau thầm lặng của bà Tư"
TITLE = "dữ liệu cá nhân của đồng chí"


async def rows(here: World, table: Any) -> list[Any]:
    return list(await here.app.store.read(lambda tx: tx.execute(select(table)).all()))


async def said(here: World, speaker: Speaker) -> list[tuple[str, bool]]:
    found = await here.app.store.read(lambda tx: consents.every(tx, speaker.person_id))
    return [(one.version, one.given) for one in found]


@pytest.fixture
async def mai(here: World) -> Speaker:
    """Mai, who has just joined and has not been heard on the notice."""
    mai = await here.person("Mai", asks=True)
    await mai.hears("Lưu những gì")
    return mai


async def test_whoever_joins_reads_the_notice_and_agrees_by_a_clear_act(here: World, mai: Speaker) -> None:
    await mai.hears("Kính chào đồng chí Mai", "Lưu những gì", "Để làm gì", "Bao lâu", "Ai được xem", "Telegram", "Zalo")
    assert mai.last.labels == ["Tôi đồng ý", "Tôi không đồng ý"]
    assert "365 ngày" in mai.since()
    assert await said(here, mai) == []
    await mai.picks("Tôi đồng ý").hears("Đã ghi nhận sự đồng ý", "Việc của tôi")
    (row,) = await rows(here, consent)
    assert (row.person_id, row.version, row.given) == (mai.person_id, notice.VERSION, True)
    assert timedelta(0) <= here.app.clock.now() - row.at < timedelta(minutes=1)
    assert row.address_id is not None
    await mai.says("/dangky").hears("tập thể hay cá nhân")


async def test_nothing_begins_and_nothing_is_kept_before_that(here: World, mai: Speaker) -> None:
    for words in ("/dangky", SECRET_WORDS, "đăng ký mô hình", "/viec", "13", "có"):
        await mai.says(words).hears("Lưu những gì", "Tôi đồng ý")
    assert await rows(here, draft) == []
    assert await rows(here, draft_event) == []
    assert await said(here, mai) == []
    kept = [row.content for row in await rows(here, web_message) if row.side == "person"]
    assert SECRET_WORDS not in str(kept)


async def test_typing_the_label_is_as_clear_as_pressing_it(here: World, mai: Speaker) -> None:
    await mai.says("tôi đồng ý").hears("Đã ghi nhận sự đồng ý")
    assert await said(here, mai) == [(notice.VERSION, True)]


async def test_a_no_is_respected_and_the_paper_way_is_named(here: World, mai: Speaker) -> None:
    await mai.picks("Tôi không đồng ý").hears("Khéo tôn trọng", "văn bản có ký", "/dongy")
    await mai.says(SECRET_WORDS).hears("chưa đồng ý", "không lưu tin nhắn này", "văn bản", never="Lưu những gì")
    await mai.says("/dangky").hears("chưa đồng ý")
    assert await rows(here, draft) == []
    assert SECRET_WORDS not in str(await rows(here, web_message))
    await mai.picks("Đọc lại thông báo").hears("Lưu những gì")
    await mai.picks("Tôi đồng ý").hears("Đã ghi nhận")
    await mai.says("/dangky").hears("tập thể hay cá nhân")
    assert await said(here, mai) == [(notice.VERSION, False), (notice.VERSION, True)]


async def test_consent_is_taken_back_at_any_time(here: World, mai: Speaker) -> None:
    await mai.picks("Tôi đồng ý").hears("Đã ghi nhận")
    await mai.says("/dangky").hears("tập thể hay cá nhân")
    await mai.says("/dulieu").hears("đã đồng ý với thông báo")
    await mai.picks("Rút lại đồng ý").hears("Khéo tôn trọng")
    await mai.says("Tập thể").hears("chưa đồng ý")
    assert await rows(here, draft_event) == []
    await mai.says("/dulieu").hears("không đồng ý hoặc đã rút lại")


async def test_a_new_version_asks_once_more(here: World, mai: Speaker, monkeypatch: pytest.MonkeyPatch) -> None:
    await mai.picks("Tôi đồng ý").hears("Đã ghi nhận")
    await mai.says("/dangky").hears("tập thể hay cá nhân")
    monkeypatch.setattr(notice, "VERSION", "3")
    await mai.says("Tập thể").hears("đã thay đổi", "bản 3", "Tôi đồng ý")
    assert await rows(here, draft_event) == []
    await mai.picks("Tôi đồng ý").hears("bản 3", "tập thể hay cá nhân")
    await mai.says("Tập thể").hears("tên điển hình")
    assert await said(here, mai) == [("2", True), ("3", True)]


async def test_a_button_of_the_old_notice_does_not_agree_to_the_new_one(
    here: World, mai: Speaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notice, "VERSION", "3")
    await mai.picks("Tôi đồng ý").hears("bản 3")
    assert await said(here, mai) == []


async def test_a_second_device_needs_no_second_consent(here: World, mai: Speaker, channel: str) -> None:
    await mai.picks("Tôi đồng ý").hears("Đã ghi nhận")
    again = await here.second(mai, "web" if channel == "telegram" else "telegram")
    assert TITLE not in again.since()
    await again.says("/dangky").hears("tập thể hay cá nhân")


async def test_the_language_and_help_are_open_before(here: World, mai: Speaker) -> None:
    await mai.says("/ngonngu en").hears("in English")
    await mai.says("/dangky").hears("What is kept", "I agree")
    await mai.picks("I agree").hears("Your consent is noted")


@TELEGRAM
async def test_opening_the_chat_again_shows_the_notice_again(here: World, mai: Speaker) -> None:
    await mai.opens().hears("đồng chí Mai – xã Vạn Hưng", "Lưu những gì")
    await mai.picks("Tôi đồng ý").hears("Đã ghi nhận")
    await mai.opens().hears("đồng chí Mai – xã Vạn Hưng", never="Lưu những gì")


@TELEGRAM
async def test_the_notice_is_not_agreed_to_twice(here: World, mai: Speaker) -> None:
    await mai.picks("Tôi đồng ý").hears("Đã ghi nhận")
    await mai.picks_old("Tôi đồng ý").hears("đã đồng ý với thông báo này")
    assert await said(here, mai) == [(notice.VERSION, True)]


async def test_a_file_sent_before_is_let_go_of(here: World, mai: Speaker) -> None:
    await mai.sends_photo("hop-dan.jpg").hears("Lưu những gì")
    (row,) = await rows(here, unwanted)
    assert row.sha256 not in str(await rows(here, web_message))


@TELEGRAM
async def test_look_ups_in_a_group_are_not_touched(here: World) -> None:
    mai = await here.person("Mai", asks=True, group=-100500)
    code = await here.group_code(DISTRICT)
    grouped = in_group(mai)
    await grouped.says(f"/lienket {code}").hears("huyện Vạn Ninh")
    await grouped.says("/tiendo").hears("Đã đăng ký 0 điển hình")
    assert TITLE not in grouped.since()


async def test_a_stranger_is_not_taken_for_somebody_who_agreed(here: World) -> None:
    nobody = await here.stranger("Ai Đó")
    await nobody.says("/dongy").hears("Khéo là máy trả lời tự động", never="Đã ghi nhận")
    assert await rows(here, consent) == []


@TELEGRAM
async def test_whoever_said_no_is_not_written_to_unasked(here: World, mai: Speaker) -> None:
    lan = await here.person("Lan")
    await mai.picks("Tôi không đồng ý").hears("Khéo tôn trọng")
    for speaker in (lan, mai):
        speaker.mark()
    await here.it_is(2024, 2, 7)
    await lan.hears("đề nghị")
    assert mai.since() == ""


async def test_a_code_that_is_typed_leads_to_the_notice_as_a_link_does(here: World) -> None:
    unit, now = here.app.office.units.coded("van-ninh.van-hung"), here.app.clock.now()
    assert unit is not None

    def enter(tx: Any) -> str:
        return people.make_code(tx, now, person_id=people.add(tx, "Mai", unit.id, OFFICER, now))

    code = await here.app.store.write(enter)
    mai = await here.stranger("Mai")
    await mai.opens().hears("mã dùng một lần")
    await mai.says(code.lower()).hears("Kính chào đồng chí Mai", "Lưu những gì", "Tôi đồng ý")
    await mai.says("/dangky").hears("Lưu những gì", never="tập thể hay cá nhân")
    await mai.picks("Tôi đồng ý").hears("Đã ghi nhận")
    await mai.says("/dangky").hears("tập thể hay cá nhân")


@TELEGRAM
async def test_a_forged_yes_of_another_version_is_none(here: World, mai: Speaker) -> None:
    for token in ("c:dongy:0", "c:dongy:1:1", "c:dongy"):
        await mai.forges(token).hears("Lưu những gì")
    assert await said(here, mai) == []
    await mai.says("/dongy có").hears("Lưu những gì")
    assert await said(here, mai) == []


@WEB
async def test_a_link_with_a_code_is_no_way_around_it(here: World, mai: Speaker) -> None:
    await mai.picks("Tôi không đồng ý").hears("")
    made, before = (
        here.app.clock.now(),
        await here.app.store.read(lambda tx: roster.everybody(tx, here.app.clock.now())),
    )
    code = await here.app.store.write(
        lambda tx: people.make_code(tx, made, unit_id=mai.unit_id, function=STANDING_OFFICE)
    )
    await mai.opens(code).hears("chưa đồng ý")
    assert await here.app.store.read(lambda tx: roster.everybody(tx, made)) == before
    assert await here.app.store.read(lambda tx: people.find_code(tx, code, made)), "it is not spent"
