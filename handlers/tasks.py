"""“Việc của tôi”: what I still owe and what I left half done, each with a button that opens it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from bot.chat import Choice, Reply
from bot.forms import tokens
from bot.forms.engine import left_open
from bot.plan.dates import Milestone
from bot.plan.model import Plan
from bot.rules.access import Action
from bot.store import drafts, exemplars, owing
from bot.store.drafts import Draft
from bot.store.seasons import Season
from bot.store.units import Unit
from bot.texts import mark
from bot.turn import Asked, Turn
from handlers import duties, feedback, filling, occurrences, progress, reports
from handlers.models import target_lines
from handlers.registration import draft_name, registered
from handlers.words import clipped, concerning, is_late, is_standing, number_in, of_plan, unit_in

TITLE = mark("My tasks")
NOTHING = mark("Nothing is owed at present.")
OWED = mark("• {unit}: {milestone} – {due}")
OVERDUE = mark("• {unit}: {milestone} – {due}; the date has passed")
DAY_GONE = mark("• {unit}: {milestone} – {due}; that day is over")
DRAFTS = mark("Begun and not handed in:")
STILL_NEEDED = mark("• {unit}: “{name}” still lacks “{what}”, needed before {milestone} ({due} at the latest)")
OF_PLAN = mark("{plan}, {year}:")
OF_YEAR = mark("{year} – {milestone}")
WAITED_FOR = mark("• No day noted yet of “{event}”; until then nothing reminds of what depends on it.")
DIFFICULTIES = mark("Difficulties that are not settled: {count} (/vuongmac).")
UNITS_SHOWN = 5  # tasks of the unit itself; the standing office reads the rest in /tiendo
DRAFTS_SHOWN = 8
LABEL = 60  # characters of what a draft is called on its button


def show(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/viec: the speaker's own units' open duties, plan by plan where there are several, and drafts."""
    lines: list[str] = []
    found: list[tuple[Plan, list[tuple[Choice, ...]]]] = []
    own = [turn.office.units[id] for id in (turn.person.units if turn.person else ()) if id in turn.office.units]
    if not turn.private:
        named = unit_in(turn, asked.words) or turn.office.units.get(turn.contact.unit_id or 0)
        own = [named] if named else []
        if named and turn.office.units.below(named.id):
            return progress.show(turn, asked)  # a group of many units: who of them has not answered
    plans = concerning(turn)
    for season, plan in plans:
        told: list[str] = []
        rows: list[tuple[Choice, ...]] = []
        found.append((plan, rows))
        _from_the_year_before(turn, season, own[:UNITS_SHOWN], told, rows)
        _of_plan(turn, season, plan, own[:UNITS_SHOWN], told, rows)
        if told and len(plans) > 1:
            lines += ["", turn.say.say(OF_PLAN, plan=plan.name, year=season.year)]
        lines += told
    rows = _apart(turn, found)
    if turn.private:
        mine = _unfinished(turn, {unit.id for unit in own})
        if mine:
            lines += ["", turn.say.say(DRAFTS)] if lines else [turn.say.say(DRAFTS)]
        for draft in mine[:DRAFTS_SHOWN]:
            lines.append(f"• {_title(turn, draft)}")
            rows.append((Choice(_go_on(turn, draft), tokens.command("mo", f"d{draft.id}")),))
        if len(mine) > DRAFTS_SHOWN:
            rest = len(mine) - DRAFTS_SHOWN
            lines.append(turn.say.say_n("… and {n} more", "… and {n} more", rest))
    watching = turn.person is not None and turn.person.units != turn.person.concerned  # over a cluster
    if turn.private and (is_standing(turn) or watching):
        rows.append((Choice(turn.say.say("Who has not answered"), tokens.command("tiendo")),))
    if is_standing(turn) and turn.private:
        rows.append((Choice(turn.say.say("Coming reminders"), tokens.command("lichnhac")),))
    return [
        Reply(
            "\n".join(lines).strip() or turn.say.say(NOTHING),
            title=turn.say.say(TITLE),
            choices=tuple(rows) if turn.private else (),
        )
    ]


