"""One unit gets a later last day for one duty: who may gives it, with a reason; the unit is told, and it can be taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from bot.chat import Choice, Reply
from bot.errors import Misunderstood, NotAllowed
from bot.forms import tokens
from bot.forms.answers import Answer, Event, answers, from_json, to_json
from bot.forms.engine import current
from bot.plan.dates import Milestone
from bot.plan.model import Plan
from bot.plan.questions import Form, Option, Question
from bot.rules.access import WRITTEN_TO, Action
from bot.rules.calendar import MissingCalendar
from bot.store import drafts, extensions, notices, people
from bot.store.drafts import Draft
from bot.store.seasons import Season
from bot.store.units import Unit
from bot.texts import Language, language, mark
from bot.turn import EXTENSION, NO_RIGHT, Asked, Finisher, Office, Turn
from handlers import filling
from handlers.reaching import milestone_in
from handlers.registration import unit_answered
from handlers.reports import OLD_SEASON
from handlers.words import as_office, clipped, number_in, of_plan, standing, unit_in, units_besides_plans, which_plan

COMMAND = "giahan"
NEW, BACK, SURE = "moi", "rut", "chac"  # words in the buttons
SHORTEST_REASON, LONGEST_REASON = 5, 300  # letters (a day is no reason), characters
EXAMPLE_DAYS = 5  # working days after the date that holds: a day that would be taken
LISTED = 20  # extensions in one answer; more are rare, and the newest are the ones that are looked for

TITLE = mark("Extended dates")
NONE = mark("No unit has an extended date at present.")
LINE = mark("• {unit} – {milestone}: until {day} (instead of {old}). Reason: {reason}")
LINE_UNDATED = mark("• {unit} – {milestone}: until {day}. Reason: {reason}")
MORE = mark("Extend for a unit")
TAKE_BACK = mark("Take back: {unit}, {day}")
REALLY = mark(
    "Take back the extension of {unit} for “{milestone}” until {day}? The usual date holds again, and the unit is told."
)
YES_BACK = mark("Yes, take it back")
TAKEN_BACK = mark("Taken back: the usual date of “{milestone}” holds for {unit} again.")
NOT_THERE = mark("There is no such extension (any more); nothing was changed.")
ASK_UNIT = mark("For which unit? Please type its name.")
ASK_MILESTONE = mark("For which duty?")
ASK_DAY = mark("Until which day (that day included)? E.g. 15/02/2024.")
ASK_REASON = mark("For what reason? The unit reads it, e.g. “xã đang khắc phục hậu quả mưa lũ”.")
NO_REASON = mark(
    "“{given}” is too short for a reason; the unit reads it. Please say it in words, e.g. “xã đang khắc phục hậu quả mưa lũ”."
)
HAS_DATE = mark("The date of {unit} is at present: {day}.")
HAS_NONE = mark("The plan names no day for that; the day that is set here is for {unit} only.")
UNFINISHED = mark("Extension: not confirmed yet")
PAST_DAY = mark("{day} is over already. Please give a day from today on, e.g. {example}.")
TOO_EARLY = mark(
    "{day} is not later than the date of {unit} that holds ({old}). An extension is a later day, e.g. {example}."
)
ANOTHER_YEAR = mark(
    "{day} lies too far off: the calendar of the days off of {year} is not known yet. Please give an earlier day, e.g. "
    "{example}."
)
HANDED_IN = mark("{unit} has answered “{milestone}” already; there is nothing to extend.")
NOT_BOUND = mark("“{milestone}” is not asked of {unit}; there is nothing to extend.")
NOTHING_TO_EXTEND = mark("The plan “{plan}” asks nothing of its units that could be extended.")
EXTENDED = mark("Extended: {unit} has until {day} for “{milestone}”. Reason: {reason}")
NOT_WORKED = mark("{day} is a day off; the last working day before it is {last}.")
TOLD = mark("The unit is told.")
NOBODY_TO_TELL = mark("Nobody of {unit} can be reached on Khéo; please tell it otherwise.")
NOTICE_TITLE = mark("Date extended: {milestone}")
NOTICE = mark(
    "Considering the situation of {unit}, {office} agrees that “{milestone}” ({document}) is handed in by {day} at the "
    "latest. Reason: {reason}."
)
NOTICE_BACK_TITLE = mark("Extension taken back: {milestone}")
NOTICE_BACK = mark(
    "{office} has taken back the extension of {unit} for “{milestone}” ({document}). The date is: {day}."
)
NO_DAY = mark("without a fixed day")


def begin(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/giahan: the extensions that hold, each to be taken back; a button, or a unit that is named, begins another."""
    mine = as_office(turn, Action.EXTEND)
    if not asked.text and (BACK in asked.words or SURE in asked.words):
        return _take_back(turn, asked, mine, sure=SURE in asked.words)
    unit = _unit_meant(turn, asked, mine)
    if unit is None and NEW not in asked.words:
        return _list(turn, mine)
    among = [pair for pair in mine if unit is None or unit.id in turn.office.taking_part(pair[0])] or mine
    season_id = number_in(asked.words, "s") if not asked.text else None
    among = [pair for pair in among if season_id in (None, pair[0].id)]
    if not among:
        raise NotAllowed(NO_RIGHT)
    if len(among) > 1:
        return which_plan(turn, among, COMMAND, NEW, *([f"u{unit.id}"] if unit is not None else []))
    return _open(turn, *among[0], unit)


