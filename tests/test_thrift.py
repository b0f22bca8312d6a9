"""A platform that counts: what leaves while there is room, what when there is little, and what when there is none."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from bot import outbox as sending
from bot.chat import Address, Channels, Means, Reply
from bot.clock import ZONE, Clock
from bot.errors import Refused, TooMany, UnknownEffect, UsedUp
from bot.outbox import Outbox
from bot.rules.allowance import Allowance
from bot.store import addresses, outbox, people, usage
from bot.store.engine import Store
from bot.store.people import Contact
from bot.thrift import Thrift, next_month

LIMIT = 100
TODAY = datetime(2026, 11, 22, 9, 0, tzinfo=ZONE)
ZALO, SECOND, TELEGRAM = "zalo:1", "zalo:2", "telegram"
COUNTED = Means(buttons=False, edits=False, documents=False, albums=False, counted=True)


class Wire:
    """A platform that takes what it is sent; one that counts takes a piece for each “|” in a text."""

    def __init__(self, name: str, means: Means = COUNTED) -> None:
        self.name = self.account = name
        self.means = means
        self.shown: list[tuple[str, str]] = []
        self.troubles: list[Exception] = []
        self.asked = 0

    def pieces(self, reply: Reply) -> int:
        return reply.text.count("|") + 1

    async def send(self, to: Address, reply: Reply) -> str:
        self.asked += 1
        if self.troubles:
            raise self.troubles.pop(0)
        self.shown.append((to.chat, reply.text))
        return str(len(self.shown))

    @property
    def texts(self) -> list[str]:
        return [text for _, text in self.shown]


class Desk:
    """An outbox on a store, with two bots that count and a channel that does not."""

    def __init__(self, store: Store, at: datetime = TODAY, limit: int = LIMIT) -> None:
        self.store, self.clock = store, Clock()
        self.clock.move(at)
        self.zalo, self.second = Wire(ZALO), Wire(SECOND)
        self.telegram = Wire(TELEGRAM, Means())
        wires: Any = {wire.name: wire for wire in (self.zalo, self.second, self.telegram)}
        channels = Channels(wires)
        self.thrift = Thrift(channels, Allowance(limit))
        kinds = ("reminder", "notice", "digest", "broadcast", "progress", "resumed")
        self.outbox = Outbox(
            store,
            channels,
            self.clock,
            {kind: lambda tx, m: Reply(m.payload.get("text", m.kind)) for kind in kinds},
            thrift=self.thrift,
            per_second=1000.0,
            chat_gap=0.0,
            group_gap=0.0,
            takeover=0.0,
        )
        self.turns = 0

    async def contact(self, chat: str, channel: str = ZALO, *, private: bool = True, person: int = 0) -> Contact:
        now, at = self.clock.now(), Address(channel, chat)

        def work(tx: Any) -> Contact:
            made = people.greet(tx, at, private=private, name=chat, language="vi", now=now)
            if person:
                people.attach(tx, made.id, person, now)
            return made

        return await self.store.write(work)

    async def person(self, name: str, *channels: str) -> list[Contact]:
        """Somebody with an address at each of these channels, the first the oldest."""
        id = await self.store.write(lambda tx: people.enter(tx, name, self.clock.now()))
        return [await self.contact(name.lower(), channel, person=id) for channel in channels]

    async def says(self, to: Contact, *said: str) -> None:
        self.turns += 1
        cause, now, real = f"inbox:{id(self)}-{self.turns}", self.clock.now(), time.time()
        written = await self.store.write(
            lambda tx: outbox.add_replies(
                tx, to, cause, [Reply(text) for text in said], now, owner=self.outbox.owner, real=real
            )
        )
        await self.outbox.deliver(written)

    async def writes(self, to: Contact, kind: str, text: str, *, step: int = 5, day: str = "2026-11-30") -> None:
        now, real = self.clock.now(), time.time()
        payload = {"text": text} | ({"items": [[1, "m", day, step]]} if kind == "reminder" else {})
        await self.store.write(lambda tx: outbox.add(tx, to.id, kind, text, payload, now, not_before=real))

    async def has_used(self, sent: int, received: int = 0, channel: str = ZALO) -> None:
        now = self.clock.now()
        await self.store.write(lambda tx: usage.count(tx, channel, now, sent=sent, received=received))
        await self.outbox.resume()

    async def used(self, channel: str = ZALO) -> usage.Used:
        return await self.store.read(lambda tx: usage.of(tx, channel, self.clock.now()))

    async def pump(self, until: Callable[[], bool] = lambda: True) -> None:
        for _ in range(200):
            await self.outbox.pump()
            if until():
                return
        raise AssertionError("it did not come to that")

    async def report(self) -> dict[str, int]:
        return await self.store.read(outbox.report)

    async def lost(self) -> list[tuple[str, str]]:
        return [(one.kind, one.error) for one in await self.store.read(outbox.dead)]


@pytest.fixture
def desk(store: Store, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(sending, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(sending, "FIRST_REST", 0.01)
    return Desk(store)


# What is counted


async def test_what_leaves_is_counted_by_the_piece_and_only_where_the_platform_counts(desk: Desk) -> None:
    lan, (hung,) = await desk.contact("lan"), await desk.person("Hùng", TELEGRAM)
    await desk.says(lan, "một", "hai|ba")
    await desk.says(hung, "bốn")
    await desk.writes(lan, "notice", "năm|sáu|bảy")
    await desk.pump()
    assert (await desk.used()).sent == 6
    assert (await desk.used(TELEGRAM)).sent == 0 and (await desk.used(SECOND)).sent == 0


async def test_what_was_refused_costs_nothing_and_what_nobody_knows_counts(desk: Desk) -> None:
    lan = await desk.contact("lan")
    desk.zalo.troubles = [Refused("no"), UnknownEffect("cut")]
    await desk.says(lan, "một")
    assert (await desk.used()).sent == 0
    await desk.says(lan, "hai")
    assert (await desk.used()).sent == 1
    assert (await desk.report()).get("unknown") == 1, "and it is not sent a second time on a guess"


async def test_of_a_message_in_pieces_those_that_left_count(desk: Desk) -> None:
    lan = await desk.contact("lan")
    broken = Refused("the third was refused")
    broken.rest = Reply("ba|bốn")
    desk.zalo.troubles = [broken]
    await desk.says(lan, "một|hai|ba|bốn")
    assert (await desk.used()).sent == 2


# Little is left


async def test_up_to_95_percent_everything_leaves(desk: Desk) -> None:
    lan = await desk.contact("lan")
    await desk.has_used(60, 34)
    await desk.writes(lan, "reminder", "sớm")
    await desk.pump(lambda: bool(desk.zalo.shown))
    assert desk.zalo.texts == ["sớm"]


async def test_from_95_percent_on_only_what_is_essential_leaves(desk: Desk) -> None:
    lan = await desk.contact("lan")
    await desk.has_used(50, 45)
    await desk.writes(lan, "reminder", "sớm", step=5)
    await desk.writes(lan, "reminder", "ngày cuối", step=0)
    await desk.writes(lan, "reminder", "quá hạn", step=-1)
    await desk.writes(lan, "reminder", "đôn đốc khi còn sớm", step=1001)
    await desk.writes(lan, "reminder", "đôn đốc khi đã muộn", step=1002, day="2026-11-21")
    for kind in ("broadcast", "digest", "progress"):
        await desk.writes(lan, kind, kind)
    await desk.writes(lan, "notice", "gia hạn")
    await desk.says(lan, "trả lời")
    await desk.pump(lambda: len(desk.zalo.shown) >= 5)
    assert sorted(desk.zalo.texts) == ["gia hạn", "ngày cuối", "quá hạn", "trả lời", "đôn đốc khi đã muộn"]
    assert sorted(await desk.lost()) == sorted(
        (kind, outbox.NO_ROOM) for kind in ("broadcast", "digest", "reminder", "reminder")
    ), "whoever sees to what did not arrive is told, and why"


async def test_what_is_not_essential_goes_by_another_channel_of_the_same_person(desk: Desk) -> None:
    lan, _ = await desk.person("Lan", ZALO, TELEGRAM)
    await desk.has_used(95)
    await desk.writes(lan, "reminder", "sớm")
    await desk.writes(lan, "digest", "tuần")
    await desk.pump(lambda: len(desk.telegram.shown) == 2)
    assert sorted(desk.telegram.texts) == ["sớm", "tuần"] and not desk.zalo.shown
    assert await desk.lost() == [], "it has arrived: nobody need see to it"


async def test_even_what_is_essential_goes_where_there_is_room_and_answers_where_they_were_asked_for(
    desk: Desk,
) -> None:
    lan, _ = await desk.person("Lan", ZALO, SECOND)
    await desk.has_used(95)
    await desk.writes(lan, "reminder", "ngày cuối", step=0)
    await desk.says(lan, "trả lời")
    await desk.pump(lambda: bool(desk.second.shown))
    assert desk.second.texts == ["ngày cuối"] and desk.zalo.texts == ["trả lời"]


async def test_of_two_bots_the_one_with_room_writes_and_only_it(desk: Desk) -> None:
    lan, _ = await desk.person("Lan", ZALO, SECOND)
    await desk.has_used(96)
    await desk.writes(lan, "reminder", "sớm")
    await desk.pump(lambda: bool(desk.second.shown))
    assert desk.second.texts == ["sớm"] and not desk.zalo.shown
    assert (await desk.used(SECOND)).sent == 1 and (await desk.used()).sent == 96


async def test_where_the_other_bot_is_low_too_it_is_told_that_it_did_not_arrive(desk: Desk) -> None:
    lan, _ = await desk.person("Lan", ZALO, SECOND)
    await desk.has_used(96)
    await desk.has_used(96, channel=SECOND)
    await desk.writes(lan, "reminder", "sớm")
    await desk.pump()
    assert not desk.zalo.shown and not desk.second.shown
    assert await desk.lost() == [("reminder", outbox.NO_ROOM)]


# Nothing is left


async def test_when_all_is_used_up_nothing_leaves_and_other_bots_go_on(desk: Desk) -> None:
    lan, (hung,) = await desk.contact("lan"), await desk.person("Hùng", SECOND)
    await desk.has_used(LIMIT)
    await desk.says(lan, "trả lời")
    await desk.writes(lan, "reminder", "ngày cuối", step=0)
    await desk.says(hung, "qua bot kia")
    await desk.pump()
    await desk.pump()
    assert not desk.zalo.asked and desk.second.texts == ["qua bot kia"]
    assert await desk.lost() == [("reminder", outbox.NO_ROOM)]


async def test_next_month_each_person_gets_one_message_and_no_salvo(desk: Desk) -> None:
    (lan,), (hung,) = await desk.person("Lan", ZALO), await desk.person("Hùng", ZALO)
    await desk.has_used(LIMIT)
    for n in range(5):
        await desk.says(lan, f"trả lời {n}")
    await desk.says(hung, "trả lời Hùng")
    await desk.pump()
    assert not desk.zalo.asked
    assert await desk.report() == {"cancelled": 6, "pending": 2}
    desk.clock.move(datetime(2026, 12, 1, 8, 0, tzinfo=ZONE))
    await desk.pump(lambda: len(desk.zalo.shown) == 2)
    assert sorted(desk.zalo.shown) == [("hùng", "resumed"), ("lan", "resumed")]
    await desk.says(lan, "tháng mới")
    assert desk.zalo.texts[-1] == "tháng mới", "and answers go out at once again"


async def test_whoever_has_another_channel_is_told_there_at_once_and_once(desk: Desk) -> None:
    lan, _ = await desk.person("Lan", ZALO, TELEGRAM)
    await desk.has_used(LIMIT)
    await desk.says(lan, "một", "hai")
    await desk.says(lan, "ba")
    await desk.pump(lambda: bool(desk.telegram.shown))
    await desk.pump()
    assert desk.telegram.texts == ["resumed"] and not desk.zalo.asked
    desk.clock.move(datetime(2026, 12, 1, 8, 0, tzinfo=ZONE))
    await desk.pump()
    assert not desk.zalo.shown, "and not in the new month once more"


async def test_a_group_that_asked_in_vain_gets_nothing_afterwards(desk: Desk) -> None:
    group = await desk.contact("zgr-1", private=False)
    await desk.has_used(LIMIT)
    await desk.says(group, "hạn nào sắp tới")
    await desk.pump()
    assert await desk.report() == {"cancelled": 1}


async def test_what_waits_for_the_new_month_holds_nothing_up(desk: Desk) -> None:
    (lan,) = await desk.person("Lan", ZALO)
    await desk.has_used(LIMIT)
    await desk.says(lan, "trả lời")
    await desk.pump()
    await desk.writes(lan, "reminder", "ngày cuối", step=0)
    await desk.pump()
    assert await desk.lost() == [("reminder", outbox.NO_ROOM)]


async def test_a_raised_setting_opens_the_bot_at_once(desk: Desk, store: Store) -> None:
    (lan,) = await desk.person("Lan", ZALO)
    await desk.has_used(LIMIT)
    await desk.says(lan, "trả lời")
    await desk.pump()
    raised = Desk(store, limit=10 * LIMIT)
    await raised.outbox.resume()
    await raised.pump(lambda: bool(raised.zalo.shown))
    assert raised.zalo.texts == ["resumed"]


# The platform says no


async def test_three_refusals_in_a_row_with_nearly_all_used_up_mean_the_quota(desk: Desk) -> None:
    (lan,) = await desk.person("Lan", ZALO)
    await desk.has_used(91)
    desk.zalo.troubles = [TooMany(0.0)] * 3
    await desk.says(lan, "một")
    for _ in range(60):
        await desk.pump()
        if (await desk.used()).used_up:
            break
        await asyncio.sleep(0.01)
    assert (await desk.used()).used_up == LIMIT and desk.zalo.asked == 3
    await desk.says(lan, "hai")
    await desk.pump()
    await desk.pump()
    assert desk.zalo.asked == 3, "it is not asked again, round after round"
    assert (await desk.report())["cancelled"] == 2
    desk.clock.move(datetime(2026, 12, 1, 8, 0, tzinfo=ZONE))
    await desk.pump(lambda: bool(desk.zalo.shown))
    assert desk.zalo.texts == ["resumed"]


async def test_refusals_with_much_left_mean_too_fast_and_the_message_goes_later(desk: Desk) -> None:
    lan = await desk.contact("lan")
    await desk.has_used(50)
    desk.zalo.troubles = [TooMany(0.0)] * 4
    await desk.says(lan, "một")
    for _ in range(100):
        await desk.pump()
        if desk.zalo.shown:
            break
        await asyncio.sleep(0.01)
    assert desk.zalo.texts == ["một"] and desk.zalo.asked == 5
    assert (await desk.used()).used_up == 0


async def test_the_pauses_after_refusals_grow(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "FIRST_REST", 5.0)
    pauses = []
    for n in range(4):
        desk.zalo.troubles = [TooMany(1.0)]
        desk.outbox._paused.clear()
        await desk.says(await desk.contact(f"chat{n}"), "một")
        pauses.append(round(desk.outbox._paused[ZALO] - time.time()))
    assert pauses == [5, 10, 20, 40]


async def test_a_refusal_of_all_in_flight_counts_once(desk: Desk) -> None:
    await desk.has_used(91)
    desk.zalo.troubles = [TooMany(30.0)] * 16
    for n in range(8):
        await desk.writes(await desk.contact(f"chat{n}"), "notice", f"tin {n}")
    await desk.pump()
    assert (await desk.used()).used_up == 0, "they were too fast together, which says nothing of the month"


async def test_the_platforms_own_word_is_taken_at_once_and_a_second_channel_hears_of_it(desk: Desk) -> None:
    lan, _ = await desk.person("Lan", ZALO, TELEGRAM)
    desk.zalo.troubles = [UsedUp("used up")]
    await desk.says(lan, "một", "hai")
    await desk.pump(lambda: bool(desk.telegram.shown))
    assert desk.telegram.texts == ["resumed"] and desk.zalo.asked == 1
    assert (await desk.used()).used_up == LIMIT


# The pace and the months


async def test_the_pace_is_the_channels(desk: Desk) -> None:
    desk.zalo.means = Means(counted=True, per_second=2.0)
    assert desk.outbox._gap(ZALO) == pytest.approx(desk.outbox._gap(TELEGRAM) * 25 / 2)


@pytest.mark.parametrize(
    ("now", "then"),
    [
        (datetime(2026, 11, 30, 23, 59, tzinfo=ZONE), datetime(2026, 12, 1, tzinfo=ZONE)),
        (datetime(2026, 12, 31, 8, 0, tzinfo=ZONE), datetime(2027, 1, 1, tzinfo=ZONE)),
        (datetime(2027, 1, 1, tzinfo=ZONE), datetime(2027, 2, 1, tzinfo=ZONE)),
    ],
)
def test_the_next_month_begins_at_midnight_in_the_office(now: datetime, then: datetime) -> None:
    assert next_month(now) == then


async def test_another_way_is_one_of_the_channels_with_room(desk: Desk) -> None:
    lan, second, telegram = await desk.person("Lan", ZALO, SECOND, TELEGRAM)
    store = desk.store
    assert await store.read(lambda tx: addresses.other_way(tx, lan.id)) == second.id
    assert await store.read(lambda tx: addresses.other_way(tx, lan.id, by=[TELEGRAM])) == telegram.id
    assert await store.read(lambda tx: addresses.other_way(tx, lan.id, by=[ZALO])) is None
