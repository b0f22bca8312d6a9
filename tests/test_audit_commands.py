"""`kheo audit`: what an official reads of the trace, and what is said of one that was tampered with."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from bot.clock import Clock
from bot.config import Settings
from bot.operator.audit import told
from bot.store import audit, drafts, exemplars, people, seals, seasons, units
from bot.store.engine import Store, Tx
from bot.store.seals import Verdict
from bot.texts import language
from tests.world import plan

NOW = datetime(2024, 2, 5, 2, 0, tzinfo=UTC)
LAN, TAM = "Trần Thị Lan", "Lê Tám"
Kheo = Callable[..., tuple[int, str]]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where an installation keeps its data; with two people and one exemplar that was scored twice."""
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.validation_alias), raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KHEO_DATA", str(tmp_path))
    store = Store(f"sqlite:///{tmp_path}/kheo.db")
    store.migrate()
    store.run(_story)
    store.close()
    return tmp_path


def _story(tx: Tx) -> None:
    van_ninh = plan("van-ninh")
    seasons.begin(tx, van_ninh, 2024, NOW)
    units.plant(tx, van_ninh.units)
    van_hung = units.load(tx).coded("van-ninh.van-hung")
    assert van_hung is not None
    lan, tam = (people.add(tx, name, van_hung.id, "officer", NOW) for name in (LAN, TAM))
    people.make_code(tx, NOW, person_id=lan)
    audit.acting(tx, audit.By("telegram", lan, van_hung.id), NOW)
    id = exemplars.register(
        tx,
        season_id=1,
        unit_id=van_hung.id,
        subject="tap_the",
        name="Đường hoa",
        award=True,
        late=False,
        answers={},
        now=NOW,
    )
    for day, who, points in ((1, lan, "13.5"), (2, tam, "14")):
        at = NOW + timedelta(days=day)
        audit.acting(tx, audit.By("web", who, van_hung.id), at)
        about: dict[str, Any] = {
            "season_id": 1,
            "unit_id": van_hung.id,
            "exemplar_id": id,
            "form": "self_score",
            "person_id": who,
        }
        draft = drafts.begin(tx, **about, now=at)
        card = exemplars.submit(tx, **about, draft_id=draft.id, answers={}, late=False, now=at)
        exemplars.keep_scores(tx, card, {"01": Decimal(points), "02": Decimal(15)}, {}, Decimal(points) + 15)
        drafts.close(tx, draft.id, "submitted")


@pytest.fixture
def kheo(folder: Path, capsys: pytest.CaptureFixture[str]) -> Kheo:
    """Run a command; its exit code and all that it said."""

    def run(*words: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main(["audit", *words])
        said = capsys.readouterr()
        code = ended.value.code
        return code if isinstance(code, int) else 0, said.out + said.err

    return run


def sealed(folder: Path) -> str:
    """Seal it as the running bot would; returns the digest."""
    store = Store(f"sqlite:///{folder}/kheo.db")
    made = store.run(lambda tx: seals.seal(tx, seals.Mark(10_000, 0), NOW))
    store.close()
    assert made is not None
    return made.digest


def tamper(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / "kheo.db")) as database, database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            assert database.execute(statement).rowcount == 1


# -- show ------------------------------------------------------------------------------------------------------------


def test_the_trace_of_an_exemplar_with_its_drafts_and_papers(kheo: Kheo) -> None:
    code, said = kheo("show", "--object", "exemplar:1")
    assert code == 0
    assert said.startswith("#")
    lines = [line for line in said.splitlines() if line.startswith("#")]
    assert len(lines) == 9 and len({line.split()[0] for line in lines}) == 9, "oldest first, each once"
    first = lines[0]
    assert re.fullmatch(
        r"#\d+ · 09:00 05/02/2024 · Trần Thị Lan \(xã Vạn Hưng\), Telegram · đã đăng ký: "
        r"điển hình số 1 “Đường hoa” – xã Vạn Hưng",
        first,
    )
    assert "năm thi đua: năm thi đua Dân vận khéo huyện Vạn Ninh 2024" in said
    assert "đề nghị khen thưởng: có; " in said and "trễ hạn: không" in said
    assert "tổng điểm: 28,5 → 29" in said and "điểm: 01: 13,5 → 14, 02: 15" in said
    assert "trạng thái: đã đăng ký → đã nộp bảng tự chấm" in said
    assert "bản đã nộp số 2 (bảng tự chấm, điển hình số 1 “Đường hoa”)" in said


