"""/suckhoe: whoever keeps the program running sees on one screen whether all is well, and what to do where it is not."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from bot.care.alarms import SENTENCES, alarms
from bot.rules.access import ADMINISTRATOR, STANDING_OFFICE
from bot.store import beats, vitals
from bot.store.beats import Beat
from bot.store.tables import inbox, outbox, sender
from bot.texts import language
from handlers import health, tables
from tests.talk import Speaker, in_group
from tests.world import DISTRICT, World

TELEGRAM = pytest.mark.parametrize("channel", ["telegram"], indirect=True)
NO_RIGHT = "chưa được phân quyền thực hiện việc này"
WELL = "Mọi việc bình thường."


async def administrator(here: World) -> Speaker:
    return await here.person("Quản trị", DISTRICT, ADMINISTRATOR)


async def do(here: World, statement: Any) -> None:
    await here.app.store.write(lambda tx: tx.execute(statement).rowcount)


def message(here: World, address_id: int, state: str, n: int, **more: Any) -> dict[str, Any]:
    row = {
        "address_id": address_id,
        "channel": "telegram",
        "kind": "broadcast",
        "priority": 20,
        "cause": f"test:{state}:{n}",
        "subject": "",
        "payload": {},
        "state": state,
        "not_before": time.time() + 3600,
        "attempts": 1,
        "created_at": here.app.clock.now(),
    }
    return row | more


async def messages(here: World, state: str, many: int, **more: Any) -> None:
    rows = [message(here, 1, state, n, **more) for n in range(many)]
    await do(here, insert(outbox).values(rows))


async def test_all_is_well_and_the_figures_stand_below(here: World) -> None:
    chief = await administrator(here)
    await here.app.jobs.beats.alive()
    for tick in here.app.jobs.ticks():
        if tick.name in ("sweep", "seal"):
            await tick.run()
    await chief.says("/suckhoe").hears(WELL)
    for part in (
        "1 tiến trình đang chạy",
        "Cơ sở dữ liệu: sqlite",
        "Ổ đĩa: còn trống",
        "Đang chờ gửi:",
        "Không gửi được trong một ngày qua: không có tin nào.",
        "Tin nhận vào: 0 tin đang xử lý, 0 tin bị gác lại.",
        "seal cách đây",
        "sweep cách đây",
        "Telegram: ",
        "của mức 30 được phép",
        "Bản sao lưu gần nhất: chưa có.",
    ):
        await chief.hears(part)


async def test_it_is_asked_in_plain_letters_and_its_buttons_may_be_pressed_twice(here: World) -> None:
    chief = await administrator(here)
    await chief.says("/suckhoe").hears(WELL)
    await chief.picks("Xem lại").hears(WELL)
    await chief.picks("Xem lại").hears(WELL)
    await chief.says("/SUCKHOE gì đó").hears(WELL)


async def test_nobody_else_is_told(here: World, lan: Speaker) -> None:
    await lan.says("/suckhoe").hears(NO_RIGHT)
    office = await here.person("Bảy", DISTRICT, STANDING_OFFICE, channel="web")
    await office.says("/suckhoe").hears(NO_RIGHT)


@TELEGRAM
async def test_a_stranger_and_a_group_are_not_told(here: World) -> None:
    stranger = await here.stranger("Người lạ")
    await stranger.says("/suckhoe").hears("mã dùng một lần")
    chief = await here.person("Quản trị", DISTRICT, ADMINISTRATOR, group=-100777)
    await in_group(chief).says("/suckhoe").hears("tin nhắn riêng")


async def _everything_goes_wrong(here: World) -> None:
    now, real = here.app.clock.now(), time.time()
    await messages(here, "pending", 3, not_before=real - 3600)
    await messages(here, "failed", 2, error="Refused('Bad Request: Nguyễn Thị Lan 0912345678')")
    await messages(here, "unknown", 4)
    await messages(here, "blocked", 5)
    row = {"account": "web", "speaker": "", "payload": {}, "attempts": 3, "received_at": now}
    late = {"state": "new", "update_id": "w1", "received_at": now - timedelta(minutes=20)}
    await do(here, insert(inbox).values([row | late, row | {"state": "poison", "update_id": "w2"}]))
    await do(here, insert(sender).values(channel="telegram", paused_until=real + 300, why="429"))
    await here.app.store.write(lambda tx: beats.note(tx, Beat("scan", real - 400, 0.1, 30.0, "1-a")))
    await here.app.store.write(lambda tx: beats.note_process(tx, "1-dead", real - 300, 60.0, 10.0))
    await here.app.store.write(lambda tx: vitals.note_backup(tx, now - timedelta(days=9)))


@TELEGRAM
async def test_what_is_wrong_comes_first_each_with_what_to_do(here: World) -> None:
    chief = await administrator(here)
    await here.stop_pumping()
    await _everything_goes_wrong(here)
    seen = await here.app.store.read(lambda tx: vitals.look(tx, here.app.clock.now(), time.time()))
    found = alarms(seen, here.app.clock.now(), time.time(), free=100)
    assert {alarm.name for alarm in found} == {
        "queue_late",
        "updates_late",
        "ticks_stopped",
        "process_lost",
        "platform_paused",
        "messages_refused",
        "messages_unknown",
        "updates_poisoned",
        "disk_full",
        "backup_old",
    }
    assert [alarm.grave for alarm in found] == sorted((alarm.grave for alarm in found), reverse=True)
    await chief.says("/suckhoe")
    for part in (
        "3 tin đang chờ gửi",
        "1 tin của mọi người chưa được trả lời",
        "Việc định kỳ không chạy: scan.",
        "1 tiến trình đã kết thúc đột ngột",
        "Telegram yêu cầu tạm dừng gửi đến",
        "2 tin trong một tuần qua bị từ chối",
        "4 tin trong một tuần qua không rõ đã đến hay chưa",
        "1 tin của mọi người trong một ngày qua không xử lý được",
        "Bản sao lưu gần nhất đã cũ",
        "5 tin bị người nhận chặn, 2 tin bị từ chối, 4 tin không rõ",
    ):
        await chief.hears(part)


def test_every_alarm_says_what_and_what_to_do_in_both_languages() -> None:
    values = {"count": 2, "moment": "x", "names": "scan", "channel": "telegram", "free": 3}
    values |= {"name": "7", "used": 9, "limit": 9, "day": "x", "people": 5, "most": 5, "groups": 1, "most_groups": 3}
    for code in ("vi", "en"):
        say = language(code)
        for what, remedy in SENTENCES.values():
            assert say.say(what, **values) and say.say(remedy, **values)
            assert code == "en" or say.say(remedy, **values) != remedy


@TELEGRAM
async def test_a_process_that_ends_as_it_should_is_not_missed(here: World) -> None:
    real = time.time()
    await here.app.jobs.beats.alive()
    await here.app.jobs.beats.end()
    assert await here.app.store.read(beats.every) == []
    await here.app.store.write(lambda tx: beats.note_process(tx, "1-old", real - 7200, 1.0, 10.0))
    await here.app.store.write(lambda tx: beats.note(tx, Beat("renamed", real - 8 * 86400, 1.0, 10.0, "1-old")))
    await here.app.jobs.beats.alive()
    names = [beat.name for beat in await here.app.store.read(beats.every)]
    assert names == [f"process:{here.app.sender.owner}"], "what is long gone is forgotten"


@TELEGRAM
async def test_a_tick_that_fails_is_not_noted_and_a_late_note_does_not_count(here: World) -> None:
    real = time.time()

    async def fails() -> None:
        raise ValueError("no")

    tick = next(iter(here.app.jobs.ticks()))
    broken = here.app.jobs.beats.noted(type(tick)("broken", 1.0, fails))
    with pytest.raises(ValueError, match="no"):
        await broken.run()
    assert await here.app.store.read(beats.every) == []
    await here.app.store.write(lambda tx: beats.note(tx, Beat("scan", real, 0.1, 30.0, "new")))
    await here.app.store.write(lambda tx: beats.note(tx, Beat("scan", real - 50, 9.9, 30.0, "old")))
    (beat,) = await here.app.store.read(beats.every)
    assert (beat.at, beat.owner) == (real, "new")


@TELEGRAM
async def test_a_long_history_costs_little(here: World) -> None:
    """Counted in steps of SQLite, not in time: each question goes by an index that holds only what it asks for."""
    await administrator(here)
    await messages(here, "pending", 1)

    def explained(tx: Any) -> list[str]:
        told: list[str] = []
        run = tx.exec_driver_sql

        class Watching:
            def __getattr__(self, name: str) -> Any:
                return getattr(tx, name)

            def execute(self, statement: Any) -> Any:
                sql = str(statement.compile(tx, compile_kwargs={"literal_binds": True}))
                told.extend(str(row[3]) for row in run(f"EXPLAIN QUERY PLAN {sql}").all())
                return tx.execute(statement)

        vitals.look(Watching(), here.app.clock.now(), time.time())  # type: ignore[arg-type]
        return told

    plans = await here.app.store.read(explained)
    for line in plans:
        assert not (line.startswith("SCAN outbox") and "INDEX" not in line), line
        assert not (line.startswith("SCAN inbox") and "INDEX" not in line), line


def test_the_command_stands_in_the_menu() -> None:
    assert tables.COMMANDS[health.COMMAND] is health.show
    assert any(health.COMMAND in dict(entries) for _, entries in tables.SECTIONS)
    assert health.COMMAND not in tables.GROUPS
