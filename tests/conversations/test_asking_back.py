"""What is not clear is asked back with the likeliest meanings; what Khéo cannot do yet is said, with what there is."""

from __future__ import annotations

import pytest

from bot.lookup.phrases import RULES
from handlers.asking_back import LABELS
from tests.talk import Speaker, in_group
from tests.world import World

ON_PHONES = pytest.mark.parametrize("channel", ["telegram", "zalo"], indirect=True)
FEW = pytest.mark.parametrize("channel", ["telegram", "zalo"], indirect=True)
GROUP = -500
PERHAPS = "Khéo chưa rõ ý câu này."
UNCLEAR = "hồ sơ với giấy khen cấp nào"


def test_every_intent_but_talk_can_be_offered() -> None:
    talk = {"greeting", "thanks", "out_of_scope", "score.refuse"}
    assert {intent for intent, _, _ in RULES} - talk == set(LABELS)


async def test_what_may_mean_two_things_is_asked_back_and_the_button_answers(here: World, lan: Speaker) -> None:
    await lan.says(UNCLEAR).hears(PERHAPS, "[Hồ sơ gồm những gì]", "[Ai khen, ai ký]")
    await lan.picks("Ai khen, ai ký").hears("mục", never=PERHAPS)


async def test_the_button_knows_the_sentence(here: World, lan: Speaker) -> None:
    """The criterion that was named is in the sentence, not in the button."""
    await lan.says("mục tiêu chí 3 có phải nộp không").hears(PERHAPS)
    await lan.picks("Các tiêu chí và điểm").hears("tiêu chí 03", never="tiêu chí 04")


async def test_a_loosely_named_act_is_offered_and_begun_by_the_button_only(here: World, lan: Speaker) -> None:
    await lan.says("cho xã mình ghi thêm một điển hình").hears(PERHAPS, "[Đăng ký điển hình]", never="Câu 1")
    await lan.picks("Đăng ký điển hình").hears("xã Vạn Hưng", never=PERHAPS)


async def test_a_difficulty_offered_as_a_button_keeps_its_words(here: World, lan: Speaker) -> None:
    await lan.says("khó khăn của xã tui là dân đi biển hết, họp hông được ai hết").hears("[Phản ánh vướng mắc]")
    await lan.picks("Phản ánh vướng mắc").hears("Tài liệu kèm theo")
    await lan.picks("Bỏ qua").hears("dân đi biển hết")


async def test_a_difficulty_behind_its_keyword_is_always_one(here: World, lan: Speaker) -> None:
    await lan.says("vướng mắc: con dấu chưa có nên chưa ký được bản đăng ký").hears("Tài liệu kèm theo")
    await lan.picks("Bỏ qua").hears("con dấu chưa có nên chưa ký được bản đăng ký")


async def test_a_question_in_a_form_is_asked_back_and_the_form_goes_on(here: World, lan: Speaker) -> None:
    await lan.says("/dangky").hears("tập thể hay cá nhân")
    await lan.picks("Tập thể").hears("Tên")
    await lan.says(UNCLEAR + "?").hears("[Là câu hỏi gửi Khéo]")
    await lan.picks("Là câu hỏi gửi Khéo").hears(PERHAPS, "[Ai khen, ai ký]")
    await lan.picks("Ai khen, ai ký").hears("mục", "Tên điển hình")


@FEW
async def test_a_forged_button_begins_nothing(here: World, lan: Speaker) -> None:
    for intent in ("register.none", "model.stop", "no.such", "x" * 30):
        heard = await lan.forges(f"c:hoi:i.{intent}").hears("")
        assert "Vạn Hưng" not in heard, intent


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("thống kê mô hình theo lĩnh vực 2026", "Thống kê theo lĩnh vực chưa có trên Khéo; /bangtonghop"),
        ("5 xã điểm cao nhất", "Xếp hạng theo điểm chưa có trên Khéo; /diem"),
        ("nhắc tôi trước 5 ngày", "Đặt lời nhắc riêng chưa có trên Khéo; Khéo tự nhắc từng việc trước hạn."),
    ],
)
@ON_PHONES
async def test_what_is_not_there_yet_is_said(here: World, lan: Speaker, typed: str, said: str) -> None:
    await lan.says(typed).hears(said)


@ON_PHONES
async def test_in_a_group_only_what_may_be_answered_there_is_offered(here: World, lan: Speaker) -> None:
    code = await here.group_code()
    group = in_group(await here.person("Nga", group=GROUP))
    await group.says(f"/lienket {code}").hears("đã liên kết")
    await group.says(f"@KheoBot {UNCLEAR}").hears(PERHAPS, "[Ai khen, ai ký]")
    heard = await group.says("@KheoBot tôi còn nợ gì trong hồ sơ").hears(PERHAPS, "[Hồ sơ gồm những gì]")
    assert "Việc còn phải làm" not in heard
    assert "Việc còn phải làm" in await (await here.person("Mai")).says("tôi còn nợ gì trong hồ sơ").hears(PERHAPS)
