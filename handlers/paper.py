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
from bot.plan.dates import Milestone
from bot.plan.model import Plan
from bot.plan.questions import Condition, Form, Option, Question
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
from handlers.words import as_office, meant_plans, number_in, unit_in, which_plan

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
OF_PLAN = mark("Plan: {plan}, {year}.")
LATER = mark("{day} lies in the future. Please correct the letter's date.")


def begin(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/vanban: “đã nhận văn bản số…, ngày…”, by the standing office. Its button may name unit and duty, or take back."""
    mine = as_office(turn, Action.MARK_PAPER)
    unit = _unit_meant(turn, asked, mine)
    among = _meant(turn, asked, mine, unit)
    if len(among) > 1:
        return which_plan(turn, among, "vanban", *([f"u{unit.id}"] if unit is not None else []))
    season, plan = among[0]
    root = turn.office.root(plan)
    assert root is not None and turn.person is not None
    milestone = next((m for m in _duties(turn.office, season, plan) if m.id in asked.words), None)
    if TAKE_BACK in asked.words and unit is not None and milestone is not None:
        return _take_back(turn, season, unit, milestone)
    mine_open = [
        d
        for d in drafts.open_of_units(turn.tx, (root.id,))
        if d.form == FORM and d.opened_by == turn.person.id and d.season_id == season.id
    ]
    draft = drafts.untouched(turn.tx, mine_open) or drafts.begin(
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


def _unit_meant(turn: Turn, asked: Asked, mine: Sequence[tuple[Season, Plan]]) -> Unit | None:
    named = unit_in(turn, asked.words)
    if named is None and asked.understood is not None and asked.understood.unit is not None:
        one = asked.understood.unit.one
        named = turn.office.units.get(one.id) if one else None
    if named is not None and not any(named.id in turn.office.taking_part(season) for season, _ in mine):
        raise NotAllowed(NO_RIGHT)
    return named


def _meant(
    turn: Turn, asked: Asked, mine: Sequence[tuple[Season, Plan]], unit: Unit | None
) -> list[tuple[Season, Plan]]:
    """The plan of which the letter may speak: named by the button or in the sentence, else every one of the unit's."""
    named = meant_plans(turn, asked)
    found = [pair for pair in mine if pair in named] or list(mine)
    if unit is not None:
        found = [pair for pair in found if unit.id in turn.office.taking_part(pair[0])] or found
    season_id = number_in(asked.words, "s")
    found = [pair for pair in found if season_id in (None, pair[0].id)]
    if not found:
        raise NotAllowed(NO_RIGHT)
    return found


def _duties(office: Office, season: Season, plan: Plan) -> list[Milestone]:
    """What may be answered by letter in that season, with a day or without."""
    return [m for m in plan.occasions if "paper" in m.settled_by and _falls(office, season, m)]


def _falls(office: Office, season: Season, milestone: Milestone) -> bool:
    undated = office.undated(season, milestone)
    return office.deadline(season, milestone) is not None or (undated is not None and undated.reason != "any_time")


def _form(office: Office, draft: Draft) -> Form:
    season = office.season_by_id(draft.season_id)
    plan = office.plan(season)
    say = language("vi")  # the questions stand beside the plan's own words
    root = office.root(plan)
    duties = _duties(office, season, plan)
    of_units = tuple(m.id for m in duties if m.owed_by != "standing_office")
    part = office.taking_part(season) - ({root.id} if root else set())
    taking_part = [u for u in office.units.values() if u.id in part]
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
                options=tuple(Option(key=u.code, label=u.name) for u in taking_part),
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
    """The same everywhere, with the plan where there are several."""
    if len(turn.office.running(turn.now)) < 2:
        return turn.say.say("Letter received on paper: not noted yet")
    plan = turn.office.plan(turn.office.season_by_id(draft.season_id))
    return turn.say.say("Letter received on paper, plan “{plan}”: not noted yet", plan=plan.name)


def _submit(turn: Turn, draft: Draft, form: Form, answers: Mapping[str, Answer]) -> Sequence[Reply]:
    season = turn.office.season_by_id(draft.season_id)
    plan = turn.office.plan(season)
    counting = current(form, answers)
    milestone = plan.occasion(str(counting["milestone"].value))
    unit = turn.office.units.coded(str(counting["unit"].value)) if "unit" in counting else turn.office.root(plan)
    day = from_json(form.question("day"), counting["day"].value)
    assert isinstance(day, date) and turn.person is not None
    root = turn.office.root(plan)
    if unit is None or root is None or unit.id not in turn.office.taking_part(season):
        raise NotAllowed(NO_RIGHT)
    turn.need(Action.MARK_PAPER, root.id)
    if day > turn.today:
        raise Misunderstood(LATER, day=day)
    letter = language("vi").say(LETTER, number=str(counting["number"].value).strip(), day=day)
    fresh = note_letter(turn, season, milestone, unit, letter)
    drafts.close(turn.tx, draft.id, "submitted")
    sentence = RECEIVED
    if not fresh:
        sentence, letter = ALREADY, _noted(turn, season, unit, milestone)
    told = turn.say.say(sentence, unit=unit.name, milestone=milestone.name, letter=letter)
    if len(as_office(turn, Action.MARK_PAPER)) > 1:
        told = f"{told}\n{turn.say.say(OF_PLAN, plan=plan.name, year=season.year)}"
    return [Reply(told, choices=((back_choice(turn, season, milestone, unit),),))]


def note_letter(turn: Turn, season: Season, milestone: Milestone, unit: Unit, letter: str) -> bool:
    """The unit's letter has been received: it owes that no more; False if a letter was noted before."""
    assert turn.person is not None
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
    if fresh:
        unit_answered(turn, season, milestone)
    return fresh


def back_choice(turn: Turn, season: Season, milestone: Milestone, unit: Unit) -> Choice:
    """The button that takes the note of a letter back."""
    token = tokens.command("vanban", f"u{unit.id}", milestone.id, TAKE_BACK, f"s{season.id}")
    return Choice(turn.say.say("Take this note back"), token)


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
