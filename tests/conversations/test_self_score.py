"""A commune scores its exemplar: the same talk on Telegram, on the web page and in the terminal."""

from __future__ import annotations

from tests.talk import Speaker
from tests.world import World

CAMERA = "Camera an ninh thôn Xuân Tự"


async def test_a_commune_scores_its_exemplar(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)

    await lan.says("/tucham").hears("Tiêu chí 01 (tối đa 15 điểm)", "Số liệu cụ thể")
    await lan.says("16").hears("tối đa 15 điểm")
    await lan.says("13 rưỡi").hears("Tài liệu kiểm chứng")
    await lan.sends_photo("hop-dan.jpg").hears("Đã nhận 1 ảnh")
    await lan.picks("Xong").hears("Tiêu chí 02")

    await lan.says("tc2 15 tc3 15 tc4 15 tc5 15 tc6 15 tc7 8").hears(
        "96,5/100 điểm",
        "Chưa đủ điều kiện đề nghị cấp huyện",
        "tiêu chí 07 được 8 điểm, cần từ 9 điểm",
        "tiêu chí 02–07 chưa có tài liệu kiểm chứng",
    )
    await lan.says("xin chào").hears("Bảng tự chấm chưa nộp")
    await lan.picks("Nộp bảng tự chấm").hears("Đã tiếp nhận", "Số tiếp nhận", "Lan")
    (scored,) = await here.exemplars()
    assert str(scored.total) == "96.5"
    await lan.says("điểm xã Vạn Hưng").hears(CAMERA, "96,5/100")
