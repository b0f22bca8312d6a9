"""Reports through a year: who owes which, what is handed in and in which version, and who is still reminded."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from bot.clock import ZONE
from bot.rules.access import OFFICER, STANDING_OFFICE
from bot.store import drafts, seasons
from bot.store import reports as stored
from bot.store.handed_in import HandedIn
from tests.conversations.reporting import RESULTS, reports, writes
from tests.talk import Speaker
from tests.world import ROOT, World, as_if_they_lasted, plan, world

PHU_CAT, TUY_PHUOC, PROVINCE = "binh-dinh.phu-cat", "binh-dinh.tuy-phuoc", "binh-dinh"
NOT_FOR_YOU = "chưa được phân quyền"
FEW = pytest.mark.parametrize("channel", ["telegram", "zalo"], indirect=True)
WEB = pytest.mark.parametrize("channel", ["web"], indirect=True)
QUARTERLY = ROOT / "tests/plans/small/reports_quarterly.yaml"


@pytest.fixture
async def here(tmp_path: Path, channel: str, ready_sqlite: Path) -> AsyncIterator[World]:
    """Bình Định's plan of 2023, a week before its first report is due."""
    at = datetime(2023, 3, 13, 9, 0, tzinfo=ZONE)
    async with world(tmp_path / "kheo", channel, ready=ready_sqlite, plans=["binh-dinh"], at=at) as made:
        yield made


@pytest.fixture
async def lan(here: World) -> Speaker:
    """Lan, officer of huyện Phù Cát."""
    return await here.person("Lan", PHU_CAT)


def heard(speaker: Speaker) -> int:
    return len(speaker.device.heard)


async def handed_in(here: World, unit: str = PHU_CAT, milestone: str = "bao_cao_q1") -> list[HandedIn]:
    """Every version of the unit's report."""
    at, season = here.app.office.units.coded(unit), here.season("binh-dinh", 2023)
    assert at is not None
    return await here.app.store.read(lambda tx: stored.versions(tx, season.id, at.id, "bao_cao", milestone))


# -- the list ----------------------------------------------------------------------------------------------------------


async def test_the_list_names_plan_date_receiver_and_state_of_each(lan: Speaker) -> None:
    await lan.says("/baocao").hears(
        "Báo cáo và văn bản",
        f"{plan('binh-dinh').name}, năm 2023:",
        "• Kế hoạch triển khai của đơn vị – Kế hoạch không quy định ngày: chưa nộp.",
        "• Báo cáo quý I – trước ngày 20/03/2023",
        "• Báo cáo 6 tháng – trước ngày 20/06/2023",
        "• Báo cáo 9 tháng – trước ngày 20/09/2023",
        "• Báo cáo năm 2023 – trước ngày 25/11/2023",
        "Nơi nhận: Ủy ban nhân dân tỉnh (qua Sở Nội vụ)",
        "Soạn: Báo cáo quý I",
    )


async def test_a_report_is_handed_in_and_its_receipt_says_for_what_and_to_whom(here: World, lan: Speaker) -> None:
    receipt = await reports(lan)
    for words in (
        "Báo cáo quý I – huyện Phù Cát, theo “",
        "năm 2023",
        "Số tiếp nhận 0000",
        "người nộp: Lan",
        "Nơi nhận: Ủy ban nhân dân tỉnh (qua Sở Nội vụ).",
        "Nộp trong thời hạn (trước ngày 20/03/2023",
    ):
        assert words in receipt
    (report,) = await handed_in(here)
    assert (report.version, report.late, report.answers["results"]["value"]) == (1, False, RESULTS)
    assert await handed_in(here, milestone="bao_cao_6t") == []
    await lan.says("/baocao").hears(
        "• Báo cáo quý I – trước ngày 20/03/2023, tức chậm nhất 19/03/2023 (ngày làm việc cuối cùng là 17/03/2023): "
        "đã nộp ngày 13/03/2023, phiên bản 1.",
        "Nộp lại: Báo cáo quý I",
        "Soạn: Báo cáo 6 tháng",
    )


