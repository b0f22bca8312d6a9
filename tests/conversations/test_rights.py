"""Rights from outside: forged buttons, guessed ids, replayed codes, other people's words, roles that are over.

Whoever tries is told one sentence that tells nothing – the same for what is not there and for what is not theirs –,
and nothing is written.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from sqlalchemy import delete, select, update

from bot.clock import ZONE
from bot.rules.access import (
    ADMINISTRATOR,
    APPRAISER,
    COUNCIL,
    FOCAL_POINT,
    OFFICER,
    OVERSEER,
    STANDING_OFFICE,
    UNIT_HEAD,
)
from bot.store import applications, clusters, drafts, exemplars, people, seasons, units
from bot.store.exemplars import Exemplar
from bot.store.tables import address, cluster_unit, draft, join_code, metadata, outbox, role, submission, unit
from handlers.tables import COMMANDS, GROUP_PHRASES, GROUPS, PHRASES
from tests.conversations.registering import CAMERA, fills_in, registers
from tests.conversations.reporting import writes
from tests.talk import Speaker, in_group
from tests.world import DISTRICT, ROOT, VAN_NINH, World, agreed, plan, world

HUNG, THANH, BINH = "van-ninh.van-hung", "van-ninh.van-thanh", "van-ninh.van-binh"
NOT_FOR_YOU = "chưa được phân quyền thực hiện việc này"
OLD = "thuộc tin nhắn cũ"
GROUP = -500
PHONE = "0905 123 456"
OF_LAN = f"Bà Nguyễn Thị Lan, {PHONE}"
TELEGRAM = pytest.mark.parametrize("channel", ["telegram"], indirect=True)
WITH_BUTTONS = pytest.mark.parametrize("channel", ["telegram", "web"], indirect=True)

UNCOUNTED = {"inbox", "outbox", "unwanted", "audit", "audit_seal", "web_message", "kept", "usage"}
"""What hears, what answers and what watches: written to by every word, refused or not."""
OF_THE_PLACE = {"focus", "tries", "tried_at", "state_at"}
"""Columns of an address: what was shown there last, and how many wrong codes were typed."""


# -- what stands in the database ---------------------------------------------------------------------------------------


def _all(tx: Any) -> dict[str, list[Any]]:
    found = {}
    for table in metadata.sorted_tables:
        if table.name not in UNCOUNTED:
            columns = [c for c in table.c if not (table.name == "address" and c.name in OF_THE_PLACE)]
            found[table.name] = sorted(repr(tuple(row)) for row in tx.execute(select(*columns)).all())
    return found


async def everything(here: World) -> dict[str, list[Any]]:
    await here.quiet()
    return await here.app.store.read(_all)


async def refused(speaker: Speaker, token: str, *fragments: str) -> str:
    """What is heard after pressing a button that was never shown."""
    return await speaker.forges(token).hears(*(fragments or (NOT_FOR_YOU,)))


# -- who is there --------------------------------------------------------------------------------------------------------


async def holding(here: World, speaker: Speaker, function: str, *, unit: str = "", cluster: Iterable[str] = ()) -> None:
    """Somebody known gets one more function: at a unit, or for a cluster of units."""
    office, now = here.app.office, here.app.clock.now()

    def enter(tx: Any) -> None:
        members = [at.id for code in cluster if (at := office.units.coded(code))]
        cluster_id = (
            clusters.make(tx, f"cum{speaker.person_id}", f"Cụm của {speaker.name}", members, now) if cluster else None
        )
        at = office.units.coded(unit) if unit else None
        people.grant(tx, speaker.person_id, function, now, unit_id=at.id if at else None, cluster_id=cluster_id)

    await here.app.store.write(enter)


async def somebody(here: World, name: str, *, channel: str = "") -> Speaker:
    """A person who is known and holds nothing."""
    now = here.app.clock.now()

    def enter(tx: Any) -> tuple[int, str]:
        id = people.enter(tx, name, now)
        agreed(tx, id, now)
        return id, people.make_code(tx, now, person_id=id)

    person_id, code = await here.app.store.write(enter)
    speaker = await here.stranger(name, channel=channel)
    speaker.person_id = person_id
    await speaker.opens(code).hears(name)
    return speaker


async def over_a_cluster(here: World, function: str, *codes: str, name: str = "Cường", channel: str = "") -> Speaker:
    speaker = await somebody(here, name, channel=channel)
    await holding(here, speaker, function, cluster=codes)
    return speaker


async def ends_yesterday(here: World, speaker: Speaker) -> None:
    """All that the person is, they were until yesterday."""
    last = here.app.clock.now().date() - timedelta(days=1)
    await holds(here, speaker, valid_to=last)


async def holds(here: World, speaker: Speaker, **dates: Any) -> None:
    """What the person is, they are from or until that day."""

    def enter(tx: Any) -> None:
        tx.execute(update(role).where(role.c.person_id == speaker.person_id).values(**dates))

    await here.app.store.write(enter)


async def scored(here: World, e: Exemplar, by: int, total: str = "98") -> None:
    """A scorecard was handed in, though nobody was asked for it question by question."""
    now = here.app.clock.now()

    def enter(tx: Any) -> None:
        begun = drafts.begin(
            tx, season_id=e.season_id, unit_id=e.unit_id, form="self_score", person_id=by, now=now,
            exemplar_id=e.id, subject=e.subject,
        )  # fmt: skip
        handed_in = exemplars.submit(
            tx, season_id=e.season_id, unit_id=e.unit_id, exemplar_id=e.id, draft_id=begun.id, form="self_score",
            answers={}, late=False, person_id=by, now=now,
        )  # fmt: skip
        exemplars.keep_scores(tx, handed_in, {"01": Decimal(total)}, {"01": 0}, Decimal(total))
        drafts.close(tx, begun.id, "submitted")

    await here.app.store.write(enter)


# -- forged buttons ------------------------------------------------------------------------------------------------------


class Theirs:
    """What xã Vạn Thạnh and the standing office have, by the names that stand in the tokens below."""

    def __init__(self, ids: dict[str, int]) -> None:
        self.ids = ids

    def token(self, pattern: str) -> str:
        return pattern.format(**self.ids)

    def nobodys(self, pattern: str) -> str:
        """The same button with ids that nothing has; the season and its words stay as they are."""
        return pattern.format(**{name: id if name == "season" else 900_000 + id for name, id in self.ids.items()})


@pytest.fixture
async def theirs(here: World) -> Theirs:
    """Hùng of xã Vạn Thạnh has an exemplar, handed in and begun things; Bảy of the standing office an open letter."""
    hung = await here.person("Hùng", THANH, channel="telegram")
    bay = await here.person("Bảy", DISTRICT, STANDING_OFFICE, channel="telegram")
    await registers(hung)
    (e,) = await here.exemplars(THANH)
    await scored(here, e, hung.person_id)
    await hung.forges(f"c:tucham:e{e.id}:moi").hears("Tiêu chí 01")
    await fills_in(hung, "Mô hình thứ hai", begin="/dangky thêm")
    await bay.says("/vanban").hears("trả lời nội dung nào")
    await here.quiet()

    def ids(tx: Any) -> dict[str, int]:
        open_ = {row.form: row.id for row in tx.execute(select(draft).where(draft.c.state == "open")).all()}
        handed = tx.execute(select(submission.c.id).order_by(submission.c.id)).scalars().all()
        return {
            "unit": e.unit_id,
            "exemplar": e.id,
            "season": e.season_id,
            "paper": handed[0],
            "card": handed[-1],
            "registration": next(id for form, id in open_.items() if form not in ("self_score", "paper")),
            "scorecard": open_["self_score"],
            "letter": open_["paper"],
        }

    return Theirs(await here.app.store.read(ids))


FORGED = [
    *(f"{verb}:{{registration}}:ten:" for verb in "asbdekur"),
    *(f"{verb}:{{scorecard}}:tc01:14" for verb in "asbdek"),
    *(f"{verb}:{{letter}}::" for verb in "bemxk"),
    "a:{registration}:subject:tap_the",
    "m:{registration}::",
    "x:{registration}::1",
    "z:{registration}::1",
    "z:{scorecard}::0",
    "r:{scorecard}:mc01:1",
    "c:mo:d{registration}",
    "c:mo:d{scorecard}",
    "c:mo:d{letter}",
    "c:tucham:e{exemplar}",
    "c:tucham:e{exemplar}:moi",
    "c:tucham:u{unit}",
    "c:dangky:e{exemplar}",
    "c:dangky:e{exemplar}:s{season}",
    "c:dangky:u{unit}",
    "c:dangky:u{unit}:s{season}:moi",
    "c:dudangky:u{unit}:s{season}",
    "c:khongdangky:u{unit}:s{season}",
    "c:khongdangky:u{unit}:s{season}:hoi",
    "c:dung:u{unit}",
    "c:dung:e{exemplar}",
    "c:dung:e{exemplar}:chac",
    "c:dung:e{exemplar}:lai",
    "c:banin:g{paper}",
    "c:banin:g{card}",
    "c:banin:u{unit}",
    "c:banin:u{unit}:s{season}",
    "c:vidau:u{unit}",
    "c:baocao:u{unit}",
    "c:baocao:o.ke_hoach:u{unit}:s{season}",
    "c:vuongmac:u{unit}",
    "c:vuongmac:x{paper}",
    "c:vanban:u{unit}:dang_ky:s{season}",
    "c:vanban:u{unit}:dang_ky:rut:s{season}",
    "c:lichnhac:doc:m0:s5:n{season}",
    "c:lichnhac:giu:m0:s5:n{season}",
    "c:lichnhac:tha:m0:s5:n{season}",
    "c:sukien:o.huong_dan:s{season}",
    "c:bangtonghop:s{season}",
]
UNIT_NOT_NAMED = {
    "c:baocao:u{unit}",
    "c:vuongmac:u{unit}",
    "c:banin:u{unit}",
    "c:banin:u{unit}:s{season}",
    "c:vidau:u{unit}",
}
"""Where a unit that is not there is the same as none: then it is about one's own."""


