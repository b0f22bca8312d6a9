"""People get their papers: the unit what it handed in, the standing office the whole season, nobody what is not theirs."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from docx import Document as read_docx
from openpyxl import load_workbook
from sqlalchemy import insert, select, update
from structlog.testing import capture_logs

from bot.clock import ZONE
from bot.papers import forms
from bot.rules.access import STANDING_OFFICE
from bot.store.tables import role, unit
from tests.conversations.registering import CAMERA, registers
from tests.conversations.reporting import RESULTS, reports
from tests.devices.browser import Browser
from tests.devices.telegram import TelegramPhone
from tests.devices.zalo import LINK, ZaloPhone
from tests.talk import Speaker, in_group
from tests.world import World, world

PATH = re.compile(r"^/\S+\.(?:docx|xlsx)$", re.MULTILINE)


async def papers(speaker: Speaker) -> list[tuple[str, bytes]]:
    """The files that came since the speaker's last act, by name, as their device opens them."""
    found: list[tuple[str, bytes]] = []
    for heard in speaker.device.heard[speaker._mark :]:
        if isinstance(speaker.device, TelegramPhone):
            found += heard.files
        elif isinstance(speaker.device, Browser):
            for link in heard.links:
                status, headers, content = await speaker.device.download(link)
                assert status == 200
                found.append((headers["Content-Disposition"].rpartition("''")[2], content))
        elif isinstance(speaker.device, ZaloPhone):
            found += [await speaker.device.download(link) for link in LINK.findall(heard.text)]
        else:
            found += [(Path(path).name, Path(path).read_bytes()) for path in PATH.findall(heard.text)]  # noqa: ASYNC240
    return found


async def paper(speaker: Speaker) -> tuple[str, bytes]:
    (only,) = await papers(speaker)
    return only


