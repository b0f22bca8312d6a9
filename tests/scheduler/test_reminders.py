"""What the clock does: which reminders go out on which days, to whom, and what is never sent."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.app import App
from bot.clock import ZONE
from bot.rules.access import STANDING_OFFICE
from bot.store import dues, outbox, owing
from scheduler.jobs import Jobs
from tests.talk import Speaker, in_group
from tests.world import DISTRICT, World, world

GROUP = -500
LAST = date(2024, 2, 14)  # “trước ngày 15 tháng 02”
DOCUMENT = (
    "Thực hiện Kế hoạch tháng 12 năm 2023 của UBND huyện Vạn Ninh về tổ chức thực hiện phong trào thi đua "
    "“Dân vận khéo” và công tác thi đua khen thưởng trên địa bàn huyện Vạn Ninh, đề nghị"
)
Opened = Callable[[int, int, int], Any]


@pytest.fixture(params=["sqlite", "postgresql"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[int, int, int], Any]:
    """The world with its season opened on that day of 2024, at that hour; once on each database."""
    if request.param == "sqlite":
        on = {"ready": request.getfixturevalue("ready_sqlite")}
    else:
        on = {"database_url": request.getfixturevalue("postgres_url")}

    def make(month: int, day: int, hour: int = 9) -> Any:
        return world(tmp_path / "kheo", "telegram", at=datetime(2024, month, day, hour, tzinfo=ZONE), **on)

    return make


@pytest.fixture
async def here(opened: Opened) -> AsyncIterator[World]:
    """Monday 5 February 2024, nine o'clock: the step of that morning has its whole day still before it."""
    async with opened(2, 5, 9) as made:
        yield made


async def group(here: World, speaker: Speaker, unit: str = DISTRICT) -> Speaker:
    """The group in which the speaker sits, linked to the unit."""
    there = in_group(speaker)
    await there.says(f"/lienket {await here.group_code(unit)}").hears("đã liên kết")
    return there


async def settle(here: World, unit: str, kind: str = "complete") -> None:
    """The unit answers, by whatever way."""
    at, season = here.app.office.units.coded(unit), here.app.office.seasons[0]
    assert at is not None

    def work(tx: Any) -> None:
        owing.close(
            tx,
            season_id=season.id,
            unit_id=at.id,
            milestone="dang_ky",
            kind=kind,
            person_id=1,
            now=here.app.clock.now(),
        )
        outbox.refresh(tx, dues.subject(season.id, "dang_ky", LAST), here.app.clock.now(), not_before=0.0)

    await here.app.store.write(work)


def count(speaker: Speaker) -> int:
    return len(speaker.device.heard)


async def states(here: World) -> dict[str, int]:
    def look(tx: Any) -> dict[str, int]:
        found: dict[str, int] = {}
        for row in outbox.about(tx, dues.subject(here.app.office.seasons[0].id, "dang_ky", LAST)):
            state = tx.execute(outbox.select(outbox.outbox.c.state).where(outbox.outbox.c.id == row[0])).scalar()
            found[state] = found.get(state, 0) + 1
        return found

    return await here.app.store.read(look)


# -- the days --------------------------------------------------------------------------------------------------------


