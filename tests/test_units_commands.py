"""`kheo units …`: what the administrator types about units, and what is answered."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.test_operator import Kheo, folder, kheo

__all__ = ["folder", "kheo"]

DECISION = "Nghị quyết số 1667/NQ-UBTVQH15"
BY = ("--decision", DECISION)


@pytest.fixture
def planted(kheo: Kheo) -> Kheo:
    assert kheo("season", "open", "van-ninh", "2024")[0] == 0
    return kheo


def test_the_thirteen_become_five_in_one_command(planted: Kheo) -> None:
    code, said = planted("units", "reorganise", "van-ninh-2025")
    assert code == 0
    assert "22489  xã Vạn Ninh: từ thị trấn Vạn Giã, xã Vạn Phú, xã Vạn Lương" in said
    assert "van-ninh  huyện Vạn Ninh: kết thúc, không nêu đơn vị tiếp theo" in said
    assert "Chưa nhập gì." in said
    assert "22489" not in planted("units", "list", "--all")[1]
    code, said = planted("units", "reorganise", "van-ninh-2025", *BY)
    assert (code, "Đã nhập: 7/7 bước là mới." in said) == (0, True)
    assert "Chức năng của cán bộ không tự chuyển theo" in said
    assert "Đã nhập: 0/7 bước là mới." in planted("units", "reorganise", "van-ninh-2025", *BY)[1]
    listed = planted("units", "list", "--on", "01/7/2025")[1].splitlines()
    assert listed[:2] == ["56  tỉnh Khánh Hòa, từ 01/07/2025", "  22489  xã Vạn Ninh, từ 01/07/2025"]
    assert len(listed) == 7
    assert "Còn 14 đơn vị đã kết thúc" in listed[-1]
    before = planted("units", "list", "--on", "2024-02-05")[1].splitlines()
    assert before[0] == "van-ninh  huyện Vạn Ninh, đến 30/06/2025"
    assert len(before) == 15
    assert "thêm 0 đơn vị" in planted("season", "open", "van-ninh", "2024")[1]
    opened = planted("season", "open", "van-ninh", "2026")[1]
    assert "Năm 2026 không còn đơn vị nào của kế hoạch" in opened


def test_a_unit_is_shown_with_its_history(planted: Kheo) -> None:
    planted("units", "reorganise", "van-ninh-2025", *BY)
    said = planted("units", "show", "xã Vạn Lương")[1]
    assert f"01/07/2025: sáp nhập vào xã Vạn Ninh (22489) – {DECISION}" in said
    assert "Hiện nay thuộc về: xã Vạn Ninh (22489)" in said
    said = planted("units", "show", "22489")[1]
    assert "Thuộc: tỉnh Khánh Hòa (56)" in said
    assert f"01/07/2025: nhập xã Vạn Lương (van-ninh.van-luong) – {DECISION}" in said
    assert "Từ xã Vạn Lương (van-ninh.van-luong): 0 điển hình đã đăng ký, 0 bản nháp chưa nộp." in said
    code, said = planted("units", "show", "xã Vạn Hưng")
    assert code == 0
    assert "22525  xã Vạn Hưng" in said, "of two that were called so the one that stands today is meant"
    assert "van-ninh.van-hung" in said
    assert "22525  xã Vạn Hưng" in planted("units", "show", "22525@2025-07-01")[1]
    assert planted("units", "show", "22525@2025-06-30")[0] == 1


def test_each_act_has_its_command_and_the_same_twice_is_told(planted: Kheo) -> None:
    rename = ("units", "rename", "xã Vạn Hưng", "phường Vạn Hưng", "--on", "2025-01-01", "--code", "22525", *BY)
    assert "Từ ngày 01/01/2025, xã Vạn Hưng có tên là phường Vạn Hưng." in planted(*rename)[1]
    assert "đã được nhập từ trước" in planted(*rename)[1]
    merge = ("units", "merge", "xã Vạn Thọ", "xã Xuân Sơn", "--into", "n1=xã Tân Sơn", "--on", "01/02/2025", *BY)
    assert "Đã sáp nhập vào xã Tân Sơn (n1) từ ngày 01/02/2025: xã Vạn Thọ, xã Xuân Sơn." in planted(*merge)[1]
    assert "đã được nhập từ trước" in planted(*merge)[1]
    split = ("units", "split", "n1", "--into", "n2=xã Tân Bắc", "--into", "n3=xã Tân Nam", "--on", "01/3/2025", *BY)
    assert "xã Tân Sơn đã chia tách từ ngày 01/03/2025, thành: xã Tân Bắc (n2), xã Tân Nam (n3)." in planted(*split)[1]
    assert "đã được nhập từ trước" in planted(*split)[1]
    end = ("units", "end", "xã Vạn Phú", "--last", "2025-06-30", *BY)
    assert "xã Vạn Phú hoạt động đến hết ngày 30/06/2025." in planted(*end)[1]
    assert "đã được nhập từ trước" in planted(*end)[1]
    move = ("units", "move", "n2", "--under", "-", "--on", "01/4/2025", *BY)
    assert "Từ ngày 01/04/2025, xã Tân Bắc thuộc không đơn vị nào." in planted(*move)[1]
    assert "đã được nhập từ trước" in planted(*move)[1]
    said = planted("units", "show", "xã Xuân Sơn")[1]
    assert "Hiện nay thuộc về: xã Tân Bắc (n2), xã Tân Nam (n3)" in said
    assert "Trước là" not in said
    assert "đổi tên, trước là “xã Vạn Hưng” (van-ninh.van-hung)" in planted("units", "show", "22525")[1]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ("merge", "xã Vạn Thọ", "--into", "xã Vạn Thọ", "--on", "01/01/2025", *BY),
            "không thể sáp nhập vào chính mình",
        ),
        (("move", "van-ninh", "--under", "xã Vạn Thọ", "--on", "01/01/2025", *BY), "đứng trên chính mình"),
        (("rename", "xã Vạn Thọ", " ", "--on", "01/01/2025", *BY), "Tên để trống"),
        (
            ("rename", "xã Vạn Thọ", "xã Vạn Hưng", "--on", "01/01/2025", *BY),
            "cùng nơi trực thuộc đã có một đơn vị tên",
        ),
        (("rename", "xã Vạn Thọ", "xã A", "--on", "01/01/2025", "--decision", " "), "Đề nghị nêu số, ngày"),
        (("rename", "xã Nha Trang", "xã A", "--on", "01/01/2025", *BY), "is not one unit"),
        (("rename", "xã Vạn Thọ", "xã A", "--on", "hôm nào đó", *BY), "is no day"),
        (("rename", "xã Vạn Thọ", "xã A", "--on", "01/01/2025"), "--decision"),
        (("merge", "xã Vạn Thọ", "--into", "n1=", "--on", "01/01/2025", *BY), "Tên để trống"),
        (("merge", "xã Vạn Thọ", "--into", "xã Vạn Hưng", "--kind", "xa", "--on", "1/1/2025", *BY), "CODE=NAME"),
        (("end", "van-ninh", "--last", "01/01/2025", *BY), "Thuộc huyện Vạn Ninh còn có thị trấn Vạn Giã"),
        (("split", "xã Vạn Thọ", "--into", "a=xã A", "--on", "01/01/2025", *BY), "ít nhất hai đơn vị"),
        (("reorganise", "ninh-hoa"), "van-ninh-2025"),
        (("clusters", "c1"), "Tên cụm để trống"),
        (("clusters", "--add", "xã Vạn Thọ"), "Which cluster?"),
        (("clusters", "--plan", "khong-co"), "There is no plan"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence_and_changes_nothing(
    planted: Kheo, tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    before = _kept(tmp_path)
    code, said = planted("units", *words)
    assert code != 0
    assert told in said
    assert "{" not in said
    assert _kept(tmp_path) == before


def _kept(folder: Path) -> list[str]:
    """All that is kept of units."""
    with sqlite3.connect(folder / "data" / "kheo.db") as opened:
        tables = ("unit", "unit_change", "cluster", "cluster_unit", "audit")
        return [str(row) for table in tables for row in opened.execute(f"SELECT * FROM {table}")]


def test_clusters_are_told_made_and_changed(planted: Kheo) -> None:
    assert "Chưa có cụm nào" in planted("units", "clusters")[1]
    made = planted("units", "clusters", "nam", "--name", "Cụm phía Nam", "--add", "xã Vạn Hưng", "--add", "xã Xuân Sơn")
    assert made == (0, "nam  Cụm phía Nam: xã Vạn Hưng (đã kết thúc), xã Xuân Sơn (đã kết thúc)\n")
    changed = planted("units", "clusters", "nam", "--remove", "xã Xuân Sơn")
    assert changed[1] == "nam  Cụm phía Nam: xã Vạn Hưng (đã kết thúc)\n"
    assert "đã được nhập từ trước" in planted("units", "clusters", "nam", "--remove", "xã Xuân Sơn")[1]
    assert "Cụm: Cụm phía Nam" in planted("units", "show", "xã Vạn Hưng")[1]
    assert "Đã lập mới 0 cụm" in planted("units", "clusters", "--plan", "van-ninh")[1]
