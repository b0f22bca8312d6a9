"""The form in aiogram, state in memory, tuned: asynchronous filters, frozen heap, a collector that runs seldom."""

from __future__ import annotations

import asyncio

from aiogram import Bot, Dispatcher, Router
from aiogram.filters import Command, Filter, StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.memory import MemoryStorage
from aiogram.methods import AnswerCallbackQuery
from aiogram.types import CallbackQuery, Message

from bench.apart import collect_seldom
from bench.peers import aiogram_web, form

router = Router()
ROWS = form.rows()


class Scoring(StatesGroup):
    """One state a row."""

    row1 = State()
    row2 = State()
    row3 = State()
    row4 = State()
    row5 = State()
    row6 = State()
    row7 = State()
    done = State()


STATES = Scoring.__states__


class Pressed(Filter):
    """A button with points (asynchronous: aiogram runs a synchronous filter in a thread)."""

    async def __call__(self, query: CallbackQuery) -> bool | dict[str, str]:
        data = query.data or ""
        return {"typed": data.partition(":")[2]} if data.startswith("points:") else False


class Typed(Filter):
    """“tc2 13,5”."""

    async def __call__(self, message: Message) -> bool | dict[str, str]:
        found = form.TYPED.fullmatch(message.text or "")
        return {"number": found[1], "typed": found[2]} if found else False


class Says(Filter):
    """Exactly these words."""

    def __init__(self, words: str) -> None:
        self._words = words

    async def __call__(self, message: Message) -> bool:
        return message.text == self._words


@router.message(Command("tucham"))
async def begin(message: Message, state: FSMContext) -> None:
    await state.set_state(Scoring.row1)
    await state.set_data({})
    await message.answer(form.question(ROWS[0], {}), reply_markup=aiogram_web.keyboard(ROWS[0]))


@router.callback_query(StateFilter(Scoring.row1), Pressed())
async def press(query: CallbackQuery, state: FSMContext, bot: Bot, typed: str) -> AnswerCallbackQuery:
    value = form.points(ROWS[0], typed)
    if value is None:
        await bot.send_message(query.from_user.id, form.too_much(ROWS[0]))
        return query.answer()
    given = await state.update_data({ROWS[0].code: str(value)})
    await state.set_state(Scoring.row2)
    await bot.send_message(query.from_user.id, form.question(ROWS[1], given, form.noted(ROWS[0], value)))
    return query.answer()  # goes out as the webhook's response, without a call of its own


@router.message(StateFilter(*STATES[1:7]), Typed())
async def type_points(message: Message, state: FSMContext, number: str, typed: str) -> None:
    row = ROWS[int(number) - 1]
    value = form.points(row, typed)
    if value is None:
        await message.answer(form.too_much(row))
        return
    given = await state.update_data({row.code: str(value)})
    await state.set_state(STATES[len(given)])
    following = ROWS[len(given)] if len(given) < len(ROWS) else None
    heading = form.noted(row, value)
    await message.answer(form.question(following, given, heading) if following else heading)


@router.message(StateFilter(Scoring.done), Says(form.SUMMARY))
async def look(message: Message, state: FSMContext) -> None:
    given = await state.get_data()
    await state.clear()
    await message.answer(form.summary(ROWS, given))


async def main() -> None:
    dispatcher = Dispatcher(storage=MemoryStorage())
    dispatcher.include_router(router)
    collect_seldom()
    await aiogram_web.serve(aiogram_web.bot(), dispatcher)


if __name__ == "__main__":
    asyncio.run(main())
