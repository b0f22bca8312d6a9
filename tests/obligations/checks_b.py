"""What the plan of Bình Định (2023) obliges people to, row by row, as they meet it on Khéo."""

from __future__ import annotations

from datetime import date

from bot.rules.access import STANDING_OFFICE
from bot.rules.calendar import Undated
from tests.obligations.trial import Guest, Trial

PROVINCE, PHU_CAT, TUY_PHUOC = "binh-dinh", "binh-dinh.phu-cat", "binh-dinh.tuy-phuoc"
MARCH = "2023-03-13T09:00"
TO = "Ủy ban nhân dân tỉnh (qua Sở Nội vụ)"
NO_DAY = "Kế hoạch không quy định ngày"
REPORTS = "Báo cáo kết quả thực công tác dân vận về Ủy ban nhân dân tỉnh (qua Sở Nội vụ) quý I, 6 tháng, 9 tháng"


async def r_b01(trial: Trial) -> None:
    """Each unit has a plan of its own: a slot without a day, filled with a file."""
    assert trial.due("ke_hoach", 2023) == Undated("unspecified")
    async with trial.guest(MARCH, PHU_CAT) as lan:
        assert f"huyện Phù Cát: Kế hoạch triển khai của đơn vị – {NO_DAY}" in await lan.says("/viec")
        assert {PHU_CAT, TUY_PHUOC, "binh-dinh.so-noi-vu", "binh-dinh.an-nhon"} <= await lan.owing("ke_hoach")
        office = await Guest.of(lan.here, PROVINCE, STANDING_OFFICE, channel="telegram")
        await office.sets_day("Kế hoạch triển khai của đơn vị", "31/03/2023")
        reminded = await lan.is_told("2023-03-30")
        assert "Kế hoạch triển khai của đơn vị, năm 2023: còn 1 ngày làm việc" in reminded
        assert "do Sở Nội vụ tự ấn định" in reminded
        assert "Đã tiếp nhận: Kế hoạch triển khai của đơn vị" in await lan.hands_in("Kế hoạch triển khai")
        assert PHU_CAT not in await lan.owing("ke_hoach")
        assert TUY_PHUOC in await lan.owing("ke_hoach")
        answer = await lan.says("bao giờ nộp kế hoạch")
        assert "xây dựng kế hoạch triển khai thực hiện đảm bảo thiết thực, hiệu quả.” – mục III.2.a" in answer


async def report_before(
    trial: Trial, id: str, name: str, *, before: str, last_day: str, last_working_day: str, reminded: str
) -> None:
    """The report is due strictly before the day, is reminded of where it is owed, and goes to the province."""
    assert trial.last_days(id, 2023) == (last_day, last_working_day)
    assert trial.due(id, 2024) is None, "bound to 2023: nothing rolls over"
    day = f"{date.fromisoformat(before):%d/%m/%Y}"
    async with trial.guest(MARCH, PHU_CAT) as lan:
        hung = await Guest.of(lan.here, TUY_PHUOC, channel="telegram")
        told = await lan.is_told(reminded)
        named = name if "2023" in name else f"{name}, năm 2023"
        assert f"{named}: còn 2 ngày làm việc" in told
        assert f"trước ngày {day}" in told
        assert f"Gửi về {TO}." in told
        receipt = await lan.hands_in(name)
        assert f"Đã tiếp nhận: {name} – huyện Phù Cát" in receipt
        assert f"Nơi nhận: {TO}." in receipt
        assert "Nộp trong thời hạn" in receipt
        still = await lan.owing(id)
        assert TUY_PHUOC in still
        assert PHU_CAT not in still
        hung.speaker.mark()
        assert await lan.is_told(last_working_day) == "", "who has handed in is not reminded"
        assert f"{named}: hôm nay là ngày làm việc cuối cùng" in hung.speaker.since()
        answer = await hung.says(f"bao giờ nộp {name.lower()}")
        assert f"• {name}: trước ngày {day}" in answer
        assert f"“{REPORTS}" in answer
        assert "– mục III.2.b" in answer


async def r_b02(trial: Trial) -> None:
    """The report of the first quarter: before 20/3/2023, a Monday, so by the Friday before."""
    await report_before(
        trial,
        "bao_cao_q1",
        "Báo cáo quý I",
        before="2023-03-20",
        last_day="2023-03-19",
        last_working_day="2023-03-17",
        reminded="2023-03-15",
    )


