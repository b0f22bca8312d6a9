"""The scorecard on paper: the columns of the annex, the header on each page, points with a comma, evidence by name."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from bot.papers import scorecard
from bot.plan.criteria import CriteriaTable, Criterion
from tests.papers.sample_papers import (
    COMMUNE,
    FIVE_THOUSAND,
    FORTY,
    HANDED,
    SEVEN,
    W,
    a_plan,
    opened,
    part,
    scorecard_paper,
    words,
)


def ruled(paper: bytes) -> Any:
    """The ruled table, between the head and the signature."""
    return opened(paper).tables[1]


def cells(paper: bytes) -> list[list[str]]:
    return [[cell.text.replace("\u00a0", " ") for cell in row.cells] for row in ruled(paper).rows]


def test_the_columns_are_those_of_the_annex() -> None:
    table = cells(scorecard_paper(r01=["Báo cáo 12.pdf"], r02=["Báo cáo 12.pdf", "ảnh số 01"]))
    assert table[0] == ["STT", "Tiêu chí", "Điểm chuẩn", "Điểm tự chấm", "Tài liệu kiểm chứng"]
    assert table[1] == ["01", "Tiêu chí số 1: khéo tuyên truyền", "15", "13,5", "Báo cáo 12.pdf"]
    assert table[2][4] == "- Báo cáo 12.pdf\n- ảnh số 01"
    assert table[3][4] == ""
    assert table[-1] == ["", "Tổng điểm", "100", "94,5", ""]
    assert len(table) == 9


def test_an_appraised_score_is_printed_only_where_the_plan_has_the_column() -> None:
    assert "Điểm thẩm định" not in words(scorecard_paper())
    points = {row.code: Decimal(1) for row in FORTY.leaves()}
    columns = {
        "self": scorecard.Column(points, {}, Decimal(41)),
        "appraised": scorecard.Column({"1.1": Decimal("0.5")}),
    }
    paper = scorecard.scorecard(a_plan(), FORTY, columns, {}, "Camera", "xã Vạn Hưng", COMMUNE, HANDED)
    row = next(row for row in cells(paper) if row[0] == "1.1")
    assert row[2:5] == ["2,5", "1", "0,5"]
    hidden = SEVEN.model_copy(update={"columns": FORTY.columns})
    paper = scorecard.scorecard(
        a_plan(), hidden, {"appraised": scorecard.Column({"01": Decimal("0.25")})}, {}, "Camera", "xã", COMMUNE, HANDED
    )
    assert "0,25" not in words(paper)


@pytest.mark.parametrize("table", [SEVEN, FORTY], ids=["seven", "forty"])
def test_the_header_is_repeated_on_each_page_and_no_other_row_is(table: CriteriaTable) -> None:
    grid = list(part(scorecard_paper(table)).iter(f"{W}tbl"))[1]
    repeated = [row.find(f"{W}trPr/{W}tblHeader") is not None for row in grid.findall(f"{W}tr")]
    assert repeated == [True] + [False] * (len(repeated) - 1)
    assert grid.findall(f"{W}tr")[0].find(f"{W}trPr/{W}cantSplit") is not None


def test_groups_stand_bold_over_their_rows_with_the_points_that_the_rules_gave_them() -> None:
    table = ruled(scorecard_paper(FORTY))
    group = table.rows[1]
    assert [cell.text for cell in group.cells][:4] == ["I", "Công tác lãnh đạo, chỉ đạo", "30", "27"]
    assert all(run.bold for cell in group.cells for p in cell.paragraphs for run in p.runs if run.text)
    assert not any(run.bold for cell in table.rows[2].cells for p in cell.paragraphs for run in p.runs)
    assert "Điểm thưởng" in [row.cells[1].text for row in table.rows]


def test_a_row_of_ticks_says_yes_or_no_and_a_cap_in_words_is_printed_so() -> None:
    rows = (
        Criterion(code="1", text="Có kế hoạch", scoring={"kind": "check"}),  # type: ignore[arg-type]
        Criterion(code="2", text="Cộng", max=Decimal(10), printed_max="tối đa 10 điểm"),
    )
    table = CriteriaTable(subject="x", title="Bảng", total=Decimal(0), rows=rows)
    column = scorecard.Column({"2": Decimal("7.50")}, {"1": "Có"}, None)
    found = cells(scorecard.scorecard(a_plan(), table, {"self": column}, {}, "Camera", "xã", COMMUNE, HANDED))
    assert found[1][2:4] == ["", "Có"]
    assert found[2][2:4] == ["tối đa 10 điểm", "7,5"]
    assert len(found) == 3, "a table of ticks has no sum"


def test_a_table_that_is_only_confirmed_speaks_of_no_points() -> None:
    rows = tuple(Criterion(code=c, text="Có kế hoạch", scoring={"kind": "check"}) for c in "12")  # type: ignore[arg-type]
    table = CriteriaTable(subject="x", title="Tiêu chí xây dựng", total=Decimal(0), rows=rows)
    column = scorecard.Column({}, {"1": "Có", "2": "Không"}, None)
    paper = scorecard.scorecard(a_plan(), table, {"self": column}, {}, "Camera", "xã", COMMUNE, HANDED)
    assert cells(paper)[:2] == [
        ["STT", "Nội dung", "Tự đánh giá", "Tài liệu kiểm chứng"],
        ["1", "Có kế hoạch", "Có", ""],
    ]
    assert "BẢNG TỰ ĐÁNH GIÁ" in words(paper)
    assert "điểm" not in words(paper).lower().replace("điển", "")


def test_a_long_explanation_stands_after_the_table_and_is_named_in_it() -> None:
    paper = scorecard_paper(r05=[FIVE_THOUSAND, "ảnh số 01"])
    row = next(row for row in cells(paper) if row[0] == "05")
    assert row[4] == "- Thuyết minh kèm theo bảng, mục 05\n- ảnh số 01"
    lines = [paragraph.text for paragraph in opened(paper).paragraphs]
    assert lines[lines.index("05. Tiêu chí số 5: khéo tuyên truyền") + 1] == FIVE_THOUSAND


def test_the_sheet_is_turned_only_when_the_columns_need_it() -> None:
    assert opened(scorecard_paper()).sections[0].page_width.mm == pytest.approx(210, abs=0.1)
    assert opened(scorecard_paper(FORTY)).sections[0].page_width.mm == pytest.approx(297, abs=0.1)


def test_a_table_that_only_says_for_whom_it_is_gets_the_name_of_the_paper() -> None:
    table = SEVEN.model_copy(update={"title": "Đối với tập thể"})
    lines = [p.text for p in opened(scorecard_paper(table)).paragraphs]
    assert lines.index("BẢNG TỰ ĐÁNH GIÁ, CHẤM ĐIỂM") < lines.index("Đối với tập thể")
    assert "BẢNG TỰ CHẤM ĐIỂM TẬP THỂ “DÂN VẬN KHÉO”" in words(scorecard_paper())


def test_the_signature_keeps_the_last_row_with_it() -> None:
    last = ruled(scorecard_paper(FORTY)).rows[-1]
    assert all(p.paragraph_format.keep_with_next for cell in last.cells for p in cell.paragraphs)


def test_the_same_scorecard_is_the_same_bytes() -> None:
    assert scorecard_paper(FORTY) == scorecard_paper(FORTY)
