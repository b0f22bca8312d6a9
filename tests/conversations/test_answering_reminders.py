"""Answers from the reminder itself: received, later, sent already; and what the office makes of a letter."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from bot.clock import ZONE
from bot.rules.access import OFFICER, STANDING_OFFICE
from bot.store import owing, people, responses, seasons
from tests.talk import Speaker
from tests.world import DISTRICT, World, task, world

DANG_KY = task("dang_ky")

THANH = "van-ninh.van-thanh"
REGISTRATION = "Đăng ký điển hình “Dân vận khéo”"
NOT_FOR_YOU = "chưa được phân quyền"
WEB = pytest.mark.parametrize("channel", ["web"], indirect=True)
FEW = pytest.mark.parametrize("channel", ["telegram", "zalo"], indirect=True)
EARLY = datetime(2024, 1, 15, 9, 0, tzinfo=ZONE)


@pytest.fixture
async def here(tmp_path: Path, channel: str, ready_sqlite: Path) -> AsyncIterator[World]:
    async with world(tmp_path / "kheo", channel, ready=ready_sqlite, at=EARLY) as made:
        yield made


@pytest.fixture
async def bay(here: World) -> Speaker:
    return await here.person("Bảy", DISTRICT, STANDING_OFFICE, channel="telegram")


def heard(speaker: Speaker) -> int:
    return len(speaker.device.heard)


async def reminded(here: World, lan: Speaker) -> None:
    """Ten working days before the date: 31 January. The next ones: 7 working days … on 31/01, 05/02, 06/02, 07/02."""
    await here.it_is(2024, 1, 24)
    await lan.hears("Đã nhận", "Nhắc lại sau", "Đã gửi rồi")


async def test_received_skips_the_next_one_and_says_which_comes_after(here: World, lan: Speaker) -> None:
    await reminded(here, lan)
    await lan.picks("Đã nhận").hears(
        "đã nhận lời nhắc về “Đăng ký điển hình", "Khéo bỏ qua lần nhắc kế tiếp", "05/02/2024"
    )
    before = heard(lan)
    await here.it_is(2024, 1, 31)
    assert heard(lan) == before
    await here.it_is(2024, 2, 5)
    assert heard(lan) == before + 1


@FEW
async def test_received_twice_is_noted_once(here: World, lan: Speaker) -> None:
    await reminded(here, lan)
    await lan.picks("Đã nhận").hears("Khéo bỏ qua lần nhắc kế tiếp")
    await lan.picks_old("Đã nhận").hears("đã ghi nhận trước đó")


@WEB
async def test_received_in_an_older_message_speaks_of_the_newest_one(here: World, lan: Speaker) -> None:
    await reminded(here, lan)
    await here.it_is(2024, 1, 31)
    await lan.picks_old("Đã nhận").hears("Khéo bỏ qua lần nhắc kế tiếp", "06/02/2024")
    await lan.picks("Đã nhận").hears("đã ghi nhận trước đó")
    before = heard(lan)
    await here.it_is(2024, 2, 5)
    assert heard(lan) == before, "the promise is kept whichever message was answered"
    await here.it_is(2024, 2, 6)
    assert heard(lan) == before + 1


@FEW
async def test_received_after_an_outage_does_not_cost_the_last_working_day(here: World, lan: Speaker) -> None:
    await here.it_is(2024, 2, 6, 10)  # nothing went out before that
    await lan.picks("Đã nhận").hears("Đến ngày làm việc cuối cùng (07/02/2024), nếu vẫn chưa xong", never="bỏ qua")
    before = heard(lan)
    await here.it_is(2024, 2, 7)
    assert heard(lan) == before + 1
    await lan.picks("Đã nhận").hears("Khéo bỏ qua lần nhắc kế tiếp", "21/02/2024")


@WEB
async def test_received_before_an_outage_keeps_the_day_that_was_named(here: World, lan: Speaker) -> None:
    await reminded(here, lan)
    await lan.picks("Đã nhận").hears("nếu đến ngày 05/02/2024 vẫn chưa xong")
    before = heard(lan)
    await here.it_is(2024, 2, 5, 9)  # on the 31st nobody was there
    assert heard(lan) == before + 1


@WEB
async def test_later_comes_back_on_the_day_that_was_chosen(here: World, lan: Speaker) -> None:
    await reminded(here, lan)
    await lan.picks("Nhắc lại sau").hears(
        "25/01/2024 (sau 1 ngày làm việc)",
        "29/01/2024 (sau 3 ngày",
        "31/01/2024 (sau 5 ngày",
        "07/02/2024 (ngày cuối cùng)",
    )
    await lan.picks("29/01/2024 (sau 3 ngày làm việc)").hears("ngày 29/01/2024 Khéo sẽ nhắc lại xã Vạn Hưng")
    before = heard(lan)
    await here.it_is(2024, 1, 26)
    assert heard(lan) == before
    await here.it_is(2024, 1, 29)
    assert heard(lan) == before + 1
    await here.it_is(2024, 1, 29, 15)
    assert heard(lan) == before + 1


@WEB
async def test_later_is_left_out_for_who_has_answered_meanwhile(here: World, lan: Speaker) -> None:
    await reminded(here, lan)
    await lan.picks("Nhắc lại sau").hears("25/01/2024")
    await lan.picks("25/01/2024 (sau 1 ngày làm việc)").hears("Khéo sẽ nhắc lại")
    await lan.says("/khongdangky").hears("xã Vạn Hưng")
    before = heard(lan)
    await here.it_is(2024, 1, 25)
    assert heard(lan) == before


@WEB
async def test_on_the_last_day_nothing_can_be_put_off(here: World, lan: Speaker) -> None:
    await here.it_is(2024, 2, 7)
    await lan.hears("Nhắc lại sau")
    await lan.picks("Nhắc lại sau").hears("Không còn ngày làm việc nào trước hạn", "07/02/2024")


@WEB
async def test_done_offers_what_ends_it_by_words(here: World, lan: Speaker) -> None:
    await reminded(here, lan)
    await lan.picks("Đã gửi rồi").hears(
        "Khéo chưa nhận được", "Đã đăng ký đủ", "Năm nay không đăng ký", "Đã gửi bằng văn bản"
    )
    await lan.picks("Năm nay không đăng ký").hears("xã Vạn Hưng")
    await lan.picks_old("Đã gửi rồi").hears("xã Vạn Hưng đã hoàn thành")


async def test_a_letter_is_told_to_the_office_which_notes_it_with_one_tap(
    here: World, lan: Speaker, bay: Speaker
) -> None:
    await reminded(here, lan)
    await lan.picks("Đã gửi rồi").hears("Đã gửi bằng văn bản")
    await lan.picks("Đã gửi bằng văn bản").hears("số và ngày văn bản")
    await lan.says("12/UBND-VX ngày 22/01/2024").hears("Ban Dân vận Huyện ủy sẽ kiểm tra")
    await here.quiet()
    await bay.hears("xã Vạn Hưng cho biết", "12/UBND-VX ngày 22/01/2024", "Ghi nhận văn bản", "Chưa thấy văn bản")
    before = heard(lan)
    await here.it_is(2024, 1, 31)
    assert heard(lan) == before, "nobody is reminded while the office looks"
    await bay.picks("Ghi nhận văn bản").hears("nhận bằng văn bản (12/UBND-VX ngày 22/01/2024)")
    await here.quiet()
    await lan.hears("Đã ghi nhận", "của xã Vạn Hưng nhận bằng văn bản (12/UBND-VX ngày 22/01/2024)")
    season = here.season()
    (one,) = await here.app.store.read(lambda tx: owing.closings(tx, season.id, "dang_ky"))
    assert (one.kind, one.unit_id, one.note) == ("paper", lan.unit_id, "12/UBND-VX ngày 22/01/2024")
    for word in ("ghi", "chua"):  # the same buttons once more
        await bay.forges(f"c:nhac:{word}:n{season.id}:{DANG_KY}:k240214:s10:u{lan.unit_id}").hears(
            "đã được xử lý trước đó"
        )


@WEB
async def test_a_letter_that_did_not_come_is_told_courteously_and_reminded_again(
    here: World, lan: Speaker, bay: Speaker
) -> None:
    await reminded(here, lan)
    await lan.picks("Đã gửi rồi").hears("Đã gửi bằng văn bản")
    await lan.picks("Đã gửi bằng văn bản").hears("số và ngày văn bản")
    await lan.says("bỏ qua").hears("sẽ kiểm tra")
    await here.quiet()
    await bay.hears("không ghi số, ngày")
    await bay.picks("Chưa thấy văn bản").hears("chưa thấy văn bản của xã Vạn Hưng")
    await here.quiet()
    await lan.hears("Kính đề nghị đơn vị kiểm tra lại việc gửi")
    before = heard(lan)
    await here.it_is(2024, 1, 31)
    assert heard(lan) == before + 1


@WEB
async def test_a_letter_that_is_named_again_after_a_refusal_is_told_to_the_office_again(
    here: World, lan: Speaker, bay: Speaker
) -> None:
    await reminded(here, lan)
    await lan.picks("Đã gửi rồi").hears("Đã gửi bằng văn bản")
    await lan.picks("Đã gửi bằng văn bản").hears("số và ngày văn bản")
    await lan.says("da gui roi").hears("sẽ kiểm tra")
    await here.quiet()
    await bay.hears("không ghi số, ngày")
    await bay.picks("Chưa thấy văn bản").hears("chưa thấy văn bản của xã Vạn Hưng")
    await here.quiet()
    bay.mark()
    await lan.hears("xin cho biết số và ngày văn bản", "[Đã gửi bằng văn bản]")
    await lan.picks("Đã gửi bằng văn bản").hears("gõ số và ngày văn bản")
    await lan.says("12/UBND-VX ngày 22/01/2024").hears("sẽ kiểm tra")
    await here.quiet()
    await bay.hears("12/UBND-VX ngày 22/01/2024", "Ghi nhận văn bản")


@FEW
async def test_nobody_answers_for_another_unit_and_old_buttons_change_nothing(here: World, lan: Speaker) -> None:
    hung = await here.person("Hùng", THANH)
    await reminded(here, lan)
    season = here.season()
    of = f"n{season.id}:{DANG_KY}:k240214:s10"
    await hung.forges(f"c:nhac:seen:{of}:u{lan.unit_id}").hears(NOT_FOR_YOU)
    await lan.forges(f"c:nhac:ghi:{of}:u{lan.unit_id}").hears(NOT_FOR_YOU)
    await lan.forges(f"c:nhac:seen:n{season.id}:m99:k240214:s10").hears(NOT_FOR_YOU)
    await lan.forges("c:nhac:seen").hears("")
    await lan.forges(f"c:nhac:seen:n{season.id}:{DANG_KY}:k240110:s10:u{lan.unit_id}").hears("thời hạn cũ (10/01/2024)")
    noted = await here.app.store.read(
        lambda tx: responses.of_unit(tx, season.id, "dang_ky", datetime(2024, 2, 14).date(), [lan.unit_id])
    )
    assert noted == []
    await here.app.store.write(lambda tx: seasons.close(tx, season.id, here.app.clock.now()))
    await here.app.store.write(here.app.office.refresh)
    await lan.forges(f"c:nhac:seen:{of}:u{lan.unit_id}").hears("đã kết thúc")


@WEB
async def test_who_answers_for_several_units_is_asked_which(here: World, lan: Speaker) -> None:
    now = here.app.clock.now()
    other = here.app.office.units.coded(THANH)
    await here.app.store.write(lambda tx: people.grant(tx, lan.person_id, OFFICER, now, unit_id=other.id))
    await reminded(here, lan)
    await lan.picks("Đã nhận").hears("Trả lời cho đơn vị nào?", "xã Vạn Thạnh")
    await lan.picks("xã Vạn Thạnh").hears("xã Vạn Thạnh đã nhận lời nhắc")


async def test_an_answer_in_the_middle_of_a_form_leaves_the_form_as_it_is(here: World, lan: Speaker) -> None:
    await here.exemplar("Camera an ninh thôn Xuân Tự")
    await lan.says("/tucham").hears("Tiêu chí 01")
    await here.it_is(2024, 1, 24)
    await lan.hears("Đã nhận")
    await lan.says("đã nhận").hears("đã nhận lời nhắc", "Tiêu chí 01")
    await lan.says("14").hears("1/7 · 14/15")
