"""What the plan of Ninh Thuận obliges people to, row by row, as they meet it on Khéo."""

from __future__ import annotations

from bot.plan.model import UnitSeed
from bot.rules.access import STANDING_OFFICE
from bot.rules.calendar import Undated
from tests.obligations.trial import Guest, Trial

PLAN, PROVINCE = "ninh-thuan", "ninh-thuan"
NINH_HAI, FRONT, PARTY = "ninh-thuan.ninh-hai", "ninh-thuan.mttq", "ninh-thuan.ban-dan-van"
JANUARY = "2024-01-08T09:00"
NO_DAY = "Kế hoạch không quy định ngày"
TO = "Ủy ban nhân dân tỉnh (qua Sở Nội vụ)"
TARGET = "Chỉ tiêu: ít nhất 01 mô hình/năm (mới xây dựng hoặc nhân rộng), phấn đấu 02"
GRAPES = "Tổ hợp tác trồng nho sạch thôn Thái An"
NEW = (">Tập thể", GRAPES, "Hội Nông dân xã Vĩnh Hải", ">Mới xây dựng", ">Kinh tế")
TWO_YEARS = ((PLAN, 2024), (PLAN, 2025))


async def r_a01(trial: Trial) -> None:
    """At least one new model a year, two hoped for and more allowed; stated up to 2025, so for 2026 no number."""
    async with trial.guest("2025-01-06T09:00", NINH_HAI, seasons=((PLAN, 2025), (PLAN, 2026))) as lan:
        assert f"{TARGET}; đã đăng ký 00, trong đó tính chỉ tiêu 00." in await lan.says("/viec")
        assert f"{TARGET}; đã đăng ký 01, trong đó tính chỉ tiêu 01." in await lan.registers(*NEW)
        answer = await lan.says("mỗi đơn vị phải có mấy mô hình")
        assert "Mỗi đơn vị: ít nhất 01 mô hình/năm (phấn đấu 02)\n" in answer
        assert "“Từ nay đến năm 2025, mỗi cơ quan, đơn vị, tổ chức từ tỉnh đến cơ sở xây dựng, nhân rộng" in answer
        assert "– mục III.1" in answer
        office = await Guest.of(lan.here, PROVINCE, STANDING_OFFICE, channel="telegram")
        of_a_unit = await office.says("huyện Ninh Sơn đã đủ chỉ tiêu chưa")
        assert f"huyện Ninh Sơn:\n{TARGET}; đã đăng ký 00, trong đó tính chỉ tiêu 00." in of_a_unit
        everybody = await office.says("/tiendo")
        assert f"{TARGET.replace('Chỉ tiêu: ', 'Chỉ tiêu – ')}: 1/" in everybody
        behind = everybody.split("Chỉ tiêu – ")[1]
        assert "huyện Ninh Sơn" in behind
        assert "huyện Ninh Hải" not in behind
        await lan.is_told("2026-01-05")
        assert "Chỉ tiêu: Kế hoạch nêu đến năm 2025; năm 2026 Kế hoạch không quy định." in await lan.says("/viec")


async def r_a02(trial: Trial) -> None:
    """What was done in earlier years is not added up: a model that goes on is registered and does not count."""
    async with trial.guest("2025-01-06T09:00", NINH_HAI, seasons=TWO_YEARS) as lan:
        await lan.here.exemplar(GRAPES, NINH_HAI, plan=PLAN, year=2024, status="new", award=False)
        assert "đã đăng ký 00, trong đó tính chỉ tiêu 00." in await lan.says("/viec")
        going_on = (">Tập thể", GRAPES, "Hội Nông dân xã Vĩnh Hải", ">Tiếp tục từ năm trước", ">Kinh tế")
        await lan.answers("/dangky", ">Lập bản mới")
        receipt = await lan.finishes(*going_on)
        assert "đã đăng ký 01, trong đó tính chỉ tiêu 00." in receipt
        answer = await lan.says("mô hình cũ có tính không")
        assert "(không tính cộng dồn những mô hình, điển hình đã thực hiện các năm trước).” – mục III.1" in answer
        assert "Được tính: mới xây dựng, nhân rộng; ngoài ra không tính." in answer


