"""Registering an exemplar: beginning, carrying over, changing, summary, handing in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bot.chat import Choice, Reply
from bot.errors import Misunderstood, NotAllowed
from bot.forms import tokens
from bot.forms.answers import Answer, Event, from_json, item_to_json
from bot.forms.answers import answers as folded
from bot.forms.engine import current, left_open
from bot.lookup.units import Found
from bot.plan.dates import Milestone
from bot.plan.model import Plan, SubjectKind
from bot.plan.questions import Form, Question
from bot.rules.access import Action
from bot.store import drafts, dues, exemplars, outbox, owing
from bot.store.drafts import Draft
from bot.store.exemplars import Exemplar
from bot.store.handed_in import HandedIn
from bot.store.seasons import Season
from bot.store.units import Unit
from bot.texts import mark
from bot.turn import NO_RIGHT, SELF_SCORE, Asked, Finisher, Office, Turn
from bot.vietnamese import fold
from handlers import filling, printing
from handlers.duties import due_words
from handlers.models import carried_answers, target_lines
from handlers.words import (
    NO_SEASON,
    OTHER_SEASON,
    clipped,
    is_late,
    late_words,
    named_plans,
    number_in,
    of_plan,
    open_to,
    season_meant,
    several_plans,
    standing,
    unit_choices,
    unit_in,
    units_besides_plans,
    which_plan,
    with_plan,
)

REFRESH_PAUSE = 2.0  # seconds: several units that finish together are one edit of the group's message

DRAFTS_OFFERED = 5  # half-filled forms of one unit; the rest stand in /viec
CHANGES_OFFERED = 30  # exemplars of one unit and year; nobody registers so many, and a longer list nobody reads
NAME = 60  # characters of an exemplar's name in a button
NAME_BESIDE_PLAN = 30  # the same where its plan stands there too
ANEW = ("moi", "them", "khac", "nua")  # “đăng ký mới”, “đăng ký thêm”: no need to ask what is meant

INTRO = mark("Registration {year} – {unit}. Due {due}.")
NO_DATE = mark("Registration {year} – {unit}. The plan names no day for it.")
LATE = mark("That date has passed: the registration is accepted and marked late. {consequence}")
COMES_FIRST = mark("By the plan this comes first: {what} – “{quote}” ({place}).")
COMES_FIRST_UNQUOTED = mark("By the plan this comes first: {what}.")
FIRST_ON = mark("It is recorded for {day}.")
FIRST_UNKNOWN = mark("It is not recorded yet; registering is possible all the same.")
FOR_WHICH = mark("For which unit?")
NO_REGISTRATION = mark("{plan}: the plan lays down no registration.")
NOT_OPEN_TO = mark("By {plan}, {unit} is not among those that register:")
NOT_AS = mark("{unit} does not register as “{kind}”{words}.")
IN_WORDS = mark(": “{quote}” ({place})")
NAMED_KINDS = mark(": the plan names {kinds}")
UNFINISHED = mark("{unit} has a registration that is not handed in yet.")
REGISTERED = mark("{unit} has registered {count} in {year}.")
FROM_BEFORE = mark("From earlier years {unit} has models that may be carried over:")
CHOOSE = mark("Please choose:")
CHANGING = mark(
    "Changing the registration of “{name}” – {unit}. What is handed in becomes version {version}; the earlier one stays on file."
)
CARRYING = mark(
    "Carrying “{name}” of {unit} over from {before} to {year}. What was registered then is filled in; "
    "what each year decides anew is asked. Please look through it before handing in."
)
CARRIED_BEFORE = mark("“{name}” has been carried over to {year} already; nothing was changed.")
ODD_VOTES = mark("{agreed} voted for it, but only {cast} belong to the collective: please check both numbers.")
STOPPED_BEFORE = mark("“{name}” is marked as stopped. To carry it over, please take it up again first.")
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
CARRIED = mark("Carried over from {year}.")
OPEN_UNTIL = mark("Still needed before {milestone} ({due}): {what}.")
CONFIRMED_BY = mark("By the plan the signed copy is confirmed by {who}.")
OPEN_UNTIL_NO_DAY = mark("Still needed before {milestone}: {what}.")
NONE_TAKEN_BACK = mark("The earlier answer “none this year” no longer stands.")
COMPLETE_TAKEN_BACK = mark("The list had been closed; with this registration it is open again until it is closed anew.")
FOR_THE_UNIT = mark("{name} ({office}, for the unit)")


def begin(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/dangky: open a registration for the speaker's unit, or for the one that is named."""
    if not turn.office.running(turn.now):
        raise Misunderstood(NO_SEASON)
    exemplar_id = number_in(asked.words, "e")
    if exemplar_id is not None:
        named = any(word[:1] == "s" for word in asked.words)
        return _carry_over(turn, asked, exemplar_id) if named else _change(turn, exemplar_id)
    anew = "moi" in asked.words or any(word in fold(asked.text).split() for word in ANEW)
    rest = ("moi",) if anew else ()
    unit = chosen_unit(turn, asked, Action.REGISTER)
    if unit is None:
        return which_unit(turn, Action.REGISTER, "dangky", *season_named(turn, asked), *rest)
    meant = season_meant(turn, asked, unit, lambda plan: plan.registration is not None, NO_REGISTRATION)
    found = open_to(turn, Action.REGISTER, unit, meant)
    if len(found) > 1:
        return which_plan(turn, found, "dangky", f"u{unit.id}", *rest)
    return _begin(turn, *found[0], unit, anew=anew)


