"""/metrics and /readyz: who may read them, what stands in them, and that nothing of people does."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import insert

from bot.care.alarms import SENTENCES
from bot.rules.access import ADMINISTRATOR
from bot.store import beats, usage, vitals
from bot.store.beats import Beat
from bot.store.tables import inbox, outbox, sender
from bot.tally import Tally
from bot.web.metrics import METRICS
from tests.conversations.registering import registers
from tests.databases import ready_sqlite  # noqa: F401
from tests.devices.telegram import TOKEN
from tests.world import DISTRICT, World, world

BEARER = "mot-ma-dai-du-24-ky-tu"


@pytest.fixture
async def here(tmp_path: Path, ready_sqlite: Path) -> AsyncIterator[World]:  # noqa: F811
    async with world(tmp_path / "kheo", "telegram", ready=ready_sqlite) as made:
        yield made


async def ask(here: World, path: str = "/metrics", **headers: str) -> tuple[int, str]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with ClientSession() as client, client.get(f"{here.url}{path}", headers=named) as answer:
        return answer.status, await answer.text()


def read(text: str) -> dict[str, dict[tuple[str, ...], float]]:
    """Sample name → values of its labels → value."""
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return found


async def test_this_machine_may_read_and_finds_every_metric(here: World) -> None:
    chief = await here.person("Quản trị", DISTRICT, ADMINISTRATOR)
    await chief.says("/viec").hears("")
    await here.quiet()
    now, real = here.app.clock.now(), time.time()

    def wrong(tx: Any) -> None:
        beats.note(tx, Beat("scan", real - 400, 0.25, 30.0, "1-a"))
        beats.note_process(tx, "1-a", real, 60.0, 10.0)
        vitals.note_backup(tx, now - timedelta(days=9))
        row = {
            "address_id": 1,
            "channel": "telegram",
            "kind": "broadcast",
            "priority": 20,
            "subject": "",
            "payload": {},
        }
        row |= {"attempts": 1, "created_at": now, "not_before": real - 3600}
        tx.execute(insert(outbox).values([row | {"cause": f"x{n}", "state": "pending"} for n in range(3)]))
        tx.execute(insert(outbox).values([row | {"cause": f"y{n}", "state": "unknown"} for n in range(2)]))
        tx.execute(insert(sender).values(channel="telegram", paused_until=real + 300, why="429"))
        poison = {"account": "web", "update_id": "p", "speaker": "", "payload": {}, "state": "poison"}
        tx.execute(insert(inbox).values(**poison, attempts=3, received_at=now))
        usage.count(tx, "zalo:7", now, sent=2000, received=900)

    await here.stop_pumping()
    await here.app.store.write(wrong)
    status, text = await ask(here)
    assert status == 200
    found = read(text)
    assert found["kheo_store_up"][()] == 1
    assert found["kheo_queue_messages"][("bulk",)] == 3
    assert 3590 < found["kheo_oldest_due_seconds"][()] < 3700
    assert 365 < found["kheo_tick_lag_seconds"][("scan",)] < 380
    assert found["kheo_tick_took_seconds"][("scan",)] == 0.25
    assert found["kheo_month_messages"] == {("zalo:7", "out"): 2000, ("zalo:7", "in"): 900}
    assert found["kheo_month_used_ratio"][("zalo:7",)] == pytest.approx(2900 / 3000)
    assert found["kheo_month_forecast_messages"][("zalo:7",)] > 2900
    assert found["kheo_bot_people"][("zalo:7",)] == found["kheo_bot_groups"][("zalo:7",)] == 0
    assert found["kheo_alarm"][("month_sparing",)] == 1 and found["kheo_alarm"][("month_used_up",)] == 0
    assert found["kheo_messages_dead"][("unknown",)] == 2 and found["kheo_messages_dead"][("failed",)] == 0
    assert found["kheo_updates_poison"][()] == 1
    assert 290 < found["kheo_channel_paused_seconds"][("telegram",)] <= 300
    assert found["kheo_processes"][()] == 1
    assert found["kheo_backup_age_seconds"][()] > 8 * 86400
    assert {name for (name,), value in found["kheo_alarm"].items() if value} >= {
        "queue_late",
        "ticks_stopped",
        "platform_paused",
        "messages_unknown",
        "updates_poisoned",
        "backup_old",
    }
    assert {name for (name,) in found["kheo_alarm"]} == SENTENCES.keys()
    assert found["kheo_sent_total"][("telegram",)] >= 2
    assert found["kheo_turn_seconds_count"][()] >= 2
    assert found["kheo_turn_seconds_bucket"][("+Inf",)] == found["kheo_turn_seconds_count"][()]
    ours = {name for name in found if name.startswith("kheo_")}
    assert {name for name in METRICS if not any(one.startswith(name) for one in ours)} == set()
    assert {name for name in ours if not any(name.startswith(one) for one in METRICS)} == set()
    assert "process_resident_memory_bytes" in found


@pytest.mark.parametrize("header", ["X_Forwarded_For", "Forwarded", "X_Real_IP"])
async def test_what_came_through_a_proxy_may_not(here: World, header: str) -> None:
    status, text = await ask(here, **{header: "127.0.0.1"})
    assert status == 403 and "KHEO_METRICS_TOKEN" in text and "kheo_queue" not in text


async def test_the_token_lets_in_from_everywhere_and_a_wrong_one_from_nowhere(
    tmp_path: Path,
    ready_sqlite: Path,  # noqa: F811
) -> None:
    async with world(tmp_path / "kheo", "telegram", ready=ready_sqlite, KHEO_METRICS_TOKEN=BEARER) as here:
        through = {"X_Forwarded_For": "203.0.113.7"}
        assert (await ask(here, Authorization=f"Bearer {BEARER}", **through))[0] == 200
        assert (await ask(here, Authorization=f"Bearer {BEARER}x", **through))[0] == 403
        assert (await ask(here, Authorization="Bearer tiếng Việt".encode().decode("latin-1"), **through))[0] == 403
        assert (await ask(here, Authorization=f"Basic {BEARER}"))[0] == 403, "who brings one must bring the right one"
        assert (await ask(here))[0] == 200


async def test_without_a_token_none_is_the_right_one(here: World) -> None:
    assert (await ask(here, Authorization="Bearer "))[0] == 403


async def test_nothing_of_people_stands_in_it(here: World) -> None:
    words, phone = "Quỳnh Hương Dạ Lan", "0912345678"
    lan = await here.person(words)
    await registers(lan, f"Mô hình {words}")
    await lan.says(f"gọi tôi số {phone} nhé")
    here.fake.fail("sendMessage", 400, f"Bad Request: {words} {phone}", times=1)
    await lan.says("/viec").hears("")
    await here.quiet()
    await here.app.jobs.beats.alive()
    _, text = await ask(here)
    chats = [str(1000 + n) for n in range(1, 4)]
    owner = here.app.sender.owner
    for hidden in (*words.split(), phone, TOKEN, TOKEN.partition(":")[2], TOKEN.partition(":")[0], owner, "Vạn Ninh"):
        assert hidden not in text, hidden
    labels = {value for f in text_string_to_metric_families(text) for s in f.samples for value in s.labels.values()}
    assert not labels & set(chats)


async def test_the_store_is_asked_every_few_seconds_only(here: World) -> None:
    looks = 0
    look = vitals.look

    def counted(*given: Any) -> Any:
        nonlocal looks
        looks += 1
        return look(*given)

    vitals.look = counted
    try:
        await asyncio.gather(*(ask(here) for _ in range(5)))
    finally:
        vitals.look = look
    assert looks == 1


async def test_a_store_that_is_away_is_said_and_the_counters_stay(here: World) -> None:
    assert await ask(here, "/readyz") == (200, "ready\n")
    lan = await here.person("Lan")
    await lan.says("/viec").hears("")
    await here.quiet()
    await here.stop_pumping()
    await asyncio.to_thread(here.app.store.close)
    assert (await ask(here, "/readyz"))[0] == 503
    assert await ask(here, "/healthz") == (200, "ok")
    status, text = await ask(here)
    found = read(text)
    assert status == 200 and found["kheo_store_up"][()] == 0
    assert "kheo_queue_messages" not in found and found["kheo_turn_seconds_count"][()] >= 1


def test_a_start_does_not_load_the_library() -> None:
    said = "import sys, bot.app; print('prometheus_client' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"


def test_a_tally_counts_into_the_bucket_in_which_it_falls() -> None:
    tally = Tally()
    for seconds in (0.0, 0.005, 0.006, 9.0, 60.0):
        tally.note(seconds)
    assert tally.count == 5 and tally.seconds == pytest.approx(69.011)
    assert (tally.buckets[0], tally.buckets[1], tally.buckets[-2], tally.buckets[-1]) == (2, 1, 1, 1)
