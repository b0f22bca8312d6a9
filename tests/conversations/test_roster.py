"""Who can be reached: the roster, groups linked and unlinked by who may, and who is told when somebody is lost."""

from __future__ import annotations

import asyncio
import re
from datetime import date
from typing import Any

import pytest
from sqlalchemy import ColumnElement, select, true

from bot.rules.access import ADMINISTRATOR, OVERSEER, STANDING_OFFICE, UNIT_HEAD
from bot.store import people
from bot.store.tables import address, audit, outbox, unit
from tests.talk import Speaker, in_group
from tests.world import DISTRICT, World

pytestmark = pytest.mark.parametrize("channel", ["telegram"], indirect=True)
HUNG, THANG = "van-ninh.van-hung", "van-ninh.van-thang"
GROUP = -500
NO_RIGHT = "Đồng chí chưa được phân quyền"
LOST = "Không nhắn tới được nữa"
CODE = re.compile(r"/lienket ([A-Z2-9]{8})")


@pytest.fixture
async def bay(here: World) -> Speaker:
    """Bảy of the standing office, who sits in the group."""
    return await here.person("Nguyễn Văn Bảy", DISTRICT, STANDING_OFFICE, group=GROUP)


async def linked(bay: Speaker, unit: str = "huyện Vạn Ninh") -> Speaker:
    """The group of the unit, by Bảy's code."""
    heard = await bay.says(f"/manhom {unit}").hears("Mã cho nhóm của", unit, "startgroup=")
    found = CODE.search(heard)
    assert found
    there = in_group(bay)
    await there.says(f"/lienket {found[1]}").hears("đã liên kết với", unit)
    return there


async def told(here: World, speaker: Speaker) -> int:
    """How many messages about somebody lost were written for them."""
    rows = (
        select(outbox.c.id)
        .join(address, address.c.id == outbox.c.address_id)
        .where(outbox.c.cause.like("unreached:%"), address.c.person_id == speaker.person_id)
    )
    return len(await here.app.store.read(lambda tx: tx.execute(rows).all()))


async def noted(here: World, state: str, of: ColumnElement[bool] | None = None) -> None:
    """Wait until some address stands in that state: what a phone does arrives a little later."""
    wanted = select(address.c.id).where(address.c.state == state, true() if of is None else of)
    for _ in range(400):
        if await here.app.store.read(lambda tx: tx.execute(wanted).first()):
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"nobody is {state}")


async def test_the_roster_says_who_is_reached_and_where(here: World, bay: Speaker) -> None:
    lan = await here.person("Trần Thị Lan")
    await here.second(lan, "web")
    now, thang = here.app.clock.now(), here.app.office.units.coded(THANG)
    assert thang is not None
    await here.app.store.write(lambda tx: people.add(tx, "Lê Văn Hùng", thang.id, UNIT_HEAD, now))
    heard = await bay.says("/danhba").hears(
        "xã Vạn Hưng:",
        "• Trần Thị Lan – cán bộ phụ trách: Telegram, trang web",
        "• Lê Văn Hùng – thủ trưởng đơn vị: chưa tham gia",
        "• chưa có ai",
        "hiện không nhắn tới được ai: ",
    )
    assert str(lan.device.user["id"]) not in heard
    one = await bay.says("/danhba xã Vạn Hưng").hears("Trần Thị Lan")
    assert "Lê Văn Hùng" not in one
    await bay.says("/danhba xã Không Có").hears("không có đơn vị nào tên")


async def test_who_may_not_see_the_roster(here: World, bay: Speaker) -> None:
    lan, head = await here.person("Trần Thị Lan"), await here.person("Võ Thị Ba", THANG, UNIT_HEAD)
    await lan.says("/danhba").hears(NO_RIGHT)
    await head.says("/danhba").hears("Võ Thị Ba", never="Trần Thị Lan")
    await head.says("/danhba xã Vạn Hưng").hears("không có đơn vị nào tên", never="Lan")
    await head.forges(f"c:danhba:u{lan.unit_id}").hears(NO_RIGHT)
    there = await linked(bay)
    await there.says("/danhba").hears("riêng", never="Lan")


