"""A process that has everything imported and forks a child for each restoring; the child dies when it is told to.

A line of JSON in: archive, url, folder, and “at” (seconds until it is killed) or “before” (the number of the change to a
name on the disk before which it is killed). A line out: "done", "killed", or what was refused.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.care.restore import restore
from bot.clock import ZONE
from bot.store import whole
from bot.store.files import EvidenceFolder

NAMED = {"os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir"}
NOW = datetime(2024, 2, 20, 22, 0, tzinfo=ZONE)


def die_before(number: int) -> None:
    left = number

    def hook(event: str, args: Any) -> None:
        nonlocal left
        if event in NAMED:
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left -= 1

    sys.addaudithook(hook)


def child(told: dict[str, Any]) -> None:
    if told.get("at") is not None:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)  # ends the process as it stands, as kill -9 does
        signal.setitimer(signal.ITIMER_REAL, max(told["at"], 1e-6))
    if told.get("before") is not None:
        die_before(told["before"])
    restore(Path(told["archive"]), told["url"], EvidenceFolder(Path(told["folder"]) / "evidence"), NOW, replace=True)


def main() -> None:
    whole.shapes(whole.head())
    for line in sys.stdin:
        told = json.loads(line)
        pid = os.fork()
        if pid == 0:
            try:
                child(told)
            except BaseException as wrong:
                sys.stderr.write(f"refused: {wrong!r}\n")
                os._exit(1)
            os._exit(0)
        _, status = os.waitpid(pid, 0)
        sys.stdout.write("killed\n" if os.WIFSIGNALED(status) else "done\n" if status == 0 else "refused\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
