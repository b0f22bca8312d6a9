"""The way out: nothing overtakes at an address, nothing is lost, and what goes wrong is done with as its kind asks."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot import outbox as sending
from bot.chat import Address, Attachment, Channels, Means, Reply
from bot.clock import Clock
from bot.errors import Gone, Later, MovedTo, Refused, StoreDown, Transient, UnknownEffect, Unreachable
from bot.outbox import Outbox
from bot.store import outbox, people
from bot.store.engine import Store
from bot.store.people import Contact


class Wire:
    """A platform that takes what it is sent, unless it has been told to fail next."""

    name = "wire"
    account = "wire"
    means = Means()

    def __init__(self) -> None:
        self.shown: list[tuple[str, str]] = []
        self.papers: list[bytes | None] = []
        self.troubles: list[Exception | None] = []
        self.before: Callable[[], Any] | None = None

    async def send(self, to: Address, reply: Reply) -> str:
        if self.before is not None:
            await self.before()
        if self.troubles and (trouble := self.troubles.pop(0)) is not None:
            raise trouble
        self.shown.append((to.chat, reply.text))
        self.papers.append(reply.attachment.content if reply.attachment else None)
        return str(len(self.shown))

    @property
    def texts(self) -> list[str]:
        return [text for _, text in self.shown]


class Desk:
    """An outbox on a store, with a wire; `says` is a turn's answer."""

    def __init__(self, store: Store, wire: Wire, **pace: float) -> None:
        self.store, self.wire, self.clock = store, wire, Clock()
        channels = Channels({"wire": wire})  # type: ignore[dict-item]
        compose = {"reminder": lambda tx, m: Reply(m.payload["text"]) if m.payload["text"] else None}
        self.outbox = Outbox(
            store, channels, self.clock, compose, **{"chat_gap": 0.0, "group_gap": 0.0, "takeover": 0.0, **pace}
        )
        self.turns = 0

    async def contact(self, chat: str, *, private: bool = True, channel: str = "wire") -> Contact:
        now, at = self.clock.now(), Address(channel, chat)
        return await self.store.write(
            lambda tx: people.greet(tx, at, private=private, name=chat, language="vi", now=now)
        )

    async def written(self, to: Contact, *said: str) -> list[outbox.Message]:
        self.turns += 1
        cause, now, real = f"inbox:{id(self)}-{self.turns}", self.clock.now(), time.time()
        return await self.store.write(
            lambda tx: outbox.add_replies(
                tx, to, cause, [Reply(text) for text in said], now, owner=self.outbox.owner, real=real
            )
        )

    async def says(self, to: Contact, *said: str) -> None:
        await self.outbox.deliver(await self.written(to, *said))

    async def reminds(self, to: Contact, text: str, cause: str = "") -> None:
        now, real = self.clock.now(), time.time()
        await self.store.write(
            lambda tx: outbox.add(tx, to.id, "reminder", cause or text, {"text": text}, now, not_before=real)
        )

    async def report(self) -> dict[str, int]:
        return await self.store.read(outbox.report)

    async def pumps(self, until: Callable[[], bool]) -> None:
        for _ in range(400):
            await self.outbox.pump()
            if until():
                return
        raise AssertionError(f"only {self.wire.shown} was shown")


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def desk(store: Store, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(sending, "FIRST_PAUSE", 0.02)
    return Desk(store, wire)


TROUBLES = [Transient("502"), UnknownEffect("cut"), Later(0.02)]


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda t: type(t).__name__)
async def test_a_later_answer_does_not_overtake_one_that_failed(desk: Desk, wire: Wire, trouble: Exception) -> None:
    lan = await desk.contact("lan")
    wire.troubles = [None, trouble]
    await desk.says(lan, "một", "hai", "ba")
    await desk.says(lan, "bốn")
    wire.troubles = [Transient("again")]
    await desk.pumps(lambda: len(wire.shown) >= 2)
    await desk.says(lan, "năm")
    await desk.pumps(lambda: len(wire.shown) == 5)
    assert wire.texts == ["một", "hai", "ba", "bốn", "năm"]
    await desk.outbox.pump()
    await desk.says(lan, "sáu")
    assert wire.texts[-1] == "sáu", "when nothing waits any more, answers go out at once again"
    assert await desk.report() == {"sent": 6}