def test_of_a_person_what_they_did_and_what_was_done_to_them(kheo: Kheo) -> None:
    for named in (LAN, "tran thi lan", "1"):
        code, said = kheo("show", "--person", named)
        assert code == 0
        assert "thêm người dùng: Trần Thị Lan (số 1)" in said and "tạo mã dùng một lần: mã số 1" in said
        assert "đã đăng ký: điển hình số 1" in said
        assert "Lê Tám" not in said
    assert "Khéo tự thực hiện" in kheo("show", "--person", LAN)[1]


def test_of_a_unit_and_of_a_day(kheo: Kheo) -> None:
    assert "nộp điểm tự chấm" in kheo("show", "--unit", "xã Vạn Hưng")[1]
    code, nothing = kheo("show", "--unit", "xã Vạn Bình")
    assert (code, nothing) == (0, "Nhật ký không có dòng nào về nội dung này.\n")
    for day in ("2024-02-06", "06/02/2024"):
        said = kheo("show", "--day", day)[1]
        assert said.count("06/02/2024") == 4 and "07/02/2024" not in said and "Trần Thị Lan" in said
    both = kheo("show", "--day", "2024-02-07", "--person", LAN)[1]
    assert both.startswith("Nhật ký không có dòng nào")


def test_a_day_is_a_day_of_vietnam(kheo: Kheo, folder: Path) -> None:
    store = Store(f"sqlite:///{folder}/kheo.db")
    for hour, minute in ((16, 59), (17, 0)):
        at = datetime(2024, 5, 1, hour, minute, tzinfo=UTC)
        store.run(lambda tx, at=at: audit.note(tx, "season.closed", "season:1", at=at))  # type: ignore[misc]
    store.close()
    assert "23:59 01/05/2024" in kheo("show", "--day", "2024-05-01")[1]
    assert "00:00 02/05/2024" in kheo("show", "--day", "2024-05-02")[1]


def test_page_by_page(kheo: Kheo) -> None:
    every = kheo("show", "--object", "exemplar:1")[1]
    told, after = "", 0
    for _ in range(20):
        said = kheo("show", "--object", "exemplar:1", "--limit", "2", "--after", str(after))[1]
        told += "".join(line for line in said.splitlines(keepends=True) if not line.startswith("Còn nữa"))
        more = re.search(r"--after (\d+)", said)
        if more is None:
            break
        after = int(more[1])
    assert told == every


def test_who_had_their_data_erased_is_not_named(kheo: Kheo, folder: Path) -> None:
    store = Store(f"sqlite:///{folder}/kheo.db")
    store.run(
        lambda tx: tx.exec_driver_sql("UPDATE person SET erased_at = '2024-03-01 00:00:00' WHERE id = 1") and None
    )
    store.close()
    said = kheo("show", "--object", "exemplar:1")[1]
    assert LAN not in said and "(số 1) (đã xóa) (xã Vạn Hưng), Telegram" in said
    assert "Lê Tám (xã Vạn Hưng)" in said
    assert kheo("show", "--person", LAN)[0] == 1, "nor found by the name"
    assert "đã đăng ký" in kheo("show", "--person", "1")[1]


def test_what_is_gone_from_the_tables_is_still_told(kheo: Kheo, folder: Path) -> None:
    store = Store(f"sqlite:///{folder}/kheo.db")
    store.run(lambda tx: audit.note(tx, "exemplar.stopped", "exemplar:77", at=NOW, about=999, after={"unit": 999}))
    store.run(lambda tx: audit.note(tx, "later.invented", "thing:1", at=NOW, after={"what": "x"}))
    store.close()
    assert "điển hình số 77 “–” (đã xóa) – unit:999 (đã xóa)" in kheo("show", "--object", "exemplar:77")[1]
    assert "later.invented: thing:1" in kheo("show", "--day", "2024-02-05")[1]


