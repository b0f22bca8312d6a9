"""To whom a broadcast goes: chosen step by step, with running totals, shown as a list and as a workbook."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from bot.chat import Attachment, Choice, Reply
from bot.clock import Clock
from bot.forms import tokens
from bot.imports.units import KINDS
from bot.lookup.units import Found
from bot.plan.dates import Milestone
from bot.rules.access import FOCAL_POINT, FUNCTIONS, OFFICER, UNIT_HEAD, WRITTEN_TO, Action, can
from bot.store import broadcasts, clusters, people
from bot.store.broadcasts import ANSWERED, OWES, Audience, Broadcast, Delivery, Totals
from bot.store.engine import Tx
from bot.store.outbox import Message
from bot.store.seasons import Season
from bot.texts import Language, mark
from bot.turn import Asked, Office, Turn
from handlers.functions import called
from handlers.placeholders import listed
from handlers.reaching import milestone_in
from handlers.words import clipped, number_in

COMMAND = "thongbao"
ALL, KIND, CLUSTER, PLAN, STATE, ADD, LESS, WHO, LIST, BOOK, CLEAR, CHOOSE = (
    "tatca",
    "loai",
    "cum",
    "kehoach",
    "tiendo",
    "them",
    "bot",
    "ai",
    "xem",
    "bang",
    "lai",
    "chon",
)
WRITE, DROP = "soan", "huy"
GROUPS, EVERYBODY = "nhom", "moinguoi"
PAPER = "audience"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OFFERED = 20  # buttons in one answer
LABEL = 44  # characters of a button
LISTED = 40  # recipients in one message; the workbook has all of them

TITLE = mark("New message of {office}")
REACHES = mark("To {units}: {people}, {groups}.")
NOBODY_YET = mark("No unit is chosen yet.")
NONE_LEFT = mark("No unit fits what is chosen.")
UNREACHED = mark("Nobody on Khéo yet ({count}): {units}.")
OVER = mark("No unit any more: {units}. They get nothing, and stand in the report.")
HOW = mark("Please choose the units, then who gets the message there.")
CHOSEN = mark("Chosen: {what}.")
ADDED = mark("besides {units}")
WITHOUT = mark("without {units}")
EVERY_UNIT = mark("all units")
TAKING_PART = mark("units in {plan}")
STILL_OWE = mark("not handed in yet: {milestone}")
HAVE_ANSWERED = mark("handed in: {milestone}")
TO_WHOM = mark("There: {who}.")
UNIT_GROUPS = mark("groups of the units")
EVERYBODY_THERE = mark("everybody with a function")
WHICH_KIND = mark("Units of which kind? Pressed once more, a kind is taken away again.")
WHICH_CLUSTER = mark("Which cluster?")
WHICH_PLAN = mark("Units that take part in which plan?")
WHICH_MILESTONE = mark("By which duty? Those that have not handed it in, or those that have.")
WHICH_PEOPLE = mark("Who gets it? Pressed once more, one is taken away again.")
NO_CLUSTER = mark("There is no cluster yet.")
NO_DUTY = mark("No running plan of this office asks anything of its units.")
TYPE_ADD = mark(
    "Please type the names of the units to be added, with commas between them, e.g. “xã Vạn Hưng, Vạn Thọ”."
)
TYPE_LESS = mark("Please type the names of the units that are to be left out, with commas between them.")
NOT_KNOWN = mark("No unit of this office is called: {names}. Please type those once more.")
SEVERAL = mark("Several units fit “{name}”: {units}. Please type its whole name.")
LABELS = {
    ALL: mark("All units"),
    KIND: mark("By kind of unit"),
    CLUSTER: mark("By cluster"),
    PLAN: mark("By plan"),
    STATE: mark("By what was handed in"),
    ADD: mark("Add by name"),
    LESS: mark("Leave out by name"),
    WHO: mark("Who gets it there"),
    LIST: mark("Show the list"),
    BOOK: mark("The list as Excel"),
    CLEAR: mark("Choose anew"),
    WRITE: mark("Next: the text"),
    DROP: mark("Drop this message"),
    CHOOSE: mark("Back to the choice"),
}
NOT_YET = mark("Not yet: {milestone}")
DONE = mark("Handed in: {milestone}")
MARKED = mark("✓ {label}")
LIST_TITLE = mark("Recipients: {count}")
PERSON_LINE = mark("{name} – {unit}")
GROUP_LINE = mark("group {name} – {unit}")
NO_WAY = mark("{line} (cannot be reached)")
MORE = mark("… and {count} more; the Excel file has all of them.")
BOOK_READY = mark("The list of recipients as an Excel file, as it stands now.")
NOT_MADE = mark("The file could not be made; the administrator has been told. Please ask for it again with /{command}.")


# -- which units -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Chosen:
    """The units to which a broadcast goes now, and those that were named and are no more."""

    units: tuple[int, ...]
    ended: tuple[int, ...]


def seasons_of(office: Office, unit_id: int, now: Any) -> list[Season]:
    """The running seasons of the plans at whose top the office stands."""
    found = []
    for season, plan in office.running(now):
        top = office.root(plan)
        if top is not None and top.id == unit_id:
            found.append(season)
    return found


def reach(office: Office, unit_id: int, now: Any) -> set[int]:
    """All units to which the office may write: itself, what is below it, and who takes part in its plans."""
    units = {unit_id, *(u.id for u in office.units.below(unit_id))}
    for season in seasons_of(office, unit_id, now):
        units |= office.taking_part(season)
    return units


def chosen(office: Office, tx: Tx, one: Broadcast, now: Any) -> Chosen:
    """Which units that is at this moment; LookupError when the season that decides about it is closed."""
    audience, today = one.audience, now.date()
    within = reach(office, one.unit_id, now)
    living = {id for id in within if office.units[id].lives_on(today)}
    found: set[int] = set()
    if audience.all or audience.narrows:
        found = living - {one.unit_id}
    if audience.kinds:
        found = {id for id in found if office.units[id].kind in audience.kinds}
    if audience.clusters:
        known = clusters.by_id(tx)
        members = {unit for id in audience.clusters if id in known for unit in known[id].units}
        found &= members
    if audience.season is not None:
        season = office.season_by_id(audience.season)
        found &= office.taking_part(season)
        if audience.milestone:
            milestone = office.plan(season).occasion(audience.milestone)
            bound = office.bound(season, milestone)
            late = set(office.still_owing(tx, season, milestone, bound))
            found &= late if audience.progress == OWES else set(bound) - late
    found |= {id for id in audience.units if id in within}
    found -= set(audience.but)
    return Chosen(tuple(sorted(found & living)), tuple(sorted(found - living)))


def duties_of(office: Office, season: Season, today: date) -> list[Milestone]:
    """What units owe in that season, by its day; of what is long over, or far off, nobody is asked."""
    plan = office.plan(season)
    owed = [
        m for m in plan.occasions if m.owed_by in ("invited_units", "every_unit", "live_exemplars") and m.settled_by
    ]
    dated = [(office.deadline(season, m), m) for m in owed]
    return [m for due, m in sorted(dated, key=lambda pair: pair[0].last_day if pair[0] else date.max)]


# -- choosing ----------------------------------------------------------------------------------------------------------


def token(one: Broadcast, *words: str) -> str:
    """The button of this broadcast that does so."""
    return tokens.command(COMMAND, f"b{one.id}", *words)


def panel(turn: Turn, one: Broadcast, told: Sequence[str] = ()) -> Reply:
    """What is chosen, whom it reaches, and what else can be chosen."""
    say = turn.say
    turn.asking = True
    lines = [*told, *_reached(turn, one), *_described(turn, one)]
    if not _anything(one.audience):
        lines.append(say.say(HOW))
    rows: list[tuple[str, ...]] = [(ALL, KIND), (CLUSTER, PLAN), (STATE,), (ADD, LESS), (WHO,)]
    if _anything(one.audience):
        rows += [(LIST, BOOK), (CLEAR,), (WRITE,)]
    rows.append((DROP,))
    choices = tuple(tuple(Choice(say.say(LABELS[word]), token(one, word)) for word in row) for row in rows)
    return Reply("\n".join(lines), title=say.say(TITLE, office=turn.office.units[one.unit_id].name), choices=choices)


def _anything(audience: Audience) -> bool:
    return audience.all or audience.narrows or bool(audience.units)


def totals(turn: Turn, one: Broadcast) -> tuple[Chosen, Totals]:
    """Which units, and whom it would reach there."""
    to = chosen(turn.office, turn.tx, one, turn.now)
    return to, broadcasts.totals(turn.tx, one.audience, to.units, turn.today)


def _reached(turn: Turn, one: Broadcast) -> list[str]:
    if not _anything(one.audience):
        return [turn.say.say(NOBODY_YET)]
    to, reached = totals(turn, one)
    return told(turn, to, reached)


def told(turn: Turn, to: Chosen, reached: Totals) -> list[str]:
    """The totals in words: units, people, groups, and whom nobody reaches."""
    say, names = turn.say, turn.office.units
    if not to.units and not to.ended:
        return [say.say(NONE_LEFT)]
    lines = [
        say.say(
            REACHES,
            units=say.say_n("{n} unit", "{n} units", len(to.units)),
            people=say.say_n("{n} person", "{n} people", reached.people),
            groups=say.say_n("{n} group", "{n} groups", reached.groups),
        )
    ]
    if reached.unreached:
        alone = listed(say, [names[id].name for id in reached.unreached])
        lines.append(say.say(UNREACHED, count=len(reached.unreached), units=alone))
    if to.ended:
        lines.append(say.say(OVER, units=listed(say, [names[id].name for id in to.ended])))
    return lines


def _described(turn: Turn, one: Broadcast) -> list[str]:
    say, audience, office = turn.say, one.audience, turn.office
    if not _anything(audience):
        return []
    parts = [say.say(EVERY_UNIT)] if audience.all and not audience.narrows else []
    if audience.kinds:
        parts.append(", ".join(kind_named(kind) for kind in audience.kinds))
    if audience.clusters:
        known = clusters.by_id(turn.tx)
        parts.append(", ".join(known[id].name for id in audience.clusters if id in known))
    if audience.season is not None:
        try:
            plan = office.plan(office.season_by_id(audience.season))
            if audience.milestone:
                name = plan.occasion(audience.milestone).name
                parts.append(say.say(STILL_OWE if audience.progress == OWES else HAVE_ANSWERED, milestone=name))
            else:
                parts.append(say.say(TAKING_PART, plan=plan.name))
        except LookupError:
            pass
    if audience.units:
        parts.append(say.say(ADDED, units=listed(say, [office.units[id].name for id in audience.units])))
    if audience.but:
        parts.append(say.say(WITHOUT, units=listed(say, [office.units[id].name for id in audience.but])))
    return [say.say(CHOSEN, what="; ".join(parts)), say.say(TO_WHOM, who=_who(say, audience))]


def _who(say: Language, audience: Audience) -> str:
    names = [called(say, function) for function in audience.functions]
    if set(audience.functions) == set(FUNCTIONS):
        names = [say.say(EVERYBODY_THERE)]
    return ", ".join([*names, *([say.say(UNIT_GROUPS)] if audience.groups else [])]) or "–"


def kind_named(kind: str) -> str:
    """What people call that kind of unit."""
    return KINDS.get(kind, kind.replace("_", " "))


def act(turn: Turn, asked: Asked, one: Broadcast, word: str) -> Sequence[Reply] | None:
    """A button of the choice, or what was typed for it; None: not one of these."""
    audience = one.audience
    match word:
        case "tatca":
            return [panel(turn, _with(turn, one, replace(audience, all=True, kinds=(), clusters=(), season=None)))]
        case "loai":
            return [_kinds(turn, asked, one)]
        case "cum":
            return [_clusters(turn, asked, one)]
        case "kehoach":
            return [_plans(turn, asked, one)]
        case "tiendo":
            return [_states(turn, asked, one)]
        case "ai":
            return [_people(turn, asked, one)]
        case "them" | "bot":
            return [_named(turn, asked, one, word)]
        case "lai":
            return [panel(turn, _with(turn, one, Audience(functions=audience.functions, groups=audience.groups)))]
        case "chon":
            return [panel(turn, one)]
        case "xem":
            return [_list(turn, one)]
        case "bang":
            return [_book(turn, one)]
    return None


def _with(turn: Turn, one: Broadcast, audience: Audience) -> Broadcast:
    season = audience.season if audience.season is not None else one.season_id
    return broadcasts.change(turn.tx, one, audience=audience, season_id=season)


def _marked(turn: Turn, label: str, on: bool) -> str:
    return turn.say.say(MARKED, label=label) if on else label


def _menu(turn: Turn, one: Broadcast, sentence: str, choices: Sequence[Choice]) -> Reply:
    """A question of the choice, with the way back."""
    turn.asking = True
    back = Choice(turn.say.say(LABELS[CHOOSE]), token(one, CHOOSE))
    lines = [sentence, *_reached(turn, one)]
    return Reply("\n".join(lines), choices=(*((choice,) for choice in choices[:OFFERED]), (back,)))


def _kinds(turn: Turn, asked: Asked, one: Broadcast) -> Reply:
    office, now = turn.office, turn.now
    there = [office.units[id] for id in reach(office, one.unit_id, now) - {one.unit_id}]
    count: dict[str, int] = {}
    for unit in there:
        if unit.lives_on(turn.today):
            count[unit.kind] = count.get(unit.kind, 0) + 1
    kinds = sorted(count)
    number = number_in(asked.words, "x")
    if number is not None and number < len(kinds):
        held = set(one.audience.kinds) ^ {kinds[number]}
        one = _with(turn, one, replace(one.audience, all=False, kinds=tuple(sorted(held))))
    buttons = [
        Choice(
            _marked(turn, f"{kind_named(kind)} ({count[kind]})", kind in one.audience.kinds),
            token(one, KIND, f"x{at}"),
        )
        for at, kind in enumerate(kinds)
    ]
    return _menu(turn, one, turn.say.say(WHICH_KIND), buttons)


def _clusters(turn: Turn, asked: Asked, one: Broadcast) -> Reply:
    within = reach(turn.office, one.unit_id, turn.now)
    there = [c for c in clusters.every(turn.tx) if within & set(c.units)]
    id = number_in(asked.words, "k")
    if id in {c.id for c in there}:
        assert id is not None
        held = set(one.audience.clusters) ^ {id}
        one = _with(turn, one, replace(one.audience, all=False, clusters=tuple(sorted(held))))
    buttons = [
        Choice(
            _marked(turn, clipped(f"{c.name} ({len(within & set(c.units))})", LABEL), c.id in one.audience.clusters),
            token(one, CLUSTER, f"k{c.id}"),
        )
        for c in there
    ]
    return _menu(turn, one, turn.say.say(WHICH_CLUSTER if there else NO_CLUSTER), buttons)


def _plans(turn: Turn, asked: Asked, one: Broadcast) -> Reply:
    mine = seasons_of(turn.office, one.unit_id, turn.now)
    id = number_in(asked.words, "s")
    if id in {season.id for season in mine}:
        held = None if one.audience.season == id else id
        one = _with(turn, one, replace(one.audience, all=False, season=held, milestone="", progress=""))
    buttons = [
        Choice(
            _marked(
                turn,
                clipped(turn.office.plan(season).name, LABEL),
                one.audience.season == season.id and not one.audience.milestone,
            ),
            token(one, PLAN, f"s{season.id}"),
        )
        for season in mine
    ]
    return _menu(turn, one, turn.say.say(WHICH_PLAN if mine else NO_DUTY), buttons)


def _states(turn: Turn, asked: Asked, one: Broadcast) -> Reply:
    office, audience = turn.office, one.audience
    mine = seasons_of(office, one.unit_id, turn.now)
    id = number_in(asked.words, "s")
    of = next((season for season in mine if season.id == id), None)
    asked_of = milestone_in(office.plan(of).occasions, asked.words) if of is not None else None
    if of is not None and asked_of is not None:
        meant = asked_of.id
        progress = ANSWERED if "roi" in asked.words else OWES
        same = (audience.season, audience.milestone, audience.progress) == (of.id, meant, progress)
        held = (None, "", "") if same else (of.id, meant, progress)
        audience = replace(audience, all=False, season=held[0], milestone=held[1], progress=held[2])
        one = _with(turn, one, audience)
    buttons = []
    for season in mine:
        for milestone in duties_of(office, season, turn.today):
            at = milestone.word
            for words, progress, label in (("no", OWES, NOT_YET), ("roi", ANSWERED, DONE)):
                on = (audience.season, audience.milestone, audience.progress) == (season.id, milestone.id, progress)
                name = turn.say.say(label, milestone=clipped(milestone.name, LABEL))
                buttons.append(Choice(_marked(turn, name, on), token(one, STATE, words, f"s{season.id}", at)))
    return _menu(turn, one, turn.say.say(WHICH_MILESTONE if buttons else NO_DUTY), buttons)


def _people(turn: Turn, asked: Asked, one: Broadcast) -> Reply:
    audience = one.audience
    picked = next((word for word in asked.words if word in (*FUNCTIONS, GROUPS, EVERYBODY)), "")
    if picked == GROUPS:
        audience = replace(audience, groups=not audience.groups)
    elif picked == EVERYBODY:
        everybody = set(audience.functions) == set(FUNCTIONS)
        audience = replace(audience, functions=WRITTEN_TO if everybody else FUNCTIONS)
    elif picked:
        held = set(audience.functions) ^ {picked}
        audience = replace(audience, functions=tuple(f for f in FUNCTIONS if f in held))
    if picked:
        one = _with(turn, one, audience)
    every = set(audience.functions) == set(FUNCTIONS)
    buttons = [
        Choice(_marked(turn, called(turn.say, f), f in audience.functions and not every), token(one, WHO, f))
        for f in (OFFICER, FOCAL_POINT, UNIT_HEAD)
    ]
    buttons.append(Choice(_marked(turn, turn.say.say(EVERYBODY_THERE), every), token(one, WHO, EVERYBODY)))
    buttons.append(Choice(_marked(turn, turn.say.say(UNIT_GROUPS), audience.groups), token(one, WHO, GROUPS)))
    return _menu(turn, one, turn.say.say(WHICH_PEOPLE), buttons)


_BETWEEN = re.compile(r"[,;\n]+")


def _named(turn: Turn, asked: Asked, one: Broadcast, word: str) -> Reply:
    """Units by their names: those that are understood are taken, of the others it is told."""
    if not asked.text:
        turn.asking = True
        turn.focus.awaits = token(one, word)
        back = Choice(turn.say.say(LABELS[CHOOSE]), token(one, CHOOSE))
        return Reply(turn.say.say(TYPE_ADD if word == ADD else TYPE_LESS), choices=((back,),))
    within = reach(turn.office, one.unit_id, turn.now)
    taken: list[int] = []
    lost: list[str] = []
    lines: list[str] = []
    for name in (part.strip(" .") for part in _BETWEEN.split(asked.text)):
        if not name:
            continue
        ids = _meant(turn.office.finder.find(name), within)
        if len(ids) == 1:
            taken += ids
        elif ids:
            units = ", ".join(turn.office.units[id].name for id in ids)
            lines.append(turn.say.say(SEVERAL, name=name[:60], units=units))
        else:
            lost.append(name[:60])
    audience = one.audience
    if word == ADD:
        more = tuple(dict.fromkeys((*audience.units, *taken)))
        audience = replace(audience, units=more, but=tuple(id for id in audience.but if id not in taken))
    else:
        but = tuple(dict.fromkeys((*audience.but, *taken)))
        audience = replace(audience, but=but, units=tuple(id for id in audience.units if id not in taken))
    one = _with(turn, one, audience)
    if lost:
        lines.append(turn.say.say(NOT_KNOWN, names=", ".join(f"“{name}”" for name in lost)))
    if lost or lines:
        turn.focus.awaits = token(one, word)
    return panel(turn, one, lines)


def _meant(found: Found, within: set[int]) -> list[int]:
    """Of the units that were understood those to which the office may write."""
    entries = [found.one] if found.one is not None else list(found.several)
    return [entry.id for entry in entries if entry.id in within]


# -- the list ----------------------------------------------------------------------------------------------------------


def _list(turn: Turn, one: Broadcast) -> Reply:
    to = chosen(turn.office, turn.tx, one, turn.now)
    rows = broadcasts.recipients(turn.tx, one.audience, to.units, turn.today)
    lines = [line(turn.say, turn.office, row) for row in rows[:LISTED]]
    if len(rows) > LISTED:
        lines.append(turn.say.say(MORE, count=len(rows) - LISTED))
    lines += _reached(turn, one)
    reached = sum(row.address_id is not None for row in rows)
    turn.asking = True
    choices = tuple((Choice(turn.say.say(LABELS[word]), token(one, word)),) for word in (BOOK, CHOOSE))
    return Reply("\n".join(lines), title=turn.say.say(LIST_TITLE, count=reached), choices=choices)


def line(say: Language, office: Office, row: Delivery) -> str:
    """One recipient in one line, and that there is no way to them where there is none."""
    said = recipient_named(say, office, row)
    return say.say(NO_WAY, line=said) if row.address_id is None else said


def recipient_named(say: Language, office: Office, row: Delivery) -> str:
    """Who one recipient is: the person or the group, and the unit; the unit alone where it has nobody."""
    unit = office.units[row.unit_id].name if row.unit_id is not None and row.unit_id in office.units else ""
    if row.person_id is not None:
        return say.say(PERSON_LINE, name=row.person, unit=unit)
    if row.address_id is not None:
        return say.say(GROUP_LINE, name=row.group, unit=unit)
    return unit


def _book(turn: Turn, one: Broadcast) -> Reply:
    otherwise = turn.say.say(NOT_MADE, command=COMMAND)
    paper = Attachment(f"noi-nhan-{one.id}.xlsx", XLSX, f"{PAPER}:{one.id}", otherwise)
    turn.asking = True
    back = Choice(turn.say.say(LABELS[CHOOSE]), token(one, CHOOSE))
    return Reply(turn.say.say(BOOK_READY), attachment=paper, choices=((back,),))


def may_see(office: Office, tx: Tx, message: Message, one: Broadcast, clock: Clock) -> bool:
    """Whether whoever is reached there may see what is the office's."""
    contact, now = people.contact_by_id(tx, message.address_id), clock.now()
    person = people.known(tx, contact.person_id, now) if contact.private and contact.person_id else None
    subject = office.subject(one.unit_id, on=now.date())
    return person is not None and can(person.actor, Action.BROADCAST, subject)


def paper(office: Office, clock: Clock, tx: Tx, message: Message, id: int) -> Callable[[], bytes]:
    """The list of recipients, for whoever may write for that office; LookupError for everybody else."""
    one, now = broadcasts.by_id(tx, id), clock.now()
    if one is None or not may_see(office, tx, message, one, clock):
        raise LookupError(f"no broadcast {id} for them")
    to = chosen(office, tx, one, now)
    rows = broadcasts.recipients(tx, one.audience, to.units, now.date())
    noted = {row.unit_id for row in rows if row.address_id is not None}
    rows += [_nobody(id, office.units[id].is_over(now.date())) for id in (*to.units, *to.ended) if id not in noted]
    names = {u.id: u.name for u in office.units.values()}

    def make() -> bytes:
        from bot.papers.deliveries import recipients

        return recipients(rows, names)

    return make


def _nobody(unit_id: int, over: bool) -> Delivery:
    why = "over" if over else "nobody"
    return Delivery(0, unit_id, None, "", "", None, "", broadcasts.NO_CHANNEL, why, "", None, None, "")
