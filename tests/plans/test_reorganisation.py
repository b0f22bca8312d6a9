"""Files of a reorganisation: what is shipped reads, and what cannot be used is refused with its place."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.errors import KheoError, PlanWrong
from bot.plan import reorganisation
from tests.world import ROOT, plan

FOLDER = ROOT / "plans" / "registry" / "reorganisations"
GOOD = """name: Thử
on: 2025-07-01
source: một nghị quyết
units:
  - {code: "1", name: xã A, kind: xa}
  - {code: "2", name: xã B, kind: xa, parent: "1", came_of: [x, y]}
ends: [z]
"""


def test_the_shipped_files_read_and_van_ninh_is_whole() -> None:
    assert [path.stem for path in FOLDER.glob("*.yaml")] == ["van-ninh-2025"]
    of = reorganisation.load(FOLDER / "van-ninh-2025.yaml")
    assert of.on == date(2025, 7, 1)
    gone = [code for one in of.units for code in one.came_of] + [*of.ends]
    assert sorted(gone) == sorted(unit.code for unit in plan("van-ninh").units), "each of the fourteen once"


def test_a_file_is_found_by_its_name_or_its_path(tmp_path: Path) -> None:
    assert reorganisation.named("van-ninh-2025", tmp_path) == FOLDER / "van-ninh-2025.yaml"
    own = tmp_path / "own.yaml"
    own.write_text(GOOD, encoding="utf-8")
    assert reorganisation.named(str(own), tmp_path) == own
    with pytest.raises(KheoError, match="van-ninh-2025"):
        reorganisation.named("khong-co", tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('code: "2"', 'code: "1"', "stands here twice"),
        ('parent: "1"', 'parent: "2"', "comes later in the file"),
        ("[x, y]", "[x, x]", "named twice"),
        ("ends: [z]", "ends: [x]", "goes into another unit"),
        ("on: 2025-07-01", "on: hôm nay", "on"),
        ("name: Thử", "tên: Thử", "tên"),
        (GOOD, "- một danh sách", "no mapping"),
        ("name: xã A", "name: ''", "name"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_place(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in GOOD
    file = tmp_path / "thu.yaml"
    file.write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(PlanWrong, match=told) as wrong:
        reorganisation.load(file)
    assert "thu.yaml" in str(wrong.value)
