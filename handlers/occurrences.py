"""What milestones wait for (“sau khi có hướng dẫn”): the standing office notes the day on which it happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from bot.chat import Choice, Reply
from bot.errors import Misunderstood, NotAllowed
from bot.forms import tokens
from bot.forms.answers import Answer, Event, from_json
from bot.forms.engine import current
from bot.plan.dates import Milestone, Occurrence, Relative
from bot.plan.model import Plan
from bot.plan.questions import Form, Question
from bot.rules.access import Action
from bot.store import drafts, occurrences
from bot.store.drafts import Draft
from bot.store.occurrences import Noted
from bot.store.seasons import Season
from bot.texts import language, mark
from bot.turn import NO_RIGHT, OCCURRENCE, Asked, Finisher, Office, Turn
from handlers import duties, filling
from handlers.reports import OCCASION, OLD_SEASON
from handlers.words import NO_SEASON, as_office, clipped, number_in

COMMAND = "sukien"
BACK, SURE = "lai", "chac"  # words in the buttons: take the day back; yes, do
LABEL = 48  # characters of a name on a button
LONGEST_NOTE = 200  # characters: number, date and subject of a paper

TITLE = mark("What the plan's dates wait for")
OF_PLAN = mark("{plan}, {year}:")
NONE = mark("No date of the plan “{plan}” waits for anything.")
UNKNOWN = mark("• {event}: no day noted yet")
KNOWN = mark("• {event}: {day}")
KNOWN_BY = mark("• {event}: {day} ({note})")
HANGING = mark("  On it depends: {milestones}")
NOTE = mark("Note the day: {event}")
CORRECT = mark("Correct the day: {event}")
ASK_DAY = mark("On which day did it happen: {event}? E.g. 10/01/2024.")
ASK_NOTE = mark("By which paper is that known? Number and date, e.g. “15/HD-SNV of 10/01/2024”; may be left out.")
UNFINISHED = mark("Day of “{event}”: not noted yet")
LATER = mark("{day} lies in the future. Please correct the day; it is noted when it has happened.")
NOTED = mark("Noted: “{event}” happened on {day}.")
TAKE_BACK = mark("Take back: {event}")
REALLY = mark("Take back that “{event}” happened on {day}? The dates that hang on it are open again.")
TAKEN_BACK = mark("Taken back: the day of “{event}”. No day is noted any more.")
NOTHING_NOTED = mark("No day of “{event}” is noted; nothing was changed.")
STANDS = mark("That was noted before; nothing was changed.")
NOW_DUE = mark("{milestone}: {due}.")


def show(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/sukien: what the dates of the plans wait for, and a button to note or correct each day."""
    if not turn.office.running(turn.now):
        raise Misunderstood(NO_SEASON)
    wanted = next((word.removeprefix(OCCASION) for word in asked.words if word.startswith(OCCASION)), None)
    if wanted is not None:
        return _open(turn, asked, wanted)
    lines: list[str] = []
    rows: list[tuple[Choice, ...]] = []
    mine = as_office(turn, Action.MARK_PAPER)
    for season, plan in mine:
        if not plan.occurrences:
            lines.append(turn.say.say(NONE, plan=plan.name))
            continue
        lines.append(turn.say.say(OF_PLAN, plan=plan.name, year=season.year))
        noted = occurrences.noted(turn.tx, season.id)
        for one in plan.occurrences:
            lines.append(_line(turn, season, one, noted.get(one.id)))
            hanging = ", ".join(m.name for m in _depending(plan, one))
            if hanging:
                lines.append(turn.say.say(HANGING, milestones=hanging))
            label = CORRECT if season.year in one.on else NOTE
            rows.append((Choice(turn.say.say(label, event=clipped(one.name, LABEL)), _token(season, one)),))
            if one.id in noted:
                rows.append(
                    (Choice(turn.say.say(TAKE_BACK, event=clipped(one.name, LABEL)), _token(season, one, BACK)),)
                )
    return [Reply("\n".join(lines), title=turn.say.say(TITLE), choices=tuple(rows))]


def still_waited_for(turn: Turn, season: Season, plan: Plan) -> list[tuple[str, str]]:
    """What has no day yet though duties hang on it: its name, and the button that notes the day."""
    return [
        (one.name, _token(season, one))
        for one in plan.occurrences
        if season.year not in one.on and _depending(plan, one)
    ]


def _token(season: Season, one: Occurrence, *further: str) -> str:
    return tokens.command(COMMAND, f"{OCCASION}{one.id}", f"s{season.id}", *further)


def _line(turn: Turn, season: Season, one: Occurrence, noted: Noted | None) -> str:
    day = one.on.get(season.year)
    if day is None:
        return turn.say.say(UNKNOWN, event=one.name)
    note = noted.note if noted is not None else ""
    return turn.say.say(KNOWN_BY if note else KNOWN, event=one.name, day=day, note=note)


def _depending(plan: Plan, one: Occurrence) -> list[Milestone]:
    """The milestones that wait for it, or are counted from it."""
    return [m for m in plan.occasions if m.after == one.id or (isinstance(m.date, Relative) and m.date.to == one.id)]


