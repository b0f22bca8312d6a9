"""The pages of secret links as a server answers them: every refusal, the headers, what is written and what is not."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from sqlalchemy import func, select
from structlog.testing import capture_logs

from bot.errors import StoreDown
from bot.store import drafts, held, people, tables, tickets
from bot.store.tickets import FORM, PAPER, UPLOAD
from tests.databases import ready_sqlite  # noqa: F401
from tests.talk import Speaker
from tests.world import World, world

pytestmark = pytest.mark.asyncio

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
GUESS = "A" * 43


@dataclass
class Scene:
    """Lan at her scorecard, and a client without scripts or cookies."""

    here: World
    lan: Speaker
    http: aiohttp.ClientSession
    address: int = 0

    async def link(self, kind: str = UPLOAD, question: str = "e01", **more: Any) -> str:
        now, draft = self.here.app.clock.now(), None if kind == PAPER else 1
        token = await self.here.app.store.write(
            lambda tx: tickets.offer(
                tx,
                kind,
                self.address,
                now,
                **{"person_id": self.lan.person_id, "draft_id": draft, "question": question, **more},
            )
        )
        return f"{self.here.url}/t/{token}"

    async def get(self, url: str, **more: Any) -> tuple[int, str, Any]:
        async with self.http.get(url, allow_redirects=False, **more) as response:
            return response.status, await response.text(), response.headers

    async def post(self, url: str, *files: tuple[str, bytes], **fields: str) -> tuple[int, str]:
        form = aiohttp.FormData(quote_fields=False, default_to_multipart=True)
        for name, value in fields.items():
            form.add_field(name, value)
        for name, content in files:
            form.add_field("files", content, filename=name, content_type="application/pdf")
        async with self.http.post(url, data=form, allow_redirects=False) as response:
            return response.status, await response.text()

    async def counted(self, *tables_: Any) -> list[int]:
        def work(tx: Any) -> list[int]:
            return [tx.execute(select(func.count()).select_from(table)).scalar_one() for table in tables_]

        return await self.here.app.store.read(work)


@pytest_asyncio.fixture
async def scene(tmp_path: Path, ready_sqlite: Path) -> AsyncIterator[Scene]:  # noqa: F811
    async with world(tmp_path / "kheo", "telegram", ready=ready_sqlite) as here, aiohttp.ClientSession() as http:
        lan = await here.person("Lan")
        await here.exemplar("Camera an ninh")
        await lan.says("/tucham").hears("Tiêu chí 01")
        address = await here.app.store.read(
            lambda tx: tx.execute(
                select(tables.address.c.id).where(tables.address.c.person_id == lan.person_id)
            ).scalar_one()
        )
        yield Scene(here, lan, http, address)


async def test_every_page_says_that_it_is_nobodys_to_keep_frame_or_follow(scene: Scene) -> None:
    for url in (await scene.link(), await scene.link(FORM), f"{scene.here.url}/t/{GUESS}"):
        _, _, headers = await scene.get(url)
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
        assert headers["Cache-Control"] == "no-store" and headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff" and "noindex" in headers["X-Robots-Tag"]
        assert "Set-Cookie" not in headers
    status, _, headers = await scene.get(f"{scene.here.url}/t/static/links.css")
    assert status == 200 and headers["Content-Type"].startswith("text/css")


async def test_to_look_changes_nothing(scene: Scene) -> None:
    """A messenger looks at a link before anybody does."""
    urls = [await scene.link(), await scene.link(FORM), f"{await scene.link(FORM)}/review"]
    before = await scene.counted(tables.audit, tables.outbox, tables.draft_event, tables.ticket)
    for url in urls:
        for _ in range(2):
            assert (await scene.get(url))[0] in (200, 303)
            async with scene.http.head(url) as response:
                assert response.status in (200, 303)
    assert await scene.counted(tables.audit, tables.outbox, tables.draft_event, tables.ticket) == before
    status, text = await scene.post(urls[0], ("a.pdf", PDF))
    assert status == 200, text


@pytest.mark.parametrize("path", [GUESS, "x", "A" * 44, f"{GUESS}/review", f"{GUESS}/file", f"{GUESS}/other"])
async def test_what_is_no_link_is_not_found(scene: Scene, path: str) -> None:
    assert (await scene.get(f"{scene.here.url}/t/{path}"))[0] == 404


async def test_who_guesses_waits_and_the_log_says_so_without_the_secret(scene: Scene) -> None:
    good = await scene.link()
    with capture_logs() as logs:
        for _ in range(20):
            assert (await scene.get(f"{scene.here.url}/t/{GUESS}"))[0] == 404
        status, text, _ = await scene.get(f"{scene.here.url}/t/{GUESS}")
        assert status == 429 and "đợi một phút" in text
        assert (await scene.get(good))[0] == 429, "nor is a right one answered: else guessing could go on"
        elsewhere = {"X-Forwarded-For": "203.0.113.7"}
        assert (await scene.get(good, headers=elsewhere))[0] == 200, (
            "behind a proxy everybody has an address of their own"
        )
    told = [line for line in logs if "tries out" in line["event"]]
    assert len(told) == 1 and GUESS not in json.dumps(logs, default=str)


async def test_a_secret_is_never_in_the_log(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    url = await scene.link()
    token = url.rpartition("/")[2]

    def breaks(*_: Any) -> Any:
        raise RuntimeError(token)

    with capture_logs() as logs:
        await scene.get(url)
        await scene.post(url, ("x.exe", b"MZ\0\0"))
        monkeypatch.setattr("handlers.evidence.brought", breaks)
        status, text = await scene.post(url, ("a.pdf", PDF))
        assert status == 500 and "vẫn dùng được" in text
    assert token not in json.dumps([{**line, "exc_info": ""} for line in logs], default=str)
    monkeypatch.undo()
    assert (await scene.post(url, ("a.pdf", PDF)))[0] == 200, "what failed has not spent it"


async def test_a_link_ends_with_its_time(scene: Scene) -> None:
    upload, whole = await scene.link(), await scene.link(FORM)
    scene.here.app.clock.move(scene.here.app.clock.now() + timedelta(days=2, minutes=1))
    status, text, _ = await scene.get(upload)
    assert status == 410 and "/trang" in text and "07/02/2024" in text
    assert (await scene.post(upload, ("a.pdf", PDF)))[0] == 410
    assert (await scene.get(whole))[0] == 200
    scene.here.app.clock.move(scene.here.app.clock.now() + timedelta(days=5))
    assert (await scene.get(whole))[0] == 410


async def test_a_link_ends_with_its_draft(scene: Scene) -> None:
    upload, whole = await scene.link(), await scene.link(FORM)
    await scene.here.app.store.write(lambda tx: drafts.close(tx, 1, "cancelled"))
    for url in (upload, whole, f"{whole}/review"):
        status, text, _ = await scene.get(url)
        assert status == 403 and "đã hủy" in text.lower(), text
    assert (await scene.post(upload, ("a.pdf", PDF)))[0] == 403
    assert (await scene.post(whole, seen="1"))[0] == 403


async def test_a_link_ends_with_the_right_of_who_had_it(scene: Scene) -> None:
    upload, whole = await scene.link(), await scene.link(FORM)
    now = scene.here.app.clock.now()

    def ends(tx: Any) -> None:
        yesterday = now.date() - timedelta(days=1)
        tx.execute(
            tables.role.update().where(tables.role.c.person_id == scene.lan.person_id).values(valid_to=yesterday)
        )

    await scene.here.app.store.write(ends)
    for url in (upload, whole):
        assert (await scene.get(url))[0] == 403
        assert (await scene.post(url, ("a.pdf", PDF), seen="0"))[0] == 403
    assert (await scene.counted(tables.draft_event)) == [0]


async def test_a_link_ends_with_the_consent_and_with_the_erasure(scene: Scene) -> None:
    upload = await scene.link()
    await scene.lan.says("/dulieu").hears("Rút lại")
    await scene.lan.picks(next(label for label in scene.lan.last.labels if "Rút lại" in label))
    await scene.here.quiet()
    assert (await scene.get(upload))[0] == 403
    now = scene.here.app.clock.now()
    await scene.here.app.store.write(lambda tx: held.erase(tx, scene.lan.person_id, now) and None)
    assert (await scene.get(upload))[0] == 404


async def test_a_link_is_nobody_elses_who_is_reached_at_that_address_later(scene: Scene) -> None:
    upload, whole = await scene.link(), await scene.link(FORM)
    other = await scene.here.person("Mai", channel="web")
    now = scene.here.app.clock.now()
    await scene.here.app.store.write(lambda tx: people.attach(tx, scene.address, other.person_id, now))
    for url in (upload, whole):
        status, text, _ = await scene.get(url)
        assert status == 403 and "không (còn) là của" in text


async def test_each_kind_opens_only_its_own_pages(scene: Scene) -> None:
    upload, paper = await scene.link(), await scene.link(PAPER, question="1", paper="registration:1")
    assert (await scene.get(f"{upload}/review"))[0] == 404
    assert (await scene.get(f"{upload}/file"))[0] == 404
    assert (await scene.post(paper, seen="1"))[0] == 405
    assert (await scene.get(paper))[0] == 403, "a paper that there is not"


async def test_a_question_that_is_not_asked_any_more_takes_nothing(scene: Scene) -> None:
    url = await scene.link(question="e99")
    status, text, _ = await scene.get(url)
    assert status == 403 and "không còn được hỏi" in text
    assert (await scene.post(url, ("a.pdf", PDF)))[0] == 403


async def test_what_is_posted_wrongly_is_refused(scene: Scene) -> None:
    url, whole = await scene.link(), await scene.link(FORM)
    async with scene.http.post(url, data={"files": "x"}) as response:
        assert response.status == 400
    async with scene.http.post(url, json=[1]) as response:
        assert response.status == 400
    status, text = await scene.post(url, *((f"{n}.pdf", PDF) for n in range(11)))
    assert status == 413 and "tối đa 10 tệp" in text
    status, text = await scene.post(whole, has="r01", **{"q.r01": "x" * (3 * 1024 * 1024)})
    assert status == 413
    status, text = await scene.post(whole, has="r01", seen="-5", **{"q.r01": "x" * 30_000})
    assert status == 422
    assert await scene.counted(tables.draft_event) == [0]
    status, text = await scene.post(whole, has="nonsense", seen="99999999999999999999", x="-1", **{"q.nonsense": "1"})
    assert status == 303 and await scene.counted(tables.draft_event) == [0]


async def test_what_was_kept_of_a_post_that_was_not_taken_goes(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    url = await scene.link()

    async def away(*_: Any, **__: Any) -> None:
        raise StoreDown("away")

    monkeypatch.setattr(scene.here.app.conversation, "act", away)
    status, text = await scene.post(url, ("a.pdf", PDF))
    assert status == 503 and "đang bận" in text
    assert await scene.counted(tables.unwanted) == [1]
    monkeypatch.undo()
    assert (await scene.post(url, ("a.pdf", PDF)))[0] == 200


async def test_what_is_typed_is_shown_as_text(scene: Scene) -> None:
    whole = await scene.link(FORM)
    nasty = '"><script>alert(1)</script>'
    status, text = await scene.post(whole, has="r01", seen="0", **{"q.r01": nasty})
    assert status == 422 and "<script>alert" not in text and "&lt;script&gt;" in text


async def test_the_use_of_a_link_is_traced_with_who_and_what(scene: Scene) -> None:
    await scene.post(await scene.link(), ("a.pdf", PDF))
    row = await scene.here.app.store.read(
        lambda tx: tx.execute(select(tables.audit).where(tables.audit.c.action == "link.used")).one()
    )
    assert (row.person, row.channel, row.object, row.about) == (
        scene.lan.person_id,
        "telegram",
        "draft:1",
        scene.lan.unit_id,
    )
    assert row.after == {"link": UPLOAD}
