"""The form in python-telegram-bot: a ConversationHandler in memory, as in its documentation; frozen heap, seldom collected.

Its webhook is an aiohttp server that puts updates into the application's queue, as its documentation does it with another
server; the application handles one update at a time, as a ConversationHandler wants it.
"""

from __future__ import annotations

import asyncio
import os
import re

from aiohttp import web
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    ConversationHandler,
    MessageHandler,
    filters,
)

from bench.apart import collect_seldom
from bench.peers import form

ROWS = form.rows()
FIRST, REST, DONE = range(3)


async def begin(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
    assert update.message is not None and context.user_data is not None
    context.user_data.clear()
    buttons = [
        InlineKeyboardButton(form.shown(value), callback_data=f"points:{value}") for value in form.quick(ROWS[0])
    ]
    keyboard = InlineKeyboardMarkup([buttons[:4], buttons[4:]])
    await update.message.reply_text(form.question(ROWS[0], {}), reply_markup=keyboard)
    return FIRST


async def press(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
    query = update.callback_query
    assert query is not None and query.data is not None and context.user_data is not None
    await query.answer()
    value = form.points(ROWS[0], query.data.removeprefix("points:"))
    if value is None:
        await context.bot.send_message(query.from_user.id, form.too_much(ROWS[0]))
        return FIRST
    given = context.user_data
    given[ROWS[0].code] = str(value)
    await context.bot.send_message(query.from_user.id, form.question(ROWS[1], given, form.noted(ROWS[0], value)))
    return REST


async def type_points(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
    assert update.message is not None and context.match is not None and context.user_data is not None
    row = ROWS[int(context.match[1]) - 1]
    value = form.points(row, context.match[2])
    if value is None:
        await update.message.reply_text(form.too_much(row))
        return REST
    given = context.user_data
    given[row.code] = str(value)
    following = ROWS[len(given)] if len(given) < len(ROWS) else None
    heading = form.noted(row, value)
    await update.message.reply_text(form.question(following, given, heading) if following else heading)
    return REST if following else DONE


async def look(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
    assert update.message is not None and context.user_data is not None
    await update.message.reply_text(form.summary(ROWS, context.user_data))
    context.user_data.clear()
    return ConversationHandler.END


def conversation() -> ConversationHandler[ContextTypes.DEFAULT_TYPE]:
    typed = MessageHandler(filters.Regex(re.compile(f"^{form.TYPED.pattern}$")), type_points)
    return ConversationHandler(
        entry_points=[CommandHandler("tucham", begin)],
        states={
            FIRST: [CallbackQueryHandler(press, pattern="^points:")],
            REST: [typed],
            DONE: [MessageHandler(filters.Text([form.SUMMARY]), look)],
        },
        fallbacks=[CommandHandler("tucham", begin)],
        allow_reentry=True,
    )


async def main() -> None:
    api, token = os.environ["TELEGRAM_API_BASE"], os.environ["TELEGRAM_TOKEN"]
    application = Application.builder().token(token).base_url(f"{api}/bot").updater(None).build()
    application.add_handler(conversation())
    secret = os.environ["TELEGRAM_WEBHOOK_SECRET"]

    async def taken(request: web.Request) -> web.Response:
        if request.headers.get("X-Telegram-Bot-Api-Secret-Token") != secret:
            return web.Response(status=401)
        await application.update_queue.put(Update.de_json(await request.json(), application.bot))
        return web.Response()

    web_app = web.Application()
    web_app.router.add_post("/telegram", taken)
    async with application:
        await application.bot.set_webhook(os.environ["TELEGRAM_WEBHOOK_URL"], secret_token=secret)
        await application.start()
        collect_seldom()
        await form.listen(web_app)
        await application.stop()


if __name__ == "__main__":
    asyncio.run(main())
