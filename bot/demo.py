"""The demo: the thirteen units of Vạn Ninh of 2024, their people side by side, and a clock that can be moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.app import App, build, open_shelf
from bot.channels.webchat.channel import Demo, Persona, Speaker, WebChat
from bot.chat import Address
from bot.clock import ZONE, Clock
from bot.config import Settings
from bot.plan.model import Plan
from bot.rules.access import OFFICER, STANDING_OFFICE
from bot.store import audit, consents, people, seasons, units, webchat
from bot.store.engine import Tx
from bot.texts import Language, language, mark
from handlers import consent

PLAN = "van-ninh"
YEAR = 2024
OPENED = datetime(2024, 1, 15, 8, 0, tzinfo=ZONE)
BEGINS = datetime(2024, 2, 5, 9, 0, tzinfo=ZONE)

OFFICER_OF = mark("Officer of {unit}")
GROUP_NAME = mark("Group “Dân vận khéo” {unit}")
GROUP_ROLE = mark("All officers of {unit}")
JUMPS = (
    (mark("1 working day left"), datetime(2024, 2, 6, 8, 0, tzinfo=ZONE)),
    (mark("Last working day before Tết"), datetime(2024, 2, 7, 8, 0, tzinfo=ZONE)),
    (mark("Registration is overdue"), datetime(2024, 2, 16, 8, 0, tzinfo=ZONE)),
    (mark("Dossiers due in a week"), datetime(2024, 8, 23, 8, 0, tzinfo=ZONE)),
)


# Telegram's limits do not bind our own page, and who moves the clock wants to see the reminder now.
UNPACED = {"per_second": 1000.0, "chat_gap": 0.0, "group_gap": 0.0, "takeover": 0.0}


@dataclass(frozen=True, slots=True)
class Part:
    """Somebody in the demo: their chat (a short ASCII word), what everybody calls them, what their papers say, unit and
    function. One can be them if `shown`; the others have only been there earlier."""

    chat: str
    called: str
    name: str
    unit: str
    function: str = OFFICER
    shown: bool = True


LAN = Part("lan", "Chị Lan", "Trần Thị Lan", "van-ninh.van-hung")
HUNG = Part("hung", "Anh Hùng", "Lê Văn Hùng", "van-ninh.van-thang")
BAY = Part("bay", "Chú Bảy", "Nguyễn Văn Bảy", "van-ninh", STANDING_OFFICE)
MAI = Part("mai", "Chị Mai", "Phạm Thị Mai", "van-ninh.dai-lanh", shown=False)
TUAN = Part("tuan", "Anh Tuấn", "Võ Anh Tuấn", "van-ninh.van-gia", shown=False)
HOA = Part("hoa", "Cô Hoa", "Đặng Thị Hoa", "van-ninh.van-binh", shown=False)
PHUC = Part("phuc", "Anh Phúc", "Huỳnh Văn Phúc", "van-ninh.van-long", shown=False)
PEOPLE = (LAN, HUNG, BAY, MAI, TUAN, HOA, PHUC)
GROUP = Part("nhom", "", "", "van-ninh")

# What was said before the demo begins, as its people would have typed it.
EARLIER: Sequence[tuple[datetime, Part, Sequence[str]]] = (
    (
        datetime(2024, 1, 30, 9, 10, tzinfo=ZONE),
        MAI,
        (
            "/dangky",
            "Tập thể",
            "Biển xanh thôn Tây Nam",
            "Chi hội Phụ nữ thôn Tây Nam",
            "Văn hóa - xã hội",
            "đảm bảo an toàn thực phẩm, bảo vệ môi trường",
            "từ tháng 01 đến tháng 11 năm 2024",
            "Có",
            "Nộp bản đăng ký",
        ),
    ),
    (
        datetime(2024, 2, 1, 14, 20, tzinfo=ZONE),
        TUAN,
        (
            "/dangky",
            "Tập thể",
            "Tuyến phố văn minh Hùng Vương",
            "Ban Công tác Mặt trận tổ dân phố 5",
            "Kinh tế",
            "phường, thị trấn đạt chuẩn văn minh đô thị",
            "Bỏ qua",
            "từ tháng 02 đến tháng 12 năm 2024",
            "Có",
            "Nộp bản đăng ký",
        ),
    ),
    (
        datetime(2024, 2, 2, 10, 5, tzinfo=ZONE),
        HOA,
        (
            "/dangky",
            "Cá nhân",
            "Người vận động hiến đất mở đường thôn Trung Dõng",
            "ông Nguyễn Văn Tâm, Bí thư Chi bộ thôn Trung Dõng",
            "Kinh tế",
            "xây dựng các xã đạt chuẩn nông thôn mới",
            "350 triệu",
            "cả năm 2024",
            "Không",
            "Nộp bản đăng ký",
        ),
    ),
    (datetime(2024, 2, 2, 16, 40, tzinfo=ZONE), PHUC, ("/khongdangky",)),
)


def build_demo(settings: Settings, *, clock: Clock | None = None) -> App:
    """The demo, with its people known to it; `open_chats` is to follow. The database must be empty or an earlier demo's."""
    clock = clock or Clock()
    plans = open_shelf(settings).plans
    demo = Demo(_personas(plans[PLAN], language("vi")), clock, JUMPS)
    app = build(settings, clock=clock, plans=plans, demo=demo, pace=UNPACED)
    app.prepare()
    clock.move(max(BEGINS, app.store.run(webchat.latest) or BEGINS))  # an earlier demo goes on where it was left
    app.store.run(lambda tx: seed(tx, app))
    app.store.run(app.office.refresh)
    return app


