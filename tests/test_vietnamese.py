"""Numbers, money and dates as people really type them, and nothing guessed where they could mean two things."""

from __future__ import annotations

import unicodedata
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import vietnamese
from bot.vietnamese import (
    fold,
    impossible_date,
    read_date,
    read_money,
    read_month,
    read_number,
    read_percent,
    read_phone,
    read_score,
    read_yes_no,
    without_phones,
)

TODAY = date(2024, 2, 6)  # a Tuesday, four days before Tết


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("13,5", "13.5"),
        ("13.5", "13.5"),
        ("13 rưỡi", "13.5"),
        ("13 ruoi", "13.5"),
        ("13½", "13.5"),
        ("mười ba rưỡi", "13.5"),
        ("mười lăm phẩy năm", "15.5"),
        ("mười ba phẩy bảy lăm", "13.75"),
        ("muoi ba phay hai muoi lam", "13.25"),
        ("13 phẩy 25", "13.25"),
        ("13đ5", "13.5"),
        ("13 điểm rưỡi", "13.5"),
        ("14 điểm", "14"),
        ("14đ", "14"),
        ("13,5 đ.", "13.5"),
        ("không điểm", "0"),
        ("sáu", "6"),
        ("mười", "10"),
        ("hai mươi tư", "24"),
        ("hai lăm", "25"),
        ("một trăm linh năm", "105"),
        ("một trăm rưỡi", "150"),
        ("hai nghìn không trăm hai mươi tư", "2024"),
        ("2 nghìn 500", "2500"),
        ("1.000", "1000"),
        ("1.000.000", "1000000"),
        ("1,000,000", "1000000"),
        ("1 000 000", "1000000"),
        ("1.234,5", "1234.5"),
        ("1,234.5", "1234.5"),
        ("0,125", "0.125"),
        ("１３，５", "13.5"),
        ("-5", "-5"),
        ("−5", "-5"),
        ("âm 5", "-5"),
        ("  14\u00a0điểm  ", "14"),
    ],
)
def test_a_number_in_many_writings(text: str, value: str) -> None:
    assert read_number(text) == Decimal(value)
    assert read_number(unicodedata.normalize("NFD", text)) == Decimal(value)


@pytest.mark.parametrize(
    "text",
    [
        *("", "abc", "14 45", "14 hộ", "tc1 14", "13²", "13 rưỡi 5", "13,5 rưỡi", "rưỡi", "phẩy năm", "14/15", "15-2"),
        "không",  # rather “no”
        "sau",  # “later”
        "mười năm",  # ten years
        "một trăm năm",  # 105 or 150
        "13,500",  # a fraction or thousands
        "1.00.000",
        "9" * 40,
        "9 tỷ tỷ tỷ tỷ tỷ",
    ],
)
def test_what_is_no_number_or_could_be_two_is_not_read(text: str) -> None:
    assert read_number(text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("14/15", "14"),
        ("13,5/15", "13.5"),
        ("13 rưỡi/15 điểm", "13.5"),
        ("14 trên 15", "14"),
        ("tối đa", "15"),
        ("toi da", "15"),
        ("full", "15"),
        ("Đủ điểm", "15"),
        ("16", "16"),
        ("13,7", "13.7"),
    ],
)
def test_points_of_fifteen(text: str, value: str) -> None:
    assert read_score(text, Decimal(15)) == Decimal(value)


@pytest.mark.parametrize("text", ["14/10", "14/", "/15", "14/15/15", "14 nghìn", "du", "14-15"])
def test_no_points_of_fifteen(text: str) -> None:
    assert read_score(text, Decimal(15)) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("50tr", 50_000_000),
        ("50 triệu", 50_000_000),
        ("50 trđ", 50_000_000),
        ("50 tr.đ", 50_000_000),
        ("1,2 tỷ", 1_200_000_000),
        ("1.2 tỉ", 1_200_000_000),
        ("1 tỷ 200 triệu", 1_200_000_000),
        ("1 tỷ 2", 1_200_000_000),
        ("một tỷ rưỡi", 1_500_000_000),
        ("1tr2", 1_200_000),
        ("2tr350", 2_350_000),
        ("5 trăm triệu", 500_000_000),
        ("hai trăm triệu đồng", 200_000_000),
        ("2 nghìn tỷ", 2_000_000_000_000),
        ("200k", 200_000),
        ("200 ngàn", 200_000),
        ("1.200.000đ", 1_200_000),
        ("200,000đ", 200_000),
        ("350.000.000 đồng", 350_000_000),
        ("350000000 VNĐ", 350_000_000),
        ("1 200 000", 1_200_000),
        ("500đ", 500),
        ("0", 0),
        ("-5tr", -5_000_000),
    ],
)
def test_money_in_dong(text: str, value: int) -> None:
    assert read_money(text) == value


