"""`kheo plan show`: a plan told back in plain Vietnamese leaves no rule out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from bot.plan.calendars import load_years
from bot.plan.loader import load
from bot.plan.model import Privacy
from bot.plan.part import Interpretation, Quote
from bot.rules.calendar import Calendar
from bot.texts import language
from bot.understood import told

CALENDAR = Calendar(load_years(Path("plans/calendars")))
FILES = sorted([*Path("plans").glob("*.yaml"), *Path("tests/plans/small").glob("*.yaml")])


def parts(kind: type[BaseModel], piece: object) -> Iterator[BaseModel]:
    """Everything of that kind in a piece of a plan."""
    if isinstance(piece, kind):
        yield piece
    elif isinstance(piece, BaseModel):
        for name in type(piece).model_fields:
            yield from parts(kind, getattr(piece, name))
    elif isinstance(piece, tuple):
        for item in piece:
            yield from parts(kind, item)


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_every_quotation_and_every_reading_is_told(file: Path) -> None:
    plan = load(file)
    said = told(plan, CALENDAR, language("vi"))
    assert [q for q in parts(Quote, plan) if f"“{q.text}” – {q.at}" not in said] == []  # type: ignore[attr-defined]
    assert [i for i in parts(Interpretation, plan) if i.reading not in said] == []  # type: ignore[attr-defined]
    assert [m.name for m in plan.milestones if m.name not in said] == []
    assert [row.text for table in plan.criteria for row in table.leaves() if row.text[:100] not in said] == []


def test_days_are_worked_out_for_each_year_and_the_years_asked_for() -> None:
    plan = load(Path("plans/van-ninh.yaml"))
    said = told(plan, CALENDAR, language("vi"))
    assert "Thời hạn: trước ngày 15/02 hằng năm" in said
    assert "năm 2026: chậm nhất 14/02/2026, ngày làm việc cuối 13/02/2026" in said
    assert "năm 2026: từ 01/07/2026 đến 30/09/2026, ngày làm việc cuối 30/09/2026" in said
    later = told(plan, CALENDAR, language("vi"), [2027])
    assert "năm 2027: chậm nhất 14/02/2027, ngày làm việc cuối 12/02/2027 (lịch nghỉ dự kiến)" in later
    assert "năm 2026: " not in later


def test_it_is_told_in_english_too() -> None:
    said = told(load(Path("plans/van-ninh.yaml")), CALENDAR, language("en"))
    assert "When: before 15/02, every year" in said
    assert "at least 90 points in all" in said


def test_what_no_answer_uses_is_told_at_least() -> None:
    small = Path("tests/plans/small")
    people, levels, documents = (
        told(load(small / f"{name}.yaml"), CALENDAR, language("vi")) for name in ("people", "levels", "documents")
    )
    for words in ("Thay thế: ", "(có xếp hạng các đơn vị)", "; phụ trách: ", "được nhấn mạnh)", "– căn cứ ban hành"):
        assert words in people, words
    for words in ("Một thành tích chỉ đề nghị một", "Thành viên vắng mặt cho ý kiến bằng văn bản", " xác nhận: "):
        assert words in levels, words
    assert "Khéo lập từ bản đăng ký)" in documents
    van_ninh = told(load(Path("plans/van-ninh.yaml")), CALENDAR, language("vi"))
    assert "Đo tiêu chuẩn " in van_ninh and "(quốc phòng, an ninh)" in van_ninh


def test_what_the_office_lays_down_for_personal_data_is_told() -> None:
    plan = load(Path("plans/van-ninh.yaml"))
    assert "Dữ liệu cá nhân" not in told(plan, CALENDAR, language("vi"))
    own = plan.model_copy(update={"privacy": Privacy(strip_photo_metadata=False, keep_years=10)})
    said = told(own, CALENDAR, language("vi"))
    assert "== Dữ liệu cá nhân của đợt (cơ quan tự đặt) ==" in said
    assert "kèm địa điểm và giờ chụp" in said and "sau 10 năm trọn" in said
