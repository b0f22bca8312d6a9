"""The command `kheo`: its life from start to SIGTERM, what it refuses, and the commands beside a running bot."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import shutil
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import structlog

from bot.cli import main
from bot.config import Settings, settings
from bot.logs import write_logs
from tests.devices.browser import Browser
from tests.devices.telegram import TOKEN, FakeTelegram, TelegramPhone
from tests.talk import Speaker

ROOT = Path(__file__).resolve().parent.parent
PLAN = ROOT / "plans" / "van-ninh.yaml"
WITHIN = 6.0
"""Seconds from SIGTERM to the end."""
CODE = re.compile(r"\b[A-HJ-NP-Z2-9]{8}\b")


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.validation_alias), raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KHEO_DATA", str(tmp_path / "kheo"))
    monkeypatch.setenv("KHEO_PORT", str(free_port()))
    handlers, level = logging.getLogger().handlers[:], logging.getLogger().level
    yield
    logging.getLogger().handlers[:], logging.getLogger().level = handlers, level
    logging.captureWarnings(False)
    structlog.reset_defaults()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Life:
    """A `kheo` process."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self._log = log
        self.url = f"http://127.0.0.1:{os.environ['KHEO_PORT']}"

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8")

    async def says(self, words: str) -> None:
        for _ in range(1500):
            if words in self.log:
                return
            if self._process.returncode is not None:
                break
            await asyncio.sleep(0.02)
        raise AssertionError(f"{words!r} was not said:\n{self.log}")

    async def ends(self) -> float:
        """SIGTERM; how long it took (seconds), with exit code 0."""
        began = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(self._process.wait(), 30) == 0, self.log
        return time.monotonic() - began


@asynccontextmanager
async def kheo(*arguments: str, **given: str) -> AsyncIterator[Life]:
    log = Path.cwd() / "log"
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", *arguments),
            env={**os.environ, "PYTHONPATH": str(ROOT), **given},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
    try:
        yield Life(process, log)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def run(*arguments: str) -> int:
    """The command in this process; its exit code."""
    with pytest.raises(SystemExit) as end:
        main(arguments)
    return int(end.value.code or 0)


async def test_a_season_opened_beside_a_running_bot(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """No token, no season, nobody known; all of that comes while it runs, from the command line."""
    plans = tmp_path / "plans"
    shutil.copytree(PLAN.parent, plans)
    lasting = PLAN.read_text(encoding="utf-8").replace(", valid_to: 2025-06-30}", "}")
    (plans / PLAN.name).write_text(lasting, encoding="utf-8")  # units that have ended begin nothing any more
    monkeypatch.setenv("KHEO_PLANS", str(plans))
    async with kheo("run") as life:
        await life.says("Khéo đã sẵn sàng")

        assert await asyncio.to_thread(run, "people", "add", "Lan", "--unit", "xã Vạn Hưng") == 1
        assert "kheo season open PLAN YEAR" in capsys.readouterr().err
        assert await asyncio.to_thread(run, "season", "open", "van-ninh", "2024") == 0
        assert "thêm 14 đơn vị" in capsys.readouterr().out
        assert await asyncio.to_thread(run, "season", "open", "van-ninh", "2024") == 0
        assert "đã mở từ trước" in capsys.readouterr().out.lower()
        assert await asyncio.to_thread(run, "people", "add", "Lan", "--unit", "xã Vạn Hưng") == 0
        told = capsys.readouterr().out
        found = CODE.search(told)
        assert found, told
        assert f"{life.url}/chat/start?code={found[0]}" in told
        assert await asyncio.to_thread(run, "group", "link", "--unit", "van-ninh") == 0
        assert "/lienket" in capsys.readouterr().out

        assert await asyncio.to_thread(run, "run") == 1
        assert "is already in use by another Khéo process" in capsys.readouterr().err

        lan = Speaker("Lan", Browser(life.url, name="Lan"))
        try:
            await lan.opens(found[0]).hears("Lan – xã Vạn Hưng", "Tôi đồng ý")
            await lan.picks("Tôi đồng ý").hears("Đã ghi nhận")
            await lan.says("/dangky").hears("tập thể hay cá nhân")
            assert await life.ends() < WITHIN  # with her page open
        finally:
            await lan.device.close()
    assert "Traceback" not in life.log
    assert TOKEN not in life.log


async def test_it_ends_although_telegram_cannot_be_reached() -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    given = {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API_BASE": nowhere, "KHEO_PROXY": "http://user:quamatkhau@127.0.0.1:9"}
    async with kheo("run", **given) as life:
        await life.says("Telegram cannot be reached")
        assert await life.ends() < WITHIN
    assert "Traceback" not in life.log
    for secret in (TOKEN, TOKEN.partition(":")[2], "quamatkhau"):
        assert secret not in life.log


async def test_it_ends_while_a_long_poll_is_open_and_keeps_what_was_said() -> None:
    async with FakeTelegram() as fake:
        hung = Speaker("Hùng", TelegramPhone(fake, 7, "Hùng"))
        given = {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API_BASE": fake.base}
        async with kheo("run", **given) as life:
            await life.says("Khéo đã sẵn sàng")
            await hung.opens().hears("máy trả lời tự động")
            fake.fail("sendMessage", 401, times=1)
            await hung.says("xin chào")
            await asyncio.sleep(0.3)
            assert await life.ends() < WITHIN
        assert "Traceback" not in life.log
        assert TOKEN.partition(":")[2] not in life.log


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"DATABASE_URL": "mysql://x"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql://nobody:quamatkhau@127.0.0.1:1/none"}, "DATABASE_URL"),
        ({"KHEO_PORT": "abc"}, "KHEO_PORT"),
        ({"TELEGRAM_TOKEN": "abc"}, "TELEGRAM_TOKEN"),
        ({"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_WEBHOOK_URL": "https://x.vn/"}, "TELEGRAM_WEBHOOK_URL"),
        ({"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_WEBHOOK_URL": "https://x.vn/tg"}, "TELEGRAM_WEBHOOK_SECRET"),
        ({"KHEO_PROXY": "abc"}, "KHEO_PROXY"),
        ({"KHEO_PUBLIC_URL": "abc"}, "KHEO_PUBLIC_URL"),
        ({"KHEO_DATA": "/proc"}, "KHEO_DATA"),
        ({"KHEO_DATA": "/dev/null/kheo"}, "KHEO_DATA"),
        ({"KHEO_PLANS": "/nowhere"}, "KHEO_PLANS"),
        ({"KHEO_HOST": "203.0.113.7"}, "KHEO_HOST"),
    ],
    ids=lambda value: ",".join(value.values()) if isinstance(value, dict) else "",
)
def test_a_wrong_setting_ends_the_start(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], given: dict[str, str], named: str
) -> None:
    monkeypatch.setattr("bot.store.postgres.PATIENCE", 0.2)
    monkeypatch.setattr("bot.app.START_SECONDS", 0.2)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert run("run") == 1
    told = capsys.readouterr().err
    assert named in told
    assert "Traceback" not in told
    assert "quamatkhau" not in told


