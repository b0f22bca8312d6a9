"""Every check of the doctor: sound where all is well, and what it says where something is not."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sqlite3
import time
import zoneinfo
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic import command

from bot.care import examination, inside, machine, online
from bot.care.alarms import SENTENCES
from bot.care.backup import back_up
from bot.care.doctor import Found, Patient
from bot.care.examination import examine
from bot.care.moved import set_mark
from bot.care.restore import restore
from bot.channels.zalo import examined as asked
from bot.cli import main
from bot.clock import ZONE
from bot.config import Settings, settings
from bot.rules import allowance
from bot.store.engine import Store
from bot.store.migrations import run
from bot.texts import language
from tests.care.conftest import KINDS, NewUrl, district, evidence, files, seal
from tests.databases import Postgres
from tests.devices.telegram import TOKEN, FakeTelegram
from tests.devices.zalo import SECOND_TOKEN as OTHER_TOKEN
from tests.devices.zalo import TOKEN as ZALO_TOKEN
from tests.devices.zalo import FakeZalo
from tests.world import ROOT

THEN = datetime(2024, 2, 6, 8, 1, tzinfo=ZONE)
"""A minute after the district's story, which ends on 6 February 2024 at 8:00."""
SECRET = "a-secret-of-the-doctors-tests"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, ready_sqlite: Path) -> Path:
    folder = tmp_path_factory.mktemp("told")

    async def tell() -> None:
        async with district(folder, f"sqlite:///{folder}/kheo.db", ready_sqlite) as (here, _):
            await here.quiet()
            await seal(here)

    asyncio.run(tell())
    with closing(sqlite3.connect(folder / "kheo.db", isolation_level=None)) as raw:
        raw.execute("PRAGMA journal_mode = DELETE")
        # Leases and pauses go by the real clock, the story by its own; what broke off at the end is not what is tested.
        raw.execute("UPDATE outbox SET state = 'sent' WHERE state IN ('pending', 'leased', 'sending')")
        raw.execute("DROP TRIGGER IF EXISTS audit_no_delete")
        latest = (THEN - timedelta(minutes=1)).astimezone(zoneinfo.ZoneInfo("UTC")).strftime("%Y-%m-%d %H:%M:%S.%f")
        for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            raw.execute(f'DROP TRIGGER "{name}"')
        raw.execute("UPDATE audit SET at = ? WHERE at > ?", [latest, latest])
    return folder


@pytest.fixture
def place(told: Path, tmp_path: Path) -> Path:
    """A folder of data and one of plans of one's own; all is well in them."""
    shutil.copytree(told, tmp_path / "data")
    (tmp_path / "data").chmod(0o700)
    shutil.copytree(ROOT / "plans", tmp_path / "plans")
    for other in (tmp_path / "plans").glob("*.yaml"):
        if other.stem != "van-ninh":
            other.unlink()
    return tmp_path


Examine = Callable[..., list[Found]]


@pytest.fixture
def doctor(place: Path, monkeypatch: pytest.MonkeyPatch) -> Examine:
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.validation_alias), raising=False)
    monkeypatch.chdir(place)

    def look(now: datetime = THEN, *, deep: bool = False, least_free: int = 0, **more: Any) -> list[Found]:
        own = settings(KHEO_DATA=place / "data", KHEO_PLANS=place / "plans", **more)
        return list(examine(own, now, deep=deep, least_free=least_free))

    return look


def levels(found: list[Found], source: str) -> list[str]:
    return [one.level for one in found if one.source == source]


def sources(found: list[Found], level: str) -> set[str]:
    return {one.source for one in found if one.level == level}


def do(place: Path, statement: str, *values: Any) -> None:
    with closing(sqlite3.connect(place / "data" / "kheo.db", isolation_level=None)) as raw:
        raw.execute("PRAGMA foreign_keys = OFF")
        raw.execute(statement, values)


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_nothing_is_wrong_where_all_is_well(doctor: Examine) -> None:
    found = doctor(deep=True)
    assert sources(found, "wrong") == set()
    assert sources(found, "doubtful") <= {machine.PLANS_DOUBTS, machine.NARROW}
    said = {one.source for one in found}
    assert {machine.PLANS, machine.NO_TOKEN, machine.ZONE_FINE, machine.YEARS, machine.NO_LEFT} <= said
    assert {inside.STORE, inside.CLOCK, inside.OUT, inside.IN, inside.SEALED, inside.FILES, inside.REACHED} <= said
    assert inside.SEASONS in said


