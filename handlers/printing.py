"""Papers for people: what was handed in as a DOCX to be signed, and a season as a workbook for the standing office."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bot.chat import Attachment, Choice, Reply
from bot.clock import ZONE, Clock
from bot.errors import Misunderstood, NotAllowed
from bot.forms import tokens
from bot.forms.answers import Answer, Item, item_from_json
from bot.forms.answers import answers as folded
from bot.forms.scorecard import evidence, inputs, scorecard_form
from bot.plan.criteria import CriteriaTable
from bot.plan.dates import Milestone
from bot.plan.model import Plan
from bot.plan.questions import Form, Question
from bot.rules.access import Action, Actor, can
from bot.rules.rows import NOT_APPLICABLE, highest
from bot.rules.scoring import Scorecard
from bot.rules.undetermined import Undetermined
from bot.store import drafts, exemplars, handed_in, people
from bot.store.engine import Tx
from bot.store.exemplars import Exemplar
from bot.store.handed_in import HandedIn
from bot.store.outbox import Message
from bot.store.seasons import Season
from bot.store.units import Unit
from bot.texts import mark
from bot.turn import NO_RIGHT, SELF_SCORE, Asked, Office, Turn
from bot.vietnamese import fold
from handlers import audiences, deliveries, importing, inviting, models, mydata
from handlers.words import (
    NO_SEASON,
    clipped,
    concerning,
    meant_plans,
    number_in,
    stands_over,
    unit_choices,
    unit_in,
    which_plan,
)

if TYPE_CHECKING:
    from bot.papers.wording import Handed, Issuer
    from bot.papers.workbook import Cell, Rows

# bot.papers is imported where a paper is made: python-docx and openpyxl take half a second that no first answer has.

AGAIN, TABLE = "banin", "bangtonghop"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
REGISTRATION, SCORECARD, REPORT, BLANK, WORKBOOK = "registration", "scorecard", "report", "blank", "table"
OFFERED = 30  # papers of one unit as buttons, the newest; more than that nobody looks through
OUT = "Không áp dụng"  # on paper, which is always Vietnamese
LABEL = 44  # characters of a name on a button
SLUG = 40  # characters of a file's name

REGISTRATION_READY = mark(
    "The registration of “{name}” as a Word file, to be checked and signed. It is a draft: number, date and signature "
    "are left open."
)
SCORECARD_READY = mark(
    "The scorecard of “{name}” as a Word file, to be checked and signed. It is a draft: number, date and signature are "
    "left open."
)
REPORT_READY = mark(
    "“{name}” as a Word file, to be checked and signed. It is a draft: number, date and signature are left open."
)
BLANK_READY = mark("The blank registration form of {unit}, for filling in by hand.")
WORKBOOK_READY = mark("“{plan}”, {year}: registrations, points, who is missing what, and reports, as an Excel file.")
NOT_MADE = mark("The file could not be made; the administrator has been told. Please ask for it again with /{command}.")
WHICH_PAPER = mark("Papers of {unit}. Which one?")
NO_PAPER = mark("{unit} has handed in nothing yet that could be printed, and no plan that concerns it has a form.")
WHICH_UNIT = mark("For which unit?")
# A report is called by its name: “Báo cáo quý I”.
LABELS = {REGISTRATION: mark("Registration: {name}"), SCORECARD: mark("Scorecard: {name}")}
BLANK_LABEL = mark("Blank registration form")
BLANK_LABEL_OF = mark("Blank registration form ({plan})")


# -- what is said ----------------------------------------------------------------------------------------------------


def registration_paper(turn: Turn, handed: HandedIn) -> Reply:
    """The message that brings the registration as it was handed in."""
    return _reply_about(turn, REGISTRATION, REGISTRATION_READY, handed.id)


def scorecard_paper(turn: Turn, handed: HandedIn) -> Reply:
    """The message that brings the scorecard as it was handed in."""
    return _reply_about(turn, SCORECARD, SCORECARD_READY, handed.id)


def report_paper(turn: Turn, handed: HandedIn) -> Sequence[Reply]:
    """The message that brings the report as it was handed in; none for a document, which is a file already."""
    one = handed_in.by_id(turn.tx, handed.id)
    plan = turn.office.plan_of(one.season_id)
    return [_reply_about(turn, REPORT, REPORT_READY, one.id)] if plan.form(one.form).purpose == "report" else []


def papers(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/banin: the unit's papers once more, and its blank form; a button brings each."""
    id = number_in(asked.words, "g")
    if id is not None:
        return [_again(turn, id)]
    unit = _unit(turn, asked)
    if unit is None:
        turn.asking = True
        return [Reply(turn.say.say(WHICH_UNIT), choices=unit_choices(turn, _own(turn), AGAIN))]
    season_id = number_in(asked.words, "s")
    if season_id is not None:
        return [_blank(turn, unit, season_id)]
    rows = [(Choice(label, tokens.command(AGAIN, f"g{one.id}")),) for label, one in _papers_of(turn, unit)]
    with_form = [(s, p) for s, p in concerning(turn, unit) if p.registration is not None]
    for season, plan in with_form:
        label = turn.say.say(BLANK_LABEL)
        if len(with_form) > 1:
            label = turn.say.say(BLANK_LABEL_OF, plan=clipped(plan.name, LABEL))
        rows.append((Choice(label, tokens.command(AGAIN, f"u{unit.id}", f"s{season.id}")),))
    if not rows:
        return [Reply(turn.say.say(NO_PAPER, unit=unit.name))]
    turn.asking = True
    return [Reply(turn.say.say(WHICH_PAPER, unit=unit.name), choices=tuple(rows))]