async def r_a03(trial: Trial) -> None:
    """Last year's model goes on without being typed again, beside the new ones."""
    async with trial.guest("2025-01-06T09:00", NINH_HAI, seasons=TWO_YEARS) as lan:
        known = {"who": "Hội Nông dân xã Vĩnh Hải", "status": "new", "field": "kinh_te"}
        await lan.here.exemplar(GRAPES, NINH_HAI, plan=PLAN, year=2024, status="new", award=False, more=known)
        assert f"Tiếp tục từ năm 2024: {GRAPES}" in await lan.says("/dangky")
        summary = await lan.picks(f"Tiếp tục từ năm 2024: {GRAPES}")
        assert "Tập thể, cá nhân thực hiện: Hội Nông dân xã Vĩnh Hải" in summary
        assert "Tình trạng mô hình: Tiếp tục từ năm trước" in summary
        receipt = await lan.picks("Nộp bản đăng ký")
        assert "Tiếp tục từ năm 2024." in receipt
        assert "đã đăng ký 01, trong đó tính chỉ tiêu 00." in receipt


async def r_a04(trial: Trial) -> None:
    """The criteria are left to a guidance of Sở Nội vụ: a task without a day, and no criterion is invented."""
    assert trial.plan.criteria == ()
    assert trial.due("ban_hanh_huong_dan", 2024) == Undated("unspecified")
    async with trial.guest(JANUARY, PROVINCE, STANDING_OFFICE) as office:
        task = "Ban hành hướng dẫn tiêu chí, tiêu chuẩn, các bước xây dựng và công nhận mô hình"
        assert f"• tỉnh Ninh Thuận: {task} – {NO_DAY}" in await office.says("/viec")
        answer = await office.says("tiêu chí 1 là gì")
        assert "Kế hoạch không có bảng tiêu chí: tiêu chí theo “Sở Nội vụ”, Khéo chưa có văn bản này." in answer
        assert "“Giao Sở Nội vụ chủ trì phối hợp với Ban Dân vận Tỉnh ủy" in answer
        assert "– mục III.2" in answer
        assert "đã nhận văn bản số 01/HD-SNV" in await office.enters_letter("Ban hành hướng dẫn")
        assert task not in await office.says("/viec")


async def r_a05(trial: Trial) -> None:
    """Party body, Front and associations have a programme each year: their slot alone, without a day."""
    assert trial.due("ke_hoach_mttq", 2024) == Undated("unspecified")
    async with trial.guest(JANUARY, FRONT) as hoa:
        programme = "Chương trình, kế hoạch hằng năm của Ban Dân vận Tỉnh ủy, Mặt trận và đoàn thể"
        assert f"{programme} – {NO_DAY}" in await hoa.says("/viec")
        assert await hoa.owing("ke_hoach_mttq") == {FRONT, PARTY}
        office = await Guest.of(hoa.here, PROVINCE, STANDING_OFFICE, channel="telegram")
        await office.sets_day("Chương trình", "31/01/2024")
        reminded = await hoa.is_told("2024-01-30")
        assert "chương trình, kế hoạch hằng năm của Ban Dân vận Tỉnh ủy, Mặt trận và đoàn thể" in reminded
        assert "do Sở Nội vụ tự ấn định" in reminded
        assert f"Đã tiếp nhận: {programme}" in await hoa.hands_in("Chương trình, kế hoạch hằng năm")
        assert await hoa.owing("ke_hoach_mttq") == {PARTY}
        assert "hàng năm có chương trình, kế hoạch triển khai phong trào thi đua yêu nước" in await hoa.says(
            "/han đầy đủ"
        )