@WITH_BUTTONS
async def test_a_forged_button_is_refused_and_tells_nothing(here: World, lan: Speaker, theirs: Theirs) -> None:
    before = await everything(here)
    for pattern in FORGED:
        told = await refused(lan, theirs.token(pattern))
        assert CAMERA not in told, pattern
        assert "98" not in told, pattern
        if pattern not in UNIT_NOT_NAMED:
            assert await refused(lan, theirs.nobodys(pattern)) == told, pattern
    assert await everything(here) == before


@TELEGRAM
@pytest.mark.parametrize("function", [UNIT_HEAD, FOCAL_POINT, APPRAISER, COUNCIL, ADMINISTRATOR, OVERSEER])
async def test_no_other_function_of_a_neighbour_opens_them_either(here: World, theirs: Theirs, function: str) -> None:
    other = await here.person("Sáu", HUNG, function)
    before = await everything(here)
    for pattern in FORGED:
        told = await refused(other, theirs.token(pattern))
        assert CAMERA not in told, pattern
    assert await everything(here) == before


@WITH_BUTTONS
async def test_in_the_middle_of_ones_own_form_a_forged_button_only_brings_ones_own_question(
    here: World, lan: Speaker, theirs: Theirs
) -> None:
    await lan.says("/dangky").hears("tập thể hay cá nhân")
    before = await everything(here)
    for pattern in (
        "a:{registration}:subject:tap_the",
        "c:mo:d{scorecard}",
        "z:{registration}::1",
        "c:dung:e{exemplar}:chac",
    ):
        told = await refused(lan, theirs.token(pattern), NOT_FOR_YOU, "tập thể hay cá nhân")
        assert await refused(lan, theirs.nobodys(pattern), NOT_FOR_YOU, "tập thể hay cá nhân") == told
    assert await everything(here) == before


