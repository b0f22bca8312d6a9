"""Scoring an exemplar against each criterion: beginning, verdict, handing in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.chat import Choice, Reply
from bot.errors import Misunderstood, NotAllowed
from bot.forms import tokens
from bot.forms.answers import Answer
from bot.forms.scorecard import evidence, points, scorecard_form
from bot.plan.model import CriteriaTable, Form, Level, Plan, Question
from bot.rules.access import Action
from bot.rules.scoring import Scorecard, Shortfall, verdict
from bot.store import drafts, exemplars
from bot.store.drafts import Draft
from bot.store.exemplars import Exemplar
from bot.store.seasons import Season
from bot.texts import mark
from bot.turn import NO_RIGHT, REGISTRATION, SELF_SCORE, Asked, Finisher, Office, Turn
from handlers import filling
from handlers.registration import (
    chosen_unit,
    milestone_of,
    open_until,
    receipt,
    registered,
    unit_answered,
    which_unit,
)
from handlers.words import NO_SEASON, clipped, is_late, late_words, number_in, running, state, when

FORM = SELF_SCORE

INTRO = mark("Self-score of “{name}” – {unit}, {year}. Several rows may be answered at once, e.g. “tc1 14 tc2 13,5”.")
NOTHING_REGISTERED = mark("{unit} has no registered exemplar in {year}. Scoring needs a registration first.")
WHICH_EXEMPLAR = mark("Which exemplar is to be scored?")
SCORED = mark(
    "“{name}” was scored with {total} points (version {version}). A new scorecard becomes version {next}; the old one stays."
)
RECEIPT = mark(
    "Received: the self-score of “{name}” – {unit}, season {year}.\nNumber {number}, {at}, handed in by {who}."
)
RECEIPT_AGAIN = mark(
    "Received: version {version} of the self-score of “{name}” – {unit}, season {year}.\nNumber {number}, {at}, handed in by {who}."
)
TOTAL = mark("{total}/{most} points.")
FULFILLED = mark("Points and evidence are sufficient to be proposed for {levels}.")
SHORT = mark("Not yet eligible to be proposed for {levels}: {what}.")
SAME_ROW = mark(
    "Row {code} is printed word for word like row {twin} in the document. It stays as printed until it is corrected officially; the documents of row {twin} may be used again."
)
LATE = mark("The date for {milestone} was {due}; this is marked late. {consequence}")


def begin(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/tucham: score an exemplar of the speaker's unit."""
    now = running(turn)
    if now is None:
        raise Misunderstood(NO_SEASON)
    season, _ = now
    exemplar_id = number_in(asked.words, "e")
    if exemplar_id is not None:
        return _exemplar(turn, exemplar_id, anew="moi" in asked.words)
    unit = chosen_unit(turn, asked, Action.SELF_SCORE)
    if unit is None:
        return which_unit(turn, Action.SELF_SCORE, "tucham")
    found = exemplars.of_units(turn.tx, [unit.id], season.id)
    if not found:
        label = turn.say.say("Register an exemplar")
        return [
            Reply(
                turn.say.say(NOTHING_REGISTERED, unit=unit.name, year=season.year),
                choices=((Choice(label, tokens.command("dangky", f"u{unit.id}")),),),
            )
        ]
    if len(found) == 1:
        return _exemplar(turn, found[0].id, anew=False, text=asked.text)
    rows = tuple(
        (Choice(f"{clipped(e.name, 60)} – {state(turn, e)}", tokens.command("tucham", f"e{e.id}")),) for e in found
    )
    return [Reply(turn.say.say(WHICH_EXEMPLAR), choices=rows)]


