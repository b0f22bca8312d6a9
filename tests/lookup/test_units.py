"""A unit is found by what people type, and never another one."""

from __future__ import annotations

import random
import time
import unicodedata
from datetime import date

import pytest

from bot.lookup.units import NOTHING, UnitEntry, UnitFinder
from bot.vietnamese import fold
from tests.lookup.van_ninh_units import VAN_NINH

FINDER = UnitFinder(VAN_NINH)


def one(typed: str) -> str:
    found = FINDER.find(typed)
    return found.one.name if found.one else ""


def spotted(sentence: str) -> str:
    found = FINDER.spot(sentence)
    return found.one.name if found.one else ""


@pytest.mark.parametrize("entry", VAN_NINH, ids=lambda e: e.name)
def test_every_unit_is_found_however_its_name_is_typed(entry: UnitEntry) -> None:
    bare = " ".join(entry.name.split()[-2:])
    short = {"xã": "X. ", "thị trấn": "TT.", "huyện": "H "}[entry.kind]
    for typed in (entry.name, bare, fold(entry.name), bare.upper(), short + bare, bare.replace(" ", "\u00a0 ")):
        for form in ("NFC", "NFD"):
            assert one(unicodedata.normalize(form, typed)) == entry.name, typed  # type: ignore[arg-type]
            assert spotted(unicodedata.normalize(form, f"cho hỏi điểm {typed} năm 2024")) == entry.name, typed  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("van hing", "xã Vạn Hưng"),
        ("vanhung", "xã Vạn Hưng"),
        ("vna hung", "xã Vạn Hưng"),
        ("V. Hưng", "xã Vạn Hưng"),
        ("UBND xã Vạn Hưng", "xã Vạn Hưng"),
        ("Vạn Hưng, huyện Vạn Ninh", "xã Vạn Hưng"),
        ("van phuocc", "xã Vạn Phước"),
        ("Ðại Lãnh", "xã Đại Lãnh"),
        ("22505", "xã Vạn Hưng"),
        ("thi tran van gia", "thị trấn Vạn Giã"),
    ],
)
def test_small_slips_are_forgiven(typed: str, name: str) -> None:
    assert one(typed) == name


@pytest.mark.parametrize(
    "typed",
    [
        "xa",
        "van",
        "Vạn",
        "xã",
        "tt",
        "",
        "  ",
        "văn hóa",
        "van dong",
        "vận động",
        "văn minh",
        "thôn Xuân Tự",
        "xã Hòa Bình",
    ],
)
def test_a_common_word_is_no_unit(typed: str) -> None:
    assert FINDER.find(typed) == NOTHING


@pytest.mark.parametrize(
    "sentence",
    [
        "đường xa quá",
        "duong xa qua",
        "vận động nhân dân",
        "van dong nhan dan",
        "van hanh tot",
        "Tổ dân vận thôn Tuần Lễ",
        "to dan van thon tuan le",
        "cong tac dan van thang nay",
        "van thang 9 nop a",
        "vẫn thẳng",
        "Nguyễn Văn Thắng",
        "nguyen van thang",
        "anh Trần Văn Long",
        "thôn Xuân Sơn",
        "xã văn minh",
        "han thang may",
        "03 TT 05 CN",
        "van phong uy ban",
        "hoan thanh tot",
        "tổ tự quản an ninh",
        "to tu quan an ninh",
        "ong le van binh, truong thon",
    ],
)
def test_everyday_words_in_a_sentence_are_no_unit(sentence: str) -> None:
    assert not FINDER.spot(sentence)


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("van thangh", {"xã Vạn Thắng", "xã Vạn Thạnh"}),
        ("Vạn Thạng", {"xã Vạn Thắng", "xã Vạn Thạnh"}),
        ("van hong", {"xã Vạn Hưng", "xã Vạn Long"}),
        ("VT", {"xã Vạn Thạnh", "xã Vạn Thắng", "xã Vạn Thọ"}),
    ],
)
def test_what_is_as_near_to_two_is_asked_back(typed: str, names: set[str]) -> None:
    found = FINDER.find(typed)
    assert found.one is None
    assert {u.name for u in found.several} == names


@pytest.mark.parametrize("typed", ["VH", "vh dc bn diem", "điểm của VH"])
def test_initials_are_doubted(typed: str) -> None:
    found = FINDER.spot(typed)
    assert (found.one, [u.name for u in found.several], found.doubt) == (None, ["xã Vạn Hưng"], "VH")


@pytest.mark.parametrize(
    ("typed", "offered"),
    [("P. Vạn Giã", "thị trấn Vạn Giã"), ("xã Vạn Ninh", "huyện Vạn Ninh"), ("huyện Vạn Hưng", "xã Vạn Hưng")],
)
def test_another_level_is_doubted(typed: str, offered: str) -> None:
    for found in (FINDER.find(typed), FINDER.spot(f"điểm {typed} năm nay")):
        assert found.one is None
        assert [u.name for u in found.several] == [offered]
        assert found.doubt


