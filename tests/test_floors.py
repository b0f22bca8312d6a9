"""The floors: who may import whom, what stands on no floor, and that the inside does no I/O."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("bot", "handlers", "scheduler")
PURE = ("bot/plan", "bot/rules", "bot/forms")
READS_FILES = {"bot/plan/loader.py", "bot/plan/source.py", "bot/plan/calendars.py", "bot/plan/check.py"}
"""The only ones of the pure that may open a file: the plan itself."""
NO_FLOOR_NEEDED = {"bot", "bot.store.migrations.__main__"}
OUTSIDE_WORLD = {
    *("os", "io", "socket", "ssl", "subprocess", "threading", "multiprocessing", "asyncio", "select", "signal"),
    *("time", "random", "secrets", "tempfile", "shutil", "logging", "structlog", "urllib.request", "http"),
    *("aiohttp", "sqlalchemy", "psycopg", "sqlite3", "apscheduler"),
}
CLOCKS = {"now", "today", "utcnow"}
ACTS = {"open", "print", "input", "exec", "eval", "breakpoint", "__import__"}
FILES = {"read_text", "write_text", "read_bytes", "write_bytes", "open", "unlink", "mkdir", "touch"}


def modules() -> dict[str, Path]:
    """Every module of the program, by its dotted name."""
    found = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            found[name.removesuffix(".__init__")] = path
    return found


def floors() -> list[str]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    (layers,) = [contract["layers"] for contract in contracts if contract["type"] == "layers"]
    return [name.strip() for layer in layers for name in layer.split("|")]


def test_the_import_contracts_hold() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_module_stands_on_a_floor() -> None:
    here = floors()
    homeless = [
        name
        for name in modules()
        if name not in NO_FLOOR_NEEDED and not any(name == floor or name.startswith(f"{floor}.") for floor in here)
    ]
    assert homeless == []
    gone = [floor for floor in here if floor not in modules()]
    assert gone == [], "floors on which nothing stands"


def reaches(tree: ast.AST, *, reads_files: bool) -> list[str]:
    """What in the module reaches out of it: imports, clocks, files."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [f"import {a.name}" for a in node.names if _outside(a.name)]
        elif isinstance(node, ast.ImportFrom) and node.module and _outside(node.module):
            found.append(f"from {node.module} import …")
        elif isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Name) and called.id in ACTS and not reads_files:
                found.append(f"{called.id}() in line {node.lineno}")
            elif isinstance(called, ast.Attribute):
                if called.attr in CLOCKS:
                    found.append(f".{called.attr}() in line {node.lineno}")
                if called.attr in FILES and not reads_files:
                    found.append(f".{called.attr}() in line {node.lineno}")
    return found


def _outside(module: str) -> bool:
    return module in OUTSIDE_WORLD or module.split(".")[0] in OUTSIDE_WORLD


@pytest.mark.parametrize("folder", PURE)
def test_the_inside_does_no_io(folder: str) -> None:
    for path in sorted((ROOT / folder).rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        found = reaches(ast.parse(path.read_text(encoding="utf-8")), reads_files=name in READS_FILES)
        assert found == [], name


@pytest.mark.parametrize(
    "source",
    [
        "import socket",
        "from time import time",
        "import urllib.request",
        "from datetime import date\ndate.today()",
        "from datetime import datetime\nnow = datetime.now()",
        "open('x')",
        "from pathlib import Path\nPath('x').read_text()",
    ],
)
def test_the_watch_sees(source: str) -> None:
    assert reaches(ast.parse(source), reads_files=False)


def test_importing_everything_does_nothing(tmp_path: Path) -> None:
    """No network, no file written, no thread, no process: an audit hook in a fresh interpreter sees to it."""
    watch = (
        "import sys, importlib, threading\n"
        "def hook(event, args):\n"
        "    wrote = event == 'open' and isinstance(args[1], str) and set(args[1]) & set('wax+')\n"
        "    if wrote and str(args[0]).startswith('/dev/'): wrote = False\n"
        "    if wrote or event.split('.')[0] == 'socket' and event not in ('socket.gethostname', 'socket.__new__')\\\n"
        "            or event in ('subprocess.Popen', 'os.fork', 'os.mkdir', 'os.remove'):\n"
        "        sys.stderr.write(f'{event} {args}\\n'); sys.exit(3)\n"
        "sys.dont_write_bytecode = True\n"
        "sys.addaudithook(hook)\n"
        "[importlib.import_module(name) for name in sys.argv[1:]]\n"
        "assert threading.active_count() == 1, threading.enumerate()\n"
    )
    names = [n for n in modules() if not n.endswith("__main__") and ".migrations.versions" not in n]
    names = [n for n in names if n != "bot.store.migrations.env"]  # runs only inside of alembic
    done = subprocess.run(
        [sys.executable, "-c", watch, *names],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []


def test_without_a_token_aiogram_is_not_loaded(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from bot.app import build\nfrom bot.config import settings\n"
        f"build(settings(KHEO_DATA={str(tmp_path)!r}, DATABASE_URL='', TELEGRAM_TOKEN=''))\n"
        "assert 'aiogram' not in sys.modules and 'bot.channels.telegram.channel' not in sys.modules\n"
        "assert 'bot.channels.zalo.channel' not in sys.modules\n"
        "import bot.channels.telegram.channel\nassert 'aiogram' in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