@pytest.mark.parametrize("kind", KINDS)
def test_it_looks_while_the_bot_runs(place: Path, doctor: Examine, new_url: NewUrl, kind: str) -> None:
    url = f"sqlite:///{place}/data/kheo.db"
    if kind == "postgresql":
        archive = back_up(url, evidence(place / "data"), place / "b", THEN).path
        url = new_url(kind, place)
        shutil.rmtree(place / "data")
        restore(archive, url, evidence(place / "data"), THEN)
    running = Store(url, exclusive=True)
    try:
        running.run(lambda tx: None)
        found = doctor(deep=True, DATABASE_URL=url)
    finally:
        running.close()
    assert sources(found, "wrong") == set()
    assert {inside.STORE, inside.FILES, inside.SEASONS} <= sources(found, "sound")


# -- the machine -----------------------------------------------------------------------------------------------------


def test_settings_that_cannot_be_used(place: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.chdir(place)
    monkeypatch.setenv("KHEO_PORT", "seventy")
    monkeypatch.setenv("TELEGRAM_TOKEN", "no token")
    with pytest.raises(SystemExit) as ended:
        main(["doctor"])
    said = capsys.readouterr().out
    assert ended.value.code == 1
    assert said.count("✗") >= 2 and "KHEO_PORT" in said and "TELEGRAM_TOKEN" in said
    assert "Kế hoạch" in said and "Cơ sở dữ liệu" in said, "the others are looked at all the same"


def test_where_the_database_is_cannot_be_known(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any, doctor: Examine
) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://root@localhost/kheo")
    monkeypatch.setenv("KHEO_PLANS", str(place / "plans"))
    with pytest.raises(SystemExit) as ended:
        main(["doctor"])
    said = capsys.readouterr().out
    assert ended.value.code == 1 and language("vi").say(examination.UNKNOWN) in said
    assert "chưa có" not in said.partition("Cơ sở dữ liệu")[2].partition("\n")[0]


def test_a_webhook_without_its_secret_hides_nothing_else(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any, doctor: Examine
) -> None:
    monkeypatch.setenv("TELEGRAM_WEBHOOK_URL", "https://kheo.example.vn/telegram")
    monkeypatch.setenv("KHEO_DATA", str(place / "data"))
    monkeypatch.setenv("KHEO_PLANS", str(place / "plans"))
    with pytest.raises(SystemExit):
        main(["doctor"])
    said = capsys.readouterr().out
    assert "TELEGRAM_WEBHOOK_SECRET" in said and "Đợt" in said
    (place / ".env").write_bytes("KHEO_DATA=Vạn".encode("utf-16"))
    with pytest.raises(SystemExit) as ended:
        main(["doctor"])
    assert ended.value.code == 1 and "UTF-8" in capsys.readouterr().out


def test_a_disk_of_another_machine(place: Path, doctor: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = place / "mounts"
    mounts.write_text(
        "/dev/sda / ext4 rw 0 0\n"
        f"nas:/x {place}/data nfs4 rw 0 0\n"
        f"/dev/sdb {place}/other\\040one xfs rw 0 0\n"
        f"nas:/z {place}/hidden nfs4 rw 0 0\n/dev/sdc {place}/hidden xfs rw 0 0\n"
    )
    for folder, kind in (("data", "nfs4"), ("data/evidence", "nfs4"), ("other one/x", "xfs"), ("hidden", "xfs")):
        assert machine.kind_of_disk(place / folder, mounts) == kind
    assert machine.kind_of_disk(place, mounts) == "ext4"
    assert machine.kind_of_disk(place, place / "none") == ""
    assert not sources(doctor(), "wrong")
    monkeypatch.setattr(machine, "kind_of_disk", lambda folder: "nfs4")
    assert levels(doctor(), machine.NETWORK) == ["wrong"]
    assert levels(doctor(DATABASE_URL="postgresql://nobody@127.0.0.1:1/none"), machine.SHARED) == ["sound"]


def test_an_office_that_has_moved_away(place: Path, doctor: Examine) -> None:
    set_mark(f"sqlite:///{place}/data/kheo.db", "postgresql://kheo@db/kheo", THEN)
    assert levels(doctor(), machine.MOVED) == ["wrong"]


def test_what_the_running_program_says_of_itself(place: Path, doctor: Examine) -> None:
    assert levels(doctor(), SENTENCES["ticks_stopped"][0]) == []
    do(place, "INSERT INTO beat (name, at, took, every, owner) VALUES ('scan', ?, 0.1, 30, 'x')", time.time() - 400)
    assert levels(doctor(), SENTENCES["ticks_stopped"][0]) == ["doubtful"]


def test_the_tables_of_the_shared_ticks(postgres_url: str, doctor: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    assert levels(doctor(DATABASE_URL=postgres_url), inside.NO_ENGINE) == ["doubtful"]
    with psycopg.connect(postgres_url, autocommit=True) as raw:
        raw.execute("CREATE SCHEMA kheo_engine")
    assert levels(doctor(DATABASE_URL=postgres_url), inside.ENGINE) == ["sound"]
    monkeypatch.setattr(inside.health, "engine", lambda tx, schema: (False, False))
    assert levels(doctor(DATABASE_URL=postgres_url), inside.MAY_NOT) == ["wrong"]


def test_a_plan_that_does_not_load(place: Path, doctor: Examine) -> None:
    assert levels(doctor(), machine.PLANS_DOUBTS) == ["doubtful"]
    edit(place / "plans" / "van-ninh.yaml", "before: 02-15", "before: 02-35")
    assert "wrong" in levels(doctor(), machine.PLAN_BAD)
    shutil.rmtree(place / "plans")
    assert levels(doctor(), machine.NO_PLANS) == ["wrong"]


def test_the_form_of_the_token_and_of_the_webhook(doctor: Examine) -> None:
    base = {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_WEBHOOK_SECRET": SECRET}
    assert machine.POLLING in sources(doctor(**base), "sound")
    good = doctor(**base, TELEGRAM_WEBHOOK_URL="https://kheo.example.vn/telegram")
    assert machine.WEBHOOK in sources(good, "sound")
    plain = doctor(**base, TELEGRAM_WEBHOOK_URL="http://kheo.example.vn/telegram")
    assert levels(plain, machine.NO_HTTPS) == ["wrong"]
    port = doctor(**base, TELEGRAM_WEBHOOK_URL="https://kheo.example.vn:8081/telegram")
    assert levels(port, machine.BAD_PORT) == ["wrong"]
    weak = doctor(
        TELEGRAM_TOKEN=TOKEN,
        TELEGRAM_WEBHOOK_SECRET="a" * 20,
        TELEGRAM_WEBHOOK_URL="https://kheo.example.vn/telegram",
    )
    assert levels(weak, machine.WEAK) == ["doubtful"] and machine.WEBHOOK not in sources(weak, "sound")


def test_the_form_of_zalo_s_tokens_and_webhook(doctor: Examine) -> None:
    assert machine.NO_ZALO in sources(doctor(), "sound")
    base = {"ZALO_TOKEN": ZALO_TOKEN, "ZALO_WEBHOOK_SECRET": SECRET, "KHEO_PUBLIC_URL": "https://kheo.example.vn"}
    polling = doctor(**base)
    assert machine.ZALO in sources(polling, "sound")
    assert levels(polling, machine.ZALO_POLLING) == ["doubtful"]
    good = doctor(**base, ZALO_WEBHOOK_URL="https://kheo.example.vn/zalo")
    assert machine.ZALO_WEBHOOK in sources(good, "sound")
    plain = doctor(**base, ZALO_WEBHOOK_URL="http://kheo.example.vn/zalo")
    assert levels(plain, machine.ZALO_NO_HTTPS) == ["wrong"] and machine.ZALO_WEBHOOK not in sources(plain, "sound")
    weak = doctor(
        **base | {"ZALO_WEBHOOK_SECRET": "a" * 20, "KHEO_PUBLIC_URL": ""},
        ZALO_WEBHOOK_URL="https://kheo.example.vn/zalo",
    )
    assert levels(weak, machine.ZALO_WEAK) == ["doubtful"] and machine.ZALO_WEBHOOK not in sources(weak, "sound")
    assert levels(weak, machine.ZALO_NO_PAGES) == ["doubtful"]


@pytest.fixture
def wrong_zone(tmp_path: Path) -> Iterator[None]:
    """A machine on which Vietnam lies in London's winter."""
    there = tmp_path / "zones" / "Asia" / "Ho_Chi_Minh"
    there.parent.mkdir(parents=True)
    import tzdata

    shutil.copy(Path(next(iter(tzdata.__path__))) / "zoneinfo" / "UTC", there)
    zoneinfo.reset_tzpath(to=[str(tmp_path / "zones")])
    yield
    zoneinfo.reset_tzpath()


@pytest.mark.usefixtures("wrong_zone")
def test_a_machine_with_wrong_time_zones(doctor: Examine) -> None:
    assert levels(doctor(), machine.ZONE_BAD) == ["wrong"]


def test_a_clock_that_was_set_back(doctor: Examine) -> None:
    assert levels(doctor(THEN - timedelta(days=2)), inside.JUMP) == ["wrong"]


def test_calendars_that_are_missing_predicted_or_wrong(place: Path, doctor: Examine) -> None:
    years = place / "plans" / "calendars"
    edit(years / "2024.yaml", "\nstatus: official", "\nstatus: predicted")
    assert levels(doctor(), machine.PREDICTED) == ["doubtful"]
    (years / "2025.yaml").unlink()
    assert levels(doctor(), machine.NO_NEXT) == ["doubtful"]
    (years / "2024.yaml").unlink()
    assert levels(doctor(), machine.NO_YEAR) == ["wrong"]
    (years / "2026.yaml").write_text("year: twenty\n", encoding="utf-8")
    assert "wrong" in levels(doctor(), machine.YEARS_BAD)


def test_next_years_prediction_is_fine_until_december(place: Path, doctor: Examine) -> None:
    edit(place / "plans" / "calendars" / "2025.yaml", "\nstatus: official", "\nstatus: predicted")
    assert levels(doctor(), machine.PREDICTED) == []
    assert levels(doctor(datetime(2024, 12, 2, 9, 0, tzinfo=ZONE)), machine.PREDICTED) == ["doubtful"]


def test_a_disk_that_is_full_narrow_or_closed(place: Path, doctor: Examine) -> None:
    assert levels(doctor(least_free=10**18), machine.FULL) == ["wrong"]
    (place / "data").chmod(0o750)
    assert levels(doctor(), machine.OPEN) == ["doubtful"]
    (place / "data").chmod(0o700)
    own = settings(KHEO_DATA=place / "data", KHEO_PLANS=place / "plans")
    (found,) = machine.disk(Patient(own, THEN, least_free=0, ample=10**18))
    assert (found.level, found.source) == ("doubtful", machine.NARROW)
    (place / "file").write_text("")
    (found,) = machine.disk(Patient(settings(KHEO_DATA=place / "file" / "data"), THEN))
    assert (found.level, found.source) == ("wrong", machine.NOT_WRITABLE)


def test_what_was_left_behind_and_what_was_put_aside(place: Path, doctor: Examine) -> None:
    data = place / "data"
    young = data / "evidence" / ".incoming-abc"
    young.write_text("half")
    os.utime(young, (THEN.timestamp() - 60,) * 2)
    assert levels(doctor(), machine.LEFT) == []
    for left in (young, data / "kheo.db.restoring"):
        left.write_text("half")
        os.utime(left, (THEN.timestamp() - 7200,) * 2)
    (data / "backups" / ".kheo-backup-x").mkdir(parents=True)
    os.utime(data / "backups" / ".kheo-backup-x", (THEN.timestamp() - 7200,) * 2)
    (found,) = [one for one in doctor() if one.source == machine.LEFT]
    assert found.values["count"] == 3
    shutil.copytree(data / "evidence", data / "evidence.replaced-20240101-000000")
    assert levels(doctor(), machine.ASIDE) == ["doubtful"]


# -- the database ----------------------------------------------------------------------------------------------------


def test_a_damaged_file(place: Path, doctor: Examine) -> None:
    path = place / "data" / "kheo.db"
    data = bytearray(path.read_bytes())
    data[8192:40960] = b"\xa5" * (40960 - 8192)
    path.write_bytes(data)
    found = doctor()
    assert levels(found, inside.FAULT) or levels(found, examination.DAMAGED)
    assert "wrong" in levels(found, inside.FAULT) + levels(found, examination.DAMAGED)
    path.write_bytes(b"this is no database at all" * 1000)
    assert levels(doctor(), examination.DAMAGED) == ["wrong"]


def test_a_row_that_points_to_nothing(place: Path, doctor: Examine) -> None:
    do(place, "UPDATE exemplar SET unit_id = 999999")
    assert "wrong" in levels(doctor(), inside.FAULT)


def test_no_database_yet_and_none_is_made_by_looking(place: Path, doctor: Examine) -> None:
    shutil.rmtree(place / "data")
    assert levels(doctor(), examination.NONE) == ["doubtful"]
    assert not (place / "data").exists()


def test_tables_of_an_earlier_or_a_newer_program(place: Path, doctor: Examine) -> None:
    do(place, "UPDATE alembic_version SET version_num = 'f00dfeed0001'")
    assert levels(doctor(), inside.NEWER) == ["wrong"]
    (place / "data" / "kheo.db").unlink()
    store = Store(f"sqlite:///{place}/data/kheo.db")
    store.run(lambda tx: command.upgrade(run.config(tx), "e9419a5d3750"))
    store.close()
    found = doctor()
    assert levels(found, inside.BEHIND) == ["doubtful"] and inside.OUT not in {one.source for one in found}


def test_a_server_that_is_away_or_unfit(doctor: Examine, postgres: Postgres, place: Path) -> None:
    started = time.monotonic()
    found = doctor(DATABASE_URL="postgresql://nobody@127.0.0.1:1/kheo")
    assert levels(found, examination.AWAY) == ["wrong"] and machine.PLANS in sources(found, "sound")
    assert time.monotonic() - started < 20
    assert levels(list(inside.server(120004, "UTF8")), inside.OLD_SERVER) == ["wrong"]
    assert levels(list(inside.server(160001, "SQL_ASCII")), inside.ENCODING) == ["wrong"]
    assert list(inside.server(160001, "UTF8")) == []
    url = postgres.create()
    store = Store(url)
    store.migrate()
    store.close()
    with psycopg.connect(url) as server:
        server.execute("ALTER TABLE role DROP CONSTRAINT fk_role_person_id_person")
        server.execute(
            "ALTER TABLE role ADD CONSTRAINT fk_role_person_id_person FOREIGN KEY (person_id) REFERENCES person NOT VALID"
        )
    found = doctor(DATABASE_URL=url)
    postgres.drop(url)
    assert levels(found, inside.FAULT) == ["wrong"]
    assert levels(found, inside.NO_SEASONS) == ["doubtful"]


def test_messages_that_were_given_up_or_do_not_go(place: Path, doctor: Examine) -> None:
    do(place, "UPDATE outbox SET state = 'failed' WHERE id = 1")
    assert levels(doctor(), inside.DEAD) == ["doubtful"]
    do(place, "UPDATE outbox SET state = 'pending', not_before = ? WHERE id = 2", THEN.timestamp() - 600)
    assert levels(doctor(), inside.STUCK) == []
    do(place, "UPDATE outbox SET not_before = ? WHERE id = 2", THEN.timestamp() - 1200)
    assert levels(doctor(), inside.STUCK) == ["doubtful"]


def test_messages_that_came_in_and_were_not_answered(place: Path, doctor: Examine) -> None:
    do(place, "UPDATE inbox SET state = 'poison' WHERE id = 1")
    assert levels(doctor(), inside.POISON) == ["doubtful"]
    do(place, "UPDATE inbox SET state = 'new', received_at = '2024-02-06 00:58:00.000000' WHERE id = 2")
    assert levels(doctor(), inside.UNHEARD) == []
    do(place, "UPDATE inbox SET received_at = '2024-02-06 00:50:00.000000' WHERE id = 2")
    assert levels(doctor(), inside.UNHEARD) == ["doubtful"]


def test_a_trace_that_is_not_sealed_for_hours(place: Path, doctor: Examine) -> None:
    do(place, "DELETE FROM audit_seal")
    assert levels(doctor(THEN + timedelta(hours=3)), inside.UNSEALED) == ["doubtful"]


def test_evidence_that_is_missing_damaged_or_named_by_nothing(place: Path, doctor: Examine) -> None:
    root = place / "data" / "evidence"
    first, second = (root / name[:2] / name for name in files(place / "data"))
    second.write_bytes(b"another photo")
    assert levels(doctor(), inside.DAMAGED) == [] and inside.UNREAD in sources(doctor(), "sound")
    assert levels(doctor(deep=True), inside.DAMAGED) == ["wrong"]
    first.unlink()
    (found,) = [one for one in doctor() if one.source == inside.MISSING]
    assert (found.level, found.values["names"]) == ("wrong", first.name)
    orphan = root / "ab" / ("ab" * 32)
    orphan.parent.mkdir(exist_ok=True)
    orphan.write_bytes(b"x")
    os.utime(orphan, (THEN.timestamp() - 60,) * 2)
    assert levels(doctor(), inside.ORPHANS) == [], "it has just come, and is named in a moment"
    os.utime(orphan, (THEN.timestamp() - 7200,) * 2)
    assert levels(doctor(), inside.ORPHANS) == ["doubtful"]
    do(place, "INSERT INTO unwanted (sha256, at) VALUES (?, '2024-02-06 00:00:00.000000')", orphan.name)
    assert levels(doctor(), inside.ORPHANS) == [], "it is on its way out"


def test_people_and_groups_out_of_reach(place: Path, doctor: Examine) -> None:
    do(place, "UPDATE address SET state = 'blocked' WHERE id = 1")
    (found,) = [one for one in doctor() if one.source == inside.UNREACHED]
    assert (found.level, found.values) == ("doubtful", {"people": 1, "groups": 0})
    do(
        place,
        "INSERT INTO address (channel, chat, thread, private, unit_id, name, language, state, tries, focus, created_at) "
        "VALUES ('telegram', '-7', '', 0, 1, '', 'vi', 'gone', 0, '{}', '2024-01-01 00:00:00.000000')",
    )
    (found,) = [one for one in doctor() if one.source == inside.UNREACHED]
    assert found.values == {"people": 1, "groups": 1}


def test_seasons_whose_plan_has_moved_on_or_is_gone(place: Path, doctor: Examine) -> None:
    file = place / "plans" / "van-ninh.yaml"
    edit(file, "before: 02-15", "before: 02-20")
    assert levels(doctor(), inside.DIFFERS) == ["doubtful"]
    file.rename(place / "plans" / "van-ninh.txt")
    assert levels(doctor(), inside.NO_FILE) == ["doubtful"]


# -- Telegram itself -------------------------------------------------------------------------------------------------


async def test_telegram_is_asked_about_the_token(place: Path) -> None:
    async with FakeTelegram() as fake:
        base = {"KHEO_DATA": place / "data", "TELEGRAM_API_BASE": fake.base}
        good = await online.ask(settings(**base, TELEGRAM_TOKEN=TOKEN), THEN)
        assert [one.level for one in good] == ["sound"] and good[0].source == online.KNOWN
        other = TOKEN.replace("the_token", "some_other")
        bad = await online.ask(settings(**base, TELEGRAM_TOKEN=other), THEN)
        assert [(one.level, one.source) for one in bad] == [("wrong", online.REFUSED)]
    (away,) = await online.ask(settings(**base, TELEGRAM_TOKEN=TOKEN), THEN)
    assert (away.level, away.source) == ("wrong", online.AWAY)
    assert TOKEN not in str(away.values)
    assert await online.ask(settings(**base, TELEGRAM_TOKEN=""), THEN) == []


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ({"url": "https://a.vn/telegram", "pending_update_count": 3}, set()),
        ({"url": "https://b.vn/telegram"}, {online.ELSEWHERE}),
        ({"url": "https://a.vn/telegram", "pending_update_count": 101}, {online.MANY_WAIT}),
        ({"url": "https://a.vn/telegram", "last_error_date": THEN.timestamp() - 60}, {online.ERRORS}),
        ({"url": "https://a.vn/telegram", "last_error_date": THEN.timestamp() - 7200}, set()),
    ],
)
def test_what_telegram_says_of_its_deliveries(told: dict[str, Any], found: set[str]) -> None:
    own = settings(TELEGRAM_TOKEN=TOKEN, TELEGRAM_WEBHOOK_URL="https://a.vn/telegram", TELEGRAM_WEBHOOK_SECRET=SECRET)
    whole_numbers = {name: int(value) if isinstance(value, float) else value for name, value in told.items()}
    assert {one.source for one in online._deliveries(own, whole_numbers, THEN)} == found


def test_whether_the_bots_at_zalo_are_enough_is_told_before_anybody_is_disappointed(doctor: Examine) -> None:
    assert "Zalo" not in " ".join(one.source for one in doctor() if one.source in allowance.SENTENCES.values())
    one = doctor(ZALO_TOKEN=ZALO_TOKEN)
    assert levels(one, allowance.ONE_BOT) == ["sound"], "a district of thirteen communes"
    (few,) = [found for found in doctor(ZALO_TOKEN=ZALO_TOKEN, ZALO_PEOPLE=1) if found.remedy == inside.HOW_TO_GET_BY]
    assert few.source == allowance.FEW_ALONE and few.level == "doubtful"
    enough = doctor(ZALO_TOKEN=f"{ZALO_TOKEN},{OTHER_TOKEN}", ZALO_PEOPLE=max(few.values["people"] // 2 + 1, 1))
    assert levels(enough, allowance.FEW_ALONE) in (["sound"], [])


def test_everything_that_the_doctor_can_find_is_found_here() -> None:
    """Whatever has a remedy stands in a test of this file as what was found."""
    here = Path(__file__).read_text(encoding="utf-8")
    modules = (machine, inside, examination, online)
    can = {f"{m.__name__.rpartition('.')[2]}.{name[:-3]}" for m in modules for name in vars(m) if name.endswith("_DO")}
    assert len(can) > 30
    assert sorted(name for name in can if not re.search(rf"{name}\b", here)) == []


def test_every_doubt_has_its_remedy(place: Path, doctor: Examine) -> None:
    do(place, "UPDATE outbox SET state = 'failed'")
    for one in doctor():
        assert bool(one.remedy) == (one.level != "sound")


def test_the_command_ends_with_one_when_something_is_wrong(
    place: Path, doctor: Examine, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setenv("KHEO_DATA", str(place / "data"))
    monkeypatch.setenv("KHEO_PLANS", str(place / "plans"))

    def kheo(*words: str) -> tuple[Any, str]:
        with pytest.raises(SystemExit) as ended:
            main(list(words))
        said = capsys.readouterr()
        return ended.value.code, said.out + said.err

    code, said = kheo("doctor")
    assert (code, said.count("✗")) == (0, 0), said
    for file in files(place / "data"):
        (place / "data" / "evidence" / file[:2] / file).unlink()
    code, said = kheo("doctor", "--deep")
    assert code == 1 and "✗" in said and "    → " in said


# -- Zalo itself -----------------------------------------------------------------------------------------------------


async def test_zalo_is_asked_about_each_token_and_webhook() -> None:
    def told(found: list[Found]) -> list[tuple[str, str]]:
        return [(one.level, one.source) for one in found]

    async with FakeZalo() as fake:
        second = fake.beside()
        base = {"ZALO_API_BASE": fake.url, "ZALO_TOKEN": f"{fake.token},{second.token}"}
        here = base | {"ZALO_WEBHOOK_URL": "https://kheo.example.vn/zalo", "ZALO_WEBHOOK_SECRET": SECRET}
        assert told(await asked.ask(settings(**base))) == [("sound", asked.KNOWN)] * 2
        fake.webhook = {"url": f"https://kheo.example.vn/zalo/{fake.bot_id}", "secret_token": SECRET}
        fake.outcome, fake.pings_on_set, second.can_join_groups = "err.tls", False, False
        found = await asked.ask(settings(**here))
        assert told(found) == [
            ("sound", asked.KNOWN),
            ("wrong", asked.NOT_REACHED),
            ("sound", asked.KNOWN),
            ("doubtful", asked.NO_GROUPS),
            ("doubtful", asked.ELSEWHERE),
        ]
        assert "certificate" in found[1].remedy
        fake.outcome = "webhook.ok"
        assert told(await asked.ask(settings(**here)))[1] == ("sound", asked.REACHED)
        fake.daily_tests = 0
        assert told(await asked.ask(settings(**here)))[1] == ("sound", asked.KNOWN), (
            "that may be asked some times a day"
        )
        other = settings(**base | {"ZALO_TOKEN": fake.token.replace("the_token", "some_other")})
        assert told(await asked.ask(other)) == [("wrong", asked.REFUSED)]
    away = await asked.ask(settings(**base))
    assert told(away) == [("wrong", asked.AWAY)] * 2
    assert not [one for one in (*found, *away) if fake.token.partition(":")[2] in str(one.values)]
    assert await asked.ask(settings()) == []
