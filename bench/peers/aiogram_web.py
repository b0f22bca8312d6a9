"""What the peers in aiogram share: the buttons of the first row, the bot, and the web server."""

from __future__ import annotations

import os

from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from aiogram.webhook.aiohttp_server import SimpleRequestHandler, setup_application
from aiohttp import web

from bench.peers import form


def keyboard(row: form.Row) -> InlineKeyboardMarkup:
    """Quick points for the first row, two lines of four."""
    buttons = [
        InlineKeyboardButton(text=form.shown(value), callback_data=f"points:{value}") for value in form.quick(row)
    ]
    return InlineKeyboardMarkup(inline_keyboard=[buttons[:4], buttons[4:]])


def bot() -> Bot:
    """The bot against the local Bot API."""
    api = TelegramAPIServer.from_base(os.environ["TELEGRAM_API_BASE"])
    return Bot(os.environ["TELEGRAM_TOKEN"], session=AiohttpSession(api=api))


async def serve(bot: Bot, dispatcher: Dispatcher) -> None:
    """Listen for the webhook until SIGTERM. Telegram is told “received” when the update has been handled."""
    await bot.set_webhook(os.environ["TELEGRAM_WEBHOOK_URL"], secret_token=os.environ["TELEGRAM_WEBHOOK_SECRET"])
    app = web.Application()
    handler = SimpleRequestHandler(
        dispatcher, bot, handle_in_background=False, secret_token=os.environ["TELEGRAM_WEBHOOK_SECRET"]
    )
    handler.register(app, path="/telegram")
    setup_application(app, dispatcher, bot=bot)
    await form.listen(app)
