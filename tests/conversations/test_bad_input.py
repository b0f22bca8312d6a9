"""Bad input gets a clear sentence, the question stays open, and nothing is lost."""

from __future__ import annotations

import asyncio
import errno
import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.forms.answers import Answer, answers
from bot.store import drafts
from tests.talk import Act, Speaker, photo
from tests.world import World

CAMERA = "Camera an ninh thôn Xuân Tự"
JUST_TELEGRAM = pytest.mark.parametrize("channel", ["telegram"], indirect=True)
WITH_BUTTONS = pytest.mark.parametrize("channel", ["telegram", "web"], indirect=True)
WHERE_ONE_EDITS = WITH_BUTTONS


@pytest.fixture
async def scoring(here: World, lan: Speaker) -> Speaker:
    """Lan, who is asked for the points of row 01."""
    await here.exemplar(CAMERA)
    await lan.says("/tucham").hears("Tiêu chí 01")
    return lan


async def given(here: World) -> dict[str, Answer]:
    """What stands in the scorecard, by question."""
    return answers(await here.app.store.read(lambda tx: drafts.events(tx, 1)))


async def points(here: World) -> dict[str, str]:
    """The points by row, as stored."""
    return {id[1:]: answer.value for id, answer in (await given(here)).items() if answer.value is not None}


async def words(here: World, row: str) -> list[str]:
    """The texts of a row's evidence."""
    found = (await given(here)).get(f"e{row}")
    return [item.text for item in found.items] if found else []


# -- what cannot be read ---------------------------------------------------------------------------------------------


async def test_what_cannot_be_points_is_explained(here: World, scoring: Speaker) -> None:
    for typed, told in (
        ("16", "tối đa 15 điểm"),
        ("16/15", "tối đa 15 điểm"),
        ("13,7", "13,5 hoặc 14"),
        ("-1", "từ 0 đến 15"),
        ("abc", "“abc”"),
        ("", "Tin nhắn trống"),
        ("   ", "Tin nhắn trống"),
        ("999999999999999999999999", "tối đa 15 điểm"),
        ("/khongco", "“/khongco”"),
        ("xong", "chưa được trả lời"),
        ("👍", "👍"),
        ("d' OR 1=1; --", "OR 1=1"),
    ):
        await scoring.says(typed).hears(told, "Tiêu chí 01 (tối đa 15 điểm)")
    assert await points(here) == {}
    await scoring.says("14").hears("Tài liệu kiểm chứng cho tiêu chí 01")
    assert await points(here) == {"01": "14"}


@JUST_TELEGRAM
async def test_stickers_voices_and_places_are_answered(here: World, scoring: Speaker) -> None:
    await scoring.sends_sticker().hears("hình dán", "Tiêu chí 01 (tối đa 15 điểm)")
    await scoring.sends_voice().hears("tin nhắn thoại", "Tiêu chí 01 (tối đa 15 điểm)")
    await scoring.sends_location().hears("vị trí", "Tiêu chí 01 (tối đa 15 điểm)")
    await scoring.says("14").hears("Tài liệu kiểm chứng cho tiêu chí 01")


@JUST_TELEGRAM
async def test_outside_of_a_form_the_bot_answers_all_the_same(here: World, lan: Speaker) -> None:
    await lan.sends_sticker().hears("hình dán")
    await lan.sends_voice().hears("tin nhắn thoại")
    await lan.sends_location().hears("vị trí")
    await lan.sends_photo("hop-dan.jpg").hears("chưa mở bảng nào", "/tucham")
    await lan.says("ơ hay").hears("chưa hiểu")
    await lan.edits("ơ này").hears("không có gì thay đổi")
    await lan.forges("a:1:r01:15").hears("chưa được phân quyền")


async def test_a_stray_digit_is_no_evidence(here: World, scoring: Speaker) -> None:
    await scoring.says("14").hears("Tài liệu kiểm chứng cho tiêu chí 01")
    for typed in ("7", "13,5", "2024"):
        await scoring.says(typed).hears(f"“{typed}”", "45 hộ dự họp", "tc01 14", "Tài liệu kiểm chứng cho tiêu chí 01")
    assert await words(here, "01") == []
    assert await points(here) == {"01": "14"}