async def r_a06(trial: Trial) -> None:
    """The Front registers models like everybody else; the guidance for it is asked of the Party body each year."""
    guidance = trial.plan.milestone("huong_dan_dang_ky")
    assert trial.plan.holder(guidance.role, trial.day("2024-01-08")) == "Ban Dân vận Tỉnh ủy"
    async with trial.guest(JANUARY, FRONT) as hoa:
        assert FRONT in await hoa.owing("dang_ky")
        await hoa.registers(*NEW)
        assert FRONT not in await hoa.owing("dang_ky")
        answer = await hoa.says("bao giờ có hướng dẫn")
        assert f"Hướng dẫn Mặt trận và đoàn thể các cấp tổ chức đăng ký mô hình: {NO_DAY}." in answer
        assert "hội quần chúng các cấp, tổ chức đăng ký thực hiện các mô hình “Dân vận khéo”.” – mục IV.1" in answer


async def r_a07(trial: Trial) -> None:
    """Each year the models are examined: two verdicts, no points; who does it is told."""
    assert {fact.id: (fact.kind, fact.stated_by) for fact in trial.plan.facts} == {
        "hieu_qua": ("yes_no", "phoi_hop"),
        "kha_thi": ("yes_no", "phoi_hop"),
    }
    heard = await trial.hears("ai thẩm định mô hình", "bao giờ xét khen thưởng", at=JANUARY, unit=NINH_HAI)
    assert "thẩm định mô hình: Ban Dân vận Tỉnh ủy." in heard
    assert f"Thẩm định, đánh giá hiệu quả, tính khả thi của các mô hình: {NO_DAY}." in heard
    assert "“Hàng năm tổ chức thẩm định, đánh giá hiệu quả, tính khả thi của các mô hình” – mục IV.1" in heard


async def r_a08(trial: Trial) -> None:
    """Drawing conclusions and proposing for awards: told with its receiver, without a day."""
    assert trial.plan.holder(trial.plan.milestone("so_tong_ket").role, trial.day("2024-01-08")) == "Ban Dân vận Tỉnh ủy"
    heard = await trial.hears("bao giờ xét khen thưởng", "ai khen thưởng", at=JANUARY, unit=NINH_HAI)
    duty = heard.split("Sơ kết, tổng kết, biểu dương và đề nghị khen thưởng")[1].split("•")[0]
    assert duty.startswith(f": {NO_DAY}.\n  Nơi nhận: Ủy ban nhân dân tỉnh\n")
    assert "khen thưởng những tập thể, cá nhân điển hình tiên tiến “Dân vận khéo”.” – mục IV.1" in duty
    assert "cấp tỉnh: Khen thưởng của Ủy ban nhân dân tỉnh" in heard


async def r_a09(trial: Trial) -> None:
    """Departments, associations, districts and the city have a plan of their own; the press need not."""
    assert trial.due("ke_hoach", 2024) == Undated("unspecified")
    async with trial.guest(JANUARY, NINH_HAI) as lan:
        owing = await lan.owing("ke_hoach")
        assert {NINH_HAI, FRONT, "ninh-thuan.so-noi-vu", "ninh-thuan.phan-rang-thap-cham"} <= owing
        assert "ninh-thuan.bao" not in owing
        assert "Đã tiếp nhận: Kế hoạch cụ thể của đơn vị" in await lan.hands_in("Kế hoạch cụ thể")
        assert await lan.owing("ke_hoach") == owing - {NINH_HAI}
        answer = await lan.says("bao giờ nộp kế hoạch")
        assert "căn cứ tình hình thực tế triển khai kế hoạch cụ thể” – mục IV.2" in answer


