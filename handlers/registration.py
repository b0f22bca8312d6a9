"""Registering an exemplar: beginning, summary, handing in, and closing a unit's list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.chat import Choice, Reply
from bot.errors import Misunderstood, NotAllowed
from bot.forms import tokens
from bot.forms.answers import Answer, from_json
from bot.forms.answers import answers as folded
from bot.forms.engine import left_open
from bot.plan.model import Form, Milestone, Plan, Question
from bot.rules.access import Action
from bot.store import drafts, exemplars, outbox, owing
from bot.store.drafts import Draft
from bot.store.exemplars import Submission
from bot.store.seasons import Season
from bot.store.units import Unit
from bot.texts import mark
from bot.turn import NO_RIGHT, Asked, Finisher, Office, Turn
from handlers import filling
from handlers.words import NO_SEASON, is_late, late_words, number_in, running, unit_choices, unit_in, when

FORM = "registration"
REFRESH_PAUSE = 2.0  # seconds: several units that finish together are one edit of the group's message

INTRO = mark("Registration {year} – {unit}. Due {due}.")
LATE = mark("That date has passed: the registration is accepted and marked late. {consequence}")
FOR_WHICH = mark("For which unit?")
UNFINISHED = mark("{unit} has a registration that is not handed in yet:")
RECEIPT = mark(
    "Received: the registration of “{name}” – {unit}, season {year}.\nNumber {number}, {at}, handed in by {who}."
)
RECEIPT_AGAIN = mark(
    "Received: version {version} of the registration of “{name}” – {unit}, season {year}.\nNumber {number}, {at}, handed in by {who}."
)
OPEN_UNTIL = mark("Still needed before {milestone} ({due}): {what}.")
CLOSED = mark("Noted: {unit} has registered all it will register in {year} ({count}). No more reminders about it.")
NONE_YET = mark("{unit} has registered nothing yet in {year}. If there will be none this year, please say so:")
NONE = mark("Noted: {unit} registers nothing in {year}. No more reminders about it.")
NOT_NONE = mark("{unit} has {count} registered in {year}, so “none this year” does not fit. If the list is complete:")
COMPLETE_SURE = mark("{unit} has registered {count} in {year}. Is that all?")
NONE_SURE = mark("{unit} registers nothing in {year}. Is that right?")
ALREADY = mark("That was noted before for {unit}; nothing was changed.")


def begin(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/dangky: open a registration for the speaker's unit, or for the one that is named."""
    now = running(turn)
    if now is None:
        raise Misunderstood(NO_SEASON)
    season, plan = now
    unit = chosen_unit(turn, asked, Action.REGISTER)
    if unit is None:
        return which_unit(turn, Action.REGISTER, "dangky")
    exemplar_id = number_in(asked.words, "e")
    if exemplar_id is not None:
        return _change(turn, exemplar_id)
    unfinished = [
        d
        for d in drafts.open_of_units(turn.tx, (unit.id,))
        if d.form == FORM and d.season_id == season.id and d.exemplar_id is None
    ]
    if unfinished and "moi" not in asked.words:
        return _resume_or_new(turn, unit, unfinished)
    assert turn.person is not None
    draft = drafts.begin(
        turn.tx, season_id=season.id, unit_id=unit.id, form=FORM, person_id=turn.person.id, now=turn.now
    )
    return filling.begin(turn, draft, _intro(turn, season, plan, unit))


def chosen_unit(turn: Turn, asked: Asked, action: Action) -> Unit | None:
    """The unit that is meant: named in the button or the sentence, else the speaker's only one. None: ask which.

    NotAllowed if the speaker may not do that for it, or for any.
    """
    named = unit_in(turn, asked.words)
    if named is None and asked.understood is not None and asked.understood.unit is not None:
        one = asked.understood.unit.one
        named = turn.office.units.get(one.id) if one else None
    if named is not None:
        turn.need(action, named.id)
        return named
    own = _candidates(turn, action)
    if not own:
        raise NotAllowed(NO_RIGHT)
    return own[0] if len(own) == 1 else None


def which_unit(turn: Turn, action: Action, command: str, *rest: str) -> Sequence[Reply]:
    """The units for which the speaker may do that, as buttons."""
    return [Reply(turn.say.say(FOR_WHICH), choices=unit_choices(_candidates(turn, action), command, *rest))]


def _candidates(turn: Turn, action: Action) -> list[Unit]:
    tops = {unit.id for unit in turn.office.units.values() if unit.parent_id is None}
    return [unit for unit in turn.own_units(action) if unit.id not in tops]


def _intro(turn: Turn, season: Season, plan: Plan, unit: Unit) -> str:
    milestone = milestone_of(plan, FORM)
    due = turn.office.deadline(season, milestone) if milestone else None
    if milestone is None or due is None:
        return turn.say.say("Registration {year} – {unit}.", year=season.year, unit=unit.name)
    lines = [turn.say.say(INTRO, year=season.year, unit=unit.name, due=when(turn, due))]
    if is_late(due, turn.today):
        lines.append(turn.say.say(LATE, consequence=late_words(turn, plan, milestone)))
    return "\n".join(lines)


