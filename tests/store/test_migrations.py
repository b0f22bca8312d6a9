"""The steps, one after the other, make exactly the tables that the program knows, on both databases."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, select, text

from bot.clock import ZONE
from bot.errors import KheoError
from bot.rules.access import OFFICER, STANDING_OFFICE
from bot.store import drafts, exemplars, people, reports, seasons
from bot.store.engine import Store, Tx
from bot.store.migrations import run
from bot.store.tables import join_code, metadata
from tests.databases import Postgres
from tests.talk import Speaker, in_group
from tests.world import ROOT, agreed, world


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store without any table."""
    if request.param == "sqlite":
        store = Store(f"sqlite:///{tmp_path}/empty.db")
        yield store
        store.close()
    else:
        postgres: Postgres = request.getfixturevalue("postgres")
        url = postgres.create()
        store = Store(url)
        yield store
        store.close()
        postgres.drop(url)


OLD_ROWS = Path(__file__).parent / "before_reports.sql"
"""What a season of Vạn Ninh left in the tables of step e9419a5d3750, before there were reports: two registrations, one
of them handed in and scored, the other half filled in; reminders, dues, a list that was closed."""
BEFORE_RIGHTS = Path(__file__).parent / "before_rights.sql"
"""What two seasons left in the tables of step cf88479756b8, before there were rights and a trace. An Hòa 2023: a report
in two versions, another half written. Vạn Ninh 2024: an exemplar scored twice, a registration half filled in, a unit
that registers nothing, reminders, a linked group, people with one address, two or none, roles with dates, codes that
are used, unused and expired; an update and an answer on their way when the program stopped."""
UNUSED, FOR_THE_GROUP, EXPIRED = "CJR3FBYF", "MEEAVV3R", "9HFQ5GXE"
THEN = datetime(2024, 2, 7, 9, 1, tzinfo=ZONE)
SMALL = ROOT / "tests" / "plans" / "small" / "reports_year.yaml"
_ROW = re.compile(r'INSERT INTO "(\w+)" \(([^)]+)\)')

Everything = dict[str, list[Any]]


class Old:
    """The rows of an old database, and how they read in it."""

    def __init__(self, rows: Path, revision: str) -> None:
        self._lines = rows.read_text(encoding="utf-8").splitlines()
        self._revision = revision
        self.columns = {row[1]: row[2] for line in self._lines if (row := _ROW.match(line))}

    def load(self, tx: Tx) -> Everything:
        """Make the tables of that step and put the rows in; returns how they read."""
        command.upgrade(run.config(tx), self._revision)
        raw = tx.info["line"].raw
        if tx.dialect.name == "postgresql":
            raw.execute("SET LOCAL TIME ZONE 'UTC'")
        for line in self._lines:
            raw.execute(line)
        if tx.dialect.name == "postgresql":
            for name, columns in self.columns.items():
                if columns.startswith('"id"'):
                    raw.execute(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), 1000)")
        return self.everything(tx)

    def everything(self, tx: Tx) -> Everything:
        """Every row by the columns that it had."""
        read = {name: tx.execute(text(f'SELECT {old} FROM "{name}"')).all() for name, old in self.columns.items()}
        return {name: sorted(map(tuple, rows), key=str) for name, rows in read.items()}


def points_nowhere(tx: Tx) -> list[Any]:
    """Rows whose key points to nothing, and keys that are not enforced."""
    if tx.dialect.name == "sqlite":
        return list(tx.exec_driver_sql("PRAGMA foreign_key_check").all())
    return list(tx.exec_driver_sql("SELECT conname FROM pg_constraint WHERE NOT convalidated").all())


def differences(tx: Tx) -> list[str]:
    return [str(found) for found in compare_metadata(MigrationContext.configure(tx), metadata)]


def test_an_empty_database_gets_exactly_our_tables(empty: Store) -> None:
    empty.migrate()
    assert empty.run(differences) == [], 'run: python -m bot.store.migrations new "what changes"'


def test_a_second_start_changes_nothing(empty: Store) -> None:
    empty.migrate()
    empty.run(lambda tx: tx.execute(text("CREATE TABLE brought (n INTEGER)")) and None)
    empty.migrate()
    assert empty.run(lambda tx: tx.execute(text("SELECT count(*) FROM brought")).scalar_one()) == 0


def test_a_database_of_a_newer_version_is_refused(empty: Store) -> None:
    empty.migrate()

    def from_the_future(tx: Tx) -> None:
        tx.execute(text("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL)"))
        tx.execute(text("DELETE FROM alembic_version"))
        tx.execute(text("INSERT INTO alembic_version VALUES ('f00dfeed0001')"))

    empty.run(from_the_future)
    with pytest.raises(KheoError, match=r"newer Khéo.*f00dfeed0001"):
        empty.migrate()


