"""A commune scores its exemplar: the same talk on Telegram, on the web page and on Zalo."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from bot.forms.answers import Answer, answers
from bot.store import drafts, exemplars
from tests.talk import Speaker
from tests.world import World

CAMERA = "Camera an ninh thôn Xuân Tự"


def with_figures(*points: str) -> str:
    """All rows in one message, each with a figure as its evidence."""
    return " ".join(f"tc{n} {p} {n}0 hộ dự họp" for n, p in enumerate(points, start=1))


async def versions(here: World) -> list[tuple[int, dict[str, Decimal], dict[str, Answer]]]:
    """(version, points by row, answers by question) of every scorecard that was handed in."""

    def look(tx: Any) -> list[tuple[int, dict[str, Decimal], dict[str, Answer]]]:
        handed_in = [(draft, exemplars.of_draft(tx, draft)) for draft in range(1, 20)]
        return [
            (one.version, exemplars.scores(tx, one.id)[0], answers(drafts.events(tx, draft)))
            for draft, one in handed_in
            if one is not None and one.form == "self_score"
        ]

    return await here.app.store.read(look)


async def test_a_commune_scores_its_exemplar(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)

    await lan.says("/tucham").hears("Tiêu chí 01 (tối đa 15 điểm)", "Số liệu cụ thể")
    await lan.says("16").hears("tối đa 15 điểm")
    await lan.says("13 rưỡi").hears("Tài liệu kiểm chứng")
    await lan.sends_photo("hop-dan.jpg").hears("Đã nhận 1 ảnh")
    await lan.picks("Xong").hears("Tiêu chí 02")

    await lan.says("tc2 15 tc3 15 tc4 15 tc5 15 tc6 15 tc7 8").hears(
        "96,5/100 điểm",
        "Chưa đủ điều kiện đề nghị cấp huyện",
        "tiêu chí 07 được 8 điểm, cần từ 9 điểm",
        "tiêu chí 02–07 chưa có tài liệu kiểm chứng",
    )
    await lan.says("xin chào").hears("Bảng tự chấm chưa nộp")
    await lan.picks("Nộp bảng tự chấm").hears("Đã tiếp nhận", "Số tiếp nhận", "Lan")
    (scored,) = await here.exemplars()
    assert str(scored.total) == "96.5"
    await lan.says("điểm xã Vạn Hưng").hears(CAMERA, "96,5/100")


async def test_a_row_shows_its_text_its_maximum_its_hint_and_quick_points(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)
    heard = await lan.says("/tucham").hears("Tiêu chí 01 (tối đa 15 điểm)", "0/7", "Nắm vững và khéo tuyên truyền")
    assert heard.index("khéo tuyên truyền") < heard.index("Tài liệu kiểm chứng cần: Số liệu cụ thể, ví dụ")
    assert lan.last.labels == ["15", "14,5", "14", "13,5", "13", "12", "10", "8", "Để sau"]

    await lan.picks("14,5").hears("Tài liệu kiểm chứng cho tiêu chí 01", "1/7 · 14,5/15")
    await lan.says("bỏ qua").hears("Tiêu chí 02")
    await lan.says("0,5").hears("Tài liệu kiểm chứng cho tiêu chí 02", "2/7 · 15/30")


async def test_points_as_people_type_them(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)
    await lan.says("/tucham").hears("Tiêu chí 01")
    for typed, points in (("15", "15"), ("13.5", "13,5"), ("13 rưỡi", "13,5"), ("14/15", "14"), ("tối đa", "15")):
        await lan.says(typed).hears("Tài liệu kiểm chứng cho tiêu chí 01", f"1/7 · {points}/15")
        await lan.says("quay lại").hears("Tiêu chí 01 (tối đa")


async def test_the_progress_line_counts_rows_and_points(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)
    await lan.says("/tucham").hears("Tiêu chí 01")
    await lan.says("tc1 14 tc2 13,5 tc3 13,5 tc4 14").hears("4/7 · 55/60", "Tiêu chí 05")


async def test_the_duplicate_row_is_said_once_where_it_is_asked(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)
    await lan.says("/tucham").hears("Tiêu chí 01", never="in trùng")
    await lan.says("tc1 14 45 hộ dự họp").hears("Tài liệu kiểm chứng cho tiêu chí 01", never="in trùng")
    await lan.says("xong").hears("Tiêu chí 02", "tiêu chí 02 in trùng từng chữ với tiêu chí 01", "dùng lại tài liệu")
    await lan.says("14").hears("Tài liệu kiểm chứng cho tiêu chí 02", never="in trùng")
    await lan.picks("Dùng lại tài liệu TC01").hears("1 số liệu của tiêu chí 01", never="in trùng")
    await lan.says("xong").hears("Tiêu chí 03", never="in trùng")


async def test_98_points_are_not_enough_when_one_row_is_short(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)
    await lan.says("/tucham").hears("Tiêu chí 01")
    heard = await lan.says(with_figures("15", "15", "15", "15", "15", "15", "8")).hears(
        "98/100 điểm.",
        "Chưa đủ điều kiện đề nghị cấp huyện và cấp tỉnh: tiêu chí 07 được 8 điểm, cần từ 9 điểm.",
        never="không đạt",
    )
    assert "chưa có tài liệu" not in heard


async def test_exactly_ninety_percent_of_every_row_is_enough(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)
    await lan.says("/tucham").hears("Tiêu chí 01")
    points = ["13,5"] * 6 + ["9"]
    await lan.says(with_figures(*points)).hears(
        "90/100 điểm.",
        "Đủ điều kiện về điểm và tài liệu kiểm chứng để đề nghị cấp huyện và cấp tỉnh.",
        never="Chưa đủ",
    )
    await lan.says("tc3 13").hears(
        "89,5/100 điểm.", "tiêu chí 03 được 13 điểm, cần từ 13,5 điểm", "tổng được 89,5 điểm, cần từ 90 điểm"
    )


async def test_full_marks_without_a_document_are_not_enough(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)
    await lan.says("/tucham").hears("Tiêu chí 01")
    await lan.says("15 15 15 15 15 15 10").hears("100/100 điểm.", "tiêu chí 01–07 chưa có tài liệu kiểm chứng")
    await lan.picks("Bổ sung tài liệu TC01").hears("Tài liệu kiểm chứng cho tiêu chí 01")
    await lan.says("Biên bản họp thôn số 12").hears("Đã nhận 1 nội dung cho tiêu chí 01")
    await lan.says("xong").hears("tiêu chí 02–07 chưa có", "Bổ sung tài liệu TC02")
    for n in range(2, 8):
        await lan.says(f"TC0{n} dùng lại tài liệu TC01").hears(f"nay cũng được dùng cho tiêu chí 0{n}")
    await lan.says("xem lại").hears("100/100 điểm.", "Đủ điều kiện", never="Bổ sung tài liệu")
    await lan.says("nộp").hears("Đã tiếp nhận", "100/100 điểm.", "Đủ điều kiện")


async def test_a_person_is_scored_by_the_other_table(here: World, lan: Speaker) -> None:
    await here.exemplar("Bà Nguyễn Thị Hoa", subject="ca_nhan")
    await lan.says("/tucham").hears("Tiêu chí 01 (tối đa 15 điểm)", "Nắm vững đường lối", never="in trùng")
    await lan.says("tc1 15 tc2 15 tc3 21").hears("TC03", "tối đa 20 điểm", "Tiêu chí 03 (tối đa 20 điểm)")
    await lan.says(with_figures("15", "15", "17", "10", "10", "15", "15")).hears(
        "97/100 điểm.", "tiêu chí 03 được 17 điểm, cần từ 18 điểm"
    )
    await lan.says("tc3 18").hears("98/100 điểm.", "Đủ điều kiện")
    await lan.picks("Nộp bảng tự chấm").hears("Đã tiếp nhận", "Bà Nguyễn Thị Hoa", "98/100 điểm.")


async def test_the_good_ones_of_several_answers_are_kept(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)
    await lan.says("/tucham").hears("Tiêu chí 01")
    await lan.says("tc1 14 tc2 16 tc9 3 tc3 13,7 tc4 15").hears(
        "Đã ghi: TC01: 14 · TC04: 15.",
        "TC02: Tiêu chí này tối đa 15 điểm",
        "Không có tiêu chí 09",
        "nhập 13,5 hoặc 14",
        "2/7 · 29/30",
        "Tiêu chí 02 (tối đa 15 điểm)",
    )
    await lan.says("13").hears("Tài liệu kiểm chứng cho tiêu chí 02")


async def test_a_bare_list_of_seven(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)
    await lan.says("/tucham").hears("Tiêu chí 01")
    await lan.says("15 15 14 13,5 15 15 10").hears("97,5/100 điểm.", "tiêu chí 01–07 chưa có tài liệu kiểm chứng")
    await lan.says("15 15 14 13,5 15 15 11").hears("TC07: Tiêu chí này tối đa 10 điểm", "97,5/100 điểm.")


async def test_points_said_before_the_form_is_open_are_taken(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)
    await lan.says("tc1 14 tc2 13,5").hears(CAMERA, "Đã ghi: TC01: 14 · TC02: 13,5.", "Tiêu chí 03")


async def test_back_and_later_and_what_the_summary_then_offers(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)
    await lan.says("/tucham").hears("Tiêu chí 01")
    await lan.says("quay lại").hears("Đây là câu hỏi đầu tiên", "Tiêu chí 01")
    await lan.says("14").hears("Tài liệu kiểm chứng cho tiêu chí 01")
    await lan.picks("Quay lại").hears("Tiêu chí 01", "Đang ghi: 14 điểm")
    await lan.picks("Giữ nguyên").hears("Tài liệu kiểm chứng cho tiêu chí 01")
    await lan.picks("Bỏ qua").hears("Tiêu chí 02")
    await lan.picks("Để sau").hears("Tiêu chí 03", "1/7 · 14/15")
    await lan.says("để sau").hears("Tiêu chí 04")
    await lan.says("tc4 15 tc5 15 tc6 15 tc7 10").hears(
        "69/100 điểm.",
        "tiêu chí 02, 03 chưa có điểm",
        "2. Tiêu chí 02: (chưa có)",
        "Tiếp tục: Tiêu chí 02",
        never="Nộp bảng tự chấm",
    )
    await lan.says("nộp").hears("Còn câu hỏi chưa trả lời nên chưa nộp được", "Tiếp tục: Tiêu chí 02")
    await lan.picks("Tiếp tục: Tiêu chí 02").hears("Tiêu chí 02 (tối đa 15 điểm)")
    await lan.says("15").hears("Tài liệu kiểm chứng cho tiêu chí 02")
    await lan.says("bỏ qua").hears("84/100 điểm.", "Tiếp tục: Tiêu chí 03")
    await lan.says("tc3 15").hears("Tài liệu kiểm chứng cho tiêu chí 03")
    await lan.says("xong").hears("99/100 điểm.", "Nộp bảng tự chấm", "Bổ sung tài liệu TC01")


async def test_any_earlier_answer_is_changed_from_the_summary(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)
    await lan.says("/tucham").hears("Tiêu chí 01")
    await lan.says("15 15 15 15 15 15 8").hears("98/100 điểm.")
    await lan.picks("Sửa…").hears("Đề nghị chọn nội dung cần sửa", "Tiêu chí 07", "Tài liệu 07")
    await lan.picks("Tiêu chí 07").hears("Tiêu chí 07 (tối đa 10 điểm)", "Đang ghi: 8 điểm")
    await lan.says("9,5").hears("99,5/100 điểm.", "7. Tiêu chí 07: 9,5 điểm")


async def test_a_handed_in_scorecard_is_changed_as_a_new_version(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)
    await lan.says("/tucham").hears("Tiêu chí 01")
    await lan.says("14").hears("Tài liệu kiểm chứng cho tiêu chí 01")
    await lan.sends_document("bien-ban.pdf", b"%PDF-1.4 bien ban").hears("Đã nhận 1 tài liệu cho tiêu chí 01")
    await lan.picks("Xong").hears("Tiêu chí 02")
    await lan.says("15 15 15 15 15 8").hears("97/100 điểm.")
    await lan.picks("Nộp bảng tự chấm").hears(
        f"Đã tiếp nhận bảng tự chấm “{CAMERA}” – xã Vạn Hưng, năm 2024.",
        "Số tiếp nhận 0000",
        "/2024",
        "05/02/2024",
        "Lan",
    )
    await lan.says("/tucham").hears("đã nộp bảng tự chấm 97 điểm (lần 1)", "Chấm lại (lần 2)")
    await lan.picks("Chấm lại (lần 2)").hears("97/100 điểm.", "1. Tiêu chí 01: 14 điểm – 1 tài liệu")
    await lan.says("tc7 10").hears("99/100 điểm.")
    await lan.says("bỏ qua").hears("7. Tiêu chí 07: 10 điểm")
    await lan.picks("Nộp bảng tự chấm").hears("Đã tiếp nhận bảng tự chấm", "(lần 2)", "99/100 điểm.")

    (first, second) = await versions(here)
    assert (first[0], first[1]["07"], second[0], second[1]["07"]) == (1, Decimal(8), 2, Decimal(10))
    assert [item.name for item in first[2]["e01"].items] == ["bien-ban.pdf"]
    assert [item.sha256 for item in second[2]["e01"].items] == [item.sha256 for item in first[2]["e01"].items]
    (scored,) = await here.exemplars()
    assert scored.total == Decimal(99)


async def test_after_the_date_it_is_accepted_and_marked_late(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)
    await here.it_is(2024, 8, 31, 10)
    await lan.says("/tucham").hears("Tiêu chí 01")
    await lan.says("15 15 15 15 15 15 10").hears("100/100 điểm.", never="nộp muộn")
    await here.it_is(2024, 9, 1, 10)
    await lan.says("xem lại").hears("nộp muộn", "không quy định hệ quả", "Ban Dân vận Huyện ủy")
    await lan.picks("Nộp bảng tự chấm").hears(
        "Đã tiếp nhận", "trước ngày 01/09/2024", "nộp muộn", "không quy định hệ quả"
    )

    (scored,) = await here.exemplars()
    handed_in = await here.app.store.read(lambda tx: exemplars.latest(tx, scored.id, "self_score"))
    assert handed_in is not None
    assert handed_in.late


async def test_a_draft_waits_for_whoever_goes_on_with_it(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)
    await lan.says("/tucham").hears("Tiêu chí 01")
    await lan.says("tc1 14 tc2 15").hears("Tiêu chí 03")
    await lan.says("hủy").hears("Hủy hẳn bản nháp này?", "Giữ lại, làm sau")
    await lan.picks("Giữ lại, làm sau").hears("/viec")
    other = "web" if here.channel != "web" else "telegram"
    hung = await here.person("Hùng", channel=other)
    await hung.says("/tucham").hears("2/7 · 29/30", "Tiêu chí 03")
    await hung.says("13").hears("Tài liệu kiểm chứng cho tiêu chí 03")
    await lan.says("/tucham").hears("3/7 · 42/45")


async def test_a_row_is_changed_by_naming_it(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)
    await lan.says("/tucham").hears("Tiêu chí 01")
    await lan.says("tc1 14 tc2 13").hears("Tiêu chí 03 (tối đa")
    await lan.says("sửa lại điểm tiêu chí 2 thành 14").hears("TC02: 14", "2/7 · 28/30")
    await lan.says("sửa tc1").hears("Tiêu chí 01 (tối đa")


async def test_having_no_document_is_not_a_document(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)
    await lan.says("/tucham").hears("Tiêu chí 01")
    await lan.says("14").hears("Tài liệu kiểm chứng cho tiêu chí 01")
    await lan.says("nộp bảng tự chấm").hears("Còn câu hỏi chưa trả lời", never="Đã nhận 1 nội dung")
    await lan.says("chưa có tài liệu").hears("Tiêu chí 02", never="Đã nhận 1 nội dung")
    await lan.says("xem lại").hears("Tiêu chí 01: 14 điểm – chưa có tài liệu kiểm chứng")