@pytest.mark.parametrize(
    "text", ["", "50", "1,2", "0,5đ", "1,200 tỷ", "200 triệu 1 tỷ", "1 tỷ 2000 triệu", "50 hộ", "triệu", "50$", "abc"]
)
def test_no_money(text: str) -> None:
    assert read_money(text) is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("15/2", date(2024, 2, 15)),
        ("15-2", date(2024, 2, 15)),
        ("15.2.26", date(2026, 2, 15)),
        ("15/2/2026", date(2026, 2, 15)),
        ("2026-02-15", date(2026, 2, 15)),
        ("15 tháng 2", date(2024, 2, 15)),
        ("ngày 15 tháng 02 năm 2024", date(2024, 2, 15)),
        ("Ngay 15 thang 02 nam 2024", date(2024, 2, 15)),
        ("15 tháng 2/2025", date(2025, 2, 15)),
        ("15/2 năm sau", date(2025, 2, 15)),
        ("mười lăm tháng tư", date(2024, 4, 15)),
        ("29/2", date(2024, 2, 29)),
        ("mai", date(2024, 2, 7)),
        ("ngày mai", date(2024, 2, 7)),
        ("hôm nay", TODAY),
        ("hôm qua", date(2024, 2, 5)),
        ("thứ 6 này", date(2024, 2, 9)),
        ("thứ sáu", date(2024, 2, 9)),
        ("thứ 2 tuần này", date(2024, 2, 5)),
        ("chủ nhật tuần sau", date(2024, 2, 18)),
    ],
)
def test_a_date_in_many_writings(text: str, day: date) -> None:
    assert read_date(text, TODAY) == day


@pytest.mark.parametrize(
    ("text", "today", "day"),
    [
        ("mùng 6 Tết", TODAY, date(2024, 2, 15)),
        ("mồng 6 tết", date(2024, 12, 20), date(2025, 2, 3)),
        ("mùng 6 Tết 2026", TODAY, date(2026, 2, 22)),
        ("mùng sáu tháng Giêng", TODAY, date(2024, 2, 15)),
        ("rằm tháng Giêng", TODAY, date(2024, 2, 24)),
        ("23 tháng Chạp", TODAY, date(2024, 2, 2)),
        ("23 tháng chạp âm lịch", date(2025, 1, 10), date(2025, 1, 22)),
        ("30 Tết", TODAY, date(2024, 2, 9)),
        ("29 Tết", date(2025, 1, 10), date(2025, 1, 28)),
        ("giao thừa", date(2025, 1, 10), date(2025, 1, 28)),
        ("23 tháng Chạp", date(2023, 1, 5), date(2023, 1, 14)),
        ("23 tháng Chạp", date(2026, 2, 1), date(2026, 2, 10)),
        ("mùng 1 Tết", date(2027, 2, 1), date(2027, 2, 6)),
        ("mùng 1 Tết", date(2028, 2, 1), date(2028, 1, 26)),
        ("mùng 1 Tết", date(2029, 2, 1), date(2029, 2, 13)),
    ],
)
def test_the_days_around_tet(text: str, today: date, day: date) -> None:
    assert read_date(text, today) == day


