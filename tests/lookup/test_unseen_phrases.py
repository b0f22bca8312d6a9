"""Phrases on which the table was not built are understood, and answers to a form are not taken for questions.

Four sets, each written before the table had been adjusted to it, and each looked at after its first run – so they are
honest only up to there. First runs: phrases_unseen.yaml 272 of 294 right (92.5 %; 94.2 % after work on the other corpora
alone), phrases_unseen_2.yaml 85 of 94 (90.4 %), phrases_unseen_3.yaml 47 of 60 (78.3 %: its old man calls himself “bác”
and the bot “cháu”, which the table had not known), phrases_unseen_4.yaml 31 of 40 (77.5 %), answers_unseen.yaml 109 of 110. No first run had a wrong effect.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from bot.lookup.intents import Understood, understand
from bot.lookup.phrases import EFFECTS, OPENS
from bot.lookup.units import UnitFinder
from tests.lookup.van_ninh_units import VAN_NINH

CODES = tuple(f"{n:02d}" for n in range(1, 8))
FINDER = UnitFinder(VAN_NINH)
LEAST_RIGHT = 0.95
FEWEST_ANSWERS = 200
UNSEEN = ("phrases_unseen.yaml", "phrases_unseen_2.yaml", "phrases_unseen_3.yaml", "phrases_unseen_4.yaml")
HERE = Path(__file__).parent


def read(name: str) -> list[Any]:
    groups = YAML(typ="safe").load(HERE / name)
    return [entry for entries in groups.values() for entry in entries]


ANSWERS = [*read("answers.yaml"), *read("answers_unseen.yaml")]


def heard(text: str) -> Understood:
    return understand(text, FINDER, CODES)


def wrong(phrase: dict[str, Any]) -> str:
    """What was misunderstood in the phrase, or nothing."""
    got = heard(phrase["t"])
    if got.intent not in (phrase["intent"], phrase.get("or")):
        return f"{phrase['t']!r}: {got.intent or 'nothing'}, not {phrase['intent']}"
    slots = [name for name in ("what", "period", "level", "criterion") if name in phrase]
    if got.intent != phrase["intent"]:
        return ""
    bad = [name for name in slots if getattr(got, name) != phrase[name]]
    return f"{phrase['t']!r}: {bad}, got {got}" if bad else ""


@pytest.mark.parametrize("name", UNSEEN)
def test_phrases_the_table_was_not_built_on_are_understood(name: str) -> None:
    phrases = read(name)
    failures = [message for phrase in phrases if (message := wrong(phrase))]
    assert len(failures) <= (1 - LEAST_RIGHT) * len(phrases), "\n".join(failures)


@pytest.mark.parametrize("name", UNSEEN)
def test_nothing_is_begun_or_changed_by_a_sentence_that_asks_for_something_else(name: str) -> None:
    begun = {"register.begin"} | EFFECTS
    mistaken = [
        (phrase["t"], got)
        for phrase in read(name)
        if (got := heard(phrase["t"]).intent) in begun and got not in (phrase["intent"], phrase.get("or"))
    ]
    assert mistaken == []


def test_a_question_never_opens_a_form() -> None:
    for statement in ("đăng ký mô hình", "làm báo cáo quý 2", "dừng mô hình này", "chấm điểm", "năm nay không đăng ký"):
        assert heard(statement).intent in OPENS, statement
        for question in (f"{statement} được không?", f"cho hỏi {statement} thế nào", f"{statement} à?"):
            assert heard(question).intent not in OPENS, question


def test_names_and_evidence_are_no_questions_and_begin_nothing() -> None:
    assert len(ANSWERS) >= FEWEST_ANSWERS
    assert [text for text in ANSWERS if heard(text).question] == []
    assert [text for text in ANSWERS if heard(text).intent in OPENS] == []


def test_a_typical_sentence_is_understood_in_under_a_millisecond() -> None:
    texts = [phrase["t"] for phrase in read("phrases_unseen.yaml")]
    for text in texts:
        heard(text)
    spent = []
    for text in texts:
        tries = []
        for _ in range(3):
            start = time.perf_counter()
            heard(text)
            tries.append(time.perf_counter() - start)
        spent.append(min(tries))
    assert statistics.median(spent) < 0.001