def season_named(turn: Turn, asked: Asked) -> tuple[str, ...]:
    """The season that a button or the sentence names, as a button carries it on."""
    id = number_in(asked.words, "s")
    meant = [season.id for season, _ in named_plans(turn, asked.text, turn.office.running(turn.now))]
    return (f"s{id}",) if id is not None else (f"s{meant[0]}",) if len(meant) == 1 else ()


def _begin(turn: Turn, season: Season, plan: Plan, unit: Unit, *, anew: bool) -> Sequence[Reply]:
    form = plan.registration
    assert form is not None and turn.person is not None
    if not _open_to(plan, unit):
        lines = [turn.say.say(NOT_OPEN_TO, plan=plan.name, unit=unit.name)]
        return [Reply("\n".join([*lines, *_closed_kinds(turn, plan, unit)]))]
    found = exemplars.of_units(turn.tx, [unit.id], season.id)
    unfinished = unfinished_of(turn, season, unit, form, found)
    if not anew:
        begun = drafts.begun(turn.tx, unfinished)
        underway = {d.exemplar_id for d in begun}
        before = [u.id for u in turn.office.units.origins(unit.id) if _goes_on_in(turn, u) == unit]
        earlier = exemplars.to_carry_over(turn.tx, unit.id, plan.id, season.year, before)
        earlier = [e for e in earlier if e.id not in underway]
        if begun or found or earlier:
            return _offer(turn, season, plan, unit, begun, found, earlier)
    mine = [d for d in unfinished if d.opened_by == turn.person.id and d.exemplar_id is None]
    draft = drafts.untouched(turn.tx, mine) or drafts.begin(
        turn.tx, season_id=season.id, unit_id=unit.id, form=form.id, person_id=turn.person.id, now=turn.now
    )
    return filling.begin(turn, draft, _intro(turn, season, plan, unit))


def unfinished_of(turn: Turn, season: Season, unit: Unit, form: Form, found: Sequence[Exemplar]) -> list[Draft]:
    """The unit's new registrations (and carried over ones) that are not handed in, the last touched first."""
    registered = {e.id for e in found}
    return [
        d
        for d in drafts.open_of_units(turn.tx, (unit.id,))
        if d.form == form.id and d.season_id == season.id and d.exemplar_id not in registered
    ]