def _unit_meant(turn: Turn, asked: Asked, mine: Sequence[tuple[Season, Plan]]) -> Unit | None:
    named = unit_in(turn, asked.words) if not asked.text else None
    if named is None and asked.understood is not None and asked.understood.unit is not None:
        found = units_besides_plans(turn, asked.text, asked.understood.unit)
        named = turn.office.units.get(found.one.id) if found.one else None
    if named is not None and not any(named.id in turn.office.taking_part(season) for season, _ in mine):
        raise NotAllowed(NO_RIGHT)
    return named


# -- those that hold ---------------------------------------------------------------------------------------------------


def _list(turn: Turn, mine: Sequence[tuple[Season, Plan]]) -> Sequence[Reply]:
    lines: list[str] = []
    rows: list[tuple[Choice, ...]] = [(Choice(turn.say.say(MORE), tokens.command(COMMAND, NEW)),)]
    for season, plan in mine:
        for one in extensions.running(turn.tx, season.id)[:LISTED]:
            milestone = next((m for m in plan.occasions if m.id == one.milestone), None)
            if milestone is None or one.unit_id not in turn.office.units:
                continue
            unit = turn.office.units[one.unit_id]
            usual = turn.office.deadline(season, milestone, unit.kind)
            said = {"unit": unit.name, "milestone": of_plan(turn, plan, milestone.name), "day": one.until}
            line = turn.say.say(LINE_UNDATED, reason=one.reason, **said)
            if usual is not None:
                line = turn.say.say(LINE, reason=one.reason, old=usual.last_day, **said)
            lines.append(line)
            label = turn.say.say(TAKE_BACK, unit=clipped(unit.name, 30), day=one.until)
            rows.append((Choice(label, _token(season, unit, milestone)),))
    return [Reply("\n".join(lines or [turn.say.say(NONE)]), title=turn.say.say(TITLE), choices=tuple(rows))]


def _token(season: Season, unit: Unit, milestone: Milestone, word: str = BACK) -> str:
    return tokens.command(COMMAND, word, milestone.word, f"u{unit.id}", f"n{season.id}")


