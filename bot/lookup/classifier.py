"""What a sentence asks for, judged by thousands of labelled ones: a linear classifier over words and parts of words.

It is trained by `make classifier` (tests/lookup/train.py, scikit-learn) and shipped as weights; judging needs nothing
but this module. Method: tf-idf of words, pairs of words and pieces of words, a linear support-vector machine for each
intent against all others, the margins made comparable by a softmax.
"""

from __future__ import annotations

import gzip
import json
import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

NOTHING = "nothing"
"""The class of what asks for nothing: answers to forms, talk among colleagues."""
WEIGHTS = Path(__file__).with_name("classifier.json.gz")
PIECES = (2, 3, 4, 5)
"""Lengths of the pieces of a word; its ends count as letters."""
SHARPNESS = 4.0
"""Of the softmax. Chosen, as CLEAR and AHEAD in intents.py, by leaving out one voice after the other."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """An intent, and how likely it is among all: 0 to 1."""

    intent: str
    weight: float


class Classifier:
    """Weights of a linear classifier, ready to judge.

    `trained` is as train.py writes it: "intents", a name each; "bias", a number each; "features", for each feature its
    rarity (idf), then the number of an intent and its weight, and so on. Numbers are thousandths.
    """

    def __init__(self, trained: dict[str, Any]) -> None:
        self._intents: list[str] = trained["intents"]
        self._bias = [thousandths / 1000 for thousandths in trained["bias"]]
        self._features: dict[str, list[int]] = trained["features"]

    def opinions(self, plain: str) -> Sequence[Opinion]:
        """All intents, likeliest first; none if no word is known. `plain` as intents.likened gives it."""
        counts = Counter(features(plain))
        values = {
            feature: (1 + math.log(n)) * self._features[feature][0] / 1000
            for feature, n in counts.items()
            if feature in self._features
        }
        length = math.sqrt(sum(value * value for value in values.values()))
        if not length:
            return []
        margins: dict[int, float] = defaultdict(float, enumerate(self._bias))
        for feature, value in values.items():
            weights = self._features[feature]
            for at in range(1, len(weights), 2):
                margins[weights[at]] += value / length * weights[at + 1] / 1000
        best = max(margins.values())
        shares = [math.exp(SHARPNESS * (margins[at] - best)) for at in range(len(self._intents))]
        whole = sum(shares)
        ranked = sorted(zip(self._intents, shares, strict=True), key=lambda pair: -pair[1])
        return [Opinion(intent, share / whole) for intent, share in ranked]


def features(plain: str) -> list[str]:
    """The words, the pairs of words that follow each other (the ends count as words), and the pieces of the words."""
    words = plain.split()
    found = [*words, *(f"{one} {two}" for one, two in pairwise(("^", *words, "$")))]
    for word in words:
        ended = f"_{word}_"
        found += [f"#{ended[at : at + n]}" for n in PIECES for at in range(len(ended) - n + 1)]
    return found


@lru_cache(maxsize=1)
def shipped() -> Classifier:
    """The classifier that belongs to the bot; read when the first sentence needs it."""
    return Classifier(json.loads(gzip.decompress(WEIGHTS.read_bytes())))