def _offer(
    turn: Turn,
    season: Season,
    plan: Plan,
    unit: Unit,
    unfinished: Sequence[Draft],
    found: Sequence[Exemplar],
    earlier: Sequence[Exemplar],
) -> Sequence[Reply]:
    """Go on with a draft, register another exemplar, change one that is registered, or carry one over."""
    turn.asking = True
    lines, rows = [], go_on(turn, unfinished)
    if unfinished:
        lines.append(turn.say.say(UNFINISHED, unit=unit.name))
    if found:
        counted = turn.say.say_n("{n} exemplar", "{n} exemplars", len(found))
        lines.append(turn.say.say(REGISTERED, unit=unit.name, count=counted, year=season.year))
    label = turn.say.say("Register another") if found else turn.say.say("Begin a new one")
    rows.append((Choice(label, tokens.command("dangky", f"u{unit.id}", f"s{season.id}", "moi")),))
    if earlier:
        lines.append(turn.say.say(FROM_BEFORE, unit=unit.name))
    for e in earlier[:CHANGES_OFFERED]:
        lines.append(f"• {e.year}: “{e.name}”")
        label = turn.say.say("Carry over from {year}: {name}", year=e.year, name=clipped(e.name, 50))
        rows.append((Choice(label, tokens.command("dangky", f"e{e.id}", f"s{season.id}")),))
    for e in found[:CHANGES_OFFERED]:
        label = turn.say.say("Change the registration: {name}", name=clipped(e.name, 60))
        rows.append((Choice(label, tokens.command("dangky", f"e{e.id}")),))
    if any(not e.stopped and e.unit_id == unit.id for e in [*earlier, *found]):
        rows.append((Choice(turn.say.say("A model has stopped"), tokens.command("dung", f"u{unit.id}")),))
    text = "\n".join([*lines, turn.say.say(CHOOSE)])
    return [Reply(with_plan(turn, plan, text, unit), choices=tuple(rows))]


def go_on(turn: Turn, unfinished: Sequence[Draft]) -> list[tuple[Choice, ...]]:
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
        named = _spoken_of(turn, asked, found, action)
    if named is not None:
        if not turn.may(action, named.id):
            raise NotAllowed(NO_RIGHT)
        return named
    own = candidates(turn, action)
    if not own:
        raise NotAllowed(NO_RIGHT)
    return own[0] if len(own) == 1 else None


def _spoken_of(turn: Turn, asked: Asked, found: Found, action: Action) -> Unit | None:
    """The unit that the sentence means, where it means one and not only a plan; None: ask. NotAllowed as above."""
    meant = units_besides_plans(turn, asked.text, found)
    if found and not meant:
        return None
    among = [meant.one] if meant.one else [unit for unit in meant.several if turn.may(action, unit.id)]
    if not among:
        raise NotAllowed(NO_RIGHT)
    return turn.office.units.get(among[0].id) if len(among) == 1 else None


def which_unit(turn: Turn, action: Action, command: str, *rest: str) -> Sequence[Reply]:
    """The units for which the speaker may do that, as buttons; of one season only those that take part in its plan."""
    turn.asking = True
    found = candidates(turn, action)
    id = number_in(rest, "s")
    for season, _ in turn.office.running(turn.now):
        if season.id == id:
            part = turn.office.taking_part(season)
            found = [unit for unit in found if unit.id in part]
    return [Reply(turn.say.say(FOR_WHICH), choices=unit_choices(turn, found, command, *rest))]


def candidates(turn: Turn, action: Action) -> list[Unit]:
    """The units for which the speaker may do that, without the tops of the plans."""
    tops = {unit.id for unit in turn.office.units.values() if unit.parent_id is None}
    return [unit for unit in turn.own_units(action) if unit.id not in tops]


def _open_to(plan: Plan, unit: Unit) -> list[SubjectKind]:
    """The kinds of subject as which the unit may register one."""
    return [kind for kind in plan.subjects if not kind.from_units or unit.kind in kind.from_units]


def _closed_kinds(turn: Turn, plan: Plan, unit: Unit) -> list[str]:
    """The other kinds, each with the plan's words on who is meant."""
    lines = []
    for kind in plan.subjects:
        if kind in _open_to(plan, unit):
            continue
        if kind.quote is not None:
            words = turn.say.say(IN_WORDS, quote=kind.quote.text, place=kind.quote.at)
        else:
            names = {k.id: k.name for k in plan.unit_kinds}
            words = turn.say.say(NAMED_KINDS, kinds=", ".join(names.get(id, id) for id in kind.from_units))
        lines.append(turn.say.say(NOT_AS, unit=unit.name, kind=kind.name, words=words))
    return lines


