"""What people type as the answer to each kind of question, and the sentence they get when it is none."""

from __future__ import annotations

import unicodedata
from datetime import date
from decimal import Decimal
from string import Formatter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Misunderstood
from bot.forms.answers import Item, answers, from_json, to_json
from bot.forms.reading import (
    Context,
    Given,
    bare_number,
    begins_with_row,
    evidence_text,
    read,
    reuse,
    rows_in,
    several,
)
from bot.plan.questions import Question
from tests.forms.sample_forms import CONTEXT, REGISTRATION, SAY, SCORECARD, happened

ROW = SCORECARD.question("r01")


def kind(kind: Any, **more: Any) -> Question:
    return Question(id="q", kind=kind, ask="?", **more)


def understood(question: Question, text: str, *acts: tuple[Any, ...]) -> Any:
    return read(question, text, answers(happened(*acts)), CONTEXT)


def refused(question: Question, text: str, *acts: tuple[Any, ...], context: Context = CONTEXT) -> str:
    """The sentence with which the text is turned down."""
    with pytest.raises(Misunderstood) as trouble:
        read(question, text, answers(happened(*acts)), context)
    return SAY.say(trouble.value.source, **trouble.value.values)


@pytest.mark.parametrize("text", ["13,5", "13.5", "13 rưỡi", "mười ba rưỡi", "13đ5", "13,5/15", "13,5 điểm"])
def test_points(text: str) -> None:
    assert understood(ROW, text) == Decimal("13.5")


def test_points_that_cannot_be_given() -> None:
    assert refused(ROW, "16") == "At most 15 points. Please type a number from 0 to 15."
    assert refused(ROW, "13,7") == "Points go in steps of 0,5. Please type 13,5 or 14."
    assert refused(ROW, "-1") == "Points cannot be negative. Please type a number from 0 to 15."
    assert refused(ROW, "abc") == "“abc” could not be read as points. Please type a number from 0 to 15."
    assert "At most 15" in refused(ROW, "99999999999999")
    assert "empty" in refused(ROW, " \n\u200b")


def test_the_highest_points_in_words() -> None:
    assert understood(ROW, "tối đa") == 15
    assert understood(SCORECARD.question("r07"), "full") == 10


def test_numbers_keep_to_their_limits() -> None:
    households = kind("number", minimum=Decimal(1), maximum=Decimal(500), step=Decimal(1))
    assert understood(households, "45") == 45
    assert refused(households, "0") == "At least 1. Please type a larger number."
    assert refused(households, "501") == "At most 500. Please type a smaller number."
    assert refused(households, "12,5") == "The number goes in steps of 1. Please type 12 or 13."
    assert "“nhiều”" in refused(households, "nhiều")
    assert understood(kind("number"), "-3") == -3
    assert refused(kind("number", step=Decimal("0.5")), "-3,2").endswith("Please type -3,5 or -3.")
    assert understood(kind("percent", maximum=Decimal(100)), "90,5%") == Decimal("90.5")
    assert refused(kind("percent", maximum=Decimal(100)), "120%") == "At most 100. Please type a smaller number."


def test_money() -> None:
    money = kind("money")
    assert understood(money, "1 tỷ 200 triệu") == 1_200_000_000
    assert "with its unit" in refused(money, "50")
    assert refused(money, "-50tr") == "At least 0. Please type a larger number."


def test_dates_and_months() -> None:
    assert understood(kind("date"), "mùng 6 Tết") == date(2024, 2, 15)
    assert refused(kind("date"), "31/2").startswith("There is no day “31/2” in the calendar.")
    assert refused(kind("date"), "sắp tới").startswith("“sắp tới” could not be read as a date.")
    assert understood(kind("month"), "tháng 3") == "2024-03"
    assert "02/2026" in refused(kind("month"), "tháng 13")


def test_yes_or_no_and_telephone() -> None:
    assert understood(kind("yes_no"), "dạ có ạ") is True
    assert understood(kind("yes_no"), "ko") is False
    assert "“có lẽ”" in refused(kind("yes_no"), "có lẽ")
    assert understood(kind("phone"), "+84 912 345 678") == "0912345678"
    assert "10 digits" in refused(kind("phone"), "0912")


def test_text_stays_as_it_was_typed() -> None:
    story = "  Bà con thôn Xuân Tự\n\n góp 45 triệu …  " + "dài " * 1250
    assert len(story) > 5000
    assert understood(kind("long_text"), story) == story
    assert understood(kind("person"), " Nguyễn Thị Lan ") == " Nguyễn Thị Lan "