def milestone_of(plan: Plan, form: str) -> Milestone | None:
    """The milestone that handing in this form settles."""
    return next((m for m in plan.milestones if m.form == form), None)


def _resume_or_new(turn: Turn, unit: Unit, unfinished: Sequence[Draft]) -> Sequence[Reply]:
    rows = [(Choice(draft_name(turn, d), tokens.command("mo", f"d{d.id}")),) for d in unfinished[:5]]
    rows.append((Choice(turn.say.say("Begin a new one"), tokens.command("dangky", f"u{unit.id}", "moi")),))
    return [Reply(turn.say.say(UNFINISHED, unit=unit.name), choices=tuple(rows))]


def draft_name(turn: Turn, draft: Draft) -> str:
    """What a button calls a draft: the exemplar's name if it has one, else when it was begun."""
    finisher = turn.script.finishers[draft.form]
    given = folded(drafts.events(turn.tx, draft.id)).get("name")
    if given and given.value:
        return turn.say.say("Go on: {name}", name=str(given.value)[:60])
    title = finisher.title(turn, draft)
    return turn.say.say("Go on: {name}", name=title[:60])


def _change(turn: Turn, exemplar_id: int) -> Sequence[Reply]:
    try:
        e = exemplars.by_id(turn.tx, exemplar_id)
        season = turn.office.season_by_id(e.season_id)
    except LookupError:
        raise NotAllowed(NO_RIGHT) from None
    turn.need(Action.REGISTER, e.unit_id)
    handed_in = exemplars.latest(turn.tx, e.id, FORM)
    assert turn.person is not None
    draft = drafts.begin(
        turn.tx,
        season_id=season.id,
        unit_id=e.unit_id,
        form=FORM,
        person_id=turn.person.id,
        now=turn.now,
        exemplar_id=e.id,
    )
    earlier = drafts.events(turn.tx, handed_in.draft_id) if handed_in else []
    return filling.begin(turn, draft, prefill=filling.prefilling(earlier))


# -- the form's own parts --------------------------------------------------------------------------------------------


def _form(office: Office, draft: Draft) -> Form:
    return office.plan(office.season_by_id(draft.season_id)).form(FORM)


def _title(turn: Turn, draft: Draft) -> str:
    season = turn.office.season_by_id(draft.season_id)
    unit = turn.office.units[draft.unit_id]
    return turn.say.say("Registration {year} – {unit}: not handed in", year=season.year, unit=unit.name)


def _lead(turn: Turn, draft: Draft, form: Form, answers: Mapping[str, Answer]) -> str:
    season = turn.office.season_by_id(draft.season_id)
    plan = turn.office.plan(season)
    lines = []
    milestone = milestone_of(plan, FORM)
    due = turn.office.deadline(season, milestone) if milestone else None
    if milestone and is_late(due, turn.today) and draft.exemplar_id is None:
        lines.append(turn.say.say(LATE, consequence=late_words(turn, plan, milestone)))
    lines += open_until(turn, season, plan, form, answers)
    return "\n".join(lines)


def open_until(turn: Turn, season: Season, plan: Plan, form: Form, answers: Mapping[str, Answer]) -> list[str]:
    """What was left open and by when it is needed."""
    lines = []
    for milestone in plan.milestones:
        missing = left_open(form, answers, milestone.id)
        due = turn.office.deadline(season, milestone)
        if missing and due is not None:
            what = ", ".join(q.short or q.ask for q in missing)
            lines.append(turn.say.say(OPEN_UNTIL, milestone=milestone.name, due=due.last_day, what=what))
    return lines