def table(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/bangtonghop: a season as a workbook, for the standing office of its plan."""
    if not turn.office.running(turn.now):
        raise Misunderstood(NO_SEASON)
    found = [(season, plan) for season, plan in meant_plans(turn, asked) if stands_over(turn, plan, Action.MARK_PAPER)]
    if not found:
        raise NotAllowed(NO_RIGHT)
    if len(found) > 1:
        return which_plan(turn, found, TABLE)
    season, plan = found[0]
    name = f"tong-hop-{slug(plan.id)}-{season.year}.xlsx"
    attachment = Attachment(name, XLSX, f"{WORKBOOK}:{season.id}", turn.say.say(NOT_MADE, command=TABLE))
    return [Reply(turn.say.say(WORKBOOK_READY, plan=plan.name, year=season.year), attachment=attachment)]


def _reply_about(turn: Turn, kind: str, words: str, id: int) -> Reply:
    one = handed_in.by_id(turn.tx, id)
    name = _name(turn.office, turn.tx, one)
    unit = turn.office.units[one.unit_id]
    heads = {REGISTRATION: "ban-dang-ky", SCORECARD: "bang-tu-cham", REPORT: "bao-cao"}
    file = f"{heads[kind]}-{slug(unit.name)}-{one.id:05d}.docx"
    attachment = Attachment(file, DOCX, f"{kind}:{one.id}", turn.say.say(NOT_MADE, command=AGAIN))
    return Reply(turn.say.say(words, name=name), attachment=attachment)


def _again(turn: Turn, id: int) -> Reply:
    try:
        one = handed_in.by_id(turn.tx, id)
        kind = _kind(turn.office, one)
        turn.need(Action.SEE_POINTS, one.unit_id, one.season_id)
    except LookupError:
        raise NotAllowed(NO_RIGHT) from None
    words = {REGISTRATION: REGISTRATION_READY, SCORECARD: SCORECARD_READY, REPORT: REPORT_READY}
    return _reply_about(turn, kind, words[kind], id)


def _blank(turn: Turn, unit: Unit, season_id: int) -> Reply:
    turn.need(Action.SEE_POINTS, unit.id, season_id)
    try:
        form = turn.office.plan(turn.office.season_by_id(season_id)).registration
    except LookupError:
        form = None
    if form is None:
        raise NotAllowed(NO_RIGHT)
    attachment = Attachment(
        f"mau-ban-dang-ky-{slug(unit.name)}.docx",
        DOCX,
        f"{BLANK}:{season_id}:{unit.id}",
        turn.say.say(NOT_MADE, command=AGAIN),
    )
    return Reply(turn.say.say(BLANK_READY, unit=unit.name), attachment=attachment)


def _papers_of(turn: Turn, unit: Unit) -> list[tuple[str, HandedIn]]:
    """What the unit handed in during the running seasons and the speaker may see, the newest first, with its label."""
    seasons = [season.id for season, _ in concerning(turn, unit)]
    made = []
    for one in reversed(handed_in.newest(turn.tx, seasons, [unit.id])):
        try:
            kind = _kind(turn.office, one)
        except LookupError:  # feedback and the like: nothing to sign
            continue
        if turn.can(Action.SEE_POINTS, unit.id, one.season_id):
            label, name = LABELS.get(kind, ""), clipped(_name(turn.office, turn.tx, one), LABEL)
            made.append((turn.say.say(label, name=name) if label else name, one))
    return made[:OFFERED]


def _unit(turn: Turn, asked: Asked) -> Unit | None:
    """The unit that is named, else the speaker's only one; None: ask which."""
    named = unit_in(turn, asked.words)
    if named is None and asked.understood is not None and asked.understood.unit is not None:
        one = asked.understood.unit.one
        named = turn.office.units.get(one.id) if one else None
    own = _own(turn)
    if named is not None:
        if not turn.may(Action.SEE_POINTS, named.id):
            raise NotAllowed(NO_RIGHT)
        return named
    if not own:
        raise NotAllowed(NO_RIGHT)
    return own[0] if len(own) == 1 else None


def _own(turn: Turn) -> list[Unit]:
    return turn.own_units(Action.SEE_POINTS)


def slug(text: str) -> str:
    """The text as part of a file's name: ASCII letters, digits and hyphens."""
    return "-".join("".join(c if c.isascii() and c.isalnum() else " " for c in fold(text)).split())[:SLUG].strip("-")


# -- what a paper says -----------------------------------------------------------------------------------------------


def paper(office: Office, clock: Clock, tx: Tx, message: Message, name: str) -> Callable[[], bytes]:
    """Reads the paper of that name for whoever is reached there, and returns what makes it without the store.

    LookupError when there is none, or none for them: their rights are those of the moment in which it is sent.
    """
    kind, *numbers = name.split(":")
    if kind == mydata.KIND:
        return mydata.archive(office, clock, tx, message, int(numbers[0]))
    if kind in importing.PAPERS:
        return importing.paper(office, clock, tx, message, name)
    if kind == inviting.QR:
        return inviting.picture(office, tx, message, numbers[0])
    if kind == deliveries.FILE:
        return deliveries.file_paper(office, clock, tx, message, numbers[0], int(numbers[1]))
    if kind == deliveries.PAPER:
        return deliveries.paper(office, clock, tx, message, int(numbers[0]))
    if kind == audiences.PAPER:
        return audiences.paper(office, clock, tx, message, int(numbers[0]))
    actor = _actor(tx, message, clock)
    first = int(numbers[0])
    if kind == WORKBOOK:
        return _workbook(office, clock, tx, actor, first)
    if kind == BLANK:
        return _blank_paper(office, clock, actor, first, int(numbers[1]))
    one = handed_in.by_id(tx, first)
    unit = office.units[one.unit_id]
    if kind != _kind(office, one):
        raise LookupError(f"{one.id} is no {kind}")
    _allow(office, clock.now().date(), actor, Action.SEE_POINTS, unit, one.season_id)
    plan = office.plan_of(one.season_id)
    by = _issuer(office, plan, unit, clock)
    made = {REGISTRATION: _registration, SCORECARD: _scorecard, REPORT: _report}[kind]
    return made(tx, plan, one, unit, by)


def _actor(tx: Tx, message: Message, clock: Clock) -> Actor:
    """Whoever stands behind the address; papers go to known people in private, and nowhere else."""
    contact = people.contact_by_id(tx, message.address_id)
    person = people.known(tx, contact.person_id, clock.now()) if contact.private and contact.person_id else None
    if person is None:
        raise LookupError("nobody known is reached there")
    return person.actor


def _allow(office: Office, on: date, actor: Actor, action: Action, unit: Unit, season_id: int) -> None:
    if not can(actor, action, office.subject(unit.id, season_id, on=on)):
        raise LookupError(f"not theirs: {action.value} of unit {unit.id}")


def _kind(office: Office, one: HandedIn) -> str:
    """Which paper it makes; LookupError for what is not printed."""
    if one.form == SELF_SCORE:
        return SCORECARD
    purpose = office.plan_of(one.season_id).form(one.form).purpose
    kinds = {
        "registration": REGISTRATION,
        "report": REPORT,
    }  # a document is a file already, feedback needs no signature
    if purpose not in kinds:
        raise LookupError(f"a {purpose} is not printed")
    return kinds[purpose]


def _name(office: Office, tx: Tx, one: HandedIn) -> str:
    """What the paper is called: the exemplar's name, or the occasion of the report."""
    if one.exemplar_id is not None:
        return exemplars.by_id(tx, one.exemplar_id).name
    plan = office.plan_of(one.season_id)
    milestone = _occasion(plan, one.milestone)
    return milestone.name if milestone else plan.form(one.form).title


def _occasion(plan: Plan, id: str) -> Milestone | None:
    return next((m for m in plan.occasions if m.id == id), None)


def _receivers(plan: Plan, form: Form) -> tuple[str, ...]:
    """Who receives it by the duty that the form settles."""
    return next((m.to for m in plan.occasions if m.form == form.id and m.to), ())


@dataclass(frozen=True, slots=True)
class _By:
    """Whose paper it is, and how its head is filled; plain values, handed on when the paper is made."""

    name: str
    superior: str
    place: str

    @property
    def issuer(self) -> Issuer:
        from bot.papers.wording import Issuer

        return Issuer(self.name, self.superior, self.place)


def _issuer(office: Office, plan: Plan, unit: Unit, clock: Clock) -> _By:
    """The unit's own name under its parent's. What the plan's top hands in is the standing office's."""
    root = office.root(plan)
    if root is not None and unit.id == root.id:
        standing = plan.standing_office(clock.now().date())
        return _By(standing or unit.name, plan.document.superior, plan.document.place)
    return _By(unit.name, office.units.parent_name(unit), _place(plan, unit) or plan.document.place)


def _place(plan: Plan, unit: Unit) -> str:
    """Where an area dates its papers: its own name. Offices write where their plan's issuer does."""
    words = unit.name.split()
    communes = (["xã"], ["phường"], ["thị", "trấn"], ["đặc", "khu"])
    for kind in (*communes, ["huyện"], ["quận"], ["thị", "xã"], ["thành", "phố"]):
        if [word.lower() for word in words[: len(kind)]] == kind:
            return " ".join(words[len(kind) :])
    return ""


def _handed(one: HandedIn) -> Handed:
    from bot.papers.wording import Handed

    at = one.at.astimezone(ZONE)
    return Handed(f"{one.id:05d}/{at.year}", one.version, at)


def _answers(tx: Tx, one: HandedIn) -> dict[str, Answer]:
    """The answers as they were handed in; files by the names that they had when they came."""
    came = folded(drafts.events(tx, one.draft_id))
    made = {}
    for id, value in one.answers.items():
        if isinstance(value, dict) and "items" in value:
            made[id] = Answer(id, value.get("value"), items=_items(value["items"], came.get(id)), done=True)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            made[id] = Answer(id, items=_items(value, came.get(id)), done=True)
        else:
            made[id] = Answer(id, value)
    return made


def _items(stored: Sequence[Any], came: Answer | None) -> tuple[Item, ...]:
    """Pieces of evidence; what is stored as a digest alone is named by what came."""
    named = {item.sha256 or item.text: item for item in (came.items if came else ())}
    return tuple(
        item_from_json(piece) if isinstance(piece, dict) else named.get(piece, Item("text", text=str(piece)))
        for piece in stored
    )


def _registration(tx: Tx, plan: Plan, one: HandedIn, unit: Unit, by: _By) -> Callable[[], bytes]:
    form, answers = plan.form(one.form), _answers(tx, one)

    def make() -> bytes:
        from bot.papers import forms

        return forms.registration(plan, form, answers, by.issuer, _handed(one), _receivers(plan, form))

    return make


def _blank_paper(office: Office, clock: Clock, actor: Actor, season_id: int, unit_id: int) -> Callable[[], bytes]:
    plan, unit, season = office.plan_of(season_id), office.units[unit_id], office.season_by_id(season_id)
    _allow(office, clock.now().date(), actor, Action.SEE_POINTS, unit, season_id)
    form, by = plan.registration, _issuer(office, plan, unit, clock)
    if form is None:
        raise LookupError("the plan has no registration")

    def make() -> bytes:
        from bot.papers import forms

        return forms.blank(plan, form, by.issuer, season.year, _receivers(plan, form))

    return make


def _report(tx: Tx, plan: Plan, one: HandedIn, unit: Unit, by: _By) -> Callable[[], bytes]:
    form, answers, occasion = plan.form(one.form), _answers(tx, one), _occasion(plan, one.milestone)

    def make() -> bytes:
        from bot.papers import forms

        return forms.report(
            plan,
            form,
            answers,
            by.issuer,
            _handed(one),
            to=occasion.to if occasion else _receivers(plan, form),
            via=occasion.via if occasion else "",
            period=occasion.name if occasion else "",
        )

    return make


def _scorecard(tx: Tx, plan: Plan, one: HandedIn, unit: Unit, by: _By) -> Callable[[], bytes]:
    if one.exemplar_id is None:
        raise LookupError("a scorecard of nothing")
    e, answers = exemplars.by_id(tx, one.exemplar_id), _answers(tx, one)
    rows = plan.table(e.subject, unit.kind)
    form = scorecard_form(rows)
    points, words, total = _entered(rows, form, answers)
    if not points:  # handed in without a draft: only the points are known
        points, total = exemplars.scores(tx, one.id)[0], e.total
    files = {q.code: answers[q.id].items for q in form.questions if q.kind == "files" and q.id in answers}

    def make() -> bytes:
        from bot.papers import scorecard, wording

        named = {code: wording.items(pieces) for code, pieces in files.items()}
        column = {"self": scorecard.Column(points, words, total)}
        return scorecard.scorecard(plan, rows, column, named, e.name, unit.name, by.issuer, _handed(one))

    return make


def _entered(
    rows: CriteriaTable, form: Form, answers: Mapping[str, Answer]
) -> tuple[dict[str, Decimal], dict[str, str], Decimal | None]:
    """The points of rows and groups as the rules make them, what is said of rows that have none, and the total."""
    from bot.papers.wording import UNKNOWN

    card = Scorecard(rows, inputs(form, answers), evidence(form, answers))
    points: dict[str, Decimal] = {}
    words: dict[str, str] = {}
    for code, marked in card.marked.items():
        entered = card.inputs.get(code)
        if entered is NOT_APPLICABLE:
            words[code] = OUT
        elif isinstance(entered, bool) and not highest(marked.row):
            words[code] = "Có" if entered else "Không"
        elif isinstance(marked.points, Undetermined):
            words[code] = UNKNOWN
        elif isinstance(marked.points, Decimal):
            points[code] = marked.points
    return points, words, card.total if isinstance(card.total, Decimal) else None


# -- the workbook ----------------------------------------------------------------------------------------------------


def _workbook(office: Office, clock: Clock, tx: Tx, actor: Actor, season_id: int) -> Callable[[], bytes]:
    season = office.season_by_id(season_id)
    plan, root = office.plan(season), office.root(office.plan(season))
    if root is None:
        raise LookupError("a plan without a top")
    _allow(office, clock.now().date(), actor, Action.MARK_PAPER, root, season.id)
    seen = {
        id for id in office.units if can(actor, Action.SEE_POINTS, office.subject(id, season.id, on=clock.now().date()))
    }
    found = [e for e in exemplars.of_season(tx, season.id) if e.unit_id in seen]
    everything = [one for one in handed_in.newest(tx, [season.id]) if one.unit_id in seen]
    points = {
        one.exemplar_id: exemplars.scores(tx, one.id)[0]
        for one in everything
        if one.form == SELF_SCORE and one.exemplar_id is not None
    }
    reports = [(one, _answers(tx, one)) for one in everything if one.exemplar_id is None and _is_report(office, one)]
    missing = _missing(office, clock, tx, season, plan)

    def make() -> bytes:
        from bot.papers.workbook import workbook

        sheets = [
            _registrations(office, plan, found),
            *_points(office, plan, found, points),
            _missing_sheet(missing),
            *_targets(office, season, plan, found),
            _reports(office, plan, reports),
        ]
        return workbook(f"{plan.name} {season.year}", sheets)

    return make


def _is_report(office: Office, one: HandedIn) -> bool:
    """Whether it belongs on the sheet of reports; documents stand there by the names of their files."""
    plan = office.plan_of(one.season_id)
    return any(form.id == one.form and form.purpose in ("report", "document") for form in plan.forms)


def _registrations(office: Office, plan: Plan, found: Sequence[Exemplar]) -> Rows:
    from bot.papers.workbook import REGISTERED, Rows

    form = plan.registration
    questions = form.questions if form else ()
    headings = ["STT", "Đơn vị", *(q.short or q.ask for q in questions), "Ngày đăng ký", "Muộn", "Tổng điểm tự chấm"]
    rows = []
    for place, e in enumerate(found, start=1):
        row: list[Cell] = [place, office.units[e.unit_id].name]
        row += [_cell(q, e.given) for q in questions]
        rows.append([*row, e.registered_at.astimezone(ZONE).date(), "muộn" if e.late else "", e.total])
    return Rows(REGISTERED, headings, rows)


def _cell(question: Question, answers: Mapping[str, Answer]) -> Cell:
    """Numbers and days as such, everything else in words."""
    from bot.papers.wording import answer_of, value_of

    value = value_of(question, answers)
    return value if value is not None else answer_of(question, answers)


def _points(
    office: Office, plan: Plan, found: Sequence[Exemplar], points: Mapping[int, Mapping[str, Decimal]]
) -> list[Rows]:
    from bot.papers.workbook import POINTS, sheet_of_points

    sheets = []
    for one in plan.criteria:
        mine = [e for e in found if _scored_by(plan, e, office.units[e.unit_id]) is one]
        name = POINTS if len(plan.criteria) == 1 else f"{POINTS} {_called(plan, one)}"
        rows = [(office.units[e.unit_id].name, e.name, points.get(e.id, {}), e.total) for e in mine]
        sheets.append(sheet_of_points(name, rows, [(row.code, row.max) for row in one.leaves()]))
    return sheets


def _scored_by(plan: Plan, e: Exemplar, unit: Unit) -> CriteriaTable | None:
    try:
        return plan.table(e.subject, unit.kind)
    except KeyError:
        return None


def _called(plan: Plan, one: CriteriaTable) -> str:
    subject = next((s.name for s in plan.subjects if s.id == one.subject), one.subject)
    several = sum(other.subject == one.subject for other in plan.criteria) > 1
    return one.key if several else subject


@dataclass(frozen=True, slots=True)
class _Missing:
    """That one unit has not answered one milestone."""

    milestone: str
    due: Any
    unit: str
    overdue: bool


def _missing(office: Office, clock: Clock, tx: Tx, season: Season, plan: Plan) -> list[_Missing]:
    today = clock.now().date()
    made = []
    for milestone in plan.occasions:
        due = office.deadline(season, milestone)
        if due is None and office.undated(season, milestone) is None:
            continue  # of another year
        for id in office.still_owing(tx, season, milestone, office.bound(season, milestone)):
            last = due.last_day if due else None
            made.append(_Missing(milestone.name, last, office.units[id].name, last is not None and today > last))
    return made


def _missing_sheet(missing: Sequence[_Missing]) -> Rows:
    from bot.papers.workbook import MISSING, Rows

    rows: list[list[Cell]] = []
    for place, one in enumerate(missing, start=1):
        state = "quá hạn" if one.overdue else "chưa đến hạn" if one.due else "kế hoạch không nêu ngày"
        rows.append([place, one.milestone, one.due, one.unit, state])
    return Rows(MISSING, ["STT", "Mốc", "Hạn cuối", "Đơn vị", "Tình trạng"], rows)


def _targets(office: Office, season: Season, plan: Plan, found: Sequence[Exemplar]) -> list[Rows]:
    """How each unit stands with the number of models that the plan asks of it; no sheet where it asks for none."""
    from bot.papers.workbook import TARGETS, Rows

    rows: list[list[Cell]] = []
    for target in plan.targets:
        for unit, one in models.reached(office, season, plan, target, found):
            rows.append([len(rows) + 1, unit.name, one.counted, one.needed, one.missing])
    return [Rows(TARGETS, ["STT", "Đơn vị", "Được tính", "Chỉ tiêu", "Còn thiếu"], rows)] if rows else []


def _reports(office: Office, plan: Plan, found: Sequence[tuple[HandedIn, Mapping[str, Answer]]]) -> Rows:
    """One row a question, so that the same answer of all units can be filtered."""
    from bot.papers.workbook import REPORTS, Rows

    rows: list[list[Cell]] = []
    for one, answers in found:
        form, occasion = plan.form(one.form), _occasion(plan, one.milestone)
        for question in form.questions:
            rows.append(
                [
                    len(rows) + 1,
                    office.units[one.unit_id].name,
                    occasion.name if occasion else form.title,
                    question.short or question.ask,
                    _cell(question, answers),
                    one.version,
                    one.at.astimezone(ZONE).date(),
                    "muộn" if one.late else "",
                ]
            )
    headings = ["STT", "Đơn vị", "Báo cáo", "Nội dung", "Trả lời", "Phiên bản", "Ngày nộp", "Muộn"]
    return Rows(REPORTS, headings, rows)