async def test_somebody_lost_is_shown_and_told_once_before_anything_is_due(here: World, bay: Speaker) -> None:
    lan, be = await here.person("Trần Thị Lan"), await here.person("Phạm Thị Bé")
    hung = await here.person("Lê Văn Hùng", THANG)
    watch = await here.person("Đỗ Thị Theo", HUNG, OVERSEER)
    await lan.device.block()
    await noted(here, "blocked")
    await bay.says("/danhba xã Vạn Hưng").hears(
        "Trần Thị Lan – cán bộ phụ trách: KHÔNG NHẮN TỚI ĐƯỢC từ 09:00 05/02/2024"
    )
    for speaker in (be, bay, watch, hung):
        speaker.mark()
    await here.it_is(2024, 2, 5, 9, 30)
    await be.hears(LOST, "Trần Thị Lan (xã Vạn Hưng)", "Telegram", "/bangiao")
    await bay.hears(LOST, "Trần Thị Lan")
    await watch.hears(LOST)
    await here.it_is(2024, 2, 5, 10)
    await here.it_is(2024, 2, 5, 11)
    assert [await told(here, who) for who in (be, bay, watch, hung, lan)] == [1, 1, 1, 0, 0]
    await lan.device.unblock()
    await noted(here, "ok", address.c.person_id == lan.person_id)
    await bay.says("/danhba xã Vạn Hưng").hears("Trần Thị Lan – cán bộ phụ trách: Telegram", never="KHÔNG")
    await lan.device.block()  # lost again is news again
    await noted(here, "blocked")
    await here.it_is(2024, 2, 5, 15)
    assert await told(here, be) == 2


async def test_who_is_reached_elsewhere_is_not_lost(here: World, bay: Speaker) -> None:
    lan = await here.person("Trần Thị Lan")
    await here.second(lan, "web")
    await lan.device.block()
    await noted(here, "blocked")
    await here.it_is(2024, 2, 5, 10)
    assert await told(here, bay) == 0
    await bay.says("/danhba xã Vạn Hưng").hears("KHÔNG NHẮN TỚI ĐƯỢC", "trang web")


async def test_who_is_lost_at_both_addresses_is_told_of_once(here: World, bay: Speaker) -> None:
    lan = await here.person("Trần Thị Lan")
    web = await here.second(lan, "web")
    await lan.device.block()
    await noted(here, "blocked")
    await here.it_is(2024, 2, 5, 10)
    now = here.app.clock.now()
    at = select(address.c.id).where(address.c.person_id == lan.person_id, address.c.channel == "web")
    await here.app.store.write(lambda tx: people.note_state(tx, tx.execute(at).scalar_one(), "gone", now))
    assert web.person_id == lan.person_id
    bay.mark()
    await here.it_is(2024, 2, 5, 10, 30)
    await here.it_is(2024, 2, 5, 11)
    await bay.hears(LOST, "trang web")
    assert await told(here, bay) == 1


async def test_a_platform_that_refuses_tells_the_same(here: World, bay: Speaker) -> None:
    lan = await here.person("Trần Thị Lan")
    here.fake.fail("sendMessage", 403, "Forbidden: bot was blocked by the user", chat=lan.device.user["id"])
    await lan.device.say("/viec")
    await noted(here, "blocked")
    bay.mark()
    await here.it_is(2024, 2, 5, 10)
    await bay.hears(LOST, "Trần Thị Lan")


# -- groups ----------------------------------------------------------------------------------------------------------


async def test_a_group_is_linked_and_unlinked_by_who_may(here: World, bay: Speaker) -> None:
    there = await linked(bay)
    lan = await here.person("Trần Thị Lan", group=GROUP)
    await in_group(lan).says("/bolienket").hears(NO_RIGHT)
    await there.says("/tiendo").hears("Đã trả lời")
    nobody = await here.stranger("Sáu", group=GROUP)
    await in_group(nobody).says("/bolienket").hears(NO_RIGHT)
    await bay.says("/bolienket").hears("ngay trong nhóm")
    await there.says("/bolienket").hears("không còn liên kết với huyện Vạn Ninh")
    await there.says("/tiendo").hears("Nhóm này chưa liên kết")
    await there.says("/bolienket").hears("chưa liên kết với đơn vị nào")
    actions = await here.app.store.read(lambda tx: tx.execute(select(audit.c.action, audit.c.person)).all())
    assert ("group.unlinked", bay.person_id) in [tuple(row) for row in actions]


