"""Every sentence of the code stands in both catalogues, translated, with the same places to fill; nothing stale does."""

from __future__ import annotations

import ast
import importlib.util
import re
from collections.abc import Iterator
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from bot.texts import KNOWN, LOCALES
from bot.texts import language as language_of

ROOT = LOCALES.parent
SAYING = {"say", "say_n", "mark", "Misunderstood", "NotAllowed"}
_PLACE = re.compile(r"(?<!\{)\{([a-z_]+)[^{}]*\}(?!\})")


def in_code() -> Catalog:
    spec = importlib.util.spec_from_file_location("words", LOCALES / "words.py")
    assert spec is not None
    assert spec.loader is not None
    words: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(words)
    catalogue: Catalog = words.collected()
    return catalogue


def catalogue(code: str) -> Catalog:
    with (LOCALES / code / "LC_MESSAGES" / "kheo.po").open("rb") as stream:
        return read_po(stream, locale=code)


def texts_of(string: Any) -> list[str]:
    return list(string) if isinstance(string, (list, tuple)) else [string]


@pytest.fixture(scope="module")
def code() -> Catalog:
    return in_code()


@pytest.mark.parametrize("language", KNOWN)
def test_every_sentence_is_translated(code: Catalog, language: str) -> None:
    there = catalogue(language)
    missing = [
        message.id
        for message in code
        if message.id
        and not ((known := there.get(message.id)) and all(text.strip() for text in texts_of(known.string)))
    ]
    assert missing == []


@pytest.mark.parametrize("language", KNOWN)
def test_no_sentence_is_stale_or_doubtful(code: Catalog, language: str) -> None:
    there = catalogue(language)
    assert [message.id for message in there if message.id and code.get(message.id) is None] == []
    assert list(there.obsolete) == []
    assert [message.id for message in there if message.id and message.fuzzy] == []


@pytest.mark.parametrize("language", KNOWN)
def test_both_sides_have_the_same_places(language: str) -> None:
    for message in catalogue(language):
        if not message.id:
            continue
        wanted = {place for text in texts_of(message.id) for place in _PLACE.findall(text)}
        for text in texts_of(message.string):
            found = set(_PLACE.findall(text))
            assert found <= wanted, f"{message.id!r} → {text!r}"
            if isinstance(message.id, str):  # “{n}” may be left out in one of several plural forms
                assert found == wanted, f"{message.id!r} → {text!r}"


def test_english_says_what_the_code_says() -> None:
    assert [m.id for m in catalogue("en") if m.id and texts_of(m.id)[0] != texts_of(m.string)[0]] == []


def test_vietnamese_is_not_english() -> None:
    same = [str(m.id) for m in catalogue("vi") if m.id and m.id == m.string]
    assert [sentence for sentence in same if re.search(r"\b[a-z]{2}", _PLACE.sub("", sentence))] == []


def untranslatable(source: str) -> Iterator[int]:
    """The lines in which a sentence is built instead of named: f-strings, sums, %, .format inside of say or mark."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name not in SAYING:
            continue
        for said in node.args[: 2 if name == "say_n" else 1]:
            built = isinstance(said, (ast.JoinedStr, ast.BinOp))
            formatted = (
                isinstance(said, ast.Call) and isinstance(said.func, ast.Attribute) and said.func.attr == "format"
            )
            if built or formatted:
                yield node.lineno


def test_no_sentence_is_built_before_it_is_translated() -> None:
    found = []
    for package in ("bot", "handlers", "scheduler"):
        for path in sorted((ROOT / package).rglob("*.py")):
            found += [f"{path.relative_to(ROOT)}:{line}" for line in untranslatable(path.read_text(encoding="utf-8"))]
    assert found == []


@pytest.mark.parametrize(
    "source", ["say(f'x {y}')", "t.say('x' + y)", "mark('x {}'.format(1))", "say_n('a', f'{b}', 2)"]
)
def test_the_watch_sees(source: str) -> None:
    assert list(untranslatable(source))


def test_a_platform_may_call_a_language_what_it_likes_and_one_catalogue_is_kept() -> None:
    called = ("vi", "vi-VN", "VI_vn", "zh-hant", "", *(f"x{n}" for n in range(50)))
    assert len({id(language_of(code)) for code in called}) == 1
    assert language_of("en-GB") is language_of("en") is not language_of("vi")


def test_the_compiled_catalogues_are_of_today() -> None:
    """What people read is the compiled file; `make venv` compiles it."""
    import gettext

    for language in KNOWN:
        compiled = gettext.translation("kheo", LOCALES, [language])
        old = [
            m.id
            for m in catalogue(language)
            if m.id and isinstance(m.id, str) and m.string and compiled.gettext(m.id) != m.string
        ]
        assert old == [], f"{language}: run `make venv`"
