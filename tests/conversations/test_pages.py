"""What cannot pass through a chat without documents passes by a secret link: files, a whole form, a paper."""

from __future__ import annotations

import asyncio
import html
import io
import re
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select, update

from bot.forms.answers import answers
from bot.rules.access import ADMINISTRATOR, STANDING_OFFICE
from bot.store import drafts
from bot.store.tables import audit, role
from tests.conversations.test_broadcasts import HUNG, NEXT, chooses, goes_on
from tests.imports.books import unit_book
from tests.talk import Speaker
from tests.world import DISTRICT, World, world

CAMERA = "Camera an ninh thôn Xuân Tự"
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
LINK = re.compile(r"http://\S+/t/[A-Za-z0-9_-]{43}")

on_zalo = pytest.mark.parametrize("channel", ["zalo"], indirect=True)


def links(heard: str) -> list[str]:
    return LINK.findall(heard)


class Page:
    """A browser without scripts: what is on the page comes back as it stands, but for what is filled in."""

    def __init__(self, http: aiohttp.ClientSession, link: str) -> None:
        self.http = http
        self.link = link

    async def open(self, path: str = "") -> tuple[int, str]:
        async with self.http.get(self.link + path, allow_redirects=False) as response:
            return response.status, await response.text()

    async def send(self, *files: tuple[str, bytes], field: str = "files") -> tuple[int, str]:
        form = aiohttp.FormData(quote_fields=False)
        for name, content in files:
            form.add_field(field, content, filename=name, content_type="application/octet-stream")
        if not files:
            form.add_field(field, b"", filename="", content_type="application/octet-stream")
        async with self.http.post(self.link, data=form) as response:
            return response.status, await response.text()

    async def save(self, *files: tuple[str, bytes], into: str = "", seen: str = "", **filled: str) -> tuple[int, str]:
        """Fill in what is named (`r01="14"`), leave all else as it stands, save."""
        _, shown = await self.open()
        fields = [("seen", seen or re.findall(r'name="seen" value="(\d+)"', shown)[0])]
        for id in re.findall(r'name="has" value="([^"]+)"', shown):
            fields.append(("has", id))
            if id in filled:
                fields.append((f"q.{id}", filled[id]))
                continue
            fields += [(f"q.{id}", value) for value in standing(shown, id)]
        form = aiohttp.FormData(fields, quote_fields=False)
        form.add_field("_", b"", filename="", content_type="application/octet-stream")
        for name, content in files:
            form.add_field(f"f.{into}", content, filename=name, content_type="application/pdf")
        async with self.http.post(self.link, data=form) as response:
            return response.status, await response.text()


def standing(shown: str, id: str) -> list[str]:
    """What stands in the field of that name."""
    name = re.escape(f'name="q.{id}"')
    line = re.findall(rf'<input type="text" {name} value="([^"]*)"', shown)
    long = re.findall(rf"<textarea {name}[^>]*>\n(.*?)</textarea>", shown, re.DOTALL)
    ticked = re.findall(rf'<input type="(?:radio|checkbox)" {name} value="([^"]*)" checked', shown)
    return [html.unescape(value) for value in (*line, *long, *ticked)]


@pytest.fixture
async def http() -> Any:
    async with aiohttp.ClientSession() as session:
        yield session


async def answered(here: World, draft: int) -> dict[str, Any]:
    return await here.app.store.read(lambda tx: answers(drafts.events(tx, draft)))


async def at_the_evidence(here: World, lan: Speaker) -> tuple[str, str]:
    """(link of the whole form, link for the files of the first row)."""
    await here.exemplar(CAMERA)
    (whole,) = links(await lan.says("/tucham").hears("Điền cả biểu trên một trang"))
    (files,) = links(await lan.says("13,5").hears("Tài liệu (PDF, Word, Excel…) gửi qua trang"))
    return whole, files


