"""In groups: linking, silence unless addressed, threads, moves and members, and what belongs in a private chat."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.store import people
from tests.talk import Speaker, in_group
from tests.world import ROOT, World, plan, world

TELEGRAM = pytest.mark.parametrize("channel", ["telegram"], indirect=True)
"""Of its wire: links that add a bot, supergroups, topics, and what is told of members."""
ON_PHONES = pytest.mark.parametrize("channel", ["telegram", "zalo"], indirect=True)

GROUP, SUPERGROUP = -500, -1_000_000_000_501
CAMERA = "Camera an ninh thôn Xuân Tự"
UNLINKED = "Nhóm này chưa liên kết với đơn vị nào"


@pytest.fixture
async def hung(here: World) -> Speaker:
    """Hùng, officer of xã Vạn Thạnh, who sits in the group."""
    return await here.person("Hùng", "van-ninh.van-thanh", group=GROUP)


@pytest.fixture
async def there(hung: Speaker) -> Speaker:
    """Hùng, speaking in the group."""
    return in_group(hung)


async def linked(here: World, there: Speaker, unit: str = "van-ninh") -> None:
    await there.says(f"/lienket {await here.group_code(unit)}").hears("đã liên kết")


async def in_thread(there: Speaker, text: str, thread: int, *fragments: str) -> str:
    """Say it in a topic of the forum and wait for the answer."""
    there.mark()
    await there.device._device.say_in_group(text, thread=thread)
    return await there.hears(*fragments)


def sent_to(here: World, chat: int) -> list[dict[str, Any]]:
    return [c["params"] for c in here.fake.calls if c["method"] == "sendMessage" and c["params"]["chat_id"] == chat]


# -- linking ---------------------------------------------------------------------------------------------------------


@ON_PHONES
async def test_a_group_that_is_not_linked_is_told_so_and_nothing_else(here: World, there: Speaker) -> None:
    await here.exemplar(CAMERA)
    for typed in ("/tiendo", "/han", "/diem Vạn Hưng", "/viec", "@KheoBot điểm xã Vạn Hưng", "@KheoBot tiến độ"):
        heard = await there.says(typed).hears(UNLINKED, "/lienket")
        assert CAMERA not in heard
        assert "/13" not in heard
    await there.says("/trogiup").hears(UNLINKED, "Không gửi tài liệu mật", never="/tiendo")


@TELEGRAM
async def test_the_bot_introduces_itself_and_is_linked_by_a_code(here: World, hung: Speaker, there: Speaker) -> None:
    await hung.device.add_bot()
    await there.hears("Khéo, trợ lý phong trào “Dân vận khéo”, đã vào nhóm", "/lienket MÃ")
    await there.says("/lienket").hears("Đề nghị gõ mã sau lệnh")
    code = await here.group_code()
    await there.says(f"/lienket@KheoBot {code[:4].lower()} {code[4:].lower()}").hears("đã liên kết với huyện Vạn Ninh")
    await there.says("/tiendo").hears("Đã trả lời: 0/13")
    await there.says(f"/lienket {code}").hears("Mã không hợp lệ")  # it serves once


@ON_PHONES
async def test_a_link_adds_and_links_in_one_go(here: World, hung: Speaker, there: Speaker) -> None:
    await hung.device.add_bot(await here.group_code("van-ninh.van-thanh"))
    await there.hears("đã liên kết với xã Vạn Thạnh")


@ON_PHONES
async def test_a_group_may_not_guess_either(here: World, there: Speaker) -> None:
    code = await here.group_code()
    for n in range(2, 7):
        await there.says(f"/lienket ABCDEFG{n}").hears("Mã không hợp lệ")
    await there.says(f"/lienket {code}").hears("Đã thử mã quá nhiều lần")
    here.app.clock.move(here.app.clock.now() + timedelta(hours=1, minutes=1))
    await there.says(f"/lienket {code}").hears("đã liên kết")


@ON_PHONES
async def test_the_link_command_in_private_says_where_it_belongs(here: World, hung: Speaker) -> None:
    code = await here.group_code()
    await hung.says(f"/lienket {code}").hears("Mã của nhóm được gõ ngay trong nhóm đó")
    await in_group(hung).says(f"/lienket {code}").hears("đã liên kết")


# -- silence ---------------------------------------------------------------------------------------------------------


@TELEGRAM
async def test_it_is_silent_unless_addressed(here: World, hung: Speaker, there: Speaker) -> None:
    await linked(here, there)
    for typed in (
        "chào cả nhà",
        "điểm xã Vạn Hưng",
        "bao giờ hết hạn?",
        "@KhacBot tiến độ",
        "14",
        "Năm nay không đăng ký",
    ):
        await there.says(typed)
    await there.says("/tiendo@KhacBot").hears_nothing()
    there.mark()
    await hung.device.say_in_group("bao giờ hết hạn đăng ký?", answering=there.device.heard[-1])  # an answer to the bot
    await there.hears("15/02/2024")
    await there.says("@KheoBot chào").hears("Kính chào")
    await there.says("@KheoBot thời tiết ra sao").hears("Khéo")


@TELEGRAM
async def test_files_stickers_and_edits_in_a_group_are_nobodys_business(here: World, there: Speaker) -> None:
    await linked(here, there)
    fake, user = here.fake, there.device._device
    there.mark()
    user._write(GROUP, {"sticker": fake.keep_file("like.webp", b"RIFF") | {"type": "regular", "emoji": "👍"}})
    user._write(GROUP, user._photo("hop-dan.jpg", b"\xff\xd8\xff") | {"caption": "@KheoBot tc1 14"})
    await there.says("và đây là ảnh").hears_nothing()


# -- what belongs in a private chat ------------------------------------------------------------------------------------


@TELEGRAM
async def test_forms_are_sent_to_the_private_chat(here: World, hung: Speaker, there: Speaker) -> None:
    await linked(here, there)
    await here.exemplar(CAMERA, "van-ninh.van-thanh")
    for typed in (
        "/dangky",
        "/tucham",
        "/dudangky",
        "/khongdangky",
        "/vanban",
        "/lichnhac",
        "/ngonngu en",
        "/mo",
        "@KheoBot đăng ký điển hình",
        "@KheoBot năm nay không đăng ký",
        "@KheoBot tự chấm điểm",
    ):
        await there.says(typed).hears("tin nhắn riêng với Khéo")
    here.fake.press(hung.device.user, GROUP, 1, f"c:khongdangky:u{hung.unit_id}")
    await here.quiet()
    assert "tin nhắn riêng với Khéo" in there.last.text
    await hung.says("/viec").hears("xã Vạn Thạnh: Đăng ký điển hình")  # nothing was closed
    await there.says("/khonglenhnao").hears("Không có lệnh “/khonglenhnao”")


@ON_PHONES
async def test_a_communes_group_sees_its_tasks_without_buttons(here: World, there: Speaker) -> None:
    await linked(here, there, "van-ninh.van-thanh")
    await there.says("/viec").hears("xã Vạn Thạnh: Đăng ký điển hình “Dân vận khéo”")
    assert there.last.labels == []


@ON_PHONES
async def test_a_half_filled_form_is_not_touched_from_the_group(here: World, hung: Speaker, there: Speaker) -> None:
    await linked(here, there)
    await here.exemplar(CAMERA, "van-ninh.van-thanh")
    await hung.says("/tucham").hears("Tiêu chí 01")
    await there.says("@KheoBot 14").hears("Khéo chưa hiểu")
    await there.says("/han").hears("15/02/2024")
    await hung.says("14,5").hears("1/7 · 14,5/15")


@ON_PHONES
async def test_whoever_sits_in_a_linked_group_may_ask_but_not_act(here: World, there: Speaker) -> None:
    await linked(here, there)
    await here.exemplar(CAMERA)
    sau = await here.stranger("Sáu", group=GROUP)  # Khéo does not know Sáu
    mouth = in_group(sau)
    await mouth.says("/diem Vạn Hưng").hears(CAMERA, "đã đăng ký")
    await mouth.says("/tiendo").hears("Đã trả lời: 0/13")
    await mouth.says("/khongdangky").hears("tin nhắn riêng với Khéo")
    await mouth.says("/viec").hears("Đã trả lời: 0/13")  # in a group of many units: who has not answered
    await sau.opens().hears("mã dùng một lần")


# -- members and moves -------------------------------------------------------------------------------------------------


@TELEGRAM
async def test_a_group_that_threw_the_bot_out_hears_nothing_until_it_takes_it_back(
    here: World, hung: Speaker, there: Speaker
) -> None:
    await linked(here, there)
    await hung.device.remove_bot()
    await here.quiet()
    calls = len(sent_to(here, GROUP))
    await here.it_is(2024, 2, 6)
    assert len(sent_to(here, GROUP)) == calls
    there.mark()
    await hung.device.add_bot()
    await there.hears("đã liên kết với huyện Vạn Ninh")
    await here.it_is(2024, 2, 7)
    assert "hôm nay là ngày làm việc cuối cùng" in there.last.text


@TELEGRAM
async def test_a_group_that_becomes_a_supergroup_keeps_its_link(here: World, there: Speaker) -> None:
    await linked(here, there)
    here.fake.migrate(GROUP, SUPERGROUP)
    await here.quiet()
    await there.says("/tiendo").hears("Đã trả lời: 0/13")
    await here.it_is(2024, 2, 6)
    assert "còn 1 ngày làm việc" in there.last.text
    assert sum("còn 1 ngày" in p["text"] for p in sent_to(here, SUPERGROUP)) == 1
    assert not [p for p in sent_to(here, GROUP) if "còn 1 ngày" in p["text"]]


@TELEGRAM
async def test_a_move_of_which_only_the_refusal_tells(here: World, hung: Speaker, there: Speaker) -> None:
    await linked(here, there)
    here.fake.moved[GROUP] = SUPERGROUP  # Telegram's service message never came
    here.fake.groups[SUPERGROUP] = here.fake.groups.pop(GROUP)
    here.fake.titles[SUPERGROUP] = here.fake.titles.pop(GROUP)
    hung.device.group = SUPERGROUP
    await here.it_is(2024, 2, 6)
    assert "còn 1 ngày làm việc" in there.last.text
    await there.says("/tiendo").hears("Đã trả lời: 0/13")


@TELEGRAM
async def test_a_topic_of_a_forum_is_answered_there_and_reminded_where_it_was_linked(
    here: World, there: Speaker
) -> None:
    await there.says("/tiendo").hears(UNLINKED)
    await in_thread(there, "/tiendo", 7, UNLINKED)
    await in_thread(there, f"/lienket {await here.group_code()}", 7, "đã liên kết")
    await in_thread(there, "/tiendo", 7, "Đã trả lời: 0/13")
    assert sent_to(here, GROUP)[-1]["message_thread_id"] == 7
    await in_thread(there, "/tiendo", 8, "Đã trả lời: 0/13")
    assert sent_to(here, GROUP)[-1]["message_thread_id"] == 8
    await there.says("/tiendo").hears("Đã trả lời: 0/13")
    assert "message_thread_id" not in sent_to(here, GROUP)[-1]
    heard = len(there.device.heard)
    await here.it_is(2024, 2, 6)
    assert len(there.device.heard) == heard + 1
    assert sent_to(here, GROUP)[-1]["message_thread_id"] == 7


@TELEGRAM
async def test_two_groups_of_one_unit_each_hear_once(here: World, hung: Speaker, there: Speaker) -> None:
    lan = await here.person("Lan", group=-502)
    await linked(here, there)
    await linked(here, in_group(lan))
    before = len(hung.device.group_heard), len(lan.device.group_heard)
    await here.it_is(2024, 2, 6)
    assert (len(hung.device.group_heard), len(lan.device.group_heard)) == (before[0] + 1, before[1] + 1)
    groups = await here.app.store.read(people.groups)
    assert sorted(group.address.chat for group in groups) == ["-500", "-502"]


# -- several plans ---------------------------------------------------------------------------------------------------


@ON_PHONES
async def test_in_a_group_of_two_plans_every_answer_names_its_plan(
    tmp_path: Path, channel: str, ready_sqlite: Path
) -> None:
    small = ROOT / "tests/plans/small/reports_quarterly.yaml"
    joint = plan(small).model_copy(update={"participants": ("van-ninh.van-thanh",)})
    async with world(tmp_path / "kheo", channel, ready=ready_sqlite, plans=["van-ninh", joint]) as here:
        hung = await here.person("Hùng", "van-ninh.van-thanh", group=GROUP)
        there = in_group(hung)
        await linked(here, there, "van-ninh.van-thanh")
        await there.says("/viec").hears(
            "Dân vận khéo huyện Vạn Ninh, năm 2024:",
            "xã Vạn Thạnh: Đăng ký điển hình “Dân vận khéo” – trước ngày 15/02/2024",
            "Dân vận khéo huyện Xuân Lộc, năm 2024:",
            "xã Vạn Thạnh: Xây dựng kế hoạch quán triệt, tuyên truyền – Kế hoạch không quy định ngày",
        )
        await there.says("/tiendo").hears(
            "Dân vận khéo huyện Vạn Ninh – năm 2024", "Dân vận khéo huyện Xuân Lộc – năm 2024"
        )
        for typed in ("/baocao", "/vuongmac con dấu", "/sukien"):
            await there.says(typed).hears("tin nhắn riêng với Khéo", never="Soạn")
