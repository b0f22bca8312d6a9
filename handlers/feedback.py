"""Difficulties (vướng mắc): a unit tells them at any time, the standing office hears of each and notes what is settled."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from bot.chat import Choice, Reply
from bot.errors import Misunderstood, NotAllowed
from bot.forms import tokens
from bot.forms.answers import Answer, Event, answers, to_json
from bot.forms.asking import shown
from bot.forms.engine import current
from bot.forms.reading import read
from bot.plan.model import Plan
from bot.plan.questions import Form
from bot.rules.access import STANDING_OFFICE, WRITTEN_TO, Action
from bot.store import drafts, notices, owing, people, reports
from bot.store.drafts import Draft
from bot.store.handed_in import HandedIn
from bot.store.seasons import Season
from bot.store.units import Unit
from bot.texts import Language, mark
from bot.turn import NO_RIGHT, Asked, Finisher, Office, Turn
from handlers import duties, filling
from handlers.reports import OLD_SEASON, stored
from handlers.words import (
    NO_SEASON,
    clipped,
    concerning,
    number_in,
    plans_of_office,
    standing,
    unit_choices,
    unit_in,
    which_plan,
)

COMMAND = "vuongmac"
ANEW = "moi"
SETTLED = "settled"
LISTED = 10  # open ones at a time; when they are settled the next ones come up
SHOWN = 600  # characters of one of them in the list
FEWEST_WORDS, FEWEST_AFTER = 7, 3  # a shorter sentence only says that there is something to tell, and not what
_KEYWORD = r"(?:vướng mắc|vuong mac|khó khăn|kho khan|góp ý|gop y|phản ánh|phan anh|kiến nghị|kien nghi|ý kiến|y kien)"
_BEFORE_COLON = re.compile(rf"^[^:]{{0,60}}\b{_KEYWORD}[^:]{{0,20}}:\s*", re.IGNORECASE)
_AT_FIRST = re.compile(rf"^\s*{_KEYWORD}(?:[\s,;.–-]+(?:là|la)?\s*|$)", re.IGNORECASE)

NONE_IN_PLAN = mark("The plan “{plan}” has no rule on telling difficulties; the standing office is {office}.")
KEPT_BY_YOU = mark("What was typed has not been sent to anybody.")
FOR_WHICH = mark("For which unit?")
INTRO = mark("Difficulty of {unit} in carrying out the plan “{plan}”, {year}.")
GOES_TO = mark("To: {to}.")
UNFINISHED = mark("Difficulty of {unit} in the plan “{plan}”: not sent")
RECEIPT = mark("Sent: the difficulty of {unit} in the plan “{plan}”, {year}.\nNumber {number}, {at}.")
TOLD = mark("{office} is told of it on Khéo.")
TO_BE_SEEN = mark("Nobody of {office} can be reached on Khéo yet; it stands in their list.")
NOTICE = mark("A difficulty has been told by {unit}, plan “{plan}”, number {number}:\n{text}")
NOTICE_TITLE = mark("Difficulty")
HOW = mark("/vuongmac shows what is not settled yet.")
TITLE = mark("Difficulties that are not settled")
OF_PLAN = mark("{plan}, {year}:")
LINE = mark("• Number {number}, {day}, {unit}: {text}")
NONE_OPEN = mark("There are none at present.")
SETTLE = mark("Settled: {number}")
IS_SETTLED = mark("Noted: the difficulty number {number} of {unit} is settled.")
WAS_SETTLED = mark("The difficulty number {number} was noted as settled before; nothing was changed.")
UNIT_TOLD = mark("{office} has noted that the difficulty number {number} of {unit} (plan “{plan}”) is settled.")


def begin(turn: Turn, asked: Asked) -> Sequence[Reply]:
    """/vuongmac: a unit tells a difficulty; the standing office reads what is not settled, and settles it."""
    settled = number_in(asked.words, "x")
    if settled is not None:
        return _settle(turn, settled)
    if not turn.office.running(turn.now):
        raise Misunderstood(NO_SEASON)
    text = _what_is_told(asked) or _held(turn, asked)
    mine = plans_of_office(turn, Action.MARK_PAPER)
    if mine and not text and ANEW not in asked.words:
        return _list(turn, mine)
    unit = unit_in(turn, asked.words)
    own = [id for id in (turn.person.units if turn.person else ()) if turn.can(Action.REPORT, id)]
    if unit is not None:
        if not turn.may(Action.REPORT, unit.id):
            raise NotAllowed(NO_RIGHT)
    elif not own:
        raise NotAllowed(NO_RIGHT)
    elif len(own) > 1:
        turn.asking, turn.focus.held = True, text
        return [
            Reply(
                turn.say.say(FOR_WHICH),
                choices=unit_choices(turn, [turn.office.units[id] for id in own], COMMAND, ANEW),
            )
        ]
    unit = unit or turn.office.units[own[0]]
    return _tell(turn, asked, unit, text)


def _what_is_told(asked: Asked) -> str:
    """The difficulty itself, where the sentence says it: what follows “vướng mắc:”, or the whole of it."""
    text = asked.text.strip()
    after = _BEFORE_COLON.sub("", text)
    if after != text:
        return after
    after = _AT_FIRST.sub("", text)
    fewest = FEWEST_AFTER if after != text else FEWEST_WORDS
    return after if asked.words or len(after.split()) >= fewest else ""


def _held(turn: Turn, asked: Asked) -> str:
    """What was typed before it was asked for which unit or plan: the button that answers that brings it along."""
    if ANEW not in asked.words or turn.focus.draft is not None:
        return ""
    text, turn.focus.held = turn.focus.held, ""
    return text


def _tell(turn: Turn, asked: Asked, unit: Unit, text: str) -> Sequence[Reply]:
    season_id = number_in(asked.words, "s")
    allowed = [pair for pair in concerning(turn, unit) if turn.can(Action.REPORT, unit.id, pair[0].id)]
    concerned = [pair for pair in allowed if season_id in (None, pair[0].id)]
    open_to = [pair for pair in concerned if form_of(pair[1])]
    if not open_to:
        if season_id is not None:
            raise Misunderstood(OLD_SEASON)
        lines = [turn.say.say(NONE_IN_PLAN, plan=plan.name, office=standing(plan)) for _, plan in concerned]
        return [Reply("\n".join([*lines, *([turn.say.say(KEPT_BY_YOU)] if text else [])]))]
    if len(open_to) > 1:
        if turn.focus.draft is None:
            turn.focus.held = text
        return which_plan(turn, open_to, COMMAND, ANEW, f"u{unit.id}")
    season, plan = open_to[0]
    form = form_of(plan)
    assert form is not None and turn.person is not None
    known = _answer(turn, form, text) if text else []
    mine = [
        d
        for d in drafts.open_of_units(turn.tx, (unit.id,))
        if (d.season_id, d.form, d.opened_by) == (season.id, form.id, turn.person.id)
    ]
    begun = [] if known else drafts.begun(turn.tx, mine)
    draft = (
        begun[0]
        if begun
        else drafts.untouched(turn.tx, mine)
        or drafts.begin(
            turn.tx, season_id=season.id, unit_id=unit.id, form=form.id, person_id=turn.person.id, now=turn.now
        )
    )
    heading = turn.say.say(INTRO, unit=unit.name, plan=plan.name, year=season.year)
    return filling.begin(turn, draft, heading, prefill=known)


def _answer(turn: Turn, form: Form, text: str) -> list[Event]:
    """The text as the answer to the form's first question that takes words. Misunderstood if it is too long for it."""
    question = next((q for q in form.questions if q.kind in ("text", "long_text") and q.when is None), None)
    if question is None:
        return []
    value = read(question, text, {}, filling.context(turn))
    return [Event(0, "set", question.id, to_json(value), None, turn.now)]