async def r_b03(trial: Trial) -> None:
    """The report of six months: before 20/6/2023, while the six months still run."""
    await report_before(
        trial,
        "bao_cao_6t",
        "Báo cáo 6 tháng",
        before="2023-06-20",
        last_day="2023-06-19",
        last_working_day="2023-06-19",
        reminded="2023-06-15",
    )


async def r_b04(trial: Trial) -> None:
    """The report of nine months: before 20/9/2023."""
    await report_before(
        trial,
        "bao_cao_9t",
        "Báo cáo 9 tháng",
        before="2023-09-20",
        last_day="2023-09-19",
        last_working_day="2023-09-19",
        reminded="2023-09-15",
    )


async def r_b05(trial: Trial) -> None:
    """The report of the year: before 25/11/2023."""
    await report_before(
        trial,
        "bao_cao_nam",
        "Báo cáo năm 2023",
        before="2023-11-25",
        last_day="2023-11-24",
        last_working_day="2023-11-24",
        reminded="2023-11-22",
    )


async def r_b06(trial: Trial) -> None:
    """Sở Nội vụ sees who has not made a plan yet."""
    async with trial.guest(MARCH, PROVINCE, STANDING_OFFICE) as office:
        unit = await Guest.of(office.here, PHU_CAT, channel="telegram")
        assert f"Kế hoạch triển khai của đơn vị: {NO_DAY}.\nĐã trả lời: 0/12 đơn vị." in await office.says("/tiendo")
        await unit.hands_in("Kế hoạch triển khai")
        progress = await office.says("/tiendo")
        own_plan = progress.split("Kế hoạch triển khai của đơn vị")[1].split("\n\n")[0]
        assert "Đã trả lời: 1/12 đơn vị." in own_plan
        assert "huyện Tuy Phước" in own_plan
        assert "huyện Phù Cát" not in own_plan
        await office.says("/dondoc")
        await office.picks(next(one for one in office.speaker.last.labels if one.startswith("Kế hoạch triển khai")))
        assert "về 11 đơn vị" in await office.picks("Gửi lời đôn đốc")
        answer = await office.says("ai đôn đốc")
        assert "Cơ quan theo dõi, đôn đốc, tổng hợp: Sở Nội vụ." in answer
        assert "đơn vị, địa phương xây dựng kế hoạch tổ chức thực hiện” – mục III.1.a" in answer
    assert trial.plan.milestone("don_doc").role == "thuong_truc"


async def r_b07(trial: Trial) -> None:
    """Sở Nội vụ draws the reports together for two receivers: a task without a day, and the table it needs."""
    async with trial.guest(MARCH, PROVINCE, STANDING_OFFICE) as office:
        assert f"Tổng hợp báo cáo kết quả công tác dân vận chính quyền – {NO_DAY}" in await office.says("/viec")
        answer = await office.says("gửi báo cáo cho ai")
        assert "gửi Ban Dân vận Tỉnh ủy, Ủy ban nhân dân tỉnh.\n" in answer
        assert (
            "kết quả thực hiện công tác dân vận chính quyền trên địa bàn tỉnh theo quy định.” – mục III.1.a" in answer
        )
        unit = await Guest.of(office.here, PHU_CAT, channel="telegram")
        await unit.hands_in("Báo cáo quý I", "Đã đối thoại 12 cuộc.")
        sheets = await office.table()
        assert "huyện Phù Cát; Báo cáo quý I; Kết quả thực hiện; Đã đối thoại 12 cuộc." in sheets["Báo cáo"][1]
        assert not any("Báo cáo quý I; " in row and "huyện Phù Cát" in row for row in sheets["Chưa nộp"])
        assert any("Báo cáo quý I; " in row and "huyện Tuy Phước" in row for row in sheets["Chưa nộp"])
        assert "đã nhận văn bản số 01/HD-SNV" in await office.enters_letter("Tổng hợp báo cáo")
        assert await office.owing("tong_hop") == set()


async def r_b08(trial: Trial) -> None:
    """Sở Nội vụ makes a plan of inspections: its own slot, which no unit sees."""
    async with trial.guest(MARCH, PROVINCE, STANDING_OFFICE) as office:
        assert f"tỉnh Bình Định: Kế hoạch kiểm tra của Sở Nội vụ – {NO_DAY}" in await office.says("/viec")
        assert await office.owing("ke_hoach_kiem_tra") == {PROVINCE}
        assert "Đã tiếp nhận: Kế hoạch kiểm tra của Sở Nội vụ" in await office.hands_in("Kế hoạch kiểm tra")
        assert "Kế hoạch kiểm tra của Sở Nội vụ" not in await office.says("/viec")
        answer = await office.says("kế hoạch kiểm tra bao giờ phải nộp")
        assert "địa phương theo quy định.” – mục III.1.b" in answer