def test_a_text_that_is_too_long_is_told_by_how_much() -> None:
    name = REGISTRATION.question("name")
    assert refused(name, "a" * 201) == "At most 200 characters; this answer has 201. Please shorten it."
    # 200 letters stay 200 when a keyboard types every tone mark as a character of its own.
    decomposed = unicodedata.normalize("NFD", "ộ" * 200)
    assert understood(name, decomposed) == decomposed


@pytest.mark.parametrize("text", ["Tập thể", "tap the", "TẬP", "tap_the", unicodedata.normalize("NFD", "tập thể")])
def test_a_choice_by_label_key_or_beginning(text: str) -> None:
    assert understood(REGISTRATION.question("subject"), text) == "tap_the"


def test_a_choice_that_is_none() -> None:
    subject = REGISTRATION.question("subject")
    assert refused(subject, "hội") == "“hội” is not among the choices: Tập thể; Cá nhân."
    helpers = kind("choice", options=REGISTRATION.question("helpers").options)
    assert refused(helpers, "hội").startswith("“hội” fits several choices: Hội Phụ nữ; Hội Nông dân.")
    assert "…”" in refused(subject, "rất " * 100)


def test_only_what_is_offered_can_be_chosen() -> None:
    topic = REGISTRATION.question("topic")
    assert understood(topic, "giảm nghèo", ("set", "field", "kinh_te")) == "giam_ngheo"
    assert refused(topic, "giảm nghèo", ("set", "field", "van_hoa")).endswith("choices: Khuyến học.")


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("Hội Phụ nữ", ("phu_nu",)),
        ("hội nông dân, hội phụ nữ", ("phu_nu", "nong_dan")),
        ("hội phụ nữ và hội nông dân", ("phu_nu", "nong_dan")),
        ("Đoàn Thanh niên và Hội Sinh viên", ("doan",)),
        ("Hội Phụ nữ, Đoàn Thanh niên và Hội Sinh viên", ("phu_nu", "doan")),
        ("Hội Phụ nữ\nđoàn", ("phu_nu", "doan")),
        ("phu_nu,, doan", ("phu_nu", "doan")),
        ("tất cả", ("phu_nu", "nong_dan", "doan")),
    ],
)
def test_several_choices(text: str, keys: tuple[str, ...]) -> None:
    assert understood(REGISTRATION.question("helpers"), text) == keys


def test_one_unknown_choice_among_several_is_named() -> None:
    assert refused(REGISTRATION.question("helpers"), "Hội Phụ nữ, chợ").startswith("“cho” is not among")
    assert "is not among" in refused(REGISTRATION.question("helpers"), ",;,")
    assert "is not among" in refused(REGISTRATION.question("helpers"), "a, " * 2000)


def test_a_unit_is_looked_up_by_whoever_knows_them() -> None:
    def find(text: str) -> list[str]:
        return [name for name in ("xã Vạn Thắng (cũ)", "xã Vạn Thắng", "xã Vạn Hưng") if text in name]

    context = Context(CONTEXT.today, find)
    assert read(kind("unit"), "Vạn Hưng", {}, context) == "xã Vạn Hưng"
    assert "xã Vạn Thắng (cũ); xã Vạn Thắng" in refused(kind("unit"), "Vạn Thắng", context=context)
    assert "“Nha Trang”" in refused(kind("unit"), "Nha Trang", context=context)
    assert read(kind("unit"), "Nha Trang", {}, CONTEXT) == "Nha Trang"


def test_typed_evidence() -> None:
    assert evidence_text("45 hộ dự họp").kind == "figure"
    assert evidence_text(" https://vanninh.gov.vn/tin/12 ") == Item("link", text="https://vanninh.gov.vn/tin/12")
    assert understood(SCORECARD.question("e01"), "Bà con đồng tình") == Item("text", text="Bà con đồng tình")


