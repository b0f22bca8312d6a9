"""One replaces another in one act: the old one's access is gone with it, the unit keeps everything that was begun."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.rules.access import ADMINISTRATOR, OFFICER, STANDING_OFFICE, UNIT_HEAD
from bot.store import outbox, people, roster, tables
from bot.store.tables import address, audit, draft, join_code, role
from tests.databases import postgres, postgres_url, ready_postgres  # noqa: F401
from tests.talk import Speaker
from tests.world import DISTRICT, World, world

HUNG, THANG = "van-ninh.van-hung", "van-ninh.van-thang"
WEB = pytest.mark.parametrize("channel", ["web"], indirect=True)
NO_RIGHT = "Đồng chí chưa được phân quyền"
CODE = re.compile(r"Mã mời: ([A-Z2-9]{8})")


@pytest.fixture
async def bay(here: World) -> Speaker:
    """Bảy of the standing office."""
    return await here.person("Nguyễn Văn Bảy", DISTRICT, STANDING_OFFICE)


async def held(here: World, person_id: int) -> list[tuple[str, int | None]]:
    found = await here.app.store.read(lambda tx: roster.of_person(tx, person_id, here.app.clock.now()))
    return [(o.function, o.unit_id) for o in found]


@pytest.mark.parametrize("channel", ["telegram", "web"], indirect=True)
async def test_somebody_new_takes_over_and_the_draft_goes_on(here: World, bay: Speaker) -> None:
    lan = await here.person("Trần Thị Lan")
    await lan.says("/dangky").hears("Đăng ký năm 2024")
    await lan.picks("Tập thể").hears("tên điển hình")
    await bay.says("/bangiao").hears("Bàn giao công việc của ai?", "Trần Thị Lan – xã Vạn Hưng")
    await bay.picks("Trần Thị Lan").hears("cán bộ phụ trách – xã Vạn Hưng", "Ai nhận bàn giao?", "Chưa có người thay")
    await bay.says("Phạm Thị Bé").hears("Bàn giao từ Trần Thị Lan sang Phạm Thị Bé", "bản nháp", "Đúng không?")
    assert len(await held(here, lan.person_id)) == 1, "nothing before it is confirmed"
    heard = await bay.picks("Đúng, bàn giao").hears("Đã bàn giao", "Mã mời", "Phạm Thị Bé – xã Vạn Hưng")
    await here.quiet()
    await lan.hears("Công việc của đồng chí trên Khéo đã được bàn giao")
    assert await held(here, lan.person_id) == []

    await lan.says("Camera an ninh thôn Xuân Tự").hears("", never="tập thể hoặc cá nhân nào")
    await lan.picks_old("Tập thể").hears("", never="tên điển hình")
    for typed in ("/dangky", "/tucham", "/diem xã Vạn Hưng", "/mo", "/viec"):
        assert "Camera" not in await lan.says(typed).hears("")
    found = CODE.search(heard)
    assert found
    be = await here.stranger("Bé", channel="web")
    await be.opens(found[1]).hears("Kính chào đồng chí Phạm Thị Bé – xã Vạn Hưng.", "Tôi đồng ý")
    await be.picks("Tôi đồng ý").hears("cảm ơn")
    await be.says("/viec").hears("Đăng ký")
    drafts = await here.app.store.read(lambda tx: tx.execute(select(draft.c.state, draft.c.unit_id)).all())
    assert [tuple(row) for row in drafts] == [("open", lan.unit_id)]


@WEB
async def test_a_colleague_takes_over(here: World, bay: Speaker) -> None:
    lan, be = await here.person("Trần Thị Lan"), await here.person("Phạm Thị Bé")
    chin = await here.person("Võ Văn Chín", THANG, "unit_head")
    await bay.says("/bangiao Võ Văn Chín").hears("thủ trưởng đơn vị – xã Vạn Thắng")
    await bay.says("thôi").hears("Đã dừng")
    await bay.says("/bangiao lan").hears("Ai nhận bàn giao?", "Phạm Thị Bé")
    await bay.picks("Phạm Thị Bé").hears("Bàn giao từ Trần Thị Lan sang Phạm Thị Bé")
    await bay.picks("Đúng, bàn giao").hears("Đã bàn giao")
    await here.quiet()
    await be.hears("Đồng chí nhận bàn giao trên Khéo từ Trần Thị Lan")
    assert await held(here, lan.person_id) == []
    assert await held(here, be.person_id) == [(OFFICER, lan.unit_id)]
    assert len(await held(here, chin.person_id)) == 1


@WEB
async def test_nobody_takes_over_yet_and_no_is_no(here: World, bay: Speaker) -> None:
    lan = await here.person("Trần Thị Lan")
    await bay.says("/bangiao lan").hears("Chưa có người thay")
    await bay.picks("Chưa có người thay").hears("Đúng không?")
    await bay.picks("Không").hears("Bàn giao công việc của ai?")
    assert len(await held(here, lan.person_id)) == 1
    await bay.forges(f"c:bangiao:p{lan.person_id}:khong").hears("Đúng không?")
    await bay.picks("Đúng, bàn giao").hears("chưa có ai phụ trách")
    assert await held(here, lan.person_id) == []
    await bay.picks_old("Đúng, bàn giao").hears(NO_RIGHT)
    await bay.says("/bangiao lan").hears("không có ai tên")


@WEB
async def test_the_old_ones_codes_and_what_was_on_its_way_are_taken_back(here: World, bay: Speaker) -> None:
    lan = await here.person("Trần Thị Lan")
    heard = await lan.says("/themdiachi").hears("Mã để thêm một địa chỉ")
    own = re.search(r"đồng chí: ([A-Z2-9]{8})", heard)
    assert own
    now = here.app.clock.now()
    other = await here.app.store.write(lambda tx: people.make_code(tx, now, person_id=lan.person_id))
    at = select(address.c.id).where(address.c.person_id == lan.person_id)

    def write(tx: Any) -> int | None:
        later = time.time() + 3600
        return outbox.add(tx, tx.execute(at).scalar_one(), "notice", "waits", {}, now, not_before=later)

    waiting = await here.app.store.write(write)
    await bay.says("/bangiao lan").hears("Chưa có người thay")
    await bay.picks("Chưa có người thay").hears("Đúng không?")
    await bay.picks("Đúng, bàn giao").hears("chưa có ai")
    thief = await here.stranger("Lan")
    await thief.opens(own[1]).hears("Mã không hợp lệ")
    await thief.opens(other).hears("Mã không hợp lệ")
    open_codes = await here.app.store.read(
        lambda tx: tx.execute(
            select(join_code.c.id).where(
                join_code.c.person_id == lan.person_id, join_code.c.revoked_at.is_(None), join_code.c.used_at.is_(None)
            )
        ).all()
    )
    assert open_codes == []
    sent = select(tables.outbox.c.state).where(tables.outbox.c.id == waiting)
    assert await here.app.store.read(lambda tx: tx.execute(sent).scalar()) == "cancelled"


@WEB
async def test_who_may_not_hand_over(here: World, bay: Speaker) -> None:
    lan, be = await here.person("Trần Thị Lan"), await here.person("Phạm Thị Bé")
    quan = await here.person("Lê Thị Quản", DISTRICT, ADMINISTRATOR)
    chin = await here.person("Võ Văn Chín", THANG, STANDING_OFFICE)
    before = await _roles(here)
    await lan.says("/bangiao").hears(NO_RIGHT)
    await lan.forges(f"c:bangiao:p{be.person_id}:n{lan.person_id}:dung").hears(NO_RIGHT)
    await chin.says("/bangiao Trần Thị Lan").hears("không có ai tên")
    await chin.forges(f"c:bangiao:p{lan.person_id}:khong:dung").hears(NO_RIGHT)
    await bay.forges(f"c:bangiao:p{quan.person_id}:n{bay.person_id}:dung").hears(NO_RIGHT)  # a higher function
    await bay.forges(f"c:bangiao:p{lan.person_id}:n{chin.person_id}:dung").hears(NO_RIGHT)  # of another unit
    await bay.forges(f"c:bangiao:p{lan.person_id}:n{lan.person_id}:dung").hears("cùng một người")
    await bay.forges(f"c:bangiao:p{lan.person_id}:moi:dung").hears("Ai nhận bàn giao?")  # no name was typed
    await bay.forges("c:bangiao:p99999:khong:dung").hears(NO_RIGHT)
    assert await _roles(here) == before


@WEB
async def test_a_name_typed_for_one_is_not_used_for_another(here: World, bay: Speaker) -> None:
    lan, chin = await here.person("Trần Thị Lan"), await here.person("Võ Văn Chín", THANG)
    await bay.says("/bangiao lan").hears("Ai nhận bàn giao?")
    await bay.says("Phạm Thị Bé").hears("sang Phạm Thị Bé")
    before = await _roles(here)
    await bay.forges(f"c:bangiao:p{chin.person_id}:moi:dung").hears("Ai nhận bàn giao?", never="Đã bàn giao")
    assert await _roles(here) == before
    assert len(await held(here, lan.person_id)) == 1


@WEB
async def test_the_trace_says_who_handed_over_without_a_name(here: World, bay: Speaker) -> None:
    lan = await here.person("Trần Thị Lan")
    await bay.says("/bangiao lan").hears("Ai nhận bàn giao?")
    await bay.says("Phạm Thị Bé").hears("sang Phạm Thị Bé")
    await bay.picks("Đúng, bàn giao").hears("Đã bàn giao")
    rows = await here.app.store.read(lambda tx: tx.execute(select(audit)).all())
    ended = [row for row in rows if row.action == "role.ended"]
    assert [(row.person, row.object, row.about, row.channel) for row in ended] == [
        (bay.person_id, f"person:{lan.person_id}", lan.unit_id, "web")
    ]
    assert {"role.ended", "person.entered", "role.granted", "code.made"} <= {row.action for row in rows}
    assert "Phạm" not in repr(rows) and "Lan" not in repr(rows)


@WEB
async def test_one_hands_over_ones_own(here: World, bay: Speaker) -> None:
    tam = await here.person("Lê Thị Tám", DISTRICT, STANDING_OFFICE)
    await tam.says("/bangiao Lê Thị Tám").hears("Nguyễn Văn Bảy")
    await tam.picks("Nguyễn Văn Bảy").hears("Đúng không?")
    await tam.picks("Đúng, bàn giao").hears("Đã bàn giao")
    await tam.says("/choduyet").hears(NO_RIGHT)
    assert await held(here, bay.person_id) == [(STANDING_OFFICE, bay.unit_id)]


async def _roles(here: World) -> list[Any]:
    return list(await here.app.store.read(lambda tx: tx.execute(select(role)).all()))


@WEB
async def test_who_handed_over_does_not_come_back_by_an_invitation_of_theirs(here: World, bay: Speaker) -> None:
    tam = await here.person("Lê Thị Tám", DISTRICT, ADMINISTRATOR)
    top = bay.unit_id
    codes = []
    for _ in range(2):
        heard = await tam.forges(f"c:moi:u{top}:{ADMINISTRATOR}:ai").hears("/loimoi")
        found = re.search(r": ([A-Z2-9]{8})\b", heard)
        assert found
        codes.append(found[1])
    again = await here.stranger("Tám ở máy khác")
    await again.says(codes[1]).hears("Mã hợp lệ")
    root = await here.person("Võ Thị Gốc", DISTRICT, ADMINISTRATOR)
    await root.forges(f"c:bangiao:p{tam.person_id}:khong:dung").hears("không còn quyền này")
    await here.quiet()
    await tam.says(f"/ma {codes[0]}").hears("vừa được dùng")
    assert await held(here, tam.person_id) == []
    await again.says("Lê Thị Tám Mới").hears("vừa được dùng")
    administrators = await here.app.store.read(lambda tx: roster.everybody(tx, here.app.clock.now()))
    assert [one.person_id for one in administrators if one.function == ADMINISTRATOR] == [root.person_id]


async def test_handed_over_twice_at_the_same_moment(tmp_path: Path, postgres_url: str) -> None:  # noqa: F811
    """On PostgreSQL two look at the same functions before either ends them: one of them is too late."""
    async with world(tmp_path / "kheo", "web", database_url=postgres_url) as here:
        lan = await here.person("Trần Thị Lan")
        both = [await here.person(name) for name in ("Phạm Thị Bé", "Phạm Thị Cúc")]
        now, met = here.app.clock.now(), threading.Barrier(2, timeout=5)

        def give(to: int) -> Callable[[Any], None]:
            def work(tx: Any) -> None:
                found = roster.of_person(tx, lan.person_id, now)
                met.wait()
                people.grant(tx, to, UNIT_HEAD, now, unit_id=lan.unit_id)
                roster.hand_over(tx, found, to, now)

            return work

        done = await asyncio.gather(
            *(here.app.store.write(give(one.person_id)) for one in both), return_exceptions=True
        )
        assert sorted(type(one).__name__ for one in done) == ["Misunderstood", "NoneType"]
        heads = await here.app.store.read(lambda tx: roster.everybody(tx, now))
        assert sum(one.function == UNIT_HEAD for one in heads) == 1, "the late one leaves nothing behind"