def _intro(turn: Turn, season: Season, plan: Plan, unit: Unit) -> str:
    form = plan.registration
    milestone = milestone_of(plan, form.id) if form else None
    due = due_words(turn, season, milestone, unit) if milestone else ""
    if milestone is None or not due:
        return with_plan(turn, plan, turn.say.say(NO_DATE, year=season.year, unit=unit.name), unit)
    lines = [turn.say.say(INTRO, year=season.year, unit=unit.name, due=due), *_first(turn, season, plan, milestone)]
    deadline = turn.office.deadline(season, milestone, unit.kind, unit.id)
    if is_late(deadline, turn.today):
        lines.append(turn.say.say(LATE, consequence=late_words(turn, plan, milestone, deadline)))
    return with_plan(turn, plan, "\n".join(lines), unit)


def _first(turn: Turn, season: Season, plan: Plan, milestone: Milestone) -> list[str]:
    """What must come first by the plan, and whether it is known to have happened; registering stays possible."""
    if not milestone.after:
        return []
    event = next((o for o in plan.occurrences if o.id == milestone.after), None)
    quote = event.quote if event is not None and event.quote is not None else milestone.quote
    what = event.name if event is not None else _other_duty(turn, plan, milestone.after)
    if quote is None:
        said = turn.say.say(COMES_FIRST_UNQUOTED, what=what)
    else:
        said = turn.say.say(COMES_FIRST, what=what, quote=quote.text, place=quote.at)
    if event is None:
        return [said]
    day = event.on.get(season.year)
    return [said, turn.say.say(FIRST_ON, day=day) if day else turn.say.say(FIRST_UNKNOWN)]


def _other_duty(turn: Turn, plan: Plan, name: str) -> str:
    """The duty “id” of this plan, or “plan/id” of another."""
    other, _, id = name.rpartition("/")
    of = turn.office.plans.get(other) if other else plan
    found = next((m.name for m in of.milestones if m.id == id), id) if of else id
    return f"{found} ({of.name})" if of is not None and other else found


def milestone_of(plan: Plan, form: str) -> Milestone | None:
    """The milestone that handing in this form settles."""
    return next((m for m in plan.occasions if m.form == form), None)


def draft_name(turn: Turn, draft: Draft) -> str:
    """What a button calls a draft: the exemplar's name if it has one, else when it was begun; and its plan, if need be."""
    finisher = turn.finisher(draft)
    if finisher is not None and finisher is not FINISHER:
        return turn.say.say("Go on: {name}", name=clipped(finisher.title(turn, draft), 60))
    _, plan, unit = _place(turn, draft)
    changed = _changed(turn, draft)
    most = NAME_BESIDE_PLAN if several_plans(turn, unit) else NAME
    if changed is not None:
        return of_plan(turn, plan, turn.say.say("Go on changing: {name}", name=clipped(changed.name, most)), unit)
    name = _given_name(turn, draft, plan)
    if not name:
        return turn.say.say("Go on: {name}", name=clipped(_title(turn, draft), NAME))
    return of_plan(turn, plan, turn.say.say("Go on: {name}", name=clipped(name, most)), unit)


def _place(turn: Turn, draft: Draft) -> tuple[Season, Plan, Unit]:
    season = turn.office.season_by_id(draft.season_id)
    return season, turn.office.plan(season), turn.office.units[draft.unit_id]


def _about(turn: Turn, draft: Draft) -> Exemplar | None:
    return exemplars.by_id(turn.tx, draft.exemplar_id) if draft.exemplar_id is not None else None


def _changed(turn: Turn, draft: Draft) -> Exemplar | None:
    """The exemplar whose registration the draft changes: one of the draft's own season."""
    e = _about(turn, draft)
    return e if e is not None and e.season_id == draft.season_id else None


