"""Reports and documents: what the unit can hand in now, how each of them stands, and handing one in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.chat import Choice, Reply
from bot.errors import Misunderstood, NotAllowed
from bot.forms import tokens
from bot.forms.answers import Answer, item_to_json
from bot.forms.engine import current
from bot.plan.dates import Milestone
from bot.plan.model import Plan
from bot.plan.questions import Form
from bot.rules.access import Action
from bot.store import drafts, owing, reports
from bot.store.drafts import Draft
from bot.store.handed_in import HandedIn
from bot.store.seasons import Season
from bot.store.units import Unit
from bot.texts import mark
from bot.turn import NO_RIGHT, Asked, Finisher, Office, Turn
from handlers import duties, filling, printing
from handlers.deadlines import period_of
from handlers.registration import FOR_THE_UNIT, unit_answered
from handlers.words import NO_SEASON, clipped, is_late, late_words, meant_plans, number_in, standing, unit_in

COMMAND = "baocao"
OCCASION = "o."  # before an occasion's id in a button; no other word of a button has a point in it
BUTTONS = 20  # more occasions of one unit and year than any plan has; a longer list nobody reads
LABEL = 48  # characters of a name on a button

TITLE = mark("Reports and documents")
NOTHING = mark("No plan that concerns you asks for a report or a document on Khéo.")
OF_PLAN = mark("{plan}, {year}:")
LINE = mark("• {milestone} – {due}: {state}.")
LINE_OF = mark("• {unit}: {milestone} – {due}: {state}.")
TO = mark("  To: {to}")
NOT_YET = mark("not handed in yet")
OVERDUE = mark("not handed in yet, the date has passed")
BEING_WRITTEN = mark("being written")
HANDED_IN = mark("handed in on {day}, version {version}")
ON_PAPER = mark("received on paper")
NEW_VERSION = mark("a new version is being written")
WRITE = mark("Write: {milestone}")
GO_ON = mark("Go on writing: {milestone}")
AGAIN = mark("Hand in anew: {milestone}")
INTRO = mark("{milestone} – {unit}. By the plan “{plan}”, {year}: {due}.")
GOES_TO = mark("To: {to}.")
VERSION_STAYS = mark("What is handed in becomes version {version}; the earlier one stays on file.")
UNFINISHED = mark("{milestone} – {unit}, {year}: not handed in")
RECEIPT = mark(
    "Received: {milestone} – {unit}, by the plan “{plan}”, {year}.\nNumber {number}, {at}, handed in by {who}."
)
RECEIPT_AGAIN = mark(
    "Received: version {version} of {milestone} – {unit}, by the plan “{plan}”, {year}.\n"
    "Number {number}, {at}, handed in by {who}."
)
IN_TIME = mark("Handed in in time ({due}).")
LATE = mark("That date has passed: it is accepted and marked late. {consequence}")
STILL_PAPER = mark("By the plan it stays owed until the letter has been received.")
UNCHANGED = mark("Nothing differs from what was handed in, so version {version} stands as it is.")
NO_FILE = mark("No file, photo or link of “{document}” has come yet; please send it before handing in.")
OLD_SEASON = mark("That button belongs to a season that is over, or to a plan that has changed; nothing was changed.")


@dataclass(frozen=True, slots=True)
class Duty:
    """One occasion on which one unit hands something in."""

    season: Season
    plan: Plan
    milestone: Milestone
    unit: Unit


@dataclass(frozen=True, slots=True)
class Standing:
    """How a duty stands: what was handed in last, whether a letter was noted, and a draft that was begun."""

    newest: HandedIn | None
    on_paper: bool
    draft: Draft | None


def show(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/baocao: every report and document that the speaker's units can hand in, plan by plan; a button opens each."""
    occasion = next((word.removeprefix(OCCASION) for word in asked.words if word.startswith(OCCASION)), None)
    if occasion is not None:
        return _open(turn, asked, occasion)
    if not turn.office.running(turn.now):
        raise Misunderstood(NO_SEASON)
    units = _units(turn, asked)
    named = _named(turn, asked, units)
    if len(named) == 1:  # “nộp báo cáo quý I”: no list is needed to find that one
        return _write(turn, named[0])
    lines: list[str] = []
    rows: list[tuple[Choice, ...]] = []
    for season, plan in meant_plans(turn, asked):
        found = of_units(turn, season, plan, units)
        if found:
            lines += ["", turn.say.say(OF_PLAN, plan=plan.name, year=season.year)]
            how = _standing(turn, season, units)
            for duty in found:
                lines += _told(turn, duty, how(duty), several=len(units) > 1)
                rows.append((_button(turn, duty, how(duty), several=len(units) > 1),))
    text = "\n".join(lines).strip() or turn.say.say(NOTHING)
    return [Reply(text, title=turn.say.say(TITLE), choices=tuple(rows[:BUTTONS]))]


