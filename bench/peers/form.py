"""What the peers share: the seven rows, how points are read, what is said, and the web server."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from aiohttp import web

STEP = Decimal("0.5")
TYPED = re.compile(r"tc(\d) (\S+)")
SUMMARY = "xem lại"


@dataclass(frozen=True, slots=True)
class Row:
    """A criterion."""

    code: str
    text: str
    hint: str
    most: Decimal


def rows() -> list[Row]:
    """The rows of the table, from the file that BENCH_FORM names."""
    found = json.loads(Path(os.environ["BENCH_FORM"]).read_text())
    return [Row(r["code"], r["text"], r["hint"], Decimal(r["most"])) for r in found]


def points(row: Row, typed: str) -> Decimal | None:
    """What was typed, as points of that row; None if it cannot be."""
    try:
        value = Decimal(typed.replace(",", "."))
    except InvalidOperation:
        return None
    return value if value.is_finite() and 0 <= value <= row.most and value % STEP == 0 else None


def shown(value: Decimal) -> str:
    return f"{value.normalize():f}".replace(".", ",")


def question(row: Row, given: Mapping[str, str], heading: str = "") -> str:
    """The next question, with what was noted before it and how far one has come."""
    total = sum((Decimal(value) for value in given.values()), Decimal(0))
    lines = (
        heading,
        f"Tiêu chí {row.code} (tối đa {shown(row.most)} điểm): {row.text}",
        f"Tài liệu kiểm chứng: {row.hint}",
        f"{len(given)}/7 · {shown(total)} điểm",
    )
    return "\n".join(line for line in lines if line)


def too_much(row: Row) -> str:
    return f"Tiêu chí {row.code}: đề nghị nhập số điểm từ 0 đến {shown(row.most)}, bước 0,5."


def noted(row: Row, value: Decimal) -> str:
    return f"Đã ghi nhận: TC{row.code}: {shown(value)}."


def summary(rows: list[Row], given: Mapping[str, str]) -> str:
    """Every row with its points, and the total."""
    total = sum((Decimal(value) for value in given.values()), Decimal(0))
    lines = [f"{row.code}. {row.text[:60]}: {shown(Decimal(given.get(row.code, '0')))} điểm" for row in rows]
    return "\n".join([f"Tổng: {shown(total)}/100 điểm", *lines])


def quick(row: Row) -> list[Decimal]:
    """The points that have a button."""
    return [row.most - STEP * n for n in range(8)]


async def listen(app: web.Application) -> None:
    """Until SIGTERM."""
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", int(os.environ["KHEO_PORT"])).start()
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    await ended.wait()
    await runner.cleanup()