def _carried(turn: Turn, draft: Draft) -> Exemplar | None:
    """The exemplar of an earlier season that the draft carries over."""
    e = _about(turn, draft)
    return e if e is not None and e.season_id != draft.season_id else None


def _given_name(turn: Turn, draft: Draft, plan: Plan) -> str:
    form = plan.form(draft.form)
    given = folded(drafts.events(turn.tx, draft.id)).get(form.exemplar.name)
    return " ".join(str(given.value).split()) if given and given.value else ""


def _change(turn: Turn, exemplar_id: int) -> Sequence[Reply]:
    """Open a registered exemplar's registration again, with all its answers."""
    try:
        e = exemplars.by_id(turn.tx, exemplar_id)
    except LookupError:
        raise NotAllowed(NO_RIGHT) from None
    turn.need(Action.REGISTER, e.unit_id, exemplar=e)
    season = turn.office.season_by_id(e.season_id)
    plan, unit = turn.office.plan(season), turn.office.units[e.unit_id]
    form = plan.registration
    if form is None:
        raise Misunderstood(NO_REGISTRATION, plan=plan.name)
    assert turn.person is not None
    handed_in = exemplars.latest(turn.tx, e.id, form.id)
    version = handed_in.version + 1 if handed_in else 1
    heading = with_plan(turn, plan, turn.say.say(CHANGING, name=e.name, unit=unit.name, version=version), unit)
    unfinished = _draft_about(turn, season, e, form)
    if unfinished is not None:
        return filling.begin(turn, unfinished, heading)
    draft = drafts.begin(
        turn.tx,
        season_id=season.id,
        unit_id=e.unit_id,
        form=form.id,
        person_id=turn.person.id,
        now=turn.now,
        exemplar_id=e.id,
    )
    return filling.begin(turn, draft, heading, prefill=_as_registered(form, e, turn))


def _draft_about(turn: Turn, season: Season, e: Exemplar, form: Form) -> Draft | None:
    """The open draft of that season about the exemplar: one that changes it, or one that carries it over."""
    of = {e.unit_id, _goes_on_in(turn, turn.office.units[e.unit_id]).id}
    found = drafts.open_of_units(turn.tx, tuple(of))
    return next((d for d in found if (d.exemplar_id, d.form, d.season_id) == (e.id, form.id, season.id)), None)


def _as_registered(form: Form, e: Exemplar, turn: Turn) -> list[Event]:
    """What makes the answers that stand. What was passed over stays so; what is still needed later is asked again."""
    made = []
    for question in form.questions:
        if question.id in e.answers and question.kind == "files":
            made += [Event(0, "add", question.id, item, None, turn.now) for item in e.answers[question.id]]
            made.append(Event(0, "done", question.id, None, None, turn.now))
        elif question.id in e.answers:
            made.append(Event(0, "set", question.id, e.answers[question.id], None, turn.now))
        elif not question.required and not question.required_by:
            made.append(Event(0, "skip", question.id, None, None, turn.now))
    return made


def _carry_over(turn: Turn, asked: Asked, exemplar_id: int) -> Sequence[Reply]:
    """A model of an earlier year goes on: a draft for this year, filled in with what was registered then."""
    try:
        e = exemplars.by_id(turn.tx, exemplar_id)
    except LookupError:
        raise NotAllowed(NO_RIGHT) from None
    unit = _goes_on_in(turn, turn.office.units[e.unit_id])
    if not turn.may(Action.REGISTER, unit.id):
        raise NotAllowed(NO_RIGHT)
    season, plan = open_to(turn, Action.REGISTER, unit, season_meant(turn, asked, unit))[0]
    form = plan.registration
    if plan.id != e.plan or season.year <= e.year or form is None:
        raise Misunderstood(OTHER_SEASON)
    _may_be_carried(turn, e, season)
    assert turn.person is not None
    heading = turn.say.say(CARRYING, name=e.name, unit=unit.name, before=e.year, year=season.year)
    heading = f"{_intro(turn, season, plan, unit)}\n{heading}"
    unfinished = _draft_about(turn, season, e, form)
    if unfinished is not None:
        return filling.begin(turn, unfinished, heading)
    draft = drafts.begin(
        turn.tx,
        season_id=season.id,
        unit_id=unit.id,
        form=form.id,
        person_id=turn.person.id,
        now=turn.now,
        exemplar_id=e.id,
    )
    return filling.begin(turn, draft, heading, prefill=carried_answers(form, e, turn.now))


