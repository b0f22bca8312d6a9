"""What the plan of Sở TTTT Đắk Nông (2023) obliges people to, row by row, as they meet it on Khéo."""

from __future__ import annotations

from bot.plan.model import UnitSeed
from bot.rules.access import STANDING_OFFICE
from bot.rules.calendar import Undated
from tests.obligations.trial import Guest, Trial

OFFICE, SECRETARIAT = "so-tttt-dak-nong", "so-tttt-dak-nong.van-phong"
MAY = "2023-05-08T09:00"
NO_DAY = "Kế hoạch không quy định ngày"
COLLECTIVE = (">Tập thể", "Một cửa không chờ", "Phòng Công nghệ thông tin", ">Mới xây dựng", ">Văn hóa - xã hội")
PERSON = (">Cá nhân", "Trả kết quả trước hạn", "Nguyễn Văn An", ">Mới xây dựng", ">Văn hóa - xã hội", "Báo qua Zalo")


async def r_e01(trial: Trial) -> None:
    """Văn phòng Sở is the focal point: who is asked for is answered, and the duties of the office are its tasks."""
    async with trial.guest(MAY, OFFICE, STANDING_OFFICE) as office:
        answer = await office.says("cơ quan nào làm đầu mối")
        assert "• Đầu mối tổ chức, triển khai: Văn phòng Sở.\n  “Giao cho Văn phòng Sở làm đầu mối tổ chức" in answer
        assert "– mục IV.1" in answer
        assert "Tổng hợp, gửi báo cáo" in await office.says("/viec")
        assert await office.owing("bao_cao") == {OFFICE}
    assert trial.plan.standing_office(trial.day("2023-05-08")) == "Văn phòng Sở"


async def r_e02(trial: Trial) -> None:
    """The report is due “by the rules”: the day lies in another document, which is named, and none is invented."""
    assert trial.due("bao_cao", 2023) == Undated("reference", "kh44")
    async with trial.guest(MAY, OFFICE, STANDING_OFFICE) as office:
        answer = await office.says("bao giờ nộp báo cáo")
        assert f"• Tổng hợp, gửi báo cáo: theo Kế hoạch số 44-KH/BDVTU ngày 13/01/2023; {NO_DAY}." in answer
        assert "Nơi nhận: Ban Dân vận Tỉnh ủy" in answer
        assert "“tổng hợp gửi báo cáo về Ban Dân vận Tỉnh uỷ theo quy định” – mục IV.1" in answer
        receipt = await office.hands_in("Tổng hợp, gửi báo cáo")
        assert "Nơi nhận: Ban Dân vận Tỉnh ủy." in receipt
        assert await office.owing("bao_cao") == set()


async def r_e03(trial: Trial) -> None:
    """Keeping the website up to date is told as a standing duty; the documents that the plan names can be asked for."""
    assert trial.due("cap_nhat_website", 2023) == Undated("unspecified")
    assert trial.plan.milestone("cap_nhat_website").role == "thuong_truc"
    heard = await trial.hears("/han đầy đủ", "CT 16 là gì", at=MAY, unit=SECRETARIAT)
    assert f"• Cập nhật các văn bản về phong trào thi đua trên Website của Sở: {NO_DAY}." in heard
    assert "“thường xuyên cập nhật các văn bản của Trung ương, của tỉnh, của Ban Chỉ đạo" in heard
    assert "• Chỉ thị số 16/CT-TTg ngày 16/5/2016" in heard


async def r_e04(trial: Trial) -> None:
    """Every room makes the plan known to its people: told, without a day."""
    duty = trial.plan.milestone("tuyen_truyen")
    assert trial.plan.holder(duty.role, trial.day("2023-05-08")) == "Các phòng thuộc Sở"
    heard = await trial.hears("/han đầy đủ", at=MAY, unit=SECRETARIAT)
    assert f"• Tuyên truyền, phổ biến, triển khai kế hoạch tới công chức và lao động: {NO_DAY}." in heard
    assert "phổ biến và triển khai kế hoạch này tới công chức và lao động của đơn vị mình.” – mục IV.2" in heard