def _submit(turn: Turn, draft: Draft, form: Form, answers: Mapping[str, Answer]) -> Sequence[Reply]:
    season = turn.office.season_by_id(draft.season_id)
    plan = turn.office.plan(season)
    milestone = milestone_of(plan, FORM)
    due = turn.office.deadline(season, milestone) if milestone else None
    late = is_late(due, turn.today)
    unit = turn.office.units[draft.unit_id]
    stored = {id: answer.value for id, answer in answers.items() if not answer.skipped and answer.value is not None}
    name, subject = str(stored["name"]), str(stored["subject"])
    award = from_json(form.question("award"), stored["award"]) is True
    assert turn.person is not None
    if milestone:
        owing.reopen(turn.tx, season_id=season.id, unit_id=unit.id, milestone=milestone.id, kind="none")
    if draft.exemplar_id is None:
        exemplar_id = exemplars.register(
            turn.tx,
            season_id=season.id,
            unit_id=unit.id,
            subject=subject,
            name=name,
            award=award,
            late=late,
            answers=stored,
            now=turn.now,
        )
    else:
        exemplar_id = draft.exemplar_id
        exemplars.amend(turn.tx, exemplar_id, subject=subject, name=name, award=award, answers=stored)
    handed_in = exemplars.submit(
        turn.tx,
        season_id=season.id,
        unit_id=unit.id,
        exemplar_id=exemplar_id,
        draft_id=draft.id,
        form=FORM,
        answers=stored,
        late=late,
        person_id=turn.person.id,
        now=turn.now,
    )
    drafts.close(turn.tx, draft.id, "submitted", exemplar_id=exemplar_id)
    if milestone:
        unit_answered(turn, season, milestone)
    lines = [receipt(turn, handed_in, name, unit, season, RECEIPT, RECEIPT_AGAIN)]
    if late and milestone and draft.exemplar_id is None:
        lines.append(turn.say.say(LATE, consequence=late_words(turn, plan, milestone)))
    lines += open_until(turn, season, plan, form, answers)
    return [
        Reply(
            "\n".join(lines),
            choices=(
                (Choice(turn.say.say("Register another"), tokens.command("dangky", f"u{unit.id}", "moi")),),
                (Choice(turn.say.say("That is all we register"), tokens.command("dudangky", f"u{unit.id}")),),
                (Choice(turn.say.say("Score it now"), tokens.command("tucham", f"e{exemplar_id}")),),
            ),
        )
    ]


def receipt(turn: Turn, handed_in: Submission, name: str, unit: Unit, season: Season, first: str, again: str) -> str:
    """The receipt: what, when, by whom, number."""
    assert turn.person is not None
    return turn.say.say(
        first if handed_in.version == 1 else again,
        name=name,
        unit=unit.name,
        year=season.year,
        version=handed_in.version,
        number=filling.number_of(turn, handed_in),
        at=turn.now,
        who=turn.person.name,
    )


def unit_answered(turn: Turn, season: Season, milestone: Milestone) -> None:
    """Have the groups' lists of who is missing brought up to date."""
    outbox.refresh(turn.tx, f"due:{season.id}:{milestone.id}", turn.now, not_before=turn.real + REFRESH_PAUSE)


def _progress(turn: Turn, form: Form, answers: Mapping[str, Answer]) -> str:
    return ""


def _note(turn: Turn, draft: Draft, form: Form, question: Question) -> str:
    return ""


FINISHER = Finisher(
    action=Action.REGISTER,
    form=_form,
    title=_title,
    lead=_lead,
    submit=_submit,
    progress=_progress,
    note=_note,
    submit_label=mark("Hand in the registration"),
)


# -- closing the list ------------------------------------------------------------------------------------------------


def complete(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """“Đã đăng ký đủ”: the unit's list is complete."""
    return _close(turn, asked, "complete")


def none_this_year(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """“Năm nay không đăng ký”."""
    return _close(turn, asked, "none")


def _close(turn: Turn, asked: Asked, kind: str) -> Sequence[Reply]:
    now = running(turn)
    if now is None:
        raise Misunderstood(NO_SEASON)
    season, plan = now
    command = "dudangky" if kind == "complete" else "khongdangky"
    unit = chosen_unit(turn, asked, Action.CLOSE_LIST)
    if unit is None:
        return which_unit(turn, Action.CLOSE_LIST, command)
    milestone = milestone_of(plan, FORM)
    assert milestone is not None and turn.person is not None
    count = len(exemplars.of_units(turn.tx, [unit.id], season.id))
    counted = turn.say.say_n("{n} exemplar", "{n} exemplars", count)
    other = "khongdangky" if kind == "complete" else "dudangky"
    if kind == "complete" and not count:
        label = turn.say.say("None this year")
        return [
            Reply(
                turn.say.say(NONE_YET, unit=unit.name, year=season.year),
                choices=((Choice(label, tokens.command(other, f"u{unit.id}")),),),
            )
        ]
    if kind == "none" and count:
        label = turn.say.say("That is all we register")
        return [
            Reply(
                turn.say.say(NOT_NONE, unit=unit.name, year=season.year, count=counted),
                choices=((Choice(label, tokens.command(other, f"u{unit.id}")),),),
            )
        ]
    if asked.understood is not None:
        label = turn.say.say("Yes, {unit}", unit=unit.name)
        sure = COMPLETE_SURE if kind == "complete" else NONE_SURE
        return [
            Reply(
                turn.say.say(sure, unit=unit.name, year=season.year, count=counted),
                choices=((Choice(label, tokens.command(command, f"u{unit.id}")),),),
            )
        ]
    fresh = owing.close(
        turn.tx,
        season_id=season.id,
        unit_id=unit.id,
        milestone=milestone.id,
        kind=kind,
        person_id=turn.person.id,
        now=turn.now,
    )
    if not fresh:
        return [Reply(turn.say.say(ALREADY, unit=unit.name))]
    unit_answered(turn, season, milestone)
    sentence = CLOSED if kind == "complete" else NONE
    return [Reply(turn.say.say(sentence, unit=unit.name, year=season.year, count=counted))]
