"""The plan files under a running bot: a changed file is read anew, and one that went bad is told to the administrators."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

import structlog

from bot.chat import Reply
from bot.clock import Clock
from bot.plan.finding import Finding
from bot.plan.model import Plan
from bot.plan.shelf import Look, Shelf
from bot.rules.access import ADMINISTRATOR
from bot.store import notices, people
from bot.store.engine import Store, Tx
from bot.texts import Language, mark
from bot.turn import Office

log = structlog.get_logger()

TITLE = mark("A plan file is wrong")
REFUSED = mark("What is wrong in it keeps this from being used; Khéo goes on by the last good version.")
MORE = mark("“kheo plan check” shows all of it.")
READ_ANEW = mark("Read anew: {plan}. Running seasons keep their version until “kheo season apply”.")
TOLD_AT_MOST = 5  # findings in one message; the command shows them all


class PlanWatch:
    """Looks at the folder of plans at each tick."""

    def __init__(self, shelf: Shelf, store: Store, office: Office, clock: Clock) -> None:
        self._shelf = shelf
        self._store = store
        self._office = office
        self._clock = clock

    async def look(self) -> None:
        """Take up what has changed in the folder since the last look."""
        look = await asyncio.to_thread(self._shelf.look)
        if not look:
            return
        for finding in look.findings:
            log.error("a plan file is refused; the last good version stays", finding=str(finding))
        for plan in look.fresh.values():
            log.info("a plan file was read anew", plan=plan.id, version=plan.version)
        now, real = self._clock.now(), time.time()
        await self._store.write(lambda tx: tell(tx, self._office, look, now, real))


def tell(tx: Tx, office: Office, look: Look, now: datetime, real: float) -> int:
    """Tell the administrators; returns how many messages are new. The same news is told once to each."""
    known = people.contacts_of_units(tx, list(office.units), ADMINISTRATOR, on=now.date())
    found = [contact for _, contact in known]
    return sum(notices.notify(tx, found, f"plan:{cause}", made, now, real) for cause, made in _news(look))


def _news(look: Look) -> Sequence[tuple[str, Callable[[Language], Reply]]]:
    """(what makes it the same news, what makes the message)."""
    news = [(plan.version, partial(_read_anew, plan)) for plan in look.fresh.values()]
    return [(_digest(look.findings), partial(_refused, look.findings)), *news] if look.findings else news


def _refused(findings: Sequence[Finding], say: Language) -> Reply:
    lines = [str(finding) for finding in findings[:TOLD_AT_MOST]]
    more = [say.say(MORE)] if len(findings) > TOLD_AT_MOST else []
    return Reply("\n".join([say.say(REFUSED), *lines, *more]), title=say.say(TITLE))


def _read_anew(plan: Plan, say: Language) -> Reply:
    return Reply(say.say(READ_ANEW, plan=plan.name))


def _digest(findings: Sequence[Finding]) -> str:
    return hashlib.sha256("\n".join(map(str, findings)).encode()).hexdigest()[:12]
