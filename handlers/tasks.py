"""“Việc của tôi”: what I still owe and what I left half done, each with a button that opens it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat import Choice, Reply
from bot.errors import NotAllowed
from bot.forms import tokens
from bot.plan.model import Milestone, Plan
from bot.rules.access import Action
from bot.store import drafts, exemplars, owing
from bot.store.seasons import Season
from bot.store.units import Unit
from bot.texts import mark
from bot.turn import NO_RIGHT, Asked, Turn
from handlers import filling
from handlers.registration import draft_name
from handlers.words import is_standing, number_in, running, unit_in, when

TITLE = mark("My tasks")
NOTHING = mark("Nothing is owed at present.")
OWED = mark("• {unit}: {milestone} – {due}")
OVERDUE = mark("• {unit}: {milestone} – {due}; the date has passed")
DRAFTS = mark("Begun and not handed in:")
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
    now = running(turn)
    if now is not None:
        for unit in own[:UNITS_SHOWN]:
            for milestone in now[1].milestones:
                _task(turn, now[0], now[1], unit, milestone, lines, rows)
    if turn.private:
        reachable = tuple(unit.id for unit in turn.own_units(Action.REGISTER))
        unfinished = drafts.open_of_units(turn.tx, reachable) if reachable else []
        mine = [d for d in unfinished if d.season_id in {s.id for s in turn.office.seasons}]
        if mine:
            lines += ["", turn.say.say(DRAFTS)] if lines else [turn.say.say(DRAFTS)]
        for draft in mine[:DRAFTS_SHOWN]:
            title = turn.script.finishers[draft.form].title(turn, draft)
            lines.append(f"• {title}")
            rows.append((Choice(draft_name(turn, draft), tokens.command("mo", f"d{draft.id}")),))
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
    if not owing.still_owing(turn.tx, season.id, milestone, [unit.id]):
        return
    sentence = OVERDUE if turn.today > due.last_day else OWED
    lines.append(turn.say.say(sentence, unit=unit.name, milestone=milestone.name, due=when(turn, due)))
    if milestone.owed_by == "invited_units":
        rows.append((Choice(turn.say.say("Register an exemplar"), tokens.command("dangky", f"u{unit.id}")),))
        rows.append((Choice(turn.say.say("None this year"), tokens.command("khongdangky", f"u{unit.id}")),))
    elif milestone.owed_by == "live_exemplars":
        for e in exemplars.of_units(turn.tx, [unit.id], season.id):
            if e.award and e.total is None:
                label = turn.say.say("Score: {name}", name=e.name[:50])
                rows.append((Choice(label, tokens.command("tucham", f"e{e.id}")),))
    elif turn.can(Action.MARK_PAPER, unit.id):
        label = turn.say.say("Enter the letter: {milestone}", milestone=milestone.name[:40])
        rows.append((Choice(label, tokens.command("vanban", f"u{unit.id}")),))


def open_draft(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """The button that opens a draft again, whoever of the unit began it and on whatever channel."""
    draft_id = number_in(asked.words, "d")
    if draft_id is None:
        return show(turn, Asked())
    o = filling.opened(turn, draft_id)
    if o.draft.state != "open":
        raise NotAllowed(NO_RIGHT)
    turn.focus.question = ""
    return filling.place(turn, o)
