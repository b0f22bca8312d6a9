"""One person at several addresses: joined by a code, one preferred, the others behind it, one removed."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.rules.access import STANDING_OFFICE
from bot.store import people
from bot.store.tables import address, draft, outbox
from tests.talk import Speaker
from tests.world import DISTRICT, World

TELEGRAM = pytest.mark.parametrize("channel", ["telegram"], indirect=True)
CODE = re.compile(r"Mã để thêm một địa chỉ của đồng chí: ([A-Z2-9]{8})")
DUE = (2024, 2, 6)


async def own_code(lan: Speaker) -> str:
    heard = await lan.says("/themdiachi").hears("Mã để thêm một địa chỉ")
    found = CODE.search(heard)
    assert found
    return found[1]


async def joined(here: World, lan: Speaker, channel: str = "web") -> Speaker:
    """Lan on one more device."""
    other = await here.stranger(lan.name, channel=channel)
    await other.opens().hears("mã dùng một lần")
    await other.says(await own_code(lan)).hears("đây cũng là địa chỉ của đồng chí")
    return other


@TELEGRAM
async def test_one_person_two_channels_one_draft(here: World, lan: Speaker) -> None:
    web = await joined(here, lan)
    await here.quiet()
    await lan.hears("Vừa có thêm một địa chỉ", "trang web", "/diachi")
    await lan.says("/dangky").hears("Đăng ký năm 2024")
    await web.says("/viec").hears("Đăng ký điển hình")
    drafts = await here.app.store.read(lambda tx: tx.execute(select(draft)).all())
    assert len(drafts) == 1


@TELEGRAM
async def test_the_preferred_one_is_reminded_and_no_other(here: World, lan: Speaker) -> None:
    web = await joined(here, lan)
    heard = await lan.says("/diachi").hears("1. Telegram", "đang dùng – lời nhắc gửi tới đây", "2. trang web")
    assert "chat" not in heard and str(lan.device.user["id"]) not in heard
    await lan.picks("Nhắc ở 2").hears("Từ nay lời nhắc gửi qua trang web")
    lan.mark()
    web.mark()
    await here.it_is(*DUE)
    await web.hears("còn 1 ngày làm việc")
    assert "còn 1 ngày làm việc" not in lan.since()


@TELEGRAM
async def test_what_cannot_arrive_at_the_preferred_one_arrives_at_the_other(here: World, lan: Speaker) -> None:
    web = await joined(here, lan)
    await lan.says("/diachi").hears("2. trang web")  # Telegram is preferred as the older one
    await lan.device.block()
    await web.says("/diachi").hears("")
    while "không nhắn tới được" not in web.since():  # what a phone does arrives a little later
        await web.says("/diachi").hears("Telegram")
    web.mark()
    await here.it_is(*DUE)
    await web.hears("còn 1 ngày làm việc")
    await web.says("/diachi").hears("Telegram", "không nhắn tới được từ")


@TELEGRAM
async def test_a_reminder_that_was_written_for_an_address_that_fails_goes_to_the_next(
    here: World, lan: Speaker
) -> None:
    web = await joined(here, lan)
    await lan.says("/diachi").hears("2. trang web")
    here.fake.fail("sendMessage", 403, "Forbidden: bot was blocked by the user", chat=lan.device.user["id"])
    web.mark()
    await here.it_is(*DUE)
    await here.quiet()
    await web.hears("còn 1 ngày làm việc")
    sent = await here.app.store.read(
        lambda tx: (
            tx.execute(select(outbox.c.state).where(outbox.c.kind == "reminder").order_by(outbox.c.id)).scalars().all()
        )
    )
    # "cancelled" where another message to that chat found it blocked before
    assert list(sent) in (["blocked", "sent"], ["cancelled", "sent"])


@TELEGRAM
async def test_what_waited_for_an_address_that_was_lost_meanwhile_goes_to_the_next(here: World) -> None:
    bay = await here.person("Nguyễn Văn Bảy", DISTRICT, STANDING_OFFICE)
    web = await joined(here, bay)
    await here.it_is(2024, 2, 5, 19)  # nobody is written to unasked in the evening
    sau = await here.stranger("Sáu", channel="web")
    for said in ("tôi chưa có mã", "Trần Thị Sáu", "xã Vạn Hưng", "công chức"):
        await sau.says(said).hears("")
    await sau.picks("Gửi đề nghị").hears("Đã gửi đề nghị")
    now = here.app.clock.now()
    at = select(address.c.id).where(address.c.person_id == bay.person_id, address.c.channel == "telegram")
    await here.app.store.write(lambda tx: people.note_state(tx, tx.execute(at).scalar_one(), "blocked", now))
    web.mark()
    await here.it_is(2024, 2, 6)
    await here.app.store.write(lambda tx: tx.execute(outbox.update().values(not_before=0.0)).rowcount)
    await here.quiet()
    await web.hears("Có người đề nghị tham gia", "Trần Thị Sáu")


@TELEGRAM
async def test_an_address_that_is_removed_is_nobodys(here: World, lan: Speaker) -> None:
    web = await joined(here, lan)
    await lan.says("/diachi").hears("Bỏ 2")
    await lan.picks("Bỏ 2").hears("Đã bỏ trang web")
    await web.says("/viec").hears("mã dùng một lần")
    await lan.says("/diachi").hears("1. Telegram", never="trang web –")
    assert not lan.last.labels, "the only one is not offered to be removed"
    at = await here.app.store.read(
        lambda tx: tx.execute(select(address.c.id).where(address.c.person_id == lan.person_id)).scalar()
    )
    await lan.forges(f"c:diachi:a{at}:bo").hears("địa chỉ duy nhất của đồng chí nên được giữ lại")
    await lan.says("/viec").hears("Đăng ký điển hình")


@TELEGRAM
async def test_one_removes_the_address_from_which_one_writes(here: World, lan: Speaker) -> None:
    web = await joined(here, lan)
    await web.says("/dangky").hears("Đăng ký năm 2024")
    await web.says("/diachi").hears("Bỏ 2")
    await web.picks("Bỏ 2").hears("Đã bỏ trang web")
    await web.says("Tập thể").hears("mã dùng một lần")
    await lan.says("/viec").hears("Đăng ký điển hình")


@TELEGRAM
async def test_the_addresses_of_others_are_out_of_reach(here: World, lan: Speaker) -> None:
    hung = await here.person("Hùng", "van-ninh.van-thang")
    at = await here.app.store.read(
        lambda tx: tx.execute(select(address.c.id).where(address.c.person_id == lan.person_id)).scalar()
    )
    before = await _addresses(here)
    for what in ("bo", "uutien"):
        await hung.forges(f"c:diachi:a{at}:{what}").hears("Đồng chí chưa được phân quyền")
        await hung.forges(f"c:diachi:a99999:{what}").hears("Đồng chí chưa được phân quyền")
    assert await _addresses(here) == before


@TELEGRAM
async def test_a_code_for_an_address_serves_nobody_who_is_known(here: World, lan: Speaker) -> None:
    hung = await here.person("Hùng", "van-ninh.van-thang")
    code = await own_code(lan)
    await hung.says(f"/ma {code}").hears("mã đó cấp cho người khác", never="Lan")
    await lan.says(f"/ma {code}").hears("mã chưa bị dùng")
    web = await here.stranger("Lan", channel="web")
    await web.opens(code).hears("đây cũng là địa chỉ của đồng chí")
    other = await here.stranger("Lan", channel="web")
    await other.opens(code).hears("Mã không hợp lệ")  # forwarded after use


@TELEGRAM
async def test_a_code_for_an_address_is_soon_over_and_linkless_in_groups(here: World, lan: Speaker) -> None:
    code = await own_code(lan)
    here.app.clock.move(here.app.clock.now() + timedelta(hours=1, seconds=1))
    web = await here.stranger("Lan", channel="web")
    await web.opens(code).hears("Mã không hợp lệ")


@TELEGRAM
async def test_not_more_addresses_than_anybody_has(here: World, lan: Speaker) -> None:
    for _ in range(5):
        await joined(here, lan)
    await lan.says("/themdiachi").hears("đã có 6 địa chỉ")
    assert (await here.person("Bảy", DISTRICT, STANDING_OFFICE)).person_id != lan.person_id


async def _addresses(here: World) -> list[Any]:
    wanted = select(address.c.id, address.c.person_id, address.c.preferred, address.c.state)
    return list(await here.app.store.read(lambda tx: tx.execute(wanted).all()))