async def test_a_stray_digit_at_the_summary_changes_nothing(here: World, scoring: Speaker) -> None:
    await scoring.says("15 15 15 15 15 15 10").hears("100/100 điểm.")
    await scoring.says("9").hears("chưa hiểu", "100/100 điểm.", "Nộp bảng tự chấm")
    await scoring.says("quay lại").hears("tiêu chí 07")


async def test_a_question_typed_as_evidence_is_asked_back(here: World, scoring: Speaker) -> None:
    await scoring.says("14").hears("Tài liệu kiểm chứng cho tiêu chí 01")
    await scoring.says("bao giờ hết hạn nộp hồ sơ?").hears(
        "là câu trả lời cho mục", "hay là câu hỏi gửi Khéo", "Là câu hỏi gửi Khéo"
    )
    await scoring.picks("Là câu hỏi gửi Khéo").hears("01/09/2024", "Tài liệu kiểm chứng cho tiêu chí 01")
    assert await words(here, "01") == []
    await scoring.says("Khi nào dân cần, có cán bộ?").hears("Là câu trả lời")
    await scoring.picks("Là câu trả lời").hears("Đã nhận 1 nội dung", "Tài liệu kiểm chứng cho tiêu chí 01")
    assert await words(here, "01") == ["Khi nào dân cần, có cán bộ?"]


async def test_a_long_evidence_text_is_kept_whole(here: World, scoring: Speaker) -> None:
    await scoring.says("14").hears("Tài liệu kiểm chứng cho tiêu chí 01")
    long = "Ngày 12 tháng 5, chi bộ thôn Xuân Tự họp với 45 hộ dân về việc lắp camera an ninh. " * 61
    assert len(long) > 5000
    # Telegram's phones cut at 4,096 characters and send the pieces one after the other.
    pieces = [long[:4096], long[4096:]] if here.channel == "telegram" else [long]
    for piece in pieces:
        await scoring.says(piece).hears("Đã nhận 1 nội dung cho tiêu chí 01")
    assert "".join(await words(here, "01")).strip() == long.strip()


# -- buttons and orders ----------------------------------------------------------------------------------------------


@WITH_BUTTONS
async def test_an_old_button_changes_nothing(here: World, scoring: Speaker) -> None:
    await scoring.picks("14").hears("Tài liệu kiểm chứng cho tiêu chí 01")
    await scoring.says("45 hộ dự họp").hears("Đã nhận 1 số liệu")
    await scoring.picks("Xong").hears("Tiêu chí 02")
    await scoring.picks_old("12").hears("Lựa chọn này thuộc câu hỏi trước", "Tiêu chí 02 (tối đa 15 điểm)")
    assert await points(here) == {"01": "14"}


@WITH_BUTTONS
async def test_the_same_button_twice_counts_once(here: World, scoring: Speaker) -> None:
    before = len(scoring.device.heard)
    await asyncio.gather(scoring.device.press("14"), scoring.device.press("14"))
    await here.app.conversation.settle()
    await scoring.device.until(lambda: len(scoring.device.heard) >= before + 2)
    scoring.mark()
    assert await points(here) == {"01": "14"}
    assert "Tài liệu kiểm chứng cho tiêu chí 01" in scoring.last.text
    await scoring.says("xong").hears("Tiêu chí 02")


@WITH_BUTTONS
async def test_handing_in_twice_gives_one_receipt(here: World, scoring: Speaker) -> None:
    await scoring.says("15 15 15 15 15 15 10").hears("100/100 điểm.")
    await scoring.picks("Nộp bảng tự chấm").hears("Số tiếp nhận 00001/2024")
    await scoring.picks("Nộp bảng tự chấm").hears("Bản này đã nộp", "00001/2024", "không có gì thay đổi")