def _units(turn: Turn, asked: Asked) -> list[Unit]:
    """The unit that is named, if the speaker may report for it; else the speaker's own."""
    named = unit_in(turn, asked.words)
    if named is None and asked.understood is not None and asked.understood.unit is not None:
        one = asked.understood.unit.one
        named = turn.office.units.get(one.id) if one else None
    if named is not None:
        if not turn.may(Action.REPORT, named.id):
            raise NotAllowed(NO_RIGHT)
        return [named]
    own = [id for id in (turn.person.units if turn.person else ()) if turn.can(Action.REPORT, id)]
    if not own:
        raise NotAllowed(NO_RIGHT)
    return [turn.office.units[id] for id in own]


def _named(turn: Turn, asked: Asked, units: Sequence[Unit]) -> list[Duty]:
    """The reports of that part of the year which a sentence names."""
    period = asked.understood.period if asked.understood is not None else None
    if period is None:
        return []
    return [
        duty
        for season, plan in meant_plans(turn, asked)
        for duty in of_units(turn, season, plan, units)
        if period_of(duty.milestone) == period and duties.form_of(plan, duty.milestone, "report")
    ]


def of_units(turn: Turn, season: Season, plan: Plan, units: Sequence[Unit]) -> list[Duty]:
    """What these units can hand in during the season, as far as the speaker may do it for them."""
    found = []
    handed_in = duties.reports(plan)
    for milestone in duties.by_day(turn, season, plan):
        if milestone not in handed_in or not duties.due_words(turn, season, milestone):
            continue
        bound = set(turn.office.bound(season, milestone))
        found += [
            duty for unit in units if unit.id in bound and _may(turn, duty := Duty(season, plan, milestone, unit))
        ]
    return found


def _may(turn: Turn, duty: Duty) -> bool:
    """What the standing office itself owes is for those who act as the office, not for every official of its unit."""
    needed = Action.MARK_PAPER if duty.milestone.owed_by == "standing_office" else Action.REPORT
    return all(turn.can(action, duty.unit.id, duty.season.id) for action in (Action.REPORT, needed))


def _standing(turn: Turn, season: Season, units: Sequence[Unit]) -> Any:
    """How any duty of these units stands, from three statements for all of them."""
    ids = [unit.id for unit in units]
    newest = reports.newest(turn.tx, season.id, ids)
    known = owing.answered(turn.tx, season.id, unit_ids=ids)
    unfinished = [d for d in drafts.open_of_units(turn.tx, tuple(ids)) if d.season_id == season.id and d.milestone]
    begun = {(d.unit_id, d.milestone): d for d in reversed(drafts.begun(turn.tx, unfinished))}

    def how(duty: Duty) -> Standing:
        return Standing(
            newest.get((duty.unit.id, duty.milestone.form, duty.milestone.id)),
            known.on_paper(duty.unit.id, duty.milestone),
            begun.get((duty.unit.id, duty.milestone.id)),
        )

    return how


def _told(turn: Turn, duty: Duty, how: Standing, *, several: bool) -> list[str]:
    due = duties.due_words(turn, duty.season, duty.milestone, duty.unit)
    line = turn.say.say(
        LINE_OF if several else LINE,
        unit=duty.unit.name,
        milestone=duty.milestone.name,
        due=due,
        state=_state(turn, duty, how),
    )
    to = duties.receiver(turn, duty.milestone)
    return [line, turn.say.say(TO, to=to)] if to else [line]


def _state(turn: Turn, duty: Duty, how: Standing) -> str:
    said = []
    if how.newest is not None:
        at = how.newest.at.astimezone(turn.now.tzinfo)
        said.append(turn.say.say(HANDED_IN, day=at.date(), version=how.newest.version))
    if how.on_paper:
        said.append(turn.say.say(ON_PAPER))
    if how.draft is not None:
        said.append(turn.say.say(NEW_VERSION if how.newest else BEING_WRITTEN))
    if not said:
        late = is_late(turn.office.deadline(duty.season, duty.milestone, duty.unit.kind, duty.unit.id), turn.today)
        late = late and not turn.office.waits_for(turn.tx, duty.season, duty.milestone, turn.today)
        said.append(turn.say.say(OVERDUE if late else NOT_YET))
    return "; ".join(said)