def _goes_on_in(turn: Turn, unit: Unit) -> Unit:
    """The unit itself while it is there, else the one into which it was merged whole."""
    line = [unit, *turn.office.units.merged_into(unit.id)]
    return next((u for u in line if u.lives_on(turn.today)), unit)


def _may_be_carried(turn: Turn, e: Exemplar, season: Season) -> None:
    """Misunderstood if it was stopped, or carried over before."""
    if e.stopped:
        raise Misunderstood(STOPPED_BEFORE, name=e.name)
    if exemplars.carried_to(turn.tx, e.id, season.year) is not None:
        raise Misunderstood(CARRIED_BEFORE, name=e.name, year=season.year)


def registered(e: Exemplar) -> dict[str, Answer]:
    """The answers that stand in an exemplar's registration."""
    return e.given


# -- the form's own parts --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Known:
    """What an exemplar is known by, taken from the answers of its registration."""

    name: str
    subject: str
    award: bool
    status: str
    source: str


def known_by(plan: Plan, form: Form, unit: Unit, stored: Mapping[str, Any]) -> Known:
    """What an exemplar is known by. What the form does not ask is the only thing it can be, or nothing.

    Of several kinds of subject that nobody asks about it is the first that is open to the unit.
    """
    keys = form.exemplar
    open_to = _open_to(plan, unit) or list(plan.subjects)
    award = form.has(keys.award) and keys.award in stored and from_json(form.question(keys.award), stored[keys.award])
    return Known(
        name=" ".join(str(stored.get(keys.name) or unit.name).split()),
        subject=str(stored[keys.subject]) if keys.subject in stored else open_to[0].id,
        award=award is True,
        status=str(stored.get(keys.status, "")),
        source=str(stored.get(keys.source, "")),
    )


def _form(office: Office, draft: Draft) -> Form:
    """The plan's form, less the kinds of subject that the unit cannot register."""
    plan = office.plan(office.season_by_id(draft.season_id))
    form = plan.form(draft.form)
    open_to = {kind.id for kind in _open_to(plan, office.units[draft.unit_id])}
    if open_to == {kind.id for kind in plan.subjects} or not form.has(form.exemplar.subject):
        return form
    asked = form.question(form.exemplar.subject)
    fewer = asked.model_copy(update={"options": tuple(o for o in asked.options if o.key in open_to)})
    return form.model_copy(update={"questions": tuple(fewer if q is asked else q for q in form.questions)})


def _note(turn: Turn, draft: Draft, form: Form, question: Question) -> str:
    """Beside the question for the kind of subject: which kinds are not open to the unit, in the plan's words."""
    if question.id != form.exemplar.subject:
        return ""
    _, plan, unit = _place(turn, draft)
    return "\n".join(_closed_kinds(turn, plan, unit))


def _title(turn: Turn, draft: Draft) -> str:
    season, plan, unit = _place(turn, draft)
    changed = _changed(turn, draft)
    name = _given_name(turn, draft, plan)
    if changed is not None:
        title = turn.say.say(
            "Changed registration of “{name}” – {unit}: not handed in", name=changed.name, unit=unit.name
        )
    elif name:
        title = turn.say.say(
            "Registration {year} of “{name}” – {unit}: not handed in", year=season.year, name=name, unit=unit.name
        )
    else:
        title = turn.say.say("Registration {year} – {unit}: not handed in", year=season.year, unit=unit.name)
    return of_plan(turn, plan, title, unit)


