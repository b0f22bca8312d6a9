"""Registration comes wholly from the plan: its questions, who may register what, what an exemplar is known by."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

from bot.clock import ZONE
from bot.plan.model import Plan, UnitSeed
from tests.conversations.registering import CAMERA
from tests.conversations.test_registration import WITH_BUTTONS, open_drafts
from tests.talk import Speaker
from tests.world import ROOT, World, plan, world

OFFICE = "so-tttt-dak-nong"
UNION = f"{OFFICE}.cong-doan"
SMALL = ROOT / "tests/plans/small/register.yaml"
SCHOOL = "giao-duc.binh-minh"
FILE = "Phản hồi hồ sơ trong ngày"


def with_union() -> Plan:
    """The office's plan with a unit of a kind that its words on collectives do not name."""
    union = UnitSeed(code=UNION, name="Công đoàn Sở", kind="doan_the", parent=OFFICE)
    found = plan(OFFICE)
    return found.model_copy(update={"units": (*found.units, union), "version": "with-union"})


async def to_the_field(speaker: Speaker, kind: str, status: str) -> None:
    """The office's registration up to the question for the field."""
    await speaker.picks(kind).hears("tên điển hình")
    await speaker.says(FILE).hears("nào thực hiện")
    await speaker.says("Văn phòng Sở").hears("mô hình mới, nhân rộng")
    await speaker.picks(status)
    await speaker.hears("phát huy tác dụng" if status.startswith("Duy trì") else "chọn lĩnh vực")


async def test_a_vote_is_recorded_in_the_registration(tmp_path: Path, channel: str, ready_sqlite: Path) -> None:
    at = datetime(2023, 3, 6, 9, 0, tzinfo=ZONE)
    async with world(tmp_path / "kheo", channel, ready=ready_sqlite, plans=[OFFICE], at=at) as here:
        mai = await here.person("Mai", f"{OFFICE}.van-phong")
        await mai.says("/dangky").hears("Đăng ký năm 2023 – Văn phòng Sở", "Kế hoạch không quy định ngày đăng ký")
        await to_the_field(mai, "Cá nhân", "Duy trì từ năm trước")
        await mai.says("có").hears("chọn lĩnh vực")
        await mai.says("1").hears("giải pháp, biện pháp sáng tạo")
        await mai.says("Trả kết quả qua Zalo").hears("ngày tập thể bình chọn")
        await mai.says("15/02/2023").hears("số người bình chọn đồng ý")
        await mai.says("15").hears("tổng số người")
        await mai.says("14").hears("Số người đồng ý là 15, nhiều hơn tổng số người là 14: đề nghị kiểm tra lại")
        await mai.says("sửa số người đồng ý").hears("số người bình chọn đồng ý")
        await mai.says("12").hears(
            "Ngày bình chọn: 15/02/2023", "Số người đồng ý: 12", "Còn phát huy tác dụng: Có", never="nhiều hơn"
        )
        heard = await mai.picks("Nộp bản đăng ký").hears("Đã tiếp nhận bản đăng ký")
        assert "Đã đăng ký đủ" not in heard
        (exemplar,) = await here.exemplars(f"{OFFICE}.van-phong")
        assert (exemplar.subject, exemplar.status, exemplar.award) == ("ca_nhan", "continuing", False)
        assert Decimal(exemplar.answers["vote_yes"]) == 12
        assert exemplar.answers["still_useful"] is True
        await mai.says("/khongdangky").hears("chỉ bản đăng ký mới hoàn thành việc này")


async def test_a_unit_of_another_kind_is_told_the_plan_s_words(
    tmp_path: Path, channel: str, ready_sqlite: Path
) -> None:
    at = datetime(2023, 3, 6, 9, 0, tzinfo=ZONE)
    async with world(tmp_path / "kheo", channel, ready=ready_sqlite, plans=[with_union()], at=at) as here:
        long = await here.person("Long", UNION)
        heard = await long.says("/dangky").hears(
            "Công đoàn Sở không đăng ký với loại “Tập thể”",
            "“Là tập thể các phòng thuộc Sở Thông tin và Truyền thông.” (mục III.2)",
            "Cá nhân",
        )
        assert "[Tập thể]" not in heard
        await long.says("tập thể").hears("“tập thể” không có trong các lựa chọn: Cá nhân")
        await to_the_field(long, "Cá nhân", "Mới xây dựng")


