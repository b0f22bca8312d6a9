"""Evidence for a row: words, photos, documents and links, kept as they came and counted once."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.forms.answers import Item, answers
from bot.store import drafts
from tests.databases import ready_sqlite  # noqa: F401
from tests.talk import QUIET, Act, Speaker, photo
from tests.world import World, world

CAMERA = "Camera an ninh thôn Xuân Tự"
PDF = b"%PDF-1.4\n% bi\xc3\xaan b\xe1\xba\xa3n h\xe1\xbb\x8dp\n%%EOF"
JUST_TELEGRAM = pytest.mark.parametrize("channel", ["telegram"], indirect=True)


@pytest.fixture
async def small(tmp_path: Path, channel: str, ready_sqlite: Path) -> AsyncIterator[World]:  # noqa: F811
    """An office that takes no file over 1 MB."""
    async with world(tmp_path / "kheo", channel, ready=ready_sqlite, KHEO_FILE_LIMIT_MB=1) as made:
        yield made


async def evidence(here: World, row: str) -> list[Item]:
    """What the row holds in the newest scorecard."""

    def look(tx: Any) -> list[Item]:
        newest = 0
        for id in range(1, 20):
            try:
                newest = id if drafts.by_id(tx, id).form == "self_score" else newest
            except LookupError:
                break
        found = answers(drafts.events(tx, newest)).get(f"e{row}")
        return list(found.items) if found else []

    return await here.app.store.read(look)


async def at_the_evidence(here: World, who: Speaker) -> None:
    """The speaker has given row 01 its points and is asked for its evidence."""
    await here.exemplar(CAMERA)
    await who.says("/tucham").hears("Tiêu chí 01")
    await who.says("14").hears("Tài liệu kiểm chứng cho tiêu chí 01")


async def messages_since(who: Speaker) -> int:
    """How many messages came since the last act, after a while in which more could have come."""
    before = len(who.since())
    await asyncio.sleep(QUIET)
    assert len(who.since()) == before
    return who.since().count("Tài liệu kiểm chứng cho tiêu chí")


async def test_evidence_of_every_kind_for_one_row(here: World, lan: Speaker) -> None:
    await at_the_evidence(here, lan)
    await lan.says("45 hộ dự họp").hears("Đã nhận 1 số liệu cho tiêu chí 01", "Đã có: 1 số liệu")
    await lan.says("Đã mở ba lớp tập huấn cho tổ trưởng tổ dân phố").hears("Đã nhận 1 nội dung")
    await lan.says("https://vanninh.khanhhoa.gov.vn/tin/123").hears("Đã nhận 1 đường liên kết")
    await lan.sends_photo("hop-dan.jpg").hears("Đã nhận 1 ảnh")
    await lan.sends_document("bien-ban.pdf", PDF).hears(
        "Đã nhận 1 tài liệu", "Đã có: 1 ảnh, 1 tài liệu, 1 đường liên kết, 1 số liệu, 1 nội dung"
    )
    await lan.picks("Xong").hears("Tiêu chí 02")
    kinds = [item.kind for item in await evidence(here, "01")]
    assert kinds == ["figure", "text", "link", "photo", "document"]


async def test_the_bytes_are_kept_as_they_were_sent(here: World, lan: Speaker) -> None:
    await at_the_evidence(here, lan)
    picture, paper = photo("hop-dan.jpg") + bytes(range(256)), PDF + b"\r\n\x00\xff"
    await lan.sends_photo("hop-dan.jpg", data=picture).hears("Đã nhận 1 ảnh")
    await lan.sends_document("bien-ban.pdf", paper).hears("Đã nhận 1 tài liệu")
    for item, sent in zip(await evidence(here, "01"), (picture, paper), strict=True):
        assert item.sha256 == hashlib.sha256(sent).hexdigest()
        assert here.app.keeper.path(item.sha256).read_bytes() == sent
        assert item.size == len(sent)


async def test_the_type_is_what_the_file_holds(here: World, lan: Speaker) -> None:
    await at_the_evidence(here, lan)
    await lan.sends_document("bien-ban.doc", PDF).hears("Đã nhận 1 tài liệu")
    await lan.sends_document("so-lieu.pdf", "Số hộ dự họp: 45".encode()).hears("Đã nhận 1 tài liệu")
    assert [item.media for item in await evidence(here, "01")] == ["application/pdf", "text/plain"]


async def test_a_caption_with_score_figure_and_photo_at_once(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)
    await lan.says("/tucham").hears("Tiêu chí 01")
    await lan.sends_photo("hop-dan.jpg", caption="tc1 14 45 hộ dự họp").hears(
        "Đã ghi: TC01: 14.", "Đã nhận 1 ảnh cho tiêu chí 01", "1/7 · 14/15", "Đã có: 1 ảnh, 1 số liệu"
    )
    figure, picture = await evidence(here, "01")
    assert (figure.kind, figure.text, picture.kind) == ("figure", "45 hộ dự họp", "photo")


async def test_a_caption_with_impossible_points_loses_nothing_else(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)
    await lan.says("/tucham").hears("Tiêu chí 01")
    await lan.sends_photo("hop-dan.jpg", caption="tc3 16 45 hộ dự họp").hears(
        "TC03", "tối đa 15 điểm", "Đã nhận 1 ảnh cho tiêu chí 03", "Tiêu chí 01 (tối đa"
    )
    assert [item.kind for item in await evidence(here, "03")] == ["figure", "photo"]
    assert not await evidence(here, "01")


async def test_an_album_is_one_answer_with_one_acknowledgement(here: World, lan: Speaker) -> None:
    await at_the_evidence(here, lan)
    await lan.sends_album("a.jpg", "b.jpg", "c.jpg", caption="Họp dân thôn Xuân Tự").hears(
        "Đã nhận 3 ảnh cho tiêu chí 01", "Đã có: 3 ảnh"
    )
    assert await messages_since(lan) == 1
    assert {item.kind for item in await evidence(here, "01")} == {"photo"}


async def test_an_album_for_two_rows(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)
    await lan.says("/tucham").hears("Tiêu chí 01")
    await lan.sends_album("a.jpg", "b.jpg", caption="tc1 14 tc2 15").hears(
        "Đã ghi: TC01: 14 · TC02: 15.", "Đã nhận 2 ảnh cho tiêu chí 01, 02"
    )
    assert len(await evidence(here, "01")) == len(await evidence(here, "02")) == 2


async def test_an_album_with_one_photo_that_is_refused(small: World) -> None:
    lan = await small.person("Lan")
    await at_the_evidence(small, lan)
    parts = [("a.jpg", photo("a.jpg")), ("b.jpg", photo("b.jpg") + bytes(1_200_000)), ("c.jpg", photo("c.jpg"))]
    await Act(lan, lambda: lan.device.send_album(parts)).hears(
        "Đã nhận 2 ảnh cho tiêu chí 01", "Không nhận", "lớn hơn 1 MB", "Đã có: 2 ảnh"
    )
    assert await messages_since(lan) == 1


@JUST_TELEGRAM
async def test_a_photo_that_straggles_in_is_counted_with_its_album(here: World, lan: Speaker) -> None:
    await at_the_evidence(here, lan)
    await lan.sends_album("a.jpg", "b.jpg").hears("Đã nhận 2 ảnh cho tiêu chí 01")
    await lan.picks("Xong").hears("Tiêu chí 02")
    await Act(lan, lambda: lan.device.send_straggler("c.jpg", photo("c.jpg"))).hears(
        "Đã nhận thêm 1 ảnh; tổng cộng 3 ảnh", "Tiêu chí 02 (tối đa 15 điểm)"
    )
    assert len(await evidence(here, "01")) == 3
    await lan.says("15").hears("Tài liệu kiểm chứng cho tiêu chí 02")


async def test_an_album_of_somebody_who_has_gone_on_already(here: World, lan: Speaker) -> None:
    await at_the_evidence(here, lan)
    await lan.sends_album("a.jpg", "b.jpg", "c.jpg")
    await lan.says("xong").hears("Tiêu chí 02")
    await lan.hears("Đã nhận 3 ảnh cho tiêu chí 01")
    await lan.says("15").hears("Tài liệu kiểm chứng cho tiêu chí 02")


async def test_an_album_of_somebody_who_has_left_the_form(here: World, lan: Speaker) -> None:
    await at_the_evidence(here, lan)
    await lan.sends_album("a.jpg", "b.jpg", "c.jpg")
    await lan.says("hủy").hears("Giữ lại, làm sau")
    await lan.picks("Giữ lại, làm sau").hears("/viec")
    await lan.hears("Đã nhận 3 ảnh cho tiêu chí 01")
    assert not lan.last.labels
    assert len(await evidence(here, "01")) == 3


@JUST_TELEGRAM
async def test_a_straggler_finds_its_album_after_the_form_was_left(here: World, lan: Speaker) -> None:
    await at_the_evidence(here, lan)
    await lan.sends_album("a.jpg", "b.jpg").hears("Đã nhận 2 ảnh")
    await lan.says("hủy").hears("Giữ lại, làm sau")
    await lan.picks("Giữ lại, làm sau").hears("/viec")
    await Act(lan, lambda: lan.device.send_straggler("c.jpg", photo("c.jpg"))).hears("tổng cộng 3 ảnh")
    assert len(await evidence(here, "01")) == 3


async def test_an_album_without_an_open_form_is_answered_once(here: World, lan: Speaker) -> None:
    await lan.sends_album("a.jpg", "b.jpg", "c.jpg").hears("chưa mở bảng nào", "/tucham")
    await asyncio.sleep(QUIET)
    assert lan.since().count("chưa mở bảng nào") == 1


async def test_documents_serve_again_typed_and_by_button(here: World, lan: Speaker) -> None:
    await at_the_evidence(here, lan)
    await lan.says("dùng lại tài liệu TC02").hears("Tiêu chí 02 chưa có tài liệu để dùng lại")
    await lan.sends_document("bien-ban.pdf", PDF).hears("Đã nhận 1 tài liệu")
    await lan.says("45 hộ dự họp").hears("Đã nhận 1 số liệu")
    await lan.picks("Xong").hears("Tiêu chí 02")
    await lan.says("dùng lại tài liệu TC01").hears(
        "1 tài liệu, 1 số liệu của tiêu chí 01 nay cũng được dùng cho tiêu chí 02", "Tiêu chí 02 (tối đa"
    )
    await lan.says("13,5").hears("Tài liệu kiểm chứng cho tiêu chí 02", "Đã có: 1 tài liệu, 1 số liệu")
    await lan.picks("Xong").hears("Tiêu chí 03")
    await lan.says("15").hears("Dùng lại tài liệu TC01", "Dùng lại tài liệu TC02")
    await lan.picks("Dùng lại tài liệu TC02").hears("của tiêu chí 02 nay cũng được dùng cho tiêu chí 03")
    await lan.says("Dùng lại tài liệu TC01").hears("Đã có: 1 tài liệu, 1 số liệu")
    await lan.says("dùng lại tài liệu TC01 cho TC05").hears("nay cũng được dùng cho tiêu chí 05")
    digests = [[item.sha256 for item in await evidence(here, row)] for row in ("01", "02", "03", "05")]
    assert all(one == digests[0] for one in digests)


async def test_evidence_goes_where_it_is_addressed(here: World, lan: Speaker) -> None:
    await at_the_evidence(here, lan)
    await lan.says("TC03: Tờ trình số 12/TTr-UBND").hears("Đã nhận 1 nội dung cho tiêu chí 03", "cho tiêu chí 01")
    await lan.sends_photo("le-ky-ket.jpg", caption="Lễ ký kết, TC05").hears("Đã nhận 1 ảnh cho tiêu chí 05")
    assert [item.text for item in await evidence(here, "03")] == ["Tờ trình số 12/TTr-UBND"]
    assert [item.text for item in await evidence(here, "05")] == ["Lễ ký kết, TC05"]
    assert not await evidence(here, "01")


async def test_a_photo_at_the_points_leaves_the_points_asked(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)
    await lan.says("/tucham").hears("Tiêu chí 01")
    await lan.sends_photo("hop-dan.jpg").hears("Đã nhận 1 ảnh cho tiêu chí 01", "Tiêu chí 01 (tối đa 15 điểm)")
    await lan.says("14").hears("Tài liệu kiểm chứng cho tiêu chí 01", "Đã có: 1 ảnh")


async def test_a_photo_at_the_summary_is_asked_to_name_its_row(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)
    await lan.says("/tucham").hears("Tiêu chí 01")
    await lan.says("15 15 15 15 15 15 10").hears("100/100")
    await lan.sends_photo("hop-dan.jpg").hears("chưa rõ thuộc tiêu chí nào", "TC03", "Nộp bảng tự chấm")
    await lan.sends_photo("hop-dan.jpg", caption="TC06").hears("Đã nhận 1 ảnh cho tiêu chí 06", "Nộp bảng tự chấm")
    await lan.says("dùng lại tài liệu TC06").hears("TC02 dùng lại tài liệu TC01", "Nộp bảng tự chấm")


async def test_what_was_sent_by_mistake_is_taken_out_again(here: World, lan: Speaker) -> None:
    await at_the_evidence(here, lan)
    await lan.sends_document("bien-ban.pdf", PDF).hears("Bỏ bớt…")
    await lan.says("45 hộ dự họp").hears("Đã có: 1 tài liệu, 1 số liệu")
    await lan.picks("Bỏ bớt…").hears("Đề nghị chọn tài liệu cần bỏ", "1. Tài liệu bien-ban.pdf", "2. 45 hộ dự họp")
    await lan.picks("1. Tài liệu").hears("Đã bỏ: bien-ban.pdf", "Đã có: 1 số liệu")
    await lan.says("xóa").hears("1. 45 hộ dự họp", "Giữ nguyên")
    await lan.picks("Giữ nguyên").hears("Tài liệu kiểm chứng cho tiêu chí 01", "Đã có: 1 số liệu")
    assert [item.text for item in await evidence(here, "01")] == ["45 hộ dự họp"]


async def test_a_file_over_the_limit_is_refused_with_the_limit(small: World) -> None:
    lan = await small.person("Lan")
    await at_the_evidence(small, lan)
    await lan.sends_document("ban-do.pdf", PDF + bytes(1_200_000)).hears(
        "Không nhận “ban-do.pdf” vì lớn hơn 1 MB", "đường liên kết", "Tài liệu kiểm chứng cho tiêu chí 01"
    )
    await lan.sends_photo("hop-dan.jpg", data=photo("hop-dan.jpg") + bytes(1_200_000)).hears("lớn hơn 1 MB")
    await lan.sends_document("vua-du.pdf", PDF + bytes(1024 * 1024 - len(PDF))).hears("Đã nhận 1 tài liệu")
    assert [item.name for item in await evidence(small, "01")] == ["vua-du.pdf"]


async def test_a_program_that_calls_itself_a_document_is_refused(here: World, lan: Speaker) -> None:
    await at_the_evidence(here, lan)
    await lan.sends_document(
        "quyet-dinh.pdf", b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff" + bytes(200)
    ).hears("Không nhận “quyet-dinh.pdf” vì đây là tệp chương trình", "Tài liệu kiểm chứng cho tiêu chí 01")
    assert not await evidence(here, "01")
    kept = [path for path in here.app.keeper.root.rglob("*") if path.is_file()]
    assert kept == []


async def test_an_empty_file_is_refused(here: World, lan: Speaker) -> None:
    await at_the_evidence(here, lan)
    await lan.sends_document("trong.pdf", b"").hears("Không nhận “trong.pdf” vì tệp rỗng", "tiêu chí 01")
    assert not await evidence(here, "01")
