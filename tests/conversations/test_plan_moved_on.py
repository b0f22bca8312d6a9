"""A season is moved on to a version of its plan that lacks what people have begun: every turn is answered, nothing is lost."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bot.clock import ZONE
from bot.plan.model import Plan
from bot.rules.access import STANDING_OFFICE
from bot.store import drafts, outbox, seasons
from tests.conversations.registering import CAMERA, fills_in, registers
from tests.conversations.reporting import reports, writes
from tests.talk import Speaker
from tests.world import DISTRICT, World, plan, world

pytestmark = pytest.mark.parametrize("channel", ["telegram"], indirect=True)
BROKE = "Hệ thống gặp lỗi"
GONE = "không còn trong Kế hoạch"
EVERYDAY = ("/viec", "/diem", "/vidau", "/han", "/tiendo", "/banin", "/baocao", "/vuongmac", "/dangky", "/tucham")


async def moves_on(here: World, change: Callable[[Plan], dict[str, Any]], of: str) -> None:
    """Let the running season go on by a changed plan, as `kheo season apply` does, and let the tick see it."""
    season, now = here.season(of), here.app.clock.now()
    old = here.app.office.plan(season)
    new = old.model_copy(update={**change(old), "version": "moved-on"})
    await here.app.store.write(lambda tx: seasons.move(tx, season.id, new, now))
    await here.app.jobs.scan()
    assert here.app.office.plan(here.season(of)).version == "moved-on"


async def goes_through_the_day(here: World, speaker: Speaker, said: Sequence[str] = EVERYDAY) -> dict[str, str]:
    """Everything a person may type; each gets an answer, and none says that the bot broke."""
    told = {}
    for text in said:
        told[text] = await answered(here, speaker, text)
    return told


async def answered(here: World, speaker: Speaker, text: str) -> str:
    """All that comes back, which is not that the bot broke."""
    await speaker.says(text).hears("")
    await here.quiet()
    heard = speaker.since()
    assert BROKE not in heard, f"{text}: {heard}"
    return heard


async def drafts_of(here: World, unit: str) -> list[drafts.Draft]:
    at = here.app.office.units.coded(unit)
    assert at is not None
    return await here.app.store.read(lambda tx: drafts.open_of_units(tx, (at.id,)))


# -- a form ------------------------------------------------------------------------------------------------------------


def without_registration(old: Plan) -> dict[str, Any]:
    forms = tuple(form for form in old.forms if form.purpose != "registration")
    return {"forms": forms, "milestones": tuple(m for m in old.milestones if m.form != "registration")}


async def test_a_draft_of_a_form_that_is_gone_stays_and_is_told(here: World, lan: Speaker) -> None:
    await fills_in(lan)
    await moves_on(here, without_registration, "van-ninh")
    await lan.says("cả năm").hears(GONE)
    await lan.picks_old("Nộp bản đăng ký").hears(GONE)
    await goes_through_the_day(here, lan)
    kept = await drafts_of(here, "van-ninh.van-hung")
    assert "registration" in [draft.form for draft in kept]  # nothing was thrown away
    await moves_on_again(here)
    await lan.says("/viec").hears("Đang nhập dở, chưa nộp", CAMERA)


async def moves_on_again(here: World) -> None:
    """Back to the version with which the season began."""
    season, now, first = here.season(), here.app.clock.now(), plan("van-ninh")
    await here.app.store.write(lambda tx: seasons.move(tx, season.id, first, now))
    await here.app.jobs.scan()


async def test_what_was_registered_by_a_form_that_is_gone_is_still_shown(here: World, lan: Speaker) -> None:
    await registers(lan)
    await moves_on(here, without_registration, "van-ninh")
    told = await goes_through_the_day(here, lan, [*EVERYDAY, f"điểm của {CAMERA}"])
    assert CAMERA in told["/diem"]


# -- a question and an option ------------------------------------------------------------------------------------------


def without_question(id: str) -> Callable[[Plan], dict[str, Any]]:
    def change(old: Plan) -> dict[str, Any]:
        forms = tuple(
            form.model_copy(update={"questions": tuple(q for q in form.questions if q.id != id)}) for form in old.forms
        )
        return {"forms": forms}

    return change


async def test_the_open_question_is_gone(here: World, lan: Speaker) -> None:
    await lan.says("/dangky").hears("tập thể hay cá nhân")
    await lan.picks("Tập thể").hears("tên điển hình")
    await lan.says(CAMERA).hears("nào thực hiện")
    (form,) = [form for form in plan("van-ninh").forms if form.purpose == "registration"]
    await moves_on(here, without_question(form.questions[2].id), "van-ninh")
    await answered(here, lan, "Chi hội Phụ nữ thôn Xuân Tự")
    await goes_through_the_day(here, lan)


async def test_the_chosen_option_is_gone_and_is_asked_again(here: World, lan: Speaker) -> None:
    await fills_in(lan)

    def change(old: Plan) -> dict[str, Any]:
        (form,) = [form for form in old.forms if form.purpose == "registration"]
        (field,) = [q for q in form.questions if any(o.label == "An ninh, quốc phòng" for o in q.options)]
        fewer = field.model_copy(update={"options": tuple(o for o in field.options if o.label.startswith("K"))})
        asked = tuple(fewer if q is field else q for q in form.questions)
        return {"forms": (form.model_copy(update={"questions": asked}),)}

    await moves_on(here, change, "van-ninh")
    await lan.picks("Nộp bản đăng ký").hears("Đề nghị chọn lĩnh vực")
    await goes_through_the_day(here, lan)


# -- a milestone -------------------------------------------------------------------------------------------------------


async def test_a_milestone_that_is_gone_reminds_nobody(here: World, lan: Speaker) -> None:
    office = await here.person("Thanh", DISTRICT, STANDING_OFFICE)
    await here.stop_pumping()
    here.app.clock.move(datetime(2024, 2, 7, 8, 0, tzinfo=ZONE))
    assert await here.app.jobs.scan(), "a reminder is written and not sent yet"
    before = len(lan.device.heard)
    await moves_on(here, lambda old: {"milestones": ()}, "van-ninh")
    await here.quiet()
    assert len(lan.device.heard) == before
    states = await here.app.store.read(outbox.report)
    assert states["cancelled"] and not states.get("waiting"), states
    here.pump()
    await goes_through_the_day(here, lan)
    await goes_through_the_day(here, office, [*EVERYDAY, "/bangtonghop", "/lichnhac", "/vanban", "/sukien"])


# -- a table of criteria -----------------------------------------------------------------------------------------------


def without_row(code: str) -> Callable[[Plan], dict[str, Any]]:
    def change(old: Plan) -> dict[str, Any]:
        tables = tuple(
            table.model_copy(update={"rows": tuple(row for row in table.rows if row.code != code)})
            for table in old.criteria
        )
        return {"criteria": tables}

    return change


async def test_a_criterion_that_is_gone_is_left_out_of_a_scorecard_half_filled_in(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)
    await lan.says("/tucham tc1 14 tc2 13").hears("Đã ghi: TC01: 14 · TC02: 13")
    await moves_on(here, without_row("02"), "van-ninh")
    await answered(here, lan, "tc2 12")
    await lan.says("tc3 13 tc4 13 tc5 13 tc6 13 tc7 9").hears("TC07: 9")
    summary = await answered(here, lan, "xem lại")
    assert "Tiêu chí 01: 14 điểm" in summary and "Tiêu chí 02" not in summary
    await lan.picks("Nộp bảng tự chấm").hears("Đã tiếp nhận")
    told = await goes_through_the_day(here, lan)
    assert CAMERA in told["/diem"]


async def test_a_table_that_is_gone_is_told(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)
    await lan.says("/tucham tc1 14").hears("TC01: 14")
    await moves_on(here, lambda old: {"criteria": ()}, "van-ninh")
    await lan.says("tc3 13").hears("không có bảng điểm")
    await goes_through_the_day(here, lan)


async def test_a_scorecard_that_was_handed_in_outlives_its_table_and_its_kind(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)
    await lan.says("/tucham tc1 14 tc2 13 tc3 13 tc4 13 tc5 13 tc6 13 tc7 9").hears("TC07: 9")
    await lan.says("xem lại").hears("Nộp bảng tự chấm")
    await lan.picks("Nộp bảng tự chấm").hears("Đã tiếp nhận")
    await moves_on(here, lambda old: {"criteria": (), "subjects": old.subjects[1:]}, "van-ninh")
    told = await goes_through_the_day(here, lan)
    assert CAMERA in told["/diem"]


# -- a report ----------------------------------------------------------------------------------------------------------

PROVINCE = "binh-dinh"


@pytest.fixture
async def province(tmp_path: Path, channel: str, ready_sqlite: Path) -> AsyncIterator[World]:
    """Bình Định's plan of 2023, a week before its first report is due."""
    at = datetime(2023, 3, 13, 9, 0, tzinfo=ZONE)
    async with world(tmp_path / "kheo", channel, ready=ready_sqlite, plans=[PROVINCE], at=at) as made:
        yield made


def without_reports(old: Plan) -> dict[str, Any]:
    forms = tuple(form for form in old.forms if form.purpose not in ("report", "document"))
    left = {form.id for form in forms}
    return {"forms": forms, "milestones": tuple(m for m in old.milestones if not m.form or m.form in left)}


async def test_a_report_that_is_no_longer_asked_for(province: World) -> None:
    lan = await province.person("Lan", f"{PROVINCE}.phu-cat")
    await reports(lan)
    await writes(lan, "Báo cáo 6 tháng")
    await moves_on(province, without_reports, PROVINCE)
    await lan.picks("Nộp").hears(GONE)
    await goes_through_the_day(province, lan)
    office = await province.person("Thanh", PROVINCE, STANDING_OFFICE)
    await goes_through_the_day(
        province, office, [*EVERYDAY, "/bangtonghop", "/lichnhac", "/vanban", "/sukien", "/vuongmac"]
    )