def _button(turn: Turn, duty: Duty, how: Standing, *, several: bool) -> Choice:
    label = GO_ON if how.draft else AGAIN if how.newest else WRITE
    name = f"{duty.milestone.name} – {duty.unit.name}" if several else duty.milestone.name
    return Choice(turn.say.say(label, milestone=clipped(name, LABEL)), token(duty))


def token(duty: Duty) -> str:
    """The button that opens the duty's form."""
    return tokens.command(COMMAND, f"{OCCASION}{duty.milestone.id}", f"u{duty.unit.id}", f"s{duty.season.id}")


# -- handing in --------------------------------------------------------------------------------------------------------


def _open(turn: Turn, asked: Asked, occasion: str) -> Sequence[Reply]:
    """Stand at the form of that occasion: a draft of it that is open, or a new one with what was handed in before."""
    unit, season_id = unit_in(turn, asked.words), number_in(asked.words, "s")
    if unit is None or season_id is None or turn.person is None:
        raise NotAllowed(NO_RIGHT)
    if not turn.may(Action.REPORT, unit.id):
        raise NotAllowed(NO_RIGHT)
    try:
        season = turn.office.season_by_id(season_id)
        plan = turn.office.plan(season)
        milestone = plan.occasion(occasion)
    except LookupError:
        raise Misunderstood(OLD_SEASON) from None
    duty = Duty(season, plan, milestone, unit)
    if not _may(turn, duty):
        raise NotAllowed(NO_RIGHT)
    return _write(turn, duty)


def _write(turn: Turn, duty: Duty) -> Sequence[Reply]:
    season, plan, milestone, unit = duty.season, duty.plan, duty.milestone, duty.unit
    form = duties.form_of(plan, milestone, "report", "document")
    if form is None or unit.id not in turn.office.bound(season, milestone) or turn.person is None:
        raise NotAllowed(NO_RIGHT)
    last = reports.newest(turn.tx, season.id, [unit.id]).get((unit.id, form.id, milestone.id))
    heading = _intro(turn, duty, last)
    for draft in drafts.open_of_units(turn.tx, (unit.id,)):
        if (draft.season_id, draft.form, draft.milestone) == (season.id, form.id, milestone.id):
            return filling.begin(turn, draft, heading)
    draft = drafts.begin(
        turn.tx,
        season_id=season.id,
        unit_id=unit.id,
        form=form.id,
        milestone=milestone.id,
        person_id=turn.person.id,
        now=turn.now,
    )
    before = filling.prefilling(drafts.events(turn.tx, last.draft_id)) if last is not None else ()
    return filling.begin(turn, draft, heading, prefill=before)


def _intro(turn: Turn, duty: Duty, last: HandedIn | None) -> str:
    """What stands above the first question; above the summary of a new version only that it is one."""
    if last is not None:
        return turn.say.say(VERSION_STAYS, version=last.version + 1)
    due = duties.due_words(turn, duty.season, duty.milestone, duty.unit)
    lines = [
        turn.say.say(
            INTRO,
            milestone=duty.milestone.name,
            unit=duty.unit.name,
            plan=duty.plan.name,
            year=duty.season.year,
            due=due,
        )
    ]
    to = duties.receiver(turn, duty.milestone)
    if to:
        lines.append(turn.say.say(GOES_TO, to=to))
    deadline = turn.office.deadline(duty.season, duty.milestone, duty.unit.kind, duty.unit.id)
    if is_late(deadline, turn.today):
        lines.append(turn.say.say(LATE, consequence=late_words(turn, duty.plan, duty.milestone, deadline)))
    return "\n".join(lines)


def _of(office: Office, draft: Draft) -> Duty:
    """What the draft is about; Misunderstood when its season is closed or its plan has no such occasion any more."""
    try:
        season = office.season_by_id(draft.season_id)
        plan = office.plan(season)
        return Duty(season, plan, plan.occasion(draft.milestone), office.units[draft.unit_id])
    except LookupError:
        raise Misunderstood(OLD_SEASON) from None


def _form(office: Office, draft: Draft) -> Form:
    return office.plan(office.season_by_id(draft.season_id)).form(draft.form)


def _title(turn: Turn, draft: Draft) -> str:
    season = turn.office.season_by_id(draft.season_id)
    plan = turn.office.plan(season)
    named = next((m.name for m in plan.occasions if m.id == draft.milestone), plan.form(draft.form).title)
    return turn.say.say(UNFINISHED, milestone=named, unit=turn.office.units[draft.unit_id].name, year=season.year)


