"""docs/privacy.md says what is stored: every table, no other one, and no setting or command that does not exist."""

from __future__ import annotations

import re
from pathlib import Path

from bot.config import Settings
from bot.pictures import _FORMATS
from bot.store.tables import metadata
from handlers import consent
from handlers.tables import COMMANDS

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "privacy.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(\w+)` \|(.+)\|$", PAGE, re.MULTILINE)


def test_every_table_stands_on_the_page_once_and_no_other() -> None:
    assert sorted(name for name, _ in ROWS) == sorted(metadata.tables)


def test_each_row_says_what_why_how_long_and_who() -> None:
    for name, rest in ROWS:
        cells = [cell.strip() for cell in rest.split("|")]
        assert len(cells) == 4 and all(cells), name


def test_no_table_with_words_or_persons_is_called_free_of_personal_data() -> None:
    free = {name for name, rest in ROWS if rest.split("|")[0].strip().startswith("–")}
    for name in free:
        table = metadata.tables[name]
        assert not {"person_id", "made_by", "decided_by", "person"} & set(table.columns.keys()), name


def test_settings_and_commands_of_the_page_exist() -> None:
    known = {str(field.validation_alias) for field in Settings.model_fields.values()}
    assert set(re.findall(r"KHEO_[A-Z_]+|TELEGRAM_[A-Z_]+", PAGE)) <= known
    assert set(re.findall(r"`/([a-z]+)`", PAGE)) <= set(COMMANDS)


def test_what_is_open_before_the_consent_is_named() -> None:
    named = re.search(r"Chỉ dùng được (.+?)\.\n", PAGE, re.DOTALL)
    assert named is not None
    assert set(re.findall(r"`/([a-z]+)`", named[1])) == consent.OPEN - {"help"}


def test_the_formats_of_photos_are_named() -> None:
    for kind in set(_FORMATS) - {"MPO"}:
        assert kind.lower() in PAGE.lower(), kind


def test_what_a_lawyer_must_confirm_is_marked() -> None:
    for claim in ("2 ngày làm việc", "91/2025/QH15", "ra nước ngoài", "72 giờ"):
        after = PAGE[PAGE.index(f"**{claim}**") if f"**{claim}**" in PAGE else PAGE.index(claim) :]
        assert "⚖" in after[:160], claim
