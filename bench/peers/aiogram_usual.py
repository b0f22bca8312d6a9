"""The form in aiogram as its documentation shows it, with the answers kept through SQLAlchemy's asyncio and aiosqlite."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from aiogram import BaseMiddleware, Dispatcher, F, Router
from aiogram.filters import Command, StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.memory import MemoryStorage
from aiogram.types import CallbackQuery, Message, TelegramObject
from sqlalchemy import ForeignKey, String, event, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from bench.peers import aiogram_web, form

router = Router()
ROWS = form.rows()


class Base(DeclarativeBase):
    pass


class Draft(Base):
    __tablename__ = "draft"
    id: Mapped[int] = mapped_column(primary_key=True)
    chat: Mapped[int] = mapped_column(index=True)
    open: Mapped[bool]
    touched_at: Mapped[datetime]


class Given(Base):
    __tablename__ = "given"
    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("draft.id"), index=True)
    row: Mapped[str] = mapped_column(String(8))
    points: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime]


class Scoring(StatesGroup):
    row1 = State()
    row2 = State()
    row3 = State()
    row4 = State()
    row5 = State()
    row6 = State()
    row7 = State()
    done = State()


STATES = Scoring.__states__


class Sessions(BaseMiddleware):
    """A database session for each update."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        self._sessions = sessions

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        async with self._sessions() as session:
            data["session"] = session
            return await handler(event, data)


@router.message(Command("tucham"))
async def begin(message: Message, state: FSMContext, session: AsyncSession) -> None:
    session.add(Draft(chat=message.chat.id, open=True, touched_at=datetime.now(UTC)))
    await session.commit()
    await state.set_state(Scoring.row1)
    await message.answer(form.question(ROWS[0], {}), reply_markup=aiogram_web.keyboard(ROWS[0]))


@router.callback_query(Scoring.row1, F.data.startswith("points:"))
async def press(query: CallbackQuery, state: FSMContext, session: AsyncSession) -> None:
    assert query.data is not None and isinstance(query.message, Message)
    value = form.points(ROWS[0], query.data.removeprefix("points:"))
    if value is None:
        await query.message.answer(form.too_much(ROWS[0]))
        return
    given = await keep(session, query.from_user.id, ROWS[0].code, str(value))
    await state.update_data(given)
    await state.set_state(Scoring.row2)
    await query.answer()
    await query.message.answer(form.question(ROWS[1], given, form.noted(ROWS[0], value)))


@router.message(Scoring.done, F.text == form.SUMMARY)
async def look(message: Message, state: FSMContext, session: AsyncSession) -> None:
    draft = await draft_of(session, message.chat.id)
    draft.open = False
    draft.touched_at = datetime.now(UTC)
    await session.commit()
    given = await state.get_data()
    await state.clear()
    await message.answer(form.summary(ROWS, given))


@router.message(StateFilter(*STATES[1:7]), F.text.regexp(form.TYPED).as_("typed"))
async def type_points(message: Message, state: FSMContext, session: AsyncSession, typed: Any) -> None:
    row = ROWS[int(typed[1]) - 1]
    value = form.points(row, typed[2])
    if value is None:
        await message.answer(form.too_much(row))
        return
    given = await keep(session, message.chat.id, row.code, str(value))
    await state.update_data(given)
    await state.set_state(STATES[len(given)])
    following = ROWS[len(given)] if len(given) < len(ROWS) else None
    heading = form.noted(row, value)
    await message.answer(form.question(following, given, heading) if following else heading)


async def draft_of(session: AsyncSession, chat: int) -> Draft:
    found = await session.scalars(select(Draft).where(Draft.chat == chat, Draft.open).order_by(Draft.id.desc()))
    return found.first() or Draft()


async def keep(session: AsyncSession, chat: int, row: str, points: str) -> dict[str, str]:
    """Write the answer into the open draft, commit, and return all answers."""
    draft = await draft_of(session, chat)
    answers = await session.scalars(select(Given).where(Given.draft_id == draft.id).order_by(Given.id))
    given = {answer.row: answer.points for answer in answers}
    draft.touched_at = datetime.now(UTC)
    session.add(Given(draft_id=draft.id, row=row, points=points, at=datetime.now(UTC)))
    await session.commit()
    return given | {row: points}


def durable(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


async def main() -> None:
    engine = create_async_engine(f"sqlite+aiosqlite:///{os.environ['KHEO_DATA']}/peer.db", connect_args={"timeout": 30})
    event.listen(engine.sync_engine, "connect", durable)
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    dispatcher = Dispatcher(storage=MemoryStorage())
    dispatcher.update.middleware(Sessions(async_sessionmaker(engine, expire_on_commit=False)))
    dispatcher.include_router(router)
    await aiogram_web.serve(aiogram_web.bot(), dispatcher)
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run(main())
