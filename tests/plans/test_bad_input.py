"""Whatever a file holds, it is a plan or it is refused whole, soon, with the place and the remedy; nothing else happens."""

from __future__ import annotations

import copy
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from bot.errors import PlanWrong
from bot.plan import source
from bot.plan.check import check
from bot.plan.finding import MOST, Finding
from bot.plan.loader import load
from bot.plan.registry import load as load_registry
from bot.plan.shelf import Shelf

HERE = Path(__file__).parent
SHIPPED = HERE.parents[1] / "plans"
SMALL = sorted((HERE / "small").glob("*.yaml"))
LEVELS = (HERE / "small" / "levels.yaml").read_text(encoding="utf-8")
BARE = (HERE / "small" / "documents_bare.yaml").read_text(encoding="utf-8")

PATIENCE = 20.0
"""Seconds; a refusal takes one at most, and a file that was read to its end would take minutes."""


def write(folder: Path, content: str | bytes) -> Path:
    path = folder / "plan.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refusal(path: Path) -> tuple[Finding, ...]:
    began = time.monotonic()
    with pytest.raises(PlanWrong) as caught:
        load(path)
    assert time.monotonic() - began < PATIENCE
    findings = caught.value.findings
    assert findings
    for finding in findings:
        assert finding.file == str(path)
        assert finding.line >= 1 and finding.text and finding.remedy
        assert re.fullmatch(r".+:\d+: (error|warning): .+ \(.+\)", str(finding), re.DOTALL)
    return findings


def changed(old: str, new: str, text: str = LEVELS) -> str:
    assert old in text
    return text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("valid_from:", "valid_form:", "“valid_form” is no word"),
        ("{id: dung_dau, name", "{id: tap_the, name", "stands here twice"),
        ("total: 100", "total: 99", "add up to 100"),
        ("{kind: total, percent: 80}", "{kind: total, points: 100.5}", "100.5 points are needed"),
        ("step: 0.25", "step: 1", "90 % of 15 is 13.5"),
        ("{id: ky, name", "{id: ky, valid_from: 2024-02-30, name", "date"),
        ("valid_from: 2024", "valid_from: 2024\nunits: [{code: a, name: A, kind: xa, parent: b}, "
         "{code: b, name: B, kind: xa, parent: a}]", "above itself"),
        ("valid_from: 2024", "valid_from: 2024\nparent: nho-cap-do", "above itself"),
    ],
)  # fmt: skip
def test_what_the_author_may_slip_in_is_refused_at_its_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = changed(old, new)
    line = text[: LEVELS.index(old) + len(new)].count("\n") + 1
    findings = refusal(write(tmp_path, text))
    assert (line, True) in [(finding.line, said in finding.text) for finding in findings], [str(f) for f in findings]


def test_a_file_that_is_not_there_and_one_that_is_a_folder_are_refused(tmp_path: Path) -> None:
    assert "no such file" in refusal(tmp_path / "khong-co.yaml")[0].text
    assert "no such file" in refusal(tmp_path)[0].text


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    refusal(tmp_path / "pipe.yaml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no mapping"),
        ("# chỉ có ghi chú\n# và ghi chú\n", "no mapping"),
        ("- a\n- b\n", "no mapping"),
        ("một câu", "no mapping"),
        ("42", "no mapping"),
        ("~", "no mapping"),
        ("--- \n...\n", "no mapping"),
        ("id: a\n---\nid: b\n", "second document"),
        ("\tid: a\n", "no YAML"),
        ("id: a\n\tname: b\n", "no YAML"),
        ("id: [a\n", "no YAML"),
        ("%YAML 9.9\n---\nid: a\n", ""),
        ("id: &a x\nname: *a\n", "Aliases"),
        ("<<: {id: a}\n", "“<<” is no word"),
        ("? [a, b]\n: c\n", "A key must be"),
        ("? {a: b}\n: c\n", "A key must be"),
        ("id: !!python/object/apply:os.system [true]\n", "Tags"),
        ("id: a\nid: b\n", "twice"),
        ("[" * 50_000, "too deep"),
        ("{a: " * 50_000, "too deep"),
        ("- " * 50_000, "too deep"),
        ("".join(f"{' ' * n}a:\n" for n in range(500)), "too deep"),
    ],
)
def test_what_is_no_plan_is_refused(tmp_path: Path, text: str, said: str) -> None:
    assert said in " ".join(finding.text for finding in refusal(write(tmp_path, text)))


