"""What the plan of Vạn Ninh, the core case, obliges people to, row by row, as they meet it on Khéo."""

from __future__ import annotations

import io
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

from docx import Document as read_docx

from bot.plan.errata import corrected
from bot.plan.levels import EachRow, EvidenceEachRow, Level, Recognised, TotalAtLeast
from bot.plan.lint import lint
from bot.plan.model import Erratum
from bot.plan.source import read
from bot.rules.access import STANDING_OFFICE
from bot.rules.calendar import Deadline, Undated, lateness
from bot.rules.conditions import Shortfall, Standing, Verdict, conditions, verdict
from bot.rules.quotas import Excess, Places, excess, limits
from bot.rules.rows import highest
from bot.rules.scoring import Scorecard, threshold
from bot.rules.ties import Contender, Equals, rank
from bot.rules.undetermined import Undetermined
from handlers.quoting import registry
from tests.obligations.trial import ROOT, Guest, Trial, calendar
from tests.world import as_if_they_lasted

DISTRICT, HUNG, THANH = "van-ninh", "van-ninh.van-hung", "van-ninh.van-thanh"
JANUARY, AUGUST = "2024-01-15T09:00", "2024-08-12T09:00"
NO_DAY = "Kế hoạch không quy định ngày"
IN_FULL = "/han đầy đủ"
"""Every duty with the plan's words, those without a day too."""
CAMERA = "Camera an ninh thôn Xuân Tự"
WOMEN = "Chi hội Phụ nữ thôn Xuân Tự"
SECURITY = (">Tập thể", CAMERA, WOMEN, ">An ninh, quốc phòng", ">Bỏ qua", "từ tháng 01 đến tháng 12 năm 2024", ">Có")
NINETY = {"tap_the": ("13.5",) * 6 + ("9",), "ca_nhan": ("13.5", "13.5", "18", "9", "9", "13.5", "13.5")}
"""Exactly 90 % at every row."""
FIGURES = "tc{n} {points} {n}0 hộ dự họp"
PAPER = re.compile(r"^/\S+\.docx$", re.MULTILINE)


def level(trial: Trial, id: str) -> Level:
    return next(one for one in trial.plan.levels if one.id == id)


def card(trial: Trial, subject: str, *points: str, evidence: int = 1) -> Scorecard:
    """A scorecard with these points from the first row on, and so many pieces of evidence at each."""
    table = trial.plan.table(subject)
    given = {row.code: Decimal(one) for row, one in zip(table.leaves(), points, strict=False)}
    return Scorecard(table, given, dict.fromkeys(given, evidence))


def short(found: Verdict) -> list[tuple[str, str, Decimal | None, Decimal | None]]:
    return [(one.kind, one.code, one.points, one.needed) for one in found.shortfalls]


def of_points(trial: Trial, id: str, given: Scorecard, kind: type) -> Verdict:
    """The level's conditions of that kind alone laid on the scorecard."""
    rules = [rule for rule in level(trial, id).passes if isinstance(rule, kind)]
    assert rules, f"{id} has no such condition"
    return conditions(rules, given)


def paper(heard: str) -> Any:
    """The Word file that came with what was heard."""
    (path,) = PAPER.findall(heard)
    return read_docx(io.BytesIO(Path(path).read_bytes()))


def lines(document: Any) -> list[str]:
    """Its lines, cells of tables included."""
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    texts = [*(paragraph.text for paragraph in document.paragraphs), *cells]
    return [line for text in texts for line in text.replace("\u00a0", " ").split("\n") if line.strip()]


def told_of(heard: str, duty: str) -> str:
    """What a list of duties says of one of them."""
    return heard.split(f"• {duty}: ")[1].split("\n•")[0]


# -- what the movement is about ----------------------------------------------------------------------------------------


async def r_c01(trial: Trial) -> None:
    """What is to be taught is found, the documents are named with their place, and none of them is invented."""
    async with trial.guest(JANUARY, HUNG) as lan:
        for asked, document in (
            ("CT 17 là gì", "Chỉ thị số 17-CT/TU ngày 08/6/2023 của Ban Thường vụ Tỉnh ủy"),
            ("KH 12908 là gì", "Kế hoạch 12908/KH-UBND ngày 07/12/2023 của UBND tỉnh Khánh Hòa"),
        ):
            told = await lan.says(asked)
            assert f"• {document}" in told
            assert "– phần căn cứ" in told
            assert "Khéo chưa có toàn văn" in told
        passage = await lan.says("quán triệt tư tưởng Hồ Chí Minh")
        assert "• Quán triệt, triển khai\n  “Tiếp tục quán triệt sâu sắc tư tưởng Hồ Chí Minh" in passage
        assert "– mục II.1.1" in passage
    assert [one.id for one in trial.plan.references if one.relation == "parent"] == ["kh12908"]


async def r_c02(trial: Trial) -> None:
    """Four fields to choose from when a model is registered, and the topics of the one that was chosen."""
    assert {field.id: field.standard for field in trial.plan.fields} == {
        "kinh_te": "economy",
        "van_hoa_xa_hoi": "culture_society",
        "quoc_phong_an_ninh": "defence_security",
        "he_thong_chinh_tri": "political_system",
    }
    async with trial.guest(JANUARY, HUNG) as lan:
        fields = await lan.answers("/dangky", ">Tập thể", CAMERA, WOMEN)
        assert "[Kinh tế] [Văn hóa - xã hội] [An ninh, quốc phòng] [Hệ thống chính trị ở cơ sở]" in fields
        assert all(f"[{field.name}]" in fields for field in trial.plan.fields)
        topics = await lan.picks("Văn hóa - xã hội")
        assert "[Công tác khuyến học, khuyến tài, xây dựng xã hội học tập]" in topics
        assert "[Công tác nhân đạo, từ thiện, an sinh xã hội]" in topics
        assert [len(field.topics) for field in trial.plan.fields] == [8, 8, 7, 6]
        assert len(lan.speaker.last.labels) == 8 + len(("Quay lại", "Bỏ qua"))
        economy = await lan.says("lĩnh vực kinh tế gồm những gì")
        assert "  – thương hiệu nông sản an toàn\n" in economy
        assert "“Dân vận khéo góp phần phát triển kinh tế:” – mục II.1.2.a" in economy


async def r_c03(trial: Trial) -> None:
    """A model of the economy states its gain in money: asked at once, owed until the dossier, and only of such a model."""
    async with trial.guest(JANUARY, HUNG) as lan:
        begun = (">Tập thể", "Bưởi da xanh", "Tổ hợp tác thôn Xuân Cam", ">Kinh tế", ">Bỏ qua")
        asked = await lan.answers("/dangky", *begun)
        assert "giá trị làm lợi dự kiến về mặt kinh tế, tính bằng đồng" in asked
        receipt = await lan.answers(">Để sau", "năm 2024", ">Có", ">Nộp bản đăng ký")
        assert "khen thưởng cấp huyện (chậm nhất 31/08/2024): Giá trị làm lợi." in receipt
        assert "“Bưởi da xanh” còn thiếu mục “Giá trị làm lợi”" in await lan.says("/viec")
        summary = await lan.answers(">Bổ sung đăng ký", "120tr")
        assert "Giá trị làm lợi: 120.000.000 đồng" in summary
        await lan.picks("Nộp bản đăng ký")
        assert "còn thiếu mục" not in await lan.says("/viec")
        other = await lan.answers("/dangky thêm", *SECURITY[:5])
        assert "làm lợi" not in other
        assert "thời gian triển khai" in other


