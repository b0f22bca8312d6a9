"""Who has no code: asks to be let in, waits, is approved or declined once – and learns nothing before that."""

from __future__ import annotations

import asyncio
import re
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.rules.access import ADMINISTRATOR, OFFICER, STANDING_OFFICE
from bot.store import people, roster, units
from bot.store.tables import address, application, outbox, person, role, unit
from handlers import applying
from tests.talk import Speaker
from tests.world import DISTRICT, World

HUNG = "van-ninh.van-hung"
WEB = pytest.mark.parametrize("channel", ["web"], indirect=True)
NO_RIGHT = "Đồng chí chưa được phân quyền"


@pytest.fixture
async def bay(here: World) -> Speaker:
    """Bảy of the standing office."""
    return await here.person("Nguyễn Văn Bảy", DISTRICT, STANDING_OFFICE)


async def applied(here: World, name: str = "Trần Thị Sáu", of: str = "xã Vạn Hưng", channel: str = "") -> Speaker:
    """A stranger has handed a request in."""
    sau = await here.stranger(name, channel=channel)
    await sau.opens().hears("Tôi chưa có mã")
    await sau.picks("Tôi chưa có mã").hears("đầy đủ họ và tên")
    await sau.says(name).hears("đơn vị nào?")
    await sau.says(of).hears("làm công việc gì")
    await sau.says("công chức Văn hóa – xã hội").hears("xem lại", name, of, "Văn hóa")
    await sau.picks("Gửi đề nghị").hears("Đã gửi đề nghị", "Rút đề nghị")
    await here.quiet()
    return sau


async def states(here: World) -> list[str]:
    found = await here.app.store.read(lambda tx: tx.execute(select(application.c.state)).scalars().all())
    return list(found)


async def holders(here: World, name: str) -> list[tuple[str, int | None]]:
    held = await here.app.store.read(lambda tx: roster.everybody(tx, here.app.clock.now()))
    return [(o.function, o.unit_id) for o in held if o.name == name]


def id_of(here: World, code: str) -> int:
    found = here.app.office.units.coded(code)
    assert found is not None
    return found.id


async def test_a_stranger_is_approved(here: World) -> None:
    bay = await here.person("Nguyễn Văn Bảy", DISTRICT, STANDING_OFFICE, channel="telegram")
    sau = await applied(here)
    await bay.hears(
        "Có người đề nghị tham gia", "Trần Thị Sáu – xã Vạn Hưng", "công chức Văn hóa", "người đồng chí biết"
    )
    await sau.says("xin chào").hears("đang chờ xét", "Rút đề nghị")
    await sau.says("/diem xã Vạn Hưng").hears("đang chờ xét")
    await bay.picks("Duyệt: Trần Thị Sáu").hears("Đã duyệt Trần Thị Sáu làm cán bộ phụ trách của xã Vạn Hưng")
    await here.quiet()
    await sau.hears("đã được duyệt", "cán bộ phụ trách của xã Vạn Hưng")
    assert await holders(here, "Trần Thị Sáu") == [(OFFICER, id_of(here, HUNG))]
    await sau.says("/viec").hears("dữ liệu cá nhân")  # the notice comes first, as for everybody
    await bay.says("/choduyet").hears("Không có đề nghị nào đang chờ")


@WEB
async def test_a_stranger_is_declined_with_a_reason(here: World, bay: Speaker) -> None:
    sau = await applied(here)
    await bay.says("/choduyet").hears("Đang chờ duyệt: 1", "Trần Thị Sáu", "qua trang web")
    await bay.picks("Từ chối: Trần Thị Sáu").hears("Vì sao từ chối")
    await bay.says("?").hears("nêu lý do từ")
    await bay.says("Đồng chí chưa có tên trong danh sách của xã.").hears("Đã từ chối đề nghị của Trần Thị Sáu")
    await here.quiet()
    await sau.hears("Lý do: Đồng chí chưa có tên trong danh sách của xã.")
    assert await holders(here, "Trần Thị Sáu") == []
    await sau.says("xin chào").hears("mã dùng một lần", "Tôi chưa có mã")


