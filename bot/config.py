"""Settings, read once from the environment (and a .env file), each refused with a sentence that names the remedy."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import SettingsWrong

PLANS = Path(__file__).resolve().parent.parent / "plans"
SECRET_LENGTH = (16, 256)  # Telegram takes 1–256 characters; under 16 it can be guessed
_TOKEN = re.compile(r"[0-9]+:[A-Za-z0-9_-]{10,}")
_SECRET = re.compile(r"[A-Za-z0-9_-]*")
_WEBHOOK_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)+")
_OUR_PATHS = ("chat", "healthz", "readyz", "metrics", "demo", "t")  # what the web server serves already
_ZALO_TOKEN = re.compile(r"[0-9]{1,24}:[A-Za-z0-9._~=+-]{10,}")
_PHOTO_HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?")
_WEBHOOKS = ("TELEGRAM_WEBHOOK_URL", "ZALO_WEBHOOK_URL")
"""What is wrong between the settings of a webhook: without its address nothing is."""
NOT_UTF8 = "The file .env is not written in UTF-8: save it again as UTF-8"
_NUMBERS = {
    "KHEO_PORT": "give a number from 1 to 65535",
    "KHEO_FILE_LIMIT_MB": "give a number from 1 to 200",
    "KHEO_KEEP_INBOX_DAYS": "give a number of days from 2 to 3650",
    "KHEO_KEEP_OUTBOX_DAYS": "give a number of days from 2 to 3650",
    "KHEO_KEEP_WEB_DAYS": "give a number of days from 2 to 3650",
    "ZALO_MONTHLY": "give the number of messages that the bot's plan has in a month, from 1 to 10000000",
    "ZALO_PEOPLE": "give the number of people that the bot's plan allows, from 1 to 1000000",
    "ZALO_GROUPS": "give the number of groups that the bot's plan allows, from 0 to 10000",
}


class Settings(BaseSettings):
    """Everything that an administrator can set. Names in the environment are the aliases; docs/settings.md lists them."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8-sig", env_ignore_empty=True, extra="ignore", frozen=True
    )

    data: Path = Field(default=Path("var/kheo"), validation_alias="KHEO_DATA")
    plans: Path = Field(default=PLANS, validation_alias="KHEO_PLANS")
    database_url: str = Field(default="", validation_alias="DATABASE_URL", repr=False)
    host: str = Field(default="127.0.0.1", validation_alias="KHEO_HOST")
    port: int = Field(default=8080, validation_alias="KHEO_PORT", ge=1, le=65535)
    public_url: str = Field(default="", validation_alias="KHEO_PUBLIC_URL")
    proxy: str = Field(default="", validation_alias="KHEO_PROXY", repr=False)
    file_limit_mb: int = Field(default=20, validation_alias="KHEO_FILE_LIMIT_MB", ge=1, le=200)
    keep_inbox_days: int = Field(default=30, validation_alias="KHEO_KEEP_INBOX_DAYS", ge=2, le=3650)
    keep_outbox_days: int = Field(default=180, validation_alias="KHEO_KEEP_OUTBOX_DAYS", ge=2, le=3650)
    keep_web_days: int = Field(default=365, validation_alias="KHEO_KEEP_WEB_DAYS", ge=2, le=3650)
    metrics_token: str = Field(default="", validation_alias="KHEO_METRICS_TOKEN", repr=False)
    telegram_token: str = Field(default="", validation_alias="TELEGRAM_TOKEN", repr=False)
    telegram_api_base: str = Field(default="", validation_alias="TELEGRAM_API_BASE")
    telegram_webhook_url: str = Field(default="", validation_alias="TELEGRAM_WEBHOOK_URL")
    telegram_webhook_secret: str = Field(default="", validation_alias="TELEGRAM_WEBHOOK_SECRET", repr=False)
    zalo_token: str = Field(default="", validation_alias="ZALO_TOKEN", repr=False)
    zalo_api_base: str = Field(default="", validation_alias="ZALO_API_BASE")
    zalo_webhook_url: str = Field(default="", validation_alias="ZALO_WEBHOOK_URL")
    zalo_webhook_secret: str = Field(default="", validation_alias="ZALO_WEBHOOK_SECRET", repr=False)
    zalo_photo_hosts: str = Field(default="", validation_alias="ZALO_PHOTO_HOSTS")
    zalo_monthly: int = Field(default=3000, validation_alias="ZALO_MONTHLY", ge=1, le=10_000_000)
    zalo_people: int = Field(default=50, validation_alias="ZALO_PEOPLE", ge=1, le=1_000_000)
    zalo_groups: int = Field(default=3, validation_alias="ZALO_GROUPS", ge=0, le=10_000)

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str) -> str:
        if value and not value.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            raise ValueError(
                "give sqlite:///FILE or postgresql://USER@HOST/NAME, or leave it empty for a file of our own"
            )
        return value

    @field_validator("public_url", "telegram_api_base", "telegram_webhook_url", "zalo_api_base", "zalo_webhook_url")
    @classmethod
    def _address(cls, value: str) -> str:
        if value and (urlsplit(value).scheme not in ("http", "https") or not _has_host(value)):
            raise ValueError("give a whole address that begins with https:// (or http:// on this machine)")
        return value.rstrip("/")

    @field_validator("proxy")
    @classmethod
    def _proxy(cls, value: str) -> str:
        if value and (urlsplit(value).scheme not in ("http", "socks4", "socks5") or not _has_host(value, port=True)):
            raise ValueError(
                "give http://HOST:PORT or socks5://HOST:PORT, with USER:PASSWORD@ before the host if need be"
            )
        return value

    @field_validator("metrics_token")
    @classmethod
    def _metrics(cls, value: str) -> str:
        low, high = SECRET_LENGTH
        if value and (not low <= len(value) <= high or not _SECRET.fullmatch(value)):
            raise ValueError(f"give {low} to {high} letters (A-Z, a-z), digits, _ or -, made up at random")
        return value

    @field_validator("telegram_token")
    @classmethod
    def _token(cls, value: str) -> str:
        if value and not _TOKEN.fullmatch(value):
            raise ValueError("paste the token that @BotFather gave, digits:letters, without spaces or quotes")
        return value

    @field_validator("zalo_token")
    @classmethod
    def _zalo_tokens(cls, value: str) -> str:
        tokens = _parts(value)
        if not all(_ZALO_TOKEN.fullmatch(token) for token in tokens):
            raise ValueError(
                "paste the token that Zalo Bot Creator gave, digits:letters, without quotes; several with commas"
            )
        if len({token.partition(":")[0] for token in tokens}) < len(tokens):
            raise ValueError("two of the tokens are of one bot (the digits before the colon): keep the newer one")
        return value

    @field_validator("zalo_photo_hosts")
    @classmethod
    def _photo_hosts(cls, value: str) -> str:
        if not all(_PHOTO_HOST.fullmatch(host) for host in _parts(value)):
            raise ValueError("give names of hosts without https:// and without a path; several with commas")
        return value

    @model_validator(mode="after")
    def _telegram_webhook(self) -> Settings:
        if self.telegram_webhook_url:
            _check_webhook("TELEGRAM", self.telegram_webhook_url, self.telegram_webhook_secret)
        return self

    @model_validator(mode="after")
    def _zalo_webhook(self) -> Settings:
        if self.zalo_webhook_url:
            _check_webhook("ZALO", self.zalo_webhook_url, self.zalo_webhook_secret)
        return self

    @property
    def zalo_tokens(self) -> tuple[str, ...]:
        """One for each bot at Zalo."""
        return _parts(self.zalo_token)

    @property
    def photo_hosts(self) -> tuple[str, ...]:
        """Hosts beside Zalo's own from which photos are taken."""
        return _parts(self.zalo_photo_hosts)

    @property
    def message_days(self) -> int:
        """For how long a message is kept at the longest."""
        return max(self.keep_inbox_days, self.keep_outbox_days, self.keep_web_days)

    @property
    def store_url(self) -> str:
        return self.database_url or f"sqlite:///{(self.data / 'kheo.db').resolve()}"

    def secrets(self) -> tuple[str, ...]:
        """What must never stand in a log, the longest first."""
        found = {self.telegram_token, self.telegram_token.partition(":")[2], self.telegram_webhook_secret}
        found |= {self.metrics_token, self.zalo_token, self.zalo_webhook_secret, *self.zalo_tokens}
        found |= {token.partition(":")[2] for token in self.zalo_tokens}
        for url in (self.database_url, self.proxy):
            password = urlsplit(url).password or ""
            found |= {password, unquote(password)}
        return tuple(sorted(found - {""}, key=len, reverse=True))