def lines(content: bytes) -> list[str]:
    document = read_docx(io.BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return [text.replace("\u00a0", " ") for text in [*(p.text for p in document.paragraphs), *cells] if text]


def workbook(content: bytes) -> Any:
    return load_workbook(io.BytesIO(content))


def column(sheet: Any, heading: str) -> list[Any]:
    at = [cell.value for cell in sheet[1]].index(heading)
    return [row[at] for row in sheet.iter_rows(min_row=2, values_only=True)]


async def test_lan_registers_and_gets_the_paper_to_be_signed(here: World, lan: Speaker) -> None:
    await registers(lan)
    heard = await lan.hears("Đã tiếp nhận bản đăng ký", f"“{CAMERA}” dưới dạng tệp Word để kiểm tra và trình ký")
    assert heard.index("Đã tiếp nhận") < heard.index("tệp Word"), "the receipt comes first"
    name, content = await paper(lan)
    assert name == "ban-dang-ky-xa-van-hung-00001.docx"
    said = lines(content)
    assert f"1. Tên điển hình: {CAMERA}" in said
    assert "2. Thời gian triển khai: từ tháng 01 đến tháng 12 năm 2024" in said
    assert "3. Đề nghị Chủ tịch UBND huyện khen thưởng: Có" in said
    assert "Kính gửi: Ban Dân vận Huyện ủy" in said
    assert not any("Chi hội Phụ nữ" in line for line in said), "what the document does not ask for is not printed"


async def test_lan_gets_her_registration_again_and_opens_it(here: World, lan: Speaker) -> None:
    await registers(lan)
    await lan.says("/banin").hears("Văn bản của xã Vạn Hưng", f"Bản đăng ký: {CAMERA}", "Bản đăng ký trống")
    await lan.picks(f"Bản đăng ký: {CAMERA}").hears("Bản đăng ký", CAMERA, "dưới dạng tệp Word", "dự thảo")
    name, content = await paper(lan)
    assert name == "ban-dang-ky-xa-van-hung-00001.docx"
    said = lines(content)
    assert any(CAMERA in line for line in said)
    assert any("XÃ VẠN HƯNG" in line and "HUYỆN VẠN NINH" in line and "DỰ THẢO" in line for line in said)
    assert any("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in line for line in said)


async def test_the_blank_form_for_a_unit_that_prefers_paper(here: World, lan: Speaker) -> None:
    await lan.says("in bản đăng ký").hears("Bản đăng ký trống")
    await lan.picks("Bản đăng ký trống").hears("Mẫu bản đăng ký trống của xã Vạn Hưng")
    name, content = await paper(lan)
    assert name == "mau-ban-dang-ky-xa-van-hung.docx"
    assert not any("DỰ THẢO" in line for line in lines(content))
    assert any("Vạn Hưng, ngày …… tháng …… năm 2024" in line for line in lines(content))


async def test_a_scorecard_with_its_points_and_its_evidence(here: World, lan: Speaker) -> None:
    e = await here.exemplar(CAMERA)
    await lan.says("/tucham").hears("01")
    await lan.says("15 15 14 13,5 14 13,5 9,5").hears("01")
    await lan.sends_document("Báo cáo số 12.pdf", b"%PDF-1.4 report", caption="TC01").hears("tiêu chí 01")
    await lan.picks("Nộp bảng tự chấm").hears("Đã tiếp nhận")
    await lan.says("/banin").hears(f"Bảng tự chấm: {e.name}")
    await lan.picks("Bảng tự chấm").hears("Bảng tự chấm", "dưới dạng tệp Word")
    name, content = await paper(lan)
    assert name.startswith("bang-tu-cham-xa-van-hung-")
    table = read_docx(io.BytesIO(content)).tables[1]
    assert [cell.text for cell in table.rows[0].cells] == [
        "STT",
        "Tiêu chí",
        "Điểm chuẩn",
        "Điểm tự chấm",
        "Tài liệu kiểm chứng",
    ]
    assert [row.cells[3].text for row in table.rows[1:]] == ["15", "15", "14", "13,5", "14", "13,5", "9,5", "94,5"]
    assert "Báo cáo số 12.pdf" in {row.cells[4].text for row in table.rows}


@pytest.mark.parametrize("channel", ["telegram", "web"], indirect=True)  # elsewhere its page says so
async def test_a_paper_that_breaks_is_told_and_how_to_get_it_again(
    here: World, lan: Speaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    await registers(lan)

    def broken(*_: object) -> bytes:
        raise RuntimeError("the layout broke")

    await lan.says("/banin").hears("Văn bản của xã Vạn Hưng")
    with monkeypatch.context() as now, capture_logs() as logs:
        now.setattr(forms, "registration", broken)
        await lan.picks("Bản đăng ký: ").hears("Chưa tạo được tệp", "/banin")
        assert await papers(lan) == []
    assert any("could not be made" in entry["event"] for entry in logs if entry["log_level"] == "error")
    await lan.says("/banin").hears("Văn bản của xã Vạn Hưng")
    await lan.picks("Bản đăng ký: ").hears("dưới dạng tệp Word")
    assert len(await papers(lan)) == 1


@pytest.mark.parametrize("channel", ["telegram", "web"], indirect=True)  # a terminal has one person and no tokens
async def test_nobody_gets_a_paper_of_another_unit(here: World, lan: Speaker) -> None:
    await registers(lan)
    binh = await here.person("Bình", "van-ninh.van-binh")
    await binh.says("/banin").hears("Văn bản của xã Vạn Bình")
    assert CAMERA not in binh.since()
    await binh.forges("c:banin:g1").hears("cơ quan thường trực")
    await binh.forges("c:banin:g999999").hears("cơ quan thường trực")
    await binh.says("in bản đăng ký xã Vạn Hưng").hears("cơ quan thường trực")
    await binh.says("/bangtonghop").hears("cơ quan thường trực")
    assert await papers(binh) == []
    at = here.app.office.units.coded("van-ninh.van-hung")
    assert at is not None
    season = here.season().id
    await binh.forges(f"c:banin:u{at.id}:s{season}").hears("cơ quan thường trực")


@pytest.mark.parametrize("channel", ["telegram"], indirect=True)  # only Telegram is ever away
async def test_a_right_that_was_lost_before_the_paper_left_brings_no_paper(here: World, lan: Speaker) -> None:
    """The paper is made when it is sent; the reader's rights are those of that moment."""
    await registers(lan)
    await lan.says("/banin").hears("Văn bản của xã Vạn Hưng")

    def sent() -> int:
        return sum(call["method"] == "sendDocument" for call in here.fake.calls)

    before = sent()
    here.fake.fail("sendDocument", 500)
    ended = here.app.clock.now().date() - timedelta(days=1)

    def end(tx: Any) -> None:
        tx.execute(update(role).values(valid_to=ended))

    await lan.picks("Bản đăng ký: ")
    await lan.device.until(lambda: sent() > before)
    await here.app.store.write(end)
    await lan.hears("Chưa tạo được tệp", "/banin")
    assert await papers(lan) == []


async def test_a_report_comes_as_a_paper_and_a_document_does_not(tmp_path: Path, ready_sqlite: Path) -> None:
    at = datetime(2023, 3, 13, 9, 0, tzinfo=ZONE)
    async with world(tmp_path / "kheo", "telegram", ready=ready_sqlite, plans=["binh-dinh"], at=at) as here:
        lan = await here.person("Lan", "binh-dinh.phu-cat")
        await reports(lan)
        await lan.hears("“Báo cáo quý I” dưới dạng tệp Word")
        name, content = await paper(lan)
        assert name.startswith("bao-cao-huyen-phu-cat-")
        said = lines(content)
        assert "Kính gửi: Ủy ban nhân dân tỉnh (qua Sở Nội vụ)" in said
        assert RESULTS in said
        assert any("Phù Cát, ngày" in line for line in said), "a district dates its papers in its own name"
        await lan.says("/baocao").hears("Soạn: Kế hoạch triển khai của đơn vị")
        await lan.picks("Soạn: Kế hoạch triển khai của đơn vị").hears("tệp hoặc ảnh")
        await lan.sends_document("ke-hoach.pdf", b"%PDF-1.4 plan").hears("1 tài liệu")
        await lan.picks("Xong").hears("Ghi chú")
        await lan.picks("Bỏ qua").hears("Nộp")
        await lan.picks("Nộp").hears("Đã tiếp nhận")
        await lan.says("/banin").hears("Văn bản của huyện Phù Cát", "[Báo cáo quý I")
        assert "Kế hoạch triển khai" not in lan.since()


@pytest.mark.parametrize("channel", ["telegram"], indirect=True)  # groups are told on Telegram
async def test_nothing_is_printed_in_a_group(here: World) -> None:
    lan = await here.person("Lan", group=-5)
    await lan.device.add_bot(await here.group_code())
    await registers(lan)
    for said in ("/banin", "/bangtonghop", "@KheoBot in bản đăng ký", "@KheoBot xuất excel"):
        await in_group(lan).says(said).hears("riêng")
    assert all(not heard.files for heard in lan.device.group_heard)


async def test_the_standing_office_gets_the_season_as_a_workbook(here: World, lan: Speaker) -> None:
    await registers(lan, "=HYPERLINK(1) camera")
    await here.exemplar("Nước sạch", "van-ninh.van-binh")
    mai = await here.person("Mai", "van-ninh", STANDING_OFFICE)
    if mai is lan:
        await here.app.store.write(lambda tx: _promote(tx, lan.person_id))
    await mai.says("xuất excel").hears("tệp Excel")
    name, content = await paper(mai)
    assert name == "tong-hop-van-ninh-2024.xlsx"
    book = workbook(content)
    assert book.sheetnames == ["Đăng ký", "Điểm Tập thể", "Điểm Cá nhân", "Chưa nộp", "Báo cáo"]
    assert column(book["Đăng ký"], "Tên điển hình") == ["=HYPERLINK(1) camera", "Nước sạch"]
    assert all(cell.data_type != "f" for sheet in book for row in sheet for cell in row)
    missing = column(book["Chưa nộp"], "Đơn vị")
    assert "xã Vạn Thắng" in missing
    registered = [
        unit for unit, milestone in zip(missing, column(book["Chưa nộp"], "Mốc"), strict=True) if "ăng ký" in milestone
    ]
    assert "xã Vạn Hưng" not in registered


def _promote(tx: Any, person_id: int) -> None:
    at = tx.execute(select(unit.c.id).where(unit.c.code == "van-ninh")).scalar_one()
    tx.execute(insert(role).values(person_id=person_id, unit_id=at, function=STANDING_OFFICE))


def test_the_program_starts_without_the_libraries_that_make_papers() -> None:
    code = "import sys, bot.app, handlers.tables; print([m for m in ('docx', 'openpyxl') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