@pytest.mark.parametrize(
    ("text", "today"),
    [
        ("30 Tết", date(2026, 2, 17)),  # that Chạp has 29 days, and the nearest with 30 lies two years back
        ("mùng 6 Tết", date(2031, 2, 1)),
        ("mùng 6 Tết 2035", TODAY),
        ("23 tháng Chạp năm 2024", TODAY),
        ("30 tháng Giêng", TODAY),
        ("rằm tháng Bảy", TODAY),
        ("mùng 8 tháng 3", TODAY),  # by the sun or by the moon
        ("mùng 12 Tết", TODAY),
    ],
)
def test_other_lunar_days_are_not_guessed(text: str, today: date) -> None:
    assert read_date(text, today) is None


@pytest.mark.parametrize("text", ["", "15", "abc", "tháng 2", "thứ 2", "thứ 9", "thứ 6 gì đó", "mốt nào", "15/2-26"])
def test_no_date(text: str) -> None:
    assert read_date(text, TODAY) is None
    assert not impossible_date(text, TODAY)


@pytest.mark.parametrize("text", ["31/2", "30/02/2026", "29/2/2025", "15/13", "0/5", "31 tháng 4", "15/2/1066"])
def test_a_day_that_no_calendar_has(text: str) -> None:
    assert read_date(text, TODAY) is None
    assert impossible_date(text, TODAY)


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("tháng 3", "2024-03"),
        ("3/2026", "2026-03"),
        ("tháng 3/2026", "2026-03"),
        ("tháng ba năm 2026", "2026-03"),
        ("tháng mười hai", "2024-12"),
        ("tháng này", "2024-02"),
        ("tháng trước", "2024-01"),
        ("2026-03", "2026-03"),
        ("tháng 13", None),
        ("3/26", None),
        ("3", None),
        ("15/3/2026", None),
    ],
)
def test_a_month(text: str, month: str | None) -> None:
    assert read_month(text, TODAY) == month


def test_the_months_turn_the_year() -> None:
    assert read_month("tháng sau", date(2024, 12, 31)) == "2025-01"
    assert read_month("tháng trước", date(2024, 1, 1)) == "2023-12"


@pytest.mark.parametrize(
    ("text", "value"),
    [("90%", "90"), ("90,5 %", "90.5"), ("chín mươi phần trăm", "90"), ("90", "90"), ("%", None), ("cao", None)],
)
def test_a_percentage(text: str, value: str | None) -> None:
    assert read_percent(text) == (None if value is None else Decimal(value))


@pytest.mark.parametrize(
    "text", ["có", "co", "Có ạ", "dạ, có", "đồng ý", "yes", "Y", "rồi", "vâng", "ok", "CÓ!", "Đạt"]
)
def test_yes(text: str) -> None:
    assert read_yes_no(text) is True


@pytest.mark.parametrize(
    "text", ["không", "khong", "ko", "k", "K.", "dạ không ạ", "chưa", "no", "không đồng ý", "chưa đạt"]
)
def test_no(text: str) -> None:
    assert read_yes_no(text) is False


@pytest.mark.parametrize("text", ["", "có lẽ", "15", "không biết", "có hay không", "dạ"])
def test_neither_yes_nor_no(text: str) -> None:
    assert read_yes_no(text) is None


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("0912345678", "0912345678"),
        ("+84 912 345 678", "0912345678"),
        ("+84 (0)912 345 678", "0912345678"),
        ("84912345678", "0912345678"),
        ("0912.345.678", "0912345678"),
        ("SĐT: 0912-345-678", "0912345678"),
        ("(0258) 3840 123", "02583840123"),
        ("12345", None),
        ("01234567890", None),
        ("0912 345 67", None),
        ("0912345678 gặp Lan", None),
        ("", None),
    ],
)
def test_a_vietnamese_telephone_number(text: str, phone: str | None) -> None:
    assert read_phone(text) == phone


def test_folding_knows_every_way_to_write_a_word() -> None:
    assert fold("Hòa") == fold("Hoà") == fold("HOA") == "hoa"
    assert fold("Đồng") == fold("Ðồng") == fold("đồng") == "dong"
    assert fold(" Vạn\u00a0Hưng \n") == "van hung"