async def test_what_an_earlier_run_left_goes_out_first(desk: Desk, store: Store, wire: Wire) -> None:
    lan = await desk.contact("lan")
    await desk.written(lan, "cũ một", "cũ hai")  # and then the process dies
    await store.write(outbox.release_all)
    fresh = Desk(store, wire)
    await fresh.outbox.resume()
    await fresh.says(lan, "mới")
    await fresh.pumps(lambda: len(wire.shown) == 3)
    assert wire.texts == ["cũ một", "cũ hai", "mới"]


async def test_the_sweep_gives_back_in_order(
    desk: Desk, store: Store, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    lan = await desk.contact("lan")
    monkeypatch.setattr(outbox, "LEASE_SECONDS", -1.0)
    await desk.written(lan, "một")
    monkeypatch.undo()
    await desk.outbox.sweep()
    await desk.says(lan, "hai")
    await desk.pumps(lambda: len(wire.shown) == 2)
    assert wire.texts == ["một", "hai"]


async def test_two_rounds_at_once_send_everything_once_and_in_order(desk: Desk, store: Store, wire: Wire) -> None:
    other = Desk(store, wire)
    people_here = [await desk.contact(f"chat{n}") for n in range(4)]
    for n in range(20):
        for contact in people_here:
            await desk.written(contact, f"{n:02}")
    await store.write(outbox.release_all)

    async def a_moment() -> None:
        await asyncio.sleep(0.001)

    wire.before = a_moment
    while sum(await asyncio.gather(desk.outbox.pump(), other.outbox.pump(), desk.outbox.pump())):
        pass
    for contact in people_here:
        assert [text for chat, text in wire.shown if chat == contact.address.chat] == [f"{n:02}" for n in range(20)]


async def test_an_answer_overtakes_reminders_but_not_answers(desk: Desk, wire: Wire) -> None:
    lan = await desk.contact("lan")
    for n in range(3):
        await desk.reminds(lan, f"nhắc {n}")
    await desk.says(lan, "trả lời")
    await desk.pumps(lambda: len(wire.shown) == 4)
    assert wire.texts == ["trả lời", "nhắc 0", "nhắc 1", "nhắc 2"]


async def test_a_slow_group_does_not_hold_up_the_round(store: Store, wire: Wire) -> None:
    desk = Desk(store, wire, group_gap=30.0)
    group, lan = await desk.contact("nhóm", private=False), await desk.contact("lan")
    for n in range(3):
        await desk.reminds(group, f"nhắc {n}")
    await desk.reminds(lan, "nhắc Lan")
    began = time.monotonic()
    await desk.outbox.pump()
    assert sorted(wire.texts) == ["nhắc 0", "nhắc Lan"]
    assert time.monotonic() - began < 5
    assert (await desk.report())["pending"] == 2


@pytest.mark.parametrize(
    ("trouble", "state", "address"),
    [
        (Unreachable("blocked"), "blocked", "blocked"),
        (Gone("no chat"), "gone", "gone"),
        (Refused("too long"), "failed", "ok"),
        (ValueError("a bug of the channel"), "failed", "ok"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
async def test_what_ends_a_message(desk: Desk, wire: Wire, trouble: Exception, state: str, address: str) -> None:
    lan, hung = await desk.contact("lan"), await desk.contact("hung")
    wire.troubles = [trouble]
    await desk.says(lan, "một")
    await desk.says(hung, "hai")
    assert wire.texts == ["hai"]
    assert await desk.report() == {state: 1, "sent": 1}
    assert (await desk.store.read(lambda tx: people.contact_by_id(tx, lan.id))).state == address
    await desk.says(lan, "ba")
    assert wire.texts[-1] == "ba"


async def test_a_group_that_moved_hears_it_at_the_new_address(desk: Desk, wire: Wire) -> None:
    group = await desk.contact("-5", private=False)
    wire.troubles = [MovedTo("-1005")]
    await desk.says(group, "một")
    await desk.pumps(lambda: bool(wire.shown))
    assert wire.shown == [("-1005", "một")]


async def test_a_channel_that_is_not_configured_any_more_waits_and_harms_nobody(desk: Desk, wire: Wire) -> None:
    gone, lan = await desk.contact("x", channel="zalo"), await desk.contact("lan")
    await desk.says(gone, "một")
    await desk.says(lan, "hai")
    await desk.outbox.pump()
    assert wire.texts == ["hai"]
    assert await desk.report() == {"pending": 1, "sent": 1}


async def test_waiting_is_not_trying(desk: Desk, store: Store, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "FIRST_PAUSE", 0.0)
    lan = await desk.contact("lan")
    wire.troubles = [Transient("away")] * 12
    await desk.says(lan, "một")
    for n in range(5):
        await desk.says(lan, f"sau {n}")
    await desk.pumps(lambda: len(wire.shown) == 6)
    tried = await store.read(lambda tx: tx.exec_driver_sql("SELECT attempts FROM outbox ORDER BY id").scalars().all())
    assert tried == [12, 0, 0, 0, 0, 0]


async def test_long_troubles_end_in_a_list_and_never_in_an_error(
    desk: Desk, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "LONGEST_PAUSE", 0.0)
    monkeypatch.setattr(sending, "GIVE_UP_AFTER", 3)
    desk.outbox._stumbles["wire"] = 5000  # tries in a row; 2 to that power is no float any more
    lan = await desk.contact("lan")
    wire.troubles = [Transient("away")] * 4
    await desk.says(lan, "một")
    for _ in range(8):
        await desk.outbox.pump()
    assert await desk.report() == {"failed": 1}


async def test_what_was_sent_while_the_store_went_away_is_not_sent_again(
    desk: Desk,
    store: Store,
    wire: Wire,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lan = await desk.contact("lan")
    messages = await desk.written(lan, "một", "hai")
    write = store.write

    async def away(work: Any) -> Any:
        raise StoreDown("away")

    monkeypatch.setattr(store, "write", away)
    await desk.outbox.deliver(messages)
    monkeypatch.setattr(store, "write", write)
    await desk.outbox.deliver(messages)  # the turn is tried again, as it got no answer
    await desk.outbox.pump()
    assert wire.texts == ["một", "hai"]
    assert await desk.report() == {"sent": 2}


async def test_letting_go_leaves_everything_for_the_next(desk: Desk, store: Store, wire: Wire) -> None:
    lan = await desk.contact("lan")
    await desk.written(lan, "một")
    await desk.outbox.let_go()
    assert await desk.report() == {"pending": 1}


async def test_a_reminder_with_nothing_left_to_say_is_cancelled(desk: Desk, wire: Wire) -> None:
    lan = await desk.contact("lan")
    await desk.reminds(lan, "", cause="leer")
    await desk.reminds(lan, "nhắc")
    await desk.pumps(lambda: bool(wire.shown))
    assert await desk.report() == {"cancelled": 1, "sent": 1}


# Papers


def asking(paper: str = "registration:12") -> Reply:
    attachment = Attachment("ban-dang-ky.docx", "application/x-test", paper, otherwise="Chưa tạo được tệp.")
    return Reply("Bản đăng ký", attachment=attachment)


class Press:
    """Makes papers: notes for whom, in which thread, and breaks when it is told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, str]] = []
        self.threads: list[int] = []
        self.reading: Exception | None = None
        self.making: Exception | None = None
        self.hangs = 0.0

    def __call__(self, tx: Any, message: outbox.Message, paper: str) -> Callable[[], bytes]:
        if self.reading is not None:
            raise self.reading
        self.asked.append((message.address_id, paper))

        def make() -> bytes:
            self.threads.append(threading.get_ident())
            time.sleep(self.hangs)
            if self.making is not None:
                raise self.making
            return f"the paper {paper}".encode()

        return make


def printing(store: Store, wire: Wire) -> tuple[Desk, Press]:
    desk, press = Desk(store, wire), Press()
    channels = Channels({"wire": wire})  # type: ignore[dict-item]
    desk.outbox = Outbox(store, channels, desk.clock, {}, maker=press, chat_gap=0.0, group_gap=0.0)
    return desk, press


async def hands(desk: Desk, to: Contact, *replies: Reply) -> list[outbox.Message]:
    desk.turns += 1
    cause, now, real = f"inbox:{id(desk)}-{desk.turns}", desk.clock.now(), time.time()
    return await desk.store.write(
        lambda tx: outbox.add_replies(tx, to, cause, replies, now, owner=desk.outbox.owner, real=real)
    )


def test_an_attachment_survives_being_stored_without_its_bytes() -> None:
    reply = asking()
    there_and_back = Reply.from_json(json.loads(json.dumps(reply.as_json())))
    assert there_and_back == reply
    assert "content" not in reply.as_json()["attachment"]
    old = {"text": "cũ", "title": "", "choices": [], "lettered": False, "edits": ""}
    assert Reply.from_json(old).attachment is None, "a row of an earlier version has none"
    assert Reply("cũ").as_json() == old


async def test_a_paper_is_made_off_the_loop_for_the_address_to_which_it_goes(store: Store, wire: Wire) -> None:
    desk, press = printing(store, wire)
    lan = await desk.contact("lan")
    await desk.outbox.deliver(await hands(desk, lan, Reply("Đã tiếp nhận"), asking()))
    assert wire.papers == [None, b"the paper registration:12"]
    assert press.asked == [(lan.id, "registration:12")]
    assert press.threads != [threading.get_ident()]
    assert await desk.report() == {"sent": 2}


@pytest.mark.parametrize("where", ["reading", "making"])
async def test_a_paper_that_cannot_be_made_is_told_in_its_place(store: Store, wire: Wire, where: str) -> None:
    desk, press = printing(store, wire)
    setattr(press, where, LookupError("broken"))
    lan = await desk.contact("lan")
    with capture_logs() as logs:
        await desk.outbox.deliver(await hands(desk, lan, asking(), Reply("Tiếp")))
    assert wire.texts == ["Bản đăng ký\nChưa tạo được tệp.", "Tiếp"]
    assert wire.papers == [None, None]
    assert [entry["paper"] for entry in logs if entry["log_level"] == "error"] == ["registration:12"]
    assert await desk.report() == {"sent": 2}


async def test_a_paper_that_takes_for_ever_holds_up_nobody(
    store: Store, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "MAKING_SECONDS", 0.05)
    desk, press = printing(store, wire)
    press.hangs = 0.5
    lan, binh = await desk.contact("lan"), await desk.contact("binh")
    slow = asyncio.create_task(desk.outbox.deliver(await hands(desk, lan, asking())))
    await desk.says(binh, "Chào anh")
    assert wire.texts[0] == "Chào anh", "who asked for no paper does not wait for one"
    await slow
    assert wire.texts[1:] == ["Bản đăng ký\nChưa tạo được tệp."]


async def test_a_paper_is_made_anew_when_its_sending_is_tried_again(
    store: Store, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "FIRST_PAUSE", 0.02)
    desk, press = printing(store, wire)
    lan = await desk.contact("lan")
    wire.troubles = [Transient("away")]
    await desk.outbox.deliver(await hands(desk, lan, asking(), Reply("Tiếp")))
    assert wire.shown == []
    await desk.pumps(lambda: len(wire.shown) == 2)
    assert wire.texts == ["Bản đăng ký", "Tiếp"]
    assert wire.papers == [b"the paper registration:12", None]
    assert len(press.asked) == 2
    assert await desk.report() == {"sent": 2}


async def test_a_store_that_is_away_while_a_paper_is_read_costs_nobody_the_paper(store: Store, wire: Wire) -> None:
    desk, press = printing(store, wire)
    lan = await desk.contact("lan")
    messages = await hands(desk, lan, asking())
    press.reading = StoreDown("away")
    with pytest.raises(StoreDown):
        await desk.outbox.deliver(messages)
    assert wire.shown == []
    press.reading = None
    await desk.outbox.deliver(messages)
    assert wire.papers == [b"the paper registration:12"]
    assert await desk.report() == {"sent": 1}


# Kinds of which a second copy would hurt


async def held(desk: Desk, to: Contact, text: str) -> int:
    """A message that is never sent twice."""
    now = desk.clock.now()
    made = await desk.store.write(
        lambda tx: outbox.add(
            tx, to.id, "reminder", text, {"text": text}, now, not_before=0.0, priority=outbox.BULK, unsure="hold"
        )
    )
    assert made is not None
    return made


@pytest.mark.parametrize(
    ("trouble", "state", "shown"),
    [
        (UnknownEffect("cut"), "unknown", []),
        (Transient("502"), "sent", ["tin"]),
        (Later(0.02), "sent", ["tin"]),
        (Unreachable("blocked"), "blocked", []),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
async def test_what_must_not_come_twice_is_held_where_nobody_can_tell(
    desk: Desk, wire: Wire, trouble: Exception, state: str, shown: list[str]
) -> None:
    await held(desk, await desk.contact("lan"), "tin")
    wire.troubles = [trouble]
    for _ in range(6):
        await desk.outbox.pump()
        await asyncio.sleep(0.02)
    assert (await desk.report(), wire.texts) == ({state: 1}, shown)
    assert desk.outbox.counts.unknown == (state == "unknown")


async def test_a_process_that_dies_leaves_what_it_was_sending_unknown_and_the_rest_to_others(
    desk: Desk, store: Store, wire: Wire
) -> None:
    hung, lan, binh = [await desk.contact(name) for name in ("hung", "lan", "binh")]
    sending_now = await held(desk, hung, "đang gửi")
    await desk.reminds(lan, "nhắc")
    await held(desk, binh, "chưa gửi")

    def claim_and_begin(tx: Any) -> None:
        assert len(outbox.claim(tx, "dead", time.time(), "wire")) == 3
        assert outbox.begin_sending(tx, sending_now, "dead")
        assert outbox.begin_sending(tx, sending_now + 1, "dead")

    await store.write(claim_and_begin)
    survivor = Desk(store, wire)
    await survivor.pumps(lambda: True)
    assert wire.shown == [], "its lease is not over, and nobody has seen it die"
    survivor.outbox = Outbox(
        store, Channels({"wire": wire}), survivor.clock, desk.outbox._composers, gone=lambda tx, owners: set(owners)
    )
    await survivor.outbox.sweep()
    await survivor.pumps(lambda: len(wire.shown) == 2)
    assert sorted(wire.texts) == ["chưa gửi", "nhắc"], "it may be that Hùng got his, so nothing is sent again"
    assert await desk.report() == {"unknown": 1, "sent": 2}
    assert not await store.write(lambda tx: outbox.put_back(tx, sending_now, 0.0, "back", owner="dead"))
    assert not await store.write(lambda tx: outbox.end(tx, sending_now, "failed", "x", owner="dead"))
    await store.write(lambda tx: outbox.sent(tx, sending_now, "9", desk.clock.now()))
    assert await desk.report() == {"sent": 3}, "but whoever knows that it arrived may say so"


# Several processes


def company(store: Store, wire: Wire, count: int, holder: list[int], **pace: float) -> list[Desk]:
    """So many processes on one store; `holder[0]` is who sends what nobody asked for."""
    desks = [Desk(store, wire, **pace) for _ in range(count)]
    for number, desk in enumerate(desks):
        desk.outbox._holds = lambda name, number=number: holder[0] == number  # type: ignore[misc]
    return desks


async def test_only_the_holder_sends_what_nobody_asked_for_and_everybody_answers(store: Store, wire: Wire) -> None:
    holder = [1]
    first, second = company(store, wire, 2, holder)
    lan, binh = await first.contact("lan"), await first.contact("binh")
    await first.reminds(lan, "nhắc")
    await first.written(binh, "còn lại")
    await store.write(outbox.release_all)
    await first.outbox.pump()
    assert wire.texts == ["còn lại"], "an answer that was left behind goes out from wherever"
    await first.says(binh, "trả lời")
    await second.outbox.pump()
    assert wire.texts == ["còn lại", "trả lời", "nhắc"]


async def test_whoever_takes_a_channel_over_begins_slowly(store: Store, wire: Wire) -> None:
    holder = [1]
    first, _ = company(store, wire, 2, holder, takeover=sending.TAKEOVER_SECONDS)
    await first.reminds(await first.contact("lan"), "nhắc")
    assert await first.outbox.pump() == 0
    holder[0] = 0
    began = time.monotonic()
    await first.outbox.pump()
    assert wire.texts == ["nhắc"]
    assert time.monotonic() - began >= sending.TAKEOVER_SECONDS - 0.05


async def test_whoever_begins_as_the_holder_begins_slowly_too(store: Store, wire: Wire) -> None:
    desk = Desk(store, wire, takeover=0.4)  # the process before it may have been killed this moment
    await desk.reminds(await desk.contact("lan"), "nhắc")
    began = time.monotonic()
    await desk.outbox.pump()
    assert wire.texts == ["nhắc"]
    assert time.monotonic() - began >= 0.4 - 0.05


async def test_whoever_the_others_take_for_dead_leaves_the_sending_to_them(store: Store, wire: Wire) -> None:
    first, second = company(store, wire, 2, [1])
    there = [False]
    first.outbox._seen = lambda: there[0]  # type: ignore[method-assign]
    lan, binh = await first.contact("lan"), await first.contact("binh")
    await first.says(lan, "một")
    assert await first.outbox.pump() == 0
    assert wire.shown == []
    await second.pumps(lambda: wire.texts == ["một"])
    await first.says(binh, "hai")
    there[0] = True
    await first.pumps(lambda: wire.texts == ["một", "hai"])


@pytest.mark.parametrize("asked_for", [True, False])
async def test_a_platform_that_wants_to_be_left_alone_is_by_all_processes(
    store: Store, wire: Wire, *, asked_for: bool
) -> None:
    desks = first, second = company(store, wire, 2, [0])
    lan, binh = await first.contact("lan"), await first.contact("binh")
    wire.troubles = [Later(0.6)]
    if asked_for:
        await first.says(lan, "trả lời")
    else:
        await first.reminds(lan, "nhắc")
        await first.outbox.pump()
    assert first.outbox.counts.limited == 1
    await second.outbox.pump()
    await second.says(binh, "gặp lại")
    for desk in desks:
        await desk.outbox.pump()
    assert wire.shown == [], "nobody speaks while the platform wants peace, whoever was told"
    await asyncio.sleep(0.65)
    await first.pumps(lambda: len(wire.shown) == 2)


async def test_an_answer_does_not_overtake_one_that_another_process_still_has(store: Store, wire: Wire) -> None:
    if store.dialect == "sqlite":
        pytest.skip("there is one process on SQLite, and it remembers")
    first, second = company(store, wire, 2, [0])
    lan = await first.contact("lan")
    earlier = await first.written(lan, "một")
    await second.says(lan, "hai")
    assert wire.shown == []
    await first.outbox.deliver(earlier)
    await second.pumps(lambda: len(wire.shown) == 2)
    assert wire.texts == ["một", "hai"]


async def test_what_is_in_hand_for_long_stays_in_hand(
    desk: Desk, store: Store, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "LEASE_SECONDS", 0.2)
    await desk.reminds(await desk.contact("lan"), "nhắc")
    other = Desk(store, wire)

    async def slowly() -> None:
        for _ in range(6):
            await asyncio.sleep(0.1)
            await desk.outbox.sweep()
            await other.outbox.sweep()
            await other.outbox.pump()

    wire.before = slowly
    await desk.outbox.pump()
    assert wire.texts == ["nhắc"]
    assert await desk.report() == {"sent": 1}


# The pace


async def moments(desk: Desk, wire: Wire, count: int) -> list[float]:
    """When so many reminders to as many people leave."""
    left: list[float] = []

    async def note() -> None:
        left.append(time.monotonic())

    for n in range(count):
        await desk.reminds(await desk.contact(f"chat{n}"), f"nhắc {n}")
    wire.before = note
    await desk.pumps(lambda: len(left) == count)
    return left


async def test_what_nobody_asked_for_leaves_evenly(store: Store, wire: Wire) -> None:
    left = await moments(Desk(store, wire, per_second=20.0), wire, 30)
    within = [sum(1 for other in left if at <= other < at + 1.0) for at in left]
    assert max(within) <= 22, "20 a second, in whichever second one looks"
    assert left[-1] - left[0] >= 29 / 20 - 0.1


async def test_many_answers_make_the_rest_wait(store: Store, wire: Wire) -> None:
    desk = Desk(store, wire, per_second=25.0)
    lan = await desk.contact("lan")
    for n in range(45):
        await desk.says(lan, f"trả lời {n}")
    opening = desk.outbox._opening(desk.outbox._lane("wire")) - time.monotonic()
    assert opening > 0.1, "45 answers in no time leave nothing of this second's thirty"


async def test_answers_in_a_group_count_for_its_pace_in_whichever_process(store: Store, wire: Wire) -> None:
    first, second = company(store, wire, 2, [0], group_gap=0.4)
    group, thread = await first.contact("nhóm", private=False), Address("wire", "nhóm", "7")
    now = first.clock.now()
    topic = await store.write(lambda tx: people.greet(tx, thread, private=False, name="chủ đề", language="vi", now=now))
    await second.says(group, "một", "hai")
    await first.reminds(topic, "nhắc")
    await first.outbox.pump()
    assert wire.texts == ["một", "hai"], "the group has had its share, also in its other threads"
    await asyncio.sleep(0.85)
    await first.outbox.pump()
    assert wire.texts[2:] == ["nhắc"]


async def test_reminders_overtake_what_goes_to_many(desk: Desk, wire: Wire) -> None:
    for n in range(3):
        await held(desk, await desk.contact(f"chat{n}"), f"tin {n}")
    await desk.reminds(await desk.contact("lan"), "nhắc")
    await desk.outbox.pump()
    assert wire.texts == ["nhắc", "tin 0", "tin 1", "tin 2"]


async def test_never_more_in_flight_than_may_be_doubled(store: Store, wire: Wire) -> None:
    desk, seen = Desk(store, wire, per_second=1e6), []

    async def look() -> None:
        await asyncio.sleep(0.005)
        seen.append((await desk.report()).get("sending", 0))

    for n in range(100):
        await desk.reminds(await desk.contact(f"chat{n}"), f"nhắc {n}")
    wire.before = look
    await desk.outbox.pump()
    assert await desk.report() == {"sent": 100}
    assert desk.outbox.counts.sent == {"wire": 100}
    assert 1 < max(seen) <= sending.AT_ONCE


async def test_a_persons_answer_comes_within_a_second_while_five_thousand_wait(store: Store, wire: Wire) -> None:
    desk = Desk(store, wire)
    contacts = [await desk.contact(f"chat{n}") for n in range(50)]
    now = desk.clock.now()

    def write(tx: Any) -> None:
        for n in range(5000):
            outbox.add(
                tx,
                contacts[n % 50].id,
                "reminder",
                f"b:{n}",
                {"text": f"{n}"},
                now,
                not_before=0.0,
                priority=outbox.BULK,
            )

    await store.write(write)

    async def latency() -> None:
        await asyncio.sleep(0.1)

    wire.before = latency
    lan, took = await desk.contact("lan"), []
    await desk.outbox.round()
    for n in range(20):
        began = time.monotonic()
        await desk.says(lan, f"trả lời {n}")
        took.append(time.monotonic() - began)
        await desk.outbox.round()
        await asyncio.sleep(0.02)
    await desk.outbox.drain()
    assert [text for _, text in wire.shown if text.startswith("trả")] == [f"trả lời {n}" for n in range(20)]
    assert len(wire.shown) > 30, "and the others were not held up either"
    assert max(took) < 1.0


async def test_a_send_that_hangs_holds_up_nobody_else(desk: Desk, wire: Wire) -> None:
    hanging = asyncio.Event()

    async def first_hangs() -> None:
        if not hanging.is_set():
            hanging.set()
            await asyncio.sleep(3)

    wire.before = first_hangs
    await desk.reminds(await desk.contact("lan"), "nhắc Lan")
    await desk.outbox.round()
    await hanging.wait()
    await desk.reminds(await desk.contact("hung"), "nhắc Hùng")
    await asyncio.sleep(1.5)
    assert wire.texts == ["nhắc Hùng"]
    await desk.outbox.drain()
    assert await desk.report() == {"sent": 2}


# What goes wrong on the way


async def test_a_group_that_moved_to_a_place_we_know_is_not_looked_for_at_the_old_one(desk: Desk, wire: Wire) -> None:
    old, _ = await desk.contact("-5", private=False), await desk.contact("-1005", private=False)
    wire.troubles = [MovedTo("-1005")]
    await desk.says(old, "một", "hai")
    await desk.pumps(lambda: len(wire.shown) == 2)
    assert wire.shown == [("-1005", "một"), ("-1005", "hai")]


async def test_the_pieces_that_arrived_do_not_come_again(desk: Desk, wire: Wire) -> None:
    lan = await desk.contact("lan")
    broken = Transient("502")
    broken.rest = Reply("phần sau")
    wire.troubles = [broken]
    await desk.says(lan, "phần trước, phần sau")
    await desk.pumps(lambda: bool(wire.shown))
    broken = UnknownEffect("cut")
    broken.rest = Reply("hết")
    wire.troubles = [broken]
    await desk.reminds(lan, "nhắc, hết")
    await desk.pumps(lambda: len(wire.shown) == 2)
    assert wire.texts == ["phần sau", "hết"]


async def test_one_message_that_cannot_be_composed_harms_no_other(desk: Desk, store: Store, wire: Wire) -> None:
    for name in ("lan", "hung", "binh"):
        await desk.reminds(await desk.contact(name), name)
    composed = desk.outbox._composers["reminder"]

    def compose(tx: Any, message: outbox.Message) -> Any:
        if message.payload["text"] == "hung":
            tx.exec_driver_sql("SELECT nothing FROM nowhere")
        return composed(tx, message)

    desk.outbox._composers = {"reminder": compose}
    with capture_logs() as logs:
        await desk.outbox.pump()
    assert sorted(wire.texts) == ["binh", "lan"]
    assert await desk.report() == {"sent": 2, "failed": 1}
    assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == ["a message could not be composed"]


async def test_a_store_that_goes_away_in_the_midst_loses_and_doubles_nothing(
    desk: Desk, store: Store, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(40):
        await desk.reminds(await desk.contact(f"chat{n}"), f"{n}")
    write, away = store.write, [False]

    async def sometimes(work: Any) -> Any:
        if away[0]:
            raise StoreDown("away")
        return await write(work)

    async def a_moment() -> None:
        away[0] = away[0] or len(wire.shown) >= 20
        await asyncio.sleep(0.005)

    monkeypatch.setattr(store, "write", sometimes)
    wire.before = a_moment
    with pytest.raises(StoreDown):
        await desk.outbox.pump()
    for _ in range(3):  # still away
        with pytest.raises(StoreDown):
            await desk.outbox.pump()
    away[0], wire.before = False, None
    await desk.pumps(lambda: len(wire.shown) >= 40)
    await desk.outbox.pump()
    assert sorted(wire.texts, key=int) == [str(n) for n in range(40)]
    assert await desk.report() == {"sent": 40}


# The end


async def test_at_the_end_nothing_is_half_sent(store: Store, wire: Wire) -> None:
    desk, began = Desk(store, wire, per_second=200.0), []

    async def slowly() -> None:
        began.append(1)
        await asyncio.sleep(0.1)

    for n in range(60):
        await held(desk, await desk.contact(f"chat{n}"), f"tin {n}")
    wire.before = slowly
    ticking = asyncio.create_task(desk.outbox.round())
    await asyncio.sleep(0.25)
    ticking.cancel()
    await desk.outbox.drain()
    shown = len(wire.shown)
    assert len(began) == shown > 0, "what had begun came to its end"
    assert await desk.report() == {"sent": shown, "pending": 60 - shown}
    await desk.outbox.round()
    await asyncio.sleep(0.1)
    assert len(wire.shown) == shown, "and nothing begins any more"


async def test_a_send_that_never_ends_does_not_hold_up_the_end(desk: Desk, wire: Wire) -> None:
    lan, hung = await desk.contact("lan"), await desk.contact("hung")
    await held(desk, lan, "tin")
    await desk.reminds(hung, "nhắc")

    async def for_ever() -> None:
        await asyncio.sleep(60)

    wire.before = for_ever
    await desk.outbox.round()
    await asyncio.sleep(0.2)
    began = time.monotonic()
    await desk.outbox.drain(0.1)
    assert time.monotonic() - began < 5
    assert await desk.report() == {"unknown": 1, "pending": 1}


async def test_a_tick_that_is_cancelled_cuts_nothing_off(desk: Desk, wire: Wire) -> None:
    for name in ("lan", "hung"):
        await held(desk, await desk.contact(name), name)

    async def slowly() -> None:
        await asyncio.sleep(0.2)

    wire.before = slowly
    running = asyncio.create_task(desk.outbox.pump_unasked("wire"))
    await asyncio.sleep(0.1)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    wire.before = None
    await desk.pumps(lambda: len(wire.shown) == 2)
    await desk.outbox.pump()
    assert await desk.report() == {"sent": 2}
    assert sorted(wire.texts) == ["hung", "lan"]
