"""The form in aiogram_dialog, state in memory, tuned: a window a row, new messages only, frozen heap, seldom collected."""

from __future__ import annotations

import asyncio
from typing import Any

from aiogram import Dispatcher, Router
from aiogram.filters import Command
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.memory import MemoryStorage
from aiogram.types import CallbackQuery, Message
from aiogram_dialog import Dialog, DialogManager, ShowMode, StartMode, Window, setup_dialogs
from aiogram_dialog.widgets.input import MessageInput
from aiogram_dialog.widgets.kbd import Button, Group
from aiogram_dialog.widgets.text import Const, Format

from bench.apart import collect_seldom
from bench.peers import aiogram_web, form

router = Router()
ROWS = form.rows()


class Scoring(StatesGroup):
    """The first row has buttons, the others are typed, then the summary is asked for."""

    first = State()
    rest = State()
    done = State()
    summary = State()


@router.message(Command("tucham"))
async def begin(message: Message, dialog_manager: DialogManager) -> None:
    await dialog_manager.start(Scoring.first, mode=StartMode.RESET_STACK, show_mode=ShowMode.SEND)


async def press(query: CallbackQuery, button: Button, manager: DialogManager) -> None:
    value = form.points(ROWS[0], str(form.quick(ROWS[0])[int(str(button.widget_id)[1:])]))
    if value is None:
        manager.dialog_data["said"] = form.too_much(ROWS[0])
        return
    manager.dialog_data["given"] = {ROWS[0].code: str(value)}
    manager.dialog_data["heading"] = form.noted(ROWS[0], value)
    manager.show_mode = ShowMode.SEND
    await manager.switch_to(Scoring.rest)


async def type_points(message: Message, _: MessageInput, manager: DialogManager) -> None:
    found = form.TYPED.fullmatch(message.text or "")
    if found is None:
        return
    row = ROWS[int(found[1]) - 1]
    value = form.points(row, found[2])
    if value is None:
        manager.dialog_data["heading"] = form.too_much(row)
        return
    given = manager.dialog_data["given"]
    given[row.code] = str(value)
    manager.dialog_data["heading"] = form.noted(row, value)
    manager.show_mode = ShowMode.SEND
    if len(given) == len(ROWS):
        await manager.switch_to(Scoring.done)


async def look(message: Message, _: MessageInput, manager: DialogManager) -> None:
    if message.text == form.SUMMARY:
        await manager.switch_to(Scoring.summary, show_mode=ShowMode.SEND)


async def asked(dialog_manager: DialogManager, **_: Any) -> dict[str, str]:
    """What the window of the rows that are typed shows."""
    given = dialog_manager.dialog_data["given"]
    return {"text": form.question(ROWS[len(given)], given, dialog_manager.dialog_data["heading"])}


async def heading(dialog_manager: DialogManager, **_: Any) -> dict[str, str]:
    return {"text": dialog_manager.dialog_data["heading"]}


async def summary(dialog_manager: DialogManager, **_: Any) -> dict[str, str]:
    return {"text": form.summary(ROWS, dialog_manager.dialog_data["given"])}


def dialog() -> Dialog:
    buttons = [
        Button(Const(form.shown(value)), id=f"p{n}", on_click=press) for n, value in enumerate(form.quick(ROWS[0]))
    ]
    text = Format("{text}")
    return Dialog(
        Window(Const(form.question(ROWS[0], {})), Group(*buttons, width=4), state=Scoring.first),
        Window(text, MessageInput(type_points), state=Scoring.rest, getter=asked),
        Window(text, MessageInput(look), state=Scoring.done, getter=heading),
        Window(text, state=Scoring.summary, getter=summary),
    )


async def main() -> None:
    dispatcher = Dispatcher(storage=MemoryStorage())
    dispatcher.include_router(router)
    dispatcher.include_router(dialog())
    setup_dialogs(dispatcher)
    collect_seldom()
    await aiogram_web.serve(aiogram_web.bot(), dispatcher)


if __name__ == "__main__":
    asyncio.run(main())