def _lead(turn: Turn, draft: Draft, form: Form, answers: Mapping[str, Answer]) -> str:
    season, plan, unit = _place(turn, draft)
    lines = []
    milestone = milestone_of(plan, form.id)
    due = turn.office.deadline(season, milestone, unit.kind, unit.id) if milestone else None
    carried = _carried(turn, draft)
    if carried is not None:
        lines.append(turn.say.say(CARRIED, year=carried.year))
    if milestone and is_late(due, turn.today) and _changed(turn, draft) is None:
        lines.append(turn.say.say(LATE, consequence=late_words(turn, plan, milestone, due)))
    lines += open_until(turn, season, plan, form, answers)
    lines += _odd_votes(turn, form, answers)
    lines += [_confirmed(turn, one.any_of) for one in sorted(form.confirmations, key=lambda one: one.order)]
    return "\n".join(lines)


def _odd_votes(turn: Turn, form: Form, answers: Mapping[str, Answer]) -> list[str]:
    """That more voted for it than voted at all; what was typed stays as it is."""
    given = [answers.get(id) for id in (form.exemplar.votes_for, form.exemplar.votes_cast)]
    agreed, cast = (None if a is None or a.value is None else Decimal(str(a.value)) for a in given)
    if agreed is None or cast is None or agreed <= cast:
        return []
    return [turn.say.say(ODD_VOTES, agreed=agreed, cast=cast)]


def _confirmed(turn: Turn, any_of: Sequence[str]) -> str:
    """Who must confirm it, one of several by where the candidate belongs."""
    return turn.say.say(CONFIRMED_BY, who=turn.say.say(" or ").join(any_of))


def open_until(turn: Turn, season: Season, plan: Plan, form: Form | None, answers: Mapping[str, Answer]) -> list[str]:
    """What was left open of the registration and by when it is needed."""
    lines: list[str] = []
    for milestone in plan.occasions:
        missing = left_open(form, answers, milestone.id) if form else ()
        what = ", ".join(q.short or q.ask for q in missing)
        due = turn.office.deadline(season, milestone)
        if missing and due is not None:
            lines.append(turn.say.say(OPEN_UNTIL, milestone=milestone.name, due=due.last_day, what=what))
        elif missing and turn.office.undated(season, milestone) is not None:
            lines.append(turn.say.say(OPEN_UNTIL_NO_DAY, milestone=milestone.name, what=what))
    return lines


def _submit(turn: Turn, draft: Draft, form: Form, answers: Mapping[str, Answer]) -> Sequence[Reply]:
    season, plan, unit = _place(turn, draft)
    milestone = milestone_of(plan, form.id)
    due = turn.office.deadline(season, milestone, unit.kind, unit.id) if milestone else None
    late = is_late(due, turn.today)
    stored = _stored(form, answers)
    known = known_by(plan, form, unit, stored)
    assert turn.person is not None
    changed, carried = _changed(turn, draft), _carried(turn, draft)
    if changed is not None:
        handed_in = exemplars.latest(turn.tx, changed.id, form.id)
        if handed_in is not None and stored == changed.answers:
            drafts.close(turn.tx, draft.id, "cancelled")
            return [Reply(turn.say.say(UNCHANGED, version=handed_in.version))]
        if known.subject != changed.subject and _has_scorecard(turn, changed):
            raise Misunderstood(KIND_STAYS, name=changed.name, question=form.question(form.exemplar.subject).short)
    if carried is not None:
        exemplars.hold(turn.tx, carried.id)
        _may_be_carried(turn, carried, season)
    lines = []
    if changed is None:
        exemplar_id = exemplars.register(
            turn.tx,
            season_id=season.id,
            unit_id=unit.id,
            subject=known.subject,
            name=known.name,
            award=known.award,
            late=late,
            answers=stored,
            now=turn.now,
            status=known.status,
            source=known.source,
            carried_from=carried.id if carried else None,
        )
        lines += [turn.say.say(CARRIED, year=carried.year)] if carried else []
        lines += _taken_back(turn, season, unit, milestone)
    else:
        exemplar_id = changed.id
        exemplars.amend(
            turn.tx,
            exemplar_id,
            subject=known.subject,
            name=known.name,
            award=known.award,
            answers=stored,
            status=known.status,
            source=known.source,
        )
    handed_in = exemplars.submit(
        turn.tx,
        season_id=season.id,
        unit_id=unit.id,
        exemplar_id=exemplar_id,
        draft_id=draft.id,
        form=form.id,
        answers=stored,
        late=late,
        person_id=turn.person.id,
        now=turn.now,
    )
    drafts.close(turn.tx, draft.id, "submitted", exemplar_id=exemplar_id)
    answered(turn, season, plan, milestone)
    if late and milestone and changed is None:
        lines.insert(0, turn.say.say(LATE, consequence=late_words(turn, plan, milestone, due)))
    lines = [
        receipt(turn, handed_in, known.name, unit, season, RECEIPT, RECEIPT_AGAIN),
        *lines,
        *open_until(turn, season, plan, form, answers),
        *target_lines(turn, season, plan, unit),
    ]
    choices = _afterwards(turn, season, plan, unit, exemplar_id, changed, milestone)
    return [Reply("\n".join(lines), choices=choices), printing.registration_paper(turn, handed_in)]


