"""“Đã nhận”, typed in the middle of something else: it answers the message that came by itself, and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.clock import ZONE
from bot.rules.access import STANDING_OFFICE
from bot.store import broadcasts, drafts
from bot.store.broadcasts import Audience
from bot.store.tables import address, draft
from tests.talk import Speaker
from tests.world import DISTRICT, World, world

EARLY = datetime(2024, 1, 15, 9, 0, tzinfo=ZONE)
EVERYBODY = Audience(all=True)
TELEGRAM = pytest.mark.parametrize("channel", ["telegram"], indirect=True)


@pytest.fixture
async def here(tmp_path: Path, channel: str, ready_sqlite: Path) -> AsyncIterator[World]:
    async with world(tmp_path / "kheo", channel, ready=ready_sqlite, at=EARLY) as made:
        yield made


@pytest.fixture
async def bay(here: World) -> Speaker:
    """Bảy, of the standing office: always on Telegram."""
    return await here.person("Bảy", DISTRICT, STANDING_OFFICE, channel="telegram")


async def broadcast(here: World, author: Speaker, text: str, to: Audience = EVERYBODY) -> int:
    """The author writes to every unit, or to these, and it has gone out."""
    now = here.app.clock.now()

    def write(tx: Any) -> int:
        contact = tx.execute(select(address.c.id).where(address.c.person_id == author.person_id)).scalar_one()
        id = broadcasts.begin(tx, unit_id=author.unit_id, person_id=author.person_id, address_id=contact, now=now)
        one = broadcasts.by_id(tx, id)
        assert one is not None
        broadcasts.confirm(tx, broadcasts.change(tx, one, text=text, audience=to), now)
        return id

    id = await here.app.store.write(write)
    for _ in range(3):
        await here.app.jobs.broadcasts()
        await here.quiet()
    return id


async def seen(here: World, id: int) -> int:
    return (await here.app.store.read(lambda tx: broadcasts.counts(tx, id))).get("seen", 0)


async def evidence(here: World) -> list[str]:
    """What the only draft holds as evidence."""

    def read(tx: Any) -> list[str]:
        (id,) = tx.execute(select(draft.c.id)).scalars().all()
        return [str(e.value.get("text")) for e in drafts.events(tx, id) if e.op == "add"]

    return await here.app.store.read(read)


async def at_evidence(here: World, lan: Speaker) -> None:
    """A scorecard whose first row has its points; its evidence is asked for."""
    await here.exemplar("Camera an ninh thôn Xuân Tự")
    await lan.says("/tucham").hears("Tiêu chí 01")
    await lan.says("14").hears("kiểm chứng")


@pytest.mark.parametrize("words", ["đã nhận", "da nhan", "Đã nhận ạ.", "đã đọc", "da doc roi", "ĐÃ NHẬN!"])
async def test_a_broadcast_is_received_in_the_middle_of_a_form(
    here: World, lan: Speaker, bay: Speaker, words: str
) -> None:
    await at_evidence(here, lan)
    id = await broadcast(here, bay, "Họp sáng thứ Sáu.")
    await lan.hears("Họp sáng thứ Sáu.")
    await lan.says("45 hộ dự họp").hears("Đã nhận 1 số liệu")
    await lan.says(words).hears("đã nhận thông báo của Ban Dân vận Huyện ủy", "Họp sáng thứ Sáu.", "kiểm chứng")
    assert await seen(here, id) == 1
    await lan.says(words).hears("Đã ghi nhận từ trước", "Họp sáng thứ Sáu.")
    await lan.says("biên bản họp thôn").hears("Đã nhận 1 nội dung")
    assert await evidence(here) == ["45 hộ dự họp", "biên bản họp thôn"], "the form takes what is meant for it, only"


async def test_it_counts_for_the_newest_whatever_was_open_when_they_came(
    here: World, lan: Speaker, bay: Speaker
) -> None:
    first = await broadcast(here, bay, "Tin thứ nhất.")
    await at_evidence(here, lan)
    second = await broadcast(here, bay, "Tin thứ hai.")
    await lan.says("/han").hears("kiểm chứng")
    await lan.says("đã đọc").hears("Tin thứ hai.", "kiểm chứng", never="Tin thứ nhất")
    assert (await seen(here, first), await seen(here, second)) == (0, 1)
    assert await evidence(here) == []


async def test_a_reminder_that_came_before_the_form_is_received_within_it(here: World, lan: Speaker) -> None:
    await here.it_is(2024, 1, 24)
    await lan.hears("Đã nhận", "Nhắc lại sau")
    await at_evidence(here, lan)
    await lan.says("45 hộ dự họp").hears("Đã nhận 1 số liệu")
    await lan.says("da doc").hears("đã nhận lời nhắc về “Đăng ký điển hình", "kiểm chứng")
    await lan.says("nhắc lại sau").hears("Khi nào nhắc lại xã Vạn Hưng")
    assert await evidence(here) == ["45 hộ dự họp"]


async def test_of_a_reminder_and_a_broadcast_the_newer_is_meant(here: World, lan: Speaker, bay: Speaker) -> None:
    await here.it_is(2024, 1, 24)
    await lan.hears("Nhắc lại sau")
    id = await broadcast(here, bay, "Họp sáng thứ Sáu.")
    await lan.says("đã nhận").hears("đã nhận thông báo của", never="đã nhận lời nhắc")
    assert await seen(here, id) == 1
    await here.it_is(2024, 1, 31)
    await lan.says("đã nhận").hears("đã nhận lời nhắc", never="thông báo của")


async def test_a_text_that_is_asked_for_is_asked_for_again(here: World, lan: Speaker, bay: Speaker) -> None:
    await lan.says("/dangky").hears("Loại điển hình")
    await lan.picks("Tập thể").hears("Tên")
    id = await broadcast(here, bay, "Họp sáng thứ Sáu.")
    await lan.says("/han").hears("Tên")
    await lan.says("đã nhận").hears("đã nhận thông báo", "Tên")
    assert await seen(here, id) == 1


@TELEGRAM
async def test_whoever_writes_a_broadcast_loses_nothing_by_a_receipt(here: World, bay: Speaker) -> None:
    other = await here.person("Hòa", DISTRICT, STANDING_OFFICE)
    await here.person("Lan")
    await bay.says("/thongbao").hears("Soạn thông báo mới")
    await bay.picks("Soạn thông báo mới").hears("Tất cả đơn vị")
    await bay.picks("Thêm theo tên").hears("gõ tên các đơn vị")
    to = Audience(units=(bay.unit_id,), functions=(STANDING_OFFICE,))
    id = await broadcast(here, other, "Nội bộ.", to)
    await bay.hears("Nội bộ.")
    await bay.says("đã nhận").hears("đã nhận thông báo", "gõ tên các đơn vị")
    await bay.says("xã Vạn Hưng").hears("Nơi nhận: 1 đơn vị")
    await bay.picks("Tiếp: soạn nội dung").hears("gõ nội dung")
    await bay.says("da nhan").hears("Đã ghi nhận từ trước", "gõ nội dung")
    await bay.says("Họp.").hears("Chờ xác nhận gửi")
    await bay.says("đã đọc").hears("Đã ghi nhận từ trước", "Gửi cho 1 nơi nhận")
    assert await seen(here, id) == 1


async def test_where_no_such_message_came_the_words_are_an_answer(here: World, lan: Speaker) -> None:
    await at_evidence(here, lan)
    await lan.says("đã nhận").hears("Đã nhận 1 nội dung")
    assert await evidence(here) == ["đã nhận"]
