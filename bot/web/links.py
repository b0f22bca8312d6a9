"""The pages of secret links: files for one question, a whole form, a paper to be downloaded."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

import structlog
from aiohttp import BodyPartReader, web
from jinja2 import Environment, FileSystemLoader

from bot.chat import File, Keeper, Reply
from bot.clock import ZONE, Clock
from bot.errors import NotAllowed, StoreDown
from bot.forms.sheet import Filled, Sheet, Summed, Wanted
from bot.outbox import Maker
from bot.plan.questions import NOT_APPLICABLE
from bot.posted import CHUNK_BYTES, cleaned, kept
from bot.store import audit, outbox, people, tickets, unwanted
from bot.store.engine import Store, Tx
from bot.store.tickets import FORM, PAPER, UPLOAD, Ticket
from bot.texts import DEFAULT, Language, language, mark
from bot.turn import Turn
from bot.vietnamese import fold
from bot.web.guesses import Guesses

log = structlog.get_logger()
T = TypeVar("T")

HERE = Path(__file__).resolve().parent
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
MOST_FILES = 10  # in one post, as in the web chat; deploy/nginx.conf lets as much through
MOST_TEXT = 2 * 1024 * 1024  # bytes of all that is typed on a page
MAKING_SECONDS = 60.0  # for a paper
OTHER = "application/octet-stream"

UNKNOWN = mark("There is no such link. Please open it from the chat once more, whole, or ask for a new one there.")
EXPIRED = mark(
    "This link was good until {until}. Please ask for a new one in the chat: type /trang, or ask again for it."
)
USED = mark("Files were received by this link at {at}. It serves once; for more files, type /trang in the chat.")
NOT_YOURS = mark("This link is not open to you (any more). Please ask for a new one in the chat.")
TOO_OFTEN = mark("Too many wrong links came from your network. Please wait a minute, then open the link once more.")
NO_PAPER = mark("This file is not here (any more), or no longer open to you. Please ask for it again in the chat.")
AWAY = mark("Nothing was stored, because the program is busy. Please try again in a minute; the link stays good.")
BROKEN = mark("Something went wrong on our side and nothing was stored; the link stays good. Please try once more.")
TOO_MUCH = mark("That was too much at once, and nothing was stored. Each file may have at most {limit} MB.")
TOO_MANY = mark("At most {most} files at once; nothing was stored. Please send them in several turns.")
NO_FILE = mark("No file was chosen. Please choose one or several, then press the button.")
CHANGED = mark(
    "The answers have changed since that summary was shown, so nothing was handed in. Please look once more."
)
HANDED_IN = mark("Handed in. The receipt stands in the chat.")
RECEIVED = mark("Received. You may go back to the chat, where the next question stands.")


class Desk(Protocol):
    """What the pages show, take and hand in (handlers/sheets.py); every call is a turn of whoever holds the link."""

    def wanted(self, turn: Turn, ticket: Ticket) -> Wanted: ...
    def bring(self, turn: Turn, ticket: Ticket, files: Sequence[File]) -> tuple[list[str], Sequence[Reply]]: ...
    def refusals(self, turn: Turn, files: Sequence[File]) -> list[str]: ...
    def whole(self, turn: Turn, ticket: Ticket) -> Sheet: ...
    def save(self, turn: Turn, ticket: Ticket, filled: Filled) -> tuple[Sheet, Sequence[Reply]]: ...
    def summed(self, turn: Turn, ticket: Ticket) -> Summed | None: ...
    def hand_in(self, turn: Turn, ticket: Ticket, seen: int) -> tuple[bool, Sequence[Reply]]: ...


class Counter(Protocol):
    """Where turns are made (bot/conversation.py)."""

    async def act(self, address_id: int, work: Callable[[Turn], Sequence[Reply]]) -> None: ...
    async def look(self, address_id: int, work: Callable[[Turn], T]) -> T: ...


class Closed(Exception):
    """The page has nothing (more) to offer; the sentence says why and what can be done."""

    def __init__(self, status: int, source: str, *, say: Language | None = None, **values: Any) -> None:
        super().__init__(source)
        self.status = status
        self.source = source
        self.say = say
        self.values = values


@dataclass(slots=True)
class Arrived:
    """What a post brought: texts by the name of their field, and files by theirs, kept already."""

    said: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, list[File]] = field(default_factory=dict)

    def all(self) -> list[File]:
        return [file for files in self.files.values() for file in files]


@dataclass(frozen=True, slots=True)
class Held:
    """The link that was opened, its page's language, and how far down its address the page stands."""

    ticket: Ticket
    say: Language
    token: str
    root: str = ""


