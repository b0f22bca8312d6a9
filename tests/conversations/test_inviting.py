"""Invitations: made step by step by who may, single use, expiring, taken back; guessed, forged, forwarded, raced for."""

from __future__ import annotations

import asyncio
import io
import re
from datetime import timedelta
from typing import Any

import pytest
import segno
from PIL import Image
from sqlalchemy import select

from bot.rules.access import ADMINISTRATOR, OFFICER, OVERSEER, STANDING_OFFICE
from bot.store import people, roster
from bot.store.tables import address, cluster, cluster_unit, join_code, person, role, unit
from handlers import joining
from tests.talk import Speaker, in_group
from tests.world import DISTRICT, World

HUNG, THANG = "van-ninh.van-hung", "van-ninh.van-thang"
TELEGRAM = pytest.mark.parametrize("channel", ["telegram"], indirect=True)
WEB = pytest.mark.parametrize("channel", ["web"], indirect=True)
WRONG = "Mã không hợp lệ"
NO_RIGHT = "Đồng chí chưa được phân quyền"
CODE = re.compile(r"Mã mời: ([A-Z2-9]{8})")


@pytest.fixture
async def bay(here: World) -> Speaker:
    """Bảy of the standing office."""
    return await here.person("Nguyễn Văn Bảy", DISTRICT, STANDING_OFFICE)


def code_in(heard: str) -> str:
    found = CODE.search(heard)
    assert found, heard
    return found[1]


async def invited(bay: Speaker, unit: str = "xã Vạn Hưng", function: str = "cán bộ phụ trách", name: str = "") -> str:
    """Bảy goes through the steps; the code."""
    await bay.says(f"/moi {unit}").hears("với chức năng gì?", unit)
    await bay.picks(function).hears("Mời ai vào", function)
    heard = await (bay.says(name) if name else bay.picks("Người nhận mã tự gõ tên")).hears("Mã mời", unit)
    return code_in(heard)


async def held_by(here: World, name: str) -> list[tuple[str, int | None]]:
    """(function, unit) of everybody of that name."""

    def look(tx: Any) -> list[tuple[str, int | None]]:
        return [(o.function, o.unit_id) for o in roster.everybody(tx, here.app.clock.now()) if o.name == name]

    return await here.app.store.read(look)


def id_of(here: World, code: str) -> int:
    unit = here.app.office.units.coded(code)
    assert unit is not None
    return unit.id


def later(here: World, **by: float) -> None:
    here.app.clock.move(here.app.clock.now() + timedelta(**by))


# -- made and used ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", ["telegram", "web"], indirect=True)
async def test_an_invitation_for_a_unit_is_taken_by_whoever_gets_it(here: World, bay: Speaker) -> None:
    code = await invited(bay)
    lan = await here.stranger("Lan")
    await lan.opens(code).hears("Mã hợp lệ", "cán bộ phụ trách", "xã Vạn Hưng", "họ và tên", never="Kính chào")
    for bad in ("L", "Lan", "Lan 123", "🙂 🙂", "Nguyễn " * 20, "0912345678"):
        await lan.says(bad).hears("chưa dùng làm họ tên được")
    assert await held_by(here, "Nguyễn Thị Lan") == []
    await lan.says("  Nguyễn   Thị Lan ").hears("Kính chào đồng chí Nguyễn Thị Lan – xã Vạn Hưng.")
    assert await held_by(here, "Nguyễn Thị Lan") == [(OFFICER, id_of(here, HUNG))]
    thief = await here.stranger("Sáu")
    await thief.opens(code).hears(WRONG)


@WEB
async def test_an_invitation_for_somebody_named(here: World, bay: Speaker) -> None:
    code = await invited(bay, "xã Vạn Thắng", "thủ trưởng đơn vị", "Lê Văn Hùng")
    hung = await here.stranger("Hùng")
    await hung.says(code).hears("Kính chào đồng chí Lê Văn Hùng – xã Vạn Thắng.")
    assert await held_by(here, "Lê Văn Hùng") == [("unit_head", id_of(here, THANG))]


@WEB
async def test_the_same_name_again_is_a_new_code_and_no_double(here: World, bay: Speaker) -> None:
    first = await invited(bay, name="Nguyễn Thị Lan")
    second = await invited(bay, name="nguyễn thị lan")
    lan = await here.stranger("Lan")
    await lan.says(first).hears(WRONG)  # taken back by the second
    await lan.says(second).hears("Kính chào đồng chí Nguyễn Thị Lan")
    assert len(await held_by(here, "Nguyễn Thị Lan")) == 1


