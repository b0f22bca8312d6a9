"""/metrics for Prometheus, /readyz for whoever balances load: numbers only, and only for who may read them."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.care.alarms import SENTENCES, alarms, processes, quota_used, ticks
from bot.errors import StoreDown
from bot.outbox import Counts
from bot.rules.allowance import Allowance, forecast
from bot.store import vitals
from bot.store.engine import Store
from bot.store.vitals import DEAD, Vitals
from bot.tally import BOUNDS, Tally

KEPT_SECONDS = 5.0  # what the store said is good for so long: several who ask cost it no more than one
PATIENCE = 3.0  # seconds for the store to answer
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP")
"""Whoever asks with one of these came through a proxy, and is not this machine."""
PRIORITIES: Mapping[int, str] = {0: "reply", 10: "remind", 20: "bulk"}
ENDS = ("blocked", "gone", "failed")
NOT_FOR_YOU = "Only from this machine, or with the bearer token KHEO_METRICS_TOKEN.\n"

METRICS: Mapping[str, str] = {
    "kheo_info": "Version and kind of database",
    "kheo_store_up": "1 if the database answers",
    "kheo_alarm": "1 while the alarm stands",
    "kheo_queue_messages": "Messages that wait or are on their way, by priority",
    "kheo_oldest_due_seconds": "For how long the oldest message that may go out waits",
    "kheo_tick_lag_seconds": "Seconds since the tick ran last, beyond its interval",
    "kheo_tick_took_seconds": "How long its last run took",
    "kheo_updates_waiting": "Messages of people that are not worked off",
    "kheo_updates_poison": "Messages of people that were set aside",
    "kheo_messages_dead": "Messages that ended without being sent, by reason",
    "kheo_addresses_unreachable": "Addresses at which nothing arrives, by state",
    "kheo_sent_hour_messages": "Messages sent in the last hour, by all processes",
    "kheo_quota_used_ratio": "Share of the permitted messages a second that the last minute used",
    "kheo_month_messages": "Messages of this month at a platform that counts, sent and received",
    "kheo_month_used_ratio": "Share of the month's messages that is used up, by the higher reading",
    "kheo_month_forecast_messages": "What it comes to at the end of the month, should it go on like this",
    "kheo_bot_people": "People whom a bot serves whose platform counts them",
    "kheo_bot_groups": "Groups that such a bot serves",
    "kheo_channel_paused_seconds": "For how long the platform wants to be left alone",
    "kheo_processes": "Processes that are there",
    "kheo_trace_unsealed_rows": "Rows of the trace that no seal covers",
    "kheo_database_bytes": "Size of the database",
    "kheo_disk_free_bytes": "Room on the disk of the data",
    "kheo_backup_age_seconds": "Seconds since the last backup",
    "kheo_sent_total": "Messages that this process sent, by channel",
    "kheo_failed_total": "Messages that ended without being sent, in this process, by reason",
    "kheo_unknown_total": "Messages of which this process cannot tell whether they arrived",
    "kheo_retried_total": "Sendings that this process tried again",
    "kheo_limited_total": "How often the platform asked this process to wait",
    "kheo_held_seconds_total": "Seconds for which the pace made messages of this process wait",
    "kheo_turn_seconds": "How long turns took in this process, from taking the message up to its answer",
    "kheo_store_conflicts_total": "Works that lost against others and were done again",
}
"""Every metric of ours, with what it means; docs/operations.md says what to do about each."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What this process counts, and the store: `conflicts` says how many works were done again."""

    outbox: Counts
    turns: Tally
    conflicts: Callable[[], int]


