"""Settings: each wrong one is refused with its name and the remedy; docs/settings.md lists them as they are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.config import Settings, settings
from bot.errors import SettingsWrong

ROOT = Path(__file__).resolve().parent.parent
LISTED = ROOT / "docs" / "settings.md"
TOKEN = "123456:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"
HOOK = {"TELEGRAM_WEBHOOK_URL": "https://dvk.example.vn/telegram", "TELEGRAM_WEBHOOK_SECRET": "x" * 24}


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in names():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def names() -> list[str]:
    return [str(field.validation_alias) for field in Settings.model_fields.values()]


@pytest.mark.parametrize(
    ("given", "named", "remedy"),
    [
        ({"DATABASE_URL": "mysql://root@localhost/kheo"}, "DATABASE_URL", "postgresql://"),
        ({"DATABASE_URL": "kheo.db"}, "DATABASE_URL", "sqlite:///"),
        ({"KHEO_PORT": "abc"}, "KHEO_PORT", "1 to 65535"),
        ({"KHEO_PORT": "0"}, "KHEO_PORT", "1 to 65535"),
        ({"KHEO_PORT": "70000"}, "KHEO_PORT", "1 to 65535"),
        ({"KHEO_FILE_LIMIT_MB": "viele"}, "KHEO_FILE_LIMIT_MB", "1 to 200"),
        ({"TELEGRAM_TOKEN": "geheim"}, "TELEGRAM_TOKEN", "@BotFather"),
        ({"TELEGRAM_TOKEN": f'"{TOKEN}"'}, "TELEGRAM_TOKEN", "without spaces or quotes"),
        ({"TELEGRAM_TOKEN": f"{TOKEN} "}, "TELEGRAM_TOKEN", "without spaces or quotes"),
        ({"TELEGRAM_API_BASE": "localhost:8081"}, "TELEGRAM_API_BASE", "https://"),
        ({**HOOK, "TELEGRAM_WEBHOOK_URL": "dvk.example.vn/telegram"}, "TELEGRAM_WEBHOOK_URL", "https://"),
        ({**HOOK, "TELEGRAM_WEBHOOK_URL": "https://dvk.example.vn"}, "TELEGRAM_WEBHOOK_URL", "/telegram"),
        ({**HOOK, "TELEGRAM_WEBHOOK_URL": "https://dvk.example.vn/{x}"}, "TELEGRAM_WEBHOOK_URL", "/telegram"),
        ({**HOOK, "TELEGRAM_WEBHOOK_URL": "https://dvk.example.vn/chat/say"}, "TELEGRAM_WEBHOOK_URL", "its own"),
        ({**HOOK, "TELEGRAM_WEBHOOK_SECRET": ""}, "TELEGRAM_WEBHOOK_SECRET", "16 to 256"),
        ({**HOOK, "TELEGRAM_WEBHOOK_SECRET": "ngắn quá"}, "TELEGRAM_WEBHOOK_SECRET", "16 to 256"),
        ({**HOOK, "TELEGRAM_WEBHOOK_SECRET": "bí mật của cơ quan thường trực"}, "TELEGRAM_WEBHOOK_SECRET", "digits"),
        ({"KHEO_PROXY": "proxy.example.vn:3128"}, "KHEO_PROXY", "http://HOST:PORT"),
        ({"KHEO_PROXY": "socks5://proxy.example.vn"}, "KHEO_PROXY", "socks5://HOST:PORT"),
        ({"KHEO_PROXY": "http://proxy:viele"}, "KHEO_PROXY", "http://HOST:PORT"),
        ({"KHEO_PUBLIC_URL": "dvk.example.vn"}, "KHEO_PUBLIC_URL", "https://"),
        ({"KHEO_PUBLIC_URL": "https://"}, "KHEO_PUBLIC_URL", "https://"),
    ],
    ids=lambda value: str(next(iter(value.values()))) if isinstance(value, dict) else "",
)
def test_a_wrong_setting_is_named_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], named: str, remedy: str
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsWrong) as refused:
        settings()
    (line,) = str(refused.value).splitlines()
    assert line.startswith(f"{named}: ")
    assert remedy in line
    assert "geheim" not in line, "a value may be a secret"


def test_all_wrong_ones_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KHEO_PORT", "x")
    monkeypatch.setenv("KHEO_PROXY", "x")
    with pytest.raises(SettingsWrong) as refused:
        settings()
    assert [line.partition(":")[0] for line in str(refused.value).splitlines()] == ["KHEO_PORT", "KHEO_PROXY"]


def test_the_env_file_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("KHEO_PORT=9001\nKHEO_DATA=/srv/kheo\nUNKNOWN=1\n", encoding="utf-8-sig")
    monkeypatch.setenv("KHEO_DATA", "/var/lib/kheo")
    monkeypatch.setenv("KHEO_PUBLIC_URL", "")
    own = settings()
    assert (own.port, str(own.data), own.public_url) == (9001, "/var/lib/kheo", "")


def test_an_env_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("KHEO_DATA=/srv/dữ-liệu\n".encode("utf-16"))
    with pytest.raises(SettingsWrong, match="UTF-8"):
        settings()


def test_nothing_set_is_a_bot_of_its_own(tmp_path: Path) -> None:
    own = settings()
    assert (own.host, own.port, own.telegram_token) == ("127.0.0.1", 8080, "")
    assert own.store_url == f"sqlite:///{tmp_path}/var/kheo/kheo.db"


def test_no_secret_is_shown() -> None:
    own = settings(
        TELEGRAM_TOKEN=TOKEN,
        DATABASE_URL="postgresql://kheo:m%40t-kh%E1%BA%A9u@db/kheo",
        KHEO_PROXY="http://user:quamatkhau@proxy:3128",
        **HOOK,
    )
    assert {TOKEN, "m@t-khẩu", "m%40t-kh%E1%BA%A9u", "quamatkhau", "x" * 24} <= set(own.secrets())
    assert not [secret for secret in own.secrets() if secret in repr(own)]


def test_the_list_of_settings_is_complete() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| (.*?) \| (.+?) \|$", LISTED.read_text(encoding="utf-8"), re.MULTILINE)
    assert [name for name, _, _ in rows] == names()
    defaults = {name: default.strip("` ") for name, default, _ in rows}
    for field in Settings.model_fields.values():
        name, default = str(field.validation_alias), str(field.default)
        shown = str(Path(default).relative_to(ROOT)) if name == "KHEO_PLANS" else default
        assert defaults[name] == (shown or "–"), name


@pytest.mark.parametrize("page", ["README.md", "README.vi.md"])
def test_no_page_names_a_setting_that_does_not_exist(page: str) -> None:
    if not (ROOT / page).exists():
        pytest.skip(f"{page} is not written yet")
    named = set(
        re.findall(r"\b(?:KHEO|TELEGRAM)_[A-Z_]+\b|\bDATABASE_URL\b", (ROOT / page).read_text(encoding="utf-8"))
    )
    assert named <= set(names())
