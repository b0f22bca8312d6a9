"""People and groups, entered on the server."""

from __future__ import annotations

import argparse
from typing import Any

from bot.chat import readable
from bot.clock import Clock
from bot.config import settings
from bot.errors import KheoError
from bot.operator.store import unit_named, with_store
from bot.rules.access import ADMINISTRATOR, OFFICER, STANDING_OFFICE
from bot.store import people
from bot.store.engine import Tx
from bot.texts import language, mark
from bot.turn import Office

CODE = mark("{name} – {unit}. One-time code, valid {days} days: {code}")
CODE_HOW = mark(
    "Telegram: t.me/BOT?start={code} · web: {address}/chat/start?code={code} · or type the code in the chat."
)
GROUP_CODE = mark("Code for a group of {unit}, valid {days} days: type “/lienket {code}” in the group.")


def add_people_commands(commands: Any) -> None:
    """`kheo people add`."""
    added = commands.add_parser("add", help="enter a person and print their one-time code")
    added.add_argument("name")
    added.add_argument("--unit", required=True, help="the unit's name or code")
    added.add_argument("--role", choices=[OFFICER, STANDING_OFFICE, ADMINISTRATOR], default=OFFICER)
    added.add_argument("--language", choices=["vi", "en"], default="vi")
    added.set_defaults(run=_people_add)


def add_group_commands(commands: Any) -> None:
    """`kheo group link`."""
    linked = commands.add_parser("link", help="print a code that links a group to a unit")
    linked.add_argument("--unit", required=True, help="the unit's name or code")
    linked.set_defaults(run=_group_link)


def _people_add(given: argparse.Namespace) -> int:
    own = settings()

    def work(office: Office, tx: Tx) -> str:
        unit, now, say = unit_named(office, given.unit), Clock().now(), language("vi")
        name = readable(given.name).strip()
        if not name:
            raise KheoError("The name is empty: kheo people add 'Nguyễn Thị Lan' --unit 'xã Vạn Hưng'")
        person_id = people.add(tx, name, unit.id, given.role, now, given.language)
        code = people.make_code(tx, now, person_id=person_id)
        address = own.public_url or f"http://127.0.0.1:{own.port}"
        first = say.say(CODE, name=name, unit=unit.name, days=people.CODE_DAYS, code=code)
        return f"{first}\n{say.say(CODE_HOW, code=code, address=address)}"

    return with_store(work)


def _group_link(given: argparse.Namespace) -> int:
    def work(office: Office, tx: Tx) -> str:
        unit = unit_named(office, given.unit)
        code = people.make_code(tx, Clock().now(), unit_id=unit.id)
        return language("vi").say(GROUP_CODE, unit=unit.name, days=people.CODE_DAYS, code=code)

    return with_store(work)