async def r_e05(trial: Trial) -> None:
    """The criteria are words to tick, four for a collective, and give no points."""
    async with trial.guest(MAY, SECRETARIAT) as mai:
        answer = await mai.says("tiêu chí gồm những gì")
        assert "Tập thể: 4 tiêu chí để xác nhận, không chấm điểm\n• 1. Xây dựng điển hình" in answer
        assert "Cá nhân: 5 tiêu chí để xác nhận, không chấm điểm\n• 1. Xây dựng điển hình" in answer
        await mai.registers(*COLLECTIVE)
        first = await mai.says("/tucham")
        assert "0/4" in first
        assert "an ninh - quốc phòng, xây dựng hệ thống chính trị" in first
        second = await mai.says("có")
        assert "nhiệm vụ chính trị trọng tâm của cơ quan, đơn vị và phù hợp với tình hình thực tế" in second
        third = await mai.says("có")
        assert "gắn với thực tiễn, thu hút đông đảo công chức, viên chức và người lao động" in third
        fourth = await mai.says("không")
        assert "kết hợp chặt chẽ việc thực hiện phong trào thi đua học tập làm theo tấm gương đạo đức" in fourth
        verdict = await mai.says("có")
        assert "Đã xác nhận 3/4 nội dung." in verdict
        assert "Chưa đủ điều kiện đề nghị cấp Sở: nội dung 3 chưa được xác nhận." in verdict
        assert "điểm" not in verdict


async def r_e06(trial: Trial) -> None:
    """Only the rooms of the office can be collectives; another unit is told so with the plan's words."""
    assert "room" not in [kind.id for kind in trial.plan.unit_kinds]
    union = UnitSeed(code=f"{OFFICE}.cong-doan", name="Công đoàn Sở", kind="doan_the", parent=OFFICE)
    room = UnitSeed(code=f"{OFFICE}.cntt", name="Phòng Công nghệ thông tin", kind="phong", parent=OFFICE)
    with_both = trial.of(trial.plan.model_copy(update={"units": (*trial.plan.units, union, room), "version": "more"}))
    async with with_both.guest(MAY, union.code) as long:
        minh = await Guest.of(long.here, room.code, channel="telegram")
        heard = await long.says("/dangky")
        assert "Công đoàn Sở không đăng ký với loại “Tập thể”" in heard
        assert "“Là tập thể các phòng thuộc Sở Thông tin và Truyền thông.” (mục III.2)" in heard
        assert "[Tập thể]" not in heard
        assert "Đã tiếp nhận bản đăng ký “Một cửa không chờ” – Phòng Công nghệ thông tin" in await minh.registers(
            *COLLECTIVE
        )


async def r_e07(trial: Trial) -> None:
    """A person must work at the office: whoever asks is told, and every unit of it may register one."""
    assert trial.plan.subject("ca_nhan").from_units == ()
    async with trial.guest(MAY, SECRETARIAT) as mai:
        assert "cá nhân đang làm việc tại Sở" in await mai.says("/dangky")
        assert "Đã tiếp nhận bản đăng ký “Trả kết quả trước hạn”" in await mai.finishes(*PERSON)
        answer = await mai.says("tiêu chuẩn cá nhân")
        assert "Cá nhân: đảng viên, công chức, viên chức và người lao động đang làm việc tại Sở Thông tin" in answer


async def r_e08(trial: Trial) -> None:
    """Of a person the creative solution is asked for, and is one more thing to tick; of a collective it is not."""
    async with trial.guest(MAY, SECRETARIAT) as mai:
        asked = await mai.answers("/dangky", *PERSON[:-1])
        assert "Đề nghị nêu giải pháp, biện pháp sáng tạo, hiệu quả trong công tác vận động nhân dân." in asked
        await mai.finishes("Báo kết quả qua Zalo")
        fifth = await mai.answers("/tucham", "có", "có", "có", "có")
        assert "4/5" in fifth
        assert "có những giải pháp, biện pháp sáng tạo, hiệu quả trong công tác vận động nhân dân" in fifth
    assert [row.code for row in trial.plan.table("tap_the").leaves()] == ["1", "2", "3", "4"]


async def r_e09(trial: Trial) -> None:
    """The collective's vote on a person is recorded – day, how many of how many –, and is needed beside the ticks."""
    async with trial.guest(MAY, SECRETARIAT) as mai:
        summary = await mai.answers("/dangky", *PERSON, "15/02/2023", "12", "14")
        assert "Ngày bình chọn: 15/02/2023" in summary
        assert "Số người đồng ý: 12" in summary
        assert "Tổng số người của tập thể: 14" in summary
        await mai.picks("Nộp bản đăng ký")
        verdict = await mai.answers("/tucham", "có", "có", "có", "có", "có")
        assert "Để đề nghị cấp Sở còn phải xem xét: " in verdict
        # that 12 of 14 were for it is known; which share is enough the plan does not say
        assert "Kế hoạch không quy định tỷ lệ phiếu" in verdict.split("còn phải xem xét: ")[1]
        await mai.picks("Nộp bảng tự chấm")
        answer = await mai.says("điều kiện đề nghị cấp sở")
        assert "“được tập thể bình chọn, công nhận.” – mục III.3" in answer
        assert "tỷ lệ phiếu chưa có quy định" in answer
        await mai.answers("/dangky", ">Đăng ký thêm")
        await mai.finishes(*COLLECTIVE)
        verdict = await mai.answers("/tucham", ">Một cửa không chờ", "có", "có", "có", "có")
        assert "Đã xác nhận 4/4 nội dung." in verdict
        assert "bình chọn" not in verdict, "of a collective no vote is asked"


