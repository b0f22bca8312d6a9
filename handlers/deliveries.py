"""A broadcast under way: what each recipient reads, how far it has come, “Đã nhận”, the report, and sending once more."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from bot.chat import Attachment, Choice, Reply
from bot.clock import ZONE, Clock
from bot.errors import NotAllowed
from bot.forms import tokens
from bot.outbox import NotNow
from bot.rules.access import Action
from bot.rules.calendar import Calendar, MissingCalendar
from bot.rules.ladder import SEND_FROM, SEND_UNTIL, leaves_at, may_send
from bot.store import broadcasts, consents, outbox, people
from bot.store.broadcasts import (
    CANCELLED,
    DEAD,
    DONE,
    NO_CHANNEL,
    SCHEDULED,
    SEEN,
    SENDING,
    SENT,
    STOPPED,
    WAITING,
    WRITING,
    Broadcast,
    Delivery,
    Kept,
)
from bot.store.engine import Tx
from bot.store.outbox import Message
from bot.store.people import Contact
from bot.store.units import Unit
from bot.texts import Language, language, mark
from bot.turn import Asked, Focus, Office, Turn
from bot.vietnamese import fold
from handlers.audiences import COMMAND, XLSX, line, may_see, recipient_named, seasons_of, token
from handlers.placeholders import FIGURES, UNIT, Figures, filled, used
from handlers.words import clipped, number_in

RECEIVED = "danhan"
"""The command behind the button “Đã nhận”."""
FILE, PAPER = "file", "deliveries"
STOP, AGAIN, UNREACHED, EXCEL, CALL_OFF, REPORT = "dung", "guilai", "chuanhan", "excel", "huylich", "ketqua"
MOST_SECONDS_AWAY = 3600.0
"""For which a message waits by itself when the offices are closed; the tick wakes it when they open."""
BAR = 12  # cells
LISTED = 60  # recipients in one message; the workbook has all of them
BEGINNING = 80  # characters of the text, by which the office knows the message again
REMEMBERED = 12  # labels of unasked messages that may still be typed

TITLE = mark("Message of {office}")
SIGNED = mark("{office} (sent by Khéo for the office)")
RECEIVED_LABEL = mark("Received")
FILE_LOST = mark("A file could not be attached; please ask {office} for it.")
PROGRESS_TITLE = mark("Message no. {id} is going out")
PROGRESS = mark("{bar} {done}/{all} recipients\nSent: {sent} · not delivered: {failed} · waiting: {waiting}")
COUNTED = mark("Recipients (each person and each group counts as one): {count}.")
BESIDES = mark("Besides, without a channel, and not counted as recipients: {count} (people, or units without anybody).")
PREPARING = mark("The recipients are being written down.")
STOP_LABEL = mark("Stop")
STOPPED_NOW = mark("Stopped. {sent} have got it already; {rest} will not get it.")
NOT_RUNNING = mark("That message is not going out at present; nothing was changed.")
REPORT_TITLE = mark("Message no. {id}: {state}")
STATE_NAMES = {
    SCHEDULED: mark("waits for its time"),
    WRITING: mark("going out"),
    SENDING: mark("going out"),
    DONE: mark("has gone out"),
    STOPPED: mark("stopped"),
    CANCELLED: mark("cancelled"),
}
HOW_FAR = {
    SEEN: mark("• Received (pressed the button): {count}"),
    SENT: mark("• Sent: {count}"),
    WAITING: mark("• Waiting: {count}"),
    "blocked": mark("• Blocked Khéo: {count}"),
    "gone": mark("• Address is no more: {count}"),
    "failed": mark("• Could not be delivered: {count}"),
    "unknown": mark("• Not known whether it arrived: {count}"),
    "cancelled": mark("• Not sent: {count}"),
}
HOW_IT_IS = {
    WAITING: mark("waiting"),
    "blocked": mark("blocked Khéo"),
    "gone": mark("address is no more"),
    "failed": mark("could not be delivered: {why}"),
    "unknown": mark("not known whether it arrived"),
    "cancelled": mark("not sent"),
    outbox.NO_ROOM: mark("the bot had no messages left for it this month"),
}
WHY = {
    "declined": mark("said no to the notice on personal data"),
    "blocked": mark("blocked Khéo"),
    "gone": mark("address is no more"),
    "never": mark("not on Khéo yet"),
    "nobody": mark("nobody of the unit is on Khéo yet"),
    "over": mark("the unit is no more"),
}
CONFIRMED_BY = mark("By {office}, {when}. “{text}”")
GOES_AT = mark("It leaves at {when}.")
REPEATED = {"week": mark("Repeated every week."), "month": mark("Repeated every month.")}
NOBODY = mark("No recipient is noted yet.")
LIST_LABEL = mark("Who has not got it")
EXCEL_LABEL = mark("Excel table")
AGAIN_LABEL = mark("Send again where it did not arrive")
CALL_OFF_LABEL = mark("Do not send it")
REPORT_LABEL = mark("How far it is")
CALLED_OFF = mark("It will not be sent.")
CALLED_OFF_ALREADY = mark("It has left or was called off before; nothing was changed.")
NOT_GOT = mark("Not delivered: {count}")
NOT_PRESSED = mark("Delivered, but “{label}” is not pressed yet: {count}")
ALL_GOT = mark("It has come to everybody.")
ONE_LINE = mark("• {line}: {why}")
BARE_LINE = mark("• {line}")
MORE = mark("… and {count} more; the Excel table has all of them.")
TABLE_READY = mark("Message no. {id}: how far it came with each recipient, as an Excel file.")
NOT_MADE = mark("The file could not be made; the administrator has been told. Please ask for it again with /{command}.")
SENT_AGAIN = mark("It is sent once more to {count}; whoever got it gets nothing.")
NONE_AGAIN = mark(
    "There is nobody to send it to once more: everybody got it, or still cannot be reached. Nothing was sent."
)
THANKS = mark("Thank you; noted: the message of {office} was received at {when} (“{text}”).")
ALREADY = mark("That was noted before, at {when}: the message of {office} was received (“{text}”). Thank you.")
SEEN_BY = mark("✓ Received: {name}, {when}")
NOT_FOR_YOU = mark("That button belongs to a message that did not go to you; nothing was changed.")
NO_SUCH = mark("There is no message no. {id} for you. /{command} lists those of your office.")
NOT_LEFT = {
    "rights": mark("Message no. {id} was not sent: whoever confirmed it may not write for {office} any more."),
    "season": mark("Message no. {id} was not sent: the season of the plan of which it speaks has been closed."),
    "nobody": mark("Message no. {id} was not sent: no unit fits what was chosen."),
}


# -- what a recipient reads --------------------------------------------------------------------------------------------


def open_at(calendar: Calendar, now: datetime) -> bool:
    """Whether offices may be written to; in a year whose days off nobody has entered, from Monday to Friday."""
    try:
        return may_send(calendar, now)
    except MissingCalendar:
        return now.weekday() < 5 and SEND_FROM <= now.time() < SEND_UNTIL


def opens_at(calendar: Calendar, now: datetime) -> datetime:
    """When they may be written to next."""
    try:
        return leaves_at(calendar, now)
    except MissingCalendar:
        while not open_at(calendar, now):
            now += timedelta(minutes=30)
        return now


def office_named(office: Office, one: Broadcast, say: Language, now: datetime) -> str:
    """Whose words they are: the standing office of the plan, where the office has one plan only or the message is about
    one; else the unit.
    """
    mine = seasons_of(office, one.unit_id, now)
    of = [season for season in mine if season.id == one.season_id] or mine
    named = office.plan(of[0]).standing_office(now.date()) if len(of) == 1 else ""
    return named or office.units[one.unit_id].name


class Letters:
    """What is made when it is sent: the message itself for whoever is reached there, the bar, and the report."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._figures = Figures(office)

    def compose(self, clock: Clock, tx: Tx, message: Message) -> Reply | NotNow | None:
        """The message for that address; nothing for who is none of the recipients any more, or when it was stopped."""
        one, now = broadcasts.by_id(tx, int(message.payload["broadcast"])), clock.now()
        if one is None or one.state not in (WRITING, SENDING, DONE):
            return None
        contact = people.contact_by_id(tx, message.address_id)
        if contact.state != "ok":
            return None
        calendar = self._office.calendar
        if not one.audience.any_hour and not open_at(calendar, now):
            away = (opens_at(calendar, now) - now).total_seconds()
            return NotNow(min(max(away, 1.0), MOST_SECONDS_AWAY))
        units = self.units_at(tx, one, contact, now)
        if not units:
            return None
        say = language(people.language_at(tx, contact))
        number = message.payload.get("file")
        if number is not None:
            return Reply("", attachment=self._attached(one, one.files[int(number)], int(number), say))
        reply = self.letter(tx, one, units, say, now)
        if reply is None:
            return None
        return _remembered(tx, contact, replace(reply, aside=True), answered=True)

    def units_at(self, tx: Tx, one: Broadcast, contact: Contact, now: datetime) -> list[Unit]:
        """About which units whoever is reached there is written to; none if it is nobody of the audience any more."""
        office = self._office
        noted = broadcasts.delivery_at(tx, one.id, contact.id, contact.person_id)
        within = {one.unit_id, *(u.id for u in office.units.below(one.unit_id))}
        if not contact.private:  # it may have become the group of a unit that is none of the office's
            theirs = office.units.get(contact.unit_id) if contact.unit_id is not None else None
            meant = theirs is not None and (theirs.id in within or (noted is not None and noted.unit_id == theirs.id))
            return [theirs] if theirs is not None and meant else []
        person = people.known(tx, contact.person_id, now) if contact.person_id is not None else None
        said = consents.newest(tx, person.id) if person is not None else None
        if person is None or (said is not None and not said.given):
            return []
        held = [g.unit for g in person.grants if g.function in one.audience.functions and not g.ended]
        first = [noted.unit_id] if noted is not None and noted.unit_id in held else []
        ids = dict.fromkeys([*first, *(id for id in held if id in within)])
        return [office.units[id] for id in ids if id is not None and id in office.units]

    def letter(self, tx: Tx, one: Broadcast, units: Sequence[Unit], say: Language, now: datetime) -> Reply | None:
        """The message as it reads about these units; None when the season of which it tells is closed."""
        text = one.text
        gaps = used(text)
        if gaps:
            values = {UNIT: ", ".join(u.name for u in units)}
            if gaps & FIGURES:
                told = self._told(tx, one, units, say, now)
                if told is None:
                    return None
                values |= told
            text = filled(text, values)
        office = office_named(self._office, one, say, now)
        signed = say.say(SIGNED, office=office)
        choices: tuple[tuple[Choice, ...], ...] = ()
        if one.receipts:
            choices = ((Choice(say.say(RECEIVED_LABEL), tokens.command(RECEIVED, f"b{one.id}")),),)
        attachment = self._attached(one, one.files[-1], len(one.files) - 1, say) if one.files else None
        title = say.say(TITLE, office=office)
        return Reply("\n\n".join(p for p in (text, signed) if p), title=title, choices=choices, attachment=attachment)

    def _told(
        self, tx: Tx, one: Broadcast, units: Sequence[Unit], say: Language, now: datetime
    ) -> dict[str, str] | None:
        if one.season_id is None:
            return None
        with suppress(LookupError):
            season = self._office.season_by_id(one.season_id)
            ids = [u.id for u in units]
            if len(units) == 1:
                below = [u.id for u in self._office.units.below(units[0].id)]
                ids += below
            milestone = one.audience.milestone
            return self._figures.of(tx, say, season, milestone, ids, now.date())
        return None

    def _attached(self, one: Broadcast, file: Kept, number: int, say: Language) -> Attachment:
        otherwise = say.say(FILE_LOST, office=self._office.units[one.unit_id].name)
        return Attachment(_ascii(file, number), file.media, f"{FILE}:{file.sha256}:{one.id}", otherwise)

    def files_before(self, one: Broadcast, say: Language) -> list[Reply]:
        """The files that go before the text, each by itself."""
        return [Reply("", attachment=self._attached(one, file, n, say)) for n, file in enumerate(one.files[:-1])]

    # what its author reads

    def progress(self, clock: Clock, tx: Tx, message: Message) -> Reply | None:
        """The bar, the report, or why it was not sent; for whoever may write for the office at that moment."""
        one, now = broadcasts.by_id(tx, int(message.payload["broadcast"])), clock.now()
        if one is None:
            return None
        contact = people.contact_by_id(tx, message.address_id)
        say = language(people.language_at(tx, contact))
        why = message.payload.get("told")
        if why:
            name = self._office.units[one.unit_id].name
            return Reply(say.say(NOT_LEFT[why], id=one.id, office=name))
        if not may_see(self._office, tx, message, one, clock):
            return None
        if message.payload.get("report"):
            return _remembered(tx, contact, replace(report(self._office, tx, say, one, now), aside=True))
        edits = ""
        if message.payload.get("post"):
            edits = outbox.message_of(tx, int(message.payload["post"]))
            if not edits:
                return None
        bar = replace(_bar(tx, say, one), edits=edits, aside=True)
        return bar if edits else _remembered(tx, contact, bar)