@on_zalo
async def test_a_row_is_proved_with_a_pdf_by_the_page(here: World, lan: Speaker, http: Any) -> None:
    _, link = await at_the_evidence(here, lan)
    page = Page(http, link)
    status, shown = await page.open()
    assert (
        status == 200 and "Tài liệu kiểm chứng cho tiêu chí 01" in shown and "xã Vạn Hưng" in shown and "20 MB" in shown
    )
    lan.mark()
    status, shown = await page.send(("Kế hoạch số 12.pdf", PDF), ("biên bản.txt", "Biên bản họp".encode()))
    assert status == 200 and "Đã nhận 2 tài liệu cho tiêu chí 01" in shown, shown
    heard = await lan.hears("Đã nhận 2 tài liệu cho tiêu chí 01", "Xong")
    assert len(links(heard)) == 1 and links(heard) != [link], "one message, with a fresh link for more"
    items = (await answered(here, 1))["e01"].items
    assert [(i.name, i.media) for i in items] == [
        ("Kế hoạch số 12.pdf", "application/pdf"),
        ("biên bản.txt", "text/plain"),
    ]
    assert here.app.keeper.path(items[0].sha256).read_bytes() == PDF
    status, shown = await page.open()
    assert status == 410 and "chỉ dùng một lần" in shown
    status, shown = await page.send(("nữa.pdf", PDF))
    assert status == 410 and len((await answered(here, 1))["e01"].items) == 2
    await lan.says("xong").hears("Tiêu chí 02")


@on_zalo
async def test_files_go_to_their_question_whatever_is_open_in_the_chat(here: World, lan: Speaker, http: Any) -> None:
    _, link = await at_the_evidence(here, lan)
    await lan.says("bỏ qua").hears("Tiêu chí 02")
    lan.mark()
    await Page(http, link).send(("a.pdf", PDF))
    await lan.hears("Đã nhận 1 tài liệu cho tiêu chí 01", "Tiêu chí 02")
    assert len((await answered(here, 1))["e01"].items) == 1


@on_zalo
async def test_what_is_refused_in_the_chat_is_refused_on_the_page_and_the_link_stays_good(
    here: World, lan: Speaker, http: Any
) -> None:
    _, link = await at_the_evidence(here, lan)
    page = Page(http, link)
    lan.mark()
    for name, content, said in (
        ("virus.exe", b"MZ" + b"\0" * 100, "Không nhận"),
        ("rỗng.pdf", b"", "rỗng"),
        ("lớn.pdf", PDF + b"x" * (21 * 1024 * 1024), "20 MB"),
    ):
        status, shown = await page.send((name, content))
        assert status == 422 and said in shown and name in shown, shown
    status, shown = await page.send()
    assert status == 422 and "Chưa chọn tệp nào" in shown
    await here.quiet()
    assert not lan.since(), "the chat hears nothing of it"
    status, shown = await page.send(("virus.exe", b"MZ" + b"\0" * 100), ("tốt.pdf", PDF))
    assert status == 200 and "Đã nhận 1 tài liệu" in shown and "virus.exe" in shown
    await lan.hears("Đã nhận 1 tài liệu", "virus.exe")


