"""Settings: each wrong one is refused with its name and the remedy; docs/settings.md lists them as they are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.config import Settings, settings, settings_as_far_as_they_go
from bot.errors import SettingsWrong

ROOT = Path(__file__).resolve().parent.parent
LISTED = ROOT / "docs" / "settings.md"
TOKEN = "123456:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"
ZALO = "41800000017:the_token-of_the_fake_zalo"
ZALO_2 = "41800000029:the_token-of_a_second_bot"
ZALO_HOOK = {"ZALO_WEBHOOK_URL": "https://dvk.example.vn/zalo", "ZALO_WEBHOOK_SECRET": "z" * 24}
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
        ({"ZALO_TOKEN": "geheim"}, "ZALO_TOKEN", "Zalo Bot Creator"),
        ({"ZALO_TOKEN": f'"{ZALO}"'}, "ZALO_TOKEN", "without quotes"),
        ({"ZALO_TOKEN": f"{ZALO};{ZALO_2}"}, "ZALO_TOKEN", "with commas"),
        ({"ZALO_TOKEN": f"{ZALO},{ZALO}x"}, "ZALO_TOKEN", "of one bot"),
        ({"ZALO_API_BASE": "bot-api.zaloplatforms.com"}, "ZALO_API_BASE", "https://"),
        ({**ZALO_HOOK, "ZALO_WEBHOOK_URL": "dvk.example.vn/zalo"}, "ZALO_WEBHOOK_URL", "https://"),
        ({**ZALO_HOOK, "ZALO_WEBHOOK_URL": "https://dvk.example.vn"}, "ZALO_WEBHOOK_URL", "/zalo"),
        ({**ZALO_HOOK, "ZALO_WEBHOOK_URL": "https://dvk.example.vn/t/zalo"}, "ZALO_WEBHOOK_URL", "its own"),
        ({**ZALO_HOOK, "ZALO_WEBHOOK_SECRET": ""}, "ZALO_WEBHOOK_SECRET", "16 to 256"),
        ({**ZALO_HOOK, "ZALO_WEBHOOK_SECRET": "short"}, "ZALO_WEBHOOK_SECRET", "16 to 256"),
        ({"ZALO_PHOTO_HOSTS": "https://photo.example.vn/a"}, "ZALO_PHOTO_HOSTS", "without https://"),
        ({"ZALO_PHOTO_HOSTS": "a.vn b.vn"}, "ZALO_PHOTO_HOSTS", "with commas"),
        ({"ZALO_MONTHLY": "0"}, "ZALO_MONTHLY", "from 1"),
        ({"ZALO_MONTHLY": "unlimited"}, "ZALO_MONTHLY", "from 1"),
        ({"ZALO_PEOPLE": "0"}, "ZALO_PEOPLE", "from 1"),
        ({"ZALO_GROUPS": "-1"}, "ZALO_GROUPS", "from 0"),
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
    assert (own.zalo_tokens, own.photo_hosts) == ((), ())


def test_several_bots_of_one_office() -> None:
    own = settings(ZALO_TOKEN=f" {ZALO} , {ZALO_2},", ZALO_PHOTO_HOSTS="127.0.0.1:8099, a.example.vn")
    assert own.zalo_tokens == (ZALO, ZALO_2)
    assert own.photo_hosts == ("127.0.0.1:8099", "a.example.vn")


def test_what_is_wrong_with_one_webhook_leaves_the_other_alone() -> None:
    own, wrong = settings_as_far_as_they_go(**HOOK, **{**ZALO_HOOK, "ZALO_WEBHOOK_SECRET": "short"})
    assert own is not None and list(wrong) == ["ZALO_WEBHOOK_URL"]
    assert (own.zalo_webhook_url, own.telegram_webhook_url) == ("", HOOK["TELEGRAM_WEBHOOK_URL"])
    own, wrong = settings_as_far_as_they_go(**ZALO_HOOK, **{**HOOK, "TELEGRAM_WEBHOOK_SECRET": "short"})
    assert own is not None and list(wrong) == ["TELEGRAM_WEBHOOK_URL"]
    assert (own.zalo_webhook_url, own.telegram_webhook_url) == (ZALO_HOOK["ZALO_WEBHOOK_URL"], "")


def test_no_secret_is_shown() -> None:
    own = settings(
        TELEGRAM_TOKEN=TOKEN,
        DATABASE_URL="postgresql://kheo:m%40t-kh%E1%BA%A9u@db/kheo",
        KHEO_PROXY="http://user:quamatkhau@proxy:3128",
        ZALO_TOKEN=f"{ZALO},{ZALO_2}",
        **HOOK,
        **ZALO_HOOK,
    )
    assert {ZALO, ZALO_2, ZALO_2.partition(":")[2], "z" * 24} <= set(own.secrets())
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
        re.findall(r"\b(?:KHEO|TELEGRAM|ZALO)_[A-Z_]+\b|\bDATABASE_URL\b", (ROOT / page).read_text(encoding="utf-8"))
    )
    assert named <= set(names())