def _remembered(tx: Tx, contact: Contact, reply: Reply, *, answered: bool = False) -> Reply:
    """What stands on the buttons may be typed where there are none; `answered`: by whoever reads it, now or later."""
    if reply.choices:
        focus = Focus.from_json(contact.focus) if contact.focus else Focus()
        if answered:
            focus.came(reply.options())
        own = [[choice.label, choice.token] for choice in reply.options()]
        focus.labels = [*own, *(held for held in focus.labels if held not in own)][:REMEMBERED]
        people.remember_focus(tx, contact.id, focus.as_json())
    return reply


def _ascii(file: Kept, number: int) -> str:
    """The file's name in letters that no phone spoils."""
    stem, dot, suffix = file.name.rpartition(".")
    if not dot:
        stem, suffix = file.name, file.media.rpartition("/")[2]
    bare = "-".join("".join(c if c.isascii() and c.isalnum() else " " for c in fold(stem)).split())[:60]
    ending = "".join(c for c in fold(suffix) if c.isascii() and c.isalnum())[:8] or "bin"
    return f"{bare or f'tep-{number + 1}'}.{ending}"


def file_paper(office: Office, clock: Clock, tx: Tx, message: Message, sha256: str, id: int) -> Callable[[], bytes]:
    """The bytes of a file that goes with the broadcast, photos as copies that say nothing of place and camera.

    For its recipients and for who may write for its office; LookupError for everybody else.
    """
    one = broadcasts.by_id(tx, id)
    if one is None or all(file.sha256 != sha256 for file in one.files) or office.files is None:
        raise LookupError(f"no such file in {id}")
    if message.subject != broadcasts.subject(id) and not may_see(office, tx, message, one, clock):
        raise LookupError(f"the file of {id} is not for them")
    keeper = office.files
    file = next(file for file in one.files if file.sha256 == sha256)
    bare = file.media.startswith("image/") and office.bare_photos(clock.now())

    def make() -> bytes:
        path = keeper.shown(sha256) if bare else keeper.path(sha256)
        if path is None:
            raise LookupError("of this photo no copy can be made")
        return path.read_bytes()

    return make


