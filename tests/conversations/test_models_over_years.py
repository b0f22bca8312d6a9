"""Models over years: new, replicated with its source, carried over and not counted, stopped and taken up again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.clock import ZONE
from bot.rules.access import STANDING_OFFICE
from bot.store import exemplars, occurrences
from bot.store.exemplars import Exemplar
from tests.conversations.test_registration import NOT_FOR_YOU, WITH_BUTTONS, open_drafts
from tests.talk import Speaker
from tests.world import World, as_if_they_lasted, world

PLAN = "ninh-thuan"
NINH_HAI, NINH_SON = "ninh-thuan.ninh-hai", "ninh-thuan.ninh-son"
GRAPES = "Tổ hợp tác trồng nho sạch thôn Thái An"
ROAD = "Đoạn đường tự quản thôn Mỹ Tường"
FIRST = datetime(2025, 1, 6, 9, 0, tzinfo=ZONE)
TARGET = "Chỉ tiêu: ít nhất 01 mô hình/năm (mới xây dựng hoặc nhân rộng), phấn đấu 02"


@pytest.fixture
async def here(tmp_path: Path, channel: str, ready_sqlite: Path) -> AsyncIterator[World]:
    """The plan of Ninh Thuận with its seasons of 2024 and 2025, in January 2025."""
    seasons = [(PLAN, 2024), (PLAN, 2025)]
    async with world(tmp_path / "kheo", channel, ready=ready_sqlite, plans=[PLAN], seasons=seasons, at=FIRST) as made:
        yield made


@pytest.fixture
async def hai(here: World) -> Speaker:
    """Hải, officer of huyện Ninh Hải."""
    return await here.person("Hải", NINH_HAI)


async def last_year(here: World, name: str = GRAPES, unit: str = NINH_HAI, **more: Any) -> Exemplar:
    """A model of 2024, newly built then."""
    answers = {
        "who": "Hội Nông dân xã Vĩnh Hải",
        "status": "new",
        "field": "kinh_te",
        "period": "từ tháng 02 đến tháng 12 năm 2024",
        **more,
    }
    return await here.exemplar(name, unit, plan=PLAN, year=2024, status="new", award=False, more=answers)


async def registers(speaker: Speaker, name: str, status: str, *, source: str = "", begin: str = "/dangky") -> str:
    await speaker.says(begin).hears("tập thể hay cá nhân")
    await speaker.picks("Tập thể").hears("tên mô hình")
    await speaker.says(name).hears("nào thực hiện")
    await speaker.says("Hội Nông dân xã Vĩnh Hải").hears("mới, nhân rộng")
    if source:
        await speaker.picks(status).hears("nhân rộng từ mô hình nào")
        await speaker.says(source).hears("chọn lĩnh vực")
    else:
        await speaker.picks(status).hears("chọn lĩnh vực")
    await speaker.says("1").hears("mục II của Kế hoạch")
    await speaker.says("bỏ qua").hears("địa bàn cần đặc biệt quan tâm")
    await speaker.says("bỏ qua").hears("thời gian triển khai")
    await speaker.says("cả năm").hears(f"2. Tên mô hình, điển hình: {name}", "Nộp bản đăng ký")
    return await speaker.picks("Nộp bản đăng ký").hears("Đã tiếp nhận bản đăng ký", name)


async def of(here: World, unit: str = NINH_HAI) -> dict[str, Exemplar]:
    """The unit's models of 2025 by name."""
    return {e.name: e for e in await here.exemplars(unit) if e.year == 2025}


async def test_a_new_and_a_replicated_model_count(here: World, hai: Speaker) -> None:
    first = await registers(hai, GRAPES, "Mới xây dựng")
    assert f"{TARGET}; đã đăng ký 01, trong đó tính chỉ tiêu 01." in first
    second = await registers(
        hai, ROAD, "Nhân rộng", source="Đoạn đường tự quản xã Nhơn Hải", begin="/dangky thêm mô hình"
    )
    assert f"{TARGET}; đã đăng ký 02, trong đó tính chỉ tiêu 02." in second
    found = await of(here)
    assert [(e.status, e.source) for e in found.values()] == [
        ("new", ""),
        ("replicated", "Đoạn đường tự quản xã Nhơn Hải"),
    ]
    assert not any(e.award or e.late for e in found.values())
    await hai.says("/diem huyện Ninh Hải").hears(
        "Mới xây dựng", "Nhân rộng; nhân rộng từ “Đoạn đường tự quản xã Nhơn Hải”", "trong đó tính chỉ tiêu 02"
    )