def _open(turn: Turn, asked: Asked, wanted: str) -> Sequence[Reply]:
    season_id = number_in(asked.words, "s")
    if not as_office(turn, Action.MARK_PAPER) or season_id is None or turn.person is None:
        raise NotAllowed(NO_RIGHT)
    try:
        season = turn.office.season_by_id(season_id)
        plan = turn.office.plan(season)
        one = next(o for o in plan.occurrences if o.id == wanted)
    except (LookupError, StopIteration):
        raise Misunderstood(OLD_SEASON) from None
    root = turn.office.root(plan)
    turn.need(Action.MARK_PAPER, root.id if root else None)
    assert root is not None
    if BACK in asked.words or SURE in asked.words:
        return _take_back(turn, season, one, sure=SURE in asked.words)
    unfinished = [
        d
        for d in drafts.open_of_units(turn.tx, (root.id,))
        if (d.form, d.season_id, d.milestone) == (OCCURRENCE, season.id, one.id)
    ]
    if unfinished:
        return filling.begin(turn, unfinished[0])
    draft = drafts.begin(
        turn.tx,
        season_id=season.id,
        unit_id=root.id,
        form=OCCURRENCE,
        milestone=one.id,
        person_id=turn.person.id,
        now=turn.now,
    )
    return filling.begin(turn, draft, prefill=_as_noted(turn, season, one))


def _take_back(turn: Turn, season: Season, one: Occurrence, *, sure: bool) -> Sequence[Reply]:
    noted = occurrences.noted(turn.tx, season.id).get(one.id)
    if noted is None:
        return [Reply(turn.say.say(NOTHING_NOTED, event=one.name))]
    if not sure:
        yes = Choice(turn.say.say(TAKE_BACK, event=clipped(one.name, LABEL)), _token(season, one, SURE))
        return [Reply(turn.say.say(REALLY, event=one.name, day=noted.on), choices=((yes,),))]
    occurrences.take_back(turn.tx, season_id=season.id, name=one.id, now=turn.now)
    turn.office.refresh(turn.tx)
    return [Reply(turn.say.say(TAKEN_BACK, event=one.name))]


def _as_noted(turn: Turn, season: Season, one: Occurrence) -> list[Event]:
    """What stands already, to be corrected."""
    noted = occurrences.noted(turn.tx, season.id).get(one.id)
    if noted is None:
        return []
    known = [Event(0, "set", "day", noted.on.isoformat(), None, turn.now)]
    op, value = ("set", noted.note) if noted.note else ("skip", None)
    return [*known, Event(0, op, "note", value, None, turn.now)]


def _of(office: Office, draft: Draft) -> tuple[Season, Plan, Occurrence]:
    """What the draft is about; Misunderstood when there is no such thing any more."""
    try:
        season = office.season_by_id(draft.season_id)
        plan = office.plan(season)
        return season, plan, next(o for o in plan.occurrences if o.id == draft.milestone)
    except (LookupError, StopIteration):
        raise Misunderstood(OLD_SEASON) from None


def _form(office: Office, draft: Draft) -> Form:
    say = language("vi")  # the questions stand beside the plan's own words
    _, _, one = _of(office, draft)
    return Form(
        id=OCCURRENCE,
        title="",
        questions=(
            Question(id="day", kind="date", ask=say.say(ASK_DAY, event=one.name), short=say.say("Day")),
            Question(
                id="note",
                kind="text",
                ask=say.say(ASK_NOTE),
                short=say.say("Paper"),
                required=False,
                max_length=LONGEST_NOTE,
            ),
        ),
    )


def _title(turn: Turn, draft: Draft) -> str:
    return turn.say.say(UNFINISHED, event=_of(turn.office, draft)[2].name)


def _submit(turn: Turn, draft: Draft, form: Form, answers: Mapping[str, Answer]) -> Sequence[Reply]:
    season, plan, one = _of(turn.office, draft)
    given = current(form, answers)
    day = from_json(form.question("day"), given["day"].value)
    note = given.get("note")
    assert isinstance(day, date) and turn.person is not None
    if day > turn.today:
        raise Misunderstood(LATER, day=day)
    fresh = occurrences.note(
        turn.tx,
        season_id=season.id,
        name=one.id,
        on=day,
        note=str(note.value).strip() if note is not None and note.value else "",
        person_id=turn.person.id,
        now=turn.now,
    )
    drafts.close(turn.tx, draft.id, "submitted")
    turn.office.refresh(turn.tx)
    lines = [turn.say.say(NOTED, event=one.name, day=day)]
    if not fresh:
        lines.append(turn.say.say(STANDS))
    for milestone in _depending(plan, one):
        due = duties.due_words(turn, season, milestone)
        if due:
            lines.append(turn.say.say(NOW_DUE, milestone=milestone.name, due=due))
    return [Reply("\n".join(lines))]


FINISHER = Finisher(
    action=Action.MARK_PAPER,
    form=_form,
    title=_title,
    submit=_submit,
    submit_label=mark("Note the day"),
)