async def test_a_whole_february_hour_by_hour(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.registration.REFRESH_PAUSE", 0.0)  # a month goes by in seconds; an edit waits two
    async with opened(2, 1, 0) as here:
        lan = await here.person("Lan", group=GROUP)
        hung = await here.person("Hùng", "van-ninh.van-thanh")
        bay = await here.person("Bảy", DISTRICT, STANDING_OFFICE)
        there = await group(here, lan)
        await here.stop_pumping()
        got: dict[str, list[str]] = {"Lan": [], "Hùng": [], "Bảy": [], "nhóm": []}
        ears = {"Lan": lan, "Hùng": hung, "Bảy": bay, "nhóm": there}
        now, end = datetime(2024, 2, 1, 0, tzinfo=ZONE), datetime(2024, 3, 1, tzinfo=ZONE)
        while now < end:
            before = {name: count(ear) for name, ear in ears.items()}
            await here.it_is(now.year, now.month, now.day, now.hour)
            if now.hour % 6 == 2:
                await here.it_is(now.year, now.month, now.day, now.hour)  # a tick more changes nothing
            for name, ear in ears.items():
                got[name] += [f"{now:%d/%m %H:%M}"] * (count(ear) - before[name])
            if now == datetime(2024, 2, 5, 10, tzinfo=ZONE):
                await hung.says("/khongdangky").hears("xã Vạn Thạnh")
                await here.quiet()
            now += timedelta(hours=1)

        steps = ["05/02 08:00", "06/02 08:00", "07/02 08:00", "15/02 08:00", "21/02 08:00"]
        del got["Bảy"]  # the office is told of other things, and reminded of nothing
        assert got == {"Lan": steps, "Hùng": steps[:1], "nhóm": steps}
        assert not [heard for heard in bay.device.heard if heard.text.startswith("Đăng ký điển hình")]
        titles = [heard.text.split("\n")[0].rpartition(": ")[2] for heard in lan.device.heard[-5:]]
        assert titles == [
            "còn 2 ngày làm việc",
            "còn 1 ngày làm việc",
            "hôm nay là ngày làm việc cuối cùng",
            "đã quá hạn",
            "đã quá hạn",
        ]


async def test_the_text_names_document_issuer_and_date_and_asks_courteously(here: World) -> None:
    lan = await here.person("Lan", group=GROUP)
    there = await group(here, lan)
    await settle(here, "van-ninh.van-tho")
    await here.it_is(2024, 2, 6)
    assert lan.last.text == (
        "Đăng ký điển hình “Dân vận khéo”, năm 2024: còn 1 ngày làm việc\n"
        f"{DOCUMENT} xã Vạn Hưng hoàn thành trước ngày 15/02/2024 (ngày làm việc cuối cùng là 07/02/2024): "
        "đăng ký điển hình “Dân vận khéo” (trên Khéo hoặc bằng văn bản).\n"
        "Gửi về Ban Dân vận Huyện ủy.\n"
        "Nếu năm nay không đăng ký, đề nghị trả lời “Năm nay không đăng ký”.\n"
        "Gõ /viec để xem việc còn phải làm.\n"
        "Trân trọng cảm ơn. (Khéo nhắc tự động, thay mặt Ban Dân vận Huyện ủy)"
    )
    assert lan.last.labels == ["Đã nhận", "Nhắc lại sau", "Đã gửi rồi", "Việc của tôi"]
    text = there.last.text
    assert f"{DOCUMENT} các đơn vị dưới đây hoàn thành trước ngày 15/02/2024" in text
    assert "Chưa trả lời (12): thị trấn Vạn Giã, xã Đại Lãnh, xã Vạn Phước," in text
    assert "Vạn Thọ" not in text
    assert "Đã trả lời: 1/13 đơn vị." in text
    assert "Đơn vị nào năm nay không đăng ký, đề nghị trả lời “Năm nay không đăng ký”." in text
    assert "điểm" not in text.replace("điển", "")


async def test_an_overdue_notice_says_that_it_is_still_taken(here: World) -> None:
    lan = await here.person("Lan")
    await here.it_is(2024, 2, 14)
    assert "Đăng ký điển hình “Dân vận khéo”, năm 2024" not in lan.since()
    await here.it_is(2024, 2, 15)
    assert lan.last.text.startswith("Đăng ký điển hình “Dân vận khéo”, năm 2024: đã quá hạn\n")
    assert lan.last.text.split("\n")[1] == "Đã quá hạn: thời hạn là trước ngày 15/02/2024."
    assert (
        "đề nghị xã Vạn Hưng hoàn thành: đăng ký điển hình “Dân vận khéo” (trên Khéo hoặc bằng văn bản)."
        in lan.last.text
    )
    assert "Khéo vẫn tiếp nhận và ghi nhận là trả lời muộn" in lan.last.text


@pytest.mark.parametrize(
    ("day", "hour", "minute"),
    [(6, 0, 0), (6, 7, 29), (6, 7, 59), (6, 17, 0), (6, 23, 59), (8, 8, 0), (10, 8, 0), (14, 16, 0)],
)
async def test_nothing_goes_out_at_night_or_on_a_day_off(here: World, day: int, hour: int, minute: int) -> None:
    lan = await here.person("Lan")
    await here.it_is(2024, 2, 5, 10)
    before = count(lan)
    assert await here.it_is(2024, 2, day, hour, minute) == 0
    assert count(lan) == before


async def test_the_standing_office_is_reminded_of_its_own_report(opened: Opened) -> None:
    async with opened(9, 25) as here:
        lan = await here.person("Lan", group=GROUP)
        bay = await here.person("Bảy", DISTRICT, STANDING_OFFICE)
        there = await group(here, lan)
        before = (count(lan), count(there))
        await here.it_is(2024, 9, 27)
        (reminder,) = [h.text for h in bay.device.heard if h.text.startswith("Báo cáo kết quả phong trào thi đua")]
        assert reminder.startswith("Báo cáo kết quả phong trào thi đua hằng năm, năm 2024: còn 1 ngày làm việc")
        assert (
            "đề nghị Ban Dân vận Huyện ủy hoàn thành trước ngày 01/10/2024 "
            "(ngày làm việc cuối cùng là 30/09/2024)" in reminder
        )
        assert "/vanban" in reminder
        assert (count(lan), count(there)) == before


async def test_a_season_opened_late_does_not_flood(opened: Opened) -> None:
    async with opened(2, 6, 12) as here:  # five steps are over, that of this morning is not
        lan = await here.person("Lan")
        before = count(lan)
        assert await here.it_is(2024, 2, 6, 13) == 1
        assert await here.it_is(2024, 2, 6, 14) == 0
        assert count(lan) == before + 1
        assert await _steps_noted(here.app) == {1: "released"}


async def test_a_season_opened_in_the_evening_waits_for_its_next_step(opened: Opened) -> None:
    async with opened(2, 6, 18) as here:
        assert await here.it_is(2024, 2, 6, 19) == 0
        lan = await here.person("Lan")
        assert await here.it_is(2024, 2, 7, 7, 45) == 0
        assert await here.it_is(2024, 2, 7, 8) == 1
        assert "hôm nay là ngày làm việc cuối cùng" in lan.last.text


async def test_a_moved_clock_that_goes_back_does_no_harm(here: World) -> None:
    lan = await here.person("Lan")
    await here.it_is(2024, 2, 7)
    heard = count(lan)
    for month, day, hour in [(2, 6, 8), (2, 5, 8), (1, 24, 8), (1, 10, 16), (2, 6, 9), (2, 7, 8)]:
        assert await here.it_is(2024, month, day, hour) == 0
    assert count(lan) == heard
    assert await here.it_is(2024, 2, 15) == 1


# -- after an outage -------------------------------------------------------------------------------------------------


async def test_what_an_outage_swallowed_comes_as_one_message(opened: Opened) -> None:
    async with opened(1, 8) as here:
        lan = await here.person("Lan")
        await here.it_is(2024, 1, 10)
        heard = count(lan)
        assert await here.it_is(2024, 2, 5, 11) == 1  # three steps later: 24/1, 31/1 and 5/2
        assert count(lan) == heard + 1
        assert "còn 2 ngày làm việc" in lan.last.text
        noted = await _steps_noted(here.app)
        assert noted == {20: "released", 10: "overtaken", 5: "overtaken", 2: "released"}


async def test_what_was_swallowed_yesterday_does_not_come_half_an_hour_before_todays(here: World) -> None:
    lan = await here.person("Lan")
    heard = count(lan)
    assert await here.it_is(2024, 2, 6, 7, 35) == 0  # yesterday's is waiting; today's goes out at eight
    assert await here.it_is(2024, 2, 6, 8) == 1
    assert count(lan) == heard + 1
    assert "còn 1 ngày làm việc" in lan.last.text


async def test_what_was_swallowed_goes_out_next_morning_where_nothing_else_is_due(opened: Opened) -> None:
    async with opened(1, 30) as here:
        lan = await here.person("Lan")
        assert await here.it_is(2024, 1, 31, 17, 30) == 0
        assert await here.it_is(2024, 2, 1, 7, 30) == 1
        assert "còn 4 ngày làm việc" in lan.last.text


async def test_telegram_that_is_away_loses_nothing_and_floods_nobody(here: World) -> None:
    lan = await here.person("Lan", group=GROUP)
    there = await group(here, lan)
    heard = count(lan), count(there)
    await here.fake.go_away()
    await here.it_is(2024, 2, 6)
    await here.it_is(2024, 2, 7)
    assert (count(lan), count(there)) == heard
    await here.fake.come_back()
    await lan.device.until(lambda: count(lan) > heard[0] and count(there) > heard[1], timeout=20)
    await here.quiet()
    assert (count(lan), count(there)) == (heard[0] + 1, heard[1] + 1)
    assert "hôm nay là ngày làm việc cuối cùng" in lan.last.text


async def test_what_waited_until_night_waits_for_the_morning(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scheduler.reminders.LOOK_AGAIN", 0.05)
    lan = await here.person("Lan")
    heard = count(lan)
    here.fake.fail("sendMessage", 429, chat=lan.device.user_id, retry_after=1)
    await here.it_is(2024, 2, 6, 16, 59)
    await here.it_is(2024, 2, 6, 22)
    await _real_seconds(1.3)
    assert count(lan) == heard
    await here.it_is(2024, 2, 7, 7, 45)  # today's own goes out at eight; the old one is not sent beside it
    await _real_seconds(0.2)
    assert count(lan) == heard
    await here.it_is(2024, 2, 7, 8)
    await lan.device.until(lambda: count(lan) == heard + 1)
    assert "hôm nay là ngày làm việc cuối cùng" in lan.last.text
    assert await states(here) == {"sent": 1, "cancelled": 1}


async def test_retry_after_is_obeyed(here: World) -> None:
    lan = await here.person("Lan")
    heard = count(lan)
    here.fake.fail("sendMessage", 429, chat=lan.device.user_id, retry_after=1)
    await here.it_is(2024, 2, 6)
    tries = _sends(here, lan)
    await _real_seconds(0.6)
    assert (_sends(here, lan), count(lan)) == (tries, heard)
    await lan.device.until(lambda: count(lan) == heard + 1)
    assert _sends(here, lan) == tries + 1


async def test_who_has_blocked_the_bot_is_noted_and_not_tried_again(here: World) -> None:
    lan = await here.person("Lan")
    await here.it_is(2024, 2, 5, 10)
    here.fake.blocked.add(lan.device.user_id)  # and Telegram never says so: the 403 is the first that is known of it
    await here.it_is(2024, 2, 6)
    tries = _sends(here, lan)
    assert (await states(here))["blocked"] == 1
    assert await here.it_is(2024, 2, 7) == 0
    assert _sends(here, lan) == tries
    here.fake.blocked.discard(lan.device.user_id)
    await lan.says("/han").hears("Các mốc thời gian")
    assert await here.it_is(2024, 2, 15) == 1


# -- who is reached --------------------------------------------------------------------------------------------------


async def test_only_officers_of_units_that_owe_are_written_to(here: World) -> None:
    lan, hung = await here.person("Lan"), await here.person("Hùng", "van-ninh.van-thanh")
    bay = await here.person("Bảy", DISTRICT, STANDING_OFFICE)
    stranger = await here.stranger("Sáu")
    await stranger.opens().hears("Để bắt đầu")
    await settle(here, "van-ninh.van-thanh", "paper")
    before = [count(one) for one in (lan, hung, stranger)]
    await here.it_is(2024, 2, 6)
    assert [count(one) for one in (lan, hung, stranger)] == [before[0] + 1, *before[1:]]
    assert not [heard for heard in bay.device.heard if heard.text.startswith("Đăng ký điển hình")]


async def test_a_person_with_two_addresses_gets_one_reminder(here: World) -> None:
    lan = await here.person("Lan")
    again = await here.second(lan, "web")
    await here.quiet()  # Lan hears of it at the first one
    before = count(lan), count(again)
    assert await here.it_is(2024, 2, 6) == 1
    assert (count(lan), count(again)) == (before[0] + 1, before[1])


async def test_a_group_of_one_commune_hears_of_that_commune_only(here: World) -> None:
    lan = await here.person("Lan", group=GROUP)
    there = await group(here, lan, "van-ninh.van-hung")
    await here.it_is(2024, 2, 6)
    assert "đề nghị xã Vạn Hưng hoàn thành trước ngày 15/02/2024" in there.last.text
    assert "Vạn Thạnh" not in there.last.text
    await settle(here, "van-ninh.van-hung")
    await here.quiet()
    assert there.last.edited
    assert "Đơn vị đã trả lời. Trân trọng cảm ơn." in there.last.text
    heard = count(there)
    assert await here.it_is(2024, 2, 7) == 0
    assert count(there) == heard


async def test_a_group_without_a_unit_and_a_group_that_was_left_hear_nothing(here: World) -> None:
    lan, hung = await here.person("Lan", group=GROUP), await here.person("Hùng", "van-ninh.van-thanh", group=-501)
    await group(here, lan)
    await lan.device.remove_bot()
    await here.quiet()
    calls = len(here.fake.calls)
    await here.it_is(2024, 2, 6)
    assert in_group(hung).device.heard == []
    assert not [c for c in here.fake.calls[calls:] if c["params"].get("chat_id") in (GROUP, -501)]


async def test_a_dossier_is_owed_only_where_an_award_is_asked_and_something_is_still_missing(opened: Opened) -> None:
    async with opened(8, 26) as here:
        lan = await here.person("Lan", group=GROUP)
        hung = await here.person("Hùng", "van-ninh.van-thanh")
        ba = await here.person("Ba", "van-ninh.van-tho")
        there = await group(here, lan)
        await here.exemplar("Camera an ninh thôn Xuân Tự")
        await here.exemplar("Tổ tự quản Đầm Môn", "van-ninh.van-thanh", award=False)
        before = count(hung), count(ba)
        await here.it_is(2024, 8, 28)
        assert "đề nghị xã Vạn Hưng hoàn thành trước ngày 01/09/2024" in lan.last.text
        assert "Chưa trả lời (1): xã Vạn Hưng." in there.last.text
        assert "Đã trả lời: 0/1 đơn vị." in there.last.text
        assert (count(hung), count(ba)) == before


# -- while it is on its way ------------------------------------------------------------------------------------------


async def test_who_answers_between_the_scan_and_the_sending_is_not_reminded(here: World) -> None:
    lan, hung = await here.person("Lan"), await here.person("Hùng", "van-ninh.van-thanh")
    await here.stop_pumping()
    here.app.clock.move(datetime(2024, 2, 6, 8, tzinfo=ZONE))
    heard = count(lan), count(hung)
    assert await here.app.jobs.scan() == 2
    await settle(here, "van-ninh.van-thanh")
    here.pump()
    await lan.device.until(lambda: count(lan) == heard[0] + 1)
    await here.quiet()
    assert (count(lan), count(hung)) == (heard[0] + 1, heard[1])
    assert await states(here) == {"sent": 1, "cancelled": 1}


async def test_who_answers_between_the_claim_and_the_mark_is_not_reminded(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lan, hung = await here.person("Lan"), await here.person("Hùng", "van-ninh.van-thanh")
    await here.stop_pumping()
    claim = here.app.sender._claim

    async def and_then_it_answers(lane: Any) -> Any:
        claimed = await claim(lane)
        if claimed:
            assert await states(here) == {"leased": 2}
            await settle(here, "van-ninh.van-thanh")
        return claimed

    monkeypatch.setattr(here.app.sender, "_claim", and_then_it_answers)
    here.app.clock.move(datetime(2024, 2, 6, 8, tzinfo=ZONE))
    heard = count(lan), count(hung)
    assert await here.app.jobs.scan() == 2
    here.pump()
    await here.quiet()
    assert (count(lan), count(hung)) == (heard[0] + 1, heard[1])
    assert await states(here) == {"sent": 1, "cancelled": 1}


async def test_two_tickers_on_one_store_send_everything_once(here: World) -> None:
    app = here.app
    lan = await here.person("Lan", group=GROUP)
    there = await group(here, lan)
    other = Jobs(app.store, app.office, app.sender, app.clock)
    heard = count(lan), count(there)
    for day in (6, 6, 7):
        app.clock.move(datetime(2024, 2, day, 8, tzinfo=ZONE))
        await asyncio.gather(*(jobs.scan() for jobs in (app.jobs, other, app.jobs, other)))
        await here.quiet()
    assert (count(lan), count(there)) == (heard[0] + 2, heard[1] + 2)


async def test_a_reminder_leaves_a_half_filled_form_as_it_is(here: World) -> None:
    lan = await here.person("Lan")
    await here.exemplar("Camera an ninh thôn Xuân Tự")
    await lan.says("/tucham").hears("Tiêu chí 01")
    shown = lan.last.labels
    await here.it_is(2024, 2, 6)
    assert "còn 1 ngày làm việc" in lan.last.text
    assert lan.last.labels == ["Đã nhận", "Nhắc lại sau", "Đã gửi rồi", "Việc của tôi"]
    await lan.says("14,5").hears("Tài liệu kiểm chứng cho tiêu chí 01", "1/7 · 14,5/15")
    assert "14,5" in shown


# -- the list in the group -------------------------------------------------------------------------------------------


async def test_the_groups_list_is_edited_as_units_answer_and_ends_with_all(here: World) -> None:
    lan = await here.person("Lan", group=GROUP)
    there = await group(here, lan)
    await here.it_is(2024, 2, 6)
    posted, first = count(there), there.last
    calls = len(here.fake.calls)
    for code in ("van-tho", "van-long", "van-khanh"):  # three at once are one edit
        await _settle_soon(here, f"van-ninh.{code}")
    await _real_seconds(0.5)
    await here.quiet()
    edits = [c for c in here.fake.calls[calls:] if c["method"] == "editMessageText"]
    assert len(edits) == 1
    assert first.edited
    assert "Chưa trả lời (10):" in first.text
    assert "Vạn Thọ" not in first.text
    assert "Đã trả lời: 3/13 đơn vị." in first.text
    for unit in here.app.office.units.values():
        if unit.parent_id:
            await settle(here, unit.code)
    for _ in range(20):  # the edit waits for others to join it; PostgreSQL may take longer over thirteen
        await _real_seconds(0.5)
        await here.quiet()
        if "Tất cả" in first.text:
            break
    assert count(there) == posted
    assert "Tất cả các đơn vị đã trả lời. Trân trọng cảm ơn." in first.text
    assert "Chưa trả lời" not in first.text
    assert await here.it_is(2024, 2, 7) == 0


async def test_a_list_that_cannot_be_edited_any_more_disturbs_nobody(here: World) -> None:
    lan = await here.person("Lan", group=GROUP)
    there = await group(here, lan)
    await here.it_is(2024, 2, 6)
    here.fake.fail("editMessageText", 400, "Bad Request: message to edit not found")
    await settle(here, "van-ninh.van-tho")
    await here.quiet()
    heard = count(there)
    await here.it_is(2024, 2, 7)
    assert count(there) == heard + 1
    assert "Đã trả lời: 1/13" in there.last.text


# -- pieces ----------------------------------------------------------------------------------------------------------


async def _steps_noted(app: App) -> dict[int, str]:
    season = app.office.seasons[0]
    found = await app.store.read(lambda tx: dues.steps(tx, season.id, "dang_ky"))
    return {step: noted.state for (_, step), noted in found.items()}


async def _settle_soon(here: World, unit: str) -> None:
    """As `settle`, but the edit waits a moment, as it does when a unit answers in the chat."""
    at, season, now = here.app.office.units.coded(unit), here.app.office.seasons[0], here.app.clock.now()
    assert at is not None

    def work(tx: Any) -> None:
        owing.close(tx, season_id=season.id, unit_id=at.id, milestone="dang_ky", kind="none", person_id=1, now=now)
        outbox.refresh(tx, dues.subject(season.id, "dang_ky", LAST), now, not_before=time.time() + 0.3)

    await here.app.store.write(work)


def _sends(here: World, to: Speaker) -> int:
    return sum(
        c["method"] == "sendMessage" and str(c["params"]["chat_id"]) == str(to.device.user_id) for c in here.fake.calls
    )


async def _real_seconds(seconds: float) -> None:
    await asyncio.sleep(seconds)
