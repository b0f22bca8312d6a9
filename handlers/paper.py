"""What came on paper: the standing office notes a letter, and the unit no longer owes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

from bot.chat import Choice, Reply
from bot.errors import Misunderstood, NotAllowed
from bot.forms import tokens
from bot.forms.answers import Answer, Event, from_json
from bot.forms.engine import current
from bot.plan.model import Condition, Form, Milestone, Option, Plan, Question
from bot.rules.access import Action
from bot.store import drafts, owing
from bot.store.drafts import Draft
from bot.store.seasons import Season
from bot.store.units import Unit
from bot.texts import language, mark
from bot.turn import NO_RIGHT, Asked, Finisher, Office, Turn
from bot.vietnamese import read_date
from handlers.filling import begin as begin_filling
from handlers.registration import unit_answered
from handlers.words import NO_SEASON, running, unit_in

FORM = "paper"
LONGEST_NUMBER = 60  # characters: “12/UBND-VX”, with a few words where a letter has no number
TAKE_BACK = "rut"
_NUMBER = re.compile(r"\b(?:số|so)[: ]+([0-9]+/[^\s,;]*[^\s,;.])", re.IGNORECASE)
_DAY = re.compile(r"(?<![0-9/.-])[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{4}(?![0-9])")

ASK_MILESTONE = mark("Which duty does the letter answer?")
ASK_UNIT = mark("Whose letter is it?")
ASK_NUMBER = mark("The letter's number, e.g. 12/UBND-VX. For a letter without one, please type “không số”.")
ASK_DATE = mark("The date that the letter bears, e.g. 10/02/2024.")
LETTER = mark("letter {number} of {day}")
RECEIVED = mark(
    "Noted: {milestone} of {unit} was received on paper ({letter}). It is no longer owed; what is sent on Khéo stays a fact of its own."
)
ALREADY = mark("A letter of {unit} for {milestone} was noted before ({letter}); nothing was changed.")
TAKEN_BACK = mark("Taken back: no letter of {unit} is noted any more for {milestone}.")
NOTHING_NOTED = mark("No letter of {unit} is noted for {milestone}; nothing was changed.")
LATER = mark("{day} lies in the future. Please correct the letter's date.")


def begin(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/vanban: “đã nhận văn bản số…, ngày…”, by the standing office. Its button may name unit and duty, or take back."""
    now = running(turn)
    if now is None:
        raise Misunderstood(NO_SEASON)
    season, plan = now
    root = turn.office.root(plan)
    turn.need(Action.MARK_PAPER, root.id if root else None)
    assert root is not None and turn.person is not None
    unit = _unit_meant(turn, asked)
    milestone = next((m for m in _duties(turn.office, season, plan) if m.id in asked.words), None)
    if TAKE_BACK in asked.words and unit is not None and milestone is not None:
        return _take_back(turn, season, unit, milestone)
    mine = [d for d in drafts.open_of_units(turn.tx, (root.id,)) if d.form == FORM and d.opened_by == turn.person.id]
    draft = drafts.untouched(turn.tx, mine) or drafts.begin(
        turn.tx, season_id=season.id, unit_id=root.id, form=FORM, person_id=turn.person.id, now=turn.now
    )
    known = _letter_in(turn, asked.text)
    if milestone is not None:
        known.append(Event(0, "set", "milestone", milestone.id, None, turn.now))
    if unit is not None and unit.id != root.id:
        known.append(Event(0, "set", "unit", unit.code, None, turn.now))
    return begin_filling(turn, draft, prefill=known)


def _letter_in(turn: Turn, text: str) -> list[Event]:
    """The number and the date that “đã nhận văn bản số 15/CV-UBND, ngày 05/02/2024” gives already."""
    known = []
    number, day = _NUMBER.search(text), _DAY.search(text)
    if number is not None and len(number[1]) <= LONGEST_NUMBER:
        known.append(Event(0, "set", "number", number[1], None, turn.now))
    dated = read_date(day[0], turn.today) if day is not None else None
    if dated is not None:
        known.append(Event(0, "set", "day", dated.isoformat(), None, turn.now))
    return known


