"""Registering an exemplar: beginning, summary, handing in, and closing a unit's list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.chat import Choice, Reply
from bot.errors import Misunderstood, NotAllowed
from bot.forms import tokens
from bot.forms.answers import Answer, Event, from_json
from bot.forms.answers import answers as folded
from bot.forms.engine import current, left_open
from bot.plan.model import Form, Milestone, Plan
from bot.rules.access import Action
from bot.store import drafts, exemplars, outbox, owing
from bot.store.drafts import Draft
from bot.store.exemplars import Exemplar, Submission
from bot.store.seasons import Season
from bot.store.units import Unit
from bot.texts import mark
from bot.turn import NO_RIGHT, REGISTRATION, SELF_SCORE, Asked, Finisher, Office, Turn
from bot.vietnamese import fold
from handlers import filling
from handlers.words import (
    NO_SEASON,
    clipped,
    is_late,
    late_words,
    number_in,
    running,
    standing,
    unit_choices,
    unit_in,
    when,
)

FORM = REGISTRATION
REFRESH_PAUSE = 2.0  # seconds: several units that finish together are one edit of the group's message

DRAFTS_OFFERED = 5  # half-filled forms of one unit; the rest stand in /viec
CHANGES_OFFERED = 30  # exemplars of one unit and year; nobody registers so many, and a longer list nobody reads
ANEW = ("moi", "them", "khac", "nua")  # “đăng ký mới”, “đăng ký thêm”: no need to ask what is meant

INTRO = mark("Registration {year} – {unit}. Due {due}.")
LATE = mark("That date has passed: the registration is accepted and marked late. {consequence}")
FOR_WHICH = mark("For which unit?")
UNFINISHED = mark("{unit} has a registration that is not handed in yet.")
REGISTERED = mark("{unit} has registered {count} in {year}.")
CHOOSE = mark("Please choose:")
CHANGING = mark(
    "Changing the registration of “{name}” – {unit}. What is handed in becomes version {version}; the earlier one stays on file."
)
KIND_STAYS = mark(
    "“{name}” has a scorecard already, and collectives and individuals are scored by different tables, so “{question}” "
    "cannot be changed. Please set it back; another exemplar is registered with /dangky."
)
UNCHANGED = mark("Nothing differs from what was registered, so version {version} stands as it is.")
RECEIPT = mark(
    "Received: the registration of “{name}” – {unit}, season {year}.\nNumber {number}, {at}, handed in by {who}."
)
RECEIPT_AGAIN = mark(
    "Received: version {version} of the registration of “{name}” – {unit}, season {year}.\nNumber {number}, {at}, handed in by {who}."
)
OPEN_UNTIL = mark("Still needed before {milestone} ({due}): {what}.")
NONE_TAKEN_BACK = mark("The earlier answer “none this year” no longer stands.")
COMPLETE_TAKEN_BACK = mark("The list had been closed; with this registration it is open again until it is closed anew.")
CLOSED = mark("Noted: {unit} has registered all it will register in {year} ({count}). No more reminders about it.")
NONE_YET = mark("{unit} has registered nothing yet in {year}. If there will be none this year, please say so:")
NONE = mark("Noted: {unit} registers nothing in {year}. No more reminders about it.")
NOT_NONE = mark("{unit} has {count} registered in {year}, so “none this year” does not fit. If the list is complete:")
COMPLETE_SURE = mark("{unit} has registered {count} in {year}. Is that all?")
NONE_SURE = mark("{unit} registers nothing in {year}. Is that right?")
NONE_STANDS = mark("{unit} has said that it registers nothing in {year}; that still stands.")
NOT_HANDED_IN = mark("A registration of the unit is not handed in yet; it does not count and stays as it is.")
NOT_CLOSED = mark("Nothing was noted.")
FOR_THE_UNIT = mark("{name} ({office}, for the unit)")
ALREADY = mark("That was noted before for {unit}; nothing was changed.")


def begin(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/dangky: open a registration for the speaker's unit, or for the one that is named."""
    now = running(turn)
    if now is None:
        raise Misunderstood(NO_SEASON)
    season, plan = now
    exemplar_id = number_in(asked.words, "e")
    if exemplar_id is not None:
        return _change(turn, exemplar_id)
    unit = chosen_unit(turn, asked, Action.REGISTER)
    if unit is None:
        return which_unit(turn, Action.REGISTER, "dangky")
    assert turn.person is not None
    unfinished = _unfinished(turn, season, unit)
    if "moi" not in asked.words and not any(word in fold(asked.text).split() for word in ANEW):
        found = exemplars.of_units(turn.tx, [unit.id], season.id)
        begun = drafts.begun(turn.tx, unfinished)
        if begun or found:
            return _offer(turn, season, unit, begun, found)
    mine = [d for d in unfinished if d.opened_by == turn.person.id]
    draft = drafts.untouched(turn.tx, mine) or drafts.begin(
        turn.tx, season_id=season.id, unit_id=unit.id, form=FORM, person_id=turn.person.id, now=turn.now
    )
    return filling.begin(turn, draft, _intro(turn, season, plan, unit))