@WITH_BUTTONS
async def test_a_summary_that_is_out_of_date_hands_nothing_in(here: World, scoring: Speaker) -> None:
    await scoring.says("15 15 15 15 15 15 10").hears("100/100 điểm.")
    await scoring.says("tc7 8").hears("98/100 điểm.")
    await scoring.picks_old("Nộp bảng tự chấm").hears("đã thay đổi sau bản tóm tắt", "98/100 điểm.")
    (e,) = await here.exemplars()
    assert e.total is None


@JUST_TELEGRAM
async def test_a_forged_button_changes_nothing(here: World, scoring: Speaker) -> None:
    await scoring.forges("a:1:r01:99").hears("tối đa 15 điểm", "Tiêu chí 01")
    await scoring.forges("a:1:r99:15").hears("Lựa chọn này thuộc câu hỏi trước")
    await scoring.forges("a:77:r01:15").hears("chưa được phân quyền")
    await scoring.forges("hỏng").hears("Lựa chọn này thuộc tin nhắn cũ", "Tiêu chí 01")
    assert await points(here) == {}


async def test_a_command_in_the_middle_is_answered_and_the_question_asked_again(here: World, scoring: Speaker) -> None:
    await scoring.says("14").hears("Tài liệu kiểm chứng cho tiêu chí 01")
    await scoring.says("/han").hears("01/09/2024", "Tài liệu kiểm chứng cho tiêu chí 01")
    await scoring.says("/trogiup").hears("Khéo", "Tài liệu kiểm chứng cho tiêu chí 01")
    await scoring.says("/tucham").hears("Tài liệu kiểm chứng cho tiêu chí 01")
    await scoring.says("45 hộ dự họp").hears("Đã nhận 1 số liệu cho tiêu chí 01")


async def test_two_messages_at_once_are_taken_in_order(here: World, scoring: Speaker) -> None:
    await scoring.says("14")
    await scoring.says("45 hộ dự họp")
    await scoring.says("xong").hears("Tiêu chí 02")
    assert await points(here) == {"01": "14"}
    assert await words(here, "01") == ["45 hộ dự họp"]


# -- one's own message, edited ---------------------------------------------------------------------------------------


@WHERE_ONE_EDITS
async def test_an_edited_score_is_corrected(here: World, scoring: Speaker) -> None:
    await scoring.says("14").hears("Tài liệu kiểm chứng cho tiêu chí 01")
    await scoring.edits("13,5").hears("Đã sửa: Tiêu chí 01: 13,5 điểm", "1/7 · 13,5/15", "Tài liệu kiểm chứng")
    await scoring.edits("16").hears("tối đa 15 điểm", "vẫn giữ nguyên: 13,5 điểm")
    assert await points(here) == {"01": "13.5"}


@WHERE_ONE_EDITS
async def test_an_answer_that_was_turned_down_is_given_by_editing_it(here: World, scoring: Speaker) -> None:
    await scoring.says("16").hears("tối đa 15 điểm")
    await scoring.edits("15").hears("Tài liệu kiểm chứng cho tiêu chí 01")
    assert await points(here) == {"01": "15"}
    await scoring.says("45").hears("mới chỉ là con số")
    await scoring.edits("45 hộ dự họp").hears("Đã nhận 1 số liệu cho tiêu chí 01")
    await scoring.edits("47 hộ dự họp").hears("Đã sửa: Tài liệu 01: 47 hộ dự họp", "Đã có: 1 số liệu")
    assert await words(here, "01") == ["47 hộ dự họp"]


@WHERE_ONE_EDITS
async def test_what_was_turned_down_long_ago_is_no_answer_any_more(here: World, scoring: Speaker) -> None:
    await scoring.says("abc").hears("Chưa đọc được")
    wrong = scoring.device._last if here.channel == "telegram" else scoring.device._own_last
    await scoring.says("14").hears("Tài liệu kiểm chứng cho tiêu chí 01")
    if here.channel == "telegram":
        scoring.device._last = wrong
    else:
        scoring.device._own_last = wrong
    await scoring.edits("12").hears("không có gì thay đổi", "Tài liệu kiểm chứng cho tiêu chí 01")
    assert await points(here) == {"01": "14"}