@pytest.mark.parametrize(
    "content",
    [
        bytes(range(256)) * 20,
        b"\x00" * 5000,
        b"\x89PNG\r\n\x1a\n" + bytes(1000),
        b"PK\x03\x04" + bytes(range(255, 0, -1)),
        "id: a\nname: Kế hoạch".encode("utf-16"),
        "id: a\nname: Kế hoạch".encode("cp1258", "replace"),
        b"id: a\nname: \xff\xfe\n",
        b"id: \xed\xa0\x80\n",
    ],
)
def test_bytes_that_are_no_text_are_refused(tmp_path: Path, content: bytes) -> None:
    refusal(write(tmp_path, content))


@pytest.mark.parametrize("ends", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_file_saved_on_windows_is_the_same_plan(tmp_path: Path, ends: str, mark: bytes) -> None:
    plain = load(write(tmp_path, LEVELS))
    saved = load(write(tmp_path, mark + LEVELS.replace("\n", ends).encode()))
    assert saved.model_copy(update={"version": ""}) == plain.model_copy(update={"version": ""})
    assert saved.version == plain.version or ends != "\n" or mark


def test_a_line_is_counted_the_same_with_windows_ends_and_a_mark(tmp_path: Path) -> None:
    wrong = changed("valid_from:", "valid_form:")
    plain = [finding.line for finding in refusal(write(tmp_path, wrong))]
    assert [f.line for f in refusal(write(tmp_path, b"\xef\xbb\xbf" + wrong.replace("\n", "\r\n").encode()))] == plain


def test_fifty_megabytes_are_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "to.yaml"
    with path.open("wb") as file:
        file.write(b"id: a\n" * 8_800_000)
    assert path.stat().st_size > 50_000_000
    (finding,) = refusal(path)
    assert f"{path.stat().st_size} bytes" in finding.text


def test_a_file_that_grows_while_it_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, BARE + "# x\n" * 300_000)
    small = path.stat()

    class Stale:
        st_size = 10
        st_mode = small.st_mode

    monkeypatch.setattr(Path, "stat", lambda self, **_: Stale())
    with pytest.raises(PlanWrong, match="bytes, more than"):
        source.read(path)


@pytest.mark.parametrize(
    "text",
    [
        "- a\n" * 200_000,
        "k: 1\n" * 190_000,
        "".join(f"k{number}: 1\n" for number in range(80_000)),
        "- *a\n" * 190_000,
        "id: a\nsubjects:\n" + "- {id: x}\n" * 90_000,
        "a: |\n" + " x\n" * 300_000,
        "a: " + "x" * 990_000,
        '"' * 990_000,
        "# x\n" * 240_000,
        "[a, " * 240_000,
    ],
    ids=["list", "same key", "keys", "aliases", "rows", "block", "scalar", "quotes", "comments", "brackets"],
)
def test_a_megabyte_of_junk_is_refused_soon_and_in_few_words(tmp_path: Path, text: str) -> None:
    assert len(refusal(write(tmp_path, text))) <= MOST + 1


