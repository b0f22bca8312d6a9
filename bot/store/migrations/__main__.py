"""`python -m bot.store.migrations new "what changes"`: write the next step from what tables.py says now."""

from __future__ import annotations

import sys

from bot.store.migrations.run import write_step


def main() -> int:
    match sys.argv[1:]:
        case ["new", message]:
            sys.stdout.write(f"{write_step(message)}\n")
            return 0
    sys.stderr.write('Usage: python -m bot.store.migrations new "what changes"\n')
    return 2


if __name__ == "__main__":
    raise SystemExit(main())