def _unfinished(turn: Turn, season: Season, unit: Unit) -> list[Draft]:
    """The unit's new registrations that are not handed in, the last touched first."""
    return [
        d
        for d in drafts.open_of_units(turn.tx, (unit.id,))
        if d.form == FORM and d.season_id == season.id and d.exemplar_id is None
    ]


def _offer(
    turn: Turn, season: Season, unit: Unit, unfinished: Sequence[Draft], found: Sequence[Exemplar]
) -> Sequence[Reply]:
    """Go on with a draft, register another exemplar, or change one that is registered."""
    turn.asking = True
    lines, rows = [], _go_on(turn, unfinished)
    if unfinished:
        lines.append(turn.say.say(UNFINISHED, unit=unit.name))
    if found:
        counted = turn.say.say_n("{n} exemplar", "{n} exemplars", len(found))
        lines.append(turn.say.say(REGISTERED, unit=unit.name, count=counted, year=season.year))
    label = turn.say.say("Register another") if found else turn.say.say("Begin a new one")
    rows.append((Choice(label, tokens.command("dangky", f"u{unit.id}", "moi")),))
    for e in found[:CHANGES_OFFERED]:
        label = turn.say.say("Change the registration: {name}", name=clipped(e.name, 60))
        rows.append((Choice(label, tokens.command("dangky", f"e{e.id}")),))
    return [Reply("\n".join([*lines, turn.say.say(CHOOSE)]), choices=tuple(rows))]


def _go_on(turn: Turn, unfinished: Sequence[Draft]) -> list[tuple[Choice, ...]]:
    return [(Choice(draft_name(turn, d), tokens.command("mo", f"d{d.id}")),) for d in unfinished[:DRAFTS_OFFERED]]


def chosen_unit(turn: Turn, asked: Asked, action: Action) -> Unit | None:
    """The unit that is meant: named in the button or the sentence, else the speaker's only one. None: ask which.

    NotAllowed if the speaker may not do that for it, or for any, or if there is no such unit.
    """
    named = unit_in(turn, asked.words)
    if named is None and any(word[:1] == "u" and word[1:].isdigit() for word in asked.words):
        raise NotAllowed(NO_RIGHT)
    found = asked.understood.unit if asked.understood is not None else None
    if named is None and found is not None:
        meant = [found.one] if found.one else [unit for unit in found.several if turn.can(action, unit.id)]
        if not meant:
            raise NotAllowed(NO_RIGHT)
        named = turn.office.units.get(meant[0].id) if len(meant) == 1 else None
    if named is not None:
        turn.need(action, named.id)
        return named
    own = _candidates(turn, action)
    if not own:
        raise NotAllowed(NO_RIGHT)
    return own[0] if len(own) == 1 else None


def which_unit(turn: Turn, action: Action, command: str, *rest: str) -> Sequence[Reply]:
    """The units for which the speaker may do that, as buttons."""
    turn.asking = True
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


def draft_name(turn: Turn, draft: Draft) -> str:
    """What a button calls a draft: the exemplar's name if it has one, else when it was begun."""
    if draft.form == FORM and draft.exemplar_id is not None:
        name = exemplars.by_id(turn.tx, draft.exemplar_id).name
        return turn.say.say("Go on changing: {name}", name=clipped(name, 60))
    name = _given_name(turn, draft) or turn.script.finishers[draft.form].title(turn, draft)
    return turn.say.say("Go on: {name}", name=clipped(name, 60))


def _given_name(turn: Turn, draft: Draft) -> str:
    given = folded(drafts.events(turn.tx, draft.id)).get("name")
    return " ".join(str(given.value).split()) if given and given.value else ""