OF_PEOPLE = [
    "c:moi:u{unit}",
    "c:moi:u{unit}:officer",
    "c:moi:u{unit}:officer:ai",
    "c:moi:u{unit}:administrator:ai",
    "c:moi:k{cluster}",
    "c:moi:k{cluster}:overseer:ai",
    "c:manhom:u{unit}",
    "c:danhba:u{unit}",
    "c:bangiao:u{unit}",
    "c:loimoi:i{invitation}",
    "c:choduyet:a{application}:duyet",
    "c:choduyet:a{application}:tuchoi",
    "c:bangiao:p{person}",
    "c:bangiao:p{person}:khong",
    "c:bangiao:p{person}:khong:dung",
    "c:bangiao:p{person}:moi:dung",
    "c:nhatky:e{exemplar}",
    "c:diachi:a{address}:bo",
    "c:diachi:a{address}:uutien",
]


@TELEGRAM
@pytest.mark.parametrize("function", [STANDING_OFFICE, ADMINISTRATOR, OFFICER])
async def test_who_rules_over_one_unit_rules_over_nobody_elsewhere(here: World, theirs: Theirs, function: str) -> None:
    now, hung = here.app.clock.now(), next(s for s in here.speakers if s.name == "Hùng")
    asking = await here.stranger("Tám")
    await asking.opens().hears("mã dùng một lần")

    def enter(tx: Any) -> dict[str, int]:
        cluster_id = clusters.make(tx, "cum1", "Cụm 1", [hung.unit_id], now)
        people.make_code(tx, now, unit_id=hung.unit_id, function=OFFICER, made_by=hung.person_id)
        invitation = tx.execute(select(join_code.c.id).where(join_code.c.used_at.is_(None))).scalars().all()[-1]
        at = {row.person_id: row.id for row in tx.execute(select(address)).all()}
        application = applications.hand_in(
            tx, address_id=at[None], unit_id=hung.unit_id, name="Tám Văn", post="công chức", function=OFFICER, now=now
        )
        return {
            "unit": hung.unit_id,
            "cluster": cluster_id,
            "invitation": invitation,
            "application": application,
            "person": hung.person_id,
            "address": at[hung.person_id],
            "exemplar": theirs.ids["exemplar"],
        }

    also = Theirs(await here.app.store.write(enter))
    office = await here.person("Sáu", HUNG, function)
    before = await everything(here)
    for pattern in OF_PEOPLE:
        told = await office.forges(also.token(pattern)).hears("")
        assert not re.search(r"Hùng|Tám|Cụm 1|Camera", told), (pattern, told)
        if "{unit}" not in pattern and "{cluster}" not in pattern:
            assert await office.forges(also.nobodys(pattern)).hears("") == told, pattern
    assert await everything(here) == before


SENSELESS = (
    "-5",
    "0",
    "abc",
    "99999999999999999999",
    "9223372036854775808",
    "1.5",
    "²",
    "１２",
    "1;drop",
    "",
    "+1",
    "e7",
)


@TELEGRAM
async def test_what_is_no_id_reveals_and_changes_nothing(here: World, theirs: Theirs) -> None:
    head = await here.person("Thủ", HUNG, UNIT_HEAD)
    before = await everything(here)
    for odd in SENSELESS:
        for pattern in ("a:{0}:ten:x", "z:{0}::1", "c:mo:d{0}", "c:tucham:e{0}", "c:dangky:e{0}:s{0}", "c:dung:e{0}:chac",
                        "c:vidau:u{0}", "c:dudangky:u{0}:s{0}", "c:vanban:u{0}:dang_ky:rut:s{0}", "c:vuongmac:x{0}",
                        "c:lichnhac:giu:m{0}:s{0}:n{0}", "c:bangtonghop:s{0}", "c:baocao:o.{0}:u{0}:s{0}"):  # fmt: skip
            told = await head.forges(pattern.format(odd)).hears("")
            assert CAMERA not in told, (pattern, odd)
            assert "nội bộ" not in told, (pattern, odd)  # nothing broke
    assert await everything(here) == before


@TELEGRAM
async def test_numbers_that_count_from_anothers_list_name_nothing(here: World, lan: Speaker, theirs: Theirs) -> None:
    """What was shown to somebody else is no option of mine, whatever number I type."""
    before = await everything(here)
    await lan.says("/han").hears("15/02/2024")
    for typed in ("Nộp bản đăng ký", "Sửa…", "Đúng, mô hình đã dừng", "Xóa lượt ghi nhận này", "9", "z"):
        assert CAMERA not in await lan.says(typed).hears("")
    assert await everything(here) == before


# -- typed in the wrong role ---------------------------------------------------------------------------------------------

ENTERING = (
    "/dangky",
    "/tucham",
    "/dudangky",
    "/khongdangky",
    "/dung",
    "/baocao",
    "/vuongmac",
    "đăng ký mô hình mới",
    "năm nay không đăng ký",
)
OF_THE_OFFICE = ("/vanban", "/sukien", "/lichnhac", "/bangtonghop")


@pytest.mark.parametrize("function", [UNIT_HEAD, APPRAISER, COUNCIL, ADMINISTRATOR])
async def test_who_does_not_enter_is_refused_whatever_is_typed(here: World, function: str) -> None:
    nam = await here.person("Năm", HUNG, function)
    await here.exemplar(CAMERA)
    before = await everything(here)
    for typed in (*ENTERING, *OF_THE_OFFICE):
        await nam.says(typed).hears(NOT_FOR_YOU)
    assert await everything(here) == before


