"""What did not arrive: the office sees it, sends it again or lets it be; nobody else does, and nothing goes twice."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest

from bot.chat import Reply
from bot.forms import tokens
from bot.rules.access import ADMINISTRATOR, STANDING_OFFICE
from bot.store import addresses, broadcasts, dues, outbox
from bot.store.engine import Tx
from handlers import undelivered
from tests.talk import Speaker
from tests.world import DISTRICT, World, plan

THANG = "van-ninh.van-thang"
HANDLED = "đã được xử lý trước đó"
NO_RIGHT = "Đồng chí chưa được phân quyền"


@pytest.fixture
async def bay(here: World) -> Speaker:
    """Bảy of the standing office."""
    return await here.person("Nguyễn Văn Bảy", DISTRICT, STANDING_OFFICE)


@pytest.fixture
async def lan(here: World) -> Speaker:
    """Lan of xã Vạn Hưng, on Telegram in every story."""
    return await here.person("Trần Thị Lan", channel="telegram")


async def lost(here: World, to: Speaker, said: str, state: str = "blocked", kind: str = "notice") -> int:
    """Something for them that did not arrive."""
    now, payload = here.app.clock.now(), Reply(said).as_json() if kind == "notice" else {"items": []}
    (way, *_) = await here.app.store.read(lambda tx: addresses.of_person(tx, to.person_id))

    def write(tx: Tx) -> int:
        id = outbox.add(tx, way.id, kind, f"test:{said}", payload, now, not_before=time.time() + 9e6)
        assert id is not None
        outbox.end(tx, id, state, "why")
        return id

    return await here.app.store.write(write)


async def test_all_has_arrived(here: World, bay: Speaker) -> None:
    await bay.says("/thuloi").hears("Tin chưa tới nơi", "Mọi tin đã tới nơi")


async def test_the_office_sends_again_what_did_not_arrive(here: World, bay: Speaker, lan: Speaker) -> None:
    await lost(here, lan, "Họp giao ban", "blocked")
    await lost(here, lan, "Mời dự lễ", "unknown")
    heard = await bay.says("/thuloi").hears(
        "1. Tin báo – gửi Trần Thị Lan (Telegram)",
        "không rõ tin đã tới hay chưa",
        "2. Tin báo",
        "đã chặn Khéo",
        "• Bị chặn: đề nghị gọi điện",
        "• Không rõ: đề nghị hỏi nơi nhận",
    )
    assert "Họp giao ban" not in heard, "what it says is for Lan"
    lan.mark()
    await bay.picks("Gửi lại 2").hears("Đang gửi lại 1 tin")
    await lan.hears("Họp giao ban")
    await bay.says("/thuloi").hears("1. Tin báo", never="2. Tin báo")
    await bay.picks("Bỏ qua 1").hears("Đã bỏ 1 tin khỏi danh sách")
    await bay.says("/thuloi").hears("Mọi tin đã tới nơi")


@pytest.mark.parametrize("channel", ["telegram"], indirect=True)
async def test_what_is_pressed_twice_is_done_once(here: World, bay: Speaker, lan: Speaker) -> None:
    await lost(here, lan, "Họp giao ban")
    await bay.says("/thuloi").hears("Gửi lại 1")
    await bay.picks("Gửi lại 1").hears("Đang gửi lại 1 tin")
    await bay.picks_old("Gửi lại 1").hears(HANDLED)
    await bay.picks_old("Bỏ qua 1").hears(HANDLED)


async def test_all_at_once_is_what_stood_there_when_one_looked(here: World, bay: Speaker, lan: Speaker) -> None:
    for said in ("một", "hai", "ba"):
        await lost(here, lan, said)
    await bay.says("/thuloi").hears("3. Tin báo")
    await lost(here, lan, "bốn")
    lan.mark()
    await bay.picks("Gửi lại tất cả").hears("Đang gửi lại 3 tin")
    heard = await lan.hears("một", "hai", "ba")
    assert "bốn" not in heard
    await bay.says("/thuloi").hears("1. Tin báo", never="2. Tin")


async def test_many_are_told_of_in_part_and_seen_to_together(here: World, bay: Speaker, lan: Speaker) -> None:
    for n in range(10):
        await lost(here, lan, f"tin {n}", "gone")
    await bay.says("/thuloi").hears("8. Tin báo", "… và 2", "• Cuộc trò chuyện không còn", never="9. Tin")
    await bay.picks("Bỏ qua tất cả").hears("Đã bỏ 10 tin")
    await bay.says("/thuloi").hears("Mọi tin đã tới nơi")


@pytest.mark.parametrize("channel", ["telegram"], indirect=True)
async def test_a_reminder_that_a_later_one_has_overtaken_is_not_sent_again(
    here: World, bay: Speaker, lan: Speaker
) -> None:
    season, now = here.season(), here.app.clock.now()
    milestone = here.app.office.plan(season).milestones[0]
    day = now.date().replace(day=20)
    (way, *_) = await here.app.store.read(lambda tx: addresses.of_person(tx, lan.person_id))
    payload = {"items": [[season.id, milestone.id, day.isoformat(), 5]], "day": now.date().isoformat()}

    def write(tx: Tx) -> None:
        id = outbox.add(tx, way.id, "reminder", "test:due", payload, now, not_before=time.time() + 9e6)
        assert id is not None
        outbox.end(tx, id, "failed", "why")
        dues.mark_step(tx, season.id, milestone.id, day, 5, dues.RELEASED, now.replace(day=1))
        dues.mark_step(tx, season.id, milestone.id, day, 2, dues.RELEASED, now)

    await here.app.store.write(write)
    heard = await bay.says("/thuloi").hears(
        f"1. Nhắc việc “{milestone.name}”", "đã có lần nhắc sau", "kênh nhắn tin không"
    )
    assert "Gửi lại 1" not in heard
    (one,) = await here.app.store.read(lambda tx: outbox.dead(tx))
    await bay.forges(tokens.command("thuloi", "guilai", f"m{one.id}")).hears(
        "1 tin không gửi lại", "đã có lần nhắc sau"
    )
    await bay.says("/thuloi").hears("1. Nhắc việc")


@pytest.mark.parametrize("channel", ["telegram"], indirect=True)
async def test_nobody_else_sees_or_sends_them(here: World, bay: Speaker, lan: Speaker) -> None:
    id = await lost(here, lan, "Họp giao ban")
    await lan.says("/thuloi").hears(NO_RIGHT)
    await lan.forges(tokens.command("thuloi", "guilai", f"m{id}")).hears(NO_RIGHT)
    for forged in ("m999999", f"m{id}x", "mnhiều", "d0", "d-5"):
        await bay.forges(f"c:thuloi:guilai:{forged}").hears(HANDLED)
    states = await here.app.store.read(outbox.report)
    assert (states["blocked"], states.get("pending", 0)) == (1, 0)


async def test_the_administrator_sees_how_many_and_why_but_does_not_write_for_the_office(
    here: World, bay: Speaker, lan: Speaker
) -> None:
    hai = await here.person("Hai", DISTRICT, ADMINISTRATOR, channel="telegram")
    await hai.says("/thuloi").hears("Mọi tin đã tới nơi")
    id = await lost(here, lan, "Họp giao ban")
    await lost(here, lan, "Mời dự lễ", "failed")
    heard = await hai.says("/thuloi").hears("Trong toàn hệ thống", "• Tin báo: 1 bị chặn, 1 kênh không nhận")
    assert "Lan" not in heard
    await hai.forges(tokens.command("thuloi", "guilai", f"m{id}")).hears(NO_RIGHT)


@pytest.mark.parametrize("channel", ["telegram"], indirect=True)
async def test_what_was_for_another_unit_is_not_theirs(here: World, lan: Speaker) -> None:
    id = await lost(here, lan, "Họp giao ban")
    other = await here.person("Tư", THANG, STANDING_OFFICE)
    await other.says("/thuloi").hears("Mọi tin đã tới nơi")
    await other.forges(tokens.command("thuloi", "boqua", f"m{id}")).hears(HANDLED)


async def test_a_message_to_many_is_seen_to_in_its_own_report(here: World, bay: Speaker, lan: Speaker) -> None:
    top, now = here.app.office.units.coded(DISTRICT), here.app.clock.now()
    assert top is not None
    await lost(here, lan, "x")
    (way, *_) = await here.app.store.read(lambda tx: addresses.of_person(tx, lan.person_id))

    def write(tx: Tx) -> int:
        begun = {"unit_id": top.id, "person_id": bay.person_id, "address_id": way.id}
        number = broadcasts.begin(tx, **begun, now=now)
        id = outbox.add(tx, way.id, "broadcast", "test:b", {"broadcast": number}, now, not_before=9e12)
        assert id is not None
        outbox.end(tx, id, "blocked", "why")
        return number

    number = await here.app.store.write(write)
    await bay.says("/thuloi").hears(f"Thông báo số {number}: chưa tới 1", f"Số {number}: ai chưa nhận được")


def test_the_report_of_a_quarter_is_called_by_its_name() -> None:
    of = plan("xuan-truong")
    quarter = next(one for one in of.occasions if one.series)
    turn: Any = SimpleNamespace(office=SimpleNamespace(plan_of=lambda season: of))
    assert undelivered._milestone(turn, [1, quarter.id, "2024-03-31", 5]) == quarter.name
    assert undelivered._milestone(turn, [1, "nothing", "2024-03-31", 5]) == ""