async def r_a10(trial: Trial) -> None:
    """Two registrations before 30/01 of each year, through Sở Nội vụ – and reminded of only once the guidance is there."""
    both = ("dang_ky", "dang_ky_thi_dua")
    for registration in both:
        assert trial.last_days(registration, 2023) == ("2023-01-29", "2023-01-27")
        assert trial.last_days(registration, 2024) == ("2024-01-29", "2024-01-29")
        assert trial.last_days(registration, 2025) == ("2025-01-29", "2025-01-24"), "within Tết"
        assert trial.last_days(registration, 2028) == ("2028-01-29", "2028-01-21"), "within Tết"
    names = ("Đăng ký thi đua", "Đăng ký thực hiện các mô hình “Dân vận khéo”")
    async with trial.guest(JANUARY, NINH_HAI) as lan:
        office = await Guest.of(lan.here, PROVINCE, STANDING_OFFICE, channel="telegram")
        answer = await lan.says("bao giờ hết hạn đăng ký")
        for name in names:
            told = answer.split(f"• {name}: ")[1].split("•")[0]
            assert told.startswith("trước ngày 30/01/2024, tức chậm nhất 29/01/2024")
            assert "Hướng dẫn các bước xây dựng mô hình, tiêu chí, tiêu chuẩn công nhận" in told
            assert f"Nơi nhận: {TO}\n" in told
        assert await lan.is_told("2024-01-15") == "", "there is no guidance yet"
        await office.answers("/sukien", ">Ghi ngày", "15/01/2024", ">Bỏ qua", ">Ghi nhận ngày")
        told = await lan.is_told("2024-01-22")
        for name in names:
            assert f"{name}, năm 2024: còn 5 ngày làm việc" in told
        assert told.count(f"Gửi về {TO}.") == 2
        printed = lan.paper(await lan.registers(*NEW))
        assert "BẢN ĐĂNG KÝ" in printed
        assert f"Kính gửi: {TO}" in printed
        assert GRAPES in printed
        assert NINH_HAI not in await lan.owing("dang_ky")
        assert NINH_HAI in await lan.owing("dang_ky_thi_dua")
        assert "Đã tiếp nhận: Đăng ký thi đua – huyện Ninh Hải" in await lan.hands_in("Đăng ký thi đua")
        assert NINH_HAI not in await lan.owing("dang_ky_thi_dua")
        assert await lan.is_told("2024-01-25") == ""


async def r_a11(trial: Trial) -> None:
    """The column comes each month, no day is named; whose duty it is, is told."""
    column = trial.plan.milestone("chuyen_muc")
    assert column.date.model_dump(exclude_none=True) == {"kind": "every", "every": "month"}
    assert trial.due("chuyen_muc", 2024) == Undated("unspecified")
    assert (
        trial.plan.holder(column.role, trial.day("2024-01-08")) == "Báo Ninh Thuận, Đài Phát thanh - Truyền hình tỉnh"
    )
    heard = await trial.hears("chuyên mục hàng tháng", "/han đầy đủ", at=JANUARY, unit=NINH_HAI)
    assert "• Chuyên mục “Dân vận khéo” trên báo và trên sóng\n  “xây dựng kế hoạch thực hiện Chuyên mục" in heard
    assert "hàng tháng trên chuyên trang Báo Ninh Thuận, trên sóng Đài Phát thanh - Truyền hình” – mục IV.3" in heard
    assert f"Chuyên mục “Dân vận khéo” trên báo và trên sóng: {NO_DAY}." in heard
    async with trial.guest(JANUARY, PROVINCE, STANDING_OFFICE) as office:
        assert "đến hết ngày 25 của mỗi tháng" in await office.sets_day("Chuyên mục", "25")
        for day, month in (("2024-01-24", "tháng 01"), ("2024-02-23", "tháng 02")):
            told = await office.is_told(day)
            assert "Báo Ninh Thuận, Đài Phát thanh - Truyền hình tỉnh" in told
            assert f"chuyên mục “Dân vận khéo” trên báo và trên sóng, {month}" in told