Shown = Callable[[web.Request, Held], Awaitable[web.StreamResponse]]


class Links:
    """The pages under /t/. A GET changes nothing: platforms look at links to show what is behind them."""

    def __init__(self, store: Store, keeper: Keeper, clock: Clock, counter: Counter, desk: Desk, maker: Maker) -> None:
        self._store = store
        self._keeper = keeper
        self._clock = clock
        self._counter = counter
        self._desk = desk
        self._maker = maker
        self._guesses = Guesses()
        self._jinja = Environment(
            loader=FileSystemLoader(HERE / "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True
        )

    def routes(self) -> list[web.AbstractRouteDef]:
        door = self._door
        return [
            web.static("/t/static", HERE / "static"),
            web.get("/t/{token}", door(self._show)),
            web.post("/t/{token}", door(self._take)),
            web.get("/t/{token}/review", door(self._review, FORM, "../")),
            web.post("/t/{token}/review", door(self._hand_in, FORM, "../")),
            web.get("/t/{token}/file", door(self._hand_out, PAPER, "../"), allow_head=False),
        ]

    # -- who comes in --------------------------------------------------------------------------------------------------

    def _door(self, shown: Shown, kind: str = "", root: str = "") -> Callable[[web.Request], Awaitable[Any]]:
        async def through(request: web.Request) -> web.StreamResponse:
            say = language(DEFAULT)
            try:
                held = await self._held(request, kind, root)
                say = held.say
                response = await shown(request, held)
            except Closed as closed:
                say = closed.say or say
                response = self._closed(closed.status, say.say(closed.source, **closed.values), say, root)
            except NotAllowed as refused:
                response = self._closed(403, say.say(refused.source, **refused.values), say, root)
            except web.HTTPRequestEntityTooLarge:
                response = self._closed(413, say.say(TOO_MUCH, limit=self._limit), say, root)
            except StoreDown:
                response = self._closed(503, say.say(AWAY), say, root)
            except (asyncio.CancelledError, ConnectionError, web.HTTPException):
                raise
            except Exception:
                log.exception("a page of a secret link broke")
                response = self._closed(500, say.say(BROKEN), say, root)
            if not response.prepared:
                for header, value in HEADERS.items():
                    response.headers.setdefault(header, value)
            return response

        return through

    async def _held(self, request: web.Request, kind: str, root: str) -> Held:
        if self._guesses.too_many(request):
            raise Closed(429, TOO_OFTEN)
        token = request.match_info["token"]
        found = await self._store.read(lambda tx: _found(tx, token))
        if found is None:
            self._guesses.wrong(request)
            raise Closed(404, UNKNOWN)
        ticket, say = found
        if kind and ticket.kind != kind:
            raise Closed(404, UNKNOWN, say=say)
        if self._clock.now() >= ticket.expires_at:
            raise Closed(410, EXPIRED, say=say, until=ticket.expires_at.astimezone(ZONE))
        if ticket.once and ticket.used_at is not None:
            raise Closed(410, USED, say=say, at=ticket.used_at.astimezone(ZONE))
        return Held(ticket, say, token, root)

    def _closed(self, status: int, sentence: str, say: Language, root: str) -> web.Response:
        response = self._page("said.html", say, root, lines=[sentence], good=False)
        response.set_status(status)
        return response

    def _page(self, template: str, say: Language, root: str, **shown: Any) -> web.Response:
        html = self._jinja.get_template(template).render(
            say=say.say, language=say, root=root, limit=self._limit, **shown
        )
        return web.Response(text=html, content_type="text/html")

    @property
    def _limit(self) -> int:
        return self._keeper.limit // (1024 * 1024)

    # -- one address, three kinds --------------------------------------------------------------------------------------

    async def _show(self, request: web.Request, held: Held) -> web.StreamResponse:
        ticket = held.ticket
        if ticket.kind == UPLOAD:
            return await self._upload_page(held)
        if ticket.kind == FORM:
            sheet = await self._counter.look(ticket.address_id, lambda turn: self._desk.whole(turn, ticket))
            return self._form_page(held, sheet, saved=request.query.get("saved", ""))
        content = await self._paper(ticket)
        until = ticket.expires_at.astimezone(ZONE)
        return self._page(
            "paper.html", held.say, "", held=held, name=ticket.name, size=_size(held.say, len(content)), until=until
        )

    async def _take(self, request: web.Request, held: Held) -> web.StreamResponse:
        if held.ticket.kind == UPLOAD:
            return await self._receive(request, held)
        if held.ticket.kind == FORM:
            return await self._save(request, held)
        raise Closed(405, UNKNOWN, say=held.say)

    # -- files for one question ----------------------------------------------------------------------------------------

    async def _upload_page(self, held: Held, lines: Sequence[str] = ()) -> web.Response:
        ticket = held.ticket
        wanted = await self._counter.look(ticket.address_id, lambda turn: self._desk.wanted(turn, ticket))
        until = ticket.expires_at.astimezone(ZONE)
        response = self._page(
            "upload.html", held.say, "", held=held, wanted=wanted, lines=lines, until=until, most=MOST_FILES
        )
        response.set_status(422 if lines else 200)
        return response

    async def _receive(self, request: web.Request, held: Held) -> web.Response:
        ticket, told = held.ticket, list[str]()
        await self._counter.look(ticket.address_id, lambda turn: self._desk.wanted(turn, ticket))
        arrived = Arrived()
        done = False
        try:
            await self._arrive(request, arrived)
            files = arrived.all()
            if not any(file.sha256 for file in files):
                refused = await self._counter.look(ticket.address_id, lambda turn: self._desk.refusals(turn, files))
                return await self._upload_page(held, refused or [held.say.say(NO_FILE)])

            def work(turn: Turn) -> Sequence[Reply]:
                told[:], replies = self._desk.bring(turn, ticket, files)
                return replies

            await self._counter.act(ticket.address_id, work)
            done = True
        finally:
            if not done:
                await self._let_go(arrived)
        return self._page("said.html", held.say, "", lines=[*told, held.say.say(RECEIVED)], good=True)

    async def _arrive(self, request: web.Request, arrived: Arrived) -> None:
        """Read the post: texts up to a bound, files as they come into the folder of evidence."""
        if request.content_type != "multipart/form-data":
            raise web.HTTPBadRequest(text="a form comes as multipart/form-data")
        room, number = MOST_TEXT, 0
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader) or part.name is None:
                raise web.HTTPBadRequest(text="one part, one field")
            if part.filename is None:
                text = bytearray()
                while chunk := await part.read_chunk(CHUNK_BYTES):
                    text += chunk
                    room -= len(chunk)
                    if room < 0:
                        raise web.HTTPRequestEntityTooLarge(max_size=MOST_TEXT, actual_size=MOST_TEXT + 1)
                arrived.said.setdefault(part.name, []).append(cleaned(text.decode("utf-8", "replace")))
            elif not part.filename:  # a field for files in which none was chosen
                while await part.read_chunk(CHUNK_BYTES):
                    pass
            else:
                number += 1
                if number > MOST_FILES:
                    raise Closed(413, TOO_MANY, most=MOST_FILES)
                arrived.files.setdefault(part.name, []).append(await kept(part, f"page/{number}", self._keeper))

    async def _let_go(self, arrived: Arrived) -> None:
        """What was kept of a post that was not taken goes, unless something else refers to it."""
        gone, now = [file.sha256 for file in arrived.all() if file.sha256], self._clock.now()
        if gone:
            try:
                await self._store.write(lambda tx: unwanted.note(tx, gone, now))
            except StoreDown:
                log.warning("files of a page that was not taken stay in the folder", count=len(gone))

    # -- the whole form ------------------------------------------------------------------------------------------------

    def _form_page(self, held: Held, sheet: Sheet, saved: str = "") -> web.Response:
        refused = [one for one in sheet.fields if one.wrong or one.meanwhile]
        response = self._page(
            "form.html", held.say, "", held=held, sheet=sheet, refused=refused, saved=saved[:4], most=MOST_FILES
        )
        response.set_status(422 if refused else 200)
        return response

    async def _save(self, request: web.Request, held: Held) -> web.Response:
        ticket = held.ticket
        made: list[Sheet] = []
        await self._counter.look(ticket.address_id, lambda turn: self._desk.whole(turn, ticket))
        arrived = Arrived()
        done = False
        try:
            await self._arrive(request, arrived)
            filled = _filled(arrived)

            def work(turn: Turn) -> Sequence[Reply]:
                sheet, replies = self._desk.save(turn, ticket, filled)
                made[:] = [sheet]
                return replies

            await self._counter.act(ticket.address_id, work)
            done = True
        finally:
            if not done:
                await self._let_go(arrived)
        sheet = made[0]
        if any(one.wrong or one.meanwhile for one in sheet.fields):
            return self._form_page(held, sheet)
        done = sheet.complete and not sheet.more
        onwards = f"{held.token}/review" if done else f"{held.token}?saved={sheet.changed}"
        return web.Response(status=303, headers={"Location": onwards})

    async def _review(self, request: web.Request, held: Held) -> web.StreamResponse:
        return await self._review_page(held)

    async def _review_page(self, held: Held, line: str = "") -> web.Response:
        ticket = held.ticket
        summed = await self._counter.look(ticket.address_id, lambda turn: self._desk.summed(turn, ticket))
        if summed is None:
            return web.Response(status=303, headers={"Location": f"../{held.token}"})
        response = self._page("review.html", held.say, held.root, held=held, summed=summed, line=line)
        response.set_status(409 if line else 200)
        return response

    async def _hand_in(self, request: web.Request, held: Held) -> web.StreamResponse:
        ticket, posted, told = held.ticket, await request.post(), list[Any]()
        seen = str(posted.get("seen", ""))
        number = int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 19 else -1

        def work(turn: Turn) -> Sequence[Reply]:
            done, replies = self._desk.hand_in(turn, ticket, number)
            told[:] = [done, next((reply.text for reply in replies), "")]
            return replies

        await self._counter.act(ticket.address_id, work)
        if not told[0]:
            return await self._review_page(held, held.say.say(CHANGED))
        return self._page("said.html", held.say, held.root, lines=[told[1], held.say.say(HANDED_IN)], good=True)

    # -- a paper -------------------------------------------------------------------------------------------------------

    async def _paper(self, ticket: Ticket) -> bytes:
        """The paper, made for whoever is reached at that address and by their rights of this moment."""
        try:
            async with asyncio.timeout(MAKING_SECONDS):
                make = await self._store.read(lambda tx: _made(tx, ticket, self._maker))
                return await asyncio.to_thread(make)
        except StoreDown:
            raise
        except LookupError:
            raise Closed(403, NO_PAPER) from None
        except Exception:
            log.exception("a paper could not be made", ticket=ticket.id)
            raise Closed(403, NO_PAPER) from None

    async def _hand_out(self, request: web.Request, held: Held) -> web.StreamResponse:
        ticket, now = held.ticket, self._clock.now()
        content = await self._paper(ticket)

        def used(tx: Tx) -> None:
            channel = people.contact_by_id(tx, ticket.address_id).address.channel
            audit.acting(tx, audit.By(channel, ticket.person_id), now)
            tickets.spend(tx, ticket, now)

        await self._store.write(used)
        plain = (
            "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in _plain(ticket.name)) or "file"
        )
        return web.Response(
            body=content,
            headers={
                "Content-Type": ticket.media or OTHER,
                "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(ticket.name, safe='')}",
                "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
            },
        )


