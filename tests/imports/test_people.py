"""A list of people: who is new gets a code, who is known a function, and what is there already stays as it is."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from bot.imports import lists
from bot.imports.people import FUNCTIONS, function_of
from bot.imports.template import template, with_codes
from bot.rules.access import FUNCTIONS as ALL_FUNCTIONS
from bot.rules.access import OFFICER, OVERSEER
from bot.store import imports, people, units
from bot.store.engine import Store, Tx
from bot.store.tables import audit, cluster, cluster_unit, join_code, person, role
from handlers.functions import NAMES
from tests.imports.books import PEOPLE_HEADINGS, Line, book, people_book, unit_book
from tests.imports.entering import NOW, PLAN, VIETNAMESE, entered, looked, office, told, undone

UNITS = unit_book(
    (56, "tỉnh Khánh Hòa"),
    (37, "tỉnh Ninh Bình"),
    (22525, "xã Vạn Hưng", None, 56, "01/07/2025"),
    (22516, "xã Vạn Thắng", None, 56, "01/07/2025"),
    (13864, "xã Vạn Thắng", None, 37, "01/07/2025"),
    (30000, "xã Ngày Mai", None, 56, "01/01/2027"),
)
LAN: Line = ("Nguyễn Thị Lan", "xã Vạn Hưng", None, "Cán bộ phụ trách")


def seeded(tx: Tx) -> None:
    units.plant(tx, PLAN.units)
    entered(tx, UNITS)
    first = tx.execute(cluster.insert().values(code="C1", name="Cụm số 1").returning(cluster.c.id)).scalar_one()
    known = units.load(tx)
    for code in ("22525", "22516"):
        unit = known.coded(code)
        assert unit is not None
        tx.execute(cluster_unit.insert().values(cluster_id=first, unit_id=unit.id))


def held(tx: Tx) -> list[tuple[object, ...]]:
    """Who is what, where, from when, until when."""
    known = units.load(tx)
    rows = tx.execute(
        select(person.c.name, role.c.function, role.c.unit_id, role.c.cluster_id, role.c.valid_from, role.c.valid_to)
        .join(role, role.c.person_id == person.c.id)
        .order_by(role.c.id)
    ).all()
    return [(row[0], row[1], known[row[2]].code if row[2] else f"cluster {row[3]}", *row[4:]) for row in rows]


def findings(store: Store, *lines: Line, before: tuple[Line, ...] = ()) -> list[str]:
    def work(tx: Tx) -> list[str]:
        seeded(tx)
        if before:
            entered(tx, people_book(*before))
        return told(looked(tx, people_book(*lines)))

    return undone(store, work)


def test_people_are_entered_with_their_functions_and_get_a_code_that_lets_them_in(store: Store) -> None:
    def work(tx: Tx) -> tuple[list[tuple[object, ...]], list[tuple[str, str, str]], list[int | None]]:
        seeded(tx)
        issued = entered(
            tx,
            people_book(
                (*LAN, None, "01/07/2025", "31/12/2030"),
                ("Nguyễn Thị Lan", 22525, None, "Đầu mối"),
                ("Trần Văn Bảy", "tỉnh Khánh Hòa", None, "Thường trực"),
                ("Lê Thị Bình", "UBND xã Vạn Thắng", "tỉnh Khánh Hoà", "officer"),
                ("Phạm Hùng", None, None, "Cán bộ theo dõi", "Cụm số 1"),
            ),
        )
        owners = [code.person_id for one in issued if (code := people.find_code(tx, one.code, NOW)) is not None]
        names = [tx.execute(select(person.c.name).where(person.c.id == id)).scalar() for id in owners]
        assert names == [one.name for one in issued]
        return held(tx), [(one.name, one.place, one.functions) for one in issued], owners

    stored, issued, owners = undone(store, work)
    assert [row[:3] for row in stored] == [
        ("Nguyễn Thị Lan", "officer", "22525"),
        ("Nguyễn Thị Lan", "focal_point", "22525"),
        ("Trần Văn Bảy", "standing_office", "56"),
        ("Lê Thị Bình", "officer", "22516"),
        ("Phạm Hùng", OVERSEER, stored[-1][2]),
    ]
    assert str(stored[-1][2]).startswith("cluster ")
    assert stored[0][3:] == (date(2025, 7, 1), date(2030, 12, 31))
    assert stored[1][3:] == (None, None)
    assert issued == [
        ("Nguyễn Thị Lan", "xã Vạn Hưng", "Cán bộ phụ trách, Cán bộ đầu mối"),
        ("Trần Văn Bảy", "tỉnh Khánh Hòa", "Cơ quan thường trực"),
        ("Lê Thị Bình", "xã Vạn Thắng", "Cán bộ phụ trách"),
        ("Phạm Hùng", "Cụm số 1", "Cán bộ theo dõi"),
    ]
    assert len(set(owners)) == 4


def test_twice_the_same_list_changes_nothing_and_makes_no_second_code(store: Store) -> None:
    def work(tx: Tx) -> None:
        seeded(tx)
        data = people_book(LAN, ("Phạm Hùng", None, None, "theo dõi", "c1", "01/01/2026"))
        entered(tx, data)
        before = [len(tx.execute(select(table.c.id)).all()) for table in (person, role, join_code, audit)]
        again = looked(tx, data)
        assert again.empty
        assert again.counts() == {"new": 0, "given": 0, "redated": 0, "same": 2}
        assert entered(tx, data) == []
        assert [len(tx.execute(select(table.c.id)).all()) for table in (person, role, join_code, audit)] == before

    undone(store, work)


def test_who_is_known_gets_one_function_more_and_no_code(store: Store) -> None:
    def work(tx: Tx) -> tuple[list[str], list[tuple[object, ...]]]:
        seeded(tx)
        entered(tx, people_book(LAN))
        data = people_book(LAN, ("nguyễn thị  lan", 22525, None, "Thủ trưởng đơn vị"))
        checked = looked(tx, data)
        summary = lists.told(VIETNAMESE, checked, lists.standing(office(tx), tx, NOW.date()))
        assert entered(tx, data) == []
        return summary, held(tx)

    summary, stored = undone(store, work)
    assert summary == [
        "Người đã có, thêm chức năng: 1 – nguyễn thị lan (Thủ trưởng đơn vị, xã Vạn Hưng)",
        "Dòng không làm thay đổi gì: 1",
    ]
    assert [row[:2] for row in stored] == [("Nguyễn Thị Lan", "officer"), ("Nguyễn Thị Lan", "unit_head")]


def test_lan_and_lân_are_two_people_and_so_are_two_lans_in_two_communes(store: Store) -> None:
    def work(tx: Tx) -> int:
        seeded(tx)
        entered(tx, people_book(LAN, ("Nguyễn Thị Lân", *LAN[1:]), (LAN[0], 22516, None, LAN[3])))
        return len(tx.execute(select(person.c.id)).all())

    assert undone(store, work) == 3


def test_dates_are_corrected_and_a_function_that_ended_is_not_opened_again(store: Store) -> None:
    def work(tx: Tx) -> tuple[list[tuple[object, ...]], list[str], list[tuple[object, ...]]]:
        seeded(tx)
        entered(tx, people_book(LAN))
        entered(tx, people_book((*LAN, None, "01/07/2025", "01/03/2026")))
        ended = held(tx)
        again = looked(tx, people_book(LAN))
        assert again.empty
        entered(tx, people_book((*LAN, None, "01/04/2026")))
        return ended, told(again), held(tx)

    ended, said, anew = undone(store, work)
    assert [row[3:] for row in ended] == [(date(2025, 7, 1), date(2026, 3, 1))]
    assert said == [
        "dòng 2: Chức năng: chức năng này đã kết thúc ngày 01/03/2026; danh sách không mở lại nếu không ghi “Từ ngày” "
        "sau đó – chỉ là lưu ý, vẫn ghi được"
    ]
    assert [row[3:] for row in anew] == [(date(2025, 7, 1), date(2026, 3, 1)), (date(2026, 4, 1), None)]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (("Lan 12", 22525, None, "Cán bộ"), "dòng 2: Họ và tên: “Lan 12” không dùng làm tên được"),
        (("Lan", 22525, None, "Cán bộ"), "dòng 2: Họ và tên: “Lan” không dùng làm tên được"),
        ((None, 22525, None, "Cán bộ"), "dòng 2: Họ và tên: để trống"),
        (
            ("Lê Bình", 22525, None, "Bảo vệ"),
            "dòng 2: Chức năng: “Bảo vệ” không phải là chức năng (một trong: Cán bộ phụ",
        ),
        (("Lê Bình", 22525, None, None), "dòng 2: Chức năng: để trống"),
        (("Lê Bình", None, None, "Cán bộ"), "dòng 2: Đơn vị: chưa ghi đơn vị, cũng chưa ghi cụm"),
        (("Lê Bình", "xã Vạn Hưmg", None, "Cán bộ"), "không có đơn vị “xã Vạn Hưmg” (có phải là “xã Vạn Hưng"),
        (
            ("Lê Bình", 99999, None, "Cán bộ"),
            "dòng 2: Đơn vị: không có đơn vị “99999” (ghi mã, hoặc nhập đơn vị trước)",
        ),
        (
            ("Lê Bình", "Vạn Thắng", None, "Cán bộ"),
            "xã Vạn Thắng (13864, tỉnh Ninh Bình) (ghi mã, hoặc điền cột “Đơn vị",
        ),
        (("Lê Bình", "Vạn Thắng", "tỉnh Ninh Bình", "Cán bộ"), ""),
        (
            ("Lê Bình", 22516, "tỉnh Ninh Bình", "Cán bộ"),
            "dòng 2: Đơn vị cấp trên: xã Vạn Thắng không trực thuộc “tỉnh",
        ),
        (("Lê Bình", "van-ninh.van-hung", None, "Cán bộ"), "dòng 2: Đơn vị: xã Vạn Hưng chỉ tồn tại đến 30/06/2025"),
        (("Lê Bình", 30000, None, "Cán bộ"), "dòng 2: Đơn vị: xã Ngày Mai đến 01/01/2027 mới có hiệu lực"),
        (("Lê Bình", 30000, None, "Cán bộ", None, "01/01/2027"), ""),
        (("Lê Bình", 22525, None, "Cán bộ", "Cụm số 1"), "dòng 2: Cụm: không có chức năng “Cán bộ phụ trách” cho cụm"),
        (("Lê Bình", None, None, "Theo dõi", "Cụm số 9"), "không có cụm “Cụm số 9” (một trong: Cụm số 1 (C1))"),
        (("Lê Bình", 22525, None, "Cán bộ", None, "32/01/2026"), "lịch không có ngày “32/01/2026”"),
        (("Lê Bình", 22525, None, "Cán bộ", None, "01/02/2026", "01/01/2026"), "ngày 01/01/2026 trước ngày 01/02/2026"),
    ],
)
def test_every_fault_is_told_with_its_row_its_column_and_a_remedy(store: Store, line: Line, said: str) -> None:
    told = findings(store, line)
    assert (said in "\n".join(told)) if said else told == [], told
    assert not said or len(told) == 1, told


def test_one_row_twice_and_two_namesakes_in_one_unit_are_told(store: Store) -> None:
    assert findings(store, LAN, ("NGUYỄN THỊ LAN", 22525, None, "officer")) == [
        "dòng 3: Họ và tên: cùng một người với cùng chức năng đã có ở dòng 2 (một dòng là đủ)"
    ]

    def work(tx: Tx) -> list[str]:
        seeded(tx)
        unit = units.load(tx).coded("22525")
        assert unit is not None
        for _ in range(2):
            people.add(tx, "Nguyễn Thị Lan", unit.id, OFFICER, NOW)
        return told(looked(tx, people_book(LAN)))

    (said,) = undone(store, work)
    assert "đơn vị đó đã có 2 người cùng tên này" in said


def test_posts_and_phone_numbers_are_not_read(store: Store) -> None:
    def work(tx: Tx) -> tuple[list[str], str]:
        seeded(tx)
        data = book(
            ("Họ tên", "Chức vụ", "Số điện thoại", "Đơn vị công tác", "Vai trò"),
            ("Lê Bình", "Phó Chủ tịch", "0912345678", "Xã Vạn Hưng", "Đầu mối"),
        )
        said = told(looked(tx, data))
        entered(tx, data)
        everything = [tx.execute(select(table)).all() for table in (person, role, audit, join_code)]
        return said, str(everything)

    said, everything = undone(store, work)
    assert [line.split(" – ")[0] for line in said] == [
        "dòng 1: cột “Chức vụ” không được đọc: Khéo không lưu chức vụ, chỉ lưu chức năng trong phong trào",
        "dòng 1: cột “Số điện thoại” không được đọc: Khéo không lưu loại thông tin cá nhân này",
    ]
    assert "Phó Chủ tịch" not in everything and "0912345678" not in everything


def test_nobody_gives_by_a_list_what_they_may_not_give(store: Store) -> None:
    def work(tx: Tx) -> list[str]:
        seeded(tx)
        standing = lists.standing(
            office(tx), tx, NOW.date(), may_give=lambda function, ids: function == OFFICER and bool(ids)
        )
        data = people_book(
            LAN, ("Trần Văn Bảy", 56, None, "Quản trị viên"), ("Phạm Hùng", None, None, "theo dõi", "C1")
        )
        return told(lists.check(lists.read(data), standing, "0" * 64))

    assert undone(store, work) == [
        f"dòng {row}: Chức năng: đồng chí không được giao chức năng này ở đó (bỏ dòng này, hoặc nhờ người có thẩm quyền)"
        for row in (3, 4)
    ]


def test_the_trace_names_the_list_and_nobody(store: Store) -> None:
    def work(tx: Tx) -> list[tuple[str, str]]:
        seeded(tx)
        last = max(tx.execute(select(audit.c.id)).scalars())
        entered(tx, people_book(LAN))
        rows = tx.execute(select(audit).where(audit.c.id > last).order_by(audit.c.id)).all()
        return [(row.action, str(row.after)) for row in rows]

    traced = undone(store, work)
    assert [action for action, _ in traced] == ["person.entered", "role.granted", "code.made", "people.imported"]
    assert not any("Lan" in after for _, after in traced)


def test_every_function_has_a_label_that_is_what_the_chat_calls_it() -> None:
    assert set(FUNCTIONS) == set(ALL_FUNCTIONS)
    for id, (label, also) in FUNCTIONS.items():
        assert VIETNAMESE.say(NAMES[id]).casefold() == label.casefold()
        assert {function_of(word) for word in (id, label, label.upper(), *also)} == {id}


def test_the_template_and_the_codes_are_workbooks(store: Store) -> None:
    import io

    from openpyxl import load_workbook

    made = load_workbook(io.BytesIO(template("people")))
    assert tuple(cell.value for cell in made["Danh sách"][1]) == PEOPLE_HEADINGS
    explained = "\n".join(str(cell.value) for row in made["Hướng dẫn"].iter_rows() for cell in row)
    assert all(label in explained for label, _ in FUNCTIONS.values())
    issued = [lists.Issued("=1+1", "xã Vạn Hưng", "Cán bộ phụ trách", "ABCD2345")]
    codes = load_workbook(io.BytesIO(with_codes(issued, NOW.date() + timedelta(days=14), "https://t.me/b?start=")))
    assert [cell.value for cell in codes.worksheets[0][2]][1:5] == [
        "=1+1",
        "xã Vạn Hưng",
        "Cán bộ phụ trách",
        "ABCD2345",
    ]
    assert codes.worksheets[0]["G2"].value == "https://t.me/b?start=ABCD2345"
    assert codes.worksheets[0]["B2"].data_type == "s", "a name is never a formula"
    bots = ["Zalo: Bot Khéo (https://bot.zaloplatforms.com/bots/1)", ""]
    both = with_codes(issued * 2, NOW.date(), "https://t.me/b?start=", bots)
    sheet = load_workbook(io.BytesIO(both)).worksheets[0]
    assert [sheet[f"H{row}"].value for row in (1, 2, 3)] == ["Hoặc gõ mã tại", bots[0], None]
    assert load_workbook(io.BytesIO(with_codes(issued, NOW.date(), "", [""]))).worksheets[0]["G1"].value is None


async def test_the_same_list_from_two_at_the_same_moment_is_entered_once(store: Store) -> None:
    """On PostgreSQL neither would see what the other is entering, unless one waits for the other."""
    store.run(seeded)
    others = threading.Barrier(2, timeout=1)

    def work(tx: Tx) -> int:
        imports.alone(tx)
        checked = looked(tx, people_book(LAN))
        with suppress(threading.BrokenBarrierError):
            others.wait()
        return len(lists.enter(tx, checked, lists.standing(office(tx), tx, NOW.date()), NOW))

    assert sorted(await asyncio.gather(store.write(work), store.write(work))) == [0, 1]
    assert len(store.run(held)) == 1
