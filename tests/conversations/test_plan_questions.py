"""Questions on the plan: answered with its words and their place, in private, in the group, in the middle of a form."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from bot.clock import ZONE
from bot.lookup.phrases import OPENS, RULES
from bot.rules.access import STANDING_OFFICE
from handlers import tables
from tests.talk import Speaker, in_group
from tests.world import DISTRICT, VAN_NINH, World, plan, world

ON_PHONES = pytest.mark.parametrize("channel", ["telegram", "zalo"], indirect=True)
WEB = pytest.mark.parametrize("channel", ["web"], indirect=True)
GROUP = -500
TITLE = "Dân vận khéo huyện Vạn Ninh"
REGISTRATION = (
    "Đăng ký điển hình “Dân vận khéo”: trước ngày 15/02/2024, tức chậm nhất 14/02/2024 (ngày làm việc cuối cùng là "
    "07/02/2024)."
)
BY_THE_AUTHOR = "(người soạn tệp kế hoạch)"


def test_whatever_is_understood_has_somebody_who_answers() -> None:
    assert {intent for intent, _, _ in RULES} == set(tables.PHRASES)
    assert set(tables.PHRASES) >= tables.GROUP_PHRASES
    assert not tables.GROUP_PHRASES & set(OPENS)


# -- the questions that are asked most, on every channel ----------------------------------------------------------------


async def test_when_registration_ends(here: World, lan: Speaker) -> None:
    await lan.says("bao giờ hết hạn đăng ký?").hears(
        TITLE,
        REGISTRATION,
        "Nơi nhận: Ban Dân vận Huyện ủy",
        "trước ngày 15 tháng 02 để theo dõi, tổng hợp.” – mục II.3.4.a",
        "Cách hiểu: Đơn vị được mời đăng ký",
        BY_THE_AUTHOR,
        never="01/09/2024",
    )


async def test_the_fifteenth_of_february_and_tet(here: World, lan: Speaker) -> None:
    for typed in ("nộp ngày 15/2 có được không", "15/2 rơi vào Tết thì nộp hôm nào"):
        await lan.says(typed).hears(
            TITLE,
            "“Trước ngày 15/02/2024” nghĩa là ngày cuối cùng là 14/02/2024; đến ngày 15/02/2024 đã là muộn.",
            "14/02/2024 là ngày nghỉ: ngày làm việc cuối cùng là 07/02/2024.",
            "Kế hoạch không quy định có lùi sang sau kỳ nghỉ hay không",
            "mục II.3.4.a",
        )


async def test_what_a_dossier_holds_is_asked_back_for_its_level(here: World, lan: Speaker) -> None:
    await lan.says("hồ sơ gồm những gì").hears("Hồ sơ mỗi cấp một khác", "[cấp huyện] [cấp tỉnh]")
    await lan.picks("cấp tỉnh").hears(
        "Hồ sơ đề nghị khen thưởng cấp tỉnh gồm:",
        "1) Tờ trình",
        "Báo cáo thành tích",
        "mục II.3.4.c",
        "Số lượng: 03 bộ.",
    )
    await lan.says("ho so cap huyen gom nhung gi").hears(
        "Hồ sơ đề nghị khen thưởng cấp huyện gồm:",
        "Biên bản",
        "mục II.3.4.b",
        "Số lượng: 01 bộ.",
        never="Số lượng: 03 bộ.",
    )
    await lan.says("mấy bộ hồ sơ").hears("• cấp huyện: 01 bộ", "• cấp tỉnh: 03 bộ", "mục II.3.4.d")


async def test_how_many_models_where_the_plan_is_silent(here: World, lan: Speaker) -> None:
    for typed in ("mỗi đơn vị phải có mấy mô hình", "mô hình cũ có tính không"):
        await lan.says(typed).hears(
            TITLE,
            "Kế hoạch không quy định mỗi đơn vị phải có mấy mô hình, cũng không nói mô hình cũ có tính hay không.",
        )


async def test_the_row_that_is_printed_twice(here: World, lan: Speaker) -> None:
    await lan.says("tiêu chí 2 giống tiêu chí 1 à").hears(
        TITLE, "Tập thể: tiêu chí 02 in trùng từng chữ với tiêu chí 01", "Ban Dân vận Huyện ủy"
    )


async def test_who_receives_when_the_district_is_no_more(here: World, lan: Speaker) -> None:
    await lan.says("bdv huyện giải thể rồi thì nộp cho ai").hears(
        TITLE,
        "Ban Dân vận Huyện ủy hoạt động đến hết ngày 30/06/2025.",
        "Chưa có quy định chuyển tiếp",
        "cần cấp có thẩm quyền quyết định",
        "mục III.1",
    )
    here.app.clock.move(datetime(2026, 3, 2, 9, 0, tzinfo=ZONE))
    await lan.says("bdv huyen giai the roi thi nop cho ai").hears(
        "Ban Dân vận Huyện ủy đã kết thúc hoạt động, ngày cuối cùng là 30/06/2025.",
        "Chưa có quy định chuyển tiếp",
        never="Sau đó:",  # who follows the district's body no text says
    )


async def test_to_whom_is_asked_back_when_it_is_not_said_what(here: World, lan: Speaker) -> None:
    await lan.says("gửi về đâu").hears(
        "Đồng chí hỏi nơi gửi của văn bản nào?", "[Bản đăng ký]", "[Hồ sơ khen thưởng]", "[Báo cáo]"
    )
    await lan.picks("Hồ sơ khen thưởng").hears(TITLE, "gửi Ban Dân vận Huyện ủy.", "mục II.3.4.đ", never="mục II.3.4.a")
    await lan.says("nộp cho ai").hears("[Bản đăng ký]")
    await lan.says("bản đăng ký").hears("gửi Ban Dân vận Huyện ủy.", "mục II.3.4.a")
    await lan.says("gửi báo cáo cho ai").hears("Chủ tịch UBND tỉnh (qua Phòng Nội vụ)", "mục III.1.đ")


async def test_one_receiver_alone_is_told_at_once(tmp_path: Path, channel: str, ready_sqlite: Path) -> None:
    at = datetime(2023, 5, 8, 9, 0, tzinfo=ZONE)
    async with world(tmp_path / "kheo", channel, ready=ready_sqlite, plans=["so-tttt-dak-nong"], at=at) as here:
        mai = await here.person("Mai", "so-tttt-dak-nong.van-phong")
        await mai.says("nộp cho ai").hears("gửi Ban Dân vận Tỉnh ủy.", "mục IV.1", never="Đồng chí hỏi nơi gửi")


async def test_the_command_alone_tells_how_to_ask(here: World, lan: Speaker) -> None:
    await lan.says("/hoi").hears("Đề nghị nhập câu hỏi sau lệnh", "/hoi hồ sơ gồm những gì", never="chưa hiểu")


async def test_where_nothing_is_scored_no_scorecard_is_missed(tmp_path: Path, channel: str, ready_sqlite: Path) -> None:
    at = datetime(2024, 3, 11, 9, 0, tzinfo=ZONE)
    async with world(tmp_path / "kheo", channel, ready=ready_sqlite, plans=["xuan-truong"], at=at) as here:
        tho = await here.person("Thọ", "xuan-truong.xuan-vinh")
        await here.exemplar("Đường hoa", "xuan-truong.xuan-vinh", plan="xuan-truong")
        await tho.says("bao nhiêu điểm thì được khen").hears("không có bảng điểm", never="Chưa nộp bảng tự chấm")
        await tho.says("/tiendo").hears("Đã đăng ký 1 điển hình.", never="bảng tự chấm")


async def test_the_form_of_the_report_by_its_date(here: World, lan: Speaker) -> None:
    for typed in ("xin mau 07", "mẫu báo cáo thành tích"):
        await lan.says(typed).hears(
            "Mẫu báo cáo số 07 ban hành kèm theo Nghị định số 91/2017/NĐ-CP",
            "Hiện theo NĐ 98/2023/NĐ-CP; số mẫu trong văn bản này chưa được tra cứu nên Khéo không ghi số.",
            "Mẫu số 07 của NĐ 91/2017/NĐ-CP áp dụng đến hết ngày 31/12/2023, nay đã được thay thế.",
        )


# -- the others ----------------------------------------------------------------------------------------------------------

ANSWERED = {
    "khi nào báo cáo quý 3": ("Kế hoạch không quy định báo cáo quý III.", "trước ngày 01/10/2024", "mục III.1.đ"),
    "báo cáo thành tích viết những gì": (
        "• cách làm",
        "• tính lan tỏa",
        "nêu rõ cách làm, kinh nghiệm",
        "mục II.3.4.b",
    ),
    "được khen mấy tập thể mấy cá nhân": ("cấp huyện: 03 tập thể, 05 cá nhân", "mục II.3.3.c", "cấp tỉnh: 01 tập thể"),
    "03 TT 05 CN": ("cấp huyện: 03 tập thể, 05 cá nhân", "mục II.3.3.c"),
    "con may suat giay khen": ("03 tập thể, 05 cá nhân", "Khéo không lưu quyết định khen thưởng"),
    "điều kiện đề nghị cấp tỉnh": (
        "Điều kiện đề nghị cấp tỉnh",
        "02 năm liên tục được công nhận",
        "mục II.3.2.a",
        "“phải đạt 90% số điểm từng tiêu chí” – mục II.3.4.c",
        "Cách hiểu: Mỗi tiêu chí phải đạt từ 90% số điểm trở lên",
    ),
    "2 năm liên tục là sao": ("02 năm liên tục được công nhận", "mục II.3.2.a", BY_THE_AUTHOR, "Khéo không lưu"),
    "xa minh 2 nam lien tuc chua": ("mục II.3.2.a", "do cấp xét khen thưởng kết luận"),
    "tiêu chí 3 là gì": ("Tập thể – tiêu chí 03 (tối đa 15 điểm)", "Cá nhân – tiêu chí 03 (tối đa 20 điểm)"),
    "minh chứng cần những gì": ("• 06. Số liệu cụ thể, ví dụ: Liệt kê các thành tích đã đạt được", "mục II.3.4.b"),
    "tài liệu kiểm chứng TC6 gồm gì": ("tiêu chí 06", "Liệt kê các thành tích đã đạt được"),
    "ai ký giấy khen": ("cấp huyện: Giấy khen", "Chủ tịch UBND huyện ký.", "mục II.3.3.a", "mục II.3.3.c"),
    "ai khen": ("Chủ tịch UBND tỉnh", "mục II.3.3.d"),
    "ai thẩm định": ("Thẩm định hồ sơ: Phòng Nội vụ.", "mục III.2", "Cách hiểu: Phòng Nội vụ thẩm định sau khi"),
    "hội đồng nào xét": ("Hội đồng Thi đua - Khen thưởng huyện.", "mục II.3.4.đ"),
    "cơ quan thường trực là ai": ("Cơ quan thường trực phong trào thi đua: Ban Dân vận Huyện ủy.", "mục III.1"),
    "KH 12908 là gì": ("12908/KH-UBND ngày 07/12/2023", "Khéo chưa có toàn văn nên không trả lời được"),
    "CT 17 là gì": ("Chỉ thị số 17-CT/TU ngày 08/6/2023", "Khéo chưa có toàn văn"),
    "chỉ thị 99 nói gì": ("Kế hoạch không nhắc đến văn bản số 99.",),
    "nộp muộn có sao không": ("Khéo không gia hạn được", REGISTRATION, "Kế hoạch không quy định hệ quả"),
    "cho tôi nộp muộn 2 hôm": ("không có quyền cho nộp muộn", "cơ quan thường trực (Ban Dân vận Huyện ủy) quyết định"),
    "lĩnh vực nào": ("• Kinh tế", "mục II.1.2.a", "• An ninh, quốc phòng", "mục II.1.2.c"),
    "lĩnh vực kinh tế gồm những gì": ("• Kinh tế", "– thương hiệu nông sản an toàn"),
    "kinh phí": ("Kinh phí khen thưởng: Theo quy định hiện hành", "mục II.3.6"),
    "kinh phí lấy từ đâu": ("Kinh phí khen thưởng: Theo quy định hiện hành", "mục II.3.6"),
    "có được khen đột xuất không": ("khen thưởng đột xuất", "trong thực hiện nhiệm vụ đột xuất", "mục II.3.2.b"),
    "khi nào đăng báo chuyên mục": ("Kế hoạch không quy định",),
    "xét khen thưởng khi nào": ("“Thời gian tổ chức xét khen thưởng: vào Quý III hằng năm.” – mục II.3.5",),
    "p nội vụ sđt bao nhiêu": ("Khéo không lưu số điện thoại. Cơ quan để liên hệ: Ban Dân vận Huyện ủy.",),
    "kế hoạch này do ai ban hành": ("Kế hoạch của UBND huyện Vạn Ninh", "Số: để trống", "Đàm Ngọc Quang"),
    "làm sao để đăng ký": (REGISTRATION, "Bản đăng ký cần:", "[Đăng ký điển hình]"),
    "sáp nhập rồi xã Vạn Phú tính sao": (
        "xã Vạn Phú: có trong Kế hoạch này đến hết ngày 30/06/2025.",
        "chưa có quy định",
    ),
    "mặt trận làm gì": ("mục III.3", "Mặt trận Tổ quốc"),
    "/hoi ho so cap tinh gom nhung gi": ("Hồ sơ đề nghị khen thưởng cấp tỉnh gồm:", "03 bộ"),
}


@WEB
async def test_each_question_is_answered_from_the_plan(here: World, lan: Speaker) -> None:
    for typed, told in ANSWERED.items():
        await lan.says(typed).hears(TITLE, *told)


@WEB
async def test_a_sentence_with_the_plans_words_is_answered_with_the_passage(here: World, lan: Speaker) -> None:
    await lan.says("trọng dân gần dân học dân").hears("Khéo chưa hiểu hết câu hỏi", "mục I.2")
    await lan.says("việc nhân rộng mô hình thế nào").hears(TITLE, "nhân rộng", "mục II.2")
    heard = await lan.says("chuyên mục trên báo đài thế nào").hears("Khéo không tìm thấy đoạn nào trong Kế hoạch")
    assert "không quy định" not in heard  # not found is not the same as not laid down
    await lan.says("con mèo trèo cây cau").hears("Khéo chưa hiểu ý đồng chí")


@WEB
async def test_a_question_never_opens_a_form(here: World, lan: Speaker) -> None:
    for typed in (
        "đăng ký mô hình được không",
        "làm báo cáo thế nào",
        "có vướng mắc thì báo ai",
        "/hoi đăng ký mô hình",
    ):
        await lan.says(typed).hears("")
        focus = lan.last
        assert "Câu 1/" not in focus.text, typed
    await lan.says("/viec").hears("", never="chưa xong")


# -- in the middle of a form ------------------------------------------------------------------------------------------


async def test_a_question_at_a_choice_is_answered_and_the_choice_asked_again(here: World, lan: Speaker) -> None:
    await lan.says("/dangky").hears("tập thể hay cá nhân")
    for typed, told in (
        ("nộp hồ sơ ở đâu", "mục II.3.4.đ"),
        ("ho so cap tinh gom nhung gi", "03 bộ"),
        ("ai ký giấy khen", "mục II.3.3.c"),
        ("có những lĩnh vực gì", "mục II.1.2.a"),
    ):
        heard = await lan.says(typed).hears(told, "[Tập thể]")
        assert heard.index(told) < heard.index("tập thể hay cá nhân"), typed
    await lan.picks("Tập thể").hears("tên điển hình")


@WEB
async def test_a_question_at_points_is_answered_and_the_row_asked_again(here: World, lan: Speaker) -> None:
    await here.exemplar("Camera an ninh thôn Xuân Tự")
    await lan.says("/tucham").hears("Tiêu chí 01")
    for typed, told in (
        ("nộp hồ sơ ở đâu", "mục II.3.4.đ"),
        ("minh chứng cần những gì", "• 06. Số liệu cụ thể, ví dụ: Liệt kê các thành tích"),
        ("2 năm liên tục là sao", "mục II.3.2.a"),
    ):
        heard = await lan.says(typed).hears(told, "Tiêu chí 01")
        assert heard.index(told) < heard.rindex("Tiêu chí 01"), typed
    await lan.says("14").hears("1/7 · 14/15")


@WEB
async def test_asked_back_in_a_form_the_button_leads_to_the_answer_and_back(here: World, lan: Speaker) -> None:
    await lan.says("/dangky").hears("tập thể hay cá nhân")
    await lan.says("gửi về đâu").hears("[Bản đăng ký]")
    await lan.picks("Bản đăng ký").hears("mục II.3.4.a", "tập thể hay cá nhân")


# -- in the group --------------------------------------------------------------------------------------------------------


@ON_PHONES
async def test_the_group_hears_rules_and_dates_but_no_points(here: World) -> None:
    lan = await here.person("Lan", group=GROUP)
    there = in_group(lan)
    await there.says(f"/lienket {await here.group_code()}").hears("đã liên kết với huyện Vạn Ninh")
    for typed, told in (
        ("bao giờ hết hạn đăng ký?", "mục II.3.4.a"),
        ("tiêu chí 3 là gì", "tiêu chí 03"),
        ("được khen mấy tập thể mấy cá nhân", "03 tập thể, 05 cá nhân"),
        ("ho so cap tinh gom nhung gi", "03 bộ"),
        ("gửi báo cáo cho ai", "mục III.1.đ"),
        ("bdv huyện giải thể rồi thì nộp cho ai", "Chưa có quy định chuyển tiếp"),
    ):
        await there.says(f"@KheoBot {typed}").hears(TITLE, told)
    await there.says("@KheoBot hồ sơ gồm những gì").hears("[cấp huyện] [cấp tỉnh]")
    await there.picks("cấp huyện").hears("Hồ sơ đề nghị khen thưởng cấp huyện gồm:")
    heard = await there.says("@KheoBot làm sao để đăng ký").hears("mục II.3.4.a")
    assert "[Đăng ký điển hình]" not in heard
    await there.says("@KheoBot tại sao chưa đủ điều kiện").hears("tin nhắn riêng")
    await there.says("@KheoBot đăng ký mô hình").hears("tin nhắn riêng")
    await there.says("/hoi tại sao 98 điểm mà không đạt").hears("", never="điểm, cần")


# -- several plans, and plans that name no day ------------------------------------------------------------------------


@pytest.fixture
async def both(tmp_path: Path, channel: str, ready_sqlite: Path) -> AsyncIterator[World]:
    """Vạn Ninh and Ninh Thuận at once: xã Vạn Hưng takes part in both."""
    province = plan("ninh-thuan").model_copy(update={"participants": ("van-ninh.van-hung",)})
    async with world(tmp_path / "kheo", channel, ready=ready_sqlite, plans=[VAN_NINH, province]) as made:
        yield made


@WEB
async def test_every_answer_names_its_plan_where_two_plans_differ(both: World) -> None:
    lan = await both.person("Lan")
    heard = await lan.says("bao giờ hết hạn đăng ký?").hears(
        "Dân vận khéo huyện Vạn Ninh, năm 2024", "15/02/2024", "Dân vận khéo tỉnh Ninh Thuận, năm 2024", "30/01/2024"
    )
    assert "chỉ sau khi có “Hướng dẫn các bước xây dựng mô hình" in heard
    await lan.says("báo cáo năm nộp khi nào").hears(
        "trước ngày 01/10/2024", "Dân vận khéo tỉnh Ninh Thuận", "Kế hoạch không quy định ngày", "mục IV.5"
    )
    await lan.says("mô hình cũ có tính không").hears(
        "Dân vận khéo huyện Vạn Ninh",
        "cũng không nói mô hình cũ có tính hay không",
        "Dân vận khéo tỉnh Ninh Thuận",
        "Mỗi đơn vị: ít nhất 01 mô hình/năm (phấn đấu 02)",
        "không tính cộng dồn",
        "mục III.1",
        "các năm đến 2025",
    )
    await lan.says("tỉnh Ninh Thuận phải làm mấy mô hình một năm").hears("ít nhất 01", never="huyện Vạn Ninh")
    await lan.says("có những tiêu chí nào").hears(
        "Dân vận khéo tỉnh Ninh Thuận", "Kế hoạch không có bảng tiêu chí", "mục III.2"
    )
    await lan.says("gửi về đâu").hears("[Bản đăng ký]")
    await lan.picks("Bản đăng ký").hears("Ban Dân vận Huyện ủy", "Ủy ban nhân dân tỉnh (qua Sở Nội vụ)", "mục IV.2")
    await lan.says("CT 33 là gì").hears(
        "Chỉ thị số 33/CT-TTg ngày 26/11/2021", "Khéo chưa có toàn văn", never="huyện Vạn Ninh"
    )
    bay = await both.person("Bảy", DISTRICT, STANDING_OFFICE)  # only the district's plan concerns the district
    await bay.says("bao giờ hết hạn đăng ký?").hears("15/02/2024", never="Ninh Thuận")


@WEB
async def test_a_duty_without_a_day_is_told_as_such(tmp_path: Path, channel: str, ready_sqlite: Path) -> None:
    at = datetime(2023, 3, 6, 9, 0, tzinfo=ZONE)
    plans = ["xuan-truong", "so-tttt-dak-nong", "binh-dinh"]
    async with world(tmp_path / "kheo", channel, ready=ready_sqlite, plans=plans, at=at) as here:
        tops = {p.id: next(u.code for u in p.units if not u.parent) for p in map(plan, plans)}
        hoa = await here.person("Hoa", tops["xuan-truong"])
        await hoa.says("khi nào báo cáo quý 3").hears("quý III: Kế hoạch không quy định ngày", "định kỳ hàng quý")
        nam = await here.person("Nam", tops["so-tttt-dak-nong"])
        await nam.says("bao giờ nộp báo cáo").hears("44-KH/BDVTU", "theo quy định")
        binh = await here.person("Bình", tops["binh-dinh"])
        await binh.says("khi nào báo cáo quý 3").hears("Kế hoạch không quy định báo cáo quý III")
        await binh.says("báo cáo 9 tháng nộp khi nào").hears("20/09/2023", "19/09/2023", never="24/11/2023")
