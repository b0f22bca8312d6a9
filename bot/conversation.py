"""The one road from what a person said to what they read."""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar
from weakref import WeakValueDictionary

import structlog

from bot.chat import (
    Blocked,
    Channel,
    Channels,
    Edited,
    Incoming,
    Joined,
    Keeper,
    Left,
    Means,
    Moved,
    Picked,
    Reply,
    Said,
    Sent,
    Started,
    Unreadable,
    merged,
    readable,
)
from bot.clock import Clock
from bot.errors import Misunderstood, NotAllowed, StoreDown
from bot.outbox import NotNow, Outbox
from bot.rules.access import STANDING_OFFICE
from bot.rules.ladder import SEND_FROM, SEND_UNTIL
from bot.store import audit, inbox, outbox, people
from bot.store.engine import Store, Tx
from bot.store.inbox import Stored
from bot.store.outbox import Message
from bot.store.people import Contact
from bot.tally import Tally
from bot.texts import language, mark
from bot.thrift import next_month
from bot.turn import ASK_ADMINISTRATOR, NO_RIGHT, Asked, Focus, Office, Script, Turn
from bot.vietnamese import fold, read_yes_no

log = structlog.get_logger()
T = TypeVar("T")

ATTEMPTS = 3  # a turn that broke this often will not be saved by a fourth try
FIRST_WAIT, LONGEST_WAIT = 0.5, 15.0  # seconds between tries while the database is away
FIRST_LOOK, LONGEST_LOOK = 0.02, 0.5  # seconds between looks whether another process is done with what was said before
RENEW_SECONDS = 4.0  # of a lease that is longer
PARTS_WAITED_FOR = timedelta(minutes=2)  # since they came in; then an album is acknowledged without them
ASLEEP = 600.0  # seconds between two looks whether the day has begun
LOOK_AT_PARTS = 0.8  # seconds between two looks whether they are there
COMMAND_MARK = "/"
LONGEST_TEXT = 20_000  # characters of one message: five times what Telegram takes; more than that is a document
SHORTEST_NAME = 4  # letters that are enough to name one of the units that were offered
_UNIT = re.compile(r"c:[a-z]+:u[0-9]+")
_MARK = re.compile(  # folded
    r"(?:(?:toi |em )?(?:chon|lay|choose|pick) )?(?:(?:cau|muc|so|phuong an|y|dong|option|number|no\.) )?"
    r"\(?0?(?:(?P<number>[0-9]{1,2})|(?P<letter>[a-z]))[.)]?(?: a)?"
)
_LINE = re.compile(r"(?P<mark>[0-9]{1,2}|[a-z])[.)] ?(?P<label>.+)")
_RECEIVED = re.compile(  # folded: as it stands on buttons, where several tasks are numbered, and as people say it
    r"(?:(?:da )?da (?:nhan|doc|xem)(?: duoc)?(?: tin)?(?: roi)?(?: a)?|received|read)(?: \(?(?P<number>[0-9]{1,2})\)?)?"
)
LONGEST_ID, LONGEST_THREAD = 64, 32  # what the columns take; no platform's ids are longer

TOO_LONG = mark(
    "The message has {length} characters, more than the {limit} that are taken at once; nothing of it was used. "
    "Please shorten it, or send it as a document."
)
EMPTY = mark("The message was empty. Please type the answer, or choose one of the options.")
BROKEN = mark(
    "Something went wrong on our side; it has been noted for the administrator. What was saved before is safe."
)
PRIVATELY = mark(
    "Please write to Khéo in a private chat for this; here in the group it stays with look-ups and deadlines."
)
OLD_BUTTON = mark("That button belongs to an earlier message and changes nothing now.")
NOTHING_NUMBERED = mark(
    "“{typed}” answers no open question, so nothing was changed. /viec shows what is open, /trogiup what can be done."
)
NOT_IN_THE_LIST = mark("“{typed}” is not in the list shown last, which goes from 1 to {count}; nothing was changed.")
GOES_ON = mark(
    "Khéo answers here again: the messages that it may send here in a month had been used up. Whatever you wrote meanwhile "
    "was kept; this is where things stand."
)
GOES_ON_HERE = mark(
    "Khéo cannot answer you by {channel} until {day}: the messages that it may send there in a month are used up. Whatever "
    "you write there is kept; please go on here."
)
UNREADABLE = {
    "sticker": mark("Khéo cannot read stickers. Please type the answer, or choose one of the options."),
    "voice": mark("Khéo cannot listen to voice messages. Please type it, or send a photo or a document."),
    "video": mark("Khéo cannot take videos. Please send photos, a document, or a link to the video."),
    "location": mark("Khéo has no use for a location. Please type the answer."),
    "contact": mark("Khéo has no use for a contact card. Please type the answer."),
    "forwarded": mark(
        "A forwarded message is somebody else's words, and Khéo only takes your own: please type it. Photos and "
        "documents may be forwarded."
    ),
    "unsupported": mark(
        "What you sent did not reach Khéo: this app hands on only texts and photos. Please type it (a link without its "
        "preview) or send photos; documents are handed in by the link that stands under the question about them."
    ),
    "other": mark("Khéo cannot read this kind of message. Please type it, or send a photo or a document."),
}
WITHOUT_DOCUMENTS = {
    "voice": mark("Khéo cannot listen to voice messages. Please type it, or send a photo."),
    "unsupported": mark(
        "Something was sent that does not pass here: a file, or a link with its preview. Please type it, or send photos; "
        "/trang gives a page that takes files of any kind."
    ),
}