@on_zalo
async def test_the_whole_form_on_one_page_and_handed_in_there(here: World, lan: Speaker, http: Any) -> None:
    whole, _ = await at_the_evidence(here, lan)
    page = Page(http, whole)
    status, shown = await page.open()
    assert status == 200 and standing(shown, "r01") == ["13,5"] and "Tiêu chí 07" in shown
    lan.mark()
    status, shown = await page.save(
        ("số liệu.pdf", PDF),
        into="e02",
        r02="15",
        r03="16",
        r04="mười lăm",
        r05="15",
        r06="chín mươi",
        e03="45 hộ dự họp",
    )
    assert status == 422 and "tối đa 15 điểm" in shown.lower()
    assert standing(shown, "r03") == ["16"] and standing(shown, "r06") == ["chín mươi"], "what was typed stands"
    assert standing(shown, "r04") == ["15"]
    heard = await lan.hears("Đã lưu từ trang: 5 câu", "tiêu chí 01")
    assert len(lan.device.heard) - lan._mark == 1, heard
    now = await answered(here, 1)
    assert now["r02"].value == "15" and "r03" not in now and now["e02"].items[0].name == "số liệu.pdf"
    assert now["e03"].items[0].text == "45 hộ dự họp"

    lan.mark()
    status, shown = await page.save(r03="15", r06="15", r07="8")
    assert status == 200 and "96,5/100" in shown and "Nộp bảng tự chấm" in shown, shown
    await lan.hears("Đã lưu từ trang: 3 câu", "96,5/100", "Nộp bảng tự chấm")
    (seen,) = re.findall(r'name="seen" value="(\d+)"', shown)
    lan.mark()
    async with http.post(f"{whole}/review", data={"seen": str(int(seen) - 1)}) as response:
        assert response.status == 409 and "chưa nộp" in await response.text()
    async with http.post(f"{whole}/review", data={"seen": seen}) as response:
        assert response.status == 200 and "Đã tiếp nhận" in await response.text()
    await lan.hears("Đã tiếp nhận", "Số tiếp nhận")
    (scored,) = await here.exemplars()
    assert str(scored.total) == "96.5"
    status, shown = await page.open()
    assert status == 403 and "số tiếp nhận 00001/2024" in shown, shown


@on_zalo
async def test_what_is_saved_twice_changes_nothing_the_second_time(here: World, lan: Speaker, http: Any) -> None:
    whole, _ = await at_the_evidence(here, lan)
    page = Page(http, whole)
    lan.mark()
    await page.save(("a.pdf", PDF), into="e02", seen="1", r02="15", e03="45 hộ dự họp")
    await lan.hears("Đã lưu từ trang")
    before = await here.app.store.read(lambda tx: len(drafts.events(tx, 1)))
    lan.mark()
    status, _ = await page.save(("a.pdf", PDF), into="e02", seen="1", r02="15", e03="45 hộ dự họp")
    assert status == 200
    assert await here.app.store.read(lambda tx: len(drafts.events(tx, 1))) == before
    await here.quiet()
    assert not lan.since()


@on_zalo
async def test_an_answer_changed_in_the_chat_meanwhile_is_not_written_over(
    here: World, lan: Speaker, http: Any
) -> None:
    whole, _ = await at_the_evidence(here, lan)
    page = Page(http, whole)
    _, shown = await page.open()
    (seen,) = re.findall(r'name="seen" value="(\d+)"', shown)
    await lan.says("tc1 9").hears("TC01: 9")
    status, shown = await page.save(seen=seen, r01="12")
    assert status == 422 and "9 điểm" in shown and standing(shown, "r01") == ["12"]
    assert (await answered(here, 1))["r01"].value == "9"
    status, shown = await page.save(seen=seen, r01="13,5", r02="15")
    assert status == 200 and (await answered(here, 1))["r01"].value == "9", (
        "what was not changed on the page is left alone"
    )
    status, shown = await page.save(r01="12")
    assert (await answered(here, 1))["r01"].value == "12", "once seen, it may be put in its place"


@on_zalo
async def test_a_paper_comes_by_a_link_and_only_to_who_may_have_it(here: World, lan: Speaker, http: Any) -> None:
    await lan.says("/banin").hears("Bản đăng ký trống")
    heard = await lan.picks("Bản đăng ký trống").hears("tải về đến")
    (link,) = links(heard)
    page = Page(http, link)
    status, shown = await page.open()
    assert status == 200 and "mau-ban-dang-ky-xa-van-hung.docx" in shown and "KB" in shown
    async with http.get(f"{link}/file") as response:
        assert response.status == 200
        assert 'attachment; filename="mau-ban-dang-ky-xa-van-hung.docx"' in response.headers["Content-Disposition"]
        assert zipfile.is_zipfile(io.BytesIO(await response.read()))
    await loses_function(here, lan)
    status, shown = await page.open()
    assert status == 403 and "không còn" in shown
    async with http.get(f"{link}/file") as response:
        assert response.status == 403


async def loses_function(here: World, lan: Speaker) -> None:
    yesterday = here.app.clock.now().date() - timedelta(days=1)
    await here.app.store.write(
        lambda tx: tx.execute(update(role).where(role.c.person_id == lan.person_id).values(valid_to=yesterday)) and None
    )