@WHERE_ONE_EDITS
async def test_an_edited_message_of_several_answers_is_read_anew(here: World, scoring: Speaker) -> None:
    await scoring.says("tc1 14 45 hộ dự họp tc2 16 tc3 13").hears("Đã ghi: TC01: 14 · TC03: 13.", "TC02")
    await scoring.edits("tc1 14,5 47 hộ dự họp tc2 15 tc4 13").hears("Đã sửa: TC01: 14,5 · TC02: 15 · TC04: 13.")
    assert await points(here) == {"01": "14.5", "02": "15", "04": "13"}
    assert await words(here, "01") == ["47 hộ dự họp"]
    await scoring.edits("tc1 99 tc2 14").hears("Đã sửa: TC02: 14.", "TC01", "tối đa 15 điểm")
    assert await points(here) == {"01": "14.5", "02": "14"}


@WHERE_ONE_EDITS
async def test_an_edited_bare_list_corrects_the_same_rows(here: World, scoring: Speaker) -> None:
    await scoring.says("tc1 14 tc2 14").hears("Tiêu chí 03")
    await scoring.says("15 15 14 13,5 8").hears("93,5/100 điểm.")
    await scoring.edits("15 15 14 13,5 10").hears("Đã sửa", "95,5/100 điểm.")
    assert (await points(here))["07"] == "10"


@WHERE_ONE_EDITS
async def test_an_edited_evidence_text_is_corrected(here: World, scoring: Speaker) -> None:
    await scoring.says("14").hears("Tài liệu kiểm chứng cho tiêu chí 01")
    await scoring.says("Biên bản họp số 12").hears("Đã nhận 1 nội dung")
    await scoring.edits("https://vanninh.gov.vn/12").hears("Đã sửa", "Đã có: 1 đường liên kết")
    assert await words(here, "01") == ["https://vanninh.gov.vn/12"]
    await scoring.edits("12").hears("mới chỉ là con số", "vẫn giữ nguyên: https://vanninh.gov.vn/12")


@WHERE_ONE_EDITS
async def test_an_edited_caption_moves_its_photo(here: World, scoring: Speaker) -> None:
    await scoring.sends_photo("hop-dan.jpg", caption="tc1 14 45 hộ dự họp").hears("Đã nhận 1 ảnh cho tiêu chí 01")
    await Act(scoring, lambda: scoring.device.edit_caption("tc2 13 47 hộ dự họp")).hears("Đã sửa: TC02: 13.")
    found = await given(here)
    assert await points(here) == {"02": "13"}
    assert not (found["e01"].items if "e01" in found else ())
    assert sorted(item.kind for item in found["e02"].items) == ["figure", "photo"]


@WHERE_ONE_EDITS
async def test_an_edit_of_what_was_no_answer_changes_nothing(here: World, scoring: Speaker) -> None:
    await scoring.says("/han").hears("01/09/2024")
    await scoring.edits("/viec 14").hears("không có gì thay đổi", "Tiêu chí 01 (tối đa 15 điểm)")
    assert await points(here) == {}


@WHERE_ONE_EDITS
async def test_an_edit_after_handing_in_changes_nothing(here: World, scoring: Speaker) -> None:
    await scoring.says("15 15 15 15 15 15 10").hears("100/100 điểm.")
    await scoring.picks("Nộp bảng tự chấm").hears("Đã tiếp nhận")
    await scoring.edits("15 15 15 15 15 15 8").hears("Bản này đã nộp", "không có gì thay đổi")
    (e,) = await here.exemplars()
    assert e.total == Decimal(100)


@WHERE_ONE_EDITS
async def test_what_a_new_version_took_over_belongs_to_no_message(here: World, scoring: Speaker) -> None:
    await scoring.says("15 15 15 15 15 15 8").hears("98/100 điểm.")
    await scoring.picks("Nộp bảng tự chấm").hears("Đã tiếp nhận")
    await scoring.says("/tucham").hears("Chấm lại (lần 2)")
    await scoring.says("chấm lại (lần 2)").hears("98/100 điểm.")
    await scoring.edits("tc7 3").hears("không có gì thay đổi", "98/100 điểm.")


# -- a disk that is full ---------------------------------------------------------------------------------------------