def _shape(tx: Tx) -> dict[str, Any]:
    """Every table as the database itself tells it: columns, defaults, keys, indexes with their conditions."""
    seen = inspect(tx)

    def column(c: Any) -> tuple[Any, ...]:
        default = str(c["default"] or "").partition("::")[0].strip("'()")
        return (c["name"], str(c["type"]), c["nullable"], "" if default.startswith("nextval") else default)

    def index(i: Any) -> tuple[Any, ...]:
        where = {str(value) for key, value in i.get("dialect_options", {}).items() if key.endswith("_where")}
        return (i["name"], tuple(i["column_names"]), bool(i["unique"]), tuple(where))

    def shape(name: str) -> dict[str, Any]:
        return {
            "columns": [column(c) for c in sorted(seen.get_columns(name), key=lambda c: c["name"])],
            "key": seen.get_pk_constraint(name)["constrained_columns"],
            "points to": sorted(
                (f["name"], f["constrained_columns"], f["referred_table"], f["referred_columns"], f["options"])
                for f in seen.get_foreign_keys(name)
            ),
            "unique": sorted((u["name"], u["column_names"]) for u in seen.get_unique_constraints(name)),
            "checks": sorted((c["name"], c["sqltext"]) for c in seen.get_check_constraints(name)),
            "indexes": sorted(index(i) for i in seen.get_indexes(name)),
        }

    return {name: shape(name) for name in seen.get_table_names() if name != "alembic_version"}