async def test_what_is_half_written_goes_on_from_the_list_and_from_the_tasks(here: World, lan: Speaker) -> None:
    await lan.says("/baocao").hears("Báo cáo quý I")
    await lan.picks("Soạn: Báo cáo quý I").hears("Báo cáo quý I – huyện Phù Cát", "Đề nghị nêu tóm tắt")
    await lan.says(RESULTS).hears("mô hình, điển hình")
    await lan.says("thôi để sau").hears("Bản nháp được giữ nguyên")
    await lan.says("/baocao").hears(": đang soạn.", "Soạn tiếp: Báo cáo quý I")
    tasks = await lan.says("/viec").hears("Đang nhập dở, chưa nộp", "Báo cáo quý I – huyện Phù Cát, năm 2023: chưa nộp")
    assert "Tiếp tục: Báo cáo quý I – huyện Phù Cát, năm 2023 – chưa nộp" in tasks
    await lan.picks("Tiếp tục: Báo cáo quý I").hears("mô hình, điển hình")


async def test_handing_in_again_makes_a_second_version_and_both_stay(here: World, lan: Speaker) -> None:
    await reports(lan)
    await lan.says("/baocao").hears("Nộp lại: Báo cáo quý I")
    again = await lan.picks("Nộp lại: Báo cáo quý I").hears(
        "phiên bản 2", "phiên bản trước vẫn được lưu", f"1. Kết quả thực hiện: {RESULTS}"
    )
    assert again.count("Nơi nhận:") == again.count("huyện Phù Cát") == 1, "once is enough"
    await lan.picks("Nộp").hears("Nội dung không khác bản đã nộp nên giữ nguyên phiên bản 1.")
    assert len(await handed_in(here)) == 1
    await lan.says("/baocao").hears("Nộp lại: Báo cáo quý I")
    await lan.picks("Nộp lại: Báo cáo quý I").hears("1. Kết quả thực hiện")
    await lan.says("sửa 1").hears("Đề nghị nêu tóm tắt")
    await lan.says("Đã tổ chức 13 cuộc đối thoại với Nhân dân.").hears("13 cuộc", "Nộp")
    await lan.picks("Nộp").hears("Đã tiếp nhận phiên bản 2: Báo cáo quý I")
    first, second = await handed_in(here)
    assert (first.version, first.answers["results"]["value"]) == (1, RESULTS)
    assert (second.version, second.answers["results"]["value"]) == (2, "Đã tổ chức 13 cuộc đối thoại với Nhân dân.")


@FEW
async def test_a_report_handed_in_by_a_double_press_is_handed_in_once(here: World, lan: Speaker) -> None:
    await writes(lan)
    await lan.picks("Nộp").hears("Đã tiếp nhận")
    await lan.picks_old("Nộp").hears("đã nộp lúc", "số tiếp nhận 0000")
    assert [report.version for report in await handed_in(here)] == [1]


async def test_a_text_of_five_thousand_letters_is_kept_whole(here: World, lan: Speaker) -> None:
    text = " ".join(f"Kết quả thứ {n} đã đạt được." for n in range(1, 200))[:5000].strip()
    assert len(text) > 4900
    await reports(lan, text=text)
    (report,) = await handed_in(here)
    assert report.answers["results"]["value"] == text


async def test_files_of_every_kind_come_with_a_report_and_are_stored(here: World, lan: Speaker) -> None:
    await lan.says("/baocao").hears("Báo cáo quý I")
    await lan.picks("Soạn: Báo cáo quý I").hears("Đề nghị nêu tóm tắt")
    await lan.says(RESULTS).hears("mô hình")
    await lan.picks("Bỏ qua").hears("khó khăn")
    await lan.picks("Bỏ qua").hears("tài liệu kèm theo")
    await lan.sends_document("bao-cao.pdf", b"%PDF-1.4 bao cao quy I").hears("1 tài liệu")
    await lan.sends_photo("doi-thoai.jpg").hears("1 ảnh")
    if here.channel == "telegram":
        await lan.sends_album("a.jpg", "b.jpg").hears("2 ảnh")
    await lan.says("https://binhdinh.gov.vn/doi-thoai").hears("1 đường liên kết")
    await lan.says("Biên bản đối thoại lưu tại Văn phòng huyện").hears("tài liệu kèm theo")
    await lan.picks("Xong").hears("4. Tài liệu kèm theo:", "Nộp")
    await lan.picks("Nộp").hears("Đã tiếp nhận")
    (report,) = await handed_in(here)
    items = report.answers["files"]["items"]
    kinds = [item["kind"] for item in items]
    album = ["photo", "photo"] if here.channel == "telegram" else []
    assert kinds == ["document", "photo", *album, "link", "text"]
    assert all("sha256" in item for item in items if item["kind"] in ("document", "photo"))


