"""Brings up any number of `kheo` processes, quickly: everything is imported once, each life is a fork of that.

A line of JSON on stdin begins a life: {"arguments": […], "settings": {…}, "log": "path"}. Its pid is told on stdout as
{"began": pid}, and its end as {"ended": pid, "code": n}.
"""

from __future__ import annotations

import importlib
import json
import os
import select
import sys
from typing import Any

from bot.cli import main

IMPORTED_LATER = (
    "bot.channels.telegram.channel",
    "bot.store.migrations.run",
    "scheduler.cluster",
    "procrastinate.worker",
    "sqlalchemy.dialects.postgresql.psycopg",
)


def live(given: dict[str, Any]) -> int:
    """Be the program until the end."""
    log = os.open(given["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ.update(given["settings"])
    try:
        main(given["arguments"])
    except SystemExit as end:
        return int(end.code or 0)
    return 1


def bring_up() -> None:
    for name in IMPORTED_LATER:
        importlib.import_module(name)
    tell(ready=True)
    living: set[int] = set()
    rest = b""
    while True:
        if select.select([0], [], [], 0.02)[0]:
            said = os.read(0, 65536)
            if not said:
                return
            *lines, rest = (rest + said).split(b"\n")
            for line in lines:
                pid = os.fork()
                if pid == 0:
                    code = live(json.loads(line))
                    sys.stderr.flush()
                    os._exit(code)
                living.add(pid)
                tell(began=pid)
        for pid in list(living):
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                living.discard(pid)
                tell(ended=pid, code=os.waitstatus_to_exitcode(status))


def tell(**what: Any) -> None:
    os.write(1, json.dumps(what).encode() + b"\n")


if __name__ == "__main__":
    bring_up()
