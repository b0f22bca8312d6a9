"""Whatever the store keeps is tested on SQLite and on PostgreSQL: no module of it may do without."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ON_BOTH = ("store", "empty")
"""The fixtures that come once on each database (tests/databases.py, test_migrations.py)."""
OF_ITS_OWN = {
    "__init__": "empty",
    "tables": "names and types only; test_migrations.py compares them with both databases",
    "sqlite": "SQLite's side of the store, told in test_engine.py and test_outages.py",
    "postgres": "PostgreSQL's side of it, told there too",
    "line": "what both sides share; every work runs on it",
    "prepared": "how a statement is run; every noun's statements are",
    "once": "how a row is inserted; every noun's rows are",
    "files": "the evidence on the disk; no database is asked",
}


def _modules() -> list[str]:
    return sorted(path.stem for path in (ROOT / "bot" / "store").glob("*.py"))


def _tests() -> list[Path]:
    return sorted((ROOT / "tests").rglob("test_*.py"))


@cache
def _told(path: Path) -> frozenset[str]:
    """The modules of the store that some test of the file uses on both databases."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    modules, parts = {}, {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "bot.store":
            modules |= {name.asname or name.name: name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("bot.store."):
            modules |= {name.asname or name.name: (node.module or "").rpartition(".")[2] for name in node.names}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            parts[node.name] = _names(node)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            parts[node.targets[0].id] = _names(node)
    found: set[str] = set()
    for test in (name for name in parts if name.startswith("test_")):
        used = _reached(test, parts)
        if used & set(ON_BOTH):
            found |= {modules[name] for name in used & modules.keys()}
    return frozenset(found)


def _names(node: ast.AST) -> set[str]:
    """Every name in it, with those of its arguments: a fixture is asked for by one."""
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)} | {
        n.arg for n in ast.walk(node) if isinstance(n, ast.arg)
    }


def _reached(start: str, parts: dict[str, set[str]]) -> set[str]:
    """The names that a test uses by itself, its fixtures and its helpers in the same file."""
    seen: set[str] = set()
    todo = [start]
    while todo:
        for name in parts.get(todo.pop(), set()) - seen:
            seen.add(name)
            todo.append(name)
    return seen


@pytest.mark.parametrize("module", [name for name in _modules() if name not in OF_ITS_OWN])
def test_a_module_of_the_store_is_tested_on_both_databases(module: str) -> None:
    where = [path.relative_to(ROOT) for path in _tests() if module in _told(path)]
    assert where, (
        f"bot/store/{module}.py has no test on both databases: write one that takes `store` "
        "(tests/databases.py), or say in OF_ITS_OWN why it needs none"
    )


def test_what_needs_none_still_exists() -> None:
    assert set(OF_ITS_OWN) <= set(_modules())


def test_one_database_only_does_not_count(tmp_path: Path) -> None:
    """This file's own eye: a module used on SQLite alone is not told of, one that is reached by a helper is."""
    path = tmp_path / "test_x.py"
    path.write_text(
        "from bot.store import people, units\n"
        "def help(s): s.run(units.load)\n"
        "def test_a(sqlite_url): people.add()\n"
        "def test_b(store): help(store)\n"
    )
    assert _told(path) == {"units"}