def _take_back(turn: Turn, asked: Asked, mine: Sequence[tuple[Season, Plan]], *, sure: bool) -> Sequence[Reply]:
    id, unit = number_in(asked.words, "n"), unit_in(turn, asked.words)
    season, plan = next((pair for pair in mine if pair[0].id == id), (None, None))
    if season is None or plan is None or unit is None:
        raise Misunderstood(NOT_THERE)
    turn.need(Action.EXTEND, unit.id, season.id)
    milestone = milestone_in(plan.occasions, asked.words)
    one = next(
        (
            e
            for e in extensions.running(turn.tx, season.id)
            if milestone and (e.milestone, e.unit_id) == (milestone.id, unit.id)
        ),
        None,
    )
    if one is None or milestone is None:
        raise Misunderstood(NOT_THERE)
    if not sure:
        turn.asking = True
        yes = Choice(turn.say.say(YES_BACK), _token(season, unit, milestone, SURE))
        asks = turn.say.say(REALLY, unit=unit.name, milestone=milestone.name, day=one.until)
        return [Reply(asks, choices=((yes,),))]
    assert turn.person is not None
    extensions.grant(
        turn.tx,
        season_id=season.id,
        unit_id=unit.id,
        milestone=milestone.id,
        until=None,
        reason="",
        person_id=turn.person.id,
        now=turn.now,
    )
    turn.office.refresh(turn.tx)
    usual = turn.office.deadline(season, milestone, unit.kind, unit.id)
    unit_answered(turn, season, milestone)
    told = _tell(turn, season, plan, unit, milestone, usual.last_day if usual else None, "", back=True)
    lines = [turn.say.say(TAKEN_BACK, milestone=milestone.name, unit=unit.name)]
    lines.append(turn.say.say(TOLD) if told else turn.say.say(NOBODY_TO_TELL, unit=unit.name))
    return [Reply("\n".join(lines))]


# -- a new one -----------------------------------------------------------------------------------------------------------


def _open(turn: Turn, season: Season, plan: Plan, unit: Unit | None) -> Sequence[Reply]:
    root = turn.office.root(plan)
    assert root is not None and turn.person is not None
    if not _extendable(turn.office, season, plan):
        raise Misunderstood(NOTHING_TO_EXTEND, plan=plan.name)
    mine_open = [
        d
        for d in drafts.open_of_units(turn.tx, (root.id,))
        if d.form == EXTENSION and d.opened_by == turn.person.id and d.season_id == season.id
    ]
    draft = drafts.untouched(turn.tx, mine_open) or drafts.begin(
        turn.tx, season_id=season.id, unit_id=root.id, form=EXTENSION, person_id=turn.person.id, now=turn.now
    )
    known = []
    if unit is not None and unit.id != root.id:
        known.append(Event(0, "set", "unit", unit.code, None, turn.now))
    return filling.begin(turn, draft, prefill=known)


def _extendable(office: Office, season: Season, plan: Plan) -> list[Milestone]:
    """The duties of units of which one may be given more time."""
    asked = [m for m in plan.occasions if m.owed_by not in ("nobody", "role", "standing_office") and m.settled_by]
    return [
        m
        for m in asked
        if office.deadline(season, m) is not None
        or ((undated := office.undated(season, m)) is not None and undated.reason != "any_time")
    ]


def _form(office: Office, draft: Draft) -> Form:
    try:
        season = office.season_by_id(draft.season_id)
    except LookupError:
        raise Misunderstood(OLD_SEASON) from None
    plan = office.plan(season)
    say = language("vi")  # the questions stand beside the plan's own words
    root = office.root(plan)
    part = office.taking_part(season) - ({root.id} if root else set())
    return Form(
        id=EXTENSION,
        title="",
        questions=(
            Question(
                id="unit",
                kind="choice",
                ask=say.say(ASK_UNIT),
                short=say.say("Unit"),
                options=tuple(Option(key=u.code, label=u.name) for u in office.units.values() if u.id in part),
            ),
            Question(
                id="milestone",
                kind="choice",
                ask=say.say(ASK_MILESTONE),
                short=say.say("Duty"),
                options=tuple(Option(key=m.id, label=m.name) for m in _extendable(office, season, plan)),
            ),
            Question(id="day", kind="date", ask=say.say(ASK_DAY), short=say.say("New date")),
            Question(
                id="reason",
                kind="text",
                ask=say.say(ASK_REASON),
                short=say.say("Reason"),
                max_length=LONGEST_REASON,
            ),
        ),
    )


