"""Bringing a database up to date, and writing down the next step."""

from __future__ import annotations

import logging
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine

from bot.errors import KheoError
from bot.store import sqlite

FOLDER = Path(__file__).parent
LOCK = 0x4B68656F  # "Kheo": two processes that start together on PostgreSQL migrate one after the other


def upgrade(engine: Engine) -> None:
    """All steps that are missing, in one transaction. Raises KheoError if the database is newer than the program."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            # Rebuilding a table drops the old one: with the keys enforced that would take its children along.
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql("BEGIN")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
        try:
            _refuse_newer(connection)
            command.upgrade(config(connection), "head")
            if engine.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                raise KheoError("The database was left unchanged: after the upgrade a row would point to nothing")
            connection.exec_driver_sql("COMMIT")
        except BaseException:
            connection.exec_driver_sql("ROLLBACK")
            raise


def write_step(message: str) -> Path:
    """Write the difference between the steps so far and `tables.metadata` as a new step; returns the file."""
    with TemporaryDirectory() as folder:
        engine = sqlite.open_engine(Path(folder) / "empty.db")
        upgrade(engine)
        with engine.connect() as connection:
            written = command.revision(config(connection), message, autogenerate=True)
        engine.dispose()
    assert not isinstance(written, list)
    assert written is not None
    return Path(written.path)


def config(connection: Connection | None = None) -> Config:
    """Alembic's settings, without any file."""
    logging.getLogger("alembic").setLevel(logging.WARNING)
    settings = Config()
    settings.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    settings.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    settings.attributes["connection"] = connection
    return settings


def _refuse_newer(connection: Connection) -> None:
    steps = ScriptDirectory.from_config(config())
    for revision in MigrationContext.configure(connection).get_current_heads():
        try:
            steps.get_revision(revision)
        except CommandError:
            raise KheoError(
                f"The database was written by a newer Khéo (step {revision} is not known here): "
                "install that version or a newer one, or restore the backup made before it was upgraded"
            ) from None