def _apart(turn: Turn, found: Sequence[tuple[Plan, Sequence[tuple[Choice, ...]]]]) -> list[tuple[Choice, ...]]:
    """The buttons of all plans; what two plans call the same is told apart by the plan."""
    named = Counter(label for _, rows in found for label in {choice.label for row in rows for choice in row})
    return [
        tuple(replace(c, label=of_plan(turn, plan, c.label)) if named[c.label] > 1 else c for c in row)
        for plan, rows in found
        for row in rows
    ]


def _of_plan(
    turn: Turn, season: Season, plan: Plan, units: Sequence[Unit], lines: list[str], rows: list[tuple[Choice, ...]]
) -> None:
    """What these units owe in that plan at present."""
    known = owing.answered(turn.tx, season.id, unit_ids=[unit.id for unit in units])
    root = turn.office.root(plan)
    for unit in units:
        for milestone in duties.by_day(turn, season, plan, unit.kind):
            if unit.id in turn.office.bound(season, milestone):
                _task(turn, season, plan, unit, milestone, known, lines, rows)
        _still_needed(turn, season, plan, unit, lines, rows)
        if root is None or unit.id != root.id:
            lines += target_lines(turn, season, plan, unit)
    if turn.private and root is not None and turn.can(Action.MARK_PAPER, root.id):
        for event, token in occurrences.still_waited_for(turn, season, plan):
            lines.append(turn.say.say(WAITED_FOR, event=event))
            rows.append((Choice(turn.say.say(occurrences.NOTE, event=clipped(event, occurrences.LABEL)), token),))
        told = len(feedback.open_ones(turn, season, plan))
        if told:
            lines.append(turn.say.say(DIFFICULTIES, count=told))


def _from_the_year_before(
    turn: Turn, season: Season, units: Sequence[Unit], lines: list[str], rows: list[tuple[Choice, ...]]
) -> None:
    """What the plan's earlier season, still open, lets fall due in the year that runs (“trước ngày 10/01” of the next)."""
    for before in turn.office.seasons:
        if before.plan != season.plan or before.year != season.year - 1:
            continue
        plan = turn.office.plan(before)
        known = owing.answered(turn.tx, before.id, unit_ids=[unit.id for unit in units])
        for unit in units:
            for milestone in duties.by_day(turn, before, plan, unit.kind):
                due = turn.office.deadline(before, milestone, unit.kind, unit.id)
                if (
                    due is not None
                    and due.last_day.year > before.year
                    and unit.id in turn.office.bound(before, milestone)
                ):
                    called = turn.say.say(OF_YEAR, milestone=milestone.name, year=before.year)
                    named = milestone.model_copy(update={"name": called})
                    _task(turn, before, plan, unit, named, known, lines, rows)


def _go_on(turn: Turn, draft: Draft) -> str:
    """What the button of a draft is called; where it is its whole title, without a second colon in one label."""
    called, title = draft_name(turn, draft), _title(turn, draft)
    if not title.startswith(called.partition(": ")[2].rstrip("…")):
        return called
    return turn.say.say("Go on: {name}", name=clipped(title.replace(": ", " – "), LABEL))


def _title(turn: Turn, draft: Draft) -> str:
    finisher = turn.finisher(draft)
    return finisher.title(turn, draft) if finisher else ""


def _unfinished(turn: Turn, own: set[int]) -> list[Draft]:
    """Drafts of the speaker's own units, whoever began them, and what the speaker began for others.

    What the plan as it runs now does not ask for any more is left out: nobody can go on with it.
    """
    reachable = tuple(unit.id for unit in turn.own_units(Action.REGISTER))
    found = drafts.open_of_units(turn.tx, reachable) if reachable and turn.person else []
    me = turn.person.id if turn.person else None
    mine = [d for d in found if d.unit_id in own or d.opened_by == me]
    return [d for d in drafts.begun(turn.tx, mine) if _may_go_on(turn, d)]


def _may_go_on(turn: Turn, draft: Draft) -> bool:
    finisher = turn.finisher(draft)
    return finisher is not None and turn.can(finisher.action, draft.unit_id, draft.season_id)


