"""/dulieu and /xoadulieu: what is held on the one who asks, as an answer and as files; and its erasure."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from bot.chat import Attachment, Choice, Reply
from bot.clock import ZONE, Clock
from bot.errors import NotAllowed
from bot.forms import tokens
from bot.rules.access import FOCAL_POINT, OFFICER, STANDING_OFFICE, UNIT_HEAD
from bot.store import clusters, held, notices, people, seasons
from bot.store.engine import Tx
from bot.store.held import Held
from bot.store.outbox import Message
from bot.store.units import Unit
from bot.texts import Language, language, mark
from bot.turn import NO_RIGHT, OCCURRENCE, PAPER, SELF_SCORE, Asked, Focus, Office, Turn
from handlers import consent
from handlers.functions import called, where

KIND = "mydata"
ZIP = "application/zip"
FILE = "du-lieu-cua-toi.zip"
SHEETS, PLAIN = "du-lieu.xlsx", "du-lieu.json"
LISTED = 8  # pieces of one kind in the answer; all of them are in the files
SURE = "chac"
COLLEAGUES = (OFFICER, FOCAL_POINT, UNIT_HEAD)
"""Who is told at the unit itself that a function is vacant; above it, the standing office."""
OWN_FORMS: Mapping[str, str] = {
    SELF_SCORE: mark("scorecard"),
    PAPER: mark("letter received on paper"),
    OCCURRENCE: mark("day of an event of the plan"),
}

TITLE = mark("What Khéo holds on you")
NAME = mark("Name: {name}; known here since {since}.")
ROLE = mark("{function} – {unit}")
ROLE_SPAN = mark("{function} – {unit} ({first} – {last})")
ROLES = mark("Functions: {roles}.")
NO_ROLES = mark("Functions: none.")
ADDRESSES = mark("Where messages reach you: {addresses}.")
CONSENTED = mark("Consent: given to the notice {version}, {when}.")
MADE_UP = mark("Consent: entered with the demonstration data, not by you.")
DECLINED = mark("Consent: not given, or taken back, {when}.")
NOT_ASKED = mark("Consent: not answered yet.")
DRAFTS = mark("Not handed in: {drafts}.")
PAPERS = mark("Handed in by you, by number: {papers}.")
FILES = mark("Files that you sent as answers: {count}.")
SENT = mark("Messages written to you: {count}; your own words on the web page that are still kept: {said}.")
TRACES = mark("Rows of the trace that name you by your number: {count}; decisions that bear your name: {decisions}.")
MORE = mark("{listed} and {more} more")
ASK = mark("If something is wrong, please tell the standing office; it answers within 2 working days.")
WITH_FILES = mark("All of it is in the attached archive, as a table and as JSON.")
NOT_MADE = mark("The file could not be made; the administrator has been told. Please ask for it again with /{command}.")
ERASE_MINE = mark("Erase my data…")
TAKE_BACK = mark("Take my consent back")

SURE_TITLE = mark("Really erase?")
SURE_TEXT = mark(
    "This cannot be undone. It erases: your addresses, so that no message reaches you any more; your language; the forms "
    "that only you filled in and that were not handed in ({drafts}), with their files; the messages to you and from you. "
    "Your functions end, and your unit is told that they are vacant."
)
STAYS = mark(
    "What the law keeps stays: what you handed in ({papers}), with your name on it, and the trace of who did what, which "
    "names you by a number only. {until}"
)
STAYS_NOTHING = mark("You have handed in nothing, so your name goes too; the trace names you by a number only. {until}")
SHARED = mark("{count} forms in which colleagues have a share stay with the unit.")
UNTIL = mark("The papers of {plan} {year} may be removed {years} full years after that year.")
NO_END = mark("For the papers of {plan} {year} no end is laid down: the office's archive decides.")
TRACE_UNTIL = mark("The trace has no end that Khéo knows; the office decides with its archive.")
BACKUPS = mark("Copies of the database made before today still hold it until the office lets them go.")
DO_ERASE = mark("Erase")
KEEP = mark("Keep everything")
KEPT = mark("Nothing was erased.")
ERASED = mark(
    "Erased: {addresses} addresses, {drafts} forms with {files} files, {messages} messages of the web page, and what was "
    "still on its way to you. From now on Khéo does not know you here."
)
VACANT_TITLE = mark("A function is vacant")
VACANT = mark(
    "At {unit} the function “{function}” is vacant since {day}. Please have somebody invited, so that reminders arrive."
)


# As the workbook writes them, for whoever opens it at home.
LANGUAGES = {"vi": "tiếng Việt", "en": "tiếng Anh"}
REACHED = {"ok": "nhắn tới được", "blocked": "đã chặn Khéo", "gone": "không nhắn tới được"}


def show(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/dulieu: in short as an answer, whole as an archive."""
    if turn.person is None:
        raise NotAllowed(NO_RIGHT)
    mine = held.on(turn.tx, turn.person.id, turn.today)
    say = turn.say
    lines = [
        say.say(NAME, name=mine.name, since=_day(mine.since)),
        _roles(turn, mine),
        say.say(ADDRESSES, addresses=_listed(say, [say.channel(one.channel) for one in mine.addresses])),
        _consent(say, mine),
    ]
    if mine.drafts:
        lines.append(say.say(DRAFTS, drafts=_listed(say, [_draft(turn.office, say, one) for one in mine.drafts])))
    if mine.papers:
        lines.append(say.say(PAPERS, papers=_listed(say, [_number(one.id, one.at) for one in mine.papers])))
    lines += [
        say.say(FILES, count=len(mine.files)),
        say.say(SENT, count=mine.sent, said=len(mine.said)),
        say.say(TRACES, count=mine.traces, decisions=mine.decisions),
        say.say(WITH_FILES),
        say.say(ASK),
    ]
    attachment = Attachment(FILE, ZIP, f"{KIND}:{mine.id}", say.say(NOT_MADE, command=consent.SHOW))
    agreed = consent.consented(turn)
    other = Choice(say.say(TAKE_BACK), tokens.command(consent.DECLINE))
    if not agreed:
        other = Choice(say.say(consent.READ_AGAIN), tokens.command(consent.AGREE))
    rows = ((other,), (Choice(say.say(ERASE_MINE), tokens.command(consent.ERASE)),))
    turn.asking = True
    return [Reply("\n".join(f"• {line}" for line in lines), say.say(TITLE), rows, attachment=attachment)]