def _stored(form: Form, answers: Mapping[str, Answer]) -> dict[str, Any]:
    """The answers that count, as JSON; of evidence its pieces."""
    stored: dict[str, Any] = {}
    for id, answer in current(form, answers).items():
        if answer.items:
            stored[id] = [item_to_json(item) for item in answer.items]
        elif not answer.skipped and answer.value is not None:
            stored[id] = answer.value
    return stored


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


def _afterwards(
    turn: Turn,
    season: Season,
    plan: Plan,
    unit: Unit,
    exemplar_id: int,
    changed: Exemplar | None,
    milestone: Milestone | None,
) -> tuple[tuple[Choice, ...], ...]:
    rows: list[tuple[Choice, ...]] = []
    subject = exemplars.by_id(turn.tx, exemplar_id).subject
    if any(table.subject == subject for table in plan.criteria) and (changed is None or changed.total is None):
        rows.append((Choice(turn.say.say("Score it now"), tokens.command("tucham", f"e{exemplar_id}")),))
    if changed is not None:
        return (*rows, (Choice(turn.say.say("My tasks"), tokens.command("viec")),))
    here = (f"u{unit.id}", f"s{season.id}")
    first = [(Choice(turn.say.say("Register another"), tokens.command("dangky", *here, "moi")),)]
    if milestone is not None and "closing" in milestone.settled_by:
        first.append((Choice(turn.say.say("That is all we register"), tokens.command("dudangky", *here)),))
    return (*first, *rows)


def receipt(turn: Turn, handed_in: HandedIn, name: str, unit: Unit, season: Season, first: str, again: str) -> str:
    """The receipt: what, when, by whom (and that it was done for the unit, if it was), number; and by which plan."""
    assert turn.person is not None
    plan = turn.office.plan(season)
    who = turn.person.name
    if unit.id not in turn.person.units:
        who = turn.say.say(FOR_THE_UNIT, name=who, office=standing(plan))
    text = turn.say.say(
        first if handed_in.version == 1 else again,
        name=name,
        unit=unit.name,
        year=season.year,
        version=handed_in.version,
        number=filling.number_of(turn, handed_in),
        at=turn.now,
        who=who,
    )
    return with_plan(turn, plan, text, unit)


def answered(turn: Turn, season: Season, plan: Plan, milestone: Milestone | None) -> None:
    """Bring up to date whatever a registration changes: an award asked for, or a benefit, changes who owes the dossier."""
    for of in plan.occasions:
        if of is milestone or of.owed_by == "live_exemplars":
            unit_answered(turn, season, of)


def unit_answered(turn: Turn, season: Season, milestone: Milestone) -> None:
    """Have the groups' lists of who is missing brought up to date."""
    for day in turn.office.keys(season, milestone):
        subject = dues.subject(season.id, milestone.id, day)
        outbox.refresh(turn.tx, subject, turn.now, not_before=turn.real + REFRESH_PAUSE)


FINISHER = Finisher(
    action=Action.REGISTER,
    form=_form,
    title=_title,
    lead=_lead,
    submit=_submit,
    submit_label=mark("Hand in the registration"),
    note=_note,
)