async def r_c04(trial: Trial) -> None:
    """Level by level: what holds at one is asked for at the next, and the plan's sentence is found."""
    assert [one.id for one in trial.plan.levels] == ["co_so", "huyen", "tinh", "dot_xuat"]
    best = card(trial, "tap_the", *NINETY["tap_the"])
    unknown = Standing(year=2024)
    assert verdict(level(trial, "co_so"), best, unknown).undetermined == (Undetermined("registration_unknown"),)
    assert verdict(level(trial, "huyen"), best, unknown).undetermined == (Undetermined("award_unknown", "co_so"),)
    assert verdict(level(trial, "tinh"), best, unknown).undetermined == (Undetermined("history_unknown", "huyen"),)
    known = Standing(2024, True, {"co_so": True}, {"huyen": {2023: True, 2024: True}})
    assert all(verdict(one, best, known).fulfilled for one in trial.plan.levels)
    heard = await trial.hears("kiểm tra thẩm định công nhận theo từng cấp", at=JANUARY, unit=HUNG)
    assert "đánh giá công nhận các gương điển hình, mô hình “Dân vận khéo” theo từng cấp.” – mục II.2" in heard


async def standards(trial: Trial, subject: str, question: str, paragraphs: dict[str, str], place: str) -> None:
    """The paragraphs of the standards are told word for word, each with its place; the rows that measure them are known."""
    heard = await trial.hears(question, at=JANUARY, unit=HUNG)
    for number, text in enumerate(paragraphs.values(), start=1):
        told = [line for line in heard.split("\n") if text in line]
        assert len(told) == 1, text
        assert told[0].endswith(f"” – {place}, đoạn {number}")
    assert [one.id for one in trial.plan.standards if one.subject == subject] == list(paragraphs)


async def r_c05(trial: Trial) -> None:
    """The five paragraphs for collectives, and the row that measures each; the fifth has none."""
    paragraphs = {
        "tt_1": "Nắm vững và khéo tuyên truyền, giải thích để Nhân dân hiểu rõ",
        "tt_2": "Tham mưu, đề xuất với cấp ủy, chính quyền các cấp những phương án",
        "tt_3": "Thực hiện tốt Luật Thực hiện về quy chế dân chủ ở cơ sở",
        "tt_4": "Phối hợp và huy động được nhiều lực lượng cùng tham gia",
        "tt_5": "tham gia các phong trào thi đua yêu nước, thực hiện có hiệu quả",
    }
    measured = {row.code: row.standard for row in trial.plan.table("tap_the").leaves()}
    assert measured == {"01": "tt_1", "02": "tt_1", "03": "tt_2", "04": "tt_3", "05": "tt_4", "06": "", "07": ""}
    printed, _ = read(ROOT / "plans" / "van-ninh.yaml")
    unmeasured = [one.path for one in lint(trial.plan, printed) if "No row of the table measures" in one.text]
    assert unmeasured == ["standards.tt_5"]
    await standards(trial, "tap_the", "tiêu chuẩn của tập thể là gì", paragraphs, "mục II.3.1.a")
    row = await trial.hears("tiêu chí 03 là gì", at=AUGUST, unit=HUNG)
    of_collectives = row.split("Cá nhân")[0]
    assert f"Tiêu chuẩn tương ứng: “{paragraphs['tt_2']}" in of_collectives
    assert "– mục II.3.1.a, đoạn 2" in of_collectives


async def r_c06(trial: Trial) -> None:
    """The four paragraphs for individuals, and the rows that measure each."""
    paragraphs = {
        "cn_1": "Nắm vững, tuyên truyền, thuyết phục cho Nhân dân hiểu",
        "cn_2": "Nắm được tình hình Nhân dân, phản ánh kịp thời",
        "cn_3": "Có phẩm chất chính trị tốt, đạo đức, lối sống lành mạnh",
        "cn_4": "Kết quả vận động Nhân dân góp phần giải quyết",
    }
    measured = [row.standard for row in trial.plan.table("ca_nhan").leaves()]
    assert measured == ["cn_1", "cn_2", "cn_2", "cn_3", "cn_3", "cn_4", "cn_4"]
    await standards(trial, "ca_nhan", "tiêu chuẩn đối với cá nhân là gì", paragraphs, "mục II.3.1.b")
    row = await trial.hears("tiêu chí 07 là gì", at=AUGUST, unit=HUNG)
    assert f"Tiêu chuẩn tương ứng: “{paragraphs['cn_4']}" in row.split("Cá nhân")[1]


# -- what is asked for at each level -----------------------------------------------------------------------------------


async def r_c07(trial: Trial) -> None:
    """Without a registration of the year nobody is scored or proposed; one that came late is a registration."""
    base = level(trial, "co_so")
    none = card(trial, "tap_the")
    assert short(verdict(base, none, Standing(2024, registered=False))) == [("registration", "", None, None)]
    assert verdict(base, none, Standing(2024, registered=True)).fulfilled
    async with trial.guest("2024-02-20T09:00", HUNG) as lan:
        refused = await lan.says("/tucham")
        assert "chưa đăng ký điển hình nào năm 2024. Cần đăng ký trước khi chấm điểm." in refused
        none_this_year = await lan.says("/khongdangky")  # told in February, not when the dossiers are due
        assert "chỉ điển hình đã đăng ký trong năm mới được đề nghị khen thưởng" in none_this_year
        assert "“Có đăng ký tham gia thi đua bằng những mô hình cụ thể.” – mục II.3.2.a" in none_this_year
        receipt = await lan.registers(*SECURITY)
        assert "ghi là nộp muộn" in receipt
        assert "Kế hoạch không quy định hệ quả, cơ quan thường trực (Ban Dân vận Huyện ủy) quyết định" in receipt
        assert "Tiêu chí 01 (tối đa 15 điểm)" in await lan.says("/tucham")
        asked = await lan.says("điều kiện đề nghị cấp cơ sở")
        assert "“Có đăng ký tham gia thi đua bằng những mô hình cụ thể.” – mục II.3.2.a" in asked
        assert "đăng ký muộn vẫn là có đăng ký" in asked