async def test_an_officer_is_not_the_office(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA, THANH)
    before = await everything(here)
    for typed in (
        *OF_THE_OFFICE,
        "/dangky xã Vạn Thạnh",
        "/tucham xã Vạn Thạnh",
        "/khongdangky xã Vạn Thạnh",
        "/banin xã Vạn Thạnh",
    ):
        assert CAMERA not in await lan.says(typed).hears(NOT_FOR_YOU)
    assert await everything(here) == before


async def test_who_is_known_and_nothing_may_nothing(here: World) -> None:
    await here.exemplar(CAMERA)
    tu = await somebody(here, "Tư")
    before = await everything(here)
    for typed in (*ENTERING, *OF_THE_OFFICE, "/banin", "/tiendo", "/diem xã Vạn Hưng"):
        assert CAMERA not in await tu.says(typed).hears(NOT_FOR_YOU)
    assert await everything(here) == before


async def test_the_focal_point_enters_like_an_officer(here: World) -> None:
    dau = await here.person("Dầu", HUNG, FOCAL_POINT)
    await registers(dau)
    assert [e.name for e in await here.exemplars()] == [CAMERA]


async def test_the_head_of_the_unit_reads_what_it_handed_in_and_enters_nothing(here: World, lan: Speaker) -> None:
    e = await here.exemplar(CAMERA)
    await scored(here, e, lan.person_id)
    head = await here.person("Thủ", HUNG, UNIT_HEAD, channel="web")
    await head.says("/diem").hears(CAMERA, "98/100 điểm")
    heard = await head.says("/viec").hears("Việc của tôi")
    assert "Đăng ký điển hình]" not in heard
    assert "Chấm điểm" not in heard
    await head.says("/diem xã Vạn Thạnh").hears("chưa đăng ký điển hình nào")


async def test_the_administrator_sees_nobodys_points(here: World, lan: Speaker) -> None:
    e = await here.exemplar(CAMERA)
    await scored(here, e, lan.person_id)
    admin = await here.person("Quản", DISTRICT, ADMINISTRATOR, channel="web")
    heard = await admin.says("/diem xã Vạn Hưng").hears(
        CAMERA, "điểm chỉ hiển thị cho chính đơn vị và cơ quan thường trực"
    )
    assert "98" not in heard
    await admin.says("tại sao xã Vạn Hưng không đạt").hears(NOT_FOR_YOU)


# -- an overseer, and what is for a cluster --------------------------------------------------------------------------------


@WITH_BUTTONS
async def test_an_overseer_sees_the_cluster_and_nothing_beside_it(here: World, lan: Speaker) -> None:
    mine, other = await here.exemplar(CAMERA), await here.exemplar("Bưởi da xanh", BINH)
    for e in (mine, other):
        await scored(here, e, lan.person_id)
    cuong = await over_a_cluster(here, OVERSEER, HUNG, THANH, channel="web")
    before = await everything(here)
    await cuong.says("/tiendo").hears("Đã trả lời: 0/2", "Đã đăng ký 1 điển hình", "xã Vạn Thạnh", never="xã Vạn Bình")
    await cuong.says("/diem xã Vạn Hưng").hears("98/100 điểm")
    await cuong.says("/diem xã Vạn Bình").hears(NOT_FOR_YOU, never="Bưởi")
    for typed in (*ENTERING, *OF_THE_OFFICE):
        await cuong.says(typed).hears(NOT_FOR_YOU)
    await cuong.forges(f"c:banin:u{other.unit_id}").hears(NOT_FOR_YOU)
    await cuong.forges(f"c:banin:u{mine.unit_id}").hears("Văn bản của xã Vạn Hưng", CAMERA)
    await cuong.says("/viec").hears("Đơn vị chưa trả lời", never="Bưởi")
    assert await everything(here) == before


@TELEGRAM
async def test_a_cluster_of_nobody_shows_nothing(here: World) -> None:
    await here.exemplar(CAMERA)
    cuong = await over_a_cluster(here, OVERSEER, HUNG)
    await cuong.says("/diem xã Vạn Hưng").hears(CAMERA)

    def empty(tx: Any) -> None:
        tx.execute(delete(cluster_unit))

    await here.app.store.write(empty)
    for typed in ("/tiendo", "/diem xã Vạn Hưng", "/banin"):
        assert CAMERA not in await cuong.says(typed).hears(NOT_FOR_YOU)


# -- roles that are over -------------------------------------------------------------------------------------------------


async def test_whose_role_ended_yesterday_goes_on_with_nothing(here: World, lan: Speaker) -> None:
    await lan.says("/dangky").hears("tập thể hay cá nhân")
    await lan.says("tập thể").hears("tên điển hình")
    await ends_yesterday(here, lan)
    before = await everything(here)
    assert CAMERA not in await lan.says(CAMERA).hears(NOT_FOR_YOU)
    for typed in ("xong", "nộp", "/dangky", "/tucham", "/banin", "/diem xã Vạn Hưng"):
        await lan.says(typed).hears("")
    await lan.says("/viec").hears("Việc của tôi", never="Đi tiếp")
    assert await everything(here) == before


@WITH_BUTTONS
async def test_nor_by_a_button_a_photo_or_an_edited_message(here: World, lan: Speaker) -> None:
    await fills_in(lan)
    await lan.says("sửa 2").hears("tên điển hình")
    await lan.says("Camera an ninh").hears("Nộp bản đăng ký")
    await ends_yesterday(here, lan)
    before = await everything(here)
    await lan.edits("Một tên khác").hears(NOT_FOR_YOU)
    await lan.sends_photo("hop-dan.jpg").hears("Tệp chưa được dùng")
    await lan.picks("Nộp bản đăng ký").hears(NOT_FOR_YOU)
    assert await everything(here) == before
    assert await here.exemplars() == []