@given(st.text())
def test_folding_is_idempotent_and_knows_no_normal_form(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert fold(unicodedata.normalize("NFC", text)) == fold(unicodedata.normalize("NFD", text)) == fold(text)


@given(st.decimals(min_value=0, max_value=10**9, places=1))
def test_what_is_written_the_vietnamese_way_is_read_back(value: Decimal) -> None:
    written = f"{value:,}".translate(str.maketrans(",.", ".,"))
    assert read_number(written) == value


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 12, 31)))
def test_every_day_is_read_back(day: date) -> None:
    for written in (f"{day:%d/%m/%Y}", f"{day.day}-{day.month}-{day.year}", f"ngày {day:%d tháng %m năm %Y}"):
        assert read_date(written, TODAY) == day


WORDS = st.lists(
    st.from_regex(
        r"mười|mươi|một|hai|năm|sáu|lăm|rưỡi|phẩy|trăm|nghìn|tỷ|tr|k|đ|điểm|đồng|linh|không|14|13,5|1\.000|/|-|%|tháng|"
        r"ngày|mùng|Tết|Giêng|Chạp|nay|thứ|này|tuần|sau|tối|đa|15|2|2026|0912345678|\+84|\.|,|:",
        fullmatch=True,
    ),
    max_size=8,
)


@given(st.one_of(st.text(), WORDS.map(" ".join), WORDS.map("".join)))
def test_no_reader_ever_raises(text: str) -> None:
    number = read_number(text)
    assert number is None or number.is_finite()
    money = read_money(text)
    assert money is None or money == money.to_integral_value()
    read_score(text, Decimal(15))
    read_percent(text)
    read_yes_no(text)
    read_phone(text)
    month = read_month(text, TODAY)
    assert month is None or len(month) == 7
    day = read_date(text, TODAY)
    assert day is None or not impossible_date(text, TODAY)


def test_the_months_before_tet_are_as_long_as_the_moon_lets_them() -> None:
    """A new year comes twelve or thirteen moons after the last: 354 ± 1 or 384 ± 1 days."""
    firsts = [first for first, _ in vietnamese._TET.values()]
    gaps = {later - earlier for earlier, later in pairwise(firsts)}
    assert gaps <= {timedelta(days=n) for n in (353, 354, 355, 383, 384, 385)}


# -- telephone numbers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Mô hình của bà Lan 0905123456", "Mô hình của bà Lan •••"),
        ("gọi 0905 123 456, gặp Lan", "gọi •••, gặp Lan"),
        ("sđt:0905-123-456.", "sđt:•••."),
        ("ĐT0905123456x", "ĐT•••x"),
        ("+84 905 123 456", "•••"),
        ("84905123456", "•••"),
        ("0084905123456", "•••"),
        ("(0258) 3 822 123", "•••"),
        ("xã Vạn Hưng (ĐT 0905 123 456)", "xã Vạn Hưng (ĐT •••)"),
        ("0258.3822.123", "•••"),
        ("0905123456/0906123457", "•••/•••"),
        ("0905123456-0906123457", "•••-•••"),
        ("0905123456,0906123457", "•••,•••"),
        ("0905 123 456 12 hộ", "••• 12 hộ"),
        ("08/02/2024 0905123456", "08/02/2024 •••"),
    ],
)
def test_a_telephone_number_is_hidden(text: str, shown: str) -> None:
    assert without_phones(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "trước ngày 15/02/2024, tức chậm nhất 14/02/2024",
        "06.02.2024 10 giờ",
        "trước ngày 15-02-2024",
        "Số 00012/2024, 05/02/2024 09:00",
        "văn bản số 12908/KH-UBND",
        "1.050.000.000 đồng",
        "98/100 điểm; 13,5; 0,25",
        "2024 2025 2026",
        "đạt 84 điểm",
    ],
)
def test_what_is_no_telephone_number_stays(text: str) -> None:
    assert without_phones(text) == text


@given(st.from_regex(r"0[35789][0-9]{8}", fullmatch=True), st.sampled_from((" ", ".", "-", "")))
def test_no_number_that_is_read_as_a_telephone_is_shown(number: str, between: str) -> None:
    typed = between.join((number[:4], number[4:7], number[7:]))
    assert read_phone(typed) == number
    assert without_phones(f"Lan {typed} và Hùng") == "Lan ••• và Hùng"
