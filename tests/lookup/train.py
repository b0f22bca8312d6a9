"""Trains the classifier on the labelled phrases: `make classifier`.

`python -m tests.lookup.train --voices` writes nothing: it leaves out one voice after the other, trains on the rest and
says how many sentences of that voice are then understood – how the bot does with people it has never heard.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from bot.lookup import classifier
from bot.lookup.classifier import NOTHING, WEIGHTS, Classifier, features
from bot.lookup.intents import Understood, likened, understand
from bot.lookup.phrases import OPENS, RULES
from bot.lookup.units import UnitFinder
from tests.lookup.van_ninh_units import VAN_NINH

HERE = Path(__file__).parent
BY_INTENT = HERE / "phrases.yaml"
VOICES = sorted((HERE / "voices").glob("*.yaml"))
NO_QUESTIONS = (HERE / "answers.yaml", HERE / "answers_unseen.yaml")
STRANGERS = HERE / "strangers.yaml"
INTENTS = {intent for intent, _, _ in RULES}
CODES = tuple(f"{n:02d}" for n in range(1, 8))
FINDER = UnitFinder(VAN_NINH)
TARGETS = frozenset(("target.show", "target.explain"))
"""One answer serves both: the rule, and how the unit stands with it."""
RARE = 2
"""Sentences that a feature must be in."""
LOOSENESS = 1.0
"""The C of the support-vector machine."""
NEGLIGIBLE = 0.05
"""Weights below this are left out of the file."""
MANY = 400
"""Sentences of a voice that is left out as a trial."""


@cache
def phrases(path: Path) -> list[dict[str, Any]]:
    """The labelled phrases of a file: a list, or groups of them."""
    read = YAML(typ="safe").load(path)
    return read if isinstance(read, list) else [phrase for group in read.values() for phrase in group]


def wanted(phrase: dict[str, Any]) -> set[str]:
    """The intents with which the phrase is understood; "" is nothing."""
    named = phrase["intent"] if isinstance(phrase["intent"], list) else [phrase["intent"], phrase.get("or")]
    intents = {"" if intent == "none" else intent for intent in named if intent is not None}
    return intents | TARGETS if intents & TARGETS else intents


def outcome(phrase: dict[str, Any], got: Understood | None = None) -> str:
    """How the phrase is understood: "right", "asked" back with what was meant, asked "otherwise", "silent", "wrong", or "effect"."""
    got = got or understand(phrase["t"], FINDER, CODES)
    if got.perhaps:
        return "asked" if wanted(phrase) & set(got.perhaps) else "otherwise"
    if got.intent in wanted(phrase):
        return "right"
    if not got.intent:
        return "silent"
    return "effect" if got.intent in OPENS else "wrong"


@lru_cache(maxsize=1)
def taught() -> dict[str, list[tuple[str, str]]]:
    """Intent and sentence, by the file they stand in. What also stands in strangers.yaml is left out, so that those stay a fair question."""
    strangers = {likened(phrase["t"], FINDER) for phrase in phrases(STRANGERS)}

    def sentences(path: Path) -> Iterator[tuple[str, str]]:
        if path in NO_QUESTIONS:
            yield from ((NOTHING, text) for texts in YAML(typ="safe").load(path).values() for text in texts)
        elif path == BY_INTENT:
            for intent, texts in YAML(typ="safe").load(path).items():
                yield from ((intent, text if isinstance(text, str) else text["t"]) for text in texts)
        else:
            for phrase in phrases(path):
                named = phrase["intent"] if isinstance(phrase["intent"], list) else [phrase["intent"], phrase.get("or")]
                yield next((intent for intent in named if intent in INTENTS), NOTHING), phrase["t"]

    return {
        path.name: [
            (intent, plain)
            for intent, text in sentences(path)
            if (plain := likened(text, FINDER)) and plain not in strangers
        ]
        for path in (BY_INTENT, *NO_QUESTIONS, *VOICES)
    }


def digest() -> str:
    """Of all that training depends on; kept with the weights, so that a test can tell when they are old."""
    whole = [sorted(taught().items()), features("an lua"), RARE, LOOSENESS, NEGLIGIBLE]
    return hashlib.sha256(json.dumps(whole).encode()).hexdigest()


def trained(without: str = "") -> dict[str, Any]:
    """The weights, in the form that Classifier reads. `without`: the name of a voice that is left out."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.svm import LinearSVC

    sentences = sorted({pair for name, pairs in taught().items() if name != without for pair in pairs})
    vectorizer = TfidfVectorizer(analyzer=features, sublinear_tf=True, min_df=RARE)
    matrix = vectorizer.fit_transform([plain for _, plain in sentences])
    machine = LinearSVC(C=LOOSENESS, class_weight="balanced", random_state=0).fit(
        matrix, [intent for intent, _ in sentences]
    )
    weights = {}
    for feature, at in sorted(vectorizer.vocabulary_.items()):
        weights[feature] = [round(1000 * vectorizer.idf_[at])]
        for intent, weight in enumerate(machine.coef_[:, at]):
            if abs(weight) >= NEGLIGIBLE:
                weights[feature] += [intent, round(1000 * weight)]
    return {
        "digest": digest(),
        "intents": list(machine.classes_),
        "bias": [round(1000 * bias) for bias in machine.intercept_],
        "features": {feature: numbers for feature, numbers in weights.items() if len(numbers) > 1},
    }


def by_voice() -> None:
    """Prints how each voice is understood by a classifier that has not heard it."""
    whole: Counter[str] = Counter()
    for path in VOICES:
        if len(voice := phrases(path)) < MANY:
            continue
        left_out = Classifier(trained(path.name))
        classifier.shipped = lambda left_out=left_out: left_out  # type: ignore[assignment,misc]
        counts = Counter(outcome(phrase) for phrase in voice)
        whole += counts
        print(path.name, _told(counts), flush=True)
    print("all", _told(whole))


def _told(counts: Counter[str]) -> str:
    many = counts.total()
    good = (counts["right"] + counts["asked"]) / many
    return f"{many}: {counts['right'] / many:.1%} right, {good:.1%} with those asked back; {dict(counts)}"


if __name__ == "__main__":
    if "--voices" in sys.argv[1:]:
        by_voice()
    else:
        WEIGHTS.write_bytes(
            gzip.compress(json.dumps(trained(), ensure_ascii=False, separators=(",", ":")).encode(), mtime=0)
        )