# -- a year ------------------------------------------------------------------------------------------------------------


@WEB
async def test_a_year_of_four_reports_reminds_only_those_who_owe(here: World, lan: Speaker) -> None:
    hung = await here.person("Hùng", TUY_PHUOC, channel="telegram")
    bay = await here.person("Bảy", PROVINCE, STANDING_OFFICE, channel="telegram")
    before = heard(bay)
    year = [
        ("Báo cáo quý I", (2023, 3, 15), (2023, 3, 16), "20/03/2023"),
        ("Báo cáo 6 tháng", (2023, 6, 15), (2023, 6, 16), "20/06/2023"),
        ("Báo cáo 9 tháng", (2023, 9, 15), (2023, 9, 18), "20/09/2023"),
        ("Báo cáo năm 2023", (2023, 11, 22), (2023, 11, 23), "25/11/2023"),
    ]
    for report, first, then, due in year:
        lan.mark()
        hung.mark()
        await here.it_is(*first)
        for who, unit in ((lan, "huyện Phù Cát"), (hung, "huyện Tuy Phước")):
            titled = report if report.endswith(" năm 2023") else f"{report}, năm 2023"  # the year once, not twice
            text = await who.hears(f"{titled}: còn 2 ngày làm việc")
            assert f"đề nghị {unit} hoàn thành" in text
            assert f"trước ngày {due}" in text
            assert "Gửi về Ủy ban nhân dân tỉnh (qua Sở Nội vụ)." in text
            assert "UBND tỉnh Bình Định" in text or "Ủy ban nhân dân tỉnh Bình Định" in text
            assert "Gõ /baocao để soạn và nộp trên Khéo." in text
        await reports(lan, report)
        known = heard(lan)
        await here.it_is(*then)
        assert heard(lan) == known, "who has handed in is not reminded"
        assert "còn 1 ngày làm việc" in hung.last.text
        await bay.says("/vanban huyện Tuy Phước").hears("Văn bản trả lời nội dung nào?")
        await bay.picks(report).hears("Số văn bản")
        await bay.says(f"15/BC-{report[-2:].strip()}").hears("Ngày ghi trên văn bản")
        await bay.says(f"{then[2] - 1:02}/{then[1]:02}/2023").hears("Ghi nhận văn bản")
        await bay.picks("Ghi nhận văn bản").hears("đã nhận văn bản số 15/BC", "huyện Tuy Phước")
        quiet = heard(lan), heard(hung)
        for day in (17, 20, 21, 22, 24, 27, 28, 30):
            if day > then[2]:
                await here.it_is(then[0], then[1], day)
        assert (heard(lan), heard(hung)) == quiet, report
        await hung.says("/baocao").hears(f"• {report} –", "đã nhận bản giấy")
        before = heard(bay)
    assert heard(bay) == before
    # The plan is bound to 2023: the year after it reminds of nothing, and nothing rolls over.
    quiet = heard(lan), heard(hung)
    for month, day in ((1, 3), (2, 20), (3, 13), (3, 15), (3, 18), (3, 19)):
        assert await here.it_is(2024, month, day) == 0
    assert (heard(lan), heard(hung)) == quiet
    await lan.says("/baocao").hears("năm 2023:", never="2024")


@WEB
async def test_who_is_late_is_told_so_first_and_the_report_is_marked(here: World, lan: Speaker) -> None:
    await here.it_is(2023, 3, 20)
    text = await lan.hears("Báo cáo quý I, năm 2023: đã quá hạn")
    first, second = text.split("Báo cáo quý I, năm 2023: đã quá hạn\n")[1].split("\n")[:2]
    assert first == "Đã quá hạn: thời hạn là trước ngày 20/03/2023."
    assert second.startswith("Thực hiện Kế hoạch")
    assert second.endswith("đề nghị huyện Phù Cát hoàn thành: báo cáo quý I (trên Khéo hoặc bằng văn bản).")
    assert "Khéo vẫn tiếp nhận và ghi nhận là trả lời muộn." in text
    await lan.says("/baocao").hears("• Báo cáo quý I – trước ngày 20/03/2023", "chưa nộp, đã quá hạn")
    receipt = await reports(lan)
    assert "Thời hạn đã qua: Khéo vẫn tiếp nhận và ghi nhận là nộp muộn. Kế hoạch không quy định hệ quả" in receipt
    assert (await handed_in(here))[0].late