async def test_the_role_of_today_is_a_role_to_its_last_evening(here: World, lan: Speaker) -> None:
    today = here.app.clock.now().date()
    await holds(here, lan, valid_from=today, valid_to=today)
    await lan.says("/dangky").hears("tập thể hay cá nhân")
    here.app.clock.move(datetime(2024, 2, 6, 0, 1, tzinfo=ZONE))
    before = await everything(here)
    await lan.says("tập thể").hears(NOT_FOR_YOU)
    assert await everything(here) == before


async def test_a_role_that_begins_tomorrow_is_none_today(here: World, lan: Speaker) -> None:
    tomorrow = here.app.clock.now().date() + timedelta(days=1)
    await holds(here, lan, valid_from=tomorrow)
    await lan.says("/dangky").hears(NOT_FOR_YOU)
    here.app.clock.move(datetime(2024, 2, 6, 9, 0, tzinfo=ZONE))
    await lan.says("/dangky").hears("tập thể hay cá nhân")


@TELEGRAM
async def test_reminders_leave_out_whose_role_is_over(here: World, lan: Speaker) -> None:
    hung = await here.person("Hùng", THANH)
    await ends_yesterday(here, lan)
    heard, more = len(lan.device.heard), len(hung.device.heard)
    await here.it_is(2024, 2, 6)
    assert len(lan.device.heard) == heard
    assert len(hung.device.heard) == more + 1


@TELEGRAM
async def test_reminders_are_for_who_answers_and_not_for_who_looks_on(here: World) -> None:
    head, admin = await here.person("Thủ", HUNG, UNIT_HEAD), await here.person("Quản", HUNG, ADMINISTRATOR)
    focal = await here.person("Dầu", HUNG, FOCAL_POINT)
    heard, more = (len(head.device.heard), len(admin.device.heard)), len(focal.device.heard)
    await here.it_is(2024, 2, 6)
    assert (len(head.device.heard), len(admin.device.heard)) == heard
    assert len(focal.device.heard) == more + 1


# -- units that have ended -----------------------------------------------------------------------------------------------


@WITH_BUTTONS
async def test_of_a_unit_that_has_ended_one_sees_and_the_one_it_went_into_goes_on(here: World, lan: Speaker) -> None:
    e = await here.exemplar(CAMERA)
    await scored(here, e, lan.person_id)
    nga = await here.person("Nga", THANH, channel="web")
    far = await here.person("Xa", BINH, channel="telegram")
    office, now = here.app.office, here.app.clock.now()
    old, new = office.units.coded(HUNG), office.units.coded(THANH)
    assert old is not None and new is not None

    def merge(tx: Any) -> None:
        units.merge(tx, [old.id], new.id, on=now.date(), decision="Nghị quyết số 1/NQ", now=now)
        office.refresh(tx)

    await here.app.store.write(merge)
    before = await everything(here)
    await lan.says("/diem xã Vạn Hưng").hears("98/100 điểm")
    await refused(lan, f"c:tucham:e{e.id}:moi")
    await refused(lan, f"c:dung:e{e.id}:chac")
    await refused(far, f"c:tucham:e{e.id}:moi")
    assert await everything(here) == before
    await nga.forges(f"c:banin:u{old.id}").hears("Văn bản của xã Vạn Hưng")
    await nga.forges(f"c:tucham:e{e.id}:moi").hears("Tiêu chí 01")


# -- what a state forbids ------------------------------------------------------------------------------------------------


@WITH_BUTTONS
async def test_a_stopped_model_is_gone_on_with_by_nobody_and_its_own_people_are_told_why(
    here: World, lan: Speaker
) -> None:
    e = await here.exemplar(CAMERA)
    hung = await here.person("Hùng", THANH, channel="telegram")
    bay = await here.person("Bảy", DISTRICT, STANDING_OFFICE, channel="web")
    await lan.says("/tucham").hears("Tiêu chí 01")
    await lan.says("14").hears("1/7")
    await bay.forges(f"c:dung:e{e.id}:chac").hears("đã dừng")
    before = await everything(here)
    await lan.says("15").hears("được ghi nhận là dừng")
    for who in (lan, bay):
        for token in (f"c:tucham:e{e.id}", f"c:tucham:e{e.id}:moi", f"c:dangky:e{e.id}"):
            await who.forges(token).hears("được ghi nhận là dừng", "Còn thực hiện")
    for token in (f"c:tucham:e{e.id}", f"c:dangky:e{e.id}"):
        await refused(hung, token)
    assert await everything(here) == before
    await lan.forges(f"c:dung:e{e.id}:lai").hears("còn thực hiện")
    await lan.says("/tucham").hears("1/7")


@WITH_BUTTONS
async def test_in_a_closed_season_nobody_enters_and_its_own_people_are_told_why(here: World, lan: Speaker) -> None:
    e = await here.exemplar(CAMERA)
    hung = await here.person("Hùng", THANH, channel="telegram")
    await lan.says("/tucham").hears("Tiêu chí 01")
    season, now = here.season(), here.app.clock.now()

    def close(tx: Any) -> None:
        seasons.close(tx, season.id, now)
        here.app.office.refresh(tx)

    await here.app.store.write(close)
    before = await everything(here)
    await lan.says("14").hears("Đợt của biểu này đã đóng")
    for token in (f"c:tucham:e{e.id}", f"c:tucham:e{e.id}:moi"):
        await lan.forges(token).hears("Đợt của biểu này đã đóng")
        await refused(hung, token)
    assert await everything(here) == before


# -- a plan with units from outside its tree -----------------------------------------------------------------------------


