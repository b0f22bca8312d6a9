"""The second opinion by example: what is like an example, what is like none, and what it may never decide."""

from __future__ import annotations

import statistics
import time

import pytest

from bot.lookup.intents import likened, understand
from bot.lookup.nearest import EXAMPLES, NOTHING, Examples, read, shipped
from bot.lookup.phrases import OPENS
from bot.lookup.units import UnitFinder
from tests.lookup.make_examples import made
from tests.lookup.test_strangers import STRANGERS
from tests.lookup.test_unseen_phrases import ANSWERS
from tests.lookup.van_ninh_units import VAN_NINH

FINDER = UnitFinder(VAN_NINH)
CODES = tuple(f"{n:02d}" for n in range(1, 8))
FEW = [("deadline.show", "han nop ho so"), ("deadline.show", "ngay nao het han"), ("form.get", "xin mau to trinh")]


def test_the_examples_are_those_of_the_phrases() -> None:
    assert EXAMPLES.read_text(encoding="utf-8") == made(), "`python -m tests.lookup.make_examples` writes them anew"


def test_what_is_said_like_an_example_is_taken_for_its_intent() -> None:
    opinions = Examples(FEW).opinions("cho xin mau to trinh nhe")
    assert opinions[0].intent == "form.get"
    assert all(opinions[0].weight > 2 * other.weight for other in opinions[1:])


def test_a_known_sentence_weighs_more_than_one_like_it() -> None:
    few = Examples(FEW)
    assert few.opinions("xin mau to trinh")[0].weight > few.opinions("mau khac")[0].weight


def test_words_of_no_example_are_like_none() -> None:
    assert list(Examples(FEW).opinions("troi hom nay xanh qua")) == []


def test_remarks_and_empty_lines_are_no_examples() -> None:
    assert read("# x\n\n[form.get]\nxin mau\n\n[nothing]\nba con vui\n") == [
        ("form.get", "xin mau"),
        (NOTHING, "ba con vui"),
    ]


def test_an_act_is_offered_and_never_begun_by_example() -> None:
    for text in (
        "cho xã mình ghi thêm một điển hình",
        "mô hình trồng hoa bên tôi nghỉ luôn rồi",
        "báo cáo của xã đây, cho tôi nộp",
    ):
        got = understand(text, FINDER, CODES)
        assert got.intent == ""
        assert set(got.perhaps) & set(OPENS), text


def test_a_polite_request_to_begin_is_asked_back() -> None:
    got = understand("em muốn đăng ký mô hình mới được không ạ", FINDER, CODES)
    assert (got.intent, got.perhaps) == ("", ("register.begin", "register.how"))


def test_what_may_mean_two_things_is_asked_back_with_both() -> None:
    got = understand("khen cấp nào thì cần hồ sơ", FINDER, CODES)
    assert got.intent == ""
    assert {"dossier.parts", "award.who"} & set(got.perhaps)
    assert len(got.perhaps) > 1


def test_what_is_only_a_little_like_an_example_is_asked_back() -> None:
    for text in ("bên nào lo vụ hồ sơ với hạn", "cái này bên xã với bên huyện khác nhau chỗ nào?"):
        got = understand(text, FINDER, CODES)
        assert got.intent == ""
        assert len(got.perhaps) > 1, text


def test_answers_to_a_form_are_not_compared_with_examples() -> None:
    for text in ANSWERS:
        got = understand(text, FINDER, CODES, answering=True)
        assert (got.question, got.perhaps) == (False, ()), text
    shipped.cache_clear()
    for text in ("Vận động bà con hiến đất làm đường", "tổ dân vận thôn Tân Đức", "trồng hoa dọc đường"):
        understand(text, FINDER, CODES, answering=True)
    assert shipped.cache_info().misses == 0


def test_a_question_typed_into_a_form_is_compared_with_examples() -> None:
    assert understand("cái mẫu nớ ở mô rứa?", FINDER, CODES, answering=True).intent == "form.get"


@pytest.mark.parametrize("text", ["", "   ", "?", "😀", "x" * 400, "\uf8ff", "1 2 3", "UNIT", "a\u0301\u0301"])
def test_odd_texts_do_no_harm(text: str) -> None:
    understand(text, FINDER, CODES)
    shipped().opinions(likened(text, FINDER))


def test_a_strangers_sentence_is_understood_in_a_millisecond_or_two() -> None:
    texts = [phrase["t"] for phrase in STRANGERS]
    for text in texts:
        understand(text, FINDER, CODES)
    spent = []
    for text in texts:
        tries = []
        for _ in range(3):
            start = time.perf_counter()
            understand(text, FINDER, CODES)
            tries.append(time.perf_counter() - start)
        spent.append(min(tries))
    spent.sort()
    assert statistics.median(spent) < 0.002
    assert spent[int(len(spent) * 0.99)] < 0.02
