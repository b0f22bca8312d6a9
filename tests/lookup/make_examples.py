"""Writes bot/lookup/examples.txt from the labelled phrases: `python -m tests.lookup.make_examples`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ruamel.yaml import YAML

from bot.lookup.intents import likened
from bot.lookup.nearest import EXAMPLES, NOTHING
from bot.lookup.phrases import RULES
from bot.lookup.units import UnitFinder
from tests.lookup.van_ninh_units import VAN_NINH

HERE = Path(__file__).parent
BY_INTENT = "phrases.yaml"
BY_VOICE = tuple(
    f"phrases_unseen{n}.yaml" for n in ("", "_2", "_3", "_4", "_5", "_6", "_7", "_8", "_9", "_10", "_11", "_12")
)
NO_QUESTIONS = ("answers.yaml", "answers_unseen.yaml")
HEAD = """\
# What people type, as the bot compares it: folded, without courtesies, UNIT, TC, DATE, YEAR and DOC for what was found.
# Made from the phrases in tests/lookup by `python -m tests.lookup.make_examples`; a test says when it is to be made anew.
"""


def labelled() -> Iterator[tuple[str, str]]:
    """Every phrase of the corpora with its intent; what stands in strangers.yaml is left out, so that those stay a fair question."""
    known = {intent for intent, _, _ in RULES}
    for intent, phrases in _read(BY_INTENT).items():
        for phrase in phrases:
            yield intent, phrase if isinstance(phrase, str) else phrase["t"]
    for name in BY_VOICE:
        for phrases in _read(name).values():
            for phrase in phrases:
                meant = next((i for i in (phrase["intent"], phrase.get("or")) if i in known), NOTHING)
                yield meant, phrase["t"]
    for name in NO_QUESTIONS:
        for phrases in _read(name).values():
            for text in phrases:
                yield NOTHING, text


def made() -> str:
    """The whole file."""
    finder = UnitFinder(VAN_NINH)
    strangers = {likened(phrase["t"], finder) for phrase in YAML(typ="safe").load(HERE / "strangers.yaml")}
    sections: dict[str, dict[str, None]] = {}
    for intent, text in labelled():
        if (plain := likened(text, finder)) and plain not in strangers:
            sections.setdefault(intent, {})[plain] = None
    return HEAD + "".join(
        f"\n[{intent}]\n" + "".join(f"{plain}\n" for plain in sorted(sections[intent])) for intent in sorted(sections)
    )


def _read(name: str) -> dict[str, list[object]]:  # type: ignore[misc]
    groups: dict[str, list[object]] = YAML(typ="safe").load(HERE / name)
    return groups


if __name__ == "__main__":
    EXAMPLES.write_text(made(), encoding="utf-8")
