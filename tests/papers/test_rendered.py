"""Every paper as an office suite shows it: how many pages, what stands on each, and nothing beyond the edge."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.papers.sample_papers import (
    FIVE_THOUSAND,
    FORTY,
    LONG_NAME,
    blank_paper,
    registration_paper,
    report_paper,
    scorecard_paper,
)

TOOLS = ("soffice", "pdftotext", "pdftoppm")
PATIENCE = 180  # seconds for the first start of an office suite on a busy machine
DOTS_PER_INCH = 40


@dataclass
class Rendered:
    """A paper on the screen: the words of each page, and the picture of each."""

    pages: list[str]
    pictures: list[Path]


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Rendered]:
    """All papers, through one run of the suite with a profile of its own."""
    lacking = [tool for tool in TOOLS if shutil.which(tool) is None]
    if lacking:
        words = f"NO OFFICE SUITE FOUND ({', '.join(lacking)}): apt-get install libreoffice-writer-nogui fonts-liberation poppler-utils"
        if os.environ.get("KHEO_REQUIRE_OFFICE") == "1":
            pytest.fail(words)
        pytest.skip(words)
    folder = tmp_path_factory.mktemp("papers")
    papers = {
        "registration": registration_paper(),
        "blank": blank_paper(),
        "report": report_paper(),
        "scorecard": scorecard_paper(r01=["Báo cáo 12.pdf", "ảnh số 01"], r05=[FIVE_THOUSAND]),
        "forty": scorecard_paper(FORTY, r1_3=["https://vanninh.khanhhoa.gov.vn/" + "dan-van-kheo-" * 12]),
    }
    for name, content in papers.items():
        (folder / f"{name}.docx").write_bytes(content)
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    files = [str(folder / f"{name}.docx") for name in papers]
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(folder), *files]
    subprocess.run(command, check=True, timeout=PATIENCE, capture_output=True)
    return {name: _read(folder, name) for name in papers}


def _read(folder: Path, name: str) -> Rendered:
    pdf = folder / f"{name}.pdf"
    text = subprocess.run(["pdftotext", "-layout", pdf, "-"], check=True, timeout=60, capture_output=True, text=True)
    subprocess.run(
        ["pdftoppm", "-gray", "-r", str(DOTS_PER_INCH), pdf, folder / name], check=True, timeout=60, capture_output=True
    )
    pages = [re.sub(r"\s+", " ", page.replace("\u00a0", " ")).strip() for page in text.stdout.split("\f")]
    return Rendered([page for page in pages if page], sorted(folder.glob(f"{name}-*.pgm")))


def test_a_registration_is_one_page_from_the_motto_to_the_signature(rendered: Mapping[str, Rendered]) -> None:
    (page,) = rendered["registration"].pages
    for said in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "XÃ VẠN HƯNG",
        "DỰ THẢO",
        "BẢN ĐĂNG KÝ",
        LONG_NAME,
        "NGƯỜI ĐĂNG KÝ",
    ):
        assert said in page
    assert len(rendered["blank"].pages) == 1
    assert "DỰ THẢO" not in rendered["blank"].pages[0]


def test_the_motto_stands_in_one_line(rendered: Mapping[str, Rendered]) -> None:
    for name in ("registration", "blank", "scorecard", "forty"):
        assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in rendered[name].pages[0], name


def test_five_thousand_characters_flow_over_pages_that_are_numbered_from_the_second(
    rendered: Mapping[str, Rendered],
) -> None:
    pages = rendered["report"].pages
    assert 2 <= len(pages) <= 4
    assert not pages[0].startswith("1 ")
    assert [page.split()[0] for page in pages[1:]] == [str(n) for n in range(2, len(pages) + 1)]
    whole = "".join(pages).replace(" ", "")  # a justified line comes back with spaces inside of words
    assert whole.count("hiến") == FIVE_THOUSAND.count("hiến") + 1, "a word, since a phrase may lie over two pages"
    assert all("Dự thảo do Khéo lập" in page for page in pages)


def test_forty_rows_have_their_header_on_every_page_and_the_signature_is_not_alone(
    rendered: Mapping[str, Rendered],
) -> None:
    pages = rendered["forty"].pages
    assert 4 <= len(pages) <= 9
    table = [page for page in pages if "Tổng điểm" in page or "nội dung" in page]
    assert all("Tài liệu kiểm chứng" in page for page in table)
    signed = next(page for page in pages if "QUYỀN HẠN, CHỨC VỤ" in page)
    assert "Tổng điểm" in signed
    assert sum(page.count("(nội") for page in pages) == 40


def test_a_scorecard_of_seven_rows_is_two_pages_with_the_explanation_behind(rendered: Mapping[str, Rendered]) -> None:
    pages = rendered["scorecard"].pages
    assert 2 <= len(pages) <= 4
    assert "13,5" in pages[0]
    assert "Thuyết minh kèm theo bảng, mục 05" in pages[0]
    assert any("THUYẾT MINH KÈM THEO BẢNG" in page for page in pages[1:])


@pytest.mark.parametrize("name", ["registration", "blank", "report", "scorecard", "forty"])
def test_nothing_is_printed_beyond_the_edge(rendered: Mapping[str, Rendered], name: str) -> None:
    assert len(rendered[name].pictures) == len(rendered[name].pages)
    for picture in rendered[name].pictures:
        width, height, grey = _pixels(picture)
        right = [grey[y * width + x] for y in range(height) for x in range(width - _dots(10), width)]
        left = [grey[y * width + x] for y in range(height) for x in range(_dots(25))]
        assert min(right) > 200, f"{picture.name}: ink within 10 mm of the right edge"
        assert min(left) > 200, f"{picture.name}: ink within 25 mm of the left edge"


def _dots(millimetres: int) -> int:
    return int(millimetres / 25.4 * DOTS_PER_INCH)


def _pixels(picture: Path) -> tuple[int, int, bytes]:
    """Width, height and the grey of each pixel of a PGM."""
    head, width, height, _, grey = picture.read_bytes().split(maxsplit=4)
    assert head == b"P5"
    return int(width), int(height), grey


@pytest.mark.parametrize(("required", "code"), [("0", 0), ("1", 1)])
def test_a_run_without_an_office_suite_says_so_loudly_or_fails(tmp_path: Path, required: str, code: int) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", __file__, "-k", "one_page_from_the_motto"],
        env={**os.environ, "PATH": str(tmp_path), "KHEO_REQUIRE_OFFICE": required},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == code, run.stdout
    assert "NO OFFICE SUITE FOUND" in run.stdout
    assert ("1 tests did NOT run" in "".join(run.stdout.splitlines()[-3:])) == (code == 0), run.stdout