@dataclass(slots=True)
class _Waiting:
    stored: Stored
    channel: Channel
    incoming: Incoming | None = None
    """With its files, once they have been fetched."""
    behind: Incoming | None = None
    """What the speaker had said just before, if this came before the answer to that had left."""


class _Overtaking(Exception):
    """What the speaker said before is still to be worked off, by another process."""


class Conversation:
    """Takes updates in, works them off one speaker at a time and in order, and hands the answers to the outbox."""

    def __init__(
        self,
        store: Store,
        office: Office,
        script: Script,
        channels: Channels,
        sender: Outbox,
        clock: Clock,
        keeper: Keeper,
    ) -> None:
        self._store = store
        self._office = office
        self._script = script
        self._channels = channels
        self._sender = sender
        self._clock = clock
        self._keeper = keeper
        self._queues: dict[str, deque[_Waiting]] = {}
        self._workers: set[asyncio.Task[None]] = set()
        self.turns = Tally()
        """How long each turn took, for the metrics."""
        self._held: set[int] = set()
        self._passed_over: set[int] = set()
        self._renewed = 0.0
        self._several = store.dialect == "postgresql"  # processes that may work off the same inbox
        self._doubts = 0
        self._looking = asyncio.Lock()
        self._arriving: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def receive(self, channel: Channel, update_id: str, payload: dict[str, Any]) -> None:
        """Store the update, once; when this returns it is durable. StoreDown: it is not, do not confirm it."""
        now = self._clock.now()
        if len(update_id) > LONGEST_ID:
            update_id = hashlib.sha256(update_id.encode("utf-8", "replace")).hexdigest()
        kept: dict[str, Any] = {}
        try:
            kept = readable(payload)
            incoming = channel.read(kept)
            _check(incoming)
        except Exception as broken:
            why = readable(repr(broken)[:200])
            log.error("update cannot be read", account=channel.account, update=update_id, error=type(broken).__name__)
            await self._store.write(lambda tx: self._keep(tx, channel, update_id, "", kept, now, poison=why))
            return
        if incoming is None:
            return
        speaker = str(incoming.origin.who)
        lock = self._arriving.setdefault(speaker, asyncio.Lock())
        async with lock:  # PostgreSQL writes on several connections; the words of one person stay in order
            await self._look_again()
            try:
                owner = self._sender.owner if self._several else ""
                stored = await self._store.write(
                    lambda tx: self._keep(tx, channel, update_id, speaker, kept, now, owner=owner, real=time.time())
                )
            except (StoreDown, asyncio.CancelledError):
                self._doubts += 1
                raise
            if stored is not None and stored.id not in self._held:
                self._line_up(stored, channel)

    def _keep(
        self,
        tx: Tx,
        channel: Channel,
        update_id: str,
        speaker: str,
        payload: dict[str, Any],
        now: datetime,
        **more: Any,
    ) -> Stored | None:
        """Store the update, and count it where the platform may; None if it was known already."""
        stored = inbox.add(tx, channel.account, update_id, speaker, payload, now, **more)
        if stored is not None:
            self._office.thrift.received(tx, channel.name, now)
        return stored

    async def _look_again(self) -> None:
        """What a store that went away may have kept without being able to say so comes before whatever comes now."""
        if not self._doubts:
            return
        async with self._looking:
            while self._doubts:
                seen = self._doubts
                await self.resume()
                self._doubts -= seen

    async def resume(self) -> None:
        """Take up what is stored and was not worked off: the rest of a crash."""
        if self._several:
            await self._take_over(own=True)
            return
        by_account = {channel.account: channel for channel in self._channels.by_name.values()}
        rows = await self._store.read(inbox.waiting)
        while rows:
            for stored in rows:
                if stored.account in by_account and stored.id not in self._held:
                    self._line_up(stored, by_account[stored.account])
            last = rows[-1].id
            rows = await self._store.read(lambda tx, last=last: inbox.waiting(tx, last))  # type: ignore[misc]

    async def look_after(self) -> None:
        """Take over what a process that is gone has left, and stay the owner of one's own. Called by the tick."""
        if not self._several:
            return
        if self._held and time.monotonic() - self._renewed >= RENEW_SECONDS:
            owner, held, self._renewed = self._sender.owner, list(self._held), time.monotonic()
            await self._store.write(lambda tx: inbox.renew(tx, owner, held, time.time()))
        await self._take_over()

    async def _take_over(self, *, own: bool = False) -> None:
        by_account = {channel.account: channel for channel in self._channels.by_name.values()}
        owner, last = self._sender.owner, 0
        if not own and not await self._store.read(lambda tx: inbox.others(tx, owner)):
            return
        while True:
            rows = await self._store.write(
                lambda tx, after=last: inbox.take_over(  # type: ignore[misc]
                    tx, owner, list(by_account), time.time(), own=own, after=after
                )
            )
            for stored in rows:
                if stored.id not in self._held and stored.id not in self._passed_over:
                    self._line_up(stored, by_account[stored.account])
            if not rows:
                return
            last = rows[-1].id

    async def let_go(self) -> None:
        """At the end: what was taken in and not worked off is for whoever is there."""
        if self._several:
            owner = self._sender.owner
            await self._store.write(lambda tx: inbox.let_go(tx, owner))

    async def settle(self) -> None:
        """Wait until everything taken in has been answered (or has failed)."""
        while self._workers:
            await asyncio.wait(set(self._workers))

    def _line_up(self, stored: Stored, channel: Channel) -> None:
        self._held.add(stored.id)
        queue = self._queues.get(stored.speaker)
        if queue is not None:
            _put(queue, _Waiting(stored, channel))
            return
        self._queues[stored.speaker] = deque([_Waiting(stored, channel)])
        worker = asyncio.create_task(self._work(stored.speaker))
        self._workers.add(worker)
        worker.add_done_callback(self._workers.discard)

    async def _work(self, speaker: str) -> None:
        queue = self._queues[speaker]
        try:
            while queue:
                waiting = queue.popleft()
                patience, glance = FIRST_WAIT, FIRST_LOOK
                while True:
                    try:
                        await self._one(waiting)
                        break
                    except _Overtaking:
                        await asyncio.sleep(glance)
                        glance = min(glance * 2, LONGEST_LOOK)
                        if queue and queue[0].stored.id < waiting.stored.id:  # it has come to us meanwhile
                            _put(queue, waiting)
                            waiting = queue.popleft()
                    except StoreDown as down:
                        # The row is stored; the speaker's later words wait behind it, so that order holds.
                        log.warning(
                            "the store is away; an update waits", inbox=waiting.stored.id, error=str(down)[:200]
                        )
                        await asyncio.sleep(patience)
                        patience = min(patience * 2, LONGEST_WAIT)
                    except Exception:
                        # Whatever it is: the speaker's next words are not to wait for ever behind these.
                        log.exception(
                            "an update was passed over; it is tried again at the next start", inbox=waiting.stored.id
                        )
                        self._passed_over.add(waiting.stored.id)
                        break
                self._held.discard(waiting.stored.id)
                if queue:
                    queue[0].behind = waiting.incoming
        finally:
            del self._queues[speaker]

    async def _one(self, waiting: _Waiting) -> None:
        stored, channel = waiting.stored, waiting.channel
        messages: list[Message] = []
        began = time.monotonic()
        for attempt in range(stored.attempts + 1, ATTEMPTS + 1):
            try:
                if waiting.incoming is None:
                    incoming = channel.read(stored.payload)
                    if incoming is None:  # it was something when it was stored: the program has changed since
                        await self._store.write(lambda tx: inbox.done(tx, stored.id))
                        return
                    if isinstance(incoming, Sent):
                        files = [f if f.problem else await channel.fetch(f, self._keeper) for f in incoming.files]
                        incoming = replace(incoming, files=tuple(files))
                    waiting.incoming = incoming
                messages = await self._hear(stored, waiting.incoming, doubled=_doubled(waiting))
                break
            except (StoreDown, _Overtaking):
                raise
            except Exception as broken:
                log.exception("a turn broke", inbox=stored.id, attempt=attempt)
                messages = await self._apologise(waiting, readable(repr(broken)), give_up=attempt == ATTEMPTS)
        await self._sender.deliver(messages)
        self.turns.note(time.monotonic() - began)

    async def _hear(self, stored: Stored, incoming: Incoming, *, doubled: bool) -> list[Message]:
        try:
            return await self._store.write(lambda tx: self.hear(tx, stored, incoming, doubled=doubled))
        except (Misunderstood, NotAllowed) as said:
            # The refused turn left no trace; only the refusal itself is written.
            source, values = said.source, said.values
            return await self._store.write(lambda tx: self._refuse(tx, stored, incoming, source, values))

    def hear(self, tx: Tx, stored: Stored, incoming: Incoming, *, doubled: bool = False) -> list[Message]:
        """One turn in one transaction: what was said becomes effects and messages out. May be run anew after a rollback.

        `doubled`: the same words once more, typed before the answer to the first had left.
        """
        if not self._take(tx, stored):
            return self._told_late(tx, stored)
        turn = self._turn(tx, incoming)
        if doubled and turn.focus.chosen and not turn.means.buttons:
            return []  # the number has chosen already; what it would choose from now its sender has not seen
        before = turn.focus.as_json()
        replies = self._answer(turn, incoming)
        return self._close(stored, turn, before, replies)

    def _take(self, tx: Tx, stored: Stored) -> bool:
        """Take the update in its turn; False if it was worked off already. Raises _Overtaking when it is not its turn."""
        if not self._several:
            return inbox.take(tx, stored.id)
        if inbox.take_next(tx, stored):
            return True
        if set(inbox.earlier(tx, stored)) - self._passed_over:
            raise _Overtaking
        return inbox.take(tx, stored.id)

    def _told_late(self, tx: Tx, stored: Stored) -> list[Message]:
        """The turn was committed, but the store went away before it could say so, or before its answers were sent."""
        return outbox.still_leased(tx, f"inbox:{stored.id}", self._sender.owner)

    def _close(self, stored: Stored, turn: Turn, before: dict[str, Any], replies: Sequence[Reply]) -> list[Message]:
        tx = turn.tx
        replies = self._told(turn, before, replies)
        return outbox.add_replies(
            tx, turn.contact, f"inbox:{stored.id}", replies, turn.now, owner=self._sender.owner, real=turn.real
        )

    def _told(self, turn: Turn, before: dict[str, Any], replies: Sequence[Reply]) -> Sequence[Reply]:
        """The answers as they go to that channel; what may be typed for their buttons is remembered."""
        if not turn.means.edits:
            replies = [reply for reply in replies if not reply.edits]
        if turn.private or not turn.means.buttons:
            self._remember(turn, before, replies)
        return merged(replies) if turn.means.counted else replies

    def _remember(self, turn: Turn, before: dict[str, Any], replies: Sequence[Reply]) -> None:
        shown = next((reply for reply in reversed(replies) if reply.choices), None)
        if replies:
            turn.focus.options = [[c.label, c.token] for c in shown.options()] if shown else []
            turn.focus.lettered = shown.lettered if shown else False
            turn.focus.labels = [[c.label, c.token] for r in replies if r is not shown for c in r.options()]
        if turn.focus.as_json() != before:
            people.remember_focus(turn.tx, turn.contact.id, turn.focus.as_json())

    def _turn(self, tx: Tx, incoming: Incoming) -> Turn:
        origin, now = incoming.origin, self._clock.now()
        contact = people.greet(
            tx, origin.at, private=origin.private, name=origin.name, language=origin.language, now=now
        )
        if contact.state != "ok" and origin.private:
            people.note_state(tx, contact.id, "ok", now)
        elif contact.state != "ok" and isinstance(incoming, Said | Started):
            people.note_group(tx, origin.at, "ok", now)  # not every platform tells that the bot was taken back
        speaker = contact if origin.private else people.contact(tx, origin.who) or contact
        return self._standing(tx, contact, speaker, origin.message, now)

    def _standing(self, tx: Tx, contact: Contact, speaker: Contact, message: str, now: datetime) -> Turn:
        person_id = speaker.person_id if speaker.private else None
        person = people.known(tx, person_id, now) if person_id is not None else None
        unit_id = person.units[0] if person and person.units else contact.unit_id
        audit.acting(tx, audit.By(contact.address.channel, person.id if person else None, unit_id), now)
        means = self._means(contact)
        return Turn(
            tx=tx,
            now=now,
            contact=contact,
            person=person,
            say=language(person.language if person else contact.language),
            office=self._office,
            script=self._script,
            focus=Focus.from_json(contact.focus)
            if contact.focus and (contact.private or not means.buttons)
            else Focus(),
            private=contact.private,
            message=message,
            real=time.time(),
            means=means,
        )

    def _means(self, contact: Contact) -> Means:
        channel = self._channels.by_name.get(contact.address.channel)
        return channel.means if channel is not None else Means()

    def compose_album(self, tx: Tx, message: Message) -> Reply | NotNow | None:
        """The acknowledgement of an album, when its photos have had time to arrive: some are slow to be fetched."""
        contact, now = people.contact_by_id(tx, message.address_id), self._clock.now()
        if inbox.waits(tx, str(contact.address), now - PARTS_WAITED_FOR):
            return NotNow(LOOK_AT_PARTS)
        turn = self._standing(tx, contact, contact, "", now)
        before = turn.focus.as_json()
        replies = self._script.album_received(turn, message.payload)
        if not replies:
            return None
        return self._told(turn, before, replies)[0]

    def compose_resumed(self, tx: Tx, message: Message) -> Reply | NotNow | None:
        """Where things stand, for whoever was not answered by a bot that had used up its month: said there when it goes on,
        or at once at another address of theirs, where the form is then open too."""
        contact, now = people.contact_by_id(tx, message.address_id), self._clock.now()
        turn = self._standing(tx, contact, contact, "", now)
        if contact.state != "ok" or turn.person is None or self._unagreed(turn):
            return None
        before, left = turn.focus.as_json(), int(message.payload["at"])
        if left == contact.id:
            if outbox.answered_since(tx, message):
                return None
            if not SEND_FROM <= now.time() < SEND_UNTIL:  # the month begins at midnight
                return NotNow(ASLEEP)
            first = turn.say.say(GOES_ON)
        else:
            first = self._goes_on_here(turn, people.contact_by_id(tx, left))
        return merged(self._told(turn, before, [Reply(first), *self._again(turn)]))[0]

    def _goes_on_here(self, turn: Turn, there: Contact) -> str:
        """What stands open at the other address is opened here, unless something else is."""
        focus = turn.focus
        if there.focus and focus.draft is None and not focus.awaits and not focus.sending:
            focus.draft = Focus.from_json(there.focus).draft
        day = next_month(turn.now).date()
        return turn.say.say(GOES_ON_HERE, channel=turn.say.channel(there.address.channel), day=day)

    async def act(self, address_id: int, work: Callable[[Turn], Sequence[Reply]]) -> None:
        """A turn of whoever is reached at that address, done elsewhere than in the chat: on a page of a secret link.

        What `work` returns goes to the chat. NotAllowed where nobody stands who has agreed to the notice; what `work`
        raises comes through. In both cases nothing was written.
        """
        cause = f"page:{secrets.token_hex(8)}"

        def turned(tx: Tx) -> list[Message]:
            inbox.alone(tx, str(people.contact_by_id(tx, address_id).address))
            turn = self._of_known(tx, address_id)
            before = turn.focus.as_json()
            replies = self._told(turn, before, work(turn))
            return outbox.add_replies(
                tx, turn.contact, cause, replies, turn.now, owner=self._sender.owner, real=turn.real
            )

        messages = await self._store.write(turned)
        if messages:  # the page does not wait for the chat's platform
            sending = asyncio.create_task(self._sender.deliver(messages))
            self._workers.add(sending)
            sending.add_done_callback(self._workers.discard)

    async def look(self, address_id: int, work: Callable[[Turn], T]) -> T:
        """What whoever is reached at that address may see; nothing is written. NotAllowed as in `act`."""
        return await self._store.read(lambda tx: work(self._of_known(tx, address_id)))

    def _of_known(self, tx: Tx, address_id: int) -> Turn:
        contact = people.contact_by_id(tx, address_id)
        turn = self._standing(tx, contact, contact, "", self._clock.now())
        if turn.person is None or self._unagreed(turn):
            raise NotAllowed(NO_RIGHT)
        return turn

    def _refuse(self, tx: Tx, stored: Stored, incoming: Incoming, source: str, values: dict[str, Any]) -> list[Message]:
        if not self._take(tx, stored):
            return self._told_late(tx, stored)
        turn = self._turn(tx, incoming)
        before = turn.focus.as_json()
        grants = turn.person.grants if turn.person is not None else ()
        if source == NO_RIGHT and any(grant.function == STANDING_OFFICE for grant in grants):
            source = ASK_ADMINISTRATOR  # nobody is sent to themselves
        replies = [Reply(turn.say.say(source, **values)), *self._again(turn)]
        return self._close(stored, turn, before, replies)

    async def _apologise(self, waiting: _Waiting, error: str, *, give_up: bool) -> list[Message]:
        stored, incoming = waiting.stored, waiting.incoming

        def note(tx: Tx) -> list[Message]:
            inbox.failed(tx, stored.id, error, give_up=give_up)
            return []

        def apologise(tx: Tx) -> list[Message]:
            assert incoming is not None
            note(tx)
            turn = self._turn(tx, incoming)
            return outbox.add_replies(
                tx,
                turn.contact,
                f"inbox:{stored.id}",
                [Reply(turn.say.say(BROKEN))],
                turn.now,
                owner=self._sender.owner,
                real=turn.real,
            )

        if give_up and incoming is not None and incoming.origin.addressed:
            try:
                return await self._store.write(apologise)
            except StoreDown:
                raise
            except Exception:
                log.exception("not even an apology could be written", inbox=stored.id)
        return await self._store.write(note)

    # -- what was said -------------------------------------------------------------------------------------------

    def _answer(self, turn: Turn, incoming: Incoming) -> Sequence[Reply]:
        script = self._script
        length = len(_words_of(incoming))
        if length > LONGEST_TEXT:
            raise Misunderstood(TOO_LONG, length=Decimal(length), limit=Decimal(LONGEST_TEXT))
        match incoming:
            case Left():
                people.note_group(turn.tx, incoming.origin.at, "gone", turn.now)
                return []
            case Moved(to=to):
                people.move(turn.tx, incoming.origin.at, to.chat, turn.now)
                return []
            case Blocked(back=back):
                people.note_state(turn.tx, turn.contact.id, "ok" if back else "blocked", turn.now)
                return []
            case Joined():
                people.note_group(turn.tx, incoming.origin.at, "ok", turn.now)
                return script.joined(turn, Asked())
            case Started(code=code):
                if code and self._unagreed(turn):  # as the code would be answered if it were typed; it is not spent
                    return script.notice(turn, incoming)
                return self._with_notice(turn, script.start(turn, code))
        more = False
        if isinstance(incoming, Sent) and not turn.means.albums and turn.private:
            album, more = turn.focus.photo_came(incoming.origin.message, turn.real, turn.means.together)
            incoming = replace(incoming, album=album)
        if turn.private and turn.person is None:
            said = incoming.text if isinstance(incoming, Said) else ""
            chosen = incoming.token if isinstance(incoming, Picked) else typed_choice(turn.focus, said) or ""
            welcome = self._with_notice(turn, script.stranger(turn, said, chosen))
            return [] if more else welcome  # said once for all photos
        if self._unagreed(turn) and _command_in(turn, incoming) not in script.before_consent:
            notice = script.notice(turn, incoming)
            return [] if more else notice
        match incoming:
            case Said(text=text):
                return self._said(turn, text) if turn.private else self._said_in_group(turn, text)
            case Picked(token=token):
                return self._picked(turn, token)
            case Sent(files=files, caption=caption, album=album):
                return script.sent(turn, files, caption, album) if turn.private else []
            case Edited(text=text):
                return script.edited(turn, text) if turn.private else []
            case Unreadable(kind=kind):
                if not turn.private:
                    return []
                told = UNREADABLE if turn.means.documents else UNREADABLE | WITHOUT_DOCUMENTS
                return [Reply(turn.say.say(told.get(kind, told["other"]))), *self._again(turn)]

    def _unagreed(self, turn: Turn) -> bool:
        """Whether a known person has yet to agree to what becomes of their data; groups are not asked."""
        return turn.private and turn.person is not None and not self._script.consented(turn)

    def _with_notice(self, turn: Turn, welcome: Sequence[Reply]) -> Sequence[Reply]:
        """Whoever has just become known reads the notice before anything can begin."""
        if not self._unagreed(turn):
            return welcome
        return [*(replace(reply, choices=(), attachment=None) for reply in welcome), *self._script.notice(turn, None)]

    def _said(self, turn: Turn, text: str) -> Sequence[Reply]:
        if not text.strip():
            return [Reply(turn.say.say(EMPTY)), *self._again(turn)]
        if text.lstrip().startswith(COMMAND_MARK):
            turn.focus.awaits = ""
            return self._command(turn, text)
        tokens = typed_aside(turn.focus, text)
        if tokens:
            return self._answered_aside(turn, tokens)
        token = typed_choice(turn.focus, text)
        turn.focus.chosen = token is not None and _bare_mark(text) is not None
        if token is not None:
            return self._picked(turn, token)
        stray = None if turn.means.buttons else _stray(turn, text)
        if stray is not None:
            return [stray]
        awaited, turn.focus.awaits = turn.focus.awaits, ""
        if awaited:
            return self._then_again(turn, self._awaited(turn, awaited, text))
        answer = self._script.filled(turn, text)
        if answer is not None:
            return answer
        handler = self._script.phrases.get(turn.understood(text).intent, self._script.lost)
        return self._then_again(turn, handler(turn, Asked(text=text, understand=turn.understood)))

    def _said_in_group(self, turn: Turn, text: str) -> Sequence[Reply]:
        if text.lstrip().startswith(COMMAND_MARK):
            return self._command(turn, text)
        if turn.contact.unit_id is None:
            return self._script.unlinked(turn, Asked(text=text))
        tokens = typed_aside(turn.focus, text)
        token = tokens[0] if tokens else typed_choice(turn.focus, text)
        if token is not None:
            return self._picked(turn, token)
        intent = turn.understood(text).intent
        handler = self._script.phrases.get(intent, self._script.lost)
        if intent in self._script.phrases and intent not in self._script.group_phrases:
            return [Reply(turn.say.say(PRIVATELY))]
        return handler(turn, Asked(text=text, understand=turn.understood))

    def _command(self, turn: Turn, text: str) -> Sequence[Reply]:
        head, *words = text.strip().split()
        name = _command_name(head)
        if name not in self._script.commands:
            asked = Asked(words=(name, *words), text=" ".join((name, *words)), understand=turn.understood)
            return self._then_again(turn, self._script.unknown(turn, asked))
        return self._run(turn, name, words, typed=True)

    def _run(self, turn: Turn, name: str, words: Sequence[str], *, typed: bool) -> Sequence[Reply]:
        """A command, typed or pressed; only what was typed after it may be a sentence."""
        refused = None if turn.private else self._not_in_group(turn, name)
        if refused is not None:
            return refused
        asked = Asked(words=tuple(words), text=" ".join(words) if typed else "", understand=turn.understood)
        return self._then_again(turn, self._script.commands[name](turn, asked))

    def _awaited(self, turn: Turn, awaited: str, text: str = "") -> Sequence[Reply]:
        """What was asked outside of any form takes the text; without one it is asked again."""
        _, name, *words = awaited.split(":")
        return self._script.commands[name](turn, Asked(words=tuple(words), text=text, understand=turn.understood))

    def _answered_aside(self, turn: Turn, tokens: Sequence[str]) -> Sequence[Reply]:
        """Buttons of a message that came by itself: what stands open here is asked again as it was."""
        awaited, turn.focus.awaits = turn.focus.awaits, ""
        replies: list[Reply] = []
        for token in tokens:
            _, name, *words = token.split(":")
            replies += self._script.commands[name](turn, Asked(words=tuple(words)))
        if awaited and not turn.asking:
            turn.focus.awaits = awaited
            return [*replies, *self._awaited(turn, awaited)]
        return self._then_again(turn, replies)

    def _picked(self, turn: Turn, token: str) -> Sequence[Reply]:
        if turn.private and turn.focus.stands_aside(token):
            return self._answered_aside(turn, [token])
        turn.focus.awaits = ""
        head, *rest = token.split(":")
        if head == "c" and rest and rest[0] in self._script.commands:
            return self._run(turn, rest[0], rest[1:], typed=False)
        answer = self._script.pressed(turn, token) if turn.private else None
        if answer is None:
            return [Reply(turn.say.say(OLD_BUTTON)), *self._again(turn)]
        return answer

    def _not_in_group(self, turn: Turn, command: str) -> Sequence[Reply] | None:
        """What is said to a command that this group (or any) does not get; None: it does."""
        if command not in self._script.groups:
            return [Reply(turn.say.say(PRIVATELY))]
        if turn.contact.unit_id is None and command not in self._script.unlinked_groups:
            return self._script.unlinked(turn, Asked())
        return None

    def _then_again(self, turn: Turn, replies: Sequence[Reply]) -> Sequence[Reply]:
        """After a digression the open question is asked again, unless the answer itself opened something."""
        return replies if turn.asking else [*replies, *self._again(turn)]

    def _again(self, turn: Turn) -> Sequence[Reply]:
        if not turn.private or turn.focus.awaits:
            return []
        return self._script.ask_again(turn)