def test_thang_and_thanh_are_two() -> None:
    assert one("Vạn Thắng") == spotted("điểm van thang") == "xã Vạn Thắng"
    assert one("Vạn Thạnh") == spotted("điểm van thanh") == "xã Vạn Thạnh"


def test_no_single_slip_gives_another_unit_than_the_nearest() -> None:
    for entry in VAN_NINH:
        bare = fold(" ".join(entry.name.split()[-2:]))
        for at in range(len(bare)):
            for typed in (bare[:at] + bare[at + 1 :], bare[:at] + "x" + bare[at + 1 :], bare[:at] + "x" + bare[at:]):
                got = one(typed)
                meant = [e.name for e in VAN_NINH if fold(e.name).endswith(" " + typed)]
                assert got in (entry.name, "", *meant), typed


def test_two_units_in_a_sentence_are_both_named() -> None:
    found = FINDER.spot("so sánh Vạn Hưng với Vạn Thắng")
    assert [u.name for u in found.several] == ["xã Vạn Hưng", "xã Vạn Thắng"]
    assert spotted("xã Vạn Hưng, huyện Vạn Ninh được mấy điểm") == "xã Vạn Hưng"


def test_the_same_name_elsewhere_is_asked_back_unless_the_parent_is_named() -> None:
    two = UnitFinder(
        [
            UnitEntry(1, "", "xã Vạn Thắng", "xã", "huyện Vạn Ninh"),
            UnitEntry(2, "", "xã Vạn Thắng", "xã", "tỉnh Ninh Bình"),
        ]
    )
    assert [u.id for u in two.find("Vạn Thắng").several] == [1, 2]
    assert two.find("Vạn Thắng, Ninh Bình").one == two.spot("điểm xã Vạn Thắng tỉnh Ninh Bình").one
    assert two.find("Vạn Thắng Ninh Bình").one is not None


def test_a_commune_and_a_district_of_one_name_are_told_apart_by_the_level() -> None:
    two = UnitFinder(
        [UnitEntry(1, "", "huyện Vạn Ninh", "huyện"), UnitEntry(2, "", "xã Vạn Ninh", "xã", "tỉnh Khánh Hòa")]
    )
    assert two.find("xa van ninh").one == two.spot("diem X. Van Ninh").one
    assert len(two.find("Vạn Ninh").several) == 2


def test_an_old_name_leads_to_the_present_unit() -> None:
    finder = UnitFinder(
        [UnitEntry(1, "22489", "xã Vạn Ninh", "xã", "tỉnh Khánh Hòa", ("thị trấn Vạn Giã", "xã Vạn Phú"))]
    )
    for typed in ("TT. Vạn Giã", "van phu", "xã Vạn Phú"):
        found = finder.find(typed)
        assert found.one is not None, typed
    assert finder.find("P. Vạn Giã").doubt


def test_a_unit_that_was_raised_is_found_with_either_level() -> None:
    finder = UnitFinder([UnitEntry(1, "22498", "phường Tu Bông", "phuong", "tỉnh Khánh Hòa", ("xã Tu Bông",))])
    for typed in ("xã Tu Bông", "phường Tu Bông", "x. Tu Bông", "P. Tu Bông", "tu bong"):
        found = finder.find(typed)
        assert found.one is not None, typed
    assert finder.find("huyện Tu Bông").doubt


BEFORE_AND_AFTER = UnitFinder(
    [
        UnitEntry(1, "", "xã Vạn Hưng", "xa", "huyện Vạn Ninh", (), ("tỉnh Khánh Hòa",), None, date(2025, 6, 30)),
        UnitEntry(2, "22525", "xã Vạn Hưng", "xa", "tỉnh Khánh Hòa", (), (), date(2025, 7, 1), None),
    ]
)


@pytest.mark.parametrize(
    ("sentence", "meant"),
    [
        ("điểm xã Vạn Hưng cũ", [1]),
        ("diem xa van hung cu", [1]),
        ("điểm xã Vạn Hưng trước khi sáp nhập", [1]),
        ("xa van hung truoc sap xep", [1]),
        ("điểm xã Vạn Hưng trước 01/7/2025", [1]),
        ("điểm xã Vạn Hưng trước ngày 1.7.2025", [1]),
        ("điểm xã Vạn Hưng huyện Vạn Ninh", [1]),
        ("xã Vạn Hưng nộp trước 15/02/2026 được không", [1, 2]),
        ("xã Vạn Hưng nộp trước 31/02/2026 được không", [1, 2]),
        ("xã Vạn Hưng có mấy cụ tham gia", [1, 2]),
        ("điểm xã Vạn Hưng", [1, 2]),
    ],
)
def test_the_time_tells_namesakes_apart(sentence: str, meant: list[int]) -> None:
    found = BEFORE_AND_AFTER.spot(sentence)
    assert [u.id for u in ((found.one,) if found.one else found.several)] == meant