@WITH_BUTTONS
async def test_the_office_of_a_plan_acts_for_who_takes_part_from_outside_and_in_that_plan_only(
    tmp_path: Path, channel: str, ready_sqlite: Path
) -> None:
    joint = plan("ninh-thuan").model_copy(update={"participants": (HUNG,), "version": "joint"})
    at = datetime(2024, 1, 8, 9, 0, tzinfo=ZONE)
    async with world(tmp_path / "kheo", channel, ready=ready_sqlite, plans=[VAN_NINH, joint], at=at) as here:
        theirs = await here.exemplar(CAMERA, plan="ninh-thuan", more={"ten": CAMERA})
        of_district = await here.exemplar("Bưởi da xanh", plan=VAN_NINH)
        lan = await here.person("Lan", HUNG, channel="telegram")
        for e in (theirs, of_district):
            await scored(here, e, lan.person_id)
        office = await here.person("Ninh", "ninh-thuan", STANDING_OFFICE)
        before = await everything(here)
        heard = await office.says("/diem xã Vạn Hưng").hears(CAMERA, "Bưởi da xanh")
        of_plan, _, of_other = (
            heard.partition("Bưởi da xanh")
            if heard.index(CAMERA) < heard.index("Bưởi")
            else heard.partition(CAMERA)[::-1]
        )
        assert "98" in of_plan
        assert "98" not in of_other
        await refused(office, f"c:tucham:e{of_district.id}:moi")
        await refused(office, f"c:dangky:e{of_district.id}")
        await refused(office, f"c:dudangky:u{theirs.unit_id}:s{here.season(VAN_NINH).id}")
        assert await everything(here) == before
        await office.forges(f"c:dangky:e{theirs.id}").hears(f"Sửa bản đăng ký “{CAMERA}”")
        await office.forges(f"c:dangky:u{theirs.unit_id}:s{theirs.season_id}:moi").hears(
            "Đăng ký năm 2024 – xã Vạn Hưng"
        )
        district = await here.person("Bảy", DISTRICT, STANDING_OFFICE, channel="web")
        await district.says("/diem xã Vạn Hưng").hears("98")


# -- words of others (Telegram) --------------------------------------------------------------------------------------------


def pushes(here: World, speaker: Speaker, chat: int, content: dict[str, Any], **more: Any) -> None:
    here.fake.push(
        message={
            "message_id": here.fake.message_id(),
            "from": speaker.device.user,
            "chat": here.fake.chat(chat),
            "date": 1_707_180_000,
            **content,
            **more,
        }
    )


FORWARDED: list[dict[str, Any]] = [
    {"forward_origin": {"type": "user", "sender_user": {"id": 99, "is_bot": False, "first_name": "Ai"}, "date": 1}},
    {"forward_origin": {"type": "hidden_user", "sender_user_name": "Ai", "date": 1}},
    {"forward_origin": {"type": "chat", "sender_chat": {"id": -7, "type": "group", "title": "x"}, "date": 1}},
    {
        "forward_origin": {
            "type": "channel",
            "chat": {"id": -8, "type": "channel", "title": "x"},
            "message_id": 3,
            "date": 1,
        }
    },
    {"forward_from": {"id": 99, "is_bot": False, "first_name": "Ai"}, "forward_date": 1},
    {"via_bot": {"id": 77, "is_bot": True, "first_name": "Bot", "username": "AiBot"}},
]


@TELEGRAM
@pytest.mark.parametrize("how", FORWARDED, ids=lambda how: next(iter(how)))
async def test_a_forwarded_message_is_nobodys_answer(here: World, lan: Speaker, how: dict[str, Any]) -> None:
    await here.exemplar(CAMERA)
    await lan.says("/tucham").hears("Tiêu chí 01")
    code = await here.group_code()
    before = await everything(here)
    for text in ("14", "/khongdangky", f"/start {code}", "tc1 14 tc2 13"):
        lan.mark()
        pushes(here, lan, lan.device.user_id, {"text": text}, **how)
        await lan.hears("Tin nhắn chuyển tiếp là lời của người khác", "Tiêu chí 01")
    assert await everything(here) == before


@TELEGRAM
async def test_ones_own_words_forwarded_are_ones_own(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)
    await lan.says("/tucham").hears("Tiêu chí 01")
    lan.mark()
    own = {"forward_origin": {"type": "user", "sender_user": lan.device.user, "date": 1}}
    pushes(here, lan, lan.device.user_id, {"text": "14"}, **own)
    await lan.hears("1/7")


@TELEGRAM
async def test_a_forwarded_photo_is_evidence_and_its_caption_is_not_heard(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)
    await lan.says("/tucham").hears("Tiêu chí 01")
    await lan.says("14").hears("Tài liệu kiểm chứng")
    lan.mark()
    picture = lan.device._photo("hop-dan.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01hop\xff\xd9")
    pushes(here, lan, lan.device.user_id, picture, caption="tc2 15", **FORWARDED[0])
    heard = await lan.hears("1 ảnh")
    assert "TC02: 15" not in heard


@TELEGRAM
async def test_in_a_group_nobody_speaks_for_another(here: World) -> None:
    hung = await here.person("Hùng", THANH, group=GROUP)
    there = in_group(hung)
    await there.says(f"/lienket {await here.group_code()}").hears("đã liên kết")
    before, heard = await everything(here), len(there.device.heard)
    anonymous = {"sender_chat": {"id": GROUP, "type": "group", "title": "x"}}
    channel = {"sender_chat": {"id": -8, "type": "channel", "title": "x"}, "is_automatic_forward": True}
    for how in (*FORWARDED, anonymous, channel, {"from": {"id": 5, "is_bot": True, "first_name": "Bot"}}):
        for text in ("/tiendo", "@KheoBot điểm xã Vạn Hưng", "/lienket ABCD2345", "/bolienket"):
            pushes(here, hung, GROUP, {"text": text}, **how)
    here.fake.push(channel_post={"message_id": 1, "chat": {"id": -8, "type": "channel"}, "date": 1, "text": "/tiendo"})
    await asyncio.sleep(0.3)
    assert await everything(here) == before
    assert len(there.device.heard) == heard