@TELEGRAM
async def test_it_comes_with_both_links_and_a_picture_of_the_first(here: World, bay: Speaker) -> None:
    code = await invited(bay)
    link = f"https://t.me/{here.fake.me['username']}?start={code}"
    await bay.hears(link, f"http://127.0.0.1:8080/chat/start?code={code}", "/loimoi", "mã QR")
    ((name, content),) = bay.last.files
    assert name == "ma-moi.png"
    picture = Image.open(io.BytesIO(content)).convert("1")
    wanted = segno.make(link, error="m", micro=False).matrix
    size, scale, border = len(wanted), 8, 4
    assert picture.size == ((size + 2 * border) * scale,) * 2
    middle = [(border + n) * scale + scale // 2 for n in range(size)]
    assert [[int(not picture.getpixel((x, y))) for x in middle] for y in middle] == [list(row) for row in wanted]


@TELEGRAM
async def test_nobody_else_gets_the_picture(here: World, bay: Speaker) -> None:
    from bot.store.outbox import Message
    from handlers import inviting

    code, lan = await invited(bay), await here.person("Lan")

    def ask(speaker: Speaker) -> Any:
        def work(tx: Any) -> Any:
            at = tx.execute(select(address.c.id).where(address.c.person_id == speaker.person_id)).scalar()
            message = Message(1, at, "telegram", "", "", "reply", 0, "", {}, 0, True)
            return inviting.picture(here.app.office, tx, message, code)

        return here.app.store.read(work)

    assert (await ask(bay))().startswith(b"\x89PNG")
    with pytest.raises(LookupError):
        await ask(lan)


@WEB
async def test_the_unit_is_asked_for_by_button_and_by_name(here: World, bay: Speaker) -> None:
    await bay.says("/moi").hears("Đồng chí mời người của đơn vị nào?", "xã Vạn Hưng", "huyện Vạn Ninh")
    await bay.says("xã Không Có Đâu").hears("không có đơn vị nào tên")
    await bay.says("van thang").hears("Mời vào xã Vạn Thắng với chức năng gì?")
    await bay.says("/moi").hears("xã Vạn Hưng")
    await bay.picks("xã Vạn Hưng").hears("Mời vào xã Vạn Hưng với chức năng gì?", "cán bộ đầu mối")
    await bay.picks("cán bộ đầu mối").hears("chức năng cán bộ đầu mối")
    await bay.says("thôi").hears("Đã dừng")
    await bay.says("Trần Văn Tám").hears("", never="Mã mời")  # the question is not open any more


@WEB
async def test_somebody_known_takes_one_more_function_by_a_units_code(here: World, bay: Speaker) -> None:
    lan = await here.person("Trần Thị Lan")
    code = await invited(bay, "xã Vạn Thắng")
    await lan.says(f"/ma {code}").hears("Từ nay đồng chí cũng là “cán bộ phụ trách” của xã Vạn Thắng")
    assert {unit for _, unit in await held_by(here, "Trần Thị Lan")} == {id_of(here, HUNG), id_of(here, THANG)}
    again = await invited(bay, "xã Vạn Thắng")
    await lan.says(f"/ma {again}").hears("Đồng chí đã là")
    hung = await here.stranger("Hùng")
    await hung.says(again).hears("Mã hợp lệ")  # it was not spent


@WEB
async def test_a_code_typed_by_somebody_known_makes_them_nobody_else(here: World, bay: Speaker) -> None:
    lan = await here.person("Trần Thị Lan")
    code = await invited(bay, "xã Vạn Thắng", name="Lê Văn Hùng")
    await lan.opens(code).hears("mã đó cấp cho người khác", never="Hùng")
    await lan.says(f"/ma {code}").hears("không có gì thay đổi", never="Hùng")
    await lan.says("/ma").hears("gõ mã sau lệnh")
    await lan.says("/ma ABCDEFG2").hears(WRONG)
    hung = await here.stranger("Hùng")
    await hung.says(code).hears("Kính chào đồng chí Lê Văn Hùng")


@WEB
async def test_an_overseer_is_invited_for_a_cluster(here: World, bay: Speaker) -> None:
    units = [id_of(here, HUNG), id_of(here, THANG)]

    def enter(tx: Any) -> None:
        tx.execute(cluster.insert().values(id=1, code="cum-1", name="số 1"))
        for id in units:
            tx.execute(cluster_unit.insert().values(cluster_id=1, unit_id=id))

    await here.app.store.write(enter)
    await bay.says("/moi").hears("cụm số 1")
    await bay.picks("cụm số 1").hears(
        "Mời vào cụm số 1 với chức năng gì?", "cán bộ theo dõi", never="cơ quan thường trực"
    )
    await bay.picks("cán bộ theo dõi").hears("Mời ai")
    code = code_in(await bay.picks("Người nhận mã tự gõ tên").hears("Mã mời"))
    await bay.says("/loimoi").hears("cụm số 1", "cán bộ theo dõi")
    tam = await here.stranger("Tám")
    await tam.says(code).hears("cụm số 1")
    await tam.says("Trần Văn Tám").hears("Kính chào đồng chí Trần Văn Tám")
    held = await here.app.store.read(lambda tx: roster.everybody(tx, here.app.clock.now()))
    assert [(o.function, o.unit_id, o.cluster_id) for o in held if o.name == "Trần Văn Tám"] == [(OVERSEER, None, 1)]


# -- who may ---------------------------------------------------------------------------------------------------------


@WEB
async def test_who_may_not_invite_is_refused_whatever_they_send(here: World, bay: Speaker) -> None:
    lan = await here.person("Trần Thị Lan")
    codes = await _codes(here)
    for typed in ("/moi", "/moi xã Vạn Hưng", "/loimoi", "/choduyet", "/bangiao", "/manhom"):
        await lan.says(typed).hears(NO_RIGHT)
    for token in (
        f"c:moi:u{lan.unit_id}:officer:ai",
        f"c:moi:u{id_of(here, DISTRICT)}:administrator:ai",
        "c:moi:k1:overseer:ai",
        "c:loimoi:i1",
        "c:choduyet:a1:duyet",
        f"c:bangiao:p{bay.person_id}:khong:dung",
        f"c:manhom:u{lan.unit_id}",
    ):
        await lan.forges(token).hears(NO_RIGHT)
    assert await _codes(here) == codes


@WEB
async def test_nobody_gives_a_higher_function_than_theirs_lets_them(here: World, bay: Speaker) -> None:
    heard = await bay.says("/moi xã Vạn Hưng").hears("cán bộ phụ trách", "cơ quan thường trực")
    assert "quản trị viên" not in heard
    codes = await _codes(here)
    await bay.forges(f"c:moi:u{id_of(here, HUNG)}:administrator:ai").hears(NO_RIGHT)
    ended = here.app.clock.now().date() - timedelta(days=1)
    was = unit.update().where(unit.c.id == id_of(here, "van-ninh.van-tho")).values(valid_to=ended)
    await here.app.store.write(lambda tx: (tx.execute(was).rowcount, here.app.office.refresh(tx)))
    await bay.forges(f"c:moi:u{id_of(here, 'van-ninh.van-tho')}:officer:ai").hears(NO_RIGHT)
    await bay.forges("c:moi:u999999:officer:ai").hears("", never="Mã mời")
    assert await _codes(here) == codes
    quan = await here.person("Lê Thị Quản", DISTRICT, ADMINISTRATOR)
    await quan.says("/moi xã Vạn Hưng").hears("quản trị viên")


@WEB
async def test_no_new_code_for_somebody_who_is_more_than_one_could_make_them(here: World, bay: Speaker) -> None:
    quan = await here.person("Lê Thị Quản", HUNG, OFFICER)
    now, district = here.app.clock.now(), id_of(here, DISTRICT)
    await here.app.store.write(lambda tx: people.grant(tx, quan.person_id, ADMINISTRATOR, now, unit_id=district))
    await bay.says("/moi xã Vạn Hưng").hears("cán bộ phụ trách")
    await bay.picks("cán bộ phụ trách").hears("Mời ai")
    await bay.says("Lê Thị Quản").hears(NO_RIGHT, never="Mã mời")


# -- taken back, over, raced for -------------------------------------------------------------------------------------


@WEB
async def test_an_invitation_is_listed_and_taken_back(here: World, bay: Speaker) -> None:
    await bay.says("/loimoi").hears("Không có lời mời nào đang chờ")
    code = await invited(bay, name="Nguyễn Thị Lan")
    other = await invited(bay, "xã Vạn Thắng")
    await bay.says("/loimoi").hears("1. Nguyễn Thị Lan – xã Vạn Hưng", "2. người nhận mã – xã Vạn Thắng")
    await bay.picks("Thu hồi 1").hears("Đã thu hồi lời mời")
    await bay.picks_old("Thu hồi 1").hears("không có gì thay đổi")
    await bay.says("/loimoi").hears("xã Vạn Thắng", never="Nguyễn Thị Lan")
    lan = await here.stranger("Lan")
    await lan.opens(code).hears(WRONG)
    await lan.says(other).hears("Mã hợp lệ")


@WEB
async def test_one_that_is_taken_back_while_the_name_is_typed(here: World, bay: Speaker) -> None:
    code = await invited(bay)
    lan = await here.stranger("Lan")
    await lan.says(code).hears("Mã hợp lệ")
    await bay.says("/loimoi").hears("Thu hồi 1")
    await bay.picks("Thu hồi 1").hears("Đã thu hồi")
    await lan.says("Nguyễn Thị Lan").hears("vừa được dùng hoặc đã bị thu hồi", never="Kính chào")
    assert await held_by(here, "Nguyễn Thị Lan") == []
    await lan.says("Nguyễn Thị Lan").hears("mã dùng một lần")


@WEB
async def test_one_that_expires_while_the_name_is_typed(here: World, bay: Speaker) -> None:
    code = await invited(bay)
    lan = await here.stranger("Lan")
    await lan.says(code).hears("Mã hợp lệ")
    later(here, days=people.CODE_DAYS, seconds=1)
    await lan.says("Nguyễn Thị Lan").hears("vừa được dùng hoặc đã bị thu hồi")
    assert await held_by(here, "Nguyễn Thị Lan") == []


@WEB
async def test_a_code_raced_for_lets_one_in(here: World, bay: Speaker) -> None:
    code = await invited(bay)
    racers = [await here.stranger(f"Người {n}") for n in range(4)]
    for racer in racers:
        await racer.says(code).hears("Mã hợp lệ")
    names = ["Trần Văn Một", "Trần Văn Hai", "Trần Văn Ba", "Trần Văn Bốn"]
    await asyncio.gather(*(racer.says(name).hears("") for racer, name in zip(racers, names, strict=True)))
    await here.quiet()
    heard = [racer.since() for racer in racers]
    assert sum("Kính chào đồng chí" in one for one in heard) == 1, heard
    assert sum("vừa được dùng" in one for one in heard) == 3, heard
    assert sum([len(await held_by(here, name)) for name in names]) == 1
    entered = await here.app.store.read(lambda tx: tx.execute(select(person.c.name)).scalars().all())
    assert len(set(names) & set(entered)) == 1, "who came too late is not kept"


@WEB
async def test_a_persons_code_used_twice_at_the_same_moment(here: World, bay: Speaker) -> None:
    code = await invited(bay, name="Nguyễn Thị Lan")
    racers = [await here.stranger(f"Người {n}") for n in range(4)]
    for racer in racers:
        await racer.opens().hears("mã dùng một lần")
    await asyncio.gather(*(racer.says(code).hears("") for racer in racers))
    await here.quiet()
    heard = [racer.since() for racer in racers]
    assert sum("Kính chào đồng chí Nguyễn Thị Lan" in one for one in heard) == 1, heard
    assert sum(WRONG in one for one in heard) == 3, heard


@TELEGRAM
async def test_a_units_code_links_no_group_and_a_groups_code_makes_nobody_an_officer(here: World, bay: Speaker) -> None:
    code, for_group = await invited(bay), await here.group_code()
    lan = await here.stranger("Lan", group=-500)
    await in_group(lan).says(f"/lienket {code}").hears("Mã này cấp cho cá nhân")
    await lan.says(for_group).hears("Mã của nhóm được gõ ngay trong nhóm đó")
    await bay.says(f"/ma {for_group}").hears("Mã của nhóm được gõ ngay trong nhóm đó")
    await lan.says(code).hears("Mã hợp lệ")


# -- guessing from everywhere ----------------------------------------------------------------------------------------


@WEB
async def test_a_flood_of_wrong_codes_from_many_addresses_slows_all_down(
    here: World, bay: Speaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joining, "TRIES_EVERYWHERE", 9)
    code = await invited(bay)
    guessers = [await here.stranger(f"Kẻ {n}") for n in range(3)]
    for n, guesser in enumerate(guessers):
        await guesser.opens().hears("mã dùng một lần")
        for m in range(2, 5):
            await guesser.says(f"ABCDEF{n + 2}{m}").hears(WRONG)
    lan = await here.stranger("Lan")
    await lan.says(code).hears("nhiều mã sai được gõ từ nhiều nơi", "Mã của đồng chí vẫn còn giá trị", "10 phút")
    await lan.says("xin chào").hears("mã dùng một lần")
    await guessers[0].says("ABCDEFG9").hears("nhiều mã sai")
    later(here, minutes=11)
    await lan.says(code).hears("Mã hợp lệ")  # it has survived


async def _codes(here: World) -> list[Any]:
    def look(tx: Any) -> list[Any]:
        return [tx.execute(select(table)).all() for table in (join_code, role)]

    return await here.app.store.read(look)


@WEB
async def test_who_is_joined_at_one_more_address_hears_of_it_whoever_made_the_code(here: World, bay: Speaker) -> None:
    lan = await here.person("Nguyễn Thị Lan")
    made = here.app.clock.now()
    code = await here.app.store.write(
        lambda tx: people.make_code(tx, made, person_id=lan.person_id, made_by=bay.person_id)
    )
    lan.mark()
    other = await here.stranger("Ai đó")
    await other.says(code).hears("Nguyễn Thị Lan")
    await here.quiet()
    await lan.hears("/diachi")
