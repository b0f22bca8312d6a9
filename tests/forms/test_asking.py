"""Questions, answers and summaries as people read them (the sentences here are the English msgids)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from bot.chat import Reply
from bot.forms.answers import Item, answers, from_json
from bot.forms.asking import FIXED_WORDS, ask, edit_menu, name, quick_points, removal_menu, shown, summary
from bot.forms.engine import applicable
from bot.forms.reading import read
from bot.forms.tokens import Press, parse
from bot.plan.questions import Form
from bot.vietnamese import fold
from tests.forms.sample_forms import CONTEXT, REGISTRATION, SAY, SCORECARD, happened, photo


def asked(form: Form, id: str, *acts: tuple[Any, ...], **more: str) -> Reply:
    return ask(form, form.question(id), answers(happened(*acts)), 12, SAY, **more)


def labels(reply: Reply) -> list[list[str]]:
    return [[choice.label for choice in row] for row in reply.choices]


def test_a_row_is_asked_with_its_hint_and_quick_points() -> None:
    reply = asked(SCORECARD, "r01", heading="Đã nhận.", progress="0/7 · 0/0")
    assert reply.title == "Criterion 01 (at most 15 points)"
    assert reply.text == "Đã nhận.\n0/7 · 0/0\nNội dung tiêu chí 1\nEvidence asked for: Có số liệu cụ thể"
    assert labels(reply) == [["15", "14,5", "14", "13,5"], ["13", "12", "10", "8"], ["Leave for later"]]
    assert reply.lettered
    assert parse(reply.options()[3].token) == Press("answer", 12, "r01", "13.5")
    assert parse(reply.options()[0].token) == Press("answer", 12, "r01", "15")


@pytest.mark.parametrize(
    ("most", "step", "points"),
    [
        ("15", "0.5", "15 14.5 14 13.5 13 12 10 8"),
        ("10", "0.5", "10 9.5 9 8.5 8 7 6 5"),
        ("20", "0.5", "20 19.5 19 18.5 18 16 13 10"),
        ("5", "0.5", "5 4.5 4 3.5 3 2.5 2 1.5"),
        ("5", "1", "5 4 3 2 1 0"),
        ("2", "0.5", "2 1.5 1 0.5 0"),
        ("30", "2", "30 28 26 24 22 20 18 16"),
    ],
)
def test_quick_points_fall_from_the_top(most: str, step: str, points: str) -> None:
    assert list(quick_points(Decimal(most), Decimal(step))) == [Decimal(n) for n in points.split()]


@pytest.mark.parametrize("most", range(1, 101))
def test_every_quick_point_can_be_given(most: int) -> None:
    row = SCORECARD.question("r01").model_copy(update={"maximum": Decimal(most)})
    quick = quick_points(Decimal(most), Decimal("0.5"))
    assert list(quick) == sorted(set(quick), reverse=True)
    for points in quick:
        assert read(row, f"{points:f}", {}, CONTEXT) == points


def test_what_is_recorded_is_shown_and_can_be_kept() -> None:
    reply = asked(SCORECARD, "r02", ("set", "r02", "13.5"))
    assert reply.text.endswith("Recorded: 13,5 points")
    assert labels(reply)[-1] == ["Back", "Keep"]


def test_evidence_tells_what_is_there_and_offers_other_rows() -> None:
    empty = asked(SCORECARD, "e01")
    assert empty.title == "Evidence for criterion 01"
    assert empty.text.startswith("Evidence asked for: Có số liệu cụ thể\nPlease send photos")
    assert labels(empty) == [["Back", "Skip"]]
    full = asked(
        SCORECARD,
        "e02",
        ("add", "e01", photo()),
        ("add", "e02", photo()),
        ("add", "e02", photo()),
        ("add", "e02", {"kind": "document", "name": "bao-cao.pdf"}),
    )
    assert full.text.endswith("Received so far: 2 photos, 1 document")
    assert labels(full) == [["Done"], ["Reuse evidence 01"], ["Back", "Remove…"]]
    assert parse(full.options()[1].token) == Press("reuse", 12, "e02", "01")


def test_choices_are_buttons_and_only_the_offered_ones() -> None:
    subject = asked(REGISTRATION, "subject")
    assert subject.title == "Loại"
    assert labels(subject) == [["Tập thể", "Cá nhân"]]
    assert not subject.lettered
    topic = asked(REGISTRATION, "topic", ("set", "field", "kinh_te"))
    assert labels(topic) == [["Xây dựng nông thôn mới"], ["Giảm nghèo"], ["Back", "Skip"]]
    award = asked(REGISTRATION, "award")
    assert labels(award) == [["Yes", "No"], ["Back"]]
    for choice in award.choices[0]:
        press = parse(choice.token)
        assert isinstance(press, Press)
        assert read(REGISTRATION.question("award"), press.key, {}, CONTEXT) is (choice.label == "Yes")


def test_skipping_is_offered_only_where_it_is_allowed() -> None:
    assert labels(asked(REGISTRATION, "name")) == [["Back"]]
    assert labels(asked(REGISTRATION, "benefit", ("set", "field", "kinh_te"))) == [["Back", "Leave for later"]]
    assert asked(REGISTRATION, "benefit", ("set", "field", "kinh_te")).lettered
    assert labels(asked(REGISTRATION, "letter", ("set", "award", True))) == [["Back"]]


def test_every_button_of_every_question_is_understood_when_pressed() -> None:
    acts = (("set", "field", "kinh_te"), ("set", "award", True))
    for form in (REGISTRATION, SCORECARD):
        given = answers(happened(*acts))
        for question in applicable(form, given):
            for choice in asked(form, question.id, *acts).options():
                press = parse(choice.token)
                assert isinstance(press, Press)
                assert (press.draft, press.question) == (12, question.id)
                if press.verb == "answer":
                    read(question, press.key, given, CONTEXT)
                    assert read(question, choice.label, given, CONTEXT) == read(question, press.key, given, CONTEXT)
                elif press.verb != "keep":
                    assert FIXED_WORDS[fold(choice.label)] == press.verb


@pytest.mark.parametrize(
    ("form", "id", "acts", "words"),
    [
        (SCORECARD, "r01", [("set", "r01", "13.5")], "13,5 points"),
        (SCORECARD, "r01", [("set", "r01", "1")], "1 point"),
        (SCORECARD, "r01", [("skip", "r01")], "(still missing)"),
        (SCORECARD, "e01", [], "(still missing)"),
        (SCORECARD, "e01", [("skip", "e01")], "(left out)"),
        (SCORECARD, "e01", [("add", "e01", {"kind": "link", "text": "https://a.vn"})], "1 link"),
        (REGISTRATION, "benefit", [("set", "benefit", "350000000")], "350.000.000 đồng"),
        (REGISTRATION, "benefit", [("skip", "benefit")], "(still missing)"),
        (REGISTRATION, "subject", [("set", "subject", "ca_nhan")], "Cá nhân"),
        (
            REGISTRATION,
            "helpers",
            [("set", "helpers", ["phu_nu", "doan"])],
            "Hội Phụ nữ, Đoàn Thanh niên và Hội Sinh viên",
        ),
        (REGISTRATION, "helpers", [("skip", "helpers")], "(left out)"),
        (REGISTRATION, "start", [("set", "start", "2024-02-15")], "15/02/2024"),
        (REGISTRATION, "award", [("set", "award", False)], "No"),
        (REGISTRATION, "name", [("set", "name", "Camera an ninh")], "Camera an ninh"),
    ],
)
def test_an_answer_in_words(form: Form, id: str, acts: list[tuple[Any, ...]], words: str) -> None:
    assert shown(form.question(id), answers(happened(*acts)).get(id), SAY) == words


def test_a_long_answer_is_shown_in_part_and_kept_whole() -> None:
    story = "Bà con góp công. " * 300
    given = answers(happened(("set", "name", story)))
    assert len(shown(REGISTRATION.question("name"), given["name"], SAY)) <= 300
    assert from_json(REGISTRATION.question("name"), given["name"].value) == story


def summed(form: Form, *acts: tuple[Any, ...], lead: str = "") -> Reply:
    events = happened(*acts)
    last = events[-1].id if events else 0
    return summary(form, answers(events), 12, SAY, title="Bảng tự chấm", lead=lead, last_event=last, submit_label="Nộp")


def test_the_summary_numbers_the_answers_and_names_what_is_missing() -> None:
    rows = [("set", f"r0{n}", "14") for n in range(1, 7)]
    reply = summed(SCORECARD, *rows, ("add", "e01", photo()), lead="84/90 điểm")
    assert reply.text.splitlines()[:3] == [
        "84/90 điểm",
        "1. Criterion 01: 14 points – 1 photo",
        "2. Criterion 02: 14 points – no evidence yet",
    ]
    assert "7. Criterion 07: (still missing) – no evidence yet" in reply.text
    assert labels(reply) == [["Continue: Criterion 07"], ["Add evidence 02"], ["Edit…", "Cancel"]]
    assert parse(reply.options()[0].token) == Press("edit", 12, "r07")


def test_a_complete_summary_can_be_handed_in_as_it_was_seen() -> None:
    reply = summed(SCORECARD, *[("set", f"r0{n}", "10") for n in range(1, 8)])
    assert labels(reply) == [["Nộp"], ["Add evidence 01"], ["Edit…", "Cancel"]]
    assert reply.lettered
    assert [parse(choice.token) for choice in reply.options()] == [
        Press("submit", 12, key="7"),
        Press("edit", 12, "e01"),
        Press("edit", 12),
        Press("cancel", 12),
    ]


def test_a_summary_with_all_documents_asks_for_no_more() -> None:
    rows = [("set", f"r0{n}", "10") for n in range(1, 8)]
    assert labels(summed(SCORECARD, *rows, *[("add", f"e0{n}", photo()) for n in range(1, 8)])) == [
        ["Nộp"],
        ["Edit…", "Cancel"],
    ]


def test_what_was_sent_can_be_named_to_be_removed() -> None:
    items = (
        Item("photo", sha256="ab", event=3),
        Item("document", name="bao-cao.pdf", sha256="cd", event=5),
        Item("figure", text="45 hộ dự họp\nđủ các thôn " + "x" * 50, event=8),
    )
    reply = removal_menu(SCORECARD.question("e01"), items, 12, SAY)
    assert [len(label[0]) <= 48 for label in labels(reply)] == [True] * 4
    assert labels(reply)[:2] == [["1. Photo"], ["2. Document bao-cao.pdf"]]
    assert labels(reply)[2][0].startswith("3. 45 hộ dự họp đủ các thôn")
    assert [parse(choice.token) for choice in reply.options()] == [
        Press("remove", 12, "e01", "3"),
        Press("remove", 12, "e01", "5"),
        Press("remove", 12, "e01", "8"),
        Press("edit", 12, "e01"),
    ]


def test_the_summary_leaves_out_what_does_not_apply() -> None:
    reply = summed(REGISTRATION, ("set", "field", "van_hoa"), ("set", "benefit", "50000000"))
    assert "Làm lợi" not in reply.text
    assert "Lĩnh vực: Văn hóa – xã hội" in reply.text


def test_every_answer_can_be_changed_from_the_menu() -> None:
    reply = edit_menu(SCORECARD, {}, 12, SAY)
    assert labels(reply)[0] == ["Criterion 01", "Evidence 01"]
    assert len(reply.options()) == len(SCORECARD.questions) + 1
    assert parse(reply.options()[2].token) == Press("edit", 12, "r02")
    assert parse(reply.options()[-1].token) == Press("summary", 12)
    long = REGISTRATION.question("name").model_copy(update={"short": "", "ask": "Tên điển hình là gì? " * 10})
    assert name(long, SAY) == long.ask


def test_fixed_words_are_folded() -> None:
    assert all(fold(word) == word for word in FIXED_WORDS)
    for typed, verb in (
        ("Quay lại", "back"),
        ("BỎ QUA", "skip"),
        ("Huỷ", "cancel"),
        ("xem lại", "summary"),
        ("Xong", "done"),
    ):
        assert FIXED_WORDS[fold(typed)] == verb
