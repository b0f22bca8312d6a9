"""Scoring an exemplar against each criterion: beginning, verdict, handing in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from bot.chat import Choice, Reply
from bot.errors import NotAllowed
from bot.forms import tokens
from bot.forms.answers import Answer
from bot.forms.answers import answers as folded
from bot.forms.scorecard import asks_points_only, evidence, figures, inputs, scorecard_form
from bot.plan.criteria import CriteriaTable
from bot.plan.model import Plan
from bot.plan.questions import Form, Question
from bot.rules.access import Action
from bot.rules.scoring import Scorecard
from bot.rules.undetermined import Undetermined
from bot.store import drafts, exemplars
from bot.store.drafts import Draft
from bot.store.exemplars import Exemplar
from bot.store.seasons import Season
from bot.store.units import Unit
from bot.texts import mark
from bot.turn import NO_RIGHT, SELF_SCORE, Asked, Finisher, Office, Turn
from handlers import filling, printing
from handlers.registration import (
    chosen_unit,
    milestone_of,
    open_until,
    receipt,
    registered,
    unit_answered,
    which_unit,
)
from handlers.verdicts import verdict_words
from handlers.words import (
    clipped,
    is_late,
    late_words,
    number_in,
    of_plan,
    open_to,
    season_meant,
    state,
    when,
    with_plan,
)

FORM = SELF_SCORE

INTRO = mark("Self-score of “{name}” – {unit}, {year}.")
NOTHING_REGISTERED = mark("{unit} has no registered exemplar in {year}. Scoring needs a registration first.")
WHICH_EXEMPLAR = mark("Which exemplar is to be scored?")
SCORED = mark(
    "“{name}” was scored with {total} points (version {version}). A new scorecard becomes version {next}; the old one stays."
)
SCORED_WITHOUT_TOTAL = mark(
    "The scorecard of “{name}” was handed in (version {version}). A new scorecard becomes version {next}; the old one stays."
)
RECEIPT = mark(
    "Received: the self-score of “{name}” – {unit}, season {year}.\nNumber {number}, {at}, handed in by {who}."
)
RECEIPT_AGAIN = mark(
    "Received: version {version} of the self-score of “{name}” – {unit}, season {year}.\nNumber {number}, {at}, handed in by {who}."
)
SAME_ROW = mark(
    "Row {code} is printed word for word like row {twin} in the document. It stays as printed until it is corrected officially; the documents of row {twin} may be used again."
)
NO_TABLE = mark("The plan “{plan}” has no scoring table.")
NO_TABLE_FOR = mark("The plan “{plan}” has no scoring table for {kind}.")
ELSEWHERE = mark("It leaves the criteria to {to}.")
LATE = mark("The date for {milestone} was {due}; this is marked late. {consequence}")


def begin(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/tucham: score an exemplar of the speaker's unit."""
    exemplar_id = number_in(asked.words, "e")
    if exemplar_id is not None:
        return _exemplar(turn, exemplar_id, anew="moi" in asked.words)
    unit = chosen_unit(turn, asked, Action.SELF_SCORE)
    if unit is None:
        return which_unit(turn, Action.SELF_SCORE, "tucham")
    meant = open_to(turn, Action.SELF_SCORE, unit, season_meant(turn, asked, unit))
    scoring = [(season, plan) for season, plan in meant if plan.criteria]
    if not scoring:
        return [Reply("\n".join(_no_table(turn, plan) for _, plan in meant))]
    found = [
        (e, plan)
        for season, plan in scoring
        for e in exemplars.of_units(turn.tx, [unit.id], season.id)
        if e.state != "stopped"
    ]
    if not found:
        return [_nothing(turn, unit, season, plan) for season, plan in scoring]
    if len(found) == 1:
        return _exemplar(turn, found[0][0].id, anew=False, text=asked.text)
    turn.asking = True
    rows = tuple((Choice(_called(turn, e, plan, unit), tokens.command("tucham", f"e{e.id}")),) for e, plan in found)
    return [Reply(turn.say.say(WHICH_EXEMPLAR), choices=rows)]


def _called(turn: Turn, e: Exemplar, plan: Plan, unit: Unit) -> str:
    return of_plan(turn, plan, f"{clipped(e.name, 60)} – {state(turn, e)}", unit)


def _nothing(turn: Turn, unit: Unit, season: Season, plan: Plan) -> Reply:
    """Nothing is registered yet, with a way to do it."""
    text = turn.say.say(NOTHING_REGISTERED, unit=unit.name, year=season.year)
    button = Choice(turn.say.say("Register an exemplar"), tokens.command("dangky", f"u{unit.id}", f"s{season.id}"))
    return Reply(with_plan(turn, plan, text, unit), choices=((button,),) if plan.registration else ())


