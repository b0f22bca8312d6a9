"""The demo: the thirteen units of Vạn Ninh of 2024, their people side by side, and a clock that can be moved."""

from __future__ import annotations

from datetime import datetime

from bot.app import App, build
from bot.channels.webchat.channel import Demo, Persona
from bot.chat import Address
from bot.clock import ZONE, Clock
from bot.config import Settings
from bot.rules.access import OFFICER, STANDING_OFFICE
from bot.store import people, seasons, units
from bot.store.engine import Tx
from bot.texts import language, mark

PLAN = "van-ninh"
YEAR = 2024
BEGINS = datetime(2024, 2, 5, 9, 0, tzinfo=ZONE)

# chat, name, unit, function
PEOPLE = (
    ("lan", "Chị Lan", "van-ninh.van-hung", OFFICER),
    ("hung", "Anh Hùng", "van-ninh.van-thang", OFFICER),
    ("mai", "Chị Mai", "van-ninh.dai-lanh", OFFICER),
    ("bay", "Chú Bảy", "van-ninh", STANDING_OFFICE),
)
GROUP = ("nhom-van-ninh", "van-ninh")
GROUP_NAME = mark("Group: DVK Vạn Ninh")
JUMPS = (
    (mark("One day before the last working day"), datetime(2024, 2, 6, 8, 0, tzinfo=ZONE)),
    (mark("The last working day before Tết"), datetime(2024, 2, 7, 8, 0, tzinfo=ZONE)),
    (mark("After the date has passed"), datetime(2024, 2, 16, 8, 0, tzinfo=ZONE)),
    (mark("A week before the dossiers are due"), datetime(2024, 8, 23, 8, 0, tzinfo=ZONE)),
)


def build_demo(settings: Settings, *, clock: Clock | None = None) -> App:
    """The demo, seeded and ready to start. The database must be empty or an earlier demo's."""
    say = language("vi")
    clock = clock or Clock()
    clock.move(BEGINS)
    personas = [
        Persona(chat, name, f"{say.say('Standing office')}" if function == STANDING_OFFICE else _unit_name(code))
        for chat, name, code, function in PEOPLE
    ]
    personas.append(Persona(GROUP[0], say.say(GROUP_NAME), "", group=True))
    app = build(
        settings,
        clock=clock,
        demo=Demo(personas, clock, [(say.say(label), moment) for label, moment in JUMPS]),
    )
    app.prepare()
    app.store.run(lambda tx: seed(tx, app))
    app.store.run(app.office.refresh)
    return app


def _unit_name(code: str) -> str:
    return {
        "van-ninh.van-hung": "Xã Vạn Hưng",
        "van-ninh.van-thang": "Xã Vạn Thắng",
        "van-ninh.dai-lanh": "Xã Đại Lãnh",
    }[code]


def seed(tx: Tx, app: App) -> None:
    """Units, people, the group and the season, unless they are there."""
    now = app.clock.now()
    plan = app.office.plans[PLAN]
    if not seasons.open_season(tx, PLAN, YEAR, plan.version, now):
        return
    units.plant(tx, plan.units)
    known = units.load(tx)
    for chat, name, code, function in PEOPLE:
        unit = known.coded(code)
        assert unit is not None
        person_id = people.add(tx, name, unit.id, function, now)
        contact = people.greet(tx, Address("web", chat), private=True, name=name, language="vi", now=now)
        people.attach(tx, contact.id, person_id)
    chat, code = GROUP
    unit = known.coded(code)
    assert unit is not None
    group = people.greet(tx, Address("web", chat), private=False, name=chat, language="vi", now=now)
    people.link_group(tx, group.id, unit.id)