def _title(turn: Turn, draft: Draft) -> str:
    return turn.say.say(UNFINISHED)


def _note(turn: Turn, draft: Draft, form: Form, question: Question) -> str:
    """Beside the question for the day: which day holds now."""
    given = current(form, answers(drafts.events(turn.tx, draft.id)))
    if question.id != "day" or not {"unit", "milestone"} <= set(given):
        return ""
    season = turn.office.season_by_id(draft.season_id)
    milestone, unit = _of(turn.office, season, given)
    if unit is None:
        return ""
    holds = turn.office.deadline(season, milestone, unit.kind, unit.id)
    if holds is None:
        return turn.say.say(HAS_NONE, unit=unit.name)
    return turn.say.say(HAS_DATE, unit=unit.name, day=holds.last_day)


def _of(office: Office, season: Season, given: Mapping[str, Answer]) -> tuple[Milestone, Unit | None]:
    """The duty and the unit that were chosen. Misunderstood if the plan has no such duty any more."""
    code = str(given["unit"].value)
    unit = office.units.coded(code, date(season.year, 12, 31)) or office.units.coded(code)
    try:
        return office.plan(season).occasion(str(given["milestone"].value)), unit
    except LookupError:
        raise Misunderstood(OLD_SEASON) from None


def _check(turn: Turn, draft: Draft, form: Form, question: Question, value: Any, others: Mapping[str, Answer]) -> None:
    """Each answer beside those that were given before it, as handing in would look at them."""
    if question.id == "reason":
        _check_reason(str(value))
        return
    given = {**current(form, others), question.id: Answer(question.id, to_json(value))}
    if not {"unit", "milestone"} <= set(given):
        return
    season = turn.office.season_by_id(draft.season_id)
    milestone, unit = _of(turn.office, season, given)
    if unit is None:
        return
    if question.id == "day":
        _check_day(turn, season, milestone, unit, value)
    else:
        _check_owed(turn, season, milestone, unit)


def _submit(turn: Turn, draft: Draft, form: Form, filled: Mapping[str, Answer]) -> Sequence[Reply]:
    season = turn.office.season_by_id(draft.season_id)
    plan = turn.office.plan(season)
    given = current(form, filled)
    milestone, unit = _of(turn.office, season, given)
    day = from_json(form.question("day"), given["day"].value)
    reason = _check_reason(str(given["reason"].value))
    assert isinstance(day, date) and turn.person is not None
    if unit is None or unit.id not in turn.office.taking_part(season):
        raise NotAllowed(NO_RIGHT)
    turn.need(Action.EXTEND, unit.id, season.id)
    turn.office.refresh(turn.tx)  # what an earlier try left in memory, and did not keep, must not stand in the way
    _check_owed(turn, season, milestone, unit)
    last = _check_day(turn, season, milestone, unit, day)
    extensions.grant(
        turn.tx,
        season_id=season.id,
        unit_id=unit.id,
        milestone=milestone.id,
        until=day,
        reason=reason,
        person_id=turn.person.id,
        now=turn.now,
    )
    drafts.close(turn.tx, draft.id, "submitted")
    turn.office.refresh(turn.tx)
    unit_answered(turn, season, milestone)
    told = _tell(turn, season, plan, unit, milestone, day, reason)
    lines = [turn.say.say(EXTENDED, unit=unit.name, day=day, milestone=milestone.name, reason=reason)]
    if last != day:
        lines.append(turn.say.say(NOT_WORKED, day=day, last=last))
    lines.append(turn.say.say(TOLD) if told else turn.say.say(NOBODY_TO_TELL, unit=unit.name))
    label = turn.say.say(TAKE_BACK, unit=clipped(unit.name, 30), day=day)
    return [Reply("\n".join(lines), choices=((Choice(label, _token(season, unit, milestone)),),))]


