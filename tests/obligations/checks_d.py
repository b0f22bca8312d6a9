"""What the Party programme of Xuân Trường obliges people to, row by row, as they meet it on Khéo."""

from __future__ import annotations

from bot.rules.access import OVERSEER, STANDING_OFFICE
from bot.rules.calendar import Undated
from tests.obligations.trial import Guest, Trial

DISTRICT, COMMUNE = "xuan-truong", "xuan-truong.xuan-hong"
FRONT, POLICE = "xuan-truong.mttq", "xuan-truong.cong-an"
MAY = "2023-05-08T09:00"
NO_DAY = "Kế hoạch không quy định ngày"
ROAD = (">Tập thể", "Tuyến đường hoa xóm 5", "Hội Phụ nữ xóm 5")
REPORTED_TO = "Ban Thường vụ Huyện ủy, Ban Dân vận Tỉnh ủy"
REPORTS = "“định kỳ hàng quý, năm báo cáo kết quả với Ban Thường vụ Huyện ủy và Ban Dân vận Tỉnh ủy.” – mục IV.3"


async def r_d01(trial: Trial) -> None:
    """Models in every field of life, tied to the campaigns that the programme names; what is to be taught is found."""
    async with trial.guest(MAY, COMMUNE) as lan:
        campaigns = await lan.answers("/dangky", *ROAD, ">Kinh tế")
        assert "[Học tập và làm theo tư tưởng, đạo đức, phong cách Hồ Chí Minh]" in campaigns
        assert "[Chung sức xây dựng nông thôn mới nâng cao, kiểu mẫu]" in campaigns
        receipt = await lan.finishes(">Chung sức xây dựng nông thôn mới")
        assert "Đã tiếp nhận bản đăng ký “Tuyến đường hoa xóm 5” – xã Xuân Hồng" in receipt
        passage = await lan.says("dân vận khéo thì việc gì cũng thành công")
        assert "• Quán triệt quan điểm của Đảng và tư tưởng Hồ Chí Minh về dân vận" in passage
        assert "– mục III.1" in passage
        assert "• Kết luận số 01-KL/TW ngày 18/5/2021" in await lan.says("KL 01 là gì")


async def r_d02(trial: Trial) -> None:
    """A commune registers a model of the administration's own mass work, tied to directive 33."""
    assert trial.plan.holder("chinh_quyen", trial.day("2023-05-08")) == "UBND huyện"
    async with trial.guest(MAY, COMMUNE) as lan:
        tied = await lan.answers("/dangky", *ROAD, ">Xây dựng hệ thống", ">Công tác dân vận của chính quyền")
        assert "Nguồn lực" in tied
        await lan.finishes(">Bỏ qua")
        (model,) = await lan.here.exemplars(COMMUNE)
        assert model.answers["campaign"] == ["dan_van_chinh_quyen"]
        answer = await lan.says("CT 33 là gì")
        assert "• Chỉ thị số 33/CT-TTg ngày 26/11/2021 của Thủ tướng Chính phủ" in answer
        assert "– mục III.2" in answer


async def r_d03(trial: Trial) -> None:
    """What a model is given to work with – money, people, material – is written down with it."""
    async with trial.guest(MAY, COMMUNE) as lan:
        asked = await lan.answers("/dangky", *ROAD, ">Kinh tế", ">Bỏ qua")
        assert "nguồn lực được bố trí cho mô hình (kinh phí, nhân lực, vật tư)" in asked
        summary = await lan.answers("Xã hỗ trợ 20 triệu đồng và cây giống", ">Bỏ qua")
        assert "Nguồn lực: Xã hỗ trợ 20 triệu đồng và cây giống" in summary
        await lan.picks("Nộp bản đăng ký")
        passage = await lan.says("tạo điều kiện về nguồn lực")
        assert "duy trì hoạt động và nhân rộng các mô hình, điển hình “Dân vận khéo”.” – mục III.2, đoạn 2" in passage