def _still_needed(
    turn: Turn, season: Season, plan: Plan, unit: Unit, lines: list[str], rows: list[tuple[Choice, ...]]
) -> None:
    """What a registration could leave open and a later milestone asks for."""
    form = plan.registration
    live = [e for e in exemplars.of_units(turn.tx, [unit.id], season.id) if not e.stopped] if form else []
    for e in live:
        for milestone in plan.occasions:
            missing = left_open(form, registered(e), milestone.id) if form else ()
            due = turn.office.deadline(season, milestone)
            if not missing or due is None:
                continue
            what = ", ".join(question.short or question.ask for question in missing)
            lines.append(
                turn.say.say(
                    STILL_NEEDED,
                    unit=unit.name,
                    name=e.name,
                    what=what,
                    milestone=milestone.name,
                    due=due.last_day,
                )
            )
            if turn.can(Action.REGISTER, unit.id, exemplar=e):
                label = turn.say.say("Add to the registration: {name}", name=clipped(e.name, 50))
                rows.append((Choice(label, tokens.command("dangky", f"e{e.id}")),))


def _task(
    turn: Turn,
    season: Season,
    plan: Plan,
    unit: Unit,
    milestone: Milestone,
    known: owing.Answered,
    lines: list[str],
    rows: list[tuple[Choice, ...]],
) -> None:
    if not milestone.settled_by or not duties.is_owed_now(turn, season, milestone):
        return
    if not turn.office.still_owing(turn.tx, season, milestone, [unit.id], known):
        return
    due = turn.office.deadline(season, milestone, unit.kind, unit.id)
    sentence = OWED
    if is_late(due, turn.today):
        open_still = turn.office.waits_for(turn.tx, season, milestone, turn.today)
        sentence = DAY_GONE if open_still else OVERDUE
    words = duties.due_words(turn, season, milestone, unit)
    lines.append(turn.say.say(sentence, unit=unit.name, milestone=milestone.name, due=words))
    rows += _ways(turn, season, plan, unit, milestone)


def _ways(turn: Turn, season: Season, plan: Plan, unit: Unit, milestone: Milestone) -> list[tuple[Choice, ...]]:
    """The buttons that answer the duty."""
    rows: list[tuple[Choice, ...]] = []
    of = f"s{season.id}"
    if duties.form_of(plan, milestone, "report", "document"):
        for duty in reports.of_units(turn, season, plan, [unit]):
            if duty.milestone.id == milestone.id:
                label = turn.say.say(reports.WRITE, milestone=clipped(milestone.name, reports.LABEL))
                rows.append((Choice(label, reports.token(duty)),))
    elif not turn.can(Action.REGISTER, unit.id, season.id):
        return rows
    elif duties.form_of(plan, milestone, "registration"):
        rows.append((Choice(turn.say.say("Register an exemplar"), tokens.command("dangky", f"u{unit.id}", of)),))
        if "closing" in milestone.settled_by:
            rows.append((Choice(turn.say.say("None this year"), tokens.command("khongdangky", f"u{unit.id}", of)),))
    elif milestone.owed_by == "live_exemplars":
        for e in exemplars.of_units(turn.tx, [unit.id], season.id):
            if e.award and e.total is None and not e.stopped:
                label = turn.say.say("Score: {name}", name=clipped(e.name, 50))
                rows.append((Choice(label, tokens.command("tucham", f"e{e.id}")),))
    if milestone.owed_by == "standing_office" and turn.can(Action.MARK_PAPER, unit.id, season.id):
        label = turn.say.say("Enter the letter: {milestone}", milestone=clipped(milestone.name, 48))
        rows.append((Choice(label, tokens.command("vanban", f"u{unit.id}", milestone.id, of)),))
    return rows


def open_draft(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """The button that opens a draft again, whoever of the unit began it and on whatever channel."""
    draft_id = number_in(asked.words, "d")
    if draft_id is None:
        return show(turn, Asked())
    o = filling.opened(turn, draft_id)
    if o.draft.state != "open":
        return filling.ended(turn, o)
    turn.focus.question = ""
    return filling.place(turn, o)
