"""The folder of plans under a running bot: the last good version stays, and what is wrong is told once."""

from __future__ import annotations

import os
from pathlib import Path

from bot.plan.shelf import Shelf

GOOD = """\
id: {id}
name: {name}
document: {{kind: Kế hoạch, title: T, issuer: UBND xã X}}
valid_from: 2024
subjects:
  - {{id: tap_the, name: Tập thể}}
fields:
  - {{id: kinh_te, name: Kinh tế}}
"""


def write(path: Path, text: str, at: int) -> None:
    path.write_text(text, encoding="utf-8")
    os.utime(path, ns=(at, at))


def test_a_changed_file_is_read_again_and_an_unchanged_one_is_not(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    write(file, GOOD.format(id="a", name="Một"), 1)
    shelf = Shelf(tmp_path)
    assert list(shelf.look().fresh) == ["a"]
    assert not shelf.look()
    write(file, GOOD.format(id="a", name="Hai"), 2)
    assert shelf.look().fresh["a"].name == "Hai"
    assert shelf.plans["a"].name == "Hai"


def test_a_file_that_went_bad_keeps_its_last_good_version_and_is_told_once(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    write(file, GOOD.format(id="a", name="Một"), 1)
    write(tmp_path / "b.yaml", GOOD.format(id="b", name="Khác"), 1)
    shelf = Shelf(tmp_path)
    shelf.look()
    write(file, "id: a\nnme: hỏng\n", 2)
    look = shelf.look()
    assert not look.fresh
    assert {finding.file for finding in look.findings} == {str(file)}
    assert shelf.plans["a"].name == "Một"
    assert shelf.plans["b"].name == "Khác"
    assert not shelf.look()  # told once
    write(file, GOOD.format(id="a", name="Ba"), 3)
    assert shelf.look().fresh["a"].name == "Ba"


def test_a_file_that_is_just_being_written_is_given_a_moment(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    write(file, GOOD.format(id="a", name="Một"), 1)
    shelf = Shelf(tmp_path, lambda: write(file, GOOD.format(id="a", name="Hai"), 3))
    shelf.look()
    write(file, "", 2)  # the editor has emptied the file and goes on writing
    look = shelf.look()
    assert look.findings == () and look.fresh["a"].name == "Hai"
    assert not shelf.look()


def test_a_file_that_is_taken_away_keeps_its_plan_and_an_id_is_given_once(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    write(file, GOOD.format(id="a", name="Một"), 1)
    shelf = Shelf(tmp_path)
    shelf.look()
    write(tmp_path / "z.yaml", GOOD.format(id="a", name="Giả"), 1)
    assert [finding.path for finding in shelf.look().findings] == ["id"]
    assert shelf.plans["a"].name == "Một"
    file.unlink()
    assert not shelf.look()
    assert shelf.plans["a"].name == "Một"


def test_a_file_that_would_close_a_circle_of_parents_is_not_taken(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    write(file, GOOD.format(id="a", name="Một"), 1)
    write(tmp_path / "b.yaml", GOOD.format(id="b", name="Hai") + "parent: a\n", 1)
    shelf = Shelf(tmp_path)
    assert set(shelf.look().fresh) == {"a", "b"}
    write(file, GOOD.format(id="a", name="Một") + "parent: b\n", 2)
    look = shelf.look()
    assert [finding.path for finding in look.findings] == ["parent"]
    assert shelf.plans["a"].parent == ""