def erase(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/xoadulieu: asked once more; only the button that is shown then erases."""
    if turn.person is None:
        raise NotAllowed(NO_RIGHT)
    if asked.words == ("giu",) and not asked.text:
        return [Reply(turn.say.say(KEPT))]
    if asked.words != (SURE,) or asked.text:
        return [_asked_again(turn, held.on(turn.tx, turn.person.id, turn.today))]
    return [_erased(turn, turn.person.id)]


def _asked_again(turn: Turn, mine: Held) -> Reply:
    say = turn.say
    own = [one for one in mine.drafts if not one.shared]
    until = " ".join([*_ends(turn, mine), say.say(TRACE_UNTIL)])
    numbers = _listed(say, [_number(one.id, one.at) for one in mine.papers])
    parts = [say.say(SURE_TEXT, drafts=len(own))]
    if mine.papers or mine.decisions:
        parts.append(say.say(STAYS, papers=numbers or 0, until=until))
    else:
        parts.append(say.say(STAYS_NOTHING, until=until))
    if len(own) < len(mine.drafts):
        parts.append(say.say(SHARED, count=len(mine.drafts) - len(own)))
    parts.append(say.say(BACKUPS))
    turn.asking = True
    ways = (
        (Choice(say.say(DO_ERASE), tokens.command(consent.ERASE, SURE)),),
        (Choice(say.say(KEEP), tokens.command(consent.ERASE, "giu")),),
    )
    return Reply("\n\n".join(parts), say.say(SURE_TITLE), ways)


def _erased(turn: Turn, person_id: int) -> Reply:
    """Erase, tell the units, and answer a stranger: the answer goes to a new, empty address at the same place."""
    was = turn.contact.address
    gone = held.erase(turn.tx, person_id, turn.now)
    for function, unit_id in gone.vacant:
        if unit_id in turn.office.units:
            _tell_unit(turn, turn.office.units[unit_id], function)
    said = turn.say.say(ERASED, addresses=gone.addresses, drafts=gone.drafts, files=gone.files, messages=gone.messages)
    turn.person, turn.focus, turn.asking = None, Focus(), True
    turn.contact = people.greet(turn.tx, was, private=True, name="", language=turn.say.code, now=turn.now)
    return Reply(said)


def _tell_unit(turn: Turn, unit: Unit, function: str) -> None:
    """That the function is vacant, and nothing about whoever held it."""

    def vacant(say: Language) -> Reply:
        words = say.say(VACANT, unit=unit.name, function=called(say, function), day=turn.today)
        return Reply(words, say.say(VACANT_TITLE))

    told = [c for _, c in people.contacts_of_units(turn.tx, [unit.id], *COLLEAGUES, on=turn.today)]
    above = people.contacts_of_units(turn.tx, [unit.id, *unit.above], STANDING_OFFICE, on=turn.today)
    told += [c for _, c in above]
    told += [c for c in people.groups(turn.tx) if c.unit_id == unit.id]
    cause = f"vacant:{unit.id}:{function}:{turn.now.timestamp():.0f}"
    notices.notify(turn.tx, told, cause, vacant, turn.now, turn.real, subject=cause)


def _ends(turn: Turn, mine: Held) -> list[str]:
    """Until when each season keeps what the person handed in there."""
    made = []
    years_of = {season.id: season.year for season in seasons.every(turn.tx)}
    for season_id in sorted({paper.season_id for paper in mine.papers}):
        try:
            plan = turn.office.plan_of(season_id)
        except LookupError:  # its file is gone
            continue
        year = years_of[season_id]
        years = plan.privacy.keep_years
        sentence = UNTIL if years is not None else NO_END
        made.append(turn.say.say(sentence, plan=plan.name, year=year, years=years))
    return made


def _roles(turn: Turn, mine: Held) -> str:
    made = []
    for one in mine.roles:
        words = {"function": called(turn.say, one.function), "unit": _place(turn.tx, turn.office, turn.say, one)}
        if one.valid_from is None and one.valid_to is None:
            made.append(turn.say.say(ROLE, **words))
        else:
            made.append(turn.say.say(ROLE_SPAN, first=one.valid_from or "…", last=one.valid_to or "…", **words))
    return turn.say.say(ROLES, roles="; ".join(made)) if made else turn.say.say(NO_ROLES)


def _place(tx: Tx, office: Office, say: Language, one: held.HeldRole) -> str:
    return where(office, say, one, clusters.by_id(tx)) or "–"


def _consent(say: Language, mine: Held) -> str:
    if not mine.consents:
        return say.say(NOT_ASKED)
    last = mine.consents[-1]
    if not last.given:
        return say.say(DECLINED, when=last.at.astimezone(ZONE))
    if last.address_id is None:
        return say.say(MADE_UP)
    return say.say(CONSENTED, version=last.version, when=last.at.astimezone(ZONE))


def _form(office: Office, say: Language, season_id: int, form: str) -> str:
    if form in OWN_FORMS:
        return say.say(OWN_FORMS[form])
    try:
        return office.plan_of(season_id).form(form).title
    except LookupError:
        return form


def _draft(office: Office, say: Language, one: held.HeldDraft) -> str:
    unit = office.units.get(one.unit_id)
    return (
        f"{_form(office, say, one.season_id, one.form)} ({unit.name if unit else '–'}, {say.date(_day(one.opened_at))})"
    )


def _number(id: int, at: datetime) -> str:
    return f"{id:05d}/{at.astimezone(ZONE).year}"


def _day(at: datetime) -> date:
    return at.astimezone(ZONE).date()


def _listed(say: Language, pieces: Sequence[str]) -> str:
    first = ", ".join(pieces[:LISTED])
    return say.say(MORE, listed=first, more=len(pieces) - LISTED) if len(pieces) > LISTED else first or "–"


# -- the archive -----------------------------------------------------------------------------------------------------


def archive(office: Office, clock: Clock, tx: Tx, message: Message, person_id: int) -> Callable[[], bytes]:
    """Reads what is held on the person who is reached there, and returns what makes the archive of it.

    LookupError when somebody else is reached there.
    """
    contact = people.contact_by_id(tx, message.address_id)
    if not contact.private or contact.person_id != person_id:
        raise LookupError("somebody else is reached there")
    mine = held.on(tx, person_id, clock.now().date())
    tables, plain = _tables(tx, office, mine), _plain(office, mine, clock.now())

    def make() -> bytes:
        from bot.papers.sheet import timeless
        from bot.papers.workbook import Rows, workbook

        sheets = [Rows(name, headings, rows) for name, headings, rows in tables]
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr(SHEETS, workbook("Dữ liệu Khéo lưu về tôi", sheets))
            packed.writestr(PLAIN, json.dumps(plain, ensure_ascii=False, indent=1))
        return timeless(written.getvalue())

    return make


def _tables(tx: Tx, office: Office, mine: Held) -> list[tuple[str, list[str], list[list[Any]]]]:
    say = language("vi")

    def unit(id: int | None) -> str:
        found = office.units.get(id) if id is not None else None
        return found.name if found else ""

    person: list[list[Any]] = [
        ["Họ tên", mine.name],
        ["Ngôn ngữ", LANGUAGES.get(mine.language, mine.language)],
        ["Có trong hệ thống từ", _day(mine.since)],
        ["Dòng nhật ký có nhắc tới", mine.traces],
        ["Quyết định mang tên", mine.decisions],
        ["Tin nhắn đã gửi tới", mine.sent],
        ["Liên kết riêng đã cấp, còn lưu", mine.links],
    ]
    return [
        ("Bản thân", ["Mục", "Nội dung"], person),
        (
            "Chức năng",
            ["Chức năng", "Đơn vị", "Từ ngày", "Đến hết ngày"],
            [[called(say, r.function), _place(tx, office, say, r), r.valid_from, r.valid_to] for r in mine.roles],
        ),
        (
            "Địa chỉ",
            ["Kênh", "Số của cuộc trò chuyện", "Tình trạng", "Ưu tiên", "Từ ngày"],
            [
                [
                    say.channel(a.channel),
                    a.chat,
                    REACHED.get(a.state, a.state),
                    "có" if a.preferred else "",
                    _day(a.since),
                ]
                for a in mine.addresses
            ],
        ),
        (
            "Đồng ý",
            ["Bản thông báo", "Trả lời", "Lúc"],
            [
                [c.version, "đồng ý" if c.given else "không đồng ý", say.moment(c.at.astimezone(ZONE))]
                for c in mine.consents
            ],
        ),
        (
            "Bản chưa nộp",
            ["Số bản nháp", "Biểu mẫu", "Đơn vị", "Mở ngày", "Số câu đã trả lời", "Có người khác cùng nhập"],
            [
                [
                    *(d.id, _form(office, say, d.season_id, d.form), unit(d.unit_id), _day(d.opened_at), d.mine),
                    "có" if d.shared else "không",
                ]
                for d in mine.drafts
            ],
        ),
        (
            "Đã nộp",
            ["Số", "Biểu mẫu", "Đơn vị", "Phiên bản", "Ngày"],
            [
                [_number(p.id, p.at), _form(office, say, p.season_id, p.form), unit(p.unit_id), p.version, _day(p.at)]
                for p in mine.papers
            ],
        ),
        (
            "Tệp đã gửi",
            ["Tên tệp", "Loại", "Số byte", "Ngày", "SHA-256", "Thuộc bản đã nộp"],
            [[f.name, f.kind, f.size, _day(f.at), f.sha256, "có" if f.kept else "không"] for f in mine.files],
        ),
        (
            "Lời đã gõ trên trang web",
            ["Lúc", "Nội dung"],
            [[say.moment(at.astimezone(ZONE)), text] for at, text in mine.said],
        ),
    ]


def _plain(office: Office, mine: Held, on: datetime) -> dict[str, Any]:
    def unit(id: int | None) -> str:
        found = office.units.get(id) if id is not None else None
        return found.code if found else ""

    return {
        "made_at": on.isoformat(),
        "person": {"id": mine.id, "name": mine.name, "language": mine.language, "since": mine.since.isoformat()},
        "roles": [
            {"function": r.function, "unit": unit(r.unit_id), "from": _iso(r.valid_from), "to": _iso(r.valid_to)}
            for r in mine.roles
        ],
        "addresses": [
            {"channel": a.channel, "chat": a.chat, "state": a.state, "since": a.since.isoformat()}
            for a in mine.addresses
        ],
        "consents": [{"version": c.version, "given": c.given, "at": c.at.isoformat()} for c in mine.consents],
        "drafts": [
            {"id": d.id, "form": d.form, "unit": unit(d.unit_id), "opened": d.opened_at.isoformat(), "answers": d.mine}
            for d in mine.drafts
        ],
        "handed_in": [
            {"number": _number(p.id, p.at), "form": p.form, "unit": unit(p.unit_id), "version": p.version}
            | {"at": p.at.isoformat()}
            for p in mine.papers
        ],
        "files": [
            {"name": f.name, "kind": f.kind, "bytes": f.size, "sha256": f.sha256, "at": f.at.isoformat()}
            for f in mine.files
        ],
        "said": [{"at": at.isoformat(), "text": text} for at, text in mine.said],
        "rows_of_the_trace": mine.traces,
        "decisions": mine.decisions,
        "messages_sent": mine.sent,
        "links": mine.links,
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