async def r_c08(trial: Trial) -> None:
    """Only who was honoured at the base: a condition of its own, and with the points alone it is not said to hold."""
    district, best = level(trial, "huyen"), card(trial, "tap_the", *NINETY["tap_the"])
    assert short(verdict(district, best, Standing(2024, awards={"co_so": False}))) == [("award", "co_so", None, None)]
    assert verdict(district, best, Standing(2024, awards={"co_so": True})).fulfilled
    async with trial.guest(AUGUST, HUNG) as lan:
        await lan.here.exemplar(CAMERA)
        await lan.says("/tucham")
        told = await lan.says(" ".join(FIGURES.format(n=n, points=9 if n == 7 else 14) for n in range(1, 8)))
        beside = told.split("Để đề nghị cấp huyện còn phải xem xét: ")[1].split("\n")[0]
        assert beside == "đã được khen ở cấp cơ sở hay chưa (chưa có thông tin)."
        asked = await lan.says("điều kiện đề nghị cấp huyện")
        assert "“được lựa chọn trong số các điển hình “Dân vận khéo” tiêu biểu cấp cơ sở.” – mục II.3.2.a" in asked


async def r_c09(trial: Trial) -> None:
    """Two years in a row recognised in the district; the merger of 2025 breaks the chain, and then a person decides."""
    best = card(trial, "ca_nhan", *NINETY["ca_nhan"])

    def found(year: int, reorganised: int | None = None, **recognised: bool) -> Verdict:
        years = {int(one[1:]): was for one, was in recognised.items()}
        known = Standing(year, recognitions={"huyen": years}, reorganised=reorganised)
        return conditions([r for r in level(trial, "tinh").passes if isinstance(r, Recognised)], best, known)

    assert found(2024, y2023=True, y2024=True).fulfilled
    one_year = ("recognition", "huyen", Decimal(1), Decimal(2))
    assert short(found(2024, y2023=False, y2024=True)) == [one_year]
    assert short(found(2024, y2022=True, y2023=False, y2024=True)) == [one_year]
    assert found(2025, 2025, y2023=False, y2024=True, y2025=True).undetermined == (
        Undetermined("reorganised", "huyen"),
    )
    heard = await trial.hears("2 năm liên tục là sao", at="2026-03-02T09:00", unit=HUNG)
    assert "02 năm liên tục được công nhận là điển hình “Dân vận khéo” tiêu biểu cấp huyện, thị xã" in heard
    assert "– mục II.3.2.a" in heard
    assert "Khéo không lưu quyết định công nhận của các năm trước" in heard
    assert "Chủ tịch UBND huyện đã kết thúc hoạt động, ngày cuối cùng là 30/06/2025." in heard


async def r_c10(trial: Trial) -> None:
    """What reviewers are told to look out for gives no points and no place; it is found with its words."""
    names = [
        "đạt được thành tích trong điều kiện khó khăn",
        "có phạm vi ảnh hưởng lớn",
        "các tập thể, cá nhân ở cấp cơ sở",
    ]
    for id in ("huyen", "tinh"):
        assert [one.name for one in level(trial, id).priorities] == names
        marked = frozenset(one.id for one in level(trial, id).priorities)
        equals = [Contender("a", Decimal(95)), Contender("b", Decimal(95), priorities=marked)]
        above = Contender("c", Decimal(96))
        order = rank([*equals, above], level(trial, id).tie_break)
        assert order.place("c") == 1
        assert order.groups[1] == Equals(("a", "b"), order.groups[1].parted_by, "no_order")
    heard = await trial.hears("phạm vi ảnh hưởng lớn", at=JANUARY, unit=HUNG)
    assert (
        "“Chú trọng việc phát hiện và đề nghị khen thưởng các tập thể, cá nhân điển hình đạt được thành tích" in heard
    )
    assert "– mục II.3.2.a" in heard


async def r_c11(trial: Trial) -> None:
    """Honours at any time: without registration, points, number or day; which council decides is told."""
    path = level(trial, "dot_xuat")
    assert path.spontaneous
    assert trial.due("khen_dot_xuat", 2024) == Undated("any_time")
    assert verdict(path, card(trial, "tap_the"), Standing(2024, registered=False)).fulfilled
    assert limits(path.quotas, subject="tap_the") == Undetermined("no_quota", "tap_the")
    heard = await trial.hears("có được khen đột xuất không", IN_FULL, at=JANUARY, unit=HUNG)
    answer, duties = heard.split("Các mốc thời gian")[:2]
    assert "• khen thưởng đột xuất: Khen thưởng đột xuất\n" in answer
    assert "trong thực hiện nhiệm vụ đột xuất, phát sinh trong công tác" in answer
    assert "– mục II.3.2.b" in answer
    assert told_of(duties, "Khen thưởng đột xuất").startswith("khi có phát sinh.\n")
    assert trial.plan.holder("khen_dot_xuat", trial.day("2026-03-02")) == "Hội đồng Thi đua - Khen thưởng các cấp"


# -- awards and how many -----------------------------------------------------------------------------------------------


async def signs(trial: Trial, award: str, signer: str, sentence: str, place: str) -> None:
    """Who is asked hears the award, who signs it, and the sentence of the plan."""
    heard = await trial.hears("ai ký giấy khen", at=JANUARY, unit=HUNG)
    told = heard.split(f"• {award}, ")[1].split("\n•")[0]
    assert told.startswith(f"{signer} ký.\n")
    assert sentence in told
    assert f"– {place}" in told


async def r_c12(trial: Trial) -> None:
    """At the base the chairman of the commune signs – also after the district is no more."""
    assert trial.plan.holder("quyet_dinh_co_so", trial.day("2026-03-02")) == "Chủ tịch UBND cấp xã"
    sentence = "“Chủ tịch UBND cấp xã tặng Giấy khen cho các tập thể và cá nhân điển hình"
    award = "cấp cơ sở: Giấy khen của Chủ tịch UBND cấp xã"
    await signs(trial, award, "Chủ tịch UBND cấp xã", sentence, "mục II.3.3.a")


async def r_c13(trial: Trial) -> None:
    """In an office its head signs, and chooses whom to propose to those above."""
    assert trial.plan.holder("quyet_dinh_don_vi", trial.day("2026-03-02")) == ""
    head = "Thủ trưởng cơ quan, đơn vị, Mặt trận Tổ quốc và các tổ chức đoàn thể cấp huyện"
    sentence = "lựa chọn tập thể, cá nhân tiêu biểu xuất sắc đề nghị Chủ tịch UBND huyện và Chủ tịch UBND tỉnh"
    award = "cấp cơ sở: Giấy khen của thủ trưởng cơ quan, đơn vị"
    await signs(trial, award, head, sentence, "mục II.3.3.b")


