"""People and groups on the server: entered, invited, listed, taken back, handed over; and the first administrator."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import segno
from sqlalchemy import select

from bot.chat import Address
from bot.cli import main
from bot.clock import Clock
from bot.config import Settings
from bot.store import people, roster
from bot.store.engine import Store
from bot.store.tables import address, audit, role

ROOT = Path(__file__).resolve().parent.parent
PLAN = ROOT / "tests/plans/small/reports_quarterly.yaml"
Kheo = Callable[..., tuple[int, str]]
CODE = re.compile(r"\b[A-HJ-NP-Z2-9]{8}\b")
OPEN = ("season", "open", "bao-cao-quy", "2024")


@pytest.fixture
def kheo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Kheo:
    """Run a command; its exit code and all that it said."""
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.validation_alias), raising=False)
    monkeypatch.chdir(tmp_path)
    plans = tmp_path / "plans"
    plans.mkdir()
    shutil.copy(PLAN, plans)
    shutil.copytree(ROOT / "plans" / "calendars", plans / "calendars")
    monkeypatch.setenv("KHEO_PLANS", str(plans))
    monkeypatch.setenv("KHEO_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("KHEO_PUBLIC_URL", "https://kheo.example.vn")

    def run(*words: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main(list(words))
        said = capsys.readouterr()
        code = ended.value.code
        return code if isinstance(code, int) else 0, said.out + said.err

    return run


def stored(tmp_path: Path, look: Callable[[Any], Any]) -> Any:
    store = Store(f"sqlite:///{tmp_path / 'data' / 'kheo.db'}", exclusive=False)
    try:
        return store.run(look)
    finally:
        store.close()


def roles(tx: Any) -> list[tuple[str, int | None]]:
    rows = tx.execute(select(role.c.function, role.c.unit_id).where(role.c.valid_to.is_(None)).order_by(role.c.id))
    return [tuple(row) for row in rows.all()]


def test_the_first_administrator_of_an_empty_installation(kheo: Kheo, tmp_path: Path) -> None:
    code, said = kheo("admin", "invite", "Lê Thị Quản")
    assert code == 0
    assert CODE.search(said)
    assert "https://kheo.example.vn/chat/start?code=" in said
    assert "Chưa có đơn vị nào đang hoạt động" in said
    assert stored(tmp_path, roles) == [("administrator", None)]
    now = Clock().now()
    assert "(chưa gắn với đơn vị) · Lê Thị Quản · quản trị viên" in kheo("people", "list")[1]
    nobody = stored(tmp_path, lambda tx: people.known(tx, 1, now))
    assert not nobody.units, "bound to nothing, it gives nothing"
    assert kheo(*OPEN)[0] == 0
    assert stored(tmp_path, roles) == [("administrator", 1)], "bound as soon as there are units"
    assert kheo("people", "list")[1].count("huyện Xuân Lộc · Lê Thị Quản · quản trị viên · chưa tham gia") == 1


def test_an_administrator_asked_for_again_is_the_same_person(kheo: Kheo, tmp_path: Path) -> None:
    kheo(*OPEN)
    first = CODE.findall(kheo("admin", "invite", "Lê Thị Quản")[1])[0]
    second = CODE.findall(kheo("admin", "invite", "lê thị quản")[1])[0]
    assert stored(tmp_path, roles) == [("administrator", 1)]
    now = Clock().now()
    assert stored(tmp_path, lambda tx: people.find_code(tx, first, now)) is None
    assert stored(tmp_path, lambda tx: people.find_code(tx, second, now)) is not None
    assert "Chưa có đơn vị" not in kheo("admin", "invite", "Võ Thị Ba", "--unit", "xã Xuân Phú")[1]
    assert stored(tmp_path, roles) == [("administrator", 1), ("administrator", 2)]


def test_people_are_entered_invited_listed_and_taken_back(kheo: Kheo, tmp_path: Path) -> None:
    kheo(*OPEN)
    assert kheo("people", "list") == (0, "Chưa có ai.\n")
    assert kheo("people", "add", "Trần Thị Lan", "--unit", "xã Xuân Phú")[0] == 0
    code, said = kheo("people", "invite", "--unit", "xã Xuân Tân", "--role", "unit_head")
    assert code == 0 and "xã Xuân Tân, thủ trưởng đơn vị" in said
    listed = kheo("people", "list")[1]
    assert "xã Xuân Phú · Trần Thị Lan · cán bộ phụ trách · chưa tham gia" in listed
    assert "lời mời 1: Trần Thị Lan · xã Xuân Phú · cán bộ phụ trách" in listed
    assert "lời mời 2: người nhận mã · xã Xuân Tân · thủ trưởng đơn vị" in listed
    assert "Xuân Phú" not in kheo("people", "list", "--unit", "xã Xuân Tân")[1]
    assert kheo("people", "revoke", "2")[0] == 0
    assert kheo("people", "revoke", "2") == (1, "Không có lời mời 2 nào còn dùng được; xem bằng kheo people list.\n")
    assert "lời mời 2" not in kheo("people", "list")[1]
    kheo("people", "invite", "Trần Thị Lan")
    assert "lời mời 1" not in kheo("people", "list")[1], "a new code takes the earlier one back"
    actions = stored(tmp_path, lambda tx: tx.execute(select(audit.c.action, audit.c.channel)).all())
    assert {"person.added", "code.made", "code.revoked"} <= {row.action for row in actions if row.channel == "server"}


def test_with_a_bot_whose_link_carries_no_code_it_is_said_where_to_type_it(
    kheo: Kheo, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert kheo(*OPEN)[0] == 0
    unit = "xã Xuân Phú"
    _, said = kheo("people", "invite", "--unit", unit)
    assert "Zalo" not in said
    monkeypatch.setenv("ZALO_TOKEN", "41800000017:a_token_for_this_test_only")
    _, said = kheo("people", "invite", "--unit", unit)
    assert "Zalo: mở bot của cơ quan trên Zalo rồi gõ mã" in said and "41800000017" not in said


def test_a_picture_of_the_link_is_written(kheo: Kheo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kheo(*OPEN)
    words = ("people", "add", "Trần Thị Lan", "--unit", "xã Xuân Phú", "--picture")
    code = CODE.findall(kheo(*words, str(tmp_path / "lan.png"))[1])[0]
    wanted = io.BytesIO()
    link = f"https://kheo.example.vn/chat/start?code={code}"
    segno.make(link, error="m", micro=False).save(wanted, kind="png", scale=8, border=4)
    assert (tmp_path / "lan.png").read_bytes() == wanted.getvalue()
    before = stored(tmp_path, roles)
    assert "cannot be written" in kheo(*words, str(tmp_path / "nowhere" / "lan.png"))[1]
    monkeypatch.delenv("KHEO_PUBLIC_URL")
    assert "KHEO_PUBLIC_URL" in kheo(*words, str(tmp_path / "lan.png"))[1]
    assert stored(tmp_path, roles) == before, "what could not be told was not done"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("people", "invite"), "For whom?"),
        (("people", "invite", "Ai Đó Không Có"), "Nobody called"),
        (("people", "add", "Lan", "--cluster", "cụm 1"), "is not one cluster"),
        (("people", "handover", "Ai Đó", "--nobody"), "Nobody called"),
        (("people", "handover", "Trần Thị Lan", "--to", "trần thị lan"), "cannot take over from themselves"),
        (("people", "handover", "Phạm Văn Hai", "--nobody"), "Several people"),
        (("people", "handover", "Trần Thị Lan", "--to", "  "), "name is empty"),
        (("admin", "invite", "  "), "name is empty"),
        (("group", "unlink", "7"), "Không có nhóm 7"),
    ],
)
def test_bad_words_have_their_sentence(kheo: Kheo, tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    kheo(*OPEN)
    kheo("people", "add", "Trần Thị Lan", "--unit", "xã Xuân Phú")
    kheo("people", "add", "Phạm Văn Hai", "--unit", "xã Xuân Phú")
    kheo("people", "add", "Phạm Văn Hai", "--unit", "xã Xuân Tân")
    before = stored(tmp_path, roles)
    code, said = kheo(*words)
    assert code == 1
    assert told in said
    assert stored(tmp_path, roles) == before


def test_one_is_replaced_in_one_act(kheo: Kheo, tmp_path: Path) -> None:
    kheo(*OPEN)
    old = CODE.findall(kheo("people", "add", "Trần Thị Lan", "--unit", "xã Xuân Phú")[1])[0]
    code, said = kheo("people", "handover", "Trần Thị Lan", "--to", "Phạm Thị Bé")
    assert code == 0
    assert "Đã bàn giao từ Trần Thị Lan sang Phạm Thị Bé: cán bộ phụ trách – xã Xuân Phú" in said
    assert len(set(CODE.findall(said))) == 1, "the new one gets a code"
    now = Clock().now()
    assert stored(tmp_path, lambda tx: people.find_code(tx, old, now)) is None
    assert stored(tmp_path, lambda tx: roster.of_person(tx, 1, now)) == []
    assert [o.function for o in stored(tmp_path, lambda tx: roster.of_person(tx, 2, now))] == ["officer"]
    assert "Hiện chưa có ai phụ trách" in kheo("people", "handover", "Phạm Thị Bé", "--nobody")[1]
    assert "Phạm Thị Bé" not in kheo("people", "list", "--unit", "xã Xuân Phú")[1]


def test_groups_are_listed_and_unlinked(kheo: Kheo, tmp_path: Path) -> None:
    kheo(*OPEN)
    assert kheo("group", "list") == (0, "Chưa có nhóm nào được liên kết.\n")
    now = Clock().now()

    def enter(tx: Any) -> None:
        made = people.greet(tx, Address("telegram", "-5"), private=False, name="Tổ dân vận", language="vi", now=now)
        people.link_group(tx, made.id, 2, now)
        people.note_group(tx, Address("telegram", "-5"), "gone", now)

    stored(tmp_path, enter)
    listed = kheo("group", "list")[1]
    assert "nhóm 1: Tổ dân vận · xã Xuân Phú · Telegram: không nhắn tới được từ" in listed
    assert "-5" not in listed
    assert kheo("group", "unlink", "1")[0] == 0
    assert stored(tmp_path, lambda tx: tx.execute(select(address.c.unit_id)).scalar()) is None
    assert kheo("group", "unlink", "1")[0] == 1


def test_no_phone_number_and_no_chat_id_is_ever_listed(kheo: Kheo, tmp_path: Path) -> None:
    kheo(*OPEN)
    kheo("people", "add", "Trần Thị Lan", "--unit", "xã Xuân Phú")
    now = Clock().now()

    def enter(tx: Any) -> None:
        made = people.greet(tx, Address("telegram", "9912345678"), private=True, name="x", language="vi", now=now)
        people.attach(tx, made.id, 1, now)

    stored(tmp_path, enter)
    listed = kheo("people", "list")[1]
    assert "Trần Thị Lan · cán bộ phụ trách · Telegram" in listed
    assert "9912345678" not in listed