def _exemplar(turn: Turn, exemplar_id: int, *, anew: bool, text: str = "") -> Sequence[Reply]:
    try:
        e = exemplars.by_id(turn.tx, exemplar_id)
        season = turn.office.season_by_id(e.season_id)
    except LookupError:
        raise NotAllowed(NO_RIGHT) from None
    turn.need(Action.SELF_SCORE, e.unit_id)
    unfinished = drafts.open_of_exemplar(turn.tx, e.id, e.unit_id, FORM)
    if unfinished is not None:
        return filling.begin(turn, unfinished, _intro(turn, e), text=text)
    handed_in = exemplars.latest(turn.tx, e.id, FORM)
    if handed_in is not None and not anew:
        next_version = handed_in.version + 1
        label = turn.say.say("Change the scorecard (version {version})", version=next_version)
        return [
            Reply(
                turn.say.say(SCORED, name=e.name, total=e.total, version=handed_in.version, next=next_version),
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
    return turn.say.say(INTRO, name=e.name, unit=turn.office.units[e.unit_id].name, year=e.year)


# -- the form's own parts --------------------------------------------------------------------------------------------


def _table(office: Office, draft: Draft) -> CriteriaTable:
    return office.plan(office.season_by_id(draft.season_id)).table(draft.subject)


def _form(office: Office, draft: Draft) -> Form:
    return scorecard_form(_table(office, draft))


def _title(turn: Turn, draft: Draft) -> str:
    assert draft.exemplar_id is not None
    e = exemplars.by_id(turn.tx, draft.exemplar_id)
    return turn.say.say("Scorecard not handed in: {name}", name=e.name)


def _scorecard(table: CriteriaTable, form: Form, answers: Mapping[str, Answer]) -> Scorecard:
    return Scorecard(table, points(form, answers), evidence(form, answers))


def _lead(turn: Turn, draft: Draft, form: Form, answers: Mapping[str, Answer]) -> str:
    season = turn.office.season_by_id(draft.season_id)
    plan = turn.office.plan(season)
    words = verdict_words(turn, plan, _scorecard(_table(turn.office, draft), form, answers))
    return "\n".join([words, *_lateness(turn, season, plan)])


def _lateness(turn: Turn, season: Season, plan: Plan) -> list[str]:
    """What is to be said after the date; nothing before."""
    milestone = milestone_of(plan, FORM)
    due = turn.office.deadline(season, milestone) if milestone else None
    if milestone is None or due is None or not is_late(due, turn.today):
        return []
    consequence = late_words(turn, plan, milestone)
    return [turn.say.say(LATE, milestone=milestone.name, due=when(turn, due), consequence=consequence)]


def verdict_words(turn: Turn, plan: Plan, card: Scorecard) -> str:
    """Total and, level by level, what is fulfilled or exactly what is missing, in factual words."""
    lines = [turn.say.say(TOTAL, total=card.total, most=card.table.total)]
    groups: dict[tuple[bool, tuple[Shortfall, ...]], list[Level]] = {}
    for level in plan.levels:
        if level.passes:
            found = verdict(level, card)
            groups.setdefault((found.fulfilled, found.shortfalls), []).append(level)
    for (fulfilled, shortfalls), levels in groups.items():
        names = _listed(turn, [level.name for level in levels])
        if fulfilled:
            lines.append(turn.say.say(FULFILLED, levels=names))
        else:
            lines.append(turn.say.say(SHORT, levels=names, what="; ".join(_shortfalls(turn, shortfalls))))
    return "\n".join(lines)


def _listed(turn: Turn, names: Sequence[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return turn.say.say("{first} and {last}", first=", ".join(names[:-1]), last=names[-1])


def _shortfalls(turn: Turn, shortfalls: Sequence[Shortfall]) -> list[str]:
    parts = [
        turn.say.say(
            "criterion {code} has {points} points and needs {needed}", code=s.code, points=s.points, needed=s.needed
        )
        for s in shortfalls
        if s.kind == "row"
    ]
    parts += [
        turn.say.say("the total is {points} points and needs {needed}", points=s.points, needed=s.needed)
        for s in shortfalls
        if s.kind == "total"
    ]
    unscored = [s.code for s in shortfalls if s.kind == "unscored"]
    if unscored:
        parts.append(
            turn.say.say_n(
                "criterion {codes} has no points yet",
                "criteria {codes} have no points yet",
                len(unscored),
                codes=spans(unscored),
            )
        )
    bare = [s.code for s in shortfalls if s.kind == "evidence"]
    if bare:
        parts.append(
            turn.say.say_n(
                "criterion {codes} has no evidence yet",
                "criteria {codes} have no evidence yet",
                len(bare),
                codes=spans(bare),
            )
        )
    return parts


def spans(codes: Sequence[str]) -> str:
    """“02–04, 07” for 02, 03, 04, 07; codes that are no numbers stand one by one."""
    runs: list[list[str]] = []
    for code in codes:
        follows = runs and code.isdecimal() and runs[-1][-1].isdecimal() and int(code) == int(runs[-1][-1]) + 1
        if follows:
            runs[-1].append(code)
        else:
            runs.append([code])
    return ", ".join(
        run[0] if len(run) == 1 else f"{run[0]}, {run[1]}" if len(run) == 2 else f"{run[0]}–{run[-1]}" for run in runs
    )


def _submit(turn: Turn, draft: Draft, form: Form, answers: Mapping[str, Answer]) -> Sequence[Reply]:
    season = turn.office.season_by_id(draft.season_id)
    plan = turn.office.plan(season)
    unit = turn.office.units[draft.unit_id]
    assert turn.person is not None and draft.exemplar_id is not None
    e = exemplars.by_id(turn.tx, draft.exemplar_id)
    milestone = milestone_of(plan, FORM)
    due = turn.office.deadline(season, milestone) if milestone else None
    late = is_late(due, turn.today)
    card = _scorecard(_table(turn.office, draft), form, answers)
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
    exemplars.keep_scores(turn.tx, handed_in, card.points, card.evidence, card.total)
    drafts.close(turn.tx, draft.id, "submitted")
    lines = [receipt(turn, handed_in, e.name, unit, season, RECEIPT, RECEIPT_AGAIN), verdict_words(turn, plan, card)]
    lines += _lateness(turn, season, plan)
    if milestone:
        unit_answered(turn, season, milestone)
    missing = open_until(turn, season, plan, plan.form(REGISTRATION), registered(e))
    if not missing:
        return [Reply("\n".join(lines))]
    label = turn.say.say("Add to the registration: {name}", name=clipped(e.name, 50))
    button = Choice(label, tokens.command("dangky", f"e{e.id}"))
    return [Reply("\n".join([*lines, *missing]), choices=((button,),))]


def _progress(turn: Turn, form: Form, answers: Mapping[str, Answer]) -> str:
    given = points(form, answers)
    rows = [q for q in form.questions if q.kind == "row"]
    most = sum((q.maximum or 0 for q in rows if q.code in given), start=0)
    if not given:
        return f"0/{len(rows)}"
    total = sum(given.values())
    return f"{len(given)}/{len(rows)} · {turn.say.number(total)}/{turn.say.number(most)}"


def _note(turn: Turn, draft: Draft, form: Form, question: Question) -> str:
    """A row that repeats an earlier one is shown as printed, and said to be so."""
    if question.kind != "row":
        return ""
    for earlier in form.questions:
        if earlier.id == question.id:
            return ""
        if earlier.kind == "row" and earlier.ask == question.ask:
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


def stored_verdict(turn: Turn, e: Exemplar) -> tuple[Scorecard, str] | None:
    """The last handed-in scorecard and what it means; None if there is none."""
    handed_in = exemplars.latest(turn.tx, e.id, FORM)
    if handed_in is None:
        return None
    plan = turn.office.plans[e.plan]
    given, pieces = exemplars.scores(turn.tx, handed_in.id)
    card = Scorecard(plan.table(e.subject), given, pieces)
    return card, verdict_words(turn, plan, card)
