"""What the operator types about lists, and what is answered."""

from __future__ import annotations

import re
import sqlite3
import stat
from pathlib import Path

import pytest
from openpyxl import load_workbook

from bot.cli import main
from bot.config import Settings
from tests.imports.books import csv, people_book, unit_book
from tests.test_operator import Kheo
from tests.world import ROOT

UNITS = ((56, "tỉnh Khánh Hòa"), (22525, "xã Vạn Hưng", None, 56, "01/07/2025"))


@pytest.fixture
def kheo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Kheo:
    """Run a command in a folder of its own; its exit code and all that it said."""
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.validation_alias), raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KHEO_PLANS", str(ROOT / "plans"))
    monkeypatch.setenv("KHEO_DATA", str(tmp_path / "data"))

    def run(*words: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main(list(words))
        said = capsys.readouterr()
        code = ended.value.code
        return code if isinstance(code, int) else 0, said.out + said.err

    return run


def count(table: str) -> int:
    with sqlite3.connect(Path("data") / "kheo.db") as database:
        return int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def test_units_are_looked_at_first_and_entered_with_apply(kheo: Kheo) -> None:
    Path("u.xlsx").write_bytes(unit_book(*UNITS))
    code, said = kheo("units", "import", "u.xlsx")
    assert code == 0
    assert "Đơn vị mới: 2 – tỉnh Khánh Hòa; xã Vạn Hưng" in said
    assert "Chưa ghi gì. Để ghi: kheo units import u.xlsx --apply" in said
    assert count("unit") == 0
    code, said = kheo("units", "import", "u.xlsx", "--apply")
    assert (code, count("unit")) == (0, 2)
    assert "Đã ghi:" in said
    traced = count("audit")
    code, said = kheo("units", "import", "u.xlsx", "--apply")
    assert code == 0
    assert "không có gì để ghi" in said
    assert (count("unit"), count("audit")) == (2, traced)


def test_findings_end_with_an_exit_code_and_nothing_is_entered(kheo: Kheo) -> None:
    Path("u.csv").write_bytes(csv(("Mã", "Tên đơn vị", "Trực thuộc"), (56, "tỉnh Khánh Hòa", ""), (1, "xã Một", 57)))
    code, said = kheo("units", "import", "u.csv", "--apply")
    assert code == 1
    assert "Có 1 nhận xét:\ndòng 3: Trực thuộc: không có đơn vị “57”" in said
    assert "Chưa ghi gì." in said
    assert count("unit") == 0


def test_people_are_entered_and_their_codes_stand_in_a_file_for_nobody_else(kheo: Kheo) -> None:
    Path("u.xlsx").write_bytes(unit_book(*UNITS))
    kheo("units", "import", "u.xlsx", "--apply")
    Path("p.xlsx").write_bytes(people_book(("Nguyễn Thị Lan", "xã Vạn Hưng", None, "Cán bộ phụ trách")))
    code, said = kheo("people", "import", "p.xlsx", "--apply", "--codes", "ma.xlsx")
    assert code == 0
    (printed,) = re.findall(r"Nguyễn Thị Lan – xã Vạn Hưng \(Cán bộ phụ trách\): ([A-Z0-9]{8})", said)
    sheet = load_workbook("ma.xlsx").worksheets[0]
    assert [cell.value for cell in sheet[2]][1:5] == ["Nguyễn Thị Lan", "xã Vạn Hưng", "Cán bộ phụ trách", printed]
    assert stat.S_IMODE(Path("ma.xlsx").stat().st_mode) == 0o600
    assert "không có gì để ghi" in kheo("people", "import", "p.xlsx", "--apply", "--codes", "ma.xlsx")[1]
    Path("more.xlsx").write_bytes(people_book(("Trần Văn Bảy", 56, None, "thường trực")))
    code, said = kheo("people", "import", "more.xlsx", "--apply", "--codes", "ma.xlsx")
    assert code == 1
    assert "Đã có tệp ma.xlsx; ghi tên khác sau --codes." in said
    assert count("person") == 1, "whose code cannot be handed out is not entered"


def test_templates_are_written_once(kheo: Kheo) -> None:
    code, said = kheo("people", "template")
    assert code == 0
    assert "kheo people import mau-danh-sach-can-bo.xlsx" in said
    assert load_workbook("mau-danh-sach-can-bo.xlsx").sheetnames == ["Danh sách", "Hướng dẫn"]
    code, said = kheo("people", "template")
    assert code == 1
    assert "ghi tên khác sau -o" in said
    code, said = kheo("people", "import", "mau-danh-sach-can-bo.xlsx")
    assert (code, "không có dòng nào để nhập" in said) == (1, True)


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("khong-co.xlsx", None, "Không có tệp khong-co.xlsx."),
        (".", None, "Không có tệp ."),
        ("lon.xlsx", bytes(50 * 1024 * 1024), "Tệp nặng 50 MB; danh sách nặng nhất là 5 MB"),
        ("cu.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "Excel kiểu cũ (.xls)"),
        ("nguoi.xlsx", people_book(("Lan",)), "Đây là danh sách cán bộ, không phải danh sách đơn vị."),
    ],
)
def test_what_is_no_list_is_refused_in_a_sentence(kheo: Kheo, file: str, content: bytes | None, said: str) -> None:
    if content is not None:
        Path(file).write_bytes(content)
    code, heard = kheo("units", "import", file)
    assert code == 1
    assert said in heard
    assert "Traceback" not in heard
