"""/nhapdanhsach: an administrator sends a list of units or people, reads what is wrong and what it would do, enters it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.chat import Attachment, Choice, File, Keeper, Reply
from bot.clock import ZONE, Clock
from bot.errors import Misunderstood, NotAllowed
from bot.forms import tokens
from bot.imports import lists
from bot.imports.columns import Kind
from bot.imports.lists import Checked, Issued
from bot.imports.standing import Standing
from bot.imports.template import CODES_FILE, FILES, FINDINGS_FILE, template, with_codes, with_findings
from bot.rules.access import Action, Actor, can
from bot.rules.giving import may_give
from bot.store import imports, people, unwanted
from bot.store.engine import Tx
from bot.store.outbox import Message
from bot.texts import language, mark
from bot.turn import NO_RIGHT, Asked, Office, Turn
from handlers import evidence
from handlers.filling import ask_again, sending_link
from handlers.inviting import link_of, seats

COMMAND = "nhapdanhsach"
ENTER, DROP, TEMPLATE = "ghi", "bo", "mau"
SHOWN = 15
"""Findings in the answer; with more of them, all come as a workbook."""
CODES_SHOWN = 15
DIGITS = 16
"""Of a digest in a button: enough for what only its own address can press."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TEMPLATE_PAPER, FINDINGS_PAPER, CODES_PAPER = "list_template", "list_findings", "list_codes"
PAPERS = frozenset({TEMPLATE_PAPER, FINDINGS_PAPER, CODES_PAPER})
BETWEEN = " · "
"""Between the parts of a line of codes, in which the list of them travels until it is made."""

HOW = mark(
    "Please send the list as a file here: an Excel workbook (.xlsx) or a CSV file. First you read what is wrong with it "
    "and what it would change; nothing is entered before you press “{enter}”."
)
ENTER_LABEL = mark("Enter the list")
DROP_LABEL = mark("Leave it")
TEMPLATE_LABELS = {"units": mark("Template: list of units"), "people": mark("Template: list of people")}
TEMPLATE_READY = mark("The template to be filled in. Its second sheet explains the columns; please send it back here.")
FINDINGS = {
    "units": mark("List of units, {rows} rows. Findings: {count}"),
    "people": mark("List of people, {rows} rows. Findings: {count}"),
}
LOOKED = {"units": mark("List of units, {rows} rows"), "people": mark("List of people, {rows} rows")}
MORE = mark("… and {count} more; the attached workbook has all of them in the column “Nhận xét”.")
CORRECT = mark("Nothing can be entered yet. Please correct the rows and send the file again.")
WOULD = mark("This would be entered:")
ENTERED = mark("Entered:")
CODES = mark(
    "One-time codes, valid until {until}; each lets one person in, once. Please give each only to the person themselves, "
    "then delete this message."
)
CODES_READY = mark("The codes of {count} people stand in the attached workbook.")
OTHER_FILE = mark(
    "That list was entered already, or a newer one has come since; nothing was changed. If need be, please send the file "
    "again."
)
CHANGED = mark("Meanwhile something has changed; nothing was entered. This is how it stands now:")
DROPPED = mark("Left; nothing was entered.")
GONE = mark("The file is not at hand any more. Please send it again.")
NOT_MADE = mark("The file could not be made; the administrator has been told. Please ask for it again with /{command}.")


