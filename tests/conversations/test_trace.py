"""The trace of what people did in a story: every effect, nothing else, and nothing that anybody typed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.rules.access import ADMINISTRATOR, STANDING_OFFICE
from bot.store import audit, seals
from bot.store import exemplars as stores
from bot.store.audit import Row, Wanted
from bot.store.tables import audit as audit_table
from tests.conversations.registering import CAMERA, fills_in, registers
from tests.talk import Speaker, in_group
from tests.world import DISTRICT, MONDAY, World

TELEGRAM = pytest.mark.parametrize("channel", ["telegram"], indirect=True)
NO_RIGHT = "chưa được phân quyền thực hiện việc này"


async def rows(here: World, after: int = 0) -> list[Row]:
    return await here.app.store.read(lambda tx: audit.rows(tx, Wanted(), after=after, limit=10_000))


async def last(here: World) -> int:
    found = await rows(here)
    return found[-1].id if found else 0


async def score(lan: Speaker) -> None:
    await lan.says("/tucham").hears("Tiêu chí 01")
    await lan.says("tc1 13,5 tc2 15 tc3 15 tc4 15 tc5 15 tc6 15 tc7 8").hears("96,5/100 điểm")
    await lan.says("xem lại").hears("Nộp bảng tự chấm")
    await lan.picks("Nộp bảng tự chấm").hears("Đã tiếp nhận")


async def test_a_story_from_the_code_to_the_score(here: World, lan: Speaker) -> None:
    begun = await last(here)
    await registers(lan)
    await score(lan)
    told = await rows(here, begun)
    assert [(r.action, r.object) for r in told] == [
        ("draft.opened", "draft:1"),
        ("exemplar.registered", "exemplar:1"),
        ("submission.handed_in", "submission:1"),
        ("draft.submitted", "draft:1"),
        ("draft.opened", "draft:2"),
        ("submission.handed_in", "submission:2"),
        ("exemplar.scored", "exemplar:1"),
        ("draft.submitted", "draft:2"),
    ]
    assert {(r.person, r.unit, r.about, r.channel.partition(":")[0]) for r in told} == {
        (lan.person_id, lan.unit_id, lan.unit_id, here.channel)
    }
    assert len({r.at for r in told}) == 4 and told[1].at == told[3].at, "a turn has one moment"
    assert all(MONDAY <= r.at < MONDAY + timedelta(minutes=5) for r in told), "plan time"
    assert told[-2].after["points"] == {"01": "13.5", **{f"0{n}": "15" for n in range(2, 7)}, "07": "8"}
    assert (told[-2].before["total"], told[-2].after["total"]) == (None, "96.5")


async def test_what_changes_nothing_leaves_no_row(here: World, lan: Speaker) -> None:
    """Look-ups, answers to questions, what is refused, what is not understood, old buttons."""
    await registers(lan)
    begun = await last(here)
    await lan.says("điểm xã Vạn Thắng").hears("Vạn Thắng")
    await lan.says("/han").hears("15/02/2024")
    await lan.says("/lichnhac").hears(NO_RIGHT)
    await lan.says("/vanban").hears(NO_RIGHT)
    await lan.says("/nhatky 1").hears(NO_RIGHT)
    await lan.says("blabla tưng bừng").hears("")
    await lan.says("/dung e999999").hears("")
    await lan.says("x" * 30_000).hears("20.000") if here.channel == "zalo" else None
    assert await rows(here, begun) == []


async def test_no_row_holds_what_people_are_called_or_typed(here: World) -> None:
    """Every value of the whole table is looked through for every word that was typed and every name that was given."""
    lan = await here.person("Trần Thị Ngọc Lan")
    bay = await here.person("Nguyễn Văn Bảy", DISTRICT, STANDING_OFFICE, channel="web")
    await registers(lan)
    await score(lan)
    await lan.says("/khongdangky").hears("")
    await lan.says("/vuongmac").hears("")
    await lan.says("Thiếu kinh phí tổ chức hội thi ở thôn Xuân Tự").hears("")
    await bay.says("/ngonngu").hears("")

    def everything(tx: Any) -> tuple[list[str], list[str]]:
        values = [str(v) for row in tx.execute(select(audit_table)).all() for v in _leaves(row)]
        chats = [str(r.chat) for r in tx.exec_driver_sql("SELECT chat FROM address").all()]
        return values, chats

    values, chats = await here.app.store.read(everything)
    assert len(values) > 100
    typed = [CAMERA, "Chi hội Phụ nữ", "Xuân Tự", "từ tháng 01", "Trần Thị", "Ngọc Lan", "Nguyễn Văn Bảy", "kinh phí"]
    for value in values:
        assert not [word for word in typed if word.lower() in value.lower()], value
        assert value not in chats or (value.isdigit() and len(value) < 4), value


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for key, one in value.items() for leaf in (key, *_leaves(one))]
    if isinstance(value, (list, tuple)) or hasattr(value, "_fields"):
        return [leaf for one in value for leaf in _leaves(one)]
    return [value]


@TELEGRAM
async def test_names_are_told_when_the_trace_is_read(here: World, lan: Speaker) -> None:
    await registers(lan)
    await score(lan)
    admin = await here.person("Quản", DISTRICT, ADMINISTRATOR, channel="web")
    heard = await admin.says("/nhatky 1").hears(
        "Nhật ký", "đã đăng ký", "nộp điểm tự chấm", CAMERA, "Lan (xã Vạn Hưng)"
    )
    assert "09:00 05/02/2024" in heard
    assert "96,5" not in heard, "points are not shown to who may see the trace only"
    await admin.says("/nhatky xã Vạn Hưng").hears("Nhật ký: xã Vạn Hưng", "mở bản đang làm", CAMERA)
    await admin.says("/nhatky").hears("/nhatky 12")
    await admin.says("/nhatky xã Vạn Bình").hears("không có dòng nào")


@TELEGRAM
async def test_points_in_the_trace_are_for_who_sees_them(here: World, lan: Speaker) -> None:
    await registers(lan)
    await score(lan)
    both = await here.person("Quản", DISTRICT, ADMINISTRATOR, channel="web")
    await _also(here, both, STANDING_OFFICE)
    await both.says("/nhatky 1").hears("tổng điểm: – → 96,5", "07: 8")


async def _also(here: World, speaker: Speaker, function: str) -> None:
    from bot.store import people

    now = here.app.clock.now()
    await here.app.store.write(
        lambda tx: people.grant(tx, speaker.person_id, function, now, unit_id=speaker.unit_id) and None
    )


@TELEGRAM
async def test_who_may_not_see_the_trace_learns_nothing(here: World, lan: Speaker) -> None:
    await registers(lan)
    there = await lan.says("/nhatky 1").hears(NO_RIGHT)
    nowhere = await lan.says("/nhatky 999").hears(NO_RIGHT)
    assert there == nowhere
    await lan.says("/nhatky").hears(NO_RIGHT)
    await lan.says("/nhatky xã Vạn Hưng").hears(NO_RIGHT)
    await lan.forges("c:nhatky:e1").hears(NO_RIGHT)
    await lan.forges(f"c:nhatky:u{lan.unit_id}").hears(NO_RIGHT)


@TELEGRAM
async def test_an_administrator_of_one_commune_sees_no_other(here: World, lan: Speaker) -> None:
    await registers(lan)
    elsewhere = await here.person("Quản", "van-ninh.van-thang", ADMINISTRATOR, channel="web")
    await elsewhere.says("/nhatky 1").hears(NO_RIGHT)
    await elsewhere.says("/nhatky xã Vạn Hưng").hears(NO_RIGHT)
    await elsewhere.says("/nhatky xã Vạn Thắng").hears("Nhật ký")


@TELEGRAM
async def test_the_tick_seals_what_is_new_and_writes_the_digest_into_the_log(
    here: World, lan: Speaker, capsys: pytest.CaptureFixture[str]
) -> None:
    await fills_in(lan)
    many = await here.app.jobs.seal()
    assert many == len(await rows(here)) and await here.app.jobs.seal() == 0
    verdict = await here.app.store.read(seals.verify)
    assert verdict.sound and verdict.seals == 1 and verdict.unsealed == 0
    assert seals.grouped(verdict.head) in capsys.readouterr().out
    await lan.picks("Nộp bản đăng ký").hears("Đã tiếp nhận")
    assert await here.app.jobs.seal() == 3
    after = await here.app.store.read(lambda tx: seals.verify(tx, [verdict.head]))
    assert after.sound and after.seals == 2


@TELEGRAM
async def test_a_group_never_hears_the_trace(here: World) -> None:
    admin = await here.person("Quản", DISTRICT, ADMINISTRATOR, group=-777)
    await here.exemplar(CAMERA)
    heard = await in_group(admin).says("/nhatky 1").hears("tin nhắn riêng với Khéo")
    assert CAMERA not in heard
    await admin.says("/nhatky 1").hears(CAMERA)


@TELEGRAM
async def test_a_long_trace_tells_the_newest_and_where_the_rest_is(here: World, lan: Speaker) -> None:
    admin = await here.person("Quản", DISTRICT, ADMINISTRATOR, channel="web")
    for _ in range(8):
        await here.exemplar(CAMERA)
    e = (await here.exemplars())[-1]
    for _ in range(8):
        await here.app.store.write(lambda tx: [stores.stop(tx, e.id), stores.take_up(tx, e.id)])
    heard = await admin.says(f"/nhatky {e.id}").hears("15 dòng mới nhất", "tiếp tục lại")
    assert heard.count("đã dừng: ") + heard.count("tiếp tục lại: ") == 15 and "đã đăng ký: điển hình" not in heard