@WITH_BUTTONS
async def test_a_forged_kind_is_not_registered(tmp_path: Path, channel: str, ready_sqlite: Path) -> None:
    at = datetime(2023, 3, 6, 9, 0, tzinfo=ZONE)
    async with world(tmp_path / "kheo", channel, ready=ready_sqlite, plans=[with_union()], at=at) as here:
        long = await here.person("Long", UNION)
        await long.says("/dangky").hears("tập thể (phòng thuộc Sở) hay cá nhân")
        (draft,) = await open_drafts(here, UNION)
        await long.forges(f"a:{draft.id}:subject:tap_the").hears("không có trong các lựa chọn")
        await long.says("xem lại").hears("Loại điển hình: (chưa có)")


async def school(here: World) -> Speaker:
    return await here.person("Nga", SCHOOL)


async def test_questions_and_names_are_the_plan_s_own(tmp_path: Path, channel: str, ready_sqlite: Path) -> None:
    at = datetime(2024, 9, 2, 9, 0, tzinfo=ZONE)
    seasons = [("nho-dang-ky", 2024)]
    async with world(tmp_path / "kheo", channel, ready=ready_sqlite, plans=[SMALL], seasons=seasons, at=at) as here:
        nga = await school(here)
        await nga.says("/dangky").hears("Đăng ký năm 2024 – Trường THPT Bình Minh", "30/09/2024", "tên mô hình")
        await nga.says("trường học XANH").hears("đã có trong danh mục của phong trào khác", "tên mô hình")
        await nga.says(CAMERA).hears("mới hay tiếp tục")
        await nga.picks("Học tập nơi khác").hears("học tập từ mô hình nào")
        await nga.says("Trường THPT Ngô Gia Tự").hears("biên bản bình chọn")
        await nga.sends_photo("bien-ban.jpg").hears("Đã nhận")
        await nga.says("xong").hears(f"1. Tên mô hình: {CAMERA}", "Học tập từ: Trường THPT Ngô Gia Tự")
        await nga.picks("Nộp bản đăng ký").hears(
            f"Đã tiếp nhận bản đăng ký “{CAMERA}”",
            "Chỉ tiêu: ít nhất 01 mô hình/năm, nhiều nhất 03; đã đăng ký 01.",
            "Đã đăng ký đủ",
        )
        (exemplar,) = await here.exemplars(SCHOOL)
        assert (exemplar.subject, exemplar.name, exemplar.award) == ("tap_the", CAMERA, False)
        assert (exemplar.status, exemplar.source) == ("hoc_tap", "Trường THPT Ngô Gia Tự")
        (piece,) = exemplar.answers["bien_ban"]
        assert piece["sha256"]

        # A changed registration begins with all of it, the minutes too.
        await nga.says("/dangky").hears(f"Sửa bản đăng ký: {CAMERA}")
        await nga.picks(f"Sửa bản đăng ký: {CAMERA}").hears("lần 2", "Biên bản: 1")
        await nga.picks("Nộp bản đăng ký").hears("không khác bản đã đăng ký")
        await nga.says("/dudangky").hears("đã đăng ký đủ năm 2024 (1 điển hình)")

        union = await here.person("Oanh", "giao-duc.cong-doan", channel="telegram")
        await union.says("/dangky").hears(
            "Theo “Dân vận khéo ngành Giáo dục mẫu”, Công đoàn ngành Giáo dục mẫu không thuộc đối tượng đăng ký",
            "“tập thể các trường học trực thuộc” (mục 2)",
        )
        assert await open_drafts(here, "giao-duc.cong-doan") == []


async def test_whether_it_still_works_is_asked_anew_each_year(tmp_path: Path, channel: str, ready_sqlite: Path) -> None:
    at = datetime(2025, 9, 1, 9, 0, tzinfo=ZONE)
    seasons = [("nho-dang-ky", 2024), ("nho-dang-ky", 2025)]
    async with world(tmp_path / "kheo", channel, ready=ready_sqlite, plans=[SMALL], seasons=seasons, at=at) as here:
        nga = await school(here)
        answers = {"ten": CAMERA, "tinh_trang": "tiep_tuc", "con_tac_dung": True}
        await here.exemplar(CAMERA, SCHOOL, plan="nho-dang-ky", year=2024, status="tiep_tuc", more=answers)
        await nga.says("/dangky").hears(f"Tiếp tục từ năm 2024: {CAMERA}")
        await nga.picks(f"Tiếp tục từ năm 2024: {CAMERA}").hears("còn phát huy tác dụng không?")
        await nga.says("có").hears("biên bản bình chọn")
        await nga.says("bỏ qua").hears("Tình trạng: Tiếp tục", "Còn phát huy tác dụng: Có")
        await nga.picks("Nộp bản đăng ký").hears("Tiếp tục từ năm 2024.")
        found = [e for e in await here.exemplars(SCHOOL) if e.year == 2025]
        assert [(e.name, e.status) for e in found] == [(CAMERA, "tiep_tuc")]
        assert found[0].carried_from is not None