def _no_table(turn: Turn, plan: Plan, kind: str = "") -> str:
    """That there is nothing to score by, and to whom the plan leaves it."""
    if kind:
        return turn.say.say(NO_TABLE_FOR, plan=plan.name, kind=kind)
    lines = [turn.say.say(NO_TABLE, plan=plan.name)]
    elsewhere = plan.criteria_elsewhere
    if elsewhere is not None:
        lines.append(turn.say.say(ELSEWHERE, to=elsewhere.to))
        if elsewhere.quote is not None:
            lines.append(turn.say.say("  “{quote}” – {place}", quote=elsewhere.quote.text, place=elsewhere.quote.at))
    return "\n".join(lines)


def _exemplar(turn: Turn, exemplar_id: int, *, anew: bool, text: str = "") -> Sequence[Reply]:
    try:
        e = exemplars.by_id(turn.tx, exemplar_id)
    except LookupError:
        raise NotAllowed(NO_RIGHT) from None
    turn.need(Action.SELF_SCORE, e.unit_id, exemplar=e)
    season = turn.office.season_by_id(e.season_id)
    plan = turn.office.plan(season)
    if not plan.criteria:
        return [Reply(_no_table(turn, plan))]
    if not _has_table(turn.office, plan, e.subject, e.unit_id):
        return [Reply(_no_table(turn, plan, plan.called(e.subject)))]
    unfinished = drafts.open_of_exemplar(turn.tx, e.id, e.unit_id, FORM)
    if unfinished is not None:
        return filling.begin(turn, unfinished, _intro(turn, e), text=text)
    handed_in = exemplars.latest(turn.tx, e.id, FORM)
    if handed_in is not None and not anew:
        next_version = handed_in.version + 1
        label = turn.say.say("Change the scorecard (version {version})", version=next_version)
        sentence = SCORED if e.total is not None else SCORED_WITHOUT_TOTAL
        scored = turn.say.say(sentence, name=e.name, total=e.total, version=handed_in.version, next=next_version)
        return [
            Reply(
                with_plan(turn, plan, scored, turn.office.units[e.unit_id]),
                choices=((Choice(label, tokens.command("tucham", f"e{e.id}", "moi")),),),
            )
        ]
    assert turn.person is not None
    draft = drafts.begin(
        turn.tx,
        season_id=season.id,
        unit_id=e.unit_id,
        form=FORM,
        person_id=turn.person.id,
        now=turn.now,
        exemplar_id=e.id,
        subject=e.subject,
    )
    earlier = drafts.events(turn.tx, handed_in.draft_id) if handed_in else []
    return filling.begin(turn, draft, _intro(turn, e), prefill=filling.prefilling(earlier), text=text)


def _intro(turn: Turn, e: Exemplar) -> str:
    unit, plan = turn.office.units[e.unit_id], turn.office.plan_of(e.season_id)
    return with_plan(turn, plan, turn.say.say(INTRO, name=e.name, unit=unit.name, year=e.year), unit)


# -- the form's own parts --------------------------------------------------------------------------------------------


def table_of(office: Office, plan: Plan, subject: str, unit_id: int) -> CriteriaTable:
    """The table by which the unit scores that kind of exemplar; KeyError if the plan has none (any more)."""
    return plan.table(subject, office.units[unit_id].kind)


def _has_table(office: Office, plan: Plan, subject: str, unit_id: int) -> bool:
    try:
        table_of(office, plan, subject, unit_id)
    except KeyError:
        return False
    return True


def _table(office: Office, draft: Draft) -> CriteriaTable:
    return table_of(office, office.plan_of(draft.season_id), draft.subject, draft.unit_id)


def _form(office: Office, draft: Draft) -> Form:
    return scorecard_form(_table(office, draft))


def _title(turn: Turn, draft: Draft) -> str:
    assert draft.exemplar_id is not None
    e = exemplars.by_id(turn.tx, draft.exemplar_id)
    title = turn.say.say("Scorecard not handed in: {name}", name=e.name)
    return of_plan(turn, turn.office.plan_of(draft.season_id), title, turn.office.units[draft.unit_id])


def _scorecard(table: CriteriaTable, form: Form, answers: Mapping[str, Answer]) -> Scorecard:
    typed, files = figures(form, answers)
    return Scorecard(table, inputs(form, answers), evidence(form, answers), figures=typed, unread=files)


def _lead(turn: Turn, draft: Draft, form: Form, answers: Mapping[str, Answer]) -> str:
    season = turn.office.season_by_id(draft.season_id)
    plan = turn.office.plan(season)
    assert draft.exemplar_id is not None
    e = exemplars.by_id(turn.tx, draft.exemplar_id)
    words = verdict_words(turn, plan, _scorecard(_table(turn.office, draft), form, answers), e)
    return "\n".join([words, *_lateness(turn, season, plan, turn.office.units[draft.unit_id])])