@TELEGRAM
async def test_nobody_speaks_or_presses_in_anothers_private_chat(here: World, lan: Speaker) -> None:
    await here.exemplar(CAMERA)
    await lan.says("/tucham").hears("Tiêu chí 01")
    sau = await here.stranger("Sáu")
    before, heard = await everything(here), len(lan.device.heard)
    pushes(here, lan, lan.device.user_id, {"text": "14"}, **{"from": sau.device.user})
    here.fake.push(edited_message={
        "message_id": 2, "from": sau.device.user, "chat": here.fake.chat(lan.device.user_id), "date": 1, "text": "14",
    })  # fmt: skip
    here.fake.press(sau.device.user, lan.device.user_id, lan.last.message_id, "c:khongdangky:u1:s1:hoi")
    await asyncio.sleep(0.3)
    assert await everything(here) == before
    assert len(lan.device.heard) == heard


@TELEGRAM
async def test_a_press_on_a_message_that_was_forwarded_is_the_pressers_own(here: World, lan: Speaker) -> None:
    """Lan's summary comes to Hùng's chat, with its buttons: what he presses, he presses."""
    await fills_in(lan)
    token = next(
        button["callback_data"]
        for row in here.fake.shown(lan.device.user_id, lan.last.message_id)["reply_markup"]["inline_keyboard"]
        for button in row
        if "Nộp" in button["text"]
    )
    hung, nobody = await here.person("Hùng", THANH), await here.stranger("Sáu")
    await nobody.opens().hears("mã dùng một lần")
    before = await everything(here)
    await hung.forges(token).hears(NOT_FOR_YOU)
    await nobody.forges(token).hears("mã dùng một lần")
    assert (await everything(here))["exemplar"] == []
    assert await everything(here) == before


# -- codes that were used ------------------------------------------------------------------------------------------------


async def test_a_code_that_was_used_and_one_that_never_was_are_answered_alike(here: World) -> None:
    code = ""

    def enter(tx: Any) -> str:
        now = here.app.clock.now()
        at = here.app.office.units.coded(HUNG)
        assert at is not None
        return people.make_code(tx, now, person_id=people.add(tx, "Lan", at.id, OFFICER, now))

    code = await here.app.store.write(enter)
    lan = await here.stranger("Lan", channel="telegram")
    await lan.opens(code).hears("Lan")
    thief = await here.stranger("Sáu")
    await thief.opens().hears("mã dùng một lần")
    before = await everything(here)
    used = await thief.says(code).hears("Mã không hợp lệ")
    assert await thief.says("ABCD2345").hears("Mã không hợp lệ") == used
    assert await everything(here) == before


# -- groups --------------------------------------------------------------------------------------------------------------


def sentences() -> dict[str, str]:
    """What is answered in a group, with a sentence that asks for it."""
    known = YAML(typ="safe").load(ROOT / "tests/lookup/phrases.yaml")
    said = {}
    for intent in GROUP_PHRASES:
        first = (known.get(intent) or [intent])[0]
        said[intent] = first["t"] if isinstance(first, dict) else first
    return said


@TELEGRAM
async def test_no_answer_of_a_group_has_an_individuals_points_or_a_telephone_number(here: World) -> None:
    hung = await here.person("Hùng", THANH, group=GROUP)
    there = in_group(hung)
    of_lan = await here.exemplar(OF_LAN, HUNG, subject="ca_nhan")
    of_all = await here.exemplar(CAMERA, HUNG)
    for e in (of_lan, of_all):
        await scored(here, e, hung.person_id, "97.5")
    await there.says(f"/lienket {await here.group_code()}").hears("đã liên kết")
    before = await everything(here)
    shown = await there.says("/diem xã Vạn Hưng").hears("Bà Nguyễn Thị Lan, •••", CAMERA)
    assert "97" not in shown
    asked = [f"/{command}" for command in COMMANDS if command not in ("lienket", "bolienket")]
    asked += [f"/{command} xã Vạn Hưng" for command in sorted(GROUPS - {"lienket", "bolienket"})]
    asked += [f"@KheoBot {text}" for text in sentences().values()]
    asked += [f"@KheoBot {OF_LAN} được mấy điểm", "@KheoBot tại sao xã Vạn Hưng không đạt", "/diem huyện Vạn Ninh"]
    for typed in asked:
        told = await there.says(typed).hears("")
        assert not re.search(r"97[.,]5|0905|123 456", told), (typed, told)
    for token in (
        f"c:vidau:u{of_lan.unit_id}",
        f"c:diem:u{of_lan.unit_id}",
        f"c:banin:u{of_lan.unit_id}",
        "c:tiendo",
        "c:viec",
        f"c:viec:u{of_lan.unit_id}",
        f"c:tucham:e{of_lan.id}",
        "c:hoi:i.score.explain",
    ):
        there.mark()
        here.fake.press(hung.device.user, GROUP, 1, token)
        told = await there.hears("")
        assert not re.search(r"97[.,]5|0905|123 456", told), (token, told)
    assert await everything(here) == before
    assert set(sentences()) == set(GROUP_PHRASES) <= set(PHRASES)


@TELEGRAM
async def test_what_reaches_a_group_unasked_has_none_either(here: World) -> None:
    hung = await here.person("Hùng", THANH, group=GROUP)
    there = in_group(hung)
    await there.says(f"/lienket {await here.group_code()}").hears("đã liên kết")
    at = here.app.office.units.coded(HUNG)
    assert at is not None

    def call(tx: Any) -> None:
        tx.execute(update(unit).where(unit.c.id == at.id).values(name=f"xã Vạn Hưng (ĐT {PHONE})"))
        here.app.office.refresh(tx)

    await here.app.store.write(call)
    await here.it_is(2024, 2, 6)
    assert "xã Vạn Hưng (ĐT •••)" in there.device.heard[-1].text, there.device.heard[-1].text
    assert not any(re.search(r"0905|123 456", heard.text) for heard in there.device.heard)
    sent = [c["params"] for c in here.fake.calls if c["params"].get("chat_id") == GROUP]
    assert all(c["method"] != "sendDocument" for c in here.fake.calls if c["params"].get("chat_id") == GROUP)
    assert not any("0905" in str(params) for params in sent)