async def places(trial: Trial, id: str, collectives: int, individuals: int, place: str) -> None:
    """The two numbers of a level: one more is warned of and never refused; they are told with the plan's words."""
    for subject, number in (("tap_the", collectives), ("ca_nhan", individuals)):
        assert limits(level(trial, id).quotas, subject=subject) == (Places(number),)
        (quota,) = (one for one in level(trial, id).quotas if subject in one.subjects)
        assert excess(quota, Places(number), number) is None
        assert excess(quota, Places(number), number + 2) == Excess(2, "warn")
    heard = await trial.hears("được khen mấy tập thể mấy cá nhân", at=JANUARY, unit=HUNG)
    told = told_of(heard, level(trial, id).name)
    assert told.startswith(f"{collectives:02d} tập thể, {individuals:02d} cá nhân\n")
    assert f"{collectives:02d} tập thể và {individuals:02d} cá nhân điển hình “Dân vận khéo”" in told
    assert f"– {place}" in told
    assert told.count("” – ") == 1, "both numbers stand in one sentence"


async def r_c14(trial: Trial) -> None:
    """Three collectives and five individuals a year in the district."""
    assert [one.name for one in level(trial, "huyen").awards] == ["Giấy khen của Chủ tịch UBND huyện"]
    await places(trial, "huyen", 3, 5, "mục II.3.3.c")


async def r_c15(trial: Trial) -> None:
    """One collective and two individuals are proposed to the province each year, on no named day."""
    duty = trial.plan.milestone("de_nghi_tinh")
    assert duty.date.model_dump(exclude_none=True) == {"kind": "every", "every": "year"}
    assert trial.due("de_nghi_tinh", 2024) == Undated("unspecified")
    assert trial.plan.holder(duty.role, trial.day("2024-01-15")) == "UBND huyện"
    assert duty.to == ("Chủ tịch UBND tỉnh",)
    await places(trial, "tinh", 1, 2, "mục II.3.3.d")


# -- the registration --------------------------------------------------------------------------------------------------


async def r_c16(trial: Trial) -> None:
    """Registered in writing before 15/02: reminded of by working days around Tết, owed until it comes, received by the
    Party body.
    """
    assert trial.last_days("dang_ky", 2024) == ("2024-02-14", "2024-02-07"), "Tết ran to 14/02"
    assert trial.last_days("dang_ky", 2025) == ("2025-02-14", "2025-02-14")
    assert trial.last_days("dang_ky", 2026) == ("2026-02-14", "2026-02-13")
    due = trial.due("dang_ky", 2025)
    assert isinstance(due, Deadline)
    assert lateness(due, trial.day("2025-02-14"), calendar()) == "in_time"
    assert lateness(due, trial.day("2025-02-15"), calendar()) == "late"
    async with trial.guest(JANUARY, HUNG) as lan:
        thanh = await Guest.of(lan.here, THANH, channel="telegram")
        told = await lan.is_told("2024-01-31")
        assert "Đăng ký điển hình “Dân vận khéo”, năm 2024: còn 5 ngày làm việc" in told
        assert "hoàn thành trước ngày 15/02/2024 (ngày làm việc cuối cùng là 07/02/2024): đăng ký điển hình" in told
        assert "Gửi về Ban Dân vận Huyện ủy." in told
        assert len(await lan.owing("dang_ky")) == 13
        await lan.registers(*SECURITY)
        assert await thanh.answers("/khongdangky")
        assert len(await lan.owing("dang_ky")) == 11
        assert await lan.is_told("2024-02-07") == "", "who has answered is not reminded"
        assert "mục II.3.4.a" in await lan.says("bao giờ hết hạn đăng ký")


async def r_c17(trial: Trial) -> None:
    """The commune or the head of the office confirms: said before it is handed in, and a place to sign on the paper."""
    async with trial.guest(JANUARY, HUNG) as lan:
        summary = await lan.answers("/dangky", *SECURITY)
        assert "có xác nhận của UBND cấp xã hoặc thủ trưởng các phòng, ban, ngành thuộc huyện." in summary
        document = lines(paper(await lan.picks("Nộp bản đăng ký")))
        assert "XÁC NHẬN CỦA UBND CẤP XÃ (THỦ TRƯỞNG CƠ QUAN)" in document
        assert "NGƯỜI ĐĂNG KÝ" in document
        asked = await lan.says("làm sao để đăng ký")
        assert "(có xác nhận của UBND cấp xã và thủ trưởng các phòng, ban, ngành thuộc huyện)" in asked
        assert "tùy nơi của tập thể, cá nhân" in asked


async def r_c18(trial: Trial) -> None:
    """The paper holds the three things that the plan names and nothing else of what was asked."""
    async with trial.guest(JANUARY, HUNG) as lan:
        document = lines(paper(await lan.registers(*SECURITY)))
        assert [line for line in document if re.match(r"\d+\. ", line)] == [
            f"1. Tên điển hình: {CAMERA}",
            "2. Thời gian triển khai: từ tháng 01 đến tháng 12 năm 2024",
            "3. Đề nghị Chủ tịch UBND huyện khen thưởng: Có",
        ]
        assert "Kính gửi: Ban Dân vận Huyện ủy" in document
        assert not any("An ninh, quốc phòng" in line for line in document), "the plan does not print the field"


async def r_c19(trial: Trial) -> None:
    """Each office meets, weighs and sends on: told with its receiver, without a day."""
    assert trial.plan.milestone("binh_xet").role == "chiu_trach_nhiem"
    assert trial.due("binh_xet", 2024) == Undated("unspecified")
    heard = await trial.hears("họp bình xét", IN_FULL, at=JANUARY, unit=HUNG)
    assert "tổ chức họp, bình xét khen thưởng đồng thời xét, gửi về Ban Dân vận Huyện ủy" in heard
    told = told_of(heard, "Họp, bình xét khen thưởng tại cơ quan, đơn vị, địa phương")
    assert told.startswith(f"{NO_DAY}.\n  Nơi nhận: Ban Dân vận Huyện ủy\n")
    assert "– mục II.3.4.a, đoạn 3" in told


# -- the dossier -------------------------------------------------------------------------------------------------------


async def dossier(trial: Trial, id: str, named: str, by: dict[str, str], to: str, place: str) -> None:
    """The parts of a level's dossier in order, each with who makes it, told with the plan's words."""
    heard = await trial.hears(f"hồ sơ {named} gồm những gì", at=JANUARY, unit=HUNG)
    parts = re.findall(r"^\d\) (.+)$", heard, re.MULTILINE)
    candidate = "tập thể, cá nhân được đề nghị khen thưởng"
    assert parts == [
        f"Tờ trình đề nghị khen thưởng – {by['to_trinh']}",
        f"Biên bản họp xét duyệt thi đua – {by['bien_ban']}",
        f"Báo cáo thành tích – {candidate}",
        f"Bản tự đánh giá, chấm điểm (kèm theo Báo cáo thành tích) – {candidate}",
        "Tài liệu kiểm chứng (kèm theo Bản tự đánh giá, chấm điểm)",
        f"Quyết định khen thưởng điển hình “Dân vận khéo” tiêu biểu – {by['quyet_dinh']}",
    ]
    assert heard.count(f"– {place}") == len(parts) + len(("dossier", "confirmations"))
    assert f"Nơi nhận: {to}" in heard
    made = level(trial, id).dossier
    assert made is not None
    assert [part.id for part in made.parts if part.made_of == "scorecard"] == ["tu_cham"]