def _put(queue: deque[_Waiting], waiting: _Waiting) -> None:
    """In the order in which it was said; almost always that is the end."""
    place = len(queue)
    while place and queue[place - 1].stored.id > waiting.stored.id:
        place -= 1
    queue.insert(place, waiting)


def _check(incoming: Incoming | None) -> None:
    """ValueError on an address that no platform gives out and no column takes."""
    if incoming is None:
        return
    origin = incoming.origin
    places = [origin.at, origin.who, *([incoming.to] if isinstance(incoming, Moved) else [])]
    if any(len(at.chat) > LONGEST_ID or len(at.thread) > LONGEST_THREAD for at in places):
        raise ValueError("an address longer than any")
    if len(origin.message) > LONGEST_ID:
        raise ValueError("a message id longer than any")


def _doubled(waiting: _Waiting) -> bool:
    """Whether a bare number or letter was typed twice, the second time before the answer to the first had left."""
    first, again = waiting.behind, waiting.incoming
    if not (isinstance(first, Said) and isinstance(again, Said)):
        return False
    mark = _bare_mark(again.text)
    return mark is not None and mark == _bare_mark(first.text)


def _words_of(incoming: Incoming) -> str:
    match incoming:
        case Said(text=text) | Edited(text=text) | Sent(caption=text) | Started(code=text):
            return text
    return ""