def _lateness(turn: Turn, season: Season, plan: Plan, unit: Unit) -> list[str]:
    """What is to be said after the date; nothing before."""
    milestone = milestone_of(plan, FORM)
    due = turn.office.deadline(season, milestone, unit.kind, unit.id) if milestone else None
    if milestone is None or due is None or not is_late(due, turn.today):
        return []
    consequence = late_words(turn, plan, milestone, due)
    return [turn.say.say(LATE, milestone=milestone.name, due=when(turn, due), consequence=consequence)]


def _submit(turn: Turn, draft: Draft, form: Form, answers: Mapping[str, Answer]) -> Sequence[Reply]:
    season = turn.office.season_by_id(draft.season_id)
    plan = turn.office.plan(season)
    unit = turn.office.units[draft.unit_id]
    assert turn.person is not None and draft.exemplar_id is not None
    e = exemplars.by_id(turn.tx, draft.exemplar_id)
    milestone = milestone_of(plan, FORM)
    due = turn.office.deadline(season, milestone, unit.kind, unit.id) if milestone else None
    late = is_late(due, turn.today)
    table = _table(turn.office, draft)
    card = _scorecard(table, form, answers)
    stored = {
        id: {"value": answer.value, "items": [item.sha256 or item.text for item in answer.items]}
        for id, answer in answers.items()
    }
    handed_in = exemplars.submit(
        turn.tx,
        season_id=season.id,
        unit_id=unit.id,
        exemplar_id=e.id,
        draft_id=draft.id,
        form=FORM,
        answers=stored,
        late=late,
        person_id=turn.person.id,
        now=turn.now,
    )
    total = None if isinstance(card.total, Undetermined) or not table.total else card.total
    exemplars.keep_scores(turn.tx, handed_in, card.points, card.evidence, total)
    drafts.close(turn.tx, draft.id, "submitted")
    received = receipt(turn, handed_in, e.name, unit, season, RECEIPT, RECEIPT_AGAIN)
    lines = [with_plan(turn, plan, received, unit), verdict_words(turn, plan, card, e)]
    lines += _lateness(turn, season, plan, unit)
    if milestone:
        unit_answered(turn, season, milestone)
    missing = open_until(turn, season, plan, plan.registration, registered(e))
    paper = printing.scorecard_paper(turn, handed_in)
    if not missing:
        return [Reply("\n".join(lines)), paper]
    label = turn.say.say("Add to the registration: {name}", name=clipped(e.name, 50))
    button = Choice(label, tokens.command("dangky", f"e{e.id}"))
    return [Reply("\n".join([*lines, *missing]), choices=((button,),)), paper]


def _progress(turn: Turn, form: Form, answers: Mapping[str, Answer]) -> str:
    given = inputs(form, answers)
    rows = {question.code: question for question in form.questions if question.scores}
    if not given or not asks_points_only(form):
        return f"{len(given)}/{len(rows)}"
    known = {code: points for code, points in given.items() if isinstance(points, Decimal)}
    most = sum((rows[code].maximum or 0 for code in known), start=Decimal(0))
    total = sum(known.values(), start=Decimal(0))
    return f"{len(given)}/{len(rows)} · {turn.say.number(total)}/{turn.say.number(most)}"


def _note(turn: Turn, draft: Draft, form: Form, question: Question) -> str:
    """A row that repeats an earlier one is shown as printed, and said to be so."""
    if not question.scores:
        return ""
    for earlier in form.questions:
        if earlier.id == question.id:
            return ""
        if earlier.scores and earlier.ask == question.ask:
            return turn.say.say(SAME_ROW, code=question.code, twin=earlier.code)
    return ""


FINISHER = Finisher(
    action=Action.SELF_SCORE,
    form=_form,
    title=_title,
    lead=_lead,
    submit=_submit,
    progress=_progress,
    note=_note,
    submit_label=mark("Hand in the scorecard"),
)


def stored_verdict(turn: Turn, e: Exemplar) -> str:
    """What the last handed-in scorecard means, in words; empty if there is none."""
    handed_in = exemplars.latest(turn.tx, e.id, FORM)
    if handed_in is None:
        return ""
    plan = turn.office.plan_of(e.season_id)
    if not _has_table(turn.office, plan, e.subject, e.unit_id):
        return _no_table(turn, plan, plan.called(e.subject))
    table = table_of(turn.office, plan, e.subject, e.unit_id)
    card = _scorecard(table, scorecard_form(table), folded(drafts.events(turn.tx, handed_in.draft_id)))
    return verdict_words(turn, plan, card, e)