async def test_what_must_come_first_is_said_with_its_words(here: World, hai: Speaker) -> None:
    quoted = "“sau khi có hướng dẫn các bước xây dựng mô hình, điển hình và xây dựng tiêu chí"
    await hai.says("/dangky").hears(
        "Đăng ký năm 2025 – huyện Ninh Hải. Hạn: trước ngày 30/01/2025, tức chậm nhất 29/01/2025",
        "Theo Kế hoạch, việc này thực hiện sau: Hướng dẫn các bước xây dựng mô hình",
        quoted,
        "(mục IV.2)",
        "Hiện chưa ghi nhận việc đó; đơn vị vẫn đăng ký được",
    )
    await hai.says("hủy").hears("Hủy hẳn")
    await hai.picks("Hủy hẳn").hears("Đã hủy")
    season = here.season(PLAN, 2025)

    def note(tx: Any) -> None:
        occurrences.note(
            tx, season_id=season.id, name="huong_dan", on=date(2025, 1, 3), person_id=hai.person_id, now=FIRST
        )
        here.app.office.refresh(tx)

    await here.app.store.write(note)
    await hai.says("/dangky").hears(quoted, "Đã ghi nhận: ngày 03/01/2025")


async def test_last_year_s_model_is_carried_over_and_not_counted(here: World, hai: Speaker) -> None:
    earlier = await last_year(here)
    offered = await hai.says("/dangky").hears("có thể tiếp tục", f"• 2024: “{GRAPES}”", "Lập bản mới")
    assert f"Tiếp tục từ năm 2024: {GRAPES}" in offered
    await hai.picks(f"Tiếp tục từ năm 2024: {GRAPES}").hears(
        f"Tiếp tục “{GRAPES}” – huyện Ninh Hải từ năm 2024 sang năm 2025", "thời gian triển khai"
    )
    await hai.says("cả năm 2025").hears(
        "Tiếp tục từ năm 2024.",
        f"2. Tên mô hình, điển hình: {GRAPES}",
        "3. Tập thể, cá nhân thực hiện: Hội Nông dân xã Vĩnh Hải",
        "4. Tình trạng mô hình: Tiếp tục từ năm trước",
    )
    await hai.picks("Nộp bản đăng ký").hears(
        f"Đã tiếp nhận bản đăng ký “{GRAPES}” – huyện Ninh Hải, năm 2025",
        "Tiếp tục từ năm 2024.",
        f"{TARGET}; đã đăng ký 01, trong đó tính chỉ tiêu 00.",
        "Tiếp tục từ năm trước, không tính: 01.",
    )
    carried = (await of(here))[GRAPES]
    assert (carried.status, carried.carried_from) == ("continuing", earlier.id)
    assert carried.answers["period"] == "cả năm 2025"
    both = await registers(hai, ROAD, "Mới xây dựng", begin="/dangky thêm mô hình")
    assert "đã đăng ký 02, trong đó tính chỉ tiêu 01." in both
    assert "không tính: 01" in both
    await hai.says("/diem huyện Ninh Hải").hears("tiếp tục từ năm 2024", "không tính: 01")


async def test_a_model_is_carried_over_once(here: World, hai: Speaker) -> None:
    await last_year(here)
    await hai.says("/dangky").hears("Tiếp tục từ năm 2024")
    await hai.picks(f"Tiếp tục từ năm 2024: {GRAPES}").hears("thời gian triển khai")
    again = await hai.says("/dangky").hears("đang có bản đăng ký nhập dở", f"Tiếp tục: {GRAPES}")
    assert "Tiếp tục từ năm 2024" not in again
    await hai.picks(f"Tiếp tục: {GRAPES}").hears("thời gian triển khai")
    await hai.says("cả năm").hears("Nộp bản đăng ký")
    await hai.picks("Nộp bản đăng ký").hears("Đã tiếp nhận")
    assert "Tiếp tục từ năm 2024" not in await hai.says("/dangky").hears("đã đăng ký 1 điển hình năm 2025")