def _parts(value: str) -> tuple[str, ...]:
    """What is separated by commas."""
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _check_webhook(of: str, url: str, secret: str) -> None:
    """ValueError where the platform `of` could not deliver there, or anybody else could."""
    path = urlsplit(url).path
    if not _WEBHOOK_PATH.fullmatch(path) or path.split("/")[1] in _OUR_PATHS:
        raise ValueError(
            f"{of}_WEBHOOK_URL: end it with a path of its own, e.g. https://HOST/{of.lower()} "
            f"(not /{', /'.join(_OUR_PATHS)})"
        )
    low, high = SECRET_LENGTH
    if not low <= len(secret) <= high or not _SECRET.fullmatch(secret):
        raise ValueError(
            f"{of}_WEBHOOK_SECRET: give {low} to {high} letters (A-Z, a-z), digits, _ or -, made up at random"
        )


def _has_host(url: str, *, port: bool = False) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and (not port or parts.port is not None)
    except ValueError:  # a port that is no number
        return False


def settings(**given: Any) -> Settings:
    """The settings of this run; SettingsWrong names each that cannot be used, and what to do."""
    try:
        return Settings(**given)
    except ValidationError as wrong:
        raise SettingsWrong("\n".join(_told(error) for error in wrong.errors())) from None
    except UnicodeDecodeError:
        raise SettingsWrong(NOT_UTF8) from None


def settings_as_far_as_they_go(**given: Any) -> tuple[Settings | None, dict[str, str]]:
    """The settings with the default in place of each that cannot be used; name → what is wrong with it, and the remedy.

    For whoever looks the installation over. None where not even the file can be read.
    """
    wrong: dict[str, str] = {}
    for _ in Settings.model_fields:
        try:
            return Settings(**given), wrong
        except ValidationError as refused:
            for error in refused.errors():
                name = str(error["loc"][0]) if error["loc"] else _webhook_in(str(error["msg"]))
                wrong.setdefault(name, _told(error))
                given[name] = _DEFAULTS[name]
        except UnicodeDecodeError:
            return None, {".env": NOT_UTF8}
    return None, wrong


def _webhook_in(said: str) -> str:
    return next((name for name in _WEBHOOKS if name.partition("_")[0] in said.partition(":")[0]), _WEBHOOKS[0])


_DEFAULTS = {str(field.validation_alias): field.default for field in Settings.model_fields.values()}


def _told(error: Any) -> str:
    name = str(error["loc"][0]) if error["loc"] else ""
    remedy = _NUMBERS.get(name) or str(error["msg"]).removeprefix("Value error, ")
    return f"{name}: {remedy}" if name else remedy