def test_what_stands_higher_tells_namesakes_apart_too() -> None:
    two = UnitFinder(
        [
            UnitEntry(1, "", "xã Vạn Thắng", "xa", "huyện Vạn Ninh", (), ("tỉnh Khánh Hòa",)),
            UnitEntry(2, "", "xã Vạn Thắng", "xa", "huyện Nho Quan", (), ("tỉnh Ninh Bình",)),
        ]
    )
    found = two.spot("điểm xã Vạn Thắng tỉnh Ninh Bình")
    assert found.one is not None
    assert found.one.id == 2
    assert two.find("Vạn Thắng, Khánh Hoà").one == two.find("xã Vạn Thắng huyện Vạn Ninh").one


@pytest.mark.parametrize(
    "typed",
    [
        "Ðặc khu Ðại Hòa",
        "đặc khu  Đại   Hoà",
        "ĐẶC KHU ĐẠI HOÀ",
        "dac khu dai hoa",
        "Ðại\u00a0Hòa",
        unicodedata.normalize("NFD", "Đại Hòa"),
    ],
)
def test_look_alikes_tone_marks_and_spaces_make_no_difference(typed: str) -> None:
    for name in ("đặc khu Đại Hòa", "Ðặc khu Ðại Hoà", "đặc  khu Đại Hòa"):
        finder = UnitFinder([UnitEntry(1, "", name, "dac_khu"), UnitEntry(2, "", "xã Đại Hóa", "xa")])
        found = finder.find(typed)
        wanted = [u.id for u in ((found.one,) if found.one else found.several)]
        assert 1 in wanted
        if any(c in typed for c in "ặẶàòÀÒ"):
            assert wanted == [1], (typed, name)


def test_an_office_is_found_by_its_short_form() -> None:
    finder = UnitFinder([*VAN_NINH, UnitEntry(90, "", "Phòng Nội vụ", "phòng", "huyện Vạn Ninh", ("PNV",))])
    for typed in ("p nội vụ", "P. Nội vụ", "phong noi vu", "PNV"):
        found = finder.find(typed)
        assert found.one is not None, typed
        assert found.one.id == 90
    spotted_office = finder.spot("hỏi Phòng Nội vụ huyện Vạn Ninh").one
    assert spotted_office is not None
    assert spotted_office.id == 90


def test_a_level_word_is_not_cut_from_a_name() -> None:
    finder = UnitFinder([UnitEntry(1, "", "xã Quán Hành", "xã"), UnitEntry(2, "", "xã Hành Sơn", "xã")])
    found = finder.find("quan hanh")
    assert found.one is not None
    assert found.one.id == 1


def test_a_hundred_thousand_units_are_searched_in_no_time() -> None:
    dice = random.Random(2024)
    syllables = [
        "An",
        "Bình",
        "Đại",
        "Đức",
        "Hải",
        "Hòa",
        "Hưng",
        "Khánh",
        "Long",
        "Mỹ",
        "Phú",
        "Sơn",
        "Tân",
        "Thọ",
        "Vạn",
        "Xuân",
    ]
    entries = [
        UnitEntry(n, str(n), "xã " + " ".join(dice.choices(syllables, k=dice.choice((2, 3)))), "xã", f"huyện {n % 700}")
        for n in range(100_000)
    ]
    finder = UnitFinder(entries)
    typed = [entry.name for entry in entries[:20]] + [fold(entry.name) for entry in entries[20:40]]
    for name in typed:
        start = time.perf_counter()
        found = finder.find(name)
        spent = time.perf_counter() - start
        assert found
        assert len(found.several) <= 5
        assert spent < 0.01, f"{name}: {spent * 1000:.1f} ms"


@pytest.mark.parametrize("text", ["điểm xã Ninh Hòa", "diem huyen ninh hai", "mô hình của xã Nha Trang"])
def test_a_name_that_no_unit_has_is_noticed(text: str) -> None:
    assert UnitFinder(VAN_NINH).unknown(text)


@pytest.mark.parametrize(
    "text", ["điểm xã Vạn Hưng", "điểm xã mình", "điểm của thị trấn răng rồi em", "các xã chưa nộp", "điểm xã", ""]
)
def test_words_after_a_level_are_not_always_a_name(text: str) -> None:
    assert not UnitFinder(VAN_NINH).unknown(text)