@WITH_BUTTONS
async def test_what_two_colleagues_carry_over_is_registered_once(here: World, hai: Speaker) -> None:
    earlier = await last_year(here)
    token = f"c:dangky:e{earlier.id}:s{here.season(PLAN, 2025).id}"
    minh = await here.person("Minh", NINH_HAI, channel="telegram")
    await hai.forges(token).hears("thời gian triển khai")
    await minh.forges(token).hears("thời gian triển khai")
    await hai.says("cả năm").hears("Nộp bản đăng ký")
    await hai.picks("Nộp bản đăng ký").hears("Đã tiếp nhận")
    assert await open_drafts(here, NINH_HAI) == []
    await minh.forges(token).hears(f"“{GRAPES}” đã được tiếp tục sang năm 2025 nên không thay đổi gì")
    assert len(await of(here)) == 1


async def test_a_stopped_model_is_not_offered_and_can_be_taken_up_again(here: World, hai: Speaker) -> None:
    earlier = await last_year(here)
    await last_year(here, ROAD)
    await hai.says("/dung").hears("Mô hình, điển hình nào của huyện Ninh Hải đã dừng?", f"Đã dừng: {ROAD}, 2024")
    await hai.picks(f"Đã dừng: {GRAPES}, 2024").hears(f"Ghi “{GRAPES}” – huyện Ninh Hải, năm 2024 là đã dừng?")
    assert not (await here.app.store.read(lambda tx: exemplars.by_id(tx, earlier.id))).stopped
    await hai.picks("Đúng, đã dừng").hears(f"Đã ghi nhận: “{GRAPES}” – huyện Ninh Hải đã dừng")
    assert (await here.app.store.read(lambda tx: exemplars.by_id(tx, earlier.id))).stopped
    await hai.says("/diem huyện Ninh Hải").hears(f"“{GRAPES}”: đã dừng")
    offered = await hai.says("/dangky").hears(f"Tiếp tục từ năm 2024: {ROAD}")
    assert GRAPES not in offered
    await hai.says("/dung").hears(f"Còn thực hiện: {GRAPES}, 2024")
    await hai.picks(f"Còn thực hiện: {GRAPES}, 2024").hears(f"“{GRAPES}” – huyện Ninh Hải còn thực hiện")
    await hai.says("/dangky").hears(f"Tiếp tục từ năm 2024: {GRAPES}")


@WITH_BUTTONS
async def test_who_said_that_a_model_has_stopped_is_kept(here: World, hai: Speaker) -> None:
    earlier = await last_year(here)
    await hai.forges(f"c:dung:e{earlier.id}:chac").hears("đã dừng")
    minh = await here.person("Minh", NINH_HAI, channel="telegram")
    await here.it_is(2025, 1, 9, 9)
    await minh.forges(f"c:dung:e{earlier.id}").hears("không thay đổi gì", "Ghi nhận ngày 06/01/2025, người ghi: Hải.")
    await minh.forges(f"c:dung:e{earlier.id}:lai").hears("còn thực hiện")
    await minh.forges(f"c:dung:e{earlier.id}:chac").hears("đã dừng")
    await hai.forges(f"c:dung:e{earlier.id}").hears("Ghi nhận ngày 09/01/2025, người ghi: Minh.")


async def test_that_a_model_has_stopped_is_said_from_its_own_list(here: World, hai: Speaker) -> None:
    assert "Có mô hình đã dừng" not in await hai.says("/diem").hears("chưa đăng ký điển hình nào")
    await last_year(here)
    await hai.says("/diem").hears(f"“{GRAPES}”: đã đăng ký", "Có mô hình đã dừng")
    await hai.picks("Có mô hình đã dừng").hears(f"Đã dừng: {GRAPES}, 2024")
    minh = await here.person("Minh", NINH_SON, channel="telegram")
    heard = await minh.says("/diem huyện Ninh Hải").hears(GRAPES)
    assert "Có mô hình đã dừng" not in heard, "that is for those who speak for the unit"