async def test_a_linked_group_is_not_taken_over(here: World, bay: Speaker) -> None:
    there = await linked(bay)
    other = await here.group_code(THANG)
    await there.says(f"/lienket {other}").hears("đã liên kết với huyện Vạn Ninh", "/bolienket")
    await there.says("/bolienket").hears("không còn liên kết")
    await there.says(f"/lienket {other}").hears("đã liên kết với xã Vạn Thắng")  # it was not spent


async def test_the_code_for_a_group_only_by_who_may(here: World, bay: Speaker) -> None:
    lan = await here.person("Trần Thị Lan")
    await lan.says("/manhom").hears(NO_RIGHT)
    await lan.forges(f"c:manhom:u{lan.unit_id}").hears(NO_RIGHT)
    office = await here.person("Võ Văn Chín", THANG, STANDING_OFFICE)
    await office.says("/manhom").hears("Mã cho nhóm của xã Vạn Thắng")
    await office.forges(f"c:manhom:u{lan.unit_id}").hears(NO_RIGHT)
    await bay.says("/manhom").hears("Liên kết nhóm của đơn vị nào?")
    await bay.says("xã Không Có").hears("không có đơn vị nào tên")
    await bay.says("vạn hưng").hears("Mã cho nhóm của xã Vạn Hưng")
    await bay.says("/loimoi").hears("nhóm của xã Vạn Hưng", "nhóm của xã Vạn Thắng")
    quan = await here.person("Lê Thị Quản", DISTRICT, ADMINISTRATOR)
    await quan.says("/manhom xã Vạn Hưng").hears("Mã cho nhóm của xã Vạn Hưng")


async def test_a_bot_that_is_removed_and_a_group_that_moves(here: World, bay: Speaker) -> None:
    there = await linked(bay, "xã Vạn Hưng")
    lan = await here.person("Trần Thị Lan")
    await bay.says("/danhba xã Vạn Hưng").hears("• nhóm của đơn vị: Telegram")
    await bay.device.remove_bot()
    await noted(here, "gone")
    await bay.says("/danhba xã Vạn Hưng").hears("• nhóm của đơn vị: KHÔNG NHẮN TỚI ĐƯỢC từ")
    lan.mark()
    bay.mark()
    await here.it_is(2024, 2, 5, 10)
    await lan.hears(LOST, "nhóm của xã Vạn Hưng", "/manhom")
    await bay.hears(LOST)
    await bay.device.add_bot()
    await noted(here, "ok", address.c.private.is_(False))
    await there.says("/tiendo").hears("Đã trả lời")
    await bay.says("/danhba xã Vạn Hưng").hears("• nhóm của đơn vị: Telegram", never="KHÔNG")
    here.fake.migrate(GROUP, -1_000_000_000_501)
    await noted(here, "ok", address.c.chat == "-1000000000501")
    await bay.says("/danhba xã Vạn Hưng").hears("• nhóm của đơn vị: Telegram", never="KHÔNG")
    rows = await here.app.store.read(_groups)
    assert rows == [("-1000000000501", "ok", lan.unit_id)]


def _groups(tx: Any) -> list[tuple[str, str, int]]:
    wanted = select(address.c.chat, address.c.state, address.c.unit_id).where(address.c.private.is_(False))
    return [tuple(row) for row in tx.execute(wanted).all()]


async def test_a_unit_that_has_ended_is_shown_only_when_asked_for(here: World, bay: Speaker) -> None:
    def enter(tx: Any) -> None:
        above = here.app.office.units.coded(DISTRICT)
        assert above is not None
        tx.execute(
            unit.insert().values(
                code="cu-1", name="xã Đã Nhập", kind="xa", aliases=[], parent_id=above.id, valid_to=date(2023, 12, 31)
            )
        )
        here.app.office.refresh(tx)

    await here.app.store.write(enter)
    await bay.says("/danhba").hears("Danh bạ", never="xã Đã Nhập")
    await bay.says("/danhba xã Đã Nhập").hears("xã Đã Nhập:")
