"""Who, in a plan: to whom something goes, who decides and signs, who comes after a body that has ended."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from bot.chat import Choice, Reply
from bot.plan.dates import Milestone
from bot.plan.levels import Level
from bot.plan.model import STANDING_ROLE, Plan, Role
from bot.store.seasons import Season
from bot.texts import mark
from bot.turn import Asked, Turn
from bot.vietnamese import fold
from handlers.duties import receiver
from handlers.quoting import (
    ask_button,
    end_of,
    ended,
    from_plans,
    is_level,
    level_asked,
    plans_meant,
    source,
    topic_of,
    what_asked,
)
from handlers.words import standing

WHICH = mark("What is to be sent?")
BUTTONS = {
    "registration": mark("The registration"),
    "dossier": mark("The dossier"),
    "report": mark("The report"),
    "plan": mark("The unit's own plan"),
    "feedback": mark("Difficulties met"),
}
GOES = mark("• {milestone}: {to}.")
NO_RECEIVER = mark("• {milestone}: the plan names no receiver.")
HOLDS = mark("• {role}: {office}.")
PERSONS = mark("• {role}: {office} (each in person).")
SIGNS = mark("• {level}: {award}, signed by {office}.")
GIVEN = mark("• {level}: {award}.")
SUCCEEDED = mark("  From {day}: {office}.")
NOTHING_ENDED = mark("As far as is known here, none of the plan's bodies has ended.")
UNDECIDED = mark(
    "There is no transitional rule yet on who receives and decides instead; the competent authority has to decide it. "
    "The administrator enters it as soon as a document says so."
)
OTHERS_ENDED = mark("• Other bodies of the plan that end as well: {offices}.")
UNIT_UNDECIDED = mark(
    "Which unit takes its place in the movement the plan does not say; the administrator enters it as soon as a document says so."
)
FEW = 5  # bodies in a line
UNIT_ENDED = mark("• {unit}: in this plan until {day}.")
NO_NUMBERS = mark("Khéo keeps no telephone numbers. The office to turn to: {office}.")
_STOP = frozenset(
    re.findall(
        r"\w+",
        """
        ai la co quan nao don vi nguoi thi cua cho do voi ve gi cac nhung duoc phai se ho so khen thuong phong trao thi dua trach
        nhiem nhiem vu cap bo phan chiu hay khong lam
        """,
    )
)


# -- to whom -----------------------------------------------------------------------------------------------------------


def recipients(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """“Gửi về đâu”: whoever receives it and through whom; without saying what, it is asked back."""
    what = what_asked(asked)
    if what not in BUTTONS:
        there = _told_of(turn, asked)
        if len(there) != 1:
            return _which(turn, asked, there)
        what = there[0]

    def told(_: Season, plan: Plan) -> list[str]:
        lines: list[str] = []
        for milestone in plan.milestones:
            if topic_of(plan, milestone) == what:
                lines += _receiver(turn, plan, milestone)
        return lines

    return from_plans(turn, asked, told, mark("who receives this"))


def _receiver(turn: Turn, plan: Plan, milestone: Milestone) -> list[str]:
    to = receiver(turn, milestone)
    if not to:
        return [turn.say.say(NO_RECEIVER, milestone=milestone.name), *source(turn, milestone)]
    lines = [turn.say.say(GOES, milestone=milestone.name, to=to)]
    for office in dict.fromkeys([*milestone.to, *([milestone.via] if milestone.via else [])]):
        lines += end_of(turn, plan, office)
    return [*lines, *source(turn, milestone)]


def _told_of(turn: Turn, asked: Asked) -> list[str]:
    """The kinds of duty of which the plans that are meant name a receiver."""
    plans = plans_meant(turn, asked)
    named = {topic_of(plan, m) for _, plan in plans for m in plan.milestones if m.to or m.via}
    return [topic for topic in BUTTONS if topic in named]


def _which(turn: Turn, asked: Asked, there: Sequence[str]) -> Sequence[Reply]:
    words = [word for word in asked.words if word[:1] == "s" and word[1:].isdigit()]
    rows: list[tuple[Choice, ...]] = []
    for topic in there:
        rows.append(ask_button(turn.say.say(BUTTONS[topic]), "gui", topic, *words))
    turn.asking = True
    return [Reply(turn.say.say(WHICH), choices=tuple(rows))]


# -- who does what -----------------------------------------------------------------------------------------------------


def roles(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """“Ai thẩm định”, “cơ quan thường trực là ai”: whoever holds the function that is named, else all functions."""
    said = fold(asked.text)
    words = [word for word in said.replace("?", " ").split() if word not in _STOP]

    def told(_: Season, plan: Plan) -> list[str]:
        scored = [(_fit(said, words, role), role) for role in plan.roles]
        best = max((score for score, _ in scored), default=0)
        lines: list[str] = []
        for score, role in scored:
            if score == best:
                sentence = PERSONS if role.person else HOLDS
                lines.append(turn.say.say(sentence, role=role.name, office=role.office))
                lines += [*end_of(turn, plan, role.office, role.valid_to), *source(turn, role)]
        return lines

    return from_plans(turn, asked, told, mark("who does this"))


def _fit(said: str, words: Sequence[str], role: Role) -> int:
    """How much of what was asked stands in the function's name, office or quotation; a pair of words counts more."""
    name = f" {fold(role.name)} "
    office = f" {fold(role.office)} "
    quote = f" {fold(role.quote.text)} " if role.quote else ""
    pairs = [f" {one} {two} " for one, two in pairwise(words)]
    return sum(4 * (pair in name) + 3 * (pair in office) + 2 * (pair in quote) for pair in pairs) + sum(
        (f" {word} " in name) + (f" {word} " in office) for word in words
    )