async def test_before_the_guidance_is_noted_nothing_is_overdue(here: World, hai: Speaker) -> None:
    thu = await here.person("Thu", PLAN, STANDING_OFFICE, channel="telegram")
    event = "Hướng dẫn các bước xây dựng mô hình, tiêu chí, tiêu chuẩn công nhận"
    await here.it_is(2025, 2, 10, 9)
    heard = await hai.says("/viec").hears("trước ngày 30/01/2025", "chưa ghi nhận ngày; ngày này đã qua")
    assert "đã quá hạn" not in heard
    assert "đã quá hạn" not in await hai.says("/baocao").hears("Đăng ký thi đua")
    await thu.says("/viec").hears(f"Chưa ghi nhận ngày của “{event}”; khi chưa ghi nhận thì Khéo chưa nhắc")
    await thu.picks("Ghi ngày: Hướng dẫn").hears("Đề nghị cho biết ngày của sự kiện")
    await thu.says("10/01/2025").hears("số, ngày của văn bản")
    await thu.says("05/HD-SNV").hears("Ghi nhận ngày")
    await thu.picks("Ghi nhận ngày").hears("10/01/2025")
    assert "Chưa ghi nhận ngày" not in await thu.says("/viec").hears("Việc của tôi")
    await hai.says("/viec").hears("trước ngày 30/01/2025", "đã quá hạn")


async def test_a_model_stopped_in_its_year_is_said_apart(here: World, hai: Speaker) -> None:
    await registers(hai, GRAPES, "Mới xây dựng")
    await hai.says("/dung").hears("đã dừng?")
    await hai.picks(f"Đã dừng: {GRAPES}, 2025").hears("là đã dừng?")
    await hai.picks("Đúng, đã dừng").hears("đã dừng")
    await hai.says("/diem huyện Ninh Hải").hears(
        "đã đăng ký 00, trong đó tính chỉ tiêu 00.", "Đã dừng, ở đây không tính (Kế hoạch không quy định): 01."
    )
    (model,) = (await of(here)).values()
    assert model.state == "stopped"


async def test_from_2026_on_the_plan_states_no_target(tmp_path: Path, channel: str, ready_sqlite: Path) -> None:
    at = datetime(2026, 1, 5, 9, 0, tzinfo=ZONE)
    lasting = as_if_they_lasted(PLAN)
    async with world(tmp_path / "kheo", channel, ready=ready_sqlite, plans=[lasting], at=at) as here:
        hai = await here.person("Hải", NINH_HAI)
        heard = await registers(hai, GRAPES, "Mới xây dựng")
        assert "Chỉ tiêu: Kế hoạch nêu đến năm 2025; năm 2026 Kế hoạch không quy định." in heard
        assert "ít nhất 01" not in heard


@WITH_BUTTONS
async def test_nobody_stops_or_carries_over_what_is_not_theirs(here: World, hai: Speaker) -> None:
    theirs = await last_year(here, unit=NINH_SON)
    mine = await last_year(here)
    now, then = here.season(PLAN, 2025), here.season(PLAN, 2024)
    for token in (
        f"c:dung:e{theirs.id}",
        f"c:dung:e{theirs.id}:chac",
        f"c:dung:e{theirs.id}:lai",
        f"c:dangky:e{theirs.id}:s{now.id}",
        "c:dung:e99999:chac",
        f"c:dangky:e99999:s{now.id}",
    ):
        await hai.forges(token).hears(NOT_FOR_YOU)
    for season in (then.id, 99999, 99999999999999999999):
        await hai.forges(f"c:dangky:e{mine.id}:s{season}").hears("hiện không thực hiện nên không thay đổi gì")
    assert await open_drafts(here, NINH_HAI) == []
    assert not (await here.app.store.read(lambda tx: exemplars.by_id(tx, theirs.id))).stopped


async def test_the_standing_office_may_stop_a_model_of_a_unit(here: World) -> None:
    thu = await here.person("Thu", PLAN, STANDING_OFFICE)
    earlier = await last_year(here)
    await thu.says("/dung huyện Ninh Hải").hears(f"Đã dừng: {GRAPES}, 2024")
    await thu.picks(f"Đã dừng: {GRAPES}, 2024").hears("là đã dừng?")
    await thu.picks("Đúng, đã dừng").hears("Vẫn còn thực hiện")
    await thu.picks("Vẫn còn thực hiện").hears("còn thực hiện")
    assert not (await here.app.store.read(lambda tx: exemplars.by_id(tx, earlier.id))).stopped
