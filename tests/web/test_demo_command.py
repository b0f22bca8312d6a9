"""`kheo demo` as a process: the next free port and who may reach it; and what a test run says without a browser."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.web.browser import NOT_FOUND, ROOT

ENDS = 8  # seconds after SIGTERM


@contextmanager
def demo(folder: Path, port: int) -> Iterator[list[str]]:
    """`kheo demo` on that port; gives the lines it printed until it was ready."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "demo", "--data", str(folder)],
        cwd=ROOT,
        env={**os.environ, "KHEO_PORT": str(port)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        lines: list[str] = []
        while not lines or "Ctrl+C" not in lines[-1]:
            line = process.stdout.readline()
            assert line, f"it ended with {process.wait()} after {lines}"
            lines.append(line.strip())
        yield lines
        process.send_signal(signal.SIGTERM)
        assert process.wait(ENDS) == 0
    finally:
        process.kill()
        process.wait()


def reaches(host: str, port: int) -> bool:
    with socket.socket() as caller:
        caller.settimeout(2)
        return caller.connect_ex((host, port)) == 0


def test_a_taken_port_is_passed_over_and_said_and_only_this_machine_gets_in(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = int(other.getsockname()[1])
        with demo(tmp_path / "demo", taken) as lines:
            shown = re.search(r"http://127\.0\.0\.1:(\d+)/", lines[-1])
            assert shown is not None
            port = int(shown[1])
            assert taken < port <= taken + 20
            assert str(taken) in lines[0] and str(port) in lines[0]
            assert reaches("127.0.0.1", port)
            # Every 127.x.y.z is this machine; a server bound to 0.0.0.0 would answer there, and to the whole office.
            assert not reaches("127.0.0.2", port)
            assert not any(reaches(address, port) for address in _own_addresses())


def _own_addresses() -> set[str]:
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    except OSError:
        return set()
    return {address for address in found if not address.startswith("127.")}


@pytest.mark.parametrize(("required", "code"), [("0", 0), ("1", 1)])
def test_a_run_without_chromium_says_so_loudly_or_fails(tmp_path: Path, required: str, code: int) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/web/test_pages.py", "-k", "english"],
        cwd=ROOT,
        env={**os.environ, "PATH": str(tmp_path), "KHEO_REQUIRE_BROWSER": required},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == code, run.stdout
    assert NOT_FOUND in run.stdout
    assert ("1 tests did NOT run" in "".join(run.stdout.splitlines()[-3:])) == (code == 0), run.stdout