def test_an_alias_bomb_does_not_go_off(tmp_path: Path) -> None:
    rows = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    rows += [f"{b}: &{b} [" + ", ".join([f"*{a}"] * 9) + "]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)]
    assert {"Aliases" in finding.text for finding in refusal(write(tmp_path, "\n".join(rows)))} == {True}


@pytest.mark.parametrize(
    "number", ["1e999999", "-1e999999", "9" * 400, "1e-999999", "NaN", "Infinity", "0x10", "1_0", "١٥"]
)
@pytest.mark.parametrize("key", ["total: 10", "max: 10", "step: 1", "points: 10"])
def test_numbers_that_nobody_means_are_refused_before_anything_is_counted(
    tmp_path: Path, number: str, key: str
) -> None:
    name, _, _ = key.partition(":")
    text = LEVELS.replace("{kind: total, percent: 80}", "{kind: total, points: 10}")
    assert re.search(f"{key}\\b", text)
    try:
        load(write(tmp_path, re.sub(f"{key}\\b", f"{name}: {number}", text, count=1)))
    except PlanWrong:
        return
    assert number in ("1_0", "١٥")  # Python reads both as plain numbers


@pytest.mark.parametrize("year", ["0", "-1", "99999", "9" * 300, "24"])
@pytest.mark.parametrize("where", ["years: [{}]", "occurrences: [{{id: a, name: A, on: {{{}: 2024-01-01}}}}]"])
def test_years_that_are_none_are_refused(tmp_path: Path, year: str, where: str) -> None:
    refusal(write(tmp_path, BARE + where.format(year) + "\n"))


def test_bad_files_in_a_folder_are_told_and_the_good_ones_taken(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(BARE, encoding="utf-8")
    (tmp_path / "b.yaml").write_bytes(b"\xff")
    (tmp_path / "c.yaml").write_text("- a", encoding="utf-8")
    look = Shelf(tmp_path).look()
    assert [Path(finding.file).name for finding in look.findings] == ["b.yaml", "c.yaml"]
    assert len(look.fresh) == 1


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("forms.yaml", "sure: false", "sure: true", "Nobody can be sure"),
        ("forms.yaml", "valid_from: 2024-01-01", "valid_from: 2023-12-31", "before the version above"),
        ("forms.yaml", "act: NĐ 98", "ct: NĐ 98", "“act” is missing"),
        ("forms.yaml", "forms:", "- forms:", ""),
        ("bodies.yaml", "id: cap_huyen", "id: ban_dan_van", "twice"),
        ("bodies.yaml", "words: [Ban Dân vận]", "words: ['']", "No name"),
        ("bodies.yaml", "last_day: 2025-02-02", "last_day: 2025-02-30", "date"),
    ],
)
def test_a_bad_registry_is_refused_too(tmp_path: Path, file: str, old: str, new: str, said: str) -> None:
    for one in ("forms.yaml", "bodies.yaml"):
        text = (SHIPPED / "registry" / one).read_text(encoding="utf-8")
        (tmp_path / one).write_text(changed(old, new, text) if one == file else text, encoding="utf-8")
    with pytest.raises(PlanWrong) as caught:
        load_registry(tmp_path)
    assert said in caught.value.findings[0].text
    assert Path(caught.value.findings[0].file).name == file


# Anything at all


def outcome(path: Path) -> None:
    """Findings or a plan; any other exception fails the test."""
    findings = check([path])
    "\n".join(map(str, findings)).encode("utf-8")
    if any(finding.level == "error" for finding in findings):
        refusal(path)
    else:
        load(path)


ONE_FILE = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(max_examples=150, deadline=None, suppress_health_check=ONE_FILE)
@given(
    content=st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")))
)
def test_no_bytes_bring_anything_but_a_plan_or_a_refusal(tmp_path: Path, content: bytes) -> None:
    outcome(write(tmp_path, content))


def places(value: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield here
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in inner:
        yield from places(below, (*here, key))


def put(tree: Any, place: tuple[Any, ...], new: Any) -> None:
    *above, last = place
    for key in above:
        tree = tree[key]
    tree[last] = new


TREES = {path: YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8")) for path in SMALL}
PLACES = {path: [place for place in places(tree) if place] for path, tree in TREES.items()}
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(
        [
            "",
            " ",
            "0",
            "-1",
            "1e999999",
            "02-30",
            "2024-02-30",
            "12",
            "self",
            "tap_the",
            "grade:x",
            "a/b",
            "..",
            "∞",
            "٣",
            "İ",
        ]
    ),
    st.dates().map(str),
    st.lists(st.text(max_size=3), max_size=3),
    st.dictionaries(st.sampled_from(["kind", "id", "at_least", "to", "rows", "2024"]), st.text(max_size=4), max_size=3),
)


@settings(max_examples=150, deadline=None, suppress_health_check=ONE_FILE)
@given(data=st.data())
def test_no_mutation_of_a_sound_plan_brings_anything_but_a_plan_or_a_refusal(
    tmp_path: Path, data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from(SMALL), label="plan")
    tree = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    for _ in range(data.draw(st.integers(1, 3), label="changes")):
        place = data.draw(st.sampled_from(PLACES[path]), label="place")
        moved = data.draw(st.booleans(), label="moved")
        try:
            if moved:
                new: Any = TREES[path]
                for key in data.draw(st.sampled_from(PLACES[path]), label="from"):
                    new = new[key]
                new = copy.deepcopy(new)
            else:
                new = data.draw(ODD, label="new")
            put(tree, place, new)
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change has taken the place away
    file = tmp_path / "plan.yaml"
    writer = YAML(typ="safe", pure=True)
    writer.representer.ignore_aliases = lambda *_: True
    with file.open("w", encoding="utf-8", errors="replace") as opened:
        writer.dump(tree, opened)
    outcome(file)
