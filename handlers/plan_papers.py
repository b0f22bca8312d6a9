"""Papers that a plan names: what a dossier holds, what a report says, which form, and the documents it rests on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from bot.chat import Choice, Reply
from bot.forms import tokens
from bot.plan.levels import Dossier, DossierPart, Level
from bot.plan.model import Plan, Reference
from bot.plan.registry import FormVersion
from bot.store.seasons import Season
from bot.texts import mark
from bot.turn import Asked, Turn
from bot.vietnamese import fold
from handlers.duties import due_words, receiver
from handlers.quoting import (
    ask_button,
    end_of,
    from_plans,
    is_level,
    level_asked,
    plans_meant,
    quoted,
    registry,
    source,
    topic_of,
)
from handlers.words import clipped

WHICH_LEVEL = mark("The dossier differs by level. Which one is meant?")
PART = mark("{number}) {name}")
MADE_BY = mark("{part} – by {who}")
IF_ANY = mark("{part}, if there is one")
ATTACHED = mark("{part}, attached to: {other}")
COPIES = mark("  Copies: {number}.")
LEVEL_COPIES = mark("• {level}: {number} copies")
GOES_TO = mark("  To: {to}")
ONE_FILE = mark("  As one file through the document system.")
CONFIRMED_BY = mark("  Confirmed by: {who}.")
FORM_NOW = mark("  Form {code} of {act}.")
FORM_UNKNOWN = mark("  By {act}; its number there has not been looked up, so none is given here.")
FORM_BEFORE = mark("  Form {code} of {act} was in force until {day}; it is replaced.")
NO_ACT = mark("  Which act prescribes the form today is not known here.")
OWN_FORMS = mark("Papers that Khéo fills in by questions:")
MUST_SAY = mark("What the achievement report must say ({level}):")
ABOUT = mark("• {document}: {about}")
ONLY_NAMED = mark(
    "  The plan only names this document; its text does not lie before Khéo, so what it says cannot be told."
)
NOT_NAMED = mark("The plan names no document with the number {number}. It names:")
NUMBER_BLANK = mark("the number is blank")
ISSUED = mark("{kind} of {issuer}: “{title}”")
NUMBERED = mark("Number: {number}; dated: {dated}.")
SIGNED = mark("Signed: {signer}.")
VALID = mark("In force from {first}.")
VALID_UNTIL = mark("In force from {first} to {last}.")
BOUND = mark("It is bound to its years; another year needs a plan of its own.")
HOW_TO = mark("“Register an exemplar” asks one thing after the other; nothing is handed in before you say so.")
REGISTER = mark("Register an exemplar")
ASKED_FOR = mark("  Asked for: {questions}.")
LONGEST_ABOUT = 160  # characters of a document's title in a list
FEW = 8  # documents in a list of those that a plan names
_NUMBER = re.compile(r"(?<!\d)(\d{1,5})(?!\d)")
_COPIES = re.compile(r"\b(?:may|bao nhieu) (?:bo|ban)\b")


# -- dossiers ----------------------------------------------------------------------------------------------------------


def dossier(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """“Hồ sơ gồm những gì”: the parts in order for the level that is named; which one is asked back if none is."""
    level = level_asked(asked)
    plans = plans_meant(turn, asked)
    have = [(season, plan, one) for season, plan in plans for one in plan.levels if one.dossier is not None]
    if _COPIES.search(fold(asked.text)):
        return from_plans(turn, asked, lambda _, plan: _copies(turn, plan, level), SILENT_DOSSIER)
    meant = [entry for entry in have if is_level(entry[2], level)]
    if not meant or (len(meant) == 1 and len(plans) == 1) or level:
        return from_plans(turn, asked, lambda season, plan: _dossiers(turn, season, plan, level), SILENT_DOSSIER)
    rows = []
    for season, plan, one in meant:
        label = one.name if len(plans) == 1 else f"{one.name} – {plan.name}"
        rows.append(ask_button(label, "hoso", f"l.{one.id}", f"s{season.id}"))
    turn.asking = True
    return [Reply(turn.say.say(WHICH_LEVEL), choices=tuple(rows))]


SILENT_DOSSIER = mark("what a dossier holds")


def _dossiers(turn: Turn, season: Season, plan: Plan, asked: str) -> list[str]:
    lines: list[str] = []
    for level in plan.levels:
        if level.dossier is None or not is_level(level, asked):
            continue
        lines += [turn.say.say("Dossier, {level}:", level=level.name), *_parts(turn, plan, level.dossier)]
        for milestone in plan.occasions:
            due = due_words(turn, season, milestone) if topic_of(plan, milestone) == "dossier" else ""
            if due and level.dossier.to and level.dossier.to in milestone.to:
                lines.append(turn.say.say("• {milestone}: {due}.", milestone=milestone.name, due=due))
        lines.append("")
    return lines


def _parts(turn: Turn, plan: Plan, made: Dossier) -> list[str]:
    lines: list[str] = []
    names = {part.id: part.name for part in made.parts}
    for number, part in enumerate(made.parts, 1):
        lines.append(turn.say.say(PART, number=number, name=_part(turn, part, names)))
        lines += quoted(turn, part.quote)
        lines += _form(turn, part.form) if part.form else []
    lines.append(turn.say.say(COPIES, number=f"{made.copies:02d}"))
    lines += [*quoted(turn, made.copies_quote), *source(turn, made)]
    if made.confirmations:
        lines.append(turn.say.say(CONFIRMED_BY, who=", ".join(_office(plan, who) for who in made.confirmations)))
        lines += quoted(turn, made.confirmations_quote)
    if made.to:
        to = turn.say.say("{to} (through {via})", to=made.to, via=made.via) if made.via else made.to
        lines += [turn.say.say(GOES_TO, to=to), *end_of(turn, plan, made.to)]
    if made.single_file:
        lines.append(turn.say.say(ONE_FILE))
    return lines


def _part(turn: Turn, part: DossierPart, names: dict[str, str]) -> str:
    said = part.name
    if part.attached_to in names:
        said = turn.say.say(ATTACHED, part=said, other=names[part.attached_to])
    if part.if_any:
        said = turn.say.say(IF_ANY, part=said)
    return turn.say.say(MADE_BY, part=said, who=part.by) if part.by else said


def _copies(turn: Turn, plan: Plan, asked: str) -> list[str]:
    lines: list[str] = []
    for level in plan.levels:
        if level.dossier is not None and is_level(level, asked):
            lines.append(turn.say.say(LEVEL_COPIES, level=level.name, number=f"{level.dossier.copies:02d}"))
            lines += quoted(turn, level.dossier.copies_quote)
    return lines


def _office(plan: Plan, role: str) -> str:
    return next((one.office for one in plan.roles if one.id == role), role)


# -- the report and the forms ------------------------------------------------------------------------------------------


def outline(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """“Báo cáo thành tích viết những gì”: the points that the plan names, once where levels ask for the same."""

    def told(_: Season, plan: Plan) -> list[str]:
        by_points: dict[tuple[str, ...], list[Level]] = {}
        for level in plan.levels:
            if level.outline is not None:
                by_points.setdefault(tuple(point.name for point in level.outline.points), []).append(level)
        lines: list[str] = []
        for points, levels in by_points.items():
            lines.append(turn.say.say(MUST_SAY, level=", ".join(level.name for level in levels)))
            lines += [f"• {point}" for point in points]
            lines += source(turn, levels[0].outline)
        keys = dict.fromkeys(p.form for level in plan.levels if level.dossier for p in level.dossier.parts if p.form)
        for key in keys:
            lines += _form(turn, key)
        return lines

    return from_plans(turn, asked, told, mark("what the achievement report must say"))


def forms(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """“Xin mẫu 07”, “mẫu báo cáo thành tích”: which form holds today, by date – and that its number is unknown, if it is."""

    def told(_: Season, plan: Plan) -> list[str]:
        lines: list[str] = []
        parts = [p for level in plan.levels if level.dossier for p in level.dossier.parts if p.form]
        for part in {part.form: part for part in parts}.values():
            lines += [f"• {part.name}", *quoted(turn, part.quote), *_form(turn, part.form, earlier=True)]
        own = [form.title for form in plan.forms if form.purpose != "feedback"]
        own += [table.title for table in plan.criteria]
        if own:
            lines += [turn.say.say(OWN_FORMS), *(f"• {title}" for title in own)]
        return lines

    return from_plans(turn, asked, told, mark("forms"))


def _form(turn: Turn, key: str, *, earlier: bool = False) -> list[str]:
    """The form under that key as the law has it today, and before."""
    register = registry().forms
    if key not in register.keys:
        return []
    now = register.on(key, turn.today)
    lines = [_version(turn, now) if now is not None else turn.say.say(NO_ACT)]
    for version in register.form(key).versions if earlier else ():
        last: date | None = version.valid_to
        if version.code and last is not None and last < turn.today:
            lines.append(turn.say.say(FORM_BEFORE, code=version.code, act=version.act, day=last))
    return lines


def _version(turn: Turn, version: FormVersion) -> str:
    if version.code and version.sure:
        return turn.say.say(FORM_NOW, code=version.code, act=version.act)
    return turn.say.say(FORM_UNKNOWN, act=version.act)


# -- documents ---------------------------------------------------------------------------------------------------------


def documents(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """“KH 12908 là gì”: the document as the plan names it, and whether its text lies before us."""
    numbers = _NUMBER.findall(fold(asked.text))

    def told(_: Season, plan: Plan) -> list[str]:
        if not plan.references:
            return []
        if not numbers:
            return [line for one in plan.references[:FEW] for line in _listed(turn, one)]
        found = [one for one in plan.references if set(numbers) & set(_numbers(one.document))]
        lines: list[str] = []
        for one in found:
            lines += [*_listed(turn, one), *source(turn, one)]
            if not one.known:
                lines.append(turn.say.say(ONLY_NAMED))
        if not found:
            lines.append(turn.say.say(NOT_NAMED, number=numbers[0]))
            lines += [line for one in plan.references[:FEW] for line in _listed(turn, one)]
        return lines

    naming = [  # those that do not name it need not say so
        (season, plan)
        for season, plan in plans_meant(turn, asked)
        if any(set(numbers) & set(_numbers(one.document)) for one in plan.references)
    ]
    return from_plans(turn, asked, told, mark("other documents"), naming)


def _numbers(document: str) -> list[str]:
    """The numbers of a document, without those of its date."""
    return _NUMBER.findall(re.sub(r"ngay.*", "", fold(document)))


def _listed(turn: Turn, one: Reference) -> list[str]:
    if not one.about:
        return [f"• {one.document}"]
    return [turn.say.say(ABOUT, document=one.document, about=clipped(one.about, LONGEST_ABOUT))]


def about(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """“Kế hoạch này do ai ban hành”: the paper itself, as far as it is filled in."""

    def told(_: Season, plan: Plan) -> list[str]:
        paper = plan.document
        blank = turn.say.say(NUMBER_BLANK)
        lines = [
            turn.say.say(ISSUED, kind=paper.kind, issuer=paper.issuer, title=paper.title),
            turn.say.say(NUMBERED, number=paper.number or blank, dated=paper.dated or "…"),
        ]
        if paper.signer:
            signer = f"{paper.signed_as} {paper.signer}".strip()
            lines.append(turn.say.say(SIGNED, signer=signer))
        first, last = _month(plan.valid_from), _month(plan.valid_to)
        lines.append(turn.say.say(VALID_UNTIL, first=first, last=last) if last else turn.say.say(VALID, first=first))
        if plan.recurrence == "none":
            lines.append(turn.say.say(BOUND))
        return lines

    return from_plans(turn, asked, told, mark("the plan itself"))


def _month(written: str) -> str:
    """“2023-12” as people write it: 12/2023."""
    return "/".join(reversed(written.split("-")))


def how_to_register(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """“Làm sao để đăng ký”: when, to whom, and what the form asks for; the form itself opens by its button."""

    def told(season: Season, plan: Plan) -> list[str]:
        form = plan.registration
        if form is None:
            return []
        lines: list[str] = []
        for milestone in plan.occasions:
            if topic_of(plan, milestone) != "registration" or not (due := due_words(turn, season, milestone)):
                continue
            lines.append(turn.say.say("• {milestone}: {due}.", milestone=milestone.name, due=due))
            if to := receiver(turn, milestone):
                lines.append(turn.say.say(GOES_TO, to=to))
            lines += source(turn, milestone)
        names = [q.short or q.ask for q in form.questions]
        questions = "; ".join(name[:1].lower() + name[1:] for name in names)
        return [*lines, turn.say.say(ASKED_FOR, questions=questions)]

    replies = from_plans(turn, asked, told, mark("the registration"))
    if not turn.private:
        return replies
    text = f"{replies[0].text}\n\n{turn.say.say(HOW_TO)}"
    button = (Choice(turn.say.say(REGISTER), tokens.command("dangky")),)
    return [Reply(text, title=replies[0].title, choices=(button,) if turn.focus.draft is None else ())]