async def r_a12(trial: Trial) -> None:
    """The yearly guidance on awards is a task of Sở Nội vụ, ended by its letter."""
    assert trial.due("huong_dan_khen_thuong", 2024) == Undated("unspecified")
    async with trial.guest(JANUARY, PROVINCE, STANDING_OFFICE) as office:
        task = "Hướng dẫn công tác khen thưởng, sơ kết, tổng kết"
        assert f"• tỉnh Ninh Thuận: {task} – {NO_DAY}" in await office.says("/viec")
        assert "“hướng dẫn công tác khen thưởng hằng năm, sơ kết, tổng kết" in await office.says("bao giờ có hướng dẫn")
        await office.enters_letter("Hướng dẫn công tác khen thưởng")
        assert await office.owing("huong_dan_khen_thuong") == set()
        assert task not in await office.says("/viec")


async def r_a13(trial: Trial) -> None:
    """Sở Nội vụ urges: it sees who has not registered or reported, and has a table for the province."""
    async with trial.guest(JANUARY, PROVINCE, STANDING_OFFICE) as office:
        unit = await Guest.of(office.here, NINH_HAI, channel="telegram")
        await unit.registers(*NEW)
        progress = await office.says("/tiendo")
        registered = progress.split("Đăng ký thực hiện các mô hình “Dân vận khéo”")[1].split("\n\n")[0]
        assert "Đã trả lời: 1/9 đơn vị." in registered
        assert "huyện Ninh Sơn" in registered
        assert "huyện Ninh Hải" not in registered
        assert "Báo cáo hằng năm tình hình tổ chức thực hiện phong trào thi đua" in progress
        sheets = await office.table()
        assert f"huyện Ninh Hải; Tập thể; {GRAPES}" in sheets["Đăng ký"][1]
        assert any("Đăng ký thi đua; " in row and "huyện Ninh Hải" in row for row in sheets["Chưa nộp"])
        assert any("huyện Ninh Hải; 1; 1; 0" in row for row in sheets["Chỉ tiêu"])
        assert any("huyện Ninh Sơn; 0; 1; 1" in row for row in sheets["Chỉ tiêu"])
        answer = await office.says("cơ quan nào đôn đốc, kiểm tra")
        assert (
            "Cơ quan chủ trì phong trào thi đua: Sở Nội vụ.\n  “Hướng dẫn, đôn đốc, kiểm tra việc thực hiện" in answer
        )
        assert "– mục IV.4" in answer
        follows = (await office.says("bao giờ kiểm tra")).split(
            "Hướng dẫn, đôn đốc, kiểm tra việc thực hiện và báo cáo"
        )[1]
        assert follows.startswith(f": {NO_DAY}.\n  Nơi nhận: Ủy ban nhân dân tỉnh\n")


async def r_a14(trial: Trial) -> None:
    """A report each year without a day: from every unit to Sở Nội vụ, and from there to the chairman."""
    assert trial.due("bao_cao_nam", 2024) == Undated("unspecified")
    async with trial.guest(JANUARY, NINH_HAI) as lan:
        office = await Guest.of(lan.here, PROVINCE, STANDING_OFFICE, channel="telegram")
        answer = await lan.says("bao giờ nộp báo cáo")
        report = "Báo cáo hằng năm tình hình tổ chức thực hiện phong trào thi đua"
        assert f"• {report}: {NO_DAY}.\n  Nơi nhận: Sở Nội vụ\n" in answer
        assert "“Định kỳ hàng năm, các cơ quan, đơn vị, địa phương báo cáo" in answer
        assert "– mục IV.5" in answer
        assert len(await lan.owing("bao_cao_nam")) == 12, "every unit below the province"
        receipt = await lan.hands_in("Báo cáo hằng năm")
        assert f"Đã tiếp nhận: {report} – huyện Ninh Hải" in receipt
        assert "Nơi nhận: Sở Nội vụ." in receipt
        assert NINH_HAI not in await lan.owing("bao_cao_nam")
        assert f"• tỉnh Ninh Thuận: Tổng hợp báo cáo của các đơn vị – {NO_DAY}" in await office.says("/viec")
        assert "Tổng hợp báo cáo của các đơn vị: gửi Chủ tịch Ủy ban nhân dân tỉnh." in await office.says(
            "gửi báo cáo cho ai"
        )
    assert [(hop.sender, hop.to) for hop in trial.plan.milestone("bao_cao_nam").hops] == [
        ("các cơ quan, đơn vị, địa phương", "Sở Nội vụ"),
        ("Sở Nội vụ", "Chủ tịch Ủy ban nhân dân tỉnh"),
    ]