async def test_on_any_channel_a_page_may_be_asked_for(here: World, lan: Speaker, http: Any, channel: str) -> None:
    await here.exemplar(CAMERA)
    await lan.says("/trang").hears("/viec")
    heard = await lan.says("/tucham").hears("Tiêu chí 01")
    assert bool(links(heard)) is (channel == "zalo"), "who can send documents is not bothered with it"
    for words in ("/trang", "gửi tệp", "điền cả biểu", "trang"):
        heard = await lan.says(words).hears("gửi qua trang", "Điền cả biểu trên một trang", "Tiêu chí 01")
        assert len(links(heard)) == 2
    lan.mark()
    await Page(http, links(heard)[0]).send(("a.pdf", PDF))
    await lan.hears("Đã nhận 1 tài liệu cho tiêu chí 01")


@on_zalo
async def test_without_a_public_address_there_are_no_links_and_that_is_said(here: World, lan: Speaker) -> None:
    here.app.office.link_address = ""
    await here.exemplar(CAMERA)
    assert not links(await lan.says("/tucham").hears("Tiêu chí 01"))
    await lan.says("/trang").hears("KHEO_PUBLIC_URL", "Tiêu chí 01")
    await lan.says("/banin").hears("Bản đăng ký trống")
    await lan.picks("Bản đăng ký trống").hears("chưa có trang để tải")


async def test_a_name_that_is_a_word_for_the_page_is_still_an_answer(here: World, lan: Speaker) -> None:
    await lan.says("/dangky").hears("tập thể hay cá nhân")
    await lan.says("cá nhân").hears("")
    heard = await lan.says("Trang").hears("")
    assert not links(heard)


@on_zalo
async def test_a_list_of_people_comes_by_the_page_and_only_while_it_is_awaited(here: World, http: Any) -> None:
    boss = await here.person("Hòa", DISTRICT, ADMINISTRATOR)
    (link,) = links(await boss.says("/nhapdanhsach").hears("gửi qua trang"))
    (another,) = links(await boss.says("/trang").hears("gửi qua trang"))
    page = Page(http, link)
    status, shown = await page.open()
    assert status == 200 and "Danh sách đơn vị hoặc người" in shown
    content = unit_book((f"{DISTRICT}.tt-yt", "Trung tâm Y tế", "phòng", DISTRICT))
    boss.mark()
    status, shown = await page.send(("danh sách.xlsx", content))
    assert status == 200 and "Danh sách đơn vị, 1 dòng" in shown, shown
    await boss.hears("Danh sách đơn vị, 1 dòng", "Ghi vào danh sách")
    assert (await page.open())[0] == 410
    await boss.picks("Bỏ").hears("không ghi gì")
    status, shown = await Page(http, another).send(("danh sách.xlsx", content))
    assert status == 403 and "chuyển sang việc khác" in shown


@pytest.mark.parametrize("channel", ["zalo"])
async def test_the_same_with_postgresql_and_a_link_pressed_twice_at_once(
    tmp_path: Path, postgres_url: str, http: Any, channel: str
) -> None:
    async with world(tmp_path / "kheo", channel, database_url=postgres_url) as here:
        lan = await here.person("Lan")
        whole, link = await at_the_evidence(here, lan)
        page = Page(http, link)
        sent = await asyncio.gather(*(page.send((f"{n}.pdf", PDF + bytes([65 + n]))) for n in range(3)))
        assert sorted(status for status, _ in sent) == [200, 403, 403]
        assert len((await answered(here, 1))["e01"].items) == 1
        both = await asyncio.gather(*(Page(http, whole).save(r02="15", r03="14") for _ in range(2)))
        assert [status for status, _ in both] == [200, 200]
        noted = [e.question for e in await here.app.store.read(lambda tx: drafts.events(tx, 1)) if e.op == "set"]
        assert sorted(noted) == ["r01", "r02", "r03"]
        status, shown = await Page(http, whole).save(r04="15", r05="15", r06="15", r07="9")
        assert status == 200 and "Nộp bảng tự chấm" in shown