async def r_d04(trial: Trial) -> None:
    """Registered models are carried on, judged and honoured by the units themselves: told, without a day."""
    duty = trial.plan.milestone("danh_gia")
    assert trial.plan.holder(duty.role, trial.day("2023-05-08")) == "Các đảng bộ, chi bộ trực thuộc Huyện uỷ"
    async with trial.guest(MAY, COMMUNE) as lan:
        await lan.registers(*ROAD, ">Kinh tế")
        assert "“Tuyến đường hoa xóm 5”: đã đăng ký" in await lan.says("/diem")
        answer = await lan.says("bao giờ xét khen thưởng")
        assert f"• Đánh giá, công nhận, biểu dương, khen thưởng mô hình, điển hình tiêu biểu: {NO_DAY}." in answer
        assert (
            "“tổ chức đánh giá, công nhận, biểu dương, khen thưởng mô hình, điển hình tiêu biểu.” – mục III.3" in answer
        )


async def r_d05(trial: Trial) -> None:
    """The armed forces take part: police and military command owe a plan and register; their programme is told."""
    kinds = {unit.code: unit.kind for unit in trial.plan.units}
    assert kinds[POLICE] == kinds["xuan-truong.quan-su"] == "luc_luong_vu_trang"
    topics = {topic.name for topic in trial.plan.field("quoc_phong_an_ninh").topics}
    assert "phong trào toàn dân bảo vệ an ninh Tổ quốc" in topics
    async with trial.guest(MAY, POLICE) as tho:
        assert {POLICE, "xuan-truong.quan-su"} <= await tho.owing("ke_hoach")
        receipt = await tho.registers(">Tập thể", "Camera an ninh xóm 3", "Công an huyện", ">Quốc phòng - an ninh")
        assert "Đã tiếp nhận bản đăng ký “Camera an ninh xóm 3” – Công an huyện Xuân Trường" in receipt
        answer = await tho.says("/han đầy đủ")
        programme = "Chương trình phối hợp với Ban Chỉ huy Quân sự huyện và Công an huyện"
        assert f"• {programme}: {NO_DAY}.\n  “Cụ thể hóa và thực hiện hiệu quả chương trình phối hợp" in answer
        assert "– mục III.4" in answer


async def r_d06(trial: Trial) -> None:
    """The Front and the associations build models of their own."""
    async with trial.guest(MAY, FRONT) as hoa:
        receipt = await hoa.registers(">Tập thể", "Nhà đoàn kết", "Ban công tác Mặt trận xóm 2", ">Văn hóa - xã hội")
        assert "Đã tiếp nhận bản đăng ký “Nhà đoàn kết” – Ủy ban Mặt trận Tổ quốc huyện Xuân Trường" in receipt
        passage = await hoa.says("ai xây dựng mô hình vận động đoàn viên hội viên")
        assert (
            "Mặt trận Tổ quốc, các tổ chức chính trị - xã hội, các hội quần chúng các cấp xây dựng mô hình" in passage
        )
        assert "– mục III.5" in passage


async def r_d07(trial: Trial) -> None:
    """Ban Tuyên giáo steers the publicity and makes models known in time: told, without a day."""
    duty = trial.plan.milestone("tuyen_truyen")
    assert trial.plan.holder(duty.role, trial.day("2023-05-08")) == "Ban Tuyên giáo Huyện uỷ"
    heard = await trial.hears("ai phụ trách tuyên truyền", "/han đầy đủ", at=MAY, unit=COMMUNE)
    assert "• Định hướng tuyên truyền: Ban Tuyên giáo Huyện uỷ.\n  “Ban Tuyên giáo Huyện uỷ chỉ đạo" in heard
    assert f"• Tuyên truyền mô hình, điển hình tiêu biểu: {NO_DAY}." in heard
    assert "điển hình “Dân vận khéo” tiêu biểu trong toàn huyện.” – mục III.6" in heard


async def r_d08(trial: Trial) -> None:
    """Every body makes a plan “in time”: a slot without a day for each of the 25 units."""
    assert trial.due("ke_hoach", 2023) == Undated("unspecified")
    async with trial.guest(MAY, COMMUNE) as lan:
        task = "Kế hoạch quán triệt, tuyên truyền và triển khai của cấp ủy, cơ quan, đoàn thể"
        assert f"• xã Xuân Hồng: {task} – {NO_DAY}" in await lan.says("/viec")
        assert {unit.code for unit in trial.plan.units} - {DISTRICT} == await lan.owing("ke_hoach")
        office = await Guest.of(lan.here, DISTRICT, STANDING_OFFICE, channel="telegram")
        await office.sets_day("Kế hoạch quán triệt", "31/05/2023")
        assert "kế hoạch quán triệt, tuyên truyền và triển khai" in await lan.is_told("2023-05-30")
        assert f"Đã tiếp nhận: {task} – xã Xuân Hồng" in await lan.hands_in("Kế hoạch quán triệt")
        assert COMMUNE not in await lan.owing("ke_hoach")
        answer = await lan.says("bao giờ nộp kế hoạch")
        assert "xây dựng kế hoạch quán triệt, tuyên truyền, phổ biến và triển khai thực hiện kịp thời" in answer
        assert "– mục IV.1" in answer
        assert "• Kế hoạch số 40-KH/HU ngày 05/5/2022" in await lan.says("KH 40 là gì")