@WEB
async def test_declining_can_be_left_off(here: World, bay: Speaker) -> None:
    await applied(here)
    await bay.says("/choduyet").hears("Trần Thị Sáu")
    await bay.picks("Từ chối: Trần Thị Sáu").hears("Vì sao từ chối")
    await bay.says("thôi").hears("vẫn đang chờ")
    assert await states(here) == ["waiting"]
    await bay.says("/choduyet").hears("Trần Thị Sáu")
    await bay.picks("Từ chối: Trần Thị Sáu").hears("Vì sao từ chối")
    await bay.says("/viec").hears("")  # a command leaves it, too
    await bay.says("Chưa rõ là ai").hears("")
    assert await states(here) == ["waiting"]


# -- before it is decided --------------------------------------------------------------------------------------------


@WEB
async def test_what_is_typed_is_checked(here: World, bay: Speaker) -> None:
    sau = await here.stranger("Sáu")
    await sau.says("em chưa có mã").hears("đầy đủ họ và tên")
    for bad in ("Sáu", "x" * 80, "Sáu 12"):
        await sau.says(bad).hears("chưa dùng làm họ tên được")
    await sau.says("Trần Thị Sáu").hears("đơn vị nào?")
    await sau.says("xã Hoàn Toàn Không Có").hears("Chưa rõ", "là đơn vị nào")
    await sau.says("vạn hưng").hears("làm công việc gì")
    await sau.says("a").hears("từ 3 đến 120 ký tự")
    await sau.says("b" * 121).hears("từ 3 đến 120 ký tự")
    await sau.says("công chức").hears("xem lại")
    await sau.picks("Thôi").hears("Đã dừng")
    await sau.says("tôi chưa có mã").hears("họ và tên")
    await sau.says("Trần Thị Sáu").hears("đơn vị nào?")
    await sau.says("/trogiup").hears("mã dùng một lần")
    kept = await here.app.store.read(lambda tx: tx.execute(select(address.c.focus)).scalars().all())
    assert "Trần Thị Sáu" not in repr(kept), "nothing is kept of what was left off"
    assert await states(here) == []
    await sau.picks_old("Gửi đề nghị").hears("", never="Đã gửi")
    assert await states(here) == []


@WEB
async def test_a_doubtful_name_is_not_answered_with_the_units_there_are(here: World, bay: Speaker) -> None:
    sau = await here.stranger("Sáu")
    await sau.says("tôi chưa có mã").hears("họ và tên")
    await sau.says("Trần Thị Sáu").hears("đơn vị nào?")
    for typed in ("vạn", "VH", "vạn hung thang", "Vạn Thắnh"):
        heard = await sau.says(typed).hears("")
        assert "Vạn Thạnh" not in heard and "Vạn Thọ" not in heard, heard
        assert "Vạn Hưng, tỉnh" in heard or "làm công việc gì" in heard, heard
        if "làm công việc gì" in heard:
            break


@WEB
async def test_namesakes_are_told_apart_by_what_they_belong_to(here: World, bay: Speaker) -> None:
    def enter(tx: Any) -> None:
        common = {"aliases": [], "kind": "xa"}
        tx.execute(unit.insert().values(id=900, code="37", name="tỉnh Ninh Bình", parent_id=None, **common))
        tx.execute(unit.insert().values(id=901, code="13863", name="xã Vạn Thắng", parent_id=900, **common))
        here.app.office.refresh(tx)

    await here.app.store.write(enter)
    sau = await here.stranger("Sáu")
    await sau.says("tôi chưa có mã").hears("họ và tên")
    await sau.says("Trần Thị Sáu").hears("đơn vị nào?")
    heard = await sau.says("xã Vạn Thắng").hears("hơn một đơn vị mang tên này", "tỉnh Ninh Bình", "huyện Vạn Ninh")
    assert "Vạn Hưng" not in heard
    await sau.forges(f"c:xinvao:u{id_of(here, HUNG)}").hears("", never="làm công việc gì")  # was not offered
    await sau.says("tôi chưa có mã").hears("họ và tên")
    await sau.says("Trần Thị Sáu").hears("đơn vị nào?")
    await sau.says("xã Vạn Thắng").hears("tỉnh Ninh Bình")
    await sau.picks("xã Vạn Thắng – tỉnh Ninh Bình").hears("làm công việc gì")
    await sau.says("công chức").hears("xem lại", "xã Vạn Thắng")
    await sau.picks("Gửi đề nghị").hears("Đã gửi đề nghị")
    ids = await here.app.store.read(lambda tx: tx.execute(select(application.c.unit_id)).scalars().all())
    assert list(ids) == [901]
    await bay.says("/choduyet").hears("Không có đề nghị nào")  # Bảy stands over Vạn Ninh, not over that one