def show(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/nhapdanhsach: how it goes, with the templates; from its buttons a template, the entering, or leaving it."""
    _need(turn)
    turn.asking = True
    match asked.words:
        case (word, ("units" | "people") as kind) if word == TEMPLATE:
            return [_template(turn, kind)]
        case (word, digest, stamp) if word == ENTER:
            return _enter(turn, digest, stamp)
        case (word, digest) if word == DROP:
            return _drop(turn, digest)
    turn.focus.leave()
    turn.focus.sending = COMMAND
    choices = tuple(
        (Choice(turn.say.say(label), tokens.command(COMMAND, TEMPLATE, kind)),)
        for kind, label in TEMPLATE_LABELS.items()
    )
    how = turn.say.say(HOW, enter=turn.say.say(ENTER_LABEL))
    if not turn.means.documents:
        how = "\n".join(part for part in (how, sending_link(turn)) if part)
    return [Reply(how, choices=choices)]


def sent(turn: Turn, files: Sequence[File], caption: str, album: str) -> Sequence[Reply]:
    """Files: a list if one was asked for and no form is open, else evidence."""
    good = [file for file in files if not file.problem]
    if not good or turn.focus.draft is not None or turn.focus.sending.split(":")[0] != COMMAND:
        return evidence.sent(turn, files, caption, album)
    _need(turn)
    return [reply for file in good for reply in _look(turn, file)]


def _need(turn: Turn) -> None:
    """Only for who may manage units somewhere; how far that reaches is asked of every row."""
    if not turn.private or turn.person is None or not turn.own_units(Action.MANAGE_UNITS):
        raise NotAllowed(NO_RIGHT)


def _template(turn: Turn, kind: Kind) -> Reply:
    turn.focus.leave()
    turn.focus.sending = COMMAND
    attachment = Attachment(FILES[kind], XLSX, f"{TEMPLATE_PAPER}:{kind}", turn.say.say(NOT_MADE, command=COMMAND))
    return Reply(turn.say.say(TEMPLATE_READY), attachment=attachment)


# -- looking -----------------------------------------------------------------------------------------------------------


def _look(turn: Turn, file: File) -> Sequence[Reply]:
    """What the list would do. The file holds names, so it is let go of at once: it goes when an hour has passed."""
    unwanted.note(turn.tx, [file.sha256], turn.now)
    turn.office.refresh(turn.tx)
    try:
        checked = _check(turn, file.sha256)
    except Misunderstood as wrong:
        return [Reply(turn.say.say(wrong.source, **wrong.values))]
    turn.focus.sending = f"{COMMAND}:{file.sha256}"
    return [_preview(turn, checked)]


def _check(turn: Turn, digest: str) -> Checked:
    return lists.check(lists.read(_content(turn.office, digest)), _standing(turn), digest)


def _content(office: Office, digest: str) -> bytes:
    keeper: Keeper | None = office.files
    try:
        if keeper is not None:
            return keeper.path(digest).read_bytes()
    except FileNotFoundError:
        pass
    raise Misunderstood(GONE)


def _standing(turn: Turn) -> Standing:
    return _standing_for(turn.office, turn.tx, turn.actor, turn.today)


def _standing_for(office: Office, tx: Tx, actor: Actor, today: date) -> Standing:
    def may_enter(unit_id: int | None) -> bool:
        return can(actor, Action.MANAGE_UNITS, office.subject(unit_id, on=today))

    def may_make(function: str, unit_ids: Collection[int]) -> bool:
        return bool(unit_ids) and all(may_give(actor, function, office.subject(id, on=today)) for id in unit_ids)

    return lists.standing(office, tx, today, may_enter=may_enter, may_give=may_make)


def _preview(turn: Turn, checked: Checked) -> Reply:
    """What is wrong with the list, or what it would do with the buttons that do it."""
    say, kind, rows = turn.say, checked.listed.kind, len(checked.listed.entries)
    findings = [finding.told(say) for finding in checked.findings]
    lines = findings[:SHOWN]
    attachment = None
    if len(findings) > SHOWN:
        lines.append(say.say(MORE, count=len(findings) - SHOWN))
        paper = f"{FINDINGS_PAPER}:{checked.digest[:DIGITS]}"
        attachment = Attachment(FINDINGS_FILE, XLSX, paper, say.say(NOT_MADE, command=COMMAND))
    title = say.say(FINDINGS[kind] if findings else LOOKED[kind], rows=rows, count=len(findings))
    if checked.refused:
        lines.append(say.say(CORRECT))
        return Reply("\n".join(lines), title=title, attachment=attachment)
    told = lists.told(say, checked, _standing(turn))
    if checked.empty:
        return Reply("\n".join([*lines, *told]), title=title, attachment=attachment)
    lines += [say.say(WOULD), *told]
    digest = checked.digest[:DIGITS]
    choices = (
        (Choice(say.say(ENTER_LABEL), tokens.command(COMMAND, ENTER, digest, checked.stamp)),),
        (Choice(say.say(DROP_LABEL), tokens.command(COMMAND, DROP, digest)),),
    )
    return Reply("\n".join(lines), title=title, choices=choices, attachment=attachment)


# -- entering ----------------------------------------------------------------------------------------------------------


def _at_hand(turn: Turn, digest: str) -> str:
    """The digest of the file that was looked at last here, if the button means that one."""
    last = _last(turn.focus.sending, digest)
    if not last:
        raise Misunderstood(OTHER_FILE)
    return last


def _last(sending: str, digest: str) -> str:
    """The whole digest of what was sent last, if `digest` is its beginning; nothing else names the file anywhere."""
    command, _, last = sending.partition(":")
    return last if command == COMMAND and len(digest) == DIGITS and last.startswith(digest) else ""


def _enter(turn: Turn, digest: str, stamp: str) -> Sequence[Reply]:
    """Enter exactly what was shown; if that would be something else by now, show it anew and enter nothing."""
    whole = _at_hand(turn, digest)
    imports.alone(turn.tx)
    turn.office.refresh(turn.tx)
    checked, standing = _check(turn, whole), _standing(turn)
    if checked.refused or checked.empty or checked.stamp != stamp:
        return [Reply(turn.say.say(CHANGED)), _preview(turn, checked)]
    assert turn.person is not None
    issued = lists.enter(turn.tx, checked, standing, turn.now, turn.person.id)
    turn.focus.sending = COMMAND
    turn.office.refresh(turn.tx)
    told = Reply("\n".join([turn.say.say(ENTERED), *lists.told(turn.say, checked, standing)]))
    return [told, _codes(turn, issued)] if issued else [told]


def _codes(turn: Turn, issued: Sequence[Issued]) -> Reply:
    until = (turn.now + timedelta(days=people.CODE_DAYS)).astimezone(ZONE).date()
    lines = [BETWEEN.join(_part(part) for part in (one.name, one.place, one.functions, one.code)) for one in issued]
    heading = turn.say.say(CODES, until=until)
    said = lines if len(lines) <= CODES_SHOWN else [turn.say.say(CODES_READY, count=len(lines))]
    attachment = Attachment(CODES_FILE, XLSX, f"{CODES_PAPER}:{len(lines)}", "\n".join(lines))
    return Reply("\n".join([heading, *said]), attachment=attachment)


def _part(text: str) -> str:
    return text.replace(BETWEEN.strip(), "-")


def _drop(turn: Turn, digest: str) -> Sequence[Reply]:
    _at_hand(turn, digest)
    turn.focus.sending = ""
    return [Reply(turn.say.say(DROPPED)), *ask_again(turn)]


# -- what is made when it is sent ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Reached:
    actor: Actor
    language: str
    sending: str
    """What was sent last from there."""


def paper(office: Office, clock: Clock, tx: Tx, message: Message, name: str) -> Callable[[], bytes]:
    """The template, the list with its findings, or the codes, for whoever may; LookupError for everybody else."""
    kind, _, rest = name.partition(":")
    reached, today = _reached(office, clock, tx, message), clock.now().date()
    if kind == TEMPLATE_PAPER:
        return lambda: template("people" if rest == "people" else "units")
    if kind == CODES_PAPER:
        issued = [Issued(*line.split(BETWEEN)) for line in message.payload["attachment"]["otherwise"].split("\n")]
        until = today + timedelta(days=people.CODE_DAYS)
        link, say = link_of(office, ""), language(reached.language)
        each = seats(tx, office, len(issued))
        typed_at = [f"{say.channel(door.channel)}: {door.name} ({door.link})" if door else "" for door in each]
        return lambda: with_codes(issued, until, link, typed_at)
    whole = _last(reached.sending, rest)
    if not whole:
        raise LookupError("another list was sent since")
    standing, content = _standing_for(office, tx, reached.actor, today), _content(office, whole)

    def make() -> bytes:
        checked = lists.check(lists.read(content), standing, whole)
        return with_findings(checked.listed, checked.findings, language(reached.language))

    return make


def _reached(office: Office, clock: Clock, tx: Tx, message: Message) -> _Reached:
    contact = people.contact_by_id(tx, message.address_id)
    person = people.known(tx, contact.person_id, clock.now()) if contact.private and contact.person_id else None
    today = clock.now().date()
    if person is None or not any(
        can(person.actor, Action.MANAGE_UNITS, office.subject(id, on=today)) for id in office.units
    ):
        raise LookupError("nobody who may enter lists is reached there")
    return _Reached(person.actor, person.language, contact.focus.get("sending", ""))