def _command_in(turn: Turn, incoming: Incoming) -> str:
    """The command that was typed, pressed, or chosen by its label or number; empty if none was."""
    token = ""
    match incoming:
        case Said(text=text) if text.strip().startswith(COMMAND_MARK):
            return _command_name(text.strip().split()[0])
        case Said(text=text):
            token = typed_choice(turn.focus, text) or ""
        case Picked(token=pressed):
            token = pressed
    head, *rest = token.split(":")
    return rest[0] if head == "c" and rest else ""


def _command_name(word: str) -> str:
    return fold(word.removeprefix(COMMAND_MARK).split("@")[0])


def typed_aside(focus: Focus, text: str) -> list[str]:
    """The tokens of the newest message that came by itself, and has a button with what was typed; what stands on the
    options of an open question means those. “Đã nhận” may be said in other words, and of several tasks at once; it alone
    also counts where a text is awaited outside of any form, which may itself be “đã gửi rồi”.
    """
    typed = fold(text).strip(" .!")
    if any(fold(label) == typed and not focus.stands_aside(token) for label, token in (*focus.options, *focus.labels)):
        return []
    said = _RECEIVED.fullmatch(typed)
    for message in focus.aside:
        exact = [] if focus.awaits else [token for label, token in message if fold(label) == typed]
        receipts = [(_RECEIVED.fullmatch(fold(label)), token) for label, token in message] if said else []
        meant = [token for of, token in receipts if of and said and said["number"] in (None, of["number"])]
        if exact or meant:
            return exact[:1] or meant
    return []