# -- who may -----------------------------------------------------------------------------------------------------------


@FEW
async def test_nobody_reports_for_another_unit(here: World, lan: Speaker) -> None:
    season, office = here.season("binh-dinh"), here.app.office
    for code in (TUY_PHUOC, PROVINCE):
        unit = office.units.coded(code)
        assert unit is not None
        for token in (f"c:baocao:o.bao_cao_q1:u{unit.id}:s{season.id}", f"c:baocao:u{unit.id}"):
            await lan.forges(token).hears(NOT_FOR_YOU)
    mine = lan.unit_id
    for token in (
        f"c:baocao:o.ke_hoach_kiem_tra:u{mine}:s{season.id}",
        f"c:baocao:o.bao_cao_q1:u{mine}",
        "c:baocao:o.phan_anh",
    ):
        await lan.forges(token).hears(NOT_FOR_YOU)
    assert await here.app.store.read(lambda tx: stored.newest(tx, season.id, list(office.units))) == {}


@FEW
async def test_a_colleague_of_the_unit_goes_on_but_a_neighbour_does_not(here: World, lan: Speaker) -> None:
    await writes(lan)
    (draft,) = await here.app.store.read(lambda tx: [d.id for d in drafts.open_of_units(tx, (lan.unit_id,))])
    hung = await here.person("Hùng", TUY_PHUOC, channel="telegram")
    await hung.forges(f"m:{draft}::").hears(NOT_FOR_YOU)
    mai = await here.person("Mai", PHU_CAT, channel="telegram")
    await mai.says("/baocao").hears("đang soạn")
    await mai.picks("Soạn tiếp: Báo cáo quý I").hears("1. Kết quả thực hiện")
    await mai.picks("Nộp").hears("người nộp: Mai")
    await lan.picks("Nộp").hears("đã nộp lúc")
    assert len(await handed_in(here)) == 1


@FEW
async def test_what_the_office_owes_is_for_the_office_and_not_for_every_official_of_its_unit(here: World) -> None:
    bay = await here.person("Bảy", PROVINCE, STANDING_OFFICE)
    tam = await here.person("Tám", PROVINCE, OFFICER, channel="telegram")
    await bay.says("/baocao").hears("• Kế hoạch kiểm tra của Sở Nội vụ – Kế hoạch không quy định ngày: chưa nộp.")
    await tam.says("/baocao").hears("không có báo cáo hoặc văn bản nào", never="Kế hoạch kiểm tra")
    season = here.season("binh-dinh")
    await tam.forges(f"c:baocao:o.ke_hoach_kiem_tra:u{tam.unit_id}:s{season.id}").hears(NOT_FOR_YOU)
    await bay.says("/baocao huyện Phù Cát").hears("Báo cáo quý I", "Soạn: Báo cáo quý I")
    await bay.picks("Soạn: Báo cáo quý I").hears("huyện Phù Cát")


@FEW
async def test_a_button_of_a_closed_season_changes_nothing(here: World, lan: Speaker) -> None:
    await lan.says("/baocao").hears("Soạn: Báo cáo quý I")
    season, now = here.season("binh-dinh"), here.app.clock.now()

    def close(tx: object) -> None:
        seasons.close(tx, season.id, now)  # type: ignore[arg-type]
        here.app.office.refresh(tx)  # type: ignore[arg-type]

    await here.app.store.write(close)
    await lan.picks("Soạn: Báo cáo quý I").hears("Lựa chọn này thuộc đợt đã đóng")
    assert await here.app.store.read(lambda tx: stored.newest(tx, season.id, [lan.unit_id])) == {}
    await lan.says("/baocao").hears("Hiện chưa mở", never="Báo cáo quý I")


# -- without a day -----------------------------------------------------------------------------------------------------


