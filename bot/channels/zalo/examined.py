"""Asking Zalo itself, for the doctor: whether it knows the tokens, and whether it reaches the webhook."""

from __future__ import annotations

from collections.abc import AsyncIterator

from bot.care.doctor import Found, doubtful, sound, wrong
from bot.channels.zalo.client import CallFailed, Rejected, Verification, WrongToken, ZaloBot
from bot.config import Settings
from bot.texts import mark

KNOWN = mark("Zalo: it knows the token of bot {bot}; the bot is called “{name}”.")
REFUSED = mark("Zalo: it does not know the token of bot {bot}.")
REFUSED_DO = mark("Copy the token from Zalo Bot Creator anew into ZALO_TOKEN; if it has leaked, reset it there.")
AWAY = mark("Zalo: it cannot be reached for bot {bot} ({reason}).")
AWAY_DO = mark("Check the way out of this machine: network, firewall, ZALO_API_BASE; KHEO_PROXY is not used for Zalo.")
NO_GROUPS = mark("Zalo: nobody can add bot {bot} to a group.")
NO_GROUPS_DO = mark("Reminders go to each person then; where groups are meant, look into the bot's settings in Zalo.")
ELSEWHERE = mark("Zalo: bot {bot} delivers to “{there}”, the setting says “{here}”.")
ELSEWHERE_DO = mark(
    "Start Khéo (it sets the address); if messages are to be fetched, remove the webhook once by hand (docs/channels.md)."
)
REACHED = mark("Zalo: it reaches the webhook of bot {bot}.")
NOT_REACHED = mark("Zalo: it does not reach the webhook of bot {bot} ({outcome}).")
NOT_REACHED_DO: dict[str, str] = {
    "http.403": mark(
        "Something in front of Khéo refuses Zalo: at Cloudflare, switch the Browser Integrity Check off for this address."
    ),
    "http.404": mark("Have the proxy in front of Khéo pass the path of the webhook on to KHEO_PORT."),
    "http.5xx": mark("Is Khéo running, and does the proxy in front reach it?"),
    "http.other": mark("Look at the proxy in front of Khéo: the webhook has to answer 200."),
    "err.tls": mark("Look at the certificate: it must be of a known issuer, with the whole chain."),
    "err.unreachable": mark("Check the name (DNS), port 443 and the firewall."),
}
"""What the platform found when it called → what to do about it."""


async def ask(own: Settings) -> list[Found]:
    """What Zalo says of each bot; nothing without a token."""
    return [found for token in own.zalo_tokens async for found in _asked(own, token)]


async def _asked(own: Settings, token: str) -> AsyncIterator[Found]:
    bot = ZaloBot(token, own.zalo_api_base)
    try:
        me = await bot.get_me()
        yield sound(KNOWN, bot=bot.id, name=me.name or "?")
        if not me.joins_groups:
            yield doubtful(NO_GROUPS, NO_GROUPS_DO, bot=bot.id)
        here = f"{own.zalo_webhook_url}/{bot.id}" if own.zalo_webhook_url else ""
        there = await bot.webhook()
        if there != here:
            yield doubtful(ELSEWHERE, ELSEWHERE_DO, bot=bot.id, there=there or "-", here=here or "-")
        elif here:
            found = await _verified(bot)
            if found is not None and found.fine:
                yield sound(REACHED, bot=bot.id)
            elif found is not None:
                remedy = NOT_REACHED_DO.get(found.outcome, NOT_REACHED_DO["http.other"])
                yield wrong(NOT_REACHED, remedy, bot=bot.id, outcome=found.outcome)
    except WrongToken:
        yield wrong(REFUSED, REFUSED_DO, bot=bot.id)
    except CallFailed as failed:
        yield wrong(AWAY, AWAY_DO, bot=bot.id, reason=failed.said)
    finally:
        await bot.close()


async def _verified(bot: ZaloBot) -> Verification | None:
    """None where the platform does not test (any more today)."""
    try:
        return await bot.test_webhook()
    except Rejected:
        return None
