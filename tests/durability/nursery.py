"""Brings up one `kheo run` after another, quickly: everything is imported once, each life is a fork of that.

A line on stdin begins a life; stdout tells its pid, and, when it has ended, its exit code. What stands behind the name
of this module goes to `kheo run`. DURABILITY_NOW is the office's time at its start (a moment in ISO form, with its
offset), DURABILITY_CONSTANTS a JSON object of numbers to be set, as {"bot.outbox.LONGEST_PAUSE": 1.0}, and
DURABILITY_FAULT one of the faults below, to see whether the harness finds it.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import sys
from datetime import UTC, datetime
from typing import Any

from bot import clock
from bot.cli import main
from bot.conversation import Conversation
from bot.store import outbox

IMPORTED_LATER = ("bot.channels.telegram.channel", "bot.store.migrations.run", "scheduler.cluster")


def live() -> int:
    """Be the bot until the end."""
    try:
        main(["run", *sys.argv[1:]])
    except SystemExit as end:
        return int(end.code or 0)
    return 1


def set_clock() -> None:
    """Every clock of the office is so much ahead of ours as was said at the start, in all lives."""
    if begin := os.environ.get("DURABILITY_NOW"):
        ahead = datetime.fromisoformat(begin) - datetime.fromtimestamp(float(os.environ["DURABILITY_SINCE"]), UTC)
        plain = clock.Clock.__init__

        def shifted(self: clock.Clock) -> None:
            plain(self)
            self._offset = ahead

        clock.Clock.__init__ = shifted  # type: ignore[method-assign]


def set_constants() -> None:
    for name, value in json.loads(os.environ.get("DURABILITY_CONSTANTS", "{}")).items():
        module, _, constant = name.rpartition(".")
        found = importlib.import_module(module)
        assert hasattr(found, constant), f"{name} is called otherwise by now"
        setattr(found, constant, value)


def forget_what_is_being_sent() -> None:
    """A row stays as it was while its message is on its way."""
    outbox.begin_sending = lambda tx, id, owner: True


def confirm_before_storing() -> None:
    """The platform is told “received”, and the update is stored a little later."""
    receive, later = Conversation.receive, set()

    async def hasty(self: Conversation, *update: Any) -> None:
        async def store() -> None:
            await asyncio.sleep(0.5)
            await receive(self, *update)

        task = asyncio.create_task(store())
        later.add(task)
        task.add_done_callback(later.discard)

    Conversation.receive = hasty  # type: ignore[method-assign]


FAULTS = {
    "forgets what it is sending": forget_what_is_being_sent,
    "confirms before it stores": confirm_before_storing,
}


def bring_up() -> None:
    for name in IMPORTED_LATER:
        importlib.import_module(name)
    set_clock()
    set_constants()
    if fault := os.environ.get("DURABILITY_FAULT"):
        FAULTS[fault]()
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
