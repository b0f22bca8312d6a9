"""/trogiup lists what this person may use, and nothing else; an unknown command names the nearest ones."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

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
from handlers.entitled import NEEDS
from handlers.tables import COMMANDS, GROUPS, SECTIONS
from tests.conversations.test_rights import NOT_FOR_YOU, over_a_cluster, somebody
from tests.talk import Speaker, in_group
from tests.world import DISTRICT, World, world

HUNG, THANH = "van-ninh.van-hung", "van-ninh.van-thanh"
ON_PHONES = pytest.mark.parametrize("channel", ["telegram", "zalo"], indirect=True)
LONGEST = 2000  # characters: three screens of a phone
NAMES = [name for _, entries in SECTIONS for name, _ in entries]
HOLDING = [
    (OFFICER, HUNG),
    (FOCAL_POINT, HUNG),
    (UNIT_HEAD, HUNG),
    (STANDING_OFFICE, DISTRICT),
    (STANDING_OFFICE, HUNG),
    (ADMINISTRATOR, DISTRICT),
    (ADMINISTRATOR, HUNG),
    (APPRAISER, DISTRICT),
    (COUNCIL, DISTRICT),
    (OVERSEER, HUNG),
    (OFFICER, DISTRICT),
    ("a cluster", HUNG),
    ("nothing", HUNG),
]


@pytest.fixture
async def here(tmp_path: Path, channel: str, ready_sqlite: Path) -> AsyncIterator[World]:
    async with world(tmp_path / "kheo", channel, ready=ready_sqlite, at=datetime(2024, 1, 15, 9, tzinfo=ZONE)) as made:
        yield made


def listed(heard: str) -> list[str]:
    return [line[1:].split(" – ")[0] for line in heard.splitlines() if line.startswith("/") and " – " in line]


async def heard_of(here: World, speaker: Speaker, said: str) -> str:
    """All that is answered, the open question included: some answers are several messages."""
    await speaker.says(said).hears("")
    await here.quiet()
    return speaker.since()


@ON_PHONES
@pytest.mark.parametrize(("function", "unit"), HOLDING)
async def test_what_help_shows_is_open_and_what_it_hides_is_refused(here: World, function: str, unit: str) -> None:
    if function == "a cluster":
        who = await over_a_cluster(here, OVERSEER, HUNG, THANH)
    elif function == "nothing":
        who = await somebody(here, "Ai")
    else:
        who = await here.person("Tám", unit, function)
    help = await who.says("/trogiup").hears("Khéo hỗ trợ", "Không gửi tài liệu mật")
    assert len(help) <= LONGEST or function in (STANDING_OFFICE, ADMINISTRATOR)
    shown = listed(help)
    assert shown, help
    for name in NAMES:
        heard = await heard_of(here, who, f"/{name}")
        assert (NOT_FOR_YOU in heard) is (name not in shown), (name, heard)


def test_every_right_that_is_declared_is_of_a_command_that_help_can_show() -> None:
    assert set(NEEDS) <= set(NAMES) <= set(COMMANDS)
    assert len(NAMES) == len(set(NAMES))


async def test_an_officer_reads_what_is_theirs_under_headings(here: World, lan: Speaker) -> None:
    heard = await lan.says("/trogiup").hears("Việc của đơn vị\n/viec", "Tra cứu\n/han", "/dangky", "quay lại")
    assert not {"giahan", "suckhoe", "thongbao", "nhapdanhsach"} & set(listed(heard))
    assert "Điều hành" not in heard, "no heading stands over nothing"


@ON_PHONES
async def test_who_is_not_known_is_asked_for_the_code(here: World) -> None:
    who = await here.stranger("Khách")
    assert listed(await who.says("/trogiup").hears("mã")) == []


@ON_PHONES
async def test_a_group_reads_what_a_group_may_ask(here: World) -> None:
    lan = await here.person("Lan", group=-501)
    await in_group(lan).says(f"/lienket {await here.group_code(HUNG)}").hears("đã liên kết")
    heard = await in_group(lan).says("/trogiup").hears("/tiendo", "Không gửi tài liệu mật")
    assert set(listed(heard)) == GROUPS & set(NAMES)
    heard = await in_group(lan).says("/dieem").hears("Không có lệnh “/dieem”", "/diem – ", "/trogiup")
    assert listed(heard) == ["diem"]
    await in_group(lan).says("/giahann").hears("Không có lệnh", never="/giahan –")


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("/dangki", "dangky"),
        ("/đăngký1", "dangky"),
        ("/tiendoo", "tiendo"),
        ("/tien_do", "tiendo"),
        ("/tien do", "tiendo"),
        ("/nhacviec", ""),
        ("/giahann", ""),  # there is one, but not for an officer
        ("/khonglenhnao", ""),
        ("/x", ""),
        ("/" + "z" * 500, ""),
    ],
)
@pytest.mark.parametrize("channel", ["web"], indirect=True)
async def test_an_unknown_command_names_the_nearest_that_may_be_used(
    here: World, lan: Speaker, typed: str, near: str
) -> None:
    heard = await lan.says(typed).hears("Không có lệnh", "Gõ /trogiup")
    assert len(listed(heard)) <= 3
    assert near in listed(heard) if near else not listed(heard), heard


async def test_the_office_is_told_of_its_own_commands(here: World) -> None:
    bay = await here.person("Bảy", DISTRICT, STANDING_OFFICE)
    await bay.says("/giahann").hears("Có phải đồng chí cần:", "/giahan – ", "Gõ /trogiup")