# -- how far it is -----------------------------------------------------------------------------------------------------


def _reachable(counted: Mapping[str, int]) -> int:
    """How many recipients that is: as in the preview, whoever has no channel is none."""
    return sum(many for state, many in counted.items() if state != NO_CHANNEL)


def _bar(tx: Tx, say: Language, one: Broadcast) -> Reply:
    counted = broadcasts.counts(tx, one.id)
    total = _reachable(counted)
    waiting = counted.get(WAITING, 0)
    done = total - waiting
    cells = BAR * done // total if total else 0
    running = one.state in (WRITING, SENDING)
    text = say.say(
        PROGRESS,
        bar="▰" * cells + "▱" * (BAR - cells),
        done=done,
        all=total,
        sent=counted.get(SENT, 0) + counted.get(SEEN, 0),
        failed=sum(counted.get(state, 0) for state in (*DEAD, "cancelled")),
        waiting=waiting,
    )
    if counted.get(NO_CHANNEL):
        text += "\n" + say.say(BESIDES, count=counted[NO_CHANNEL])
    if not total and running:
        text = say.say(PREPARING)
    stop = ((Choice(say.say(STOP_LABEL), token(one, STOP)),),) if running else ()
    title = say.say(PROGRESS_TITLE, id=one.id)
    if not running:
        title = say.say(REPORT_TITLE, id=one.id, state=say.say(STATE_NAMES[one.state]))
    return Reply(text, title=title, choices=stop)


