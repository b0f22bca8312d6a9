"""“Việc của tôi”: what I still owe and what I left half done, each with a button that opens it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat import Choice, Reply
from bot.forms import tokens
from bot.forms.engine import left_open
from bot.plan.model import Milestone, Plan
from bot.rules.access import Action
from bot.store import drafts, exemplars
from bot.store.drafts import Draft
from bot.store.seasons import Season
from bot.store.units import Unit
from bot.texts import mark
from bot.turn import Asked, Turn
from handlers import filling, progress
from handlers.registration import FORM, draft_name, registered
from handlers.words import clipped, is_late, is_standing, number_in, running, unit_in, when

TITLE = mark("My tasks")
NOTHING = mark("Nothing is owed at present.")
OWED = mark("• {unit}: {milestone} – {due}")
OVERDUE = mark("• {unit}: {milestone} – {due}; the date has passed")
DRAFTS = mark("Begun and not handed in:")
STILL_NEEDED = mark("• {unit}: “{name}” still lacks “{what}”, needed before {milestone} ({due} at the latest)")
UNITS_SHOWN = 5  # tasks of the unit itself; the standing office reads the rest in /tiendo
DRAFTS_SHOWN = 8


def show(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/viec: the speaker's own units' open duties and drafts."""
    lines: list[str] = []
    rows: list[tuple[Choice, ...]] = []
    own = [turn.office.units[id] for id in (turn.person.units if turn.person else ()) if id in turn.office.units]
    if not turn.private:
        named = unit_in(turn, asked.words) or turn.office.units.get(turn.contact.unit_id or 0)
        own = [named] if named else []
        if named and turn.office.units.below(named.id):
            return progress.show(turn, asked)  # a group of many units: who of them has not answered
    now = running(turn)
    if now is not None:
        for unit in own[:UNITS_SHOWN]:
            for milestone in now[1].milestones:
                _task(turn, now[0], now[1], unit, milestone, lines, rows)
            _still_needed(turn, now[0], now[1], unit, lines, rows)
    if turn.private:
        mine = _unfinished(turn, {unit.id for unit in own})
        if mine:
            lines += ["", turn.say.say(DRAFTS)] if lines else [turn.say.say(DRAFTS)]
        for draft in mine[:DRAFTS_SHOWN]:
            title = turn.script.finishers[draft.form].title(turn, draft)
            lines.append(f"• {title}")
            rows.append((Choice(draft_name(turn, draft), tokens.command("mo", f"d{draft.id}")),))
        if len(mine) > DRAFTS_SHOWN:
            rest = len(mine) - DRAFTS_SHOWN
            lines.append(turn.say.say_n("… and {n} more", "… and {n} more", rest))
    if is_standing(turn) and turn.private:
        rows.append((Choice(turn.say.say("Who has not answered"), tokens.command("tiendo")),))
        rows.append((Choice(turn.say.say("Coming reminders"), tokens.command("lichnhac")),))
    return [
        Reply(
            "\n".join(lines) or turn.say.say(NOTHING),
            title=turn.say.say(TITLE),
            choices=tuple(rows) if turn.private else (),
        )
    ]


def _unfinished(turn: Turn, own: set[int]) -> list[Draft]:
    """Drafts of the speaker's own units, whoever began them, and what the speaker began for others."""
    reachable = tuple(unit.id for unit in turn.own_units(Action.REGISTER))
    found = drafts.open_of_units(turn.tx, reachable) if reachable and turn.person else []
    seasons = {season.id for season in turn.office.seasons}
    me = turn.person.id if turn.person else None
    mine = [d for d in found if d.season_id in seasons and (d.unit_id in own or d.opened_by == me)]
    return drafts.begun(turn.tx, mine)


def _still_needed(
    turn: Turn, season: Season, plan: Plan, unit: Unit, lines: list[str], rows: list[tuple[Choice, ...]]
) -> None:
    """What a registration could leave open and a later milestone asks for."""
    form = plan.form(FORM)
    for e in exemplars.of_units(turn.tx, [unit.id], season.id):
        for milestone in plan.milestones:
            missing = left_open(form, registered(e), milestone.id)
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
            if turn.can(Action.REGISTER, unit.id):
                label = turn.say.say("Add to the registration: {name}", name=clipped(e.name, 50))
                rows.append((Choice(label, tokens.command("dangky", f"e{e.id}")),))


def _task(
    turn: Turn,
    season: Season,
    plan: Plan,
    unit: Unit,
    milestone: Milestone,
    lines: list[str],
    rows: list[tuple[Choice, ...]],
) -> None:
    due = turn.office.deadline(season, milestone)
    bound = turn.office.bound(plan, milestone)
    if due is None or unit.id not in bound:
        return
    if not turn.office.still_owing(turn.tx, season, milestone, [unit.id]):
        return
    sentence = OVERDUE if is_late(due, turn.today) else OWED
    lines.append(turn.say.say(sentence, unit=unit.name, milestone=milestone.name, due=when(turn, due)))
    if milestone.owed_by == "invited_units":
        rows.append((Choice(turn.say.say("Register an exemplar"), tokens.command("dangky", f"u{unit.id}")),))
        rows.append((Choice(turn.say.say("None this year"), tokens.command("khongdangky", f"u{unit.id}")),))
    elif milestone.owed_by == "live_exemplars":
        for e in exemplars.of_units(turn.tx, [unit.id], season.id):
            if e.award and e.total is None:
                label = turn.say.say("Score: {name}", name=clipped(e.name, 50))
                rows.append((Choice(label, tokens.command("tucham", f"e{e.id}")),))
    elif turn.can(Action.MARK_PAPER, unit.id):
        label = turn.say.say("Enter the letter: {milestone}", milestone=clipped(milestone.name, 48))
        rows.append((Choice(label, tokens.command("vanban", f"u{unit.id}", milestone.id)),))


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