async def test_a_quarterly_report_without_a_day_stands_once_for_each_quarter(
    tmp_path: Path, ready_sqlite: Path
) -> None:
    at = datetime(2023, 5, 8, 9, 0, tzinfo=ZONE)
    async with world(tmp_path / "kheo", "web", ready=ready_sqlite, plans=["xuan-truong"], at=at) as here:
        bay = await here.person("Bảy", "xuan-truong", STANDING_OFFICE)
        heading = "Báo cáo kết quả thực hiện, quý"
        all_four = await bay.says("/baocao").hears(f"• {heading} I – Kế hoạch không quy định ngày: chưa nộp.")
        assert all(f"• {heading} {q} –" in all_four for q in ("II", "III", "IV"))
        assert "Nơi nhận: Ban Thường vụ Huyện ủy, Ban Dân vận Tỉnh ủy" in all_four
        tasks = await bay.says("/viec").hears(f"{heading} I – Kế hoạch không quy định ngày", f"{heading} II –")
        assert f"{heading} III" not in tasks, "its quarter has not begun"
        await bay.picks("Soạn: Báo cáo kết quả thực hiện, quý I").hears("Kế hoạch không quy định ngày")
        await bay.says(RESULTS).hears("Bỏ qua")
        while "Nộp" not in bay.last.labels:
            await bay.picks("Bỏ qua").hears("[")
        receipt = await bay.picks("Nộp").hears(f"Đã tiếp nhận: {heading} I – huyện Xuân Trường")
        assert "Nộp trong thời hạn" not in receipt
        after = await bay.says("/viec").hears(f"{heading} II –")
        assert f"{heading} I –" not in after
        before = heard(bay)
        made = [await here.it_is(2023, month, day) for month in range(5, 13) for day in (2, 9, 16, 23, 30)]
        assert sum(made) == 1, "what has no day is never reminded of; only once it is asked whether there is to be one"
        assert heard(bay) == before + 1
        assert "Báo cáo kết quả thực hiện" in bay.last.text
        assert "Không đặt ngày" in " ".join(bay.last.labels)
        await bay.says("/lichnhac").hears("Sắp tới không có lời nhắc nào", "không quy định ngày nên Khéo không nhắc:")


async def test_with_several_plans_every_answer_names_its_plan(tmp_path: Path, ready_sqlite: Path) -> None:
    at = datetime(2023, 5, 8, 9, 0, tzinfo=ZONE)
    small = plan(ROOT / "tests/plans/small/reports_year.yaml")
    joint = plan(QUARTERLY).model_copy(update={"participants": ("an-hoa.y-te",)})
    async with world(tmp_path / "kheo", "web", ready=ready_sqlite, plans=[small, joint], at=at) as here:
        lan = await here.person("Lan", "an-hoa.y-te")
        await lan.says("/viec").hears(
            f"{small.name}, năm 2023:",
            "• Sở Y tế: Xây dựng kế hoạch triển khai thực hiện – Kế hoạch không quy định ngày",
            f"{joint.name}, năm 2023:",
            "• Sở Y tế: Xây dựng kế hoạch quán triệt, tuyên truyền – Kế hoạch không quy định ngày",
        )
        await lan.says("/tiendo").hears(f"{small.name} – năm 2023", f"{joint.name} – năm 2023")
        await lan.says("/baocao").hears(f"{small.name}, năm 2023:", f"{joint.name}, năm 2023:")
        await lan.picks("Soạn: Xây dựng kế hoạch quán triệt").hears(f"Theo “{joint.name}”, năm 2023")


@WEB
async def test_a_file_sent_at_another_question_goes_where_the_form_takes_files(here: World, lan: Speaker) -> None:
    await lan.says("/baocao").hears("Báo cáo quý I")
    await lan.picks("Soạn: Báo cáo quý I").hears("Đề nghị nêu tóm tắt")
    await lan.sends_document("bao-cao.pdf", b"%PDF-1.4 da ky").hears("Đã nhận 1 tài liệu", "Đề nghị nêu tóm tắt")
    await lan.says(RESULTS).hears("mô hình, điển hình")
    await lan.picks("Bỏ qua").hears("khó khăn")
    await lan.picks("Bỏ qua").hears("Đã có: 1 tài liệu")
    await lan.picks("Xong").hears("4. Tài liệu kèm theo: 1 tài liệu", "Nộp")
    await lan.says("nộp báo cáo").hears("Đã tiếp nhận: Báo cáo quý I")
    (report,) = await handed_in(here)
    assert [item["name"] for item in report.answers["files"]["items"]] == ["bao-cao.pdf"]


