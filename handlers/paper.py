"""What came on paper: the standing office notes a letter, and the unit no longer owes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.chat import Reply
from bot.errors import Misunderstood, NotAllowed
from bot.forms.answers import Answer
from bot.plan.model import Form, Option, Question
from bot.rules.access import Action
from bot.store import drafts, owing
from bot.store.drafts import Draft
from bot.texts import language, mark
from bot.turn import NO_RIGHT, Asked, Finisher, Office, Turn
from handlers.filling import begin as begin_filling
from handlers.registration import unit_answered
from handlers.words import NO_SEASON, running, unit_in

FORM = "paper"
LONGEST_LETTER = 200  # characters: a number and a date, with a few words

ASK_MILESTONE = mark("Which duty does the letter answer?")
ASK_UNIT = mark("Whose letter is it?")
ASK_LETTER = mark("Number and date of the letter, e.g. “số 12/UBND-VX, ngày 10/02/2024”.")
RECEIVED = mark(
    "Noted: {milestone} of {unit} was received on paper ({letter}). It is no longer owed; what is sent on Khéo stays a fact of its own."
)
ALREADY = mark("A letter of {unit} for {milestone} was noted before ({letter}); nothing was changed.")


def begin(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/vanban: “đã nhận văn bản số…, ngày…”, by the standing office."""
    now = running(turn)
    if now is None:
        raise Misunderstood(NO_SEASON)
    season, plan = now
    root = turn.office.root(plan)
    turn.need(Action.MARK_PAPER, root.id if root else None)
    assert root is not None and turn.person is not None
    draft = drafts.begin(
        turn.tx, season_id=season.id, unit_id=root.id, form=FORM, person_id=turn.person.id, now=turn.now
    )
    unit = unit_in(turn, asked.words)
    if unit is None and asked.understood is not None and asked.understood.unit is not None:
        one = asked.understood.unit.one
        unit = turn.office.units.get(one.id) if one else None
    replies = begin_filling(turn, draft)
    if unit is not None and turn.can(Action.MARK_PAPER, unit.id):
        drafts.note(
            turn.tx,
            draft.id,
            "set",
            "unit",
            unit.code,
            person_id=turn.person.id,
            address_id=turn.contact.id,
            message=turn.message,
            now=turn.now,
        )
    return replies


def _form(office: Office, draft: Draft) -> Form:
    season = office.season_by_id(draft.season_id)
    plan = office.plan(season)
    say = language("vi")  # the questions stand beside the plan's own words
    root = office.root(plan)
    units = [root, *office.units.below(root.id)] if root else []
    duties = [m for m in plan.milestones if "paper" in m.settled_by and office.deadline(season, m)]
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
                options=tuple(Option(key=u.code, label=u.name) for u in units),
            ),
            Question(
                id="letter",
                kind="text",
                ask=say.say(ASK_LETTER),
                short=say.say("Letter"),
                max_length=LONGEST_LETTER,
            ),
        ),
    )


def _title(turn: Turn, draft: Draft) -> str:
    return turn.say.say("Letter received on paper: not noted yet")


def _submit(turn: Turn, draft: Draft, form: Form, answers: Mapping[str, Answer]) -> Sequence[Reply]:
    season = turn.office.season_by_id(draft.season_id)
    plan = turn.office.plan(season)
    milestone = plan.milestone(str(answers["milestone"].value))
    unit = turn.office.units.coded(str(answers["unit"].value))
    letter = str(answers["letter"].value)
    if unit is None:
        raise NotAllowed(NO_RIGHT)
    turn.need(Action.MARK_PAPER, unit.id)
    if unit.id not in turn.office.bound(plan, milestone):
        raise Misunderstood(
            mark("{unit} does not owe “{milestone}”. Please correct one of the two."),
            unit=unit.name,
            milestone=milestone.name,
        )
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
    drafts.close(turn.tx, draft.id, "submitted")
    if not fresh:
        noted = next(
            c.note
            for c in owing.closings(turn.tx, season.id, milestone.id)
            if c.unit_id == unit.id and c.kind == "paper"
        )
        return [Reply(turn.say.say(ALREADY, unit=unit.name, milestone=milestone.name, letter=noted))]
    unit_answered(turn, season, milestone)
    return [Reply(turn.say.say(RECEIVED, unit=unit.name, milestone=milestone.name, letter=letter))]


def _nothing(turn: Turn, *_: object) -> str:
    return ""


FINISHER = Finisher(
    action=Action.MARK_PAPER,
    form=_form,
    title=_title,
    lead=_nothing,
    submit=_submit,
    progress=_nothing,
    note=_nothing,
    submit_label=mark("Note the letter"),
)
