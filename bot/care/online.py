"""Asking Telegram itself: whether it knows the token, and how its deliveries fare."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
from aiohttp_socks import ProxyConnectionError, ProxyConnector, ProxyError

from bot.care.doctor import Found, doubtful, sound, wrong
from bot.clock import ZONE
from bot.config import Settings
from bot.texts import mark

TELEGRAM = "https://api.telegram.org"
SECONDS = 10
MANY = 100  # updates that wait at Telegram
RECENT = timedelta(hours=1)
UNKNOWN = (401, 404)

KNOWN = mark("Telegram: it knows the token; the bot is @{name}.")
REFUSED = mark("Telegram: it does not know this token.")
REFUSED_DO = mark("Copy the token from @BotFather anew into TELEGRAM_TOKEN; if it has leaked, revoke it there.")
AWAY = mark("Telegram: it cannot be reached ({reason}).")
AWAY_DO = mark("Check the way out of this machine: network, firewall, KHEO_PROXY, TELEGRAM_API_BASE.")
ELSEWHERE = mark("Webhook: Telegram delivers to “{there}”, the setting says “{here}”.")
ELSEWHERE_DO = mark(
    "Start Khéo (it sets the address); if it runs already, another Khéo uses the same token: end that one."
)
MANY_WAIT = mark("Telegram: {count} messages wait there.")
MANY_WAIT_DO = mark("Is Khéo running, and can Telegram reach the webhook?")
ERRORS = mark("Webhook: at {moment} Telegram could not deliver: {reason}")
ERRORS_DO = mark("Look at the proxy in front of Khéo: certificate, address, port; then wait for the next message.")


async def ask(own: Settings, now: datetime) -> list[Found]:
    """What Telegram says; nothing without a token."""
    if not own.telegram_token:
        return []
    connector = ProxyConnector.from_url(own.proxy) if own.proxy else None
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    try:
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
            status, me = await _call(session, own, "getMe")
            if status in UNKNOWN:
                return [wrong(REFUSED, REFUSED_DO)]
            if status != 200:
                return [wrong(AWAY, AWAY_DO, reason=status)]
            _, hook = await _call(session, own, "getWebhookInfo")
    except (aiohttp.ClientError, ProxyError, ProxyConnectionError, OSError, ValueError) as error:
        # The text of an error may hold the address, and with it the token.
        return [wrong(AWAY, AWAY_DO, reason=type(error).__name__)]
    return [sound(KNOWN, name=me.get("username", "?")), *_deliveries(own, hook, now)]


async def _call(session: aiohttp.ClientSession, own: Settings, method: str) -> tuple[int, dict[str, Any]]:
    url = f"{own.telegram_api_base or TELEGRAM}/bot{own.telegram_token}/{method}"
    async with session.get(url) as answer:
        told = await answer.json(content_type=None)
        found = told.get("result") if isinstance(told, dict) else None
        return answer.status, found if isinstance(found, dict) else {}


def _deliveries(own: Settings, hook: dict[str, Any], now: datetime) -> Iterator[Found]:
    if not hook:
        return
    there = str(hook.get("url", ""))
    if there != own.telegram_webhook_url:
        yield doubtful(ELSEWHERE, ELSEWHERE_DO, there=there or "-", here=own.telegram_webhook_url or "-")
    count = hook.get("pending_update_count", 0)
    if isinstance(count, int) and count > MANY:
        yield doubtful(MANY_WAIT, MANY_WAIT_DO, count=count)
    last = hook.get("last_error_date")
    if isinstance(last, int) and datetime.fromtimestamp(last, UTC) > now - RECENT:
        moment = datetime.fromtimestamp(last, UTC).astimezone(ZONE)
        yield wrong(ERRORS, ERRORS_DO, moment=moment, reason=hook.get("last_error_message", ""))