# -- the standing office of Vạn Ninh -----------------------------------------------------------------------------------


async def test_the_offices_yearly_report_is_reminded_of_written_and_then_no_longer_owed(
    tmp_path: Path, ready_sqlite: Path
) -> None:
    at = datetime(2024, 9, 23, 9, 0, tzinfo=ZONE)
    async with world(tmp_path / "kheo", "web", ready=ready_sqlite, at=at) as here:
        bay = await here.person("Bảy", "van-ninh", STANDING_OFFICE)
        await here.it_is(2024, 9, 26)
        name = "Báo cáo kết quả phong trào thi đua hằng năm"
        await bay.hears(
            f"{name}, năm 2024: còn 2 ngày làm việc",
            "đề nghị Ban Dân vận Huyện ủy hoàn thành trước ngày 01/10/2024",
            "Gửi về Chủ tịch UBND tỉnh (qua Phòng Nội vụ).",
            "Gõ /baocao để soạn và nộp trên Khéo.",
            "/vanban",
        )
        await bay.says("/baocao").hears(f"• {name} – trước ngày 01/10/2024", "chưa nộp", never="giai đoạn 2023 - 2026")
        await bay.picks(f"Soạn: {name}"[:30]).hears("Đề nghị nêu tóm tắt kết quả")
        await bay.says("13 đơn vị đã đăng ký 21 điển hình.").hears("khó khăn")
        await bay.picks("Bỏ qua").hears("báo cáo đã ký")
        await bay.picks("Bỏ qua").hears("Nộp")
        await bay.picks("Nộp").hears(
            f"Đã tiếp nhận: {name} – huyện Vạn Ninh",
            "Nơi nhận: Chủ tịch UBND tỉnh (qua Phòng Nội vụ)",
            "dưới dạng tệp Word",
        )
        before = heard(bay)
        for day in (27, 30):
            await here.it_is(2024, 9, day)
        await here.it_is(2024, 10, 1)
        assert heard(bay) == before
        assert name not in await bay.says("/viec").hears("Việc của tôi")


async def test_the_report_of_the_whole_period_falls_in_its_month_of_its_year_only(
    tmp_path: Path, ready_sqlite: Path
) -> None:
    at, lasting = datetime(2026, 9, 1, 9, 0, tzinfo=ZONE), as_if_they_lasted("van-ninh")
    async with world(tmp_path / "kheo", "web", ready=ready_sqlite, plans=[lasting], at=at) as here:
        bay = await here.person("Bảy", "van-ninh", STANDING_OFFICE)
        name = "Báo cáo kết quả phong trào thi đua giai đoạn 2023 - 2026"
        await bay.says("/baocao").hears(f"• {name} – ", "30/09/2026")
        await here.it_is(2026, 9, 29)
        await bay.hears(f"{name}, năm 2026: còn 1 ngày làm việc")


# -- in plain words ----------------------------------------------------------------------------------------------------


@WEB
@pytest.mark.parametrize(
    ("typed", "report"),
    [
        ("nộp báo cáo quý I", "Báo cáo quý I"),
        ("nop bao cao 6 thang", "Báo cáo 6 tháng"),
        ("Cho tôi nộp báo cáo 9 tháng", "Báo cáo 9 tháng"),
    ],
)
async def test_a_report_is_opened_in_plain_words(lan: Speaker, typed: str, report: str) -> None:
    await lan.says(typed).hears(f"{report} – huyện Phù Cát. Theo “", "Đề nghị nêu tóm tắt kết quả")


@WEB
async def test_where_no_period_is_named_the_list_is_shown(lan: Speaker) -> None:
    await lan.says("nộp báo cáo").hears("Báo cáo và văn bản", "Soạn: Báo cáo quý I", "Soạn: Báo cáo năm 2023")


@WEB
async def test_what_several_reports_share_is_told_once(here: World, lan: Speaker) -> None:
    heard = await lan.says("quý 3 có phải báo cáo không").hears("Kế hoạch không quy định báo cáo quý III", "20/09/2023")
    shared = heard.split("• Báo cáo 9 tháng")
    assert "mục III.2.b" not in shared[0], "the words of three reports stand below the last of them"
    assert "mục III.2.b" in shared[1]
