"""The classifier: what it makes of words, and what it may never decide."""

from __future__ import annotations

import gzip
import json
import statistics
import time

import pytest

from bot.lookup.classifier import NOTHING, WEIGHTS, Classifier, features, shipped
from bot.lookup.intents import likened, understand
from bot.lookup.phrases import OPENS
from tests.lookup import train
from tests.lookup.test_strangers import SENTENCES
from tests.lookup.test_voices import ANSWERS
from tests.lookup.train import CODES, FINDER, INTENTS

TWO = {
    "intents": ["deadline.show", "form.get"],
    "bias": [-500, -500],
    "features": {"han": [1000, 0, 2000, 1, -1000], "mau": [1000, 0, -1000, 1, 2000], "nop": [3000, 0, 500]},
}


def test_the_weights_were_trained_on_the_phrases_as_they_stand() -> None:
    trained = json.loads(gzip.decompress(WEIGHTS.read_bytes()))
    assert trained["digest"] == train.digest(), "`make classifier` trains anew"
    assert set(trained["intents"]) == INTENTS | {NOTHING}


def test_training_gives_weights_that_know_what_was_taught(monkeypatch: pytest.MonkeyPatch) -> None:
    few = [("deadline.show", "han nop ho so"), ("deadline.show", "ngay nao het han nop")]
    few += [
        ("form.get", "xin mau to trinh"),
        ("form.get", "cho xin mau"),
        (NOTHING, "ba con vui"),
        (NOTHING, "bon con"),
    ]
    monkeypatch.setattr(train, "taught", lambda: {"few": few, "left out": [("form.get", "han nop ho so mau")]})
    small = Classifier(train.trained(without="left out"))
    assert {intent: small.opinions(plain)[0].intent for intent, plain in few} == {intent: intent for intent, _ in few}
    assert "ho mau" not in train.trained(without="left out")["features"]


def test_the_margins_are_those_of_the_weights_and_the_shares_are_one() -> None:
    opinions = Classifier(TWO).opinions("han")
    assert [o.intent for o in opinions] == ["deadline.show", "form.get"]
    assert sum(o.weight for o in opinions) == pytest.approx(1.0)
    # margins 1.5 and -1.5, sharpened by 4: 1 : e^-12
    assert opinions[1].weight == pytest.approx(6.1442e-06, rel=1e-3)
    both = {o.intent: o.weight for o in Classifier(TWO).opinions("han mau")}
    assert both["deadline.show"] == pytest.approx(both["form.get"])


def test_words_that_were_never_seen_say_nothing() -> None:
    assert list(Classifier(TWO).opinions("troi xanh qua")) == []


def test_features_are_words_their_pairs_and_their_pieces() -> None:
    assert features("an lua")[:5] == ["an", "lua", "^ an", "an lua", "lua $"]
    assert {"#_an_", "#_l", "#lua_"} <= set(features("an lua"))
    assert features("") == ["^ $"]


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
    got = understand("hồ sơ với giấy khen cấp nào", FINDER, CODES)
    assert got.intent == ""
    assert {"dossier.parts", "award.who"} & set(got.perhaps)
    assert len(got.perhaps) > 1


def test_what_is_only_a_little_like_an_example_is_asked_back() -> None:
    for text in ("bên nào lo vụ hồ sơ với hạn", "cái này bên xã với bên huyện khác nhau chỗ nào?"):
        got = understand(text, FINDER, CODES)
        assert got.intent == ""
        assert len(got.perhaps) > 1, text


def test_answers_to_a_form_are_not_given_to_the_classifier() -> None:
    for text in ANSWERS:
        got = understand(text, FINDER, CODES, answering=True)
        assert (got.question, got.perhaps) == (False, ()), text
    shipped.cache_clear()
    for text in ("Vận động bà con hiến đất làm đường", "tổ dân vận thôn Tân Đức", "trồng hoa dọc đường"):
        understand(text, FINDER, CODES, answering=True)
    assert shipped.cache_info().misses == 0


def test_a_question_typed_into_a_form_is_given_to_the_classifier() -> None:
    assert understand("cái mẫu nớ ở mô rứa?", FINDER, CODES, answering=True).intent == "form.get"


@pytest.mark.parametrize("text", ["", "   ", "?", "😀", "x" * 400, "\uf8ff", "1 2 3", "UNIT", "a\u0301\u0301"])
def test_odd_texts_do_no_harm(text: str) -> None:
    understand(text, FINDER, CODES)
    shipped().opinions(likened(text, FINDER))


def test_a_strangers_sentence_is_understood_in_a_millisecond_or_two() -> None:
    texts = [phrase["t"] for phrase in SENTENCES]
    understand(texts[0], FINDER, CODES)
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