def test_two_of_one_name_are_asked_back(kheo: Kheo, folder: Path) -> None:
    store = Store(f"sqlite:///{folder}/kheo.db")
    store.run(lambda tx: people.add(tx, LAN, 1, "officer", NOW))
    store.close()
    code, said = kheo("show", "--person", LAN)
    assert code == 1 and "1, 3" in said


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ((), "Cần nêu xem nhật ký của gì"),
        (("--object", "điểm"), "không phải là đối tượng"),
        (("--object", "exemplar:"), "không phải là đối tượng"),
        (("--object", "exemplar:-1"), "không phải là đối tượng"),
        (("--object", "exemplar:" + "9" * 30), "không phải là đối tượng"),
        (("--person", "Nguyễn Văn Không"), "Không có ai tên"),
        (("--unit", "xã Không Có"), "không"),
        (("--day", "hôm qua"), "không phải là ngày"),
        (("--day", "2024-02-30"), "không phải là ngày"),
        (("--day", "9999-12-31"), "không phải là ngày"),
        (("--day", "2024-02-05", "--limit", "0"), "--limit nhận số"),
        (("--day", "2024-02-05", "--limit", "99999999999999999999"), "--limit nhận số"),
        (("--day", "2024-02-05", "--after", "99999999999999999999"), "--limit nhận số"),
    ],
)
def test_what_cannot_be_shown_has_its_sentence(kheo: Kheo, words: tuple[str, ...], answer: str) -> None:
    code, said = kheo("show", *words)
    assert code == 1 and answer.lower() in said.lower() and "Traceback" not in said


# -- verify ----------------------------------------------------------------------------------------------------------


def test_a_sound_trace(kheo: Kheo, folder: Path) -> None:
    code, said = kheo("verify")
    assert code == 0 and "0 niêm phong" in said and "dòng chưa niêm phong, dòng cũ nhất lúc 09:00 05/02/2024" in said
    assert "Khéo có đang chạy không" in said
    digest = sealed(folder)
    code, said = kheo("verify")
    assert code == 0 and "1 niêm phong" in said and "chưa niêm phong" not in said
    assert seals.grouped(digest) in said and "chưa đối chiếu với mã nào" in said
    for copied in (digest, seals.grouped(digest)):
        code, said = kheo("verify", "--head", copied)
        assert code == 0 and "chưa đối chiếu" not in said


def test_what_was_tampered_with_is_named_and_ends_with_an_error(kheo: Kheo, folder: Path) -> None:
    sealed(folder)
    tamper(
        folder,
        "UPDATE audit SET after = json_set(after, '$.total', '35') WHERE action = 'exemplar.scored' AND person = 1",
    )
    code, said = kheo("verify")
    assert code == 1
    assert "NHẬT KÝ KHÔNG CÒN NGUYÊN VẸN. Số chỗ sai: 1" in said
    assert re.search(r"Dòng \d+ \(09:00 06/02/2024\) không còn như khi niêm phong: nội dung đã bị sửa", said)
    assert "Không có dòng nào bị sửa" not in said


def test_a_deleted_row_and_a_deleted_seal_are_named(kheo: Kheo, folder: Path) -> None:
    head = sealed(folder)
    tamper(folder, "DELETE FROM audit WHERE id = 6", "DELETE FROM audit WHERE id = 7")
    code, said = kheo("verify")
    assert code == 1 and "Thiếu dòng 6:" in said and "Thiếu dòng 7:" in said
    tamper(folder, "DELETE FROM audit_seal")
    code, said = kheo("verify", "--head", head)
    assert code == 1 and f"Không có niêm phong nào mang mã {head}" in said
    assert "Trong phần chưa niêm phong thiếu các dòng từ 6 đến 7" in said


def test_every_kind_of_finding_has_its_sentence() -> None:
    kinds = [
        value for name, value in vars(seals).items() if name.isupper() and isinstance(value, str) and name[0] != "_"
    ]
    assert len(kinds) == 9
    for kind in kinds:
        found = Verdict(faults=[seals.Fault(kind, row=3, at="2024-02-05T02:00:00+00:00", seal=2, other=4, digest="ab")])
        line = told(found, language("vi"), Clock().now(), compared=False)[2]
        assert line.startswith("- ") and "{" not in line