def taken(text: str, *acts: tuple[Any, ...]) -> list[tuple[str, Any, str]] | None:
    given = several(SCORECARD, answers(happened(*acts)), text)
    if given is None:
        return None
    return [
        (
            g.question,
            str(g.value) if isinstance(g.value, Decimal) else SAY.say(g.value.source, **g.value.values),
            g.rest,
        )
        for g in given
    ]


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("tc1 14 tc2 13,5 tc3 15", {"r01": "14", "r02": "13.5", "r03": "15"}),
        ("c1 14 c2 13,5", {"r01": "14", "r02": "13.5"}),
        ("TC01: 14; TC02: 13,5", {"r01": "14", "r02": "13.5"}),
        ("Tiêu chí 3: 13 rưỡi", {"r03": "13.5"}),
        ("c3: 13 rưỡi", {"r03": "13.5"}),
        ("tc 1 14/15, tc 2 tối đa và tc 7 được 8 điểm", {"r01": "14", "r02": "15", "r07": "8"}),
        ("tc1: mười ba rưỡi\ntc2 - 14.", {"r01": "13.5", "r02": "14"}),
        ("Em chấm tc1 14, tc2 15", {"r01": "14", "r02": "15"}),
        (unicodedata.normalize("NFD", "tiêu chí 1 14 tiêu chí 2 15"), {"r01": "14", "r02": "15"}),
    ],
)
def test_points_of_several_rows_in_one_message(text: str, points: dict[str, str]) -> None:
    given = taken(text)
    assert given is not None
    assert {row: value for row, value, _ in given} == points
    assert all(rest == "" for *_, rest in given)


def test_a_caption_gives_points_and_a_figure() -> None:
    assert taken("tc1 14 45 hộ dự họp") == [("r01", "14", "45 hộ dự họp")]
    assert taken("TC01: 13,5 – Ảnh họp dân, 45 hộ; tc2 15") == [
        ("r01", "13.5", "Ảnh họp dân, 45 hộ"),
        ("r02", "15", ""),
    ]


def test_rows_that_cannot_be_taken_say_why() -> None:
    given = taken("tc1 16 tc9 14 tc3 13,7 tc4 hay lắm tc5 15")
    assert given is not None
    assert [row for row, *_ in given] == ["r01", "", "r03", "r04", "r05"]
    assert given[0][1].startswith("At most 15 points.")
    assert given[1][1] == "There is no criterion 09. The criteria are 01, 02, 03, 04, 05, 06, 07."
    assert given[2][1].endswith("13,5 or 14.")
    assert "“hay lắm”" in given[3][1]
    assert given[4][1] == "15"


def test_a_bare_list_fits_all_rows_or_those_without_points() -> None:
    rows = [f"r0{n}" for n in range(1, 8)]
    everything = taken("15 15 14 13,5 15 15 10")
    assert everything is not None
    assert [(row, value) for row, value, _ in everything] == list(
        zip(rows, ["15", "15", "14", "13.5", "15", "15", "10"], strict=True)
    )
    assert taken("15, 15, 14, 13 rưỡi, 15, 15, 10") == everything
    some = [("set", f"r0{n}", "15") for n in (1, 2, 4, 5)]
    assert taken("14 13,5 9", *some) == [("r03", "14", ""), ("r06", "13.5", ""), ("r07", "9", "")]
    assert taken("15 15 14 13,5 15 15 10", *some) == everything
    assert taken("15 15 14") is None
    assert taken("15 15 14 13,5 15 15 11") is not None
    assert taken("10", *((op, f"r0{n}", "15") for op, n in zip(["set"] * 6, range(1, 7), strict=True))) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "xin chào",
        "14",
        "Có 45 hộ dự họp, góp 15 triệu và 10 ngày công",
        "tc1 là gì?",
        "tc1 tối đa bao nhiêu điểm",
        "tc1 đủ điều kiện",
        "tc1 ba hộ thoát nghèo",
        "tc1",
        "Theo tc1 có 14 hộ",
        "ngày 15/2 họp 14 hộ",
        "15,15,14,13,15,15,10",
        "vitamin c 14",
    ],
)
def test_ordinary_sentences_are_no_points(text: str) -> None:
    assert taken(text) is None


def test_a_form_without_rows_takes_no_points() -> None:
    assert several(REGISTRATION, {}, "tc1 14 tc2 13") is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("dùng lại tài liệu TC01", ("01", "")),
        ("dung lai tc1", ("01", "")),
        ("Dùng lại tài liệu của tiêu chí 7.", ("07", "")),
        ("lấy lại ảnh tc3", ("03", "")),
        ("reuse the documents of criterion 2", ("02", "")),
        ("TC02: dùng lại tài liệu TC01", ("01", "02")),
        ("tc2 dùng lại tc1", ("01", "02")),
        ("Dùng lại tài liệu của TC01 cho TC02", ("01", "02")),
        ("tc9 dùng lại tc1", None),
        ("dùng lại tc9", None),
        ("dùng lại", None),
        ("tc1 14", None),
    ],
)
def test_documents_that_serve_again(text: str, code: tuple[str, str] | None) -> None:
    assert reuse(SCORECARD, text) == code