def _beginning(one: Broadcast) -> str:
    """By what people know the message again: how its text begins, or the name of its file."""
    text = one.text or next((file.name for file in one.files if file.name), "…")
    return clipped(" ".join(text.split()), BEGINNING)


def report(office: Office, tx: Tx, say: Language, one: Broadcast, now: datetime) -> Reply:
    """How far it came: recipients by state, and what can be done about it."""
    counted = broadcasts.counts(tx, one.id)
    when = (one.confirmed_at or one.created_at).astimezone(ZONE)
    named, text = office_named(office, one, say, now), _beginning(one)
    lines = [say.say(CONFIRMED_BY, office=named, when=when, text=text)]
    rows: list[tuple[str, str]] = []
    if one.state == SCHEDULED and one.send_at is not None:
        lines.append(say.say(GOES_AT, when=one.send_at.astimezone(ZONE)))
        rows.append((CALL_OFF_LABEL, CALL_OFF))
    elif not counted and one.state != CANCELLED:
        lines.append(say.say(NOBODY))
    if one.repeats:
        lines.append(say.say(REPEATED[one.repeats]))
    if counted:
        lines.append(say.say(COUNTED, count=_reachable(counted)))
    lines += [say.say(HOW_FAR[state], count=counted[state]) for state in HOW_FAR if counted.get(state)]
    if counted.get(NO_CHANNEL):
        lines.append(say.say(BESIDES, count=counted[NO_CHANNEL]))
    if one.state in (WRITING, SENDING):
        rows += [(STOP_LABEL, STOP), (REPORT_LABEL, REPORT)]
    if counted:
        rows += [(LIST_LABEL, UNREACHED), (EXCEL_LABEL, EXCEL)]
    if one.state in (DONE, STOPPED) and any(counted.get(state) for state in (*DEAD, NO_CHANNEL)):
        rows.append((AGAIN_LABEL, AGAIN))
    title = say.say(REPORT_TITLE, id=one.id, state=say.say(STATE_NAMES[one.state]))
    choices = tuple((Choice(say.say(label), token(one, word)),) for label, word in rows)
    return Reply("\n".join(lines), title=title, choices=choices)


