"""The plan's own words: a quotation with its place, how it is read, and one answer from several plans."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from bot.chat import Choice, Reply
from bot.config import PLANS
from bot.errors import Misunderstood
from bot.forms import tokens
from bot.plan.dates import AtAnyTime, InQuarter, Milestone
from bot.plan.levels import Level
from bot.plan.model import Plan, Standard
from bot.plan.part import Interpretation, Quote, Rule
from bot.plan.registry import FOLDER, EndedBody, Registry, beside
from bot.store.seasons import Season
from bot.texts import mark
from bot.turn import Asked, Turn
from bot.vietnamese import fold
from handlers.words import NO_SEASON, meant_plans

SOURCE = mark("  “{quote}” – {place}")
READ_AS = mark("  Read as: {reading} ({by})")
SILENT = mark("The plan says nothing about this: {what}.")
ENDED = mark("  {office} worked until {day}.")
ENDS = mark("  {office} works until {day}.")
FOLLOWED = mark("  Afterwards: {body} ({source}).")
NO_SUCCESSOR = mark("  Who takes over this function is not laid down; the competent authority has to decide it.")
ASK = "hoi"
"""The command behind the buttons with which a question is narrowed."""

TOPICS = {
    "registration": mark("the registration"),
    "dossier": mark("the dossier"),
    "report": mark("the report"),
    "review": mark("the review for awards"),
    "plan": mark("the unit's own plan"),
    "publicity": mark("the publicity"),
    "inspection": mark("the inspection"),
    "guidance": mark("the guidance"),
    "feedback": mark("difficulties met"),
}
TOGETHER = 1500
"""Characters. Longer answers of several plans come one by one: a phone shows no more at once."""

Answer = Callable[[Season, Plan], Sequence[str]]


def source(turn: Turn, rule: Rule | None) -> list[str]:
    """The rule's words with their place, and how they are read where they leave that open."""
    if rule is None:
        return []
    return [*quoted(turn, rule.quote), *read_as(turn, rule.interpretation)]


def quoted(turn: Turn, quote: Quote | None) -> list[str]:
    return [turn.say.say(SOURCE, quote=quote.text, place=quote.at)] if quote else []


def whole(standard: Standard) -> Quote | None:
    """The paragraph itself under the place of its quotation, which may be its heading alone."""
    return standard.quote and Quote(text=standard.text, at=standard.quote.at)


def read_as(turn: Turn, interpretation: Interpretation | None) -> list[str]:
    if interpretation is None:
        return []
    return [turn.say.say(READ_AS, reading=interpretation.reading, by=interpretation.by)]


def plans_meant(turn: Turn, asked: Asked) -> list[tuple[Season, Plan]]:
    """The running seasons that are asked about; Misunderstood if there is none."""
    found = meant_plans(turn, asked)
    if not found:
        raise Misunderstood(NO_SEASON)
    return found


def from_plans(
    turn: Turn, asked: Asked, answer: Answer, silent: str, among: Sequence[tuple[Season, Plan]] = ()
) -> Sequence[Reply]:
    """The answer of every plan that is meant (or of those `among`), each under its name; one that is silent says so."""
    found = [(plan, _once(answer(season, plan))) for season, plan in among or plans_meant(turn, asked)]
    nothing = turn.say.say(SILENT, what=turn.say.say(silent))
    if len(found) == 1:
        plan, lines = found[0]
        return [Reply("\n".join(lines) or nothing, title=plan.name)]
    texts = [("\n".join(lines) or nothing, plan.name) for plan, lines in found]
    if sum(len(text) for text, _ in texts) > TOGETHER:
        return [Reply(text, title=name) for text, name in texts]
    return [Reply("\n\n".join(f"{name}:\n{text}" for text, name in texts))]


def _once(lines: Sequence[str]) -> list[str]:
    """Without a quotation or reading that was given just above."""
    kept: list[str] = []
    for line in lines:
        if not (line.startswith("  ") and line in kept):
            kept.append(line)
    while kept and not kept[-1]:
        kept.pop()
    return kept


# -- what is asked for -------------------------------------------------------------------------------------------------


def what_asked(asked: Asked) -> str:
    """The kind of duty that a button or the sentence names; empty: none."""
    said = asked.understood.what if asked.understood else None
    return next((word for word in asked.words if word in TOPICS), said or "")


def level_asked(asked: Asked) -> str:
    """The level that a button or the sentence names; empty: none."""
    said = asked.understood.level if asked.understood else None
    return next((word.removeprefix("l.") for word in asked.words if word.startswith("l.")), said or "")


def topic_of(plan: Plan, milestone: Milestone) -> str:
    """What people call the duty: as the plan says, else by what it is made of."""
    if milestone.topic:
        return milestone.topic
    form = next((form for form in plan.forms if form.id == milestone.form), None)
    if form is not None and form.purpose == "registration":
        return "registration"
    if milestone.owed_by == "live_exemplars":
        return "dossier"
    if isinstance(milestone.date, InQuarter) and milestone.owed_by in ("nobody", "role"):
        return "review"
    if isinstance(milestone.date, AtAnyTime) and form is not None and form.purpose == "feedback":
        return "feedback"
    if milestone.owed_by == "standing_office" or (form is not None and form.purpose == "report"):
        return "report"
    return "plan" if form is not None and form.purpose == "document" else ""


def is_level(level: Level, asked: str) -> bool:
    """Whether it is the level that was asked for: by its id, or by a word of its name."""
    return not asked or level.id == asked or f" {asked.replace('_', ' ')} " in f" {fold(level.name)} "


def ask_button(label: str, *words: str) -> tuple[Choice, ...]:
    return (Choice(label, tokens.command(ASK, *words)),)


# -- bodies that have ended --------------------------------------------------------------------------------------------


def registry() -> Registry:
    """What is known beside the plans: prescribed forms, and bodies that are no more."""
    return beside(str(PLANS / FOLDER))  # the file itself is not read, only its folder


def ended(plan: Plan, office: str) -> EndedBody | None:
    """What is known of the end of that office; None: nothing."""
    return registry().bodies.ended(office, plan.document.level)


def end_of(turn: Turn, plan: Plan, office: str, last: date | None = None, *, always: bool = False) -> list[str]:
    """That the office is no more, and what came after it – or that nobody has laid that down.

    Before its last day nothing is said, unless `always`; then the caller says what is not laid down.
    """
    body = ended(plan, office)
    last = last or (body.last_day if body else None)
    if last is None or (turn.today <= last and not always):
        return []
    lines = [turn.say.say(ENDED if turn.today > last else ENDS, office=office, day=last)]
    if body is not None and body.followed_by:
        lines.append(turn.say.say(FOLLOWED, body=body.followed_by, source=body.source))
    return lines if always else [*lines, turn.say.say(NO_SUCCESSOR)]