@pytest.mark.parametrize("begins", ["empty", "old"])
def test_the_steps_make_what_the_tables_say_to_the_last_default_and_index(
    empty: Store, begins: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    if begins == "old":
        empty.run(Old(BEFORE_RIGHTS, "cf88479756b8").load)
    empty.migrate()
    if empty.dialect == "sqlite":
        url = f"sqlite:///{tmp_path}/wanted.db"
    else:
        url = request.getfixturevalue("postgres").create().replace("postgresql:", "postgresql+psycopg:")
    engine = create_engine(url)
    with engine.begin() as connection:
        metadata.create_all(connection)
        wanted = _shape(connection)
    engine.dispose()
    made = empty.run(_shape)
    assert made.keys() == wanted.keys()
    for name, shape in wanted.items():
        assert made[name] == shape, name


def test_a_season_from_before_there_were_reports_loses_nothing(empty: Store) -> None:
    old = Old(OLD_ROWS, "e9419a5d3750")
    assert {"exemplar", "submission", "score", "draft", "draft_event", "closing", "due", "step"} <= old.columns.keys()

    before = empty.run(old.load)
    empty.migrate()
    assert empty.run(differences) == []
    assert empty.run(old.everything) == before
    assert empty.run(points_nowhere) == []

    def goes_on(tx: Tx) -> None:
        (e,) = exemplars.of_season(tx, 1)
        handed_in = exemplars.latest(tx, e.id, "self_score")
        assert handed_in is not None
        assert (e.state, e.total, e.status, e.carried_from) == ("self_scored", Decimal("92"), "", None)
        assert sum(exemplars.scores(tx, handed_in.id)[0].values()) == e.total
        (half,) = drafts.open_of_units(tx, (8,))
        assert half.milestone == "" and len(drafts.events(tx, half.id)) == 2
        now = datetime(2024, 6, 3, tzinfo=UTC)
        told = {"season_id": 1, "unit_id": 8, "draft_id": half.id, "form": "bao_cao", "milestone": "bao_cao_h1"}
        report = reports.hand_in(tx, **told, answers={}, person_id=1, now=now)
        assert report.version == 1 and reports.by_id(tx, report.id).milestone == "bao_cao_h1"

    empty.run(goes_on)


def test_an_office_from_before_there_were_rights_loses_nothing(empty: Store) -> None:
    old = Old(BEFORE_RIGHTS, "cf88479756b8")
    before = empty.run(old.load)
    there = set(empty.run(lambda tx: inspect(tx).get_table_names())) - {"alembic_version"}
    assert there == old.columns.keys(), "every table of that time has rows"
    empty.migrate()
    assert empty.run(differences) == []
    assert empty.run(old.everything) == before
    assert empty.run(points_nowhere) == []

    def reads_as_before(tx: Tx) -> None:
        codes = tx.execute(select(join_code.c.kind, join_code.c.unit_id, join_code.c.person_id)).all()
        assert {code.kind for code in codes if code.unit_id is not None} == {"group"}
        assert {code.kind for code in codes if code.person_id is not None} == {"person"}
        held = {id: people.known(tx, id, THEN) for id in range(1, 12)}
        of = {person.name: person.grants for person in held.values() if person is not None}
        assert {grant.function for grant in of["Lan"]} == {OFFICER}
        assert {grant.function for grant in of["Bảy"]} == {STANDING_OFFICE}
        assert {(grant.function, grant.unit) for grant in of["Mai"]} == {(OFFICER, 4), ("administrator", 3)}
        assert of["Cúc"] == (), "her function ended a week ago"
        later = people.known(tx, 9, datetime(2025, 7, 1, 9, tzinfo=ZONE))
        assert later is not None and {grant.function for grant in later.grants} == {OFFICER}
        found = people.find_code(tx, UNUSED, THEN)
        assert found is not None and found.person_id == 9
        grouped = people.find_code(tx, FOR_THE_GROUP, THEN)
        assert grouped is not None and grouped.unit_id == 12
        assert people.find_code(tx, EXPIRED, THEN) is None
        kept = seasons.kept(tx, "bao-cao-nam", "d6a537bb395c")
        assert kept is not None and kept.name == "Dân vận chính quyền tỉnh An Hòa"
        (e,) = exemplars.of_units(tx, [12])
        newest = exemplars.latest(tx, e.id, "self_score")
        assert newest is not None and newest.version == 2
        assert exemplars.scores(tx, newest.id)[0]["07"] == Decimal("9.5") and e.total == Decimal("98.5")

    empty.run(reads_as_before)


async def test_an_office_from_before_there_were_rights_goes_on_where_it_was(empty: Store, tmp_path: Path) -> None:
    """The new program is started on the old database: what was under way arrives, and everybody goes on."""
    empty.run(Old(BEFORE_RIGHTS, "cf88479756b8").load)
    empty.migrate()
    empty.run(lambda tx: [agreed(tx, id, THEN) for id in range(1, 12)] and None)
    empty.close()
    url = empty.url.set(drivername=empty.dialect).render_as_string(hide_password=False)
    plans = ("van-ninh", SMALL)
    opened = (("van-ninh", 2024), ("bao-cao-nam", 2023))
    async with world(tmp_path / "kheo", "telegram", at=THEN, plans=plans, seasons=opened, database_url=url) as here:
        here.fake._numbers = 1_000_000  # Telegram never counts anew
        phones = {}  # the people of that time keep their numbers
        for id, name in ((1003, "Lan"), (1007, "Bình"), (1009, "Cúc")):
            here._users = id - 1
            phones[name] = await here.stranger(name)
        here._users = 2000
        lan, binh, cuc = phones.values()
        await here.app.sender.sweep()
        await here.quiet()
        sent = [call["params"] for call in here.fake.calls if call["method"] == "sendMessage"]
        assert any("trên đường khi máy dừng" in call["text"] and call["chat_id"] == 1003 for call in sent)
        assert any("lĩnh vực" in call["text"] and call["chat_id"] == 1007 for call in sent), "Bình's answer was taken"

        await binh.says("xem lại").hears("Tổ liên gia thôn Bình Trung", "Chi hội Nông dân thôn Bình Trung")
        await lan.says("điểm xã Vạn Hưng").hears("Camera an ninh thôn Xuân Tự", "98,5/100")
        await cuc.says("/dangky").hears("chưa được phân quyền")

        mai = await here.stranger("Mai")
        await mai.opens(EXPIRED).hears("", never="Thảo")
        await mai.opens(UNUSED).hears("Mai")
        await mai.says("/dangky").hears("tập thể hay cá nhân")
        again = await here.stranger("Người khác")
        await again.opens(UNUSED).hears("", never="Mai")

        hung = in_group(await here.person("Hùng hai", "van-ninh.van-hung", group=-600))
        await hung.says(f"/lienket {FOR_THE_GROUP}").hears("đã liên kết", "xã Vạn Hưng")

        thu: Speaker = await here.person("Thu hai", "an-hoa.y-te")
        await thu.says("/baocao").hears("đã nộp ngày 13/03/2023, phiên bản 2")
        son = await here.person("Sơn hai", "an-hoa.tai-chinh")
        await son.says("/baocao").hears(": đang soạn.", "Soạn tiếp: ")
        await son.picks("Soạn tiếp: ").hears("Số cuộc đối thoại")
        assert await here.app.store.read(points_nowhere) == []


MIGRATING = "import sys; from bot.store.engine import Store; Store(sys.argv[1]).migrate(); print('done')"
DYING = """
import os, signal, sys
from sqlalchemy import Engine, event
import bot.store.migrations.run
from bot.store.engine import Store
for at in sys.argv[2:]:
    pid = os.fork()
    if pid == 0:
        seen = []
        def count(conn, cursor, statement, parameters, context, executemany):
            seen.append(statement)
            if str(len(seen)) == at or statement == at:
                os.kill(os.getpid(), signal.SIGKILL)
        event.listen(Engine, "before_cursor_execute", count)
        Store(sys.argv[1]).migrate()
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""
"""`migrate`, killed before the statement of that number or text."""


def _as_given(store: Store) -> str:
    return store.url.set(drivername=store.dialect).render_as_string(hide_password=False)


def test_two_that_start_together_migrate_once(empty: Store) -> None:
    old = Old(BEFORE_RIGHTS, "cf88479756b8")
    before = empty.run(old.load)
    both = [
        subprocess.Popen(
            [sys.executable, "-c", MIGRATING, _as_given(empty)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    ended = [one.communicate(timeout=60) for one in both]
    assert [out for out, _ in ended] == ["done\n"] * 3, [err[-500:] for _, err in ended]
    assert empty.run(differences) == []
    assert empty.run(old.everything) == before


def test_being_killed_in_the_middle_leaves_the_old_tables_whole(empty: Store) -> None:
    old = Old(BEFORE_RIGHTS, "cf88479756b8")
    before = empty.run(old.load)
    empty.close()
    killed = subprocess.run(
        [sys.executable, "-c", DYING, _as_given(empty), "5", "12", "25", "40", "COMMIT"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert killed.stdout.split() == ["-9"] * 5, killed.stderr[-1000:]
    again = Store(_as_given(empty))
    revision = "SELECT version_num FROM alembic_version"
    assert again.run(lambda tx: tx.execute(text(revision)).scalars().all()) == ["cf88479756b8"]
    assert again.run(old.everything) == before
    again.migrate()
    assert again.run(differences) == []
    assert again.run(old.everything) == before
    assert again.run(points_nowhere) == []
    again.close()


@pytest.fixture
def step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Put a step written by hand into a folder of steps of our own."""
    folder = tmp_path / "steps"
    (folder / "versions").mkdir(parents=True)
    shutil.copy(run.FOLDER / "env.py", folder)
    shutil.copy(run.FOLDER / "script.py.mako", folder)
    monkeypatch.setattr(run, "FOLDER", folder)
    steps = ["None"]

    def write(name: str, body: str) -> None:
        (folder / "versions" / f"{name}.py").write_text(
            f"from alembic import op\nrevision = {name!r}\ndown_revision = {steps[-1]}\n\n\ndef upgrade():\n{body}\n"
        )
        steps.append(repr(name))

    return write


def test_a_step_that_fails_leaves_everything_as_it_was(empty: Store, step: Callable[[str, str], None]) -> None:
    step("one", "    op.execute('CREATE TABLE person (n INTEGER)')")
    step("two", "    op.execute('INSERT INTO person VALUES (1)')\n    op.execute('INSERT INTO nowhere VALUES (1)')")
    with pytest.raises(KheoError, match="nowhere"):
        empty.migrate()
    with pytest.raises(Exception, match="person"):
        empty.run(lambda tx: tx.execute(text("SELECT n FROM person")).all())


def test_rebuilding_a_table_on_sqlite_keeps_what_points_to_it(tmp_path: Path, step: Callable[[str, str], None]) -> None:
    store = Store(f"sqlite:///{tmp_path}/family.db")
    step(
        "one",
        "    op.execute('CREATE TABLE commune (id INTEGER PRIMARY KEY, name TEXT)')\n"
        "    op.execute('CREATE TABLE model (c INTEGER REFERENCES commune(id) ON DELETE CASCADE)')",
    )
    store.migrate()
    store.run(lambda tx: tx.execute(text("INSERT INTO commune VALUES (7, 'Vạn Hưng')")) and None)
    store.run(lambda tx: tx.execute(text("INSERT INTO model VALUES (7)")) and None)
    step(
        "two",
        "    with op.batch_alter_table('commune', recreate='always') as commune:\n"
        "        commune.alter_column('name', nullable=False)",
    )
    store.migrate()
    assert store.run(lambda tx: tx.execute(text("SELECT name FROM model JOIN commune ON id = c")).scalars().all()) == [
        "Vạn Hưng"
    ]
    store.close()


def test_the_next_step_is_written_from_the_difference(step: Callable[[str, str], None], tmp_path: Path) -> None:
    written = run.write_step("everything there is")
    assert written.parent == run.FOLDER / "versions"
    assert "bot.store" not in written.read_text(), "a step must not change when the program does"

    store = Store(f"sqlite:///{tmp_path}/new.db")
    store.migrate()
    assert store.run(differences) == []
    store.close()