def act(turn: Turn, one: Broadcast, word: str) -> Sequence[Reply] | None:
    """What can be done with a broadcast that was confirmed; None: not one of these."""
    match word:
        case "" | "ketqua":
            return [report(turn.office, turn.tx, turn.say, one, turn.now)]
        case "dung":
            return [_stop(turn, one)]
        case "huylich":
            gone = broadcasts.cancel(turn.tx, one.id, turn.now, "person")
            return [Reply(turn.say.say(CALLED_OFF if gone else CALLED_OFF_ALREADY))]
        case "chuanhan":
            return [_unreached(turn, one)]
        case "excel":
            paper = f"{PAPER}:{one.id}"
            attachment = Attachment(f"thong-bao-{one.id}.xlsx", XLSX, paper, turn.say.say(NOT_MADE, command=COMMAND))
            return [Reply(turn.say.say(TABLE_READY, id=one.id), attachment=attachment)]
        case "guilai":
            return [_again(turn, one)]
    return None


def _stop(turn: Turn, one: Broadcast) -> Reply:
    rest = broadcasts.stop(turn.tx, one.id, turn.now)
    if rest is None:
        return Reply(turn.say.say(NOT_RUNNING))
    counted = broadcasts.counts(turn.tx, one.id)
    sent = counted.get(SENT, 0) + counted.get(SEEN, 0)
    stopped = broadcasts.by_id(turn.tx, one.id)
    assert stopped is not None
    broadcasts.show(turn.tx, stopped, turn.now, turn.real)
    how = report(turn.office, turn.tx, turn.say, stopped, turn.now)
    return replace(how, text="\n".join((turn.say.say(STOPPED_NOW, sent=sent, rest=rest), how.text)))


def _again(turn: Turn, one: Broadcast) -> Reply:
    many = broadcasts.resend(turn.tx, one, turn.now, turn.real)
    return Reply(turn.say.say(SENT_AGAIN, count=many) if many else turn.say.say(NONE_AGAIN))