async def r_c20(trial: Trial) -> None:
    """The district's dossier: letter, minutes, report, scorecard with its evidence, decision – made by the unit."""
    by = {
        "to_trinh": "cơ quan, đơn vị, địa phương",
        "bien_ban": "Hội đồng thi đua khen thưởng cấp trình khen",
        "quyet_dinh": "cơ quan, đơn vị, địa phương",
    }
    await dossier(trial, "huyen", "cấp huyện", by, "Ban Dân vận Huyện ủy", "mục II.3.4.b")


async def r_c21(trial: Trial) -> None:
    """The province's dossier has the same parts, and other hands make them."""
    by = {
        "to_trinh": "UBND huyện",
        "bien_ban": "Hội đồng thi đua - Khen thưởng huyện",
        "quyet_dinh": "Chủ tịch UBND huyện",
    }
    await dossier(trial, "tinh", "cấp tỉnh", by, "Chủ tịch UBND tỉnh", "mục II.3.4.c")


async def r_c22(trial: Trial) -> None:
    """Which form the report takes goes by the day it is made; a number that nobody has looked up is not told."""
    for id in ("huyen", "tinh"):
        made = level(trial, id).dossier
        assert made is not None
        assert [part.form for part in made.parts if part.form] == ["bao_cao_chuyen_de"]
        before = registry().forms.on("bao_cao_chuyen_de", trial.day("2023-12-20"))
        after = registry().forms.on("bao_cao_chuyen_de", trial.day("2024-08-12"))
        assert before is not None
        assert after is not None
        assert (before.act, before.code) == ("NĐ 91/2017/NĐ-CP", "07")
        assert (after.act, after.code) == ("NĐ 98/2023/NĐ-CP", "")
    heard = await trial.hears("mẫu báo cáo thành tích", at=AUGUST, unit=HUNG)
    assert "(áp dụng Mẫu báo cáo số 07 ban hành kèm theo Nghị định số 91/2017/NĐ-CP" in heard
    assert "– mục II.3.4.c" in heard
    assert "Hiện theo NĐ 98/2023/NĐ-CP; số mẫu trong văn bản này chưa được tra cứu nên Khéo không ghi số." in heard
    assert "Mẫu số 07 của NĐ 91/2017/NĐ-CP áp dụng đến hết ngày 31/12/2023" in heard


async def confirmed(trial: Trial, *who: str) -> None:
    """Whoever asks for a dossier hears who confirms its report."""
    async with trial.guest(JANUARY, HUNG) as lan:
        for named in ("cấp huyện", "cấp tỉnh"):
            heard = await lan.says(f"hồ sơ {named} gồm những gì")
            told = heard.split("  Xác nhận: ")[1].split(".\n")[0]
            assert [one for one in told.split(", ") if one in who] == list(who)
            assert "“có xác nhận, chữ ký đóng dấu của thủ trưởng cơ quan quản lý trực tiếp" in heard


async def r_c23(trial: Trial) -> None:
    """The direct superior signs and seals the report, and the proposing level confirms it."""
    await confirmed(trial, "thủ trưởng cơ quan quản lý trực tiếp", "cấp trình khen")


async def r_c24(trial: Trial) -> None:
    """Six things that the report must say, at both levels."""
    heard = await trial.hears("báo cáo thành tích viết những gì", at=JANUARY, unit=HUNG)
    assert "Báo cáo thành tích cần nêu (cấp huyện, cấp tỉnh):\n" in heard
    assert re.findall(r"^• (.+)$", heard, re.MULTILINE) == [
        "mức độ đạt được của điển hình",
        "cách làm",
        "kinh nghiệm",
        "tác dụng",
        "tính lan tỏa",
        "sự bền vững",
    ]
    assert "cần căn cứ vào các tiêu chí cơ bản để đánh giá mức độ đạt được của điển hình" in heard
    assert "– mục II.3.4.b" in heard


# -- points ------------------------------------------------------------------------------------------------------------


async def r_c25(trial: Trial) -> None:
    """At least 90 % at every row: 13,5 of 15 is enough and 13,4 is not; 98 points with 8 of 10 at row 07 are not."""
    for id in ("huyen", "tinh"):
        (rule,) = (one for one in level(trial, id).passes if isinstance(one, EachRow))
        for subject, least in NINETY.items():
            needed = [threshold(row, rule.percent) for row in trial.plan.table(subject).leaves()]
            assert needed == [Decimal(one) for one in least]
            assert of_points(trial, id, card(trial, subject, *least), EachRow).fulfilled
        lower = card(trial, "tap_the", "13.4", *NINETY["tap_the"][1:])
        assert short(of_points(trial, id, lower, EachRow)) == [("row", "01", Decimal("13.4"), Decimal("13.5"))]
    async with trial.guest(AUGUST, HUNG) as lan:
        await lan.here.exemplar(CAMERA)
        await lan.says("/tucham")
        told = await lan.says("15 15 15 15 15 15 8")
        assert "98/100 điểm." in told
        assert "Chưa đủ điều kiện đề nghị cấp huyện và cấp tỉnh: tiêu chí 07 được 8 điểm, cần từ 9 điểm" in told
        asked = await lan.says("tại sao 98 điểm mà không đạt")
        assert "“phải đạt 90% số điểm từng tiêu chí” – mục II.3.4.b" in asked
        assert "“phải đạt 90% số điểm từng tiêu chí” – mục II.3.4.c" in asked


async def r_c26(trial: Trial) -> None:
    """At least 90 points in all."""
    for id in ("huyen", "tinh"):
        for subject, least in NINETY.items():
            assert of_points(trial, id, card(trial, subject, *least), TotalAtLeast).fulfilled, "90,0 is enough"
            lower = card(trial, subject, "13", *least[1:])
            assert short(of_points(trial, id, lower, TotalAtLeast)) == [("total", "", Decimal("89.5"), Decimal(90))]
    async with trial.guest(AUGUST, HUNG) as lan:
        await lan.here.exemplar(CAMERA)
        await lan.says("/tucham")
        told = await lan.says("13,5 13,5 13,5 13,5 13,5 13 9")
        assert "89,5/100 điểm." in told
        assert "đề nghị cấp huyện và cấp tỉnh: tiêu chí 06 được 13 điểm, cần từ 13,5 điểm; tổng được 89,5 điểm" in told
        assert "cần từ 90 điểm" in told
        asked = await lan.says("điều kiện đề nghị cấp huyện")
        assert "“tổng số điểm phải đạt từ 90 điểm trở lên” – mục II.3.4.b" in asked