async def r_a15(trial: Trial) -> None:
    """Each agency examines, awards and proposes: told, with the reading of a sentence that lacks its subject."""
    duty = trial.plan.milestone("tham_dinh_don_vi")
    assert trial.plan.holder(duty.role, trial.day("2024-01-08")) == "các cơ quan, đơn vị, địa phương"
    heard = await trial.hears("bao giờ xét khen thưởng", "ai ký khen thưởng", at=JANUARY, unit=NINH_HAI)
    told = heard.split("Đơn vị thẩm định mô hình, khen thưởng theo thẩm quyền, đề nghị khen thưởng")[1].split("•")[0]
    assert told.startswith(f": {NO_DAY}.\n  Nơi nhận: Ủy ban nhân dân tỉnh\n")
    assert "khen thưởng theo thầm quyền và đề nghị Ủy ban nhân dân tỉnh khen thưởng" in told, "typos and all"
    assert "– mục IV.5, đoạn 2" in told
    assert "Các cơ quan, đơn vị, địa phương của đoạn 1 thực hiện, mỗi năm." in told
    assert "cấp đơn vị: Khen thưởng theo thẩm quyền, các cơ quan, đơn vị, địa phương ký" in heard


async def r_a16(trial: Trial) -> None:
    """Models are offered to the Party body, the newspaper and the station whenever there are some."""
    assert trial.due("gioi_thieu", 2024) == Undated("any_time")
    heard = await trial.hears("giới thiệu mô hình cho báo", "/han đầy đủ", at=JANUARY, unit=NINH_HAI)
    assert "để xây dựng chuyên mục tuyên truyền giới thiệu nhân rộng” – mục IV.5, đoạn 2" in heard
    told = heard.split("Giới thiệu mô hình, điển hình để tuyên truyền: ")[1]
    assert told.startswith("khi có phát sinh.\n  Nơi nhận: Ban Dân vận Tỉnh ủy, Báo Ninh Thuận, Đài Phát thanh")


async def r_a17(trial: Trial) -> None:
    """A difficulty, or what should be changed in the plan: sent at any time, seen and settled by Sở Nội vụ."""
    assert trial.due("phan_anh", 2024) == Undated("any_time")
    assert trial.plan.holder("dieu_chinh", trial.day("2024-01-08")) == "Chủ tịch Ủy ban nhân dân tỉnh"
    async with trial.guest(JANUARY, NINH_HAI) as lan:
        office = await Guest.of(lan.here, PROVINCE, STANDING_OFFICE, channel="telegram")
        office.speaker.mark()
        receipt = await lan.answers("/vuongmac Đề nghị điều chỉnh chỉ tiêu", ">Bỏ qua", ">Gửi")
        assert "Nơi nhận: Chủ tịch Ủy ban nhân dân tỉnh (qua Sở Nội vụ)." in receipt
        assert "Đề nghị điều chỉnh chỉ tiêu" in office.speaker.since()
        assert "huyện Ninh Hải: Đề nghị điều chỉnh chỉ tiêu" in await office.says("/vuongmac")
        lan.speaker.mark()
        await office.picks("Đã giải quyết")
        assert "Sở Nội vụ" in lan.speaker.since()
        assert "Hiện không có." in await office.says("/vuongmac")


