"""docs/operations.md has every alarm and every metric that the program has, and no other; what it names is there."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

import pytest

from bot.care.alarms import GRAVE, SENTENCES
from bot.cli import _parser
from bot.config import Settings
from bot.web.metrics import METRICS

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
UNITS = sorted((ROOT / "deploy").glob("*.service"))


def rows(heading: str) -> list[str]:
    """What stands in the first column of the tables under that heading."""
    part = PAGE.partition(f"### {heading}\n")[2]
    part = re.split(r"^##", part, maxsplit=1, flags=re.MULTILINE)[0]
    return re.findall(r"^\| `([a-z_]+)`", part, flags=re.MULTILINE)


def test_every_alarm_stands_in_the_page_and_every_alarm_of_the_page_is_one() -> None:
    named = rows("Các báo động")
    assert len(named) == len(set(named))
    assert set(named) == set(SENTENCES)
    now = re.search(r"^Cần làm ngay: (.*?)\.", PAGE, flags=re.MULTILINE)
    assert now is not None and set(re.findall(r"`([a-z_]+)`", now[1])) == GRAVE


def test_every_metric_stands_in_the_page_and_every_metric_of_the_page_is_one() -> None:
    named = rows("Các số đo")
    assert len(named) == len(set(named))
    assert set(named) == set(METRICS)
    elsewhere = set(re.findall(r"\bkheo_[a-z_]+", PAGE)) - {"kheo_engine"}
    assert elsewhere <= set(METRICS)


def test_every_setting_and_command_that_it_names_is_there() -> None:
    known = {str(field.validation_alias) for field in Settings.model_fields.values()} | {"KHEO_ONLY"}
    assert set(re.findall(r"\b(?:KHEO|TELEGRAM)_[A-Z_]+\b", PAGE)) <= known
    parser = _parser()
    for line in re.findall(r"\bkheo (backup|restore|doctor|migrate-to|run|audit)\b", PAGE):
        assert line in parser.format_help()


def test_what_it_links_to_is_there() -> None:
    for target in re.findall(r"\]\(([a-z]+\.md)\)", PAGE):
        assert (ROOT / "docs" / target).exists(), target
    for name in re.findall(r"`?deploy/([a-z@.-]+[a-z])", PAGE):
        assert (ROOT / "deploy" / name).exists(), name
    assert "docs/operations.md" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_the_units_of_systemd_run_as_nobody_much(unit: Path) -> None:
    read = configparser.ConfigParser(interpolation=None, strict=False)
    read.optionxform = str  # type: ignore[assignment,method-assign]
    read.read_string(unit.read_text(encoding="utf-8"))
    service = read["Service"]
    assert service["User"] == "kheo" and service["NoNewPrivileges"] == "true"
    assert service["ProtectSystem"] == "strict" and "/srv/kheo/data" in service["ReadWritePaths"]
    assert "/bin/kheo " in service["ExecStart"] and service["UMask"] == "0077"


def test_nginx_keeps_the_figures_for_this_machine() -> None:
    text = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    assert "location = /metrics { return 404; }" in text and "X-Forwarded-For" in text
    assert text.count("{") == text.count("}")


CHANNELS = (ROOT / "docs" / "channels.md").read_text(encoding="utf-8")


def test_what_the_page_on_channels_names_is_there() -> None:
    known = {str(field.validation_alias) for field in Settings.model_fields.values()}
    assert set(re.findall(r"\b(?:KHEO|TELEGRAM|ZALO)_[A-Z_]+\b", CHANNELS)) <= known
    for target in re.findall(r"\]\(([a-z-]+\.md)\)", CHANNELS):
        assert (ROOT / "docs" / target).exists(), target
    for page in ("README.md", "README.vi.md"):
        assert "docs/channels.md" in (ROOT / page).read_text(encoding="utf-8")


def test_the_page_on_channels_says_what_one_bot_of_zalo_holds_by_default() -> None:
    holds = Settings.model_fields
    people, groups, monthly = (holds[name].default for name in ("zalo_people", "zalo_groups", "zalo_monthly"))
    assert f"**{people} người, {groups} nhóm, {monthly // 1000}.{monthly % 1000:03d} tin/tháng**" in CHANNELS


def test_the_sums_of_the_page_on_channels_are_right() -> None:
    """Messages and bots of the worked examples, by the assumptions that stand above them."""
    each = int(re.search(r"= \*\*(\d+) tin đi\*\*", CHANNELS)[1])  # type: ignore[index]
    rows = {row[0].strip(): row[1:] for row in (line.split("|")[1:-1] for line in CHANNELS.splitlines() if "|" in line)}

    def numbers(row: str) -> list[int]:
        return [int(cell.replace(".", "")) for cell in rows[row] if cell.strip().replace(".", "").isdigit()]

    assert numbers("tin đi tháng cao điểm (37 mỗi xã)") == [13 * each, 65 * each, 65 * each]
    assert numbers("nếu tin đến cũng tính") == [2 * 13 * each, 2 * 65 * each, 2 * 65 * each]
    people = numbers("người nhắn riêng (thêm 5 của cơ quan)")
    assert people == [13 + 5, 65 + 5, 2 * 65 + 5]
    assert numbers("số bot theo người (50 mỗi bot)") == [-(-many // 50) for many in people]
    assert numbers("nhắc một mốc, sáu bậc, nhắn riêng tất cả") == [6 * (many - 5) for many in people]