async def r_c27(trial: Trial) -> None:
    """Every row needs its evidence, and one paper may serve two rows that are printed alike."""
    for id in ("huyen", "tinh"):
        bare = card(trial, "ca_nhan", *NINETY["ca_nhan"], evidence=0)
        found = of_points(trial, id, bare, EvidenceEachRow).shortfalls
        assert [one.code for one in found] == ["01", "02", "03", "04", "05", "06", "07"]
        assert found[0] == Shortfall("evidence", "01", Decimal(0), Decimal(1))
        assert of_points(trial, id, card(trial, "ca_nhan", *NINETY["ca_nhan"]), EvidenceEachRow).fulfilled
    async with trial.guest(AUGUST, HUNG) as lan:
        await lan.here.exemplar(CAMERA)
        await lan.says("/tucham")
        told = await lan.says("14 14 14 14 14 14 9")
        assert "cấp huyện và cấp tỉnh: tiêu chí 01–07 chưa có tài liệu kiểm chứng" in told
        figures = " ".join(FIGURES.format(n=n, points=9 if n == 7 else 14) for n in range(1, 8))
        assert "Đủ điều kiện về điểm và tài liệu kiểm chứng để đề nghị cấp huyện và cấp tỉnh." in await lan.says(
            figures
        )
        asked = await lan.says("minh chứng cần những gì")
        assert "“đồng thời phải có các tài liệu kiểm chứng kèm theo để xác định mức độ tin cậy" in asked


async def r_c28(trial: Trial) -> None:
    """One copy for the district, three for the province."""
    heard = await trial.hears("mấy bộ hồ sơ", "hồ sơ cấp tỉnh gồm những gì", at=JANUARY, unit=HUNG)
    assert "• cấp huyện: 01 bộ\n" in heard
    assert "• cấp tỉnh: 03 bộ" in heard
    sentence = "“Số lượng hồ sơ đề nghị khen thưởng cấp huyện 01 bộ, cấp tỉnh 03 bộ.”"
    assert heard.count(sentence) == heard.count(f"{sentence} – mục II.3.4.d") == 2, "once in each answer"
    assert "Số lượng: 03 bộ." in heard


async def r_c29(trial: Trial) -> None:
    """Each commune and office lays down its own way and has a plan: a slot without a day and without a receiver."""
    assert trial.due("ke_hoach_co_so", 2024) == Undated("unspecified")
    async with trial.guest(JANUARY, HUNG) as lan:
        task = "Kế hoạch, quy trình khen thưởng cấp cơ sở"
        assert f"• xã Vạn Hưng: {task} – {NO_DAY}" in await lan.says("/viec")
        assert len(await lan.owing("ke_hoach_co_so")) == 13
        receipt = await lan.hands_in(task)
        assert f"Đã tiếp nhận: {task} – xã Vạn Hưng" in receipt
        assert "Nơi nhận" not in receipt
        assert HUNG not in await lan.owing("ke_hoach_co_so")
        answer = await lan.says("bao giờ nộp kế hoạch")
        assert "để xây dựng Kế hoạch và khen thưởng phù hợp với từng đơn vị.” – mục II.3.4.đ" in answer


async def r_c30(trial: Trial) -> None:
    """Dossiers before 01/9, of those that ask for the district's award; in 2026 the last working day is 28/8."""
    assert trial.last_days("ho_so", 2024) == ("2024-08-31", "2024-08-30")
    assert trial.last_days("ho_so", 2025) == ("2025-08-31", "2025-08-29")
    assert trial.last_days("ho_so", 2026) == ("2026-08-31", "2026-08-28"), "the Monday was swapped off"
    async with trial.guest(AUGUST, HUNG) as lan:
        await lan.here.exemplar(CAMERA)
        await lan.here.exemplar("Tuyến đường hoa", THANH, award=False)
        assert await lan.owing("ho_so") == {HUNG}
        told = await lan.is_told("2024-08-23")
        assert "Nộp hồ sơ đề nghị khen thưởng cấp huyện, năm 2024: còn 5 ngày làm việc" in told
        assert "trước ngày 01/09/2024 (ngày làm việc cuối cùng là 30/08/2024)" in told
        assert "Gửi về Ban Dân vận Huyện ủy." in told
        await lan.answers("/tucham", "15 15 15 15 15 15 10", ">Nộp bảng tự chấm")
        assert await lan.owing("ho_so") == set()
        answer = await lan.says("bao giờ nộp hồ sơ")
        assert "trước ngày 01 tháng 9 hằng năm.” – mục II.3.4.đ" in answer


# -- who examines, and when --------------------------------------------------------------------------------------------


async def step(trial: Trial, id: str, *, name: str, office: str, after: str, to: str, place: str) -> None:
    """One step of the review: whose it is, after what, to whom, without a day; told to whoever asks."""
    duty = trial.plan.milestone(id)
    assert trial.plan.holder(duty.role, trial.day("2024-08-12")) == office
    assert trial.due(id, 2024) == Undated("unspecified")
    async with trial.guest(AUGUST, HUNG) as lan:
        await lan.here.exemplar(CAMERA)
        told = told_of(await lan.says(IN_FULL), name)
    assert told.startswith(f"{NO_DAY}; chỉ sau khi có “{after}”, chưa ghi nhận ngày.\n")
    assert f"Nơi nhận: {to}\n" in told if to else "Nơi nhận" not in told
    assert f"– {place}" in told


async def r_c31(trial: Trial) -> None:
    """The Party body weighs the models and completes the dossiers, once they have come, for Phòng Nội vụ."""
    await step(
        trial,
        "xet_ho_so",
        name="Xét, kiểm tra, đánh giá điển hình và hoàn thành hồ sơ",
        office="Ban Dân vận Huyện ủy",
        after="Nộp hồ sơ đề nghị khen thưởng cấp huyện",
        to="Phòng Nội vụ",
        place="mục II.3.4.đ",
    )


async def r_c32(trial: Trial) -> None:
    """Phòng Nội vụ, then the council, then the chairman: each step after the one before, told in that order."""
    chain = {"tham_dinh": "xet_ho_so", "hop_xet": "tham_dinh", "quyet_dinh": "hop_xet"}
    assert {id: trial.plan.milestone(id).after for id in chain} == chain
    holders = [trial.plan.holder(trial.plan.milestone(id).role, trial.day("2024-08-12")) for id in chain]
    assert holders == ["Phòng Nội vụ", "Hội đồng Thi đua - Khen thưởng huyện", "Chủ tịch UBND huyện"]
    heard = await trial.hears("xét khen thưởng khi nào", at=AUGUST, unit=HUNG)
    examined = told_of(heard, "Thẩm định hồ sơ")
    assert "chỉ sau khi có “Xét, kiểm tra, đánh giá điển hình và hoàn thành hồ sơ”" in examined
    assert "Nơi nhận: Hội đồng Thi đua - Khen thưởng huyện\n" in examined
    met = told_of(heard, "Hội đồng họp xét")
    assert "chỉ sau khi có “Thẩm định hồ sơ”" in met
    assert "Nơi nhận: Chủ tịch UBND huyện\n" in met
    decided = told_of(heard, "Chủ tịch UBND huyện quyết định khen thưởng")
    assert "chỉ sau khi có “Hội đồng họp xét”" in decided
    assert "và đề nghị cấp trên khen thưởng theo quy định” – mục II.3.4.đ" in decided


