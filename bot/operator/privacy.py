"""What is let go of after its years: shown first, removed only when that is asked for."""

from __future__ import annotations

import argparse
from typing import Any

from bot.clock import Clock
from bot.errors import KheoError
from bot.operator.store import with_store
from bot.store import retention
from bot.store.engine import Tx
from bot.texts import language, mark
from bot.turn import Office

FOREVER = mark(
    "“{plan}” sets no years (privacy.keep_years), so nothing of it is ever removed. To set them, write into its file: "
    "privacy: {{keep_years: 10}}"
)
NOTHING = mark("Nothing of “{plan}” is older than {years} full years after its season.")
LINE = mark("{year}: {exemplars} exemplars, {papers} papers handed in, answers of {drafts} drafts, {files} files")
STILL_OPEN = mark("{year}: the season is still open and stays; to close it: kheo season close {plan} {year}")
DRY = mark("Nothing was removed. To remove it for ever: kheo privacy retention --plan {plan} --apply")
DONE = mark(
    "Removed. Numbers, units and days stay, with the trace; the files go with the next round of the running bot. Copies "
    "(kheo backup) still hold what was removed."
)


def add_privacy_commands(commands: Any) -> None:
    """`kheo privacy retention`."""
    kept = commands.add_parser("retention", help="what of a plan's old seasons is past its years, and its removal")
    kept.add_argument("--plan", required=True, help="the plan's id, e.g. van-ninh")
    kept.add_argument("--apply", action="store_true", help="remove it; without this it is only listed")
    kept.set_defaults(run=_retention)


def _retention(given: argparse.Namespace) -> int:
    def work(office: Office, tx: Tx) -> str:
        say, now = language("vi"), Clock().now()
        plan = office.plans.get(given.plan)
        if plan is None:
            raise KheoError(f"There is no plan “{given.plan}”. Known: {', '.join(office.plans) or 'none'}.")
        years = plan.privacy.keep_years
        if years is None:
            return say.say(FOREVER, plan=plan.name)
        found = retention.old_seasons(tx, plan.id, years, now)
        if not found:
            return say.say(NOTHING, plan=plan.name, years=years)
        lines = []
        for old in found:
            sentence = STILL_OPEN if old.open else LINE
            lines.append(
                say.say(
                    sentence,
                    plan=old.plan,
                    year=old.year,
                    exemplars=old.exemplars,
                    papers=old.papers,
                    drafts=old.drafts,
                    files=old.files,
                )
            )
        going = [old for old in found if not old.open]
        if going and given.apply:
            for old in going:
                retention.let_go_of_season(tx, old, now)
            lines.append(say.say(DONE))
        elif going:
            lines.append(say.say(DRY, plan=plan.id))
        return "\n".join(lines)

    return with_store(work)
