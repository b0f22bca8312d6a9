"""“Đôn đốc đơn vị chưa nộp”: one preview and one tap, for the office and for who looks after a cluster."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from bot.clock import ZONE
from bot.rules.access import OVERSEER, STANDING_OFFICE
from bot.store import clusters, dues, people
from tests.talk import Speaker, in_group
from tests.world import DISTRICT, World, agreed, task

BAO_CAO_NAM = task("bao_cao_nam")
DANG_KY = task("dang_ky")
NOTHING = task("nothing")

HUNG, THANH = "van-ninh.van-hung", "van-ninh.van-thanh"
REGISTRATION = "Đăng ký điển hình “Dân vận khéo”"
NOT_FOR_YOU = "chưa được phân quyền"
WEB = pytest.mark.parametrize("channel", ["web"], indirect=True)
ON_PHONES = pytest.mark.parametrize("channel", ["telegram", "zalo"], indirect=True)
GROUP = -500


@pytest.fixture
async def bay(here: World) -> Speaker:
    """Bảy of the standing office."""
    return await here.person("Bảy", DISTRICT, STANDING_OFFICE)


@pytest.fixture
async def lan(here: World) -> Speaker:
    """Lan, officer of xã Vạn Hưng."""
    return await here.person("Lan")


def heard(speaker: Speaker) -> int:
    return len(speaker.device.heard)


async def chosen(speaker: Speaker, count: int = 13) -> str:
    """/dondoc, and the registration chosen among what is owed."""
    await speaker.says("/dondoc").hears("Đôn đốc các đơn vị về việc nào?", f"• {REGISTRATION} (hạn 14/02/2024)")
    return await speaker.picks(f"{REGISTRATION}: {count} đơn vị").hears("Gửi lời đôn đốc")


async def overseer(here: World, name: str, *codes: str) -> Speaker:
    """Somebody who looks after the cluster of these units."""
    office, now = here.app.office, here.app.clock.now()
    members = [office.units.coded(code).id for code in codes]

    def enter(tx: Any) -> tuple[int, str]:
        of = clusters.make(tx, "cum-1", "Cụm số 1", members, now)
        id = people.enter(tx, name, now)
        people.grant(tx, id, OVERSEER, now, cluster_id=of)
        agreed(tx, id, now)
        return id, people.make_code(tx, now, person_id=id)

    person_id, code = await here.app.store.write(enter)
    speaker = await here.stranger(name)
    speaker.person_id = person_id
    await speaker.opens(code).hears(name)
    return speaker


async def test_the_office_reads_text_and_list_and_sends_it_with_one_tap(
    here: World, lan: Speaker, bay: Speaker
) -> None:
    before = heard(lan)
    text = await chosen(bay)
    assert f"{REGISTRATION}, năm 2024: còn 2 ngày làm việc" in text
    assert "Chưa trả lời (13): thị trấn Vạn Giã" in text
    assert f"Đôn đốc “{REGISTRATION}”: 13 đơn vị chưa trả lời" in text
    assert "Nơi nhận: 1 cán bộ, 0 nhóm." in text
    assert "chưa có ai nhận được tin trên Khéo: thị trấn Vạn Giã" in text
    assert heard(lan) == before, "nothing leaves before the tap"
    await bay.picks("Gửi lời đôn đốc").hears(
        "Đã gửi tới 1 cán bộ và 0 nhóm, về 13 đơn vị", "đề nghị báo bằng cách khác"
    )
    await here.quiet()
    await lan.hears("đề nghị xã Vạn Hưng", "(Khéo gửi theo yêu cầu đôn đốc của Ban Dân vận Huyện ủy)")
    assert "nhắc tự động" not in lan.last.text
    assert heard(lan) == before + 1


@WEB
async def test_a_second_tap_and_a_second_person_send_nothing_twice(here: World, lan: Speaker, bay: Speaker) -> None:
    chin = await here.person("Chín", DISTRICT, STANDING_OFFICE)
    await chosen(bay)
    await chosen(chin)
    await bay.picks("Gửi lời đôn đốc").hears("Đã gửi tới 1 cán bộ")
    await here.quiet()
    before = heard(lan)
    await bay.picks_old("Gửi lời đôn đốc").hears("đã được gửi", "không gửi lại lần nữa")
    await chin.picks("Gửi lời đôn đốc").hears("không gửi lại lần nữa")
    await here.quiet()
    assert heard(lan) == before


@WEB
async def test_once_more_on_the_same_day_takes_a_warning_and_a_second_tap(
    here: World, lan: Speaker, bay: Speaker
) -> None:
    await chosen(bay)
    await bay.picks("Gửi lời đôn đốc").hears("Đã gửi tới 1 cán bộ")
    await here.quiet()
    before = heard(lan)
    assert "Hôm nay đã đôn đốc việc này (lúc 09:00)" in await chosen(bay)
    await bay.picks("Gửi lời đôn đốc").hears("Có gửi thêm một lần nữa không?")
    await here.quiet()
    assert heard(lan) == before
    await bay.picks("Gửi thêm lần nữa").hears("Đã gửi tới 1 cán bộ")
    await here.quiet()
    assert heard(lan) == before + 1
    # On the next working day it is a new day, and one tap is enough.
    here.app.clock.move(datetime(2024, 2, 6, 9, 30, tzinfo=ZONE))
    assert "Hôm nay đã đôn đốc" not in await chosen(bay)


@WEB
async def test_at_night_it_is_said_that_it_leaves_in_the_morning(here: World, lan: Speaker, bay: Speaker) -> None:
    here.app.clock.move(datetime(2024, 2, 5, 21, 0, tzinfo=ZONE))
    before = heard(lan)
    assert "ngày làm việc, từ 07:30 đến 17:00" in await chosen(bay)
    await bay.picks("Gửi lời đôn đốc").hears("Tin sẽ đi lúc", "06/02/2024")
    await here.quiet()
    assert heard(lan) == before
    here.app.clock.move(datetime(2024, 2, 6, 7, 31, tzinfo=ZONE))
    await here.quiet()


@WEB
async def test_what_was_answered_before_the_tap_is_left_out(here: World, lan: Speaker, bay: Speaker) -> None:
    await chosen(bay)
    await lan.says("/khongdangky").hears("xã Vạn Hưng")
    before = heard(lan)
    await bay.picks("Gửi lời đôn đốc").hears("về 12 đơn vị")
    await here.quiet()
    assert heard(lan) == before


@WEB
async def test_a_duty_without_a_day_may_be_urged_too(here: World, lan: Speaker, bay: Speaker) -> None:
    await bay.says("/dondoc").hears("Kế hoạch, quy trình khen thưởng cấp cơ sở")
    label = next(one for one in bay.last.labels if one.startswith("Kế hoạch, quy trình"))
    await bay.picks(label).hears("Gửi lời đôn đốc")
    await bay.picks("Gửi lời đôn đốc").hears("Đã gửi tới 1 cán bộ")
    await here.quiet()
    await lan.hears("kế hoạch, quy trình khen thưởng cấp cơ sở")


@WEB
async def test_progress_offers_it_to_the_office_and_to_nobody_else(here: World, lan: Speaker, bay: Speaker) -> None:
    await lan.says("/tiendo").hears("Chưa", never="Đôn đốc")
    await bay.says("/tiendo").hears("Đôn đốc đơn vị chưa nộp")
    await bay.picks("Đôn đốc đơn vị chưa nộp").hears("Đôn đốc các đơn vị về việc nào?")


@pytest.mark.parametrize("channel", ["telegram", "web"], indirect=True)
async def test_who_may_not_is_told_so_and_nothing_leaves(here: World, lan: Speaker, bay: Speaker) -> None:
    season = here.season()
    await lan.says("/dondoc").hears(NOT_FOR_YOU)
    for token in (
        f"c:dondoc:{DANG_KY}:n{season.id}:k240214",
        f"c:dondoc:gui:{DANG_KY}:n{season.id}:k240214:s0",
    ):
        await lan.forges(token).hears(NOT_FOR_YOU)
    for token in (
        f"c:dondoc:gui:{DANG_KY}:n{season.id}:k240101:s0",
        f"c:dondoc:gui:{NOTHING}:n{season.id}:k240214:s0",
        f"c:dondoc:gui:{BAO_CAO_NAM}:n{season.id}:k240930:s0",
    ):
        await bay.forges(token).hears("không gửi gì")
    await bay.forges(f"c:dondoc:{DANG_KY}:n99:k240214").hears("không thay đổi gì")
    await bay.forges(f"c:dondoc:gui:{DANG_KY}:n{season.id}:k240214:s7").hears("Gửi lời đôn đốc")
    states = await here.app.store.read(lambda tx: dues.steps(tx, season.id, "dang_ky"))
    assert not [step for _, step in states if step >= 1000]


@WEB
async def test_an_overseer_urges_their_units_and_the_message_says_at_whose_wish(here: World, lan: Speaker) -> None:
    hung = await here.person("Hùng", THANH)
    tu = await overseer(here, "Trần Văn Tư", HUNG)
    before = heard(hung)
    text = await chosen(tu, 1)
    assert "Nơi nhận: 1 cán bộ, 0 nhóm." in text
    assert "theo đề nghị của đồng chí Trần Văn Tư" in text
    assert "xã Vạn Thạnh" not in text
    await tu.picks("Gửi lời đôn đốc").hears("Đã gửi tới 1 cán bộ và 0 nhóm, về 1 đơn vị")
    await here.quiet()
    await lan.hears("đề nghị xã Vạn Hưng", "theo đề nghị của đồng chí Trần Văn Tư")
    assert heard(hung) == before


@ON_PHONES
async def test_a_group_reads_of_the_overseers_units_only(here: World) -> None:
    lan = await here.person("Lan", group=GROUP)
    there = in_group(lan)
    await there.says(f"/lienket {await here.group_code()}").hears("đã liên kết")
    tu = await overseer(here, "Trần Văn Tư", HUNG, THANH)
    await chosen(tu, 2)
    await tu.picks("Gửi lời đôn đốc").hears("1 nhóm, về 2 đơn vị")
    await here.quiet()
    await there.hears("Chưa trả lời (2)", "xã Vạn Hưng", "xã Vạn Thạnh")
    assert "Vạn Giã" not in there.last.text


@WEB
@pytest.mark.parametrize(
    "typed",
    ["Đôn đốc đơn vị chưa nộp", "don doc cac don vi chua nop", "nhắc các xã chưa đăng ký", "đôn đốc xã chưa nộp"],
)
async def test_plain_words_lead_to_the_preview_and_never_send(
    here: World, lan: Speaker, bay: Speaker, typed: str
) -> None:
    before = heard(lan)
    said = await bay.says(typed).hears("ôn đốc")
    assert "Đã gửi" not in said
    assert heard(lan) == before