async def r_c33(trial: Trial) -> None:
    """Awards are weighed in the third quarter."""
    due = trial.due("xet", 2026)
    assert isinstance(due, Deadline)
    assert (due.first_day, due.last_day) == (trial.day("2026-07-01"), trial.day("2026-09-30"))
    heard = await trial.hears("xét khen thưởng khi nào", at=JANUARY, unit=HUNG)
    told = told_of(heard, "Tổ chức xét khen thưởng")
    assert told.startswith("từ ngày 01/07/2024 đến ngày 30/09/2024.\n")
    assert "“Thời gian tổ chức xét khen thưởng: vào Quý III hằng năm.” – mục II.3.5" in told


async def r_c35(trial: Trial) -> None:
    """The Party body guides, checks and spreads: told, without a day; who has not answered, it sees."""
    for id in ("huong_dan", "kiem_tra", "nhan_rong"):
        assert trial.plan.milestone(id).role == "thuong_truc"
        assert trial.due(id, 2024) == Undated("unspecified")
    async with trial.guest(JANUARY, DISTRICT, STANDING_OFFICE) as office:
        progress = await office.says("/tiendo")
        assert "Đăng ký điển hình “Dân vận khéo”: trước ngày 15/02/2024" in progress
        assert "Đã trả lời: 0/13 đơn vị." in progress
        duties = await office.says(IN_FULL)
        for name, place in (
            ("Tổ chức, hướng dẫn thực hiện phong trào thi đua", "mục III.1.a"),
            ("Hướng dẫn, kiểm tra việc thực hiện phong trào thi đua", "mục III.1.b"),
            ("Xây dựng và nhân rộng điển hình tiên tiến", "mục III.1.c"),
        ):
            told = told_of(duties, name)
            assert told.startswith(f"{NO_DAY}.\n")
            assert f"– {place}" in told
        asked = await office.says("cơ quan thường trực là ai")
        assert "Cơ quan thường trực phong trào thi đua: Ban Dân vận Huyện ủy." in asked


async def r_c36(trial: Trial) -> None:
    """The Party body confirms each report before anybody is proposed: a third hand on it, after the dossiers came."""
    await step(
        trial,
        "xac_nhan_bao_cao",
        name="Tổng hợp, thẩm định hồ sơ, xác nhận vào báo cáo thành tích",
        office="Ban Dân vận Huyện ủy",
        after="Nộp hồ sơ đề nghị khen thưởng cấp huyện",
        to="",
        place="mục III.1.d",
    )
    for id in ("huyen", "tinh"):
        made = level(trial, id).dossier
        assert made is not None
        assert made.confirmations[-1] == "Ban Dân vận Huyện ủy"


# -- reports and what else is told -------------------------------------------------------------------------------------


async def r_c37(trial: Trial) -> None:
    """The report of the year before 01/10, of the standing office alone, to the province through Phòng Nội vụ."""
    assert trial.last_days("bao_cao_nam", 2024) == ("2024-09-30", "2024-09-30")
    last = trial.plan.milestone("bao_cao_nam").hops[-1]
    assert (last.sender, last.to) == ("UBND huyện", "Chủ tịch UBND tỉnh")
    to = "Chủ tịch UBND tỉnh (qua Phòng Nội vụ)"
    async with trial.guest("2024-09-02T09:00", DISTRICT, STANDING_OFFICE) as office:
        assert await office.owing("bao_cao_nam") == {DISTRICT}
        told = await office.is_told("2024-09-23")
        assert "Báo cáo kết quả phong trào thi đua hằng năm, năm 2024: còn 5 ngày làm việc" in told
        assert "trước ngày 01/10/2024" in told
        assert f"Gửi về {to}." in told
        receipt = await office.hands_in("Báo cáo kết quả phong trào thi đua hằng năm")
        assert f"Nơi nhận: {to}." in receipt
        assert "Nộp trong thời hạn (trước ngày 01/10/2024" in receipt
        assert any("Đã tổ chức 12 cuộc đối thoại" in line for line in lines(paper(receipt)))
        assert await office.owing("bao_cao_nam") == set()
        answer = await office.says("báo cáo năm nộp khi nào")
        assert "báo cáo Chủ tịch UBND tỉnh trước ngày 01 tháng 10 hằng năm” – mục III.1.đ" in answer
        assert "ngày Ban Dân vận Huyện ủy gửi Phòng Nội vụ thì Kế hoạch không quy định" in answer


async def r_c38(trial: Trial) -> None:
    """The report on 2023 – 2026 within September 2026, once."""
    due = trial.due("bao_cao_giai_doan", 2026)
    assert isinstance(due, Deadline)
    assert (due.first_day, due.last_day) == (trial.day("2026-09-01"), trial.day("2026-09-30"))
    assert trial.due("bao_cao_giai_doan", 2025) is None
    report = "Báo cáo kết quả phong trào thi đua giai đoạn 2023 - 2026"
    lasting = trial.of(as_if_they_lasted(trial.plan))  # a district that has ended owes nothing more
    async with lasting.guest("2026-09-03T09:00", DISTRICT, STANDING_OFFICE) as office:
        assert f"• huyện Vạn Ninh: {report} – từ ngày 01/09/2026 đến ngày 30/09/2026" in await office.says("/viec")
        told = await office.is_told("2026-09-28")
        first = [line for line in told.split("\n") if line.startswith(f"1) {report}")]
        assert [line.endswith(": còn 2 ngày làm việc") for line in first] == [True]
        assert f"Đã tiếp nhận: {report} – huyện Vạn Ninh" in await office.hands_in(
            "Báo cáo kết quả phong trào thi đua giai đoạn"
        )
        assert await office.owing("bao_cao_giai_doan") == set()
        answer = await office.says("gửi báo cáo cho ai")
        assert f"• {report}: gửi Chủ tịch UBND tỉnh (qua Phòng Nội vụ)." in answer
        assert "giai đoạn 2023 - 2026 vào tháng 9 năm 2026” – mục III.1.đ" in answer


async def r_c39(trial: Trial) -> None:
    """Phòng Nội vụ examines after the Party body has: two bodies “thẩm định”, and how that is read is told."""
    heard = await trial.hears("ai thẩm định", at=AUGUST, unit=HUNG)
    assert "• Thẩm định hồ sơ: Phòng Nội vụ.\n" in heard
    assert (
        "“thẩm định hồ sơ đề nghị Chủ tịch UBND huyện, Chủ tịch UBND tỉnh khen thưởng theo Kế hoạch.” – mục III.2"
        in heard
    )
    assert "Cách hiểu: Phòng Nội vụ thẩm định sau khi Ban Dân vận Huyện ủy đã xét" in heard
    assert trial.plan.milestone("tham_dinh").after == "xet_ho_so"
    assert trial.plan.holder("tham_dinh", trial.day("2025-07-01")) == ""