DISK = 256 * 1024


@contextmanager
def tiny_disk(folder: Path) -> Iterator[None]:
    """A disk of 256 KB where the evidence lies; where none may be mounted, writing fails as if there were."""
    folder.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)]
    if shutil.which("mount") and subprocess.run(mount, capture_output=True, check=False).returncode == 0:
        try:
            yield
        finally:
            subprocess.run(["umount", "-l", str(folder)], check=False)
        return
    real = os.write

    def write(fd: int, piece: Any) -> int:
        if Path(os.readlink(f"/proc/self/fd/{fd}")).is_relative_to(folder.resolve()):
            used = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
            if used + len(piece) > DISK:
                raise OSError(errno.ENOSPC, "No space left on device")
        return real(fd, piece)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "write", write)
        yield


async def test_a_full_disk_is_told_and_nothing_else_is_lost(here: World, scoring: Speaker) -> None:
    await scoring.says("14").hears("Tài liệu kiểm chứng cho tiêu chí 01")
    folder = here.app.keeper.root
    with tiny_disk(folder):
        await scoring.sends_photo("nho.jpg").hears("Đã nhận 1 ảnh cho tiêu chí 01")
        (folder / "filler").write_bytes(bytes(150_000))
        await scoring.sends_photo("lon.jpg", data=photo("lon.jpg") + bytes(150_000)).hears(
            "Chưa lưu được", "ổ đĩa của máy chủ đã đầy", "vẫn an toàn", "Tài liệu kiểm chứng cho tiêu chí 01"
        )
        await scoring.says("45 hộ dự họp").hears("Đã có: 1 ảnh, 1 số liệu")
        assert not list(folder.glob(".incoming-*"))
        (folder / "filler").unlink()
        await scoring.sends_photo("lon.jpg", data=photo("lon.jpg") + bytes(150_000)).hears("Đã có: 2 ảnh, 1 số liệu")
        for item in (await given(here))["e01"].items:
            assert not item.sha256 or here.app.keeper.path(item.sha256).stat().st_size == item.size


ODD = (
    *(
        "?",
        "...",
        "0",
        "1",
        "9",
        "15",
        "16",
        "13,7",
        "a",
        "b",
        "z",
        "ok",
        "ừ",
        "@",
        "//",
        "/",
        "/viec",
        "/tucham",
        "/khongco",
    ),
    *(
        "tc1",
        "tc1 14",
        "tc2 13,5 tc3 99",
        "TC04: 45 hộ dự họp",
        "tiêu chí 3",
        "15 15 15 15 15 15 10",
        "14 14",
        "tối đa",
    ),
    *("bỏ qua", "quay lại", "xong", "xem lại", "nộp", "hủy", "xóa", "để sau", "Sửa…", "giữ lại, làm sau", "Giữ nguyên"),
    *("dùng lại tài liệu TC01", "tc2 dùng lại tc1", "bao giờ hết hạn?", "điểm xã Vạn Hưng", "https://vanninh.gov.vn"),
    *("Là câu trả lời", "Là câu hỏi gửi Khéo", "Biên bản họp dân số 12", "   ", "👍👍", "xin chào", "cảm ơn"),
)


async def test_whatever_is_typed_is_answered_and_the_points_stay_possible(here: World, scoring: Speaker) -> None:
    dice = random.Random(f"{here.channel} 2024")
    for text in dice.choices(ODD, k=90):
        await scoring.says(text).hears("")
    assert not any("Hệ thống gặp lỗi" in heard.text for heard in scoring.device.heard)
    (e,) = await here.exemplars()
    table = here.app.office.plans["van-ninh"].table(e.subject)
    most = {row.code: row.max for row in table.rows}
    for code, value in (await points(here)).items():
        assert 0 <= Decimal(value) <= most[code]
        assert Decimal(value) % Decimal("0.5") == 0


async def test_odd_words_outside_of_a_form_are_answered(here: World, lan: Speaker) -> None:
    for text in ODD:
        await lan.says(text).hears("")
    assert not any("Hệ thống gặp lỗi" in heard.text for heard in lan.device.heard)