@pytest.mark.parametrize(
    ("text", "begins", "named"),
    [
        ("TC03: Biên bản họp dân", ("03", "Biên bản họp dân"), ("03",)),
        ("tiêu chí 3 có 45 hộ dự họp", ("03", "có 45 hộ dự họp"), ("03",)),
        ("tc3", ("03", ""), ("03",)),
        ("Biên bản họp dân (TC03)", None, ("03",)),
        ("Ảnh chung cho TC01, TC02 và TC01", None, ("01", "02")),
        ("Họp tổ C1", None, ()),
        ("tc9 biên bản", None, ()),
        ("45 hộ dự họp", None, ()),
        ("", None, ()),
    ],
)
def test_rows_that_a_text_names(text: str, begins: tuple[str, str] | None, named: tuple[str, ...]) -> None:
    assert begins_with_row(SCORECARD, text) == begins
    assert rows_in(SCORECARD, text) == named


@pytest.mark.parametrize("text", ["15", "13,5", " 45. ", "14/15", "13 rưỡi", "14 điểm", "2024"])
def test_a_bare_number_says_nothing(text: str) -> None:
    assert bare_number(text)


@pytest.mark.parametrize("text", ["45 hộ", "", "15 triệu", "350.000.000 đồng", "tc1", "https://a.vn/15", "điểm"])
def test_a_figure_with_words_says_something(text: str) -> None:
    assert not bare_number(text)


QUESTIONS = [
    *REGISTRATION.questions,
    *SCORECARD.questions[:2],
    kind("number", step=Decimal("0.5"), maximum=Decimal(100)),
    kind("number", step=Decimal("0.001")),
    kind("percent"),
    kind("month"),
    kind("phone"),
    kind("person"),
    kind("unit"),
    kind("long_text"),
]
PIECES = st.lists(
    st.from_regex(
        r"tc|tiêu chí|c|1|01|9|14|13,5|15/15|-|:|,|;|\?|rưỡi|tối đa|năm|trăm|tỷ|tháng|mùng|Tết|hộ|và|có|không|31/2|\.",
        fullmatch=True,
    ),
    max_size=9,
)
TEXTS = st.one_of(st.text(), PIECES.map(" ".join), PIECES.map("".join))


@given(st.sampled_from(QUESTIONS), TEXTS)
def test_reading_takes_any_text_or_misunderstands_it(question: Question, text: str) -> None:
    field = answers(happened(("set", "field", "kinh_te")))
    trouble: Misunderstood | None
    try:
        value = read(question, text, field, CONTEXT)
    except Misunderstood as misunderstood:
        trouble = misunderstood
    else:
        trouble = None
    if trouble is not None:
        assert {name for _, name, _, _ in Formatter().parse(trouble.source) if name} == set(trouble.values)
        return
    assert from_json(question, to_json(value)) == value
    if question.kind == "row":
        assert isinstance(value, Decimal)
        assert 0 <= value <= 15
        assert value % Decimal("0.5") == 0


@given(TEXTS)
def test_no_text_makes_impossible_points(text: str) -> None:
    reuse(SCORECARD, text)
    begins_with_row(SCORECARD, text)
    rows_in(SCORECARD, text)
    for one in several(SCORECARD, {}, text) or []:
        assert isinstance(one, Given)
        if isinstance(one.value, Decimal):
            assert 0 <= one.value <= (SCORECARD.question(one.question).maximum or 0)


@given(st.lists(st.tuples(st.integers(1, 7), st.integers(0, 20)), min_size=1, max_size=7))
def test_named_points_are_taken_whatever_the_order(pairs: list[tuple[int, int]]) -> None:
    text = " ".join(f"tc{row} {SAY.number(Decimal(halves) / 2)}" for row, halves in pairs)
    given = several(SCORECARD, {}, text)
    assert [(g.question, g.value) for g in given or []] == [(f"r0{row}", Decimal(halves) / 2) for row, halves in pairs]