class Metrics:
    """Reads the store when it is asked, and not more often than every few seconds."""

    def __init__(
        self,
        store: Store,
        now: Callable[[], datetime],
        counted: Counted,
        folder: Path,
        token: str = "",
        allowance: Allowance | None = None,
    ) -> None:
        self._store = store
        self._now = now
        self._counted = counted
        self._folder = folder
        self._token = token
        self._allowance = allowance or Allowance()
        self._one_at_a_time = asyncio.Lock()
        self._seen: Vitals | None = None
        self._seen_at = -KEPT_SECONDS

    def routes(self) -> list[web.AbstractRouteDef]:
        return [web.get("/metrics", self._scrape), web.get("/readyz", self._ready)]

    async def _ready(self, request: web.Request) -> web.Response:
        """200 while this process and its database can take what comes; for a proxy, which asks often."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self._store.read(lambda tx: None)
        except (StoreDown, TimeoutError):
            return web.Response(status=503, text="the database does not answer\n")
        return web.Response(text="ready\n")

    async def _scrape(self, request: web.Request) -> web.Response:
        if not may_read(request, self._token):
            return web.Response(status=403, text=NOT_FOR_YOU)
        from prometheus_client import generate_latest  # 0.07 s, which the start need not wait for

        async with self._one_at_a_time:
            await self._look()
            text = generate_latest(_Collected(list(self._collect())))
        return web.Response(body=text, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    async def _look(self) -> None:
        if time.monotonic() - self._seen_at < KEPT_SECONDS:
            return
        now, real = self._now(), time.time()
        try:
            async with asyncio.timeout(PATIENCE):
                self._seen = await self._store.read(lambda tx: vitals.look(tx, now, real))
        except (StoreDown, TimeoutError):
            self._seen = None
        self._seen_at = time.monotonic()

    def _collect(self) -> Iterator[Any]:
        yield from _gauge("kheo_store_up", {(): float(self._seen is not None)})
        free = self._free()
        if free is not None:
            yield from _gauge("kheo_disk_free_bytes", {(): free})
        if self._seen is not None:
            yield from _of_store(self._seen, self._now(), time.time(), free, self._allowance)
        yield from self._of_process()

    def _free(self) -> int | None:
        try:
            return shutil.disk_usage(self._folder).free
        except OSError:
            return None

    def _of_process(self) -> Iterator[Any]:
        from prometheus_client import CollectorRegistry, ProcessCollector
        from prometheus_client.core import HistogramMetricFamily

        out = self._counted.outbox
        yield _counter("kheo_sent", out.sent, "channel")
        yield _counter("kheo_failed", {**dict.fromkeys(ENDS, 0), **out.failed}, "reason")
        yield _counter("kheo_unknown", {"": out.unknown})
        yield _counter("kheo_retried", {"": out.retried})
        yield _counter("kheo_limited", {"": out.limited})
        yield _counter("kheo_held_seconds", {"": out.held})
        yield _counter("kheo_store_conflicts", {"": self._counted.conflicts()})
        turns, below, buckets = self._counted.turns, 0, []
        for bound, count in zip((*map(str, BOUNDS), "+Inf"), turns.buckets, strict=True):
            below += count
            buckets.append((bound, float(below)))
        seconds = HistogramMetricFamily("kheo_turn_seconds", METRICS["kheo_turn_seconds"])
        seconds.add_metric([], buckets, turns.seconds)
        yield seconds
        yield from ProcessCollector(registry=CollectorRegistry()).collect()


def may_read(request: web.Request, token: str) -> bool:
    """Whether it comes from this machine itself, not through a proxy on it, or brings the token."""
    given = request.headers.get("Authorization", "")
    if token and hmac.compare_digest(given.encode("utf-8", "replace"), f"Bearer {token}".encode()):
        return True
    if given or any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ipaddress.ip_address((request.remote or "").partition("%")[0]).is_loopback
    except ValueError:
        return False


def _of_store(seen: Vitals, now: datetime, real: float, free: int | None, allowance: Allowance) -> Iterator[Any]:
    standing = {alarm.name for alarm in alarms(seen, now, real, free, allowance)}
    shares = {c: used.both / allowance.messages for c, used in seen.used.items()}
    waits = {name: seen.queue.get(number, 0) for number, name in PRIORITIES.items()}
    due = max(real - seen.due_since, 0.0) if seen.due_since else 0.0
    labelled: Sequence[tuple[str, str, Mapping[str, float]]] = (
        ("kheo_alarm", "name", {name: float(name in standing) for name in SENTENCES}),
        ("kheo_queue_messages", "priority", waits),
        ("kheo_tick_lag_seconds", "tick", {b.name: max(real - b.at - b.every, 0.0) for b in ticks(seen)}),
        ("kheo_tick_took_seconds", "tick", {b.name: b.took for b in ticks(seen)}),
        ("kheo_messages_dead", "reason", {state: seen.dead.get(state, 0) for state in DEAD}),
        ("kheo_addresses_unreachable", "state", {s: seen.unreachable.get(s, 0) for s in ("blocked", "gone")}),
        ("kheo_quota_used_ratio", "channel", quota_used(seen)),
        ("kheo_month_used_ratio", "channel", shares),
        ("kheo_month_forecast_messages", "channel", {c: forecast(u.both, now) for c, u in seen.used.items()}),
        ("kheo_bot_people", "channel", {c: serves.people for c, serves in seen.served.items()}),
        ("kheo_bot_groups", "channel", {c: serves.groups for c, serves in seen.served.items()}),
        ("kheo_channel_paused_seconds", "channel", {c: max(t - real, 0.0) for c, (t, _) in seen.pauses.items()}),
    )
    plain: Mapping[str, float] = {
        "kheo_oldest_due_seconds": due,
        "kheo_updates_waiting": seen.updates,
        "kheo_updates_poison": seen.poison,
        "kheo_sent_hour_messages": seen.sent_hour,
        "kheo_processes": len(processes(seen, real)),
        "kheo_trace_unsealed_rows": seen.unsealed,
        "kheo_database_bytes": seen.size,
    }
    for name, label, values in labelled:
        yield from _gauge(name, {(key,): value for key, value in values.items()}, label)
    for name, value in plain.items():
        yield from _gauge(name, {(): value})
    ways: dict[tuple[str, ...], float] = {
        (c, way): float(many) for c, u in seen.used.items() for way, many in (("out", u.sent), ("in", u.received))
    }
    yield from _gauge("kheo_month_messages", ways, "channel", "way")
    if seen.backup:
        yield from _gauge("kheo_backup_age_seconds", {(): max(now.timestamp() - seen.backup, 0.0)})
    yield from _gauge("kheo_info", {(version("kheo"), seen.database): 1.0}, "version", "database")


def _gauge(name: str, values: Mapping[tuple[str, ...], float], *labels: str) -> Iterator[Any]:
    from prometheus_client.core import GaugeMetricFamily

    family = GaugeMetricFamily(name, METRICS[name], labels=labels or None)
    for key, value in values.items():
        family.add_metric(list(key), value)
    yield family


def _counter(name: str, counts: Mapping[str, float], label: str = "") -> Any:
    from prometheus_client.core import CounterMetricFamily

    family = CounterMetricFamily(name, METRICS[f"{name}_total"], labels=[label] if label else None)
    for key, count in counts.items():
        family.add_metric([key] if label else [], count)
    return family


class _Collected:
    """What was collected, in the shape in which the library takes it."""

    def __init__(self, families: Sequence[Any]) -> None:
        self._families = families

    def collect(self) -> Sequence[Any]:
        return self._families