async def r_e10(trial: Trial) -> None:
    """Models are found, praised and copied: told as a duty at any time; a copy names what it copies."""
    assert trial.due("nhan_rong", 2023) == Undated("any_time")
    async with trial.guest(MAY, SECRETARIAT) as mai:
        duty = await mai.says("/han đầy đủ")
        assert "• Phát hiện, biểu dương, nhân rộng điển hình: khi có phát sinh.\n  “Nhân rộng các điển hình" in duty
        assert "trong đơn vị.” – mục III.4" in duty
        source = await mai.answers("/dangky", *COLLECTIVE[:3], ">Nhân rộng")
        assert "nhân rộng từ mô hình nào" in source
        await mai.finishes("Một cửa của Sở Xây dựng", ">Văn hóa - xã hội")
        assert "Một cửa của Sở Xây dựng" in await mai.says("/diem")


async def r_e11(trial: Trial) -> None:
    """A model that goes on from earlier years is asked whether it still works; a new one is not."""
    async with trial.guest(MAY, SECRETARIAT) as mai:
        asked = await mai.answers("/dangky", *COLLECTIVE[:3], ">Duy trì từ năm trước")
        assert "Mô hình duy trì từ năm trước có còn phát huy tác dụng không?" in asked
        assert "Còn phát huy tác dụng: Không" in await mai.answers(">Không", ">Văn hóa - xã hội")
        await mai.picks("Nộp bản đăng ký")
        (model,) = await mai.here.exemplars(SECRETARIAT)
        assert (model.status, model.answers["still_useful"]) == ("continuing", False)
        passage = await mai.says("duy trì mô hình còn phát huy tác dụng")
        assert "tiếp tục phối hợp chỉ đạo xây dựng mô hình mới.” – mục II.4" in passage
        new = await mai.answers("/dangky", ">Đăng ký thêm", *COLLECTIVE[:3], ">Mới xây dựng")
        assert "Đề nghị chọn lĩnh vực" in new


async def r_e12(trial: Trial) -> None:
    """Four fields, though the purpose names one: it is the one stressed, and the reading says so."""
    assert [field.id for field in trial.plan.fields if field.emphasis] == ["van_hoa_xa_hoi"]
    four = ("Phát triển kinh tế", "Văn hóa - xã hội", "An ninh - quốc phòng", "Xây dựng hệ thống chính trị")
    async with trial.guest(MAY, SECRETARIAT) as mai:
        choices = await mai.answers("/dangky", *COLLECTIVE[:4])
        assert "".join(f"[{field}] " for field in four) in choices
        answer = await mai.says("có những lĩnh vực gì")
        stressed = answer.split("• Văn hóa - xã hội")[1].split("•")[0]
        assert "“Dân vận khéo” trên các lĩnh vực văn hóa - xã hội.” – mục I\n" in stressed
        assert "Có bốn lĩnh vực; văn hóa - xã hội được chú trọng hơn." in stressed


async def r_e13(trial: Trial) -> None:
    """The papers above this plan are named when asked for; none of them lies before us, and that is said."""
    papers = {
        "KH 44 là gì": "Kế hoạch số 44-KH/BDVTU ngày 13/01/2023",
        "HD 02 là gì": "Hướng dẫn số 02-HD/BDVTU ngày 30/5/2023",
        "KH 78 là gì": "Kế hoạch số 78/KH-STTTT ngày 30/12/2022",
    }
    assert {one.relation for one in trial.plan.references if one.id in ("kh44", "hd02")} == {"dates", "criteria"}
    async with trial.guest(MAY, SECRETARIAT) as mai:
        for asked, paper in papers.items():
            answer = await mai.says(asked)
            assert f"• {paper}" in answer
            assert "Khéo chưa có toàn văn nên không trả lời được nội dung bên trong." in answer