def _unit_meant(turn: Turn, asked: Asked) -> Unit | None:
    named = unit_in(turn, asked.words)
    if named is None and asked.understood is not None and asked.understood.unit is not None:
        one = asked.understood.unit.one
        named = turn.office.units.get(one.id) if one else None
    if named is not None:
        turn.need(Action.MARK_PAPER, named.id)
    return named


def _duties(office: Office, season: Season, plan: Plan) -> list[Milestone]:
    return [m for m in plan.milestones if "paper" in m.settled_by and office.deadline(season, m)]


def _form(office: Office, draft: Draft) -> Form:
    season = office.season_by_id(draft.season_id)
    plan = office.plan(season)
    say = language("vi")  # the questions stand beside the plan's own words
    root = office.root(plan)
    duties = _duties(office, season, plan)
    of_units = tuple(m.id for m in duties if m.owed_by != "standing_office")
    return Form(
        id=FORM,
        title="",
        questions=(
            Question(
                id="milestone",
                kind="choice",
                ask=say.say(ASK_MILESTONE),
                short=say.say("Duty"),
                options=tuple(Option(key=m.id, label=m.name) for m in duties),
            ),
            Question(
                id="unit",
                kind="choice",
                ask=say.say(ASK_UNIT),
                short=say.say("Unit"),
                options=tuple(Option(key=u.code, label=u.name) for u in office.units.below(root.id)) if root else (),
                when=Condition(question="milestone", values=of_units),
            ),
            Question(
                id="number",
                kind="text",
                ask=say.say(ASK_NUMBER),
                short=say.say("Number"),
                max_length=LONGEST_NUMBER,
            ),
            Question(id="day", kind="date", ask=say.say(ASK_DATE), short=say.say("Dated")),
        ),
    )


def _title(turn: Turn, draft: Draft) -> str:
    return turn.say.say("Letter received on paper: not noted yet")


def _submit(turn: Turn, draft: Draft, form: Form, answers: Mapping[str, Answer]) -> Sequence[Reply]:
    season = turn.office.season_by_id(draft.season_id)
    plan = turn.office.plan(season)
    counting = current(form, answers)
    milestone = plan.milestone(str(counting["milestone"].value))
    unit = turn.office.units.coded(str(counting["unit"].value)) if "unit" in counting else turn.office.root(plan)
    day = from_json(form.question("day"), counting["day"].value)
    assert isinstance(day, date) and turn.person is not None
    if unit is None:
        raise NotAllowed(NO_RIGHT)
    turn.need(Action.MARK_PAPER, unit.id)
    if day > turn.today:
        raise Misunderstood(LATER, day=day)
    letter = language("vi").say(LETTER, number=str(counting["number"].value).strip(), day=day)
    fresh = owing.close(
        turn.tx,
        season_id=season.id,
        unit_id=unit.id,
        milestone=milestone.id,
        kind="paper",
        person_id=turn.person.id,
        now=turn.now,
        note=letter,
    )
    drafts.close(turn.tx, draft.id, "submitted")
    sentence = RECEIVED
    if fresh:
        unit_answered(turn, season, milestone)
    else:
        sentence, letter = ALREADY, _noted(turn, season, unit, milestone)
    back = Choice(turn.say.say("Take this note back"), tokens.command("vanban", f"u{unit.id}", milestone.id, TAKE_BACK))
    return [Reply(turn.say.say(sentence, unit=unit.name, milestone=milestone.name, letter=letter), choices=((back,),))]


def _noted(turn: Turn, season: Season, unit: Unit, milestone: Milestone) -> str:
    """The letter as it was noted; empty if there is none."""
    closings = owing.closings(turn.tx, season.id, milestone.id)
    return next((c.note for c in closings if c.unit_id == unit.id and c.kind == "paper"), "")


def _take_back(turn: Turn, season: Season, unit: Unit, milestone: Milestone) -> Sequence[Reply]:
    gone = owing.reopen(turn.tx, season_id=season.id, unit_id=unit.id, milestone=milestone.id, kind="paper")
    if gone:
        unit_answered(turn, season, milestone)
    sentence = TAKEN_BACK if gone else NOTHING_NOTED
    return [Reply(turn.say.say(sentence, unit=unit.name, milestone=milestone.name))]


FINISHER = Finisher(
    action=Action.MARK_PAPER,
    form=_form,
    title=_title,
    submit=_submit,
    submit_label=mark("Note the letter"),
)
