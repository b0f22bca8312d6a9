"""Lists are entered into both databases."""

from tests.databases import postgres, postgres_url, ready_postgres, ready_sqlite, sqlite_url, store

__all__ = ["postgres", "postgres_url", "ready_postgres", "ready_sqlite", "sqlite_url", "store"]