def typed_choice(focus: Focus, text: str) -> str | None:
    """The token of the shown option that was typed instead of pressed: its label, its number, or its letter.

    Where a list is lettered, numbers are answers; also “3.”, “số 3”, “chọn 3”, and the whole line “3. Cá nhân”.
    """
    typed = _label(text)
    for label, token in (*focus.options, *focus.labels):
        if _label(label) == typed:
            return token
    sure = read_yes_no(text)
    if sure is not None:  # “có”, “vâng ạ” where the buttons say “Đúng” and “Không”; a form reads its own
        said = [(read_yes_no(label), token) for label, token in focus.options if token.startswith("c:")]
        meant = [token for answer, token in said if answer is sure]
        if len(meant) == 1 and any(answer is not sure for answer, _ in said if answer is not None):
            return meant[0]
    units = [(fold(label), token) for label, token in focus.options if _UNIT.match(token)]
    if len(units) > 1 and len(typed) >= SHORTEST_NAME:  # “Vạn Bình”, where “xã Vạn Bình” is one of those offered
        holding = [token for label, token in units if f" {typed} " in f" {label} "]
        if len(holding) == 1:
            return holding[0]
    at = _marked(focus, text)
    return focus.options[at][1] if at is not None and 0 <= at < len(focus.options) else None