def _personas(plan: Plan, say: Language) -> list[Persona]:
    names = {unit.code: unit.name for unit in plan.units}
    top = next(unit for unit in plan.units if unit.code == GROUP.unit)
    office = next(role for role in plan.roles if role.id == "thuong_truc")
    shown = [
        Persona(
            part.chat,
            part.called,
            office.office if part.function == STANDING_OFFICE else say.say(OFFICER_OF, unit=names[part.unit]),
        )
        for part in PEOPLE
        if part.shown
    ]
    group = Persona(GROUP.chat, say.say(GROUP_NAME, unit=top.short), say.say(GROUP_ROLE, unit=top.name), group=True)
    return [*shown, group]


def seed(tx: Tx, app: App) -> None:
    """Units, people, the group and the season, unless they are there."""
    plan = app.office.plans[PLAN]
    audit.acting(tx, audit.By(audit.SERVER), OPENED)
    if not seasons.begin(tx, plan, YEAR, OPENED):
        return
    units.plant(tx, plan.units)
    known = units.load(tx)
    for part in (*PEOPLE, GROUP):
        unit = known.coded(part.unit)
        assert unit is not None
        private = part is not GROUP
        contact = people.greet(
            tx, Address("web", part.chat), private=private, name=part.name, language="vi", now=OPENED
        )
        if private:
            person_id = people.add(tx, part.name, unit.id, part.function, OPENED)
            people.attach(tx, contact.id, person_id, OPENED)
            # One plays somebody: the data are made up, and the demo is about the work.
            consents.note(tx, person_id, consent.VERSION, given=True, address_id=contact.id, now=OPENED)
        else:
            people.link_group(tx, contact.id, unit.id, OPENED)


async def open_chats(app: App) -> None:
    """Let some units register and everybody press “Start”, through the conversation as anyone would; once."""
    if await app.store.read(webchat.latest):
        return
    web = app.channels["web"]
    assert isinstance(web, WebChat)
    begins = app.clock.now()
    for moment, part, sentences in EARLIER:
        for n, sentence in enumerate(sentences):
            app.clock.move(moment)
            await web.perform(
                app.conversation.receive, f"earlier-{n:02}", Speaker(part.chat, part.chat, part.called), sentence
            )
            await app.conversation.settle()
    app.clock.move(begins)
    for part in PEOPLE:
        if part.shown:
            await web.perform(app.conversation.receive, "first-start", Speaker(part.chat, part.chat, part.called))
    await web.perform(app.conversation.receive, "first-start", Speaker(GROUP.chat, BAY.chat, BAY.called, group=True))
    await app.conversation.settle()