def _found(tx: Tx, token: str) -> tuple[Ticket, Language] | None:
    ticket = tickets.by_token(tx, token)
    if ticket is None:
        return None
    return ticket, language(people.language_at(tx, people.contact_by_id(tx, ticket.address_id)))


def _made(tx: Tx, ticket: Ticket, maker: Maker) -> Callable[[], bytes]:
    """LookupError where the paper is not theirs (any more), or what it was made of is let go of."""
    if people.contact_by_id(tx, ticket.address_id).person_id != ticket.person_id:
        raise LookupError("somebody else is reached there now")
    return maker(tx, outbox.by_id(tx, int(ticket.question)), ticket.paper)


def _filled(arrived: Arrived) -> Filled:
    def one(name: str) -> str:
        return next(iter(arrived.said.get(name, ())), "")

    said: dict[str, str] = {}
    for id in arrived.said.get("has", ()):
        said[id] = NOT_APPLICABLE if one(f"n.{id}") else "\n".join(arrived.said.get(f"q.{id}", ()))
    removed = frozenset(int(id) for id in arrived.said.get("x", ()) if _is_number(id))
    files: Mapping[str, tuple[File, ...]] = {
        name.removeprefix("f."): tuple(found) for name, found in arrived.files.items() if name.startswith("f.")
    }
    return Filled(int(one("seen")) if _is_number(one("seen")) else 0, said, removed, files)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19


def _plain(name: str) -> str:
    """The name in ASCII; the ending stays."""
    head, dot, ending = name.rpartition(".")
    return f"{'-'.join(fold(head).split())}.{ending}" if dot else "-".join(fold(name).split())


def _size(say: Language, many: int) -> str:
    """“350 KB”, “1,2 MB”."""
    if many < 1024 * 1024:
        return f"{max(1, round(many / 1024))} KB"
    return f"{many / 1024 / 1024:.1f} MB".replace(".", "," if say.code == "vi" else ".")