def _change(turn: Turn, exemplar_id: int) -> Sequence[Reply]:
    """Open a registered exemplar's registration again, with all its answers."""
    try:
        e = exemplars.by_id(turn.tx, exemplar_id)
        season = turn.office.season_by_id(e.season_id)
    except LookupError:
        raise NotAllowed(NO_RIGHT) from None
    turn.need(Action.REGISTER, e.unit_id)
    assert turn.person is not None
    handed_in = exemplars.latest(turn.tx, e.id, FORM)
    heading = turn.say.say(
        CHANGING,
        name=e.name,
        unit=turn.office.units[e.unit_id].name,
        version=handed_in.version + 1 if handed_in else 1,
    )
    unfinished = drafts.open_of_exemplar(turn.tx, e.id, e.unit_id, FORM)
    if unfinished is not None:
        return filling.begin(turn, unfinished, heading)
    draft = drafts.begin(
        turn.tx,
        season_id=season.id,
        unit_id=e.unit_id,
        form=FORM,
        person_id=turn.person.id,
        now=turn.now,
        exemplar_id=e.id,
    )
    form = turn.office.plan(season).form(FORM)
    return filling.begin(turn, draft, heading, prefill=_as_registered(form, e, turn))


def _as_registered(form: Form, e: Exemplar, turn: Turn) -> list[Event]:
    """What makes the answers that stand. What was passed over stays so; what is still needed later is asked again."""
    made = []
    for question in form.questions:
        if question.id in e.answers:
            made.append(Event(0, "set", question.id, e.answers[question.id], None, turn.now))
        elif not question.required and not question.required_by:
            made.append(Event(0, "skip", question.id, None, None, turn.now))
    return made


def registered(e: Exemplar) -> dict[str, Answer]:
    """The answers that stand in an exemplar's registration."""
    return {id: Answer(id, value) for id, value in e.answers.items()}


# -- the form's own parts --------------------------------------------------------------------------------------------


def _form(office: Office, draft: Draft) -> Form:
    return office.plan(office.season_by_id(draft.season_id)).form(FORM)


def _title(turn: Turn, draft: Draft) -> str:
    season = turn.office.season_by_id(draft.season_id)
    unit = turn.office.units[draft.unit_id]
    if draft.exemplar_id is not None:
        name = exemplars.by_id(turn.tx, draft.exemplar_id).name
        return turn.say.say("Changed registration of “{name}” – {unit}: not handed in", name=name, unit=unit.name)
    name = _given_name(turn, draft)
    if name:
        return turn.say.say(
            "Registration {year} of “{name}” – {unit}: not handed in", year=season.year, name=name, unit=unit.name
        )
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
    counting = current(form, answers)
    stored = {id: answer.value for id, answer in counting.items() if not answer.skipped and answer.value is not None}
    name, subject = str(stored["name"]), str(stored["subject"])
    award = from_json(form.question("award"), stored["award"]) is True
    assert turn.person is not None
    changed = exemplars.by_id(turn.tx, draft.exemplar_id) if draft.exemplar_id is not None else None
    if changed is not None:
        handed_in = exemplars.latest(turn.tx, changed.id, FORM)
        if handed_in is not None and stored == changed.answers:
            drafts.close(turn.tx, draft.id, "cancelled")
            return [Reply(turn.say.say(UNCHANGED, version=handed_in.version))]
        if subject != changed.subject and _has_scorecard(turn, changed):
            raise Misunderstood(KIND_STAYS, name=changed.name, question=form.question("subject").short)
    lines = []
    if changed is None:
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
        lines += _taken_back(turn, season, unit, milestone)
    else:
        exemplar_id = changed.id
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
    for of in plan.milestones:  # an added benefit, or an award asked for, changes who owes the dossier
        if of is milestone or of.owed_by == "live_exemplars":
            unit_answered(turn, season, of)
    if late and milestone and changed is None:
        lines.insert(0, turn.say.say(LATE, consequence=late_words(turn, plan, milestone)))
    lines = [
        receipt(turn, handed_in, name, unit, season, RECEIPT, RECEIPT_AGAIN),
        *lines,
        *open_until(turn, season, plan, form, answers),
    ]
    return [Reply("\n".join(lines), choices=_afterwards(turn, unit, exemplar_id, changed))]


def _has_scorecard(turn: Turn, e: Exemplar) -> bool:
    begun = drafts.open_of_exemplar(turn.tx, e.id, e.unit_id, SELF_SCORE)
    return begun is not None or exemplars.latest(turn.tx, e.id, SELF_SCORE) is not None


def _taken_back(turn: Turn, season: Season, unit: Unit, milestone: Milestone | None) -> list[str]:
    """A new registration contradicts what was said of the list before: that no longer stands, and it is told."""
    lines = []
    for kind, sentence in (("none", NONE_TAKEN_BACK), ("complete", COMPLETE_TAKEN_BACK)):
        if milestone and owing.reopen(turn.tx, season_id=season.id, unit_id=unit.id, milestone=milestone.id, kind=kind):
            lines.append(turn.say.say(sentence))
    return lines