# -- ways out --------------------------------------------------------------------------------------------------------------


@WITH_BUTTONS
@pytest.mark.parametrize(
    ("function", "at", "registration", "workbook"),
    [
        (OFFICER, HUNG, True, False),
        (FOCAL_POINT, HUNG, True, False),
        (UNIT_HEAD, HUNG, True, False),
        (STANDING_OFFICE, DISTRICT, True, True),
        (APPRAISER, DISTRICT, True, False),
        (COUNCIL, DISTRICT, True, False),
        (OVERSEER, HUNG, True, False),
        (OVERSEER, THANH, False, False),
        (ADMINISTRATOR, DISTRICT, False, False),
        (ADMINISTRATOR, HUNG, False, False),
        (OFFICER, THANH, False, False),
        (STANDING_OFFICE, THANH, False, False),
    ],
)
async def test_a_paper_goes_to_whom_it_is_for(
    here: World, function: str, at: str, registration: bool, workbook: bool
) -> None:
    nga = await here.person("Nga", HUNG, channel="telegram" if here.channel == "web" else "web")
    await registers(nga)
    paper = (await here.app.store.read(lambda tx: tx.execute(select(submission.c.id)).scalars().all()))[0]
    who = await here.person("Ai", at, function)
    before = await everything(here)
    heard = await who.forges(f"c:banin:g{paper}").hears("dưới dạng tệp Word" if registration else NOT_FOR_YOU)
    assert (CAMERA in heard) is registration
    await who.says("/bangtonghop").hears("dưới dạng tệp Excel" if workbook else NOT_FOR_YOU)
    assert await everything(here) == before


@TELEGRAM
async def test_a_difficulty_is_told_to_who_is_the_office_today(
    tmp_path: Path, channel: str, ready_sqlite: Path
) -> None:
    at = datetime(2023, 3, 13, 9, 0, tzinfo=ZONE)
    async with world(tmp_path / "kheo", channel, ready=ready_sqlite, plans=["binh-dinh"], at=at) as here:
        bay = await here.person("Bảy", "binh-dinh", STANDING_OFFICE)
        muoi = await here.person("Mười", "binh-dinh", STANDING_OFFICE)
        lan = await here.person("Lan", "binh-dinh.phu-cat")
        await ends_yesterday(here, bay)
        heard = len(bay.device.heard)
        await lan.says("/vuongmac xã mới sáp nhập chưa có con dấu nên chưa ký được").hears("tài liệu kèm theo")
        await lan.picks("Bỏ qua").hears("Gửi")
        await lan.picks("Gửi").hears("Đã tiếp nhận vướng mắc")
        await here.quiet()
        await muoi.hears("phản ánh vướng mắc")
        assert len(bay.device.heard) == heard


@TELEGRAM
async def test_what_was_told_at_night_goes_to_who_is_the_office_in_the_morning(
    tmp_path: Path, channel: str, ready_sqlite: Path
) -> None:
    at = datetime(2023, 3, 13, 21, 0, tzinfo=ZONE)
    async with world(tmp_path / "kheo", channel, ready=ready_sqlite, plans=["binh-dinh"], at=at) as here:
        bay = await here.person("Bảy", "binh-dinh", STANDING_OFFICE)
        muoi = await here.person("Mười", "binh-dinh", STANDING_OFFICE)
        lan = await here.person("Lan", "binh-dinh.phu-cat")
        heard = len(bay.device.heard), len(muoi.device.heard)
        await lan.says("/vuongmac xã mới sáp nhập chưa có con dấu nên chưa ký được").hears("tài liệu kèm theo")
        await lan.picks("Bỏ qua").hears("Gửi")
        await lan.picks("Gửi").hears("Đã tiếp nhận vướng mắc")
        await here.quiet()
        assert (len(bay.device.heard), len(muoi.device.heard)) == heard
        await holds(here, bay, valid_to=at.date())
        here.app.clock.move(datetime(2023, 3, 14, 8, 0, tzinfo=ZONE))
        await here.app.store.write(look_now)
        await here.quiet()
        await muoi.hears("phản ánh vướng mắc")
        assert len(bay.device.heard) == heard[0]


def look_now(tx: Any) -> None:
    """What waits for the morning is looked at again now, and not in a minute of real time."""
    tx.execute(update(outbox).where(outbox.c.state == "pending").values(not_before=0))


@TELEGRAM
async def test_a_report_of_another_unit_is_not_written_by_its_button(
    tmp_path: Path, channel: str, ready_sqlite: Path
) -> None:
    at = datetime(2023, 3, 13, 9, 0, tzinfo=ZONE)
    async with world(tmp_path / "kheo", channel, ready=ready_sqlite, plans=["binh-dinh"], at=at) as here:
        lan = await here.person("Lan", "binh-dinh.phu-cat")
        hai = await here.person("Hải", "binh-dinh.tuy-phuoc")
        await writes(lan)
        season = here.season("binh-dinh")
        occasions = [m.id for m in here.app.office.plan(season).occasions]
        (begun,) = await here.app.store.read(lambda tx: tx.execute(select(draft.c.id)).scalars().all())
        before = await everything(here)
        for id in occasions:
            await refused(hai, f"c:baocao:o.{id}:u{lan.unit_id}:s{season.id}")
        for token in (f"c:mo:d{begun}", f"z:{begun}::9", f"m:{begun}::"):
            await refused(hai, token)
        assert await everything(here) == before


@pytest.fixture(autouse=True)
async def nothing_broke(caplog: pytest.LogCaptureFixture) -> AsyncIterator[None]:
    """Refused is refused: no turn of these stories may break."""
    yield
    assert not [record for record in caplog.records if "a turn broke" in record.getMessage()]