async def r_b09(trial: Trial) -> None:
    """Each unit plans inspections within its own scope."""
    async with trial.guest(MARCH, PHU_CAT) as lan:
        assert f"huyện Phù Cát: Kế hoạch và tổ chức kiểm tra trong phạm vi quản lý – {NO_DAY}" in await lan.says(
            "/viec"
        )
        assert len(await lan.owing("kiem_tra_don_vi")) == 12
        assert "Đã tiếp nhận: Kế hoạch và tổ chức kiểm tra" in await lan.hands_in("Kế hoạch và tổ chức kiểm tra")
        assert PHU_CAT not in await lan.owing("kiem_tra_don_vi")


async def r_b10(trial: Trial) -> None:
    """The documents to be made known are named; the one that scores communes is known to lie elsewhere."""
    assert [one.id for one in trial.plan.references if one.relation == "scoring"] == ["qd3826"]
    async with trial.guest(MARCH, PHU_CAT) as lan:
        for asked, document in (
            ("QĐ 23 là gì", "Quyết định số 23-QĐ/TW ngày 30/7/2021"),
            ("QĐ 407 là gì", "Quyết định số 407-QĐ/TU ngày 30/9/2021"),
            ("CT 33 là gì", "Chỉ thị số 33/CT-TTg ngày 26/11/2021"),
            ("KH 11 là gì", "Kế hoạch số 11/KH-UBND ngày 25/01/2022"),
            ("QĐ 3826 là gì", "Quyết định số 3826/QĐ-UBND ngày 15/9/2021"),
        ):
            answer = await lan.says(asked)
            assert f"• {document}" in answer
            assert "– mục II.1" in answer
            assert "Khéo chưa có toàn văn" in answer
        assert "xếp loại chính quyền xã, phường, thị trấn theo Quyết định này, không theo Kế hoạch" in answer


async def r_b11(trial: Trial) -> None:
    """A model is registered at any time: no day, no number, four fields."""
    assert trial.plan.targets == ()
    async with trial.guest(MARCH, PHU_CAT) as lan:
        assert f"{NO_DAY} đăng ký." in await lan.says("/dangky")
        receipt = await lan.registers(">Tập thể", "Một cửa thân thiện", "Trung tâm HCC", ">Văn hóa - xã hội")
        assert "Đã tiếp nhận bản đăng ký “Một cửa thân thiện” – huyện Phù Cát, năm 2023." in receipt
        assert "Chỉ tiêu" not in receipt
        assert "Một cửa thân thiện" in await lan.says("/diem")


async def r_b13(trial: Trial) -> None:
    """A difficulty is told at any time and reaches Sở Nội vụ."""
    assert trial.due("phan_anh", 2023) == Undated("any_time")
    async with trial.guest(MARCH, PHU_CAT) as lan:
        office = await Guest.of(lan.here, PROVINCE, STANDING_OFFICE, channel="telegram")
        office.speaker.mark()
        receipt = await lan.answers("/vuongmac Chưa có mẫu báo cáo", ">Bỏ qua", ">Gửi")
        assert "Đã tiếp nhận vướng mắc của huyện Phù Cát" in receipt
        assert f"Nơi nhận: {TO}." in receipt
        assert "Chưa có mẫu báo cáo" in office.speaker.since()
        assert "huyện Phù Cát: Chưa có mẫu báo cáo" in await office.says("/vuongmac")


async def r_b14(trial: Trial) -> None:
    """The province receives, Sở Nội vụ only passes on: two things, in every answer."""
    async with trial.guest(MARCH, PHU_CAT) as lan:
        answer = await lan.says("gửi báo cáo cho ai")
        for report in ("Báo cáo quý I", "Báo cáo 6 tháng", "Báo cáo 9 tháng", "Báo cáo năm 2023"):
            assert f"• {report}: gửi {TO}." in answer
        assert (await lan.says("/baocao")).count(f"Nơi nhận: {TO}\n") == 4
    passed_on = [m for m in trial.plan.milestones if m.via]
    assert {m.id for m in passed_on} == {"bao_cao_q1", "bao_cao_6t", "bao_cao_9t", "bao_cao_nam", "phan_anh"}
    assert all(m.to == ("Ủy ban nhân dân tỉnh",) and m.via == "Sở Nội vụ" for m in passed_on)