def _afterwards(turn: Turn, unit: Unit, exemplar_id: int, changed: Exemplar | None) -> tuple[tuple[Choice, ...], ...]:
    score = (Choice(turn.say.say("Score it now"), tokens.command("tucham", f"e{exemplar_id}")),)
    if changed is not None:
        mine = (Choice(turn.say.say("My tasks"), tokens.command("viec")),)
        return (mine,) if changed.total is not None else (score, mine)
    return (
        (Choice(turn.say.say("Register another"), tokens.command("dangky", f"u{unit.id}", "moi")),),
        (Choice(turn.say.say("That is all we register"), tokens.command("dudangky", f"u{unit.id}")),),
        score,
    )


def receipt(turn: Turn, handed_in: Submission, name: str, unit: Unit, season: Season, first: str, again: str) -> str:
    """The receipt: what, when, by whom (and that it was done for the unit, if it was), number."""
    assert turn.person is not None
    who = turn.person.name
    if unit.id not in turn.person.units:
        who = turn.say.say(FOR_THE_UNIT, name=who, office=standing(turn.office.plan(season)))
    return turn.say.say(
        first if handed_in.version == 1 else again,
        name=name,
        unit=unit.name,
        year=season.year,
        version=handed_in.version,
        number=filling.number_of(turn, handed_in),
        at=turn.now,
        who=who,
    )


def unit_answered(turn: Turn, season: Season, milestone: Milestone) -> None:
    """Have the groups' lists of who is missing brought up to date."""
    outbox.refresh(turn.tx, f"due:{season.id}:{milestone.id}", turn.now, not_before=turn.real + REFRESH_PAUSE)


FINISHER = Finisher(
    action=Action.REGISTER,
    form=_form,
    title=_title,
    lead=_lead,
    submit=_submit,
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
    if "khong" in asked.words and asked.understood is None:
        return [Reply(turn.say.say(NOT_CLOSED))]
    milestone = milestone_of(plan, FORM)
    assert milestone is not None and turn.person is not None
    count = len(exemplars.of_units(turn.tx, [unit.id], season.id))
    counted = turn.say.say_n("{n} exemplar", "{n} exemplars", count)
    said = {c.kind for c in owing.closings(turn.tx, season.id, milestone.id) if c.unit_id == unit.id}
    if kind in said:
        return [Reply(turn.say.say(ALREADY, unit=unit.name))]
    if kind == "complete" and not count:
        if "none" in said:
            return [Reply(turn.say.say(NONE_STANDS, unit=unit.name, year=season.year))]
        sentence = turn.say.say(NONE_YET, unit=unit.name, year=season.year)
        return _ask_back(turn, sentence, turn.say.say("None this year"), "khongdangky", unit)
    if kind == "none" and count:
        sentence = turn.say.say(NOT_NONE, unit=unit.name, year=season.year, count=counted)
        return _ask_back(turn, sentence, turn.say.say("That is all we register"), "dudangky", unit)
    unfinished = drafts.begun(turn.tx, _unfinished(turn, season, unit))
    warning, more = ([turn.say.say(NOT_HANDED_IN)] if unfinished else []), _go_on(turn, unfinished)
    if asked.understood is not None:
        question = COMPLETE_SURE if kind == "complete" else NONE_SURE
        sure = turn.say.say(question, unit=unit.name, year=season.year, count=counted)
        label = turn.say.say("That is right")
        more.append((Choice(turn.say.say("No"), tokens.command(command, f"u{unit.id}", "khong")),))
        return _ask_back(turn, "\n".join([*warning, sure]), label, command, unit, *more)
    owing.close(
        turn.tx,
        season_id=season.id,
        unit_id=unit.id,
        milestone=milestone.id,
        kind=kind,
        person_id=turn.person.id,
        now=turn.now,
    )
    unit_answered(turn, season, milestone)
    noted = CLOSED if kind == "complete" else NONE
    sentence = turn.say.say(noted, unit=unit.name, year=season.year, count=counted)
    return [Reply("\n".join([sentence, *warning]), choices=tuple(more))]


def _ask_back(
    turn: Turn, sentence: str, label: str, command: str, unit: Unit, *more: tuple[Choice, ...]
) -> Sequence[Reply]:
    """What the speaker said, put to them once more; an open question of a form waits until they have answered this."""
    turn.asking = True
    return [Reply(sentence, choices=((Choice(label, tokens.command(command, f"u{unit.id}")),), *more))]
