"""A table of criteria becomes questions, row by row, and the answers become what the rows take."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from bot.errors import Misunderstood
from bot.forms.answers import Answer, Item, to_json
from bot.forms.asking import ask, edit_menu, named, shown, summary
from bot.forms.engine import applicable, complete, next_question
from bot.forms.reading import read, several
from bot.forms.scorecard import asks_points_only, evidence, figures, inputs, scorecard_form
from bot.plan.criteria import CriteriaTable, Criterion
from bot.plan.loader import load
from bot.plan.questions import Form
from bot.rules.rows import NOT_APPLICABLE
from bot.rules.scoring import Scorecard
from tests.forms.sample_forms import CONTEXT, SAY, SCORECARD

SMALL = Path("tests/plans/small")
KINDS = load(SMALL / "scoring_kinds.yaml")
TABLE = KINDS.table("tap_the")
FORM = scorecard_form(TABLE)
ABSENT = {table.key: table for table in load(SMALL / "scoring_not_applicable.yaml").criteria}
TICKS = load(SMALL / "scoring_checklist.yaml").criteria[0]


def answered(form: Form, **typed: str) -> dict[str, Answer]:
    """What stands after these texts were typed at these questions (“r1_2” for “r1.2”)."""
    given: dict[str, Answer] = {}
    for id, text in typed.items():
        question = form.question(id.replace("_", "."))
        given[question.id] = Answer(question.id, to_json(read(question, text, given, CONTEXT)))
    return given


def test_plain_rows_keep_the_ids_by_which_drafts_are_stored() -> None:
    assert [q.id for q in SCORECARD.questions][:4] == ["r01", "e01", "r02", "e02"]
    assert asks_points_only(SCORECARD)
    assert not asks_points_only(FORM)


def test_every_kind_of_row_is_asked_in_its_own_way() -> None:
    asked = {q.id: (q.kind, q.maximum, q.step) for q in FORM.questions if q.kind != "files"}
    assert asked == {
        "r1.1": ("row", Decimal(10), Decimal("0.5")),
        "r1.2": ("yes_no", None, None),
        "r1.3": ("yes_no", None, None),
        "r1.4": ("choice", None, None),
        "r1.5": ("choice", None, None),
        "r2.1": ("number", None, None),
        "r2.2": ("number", None, None),
        "w2.2": ("number", None, None),
        "r2.3": ("number", None, Decimal(1)),
        "r2.4": ("number", None, Decimal(1)),
        "r2.5": ("number", Decimal(5), Decimal(1)),
        "r2.6": ("yes_no", None, None),
    }
    assert [q.id for q in FORM.questions if q.kind == "files"] == ["e1.1"]
    assert FORM.question("w2.2").ask.endswith("Hộ đạt gia đình văn hóa\nTổng số hộ")
    assert FORM.question("r2.1").ask == "II. Kết quả thực hiện\nTỷ lệ hộ tham gia\nBao nhiêu phần trăm số hộ tham gia?"
    assert "Theo quyết định xếp loại chi bộ" in FORM.question("r1.5").ask
    assert [option.key for option in FORM.question("r1.4").options] == ["tot", "kha", "cham"]


def test_what_another_authority_scores_is_not_asked() -> None:
    assert {q.code for q in scorecard_form(KINDS.table("ca_nhan")).questions} == {"3.1"}


def test_codes_that_differ_only_in_their_letters_stay_apart() -> None:
    rows = tuple(Criterion(code=code, text=code, max=Decimal(9)) for code in ("A", "a", "1-2", "1+2"))
    form = scorecard_form(CriteriaTable(subject="x", title="x", total=Decimal(20), rows=rows))
    assert [q.id for q in form.questions] == ["ra", "ea", "ra.", "ea.", "r1_2", "e1_2", "r1_2.", "e1_2."]
    given = {q.id: Answer(q.id, str(n)) for n, q in enumerate(form.questions) if q.kind == "row"}
    assert inputs(form, given) == {"A": 0, "a": 2, "1-2": 4, "1+2": 6}


def test_answers_become_what_each_row_takes() -> None:
    given = answered(
        FORM,
        r1_1="8,5", r1_2="có", r1_3="rồi", r1_4="Thực hiện đủ nhưng chậm", r1_5="tot", r2_1="85%",
        r2_2="34", w2_2="45", r2_3="6", r2_4="3", r2_5="4", r2_6="không",
    )  # fmt: skip
    taken = inputs(FORM, given)
    assert taken == {
        "1.1": Decimal("8.5"), "1.2": True, "1.3": True, "1.4": "kha", "1.5": "tot", "2.1": Decimal(85),
        "2.2": (Decimal(34), Decimal(45)), "2.3": Decimal(6), "2.4": Decimal(3), "2.5": Decimal(4), "2.6": False,
    }  # fmt: skip
    assert Scorecard(TABLE, taken).total == Decimal("59.56"), "as computed by hand in the plan"
    assert evidence(FORM, given) == {"1.1": 0}


def test_an_answer_that_the_table_cannot_hold_any_more_is_asked_anew() -> None:
    """The plan of a running season may get another version, with the draft half filled."""
    given = answered(FORM, r1_1="8,5", r1_2="có", r1_3="có", r1_4="tot", r2_5="4") | {"e1.1": Answer("e1.1", done=True)}
    changed = {
        "r1.1": Answer("r1.1", "10.5"),
        "r1.2": Answer("r1.2", "13"),
        "r1.4": Answer("r1.4", "rat_tot"),
        "r2.5": Answer("r2.5", "9"),
    }
    for id, answer in changed.items():
        still = {**given, id: answer}
        assert next_question(FORM, still) == FORM.question(id if id != "r2.5" else "r1.5")
        assert set(inputs(FORM, given)) - set(inputs(FORM, still)) == {id[1:]}
        assert summary(FORM, still, 7, SAY, title="", last_event=1, submit_label="").text
    assert inputs(FORM, given | {"r2.3": Answer("r2.3", "nhiều")}) == inputs(FORM, given)


def test_half_a_ratio_is_no_answer_to_the_row() -> None:
    assert inputs(FORM, answered(FORM, r2_2="34")) == {}
    assert inputs(FORM, answered(FORM, w2_2="45")) == {}


@pytest.mark.parametrize(
    ("id", "text"), [("r2.5", "6"), ("r2.3", "1,5"), ("r2.4", "-1"), ("r1.2", "12"), ("r1.4", "xx")]
)
def test_what_a_row_cannot_hold_is_turned_down(id: str, text: str) -> None:
    with pytest.raises(Misunderstood):
        read(FORM.question(id), text, {}, CONTEXT)


def test_a_figure_is_typed_and_a_file_may_hold_one() -> None:
    def proved(*items: Item) -> tuple[set[str], set[str]]:
        typed, files = figures(FORM, {"e1.1": Answer("e1.1", items=items)})
        return set(typed), set(files)

    nothing: set[str] = set()
    assert proved(Item("figure", text="45 hộ dự họp")) == ({"1.1"}, nothing)
    assert proved(Item("text", text="Biên bản họp dân")) == (nothing, nothing)
    assert proved(Item("document", name="2024.pdf"), Item("link", text="https://x.vn/1")) == (nothing, {"1.1"})
    assert proved(Item("photo", text="120 cây đã trồng")) == ({"1.1"}, nothing)


# -- does not apply --------------------------------------------------------------------------------------------------


def test_only_a_row_that_may_not_apply_offers_it() -> None:
    form = scorecard_form(ABSENT["exempt"])
    labels = {
        q.id: [choice.label for row in ask(form, q, {}, 7, SAY).choices for choice in row] for q in form.questions
    }
    assert "Does not apply" in labels["r2"]
    assert "Does not apply" in labels["r3"]
    assert all("Does not apply" not in labels[id] for id in ("r1", "w3", "e1", "e2"))


@pytest.mark.parametrize("text", ["Không áp dụng", "khong ap dung.", "not_applicable"])
def test_a_row_that_does_not_apply_asks_nothing_more(text: str) -> None:
    form = scorecard_form(ABSENT["exempt"])
    given = answered(form, r1="54") | {"e1": Answer("e1", done=True)}
    given |= answered(form, r2=text, r3=text)
    assert inputs(form, given) == {"1": Decimal(54), "2": NOT_APPLICABLE, "3": NOT_APPLICABLE}
    assert next_question(form, given) is None
    assert complete(form, given)
    assert [q.id for q in applicable(form, given)] == ["r1", "e1", "r2", "r3"]
    assert shown(form.question("r2"), given["r2"], SAY) == "Does not apply"


def test_a_row_that_always_applies_takes_no_such_answer() -> None:
    with pytest.raises(Misunderstood):
        read(scorecard_form(ABSENT["exempt"]).question("r1"), "không áp dụng", {}, CONTEXT)


def test_leaving_a_row_for_later_is_not_saying_that_it_does_not_apply() -> None:
    form = scorecard_form(ABSENT["exempt"])
    given = {id: Answer(id, skipped=True) for id in ("r1", "r2", "r3")}
    assert inputs(form, given) == {}
    assert not complete(form, given)
    assert next_question(form, given) is None, "the rest of the row waits with it"


# -- in words --------------------------------------------------------------------------------------------------------


def test_a_row_is_called_by_its_code_and_says_what_it_is_worth() -> None:
    assert named(FORM.question("r1.1"), SAY) == "Criterion 1.1 (at most 10 points)"
    assert named(FORM.question("r1.4"), SAY) == "Criterion 1.4 (at most 10 points)"
    assert named(FORM.question("r2.6"), SAY) == "Criterion 2.6"
    assert named(scorecard_form(TICKS).question("r2"), SAY) == "Criterion 2"


def test_the_summary_shows_every_row_once_with_its_evidence() -> None:
    given = answered(FORM, r1_1="8", r1_2="có", r1_4="tot", r2_2="34", w2_2="45")
    told = summary(FORM, given, 7, SAY, title="", last_event=1, submit_label="Hand in").text.splitlines()
    assert told[:2] == ["1. Criterion 1.1: 8 points – no evidence yet", "2. Criterion 1.2: Yes"]
    assert "4. Criterion 1.4: Thực hiện đủ và đúng hạn" in told
    assert told[6:8] == ["7. Criterion 2.2: 34", "8. Tổng số hộ: 45"]
    assert len(told) == 12


def test_every_question_of_every_table_can_be_put_and_changed() -> None:
    for path in sorted(SMALL.glob("scoring*.yaml")):
        for table in load(path).criteria:
            form = scorecard_form(table)
            assert len({q.id for q in form.questions}) == len(form.questions)
            for question in form.questions:
                assert ask(form, question, {}, 7, SAY).text
            assert edit_menu(form, {}, 7, SAY).choices


def test_points_typed_for_a_row_that_has_none_are_turned_down_by_name() -> None:
    rows = tuple(
        Criterion.model_validate(row)
        for row in (
            {"code": "01", "text": "a", "max": 10},
            {"code": "02", "text": "b", "max": 10, "scoring": {"kind": "check"}},
        )
    )
    form = scorecard_form(CriteriaTable(subject="x", title="x", total=Decimal(20), rows=rows))
    first, second = several(form, {}, "tc1 8 tc2 9") or []
    assert (first.question, first.value) == ("r01", Decimal(8))
    assert isinstance(second.value, Misunderstood)
    assert "02" in str(second.value.values)
    assert several(form, {}, "8 9") is None, "a bare list would have to guess which rows are meant"
