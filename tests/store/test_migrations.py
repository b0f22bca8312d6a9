"""The steps, one after the other, make exactly the tables that the program knows, on both databases."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from bot.errors import KheoError
from bot.store import drafts, exemplars, reports
from bot.store.engine import Store, Tx
from bot.store.migrations import run
from bot.store.tables import metadata
from tests.databases import Postgres


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
_ROW = re.compile(r'INSERT INTO "(\w+)" \(([^)]+)\)')


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


def test_a_season_from_before_there_were_reports_loses_nothing(empty: Store) -> None:
    lines = OLD_ROWS.read_text(encoding="utf-8").splitlines()
    columns = {row[1]: row[2] for line in lines if (row := _ROW.match(line))}
    assert {"exemplar", "submission", "score", "draft", "draft_event", "closing", "due", "step"} <= columns.keys()

    def as_it_was(tx: Tx) -> dict[str, list[Any]]:
        command.upgrade(run.config(tx), "e9419a5d3750")
        if tx.dialect.name == "postgresql":
            tx.exec_driver_sql("SET LOCAL TIME ZONE 'UTC'")
        for line in lines:
            tx.exec_driver_sql(line.replace("%", "%%"))
        if tx.dialect.name == "postgresql":
            tx.exec_driver_sql("SELECT setval(pg_get_serial_sequence('submission', 'id'), 100)")
        return everything(tx)

    def everything(tx: Tx) -> dict[str, list[Any]]:
        read = {name: tx.execute(text(f'SELECT {old} FROM "{name}"')).all() for name, old in columns.items()}
        return {name: sorted(map(tuple, rows), key=str) for name, rows in read.items()}

    before = empty.run(as_it_was)
    empty.migrate()
    assert empty.run(differences) == []
    assert empty.run(everything) == before

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