def form_of(plan: Plan) -> Form | None:
    """The plan's form for telling difficulties."""
    return next((form for form in plan.forms if form.purpose == "feedback"), None)


def _receiver(turn: Turn, plan: Plan, form: Form) -> str:
    return next((duties.receiver(turn, m) for m in plan.occasions if m.form == form.id), "")


# -- the form's own parts --------------------------------------------------------------------------------------------


def _form(office: Office, draft: Draft) -> Form:
    return office.plan(office.season_by_id(draft.season_id)).form(draft.form)


def _title(turn: Turn, draft: Draft) -> str:
    plan = turn.office.plan(turn.office.season_by_id(draft.season_id))
    return turn.say.say(UNFINISHED, unit=turn.office.units[draft.unit_id].name, plan=plan.name)


def _lead(turn: Turn, draft: Draft, form: Form, answers: Mapping[str, Answer]) -> str:
    plan = turn.office.plan(turn.office.season_by_id(draft.season_id))
    to = _receiver(turn, plan, form)
    return turn.say.say(GOES_TO, to=to) if to else ""


def _submit(turn: Turn, draft: Draft, form: Form, answers: Mapping[str, Answer]) -> Sequence[Reply]:
    season = turn.office.season_by_id(draft.season_id)
    plan = turn.office.plan(season)
    unit = turn.office.units[draft.unit_id]
    assert turn.person is not None
    handed_in = reports.hand_in(
        turn.tx,
        season_id=season.id,
        unit_id=unit.id,
        draft_id=draft.id,
        form=form.id,
        answers=stored(form, answers),
        person_id=turn.person.id,
        now=turn.now,
    )
    drafts.close(turn.tx, draft.id, "submitted")
    number = filling.number_of(turn, handed_in)
    told = _notify(
        turn,
        (STANDING_OFFICE,),
        turn.office.root(plan),
        f"feedback:{handed_in.id}",
        lambda say: Reply(
            "\n".join(
                [
                    say.say(
                        NOTICE,
                        unit=unit.name,
                        plan=plan.name,
                        number=number,
                        text=_words(form, current(form, answers), say),
                    ),
                    say.say(HOW),
                ]
            ),
            title=say.say(NOTICE_TITLE),
        ),
    )
    lines = [turn.say.say(RECEIPT, unit=unit.name, plan=plan.name, year=season.year, number=number, at=turn.now)]
    to = _receiver(turn, plan, form)
    if to:
        lines.append(turn.say.say(GOES_TO, to=to))
    lines.append(turn.say.say(TOLD if told else TO_BE_SEEN, office=standing(plan)))
    return [Reply("\n".join(lines))]