def _check_reason(text: str) -> str:
    """The reason as the unit reads it; Misunderstood where it says nothing."""
    reason = " ".join(text.split())
    if sum(letter.isalpha() for letter in reason) < SHORTEST_REASON:
        raise Misunderstood(NO_REASON, given=clipped(reason, 30))
    return reason


def _check_owed(turn: Turn, season: Season, milestone: Milestone, unit: Unit) -> None:
    """Misunderstood, in words, where that unit has nothing (left) to do for that duty."""
    said = {"unit": unit.name, "milestone": milestone.name}
    if unit.id not in turn.office.bound(season, milestone):
        raise Misunderstood(NOT_BOUND, **said)
    if not turn.office.still_owing(turn.tx, season, milestone, [unit.id]):
        raise Misunderstood(HANDED_IN, **said)


def _check_day(turn: Turn, season: Season, milestone: Milestone, unit: Unit, day: date) -> date:
    """The last working day up to that day; Misunderstood, in words, where that day cannot be given."""
    holds = turn.office.deadline(season, milestone, unit.kind, unit.id)
    old = holds.last_day if holds is not None else None
    after = max(old or turn.today, turn.today)
    try:
        example = turn.office.calendar.working_days_after(after, EXAMPLE_DAYS)
    except MissingCalendar:
        example = date(after.year, 12, 31)
    if day < turn.today:
        raise Misunderstood(PAST_DAY, day=day, example=example)
    if old is not None and day <= old:
        raise Misunderstood(TOO_EARLY, day=day, unit=unit.name, old=old, example=example)
    try:
        return turn.office.calendar.last_working_day(day)
    except MissingCalendar:
        raise Misunderstood(ANOTHER_YEAR, day=day, year=day.year, example=example) from None


def _tell(
    turn: Turn,
    season: Season,
    plan: Plan,
    unit: Unit,
    milestone: Milestone,
    day: date | None,
    reason: str,
    *,
    back: bool = False,
) -> bool:
    """Write to the unit's people and its groups, once; whether there is anybody."""
    of = (milestone.id, unit.id)
    said = [one for one in extensions.history(turn.tx, season.id) if (one.milestone, one.unit_id) == of]
    cause = f"extension:{season.id}:{milestone.id}:{unit.id}:{len(said)}"

    def made(say: Language) -> Reply:
        named = " ".join(part for part in (plan.document.kind, plan.document.number, plan.document.dated) if part)
        said = {"unit": unit.name, "office": standing(plan), "milestone": milestone.name, "document": named}
        until = say.say("{day}", day=day) if day is not None else say.say(NO_DAY)
        text = say.say(NOTICE_BACK, day=until, **said) if back else say.say(NOTICE, day=until, reason=reason, **said)
        return Reply(text, title=say.say(NOTICE_BACK_TITLE if back else NOTICE_TITLE, milestone=milestone.name))

    officers = [c for _, c in people.contacts_of_units(turn.tx, [unit.id], *WRITTEN_TO, on=turn.today)]
    groups = [group for group in people.groups(turn.tx) if group.unit_id == unit.id]
    notices.notify(turn.tx, officers, cause, made, turn.now, turn.real, meant=[unit.id, *WRITTEN_TO])
    notices.notify(turn.tx, groups, cause, made, turn.now, turn.real)
    return bool(officers or groups)


FINISHER = Finisher(
    action=Action.EXTEND,
    form=_form,
    title=_title,
    submit=_submit,
    submit_label=mark("Extend the date"),
    note=_note,
    check=_check,
)