def test_a_port_that_is_taken(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv("KHEO_PORT", str(taken.getsockname()[1]))
        assert run("run") == 1
    assert "KHEO_PORT" in capsys.readouterr().err


def test_a_plan_is_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("plan", "check", str(PLAN)) == 0
    broken = tmp_path / "broken.yaml"
    broken.write_text(PLAN.read_text(encoding="utf-8").replace("recurrence: annual", "recurrence: sometimes"), "utf-8")
    line = PLAN.read_text(encoding="utf-8").splitlines().index("recurrence: annual") + 1
    capsys.readouterr()
    assert run("plan", "check", str(broken)) == 1
    told = capsys.readouterr().out
    assert f"{broken}:{line}" in told
    assert run("plan", "check", str(tmp_path / "missing.yaml")) == 1


def test_bad_words_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("season", "open", "khanh-hoa", "2024") == 1
    assert "van-ninh" in capsys.readouterr().err
    assert run("season", "open", "van-ninh", "1999") == 1
    assert run("season", "open", "van-ninh", "2024") == 0
    assert run("people", "add", "Lan", "--unit", "xã Không Có") == 1
    assert "xã Vạn Hưng" in capsys.readouterr().err
    assert run("people", "add", "  ", "--unit", "xã Vạn Hưng") == 1
    assert run("people", "add", "La\udcffn", "--unit", "xã Vạn Hưng") == 0
    assert run() == 2


async def test_play_is_driven_through_a_pipe() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "play", str(PLAN), "--on", "2024-02-05T09:00"),
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said = "/dangky\n1\nCamera an ninh thôn Xuân Tự\n\udcff\n".encode("utf-8", "surrogateescape")
    out, err = await asyncio.wait_for(process.communicate(said), 60)
    assert process.returncode == 0, err.decode()
    told = out.decode()
    assert told.index("tập thể hay cá nhân") < told.index("tên điển hình") < told.index("cá nhân nào thực hiện")
    assert "Traceback" not in err.decode()


def test_no_secret_reaches_the_log(capfd: pytest.CaptureFixture[str]) -> None:
    zalo, second = "41800000017:mot.khoa~bi=mat", "41800000029:khoa+thu.hai"
    own = settings(
        TELEGRAM_TOKEN=TOKEN,
        DATABASE_URL="postgresql://kheo:mat%40khau-rieng@db/kheo",
        TELEGRAM_WEBHOOK_URL="https://dvk.example.vn/telegram",
        TELEGRAM_WEBHOOK_SECRET="bi-mat-cua-webhook",
        ZALO_TOKEN=f"{zalo},{second}",
    )
    write_logs(own)
    other = "987654321:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"
    ours, theirs = structlog.get_logger(), logging.getLogger("aiogram.event")
    ours.error("a call", url=f"https://api.telegram.org/bot{TOKEN}/getMe", nested={"deep": [TOKEN, zalo]})
    theirs.warning("connecting to %s", f"postgresql://kheo:mat%40khau-rieng@db and {TOKEN} and {second}")
    try:
        raise OSError(f"cannot reach https://api.telegram.org/bot{other}/getMe with bi-mat-cua-webhook mat@khau-rieng")
    except OSError:
        ours.exception("it broke")
        logging.getLogger("asyncio").exception("Task exception was never retrieved")
    told = capfd.readouterr().err
    assert told.count("***") >= 6
    assert len(told.splitlines()) == 4, "one record is one line"
    for secret in (TOKEN, other, TOKEN.partition(":")[2], "rieng", "bi-mat-cua-webhook", "khoa~bi", "khoa+thu"):
        assert secret not in told