@WEB
async def test_an_applicant_learns_nothing_and_does_nothing(here: World, bay: Speaker) -> None:
    lan = await here.person("Trần Thị Lan")
    e = await here.exemplar("Camera an ninh thôn Xuân Tự")
    sau = await applied(here)
    before = await _rows(here)
    for typed in ("/danhba", "/moi", "/choduyet", "/diem", "điểm xã Vạn Hưng", "/viec", "ai phụ trách xã Vạn Hưng"):
        heard = await sau.says(typed).hears("đang chờ xét")
        assert "Lan" not in heard and "Bảy" not in heard and "Camera" not in heard
    for token in ("c:choduyet:a1:duyet", f"c:diem:u{lan.unit_id}", f"c:tucham:e{e.id}", "c:danhba"):
        await sau.forges(token).hears("đang chờ xét")
    assert await _rows(here) == before


@WEB
async def test_one_waits_at_an_address_and_is_withdrawn(here: World, bay: Speaker) -> None:
    sau = await applied(here)
    await sau.says("tôi chưa có mã").hears("đang chờ xét")
    await sau.forges("c:xinvao").hears("đang chờ xét")
    await sau.picks("Rút đề nghị").hears("Đã rút đề nghị")
    await sau.picks_old("Rút đề nghị").hears("không có đề nghị nào")
    assert await states(here) == ["withdrawn"]
    await bay.picks("Duyệt: Trần Thị Sáu").hears("không còn chờ (đã rút lúc")
    assert await holders(here, "Trần Thị Sáu") == []


@WEB
async def test_a_few_a_day_and_no_more(here: World, bay: Speaker) -> None:
    sau = await here.stranger("Trần Thị Sáu")
    for _ in range(applying.A_DAY):
        await sau.says("tôi chưa có mã").hears("họ và tên")
        for said in ("Trần Thị Sáu", "xã Vạn Hưng", "công chức"):
            await sau.says(said).hears("")
        await sau.picks("Gửi đề nghị").hears("Đã gửi đề nghị")
        await sau.picks("Rút đề nghị").hears("Đã rút")
    await sau.says("tôi chưa có mã").hears("nhiều đề nghị trong một ngày")
    here.app.clock.move(here.app.clock.now() + timedelta(days=1, minutes=1))
    await sau.says("tôi chưa có mã").hears("họ và tên")


@WEB
async def test_a_code_lets_an_applicant_in_and_the_request_is_over(here: World, bay: Speaker) -> None:
    sau = await applied(here)
    now, hung = here.app.clock.now(), id_of(here, HUNG)

    def enter(tx: Any) -> str:
        return people.make_code(tx, now, person_id=people.add(tx, "Trần Thị Sáu", hung, OFFICER, now))

    await sau.says(await here.app.store.write(enter)).hears("Kính chào đồng chí Trần Thị Sáu")
    assert await states(here) == ["withdrawn"]
    await bay.picks("Duyệt: Trần Thị Sáu").hears("không còn chờ")
    assert len(await holders(here, "Trần Thị Sáu")) == 1


# -- deciding --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", ["telegram", "web"], indirect=True)
async def test_approved_twice_by_two_people_at_once(here: World) -> None:
    bay = await here.person("Nguyễn Văn Bảy", DISTRICT, STANDING_OFFICE)
    tam = await here.person("Lê Thị Tám", DISTRICT, STANDING_OFFICE)
    sau = await applied(here, channel="web")
    await asyncio.gather(bay.hears("Có người đề nghị tham gia"), tam.hears("Có người đề nghị tham gia"))
    await asyncio.gather(bay.picks("Duyệt: Trần Thị Sáu").hears(""), tam.picks("Duyệt: Trần Thị Sáu").hears(""))
    await here.quiet()
    heard = [bay.since(), tam.since()]
    assert sum("Đã duyệt Trần Thị Sáu" in one for one in heard) == 1, heard
    assert sum("không còn chờ (đã duyệt lúc" in one for one in heard) == 1, heard
    assert len(await holders(here, "Trần Thị Sáu")) == 1
    await sau.hears("đã được duyệt")
    assert sau.since().count("đã được duyệt") == 1


