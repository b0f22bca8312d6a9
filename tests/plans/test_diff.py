"""Two versions of a plan compared: each value that differs, by the names that the file gives it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from bot.plan.dates import Annual
from bot.plan.diff import changes
from bot.plan.loader import load
from bot.plan.model import Plan

PLAN = load(Path("plans/van-ninh.yaml"))


def test_the_same_plan_has_no_changes_even_in_another_file_version() -> None:
    assert changes(PLAN, PLAN.model_copy(update={"version": "abc"})) == []


def test_a_moved_date_and_a_changed_row_are_named_by_their_ids() -> None:
    first, *others = PLAN.milestones
    moved = first.model_copy(update={"date": Annual(before="02-20")})
    table = PLAN.table("tap_the")
    row = table.rows[6].model_copy(update={"max": Decimal(12)})
    tables = (table.model_copy(update={"rows": (*table.rows[:6], row)}), *PLAN.criteria[1:])
    found = changes(PLAN, PLAN.model_copy(update={"milestones": (moved, *others), "criteria": tables}))
    assert [(c.path, c.old, c.new) for c in found] == [
        ("criteria.tap_the.rows.07.max", "10", "12"),
        ("milestones.dang_ky.date.before", "02-15", "02-20"),
    ]
    assert [c.part for c in found] == ["criteria.tap_the", "milestones.dang_ky"]


def test_what_is_new_and_what_is_gone_are_told_apart() -> None:
    form = PLAN.form("registration")
    fewer = form.model_copy(update={"questions": tuple(q for q in form.questions if q.id != "topic")})
    without: Plan = PLAN.model_copy(update={"forms": (fewer, *(f for f in PLAN.forms if f.id != "registration"))})
    gone = changes(PLAN, without)
    assert [(c.path, c.new) for c in gone] == [("forms.registration.questions.topic", None)]
    assert gone[0].old is not None
    assert "topic" in gone[0].old
    assert [(c.path, c.old) for c in changes(without, PLAN)] == [("forms.registration.questions.topic", None)]
