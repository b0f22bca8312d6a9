"""A second opinion by example: which intents those sentences had that read most like this one."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

NOTHING = "nothing"
"""What the examples are called that ask for nothing: answers to forms, talk among colleagues."""
EXAMPLES = Path(__file__).with_name("examples.txt")
NEIGHBOURS = (1.0, 0.3, 0.15)
"""How much the nearest, the second and the third example of an intent count."""
UNKNOWN = 0.6
"""A word that no example has takes from the likeness, but less than a known word that is elsewhere."""
ALIKE = 0.1
"""Below this likeness of the nearest examples, how usual the words are says less: a sentence of other things has some too."""
SMOOTHING = 0.3
"""Of the counts; chosen, as the shares above, by leaving out one file of examples after the other."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """An intent, and how much speaks for it: 0 to 1."""

    intent: str
    weight: float


class Examples:
    """Sentences with their intents, ready to be compared with a new one.

    Two ways of looking are joined, for they err on different sentences: the single examples that are most like it
    (words and pairs of words, the rare ones counting more), and how much oftener its words stand in the sentences of
    an intent than in all others.
    """

    def __init__(self, labelled: Iterable[tuple[str, str]]) -> None:
        sentences = [(intent, _marks(plain)) for intent, plain in labelled]
        in_how_many: Counter[str] = Counter(mark for _, marks in sentences for mark in marks)
        self._rarity = {mark: math.log((len(sentences) + 1) / (n + 0.5)) for mark, n in in_how_many.items()}
        self._rarest = math.log(len(sentences) + 1)
        self._intents = [intent for intent, _ in sentences]
        self._with: dict[str, list[tuple[int, float]]] = defaultdict(list)
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for at, (intent, marks) in enumerate(sentences):
            length = math.sqrt(sum((n * self._rarity[mark]) ** 2 for mark, n in marks.items())) or 1.0
            for mark, n in marks.items():
                self._with[mark].append((at, n * self._rarity[mark] / length))
                counts[intent][mark] += n
        total: Counter[str] = sum(counts.values(), Counter())
        whole, different = sum(total.values()), len(total)
        self._outside = {
            intent: math.log(whole - sum(of.values()) + SMOOTHING * different) for intent, of in counts.items()
        }
        self._speaks: dict[str, list[tuple[str, float]]] = defaultdict(list)
        for intent, of in counts.items():
            for mark, n in of.items():
                gain = math.log(total[mark] + SMOOTHING) - math.log(total[mark] - n + SMOOTHING)
                self._speaks[mark].append((intent, gain))

    def opinions(self, plain: str) -> Sequence[Opinion]:
        """The intents for which something speaks, best first."""
        marks = _marks(plain)
        near, usual = self._near(marks), self._usual(marks)
        weights = {
            intent: (like + usual.get(intent, 0.0)) / 2 * min(1.0, like / ALIKE) for intent, like in near.items()
        }
        return [Opinion(*pair) for pair in sorted(weights.items(), key=lambda pair: (-pair[1], pair[0]))]

    def _near(self, marks: Counter[str]) -> dict[str, float]:
        """How like the nearest examples of each intent are."""
        own = {mark: n * self._rarity.get(mark, self._rarest * UNKNOWN) for mark, n in marks.items()}
        length = math.sqrt(sum(weight * weight for weight in own.values())) or 1.0
        likeness: dict[int, float] = defaultdict(float)
        for mark, weight in own.items():
            for at, share in self._with.get(mark, ()):
                likeness[at] += weight * share
        found: dict[str, list[float]] = defaultdict(list)
        for at, like in likeness.items():
            found[self._intents[at]].append(like)
        return {
            intent: sum(like * share for like, share in zip(sorted(all_of, reverse=True), NEIGHBOURS, strict=False))
            / (length * sum(NEIGHBOURS))
            for intent, all_of in found.items()
        }

    def _usual(self, marks: Counter[str]) -> dict[str, float]:
        """How likely each intent is by its words, the shares of all together being one."""
        known = {mark: n for mark, n in marks.items() if mark in self._speaks}
        if not known:
            return {}
        many = sum(known.values())
        gains = {intent: many * outside for intent, outside in self._outside.items()}
        for mark, n in known.items():
            for intent, gain in self._speaks[mark]:
                gains[intent] += n * gain
        best = max(gains.values())
        shares = {intent: math.exp(gain - best) for intent, gain in gains.items()}
        whole = sum(shares.values())
        return {intent: share / whole for intent, share in shares.items()}


def _marks(plain: str) -> Counter[str]:
    """The words, and the pairs of words that follow each other."""
    words = plain.split()
    return Counter(words) + Counter(f"{one} {two}" for one, two in zip(["^", *words], [*words, "$"], strict=True))


@lru_cache(maxsize=1)
def shipped() -> Examples:
    """The examples that belong to the bot; read when the first sentence needs them."""
    return Examples(read(EXAMPLES.read_text(encoding="utf-8")))


def read(text: str) -> list[tuple[str, str]]:
    """The examples of a file: “[intent]” stands above its sentences, “#” begins a remark."""
    labelled: list[tuple[str, str]] = []
    intent = NOTHING
    for line in text.splitlines():
        if line.startswith("[") and line.endswith("]"):
            intent = line[1:-1]
        elif line and not line.startswith("#"):
            labelled.append((intent, line))
    return labelled