def _label(text: str) -> str:
    return fold(text).strip(" .!…")


def _bare_mark(text: str) -> str | None:
    """The number or letter of which the text consists: “3”, “3.”, “(b)”, “số 3”, “chọn b”; None for anything else."""
    said = _MARK.fullmatch(fold(text))
    return (said["number"] or said["letter"]) if said else None


def _marked(focus: Focus, text: str) -> int | None:
    """The place in the list shown last that the text names, whether it is there or not; None if it names none."""
    mark = _bare_mark(text)
    if mark is not None:
        return _place(focus, mark)
    said = _LINE.fullmatch(fold(text))
    at = _place(focus, said["mark"]) if said else None
    if said is None or at is None or not 0 <= at < len(focus.options):
        return None
    return at if _label(focus.options[at][0]) == _label(said["label"]) else None


def _place(focus: Focus, mark: str) -> int | None:
    if mark.isdigit() is focus.lettered:
        return None
    return ord(mark) - ord("a") if focus.lettered else int(mark) - 1


def _stray(turn: Turn, text: str) -> Reply | None:
    """The answer to a number that belongs to nothing: no question is open here, and no list has such a line."""
    focus, mark = turn.focus, _bare_mark(text)
    if mark is None or not mark.isdigit() or focus.draft is not None or focus.awaits or focus.sending:
        return None
    if not focus.options or focus.lettered:
        return Reply(turn.say.say(NOTHING_NUMBERED, typed=mark))
    return Reply(turn.say.say(NOT_IN_THE_LIST, typed=mark, count=len(focus.options)))
