"""What the operator types about plans and seasons, and what is answered."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.cli import main
from bot.config import Settings
from bot.plan.loader import load
from bot.store import exemplars, seasons, units
from bot.store.engine import Store, Tx

ROOT = Path(__file__).resolve().parent.parent

Kheo = Callable[..., tuple[int, str]]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of plans of one's own, with Vạn Ninh's in it."""
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.validation_alias), raising=False)
    monkeypatch.chdir(tmp_path)
    plans = tmp_path / "plans"
    plans.mkdir()
    shutil.copy(ROOT / "plans" / "van-ninh.yaml", plans)
    for sub in ("calendars", "registry"):
        if (ROOT / "plans" / sub).is_dir():
            shutil.copytree(ROOT / "plans" / sub, plans / sub)
    monkeypatch.setenv("KHEO_PLANS", str(plans))
    monkeypatch.setenv("KHEO_DATA", str(tmp_path / "data"))
    return plans


@pytest.fixture
def kheo(folder: Path, capsys: pytest.CaptureFixture[str]) -> Kheo:
    """Run a command; its exit code and all that it said."""

    def run(*words: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main(list(words))
        said = capsys.readouterr()
        code = ended.value.code
        return code if isinstance(code, int) else 0, said.out + said.err

    return run


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_a_changed_plan_is_compared_before_it_is_applied(kheo: Kheo, folder: Path) -> None:
    assert kheo("season", "open", "van-ninh", "2025")[0] == 0
    assert "không có gì khác" in kheo("season", "diff", "van-ninh", "2025")[1]
    edit(folder / "van-ninh.yaml", "before: 02-15", "before: 02-20")
    code, said = kheo("season", "diff", "van-ninh", "2025")
    assert code == 0
    assert "* milestones.dang_ky.date.before: 02-15 → 02-20" in said
    assert "Chưa áp dụng gì" in said
    assert "kheo season diff van-ninh 2025" in kheo("season", "list")[1]
    new = load(folder / "van-ninh.yaml").version
    assert f"theo phiên bản {new}" in kheo("season", "apply", "van-ninh", "2025")[1]
    assert "không có gì khác" in kheo("season", "diff", "van-ninh", "2025")[1]


def test_a_season_outside_the_plans_years_or_of_no_plan_is_refused(kheo: Kheo) -> None:
    code, said = kheo("season", "open", "van-ninh", "2031")
    assert code == 1
    assert "2024, 2025, 2026" in said
    code, said = kheo("season", "open", "van-nin", "2025")
    assert code == 1
    assert "van-ninh" in said
    code, said = kheo("season", "apply", "van-ninh", "2025")
    assert code == 1
    assert "kheo season open van-ninh 2025" in said


def test_what_waits_for_the_office_is_set(kheo: Kheo) -> None:
    kheo("season", "open", "van-ninh", "2025")
    said = kheo("season", "set", "van-ninh", "2025", "--reminders", "ask")[1]
    assert "lời nhắc đầu chờ văn phòng gửi, tin cho người phụ trách tự gửi." in said
    said = kheo("season", "set", "van-ninh", "2025", "--digests", "ask")[1]
    assert "tin cho người phụ trách chờ văn phòng gửi" in said
    assert "lời nhắc đầu chờ văn phòng gửi" in said, "what was not named stays"
    assert "Trước đó đã như vậy" in kheo("season", "set", "van-ninh", "2025", "--digests", "ask")[1]
    assert kheo("season", "set", "van-ninh", "2026", "--digests", "ask")[0] == 1


def test_a_season_is_closed_and_stays_in_the_list(kheo: Kheo) -> None:
    kheo("season", "open", "van-ninh", "2025")
    assert "Đã đóng đợt năm 2025" in kheo("season", "close", "van-ninh", "2025")[1]
    assert "đóng lúc" in kheo("season", "list")[1]
    assert kheo("season", "close", "van-ninh", "2025")[0] == 1


def test_a_plan_is_cloned_for_the_units_of_a_reorganisation(kheo: Kheo, folder: Path) -> None:
    """The five communes since 1 July 2025 under the province; who takes over which function stays open."""
    arguments = ("--id", "van-ninh-2027", "--year", "2027", "--units", "van-ninh-2025")
    code, said = kheo("plan", "clone", str(folder / "van-ninh.yaml"), *arguments)
    assert code == 0
    assert "Đơn vị đã kết thúc" not in said
    assert "thuong_truc" in said, "nobody has named who takes the functions over"
    made = load(folder / "van-ninh-2027.yaml")
    assert [u.code for u in made.units] == ["56", "22489", "22498", "22504", "22516", "22525"]
    assert {u.parent for u in made.units} == {"", "56"}
    code, said = kheo("season", "open", "van-ninh-2027", "2027")
    assert code == 0
    assert "6" in said
    code, said = kheo(
        "plan", "clone", str(folder / "van-ninh.yaml"), "--id", "y", "--year", "2027", "--units", "nowhere"
    )
    assert code == 1
    assert "There is no reorganisation “nowhere”" in said


def test_a_plan_is_cloned_for_another_year_and_what_a_person_must_decide_is_named(kheo: Kheo, folder: Path) -> None:
    original = folder / "van-ninh.yaml"
    code, said = kheo(
        "plan",
        "clone",
        str(original),
        "--id",
        "van-ninh-2027",
        "--year",
        "2027",
        "--role",
        "thuong_truc=Ban Tuyên giáo và Dân vận",
    )
    assert code == 0
    assert "tham_dinh" in said
    assert "thuong_truc" not in said
    assert "Đơn vị đã kết thúc trước năm 2027" in said
    assert "thị trấn Vạn Giã" in said
    made = load(folder / "van-ninh-2027.yaml")
    assert made.id == "van-ninh-2027"
    assert made.years == (2027,)
    assert "Ban Tuyên giáo và Dân vận" in [role.office for role in made.roles]
    code, said = kheo("plan", "clone", str(original), "--id", "van-ninh-2027", "--year", "2027")
    assert code == 1
    assert "is there already" in said
    code, said = kheo("plan", "clone", str(original), "--id", "x", "--year", "2027", "--role", "thu_ky=Ai")
    assert code == 1
    assert "no role thu_ky" in said
    code, said = kheo("plan", "clone", str(original), "--id", "x", "--year", "2027", "--role", "thu_ky")
    assert code == 1
    assert "names no office" in said


def test_a_plan_is_shown_in_words(kheo: Kheo, folder: Path) -> None:
    code, said = kheo("plan", "show", str(folder / "van-ninh.yaml"), "--year", "2026")
    assert code == 0
    assert "trước ngày 15/02 hằng năm" in said
    assert "ngày làm việc cuối 28/08/2026" in said
    code, said = kheo("plan", "show", str(folder / "khong-co.yaml"))
    assert code == 1
    assert "khong-co.yaml" in said


def test_what_is_past_its_years_is_listed_first_and_goes_when_told(kheo: Kheo, folder: Path) -> None:
    assert kheo("privacy", "retention", "--plan", "kh-la") == (1, "There is no plan “kh-la”. Known: van-ninh.\n")
    assert "không bao giờ xóa gì" in kheo("privacy", "retention", "--plan", "van-ninh")[1]
    with (folder / "van-ninh.yaml").open("a", encoding="utf-8") as file:
        file.write("\nprivacy: {keep_years: 1}\n")
    assert "không có gì quá 1 năm trọn" in kheo("privacy", "retention", "--plan", "van-ninh")[1]
    assert kheo("season", "open", "van-ninh", "2024")[0] == 0
    store = Store(f"sqlite:///{folder.parent}/data/kheo.db")

    def enter(tx: Tx) -> None:
        unit = units.load(tx).coded("van-ninh.van-hung")
        assert unit is not None
        season = seasons.every(tx)[0]
        exemplars.register(
            tx,
            season_id=season.id,
            unit_id=unit.id,
            subject="tap_the",
            name="Vườn rau thầm lặng",
            award=False,
            late=False,
            answers={"name": "Vườn rau thầm lặng"},
            now=season.opened_at,
        )

    store.run(enter)
    listed = "2024: 1 điển hình, 0 bản đã nộp, câu trả lời của 0 bản nháp, 0 tệp"
    assert "đợt chưa đóng" in kheo("privacy", "retention", "--plan", "van-ninh", "--apply")[1]
    assert kheo("season", "close", "van-ninh", "2024")[0] == 0
    for _ in range(2):
        said = kheo("privacy", "retention", "--plan", "van-ninh")[1]
        assert listed in said and "Chưa xóa gì" in said
    assert "Đã xóa" in kheo("privacy", "retention", "--plan", "van-ninh", "--apply")[1]
    assert "không có gì quá 1 năm trọn" in kheo("privacy", "retention", "--plan", "van-ninh")[1]
    left = store.run(lambda tx: [e.name for e in exemplars.of_season(tx, seasons.every(tx)[0].id)])
    assert left == ["(đã hủy theo thời hạn lưu)"]
    store.close()


@pytest.mark.parametrize("years", ["0", "-1", "101", "hai"])
def test_years_that_are_none_are_refused_with_their_place(kheo: Kheo, folder: Path, years: str) -> None:
    with (folder / "van-ninh.yaml").open("a", encoding="utf-8") as file:
        file.write(f"\nprivacy: {{keep_years: {years}}}\n")
    code, said = kheo("plan", "check", str(folder / "van-ninh.yaml"))
    assert code == 1 and "privacy.keep_years" in said