def awards(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """“Ai ký giấy khen”: what is given at each level and who signs it."""
    wanted = level_asked(asked)

    def told(_: Season, plan: Plan) -> list[str]:
        lines: list[str] = []
        for level in plan.levels:
            if is_level(level, wanted):
                lines += _given(turn, plan, level)
        return lines

    return from_plans(turn, asked, told, mark("who gives awards"))


def _given(turn: Turn, plan: Plan, level: Level) -> list[str]:
    lines: list[str] = []
    for award in level.awards:
        office = next((role.office for role in plan.roles if role.id == award.signed_by), "")
        if office:
            lines.append(turn.say.say(SIGNS, level=level.name, award=award.name, office=office))
            lines += end_of(turn, plan, office)
        else:
            lines.append(turn.say.say(GIVEN, level=level.name, award=award.name))
        lines += source(turn, award)
    return lines


# -- who comes after ---------------------------------------------------------------------------------------------------


def successors(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """“BDV huyện giải thể rồi thì nộp cho ai”: what is known, and that the rest is not laid down."""
    said = f" {fold(asked.text).replace('bdv', 'ban dan van')} "
    unit = asked.understood.unit if asked.understood else None
    named = unit.one if unit else None

    def told(_: Season, plan: Plan) -> list[str]:
        seeds = [seed for seed in plan.units if named is not None and seed.name == named.name and seed.valid_to]
        if seeds:
            return [
                *(turn.say.say(UNIT_ENDED, unit=seed.name, day=seed.valid_to) for seed in seeds),
                turn.say.say(UNIT_UNDECIDED),
            ]
        over = [role for role in plan.roles if role.valid_to is not None or ended(plan, role.office) is not None]
        meant = [role for role in over if _names(said, role)] or [role for role in over if role.id == STANDING_ROLE]
        meant = meant or over[:1]
        lines: list[str] = []
        for role in meant:
            lines.append(turn.say.say(HOLDS, role=role.name, office=role.office))
            lines += [*_after(turn, plan, role), *source(turn, role)]
        others = dict.fromkeys(role.office for role in over if role not in meant)
        if others and len(meant) < len(over):
            lines.append(turn.say.say(OTHERS_ENDED, offices="; ".join(list(others)[:FEW])))
        return [*lines, turn.say.say(UNDECIDED)] if lines else [turn.say.say(NOTHING_ENDED)]

    return from_plans(turn, asked, told, mark("who takes over"))


def _after(turn: Turn, plan: Plan, role: Role) -> list[str]:
    """The end of the office, and whoever a later document has named for the same function."""
    later = [
        one
        for one in plan.roles
        if one.id == role.id and one.valid_from and role.valid_to and one.valid_from > role.valid_to
    ]
    told = end_of(turn, plan, role.office, role.valid_to, always=True)
    if not later:
        return told
    return [*told[:1], *(turn.say.say(SUCCEEDED, day=one.valid_from, office=one.office) for one in later)]


def _names(said: str, role: Role) -> bool:
    """Whether the sentence names the office: by all of its name, or by its first three words."""
    office = fold(role.office).split()
    return f" {' '.join(office)} " in said or f" {' '.join(office[:3])} " in said


def contacts(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """“P nội vụ sđt bao nhiêu”: no numbers are kept; the office is named."""

    def told(_: Season, plan: Plan) -> list[str]:
        office = standing(plan)
        return [turn.say.say(NO_NUMBERS, office=office), *end_of(turn, plan, office)]

    return from_plans(turn, asked, told, mark("whom to turn to"))