async def r_c40(trial: Trial) -> None:
    """The Front and the associations win their members over: whose it is, is told with its place."""
    heard = await trial.hears("ai vận động đoàn viên hội viên", IN_FULL, at=JANUARY, unit=HUNG)
    duty = "Tuyên truyền, vận động đoàn viên, hội viên và Nhân dân"
    assert f"• {duty} (Ủy ban Mặt trận Tổ quốc Việt Nam và các đoàn thể huyện)\n" in heard
    told = told_of(heard, duty)
    assert told.startswith(f"{NO_DAY}.\n")
    assert "nâng cao nhận thức về vị trí, vai trò của Phong trào thi đua “Dân vận khéo”” – mục III.3" in told


async def r_c41(trial: Trial) -> None:
    """Four bodies make new models known: who they are, and what they are to tell."""
    heard = await trial.hears("ai phụ trách tuyên truyền", IN_FULL, at=JANUARY, unit=HUNG)
    bodies = heard.split("• Tuyên truyền trên phương tiện thông tin: ")[1].split("\n")[0]
    assert bodies.startswith("Phòng Văn hóa - Thông tin, Trung tâm Văn hóa - Thông tin và Thể thao huyện, ")
    assert "Đài Truyền thanh các xã, thị trấn" in bodies
    told = told_of(heard, "Tuyên truyền mô hình mới, cách làm sáng tạo, điển hình tiên tiến")
    assert told.startswith(f"{NO_DAY}.\n")
    assert "điển hình tiên tiến trong Phong trào thi đua.” – mục III.4" in told


async def r_c42(trial: Trial) -> None:
    """The heads of offices and units carry the plan out: told with the plan's words, its slip of the pen included."""
    heard = await trial.hears("ai chịu trách nhiệm triển khai tại đơn vị", at=JANUARY, unit=HUNG)
    assert "• Triển khai thực hiện tại đơn vị: Thủ trưởng các cơ quan, đơn vị.\n" in heard
    assert (
        "“Thủ trưởng các cơ quan, đơn vị, địa có trách nhiệm triển khai thực hiện Kế hoạch này.” – mục III.5" in heard
    )
    assert trial.plan.milestone("trien_khai").role == "chiu_trach_nhiem"
    assert trial.due("trien_khai", 2024) == Undated("unspecified")


async def r_c43(trial: Trial) -> None:
    """A difficulty is told at any time and reaches the district through its standing office."""
    assert trial.due("phan_anh", 2024) == Undated("any_time")
    async with trial.guest(JANUARY, HUNG) as lan:
        office = await Guest.of(lan.here, DISTRICT, STANDING_OFFICE, channel="telegram")
        office.speaker.mark()
        receipt = await lan.answers("/vuongmac Chưa có mẫu tờ trình", ">Bỏ qua", ">Gửi")
        assert "Nơi nhận: UBND huyện (qua Phòng Nội vụ)." in receipt
        assert "Chưa có mẫu tờ trình" in office.speaker.since()
        assert "xã Vạn Hưng: Chưa có mẫu tờ trình" in await office.says("/vuongmac")


# -- the annex ---------------------------------------------------------------------------------------------------------


async def scored(trial: Trial, subject: str, highest_points: str) -> str:
    """A table filled in with the highest points in one message, and row 02 asked about; returns what is heard."""
    async with trial.guest(AUGUST, HUNG) as lan:
        await lan.here.exemplar(CAMERA, subject=subject)
        assert "Tiêu chí 01 (tối đa 15 điểm)" in await lan.says("/tucham")
        assert "Điểm chấm lẻ đến 0,5. Đề nghị nhập 14 hoặc 14,5." in await lan.says("14,25")
        return await lan.says("tiêu chí 2 giống tiêu chí 1 à") + await lan.says(highest_points)


async def r_c44(trial: Trial) -> None:
    """The table for collectives: seven rows, 100 points; row 02 stays as printed until somebody corrects it officially."""
    table = trial.plan.table("tap_the")
    assert [(row.code, highest(row)) for row in table.leaves()] == [(f"{n:02d}", Decimal(15)) for n in range(1, 7)] + [
        ("07", Decimal(10))
    ]
    assert table.total == 100
    first, second, *_ = table.leaves()
    assert (first.text, first.evidence) == (second.text, second.evidence)
    told = await scored(trial, "tap_the", "15 15 15 15 15 15 10")
    assert "100/100 điểm." in told
    assert "Tập thể: tiêu chí 02 in trùng từng chữ với tiêu chí 01. Khéo giữ nguyên như bản in" in told
    assert "đề nghị báo cơ quan thường trực (Ban Dân vận Huyện ủy)" in told
    right = "Vận động và tổ chức được đông đảo Nhân dân tham gia các phong trào thi đua yêu nước"
    official = Erratum(
        path="criteria.tap_the.02.text",
        old=second.text,
        new=right,
        why="in trùng dòng 01",
        who="Ban Dân vận Huyện ủy",
        when=trial.day("2024-03-01"),
        evidence="công văn số 05",
    )
    mended = corrected(trial.plan.model_copy(update={"errata": (official,)}))
    assert [row.text for row in mended.table("tap_the").leaves()][:2] == [first.text, right]


async def r_c45(trial: Trial) -> None:
    """The table for individuals: seven rows of other weights, 100 points."""
    table = trial.plan.table("ca_nhan")
    weights = [15, 15, 20, 10, 10, 15, 15]
    assert [highest(row) for row in table.leaves()] == [Decimal(one) for one in weights]
    assert table.total == sum(weights)
    assert table.leaves()[3].evidence.hint == "Số liệu cụ thể, ví dụ: Đạt tiêu chuẩn gia đình văn hóa"
    told = await scored(trial, "ca_nhan", "15 15 20 10 10 15 15")
    assert "100/100 điểm." in told
    assert "Cá nhân: tiêu chí" not in told, "no row of theirs is printed twice"


async def r_c46(trial: Trial) -> None:
    """The paper has the five columns of the annex, and none for an appraisal."""
    async with trial.guest(AUGUST, HUNG) as lan:
        await lan.here.exemplar(CAMERA)
        await lan.says("/tucham")
        figures = " ".join(FIGURES.format(n=n, points=9 if n == 7 else "13,5") for n in range(1, 8))
        await lan.says(figures)
        document = paper(await lan.picks("Nộp bảng tự chấm"))
        (table,) = (one for one in document.tables if one.rows[0].cells[0].text == "STT")
        heading = [cell.text for cell in table.rows[0].cells]
        assert heading == ["STT", "Tiêu chí", "Điểm chuẩn", "Điểm tự chấm", "Tài liệu kiểm chứng"]
        assert [row.cells[0].text for row in table.rows[1:8]] == ["01", "02", "03", "04", "05", "06", "07"]
        assert [row.cells[3].text for row in table.rows[1:]] == ["13,5"] * 6 + ["9", "90"]
        assert table.rows[1].cells[4].text == "10 hộ dự họp"
        assert {column.title for one in trial.plan.criteria for column in one.printed} == set(heading)