@pytest.mark.parametrize("channel", ["telegram"])
async def test_a_file_for_many_comes_by_a_link_to_people_and_into_their_group(
    tmp_path: Path,
    ready_sqlite: Path,
    http: Any,
    channel: str,
) -> None:
    async with world(tmp_path / "kheo", channel, ready=ready_sqlite, with_zalo=True) as here:
        hoa = await here.person("Hòa", DISTRICT, STANDING_OFFICE)
        lan = await here.person("Lan", channel="zalo", group=-701)
        await lan.device.add_bot(await here.group_code(HUNG))
        await here.quiet()
        await chooses(hoa, "xã Vạn Hưng")
        await hoa.picks(NEXT).hears("gõ nội dung")
        await hoa.sends_document("Giấy mời.txt", b"Moi hop", "Xem giấy mời.").hears("Tệp gửi kèm: 1")
        await hoa.picks("Xem như nơi nhận đọc").hears("Gửi cho 2 nơi nhận")
        await hoa.picks("Gửi cho 2 nơi nhận").hears("Đã xác nhận")
        await goes_on(here)
        for heard in (lan.device.heard[-1], lan.device.group_heard[-1]):
            (link,) = links(heard.text)
            assert "giay-moi.txt" in heard.text and "Xem giấy mời." in heard.text
            status, shown = await Page(http, link).open()
            assert status == 200 and "giay-moi.txt" in shown and "1 KB" in shown
            async with http.get(f"{link}/file") as response:
                assert await response.read() == b"Moi hop"
                assert response.headers["Content-Type"] == "text/plain"
        used = await here.app.store.read(
            lambda tx: tx.execute(select(audit.c.person, audit.c.after).where(audit.c.action == "link.used")).all()
        )
        assert [row.person for row in used] == [lan.person_id, None], "who of the group fetched it nobody knows"


@on_zalo
async def test_a_registration_on_one_page_asks_what_depends_on_an_answer_when_that_is_saved(
    here: World, lan: Speaker, http: Any
) -> None:
    (link,) = links(await lan.says("/dangky").hears("tập thể hay cá nhân"))
    page = Page(http, link)
    _, shown = await page.open()
    assert 'name="q.field"' in shown and 'name="q.benefit"' not in shown
    status, shown = await page.save(subject="tap_the", name="x" * 201, who="Nhân dân thôn Xuân Tự", field="bịa")
    assert status == 422 and "200" in shown and standing(shown, "name") == ["x" * 201]
    assert standing(shown, "subject") == ["tap_the"] and standing(shown, "field") == [], "an option that there is not"
    name = "Nước sạch “&lt;nông thôn&gt;” & 5 thôn"
    lan.mark()
    status, shown = await page.save(name=name, field="kinh_te", period="2024 – 2025", award="yes")
    assert status == 200 and 'name="q.benefit"' in shown and "Đã lưu" in shown, re.findall(r'name="q[^>]*', shown)
    await lan.hears("Đã lưu từ trang: 4 câu")
    now = await answered(here, 1)
    assert now["name"].value == name and now["award"].value is True and "benefit" not in now
    status, shown = await page.save(benefit="350 triệu")
    assert status == 200 and "350.000.000 đồng" in shown and "Nộp" in shown, shown
    assert (await answered(here, 1))["topic"].skipped, "left empty on a complete page"
    _, shown = await page.open()
    assert standing(shown, "benefit") == ["350.000.000 đồng"]
    status, _ = await page.save(benefit="")
    assert "benefit" not in (await answered(here, 1)) or (await answered(here, 1))["benefit"].skipped
    await lan.says("xem lại").hears("Nước sạch")
    lan.mark()
    (seen,) = re.findall(r'name="seen" value="(\d+)"', (await page.open("/review"))[1])
    async with http.post(f"{link}/review", data={"seen": seen}) as response:
        assert response.status == 200
    await lan.hears("Số tiếp nhận")
    assert [e.name for e in await here.exemplars()] == [name]
