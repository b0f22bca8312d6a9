"""Stories of every kind told once more with PostgreSQL under them, on Telegram: word for word the same."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bot.clock import ZONE
from bot.rules.access import STANDING_OFFICE
from tests.conversations import (
    test_drafts,
    test_evidence,
    test_groups,
    test_joining,
    test_lookup,
    test_models_over_years,
    test_registration,
    test_reminders,
    test_reports,
    test_self_score,
)
from tests.talk import Speaker, in_group
from tests.world import DISTRICT, MONDAY, World, world

VAN_NINH = (
    test_registration.test_a_commune_registers_its_exemplar,
    test_registration.test_a_registered_exemplar_is_changed,
    test_registration.test_none_this_year_is_said_and_taken_back,
    test_registration.test_the_standing_office_registers_for_a_unit,
    test_self_score.test_a_commune_scores_its_exemplar,
    test_self_score.test_a_handed_in_scorecard_is_changed_as_a_new_version,
    test_evidence.test_an_album_is_one_answer_with_one_acknowledgement,
    test_drafts.test_after_a_restart_the_question_still_stands,
    test_drafts.test_a_colleague_takes_over,
    test_drafts.test_the_same_button_twice_has_one_effect,
    test_joining.test_a_code_serves_once,
    test_joining.test_guessing_is_stopped_and_a_valid_code_is_of_no_use_meanwhile,
    test_joining.test_a_right_that_has_ended_is_none,
    test_groups.test_the_bot_introduces_itself_and_is_linked_by_a_code,
    test_groups.test_a_group_that_becomes_a_supergroup_keeps_its_link,
    test_reminders.test_a_reminder_leads_to_the_task_and_the_answer_ends_it,
    test_reminders.test_the_groups_list_grows_shorter_in_place,
    test_reminders.test_the_office_holds_a_step_and_lets_it_go,
    test_lookup.test_the_unit_itself_reads_its_points_and_others_the_state,
    test_lookup.test_progress_counts_and_names_who_is_missing,
)
BINH_DINH = (
    test_reports.test_a_report_is_handed_in_and_its_receipt_says_for_what_and_to_whom,
    test_reports.test_handing_in_again_makes_a_second_version_and_both_stay,
    test_reports.test_a_report_handed_in_by_a_double_press_is_handed_in_once,
)
NINH_THUAN = (test_models_over_years.test_what_two_colleagues_carry_over_is_registered_once,)


async def _people(here: World, wanted: set[str]) -> dict[str, Any]:
    """Whom the stories call by these names, made as their own files do."""
    plan = {season.plan for season in here.app.office.seasons}
    made: dict[str, Any] = {"here": here}
    if "lan" in wanted:
        made["lan"] = await here.person("Lan", *([test_reports.PHU_CAT] if "binh-dinh" in plan else []))
    if "bay" in wanted:
        made["bay"] = await here.person("Bảy", DISTRICT, STANDING_OFFICE)
    if wanted & {"hung", "there"}:
        hung: Speaker = await here.person("Hùng", "van-ninh.van-thanh", group=test_groups.GROUP)
        made |= {"hung": hung, "there": in_group(hung)}
    if "hai" in wanted:
        made["hai"] = await here.person("Hải", test_models_over_years.NINH_HAI)
    return made


async def _tell(here: World, story: Callable[..., Any], **more: Any) -> None:
    wanted = set(inspect.signature(story).parameters)
    given = {**await _people(here, wanted), **more}
    await story(**{name: given[name] for name in wanted})


def _named(story: Callable[..., Any]) -> str:
    return story.__name__.removeprefix("test_")


@pytest.fixture
async def van_ninh(tmp_path: Path, postgres_url: str) -> AsyncIterator[World]:
    async with world(tmp_path / "kheo", "telegram", at=MONDAY, database_url=postgres_url) as made:
        yield made


@pytest.mark.parametrize("story", VAN_NINH, ids=_named)
async def test_van_ninh(van_ninh: World, story: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    assert van_ninh.app.store.dialect == "postgresql"
    await _tell(van_ninh, story, monkeypatch=monkeypatch)


@pytest.mark.parametrize("story", BINH_DINH, ids=_named)
async def test_binh_dinh(tmp_path: Path, postgres_url: str, story: Callable[..., Any]) -> None:
    at = datetime(2023, 3, 13, 9, 0, tzinfo=ZONE)
    async with world(tmp_path / "kheo", "telegram", plans=["binh-dinh"], at=at, database_url=postgres_url) as here:
        await _tell(here, story)


@pytest.mark.parametrize("story", NINH_THUAN, ids=_named)
async def test_ninh_thuan(tmp_path: Path, postgres_url: str, story: Callable[..., Any]) -> None:
    of = test_models_over_years
    more: dict[str, Any] = {"plans": [of.PLAN], "seasons": [(of.PLAN, 2024), (of.PLAN, 2025)], "at": of.FIRST}
    async with world(tmp_path / "kheo", "telegram", database_url=postgres_url, **more) as here:
        await _tell(here, story)