async def r_a18(trial: Trial) -> None:
    """Places of special concern: found in the plan, and a mark on the model that works there."""
    async with trial.guest(JANUARY, NINH_HAI) as lan:
        passage = await lan.says("vùng sâu vùng xa")
        assert "• Tuyên truyền ở địa bàn đặc biệt quan tâm\n  “Cần đặc biệt quan tâm tuyên truyền, vận động" in passage
        assert "vùng đồng bào dân tộc thiểu số, vùng tôn giáo” – mục II.2" in passage
        meaning = await lan.says("quán triệt nhận thức đường lối chủ trương của Đảng")
        assert "– mục II.1" in meaning
        areas = await lan.answers("/dangky", *NEW, ">Bỏ qua")
        for area in ("Vùng sâu, vùng xa", "Vùng đặc biệt khó khăn", "Vùng đồng bào dân tộc thiểu số", "Vùng tôn giáo"):
            assert f"[{area}]" in areas
        summary = await lan.answers(">Vùng đồng bào dân tộc thiểu số", ">Bỏ qua")
        assert "Địa bàn đặc biệt quan tâm: Vùng đồng bào dân tộc thiểu số" in summary


async def r_a19(trial: Trial) -> None:
    """Five fields in one sentence and one in another: six to choose from, each one of the usual four."""
    assert {field.id: field.standard for field in trial.plan.fields} == {
        "kinh_te": "economy",
        "van_hoa": "culture_society",
        "xa_hoi": "culture_society",
        "quoc_phong": "defence_security",
        "an_ninh": "defence_security",
        "he_thong_chinh_tri": "political_system",
    }
    six = ("Kinh tế", "Văn hóa", "Xã hội", "Quốc phòng", "An ninh", "Hệ thống chính trị")
    async with trial.guest(JANUARY, NINH_HAI) as lan:
        choices = await lan.answers("/dangky", *NEW[:-1])
        assert all(f"[{field}]" in choices for field in six)
        answer = await lan.says("có những lĩnh vực gì")
        assert all(f"• {field}" in answer for field in six)
        assert "“trên các lĩnh vực kinh tế, văn hóa, xã hội, quốc phòng, an ninh” – mục II.3" in answer
        assert "“xây dựng Đảng, hệ thống chính trị vững mạnh” – mục II.9" in answer


async def r_a20(trial: Trial) -> None:
    """A model that copies another names it; that models are recognised to be copied is told from the plan."""
    async with trial.guest(JANUARY, NINH_HAI) as lan:
        passage = await lan.says("công nhận mô hình để nhân rộng")
        assert "“Xây dựng, công nhận mô hình, điển hình “Dân vận khéo” để nhân rộng" in passage
        assert "– mục I.3" in passage
        source = await lan.answers("/dangky", *NEW[:3], ">Nhân rộng")
        assert "nhân rộng từ mô hình nào, của đơn vị nào" in source
        await lan.finishes("Nho sạch xã Phước Thuận", ">Kinh tế")
        assert "Nho sạch xã Phước Thuận" in await lan.says("/diem")


async def r_a21(trial: Trial) -> None:
    """Enterprises and central agencies take part: a unit of that kind reports, and need not register."""
    assert any("Doanh nghiệp trên địa bàn tỉnh" in line for line in trial.plan.document.recipients)
    assert any("Các cơ quan TW đóng trên địa bàn tỉnh" in line for line in trial.plan.document.recipients)
    kinds = {kind.id: kind.name for kind in trial.plan.unit_kinds}
    assert kinds["co_quan_trung_uong"] == "cơ quan trung ương đóng trên địa bàn"
    assert kinds["doanh_nghiep"] == "doanh nghiệp"
    firm = UnitSeed(code="ninh-thuan.nuoc", name="Công ty Cấp nước", kind="doanh_nghiep", parent=PROVINCE)
    joined = trial.of(trial.plan.model_copy(update={"units": (*trial.plan.units, firm), "version": "with-firm"}))
    async with joined.guest(JANUARY, firm.code) as dung:
        tasks = await dung.says("/viec")
        assert f"Công ty Cấp nước: Báo cáo hằng năm tình hình tổ chức thực hiện phong trào thi đua – {NO_DAY}" in tasks
        assert "Đăng ký thi đua" not in tasks
        assert f"{TARGET}; đã đăng ký 01" in await dung.registers(*NEW)