def _unreached(turn: Turn, one: Broadcast) -> Reply:
    """Who has not got it and why, and who has not said that they have."""
    say, office = turn.say, turn.office
    counted = broadcasts.counts(turn.tx, one.id)
    lines: list[str] = []
    missing = more = 0
    for heading, states in ((NOT_GOT, (WAITING, *DEAD, "cancelled")), (BESIDES, (NO_CHANNEL,))):
        many = sum(counted.get(state, 0) for state in states)
        if not many:
            continue
        missing, more = missing + many, more + max(many - LISTED, 0)
        lines.append(say.say(heading, count=many))
        for row in broadcasts.deliveries(turn.tx, one.id, states, LISTED):
            unit = office.units.get(row.unit_id) if row.unit_id is not None else None
            over = unit is not None and unit.is_over(turn.today)
            why = "over" if row.why == "nobody" and over else row.why
            reason = say.say(WHY[why]) if why else say.say(HOW_IT_IS[_how(row)], why=clipped(row.error, 60))
            lines.append(say.say(ONE_LINE, line=recipient_named(say, office, row), why=reason))
    quiet = counted.get(SENT, 0) if one.receipts else 0
    if quiet:
        lines.append(say.say(NOT_PRESSED, label=say.say(RECEIVED_LABEL), count=quiet))
        rows = broadcasts.deliveries(turn.tx, one.id, (SENT,), LISTED)
        lines += [say.say(BARE_LINE, line=line(say, office, row)) for row in rows]
        more += max(quiet - LISTED, 0)
    if more:
        lines.append(say.say(MORE, count=more))
    words = [(EXCEL_LABEL, EXCEL)]
    if one.state in (DONE, STOPPED) and missing:
        words.append((AGAIN_LABEL, AGAIN))
    choices = tuple((Choice(say.say(label), token(one, word)),) for label, word in words)
    return Reply("\n".join(lines) or say.say(ALL_GOT), choices=choices)


def _how(row: Delivery) -> str:
    """How it is with a recipient: the state, or that there was no room for the message."""
    return row.error if row.error == outbox.NO_ROOM else row.state


def paper(office: Office, clock: Clock, tx: Tx, message: Message, id: int) -> Callable[[], bytes]:
    """The report as a workbook, for whoever may write for that office; LookupError for everybody else."""
    one = broadcasts.by_id(tx, id)
    if one is None or not may_see(office, tx, message, one, clock):
        raise LookupError(f"no broadcast {id} for them")
    rows, today = broadcasts.deliveries(tx, id), clock.now().date()
    names = {u.id: u.name for u in office.units.values()}
    over = frozenset(u.id for u in office.units.values() if u.is_over(today))

    def make() -> bytes:
        from bot.papers.deliveries import deliveries

        return deliveries(rows, names, over)

    return make


# -- “Đã nhận” ---------------------------------------------------------------------------------------------------------


def received(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """The button on a message: noted once for each recipient; in a group for the group, whichever member it was."""
    id, person = number_in(asked.words, "b"), turn.person
    one = broadcasts.by_id(turn.tx, id) if id is not None else None
    theirs = person.id if person is not None and turn.private else None
    noted = broadcasts.delivery_at(turn.tx, one.id, turn.contact.id, theirs) if one is not None else None
    if one is None or noted is None or noted.address_id is None:
        return [Reply(turn.say.say(NOT_FOR_YOU))]
    if person is None:  # in a group: whom nobody knows cannot speak for the unit
        return []
    said = {"office": office_named(turn.office, one, turn.say, turn.now), "text": _beginning(one)}
    if not broadcasts.see(turn.tx, noted.id, person.id, turn.now):
        when = (noted.seen_at or turn.now).astimezone(ZONE)
        return [Reply(turn.say.say(ALREADY, when=when, **said))] if turn.private else []
    when = turn.now.astimezone(ZONE)
    seen = turn.say.say(SEEN_BY, name=person.name, when=when)
    edited = _edited(turn, one, noted.id, seen) if turn.means.edits else []
    if turn.private:
        return [*edited, Reply(turn.say.say(THANKS, when=when, **said))]
    return edited or [Reply(seen)]


def _edited(turn: Turn, one: Broadcast, delivery_id: int, seen: str) -> list[Reply]:
    """The message itself without its button and with who received it – where it can be told as it read."""
    message = broadcasts.message_at(turn.tx, delivery_id)
    if not message or one.files or used(one.text) & FIGURES:
        return []
    letters = Letters(turn.office)
    units = letters.units_at(turn.tx, one, turn.contact, turn.now)
    read = letters.letter(turn.tx, one, units, turn.say, turn.now) if units else None
    return [replace(read, text=f"{read.text}\n{seen}", choices=(), edits=message)] if read is not None else []


def allowed(turn: Turn, one: Broadcast | None, id: int) -> Broadcast:
    """The broadcast, if it is of an office for which the speaker may write; of another's one learns no more than of none."""
    if one is None or not turn.private or turn.person is None or not turn.can(Action.BROADCAST, one.unit_id):
        raise NotAllowed(NO_SUCH, id=id, command=COMMAND)
    return one