def _lead(turn: Turn, draft: Draft, form: Form, answers: Mapping[str, Answer]) -> str:
    duty = _of(turn.office, draft)
    lines = []
    to = duties.receiver(turn, duty.milestone)
    if to:
        lines.append(turn.say.say(GOES_TO, to=to))
    deadline = turn.office.deadline(duty.season, duty.milestone, duty.unit.kind, duty.unit.id)
    if is_late(deadline, turn.today):
        lines.append(turn.say.say(LATE, consequence=late_words(turn, duty.plan, duty.milestone, deadline)))
    if _lacks_its_file(form, answers):
        lines.append(turn.say.say(NO_FILE, document=duty.milestone.name))
    return "\n".join(lines)


def _lacks_its_file(form: Form, answers: Mapping[str, Answer]) -> bool:
    """Whether a document is described in words or numbers only: those are not the document."""
    if form.purpose != "document":
        return False
    items = [item for answer in current(form, answers).values() for item in answer.items]
    return not any(item.kind in ("photo", "document", "link") for item in items)


def stored(form: Form, answers: Mapping[str, Answer]) -> dict[str, Any]:
    """What counts of the answers, as it is kept with a report: values, and the files with their names."""
    return {
        id: {"value": answer.value, "items": [item_to_json(item) for item in answer.items]}
        for id, answer in current(form, answers).items()
        if answer.value is not None or answer.items
    }


def _submit(turn: Turn, draft: Draft, form: Form, answers: Mapping[str, Answer]) -> Sequence[Reply]:
    duty = _of(turn.office, draft)
    season, plan, milestone, unit = duty.season, duty.plan, duty.milestone, duty.unit
    if unit.id not in turn.office.bound(season, milestone) or not _may(turn, duty) or turn.person is None:
        raise NotAllowed(NO_RIGHT)
    if _lacks_its_file(form, answers):
        raise Misunderstood(NO_FILE, document=milestone.name)
    given = stored(form, answers)
    last = reports.newest(turn.tx, season.id, [unit.id]).get((unit.id, form.id, milestone.id))
    if last is not None and last.answers == given:
        drafts.close(turn.tx, draft.id, "cancelled")
        return [Reply(turn.say.say(UNCHANGED, version=last.version))]
    due = turn.office.deadline(season, milestone, unit.kind, unit.id)
    late = is_late(due, turn.today)
    handed_in = reports.hand_in(
        turn.tx,
        season_id=season.id,
        unit_id=unit.id,
        draft_id=draft.id,
        form=form.id,
        milestone=milestone.id,
        answers=given,
        late=late,
        person_id=turn.person.id,
        now=turn.now,
    )
    drafts.close(turn.tx, draft.id, "submitted")
    unit_answered(turn, season, milestone)
    lines = [
        turn.say.say(
            RECEIPT if handed_in.version == 1 else RECEIPT_AGAIN,
            milestone=milestone.name,
            unit=unit.name,
            plan=plan.name,
            year=season.year,
            version=handed_in.version,
            number=filling.number_of(turn, handed_in),
            at=turn.now,
            who=_who(turn, plan, unit),
        )
    ]
    to = duties.receiver(turn, milestone)
    if to:
        lines.append(turn.say.say(GOES_TO, to=to))
    if late:
        lines.append(turn.say.say(LATE, consequence=late_words(turn, plan, milestone, due)))
    elif due is not None:
        lines.append(turn.say.say(IN_TIME, due=duties.due_words(turn, season, milestone, unit)))
    if "submission" not in milestone.settled_by and "paper" in milestone.settled_by:
        lines.append(turn.say.say(STILL_PAPER))
    return [Reply("\n".join(lines), choices=_afterwards(turn)), *printing.report_paper(turn, handed_in)]


def _who(turn: Turn, plan: Plan, unit: Unit) -> str:
    """Who hands it in, and that it is done for the unit, if it is."""
    assert turn.person is not None
    if unit.id in turn.person.units:
        return turn.person.name
    return turn.say.say(FOR_THE_UNIT, name=turn.person.name, office=standing(plan))


def _afterwards(turn: Turn) -> tuple[tuple[Choice, ...], ...]:
    return (
        (
            Choice(turn.say.say("Other reports"), tokens.command(COMMAND)),
            Choice(turn.say.say("My tasks"), tokens.command("viec")),
        ),
    )


FINISHER = Finisher(
    action=Action.REPORT,
    form=_form,
    title=_title,
    lead=_lead,
    submit=_submit,
    submit_label=mark("Hand it in"),
)
