"""Silence is told to who looks after the unit, once; the week's digest; and what waits for the office's word."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.clock import ZONE
from bot.rules.access import OVERSEER, STANDING_OFFICE
from bot.store import clusters, escalations, outbox, people, seasons
from scheduler.digests import SILENT_STEPS
from tests.databases import ready_sqlite  # noqa: F401
from tests.talk import Speaker
from tests.world import DISTRICT, World, agreed, world

HUNG, THANH, GIA = "van-ninh.van-hung", "van-ninh.van-thanh", "van-ninh.van-gia"
SILENT = "Đơn vị nhiều lần chưa trả lời"
WEEK = "Tổng hợp tuần: đơn vị chưa trả lời"
DEADLINE = date(2024, 2, 14)


@pytest.fixture
async def here(tmp_path: Path, ready_sqlite: Path) -> AsyncIterator[World]:  # noqa: F811
    at = datetime(2024, 1, 2, 9, 0, tzinfo=ZONE)
    async with world(tmp_path / "kheo", "telegram", ready=ready_sqlite, at=at) as made:
        yield made


@pytest.fixture
async def bay(here: World) -> Speaker:
    return await here.person("Bảy", DISTRICT, STANDING_OFFICE)


async def overseer(here: World, name: str, *codes: str) -> Speaker:
    """Somebody who looks after the cluster of these units."""
    office, now = here.app.office, here.app.clock.now()
    members = [office.units.coded(code).id for code in codes]

    def enter(tx: Any) -> tuple[int, str]:
        of = clusters.make(tx, f"cum-{name}", f"Cụm của {name}", members, now)
        id = people.enter(tx, name, now)
        people.grant(tx, id, OVERSEER, now, cluster_id=of)
        agreed(tx, id, now)
        return id, people.make_code(tx, now, person_id=id)

    person_id, code = await here.app.store.write(enter)
    speaker = await here.stranger(name)
    speaker.person_id = person_id
    await speaker.opens(code).hears(name)
    return speaker


def told(speaker: Speaker, title: str) -> list[str]:
    return [one.text for one in speaker.device.heard if title in one.text]


async def steps_go(here: World, many: int) -> None:
    """The first reminders of the registration, on their days: 20, 10, 5, 2 and 1 working days before 7 February."""
    days = ((2024, 1, 10), (2024, 1, 24), (2024, 1, 31), (2024, 2, 5), (2024, 2, 6))
    for day in days[:many]:
        await here.it_is(*day)


async def test_after_three_silent_steps_the_overseer_reads_which_units_and_what_was_sent(
    here: World, bay: Speaker
) -> None:
    lan = await here.person("Lan")
    tu = await overseer(here, "Tư", HUNG, THANH)
    await steps_go(here, SILENT_STEPS - 1)
    assert told(tu, SILENT) == []
    await here.it_is(2024, 1, 31)
    (text,) = told(tu, SILENT)
    assert "• xã Vạn Hưng: đã nhắc các ngày 10/01, 24/01, 31/01" in text
    assert "• xã Vạn Thạnh: đã nhắc các ngày" in text
    assert "Vạn Giã" not in text, "of the units of others an overseer is not told"
    # Whoever has no overseer is told to the office, in one message as well.
    (office,) = told(bay, SILENT)
    assert "• thị trấn Vạn Giã" in office
    assert "Vạn Hưng" not in office
    # Once for each date: neither a later tick nor a later step tells it again.
    await here.it_is(2024, 1, 31, 15)
    await here.it_is(2024, 2, 5)
    assert len(told(tu, SILENT)) == 1
    before = len(lan.device.heard)
    await tu.picks("Đôn đốc các đơn vị này").hears("Gửi lời đôn đốc", "xã Vạn Thạnh")
    await tu.picks("Gửi lời đôn đốc").hears("về 2 đơn vị")
    await here.quiet()
    assert len(lan.device.heard) == before + 1


async def test_who_answers_begins_anew_and_who_is_done_is_left_out(here: World) -> None:
    lan = await here.person("Lan")
    hung = await here.person("Hùng", THANH)
    tu = await overseer(here, "Tư", HUNG, THANH, GIA)
    await steps_go(here, 2)
    await lan.picks("Đã nhận").hears("đã nhận lời nhắc")
    await hung.says("/khongdangky").hears("xã Vạn Thạnh")
    await here.it_is(2024, 1, 31)
    (text,) = told(tu, SILENT)
    assert "thị trấn Vạn Giã" in text
    assert "Vạn Hưng" not in text
    assert "Vạn Thạnh" not in text


async def test_what_was_answered_before_the_message_leaves_is_not_in_it(here: World) -> None:
    hung = await here.person("Hùng", THANH)
    tu = await overseer(here, "Tư", THANH)
    await steps_go(here, 2)
    here.app.clock.move(datetime(2024, 1, 31, 8, 0, tzinfo=ZONE))
    await here.stop_pumping()
    await here.app.jobs.scan()
    states = await here.app.store.read(outbox.report)
    assert states.get("pending")
    await here.app.store.write(lambda tx: _none(tx, here, hung))
    await here.quiet()
    here.pump()
    assert told(tu, SILENT) == []


def _none(tx: Any, here: World, who: Speaker) -> None:
    from bot.store import owing

    now = here.app.clock.now()
    of = {"season_id": here.season().id, "unit_id": who.unit_id, "milestone": "dang_ky"}
    owing.close(tx, **of, kind="none", person_id=who.person_id, now=now)


async def test_it_waits_for_the_office_where_the_season_says_so(here: World, bay: Speaker) -> None:
    chin = await here.person("Chín", DISTRICT, STANDING_OFFICE)
    tu = await overseer(here, "Trần Văn Tư", HUNG)
    await bay.says("/lichnhac").hears("tin tổng hợp cho người phụ trách cụm, đơn vị được tự gửi")
    await bay.picks("Để tin cho người phụ trách chờ văn phòng gửi").hears("chờ văn phòng bấm gửi")
    await steps_go(here, 3)
    assert told(tu, SILENT) == []
    (waiting,) = told(bay, SILENT)
    assert "chờ văn phòng cho gửi. Nơi nhận: Trần Văn Tư" in waiting
    assert "• xã Vạn Hưng: đã nhắc các ngày 10/01, 24/01, 31/01" in waiting
    await chin.says("/lichnhac").hears("CHỜ VĂN PHÒNG GỬI cho người phụ trách")
    await bay.picks("Gửi").hears("Đã gửi cho người phụ trách các đơn vị này")
    await here.quiet()
    assert len(told(tu, SILENT)) == 1
    season = here.season()
    rows = await here.app.store.read(lambda tx: escalations.of_date(tx, season.id, "dang_ky", DEADLINE))
    assert {row.state for row in rows} == {"told"}
    last = max(row.id for row in rows)
    for word in ("gui", "thoi"):
        await chin.forges(f"c:lichnhac:tong:{word}:n{season.id}:e{last}").hears("đã quyết định trước đó")
    await here.quiet()
    assert len(told(tu, SILENT)) == 1


async def test_the_office_may_let_it_be(here: World, bay: Speaker) -> None:
    tu = await overseer(here, "Tư", HUNG)
    now = here.app.clock.now()
    await here.app.store.write(lambda tx: seasons.release(tx, here.season().id, now, digests="ask"))
    await steps_go(here, 3)
    await bay.picks("Bỏ qua tin này").hears("Đã bỏ qua, không gửi tin này")
    await here.it_is(2024, 2, 6)
    assert told(tu, SILENT) == []


async def test_only_the_office_decides(here: World) -> None:
    lan, tu = await here.person("Lan"), await overseer(here, "Tư", HUNG)
    season = here.season()
    for who in (lan, tu):
        for token in (
            f"c:lichnhac:tong:gui:n{season.id}:e1",
            f"c:lichnhac:tong:gui:n{season.id}:k240108",
            f"c:lichnhac:dat:dig:ask:n{season.id}",
        ):
            await who.forges(token).hears("chưa được phân quyền")
    assert here.season().digests == "auto"


async def test_once_a_week_the_overseer_reads_who_owes(here: World) -> None:
    hung = await here.person("Hùng", THANH)
    tu = await overseer(here, "Tư", THANH)
    await here.it_is(2024, 1, 8)
    (text,) = told(tu, WEEK)
    assert "• Kế hoạch, quy trình khen thưởng cấp cơ sở (không quy định ngày): xã Vạn Thạnh" in text
    await here.it_is(2024, 1, 8, 14)
    await here.it_is(2024, 1, 9)
    assert len(told(tu, WEEK)) == 1
    await here.it_is(2024, 1, 15)
    assert "Đăng ký điển hình “Dân vận khéo” (hạn 14/02/2024): xã Vạn Thạnh" in told(tu, WEEK)[1]
    await hung.says("/khongdangky").hears("xã Vạn Thạnh")
    await here.it_is(2024, 1, 22)
    assert "Đăng ký" not in told(tu, WEEK)[2]


async def test_after_the_days_off_the_week_begins_on_its_first_working_day(here: World) -> None:
    tu = await overseer(here, "Tư", THANH)
    await here.it_is(2024, 2, 12)  # Tết
    assert told(tu, WEEK) == []
    await here.it_is(2024, 2, 15)
    assert len(told(tu, WEEK)) == 1
    await here.it_is(2024, 2, 16)
    assert len(told(tu, WEEK)) == 1


async def test_the_weeks_digest_waits_too(here: World, bay: Speaker) -> None:
    tu = await overseer(here, "Tư", THANH)
    now = here.app.clock.now()
    await here.app.store.write(lambda tx: seasons.release(tx, here.season().id, now, digests="ask"))
    await here.it_is(2024, 1, 8)
    assert told(tu, WEEK) == []
    await bay.hears("Nơi nhận: Tư")
    await bay.picks("Gửi").hears("Đã gửi cho người phụ trách")
    await here.quiet()
    assert len(told(tu, WEEK)) == 1


async def test_who_looks_after_nothing_any_more_is_not_told(here: World) -> None:
    tu = await overseer(here, "Tư", HUNG)
    await steps_go(here, 2)
    await here.stop_pumping()
    here.app.clock.move(datetime(2024, 1, 31, 8, 0, tzinfo=ZONE))
    await here.app.jobs.scan()

    def end(tx: Any) -> None:
        from bot.store import roster

        roster.end(tx, roster.of_person(tx, tu.person_id, here.app.clock.now()), here.app.clock.now())

    await here.app.store.write(end)
    await here.quiet()
    here.pump()
    assert told(tu, SILENT) == []
