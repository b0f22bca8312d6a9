"""The benchmark itself, with small numbers: what it makes, what its Bot API refuses, where its results go."""

from __future__ import annotations

import asyncio

import pytest

from bench import due, report
from bench.__main__ import PARTS
from bench.sending import PERMITTED, SHARE, WAIT, Book


def test_due_rows_are_made_once_and_by_the_tick() -> None:
    found = asyncio.run(due.one(None, 1_000))
    assert found["first"]["rows"] == 1_000
    assert found["again"]["rows"] == 0
    assert found["scan"]["rows"] == 1_000 + 13, "and the communes of the plan"
    shown = due.rows_of("SQLite", 1_000, found)
    assert [row[:3] for row in shown] == [
        ["SQLite", "1,000", due.ONE],
        ["SQLite", "1,013", due.SCAN],
    ]


def test_its_bot_api_takes_so_many_in_any_second() -> None:
    book = Book(permitted=PERMITTED)
    assert [book.refuses(n, 0.9) for n in range(PERMITTED)] == [0] * PERMITTED
    assert book.refuses(99, 1.8) == WAIT, "a second begins anywhere"
    assert book.refuses(99, 2.0) == 0
    assert (book.refused, book.busiest, book.taken[99]) == (1, PERMITTED, 1)


def test_its_bot_api_refuses_a_share_the_same_each_time() -> None:
    def refused() -> int:
        book = Book(share=SHARE)
        for n in range(10_000):
            book.refuses(n, n / 1000)
        return book.refused

    assert 50 < refused() < 150
    assert refused() == refused()


@pytest.mark.parametrize("part", PARTS)
def test_each_part_has_its_place_on_the_page(part: str, tmp_path, monkeypatch) -> None:
    page = tmp_path / "performance.md"
    page.write_text(report.PAGE.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(report, "PAGE", page)
    report.write(part, "| found |")
    assert f"<!-- measured: {part} -->\n| found |\n{report.END}" in page.read_text(encoding="utf-8")
    assert page.read_text(encoding="utf-8").count(report.END) == len(PARTS)