def _words(form: Form, given: Mapping[str, Answer], say: Language) -> str:
    """What was told, question by question; whole texts, and files only by their number."""
    lines = []
    for question in form.questions:
        answer = given.get(question.id)
        if answer is None or (answer.value is None and not answer.items):
            continue
        long = question.kind in ("text", "long_text")
        words = str(answer.value).strip() if long else shown(question, answer, say)
        lines.append(f"{question.short}: {words}" if question.short and not long else words)
    return "\n".join(lines)


def _notify(
    turn: Turn, functions: Sequence[str], unit: Unit | None, cause: str, made: Callable[[Language], Reply]
) -> bool:
    """Write to everybody who holds one of the functions at the unit today; whether there is anybody."""
    if unit is None:
        return False
    found = people.contacts_of_units(turn.tx, [unit.id], *functions, on=turn.today)
    contacts = [contact for _, contact in found]
    notices.notify(turn.tx, contacts, cause, made, turn.now, turn.real, subject=cause, meant=[unit.id, *functions])
    return bool(found)


FINISHER = Finisher(
    action=Action.REPORT,
    form=_form,
    title=_title,
    lead=_lead,
    submit=_submit,
    submit_label=mark("Send it"),
)


# -- the standing office -----------------------------------------------------------------------------------------------


def open_ones(turn: Turn, season: Season, plan: Plan) -> list[HandedIn]:
    """What was told in the season and is not settled, the oldest first."""
    form = form_of(plan)
    if form is None:
        return []
    done = {of for _, of, kind in owing.answered(turn.tx, season.id).closings if kind == SETTLED}
    return [told for told in reports.of_form(turn.tx, season.id, form.id) if _settling(told) not in done]


def _settling(told: HandedIn) -> str:
    """Under what it is noted that this one is settled; no milestone has a point in its name."""
    return f"feedback.{told.id}"


def _list(turn: Turn, plans: Sequence[tuple[Season, Plan]]) -> Sequence[Reply]:
    lines: list[str] = []
    rows: list[tuple[Choice, ...]] = []
    for season, plan in plans:
        form = form_of(plan)
        if form is None:
            lines.append(turn.say.say(NONE_IN_PLAN, plan=plan.name, office=standing(plan)))
            continue
        found = open_ones(turn, season, plan)
        if len(plans) > 1 or found:
            lines.append(turn.say.say(OF_PLAN, plan=plan.name, year=season.year))
        for told in found[:LISTED]:
            at = told.at.astimezone(turn.now.tzinfo)
            number = f"{told.id:05d}/{at.year}"
            given = answers(drafts.events(turn.tx, told.draft_id))
            text = clipped(_words(form, current(form, given), turn.say), SHOWN)
            unit = turn.office.units[told.unit_id].name
            lines.append(turn.say.say(LINE, number=number, day=at.date(), unit=unit, text=text))
            rows.append((Choice(turn.say.say(SETTLE, number=number), tokens.command(COMMAND, f"x{told.id}")),))
        if len(found) > LISTED:
            rest = len(found) - LISTED
            lines.append(turn.say.say_n("… and {n} more", "… and {n} more", rest))
        if not found:
            lines.append(turn.say.say(NONE_OPEN))
    return [Reply("\n".join(lines), title=turn.say.say(TITLE), choices=tuple(rows))]


def _settle(turn: Turn, id: int) -> Sequence[Reply]:
    try:
        told = reports.by_id(turn.tx, id)
        season = turn.office.season_by_id(told.season_id)
        plan = turn.office.plan(season)
        form = plan.form(told.form)
    except LookupError:
        raise NotAllowed(NO_RIGHT) from None
    root = turn.office.root(plan)
    turn.need(Action.MARK_PAPER, root.id if root else None)
    if form.purpose != "feedback" or turn.person is None:
        raise NotAllowed(NO_RIGHT)
    unit = turn.office.units[told.unit_id]
    number = f"{told.id:05d}/{told.at.astimezone(turn.now.tzinfo).year}"
    fresh = owing.close(
        turn.tx,
        season_id=season.id,
        unit_id=unit.id,
        milestone=_settling(told),
        kind=SETTLED,
        person_id=turn.person.id,
        now=turn.now,
    )
    if not fresh:
        return [Reply(turn.say.say(WAS_SETTLED, number=number))]
    _notify(
        turn,
        WRITTEN_TO,
        unit,
        f"settled:{told.id}",
        lambda say: Reply(say.say(UNIT_TOLD, office=standing(plan), number=number, unit=unit.name, plan=plan.name)),
    )
    return [Reply(turn.say.say(IS_SETTLED, number=number, unit=unit.name))]
