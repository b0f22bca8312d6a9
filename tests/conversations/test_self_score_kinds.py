"""Scoring by every kind of row, by a list of ticks, by several plans at once, and by a plan that has no table."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.plan.loader import load
from bot.plan.model import Delegation, Plan
from bot.plan.part import Quote
from bot.store import exemplars
from tests.talk import Speaker
from tests.world import VAN_NINH, World, world

SMALL = Path(__file__).parent.parent / "plans" / "small"
KINDS = load(SMALL / "scoring_kinds.yaml")
TICKS = load(SMALL / "scoring_checklist.yaml")
BONUS = load(SMALL / "scoring_bonus.yaml")
ABSENT = load(SMALL / "scoring_not_applicable.yaml")
MODEL = "Tổ liên gia tự quản"

pytestmark = pytest.mark.parametrize("channel", ["terminal", "web"])


@asynccontextmanager
async def told(tmp_path: Path, channel: str, ready: Path, *plans: str | Plan) -> AsyncIterator[World]:
    async with world(tmp_path / "kheo", channel, ready=ready, plans=plans) as made:
        yield made


async def scored(here: World, e: exemplars.Exemplar) -> tuple[Decimal | None, dict[str, Decimal]]:
    """The total and the points by row of the last scorecard that was handed in."""

    def look(tx: Any) -> tuple[Decimal | None, dict[str, Decimal]]:
        handed_in = exemplars.latest(tx, e.id, "self_score")
        assert handed_in is not None
        return exemplars.by_id(tx, e.id).total, exemplars.scores(tx, handed_in.id)[0]

    return await here.app.store.read(look)


async def answers_all(dong: Speaker, *, percent: str = "85%", households: str = "45") -> str:
    """Every row of the small plan of all kinds, the first half by buttons; returns the summary."""
    await dong.says("/tucham").hears("Tiêu chí 1.1 (tối đa 10 điểm)", "0/11", "I. Công tác chỉ đạo", "Tuyên truyền")
    await dong.says("8,5").hears("Tài liệu kiểm chứng cho tiêu chí 1.1", "1/11")
    await dong.says("45 hộ dự họp").hears("Đã nhận 1 số liệu")
    await dong.says("xong").hears("Tiêu chí 1.2 (tối đa 5 điểm)", "Có phân công người phụ trách")
    await dong.picks("Có").hears("Tiêu chí 1.3", "Có kế hoạch kiểm tra")
    await dong.picks("Có").hears("Tiêu chí 1.4 (tối đa 10 điểm)", "Kết quả kiểm tra")
    await dong.picks("Thực hiện đủ nhưng chậm").hears("Tiêu chí 1.5", "Theo quyết định xếp loại chi bộ")
    await dong.picks("Hoàn thành tốt nhiệm vụ").hears("II. Kết quả thực hiện", "Bao nhiêu phần trăm số hộ tham gia?")
    await dong.says(percent).hears("Tiêu chí 2.2", "Số hộ đạt")
    await dong.says("34").hears("Tổng số hộ")
    await dong.says(households).hears("Tiêu chí 2.3", "Bao nhiêu mô hình mới?")
    await dong.says("1,5").hears("Tiêu chí 2.3")
    await dong.says("6").hears("Tiêu chí 2.4", "Bao nhiêu vụ?")
    await dong.says("3").hears("Tiêu chí 2.5", "trong 05 hộ")
    await dong.says("6").hears("Tối đa là 5", "Tiêu chí 2.5")
    await dong.says("4").hears("Tiêu chí 2.6", "Có cán bộ bị kỷ luật")
    return await dong.picks("Không").hears("Nộp bảng tự chấm", "1. Tiêu chí 1.1: 8,5 điểm – 1 số liệu")


async def test_a_table_with_every_kind_of_row(tmp_path: Path, channel: str, ready_sqlite: Path) -> None:
    async with told(tmp_path, channel, ready_sqlite, KINDS) as here:
        dong = await here.person("Đông", unit="mau.dong")
        e = await here.exemplar(MODEL, "mau.dong", plan=KINDS.id)
        heard = await answers_all(dong)
        # 59,56 of 80, as computed by hand in the plan; 74,45 % is “Khá”; II has 36,06 of 50, i.e. more than 70 %.
        for line in (
            "59,56/80 điểm.",
            "I: 23,5/30 · II: 36,06/50",
            "Xếp loại: Khá.",
            "Đủ điều kiện về điểm và tài liệu kiểm chứng để đề nghị cấp huyện.",
            "4. Tiêu chí 1.4: Thực hiện đủ nhưng chậm",
        ):
            assert line in heard
        assert KINDS.name not in heard, "only one plan concerns the speaker"
        await dong.says("nộp").hears("Đã tiếp nhận bảng tự chấm", MODEL, "59,56/80 điểm.", "Xếp loại: Khá.")
        total, points = await scored(here, e)
        assert (total, points["2.2"], points["2.4"]) == (Decimal("59.56"), Decimal("7.56"), Decimal("2.5"))
        await dong.says("điểm xã Đông").hears(MODEL, "59,56/80")
        await dong.says("vì sao chưa đủ điểm?").hears("59,56/80 điểm.", "Xếp loại: Khá.")


async def test_where_the_plan_is_silent_the_reason_is_said(tmp_path: Path, channel: str, ready_sqlite: Path) -> None:
    async with told(tmp_path, channel, ready_sqlite, KINDS) as here:
        dong = await here.person("Đông", unit="mau.dong")
        e = await here.exemplar(MODEL, "mau.dong", plan=KINDS.id)
        heard = await answers_all(dong, percent="30", households="0")
        band = "Kế hoạch không quy định điểm cho số liệu đã nhập ở tiêu chí 2.1"
        assert f"Chưa xác định được tổng điểm: {band}." in heard
        assert f"Xếp loại: chưa xác định được, vì {band}." in heard
        assert "II: –/50" in heard
        assert "Chưa xác định được điều kiện đề nghị cấp huyện" in heard
        assert "không đạt" not in heard
        await dong.says("sửa 6").hears("Tiêu chí 2.1", "Đang ghi: 30")
        await dong.says("85").hears("Kế hoạch không quy định cách tính tiêu chí 2.2 khi tổng số bằng 0")
        await dong.says("nộp").hears("Đã tiếp nhận", "Chưa xác định được tổng điểm")
        total, points = await scored(here, e)
        assert total is None
        assert "2.2" not in points
        assert points["2.1"] == 8
        await dong.says("/tucham").hears("đã nộp bảng tự chấm (lần 1)", never="None")


async def test_a_zero_item_and_what_is_short(tmp_path: Path, channel: str, ready_sqlite: Path) -> None:
    async with told(tmp_path, channel, ready_sqlite, KINDS) as here:
        dong = await here.person("Đông", unit="mau.dong")
        await here.exemplar(MODEL, "mau.dong", plan=KINDS.id)
        await answers_all(dong)
        await dong.picks("Sửa…").hears("Tiêu chí 2.6")
        await dong.picks("Tiêu chí 2.6").hears("Đang ghi: Không")
        await dong.picks("Có").hears(
            "23,5/80 điểm.",
            "II: 0/50",
            "Xếp loại: chưa xác định được, vì Kế hoạch không quy định mức xếp loại cho số điểm này.",
            "nhóm II được 0 điểm, cần từ 35 điểm",
            "tổng được 23,5 điểm, cần từ 56 điểm",
        )


async def test_what_is_left_open_is_named_and_no_grade_is_given_yet(
    tmp_path: Path, channel: str, ready_sqlite: Path
) -> None:
    async with told(tmp_path, channel, ready_sqlite, KINDS) as here:
        dong = await here.person("Đông", unit="mau.dong")
        await here.exemplar(MODEL, "mau.dong", plan=KINDS.id)
        await dong.says("/tucham").hears("Tiêu chí 1.1")
        for _ in range(11):
            await dong.says("để sau")
            await dong.hears("Tiêu chí")
        await dong.says("xem lại").hears(
            "0/80 điểm.",
            "tiêu chí I, II chưa có điểm",
            "1. Tiêu chí 1.1: (chưa có)",
            "Tiếp tục: Tiêu chí 1.1",
            never="Xếp loại",
        )


async def test_a_row_that_does_not_apply(tmp_path: Path, channel: str, ready_sqlite: Path) -> None:
    table = next(table for table in ABSENT.criteria if table.key == "exempt").model_copy(update={"subject": "tap_the"})
    plan = KINDS.model_copy(update={"criteria": (table,), "grades": (), "levels": ()})
    async with told(tmp_path, channel, ready_sqlite, plan) as here:
        dong = await here.person("Đông", unit="mau.dong")
        e = await here.exemplar(MODEL, "mau.dong", plan=KINDS.id)
        await dong.says("/tucham").hears("Tiêu chí 1 (tối đa 60 điểm)", never="Không áp dụng")
        await dong.says("không áp dụng").hears("Tiêu chí 1 (tối đa 60 điểm)")
        await dong.says("54").hears("Tài liệu kiểm chứng cho tiêu chí 1")
        await dong.says("bỏ qua").hears("Tiêu chí 2 (tối đa 40 điểm)", "Không áp dụng")
        await dong.picks("Không áp dụng").hears("Tiêu chí 3", "Số hộ thoát nghèo", never="Tài liệu kiểm chứng cho")
        await dong.says("không áp dụng").hears(
            "54/110 điểm.", "2. Tiêu chí 2: Không áp dụng", "3. Tiêu chí 3: Không áp dụng", "Nộp bảng tự chấm"
        )
        await dong.says("nộp").hears("Đã tiếp nhận", "54/110 điểm.")
        assert await scored(here, e) == (Decimal(54), {"1": Decimal(54)})


async def test_bonus_penalty_and_what_is_not_known_beside_the_points(
    tmp_path: Path, channel: str, ready_sqlite: Path
) -> None:
    plan = BONUS.model_copy(
        update={"criteria": BONUS.criteria[:1], "units": KINDS.units, "unit_kinds": KINDS.unit_kinds}
    )
    async with told(tmp_path, channel, ready_sqlite, plan) as here:
        dong = await here.person("Đông", unit="mau.dong")
        await here.exemplar(MODEL, "mau.dong", plan=BONUS.id)
        await dong.says("/tucham").hears("Tiêu chí 1 (tối đa 60 điểm)")
        await dong.says("tc1 55 tc2 37").hears("Đã ghi: TC1: 55 · TC2: 37.", "T. Điểm thưởng", "Bao nhiêu mô hình?")
        await dong.says("1").hears("Được báo tỉnh giới thiệu")
        await dong.picks("Không").hears("Báo cáo chậm", "Bao nhiêu lần?")
        # 55 + 37 + 2 - 1 × 1,5
        await dong.says("1").hears(
            "92,5/103 điểm.",
            "1: 55/60 · 2: 37/40 · điểm thưởng 2 · điểm trừ 1,5",
            "Xếp loại: theo điểm là Xuất sắc; chưa xác định được, còn phụ thuộc: “Đang bị thanh tra” (chưa có thông tin).",
            "Đủ điều kiện về điểm để đề nghị cấp cơ sở.",
            "Để đề nghị cấp cơ sở còn phải xem xét: kết quả bình chọn của tập thể (chưa có thông tin).",
            "Chưa xác định được điều kiện đề nghị cấp huyện: điều kiện xét theo cột “Điểm Hội đồng”, cột này chưa có điểm.",
            "Để đề nghị cấp huyện còn phải xem xét: đã được khen ở cấp cơ sở hay chưa (chưa có thông tin); "
            "“Tỷ lệ cử tri tán thành” (chưa có thông tin).",
            "Để đề nghị cấp tỉnh còn phải xem xét: các năm đã được công nhận ở cấp huyện (chưa có thông tin); "
            "“Đang bị thanh tra” (chưa có thông tin).",
        )
        await dong.says("tc2 0").hears("55,5/103 điểm.", "Chưa đủ điều kiện đề nghị cấp cơ sở: tiêu chí 2 được 0 điểm.")


async def test_a_list_of_ticks_has_no_points(tmp_path: Path, channel: str, ready_sqlite: Path) -> None:
    async with told(tmp_path, channel, ready_sqlite, TICKS) as here:
        thu = await here.person("Thu", unit="so-mau.vp")
        e = await here.exemplar(MODEL, "so-mau.vp", plan=TICKS.id)
        await thu.says("/tucham").hears("Tiêu chí 1", "Gắn với nhiệm vụ trọng tâm", "0/3", never="điểm)")
        await thu.picks("Có").hears("Thu hút đông đảo người tham gia")
        await thu.says("chưa có").hears("Có giải pháp sáng tạo")
        heard = await thu.picks("Có").hears(
            "Đã xác nhận 2/3 nội dung.",
            "Chưa đủ điều kiện đề nghị cấp sở: nội dung 2 chưa được xác nhận.",
            "2. Tiêu chí 2: Không",
        )
        assert "0/0" not in heard
        assert "đã nộp" not in heard
        await thu.picks("Sửa…").hears("Tiêu chí 2")
        await thu.picks("Tiêu chí 2").hears("Thu hút đông đảo")
        await thu.picks("Có").hears(
            "Đã xác nhận 3/3 nội dung.",
            "Đã xác nhận đủ các nội dung cần có để đề nghị cấp sở.",
            "Để đề nghị cấp sở còn phải xem xét: kết quả bình chọn của tập thể (chưa có thông tin).",
        )
        await thu.says("nộp").hears("Đã tiếp nhận", "Đã xác nhận 3/3 nội dung.", never="0/0")
        assert (await scored(here, e))[0] is None


async def test_of_several_plans_each_answer_names_its_own(tmp_path: Path, channel: str, ready_sqlite: Path) -> None:
    also = KINDS.model_copy(update={"participants": ("van-ninh.van-hung",)})
    async with told(tmp_path, channel, ready_sqlite, VAN_NINH, also) as here:
        lan = await here.person("Lan")
        await lan.says("/tucham").hears(
            "Dân vận khéo huyện Vạn Ninh\nxã Vạn Hưng chưa đăng ký", f"{KINDS.name}\nxã Vạn Hưng chưa đăng ký"
        )
        await here.exemplar("Camera an ninh")
        await lan.says("/tucham").hears("Dân vận khéo huyện Vạn Ninh\nTự chấm điểm “Camera an ninh”", "Tiêu chí 01")
        await here.exemplar(MODEL, plan=KINDS.id)
        await lan.says("/tucham").hears(
            "Chấm điểm điển hình nào?", "Camera an ninh – đã đăng ký (huyện Vạn Ninh)", "(huyện Mẫu)"
        )
        await lan.picks(MODEL).hears(f"{KINDS.name}\nTự chấm điểm “{MODEL}”", "Tiêu chí 1.1")
        await lan.says("xem lại").hears(f"Bảng tự chấm chưa nộp: {MODEL} (huyện Mẫu)", "0/80 điểm.")
        await lan.says("/tucham").hears("Chấm điểm điển hình nào?")
        await lan.picks("Camera an ninh").hears("Dân vận khéo huyện Vạn Ninh\nTự chấm điểm “Camera an ninh”")
        await lan.says("15 15 15 15 15 15 10").hears(
            "100/100 điểm.", "Bảng tự chấm chưa nộp: Camera an ninh (huyện Vạn Ninh)"
        )
        await lan.says("nộp").hears("Dân vận khéo huyện Vạn Ninh\nĐã tiếp nhận bảng tự chấm “Camera an ninh”")
        await lan.says("/tucham").hears("Chấm điểm điển hình nào?", "Camera an ninh – đã nộp bảng tự chấm")
        await lan.picks("Camera an ninh").hears(
            "Dân vận khéo huyện Vạn Ninh\n“Camera an ninh” đã nộp bảng tự chấm 100 điểm"
        )


async def test_a_plan_without_a_table_says_who_lays_the_criteria_down(
    tmp_path: Path, channel: str, ready_sqlite: Path
) -> None:
    quote = Quote(text="hướng dẫn tiêu chí, tiêu chuẩn", at="mục III.2")
    bare = KINDS.model_copy(
        update={
            "criteria": (),
            "grades": (),
            "levels": (),
            "criteria_elsewhere": Delegation(to="Sở Nội vụ", quote=quote),
        }
    )
    async with told(tmp_path, channel, ready_sqlite, bare) as here:
        dong = await here.person("Đông", unit="mau.dong")
        await here.exemplar(MODEL, "mau.dong", plan=KINDS.id)
        await dong.says("/tucham").hears(
            f"Kế hoạch không có bảng điểm ({KINDS.name}).",
            "Kế hoạch giao việc hướng dẫn tiêu chí cho: Sở Nội vụ.",
            "“hướng dẫn tiêu chí, tiêu chuẩn” – mục III.2",
        )


async def test_a_kind_of_subject_without_a_table_is_said_to_have_none(
    tmp_path: Path, channel: str, ready_sqlite: Path
) -> None:
    async with told(tmp_path, channel, ready_sqlite, TICKS.model_copy(update={"subjects": KINDS.subjects})) as here:
        thu = await here.person("Thu", unit="so-mau.vp")
        await here.exemplar("Chị Hoa", "so-mau.vp", plan=TICKS.id, subject="ca_nhan")
        await thu.says("/tucham").hears("Kế hoạch không có bảng điểm cho loại “Cá nhân”", TICKS.name)
