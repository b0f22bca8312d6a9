"""Brings up one `kheo run` after another, quickly: everything is imported once, each life is a fork of that.

A line on stdin begins a life; stdout tells its pid, and, when it has ended, its exit code.
"""

from __future__ import annotations

import importlib
import os
import sys

from bot.cli import main

IMPORTED_LATER = ("bot.channels.telegram.channel", "bot.store.migrations.run")


def live() -> int:
    """Be the bot until the end."""
    try:
        main(["run"])
    except SystemExit as end:
        return int(end.code or 0)
    return 1


def bring_up() -> None:
    for name in IMPORTED_LATER:
        importlib.import_module(name)
    for _ in iter(sys.stdin.readline, ""):
        pid = os.fork()
        if pid == 0:
            os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
            code = live()
            sys.stderr.flush()
            os._exit(code)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
        _, status = os.waitpid(pid, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    bring_up()