async def r_d09(trial: Trial) -> None:
    """Two kinds of persons urge: over a cluster, and over communes; each in person."""
    persons = {role.id: (role.office, role.over) for role in trial.plan.roles if role.person}
    assert persons == {
        "phu_trach_cum": ("Ủy viên Ban Thường vụ Huyện ủy phụ trách cụm KT-KT", "clusters"),
        "phu_trach_xa": ("Ủy viên Ban Chấp hành Đảng bộ huyện phụ trách xã", "units"),
    }
    assert trial.plan.milestone("don_doc_cum").role == "phu_trach_cum"
    assert trial.plan.milestone("don_doc_xa").role == "phu_trach_xa"
    heard = await trial.hears("ai đôn đốc các xã", "ai đôn đốc trong cụm", "/han đầy đủ", at=MAY, unit=COMMUNE)
    assert "Đôn đốc các xã được phân công: Ủy viên Ban Chấp hành Đảng bộ huyện phụ trách xã (từng người" in heard
    assert "Đôn đốc các đơn vị trong cụm: Ủy viên Ban Thường vụ Huyện ủy phụ trách cụm KT-KT (từng người" in heard
    for duty in ("Đôn đốc, nhắc nhở các đơn vị trong cụm", "Đôn đốc, nhắc nhở các xã được phân công"):
        told = heard.split(f"• {duty}: ")[1].split("•")[0]
        assert told.startswith(f"{NO_DAY}.\n  “tăng cường đôn đốc, nhắc nhở việc tổ chức học tập, tuyên truyền")
        assert "– mục IV.2" in told
    async with trial.guest(
        MAY, COMMUNE, OVERSEER
    ) as tu:  # on Khéo they are assigned to the units of a cluster, or to one
        plan = "Kế hoạch quán triệt, tuyên truyền và triển khai của cấp ủy, cơ quan, đoàn thể"
        weekly = await tu.is_told("2023-05-15")
        assert f"• {plan} (không quy định ngày): xã Xuân Hồng\n" in weekly
        lan = await Guest.of(tu.here, COMMUNE, channel="telegram")
        assert "Tin này gửi theo đề nghị của đồng chí Lan" in await tu.picks("Đôn đốc các đơn vị này")
        assert "về 1 đơn vị" in await tu.picks("Gửi lời đôn đốc")
        await lan.hands_in("Kế hoạch quán triệt")
        assert "Tổng hợp tuần" not in await tu.is_told("2023-05-22")


async def r_d10(trial: Trial) -> None:
    """The Party's mass-mobilisation board follows and urges: it sees who still lacks a plan."""
    async with trial.guest(MAY, DISTRICT, STANDING_OFFICE) as office:
        unit = await Guest.of(office.here, COMMUNE, channel="telegram")
        await unit.hands_in("Kế hoạch quán triệt")
        plans = (
            (await office.says("/tiendo")).split("Kế hoạch quán triệt, tuyên truyền và triển khai")[1].split("\n\n")[0]
        )
        assert "Đã trả lời: 1/25 đơn vị." in plans
        assert "xã Xuân Bắc" in plans
        assert "xã Xuân Hồng" not in plans
        answer = await office.says("ai theo dõi, đôn đốc, kiểm tra")
        assert "Theo dõi, đôn đốc, kiểm tra, báo cáo: Ban Dân vận Huyện ủy." in answer
        assert "– mục IV.3" in answer
    assert trial.plan.milestone("kiem_tra").role == "thuong_truc"


