"""The place in a form follows from its answers alone: back, skip, later, and answers that no longer apply."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.forms import engine
from bot.forms.answers import Answer, Item, answers, from_json, item_from_json, item_to_json, to_json
from bot.forms.engine import applicable, before, complete, is_answered, left_open, next_question, options
from bot.forms.scorecard import evidence, inputs
from tests.forms.sample_forms import REGISTRATION, SCORECARD, TABLE, happened, photo

ALL_GIVEN = (
    ("set", "subject", "tap_the"),
    ("set", "name", "Camera an ninh thôn Xuân Tự"),
    ("set", "field", "kinh_te"),
    ("set", "topic", "giam_ngheo"),
    ("skip", "benefit"),
    ("skip", "helpers"),
    ("set", "start", "2024-02-15"),
    ("set", "award", False),
)


def ids(questions: Any) -> list[str]:
    return [question.id for question in questions]


def asked_next(*acts: tuple[Any, ...]) -> str | None:
    question = next_question(REGISTRATION, answers(happened(*acts)))
    return question.id if question else None


def test_the_questions_come_in_order_and_end_at_the_summary() -> None:
    expected = ["subject", "name", "field", "topic", "benefit", "helpers", "start", "award", None]
    assert [asked_next(*ALL_GIVEN[:n]) for n in range(len(ALL_GIVEN) + 1)] == expected


def test_a_question_that_does_not_apply_is_not_asked() -> None:
    acts = (*ALL_GIVEN[:2], ("set", "field", "van_hoa"), ("skip", "topic"))
    assert asked_next(*acts) == "helpers"
    assert "benefit" not in ids(applicable(REGISTRATION, answers(happened(*acts))))


def test_a_field_without_topics_has_no_question_of_topic() -> None:
    assert asked_next(*ALL_GIVEN[:2], ("set", "field", "quoc_phong")) == "helpers"


def test_a_topic_of_another_field_counts_no_more() -> None:
    changed = answers(happened(*ALL_GIVEN, ("set", "field", "van_hoa")))
    topic = REGISTRATION.question("topic")
    assert [option.key for option in options(topic, changed)] == ["khuyen_hoc"]
    assert not is_answered(topic, changed)
    assert next_question(REGISTRATION, changed) == topic
    back_again = answers(happened(*ALL_GIVEN, ("set", "field", "van_hoa"), ("set", "field", "kinh_te")))
    assert is_answered(topic, back_again)
    assert next_question(REGISTRATION, back_again) is None


def test_evidence_is_answered_when_it_is_said_to_be_complete() -> None:
    award = (*ALL_GIVEN[:-1], ("set", "award", True))
    assert asked_next(*award) == "letter"
    assert asked_next(*award, ("add", "letter", photo())) == "letter"
    assert asked_next(*award, ("add", "letter", photo()), ("done", "letter")) is None
    # This one is required: nothing at all is not enough.
    assert asked_next(*award, ("done", "letter")) == "letter"


def test_back_goes_through_what_applies_whether_answered_or_not() -> None:
    given = answers(happened(*ALL_GIVEN))
    here, way = None, []
    while (question := before(REGISTRATION, given, here)) is not None:
        here = question.id
        way.append(here)
    assert way == ["award", "start", "helpers", "benefit", "topic", "field", "name", "subject"]
    assert before(REGISTRATION, given, "unheard of") is None
    # One stood at the letter when the award was taken back: from there one goes to the question before it.
    assert before(REGISTRATION, given, "letter") == REGISTRATION.question("award")


def test_what_was_left_open_is_required_by_the_dossier() -> None:
    given = answers(happened(*ALL_GIVEN))
    assert complete(REGISTRATION, given)
    assert ids(left_open(REGISTRATION, given, "ho_so")) == ["benefit"]
    assert left_open(REGISTRATION, given, "dang_ky") == ()
    assert left_open(REGISTRATION, answers(happened(*ALL_GIVEN, ("set", "benefit", "50000000"))), "ho_so") == ()
    assert left_open(REGISTRATION, answers(happened(*ALL_GIVEN, ("set", "field", "van_hoa"))), "ho_so") == ()


def test_a_form_is_complete_when_all_that_is_required_now_is_there() -> None:
    assert not complete(REGISTRATION, answers(happened(*ALL_GIVEN[:-1])))
    rows = [("set", f"r0{n}", "10") for n in range(1, 8)]
    assert complete(SCORECARD, answers(happened(*rows)))
    assert not complete(SCORECARD, answers(happened(*rows, ("skip", "r03"))))


def test_a_row_left_for_later_takes_its_evidence_along() -> None:
    later = answers(happened(("skip", "r01")))
    question = next_question(SCORECARD, later)
    assert question is not None
    assert question.id == "r02"
    assert before(SCORECARD, later, "r02") == SCORECARD.question("r01")


def test_evidence_after_done_reopens_nothing_and_can_be_removed() -> None:
    events = happened(
        ("add", "e01", photo("mot.jpg")),
        ("add", "e01", photo("hai.jpg")),
        ("done", "e01"),
        ("add", "e01", photo("ba.jpg")),
        ("remove", "e01", 2),
    )
    answer = answers(events)["e01"]
    assert answer.done
    assert [(item.name, item.event) for item in answer.items] == [("mot.jpg", 1), ("ba.jpg", 4)]


def test_skipping_evidence_that_is_there_means_done() -> None:
    answer = answers(happened(("add", "e01", photo()), ("skip", "e01")))["e01"]
    assert answer.done
    assert len(answer.items) == 1
    assert not answer.skipped


def test_an_undo_takes_one_event_back_and_can_be_taken_back_itself() -> None:
    acts: list[tuple[Any, ...]] = [("set", "r01", "14"), ("set", "r01", "12")]
    assert answers(happened(*acts))["r01"].value == "12"
    assert answers(happened(*acts, ("undo", "r01", 2)))["r01"].value == "14"
    assert answers(happened(*acts, ("undo", "r01", 2), ("undo", "r01", 3)))["r01"].value == "12"
    assert answers(happened(*acts, ("undo", "r01", 2), ("undo", "r01", 1))) == {}
    assert answers(happened(*acts, ("clear", "r01"))) == {}


def test_an_unknown_act_is_refused() -> None:
    with pytest.raises(ValueError, match="burn"):
        answers(happened(("burn", "r01")))


def test_values_survive_json() -> None:
    row, start, helpers = (SCORECARD.question("r01"), REGISTRATION.question("start"), REGISTRATION.question("helpers"))
    assert to_json(Decimal("13.50")) == "13.5"
    assert to_json(Decimal("1E+1")) == "10"
    assert from_json(row, "13.5") == Decimal("13.5") == from_json(row, Decimal("13.5"))
    assert to_json(from_json(start, "2024-02-15")) == "2024-02-15"
    assert to_json(("phu_nu", "doan")) == ["phu_nu", "doan"]
    assert from_json(helpers, ["phu_nu", "doan"]) == ("phu_nu", "doan")
    item = Item("photo", sha256="ab" * 32, name="họp dân.jpg", size=2048, media="image/jpeg", album="7")
    assert item_from_json(item_to_json(item)) == item
    for question, wrong in ((row, True), (start, 15), (helpers, "doan"), (REGISTRATION.question("award"), "yes")):
        with pytest.raises(ValueError, match=question.id):
            from_json(question, wrong)


VALUES: dict[str, list[Any]] = {
    "subject": ["tap_the", "ca_nhan"],
    "name": ["Camera an ninh", "Thắp sáng đường quê"],
    "field": ["kinh_te", "van_hoa", "quoc_phong"],
    "topic": ["nong_thon_moi", "giam_ngheo", "khuyen_hoc"],
    "benefit": ["50000000"],
    "helpers": [["phu_nu"], ["nong_dan", "doan"]],
    "start": ["2024-02-15"],
    "award": [True, False],
}
ACTS = st.lists(
    st.one_of(
        st.sampled_from([("set", id, value) for id, values in VALUES.items() for value in values]),
        st.sampled_from([(op, id) for id in VALUES for op in ("skip", "clear")]),
        st.sampled_from([("add", "letter", photo()), ("done", "letter"), ("skip", "letter")]),
    ),
    max_size=25,
)


@given(ACTS)
def test_back_and_on_again_changes_nothing_and_leads_back(acts: list[tuple[Any, ...]]) -> None:
    given = answers(happened(*acts))
    untouched = dict(given)
    asked = ids(applicable(REGISTRATION, given))
    for question in applicable(REGISTRATION, given):
        earlier = before(REGISTRATION, given, question.id)
        place = asked.index(question.id)
        assert (earlier.id if earlier else None) == (asked[place - 1] if place else None)
    following = next_question(REGISTRATION, given)
    assert following is None or following.id in asked
    assert given == untouched
    # Walking back to the beginning and asking again where one stands gives the same place.
    here = following.id if following else None
    while (question := before(REGISTRATION, given, here)) is not None:
        here = question.id
    assert next_question(REGISTRATION, given) == following


@given(ACTS)
def test_a_form_always_comes_to_its_end(acts: list[tuple[Any, ...]]) -> None:
    """Whatever went before, answering each question that is asked reaches the summary, and then nothing is missing."""
    acts = list(acts)
    for _ in range(2 * len(REGISTRATION.questions)):
        given = answers(happened(*acts))
        question = next_question(REGISTRATION, given)
        if question is None:
            break
        assert not is_answered(question, engine.current(REGISTRATION, given))
        if question.kind == "files":
            acts += [("add", question.id, photo()), ("done", question.id)]
        elif question.options:
            key = options(question, engine.current(REGISTRATION, given))[0].key
            acts.append(("set", question.id, [key] if question.kind == "multi_choice" else key))
        else:
            acts.append(("set", question.id, VALUES[question.id][0]))
    given = answers(happened(*acts))
    assert next_question(REGISTRATION, given) is None
    skipped = {id for id, answer in given.items() if answer.skipped}
    required = {q.id for q in applicable(REGISTRATION, given) if q.required}
    assert complete(REGISTRATION, given) == (not skipped & required)


SCORES = st.fixed_dictionaries(
    {},
    optional={row.code: st.integers(0, int(row.max * 2)).map(lambda halves: Decimal(halves) / 2) for row in TABLE.rows},
)


@given(SCORES, SCORES, st.randoms(use_true_random=False))
def test_any_order_of_edits_gives_the_same_scorecard(
    first: dict[str, Decimal], final: dict[str, Decimal], chance: Any
) -> None:
    drafts = [("set", f"r{code}", to_json(value)) for code, value in first.items() if code in final]
    wanted = [("set", f"r{code}", to_json(value)) for code, value in final.items()]
    straight = answers(happened(*wanted))
    chance.shuffle(drafts)
    chance.shuffle(wanted)
    crooked = answers(happened(*drafts, *wanted))
    assert inputs(SCORECARD, crooked) == inputs(SCORECARD, straight) == final


def test_the_scorecard_counts_evidence_row_by_row() -> None:
    given = answers(happened(("add", "e02", photo()), ("add", "e02", {"kind": "figure", "text": "45 hộ"})))
    assert evidence(SCORECARD, given) == {"01": 0, "02": 2, "03": 0, "04": 0, "05": 0, "06": 0, "07": 0}
    assert inputs(SCORECARD, given) == {}
    assert [q.id for q in SCORECARD.questions[:4]] == ["r01", "e01", "r02", "e02"]
    assert SCORECARD.question("r07").maximum == 10
    assert Answer("e02") != given["e02"]