@WEB
async def test_nobody_approves_their_own_request(here: World, bay: Speaker) -> None:
    await applied(here, "Nguyễn Văn Bảy")  # Bảy on another page, as a stranger
    await bay.says("/choduyet").hears("Nguyễn Văn Bảy")
    await bay.picks("Duyệt: Nguyễn Văn Bảy").hears("Không ai tự duyệt đề nghị của mình", "/themdiachi")
    assert await states(here) == ["waiting"]
    tam = await here.person("Lê Thị Tám", DISTRICT, STANDING_OFFICE)
    await tam.says("/choduyet").hears("Nguyễn Văn Bảy")
    await tam.picks("Duyệt: Nguyễn Văn Bảy").hears("Đã duyệt")


@WEB
async def test_an_approver_without_the_unit_is_refused(here: World, bay: Speaker) -> None:
    await applied(here)
    lan = await here.person("Trần Thị Lan")
    await lan.forges("c:choduyet:a1:duyet").hears(NO_RIGHT)
    stranger_office = await here.person("Võ Văn Chín", "van-ninh.van-thang", STANDING_OFFICE)
    await stranger_office.says("/choduyet").hears("Không có đề nghị nào")
    for token in ("c:choduyet:a1:duyet", "c:choduyet:a1:tuchoi", "c:choduyet:a999:duyet"):
        await stranger_office.forges(token).hears(NO_RIGHT, never="Sáu")
    assert await states(here) == ["waiting"]


@WEB
async def test_the_nearest_office_is_asked_and_without_one_the_administrators(here: World) -> None:
    quan = await here.person("Lê Thị Quản", DISTRICT, ADMINISTRATOR)
    await applied(here)
    await quan.hears("Có người đề nghị tham gia")
    await here.person("Nguyễn Văn Bảy", DISTRICT, STANDING_OFFICE)
    await applied(here, "Phạm Thị Bé")
    told = await here.app.store.read(
        lambda tx: tx.execute(select(outbox.c.cause).where(outbox.c.cause.like("application:2:%"))).scalars().all()
    )
    assert len(told) == 1, "the office, and not the administrator as well"


async def _rows(here: World) -> list[Any]:
    def look(tx: Any) -> list[Any]:
        return [tx.execute(select(table)).all() for table in (person, role, application)]

    return await here.app.store.read(look)


@WEB
async def test_nobody_is_let_in_for_a_unit_that_is_no_more(here: World, bay: Speaker) -> None:
    """It was merged while the request waited and the code lay about: neither becomes a function that gives nothing."""
    await applied(here)
    heard = await bay.forges(f"c:moi:u{id_of(here, HUNG)}:{OFFICER}:ai").hears("/loimoi")
    code = re.search(r": ([A-Z2-9]{8})\b", heard)
    assert code
    now = here.app.clock.now()
    source, into = id_of(here, HUNG), id_of(here, "van-ninh.van-thang")
    await here.app.store.write(
        lambda tx: units.merge(tx, [source], into, on=now.date(), decision="Nghị quyết số 1", now=now)
    )
    await bay.forges("c:choduyet:a1:duyet").hears("xã Vạn Hưng", never="Đã duyệt")
    assert await states(here) == ["waiting"]
    guest = await here.stranger("Khách")
    await guest.says(code[1]).hears("vừa được dùng")
    await bay.forges("c:choduyet:a1:tuchoi").hears("Vì sao từ chối")
    await bay.says("Xã đã sáp nhập").hears("Đã từ chối")


@WEB
async def test_a_name_that_one_ended_unit_shares_is_clear_and_the_check_is_asked_until_it_is_answered(
    here: World, bay: Speaker
) -> None:
    def enter(tx: Any) -> None:
        common = {"name": "xã Vạn Mới", "aliases": [], "kind": "xa"}
        tx.execute(unit.insert().values(id=900, code="moi-1", valid_to=date(2023, 12, 31), **common))
        tx.execute(unit.insert().values(id=901, code="moi-2", valid_from=date(2024, 1, 1), **common))
        here.app.office.refresh(tx)

    await here.app.store.write(enter)
    sau = await here.stranger("Sáu")
    await sau.says("tôi chưa có mã").hears("họ và tên")
    await sau.says("Trần Thị Sáu").hears("đơn vị nào?")
    await sau.says("xã Vạn Mới").hears("làm công việc gì")
    await sau.says("cán bộ văn phòng").hears("Gửi đề nghị này?")
    await sau.says("bao giờ được duyệt?").hears("Gửi đề nghị này?")
    await sau.says("đúng").hears("Đã gửi đề nghị")