async def r_d11(trial: Trial) -> None:
    """A report each quarter without a day, to two receivers: four slots, each owed once its quarter has begun."""
    quarters = [m.id for m in trial.plan.occasions if m.series == "bao_cao_quy"]
    assert quarters == ["bao_cao_quy_q1", "bao_cao_quy_q2", "bao_cao_quy_q3", "bao_cao_quy_q4"]
    assert all(trial.due(quarter, 2023) == Undated("unspecified") for quarter in quarters)
    async with trial.guest(MAY, DISTRICT, STANDING_OFFICE) as office:
        tasks = await office.says("/viec")
        assert f"Báo cáo kết quả thực hiện, quý I – {NO_DAY}" in tasks
        assert f"Báo cáo kết quả thực hiện, quý II – {NO_DAY}" in tasks
        assert "quý III" not in tasks
        answer = await office.says("bao giờ nộp báo cáo quý 1")
        assert f"• Báo cáo kết quả thực hiện, quý I: {NO_DAY}.\n  Nơi nhận: {REPORTED_TO}\n" in answer
        assert REPORTS in answer
        receipt = await office.hands_in("Báo cáo kết quả thực hiện, quý I")
        assert f"Nơi nhận: {REPORTED_TO}." in receipt
        assert await office.owing("bao_cao_quy_q1") == set()
        assert await office.owing("bao_cao_quy_q2") == {DISTRICT}


async def r_d12(trial: Trial) -> None:
    """A report of the year without a day, to the same two."""
    assert trial.due("bao_cao_nam", 2023) == Undated("unspecified")
    async with trial.guest(MAY, DISTRICT, STANDING_OFFICE) as office:
        assert f"• huyện Xuân Trường: Báo cáo năm kết quả thực hiện – {NO_DAY}" in await office.says("/viec")
        answer = await office.says("bao giờ nộp báo cáo năm")
        assert f"• Báo cáo năm kết quả thực hiện: {NO_DAY}.\n  Nơi nhận: {REPORTED_TO}\n  {REPORTS}" in answer
        receipt = await office.hands_in("Báo cáo năm kết quả thực hiện")
        assert f"Nơi nhận: {REPORTED_TO}." in receipt
        assert await office.owing("bao_cao_nam") == set()


async def r_d13(trial: Trial) -> None:
    """Four fields, named as everybody names them."""
    four = ("Kinh tế", "Văn hóa - xã hội", "Quốc phòng - an ninh", "Xây dựng hệ thống chính trị")
    standard = ["economy", "culture_society", "defence_security", "political_system"]
    assert [field.standard for field in trial.plan.fields] == standard
    async with trial.guest(MAY, COMMUNE) as lan:
        choices = await lan.answers("/dangky", *ROAD)
        assert "".join(f"[{field}] " for field in four) in choices
        answer = await lan.says("có những lĩnh vực gì")
        assert all(f"• {field}" in answer for field in four)
        first = answer.split("• Kinh tế\n")[1].split("\n")[0]
        assert "“trên tất cả các lĩnh vực kinh tế, văn hóa - xã hội, quốc phòng - an ninh và xây dựng" in first
        assert first.endswith("– mục II")


async def r_d14(trial: Trial) -> None:
    """Uneven progress is seen unit by unit, asked for in the report, and found in the programme's own words."""
    async with trial.guest(MAY, DISTRICT, STANDING_OFFICE) as office:
        passages = await office.says("phong trào phát triển chưa đồng đều")
        assert "“Tuy nhiên phong trào thi đua “Dân vận khéo” phát triển chưa đồng đều ở các địa phương" in passages
        neglected = await office.says("sơ kết tổng kết chưa được quan tâm đúng mức")
        assert "ở một số địa phương, đơn vị chưa được quan tâm đúng mức.” – mục I" in neglected
        unit = await Guest.of(office.here, COMMUNE, channel="telegram")
        await unit.registers(*ROAD, ">Kinh tế")
        await unit.hands_in("Kế hoạch quán triệt")
        sheets = await office.table()
        assert [row for row in sheets["Đăng ký"] if "xã Xuân Hồng; Tập thể; Tuyến đường hoa xóm 5" in row]
        lacking = [row for row in sheets["Chưa nộp"] if "Kế hoạch quán triệt" in row]
        assert any("xã Xuân Bắc" in row for row in lacking)
        assert not any("xã Xuân Hồng" in row for row in lacking)
        await office.answers("/baocao", ">Soạn: Báo cáo năm", "Đã làm xong.", ">Bỏ qua")
        assert "chưa sơ kết, tổng kết" in office.speaker.since()
