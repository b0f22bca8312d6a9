"""Administrators are told when the messages of a month run low at a bot whose platform counts them, once for each step."""

from __future__ import annotations

from datetime import datetime

import structlog

from bot.chat import Reply
from bot.rules.access import ADMINISTRATOR
from bot.rules.allowance import SPARING, SPENT, WARNED
from bot.store import addresses, notices, people, roster, usage
from bot.store.engine import Tx
from bot.store.people import Contact
from bot.store.usage import Used
from bot.texts import Language, mark
from bot.thrift import Thrift, next_month
from bot.turn import Office

log = structlog.get_logger()

STEPS = (SPENT, SPARING, WARNED)
TITLE = mark("Messages of the month at {channel}")
LOW = mark(
    "The bot {name} has used {used} of the {limit} messages of this month ({sent} sent, {received} received). From {share} "
    "percent on only what is essential leaves by it: answers, reminders of the last working day, overdue notices."
)
FEW = mark(
    "The bot {name} has used {used} of the {limit} messages of this month ({sent} sent, {received} received). Until {day} only "
    "what is essential leaves by it: answers, reminders of the last working day, overdue notices. The rest goes by another "
    "channel of the same person; where there is none, /thuloi lists it."
)
NONE_LEFT = mark(
    "The bot {name} has no messages left this month ({sent} sent, {received} received, {limit} permitted). Until {day} nothing "
    "leaves by it; what people write there is kept. It goes on at once if the plan at the platform is raised and ZALO_MONTHLY "
    "with it."
)
WHAT_TO_DO = mark(
    "A second bot beside it (ZALO_TOKEN), Telegram, or a common group of the units take fewer. /suckhoe shows it."
)
SAID = {WARNED: LOW, SPARING: FEW, SPENT: NONE_LEFT}


def warn(tx: Tx, office: Office, now: datetime, real: float) -> int:
    """Write to the administrators of every bot that has come to the next step; returns how many messages are new.

    Any number of processes may call it, as often as they like: each step is told once a month.
    """
    thrift, made = office.thrift, 0
    for channel, used in usage.every(tx, thrift.counted, now).items():
        step = next((step for step in STEPS if thrift.share(used) >= step), 0)
        if step and used.told < step and usage.tell(tx, channel, now, step):
            made += _tell(tx, thrift, used, step, now, real)
    return made


def _tell(tx: Tx, thrift: Thrift, used: Used, step: int, now: datetime, real: float) -> int:
    def made(say: Language) -> Reply:
        said = {
            "name": used.channel.partition(":")[2] or used.channel,
            "used": used.both,
            "sent": used.sent,
            "received": used.received,
            "limit": thrift.allowance.messages,
            "share": SPARING,
            "day": next_month(now).date(),
        }
        text = "\n".join((say.say(SAID[step], **said), say.say(WHAT_TO_DO)))
        return Reply(text, title=say.say(TITLE, channel=say.channel(used.channel)))

    log.warning("the messages of the month run low", channel=used.channel, share=thrift.share(used))
    told = _administrators(tx, thrift, used.channel, now)
    return notices.notify(tx, told, f"usage:{used.channel}:{usage.month_of(now)}:{step}", made, now, real)


def _administrators(tx: Tx, thrift: Thrift, channel: str, now: datetime) -> list[Contact]:
    """Each where it costs nothing, else at another bot than the one that runs low."""
    ids = {held.person_id for held in roster.holding(tx, ADMINISTRATOR, now)}
    written_to = [contact.person_id for contact in people.contacts_of(tx, ids) if contact.person_id is not None]
    found = []
    for ways in addresses.of_people(tx, written_to).values():
        working = [way for way in ways if way.state == "ok"]
        best = min(working, key=lambda way: (way.channel == channel, thrift.counts(way.channel)))
        found.append(people.contact_by_id(tx, best.id))
    return found
