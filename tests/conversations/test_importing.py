"""An administrator sends a list: first what is wrong, then what it would do, and only the press enters it."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from bot.rules.access import ADMINISTRATOR, OFFICER, STANDING_OFFICE
from bot.store import people
from bot.store.outbox import Message
from bot.store.tables import address, audit, person, role, unit, unwanted
from handlers import printing
from tests.imports.books import PEOPLE_HEADINGS, UNIT_HEADINGS, Line, book, people_book, unit_book
from tests.papers.test_printing import papers
from tests.talk import Speaker, in_group
from tests.world import DISTRICT, World

TELEGRAM = pytest.mark.parametrize("channel", ["telegram"], indirect=True)
WEB = pytest.mark.parametrize("channel", ["web"], indirect=True)
NO_RIGHT = "chưa được phân quyền"
GROUPS = (
    (f"{DISTRICT}.hoi-cgc", "Hội Chữ thập đỏ", "doan_the", DISTRICT),
    (f"{DISTRICT}.tt-yt", "Trung tâm Y tế", "phòng", DISTRICT),
)
ENTER = "Ghi vào danh sách"


@pytest.fixture
async def boss(here: World) -> Speaker:
    """Quản, the administrator of the district."""
    return await here.person("Quản", DISTRICT, ADMINISTRATOR)


async def sheets_of(here: World, speaker: Speaker) -> list[tuple[str, Any]]:
    """The workbooks that came since the last act, with their names; a long text comes before its file."""
    await here.quiet()
    return [(name, load_workbook(io.BytesIO(content))) for name, content in await papers(speaker)]


async def codes_in(here: World) -> list[str]:
    return await here.app.store.read(lambda tx: list(tx.execute(select(unit.c.code)).scalars()))


async def names_in(here: World) -> list[str]:
    return await here.app.store.read(lambda tx: list(tx.execute(select(person.c.name)).scalars()))


async def sends(boss: Speaker, *lines: Line, heard: tuple[str, ...]) -> str:
    return await boss.sends_document("don-vi.xlsx", unit_book(*lines)).hears(*heard)


# -- units -------------------------------------------------------------------------------------------------------------


async def test_a_list_of_units_is_looked_at_and_entered_by_the_press(here: World, boss: Speaker) -> None:
    await boss.says("/nhapdanhsach").hears(
        "Đề nghị đồng chí gửi danh sách", "Mẫu danh sách đơn vị", "Mẫu danh sách cán bộ"
    )
    await sends(
        boss,
        *GROUPS,
        heard=("Danh sách đơn vị, 2 dòng", "Đơn vị mới: 2 – Hội Chữ thập đỏ; Trung tâm Y tế", ENTER, "Bỏ"),
    )
    before = await codes_in(here)
    assert GROUPS[0][0] not in before, "nothing is entered before the press"
    await boss.picks(ENTER).hears("Đã ghi:", "Đơn vị mới: 2")
    assert set(await codes_in(here)) - set(before) == {GROUPS[0][0], GROUPS[1][0]}
    assert here.app.office.units.coded(GROUPS[0][0]) is not None, "the bot knows them at once"

    await sends(boss, *GROUPS, heard=("Mọi dòng trong danh sách đã có trong Khéo",))
    assert ENTER not in boss.since()

    def traced(tx: Any) -> list[Any]:
        return list(tx.execute(select(audit).where(audit.c.action.in_(("unit.entered", "units.imported")))).all())

    rows = await here.app.store.read(traced)
    assert [row.action for row in rows] == ["unit.entered", "unit.entered", "units.imported"]
    assert {row.person for row in rows} == {boss.person_id}
    assert rows[-1].after["new"] == 2
    let_go = await here.app.store.read(lambda tx: list(tx.execute(select(unwanted.c.sha256)).scalars()))
    assert rows[-1].after["file"] in let_go, "the file is not kept once it is entered"


async def test_findings_come_first_and_nothing_can_be_pressed(here: World, boss: Speaker) -> None:
    await boss.says("/nhapdanhsach").hears("gửi danh sách")
    said = await sends(
        boss,
        ("x1", "xã Một", None, "huyện Vạn Nin"),
        ("x2", None, None, DISTRICT, "31/02/2024"),
        heard=("Danh sách đơn vị, 2 dòng. Nhận xét: 3", "Đề nghị đồng chí sửa các dòng trên"),
    )
    assert "dòng 2: Trực thuộc: không có đơn vị “huyện Vạn Nin”" in said
    assert "(có phải là “huyện Vạn Ninh” không?)" in said
    assert "dòng 3: Tên đơn vị: để trống (cần ghi vào)" in said
    assert ENTER not in said


async def test_many_findings_come_as_a_workbook_that_can_be_sent_back(here: World, boss: Speaker) -> None:
    await boss.says("/nhapdanhsach").hears("gửi danh sách")
    lines = [(f"x{n}", f"xã Số {n}", None, "van-nin") for n in range(20)]
    await sends(boss, *lines, heard=("Nhận xét: 20", "dòng 16:", "… và 5 nhận xét nữa"))
    ((name, returned),) = await sheets_of(here, boss)
    assert name == "nhan-xet-danh-sach.xlsx"
    sheet = returned["Danh sách"]
    last = len(UNIT_HEADINGS) + 1
    assert sheet.cell(1, last).value == "Nhận xét"
    assert all("không có đơn vị “van-nin”" in sheet.cell(row, last).value for row in range(2, 22))
    for row in range(2, 22):
        sheet.cell(row, 4, DISTRICT)
    corrected = io.BytesIO()
    returned.save(corrected)
    await boss.sends_document("sua.xlsx", corrected.getvalue()).hears("Đơn vị mới: 20", "và 12 mục nữa", ENTER)
    await boss.picks(ENTER).hears("Đã ghi:")
    assert "x19" in await codes_in(here)


async def test_the_templates_come_from_their_buttons(here: World, boss: Speaker) -> None:
    await boss.says("/nhapdanhsach").hears("gửi danh sách")
    await boss.picks("Mẫu danh sách cán bộ").hears("Tệp mẫu để điền")
    ((name, made),) = await sheets_of(here, boss)
    assert name == "mau-danh-sach-can-bo.xlsx"
    assert tuple(cell.value for cell in made["Danh sách"][1]) == PEOPLE_HEADINGS
    await sends(boss, GROUPS[0], heard=("Danh sách đơn vị, 1 dòng", ENTER))


@TELEGRAM
async def test_it_can_be_left_and_an_old_button_enters_nothing(here: World, boss: Speaker) -> None:
    await boss.says("/nhapdanhsach").hears("gửi danh sách")
    await sends(boss, GROUPS[0], heard=(ENTER,))
    await sends(boss, GROUPS[1], heard=(ENTER,))
    await boss.picks_old(ENTER).hears("Danh sách đó đã được ghi, hoặc")
    await boss.picks("Bỏ").hears("Đã bỏ; không ghi gì.")
    await boss.picks_old(ENTER).hears("Danh sách đó đã được ghi, hoặc")
    assert not {GROUPS[0][0], GROUPS[1][0]} & set(await codes_in(here))
    await boss.sends_document("don-vi.xlsx", unit_book(GROUPS[0])).hears("hiện chưa mở bảng nào")


@TELEGRAM
async def test_what_changed_meanwhile_is_shown_and_not_entered(here: World, boss: Speaker) -> None:
    await boss.says("/nhapdanhsach").hears("gửi danh sách")
    await sends(boss, *GROUPS, heard=("Đơn vị mới: 2",))
    top = here.app.office.units.coded(DISTRICT)
    assert top is not None

    def meanwhile(tx: Any) -> None:
        tx.execute(
            unit.insert().values(code=GROUPS[0][0], name=GROUPS[0][1], kind="doan_the", parent_id=top.id, aliases=[])
        )

    await here.app.store.write(meanwhile)
    await boss.picks(ENTER).hears("Trong lúc đó đã có thay đổi nên chưa ghi gì", "Đơn vị mới: 1 – Trung tâm Y tế")
    assert GROUPS[1][0] not in await codes_in(here)
    await boss.picks(ENTER).hears("Đã ghi:", "Đơn vị mới: 1")
    assert GROUPS[1][0] in await codes_in(here)


@TELEGRAM
async def test_a_file_that_went_meanwhile_is_asked_for_again(here: World, boss: Speaker) -> None:
    await boss.says("/nhapdanhsach").hears("gửi danh sách")
    await sends(boss, GROUPS[0], heard=(ENTER,))
    (digest,) = await here.app.store.read(lambda tx: list(tx.execute(select(unwanted.c.sha256)).scalars()))
    here.app.keeper.path(digest).unlink()
    await boss.picks(ENTER).hears("Tệp không còn nữa. Đề nghị đồng chí gửi lại.")
    await sends(boss, GROUPS[0], heard=(ENTER,))
    await boss.picks(ENTER).hears("Đã ghi:")


@TELEGRAM
async def test_the_chat_speaks_english_too(here: World) -> None:
    ann = await here.person("Ann", DISTRICT, ADMINISTRATOR, language="en")
    await ann.says("/nhapdanhsach").hears("Please send the list as a file here")
    await ann.sends_document("units.xlsx", unit_book(("x1", "xã Một", None, "nowhere"))).hears(
        "List of units, 1 rows. Findings: 1", "row 2: Trực thuộc: there is no unit “nowhere”"
    )


@TELEGRAM
async def test_a_row_outside_of_ones_own_tree_is_a_finding(here: World, boss: Speaker) -> None:
    def another(tx: Any) -> None:
        tx.execute(unit.insert().values(code="ninh-hoa", name="huyện Ninh Hòa", kind="huyen", aliases=[]))

    await here.app.store.write(another)
    await boss.says("/nhapdanhsach").hears("gửi danh sách")
    said = await sends(
        boss,
        ("n1", "xã Ninh Ích", None, "ninh-hoa"),
        ("n2", "tỉnh Phú Yên"),
        ("ninh-hoa", "huyện Ninh Hòa", None, None, None, None, "NH"),
        GROUPS[0],
        heard=("Nhận xét: 3",),
    )
    assert "dòng 2: Trực thuộc: đơn vị này ngoài phạm vi quản trị của đồng chí" in said
    assert "dòng 3: Trực thuộc: đơn vị không có cấp trên chỉ nhập được trên máy chủ" in said
    assert "dòng 4: Mã đơn vị: đơn vị này ngoài phạm vi quản trị của đồng chí" in said


# -- people ------------------------------------------------------------------------------------------------------------


async def test_people_are_entered_and_their_codes_let_them_in(here: World, boss: Speaker) -> None:
    await boss.says("/nhapdanhsach").hears("gửi danh sách")
    data = people_book(
        ("Nguyễn Thị Lan", "xã Vạn Hưng", None, "Cán bộ phụ trách"),
        ("Trần Văn Bảy", DISTRICT, None, "Cơ quan thường trực"),
    )
    await boss.sends_document("can-bo.xlsx", data).hears("Danh sách cán bộ, 2 dòng", "Người mới: 2", ENTER)
    said = await boss.picks(ENTER).hears("Đã ghi:", "Mã dùng một lần")
    (code,) = re.findall(r"Nguyễn Thị Lan · xã Vạn Hưng · Cán bộ phụ trách · ([A-Z0-9]{8})", said)
    found = await here.app.store.read(lambda tx: people.find_code(tx, code, here.app.clock.now()))
    assert found is not None and found.person_id is not None
    ((name, made),) = await sheets_of(here, boss)
    assert name == "ma-dung-mot-lan.xlsx"
    first = [cell.value for cell in made.worksheets[0][2]]
    assert first[1:5] == ["Nguyễn Thị Lan", "xã Vạn Hưng", "Cán bộ phụ trách", code]
    assert first[6].endswith(f"start?code={code}") or first[6].endswith(f"start={code}")
    if here.channel == "telegram":
        lan = await here.stranger("Lan")
        await lan.opens(code).hears("Nguyễn Thị Lan – xã Vạn Hưng")
    await boss.sends_document("can-bo.xlsx", data).hears("Mọi dòng trong danh sách đã có trong Khéo")
    assert (await names_in(here)).count("Nguyễn Thị Lan") == 1


@TELEGRAM
async def test_an_administrator_of_a_commune_enters_people_there_only(here: World) -> None:
    boss = await here.person("Quản", "van-ninh.van-hung", ADMINISTRATOR)
    await boss.says("/nhapdanhsach").hears("gửi danh sách")
    data = people_book(
        ("Nguyễn Thị Lan", "xã Vạn Hưng", None, "Cán bộ phụ trách"),
        ("Trần Văn Bảy", DISTRICT, None, "Cơ quan thường trực"),
    )
    said = await boss.sends_document("can-bo.xlsx", data).hears("Nhận xét: 1")
    assert "dòng 3: Chức năng: đồng chí không được giao chức năng này ở đó" in said
    assert "Nguyễn Thị Lan" not in await names_in(here)


# -- who may, and where ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("function", [OFFICER, STANDING_OFFICE])
async def test_nobody_else_may(here: World, function: str) -> None:
    lan = await here.person("Lan", DISTRICT, function)
    await lan.says("/nhapdanhsach").hears(NO_RIGHT)
    said = await lan.sends_document("don-vi.xlsx", unit_book(GROUPS[0])).hears("hiện chưa mở bảng nào")
    assert "Đơn vị mới" not in said


@TELEGRAM
async def test_who_is_no_administrator_any_more_enters_nothing(here: World, boss: Speaker) -> None:
    await boss.says("/nhapdanhsach").hears("gửi danh sách")
    await sends(boss, GROUPS[0], heard=(ENTER,))

    def dismissed(tx: Any) -> None:
        yesterday = here.app.clock.now().date() - timedelta(days=1)
        tx.execute(role.update().where(role.c.person_id == boss.person_id).values(valid_to=yesterday))

    await here.app.store.write(dismissed)
    await boss.picks(ENTER).hears(NO_RIGHT)
    await boss.sends_document("don-vi.xlsx", unit_book(GROUPS[0])).hears(NO_RIGHT)
    assert GROUPS[0][0] not in await codes_in(here)


@TELEGRAM
async def test_a_forged_button_enters_nothing(here: World, boss: Speaker) -> None:
    for token in (
        "c:nhapdanhsach:ghi",
        "c:nhapdanhsach:ghi:x:y",
        f"c:nhapdanhsach:ghi:{'0' * 16}:{'0' * 16}",
        "c:nhapdanhsach:bo:",
    ):
        await boss.forges(token).hears("danh sách")
    await boss.says("/nhapdanhsach").hears("gửi danh sách")
    await sends(boss, GROUPS[0], heard=(ENTER,))
    token = next(token for label, token in await options(here, boss) if label == ENTER)
    await boss.forges(f"c:nhapdanhsach:ghi:{'0' * 16}:{'0' * 16}").hears("Danh sách đó đã được ghi, hoặc")
    await boss.forges(token[:-16] + "0" * 16).hears("Trong lúc đó đã có thay đổi nên chưa ghi gì")
    lan = await here.person("Lan")
    await lan.forges(token).hears(NO_RIGHT)
    other = await here.person("Hùng", DISTRICT, ADMINISTRATOR)
    await other.forges(token).hears("Danh sách đó đã được ghi, hoặc")
    assert GROUPS[0][0] not in await codes_in(here)


async def options(here: World, speaker: Speaker) -> list[list[str]]:
    def read(tx: Any) -> Any:
        return tx.execute(select(address.c.focus).where(address.c.person_id == speaker.person_id)).scalar()

    return list((await here.app.store.read(read))["options"])


@TELEGRAM
async def test_templates_findings_and_codes_are_made_for_administrators_only(here: World, boss: Speaker) -> None:
    """Whatever a message asks for: who may is looked at when the workbook is made."""
    lan = await here.person("Lan")
    await boss.says("/nhapdanhsach").hears("gửi danh sách")
    await sends(boss, ("x1", None), heard=("Nhận xét: 2",))
    (digest,) = await here.app.store.read(lambda tx: list(tx.execute(select(unwanted.c.sha256)).scalars()))
    names = ("list_template:units", f"list_findings:{digest[:16]}", "list_codes:1")
    codes = {"attachment": {"otherwise": "Lan · xã Vạn Hưng · Cán bộ · ABCD2345"}}

    def made(tx: Any, whose: Speaker, name: str) -> bytes:
        at = tx.execute(select(address.c.id).where(address.c.person_id == whose.person_id)).scalar()
        message = Message(1, at, "telegram", "", "", "reply", 0, "", codes, 0, True)
        return printing.paper(here.app.office, here.app.clock, tx, message, name)()

    for name in names:
        content = await here.app.store.read(lambda tx, name=name: made(tx, boss, name))
        assert load_workbook(io.BytesIO(content)).sheetnames
        with pytest.raises(LookupError):
            await here.app.store.read(lambda tx, name=name: made(tx, lan, name))
    other = await here.person("Hùng", DISTRICT, ADMINISTRATOR)
    with pytest.raises(LookupError):
        await here.app.store.read(lambda tx: made(tx, other, names[1]))


@TELEGRAM
async def test_in_a_group_nothing_of_it_is_said(here: World) -> None:
    boss = await here.person("Quản", DISTRICT, ADMINISTRATOR, group=-100200)
    code = await here.group_code()
    group = in_group(boss)
    await group.says(f"/lienket {code}").hears("huyện Vạn Ninh")
    await group.says("/nhapdanhsach").hears("nhắn riêng")


@TELEGRAM
async def test_files_that_are_no_list_are_refused_with_a_sentence(here: World, boss: Speaker) -> None:
    await boss.says("/nhapdanhsach").hears("gửi danh sách")
    await boss.sends_document("don-vi.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)).hears(
        "Excel kiểu cũ (.xls)"
    )
    await boss.sends_document("don-vi.pdf", b"%PDF-1.4 danh sach").hears("không phải là danh sách đọc được")
    await boss.sends_photo("danh-sach.jpg").hears("không phải là danh sách đọc được")
    await boss.sends_document("don-vi.csv", "Mã;Tên\n1;xã Đại".encode("cp1258", "ignore")).hears("CSV UTF-8")
    await boss.sends_document("trong.xlsx", book(("một", "hai"))).hears("Không tìm thấy dòng tiêu đề cột")
    await sends(boss, GROUPS[0], heard=(ENTER,))


@TELEGRAM
async def test_evidence_goes_into_an_open_form_as_ever(here: World, boss: Speaker) -> None:
    """Whoever asked for a list and then opens a form sends files to the form."""
    await here.exemplar("Camera an ninh")
    commune = here.app.office.units.coded("van-ninh.van-hung")
    assert commune is not None

    def officer(tx: Any) -> None:
        people.grant(tx, boss.person_id, OFFICER, here.app.clock.now(), unit_id=commune.id)

    await here.app.store.write(officer)
    await boss.says("/nhapdanhsach").hears("gửi danh sách")
    await boss.says("/tucham").hears("Tiêu chí 01")
    await boss.sends_document("don-vi.xlsx", unit_book(GROUPS[0]), caption="TC01").hears("tiêu chí 01")
    await boss.says("/nhapdanhsach").hears("gửi danh sách")
    await boss.sends_document("don-vi.xlsx", unit_book(GROUPS[0])).hears("Đơn vị mới: 1")
